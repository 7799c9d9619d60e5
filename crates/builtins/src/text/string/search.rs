//! Finding strings in strings: `indexOf`, `lastIndexOf`, `includes`, `startsWith`, `endsWith` (22.1.3).
//!
//! The searching itself is `StrView`'s. The last three refuse regular expressions, which keeps a meaning for them open.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_number, to_string};
use unspool_runtime::native::Arguments;
use unspool_values::string::JSString;
use unspool_values::{Value, number};

use super::{clamped_index, is_regexp, this_string};

fn found(index: Option<usize>) -> Value {
    Value::from_i32(index.map_or(-1, |i| i as i32))
}

pub(super) fn index_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "indexOf")?;
    let needle = to_string(cx, args.get(0))?;
    let start = clamped_index(cx, args.get(1), string.len())?;
    Ok(found(cx.flatten(&string)?.index_of(cx.flatten(&needle)?, start as usize)))
}

pub(super) fn last_index_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "lastIndexOf")?;
    let needle = to_string(cx, args.get(0))?;
    let position = to_number(cx, args.get(1))?;
    let length = f64::from(string.len());
    // NaN, as from an absent argument, means the end.
    let start =
        if position.is_nan() { length } else { number::to_integer_or_infinity(position).clamp(0.0, length) };
    Ok(found(cx.flatten(&string)?.last_index_of(cx.flatten(&needle)?, start as usize)))
}

/// The search string of the methods that refuse regular expressions.
fn plain_needle(cx: Cx<'_>, value: Value, method: &str) -> JsResult<Gc<JSString>> {
    if is_regexp(cx, value)? {
        return Err(cx.throw_type_error(format_args!(
            "First argument to String.prototype.{method} must not be a regular expression"
        )));
    }
    to_string(cx, value)
}

pub(super) fn includes(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "includes")?;
    let needle = plain_needle(cx, args.get(0), "includes")?;
    let start = clamped_index(cx, args.get(1), string.len())?;
    Ok(Value::from_bool(cx.flatten(&string)?.index_of(cx.flatten(&needle)?, start as usize).is_some()))
}

pub(super) fn starts_with(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "startsWith")?;
    let needle = plain_needle(cx, args.get(0), "startsWith")?;
    let start = clamped_index(cx, args.get(1), string.len())? as usize;
    let (view, needle) = (cx.flatten(&string)?, cx.flatten(&needle)?);
    Ok(Value::from_bool(view.slice(start, view.len()).starts_with(needle)))
}

pub(super) fn ends_with(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "endsWith")?;
    let needle = plain_needle(cx, args.get(0), "endsWith")?;
    let end = match args.get(1) {
        value if value.is_undefined() => string.len(),
        value => clamped_index(cx, value, string.len())?,
    };
    let (view, needle) = (cx.flatten(&string)?, cx.flatten(&needle)?);
    Ok(Value::from_bool(view.slice(0, end as usize).ends_with(needle)))
}
