//! The methods that hand over to regular expressions, and what they do with plain strings.
//!
//! `match`, `matchAll`, `replace`, `replaceAll`, `search` and `split` first ask an operand that is an object for a method
//! of its own, under the matching well-known symbol. For other operands `replace`, `replaceAll` and `split` search here,
//! and the others make a RegExp of the operand.

use unspool_gc::Gc;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_string, to_uint32};
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::get_method;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::string::{JSString, StrView, StringBuilder};
use unspool_values::symbol::WellKnownSymbol;

use super::transform::substring_value;
use super::{is_regexp, require_coercible};
use crate::text::regexp::regexp_create;
use crate::text::substitution::{NoCaptures, Site, Template};

/// The result of the operand's own method for `symbol`, if it is an object that has one.
fn delegate(
    cx: Cx<'_>,
    operand: Value,
    symbol: WellKnownSymbol,
    arguments: &[Value],
) -> JsResult<Option<Value>> {
    if !operand.is_object() {
        return Ok(None);
    }
    let method = get_method(cx, operand, cx.symbol_key(symbol))?;
    if method.is_undefined() {
        return Ok(None);
    }
    call(cx, method, operand, arguments).map(Some)
}

/// Throws unless a regular expression given to `replaceAll` or `matchAll` is global.
fn require_global(cx: Cx<'_>, operand: Value, method: &str) -> JsResult<()> {
    let Some(object) = operand.as_object() else { return Ok(()) };
    if !is_regexp(cx, operand)? {
        return Ok(());
    }
    let flags = object.get(cx, cx.key(A::flags))?;
    require_coercible(cx, flags, method)?;
    let flags = to_string(cx, flags)?;
    if cx.flatten(&flags)?.find_unit(u16::from(b'g'), 0).is_none() {
        return Err(cx.throw_type_error(format_args!(
            "String.prototype.{method} called with a non-global RegExp argument"
        )));
    }
    Ok(())
}

/// RegExpCreate of the operand, then its method for `symbol` with the string.
fn through_new_regexp(
    cx: Cx<'_>,
    this: Value,
    operand: Value,
    flags: Value,
    symbol: WellKnownSymbol,
) -> JsResult<Value> {
    let string = to_string(cx, this)?;
    let regexp = regexp_create(cx, operand, flags)?;
    regexp.invoke(cx, cx.symbol_key(symbol), &[string.into()])
}

pub(super) fn match_(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_coercible(cx, args.this, "match")?;
    match delegate(cx, args.get(0), WellKnownSymbol::match_, &[args.this])? {
        Some(result) => Ok(result),
        None => through_new_regexp(cx, args.this, args.get(0), Value::UNDEFINED, WellKnownSymbol::match_),
    }
}

pub(super) fn match_all(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_coercible(cx, args.this, "matchAll")?;
    require_global(cx, args.get(0), "matchAll")?;
    match delegate(cx, args.get(0), WellKnownSymbol::matchAll, &[args.this])? {
        Some(result) => Ok(result),
        None => {
            let flags = cx.atoms.single(b'g').into();
            through_new_regexp(cx, args.this, args.get(0), flags, WellKnownSymbol::matchAll)
        }
    }
}

pub(super) fn search(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_coercible(cx, args.this, "search")?;
    match delegate(cx, args.get(0), WellKnownSymbol::search, &[args.this])? {
        Some(result) => Ok(result),
        None => through_new_regexp(cx, args.this, args.get(0), Value::UNDEFINED, WellKnownSymbol::search),
    }
}

/// What replaces a match of a plain string.
enum Replacement {
    Function(Value),
    Text(Gc<JSString>, Template),
}

impl Replacement {
    fn new(cx: Cx<'_>, value: Value) -> JsResult<Replacement> {
        if value.is_callable() {
            return Ok(Replacement::Function(value));
        }
        let string = to_string(cx, value)?;
        Ok(Replacement::Text(string, Template::parse(cx.flatten(&string)?, 0, false)))
    }

    fn append(
        &self,
        cx: Cx<'_>,
        out: &mut StringBuilder,
        string: Gc<JSString>,
        needle: Gc<JSString>,
        position: usize,
    ) -> JsResult<()> {
        match self {
            Replacement::Function(function) => {
                let arguments = [needle.into(), Value::from_usize(position), string.into()];
                let result = to_string(cx, call(cx, *function, Value::UNDEFINED, &arguments)?)?;
                super::push_string(cx, out, result)
            }
            Replacement::Text(text, template) => {
                let site = Site { subject: cx.flatten(&string)?, matched: cx.flatten(&needle)?, position };
                template.expand(cx, out, cx.flatten(text)?, site, &NoCaptures)
            }
        }
    }
}

