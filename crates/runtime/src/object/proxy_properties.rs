//! The traps of proxies that concern properties, with their invariants (ECMA-262 10.5.5 to 10.5.11).
//!
//! Each function looks the trap up in the handler, goes to the target if there is none, and otherwise checks the answer
//! against what the target cannot help but say: a proxy may lie about anything except properties that are not
//! configurable and objects that are not extensible. Traps that concern the object as a whole, and the making of proxies,
//! are in `proxy`.

use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::{PropertyKey, Value};

use super::define::is_allowed_change;
use super::enumerate::key_of_value;
use super::proxy::Trap;
use super::{Object, PropertyDescriptor, ValueExt as _, operations, same_value};
use crate::completion::JsResult;
use crate::convert::to_boolean;
use crate::isolate::Cx;

fn key_value(cx: Cx<'_>, key: PropertyKey) -> Value {
    key.to_value(cx, &cx.atoms)
}

pub(super) fn get_own_property(
    cx: Cx<'_>,
    proxy: Object,
    key: PropertyKey,
) -> JsResult<Option<PropertyDescriptor>> {
    let trap = Trap::find(cx, proxy, KnownAtom::getOwnPropertyDescriptor)?;
    if trap.is_absent() {
        return trap.target.get_own_property(cx, key);
    }
    let result = trap.call(cx, &[trap.target.into(), key_value(cx, key)])?;
    if !result.is_object() && !result.is_undefined() {
        return trap
            .broken(cx, format_args!("trap returned neither object nor undefined for property '{key}'"));
    }
    let target_property = trap.target.get_own_property(cx, key)?;
    if result.is_undefined() {
        if let Some(property) = target_property {
            if property.configurable == Some(false) {
                return trap.broken(
                    cx,
                    format_args!("trap returned undefined for property '{key}' which is non-configurable in the proxy target"),
                );
            }
            if !trap.target.is_extensible(cx)? {
                return trap.broken(
                    cx,
                    format_args!("trap returned undefined for property '{key}' which exists in the non-extensible proxy target"),
                );
            }
        }
        return Ok(None);
    }
    let extensible = trap.target.is_extensible(cx)?;
    let mut descriptor = PropertyDescriptor::from_value(cx, result)?;
    descriptor.complete();
    let compatible = match &target_property {
        None => extensible,
        Some(current) => is_allowed_change(cx, &descriptor, current),
    };
    if !compatible {
        return trap.broken(
            cx,
            format_args!("trap returned descriptor for property '{key}' that is incompatible with the existing property in the proxy target"),
        );
    }
    if descriptor.configurable == Some(false) {
        let Some(current) = target_property.filter(|p| p.configurable == Some(false)) else {
            return trap.broken(
                cx,
                format_args!("trap reported non-configurability for property '{key}' which is either non-existent or configurable in the proxy target"),
            );
        };
        if descriptor.writable == Some(false) && current.writable == Some(true) {
            return trap.broken(
                cx,
                format_args!("trap reported non-configurable and writable for property '{key}' which is non-configurable, non-writable in the proxy target"),
            );
        }
    }
    Ok(Some(descriptor))
}

pub(super) fn define_own_property(
    cx: Cx<'_>,
    proxy: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::defineProperty)?;
    if trap.is_absent() {
        return trap.target.define_own_property(cx, key, descriptor);
    }
    let arguments = [trap.target.into(), key_value(cx, key), descriptor.to_value(cx)];
    if !to_boolean(trap.call(cx, &arguments)?) {
        return Ok(false);
    }
    let target_property = trap.target.get_own_property(cx, key)?;
    let extensible = trap.target.is_extensible(cx)?;
    let setting_non_configurable = descriptor.configurable == Some(false);
    let Some(current) = target_property else {
        if !extensible {
            return trap.broken(
                cx,
                format_args!(
                    "trap returned truish for adding property '{key}' to the non-extensible proxy target"
                ),
            );
        }
        if setting_non_configurable {
            return trap.broken(
                cx,
                format_args!("trap returned truish for defining non-configurable property '{key}' which is non-existent in the proxy target"),
            );
        }
        return Ok(true);
    };
    if !is_allowed_change(cx, descriptor, &current) {
        return trap.broken(
            cx,
            format_args!("trap returned truish for adding property '{key}' that is incompatible with the existing property in the proxy target"),
        );
    }
    if setting_non_configurable && current.configurable == Some(true) {
        return trap.broken(
            cx,
            format_args!("trap returned truish for defining non-configurable property '{key}' which is configurable in the proxy target"),
        );
    }
    if current.is_data()
        && current.configurable == Some(false)
        && current.writable == Some(true)
        && descriptor.writable == Some(false)
    {
        return trap.broken(
            cx,
            format_args!("trap returned truish for defining non-configurable property '{key}' which cannot be non-writable"),
        );
    }
    Ok(true)
}

