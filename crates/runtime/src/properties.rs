//! Property access as instructions do it: any value as base, any value as key, literals and fields, `super`.
//!
//! These are the generic forms, below which inline caches look first. They follow the evaluation of references (6.2.5):
//! the base is converted only as far as the lookup needs it, the key after the base was tested. `object` has the
//! operations on objects proper.

use unspool_bytecode::{DefineKeyedFlags, FunctionNamePrefix, LanguageMode};
use unspool_shapes::Attributes;
use unspool_values::{PropertyKey, Value};

use crate::completion::{JsResult, Throw};
use crate::convert;
use crate::environment::constant_key;
use crate::function;
use crate::isolate::Cx;
use crate::object::operations;
use crate::object::{Object, PropertyDescriptor, ValueExt as _, get_v};

#[cold]
fn throw_nullish_base(cx: Cx<'_>, base: Value, verb: &str, key: Value) -> Throw {
    let gerund = if verb == "read" { "reading" } else { "setting" };
    let name = match convert::property_key_fast(cx, key) {
        Some(key) => format!("{key}"),
        None => cx.describe(key),
    };
    cx.throw_type_error(format_args!("Cannot {verb} properties of {base:?} ({gerund} '{name}')"))
}

/// `base[key]`
///
/// # Errors
/// A `TypeError` for undefined and null; what getters and traps throw.
pub fn get_of_value(cx: Cx<'_>, base: Value, key: PropertyKey) -> JsResult<Value> {
    if base.is_nullish() {
        return Err(throw_nullish_base(cx, base, "read", key.to_value(cx, &cx.atoms)));
    }
    get_v(cx, base, key)
}

/// `base[key]` with any value as key.
///
/// # Errors
/// As for `get_of_value`, and what the key's conversion throws.
pub fn get_keyed(cx: Cx<'_>, base: Value, key: Value) -> JsResult<Value> {
    if base.is_nullish() {
        return Err(throw_nullish_base(cx, base, "read", key));
    }
    let key = convert::to_property_key(cx, key)?;
    get_v(cx, base, key)
}

/// The prototype of a home object, where `super` properties are looked up.
///
/// # Errors
/// What the traps of proxies throw.
pub fn super_base(cx: Cx<'_>, home: Value) -> JsResult<Value> {
    match home.as_object() {
        Some(home) => Ok(home.get_prototype_of(cx)?.map_or(Value::NULL, Value::from)),
        None => Ok(Value::NULL),
    }
}

/// A property of what [`super_base`] gave, with another receiver.
///
/// # Errors
/// A `TypeError` when the home object has no prototype; what getters throw.
pub fn get_from_base(cx: Cx<'_>, base: Value, key: PropertyKey, receiver: Value) -> JsResult<Value> {
    match base.as_object() {
        Some(object) => object.get_with_receiver(cx, key, receiver),
        None => Err(throw_nullish_base(cx, base, "read", key.to_value(cx, &cx.atoms))),
    }
}

/// `super[key]` with a key value.
///
/// # Errors
/// As for [`get_from_base`].
pub fn get_keyed_super(cx: Cx<'_>, home: Value, key: Value, receiver: Value) -> JsResult<Value> {
    // The prototype is read before the key is converted.
    let base = super_base(cx, home)?;
    let key = convert::to_property_key(cx, key)?;
    get_from_base(cx, base, key, receiver)
}

/// `super[key] = value`; `mode` is a number of `LanguageMode`.
///
/// # Errors
/// A `TypeError` when the home object has no prototype or strict code cannot set the property; what setters throw.
pub fn set_super(
    cx: Cx<'_>,
    receiver: Value,
    home: Value,
    key: Value,
    value: Value,
    mode: u32,
) -> JsResult<()> {
    let base = super_base(cx, home)?;
    set_on_base(cx, receiver, base, key, value, mode)
}

