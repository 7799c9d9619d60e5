//! Small improvements to the builder's instruction list, before encoding.
//!
//! All of them are local and keep what every instruction observes:
//!
//! * loads into an accumulator that nobody reads are dropped, and `Ldar`/`Star` that move a value to where it is already;
//! * `Ldar a; Star b` becomes `Mov a, b` if the accumulator is dead afterwards;
//! * a test followed by a conditional jump becomes one fused instruction, and negations in between disappear;
//! * jumps to jumps go to the end of the chain, a jump to `Return` returns, a jump to the next instruction disappears;
//! * what cannot be reached any more is dropped.
//!
//! Whether the accumulator is dead is known exactly after one backward pass, because only `JumpLoop` goes backwards and it
//! leaves the accumulator unspecified. A fused instruction stands where the test stood, so it stays in the test's try region.

use crate::builder::{LabelState, Pending};
use crate::encode::field_kinds;
use crate::opcode::{AccumulatorUse, Flow, Opcode, OperandKind};
use crate::operand::Register;
use std::cmp::Reverse;

/// What the pass needs to know about a function besides its instructions.
pub(crate) struct Context<'a> {
    pub(crate) labels: &'a [LabelState],
    /// For a switch on the constant with this index: the labels of its cases.
    pub(crate) table_labels: &'a dyn Fn(u32) -> Vec<u32>,
    /// Try regions: instructions from, to (exclusive), and the handler's label.
    pub(crate) regions: &'a [(usize, usize, u32)],
}

/// Runs the whole pass. Removed instructions stay in the list, marked dead.
pub(crate) fn optimize(code: &mut [Pending], context: &Context<'_>) {
    thread_jumps(code, context);
    drop_unreachable(code, context);
    // Each round can expose work for the next: a dropped load makes a store and a load neighbours.
    for _ in 0..3 {
        let mut changed = drop_redundant_moves(code, context);
        changed |= combine(code, context);
        changed |= drop_jumps_to_next(code, context);
        if !changed {
            break;
        }
    }
}

fn jump_labels(pending: &Pending) -> impl Iterator<Item = u32> {
    field_kinds(pending.opcode)
        .zip(pending.fields.fields)
        .filter(|(kind, _)| *kind == OperandKind::Jump)
        .map(|(_, field)| field)
}

fn switch_table(pending: &Pending) -> Option<u32> {
    match pending.opcode {
        Opcode::SwitchOnSmi => Some(pending.fields.fields[0]),
        Opcode::SwitchOnGeneratorState => Some(pending.fields.fields[1]),
        _ => None,
    }
}

impl Context<'_> {
    /// The instruction that `label` leads to.
    fn target(&self, code: &[Pending], label: u32) -> Option<usize> {
        let mut index = self.labels[label as usize].bound?;
        while code.get(index)?.dead {
            index += 1;
        }
        Some(index)
    }

    /// Which instructions control may reach other than from their predecessor in the list.
    fn leaders(&self, code: &[Pending]) -> Vec<bool> {
        let mut leaders = vec![false; code.len() + 1];
        for label in self.labels {
            if let (Some(bound), true) = (label.bound, label.referenced) {
                leaders[bound] = true;
            }
        }
        leaders
    }

    /// For each instruction whether the accumulator may be read after it.
    fn accumulator_live_after(&self, code: &[Pending]) -> Vec<bool> {
        let mut live_before = vec![false; code.len() + 1];
        let mut live_after = vec![false; code.len()];
        for index in (0..code.len()).rev() {
            let pending = &code[index];
            if pending.dead {
                live_before[index] = live_before[index + 1];
                continue;
            }
            let info = pending.opcode.info();
            let live_at =
                |label: u32| self.labels[label as usize].bound.is_some_and(|bound| live_before[bound]);
            let mut after = info.flow.falls_through() && live_before[index + 1];
            if pending.opcode != Opcode::JumpLoop {
                after |= jump_labels(pending).any(live_at);
            }
            if let Some(table) = switch_table(pending) {
                after |= (self.table_labels)(table).into_iter().any(live_at);
            }
            live_after[index] = after;
            let kept = after && !info.accumulator.writes() && !info.accumulator.clobbers();
            live_before[index] = info.accumulator.reads() || kept;
        }
        live_after
    }
}

/// The instruction after `index`, if nothing else leads there.
fn successor(code: &[Pending], leaders: &[bool], index: usize) -> Option<usize> {
    let mut next = index + 1;
    loop {
        if leaders[next] {
            return None;
        }
        if !code.get(next)?.dead {
            return Some(next);
        }
        next += 1;
    }
}

