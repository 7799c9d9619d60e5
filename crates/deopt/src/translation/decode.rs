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

/// An instruction in a word, for the most frequent ones. The exit path is made of these: whole instructions are too
/// large to be handed around
/// per value, and a word written in parts and read as a whole stalls the processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token(u64);

/// What a [`Token`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// The next exit slot.
    NextSlot(Representation),
    OptimizedOut,
    Literal(LiteralId),
    Position(Position),
    /// The instruction that the stream keeps.
    Other,
}

impl Token {
    const OPTIMIZED_OUT: Token = Token(16);
    const OTHER: Token = Token(17);

    #[inline(always)]
    const fn next_slot(representation: u8) -> Token {
        Token(representation as u64)
    }
    #[inline(always)]
    const fn literal(literal: u32) -> Token {
        Token(18 | (literal as u64) << 32)
    }
    #[inline(always)]
    const fn before(offset: u32) -> Token {
        Token(19 | (offset as u64) << 32)
    }
    #[inline(always)]
    const fn after(offset: u32) -> Token {
        Token(20 | (offset as u64) << 32)
    }
    #[inline(always)]
    pub(crate) fn kind(self) -> TokenKind {
        match self.0 as u8 {
            number @ 0..9 => TokenKind::NextSlot(Representation::ALL[usize::from(number)]),
            16 => TokenKind::OptimizedOut,
            18 => TokenKind::Literal(LiteralId((self.0 >> 32) as u32)),
            19 => TokenKind::Position(Position::Before((self.0 >> 32) as u32)),
            20 => TokenKind::Position(Position::After((self.0 >> 32) as u32)),
            _ => TokenKind::Other,
        }
    }
}

/// What one opcode says: a token several times over, or how much to take from the base.
#[derive(Clone, Copy)]
enum Step {
    Run(Token, u32),
    Match(u32),
    /// A frame's head that differs from the base's in this.
    Head(HeadChange),
}

#[derive(Clone, Copy)]
struct HeadChange {
    flags: Option<u64>,
    result: ResultLocation,
}

/// One stream of tokens: a base, or the explicit part of a translation that refers to one.
#[derive(Clone, Copy)]
struct Stream<'a> {
    reader: Reader<'a>,
    remaining: u32,
    run: Token,
    /// What [`Token::OTHER`] stands for. An exit slot in it is a distance.
    other: Instruction,
}

