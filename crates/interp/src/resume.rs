//! Resuming suspended activations.
//!
//! The frame of a suspended generator or async function lies copied in its generator object (`runtime::generators` saves
//! it). Resuming copies the words back onto the stack and starts at the function's first instruction:
//! `SwitchOnGeneratorState` finds the generator in its register and jumps to where the activation was left, as in V8's
//! Ignition. So a resumed frame differs from a fresh one only in one register and a flag.
//!
//! [`resume`] enters a loop of its own, for Rust callers; a generator resumed by bytecode goes through [`push_saved`] and
//! stays in the running loop. What the result means (an iterator result, a promise reaction) is for the callers to say.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use unspool_gc::Gc;
use unspool_runtime::cells::{FunctionTemplate, GeneratorObject, GeneratorState, ResumeMode};
use unspool_runtime::frame::{Frame, FrameFlags, FrameHeader, HEADER_WORDS};
use unspool_runtime::{Cx, JsResult, feedback, generators, interrupt};
use unspool_values::Value;

use crate::compiled::run_activation;
use crate::dispatch::run;
use crate::machine::Machine;

/// Resumes a suspended generator or async function: pushes its frame again and runs it until it suspends or ends. Gives what
/// it yields, awaits or returns.
///
/// # Errors
/// What the activation throws; a `RangeError` when the stack is full.
pub fn resume(cx: Cx<'_>, generator: Gc<GeneratorObject>, mode: ResumeMode, value: Value) -> JsResult<Value> {
    cx.check_native_stack()?;
    let realm = generator.function.template.realm;
    let body = || {
        let before = cx.hot.current_frame.get();
        let frame = push_saved(cx, generator, mode, FrameFlags::ENTRY | FrameFlags::RESUMED, before)?;
        cx.hot.current_frame.set(frame.0);
        // SAFETY: the frame was just built from a saved one of the same function.
        unsafe {
            let mut machine = Machine::at(cx, frame.0, value);
            match run_activation(&mut machine) {
                Some(result) => result,
                None => run(&mut machine),
            }
        }
    };
    if cx.hot.realm.get() == Some(realm) { body() } else { cx.with_realm(realm, body) }
}

/// Pushes the frame of a suspended activation and marks it running.
pub(crate) fn push_saved(
    cx: Cx<'_>,
    generator: Gc<GeneratorObject>,
    mode: ResumeMode,
    flags: u64,
    caller: *mut Value,
) -> JsResult<Frame> {
    let function = generator.function;
    let template = function.template;
    let saved = generator.saved.get().expect("a suspended activation has a saved frame");
    let words = HEADER_WORDS + saved.len() as usize;
    let top = cx.hot.stack_top.get();
    let new_top = (top as usize).wrapping_sub(words * 8);
    if new_top < cx.hot.stack_limit.load(Ordering::Relaxed) {
        interrupt::handle_stack_check(cx, new_top)?;
    }
    let vector = feedback::feedback_for_call(cx, function);
    // SAFETY: the words below the top are inside the stack (just checked) and unused; the saved words are registers, receiver
    // and arguments of a frame of this function.
    unsafe {
        let base = new_top as *mut Value;
        let fp = base.add(HEADER_WORDS);
        for (i, value) in saved.values().iter().enumerate() {
            *fp.add(i) = value.get();
        }
        *fp.add(generator_register(template)) = Value::from_cell(generator);
        base.cast::<FrameHeader>().write(FrameHeader {
            caller_fp: Cell::new(caller),
            flags: Cell::new(flags),
            context: Cell::new(generator.context.get()),
            function: Cell::new(function),
            template: Cell::new(template),
            bytecode_offset: Cell::new(0),
            feedback: Cell::new(vector),
            argument_count: Cell::new(u64::from(generator.argument_count.get())),
        });
        cx.hot.stack_top.set(base);
        generator.state.set(GeneratorState::Executing);
        generator.resume_mode.set(mode);
        Ok(Frame(fp))
    }
}

/// The register that holds the generator in frames of a resumable function.
fn generator_register(template: Gc<FunctionTemplate>) -> usize {
    template.new_target_register.get() as usize - 1
}

/// The activation of a resumed frame ended by returning or throwing.
///
/// # Safety
/// The frame is fully built and has the RESUMED flag.
pub(crate) unsafe fn finish_generator(frame: Frame) {
    // SAFETY: the frame is fully built, and a frame with the RESUMED flag belongs to a resumable function, which has
    // a generator register.
    let value = unsafe { *frame.0.add(generator_register(frame.header().template.get())) };
    if let Some(generator) = generators::from_value(value)
        && generator.state.get() == GeneratorState::Executing
    {
        generator.state.set(GeneratorState::Completed);
    }
}
