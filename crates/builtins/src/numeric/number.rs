//! Number objects (ECMA-262 21.1) and the global functions on numbers (19.2.2 to 19.2.5).
//!
//! Texts come from `unspool_values::number`; the methods add conversions and errors in the order of the specification.
//! `toLocaleString` is that of `en-US` in every environment: there is no Intl.

use unspool_gc::Gc;
use unspool_runtime::cells::{NativeFunction, PrimitiveWrapper};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{
    MAX_SAFE_INTEGER, number_to_string, to_int32, to_integer_or_infinity, to_number, to_numeric, to_string,
};
use unspool_runtime::function::new_native;
use unspool_runtime::native::{Arguments, KnownNative, Name, NativeFn, Property};
use unspool_runtime::object::prototype_from_constructor;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom as A;
use unspool_values::bigint::JSBigInt;
use unspool_values::{Value, number};

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Number(Name::Atom(A::EPSILON), f64::EPSILON),
        Property::Number(Name::Atom(A::MAX_SAFE_INTEGER), MAX_SAFE_INTEGER),
        Property::Number(Name::Atom(A::MAX_VALUE), f64::MAX),
        Property::Number(Name::Atom(A::MIN_SAFE_INTEGER), -MAX_SAFE_INTEGER),
        Property::Number(Name::Atom(A::MIN_VALUE), 5e-324),
        Property::Number(Name::Atom(A::NaN), f64::NAN),
        Property::Number(Name::Atom(A::NEGATIVE_INFINITY), f64::NEG_INFINITY),
        Property::Number(Name::Atom(A::POSITIVE_INFINITY), f64::INFINITY),
        Property::KnownMethod(Name::Atom(A::isFinite), 1, number_is_finite, KnownNative::NumberIsFinite),
        Property::KnownMethod(Name::Atom(A::isInteger), 1, is_integer, KnownNative::NumberIsInteger),
        Property::KnownMethod(Name::Atom(A::isNaN), 1, number_is_nan, KnownNative::NumberIsNaN),
        Property::Method(Name::Atom(A::isSafeInteger), 1, is_safe_integer),
    ],
    members: &[
        Property::Method(Name::Atom(A::toExponential), 1, to_exponential),
        Property::Method(Name::Atom(A::toFixed), 1, to_fixed),
        Property::Method(Name::Atom(A::toLocaleString), 0, to_locale_string),
        Property::Method(Name::Atom(A::toPrecision), 1, to_precision),
        Property::Method(Name::Atom(A::toString), 1, number_to_string_method),
        Property::Method(Name::Atom(A::valueOf), 0, value_of),
    ],
    ..ClassSpec::new(A::Number, 1, number_constructor, Intrinsic::Number, Intrinsic::NumberPrototype)
};

/// Makes constructor and prototype, or a global function.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    let (atom, length, function): (A, u32, NativeFn) = match which {
        Intrinsic::ParseInt => (A::parseInt, 2, parse_int),
        Intrinsic::ParseFloat => (A::parseFloat, 1, parse_float),
        Intrinsic::IsNaN => (A::isNaN, 1, is_nan),
        Intrinsic::IsFinite => (A::isFinite, 1, is_finite),
        _ => {
            let parent = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
            let prototype = Object::primitive_wrapper(cx, parent, Value::ZERO);
            SPEC.make_with_prototype(cx, realm, prototype);
            let constructor = Realm::intrinsic(realm, cx, Intrinsic::Number);
            // The constructor's `parseInt` and `parseFloat` are the global functions.
            for (atom, which) in [(A::parseFloat, Intrinsic::ParseFloat), (A::parseInt, Intrinsic::ParseInt)]
            {
                let function = Realm::intrinsic(realm, cx, which);
                constructor.define_builtin(cx, cx.key(atom), function.into(), Attributes::HIDDEN);
            }
            return;
        }
    };
    let function = new_native(cx, cx.key(atom), length, function);
    Realm::define_intrinsic(realm, cx, which, NativeFunction::object(function));
}