impl<'a> Stream<'a> {
    fn new(reader: Reader<'a>) -> Stream<'a> {
        Stream { reader, run: Token::OPTIMIZED_OUT, remaining: 0, other: Instruction::OptimizedOut }
    }
    /// The next token, which must not be a match.
    #[inline]
    fn next_explicit(&mut self) -> Result<Token, Malformed> {
        if self.remaining == 0 {
            let at = self.reader.at;
            match read_step(&mut self.reader, &mut self.other)? {
                Step::Run(token, count) => {
                    self.run = token;
                    self.remaining = count;
                }
                Step::Match(_) | Step::Head(_) => return Err(Malformed { at }),
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
    /// Whether the last token came from the base.
    matched: bool,
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
        let malformed = Malformed { at: index.index() };
        let mut reader = Reader { bytes, at: index.index() };
        let header = reader.u32()?;
        let (base, base_index, frame_count) = if header == 0 {
            (None, None, read_frame_count(&mut reader)?)
        } else {
            let lookback = (header >> 1) as usize;
            let start = index.index().checked_sub(lookback).filter(|_| lookback > 0).ok_or(malformed)?;
            let mut base = Reader { bytes, at: start };
            if base.u32()? != 0 {
                return Err(malformed);
            }
            let base_count = read_frame_count(&mut base)?;
            let count = if header & 1 != 0 { read_frame_count(&mut reader)? } else { base_count };
            (Some(Stream::new(base)), Some(TranslationIndex(start as u32)), count)
        };
        let stream = Stream::new(reader);
        Ok(Decoder { stream, base, matching: 0, next_slot: 0, matched: false, frame_count, base_index })
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
    pub fn next(&mut self) -> Result<Instruction, Malformed> {
        Ok(match self.next_token()?.kind() {
            TokenKind::NextSlot(representation) => {
                Instruction::Slot { location: Location::ExitSlot(self.take_slot()), representation }
            }
            TokenKind::OptimizedOut => Instruction::OptimizedOut,
            TokenKind::Literal(literal) => Instruction::Literal(literal),
            TokenKind::Position(position) => Instruction::Position(position),
            TokenKind::Other => self.take_other(),
        })
    }

    /// The next instruction as a token. After `NextSlot`, [`take_slot`](Self::take_slot) must follow, after `Other`
    /// [`take_other`](Self::take_other).
    #[inline]
    pub(crate) fn next_token(&mut self) -> Result<Token, Malformed> {
        if self.matching == 0 {
            if self.stream.remaining == 0 {
                let at = self.stream.reader.at;
                match read_step(&mut self.stream.reader, &mut self.stream.other)? {
                    Step::Run(token, count) => {
                        self.stream.run = token;
                        self.stream.remaining = count;
                    }
                    Step::Match(count) => {
                        if self.base.is_none() {
                            return Err(Malformed { at });
                        }
                        self.matching = count;
                        return self.next_matched();
                    }
                    Step::Head(change) => return self.changed_head(change, at),
                }
            }
            self.stream.remaining -= 1;
            self.matched = false;
            if let Some(base) = &mut self.base {
                // The base advances in step; past its end there is nothing left to match.
                if base.next_explicit().is_err() {
                    self.base = None;
                }
            }
            return Ok(self.stream.run);
        }
        self.next_matched()
    }

    #[inline(never)]
    fn changed_head(&mut self, change: HeadChange, at: usize) -> Result<Token, Malformed> {
        let base = self.base.as_mut().ok_or(Malformed { at })?;
        let token = base.next_explicit()?;
        let (TokenKind::Other, Instruction::Interpreted(mut head)) = (token.kind(), base.other) else {
            return Err(Malformed { at });
        };
        head.result = change.result;
        head.flags = change.flags.unwrap_or(head.flags);
        self.matched = false;
        self.stream.other = Instruction::Interpreted(head);
        Ok(Token::OTHER)
    }

    #[inline]
    fn next_matched(&mut self) -> Result<Token, Malformed> {
        self.matching -= 1;
        self.matched = true;
        let at = self.stream.reader.at;
        self.base.as_mut().ok_or(Malformed { at })?.next_explicit()
    }

    /// The exit slot of the token just read.
    #[inline]
    pub(crate) fn take_slot(&mut self) -> u32 {
        let slot = self.next_slot;
        self.next_slot = slot.wrapping_add(1);
        slot
    }

    /// The instruction of the token just read, as it stands in the stream: an exit slot is a distance.
    #[inline]
    pub(crate) fn other(&self) -> &Instruction {
        match &self.base {
            Some(base) if self.matched => &base.other,
            _ => &self.stream.other,
        }
    }

    /// The instruction of the token just read.
    pub(crate) fn take_other(&mut self) -> Instruction {
        let other = *self.other();
        if let Instruction::Slot { location: Location::ExitSlot(distance), representation } = other {
            let slot = self.next_slot.wrapping_add(distance);
            // A slot that was used before moves nothing.
            if (distance as i32) >= 0 {
                self.next_slot = slot.wrapping_add(1);
            }
            return Instruction::Slot { location: Location::ExitSlot(slot), representation };
        }
        other
    }
}

fn read_frame_count(reader: &mut Reader<'_>) -> Result<u32, Malformed> {
    let at = reader.at;
    let count = reader.u32()?;
    if count == 0 || count > MAX_FRAMES { Err(Malformed { at }) } else { Ok(count) }
}

#[inline(always)]
fn read_step(r: &mut Reader<'_>, other: &mut Instruction) -> Result<Step, Malformed> {
    let at = r.at;
    let byte = r.byte()?;
    Ok(match byte {
        op::NEXT_SLOTS.. => {
            let low = byte - op::NEXT_SLOTS;
            Step::Run(Token::next_slot(low >> 3), u32::from(low & 7) + 1)
        }
        op::SHORT_LITERAL.. => Step::Run(Token::literal(u32::from(byte - op::SHORT_LITERAL)), 1),
        op::OPTIMIZED_OUT.. => Step::Run(Token::OPTIMIZED_OUT, u32::from(byte - op::OPTIMIZED_OUT) + 1),
        op::MATCH.. => Step::Match(u32::from(byte - op::MATCH) + 1),
        op::LITERAL => Step::Run(Token::literal(r.u32()?), 1),
        op::BEFORE => Step::Run(Token::before(r.u32()?), 1),
        op::AFTER => Step::Run(Token::after(r.u32()?), 1),
        op::MATCH_PREVIOUS => match r.u32()? {
            count if count > 64 => Step::Match(count),
            _ => return Err(Malformed { at }),
        },
        op::HEAD_WITHOUT_RESULT => Step::Head(HeadChange { flags: None, result: ResultLocation::None }),
        op::HEAD_WITH_ACCUMULATOR => {
            Step::Head(HeadChange { flags: None, result: ResultLocation::Accumulator })
        }
        op::HEAD_WITH_REGISTERS => {
            let result = ResultLocation::Registers { first: r.u32()?, count: r.u32()? };
            Step::Head(HeadChange { flags: None, result })
        }
        op::HEAD_WITH_FLAGS => {
            let flags = Some(r.u64()?);
            Step::Head(HeadChange { flags, result: read_result(r)? })
        }
        _ => {
            read_long(r, byte, at, other)?;
            Step::Run(Token::OTHER, 1)
        }
    })
}

fn read_result(r: &mut Reader<'_>) -> Result<ResultLocation, Malformed> {
    Ok(match r.u32()? {
        0 => ResultLocation::None,
        1 => ResultLocation::Accumulator,
        first => ResultLocation::Registers { first: first - 2, count: r.u32()? },
    })
}

#[inline(never)]
fn read_long(r: &mut Reader<'_>, byte: u8, at: usize, other: &mut Instruction) -> Result<(), Malformed> {
    *other = match byte {
        op::INTERPRETED => {
            let code = LiteralId(r.u32()?);
            let feedback = r.u32()?.checked_sub(1).map(LiteralId);
            let registers = r.u32()?;
            let formals = r.u32()?;
            let flags = r.u64()?;
            let result = read_result(r)?;
            Instruction::Interpreted(InterpretedFrame { code, feedback, registers, formals, flags, result })
        }
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
        op::BACK_SLOT.. => Instruction::Slot {
            location: Location::ExitSlot(u32::from(byte - op::BACK_SLOT + 1).wrapping_neg()),
            representation: Representation::Tagged,
        },
        op::RECIPE.. => {
            Instruction::Recipe(RecipeOp::from_number(byte - op::RECIPE).ok_or(Malformed { at })?)
        }
        _ => return Err(Malformed { at }),
    };
    Ok(())
}

fn read_representation(r: &mut Reader<'_>) -> Result<Representation, Malformed> {
    let at = r.at;
    let byte = r.byte()?;
    Representation::ALL.get(usize::from(byte)).copied().ok_or(Malformed { at })
}
