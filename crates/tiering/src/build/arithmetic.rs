//! Operators: speculation on the operand types that the feedback names.
//!
//! An operator that has only met int32s works on int32s and exits for anything else, overflow included; one that has met numbers works on doubles; strings are
//! compared and put together by helpers that only read or allocate. Everything else is a call of the operator's helper, which may run code of the program. What has never run is
//! an exit. A bet that was lost before is not taken again: the next wider form is.

use unspool_bytecode::{Register, SlotIndex};
use unspool_runtime::feedback::{BinaryFeedback as B, CompareFeedback as C};

use super::FunctionBuilder;
use super::emit::Accepted;
use super::jumps::Validity;
use crate::broker::SlotPlan;
use crate::graph::Types;
use crate::graph::{Condition, DeoptReason, Helper, NodeId, Op, Repr, TaggedConst, TaggedTest};

/// Feedback of arithmetic that stays with numbers.
pub(super) const NUMBERS: u8 = B::SMALL | B::SMALL_INPUTS | B::DOUBLE;
/// Feedback of comparisons that stay with numbers.
pub(super) const COMPARED_NUMBERS: u8 = C::SMALL | C::NUMBER;

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Exp,
    And,
    Or,
    Xor,
    Shl,
    Sar,
    Shr,
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unary {
    Inc,
    Dec,
    Negate,
    Not,
    ToNumber,
    ToNumeric,
}

/// A comparison; `Equal` is loose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Equal,
    StrictEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

impl Binary {
    fn helper(self) -> Helper {
        match self {
            Binary::Add => Helper::Add,
            Binary::Sub => Helper::Subtract,
            Binary::Mul => Helper::Multiply,
            Binary::Div => Helper::Divide,
            Binary::Mod => Helper::Remainder,
            Binary::Exp => Helper::Exponentiate,
            Binary::And => Helper::BitwiseAnd,
            Binary::Or => Helper::BitwiseOr,
            Binary::Xor => Helper::BitwiseXor,
            Binary::Shl => Helper::ShiftLeft,
            Binary::Sar => Helper::ShiftRight,
            Binary::Shr => Helper::ShiftRightLogical,
        }
    }
    fn is_bitwise(self) -> bool {
        matches!(self, Binary::And | Binary::Or | Binary::Xor | Binary::Shl | Binary::Sar | Binary::Shr)
    }
    /// The int32 operation, its reason to leave, and what it is of two constants.
    fn checked(self) -> Option<(Op, DeoptReason)> {
        Some(match self {
            Binary::Add => (Op::Int32AddChecked {}, DeoptReason::Overflow),
            Binary::Sub => (Op::Int32SubChecked {}, DeoptReason::Overflow),
            Binary::Mul => (Op::Int32MulChecked {}, DeoptReason::Overflow),
            Binary::Div => (Op::Int32DivChecked {}, DeoptReason::LostPrecision),
            Binary::Mod => (Op::Int32ModChecked {}, DeoptReason::DivisionByZero),
            _ => return None,
        })
    }
}

impl Comparison {
    fn condition(self) -> Condition {
        match self {
            Comparison::Equal | Comparison::StrictEqual => Condition::Equal,
            Comparison::Less => Condition::Less,
            Comparison::Greater => Condition::Greater,
            Comparison::LessOrEqual => Condition::LessOrEqual,
            Comparison::GreaterOrEqual => Condition::GreaterOrEqual,
        }
    }
    fn helper(self) -> Helper {
        match self {
            Comparison::Equal => Helper::Equal,
            Comparison::StrictEqual => Helper::StrictEqual,
            Comparison::Less => Helper::LessThan,
            Comparison::Greater => Helper::GreaterThan,
            Comparison::LessOrEqual => Helper::LessThanOrEqual,
            Comparison::GreaterOrEqual => Helper::GreaterThanOrEqual,
        }
    }
    fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::StrictEqual)
    }
}

/// The outcome of a comparison: a Bool, and whether what computed it may have invalidated the code.
pub(super) type Compared = (NodeId, Validity);

