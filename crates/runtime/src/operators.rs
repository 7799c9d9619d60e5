//! The operators of the language on arbitrary values (ECMA-262 13.5 to 13.15, 7.2).
//!
//! The interpreter and compiled code do small integers and doubles themselves and come here for the rest. The feedback
//! functions at the end say what kinds of operands an operation saw.

use std::cmp::Ordering;

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::bigint::{BigIntError, BigIntResult, JSBigInt};
use unspool_values::number;
use unspool_values::string::{JSString, StrView};
use unspool_values::{CellKind, PropertyKey, Value};

use crate::completion::{JsResult, Throw};
use crate::convert::{self, Hint};
use crate::feedback::{BinaryFeedback, CompareFeedback};
use crate::isolate::Cx;
use crate::object::ValueExt as _;

pub use crate::object::instance::instance_of;

// ---- arithmetic --------------------------------------------------------------------------------------------------------

/// Two numeric operands of one type.
enum Numerics {
    Numbers(f64, f64),
    BigInts(Gc<JSBigInt>, Gc<JSBigInt>),
}

/// ToNumeric of both operands, which must agree in type.
fn numerics(cx: Cx<'_>, a: Value, b: Value) -> JsResult<Numerics> {
    let a = convert::to_numeric(cx, a)?;
    let b = convert::to_numeric(cx, b)?;
    match (a.to::<JSBigInt>(), b.to::<JSBigInt>()) {
        (None, None) => Ok(Numerics::Numbers(a.as_number(), b.as_number())),
        (Some(a), Some(b)) => Ok(Numerics::BigInts(a, b)),
        _ => Err(throw_mixed(cx)),
    }
}

#[cold]
fn throw_mixed(cx: Cx<'_>) -> Throw {
    cx.throw_type_error("Cannot mix BigInt and other types, use explicit conversions")
}

impl Cx<'_> {
    /// The value of a BigInt operation, or the error it reports.
    ///
    /// # Errors
    /// A `RangeError`.
    pub(crate) fn bigint_value(self, result: BigIntResult) -> JsResult<Value> {
        match result {
            Ok(n) => Ok(Value::from_cell(n)),
            Err(BigIntError::OutOfMemory) => Err(self.throw_out_of_memory()),
            Err(error) => Err(self.throw_range_error(error)),
        }
    }
}

