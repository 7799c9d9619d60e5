//! Methods that copy, move or overwrite elements: `set`, `subarray`, `slice`, `fill` and their relatives.
//!
//! Between arrays of one element type bytes are moved; otherwise each element is converted. Converting arguments may run
//! code that shrinks or detaches the buffer, so each method looks at its receiver again afterwards and does what is still
//! possible.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::bytes::{self, copy_bytes};
use unspool_runtime::cells::{ArrayBufferObject, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_object};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::typed_array::{self, RawElement};
use unspool_values::Value;

use super::super::{clamp_relative, get_index};
use super::construct::{construct_view, convert, copy_elements};
use super::{
    create_same_type, require_same_content, require_typed_array, species_constructor, species_create,
    validate,
};

fn relative(cx: Cx<'_>, value: Value, length: usize) -> JsResult<usize> {
    Ok(clamp_relative(to_integer_or_infinity(cx, value)?, length as u64) as usize)
}

fn relative_end(cx: Cx<'_>, value: Value, length: usize) -> JsResult<usize> {
    if value.is_undefined() { Ok(length) } else { relative(cx, value, length) }
}

fn object(array: Gc<TypedArrayObject>) -> JsResult<Value> {
    Ok(TypedArrayObject::object(array).into())
}

pub(super) fn copy_within(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "copyWithin")?;
    let to = relative(cx, args.get(0), length)?;
    let from = relative(cx, args.get(1), length)?;
    let end = relative_end(cx, args.get(2), length)?;
    let count = end.saturating_sub(from).min(length - to);
    if count > 0 {
        // The conversions may have shrunk the buffer.
        let (_, length) = validate(cx, args.this, "copyWithin")?;
        let count = count.min(length.saturating_sub(from)).min(length.saturating_sub(to));
        let size = array.element_type.size();
        if let Some(all) = bytes::element_bytes(&array)
            && count > 0
        {
            copy_bytes(&all[from * size..(from + count) * size], &all[to * size..(to + count) * size]);
        }
    }
    object(array)
}

pub(super) fn fill(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "fill")?;
    let raw = convert(cx, array.element_type, args.get(0))?;
    let start = relative(cx, args.get(1), length)?;
    let end = relative_end(cx, args.get(2), length)?;
    let (_, length) = validate(cx, args.this, "fill")?;
    let end = end.min(length);
    if start < end {
        fill_range(array, start, end, raw);
    }
    object(array)
}

fn fill_range(array: Gc<TypedArrayObject>, start: usize, end: usize, raw: RawElement) {
    bytes::write_valid(array, start, raw);
    let size = array.element_type.size();
    // The first element's bytes are the pattern for the rest.
    fn repeat<T: bytes::Plain>(array: Gc<TypedArrayObject>, start: usize, end: usize) {
        if let Some(elements) = bytes::elements::<T>(&array) {
            let value = elements[start].get();
            for element in &elements[start..end] {
                element.set(value);
            }
        }
    }
    match size {
        1 => repeat::<u8>(array, start, end),
        2 => repeat::<u16>(array, start, end),
        4 => repeat::<u32>(array, start, end),
        _ => repeat::<u64>(array, start, end),
    }
}

pub(super) fn reverse(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, _) = validate(cx, args.this, "reverse")?;
    reverse_elements(array);
    object(array)
}

fn reverse_elements(array: Gc<TypedArrayObject>) {
    fn swap_all<T: bytes::Plain>(array: Gc<TypedArrayObject>) {
        if let Some(elements) = bytes::elements::<T>(&array) {
            for i in 0..elements.len() / 2 {
                elements[i].swap(&elements[elements.len() - 1 - i]);
            }
        }
    }
    match array.element_type.size() {
        1 => swap_all::<u8>(array),
        2 => swap_all::<u16>(array),
        4 => swap_all::<u32>(array),
        _ => swap_all::<u64>(array),
    }
}

pub(super) fn to_reversed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "toReversed")?;
    let new = create_same_type(cx, array, length)?;
    copy_elements(cx, array, 0, new, 0, length)?;
    reverse_elements(new);
    object(new)
}

pub(super) fn with(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "with")?;
    let relative = to_integer_or_infinity(cx, args.get(0))?;
    let index = if relative < 0.0 { length as f64 + relative } else { relative };
    let raw = convert(cx, array.element_type, args.get(1))?;
    if index < 0.0 || index >= typed_array::length(array) as f64 {
        return Err(cx.throw_range_error("Invalid typed array index"));
    }
    let new = create_same_type(cx, array, length)?;
    let present = typed_array::length(array).min(length);
    copy_elements(cx, array, 0, new, 0, present)?;
    if !array.element_type.is_bigint() && present < length {
        // What was lost reads as `undefined`: NaN in floating types, zero in the others.
        for k in present..length {
            typed_array::set(cx, new, k, Value::UNDEFINED)?;
        }
    } else if present < length {
        // ToBigInt(undefined) throws.
        typed_array::set(cx, new, present, Value::UNDEFINED)?;
    }
    bytes::write_valid(new, index as usize, raw);
    object(new)
}

