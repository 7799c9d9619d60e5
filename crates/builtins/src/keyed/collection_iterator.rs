//! Map and Set iterators (ECMA-262 24.1.5, 24.2.6).
//!
//! An iterator holds a table and a position. Tables that were replaced because they grew or were compacted point to their
//! successors with the changes of position, so an iterator catches up when it takes its next step; nobody keeps a list of
//! iterators.

use unspool_gc::Gc;
use unspool_runtime::cells::{BuiltinIterator, HashTable};
use unspool_runtime::completion::JsResult;
use unspool_runtime::iteration::iterator_result;
use unspool_runtime::iterators::{IteratorKind, new_iterator};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use super::incompatible_receiver;
use crate::class::make_plain;

/// Makes `%MapIteratorPrototype%`.
pub(super) fn make_map(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::MapIteratorPrototype,
        Intrinsic::IteratorPrototype,
        &[Property::Method(Name::Atom(A::next), 0, map_next), Property::Tag("Map Iterator")],
    );
}

/// Makes `%SetIteratorPrototype%`.
pub(super) fn make_set(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::SetIteratorPrototype,
        Intrinsic::IteratorPrototype,
        &[Property::Method(Name::Atom(A::next), 0, set_next), Property::Tag("Set Iterator")],
    );
}

/// An iterator over a table.
pub(super) fn create(cx: Cx<'_>, table: Gc<HashTable>, kind: IteratorKind) -> Value {
    let prototype =
        if kind.is_map() { Intrinsic::MapIteratorPrototype } else { Intrinsic::SetIteratorPrototype };
    new_iterator(cx, prototype, kind, table.into())
}

fn receiver(
    cx: Cx<'_>,
    this: Value,
    method: &str,
    accepts: fn(IteratorKind) -> bool,
) -> JsResult<Gc<BuiltinIterator>> {
    match this.to::<BuiltinIterator>() {
        Some(iterator) if accepts(IteratorKind::from_number(iterator.kind)) => Ok(iterator),
        _ => Err(incompatible_receiver(cx, method, this)),
    }
}

/// `%MapIteratorPrototype%.next`
fn map_next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = receiver(cx, args.this, "Map Iterator.prototype.next", IteratorKind::is_map)?;
    step(cx, iterator)
}

/// `%SetIteratorPrototype%.next`
fn set_next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = receiver(cx, args.this, "Set Iterator.prototype.next", IteratorKind::is_set)?;
    step(cx, iterator)
}

fn step(cx: Cx<'_>, iterator: Gc<BuiltinIterator>) -> JsResult<Value> {
    let Some(held) = iterator.target.get().to::<HashTable>() else {
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    };
    let (table, position) = HashTable::advance(held, iterator.index.get() as u32);
    let Some(position) = position else {
        iterator.target.set(cx, iterator, Value::UNDEFINED);
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    };
    if table != held {
        iterator.target.set(cx, iterator, table.into());
    }
    iterator.index.set(position as usize + 1);
    let (key, value) = (table.key(position), table.value(position));
    let item = match IteratorKind::from_number(iterator.kind) {
        IteratorKind::MapKeys | IteratorKind::SetValues => key,
        IteratorKind::MapValues => value,
        _ => Object::array_from_values(cx, &[key, value])?.into(),
    };
    Ok(iterator_result(cx, item, false).into())
}