fn thread_jumps(code: &mut [Pending], context: &Context<'_>) {
    // Jumps go forward only. Backwards through the list, every jump is met after the one it leads to, whose chain has been
    // followed already.
    for index in (0..code.len()).rev() {
        if code[index].opcode == Opcode::JumpLoop {
            continue;
        }
        for field in 0..code[index].fields.len as usize {
            let is_jump = field_kinds(code[index].opcode).nth(field) == Some(OperandKind::Jump);
            if !is_jump {
                continue;
            }
            while let Some(target) = context.target(code, code[index].fields.fields[field])
                && code[target].opcode == Opcode::Jump
            {
                code[index].fields.fields[field] = code[target].fields.fields[0];
            }
        }
    }
    for index in 0..code.len() {
        if code[index].opcode == Opcode::Jump
            && let Some(target) = context.target(code, code[index].fields.fields[0])
            && code[target].opcode == Opcode::Return
        {
            let position = code[index].position.or(code[target].position);
            code[index] = Pending { position, ..code[target] };
        }
    }
}

fn drop_unreachable(code: &mut [Pending], context: &Context<'_>) {
    let bound = |label: u32| context.labels[label as usize].bound;
    let mut reached = vec![false; code.len()];
    let mut regions = Regions::new(context.regions, code.len());
    let mut work = vec![0usize];
    while let Some(mut index) = work.pop() {
        while index < code.len() && !std::mem::replace(&mut reached[index], true) {
            let pending = &code[index];
            work.extend(jump_labels(pending).filter_map(bound));
            if let Some(table) = switch_table(pending) {
                work.extend((context.table_labels)(table).into_iter().filter_map(bound));
            }
            regions.enter(index, |handler| work.extend(bound(handler)));
            if !pending.opcode.info().flow.falls_through() {
                break;
            }
            index += 1;
        }
    }
    for (pending, reached) in code.iter_mut().zip(reached) {
        pending.dead |= !reached;
    }
}

/// The try regions as a forest, to find those around an instruction that have not been entered yet.
struct Regions<'a> {
    regions: &'a [(usize, usize, u32)],
    /// For each region the smallest one around it.
    parents: Vec<Option<usize>>,
    /// For each instruction the smallest region around it.
    innermost: Vec<Option<usize>>,
    entered: Vec<bool>,
}

