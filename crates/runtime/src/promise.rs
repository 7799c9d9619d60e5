//! Promises (ECMA-262 27.2.1): the abstract operations that `await`, the library and modules share.
//!
//! A pending promise keeps its reactions in a linked list of [`PromiseReaction`] cells; one reaction holds both handlers.
//! `await` needs no function objects: its reaction names the suspended generator, and the job resumes it directly.

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::{CellKind, Value};

use crate::cells::{
    Barriered, GeneratorObject, NativeFunction, PromiseObject, PromiseState, Record, ResumeMode,
};
use crate::completion::JsResult;
use crate::function::{call, construct, new_native_closure};
use crate::host::RejectionEvent;
use crate::isolate::Cx;
use crate::managed_cell;
use crate::native::Arguments;
use crate::object::{Object, ValueExt as _};
use crate::realm::{Intrinsic, Realm};

managed_cell! {
    /// What happens when a promise settles.
    pub struct PromiseReaction: PromiseReaction {
        /// Handler of fulfilment: a callable, `undefined` for the identity; for an `await` the suspended generator.
        pub on_fulfilled: Value,
        /// Handler of rejection: a callable, or `undefined` for the thrower.
        pub on_rejected: Value,
        /// The derived promise's capability; `undefined` fields when there is none.
        pub promise: Value,
        /// Resolves the derived promise.
        pub resolve: Value,
        /// Rejects the derived promise.
        pub reject: Value,
        /// Is it an `await`?
        pub is_await: bool,
        /// The reaction registered before this one, or `undefined`.
        pub next: Barriered<Value>,
    }
}

/// A PromiseCapability Record (27.2.1.1): a promise with the functions that settle it.
#[derive(Clone, Copy, Debug)]
pub struct PromiseCapability {
    /// `[[Promise]]`
    pub promise: Value,
    /// `[[Resolve]]`
    pub resolve: Value,
    /// `[[Reject]]`
    pub reject: Value,
}

/// A pending promise of `%Promise%`.
pub fn new_promise(cx: Cx<'_>) -> Gc<PromiseObject> {
    let prototype = cx.intrinsic(Intrinsic::PromisePrototype);
    new_promise_with_prototype(cx, prototype)
}

/// A pending promise with this prototype.
pub fn new_promise_with_prototype(cx: Cx<'_>, prototype: Object) -> Gc<PromiseObject> {
    let shape = crate::object::shapes::root_shape(cx, CellKind::Promise, Some(prototype), 0);
    cx.allocate_object(shape, |head| PromiseObject {
        head,
        state: std::cell::Cell::new(PromiseState::Pending),
        handled: std::cell::Cell::new(false),
        result: Barriered::new(Value::UNDEFINED),
        reactions: Barriered::new(Value::UNDEFINED),
    })
}

/// CreateResolvingFunctions: (resolve, reject).
pub fn create_resolving_functions(cx: Cx<'_>, promise: Gc<PromiseObject>) -> (Value, Value) {
    let resolved = Record::new(cx, 0, &[Value::FALSE]);
    let data = [Value::from_cell(promise), Value::from_cell(resolved)];
    let name = cx.key(KnownAtom::empty);
    let resolve = new_native_closure(cx, name, 1, resolve_function, data);
    let reject = new_native_closure(cx, name, 1, reject_function, data);
    (resolve.into(), reject.into())
}

/// Is this the first use of a pair of resolving functions? Notes the use.
fn first_use(cx: Cx<'_>, args: Arguments<'_>) -> Option<Gc<PromiseObject>> {
    let used = args.data(1).to::<Record>()?;
    if used.values[0].get().is_true() {
        return None;
    }
    used.values[0].set(cx, used, Value::TRUE);
    args.data(0).to::<PromiseObject>()
}

fn resolve_function(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let Some(promise) = first_use(cx, args) {
        resolve_promise(cx, promise, args.get(0))?;
    }
    Ok(Value::UNDEFINED)
}

fn reject_function(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let Some(promise) = first_use(cx, args) {
        reject_promise(cx, promise, args.get(0));
    }
    Ok(Value::UNDEFINED)
}

