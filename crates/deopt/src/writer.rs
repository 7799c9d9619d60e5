//! The frame writer: pushes words downward onto the interpreter's stack, one typed push per kind of word.
//!
//! Each push also says what it wrote, in V8's words, if tracing is on; so the trace cannot drift from the frame.
//! Without tracing nothing of
//! that exists in the machine code.

use std::fmt;

use crate::description::FrameSlot;

/// Where traces of an exit go.
pub trait Trace {
    /// Whether lines are wanted; everything about them is left out otherwise.
    const ENABLED: bool;
    /// Takes a line.
    fn line(&mut self, line: fmt::Arguments<'_>);
    /// Describes a word of the interpreter.
    fn describe(&self, word: u64) -> String {
        format!("{word:#018x}")
    }
}

/// No traces.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoTrace;
impl Trace for NoTrace {
    const ENABLED: bool = false;
    fn line(&mut self, _: fmt::Arguments<'_>) {}
}

/// Collects the lines.
#[derive(Clone, Default, Debug)]
pub struct TraceLines(pub Vec<String>);
impl Trace for TraceLines {
    const ENABLED: bool = true;
    fn line(&mut self, line: fmt::Arguments<'_>) {
        self.0.push(line.to_string());
    }
}

/// What a word is, for the trace.
#[derive(Clone, Copy)]
pub(crate) enum WordIs {
    /// No value of the interpreter.
    Raw,
    /// A value of the interpreter.
    Object,
    /// A translated value.
    Value { input: u32 },
}

/// Pushes words onto a stack that grows down.
#[derive(Debug)]
pub struct FrameWriter<'w, T> {
    words: &'w mut [u64],
    /// Index of the last word written.
    top: usize,
    stack_top: u64,
    trace: &'w mut T,
}

impl<'w, T: Trace> FrameWriter<'w, T> {
    /// A writer whose first word is the last of `words`, below the address `stack_top`.
    pub fn new(words: &'w mut [u64], stack_top: u64, trace: &'w mut T) -> FrameWriter<'w, T> {
        FrameWriter { top: words.len(), words, stack_top, trace }
    }

    /// The word that the next push writes.
    #[inline]
    pub fn next_slot(&self) -> FrameSlot {
        FrameSlot((self.words.len() - self.top + 1) as u32)
    }

    #[inline]
    fn push(&mut self, word: u64, what: &str, is: WordIs) {
        self.top -= 1;
        self.words[self.top] = word;
        if T::ENABLED {
            self.trace_pushed(0, what, is);
        }
    }

    /// A number or address that is no value of the interpreter.
    #[inline]
    pub fn push_raw_value(&mut self, word: u64, what: &str) {
        self.push(word, what, WordIs::Raw);
    }
    /// A value of the interpreter that comes from no translated value.
    #[inline]
    pub fn push_raw_object(&mut self, word: u64, what: &str) {
        self.push(word, what, WordIs::Object);
    }
    /// A translated value, or the marker that stands for it.
    #[inline]
    pub fn push_translated_value(&mut self, word: u64, what: &str, input: u32) {
        self.push(word, what, WordIs::Value { input });
    }
    /// Pushes so many words at once, the lowest address first, to be filled. They are to be [traced](Self::trace_pushed) when they are.
    #[inline]
    pub(crate) fn push_words(&mut self, count: usize) -> &mut [u64] {
        let end = self.top;
        self.top -= count;
        &mut self.words[self.top..end]
    }
    /// The word so far above the last one pushed.
    #[inline]
    pub(crate) fn pushed_slot(&self, above: usize) -> FrameSlot {
        FrameSlot((self.words.len() - self.top - above) as u32)
    }
    /// Ends a part of the frame in the trace.
    #[inline]
    pub fn separator(&mut self) {
        if T::ENABLED {
            self.trace.line(format_args!("    -------------------------"));
        }
    }
    /// A line about the frame as a whole.
    #[inline]
    pub fn head(&mut self, line: fmt::Arguments<'_>) {
        if T::ENABLED {
            self.trace.line(line);
        }
    }

    /// Traces the word so far above the last one.
    #[cold]
    pub(crate) fn trace_pushed(&mut self, above: usize, what: &str, is: WordIs) {
        let at = self.top + above;
        let word = self.words[at];
        let slot = self.pushed_slot(above);
        let address = slot.address(self.stack_top);
        let tail = match is {
            WordIs::Raw => String::new(),
            WordIs::Object => format!(" {}", self.trace.describe(word)),
            WordIs::Value { input } => format!(" (input #{input}) {}", self.trace.describe(word)),
        };
        self.trace.line(format_args!(
            "    {address:#018x}: [top - {:3}] <- {word:#018x} ;  {what}{tail}",
            8 * slot.0
        ));
    }
}
