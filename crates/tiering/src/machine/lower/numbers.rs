//! Numbers: from one representation to another, arithmetic, comparison; and questions about values that give a truth value.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder as _, types};
use unspool_values::Value;

use super::Lowering;
use super::ops::Operands;
use crate::graph::ops::{ConversionOp, Float64Op, Int32Op};
use crate::graph::{Condition, DeoptReason, FrameStateId};

fn int_condition(condition: Condition) -> IntCC {
    match condition {
        Condition::Equal => IntCC::Equal,
        Condition::NotEqual => IntCC::NotEqual,
        Condition::Less => IntCC::SignedLessThan,
        Condition::LessOrEqual => IntCC::SignedLessThanOrEqual,
        Condition::Greater => IntCC::SignedGreaterThan,
        Condition::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
    }
}
fn unsigned_condition(condition: Condition) -> IntCC {
    int_condition(condition).unsigned()
}
fn float_condition(condition: Condition) -> FloatCC {
    match condition {
        Condition::Equal => FloatCC::Equal,
        Condition::NotEqual => FloatCC::NotEqual,
        Condition::Less => FloatCC::LessThan,
        Condition::LessOrEqual => FloatCC::LessThanOrEqual,
        Condition::Greater => FloatCC::GreaterThan,
        Condition::GreaterOrEqual => FloatCC::GreaterThanOrEqual,
    }
}

impl Lowering<'_, '_> {
    /// A conversion, or a question.
    pub(super) fn conversion_op(&mut self, op: ConversionOp, n: Operands<'_>) -> ir::Value {
        match op {
            ConversionOp::TagInt32 {} => self.tag_int32(n.value(0)),
            ConversionOp::TagUint32 {} => self.tag_uint32(n.value(0)),
            ConversionOp::TagFloat64 {} => self.tag_float64(n.value(0)),
            ConversionOp::TagDouble {} => self.tag_double(n.value(0)),
            ConversionOp::TagBool {} => self.tag_bool(n.value(0)),
            ConversionOp::UntagInt32 {} => self.untag_int32(n.value(0)),
            ConversionOp::UntagFloat64 {} => self.untag_float64(n.value(0)),
            ConversionOp::UntagBool {} => {
                let bit = self.b.ins().ireduce(types::I8, n.value(0));
                self.b.ins().band_imm_s(bit, 1)
            }
            ConversionOp::Int32ToFloat64 {} => self.b.ins().fcvt_from_sint(types::F64, n.value(0)),
            ConversionOp::Uint32ToFloat64 {} => self.b.ins().fcvt_from_uint(types::F64, n.value(0)),
            ConversionOp::TruncateFloat64 {} => self.truncate(n.value(0)),
            ConversionOp::Uint32AsInt32 {} | ConversionOp::Int32AsUint32 {} => n.value(0),
            ConversionOp::HoleToUndefined {} => {
                let value = n.value(0);
                let hole = self.equal_to(value, Value::HOLE.bits());
                let undefined = self.undefined();
                self.b.ins().select(hole, undefined, value)
            }
            ConversionOp::ToBoolean {} => self.to_boolean(n.value(0)),
            ConversionOp::Float64ToBoolean {} => {
                let zero = self.b.ins().f64const(0.0);
                self.b.ins().fcmp(FloatCC::OrderedNotEqual, n.value(0), zero)
            }
            ConversionOp::BoolNot {} => self.b.ins().bxor_imm_s(n.value(0), 1),
            ConversionOp::TestTagged { test } => self.test(test, n.value(0)),
            ConversionOp::TaggedEqual {} => self.b.ins().icmp(IntCC::Equal, n.value(0), n.value(1)),
        }
    }

    /// An operation on int32s.
    pub(super) fn int32_op(&mut self, op: Int32Op, n: Operands<'_>) -> ir::Value {
        match op {
            Int32Op::Int32AddChecked {} => {
                let (result, overflow) = self.b.ins().sadd_overflow(n.value(0), n.value(1));
                self.guard_not(overflow, DeoptReason::Overflow, n.eager());
                result
            }
            Int32Op::Int32SubChecked {} => {
                let (result, overflow) = self.b.ins().ssub_overflow(n.value(0), n.value(1));
                self.guard_not(overflow, DeoptReason::Overflow, n.eager());
                result
            }
            Int32Op::Int32MulChecked {} => self.multiply_checked(n.value(0), n.value(1), n.eager()),
            Int32Op::Int32DivChecked {} => self.divide_checked(n.value(0), n.value(1), n.eager()),
            Int32Op::Int32ModChecked {} => self.modulo_checked(n.value(0), n.value(1), n.eager()),
            Int32Op::Int32NegChecked {} => {
                let value = n.value(0);
                let magnitude = self.b.ins().band_imm_s(value, 0x7fff_ffff);
                let ok = self.b.ins().icmp_imm_s(IntCC::NotEqual, magnitude, 0);
                self.guard(ok, DeoptReason::MinusZero, n.eager(), None);
                self.b.ins().ineg(value)
            }
            Int32Op::Int32AbsChecked {} => {
                let value = n.value(0);
                let ok = self.b.ins().icmp_imm_s(IntCC::NotEqual, value, i64::from(i32::MIN));
                self.guard(ok, DeoptReason::Overflow, n.eager(), None);
                self.b.ins().iabs(value)
            }
            Int32Op::Int32Min {} => self.b.ins().smin(n.value(0), n.value(1)),
            Int32Op::Int32Max {} => self.b.ins().smax(n.value(0), n.value(1)),
            Int32Op::Int32LeadingZeros {} => self.b.ins().clz(n.value(0)),
            Int32Op::Int32Add {} => self.b.ins().iadd(n.value(0), n.value(1)),
            Int32Op::Int32Sub {} => self.b.ins().isub(n.value(0), n.value(1)),
            Int32Op::Int32Mul {} => self.b.ins().imul(n.value(0), n.value(1)),
            Int32Op::Int32And {} => self.b.ins().band(n.value(0), n.value(1)),
            Int32Op::Int32Or {} => self.b.ins().bor(n.value(0), n.value(1)),
            Int32Op::Int32Xor {} => self.b.ins().bxor(n.value(0), n.value(1)),
            Int32Op::Int32Shl {} => self.b.ins().ishl(n.value(0), n.value(1)),
            Int32Op::Int32Sar {} => self.b.ins().sshr(n.value(0), n.value(1)),
            Int32Op::Int32Shr {} => self.b.ins().ushr(n.value(0), n.value(1)),
            Int32Op::Int32Not {} => self.b.ins().bnot(n.value(0)),
            Int32Op::Int32Compare { condition } => {
                self.b.ins().icmp(int_condition(condition), n.value(0), n.value(1))
            }
            Int32Op::Uint32Compare { condition } => {
                self.b.ins().icmp(unsigned_condition(condition), n.value(0), n.value(1))
            }
        }
    }

