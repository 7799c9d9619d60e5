//! Tests of inline caches: states, handlers and what breaks them. Functions are native, so that getters can be called.
//!
//! Each load and store is done through the fast path, the miss, and the uncached operation, and the answers are compared;
//! then the slot's text tells what was learned.

use std::sync::{Arc, Mutex};

use unspool_bytecode::{FunctionInfo, FunctionKind, LanguageMode};
use unspool_gc::{CollectionKind, HeapConfig};
use unspool_shapes::Attributes;
use unspool_values::{PropertyKey, Value};

use super::dump::slot_text;
use super::global::Unresolved;
use super::*;
use crate::cells::{Array, BindingCell, FeedbackVector, FunctionTemplate, IcState, Script};
use crate::config::Config;
use crate::environment;
use crate::host::Host;
use crate::object::verify::verify_object;
use crate::object::{Object, PropertyDescriptor, ValueExt as _, global as globals};
use crate::realm::Intrinsic;
use crate::script::ScriptData;
use crate::test_support::{int, key, native, run, run_with_host};
use crate::{Cx, JsResult};

/// A site of its own vector.
fn site(cx: Cx<'_>) -> Site {
    let script = Script::new(cx, ScriptData::compiled("test".into(), unspool_frontend::SourceText::new("")));
    let info = Arc::new(FunctionInfo::new("f", FunctionKind::Normal));
    let template = FunctionTemplate::new(cx, cx.realm(), script, info);
    Site { vector: FeedbackVector::new(cx, template, 1, 0), index: 0 }
}

/// Loads through fast path and miss; tells whether the fast path hit.
fn load(cx: Cx<'_>, site: Site, receiver: Value, name: &str) -> (Value, bool) {
    let fast = try_load_named(cx, site.slot(), receiver);
    let slow =
        load_named(cx, site, receiver, key(cx, name)).and_then(|l| l.finish(cx, receiver)).expect("a load");
    if let Some(fast) = fast {
        assert_eq!(fast, slow, "the fast path agrees with the book");
    }
    let book = crate::object::get_v(cx, receiver, key(cx, name)).expect("a load");
    assert_eq!(slow, book, "{name} by {}", slot_text(site.slot()));
    (slow, fast.is_some())
}

/// Stores through fast path and miss; tells whether the fast path hit.
fn store(cx: Cx<'_>, site: Site, receiver: Object, name: &str, value: Value) -> bool {
    if try_store_named(cx, site.slot(), receiver.into(), value) {
        return true;
    }
    let k = key(cx, name);
    let stored = store_named(cx, site, receiver.into(), k, value).expect("a store");
    stored.finish(cx, receiver.into(), k, value, LanguageMode::Strict).expect("a store that is allowed");
    verify_object(cx, receiver).expect("a sound object");
    false
}

fn object_with(cx: Cx<'_>, names: &[&str]) -> Object {
    let object = Object::ordinary(cx);
    for (i, name) in names.iter().enumerate() {
        object.create_data_property(cx, key(cx, name), int(i as i32)).expect("a new property");
    }
    object
}

fn state(site: Site) -> IcState {
    site.slot().state.get()
}

#[test]
fn loads_walk_through_the_states() {
    run(|cx| {
        let site = site(cx);
        let first = object_with(cx, &["x"]);
        assert_eq!(load(cx, site, first.into(), "x"), (int(0), false));
        assert_eq!(state(site), IcState::Monomorphic);
        let again = object_with(cx, &["x"]);
        assert_eq!(load(cx, site, again.into(), "x"), (int(0), true));
        for (i, names) in [["a", "x"], ["b", "x"], ["c", "x"]].iter().enumerate() {
            assert_eq!(load(cx, site, object_with(cx, names).into(), "x"), (int(1), false));
            assert_eq!(state(site), IcState::Polymorphic, "{i}");
        }
        assert_eq!(load(cx, site, first.into(), "x"), (int(0), true));
        let changes = site.vector.ic_changes.get();
        assert_eq!(load(cx, site, object_with(cx, &["b", "x"]).into(), "x"), (int(1), false));
        assert_eq!(site.vector.ic_changes.get(), changes, "a known shape teaches nothing");
        assert_eq!(load(cx, site, object_with(cx, &["d", "x"]).into(), "x"), (int(1), false));
        assert_eq!(state(site), IcState::Megamorphic);
        assert_eq!(load(cx, site, object_with(cx, &["d", "x"]).into(), "x"), (int(1), false));
        assert_eq!(load(cx, site, first.into(), "x"), (int(0), false));
    });
}