pub(super) fn has(cx: Cx<'_>, proxy: Object, key: PropertyKey) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::has)?;
    if trap.is_absent() {
        return trap.target.has_property(cx, key);
    }
    let result = to_boolean(trap.call(cx, &[trap.target.into(), key_value(cx, key)])?);
    if !result && let Some(current) = trap.target.get_own_property(cx, key)? {
        if current.configurable == Some(false) {
            return trap.broken(
                cx,
                format_args!("trap returned falsish for property '{key}' which exists in the proxy target as non-configurable"),
            );
        }
        if !trap.target.is_extensible(cx)? {
            return trap.broken(
                cx,
                format_args!(
                    "trap returned falsish for property '{key}' but the proxy target is not extensible"
                ),
            );
        }
    }
    Ok(result)
}

pub(super) fn get(cx: Cx<'_>, proxy: Object, key: PropertyKey, receiver: Value) -> JsResult<Value> {
    let trap = Trap::find(cx, proxy, KnownAtom::get)?;
    if trap.is_absent() {
        return trap.target.get_with_receiver(cx, key, receiver);
    }
    let result = trap.call(cx, &[trap.target.into(), key_value(cx, key), receiver])?;
    if let Some(current) = trap.target.get_own_property(cx, key)?
        && current.configurable == Some(false)
    {
        if current.writable == Some(false)
            && !same_value(cx, result, current.value.unwrap_or(Value::UNDEFINED))
        {
            return trap.broken(
                cx,
                format_args!("property '{key}' is a read-only and non-configurable data property on the proxy target but the proxy did not return its actual value"),
            );
        }
        if current.is_accessor() && current.get.is_none_or(Value::is_undefined) && !result.is_undefined() {
            return trap.broken(
                cx,
                format_args!("property '{key}' is a non-configurable accessor property on the proxy target and does not have a getter function, but the trap did not return 'undefined'"),
            );
        }
    }
    Ok(result)
}

pub(super) fn set(
    cx: Cx<'_>,
    proxy: Object,
    key: PropertyKey,
    value: Value,
    receiver: Value,
) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::set)?;
    if trap.is_absent() {
        return trap.target.set_with_receiver(cx, key, value, receiver);
    }
    if !to_boolean(trap.call(cx, &[trap.target.into(), key_value(cx, key), value, receiver])?) {
        return Ok(false);
    }
    if let Some(current) = trap.target.get_own_property(cx, key)?
        && current.configurable == Some(false)
    {
        if current.writable == Some(false)
            && !same_value(cx, value, current.value.unwrap_or(Value::UNDEFINED))
        {
            return trap.broken(
                cx,
                format_args!("trap returned truish for property '{key}' which exists in the proxy target as a non-configurable and non-writable data property with a different value"),
            );
        }
        if current.is_accessor() && current.set.is_none_or(Value::is_undefined) {
            return trap.broken(
                cx,
                format_args!("trap returned truish for property '{key}' which exists in the proxy target as a non-configurable and non-writable accessor property without a setter"),
            );
        }
    }
    Ok(true)
}

