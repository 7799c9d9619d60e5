//! Typed arrays (ECMA-262 10.4.5): bounds, numeric keys, and elements.
//!
//! A typed array may lose its elements at any time: its buffer is detached or shrinks. So no pointer to the bytes is kept:
//! [`view`] computes pointer and length from the buffer each time, in a few loads. The functions on elements are inlined
//! into the interpreter's fast paths and the library's loops.
//!
//! Shared buffers may be written by other agents at the same time. Elements of shared buffers are therefore read and written with
//! the machine's plain loads and stores of the element's size through raw pointers, never through references.

use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::bigint::JSBigInt;
use unspool_values::{PropertyKey, Value, number};

use super::lookup::Found;
use super::{Object, PropertyDescriptor, define};
use crate::cells::{ArrayBufferObject, ElementType, TypedArrayObject};
use crate::completion::JsResult;
use crate::convert;
use crate::isolate::Cx;

/// Where a typed array's elements are right now.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// First element.
    pub data: *mut u8,
    /// Number of elements.
    pub length: usize,
}

/// ArrayBufferByteLength: the current length of a buffer in bytes, 0 when detached.
#[inline]
pub fn buffer_byte_length(buffer: Gc<ArrayBufferObject>) -> usize {
    match buffer.store.get() {
        None => 0,
        Some(store) if buffer.shared && buffer.max_byte_length.get() != usize::MAX => {
            store.shared().map_or(0, |shared| shared.length())
        }
        Some(_) => buffer.byte_length.get(),
    }
}

/// IsDetachedBuffer
#[inline]
pub fn is_detached(buffer: Gc<ArrayBufferObject>) -> bool {
    buffer.store.get().is_none()
}

/// The elements of a typed array, or `None` when it is out of bounds (its buffer detached or too short).
#[inline]
pub fn view(array: Gc<TypedArrayObject>) -> Option<View> {
    let buffer = array.buffer.get();
    let store = buffer.store.get()?;
    let bytes = buffer_byte_length(buffer);
    let offset = array.byte_offset;
    let length = if array.fixed_length == usize::MAX {
        bytes.checked_sub(offset)? / array.element_type.size()
    } else {
        let end = offset + array.fixed_length * array.element_type.size();
        if end > bytes {
            return None;
        }
        array.fixed_length
    };
    // SAFETY: the offset was just found to be within the store, which has at least `bytes` bytes.
    Some(View { data: unsafe { store.data().add(offset) }, length })
}

/// TypedArrayLength; 0 when out of bounds.
#[inline]
pub fn length(array: Gc<TypedArrayObject>) -> usize {
    view(array).map_or(0, |v| v.length)
}

/// IsTypedArrayOutOfBounds
#[inline]
pub fn is_out_of_bounds(array: Gc<TypedArrayObject>) -> bool {
    view(array).is_none()
}

/// IsValidIntegerIndex for an array index.
#[inline]
pub(crate) fn is_valid_index(object: Object, index: u32) -> bool {
    object.to::<TypedArrayObject>().is_some_and(|array| (index as usize) < length(array))
}

/// Is a named key a CanonicalNumericIndexString? (Array indices are no named keys.)
#[inline]
pub(crate) fn is_canonical_numeric(cx: Cx<'_>, key: PropertyKey) -> bool {
    let Some(atom) = key.as_atom() else { return false };
    let view = atom.view();
    match view.get(0) {
        // Digits, '-', Infinity, NaN.
        Some(0x30..=0x39 | 0x2d | 0x49 | 0x4e) => {}
        _ => return false,
    }
    if view.eq_ascii("-0") {
        return true;
    }
    let n = number::string_to_number(view);
    cx.atoms.number_to_string(cx, n).view() == view
}

/// Reads an element.
///
/// # Safety
/// `data` points to at least `index + 1` elements of the type.
#[inline(always)]
pub(crate) unsafe fn read_element(cx: Cx<'_>, element: ElementType, data: *const u8, index: usize) -> Value {
    // SAFETY: element `index` lies inside the buffer behind `data`; elements wider than a byte are read unaligned.
    unsafe {
        match element {
            ElementType::Int8 => Value::from_i32(i32::from(data.cast::<i8>().add(index).read())),
            ElementType::Uint8 | ElementType::Uint8Clamped => {
                Value::from_i32(i32::from(data.add(index).read()))
            }
            ElementType::Int16 => Value::from_i32(i32::from(data.cast::<i16>().add(index).read_unaligned())),
            ElementType::Uint16 => Value::from_i32(i32::from(data.cast::<u16>().add(index).read_unaligned())),
            ElementType::Int32 => Value::from_i32(data.cast::<i32>().add(index).read_unaligned()),
            ElementType::Uint32 => Value::from_u32(data.cast::<u32>().add(index).read_unaligned()),
            ElementType::Float16 => {
                Value::from_f64(number::f16_to_f64(data.cast::<u16>().add(index).read_unaligned()))
            }
            ElementType::Float32 => {
                Value::from_f64(f64::from(data.cast::<f32>().add(index).read_unaligned()))
            }
            ElementType::Float64 => Value::from_f64(data.cast::<f64>().add(index).read_unaligned()),
            ElementType::BigInt64 => {
                JSBigInt::from_i64(cx, data.cast::<i64>().add(index).read_unaligned()).into()
            }
            ElementType::BigUint64 => {
                JSBigInt::from_u64(cx, data.cast::<u64>().add(index).read_unaligned()).into()
            }
        }
    }
}

/// A value converted to an element's type: its bits in the low bytes, and the kind of conversion done.
#[derive(Clone, Copy, Debug)]
pub enum RawElement {
    /// For the integer types up to 32 bits: the int32 or uint32 modulo the size.
    Int(u32),
    /// For clamped bytes.
    Clamped(u8),
    /// For the floating types.
    Float(f64),
    /// For BigInt types.
    Big(u64),
}

