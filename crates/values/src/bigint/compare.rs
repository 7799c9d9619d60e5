//! Equality and order of BigInts, among themselves and against numbers.
//!
//! Comparison with a number is by mathematical value and exact: 2^53 + 1 is above the double 2^53, although converting it
//! would make them equal. So the double is taken apart instead of the BigInt being rounded. NaN is unordered, infinities
//! are beyond every BigInt. Comparing with strings first parses them and is the runtime's work.

use std::cmp::Ordering;

use unspool_gc::Gc;

use super::JSBigInt;
use super::convert::F64Parts;

impl JSBigInt {
    /// BigInt::equal (6.1.6.2.13).
    #[inline]
    pub fn equals(x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> bool {
        x == y || (x.is_negative() == y.is_negative() && x.limbs() == y.limbs())
    }

    /// The order of two BigInts.
    pub fn compare(x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> Ordering {
        match (x.is_negative(), y.is_negative()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => compare_magnitudes(x.limbs(), y.limbs()),
            (true, true) => compare_magnitudes(y.limbs(), x.limbs()),
        }
    }

    /// The order of the BigInt and a number, by mathematical value; `None` for NaN.
    pub fn compare_number(&self, number: f64) -> Option<Ordering> {
        if number.is_nan() {
            return None;
        }
        if number.is_infinite() {
            return Some(if number > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        if self.is_negative() != (number < 0.0) {
            // One is below zero and the other is not.
            return Some(if self.is_negative() { Ordering::Less } else { Ordering::Greater });
        }
        let whole = F64Parts::of(number.trunc());
        let order = compare_magnitudes(self.limbs(), whole.limbs());
        // Equal integer parts: the number's fraction makes its magnitude the larger one.
        let order = if order.is_eq() && number.fract() != 0.0 { Ordering::Less } else { order };
        Some(if self.is_negative() { order.reverse() } else { order })
    }

    /// Has the number the same mathematical value?
    #[inline]
    pub fn equals_number(&self, number: f64) -> bool {
        self.compare_number(number) == Some(Ordering::Equal)
    }

    /// A hash for tables keyed by value.
    pub fn hash_value(&self) -> u64 {
        self.limbs().iter().fold(self.is_negative() as u64, |hash, &limb| {
            (hash.rotate_left(5) ^ limb).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    }
}

/// Both without leading zeros.
pub(super) fn compare_magnitudes(a: &[u64], b: &[u64]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}
