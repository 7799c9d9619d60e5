//! BigInt operations against `dashu-int` (for those that do not simply forward to it) and against hand-made cases.
//!
//! The generated numbers have many limbs of zeros and ones, where carries and borrows run far. Every result is also
//! checked for the canonical form: no leading zero limb, no negative zero.

use dashu_int::IBig;
use proptest::prelude::*;
use unspool_gc::{Gc, HeapConfig};

use super::{BigIntError, JSBigInt};
use crate::plain_heap::PlainHeap;
use crate::string::StrView;

fn big(text: &str) -> IBig {
    text.parse().expect("a number")
}

fn make(heap: &PlainHeap, n: &IBig) -> Gc<JSBigInt> {
    JSBigInt::from_ibig(heap, n).expect("small enough")
}

fn check(x: Gc<JSBigInt>, expected: &IBig) {
    assert_eq!(&x.to_ibig(), expected);
    assert_ne!(x.limbs().last(), Some(&0), "leading zero limb");
    assert!(!x.is_zero() || !x.is_negative(), "negative zero");
}

/// Numbers of zero to forty limbs, with many zero and all-ones limbs among them.
fn any_big() -> impl Strategy<Value = IBig> {
    let limb = prop_oneof![3 => any::<u64>(), 1 => Just(0u64), 1 => Just(u64::MAX), 1 => 0u64..4];
    (any::<bool>(), prop_oneof![4 => 0usize..4, 1 => 4usize..40])
        .prop_flat_map(move |(negative, n)| (Just(negative), proptest::collection::vec(limb.clone(), n)))
        .prop_map(|(negative, limbs)| {
            let sign = if negative { dashu_int::Sign::Negative } else { dashu_int::Sign::Positive };
            IBig::from_sign_words(sign, &limbs)
        })
}

fn floor_shift(n: &IBig, bits: usize) -> IBig {
    let power = IBig::from(1) << bits;
    floor_div(n, &power)
}

