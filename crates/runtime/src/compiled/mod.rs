//! Compiled code as the runtime sees it: how it is entered, how it comes back, and how stack walks find it.
//!
//! A function with machine code has the flag [`FunctionTemplate::HAS_CODE`] and an [`EntryRecord`]. The record belongs to the
//! template and outlives every code object, so compiled callers may embed its address; installing, redirecting and unlinking
//! code are stores into it. The *fast* entry takes callee, receiver and exactly the formals in registers, the *generic* entry a
//! pointer to any number of arguments.
//!
//! Compiled code gives a value or [`SENTINEL`], which means "an exception is pending, or frames were rebuilt". The
//! interpreter adopts rebuilt frames and goes on in its own loop; everybody else calls [`finish_call`].
//!
//! Each entry from Rust into compiled code is an [`Activation`]; together with the frame pointer that compiled code stores before it
//! calls Rust, the chain of activations joins the two stacks: see `Cx::for_each_frame`.
//!
//! This module knows nothing of what compiled code looks like inside.

pub mod helpers;
mod step;
mod walk;

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_values::Value;

use crate::cells::{Function, FunctionTemplate};
use crate::completion::{JsResult, Throw};
use crate::frame::{Frame, FrameFlags};
use crate::isolate::{Cx, Isolate};

pub use step::{StepDescriptor, StepSlot};

/// The word that is no value: "exception pending or frames rebuilt".
pub const SENTINEL: u64 = 0;

/// (isolate, callee, receiver, new.target, argument count, arguments) → value or [`SENTINEL`].
pub type GenericEntry = unsafe extern "C" fn(*const Isolate, u64, u64, u64, usize, *const Value) -> u64;

/// Code that goes on in a frame of the interpreter, at a loop or (of resumable functions) at the beginning of the activation or of its
/// resumption: (isolate, frame pointer of the frame) → what the function returns or suspends with, or [`SENTINEL`].
pub type LoopEntry = unsafe extern "C" fn(*const Isolate, *mut Value) -> u64;

/// Where a function's compiled code is entered. Owned by its template; never moves.
#[repr(C)]
#[derive(Debug)]
pub struct EntryRecord {
    /// The fast entry (of the code generator's own calling convention); code that interprets when there is no machine code.
    pub fast: Cell<*const u8>,
    /// The generic entry; none while there is no machine code.
    pub generic: Cell<Option<GenericEntry>>,
    /// Of resumable functions: the code that activations go on in, which is their only entry.
    pub activation: Cell<Option<LoopEntry>>,
    /// Number of the code object, while there is one.
    pub code: Cell<u32>,
    /// How many formals the fast entry takes, or [`EntryRecord::NOT_DIRECT`]. A caller that knows nothing of the function but this
    /// may use the fast entry with exactly so many arguments.
    pub formals: u32,
    /// Such a caller must pass an object as receiver: the function would coerce any other.
    pub coerces: bool,
}

impl EntryRecord {
    /// The function observes its actual arguments or its `new.target`, or cannot be called.
    pub const NOT_DIRECT: u32 = u32::MAX;
}

/// How the innermost rebuilt frame goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Continuation {
    /// Execute the instruction at the frame's offset.
    Before,
    /// The instruction at the frame's offset is complete.
    After,
    /// The instruction at the frame's offset threw: look for a handler from this frame outward.
    Throw,
    /// Continue at the frame's offset, which is a handler, with the exception as accumulator.
    Catch,
}

/// Frames that an exit has built on the isolate's stack and that nobody runs yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rebuilt {
    /// The innermost frame.
    pub innermost: Frame,
    /// The outermost frame; it has the ENTRY flag and its caller is the frame that was current at the exit.
    pub outermost: Frame,
    /// How the innermost frame goes on.
    pub continuation: Continuation,
    /// Its accumulator.
    pub accumulator: Value,
}