#[test]
fn prototype_loads_depend_on_the_chain() {
    run(|cx| {
        let top = object_with(cx, &["x"]);
        let middle = Object::with_prototype(cx, Some(top));
        let object = Object::with_prototype(cx, Some(middle));
        let s = site(cx);
        load(cx, s, object.into(), "x");
        assert_eq!(load(cx, s, object.into(), "x"), (int(0), true));
        // A new value is seen at once, a new property in between as well.
        top.set(cx, key(cx, "x"), int(7)).unwrap();
        assert_eq!(load(cx, s, object.into(), "x"), (int(7), true));
        middle.set(cx, key(cx, "x"), int(8)).unwrap();
        assert_eq!(load(cx, s, object.into(), "x"), (int(8), false));
        assert_eq!(load(cx, s, object.into(), "x"), (int(8), true));
        middle.delete(cx, key(cx, "x")).unwrap();
        assert_eq!(load(cx, s, object.into(), "x").0, int(7));
        middle.set_prototype_of(cx, None).unwrap();
        assert_eq!(load(cx, s, object.into(), "x").0, Value::UNDEFINED);
        // Absent properties are remembered until the chain gets one.
        let absent = site(cx);
        load(cx, absent, object.into(), "y");
        assert!(slot_text(absent.slot()).contains("LoadAbsent"), "{}", slot_text(absent.slot()));
        middle.set(cx, key(cx, "y"), int(3)).unwrap();
        assert_eq!(load(cx, absent, object.into(), "y").0, int(3));
    });
}

#[test]
fn accessors_are_reported() {
    run(|cx| {
        let getter = native(cx, "g", |cx, a| a.this.as_object_unchecked().get(cx, key(cx, "hidden")));
        let setter = native(cx, "s", |cx, a| {
            a.this
                .as_object_unchecked()
                .create_data_property(cx, key(cx, "hidden"), a.get(0))
                .map(Value::from_bool)
        });
        let prototype = Object::ordinary(cx);
        let accessor = PropertyDescriptor::accessor(getter.into(), setter.into(), Attributes::CONFIGURABLE);
        prototype.define_own_property(cx, key(cx, "x"), &accessor).unwrap();
        let object = Object::with_prototype(cx, Some(prototype));
        object.create_data_property(cx, key(cx, "hidden"), int(5)).unwrap();
        let (loads, stores) = (site(cx), site(cx));
        for _ in 0..2 {
            let k = key(cx, "x");
            let loaded = load_named(cx, loads, object.into(), k).unwrap();
            assert!(matches!(loaded, Loaded::Getter(g) if g == Value::from(getter)));
            let stored = store_named(cx, stores, object.into(), k, int(1)).unwrap();
            assert!(matches!(stored, Stored::Setter(s) if s == Value::from(setter)));
        }
        assert!(slot_text(loads.slot()).contains("GetterProto"), "{}", slot_text(loads.slot()));
        assert!(slot_text(stores.slot()).contains("SetterProto"), "{}", slot_text(stores.slot()));
        assert!(!store(cx, stores, object, "x", int(9)));
        assert_eq!(load(cx, loads, object.into(), "x").0, int(9));
        // Another getter in the same place is called from now on.
        let other = native(cx, "h", |_, _| Ok(int(77)));
        let accessor = PropertyDescriptor { get: Some(other.into()), ..Default::default() };
        prototype.define_own_property(cx, key(cx, "x"), &accessor).unwrap();
        assert_eq!(load(cx, loads, object.into(), "x").0, int(77));
    });
}

