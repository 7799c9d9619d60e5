//! The interpreter's side of compiled code: calling it, going on in the frames that its exits rebuild, and executing single
//! instructions for it.
//!
//! A call of compiled code is a native call. When it gives SENTINEL because an exit has rebuilt frames, the compiled
//! frame is gone; the rebuilt frames lie on the isolate's stack as if calls had pushed them. The machine *adopts* them: the outermost one
//! returns to the calling frame as any other, and the loop continues at the innermost. No native frame stays behind.

use unspool_bytecode::RawInstruction;
use unspool_gc::Gc;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::compiled::{self, Continuation, GenericEntry, LoopEntry, Rebuilt, SENTINEL};
use unspool_runtime::config::ExitPhase;
use unspool_runtime::frame::{Frame, FrameFlags, HEADER_BYTES};
use unspool_runtime::function::code_for_call;
use unspool_runtime::{Cx, JsResult, Throw};
use unspool_values::Value;

use crate::calls::{self, Outcome, protect_arguments};
use crate::dispatch;
use crate::machine::{CallRequest, Machine};
use crate::unwind::{frame_end, pop, unwind, unwind_callers};

/// Calls the callee's machine code, if it has some and can be called just so.
///
/// # Safety
/// The machine is at a call instruction of verified bytecode and saved; the request's arguments are live words.
pub(crate) unsafe fn call(m: &mut Machine<'_>, call: &CallRequest) -> Option<Outcome> {
    let function = call.callee.to::<Function>()?;
    let template = function.template;
    if template.has(FunctionTemplate::CLASS_CONSTRUCTOR) || m.cx.hot.realm.get() != Some(template.realm) {
        return None;
    }
    let entry = code_for_call(m.cx, function)?;
    protect_arguments(m, call.arguments);
    // SAFETY: the entry was read from the callee's template in the callee's realm; the arguments are live words of
    // the request, and below the stack's top since `protect_arguments`.
    let result = unsafe {
        compiled::enter(m.cx, entry, function, call.this, Value::UNDEFINED, call.arguments, call.count)
    };
    Some(if result != SENTINEL {
        // SAFETY: compiled code gives the bits of a value or the sentinel.
        Outcome::Value(unsafe { Value::from_bits(result) })
    } else if let Some(rebuilt) = m.cx.hot.rebuilt.get() {
        adopt(m, rebuilt, 0);
        Outcome::Adopted
    } else {
        Outcome::Threw
    })
}

/// Runs a constructor's machine code. `None`: frames were adopted and are to be continued.
///
/// # Safety
/// As for [`call`]; `flags` are those of the constructor's frame.
pub(crate) unsafe fn construct(
    m: &mut Machine<'_>,
    entry: GenericEntry,
    function: Gc<Function>,
    this: Value,
    new_target: Value,
    (arguments, count): (*const Value, usize),
    flags: u64,
) -> JsResult<Option<Value>> {
    // SAFETY: the entry is that of the constructor's template, and the arguments are live words of the construct
    // request.
    let result = unsafe { compiled::enter(m.cx, entry, function, this, new_target, arguments, count) };
    if result != SENTINEL {
        // SAFETY: compiled code gives the bits of a value or the sentinel.
        let value = unsafe { Value::from_bits(result) };
        let replaced = flags & FrameFlags::DERIVED == 0 && !value.is_object();
        return Ok(Some(if replaced { this } else { value }));
    }
    match m.cx.hot.rebuilt.get() {
        Some(rebuilt) => {
            adopt(m, rebuilt, flags);
            Ok(None)
        }
        None => Err(Throw::pending(m.cx)),
    }
}

/// Links the outermost rebuilt frame to the machine's frame.
fn adopt(m: &Machine<'_>, rebuilt: Rebuilt, flags: u64) {
    // SAFETY: an exit gives fully built frames.
    let header = unsafe { rebuilt.outermost.header() };
    debug_assert!(std::ptr::eq(header.caller_fp.get(), m.fp));
    // SAFETY: the instruction's end is behind its start.
    let length = unsafe { m.next.offset_from_unsigned(m.pc) } as u64;
    let kept = header.flags.get() & !FrameFlags::ENTRY;
    header.flags.set(kept | flags | length << FrameFlags::RESUME_SHIFT);
}

