//! Ordinary internal methods (ECMA-262 10.1), iterative over the prototype chain.
//!
//! `get`, `set` and `has_property` serve all kinds of objects: at each object of the chain they dispatch to a proxy's
//! trap (which recurses, after a look at the machine stack), to a typed array's own rules for numeric keys, or look the
//! property up.

use unspool_gc::Gc;
use unspool_shapes::{Attributes, PropertyKind};
use unspool_values::object::Accessor;
use unspool_values::{CellKind, PropertyKey, Value};

use super::define::{self, write_found};
use super::lookup::{self, Place};
use super::shapes::{notify_broken, shape_proto};
use super::{
    Object, PropertyDescriptor, ValueExt as _, arguments, elements, namespace, proxy_properties, typed_array,
};
use crate::cells::Array;
use crate::completion::JsResult;
use crate::function;
use crate::isolate::Cx;

/// OrdinarySetPrototypeOf, and SetImmutablePrototype for the kinds and objects that demand it.
pub(crate) fn set_prototype_of(cx: Cx<'_>, object: Object, prototype: Option<Object>) -> bool {
    if object.prototype(cx) == prototype {
        return true;
    }
    if object.kind() == CellKind::ModuleNamespace || is_immutable_prototype_object(cx, object) {
        return false;
    }
    if !object.is_extensible_ordinary(cx) {
        return false;
    }
    let mut ancestor = prototype;
    while let Some(a) = ancestor {
        if a == object {
            return false;
        }
        if a.is_proxy() {
            break;
        }
        ancestor = a.prototype(cx);
    }
    if let Some(prototype) = prototype {
        prototype.become_prototype(cx);
    }
    let shape = cx.shapes.set_prototype(object.shape(), shape_proto(prototype));
    object.change_shape(cx, shape);
    true
}

/// `%Object.prototype%` keeps its null prototype.
fn is_immutable_prototype_object(cx: Cx<'_>, object: Object) -> bool {
    let mut realm = cx.isolate().realms.get();
    while let Some(r) = realm {
        if r.existing_intrinsic(crate::realm::Intrinsic::ObjectPrototype) == Some(object) {
            return true;
        }
        realm = r.next.get();
    }
    false
}