impl<'a> Regions<'a> {
    /// `regions` are nested or disjoint, inner ones first.
    fn new(regions: &'a [(usize, usize, u32)], code_len: usize) -> Regions<'a> {
        let mut parents = vec![None; regions.len()];
        let mut innermost = vec![None; code_len];
        // From the left, larger regions first; of equal ones the outer is later in the list.
        let mut order: Vec<usize> = (0..regions.len()).collect();
        order.sort_by_key(|&index| (regions[index].0, Reverse(regions[index].1), Reverse(index)));
        let mut order = order.into_iter().peekable();
        let mut open: Vec<usize> = Vec::new();
        for (at, slot) in innermost.iter_mut().enumerate() {
            while open.last().is_some_and(|&region| regions[region].1 <= at) {
                open.pop();
            }
            while let Some(region) = order.next_if(|&region| regions[region].0 == at) {
                parents[region] = open.last().copied();
                open.push(region);
            }
            *slot = open.last().copied();
        }
        Regions { regions, parents, innermost, entered: vec![false; regions.len()] }
    }

    /// Tells `handle` the handlers of the regions around the instruction that are entered for the first time.
    fn enter(&mut self, instruction: usize, mut handle: impl FnMut(u32)) {
        let mut next = self.innermost[instruction];
        while let Some(region) = next
            && !std::mem::replace(&mut self.entered[region], true)
        {
            handle(self.regions[region].2);
            next = self.parents[region];
        }
    }
}

/// Whether an instruction only produces an accumulator value: without effects, feedback or register outputs.
fn only_loads(pending: &Pending) -> bool {
    let info = pending.opcode.info();
    matches!(info.accumulator, AccumulatorUse::Write | AccumulatorUse::ReadWrite)
        && info.flow == Flow::Next
        && info.effects.is_pure()
        && info.operands.iter().all(|operand| operand.kind.registers_written() == 0)
}

fn writes_register(pending: &Pending, register: Register) -> bool {
    let mut fields = &pending.fields.fields[..];
    for operand in pending.opcode.operands() {
        let first = fields[0];
        let written = match operand.kind {
            OperandKind::RegRangeOut => fields[1],
            kind => kind.registers_written(),
        };
        if register.bits().checked_sub(first).is_some_and(|distance| distance < written) {
            return true;
        }
        fields = &fields[operand.kind.fields()..];
    }
    false
}

fn drop_redundant_moves(code: &mut [Pending], context: &Context<'_>) -> bool {
    let leaders = context.leaders(code);
    let live_after = context.accumulator_live_after(code);
    let mut changed = false;
    // A register known to hold the same value as the accumulator.
    let mut same: Option<Register> = None;
    for index in 0..code.len() {
        if leaders[index] {
            same = None;
        }
        if code[index].dead {
            continue;
        }
        let pending = &code[index];
        let register = Register::from_bits(pending.fields.fields[0]);
        let redundant = match pending.opcode {
            Opcode::Ldar | Opcode::Star => same == Some(register),
            Opcode::Mov => pending.fields.fields[0] == pending.fields.fields[1],
            _ => false,
        };
        if redundant || (only_loads(pending) && !live_after[index]) {
            code[index].dead = true;
            changed = true;
            continue;
        }
        match pending.opcode {
            Opcode::Ldar | Opcode::Star => same = Some(register),
            _ => {
                let accumulator = pending.opcode.info().accumulator;
                if accumulator.writes()
                    || accumulator.clobbers()
                    || same.is_some_and(|register| writes_register(pending, register))
                {
                    same = None;
                }
            }
        }
    }
    changed
}

/// The fused forms of a comparison: jump if it holds, jump if it does not.
fn fused(test: Opcode) -> Option<(Opcode, Opcode)> {
    Some(match test {
        Opcode::TestEqual => (Opcode::JumpIfEqual, Opcode::JumpIfNotEqual),
        Opcode::TestEqualStrict => (Opcode::JumpIfStrictEqual, Opcode::JumpIfNotStrictEqual),
        Opcode::TestLessThan => (Opcode::JumpIfLessThan, Opcode::JumpIfNotLessThan),
        Opcode::TestGreaterThan => (Opcode::JumpIfGreaterThan, Opcode::JumpIfNotGreaterThan),
        Opcode::TestLessThanOrEqual => (Opcode::JumpIfLessThanOrEqual, Opcode::JumpIfNotLessThanOrEqual),
        Opcode::TestGreaterThanOrEqual => {
            (Opcode::JumpIfGreaterThanOrEqual, Opcode::JumpIfNotGreaterThanOrEqual)
        }
        Opcode::TestNull => (Opcode::JumpIfNull, Opcode::JumpIfNotNull),
        Opcode::TestUndefined => (Opcode::JumpIfUndefined, Opcode::JumpIfNotUndefined),
        Opcode::TestUndetectable => (Opcode::JumpIfUndefinedOrNull, Opcode::JumpIfNotUndefinedOrNull),
        Opcode::LogicalNot => (Opcode::JumpIfFalse, Opcode::JumpIfTrue),
        Opcode::ToBooleanLogicalNot => (Opcode::JumpIfToBooleanFalse, Opcode::JumpIfToBooleanTrue),
        Opcode::ToBoolean => (Opcode::JumpIfToBooleanTrue, Opcode::JumpIfToBooleanFalse),
        _ => return None,
    })
}

/// Whether the instruction leaves a boolean in the accumulator.
fn makes_boolean(opcode: Opcode) -> bool {
    fused(opcode).is_some()
        || matches!(
            opcode,
            Opcode::LdaTrue
                | Opcode::LdaFalse
                | Opcode::TestInstanceOf
                | Opcode::TestIn
                | Opcode::TestPrivateIn
                | Opcode::TestReferenceEqual
                | Opcode::TestTypeOf
                | Opcode::DeletePropertySloppy
                | Opcode::DeletePropertyStrict
        )
}

fn combine(code: &mut [Pending], context: &Context<'_>) -> bool {
    let leaders = context.leaders(code);
    let live_after = context.accumulator_live_after(code);
    let mut changed = false;
    // Backwards, so that a negation is folded into the jump before the test ahead of it is.
    for index in (0..code.len()).rev() {
        if code[index].dead {
            continue;
        }
        let Some(next) = successor(code, &leaders, index) else { continue };
        let (first, second) = (code[index], code[next]);
        if makes_boolean(first.opcode) {
            code[next].opcode = match second.opcode {
                Opcode::JumpIfToBooleanTrue => Opcode::JumpIfTrue,
                Opcode::JumpIfToBooleanFalse => Opcode::JumpIfFalse,
                other => other,
            };
        }
        if live_after[next] {
            continue;
        }
        let second = code[next];
        let mut combined = first;
        match (first.opcode, second.opcode) {
            (Opcode::Ldar, Opcode::Star) => {
                combined.opcode = Opcode::Mov;
                combined.fields.push(second.fields.fields[0]);
            }
            (test, Opcode::JumpIfTrue | Opcode::JumpIfFalse) => {
                let Some((if_true, if_false)) = fused(test) else { continue };
                combined.opcode = if second.opcode == Opcode::JumpIfTrue { if_true } else { if_false };
                combined.fields.push(second.fields.fields[0]);
            }
            _ => continue,
        }
        combined.position = first.position.or(second.position);
        code[index] = combined;
        code[next].dead = true;
        changed = true;
    }
    changed
}

fn drop_jumps_to_next(code: &mut [Pending], context: &Context<'_>) -> bool {
    let mut changed = false;
    // For each place the first instruction from there on that is kept; what lies behind the present one is final.
    let mut kept_from = vec![code.len(); code.len() + 1];
    for index in (0..code.len()).rev() {
        let next = kept_from[index + 1];
        let pending = &mut code[index];
        if !pending.dead && pending.opcode == Opcode::Jump && next < kept_from.len() - 1 {
            let bound = context.labels[pending.fields.fields[0] as usize].bound;
            if bound.is_some_and(|bound| bound > index && kept_from[bound] == next) {
                pending.dead = true;
                changed = true;
            }
        }
        kept_from[index] = if pending.dead { next } else { index };
    }
    changed
}