/// Promise Resolve Functions, steps 7 on: settles `promise` with `resolution`, or follows it when it is a thenable.
///
/// # Errors
/// Only termination; what the program throws rejects the promise.
pub(crate) fn resolve_promise(cx: Cx<'_>, promise: Gc<PromiseObject>, resolution: Value) -> JsResult<()> {
    let Some(thenable) = resolution.as_object() else {
        fulfill_promise(cx, promise, resolution);
        return Ok(());
    };
    if thenable == PromiseObject::object(promise) {
        let error =
            cx.new_error(Intrinsic::TypeErrorPrototype, "Chaining cycle detected for promise #<Promise>");
        reject_promise(cx, promise, error.into());
        return Ok(());
    }
    let then = match thenable.get(cx, cx.key(KnownAtom::then)) {
        Ok(then) => then,
        Err(throw) => {
            if cx.is_terminating() {
                return Err(throw);
            }
            let reason = cx.take_exception(throw);
            reject_promise(cx, promise, reason);
            return Ok(());
        }
    };
    if !then.is_callable() {
        fulfill_promise(cx, promise, resolution);
        return Ok(());
    }
    let realm = realm_of_function(cx, then);
    cx.enqueue_job(realm, thenable_job, [Value::from_cell(promise), resolution, then, Value::UNDEFINED]);
    Ok(())
}

/// NewPromiseResolveThenableJob
fn thenable_job(cx: Cx<'_>, values: [Value; 4]) -> JsResult<Value> {
    let [promise, thenable, then, _] = values;
    let promise = promise.to::<PromiseObject>().expect("the job's promise");
    let (resolve, reject) = create_resolving_functions(cx, promise);
    match call(cx, then, thenable, &[resolve, reject]) {
        Ok(value) => Ok(value),
        Err(throw) if cx.is_terminating() => Err(throw),
        Err(throw) => {
            let reason = cx.take_exception(throw);
            call(cx, reject, Value::UNDEFINED, &[reason])
        }
    }
}

/// FulfillPromise
pub fn fulfill_promise(cx: Cx<'_>, promise: Gc<PromiseObject>, value: Value) {
    settle(cx, promise, PromiseState::Fulfilled, value);
}

/// RejectPromise
pub fn reject_promise(cx: Cx<'_>, promise: Gc<PromiseObject>, reason: Value) {
    let handled = promise.handled.get();
    settle(cx, promise, PromiseState::Rejected, reason);
    if !handled {
        track_rejection(cx, promise, RejectionEvent::Unhandled);
    }
}

/// How many rejections without handler are kept for [`Cx::take_unhandled_rejection`].
const KEPT_REJECTIONS: usize = 64;

/// HostPromiseRejectionTracker: tells the host, and keeps the promise as long as it has no handler.
pub(crate) fn track_rejection(cx: Cx<'_>, promise: Gc<PromiseObject>, event: RejectionEvent) {
    let value = Value::from_cell(promise);
    let list = match cx.rejections.get().cell_kind() {
        Some(CellKind::ValueList) => GcVec::from_cell(cx.rejections.get().to().expect("a list")),
        _ => {
            let list = GcVec::new(cx);
            cx.rejections.set(Value::from_cell(list.cell()));
            list
        }
    };
    match event {
        RejectionEvent::Unhandled if list.len() < KEPT_REJECTIONS => {
            // Without memory for the list the host is told all the same.
            let _ = list.push(cx, value);
        }
        RejectionEvent::Unhandled => {}
        RejectionEvent::HandledLater => {
            for index in (0..list.len()).filter(|&index| list.get(index) == value) {
                list.set(cx, index, Value::UNDEFINED);
            }
        }
    }
    cx.host.borrow().promise_rejection(cx, value, event);
}

impl Cx<'_> {
    /// The first of the rejections that nobody has handled so far (64 are kept); the others are forgotten. For embedders,
    /// after the jobs.
    pub fn take_unhandled_rejection(self) -> Option<Gc<PromiseObject>> {
        let list = self.rejections.replace(Value::UNDEFINED);
        if list.cell_kind() != Some(CellKind::ValueList) {
            return None;
        }
        let list = GcVec::from_cell(list.to()?);
        (0..list.len()).find_map(|index| list.get(index).to::<PromiseObject>())
    }
}

fn settle(cx: Cx<'_>, promise: Gc<PromiseObject>, state: PromiseState, result: Value) {
    debug_assert_eq!(promise.state.get(), PromiseState::Pending);
    let mut reaction = promise.reactions.get();
    promise.reactions.set(cx, promise, Value::UNDEFINED);
    promise.result.set(cx, promise, result);
    promise.state.set(state);
    // The list is in reverse order of registration: turn it round, then enqueue.
    let mut reversed = Value::UNDEFINED;
    while let Some(cell) = reaction.to::<PromiseReaction>() {
        reaction = cell.next.get();
        cell.next.set(cx, cell, reversed);
        reversed = Value::from_cell(cell);
    }
    while let Some(cell) = reversed.to::<PromiseReaction>() {
        reversed = cell.next.get();
        enqueue_reaction(cx, cell, state, result);
    }
}

