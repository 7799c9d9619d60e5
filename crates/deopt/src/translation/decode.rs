//! Reading translations. Never panics, whatever the bytes are; [`Malformed`] names the byte that made no sense.
//!
//! The exit path reads a translation record by record, each against the records that it is told relative to, as `Token`s: one word a value. Verifier and text form read
//! whole [`Instruction`]s of the same records, so there is one reader. What the instructions mean together is checked by the verifier, not here.

use std::fmt;

use super::bytes::{Reader, op};
use super::{
    ArgumentsKind, Catch, ContinuationFrame, Instruction, InterpretedFrame, Location, MAX_CHAIN, MAX_RECORDS,
    MAX_VALUES, Position, RecipeOp, Representation, ResultLocation,
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
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Token(u64);

/// What a [`Token`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// The next exit slot.
    NextSlot(Representation),
    /// The exit slot so far before the next one, a word of the interpreter.
    BackSlot(u32),
    OptimizedOut,
    Literal(LiteralId),
    Position(Position),
    /// An instruction that the decoder keeps.
    Other(OtherId),
}

/// Names an instruction of the current record that is no token by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OtherId(u32);

impl Token {
    const OPTIMIZED_OUT: Token = Token(16);

    #[inline(always)]
    const fn next_slot(representation: u8) -> Token {
        Token(representation as u64)
    }
    #[inline(always)]
    const fn literal(literal: u32) -> Token {
        Token(18 | (literal as u64) << 32)
    }
    #[inline(always)]
    const fn back_slot(distance: u32) -> Token {
        Token(22 | (distance as u64) << 32)
    }
    /// Of an opcode with one operand.
    #[inline(always)]
    const fn with_operand(opcode: u8, operand: u32) -> Token {
        let kind = match opcode {
            op::BEFORE => 19,
            op::AFTER => 20,
            _ => 18,
        };
        Token(kind | (operand as u64) << 32)
    }
    #[inline(always)]
    const fn other(other: u32) -> Token {
        Token(17 | (other as u64) << 32)
    }
    #[inline(always)]
    pub(crate) fn kind(self) -> TokenKind {
        let operand = (self.0 >> 32) as u32;
        match self.0 as u8 {
            number @ 0..9 => TokenKind::NextSlot(Representation::ALL[usize::from(number)]),
            16 => TokenKind::OptimizedOut,
            18 => TokenKind::Literal(LiteralId(operand)),
            19 => TokenKind::Position(Position::Before(operand)),
            20 => TokenKind::Position(Position::After(operand)),
            22 => TokenKind::BackSlot(operand),
            _ => TokenKind::Other(OtherId(operand)),
        }
    }
}

/// How a record begins: to what it refers.
#[derive(Clone, Copy, Debug)]
struct Header {
    start: u32,
    base: Option<u32>,
    outer: Outer,
    /// The byte behind.
    end: u32,
}

/// How the header of a record names the record of the frame around its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outer {
    /// There is none.
    None,
    /// By the byte at which it begins.
    At(u32),
    /// The one that the base has.
    OfBase,
}

impl Header {
    #[inline(always)]
    fn read(bytes: &[u8], start: u32) -> Result<Header, Malformed> {
        let malformed = Malformed { at: start as usize };
        let mut reader = Reader { bytes, at: start as usize };
        let first = reader.u32()?;
        // Always backward, so nothing refers to itself, over however many others.
        let back = |distance: u32| start.checked_sub(distance).filter(|_| distance > 0).ok_or(malformed);
        let base = if first >> 2 == 0 { None } else { Some(back(first >> 2)?) };
        let outer = match (first & 3, base) {
            (0, _) => Outer::None,
            (1, _) => Outer::At(back(reader.u32()?)?),
            (2, Some(_)) => Outer::OfBase,
            _ => return Err(malformed),
        };
        Ok(Header { start, base, outer, end: reader.at as u32 })
    }

    /// The record of the frame around this one's.
    #[inline(always)]
    fn outer_record(self, bytes: &[u8]) -> Result<Option<u32>, Malformed> {
        match (self.outer, self.base) {
            (Outer::None, _) => Ok(None),
            (Outer::At(outer), _) => Ok(Some(outer)),
            (Outer::OfBase, Some(base)) => outer_of(bytes, base),
            (Outer::OfBase, None) => Err(Malformed { at: self.start as usize }),
        }
    }
}

