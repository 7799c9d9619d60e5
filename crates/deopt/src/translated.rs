//! Phase one: the decoded source side of an exit, read before anything is allocated.
//!
//! A [`TranslatedState`] holds [`TranslatedFrame`]s and the words of their inputs: raw words have become words of the interpreter where
//! that is a mere conversion of bits, as nearly always. For everything else stands a marker, and a [`TranslatedValue`] says what phase two
//! ([`materialize`](crate::materialize)) will have to make. Those are one flat list too: parts follow the value they belong to.
//!
//! That this phase neither allocates on the heap nor reads it is a matter of types: all that it gets of the embedding
//! is [`RawValues`].

mod compute;

use self::compute::boxed;
use crate::deoptimizer::DeoptError;
use crate::description::{ActualArguments, FrameDescription};
use crate::ids::{LiteralId, ObjectId, TranslationIndex};
use crate::translation::{
    ArgumentsKind, ContinuationFrame, Decoder, DecoderBuffers, Instruction, InterpretedFrame, Location,
    MAX_NESTING, NumberedNames, Position, RecipeOp, Representation, TokenKind, TranslationArray, value_text,
};
use crate::writer::Trace;

/// How the interpreter's words come from raw bits. Nothing here may allocate on the heap, read it, or run code.
pub trait RawValues {
    /// An entry of the code object's literal table.
    fn literal(&self, literal: LiteralId) -> u64;
    /// A frame of this code with this feedback is going to be written: the occasion to fetch ahead what it refers to.
    #[inline]
    fn frame_ahead(&self, code: LiteralId, feedback: Option<LiteralId>) {
        let _ = (code, feedback);
    }
    /// An integer, or `None` if that needs an allocation.
    fn int32(&self, value: i32) -> Option<u64>;
    /// A double by its bits, any NaN included, that is no 32-bit integer, or `None` if that needs an allocation.
    fn float64(&self, bits: u64) -> Option<u64>;
    /// A boolean.
    fn boolean(&self, value: bool) -> u64;
    /// What a hole reads as.
    fn undefined(&self) -> u64;
    /// Whether these bits of a holey double stand for a hole.
    fn is_hole(&self, bits: u64) -> bool;
    /// What stands in place of dead values. A collector must be able to read it.
    fn optimized_out(&self) -> u64;
    /// What stands in place of a value until it is materialized. A collector must be able to read it; it must not
    /// be a value that programs can hold, so that tests can find forgotten ones.
    fn marker(&self) -> u64;
}

/// What a value is, or what is to be made of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TranslatedKind {
    /// A word of the interpreter.
    Ready(u64),
    /// The word of a number that was a raw double with these bits.
    Number {
        /// The word.
        word: u64,
        /// The bits.
        bits: u64,
    },
    /// A number that needs an allocation.
    HeapNumber {
        /// Its bits.
        bits: u64,
    },
    /// A BigInt.
    SignedBigInt(i64),
    /// A BigInt.
    UnsignedBigInt(u64),
    /// An elided object; its fields follow.
    Captured {
        /// The literal that names its class.
        class: LiteralId,
        /// How many fields.
        fields: u32,
    },
    /// Elements of an arguments object of the outermost frame.
    ArgumentsElements {
        /// Which arguments.
        kind: ArgumentsKind,
        /// Formals of the function.
        formals: u32,
    },
    /// An object that occurred before.
    Duplicated(ObjectId),
    /// Two strings to be joined; they follow.
    StringConcat,
    /// A field to be read; the object follows.
    LoadField(u32),
    /// In a register, while no registers are known (only when a frame is inspected, not at an exit).
    Unavailable,
}

impl TranslatedKind {
    /// Whether phase two makes something for it.
    const fn is_made(&self) -> bool {
        !matches!(
            self,
            TranslatedKind::Ready(_)
                | TranslatedKind::Number { .. }
                | TranslatedKind::Duplicated(_)
                | TranslatedKind::Unavailable
        )
    }
}

/// A value, with the number of values it spans, parts and itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TranslatedValue {
    /// What it is.
    pub kind: TranslatedKind,
    /// Itself and its parts.
    pub span: u32,
}

impl TranslatedValue {
    /// A word of the interpreter.
    #[inline]
    const fn ready(word: u64) -> TranslatedValue {
        TranslatedValue { kind: TranslatedKind::Ready(word), span: 1 }
    }
}