/// Sets a property of an object with another receiver.
///
/// # Errors
/// As for `set_super`.
pub(crate) fn set_on_base(
    cx: Cx<'_>,
    receiver: Value,
    base: Value,
    key: Value,
    value: Value,
    mode: u32,
) -> JsResult<()> {
    let Some(object) = base.as_object() else {
        return Err(throw_nullish_base(cx, base, "set", key));
    };
    let key = convert::to_property_key(cx, key)?;
    let done = object.set_with_receiver(cx, key, value, receiver)?;
    if !done && LanguageMode::from_operand(mode) == Some(LanguageMode::Strict) {
        return Err(throw_not_set(cx, key, receiver));
    }
    Ok(())
}

/// The `TypeError` of a store that strict code wanted and that was refused.
#[cold]
pub fn throw_refused(cx: Cx<'_>, base: Value, key: Value) -> Throw {
    match convert::property_key_fast(cx, key) {
        Some(key) => operations::throw_read_only(cx, base, key),
        None => cx.throw_type_error("Cannot assign to read only property"),
    }
}

#[cold]
fn throw_not_set(cx: Cx<'_>, key: PropertyKey, base: Value) -> Throw {
    cx.throw_type_error(format_args!("Cannot assign to read only property '{key}' of {}", cx.describe(base)))
}

/// `base[key] = value`
///
/// # Errors
/// A `TypeError` for undefined and null, and in strict code when the property cannot be set; what setters throw.
pub(crate) fn set_of_value(
    cx: Cx<'_>,
    base: Value,
    key: PropertyKey,
    value: Value,
    mode: LanguageMode,
) -> JsResult<()> {
    let done = match base.as_object() {
        Some(object) => object.set_with_receiver(cx, key, value, base)?,
        None if base.is_nullish() => {
            return Err(throw_nullish_base(cx, base, "set", key.to_value(cx, &cx.atoms)));
        }
        None => {
            let prototype = convert::primitive_prototype(base).expect("a primitive has a prototype");
            let holder =
                if base.is_string() { convert::to_object(cx, base)? } else { cx.intrinsic(prototype) };
            holder.set_with_receiver(cx, key, value, base)?
        }
    };
    if !done && mode == LanguageMode::Strict {
        return Err(throw_not_set(cx, key, base));
    }
    Ok(())
}

/// `base[key] = value` with any value as key.
///
/// # Errors
/// As for `set_of_value`, and what the key's conversion throws.
pub(crate) fn set_keyed(
    cx: Cx<'_>,
    base: Value,
    key: Value,
    value: Value,
    mode: LanguageMode,
) -> JsResult<()> {
    if base.is_nullish() {
        return Err(throw_nullish_base(cx, base, "set", key));
    }
    let key = convert::to_property_key(cx, key)?;
    set_of_value(cx, base, key, value, mode)
}

/// `delete base[key]`
///
/// # Errors
/// A `TypeError` for undefined and null, and in strict code when the property stays; what traps throw.
pub fn delete(cx: Cx<'_>, base: Value, key: Value, mode: LanguageMode) -> JsResult<bool> {
    if base.is_nullish() {
        return Err(cx.throw_type_error("Cannot convert undefined or null to object"));
    }
    let object = convert::to_object(cx, base)?;
    let key = convert::to_property_key(cx, key)?;
    let deleted = object.delete(cx, key)?;
    if !deleted && mode == LanguageMode::Strict {
        return Err(
            cx.throw_type_error(format_args!("Cannot delete property '{key}' of {}", cx.describe(base)))
        );
    }
    Ok(deleted)
}

// ---- literals, fields --------------------------------------------------------------------------------------------------

/// The key of a literal's or field's name: constants and converted keys need no program code.
fn literal_key(cx: Cx<'_>, key: Value) -> JsResult<PropertyKey> {
    convert::to_property_key(cx, key)
}

/// A property with a constant name in an object literal.
///
/// # Errors
/// Out of memory.
pub fn define_literal_property(cx: Cx<'_>, object: Value, name: Value, value: Value) -> JsResult<()> {
    object.as_object_unchecked().create_data_property_or_throw(cx, constant_key(cx, name), value)
}

