//! The verifier of translations.
//!
//! Rules, each with its name in [`VerifyErrorKind`]:
//!
//! 1. *Malformed*: every opcode and operand is of the format.
//! 2. *ExpectedFrame*, *ExpectedPosition*, *ExpectedValue*: instructions follow the grammar of the [module](super),
//!    with exactly as many values as the
//!    frame's head declares.
//! 3. *FrameOrder*: frames that describe the next one are neither outermost nor topmost and stand before an interpreted
//!    frame. *BeforeBelowTop*: only the topmost frame stands before its instruction.
//! 4. *SurplusCount*: as many surplus arguments as actual arguments beyond the formals. *ResultLocation*: result registers
//!    exist.
//! 5. *Literal*, *ExitSlot*, *Register*: indices are within the tables they point into.
//! 6. *Duplicate*: a duplicated object was captured before.
//! 7. *OperandType*: recipes get operands of their types; captured objects are no operands.
//! 8. *Nesting*, *TooManyValues*, *TooManyFrames*: depth and size are bounded.
//! 9. *TrailingRun*: a translation ends where a byte ends.
//! 10. *Base*: the record of the frame around a record's, its base, and the base's base, are records that begin earlier, a chain of bases is
//!     no longer than [`MAX_CHAIN`](super::MAX_CHAIN), and nothing is taken from behind a base's end.
//!
//! Not checked, because only the compiler knows: that a slot holds what its representation says.

use std::fmt;

use super::walk::{Role, Visitor, walk, walk_record};
use super::{
    Decoder, Instruction, InterpretedFrame, Location, MAX_NESTING, MAX_RECORDS, Malformed, Position,
    TranslationArray,
};
use crate::ids::{LiteralId, TranslationIndex};

/// A broken rule; see the [module documentation](self).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyErrorKind {
    /// Bytes are not of the format.
    Malformed(Malformed),
    /// A frame's head was expected.
    ExpectedFrame,
    /// An interpreted frame has no position.
    ExpectedPosition,
    /// A value was expected.
    ExpectedValue,
    /// A frame that describes the next one has none.
    FrameOrder,
    /// A frame that is not topmost stands before its instruction.
    BeforeBelowTop,
    /// The number of surplus arguments does not fit.
    SurplusCount,
    /// Result registers do not exist.
    ResultLocation,
    /// A literal does not exist.
    Literal(LiteralId),
    /// An exit slot does not exist.
    ExitSlot(u32),
    /// A machine register does not exist.
    Register(u8),
    /// A duplicated object was not captured before.
    Duplicate,
    /// An operand has the wrong type.
    OperandType,
    /// Values are nested too deeply.
    Nesting,
    /// There are too many values.
    TooManyValues,
    /// There are too many frames.
    TooManyFrames,
    /// A run of instructions goes on behind the end.
    TrailingRun,
    /// A base or an outer frame is no record, or something is taken from behind its end.
    Base,
}

impl From<Malformed> for VerifyErrorKind {
    fn from(malformed: Malformed) -> Self {
        VerifyErrorKind::Malformed(malformed)
    }
}

impl fmt::Display for VerifyErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyErrorKind::Malformed(malformed) => malformed.fmt(f),
            VerifyErrorKind::ExpectedFrame => f.write_str("expected the head of a frame"),
            VerifyErrorKind::ExpectedPosition => f.write_str("expected the position of an interpreted frame"),
            VerifyErrorKind::ExpectedValue => f.write_str("expected a value"),
            VerifyErrorKind::FrameOrder => {
                f.write_str("a frame that describes the next one has none, or stands outermost")
            }
            VerifyErrorKind::BeforeBelowTop => {
                f.write_str("a frame that is not topmost stands before its instruction")
            }
            VerifyErrorKind::SurplusCount => f.write_str("the number of surplus arguments does not fit"),
            VerifyErrorKind::ResultLocation => f.write_str("the result's registers do not exist"),
            VerifyErrorKind::Literal(literal) => write!(f, "literal {literal} does not exist"),
            VerifyErrorKind::ExitSlot(slot) => write!(f, "exit slot {slot} does not exist"),
            VerifyErrorKind::Register(register) => write!(f, "machine register {register} does not exist"),
            VerifyErrorKind::Duplicate => f.write_str("a duplicated object was not captured before"),
            VerifyErrorKind::OperandType => f.write_str("an operand of a recipe has the wrong type"),
            VerifyErrorKind::Nesting => write!(f, "values are nested deeper than {MAX_NESTING}"),
            VerifyErrorKind::TooManyFrames => write!(f, "more than {MAX_RECORDS} frames"),
            VerifyErrorKind::TooManyValues => f.write_str("too many values"),
            VerifyErrorKind::TrailingRun => f.write_str("a run of instructions goes on behind the end"),
            VerifyErrorKind::Base => f.write_str(
                "a base or an outer frame is no record, or something is taken from behind its end",
            ),
        }
    }
}

/// A broken rule in a translation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The translation.
    pub translation: TranslationIndex,
    /// Which rule.
    pub kind: VerifyErrorKind,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "translation {}: {}", self.translation, self.kind)
    }
}

impl std::error::Error for VerifyError {}

