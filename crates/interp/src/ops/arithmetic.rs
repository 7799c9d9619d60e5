//! Binary arithmetic. Small integers and doubles are done here; everything else in `runtime::operators`.
//!
//! What comes of doubles stays a double even when it is integral: finding out costs more than the operation. Only what
//! comes of two small integers is small again where it can be.

use unspool_runtime::cells::FeedbackSlot;
use unspool_runtime::feedback::BinaryFeedback as F;
use unspool_runtime::{Cx, JsResult, operators};
use unspool_values::{Value, number};

use crate::machine::{Flow, Machine, Reg};

type M<'a> = Machine<'a>;

/// Both int32: one test, because no double has all tag bits set.
#[inline(always)]
pub(super) fn both_i32(a: Value, b: Value) -> bool {
    a.bits() & b.bits() >= unspool_values::value::NUMBER_TAG
}

mod slow {
    use super::{Cx, FeedbackSlot, JsResult, Value, operators};
    macro_rules! slow_binary {
        ($($name:ident),*) => {$(
            #[cold]
            #[inline(never)]
            pub(super) fn $name(cx: Cx<'_>, a: Value, b: Value, slot: Option<&FeedbackSlot>) -> JsResult<Value> {
                let result = operators::$name(cx, a, b)?;
                if let Some(slot) = slot {
                    slot.bits.set(slot.bits.get() | operators::binary_feedback(a, b, result));
                }
                Ok(result)
            }
        )*};
    }
    slow_binary!(
        add,
        subtract,
        multiply,
        divide,
        remainder,
        exponentiate,
        bitwise_and,
        bitwise_or,
        bitwise_xor,
        shift_left,
        shift_right,
        shift_right_logical
    );
}

macro_rules! slow_path {
    ($m:ident, $name:ident, $a:ident, $b:ident, $slot:ident) => {{
        $m.save();
        let result = slow::$name($m.cx, $a, $b, $m.slot($slot));
        return $m.finish(result);
    }};
}

/// The numbers of two values in double form, which is what most arithmetic on doubles sees.
#[inline(always)]
fn both_doubles(a: Value, b: Value) -> Option<(f64, f64)> {
    if a.is_double() && b.is_double() { Some((a.as_double(), b.as_double())) } else { None }
}

/// The numbers of two values in either form.
#[inline(always)]
pub(super) fn both_numbers(a: Value, b: Value) -> Option<(f64, f64)> {
    if a.is_number() && b.is_number() { Some((a.as_number(), b.as_number())) } else { None }
}

macro_rules! overflowing {
    ($fast:ident, $slow:ident, $checked:ident, $op:tt) => {
        #[inline(always)]
        fn $fast(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
            if both_i32(a, b) {
                if let Some(result) = a.as_i32().$checked(b.as_i32()) {
                    m.note(slot, F::SMALL);
                    m.acc = Value::from_i32(result);
                    return Flow::Next;
                }
            }
            if let Some((x, y)) = both_doubles(a, b) {
                m.note(slot, F::DOUBLE);
                m.acc = Value::from_arithmetic(x $op y);
                return Flow::Next;
            }
            if let Some((x, y)) = both_numbers(a, b) {
                m.note(slot, if both_i32(a, b) { F::SMALL_INPUTS } else { F::DOUBLE });
                m.acc = Value::from_arithmetic(x $op y);
                return Flow::Next;
            }
            slow_path!(m, $slow, a, b, slot)
        }
    };
}
overflowing!(add_values, add, checked_add, +);
overflowing!(sub_values, subtract, checked_sub, -);

#[inline(always)]
fn mul_values(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
    if both_i32(a, b) {
        let (x, y) = (a.as_i32(), b.as_i32());
        if let Some(result) = x.checked_mul(y)
            && (result != 0 || (x | y) >= 0)
        {
            m.note(slot, F::SMALL);
            m.acc = Value::from_i32(result);
            return Flow::Next;
        }
    }
    if let Some((x, y)) = both_doubles(a, b) {
        m.note(slot, F::DOUBLE);
        m.acc = Value::from_arithmetic(x * y);
        return Flow::Next;
    }
    if let Some((x, y)) = both_numbers(a, b) {
        m.note(slot, if both_i32(a, b) { F::SMALL_INPUTS } else { F::DOUBLE });
        m.acc = Value::from_arithmetic(x * y);
        return Flow::Next;
    }
    slow_path!(m, multiply, a, b, slot)
}

