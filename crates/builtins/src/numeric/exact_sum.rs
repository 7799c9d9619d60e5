//! The exact sum of numbers, rounded once (`Math.sumPrecise`).
//!
//! A fixed-point accumulator wide enough for every double: bit 0 has the weight of the smallest subnormal. The digits are
//! signed and have room above their 32 bits, so that carries are propagated only now and then.

/// Weight of bit 0: 2^−1074.
const LOWEST: i32 = -1074;
/// 2098 bits hold one number, 64 more the carries of 2^53 additions; rounded up to 32-bit digits.
const DIGITS: usize = 69;
/// Additions between two propagations of carries: each adds less than 2^32 to a digit of 63 bits.
const ADDITIONS: u32 = 1 << 29;

/// A sum in progress.
#[derive(Debug)]
pub(super) struct ExactSum {
    digits: [i64; DIGITS],
    additions: u32,
}

impl ExactSum {
    /// Zero.
    pub(super) fn new() -> ExactSum {
        ExactSum { digits: [0; DIGITS], additions: 0 }
    }

    /// Adds a finite number.
    pub(super) fn add(&mut self, x: f64) {
        let bits = x.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        let position = exponent.max(1) - 1;
        let (digit, shift) = (position / 32, position % 32);
        let shifted = u128::from(mantissa) << shift;
        for (i, place) in self.digits[digit..digit + 3].iter_mut().enumerate() {
            let part = (shifted >> (32 * i)) as u32;
            *place += if x < 0.0 { -i64::from(part) } else { i64::from(part) };
        }
        self.additions += 1;
        if self.additions == ADDITIONS {
            self.propagate();
        }
    }

    /// Brings all digits but the highest into 0 ..= 2^32 − 1.
    fn propagate(&mut self) {
        let mut carry = 0;
        for digit in &mut self.digits[..DIGITS - 1] {
            *digit += carry;
            carry = *digit >> 32;
            *digit &= 0xffff_ffff;
        }
        self.digits[DIGITS - 1] += carry;
        self.additions = 0;
    }

    /// The nearest double, ties to even; an exact zero is +0.
    pub(super) fn round(mut self) -> f64 {
        self.propagate();
        let negative = self.digits[DIGITS - 1] < 0;
        if negative {
            for digit in &mut self.digits {
                *digit = -*digit;
            }
            self.propagate();
        }
        let Some(top) = self.digits.iter().rposition(|&digit| digit != 0) else { return 0.0 };
        let highest = top * 32 + 63 - self.digits[top].leading_zeros() as usize;
        let magnitude = if highest <= 52 {
            // A subnormal number or one just above: exact.
            self.bits(0, highest + 1) as f64 * f64::from_bits(1)
        } else {
            let lowest_kept = highest - 52;
            let mut mantissa = self.bits(lowest_kept, 53);
            let half = self.bits(lowest_kept - 1, 1) == 1;
            let odd = mantissa & 1 == 1;
            if half && (odd || self.any_below(lowest_kept - 1)) {
                mantissa += 1;
            }
            scale(mantissa as f64, lowest_kept as i32 + LOWEST)
        };
        if negative { -magnitude } else { magnitude }
    }

    /// `count` (at most 53) bits from bit `from` on.
    fn bits(&self, from: usize, count: usize) -> u64 {
        let mut value = 0u128;
        for i in (0..3).rev() {
            let digit = self.digits.get(from / 32 + i).copied().unwrap_or(0);
            value = value << 32 | digit as u128;
        }
        (value >> (from % 32)) as u64 & ((1 << count) - 1)
    }

    fn any_below(&self, bit: usize) -> bool {
        self.digits[..bit / 32].iter().any(|&digit| digit != 0)
            || (!bit.is_multiple_of(32) && self.bits(bit / 32 * 32, bit % 32) != 0)
    }
}

/// `mantissa` (at most 2^53) times 2^`exponent`, where the result is normal or overflows.
fn scale(mantissa: f64, exponent: i32) -> f64 {
    // Two steps, because 2^exponent itself may be out of range.
    let first = exponent.clamp(-1000, 1000);
    mantissa * 2f64.powi(first) * 2f64.powi(exponent - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[f64]) -> f64 {
        let mut sum = ExactSum::new();
        for &x in numbers {
            sum.add(x);
        }
        sum.round()
    }

    #[test]
    fn one_number_is_itself() {
        for x in
            [1.0, -1.5, 5e-324, 2.2250738585072014e-308, f64::MAX, f64::MIN, 1e-310, 0.1, 4503599627370497.5]
        {
            assert_eq!(sum(&[x]), x);
        }
    }

    #[test]
    fn cancellation_is_exact() {
        assert_eq!(sum(&[1e308, 1e308, 0.1, 0.1, 1e30, 0.1, -1e30, -1e308, -1e308]), 0.30000000000000004);
        assert_eq!(sum(&[1e30, 0.1, -1e30]), 0.1);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(
            sum(&[8.98846567431158e307, 8.988465674311579e307, -1.7976931348623157e308]),
            9.9792015476736e291
        );
        assert_eq!(sum(&[1.0, -1.0]).to_bits(), 0);
    }

    #[test]
    fn overflow_and_ties() {
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[f64::MAX, 9.9792015476735e291]), f64::MAX);
        assert_eq!(sum(&[f64::MAX, 9.9792015476736e291]), f64::INFINITY);
        assert_eq!(sum(&[1.0, 2f64.powi(-53)]), 1.0);
        assert_eq!(sum(&[1.0, 2f64.powi(-53), 5e-324]), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0 + f64::EPSILON, 2f64.powi(-53)]), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(sum(&[5e-324, 5e-324]), 1e-323);
    }
}