fn number_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let value = match args.values.first() {
        None => Value::ZERO,
        Some(value) => {
            let numeric = to_numeric(cx, *value)?;
            match numeric.to::<JSBigInt>() {
                Some(bigint) => Value::from_f64(bigint.to_f64()),
                None => numeric,
            }
        }
    };
    if !args.is_construct() {
        return Ok(value);
    }
    let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::NumberPrototype)?;
    Ok(Object::primitive_wrapper(cx, prototype, value).into())
}

/// ThisNumberValue
fn this_number(cx: Cx<'_>, this: Value, method: &str) -> JsResult<f64> {
    if let Some(n) = this.to_number() {
        return Ok(n);
    }
    match this.to::<PrimitiveWrapper>().and_then(|wrapper| wrapper.value.to_number()) {
        Some(n) => Ok(n),
        None => {
            Err(cx
                .throw_type_error(format_args!("Number.prototype.{method} requires that 'this' be a Number")))
        }
    }
}

fn value_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(this_number(cx, args.this, "valueOf")?))
}

fn number_to_string_method(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let n = this_number(cx, args.this, "toString")?;
    let radix = match args.get(0) {
        value if value.is_undefined() => 10.0,
        value => to_integer_or_infinity(cx, value)?,
    };
    if !(2.0..=36.0).contains(&radix) {
        return Err(cx.throw_range_error("toString() radix argument must be between 2 and 36"));
    }
    if radix == 10.0 {
        return Ok(number_to_string(cx, n).into());
    }
    if n >= 0.0 && n < radix && n == n.trunc() {
        let digit = char::from_digit(n as u32, 36).unwrap_or('0');
        return Ok(cx.atoms.single(digit as u8).into());
    }
    Ok(cx.new_string(&number::number_to_radix_string(n, radix as u32)).into())
}

/// Grouped by thousands with at most three digits after the point, as V8 does for `en-US`.
fn to_locale_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let n = this_number(cx, args.this, "toLocaleString")?;
    Ok(cx.new_string(&locale_number(n)).into())
}

fn locale_number(n: f64) -> String {
    if n.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if n.is_sign_negative() { "-" } else { "" };
    if n.is_infinite() {
        return format!("{sign}∞");
    }
    // The decimal text rounds half away from zero on the shortest digits, as ICU does.
    let magnitude = n.abs();
    let text = if magnitude < 1e21 { round_shortest(magnitude, 3) } else { format!("{magnitude}") };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{sign}{}{}{fraction}", group_thousands(whole), if fraction.is_empty() { "" } else { "." })
}

/// The shortest decimal text of a number below 1e21 rounded to `places` digits after the point, half away from zero;
/// trailing zeros dropped.
fn round_shortest(magnitude: f64, places: usize) -> String {
    let text = format!("{magnitude}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() <= places {
        return text.clone();
    }
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(places)).map(|c| c - b'0').collect();
    if fraction.as_bytes()[places] >= b'5' {
        let mut carry = true;
        for digit in digits.iter_mut().rev() {
            if !carry {
                break;
            }
            *digit += 1;
            carry = *digit == 10;
            if carry {
                *digit = 0;
            }
        }
        if carry {
            digits.insert(0, 1);
        }
    }
    let split = digits.len() - places;
    let text: String = digits.iter().map(|d| (d + b'0') as char).collect();
    let fraction = text[split..].trim_end_matches('0');
    if fraction.is_empty() { text[..split].to_owned() } else { format!("{}.{fraction}", &text[..split]) }
}

/// Commas between groups of three digits.
pub(super) fn group_thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The number of digits asked for, after the order of steps that the three methods share: the argument is converted, then
/// a receiver that is not finite gives its text, then the range is checked.
enum Digits {
    Count(f64),
    NotFinite(Value),
}

