//! `sort` and `toSorted`.
//!
//! The values are collected first (`undefined` and holes apart), sorted in a list that the program cannot see, and
//! written back, as SortIndexedProperties (23.1.3.30.1) has it; so a comparison function that changes the array does not
//! disturb the sorting. The sort is a stable merge sort; without a comparison function strings are made once for each
//! value.

use unspool_runtime::cells::Array;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_number, to_object, to_string};
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::Value;
use unspool_values::object::GcVec;
use unspool_values::string::JSString;

use super::super::merge_sort::merge_sort;
use super::super::{get_index, get_present, index_key};
use super::{append, plain_writable, ranges};

/// The comparison function, which is callable or `undefined`.
pub(crate) fn check_comparator(cx: Cx<'_>, comparator: Value) -> JsResult<()> {
    if comparator.is_undefined() || comparator.is_callable() {
        return Ok(());
    }
    let text = cx.describe(comparator);
    Err(cx.throw_type_error(format_args!(
        "The comparison function must be either a function or undefined [{text}]"
    )))
}

/// `Array.prototype.sort`
pub(crate) fn sort(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    check_comparator(cx, args.get(0))?;
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let values = GcVec::new(cx);
    let mut undefined_count = 0;
    for k in 0..length {
        cx.poll_interrupt()?;
        match get_present(cx, object, k)? {
            Some(value) if value.is_undefined() => undefined_count += 1,
            Some(value) => values.push(cx, value).or_throw(cx)?,
            None => {}
        }
    }
    let sorted = sort_values(cx, values, args.get(0))?;
    write_back(cx, object, length, sorted, undefined_count)?;
    Ok(object.into())
}

/// Stores the sorted values, then as many `undefined` as there were, and deletes what is left.
fn write_back(cx: Cx<'_>, object: Object, length: u64, sorted: GcVec, undefined_count: u64) -> JsResult<()> {
    let count = sorted.len() as u64;
    if let Some(array) = plain_writable(cx, object)
        && let Some(elements) = array.head.raw_elements()
        && u64::from(elements.len()) >= count + undefined_count
        && u64::from(array.length.get()) == length
    {
        elements.copy_from(cx, 0, &*sorted.buffer(), 0, count as u32);
        elements.fill(cx, count as u32, (count + undefined_count) as u32, Value::UNDEFINED);
        let rest = (count + undefined_count) as u32;
        elements.fill(cx, rest, elements.len(), Value::HOLE);
        return Ok(());
    }
    for (k, value) in sorted.iter().enumerate() {
        cx.poll_interrupt()?;
        object.set(cx, index_key(cx, k as u64), value)?;
    }
    for k in count..count + undefined_count {
        object.set(cx, index_key(cx, k), Value::UNDEFINED)?;
    }
    for k in count + undefined_count..length {
        cx.poll_interrupt()?;
        object.delete_or_throw(cx, index_key(cx, k))?;
    }
    Ok(())
}

/// `Array.prototype.toSorted`
pub(crate) fn to_sorted(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    check_comparator(cx, args.get(0))?;
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let result = ranges::new_array(cx, length)?;
    let values = GcVec::new(cx);
    let mut undefined_count = 0;
    for k in 0..length {
        cx.poll_interrupt()?;
        let value = get_index(cx, object, k)?;
        if value.is_undefined() {
            undefined_count += 1;
        } else {
            values.push(cx, value).or_throw(cx)?;
        }
    }
    for value in sort_values(cx, values, args.get(0))? {
        append(cx, result, value)?;
    }
    for _ in 0..undefined_count {
        append(cx, result, Value::UNDEFINED)?;
    }
    Ok(Array::object(result).into())
}

/// Sorts values none of which is `undefined`, by a comparison function or as strings (CompareArrayElements).
fn sort_values(cx: Cx<'_>, values: GcVec, comparator: Value) -> JsResult<GcVec> {
    if comparator.is_undefined() {
        return sort_as_strings(cx, values);
    }
    merge_sort(cx, values, |a, b| {
        let order = call(cx, comparator, Value::UNDEFINED, &[a, b])?;
        Ok(match order.to_i32() {
            Some(n) => n > 0,
            None => to_number(cx, order)? > 0.0,
        })
    })
}

/// Sorts by ToString of the values. Each value is converted once; what is sorted are then positions in two lists.
fn sort_as_strings(cx: Cx<'_>, values: GcVec) -> JsResult<GcVec> {
    if values.len() < 2 {
        return Ok(values);
    }
    let string = |value: Value| value.to::<JSString>();
    if values.iter().all(|v| v.is_string()) {
        return merge_sort(cx, values, |a, b| match (string(a), string(b)) {
            (Some(a), Some(b)) => Ok(JSString::compare(cx, b, a).is_lt()),
            _ => Ok(false),
        });
    }
    let keys = GcVec::with_capacity(cx, values.len()).or_throw(cx)?;
    let positions = GcVec::with_capacity(cx, values.len()).or_throw(cx)?;
    for (i, value) in values.iter().enumerate() {
        cx.poll_interrupt()?;
        keys.push(cx, to_string(cx, value)?.into()).or_throw(cx)?;
        positions.push(cx, Value::from_usize(i)).or_throw(cx)?;
    }
    let key = |position: Value| string(keys.get(position.as_i32() as usize));
    let sorted = merge_sort(cx, positions, |a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) => Ok(JSString::compare(cx, b, a).is_lt()),
        _ => Ok(false),
    })?;
    for i in 0..sorted.len() {
        sorted.set(cx, i, values.get(sorted.get(i).as_i32() as usize));
    }
    Ok(sorted)
}