pub(super) fn slice(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "slice")?;
    let start = relative(cx, args.get(0), length)?;
    let end = relative_end(cx, args.get(1), length)?;
    let count = end.saturating_sub(start);
    let new = species_create(cx, array, count, "slice")?;
    if count == 0 {
        return object(new);
    }
    let (_, length) = validate(cx, args.this, "slice")?;
    let end = end.min(length);
    let count = end.saturating_sub(start).min(typed_array::length(new));
    if new.element_type == array.element_type {
        let size = array.element_type.size();
        if let (Some(from), Some(to)) = (bytes::element_bytes(&array), bytes::element_bytes(&new)) {
            let (from, to) = (&from[(start * size).min(from.len())..], &to[..count * size]);
            if array.buffer.get().store.get() == new.buffer.get().store.get() {
                // Byte by byte from the front, also where the ranges overlap.
                for (to, from) in to.iter().zip(from) {
                    to.set(from.get());
                }
            } else {
                copy_bytes(&from[..to.len()], to);
            }
        }
        return object(new);
    }
    for k in 0..end.saturating_sub(start) {
        cx.poll_interrupt()?;
        let value = typed_array::get(cx, array, start + k).unwrap_or(Value::UNDEFINED);
        typed_array::set(cx, new, k, value)?;
    }
    object(new)
}

pub(super) fn subarray(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_typed_array(cx, args.this)?;
    let buffer = array.buffer.get();
    let length = typed_array::length(array);
    let start = relative(cx, args.get(0), length)?;
    let begin_byte = Value::from_usize(array.byte_offset + start * array.element_type.size());
    let buffer_value = Value::from(ArrayBufferObject::object(buffer));
    let tracks_length = array.fixed_length == usize::MAX && args.get(1).is_undefined();
    let constructor;
    let new = if tracks_length {
        constructor = species_constructor(cx, array)?;
        construct_view(cx, constructor, &[buffer_value, begin_byte])?
    } else {
        let end = relative_end(cx, args.get(1), length)?;
        let count = Value::from_usize(end.saturating_sub(start));
        constructor = species_constructor(cx, array)?;
        construct_view(cx, constructor, &[buffer_value, begin_byte, count])?
    };
    require_same_content(cx, array, new)?;
    object(new)
}

// ---- set ---------------------------------------------------------------------------------------------------------------

pub(super) fn set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let target = require_typed_array(cx, args.this)?;
    let offset = to_integer_or_infinity(cx, args.get(1))?;
    if offset < 0.0 {
        return Err(cx.throw_range_error("offset is out of bounds"));
    }
    match args.get(0).to::<TypedArrayObject>() {
        Some(source) => set_from_typed_array(cx, target, offset, source)?,
        None => set_from_array_like(cx, target, offset, args.get(0))?,
    }
    Ok(Value::UNDEFINED)
}

fn check_range(cx: Cx<'_>, offset: f64, count: u64, length: usize) -> JsResult<usize> {
    if offset + count as f64 > length as f64 {
        return Err(cx.throw_range_error("offset is out of bounds"));
    }
    Ok(offset as usize)
}

/// SetTypedArrayFromTypedArray
fn set_from_typed_array(
    cx: Cx<'_>,
    target: Gc<TypedArrayObject>,
    offset: f64,
    source: Gc<TypedArrayObject>,
) -> JsResult<()> {
    let target_object = TypedArrayObject::object(target).into();
    let (_, length) = validate(cx, target_object, "set")?;
    let (_, count) = validate(cx, TypedArrayObject::object(source).into(), "set")?;
    require_same_content(cx, target, source)?;
    let to = check_range(cx, offset, count as u64, length)?;
    let overlaps = target.buffer.get().store.get() == source.buffer.get().store.get();
    if overlaps && source.element_type != target.element_type {
        // The source is copied first.
        let copy = create_same_type(cx, source, count)?;
        copy_elements(cx, source, 0, copy, 0, count)?;
        return copy_elements(cx, copy, 0, target, to, count);
    }
    copy_elements(cx, source, 0, target, to, count)
}

/// SetTypedArrayFromArrayLike
fn set_from_array_like(cx: Cx<'_>, target: Gc<TypedArrayObject>, offset: f64, source: Value) -> JsResult<()> {
    let (_, length) = validate(cx, TypedArrayObject::object(target).into(), "set")?;
    let source = to_object(cx, source)?;
    let count = source.length_of_array_like(cx)?;
    let to = check_range(cx, offset, count, length)?;
    for k in 0..count {
        cx.poll_interrupt()?;
        let value = get_index(cx, source, k)?;
        typed_array::set(cx, target, to + k as usize, value)?;
    }
    Ok(())
}
