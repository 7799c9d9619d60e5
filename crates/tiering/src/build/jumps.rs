//! Jumps: which way the code goes on, and what the accumulator is tested for.

use std::sync::Arc;

use unspool_bytecode::{ConstIndex, Constant, Instruction, Register, SlotIndex};

use super::arithmetic::{CallPlace, Comparison};
use super::{FunctionBuilder, Incoming};
use crate::graph::{BlockId, Condition, Effects, NodeId, Op, Repr, TaggedTest, Terminator, Types};

/// Of which truth value something is the consequence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    True,
    False,
}

impl When {
    /// Whether a truth value has the consequence.
    pub(super) fn is(self, value: bool) -> bool {
        value == (self == When::True)
    }
    /// The ways of a branch: first that which has the consequence.
    pub(super) fn order(self, yes: BlockId, no: BlockId) -> (BlockId, BlockId) {
        match self {
            When::True => (yes, no),
            When::False => (no, yes),
        }
    }
}

/// What is known of the code's validity where it goes on from the middle of an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    /// Nothing was executed that could have invalidated it.
    Kept,
    /// A call may have invalidated it: each way on begins with the check.
    Unsure,
}

impl Validity {
    /// Behind an operation with these effects.
    pub(super) fn behind(effects: Effects) -> Validity {
        if effects.is_call() { Validity::Unsure } else { Validity::Kept }
    }
}

/// How the truth of the accumulator is found for a conditional jump.
#[derive(Clone, Copy)]
enum Jump {
    /// The accumulator is a boolean.
    Boolean,
    /// ToBoolean.
    ToBoolean,
    /// A test.
    Test(TaggedTest),
}

