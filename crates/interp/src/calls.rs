//! Calls, returns and suspensions inside the loop.
//!
//! A call has three gates, tried from the cheapest to the most general. `enter_function` takes compiled closures of the
//! running realm that need nothing converted and pushes their frame: a few stores and no native recursion. `call_slow`
//! unwraps bound functions and the forwarding natives (`call`, `apply`, `Reflect.apply`, a generator's `next`) into
//! another request, so that these too stay in the loop. What is left (natives, proxies, errors) goes through the
//! runtime's `[[Call]]`, which may enter a loop of its own.
//!
//! Frames grow downwards, and arguments that the caller laid out just below its own frame are taken over without a copy.
//! Before anything here uses the isolate's stack in another way, `protect_arguments` moves the stack's top below them.
//!
//! Returning is the mirror image: `leave_function` for frames that an ordinary call pushed, `return_slow` for those with
//! something to be said (constructors, entry frames, resumed generators). Exceptions leave frames in `unwind`.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use unspool_gc::Gc;
use unspool_runtime::cells::{
    BoundFunction, FeedbackVector, Function, FunctionTemplate, GeneratorObject, GeneratorState,
    NativeFunction, ResumeMode,
};
use unspool_runtime::frame::{Frame, FrameFlags, FrameHeader, HEADER_BYTES, HEADER_WORDS};
use unspool_runtime::native::KnownNative;
use unspool_runtime::{
    Cx, JsResult, Throw, ValueExt as _, array_iteration, feedback, frame, function, interrupt, messages,
    script,
};
use unspool_values::{CellKind, Value};

use crate::compiled;
use crate::machine::{CallRequest, ConstructRequest, Machine, constants_of, slots_of};
use crate::unwind::frame_end;

/// What a call and its return cost, in bytes of bytecode executed in the same time: charged to the budget of the function.
const CALL_BYTES: i32 = 32;
/// The same for an activation that native or machine code has asked for.
const ENTRY_BYTES: i32 = 256;

/// Pushes the frame of a call if the callee is a compiled closure of this realm that can be called just so and the stack
/// has room. Otherwise nothing has happened and it gives false.
///
/// # Safety
/// The machine is at a call instruction of verified bytecode; the request's arguments are live words.
#[inline(always)]
pub(crate) unsafe fn enter_function(m: &mut Machine<'_>, call: CallRequest) -> bool {
    let Some(function) = call.callee.to::<Function>() else { return false };
    let template = function.template;
    let flags = template.flags.get();
    if flags
        & (FunctionTemplate::CLASS_CONSTRUCTOR
            | FunctionTemplate::HAS_CODE
            | FunctionTemplate::OPTIMIZE_ON_CALL)
        != 0
        || (flags & FunctionTemplate::SLOPPY_THIS != 0 && !call.this.is_object())
        || !template.is_compiled()
        || m.cx.hot.realm.get() != Some(template.realm)
    {
        return false;
    }
    // SAFETY: `is_compiled` was just asked of the function's own template; the arguments are live words of the
    // request.
    unsafe { push(m, function, template, call.this, call.arguments, call.count, 0, Value::UNDEFINED) }
}

