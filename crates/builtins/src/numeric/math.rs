//! The Math object (ECMA-262 21.3).
//!
//! Elementary functions are the system's (`libm` through Rust's `f64`), whose errors are below one unit in the last
//! place; results may thus differ in the last digit from other engines, as the specification allows. `pow` is the
//! operator's, `random` in its own file, `sumPrecise` in `exact_sum`.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{MAX_SAFE_INTEGER, to_int32, to_number, to_uint32};
use unspool_runtime::iteration::get_iterator;
use unspool_runtime::native::{Arguments, KnownNative, Name, NativeFn, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::{Value, number};

use super::exact_sum::ExactSum;
use crate::class::make_plain;
use crate::library::library;

/// Makes the object.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    make_plain(cx, realm, Intrinsic::Math, Intrinsic::ObjectPrototype, MEMBERS);
}

const fn method(atom: A, length: u8, function: NativeFn) -> Property {
    Property::Method(Name::Atom(atom), length, function)
}

const fn known(atom: A, length: u8, function: NativeFn, known: KnownNative) -> Property {
    Property::KnownMethod(Name::Atom(atom), length, function, known)
}

const MEMBERS: &[Property] = &[
    known(A::abs, 1, abs, KnownNative::MathAbs),
    known(A::acos, 1, acos, KnownNative::MathAcos),
    method(A::acosh, 1, acosh),
    known(A::asin, 1, asin, KnownNative::MathAsin),
    method(A::asinh, 1, asinh),
    known(A::atan, 1, atan, KnownNative::MathAtan),
    method(A::atanh, 1, atanh),
    known(A::atan2, 2, atan2, KnownNative::MathAtan2),
    known(A::ceil, 1, ceil, KnownNative::MathCeil),
    known(A::cbrt, 1, cbrt, KnownNative::MathCbrt),
    method(A::expm1, 1, expm1),
    known(A::clz32, 1, clz32, KnownNative::MathClz32),
    known(A::cos, 1, cos, KnownNative::MathCos),
    method(A::cosh, 1, cosh),
    known(A::exp, 1, exp, KnownNative::MathExp),
    known(A::floor, 1, floor, KnownNative::MathFloor),
    known(A::fround, 1, fround, KnownNative::MathFround),
    method(A::f16round, 1, f16round),
    method(A::hypot, 2, hypot),
    known(A::imul, 2, imul, KnownNative::MathImul),
    known(A::log, 1, log, KnownNative::MathLog),
    method(A::log1p, 1, log1p),
    known(A::log2, 1, log2, KnownNative::MathLog2),
    known(A::log10, 1, log10, KnownNative::MathLog10),
    known(A::max, 2, max, KnownNative::MathMax),
    known(A::min, 2, min, KnownNative::MathMin),
    known(A::pow, 2, pow, KnownNative::MathPow),
    method(A::random, 0, random),
    known(A::round, 1, round, KnownNative::MathRound),
    method(A::sign, 1, sign),
    known(A::sin, 1, sin, KnownNative::MathSin),
    method(A::sinh, 1, sinh),
    known(A::sqrt, 1, sqrt, KnownNative::MathSqrt),
    method(A::sumPrecise, 1, sum_precise),
    known(A::tan, 1, tan, KnownNative::MathTan),
    method(A::tanh, 1, tanh),
    known(A::trunc, 1, trunc, KnownNative::MathTrunc),
    Property::Number(Name::Atom(A::E), std::f64::consts::E),
    Property::Number(Name::Atom(A::LN10), std::f64::consts::LN_10),
    Property::Number(Name::Atom(A::LN2), std::f64::consts::LN_2),
    Property::Number(Name::Atom(A::LOG10E), std::f64::consts::LOG10_E),
    Property::Number(Name::Atom(A::LOG2E), std::f64::consts::LOG2_E),
    Property::Number(Name::Atom(A::PI), std::f64::consts::PI),
    Property::Number(Name::Atom(A::SQRT1_2), std::f64::consts::FRAC_1_SQRT_2),
    Property::Number(Name::Atom(A::SQRT2), std::f64::consts::SQRT_2),
    Property::Tag("Math"),
];

macro_rules! functions_of_one_number {
    ($($name:ident = $function:expr;)*) => { $(
        fn $name(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            let function: fn(f64) -> f64 = $function;
            Ok(Value::from_f64(function(to_number(cx, args.get(0))?)))
        }
    )* };
}

