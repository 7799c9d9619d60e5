//! Tests of property operations, without an interpreter: accessors and traps are native functions.
//!
//! After each step the object is verified: shape, slots, elements and flags must agree.

use unspool_shapes::{Attributes, Integrity};
use unspool_values::object::ElementsRef;
use unspool_values::{JSString, PropertyKey, Value};

use super::operations::get_v;
use super::verify::verify_object;
use super::*;
use crate::cells::{
    Array, ArrayBufferObject, Barriered, ByteStore, Context, ElementType, FeedbackCell, FunctionTemplate,
    Script, TypedArrayObject,
};
use crate::test_support::{int, key, message, native, run};
use std::cell::Cell;

fn check(cx: Cx<'_>, object: Object) {
    verify_object(cx, object).expect("a sound object");
}

fn keys_text(cx: Cx<'_>, object: Object) -> String {
    let keys = object.own_property_keys(cx).expect("keys");
    let mut text = String::new();
    for i in 0..keys.len() {
        let key = keys.get(i);
        match key.to::<JSString>() {
            Some(string) => text.push_str(&cx.rust_string(string)),
            None => text.push_str("<symbol>"),
        }
        text.push(' ');
    }
    text.trim_end().to_string()
}

fn set(cx: Cx<'_>, object: Object, name: &str, value: Value) {
    object.set(cx, key(cx, name), value).expect("a plain store");
}

fn get(cx: Cx<'_>, object: Object, name: &str) -> Value {
    object.get(cx, key(cx, name)).expect("a plain load")
}

fn data(value: Value, attributes: Attributes) -> PropertyDescriptor {
    PropertyDescriptor::data(value, attributes)
}

#[test]
fn plain_properties_come_and_go() {
    run(|cx| {
        let object = Object::ordinary(cx);
        for i in 0..20 {
            set(cx, object, &format!("p{i}"), int(i));
        }
        for i in 0..20 {
            assert_eq!(get(cx, object, &format!("p{i}")), int(i));
        }
        check(cx, object);
        for i in (0..20).step_by(2) {
            assert!(object.delete(cx, key(cx, &format!("p{i}"))).unwrap());
        }
        assert_eq!(keys_text(cx, object), "p1 p3 p5 p7 p9 p11 p13 p15 p17 p19");
        assert_eq!(get(cx, object, "p4"), Value::UNDEFINED);
        assert_eq!(get(cx, object, "p5"), int(5));
        set(cx, object, "p4", int(44));
        assert_eq!(get(cx, object, "p4"), int(44));
        check(cx, object);
        // The property added last goes back to the shape before.
        let other = Object::ordinary(cx);
        let before = other.shape();
        set(cx, other, "x", int(1));
        assert!(other.delete(cx, key(cx, "x")).unwrap());
        assert_eq!(other.shape(), before);
        check(cx, other);
    });
}

#[test]
fn keys_are_ordered_indices_strings_symbols() {
    run(|cx| {
        let object = Object::ordinary(cx);
        set(cx, object, "b", int(1));
        object.set(cx, cx.symbol_key(unspool_values::WellKnownSymbol::iterator), int(2)).unwrap();
        set(cx, object, "10", int(3));
        set(cx, object, "a", int(4));
        set(cx, object, "2", int(5));
        set(cx, object, "4294967295", int(6));
        let private = unspool_values::Symbol::new_private(cx, cx.new_string("#p"));
        private::private_field_add(cx, object, PropertyKey::from_symbol(private), int(7)).unwrap();
        assert_eq!(keys_text(cx, object), "2 10 b a 4294967295 <symbol>");
        check(cx, object);
    });
}

#[test]
fn definitions_follow_the_validation_table() {
    run(|cx| {
        let object = Object::ordinary(cx);
        let k = key(cx, "x");
        assert!(object.define_own_property(cx, k, &data(int(1), Attributes::NONE)).unwrap());
        let same = PropertyDescriptor { value: Some(int(1)), ..Default::default() };
        let other = PropertyDescriptor { value: Some(int(2)), ..Default::default() };
        assert!(object.define_own_property(cx, k, &same).unwrap());
        assert!(!object.define_own_property(cx, k, &other).unwrap());
        assert!(!object.delete(cx, k).unwrap());
        assert!(!object.set_with_receiver(cx, k, int(3), object.into()).unwrap());
        let enumerable = PropertyDescriptor { enumerable: Some(true), ..Default::default() };
        assert!(!object.define_own_property(cx, k, &enumerable).unwrap());
        let generic = PropertyDescriptor { configurable: Some(false), ..Default::default() };
        assert!(object.define_own_property(cx, k, &generic).unwrap());
        assert_eq!(object.get_own_property(cx, k).unwrap(), Some(data(int(1), Attributes::NONE)));
        // A configurable property becomes an accessor and back; its place in the order stays.
        set(cx, object, "y", int(1));
        set(cx, object, "z", int(2));
        let getter: Value =
            native(cx, "g", |cx, a| a.this.as_object_unchecked().get(cx, key(cx, "z"))).into();
        let accessor = PropertyDescriptor { get: Some(getter), ..Default::default() };
        let k = key(cx, "y");
        assert!(object.define_own_property(cx, k, &accessor).unwrap());
        assert_eq!(get(cx, object, "y"), int(2));
        assert!(!object.set_with_receiver(cx, k, int(3), object.into()).unwrap());
        let descriptor = object.get_own_property(cx, k).unwrap().unwrap();
        assert_eq!(
            (descriptor.get, descriptor.set, descriptor.enumerable),
            (Some(getter), Some(Value::UNDEFINED), Some(true))
        );
        check(cx, object);
        assert!(object.define_own_property(cx, k, &other).unwrap());
        assert_eq!(
            object.get_own_property(cx, k).unwrap(),
            Some(data(int(2), Attributes::ENUMERABLE | Attributes::CONFIGURABLE))
        );
        assert_eq!(keys_text(cx, object), "x y z");
        check(cx, object);
    });
}

