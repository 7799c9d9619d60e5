//! The deoptimizer: turns an optimized frame into the frames of the interpreter.
//!
//! [`compute_output_frames`](Deoptimizer::compute_output_frames) is phase one. It decodes and reads
//! ([`TranslatedState`]), finds the catching
//! frame if an exception is under way, and writes frames, outermost first. A value that needs an allocation is written as a
//! marker and queued. [`materialize`](Deoptimizer::materialize) is phase two. Between the two, the frames are complete as
//! far as a collector is concerned, and the words that queued values will need are handed to it.
//!
//! A deoptimizer is kept per isolate: its buffers are reused, so that an exit asks no allocator for memory once it has grown
//! to the usual size.

use std::fmt;
use std::marker::PhantomData;

use crate::description::{ActualArguments, FrameDescription, FrameSlot, Output, OutputCode, OutputFrame};
use crate::exit_table::DeoptimizationData;
use crate::ids::TranslationIndex;
use crate::layout::FrameLayout;
use crate::materialize::MaterializationCounts;
use crate::resume::{Catcher, HandlerAt, Resume, find_catcher};
use crate::translated::{
    Invocation, RawValues, TranslatedFrame, TranslatedFrameKind, TranslatedState, UnmadeInput,
};
use crate::translation::{
    ContinuationFrame, InterpretedFrame, Location, Malformed, Position, ResultLocation,
};
use crate::writer::{FrameWriter, Trace, WordIs};

/// Why an exit cannot be performed. None of these happens with verified data and a complete description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeoptError {
    /// The translation is corrupt.
    Corrupt(Malformed),
    /// A translation names a word that the description does not have.
    NoSuchLocation(Location),
    /// The frames need so many words, more than there are.
    StackTooSmall {
        /// Words needed.
        needed: usize,
    },
    /// No frame catches the exception, so there is nothing to rebuild.
    NoCatcher,
}

impl fmt::Display for DeoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeoptError::Corrupt(malformed) => malformed.fmt(f),
            DeoptError::NoSuchLocation(location) => write!(f, "there is no {location}"),
            DeoptError::StackTooSmall { needed } => write!(f, "the rebuilt frames need {needed} words"),
            DeoptError::NoCatcher => f.write_str("no frame catches the exception"),
        }
    }
}

impl std::error::Error for DeoptError {}

impl From<Malformed> for DeoptError {
    fn from(malformed: Malformed) -> Self {
        DeoptError::Corrupt(malformed)
    }
}

/// How the instruction at which the code is left came out.
#[derive(Clone, Copy)]
pub enum Completion<'h> {
    /// As the translation says; every eager exit.
    Normal,
    /// The call at which a lazy exit stands has returned these results; they go where the frame says
    /// ([`ResultLocation`]).
    Result([u64; 2]),
    /// The call has thrown. Handlers are searched innermost first.
    Throw {
        /// What was thrown.
        exception: u64,
        /// Finds handlers.
        handler_at: HandlerAt<'h>,
    },
}

impl fmt::Debug for Completion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Completion::Normal => "Normal",
            Completion::Result(_) => "Result",
            Completion::Throw { .. } => "Throw",
        })
    }
}

/// A value that waits for phase two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Queued {
    pub(crate) slot: FrameSlot,
    pub(crate) value: u32,
}

/// Rebuilds frames of layout `L`. See the [module documentation](self).
pub struct Deoptimizer<L> {
    pub(crate) state: TranslatedState,
    pub(crate) queue: Vec<Queued>,
    pub(crate) counts: MaterializationCounts,
    /// Values of frames that were built.
    pub(crate) built_values: u32,
    output: Vec<OutputFrame>,
    layout: PhantomData<fn() -> L>,
}

impl<L> Default for Deoptimizer<L> {
    fn default() -> Self {
        Deoptimizer {
            state: TranslatedState::default(),
            queue: Vec::new(),
            counts: MaterializationCounts::default(),
            built_values: 0,
            output: Vec::new(),
            layout: PhantomData,
        }
    }
}

impl<L> fmt::Debug for Deoptimizer<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deoptimizer").field("output", &self.output).field("counts", &self.counts).finish()
    }
}

