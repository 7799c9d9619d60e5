//! The machine: the words that the dispatch loop keeps in registers, and how they are read and written.
//!
//! The words are caches of what the current frame says: its code, constants and feedback slots are derived from the
//! frame's header by [`Machine::reload`]. Only the accumulator and the position live nowhere else, and [`Machine::save`]
//! writes the position back before everything that can throw, allocate or call, so that whoever looks at the frame from
//! outside sees where it stands.
//!
//! An instruction's function gives a [`Flow`]: to go on, to jump, to throw, or a request to the loop to change the frame.
//! Operands are trusted, because only verified bytecode runs.

use unspool_gc::Gc;
use unspool_runtime::cells::{Context, FeedbackSlot, FeedbackVector, FunctionTemplate};
use unspool_runtime::frame::{Frame, FrameHeader, HEADER_BYTES};
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;

/// What comes after an instruction.
#[derive(Clone, Copy)]
pub(crate) enum Flow {
    /// The next instruction.
    Next,
    /// The instruction at `Machine::pc`, which was set.
    Jump,
    /// An exception is pending.
    Throw,
    /// A call whose result goes to the accumulator.
    Call(CallRequest),
    /// A construct call whose result goes to the accumulator.
    Construct(ConstructRequest),
    /// Return the accumulator to the caller.
    Return,
    /// Leave the frame with the accumulator; the activation goes on later (`yield`, `await`).
    Suspend,
}

/// A call that an instruction asks for.
#[derive(Clone, Copy)]
pub(crate) struct CallRequest {
    pub(crate) callee: Value,
    pub(crate) this: Value,
    pub(crate) arguments: *const Value,
    pub(crate) count: usize,
}

/// A construct call that an instruction asks for.
#[derive(Clone, Copy)]
pub(crate) struct ConstructRequest {
    pub(crate) callee: Value,
    pub(crate) new_target: Value,
    pub(crate) arguments: *const Value,
    pub(crate) count: usize,
}

/// The state of the loop.
#[derive(Clone, Copy)]
pub(crate) struct Machine<'a> {
    pub(crate) cx: Cx<'a>,
    /// Start of the current instruction, its prefix included.
    pub(crate) pc: *const u8,
    /// Start of the instruction after it.
    pub(crate) next: *const u8,
    /// Register 0 of the current frame.
    pub(crate) fp: *mut Value,
    /// The accumulator.
    pub(crate) acc: Value,
    /// Start of the current code.
    pub(crate) code: *const u8,
    /// First constant.
    pub(crate) constants: *const Value,
    /// First feedback slot; null when nothing is recorded.
    pub(crate) feedback: *const FeedbackSlot,
}

/// A register operand: the address of the register.
pub(crate) type Reg = *mut Value;