/// What a translation adds up to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TranslationSummary {
    /// Frames that get words of their own.
    pub frames: u32,
    /// Interpreted frames among them.
    pub interpreted_frames: u32,
    /// Words of receivers, arguments, registers and parameters; without fixed parts.
    pub words: u64,
    /// Values, nested ones included.
    pub values: u32,
    /// Elided objects.
    pub objects: u32,
    /// One more than the highest exit slot.
    pub exit_slots: u32,
    /// The next new exit slot, and how many records there are: for records inside of this one.
    next_slot: u32,
    records: u32,
    /// The byte behind the translation.
    pub end: usize,
    /// The offset at which the topmost frame stands, if it is interpreted.
    pub top_position: Option<Position>,
}

struct Summarize {
    literals: u32,
    exit_slots: u32,
    summary: TranslationSummary,
}

impl Visitor for Summarize {
    fn head(&mut self, instruction: &Instruction) -> Result<(), VerifyErrorKind> {
        let summary = &mut self.summary;
        match instruction {
            Instruction::Interpreted(frame) => {
                summary.frames += 1;
                summary.interpreted_frames += 1;
                summary.words += u64::from(frame.registers) + 1 + u64::from(frame.formals);
                self.literal(frame.code)?;
                if let Some(feedback) = frame.feedback {
                    self.literal(feedback)?;
                }
            }
            Instruction::Continuation(frame) => {
                summary.frames += 1;
                summary.words += u64::from(frame.parameters) + 1;
                summary.top_position = None;
            }
            Instruction::InlinedArguments { surplus, .. } => summary.words += u64::from(*surplus),
            _ => {}
        }
        Ok(())
    }

    fn position(&mut self, _: &InterpretedFrame, position: Position, _: bool) {
        self.summary.top_position = Some(position);
    }

    fn value(&mut self, _: Role, _: u32, instruction: &Instruction) -> Result<(), VerifyErrorKind> {
        self.summary.values += 1;
        match *instruction {
            Instruction::Slot { location: Location::ExitSlot(slot), .. } => {
                if slot >= self.exit_slots {
                    return Err(VerifyErrorKind::ExitSlot(slot));
                }
                self.summary.exit_slots = self.summary.exit_slots.max(slot + 1);
            }
            Instruction::Slot { location: Location::Register(register), .. } if register >= 32 => {
                return Err(VerifyErrorKind::Register(register));
            }
            Instruction::Literal(literal) => self.literal(literal)?,
            Instruction::Captured { class, .. } => {
                self.literal(class)?;
                self.summary.objects += 1;
            }
            Instruction::ArgumentsElements { .. } => self.summary.objects += 1,
            Instruction::Duplicated(object) if object.0 >= self.summary.objects => {
                return Err(VerifyErrorKind::Duplicate);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Summarize {
    fn literal(&self, literal: LiteralId) -> Result<(), VerifyErrorKind> {
        if literal.0 < self.literals { Ok(()) } else { Err(VerifyErrorKind::Literal(literal)) }
    }
}

impl TranslationArray<'_> {
    /// Checks the translation at `index` against tables of so many literals and exit slots.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn verify(
        self,
        index: TranslationIndex,
        literals: u32,
        exit_slots: u32,
    ) -> Result<TranslationSummary, VerifyError> {
        let fail = |kind| VerifyError { translation: index, kind };
        let mut decoder = self.decode(index).map_err(|malformed| fail(malformed.into()))?;
        let mut visitor = Summarize { literals, exit_slots, summary: TranslationSummary::default() };
        walk(&mut decoder, &mut visitor).map_err(fail)?;
        visitor.summary.end = decoder.position();
        Ok(visitor.summary)
    }

    /// Checks one record after those before it, `known`: what it refers to is among them, so it is not read once more.
    fn verify_record(
        self,
        index: TranslationIndex,
        known: &[(TranslationIndex, TranslationSummary)],
        literals: u32,
        exit_slots: u32,
    ) -> Result<TranslationSummary, VerifyErrorKind> {
        let find = |index| {
            let found = known.binary_search_by_key(&index, |(known, _)| *known);
            found.map(|found| known[found].1).map_err(|_| VerifyErrorKind::Base)
        };
        let mut decoder = Decoder::of_record(self.bytes(), index)?;
        let mut summary = match decoder.outer() {
            Some(outer) => find(outer)?,
            None => TranslationSummary::default(),
        };
        if matches!(summary.top_position, Some(Position::Before(_))) {
            return Err(VerifyErrorKind::BeforeBelowTop);
        }
        summary.records += 1;
        if summary.records as usize > MAX_RECORDS {
            return Err(VerifyErrorKind::TooManyFrames);
        }
        decoder.go_on_behind(summary.next_slot);
        let mut visitor = Summarize { literals, exit_slots, summary };
        walk_record(&mut decoder, &mut visitor, summary.values)?;
        for (base, read) in decoder.bases() {
            if read > find(base)?.end {
                return Err(VerifyErrorKind::Base);
            }
        }
        visitor.summary.next_slot = decoder.next_slot();
        visitor.summary.end = decoder.position();
        Ok(visitor.summary)
    }

    /// Checks that translations follow one another without a gap, and each of them. Gives their indices.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn verify_all(
        self,
        literals: u32,
        exit_slots: u32,
    ) -> Result<Vec<(TranslationIndex, TranslationSummary)>, VerifyError> {
        let mut all: Vec<(TranslationIndex, TranslationSummary)> = Vec::new();
        let mut at = 0;
        while at < self.bytes().len() {
            let index = TranslationIndex(at as u32);
            let summary = self
                .verify_record(index, &all, literals, exit_slots)
                .map_err(|kind| VerifyError { translation: index, kind })?;
            at = summary.end;
            all.push((index, summary));
        }
        Ok(all)
    }
}