fn digits_argument(
    cx: Cx<'_>,
    n: f64,
    argument: Value,
    range: std::ops::RangeInclusive<f64>,
    method: &str,
) -> JsResult<Digits> {
    let digits = to_integer_or_infinity(cx, argument)?;
    if !n.is_finite() {
        return Ok(Digits::NotFinite(number_to_string(cx, n).into()));
    }
    if !range.contains(&digits) {
        return Err(cx.throw_range_error(format_args!(
            "{method}() argument must be between {} and {}",
            range.start(),
            range.end()
        )));
    }
    Ok(Digits::Count(digits))
}

fn to_exponential(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let n = this_number(cx, args.this, "toExponential")?;
    match digits_argument(cx, n, args.get(0), 0.0..=100.0, "toExponential")? {
        Digits::NotFinite(text) => Ok(text),
        Digits::Count(digits) => {
            let digits = if args.get(0).is_undefined() { None } else { Some(digits as u32) };
            Ok(cx.new_string(&number::to_exponential(n, digits)).into())
        }
    }
}

fn to_fixed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let n = this_number(cx, args.this, "toFixed")?;
    let digits = to_integer_or_infinity(cx, args.get(0))?;
    // Unlike in the other two methods the range comes before the receiver.
    if !(0.0..=100.0).contains(&digits) {
        return Err(cx.throw_range_error("toFixed() digits argument must be between 0 and 100"));
    }
    if !n.is_finite() {
        return Ok(number_to_string(cx, n).into());
    }
    Ok(cx.new_string(&number::to_fixed(n, digits as u32)).into())
}

fn to_precision(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let n = this_number(cx, args.this, "toPrecision")?;
    if args.get(0).is_undefined() {
        return Ok(number_to_string(cx, n).into());
    }
    match digits_argument(cx, n, args.get(0), 1.0..=100.0, "toPrecision")? {
        Digits::NotFinite(text) => Ok(text),
        Digits::Count(digits) => Ok(cx.new_string(&number::to_precision(n, digits as u32)).into()),
    }
}

fn integral(value: Value) -> Option<f64> {
    value.to_number().filter(|n| n.is_finite() && n.trunc() == *n)
}

fn number_is_finite(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(args.get(0).to_number().is_some_and(f64::is_finite)))
}

fn number_is_nan(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(args.get(0).to_number().is_some_and(f64::is_nan)))
}

fn is_integer(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(integral(args.get(0)).is_some()))
}

fn is_safe_integer(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(integral(args.get(0)).is_some_and(|n| n.abs() <= MAX_SAFE_INTEGER)))
}

fn is_nan(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(to_number(cx, args.get(0))?.is_nan()))
}

fn is_finite(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(to_number(cx, args.get(0))?.is_finite()))
}

fn parse_float(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if args.get(0).is_i32() {
        return Ok(args.get(0));
    }
    let string = to_string(cx, args.get(0))?;
    Ok(Value::from_f64(number::parse_float(cx.flatten(&string)?)))
}

fn parse_int(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (value, radix) = (args.get(0), args.get(1));
    if value.is_i32() && (radix.is_undefined() || radix == Value::ZERO || radix == Value::from_i32(10)) {
        return Ok(value);
    }
    // A double whose text has neither exponent nor sign of zero: its integral part.
    if value.is_double() && radix.is_undefined() {
        let n = value.as_double();
        if (1.0..1e15).contains(&n.abs()) {
            return Ok(Value::from_f64(n.trunc()));
        }
    }
    let string = to_string(cx, value)?;
    let radix = to_int32(cx, radix)?;
    Ok(Value::from_f64(number::parse_int(cx.flatten(&string)?, radix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_text_is_grouped_and_rounded() {
        assert_eq!(locale_number(1234567.891), "1,234,567.891");
        assert_eq!(locale_number(-1234.5), "-1,234.5");
        assert_eq!(locale_number(0.0005), "0.001");
        assert_eq!(locale_number(0.00049), "0");
        assert_eq!(locale_number(0.0015), "0.002");
        assert_eq!(locale_number(999.9996), "1,000");
        assert_eq!(locale_number(12.0), "12");
        assert_eq!(locale_number(f64::INFINITY), "∞");
    }
}
