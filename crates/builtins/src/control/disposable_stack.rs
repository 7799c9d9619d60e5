//! `DisposableStack` and `AsyncDisposableStack` (ECMA-262 27.4).
//!
//! Both are host objects around a resource list of `runtime::disposal`; they differ in the hint of their resources and in how
//! they are disposed of. An asynchronous disposal is driven by reactions of the promises that its steps give.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_runtime::cells::{Barriered, HostObject, NativeFunction, PromiseObject, Record};
use unspool_runtime::completion::JsResult;
use unspool_runtime::disposal::{
    self, DisposeHint, add_method, add_resource, async_error, async_step, new_disposal,
};
use unspool_runtime::function::{call, new_native_closure};
use unspool_runtime::native::{Arguments, Name, NativeFn, Property};
use unspool_runtime::object::prototype_from_constructor;
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::promise::{
    fulfill_promise, new_promise, perform_promise_then, promise_resolve, reject_promise,
};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value};

use crate::class::{ClassSpec, require_new};
use crate::indexed::require_callable;

/// `HostObject::tag` of disposable stacks.
const SYNC: u32 = u32::from_be_bytes(*b"dstk");
/// `HostObject::tag` of async disposable stacks.
const ASYNC: u32 = u32::from_be_bytes(*b"adst");

/// `HostObject::state`: `[[DisposableState]]`.
const PENDING: u32 = 0;
const DISPOSED: u32 = 1;

const SYNC_SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Method(Name::Atom(A::adopt), 2, adopt::<SYNC>),
        Property::Method(Name::Atom(A::defer), 1, defer::<SYNC>),
        Property::Method(Name::Atom(A::dispose), 0, dispose),
        Property::Getter(Name::Atom(A::disposed), disposed::<SYNC>),
        Property::Method(Name::Atom(A::move_), 0, move_::<SYNC>),
        Property::Method(Name::Atom(A::use_), 1, use_::<SYNC>),
        Property::Alias(Name::Symbol(WellKnownSymbol::dispose), Name::Atom(A::dispose)),
        Property::Tag("DisposableStack"),
    ],
    ..ClassSpec::new(
        A::DisposableStack,
        0,
        constructor::<SYNC>,
        Intrinsic::DisposableStack,
        Intrinsic::DisposableStackPrototype,
    )
};

const ASYNC_SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Method(Name::Atom(A::adopt), 2, adopt::<ASYNC>),
        Property::Method(Name::Atom(A::defer), 1, defer::<ASYNC>),
        Property::Method(Name::Atom(A::disposeAsync), 0, dispose_async),
        Property::Getter(Name::Atom(A::disposed), disposed::<ASYNC>),
        Property::Method(Name::Atom(A::move_), 0, move_::<ASYNC>),
        Property::Method(Name::Atom(A::use_), 1, use_::<ASYNC>),
        Property::Alias(Name::Symbol(WellKnownSymbol::asyncDispose), Name::Atom(A::disposeAsync)),
        Property::Tag("AsyncDisposableStack"),
    ],
    ..ClassSpec::new(
        A::AsyncDisposableStack,
        0,
        constructor::<ASYNC>,
        Intrinsic::AsyncDisposableStack,
        Intrinsic::AsyncDisposableStackPrototype,
    )
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    match which {
        Intrinsic::DisposableStack | Intrinsic::DisposableStackPrototype => SYNC_SPEC.make(cx, realm),
        _ => ASYNC_SPEC.make(cx, realm),
    }
}

const fn class_name(tag: u32) -> &'static str {
    if tag == SYNC { "DisposableStack" } else { "AsyncDisposableStack" }
}

const fn hint(tag: u32) -> DisposeHint {
    if tag == SYNC { DisposeHint::Sync } else { DisposeHint::Async }
}

const fn prototype(tag: u32) -> Intrinsic {
    if tag == SYNC { Intrinsic::DisposableStackPrototype } else { Intrinsic::AsyncDisposableStackPrototype }
}

fn allocate(cx: Cx<'_>, tag: u32, prototype: Object, list: GcVec) -> Object {
    let list = Value::from_cell(list.cell());
    let shape = root_shape(cx, CellKind::Host, Some(prototype), 0);
    let stack = cx.allocate_object(shape, |head| HostObject {
        head,
        tag,
        state: Cell::new(PENDING),
        values: [list, Value::UNDEFINED, Value::UNDEFINED, Value::UNDEFINED].map(Barriered::new),
    });
    HostObject::object(stack)
}

fn constructor<const TAG: u32>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, class_name(TAG))?;
    let prototype = prototype_from_constructor(cx, args.new_target_object(), prototype(TAG))?;
    Ok(allocate(cx, TAG, prototype, GcVec::new(cx)).into())
}

/// The receiver as a stack of this sort.
fn stack_of(value: Value, tag: u32) -> Option<Gc<HostObject>> {
    value.to::<HostObject>().filter(|object| object.tag == tag)
}

fn receiver(cx: Cx<'_>, args: Arguments<'_>, tag: u32, method: &str) -> JsResult<Gc<HostObject>> {
    if let Some(stack) = stack_of(args.this, tag) {
        return Ok(stack);
    }
    let (class, text) = (class_name(tag), cx.describe(args.this));
    Err(cx.throw_type_error(format_args!(
        "Method {class}.prototype.{method} called on incompatible receiver {text}"
    )))
}

