//! Early errors: the one kind of failure the front end has.
//!
//! They come from three places (the parser, its semantic stage, our own checks during scope analysis or code generation)
//! and have one form here: message, range, position, and the line for showing it. Making the error object, and its realm,
//! is the runtime's.

use crate::source::{Position, SourceText};
use std::fmt;

/// Why a source text is not a program, with the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// A sentence without a final full stop.
    pub message: String,
    /// First byte of the offending text in [`SourceText::text`].
    pub start: u32,
    /// Byte after the offending text.
    pub end: u32,
    /// Line and column of `start`.
    pub position: Position,
    /// The text of the line of `start`, without its terminator.
    pub line_text: String,
    /// Which constructor of error objects the specification asks for.
    pub kind: EarlyErrorKind,
}

/// The error object an early error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyErrorKind {
    /// `SyntaxError`, nearly always.
    Syntax,
    /// `RangeError`: the program is well-formed but too deep or too large to compile.
    Range,
}

impl SyntaxError {
    pub(crate) fn new(source: &SourceText, message: impl Into<String>, start: u32, end: u32) -> SyntaxError {
        let position = source.position(start);
        SyntaxError {
            message: message.into(),
            start,
            end,
            position,
            line_text: source.line_text(position.line).to_owned(),
            kind: EarlyErrorKind::Syntax,
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.position.line, self.position.column, self.message)
    }
}

impl std::error::Error for SyntaxError {}
