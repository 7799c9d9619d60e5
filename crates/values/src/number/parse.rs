//! Text to numbers: StringToNumber (7.1.4.1.1), `parseInt` and `parseFloat`.
//!
//! Decimal literals are checked against the grammar here and converted by `fast-float2`; the other radices are converted
//! exactly and rounded once, ties to even.

use dashu_int::UBig;

use crate::string::StrView;

/// StringToNumber (7.1.4.1.1): NaN if the text is no StringNumericLiteral.
pub fn string_to_number(view: StrView<'_>) -> f64 {
    if let Some(n) = short_decimal(view) {
        return n as f64;
    }
    let text = view.trim();
    if text.is_empty() {
        return 0.0;
    }
    let mut buffer = Vec::new();
    let Some(bytes) = ascii_bytes(text, &mut buffer) else { return f64::NAN };
    if let Some((radix, digits)) = radix_prefix(bytes) {
        return Digits::all(digits, radix).map_or(f64::NAN, |digits| digits.to_f64());
    }
    match decimal_prefix(bytes) {
        Some((x, length)) if length == bytes.len() => x,
        _ => f64::NAN,
    }
}

/// Up to nine digits, the common case.
#[inline]
fn short_decimal(view: StrView<'_>) -> Option<u32> {
    let StrView::Latin1(s) = view else { return None };
    if s.is_empty() || s.len() > 9 {
        return None;
    }
    s.iter().try_fold(0u32, |n, &c| c.is_ascii_digit().then(|| n * 10 + (c - b'0') as u32))
}

/// The text as bytes; `None` if there is a character beyond ASCII, which no number contains.
fn ascii_bytes<'a>(view: StrView<'a>, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    match view {
        StrView::Latin1(s) => Some(s),
        StrView::Utf16(s) => {
            for &c in s {
                if c > 127 {
                    return None;
                }
                buffer.push(c as u8);
            }
            Some(buffer)
        }
    }
}

/// `0x`, `0o` or `0b` and what follows.
pub(crate) fn radix_prefix(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let [b'0', letter, rest @ ..] = bytes else { return None };
    let radix = match letter | 0x20 {
        b'x' => 16,
        b'o' => 8,
        b'b' => 2,
        _ => return None,
    };
    Some((radix, rest))
}

/// The longest prefix that is a StrDecimalLiteral, and its length.
fn decimal_prefix(bytes: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if bytes[sign..].starts_with(b"Infinity") {
        let x = if bytes[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY };
        return Some((x, sign + 8));
    }
    let digits_at = |at: usize| bytes[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    let whole = digits_at(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits_at(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_at(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let x = fast_float2::parse::<f64, _>(&bytes[..end]).expect("the text is a decimal literal");
    Some((x, end))
}

/// The core of `parseFloat` (19.2.4) after ToString.
pub fn parse_float(view: StrView<'_>) -> f64 {
    let text = view.trim_start();
    let mut buffer = Vec::new();
    let bytes = match text {
        StrView::Latin1(s) => s,
        StrView::Utf16(s) => {
            buffer.extend(s.iter().take_while(|&&c| c < 128).map(|&c| c as u8));
            &buffer
        }
    };
    decimal_prefix(bytes).map_or(f64::NAN, |(x, _)| x)
}

/// The core of `parseInt` (19.2.5) after ToString and ToInt32 of the radix.
pub fn parse_int(view: StrView<'_>, radix: i32) -> f64 {
    if radix == 10 || radix == 0 {
        // No leading zero: "0x10" has another radix.
        if view.get(0) != Some(b'0' as u16)
            && let Some(n) = short_decimal(view)
        {
            return n as f64;
        }
    }
    let text = view.trim_start();
    let negative = text.get(0) == Some(b'-' as u16);
    let signed = negative || text.get(0) == Some(b'+' as u16);
    let mut text = text.slice(usize::from(signed), text.len());
    let hexadecimal =
        text.get(0) == Some(b'0' as u16) && text.get(1).is_some_and(|c| c | 0x20 == b'x' as u16);
    let radix = match radix {
        0 | 16 if hexadecimal => {
            text = text.slice(2, text.len());
            16
        }
        0 => 10,
        2..=36 => radix as u32,
        _ => return f64::NAN,
    };
    let digits: Vec<u8> = text.units().map_while(|c| digit_value(c, radix)).collect();
    if digits.is_empty() {
        return f64::NAN;
    }
    let magnitude = Digits { values: digits, radix }.to_f64();
    if negative { -magnitude } else { magnitude }
}

#[inline]
fn digit_value(unit: u16, radix: u32) -> Option<u8> {
    let digit = char::from_u32(unit as u32)?.to_digit(radix)?;
    Some(digit as u8)
}

/// The digits of a natural number, most significant first.
pub(crate) struct Digits {
    values: Vec<u8>,
    radix: u32,
}

impl Digits {
    /// All of `text`, if it consists of digits and is not empty.
    pub(crate) fn all(text: &[u8], radix: u32) -> Option<Digits> {
        if text.is_empty() {
            return None;
        }
        let values = text.iter().map(|&c| digit_value(c as u16, radix)).collect::<Option<Vec<u8>>>()?;
        Some(Digits { values, radix })
    }

    /// How many digits follow the leading zeros.
    pub(crate) fn significant(&self) -> usize {
        self.values.len() - self.values.iter().take_while(|&&d| d == 0).count()
    }

    /// The number they denote.
    pub(crate) fn to_ubig(&self) -> UBig {
        let text: String =
            self.values.iter().map(|&d| char::from_digit(d as u32, self.radix).expect("a digit")).collect();
        UBig::from_str_radix(&text, self.radix).expect("digits denote a number")
    }

    /// The nearest double.
    fn to_f64(&self) -> f64 {
        // Enough digits to be infinite in any radix; keeps the conversion below from running long for nothing.
        if self.significant() > 1100 {
            return f64::INFINITY;
        }
        let mut n: u64 = 0;
        for &digit in &self.values {
            match n.checked_mul(self.radix as u64).and_then(|n| n.checked_add(digit as u64)) {
                Some(next) => n = next,
                None => return magnitude_to_f64(self.to_ubig().as_words()),
            }
        }
        // The conversion of integers rounds to nearest, ties to even.
        n as f64
    }
}

/// The double nearest to a natural number given in 64-bit limbs, least significant first; ties to even.
pub(crate) fn magnitude_to_f64(limbs: &[u64]) -> f64 {
    let Some(top) = limbs.iter().rposition(|&limb| limb != 0) else { return 0.0 };
    if top == 0 {
        return limbs[0] as f64;
    }
    let shift = limbs[top].leading_zeros();
    // The 64 leading bits; all that lies below only matters for being zero or not.
    let mut head = limbs[top] << shift;
    let mut below = limbs[top - 1];
    if shift > 0 {
        head |= below >> (64 - shift);
        below <<= shift;
    }
    let sticky = below != 0 || limbs[..top - 1].iter().any(|&limb| limb != 0);
    // The lowest bit of the head is beyond the rounding position, so it may stand for everything below it.
    let rounded = (head | u64::from(sticky)) as f64;
    let exponent = top * 64 - shift as usize;
    if exponent > 1023 { f64::INFINITY } else { rounded * 2f64.powi(exponent as i32) }
}