/// What overrides the translation in the frame that goes on.
#[derive(Clone, Copy)]
enum Override {
    Nothing,
    Result([u64; 2]),
    Exception { exception: u64, context: Option<u32>, resume: Resume },
}

impl<L: FrameLayout> Deoptimizer<L> {
    /// A deoptimizer with empty buffers. That the words of the layout lie in the fixed part, each in a place of its own, is checked when
    /// this is compiled.
    pub fn new() -> Deoptimizer<L> {
        const { assert!(crate::layout::is_consistent::<L>(), "the fixed part of the frame is inconsistent") };
        Deoptimizer::default()
    }

    /// What the last exit decoded.
    pub fn state(&self) -> &TranslatedState {
        &self.state
    }
    /// The frames that the last exit built, outermost first.
    pub fn output_frames(&self) -> &[OutputFrame] {
        &self.output
    }
    /// Counters of all exits so far.
    pub fn counts(&self) -> MaterializationCounts {
        self.counts
    }

    /// Phase one: writes the frames of a translation into `stack`, whose end is the top of the stack so far, outermost
    /// frame first
    /// and downward. Below the topmost frame's fixed part stands one more word with the accumulator.
    ///
    /// # Errors
    /// See [`DeoptError`]. Nothing has been written then.
    pub fn compute_output_frames<R: RawValues, T: Trace>(
        &mut self,
        data: &DeoptimizationData,
        translation: TranslationIndex,
        input: &FrameDescription<'_>,
        completion: Completion<'_>,
        raw: &R,
        stack: &mut [u64],
        trace: &mut T,
    ) -> Result<Output, DeoptError> {
        self.queue.clear();
        self.output.clear();
        self.built_values = 0;
        self.state.read(data.translations(), translation, input, raw, trace)?;
        let mut frame_count = self.state.frames.len();
        let over = match completion {
            Completion::Normal => Override::Nothing,
            Completion::Result(words) => Override::Result(words),
            Completion::Throw { exception, handler_at } => {
                let catcher = find_catcher(&self.state.frames, handler_at).ok_or(DeoptError::NoCatcher)?;
                frame_count = catcher.frame() + 1;
                let (context, resume) = match catcher {
                    Catcher::Handler { handler, .. } => {
                        (Some(handler.context), Resume::Catch(handler.offset))
                    }
                    Catcher::Continuation { frame } => {
                        let id = match self.state.frames[frame].kind {
                            TranslatedFrameKind::Continuation(continuation) => continuation.id,
                            TranslatedFrameKind::Interpreted { .. } => 0,
                        };
                        (None, Resume::BuiltinCatch(id))
                    }
                };
                Override::Exception { exception, context, resume }
            }
        };
        let needed = self.needed_words(frame_count, input);
        if needed > stack.len() {
            return Err(DeoptError::StackTooSmall { needed });
        }
        let built_values = match self.state.frames.get(frame_count) {
            Some(next) => self.state.unmade.get(next.first_unmade as usize).map(|unmade| unmade.value),
            None => None,
        };
        let built_values = built_values.or(self.state.arguments_at).unwrap_or(self.state.values.len() as u32);
        self.built_values = built_values;
        let mut build = Build::<L, R, T> {
            state: &self.state,
            queue: &mut self.queue,
            writer: FrameWriter::new(stack, input.stack_top, trace),
            raw,
            input,
            unmade: &[],
            layout: PhantomData,
        };
        let mut caller = input.caller_frame;
        for index in 0..frame_count {
            let frame = &self.state.frames[index];
            let over = if index + 1 == frame_count { over } else { Override::Nothing };
            let end = self
                .state
                .frames
                .get(index + 1)
                .map_or(self.state.unmade.len(), |next| next.first_unmade as usize);
            build.unmade = &self.state.unmade[frame.first_unmade as usize..end];
            let output = build.frame(frame, caller, index == 0, over);
            caller = output.frame_pointer;
            self.output.push(output);
        }
        let accumulator = build.writer.next_slot();
        build.accumulator(&self.state.frames[frame_count - 1], over);
        self.counts.exits += 1;
        self.counts.frames += frame_count as u64;
        self.counts.queued += self.queue.len() as u64;
        Ok(Output {
            top: self.output[frame_count - 1],
            accumulator,
            frames: frame_count as u32,
            queued: self.queue.len() as u32,
        })
    }

