//! Array exotic objects (ECMA-262 10.4.2).
//!
//! `length` is a virtual property: its value is a field, its attributes are in the shape (`length_writable` repeats the
//! one that matters on fast paths). Dense elements cover a prefix of the indices below the length; what lies beyond the
//! dense length is holes.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_shapes::{Attributes, ShapeId};
use unspool_values::atom::KnownAtom;
use unspool_values::object::{Elements, ElementsRef, GcVec};
use unspool_values::{PropertyKey, Value};

use super::{Object, PropertyDescriptor, define, elements, shapes};
use crate::cells::Array;
use crate::completion::JsResult;
use crate::convert;
use crate::isolate::Cx;
use crate::realm::{Realm, RealmShape};

/// Arrays made with a length get dense elements, all holes, at once up to this length (32 MiB, as in V8); longer ones when they
/// are written.
const MAX_EAGER_LENGTH: u32 = 4 << 20;

impl Object {
    /// ArrayCreate(length) with `%Array.prototype%`: all holes.
    ///
    /// # Errors
    /// A `RangeError` when `length` exceeds 2^32 − 1 or memory is short.
    pub fn array(cx: Cx<'_>, length: u64) -> JsResult<Object> {
        let Ok(length) = u32::try_from(length) else {
            return Err(cx.throw_range_error("Invalid array length"));
        };
        if length > MAX_EAGER_LENGTH {
            return Ok(Array::object(allocate(cx, Realm::shape(cx.realm(), cx, RealmShape::Array), length)));
        }
        let elements = Elements::holes(cx, length).map_err(|_| cx.throw_out_of_memory())?;
        Ok(array_over(cx, elements))
    }

    /// ArrayCreate(length, proto).
    ///
    /// # Errors
    /// As [`Object::array`].
    pub fn array_with_prototype(cx: Cx<'_>, length: u64, prototype: Option<Object>) -> JsResult<Object> {
        let Ok(length) = u32::try_from(length) else {
            return Err(cx.throw_range_error("Invalid array length"));
        };
        Ok(Array::object(allocate(cx, shapes::array_shape(cx, prototype), length)))
    }

    /// `[]` with room for `capacity` elements.
    #[inline]
    pub fn empty_array(cx: Cx<'_>, capacity: u32) -> Object {
        let array = Array::object(allocate(cx, Realm::shape(cx.realm(), cx, RealmShape::Array), 0));
        if capacity > 0 {
            let elements = Elements::short(cx, capacity.min(64));
            array.head().replace_elements(cx, elements);
        }
        array
    }

    /// CreateArrayFromList of values on the stack.
    ///
    /// # Errors
    /// Out of memory.
    pub fn array_from_values(cx: Cx<'_>, values: &[Value]) -> JsResult<Object> {
        let elements = Elements::from_slice(cx, values).map_err(|_| cx.throw_out_of_memory())?;
        Ok(array_over(cx, elements))
    }

    /// CreateArrayFromList.
    ///
    /// # Errors
    /// Out of memory.
    pub fn array_from_list(cx: Cx<'_>, list: GcVec) -> JsResult<Object> {
        let length = u32::try_from(list.len()).map_err(|_| cx.throw_out_of_memory())?;
        let elements = Elements::with_capacity(cx, length).map_err(|_| cx.throw_out_of_memory())?;
        elements.resize(length);
        elements.copy_from(cx, 0, &*list.buffer(), 0, length);
        Ok(array_over(cx, elements))
    }
}

/// An array that takes over `elements`; its length is theirs.
pub fn array_over(cx: Cx<'_>, elements: Gc<Elements>) -> Object {
    let array = allocate(cx, Realm::shape(cx.realm(), cx, RealmShape::Array), elements.len());
    let object = Array::object(array);
    if !elements.is_empty() {
        object.head().replace_elements(cx, elements);
    }
    object
}

/// An array of a shape, without elements.
#[inline(always)]
pub fn allocate(cx: Cx<'_>, shape: ShapeId, length: u32) -> Gc<Array> {
    let array = cx.allocate_object(shape, |head| Array {
        head,
        length: Cell::new(length),
        length_writable: Cell::new(true),
    });
    Array::object(array).provide_slots(cx, shape, 0);
    array
}

/// One past the index of the last element at or beyond `from` that is no hole, or `from`.
pub(crate) fn last_present(elements: Gc<Elements>, from: u32) -> u32 {
    (from..elements.len())
        .rev()
        .find(|&i| elements.get(i).is_some_and(|v| !v.is_hole()))
        .map_or(from, |i| i + 1)
}

/// `[[DefineOwnProperty]]`
pub(crate) fn define_own_property(
    cx: Cx<'_>,
    array: Gc<Array>,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    let object = Array::object(array);
    if let Some(index) = key.as_index() {
        let length = array.length.get();
        if index >= length && !array.length_writable.get() {
            return Ok(false);
        }
        if !define::ordinary_define(cx, object, key, descriptor)? {
            return Ok(false);
        }
        if index >= length {
            array.length.set(index + 1);
        }
        return Ok(true);
    }
    if key == cx.key(KnownAtom::length) {
        return set_length_descriptor(cx, array, descriptor);
    }
    define::ordinary_define(cx, object, key, descriptor)
}

