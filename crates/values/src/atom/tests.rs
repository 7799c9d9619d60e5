//! Atoms, property keys and symbols: one cell per text, whatever its representation, also after collections freed some.
//!
//! The property tests intern random texts in every representation against a map from text to address.

use proptest::prelude::*;
use unspool_gc::HeapConfig;

use super::*;
use crate::key::PropertyKey;
use crate::plain_heap::PlainHeap;
use crate::symbol::{Symbol, WellKnownSymbol};
use crate::value::Value;

#[test]
fn known_atoms_are_distinct_and_found() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let mut texts: Vec<&str> = KnownAtom::ALL.iter().map(|atom| atom.text()).collect();
        for &atom in KnownAtom::ALL {
            let string = atoms.known(atom);
            assert!(string.view().eq_ascii(atom.text()));
            assert_eq!(atoms.find(StrView::ascii(atom.text())), Some(string));
            assert!(string.is_key_atom(), "{atom:?}");
        }
        texts.sort_unstable();
        let count = texts.len();
        texts.dedup();
        assert_eq!(texts.len(), count, "a text occurs twice");
        assert!(count > 700, "{count}");
        for c in 0..=255u8 {
            assert_eq!(atoms.intern(heap, StrView::Latin1(&[c])), atoms.single(c));
        }
    });
}

#[test]
fn dead_atoms_leave_the_table() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let before = atoms.len();
        let intern_many = |tag: &str| {
            for i in 0..1000 {
                atoms.intern_str(heap, &format!("{tag}-{i}-name"));
            }
        };
        let kept = atoms.intern_str(heap, "kept by the test");
        heap.roots().push(heap, kept.into()).unwrap();
        intern_many("a");
        assert_eq!(atoms.len(), before + 1001);
        heap.collect_minor();
        // A few may be kept by stale words on the stack.
        assert!(atoms.len() <= before + 11, "{}", atoms.len() - before);
        assert_eq!(atoms.intern_str(heap, "kept by the test"), kept);
        intern_many("b");
        heap.collect_full();
        assert!(atoms.len() <= before + 11, "{}", atoms.len() - before);
        assert_eq!(atoms.intern_str(heap, "kept by the test"), kept);
        heap.verify();
    });
}

#[test]
fn old_atoms_die_in_a_full_collection_only() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let before = atoms.len();
        for i in 0..500 {
            let atom = atoms.intern_str(heap, &format!("old-{i}"));
            heap.roots().push(heap, atom.into()).unwrap();
        }
        heap.collect_minor();
        heap.roots().truncate(0);
        heap.collect_minor();
        assert_eq!(atoms.len(), before + 500);
        heap.collect_full();
        assert!(atoms.len() <= before + 10, "{}", atoms.len() - before);
    });
}

#[test]
fn interning_gives_one_cell() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let flat = JSString::short_ascii(heap, "a name of some length, twenty-five and more");
        assert_eq!(atoms.intern_string(heap, flat), flat, "a flat string becomes the atom itself");
        let rope = JSString::concat(
            heap,
            JSString::short_ascii(heap, "a name of some length, "),
            JSString::short_ascii(heap, "twenty-five and more"),
        )
        .unwrap();
        assert!(rope.is_rope());
        assert_eq!(atoms.intern_string(heap, rope), flat);
        assert_eq!(rope.known_atom(), Some(flat));
        assert_eq!(atoms.intern_string(heap, rope), flat);
        // A wide slice with narrow characters gives the narrow atom.
        let wide: Vec<u16> = "a name of some length, twenty-five and more€".encode_utf16().collect();
        let parent = JSString::from_utf16(heap, &wide).unwrap();
        let slice = JSString::substring(heap, atoms, parent, 0, parent.len() - 1).unwrap();
        assert!(slice.is_slice() && !slice.is_latin1());
        assert_eq!(atoms.intern_string(heap, slice), flat);
        assert!(slice.is_latin1(), "it now refers to the atom");
        assert!(JSString::equals(heap, slice, rope));
    });
}

