//! Number formatting against `ryu-js` and exact rationals, parsing against the standard library, conversions against
//! their definitions.
//!
//! Random doubles are of all magnitudes, and often those that programs use: short decimals, integers, ties. Exact
//! rationals say which digits are closest where no other implementation is at hand (`toFixed`, `toPrecision`, other
//! radices).

use dashu_int::{IBig, UBig};
use proptest::prelude::*;

use super::*;
use crate::string::StrView;

/// Doubles of all magnitudes, and those programs use.
fn any_f64() -> impl Strategy<Value = f64> {
    prop_oneof![
        2 => any::<u64>().prop_map(f64::from_bits),
        2 => (any::<i32>(), -12i32..12).prop_map(|(n, e)| n as f64 * 10f64.powi(e)),
        1 => any::<i64>().prop_map(|n| n as f64),
        1 => (any::<i16>(), 0u32..12).prop_map(|(n, k)| n as f64 / (1u32 << k) as f64),
        1 => prop::sample::select(vec![0.0, -0.0, 0.5, 1.5, 2.5, 1e21, 1e-6, 1e-7, 123.456, 1.005, 1.45, 8.345,
            f64::MAX, f64::MIN_POSITIVE, 5e-324, 9007199254740993.0, 0.000001, 1e20, 999999999999999900000.0]),
    ]
}

fn finite() -> impl Strategy<Value = f64> {
    any_f64().prop_filter("finite", |x| x.is_finite())
}

/// |x| as numerator and denominator.
fn rational(x: f64) -> (UBig, UBig) {
    let bits = x.abs().to_bits();
    let (m, e) = match (bits >> 52) as i32 {
        0 => (bits, -1074),
        b => (bits & ((1 << 52) - 1) | 1 << 52, b - 1075),
    };
    if e >= 0 { (UBig::from(m) << e as usize, UBig::ONE) } else { (UBig::from(m), UBig::ONE << -e as usize) }
}

