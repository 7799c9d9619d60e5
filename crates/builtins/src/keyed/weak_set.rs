//! WeakSet objects (ECMA-262 24.4).
//!
//! A WeakMap's table whose values say nothing; see `weak_map` for what keeps an entry. Nothing can be enumerated, so
//! collections stay unobservable.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Barriered, EphemeronTable, WeakSetObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::{CellKind, Value};

use super::{add_values_from_iterable, can_be_held_weakly, incompatible_receiver};
use crate::class::{ClassSpec, require_new};

const SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Method(Name::Atom(A::delete), 1, delete),
        Property::Method(Name::Atom(A::has), 1, has),
        Property::Method(Name::Atom(A::add), 1, add),
        Property::Tag("WeakSet"),
    ],
    ..ClassSpec::new(A::WeakSet, 0, weak_set, Intrinsic::WeakSet, Intrinsic::WeakSetPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

fn this_set(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<WeakSetObject>> {
    this.to::<WeakSetObject>().ok_or_else(|| incompatible_receiver(cx, method, this))
}

fn table(set: Gc<WeakSetObject>) -> Gc<EphemeronTable> {
    set.table.get().to().expect("the table of a weak set")
}

fn put(cx: Cx<'_>, set: Gc<WeakSetObject>, value: Value) -> JsResult<()> {
    if !can_be_held_weakly(value) {
        return Err(
            cx.throw_type_error(format_args!("Invalid value used in weak set: {}", cx.describe(value)))
        );
    }
    let old = table(set);
    let new = EphemeronTable::insert(old, cx, value, Value::TRUE)?;
    if new != old {
        set.table.set(cx, set, new.into());
    }
    Ok(())
}

/// `WeakSet`
fn weak_set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "WeakSet")?;
    let new_target = args.new_target_object();
    let shape =
        builtin_shape(cx, new_target, CellKind::WeakSet, Intrinsic::WeakSetPrototype, |cx, prototype| {
            root_shape(cx, CellKind::WeakSet, Some(prototype), 0)
        })?;
    let table = EphemeronTable::new(cx);
    let set = cx.allocate_object(shape, |head| WeakSetObject { head, table: Barriered::new(table.into()) });
    let object = WeakSetObject::object(set);
    add_values_from_iterable(cx, object, args.get(0), add, |value| put(cx, set, value))?;
    Ok(object.into())
}

/// `WeakSet.prototype.add`
fn add(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "WeakSet.prototype.add")?;
    put(cx, set, args.get(0))?;
    Ok(args.this)
}

/// `WeakSet.prototype.has`
fn has(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "WeakSet.prototype.has")?;
    Ok((args.get(0).is_cell() && table(set).get(args.get(0)).is_some()).into())
}

/// `WeakSet.prototype.delete`
fn delete(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "WeakSet.prototype.delete")?;
    Ok((args.get(0).is_cell() && table(set).remove(args.get(0))).into())
}