#[test]
fn primitives_start_at_their_prototypes() {
    run(|cx| {
        let prototype = cx.intrinsic(Intrinsic::StringPrototype);
        prototype.set(cx, key(cx, "m"), int(1)).unwrap();
        cx.intrinsic(Intrinsic::NumberPrototype).set(cx, key(cx, "m"), int(2)).unwrap();
        let text: Value = cx.new_string("abc").into();
        let s = site(cx);
        load(cx, s, text, "m");
        assert_eq!(load(cx, s, text, "m"), (int(1), true));
        assert_eq!(load(cx, s, int(5), "m").0, int(2));
        assert_eq!(state(s), IcState::Polymorphic);
        let length = site(cx);
        load(cx, length, text, "length");
        assert_eq!(load(cx, length, text, "length"), (int(3), true));
        let array = Object::array(cx, 4).unwrap();
        let length = site(cx);
        load(cx, length, array.into(), "length");
        assert_eq!(load(cx, length, array.into(), "length"), (int(4), true));
        assert!(load_named(cx, s, Value::NULL, key(cx, "m")).is_err());
    });
}

#[test]
fn stores_add_overwrite_and_respect_the_chain() {
    run(|cx| {
        let prototype = Object::ordinary(cx);
        let make = || Object::with_prototype(cx, Some(prototype));
        let adding = site(cx);
        assert!(!store(cx, adding, make(), "x", int(1)));
        assert!(!store(cx, adding, make(), "x", int(1)) || state(adding) == IcState::Monomorphic);
        let object = make();
        assert!(store(cx, adding, object, "x", int(2)), "{}", slot_text(adding.slot()));
        assert_eq!(object.get(cx, key(cx, "x")).unwrap(), int(2));
        verify_object(cx, object).unwrap();
        // The first overwrite takes the slow path, which ends the property's constness.
        let property = || cx.shapes.lookup(object.shape(), key(cx, "x")).unwrap();
        assert!(property().constant);
        let overwriting = site(cx);
        assert!(!store(cx, overwriting, object, "x", int(3)));
        assert!(!property().constant);
        assert!(store(cx, overwriting, object, "x", int(4)));
        assert_eq!(object.get(cx, key(cx, "x")).unwrap(), int(4));
        // A setter that appears in the chain is not skipped.
        let setter = native(cx, "s", |cx, a| {
            a.this
                .as_object_unchecked()
                .create_data_property(cx, key(cx, "seen"), a.get(0))
                .map(Value::from_bool)
        });
        let accessor = PropertyDescriptor { set: Some(setter.into()), ..Default::default() };
        prototype.define_own_property(cx, key(cx, "x"), &accessor).unwrap();
        let late = make();
        assert!(!store(cx, adding, late, "x", int(5)));
        assert_eq!(late.get(cx, key(cx, "seen")).unwrap(), int(5));
        // Frozen objects refuse.
        let frozen = object_with(cx, &["x"]);
        frozen.set_integrity_level(cx, unspool_shapes::Integrity::Frozen).unwrap();
        assert!(matches!(
            store_named(cx, overwriting, frozen.into(), key(cx, "x"), int(1)),
            Ok(Stored::Refused)
        ));
        assert!(matches!(
            store_named(cx, adding, frozen.into(), key(cx, "new"), int(1)),
            Ok(Stored::Refused)
        ));
    });
}

