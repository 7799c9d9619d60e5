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

use unspool_runtime::Cx;
use unspool_runtime::completion::Throw;
use unspool_values::Value;
use unspool_values::symbol::Symbol;

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