macro_rules! arithmetic {
    ($($(#[$doc:meta])* $name:ident |$x:ident, $y:ident| $number:expr, $bigint:path;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// What conversions throw; a `TypeError` for a BigInt with a number; a `RangeError` for BigInts.
        pub fn $name(cx: Cx<'_>, a: Value, b: Value) -> JsResult<Value> {
            match numerics(cx, a, b)? {
                Numerics::Numbers($x, $y) => Ok(Value::from_f64($number)),
                Numerics::BigInts(a, b) => cx.bigint_value($bigint(cx, a, b)),
            }
        }
    )*};
}

arithmetic! {
    /// `a - b`
    subtract |x, y| x - y, JSBigInt::subtract;
    /// `a * b`
    multiply |x, y| x * y, JSBigInt::multiply;
    /// `a / b`
    divide |x, y| x / y, JSBigInt::divide;
    /// `a % b`
    remainder |x, y| number::remainder(x, y), JSBigInt::remainder;
    /// `a ** b`
    exponentiate |x, y| number::exponentiate(x, y), JSBigInt::exponentiate;
    /// `a & b`
    bitwise_and |x, y| f64::from(number::to_int32(x) & number::to_int32(y)), JSBigInt::bitwise_and;
    /// `a | b`
    bitwise_or |x, y| f64::from(number::to_int32(x) | number::to_int32(y)), JSBigInt::bitwise_or;
    /// `a ^ b`
    bitwise_xor |x, y| f64::from(number::to_int32(x) ^ number::to_int32(y)), JSBigInt::bitwise_xor;
    /// `a << b`
    shift_left |x, y| f64::from(number::to_int32(x).wrapping_shl(number::to_uint32(y))), JSBigInt::left_shift;
    /// `a >> b`
    shift_right |x, y| f64::from(number::to_int32(x).wrapping_shr(number::to_uint32(y))), JSBigInt::signed_right_shift;
}

/// `a >>> b`
///
/// # Errors
/// What conversions throw; a `TypeError` for BigInts.
pub fn shift_right_logical(cx: Cx<'_>, a: Value, b: Value) -> JsResult<Value> {
    match numerics(cx, a, b)? {
        Numerics::Numbers(x, y) => {
            Ok(Value::from_u32(number::to_uint32(x).wrapping_shr(number::to_uint32(y))))
        }
        Numerics::BigInts(..) => {
            Err(cx.throw_type_error("BigInts have no unsigned right shift, use >> instead"))
        }
    }
}

/// `a + b`
///
/// # Errors
/// What conversions throw; a `TypeError` for a BigInt with a number; a `RangeError` when the result is too large.
pub fn add(cx: Cx<'_>, a: Value, b: Value) -> JsResult<Value> {
    if let (Some(a), Some(b)) = (a.to::<JSString>(), b.to::<JSString>()) {
        return cx.concat(a, b).map(Value::from_cell);
    }
    let a = convert::to_primitive(cx, a, Hint::Default)?;
    let b = convert::to_primitive(cx, b, Hint::Default)?;
    if a.is_string() || b.is_string() {
        let a = convert::to_string(cx, a)?;
        let b = convert::to_string(cx, b)?;
        return cx.concat(a, b).map(Value::from_cell);
    }
    match numerics(cx, a, b)? {
        Numerics::Numbers(x, y) => Ok(Value::from_f64(x + y)),
        Numerics::BigInts(a, b) => cx.bigint_value(JSBigInt::add(cx, a, b)),
    }
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident |$x:ident| $number:expr, $bigint:path;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// What the conversion throws; a `RangeError` for BigInts.
        pub fn $name(cx: Cx<'_>, value: Value) -> JsResult<Value> {
            let value = convert::to_numeric(cx, value)?;
            match value.to::<JSBigInt>() {
                Some(n) => cx.bigint_value($bigint(cx, n)),
                None => {
                    let $x = value.as_number();
                    Ok(Value::from_f64($number))
                }
            }
        }
    )*};
}
unary! {
    /// `value + 1` of a numeric value.
    increment |x| x + 1.0, JSBigInt::increment;
    /// `value - 1` of a numeric value.
    decrement |x| x - 1.0, JSBigInt::decrement;
    /// `-value`
    negate |x| -x, JSBigInt::negate;
    /// `~value`
    bitwise_not |x| f64::from(!number::to_int32(x)), JSBigInt::bitwise_not;
}

/// ToNumber as a value.
///
/// # Errors
/// What the conversion throws.
pub fn to_number(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    convert::to_number(cx, value).map(Value::from_f64)
}

/// ToNumeric.
///
/// # Errors
/// What the conversion throws.
pub fn to_numeric(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    convert::to_numeric(cx, value)
}

/// ToPropertyKey as a value: a string, a symbol or an index as a number.
///
/// # Errors
/// What the conversion throws.
pub fn to_property_key_value(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    let key = convert::to_property_key(cx, value)?;
    Ok(key.to_value(cx, &cx.atoms))
}

// ---- equality ----------------------------------------------------------------------------------------------------------

/// IsStrictlyEqual
pub fn strictly_equal(cx: Cx<'_>, a: Value, b: Value) -> bool {
    if a.is_number() {
        return b.is_number() && a.as_number() == b.as_number();
    }
    if a == b {
        return true;
    }
    if !(a.is_cell() && b.is_cell()) {
        return false;
    }
    if let (Some(a), Some(b)) = (a.to::<JSString>(), b.to::<JSString>()) {
        return JSString::equals(cx, a, b);
    }
    match (a.to::<JSBigInt>(), b.to::<JSBigInt>()) {
        (Some(a), Some(b)) => JSBigInt::equals(a, b),
        _ => false,
    }
}

/// Does the value pretend to be `undefined`, as `document.all` does? No object here does.
#[inline(always)]
pub fn is_html_dda(_: Value) -> bool {
    false
}

