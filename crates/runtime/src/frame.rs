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
use std::sync::atomic::Ordering;

use unspool_gc::Gc;
use unspool_values::Value;

use crate::cells::{Context, FeedbackVector, Function, FunctionTemplate};
use crate::completion::JsResult;
use crate::isolate::Cx;

/// The fixed part of a frame, directly below its register 0.
#[repr(C)]
pub struct FrameHeader {
    /// Frame pointer of the caller's frame, null in the outermost frame.
    pub caller_fp: Cell<*mut Value>,
    /// Who entered the frame and how it is to be left: bits of [`FrameFlags`].
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

/// The layout above, as `deopt` wants to know it.
#[derive(Clone, Copy, Debug)]
pub struct CanonicalFrame;

const fn word(offset_in_header: usize) -> isize {
    (offset_in_header / 8) as isize - HEADER_WORDS as isize
}

impl unspool_deopt::FrameLayout for CanonicalFrame {
    const FIXED_WORDS: usize = HEADER_WORDS;
    const CALLER_FRAME: isize = word(std::mem::offset_of!(FrameHeader, caller_fp));
    const FLAGS: isize = word(std::mem::offset_of!(FrameHeader, flags));
    const CONTEXT: isize = word(std::mem::offset_of!(FrameHeader, context));
    const FUNCTION: isize = word(std::mem::offset_of!(FrameHeader, function));
    const CODE: isize = word(std::mem::offset_of!(FrameHeader, template));
    const BYTECODE_OFFSET: isize = word(std::mem::offset_of!(FrameHeader, bytecode_offset));
    const FEEDBACK: isize = word(std::mem::offset_of!(FrameHeader, feedback));
    const ARGUMENT_COUNT: isize = word(std::mem::offset_of!(FrameHeader, argument_count));
}

/// Size of the fixed part in bytes.
pub const HEADER_BYTES: usize = size_of::<FrameHeader>();
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
    /// Any of these makes returning from the frame something special.
    pub const SPECIAL: u64 = 15;
    /// The frame executes one instruction for compiled code, whose own frame stands for it in stack walks.
    pub const STEP: u64 = 16;
    /// Bits from here on: size in bytes of the caller's instruction that made the call, so that returning continues behind it.
    /// Zero in entry frames.
    pub const RESUME_SHIFT: u32 = 8;
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
        // SAFETY: a fully built frame lies whole on the isolate's stack, its initialized header directly below
        // register 0.
        unsafe { &*self.0.byte_sub(HEADER_BYTES).cast::<FrameHeader>() }
    }
}

/// Pushes a frame for a compiled `function` and makes it the top of the stack: arguments are copied and padded, registers
/// set to `undefined`, the receiver of a sloppy function converted, `new_target` put into its register. The frame's caller
/// is the innermost saved frame.
///
/// # Errors
/// A `RangeError` when the stack is full.
#[inline]
pub fn push_frame(
    cx: Cx<'_>,
    function: Gc<Function>,
    this: Value,
    arguments: &[Value],
    flags: u64,
    new_target: Value,
) -> JsResult<Frame> {
    let template = function.template;
    debug_assert!(template.is_compiled());
    let this = if template.has(FunctionTemplate::SLOPPY_THIS)
        && !this.is_object()
        && flags & FrameFlags::CONSTRUCT == 0
    {
        sloppy_receiver(cx, template, this)
    } else {
        this
    };
    let registers = template.register_count.get() as usize;
    let formals = template.formal_count.get() as usize;
    let passed = arguments.len().max(formals);
    let words = HEADER_WORDS + registers + 1 + passed;
    let top = cx.hot.stack_top.get();
    let new_top = (top as usize).wrapping_sub(words * 8);
    if new_top < cx.hot.stack_limit.load(Ordering::Relaxed) || new_top > top as usize {
        crate::interrupt::handle_stack_check(cx, new_top)?;
    }
    let feedback = crate::feedback::feedback_for_call(cx, function);
    // SAFETY: `words` words below `top` are inside the stack (just checked) and unused.
    unsafe {
        let base = new_top as *mut Value;
        let fp = base.add(HEADER_WORDS);
        let receiver = fp.add(registers);
        for i in 0..registers {
            fp.add(i).write(Value::UNDEFINED);
        }
        receiver.write(this);
        let a0 = receiver.add(1);
        for (i, value) in arguments.iter().enumerate() {
            a0.add(i).write(*value);
        }
        for i in arguments.len()..passed {
            a0.add(i).write(Value::UNDEFINED);
        }
        let new_target_register = template.new_target_register.get();
        if new_target_register != 0 {
            fp.add(new_target_register as usize - 1).write(new_target);
        }
        base.cast::<FrameHeader>().write(FrameHeader {
            caller_fp: Cell::new(cx.hot.current_frame.get()),
            flags: Cell::new(flags),
            context: Cell::new(function.context),
            function: Cell::new(function),
            template: Cell::new(template),
            bytecode_offset: Cell::new(0),
            feedback: Cell::new(feedback),
            argument_count: Cell::new(arguments.len() as u64),
        });
        cx.hot.stack_top.set(base);
        Ok(Frame(fp))
    }
}

