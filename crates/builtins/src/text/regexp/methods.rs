//! `RegExp.prototype[Symbol.match]`, `[Symbol.matchAll]`, `[Symbol.search]`, `[Symbol.split]`, and the iterator of
//! matches (ECMA-262 22.2.6 and 22.2.9).
//!
//! Each is defined on any object with an `exec`, by property reads that a program can observe. That general form is here
//! beside a short one for receivers that are [`pristine`](super::pristine), where nothing of it is observable.

use unspool_gc::Gc;
use unspool_runtime::cells::{BuiltinIterator, RegExpObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_length, to_string, to_uint32};
use unspool_runtime::function::construct;
use unspool_runtime::iteration::iterator_result;
use unspool_runtime::iterators::{IteratorKind, new_iterator};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::regexp::{last_index, set_last_index};
use unspool_runtime::object::same_value;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::string::JSString;
use unspool_values::{PropertyKey, Value};

use super::exec::{
    builtin_find, group_value, matcher, note_match, pattern_of, regexp_exec, run_captures, run_find,
};
use super::pattern::{Character, PatternFlags, advance};
use super::pristine::{has_default_species, is_pristine};
use crate::class::make_plain;
use crate::library::library;
use crate::text::string::substring_value;

/// The receiver of a method that works on any object.
pub(super) fn this_object(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Object> {
    match this.as_object() {
        Some(object) => Ok(object),
        None => Err(cx.throw_type_error(format_args!(
            "RegExp.prototype.{method} called on incompatible receiver {}",
            cx.describe(this)
        ))),
    }
}

/// The text of the object's flags.
pub(super) fn flags_text(cx: Cx<'_>, regexp: Object) -> JsResult<Gc<JSString>> {
    let flags = regexp.get(cx, cx.key(A::flags))?;
    to_string(cx, flags)
}

pub(super) fn has_letter(cx: Cx<'_>, flags: Gc<JSString>, letter: u8) -> JsResult<bool> {
    Ok(cx.flatten(&flags)?.find_unit(u16::from(letter), 0).is_some())
}

/// What the object's flags make of the characters of the text.
pub(super) fn character_of(cx: Cx<'_>, flags: Gc<JSString>) -> JsResult<Character> {
    Ok(match has_letter(cx, flags, b'u')? || has_letter(cx, flags, b'v')? {
        true => Character::CodePoint,
        false => Character::CodeUnit,
    })
}

/// After an empty match: moves `lastIndex` on by one character.
pub(super) fn advance_last_index(
    cx: Cx<'_>,
    regexp: Object,
    subject: Gc<JSString>,
    character: Character,
) -> JsResult<()> {
    let index = regexp.get(cx, cx.key(A::lastIndex))?;
    let index = to_length(cx, index)?;
    let next = if index < u64::from(subject.len()) {
        advance(cx.flatten(&subject)?, index as usize, character) as u64
    } else {
        index + 1
    };
    regexp.set(cx, cx.key(A::lastIndex), Value::from_f64(next as f64))
}

// ---- match -------------------------------------------------------------------------------------------------------------

pub(super) fn symbol_match(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = this_object(cx, args.this, "[Symbol.match]")?;
    let subject = to_string(cx, args.get(0))?;
    if let Some(regexp) = object.to::<RegExpObject>()
        && is_pristine(cx, regexp)
    {
        let global = pattern_of(&matcher(cx, regexp)?).flags.contains(PatternFlags::GLOBAL);
        return if global {
            match_all_texts(cx, regexp, subject)
        } else {
            super::exec::builtin_exec(cx, regexp, subject)
        };
    }
    let flags = flags_text(cx, object)?;
    if !has_letter(cx, flags, b'g')? {
        return regexp_exec(cx, object, subject);
    }
    let character = character_of(cx, flags)?;
    object.set(cx, cx.key(A::lastIndex), Value::ZERO)?;
    let matches = GcVec::new(cx);
    while let Some(result) = regexp_exec(cx, object, subject)?.as_object() {
        let text = result.get(cx, PropertyKey::from_index(0))?;
        let text = to_string(cx, text)?;
        matches.push(cx, text.into()).or_throw(cx)?;
        if text.is_empty() {
            advance_last_index(cx, object, subject, character)?;
        }
        cx.poll_interrupt()?;
    }
    if matches.is_empty() { Ok(Value::NULL) } else { Ok(Object::array_from_list(cx, matches)?.into()) }
}

/// The texts of all matches of a pristine global RegExp.
fn match_all_texts(cx: Cx<'_>, regexp: Gc<RegExpObject>, subject: Gc<JSString>) -> JsResult<Value> {
    let data = matcher(cx, regexp)?;
    let pattern = pattern_of(&data);
    let view = cx.flatten(&subject)?;
    let matches = GcVec::new(cx);
    let mut start = 0;
    let mut last_start = None;
    while start <= view.len() {
        let Some((from, to)) = run_find(cx, pattern, subject, start)? else { break };
        last_start = Some(start);
        matches.push(cx, substring_value(cx, subject, from as u32, to as u32)?).or_throw(cx)?;
        start = if to == from { advance(view, to, pattern.flags.character()) } else { to };
        cx.poll_interrupt()?;
    }
    set_last_index(cx, regexp, Value::ZERO)?;
    match last_start {
        None => Ok(Value::NULL),
        Some(start) => {
            note_match(cx, regexp, data, subject, start);
            Ok(Object::array_from_list(cx, matches)?.into())
        }
    }
}

// ---- matchAll ----------------------------------------------------------------------------------------------------------

/// `BuiltinIterator::index` of an iterator of matches: bits.
const GLOBAL: usize = 1;
const BY_CODE_POINTS: usize = 2;

pub(super) fn symbol_match_all(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = this_object(cx, args.this, "[Symbol.matchAll]")?;
    let subject = to_string(cx, args.get(0))?;
    let constructor = object.species_constructor(cx, cx.intrinsic(Intrinsic::RegExp))?;
    let flags = flags_text(cx, object)?;
    let matcher = construct(cx, constructor, &[object.into(), flags.into()], constructor)?;
    let index = object.get(cx, cx.key(A::lastIndex))?;
    let index = to_length(cx, index)?;
    matcher.set(cx, cx.key(A::lastIndex), Value::from_f64(index as f64))?;
    let mut bits = 0;
    if has_letter(cx, flags, b'g')? {
        bits |= GLOBAL;
    }
    if has_letter(cx, flags, b'u')? || has_letter(cx, flags, b'v')? {
        bits |= BY_CODE_POINTS;
    }
    let kind = IteratorKind::RegExpString;
    let iterator = new_iterator(cx, Intrinsic::RegExpStringIteratorPrototype, kind, matcher.into());
    let state = iterator.to::<BuiltinIterator>().expect("a new iterator");
    state.index.set(bits);
    state.extra.set(cx, state, subject.into());
    Ok(iterator)
}

/// Makes `%RegExpStringIteratorPrototype%`.
pub(super) fn make_iterator_prototype(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::RegExpStringIteratorPrototype,
        Intrinsic::IteratorPrototype,
        &[Property::Method(Name::Atom(A::next), 0, next), Property::Tag("RegExp String Iterator")],
    );
}

