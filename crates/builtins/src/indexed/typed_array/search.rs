//! `at`, `includes`, `indexOf`, `lastIndexOf`, `join`, `toLocaleString`.
//!
//! As for arrays, but elements are numbers without holes. The length is read first; if the conversion of an argument has
//! shrunk the array meanwhile, the indices that are gone count as `undefined` (`includes`, `join`) or as absent
//! (`indexOf`).

use unspool_gc::Gc;
use unspool_runtime::bytes;
use unspool_runtime::cells::{ElementType, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_string};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::same_value::same_value_zero;
use unspool_runtime::object::typed_array;
use unspool_runtime::{Cx, OrThrow as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::StringBuilder;

use super::super::array::join_locale_strings;
use super::super::{clamp_relative, last_start, strictly_equals};
use super::validate;

pub(super) fn at(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "at")?;
    let relative = to_integer_or_infinity(cx, args.get(0))?;
    let index = if relative < 0.0 { length as f64 + relative } else { relative };
    if index < 0.0 || index >= length as f64 {
        return Ok(Value::UNDEFINED);
    }
    Ok(typed_array::get(cx, array, index as usize).unwrap_or(Value::UNDEFINED))
}

pub(super) fn includes(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "includes")?;
    if length == 0 {
        return Ok(Value::FALSE);
    }
    let start = clamp_relative(to_integer_or_infinity(cx, args.get(1))?, length as u64) as usize;
    let target = args.get(0);
    for k in start..length {
        // Elements that went out of bounds meanwhile are `undefined`.
        let element = typed_array::get(cx, array, k).unwrap_or(Value::UNDEFINED);
        if same_value_zero(cx, element, target) {
            return Ok(Value::TRUE);
        }
        cx.poll_interrupt()?;
    }
    Ok(Value::FALSE)
}

/// The first of the indices whose element strictly equals `target`.
fn find_index(
    cx: Cx<'_>,
    array: Gc<TypedArrayObject>,
    mut indices: impl Iterator<Item = usize>,
    target: Value,
) -> JsResult<Value> {
    if array.element_type == ElementType::Uint8 {
        // Bytes are compared as bytes.
        let Some(n) = target.to_number() else { return Ok(Value::from_i32(-1)) };
        let byte = n as u8;
        if f64::from(byte) != n {
            return Ok(Value::from_i32(-1));
        }
        let elements = bytes::elements::<u8>(&array).unwrap_or(&[]);
        let found = indices.find(|&k| elements.get(k).is_some_and(|b| b.get() == byte));
        return Ok(found.map_or(Value::from_i32(-1), Value::from_usize));
    }
    for k in indices {
        cx.poll_interrupt()?;
        if let Some(element) = typed_array::get(cx, array, k)
            && strictly_equals(cx, element, target)
        {
            return Ok(Value::from_usize(k));
        }
    }
    Ok(Value::from_i32(-1))
}

pub(super) fn index_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "indexOf")?;
    if length == 0 {
        return Ok(Value::from_i32(-1));
    }
    let start = clamp_relative(to_integer_or_infinity(cx, args.get(1))?, length as u64) as usize;
    find_index(cx, array, start..length, args.get(0))
}

pub(super) fn last_index_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "lastIndexOf")?;
    if length == 0 {
        return Ok(Value::from_i32(-1));
    }
    let Some(start) = last_start(cx, args, length as u64)? else { return Ok(Value::from_i32(-1)) };
    find_index(cx, array, (0..=start as usize).rev(), args.get(0))
}

pub(super) fn join(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "join")?;
    let separator =
        if args.get(0).is_undefined() { cx.atoms.known(A::comma) } else { to_string(cx, args.get(0))? };
    let mut text = StringBuilder::new();
    for k in 0..length {
        cx.poll_interrupt()?;
        if k > 0 {
            text.push_string(cx, separator).or_throw(cx)?;
        }
        if let Some(element) = typed_array::get(cx, array, k) {
            text.push_string(cx, to_string(cx, element)?).or_throw(cx)?;
        }
        if text.is_too_long() {
            break;
        }
    }
    Ok(cx.finish_string(text)?.into())
}

pub(super) fn to_locale_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.this, "toLocaleString")?;
    join_locale_strings(cx, TypedArrayObject::object(array), length as u64)
}