#[test]
fn adding_grows_out_of_line_storage() {
    run(|cx| {
        // The vectors are kept alive by a list; one vector has one site here.
        let keep = unspool_values::GcVec::new(cx);
        for _ in 0..40 {
            keep.push(cx, site(cx).vector.into()).unwrap();
        }
        let nth = |i: usize| Site { vector: keep.get(i).to().expect("a vector"), index: 0 };
        for round in 0..4 {
            let object = Object::ordinary(cx);
            for i in 0..keep.len() {
                store(cx, nth(i), object, &format!("p{i}"), int(i as i32 + round));
            }
            for i in 0..keep.len() {
                assert_eq!(object.get(cx, key(cx, &format!("p{i}"))).unwrap(), int(i as i32 + round));
            }
            verify_object(cx, object).unwrap();
        }
        assert!(slot_text(nth(0).slot()).contains("AddInline"));
        assert!(slot_text(nth(20).slot()).contains("AddOut"), "{}", slot_text(nth(20).slot()));
    });
}

#[test]
fn definitions_ignore_the_chain() {
    run(|cx| {
        let top = cx.intrinsic(Intrinsic::ObjectPrototype);
        let fixed = PropertyDescriptor::data(int(1), Attributes::NONE);
        top.define_own_property(cx, key(cx, "x"), &fixed).unwrap();
        let s = site(cx);
        for i in 0..3 {
            let object = Object::ordinary(cx);
            if !try_define_named_own(cx, s.slot(), object.into(), int(i)) {
                define_named_own(cx, s, object, key(cx, "x"), int(i)).unwrap();
            } else {
                assert!(i > 0);
            }
            assert_eq!(object.get(cx, key(cx, "x")).unwrap(), int(i));
        }
        assert_eq!(state(s), IcState::Monomorphic);
    });
}

fn load_keyed(cx: Cx<'_>, site: Site, receiver: Value, index: Value) -> (Value, bool) {
    let fast = keyed::try_load_keyed(cx, site.slot(), receiver, index);
    let slow =
        keyed::load_keyed(cx, site, receiver, index).and_then(|l| l.finish(cx, receiver)).expect("a load");
    let k = crate::convert::to_property_key(cx, index).unwrap();
    let book = crate::object::get_v(cx, receiver, k).expect("a load");
    assert!(fast.is_none_or(|fast| fast == slow));
    assert_eq!(slow, book, "{k} by {}", slot_text(site.slot()));
    (slow, fast.is_some())
}

fn store_keyed(cx: Cx<'_>, site: Site, receiver: Object, index: Value, value: Value) -> bool {
    if keyed::try_store_keyed(cx, site.slot(), receiver.into(), index, value) {
        return true;
    }
    let stored = keyed::store_keyed(cx, site, receiver.into(), index, value).expect("a store");
    let k = crate::convert::to_property_key(cx, index).unwrap();
    stored.finish(cx, receiver.into(), k, value, LanguageMode::Strict).expect("a store that is allowed");
    verify_object(cx, receiver).expect("a sound object");
    false
}

#[test]
fn keyed_loads() {
    run(|cx| {
        let array = Object::array_from_values(cx, &[int(10), int(11), Value::HOLE]).unwrap();
        let s = site(cx);
        load_keyed(cx, s, array.into(), int(0));
        assert_eq!(load_keyed(cx, s, array.into(), int(1)), (int(11), true));
        assert_eq!(load_keyed(cx, s, array.into(), int(2)).0, Value::UNDEFINED);
        assert_eq!(load_keyed(cx, s, array.into(), int(9)).0, Value::UNDEFINED);
        assert_eq!(load_keyed(cx, s, array.into(), int(-1)).0, Value::UNDEFINED);
        assert_eq!(load_keyed(cx, s, array.into(), cx.new_string("length").into()).0, int(3));
        assert_eq!(load_keyed(cx, s, array.into(), cx.new_string("1").into()).0, int(11));
        assert_eq!(load_keyed(cx, s, array.into(), Value::from_double(1.0)).0, int(11));
        // Holes are no longer undefined when the chain gets elements.
        cx.intrinsic(Intrinsic::ObjectPrototype).set(cx, PropertyKey::from_index(2), int(99)).unwrap();
        assert_eq!(load_keyed(cx, s, array.into(), int(2)).0, int(99));
        cx.intrinsic(Intrinsic::ObjectPrototype).delete(cx, PropertyKey::from_index(2)).unwrap();
        assert_eq!(load_keyed(cx, s, array.into(), int(2)).0, Value::UNDEFINED);
        let text: Value = cx.new_string("xyz").into();
        assert!(load_keyed(cx, s, text, int(1)).0.is_string());
        assert_eq!(load_keyed(cx, s, text, int(3)).0, Value::UNDEFINED);
    });
}