/// What a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TranslatedFrameKind {
    /// A frame of the interpreter; its inputs are function, receiver, formals, context, registers, accumulator.
    Interpreted {
        /// Fixed properties.
        head: InterpretedFrame,
        /// Where it stands.
        position: Position,
    },
    /// A builtin goes on; its inputs are function, context, parameters.
    Continuation(ContinuationFrame),
}

/// How a frame was called.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Invocation {
    /// By a call.
    #[default]
    Call,
    /// By a `new` that had made the receiver.
    ConstructCreate,
    /// By a `new` that leaves making the receiver to the constructor.
    ConstructInvoke,
}

/// A frame of the interpreter, decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TranslatedFrame {
    /// What it is.
    pub kind: TranslatedFrameKind,
    /// How it was called.
    pub invocation: Invocation,
    /// The number of actual arguments of an inlined call, if it differs from the formals.
    pub actual: Option<u32>,
    /// Index of its first input in [`TranslatedState::words`]. Surplus arguments stand before it.
    pub first_input: u32,
    /// How many surplus arguments.
    pub surplus: u32,
    /// Index of its first input in [`TranslatedState::unmade`].
    pub first_unmade: u32,
}

impl TranslatedFrame {
    /// How many inputs it has, the surplus arguments not counted.
    pub fn input_count(&self) -> u32 {
        match &self.kind {
            TranslatedFrameKind::Interpreted { head, .. } => 4 + head.formals + head.registers,
            TranslatedFrameKind::Continuation(frame) => 2 + frame.parameters,
        }
    }
}

/// An input of a frame that phase two makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnmadeInput {
    /// Its index in [`TranslatedState::words`].
    pub word: u32,
    /// The index of its value in [`TranslatedState::values`].
    pub value: u32,
}

/// The state of an optimized frame, decoded. Buffers are reused, so that exits need no memory of their own.
#[derive(Default, Debug)]
pub struct TranslatedState {
    /// Frames, outermost first.
    pub frames: Vec<TranslatedFrame>,
    /// The words of frames' inputs, in the order of the translation; [markers](RawValues::marker) for those that are still to be made.
    pub words: Vec<u64>,
    /// The inputs that are still to be made, in order.
    pub unmade: Vec<UnmadeInput>,
    /// What they are, with their parts.
    pub values: Vec<TranslatedValue>,
    /// Indices of objects in `values`, by object id.
    pub objects: Vec<u32>,
    /// The decoder's.
    buffers: DecoderBuffers,
    /// Indices of values that phase two makes, ascending.
    pub(crate) made: Vec<u32>,
    /// Actual arguments of the outermost frame follow the values of frames from here on, if an object is made of them.
    pub(crate) arguments_at: Option<u32>,
}

impl TranslatedState {
    /// Decodes a translation and reads the values it names.
    ///
    /// # Errors
    /// The translation is corrupt or names a word that the description does not have.
    pub fn read<R: RawValues, T: Trace>(
        &mut self,
        translations: TranslationArray<'_>,
        index: TranslationIndex,
        input: &FrameDescription<'_>,
        raw: &R,
        trace: &mut T,
    ) -> Result<(), DeoptError> {
        self.frames.clear();
        self.values.clear();
        self.words.clear();
        self.unmade.clear();
        self.objects.clear();
        self.made.clear();
        self.arguments_at = None;
        let decoder = Decoder::new(translations.bytes(), index, std::mem::take(&mut self.buffers))?;
        let mut reader =
            StateReader { state: self, decoder, input, raw, trace, uses_arguments: false, first_input: 0 };
        reader.frames()?;
        let StateReader { uses_arguments, decoder, .. } = reader;
        self.buffers = decoder.into_buffers();
        if uses_arguments && let Some(arguments) = input.arguments.words() {
            self.arguments_at = Some(self.values.len() as u32);
            self.values.extend(arguments.iter().map(|&word| TranslatedValue::ready(word)));
        }
        Ok(())
    }

    /// What an input of a frame is.
    pub fn input(&self, frame: &TranslatedFrame, input: u32) -> TranslatedKind {
        let word = frame.first_input + input;
        match self.unmade.binary_search_by_key(&word, |unmade| unmade.word) {
            Ok(unmade) => self.values[self.unmade[unmade].value as usize].kind,
            Err(_) => TranslatedKind::Ready(self.words[word as usize]),
        }
    }

    /// The value, or the one that it duplicates.
    #[inline]
    pub fn resolve(&self, value: u32) -> u32 {
        match self.values[value as usize].kind {
            TranslatedKind::Duplicated(object) => self.objects[object.index()],
            _ => value,
        }
    }
}