fn enqueue_reaction(cx: Cx<'_>, reaction: Gc<PromiseReaction>, state: PromiseState, argument: Value) {
    let fulfilled = state == PromiseState::Fulfilled;
    let handler = if fulfilled || reaction.is_await { reaction.on_fulfilled } else { reaction.on_rejected };
    let realm = realm_of_function(cx, handler);
    let job = if reaction.is_await { await_job } else { reaction_job };
    cx.enqueue_job(
        realm,
        job,
        [Value::from_cell(reaction), argument, Value::from_bool(fulfilled), Value::UNDEFINED],
    );
}

/// GetFunctionRealm, without its error for revoked proxies: jobs then run in the current realm.
pub(crate) fn realm_of_function(cx: Cx<'_>, value: Value) -> Gc<Realm> {
    let Some(function) = value.as_object().filter(|f| f.is_callable()) else { return cx.realm() };
    match function.function_realm(cx) {
        Ok(realm) => realm,
        Err(throw) => {
            cx.take_exception(throw);
            cx.realm()
        }
    }
}

/// NewPromiseReactionJob
fn reaction_job(cx: Cx<'_>, values: [Value; 4]) -> JsResult<Value> {
    let [reaction, argument, fulfilled, _] = values;
    let reaction = reaction.to::<PromiseReaction>().expect("the job's reaction");
    let handler = if fulfilled.is_true() { reaction.on_fulfilled } else { reaction.on_rejected };
    let result = if handler.is_undefined() {
        if fulfilled.is_true() { Ok(argument) } else { Err(cx.throw(argument)) }
    } else {
        call(cx, handler, Value::UNDEFINED, &[argument])
    };
    if cx.is_terminating() {
        return result;
    }
    match result {
        // An internal reaction (no derived promise) lets its exception go to the host.
        result if reaction.promise.is_undefined() => result,
        Ok(value) => settle_capability(cx, reaction, reaction.resolve, value, resolve_promise),
        Err(throw) => {
            let reason = cx.take_exception(throw);
            settle_capability(cx, reaction, reaction.reject, reason, |cx, promise, reason| {
                reject_promise(cx, promise, reason);
                Ok(())
            })
        }
    }
}