#[test]
fn setters_and_read_only_properties_are_inherited() {
    run(|cx| {
        let prototype = Object::ordinary(cx);
        let setter: Value = native(cx, "s", |cx, a| {
            a.this
                .as_object_unchecked()
                .create_data_property(cx, key(cx, "stored"), a.get(0))
                .map(Value::from_bool)
        })
        .into();
        let accessor = PropertyDescriptor { set: Some(setter), ..Default::default() };
        prototype.define_own_property(cx, key(cx, "a"), &accessor).unwrap();
        prototype.define_own_property(cx, key(cx, "r"), &data(int(1), Attributes::CONFIGURABLE)).unwrap();
        prototype.define_own_property(cx, key(cx, "7"), &data(int(1), Attributes::CONFIGURABLE)).unwrap();
        let object = Object::with_prototype(cx, Some(prototype));
        set(cx, object, "a", int(5));
        assert_eq!(get(cx, object, "stored"), int(5));
        assert!(!object.has_own_property(cx, key(cx, "a")).unwrap());
        let throw = object.set(cx, key(cx, "r"), int(2)).unwrap_err();
        assert_eq!(message(cx, throw), "Cannot assign to read only property 'r' of object '#<Object>'");
        assert!(!object.set_with_receiver(cx, key(cx, "7"), int(2), object.into()).unwrap());
        // Defining shadows what assigning must not.
        assert!(object.create_data_property(cx, key(cx, "r"), int(3)).unwrap());
        assert_eq!(get(cx, object, "r"), int(3));
        // A receiver other than the object gets the property.
        let receiver = Object::ordinary(cx);
        assert!(object.set_with_receiver(cx, key(cx, "n"), int(9), receiver.into()).unwrap());
        assert_eq!((get(cx, receiver, "n"), get(cx, object, "n")), (int(9), Value::UNDEFINED));
        assert!(!object.set_with_receiver(cx, key(cx, "n"), int(9), int(1)).unwrap());
    });
}

#[test]
fn prototypes_change_but_not_in_circles() {
    run(|cx| {
        let a = Object::ordinary(cx);
        let b = Object::with_prototype(cx, Some(a));
        set(cx, a, "x", int(1));
        assert_eq!(get(cx, b, "x"), int(1));
        assert!(!a.set_prototype_of(cx, Some(b)).unwrap());
        assert!(b.set_prototype_of(cx, None).unwrap());
        assert_eq!(get(cx, b, "x"), Value::UNDEFINED);
        assert!(b.prevent_extensions(cx).unwrap());
        assert!(!b.set_prototype_of(cx, Some(a)).unwrap());
        assert!(b.set_prototype_of(cx, None).unwrap());
        let top = cx.intrinsic(crate::realm::Intrinsic::ObjectPrototype);
        assert!(!top.set_prototype_of(cx, Some(b)).unwrap());
        check(cx, a);
        check(cx, b);
    });
}