/// A property with a computed name in an object literal; `flags` is a number of `DefineKeyedFlags`.
///
/// # Errors
/// Out of memory.
pub fn define_keyed_literal_property(
    cx: Cx<'_>,
    object: Value,
    key: Value,
    value: Value,
    flags: u32,
) -> JsResult<()> {
    let key = literal_key(cx, key)?;
    name_function(cx, value, key, flags);
    object.as_object_unchecked().create_data_property_or_throw(cx, key, value)
}

fn name_function(cx: Cx<'_>, value: Value, key: PropertyKey, flags: u32) {
    if DefineKeyedFlags::from_operand(flags) == Some(DefineKeyedFlags::SetFunctionName)
        && let Some(function) = value.as_object()
    {
        function::set_function_name(cx, function, key, None);
    }
}

/// A class field.
///
/// # Errors
/// A `TypeError` when the object cannot have it; what traps throw.
pub fn define_field(cx: Cx<'_>, object: Value, key: Value, value: Value, flags: u32) -> JsResult<()> {
    let key = literal_key(cx, key)?;
    name_function(cx, value, key, flags);
    object.as_object_unchecked().create_data_property_or_throw(cx, key, value)
}

/// Defines one half of an accessor of an object literal or class.
pub(crate) fn define_accessor(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    getter: Option<Value>,
    setter: Option<Value>,
    attributes: Attributes,
) -> JsResult<()> {
    let descriptor = PropertyDescriptor {
        get: getter,
        set: setter,
        enumerable: Some(attributes.contains(Attributes::ENUMERABLE)),
        configurable: Some(true),
        ..Default::default()
    };
    object.define_property_or_throw(cx, key, &descriptor)
}

/// A getter of an object literal; names the function.
///
/// # Errors
/// Out of memory.
pub fn define_literal_getter(cx: Cx<'_>, object: Value, key: Value, getter: Value) -> JsResult<()> {
    let key = literal_key(cx, key)?;
    function::set_function_name(cx, getter.as_object_unchecked(), key, Some("get"));
    define_accessor(cx, object.as_object_unchecked(), key, Some(getter), None, Attributes::ALL)
}

/// A setter of an object literal; names the function.
///
/// # Errors
/// Out of memory.
pub fn define_literal_setter(cx: Cx<'_>, object: Value, key: Value, setter: Value) -> JsResult<()> {
    let key = literal_key(cx, key)?;
    function::set_function_name(cx, setter.as_object_unchecked(), key, Some("set"));
    define_accessor(cx, object.as_object_unchecked(), key, None, Some(setter), Attributes::ALL)
}

/// `__proto__: value` in an object literal.
///
/// # Errors
/// None in practice: the object is new and ordinary.
pub fn set_literal_prototype(cx: Cx<'_>, object: Value, prototype: Value) -> JsResult<()> {
    if prototype.is_object() || prototype.is_null() {
        object.as_object_unchecked().set_prototype_of(cx, prototype.as_object())?;
    }
    Ok(())
}

/// An element of an array literal.
///
/// # Errors
/// Out of memory, or too many elements.
pub fn define_array_element(cx: Cx<'_>, array: Value, index: Value, value: Value) -> JsResult<()> {
    let key = literal_key(cx, index)?;
    array.as_object_unchecked().create_data_property_or_throw(cx, key, value)
}

/// SetFunctionName; `prefix` is a number of `FunctionNamePrefix`.
///
/// # Errors
/// None in practice: names are keys.
pub fn set_function_name(cx: Cx<'_>, function: Value, name: Value, prefix: u32) -> JsResult<()> {
    let prefix = match FunctionNamePrefix::from_operand(prefix) {
        Some(FunctionNamePrefix::Get) => Some("get"),
        Some(FunctionNamePrefix::Set) => Some("set"),
        _ => None,
    };
    let key = convert::to_property_key(cx, name)?;
    function::set_function_name(cx, function.as_object_unchecked(), key, prefix);
    Ok(())
}