    /// Words of the first `count` frames and the accumulator.
    fn needed_words(&self, count: usize, input: &FrameDescription<'_>) -> usize {
        let mut words = 1;
        for (index, frame) in self.state.frames[..count].iter().enumerate() {
            words += L::FIXED_WORDS;
            words += match &frame.kind {
                TranslatedFrameKind::Interpreted { head, .. } => {
                    let surplus = match input.arguments {
                        ActualArguments::Given(arguments) if index == 0 => {
                            arguments.len().saturating_sub(head.formals as usize)
                        }
                        _ => frame.surplus as usize,
                    };
                    head.registers as usize + 1 + head.formals as usize + surplus
                }
                TranslatedFrameKind::Continuation(continuation) => continuation.parameters as usize,
            };
        }
        words
    }
}

/// Phase one after decoding: everything that writes.
struct Build<'b, L, R, T> {
    state: &'b TranslatedState,
    queue: &'b mut Vec<Queued>,
    writer: FrameWriter<'b, T>,
    raw: &'b R,
    input: &'b FrameDescription<'b>,
    /// What is to be made of the inputs of the frame being built.
    unmade: &'b [UnmadeInput],
    layout: PhantomData<fn() -> L>,
}

/// Registers that get a call's results instead of what the translation says.
struct Poked {
    /// Their inputs, at most two.
    inputs: std::ops::Range<u32>,
    words: [u64; 2],
}

/// The words of a frame's fixed part.
struct FixedPart {
    caller: u64,
    flags: u64,
    function_input: u32,
    context_input: u32,
    code: u64,
    offset: u32,
    feedback: u64,
    arguments: u32,
}