impl ActualArguments<'_> {
    /// The arguments, if they are known.
    pub(crate) fn words(&self) -> Option<&[u64]> {
        match self {
            ActualArguments::Formals => None,
            ActualArguments::Given(words) | ActualArguments::InPlace(words) => Some(words),
        }
    }
    /// How many, for a function with so many formals.
    pub(crate) fn count(&self, formals: u32) -> u32 {
        self.words().map_or(formals, |words| words.len() as u32)
    }
}

struct StateReader<'s, 'b, R, T> {
    state: &'s mut TranslatedState,
    decoder: Decoder<'b>,
    input: &'s FrameDescription<'s>,
    raw: &'s R,
    trace: &'s mut T,
    uses_arguments: bool,
    /// Where the list that is being read begins in the inputs; traces number them from there.
    first_input: usize,
}

impl<R: RawValues, T: Trace> StateReader<'_, '_, R, T> {
    fn frames(&mut self) -> Result<(), DeoptError> {
        loop {
            self.frame()?;
            if !self.decoder.next_record()? {
                return Ok(());
            }
        }
    }

    /// Reads a record.
    fn frame(&mut self) -> Result<(), DeoptError> {
        let mut invocation = Invocation::Call;
        let mut actual = None;
        let mut surplus = 0;
        let first_unmade = self.state.unmade.len() as u32;
        let kind = loop {
            let TokenKind::Other(other) = self.decoder.next_token()?.kind() else {
                return Err(self.corrupt());
            };
            let instruction = self.decoder.other(other);
            // What most are.
            if let Instruction::Interpreted(head) = instruction {
                let head = *head;
                self.raw.frame_ahead(head.code, head.feedback);
                let TokenKind::Position(position) = self.decoder.next_token()?.kind() else {
                    return Err(self.corrupt());
                };
                break TranslatedFrameKind::Interpreted { head, position };
            }
            match instruction {
                Instruction::Continuation(frame) => break TranslatedFrameKind::Continuation(*frame),
                Instruction::ConstructCreate => {
                    self.head(format_args!("  reading construct create stub frame"));
                    invocation = Invocation::ConstructCreate;
                }
                Instruction::ConstructInvoke => {
                    self.head(format_args!("  reading construct invoke stub frame"));
                    invocation = Invocation::ConstructInvoke;
                }
                &Instruction::InlinedArguments { actual: count, surplus: values } => {
                    self.head(format_args!("  reading inlined arguments frame => args={count}; inputs:"));
                    actual = Some(count);
                    surplus = values;
                    self.inputs(values)?;
                }
                _ => return Err(self.corrupt()),
            }
        };
        let first_input = self.state.words.len() as u32;
        self.state.frames.push(TranslatedFrame {
            kind,
            invocation,
            actual,
            first_input,
            surplus,
            first_unmade,
        });
        if T::ENABLED {
            self.frame_head(&kind);
        }
        let count = match kind {
            TranslatedFrameKind::Interpreted { head, .. } => {
                head.formals.checked_add(head.registers).and_then(|count| count.checked_add(4))
            }
            TranslatedFrameKind::Continuation(frame) => frame.parameters.checked_add(2),
        };
        self.inputs(count.ok_or_else(|| self.corrupt())?)
    }

    #[cold]
    fn frame_head(&mut self, kind: &TranslatedFrameKind) {
        match kind {
            TranslatedFrameKind::Interpreted { head, position } => self.trace.line(format_args!(
                "  reading input frame {} => bytecode_offset={}, args={}, height={}, retval={}; inputs:",
                head.code,
                position.offset(),
                head.formals,
                head.registers,
                head.result
            )),
            TranslatedFrameKind::Continuation(frame) => self.trace.line(format_args!(
                "  reading builtin continuation frame{} {} => height={}; inputs:",
                if frame.catch == crate::translation::Catch::Yes { " with catch" } else { "" },
                frame.id,
                frame.parameters
            )),
        }
    }

    #[inline]
    fn head(&mut self, line: std::fmt::Arguments<'_>) {
        if T::ENABLED {
            self.trace.line(line);
        }
    }

    fn corrupt(&self) -> DeoptError {
        DeoptError::Corrupt(crate::translation::Malformed { at: self.decoder.position() })
    }

