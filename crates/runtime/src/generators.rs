//! Generators, async functions and async generators (ECMA-262 27.5 to 27.7): suspension, resumption, the request queue.
//!
//! A suspended activation keeps its whole frame (registers, receiver, arguments) in a value buffer of its generator object;
//! async functions use the same object, hidden from the program, with `promise` set. `suspend` is called by the
//! interpreter; resumption goes through `Hooks::resume`, which pushes the frame again and runs it until it suspends or ends.
//! What a resumption returns is what the caller of `next` gets: the code makes the iterator results.

use std::cell::Cell;

use unspool_bytecode::{SuspendKind, Suspension};
use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::object::{GcVec, ValueBuffer};
use unspool_values::{CellKind, Value};

use crate::cells::{
    AsyncGeneratorObject, Barriered, Function, GeneratorObject, GeneratorState, NativeFunction,
    PromiseObject, Record, ResumeMode,
};
use crate::completion::JsResult;
use crate::frame::Frame;
use crate::function::new_native_closure;
use crate::isolate::Cx;
use crate::iteration::iterator_result;
use crate::native::Arguments;
use crate::object::{Object, ValueExt as _};
use crate::promise::{self, new_promise, promise_resolve};
use crate::realm::{Intrinsic, Realm};
use crate::strings::OrThrow as _;

/// The generator of either sort (or the hidden state of an async function) in a value.
#[inline(always)]
pub fn from_value(value: Value) -> Option<Gc<GeneratorObject>> {
    GeneratorObject::from_value(value)
}

/// CreateGeneratorObject: the object of the activation in `frame`, with the prototype that its function names now.
///
/// # Errors
/// What reading `prototype` throws.
pub fn create_generator_object(cx: Cx<'_>, frame: Frame) -> JsResult<Value> {
    // SAFETY: `frame` is the running frame.
    let function = unsafe { frame.header() }.function.get();
    let template = function.template;
    match template.info.suspension {
        Suspension::Async | Suspension::None => Ok(async_function_enter(cx, frame)),
        Suspension::Generator => {
            let prototype = instance_prototype(cx, function, Intrinsic::GeneratorPrototype)?;
            let shape = crate::object::shapes::root_shape(cx, CellKind::Generator, Some(prototype), 0);
            Ok(Value::from_cell(allocate_generator(cx, shape, function, Value::UNDEFINED)))
        }
        Suspension::AsyncGenerator => {
            let prototype = instance_prototype(cx, function, Intrinsic::AsyncGeneratorPrototype)?;
            let queue = GcVec::new(cx);
            let shape = crate::object::shapes::root_shape(cx, CellKind::AsyncGenerator, Some(prototype), 0);
            let generator = cx.allocate_object(shape, |head| AsyncGeneratorObject {
                head,
                function,
                context: Barriered::new(None),
                saved: Barriered::new(None),
                offset: Cell::new(0),
                argument_count: Cell::new(0),
                state: Cell::new(GeneratorState::Executing),
                resume_mode: Cell::new(ResumeMode::Next),
                promise: Barriered::new(Value::UNDEFINED),
                queue: Barriered::new(Value::from_cell(queue.cell())),
            });
            Ok(Value::from_cell(generator))
        }
    }
}

fn instance_prototype(cx: Cx<'_>, function: Gc<Function>, default: Intrinsic) -> JsResult<Object> {
    let prototype = Function::object(function).get(cx, cx.key(KnownAtom::prototype))?;
    Ok(prototype.as_object().unwrap_or_else(|| Realm::intrinsic(function.template.realm, cx, default)))
}

fn allocate_generator(
    cx: Cx<'_>,
    shape: unspool_shapes::ShapeId,
    function: Gc<Function>,
    promise: Value,
) -> Gc<GeneratorObject> {
    cx.allocate_object(shape, |head| GeneratorObject {
        head,
        function,
        context: Barriered::new(None),
        saved: Barriered::new(None),
        offset: Cell::new(0),
        argument_count: Cell::new(0),
        state: Cell::new(GeneratorState::Executing),
        resume_mode: Cell::new(ResumeMode::Next),
        promise: Barriered::new(promise),
    })
}