/// Where a call stands in its instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CallPlace {
    /// At the end: its value is the instruction's.
    End,
    /// In the middle, which no exit can resume: the code's validity is checked where the instruction ends.
    Middle,
}

impl FunctionBuilder<'_, '_> {
    /// `register OP acc`.
    pub(super) fn binary(&mut self, op: Binary, lhs: Register, slot: SlotIndex) {
        let (a, b) = (self.register(lhs), self.acc());
        self.binary_operation(op, a, b, slot);
    }

    /// `acc OP value`.
    pub(super) fn binary_smi(&mut self, op: Binary, value: i32, slot: SlotIndex) {
        let (a, b) = (self.acc(), self.int32(value));
        self.binary_operation(op, a, b, slot);
    }

    fn binary_operation(&mut self, op: Binary, a: NodeId, b: NodeId, slot: SlotIndex) {
        if let Some(result) = self.fold(op, a, b) {
            return self.set_acc(result);
        }
        let bits = match self.plan(slot) {
            SlotPlan::Binary(bits) => *bits,
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForBinaryOperation) =>
            {
                return self.deopt(DeoptReason::InsufficientTypeFeedbackForBinaryOperation);
            }
            _ => B::OTHER,
        };
        let result = if bits & !(NUMBERS | B::ODDBALL) == 0 && self.allows(DeoptReason::NotANumber) {
            self.numeric(op, a, b, bits)
        } else if op == Binary::Add && bits == B::STRING && self.allows(DeoptReason::NotAString) {
            let a = self.check_type(a, Types::STRING, Op::CheckString {});
            let b = self.check_type(b, Types::STRING, Op::CheckString {});
            self.helper(Helper::StringConcat, &[a, b])
        } else {
            let (a, b) = (self.refined(a), self.refined(b));
            self.helper(op.helper(), &[a, b])
        };
        self.set_acc(result);
    }

    fn fold(&mut self, op: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        let (a, b) = (self.constant_of(a)?.to_int32()?, self.constant_of(b)?.to_int32()?);
        let value = match op {
            Binary::Add => a.checked_add(b)?,
            Binary::Sub => a.checked_sub(b)?,
            Binary::Mul => a.checked_mul(b).filter(|r| *r != 0 || (a | b) >= 0)?,
            Binary::And => a & b,
            Binary::Or => a | b,
            Binary::Xor => a ^ b,
            Binary::Shl => a.wrapping_shl(b as u32),
            Binary::Sar => a.wrapping_shr(b as u32),
            _ => return None,
        };
        Some(self.int32(value))
    }

    /// Both operands have been numbers (or oddballs).
    fn numeric(&mut self, op: Binary, a: NodeId, b: NodeId, bits: u8) -> NodeId {
        let accepted = Accepted::of(bits);
        let small = bits & !B::SMALL == 0 && self.allows(DeoptReason::NotASmi);
        if op.is_bitwise() {
            let small_inputs = bits & (B::DOUBLE | B::ODDBALL) == 0 && self.allows(DeoptReason::NotASmi);
            let accepted = if small_inputs { Accepted::Int32s } else { accepted };
            let (a, b) = (self.to_truncated(a, accepted), self.to_truncated(b, accepted));
            let result = self.bitwise(op, a, b);
            if op == Binary::Shr && small && self.allows(DeoptReason::LostPrecision) {
                return self.emit_check(Op::CheckUint32IsInt32 {}, &[result]);
            }
            return result;
        }
        let is_double = |builder: &Self, node| builder.shared.graph.repr(node) == Repr::Float64;
        if small
            && let Some((checked, reason)) = op.checked()
            && self.allows(reason)
            && self.allows(DeoptReason::MinusZero)
            && !is_double(self, a)
            && !is_double(self, b)
        {
            let (a, b) = (self.to_int32(a), self.to_int32(b));
            return self.emit_check(checked, &[a, b]);
        }
        let (a, b) = (self.to_float64(a, accepted), self.to_float64(b, accepted));
        let helper = |helper| Op::CallHelper { helper };
        let op = match op {
            Binary::Add => Op::Float64Add {},
            Binary::Sub => Op::Float64Sub {},
            Binary::Mul => Op::Float64Mul {},
            Binary::Div => Op::Float64Div {},
            Binary::Mod => helper(Helper::Float64Modulo),
            _ => helper(Helper::Float64Power),
        };
        let result = self.emit(op, &[a, b]);
        if bits & B::SMALL == 0 && !matches!(op, Op::CallHelper { .. }) {
            self.shared.doubles.insert(result);
        }
        result
    }

    fn bitwise(&mut self, op: Binary, a: NodeId, b: NodeId) -> NodeId {
        let zero =
            |builder: &Self, node| matches!(builder.shared.graph.op(node), Op::ConstInt32 { value: 0 });
        let op = match op {
            Binary::Or | Binary::Xor | Binary::Shl | Binary::Sar if zero(self, b) => return a,
            Binary::And => Op::Int32And {},
            Binary::Or => Op::Int32Or {},
            Binary::Xor => Op::Int32Xor {},
            Binary::Shl => Op::Int32Shl {},
            Binary::Sar => Op::Int32Sar {},
            _ => Op::Int32Shr {},
        };
        self.emit(op, &[a, b])
    }

    /// A unary operator on the accumulator.
    pub(super) fn unary(&mut self, op: Unary, slot: SlotIndex) {
        let value = self.acc();
        let converts = matches!(op, Unary::ToNumber | Unary::ToNumeric);
        if converts && self.types(value).is(Types::NUMBER) {
            return;
        }
        let bits = match self.plan(slot) {
            SlotPlan::Binary(bits) => *bits,
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForUnaryOperation) =>
            {
                return self.deopt(DeoptReason::InsufficientTypeFeedbackForUnaryOperation);
            }
            _ => B::OTHER,
        };
        if bits & !(NUMBERS | B::ODDBALL) != 0 || !self.allows(DeoptReason::NotANumber) {
            let helper = match op {
                Unary::Inc => Helper::Increment,
                Unary::Dec => Helper::Decrement,
                Unary::Negate => Helper::Negate,
                Unary::Not => Helper::BitwiseNot,
                Unary::ToNumber => Helper::ToNumber,
                Unary::ToNumeric => Helper::ToNumeric,
            };
            let value = self.refined(value);
            let result = self.helper(helper, &[value]);
            return self.set_acc(result);
        }
        let accepted = Accepted::of(bits);
        let small = bits & !B::SMALL == 0
            && self.allows(DeoptReason::NotASmi)
            && self.shared.graph.repr(value) != Repr::Float64;
        let result = match op {
            Unary::Inc | Unary::Dec => {
                let binary = if op == Unary::Inc { Binary::Add } else { Binary::Sub };
                let one = self.int32(1);
                match self.fold(binary, value, one) {
                    Some(result) => result,
                    None => self.numeric(binary, value, one, bits),
                }
            }
            Unary::Not => {
                let value = self.to_truncated(value, if small { Accepted::Int32s } else { accepted });
                self.emit(Op::Int32Not {}, &[value])
            }
            Unary::Negate if small && self.allows(DeoptReason::MinusZero) => {
                let value = self.to_int32(value);
                self.emit_check(Op::Int32NegChecked {}, &[value])
            }
            Unary::Negate => {
                let value = self.to_float64(value, accepted);
                self.emit(Op::Float64Neg {}, &[value])
            }
            Unary::ToNumber | Unary::ToNumeric if small => self.to_int32(value),
            Unary::ToNumber | Unary::ToNumeric => self.to_float64(value, accepted),
        };
        self.set_acc(result);
    }

    /// `register OP acc` as a Bool. `place` is that of the call of a helper.
    pub(super) fn compare(
        &mut self,
        op: Comparison,
        lhs: Register,
        slot: SlotIndex,
        place: CallPlace,
    ) -> Option<Compared> {
        let (a, b) = (self.register(lhs), self.acc());
        if op == Comparison::StrictEqual
            && let Some(result) = self.compare_identity(a, b)
        {
            return Some((result, Validity::Kept));
        }
        let bits = match self.plan(slot) {
            SlotPlan::Compare(bits) => *bits,
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForCompareOperation) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForCompareOperation);
                return None;
            }
            _ => C::OTHER,
        };
        let condition = op.condition();
        let is_double = |builder: &Self, node| builder.shared.graph.repr(node) == Repr::Float64;
        if bits == C::SMALL && self.allows(DeoptReason::NotASmi) && !is_double(self, a) && !is_double(self, b)
        {
            let (a, b) = (self.to_int32(a), self.to_int32(b));
            return Some((self.compare_int32(condition, a, b), Validity::Kept));
        }
        if bits & !COMPARED_NUMBERS == 0 && self.allows(DeoptReason::NotANumber) {
            let (a, b) = (self.to_float64(a, Accepted::Numbers), self.to_float64(b, Accepted::Numbers));
            return Some((self.emit(Op::Float64Compare { condition }, &[a, b]), Validity::Kept));
        }
        if bits == C::STRING && self.allows(DeoptReason::NotAString) {
            let a = self.check_type(a, Types::STRING, Op::CheckString {});
            let b = self.check_type(b, Types::STRING, Op::CheckString {});
            return Some((self.compare_strings(op, a, b), Validity::Kept));
        }
        if op.is_equality() && bits == C::OBJECT && self.allows(DeoptReason::NotAJavaScriptObject) {
            let a = self.check_type(a, Types::OBJECT, Op::CheckObject {});
            let b = match op {
                Comparison::Equal => self.check_type(b, Types::OBJECT, Op::CheckObject {}),
                _ => self.refined(b),
            };
            return Some((self.emit(Op::TaggedEqual {}, &[a, b]), Validity::Kept));
        }
        let (a, b) = (self.refined(a), self.refined(b));
        let op = Op::CallHelper { helper: op.helper() };
        let validity = Validity::behind(op.effects());
        let result = match place {
            CallPlace::End => self.emit_call(op, &[a, b]),
            CallPlace::Middle => self.emit_inner_call(op, &[a, b]),
        };
        let truth = if self.shared.graph.repr(result) == Repr::Bool {
            result
        } else {
            self.emit(Op::UntagBool {}, &[result])
        };
        Some((truth, validity))
    }

    fn compare_int32(&mut self, condition: Condition, a: NodeId, b: NodeId) -> NodeId {
        match (self.shared.graph.op(a), self.shared.graph.op(b)) {
            (Op::ConstInt32 { value: a }, Op::ConstInt32 { value: b }) => {
                let value = condition.of(*a, *b);
                self.boolean(value)
            }
            _ => self.emit(Op::Int32Compare { condition }, &[a, b]),
        }
    }

    /// `===` where one side is only equal to itself.
    fn compare_identity(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        let identity =
            Types::OBJECT.or(Types::SYMBOL).or(Types::BOOLEAN).or(Types::UNDEFINED).or(Types::NULL);
        let (known_a, known_b) = (self.types(a), self.types(b));
        if !known_a.is(identity) && !known_b.is(identity) {
            return None;
        }
        for (value, constant) in [(a, b), (b, a)] {
            let test = match self.constant_of(constant) {
                Some(TaggedConst::UNDEFINED) => TaggedTest::Undefined,
                Some(TaggedConst::NULL) => TaggedTest::Null,
                _ => continue,
            };
            return Some(self.test(value, test));
        }
        let (a, b) = (self.refined(a), self.refined(b));
        Some(self.emit(Op::TaggedEqual {}, &[a, b]))
    }

    fn compare_strings(&mut self, op: Comparison, a: NodeId, b: NodeId) -> NodeId {
        let call = |helper| Op::CallHelper { helper };
        match op {
            Comparison::Equal | Comparison::StrictEqual => self.emit(call(Helper::StringEqual), &[a, b]),
            Comparison::Less => self.emit(call(Helper::StringLessThan), &[a, b]),
            Comparison::Greater => self.emit(call(Helper::StringLessThan), &[b, a]),
            Comparison::LessOrEqual => {
                let greater = self.emit(call(Helper::StringLessThan), &[b, a]);
                self.not(greater)
            }
            Comparison::GreaterOrEqual => {
                let less = self.emit(call(Helper::StringLessThan), &[a, b]);
                self.not(less)
            }
        }
    }
}
