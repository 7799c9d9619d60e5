//! Reading characters: `at`, `charAt`, `charCodeAt`, `codePointAt`, `isWellFormed` (22.1.3).
//!
//! Positions count code units. Single Latin-1 characters are strings that exist already, so none is made.

use unspool_runtime::Cx;
use unspool_runtime::OrThrow as _;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_integer_or_infinity;
use unspool_runtime::native::Arguments;
use unspool_values::Value;
use unspool_values::string::JSString;

use super::this_string;

/// The position if it is inside of the string.
#[inline]
fn position(cx: Cx<'_>, value: Value, length: u32) -> JsResult<Option<u32>> {
    if let Some(n) = value.to_i32() {
        return Ok(if (n as u32) < length { Some(n as u32) } else { None });
    }
    let n = to_integer_or_infinity(cx, value)?;
    Ok(if n >= 0.0 && n < f64::from(length) { Some(n as u32) } else { None })
}

pub(super) fn at(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "at")?;
    let length = f64::from(string.len());
    let relative = to_integer_or_infinity(cx, args.get(0))?;
    let index = if relative >= 0.0 { relative } else { length + relative };
    if index < 0.0 || index >= length {
        return Ok(Value::UNDEFINED);
    }
    Ok(JSString::char_string(cx, &cx.atoms, string, index as u32).or_throw(cx)?.into())
}

pub(super) fn char_at(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "charAt")?;
    match position(cx, args.get(0), string.len())? {
        Some(index) => Ok(JSString::char_string(cx, &cx.atoms, string, index).or_throw(cx)?.into()),
        None => Ok(cx.atoms.empty().into()),
    }
}

pub(super) fn char_code_at(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "charCodeAt")?;
    match position(cx, args.get(0), string.len())? {
        Some(index) => Ok(Value::from_i32(i32::from(string.char_code_at(cx, index).or_throw(cx)?))),
        None => Ok(Value::from_double(f64::NAN)),
    }
}

pub(super) fn code_point_at(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "codePointAt")?;
    match position(cx, args.get(0), string.len())? {
        Some(index) => Ok(Value::from_u32(cx.flatten(&string)?.code_point_at(index as usize).0)),
        None => Ok(Value::UNDEFINED),
    }
}

pub(super) fn is_well_formed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "isWellFormed")?;
    Ok(Value::from_bool(cx.flatten(&string)?.is_well_formed()))
}