impl<L: FrameLayout, R: RawValues, T: Trace> Build<'_, L, R, T> {
    fn frame(
        &mut self,
        frame: &TranslatedFrame,
        caller: u64,
        outermost: bool,
        over: Override,
    ) -> OutputFrame {
        let start = self.writer.next_slot();
        let invocation_flags = match frame.invocation {
            Invocation::Call => 0,
            Invocation::ConstructCreate => L::CONSTRUCT_CREATE_FLAGS,
            Invocation::ConstructInvoke => L::CONSTRUCT_INVOKE_FLAGS,
        };
        let mut flags = invocation_flags | if outermost { self.input.flags } else { 0 };
        let (code, resume, register_0) = match frame.kind {
            TranslatedFrameKind::Interpreted { ref head, position } => {
                flags |= head.flags;
                let (resume, slot) = self.interpreted(frame, head, position, caller, flags, outermost, over);
                (OutputCode::Interpreted(head.code), resume, slot)
            }
            TranslatedFrameKind::Continuation(continuation) => {
                flags |= L::CONTINUATION_FLAGS;
                let (resume, slot) = self.continuation(frame, continuation, caller, flags, over);
                (OutputCode::Continuation(continuation.id), resume, slot)
            }
        };
        OutputFrame {
            code,
            frame_pointer: register_0.address(self.input.stack_top),
            register_0,
            words: self.writer.next_slot().0 - start.0,
            resume,
        }
    }

    fn interpreted(
        &mut self,
        frame: &TranslatedFrame,
        head: &InterpretedFrame,
        position: Position,
        caller: u64,
        flags: u64,
        outermost: bool,
        over: Override,
    ) -> (Resume, FrameSlot) {
        let (offset, resume) = match (over, position) {
            (Override::Exception { resume, .. }, _) => (resume.offset().unwrap_or(position.offset()), resume),
            (_, Position::Before(offset)) => (offset, Resume::Before(offset)),
            (_, Position::After(offset)) => (offset, Resume::After(offset)),
        };
        let throws = if matches!(over, Override::Exception { .. }) { " (throw)" } else { "" };
        self.writer.head(format_args!(
            "  translating interpreted frame {} => bytecode_offset={offset}, variable_frame_size={}, frame_size={}{throws}",
            head.code,
            8 * (head.registers + 1 + head.formals),
            8 * (L::FIXED_WORDS as u32 + head.registers + 1 + head.formals),
        ));
        let arguments = self.surplus_arguments(frame, head.formals, outermost);
        self.inputs(frame, 1, 1 + head.formals, "stack parameter", None);
        self.writer.separator();
        let first_register = 3 + head.formals;
        let poked = match (over, position, head.result) {
            (Override::Result(words), Position::After(_), ResultLocation::Registers { first, count }) => {
                let first = first_register.saturating_add(first);
                Some(Poked { inputs: first..first.saturating_add(count), words })
            }
            _ => None,
        };
        self.inputs(frame, first_register, head.registers, "register", poked);
        // With no registers, the frame pointer is where the receiver stands.
        let register_0 = FrameSlot(self.writer.next_slot().0 - 1);
        let context_input = match over {
            Override::Exception { context: Some(register), .. } => first_register + register,
            _ => 2 + head.formals,
        };
        self.fixed_part(
            frame,
            FixedPart {
                caller,
                flags,
                function_input: 0,
                context_input,
                code: self.raw.literal(head.code),
                offset,
                feedback: head.feedback.map_or(0, |feedback| self.raw.literal(feedback)),
                arguments,
            },
        );
        (resume, register_0)
    }

    fn continuation(
        &mut self,
        frame: &TranslatedFrame,
        continuation: ContinuationFrame,
        caller: u64,
        flags: u64,
        over: Override,
    ) -> (Resume, FrameSlot) {
        self.writer.head(format_args!(
            "  translating BuiltinContinuation to {}, => param_count={}",
            continuation.id, continuation.parameters
        ));
        self.inputs(frame, 2, continuation.parameters, "stack parameter", None);
        self.writer.separator();
        let register_0 = FrameSlot(self.writer.next_slot().0 - 1);
        self.fixed_part(
            frame,
            FixedPart {
                caller,
                flags,
                function_input: 0,
                context_input: 1,
                code: 0,
                offset: continuation.id,
                feedback: 0,
                arguments: continuation.parameters,
            },
        );
        let resume = match over {
            Override::Exception { resume, .. } => resume,
            _ => Resume::Builtin(continuation.id),
        };
        (resume, register_0)
    }

    /// Pushes the arguments beyond the formals, last one first, and gives the number of actual arguments.
    fn surplus_arguments(&mut self, frame: &TranslatedFrame, formals: u32, outermost: bool) -> u32 {
        if outermost {
            match self.input.arguments {
                ActualArguments::Given(arguments) => {
                    for word in arguments.iter().skip(formals as usize).rev() {
                        self.writer.push_raw_object(*word, "stack parameter (extra)");
                    }
                }
                ActualArguments::InPlace(arguments) => {
                    let extra = arguments.len().saturating_sub(formals as usize);
                    if extra > 0 {
                        self.writer
                            .head(format_args!("    -- {extra} extra argument(s) already in the stack --"));
                    }
                }
                ActualArguments::Formals => {}
            }
            return self.input.arguments.count(formals);
        }
        if frame.surplus > 0 {
            let first = frame.first_input - frame.surplus;
            self.words(first, frame.surplus, first, "stack parameter (extra)", None);
        }
        frame.actual.unwrap_or(formals)
    }

    /// Pushes inputs that lie in the frame in their order, the last one first.
    #[inline]
    fn inputs(&mut self, frame: &TranslatedFrame, first: u32, count: u32, what: &str, poked: Option<Poked>) {
        self.words(frame.first_input + first, count, frame.first_input, what, poked);
    }

    /// Pushes words of inputs; numbers of inputs are counted from `input_0`.
    #[inline]
    fn words(&mut self, first: u32, count: u32, input_0: u32, what: &str, poked: Option<Poked>) {
        let words = self.writer.push_words(count as usize);
        words.copy_from_slice(&self.state.words[first as usize..][..count as usize]);
        if let Some(poked) = &poked {
            for (input, word) in poked.inputs.clone().zip(poked.words) {
                if let Some(place) = words.get_mut((input.wrapping_add(input_0).wrapping_sub(first)) as usize)
                {
                    *place = word;
                }
            }
        }
        let is_poked =
            |word: u32| poked.as_ref().is_some_and(|poked| poked.inputs.contains(&(word - input_0)));
        for unmade in self.unmade {
            if (first..first + count).contains(&unmade.word) && !is_poked(unmade.word) {
                let slot = self.writer.pushed_slot((unmade.word - first) as usize);
                self.queue_value_for_materialization(slot, unmade.value);
            }
        }
        if T::ENABLED {
            for word in (first..first + count).rev() {
                let (what, is) = if is_poked(word) {
                    ("return value", WordIs::Object)
                } else {
                    (what, WordIs::Value { input: word - input_0 })
                };
                self.writer.trace_pushed((word - first) as usize, what, is);
            }
        }
    }

    /// The word of an input, for a slot.
    #[inline]
    fn word(&mut self, frame: &TranslatedFrame, input: u32, slot: FrameSlot) -> u64 {
        let word = frame.first_input + input;
        for unmade in self.unmade {
            if unmade.word == word {
                self.queue_value_for_materialization(slot, unmade.value);
            }
        }
        self.state.words[word as usize]
    }

    #[cold]
    fn queue_value_for_materialization(&mut self, slot: FrameSlot, value: u32) {
        self.queue.push(Queued { slot, value });
    }

    /// Writes the words of the fixed part, each to its place: where that is, is known when this is compiled.
    #[inline(always)]
    fn fixed_part(&mut self, frame: &TranslatedFrame, part: FixedPart) {
        let slot = |word: isize| FrameSlot(self.writer.next_slot().0 + (-1 - word) as u32);
        let (context, function) = (slot(L::CONTEXT), slot(L::FUNCTION));
        let context = self.word(frame, part.context_input, context);
        let function = self.word(frame, part.function_input, function);
        let words = self.writer.push_words(L::FIXED_WORDS);
        words.fill(0);
        let mut put = |word: isize, bits: u64| words[(L::FIXED_WORDS as isize + word) as usize] = bits;
        put(L::CALLER_FRAME, part.caller);
        put(L::FLAGS, part.flags);
        put(L::CONTEXT, context);
        put(L::FUNCTION, function);
        put(L::CODE, part.code);
        put(L::BYTECODE_OFFSET, u64::from(part.offset));
        put(L::FEEDBACK, part.feedback);
        put(L::ARGUMENT_COUNT, u64::from(part.arguments));
        if T::ENABLED {
            self.trace_fixed_part(&part);
        }
    }

    #[cold]
    fn trace_fixed_part(&mut self, part: &FixedPart) {
        use WordIs::{Object, Raw, Value};
        for word in (1..=L::FIXED_WORDS as isize).map(|distance| -distance) {
            let (what, is) = match word {
                _ if word == L::CALLER_FRAME => ("caller's fp", Raw),
                _ if word == L::FLAGS => ("flags", Raw),
                _ if word == L::CONTEXT => ("context", Value { input: part.context_input }),
                _ if word == L::FUNCTION => ("function", Value { input: part.function_input }),
                _ if word == L::CODE => ("bytecode array", Object),
                _ if word == L::BYTECODE_OFFSET => ("bytecode offset", Raw),
                _ if word == L::FEEDBACK => ("feedback vector", Object),
                _ if word == L::ARGUMENT_COUNT => ("actual argument count", Raw),
                _ => ("reserved", Raw),
            };
            self.writer.trace_pushed((L::FIXED_WORDS as isize + word) as usize, what, is);
        }
        self.writer.separator();
    }

    /// The word that is handed over to the topmost frame.
    fn accumulator(&mut self, frame: &TranslatedFrame, over: Override) {
        match (over, &frame.kind) {
            (Override::Exception { exception, .. }, _) => {
                self.writer.push_raw_object(exception, "accumulator: exception");
            }
            (Override::Result(words), TranslatedFrameKind::Continuation(_)) => {
                self.writer.push_raw_object(words[0], "return value 0");
            }
            (
                Override::Result(words),
                TranslatedFrameKind::Interpreted {
                    head: InterpretedFrame { result: ResultLocation::Accumulator, .. },
                    position: Position::After(_),
                },
            ) => self.writer.push_raw_object(words[0], "return value 0"),
            (_, TranslatedFrameKind::Continuation(_)) => {
                self.writer.push_raw_object(self.raw.optimized_out(), "accumulator");
            }
            (_, TranslatedFrameKind::Interpreted { head, .. }) => {
                let input = 3 + head.formals + head.registers;
                let word = self.word(frame, input, self.writer.next_slot());
                self.writer.push_translated_value(word, "accumulator", input);
            }
        }
    }
}