/// The state of an async function's activation, with the promise it will settle.
pub(crate) fn async_function_enter(cx: Cx<'_>, frame: Frame) -> Value {
    // SAFETY: `frame` is the running frame.
    let function = unsafe { frame.header() }.function.get();
    let promise = new_promise(cx);
    let shape = crate::object::shapes::root_shape(cx, CellKind::Generator, None, 0);
    Value::from_cell(allocate_generator(cx, shape, function, Value::from_cell(promise)))
}

/// Resolves the promise of an async function and gives that promise.
///
/// # Errors
/// Only termination.
pub(crate) fn async_function_resolve(cx: Cx<'_>, state: Value, value: Value) -> JsResult<Value> {
    let promise = own_promise(state);
    promise::resolve_promise(cx, promise, value)?;
    Ok(Value::from_cell(promise))
}

/// Rejects the promise of an async function and gives that promise.
pub(crate) fn async_function_reject(cx: Cx<'_>, state: Value, reason: Value) -> Value {
    let promise = own_promise(state);
    promise::reject_promise(cx, promise, reason);
    Value::from_cell(promise)
}

fn own_promise(state: Value) -> Gc<PromiseObject> {
    let state = from_value(state).expect("the state of an async function");
    state.promise.get().to::<PromiseObject>().expect("an async function has a promise")
}

/// Saves the activation in `frame` in its generator and does what the kind of suspension asks for. Gives the value that
/// goes to whoever started or resumed the activation.
///
/// # Errors
/// A `RangeError` when memory is short; for an `await` what reading `constructor` of a promise throws. The frame then goes on
/// running with the exception.
pub fn suspend(
    cx: Cx<'_>,
    frame: Frame,
    generator: Gc<GeneratorObject>,
    suspend_id: u32,
    kind: SuspendKind,
    value: Value,
) -> JsResult<Value> {
    save_frame(cx, frame, generator, suspend_id)?;
    match kind {
        SuspendKind::Initial => {
            generator.state.set(GeneratorState::SuspendedStart);
            Ok(value)
        }
        SuspendKind::Yield | SuspendKind::YieldDelegate => {
            generator.state.set(GeneratorState::SuspendedYield);
            Ok(value)
        }
        SuspendKind::Await => {
            // The state stays "executing": to `next` and its kin the generator is busy.
            promise::await_value(cx, generator, value)?;
            Ok(generator.promise.get())
        }
        SuspendKind::AsyncYield => {
            generator.state.set(GeneratorState::SuspendedYield);
            let generator = Value::from_cell(generator).to().expect("an async generator");
            complete_step(cx, generator, Ok(value), Done::No);
            Ok(Value::UNDEFINED)
        }
    }
}

/// Copies registers, receiver and arguments of a frame into its generator.
fn save_frame(cx: Cx<'_>, frame: Frame, generator: Gc<GeneratorObject>, suspend_id: u32) -> JsResult<()> {
    // SAFETY: `frame` is the running frame; its words run from register 0 over the receiver to the last argument.
    let (words, context, arguments) = unsafe {
        let header = frame.header();
        let template = header.template.get();
        let passed = header.argument_count.get().max(u64::from(template.formal_count.get()));
        let count = u64::from(template.register_count.get()) + 1 + passed;
        let words = std::slice::from_raw_parts(frame.0.cast_const(), count as usize);
        (words, header.context.get(), header.argument_count.get())
    };
    let saved = match generator.saved.get() {
        Some(saved) if saved.len() as usize == words.len() => {
            for (to, from) in saved.values().iter().zip(words) {
                to.set(*from);
            }
            cx.write_barrier(saved);
            saved
        }
        _ => ValueBuffer::from_slice(cx, words).or_throw(cx)?,
    };
    generator.saved.set(cx, generator, Some(saved));
    generator.context.set(cx, generator, context);
    generator.argument_count.set(arguments as u32);
    generator.offset.set(suspend_id);
    Ok(())
}

