//! The receivers of construct calls: initial shapes with slack tracking.
//!
//! A function that is constructed remembers, in its [`ConstructorData`], the shape that its instances begin with. The first
//! seven instances get room to spare; the slots that the fullest of them uses become the number of inline slots of all
//! later ones. The initial shape is forgotten when the function's `prototype` is replaced.

use unspool_gc::Gc;
use unspool_shapes::{ShapeId, SlackTracker};
use unspool_values::atom::KnownAtom;
use unspool_values::{CellKind, Value};

use crate::cells::{ConstructorData, Function, NativeFunction};
use crate::object::shapes::root_shape;
use crate::object::{Object, ValueExt as _, virtuals};
use crate::realm::{Intrinsic, Realm};
use crate::{Cx, JsResult};

/// Properties that an instance is expected to have when nothing is known: two, so that the first instances get ten slots.
const EXPECTED_PROPERTIES: u32 = 2;

/// Value of the countdown in the data of a `new.target` through which builtin objects are made: the shape is of another kind
/// and no use for ordinary objects.
const FOR_BUILTIN: u32 = u32::MAX;

/// The receiver of `new function(…)` with the given `new.target`: OrdinaryCreateFromConstructor with
/// `%Object.prototype%`.
///
/// # Errors
/// What the `prototype` getter of an exotic `new.target` throws.
#[inline]
pub fn allocate_receiver(cx: Cx<'_>, function: Gc<Function>, new_target: Object) -> JsResult<Object> {
    let _ = function;
    if let Some(target) = new_target.to::<Function>()
        && let Some(data) = target.constructor_data.get()
        && data.slack_countdown.get() == 0
        && !data.initial_shape().is_none()
    {
        let capacity = data.inline_capacity.get() as u8;
        return Ok(Object::allocate_empty(cx, data.initial_shape(), capacity));
    }
    allocate_receiver_slow(cx, new_target)
}

#[cold]
#[inline(never)]
fn allocate_receiver_slow(cx: Cx<'_>, new_target: Object) -> JsResult<Object> {
    if let Some(target) = new_target.to::<Function>()
        && let Some(shape) = initial_shape(cx, target)
    {
        return Ok(Object::with_shape(cx, shape));
    }
    let prototype = crate::object::prototype_from_constructor(cx, new_target, Intrinsic::ObjectPrototype)?;
    Ok(Object::with_prototype(cx, Some(prototype)))
}

/// The shape that the next instance of a closure begins with, counting the construction; `None` when the closure has no
/// virtual `prototype` that is an object.
fn initial_shape(cx: Cx<'_>, function: Gc<Function>) -> Option<ShapeId> {
    let data = constructor_data(cx, function);
    if data.slack_countdown.get() == FOR_BUILTIN {
        return None;
    }
    if data.initial_shape().is_none() {
        let key = cx.key(KnownAtom::prototype);
        let property = cx.shapes.lookup(Function::object(function).shape(), key)?;
        property.location.slot().is_none().then_some(())?;
        let value = virtuals::function_prototype(cx, function);
        let prototype = match value.as_object() {
            Some(prototype) => prototype,
            None => Realm::intrinsic(function.template.realm, cx, Intrinsic::ObjectPrototype),
        };
        let tracker = SlackTracker::new(EXPECTED_PROPERTIES);
        let shape = root_shape(cx, CellKind::Object, Some(prototype), tracker.capacity());
        ConstructorData::set_initial_shape(data, shape);
        data.prototype.set(cx, data, prototype.into());
        data.inline_capacity.set(u32::from(tracker.capacity()));
        data.slack_countdown.set(u32::from(SlackTracker::CONSTRUCTIONS));
    }
    count_construction(cx, data);
    Some(data.initial_shape())
}

/// Counts down the tracked constructions; with the last one the number of inline slots is settled.
fn count_construction(cx: Cx<'_>, data: Gc<ConstructorData>) {
    let countdown = data.slack_countdown.get();
    if countdown == 0 {
        return;
    }
    data.slack_countdown.set(countdown - 1);
    if countdown == 1 {
        let shape = data.initial_shape();
        let used = cx.shapes.max_slots_below(shape).min(u32::from(SlackTracker::MAX_CAPACITY)) as u8;
        let capacity = if used > cx.shapes.inline_capacity(shape) {
            // More than there was room for: objects made from now on get another root.
            let prototype = data.prototype.get().as_object();
            ConstructorData::set_initial_shape(data, root_shape(cx, CellKind::Object, prototype, used));
            used
        } else {
            cx.shapes.shrink_inline_capacity(shape, used)
        };
        data.inline_capacity.set(u32::from(capacity));
    }
}

/// The constructor data of a closure, made at its first use.
pub fn constructor_data(cx: Cx<'_>, function: Gc<Function>) -> Gc<ConstructorData> {
    if let Some(data) = function.constructor_data.get() {
        return data;
    }
    let data = ConstructorData::new(cx);
    function.constructor_data.set(cx, function, Some(data));
    data
}

/// The shape that instances of a native constructor begin with, for objects of kind `kind` whose `new.target` is the
/// constructor itself or a closure; remembers it in the `new.target`. `None` when `prototype` must be looked up.
///
/// # Errors
/// What a `prototype` getter throws.
pub fn builtin_shape(
    cx: Cx<'_>,
    new_target: Object,
    kind: CellKind,
    default: Intrinsic,
    shape_of: impl FnOnce(Cx<'_>, Object) -> ShapeId,
) -> JsResult<ShapeId> {
    debug_assert_ne!(kind, CellKind::Object, "ordinary objects are made with inline slots");
    let data = match new_target.kind() {
        CellKind::NativeFunction => {
            let native = new_target.to::<NativeFunction>().expect("a native function");
            match native.constructor_data.get() {
                Some(data) => Some(data),
                None => {
                    let data = ConstructorData::new(cx);
                    native.constructor_data.set(cx, native, Some(data));
                    Some(data)
                }
            }
        }
        CellKind::Function => Some(constructor_data(cx, new_target.to().expect("a closure"))),
        _ => None,
    };
    if let Some(data) = data
        && !data.initial_shape().is_none()
        && cx.shapes.class(data.initial_shape()) == kind as u8
    {
        return Ok(data.initial_shape());
    }
    let prototype = crate::object::prototype_from_constructor(cx, new_target, default)?;
    let shape = shape_of(cx, prototype);
    // The shape is remembered only where a change of `prototype` would be noticed: while it is the function's field.
    if let Some(data) = data
        && cx
            .shapes
            .lookup(new_target.shape(), cx.key(KnownAtom::prototype))
            .is_some_and(|p| p.location.slot().is_none())
        && data.initial_shape().is_none()
        && virtual_prototype(new_target) == Value::from(prototype)
    {
        ConstructorData::set_initial_shape(data, shape);
        data.prototype.set(cx, data, prototype.into());
        data.slack_countdown.set(FOR_BUILTIN);
    }
    Ok(shape)
}

fn virtual_prototype(function: Object) -> Value {
    match function.kind() {
        CellKind::Function => function.to::<Function>().map_or(Value::HOLE, |f| f.prototype.get()),
        _ => function.to::<NativeFunction>().map_or(Value::HOLE, |f| f.prototype.get()),
    }
}

/// `prototype` was replaced.
pub(crate) fn forget_initial_shape(cx: Cx<'_>, data: Gc<ConstructorData>) {
    ConstructorData::set_initial_shape(data, ShapeId::NONE);
    data.slack_countdown.set(0);
    data.prototype.set(cx, data, Value::UNDEFINED);
}