/// Pushes a frame and continues at its first instruction; false if the stack is full or wants attention.
///
/// # Safety
/// The template is the function's and compiled; `count` words at `arguments` are live.
#[inline(always)]
unsafe fn push(
    m: &mut Machine<'_>,
    function: Gc<Function>,
    template: Gc<FunctionTemplate>,
    this: Value,
    arguments: *const Value,
    count: usize,
    flags: u64,
    new_target: Value,
) -> bool {
    let cx = m.cx;
    let registers = template.register_count.get() as usize;
    let passed = count.max(template.formal_count.get() as usize);
    // SAFETY: frames lie one after the other; the space is checked before it is used.
    unsafe {
        let top = m.fp.byte_sub(HEADER_BYTES);
        let base = top.wrapping_sub(HEADER_WORDS + registers + 1 + passed);
        if (base as usize) < cx.hot.stack_limit.load(Ordering::Relaxed) {
            return false;
        }
        let vector = match function.feedback.vector.get() {
            Some(vector) => Some(vector),
            None => first_feedback(cx, function, top, arguments),
        };
        let a0 = top.sub(passed);
        if a0.cast_const() != arguments {
            // Ascending: when the words overlap, the destination is below the source.
            for i in 0..count {
                *a0.add(i) = *arguments.add(i);
            }
        }
        for i in count..passed {
            *a0.add(i) = Value::UNDEFINED;
        }
        let fp = base.add(HEADER_WORDS);
        *fp.add(registers) = this;
        for i in 0..registers {
            *fp.add(i) = Value::UNDEFINED;
        }
        let new_target_register = template.new_target_register.get();
        if new_target_register != 0 {
            *fp.add(new_target_register as usize - 1) = new_target;
        }
        let length = m.next.offset_from_unsigned(m.pc) as u64;
        m.save();
        base.cast::<FrameHeader>().write(FrameHeader {
            caller_fp: Cell::new(m.fp),
            flags: Cell::new(flags | length << FrameFlags::RESUME_SHIFT),
            context: Cell::new(function.context),
            function: Cell::new(function),
            template: Cell::new(template),
            bytecode_offset: Cell::new(0),
            feedback: Cell::new(vector),
            argument_count: Cell::new(count as u64),
        });
        cx.hot.stack_top.set(base);
        cx.hot.current_frame.set(fp);
        m.fp = fp;
        m.code = template.bytecode.get();
        m.pc = m.code;
        m.constants = constants_of(template);
        m.feedback = slots_of(vector);
    }
    true
}

/// Feedback for a function that has none yet; arguments below the frame are kept alive.
#[cold]
#[inline(never)]
fn first_feedback(
    cx: Cx<'_>,
    function: Gc<Function>,
    top: *mut Value,
    arguments: *const Value,
) -> Option<Gc<FeedbackVector>> {
    cx.hot.stack_top.set(top.min(arguments.cast_mut()));
    let vector = feedback::feedback_for_call(cx, function);
    cx.hot.stack_top.set(top);
    vector
}

/// Returns the accumulator to the frame below if this is an ordinary call's frame.
///
/// # Safety
/// The machine is at a return instruction of verified bytecode.
#[inline(always)]
pub(crate) unsafe fn leave_function(m: &mut Machine<'_>) -> bool {
    let header = m.header();
    let flags = header.flags.get();
    if flags & FrameFlags::SPECIAL != 0 {
        return false;
    }
    if let Some(vector) = m.vector() {
        let budget = vector.budget.get() - m.offset() as i32 - CALL_BYTES;
        vector.budget.set(budget);
        if budget < 0 {
            budget_used_up(m.cx, m.frame(), vector);
        }
    }
    // SAFETY: the frame is no entry frame, so its caller is a frame of this loop, which saved its offset.
    unsafe { return_to_caller(m, header.caller_fp.get(), flags) };
    true
}

/// # Safety
/// `caller` is the frame from which the current one was entered by this loop.
#[inline(always)]
unsafe fn return_to_caller(m: &mut Machine<'_>, caller: *mut Value, flags: u64) {
    // SAFETY: this loop pushed the current frame directly below `caller` and saved the caller's offset then; offset
    // and instruction length are of verified bytecode, so their sum is an instruction of the caller's code.
    unsafe {
        m.fp = caller;
        m.cx.hot.current_frame.set(caller);
        m.cx.hot.stack_top.set(caller.byte_sub(HEADER_BYTES));
        m.reload();
        let resume = m.header().bytecode_offset.get() + (flags >> FrameFlags::RESUME_SHIFT);
        m.pc = m.code.add(resume as usize);
    }
}

