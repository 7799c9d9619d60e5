//! `RegExp.prototype[Symbol.replace]` (ECMA-262 22.2.6.11).
//!
//! Three ways: a pristine RegExp with a replacement text, one with a function, and anything else by the book, which first
//! collects all results and then replaces. In the short ways matches are replaced as they are found, without result
//! arrays. `$` patterns in texts are expanded by GetSubstitution, which strings share.

use unspool_gc::Gc;
use unspool_runtime::cells::RegExpObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_object, to_string};
use unspool_runtime::function::{call, call_with_list};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::regexp::{last_index, set_last_index};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::string::{JSString, StrView, StringBuilder};
use unspool_values::{PropertyKey, Value};

use super::backend::{MatchSlots, UNSET};
use super::exec::{matcher, named_groups, note_match, pattern_of, program, regexp_exec, run_captures};
use super::methods::{advance_last_index, character_of, flags_text, has_letter, this_object};
use super::pattern::{Pattern, PatternFlags, Program, advance};
use super::pristine::is_pristine;
use crate::library::library;
use crate::text::string::{push_string, substring_value};
use crate::text::substitution::{Captures, Site, Template};

pub(super) fn symbol_replace(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = this_object(cx, args.this, "[Symbol.replace]")?;
    let subject = to_string(cx, args.get(0))?;
    let mut replacement = args.get(1);
    if !replacement.is_callable() {
        replacement = to_string(cx, replacement)?.into();
    }
    if let Some(regexp) = object.to::<RegExpObject>()
        && is_pristine(cx, regexp)
    {
        return match replacement.to::<JSString>() {
            Some(template) => replace_by_text(cx, regexp, subject, template),
            None => replace_by_function(cx, regexp, subject, replacement),
        };
    }
    replace_generic(cx, object, subject, replacement)
}

// ---- pristine objects --------------------------------------------------------------------------------------------------

/// Runs over the matches of a pristine RegExp: all of a global one, otherwise at most one. `visit` is given each match.
/// Leaves `lastIndex` as the specification's loop does. Gives where the last successful search began.
fn for_each_match(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    pattern: &Pattern,
    subject: Gc<JSString>,
    mut visit: impl FnMut(&MatchSlots) -> JsResult<()>,
) -> JsResult<Option<usize>> {
    let view = cx.flatten(&subject)?;
    let global = pattern.flags.contains(PatternFlags::GLOBAL);
    let sticky = pattern.flags.contains(PatternFlags::STICKY);
    let mut start = match global {
        true => 0,
        false if sticky => last_index(cx, regexp).as_number().max(0.0) as usize,
        false => 0,
    };
    let mut last_start = None;
    library(cx).regexp.with_slots(|slots| {
        while start <= view.len() && run_captures(cx, pattern, subject, start, slots)? {
            last_start = Some(start);
            visit(slots)?;
            let (from, to) = slots.span();
            if !global {
                if sticky {
                    set_last_index(cx, regexp, Value::from_usize(to))?;
                }
                return Ok(());
            }
            start = if to == from { advance(view, to, pattern.flags.character()) } else { to };
            cx.poll_interrupt()?;
        }
        if global || sticky { set_last_index(cx, regexp, Value::ZERO) } else { Ok(()) }
    })?;
    Ok(last_start)
}

/// The captures of a match by position.
struct SlotCaptures<'a> {
    subject: StrView<'a>,
    slots: &'a MatchSlots,
    program: &'a Program,
}

impl Captures for SlotCaptures<'_> {
    fn append_group(&self, _: Cx<'_>, out: &mut StringBuilder, group: usize) -> JsResult<()> {
        if let Some((from, to)) = self.slots.group(group) {
            out.push_view(self.subject.slice(from as usize, to as usize));
        }
        Ok(())
    }

    fn append_named(&self, cx: Cx<'_>, out: &mut StringBuilder, name: StrView<'_>) -> JsResult<()> {
        let Some(known) = self.program.names.iter().find(|known| StrView::Utf16(&known.name) == name) else {
            return Ok(());
        };
        for group in &known.groups {
            self.append_group(cx, out, *group as usize)?;
        }
        Ok(())
    }
}

