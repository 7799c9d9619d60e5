//! Strings against a model: the same operations on `Vec<u16>`.
//!
//! A random program makes, concatenates, cuts, flattens and interns strings between collections. Whatever representation
//! a string has come to, its units, hash, order and searches must be those of the model.

use proptest::prelude::*;
use unspool_gc::{Gc, HeapConfig};

use super::*;
use crate::plain_heap::PlainHeap;

/// Text with Latin-1, wide and surrogate units, in pieces long enough for ropes and slices.
fn units() -> impl Strategy<Value = Vec<u16>> {
    let latin = prop_oneof![4 => 97u16..100, 1 => 0u16..256];
    let wide = prop_oneof![3 => 97u16..100, 1 => 0x100u16..0x3000, 1 => 0xd800u16..0xe000];
    prop_oneof![
        3 => proptest::collection::vec(latin.clone(), 0..8),
        2 => proptest::collection::vec(latin, 8..80),
        1 => proptest::collection::vec(wide.clone(), 0..8),
        1 => proptest::collection::vec(wide, 8..80),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    New(Vec<u16>),
    Concat(usize, usize),
    Substring(usize, usize, usize),
    Flatten(usize),
    Intern(usize),
    Collect,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => units().prop_map(Step::New),
        6 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Step::Concat(a, b)),
        4 => (any::<usize>(), any::<usize>(), any::<usize>()).prop_map(|(a, b, c)| Step::Substring(a, b, c)),
        1 => any::<usize>().prop_map(Step::Flatten),
        2 => any::<usize>().prop_map(Step::Intern),
        1 => Just(Step::Collect),
    ]
}

fn read(heap: &PlainHeap, string: Gc<JSString>) -> Vec<u16> {
    string.flatten(heap).expect("memory").to_utf16()
}