#[cold]
#[inline(never)]
pub(crate) fn budget_used_up(cx: Cx<'_>, frame: Frame, feedback: Gc<FeedbackVector>) {
    (cx.hooks.tier_up)(cx, frame, feedback);
}

/// Returns from a frame that is something special. True when the entry frame was left.
///
/// # Safety
/// The machine is at a return instruction of verified bytecode.
#[inline(never)]
pub(crate) unsafe fn return_slow(m: &mut Machine<'_>) -> bool {
    let header = m.header();
    let flags = header.flags.get();
    if flags & FrameFlags::CONSTRUCT != 0 && flags & FrameFlags::DERIVED == 0 && !m.acc.is_object() {
        // SAFETY: the receiver lies behind the registers.
        m.acc = unsafe { *m.fp.add(header.template.get().register_count.get() as usize) };
    }
    if flags & FrameFlags::RESUMED != 0 {
        // SAFETY: the frame is fully built.
        unsafe { crate::resume::finish_generator(m.frame()) };
    }
    charge(m);
    // SAFETY: the frame is fully built.
    unsafe { leave_frame(m) }
}

/// Charges the function's budget for what it executed, at the end of an activation or at its suspension.
fn charge(m: &Machine<'_>) {
    if let Some(vector) = m.vector() {
        let call = if m.header().flags.get() & FrameFlags::ENTRY == 0 { CALL_BYTES } else { ENTRY_BYTES };
        let budget = vector.budget.get() - m.offset() as i32 - call;
        vector.budget.set(budget);
        if budget < 0 {
            m.save();
            budget_used_up(m.cx, m.frame(), vector);
        }
    }
}

/// Leaves the current frame with the accumulator, to the caller in this loop or out of it (then it gives true).
///
/// # Safety
/// The frame is fully built.
unsafe fn leave_frame(m: &mut Machine<'_>) -> bool {
    let header = m.header();
    let flags = header.flags.get();
    let caller = header.caller_fp.get();
    if flags & FrameFlags::ENTRY != 0 {
        m.cx.hot.current_frame.set(caller);
        // SAFETY: the frame is fully built.
        m.cx.hot.stack_top.set(unsafe { frame_end(m.frame()) });
        return true;
    }
    // SAFETY: the frame is no entry frame.
    unsafe { return_to_caller(m, caller, flags) };
    false
}

/// Leaves the frame of a suspended activation. True when the entry frame was left.
///
/// # Safety
/// The frame was saved by the suspending instruction.
#[inline(never)]
pub(crate) unsafe fn suspend(m: &mut Machine<'_>) -> bool {
    charge(m);
    // SAFETY: the frame is fully built.
    unsafe { leave_frame(m) }
}

/// A call that `enter_function` did not take. True if it succeeded: the accumulator holds the result, or a frame was pushed.
///
/// # Safety
/// As for `enter_function`.
#[inline(never)]
pub(crate) unsafe fn call_slow(m: &mut Machine<'_>, call: CallRequest) -> bool {
    let mut call = call;
    m.save();
    loop {
        // SAFETY: the machine is at a call of verified bytecode whose arguments are live words; a request that
        // forwarding made names words of the old one or words that it laid out below the frame.
        let compiled = unsafe { compiled::call(m, &call) };
        // SAFETY: the request is still the one of that call: nothing has been entered.
        let outcome = compiled.unwrap_or_else(|| unsafe { call_once(m, &call) });
        match outcome {
            Outcome::Again(next) => {
                // SAFETY: a request that forwarding has made names live words: those of the old one, or laid out below the frame.
                if unsafe { enter_function(m, next) } {
                    return true;
                }
                call = next;
            }
            Outcome::Entered => return true,
            Outcome::Adopted => {
                // SAFETY: the frames were just adopted.
                return unsafe { compiled::continue_adopted(m) };
            }
            Outcome::Value(value) => {
                release_arguments(m);
                m.acc = value;
                m.pc = m.next;
                return true;
            }
            Outcome::Threw => {
                release_arguments(m);
                return false;
            }
        }
    }
}

