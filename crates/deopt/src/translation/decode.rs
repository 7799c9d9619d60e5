//! Reading translations. Never panics, whatever the bytes are; [`Malformed`] names the byte that made no sense.

use std::fmt;

use super::bytes::{Reader, op};
use super::{
    ArgumentsKind, Catch, ContinuationFrame, Instruction, InterpretedFrame, Location, MAX_FRAMES, Position,
    RecipeOp, Representation, ResultLocation,
};
use crate::ids::{LiteralId, ObjectId, TranslationIndex};

/// The bytes at this position are no translation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// Position in the translation array.
    pub at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed translation at byte {}", self.at)
    }
}

impl std::error::Error for Malformed {}

/// What one opcode says: an instruction several times over, the slot of which is relative to the last one.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Run(Instruction, u32),
    Match(u32),
}

/// One stream of relative instructions: a base, or the explicit part of a translation that refers to one.
#[derive(Clone, Copy)]
struct Stream<'a> {
    reader: Reader<'a>,
    run: Instruction,
    remaining: u32,
}

impl<'a> Stream<'a> {
    fn new(reader: Reader<'a>) -> Stream<'a> {
        Stream { reader, run: Instruction::OptimizedOut, remaining: 0 }
    }
    /// The next instruction, which must not be a match.
    #[inline]
    fn next_explicit(&mut self) -> Result<Instruction, Malformed> {
        if self.remaining == 0 {
            let at = self.reader.at;
            match read_step(&mut self.reader)? {
                Step::Run(instruction, count) => {
                    self.run = instruction;
                    self.remaining = count;
                }
                Step::Match(_) => return Err(Malformed { at }),
            }
        }
        self.remaining -= 1;
        Ok(self.run)
    }
}

/// Reads one translation, instruction by instruction. It does not know where the translation ends: the frame count and the
/// structure of instructions say so.
#[derive(Clone)]
pub struct Decoder<'a> {
    stream: Stream<'a>,
    base: Option<Stream<'a>>,
    /// Instructions still to be taken from the base.
    matching: u32,
    next_slot: u32,
    frame_count: u32,
    base_index: Option<TranslationIndex>,
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("at", &self.stream.reader.at).field("base", &self.base_index).finish()
    }
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8], index: TranslationIndex) -> Result<Decoder<'a>, Malformed> {
        let mut reader = Reader { bytes, at: index.index() };
        let lookback = reader.u32()? as usize;
        let frame_count = read_frame_count(&mut reader)?;
        let (base, base_index) = if lookback == 0 {
            (None, None)
        } else {
            let start = index.index().checked_sub(lookback).ok_or(Malformed { at: index.index() })?;
            let mut base = Reader { bytes, at: start };
            if base.u32()? != 0 {
                return Err(Malformed { at: index.index() });
            }
            read_frame_count(&mut base)?;
            (Some(Stream::new(base)), Some(TranslationIndex(start as u32)))
        };
        Ok(Decoder { stream: Stream::new(reader), base, matching: 0, next_slot: 0, frame_count, base_index })
    }

    /// How many frames it describes, frames that only describe the next one included.
    pub fn frame_count(&self) -> u32 {
        self.frame_count
    }
    /// The translation it refers to, if any.
    pub fn base(&self) -> Option<TranslationIndex> {
        self.base_index
    }
    /// The position of the next byte to be read.
    pub fn position(&self) -> usize {
        self.stream.reader.at
    }
    /// Whether the last byte read promised no further instructions.
    pub(super) fn at_boundary(&self) -> bool {
        self.matching == 0 && self.stream.remaining == 0
    }

    /// The next instruction.
    ///
    /// # Errors
    /// The bytes are malformed or end.
    #[expect(clippy::should_implement_trait, reason = "the stream does not know its own end")]
    #[inline]
    pub fn next(&mut self) -> Result<Instruction, Malformed> {
        let relative = self.next_relative()?;
        Ok(self.absolute(relative))
    }

    #[inline]
    pub(super) fn next_relative(&mut self) -> Result<Instruction, Malformed> {
        if self.matching == 0 && self.stream.remaining == 0 {
            let at = self.stream.reader.at;
            match read_step(&mut self.stream.reader)? {
                Step::Run(instruction, count) => {
                    self.stream.run = instruction;
                    self.stream.remaining = count;
                }
                Step::Match(count) => {
                    if self.base.is_none() {
                        return Err(Malformed { at });
                    }
                    self.matching = count;
                }
            }
        }
        if self.matching > 0 {
            self.matching -= 1;
            let at = self.stream.reader.at;
            return self.base.as_mut().ok_or(Malformed { at })?.next_explicit();
        }
        self.stream.remaining -= 1;
        if let Some(base) = &mut self.base {
            // The base advances in step; past its end there is nothing left to match.
            if base.next_explicit().is_err() {
                self.base = None;
            }
        }
        Ok(self.stream.run)
    }

    #[inline]
    fn absolute(&mut self, instruction: Instruction) -> Instruction {
        if let Instruction::Slot { location: Location::ExitSlot(distance), representation } = instruction {
            let slot = self.next_slot.wrapping_add(distance);
            self.next_slot = slot.wrapping_add(1);
            return Instruction::Slot { location: Location::ExitSlot(slot), representation };
        }
        instruction
    }
}

