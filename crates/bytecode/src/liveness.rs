//! Which registers may still be read: backward dataflow over one function.
//!
//! Tracked are the local registers and the accumulator; the receiver and formals always count as live. An instruction that can
//! throw inside a try region also keeps alive what its handler needs, and the handler's context register. A suspension
//! saves only what is live when it resumes: a `SuspendGenerator` reads the part of its `saved` range that is live
//! after its `ResumeGenerator`. Instructions that cannot be reached have no live registers.

use crate::code::CodeBlock;
use crate::constant::Constant;
use crate::decode::RawInstruction;
use crate::opcode::{Effects, Flow, Opcode, OperandKind};
use crate::operand::{ConstIndex, Register};
use std::fmt;

/// A set of local registers and perhaps the accumulator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LiveSet<'a> {
    words: &'a [u64],
    registers: u32,
}

impl LiveSet<'_> {
    /// Whether `register` is in the set; always true of the receiver and formals.
    pub fn contains(&self, register: Register) -> bool {
        register.as_local().is_none_or(|index| self.bit(index + 1))
    }

    /// Whether the accumulator is in the set.
    pub fn accumulator(&self) -> bool {
        self.bit(0)
    }

    /// The local registers in the set, ascending.
    pub fn registers(&self) -> impl Iterator<Item = Register> {
        (0..self.registers).filter(|&index| self.bit(index + 1)).map(Register::local)
    }

    fn bit(&self, bit: u32) -> bool {
        self.words.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }
}

/// One character per register, `L` for live and `.` for dead, the accumulator last.
impl fmt::Display for LiveSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for bit in (1..=self.registers).chain([0]) {
            f.write_str(if self.bit(bit) { "L" } else { "." })?;
        }
        Ok(())
    }
}

impl fmt::Debug for LiveSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is live before and after each instruction of a function.
#[derive(Clone, Debug)]
pub struct Liveness {
    registers: u32,
    /// Words per set. Bit 0 is the accumulator, bit `i + 1` register `i`.
    stride: usize,
    /// Offsets of instructions, ascending.
    offsets: Vec<u32>,
    before: Vec<u64>,
    after: Vec<u64>,
}

impl Liveness {
    /// Analyses `code`, which has passed the verifier.
    pub fn analyze(code: &CodeBlock) -> Liveness {
        let mut analysis = Analysis::new(code);
        analysis.run();
        analysis.result
    }

    /// What may be read at or after the instruction at `offset`.
    ///
    /// # Panics
    /// If no instruction starts there.
    pub fn before(&self, offset: u32) -> LiveSet<'_> {
        self.set(&self.before, self.index(offset))
    }

    /// What may be read after the instruction at `offset` completed.
    ///
    /// # Panics
    /// If no instruction starts there.
    pub fn after(&self, offset: u32) -> LiveSet<'_> {
        self.set(&self.after, self.index(offset))
    }

    fn index(&self, offset: u32) -> usize {
        self.offsets.binary_search(&offset).expect("an instruction starts at the offset")
    }

    fn set<'a>(&self, sets: &'a [u64], index: usize) -> LiveSet<'a> {
        LiveSet { words: &sets[index * self.stride..][..self.stride], registers: self.registers }
    }
}

struct Analysis<'a> {
    code: &'a CodeBlock,
    instructions: Vec<RawInstruction>,
    /// Per instruction: successors, as instruction indices.
    successors: Vec<Vec<u32>>,
    /// Per instruction that can throw: its handler's instruction index and context register bit.
    handlers: Vec<Option<(u32, u32)>>,
    result: Liveness,
    /// The set being computed.
    scratch: Vec<u64>,
}

impl<'a> Analysis<'a> {
    fn new(code: &'a CodeBlock) -> Self {
        let instructions: Vec<RawInstruction> = code.instructions().map_while(Result::ok).collect();
        let offsets: Vec<u32> = instructions.iter().map(|raw| raw.offset).collect();
        let at = |offset: u32| offsets.binary_search(&offset).ok().map(|index| index as u32);
        let mut successors: Vec<Vec<u32>> = Vec::with_capacity(instructions.len());
        let mut handlers = Vec::with_capacity(instructions.len());
        for (index, raw) in instructions.iter().enumerate() {
            let info = raw.opcode.info();
            let mut next: Vec<u32> =
                raw.jump_targets().chain(table_targets(code, raw)).filter_map(at).collect();
            if info.flow.falls_through() && index + 1 < instructions.len() {
                next.push(index as u32 + 1);
            }
            if raw.opcode == Opcode::SuspendGenerator {
                next.extend(
                    raw.first_of(OperandKind::UImm).and_then(|id| code.resume_offset(id)).and_then(at),
                );
            }
            successors.push(next);
            let can_throw = info.effects.contains(Effects::Throws)
                || info.effects.contains(Effects::Allocates)
                || info.effects.contains(Effects::RunsJs);
            handlers.push(
                code.handlers
                    .lookup(raw.offset)
                    .filter(|_| can_throw)
                    .and_then(|handler| Some((at(handler.handler)?, handler.context.as_local()? + 1))),
            );
        }
        let stride = (code.register_count as usize + 1).div_ceil(64);
        let words = vec![0; instructions.len() * stride];
        let result =
            Liveness { registers: code.register_count, stride, offsets, before: words.clone(), after: words };
        Analysis { code, instructions, successors, handlers, result, scratch: Vec::new() }
    }

