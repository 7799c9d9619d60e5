//! Async-from-sync iterators (ECMA-262 27.1.6): a sync iterator behind the async protocol.
//!
//! `for await` and `yield*` over an iterable that is only synchronous go through these. Each method calls the sync one
//! and turns its result into a promise that settles when the *value* does; since the draft of 2025 a rejected value also
//! closes the sync iterator. No program can reach the objects, so receivers are not checked.

use unspool_gc::Gc;
use unspool_runtime::cells::{HostObject, NativeFunction};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_boolean;
use unspool_runtime::function::{call, new_native_closure};
use unspool_runtime::iteration::{IteratorRecord, iterator_result};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::get_method;
use unspool_runtime::promise::{
    PromiseCapability, new_promise_capability, perform_promise_then, promise_resolve,
};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use crate::class::make_plain;

/// Makes `%AsyncFromSyncIteratorPrototype%`.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::AsyncFromSyncIteratorPrototype,
        Intrinsic::AsyncIteratorPrototype,
        &[
            Property::Method(Name::Atom(A::next), 1, next),
            Property::Method(Name::Atom(A::return_), 1, return_),
            Property::Method(Name::Atom(A::throw), 1, throw),
        ],
    );
}

/// The iterator record that the object wraps: its private values 0 and 1.
fn record(args: Arguments<'_>) -> IteratorRecord {
    let object = args.this.to::<HostObject>().expect("only the engine calls these methods");
    IteratorRecord { iterator: object.values[0].get().as_object_unchecked(), next: object.values[1].get() }
}

/// Whether a failing value closes the iterator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnRejection {
    Close,
    Keep,
}

fn reject(cx: Cx<'_>, capability: PromiseCapability, throw: unspool_runtime::Throw) -> JsResult<Value> {
    if cx.is_terminating() {
        return Err(throw);
    }
    let reason = cx.take_exception(throw);
    call(cx, capability.reject, Value::UNDEFINED, &[reason])?;
    Ok(capability.promise)
}

/// AsyncFromSyncIteratorContinuation
fn continuation(
    cx: Cx<'_>,
    result: Object,
    capability: PromiseCapability,
    record: IteratorRecord,
    on_rejection: OnRejection,
) -> JsResult<Value> {
    let parts = (|| {
        let done = to_boolean(result.get(cx, cx.key(A::done))?);
        Ok((done, result.get(cx, cx.key(A::value))?))
    })();
    let (done, value) = match parts {
        Ok(parts) => parts,
        Err(throw) => return reject(cx, capability, throw),
    };
    let closes = !done && on_rejection == OnRejection::Close;
    let wrapper = match promise_resolve(cx, cx.intrinsic(Intrinsic::Promise), value) {
        Ok(wrapper) => wrapper,
        Err(throw) => {
            let throw = if closes { record.close_on_throw(cx, throw) } else { throw };
            return reject(cx, capability, throw);
        }
    };
    let closure = |function, data| {
        Value::from(NativeFunction::object(new_native_closure(cx, cx.key(A::empty), 1, function, data)))
    };
    let unwrap = closure(unwrap_value, [Value::from_bool(done), Value::UNDEFINED]);
    let on_rejected = if closes {
        closure(close_iterator, [record.iterator.into(), record.next])
    } else {
        Value::UNDEFINED
    };
    let promise = wrapper.to().expect("%Promise% makes promises");
    perform_promise_then(cx, promise, unwrap, on_rejected, Some(capability));
    Ok(capability.promise)
}

fn unwrap_value(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(iterator_result(cx, args.get(0), args.data(0).is_true()).into())
}

fn close_iterator(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = IteratorRecord { iterator: args.data(0).as_object_unchecked(), next: args.data(1) };
    let throw = cx.throw(args.get(0));
    Err(record.close_on_throw(cx, throw))
}

fn next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = record(args);
    let capability = new_promise_capability(cx, cx.intrinsic(Intrinsic::Promise).into())?;
    let arguments = if args.is_empty() { &[] } else { &args.values[..1] };
    let result = call(cx, record.next, record.iterator.into(), arguments)
        .and_then(|result| require_result(cx, result));
    match result {
        Ok(result) => continuation(cx, result, capability, record, OnRejection::Close),
        Err(throw) => reject(cx, capability, throw),
    }
}

fn require_result(cx: Cx<'_>, result: Value) -> JsResult<Object> {
    match result.as_object() {
        Some(result) => Ok(result),
        None => {
            Err(cx.throw_type_error(format_args!("Iterator result {} is not an object", cx.describe(result))))
        }
    }
}

fn return_(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = record(args);
    let capability = new_promise_capability(cx, cx.intrinsic(Intrinsic::Promise).into())?;
    let method = match get_method(cx, record.iterator.into(), cx.key(A::return_)) {
        Ok(method) => method,
        Err(throw) => return reject(cx, capability, throw),
    };
    if method.is_undefined() {
        let result = iterator_result(cx, args.get(0), true);
        call(cx, capability.resolve, Value::UNDEFINED, &[result.into()])?;
        return Ok(capability.promise);
    }
    let arguments = if args.is_empty() { &[] } else { &args.values[..1] };
    let result =
        call(cx, method, record.iterator.into(), arguments).and_then(|result| require_result(cx, result));
    match result {
        Ok(result) => continuation(cx, result, capability, record, OnRejection::Keep),
        Err(throw) => reject(cx, capability, throw),
    }
}

fn throw(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = record(args);
    let capability = new_promise_capability(cx, cx.intrinsic(Intrinsic::Promise).into())?;
    let method = match get_method(cx, record.iterator.into(), cx.key(A::throw)) {
        Ok(method) => method,
        Err(throw) => return reject(cx, capability, throw),
    };
    if method.is_undefined() {
        let outcome = record.close(cx);
        let throw = match outcome {
            Err(throw) => throw,
            Ok(()) => cx.throw_type_error("The iterator does not provide a 'throw' method"),
        };
        return reject(cx, capability, throw);
    }
    let arguments = if args.is_empty() { &[] } else { &args.values[..1] };
    let result =
        call(cx, method, record.iterator.into(), arguments).and_then(|result| require_result(cx, result));
    match result {
        Ok(result) => continuation(cx, result, capability, record, OnRejection::Close),
        Err(throw) => reject(cx, capability, throw),
    }
}

/// %AsyncIteratorPrototype% [ @@asyncDispose ]: calls `return` and awaits what it gives.
pub(super) fn async_dispose(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let capability = new_promise_capability(cx, cx.intrinsic(Intrinsic::Promise).into())?;
    let method = match get_method(cx, args.this, cx.key(A::return_)) {
        Ok(method) => method,
        Err(throw) => return reject(cx, capability, throw),
    };
    if method.is_undefined() {
        call(cx, capability.resolve, Value::UNDEFINED, &[Value::UNDEFINED])?;
        return Ok(capability.promise);
    }
    let wrapper = call(cx, method, args.this, &[])
        .and_then(|result| promise_resolve(cx, cx.intrinsic(Intrinsic::Promise), result));
    let wrapper = match wrapper {
        Ok(wrapper) => wrapper,
        Err(throw) => return reject(cx, capability, throw),
    };
    let data = [Value::UNDEFINED, Value::UNDEFINED];
    let unwrap = NativeFunction::object(new_native_closure(cx, cx.key(A::empty), 1, return_undefined, data));
    let promise = wrapper.to().expect("%Promise% makes promises");
    perform_promise_then(cx, promise, unwrap.into(), Value::UNDEFINED, Some(capability));
    Ok(capability.promise)
}

fn return_undefined(_: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::UNDEFINED)
}
