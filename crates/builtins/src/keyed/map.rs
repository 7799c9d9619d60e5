//! Map objects (ECMA-262 24.1).
//!
//! `forEach` is self-hosted, so that its callback can be inlined. Keys are *normalized* before they are looked up, so
//! that equal numbers have equal bits (−0 becomes +0); strings and BigInts are compared by contents.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_runtime::cells::hash_table::{LooseTable, TableOwner, normalize};
use unspool_runtime::cells::{Barriered, HashTable, MapObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::call;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::iterators::IteratorKind;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol as S;
use unspool_values::{CellKind, Value};

use super::{add_entries_from_iterable, collection_iterator, incompatible_receiver};
use crate::class::{ClassSpec, require_new};
use crate::indexed::require_callable;
use crate::iterate;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::groupBy), 2, group_by),
        Property::Getter(Name::Symbol(S::species), crate::class::species),
    ],
    members: &[
        Property::Method(Name::Atom(A::get), 1, get),
        Property::Method(Name::Atom(A::set), 2, set),
        Property::Method(Name::Atom(A::has), 1, has),
        Property::Method(Name::Atom(A::delete), 1, delete),
        Property::Method(Name::Atom(A::clear), 0, clear),
        Property::Method(Name::Atom(A::entries), 0, entries),
        Property::SelfHosted(Name::Atom(A::forEach), 1, "MapForEach"),
        Property::Method(Name::Atom(A::getOrInsert), 2, get_or_insert),
        Property::Method(Name::Atom(A::getOrInsertComputed), 2, get_or_insert_computed),
        Property::Method(Name::Atom(A::keys), 0, keys),
        Property::Getter(Name::Atom(A::size), size),
        Property::Method(Name::Atom(A::values), 0, values),
        Property::Tag("Map"),
        Property::Alias(Name::Symbol(S::iterator), Name::Atom(A::entries)),
    ],
    ..ClassSpec::new(A::Map, 0, map, Intrinsic::Map, Intrinsic::MapPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if which == Intrinsic::MapIteratorPrototype {
        collection_iterator::make_map(cx, realm);
    } else {
        SPEC.make(cx, realm);
    }
}

/// A new empty Map of this realm.
pub(crate) fn new_map(cx: Cx<'_>) -> JsResult<Gc<MapObject>> {
    let constructor = cx.intrinsic(Intrinsic::Map);
    allocate(cx, constructor)
}

fn allocate(cx: Cx<'_>, new_target: Object) -> JsResult<Gc<MapObject>> {
    let shape = builtin_shape(cx, new_target, CellKind::Map, Intrinsic::MapPrototype, |cx, prototype| {
        root_shape(cx, CellKind::Map, Some(prototype), 0)
    })?;
    let table = HashTable::new_map(cx);
    Ok(cx.allocate_object(shape, |head| MapObject { head, table: Barriered::new(table.into()) }))
}

fn this_map(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<MapObject>> {
    this.to::<MapObject>().ok_or_else(|| incompatible_receiver(cx, method, this))
}

/// Sets a normalized key.
pub(crate) fn put(cx: Cx<'_>, map: Gc<MapObject>, key: Value, value: Value) -> JsResult<()> {
    let table = map.table();
    match table.find(cx, key) {
        Some(position) => {
            table.set_value(cx, position, value);
            Ok(())
        }
        None => HashTable::insert(map, cx, key, value).or_throw(cx),
    }
}

/// `Map`
fn map(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "Map")?;
    let map = allocate(cx, args.new_target_object())?;
    let object = MapObject::object(map);
    add_entries_from_iterable(cx, object, args.get(0), set, |key, value| {
        put(cx, map, normalize(key), value)
    })?;
    Ok(object.into())
}

/// `Map.prototype.get`
pub(crate) fn get(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let table = this_map(cx, args.this, "Map.prototype.get")?.table();
    Ok(table.find(cx, normalize(args.get(0))).map_or(Value::UNDEFINED, |position| table.value(position)))
}

/// `Map.prototype.set`
pub(crate) fn set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.set")?;
    put(cx, map, normalize(args.get(0)), args.get(1))?;
    Ok(args.this)
}

/// `Map.prototype.has`
fn has(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.has")?;
    Ok(map.table().find(cx, normalize(args.get(0))).is_some().into())
}

/// `Map.prototype.delete`
fn delete(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.delete")?;
    Ok(HashTable::remove(map, cx, normalize(args.get(0))).into())
}

/// `Map.prototype.clear`
fn clear(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.clear")?;
    HashTable::clear(map, cx);
    Ok(Value::UNDEFINED)
}

/// `get Map.prototype.size`
fn size(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(this_map(cx, args.this, "get Map.prototype.size")?.table().len().into())
}

/// `Map.prototype.getOrInsert`
fn get_or_insert(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.getOrInsert")?;
    let key = normalize(args.get(0));
    let table = map.table();
    if let Some(position) = table.find(cx, key) {
        return Ok(table.value(position));
    }
    HashTable::insert(map, cx, key, args.get(1)).or_throw(cx)?;
    Ok(args.get(1))
}

/// `Map.prototype.getOrInsertComputed`
fn get_or_insert_computed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.getOrInsertComputed")?;
    require_callable(cx, args.get(1))?;
    let key = normalize(args.get(0));
    let table = map.table();
    if let Some(position) = table.find(cx, key) {
        return Ok(table.value(position));
    }
    let value = call(cx, args.get(1), Value::UNDEFINED, &[key])?;
    // The callback may have changed the map.
    put(cx, map, key, value)?;
    Ok(value)
}

fn entries(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.entries")?;
    Ok(collection_iterator::create(cx, map.table(), IteratorKind::MapEntries))
}

fn keys(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.keys")?;
    Ok(collection_iterator::create(cx, map.table(), IteratorKind::MapKeys))
}

fn values(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "Map.prototype.values")?;
    Ok(collection_iterator::create(cx, map.table(), IteratorKind::MapValues))
}

/// `Map.groupBy`
fn group_by(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let table = group(cx, args.get(0), args.get(1), "Map.groupBy", |key| Ok(normalize(key)))?;
    let map = new_map(cx)?;
    for position in 0..table.len() {
        let list = GcVec::from_cell(table.value(position).to().expect("a group is a list"));
        let array = Object::array_from_list(cx, list)?;
        HashTable::insert(map, cx, table.key(position), array.into()).or_throw(cx)?;
    }
    Ok(MapObject::object(map).into())
}

/// GroupBy: a table from normalized keys to `ValueList` cells, without tombstones. `coerce` makes the keys.
pub(crate) fn group(
    cx: Cx<'_>,
    items: Value,
    callback: Value,
    what: &str,
    coerce: impl Fn(Value) -> JsResult<Value>,
) -> JsResult<Gc<HashTable>> {
    unspool_runtime::convert::require_object_coercible(cx, items, what)?;
    require_callable(cx, callback)?;
    let groups = Cell::new(HashTable::new_map(cx));
    let mut index = 0u64;
    iterate::for_each(cx, items, |value| {
        let key = call(cx, callback, Value::UNDEFINED, &[value, Value::from_f64(index as f64)])?;
        let key = coerce(key)?;
        let table = groups.get();
        let list = match table.find(cx, key) {
            Some(position) => GcVec::from_cell(table.value(position).to().expect("a group is a list")),
            None => {
                let list = GcVec::new(cx);
                HashTable::insert(LooseTable(&groups), cx, key, list.cell().into()).or_throw(cx)?;
                list
            }
        };
        index += 1;
        list.push(cx, value).or_throw(cx)
    })?;
    Ok(groups.get())
}