fn read_frame_count(reader: &mut Reader<'_>) -> Result<u32, Malformed> {
    let at = reader.at;
    let count = reader.u32()?;
    if count == 0 || count > MAX_FRAMES { Err(Malformed { at }) } else { Ok(count) }
}

#[inline]
pub(super) fn read_step(r: &mut Reader<'_>) -> Result<Step, Malformed> {
    let at = r.at;
    let byte = r.byte()?;
    let step = match byte {
        op::NEXT_SLOTS.. => {
            let low = byte - op::NEXT_SLOTS;
            let representation = Representation::ALL[usize::from(low >> 3)];
            return Ok(Step::Run(
                Instruction::Slot { location: Location::ExitSlot(0), representation },
                u32::from(low & 7) + 1,
            ));
        }
        op::SHORT_LITERAL.. => Instruction::Literal(LiteralId(u32::from(byte - op::SHORT_LITERAL))),
        op::OPTIMIZED_OUT.. => {
            return Ok(Step::Run(Instruction::OptimizedOut, u32::from(byte - op::OPTIMIZED_OUT) + 1));
        }
        op::MATCH.. => return Ok(Step::Match(u32::from(byte - op::MATCH) + 1)),
        _ => return read_long(r, byte, at),
    };
    Ok(Step::Run(step, 1))
}

fn read_long(r: &mut Reader<'_>, byte: u8, at: usize) -> Result<Step, Malformed> {
    let instruction = match byte {
        op::INTERPRETED => {
            let code = LiteralId(r.u32()?);
            let feedback = r.u32()?.checked_sub(1).map(LiteralId);
            let registers = r.u32()?;
            let formals = r.u32()?;
            let flags = r.u64()?;
            let result = match r.u32()? {
                0 => ResultLocation::None,
                1 => ResultLocation::Accumulator,
                first => ResultLocation::Registers { first: first - 2, count: r.u32()? },
            };
            Instruction::Interpreted(InterpretedFrame { code, feedback, registers, formals, flags, result })
        }
        op::BEFORE => Instruction::Position(Position::Before(r.u32()?)),
        op::AFTER => Instruction::Position(Position::After(r.u32()?)),
        op::INLINED_ARGUMENTS => Instruction::InlinedArguments { actual: r.u32()?, surplus: r.u32()? },
        op::CONSTRUCT_CREATE => Instruction::ConstructCreate,
        op::CONSTRUCT_INVOKE => Instruction::ConstructInvoke,
        op::CONTINUATION | op::CONTINUATION_WITH_CATCH => Instruction::Continuation(ContinuationFrame {
            id: r.u32()?,
            parameters: r.u32()?,
            catch: if byte == op::CONTINUATION { Catch::No } else { Catch::Yes },
        }),
        op::EXIT_SLOT => {
            let representation = read_representation(r)?;
            let location = Location::ExitSlot(r.signed()? as u32);
            Instruction::Slot { location, representation }
        }
        op::REGISTER => {
            let representation = read_representation(r)?;
            Instruction::Slot { location: Location::Register(r.byte()?), representation }
        }
        op::STACK_SLOT => {
            let representation = read_representation(r)?;
            Instruction::Slot { location: Location::StackSlot(r.signed()?), representation }
        }
        op::LITERAL => Instruction::Literal(LiteralId(r.u32()?)),
        op::CAPTURED => Instruction::Captured { class: LiteralId(r.u32()?), fields: r.u32()? },
        op::DUPLICATED => Instruction::Duplicated(ObjectId(r.u32()?)),
        op::ARGUMENTS_ELEMENTS => {
            let kind = match r.byte()? {
                0 => ArgumentsKind::Mapped,
                1 => ArgumentsKind::Unmapped,
                2 => ArgumentsKind::Rest,
                _ => return Err(Malformed { at }),
            };
            Instruction::ArgumentsElements { kind, formals: r.u32()? }
        }
        op::ARGUMENTS_LENGTH => Instruction::ArgumentsLength,
        op::REST_LENGTH => Instruction::RestLength { formals: r.u32()? },
        op::INT32_CONSTANT => Instruction::Int32Constant(r.signed()?),
        op::FLOAT64_CONSTANT => {
            let mut bits = 0;
            for i in 0..8 {
                bits |= u64::from(r.byte()?) << (8 * i);
            }
            Instruction::Float64Constant(bits)
        }
        op::LOAD_FIELD => Instruction::LoadField { field: r.u32()? },
        op::MATCH_PREVIOUS => match r.u32()? {
            count if count > 64 => return Ok(Step::Match(count)),
            _ => return Err(Malformed { at }),
        },
        op::RECIPE.. => {
            Instruction::Recipe(RecipeOp::from_number(byte - op::RECIPE).ok_or(Malformed { at })?)
        }
        _ => return Err(Malformed { at }),
    };
    Ok(Step::Run(instruction, 1))
}

fn read_representation(r: &mut Reader<'_>) -> Result<Representation, Malformed> {
    let at = r.at;
    let byte = r.byte()?;
    Representation::ALL.get(usize::from(byte)).copied().ok_or(Malformed { at })
}