    /// Reads so many values that are inputs of a frame.
    fn inputs(&mut self, count: u32) -> Result<(), DeoptError> {
        self.first_input = self.state.words.len();
        let mut left = count;
        loop {
            if !T::ENABLED {
                left -= self.plain_inputs(left)?;
            }
            if left == 0 {
                return Ok(());
            }
            let kind = self.decoder.next_token()?.kind();
            let word = self.input(kind)?;
            self.state.words.push(word);
            left -= 1;
        }
    }

    /// Reads inputs that are words without further ado, as nearly all are, up to one that is not. Gives how many.
    #[inline]
    fn plain_inputs(&mut self, most: u32) -> Result<u32, DeoptError> {
        let (input, raw) = (self.input, self.raw);
        let mut next_slot = self.decoder.next_slot();
        let tokens = self.decoder.tokens(most)?;
        let words = &mut self.state.words;
        let first = words.len();
        words.resize(first + tokens.len(), 0);
        let mut count = 0;
        for (word, token) in words[first..].iter_mut().zip(tokens) {
            let exit_word = |slot: u32| {
                let word = input.exit_area.get(slot as usize).copied();
                word.ok_or(DeoptError::NoSuchLocation(Location::ExitSlot(slot)))
            };
            *word = match token.kind() {
                TokenKind::NextSlot(representation) => {
                    let bits = exit_word(next_slot)?;
                    match boxed(raw, bits, representation) {
                        TranslatedKind::Ready(word) | TranslatedKind::Number { word, .. } => {
                            next_slot = next_slot.wrapping_add(1);
                            word
                        }
                        _ => break,
                    }
                }
                TokenKind::OptimizedOut => raw.optimized_out(),
                TokenKind::Literal(literal) => raw.literal(literal),
                TokenKind::BackSlot(distance) => exit_word(next_slot.wrapping_sub(distance))?,
                TokenKind::Position(_) | TokenKind::Other(_) => break,
            };
            count += 1;
        }
        words.truncate(first + count as usize);
        self.decoder.take_all(count, next_slot);
        Ok(count)
    }

    /// Reads an input of any kind.
    fn input(&mut self, kind: TokenKind) -> Result<u64, DeoptError> {
        let value = self.state.values.len();
        self.value_of(kind, 0)?;
        Ok(match self.state.values[value].kind {
            TranslatedKind::Ready(word) | TranslatedKind::Number { word, .. } => word,
            _ => self.unmade_input(value),
        })
    }

    /// Notes that phase two makes this value for the next input.
    fn unmade_input(&mut self, value: usize) -> u64 {
        self.state.unmade.push(UnmadeInput { word: self.state.words.len() as u32, value: value as u32 });
        self.raw.marker()
    }

    #[inline]
    fn value(&mut self, nesting: u32) -> Result<(), DeoptError> {
        let kind = self.decoder.next_token()?.kind();
        self.value_of(kind, nesting)
    }

    /// Reads the value of a token just taken.
    #[inline]
    fn value_of(&mut self, kind: TokenKind, nesting: u32) -> Result<(), DeoptError> {
        let (instruction, kind) = match kind {
            TokenKind::NextSlot(representation) => {
                let slot = self.decoder.take_slot();
                let location = Location::ExitSlot(slot);
                (
                    Instruction::Slot { location, representation },
                    self.boxed(self.exit_word(slot)?, representation),
                )
            }
            TokenKind::BackSlot(distance) => {
                let slot = self.decoder.back_slot(distance);
                let location = Location::ExitSlot(slot);
                let representation = Representation::Tagged;
                (Instruction::Slot { location, representation }, TranslatedKind::Ready(self.exit_word(slot)?))
            }
            TokenKind::OptimizedOut => {
                (Instruction::OptimizedOut, TranslatedKind::Ready(self.raw.optimized_out()))
            }
            TokenKind::Literal(literal) => {
                (Instruction::Literal(literal), TranslatedKind::Ready(self.raw.literal(literal)))
            }
            TokenKind::Position(_) => return Err(self.corrupt()),
            TokenKind::Other(other) => {
                if let Instruction::Captured { class, fields } = *self.decoder.other(other) {
                    return self.captured(class, fields, nesting);
                }
                let instruction = self.decoder.take_other(other);
                return self.made_value(instruction, nesting);
            }
        };
        if T::ENABLED {
            self.trace_value(nesting, &instruction, kind);
        }
        self.push(kind);
        Ok(())
    }

    #[inline(always)]
    fn exit_word(&self, slot: u32) -> Result<u64, DeoptError> {
        let word = self.input.exit_area.get(slot as usize).copied();
        word.ok_or(DeoptError::NoSuchLocation(Location::ExitSlot(slot)))
    }