/// What came of a call.
pub(crate) enum Outcome {
    /// Another call is to be made in its place.
    Again(CallRequest),
    /// A frame was pushed.
    Entered,
    /// Frames were rebuilt by an exit and are the machine's now; the innermost one is to be continued.
    Adopted,
    Value(Value),
    Threw,
}

impl From<JsResult<Value>> for Outcome {
    fn from(result: JsResult<Value>) -> Outcome {
        match result {
            Ok(value) => Outcome::Value(value),
            Err(_) => Outcome::Threw,
        }
    }
}

/// # Safety
/// As for `enter_function`.
unsafe fn call_once(m: &mut Machine<'_>, call: &CallRequest) -> Outcome {
    let cx = m.cx;
    // SAFETY: the request names `count` words of the isolate's stack that the instruction initialized.
    let arguments = unsafe { std::slice::from_raw_parts(call.arguments, call.count) };
    match call.callee.cell_kind() {
        Some(CellKind::NativeFunction) => {
            let native = call.callee.to::<NativeFunction>().expect("a native function");
            if native.known().forwards()
                && let Some(outcome) = forward(m, native, call, arguments)
            {
                return outcome;
            }
            protect_arguments(m, call.arguments);
            function::call_native(cx, native, call.this, arguments, Value::UNDEFINED).into()
        }
        Some(CellKind::Function) => {
            let closure = call.callee.to::<Function>().expect("a closure");
            protect_arguments(m, call.arguments);
            // SAFETY: the request is passed on as it came, and the machine is still at the call instruction.
            match unsafe { call_closure_slow(m, closure, call) } {
                // SAFETY: the frame was just pushed.
                Ok(None) => unsafe { entered(m) },
                Ok(Some(value)) => Outcome::Value(value),
                Err(_) => Outcome::Threw,
            }
        }
        Some(CellKind::BoundFunction) => {
            let bound = call.callee.to::<BoundFunction>().expect("a bound function");
            if bound.arguments.is_empty() {
                return Outcome::Again(CallRequest {
                    callee: bound.target.into(),
                    this: bound.this,
                    ..*call
                });
            }
            protect_arguments(m, call.arguments);
            function::call(cx, call.callee, call.this, arguments).into()
        }
        _ if !call.callee.is_callable() => {
            let _: Throw = messages::throw_not_callable(cx, call.callee);
            Outcome::Threw
        }
        _ => {
            protect_arguments(m, call.arguments);
            function::call(cx, call.callee, call.this, arguments).into()
        }
    }
}

/// Does what a forwarding native function would do. `None`: the function itself has to say what is wrong, or nothing is won.
fn forward(
    m: &mut Machine<'_>,
    native: Gc<NativeFunction>,
    call: &CallRequest,
    arguments: &[Value],
) -> Option<Outcome> {
    let argument = |i: usize| arguments.get(i).copied().unwrap_or(Value::UNDEFINED);
    let (callee, this, list) = match native.known() {
        KnownNative::FunctionCall if call.this.is_callable() => {
            let count = call.count.saturating_sub(1);
            // SAFETY: without arguments the pointer stays where it is.
            let rest = unsafe { call.arguments.add(call.count - count) };
            return Some(Outcome::Again(CallRequest {
                callee: call.this,
                this: argument(0),
                arguments: rest,
                count,
            }));
        }
        KnownNative::FunctionApply
            if call.this.is_callable() && (argument(1).is_nullish() || argument(1).is_object()) =>
        {
            (call.this, argument(0), argument(1))
        }
        KnownNative::ReflectApply if argument(0).is_callable() && argument(2).is_object() => {
            (argument(0), argument(1), argument(2))
        }
        KnownNative::GeneratorNext => {
            return resume_here(m, native, call.this, ResumeMode::Next, argument(0));
        }
        KnownNative::GeneratorReturn => {
            return resume_here(m, native, call.this, ResumeMode::Return, argument(0));
        }
        KnownNative::GeneratorThrow => {
            return resume_here(m, native, call.this, ResumeMode::Throw, argument(0));
        }
        _ => return None,
    };
    // The words that hold the arguments now are not needed any more; what they refer to is in local variables.
    Some(match array_iteration::lay_out_array_like(m.cx, m.fp, list) {
        Ok((arguments, count)) => Outcome::Again(CallRequest { callee, this, arguments, count }),
        Err(_) => Outcome::Threw,
    })
}

