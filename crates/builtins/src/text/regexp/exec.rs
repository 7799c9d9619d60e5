//! RegExpBuiltinExec and RegExpExec (ECMA-262 22.2.7).
//!
//! The steps of one match: where to begin (`lastIndex` if global or sticky), the search, what becomes of `lastIndex`, and
//! the result array with groups and indices. Callers that want less than the array use `builtin_find`. Matches run in
//! slices between which interrupts are looked at, so that a catastrophic pattern can be terminated.

use std::sync::Arc;

use unspool_gc::Gc;
use unspool_runtime::cells::{NativeData, NativeFunction, RegExpObject};
use unspool_runtime::completion::{JsResult, Throw};
use unspool_runtime::convert::{to_length, to_string};
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::array::array_over;
use unspool_runtime::object::regexp::{last_index, match_result, set_last_index};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::Elements;
use unspool_values::string::{JSString, StrView};
use unspool_values::{PropertyKey, Value};

use super::backend::{MatchFailure, MatchSlots};
use super::legacy;
use super::pattern::{Pattern, PatternFlags, Program};
use crate::library::library;
use crate::text::string::substring_value;

/// The cell that holds an initialized RegExp's pattern.
pub(super) fn matcher(cx: Cx<'_>, regexp: Gc<RegExpObject>) -> JsResult<Gc<NativeData>> {
    match regexp.matcher.get() {
        Some(data) => Ok(data),
        None => Err(cx.throw_type_error("The RegExp is not initialized")),
    }
}

/// The pattern in a matcher cell.
#[inline]
pub(super) fn pattern_of(data: &Gc<NativeData>) -> &Pattern {
    data.get::<Arc<Pattern>>().expect("matchers of RegExps hold patterns")
}

/// The compiled pattern.
pub(super) fn program<'p>(cx: Cx<'_>, pattern: &'p Pattern) -> JsResult<&'p Program> {
    pattern
        .program()
        .map_err(|message| cx.throw_syntax_error(format_args!("Invalid regular expression: {message}")))
}

/// Looks at interrupts between the slices of a long match, and throws what ended a match.
fn poll(cx: Cx<'_>) -> impl FnMut(Option<MatchFailure>) -> Result<(), Throw> {
    move |failure| match failure {
        None => cx.poll_interrupt(),
        Some(_) => Err(cx.throw_stack_overflow()),
    }
}

/// Matches from `start`; the captures are left in `slots`.
pub(super) fn run_captures(
    cx: Cx<'_>,
    pattern: &Pattern,
    subject: Gc<JSString>,
    start: usize,
    slots: &mut MatchSlots,
) -> JsResult<bool> {
    let program = program(cx, pattern)?;
    library(cx).regexp.with_subject(cx, subject, |text| program.captures(text, start, slots, poll(cx)))?
}

/// Matches from `start` without captures.
pub(super) fn run_find(
    cx: Cx<'_>,
    pattern: &Pattern,
    subject: Gc<JSString>,
    start: usize,
) -> JsResult<Option<(usize, usize)>> {
    let program = program(cx, pattern)?;
    library(cx).regexp.with_subject(cx, subject, |text| program.find(text, start, poll(cx)))?
}

/// The first steps of RegExpBuiltinExec: the matcher and where it begins to search. `None` when `lastIndex` lies beyond the
/// string.
fn begin(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    subject: Gc<JSString>,
) -> JsResult<Option<(Gc<NativeData>, usize)>> {
    // The conversion is observable even if the value is not used, and may compile another pattern into the object.
    let value = last_index(cx, regexp);
    let index = match value.to_i32() {
        Some(n) => n.max(0) as u64,
        None => to_length(cx, value)?,
    };
    let data = matcher(cx, regexp)?;
    if !pattern_of(&data).flags.uses_last_index() {
        return Ok(Some((data, 0)));
    }
    if index > u64::from(subject.len()) {
        set_last_index(cx, regexp, Value::ZERO)?;
        return Ok(None);
    }
    Ok(Some((data, index as usize)))
}