pub(super) fn replace(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_coercible(cx, args.this, "replace")?;
    if let Some(result) = delegate(cx, args.get(0), WellKnownSymbol::replace, &[args.this, args.get(1)])? {
        return Ok(result);
    }
    let string = to_string(cx, args.this)?;
    let needle = to_string(cx, args.get(0))?;
    let replacement = Replacement::new(cx, args.get(1))?;
    let Some(position) = cx.flatten(&string)?.index_of(cx.flatten(&needle)?, 0) else {
        return Ok(string.into());
    };
    let mut out = StringBuilder::with_capacity(string.len() as usize);
    out.push_view(cx.flatten(&string)?.slice(0, position));
    replacement.append(cx, &mut out, string, needle, position)?;
    let view = cx.flatten(&string)?;
    out.push_view(view.slice(position + needle.len() as usize, view.len()));
    Ok(cx.finish_string(out)?.into())
}

pub(super) fn replace_all(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_coercible(cx, args.this, "replaceAll")?;
    require_global(cx, args.get(0), "replaceAll")?;
    if let Some(result) = delegate(cx, args.get(0), WellKnownSymbol::replace, &[args.this, args.get(1)])? {
        return Ok(result);
    }
    let string = to_string(cx, args.this)?;
    let needle = to_string(cx, args.get(0))?;
    let replacement = Replacement::new(cx, args.get(1))?;
    let view = cx.flatten(&string)?;
    let pattern = cx.flatten(&needle)?;
    let advance = pattern.len().max(1);
    let mut out = StringBuilder::with_capacity(view.len());
    let mut end_of_last = 0;
    let mut next = view.index_of(pattern, 0);
    if next.is_none() {
        return Ok(string.into());
    }
    while let Some(position) = next {
        out.push_view(view.slice(end_of_last, position));
        replacement.append(cx, &mut out, string, needle, position)?;
        end_of_last = position + pattern.len();
        next = view.index_of(pattern, position + advance);
        if out.is_too_long() {
            break;
        }
        cx.poll_interrupt()?;
    }
    out.push_view(view.slice(end_of_last, view.len()));
    Ok(cx.finish_string(out)?.into())
}

pub(super) fn split(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_coercible(cx, args.this, "split")?;
    let (separator, limit) = (args.get(0), args.get(1));
    if let Some(result) = delegate(cx, separator, WellKnownSymbol::split, &[args.this, limit])? {
        return Ok(result);
    }
    let string = to_string(cx, args.this)?;
    let limit = if limit.is_undefined() { u32::MAX } else { to_uint32(cx, limit)? };
    let needle = to_string(cx, separator)?;
    if limit == 0 {
        return Ok(Object::empty_array(cx, 0).into());
    }
    if separator.is_undefined() {
        return Ok(Object::array_from_values(cx, &[string.into()])?.into());
    }
    let view = cx.flatten(&string)?;
    let pattern = cx.flatten(&needle)?;
    let parts = GcVec::new(cx);
    if pattern.is_empty() {
        split_units(cx, view, limit as usize, parts)?;
        return Ok(Object::array_from_list(cx, parts)?.into());
    }
    let mut from = 0;
    while let Some(position) = view.index_of(pattern, from) {
        parts.push(cx, substring_value(cx, string, from as u32, position as u32)?).or_throw(cx)?;
        if parts.len() >= limit as usize {
            return Ok(Object::array_from_list(cx, parts)?.into());
        }
        from = position + pattern.len();
        if parts.len() & 0x3ff == 0 {
            cx.poll_interrupt()?;
        }
    }
    parts.push(cx, substring_value(cx, string, from as u32, string.len())?).or_throw(cx)?;
    Ok(Object::array_from_list(cx, parts)?.into())
}

/// One string per code unit.
fn split_units(cx: Cx<'_>, view: StrView<'_>, limit: usize, parts: GcVec) -> JsResult<()> {
    parts.reserve(cx, view.len().min(limit)).or_throw(cx)?;
    for unit in view.units().take(limit) {
        parts.push(cx, cx.atoms.single_unit(cx, unit).into()).or_throw(cx)?;
    }
    Ok(())
}