#[inline(always)]
fn div_values(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
    if both_i32(a, b) {
        m.acc = Value::from_f64(a.as_i32() as f64 / b.as_i32() as f64);
        m.note(slot, if m.acc.is_i32() { F::SMALL } else { F::SMALL_INPUTS });
        return Flow::Next;
    }
    if let Some((x, y)) = both_numbers(a, b) {
        m.note(slot, F::DOUBLE);
        m.acc = Value::from_arithmetic(x / y);
        return Flow::Next;
    }
    slow_path!(m, divide, a, b, slot)
}

#[inline(always)]
fn mod_values(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
    if both_i32(a, b) {
        let (x, y) = (a.as_i32(), b.as_i32());
        if x >= 0 && y > 0 {
            m.note(slot, F::SMALL);
            m.acc = Value::from_i32(((x as u32) % (y as u32)) as i32);
            return Flow::Next;
        }
    }
    slow_path!(m, remainder, a, b, slot)
}

#[inline(always)]
fn exp_values(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
    slow_path!(m, exponentiate, a, b, slot)
}

/// An int32 for a bitwise operator: of an int32, or of a double by ToInt32.
#[inline(always)]
fn bit_operands(a: Value, b: Value) -> Option<(i32, i32)> {
    if a.is_number() && b.is_number() { Some((to_int32(a), to_int32(b))) } else { None }
}

#[inline(always)]
pub(super) fn to_int32(a: Value) -> i32 {
    if a.is_i32() { a.as_i32() } else { number::to_int32(a.as_double()) }
}

macro_rules! bitwise {
    ($fast:ident, $slow:ident, |$x:ident, $y:ident| $result:expr) => {
        #[inline(always)]
        fn $fast(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
            if both_i32(a, b) {
                let ($x, $y) = (a.as_i32(), b.as_i32());
                m.note(slot, F::SMALL);
                m.acc = Value::from_i32($result);
                return Flow::Next;
            }
            if let Some(($x, $y)) = bit_operands(a, b) {
                m.note(slot, F::DOUBLE);
                m.acc = Value::from_i32($result);
                return Flow::Next;
            }
            slow_path!(m, $slow, a, b, slot)
        }
    };
}
bitwise!(and_values, bitwise_and, |x, y| x & y);
bitwise!(or_values, bitwise_or, |x, y| x | y);
bitwise!(xor_values, bitwise_xor, |x, y| x ^ y);
bitwise!(shl_values, shift_left, |x, y| x.wrapping_shl(y as u32));
bitwise!(shr_values, shift_right, |x, y| x.wrapping_shr(y as u32));

#[inline(always)]
fn ushr_values(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> Flow {
    if let Some((x, y)) = bit_operands(a, b) {
        m.acc = Value::from_u32((x as u32).wrapping_shr(y as u32));
        m.note(
            slot,
            if !both_i32(a, b) {
                F::DOUBLE
            } else if m.acc.is_i32() {
                F::SMALL
            } else {
                F::SMALL_INPUTS
            },
        );
        return Flow::Next;
    }
    slow_path!(m, shift_right_logical, a, b, slot)
}

macro_rules! binary_instructions {
    ($($register:ident $immediate:ident $values:ident,)*) => {$(
        #[inline(always)]
        pub(crate) fn $register(m: &mut M<'_>, lhs: Reg, slot: usize) -> Flow {
            let (a, b) = (m.get(lhs), m.acc);
            $values(m, a, b, slot)
        }

        #[inline(always)]
        pub(crate) fn $immediate(m: &mut M<'_>, value: i32, slot: usize) -> Flow {
            let (a, b) = (m.acc, Value::from_i32(value));
            $values(m, a, b, slot)
        }
    )*};
}
binary_instructions! {
    add add_smi add_values,
    sub sub_smi sub_values,
    mul mul_smi mul_values,
    div div_smi div_values,
    mod_ mod_smi mod_values,
    exp exp_smi exp_values,
    bitwise_and bitwise_and_smi and_values,
    bitwise_or bitwise_or_smi or_values,
    bitwise_xor bitwise_xor_smi xor_values,
    shift_left shift_left_smi shl_values,
    shift_right shift_right_smi shr_values,
    shift_right_logical shift_right_logical_smi ushr_values,
}