/// Tells the static properties of `%RegExp%` of a match.
pub(super) fn note_match(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    data: Gc<NativeData>,
    subject: Gc<JSString>,
    start: usize,
) {
    if regexp.realm != cx.realm() {
        return;
    }
    if regexp.legacy_enabled.get() {
        legacy::note_match(cx, data, subject, start);
    } else {
        legacy::invalidate(cx);
    }
}

/// A search that found nothing begins at the front again.
fn after_failure(cx: Cx<'_>, regexp: Gc<RegExpObject>, flags: PatternFlags) -> JsResult<()> {
    if flags.uses_last_index() { set_last_index(cx, regexp, Value::ZERO) } else { Ok(()) }
}

/// RegExpBuiltinExec
pub(super) fn builtin_exec(cx: Cx<'_>, regexp: Gc<RegExpObject>, subject: Gc<JSString>) -> JsResult<Value> {
    let Some((data, start)) = begin(cx, regexp, subject)? else { return Ok(Value::NULL) };
    let pattern = pattern_of(&data);
    let flags = pattern.flags;
    let result = library(cx).regexp.with_slots(|slots| {
        if !run_captures(cx, pattern, subject, start, slots)? {
            return Ok(None);
        }
        if flags.uses_last_index() {
            set_last_index(cx, regexp, Value::from_usize(slots.span().1))?;
        }
        result_array(cx, pattern, subject, slots).map(Some)
    })?;
    match result {
        Some(array) => {
            note_match(cx, regexp, data, subject, start);
            Ok(array.into())
        }
        None => {
            after_failure(cx, regexp, flags)?;
            Ok(Value::NULL)
        }
    }
}

/// RegExpBuiltinExec when only the place of the match is wanted.
pub(super) fn builtin_find(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    subject: Gc<JSString>,
) -> JsResult<Option<(usize, usize)>> {
    let Some((data, start)) = begin(cx, regexp, subject)? else { return Ok(None) };
    let flags = pattern_of(&data).flags;
    let found = run_find(cx, pattern_of(&data), subject, start)?;
    match found {
        None => after_failure(cx, regexp, flags)?,
        Some((_, end)) => {
            if flags.uses_last_index() {
                set_last_index(cx, regexp, Value::from_usize(end))?;
            }
            note_match(cx, regexp, data, subject, start);
        }
    }
    Ok(found)
}

/// The array of a match.
pub(super) fn result_array(
    cx: Cx<'_>,
    pattern: &Pattern,
    subject: Gc<JSString>,
    slots: &MatchSlots,
) -> JsResult<Object> {
    let count = slots.positions.len() / 2;
    let elements = Elements::with_capacity(cx, count as u32).or_throw(cx)?;
    for group in 0..count {
        let value = group_value(cx, subject, slots.group(group))?;
        let pushed = elements.push(cx, value);
        debug_assert!(pushed, "there is room for every group");
    }
    let groups =
        groups_value(cx, pattern, slots, |group| Ok(elements.get(group).unwrap_or(Value::UNDEFINED)))?;
    let index = Value::from_u32(slots.positions[0]);
    let result = match_result(cx, elements, index, subject.into(), groups);
    if pattern.flags.contains(PatternFlags::HAS_INDICES) {
        let indices = indices_array(cx, pattern, slots)?;
        result.create_data_property_infallible(cx, cx.key(A::indices), indices.into());
    }
    Ok(result)
}

/// The captured text, or `undefined`.
#[inline]
pub(super) fn group_value(cx: Cx<'_>, subject: Gc<JSString>, group: Option<(u32, u32)>) -> JsResult<Value> {
    match group {
        Some((from, to)) => substring_value(cx, subject, from, to),
        None => Ok(Value::UNDEFINED),
    }
}

/// The `groups` of a match: an object with a property per group name, or `undefined` if no group has a name. Of several groups
/// with one name the one that took part counts.
fn groups_value(
    cx: Cx<'_>,
    pattern: &Pattern,
    slots: &MatchSlots,
    value_of: impl Fn(u32) -> JsResult<Value>,
) -> JsResult<Value> {
    let program = program(cx, pattern)?;
    if program.names.is_empty() {
        return Ok(Value::UNDEFINED);
    }
    let groups = Object::with_prototype(cx, None);
    for name in &program.names {
        let part = name.groups.iter().find(|&&group| slots.group(group as usize).is_some());
        let value = match part {
            Some(group) => value_of(*group)?,
            None => Value::UNDEFINED,
        };
        let key = PropertyKey::from_view(cx, &cx.atoms, StrView::Utf16(&name.name));
        groups.create_data_property(cx, key, value)?;
    }
    Ok(groups.into())
}