/// The record of the frame around a base's.
fn outer_of(bytes: &[u8], base: u32) -> Result<Option<u32>, Malformed> {
    let mut start = base;
    for _ in 1..MAX_CHAIN {
        let header = Header::read(bytes, start)?;
        match (header.outer, header.base) {
            (Outer::None, _) => return Ok(None),
            (Outer::At(outer), _) => return Ok(Some(outer)),
            (Outer::OfBase, Some(base)) => start = base,
            (Outer::OfBase, None) => break,
        }
    }
    Err(Malformed { at: base as usize })
}

/// The most instructions that a record may tell: more than can be verified.
const MAX_TOLD: u32 = 2 * MAX_VALUES;

/// One record of a chain: what is being read, its base, the base's base.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Where the record begins.
    start: u32,
    /// The next byte to be read.
    at: u32,
    /// How many tokens it has told.
    told: u32,
}

/// The memory of a decoder, to be used again.
#[derive(Clone, Default, Debug)]
pub(crate) struct DecoderBuffers {
    /// How the records begin, innermost first.
    records: Vec<Header>,
    /// What the current record has told.
    tokens: Vec<Token>,
    /// What [`TokenKind::Other`] stands for. An exit slot in it is a distance.
    others: Vec<Instruction>,
}

/// Reads one translation, instruction by instruction, record by record. It does not know where a record ends: the structure of
/// instructions says so, and whoever reads goes on with [`next_record`](Self::next_record).
///
/// A record says what is at each place where it differs from its base. So the base is written to a list first, as far as it is needed, and
/// what the record itself says over it: no place is looked at more than once for each record of the chain.
#[derive(Clone)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    buffers: DecoderBuffers,
    /// How many of the records are still to be read, the current one included.
    records_left: usize,
    /// The current record, its base, and so on.
    levels: [Level; MAX_CHAIN],
    /// How many of these there are.
    depth: usize,
    /// How many tokens of the current record have been taken.
    taken: u32,
    next_slot: u32,
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("at", &self.position()).field("base", &self.base()).finish()
    }
}

