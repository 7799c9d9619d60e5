//! BigInts from and to machine integers, numbers and text.
//!
//! Conversions to 64 bits come in two sorts: *wrapping* ones keep the low bits (what typed arrays store), the others
//! answer `None` if the number does not fit. Conversion to a double rounds once, ties to even. Text is read with the
//! grammar of StringIntegerLiteral (7.1.14.1) or of literals, and written in any radix from 2 to 36 through `dashu-int`.

use unspool_gc::Gc;

use super::{BigIntError, JSBigInt, Signed};
use crate::cell::CellAllocator;
use crate::number::{Digits, magnitude_to_f64, radix_prefix};
use crate::string::{JSString, StrView, StringError};

/// The magnitude of an integral double as limbs.
pub(super) struct F64Parts {
    /// 1024 bits are 16 limbs.
    limbs: [u64; 17],
    length: usize,
}

impl F64Parts {
    /// Of a finite number without fraction.
    pub(super) fn of(x: f64) -> F64Parts {
        debug_assert!(x.is_finite() && x.fract() == 0.0);
        let mut parts = F64Parts { limbs: [0; 17], length: 0 };
        let magnitude = x.abs();
        if magnitude < 18_446_744_073_709_551_616.0 {
            parts.limbs[0] = magnitude as u64;
            parts.length = usize::from(magnitude != 0.0);
            return parts;
        }
        let bits = magnitude.to_bits();
        let mantissa = (bits & ((1 << 52) - 1) | 1 << 52) as u128;
        let shift = (bits >> 52) as usize - 1075;
        let wide = mantissa << (shift % 64);
        parts.limbs[shift / 64] = wide as u64;
        parts.limbs[shift / 64 + 1] = (wide >> 64) as u64;
        parts.length = parts.limbs.iter().rposition(|&limb| limb != 0).map_or(0, |i| i + 1);
        parts
    }

    pub(super) fn limbs(&self) -> &[u64] {
        &self.limbs[..self.length]
    }
}

impl JSBigInt {
    /// From a signed integer.
    #[inline]
    pub fn from_i64<A: CellAllocator>(alloc: A, n: i64) -> Gc<JSBigInt> {
        JSBigInt::from_magnitude(alloc, Signed::of(n < 0), n.unsigned_abs() as u128)
    }

    /// From an unsigned integer.
    #[inline]
    pub fn from_u64<A: CellAllocator>(alloc: A, n: u64) -> Gc<JSBigInt> {
        JSBigInt::from_magnitude(alloc, Signed::Positive, n as u128)
    }

    /// From a signed integer.
    #[inline]
    pub fn from_i128<A: CellAllocator>(alloc: A, n: i128) -> Gc<JSBigInt> {
        JSBigInt::from_magnitude(alloc, Signed::of(n < 0), n.unsigned_abs())
    }

    /// The mathematical value of a number; `None` if it is not an integer (a `RangeError` in NumberToBigInt, 21.2.1.1.1).
    pub fn from_f64<A: CellAllocator>(alloc: A, x: f64) -> Option<Gc<JSBigInt>> {
        if !x.is_finite() || x.fract() != 0.0 {
            return None;
        }
        if x.abs() < 9_007_199_254_740_992.0 {
            return Some(JSBigInt::from_i64(alloc, x as i64));
        }
        let result = JSBigInt::from_limbs(alloc, Signed::of(x < 0.0), F64Parts::of(x).limbs());
        Some(result.expect("1024 bits are a small BigInt, which can always be made"))
    }

    /// The nearest number, ties to even.
    pub fn to_f64(&self) -> f64 {
        let magnitude = magnitude_to_f64(self.limbs());
        if self.is_negative() { -magnitude } else { magnitude }
    }

    /// The number modulo 2^64 (ToBigUint64, 7.1.16).
    #[inline]
    pub fn to_u64_wrapping(&self) -> u64 {
        let low = self.limbs().first().copied().unwrap_or(0);
        if self.is_negative() { low.wrapping_neg() } else { low }
    }