/// The object of named groups of a match, for callers that make no array.
pub(super) fn named_groups(
    cx: Cx<'_>,
    pattern: &Pattern,
    subject: Gc<JSString>,
    slots: &MatchSlots,
) -> JsResult<Value> {
    groups_value(cx, pattern, slots, |group| group_value(cx, subject, slots.group(group as usize)))
}

/// MakeMatchIndicesIndexPairArray
fn indices_array(cx: Cx<'_>, pattern: &Pattern, slots: &MatchSlots) -> JsResult<Object> {
    let count = slots.positions.len() / 2;
    let elements = Elements::with_capacity(cx, count as u32).or_throw(cx)?;
    for group in 0..count {
        let pair = match slots.group(group) {
            Some((from, to)) => {
                Object::array_from_values(cx, &[Value::from_u32(from), Value::from_u32(to)])?.into()
            }
            None => Value::UNDEFINED,
        };
        let pushed = elements.push(cx, pair);
        debug_assert!(pushed, "there is room for every group");
    }
    let groups =
        groups_value(cx, pattern, slots, |group| Ok(elements.get(group).unwrap_or(Value::UNDEFINED)))?;
    let array = array_over(cx, elements);
    array.create_data_property_infallible(cx, cx.key(A::groups), groups);
    Ok(array)
}

/// Is the value the builtin `exec`?
fn is_builtin_exec(value: Value) -> bool {
    value
        .to::<NativeFunction>()
        .is_some_and(|f| std::ptr::fn_addr_eq(f.function, exec as unspool_runtime::native::NativeFn))
}

/// RegExpExec: an array or other object, or null.
pub(super) fn regexp_exec(cx: Cx<'_>, regexp: Object, subject: Gc<JSString>) -> JsResult<Value> {
    let method = regexp.get(cx, cx.key(A::exec))?;
    exec_by(cx, regexp, method, subject)
}

/// RegExpExec from the point where the value of `exec` is known.
fn exec_by(cx: Cx<'_>, regexp: Object, method: Value, subject: Gc<JSString>) -> JsResult<Value> {
    if method.is_callable() && !(is_builtin_exec(method) && regexp.to::<RegExpObject>().is_some()) {
        let result = call(cx, method, regexp.into(), &[subject.into()])?;
        if result.is_object() || result.is_null() {
            return Ok(result);
        }
        return Err(cx.throw_type_error(format_args!("{} is not an object or null", cx.describe(result))));
    }
    let regexp = this_regexp(cx, regexp.into(), "exec")?;
    builtin_exec(cx, regexp, subject)
}

/// The receiver as RegExp.
pub(super) fn this_regexp(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<RegExpObject>> {
    match this.to::<RegExpObject>() {
        Some(regexp) => Ok(regexp),
        None => Err(cx.throw_type_error(format_args!(
            "Method RegExp.prototype.{method} called on incompatible receiver {}",
            cx.describe(this)
        ))),
    }
}

/// `RegExp.prototype.exec`
pub(super) fn exec(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let regexp = this_regexp(cx, args.this, "exec")?;
    let subject = to_string(cx, args.get(0))?;
    builtin_exec(cx, regexp, subject)
}

/// `RegExp.prototype.test`
pub(super) fn test(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.this.as_object() else {
        return Err(cx.throw_type_error(format_args!(
            "Method RegExp.prototype.test called on incompatible receiver {}",
            cx.describe(args.this)
        )));
    };
    let subject = to_string(cx, args.get(0))?;
    let method = object.get(cx, cx.key(A::exec))?;
    if is_builtin_exec(method)
        && let Some(regexp) = object.to::<RegExpObject>()
    {
        return Ok(Value::from_bool(builtin_find(cx, regexp, subject)?.is_some()));
    }
    Ok(Value::from_bool(!exec_by(cx, object, method, subject)?.is_null()))
}
