//! The canonical interpreter frame and the stack it lives on.
//!
//! Calls build this frame, the interpreter runs in it, generators save it, stack walks read it, and the deoptimizer will
//! rebuild it. The stack grows down; one frame, from low to high addresses:
//!
//! ```text
//!   fp-64  FrameHeader   caller_fp, flags, context, function, template, bytecode offset, feedback, argc
//!   fp+0   r0            registers, ascending
//!          …
//!   fp+8n  receiver      n = register count of the function
//!          a0 …          actual arguments, at least as many as there are formals (padded with undefined)
//! ```
//!
//! So receiver and formals are addressed like registers, by indices from `n` on. The accumulator is no part of the frame:
//! it is handed over separately. While a frame is not the innermost one (or a call into Rust is under way), its
//! `bytecode_offset` is that of the instruction being executed.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_values::Value;

use crate::cells::{Context, FeedbackVector, Function, FunctionTemplate};

/// The fixed part of a frame, directly below its register 0.
#[repr(C)]
pub struct FrameHeader {
    /// Frame pointer of the caller's frame, null in the outermost frame.
    pub caller_fp: Cell<*mut Value>,
    /// The constants of [`FrameFlags`].
    pub flags: Cell<u64>,
    /// The current context.
    pub context: Cell<Option<Gc<Context>>>,
    /// The running function.
    pub function: Cell<Gc<Function>>,
    /// Its template.
    pub template: Cell<Gc<FunctionTemplate>>,
    /// Offset of the current instruction.
    pub bytecode_offset: Cell<u64>,
    /// Its feedback; none during the first call.
    pub feedback: Cell<Option<Gc<FeedbackVector>>>,
    /// Actual arguments, the receiver not counted.
    pub argument_count: Cell<u64>,
}

/// Size of the fixed part in bytes.
pub const HEADER_BYTES: usize = std::mem::size_of::<FrameHeader>();
/// Size of the fixed part in words.
pub const HEADER_WORDS: usize = HEADER_BYTES / 8;

/// Bits of [`FrameHeader::flags`].
#[derive(Debug)]
pub struct FrameFlags;
impl FrameFlags {
    /// Returning from the frame returns to the Rust caller of the interpreter.
    pub const ENTRY: u64 = 1;
    /// The frame was made by `new`: a result that is no object is replaced by the receiver.
    pub const CONSTRUCT: u64 = 2;
    /// The frame belongs to a generator or async function that was resumed.
    pub const RESUMED: u64 = 4;
    /// The frame was entered by a `new` whose function is a derived constructor.
    pub const DERIVED: u64 = 8;
}

/// A frame, by its frame pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame(pub *mut Value);

impl Frame {
    /// The fixed part.
    ///
    /// # Safety
    /// The frame is on the isolate's stack and fully built.
    #[inline(always)]
    pub unsafe fn header<'f>(self) -> &'f FrameHeader {
        // SAFETY: the caller's promise.
        unsafe { &*self.0.byte_sub(HEADER_BYTES).cast::<FrameHeader>() }
    }
}

/// The memory of interpreter frames: reserved once, committed by the system as it is touched.
#[derive(Debug)]
pub struct Stack {
    base: *mut u8,
    size: usize,
}

impl Stack {
    /// Words kept free below the limit for the overshoot of checks: the largest exit (64 KiB, `design.md` 11.10) and the
    /// arguments of calls into Rust.
    pub const RESERVE_BYTES: usize = 128 * 1024;

    /// A stack of `size` bytes.
    pub fn new(size: usize) -> Stack {
        let layout = std::alloc::Layout::from_size_align(size, 4096).expect("a sane stack size");
        // SAFETY: the size is not zero. Large zeroed allocations come from fresh pages, which cost nothing until touched.
        let base = unsafe { std::alloc::alloc_zeroed(layout) };
        assert!(!base.is_null(), "no memory for the isolate's stack");
        Stack { base, size }
    }
    /// Address above the highest word.
    pub fn top(&self) -> *mut Value {
        // SAFETY: one past the end of the allocation.
        unsafe { self.base.add(self.size).cast() }
    }
    /// Lowest address that a frame check may accept.
    pub fn limit(&self) -> usize {
        self.base as usize + Self::RESERVE_BYTES
    }
    /// The words in use, for the conservative scan.
    pub fn used_range(&self, stack_top: *mut Value) -> (*const usize, *const usize) {
        (stack_top.cast(), self.top().cast())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let layout = std::alloc::Layout::from_size_align(self.size, 4096).expect("as in new");
        // SAFETY: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.base, layout) };
    }
}
