//! Set objects (ECMA-262 24.2): the constructor and the methods on single values.
//!
//! The algebra of sets (`union`, `isSubsetOf`, …) is in `set_operations`. A Set uses the same table as a Map, without
//! values.

use unspool_gc::Gc;
use unspool_runtime::cells::hash_table::{TableOwner, normalize};
use unspool_runtime::cells::{Barriered, HashTable, SetObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::define_properties;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::iterators::IteratorKind;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol as S;
use unspool_values::{CellKind, Value};

use super::{add_values_from_iterable, collection_iterator, incompatible_receiver, set_operations};
use crate::class::{ClassSpec, require_new};

const SPEC: ClassSpec = ClassSpec {
    statics: &[Property::Getter(Name::Symbol(S::species), crate::class::species)],
    members: &[
        Property::Method(Name::Atom(A::has), 1, has),
        Property::Method(Name::Atom(A::add), 1, add),
        Property::Method(Name::Atom(A::delete), 1, delete),
        Property::Method(Name::Atom(A::clear), 0, clear),
        Property::Method(Name::Atom(A::entries), 0, entries),
        Property::SelfHosted(Name::Atom(A::forEach), 1, "SetForEach"),
        Property::Getter(Name::Atom(A::size), size),
        Property::Method(Name::Atom(A::values), 0, values),
        Property::Alias(Name::Atom(A::keys), Name::Atom(A::values)),
        Property::Method(Name::Atom(A::union), 1, set_operations::union),
        Property::Method(Name::Atom(A::intersection), 1, set_operations::intersection),
        Property::Method(Name::Atom(A::difference), 1, set_operations::difference),
        Property::Method(Name::Atom(A::symmetricDifference), 1, set_operations::symmetric_difference),
        Property::Method(Name::Atom(A::isSubsetOf), 1, set_operations::is_subset_of),
        Property::Method(Name::Atom(A::isSupersetOf), 1, set_operations::is_superset_of),
        Property::Method(Name::Atom(A::isDisjointFrom), 1, set_operations::is_disjoint_from),
        Property::Tag("Set"),
    ],
    ..ClassSpec::new(A::Set, 0, set, Intrinsic::Set, Intrinsic::SetPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if which == Intrinsic::SetIteratorPrototype {
        collection_iterator::make_set(cx, realm);
        return;
    }
    SPEC.make(cx, realm);
    let prototype = Realm::intrinsic(realm, cx, Intrinsic::SetPrototype);
    define_properties(cx, prototype, &[Property::Alias(Name::Symbol(S::iterator), Name::Atom(A::values))]);
}

fn allocate(cx: Cx<'_>, new_target: Object) -> JsResult<Gc<SetObject>> {
    let shape = builtin_shape(cx, new_target, CellKind::Set, Intrinsic::SetPrototype, |cx, prototype| {
        root_shape(cx, CellKind::Set, Some(prototype), 0)
    })?;
    let table = HashTable::new_set(cx);
    Ok(cx.allocate_object(shape, |head| SetObject { head, table: Barriered::new(table.into()) }))
}

/// A new empty Set with `%Set.prototype%`.
pub(crate) fn new_set(cx: Cx<'_>) -> JsResult<Gc<SetObject>> {
    let prototype = cx.intrinsic(Intrinsic::SetPrototype);
    let shape = root_shape(cx, CellKind::Set, Some(prototype), 0);
    let table = HashTable::new_set(cx);
    Ok(cx.allocate_object(shape, |head| SetObject { head, table: Barriered::new(table.into()) }))
}

pub(super) fn this_set(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<SetObject>> {
    this.to::<SetObject>().ok_or_else(|| incompatible_receiver(cx, method, this))
}

/// Adds a value in any form.
pub(super) fn put(cx: Cx<'_>, set: Gc<SetObject>, value: Value) -> JsResult<()> {
    let value = normalize(value);
    match set.table().find(cx, value) {
        Some(_) => Ok(()),
        None => HashTable::insert(set, cx, value, Value::UNDEFINED).or_throw(cx),
    }
}

/// `Set`
fn set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "Set")?;
    let set = allocate(cx, args.new_target_object())?;
    let object = SetObject::object(set);
    add_values_from_iterable(cx, object, args.get(0), add, |value| put(cx, set, value))?;
    Ok(object.into())
}

/// `Set.prototype.has`
pub(super) fn has(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.has")?;
    Ok(set.table().find(cx, normalize(args.get(0))).is_some().into())
}

/// `Set.prototype.add`
fn add(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.add")?;
    put(cx, set, args.get(0))?;
    Ok(args.this)
}

/// `Set.prototype.delete`
fn delete(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.delete")?;
    Ok(HashTable::remove(set, cx, normalize(args.get(0))).into())
}

/// `Set.prototype.clear`
fn clear(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.clear")?;
    HashTable::clear(set, cx);
    Ok(Value::UNDEFINED)
}

/// `get Set.prototype.size`
fn size(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(this_set(cx, args.this, "get Set.prototype.size")?.table().len().into())
}

fn entries(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.entries")?;
    Ok(collection_iterator::create(cx, set.table(), IteratorKind::SetEntries))
}

fn values(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let set = this_set(cx, args.this, "Set.prototype.values")?;
    Ok(collection_iterator::create(cx, set.table(), IteratorKind::SetValues))
}
