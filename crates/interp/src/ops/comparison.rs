//! Comparisons, and jumps fused with them.
//!
//! Each comparison exists three times: as a test that leaves a boolean, and as jumps taken if it holds or does not (for
//! numbers "not less" is not "greater or equal": NaN). Two small integers and two numbers are compared in the loop,
//! strings and what needs conversion out of line. What was compared is noted as feedback.

use unspool_runtime::cells::FeedbackSlot;
use unspool_runtime::feedback::CompareFeedback as F;
use unspool_runtime::{Cx, JsResult, ic, operators};
use unspool_values::{PropertyKey, Value};

use super::arithmetic::{both_i32, both_numbers};
use super::properties::site;
use crate::machine::{Flow, Machine, Reg};

type M<'a> = Machine<'a>;

mod slow {
    use super::{Cx, FeedbackSlot, JsResult, Value, operators};
    macro_rules! slow_compare {
        ($($name:ident),*) => {$(
            #[cold]
            #[inline(never)]
            pub(super) fn $name(cx: Cx<'_>, a: Value, b: Value, slot: Option<&FeedbackSlot>) -> JsResult<bool> {
                if let Some(slot) = slot {
                    slot.bits.set(slot.bits.get() | operators::compare_feedback(a, b));
                }
                operators::$name(cx, a, b)
            }
        )*};
    }
    slow_compare!(loosely_equal, less_than, greater_than, less_than_or_equal, greater_than_or_equal);

    #[inline(never)]
    pub(super) fn strictly_equal(cx: Cx<'_>, a: Value, b: Value, slot: Option<&FeedbackSlot>) -> bool {
        if let Some(slot) = slot {
            slot.bits.set(slot.bits.get() | operators::compare_feedback(a, b));
        }
        operators::strictly_equal(cx, a, b)
    }
}

macro_rules! relational {
    ($test:ident, $jump:ident, $jump_not:ident, $compare:ident, $slow:ident, $op:tt) => {
        #[inline(always)]
        fn $compare(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> JsResult<bool> {
            if both_i32(a, b) {
                m.note(slot, F::SMALL);
                return Ok(a.as_i32() $op b.as_i32());
            }
            if let Some((x, y)) = both_numbers(a, b) {
                m.note(slot, F::NUMBER);
                return Ok(x $op y);
            }
            m.save();
            slow::$slow(m.cx, a, b, m.slot(slot))
        }
        comparison!($test, $jump, $jump_not, $compare);
    };
}

macro_rules! comparison {
    ($test:ident, $jump:ident, $jump_not:ident, $compare:ident) => {
        #[inline(always)]
        pub(crate) fn $test(m: &mut M<'_>, lhs: Reg, slot: usize) -> Flow {
            let (a, b) = (m.get(lhs), m.acc);
            match $compare(m, a, b, slot) {
                Ok(result) => {
                    m.acc = Value::from_bool(result);
                    Flow::Next
                }
                Err(_) => Flow::Throw,
            }
        }

        #[inline(always)]
        pub(crate) fn $jump(m: &mut M<'_>, lhs: Reg, slot: usize, target: i32) -> Flow {
            let (a, b) = (m.get(lhs), m.acc);
            match $compare(m, a, b, slot) {
                Ok(true) => m.jump(target),
                Ok(false) => Flow::Next,
                Err(_) => Flow::Throw,
            }
        }

        #[inline(always)]
        pub(crate) fn $jump_not(m: &mut M<'_>, lhs: Reg, slot: usize, target: i32) -> Flow {
            let (a, b) = (m.get(lhs), m.acc);
            match $compare(m, a, b, slot) {
                Ok(true) => Flow::Next,
                Ok(false) => m.jump(target),
                Err(_) => Flow::Throw,
            }
        }
    };
}

relational!(test_less_than, jump_if_less_than, jump_if_not_less_than, less_than, less_than, <);
relational!(test_greater_than, jump_if_greater_than, jump_if_not_greater_than, greater_than, greater_than, >);
relational!(
    test_less_than_or_equal, jump_if_less_than_or_equal, jump_if_not_less_than_or_equal, less_than_or_equal,
    less_than_or_equal, <=
);
relational!(
    test_greater_than_or_equal, jump_if_greater_than_or_equal, jump_if_not_greater_than_or_equal, greater_than_or_equal,
    greater_than_or_equal, >=
);
comparison!(test_equal, jump_if_equal, jump_if_not_equal, equal);
comparison!(test_equal_strict, jump_if_strict_equal, jump_if_not_strict_equal, strict_equal);

/// Equality of two numbers, which is the same for both operators.
#[inline(always)]
fn equal_numbers(m: &M<'_>, a: Value, b: Value, slot: usize) -> Option<bool> {
    if both_i32(a, b) {
        m.note(slot, F::SMALL);
        return Some(a == b);
    }
    let (x, y) = both_numbers(a, b)?;
    m.note(slot, F::NUMBER);
    Some(x == y)
}

#[inline(always)]
fn equal(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> JsResult<bool> {
    if let Some(equal) = equal_numbers(m, a, b, slot) {
        return Ok(equal);
    }
    m.save();
    slow::loosely_equal(m.cx, a, b, m.slot(slot))
}

#[inline(always)]
fn strict_equal(m: &mut M<'_>, a: Value, b: Value, slot: usize) -> JsResult<bool> {
    if let Some(equal) = equal_numbers(m, a, b, slot) {
        return Ok(equal);
    }
    Ok(slow::strictly_equal(m.cx, a, b, m.slot(slot)))
}

#[inline(always)]
pub(crate) fn test_instance_of(m: &mut M<'_>, object: Reg, slot: usize) -> Flow {
    m.save();
    let result = match site(m, slot) {
        Some(site) => ic::instance::instance_of_at(m.cx, site, m.get(object), m.acc),
        None => operators::instance_of(m.cx, m.get(object), m.acc),
    };
    m.finish(result.map(Value::from_bool))
}

#[inline(always)]
pub(crate) fn test_in(m: &mut M<'_>, key: Reg, _slot: usize) -> Flow {
    m.save();
    let result = ic::instance::has_property(m.cx, m.acc, m.get(key)).map(Value::from_bool);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn test_reference_equal(m: &mut M<'_>, lhs: Reg) -> Flow {
    m.acc = Value::from_bool(m.get(lhs) == m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn test_undetectable(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_bool(m.acc.is_nullish() || operators::is_html_dda(m.acc));
    Flow::Next
}

#[inline(always)]
pub(crate) fn test_null(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_bool(m.acc.is_null());
    Flow::Next
}

#[inline(always)]
pub(crate) fn test_undefined(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_bool(m.acc.is_undefined());
    Flow::Next
}

#[inline(always)]
pub(crate) fn test_type_of(m: &mut M<'_>, literal: u32) -> Flow {
    m.acc = Value::from_bool(operators::has_type(m.acc, literal));
    Flow::Next
}

#[inline(always)]
pub(crate) fn test_private_in(m: &mut M<'_>, key: Reg, _slot: usize) -> Flow {
    m.save();
    let result = test_private_in_slow(m.cx, m.get(key), m.acc).map(Value::from_bool);
    m.finish(result)
}

#[inline(never)]
fn test_private_in_slow(cx: Cx<'_>, key: Value, object: Value) -> JsResult<bool> {
    let key = PropertyKey::from_symbol(key.to().expect("a private name"));
    unspool_runtime::classes::private_in(cx, object, key)
}
