//! `sort` and `toSorted` of typed arrays (23.2.3.29).
//!
//! Without a comparison function the elements are sorted as plain numbers: −0 before +0, NaN last; nothing can observe
//! it, so it is done in place. With one they are sorted as values in a list and written back as far as the array still
//! reaches.

use std::cmp::Ordering;

use unspool_gc::Gc;
use unspool_runtime::bytes::{self, Plain};
use unspool_runtime::cells::{ElementType, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_number;
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::typed_array;
use unspool_runtime::{Cx, OrThrow as _};
use unspool_values::object::GcVec;
use unspool_values::{Value, number};

use super::super::array::check_comparator;
use super::super::merge_sort::merge_sort;
use super::construct::copy_elements;
use super::{create_same_type, validate};

pub(super) fn sort(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    check_comparator(cx, args.get(0))?;
    let (array, length) = validate(cx, args.this, "sort")?;
    sort_array(cx, array, length, args.get(0), array)?;
    Ok(TypedArrayObject::object(array).into())
}

pub(super) fn to_sorted(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    check_comparator(cx, args.get(0))?;
    let (array, length) = validate(cx, args.this, "toSorted")?;
    let new = create_same_type(cx, array, length)?;
    if args.get(0).is_undefined() {
        copy_elements(cx, array, 0, new, 0, length)?;
        sort_array(cx, new, length, Value::UNDEFINED, new)?;
    } else {
        sort_array(cx, array, length, args.get(0), new)?;
    }
    Ok(TypedArrayObject::object(new).into())
}

/// Sorts the elements of `array` and stores them in `target`, which is another array only if there is a comparison
/// function.
fn sort_array(
    cx: Cx<'_>,
    array: Gc<TypedArrayObject>,
    length: usize,
    comparator: Value,
    target: Gc<TypedArrayObject>,
) -> JsResult<()> {
    if comparator.is_undefined() {
        sort_numbers(array);
        return Ok(());
    }
    let values = GcVec::with_capacity(cx, length).or_throw(cx)?;
    for k in 0..length {
        cx.poll_interrupt()?;
        values.push(cx, typed_array::get(cx, array, k).unwrap_or(Value::UNDEFINED)).or_throw(cx)?;
    }
    let sorted = merge_sort(cx, values, |a, b| {
        let order = call(cx, comparator, Value::UNDEFINED, &[a, b])?;
        Ok(match order.to_i32() {
            Some(n) => n > 0,
            None => to_number(cx, order)? > 0.0,
        })
    })?;
    // The comparison may have shrunk the array: elements that are gone are not stored.
    for (k, value) in sorted.iter().enumerate().take(typed_array::length(target)) {
        typed_array::set(cx, target, k, value)?;
    }
    Ok(())
}

fn sort_numbers(array: Gc<TypedArrayObject>) {
    match array.element_type {
        ElementType::Int8 => sort_by::<i8>(array, i8::cmp),
        ElementType::Uint8 | ElementType::Uint8Clamped => sort_by::<u8>(array, u8::cmp),
        ElementType::Int16 => sort_by::<i16>(array, i16::cmp),
        ElementType::Uint16 => sort_by::<u16>(array, u16::cmp),
        ElementType::Int32 => sort_by::<i32>(array, i32::cmp),
        ElementType::Uint32 => sort_by::<u32>(array, u32::cmp),
        ElementType::BigInt64 => sort_by::<i64>(array, i64::cmp),
        ElementType::BigUint64 => sort_by::<u64>(array, u64::cmp),
        ElementType::Float16 => {
            sort_by::<u16>(array, |a, b| compare(number::f16_to_f64(*a), number::f16_to_f64(*b)));
        }
        ElementType::Float32 => sort_by::<f32>(array, |a, b| compare(f64::from(*a), f64::from(*b))),
        ElementType::Float64 => sort_by::<f64>(array, |a, b| compare(*a, *b)),
    }
}

/// CompareTypedArrayElements of numbers.
fn compare(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.total_cmp(&b),
    }
}

fn sort_by<T: Plain>(array: Gc<TypedArrayObject>, order: impl Fn(&T, &T) -> Ordering) {
    let Some(elements) = bytes::elements::<T>(&array) else { return };
    let mut copy: Vec<T> = elements.iter().map(std::cell::Cell::get).collect();
    copy.sort_unstable_by(order);
    for (element, value) in elements.iter().zip(copy) {
        element.set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn numbers_are_ordered_with_signed_zeros_and_nan_last() {
        let mut numbers = [f64::NAN, 1.0, 0.0, -0.0, f64::NEG_INFINITY, f64::INFINITY];
        numbers.sort_by(|a, b| compare(*a, *b));
        assert_eq!(numbers[0], f64::NEG_INFINITY);
        assert!(numbers[1].is_sign_negative() && numbers[1] == 0.0);
        assert!(numbers[2].is_sign_positive() && numbers[2] == 0.0);
        assert_eq!(numbers[4], f64::INFINITY);
        assert!(numbers[5].is_nan());
    }
}
