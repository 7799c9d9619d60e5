//! Stack walks over both stacks.
//!
//! The chain of interpreter frames is kept in `hot.current_frame`; frames of compiled code lie on the machine stack in between. An
//! [`Activation`](super::Activation) remembers the interpreter frame it was entered from: when the walk comes to that frame, the compiled
//! frames of the activation are its callees.

use std::ops::ControlFlow;

use unspool_gc::Gc;
use unspool_values::Value;

use super::{Activation, Relation};
use crate::cells::{Function, FunctionTemplate};
use crate::frame::{Frame, FrameFlags};
use crate::isolate::Cx;

impl Cx<'_> {
    /// As [`Cx::for_each_frame_with_closure`], without the closures.
    pub(crate) fn for_each_frame(self, mut visit: impl FnMut(Gc<FunctionTemplate>, u32) -> ControlFlow<()>) {
        self.for_each_frame_with_closure(|template, offset, _| visit(template, offset));
    }

    /// Calls `visit` with template, bytecode offset and, for frames of the interpreter, closure of each active frame, compiled and
    /// inlined ones included, innermost first.
    pub fn for_each_frame_with_closure(
        self,
        mut visit: impl FnMut(Gc<FunctionTemplate>, u32, Option<Gc<Function>>) -> ControlFlow<()>,
    ) {
        let mut frame: *mut Value = self.hot.current_frame.get();
        let mut activation: *const Activation = self.hot.activation.get();
        let mut compiled = (self.hot.compiled_frame.get(), self.hot.compiled_site.get());
        let mut stop = ControlFlow::Continue(());
        loop {
            let mut replaced = false;
            // SAFETY: activations are in frames of the machine stack that are still active.
            while let Some(record) = unsafe { activation.as_ref() } {
                if !std::ptr::eq(record.frame, frame) {
                    break;
                }
                if !compiled.0.is_null() {
                    (self.hooks.walk_compiled)(self, compiled.0, compiled.1, &mut |template, offset| {
                        if stop.is_continue() {
                            stop = visit(template, offset, None);
                        }
                    });
                }
                compiled = (record.compiled_frame, record.compiled_site);
                activation = record.previous;
                replaced |= record.relation == Relation::Replaces;
            }
            if frame.is_null() || stop.is_break() {
                return;
            }
            // SAFETY: the chain of saved frames consists of fully built frames.
            let header = unsafe { Frame(frame).header() };
            let is_step = header.flags.get() & FrameFlags::STEP != 0;
            let offset = header.bytecode_offset.get() as u32;
            if !replaced
                && !is_step
                && visit(header.template.get(), offset, Some(header.function.get())).is_break()
            {
                return;
            }
            frame = header.caller_fp.get();
        }
    }
}