    /// An operation on doubles.
    pub(super) fn float64_op(&mut self, op: Float64Op, n: Operands<'_>) -> ir::Value {
        match op {
            Float64Op::Float64Add {} => self.b.ins().fadd(n.value(0), n.value(1)),
            Float64Op::Float64Sub {} => self.b.ins().fsub(n.value(0), n.value(1)),
            Float64Op::Float64Mul {} => self.b.ins().fmul(n.value(0), n.value(1)),
            Float64Op::Float64Div {} => self.b.ins().fdiv(n.value(0), n.value(1)),
            Float64Op::Float64Neg {} => self.b.ins().fneg(n.value(0)),
            Float64Op::Float64Abs {} => self.b.ins().fabs(n.value(0)),
            Float64Op::Float64Sqrt {} => self.b.ins().sqrt(n.value(0)),
            Float64Op::Float64Floor {} => self.b.ins().floor(n.value(0)),
            Float64Op::Float64Ceil {} => self.b.ins().ceil(n.value(0)),
            Float64Op::Float64Trunc {} => self.b.ins().trunc(n.value(0)),
            Float64Op::Float64Round {} => self.round(n.value(0)),
            Float64Op::Float64Fround {} => {
                let single = self.b.ins().fdemote(types::F32, n.value(0));
                self.b.ins().fpromote(types::F64, single)
            }
            Float64Op::Float64Min {} => self.b.ins().fmin(n.value(0), n.value(1)),
            Float64Op::Float64Max {} => self.b.ins().fmax(n.value(0), n.value(1)),
            Float64Op::Float64Compare { condition } => {
                self.b.ins().fcmp(float_condition(condition), n.value(0), n.value(1))
            }
        }
    }

    fn multiply_checked(&mut self, a: ir::Value, b: ir::Value, state: FrameStateId) -> ir::Value {
        let (result, overflow) = self.b.ins().smul_overflow(a, b);
        self.guard_not(overflow, DeoptReason::Overflow, state);
        // -0: the product is 0 and a factor is negative.
        let signs = self.b.ins().bor(a, b);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, result, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let minus_zero = self.b.ins().band(zero, negative);
        self.guard_not(minus_zero, DeoptReason::MinusZero, state);
        result
    }

    fn divide_checked(&mut self, a: ir::Value, b: ir::Value, state: FrameStateId) -> ir::Value {
        let nonzero = self.b.ins().icmp_imm_s(IntCC::NotEqual, b, 0);
        self.guard(nonzero, DeoptReason::DivisionByZero, state, None);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, a, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, b, 0);
        let minus_zero = self.b.ins().band(zero, negative);
        self.guard_not(minus_zero, DeoptReason::MinusZero, state);
        let least = self.b.ins().icmp_imm_s(IntCC::Equal, a, i64::from(i32::MIN));
        let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let overflow = self.b.ins().band(least, minus_one);
        self.guard_not(overflow, DeoptReason::Overflow, state);
        let result = self.b.ins().sdiv(a, b);
        let back = self.b.ins().imul(result, b);
        let exact = self.b.ins().icmp(IntCC::Equal, back, a);
        self.guard(exact, DeoptReason::LostPrecision, state, None);
        result
    }

    fn modulo_checked(&mut self, a: ir::Value, b: ir::Value, state: FrameStateId) -> ir::Value {
        let nonzero = self.b.ins().icmp_imm_s(IntCC::NotEqual, b, 0);
        self.guard(nonzero, DeoptReason::DivisionByZero, state, None);
        let result = self.b.ins().srem(a, b);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, result, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, a, 0);
        let minus_zero = self.b.ins().band(zero, negative);
        self.guard_not(minus_zero, DeoptReason::MinusZero, state);
        result
    }
}