functions_of_one_number! {
    acos = f64::acos;
    acosh = inverse_cosh;
    asin = f64::asin;
    asinh = inverse_sinh;
    atan = f64::atan;
    atanh = f64::atanh;
    cbrt = f64::cbrt;
    cos = f64::cos;
    cosh = f64::cosh;
    exp = f64::exp;
    expm1 = f64::exp_m1;
    fround = |x| f64::from(x as f32);
    f16round = number::round_to_f16;
    log = f64::ln;
    log1p = f64::ln_1p;
    log2 = f64::log2;
    log10 = f64::log10;
    sin = f64::sin;
    sinh = f64::sinh;
    sqrt = f64::sqrt;
    tan = f64::tan;
    tanh = f64::tanh;
}

/// Above this the square of a number swamps 1 by more than the precision.
const HUGE: f64 = 268_435_456.0;

fn inverse_sinh(x: f64) -> f64 {
    let magnitude = x.abs();
    let result = if magnitude > HUGE {
        magnitude.ln() + std::f64::consts::LN_2
    } else {
        let square = magnitude * magnitude;
        // |x| + x² / (1 + √(1 + x²)) is √(1 + x²) + |x| − 1 without cancellation.
        (magnitude + square / (1.0 + (1.0 + square).sqrt())).ln_1p()
    };
    result.copysign(x)
}

fn inverse_cosh(x: f64) -> f64 {
    if x > HUGE {
        return x.ln() + std::f64::consts::LN_2;
    }
    let t = x - 1.0;
    (t + (2.0 * t + t * t).sqrt()).ln_1p()
}

/// The four roundings leave int32 values as they are.
macro_rules! roundings {
    ($($name:ident = $function:expr;)*) => { $(
        fn $name(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            let value = args.get(0);
            if value.is_i32() {
                return Ok(value);
            }
            let function: fn(f64) -> f64 = $function;
            Ok(Value::from_f64(function(to_number(cx, value)?)))
        }
    )* };
}

roundings! {
    ceil = f64::ceil;
    floor = f64::floor;
    trunc = f64::trunc;
    round = round_half_up;
}

/// To the nearest integer, halves towards +∞; keeps −0.
fn round_half_up(x: f64) -> f64 {
    let up = x.ceil();
    if up - 0.5 > x { up - 1.0 } else { up }
}

fn abs(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let Some(n) = args.get(0).to_i32()
        && n != i32::MIN
    {
        return Ok(Value::from_i32(n.abs()));
    }
    Ok(Value::from_f64(to_number(cx, args.get(0))?.abs()))
}

fn atan2(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let y = to_number(cx, args.get(0))?;
    let x = to_number(cx, args.get(1))?;
    Ok(Value::from_f64(y.atan2(x)))
}

fn clz32(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_u32(to_uint32(cx, args.get(0))?.leading_zeros()))
}

fn imul(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let a = to_int32(cx, args.get(0))?;
    let b = to_int32(cx, args.get(1))?;
    Ok(Value::from_i32(a.wrapping_mul(b)))
}

fn pow(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let base = to_number(cx, args.get(0))?;
    let exponent = to_number(cx, args.get(1))?;
    Ok(Value::from_f64(number::exponentiate(base, exponent)))
}

fn sign(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let x = to_number(cx, args.get(0))?;
    Ok(Value::from_f64(if x.is_nan() || x == 0.0 { x } else { x.signum() }))
}

fn random(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(library(cx).random.next_f64()))
}

fn max(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let [a, b] = args.values
        && let (Some(a), Some(b)) = (a.to_i32(), b.to_i32())
    {
        return Ok(Value::from_i32(a.max(b)));
    }
    let mut highest = f64::NEG_INFINITY;
    for value in args.values {
        let x = to_number(cx, *value)?;
        // +0 counts as larger than −0; one NaN makes the result NaN.
        if x > highest || x.is_nan() || (x == 0.0 && highest == 0.0 && !x.is_sign_negative()) {
            highest = if highest.is_nan() { highest } else { x };
        }
    }
    Ok(Value::from_f64(highest))
}

fn min(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let [a, b] = args.values
        && let (Some(a), Some(b)) = (a.to_i32(), b.to_i32())
    {
        return Ok(Value::from_i32(a.min(b)));
    }
    let mut lowest = f64::INFINITY;
    for value in args.values {
        let x = to_number(cx, *value)?;
        if x < lowest || x.is_nan() || (x == 0.0 && lowest == 0.0 && x.is_sign_negative()) {
            lowest = if lowest.is_nan() { lowest } else { x };
        }
    }
    Ok(Value::from_f64(lowest))
}

