//! Explicit resource management: the disposal stacks of scopes with `using` and `await using` (DisposeCapability Records).
//!
//! A stack is a record: a list of resources (value, method and hint in a row), the error to throw at the end, and what the
//! asynchronous disposal has awaited so far.

use unspool_bytecode::RuntimeId;
use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;

use crate::cells::Record;
use crate::completion::{JsResult, Throw};
use crate::function::call as call_function;
use crate::isolate::Cx;
use crate::object::{ValueExt as _, get_method};
use crate::promise::{new_promise, reject_promise};
use crate::realm::Intrinsic;
use crate::strings::OrThrow as _;

/// Tag of the record.
const STACK: u32 = 0x4453;
/// Indices of the record's values.
const LIST: usize = 0;
const ERROR: usize = 1;
/// Bits of the record's state.
const STARTED: u32 = 1;
const HAS_ERROR: u32 = 2;
const NEEDS_AWAIT: u32 = 4;
const HAS_AWAITED: u32 = 8;

/// How a resource is disposed of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// By its method, now.
    Sync = 0,
    /// By its method, whose result is awaited.
    Async = 1,
    /// By its synchronous method under `await using`.
    SyncAwaited = 2,
}

/// NewDisposeCapability
pub fn new_stack(cx: Cx<'_>) -> Value {
    let list = Value::from_cell(GcVec::new(cx).cell());
    Value::from_cell(Record::new(cx, STACK, &[list]))
}

fn record(stack: Value) -> Gc<Record> {
    stack.to::<Record>().expect("a disposal stack")
}

fn resources(stack: Gc<Record>) -> GcVec {
    GcVec::from_cell(stack.values[LIST].get().to().expect("the list of resources"))
}

fn set_flag(stack: Gc<Record>, flag: u32) {
    stack.state.set(stack.state.get() | flag);
}

fn has_flag(stack: Gc<Record>, flag: u32) -> bool {
    stack.state.get() & flag != 0
}

/// Adds a resource whose method is known.
///
/// # Errors
/// Out of memory.
pub fn push_resource(cx: Cx<'_>, stack: Value, value: Value, method: Value, hint: Hint) -> JsResult<()> {
    let list = resources(record(stack));
    for part in [value, method, Value::from_i32(hint as i32)] {
        list.push(cx, part).or_throw(cx)?;
    }
    Ok(())
}

/// AddDisposableResource with hint sync-dispose.
///
/// # Errors
/// A `TypeError` when the value cannot be disposed of.
pub fn add_sync(cx: Cx<'_>, stack: Value, value: Value) -> JsResult<()> {
    if value.is_nullish() {
        return Ok(());
    }
    let method = disposal_method(cx, value, WellKnownSymbol::dispose)?;
    if method.is_undefined() {
        return Err(throw_no_method(cx, value));
    }
    push_resource(cx, stack, value, method, Hint::Sync)
}

/// AddDisposableResource with hint async-dispose.
///
/// # Errors
/// A `TypeError` when the value cannot be disposed of.
pub fn add_async(cx: Cx<'_>, stack: Value, value: Value) -> JsResult<()> {
    if value.is_nullish() {
        return push_resource(cx, stack, Value::UNDEFINED, Value::UNDEFINED, Hint::Async);
    }
    let method = disposal_method(cx, value, WellKnownSymbol::asyncDispose)?;
    if !method.is_undefined() {
        return push_resource(cx, stack, value, method, Hint::Async);
    }
    let method = disposal_method(cx, value, WellKnownSymbol::dispose)?;
    if method.is_undefined() {
        return Err(throw_no_method(cx, value));
    }
    push_resource(cx, stack, value, method, Hint::SyncAwaited)
}

fn disposal_method(cx: Cx<'_>, value: Value, symbol: WellKnownSymbol) -> JsResult<Value> {
    if !value.is_object() {
        return Err(cx.throw_type_error(format_args!("{} is not an object", cx.describe(value))));
    }
    get_method(cx, value, cx.symbol_key(symbol))
}

#[cold]
fn throw_no_method(cx: Cx<'_>, value: Value) -> Throw {
    cx.throw_type_error(format_args!("The disposal method of {} is not a function", cx.describe(value)))
}

/// Folds a further error into what will be thrown at the end.
fn fold_error(cx: Cx<'_>, stack: Gc<Record>, error: Value) {
    let folded = if has_flag(stack, HAS_ERROR) {
        let object = crate::error::new_error_object(cx, cx.intrinsic(Intrinsic::SuppressedErrorPrototype));
        object.define_builtin(cx, cx.key(KnownAtom::error), error, Attributes::HIDDEN);
        object.define_builtin(cx, cx.key(KnownAtom::suppressed), stack.values[ERROR].get(), Attributes::HIDDEN);
        object.into()
    } else {
        error
    };
    stack.values[ERROR].set(cx, stack, folded);
    set_flag(stack, HAS_ERROR);
}