#[test]
fn arrays_keep_length_and_elements_in_step() {
    run(|cx| {
        let object = Object::array_from_values(cx, &[int(1), int(2), int(3)]).unwrap();
        let length = || object.length_of_array_like(cx).unwrap();
        set(cx, object, "5", int(6));
        assert_eq!(length(), 6);
        assert!(!object.has_own_property(cx, key(cx, "4")).unwrap());
        set(cx, object, "length", int(2));
        assert_eq!((length(), get(cx, object, "2")), (2, Value::UNDEFINED));
        check(cx, object);
        let throw = object.set(cx, key(cx, "length"), Value::from_f64(1.5)).unwrap_err();
        assert_eq!(message(cx, throw), "Invalid array length");
        // Far away: sparse; then truncated back.
        set(cx, object, "4000000000", int(7));
        assert!(matches!(object.head().elements(), ElementsRef::Sparse(_)));
        assert_eq!(length(), 4_000_000_001);
        assert_eq!(keys_text(cx, object), "0 1 4000000000 length");
        check(cx, object);
        set(cx, object, "length", int(1));
        assert_eq!(keys_text(cx, object), "0 length");
        check(cx, object);
        // A fixed element stops the truncation.
        let fixed = Object::array_from_values(cx, &[int(1), int(2), int(3)]).unwrap();
        fixed.define_own_property(cx, key(cx, "1"), &data(int(2), Attributes::WRITABLE)).unwrap();
        assert!(!fixed.set_with_receiver(cx, key(cx, "length"), int(0), fixed.into()).unwrap());
        assert_eq!(fixed.length_of_array_like(cx).unwrap(), 2);
        check(cx, fixed);
        // With a read-only length nothing is added behind the end.
        let read_only = PropertyDescriptor { writable: Some(false), ..Default::default() };
        assert!(fixed.define_own_property(cx, key(cx, "length"), &read_only).unwrap());
        assert!(!fixed.set_with_receiver(cx, key(cx, "2"), int(0), fixed.into()).unwrap());
        assert!(fixed.set_with_receiver(cx, key(cx, "1"), int(0), fixed.into()).unwrap());
        assert!(!array::push_fast(cx, fixed.to::<Array>().unwrap(), int(1)).unwrap());
        check(cx, fixed);
    });
}

#[test]
fn arrays_filled_backwards_stay_or_become_dense() {
    run(|cx| {
        let declared = Object::array(cx, 2000).unwrap();
        for i in (0..2000).rev() {
            declared.set(cx, PropertyKey::from_index(i), int(i as i32)).unwrap();
        }
        assert!(matches!(declared.head().elements(), ElementsRef::Dense(_)));
        let grown = Object::array(cx, 0).unwrap();
        for i in (0..3000).rev() {
            grown.set(cx, PropertyKey::from_index(i), int(i as i32)).unwrap();
        }
        assert!(matches!(grown.head().elements(), ElementsRef::Dense(_)));
        for object in [declared, grown] {
            check(cx, object);
            assert_eq!(object.get(cx, PropertyKey::from_index(1234)).unwrap(), int(1234));
        }
    });
}

#[test]
fn push_and_pop() {
    run(|cx| {
        let object = Object::empty_array(cx, 0);
        let array = object.to::<Array>().unwrap();
        for i in 0..100 {
            assert!(array::push_fast(cx, array, int(i)).unwrap());
        }
        assert_eq!(array::pop_fast(cx, array), Some(int(99)));
        assert_eq!(array.length.get(), 99);
        check(cx, object);
        // With elements on a prototype the general algorithm must run.
        let prototype = cx.intrinsic(crate::realm::Intrinsic::ObjectPrototype);
        prototype.set(cx, PropertyKey::from_index(5), int(1)).unwrap();
        assert!(!array::push_fast(cx, array, int(1)).unwrap());
    });
}

#[test]
fn elements_with_attributes_and_accessors() {
    run(|cx| {
        let object = Object::array_from_values(cx, &[int(1), int(2)]).unwrap();
        let getter: Value = native(cx, "g", |_, _| Ok(int(42))).into();
        let accessor =
            PropertyDescriptor { get: Some(getter), configurable: Some(false), ..Default::default() };
        assert!(object.define_own_property(cx, key(cx, "1"), &accessor).unwrap());
        assert_eq!(get(cx, object, "1"), int(42));
        assert_eq!(get(cx, object, "0"), int(1));
        assert!(!object.delete(cx, key(cx, "1")).unwrap());
        assert!(object.delete(cx, key(cx, "0")).unwrap());
        assert_eq!(keys_text(cx, object), "1 length");
        check(cx, object);
    });
}