fn floor_div(n: &IBig, d: &IBig) -> IBig {
    let (q, r) = (n / d, n % d);
    if r < IBig::ZERO { q - IBig::from(1) } else { q }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn arithmetic_agrees_with_dashu(a in any_big(), b in any_big()) {
        PlainHeap::with(HeapConfig::default(), |heap| {
            let (x, y) = (make(heap, &a), make(heap, &b));
            check(JSBigInt::add(heap, x, y).unwrap(), &(&a + &b));
            check(JSBigInt::subtract(heap, x, y).unwrap(), &(&a - &b));
            check(JSBigInt::multiply(heap, x, y).unwrap(), &(&a * &b));
            check(JSBigInt::negate(heap, x).unwrap(), &-&a);
            check(JSBigInt::increment(heap, x).unwrap(), &(&a + IBig::from(1)));
            check(JSBigInt::decrement(heap, x).unwrap(), &(&a - IBig::from(1)));
            if b == IBig::ZERO {
                assert_eq!(JSBigInt::divide(heap, x, y).err(), Some(BigIntError::DivisionByZero));
                assert_eq!(JSBigInt::remainder(heap, x, y).err(), Some(BigIntError::DivisionByZero));
            } else {
                check(JSBigInt::divide(heap, x, y).unwrap(), &(&a / &b));
                check(JSBigInt::remainder(heap, x, y).unwrap(), &(&a % &b));
            }
            assert_eq!(JSBigInt::compare(x, y), a.cmp(&b));
            assert_eq!(JSBigInt::equals(x, y), a == b);
            assert!(JSBigInt::equals(x, make(heap, &a)));
        });
    }

    #[test]
    fn bit_operations_agree_with_dashu(a in any_big(), b in any_big(), shift in 0usize..300) {
        PlainHeap::with(HeapConfig::default(), |heap| {
            let (x, y) = (make(heap, &a), make(heap, &b));
            check(JSBigInt::bitwise_and(heap, x, y).unwrap(), &(&a & &b));
            check(JSBigInt::bitwise_or(heap, x, y).unwrap(), &(&a | &b));
            check(JSBigInt::bitwise_xor(heap, x, y).unwrap(), &(&a ^ &b));
            check(JSBigInt::bitwise_not(heap, x).unwrap(), &(-&a - IBig::from(1)));
            let (by, back) = (JSBigInt::from_i64(heap, shift as i64), JSBigInt::from_i64(heap, -(shift as i64)));
            check(JSBigInt::left_shift(heap, x, by).unwrap(), &(&a << shift));
            check(JSBigInt::signed_right_shift(heap, x, back).unwrap(), &(&a << shift));
            check(JSBigInt::signed_right_shift(heap, x, by).unwrap(), &floor_shift(&a, shift));
            check(JSBigInt::left_shift(heap, x, back).unwrap(), &floor_shift(&a, shift));
        });
    }

    #[test]
    fn wrapping_agrees_with_arithmetic(a in any_big(), bits in prop_oneof![0u64..10, 60u64..70, 120u64..200]) {
        PlainHeap::with(HeapConfig::default(), |heap| {
            let x = make(heap, &a);
            let modulus = IBig::from(1) << bits as usize;
            let unsigned = &a - floor_div(&a, &modulus) * &modulus;
            check(JSBigInt::as_uint_n(heap, bits, x).unwrap(), &unsigned);
            let half = if bits == 0 { IBig::from(1) } else { IBig::from(1) << (bits as usize - 1) };
            let signed = if unsigned >= half { &unsigned - &modulus } else { unsigned.clone() };
            check(JSBigInt::as_int_n(heap, bits, x).unwrap(), &signed);
            let low = &a - floor_shift(&a, 64) * (IBig::from(1) << 64);
            assert_eq!(IBig::from(x.to_u64_wrapping()), low);
            assert_eq!(x.to_i64_wrapping() as u64, x.to_u64_wrapping());
        });
    }

    #[test]
    fn text_round_trips(a in any_big(), radix in 2u32..=36) {
        PlainHeap::with(HeapConfig::default(), |heap| {
            let x = make(heap, &a);
            assert_eq!(x.to_rust_string(radix), a.in_radix(radix as u8).to_string());
            let decimal = x.to_js_string(heap, 10).unwrap();
            check(JSBigInt::parse(heap, decimal.view()).unwrap().unwrap(), &a);
            let hex = format!(" 0x{} ", x.to_rust_string(16).trim_start_matches('-'));
            let parsed = JSBigInt::parse(heap, StrView::ascii(&hex)).unwrap().unwrap();
            assert_eq!(parsed.limbs(), x.limbs());
        });
    }

    #[test]
    fn numbers_convert_exactly(a in any_big(), bits in any::<u64>()) {
        PlainHeap::with(HeapConfig::default(), |heap| {
            let x = make(heap, &a);
            let nearest = a.to_f64().value();
            assert_eq!(x.to_f64(), nearest);
            if nearest.is_finite() {
                let back = JSBigInt::from_f64(heap, nearest).unwrap();
                assert_eq!(back.to_f64(), nearest);
                assert_eq!(x.compare_number(nearest), Some(a.cmp(&back.to_ibig())));
                assert!(back.equals_number(nearest));
                if nearest.abs() < 4e15 {
                    assert!(!back.equals_number(nearest + 0.5));
                    assert_eq!(back.compare_number(nearest + 0.5), Some(std::cmp::Ordering::Less));
                    assert_eq!(back.compare_number(nearest - 0.5), Some(std::cmp::Ordering::Greater));
                }
            }
            let y = f64::from_bits(bits);
            match JSBigInt::from_f64(heap, y) {
                Some(n) => assert_eq!(n.to_f64(), y),
                None => assert!(!y.is_finite() || y.fract() != 0.0),
            }
        });
    }
}

#[test]
fn powers() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let n = |n: i64| JSBigInt::from_i64(heap, n);
        let pow = |b: i64, e: i64| JSBigInt::exponentiate(heap, n(b), n(e));
        check(pow(3, 100).unwrap(), &IBig::from(3).pow(100));
        check(pow(-3, 101).unwrap(), &IBig::from(-3).pow(101));
        check(pow(-2, 131).unwrap(), &IBig::from(-2).pow(131));
        check(pow(2, 64).unwrap(), &IBig::from(2).pow(64));
        check(pow(0, 0).unwrap(), &IBig::from(1));
        check(pow(0, 5).unwrap(), &IBig::from(0));
        check(pow(-1, i64::MAX).unwrap(), &IBig::from(-1));
        assert_eq!(pow(2, -1).err(), Some(BigIntError::NegativeExponent));
        assert_eq!(pow(2, 1 << 40).err(), Some(BigIntError::TooBig));
        assert_eq!(pow(3, 1 << 30).err(), Some(BigIntError::TooBig));
        let huge = JSBigInt::exponentiate(heap, n(2), pow(2, 70).unwrap());
        assert_eq!(huge.err(), Some(BigIntError::TooBig));
        check(JSBigInt::exponentiate(heap, n(1), pow(2, 70).unwrap()).unwrap(), &IBig::from(1));
    });
}

