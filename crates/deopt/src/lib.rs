//! What the deoptimizer and the interpreter agree on.
//!
//! This crate knows no JavaScript. It names the ways in which a rebuilt frame goes on ([`Resume`]) and the facts that
//! whoever owns the interpreter's frame publishes about it ([`FrameLayout`]), so that code which rebuilds frames needs to know
//! nothing else of the interpreter.
#![forbid(unsafe_code)]

/// Where and how a rebuilt frame goes on. Offsets are byte offsets in the function's bytecode.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resume {
    /// Execute the instruction at the offset (again): nothing of it has happened.
    Before(u32),
    /// The instruction at the offset is complete; its result is handed over and the next one is executed.
    After(u32),
    /// Continue at a handler, with the exception handed over.
    Catch(u32),
    /// Return to a builtin's continuation of the given number.
    Builtin(u32),
}

impl Resume {
    /// The bytecode offset, unless a builtin goes on.
    pub const fn offset(self) -> Option<u32> {
        match self {
            Resume::Before(offset) | Resume::After(offset) | Resume::Catch(offset) => Some(offset),
            Resume::Builtin(_) => None,
        }
    }
}

/// Where the words of an interpreter frame are, in words relative to the frame pointer (register 0).
///
/// Registers ascend from the frame pointer; behind them come the receiver and the arguments in order. The fixed part lies
/// below the frame pointer.
pub trait FrameLayout {
    /// Words of the fixed part.
    const FIXED_WORDS: usize;
    /// The caller's frame pointer.
    const CALLER_FRAME: isize;
    /// Flags of the activation.
    const FLAGS: isize;
    /// The current context.
    const CONTEXT: isize;
    /// The running function.
    const FUNCTION: isize;
    /// The code that runs.
    const CODE: isize;
    /// The offset of the current instruction.
    const BYTECODE_OFFSET: isize;
    /// The feedback of the function.
    const FEEDBACK: isize;
    /// The number of actual arguments, without the receiver.
    const ARGUMENT_COUNT: isize;

    /// The word of the receiver in a function with so many registers.
    fn receiver(register_count: u32) -> isize {
        register_count as isize
    }
    /// The word of an argument in a function with so many registers.
    fn argument(register_count: u32, index: u32) -> isize {
        register_count as isize + 1 + index as isize
    }
    /// Words of a whole frame with so many registers and argument words.
    fn frame_words(register_count: u32, argument_words: u32) -> usize {
        Self::FIXED_WORDS + register_count as usize + 1 + argument_words as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Example;
    impl FrameLayout for Example {
        const FIXED_WORDS: usize = 8;
        const CALLER_FRAME: isize = -8;
        const FLAGS: isize = -7;
        const CONTEXT: isize = -6;
        const FUNCTION: isize = -5;
        const CODE: isize = -4;
        const BYTECODE_OFFSET: isize = -3;
        const FEEDBACK: isize = -2;
        const ARGUMENT_COUNT: isize = -1;
    }

    #[test]
    fn arguments_follow_the_registers() {
        assert_eq!(Example::receiver(3), 3);
        assert_eq!(Example::argument(3, 0), 4);
        assert_eq!(Example::frame_words(3, 2), 14);
    }

    #[test]
    fn only_builtins_have_no_offset() {
        assert_eq!(Resume::Before(7).offset(), Some(7));
        assert_eq!(Resume::Builtin(7).offset(), None);
    }
}