#[test]
fn integrity_levels() {
    run(|cx| {
        let object = Object::array_from_values(cx, &[int(1), int(2)]).unwrap();
        set(cx, object, "x", int(3));
        assert!(!object.test_integrity_level(cx, Integrity::Sealed).unwrap());
        assert!(object.set_integrity_level(cx, Integrity::Sealed).unwrap());
        assert!(object.test_integrity_level(cx, Integrity::Sealed).unwrap());
        assert!(!object.test_integrity_level(cx, Integrity::Frozen).unwrap());
        set(cx, object, "0", int(9));
        assert!(!object.delete(cx, key(cx, "0")).unwrap());
        assert!(!object.set_with_receiver(cx, key(cx, "y"), int(1), object.into()).unwrap());
        assert!(object.set_integrity_level(cx, Integrity::Frozen).unwrap());
        assert!(object.test_integrity_level(cx, Integrity::Frozen).unwrap());
        assert!(!object.set_with_receiver(cx, key(cx, "0"), int(1), object.into()).unwrap());
        assert!(!object.set_with_receiver(cx, key(cx, "x"), int(1), object.into()).unwrap());
        assert!(!object.set_with_receiver(cx, key(cx, "length"), int(1), object.into()).unwrap());
        assert_eq!(
            object.get_own_property(cx, key(cx, "0")).unwrap(),
            Some(data(int(9), Attributes::ENUMERABLE))
        );
        check(cx, object);
        // Sparse elements are restricted one by one.
        let sparse = Object::ordinary(cx);
        set(cx, sparse, "3000000000", int(1));
        assert!(sparse.set_integrity_level(cx, Integrity::Frozen).unwrap());
        assert!(sparse.test_integrity_level(cx, Integrity::Frozen).unwrap());
        check(cx, sparse);
        // By hand, property by property.
        let manual = Object::ordinary(cx);
        manual.define_own_property(cx, key(cx, "a"), &data(int(1), Attributes::ENUMERABLE)).unwrap();
        manual.prevent_extensions(cx).unwrap();
        assert!(manual.test_integrity_level(cx, Integrity::Frozen).unwrap());
    });
}

#[test]
fn functions_have_virtual_properties() {
    run(|cx| {
        let f = native(cx, "f", |_, _| Ok(Value::UNDEFINED));
        assert_eq!(keys_text(cx, f), "length name");
        assert_eq!(get(cx, f, "length"), int(0));
        assert!(!f.set_with_receiver(cx, key(cx, "name"), int(1), f.into()).unwrap());
        assert!(
            f.define_own_property(
                cx,
                key(cx, "name"),
                &PropertyDescriptor { value: Some(int(5)), ..Default::default() }
            )
            .unwrap()
        );
        assert_eq!(get(cx, f, "name"), int(5));
        assert_eq!(
            f.get_own_property(cx, key(cx, "name")).unwrap(),
            Some(data(int(5), Attributes::CONFIGURABLE))
        );
        assert!(f.delete(cx, key(cx, "length")).unwrap());
        assert_eq!(keys_text(cx, f), "name");
        check(cx, f);
    });
}

#[test]
fn errors_have_a_virtual_stack() {
    run(|cx| {
        let error = cx.new_error(crate::realm::Intrinsic::ErrorPrototype, "oops");
        assert_eq!(keys_text(cx, error), "stack message");
        assert!(get(cx, error, "stack").is_string());
        set(cx, error, "stack", int(1));
        assert_eq!(get(cx, error, "stack"), int(1));
        assert!(error.delete(cx, key(cx, "stack")).unwrap());
        assert_eq!(keys_text(cx, error), "message");
        check(cx, error);
    });
}

#[test]
fn strings_are_indexed_without_wrappers_and_with() {
    run(|cx| {
        let text: Value = cx.new_string("hé!").into();
        assert_eq!(get_v(cx, text, cx.key(unspool_values::KnownAtom::length)).unwrap(), int(3));
        let c = get_v(cx, text, PropertyKey::from_index(1)).unwrap();
        assert_eq!(cx.rust_string(c.to().unwrap()), "é");
        assert_eq!(get_v(cx, text, PropertyKey::from_index(3)).unwrap(), Value::UNDEFINED);
        let stored = crate::ic::store::store_uncached(cx, text, key(cx, "length"), int(1)).unwrap();
        assert!(matches!(stored, crate::ic::Stored::Refused));
        let wrapper = crate::convert::to_object(cx, text).unwrap();
        assert_eq!(keys_text(cx, wrapper), "0 1 2 length");
        set(cx, wrapper, "7", int(7));
        assert!(!wrapper.set_with_receiver(cx, PropertyKey::from_index(0), int(1), wrapper.into()).unwrap());
        assert!(!wrapper.delete(cx, PropertyKey::from_index(0)).unwrap());
        assert_eq!(keys_text(cx, wrapper), "0 1 2 7 length");
        check(cx, wrapper);
    });
}

fn typed_array(cx: Cx<'_>, element_type: ElementType, length: usize) -> Object {
    let store = ByteStore::new(cx, 16).unwrap();
    let buffer_shape = shapes::root_shape(cx, CellKind::ArrayBuffer, None, 0);
    let buffer = cx.allocate_object(buffer_shape, |head| ArrayBufferObject {
        head,
        store: Barriered::new(Some(store)),
        byte_length: Cell::new(16),
        max_byte_length: Cell::new(usize::MAX),
        shared: false,
        detach_key: Barriered::new(Value::UNDEFINED),
    });
    let prototype = Object::ordinary(cx);
    let shape = shapes::root_shape(cx, CellKind::TypedArray, Some(prototype), 0);
    TypedArrayObject::object(cx.allocate_object(shape, |head| TypedArrayObject {
        head,
        buffer: Barriered::new(buffer),
        byte_offset: 0,
        fixed_length: length,
        element_type,
    }))
}

