//! Explicit resource management (ECMA-262 27.4): resources of `using` and `await using`, and of disposable stacks.
//!
//! A *resource list* is a `GcVec` of triples: value, method, hint; resources are disposed of from its end. A *disposal* is a
//! record around a list that is being disposed of: it folds the errors into one and remembers where an asynchronous disposal
//! stands, because that is done step by step: [`async_step`] gives the next value to await.

use unspool_bytecode::RuntimeId;
use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;

use crate::cells::{NativeFunction, Record};
use crate::completion::{JsResult, Throw};
use crate::error::{StackFrom, new_error_object};
use crate::function::{call, new_native_closure};
use crate::isolate::Cx;
use crate::native::Arguments;
use crate::object::{Object, get_method};
use crate::promise::{fulfill_promise, new_promise, reject_promise};
use crate::realm::Intrinsic;
use crate::strings::OrThrow as _;

/// How a resource is disposed of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DisposeHint {
    /// sync-dispose
    Sync = 0,
    /// async-dispose
    Async = 1,
}

/// `Record::tag` of disposals.
const DISPOSAL: u32 = u32::from_be_bytes(*b"disp");

/// Bits of a disposal's state.
const STARTED: u32 = 1;
const NEEDS_AWAIT: u32 = 2;
const HAS_AWAITED: u32 = 4;

/// AddDisposableResource without a method: it is looked up now.
///
/// # Errors
/// A `TypeError` when the value cannot be disposed of; what reading the method throws.
pub fn add_resource(cx: Cx<'_>, list: GcVec, value: Value, hint: DisposeHint) -> JsResult<()> {
    if value.is_nullish() {
        return match hint {
            DisposeHint::Sync => Ok(()),
            // It still makes the disposal asynchronous.
            DisposeHint::Async => push(cx, list, Value::UNDEFINED, Value::UNDEFINED, hint),
        };
    }
    if !value.is_object() {
        let text = cx.describe(value);
        return Err(cx.throw_type_error(format_args!("{text} is not an object and cannot be disposed of")));
    }
    let method = dispose_method(cx, value, hint)?;
    if method.is_undefined() {
        let symbol = if hint == DisposeHint::Sync { "Symbol.dispose" } else { "Symbol.asyncDispose" };
        let text = cx.describe(value);
        return Err(cx.throw_type_error(format_args!("{text} has no [{symbol}] method")));
    }
    push(cx, list, value, method, hint)
}

/// AddDisposableResource with a method, which is callable.
///
/// # Errors
/// A `RangeError` when memory is short.
pub fn add_method(cx: Cx<'_>, list: GcVec, method: Value, hint: DisposeHint) -> JsResult<()> {
    push(cx, list, Value::UNDEFINED, method, hint)
}

fn push(cx: Cx<'_>, list: GcVec, value: Value, method: Value, hint: DisposeHint) -> JsResult<()> {
    list.reserve(cx, 3).or_throw(cx)?;
    for part in [value, method, Value::from_i32(hint as i32)] {
        list.push(cx, part).or_throw(cx)?;
    }
    Ok(())
}

/// GetDisposeMethod
fn dispose_method(cx: Cx<'_>, value: Value, hint: DisposeHint) -> JsResult<Value> {
    if hint == DisposeHint::Async {
        let method = get_method(cx, value, cx.symbol_key(WellKnownSymbol::asyncDispose))?;
        if !method.is_undefined() {
            return Ok(method);
        }
    }
    let method = get_method(cx, value, cx.symbol_key(WellKnownSymbol::dispose))?;
    if hint == DisposeHint::Sync || method.is_undefined() {
        return Ok(method);
    }
    // Called where a promise is awaited, what the method returns is not.
    let name = cx.key(KnownAtom::empty);
    let closure = new_native_closure(cx, name, 0, dispose_in_promise, [method, Value::UNDEFINED]);
    Ok(NativeFunction::object(closure).into())
}

fn dispose_in_promise(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let promise = new_promise(cx);
    match call(cx, args.data(0), args.this, &[]) {
        Ok(_) => fulfill_promise(cx, promise, Value::UNDEFINED),
        Err(throw) if cx.is_terminating() => return Err(throw),
        Err(throw) => {
            let reason = cx.take_exception(throw);
            reject_promise(cx, promise, reason);
        }
    }
    Ok(Value::from_cell(promise))
}

/// A new `SuppressedError` for an `error` that hides another.
pub fn suppressed_error(cx: Cx<'_>, error: Value, suppressed: Value) -> Object {
    let object =
        new_error_object(cx, cx.intrinsic(Intrinsic::SuppressedErrorPrototype), StackFrom::Innermost);
    object.define_builtin(cx, cx.key(KnownAtom::error), error, Attributes::HIDDEN);
    object.define_builtin(cx, cx.key(KnownAtom::suppressed), suppressed, Attributes::HIDDEN);
    object
}

/// The disposal of a resource list.
pub fn new_disposal(cx: Cx<'_>, list: GcVec) -> Gc<Record> {
    Record::new(cx, DISPOSAL, &[Value::from_cell(list.cell()), Value::HOLE])
}

fn disposal(stack: Value) -> Gc<Record> {
    let record = stack.to::<Record>().expect("disposing code keeps its disposal in a register");
    debug_assert_eq!(record.tag, DISPOSAL);
    record
}