/// The receiver and its list, if it was not disposed of.
fn pending_receiver(
    cx: Cx<'_>,
    args: Arguments<'_>,
    tag: u32,
    method: &str,
) -> JsResult<(Gc<HostObject>, GcVec)> {
    let stack = receiver(cx, args, tag, method)?;
    if stack.state.get() == DISPOSED {
        let class = class_name(tag);
        return Err(cx.throw_reference_error(format_args!("{class} has already been disposed")));
    }
    Ok((stack, list_of(stack)))
}

fn list_of(stack: Gc<HostObject>) -> GcVec {
    GcVec::from_cell(stack.values[0].get().to().expect("a stack has a list"))
}

/// Takes the list out of a stack, which is disposed of from now on.
fn take_list(cx: Cx<'_>, stack: Gc<HostObject>) -> GcVec {
    let list = list_of(stack);
    stack.values[0].set(cx, stack, Value::UNDEFINED);
    stack.state.set(DISPOSED);
    list
}

fn disposed<const TAG: u32>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let stack = receiver(cx, args, TAG, "disposed")?;
    Ok(Value::from_bool(stack.state.get() == DISPOSED))
}

fn use_<const TAG: u32>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (stack, _) = pending_receiver(cx, args, TAG, "use")?;
    let value = args.get(0);
    // Looking the method up runs the program, which may dispose of this very stack: the list is kept here.
    add_resource(cx, list_of(stack), value, hint(TAG))?;
    Ok(value)
}

fn adopt<const TAG: u32>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (_, list) = pending_receiver(cx, args, TAG, "adopt")?;
    let (value, on_dispose) = (args.get(0), args.get(1));
    require_callable(cx, on_dispose)?;
    let closure = new_native_closure(cx, cx.key(A::empty), 0, call_on_dispose, [on_dispose, value]);
    add_method(cx, list, NativeFunction::object(closure).into(), hint(TAG))?;
    Ok(value)
}

fn call_on_dispose(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    call(cx, args.data(0), Value::UNDEFINED, &[args.data(1)])
}

fn defer<const TAG: u32>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (_, list) = pending_receiver(cx, args, TAG, "defer")?;
    require_callable(cx, args.get(0))?;
    add_method(cx, list, args.get(0), hint(TAG))?;
    Ok(Value::UNDEFINED)
}

fn move_<const TAG: u32>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (stack, _) = pending_receiver(cx, args, TAG, "move")?;
    let prototype = cx.intrinsic(prototype(TAG));
    let list = take_list(cx, stack);
    Ok(allocate(cx, TAG, prototype, list).into())
}

fn dispose(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let stack = receiver(cx, args, SYNC, "dispose")?;
    if stack.state.get() == PENDING {
        let list = take_list(cx, stack);
        disposal::dispose(cx, list, Value::HOLE)?;
    }
    Ok(Value::UNDEFINED)
}

fn dispose_async(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let promise = new_promise(cx);
    match receiver(cx, args, ASYNC, "disposeAsync") {
        Err(throw) => {
            let reason = cx.take_exception(throw);
            reject_promise(cx, promise, reason);
        }
        Ok(stack) if stack.state.get() == DISPOSED => fulfill_promise(cx, promise, Value::UNDEFINED),
        Ok(stack) => {
            let list = take_list(cx, stack);
            drive(cx, new_disposal(cx, list), promise)?;
        }
    }
    Ok(Value::from_cell(promise))
}

/// Takes steps of a disposal until one has to wait; settles `promise` at the end.
fn drive(cx: Cx<'_>, disposal: Gc<Record>, promise: Gc<PromiseObject>) -> JsResult<()> {
    loop {
        let awaited = match async_step(cx, disposal) {
            Ok(Some(value)) => promise_resolve(cx, cx.intrinsic(Intrinsic::Promise), value),
            Ok(None) => {
                fulfill_promise(cx, promise, Value::UNDEFINED);
                return Ok(());
            }
            Err(throw) if cx.is_terminating() => return Err(throw),
            Err(throw) => {
                let reason = cx.take_exception(throw);
                reject_promise(cx, promise, reason);
                return Ok(());
            }
        };
        match awaited {
            Ok(awaited) => {
                let closure = |function: NativeFn| -> Value {
                    let data = [Value::from_cell(disposal), Value::from_cell(promise)];
                    NativeFunction::object(new_native_closure(cx, cx.key(A::empty), 1, function, data)).into()
                };
                let awaited = awaited.to().expect("%Promise% makes promises");
                perform_promise_then(cx, awaited, closure(go_on), closure(go_on_with_error), None);
                return Ok(());
            }
            Err(throw) if cx.is_terminating() => return Err(throw),
            Err(throw) => {
                let error = cx.take_exception(throw);
                async_error(cx, disposal, error);
            }
        }
    }
}

fn captured(args: Arguments<'_>) -> (Gc<Record>, Gc<PromiseObject>) {
    let disposal = args.data(0).to().expect("the closure belongs to a disposal");
    (disposal, args.data(1).to().expect("the closure belongs to a promise"))
}

fn go_on(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (disposal, promise) = captured(args);
    drive(cx, disposal, promise)?;
    Ok(Value::UNDEFINED)
}

fn go_on_with_error(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (disposal, promise) = captured(args);
    async_error(cx, disposal, args.get(0));
    drive(cx, disposal, promise)?;
    Ok(Value::UNDEFINED)
}