fn next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = args.this.to::<BuiltinIterator>().filter(|i| i.kind == IteratorKind::RegExpString as u32);
    let Some(iterator) = iterator else {
        return Err(cx.throw_type_error(format_args!(
            "Method RegExp String Iterator.prototype.next called on incompatible receiver {}",
            cx.describe(args.this)
        )));
    };
    let finish = || iterator.target.set(cx, iterator, Value::UNDEFINED);
    let (Some(regexp), Some(subject)) =
        (iterator.target.get().as_object(), iterator.extra.get().to::<JSString>())
    else {
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    };
    let bits = iterator.index.get();
    // What throws ends the iteration, as in a generator.
    let result = step(cx, regexp, subject, bits);
    match result {
        Ok(Some(result)) => {
            if bits & GLOBAL == 0 {
                finish();
            }
            Ok(iterator_result(cx, result, false).into())
        }
        Ok(None) => {
            finish();
            Ok(iterator_result(cx, Value::UNDEFINED, true).into())
        }
        Err(throw) => {
            finish();
            Err(throw)
        }
    }
}

fn step(cx: Cx<'_>, regexp: Object, subject: Gc<JSString>, bits: usize) -> JsResult<Option<Value>> {
    let result = regexp_exec(cx, regexp, subject)?;
    let Some(object) = result.as_object() else { return Ok(None) };
    if bits & GLOBAL != 0 {
        let text = object.get(cx, PropertyKey::from_index(0))?;
        if to_string(cx, text)?.is_empty() {
            let character = match bits & BY_CODE_POINTS {
                0 => Character::CodeUnit,
                _ => Character::CodePoint,
            };
            advance_last_index(cx, regexp, subject, character)?;
        }
    }
    Ok(Some(result))
}

// ---- search ------------------------------------------------------------------------------------------------------------

pub(super) fn symbol_search(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = this_object(cx, args.this, "[Symbol.search]")?;
    let subject = to_string(cx, args.get(0))?;
    if let Some(regexp) = object.to::<RegExpObject>()
        && is_pristine(cx, regexp)
    {
        let before = last_index(cx, regexp);
        set_last_index(cx, regexp, Value::ZERO)?;
        let found = builtin_find(cx, regexp, subject)?;
        set_last_index(cx, regexp, before)?;
        return Ok(Value::from_i32(found.map_or(-1, |(from, _)| from as i32)));
    }
    let key = cx.key(A::lastIndex);
    let before = object.get(cx, key)?;
    if !same_value(cx, before, Value::ZERO) {
        object.set(cx, key, Value::ZERO)?;
    }
    let result = regexp_exec(cx, object, subject)?;
    let after = object.get(cx, key)?;
    if !same_value(cx, after, before) {
        object.set(cx, key, before)?;
    }
    match result.as_object() {
        None => Ok(Value::from_i32(-1)),
        Some(result) => result.get(cx, cx.key(A::index)),
    }
}