/// Continues at the innermost adopted frame. False: an exception is pending in it.
///
/// # Safety
/// The rebuilt frames have been linked to the machine's frame, or the outermost one is an entry frame.
pub(crate) unsafe fn continue_adopted(m: &mut Machine<'_>) -> bool {
    let cx = m.cx;
    let rebuilt = cx.hot.rebuilt.take().expect("frames were rebuilt");
    cx.hot.current_frame.set(rebuilt.innermost.0);
    // SAFETY: an exit gives fully built frames, whose offsets are those of instructions.
    unsafe {
        *m = Machine::at(cx, rebuilt.innermost.0, rebuilt.accumulator);
        // The machine stands in this thread's stack, where collections find its accumulator.
        cx.collect_at_exit(ExitPhase::FirstBytecode);
        match rebuilt.continuation {
            Continuation::Before | Continuation::Catch => true,
            Continuation::After => {
                m.pc = m.pc.add(instruction_length(m));
                true
            }
            Continuation::Throw => {
                m.next = m.pc;
                false
            }
        }
    }
}

/// Length of the machine's current instruction.
fn instruction_length(m: &Machine<'_>) -> usize {
    let template = m.template();
    let code = template.code().expect("a frame's function is compiled");
    let offset = m.offset() as u32;
    match RawInstruction::decode(&code.bytecode, offset) {
        Ok(instruction) => (instruction.end() - offset) as usize,
        Err(_) => unreachable!("verified bytecode"),
    }
}

/// Runs rebuilt frames until the outermost one, an entry frame, returns or throws.
///
/// # Errors
/// What they throw.
pub fn resume_rebuilt(cx: Cx<'_>, rebuilt: Rebuilt) -> JsResult<Value> {
    cx.hot.rebuilt.set(Some(rebuilt));
    // SAFETY: an exit gives fully built frames.
    unsafe {
        let mut machine = Machine::at(cx, rebuilt.innermost.0, rebuilt.accumulator);
        if !continue_adopted(&mut machine) {
            unwind(&mut machine)?;
        }
        dispatch::run(&mut machine)
    }
}

/// What on-stack replacement did.
pub(crate) enum Replacement {
    /// Nothing.
    None,
    /// The function has returned this.
    Returned(Value),
    /// The activation has been suspended with this.
    Suspended(Value),
    /// The loop's code was left again; the machine is where the interpreter goes on.
    Adopted,
    /// An exception is pending that the frame does not catch: it is to be popped.
    Threw,
}

/// The budget was used up at a back edge: asks the policy, and goes on in machine code for the loop if there is some.
///
/// # Safety
/// The machine is at a `JumpLoop` of verified bytecode, saved, in a fully built frame with feedback.
pub(crate) unsafe fn leave_to_loop_code(m: &mut Machine<'_>) -> Replacement {
    let cx = m.cx;
    let frame = m.frame();
    let template = m.template();
    let Some(code) = template.code() else { return Replacement::None };
    let Ok(instruction) = RawInstruction::decode(&code.bytecode, m.offset() as u32) else {
        return Replacement::None;
    };
    let Some(header) = instruction.jump_targets().next() else { return Replacement::None };
    let Some(entry) = (cx.hooks.osr_enter)(cx, frame, header) else { return Replacement::None };
    // SAFETY: the entry is code for the loop at whose back edge the frame is.
    unsafe { replace(m, entry) }
}

/// Goes on in machine code that takes over the machine's frame.
///
/// # Safety
/// The entry is code for what the frame is at.
unsafe fn replace(m: &mut Machine<'_>, entry: LoopEntry) -> Replacement {
    let cx = m.cx;
    let frame = m.frame();
    // SAFETY: the entry is code for the place at which the machine's frame is, which is fully built.
    let result = unsafe { compiled::enter_loop(cx, entry, frame) };
    if result != SENTINEL {
        // SAFETY: compiled code gives the bits of a value or the sentinel.
        let value = unsafe { Value::from_bits(result) };
        return if cx.hot.suspended.take() {
            Replacement::Suspended(value)
        } else {
            Replacement::Returned(value)
        };
    }
    let Some(rebuilt) = cx.hot.rebuilt.get() else { return Replacement::Threw };
    // SAFETY: an exit gives fully built frames directly below the machine's, which the outermost one replaces.
    unsafe {
        cx.hot.rebuilt.set(Some(replace_frame(cx, frame, rebuilt)));
        if continue_adopted(m) {
            return Replacement::Adopted;
        }
        // Graphs have no continuation that throws: handlers are found by the exit.
        unreachable!("an exit continues before, behind or at a handler")
    }
}

/// What became of an activation that machine code took over.
enum Activation {
    /// The machine is where the interpreter goes on.
    GoesOn,
    /// The entry frame was left with the accumulator.
    Left,
    /// An exception is pending that the machine's frame does not catch.
    Threw,
}

