//! Numbers: text forms, integer conversions, and the arithmetic in which IEEE 754 and ECMAScript need a careful word.
//!
//! Everything here works on `f64` and borrowed characters; nothing touches the managed heap. The functions that make
//! text return Rust strings or fill buffers, all of it ASCII.

mod arithmetic;
mod float16;
mod format;
mod parse;
mod radix;

#[cfg(test)]
mod tests;

pub use arithmetic::{
    exponentiate, remainder, to_int8, to_int16, to_int32, to_int64, to_integer_or_infinity, to_length,
    to_uint8, to_uint8_clamp, to_uint16, to_uint32,
};
pub use float16::{f16_to_f64, f64_to_f16, round_to_f16};
pub use format::{NumberBuffer, integer_to_latin1, number_to_string, to_exponential, to_fixed, to_precision};
pub(crate) use parse::{Digits, magnitude_to_f64, radix_prefix};
pub use parse::{parse_float, parse_int, string_to_number};
pub use radix::number_to_radix_string;

/// WhiteSpace (12.2) or LineTerminator (12.3)?
#[inline]
pub fn is_js_whitespace(unit: u16) -> bool {
    if unit < 128 { unit == 32 || unit.wrapping_sub(9) < 5 } else { is_wide_whitespace(unit) }
}

fn is_wide_whitespace(unit: u16) -> bool {
    matches!(unit, 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 | 0xfeff)
}