/// `[[HasProperty]]`
pub(crate) fn has_property(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<bool> {
    let mut object = object;
    loop {
        match object.kind() {
            CellKind::Proxy | CellKind::CallableProxy => return proxy_properties::has(cx, object, key),
            CellKind::ModuleNamespace if !key.is_symbol() => return namespace::has(cx, object, key),
            CellKind::TypedArray if key.is_index() || typed_array::is_canonical_numeric(cx, key) => {
                return Ok(key.as_index().is_some_and(|index| typed_array::is_valid_index(object, index)));
            }
            _ => {}
        }
        if lookup::own(cx, object, key)?.is_some() {
            return Ok(true);
        }
        match object.prototype(cx) {
            Some(prototype) => object = prototype,
            None => return Ok(false),
        }
    }
}

/// `[[Get]]`
pub(crate) fn get(cx: Cx<'_>, object: Object, key: PropertyKey, receiver: Value) -> JsResult<Value> {
    let mut object = object;
    loop {
        match object.kind() {
            CellKind::Proxy | CellKind::CallableProxy => {
                return proxy_properties::get(cx, object, key, receiver);
            }
            CellKind::TypedArray if key.is_index() || typed_array::is_canonical_numeric(cx, key) => {
                let element = key.as_index().and_then(|index| typed_array::get_element(cx, object, index));
                return Ok(element.unwrap_or(Value::UNDEFINED));
            }
            _ => {}
        }
        if let Some(found) = lookup::own(cx, object, key)? {
            return match found.accessor() {
                None => Ok(found.value),
                Some(pair) => call_getter(cx, pair, receiver),
            };
        }
        match object.prototype(cx) {
            Some(prototype) => object = prototype,
            None => return Ok(Value::UNDEFINED),
        }
    }
}

/// Calls the getter of an accessor property; without one the value is `undefined`.
pub(crate) fn call_getter(cx: Cx<'_>, pair: Gc<Accessor>, receiver: Value) -> JsResult<Value> {
    let getter = pair.getter();
    if getter.is_undefined() { Ok(Value::UNDEFINED) } else { function::call(cx, getter, receiver, &[]) }
}

/// Calls the setter of an accessor property; `false` if there is none.
pub(crate) fn call_setter(cx: Cx<'_>, pair: Gc<Accessor>, receiver: Value, value: Value) -> JsResult<bool> {
    let setter = pair.setter();
    if setter.is_undefined() {
        return Ok(false);
    }
    function::call(cx, setter, receiver, &[value])?;
    Ok(true)
}

/// `[[Set]]`
pub(crate) fn set(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    value: Value,
    receiver: Value,
) -> JsResult<bool> {
    let start = object;
    let mut object = object;
    loop {
        match object.kind() {
            CellKind::Proxy | CellKind::CallableProxy => {
                return proxy_properties::set(cx, object, key, value, receiver);
            }
            CellKind::ModuleNamespace => return Ok(false),
            CellKind::TypedArray if key.is_index() || typed_array::is_canonical_numeric(cx, key) => {
                if receiver == Value::from(object) {
                    typed_array::set_element_by_key(cx, object, key, value)?;
                    return Ok(true);
                }
                if !key.as_index().is_some_and(|index| typed_array::is_valid_index(object, index)) {
                    return Ok(true);
                }
            }
            _ => {}
        }
        if let Some(found) = lookup::own(cx, object, key)? {
            if let Some(pair) = found.accessor() {
                return call_setter(cx, pair, receiver, value);
            }
            if !found.attributes.is_writable() {
                return Ok(false);
            }
            if receiver == Value::from(object) {
                return write_found(cx, object, key, found, value);
            }
            return set_on_receiver(cx, key, value, receiver);
        }
        match object.prototype(cx) {
            Some(prototype) => object = prototype,
            None => break,
        }
    }
    if receiver == Value::from(start) && !start.is_proxy() {
        // Not an own property: the walk began here.
        return add_by_assignment(cx, start, key, value);
    }
    set_on_receiver(cx, key, value, receiver)
}

/// CreateDataProperty on an object that is no proxy, no typed array with a numeric key and no namespace, and lacks the
/// property.
pub(crate) fn add_by_assignment(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    value: Value,
) -> JsResult<bool> {
    if !object.is_extensible_ordinary(cx) {
        return Ok(false);
    }
    match key.as_index() {
        None => {
            object.add_named(cx, key, value, Attributes::ALL, PropertyKind::Data);
            Ok(true)
        }
        Some(index) => add_element(cx, object, index, value),
    }
}

/// Adds an element that is absent to an extensible object.
pub(crate) fn add_element(cx: Cx<'_>, object: Object, index: u32, value: Value) -> JsResult<bool> {
    if let Some(array) = object.to::<Array>() {
        let length = array.length.get();
        if index >= length {
            if !array.length_writable.get() {
                return Ok(false);
            }
            elements::put(cx, object, index, value)?;
            array.length.set(index + 1);
            return Ok(true);
        }
    }
    elements::put(cx, object, index, value)?;
    Ok(true)
}

/// The last part of OrdinarySetWithOwnDescriptor: the property is, or becomes, a data property of the receiver.
fn set_on_receiver(cx: Cx<'_>, key: PropertyKey, value: Value, receiver: Value) -> JsResult<bool> {
    let Some(receiver) = receiver.as_object() else { return Ok(false) };
    match receiver.get_own_property(cx, key)? {
        Some(existing) => {
            if existing.is_accessor() || existing.writable == Some(false) {
                return Ok(false);
            }
            let descriptor = PropertyDescriptor { value: Some(value), ..Default::default() };
            receiver.define_own_property(cx, key, &descriptor)
        }
        None => receiver.create_data_property(cx, key, value),
    }
}

/// `[[Delete]]`
pub(crate) fn delete(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<bool> {
    match object.kind() {
        CellKind::Proxy | CellKind::CallableProxy => return proxy_properties::delete(cx, object, key),
        CellKind::ModuleNamespace if !key.is_symbol() => return Ok(!namespace::has(cx, object, key)?),
        CellKind::TypedArray if key.is_index() || typed_array::is_canonical_numeric(cx, key) => {
            return Ok(!key.as_index().is_some_and(|index| typed_array::is_valid_index(object, index)));
        }
        _ => {}
    }
    let Some(found) = lookup::own(cx, object, key)? else { return Ok(true) };
    if !found.attributes.is_configurable() {
        return Ok(false);
    }
    match found.place {
        Place::Slot(_) | Place::Virtual(..) => remove_named(cx, object, key),
        Place::Dense | Place::Sparse => elements::remove(cx, object, key.as_index().expect("an element")),
        Place::Mapped(index) => {
            arguments::unmap(cx, object, index)?;
            elements::remove(cx, object, index);
        }
        Place::Exotic => return Ok(false),
    }
    Ok(true)
}

/// Removes a named property that exists.
pub(crate) fn remove_named(cx: Cx<'_>, object: Object, key: PropertyKey) {
    let inline_capacity = cx.shapes.inline_capacity(object.shape());
    let removed = cx.shapes.remove(object.shape(), key);
    object.change_shape(cx, removed.shape);
    if let Some(slot) = removed.cleared {
        object.set_raw_slot(cx, inline_capacity, slot, Value::UNDEFINED);
    }
    notify_broken(cx);
}

/// CreateDataProperty on any object.
pub(crate) fn create_data_property(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    value: Value,
) -> JsResult<bool> {
    let simple = !matches!(
        object.kind(),
        CellKind::Proxy
            | CellKind::CallableProxy
            | CellKind::TypedArray
            | CellKind::ModuleNamespace
            | CellKind::Arguments
            | CellKind::PrimitiveWrapper
    );
    if simple {
        match lookup::own(cx, object, key)? {
            None => return add_by_assignment(cx, object, key, value),
            Some(found)
                if found.attributes == Attributes::ALL
                    && found.accessor().is_none()
                    && !matches!(found.place, Place::Virtual(..)) =>
            {
                return write_found(cx, object, key, found, value);
            }
            Some(_) => {}
        }
    }
    define::define_own_property(cx, object, key, &PropertyDescriptor::data(value, Attributes::ALL))
}