impl<'a> Machine<'a> {
    /// The machine at the current instruction of a frame, with `acc` in the accumulator.
    ///
    /// # Safety
    /// The frame is fully built and its code is verified.
    #[inline(always)]
    pub(crate) unsafe fn at(cx: Cx<'a>, fp: *mut Value, acc: Value) -> Machine<'a> {
        let mut m = Machine {
            cx,
            pc: std::ptr::null(),
            next: std::ptr::null(),
            fp,
            acc,
            code: std::ptr::null(),
            constants: std::ptr::null(),
            feedback: std::ptr::null(),
        };
        // SAFETY: the frame is fully built, so its header names its code, and the offset there is an instruction of
        // that code.
        unsafe {
            m.reload();
            m.pc = m.code.add(m.header().bytecode_offset.get() as usize);
        }
        m
    }

    /// Reads code, constants and feedback from the frame's header.
    ///
    /// # Safety
    /// `fp` is a fully built frame of a compiled function.
    #[inline(always)]
    pub(crate) unsafe fn reload(&mut self) {
        // SAFETY: a fully built frame has an initialized header; its template is compiled and thus has constants.
        unsafe {
            let header = self.header();
            let template = header.template.get();
            self.code = template.bytecode.get();
            self.constants = constants_of(template);
            self.feedback = slots_of(header.feedback.get());
        }
    }

    /// The fixed part of the current frame.
    #[inline(always)]
    pub(crate) fn header<'h>(&self) -> &'h FrameHeader {
        // SAFETY: the machine's frame is always a fully built one.
        unsafe { &*self.fp.byte_sub(HEADER_BYTES).cast::<FrameHeader>() }
    }

    /// The current frame.
    #[inline(always)]
    pub(crate) fn frame(&self) -> Frame {
        Frame(self.fp)
    }

    /// The running function's template.
    #[inline(always)]
    pub(crate) fn template(&self) -> Gc<FunctionTemplate> {
        self.header().template.get()
    }

    /// Offset of the current instruction.
    #[inline(always)]
    pub(crate) fn offset(&self) -> usize {
        // SAFETY: `pc` and `code` point into the same bytecode.
        unsafe { self.pc.offset_from_unsigned(self.code) }
    }

    /// Saves the current instruction in the frame: before everything that can throw, allocate or call.
    #[inline(always)]
    pub(crate) fn save(&self) {
        self.header().bytecode_offset.set(self.offset() as u64);
    }

    /// Reads a register.
    #[inline(always)]
    pub(crate) fn get(&self, register: Reg) -> Value {
        // SAFETY: verified bytecode names registers of the frame, all of which are initialized.
        read(unsafe { *register })
    }

    /// Writes a register.
    #[inline(always)]
    pub(crate) fn set(&self, register: Reg, value: Value) {
        // SAFETY: verified bytecode names registers of the frame.
        unsafe { *register = value };
    }

    /// Register `index` of a range that begins at `register`.
    #[inline(always)]
    pub(crate) fn get_at(&self, register: Reg, index: usize) -> Value {
        // SAFETY: verified bytecode: the range lies in the frame.
        read(unsafe { *register.add(index) })
    }

    /// The registers of a range. Valid until the frame is left or one of them is written.
    #[inline(always)]
    pub(crate) fn range<'r>(&self, first: Reg, count: usize) -> &'r [Value] {
        // SAFETY: verified bytecode: the range lies in the frame. Users read it before they write registers.
        let range = unsafe { std::slice::from_raw_parts(first, count) };
        debug_assert!(range.iter().all(|&value| read(value) == value));
        range
    }

    /// A constant as a value.
    #[inline(always)]
    pub(crate) fn constant(&self, index: usize) -> Value {
        // SAFETY: verified bytecode names existing constants.
        unsafe { *self.constants.add(index) }
    }

    /// The feedback slot, if feedback is recorded.
    #[inline(always)]
    pub(crate) fn slot<'s>(&self, index: usize) -> Option<&'s FeedbackSlot> {
        if self.feedback.is_null() {
            return None;
        }
        // SAFETY: verified bytecode names existing slots; the vector lives as long as the frame refers to it.
        Some(unsafe { &*self.feedback.add(index) })
    }

    /// Adds bits to what a slot has seen.
    #[inline(always)]
    pub(crate) fn note(&self, index: usize, bits: u8) {
        if let Some(slot) = self.slot(index) {
            slot.bits.set(slot.bits.get() | bits);
        }
    }

    /// The current context.
    #[inline(always)]
    pub(crate) fn context(&self) -> Gc<Context> {
        match self.header().context.get() {
            Some(context) => context,
            // SAFETY: verified bytecode uses the context only where one exists: the front end makes no access deeper than the
            // contexts it created or the closure captured.
            None => unsafe { std::hint::unreachable_unchecked() },
        }
    }

    /// Puts the result of an out-of-line operation into the accumulator.
    #[inline(always)]
    pub(crate) fn finish(&mut self, result: JsResult<Value>) -> Flow {
        match result {
            Ok(value) => {
                self.acc = value;
                Flow::Next
            }
            Err(_) => Flow::Throw,
        }
    }

    /// Continues at a jump operand, or throws.
    #[inline(always)]
    pub(crate) fn jump(&mut self, target: i32) -> Flow {
        // SAFETY: verified bytecode: the target is an instruction of this code.
        self.pc = unsafe { self.pc.offset(target as isize) };
        Flow::Jump
    }

    /// Jumps if the condition holds.
    #[inline(always)]
    pub(crate) fn jump_if(&mut self, condition: bool, target: i32) -> Flow {
        if condition { self.jump(target) } else { Flow::Next }
    }

    /// The feedback vector.
    #[inline(always)]
    pub(crate) fn vector(&self) -> Option<Gc<FeedbackVector>> {
        self.header().feedback.get()
    }
}

/// A value that an instruction reads. An exit leaves registers out that no instruction reads any more.
#[inline(always)]
fn read(value: Value) -> Value {
    debug_assert!(value != Value::OPTIMIZED_OUT, "an instruction reads a register that an exit has left out");
    value
}

/// A result without value: goes on or throws.
#[inline(always)]
pub(crate) fn done(result: JsResult<()>) -> Flow {
    match result {
        Ok(()) => Flow::Next,
        Err(_) => Flow::Throw,
    }
}

/// The first constant of a compiled template.
///
/// # Safety
/// The template is compiled.
#[inline(always)]
pub(crate) unsafe fn constants_of(template: Gc<FunctionTemplate>) -> *const Value {
    match template.constants.get() {
        Some(buffer) => buffer.values().as_ptr().cast::<Value>(),
        // SAFETY: `install_code` sets the constants before the bytecode.
        None => unsafe { std::hint::unreachable_unchecked() },
    }
}

/// The first slot of a vector, or null.
#[inline(always)]
pub(crate) fn slots_of(vector: Option<Gc<FeedbackVector>>) -> *const FeedbackSlot {
    match vector {
        // SAFETY: the slots follow the fixed part of the vector.
        Some(vector) => unsafe {
            vector.as_ptr().as_ptr().cast::<u8>().add(FeedbackVector::SLOTS_OFFSET).cast::<FeedbackSlot>()
        },
        None => std::ptr::null(),
    }
}
