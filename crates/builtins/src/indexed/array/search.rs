//! `at`, `includes`, `indexOf`, `lastIndexOf`.
//!
//! The equalities differ: `includes` is by SameValueZero and sees holes as `undefined`, the others are by strict equality
//! and skip holes. Plain arrays are searched in their elements directly.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_object};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::same_value::same_value_zero;
use unspool_values::Value;
use unspool_values::object::Elements;

use super::super::{clamp_relative, get_index, get_present, last_start, number, strictly_equals};
use super::{dense_length, plain, plain_get};

/// `Array.prototype.at`
pub(crate) fn at(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let relative = to_integer_or_infinity(cx, args.get(0))?;
    let index = if relative < 0.0 { length as f64 + relative } else { relative };
    if index < 0.0 || index >= length as f64 {
        return Ok(Value::UNDEFINED);
    }
    get_index(cx, object, index as u64)
}

/// `Array.prototype.includes`
pub(crate) fn includes(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    if length == 0 {
        return Ok(Value::FALSE);
    }
    let start = clamp_relative(to_integer_or_infinity(cx, args.get(1))?, length);
    let target = args.get(0);
    if let Some(array) = plain(cx, object)
        && length == u64::from(array.length.get())
    {
        if start >= length {
            return Ok(Value::FALSE);
        }
        let present = dense_length(array);
        if target.is_undefined() {
            let found = (start as u32..present).any(|i| plain_get(array, i).is_undefined())
                || u64::from(present) < length;
            return Ok(found.into());
        }
        let Some(elements) = object.head().raw_elements() else { return Ok(Value::FALSE) };
        if target.to_number().is_some_and(f64::is_nan) {
            let found = elements.values()[start.min(u64::from(present)) as usize..present as usize]
                .iter()
                .any(|v| v.get().to_number().is_some_and(f64::is_nan));
            return Ok(found.into());
        }
        return Ok(find_forward(cx, elements, start as u32, present, target).is_some().into());
    }
    for k in start..length {
        cx.poll_interrupt()?;
        let element = get_index(cx, object, k)?;
        if same_value_zero(cx, element, target) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// The first index in `from..to` whose element strictly equals `target`.
pub(crate) fn find_forward(
    cx: Cx<'_>,
    elements: Gc<Elements>,
    from: u32,
    to: u32,
    target: Value,
) -> Option<u32> {
    if from >= to {
        return None;
    }
    let values = &elements.values()[from as usize..to as usize];
    let found = if let Some(n) = target.to_number() {
        // A number is either form; compare numerically.
        values.iter().position(|v| v.get() == target || v.get().to_number() == Some(n))
    } else if target.is_string() || target.is_bigint() {
        values.iter().position(|v| strictly_equals(cx, v.get(), target))
    } else {
        values.iter().position(|v| v.get() == target)
    };
    // NaN has one bit pattern here, which the identity test above would find.
    if target.to_number().is_some_and(f64::is_nan) {
        return None;
    }
    found.map(|i| from + i as u32)
}

/// `Array.prototype.indexOf`
pub(crate) fn index_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    if length == 0 {
        return Ok(Value::from_i32(-1));
    }
    let start = clamp_relative(to_integer_or_infinity(cx, args.get(1))?, length);
    let target = args.get(0);
    if let Some(array) = plain(cx, object)
        && start < u64::from(u32::MAX)
    {
        let to = u64::from(dense_length(array)).min(length) as u32;
        let found = object.head().raw_elements().and_then(|e| find_forward(cx, e, start as u32, to, target));
        return Ok(found.map_or(Value::from_i32(-1), Value::from_u32));
    }
    for k in start..length {
        cx.poll_interrupt()?;
        if let Some(element) = get_present(cx, object, k)?
            && strictly_equals(cx, element, target)
        {
            return Ok(number(k));
        }
    }
    Ok(Value::from_i32(-1))
}

/// `Array.prototype.lastIndexOf`
pub(crate) fn last_index_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    if length == 0 {
        return Ok(Value::from_i32(-1));
    }
    let Some(start) = last_start(cx, args, length)? else { return Ok(Value::from_i32(-1)) };
    let target = args.get(0);
    let mut k = start + 1;
    if let Some(array) = plain(cx, object) {
        k = k.min(u64::from(dense_length(array)));
    }
    while k > 0 {
        k -= 1;
        cx.poll_interrupt()?;
        if let Some(element) = get_present(cx, object, k)?
            && strictly_equals(cx, element, target)
        {
            return Ok(number(k));
        }
    }
    Ok(Value::from_i32(-1))
}