/// IsLooselyEqual
///
/// # Errors
/// What conversions throw.
pub fn loosely_equal(cx: Cx<'_>, a: Value, b: Value) -> JsResult<bool> {
    let (mut a, mut b) = (a, b);
    loop {
        if a.is_nullish() || b.is_nullish() {
            return Ok(a.is_nullish() && b.is_nullish());
        }
        let same_type = (a.is_number() && b.is_number())
            || (a.is_bool() && b.is_bool())
            || (a.is_object() && b.is_object())
            || (a.is_cell() && b.is_cell() && a.cell_kind() == b.cell_kind());
        if same_type {
            return Ok(strictly_equal(cx, a, b));
        }
        if a.is_bool() {
            a = Value::from_i32(a.is_true() as i32);
        } else if b.is_bool() {
            b = Value::from_i32(b.is_true() as i32);
        } else if a.is_object() {
            a = convert::to_primitive(cx, a, Hint::Default)?;
        } else if b.is_object() {
            b = convert::to_primitive(cx, b, Hint::Default)?;
        } else if a.is_symbol() || b.is_symbol() {
            return Ok(false);
        } else if let Some(n) = a.to::<JSBigInt>() {
            return bigint_equals(cx, n, b);
        } else if let Some(n) = b.to::<JSBigInt>() {
            return bigint_equals(cx, n, a);
        } else {
            // A number and a string.
            return Ok(convert::to_number(cx, a)? == convert::to_number(cx, b)?);
        }
    }
}

/// A BigInt against a number or string.
fn bigint_equals(cx: Cx<'_>, n: Gc<JSBigInt>, other: Value) -> JsResult<bool> {
    match other.to::<JSString>() {
        None => Ok(other.to_number().is_some_and(|x| n.equals_number(x))),
        Some(string) => Ok(parse_bigint(cx, string)?.is_some_and(|m| JSBigInt::equals(n, m))),
    }
}

/// StringToBigInt
fn parse_bigint(cx: Cx<'_>, string: Gc<JSString>) -> JsResult<Option<Gc<JSBigInt>>> {
    let view: StrView<'_> = cx.flatten(&string)?;
    match JSBigInt::parse(cx, view) {
        Ok(n) => Ok(n),
        Err(BigIntError::OutOfMemory) => Err(cx.throw_out_of_memory()),
        Err(error) => Err(cx.throw_range_error(error)),
    }
}

// ---- order -------------------------------------------------------------------------------------------------------------

/// The order of two primitives; none when they are unordered.
fn compare_primitives(cx: Cx<'_>, a: Value, b: Value) -> JsResult<Option<Ordering>> {
    if let (Some(x), Some(y)) = (a.to::<JSString>(), b.to::<JSString>()) {
        return Ok(Some(JSString::compare(cx, x, y)));
    }
    if let (Some(n), Some(s)) = (a.to::<JSBigInt>(), b.to::<JSString>()) {
        return Ok(parse_bigint(cx, s)?.map(|m| JSBigInt::compare(n, m)));
    }
    if let (Some(s), Some(n)) = (a.to::<JSString>(), b.to::<JSBigInt>()) {
        return Ok(parse_bigint(cx, s)?.map(|m| JSBigInt::compare(m, n)));
    }
    let a = convert::to_numeric(cx, a)?;
    let b = convert::to_numeric(cx, b)?;
    Ok(match (a.to::<JSBigInt>(), b.to::<JSBigInt>()) {
        (None, None) => a.as_number().partial_cmp(&b.as_number()),
        (Some(x), Some(y)) => Some(JSBigInt::compare(x, y)),
        (Some(x), None) => x.compare_number(b.as_number()),
        (None, Some(y)) => y.compare_number(a.as_number()).map(Ordering::reverse),
    })
}

/// The order of two values, converted in the order in which they stand in the source.
fn compare(cx: Cx<'_>, a: Value, b: Value) -> JsResult<Option<Ordering>> {
    let a = convert::to_primitive(cx, a, Hint::Number)?;
    let b = convert::to_primitive(cx, b, Hint::Number)?;
    compare_primitives(cx, a, b)
}

macro_rules! relational {
    ($($name:ident $text:literal |$order:ident| $holds:expr;)*) => {$(
        #[doc = $text]
        ///
        /// # Errors
        /// What conversions throw.
        pub fn $name(cx: Cx<'_>, a: Value, b: Value) -> JsResult<bool> {
            let $order = compare(cx, a, b)?;
            Ok($holds)
        }
    )*};
}
relational! {
    less_than "`a < b`" |order| order == Some(Ordering::Less);
    greater_than "`a > b`" |order| order == Some(Ordering::Greater);
    less_than_or_equal "`a <= b`" |order| matches!(order, Some(Ordering::Less | Ordering::Equal));
    greater_than_or_equal "`a >= b`" |order| matches!(order, Some(Ordering::Greater | Ordering::Equal));
}

