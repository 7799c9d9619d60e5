//! Integer conversions of the specification (7.1) and the operators that Rust's `f64` does not have as such.
//!
//! The modular conversions (ToInt32 and its relatives) have a fast path for doubles that are integers of the right size,
//! which is one machine conversion and one compare, and a slow path that cuts the bits out of the mantissa. Remainder and
//! power are Rust's with the corner cases in which the specification differs from C. Operands are numbers already:
//! ToNumber on other values is the runtime's.

/// ToInt32 (7.1.6).
#[inline]
pub fn to_int32(x: f64) -> i32 {
    let n = x as i32;
    if n as f64 == x { n } else { to_int64(x) as i32 }
}

/// ToUint32 (7.1.7).
#[inline]
pub fn to_uint32(x: f64) -> u32 {
    to_int32(x) as u32
}

/// ToInt16 (7.1.8).
#[inline]
pub fn to_int16(x: f64) -> i16 {
    to_int32(x) as i16
}

/// ToUint16 (7.1.9).
#[inline]
pub fn to_uint16(x: f64) -> u16 {
    to_int32(x) as u16
}

/// ToInt8 (7.1.10).
#[inline]
pub fn to_int8(x: f64) -> i8 {
    to_int32(x) as i8
}

/// ToUint8 (7.1.11).
#[inline]
pub fn to_uint8(x: f64) -> u8 {
    to_int32(x) as u8
}

/// ToUint8Clamp (7.1.12): rounds half to even.
#[inline]
pub fn to_uint8_clamp(x: f64) -> u8 {
    // The conversion saturates and sends NaN to 0.
    x.round_ties_even() as u8
}

/// The integer part modulo 2^64, of which the narrower conversions keep the low bits.
#[inline]
pub fn to_int64(x: f64) -> i64 {
    let n = x as i64;
    // The conversion saturates: every result but the two ends is the truncated number, and NaN gives 0.
    if n != i64::MAX && n != i64::MIN { n } else { to_int64_slow(x) }
}

#[cold]
fn to_int64_slow(x: f64) -> i64 {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1075;
    if exponent == 0x7ff - 1075 {
        return 0;
    }
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    // |x| is at least 2^63, so the exponent is positive: the integer is the mantissa shifted left.
    let magnitude = if exponent < 64 { mantissa << exponent } else { 0 };
    (if x < 0.0 { magnitude.wrapping_neg() } else { magnitude }) as i64
}

/// ToIntegerOrInfinity (7.1.5) of a number: NaN and −0 become +0.
#[inline]
pub fn to_integer_or_infinity(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x.trunc() + 0.0 }
}

/// ToLength (7.1.20) of a number.
#[inline]
pub fn to_length(x: f64) -> u64 {
    // The conversion saturates and sends NaN and negative numbers to 0.
    (x as u64).min((1 << 53) - 1)
}

/// Number::remainder (6.1.6.1.6): the result has the sign of the dividend.
#[inline]
pub fn remainder(n: f64, d: f64) -> f64 {
    // Both operands small non-negative integers: the common case of `%`.
    let (a, b) = (n as i32, d as i32);
    if a as f64 == n && b as f64 == d && a > 0 && b > 0 { (a % b) as f64 } else { n % d }
}

/// Number::exponentiate (6.1.6.1.3).
#[inline]
pub fn exponentiate(base: f64, exponent: f64) -> f64 {
    if exponent == 2.0 {
        return base * base;
    }
    // IEEE 754 says 1 in both cases.
    if exponent.is_nan() || (exponent.is_infinite() && base.abs() == 1.0) {
        return f64::NAN;
    }
    base.powf(exponent)
}