#[test]
fn keyed_stores() {
    run(|cx| {
        let array = Object::empty_array(cx, 4);
        let s = site(cx);
        store_keyed(cx, s, array, int(0), int(1));
        assert!(store_keyed(cx, s, array, int(1), int(2)), "appends within the capacity");
        assert!(store_keyed(cx, s, array, int(0), int(5)));
        for i in 2..50 {
            store_keyed(cx, s, array, int(i), int(i));
        }
        assert_eq!(array.to::<Array>().unwrap().length.get(), 50);
        store_keyed(cx, s, array, int(100_000_000), int(1));
        assert_eq!(array.to::<Array>().unwrap().length.get(), 100_000_001);
        assert_eq!(array.get(cx, PropertyKey::from_index(49)).unwrap(), int(49));
        // A setter on the chain is called for what is absent.
        let other = Object::empty_array(cx, 4);
        let setter = native(cx, "s", |cx, a| {
            a.this
                .as_object_unchecked()
                .create_data_property(cx, key(cx, "seen"), a.get(0))
                .map(Value::from_bool)
        });
        let accessor = PropertyDescriptor { set: Some(setter.into()), ..Default::default() };
        let fresh = site(cx);
        store_keyed(cx, fresh, other, int(0), int(0));
        cx.intrinsic(Intrinsic::ArrayPrototype)
            .define_own_property(cx, PropertyKey::from_index(1), &accessor)
            .unwrap();
        assert!(!store_keyed(cx, fresh, other, int(1), int(7)));
        assert_eq!(other.get(cx, key(cx, "seen")).unwrap(), int(7));
        assert_eq!(other.to::<Array>().unwrap().length.get(), 1);
        // Frozen elements stay.
        let frozen = Object::array_from_values(cx, &[int(1)]).unwrap();
        let s = site(cx);
        store_keyed(cx, s, frozen, int(0), int(2));
        frozen.set_integrity_level(cx, unspool_shapes::Integrity::Frozen).unwrap();
        assert!(!keyed::try_store_keyed(cx, s.slot(), frozen.into(), int(0), int(3)));
        assert!(matches!(keyed::store_keyed(cx, s, frozen.into(), int(0), int(3)), Ok(Stored::Refused)));
    });
}

fn load_global(cx: Cx<'_>, site: Site, name: &str) -> JsResult<(Value, bool)> {
    let fast = global::try_load_global(site.slot(), cx.realm());
    let k = key(cx, name);
    let slow = global::load_global(cx, Some(site), cx.realm(), k, Unresolved::Throws)?
        .finish(cx, cx.global().into())?;
    assert!(fast.is_none_or(|fast| fast == slow));
    Ok((slow, fast.is_some()))
}