// ---- others ------------------------------------------------------------------------------------------------------------

/// `key in object`
///
/// # Errors
/// A `TypeError` when `object` is none; what conversions and traps throw.
pub(crate) fn has_property_in(cx: Cx<'_>, key: Value, object: Value) -> JsResult<bool> {
    let Some(target) = object.as_object() else {
        return Err(cx.throw_type_error(format_args!(
            "Cannot use 'in' operator to search for {} in {}",
            cx.describe(key),
            cx.describe(object)
        )));
    };
    let key: PropertyKey = convert::to_property_key(cx, key)?;
    target.has_property(cx, key)
}

/// The name that `typeof` gives.
pub(crate) fn type_name(value: Value) -> KnownAtom {
    if value.is_number() {
        return KnownAtom::number;
    }
    match value.cell_kind() {
        None if value.is_undefined() => KnownAtom::undefined,
        None if value.is_bool() => KnownAtom::boolean,
        None => KnownAtom::object,
        Some(CellKind::String) => KnownAtom::string,
        Some(CellKind::Symbol) => KnownAtom::symbol,
        Some(CellKind::BigInt) => KnownAtom::bigint,
        Some(_) if value.is_callable() => KnownAtom::function,
        Some(_) => KnownAtom::object,
    }
}

/// `typeof value`
pub fn type_of(cx: Cx<'_>, value: Value) -> Value {
    cx.known_string(type_name(value))
}

/// `typeof value === literal` for a number of [`unspool_bytecode::TypeOfLiteral`].
pub fn has_type(value: Value, literal: u32) -> bool {
    use unspool_bytecode::TypeOfLiteral as T;
    let expected = match T::from_operand(literal) {
        Some(T::Undefined) => KnownAtom::undefined,
        Some(T::Boolean) => KnownAtom::boolean,
        Some(T::Number) => KnownAtom::number,
        Some(T::BigInt) => KnownAtom::bigint,
        Some(T::String) => KnownAtom::string,
        Some(T::Symbol) => KnownAtom::symbol,
        Some(T::Object) => KnownAtom::object,
        Some(T::Function) => KnownAtom::function,
        Some(T::Other) | None => return false,
    };
    type_name(value) == expected
}

// ---- feedback ----------------------------------------------------------------------------------------------------------

fn operand_feedback(value: Value) -> u8 {
    if value.is_i32() {
        return BinaryFeedback::SMALL;
    }
    if value.is_number() {
        return BinaryFeedback::DOUBLE;
    }
    match value.cell_kind() {
        None => BinaryFeedback::ODDBALL,
        Some(CellKind::String) => BinaryFeedback::STRING,
        Some(CellKind::BigInt) => BinaryFeedback::BIGINT,
        Some(_) => BinaryFeedback::OTHER,
    }
}

/// What an arithmetic operation saw.
pub fn binary_feedback(a: Value, b: Value, result: Value) -> u8 {
    let operands = operand_feedback(a) | operand_feedback(b);
    if operands == BinaryFeedback::SMALL && !result.is_i32() {
        BinaryFeedback::SMALL_INPUTS
    } else {
        operands
    }
}

/// What `typeof` saw.
pub fn type_feedback(value: Value) -> u8 {
    operand_feedback(value)
}

/// What a comparison saw.
pub fn compare_feedback(a: Value, b: Value) -> u8 {
    let one = |value: Value| {
        if value.is_i32() {
            return CompareFeedback::SMALL;
        }
        if value.is_number() {
            return CompareFeedback::NUMBER;
        }
        match value.cell_kind() {
            None => CompareFeedback::ODDBALL,
            Some(CellKind::String) => CompareFeedback::STRING,
            Some(CellKind::Symbol) => CompareFeedback::SYMBOL,
            Some(CellKind::BigInt) => CompareFeedback::BIGINT,
            Some(_) if value.is_object() => CompareFeedback::OBJECT,
            Some(_) => CompareFeedback::OTHER,
        }
    };
    one(a) | one(b)
}
