//! The verifier: what must hold of a [`CodeBlock`] before anything may run it.
//!
//! Rules, each with its name in [`Rule`]:
//!
//! 1. *Decode*: instructions follow one another from 0 to the end of the bytecode without a gap, and every operand is a
//!    value of its enumeration.
//! 2. *Register*: register operands, ranges included, name locals, the receiver or formals of this function; there are at most
//!    [`MAX_REGISTERS`] locals. `new_target_or_generator` is a local.
//! 3. *Constant*: constant operands exist and have a kind the operand accepts; `Function` constants name an inner function; tables
//!    inside constants and of the module record are consistent.
//! 4. *Feedback*: slot operands exist and have a kind the instruction accepts.
//! 5. *Jump*: targets are starts of instructions; `JumpLoop` goes backwards (or to itself), everything else forwards; the
//!    last instruction does not fall through.
//! 6. *Accumulator*: no reachable instruction reads the accumulator while it is unspecified: at function entry, after an instruction
//!    that clobbers it, or where such paths join. In a handler it holds the exception. (Registers need no such
//!    rule: they are initialized at entry.)
//! 7. *Handler*: ranges are not empty, begin and end at instruction boundaries, are disjoint or nested with the inner one
//!    first, lead to the start of an instruction outside of themselves, and name a local for the context.
//! 8. *Argument count*: `CallRuntime`, `CallIntrinsic` and instructions with structured ranges get as many registers as they demand.
//! 9. *Resume*: a `SwitchOnGeneratorState` is the first instruction of a resumable function and nowhere else; each
//!    suspend id has an entry in its table that leads to a `ResumeGenerator` with the same generator and registers.
//! 10. *Position*: the source-position table is well formed and names starts of instructions.
//!
//! That `user_call`, effects and accumulator columns agree with one another is a property of the table, checked by a test of
//! this module rather than per function. Not checked, because only the running program knows: context slot
//! indices and depths, module cells, which register holds a context or a generator.

use crate::code::{CodeBlock, ExportEntry};
use crate::constant::Constant;
use crate::decode::RawInstruction;
use crate::opcode::{Flow, Instruction, Opcode, OperandKind};
use crate::operand::{ConstIndex, SlotIndex};
use std::fmt;

/// The most local registers a function may have.
pub const MAX_REGISTERS: u32 = 1 << 20;

/// A rule of the verifier; see the module documentation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the module documentation states each rule")]
pub enum Rule {
    Decode,
    Register,
    Constant,
    Feedback,
    Jump,
    Accumulator,
    Handler,
    ArgumentCount,
    Resume,
    Position,
}