/// OrdinaryCallBindThis for a sloppy function: `undefined` and `null` become the global object, primitives are wrapped.
pub fn sloppy_receiver(cx: Cx<'_>, template: Gc<FunctionTemplate>, this: Value) -> Value {
    if this.is_object() {
        return this;
    }
    if this.is_nullish() {
        return template.realm.global_this.get();
    }
    let wrapped = cx.with_realm(template.realm, || crate::convert::to_object(cx, this));
    wrapped.map_or(this, Value::from)
}

impl Cx<'_> {
    /// Runs `f` with `count` words of the isolate's stack, set to `undefined`, for arguments put together at run time.
    ///
    /// # Errors
    /// A `RangeError` when the stack is full; whatever `f` throws.
    pub(crate) fn with_stack_words<R>(
        self,
        count: usize,
        f: impl FnOnce(&[Cell<Value>]) -> JsResult<R>,
    ) -> JsResult<R> {
        let top = self.hot.stack_top.get();
        let new_top = (top as usize).wrapping_sub(count.saturating_mul(8));
        if new_top < self.hot.stack_limit.load(Ordering::Relaxed) || new_top > top as usize {
            crate::interrupt::handle_stack_check(self, new_top)?;
        }
        let base = new_top as *mut Value;
        // SAFETY: `count` words below the top are inside the stack (just checked) and belong to this call until it ends.
        let words = unsafe {
            for i in 0..count {
                base.add(i).write(Value::UNDEFINED);
            }
            std::slice::from_raw_parts(base.cast::<Cell<Value>>(), count)
        };
        self.hot.stack_top.set(base);
        let result = f(words);
        self.hot.stack_top.set(top);
        result
    }

    /// Whether the innermost saved frame runs strict code.
    pub(crate) fn runs_strict_code(self) -> bool {
        self.frames().next().is_some_and(|frame| {
            // SAFETY: saved frames are fully built.
            unsafe { frame.header() }.template.get().has(FunctionTemplate::STRICT)
        })
    }

    /// The frames from the innermost saved one outward.
    pub fn frames(self) -> Frames {
        Frames(self.hot.current_frame.get())
    }
}

/// Iterates over the frames of the isolate's stack, innermost first.
#[derive(Debug)]
pub struct Frames(*mut Value);

impl Iterator for Frames {
    type Item = Frame;
    fn next(&mut self) -> Option<Frame> {
        if self.0.is_null() {
            return None;
        }
        let frame = Frame(self.0);
        // SAFETY: the chain of saved frames consists of fully built frames.
        self.0 = unsafe { frame.header() }.caller_fp.get();
        Some(frame)
    }
}

/// The memory of interpreter frames: reserved once, committed by the system as it is touched.
#[derive(Debug)]
pub struct Stack {
    base: *mut u8,
    size: usize,
}

impl Stack {
    /// Words kept free below the limit for the overshoot of checks: the largest exit (64 KiB) and the
    /// arguments of calls into Rust.
    pub const RESERVE_BYTES: usize = 128 * 1024;

    /// A stack of `size` bytes.
    pub fn new(size: usize) -> Stack {
        let layout = Self::layout(size);
        // SAFETY: the size is not zero. Large zeroed allocations come from fresh pages, which cost nothing until touched.
        let base = unsafe { std::alloc::alloc_zeroed(layout) };
        assert!(!base.is_null(), "no memory for the isolate's stack");
        Stack { base, size }
    }

    /// No more than the allocator's own alignment: with more, the system allocator clears the memory itself and so touches
    /// every page.
    fn layout(size: usize) -> std::alloc::Layout {
        std::alloc::Layout::from_size_align(size, 16).expect("a sane stack size")
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

    /// Are so many words below an address of the stack inside it, the reserve included?
    pub fn has_words_below(&self, top: *mut Value, words: usize) -> bool {
        (top as usize).checked_sub(self.base as usize).is_some_and(|bytes| words <= bytes / 8)
    }

    /// The words in use, for the conservative scan.
    pub(crate) fn used_range(&self, stack_top: *mut Value) -> (*const usize, *const usize) {
        (stack_top.cast(), self.top().cast())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.base, Self::layout(self.size)) };
    }
}
