//! Writing translations.
//!
//! A translation is cut into the records of its frames. One that was written before, inside of the same frames, is used again. A new one is written
//! against each of a few earlier ones of the same functions, and in full; the shortest form is taken, and of forms of about the same length
//! the one that takes fewer records to be read.

use std::collections::HashMap;

use super::bytes::{op, put, put_signed, put_u64};
use super::decode::Outer;
use super::{
    Catch, Instruction, InterpretedFrame, Location, MAX_CHAIN, MAX_RECORDS, MAX_VALUES, Position,
    Representation, ResultLocation,
};
use crate::ids::TranslationIndex;

/// How many records of the same functions a new one is tried against.
const ALIKE: usize = 4;
/// Bytes that a shorter chain is worth.
const PENALTY: usize = 1;

/// Collects the translations of one code object.
#[derive(Default, Debug)]
pub struct TranslationBuilder {
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// Records of the same functions: the latest ones, by functions.
    alike: HashMap<Vec<u32>, Vec<usize>>,
    /// By outer record and full form.
    known: HashMap<(Option<usize>, Vec<u8>), usize>,
}

/// A record that others can refer to.
#[derive(Debug)]
struct Record {
    start: u32,
    outer: Option<usize>,
    instructions: Vec<Instruction>,
    /// How many records are read for it, itself included.
    chain: usize,
}

impl TranslationBuilder {
    /// An empty builder.
    pub fn new() -> TranslationBuilder {
        TranslationBuilder::default()
    }

    /// Adds a translation. The instructions must follow the grammar of the [module](super);
    /// [`FrameState::instructions`](crate::FrameState::instructions) produces such.
    ///
    /// # Panics
    /// Without a frame, or with more than [`MAX_RECORDS`] frames or [`MAX_VALUES`] instructions.
    pub fn add(&mut self, instructions: &[Instruction]) -> TranslationIndex {
        assert!(instructions.len() <= MAX_VALUES as usize, "too many values in one translation");
        let relative = relative(instructions);
        let mut outer = None;
        let mut frames = 0;
        for frame in frames_of(&relative) {
            outer = Some(self.add_record(outer, frame));
            frames += 1;
        }
        assert!(frames <= MAX_RECORDS, "too many frames in one translation");
        TranslationIndex(self.records[outer.expect("a translation has frames")].start)
    }

    fn add_record(&mut self, outer: Option<usize>, instructions: &[Instruction]) -> usize {
        let mut full = Vec::new();
        write(&mut full, instructions);
        let key = (outer, full);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let start = self.bytes.len() as u32;
        let index = self.records.len();
        let functions = functions(instructions);
        let alike = self.alike.entry(functions).or_default();
        let mut best: Option<(Vec<u8>, usize)> = None;
        for &base in alike.iter() {
            let record = &self.records[base];
            let mut form = Vec::new();
            let outer = match outer {
                None => Outer::None,
                Some(_) if record.outer == outer => Outer::OfBase,
                Some(outer) => Outer::At(self.records[outer].start),
            };
            put_header(&mut form, start, Some(record.start), outer);
            write_against(&mut form, instructions, &record.instructions);
            let chain = record.chain;
            let better = |(known, other): &(Vec<u8>, usize)| {
                (form.len() + PENALTY * chain) < known.len() + PENALTY * self.records[*other].chain
            };
            if best.as_ref().is_none_or(better) {
                best = Some((form, base));
            }
        }
        let mut form = Vec::new();
        let outer_at = outer.map_or(Outer::None, |outer| Outer::At(self.records[outer].start));
        put_header(&mut form, start, None, outer_at);
        form.extend_from_slice(&key.1);
        let mut chain = 1;
        if let Some((best, base)) = best.filter(|(best, _)| best.len() < form.len()) {
            form = best;
            chain = self.records[base].chain + 1;
        }
        self.bytes.extend_from_slice(&form);
        if chain < MAX_CHAIN {
            if alike.len() >= ALIKE {
                // The first one stays: it is told in full.
                alike.remove(1);
            }
            alike.push(index);
        }
        self.records.push(Record { start, outer, instructions: instructions.to_vec(), chain });
        self.known.insert(key, index);
        index
    }