#[test]
fn typed_arrays_convert_and_stay_in_bounds() {
    run(|cx| {
        let cases = [
            (ElementType::Int8, 300.0, 44.0),
            (ElementType::Uint8, -1.0, 255.0),
            (ElementType::Uint8Clamped, 254.5, 254.0),
            (ElementType::Int16, 40000.0, -25536.0),
            (ElementType::Uint16, -1.0, 65535.0),
            (ElementType::Int32, 4294967296.0 + 5.0, 5.0),
            (ElementType::Uint32, -1.0, 4294967295.0),
            (ElementType::Float32, 0.1, f64::from(0.1f32)),
            (ElementType::Float64, 0.1, 0.1),
        ];
        for (element_type, stored, read) in cases {
            let array = typed_array(cx, element_type, 2);
            array.set(cx, PropertyKey::from_index(1), Value::from_f64(stored)).unwrap();
            assert_eq!(
                array.get(cx, PropertyKey::from_index(1)).unwrap().to_number(),
                Some(read),
                "{element_type:?}"
            );
            array.set(cx, PropertyKey::from_index(2), int(1)).unwrap();
            assert_eq!(array.get(cx, PropertyKey::from_index(2)).unwrap(), Value::UNDEFINED);
            for name in ["-0", "1.5", "Infinity", "NaN", "-1", "4294967295"] {
                array.set(cx, key(cx, name), int(1)).unwrap();
                assert!(!array.has_property(cx, key(cx, name)).unwrap(), "{name}");
            }
            array.set(cx, key(cx, "1.50"), int(1)).unwrap();
            assert_eq!(keys_text(cx, array), "0 1 1.50");
            assert!(!array.delete(cx, PropertyKey::from_index(0)).unwrap());
            check(cx, array);
        }
        let array = typed_array(cx, ElementType::BigInt64, 2);
        assert!(array.set(cx, PropertyKey::from_index(0), int(1)).is_err());
        cx.take_exception(crate::completion::Throw(()));
        let five = unspool_values::bigint::JSBigInt::from_i64(cx, -5).into();
        array.set(cx, PropertyKey::from_index(0), five).unwrap();
        assert!(same_value(cx, array.get(cx, PropertyKey::from_index(0)).unwrap(), five));
        // A detached buffer takes all elements away.
        array.to::<TypedArrayObject>().unwrap().buffer.get().store.set(
            cx,
            array.to::<TypedArrayObject>().unwrap(),
            None,
        );
        assert_eq!(keys_text(cx, array), "");
        assert_eq!(array.get(cx, PropertyKey::from_index(0)).unwrap(), Value::UNDEFINED);
    });
}

#[test]
fn proxies_forward_and_trap() {
    run(|cx| {
        let target = Object::ordinary(cx);
        set(cx, target, "x", int(1));
        let handler = Object::ordinary(cx);
        let proxy = proxy::create(cx, target.into(), handler.into()).unwrap();
        assert_eq!(get(cx, proxy, "x"), int(1));
        set(cx, proxy, "y", int(2));
        assert_eq!(get(cx, target, "y"), int(2));
        assert_eq!(keys_text(cx, proxy), "x y");
        let get_trap = native(cx, "get", |cx, a| {
            if a.get(1).to::<JSString>().is_some_and(|s| s.view().eq_ascii("z")) {
                Ok(int(99))
            } else {
                a.get(0).as_object_unchecked().get(cx, key(cx, "x"))
            }
        });
        set(cx, handler, "get", get_trap.into());
        assert_eq!((get(cx, proxy, "z"), get(cx, proxy, "q")), (int(99), int(1)));
        // The trap is found in a prototype chain as well, with the right receiver.
        let heir = Object::with_prototype(cx, Some(proxy));
        assert_eq!(get(cx, heir, "z"), int(99));
        // Invariants.
        target.define_own_property(cx, key(cx, "z"), &data(int(5), Attributes::NONE)).unwrap();
        let throw = proxy.get(cx, key(cx, "z")).unwrap_err();
        assert!(message(cx, throw).contains("read-only and non-configurable"));
        let keys_trap = native(cx, "ownKeys", |cx, _| Object::array_from_values(cx, &[]).map(Value::from));
        set(cx, handler, "ownKeys", keys_trap.into());
        let throw = proxy.own_property_keys(cx).unwrap_err();
        assert_eq!(message(cx, throw), "'ownKeys' on proxy: trap result did not include 'z'");
        let duplicate = native(cx, "ownKeys", |cx, _| {
            let name = cx.new_string("z").into();
            Object::array_from_values(cx, &[name, name]).map(Value::from)
        });
        set(cx, handler, "ownKeys", duplicate.into());
        let throw = proxy.own_property_keys(cx).unwrap_err();
        assert_eq!(message(cx, throw), "'ownKeys' on proxy: trap returned duplicate entries");
        proxy::revoke(cx, proxy);
        let throw = proxy.get(cx, key(cx, "x")).unwrap_err();
        assert_eq!(message(cx, throw), "Cannot perform 'get' on a proxy that has been revoked");
    });
}

