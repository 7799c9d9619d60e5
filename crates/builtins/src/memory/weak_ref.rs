//! WeakRef objects (ECMA-262 26.1).
//!
//! A target that was put in or read by `deref` stays alive until the running job ends (AddToKeptObjects, 9.10), so that
//! one job never sees it disappear. Clearing is done by the collector.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::WeakRefObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::{CellKind, Value};

use crate::class::{ClassSpec, require_new};
use crate::keyed::{can_be_held_weakly, incompatible_receiver};

const SPEC: ClassSpec = ClassSpec {
    members: &[Property::Method(Name::Atom(A::deref), 0, deref), Property::Tag("WeakRef")],
    ..ClassSpec::new(A::WeakRef, 1, weak_ref, Intrinsic::WeakRef, Intrinsic::WeakRefPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

/// `WeakRef`
fn weak_ref(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "WeakRef")?;
    let target = args.get(0);
    if !can_be_held_weakly(target) {
        return Err(cx.throw_type_error(format_args!("WeakRef: invalid target {}", cx.describe(target))));
    }
    let shape = builtin_shape(
        cx,
        args.new_target_object(),
        CellKind::WeakRef,
        Intrinsic::WeakRefPrototype,
        |cx, prototype| root_shape(cx, CellKind::WeakRef, Some(prototype), 0),
    )?;
    cx.add_to_kept_objects(target);
    let object = cx.allocate_object(shape, |head| WeakRefObject::new(head, target));
    Ok(WeakRefObject::object(object).into())
}

/// `WeakRef.prototype.deref`
fn deref(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(reference) = args.this.to::<WeakRefObject>() else {
        return Err(incompatible_receiver(cx, "WeakRef.prototype.deref", args.this));
    };
    let target = reference.target();
    if !target.is_undefined() {
        cx.add_to_kept_objects(target);
    }
    Ok(target)
}
