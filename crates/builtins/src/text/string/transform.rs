//! Making new strings from old ones: parts, trimming, repeating, padding, `toWellFormed` (22.1.3).
//!
//! Long parts are slices that share their parent's characters. Results that would be longer than a string can be are
//! refused before memory is asked for. Letter case and normalization are in `case`.

use unspool_gc::Gc;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_length, to_string};
use unspool_runtime::native::Arguments;
use unspool_runtime::{Cx, OrThrow as _};
use unspool_values::Value;
use unspool_values::string::{JSString, StrView, StringBuilder, StringError};

use super::{clamped_index, this_string};

/// The substring value.
#[inline]
pub(in crate::text) fn substring_value(
    cx: Cx<'_>,
    string: Gc<JSString>,
    from: u32,
    to: u32,
) -> JsResult<Value> {
    Ok(JSString::substring(cx, &cx.atoms, string, from, to).or_throw(cx)?.into())
}

pub(super) fn concat(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let mut result = this_string(cx, args.this, "concat")?;
    for value in args.values {
        result = cx.concat(result, to_string(cx, *value)?)?;
    }
    Ok(result.into())
}

/// A relative index (negative from the end) clamped to `0 ..= length`.
fn relative_index(cx: Cx<'_>, value: Value, length: u32) -> JsResult<u32> {
    let length = f64::from(length);
    let n = to_integer_or_infinity(cx, value)?;
    Ok(if n < 0.0 { (length + n).max(0.0) } else { n.min(length) } as u32)
}

pub(super) fn slice(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "slice")?;
    let length = string.len();
    let from = relative_index(cx, args.get(0), length)?;
    let to = match args.get(1) {
        value if value.is_undefined() => length,
        value => relative_index(cx, value, length)?,
    };
    substring_value(cx, string, from, to.max(from))
}

pub(super) fn substring(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "substring")?;
    let length = string.len();
    let start = clamped_index(cx, args.get(0), length)?;
    let end = match args.get(1) {
        value if value.is_undefined() => length,
        value => clamped_index(cx, value, length)?,
    };
    substring_value(cx, string, start.min(end), start.max(end))
}

pub(super) fn substr(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "substr")?;
    let size = string.len();
    let start = relative_index(cx, args.get(0), size)?;
    let count = match args.get(1) {
        value if value.is_undefined() => f64::from(size),
        value => to_integer_or_infinity(cx, value)?,
    };
    let count = count.clamp(0.0, f64::from(size));
    let end = (f64::from(start) + count).min(f64::from(size)) as u32;
    substring_value(cx, string, start, end)
}

fn trimmed(
    cx: Cx<'_>,
    string: Gc<JSString>,
    trim: impl FnOnce(StrView<'_>) -> (usize, usize),
) -> JsResult<Value> {
    let (from, to) = trim(cx.flatten(&string)?);
    substring_value(cx, string, from as u32, to as u32)
}

pub(super) fn trim(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "trim")?;
    trimmed(cx, string, |view| {
        let rest = view.trim_start();
        let from = view.len() - rest.len();
        (from, from + rest.trim_end().len())
    })
}

pub(super) fn trim_start(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "trimStart")?;
    trimmed(cx, string, |view| (view.len() - view.trim_start().len(), view.len()))
}

pub(super) fn trim_end(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "trimEnd")?;
    trimmed(cx, string, |view| (0, view.trim_end().len()))
}

/// `count` copies of a string.
fn repeated(cx: Cx<'_>, string: Gc<JSString>, count: u64) -> JsResult<Gc<JSString>> {
    let length = u64::from(string.len()).saturating_mul(count);
    if length > u64::from(JSString::MAX_LENGTH) {
        return Err(cx.throw_string_error(StringError::TooLong));
    }
    if length == 0 {
        return Ok(cx.atoms.empty());
    }
    if count == 1 {
        return Ok(string);
    }
    match cx.flatten(&string)? {
        StrView::Latin1(unit) => JSString::from_latin1_with(cx, length as usize, |to| match unit {
            [c] => to.fill(*c),
            _ => to.chunks_exact_mut(unit.len()).for_each(|part| part.copy_from_slice(unit)),
        })
        .or_throw(cx),
        StrView::Utf16(unit) => {
            let mut units = Vec::with_capacity(length as usize);
            for _ in 0..count {
                units.extend_from_slice(unit);
            }
            cx.string_from_view(StrView::Utf16(&units))
        }
    }
}

pub(super) fn repeat(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "repeat")?;
    let count = to_integer_or_infinity(cx, args.get(0))?;
    if count < 0.0 || count.is_infinite() {
        let shown = cx.rust_string(to_string(cx, args.get(0))?);
        return Err(cx.throw_range_error(format_args!("Invalid count value: {shown}")));
    }
    Ok(repeated(cx, string, count as u64)?.into())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Placement {
    Start,
    End,
}

/// StringPaddingBuiltinsImpl (22.1.3.17.1)
fn pad(cx: Cx<'_>, args: Arguments<'_>, placement: Placement, method: &str) -> JsResult<Value> {
    let string = this_string(cx, args.this, method)?;
    let length = u64::from(string.len());
    let wanted = to_length(cx, args.get(0))?;
    if wanted <= length {
        return Ok(string.into());
    }
    let filler = match args.get(1) {
        value if value.is_undefined() => cx.atoms.single(b' '),
        value => to_string(cx, value)?,
    };
    if filler.is_empty() {
        return Ok(string.into());
    }
    if wanted > u64::from(JSString::MAX_LENGTH) {
        return Err(cx.throw_string_error(StringError::TooLong));
    }
    let missing = wanted - length;
    let whole = repeated(cx, filler, missing.div_ceil(u64::from(filler.len())))?;
    let padding = JSString::substring(cx, &cx.atoms, whole, 0, missing as u32).or_throw(cx)?;
    let result = match placement {
        Placement::Start => cx.concat(padding, string)?,
        Placement::End => cx.concat(string, padding)?,
    };
    Ok(result.into())
}

pub(super) fn pad_start(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    pad(cx, args, Placement::Start, "padStart")
}

pub(super) fn pad_end(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    pad(cx, args, Placement::End, "padEnd")
}

pub(super) fn to_well_formed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "toWellFormed")?;
    let view = cx.flatten(&string)?;
    if view.is_well_formed() {
        return Ok(string.into());
    }
    let mut text = StringBuilder::new();
    for c in view.code_points() {
        text.push_code_point(if (0xd800..=0xdfff).contains(&c) { 0xfffd } else { c });
    }
    Ok(cx.finish_string(text)?.into())
}
