//! FinalizationRegistry objects (ECMA-262 26.2).
//!
//! The collector notes which registrations have lost their target; when the job queue runs empty, a cleanup job is put in
//! for each registry that has some (`unspool_runtime::jobs`).

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Barriered, FinalizationCell, FinalizationRegistryObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::same_value;
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::{CellKind, Value};

use crate::class::{ClassSpec, require_new};
use crate::indexed::require_callable;
use crate::keyed::{can_be_held_weakly, incompatible_receiver};

const SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Method(Name::Atom(A::register), 2, register),
        Property::Method(Name::Atom(A::unregister), 1, unregister),
        Property::Tag("FinalizationRegistry"),
    ],
    ..ClassSpec::new(
        A::FinalizationRegistry,
        1,
        finalization_registry,
        Intrinsic::FinalizationRegistry,
        Intrinsic::FinalizationRegistryPrototype,
    )
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

/// `FinalizationRegistry`
fn finalization_registry(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "FinalizationRegistry")?;
    let callback = args.get(0);
    require_callable(cx, callback)?;
    let shape = builtin_shape(
        cx,
        args.new_target_object(),
        CellKind::FinalizationRegistry,
        Intrinsic::FinalizationRegistryPrototype,
        |cx, prototype| root_shape(cx, CellKind::FinalizationRegistry, Some(prototype), 0),
    )?;
    let realm = cx.realm();
    let registry = cx.allocate_object(shape, |head| FinalizationRegistryObject {
        head,
        callback,
        realm,
        first: Barriered::new(None),
        has_dead: false.into(),
        job_pending: false.into(),
    });
    cx.registries.add(registry);
    Ok(FinalizationRegistryObject::object(registry).into())
}

fn receiver(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<FinalizationRegistryObject>> {
    this.to::<FinalizationRegistryObject>().ok_or_else(|| incompatible_receiver(cx, method, this))
}

/// `FinalizationRegistry.prototype.register`
fn register(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let registry = receiver(cx, args.this, "FinalizationRegistry.prototype.register")?;
    let (target, held, token) = (args.get(0), args.get(1), args.get(2));
    if !can_be_held_weakly(target) {
        return Err(cx.throw_type_error("FinalizationRegistry.prototype.register: invalid target"));
    }
    if same_value(cx, target, held) {
        return Err(cx.throw_type_error(
            "FinalizationRegistry.prototype.register: target and holdings must not be same",
        ));
    }
    if !token.is_undefined() && !can_be_held_weakly(token) {
        return Err(cx.throw_type_error(format_args!("Invalid unregisterToken ('{}')", cx.describe(token))));
    }
    let cell = FinalizationCell::new(cx, target, token, held, registry.first.get());
    registry.first.set(cx, registry, Some(cell));
    Ok(Value::UNDEFINED)
}

/// `FinalizationRegistry.prototype.unregister`
fn unregister(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let registry = receiver(cx, args.this, "FinalizationRegistry.prototype.unregister")?;
    let token = args.get(0);
    if !can_be_held_weakly(token) {
        return Err(cx.throw_type_error(format_args!("Invalid unregisterToken ('{}')", cx.describe(token))));
    }
    let mut removed = false;
    let mut previous: Option<Gc<FinalizationCell>> = None;
    let mut next = registry.first.get();
    while let Some(cell) = next {
        next = cell.next.get();
        if cell.token.get() != token {
            previous = Some(cell);
            continue;
        }
        removed = true;
        match previous {
            Some(previous) => previous.next.set(cx, previous, next),
            None => registry.first.set(cx, registry, next),
        }
    }
    Ok(removed.into())
}