// ---- split -------------------------------------------------------------------------------------------------------------

pub(super) fn symbol_split(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = this_object(cx, args.this, "[Symbol.split]")?;
    let subject = to_string(cx, args.get(0))?;
    if let Some(regexp) = object.to::<RegExpObject>()
        && (args.get(1).is_undefined() || args.get(1).is_i32())
        && is_pristine(cx, regexp)
        && has_default_species(cx)
        && !pattern_of(&matcher(cx, regexp)?).flags.contains(PatternFlags::STICKY)
    {
        let limit = if args.get(1).is_undefined() { u32::MAX } else { args.get(1).as_i32() as u32 };
        return split_pristine(cx, regexp, subject, limit as usize);
    }
    let constructor = object.species_constructor(cx, cx.intrinsic(Intrinsic::RegExp))?;
    let flags = flags_text(cx, object)?;
    let character = character_of(cx, flags)?;
    let sticky_flags =
        if has_letter(cx, flags, b'y')? { flags } else { cx.concat(flags, cx.atoms.single(b'y'))? };
    let splitter = construct(cx, constructor, &[object.into(), sticky_flags.into()], constructor)?;
    let limit = match args.get(1) {
        value if value.is_undefined() => u32::MAX,
        value => to_uint32(cx, value)?,
    } as usize;
    let parts = GcVec::new(cx);
    if limit == 0 {
        return Ok(Object::array_from_list(cx, parts)?.into());
    }
    if subject.is_empty() {
        if regexp_exec(cx, splitter, subject)?.is_null() {
            parts.push(cx, subject.into()).or_throw(cx)?;
        }
        return Ok(Object::array_from_list(cx, parts)?.into());
    }
    let view = cx.flatten(&subject)?;
    let key = cx.key(A::lastIndex);
    let (mut part_start, mut at) = (0, 0);
    while at < view.len() {
        cx.poll_interrupt()?;
        splitter.set(cx, key, Value::from_usize(at))?;
        let result = regexp_exec(cx, splitter, subject)?;
        let Some(result) = result.as_object() else {
            at = advance(view, at, character);
            continue;
        };
        let end = splitter.get(cx, key)?;
        let end = to_length(cx, end)?.min(view.len() as u64) as usize;
        if end == part_start {
            at = advance(view, at, character);
            continue;
        }
        parts.push(cx, substring_value(cx, subject, part_start as u32, at as u32)?).or_throw(cx)?;
        if parts.len() == limit {
            return Ok(Object::array_from_list(cx, parts)?.into());
        }
        part_start = end;
        let captures = result.length_of_array_like(cx)?.max(1);
        for group in 1..captures {
            let capture = result.get(cx, PropertyKey::from_u64(cx, &cx.atoms, group))?;
            parts.push(cx, capture).or_throw(cx)?;
            if parts.len() == limit {
                return Ok(Object::array_from_list(cx, parts)?.into());
            }
        }
        at = part_start;
    }
    parts.push(cx, substring_value(cx, subject, part_start as u32, subject.len())?).or_throw(cx)?;
    Ok(Object::array_from_list(cx, parts)?.into())
}

/// Splits by searching, not by trying each position: the same for a pattern that is not sticky.
fn split_pristine(
    cx: Cx<'_>,
    regexp: Gc<RegExpObject>,
    subject: Gc<JSString>,
    limit: usize,
) -> JsResult<Value> {
    let data = matcher(cx, regexp)?;
    let pattern = pattern_of(&data);
    let parts = GcVec::new(cx);
    let view = cx.flatten(&subject)?;
    if limit == 0 {
        return Ok(Object::array_from_list(cx, parts)?.into());
    }
    if view.is_empty() {
        if run_find(cx, pattern, subject, 0)?.is_none() {
            parts.push(cx, subject.into()).or_throw(cx)?;
        }
        return Ok(Object::array_from_list(cx, parts)?.into());
    }
    let mut last_start = None;
    library(cx).regexp.with_slots(|slots| {
        let (mut part_start, mut at) = (0, 0);
        while at < view.len() && run_captures(cx, pattern, subject, at, slots)? {
            cx.poll_interrupt()?;
            let (from, to) = slots.span();
            if from >= view.len() {
                break;
            }
            if to == part_start {
                at = advance(view, from, pattern.flags.character());
                continue;
            }
            last_start = Some(at);
            parts.push(cx, substring_value(cx, subject, part_start as u32, from as u32)?).or_throw(cx)?;
            if parts.len() == limit {
                return Ok(());
            }
            part_start = to;
            for group in 1..slots.positions.len() / 2 {
                parts.push(cx, group_value(cx, subject, slots.group(group))?).or_throw(cx)?;
                if parts.len() == limit {
                    return Ok(());
                }
            }
            at = part_start;
        }
        parts.push(cx, substring_value(cx, subject, part_start as u32, subject.len())?).or_throw(cx)
    })?;
    if let Some(start) = last_start {
        note_match(cx, regexp, data, subject, start);
    }
    Ok(Object::array_from_list(cx, parts)?.into())
}