/// GeneratorResume and GeneratorResumeAbrupt, for `next`, `return` and `throw`.
///
/// # Errors
/// A `TypeError` for receivers that are no generators or are running; what the generator throws.
pub fn resume_from_builtin(cx: Cx<'_>, this: Value, mode: ResumeMode, value: Value) -> JsResult<Value> {
    let Some(generator) = this.to::<GeneratorObject>() else {
        let text = cx.describe(this);
        return Err(cx.throw_type_error(format_args!("next method called on incompatible receiver {text}")));
    };
    match generator.state.get() {
        GeneratorState::Executing | GeneratorState::AwaitingReturn => {
            return Err(cx.throw_type_error("Generator is already running"));
        }
        GeneratorState::SuspendedStart if mode != ResumeMode::Next => {
            generator.state.set(GeneratorState::Completed)
        }
        _ => {}
    }
    if generator.state.get() == GeneratorState::Completed {
        return match mode {
            ResumeMode::Next => Ok(iterator_result(cx, Value::UNDEFINED, true).into()),
            ResumeMode::Return => Ok(iterator_result(cx, value, true).into()),
            ResumeMode::Throw => Err(cx.throw(value)),
        };
    }
    cx.check_native_stack()?;
    (cx.hooks.resume)(cx, generator, mode, value)
}

// ---- async generators --------------------------------------------------------------------------------------------------

/// Is a request's iterator result the last?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Yes,
    No,
}

fn queue_of(generator: Gc<AsyncGeneratorObject>) -> GcVec {
    GcVec::from_cell(generator.queue.get().to().expect("the queue is a list"))
}

/// A request: a record of resume mode, value and promise.
fn request_parts(request: Gc<Record>) -> (ResumeMode, Value, Gc<PromiseObject>) {
    let mode = match request.values[0].get().as_i32() {
        0 => ResumeMode::Next,
        1 => ResumeMode::Return,
        _ => ResumeMode::Throw,
    };
    (mode, request.values[1].get(), request.values[2].get().to().expect("a request has a promise"))
}

fn head_of_queue(generator: Gc<AsyncGeneratorObject>) -> Option<Gc<Record>> {
    queue_of(generator).try_get(0)?.to()
}

/// AsyncGenerator.prototype.next, return and throw: enqueues a request and starts the generator if it is idle.
///
/// # Errors
/// Only termination; everything else rejects the promise that is returned.
pub fn async_generator_request(cx: Cx<'_>, this: Value, mode: ResumeMode, value: Value) -> JsResult<Value> {
    let promise = new_promise(cx);
    let result = Value::from_cell(promise);
    let Some(generator) = this.to::<AsyncGeneratorObject>() else {
        let message = format!("next method called on incompatible receiver {}", cx.describe(this));
        let error = cx.new_error(Intrinsic::TypeErrorPrototype, &message);
        promise::reject_promise(cx, promise, error.into());
        return Ok(result);
    };
    let state = generator.state.get();
    if state == GeneratorState::Completed && mode == ResumeMode::Next {
        let done = iterator_result(cx, Value::UNDEFINED, true);
        promise::resolve_promise(cx, promise, done.into())?;
        return Ok(result);
    }
    if mode == ResumeMode::Throw
        && matches!(state, GeneratorState::Completed | GeneratorState::SuspendedStart)
    {
        generator.state.set(GeneratorState::Completed);
        promise::reject_promise(cx, promise, value);
        return Ok(result);
    }
    let request = Record::new(cx, 0, &[Value::from_i32(mode as i32), value, result]);
    queue_of(generator).push(cx, Value::from_cell(request)).or_throw(cx)?;
    match (state, mode) {
        (GeneratorState::Completed | GeneratorState::SuspendedStart, ResumeMode::Return) => {
            generator.state.set(GeneratorState::AwaitingReturn);
            await_return(cx, generator)?;
        }
        (GeneratorState::SuspendedStart | GeneratorState::SuspendedYield, _) => {
            continue_async_generator(cx, generator)?
        }
        _ => {}
    }
    Ok(result)
}

/// While the generator is idle and has requests: resumes it with the first. Called after each resumption.
///
/// # Errors
/// Only termination.
pub(crate) fn continue_async_generator(cx: Cx<'_>, generator: Gc<AsyncGeneratorObject>) -> JsResult<()> {
    cx.check_native_stack()?;
    while matches!(generator.state.get(), GeneratorState::SuspendedStart | GeneratorState::SuspendedYield) {
        let Some(request) = head_of_queue(generator) else { return Ok(()) };
        let (mode, value, _) = request_parts(request);
        let cell = from_value(Value::from_cell(generator)).expect("an async generator");
        (cx.hooks.resume)(cx, cell, mode, value)?;
    }
    Ok(())
}

