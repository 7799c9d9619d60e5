//! Frame descriptions: the optimized frame as an exit left it (input), and the interpreter's frames as they were written
//! (output).
//!
//! The input has three parts of raw words: the *exit area*, into which the exit stored live values; the *register
//! file*, saved by the entry that an exit
//! calls; and the words of the machine frame. A translation may name any of them. A stack walk that does not
//! exit has no register file; values in registers are then not available.

use crate::ids::LiteralId;
use crate::resume::Resume;

/// Machine registers as an exit found them, in the machine's own numbering.
#[repr(C, align(16))]
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RegisterFile {
    /// General registers.
    pub general: [u64; 16],
    /// Vector registers, low half first.
    pub vector: [[u64; 2]; 16],
}

impl RegisterFile {
    /// The word of a translation's register number: 0–15 general, 16–31 the low half of a vector register.
    #[inline]
    pub fn word(&self, register: u8) -> Option<u64> {
        match register {
            0..16 => self.general.get(usize::from(register)).copied(),
            _ => self.vector.get(usize::from(register) - 16).map(|halves| halves[0]),
        }
    }
}

/// The words of a machine frame.
#[derive(Clone, Copy, Debug)]
pub struct MachineFrame<'a> {
    /// The words, ascending.
    pub words: &'a [u64],
    /// Which of them the frame pointer points to.
    pub frame_pointer: usize,
}

impl MachineFrame<'_> {
    /// A word relative to the frame pointer.
    pub fn word(&self, distance: i32) -> Option<u64> {
        let index = self.frame_pointer.checked_add_signed(distance as isize)?;
        self.words.get(index).copied()
    }
}

/// What the outermost function was called with.
#[derive(Clone, Copy, Default, Debug)]
pub enum ActualArguments<'a> {
    /// As many as its formals; it cannot see what it was called with.
    #[default]
    Formals,
    /// These, the receiver not counted. Those beyond the formals are copied into the frame.
    Given(&'a [u64]),
    /// These, and those beyond the formals already stand where they belong, directly above the
    /// [top of the stack](FrameDescription::stack_top).
    InPlace(&'a [u64]),
}

/// The optimized frame that is to be replaced. The default has stored nothing, and stands below no frame.
#[derive(Clone, Copy, Default, Debug)]
pub struct FrameDescription<'a> {
    /// Words that the exit stored.
    pub exit_area: &'a [u64],
    /// Registers, if they are known.
    pub registers: Option<&'a RegisterFile>,
    /// The machine frame, if translations name its words.
    pub machine_frame: Option<MachineFrame<'a>>,
    /// What the outermost function was called with.
    pub arguments: ActualArguments<'a>,
    /// The frame pointer of the interpreter frame that the outermost frame returns to.
    pub caller_frame: u64,
    /// Flags for the outermost frame.
    pub flags: u64,
    /// The address above the first word to be written.
    pub stack_top: u64,
}

/// A word of the rebuilt frames: how many words it lies below the top of the stack on which they are built, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FrameSlot(pub u32);

impl FrameSlot {
    /// Its address.
    pub const fn address(self, stack_top: u64) -> u64 {
        stack_top.wrapping_sub(8 * self.0 as u64)
    }
    /// Its index in a slice of so many words that ends at the top of the stack.
    pub const fn index_in(self, words: usize) -> usize {
        words.wrapping_sub(self.0 as usize)
    }
}

/// What runs in a rebuilt frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputCode {
    /// Bytecode.
    Interpreted(LiteralId),
    /// A builtin's continuation.
    Continuation(u32),
}

/// A rebuilt frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutputFrame {
    /// What runs in it.
    pub code: OutputCode,
    /// Its frame pointer: the address of register 0.
    pub frame_pointer: u64,
    /// The word of register 0.
    pub register_0: FrameSlot,
    /// All its words.
    pub words: u32,
    /// How it goes on; frames below the topmost one when they are returned to.
    pub resume: Resume,
}

/// What an exit built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Output {
    /// The topmost frame.
    pub top: OutputFrame,
    /// The word below the topmost frame with the accumulator that is handed over.
    pub accumulator: FrameSlot,
    /// How many frames there are.
    pub frames: u32,
    /// Values that still have to be materialized.
    pub queued: u32,
}