fn hypot(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let [a, b] = args.values {
        let a = to_number(cx, *a)?;
        let b = to_number(cx, *b)?;
        return Ok(Value::from_f64(a.hypot(b)));
    }
    let mut largest = 0.0f64;
    let mut numbers = Vec::with_capacity(args.len());
    let (mut infinite, mut nan) = (false, false);
    for value in args.values {
        let x = to_number(cx, *value)?.abs();
        infinite |= x.is_infinite();
        nan |= x.is_nan();
        largest = largest.max(x);
        numbers.push(x);
    }
    Ok(Value::from_f64(match (infinite, nan) {
        (true, _) => f64::INFINITY,
        (false, true) => f64::NAN,
        _ if largest == 0.0 => 0.0,
        _ => norm(&numbers, largest),
    }))
}

/// The Euclidean norm of numbers not above `largest`, with compensated summation.
fn norm(numbers: &[f64], largest: f64) -> f64 {
    let (mut sum, mut compensation) = (0.0, 0.0);
    for &x in numbers {
        let scaled = x / largest;
        let summand = scaled * scaled - compensation;
        let next: f64 = sum + summand;
        compensation = (next - sum) - summand;
        sum = next;
    }
    sum.sqrt() * largest
}

/// Where a precise sum stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SumState {
    MinusZero,
    Finite,
    PlusInfinity,
    MinusInfinity,
    NotANumber,
}

fn sum_precise(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let items = args.get(0);
    if items.is_nullish() {
        return Err(unspool_runtime::messages::throw_value_not_iterable(cx, items));
    }
    let iterator = get_iterator(cx, items)?;
    let mut state = SumState::MinusZero;
    let mut sum = ExactSum::new();
    let mut count = 0.0;
    while let Some(value) = iterator.step(cx)? {
        if count >= MAX_SAFE_INTEGER {
            let throw = cx.throw_range_error("Too many numbers to sum");
            return Err(iterator.close_on_throw(cx, throw));
        }
        count += 1.0;
        let Some(x) = value.to_number() else {
            let throw = cx.throw_type_error(format_args!("{} is not a number", cx.describe(value)));
            return Err(iterator.close_on_throw(cx, throw));
        };
        if x.is_nan() {
            state = SumState::NotANumber;
        } else if x.is_infinite() {
            state = match (state, x > 0.0) {
                (SumState::NotANumber | SumState::MinusInfinity, true) => SumState::NotANumber,
                (SumState::NotANumber | SumState::PlusInfinity, false) => SumState::NotANumber,
                (_, true) => SumState::PlusInfinity,
                (_, false) => SumState::MinusInfinity,
            };
        } else if matches!(state, SumState::MinusZero | SumState::Finite)
            && (x != 0.0 || !x.is_sign_negative())
        {
            state = SumState::Finite;
            sum.add(x);
        }
    }
    Ok(Value::from_f64(match state {
        SumState::MinusZero => -0.0,
        SumState::Finite => sum.round(),
        SumState::PlusInfinity => f64::INFINITY,
        SumState::MinusInfinity => f64::NEG_INFINITY,
        SumState::NotANumber => f64::NAN,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_goes_up_at_halves() {
        for (x, expected) in
            [(0.5, 1.0), (-0.5, -0.0), (2.5, 3.0), (-2.5, -2.0), (0.499_999_999_999_999_94, 0.0)]
        {
            assert_eq!(round_half_up(x).to_bits(), f64::to_bits(expected), "{x}");
        }
        assert_eq!(round_half_up(4_503_599_627_370_497.0), 4_503_599_627_370_497.0);
    }

    #[test]
    fn inverse_hyperbolic_functions_reach_far() {
        assert!((inverse_sinh(f64::MAX) - 710.475_860_073_943_9).abs() < 1e-12);
        assert!((inverse_cosh(f64::MAX) - 710.475_860_073_943_9).abs() < 1e-12);
        assert_eq!(inverse_sinh(-0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(inverse_sinh(1e-10), 1e-10);
        assert_eq!(inverse_sinh(f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert!(inverse_cosh(0.5).is_nan());
        assert_eq!(inverse_cosh(1.0), 0.0);
    }

    #[test]
    fn norms_do_not_overflow() {
        assert_eq!(norm(&[3.0, 4.0, 0.0], 4.0), 5.0);
        assert_eq!(norm(&[1e300, 1e300, 1e300, 1e300], 1e300), 2e300);
    }
}
