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
    for index in 0..code.len() {
        if code[index].opcode == Opcode::JumpLoop {
            continue;
        }
        for field in 0..code[index].fields.len as usize {
            let is_jump = field_kinds(code[index].opcode).nth(field) == Some(OperandKind::Jump);
            if !is_jump {
                continue;
            }
            // Forward jumps only, so the chain ends.
            while let Some(target) = context.target(code, code[index].fields.fields[field])
                && code[target].opcode == Opcode::Jump
            {
                code[index].fields.fields[field] = code[target].fields.fields[0];
            }
        }
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
    let mut unreached_regions = context.regions.to_vec();
    let mut work = vec![0usize];
    while !work.is_empty() {
        while let Some(mut index) = work.pop() {
            while index < code.len() && !std::mem::replace(&mut reached[index], true) {
                let pending = &code[index];
                work.extend(jump_labels(pending).filter_map(bound));
                if let Some(table) = switch_table(pending) {
                    work.extend((context.table_labels)(table).into_iter().filter_map(bound));
                }
                if !pending.opcode.info().flow.falls_through() {
                    break;
                }
                index += 1;
            }
        }
        unreached_regions.retain(|&(from, to, label)| {
            let is_reached = reached[from..to].contains(&true);
            work.extend(bound(label).filter(|_| is_reached));
            !is_reached
        });
    }
    for (pending, reached) in code.iter_mut().zip(reached) {
        pending.dead |= !reached;
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
    for index in 0..code.len() {
        if code[index].dead || code[index].opcode != Opcode::Jump {
            continue;
        }
        let next = (index + 1..code.len()).find(|&next| !code[next].dead);
        if next.is_some() && context.target(code, code[index].fields.fields[0]) == next {
            code[index].dead = true;
            changed = true;
        }
    }
    changed
}