/// The first place at which code breaks a [`Rule`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// Which rule.
    pub rule: Rule,
    /// The instruction at fault, if it is one.
    pub offset: Option<u32>,
    /// What was expected.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.message)?;
        match self.offset {
            Some(offset) => write!(f, " (at {offset})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for VerifyError {}

fn fail<T>(rule: Rule, offset: impl Into<Option<u32>>, message: impl Into<String>) -> Result<T, VerifyError> {
    Err(VerifyError { rule, offset: offset.into(), message: message.into() })
}

/// Checks every rule for `code` (not for its inner functions) and names the first that is broken.
pub fn verify(code: &CodeBlock) -> Result<(), VerifyError> {
    Verifier::new(code)?.run()
}

struct Verifier<'a> {
    code: &'a CodeBlock,
    instructions: Vec<RawInstruction>,
    /// For each byte of the bytecode: the index of the instruction that starts there, or `NO_START`.
    starts: Vec<u32>,
}

const NO_START: u32 = u32::MAX;

impl<'a> Verifier<'a> {
    fn new(code: &'a CodeBlock) -> Result<Self, VerifyError> {
        if u32::try_from(code.bytecode.len()).is_err() || code.bytecode.len() > i32::MAX as usize {
            return fail(Rule::Decode, None, "bytecode is longer than jumps reach");
        }
        let mut starts = vec![NO_START; code.bytecode.len()];
        let mut instructions = Vec::new();
        for instruction in code.instructions() {
            match instruction {
                Ok(raw) => {
                    starts[raw.offset as usize] = instructions.len() as u32;
                    instructions.push(raw);
                }
                Err(error) => return fail(Rule::Decode, None, error.to_string()),
            }
        }
        if instructions.is_empty() {
            return fail(Rule::Decode, None, "there are no instructions");
        }
        Ok(Verifier { code, instructions, starts })
    }

    fn start_at(&self, offset: u32) -> Option<usize> {
        match self.starts.get(offset as usize) {
            None | Some(&NO_START) => None,
            Some(&index) => Some(index as usize),
        }
    }

    fn run(&self) -> Result<(), VerifyError> {
        self.check_function()?;
        for raw in &self.instructions {
            let typed = match raw.typed(self.code.register_count) {
                Ok(typed) => typed,
                Err(error) => return fail(Rule::Decode, None, error.to_string()),
            };
            self.check_operands(raw)?;
            self.check_jumps(raw)?;
            self.check_argument_count(raw, &typed)?;
        }
        let last = self.instructions[self.instructions.len() - 1];
        if last.opcode.info().flow.falls_through() {
            return fail(Rule::Jump, last.offset, "execution falls off the end");
        }
        self.check_handlers()?;
        self.check_resumption()?;
        self.check_positions()?;
        self.check_accumulator()
    }

    fn check_function(&self) -> Result<(), VerifyError> {
        let code = self.code;
        if code.register_count > MAX_REGISTERS || code.info.formal_count > MAX_REGISTERS {
            return fail(Rule::Register, None, "too many registers");
        }
        if let Some(register) = code.new_target_or_generator
            && register.as_local().is_none_or(|index| index >= code.register_count)
        {
            return fail(Rule::Register, None, format!("{register} cannot hold new.target or the generator"));
        }
        for (index, constant) in code.constants.iter().enumerate() {
            let k = ConstIndex(index as u32);
            match constant {
                Constant::Function(inner) if *inner as usize >= code.inner.len() => {
                    return fail(Rule::Constant, None, format!("{k}: there is no inner function {inner}"));
                }
                Constant::Template(template) if template.cooked.len() != template.raw.len() => {
                    return fail(Rule::Constant, None, format!("{k}: as many cooked as raw strings"));
                }
                Constant::BigInt(digits)
                    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) =>
                {
                    return fail(Rule::Constant, None, format!("{k}: BigInt digits are decimal"));
                }
                Constant::Scope(scope)
                    if scope
                        .mapped_parameters
                        .iter()
                        .flatten()
                        .any(|&slot| slot as usize >= scope.slots.len()) =>
                {
                    return fail(Rule::Constant, None, format!("{k}: a mapped parameter has no slot"));
                }
                _ => {}
            }
        }
        if let Some(module) = &code.module {
            let request = |index: u32| (index as usize) < module.requests.len();
            let cell = |index: u32| (index as usize) < module.cells.len();
            let exports = module.exports.iter().all(|export| match export {
                ExportEntry::Local(export) => cell(export.cell),
                ExportEntry::Indirect(export) => request(export.request),
                ExportEntry::Star(index) => request(*index),
            });
            if !exports || !module.imports.iter().all(|import| request(import.request) && cell(import.cell)) {
                return fail(
                    Rule::Constant,
                    None,
                    "the module record names requests or cells that do not exist",
                );
            }
        }
        Ok(())
    }

    fn check_operands(&self, raw: &RawInstruction) -> Result<(), VerifyError> {
        let limit = self.code.operand_limit();
        let infos = raw.opcode.operands();
        for ((kind, fields), operand) in raw.operands().zip(infos) {
            let name = operand.name;
            let count = match kind {
                OperandKind::RegRange | OperandKind::RegRangeOut => fields[1],
                kind => kind.registers_read().max(kind.registers_written()),
            };
            if kind.is_register() && count > 0 && fields[0].checked_add(count).is_none_or(|end| end > limit) {
                return fail(Rule::Register, raw.offset, format!("{name} names registers that do not exist"));
            }
            match kind {
                OperandKind::Const => {
                    let index = ConstIndex(fields[0]);
                    match self.code.constant(index) {
                        Some(constant) if accepts(raw.opcode, name, constant) => {}
                        Some(_) => {
                            return fail(
                                Rule::Constant,
                                raw.offset,
                                format!("{index} is no constant for {name}"),
                            );
                        }
                        None => return fail(Rule::Constant, raw.offset, format!("{index} does not exist")),
                    }
                }
                OperandKind::Slot => {
                    let slot = SlotIndex(fields[0]);
                    let accepted = raw.opcode.info().feedback.kinds();
                    match self.code.feedback.get(slot) {
                        Some(kind) if accepted.contains(&kind) => {}
                        Some(kind) => {
                            let message = format!("{slot} is a {kind} slot, not one for {}", raw.opcode);
                            return fail(Rule::Feedback, raw.offset, message);
                        }
                        None => return fail(Rule::Feedback, raw.offset, format!("{slot} does not exist")),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn jump_table(&self, raw: &RawInstruction) -> impl Iterator<Item = u32> {
        let table = match raw.opcode.info().flow {
            Flow::Switch => raw.first_of(OperandKind::Const),
            _ => None,
        };
        let targets = match table.and_then(|table| self.code.constant(ConstIndex(table))) {
            Some(Constant::JumpTable(table)) => &table.targets[..],
            _ => &[],
        };
        targets.iter().copied().flatten()
    }

    fn check_jumps(&self, raw: &RawInstruction) -> Result<(), VerifyError> {
        for target in raw.jump_targets().chain(self.jump_table(raw)) {
            if self.start_at(target).is_none() {
                return fail(Rule::Jump, raw.offset, format!("{target} is not the start of an instruction"));
            }
            let backwards = target <= raw.offset;
            if backwards != (raw.opcode == Opcode::JumpLoop) {
                return fail(Rule::Jump, raw.offset, "only JumpLoop goes backwards, and it always does");
            }
        }
        Ok(())
    }

    fn check_argument_count(&self, raw: &RawInstruction, typed: &Instruction) -> Result<(), VerifyError> {
        let accepted = match typed {
            Instruction::CallRuntime { id, args } => id.arity().accepts(args.count),
            Instruction::CallIntrinsic { id, args } => id.arity().accepts(args.count),
            Instruction::CallProperty { args, .. }
            | Instruction::CallAnyReceiver { args, .. }
            | Instruction::CallDirectEval { args, .. } => args.count >= 1,
            Instruction::CallWithSpread { args, .. } => args.count >= 2,
            Instruction::ConstructWithSpread { args, .. } => args.count >= 1,
            Instruction::DefineClass { boilerplate, args, .. } => match self.code.constant(*boilerplate) {
                Some(Constant::Class(class)) => args.count as usize == class.register_count(),
                _ => false,
            },
            _ => true,
        };
        if !accepted {
            return fail(
                Rule::ArgumentCount,
                raw.offset,
                format!("wrong number of argument registers for {}", raw.opcode),
            );
        }
        Ok(())
    }

    fn check_handlers(&self) -> Result<(), VerifyError> {
        let entries = self.code.handlers.entries();
        let end = self.code.bytecode.len() as u32;
        for entry in entries {
            let boundaries = self.start_at(entry.start).is_some()
                && (entry.end == end || self.start_at(entry.end).is_some())
                && entry.start < entry.end;
            if !boundaries {
                return fail(Rule::Handler, entry.start, "the range does not consist of whole instructions");
            }
            if self.start_at(entry.handler).is_none() || (entry.start..entry.end).contains(&entry.handler) {
                return fail(
                    Rule::Handler,
                    entry.start,
                    "the handler is not the start of an instruction outside of its range",
                );
            }
            if entry.context.as_local().is_none_or(|index| index >= self.code.register_count) {
                return fail(Rule::Handler, entry.start, "the context register is not a local");
            }
        }
        // Entries are innermost first, so a stack of enclosing candidates suffices: walking backwards, each range
        // must nest in or be disjoint from the ranges after it.
        let mut open: Vec<(u32, u32)> = Vec::new();
        for entry in entries.iter().rev() {
            while open.last().is_some_and(|&(start, _)| entry.end <= start) {
                open.pop();
            }
            if let Some(&(start, end)) = open.last()
                && !(start <= entry.start && entry.end <= end)
            {
                return fail(
                    Rule::Handler,
                    entry.start,
                    "ranges neither nest nor are disjoint, or are out of order",
                );
            }
            open.push((entry.start, entry.end));
        }
        Ok(())
    }

    fn check_resumption(&self) -> Result<(), VerifyError> {
        let first = self.instructions[0];
        let switches =
            self.instructions.iter().filter(|raw| raw.opcode == Opcode::SwitchOnGeneratorState).count();
        let resumable = self.code.info.is_resumable();
        let starts_with_switch = first.opcode == Opcode::SwitchOnGeneratorState;
        if switches > 1 || (switches == 1 && !(resumable && starts_with_switch)) {
            return fail(
                Rule::Resume,
                None,
                "SwitchOnGeneratorState is not the one at the start of a resumable function",
            );
        }
        let suspends =
            |raw: &RawInstruction| matches!(raw.opcode, Opcode::SuspendGenerator | Opcode::ResumeGenerator);
        let Some(suspend) = self.instructions.iter().find(|raw| suspends(raw)) else { return Ok(()) };
        if switches == 0 {
            return fail(Rule::Resume, suspend.offset, "there is no SwitchOnGeneratorState");
        }
        if self.code.new_target_or_generator.map(|register| register.to_operand(self.code.register_count))
            != first.first_of(OperandKind::RegIn)
        {
            return fail(
                Rule::Resume,
                first.offset,
                "the generator does not arrive in the register that is switched on",
            );
        }
        let Some(Constant::JumpTable(table)) =
            first.first_of(OperandKind::Const).and_then(|table| self.code.constant(ConstIndex(table)))
        else {
            return fail(Rule::Resume, first.offset, "there is no jump table");
        };
        for raw in &self.instructions {
            let Ok(Instruction::SuspendGenerator { generator, saved, suspend_id, .. }) =
                raw.typed(self.code.register_count)
            else {
                continue;
            };
            let target = i32::try_from(suspend_id).ok().and_then(|id| table.target(id));
            let resume = target
                .and_then(|target| self.start_at(target))
                .and_then(|index| self.instructions[index].typed(self.code.register_count).ok());
            match resume {
                Some(Instruction::ResumeGenerator { generator: g, saved: s })
                    if (g, s) == (generator, saved) => {}
                _ => {
                    return fail(
                        Rule::Resume,
                        raw.offset,
                        "no ResumeGenerator of the same registers for this suspend id",
                    );
                }
            }
        }
        Ok(())
    }

    fn check_positions(&self) -> Result<(), VerifyError> {
        if !self.code.positions.is_well_formed() {
            return fail(Rule::Position, None, "the source-position table is malformed");
        }
        for entry in self.code.positions.iter() {
            if self.start_at(entry.offset).is_none() {
                return fail(Rule::Position, entry.offset, "no instruction starts here");
            }
        }
        Ok(())
    }

    /// Forward dataflow: whether the accumulator has a specified value on every path to an instruction.
    fn check_accumulator(&self) -> Result<(), VerifyError> {
        // `None`: not reached yet.
        let mut defined: Vec<Option<bool>> = vec![None; self.instructions.len()];
        let mut work = vec![(0usize, false)];
        let mut handlers: Vec<_> = self.code.handlers.entries().iter().collect();
        loop {
            while let Some((index, value)) = work.pop() {
                let joined = defined[index].map_or(value, |old| old && value);
                if defined[index] == Some(joined) {
                    continue;
                }
                defined[index] = Some(joined);
                let raw = &self.instructions[index];
                let info = raw.opcode.info();
                let after = !info.accumulator.clobbers() && (joined || info.accumulator.writes());
                let mut successors: Vec<usize> = raw
                    .jump_targets()
                    .chain(self.jump_table(raw))
                    .filter_map(|target| self.start_at(target))
                    .collect();
                if info.flow.falls_through() {
                    successors.push(index + 1);
                }
                work.extend(successors.into_iter().map(|successor| (successor, after)));
            }
            // Handlers of ranges that are reached, in whatever state: the exception is in the accumulator.
            handlers.retain(|entry| {
                let (from, to) = (self.start_at(entry.start), self.start_at(entry.end));
                let (Some(from), to) = (from, to.unwrap_or(self.instructions.len())) else { return false };
                let reached = defined[from..to].iter().any(Option::is_some);
                if reached {
                    work.extend(self.start_at(entry.handler).map(|index| (index, true)));
                }
                !reached
            });
            if work.is_empty() {
                break;
            }
        }
        for (raw, defined) in self.instructions.iter().zip(defined) {
            if defined == Some(false) && raw.opcode.info().accumulator.reads() {
                return fail(
                    Rule::Accumulator,
                    raw.offset,
                    format!("{} reads an unspecified accumulator", raw.opcode),
                );
            }
        }
        Ok(())
    }
}

/// Whether `constant` may be operand `name` of `opcode`.
fn accepts(opcode: Opcode, name: &str, constant: &Constant) -> bool {
    match name {
        "constant" => matches!(
            constant,
            Constant::Smi(_)
                | Constant::Double(_)
                | Constant::String(_)
                | Constant::BigInt(_)
                | Constant::Symbol(_)
        ),
        "name" => match constant {
            Constant::String(_) => true,
            Constant::Symbol(_) => {
                opcode.info().feedback != crate::FeedbackUse::None
                    && !matches!(
                        opcode,
                        Opcode::LdaGlobal
                            | Opcode::LdaGlobalInsideTypeof
                            | Opcode::StaGlobal
                            | Opcode::InitGlobalLexical
                    )
            }
            _ => false,
        },
        "scope" => matches!(constant, Constant::Scope(_)),
        "table" => matches!(constant, Constant::JumpTable(_)),
        "function" => matches!(constant, Constant::Function(_)),
        "regexp" => matches!(constant, Constant::RegExp(_)),
        "template" => matches!(constant, Constant::Template(_)),
        "declarations" => matches!(constant, Constant::Declarations(_)),
        "boilerplate" => match opcode {
            Opcode::CreateArrayLiteral => matches!(constant, Constant::Array(_)),
            Opcode::CreateObjectLiteral => matches!(constant, Constant::Object(_)),
            _ => matches!(constant, Constant::Class(_)),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::opcode::{Effects, Flow, MAX_FIELDS, Opcode, OperandKind, UserCall};
    use crate::{FeedbackUse, SlotKind};

    /// The columns of the table agree with one another.
    #[test]
    fn columns_agree() {
        for &opcode in Opcode::ALL {
            let info = opcode.info();
            let count = |kind| info.operands.iter().filter(|operand| operand.kind == kind).count();
            let jumps = count(OperandKind::Jump);
            assert!(opcode.scaled_fields() + opcode.jump_fields() <= MAX_FIELDS, "{opcode}: too many fields");
            assert!(
                info.operands.iter().rev().take(jumps).all(|operand| operand.kind == OperandKind::Jump),
                "{opcode}: jumps come last"
            );
            match info.flow {
                Flow::Jump => assert_eq!(jumps, 1, "{opcode}: jumps"),
                Flow::Branch => assert!(jumps >= 1, "{opcode}: branches"),
                _ => assert_eq!(jumps, 0, "{opcode}: does not jump"),
            }
            if info.flow == Flow::Switch {
                assert_eq!(count(OperandKind::Const), 1, "{opcode}: one table");
            }
            let (slots, has_feedback) = (count(OperandKind::Slot), info.feedback != FeedbackUse::None);
            assert_eq!(slots, usize::from(has_feedback), "{opcode}: a slot operand and a feedback kind");

            let runs_js = info.effects.contains(Effects::RunsJs);
            assert_eq!(runs_js, info.user_call != UserCall::None, "{opcode}: user call and RunsJs");
            if runs_js {
                assert!(info.effects.contains(Effects::Throws), "{opcode}: code that runs can throw");
            }
            match info.user_call {
                UserCall::LastAcc => assert!(
                    info.accumulator.writes() || info.accumulator.clobbers(),
                    "{opcode}: the result of the call needs the accumulator"
                ),
                UserCall::LastReg => {
                    assert_eq!(count(OperandKind::RegOut), 1, "{opcode}: one output register")
                }
                UserCall::None | UserCall::Opaque => {}
            }
            if matches!(info.user_call, UserCall::LastAcc | UserCall::LastReg) {
                assert_eq!(
                    info.flow,
                    Flow::Next,
                    "{opcode}: a frame resumed after the call goes on behind it"
                );
            }
            if info.flow == Flow::Throw {
                assert!(info.effects.contains(Effects::Throws), "{opcode}: throws");
            }
        }
    }

    #[test]
    fn every_slot_kind_has_an_instruction() {
        for &kind in SlotKind::ALL {
            let used = Opcode::ALL.iter().any(|opcode| opcode.info().feedback.kinds().contains(&kind));
            assert!(used, "{kind}");
        }
    }

    #[test]
    fn opcodes_fit_a_byte_and_round_trip() {
        const { assert!(Opcode::COUNT <= 256) };
        for (byte, &opcode) in Opcode::ALL.iter().enumerate() {
            assert_eq!(usize::from(opcode.byte()), byte);
            assert_eq!(Opcode::from_byte(byte as u8), Some(opcode));
        }
        assert_eq!(Opcode::from_byte(Opcode::COUNT as u8), None);
    }
}