#[test]
fn endless_proxy_chains_overflow_the_stack_politely() {
    let config = crate::config::Config { native_stack_bytes: 256 * 1024, ..Default::default() };
    crate::test_support::run_with(config, |cx| {
        let target = Object::ordinary(cx);
        let proxy = proxy::create(cx, target.into(), Object::ordinary(cx).into()).unwrap();
        proxy.set_prototype_of(cx, Some(proxy)).unwrap();
        let throw = proxy.get(cx, key(cx, "missing")).unwrap_err();
        assert_eq!(message(cx, throw), "Maximum call stack size exceeded");
    });
}

#[test]
fn private_names_are_apart() {
    run(|cx| {
        let name = |text: &str| {
            PropertyKey::from_symbol(unspool_values::Symbol::new_private(cx, cx.new_string(text)))
        };
        let (field, method) = (name("#f"), name("#m"));
        let target = Object::ordinary(cx);
        let proxy = proxy::create(cx, target.into(), Object::ordinary(cx).into()).unwrap();
        private::private_field_add(cx, proxy, field, int(1)).unwrap();
        assert_eq!(private::private_get(cx, proxy.into(), field).unwrap(), int(1));
        assert!(!private::private_in(cx, field, target.into()).unwrap());
        let object = Object::ordinary(cx);
        private::private_field_add(cx, object, field, int(2)).unwrap();
        private::private_method_add(cx, object, method, int(3)).unwrap();
        let throw = private::private_field_add(cx, object, field, int(2)).unwrap_err();
        assert_eq!(message(cx, throw), "Cannot initialize #f twice on the same object");
        object.set_integrity_level(cx, Integrity::Frozen).unwrap();
        private::private_set(cx, object.into(), field, int(5)).unwrap();
        assert_eq!(private::private_get(cx, object.into(), field).unwrap(), int(5));
        let throw = private::private_set(cx, object.into(), method, int(5)).unwrap_err();
        assert_eq!(message(cx, throw), "Private method '#m' is not writable");
        assert!(object.test_integrity_level(cx, Integrity::Frozen).unwrap());
        let throw = private::private_get(cx, target.into(), field).unwrap_err();
        assert!(message(cx, throw).starts_with("Cannot read private member #f"));
    });
}

fn for_in(cx: Cx<'_>, object: Object) -> String {
    let state = enumerate::for_in_keys(cx, object.into()).unwrap();
    let mut names = Vec::new();
    for i in 0..state.keys.len() {
        let key = state.keys.get(i).unwrap();
        let next = enumerate::for_in_next(cx, object.into(), key, state.guard_value()).unwrap();
        if let Some(string) = next.to::<JSString>() {
            names.push(cx.rust_string(string));
        }
    }
    names.join(" ")
}

#[test]
fn for_in_sees_shadowing_and_deletion() {
    run(|cx| {
        let prototype = Object::ordinary(cx);
        let object = Object::with_prototype(cx, Some(prototype));
        set(cx, object, "a", int(1));
        set(cx, object, "b", int(1));
        let state = enumerate::for_in_keys(cx, object.into()).unwrap();
        assert!(!state.guard_value().is_undefined());
        assert_eq!(for_in(cx, object), "a b");
        set(cx, prototype, "c", int(1));
        prototype.define_own_property(cx, key(cx, "a"), &data(int(1), Attributes::ALL)).unwrap();
        object
            .define_own_property(
                cx,
                key(cx, "b"),
                &PropertyDescriptor { enumerable: Some(false), ..Default::default() },
            )
            .unwrap();
        set(cx, prototype, "b", int(1));
        set(cx, object, "3", int(1));
        assert_eq!(for_in(cx, object), "3 a c");
        let state = enumerate::for_in_keys(cx, object.into()).unwrap();
        object.delete(cx, key(cx, "3")).unwrap();
        let first = state.keys.get(0).unwrap();
        assert!(
            enumerate::for_in_next(cx, object.into(), first, state.guard_value()).unwrap().is_undefined()
        );
        // The guard fails when the shape changes.
        let plain = Object::ordinary(cx);
        set(cx, plain, "a", int(1));
        set(cx, plain, "b", int(1));
        let state = enumerate::for_in_keys(cx, plain.into()).unwrap();
        plain.delete(cx, key(cx, "b")).unwrap();
        let second = state.keys.get(1).unwrap();
        assert!(
            enumerate::for_in_next(cx, plain.into(), second, state.guard_value()).unwrap().is_undefined()
        );
    });
}

