//! Reading translations. Never panics, whatever the bytes are; [`Malformed`] names the byte that made no sense.

use std::fmt;

use super::bytes::{Reader, op};
use super::{
    ArgumentsKind, Catch, ContinuationFrame, Instruction, InterpretedFrame, Location, MAX_CHAIN, MAX_RECORDS,
    Position, RecipeOp, Representation, ResultLocation,
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
    /// The instruction that the stream keeps.
    Other,
}

impl Token {
    const OPTIMIZED_OUT: Token = Token(16);
    const OTHER: Token = Token(17);
    /// What the base says; inside of the decoder only.
    const MATCH: Token = Token(21);

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
            22 => TokenKind::BackSlot((self.0 >> 32) as u32),
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

impl HeadChange {
    /// This change of a head that was changed before.
    fn over(self, below: HeadChange) -> HeadChange {
        HeadChange { flags: self.flags.or(below.flags), result: self.result }
    }
}

/// How a record begins: to what it refers.
#[derive(Clone, Copy)]
struct Header {
    base: Option<u32>,
    outer: Outer,
    /// The byte behind.
    end: u32,
}

/// The record of the frame around a record's frame.
#[derive(Clone, Copy)]
enum Outer {
    None,
    At(u32),
    /// The one of the base.
    OfBase,
}

impl Header {
    #[inline]
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
        Ok(Header { base, outer, end: reader.at as u32 })
    }
}

/// The record of the frame around a record's.
fn outer_of(bytes: &[u8], start: u32) -> Result<Option<u32>, Malformed> {
    let mut at = start;
    for _ in 0..MAX_CHAIN {
        let header = Header::read(bytes, at)?;
        match (header.outer, header.base) {
            (Outer::None, _) => return Ok(None),
            (Outer::At(outer), _) => return Ok(Some(outer)),
            (Outer::OfBase, Some(base)) => at = base,
            (Outer::OfBase, None) => break,
        }
    }
    Err(Malformed { at: start as usize })
}

/// One record of a chain: what is being read, its base, the base's base.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Where the record begins.
    start: u32,
    /// The next byte to be read.
    at: u32,
    /// What the byte before stands for.
    run: Token,
    /// How often it is still to be taken.
    left: u32,
    /// How many tokens the base has still to skip, because this record has said them itself.
    behind: u32,
}

/// Reads one translation, instruction by instruction, record by record. It does not know where a record ends: the structure of
/// instructions says so, and whoever reads goes on with [`next_record`](Self::next_record).
///
/// A record and its bases are read side by side, each from its own place, and run by run: a run is as long as the shortest of the
/// runs that it is taken through. What a record says itself is skipped in its base, when something is taken from there again.
#[derive(Clone)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    /// Where the records begin, innermost first.
    records: Vec<u32>,
    /// How many of them are still to be read, the current one included.
    records_left: usize,
    /// The current record, its base, and so on.
    levels: [Level; MAX_CHAIN],
    /// How many of these there are.
    depth: usize,
    /// The current run.
    run: Token,
    left: u32,
    /// What [`Token::OTHER`] stands for. An exit slot in it is a distance.
    other: Instruction,
    next_slot: u32,
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("at", &self.position()).field("base", &self.base()).finish()
    }
}

