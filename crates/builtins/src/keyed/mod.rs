//! Keyed collections (ECMA-262 chapter 24): Map, Set, WeakMap, WeakSet, and what they share.
//!
//! The tables are cells of the runtime: `cells::hash_table` keeps insertion order and lets iterators walk while entries
//! come and go; the weak ones are ephemeron tables, whose entries live only while their keys do.

pub(crate) mod collection_iterator;
pub(crate) mod map;
pub(crate) mod set;
mod set_operations;
pub(crate) mod weak_map;
pub(crate) mod weak_set;

use unspool_runtime::completion::{JsResult, Throw};
use unspool_runtime::function::call;
use unspool_runtime::native::NativeFn;
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::Symbol;

use crate::class::is_native;
use crate::indexed::require_callable;
use crate::iterate;

/// The `TypeError` of a method whose receiver is of another class.
#[cold]
pub(crate) fn incompatible_receiver(cx: Cx<'_>, method: &str, receiver: Value) -> Throw {
    let text = cx.describe(receiver);
    cx.throw_type_error(format_args!("Method {method} called on incompatible receiver {text}"))
}

/// CanBeHeldWeakly: objects, and symbols that `Symbol.for` does not keep.
pub(crate) fn can_be_held_weakly(value: Value) -> bool {
    value.is_object() || value.to::<Symbol>().is_some_and(|symbol| !symbol.is_registered())
}

/// AddEntriesFromIterable (24.1.1.2): what the constructors of maps do with their argument. `adder` is the original `set`; while
/// the prototype has it still, `put` does its work.
fn add_entries_from_iterable(
    cx: Cx<'_>,
    map: Object,
    iterable: Value,
    adder: NativeFn,
    mut put: impl FnMut(Value, Value) -> JsResult<()>,
) -> JsResult<()> {
    if iterable.is_nullish() {
        return Ok(());
    }
    let found = map.get(cx, cx.key(A::set))?;
    require_callable(cx, found)?;
    let is_original = is_native(found, adder);
    iterate::for_each(cx, iterable, |item| {
        let (key, value) = iterate::entry(cx, item)?;
        if is_original {
            return put(key, value);
        }
        call(cx, found, map.into(), &[key, value]).map(drop)
    })
}

/// What the constructors of sets do with their argument (24.2.2.1, 24.4.1.1); see [`add_entries_from_iterable`].
fn add_values_from_iterable(
    cx: Cx<'_>,
    set: Object,
    iterable: Value,
    adder: NativeFn,
    mut put: impl FnMut(Value) -> JsResult<()>,
) -> JsResult<()> {
    if iterable.is_nullish() {
        return Ok(());
    }
    let found = set.get(cx, cx.key(A::add))?;
    require_callable(cx, found)?;
    let is_original = is_native(found, adder);
    iterate::for_each(cx, iterable, |value| {
        if is_original {
            return put(value);
        }
        call(cx, found, set.into(), &[value]).map(drop)
    })
}