/// One entry from Rust into compiled code, on the machine stack of whoever entered.
#[repr(C)]
#[derive(Debug)]
pub struct Activation {
    /// The activation around this one.
    pub previous: *const Activation,
    /// The interpreter's frame that was current at the entry.
    pub frame: *mut Value,
    /// Frame pointer and call site of the compiled frame that the activation around this one left into Rust.
    pub compiled_frame: *const usize,
    /// See `compiled_frame`.
    pub compiled_site: u64,
    /// What the compiled code is to `frame`.
    pub relation: Relation,
}

/// What an activation is to the interpreter's frame it was entered from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// A callee.
    Called,
    /// The same activation, which goes on in compiled code: the frame itself is not to be seen.
    Replaces,
}

impl FunctionTemplate {
    /// The entry record, made at the first call. Its fast entry is `interpret` until there is code.
    pub fn entry_record(&self, interpret: *const u8) -> &EntryRecord {
        self.record.get_or_init(|| {
            let is_direct = !self.info.observes_actual_arguments()
                && !self.has(FunctionTemplate::CLASS_CONSTRUCTOR)
                && self.code().is_some_and(|code| code.new_target_or_generator.is_none());
            Box::new(EntryRecord {
                fast: Cell::new(interpret),
                generic: Cell::new(None),
                activation: Cell::new(None),
                code: Cell::new(0),
                formals: if is_direct { self.formal_count.get() } else { EntryRecord::NOT_DIRECT },
                coerces: self.has(FunctionTemplate::SLOPPY_THIS),
            })
        })
    }

    /// The entry record, if there is one.
    pub fn existing_entry_record(&self) -> Option<&EntryRecord> {
        self.record.get().map(|record| &**record)
    }

    /// Directs all calls to machine code.
    pub fn link_code(&self, record: &EntryRecord, fast: *const u8, generic: GenericEntry, code: u32) {
        record.fast.set(fast);
        record.generic.set(Some(generic));
        record.code.set(code);
        self.flags.set(self.flags.get() | FunctionTemplate::HAS_CODE);
    }

    /// Lets activations of a resumable function go on in machine code, once the interpreter has pushed their frames.
    pub fn link_activation_code(&self, record: &EntryRecord, activation: LoopEntry, code: u32) {
        record.activation.set(Some(activation));
        record.code.set(code);
        self.flags.set(self.flags.get() | FunctionTemplate::HAS_CODE);
    }

    /// Directs all calls to the interpreter.
    pub fn unlink_code(&self, interpret: *const u8) {
        self.flags.set(self.flags.get() & !FunctionTemplate::HAS_CODE);
        if let Some(record) = self.existing_entry_record() {
            record.fast.set(interpret);
            record.generic.set(None);
            record.activation.set(None);
        }
    }

    /// The code of a resumable function's activations, if there is any.
    #[inline(always)]
    pub fn activation_entry(&self) -> Option<LoopEntry> {
        if !self.has(FunctionTemplate::HAS_CODE) {
            return None;
        }
        self.existing_entry_record().and_then(|record| record.activation.get())
    }

    /// The generic entry of the machine code, if there is any.
    #[inline(always)]
    pub fn generic_entry(&self) -> Option<GenericEntry> {
        if !self.has(FunctionTemplate::HAS_CODE) {
            return None;
        }
        self.existing_entry_record().and_then(|record| record.generic.get())
    }
}