#[test]
fn limits() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let n = |n: i64| JSBigInt::from_i64(heap, n);
        let top = JSBigInt::left_shift(heap, n(1), n((1 << 30) - 1)).unwrap();
        assert_eq!(top.bit_length(), JSBigInt::MAX_BITS);
        assert_eq!(JSBigInt::left_shift(heap, n(1), n(1 << 30)).err(), Some(BigIntError::TooBig));
        assert_eq!(JSBigInt::add(heap, top, top).err(), Some(BigIntError::TooBig));
        assert_eq!(JSBigInt::multiply(heap, top, n(2)).err(), Some(BigIntError::TooBig));
        assert_eq!(JSBigInt::as_uint_n(heap, 1 << 53, n(-1)).err(), Some(BigIntError::TooBig));
        assert!(JSBigInt::equals(JSBigInt::as_uint_n(heap, 1 << 53, n(7)).unwrap(), n(7)));
        assert!(JSBigInt::equals(JSBigInt::as_int_n(heap, 1 << 53, n(-7)).unwrap(), n(-7)));
        let far = JSBigInt::left_shift(heap, n(1), n(100)).unwrap();
        assert!(JSBigInt::equals(JSBigInt::signed_right_shift(heap, n(-5), far).unwrap(), n(-1)));
        assert!(JSBigInt::signed_right_shift(heap, n(5), far).unwrap().is_zero());
        assert!(JSBigInt::left_shift(heap, n(0), far).unwrap().is_zero());
        assert_eq!(top.to_f64(), f64::INFINITY);
    });
}

#[test]
fn grammar() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let parse = |text: &str| JSBigInt::parse(heap, StrView::ascii(text)).unwrap().map(|n| n.to_ibig());
        assert_eq!(parse(""), Some(IBig::from(0)));
        assert_eq!(parse(" \n "), Some(IBig::from(0)));
        assert_eq!(parse(" -12 "), Some(IBig::from(-12)));
        assert_eq!(parse("+12"), Some(IBig::from(12)));
        assert_eq!(parse("-0"), Some(IBig::from(0)));
        assert_eq!(parse("000123"), Some(IBig::from(123)));
        assert_eq!(parse("0b101"), Some(IBig::from(5)));
        assert_eq!(parse("0O17"), Some(IBig::from(15)));
        assert_eq!(parse("0Xff"), Some(IBig::from(255)));
        assert_eq!(parse("123456789012345678901234567890"), Some(big("123456789012345678901234567890")));
        for bad in ["-", "+", "1n", "1.0", "1e3", "-0x5", "0x", "0b2", "1 2", "1_0", "Infinity", "--1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(
            JSBigInt::parse(heap, StrView::Utf16(&[0xfeff, 0x31, 0x2028])).unwrap().unwrap().to_i64(),
            Some(1)
        );
        assert!(JSBigInt::parse(heap, StrView::Utf16(&[0x661])).unwrap().is_none());
    });
}

#[test]
fn not_integral_numbers_have_no_bigint() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        for x in [0.5, -1.25, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE] {
            assert!(JSBigInt::from_f64(heap, x).is_none(), "{x}");
        }
        assert!(JSBigInt::from_f64(heap, -0.0).unwrap().is_zero());
        let x = JSBigInt::from_i64(heap, 1);
        assert_eq!(x.compare_number(f64::NAN), None);
        assert_eq!(x.compare_number(f64::INFINITY), Some(std::cmp::Ordering::Less));
        assert_eq!(x.compare_number(f64::NEG_INFINITY), Some(std::cmp::Ordering::Greater));
        assert!(JSBigInt::zero(heap).equals_number(-0.0));
    });
}

#[test]
fn machine_integers_come_back_if_they_fit() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        for n in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(JSBigInt::from_i64(heap, n).to_i64(), Some(n));
            assert_eq!(JSBigInt::from_i64(heap, n).to_u64(), u64::try_from(n).ok());
        }
        let most = JSBigInt::from_u64(heap, u64::MAX);
        assert_eq!((most.to_u64(), most.to_i64()), (Some(u64::MAX), None));
        let more = JSBigInt::increment(heap, most).expect("a small number");
        assert_eq!((more.to_u64(), more.to_u64_wrapping()), (None, 0));
        let less = JSBigInt::from_i128(heap, i128::from(i64::MIN) - 1);
        assert_eq!((less.to_i64(), less.to_i64_wrapping()), (None, i64::MAX));
    });
}