#[test]
fn globals() {
    run(|cx| {
        let realm = cx.realm();
        let s = site(cx);
        let throw = load_global(cx, s, "x").unwrap_err();
        assert_eq!(crate::test_support::message(cx, throw), "x is not defined");
        cx.global().set(cx, key(cx, "x"), int(1)).unwrap();
        load_global(cx, s, "x").unwrap();
        assert_eq!(load_global(cx, s, "x").unwrap(), (int(1), true));
        let stores = site(cx);
        for i in 2..5 {
            if !global::try_store_global(cx, stores.slot(), realm, int(i)) {
                global::store_global(cx, Some(stores), realm, key(cx, "x"), int(i), LanguageMode::Strict)
                    .unwrap();
            } else {
                assert!(i > 2);
            }
            assert_eq!(load_global(cx, s, "x").unwrap().0, int(i));
        }
        // Other properties come and go.
        cx.global().set(cx, key(cx, "y"), int(1)).unwrap();
        assert_eq!(load_global(cx, s, "x").unwrap().0, int(4));
        // A lexical binding of the same name takes over, after its dead zone.
        globals::declare_lexical(cx, realm, key(cx, "x"), 0);
        let throw = load_global(cx, s, "x").unwrap_err();
        assert_eq!(crate::test_support::message(cx, throw), "Cannot access 'x' before initialization");
        environment::initialize_global_lexical(cx, key(cx, "x"), int(50));
        load_global(cx, s, "x").unwrap();
        assert_eq!(load_global(cx, s, "x").unwrap(), (int(50), true));
        assert!(!global::try_store_global(cx, stores.slot(), realm, int(9)));
        global::store_global(cx, Some(stores), realm, key(cx, "x"), int(51), LanguageMode::Strict).unwrap();
        assert_eq!(load_global(cx, s, "x").unwrap(), (int(51), true));
        globals::declare_lexical(cx, realm, key(cx, "c"), BindingCell::CONST);
        environment::initialize_global_lexical(cx, key(cx, "c"), int(1));
        assert!(global::store_global(cx, None, realm, key(cx, "c"), int(2), LanguageMode::Sloppy).is_err());
        cx.take_exception(crate::completion::Throw(()));
        verify_object(cx, cx.global()).unwrap();
    });
}

#[test]
fn collections_drop_what_died_and_keep_the_rest() {
    run(|cx| {
        let s = site(cx);
        let keep = object_with(cx, &["x", "keep"]);
        load(cx, s, keep.into(), "x");
        let mut hits = 0;
        for round in 0..10 {
            // Fresh prototypes: their shapes, validity cells and the cells themselves die.
            let prototype = object_with(cx, &["v"]);
            let object = Object::with_prototype(cx, Some(prototype));
            let other = site(cx);
            load(cx, other, object.into(), "v");
            load(cx, s, object.into(), "x");
            cx.collect_garbage(if round % 3 == 0 { CollectionKind::Full } else { CollectionKind::Minor });
            assert_eq!(load(cx, other, object.into(), "v").0, int(0));
            hits += i32::from(load(cx, s, keep.into(), "x").1);
        }
        assert!(state(s) != IcState::Uninitialized || hits == 0);
        assert_eq!(load(cx, s, keep.into(), "x").0, int(0));
    });
}