pub(super) fn delete(cx: Cx<'_>, proxy: Object, key: PropertyKey) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::deleteProperty)?;
    if trap.is_absent() {
        return trap.target.delete(cx, key);
    }
    if !to_boolean(trap.call(cx, &[trap.target.into(), key_value(cx, key)])?) {
        return Ok(false);
    }
    if let Some(current) = trap.target.get_own_property(cx, key)? {
        if current.configurable == Some(false) {
            return trap.broken(
                cx,
                format_args!(
                    "trap returned truish for property '{key}' which is non-configurable in the proxy target"
                ),
            );
        }
        if !trap.target.is_extensible(cx)? {
            return trap.broken(
                cx,
                format_args!(
                    "trap returned truish for property '{key}' but the proxy target is non-extensible"
                ),
            );
        }
    }
    Ok(true)
}

pub(super) fn own_property_keys(cx: Cx<'_>, proxy: Object) -> JsResult<GcVec> {
    let trap = Trap::find(cx, proxy, KnownAtom::ownKeys)?;
    if trap.is_absent() {
        return trap.target.own_property_keys(cx);
    }
    let result = trap.call(cx, &[trap.target.into()])?;
    let Some(result) = result.as_object() else {
        return Err(cx.throw_type_error("CreateListFromArrayLike called on non-object"));
    };
    // The set of the trap's keys, as the properties of an object that nobody else sees.
    let seen = KeySet::new(cx);
    let keys = GcVec::new(cx);
    let length = result.length_of_array_like(cx)?;
    for i in 0..length {
        let value = result.get(cx, PropertyKey::from_u64(cx, &cx.atoms, i))?;
        if !value.is_string() && !value.is_symbol() {
            return Err(
                cx.throw_type_error(format_args!("{} is not a valid property name", cx.describe(value)))
            );
        }
        if !seen.add(cx, key_of_value(cx, value)) {
            return trap.broken(cx, "trap returned duplicate entries");
        }
        operations::push(cx, keys, value)?;
    }
    let extensible = trap.target.is_extensible(cx)?;
    let target_keys = trap.target.own_property_keys(cx)?;
    let fixed = GcVec::new(cx);
    let mut any_fixed = false;
    for i in 0..target_keys.len() {
        let property = trap.target.get_own_property(cx, key_of_value(cx, target_keys.get(i)))?;
        let is_fixed = property.is_some_and(|p| p.configurable == Some(false));
        any_fixed |= is_fixed;
        operations::push(cx, fixed, Value::from_bool(is_fixed))?;
    }
    if extensible && !any_fixed {
        return Ok(keys);
    }
    for i in 0..target_keys.len() {
        let key = key_of_value(cx, target_keys.get(i));
        if (fixed.get(i).is_true() || !extensible) && !seen.contains(cx, key) {
            return trap.broken(cx, format_args!("trap result did not include '{key}'"));
        }
    }
    // Every key of a non-extensible target is there; more must not be.
    if !extensible && keys.len() != target_keys.len() {
        return trap.broken(cx, "trap returned extra keys but proxy target is non-extensible");
    }
    Ok(keys)
}

/// A set of property keys, kept as the properties of an object of its own (and so traced).
#[derive(Clone, Copy)]
pub(super) struct KeySet(Object);

impl KeySet {
    pub(super) fn new(cx: Cx<'_>) -> KeySet {
        let object = Object::with_prototype(cx, None);
        let shape = cx.shapes.to_dictionary(object.shape());
        object.change_shape(cx, shape);
        KeySet(object)
    }

    pub(super) fn contains(self, cx: Cx<'_>, key: PropertyKey) -> bool {
        match key.as_index() {
            Some(index) => super::lookup::own_element(cx, self.0, index).is_some(),
            None => cx.shapes.lookup(self.0.shape(), key).is_some(),
        }
    }

    /// Adds a key; `false` if it was there.
    pub(super) fn add(self, cx: Cx<'_>, key: PropertyKey) -> bool {
        if self.contains(cx, key) {
            return false;
        }
        // Adding to an ordinary object of our own fails only for want of memory; the poll reports that.
        self.0.create_data_property_infallible(cx, key, Value::TRUE);
        true
    }
}