fn replace_by_text(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    subject: Gc<JSString>,
    template: Gc<JSString>,
) -> JsResult<Value> {
    let data = matcher(cx, regexp)?;
    let pattern = pattern_of(&data);
    let program = program(cx, pattern)?;
    let text = cx.flatten(&template)?;
    let parsed = Template::parse(text, program.group_count() - 1, !program.names.is_empty());
    let view = cx.flatten(&subject)?;
    let mut out = StringBuilder::with_capacity(view.len());
    let mut end_of_last = 0;
    let last_start = for_each_match(cx, regexp, pattern, subject, |slots| {
        let (from, to) = slots.span();
        out.push_view(view.slice(end_of_last, from));
        let site = Site { subject: view, matched: view.slice(from, to), position: from };
        parsed.expand(cx, &mut out, text, site, &SlotCaptures { subject: view, slots, program })?;
        end_of_last = to;
        if out.is_too_long() {
            return Err(cx.throw_range_error("Invalid string length"));
        }
        Ok(())
    })?;
    let Some(start) = last_start else { return Ok(subject.into()) };
    note_match(cx, regexp, data, subject, start);
    out.push_view(view.slice(end_of_last, view.len()));
    Ok(cx.finish_string(out)?.into())
}

fn replace_by_function(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    subject: Gc<JSString>,
    function: Value,
) -> JsResult<Value> {
    let data = matcher(cx, regexp)?;
    let pattern = pattern_of(&data);
    let width = 2 * program(cx, pattern)?.group_count();
    let view = cx.flatten(&subject)?;
    // All matches are found before the function is called for the first.
    let mut all: Vec<u32> = Vec::new();
    let last_start = for_each_match(cx, regexp, pattern, subject, |slots| {
        all.extend_from_slice(&slots.positions);
        Ok(())
    })?;
    let Some(start) = last_start else { return Ok(subject.into()) };
    note_match(cx, regexp, data, subject, start);
    let named = !program(cx, pattern)?.names.is_empty();
    let mut out = StringBuilder::with_capacity(view.len());
    let mut end_of_last = 0;
    let mut slots = MatchSlots::default();
    let list = GcVec::new(cx);
    for positions in all.chunks_exact(width) {
        let (from, to) = (positions[0], positions[1]);
        out.push_view(view.slice(end_of_last as usize, from as usize));
        let matched = substring_value(cx, subject, from, to)?;
        let result = if width == 2 && !named {
            call(cx, function, Value::UNDEFINED, &[matched, Value::from_u32(from), subject.into()])?
        } else {
            list.truncate(0);
            let push = |value| list.push(cx, value).or_throw(cx);
            push(matched)?;
            for capture in positions[2..].chunks_exact(2) {
                push(match capture[0] {
                    UNSET => Value::UNDEFINED,
                    from => substring_value(cx, subject, from, capture[1])?,
                })?;
            }
            push(Value::from_u32(from))?;
            push(subject.into())?;
            if named {
                slots.positions.clear();
                slots.positions.extend_from_slice(positions);
                push(named_groups(cx, pattern, subject, &slots)?)?;
            }
            call_with_list(cx, function, Value::UNDEFINED, list)?
        };
        push_string(cx, &mut out, to_string(cx, result)?)?;
        end_of_last = to;
        if out.is_too_long() {
            return Err(cx.throw_range_error("Invalid string length"));
        }
    }
    out.push_view(view.slice(end_of_last as usize, view.len()));
    Ok(cx.finish_string(out)?.into())
}

// ---- all objects -------------------------------------------------------------------------------------------------------

/// Captures as a list of strings and `undefined`, and the object of named ones.
struct ListCaptures {
    captures: GcVec,
    groups: Value,
}

impl Captures for ListCaptures {
    fn append_group(&self, cx: Cx<'_>, out: &mut StringBuilder, group: usize) -> JsResult<()> {
        match self.captures.get(group - 1).to::<JSString>() {
            Some(text) => push_string(cx, out, text),
            None => Ok(()),
        }
    }