#[test]
fn keys_of_strings_numbers_and_symbols() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let key = |text: &str| PropertyKey::from_string(heap, atoms, JSString::from_str(heap, text).unwrap());
        assert_eq!(key("0").as_index(), Some(0));
        assert_eq!(key("7").as_index(), Some(7));
        assert_eq!(key("4294967294").as_index(), Some(u32::MAX - 1));
        for text in ["4294967295", "00", "-1", "01", "1.5", "", "1e3", " 1", "99999999999"] {
            let k = key(text);
            assert!(!k.is_index() && k.is_string(), "{text}");
            assert_eq!(k, PropertyKey::from_text(heap, atoms, text));
            assert_eq!(k.to_string(), text);
        }
        assert_eq!(key("length"), PropertyKey::known(atoms, KnownAtom::length));
        assert_eq!(PropertyKey::from_number(heap, atoms, -0.0).as_index(), Some(0));
        assert_eq!(PropertyKey::from_number(heap, atoms, 4294967295.0), key("4294967295"));
        assert_eq!(PropertyKey::from_number(heap, atoms, f64::NAN), key("NaN"));
        assert_eq!(PropertyKey::from_number(heap, atoms, -1.0), key("-1"));
        assert_eq!(PropertyKey::from_u64(heap, atoms, 1 << 40), key("1099511627776"));
        assert_eq!(PropertyKey::from_primitive(heap, atoms, Value::from_i32(-3)), Some(key("-3")));
        assert_eq!(PropertyKey::from_primitive(heap, atoms, Value::from_i32(3)), Some(key("3")));
        assert_eq!(PropertyKey::from_primitive(heap, atoms, Value::from_double(3.0)), Some(key("3")));
        assert_eq!(PropertyKey::from_primitive(heap, atoms, Value::UNDEFINED), None);
        assert_eq!(PropertyKey::from_index(5).bits(), Value::from_i32(5).bits());
        let text = key("12").to_value(heap, atoms).to::<JSString>().unwrap();
        assert!(text.view().eq_ascii("12"));

        let symbol = Symbol::new(heap, Some(JSString::short_ascii(heap, "tag")));
        let k = PropertyKey::from_symbol(symbol);
        assert!(k.is_symbol() && !k.is_private() && !k.is_string());
        assert_eq!(k.as_symbol(), Some(symbol));
        assert_eq!(k.to_value(heap, atoms), Value::from_cell(symbol));
        assert_eq!(format!("{k:?}"), "Symbol(tag)");
        let private = Symbol::new_private(heap, JSString::short_ascii(heap, "#x"));
        assert!(PropertyKey::from_symbol(private).is_private());
        assert_eq!(format!("{:?}", &*private), "#x");
        assert_ne!(k, PropertyKey::from_symbol(Symbol::new(heap, symbol.description())));
    });
}

#[test]
fn symbols() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let (atoms, symbols) = (heap.atoms(), heap.symbols());
        for &symbol in WellKnownSymbol::ALL {
            let cell = symbols.get(symbol);
            let text = cell.description().unwrap().view().to_rust_string_lossy();
            assert_eq!(text, format!("Symbol.{}", symbol.name()));
            assert!(!cell.is_registered());
            assert_eq!(cell.registry_key(), None);
        }
        let key = JSString::short_ascii(heap, "app.key");
        let symbol = symbols.symbol_for(heap, atoms, key);
        assert_eq!(symbols.symbol_for(heap, atoms, JSString::short_ascii(heap, "app.key")), symbol);
        assert_ne!(symbols.symbol_for(heap, atoms, JSString::short_ascii(heap, "app.other")), symbol);
        assert!(symbol.registry_key().unwrap().view().eq_ascii("app.key"));
        let address = symbol.addr();
        heap.collect_full();
        assert_eq!(symbols.symbol_for(heap, atoms, JSString::short_ascii(heap, "app.key")).addr(), address);
    });
}

#[test]
fn numbers_strings_are_cached_until_they_die() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let a = atoms.number_to_string(heap, 1.5);
        assert_eq!(atoms.number_to_string(heap, 1.5), a);
        assert_eq!(atoms.number_to_string(heap, 7.0), atoms.single(b'7'));
        assert_eq!(atoms.number_to_string(heap, -0.0), atoms.single(b'0'));
        assert_eq!(atoms.int_to_string(heap, 123), atoms.number_to_string(heap, 123.0));
        for n in [i32::MIN, -1, 10, 99, i32::MAX] {
            assert!(atoms.int_to_string(heap, n).view().eq_ascii(&n.to_string()));
        }
        for i in 0..3000 {
            let x = i as f64 / 8.0;
            assert!(atoms.number_to_string(heap, x).view().eq_ascii(&crate::number::number_to_string(x)));
            if i % 500 == 0 {
                heap.collect_full();
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_table_is_a_map(texts in proptest::collection::vec("[a-c\\u{e9}\\u{20ac}]{0,6}|[0-9]{1,11}", 0..300)) {
        PlainHeap::with(HeapConfig::default(), |heap| {
            let atoms = heap.atoms();
            let mut model = std::collections::HashMap::new();
            for (i, text) in texts.iter().enumerate() {
                let atom = atoms.intern_str(heap, text);
                heap.roots().push(heap, atom.into()).unwrap();
                assert_eq!(*model.entry(text.clone()).or_insert(atom.addr()), atom.addr());
                assert_eq!(atom.view().to_rust_string_lossy(), *text);
                assert_eq!(atom.is_key_atom(), atom.view().array_index().is_none());
                match i % 50 {
                    13 => heap.collect_minor(),
                    37 => heap.collect_full(),
                    _ => {}
                }
            }
        });
    }
}