    /// The number modulo 2^64 in the signed range (ToBigInt64, 7.1.15).
    #[inline]
    pub fn to_i64_wrapping(&self) -> i64 {
        self.to_u64_wrapping() as i64
    }

    /// The number, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        self.as_small().and_then(|n| i64::try_from(n).ok())
    }

    /// The number, if it fits.
    pub fn to_u64(&self) -> Option<u64> {
        self.as_small().and_then(|n| u64::try_from(n).ok())
    }

    /// StringToBigInt (7.1.14): `Ok(None)` if the text is no StringIntegerLiteral.
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn parse<A: CellAllocator>(alloc: A, text: StrView<'_>) -> Result<Option<Gc<JSBigInt>>, BigIntError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Some(JSBigInt::zero(alloc)));
        }
        let mut narrow = Vec::new();
        let bytes = match text {
            StrView::Latin1(s) => s,
            StrView::Utf16(s) => {
                for &c in s {
                    match u8::try_from(c) {
                        Ok(c) => narrow.push(c),
                        Err(_) => return Ok(None),
                    }
                }
                &narrow
            }
        };
        let (sign, radix, digits) = match (radix_prefix(bytes), bytes) {
            (Some((radix, digits)), _) => (Signed::Positive, radix, digits),
            (None, [b'-', digits @ ..]) => (Signed::Negative, 10, digits),
            (None, [b'+', digits @ ..]) => (Signed::Positive, 10, digits),
            (None, digits) => (Signed::Positive, 10, digits),
        };
        // Up to 18 decimal digits fit a limb.
        if radix == 10 && digits.len() <= 18 && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
            let n = digits.iter().fold(0u64, |n, &c| n * 10 + (c - b'0') as u64);
            return Ok(Some(JSBigInt::from_magnitude(alloc, sign, n as u128)));
        }
        let Some(digits) = Digits::all(digits, radix) else { return Ok(None) };
        // A digit has more than radix.ilog2() bits, so this refuses only what is certainly too big.
        if (digits.significant() as u64).saturating_sub(1) * radix.ilog2() as u64 > JSBigInt::MAX_BITS {
            return Err(BigIntError::TooBig);
        }
        JSBigInt::from_limbs(alloc, sign, digits.to_ubig().as_words()).map(Some)
    }

    /// The value of a BigInt literal without its `n` and its separators: decimal, or with prefix `0x`, `0o`, `0b`.
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn from_literal<A: CellAllocator>(alloc: A, text: &str) -> Result<Option<Gc<JSBigInt>>, BigIntError> {
        JSBigInt::parse(alloc, StrView::Latin1(text.as_bytes()))
    }

    /// The text in a radix from 2 to 36, as a Rust string.
    ///
    /// # Panics
    /// If the radix is out of range.
    pub fn to_rust_string(&self, radix: u32) -> String {
        assert!((2..=36).contains(&radix), "radix {radix}");
        match self.as_small() {
            Some(n) if radix == 10 => n.to_string(),
            _ if radix == 10 => self.to_ibig().to_string(),
            _ => self.to_ibig().in_radix(radix as u8).to_string(),
        }
    }

    /// BigInt::toString (6.1.6.2.23).
    ///
    /// # Errors
    /// The text would be too long for a string, or beyond the memory limit.
    ///
    /// # Panics
    /// If the radix is out of range.
    pub fn to_js_string<A: CellAllocator>(&self, alloc: A, radix: u32) -> Result<Gc<JSString>, StringError> {
        // A digit has at most one more bit than radix.ilog2().
        if self.bit_length() / (radix.ilog2() as u64 + 1) > JSString::MAX_LENGTH as u64 {
            return Err(StringError::TooLong);
        }
        JSString::from_latin1(alloc, self.to_rust_string(radix).as_bytes())
    }
}