fn list_of(disposal: Gc<Record>) -> GcVec {
    GcVec::from_cell(disposal.values[0].get().to().expect("a disposal has a list"))
}

/// The completion so far becomes a throw of `error`, which suppresses what was thrown before.
fn fold(cx: Cx<'_>, disposal: Gc<Record>, error: Value) {
    let before = disposal.values[1].get();
    let error = if before.is_hole() { error } else { suppressed_error(cx, error, before).into() };
    disposal.values[1].set(cx, disposal, error);
}

fn fold_throw(cx: Cx<'_>, disposal: Gc<Record>, throw: Throw) -> JsResult<()> {
    if cx.is_terminating() {
        return Err(throw);
    }
    let error = cx.take_exception(throw);
    fold(cx, disposal, error);
    Ok(())
}

/// Takes the last resource off a list: value, method, is it async?
fn pop(list: GcVec) -> Option<(Value, Value, bool)> {
    let hint = list.pop()?;
    let method = list.pop()?;
    Some((list.pop()?, method, hint.as_i32() != 0))
}

/// Throws the error that the disposal gathered, if any.
fn finish(cx: Cx<'_>, disposal: Gc<Record>) -> JsResult<()> {
    let error = disposal.values[1].get();
    if error.is_hole() { Ok(()) } else { Err(cx.throw(error)) }
}

/// DisposeResources of a list of sync resources. `error` is what was thrown before, the hole for nothing.
///
/// # Errors
/// `error`, or what disposing threw, folded into one.
pub fn dispose(cx: Cx<'_>, list: GcVec, error: Value) -> JsResult<()> {
    cx.check_native_stack()?;
    let disposal = new_disposal(cx, list);
    disposal.values[1].set(cx, disposal, error);
    while let Some((value, method, _)) = pop(list) {
        if let Err(throw) = call(cx, method, value, &[]) {
            fold_throw(cx, disposal, throw)?;
        }
    }
    finish(cx, disposal)
}

/// One step of DisposeResources: gives a value to await, or none when all resources are disposed of.
///
/// # Errors
/// At the end: what was thrown before or while disposing, folded into one.
pub fn async_step(cx: Cx<'_>, disposal: Gc<Record>) -> JsResult<Option<Value>> {
    cx.check_native_stack()?;
    let list = list_of(disposal);
    let has = |flag: u32| disposal.state.get() & flag != 0;
    let awaits_nothing = || {
        disposal.state.set(disposal.state.get() & !NEEDS_AWAIT);
        Ok(Some(Value::UNDEFINED))
    };
    while !list.is_empty() {
        let next_is_sync = list.last().is_some_and(|hint| hint.as_i32() == 0);
        if next_is_sync && has(NEEDS_AWAIT) && !has(HAS_AWAITED) {
            return awaits_nothing();
        }
        let Some((value, method, is_async)) = pop(list) else { break };
        if method.is_undefined() {
            disposal.state.set(disposal.state.get() | NEEDS_AWAIT);
            continue;
        }
        match call(cx, method, value, &[]) {
            Ok(result) if is_async => {
                disposal.state.set(disposal.state.get() | HAS_AWAITED);
                return Ok(Some(result));
            }
            Ok(_) => {}
            Err(throw) => fold_throw(cx, disposal, throw)?,
        }
    }
    if has(NEEDS_AWAIT) && !has(HAS_AWAITED) {
        return awaits_nothing();
    }
    finish(cx, disposal)?;
    Ok(None)
}

/// What was awaited for a step was rejected.
pub fn async_error(cx: Cx<'_>, disposal: Gc<Record>, error: Value) {
    fold(cx, disposal, error);
}

// ---- runtime functions of compiled code --------------------------------------------------------------------------------

/// The runtime functions of this chapter. The stack that compiled code keeps in a register is a disposal.
///
/// # Errors
/// What they throw.
pub(crate) fn call_runtime(cx: Cx<'_>, id: RuntimeId, arguments: &[Value]) -> JsResult<Value> {
    let argument = |i: usize| arguments.get(i).copied().unwrap_or(Value::UNDEFINED);
    let add = |hint| {
        add_resource(cx, list_of(disposal(argument(0))), argument(1), hint)?;
        Ok(argument(1))
    };
    let error = || if argument(1).is_true() { argument(2) } else { Value::HOLE };
    match id {
        RuntimeId::AddDisposableResource => add(DisposeHint::Sync),
        RuntimeId::AddAsyncDisposableResource => add(DisposeHint::Async),
        RuntimeId::DisposeResources => {
            dispose(cx, list_of(disposal(argument(0))), error())?;
            Ok(Value::UNDEFINED)
        }
        RuntimeId::DisposeResourcesAsyncStep => {
            let disposal = disposal(argument(0));
            if disposal.state.get() & STARTED == 0 {
                disposal.state.set(disposal.state.get() | STARTED);
                disposal.values[1].set(cx, disposal, error());
            }
            Ok(async_step(cx, disposal)?.unwrap_or(Value::HOLE))
        }
        RuntimeId::DisposeResourcesAsyncError => {
            async_error(cx, disposal(argument(0)), argument(1));
            Ok(Value::UNDEFINED)
        }
        _ => Ok(Value::from_cell(new_disposal(cx, GcVec::new(cx)))),
    }
}
