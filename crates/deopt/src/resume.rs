//! How a rebuilt frame goes on, and the search for the frame that catches an exception.
//!
//! Frames are built outermost first; only this search goes the other way. Frames inside the one with the handler are never
//! built: the exception has ended them.

use crate::ids::LiteralId;
use crate::translated::{TranslatedFrame, TranslatedFrameKind};
use crate::translation::Catch;

/// Where and how a rebuilt frame goes on. Offsets are byte offsets in the function's bytecode.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resume {
    /// Execute the instruction at the offset (again): nothing of it has happened.
    Before(u32),
    /// The instruction at the offset is complete; its result is handed over and the next one is executed.
    After(u32),
    /// Continue at a handler, with the exception handed over.
    Catch(u32),
    /// Return to a builtin's continuation of the given number, with the result handed over if there is one.
    Builtin(u32),
    /// Go to a builtin's continuation of the given number with the exception handed over.
    BuiltinCatch(u32),
}

impl Resume {
    /// The bytecode offset, unless a builtin goes on.
    pub const fn offset(self) -> Option<u32> {
        match self {
            Resume::Before(offset) | Resume::After(offset) | Resume::Catch(offset) => Some(offset),
            Resume::Builtin(_) | Resume::BuiltinCatch(_) => None,
        }
    }
}

/// An exception handler of some function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    /// Where it begins.
    pub offset: u32,
    /// The register that holds the context in which it runs.
    pub context: u32,
}

/// Finds the handler that covers an offset of a function's bytecode, the innermost one if there are several.
pub type HandlerAt<'h> = &'h dyn Fn(LiteralId, u32) -> Option<Handler>;

/// The frame that catches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Catcher {
    /// An interpreted frame with a handler.
    Handler {
        /// Index of the frame, outermost 0.
        frame: usize,
        /// The handler.
        handler: Handler,
    },
    /// A continuation that takes exceptions.
    Continuation {
        /// Index of the frame, outermost 0.
        frame: usize,
    },
}

impl Catcher {
    /// Index of the frame, outermost 0.
    pub const fn frame(self) -> usize {
        match self {
            Catcher::Handler { frame, .. } | Catcher::Continuation { frame } => frame,
        }
    }
}

/// Searches frames innermost first for one that catches.
pub fn find_catcher(frames: &[TranslatedFrame], handler_at: HandlerAt<'_>) -> Option<Catcher> {
    for (index, frame) in frames.iter().enumerate().rev() {
        match frame.kind {
            TranslatedFrameKind::Interpreted { head, position } => {
                if let Some(handler) = handler_at(head.code, position.offset())
                    && handler.context < head.registers
                {
                    return Some(Catcher::Handler { frame: index, handler });
                }
            }
            TranslatedFrameKind::Continuation(continuation) => {
                if continuation.catch == Catch::Yes {
                    return Some(Catcher::Continuation { frame: index });
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_builtins_have_no_offset() {
        assert_eq!(Resume::Before(7).offset(), Some(7));
        assert_eq!(Resume::Catch(7).offset(), Some(7));
        assert_eq!(Resume::Builtin(7).offset(), None);
        assert_eq!(Resume::BuiltinCatch(7).offset(), None);
    }
}