fn run(heap: &PlainHeap, steps: &[Step]) {
    let mut models: Vec<Vec<u16>> = vec![Vec::new()];
    heap.roots().push(heap, heap.atoms().empty().into()).unwrap();
    let get = |i: usize| heap.roots().get(i).to::<JSString>().unwrap();
    for step in steps {
        let n = models.len();
        let (string, model) = match step {
            Step::New(units) => (JSString::from_utf16(heap, units).unwrap(), units.clone()),
            Step::Concat(a, b) => {
                let (a, b) = (a % n, b % n);
                if models[a].len() + models[b].len() > 20_000 {
                    continue;
                }
                let mut model = models[a].clone();
                model.extend_from_slice(&models[b]);
                (JSString::concat(heap, get(a), get(b)).unwrap(), model)
            }
            Step::Substring(a, from, to) => {
                let a = a % n;
                let length = models[a].len() + 1;
                let (from, to) = (from % length, to % length);
                let (from, to) = (from.min(to), from.max(to));
                let string = JSString::substring(heap, heap.atoms(), get(a), from as u32, to as u32).unwrap();
                (string, models[a][from..to].to_vec())
            }
            Step::Flatten(a) => {
                get(a % n).flatten(heap).unwrap();
                continue;
            }
            Step::Intern(a) => (heap.atoms().intern_string(heap, get(a % n)), models[a % n].clone()),
            Step::Collect => {
                heap.collect_minor();
                continue;
            }
        };
        assert_eq!(string.len() as usize, model.len());
        heap.roots().push(heap, string.into()).unwrap();
        models.push(model);
    }
    // Comparison before reading: that is where ropes are.
    for (i, a) in models.iter().enumerate() {
        let j = (i * 7 + 3) % models.len();
        let b = &models[j];
        assert_eq!(rope::compare_parts_for_test(get(i), get(j)), a.cmp(b));
        assert_eq!(JSString::equals(heap, get(i), get(j)), a == b);
        assert_eq!(JSString::compare(heap, get(i), get(j)), a.cmp(b));
    }
    for (i, model) in models.iter().enumerate() {
        let string = get(i);
        assert_eq!(&read(heap, string), model);
        let fresh = JSString::from_utf16(heap, model).unwrap();
        assert!(JSString::equals(heap, string, fresh));
        let seed = heap.atoms().seed();
        assert_eq!(string.hash(heap, seed), fresh.hash(heap, seed));
        let atom = heap.atoms().intern_string(heap, string);
        assert_eq!(atom, heap.atoms().intern(heap, StrView::Utf16(model)));
        assert!(atom.is_atom() && atom.is_flat());
        assert_eq!(atom.is_latin1(), units_fit_latin1(model));
        assert_eq!(&read(heap, string), model, "after interning");
    }
    heap.collect_full();
    heap.verify();
    for (i, model) in models.iter().enumerate() {
        assert_eq!(&read(heap, get(i)), model, "after a collection");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn ropes_and_slices_follow_the_model(steps in proptest::collection::vec(step(), 0..80)) {
        PlainHeap::with(HeapConfig::default(), |heap| run(heap, &steps));
    }

    #[test]
    fn searching_follows_the_model(
        hay in proptest::collection::vec(97u16..100, 0..120),
        needle in proptest::collection::vec(97u16..100, 0..5),
        wide in any::<bool>(),
        from in 0usize..130,
    ) {
        let mut hay = hay;
        if wide {
            hay.push(0x2022);
        }
        let model = |from: usize| (from..=hay.len()).find(|&i| hay[i..].starts_with(&needle));
        let model_back = |from: usize| (0..=from.min(hay.len())).rev().find(|&i| hay[i..].starts_with(&needle));
        let narrow = |units: &[u16]| units.iter().map(|&c| c as u8).collect::<Vec<u8>>();
        let narrow_needle = narrow(&needle);
        let narrow_hay = narrow(&hay);
        for needle in [StrView::Latin1(&narrow_needle), StrView::Utf16(&needle)] {
            let mut hays = vec![StrView::Utf16(&hay)];
            if !wide {
                hays.push(StrView::Latin1(&narrow_hay));
            }
            for hay in hays {
                prop_assert_eq!(hay.index_of(needle, from), model(from));
                prop_assert_eq!(hay.last_index_of(needle, from), model_back(from));
                if needle.len() == 1 {
                    prop_assert_eq!(hay.find_unit(needle.at(0), from), model(from));
                }
                prop_assert_eq!(hay.starts_with(needle), model(0) == Some(0));
                prop_assert_eq!(hay.ends_with(needle), hay.to_utf16().ends_with(&needle.to_utf16()));
            }
        }
    }

    #[test]
    fn code_points_are_those_of_rust(text in "\\PC{0,40}") {
        let units: Vec<u16> = text.encode_utf16().collect();
        let view = StrView::Utf16(&units);
        prop_assert_eq!(view.code_points().collect::<Vec<_>>(), text.chars().map(|c| c as u32).collect::<Vec<_>>());
        let mut code_points = view.code_points();
        for (index, c) in text.chars().scan(0, |at, c| { *at += c.len_utf16(); Some((*at, c)) }) {
            prop_assert_eq!(code_points.next(), Some(c as u32));
            prop_assert_eq!(code_points.unit_index(), index);
        }
        prop_assert!(view.is_well_formed());
        prop_assert_eq!(view.to_rust_string(), Some(text.clone()));
        PlainHeap::with(HeapConfig::default(), |heap| {
            let string = JSString::from_str(heap, &text).unwrap();
            assert_eq!(string.view(), view);
            assert_eq!(string.to_rust_string_lossy(heap).unwrap(), text);
            assert_eq!(string.is_latin1(), text.chars().all(|c| (c as u32) < 256));
        });
    }

    #[test]
    fn builder_follows_the_model(pieces in proptest::collection::vec(units(), 0..10)) {
        let mut builder = StringBuilder::new();
        let mut model = Vec::new();
        for (i, piece) in pieces.iter().enumerate() {
            match i % 3 {
                0 => builder.push_view(StrView::Utf16(piece)),
                1 => piece.iter().for_each(|&unit| builder.push_unit(unit)),
                _ => StrView::Utf16(piece).code_points().for_each(|c| builder.push_code_point(c)),
            }
            model.extend_from_slice(piece);
        }
        prop_assert_eq!(builder.view(), StrView::Utf16(&model));
        prop_assert_eq!(builder.view().as_latin1().is_some(), units_fit_latin1(&model));
    }

    #[test]
    fn array_indices(n in any::<u64>(), junk in "[0-9a-]{0,12}") {
        let text = n.to_string();
        prop_assert_eq!(StrView::ascii(&text).array_index(), u32::try_from(n).ok().filter(|&n| n < u32::MAX));
        let canonical = junk.parse::<u32>().ok().filter(|n| n.to_string() == junk && *n < u32::MAX);
        prop_assert_eq!(StrView::ascii(&junk).array_index(), canonical);
    }
}

#[test]
fn stress_collections_do_not_disturb_strings() {
    let config = HeapConfig { gc_stress: Some(1), ..HeapConfig::default() };
    let piece = |i: u16| {
        Step::New((0..30).map(|k| 97 + (i + k) % 26 + if i.is_multiple_of(5) { 0x400 } else { 0 }).collect())
    };
    let mut steps = Vec::new();
    for i in 0..25u16 {
        steps.push(piece(i));
        steps.push(Step::Concat(i as usize * 3, i as usize + 1));
        steps.push(Step::Substring(i as usize * 5, 3, 40));
        steps.push(Step::Intern(i as usize * 7));
    }
    PlainHeap::with(config, |heap| run(heap, &steps));
}

#[test]
fn deep_ropes_flatten_without_recursion() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let unit = JSString::short_ascii(heap, "0123456789012345678901234");
        let (mut left, mut right) = (unit, unit);
        for _ in 0..200_000 {
            left = JSString::concat(heap, left, heap.atoms().single(b'x')).unwrap();
            right = JSString::concat(heap, heap.atoms().single(b'x'), right).unwrap();
        }
        assert!(left.is_rope() && right.is_rope());
        heap.collect_full();
        assert_eq!(left.flatten(heap).unwrap().at(25), b'x' as u16);
        assert_eq!(right.flatten(heap).unwrap().at(0), b'x' as u16);
        assert!(left.is_slice() && right.is_slice());
        assert!(right.view().ends_with(unit.view()));
        assert!(left.view().starts_with(unit.view()));
    });
}

