//! WeakMap objects (ECMA-262 24.3).
//!
//! An entry keeps its value alive as long as its key and the map both live (*ephemerons*); the collector sees to that.
//! Keys are objects, or symbols that are not registered. Nothing here can be enumerated, so collections stay
//! unobservable.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Barriered, EphemeronTable, WeakMapObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::call;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::{CellKind, Value};

use super::{add_entries_from_iterable, can_be_held_weakly, incompatible_receiver};
use crate::class::{ClassSpec, require_new};
use crate::indexed::require_callable;

const SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Method(Name::Atom(A::delete), 1, delete),
        Property::Method(Name::Atom(A::get), 1, get),
        Property::Method(Name::Atom(A::set), 2, set),
        Property::Method(Name::Atom(A::has), 1, has),
        Property::Method(Name::Atom(A::getOrInsert), 2, get_or_insert),
        Property::Method(Name::Atom(A::getOrInsertComputed), 2, get_or_insert_computed),
        Property::Tag("WeakMap"),
    ],
    ..ClassSpec::new(A::WeakMap, 0, weak_map, Intrinsic::WeakMap, Intrinsic::WeakMapPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

fn this_map(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<WeakMapObject>> {
    this.to::<WeakMapObject>().ok_or_else(|| incompatible_receiver(cx, method, this))
}

fn table(map: Gc<WeakMapObject>) -> Gc<EphemeronTable> {
    map.table.get().to().expect("the table of a weak map")
}

fn require_weak_key(cx: Cx<'_>, key: Value) -> JsResult<()> {
    if can_be_held_weakly(key) {
        return Ok(());
    }
    Err(cx.throw_type_error(format_args!("Invalid value used as weak map key: {}", cx.describe(key))))
}

fn put(cx: Cx<'_>, map: Gc<WeakMapObject>, key: Value, value: Value) -> JsResult<()> {
    require_weak_key(cx, key)?;
    let old = table(map);
    let new = EphemeronTable::insert(old, cx, key, value)?;
    if new != old {
        map.table.set(cx, map, new.into());
    }
    Ok(())
}

/// `WeakMap`
fn weak_map(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "WeakMap")?;
    let new_target = args.new_target_object();
    let shape =
        builtin_shape(cx, new_target, CellKind::WeakMap, Intrinsic::WeakMapPrototype, |cx, prototype| {
            root_shape(cx, CellKind::WeakMap, Some(prototype), 0)
        })?;
    let table = EphemeronTable::new(cx);
    let map = cx.allocate_object(shape, |head| WeakMapObject { head, table: Barriered::new(table.into()) });
    let object = WeakMapObject::object(map);
    add_entries_from_iterable(cx, object, args.get(0), set, |key, value| put(cx, map, key, value))?;
    Ok(object.into())
}

/// `WeakMap.prototype.get`
fn get(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "WeakMap.prototype.get")?;
    if !args.get(0).is_cell() {
        return Ok(Value::UNDEFINED);
    }
    Ok(table(map).get(args.get(0)).unwrap_or(Value::UNDEFINED))
}

/// `WeakMap.prototype.set`
fn set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "WeakMap.prototype.set")?;
    put(cx, map, args.get(0), args.get(1))?;
    Ok(args.this)
}

/// `WeakMap.prototype.has`
fn has(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "WeakMap.prototype.has")?;
    Ok((args.get(0).is_cell() && table(map).get(args.get(0)).is_some()).into())
}

/// `WeakMap.prototype.delete`
fn delete(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "WeakMap.prototype.delete")?;
    Ok((args.get(0).is_cell() && table(map).remove(args.get(0))).into())
}

/// `WeakMap.prototype.getOrInsert`
fn get_or_insert(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "WeakMap.prototype.getOrInsert")?;
    require_weak_key(cx, args.get(0))?;
    if let Some(value) = table(map).get(args.get(0)) {
        return Ok(value);
    }
    put(cx, map, args.get(0), args.get(1))?;
    Ok(args.get(1))
}

/// `WeakMap.prototype.getOrInsertComputed`
fn get_or_insert_computed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let map = this_map(cx, args.this, "WeakMap.prototype.getOrInsertComputed")?;
    require_weak_key(cx, args.get(0))?;
    require_callable(cx, args.get(1))?;
    if let Some(value) = table(map).get(args.get(0)) {
        return Ok(value);
    }
    let value = call(cx, args.get(1), Value::UNDEFINED, &[args.get(0)])?;
    put(cx, map, args.get(0), value)?;
    Ok(value)
}
