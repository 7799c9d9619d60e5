//! Unary operators and conversions.
//!
//! Small integers and doubles are done in the loop, BigInts, strings and objects in `runtime::operators` and
//! `runtime::convert`. The conversions are instructions because `x++`, template literals and computed keys convert where
//! the program says nothing of it.

use unspool_runtime::cells::FeedbackSlot;
use unspool_runtime::feedback::BinaryFeedback as F;
use unspool_runtime::{Cx, JsResult, convert, operators};
use unspool_values::Value;

use super::arithmetic::to_int32;
use crate::machine::{Flow, Machine};

type M<'a> = Machine<'a>;

mod slow {
    use super::{Cx, FeedbackSlot, JsResult, Value, operators};
    macro_rules! slow_unary {
        ($($name:ident),*) => {$(
            #[cold]
            #[inline(never)]
            pub(super) fn $name(cx: Cx<'_>, value: Value, slot: Option<&FeedbackSlot>) -> JsResult<Value> {
                let result = operators::$name(cx, value)?;
                if let Some(slot) = slot {
                    slot.bits.set(slot.bits.get() | operators::binary_feedback(value, Value::ZERO, result));
                }
                Ok(result)
            }
        )*};
    }
    slow_unary!(increment, decrement, negate, bitwise_not, to_number, to_numeric);
}

macro_rules! slow_path {
    ($m:ident, $name:ident, $slot:ident) => {{
        $m.save();
        let result = slow::$name($m.cx, $m.acc, $m.slot($slot));
        return $m.finish(result);
    }};
}

#[inline(always)]
pub(crate) fn inc(m: &mut M<'_>, slot: usize) -> Flow {
    if m.acc.is_i32()
        && let Some(n) = m.acc.as_i32().checked_add(1)
    {
        m.note(slot, F::SMALL);
        m.acc = Value::from_i32(n);
        return Flow::Next;
    }
    slow_path!(m, increment, slot)
}

#[inline(always)]
pub(crate) fn dec(m: &mut M<'_>, slot: usize) -> Flow {
    if m.acc.is_i32()
        && let Some(n) = m.acc.as_i32().checked_sub(1)
    {
        m.note(slot, F::SMALL);
        m.acc = Value::from_i32(n);
        return Flow::Next;
    }
    slow_path!(m, decrement, slot)
}

#[inline(always)]
pub(crate) fn negate(m: &mut M<'_>, slot: usize) -> Flow {
    if m.acc.is_i32() && m.acc.as_i32() != 0 && m.acc.as_i32() != i32::MIN {
        m.note(slot, F::SMALL);
        m.acc = Value::from_i32(-m.acc.as_i32());
        return Flow::Next;
    }
    if m.acc.is_double() {
        m.note(slot, F::DOUBLE);
        m.acc = Value::from_f64(-m.acc.as_double());
        return Flow::Next;
    }
    slow_path!(m, negate, slot)
}

#[inline(always)]
pub(crate) fn bitwise_not(m: &mut M<'_>, slot: usize) -> Flow {
    if m.acc.is_number() {
        m.note(slot, if m.acc.is_i32() { F::SMALL } else { F::DOUBLE });
        m.acc = Value::from_i32(!to_int32(m.acc));
        return Flow::Next;
    }
    slow_path!(m, bitwise_not, slot)
}

#[inline(always)]
pub(crate) fn logical_not(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_bool(m.acc.is_false());
    Flow::Next
}

/// ToBoolean with the frequent cases first.
#[inline(always)]
pub(super) fn truthy(value: Value) -> bool {
    if value.is_bool() {
        return value.is_true();
    }
    if value.is_i32() {
        return value != Value::ZERO;
    }
    if value.is_nullish() {
        return false;
    }
    truthy_slow(value)
}

#[inline(never)]
fn truthy_slow(value: Value) -> bool {
    convert::to_boolean(value)
}

#[inline(always)]
pub(crate) fn to_boolean_logical_not(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_bool(!truthy(m.acc));
    Flow::Next
}

#[inline(always)]
pub(crate) fn to_boolean(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_bool(truthy(m.acc));
    Flow::Next
}

#[inline(always)]
pub(crate) fn type_of(m: &mut M<'_>, slot: usize) -> Flow {
    m.note(slot, operators::type_feedback(m.acc));
    m.acc = operators::type_of(m.cx, m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn to_number(m: &mut M<'_>, slot: usize) -> Flow {
    if m.acc.is_number() {
        m.note(slot, if m.acc.is_i32() { F::SMALL } else { F::DOUBLE });
        return Flow::Next;
    }
    slow_path!(m, to_number, slot)
}

#[inline(always)]
pub(crate) fn to_numeric(m: &mut M<'_>, slot: usize) -> Flow {
    if m.acc.is_number() {
        m.note(slot, if m.acc.is_i32() { F::SMALL } else { F::DOUBLE });
        return Flow::Next;
    }
    slow_path!(m, to_numeric, slot)
}

#[inline(always)]
pub(crate) fn to_object(m: &mut M<'_>) -> Flow {
    m.save();
    let result = convert::to_object(m.cx, m.acc).map(Value::from);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn to_string(m: &mut M<'_>) -> Flow {
    if m.acc.is_string() {
        return Flow::Next;
    }
    m.save();
    let result = convert::to_string(m.cx, m.acc).map(Value::from_cell);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn to_property_key(m: &mut M<'_>) -> Flow {
    if m.acc.is_string() || m.acc.is_symbol() || m.acc.is_i32() {
        return Flow::Next;
    }
    m.save();
    let result = operators::to_property_key_value(m.cx, m.acc);
    m.finish(result)
}