/// Enters compiled code. Gives a value's bits or [`SENTINEL`].
///
/// # Safety
/// `entry` is the generic entry of the callee's template, and `count` words at `arguments` are live until the call is over.
#[inline]
pub unsafe fn enter(
    cx: Cx<'_>,
    entry: GenericEntry,
    callee: Gc<Function>,
    receiver: Value,
    new_target: Value,
    arguments: *const Value,
    count: usize,
) -> u64 {
    let hot = &cx.hot;
    let activation = Activation {
        previous: hot.activation.get(),
        frame: hot.current_frame.get(),
        compiled_frame: hot.compiled_frame.get(),
        compiled_site: hot.compiled_site.get(),
        relation: Relation::Called,
    };
    hot.activation.set(&raw const activation);
    hot.compiled_frame.set(std::ptr::null());
    // SAFETY: `entry` is the address of installed code with the generic signature, compiled for `callee`'s template;
    // the arguments are live words, and the activation record outlives the call.
    let result = unsafe {
        entry(
            cx.isolate(),
            Value::from_cell(callee).bits(),
            receiver.bits(),
            new_target.bits(),
            count,
            arguments,
        )
    };
    hot.activation.set(activation.previous);
    hot.compiled_frame.set(activation.compiled_frame);
    hot.compiled_site.set(activation.compiled_site);
    debug_assert!(std::ptr::eq(hot.current_frame.get(), activation.frame), "calls are balanced");
    result
}

/// Enters code that goes on in `frame`, the current frame. Gives a value's bits or [`SENTINEL`]; `hot.suspended` tells of a value whether
/// the activation has been suspended rather than ended.
///
/// # Safety
/// `entry` is code for the loop at whose back edge the frame is, or for activations of its function and the frame was just pushed.
pub unsafe fn enter_loop(cx: Cx<'_>, entry: LoopEntry, frame: Frame) -> u64 {
    let hot = &cx.hot;
    let activation = Activation {
        previous: hot.activation.get(),
        frame: hot.current_frame.get(),
        compiled_frame: hot.compiled_frame.get(),
        compiled_site: hot.compiled_site.get(),
        relation: Relation::Replaces,
    };
    hot.activation.set(&raw const activation);
    hot.compiled_frame.set(std::ptr::null());
    // SAFETY: `entry` is the address of installed loop code for the function of `frame`, which is fully built; the
    // activation record outlives the call.
    let result = unsafe { entry(cx.isolate(), frame.0) };
    hot.activation.set(activation.previous);
    hot.compiled_frame.set(activation.compiled_frame);
    hot.compiled_site.set(activation.compiled_site);
    result
}

/// Makes a completion of what compiled code gave: runs rebuilt frames to their end. `flags` are added to the outermost one.
///
/// # Errors
/// The pending exception.
#[inline]
pub fn finish_call(cx: Cx<'_>, result: u64, flags: u64) -> JsResult<Value> {
    if result == SENTINEL {
        return finish_sentinel(cx, flags);
    }
    // SAFETY: compiled code gives the bits of a value or the sentinel.
    Ok(unsafe { Value::from_bits(result) })
}

/// [`finish_call`] for the sentinel.
///
/// # Errors
/// The pending exception.
#[cold]
#[inline(never)]
pub(crate) fn finish_sentinel(cx: Cx<'_>, flags: u64) -> JsResult<Value> {
    let Some(rebuilt) = cx.hot.rebuilt.take() else { return Err(Throw::pending(cx)) };
    // SAFETY: an exit gives fully built frames.
    let header = unsafe { rebuilt.outermost.header() };
    debug_assert!(header.flags.get() & FrameFlags::ENTRY != 0);
    header.flags.set(header.flags.get() | flags);
    (cx.hooks.resume_rebuilt)(cx, rebuilt)
}

/// Calls the compiled code of a closure from Rust.
///
/// # Errors
/// What it throws.
#[inline(never)]
pub(crate) fn call(
    cx: Cx<'_>,
    entry: GenericEntry,
    callee: Gc<Function>,
    receiver: Value,
    new_target: Value,
    arguments: &[Value],
    flags: u64,
) -> JsResult<Value> {
    // SAFETY: the arguments are a slice; the entry is the callee's.
    let result =
        unsafe { enter(cx, entry, callee, receiver, new_target, arguments.as_ptr(), arguments.len()) };
    let value = finish_call(cx, result, flags)?;
    if flags & FrameFlags::CONSTRUCT != 0 && flags & FrameFlags::DERIVED == 0 && !value.is_object() {
        return Ok(receiver);
    }
    Ok(value)
}