#[test]
fn representations_are_the_documented_ones() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let atoms = heap.atoms();
        let text = JSString::short_ascii(heap, "abcdefghijklmnopqrstuvwxyz0123456789");
        assert!(text.is_flat() && text.is_latin1() && !text.is_atom());
        let sub = |from, to| JSString::substring(heap, atoms, text, from, to).unwrap();
        assert_eq!(sub(3, 3), atoms.empty());
        assert_eq!(sub(1, 2), atoms.single(b'b'));
        assert_eq!(sub(0, 36), text);
        assert!(sub(0, 24).is_flat());
        assert!(sub(1, 30).is_slice());
        let inner = JSString::substring(heap, atoms, sub(1, 30), 2, 28).unwrap();
        assert!(inner.is_slice());
        assert!(inner.view().eq_ascii("defghijklmnopqrstuvwxyz012"));
        let short = JSString::concat(heap, sub(0, 2), sub(2, 4)).unwrap();
        assert!(short.is_flat() && short.view().eq_ascii("abcd"));
        assert!(JSString::concat(heap, text, short).unwrap().is_rope());
        let wide = JSString::from_utf16(heap, &[0x61, 0x20ac]).unwrap();
        assert!(!wide.is_latin1());
        assert!(JSString::from_utf16(heap, &[0x61, 0xff]).unwrap().is_latin1());
        assert!(!JSString::concat(heap, text, wide).unwrap().is_latin1());
        assert_eq!(JSString::concat(heap, text, atoms.empty()).unwrap(), text);
        assert_eq!(JSString::concat(heap, atoms.empty(), text).unwrap(), text);
        assert_eq!(unspool_gc::cell_size_for(JSString::PARTS_SIZE), 32);
    });
}

#[test]
fn repetition() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        for text in ["", "x", "abc", "a text of more than twenty-four units"] {
            for count in [0u64, 1, 2, 3, 7, 64, 1000] {
                let string = JSString::short_ascii(heap, text);
                let result = JSString::repeat(heap, heap.atoms(), string, count).unwrap();
                assert!(result.flatten(heap).unwrap().eq_ascii(&text.repeat(count as usize)));
            }
        }
        let x = heap.atoms().single(b'x');
        let longest = JSString::repeat(heap, heap.atoms(), x, JSString::MAX_LENGTH as u64).unwrap();
        assert_eq!(longest.len(), JSString::MAX_LENGTH);
        for count in [JSString::MAX_LENGTH as u64 + 1, u64::MAX] {
            assert_eq!(JSString::repeat(heap, heap.atoms(), x, count).err(), Some(StringError::TooLong));
        }
        assert_eq!(
            JSString::repeat(heap, heap.atoms(), heap.atoms().empty(), u64::MAX),
            Ok(heap.atoms().empty())
        );
    });
}

#[test]
fn length_limit() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let mut string = JSString::short_ascii(heap, "0123456789abcdef0123456789abcdef");
        while string.len() <= JSString::MAX_LENGTH / 2 {
            string = JSString::concat(heap, string, string).unwrap();
        }
        assert_eq!(JSString::concat(heap, string, string).err(), Some(StringError::TooLong));
        assert_eq!(JSString::from_latin1_with(heap, 1 << 30, |_| ()).err(), Some(StringError::TooLong));
    });
}

#[test]
fn memory_limit_is_an_error() {
    let config = HeapConfig { memory_limit: 4 << 20, ..HeapConfig::default() };
    PlainHeap::with(config, |heap| {
        let mut string = JSString::short_ascii(heap, "0123456789abcdef0123456789abcdef");
        while string.len() < 100 << 20 {
            string = JSString::concat(heap, string, string).unwrap();
        }
        let other = JSString::concat(heap, string, heap.atoms().single(b'x')).unwrap();
        let another = JSString::concat(heap, string, heap.atoms().single(b'y')).unwrap();
        assert!(string.flatten(heap).is_err());
        assert!(string.is_rope());
        // Comparison copes without the memory.
        assert_eq!(JSString::compare(heap, other, another), Ordering::Less);
        assert!(!JSString::equals(heap, other, another));
        assert_eq!(JSString::from_latin1_with(heap, 100 << 20, |_| ()).err(), Some(StringError::OutOfMemory));
    });
}

#[test]
fn trimming() {
    let view = StrView::Utf16(&[0xfeff, 0x20, 0x61, 0x20, 0x62, 0x2029, 0x0a]);
    assert!(view.trim().eq_ascii("a b"));
    assert_eq!(view.trim_start().len(), 5);
    assert_eq!(view.trim_end().len(), 5);
    assert!(StrView::Latin1(b" \t\x0b\x0c\xa0").trim().is_empty());
    assert_eq!(StrView::Latin1(b"\x85a").trim().len(), 2);
}