#[test]
fn arguments_alias_their_formals() {
    run(|cx| {
        let values = [int(1), int(2), int(3)];
        let object = Object::unmapped_arguments(cx, &values).unwrap();
        assert_eq!(keys_text(cx, object), "0 1 2 length callee <symbol>");
        let throw = object.get(cx, key(cx, "callee")).unwrap_err();
        assert_eq!(message(cx, throw), "thrower");
        check(cx, object);
        let context = Context::new(cx, None, None, 0, 4, Value::UNDEFINED, int(0));
        for (i, value) in values.iter().enumerate() {
            Context::set_slot(context, cx, i as u32 + 1, *value);
        }
        // f(a, b, a): the last `a` has the slot; four formals for three arguments.
        let slots = [None, Some(1), Some(2), Some(3)];
        let callee = closure(cx);
        let object = Object::mapped_arguments(cx, callee, &values, Some(context), slots.into_iter()).unwrap();
        let element = |i: u32| object.get(cx, PropertyKey::from_index(i)).unwrap();
        assert_eq!(
            [element(0), element(1), element(2), element(3)],
            [int(1), int(1), int(2), Value::UNDEFINED]
        );
        object.set(cx, PropertyKey::from_index(1), int(20)).unwrap();
        assert_eq!(context.slot(1), int(20));
        Context::set_slot(context, cx, 2, int(30));
        assert_eq!(element(2), int(30));
        assert_eq!(keys_text(cx, object), "0 1 2 length callee <symbol>");
        // Frozen in place: the value stays, the aliasing ends.
        let read_only = PropertyDescriptor { writable: Some(false), ..Default::default() };
        assert!(object.define_own_property(cx, PropertyKey::from_index(2), &read_only).unwrap());
        Context::set_slot(context, cx, 2, int(31));
        assert_eq!(element(2), int(30));
        assert!(object.delete(cx, PropertyKey::from_index(1)).unwrap());
        assert_eq!((element(1), context.slot(1)), (Value::UNDEFINED, int(20)));
        object.set(cx, PropertyKey::from_index(1), int(5)).unwrap();
        assert_eq!((element(1), context.slot(1)), (int(5), int(20)));
        check(cx, object);
        let other = Object::mapped_arguments(cx, callee, &values, Some(context), slots.into_iter()).unwrap();
        let hidden =
            PropertyDescriptor { enumerable: Some(false), value: Some(int(70)), ..Default::default() };
        assert!(other.define_own_property(cx, PropertyKey::from_index(1), &hidden).unwrap());
        assert_eq!(context.slot(1), int(70));
        Context::set_slot(context, cx, 1, int(71));
        let now = other.get_own_property(cx, PropertyKey::from_index(1)).unwrap();
        assert_eq!(now, Some(data(int(71), Attributes::WRITABLE | Attributes::CONFIGURABLE)));
        assert!(other.set_integrity_level(cx, Integrity::Frozen).unwrap());
        assert!(other.test_integrity_level(cx, Integrity::Frozen).unwrap());
        Context::set_slot(context, cx, 1, int(72));
        assert_eq!(other.get(cx, PropertyKey::from_index(1)).unwrap(), int(71));
        check(cx, other);
    });
}

fn closure(cx: Cx<'_>) -> Gc<crate::cells::Function> {
    let source = unspool_frontend::SourceText::new("");
    let script = Script::new(cx, crate::script::ScriptData::compiled("test".into(), source));
    let info =
        std::sync::Arc::new(unspool_bytecode::FunctionInfo::new("f", unspool_bytecode::FunctionKind::Normal));
    let template = FunctionTemplate::new(cx, cx.realm(), script, info);
    crate::function::new_closure(cx, template, None, FeedbackCell::new(cx))
}

#[test]
fn closures_make_their_prototype_when_asked() {
    run(|cx| {
        let f = crate::cells::Function::object(closure(cx));
        assert_eq!(keys_text(cx, f), "length name arguments caller prototype");
        assert_eq!(get(cx, f, "caller"), Value::NULL);
        let prototype = get(cx, f, "prototype").as_object_unchecked();
        assert_eq!(get(cx, prototype, "constructor"), f.into());
        assert_eq!(get(cx, f, "prototype"), prototype.into());
        let descriptor = f.get_own_property(cx, key(cx, "prototype")).unwrap().unwrap();
        assert_eq!(descriptor.attributes(), Attributes::WRITABLE);
        assert!(!f.delete(cx, key(cx, "prototype")).unwrap());
        let other = Object::ordinary(cx);
        set(cx, f, "prototype", other.into());
        assert_eq!(get(cx, f, "prototype"), other.into());
        let fixed = PropertyDescriptor { writable: Some(false), ..Default::default() };
        assert!(f.define_own_property(cx, key(cx, "prototype"), &fixed).unwrap());
        assert!(!f.set_with_receiver(cx, key(cx, "prototype"), int(1), f.into()).unwrap());
        assert_eq!(get(cx, f, "prototype"), other.into());
        check(cx, f);
    });
}