/// Resumes a suspended generator by pushing its frame.
fn resume_here(
    m: &mut Machine<'_>,
    native: Gc<NativeFunction>,
    generator: Value,
    mode: ResumeMode,
    value: Value,
) -> Option<Outcome> {
    let generator = generator.to::<GeneratorObject>()?;
    let resumable = match generator.state.get() {
        GeneratorState::SuspendedYield => true,
        GeneratorState::SuspendedStart => mode == ResumeMode::Next,
        _ => false,
    };
    let realm = m.cx.hot.realm.get();
    if !resumable || realm != Some(generator.function.template.realm) || realm != Some(native.realm) {
        return None;
    }
    release_arguments(m);
    // SAFETY: the instruction's end is behind its start.
    let length = unsafe { m.next.offset_from_unsigned(m.pc) } as u64;
    let flags = FrameFlags::RESUMED | length << FrameFlags::RESUME_SHIFT;
    match crate::resume::push_saved(m.cx, generator, mode, flags, m.fp) {
        Ok(frame) => {
            m.cx.hot.current_frame.set(frame.0);
            // SAFETY: the frame was just built from a saved one of the same function.
            unsafe {
                *m = Machine::at(m.cx, frame.0, value);
                Some(entered(m))
            }
        }
        Err(_) => Some(Outcome::Threw),
    }
}

/// A frame was pushed that machine code of a resumable function may take over.
///
/// # Safety
/// The machine is at the beginning of the frame, which is no entry frame.
unsafe fn entered(m: &mut Machine<'_>) -> Outcome {
    // SAFETY: the machine is at the beginning of a frame that was just pushed and is no entry frame.
    if unsafe { compiled::run_called_activation(m) } { Outcome::Entered } else { Outcome::Threw }
}

/// Arguments put together below the frame must survive while Rust code uses the stack.
pub(crate) fn protect_arguments(m: &Machine<'_>, arguments: *const Value) {
    let top = m.cx.hot.stack_top.get();
    if (arguments as usize) < top as usize {
        m.cx.hot.stack_top.set(arguments.cast_mut());
    }
}

fn release_arguments(m: &Machine<'_>) {
    // SAFETY: the frame's base is below its register 0.
    m.cx.hot.stack_top.set(unsafe { m.fp.byte_sub(HEADER_BYTES) });
}

/// A closure that needs compilation, a converted receiver, another realm, or stack.
///
/// # Safety
/// As for `enter_function`.
unsafe fn call_closure_slow(
    m: &mut Machine<'_>,
    closure: Gc<Function>,
    call: &CallRequest,
) -> JsResult<Option<Value>> {
    let cx = m.cx;
    let template = closure.template;
    // SAFETY: the request names `count` words of the isolate's stack that the instruction initialized.
    let arguments = unsafe { std::slice::from_raw_parts(call.arguments, call.count) };
    if template.has(FunctionTemplate::CLASS_CONSTRUCTOR) {
        return Err(function::throw_class_call(cx, closure));
    }
    if cx.hot.realm.get() != Some(template.realm) {
        return function::call(cx, call.callee, call.this, arguments).map(Some);
    }
    script::ensure_compiled(cx, template)?;
    let this = if template.has(FunctionTemplate::SLOPPY_THIS) {
        frame::sloppy_receiver(cx, template, call.this)
    } else {
        call.this
    };
    // SAFETY: `ensure_compiled` succeeded for the closure's own template; the arguments are live words of the
    // request.
    unsafe {
        loop {
            if push(m, closure, template, this, call.arguments, call.count, 0, Value::UNDEFINED) {
                return Ok(None);
            }
            room_for_frame(m, template, call.count)?;
        }
    }
}

