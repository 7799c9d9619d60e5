//! Making RegExp objects and the arrays that matches give; access to `lastIndex` where it lies.
//!
//! `lastIndex` is an ordinary own property, but matching reads and writes it all the time. A RegExp whose shape is the
//! first one has it in a known slot; `has_first_shape` is also one half of the question whether a RegExp is
//! as it was made (the other half is its prototype). Patterns, matching and the prototype's methods are `builtins`'.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::object::Elements;

use super::{Object, array, shapes};
use crate::cells::{Array, Barriered, RegExpObject};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::{Intrinsic, Realm, RealmShape};

/// Slot of `lastIndex` as long as a RegExp has its first shape.
const LAST_INDEX: u32 = 0;

/// RegExpAlloc with a given prototype: not yet initialized, `lastIndex` is `undefined`.
pub fn allocate(cx: Cx<'_>, prototype: Object) -> Gc<RegExpObject> {
    let realm = cx.realm();
    let shape = if realm.existing_intrinsic(Intrinsic::RegExpPrototype) == Some(prototype) {
        Realm::shape(realm, cx, RealmShape::RegExp)
    } else {
        shapes::regexp_shape(cx, prototype)
    };
    let regexp = cx.allocate_object(shape, |head| RegExpObject {
        head,
        source: Barriered::new(Value::UNDEFINED),
        flags: Barriered::new(Value::UNDEFINED),
        matcher: Barriered::new(None),
        realm,
        legacy_enabled: Cell::new(false),
    });
    let object = RegExpObject::object(regexp);
    object.provide_slots(cx, shape, 0);
    object.set_slot_value(cx, LAST_INDEX, Value::UNDEFINED);
    regexp
}

/// Has the object no property of its own but a writable `lastIndex`, and the running realm's `%RegExp.prototype%`?
#[inline]
pub fn has_first_shape(cx: Cx<'_>, regexp: Gc<RegExpObject>) -> bool {
    RegExpObject::object(regexp).shape() == Realm::shape(cx.realm(), cx, RealmShape::RegExp)
}

/// Get(regexp, "lastIndex"): an own data property, whatever else happened to the object.
#[inline]
pub fn last_index(cx: Cx<'_>, regexp: Gc<RegExpObject>) -> Value {
    let object = RegExpObject::object(regexp);
    if has_first_shape(cx, regexp) {
        return object.slot_value(cx, LAST_INDEX);
    }
    object.own_data_value(cx, cx.key(KnownAtom::lastIndex)).unwrap_or(Value::UNDEFINED)
}

/// Set(regexp, "lastIndex", value, true)
///
/// # Errors
/// A `TypeError` when the program made the property read-only.
#[inline]
pub fn set_last_index(cx: Cx<'_>, regexp: Gc<RegExpObject>, value: Value) -> JsResult<()> {
    let object = RegExpObject::object(regexp);
    if has_first_shape(cx, regexp) {
        object.set_slot_value(cx, LAST_INDEX, value);
        return Ok(());
    }
    object.set(cx, cx.key(KnownAtom::lastIndex), value)
}

/// The array of a match: `elements` are the match and its captures.
pub fn match_result(cx: Cx<'_>, elements: Gc<Elements>, index: Value, input: Value, groups: Value) -> Object {
    let shape = Realm::shape(cx.realm(), cx, RealmShape::MatchResult);
    let result = Array::object(array::allocate(cx, shape, elements.len()));
    result.head().replace_elements(cx, elements);
    result.set_slot_value(cx, 0, index);
    result.set_slot_value(cx, 1, input);
    result.set_slot_value(cx, 2, groups);
    result
}