/// Converts a value for an element (ToNumber or ToBigInt, which can run JavaScript; then the type's own conversion).
#[inline]
pub fn convert_element(cx: Cx<'_>, element: ElementType, value: Value) -> JsResult<RawElement> {
    if let Some(raw) = convert_number(element, value) {
        return Ok(raw);
    }
    if element.is_bigint() {
        let bigint = convert::to_bigint(cx, value)?;
        return Ok(RawElement::Big(
            bigint.to::<JSBigInt>().expect("ToBigInt gives a BigInt").to_u64_wrapping(),
        ));
    }
    let number = Value::from_double(convert::to_number(cx, value)?);
    Ok(convert_number(element, number).expect("a number converts to every number type"))
}

/// Converts a number for an element of a number type; `None` for other values and types.
#[inline(always)]
pub(crate) fn convert_number(element: ElementType, value: Value) -> Option<RawElement> {
    Some(match element {
        ElementType::BigInt64 | ElementType::BigUint64 => return None,
        ElementType::Float16 | ElementType::Float32 | ElementType::Float64 => {
            RawElement::Float(value.to_number()?)
        }
        ElementType::Uint8Clamped => match value.to_i32() {
            Some(n) => RawElement::Clamped(n.clamp(0, 255) as u8),
            None => RawElement::Clamped(number::to_uint8_clamp(value.to_number()?)),
        },
        _ => match value.to_i32() {
            Some(n) => RawElement::Int(n as u32),
            None => RawElement::Int(number::to_uint32(value.to_number()?)),
        },
    })
}

/// Writes an element.
///
/// # Safety
/// `data` points to at least `index + 1` elements of the type.
#[inline(always)]
pub(crate) unsafe fn write_element(element: ElementType, data: *mut u8, index: usize, raw: RawElement) {
    // SAFETY: element `index` lies inside the buffer behind `data`; elements wider than a byte are written unaligned.
    unsafe {
        match raw {
            RawElement::Clamped(n) => data.add(index).write(n),
            RawElement::Int(n) => match element.size() {
                1 => data.add(index).write(n as u8),
                2 => data.cast::<u16>().add(index).write_unaligned(n as u16),
                _ => data.cast::<u32>().add(index).write_unaligned(n),
            },
            RawElement::Float(n) => match element {
                ElementType::Float16 => data.cast::<u16>().add(index).write_unaligned(number::f64_to_f16(n)),
                ElementType::Float32 => data.cast::<f32>().add(index).write_unaligned(n as f32),
                _ => data.cast::<f64>().add(index).write_unaligned(n),
            },
            RawElement::Big(n) => data.cast::<u64>().add(index).write_unaligned(n),
        }
    }
}

/// The element at an index, if the index is valid.
#[inline(always)]
pub fn get(cx: Cx<'_>, array: Gc<TypedArrayObject>, index: usize) -> Option<Value> {
    let view = view(array)?;
    if index >= view.length {
        return None;
    }
    // SAFETY: the index is below the length.
    Some(unsafe { read_element(cx, array.element_type, view.data, index) })
}

/// Stores a number without running JavaScript: `true` if that was all there was to do, also when the index is out of
/// range; `false` if the value needs a conversion first.
#[inline(always)]
pub fn set_number(array: Gc<TypedArrayObject>, index: usize, value: Value) -> bool {
    let Some(raw) = convert_number(array.element_type, value) else { return false };
    if let Some(view) = view(array)
        && index < view.length
    {
        // SAFETY: the index is below the length.
        unsafe { write_element(array.element_type, view.data, index, raw) };
    }
    true
}

/// TypedArraySetElement: converts first, then stores if the index is (still) valid.
///
/// # Errors
/// Whatever the conversion throws.
pub fn set(cx: Cx<'_>, array: Gc<TypedArrayObject>, index: usize, value: Value) -> JsResult<()> {
    let raw = convert_element(cx, array.element_type, value)?;
    if let Some(view) = view(array)
        && index < view.length
    {
        // SAFETY: the index is below the length.
        unsafe { write_element(array.element_type, view.data, index, raw) };
    }
    Ok(())
}

pub(crate) fn get_element(cx: Cx<'_>, object: Object, index: u32) -> Option<Value> {
    get(cx, object.to::<TypedArrayObject>()?, index as usize)
}

/// TypedArraySetElement for a numeric key of any sort: keys that are no array index are never valid.
pub(crate) fn set_element_by_key(cx: Cx<'_>, object: Object, key: PropertyKey, value: Value) -> JsResult<()> {
    let array = object.to::<TypedArrayObject>().expect("a typed array");
    let index = key.as_index().map_or(usize::MAX, |index| index as usize);
    set(cx, array, index, value)
}

/// `[[GetOwnProperty]]` for an index.
pub(crate) fn own(cx: Cx<'_>, object: Object, index: u32) -> Option<Found> {
    get_element(cx, object, index).map(|value| Found::exotic(value, Attributes::ALL))
}

/// `[[DefineOwnProperty]]` (10.4.5.3)
pub(crate) fn define_own_property(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    if !key.is_index() && !is_canonical_numeric(cx, key) {
        return define::ordinary_define(cx, object, key, descriptor);
    }
    let valid = key.as_index().is_some_and(|index| is_valid_index(object, index));
    let refused =
        [descriptor.configurable, descriptor.enumerable, descriptor.writable].contains(&Some(false));
    if !valid || refused || descriptor.is_accessor() {
        return Ok(false);
    }
    if let Some(value) = descriptor.value {
        set_element_by_key(cx, object, key, value)?;
    }
    Ok(true)
}