    /// How many different records there are: frames of translations.
    pub fn count(&self) -> usize {
        self.records.len()
    }
    /// The bytes so far.
    pub fn byte_length(&self) -> usize {
        self.bytes.len()
    }
    /// All translations, for a [`TranslationArray`](super::TranslationArray).
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The beginning of a record at `start` that is told against the record at `base`, or in full.
fn put_header(out: &mut Vec<u8>, start: u32, base: Option<u32>, outer: Outer) {
    let distance = base.map_or(0, |base| start - base) << 2;
    match outer {
        Outer::None => put(out, distance),
        Outer::OfBase => put(out, distance | 2),
        Outer::At(outer) => {
            put(out, distance | 1);
            put(out, start - outer);
        }
    }
}

/// The instructions of each frame, with those that describe it.
fn frames_of(instructions: &[Instruction]) -> impl Iterator<Item = &[Instruction]> {
    let mut rest = instructions;
    std::iter::from_fn(move || {
        let mut complete = false;
        let begins = |instruction: &Instruction| {
            if instruction.is_value() || matches!(instruction, Instruction::Position(_)) {
                return false;
            }
            let next = complete;
            complete |= matches!(instruction, Instruction::Interpreted(_) | Instruction::Continuation(_));
            next
        };
        let end = rest.iter().position(begins).unwrap_or(rest.len());
        let (frame, others) = rest.split_at(end);
        rest = others;
        (!frame.is_empty()).then_some(frame)
    })
}

/// The kinds of the frames, with the codes of those of functions.
fn functions(instructions: &[Instruction]) -> Vec<u32> {
    let head = |instruction: &Instruction| match *instruction {
        Instruction::Interpreted(frame) => Some(frame.code.0),
        Instruction::Continuation(frame) => Some(frame.id | 1 << 31),
        Instruction::InlinedArguments { .. } => Some(u32::MAX),
        Instruction::ConstructCreate => Some(u32::MAX - 1),
        Instruction::ConstructInvoke => Some(u32::MAX - 2),
        _ => None,
    };
    instructions.iter().filter_map(head).collect()
}

/// Exit slots become distances from the next new one, the slot behind all so far: 0 for that, negative for those that were used
/// before.
fn relative(instructions: &[Instruction]) -> Vec<Instruction> {
    let mut next_slot = 0u32;
    instructions
        .iter()
        .map(|instruction| match *instruction {
            Instruction::Slot { location: Location::ExitSlot(slot), representation } => {
                let distance = slot.wrapping_sub(next_slot);
                if (distance as i32) >= 0 {
                    next_slot = slot.wrapping_add(1);
                }
                Instruction::Slot { location: Location::ExitSlot(distance), representation }
            }
            other => other,
        })
        .collect()
}

fn write_against(out: &mut Vec<u8>, instructions: &[Instruction], base: &[Instruction]) {
    let matches = |i: usize| base.get(i) == Some(&instructions[i]);
    let mut at = 0;
    while at < instructions.len() {
        let equal = (at..instructions.len()).take_while(|i| matches(*i)).count();
        if equal > 0 {
            put_match(out, equal as u32);
            at += equal;
        } else if let Some(head) = changed_head(base.get(at), &instructions[at]) {
            write_changed_head(out, head);
            at += 1;
        } else {
            // A single match inside of a run would split the run in two and save nothing.
            let mut end = at + 1;
            while end < instructions.len() && changed_head(base.get(end), &instructions[end]).is_none() {
                let ahead = (end..instructions.len()).take(3).take_while(|i| matches(*i)).count();
                let inside_run = instructions[end] == instructions[end - 1] && is_run(&instructions[end]);
                if ahead == 0 || (ahead < 3 && inside_run) {
                    end += 1;
                } else {
                    break;
                }
            }
            write(out, &instructions[at..end]);
            at = end;
        }
    }
}

/// What is different of a frame's head from the base's, if that is no more than flags and result.
fn changed_head(
    base: Option<&Instruction>,
    instruction: &Instruction,
) -> Option<(Option<u64>, ResultLocation)> {
    let (Some(Instruction::Interpreted(base)), Instruction::Interpreted(head)) = (base, instruction) else {
        return None;
    };
    let same = InterpretedFrame { flags: base.flags, result: base.result, ..*head } == *base;
    same.then_some(((head.flags != base.flags).then_some(head.flags), head.result))
}

fn write_changed_head(out: &mut Vec<u8>, change: (Option<u64>, ResultLocation)) {
    match change {
        (None, ResultLocation::None) => out.push(op::HEAD_WITHOUT_RESULT),
        (None, ResultLocation::Accumulator) => out.push(op::HEAD_WITH_ACCUMULATOR),
        (None, ResultLocation::Registers { first, count }) => {
            out.push(op::HEAD_WITH_REGISTERS);
            put(out, first);
            put(out, count);
        }
        (Some(flags), result) => {
            out.push(op::HEAD_WITH_FLAGS);
            put_u64(out, flags);
            put_result(out, result);
        }
    }
}

fn put_result(out: &mut Vec<u8>, result: ResultLocation) {
    match result {
        ResultLocation::None => put(out, 0),
        ResultLocation::Accumulator => put(out, 1),
        ResultLocation::Registers { first, count } => {
            put(out, first + 2);
            put(out, count);
        }
    }
}

fn put_match(out: &mut Vec<u8>, count: u32) {
    if count <= 64 {
        out.push(op::MATCH + (count - 1) as u8);
    } else {
        out.push(op::MATCH_PREVIOUS);
        put(out, count);
    }
}

fn short_slot(instruction: &Instruction) -> Option<Representation> {
    match instruction {
        Instruction::Slot { location: Location::ExitSlot(0), representation }
            if *representation != Representation::Int64 =>
        {
            Some(*representation)
        }
        _ => None,
    }
}

fn is_run(instruction: &Instruction) -> bool {
    *instruction == Instruction::OptimizedOut || short_slot(instruction).is_some()
}

fn write(out: &mut Vec<u8>, instructions: &[Instruction]) {
    let mut rest = instructions;
    while let Some(first) = rest.first() {
        let longest = if *first == Instruction::OptimizedOut {
            32
        } else if short_slot(first).is_some() {
            8
        } else {
            1
        };
        let run = rest.iter().take(longest).take_while(|next| *next == first).count();
        if let Some(representation) = short_slot(first) {
            out.push(op::NEXT_SLOTS + 8 * representation as u8 + (run - 1) as u8);
        } else if *first == Instruction::OptimizedOut {
            out.push(op::OPTIMIZED_OUT + (run - 1) as u8);
        } else {
            write_one(out, first);
        }
        rest = &rest[run..];
    }
}

fn write_one(out: &mut Vec<u8>, instruction: &Instruction) {
    match *instruction {
        Instruction::Interpreted(frame) => {
            out.push(op::INTERPRETED);
            put(out, frame.code.0);
            put(out, frame.feedback.map_or(0, |feedback| feedback.0 + 1));
            put(out, frame.registers);
            put(out, frame.formals);
            put_u64(out, frame.flags);
            put_result(out, frame.result);
        }
        Instruction::Position(Position::Before(offset)) => {
            out.push(op::BEFORE);
            put(out, offset);
        }
        Instruction::Position(Position::After(offset)) => {
            out.push(op::AFTER);
            put(out, offset);
        }
        Instruction::InlinedArguments { actual, surplus } => {
            out.push(op::INLINED_ARGUMENTS);
            put(out, actual);
            put(out, surplus);
        }
        Instruction::ConstructCreate => out.push(op::CONSTRUCT_CREATE),
        Instruction::ConstructInvoke => out.push(op::CONSTRUCT_INVOKE),
        Instruction::Continuation(frame) => {
            out.push(match frame.catch {
                Catch::No => op::CONTINUATION,
                Catch::Yes => op::CONTINUATION_WITH_CATCH,
            });
            put(out, frame.id);
            put(out, frame.parameters);
        }
        Instruction::Slot { location, representation } => match location {
            Location::ExitSlot(distance)
                if representation == Representation::Tagged
                    && (1..=12).contains(&distance.wrapping_neg()) =>
            {
                out.push(op::BACK_SLOT + (distance.wrapping_neg() - 1) as u8);
            }
            Location::ExitSlot(distance) => {
                out.push(op::EXIT_SLOT);
                out.push(representation as u8);
                put_signed(out, distance as i32);
            }
            Location::Register(register) => {
                out.push(op::REGISTER);
                out.push(representation as u8);
                out.push(register);
            }
            Location::StackSlot(word) => {
                out.push(op::STACK_SLOT);
                out.push(representation as u8);
                put_signed(out, word);
            }
        },
        Instruction::Literal(literal) if literal.0 < 32 => out.push(op::SHORT_LITERAL + literal.0 as u8),
        Instruction::Literal(literal) => {
            out.push(op::LITERAL);
            put(out, literal.0);
        }
        Instruction::OptimizedOut => out.push(op::OPTIMIZED_OUT),
        Instruction::Captured { class, fields } => {
            out.push(op::CAPTURED);
            put(out, class.0);
            put(out, fields);
        }
        Instruction::Duplicated(object) => {
            out.push(op::DUPLICATED);
            put(out, object.0);
        }
        Instruction::ArgumentsElements { kind, formals } => {
            out.push(op::ARGUMENTS_ELEMENTS);
            out.push(kind as u8);
            put(out, formals);
        }
        Instruction::ArgumentsLength => out.push(op::ARGUMENTS_LENGTH),
        Instruction::RestLength { formals } => {
            out.push(op::REST_LENGTH);
            put(out, formals);
        }
        Instruction::Int32Constant(value) => {
            out.push(op::INT32_CONSTANT);
            put_signed(out, value);
        }
        Instruction::Float64Constant(bits) => {
            out.push(op::FLOAT64_CONSTANT);
            out.extend_from_slice(&bits.to_le_bytes());
        }
        Instruction::Recipe(recipe) => out.push(op::RECIPE + recipe as u8),
        Instruction::LoadField { field } => {
            out.push(op::LOAD_FIELD);
            put(out, field);
        }
    }
}
