//! Set algebra (ECMA-262 24.2.4): `union`, `intersection` and their relatives.
//!
//! The other operand is any *set-like* object: something with `size`, `has` and `keys`. What its methods do to the receiver
//! meanwhile is seen as the specification prescribes: positions are followed through the changes.

use unspool_gc::Gc;
use unspool_runtime::cells::hash_table::{TableOwner, normalize};
use unspool_runtime::cells::{HashTable, SetObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_boolean, to_integer_or_infinity, to_number};
use unspool_runtime::function::call;
use unspool_runtime::iteration::{IteratorRecord, get_iterator_direct};
use unspool_runtime::native::Arguments;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;

use super::set::{new_set, put, this_set};

/// A Set Record.
#[derive(Clone, Copy)]
struct SetLike {
    object: Object,
    size: f64,
    has: Value,
    keys: Value,
}

impl SetLike {
    /// GetSetRecord
    fn of(cx: Cx<'_>, value: Value) -> JsResult<SetLike> {
        let Some(object) = value.as_object() else {
            return Err(cx.throw_type_error(format_args!("{} is not a set-like object", cx.describe(value))));
        };
        let raw_size = object.get(cx, cx.key(A::size))?;
        let number = to_number(cx, raw_size)?;
        if number.is_nan() {
            return Err(cx.throw_type_error("The 'size' property must be a number"));
        }
        let size = to_integer_or_infinity(cx, Value::from_f64(number))?;
        if size < 0.0 {
            return Err(cx.throw_range_error(format_args!("'{size}' is an invalid size")));
        }
        let has = object.get(cx, cx.key(A::has))?;
        if !has.is_callable() {
            return Err(cx.throw_type_error("The 'has' property must be a function"));
        }
        let keys = object.get(cx, cx.key(A::keys))?;
        if !keys.is_callable() {
            return Err(cx.throw_type_error("The 'keys' property must be a function"));
        }
        Ok(SetLike { object, size, has, keys })
    }

    fn contains(&self, cx: Cx<'_>, value: Value) -> JsResult<bool> {
        Ok(to_boolean(call(cx, self.has, self.object.into(), &[value])?))
    }

    /// GetIteratorFromMethod-like: calls `keys` and takes the `next` of what it gives.
    fn iterate(&self, cx: Cx<'_>) -> JsResult<IteratorRecord> {
        let iterator = call(cx, self.keys, self.object.into(), &[])?;
        match iterator.as_object() {
            Some(iterator) => get_iterator_direct(cx, iterator),
            None => Err(cx.throw_type_error(format_args!("{} is not an object", cx.describe(iterator)))),
        }
    }
}

/// Visits the entries of a set that may change meanwhile.
fn for_each_entry(
    cx: Cx<'_>,
    set: Gc<SetObject>,
    mut visit: impl FnMut(Value) -> JsResult<bool>,
) -> JsResult<bool> {
    let (mut table, mut position) = (set.table(), 0);
    loop {
        cx.poll_interrupt()?;
        let next;
        (table, next) = HashTable::advance(table, position);
        let Some(found) = next else { return Ok(true) };
        if !visit(table.key(found))? {
            return Ok(false);
        }
        position = found + 1;
    }
}

fn contains(cx: Cx<'_>, set: Gc<SetObject>, value: Value) -> bool {
    set.table().find(cx, normalize(value)).is_some()
}

/// A list of the set's values now.
fn values_of(cx: Cx<'_>, set: Gc<SetObject>) -> JsResult<GcVec> {
    let list = GcVec::new(cx);
    for_each_entry(cx, set, |value| {
        list.push(cx, value).or_throw(cx)?;
        Ok(true)
    })?;
    Ok(list)
}

fn from_list(cx: Cx<'_>, list: GcVec) -> JsResult<Gc<SetObject>> {
    let result = new_set(cx)?;
    for value in list {
        put(cx, result, value)?;
    }
    Ok(result)
}

fn value(set: Gc<SetObject>) -> JsResult<Value> {
    Ok(SetObject::object(set).into())
}

/// `Set.prototype.union`
pub(super) fn union(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.union")?;
    let other = SetLike::of(cx, args.get(0))?;
    let keys = other.iterate(cx)?;
    let result = from_list(cx, values_of(cx, set)?)?;
    while let Some(next) = keys.step(cx)? {
        put(cx, result, next)?;
    }
    value(result)
}

/// `Set.prototype.intersection`
pub(super) fn intersection(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.intersection")?;
    let other = SetLike::of(cx, args.get(0))?;
    let result = new_set(cx)?;
    if f64::from(set.table().len()) <= other.size {
        for_each_entry(cx, set, |element| {
            if other.contains(cx, element)? {
                put(cx, result, element)?;
            }
            Ok(true)
        })?;
    } else {
        let keys = other.iterate(cx)?;
        while let Some(next) = keys.step(cx)? {
            if contains(cx, set, next) {
                put(cx, result, next)?;
            }
        }
    }
    value(result)
}

/// `Set.prototype.difference`
pub(super) fn difference(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.difference")?;
    let other = SetLike::of(cx, args.get(0))?;
    if f64::from(set.table().len()) <= other.size {
        // The copy is made first: what `has` adds to the receiver does not matter, what it deletes is not visited.
        let result = from_list(cx, values_of(cx, set)?)?;
        for_each_entry(cx, set, |element| {
            if other.contains(cx, element)? {
                HashTable::remove(result, cx, element);
            }
            Ok(true)
        })?;
        return value(result);
    }
    let keys = other.iterate(cx)?;
    let result = from_list(cx, values_of(cx, set)?)?;
    while let Some(next) = keys.step(cx)? {
        HashTable::remove(result, cx, normalize(next));
    }
    value(result)
}

/// `Set.prototype.symmetricDifference`
pub(super) fn symmetric_difference(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.symmetricDifference")?;
    let other = SetLike::of(cx, args.get(0))?;
    let keys = other.iterate(cx)?;
    let result = from_list(cx, values_of(cx, set)?)?;
    while let Some(next) = keys.step(cx)? {
        let next = normalize(next);
        if contains(cx, set, next) {
            HashTable::remove(result, cx, next);
        } else {
            put(cx, result, next)?;
        }
    }
    value(result)
}

/// `Set.prototype.isSubsetOf`
pub(super) fn is_subset_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.isSubsetOf")?;
    let other = SetLike::of(cx, args.get(0))?;
    if f64::from(set.table().len()) > other.size {
        return Ok(Value::FALSE);
    }
    Ok(for_each_entry(cx, set, |element| other.contains(cx, element))?.into())
}

/// `Set.prototype.isSupersetOf`
pub(super) fn is_superset_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.isSupersetOf")?;
    let other = SetLike::of(cx, args.get(0))?;
    if f64::from(set.table().len()) < other.size {
        return Ok(Value::FALSE);
    }
    let keys = other.iterate(cx)?;
    while let Some(next) = keys.step(cx)? {
        if !contains(cx, set, next) {
            keys.close(cx)?;
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

/// `Set.prototype.isDisjointFrom`
pub(super) fn is_disjoint_from(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.isDisjointFrom")?;
    let other = SetLike::of(cx, args.get(0))?;
    if f64::from(set.table().len()) <= other.size {
        return Ok(for_each_entry(cx, set, |element| Ok(!other.contains(cx, element)?))?.into());
    }
    let keys = other.iterate(cx)?;
    while let Some(next) = keys.step(cx)? {
        if contains(cx, set, next) {
            keys.close(cx)?;
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