fn start(cx: Cx<'_>, stack: Gc<Record>, has_error: bool, error: Value) {
    if !has_flag(stack, STARTED) {
        set_flag(stack, STARTED);
        if has_error {
            fold_error(cx, stack, error);
        }
    }
}

/// Takes the last resource off the stack.
fn pop(stack: Gc<Record>) -> Option<(Value, Value, Hint)> {
    let list = resources(stack);
    let hint = match list.pop()?.as_i32() {
        0 => Hint::Sync,
        1 => Hint::Async,
        _ => Hint::SyncAwaited,
    };
    let method = list.pop()?;
    Some((list.pop()?, method, hint))
}

fn finish(cx: Cx<'_>, stack: Gc<Record>, value: Value) -> JsResult<Value> {
    if has_flag(stack, HAS_ERROR) { Err(cx.throw(stack.values[ERROR].get())) } else { Ok(value) }
}

/// DisposeResources of synchronous resources.
///
/// # Errors
/// The completion's error with those of the disposals folded in.
pub fn dispose(cx: Cx<'_>, stack: Value, has_error: bool, error: Value) -> JsResult<Value> {
    let stack = record(stack);
    start(cx, stack, has_error, error);
    while let Some((value, method, _)) = pop(stack) {
        if let Err(throw) = call_function(cx, method, value, &[]) {
            if cx.is_terminating() {
                return Err(throw);
            }
            let error = cx.take_exception(throw);
            fold_error(cx, stack, error);
        }
    }
    finish(cx, stack, Value::UNDEFINED)
}

/// One step of DisposeResources with asynchronous resources: the value to await, or the hole at the end.
///
/// # Errors
/// At the end, the completion's error with those of the disposals folded in.
pub fn dispose_async_step(cx: Cx<'_>, stack_value: Value, has_error: bool, error: Value) -> JsResult<Value> {
    let stack = record(stack_value);
    start(cx, stack, has_error, error);
    loop {
        let must_await = has_flag(stack, NEEDS_AWAIT) && !has_flag(stack, HAS_AWAITED);
        let Some((value, method, hint)) = pop(stack) else {
            if must_await {
                set_flag(stack, HAS_AWAITED);
                return Ok(Value::UNDEFINED);
            }
            return finish(cx, stack, Value::HOLE);
        };
        if method.is_undefined() {
            set_flag(stack, NEEDS_AWAIT);
            continue;
        }
        if hint == Hint::Sync && must_await {
            stack.state.set(stack.state.get() & !NEEDS_AWAIT);
            push_resource(cx, stack_value, value, method, hint)?;
            return Ok(Value::UNDEFINED);
        }
        match call_function(cx, method, value, &[]) {
            Ok(_) if hint == Hint::Sync => {}
            Ok(result) => {
                set_flag(stack, HAS_AWAITED);
                return Ok(if hint == Hint::Async { result } else { Value::UNDEFINED });
            }
            Err(throw) if cx.is_terminating() => return Err(throw),
            Err(throw) => {
                let error = cx.take_exception(throw);
                if hint == Hint::SyncAwaited {
                    set_flag(stack, HAS_AWAITED);
                    let promise = new_promise(cx);
                    reject_promise(cx, promise, error);
                    return Ok(Value::from_cell(promise));
                }
                fold_error(cx, stack, error);
            }
        }
    }
}

/// The runtime functions of this chapter.
///
/// # Errors
/// What they throw.
pub(crate) fn call(cx: Cx<'_>, id: RuntimeId, arguments: &[Value]) -> JsResult<Value> {
    let argument = |i: usize| arguments.get(i).copied().unwrap_or(Value::UNDEFINED);
    match id {
        RuntimeId::AddDisposableResource => {
            add_sync(cx, argument(0), argument(1))?;
            Ok(argument(1))
        }
        RuntimeId::AddAsyncDisposableResource => {
            add_async(cx, argument(0), argument(1))?;
            Ok(argument(1))
        }
        RuntimeId::DisposeResources => dispose(cx, argument(0), argument(1).is_true(), argument(2)),
        RuntimeId::DisposeResourcesAsyncStep => dispose_async_step(cx, argument(0), argument(1).is_true(), argument(2)),
        RuntimeId::DisposeResourcesAsyncError => {
            fold_error(cx, record(argument(0)), argument(1));
            Ok(Value::UNDEFINED)
        }
        _ => Ok(new_stack(cx)),
    }
}
