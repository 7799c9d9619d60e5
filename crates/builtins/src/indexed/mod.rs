//! Indexed collections (ECMA-262 chapter 23): arrays and typed arrays, and what their methods share.
//!
//! *Relative indices* are arguments such as the start of `slice`: integers of which negative ones count from the end.

pub(crate) mod array;
pub(crate) mod array_iterator;
mod merge_sort;
pub(crate) mod typed_array;

use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_integer_or_infinity;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::same_value::same_value_zero;
use unspool_runtime::{Cx, Object};
use unspool_values::{CellKind, PropertyKey, Value};

/// 2^53 − 1, the greatest length.
pub(crate) const MAX_LENGTH: u64 = (1 << 53) - 1;

/// The key of a non-negative integer.
#[inline]
pub(crate) fn index_key(cx: Cx<'_>, n: u64) -> PropertyKey {
    PropertyKey::from_u64(cx, &cx.isolate().atoms, n)
}

/// A length or index as a value.
#[inline]
pub(crate) fn number(n: u64) -> Value {
    Value::from_f64(n as f64)
}

/// A relative start index, clamped to `0..=length`.
pub(crate) fn relative_start(cx: Cx<'_>, value: Value, length: u64) -> JsResult<u64> {
    Ok(clamp_relative(to_integer_or_infinity(cx, value)?, length))
}

/// A relative end index, clamped to `0..=length`; `undefined` is the length.
pub(crate) fn relative_end(cx: Cx<'_>, value: Value, length: u64) -> JsResult<u64> {
    if value.is_undefined() { Ok(length) } else { relative_start(cx, value, length) }
}

/// An integer or infinity, relative to the end if negative, clamped to `0..=length`.
pub(crate) fn clamp_relative(n: f64, length: u64) -> u64 {
    if n < 0.0 {
        let from_end = length as f64 + n;
        if from_end < 0.0 { 0 } else { from_end as u64 }
    } else if n > length as f64 {
        length
    } else {
        n as u64
    }
}

/// IsStrictlyEqual
#[inline]
pub(crate) fn strictly_equals(cx: Cx<'_>, a: Value, b: Value) -> bool {
    same_value_zero(cx, a, b) && !a.to_number().is_some_and(f64::is_nan)
}

/// Get(object, index)
#[inline]
pub(crate) fn get_index(cx: Cx<'_>, object: Object, index: u64) -> JsResult<Value> {
    if index < u64::from(u32::MAX)
        && matches!(object.kind(), CellKind::Array | CellKind::Object)
        && let Some(value) = object.head().dense_element(index as u32)
    {
        return Ok(value);
    }
    object.get(cx, index_key(cx, index))
}

/// HasProperty(object, index), then Get: the element, or nothing when it is absent.
#[inline]
pub(crate) fn get_present(cx: Cx<'_>, object: Object, index: u64) -> JsResult<Option<Value>> {
    if index < u64::from(u32::MAX)
        && matches!(object.kind(), CellKind::Array | CellKind::Object)
        && let Some(value) = object.head().dense_element(index as u32)
    {
        return Ok(Some(value));
    }
    let key = index_key(cx, index);
    if object.has_property(cx, key)? { Ok(Some(object.get(cx, key)?)) } else { Ok(None) }
}

/// The callback argument of a method.
///
/// # Errors
/// A `TypeError` when it is not callable.
pub(crate) fn require_callable(cx: Cx<'_>, value: Value) -> JsResult<()> {
    use unspool_runtime::ValueExt as _;
    if value.is_callable() {
        return Ok(());
    }
    Err(cx.throw_type_error(format_args!("{} is not a function", cx.describe(value))))
}

/// Where `lastIndexOf` begins in something of a length that is not 0, by its second argument: `None` if that is before the front.
fn last_start(cx: Cx<'_>, args: Arguments<'_>, length: u64) -> JsResult<Option<u64>> {
    if args.len() < 2 {
        return Ok(Some(length - 1));
    }
    let relative = to_integer_or_infinity(cx, args.get(1))?;
    let start = if relative >= 0.0 { relative.min(length as f64 - 1.0) } else { length as f64 + relative };
    Ok((start >= 0.0).then_some(start as u64))
}
