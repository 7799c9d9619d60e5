//! Numbers to decimal text.
//!
//! The shortest form (Number::toString with radix 10) comes from the Dragonbox algorithm. `toFixed`, `toExponential` and
//! `toPrecision` are defined on the exact mathematical value: "let n be an integer for which n / 10^f − x is as close to
//! zero as possible; if there are two such n, pick the larger". They work on exact integers, 128 bits wide where those
//! suffice, which they do for nearly all calls of `toFixed`.

use dashu_int::UBig;

/// Room for the text of one number.
pub struct NumberBuffer(dragonbox_ecma::Buffer);

impl NumberBuffer {
    /// A fresh buffer, on the stack.
    #[inline]
    pub fn new() -> NumberBuffer {
        NumberBuffer(dragonbox_ecma::Buffer::new())
    }

    /// Number::toString(x, 10) (6.1.6.1.20).
    #[inline]
    pub fn format(&mut self, x: f64) -> &str {
        if x == 0.0 {
            return "0";
        }
        self.0.format(x)
    }
}

impl Default for NumberBuffer {
    fn default() -> NumberBuffer {
        NumberBuffer::new()
    }
}

impl std::fmt::Debug for NumberBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NumberBuffer")
    }
}

/// Number::toString(x, 10) as a Rust string.
pub fn number_to_string(x: f64) -> String {
    NumberBuffer::new().format(x).to_owned()
}

/// The decimal digits of an integer, written at the end of `buffer`.
#[inline]
pub fn integer_to_latin1(n: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut rest = n.unsigned_abs();
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

/// The magnitude of a finite number as `mantissa × 2^exponent`.
fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52 & 0x7ff) as i32 {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    }
}

/// `x × 10^scale`, for finite x, rounded to the nearest integer, half up.
fn scaled_integer(x: f64, scale: i32) -> UBig {
    let (mantissa, exponent) = decompose(x.abs());
    if mantissa == 0 {
        return UBig::ZERO;
    }
    let mut numerator = UBig::from(mantissa);
    let mut denominator = UBig::ONE;
    if scale >= 0 {
        numerator *= UBig::from(10u8).pow(scale as usize);
    } else {
        denominator *= UBig::from(10u8).pow(-scale as usize);
    }
    if exponent >= 0 {
        numerator <<= exponent as usize;
    } else {
        denominator <<= -exponent as usize;
    }
    // round(n / d) = floor((2n + d) / 2d)
    ((numerator << 1usize) + &denominator) / (denominator << 1usize)
}

/// `x × 10^scale` rounded, when everything fits 128 bits.
fn scaled_integer_fast(x: f64, scale: u32) -> Option<u128> {
    let (mantissa, exponent) = decompose(x.abs());
    if scale > 22 || exponent > 0 {
        return None;
    }
    // Below 2^53 × 10^22 < 2^127.
    let product = mantissa as u128 * 10u128.pow(scale);
    let shift = -exponent as u32;
    if shift == 0 {
        Some(product)
    } else if shift >= 128 {
        Some(0)
    } else {
        Some((product >> shift) + (product >> (shift - 1) & 1))
    }
}

/// Number.prototype.toFixed (21.1.3.3) from step 8 on, for finite `x` and `digits` 0 ..= 100.
pub fn to_fixed(x: f64, digits: u32) -> String {
    if x.abs() >= 1e21 {
        return number_to_string(x);
    }
    let mut text = match scaled_integer_fast(x, digits) {
        Some(n) => n.to_string(),
        None => scaled_integer(x, digits as i32).to_string(),
    };
    let digits = digits as usize;
    if digits > 0 {
        if text.len() <= digits {
            text.insert_str(0, &"0".repeat(digits + 1 - text.len()));
        }
        text.insert(text.len() - digits, '.');
    }
    // The sign goes by the number: −0.0000001 gives "-0.00", −0 gives "0.00".
    if x < 0.0 {
        text.insert(0, '-');
    }
    text
}

/// The `count` leading decimal digits of `x`, finite and not zero, rounded, and the decimal exponent of the first.
fn leading_digits(x: f64, count: u32) -> (String, i32) {
    // A first guess of the exponent; it may be one too low or high, which the number of digits tells.
    let mut exponent = x.abs().log10().floor() as i32;
    loop {
        let digits = scaled_integer(x, count as i32 - 1 - exponent).to_string();
        match digits.len().cmp(&(count as usize)) {
            std::cmp::Ordering::Equal => {
                // 9.999e-22 rounded to a power of ten under a guess that is one too high: it has more nines to show.
                if digits.trim_end_matches('0') == "1" {
                    let finer = scaled_integer(x, count as i32 - exponent).to_string();
                    if finer.len() == count as usize {
                        return (finer, exponent - 1);
                    }
                }
                return (digits, exponent);
            }
            std::cmp::Ordering::Less => exponent -= 1,
            // Also when rounding carries into a new digit: 9.99 to two digits is 10 × 10^0 on the second round.
            std::cmp::Ordering::Greater => exponent += 1,
        }
    }
}

/// Number.prototype.toExponential (21.1.3.2) from step 6 on, for finite `x`; `None` asks for as many digits as
/// necessary.
pub fn to_exponential(x: f64, digits: Option<u32>) -> String {
    let (mut text, exponent) = match digits {
        _ if x == 0.0 => ("0".repeat(digits.unwrap_or(0) as usize + 1), 0),
        Some(digits) => leading_digits(x, digits + 1),
        None => shortest_digits(x),
    };
    if text.len() > 1 {
        text.insert(1, '.');
    }
    push_exponent(&mut text, exponent);
    if x < 0.0 {
        text.insert(0, '-');
    }
    text
}

fn push_exponent(text: &mut String, exponent: i32) {
    text.push_str(if exponent < 0 { "e-" } else { "e+" });
    text.push_str(&exponent.unsigned_abs().to_string());
}

/// The digits of the shortest form and the decimal exponent of the first.
fn shortest_digits(x: f64) -> (String, i32) {
    let text = number_to_string(x.abs());
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().expect("an exponent is an integer")),
        None => (&*text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let leading_zeros = all.len() - digits.len();
    let exponent = exponent + whole.len() as i32 - 1 - leading_zeros as i32;
    (digits.trim_end_matches('0').to_owned(), exponent)
}

/// Number.prototype.toPrecision (21.1.3.5) from step 7 on, for finite `x` and `precision` 1 ..= 100.
pub fn to_precision(x: f64, precision: u32) -> String {
    let (digits, exponent) =
        if x == 0.0 { ("0".repeat(precision as usize), 0) } else { leading_digits(x, precision) };
    let mut text = String::new();
    if x < 0.0 {
        text.push('-');
    }
    let p = precision as i32;
    if exponent < -6 || exponent >= p {
        text.push_str(&digits[..1]);
        if p > 1 {
            text.push('.');
            text.push_str(&digits[1..]);
        }
        push_exponent(&mut text, exponent);
    } else if exponent == p - 1 {
        text.push_str(&digits);
    } else if exponent >= 0 {
        let point = exponent as usize + 1;
        text.push_str(&digits[..point]);
        text.push('.');
        text.push_str(&digits[point..]);
    } else {
        text.push_str("0.");
        text.push_str(&"0".repeat((-exponent - 1) as usize));
        text.push_str(&digits);
    }
    text
}
