//! What the owner of the interpreter's frame publishes about it, so that code which rebuilds frames needs to know nothing
//! else of the interpreter.
//!
//! All distances are in words of eight bytes relative to the *frame pointer*, which is the address of register 0. Registers ascend
//! from there; behind them come the receiver and the arguments in order. The *fixed part* lies below the frame pointer and holds the
//! links. Frames follow one another downward: the callee's last argument lies directly below the caller's fixed part.
//!
//! ```text
//! lower addresses                                                              higher addresses
//! | fixed part: FIXED_WORDS words | r0 | r1 | … | receiver | arg 0 | arg 1 | … | the caller's fixed part |
//!  -FIXED_WORDS               -1   0
//! ```

/// Where the words of an interpreter frame are.
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

    /// Set in the flags of a constructor's frame when its caller inlined an ordinary `new`, where the receiver exists
    /// already and replaces a
    /// result that is no object.
    const CONSTRUCT_CREATE_FLAGS: u64 = 0;
    /// Set in the flags of a constructor's frame that makes its receiver itself.
    const CONSTRUCT_INVOKE_FLAGS: u64 = 0;
    /// Set in the flags of a frame that a builtin goes on in.
    const CONTINUATION_FLAGS: u64 = 0;

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

/// Do the words of the fixed part lie in it, each in a place of its own?
pub(crate) const fn is_consistent<L: FrameLayout>() -> bool {
    let words = [
        L::CALLER_FRAME,
        L::FLAGS,
        L::CONTEXT,
        L::FUNCTION,
        L::CODE,
        L::BYTECODE_OFFSET,
        L::FEEDBACK,
        L::ARGUMENT_COUNT,
    ];
    let mut i = 0;
    while i < words.len() {
        if words[i] >= 0 || words[i] < -(L::FIXED_WORDS as isize) {
            return false;
        }
        let mut j = 0;
        while j < i {
            if words[j] == words[i] {
                return false;
            }
            j += 1;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Layout<const FLAGS: isize, const FIXED: usize>;
    impl<const FLAGS: isize, const FIXED: usize> FrameLayout for Layout<FLAGS, FIXED> {
        const FIXED_WORDS: usize = FIXED;
        const CALLER_FRAME: isize = -8;
        const FLAGS: isize = FLAGS;
        const CONTEXT: isize = -6;
        const FUNCTION: isize = -5;
        const CODE: isize = -4;
        const BYTECODE_OFFSET: isize = -3;
        const FEEDBACK: isize = -2;
        const ARGUMENT_COUNT: isize = -1;
    }

    #[test]
    fn words_of_the_fixed_part_lie_apart_and_inside() {
        assert!(is_consistent::<Layout<-7, 8>>());
        assert!(!is_consistent::<Layout<-8, 8>>(), "two in one place");
        assert!(!is_consistent::<Layout<-7, 4>>(), "outside");
        assert!(!is_consistent::<Layout<0, 8>>(), "in register 0");
    }
}
