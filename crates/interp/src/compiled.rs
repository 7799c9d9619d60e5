//! The interpreter's side of compiled code: calling it, going on in the frames that its exits rebuild, and executing single
//! instructions for it.
//!
//! A call of compiled code is a native call. When it gives SENTINEL because an exit has rebuilt frames, the compiled
//! frame is gone; the rebuilt frames lie on the isolate's stack as if calls had pushed them. The machine *adopts* them: the outermost one
//! returns to the calling frame as any other, and the loop continues at the innermost. No native frame stays behind.

use unspool_bytecode::RawInstruction;
use unspool_gc::Gc;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::compiled::{self, Continuation, GenericEntry, Rebuilt, SENTINEL};
use unspool_runtime::frame::{Frame, FrameFlags};
use unspool_runtime::{Cx, JsResult, Throw};
use unspool_values::Value;

use crate::calls::{Outcome, protect_arguments};
use crate::dispatch;
use crate::machine::{CallRequest, Machine};
use crate::unwind::unwind;

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
    let entry = template.generic_entry()?;
    protect_arguments(m, call.arguments);
    // SAFETY: the entry is the callee's; the rest is the caller's promise.
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
    // SAFETY: the caller's promise.
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