/// ArraySetLength (10.4.2.4)
fn set_length_descriptor(cx: Cx<'_>, array: Gc<Array>, descriptor: &PropertyDescriptor) -> JsResult<bool> {
    let new_length = match descriptor.value {
        None => None,
        Some(value) => {
            // The two conversions are observable.
            let length = convert::to_uint32(cx, value)?;
            let number = convert::to_number(cx, value)?;
            if f64::from(length) != number {
                return Err(cx.throw_range_error("Invalid array length"));
            }
            Some(length)
        }
    };
    if descriptor.configurable == Some(true)
        || descriptor.enumerable == Some(true)
        || descriptor.is_accessor()
    {
        return Ok(false);
    }
    let writable = array.length_writable.get();
    if !writable && descriptor.writable == Some(true) {
        return Ok(false);
    }
    let mut complete = true;
    if let Some(length) = new_length
        && length != array.length.get()
    {
        if !writable {
            return Ok(false);
        }
        complete = set_length(cx, array, length);
    }
    if descriptor.writable == Some(false) && writable {
        let object = Array::object(array);
        array.length_writable.set(false);
        let shape = cx.shapes.change_attributes(object.shape(), cx.key(KnownAtom::length), Attributes::NONE);
        object.change_shape(cx, shape);
    }
    Ok(complete)
}

/// Sets the length of an array whose `length` is writable; `false` when an element that cannot be deleted stopped it.
pub fn set_length(cx: Cx<'_>, array: Gc<Array>, length: u32) -> bool {
    if length >= array.length.get() {
        array.length.set(length);
        return true;
    }
    let reached = elements::truncate(cx, array, length);
    array.length.set(reached);
    reached == length
}

/// Assigns to `length`: the `[[Set]]` of a writable own property.
pub(crate) fn assign_length(cx: Cx<'_>, array: Gc<Array>, value: Value) -> JsResult<bool> {
    if let Some(length) = value.to_i32()
        && length >= 0
        && array.length_writable.get()
    {
        return Ok(set_length(cx, array, length as u32));
    }
    set_length_descriptor(cx, array, &PropertyDescriptor { value: Some(value), ..Default::default() })
}

/// Appends to an array whose `length` is writable, which is extensible, has dense elements (or none), and whose prototype
/// chain has no elements; `false`, with nothing done, if any of this does not hold or the length is at its maximum. The
/// fast path of `push`.
///
/// # Errors
/// Out of memory.
#[inline]
pub fn push_fast(cx: Cx<'_>, array: Gc<Array>, value: Value) -> JsResult<bool> {
    let length = array.length.get();
    let object = Array::object(array);
    if length == u32::MAX || !is_growable(cx, array) || !elements::append(cx, object, length, value)? {
        return Ok(false);
    }
    array.length.set(length + 1);
    Ok(true)
}

/// Takes the last element of an array with dense elements up to its length; `None` when the general algorithm must be
/// used. The fast path of `pop`.
#[inline]
pub fn pop_fast(cx: Cx<'_>, array: Gc<Array>) -> Option<Value> {
    let length = array.length.get();
    let elements = array.head.raw_elements()?;
    if length == 0 || elements.len() != length || !array.length_writable.get() {
        return None;
    }
    let value = elements.get(length - 1).filter(|v| !v.is_hole())?;
    if !lookup_configurable(cx, array) {
        return None;
    }
    elements.pop();
    array.length.set(length - 1);
    Some(value)
}

fn lookup_configurable(cx: Cx<'_>, array: Gc<Array>) -> bool {
    super::lookup::dense_attributes(cx, Array::object(array)).contains(Attributes::CONFIGURABLE)
}

/// May new elements simply be added: extensible, length writable, nothing indexed in the prototype chain? The shape of
/// an array says all of this as long as the validity cell of its chain is valid; the last answer is kept.
#[inline]
pub fn is_growable(cx: Cx<'_>, array: Gc<Array>) -> bool {
    let (shape, validity) = cx.growable_arrays.get();
    if shape == Array::object(array).shape() && cx.shapes.is_valid(validity) {
        return true;
    }
    is_growable_slow(cx, array)
}

#[inline(never)]
fn is_growable_slow(cx: Cx<'_>, array: Gc<Array>) -> bool {
    let object = Array::object(array);
    let growable = array.length_writable.get()
        && object.is_extensible_ordinary(cx)
        && shapes::chain_has_no_elements(object.prototype(cx), cx);
    if growable
        && crate::ic::handler::cacheable_shape(cx, object.shape())
        && let Some(validity) = shapes::validity_of_chain(cx, object.prototype(cx))
    {
        cx.growable_arrays.set((object.shape(), validity));
    }
    growable
}

/// The dense elements of an array if they cover its whole length without a hole, so that reading them by index is all that
/// `[[Get]]` would do.
pub(crate) fn packed_elements(array: Gc<Array>) -> Option<Gc<Elements>> {
    match array.head.elements() {
        ElementsRef::Dense(elements)
            if elements.len() >= array.length.get()
                && !elements.values().iter().any(|v| v.get().is_hole()) =>
        {
            Some(elements)
        }
        _ => None,
    }
}
