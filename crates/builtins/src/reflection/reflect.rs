//! The Reflect object (ECMA-262 28.1): each method is one internal method of objects.
//!
//! Differences from `Object`'s methods are those of the specification: no conversion of the target, and success as a
//! boolean instead of an exception. `apply` is forwarding: calls from bytecode do not come here.

use unspool_gc::Gc;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_property_key;
use unspool_runtime::function::{call_with_list, construct_with_list, create_list_from_array_like};
use unspool_runtime::native::{Arguments, KnownNative, Name, Property};
use unspool_runtime::object::PropertyDescriptor;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use crate::class::make_plain;

const MEMBERS: &[Property] = &[
    Property::KnownMethod(Name::Atom(A::apply), 3, apply, KnownNative::ReflectApply),
    Property::Method(Name::Atom(A::construct), 2, construct),
    Property::Method(Name::Atom(A::defineProperty), 3, define_property),
    Property::Method(Name::Atom(A::deleteProperty), 2, delete_property),
    Property::Method(Name::Atom(A::get), 2, get),
    Property::Method(Name::Atom(A::getOwnPropertyDescriptor), 2, get_own_property_descriptor),
    Property::Method(Name::Atom(A::getPrototypeOf), 1, get_prototype_of),
    Property::Method(Name::Atom(A::has), 2, has),
    Property::Method(Name::Atom(A::isExtensible), 1, is_extensible),
    Property::Method(Name::Atom(A::ownKeys), 1, own_keys),
    Property::Method(Name::Atom(A::preventExtensions), 1, prevent_extensions),
    Property::Method(Name::Atom(A::set), 3, set),
    Property::Method(Name::Atom(A::setPrototypeOf), 2, set_prototype_of),
    Property::Tag("Reflect"),
];

/// Makes `Reflect`.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    make_plain(cx, realm, Intrinsic::Reflect, Intrinsic::ObjectPrototype, MEMBERS);
}

fn target(cx: Cx<'_>, args: Arguments<'_>, method: &str) -> JsResult<Object> {
    match args.get(0).as_object() {
        Some(object) => Ok(object),
        None => Err(cx.throw_type_error(format_args!("Reflect.{method} called on non-object"))),
    }
}

fn apply(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if !args.get(0).is_callable() {
        return Err(cx.throw_type_error(format_args!("{} is not a function", cx.describe(args.get(0)))));
    }
    let list = create_list_from_array_like(cx, args.get(2))?;
    call_with_list(cx, args.get(0), args.get(1), list)
}

fn construct(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let constructor = |value: Value| match value.as_object().filter(|c| c.is_constructor()) {
        Some(constructor) => Ok(constructor),
        None => Err(cx.throw_type_error(format_args!("{} is not a constructor", cx.describe(value)))),
    };
    let callee = constructor(args.get(0))?;
    let new_target = if args.len() > 2 { constructor(args.get(2))? } else { callee };
    let list = create_list_from_array_like(cx, args.get(1))?;
    Ok(construct_with_list(cx, callee, list, new_target)?.into())
}

fn define_property(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "defineProperty")?;
    let key = to_property_key(cx, args.get(1))?;
    let descriptor = PropertyDescriptor::from_value(cx, args.get(2))?;
    Ok(object.define_own_property(cx, key, &descriptor)?.into())
}

fn delete_property(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "deleteProperty")?;
    let key = to_property_key(cx, args.get(1))?;
    Ok(object.delete(cx, key)?.into())
}

fn get(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "get")?;
    let key = to_property_key(cx, args.get(1))?;
    let receiver = if args.len() > 2 { args.get(2) } else { object.into() };
    object.get_with_receiver(cx, key, receiver)
}

fn get_own_property_descriptor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "getOwnPropertyDescriptor")?;
    let key = to_property_key(cx, args.get(1))?;
    Ok(object.get_own_property(cx, key)?.map_or(Value::UNDEFINED, |d| d.to_value(cx)))
}

fn get_prototype_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "getPrototypeOf")?;
    Ok(object.get_prototype_of(cx)?.map_or(Value::NULL, Value::from))
}

fn has(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "has")?;
    let key = to_property_key(cx, args.get(1))?;
    Ok(object.has_property(cx, key)?.into())
}

fn is_extensible(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(target(cx, args, "isExtensible")?.is_extensible(cx)?.into())
}

fn own_keys(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let keys = target(cx, args, "ownKeys")?.own_property_keys(cx)?;
    Ok(Object::array_from_list(cx, keys)?.into())
}

fn prevent_extensions(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(target(cx, args, "preventExtensions")?.prevent_extensions(cx)?.into())
}

fn set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "set")?;
    let key = to_property_key(cx, args.get(1))?;
    let receiver = if args.len() > 3 { args.get(3) } else { object.into() };
    Ok(object.set_with_receiver(cx, key, args.get(2), receiver)?.into())
}

fn set_prototype_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = target(cx, args, "setPrototypeOf")?;
    let prototype = args.get(1);
    if !prototype.is_object() && !prototype.is_null() {
        return Err(cx.throw_type_error("Object prototype may only be an Object or null"));
    }
    Ok(object.set_prototype_of(cx, prototype.as_object())?.into())
}