    #[inline]
    fn push(&mut self, kind: TranslatedKind) {
        if kind.is_made() {
            self.state.made.push(self.state.values.len() as u32);
        }
        self.state.values.push(TranslatedValue { kind, span: 1 });
    }

    fn captured(&mut self, class: LiteralId, fields: u32, nesting: u32) -> Result<(), DeoptError> {
        if nesting > MAX_NESTING {
            return Err(self.corrupt());
        }
        let kind = TranslatedKind::Captured { class, fields };
        if T::ENABLED {
            self.trace_value(nesting, &Instruction::Captured { class, fields }, kind);
        }
        let at = self.state.values.len();
        self.state.objects.push(at as u32);
        self.push(kind);
        for _ in 0..fields {
            self.value(nesting + 1)?;
        }
        self.state.values[at].span = (self.state.values.len() - at) as u32;
        Ok(())
    }

    fn made_value(&mut self, instruction: Instruction, nesting: u32) -> Result<(), DeoptError> {
        if nesting > MAX_NESTING {
            return Err(self.corrupt());
        }
        let at = self.state.values.len();
        let kind = match instruction {
            Instruction::Slot { location, representation } => match self.raw_word(location)? {
                Some(bits) => self.boxed(bits, representation),
                None => TranslatedKind::Unavailable,
            },
            Instruction::Duplicated(object) if object.index() < self.state.objects.len() => {
                TranslatedKind::Duplicated(object)
            }
            Instruction::ArgumentsElements { kind, formals } => {
                self.uses_arguments = true;
                TranslatedKind::ArgumentsElements { kind, formals }
            }
            Instruction::ArgumentsLength => {
                let formals = self.outermost_formals();
                self.int32(self.input.arguments.count(formals) as i32)
            }
            Instruction::RestLength { formals } => {
                let count = self.input.arguments.count(self.outermost_formals());
                self.int32(count.saturating_sub(formals) as i32)
            }
            Instruction::Int32Constant(value) => self.int32(value),
            Instruction::Float64Constant(bits) => self.float64(bits),
            Instruction::Recipe(RecipeOp::StringConcat) => TranslatedKind::StringConcat,
            Instruction::LoadField { field } => TranslatedKind::LoadField(field),
            Instruction::Recipe(op) => self.recipe(op, nesting)?,
            _ => return Err(self.corrupt()),
        };
        if T::ENABLED {
            self.trace_value(nesting, &instruction, kind);
        }
        if matches!(kind, TranslatedKind::ArgumentsElements { .. }) {
            self.state.objects.push(at as u32);
        }
        self.push(kind);
        let parts = match kind {
            TranslatedKind::StringConcat => 2,
            TranslatedKind::LoadField(_) => 1,
            _ => 0,
        };
        for _ in 0..parts {
            self.value(nesting + 1)?;
        }
        self.state.values[at].span = (self.state.values.len() - at) as u32;
        Ok(())
    }

    #[cold]
    fn trace_value(&mut self, nesting: u32, instruction: &Instruction, kind: TranslatedKind) {
        let text = value_text(instruction, self.state.objects.len() as u32, &NumberedNames);
        let input = self.state.words.len() - self.first_input;
        let shown = match kind {
            TranslatedKind::Ready(word) | TranslatedKind::Number { word, .. } => {
                format!("{} ; ", self.trace.describe(word))
            }
            _ => String::new(),
        };
        if nesting == 0 {
            self.trace.line(format_args!("    {input:3}: {shown}{text}"));
        } else {
            let indent = 2 * nesting as usize;
            self.trace.line(format_args!("         {:indent$}{shown}{text}", ""));
        }
    }

    fn outermost_formals(&self) -> u32 {
        match self.state.frames.first().map(|frame| frame.kind) {
            Some(TranslatedFrameKind::Interpreted { head, .. }) => head.formals,
            _ => 0,
        }
    }

    /// The raw word at a location, `None` if registers are not known.
    #[inline]
    fn raw_word(&self, location: Location) -> Result<Option<u64>, DeoptError> {
        let word = match location {
            Location::ExitSlot(slot) => self.input.exit_area.get(slot as usize).copied(),
            Location::Register(register) => match self.input.registers {
                Some(registers) => registers.word(register),
                None => return Ok(None),
            },
            Location::StackSlot(distance) => {
                self.input.machine_frame.as_ref().and_then(|frame| frame.word(distance))
            }
        };
        word.map(Some).ok_or(DeoptError::NoSuchLocation(location))
    }
}