#[test]
fn constructed_objects_settle_on_their_slots() {
    run(|cx| {
        let callee = closure(cx);
        let f = crate::cells::Function::object(callee);
        let make = || crate::ic::construct::allocate_receiver(cx, callee, f).unwrap();
        let mut inline_slots = Vec::new();
        for _ in 0..12 {
            let object = make();
            for name in ["a", "b", "c"] {
                set(cx, object, name, int(1));
            }
            inline_slots.push(object.head().inline_slots());
            check(cx, object);
        }
        assert_eq!(inline_slots[0], 10);
        assert_eq!(inline_slots[11], 3);
        let object = make();
        assert_eq!(object.prototype(cx).map(Value::from), Some(get(cx, f, "prototype")));
        // More properties than settled on go out of line.
        for i in 0..30 {
            set(cx, object, &format!("x{i}"), int(i));
        }
        assert_eq!(get(cx, object, "x29"), int(29));
        check(cx, object);
        // Another prototype, another shape.
        let other = Object::ordinary(cx);
        set(cx, f, "prototype", other.into());
        assert_eq!(make().prototype(cx), Some(other));
    });
}

#[test]
fn lazy_globals_are_made_at_first_touch() {
    run(|cx| {
        let global = cx.global();
        global::define_lazy_intrinsics(cx, global);
        let realm = cx.realm();
        assert!(realm.existing_intrinsic(crate::realm::Intrinsic::Math).is_none());
        let math = get(cx, global, "Math");
        assert_eq!(realm.existing_intrinsic(crate::realm::Intrinsic::Math).map(Value::from), Some(math));
        assert_eq!(get(cx, global, "Math"), math);
        let descriptor = global.get_own_property(cx, key(cx, "JSON")).unwrap().unwrap();
        assert!(descriptor.value.unwrap().is_object());
        check(cx, global);
    });
}

#[test]
fn copying_and_listing_properties() {
    run(|cx| {
        let source = Object::ordinary(cx);
        set(cx, source, "a", int(1));
        set(cx, source, "1", int(2));
        source.define_own_property(cx, key(cx, "hidden"), &data(int(3), Attributes::NONE)).unwrap();
        let getter: Value = native(cx, "g", |_, _| Ok(int(4))).into();
        let accessor = PropertyDescriptor { get: Some(getter), enumerable: Some(true), ..Default::default() };
        source.define_own_property(cx, key(cx, "got"), &accessor).unwrap();
        let target = Object::ordinary(cx);
        target.copy_data_properties(cx, source.into(), &[key(cx, "a")]).unwrap();
        assert_eq!(keys_text(cx, target), "1 got");
        assert_eq!(target.get_own_property(cx, key(cx, "got")).unwrap(), Some(data(int(4), Attributes::ALL)));
        let entries = source.enumerable_own_properties(cx, PropertyNameKind::KeyAndValue).unwrap();
        assert_eq!(entries.len(), 3);
        let values = source.enumerable_own_properties(cx, PropertyNameKind::Value).unwrap();
        assert_eq!([values.get(0), values.get(1), values.get(2)], [int(2), int(1), int(4)]);
    });
}

#[test]
fn many_properties_make_a_dictionary() {
    run(|cx| {
        let object = Object::ordinary(cx);
        for i in 0..700 {
            set(cx, object, &format!("k{i}"), int(i));
        }
        assert!(cx.shapes.is_dictionary(object.shape()));
        for i in 0..700 {
            if i % 3 != 0 {
                assert!(object.delete(cx, key(cx, &format!("k{i}"))).unwrap());
            }
        }
        for i in 0..700 {
            let expected = if i % 3 == 0 { int(i) } else { Value::UNDEFINED };
            assert_eq!(get(cx, object, &format!("k{i}")), expected);
        }
        check(cx, object);
    });
}

#[test]
fn builtin_shapes_are_not_for_ordinary_objects() {
    run(|cx| {
        let callee = closure(cx);
        let f = crate::cells::Function::object(callee);
        let map_shape =
            |cx: Cx<'_>, prototype: Object| shapes::root_shape(cx, CellKind::Map, Some(prototype), 0);
        let default = crate::realm::Intrinsic::MapPrototype;
        for _ in 0..2 {
            let shape =
                crate::ic::construct::builtin_shape(cx, f, CellKind::Map, default, map_shape).unwrap();
            assert_eq!(cx.shapes.class(shape), CellKind::Map as u8);
            let object = crate::ic::construct::allocate_receiver(cx, callee, f).unwrap();
            assert_eq!(object.prototype(cx).map(Value::from), Some(get(cx, f, "prototype")));
            check(cx, object);
        }
    });
}
