//! Private names (ECMA-262 7.3.26 to 7.3.33): fields, methods, accessors and brands.
//!
//! A private name is a symbol with a flag. Its property is an ordinary row of the object's shape, which reflection and
//! proxies never see; a proxy has private properties of its own. The attributes of such rows have their own meaning, so
//! that freezing an object (which takes `WRITABLE` and `CONFIGURABLE` from all rows) changes nothing: `ENUMERABLE` is set
//! on fields, which can be assigned, and unset on methods, which cannot.

use unspool_shapes::{Attributes, PropertyKind};
use unspool_values::object::Accessor;
use unspool_values::{PropertyKey, Value};

use super::lookup::{self, Found};
use super::{Object, ValueExt as _, define, ordinary};
use crate::completion::{JsResult, Throw};
use crate::isolate::Cx;

/// Attributes of private fields.
pub(crate) const FIELD: Attributes = Attributes::ALL;
/// Attributes of private methods, accessors and brands.
pub(crate) const METHOD: Attributes = Attributes::NONE;

fn find(cx: Cx<'_>, object: Value, name: PropertyKey) -> Option<(Object, Found)> {
    debug_assert!(name.is_private());
    let object = object.as_object()?;
    Some((object, lookup::own_named(cx, object, name)?))
}

/// PrivateGet
///
/// # Errors
/// A `TypeError` when the object has no such member, or it is an accessor without getter.
pub fn private_get(cx: Cx<'_>, object: Value, name: PropertyKey) -> JsResult<Value> {
    let Some((_, found)) = find(cx, object, name) else {
        return Err(throw_missing(cx, name, "read", "from"));
    };
    match found.accessor() {
        None => Ok(found.value),
        Some(pair) if pair.getter().is_undefined() => {
            Err(cx.throw_type_error(format_args!("'{name}' was defined without a getter")))
        }
        Some(pair) => ordinary::call_getter(cx, pair, object),
    }
}

/// PrivateSet
///
/// # Errors
/// A `TypeError` when the object has no such member, or it is a method or an accessor without setter.
pub fn private_set(cx: Cx<'_>, object: Value, name: PropertyKey, value: Value) -> JsResult<()> {
    let Some((holder, found)) = find(cx, object, name) else {
        return Err(throw_missing(cx, name, "write", "to"));
    };
    match found.accessor() {
        Some(pair) => {
            if !ordinary::call_setter(cx, pair, object, value)? {
                return Err(cx.throw_type_error(format_args!("'{name}' was defined without a setter")));
            }
            Ok(())
        }
        None if !found.attributes.is_enumerable() => {
            Err(cx.throw_type_error(format_args!("Private method '{name}' is not writable")))
        }
        None => {
            define::write_found(cx, holder, name, found, value)?;
            Ok(())
        }
    }
}

/// PrivateFieldAdd
///
/// # Errors
/// A `TypeError` when the object has the member already or is not extensible.
pub(crate) fn private_field_add(cx: Cx<'_>, object: Object, name: PropertyKey, value: Value) -> JsResult<()> {
    add(cx, object, name, value, FIELD, PropertyKind::Data)
}

/// PrivateMethodOrAccessorAdd for a method; also for brands, whose value is `undefined`.
///
/// # Errors
/// As for fields.
pub(crate) fn private_method_add(
    cx: Cx<'_>,
    object: Object,
    name: PropertyKey,
    method: Value,
) -> JsResult<()> {
    add(cx, object, name, method, METHOD, PropertyKind::Data)
}

/// PrivateMethodOrAccessorAdd for an accessor; missing functions are `undefined`.
///
/// # Errors
/// As for fields.
pub(crate) fn private_accessor_add(
    cx: Cx<'_>,
    object: Object,
    name: PropertyKey,
    getter: Value,
    setter: Value,
) -> JsResult<()> {
    let pair = Accessor::new(cx, getter, setter);
    add(cx, object, name, Value::from_cell(pair), METHOD, PropertyKind::Accessor)
}

fn add(
    cx: Cx<'_>,
    object: Object,
    name: PropertyKey,
    value: Value,
    attributes: Attributes,
    kind: PropertyKind,
) -> JsResult<()> {
    debug_assert!(name.is_private());
    if cx.shapes.lookup(object.shape(), name).is_some() {
        return Err(cx.throw_type_error(format_args!("Cannot initialize {name} twice on the same object")));
    }
    if !object.is_proxy() && !object.is_extensible_ordinary(cx) {
        return Err(
            cx.throw_type_error(format_args!("Cannot define property {name}, object is not extensible"))
        );
    }
    object.add_named(cx, name, value, attributes, kind);
    Ok(())
}

/// `#x in o`
///
/// # Errors
/// A `TypeError` when the value is no object.
pub fn private_in(cx: Cx<'_>, name: PropertyKey, object: Value) -> JsResult<bool> {
    match object.as_object() {
        Some(object) => Ok(cx.shapes.lookup(object.shape(), name).is_some()),
        None => Err(cx.throw_type_error(format_args!(
            "Cannot use 'in' operator to search for '{name}' in {}",
            cx.describe(object)
        ))),
    }
}

/// Checks that an object carries a brand: that it was made by the class whose private methods are about to be used.
///
/// # Errors
/// A `TypeError` if it does not.
pub fn check_brand(cx: Cx<'_>, object: Value, brand: PropertyKey) -> JsResult<()> {
    if find(cx, object, brand).is_some() {
        return Ok(());
    }
    Err(cx.throw_type_error(format_args!("Receiver must be an instance of class {brand}")))
}

#[cold]
fn throw_missing(cx: Cx<'_>, name: PropertyKey, verb: &str, preposition: &str) -> Throw {
    cx.throw_type_error(format_args!(
        "Cannot {verb} private member {name} {preposition} an object whose class did not declare it"
    ))
}