    fn append_named(&self, cx: Cx<'_>, out: &mut StringBuilder, name: StrView<'_>) -> JsResult<()> {
        let Some(groups) = self.groups.as_object() else { return Ok(()) };
        let value = groups.get(cx, PropertyKey::from_view(cx, &cx.atoms, name))?;
        if value.is_undefined() {
            return Ok(());
        }
        push_string(cx, out, to_string(cx, value)?)
    }
}

fn replace_generic(cx: Cx<'_>, regexp: Object, subject: Gc<JSString>, replacement: Value) -> JsResult<Value> {
    let flags = flags_text(cx, regexp)?;
    let global = has_letter(cx, flags, b'g')?;
    let character = character_of(cx, flags)?;
    if global {
        regexp.set(cx, cx.key(A::lastIndex), Value::ZERO)?;
    }
    let results = GcVec::new(cx);
    loop {
        let result = regexp_exec(cx, regexp, subject)?;
        let Some(object) = result.as_object() else { break };
        results.push(cx, result).or_throw(cx)?;
        if !global {
            break;
        }
        let matched = object.get(cx, PropertyKey::from_index(0))?;
        if to_string(cx, matched)?.is_empty() {
            advance_last_index(cx, regexp, subject, character)?;
        }
        cx.poll_interrupt()?;
    }
    let view = cx.flatten(&subject)?;
    let mut out = StringBuilder::with_capacity(view.len());
    let mut next_position = 0;
    for result in results {
        let result = result.as_object_unchecked();
        let (position, length) = append_result(cx, result, subject, replacement, next_position, &mut out)?;
        if position >= next_position {
            next_position = position + length;
        }
        if out.is_too_long() {
            break;
        }
    }
    if next_position < view.len() {
        out.push_view(view.slice(next_position, view.len()));
    }
    Ok(cx.finish_string(out)?.into())
}

/// Appends the text up to a match and its replacement, unless the match lies before `next_position`. Gives position and
/// length of the match.
fn append_result(
    cx: Cx<'_>,
    result: Object,
    subject: Gc<JSString>,
    replacement: Value,
    next_position: usize,
    out: &mut StringBuilder,
) -> JsResult<(usize, usize)> {
    let count = result.length_of_array_like(cx)?.max(1) - 1;
    let matched = result.get(cx, PropertyKey::from_index(0))?;
    let matched = to_string(cx, matched)?;
    let position = result.get(cx, cx.key(A::index))?;
    let position = to_integer_or_infinity(cx, position)?.clamp(0.0, f64::from(subject.len())) as usize;
    let captures = GcVec::new(cx);
    for group in 1..=count {
        let capture = result.get(cx, PropertyKey::from_u64(cx, &cx.atoms, group))?;
        let capture = if capture.is_undefined() { capture } else { to_string(cx, capture)?.into() };
        captures.push(cx, capture).or_throw(cx)?;
        cx.poll_interrupt()?;
    }
    let groups = result.get(cx, cx.key(A::groups))?;
    let view = cx.flatten(&subject)?;
    let mut piece = StringBuilder::new();
    if replacement.is_callable() {
        let list = GcVec::new(cx);
        list.push(cx, matched.into()).or_throw(cx)?;
        list.extend(cx, captures).or_throw(cx)?;
        list.push(cx, Value::from_usize(position)).or_throw(cx)?;
        list.push(cx, subject.into()).or_throw(cx)?;
        if !groups.is_undefined() {
            list.push(cx, groups).or_throw(cx)?;
        }
        let value = call_with_list(cx, replacement, Value::UNDEFINED, list)?;
        push_string(cx, &mut piece, to_string(cx, value)?)?;
    } else {
        let groups = if groups.is_undefined() { groups } else { to_object(cx, groups)?.into() };
        let template = replacement.to::<JSString>().expect("a replacement is a function or a string");
        let text = cx.flatten(&template)?;
        let parsed = Template::parse(text, captures.len(), !groups.is_undefined());
        let site = Site { subject: view, matched: cx.flatten(&matched)?, position };
        parsed.expand(cx, &mut piece, text, site, &ListCaptures { captures, groups })?;
    }
    if position >= next_position {
        out.push_view(view.slice(next_position, position));
        out.push_view(piece.view());
    }
    Ok((position, matched.len() as usize))
}