/// AsyncGeneratorCompleteStep: settles the first request.
fn complete_step(cx: Cx<'_>, generator: Gc<AsyncGeneratorObject>, outcome: Result<Value, Value>, done: Done) {
    let Some(request) = head_of_queue(generator) else { return };
    queue_of(generator).remove(cx, 0);
    let (_, _, promise) = request_parts(request);
    match outcome {
        Ok(value) => {
            // The result object belongs to the realm of the generator's function.
            let realm = generator.function.template.realm;
            let result = cx.with_realm(realm, || iterator_result(cx, value, done == Done::Yes));
            // A fresh object has no own `then`, but the program may have put one on Object.prototype; what that throws
            // rejects the promise, so that only termination is left, which the next poll reports again.
            let _: JsResult<()> = promise::resolve_promise(cx, promise, result.into());
        }
        Err(reason) => promise::reject_promise(cx, promise, reason),
    }
}

/// The body ended: completes the first request with `{value, done: true}` and drains the queue.
///
/// # Errors
/// Only termination.
pub(crate) fn async_generator_resolve(cx: Cx<'_>, generator: Value, value: Value) -> JsResult<Value> {
    finish_async_generator(cx, generator, Ok(value))
}

/// The body threw: rejects the first request and drains the queue.
///
/// # Errors
/// Only termination.
pub(crate) fn async_generator_reject(cx: Cx<'_>, generator: Value, reason: Value) -> JsResult<Value> {
    finish_async_generator(cx, generator, Err(reason))
}

fn finish_async_generator(cx: Cx<'_>, generator: Value, outcome: Result<Value, Value>) -> JsResult<Value> {
    let generator = generator.to::<AsyncGeneratorObject>().expect("an async generator");
    generator.state.set(GeneratorState::AwaitingReturn);
    complete_step(cx, generator, outcome, Done::Yes);
    drain_queue(cx, generator)?;
    Ok(Value::UNDEFINED)
}

/// AsyncGeneratorDrainQueue
fn drain_queue(cx: Cx<'_>, generator: Gc<AsyncGeneratorObject>) -> JsResult<()> {
    loop {
        let Some(request) = head_of_queue(generator) else {
            generator.state.set(GeneratorState::Completed);
            return Ok(());
        };
        match request_parts(request) {
            (ResumeMode::Return, ..) => {
                generator.state.set(GeneratorState::AwaitingReturn);
                return await_return(cx, generator);
            }
            (ResumeMode::Next, ..) => complete_step(cx, generator, Ok(Value::UNDEFINED), Done::Yes),
            (ResumeMode::Throw, reason, _) => complete_step(cx, generator, Err(reason), Done::Yes),
        }
    }
}

/// AsyncGeneratorAwaitReturn
fn await_return(cx: Cx<'_>, generator: Gc<AsyncGeneratorObject>) -> JsResult<()> {
    let request = head_of_queue(generator).expect("a return request is waiting");
    let (_, value, _) = request_parts(request);
    let promise = match promise_resolve(cx, cx.intrinsic(Intrinsic::Promise), value) {
        Ok(promise) => promise.to::<PromiseObject>().expect("%Promise% makes promises"),
        Err(throw) if cx.is_terminating() => return Err(throw),
        Err(throw) => {
            let reason = cx.take_exception(throw);
            complete_step(cx, generator, Err(reason), Done::Yes);
            return drain_queue(cx, generator);
        }
    };
    let closure = |function| {
        let data = [Value::from_cell(generator), Value::UNDEFINED];
        Value::from(NativeFunction::object(new_native_closure(
            cx,
            cx.key(KnownAtom::empty),
            1,
            function,
            data,
        )))
    };
    promise::perform_promise_then(cx, promise, closure(return_fulfilled), closure(return_rejected), None);
    Ok(())
}

fn return_fulfilled(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    settle_return(cx, args, Ok(args.get(0)))
}

fn return_rejected(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    settle_return(cx, args, Err(args.get(0)))
}

fn settle_return(cx: Cx<'_>, args: Arguments<'_>, outcome: Result<Value, Value>) -> JsResult<Value> {
    let generator = args.data(0).to::<AsyncGeneratorObject>().expect("the closure's generator");
    complete_step(cx, generator, outcome, Done::Yes);
    drain_queue(cx, generator)?;
    Ok(Value::UNDEFINED)
}
