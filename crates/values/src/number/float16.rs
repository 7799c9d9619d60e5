//! IEEE 754 binary16, for `Float16Array`, `DataView` and `Math.f16round`.
//!
//! Done with integers, because stable Rust has no half-precision type. Going through single precision would round twice
//! and give another result near ties, hence the conversion straight from double. There is no arithmetic in half
//! precision: values are widened when they are read.

/// The nearest half-precision number, ties to even, rounded once from double precision.
pub fn f64_to_f16(x: f64) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1023;
    let mantissa = bits & ((1 << 52) - 1);
    if exponent == 1024 {
        return sign | if mantissa != 0 { 0x7e00 } else { 0x7c00 };
    }
    if exponent > 15 {
        return sign | 0x7c00;
    }
    // How many of the 53 significant bits lie below the result's last place: 42 for normal results, more for subnormal.
    let (dropped, biased) =
        if exponent >= -14 { (42, (exponent + 15) as u64) } else { (42 + (-14 - exponent), 0) };
    if dropped > 54 {
        // Below half of the smallest subnormal (doubles that are subnormal or zero included).
        return sign;
    }
    let significand = mantissa | 1 << 52;
    let kept = significand >> dropped;
    let rest = significand & ((1 << dropped) - 1);
    let half = 1u64 << (dropped - 1);
    let round_up = rest > half || (rest == half && kept & 1 == 1);
    // The leading one of a normal result is carried by the exponent field; a carry out of rounding goes where it should.
    let magnitude = if biased > 0 { (biased << 10) + (kept & 0x3ff) } else { kept } + round_up as u64;
    sign | magnitude as u16
}

/// The value of a half-precision number.
pub fn f16_to_f64(h: u16) -> f64 {
    let sign = if h & 0x8000 != 0 { -1.0 } else { 1.0 };
    let mantissa = (h & 0x3ff) as f64;
    match h >> 10 & 0x1f {
        0 => sign * mantissa * 2f64.powi(-24),
        0x1f if mantissa != 0.0 => f64::NAN,
        0x1f => sign * f64::INFINITY,
        exponent => sign * (mantissa + 1024.0) * 2f64.powi(exponent as i32 - 25),
    }
}

/// `Math.f16round` (21.3.2.17).
pub fn round_to_f16(x: f64) -> f64 {
    f16_to_f64(f64_to_f16(x))
}