/// Settles the derived promise: directly when it is our own (no resolving functions were made), else by its function.
fn settle_capability(
    cx: Cx<'_>,
    reaction: Gc<PromiseReaction>,
    function: Value,
    value: Value,
    direct: impl FnOnce(Cx<'_>, Gc<PromiseObject>, Value) -> JsResult<()>,
) -> JsResult<Value> {
    if function.is_undefined() {
        let promise = reaction
            .promise
            .to::<PromiseObject>()
            .expect("a capability without functions is our own promise");
        direct(cx, promise, value)?;
        return Ok(Value::UNDEFINED);
    }
    call(cx, function, Value::UNDEFINED, &[value])
}

fn await_job(cx: Cx<'_>, values: [Value; 4]) -> JsResult<Value> {
    let [reaction, argument, fulfilled, _] = values;
    let reaction = reaction.to::<PromiseReaction>().expect("the job's reaction");
    let mode = if fulfilled.is_true() { ResumeMode::Next } else { ResumeMode::Throw };
    let generator =
        GeneratorObject::from_value(reaction.on_fulfilled).expect("an await belongs to a generator");
    (cx.hooks.resume)(cx, generator, mode, argument)?;
    if let Some(generator) = Value::from_cell(generator).to() {
        crate::generators::continue_async_generator(cx, generator)?;
    }
    Ok(Value::UNDEFINED)
}

/// PerformPromiseThen. Handlers that are not callable count as absent. A capability whose functions are `undefined` is a
/// promise of `%Promise%` itself, settled without calling functions.
pub fn perform_promise_then(
    cx: Cx<'_>,
    promise: Gc<PromiseObject>,
    on_fulfilled: Value,
    on_rejected: Value,
    capability: Option<PromiseCapability>,
) {
    let callable = |value: Value| if value.is_callable() { value } else { Value::UNDEFINED };
    let none =
        PromiseCapability { promise: Value::UNDEFINED, resolve: Value::UNDEFINED, reject: Value::UNDEFINED };
    let capability = capability.unwrap_or(none);
    let reaction = cx.allocate(|header| PromiseReaction {
        header,
        on_fulfilled: callable(on_fulfilled),
        on_rejected: callable(on_rejected),
        promise: capability.promise,
        resolve: capability.resolve,
        reject: capability.reject,
        is_await: false,
        next: Barriered::new(Value::UNDEFINED),
    });
    add_reaction(cx, promise, reaction);
}

fn add_reaction(cx: Cx<'_>, promise: Gc<PromiseObject>, reaction: Gc<PromiseReaction>) {
    match promise.state.get() {
        PromiseState::Pending => {
            reaction.next.set(cx, reaction, promise.reactions.get());
            promise.reactions.set(cx, promise, Value::from_cell(reaction));
        }
        state => {
            if state == PromiseState::Rejected && !promise.handled.get() {
                track_rejection(cx, promise, RejectionEvent::HandledLater);
            }
            enqueue_reaction(cx, reaction, state, promise.result.get());
        }
    }
    promise.handled.set(true);
}

/// Await: when `value` settles, a job resumes `generator` with it.
///
/// # Errors
/// What reading `constructor` of a promise throws.
pub fn await_value(cx: Cx<'_>, generator: Gc<GeneratorObject>, value: Value) -> JsResult<()> {
    let promise = promise_resolve(cx, cx.intrinsic(Intrinsic::Promise), value)?;
    let promise = promise.to::<PromiseObject>().expect("%Promise% makes promises");
    let reaction = cx.allocate(|header| PromiseReaction {
        header,
        on_fulfilled: Value::from_cell(generator),
        on_rejected: Value::UNDEFINED,
        promise: Value::UNDEFINED,
        resolve: Value::UNDEFINED,
        reject: Value::UNDEFINED,
        is_await: true,
        next: Barriered::new(Value::UNDEFINED),
    });
    add_reaction(cx, promise, reaction);
    Ok(())
}

/// PromiseResolve(C, x)
///
/// # Errors
/// What reading `x.constructor` or making a capability of `constructor` throws.
pub fn promise_resolve(cx: Cx<'_>, constructor: Object, value: Value) -> JsResult<Value> {
    if let Some(promise) = value.to::<PromiseObject>() {
        let own = PromiseObject::object(promise).get(cx, cx.key(KnownAtom::constructor))?;
        if own == Value::from(constructor) {
            return Ok(value);
        }
    }
    if constructor == cx.intrinsic(Intrinsic::Promise) {
        let promise = new_promise(cx);
        resolve_promise(cx, promise, value)?;
        return Ok(Value::from_cell(promise));
    }
    let capability = new_promise_capability(cx, constructor.into())?;
    call(cx, capability.resolve, Value::UNDEFINED, &[value])?;
    Ok(capability.promise)
}

/// NewPromiseCapability(C)
///
/// # Errors
/// A `TypeError` when `constructor` is none or gives functions that are not callable; what it throws.
pub fn new_promise_capability(cx: Cx<'_>, constructor: Value) -> JsResult<PromiseCapability> {
    let Some(constructor) = constructor.as_object().filter(|c| c.is_constructor()) else {
        let text = cx.describe(constructor);
        return Err(cx.throw_type_error(format_args!("{text} is not a constructor")));
    };
    if constructor == cx.intrinsic(Intrinsic::Promise) {
        let promise = new_promise(cx);
        let (resolve, reject) = create_resolving_functions(cx, promise);
        return Ok(PromiseCapability { promise: Value::from_cell(promise), resolve, reject });
    }
    let record = Record::new(cx, 0, &[Value::UNDEFINED, Value::UNDEFINED]);
    let data = [Value::from_cell(record), Value::UNDEFINED];
    let executor = new_native_closure(cx, cx.key(KnownAtom::empty), 2, capability_executor, data);
    let executor = NativeFunction::object(executor).into();
    let promise = construct(cx, constructor, &[executor], constructor)?;
    let (resolve, reject) = (record.values[0].get(), record.values[1].get());
    if !resolve.is_callable() || !reject.is_callable() {
        return Err(cx.throw_type_error("Promise resolve or reject function is not callable"));
    }
    Ok(PromiseCapability { promise: promise.into(), resolve, reject })
}

/// GetCapabilitiesExecutor Functions
fn capability_executor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = args.data(0).to::<Record>().expect("the executor's record");
    if !record.values[0].get().is_undefined() || !record.values[1].get().is_undefined() {
        return Err(
            cx.throw_type_error("Promise executor has already been invoked with non-undefined arguments")
        );
    }
    record.values[0].set(cx, record, args.get(0));
    record.values[1].set(cx, record, args.get(1));
    Ok(Value::UNDEFINED)
}