impl FunctionBuilder<'_, '_> {
    /// Jumps, conditional or not.
    pub(super) fn jump_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::Jump { target } => self.jump_to(target),
            I::JumpLoop { target, .. } => self.jump_loop(target),
            I::JumpIfTrue { target } => self.jump_if(Jump::Boolean, When::True, target),
            I::JumpIfFalse { target } => self.jump_if(Jump::Boolean, When::False, target),
            I::JumpIfToBooleanTrue { target } => self.jump_if(Jump::ToBoolean, When::True, target),
            I::JumpIfToBooleanFalse { target } => self.jump_if(Jump::ToBoolean, When::False, target),
            I::JumpIfNull { target } => self.jump_if(Jump::Test(TaggedTest::Null), When::True, target),
            I::JumpIfNotNull { target } => self.jump_if(Jump::Test(TaggedTest::Null), When::False, target),
            I::JumpIfUndefined { target } => {
                self.jump_if(Jump::Test(TaggedTest::Undefined), When::True, target)
            }
            I::JumpIfNotUndefined { target } => {
                self.jump_if(Jump::Test(TaggedTest::Undefined), When::False, target)
            }
            I::JumpIfUndefinedOrNull { target } => {
                self.jump_if(Jump::Test(TaggedTest::Nullish), When::True, target)
            }
            I::JumpIfNotUndefinedOrNull { target } => {
                self.jump_if(Jump::Test(TaggedTest::Nullish), When::False, target);
            }
            I::JumpIfTheHole { target } => self.jump_if(Jump::Test(TaggedTest::Hole), When::True, target),
            I::JumpIfNotTheHole { target } => self.jump_if(Jump::Test(TaggedTest::Hole), When::False, target),
            I::JumpIfJSReceiver { target } => {
                self.jump_if(Jump::Test(TaggedTest::Object), When::True, target)
            }
            I::JumpIfNotJSReceiver { target } => {
                self.jump_if(Jump::Test(TaggedTest::Object), When::False, target)
            }
            I::JumpIfForInDone { index, length, target } => {
                let (a, b) = (self.register(index), self.register(length));
                let (a, b) = (self.small(a), self.small(b));
                let condition = Condition::Equal;
                let done = self.emit(Op::Int32Compare { condition }, &[a, b]);
                self.branch(done, When::True, target, Validity::Kept);
            }
            I::SwitchOnSmi { table } => self.switch_on_smi(table),
            _ => return self.comparing_jump(instruction),
        }
        true
    }

    /// Jumps that compare a register with the accumulator.
    fn comparing_jump(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::JumpIfEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::Equal, When::True, lhs, slot, target);
            }
            I::JumpIfNotEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::Equal, When::False, lhs, slot, target);
            }
            I::JumpIfStrictEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::StrictEqual, When::True, lhs, slot, target);
            }
            I::JumpIfNotStrictEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::StrictEqual, When::False, lhs, slot, target);
            }
            I::JumpIfLessThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Less, When::True, lhs, slot, target);
            }
            I::JumpIfNotLessThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Less, When::False, lhs, slot, target);
            }
            I::JumpIfGreaterThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Greater, When::True, lhs, slot, target);
            }
            I::JumpIfNotGreaterThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Greater, When::False, lhs, slot, target);
            }
            I::JumpIfLessThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::LessOrEqual, When::True, lhs, slot, target);
            }
            I::JumpIfNotLessThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::LessOrEqual, When::False, lhs, slot, target);
            }
            I::JumpIfGreaterThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::GreaterOrEqual, When::True, lhs, slot, target);
            }
            I::JumpIfNotGreaterThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::GreaterOrEqual, When::False, lhs, slot, target);
            }
            _ => return false,
        }
        true
    }

    fn jump_compare(&mut self, op: Comparison, when: When, lhs: Register, slot: SlotIndex, target: u32) {
        if let Some((condition, validity)) = self.compare(op, lhs, slot, CallPlace::Middle) {
            self.env_mut().accumulator = None;
            self.branch(condition, when, target, validity);
        }
    }

    fn jump_if(&mut self, jump: Jump, when: When, target: u32) {
        let acc = self.acc();
        let condition = match jump {
            Jump::Boolean => self.untag_boolean(acc),
            Jump::ToBoolean => self.to_boolean(acc),
            Jump::Test(test) => self.test(acc, test),
        };
        self.branch(condition, when, target, Validity::Kept);
    }

    /// Goes on at `target` if the Bool is what `when` says, otherwise behind the instruction.
    pub(super) fn branch(&mut self, condition: NodeId, when: When, target: u32, validity: Validity) {
        if let Op::ConstBool { value } = *self.shared.graph.op(condition) {
            self.ensure_valid(validity, if when.is(value) { target } else { self.end });
            if when.is(value) {
                self.jump_to(target);
            }
            return;
        }
        let (yes, no) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(condition, yes, no));
        let (taken, next) = when.order(yes, no);
        let environment = self.env().clone();
        self.block = taken;
        self.ensure_valid(validity, target);
        self.jump_to(target);
        self.environment = Some(environment);
        self.block = next;
        self.before = None;
        self.ensure_valid(validity, self.end);
    }

    /// Goes on at `offset`, behind the check if it is needed.
    pub(super) fn ensure_valid(&mut self, validity: Validity, offset: u32) {
        match validity {
            Validity::Kept => {}
            Validity::Unsure => self.check_valid(offset),
        }
    }

    /// `SwitchOnSmi`: the accumulator is compared with a table of integers.
    pub(super) fn switch_on_smi(&mut self, table: ConstIndex) {
        let code = Arc::clone(&self.code);
        let Some(Constant::JumpTable(table)) = code.constant(table) else { return };
        let acc = self.acc();
        if self.shared.graph.repr(acc) != Repr::Int32 {
            let tagged = self.tagged(acc);
            if self.env().fact(tagged).int32.is_none() && !self.types(tagged).is(Types::INT32) {
                let is_int32 = self.emit(Op::TestTagged { test: TaggedTest::Int32 }, &[tagged]);
                self.branch(is_int32, When::False, self.end, Validity::Kept);
                if self.environment.is_none() {
                    return;
                }
                let int32 = self.emit(Op::UntagInt32 {}, &[tagged]);
                self.env_mut().fact_mut(tagged).int32 = Some(int32);
            }
        }
        let acc = self.acc();
        let value = self.to_int32(acc);
        let ways: Vec<u32> = table.targets.iter().map(|target| target.unwrap_or(self.end)).collect();
        self.switch(value, table.base, &ways, self.end);
    }

    /// Continues at `ways[value - base]`, or at `default`.
    pub(super) fn switch(&mut self, value: NodeId, base: i32, ways: &[u32], default: u32) {
        let targets: Vec<BlockId> = ways.iter().map(|_| self.new_block()).collect();
        let other = self.new_block();
        let terminator = Terminator::Switch { value, base, targets: targets.clone(), default: other };
        self.shared.graph.terminate(self.block, terminator);
        let environment = self.environment.take().expect("a reachable instruction");
        for (block, target) in targets.into_iter().chain([other]).zip(ways.iter().copied().chain([default])) {
            let environment = environment.clone();
            self.incoming.entry(target).or_default().push(Incoming { block, environment });
        }
    }
}