    fn run(&mut self) {
        let reachable = self.reachable();
        loop {
            let mut changed = false;
            for index in (0..self.instructions.len()).rev() {
                if reachable[index] {
                    changed |= self.transfer(index);
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn reachable(&self) -> Vec<bool> {
        let mut reachable = vec![false; self.instructions.len()];
        let mut work = vec![0u32];
        while let Some(index) = work.pop() {
            let index = index as usize;
            if index < reachable.len() && !std::mem::replace(&mut reachable[index], true) {
                work.extend(&self.successors[index]);
                // Conservative: any covered instruction may reach the handler.
                work.extend(self.handlers[index].map(|(handler, _)| handler));
            }
        }
        reachable
    }

    /// Recomputes the sets of one instruction; tells whether the set before it grew.
    fn transfer(&mut self, index: usize) -> bool {
        let stride = self.result.stride;
        let raw = self.instructions[index];
        let info = raw.opcode.info();
        let is_suspend = raw.opcode == Opcode::SuspendGenerator;

        let mut set = std::mem::take(&mut self.scratch);
        set.clear();
        set.resize(stride, 0);
        for &successor in &self.successors[index] {
            // What a suspension passes on is what lives after the resumption, which restores it.
            let from = if is_suspend { &self.result.after } else { &self.result.before };
            for (word, other) in set.iter_mut().zip(&from[successor as usize * stride..][..stride]) {
                *word |= other;
            }
        }
        let after = &mut self.result.after[index * stride..][..stride];
        if is_suspend {
            after.fill(0);
        } else {
            after.copy_from_slice(&set);
        }

        let set_bit = |set: &mut [u64], bit: u32| set[bit as usize / 64] |= 1 << (bit % 64);
        let clear_bit = |set: &mut [u64], bit: u32| set[bit as usize / 64] &= !(1 << (bit % 64));
        let locals = |first: u32, count: u32| {
            let end = first.saturating_add(count).min(self.code.register_count);
            (first..end).map(|register| register + 1)
        };
        if info.accumulator.writes() || info.accumulator.clobbers() || is_suspend {
            clear_bit(&mut set, 0);
        }
        for (kind, fields) in raw.operands() {
            let written = match kind {
                OperandKind::RegRangeOut => fields[1],
                kind => kind.registers_written(),
            };
            locals(fields[0], written).for_each(|bit| clear_bit(&mut set, bit));
        }
        if is_suspend {
            let saved = raw.operands().find(|(kind, _)| *kind == OperandKind::RegRange);
            let (first, count) = saved.map_or((0, 0), |(_, fields)| (fields[0], fields[1]));
            let mut kept = vec![0u64; stride];
            for bit in locals(first, count) {
                kept[bit as usize / 64] |= set[bit as usize / 64] & 1 << (bit % 64);
            }
            set = kept;
        }
        if info.accumulator.reads() {
            set_bit(&mut set, 0);
        }
        for (kind, fields) in raw.operands() {
            let read = match kind {
                OperandKind::RegRange if is_suspend => 0,
                OperandKind::RegRange => fields[1],
                kind => kind.registers_read(),
            };
            locals(fields[0], read).for_each(|bit| set_bit(&mut set, bit));
        }
        if let Some((handler, context)) = self.handlers[index] {
            let handler = &self.result.before[handler as usize * stride..][..stride];
            for (position, (word, other)) in set.iter_mut().zip(handler).enumerate() {
                // The accumulator arrives with the exception.
                *word |= if position == 0 { other & !1 } else { *other };
            }
            set_bit(&mut set, context);
        }
        let before = &mut self.result.before[index * stride..][..stride];
        let changed = before != &set[..];
        before.copy_from_slice(&set);
        self.scratch = set;
        changed
    }
}

fn table_targets<'a>(code: &'a CodeBlock, raw: &RawInstruction) -> impl Iterator<Item = u32> + use<'a> {
    let table = (raw.opcode.info().flow == Flow::Switch).then(|| raw.first_of(OperandKind::Const)).flatten();
    let targets = match table.and_then(|table| code.constant(ConstIndex(table))) {
        Some(Constant::JumpTable(table)) => &table.targets[..],
        _ => &[],
    };
    targets.iter().copied().flatten()
}
