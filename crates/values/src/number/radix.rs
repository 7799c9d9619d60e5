//! Number::toString with a radix other than 10.
//!
//! The specification leaves the digits after the point open ("an implementation-approximated value"). Like other
//! engines we print the shortest fraction that still identifies the number: digits are produced until the rest is within
//! half the distance to the neighbouring number, and the last one is rounded. Integers are printed exactly.

use dashu_int::UBig;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The text of `x` in a radix from 2 to 36.
///
/// # Panics
/// If the radix is out of range.
pub fn number_to_radix_string(x: f64, radix: u32) -> String {
    assert!((2..=36).contains(&radix), "radix {radix}");
    if radix == 10 {
        return super::number_to_string(x);
    }
    if x.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if x < 0.0 { "-" } else { "" };
    let magnitude = x.abs();
    if magnitude.is_infinite() {
        return format!("{sign}Infinity");
    }
    let mut whole = magnitude.floor();
    let fraction = fraction_digits(magnitude - whole, half_gap_exponent(magnitude), radix);
    if fraction.carry {
        whole += 1.0;
    }
    let mut text = String::from(sign);
    push_whole(&mut text, whole, radix);
    if !fraction.digits.is_empty() {
        text.push('.');
        text.extend(fraction.digits.iter().map(|&d| DIGITS[d as usize] as char));
    }
    text
}

/// `s` such that half the distance from a finite number to the next larger one is 2^−s; at least 0.
fn half_gap_exponent(magnitude: f64) -> u32 {
    let biased = (magnitude.to_bits() >> 52) as i32;
    (1075 - biased.max(1) + 1).max(0) as u32
}

struct Fraction {
    digits: Vec<u8>,
    /// Rounding carried into the integer part.
    carry: bool,
}

/// The digits of a fraction that is a multiple of 2^(1−s), to within 2^−s.
///
/// The fraction and the tolerance are kept as integers in units of 2^−s, exactly.
fn fraction_digits(fraction: f64, s: u32, radix: u32) -> Fraction {
    if fraction == 0.0 {
        return Fraction { digits: Vec::new(), carry: false };
    }
    let bits = fraction.to_bits();
    let biased = (bits >> 52) as i32;
    let mantissa = bits & ((1 << 52) - 1) | u64::from(biased > 0) << 52;
    // The fraction is mantissa × 2^exponent, and a multiple of the unit; its own unit may be finer than that only by
    // zero bits.
    let exponent = biased.max(1) - 1075;
    let shift = exponent + s as i32;
    if s <= 120 {
        let unit = |n: u64| if shift >= 0 { (n as u128) << shift } else { n as u128 >> -shift };
        generate_small(unit(mantissa), s, radix)
    } else {
        let whole = UBig::from(mantissa);
        generate_large(if shift >= 0 { whole << shift as usize } else { whole >> -shift as usize }, s, radix)
    }
}

fn generate_small(mut rest: u128, s: u32, radix: u32) -> Fraction {
    let (one, half) = (1u128 << s, 1u128 << s >> 1);
    let mut tolerance = 1u128;
    let mut digits = Vec::new();
    loop {
        rest *= u128::from(radix);
        tolerance *= u128::from(radix);
        let digit = (rest >> s) as u8;
        rest &= one - 1;
        digits.push(digit);
        if (rest > half || (rest == half && digit & 1 == 1)) && rest + tolerance > one {
            let carry = increment(&mut digits, radix);
            return Fraction { digits, carry };
        }
        if rest < tolerance {
            return Fraction { digits, carry: false };
        }
    }
}

/// As `generate_small`, for numbers below some 2^−68.
fn generate_large(mut rest: UBig, s: u32, radix: u32) -> Fraction {
    let one = UBig::ONE << s as usize;
    let half = UBig::ONE << (s as usize - 1);
    let mut tolerance = UBig::ONE;
    let mut digits = Vec::new();
    loop {
        rest *= radix;
        tolerance *= radix;
        let (below, digit) = rest.split_bits(s as usize);
        let digit = u8::try_from(digit).expect("a digit");
        rest = below;
        digits.push(digit);
        if (rest > half || (rest == half && digit & 1 == 1)) && &rest + &tolerance > one {
            let carry = increment(&mut digits, radix);
            return Fraction { digits, carry };
        }
        if rest < tolerance {
            return Fraction { digits, carry: false };
        }
    }
}

/// Adds one in the last place and drops the zeros that arise; true if the carry leaves the fraction.
fn increment(digits: &mut Vec<u8>, radix: u32) -> bool {
    while let Some(last) = digits.last_mut() {
        *last += 1;
        if u32::from(*last) < radix {
            return false;
        }
        digits.pop();
    }
    true
}

fn push_whole(text: &mut String, whole: f64, radix: u32) {
    if whole < 9_007_199_254_740_992.0 {
        let mut n = whole as u64;
        let mut digits = [0u8; 64];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = DIGITS[(n % u64::from(radix)) as usize];
            n /= u64::from(radix);
            if n == 0 {
                break;
            }
        }
        text.extend(digits[at..].iter().map(|&d| d as char));
        return;
    }
    // Beyond 2^53 every digit is printed exactly, though fewer would identify the number.
    let bits = whole.to_bits();
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let exact = UBig::from(mantissa) << ((bits >> 52) as usize - 1075);
    text.push_str(&exact.in_radix(radix as u8).to_string());
}