/// Handles a stack check that failed; the frame fits afterwards.
fn room_for_frame(m: &Machine<'_>, template: Gc<FunctionTemplate>, count: usize) -> JsResult<()> {
    let words = HEADER_WORDS
        + template.register_count.get() as usize
        + 1
        + count.max(template.formal_count.get() as usize);
    let top = m.fp as usize - HEADER_BYTES;
    interrupt::handle_stack_check(m.cx, top.wrapping_sub(words * 8))
}

/// Construct calls. True if it succeeded: the accumulator holds the object, or a frame was pushed.
///
/// # Safety
/// The machine is at a construct instruction of verified bytecode; the request's arguments are live words.
#[inline(never)]
pub(crate) unsafe fn construct(m: &mut Machine<'_>, request: ConstructRequest) -> bool {
    m.save();
    protect_arguments(m, request.arguments);
    // SAFETY: the request is passed on as it came, and the machine is still at the construct instruction.
    let result = unsafe { construct_any(m, &request) };
    match result {
        Ok(Some(value)) => {
            release_arguments(m);
            m.acc = value;
            m.pc = m.next;
            true
        }
        Ok(None) if m.cx.hot.rebuilt.get().is_some() => {
            // SAFETY: the frames were just adopted.
            unsafe { compiled::continue_adopted(m) }
        }
        Ok(None) => true,
        Err(_) => {
            release_arguments(m);
            false
        }
    }
}

unsafe fn construct_any(m: &mut Machine<'_>, request: &ConstructRequest) -> JsResult<Option<Value>> {
    let cx = m.cx;
    // SAFETY: the request names `count` words of the isolate's stack that the instruction initialized.
    let arguments = unsafe { std::slice::from_raw_parts(request.arguments, request.count) };
    let Some(callee) = request.callee.as_object().filter(|o| o.is_constructor()) else {
        return Err(messages::throw_not_constructor(cx, request.callee));
    };
    let new_target = request.new_target.as_object_unchecked();
    if let Some(closure) = callee.to::<Function>()
        && cx.hot.realm.get() == Some(closure.template.realm)
    {
        let template = closure.template;
        script::ensure_compiled(cx, template)?;
        let (this, flags) = if template.has(FunctionTemplate::DERIVED) {
            (Value::HOLE, FrameFlags::CONSTRUCT | FrameFlags::DERIVED)
        } else {
            (
                unspool_runtime::ic::construct::allocate_receiver(cx, closure, new_target)?.into(),
                FrameFlags::CONSTRUCT,
            )
        };
        if let Some(entry) = function::code_for_call(cx, closure) {
            let arguments = (request.arguments, request.count);
            // SAFETY: the entry was read from the closure's own template; the arguments are live words of the
            // request.
            return unsafe {
                compiled::construct(m, entry, closure, this, new_target.into(), arguments, flags)
            };
        }
        // SAFETY: `ensure_compiled` succeeded for the closure's own template; the arguments are live words of the
        // request.
        unsafe {
            loop {
                if push(
                    m,
                    closure,
                    template,
                    this,
                    request.arguments,
                    request.count,
                    flags,
                    new_target.into(),
                ) {
                    return Ok(None);
                }
                room_for_frame(m, template, request.count)?;
            }
        }
    }
    function::construct(cx, callee, arguments, new_target).map(|object| Some(object.into()))
}
