//! The static properties of `%RegExp%` that tell of the last match (`RegExp.$1`, `lastMatch`, …).
//!
//! A match only notes the pattern, the string and where the search began; what a property asks for is found by matching
//! again. The notes are a record in the constructor's private value, so every realm has its own.

use std::sync::Arc;

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{NativeData, NativeFunction, Record};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::Intrinsic;
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::JSString;

use super::exec::run_captures;
use super::pattern::Pattern;
use crate::library::library;
use crate::text::string::substring_value;

/// `Record::tag` of the notes.
const LAST_MATCH: u32 = u32::from_be_bytes(*b"rxlm");

// The values of the record.
/// The string that was matched; `undefined` after an exec that invalidates the properties, the hole before the first.
const SUBJECT: usize = 0;
/// The pattern.
const PATTERN: usize = 1;
/// Where the search began.
const START: usize = 2;
/// What was assigned to `RegExp.input` since, or `undefined`.
const INPUT: usize = 3;
/// The string that the subject cache has widened.
const WIDENED: usize = 4;

macro_rules! numbered {
    ($($name:ident = $group:literal;)*) => { $(
        fn $name(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            piece(cx, args, |m| m.group($group))
        }
    )* };
}

numbered! { group_1 = 1; group_2 = 2; group_3 = 3; group_4 = 4; group_5 = 5; group_6 = 6; group_7 = 7; group_8 = 8; group_9 = 9; }

/// The properties, for the constructor's table.
pub(super) const STATICS: &[Property] = &[
    Property::Accessor(Name::Atom(A::input), input, set_input),
    Property::Accessor(Name::Atom(A::dollar_underscore), input, set_input),
    Property::Getter(Name::Atom(A::lastMatch), last_match),
    Property::Getter(Name::Atom(A::dollar_ampersand), last_match),
    Property::Getter(Name::Atom(A::lastParen), last_paren),
    Property::Getter(Name::Atom(A::dollar_plus), last_paren),
    Property::Getter(Name::Atom(A::leftContext), left_context),
    Property::Getter(Name::Atom(A::dollar_backtick), left_context),
    Property::Getter(Name::Atom(A::rightContext), right_context),
    Property::Getter(Name::Atom(A::dollar_quote), right_context),
    Property::Getter(Name::Atom(A::dollar_1), group_1),
    Property::Getter(Name::Atom(A::dollar_2), group_2),
    Property::Getter(Name::Atom(A::dollar_3), group_3),
    Property::Getter(Name::Atom(A::dollar_4), group_4),
    Property::Getter(Name::Atom(A::dollar_5), group_5),
    Property::Getter(Name::Atom(A::dollar_6), group_6),
    Property::Getter(Name::Atom(A::dollar_7), group_7),
    Property::Getter(Name::Atom(A::dollar_8), group_8),
    Property::Getter(Name::Atom(A::dollar_9), group_9),
];

/// The running realm's notes.
#[inline]
fn notes(cx: Cx<'_>) -> Gc<Record> {
    let constructor =
        cx.intrinsic(Intrinsic::RegExp).to::<NativeFunction>().expect("the constructor is native");
    match constructor.data[0].get().to::<Record>() {
        Some(record) => record,
        None => {
            let record = Record::new(cx, LAST_MATCH, &[Value::HOLE]);
            constructor.data[0].set(cx, constructor, record.into());
            record
        }
    }
}

/// UpdateLegacyRegExpStaticProperties: a match was found by a search from `start`.
#[inline]
pub(super) fn note_match(cx: Cx<'_>, pattern: Gc<NativeData>, subject: Gc<JSString>, start: usize) {
    let notes = notes(cx);
    notes.values[SUBJECT].set(cx, notes, subject.into());
    notes.values[PATTERN].set(cx, notes, pattern.into());
    notes.values[START].set(cx, notes, Value::from_usize(start));
    notes.values[INPUT].set(cx, notes, Value::UNDEFINED);
}

/// InvalidateLegacyRegExpStaticProperties: a match by a subclass or another realm's RegExp.
pub(super) fn invalidate(cx: Cx<'_>) {
    let notes = notes(cx);
    notes.values[SUBJECT].set(cx, notes, Value::UNDEFINED);
    notes.values[INPUT].set(cx, notes, Value::UNDEFINED);
}

/// Keeps the string that the subject cache is about to hold alive; was it kept already?
pub(super) fn keep_subject(cx: Cx<'_>, subject: Gc<JSString>) -> bool {
    let notes = notes(cx);
    let before = notes.values[WIDENED].get();
    if before == Value::from(subject) {
        return true;
    }
    notes.values[WIDENED].set(cx, notes, subject.into());
    false
}

/// The last match, found again.
struct LastMatch {
    positions: Vec<u32>,
    length: u32,
}

impl LastMatch {
    fn group(&self, group: usize) -> Option<(u32, u32)> {
        let from = *self.positions.get(2 * group)?;
        (from != super::backend::UNSET).then(|| (from, self.positions[2 * group + 1]))
    }
}

fn check_receiver(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Gc<Record>> {
    if args.this != Value::from(cx.intrinsic(Intrinsic::RegExp)) {
        return Err(cx.throw_type_error("RegExp static properties are read on %RegExp% only"));
    }
    Ok(notes(cx))
}

/// GetLegacyRegExpStaticProperty for a part of the string.
fn piece(
    cx: Cx<'_>,
    args: Arguments<'_>,
    select: impl FnOnce(&LastMatch) -> Option<(u32, u32)>,
) -> JsResult<Value> {
    let notes = check_receiver(cx, args)?;
    let subject = notes.values[SUBJECT].get();
    if subject.is_hole() {
        return Ok(cx.atoms.empty().into());
    }
    let (Some(subject), Some(data)) =
        (subject.to::<JSString>(), notes.values[PATTERN].get().to::<NativeData>())
    else {
        return Err(cx.throw_type_error("The last match was not made by %RegExp%"));
    };
    let pattern = data.get::<Arc<Pattern>>().expect("the notes hold a pattern");
    let start = notes.values[START].get().as_number() as usize;
    let found = library(cx).regexp.with_slots(|slots| {
        let found = run_captures(cx, pattern, subject, start, slots)?;
        Ok(found.then(|| LastMatch { positions: slots.positions.clone(), length: subject.len() }))
    })?;
    match found.and_then(|found| select(&found)) {
        Some((from, to)) => substring_value(cx, subject, from, to),
        None => Ok(cx.atoms.empty().into()),
    }
}

fn last_match(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    piece(cx, args, |m| m.group(0))
}

fn last_paren(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    piece(cx, args, |m| {
        let last = m.positions.len() / 2 - 1;
        if last == 0 { None } else { m.group(last) }
    })
}

fn left_context(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    piece(cx, args, |m| m.group(0).map(|(from, _)| (0, from)))
}

fn right_context(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    piece(cx, args, |m| m.group(0).map(|(_, to)| (to, m.length)))
}

fn input(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let notes = check_receiver(cx, args)?;
    let assigned = notes.values[INPUT].get();
    if assigned.is_string() {
        return Ok(assigned);
    }
    match notes.values[SUBJECT].get() {
        subject if subject.is_hole() => Ok(cx.atoms.empty().into()),
        subject if subject.is_string() => Ok(subject),
        _ => Err(cx.throw_type_error("The last match was not made by %RegExp%")),
    }
}

fn set_input(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let notes = check_receiver(cx, args)?;
    let text = to_string(cx, args.get(0))?;
    notes.values[INPUT].set(cx, notes, text.into());
    Ok(Value::UNDEFINED)
}