#[test]
fn instanceof_and_in() {
    run(|cx| {
        let constructor = native(cx, "C", |_, _| Ok(Value::UNDEFINED));
        let prototype = Object::ordinary(cx);
        constructor.define_builtin(cx, key(cx, "prototype"), prototype.into(), Attributes::NONE);
        let function_prototype = cx.intrinsic(Intrinsic::FunctionPrototype);
        let has_instance = native(cx, "[Symbol.hasInstance]", |cx, a| {
            let this = a.this.as_object_unchecked();
            crate::object::instance::ordinary_has_instance(cx, this, a.get(0)).map(Value::from_bool)
        });
        let symbol = cx.symbol_key(unspool_values::WellKnownSymbol::hasInstance);
        function_prototype.define_builtin(cx, symbol, has_instance.into(), Attributes::NONE);
        let object = Object::with_prototype(cx, Some(Object::with_prototype(cx, Some(prototype))));
        let s = site(cx);
        for _ in 0..3 {
            assert!(instance::instance_of_at(cx, s, object.into(), constructor.into()).unwrap());
            assert!(!instance::instance_of_at(cx, s, prototype.into(), constructor.into()).unwrap());
            assert!(!instance::instance_of_at(cx, s, int(1), constructor.into()).unwrap());
        }
        assert!(slot_text(s.slot()).contains("OrdinaryHasInstance"), "{}", slot_text(s.slot()));
        // An own method takes over.
        let own = native(cx, "own", |_, _| Ok(Value::TRUE));
        constructor.define_builtin(cx, symbol, own.into(), Attributes::NONE);
        assert!(instance::instance_of_at(cx, s, int(1), constructor.into()).unwrap());
        assert!(instance::instance_of_at(cx, s, int(1), Object::ordinary(cx).into()).is_err());
        cx.take_exception(crate::completion::Throw(()));
        let array = Object::array_from_values(cx, &[int(1)]).unwrap();
        assert!(instance::has_property(cx, array.into(), int(0)).unwrap());
        assert!(!instance::has_property(cx, array.into(), int(1)).unwrap());
        assert!(instance::has_property(cx, array.into(), cx.new_string("length").into()).unwrap());
        assert!(instance::has_property(cx, int(1), int(1)).is_err());
    });
}

/// Keeps the traced lines.
struct Lines(Arc<Mutex<Vec<String>>>);
impl Host for Lines {
    fn inline_cache_changed(&self, line: &str) {
        self.0.lock().expect("no panic").push(line.to_string());
    }
}

#[test]
fn changes_are_traced() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let config = Config { trace_ic: true, heap: HeapConfig::default(), ..Config::default() };
    run_with_host(config, Box::new(Lines(Arc::clone(&lines))), |cx| {
        let s = site(cx);
        load(cx, s, object_with(cx, &["x"]).into(), "x");
        load(cx, s, object_with(cx, &["y", "x"]).into(), "x");
    });
    let lines = lines.lock().expect("no panic");
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("[slot in f (0→1) key 'x' sh"), "{}", lines[0]);
    assert!(lines[1].contains("(1→P)") && lines[1].ends_with("LoadInline[32]]"), "{}", lines[1]);
}

#[test]
fn private_names_are_compared() {
    run(|cx| {
        let name =
            |text: &str| Value::from_cell(unspool_values::Symbol::new_private(cx, cx.new_string(text)));
        let (first, second) = (name("#x"), name("#x"));
        let (defines, loads, stores) = (site(cx), site(cx), site(cx));
        for i in 0..3 {
            let object = Object::ordinary(cx);
            if !private::try_store_private(cx, defines.slot(), object.into(), first, int(i)) {
                private::define_private(cx, Some(defines), object, first, int(i)).unwrap();
            } else {
                assert!(i > 0);
            }
            private::define_private(cx, None, object, second, int(i + 10)).unwrap();
            for (n, expected) in [(first, int(i)), (second, int(i + 10)), (first, int(i))] {
                let fast = private::try_load_private(loads.slot(), object.into(), n);
                assert!(fast.is_none_or(|v| v == expected));
                let loaded = private::load_private(cx, Some(loads), object.into(), n).unwrap();
                assert_eq!(loaded.finish(cx, object.into()), Ok(expected));
            }
            assert_eq!(private::try_load_private(loads.slot(), object.into(), first), Some(int(i)));
            for round in 0..3 {
                if !private::try_store_private(cx, stores.slot(), object.into(), second, int(round)) {
                    private::store_private(cx, Some(stores), object.into(), second, int(round)).unwrap();
                }
            }
            assert!(!private::try_store_private(cx, stores.slot(), object.into(), first, int(50)));
            verify_object(cx, object).unwrap();
        }
        let throw = private::load_private(cx, Some(loads), Object::ordinary(cx).into(), first).unwrap_err();
        assert!(crate::test_support::message(cx, throw).contains("#x"));
    });
}
