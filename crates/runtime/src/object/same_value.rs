//! SameValue and SameValueZero (ECMA-262 7.2.10, 7.2.11).
//!
//! They differ in the zeros alone; strict equality, which also differs in NaN, is in `operators`. Maps and Sets use the
//! second together with the hash of `cells::hash_table`.

use unspool_values::bigint::JSBigInt;
use unspool_values::{JSString, Value};

use crate::isolate::Cx;

/// SameValue: identity, except that numbers, strings and BigInts are compared by what they are; NaN equals itself and the
/// zeros differ.
pub fn same_value(cx: Cx<'_>, a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    if let (Some(x), Some(y)) = (a.to_number(), b.to_number()) {
        return x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
    }
    same_value_non_number(cx, a, b)
}

/// SameValueZero: as SameValue, but the zeros are equal.
pub fn same_value_zero(cx: Cx<'_>, a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    if let (Some(x), Some(y)) = (a.to_number(), b.to_number()) {
        return x == y || (x.is_nan() && y.is_nan());
    }
    same_value_non_number(cx, a, b)
}

fn same_value_non_number(cx: Cx<'_>, a: Value, b: Value) -> bool {
    if !a.is_cell() || !b.is_cell() {
        return false;
    }
    if let (Some(x), Some(y)) = (a.to::<JSString>(), b.to::<JSString>()) {
        return JSString::equals(cx, x, y);
    }
    if let (Some(x), Some(y)) = (a.to::<JSBigInt>(), b.to::<JSBigInt>()) {
        return JSBigInt::equals(x, y);
    }
    false
}