impl<'a> Decoder<'a> {
    /// A decoder of the translation at `index`. It uses the buffers, whatever is in them.
    pub(crate) fn new(
        bytes: &'a [u8],
        index: TranslationIndex,
        buffers: DecoderBuffers,
    ) -> Result<Decoder<'a>, Malformed> {
        let mut decoder = Decoder::over(bytes, buffers)?;
        let mut next = Some(index.0);
        while let Some(start) = next {
            if decoder.buffers.records.len() == MAX_RECORDS {
                return Err(Malformed { at: start as usize });
            }
            let header = Header::read(bytes, start)?;
            decoder.buffers.records.push(header);
            next = header.outer_record(bytes)?;
        }
        decoder.records_left = decoder.buffers.records.len();
        decoder.begin_record()?;
        Ok(decoder)
    }

    /// A decoder of nothing.
    fn over(bytes: &'a [u8], mut buffers: DecoderBuffers) -> Result<Decoder<'a>, Malformed> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Malformed { at: 0 });
        }
        buffers.records.clear();
        let levels = [Level::default(); MAX_CHAIN];
        Ok(Decoder { bytes, buffers, records_left: 0, levels, depth: 0, taken: 0, next_slot: 0 })
    }

    /// A decoder of one record alone; of the others it only knows the next one outward.
    pub(super) fn of_record(bytes: &'a [u8], index: TranslationIndex) -> Result<Decoder<'a>, Malformed> {
        let mut decoder = Decoder::over(bytes, DecoderBuffers::default())?;
        let header = Header::read(bytes, index.0)?;
        decoder.buffers.records.push(header);
        if let Some(outer) = header.outer_record(bytes)? {
            decoder.buffers.records.push(Header::read(bytes, outer)?);
        }
        decoder.records_left = 1;
        decoder.begin_record()?;
        Ok(decoder)
    }

    /// Exit slots go on after those of records that are not read.
    pub(super) fn go_on_behind(&mut self, next_slot: u32) {
        self.next_slot = next_slot;
    }
    /// The next new exit slot.
    pub(crate) fn next_slot(&self) -> u32 {
        self.next_slot
    }

    /// Finds the bases of the current record.
    fn begin_record(&mut self) -> Result<(), Malformed> {
        let mut header = self.buffers.records[self.records_left - 1];
        self.taken = 0;
        self.buffers.others.clear();
        for (depth, level) in self.levels.iter_mut().enumerate() {
            *level = Level { start: header.start, at: header.end, told: 0 };
            match header.base {
                Some(base) => header = Header::read(self.bytes, base)?,
                None => {
                    self.depth = depth + 1;
                    return Ok(());
                }
            }
        }
        Err(Malformed { at: header.start as usize })
    }

    /// Goes on with the record of the next frame inward, if there is one.
    ///
    /// # Errors
    /// The bytes are malformed.
    pub fn next_record(&mut self) -> Result<bool, Malformed> {
        if self.is_innermost() {
            return Ok(false);
        }
        self.records_left -= 1;
        self.begin_record()?;
        Ok(true)
    }
    /// How many records it has: frames, with what describes them.
    pub fn record_count(&self) -> usize {
        self.buffers.records.len()
    }
    /// The buffers, for the next decoder.
    pub(crate) fn into_buffers(self) -> DecoderBuffers {
        self.buffers
    }
    /// Is the current record that of the outermost frame?
    pub(super) fn is_outermost(&self) -> bool {
        self.records_left == self.buffers.records.len()
    }
    /// Is the current record that of the innermost frame?
    pub(super) fn is_innermost(&self) -> bool {
        self.records_left == 1
    }
    /// The record of the frame around the innermost one.
    pub fn outer(&self) -> Option<TranslationIndex> {
        self.buffers.records.get(1).map(|outer| TranslationIndex(outer.start))
    }
    /// The record to which the current one refers, if any.
    pub fn base(&self) -> Option<TranslationIndex> {
        self.bases().next().map(|(base, _)| base)
    }
    /// The records to which the current one refers, directly and over others, nearest first, and up to which byte each has been read.
    pub(super) fn bases(&self) -> impl Iterator<Item = (TranslationIndex, usize)> + '_ {
        self.levels[1..self.depth].iter().map(|level| (TranslationIndex(level.start), level.at as usize))
    }
    /// The position of the next byte to be read.
    pub fn position(&self) -> usize {
        self.levels[0].at as usize
    }
    /// Whether the last byte read promised no further instructions.
    pub(super) fn at_boundary(&self) -> bool {
        self.taken == self.levels[0].told
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
            TokenKind::BackSlot(distance) => {
                let representation = Representation::Tagged;
                Instruction::Slot { location: Location::ExitSlot(self.back_slot(distance)), representation }
            }
            TokenKind::OptimizedOut => Instruction::OptimizedOut,
            TokenKind::Literal(literal) => Instruction::Literal(literal),
            TokenKind::Position(position) => Instruction::Position(position),
            TokenKind::Other(other) => self.take_other(other),
        })
    }

    /// The next instruction as a token. After `NextSlot`, [`take_slot`](Self::take_slot) must follow, after `Other`
    /// [`take_other`](Self::take_other).
    #[inline(always)]
    pub(crate) fn next_token(&mut self) -> Result<Token, Malformed> {
        if self.taken == self.levels[0].told {
            self.read(0, self.taken + 1, 0)?;
        }
        let token = self.buffers.tokens[self.taken as usize];
        self.taken += 1;
        Ok(token)
    }

    /// The next so many tokens, all at once; [`take_all`](Self::take_all) may follow.
    #[inline]
    pub(crate) fn tokens(&mut self, count: u32) -> Result<&[Token], Malformed> {
        let end = self.taken.saturating_add(count);
        if self.levels[0].told < end {
            self.read(0, end, 0)?;
        }
        Ok(&self.buffers.tokens[self.taken as usize..end as usize])
    }
    /// So many tokens were taken, behind which this is the next new exit slot.
    #[inline]
    pub(crate) fn take_all(&mut self, count: u32, next_slot: u32) {
        self.taken += count;
        self.next_slot = next_slot;
    }

    /// Reads a record of the chain on until it has told so many tokens, and of a frame all. What is told at places before `known` is not
    /// asked for: the records above have told it.
    fn read(&mut self, level: usize, mut until: u32, known: u32) -> Result<(), Malformed> {
        if level >= self.depth {
            return Err(Malformed { at: self.position() });
        }
        let bytes = self.bytes;
        let Level { at, mut told, .. } = self.levels[level];
        let mut at = at as usize;
        while told < until {
            let start = at;
            let byte = *bytes.get(at).ok_or(Malformed { at })?;
            at += 1;
            let (token, count) = match byte {
                op::NEXT_SLOTS.. => {
                    let low = byte - op::NEXT_SLOTS;
                    (Token::next_slot(low >> 3), u32::from(low & 7) + 1)
                }
                op::SHORT_LITERAL.. => (Token::literal(u32::from(byte - op::SHORT_LITERAL)), 1),
                op::OPTIMIZED_OUT.. => (Token::OPTIMIZED_OUT, u32::from(byte - op::OPTIMIZED_OUT) + 1),
                op::MATCH.. => {
                    let end = told + u32::from(byte - op::MATCH) + 1;
                    self.tell_match(level, told, end, known)?;
                    told = end;
                    continue;
                }
                op::BACK_SLOT.. => (Token::back_slot(u32::from(byte - op::BACK_SLOT) + 1), 1),
                op::LITERAL | op::BEFORE | op::AFTER => {
                    let operand;
                    (operand, at) = Reader::u32_at(bytes, at)?;
                    (Token::with_operand(byte, operand), 1)
                }
                op::MATCH_PREVIOUS => {
                    let count;
                    (count, at) = Reader::u32_at(bytes, at)?;
                    let end = told.saturating_add(count);
                    if count <= 64 || end > MAX_TOLD {
                        return Err(Malformed { at: start });
                    }
                    self.tell_match(level, told, end, known)?;
                    told = end;
                    continue;
                }
                _ => {
                    let more;
                    (at, more) = self.tell_other(level, told, known, at, byte)?;
                    until = until.max(told + 1 + more);
                    told += 1;
                    continue;
                }
            };
            let end = told + count;
            if end > known {
                self.tell(told.max(known), end, token)?;
            }
            told = end;
        }
        let level = &mut self.levels[level];
        // The bytes are shorter than 4 GB: `over` has looked.
        (level.at, level.told) = (at as u32, told);
        Ok(())
    }

    /// Takes tokens from the base of a level that has told so many, up to an end.
    #[inline]
    fn tell_match(&mut self, level: usize, told: u32, end: u32, known: u32) -> Result<(), Malformed> {
        match self.levels.get(level + 1) {
            Some(base) if level + 1 < self.depth && base.told >= end => Ok(()),
            _ if end > known => self.read(level + 1, end, told.max(known)),
            _ => Ok(()),
        }
    }

    /// Notes what is no token by itself, unless that is known. Gives where its operands end, and how many tokens follow for sure.
    fn tell_other(
        &mut self,
        level: usize,
        place: u32,
        known: u32,
        at: usize,
        byte: u8,
    ) -> Result<(usize, u32), Malformed> {
        let mut reader = Reader { bytes: self.bytes, at };
        let other = self.buffers.others.len();
        let token = Token::other(other as u32);
        // The position, the function, the receiver, the context, the accumulator.
        let following = |head: &InterpretedFrame| {
            head.registers.saturating_add(head.formals).saturating_add(5).min(MAX_TOLD)
        };
        let more = match byte {
            op::HEAD_WITHOUT_RESULT..=op::HEAD_WITH_FLAGS => {
                let (flags, result) = read_changes(&mut reader, byte)?;
                if place < known {
                    return Ok((reader.at, 0));
                }
                self.read(level + 1, place + 1, place)?;
                let head = self.head(place).ok_or(Malformed { at })?;
                // What the base says is not needed again, so it is changed where it stands.
                head.result = result;
                head.flags = flags.unwrap_or(head.flags);
                return Ok((reader.at, following(head)));
            }
            op::INTERPRETED => {
                let head = read_interpreted(&mut reader)?;
                let more = following(&head);
                self.buffers.others.push(Instruction::Interpreted(head));
                more
            }
            op::CAPTURED => {
                let (class, fields) = (LiteralId(reader.u32()?), reader.u32()?);
                self.buffers.others.push(Instruction::Captured { class, fields });
                fields.min(MAX_TOLD)
            }
            _ => {
                self.buffers.others.push(read_instruction(&mut reader, byte)?);
                0
            }
        };
        if place < known {
            return Ok((reader.at, 0));
        }
        self.tell(place, place + 1, token)?;
        Ok((reader.at, more))
    }

    /// The frame's head that was told at a place.
    #[inline(always)]
    fn head(&mut self, place: u32) -> Option<&mut InterpretedFrame> {
        let TokenKind::Other(OtherId(other)) = self.buffers.tokens[place as usize].kind() else {
            return None;
        };
        match &mut self.buffers.others[other as usize] {
            Instruction::Interpreted(head) => Some(head),
            _ => None,
        }
    }

    /// Notes what is at some places.
    #[inline(always)]
    fn tell(&mut self, start: u32, end: u32, token: Token) -> Result<(), Malformed> {
        match self.buffers.tokens.get_mut(start as usize..end as usize) {
            Some([place]) => *place = token,
            Some(places) => places.fill(token),
            None => {
                self.make_room(end)?;
                self.buffers.tokens[start as usize..end as usize].fill(token);
            }
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, end: u32) -> Result<(), Malformed> {
        if end > MAX_TOLD {
            return Err(Malformed { at: self.position() });
        }
        self.buffers.tokens.resize(end.next_power_of_two().max(64) as usize, Token::OPTIMIZED_OUT);
        Ok(())
    }

    /// The exit slot of the token just read.
    #[inline]
    pub(crate) fn take_slot(&mut self) -> u32 {
        let slot = self.next_slot;
        self.next_slot = slot.wrapping_add(1);
        slot
    }

    /// The exit slot so far before the next one.
    #[inline]
    pub(crate) fn back_slot(&self, distance: u32) -> u32 {
        self.next_slot.wrapping_sub(distance)
    }

    /// The instruction of the token just read, as it stands in the stream: an exit slot is a distance.
    #[inline]
    pub(crate) fn other(&self, other: OtherId) -> &Instruction {
        &self.buffers.others[other.0 as usize]
    }

    /// The instruction of the token just read.
    pub(crate) fn take_other(&mut self, other: OtherId) -> Instruction {
        let other = *self.other(other);
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

/// What is different of a frame's head from the base's: flags, if they are given, and result.
#[inline]
fn read_changes(r: &mut Reader<'_>, byte: u8) -> Result<(Option<u64>, ResultLocation), Malformed> {
    Ok(match byte {
        op::HEAD_WITHOUT_RESULT => (None, ResultLocation::None),
        op::HEAD_WITH_ACCUMULATOR => (None, ResultLocation::Accumulator),
        op::HEAD_WITH_REGISTERS => (None, ResultLocation::Registers { first: r.u32()?, count: r.u32()? }),
        _ => (Some(r.u64()?), read_result(r)?),
    })
}

#[inline(always)]
fn read_result(r: &mut Reader<'_>) -> Result<ResultLocation, Malformed> {
    Ok(match r.u32()? {
        0 => ResultLocation::None,
        1 => ResultLocation::Accumulator,
        first => ResultLocation::Registers { first: first - 2, count: r.u32()? },
    })
}

#[inline(always)]
fn read_interpreted(r: &mut Reader<'_>) -> Result<InterpretedFrame, Malformed> {
    let code = LiteralId(r.u32()?);
    let feedback = r.u32()?.checked_sub(1).map(LiteralId);
    let registers = r.u32()?;
    let formals = r.u32()?;
    let flags = r.u64()?;
    let result = read_result(r)?;
    Ok(InterpretedFrame { code, feedback, registers, formals, flags, result })
}

/// Reads the operands of an opcode that is no token by itself, and no head.
#[inline(never)]
fn read_instruction(r: &mut Reader<'_>, byte: u8) -> Result<Instruction, Malformed> {
    let at = r.at - 1;
    Ok(match byte {
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
        op::RECIPE.. => {
            Instruction::Recipe(RecipeOp::from_number(byte - op::RECIPE).ok_or(Malformed { at })?)
        }
        _ => return Err(Malformed { at }),
    })
}

fn read_representation(r: &mut Reader<'_>) -> Result<Representation, Malformed> {
    let at = r.at;
    let byte = r.byte()?;
    Representation::ALL.get(usize::from(byte)).copied().ok_or(Malformed { at })
}