/// The machine's frame was just pushed for an activation, or for its resumption with the accumulator: goes on in machine code of
/// the function if there is some. `None`: the machine is where the interpreter goes on; otherwise how the entry frame was left.
///
/// # Safety
/// The machine is at the beginning of a fully built frame.
pub(crate) unsafe fn run_activation(m: &mut Machine<'_>) -> Option<JsResult<Value>> {
    let entry = m.template().activation_entry()?;
    // SAFETY: the caller's promise; the entry is of the frame's function.
    unsafe {
        match enter_activation(m, entry) {
            Activation::GoesOn => None,
            Activation::Left => Some(Ok(m.acc)),
            Activation::Threw => unwind_callers(m).err().map(Err),
        }
    }
}

/// As [`run_activation`], of a frame that is no entry frame. False: an exception is pending in the calling frame, which is the machine's.
///
/// # Safety
/// As for [`run_activation`]; the caller's frame is saved.
pub(crate) unsafe fn run_called_activation(m: &mut Machine<'_>) -> bool {
    let Some(entry) = m.template().activation_entry() else { return true };
    // SAFETY: the caller's promise; the entry is of the frame's function.
    unsafe {
        match enter_activation(m, entry) {
            Activation::GoesOn | Activation::Left => true,
            Activation::Threw => {
                pop(m.cx, m, m.header());
                *m = Machine::at(m.cx, m.fp, Value::UNDEFINED);
                // For whoever looks behind the call.
                m.next = m.pc;
                false
            }
        }
    }
}

/// # Safety
/// As for [`run_activation`]; the entry is of the frame's function.
#[cold]
#[inline(never)]
unsafe fn enter_activation(m: &mut Machine<'_>, entry: LoopEntry) -> Activation {
    m.cx.hot.result.set(m.acc.bits());
    // SAFETY: the entry is code for the frame's function at the place where the frame is.
    unsafe {
        let left = match replace(m, entry) {
            Replacement::None | Replacement::Adopted => false,
            Replacement::Returned(value) => {
                m.acc = value;
                calls::return_slow(m)
            }
            Replacement::Suspended(value) => {
                m.acc = value;
                calls::suspend(m)
            }
            Replacement::Threw => return Activation::Threw,
        };
        if left { Activation::Left } else { Activation::GoesOn }
    }
}

/// Jumps as the machine's `JumpLoop` says.
pub(crate) fn take_back_edge(m: &mut Machine<'_>) {
    let template = m.template();
    let header = template
        .code()
        .and_then(|code| RawInstruction::decode(&code.bytecode, m.offset() as u32).ok())
        .and_then(|instruction| instruction.jump_targets().next());
    // SAFETY: verified bytecode: a `JumpLoop` has a target, an instruction of this code.
    m.pc = unsafe { m.code.add(header.expect("verified bytecode") as usize) };
}

/// Moves rebuilt frames up, so that the outermost one takes the place of `frame`, whose activation it continues.
///
/// # Safety
/// `frame` is fully built and the rebuilt frames lie directly below it; the outermost one is of the same function with as many arguments.
unsafe fn replace_frame(cx: Cx<'_>, frame: Frame, rebuilt: Rebuilt) -> Rebuilt {
    // SAFETY: both frames are fully built and adjacent, so the region and its destination are initialized words of
    // the isolate's stack, and moving up by a frame's size stays inside them.
    unsafe {
        let base = frame.0.byte_sub(HEADER_BYTES);
        let distance = frame_end(frame).byte_offset_from_unsigned(base);
        debug_assert!(std::ptr::eq(frame_end(rebuilt.outermost), base));
        let (caller, flags) = (frame.header().caller_fp.get(), frame.header().flags.get());
        let mut at = rebuilt.innermost;
        while at != rebuilt.outermost {
            let link = &at.header().caller_fp;
            at = Frame(link.get());
            link.set(link.get().byte_add(distance));
        }
        rebuilt.outermost.header().caller_fp.set(caller);
        rebuilt.outermost.header().flags.set(flags);
        let low = rebuilt.innermost.0.byte_sub(HEADER_BYTES);
        let words = base.offset_from_unsigned(low);
        low.byte_add(distance).copy_from(low, words);
        cx.hot.stack_top.set(low.byte_add(distance));
        let up = |frame: Frame| Frame(frame.0.byte_add(distance));
        Rebuilt { innermost: up(rebuilt.innermost), outermost: up(rebuilt.outermost), ..rebuilt }
    }
}

/// Executes the one instruction at the offset of `frame`, the innermost frame; gives the accumulator after it.
///
/// # Errors
/// What the instruction throws.
pub fn interpret_one(cx: Cx<'_>, frame: Frame, accumulator: Value) -> JsResult<Value> {
    // SAFETY: the runtime has built the frame for an instruction of verified bytecode.
    unsafe {
        let mut machine = Machine::at(cx, frame.0, accumulator);
        let result = dispatch::step(&mut machine);
        machine.save();
        result
    }
}