/// Is `digits × 10^-scale` the closest to |x| of its kind, and the larger one of two?
fn is_closest(x: f64, digits: &UBig, scale: i32) -> bool {
    let (mut n, mut d) = rational(x);
    if scale >= 0 {
        n *= UBig::from(10u8).pow(scale as usize);
    } else {
        d *= UBig::from(10u8).pow(-scale as usize);
    }
    // −1/2 < digits − n/d ≤ 1/2
    let difference = IBig::from(digits * &d) - IBig::from(n);
    let twice = difference * IBig::from(2);
    let d = IBig::from(d);
    twice > -&d && twice <= d
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn shortest_agrees_with_ryu(x in any_f64()) {
        let mut buffer = ryu_js::Buffer::new();
        prop_assert_eq!(number_to_string(x), buffer.format(x));
    }

    #[test]
    fn text_reads_back(x in finite()) {
        let text = number_to_string(x);
        prop_assert_eq!(string_to_number(StrView::ascii(&text)), x);
        prop_assert_eq!(parse_float(StrView::ascii(&text)), x);
    }

    #[test]
    fn radix_text_reads_back(x in finite(), radix in (2u32..=36).prop_filter("not decimal", |&r| r != 10)) {
        let text = number_to_radix_string(x, radix);
        // The text as an exact rational, which must round to x.
        let (negative, body) = match text.strip_prefix('-') { Some(t) => (true, t), None => (false, &*text) };
        prop_assert_eq!(negative, x < 0.0);
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        prop_assert!(fraction.is_empty() || !fraction.ends_with('0'));
        let digits = UBig::from_str_radix(&format!("{whole}{fraction}"), radix).expect(&text);
        let scale = UBig::from(radix).pow(fraction.len());
        // Within half the distance to the neighbours (their mean may be hit exactly).
        let (n, d) = rational(x);
        let (up, up_d) = rational(x.abs().next_up().min(f64::MAX));
        let gap = IBig::from(&up * &d) - IBig::from(&n * &up_d);
        let error = IBig::from(&digits * &d) - IBig::from(&n * &scale);
        let error = if error < IBig::ZERO { -error } else { error };
        // error / (scale d) ≤ gap / (2 d up_d); at powers of two the lower neighbour is closer, which no engine minds.
        if x.abs() < f64::MAX {
            prop_assert!(error * IBig::from(2) * IBig::from(up_d) <= gap * IBig::from(scale), "{}", text);
        }
    }

    #[test]
    fn fixed_is_the_closest(x in finite().prop_filter("below 1e21", |x| x.abs() < 1e21), digits in 0u32..=100) {
        let text = to_fixed(x, digits);
        let body = text.strip_prefix('-').unwrap_or(&text);
        prop_assert_eq!(text.starts_with('-'), x < 0.0);
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        prop_assert_eq!(fraction.len(), digits as usize);
        prop_assert!(whole == "0" || !whole.starts_with('0'));
        let n = UBig::from_str_radix(&format!("{whole}{fraction}"), 10).unwrap();
        prop_assert!(is_closest(x, &n, digits as i32), "{} with {} digits: {}", x, digits, text);
    }

    #[test]
    fn exponential_is_the_closest(x in finite(), digits in 0u32..=100) {
        let text = to_exponential(x, Some(digits));
        let body = text.strip_prefix('-').unwrap_or(&text);
        let (mantissa, exponent) = body.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        let n = UBig::from_str_radix(&mantissa.replace('.', ""), 10).unwrap();
        prop_assert_eq!(mantissa.replace('.', "").len(), digits as usize + 1);
        prop_assert!(x == 0.0 || !mantissa.starts_with('0'));
        prop_assert!(is_closest(x, &n, digits as i32 - exponent), "{}", text);
        prop_assert_eq!(string_to_number(StrView::ascii(&to_exponential(x, None))), x);
    }

    #[test]
    fn precision_is_the_closest(x in finite(), precision in 1u32..=100) {
        let text = to_precision(x, precision);
        let body = text.strip_prefix('-').unwrap_or(&text);
        let (mantissa, exponent) = match body.split_once('e') {
            Some((m, e)) => (m, e.parse::<i32>().unwrap()),
            None => (body, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let n = UBig::from_str_radix(&all, 10).unwrap();
        prop_assert!(is_closest(x, &n, fraction.len() as i32 - exponent), "{}", text);
        if x != 0.0 {
            prop_assert_eq!(all.trim_start_matches('0').len(), precision as usize);
        }
    }

    #[test]
    fn to_int32_is_modular(x in any_f64()) {
        let expected = if x.is_finite() {
            let (n, d) = rational(x);
            let whole = IBig::from(n / d) * if x < 0.0 { IBig::from(-1) } else { IBig::from(1) };
            let modulus = IBig::from(1u64 << 32);
            let rest = &whole - (&whole / &modulus) * &modulus;
            i64::try_from(rest).unwrap() as i32
        } else { 0 };
        prop_assert_eq!(to_int32(x), expected);
        prop_assert_eq!(to_uint32(x), expected as u32);
        prop_assert_eq!(to_int16(x), expected as i16);
        prop_assert_eq!(to_uint8(x), expected as u8);
    }

    #[test]
    fn half_precision_is_the_closest(x in any_f64(), h in any::<u16>()) {
        let back = f16_to_f64(h);
        if back.is_nan() {
            prop_assert!(round_to_f16(back).is_nan());
        } else {
            prop_assert_eq!(f64_to_f16(back), h);
        }
        for x in [x, x / 1e300, (x % 70000.0), x % 1e-4] {
            let rounded = round_to_f16(x);
            if x.is_nan() {
                prop_assert!(rounded.is_nan());
            } else if x.abs() >= 65520.0 {
                prop_assert_eq!(rounded, f64::INFINITY.copysign(x));
            } else {
                prop_assert!(rounded.is_sign_negative() == x.is_sign_negative());
                let bits = f64_to_f16(x.abs());
                let error = (rounded.abs() - x.abs()).abs();
                for neighbour in [bits.wrapping_sub(1), bits + 1] {
                    if neighbour < 0x7c00 {
                        let other = (f16_to_f64(neighbour) - x.abs()).abs();
                        prop_assert!(error < other || (error == other && bits & 1 == 0), "{}", x);
                    }
                }
            }
        }
    }

    #[test]
    fn integers_print(n in any::<i64>()) {
        prop_assert!(integer_to_latin1(n, &mut [0; 20]) == n.to_string().as_bytes());
    }

    #[test]
    fn string_to_number_agrees_with_rust(text in "[+-]?[0-9]{0,25}(\\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?") {
        let expected = match text.as_str() {
            "" => 0.0,
            t => t.parse::<f64>().unwrap_or(f64::NAN),
        };
        let found = string_to_number(StrView::ascii(&text));
        prop_assert!(found == expected || (found.is_nan() && expected.is_nan()), "{} {} {}", text, found, expected);
        let wide: Vec<u16> = text.encode_utf16().collect();
        prop_assert_eq!(string_to_number(StrView::Utf16(&wide)).to_bits(), found.to_bits());
    }

    #[test]
    fn parse_int_is_exact(text in "[0-9a-z]{1,60}", radix in 2u32..=36) {
        let digits: String = text.chars().take_while(|c| c.is_digit(radix)).collect();
        let found = parse_int(StrView::ascii(&text), radix as i32);
        if radix == 16 && text.starts_with("0x") {
            return Ok(());
        }
        if digits.is_empty() {
            prop_assert!(found.is_nan());
        } else {
            let exact = UBig::from_str_radix(&digits, radix).unwrap();
            prop_assert_eq!(found, exact.to_f64().value());
        }
    }
}

fn number(text: &str) -> f64 {
    let units: Vec<u16> = text.encode_utf16().collect();
    let wide = string_to_number(StrView::Utf16(&units));
    if text.chars().all(|c| (c as u32) < 256) {
        let narrow: Vec<u8> = text.chars().map(|c| c as u8).collect();
        assert_eq!(string_to_number(StrView::Latin1(&narrow)).to_bits(), wide.to_bits(), "{text}");
    }
    wide
}

#[test]
fn string_numeric_literals() {
    for (text, expected) in [
        ("", 0.0),
        (" \t\n\u{b}\u{c}\r\u{a0}\u{feff}\u{2003}\u{2028}\u{2029}", 0.0),
        ("\u{3000}12\u{1680}", 12.0),
        ("0x1F", 31.0),
        ("0b11", 3.0),
        ("0O17", 15.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.5e-1", -0.05),
        ("Infinity", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("+Infinity", f64::INFINITY),
        ("1e1000", f64::INFINITY),
        ("0010", 10.0),
        ("0x20000000000001", 9007199254740992.0),
        ("0x20000000000003", 9007199254740996.0),
        ("1234567890", 1234567890.0),
    ] {
        assert_eq!(number(text), expected, "{text:?}");
    }
    assert!(number("-0").is_sign_negative());
    for text in [
        "abc",
        "1a",
        "0x",
        "-0x10",
        "+0b1",
        "1 2",
        "infinity",
        "INFINITY",
        "inf",
        "nan",
        "NaN",
        ".",
        "-",
        "+",
        "e5",
        "1e",
        "1e+",
        "1_000",
        "0x1.8",
        "\u{180e}1",
        "\u{661}",
        "1n",
        "--1",
        "\u{200b}",
        "0xg",
    ] {
        assert!(number(text).is_nan(), "{text:?}");
    }
}

#[test]
fn parse_float_and_int() {
    let float = |text: &str| parse_float(StrView::ascii(text));
    assert_eq!(float("  3.25abc"), 3.25);
    assert_eq!(float("-.5.5"), -0.5);
    assert_eq!(float("1e"), 1.0);
    assert_eq!(float("1e+x"), 1.0);
    assert_eq!(float("Infinityx"), f64::INFINITY);
    assert_eq!(float("0x10"), 0.0);
    assert_eq!(float("5.e1"), 50.0);
    assert!(float("-0").is_sign_negative());
    assert!(float(".e1").is_nan());
    assert!(float("").is_nan());
    let int = |text: &str, radix| parse_int(StrView::ascii(text), radix);
    assert_eq!(int("0x1f", 0), 31.0);
    assert_eq!(int("-0x1f", 16), -31.0);
    assert_eq!(int("0x1f", 10), 0.0);
    assert_eq!(int("010", 0), 10.0);
    assert_eq!(int("12px", 10), 12.0);
    assert_eq!(int("zz", 36), 1295.0);
    assert_eq!(int("  +7", 0), 7.0);
    assert!(int("-0", 10).is_sign_negative());
    assert!(int("0x", 16).is_nan());
    assert!(int("9", 8).is_nan());
    assert!(int("1", 1).is_nan());
    assert!(int("1", 37).is_nan());
    assert!(int("1", -1).is_nan());
    assert_eq!(int("9007199254740993", 10), 9007199254740992.0);
    assert_eq!(int(&"9".repeat(400), 10), f64::INFINITY);
    assert_eq!(int(&"1".repeat(1024), 2), f64::INFINITY);
    assert_eq!(int(&format!("1{}", "0".repeat(1023)), 2), 2f64.powi(1023));
    assert_eq!(int(&"0".repeat(5000), 10), 0.0);
}

#[test]
fn formats_of_the_specification() {
    for (x, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-7, "1e-7"),
        (0.000001, "0.000001"),
        (5e-324, "5e-324"),
        (-1.5, "-1.5"),
    ] {
        assert_eq!(number_to_string(x), expected);
    }
    for (x, digits, expected) in [
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (1.5, 0, "2"),
        (-1.5, 0, "-2"),
        (-2.5, 0, "-3"),
        (1.005, 2, "1.00"),
        (1.45, 1, "1.4"),
        (8.345, 2, "8.35"),
        (0.000001, 7, "0.0000010"),
        (-0.0, 2, "0.00"),
        (-0.0000001, 2, "-0.00"),
        (1e21, 2, "1e+21"),
        (123.456, 20, "123.45600000000000306954"),
        (0.1, 30, "0.100000000000000005551115123126"),
        (1000000000000000128.0, 1, "1000000000000000128.0"),
        (9.999, 2, "10.00"),
    ] {
        assert_eq!(to_fixed(x, digits), expected, "{x} {digits}");
    }
    for (x, digits, expected) in [
        (123456.0, Some(2), "1.23e+5"),
        (0.00015, Some(0), "1e-4"),
        (0.0, Some(2), "0.00e+0"),
        (-0.0, None, "0e+0"),
        (123456.0, None, "1.23456e+5"),
        (9.99, Some(1), "1.0e+1"),
        (-1e-10, None, "-1e-10"),
        (25.0, Some(0), "3e+1"),
        (1e21, None, "1e+21"),
        (100.0, None, "1e+2"),
        (5e-324, None, "5e-324"),
    ] {
        assert_eq!(to_exponential(x, digits), expected, "{x} {digits:?}");
    }
    for (x, precision, expected) in [
        (123.456, 4, "123.5"),
        (0.000123, 2, "0.00012"),
        (0.00000123, 2, "0.0000012"),
        (0.000000123, 2, "1.2e-7"),
        (123456.0, 2, "1.2e+5"),
        (1e21, 3, "1.00e+21"),
        (0.0, 3, "0.00"),
        (-0.0, 1, "0"),
        (99.99, 3, "100"),
        (1.25, 2, "1.3"),
        (35.0, 1, "4e+1"),
        (-7.0, 3, "-7.00"),
        (10.0, 2, "10"),
        (1e300, 1, "1e+300"),
    ] {
        assert_eq!(to_precision(x, precision), expected, "{x} {precision}");
    }
}

#[test]
fn radix_formats() {
    for (x, radix, expected) in [
        (255.0, 16, "ff"),
        (-255.0, 2, "-11111111"),
        (0.5, 2, "0.1"),
        (0.1, 3, "0.0022002200220022002200220022002201"),
        (123.456, 5, "443.212"),
        (std::f64::consts::PI, 36, "3.53i5ab8p5f"),
        (1e-10, 36, "0.0000007u3zudtyhc4"),
        (9007199254740994.0, 16, "20000000000002"),
        (18446744073709551616.0, 36, "3w5e11264sgsg"),
        (0.0, 7, "0"),
        (-0.0, 7, "0"),
        (f64::INFINITY, 2, "Infinity"),
        (f64::NAN, 2, "NaN"),
        (1e21, 10, "1e+21"),
        (5e-324, 2, "0."),
    ] {
        let text = number_to_radix_string(x, radix);
        if x == 5e-324 {
            assert_eq!(text.len(), 1076);
            assert!(text.ends_with("01"));
        } else {
            assert_eq!(text, expected, "{x} {radix}");
        }
    }
}

#[test]
fn operators() {
    assert!(exponentiate(1.0, f64::INFINITY).is_nan());
    assert!(exponentiate(-1.0, f64::NEG_INFINITY).is_nan());
    assert!(exponentiate(1.0, f64::NAN).is_nan());
    assert_eq!(exponentiate(f64::NAN, 0.0), 1.0);
    assert_eq!(exponentiate(f64::NAN, -0.0), 1.0);
    assert_eq!(exponentiate(10.0, -5.0), 1e-5);
    assert_eq!(exponentiate(2.0, 0.5), std::f64::consts::SQRT_2);
    assert_eq!(exponentiate(f64::NEG_INFINITY, 0.5), f64::INFINITY);
    assert_eq!(exponentiate(-0.0, -1.0), f64::NEG_INFINITY);
    assert_eq!(exponentiate(-0.0, 0.5).to_bits(), 0);
    assert_eq!(remainder(5.0, 3.0), 2.0);
    assert!(remainder(-4.0, 2.0).is_sign_negative());
    assert_eq!(remainder(5.5, -2.0), 1.5);
    assert!(remainder(1.0, 0.0).is_nan());
    assert_eq!(remainder(3.0, f64::INFINITY), 3.0);
    assert!(remainder(-0.0, 5.0).is_sign_negative());
    assert_eq!(to_integer_or_infinity(-0.5).to_bits(), 0);
    assert_eq!(to_integer_or_infinity(f64::NAN).to_bits(), 0);
    assert_eq!(to_integer_or_infinity(-3.7), -3.0);
    assert_eq!(to_integer_or_infinity(f64::NEG_INFINITY), f64::NEG_INFINITY);
    assert_eq!(to_length(-5.0), 0);
    assert_eq!(to_length(f64::INFINITY), (1 << 53) - 1);
    assert_eq!(to_uint8_clamp(0.5), 0);
    assert_eq!(to_uint8_clamp(1.5), 2);
    assert_eq!(to_uint8_clamp(254.5), 254);
    assert_eq!(to_uint8_clamp(300.0), 255);
    assert_eq!(to_uint8_clamp(-1.0), 0);
    assert_eq!(to_uint8_clamp(f64::NAN), 0);
    assert_eq!(to_int64(9223372036854775808.0), i64::MIN);
    assert_eq!(to_int64(-9223372036854777856.0), 9223372036854773760);
    assert_eq!(to_int64(f64::INFINITY), 0);
}
