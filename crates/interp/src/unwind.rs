//! Finding the handler of an exception.
//!
//! The exception is pending in the isolate; each frame's handler table is asked with the offset of the instruction at
//! which the frame stands, and frames without a handler are popped. The search ends at the *entry frame*, the one with
//! which this loop was entered: beyond it lies Rust code, to which the exception is returned as `Err`. A termination is
//! caught by nobody.
//!
//! Frames of compiled code are not met here: their code returns the exception to whoever called it, or rebuilds the
//! frames first.

use unspool_bytecode::CodeBlock;
use unspool_runtime::cells::Context;
use unspool_runtime::frame::{Frame, FrameFlags, FrameHeader, HEADER_BYTES};
use unspool_runtime::{Cx, JsResult, Throw};
use unspool_values::Value;

use crate::machine::Machine;

/// Looks for a handler of the pending exception in the current frame and the frames around it, up to the entry frame.
/// Frames without one are popped. With a handler the machine continues there, the exception in the accumulator.
///
/// # Errors
/// No handler: the entry frame was popped and the exception is still pending.
///
/// # Safety
/// An exception is pending, and the machine's frame is fully built.
#[cold]
#[inline(never)]
pub(crate) unsafe fn unwind(m: &mut Machine<'_>) -> JsResult<()> {
    m.save();
    // SAFETY: an exception is pending and the frame is fully built; its offset was just saved.
    unsafe { search(m) }
}

/// As [`unwind`], when it is known that the current frame does not catch.
///
/// # Errors
/// As for [`unwind`].
///
/// # Safety
/// As for [`unwind`].
#[cold]
#[inline(never)]
pub(crate) unsafe fn unwind_callers(m: &mut Machine<'_>) -> JsResult<()> {
    let header = m.header();
    // SAFETY: an exception is pending and the frame is fully built; the callers' offsets were saved when they called.
    unsafe { if pop(m.cx, m, header) { Err(Throw::pending(m.cx)) } else { search(m) } }
}

/// # Safety
/// As for [`unwind`]; the frame's offset is saved.
unsafe fn search(m: &mut Machine<'_>) -> JsResult<()> {
    let cx = m.cx;
    loop {
        let header = m.header();
        let template = header.template.get();
        let offset = header.bytecode_offset.get() as u32;
        let handler = template
            .code()
            .and_then(|code: &std::sync::Arc<CodeBlock>| code.handlers.lookup(offset).copied());
        if let Some(handler) = handler
            && !cx.is_terminating()
        {
            if let Some(vector) = header.feedback.get() {
                vector.note_handler(&handler);
            }
            // SAFETY: verified bytecode: the context register exists; the template is compiled.
            unsafe {
                let register = handler.context.to_operand(template.register_count.get());
                let context = (*m.fp.add(register as usize)).to::<Context>();
                header.context.set(context);
                m.reload();
                m.pc = m.code.add(handler.handler as usize);
            }
            m.acc = cx.take_pending();
            cx.hot.current_frame.set(m.fp);
            return Ok(());
        }
        // SAFETY: the frame is fully built.
        let entry = unsafe { pop(cx, m, header) };
        if entry {
            return Err(Throw::pending(cx));
        }
    }
}

/// Pops the current frame; tells whether it was the entry frame.
///
/// # Safety
/// The machine's frame is fully built.
pub(crate) unsafe fn pop(cx: Cx<'_>, m: &mut Machine<'_>, header: &FrameHeader) -> bool {
    let flags = header.flags.get();
    if flags & FrameFlags::RESUMED != 0 {
        // SAFETY: the frame is fully built.
        unsafe { crate::resume::finish_generator(m.frame()) };
    }
    let caller = header.caller_fp.get();
    cx.hot.current_frame.set(caller);
    if flags & FrameFlags::ENTRY != 0 {
        // SAFETY: the frame is fully built.
        cx.hot.stack_top.set(unsafe { frame_end(m.frame()) });
        return true;
    }
    // SAFETY: a frame that is no entry frame has a caller in the interpreter, directly above it.
    unsafe {
        cx.hot.stack_top.set(caller.byte_sub(HEADER_BYTES));
        m.fp = caller;
    }
    false
}

/// The address above the last word of a frame.
///
/// # Safety
/// The frame is fully built.
pub(crate) unsafe fn frame_end(frame: Frame) -> *mut Value {
    // SAFETY: the frame is fully built: its header is initialized, and registers, receiver and arguments follow it on
    // the isolate's stack, so the sum is at most one past them.
    unsafe {
        let header = frame.header();
        let template = header.template.get();
        let passed = (header.argument_count.get() as usize).max(template.formal_count.get() as usize);
        frame.0.add(template.register_count.get() as usize + 1 + passed)
    }
}
