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
    let fraction = fraction_digits(magnitude, magnitude - whole, radix);
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

struct Fraction {
    digits: Vec<u8>,
    /// Rounding carried into the integer part.
    carry: bool,
}

fn fraction_digits(magnitude: f64, fraction: f64, radix: u32) -> Fraction {
    let base = f64::from(radix);
    let mut rest = fraction;
    // Half the distance to the next number: any text closer than that reads back as this number.
    let mut tolerance = (0.5 * (magnitude.next_up() - magnitude)).max(f64::from_bits(1));
    let mut digits = Vec::new();
    if rest < tolerance {
        return Fraction { digits, carry: false };
    }
    loop {
        // The products are exact: the radix is small and the rest loses as many bits above as it gains below.
        rest *= base;
        tolerance *= base;
        let digit = rest as u8;
        rest -= f64::from(digit);
        digits.push(digit);
        let round_up = rest > 0.5 || (rest == 0.5 && digit & 1 == 1);
        if round_up && rest + tolerance > 1.0 {
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