impl<'a> Decoder<'a> {
    /// A decoder of the translation at `index`. It uses the buffer, whatever is in it.
    pub(crate) fn new(
        bytes: &'a [u8],
        index: TranslationIndex,
        records: Vec<u32>,
    ) -> Result<Decoder<'a>, Malformed> {
        let mut decoder = Decoder::over(bytes, records)?;
        let mut next = Some(index.0);
        while let Some(start) = next {
            if decoder.records.len() == MAX_RECORDS {
                return Err(Malformed { at: start as usize });
            }
            decoder.records.push(start);
            next = outer_of(bytes, start)?;
        }
        decoder.records_left = decoder.records.len();
        decoder.begin_record()?;
        Ok(decoder)
    }

    /// A decoder of nothing.
    fn over(bytes: &'a [u8], mut records: Vec<u32>) -> Result<Decoder<'a>, Malformed> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Malformed { at: 0 });
        }
        records.clear();
        Ok(Decoder {
            bytes,
            records,
            records_left: 0,
            levels: [Level::default(); MAX_CHAIN],
            depth: 0,
            run: Token::OPTIMIZED_OUT,
            left: 0,
            other: Instruction::OptimizedOut,
            next_slot: 0,
        })
    }

    /// A decoder of one record alone; of the others it only knows the next one outward.
    pub(super) fn of_record(bytes: &'a [u8], index: TranslationIndex) -> Result<Decoder<'a>, Malformed> {
        let mut decoder = Decoder::over(bytes, Vec::new())?;
        decoder.records.push(index.0);
        decoder.records.extend(outer_of(bytes, index.0)?);
        decoder.records_left = 1;
        decoder.begin_record()?;
        Ok(decoder)
    }

    /// Exit slots go on after those of records that are not read.
    pub(super) fn go_on_behind(&mut self, next_slot: u32) {
        self.next_slot = next_slot;
    }
    /// The next new exit slot.
    pub(super) fn next_slot(&self) -> u32 {
        self.next_slot
    }

    /// Finds the bases of the current record.
    fn begin_record(&mut self) -> Result<(), Malformed> {
        let mut start = self.records[self.records_left - 1];
        self.depth = 0;
        self.left = 0;
        loop {
            let header = Header::read(self.bytes, start)?;
            let level = self.levels.get_mut(self.depth).ok_or(Malformed { at: start as usize })?;
            *level = Level { start, at: header.end, ..Level::default() };
            self.depth += 1;
            match header.base {
                Some(base) => start = base,
                None => return Ok(()),
            }
        }
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
        self.records.len()
    }
    /// The buffer, for the next decoder.
    pub(crate) fn into_buffer(self) -> Vec<u32> {
        self.records
    }
    /// Is the current record that of the outermost frame?
    pub(super) fn is_outermost(&self) -> bool {
        self.records_left == self.records.len()
    }
    /// Is the current record that of the innermost frame?
    pub(super) fn is_innermost(&self) -> bool {
        self.records_left == 1
    }
    /// The record of the frame around the innermost one.
    pub fn outer(&self) -> Option<TranslationIndex> {
        self.records.get(1).copied().map(TranslationIndex)
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
        self.left == 0 && self.levels[0].left == 0
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
            TokenKind::Other => self.take_other(),
        })
    }

    /// The next instruction as a token. After `NextSlot`, [`take_slot`](Self::take_slot) must follow, after `Other`
    /// [`take_other`](Self::take_other).
    #[inline]
    pub(crate) fn next_token(&mut self) -> Result<Token, Malformed> {
        self.next_run(1).map(|(token, _)| token)
    }

    /// The next instructions, which are all the same: as a token, and how many, at most `most` and at least one. After `NextSlot`,
    /// [`take_slots`](Self::take_slots) must follow, after `Other`, which is only one, [`take_other`](Self::take_other).
    #[inline(always)]
    pub(crate) fn next_run(&mut self, most: u32) -> Result<(Token, u32), Malformed> {
        if self.left == 0 {
            let level = &mut self.levels[0];
            // What most bytes are.
            if level.left == 0
                && let Some(&byte) = self.bytes.get(level.at as usize)
                && let Some((token, told)) = short_run(byte)
            {
                level.at += 1;
                level.behind = level.behind.saturating_add(told);
                let count = told.min(most);
                (self.run, self.left) = (token, told - count);
                return Ok((token, count));
            }
            self.refill()?;
        }
        let count = self.left.min(most);
        self.left -= count;
        Ok((self.run, count))
    }

    /// Finds the next run.
    #[inline]
    fn refill(&mut self) -> Result<(), Malformed> {
        let level = &mut self.levels[0];
        if level.left == 0 {
            let mut reader = Reader { bytes: self.bytes, at: level.at as usize };
            let step = read_step(&mut reader, &mut self.other)?;
            level.at = reader.at as u32;
            match step {
                Step::Run(token, count) => {
                    level.behind = level.behind.saturating_add(count);
                    (self.run, self.left) = (token, count);
                    return Ok(());
                }
                Step::Match(count) => (level.run, level.left) = (Token::MATCH, count),
                Step::Head(change) => {
                    (level.run, level.left) = (Token::MATCH, 1);
                    return self.refill_from_bases(Some(change));
                }
            }
        }
        self.refill_from_bases(None)
    }

    /// Finds the next run, which the current record takes from its base. If it is a head, it is changed.
    fn refill_from_bases(&mut self, mut change: Option<HeadChange>) -> Result<(), Malformed> {
        let mut level = 0;
        let mut count = self.levels[0].left;
        while self.levels[level].run == Token::MATCH {
            let behind = std::mem::take(&mut self.levels[level].behind);
            level += 1;
            if level == self.depth {
                return Err(Malformed { at: self.levels[level - 1].at as usize });
            }
            self.skip(level, behind)?;
            if self.levels[level].left == 0
                && let Some(below) = self.step(level)?
            {
                change = change.map_or(Some(below), |above| Some(above.over(below)));
            }
            count = count.min(self.levels[level].left);
        }
        for level in &mut self.levels[..=level] {
            level.left -= count;
        }
        let told = &mut self.levels[level];
        told.behind = told.behind.saturating_add(count);
        (self.run, self.left) = (told.run, count);
        if let Some(change) = change {
            let at = self.position();
            let Instruction::Interpreted(head) = &mut self.other else { return Err(Malformed { at }) };
            if self.run != Token::OTHER {
                return Err(Malformed { at });
            }
            head.result = change.result;
            head.flags = change.flags.unwrap_or(head.flags);
        }
        Ok(())
    }

    /// Passes over tokens of a level that the record above has told itself.
    #[inline]
    fn skip(&mut self, level: usize, mut behind: u32) -> Result<(), Malformed> {
        while behind > 0 {
            if self.levels[level].left == 0 {
                self.step(level)?;
            }
            let skipped = &mut self.levels[level];
            let count = skipped.left.min(behind);
            skipped.left -= count;
            skipped.behind = skipped.behind.saturating_add(count);
            behind -= count;
        }
        Ok(())
    }

    /// Reads a level's next opcode, which begins a run; if that is a changed head, gives the change.
    #[inline]
    fn step(&mut self, level: usize) -> Result<Option<HeadChange>, Malformed> {
        let level = &mut self.levels[level];
        let mut reader = Reader { bytes: self.bytes, at: level.at as usize };
        let step = read_step(&mut reader, &mut self.other)?;
        // The bytes are shorter than 4 GB: `new` has looked.
        level.at = reader.at as u32;
        let (run, change) = match step {
            Step::Run(token, count) => ((token, count), None),
            Step::Match(count) => ((Token::MATCH, count), None),
            Step::Head(change) => ((Token::MATCH, 1), Some(change)),
        };
        (level.run, level.left) = run;
        Ok(change)
    }

    /// The exit slot of the token just read.
    #[inline]
    pub(crate) fn take_slot(&mut self) -> u32 {
        self.take_slots(1)
    }
    /// The first exit slot of the run just read.
    #[inline]
    pub(crate) fn take_slots(&mut self, count: u32) -> u32 {
        let slot = self.next_slot;
        self.next_slot = slot.wrapping_add(count);
        slot
    }

    /// The exit slot so far before the next one.
    #[inline]
    pub(crate) fn back_slot(&self, distance: u32) -> u32 {
        self.next_slot.wrapping_sub(distance)
    }

    /// The instruction of the token just read, as it stands in the stream: an exit slot is a distance.
    #[inline]
    pub(crate) fn other(&self) -> &Instruction {
        &self.other
    }

    /// The instruction of the token just read.
    pub(crate) fn take_other(&mut self) -> Instruction {
        let other = self.other;
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

/// The run of an opcode that is one byte.
#[inline(always)]
fn short_run(byte: u8) -> Option<(Token, u32)> {
    Some(match byte {
        op::NEXT_SLOTS.. => {
            let low = byte - op::NEXT_SLOTS;
            (Token::next_slot(low >> 3), u32::from(low & 7) + 1)
        }
        op::SHORT_LITERAL.. => (Token::literal(u32::from(byte - op::SHORT_LITERAL)), 1),
        op::OPTIMIZED_OUT.. => (Token::OPTIMIZED_OUT, u32::from(byte - op::OPTIMIZED_OUT) + 1),
        op::BACK_SLOT..op::MATCH => (Token::back_slot(u32::from(byte - op::BACK_SLOT) + 1), 1),
        _ => return None,
    })
}

#[inline(always)]
fn read_step(r: &mut Reader<'_>, other: &mut Instruction) -> Result<Step, Malformed> {
    let at = r.at;
    let byte = r.byte()?;
    if let Some((token, count)) = short_run(byte) {
        return Ok(Step::Run(token, count));
    }
    Ok(match byte {
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
