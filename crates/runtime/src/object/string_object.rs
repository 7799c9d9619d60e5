//! String exotic objects (ECMA-262 10.4.3): the characters as elements, `length` as a virtual property.
//!
//! A wrapper has no storage for its characters. Own-property lookups of indices below the length are answered from the
//! string, as properties that cannot be changed; everything else about a wrapper is ordinary. Property access on a string
//! *value* does not come by here with a wrapper: only `char_at` is shared.

use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::{JSString, Value};

use super::Object;
use super::lookup::Found;
use crate::cells::PrimitiveWrapper;
use crate::isolate::Cx;

/// The string of a String wrapper.
#[inline]
pub(crate) fn wrapped_string(object: Object) -> Option<Gc<JSString>> {
    object.to::<PrimitiveWrapper>()?.value.to::<JSString>()
}

/// StringGetOwnProperty for an index.
pub(crate) fn own(cx: Cx<'_>, object: Object, index: u32) -> Option<Found> {
    let string = wrapped_string(object)?;
    let value = char_at(cx, string, index)?;
    Some(Found::exotic(value, Attributes::ENUMERABLE))
}

/// The string of the code unit at an index.
#[inline]
pub fn char_at(cx: Cx<'_>, string: Gc<JSString>, index: u32) -> Option<Value> {
    if index >= string.len() {
        return None;
    }
    // A string too large to flatten under the memory limit reads as if flattening had succeeded later: the excess is
    // charged and the program gets its error at the next poll.
    let view = string.flatten_unlimited(cx);
    Some(cx.atoms.single_unit(cx, view.at(index as usize)).into())
}
