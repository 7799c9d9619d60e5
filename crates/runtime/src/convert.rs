//! Type conversion (ECMA-262 7.1).
//!
//! The functions have the names of the abstract operations. Each begins with the case that needs no work and leaves the
//! rest to a slow path; whatever takes a [`Cx`] and an object may run the program's code (`Symbol.toPrimitive`,
//! `valueOf`, `toString`), throw, and collect. Conversions of numbers to integers and to text are
//! `unspool_values::number`'s.

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::bigint::JSBigInt;
use unspool_values::string::JSString;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, PropertyKey, Value, number};

use crate::completion::JsResult;
use crate::function::call;
use crate::isolate::Cx;
use crate::object::{Object, ValueExt as _, get_method};
use crate::realm::Intrinsic;
use crate::strings::OrThrow as _;

/// 2^53 − 1.
pub const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// What ToPrimitive is to prefer: its argument `preferredType`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// No preference.
    Default,
    /// A number.
    Number,
    /// A string.
    String,
}

/// ToPrimitive (7.1.1).
///
/// # Errors
/// What `Symbol.toPrimitive`, `valueOf` or `toString` throw; a `TypeError` when none gives a primitive.
pub fn to_primitive(cx: Cx<'_>, value: Value, hint: Hint) -> JsResult<Value> {
    match value.as_object() {
        None => Ok(value),
        Some(object) => object_to_primitive(cx, object, hint),
    }
}

/// ToBoolean (7.1.2): never fails and runs nothing.
pub fn to_boolean(value: Value) -> bool {
    if value.is_bool() {
        return value.is_true();
    }
    if let Some(n) = value.to_number() {
        return n != 0.0 && !n.is_nan();
    }
    if value.is_cell() {
        if let Some(string) = value.to::<JSString>() {
            return !string.is_empty();
        }
        if let Some(bigint) = value.to::<JSBigInt>() {
            return !bigint.is_zero();
        }
        return true;
    }
    false
}

/// ToNumeric (7.1.3): a number or a BigInt.
///
/// # Errors
/// As [`to_number`], except that BigInts are fine.
pub fn to_numeric(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    if value.is_number() {
        return Ok(value);
    }
    let primitive = to_primitive(cx, value, Hint::Number)?;
    if primitive.is_bigint() { Ok(primitive) } else { Ok(Value::from_f64(to_number(cx, primitive)?)) }
}

/// ToNumber (7.1.4).
///
/// # Errors
/// A `TypeError` for symbols and BigInts; what the conversion of an object throws.
pub fn to_number(cx: Cx<'_>, value: Value) -> JsResult<f64> {
    if let Some(n) = value.to_number() {
        return Ok(n);
    }
    to_number_slow(cx, value)
}

/// ToIntegerOrInfinity (7.1.5).
///
/// # Errors
/// As [`to_number`].
pub fn to_integer_or_infinity(cx: Cx<'_>, value: Value) -> JsResult<f64> {
    if let Some(n) = value.to_i32() {
        return Ok(n as f64);
    }
    Ok(number::to_integer_or_infinity(to_number(cx, value)?))
}

/// ToInt32 (7.1.6).
///
/// # Errors
/// As [`to_number`].
pub fn to_int32(cx: Cx<'_>, value: Value) -> JsResult<i32> {
    match value.to_i32() {
        Some(n) => Ok(n),
        None => Ok(number::to_int32(to_number(cx, value)?)),
    }
}

/// ToUint32 (7.1.7).
///
/// # Errors
/// As [`to_number`].
pub fn to_uint32(cx: Cx<'_>, value: Value) -> JsResult<u32> {
    Ok(to_int32(cx, value)? as u32)
}

/// ToBigInt (7.1.13): a BigInt value.
///
/// # Errors
/// A `SyntaxError` for a string that is no integer; a `TypeError` for `undefined`, `null`, numbers and symbols; what the
/// conversion of an object throws.
pub fn to_bigint(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    let primitive = to_primitive(cx, value, Hint::Number)?;
    match primitive.cell_kind() {
        Some(CellKind::BigInt) => Ok(primitive),
        Some(CellKind::String) => {
            let string = primitive.to::<JSString>().expect("a string");
            match JSBigInt::parse(cx, cx.flatten(&string)?).or_throw(cx)? {
                Some(bigint) => Ok(Value::from_cell(bigint)),
                None => Err(cx.throw_syntax_error(format_args!(
                    "Cannot convert {} to a BigInt",
                    cx.rust_string(string)
                ))),
            }
        }
        _ if primitive.is_bool() => {
            Ok(Value::from_cell(JSBigInt::from_i64(cx, i64::from(primitive.is_true()))))
        }
        _ => Err(cx.throw_type_error(format_args!("Cannot convert {} to a BigInt", cx.describe(primitive)))),
    }
}

/// ToString (7.1.17). The string may be a rope: flatten it to read its characters.
///
/// # Errors
/// A `TypeError` for symbols; what the conversion of an object throws.
pub fn to_string(cx: Cx<'_>, value: Value) -> JsResult<Gc<JSString>> {
    match value.to::<JSString>() {
        Some(string) => Ok(string),
        None => to_string_slow(cx, value),
    }
}

/// ToObject (7.1.18).
///
/// # Errors
/// A `TypeError` for `undefined` and `null`.
pub fn to_object(cx: Cx<'_>, value: Value) -> JsResult<Object> {
    if let Some(object) = value.as_object() {
        return Ok(object);
    }
    let prototype = match primitive_prototype(value) {
        Some(prototype) => prototype,
        None => return Err(cx.throw_type_error("Cannot convert undefined or null to object")),
    };
    Ok(Object::primitive_wrapper(cx, cx.intrinsic(prototype), value))
}

/// ToPropertyKey (7.1.19).
///
/// # Errors
/// What the conversion of an object to a string or symbol throws.
pub fn to_property_key(cx: Cx<'_>, value: Value) -> JsResult<PropertyKey> {
    if let Some(key) = property_key_fast(cx, value) {
        return Ok(key);
    }
    let primitive = to_primitive(cx, value, Hint::String)?;
    if let Some(key) = property_key_fast(cx, primitive) {
        return Ok(key);
    }
    let string = to_string(cx, primitive)?;
    key_from_string(cx, string)
}

/// ToLength (7.1.20): within 0 to 2^53 − 1.
///
/// # Errors
/// As [`to_number`].
pub fn to_length(cx: Cx<'_>, value: Value) -> JsResult<u64> {
    let n = to_integer_or_infinity(cx, value)?;
    Ok(if n <= 0.0 { 0 } else { n.min(MAX_SAFE_INTEGER) as u64 })
}

/// ToIndex (7.1.22).
///
/// # Errors
/// A `RangeError` outside of 0 to 2^53 − 1; as [`to_number`].
pub fn to_index(cx: Cx<'_>, value: Value) -> JsResult<u64> {
    if value.is_undefined() {
        return Ok(0);
    }
    let n = to_integer_or_infinity(cx, value)?;
    if !(0.0..=MAX_SAFE_INTEGER).contains(&n) {
        return Err(cx.throw_range_error("Invalid index"));
    }
    Ok(n as u64)
}

/// RequireObjectCoercible; `what` names the operation for the message.
pub fn require_object_coercible(cx: Cx<'_>, value: Value, what: &str) -> JsResult<()> {
    if value.is_nullish() {
        return Err(cx.throw_type_error(format_args!("{what} called on null or undefined")));
    }
    Ok(())
}

fn object_to_primitive(cx: Cx<'_>, object: Object, hint: Hint) -> JsResult<Value> {
    cx.check_native_stack()?;
    let exotic = get_method(cx, object.into(), cx.symbol_key(WellKnownSymbol::toPrimitive))?;
    if !exotic.is_undefined() {
        let hint_name = match hint {
            Hint::Default => KnownAtom::default,
            Hint::Number => KnownAtom::number,
            Hint::String => KnownAtom::string,
        };
        let result = call(cx, exotic, object.into(), &[cx.known_string(hint_name)])?;
        if !result.is_object() {
            return Ok(result);
        }
        return Err(cx.throw_type_error("Cannot convert object to primitive value"));
    }
    ordinary_to_primitive(cx, object, hint)
}

/// OrdinaryToPrimitive; `Hint::Default` means a number.
pub fn ordinary_to_primitive(cx: Cx<'_>, object: Object, hint: Hint) -> JsResult<Value> {
    let order = match hint {
        Hint::String => [KnownAtom::toString, KnownAtom::valueOf],
        Hint::Default | Hint::Number => [KnownAtom::valueOf, KnownAtom::toString],
    };
    for method_name in order {
        let method = object.get(cx, cx.key(method_name))?;
        if method.is_callable() {
            let result = call(cx, method, object.into(), &[])?;
            if !result.is_object() {
                return Ok(result);
            }
        }
    }
    Err(cx.throw_type_error("Cannot convert object to primitive value"))
}

#[cold]
#[inline(never)]
fn to_number_slow(cx: Cx<'_>, value: Value) -> JsResult<f64> {
    let value = to_primitive(cx, value, Hint::Number)?;
    if let Some(n) = value.to_number() {
        return Ok(n);
    }
    match value.cell_kind() {
        Some(CellKind::String) => {
            Ok(number::string_to_number(cx.flatten(&value.to::<JSString>().expect("a string"))?))
        }
        Some(CellKind::Symbol) => Err(cx.throw_type_error("Cannot convert a Symbol value to a number")),
        Some(_) => Err(cx.throw_type_error("Cannot convert a BigInt value to a number")),
        None if value.is_undefined() => Ok(f64::NAN),
        None => Ok(if value.is_true() { 1.0 } else { 0.0 }),
    }
}

#[cold]
#[inline(never)]
fn to_string_slow(cx: Cx<'_>, value: Value) -> JsResult<Gc<JSString>> {
    if let Some(n) = value.to_number() {
        return Ok(number_to_string(cx, n));
    }
    let atom = match value {
        Value::UNDEFINED => KnownAtom::undefined,
        Value::NULL => KnownAtom::null,
        Value::TRUE => KnownAtom::true_,
        Value::FALSE => KnownAtom::false_,
        _ => {
            return match value.cell_kind() {
                Some(CellKind::Symbol) => {
                    Err(cx.throw_type_error("Cannot convert a Symbol value to a string"))
                }
                Some(CellKind::BigInt) => {
                    value.to::<JSBigInt>().expect("a BigInt").to_js_string(cx, 10).or_throw(cx)
                }
                _ => {
                    let primitive = to_primitive(cx, value, Hint::String)?;
                    to_string(cx, primitive)
                }
            };
        }
    };
    Ok(cx.atoms.known(atom))
}

/// Number::toString with radix 10.
pub fn number_to_string(cx: Cx<'_>, n: f64) -> Gc<JSString> {
    cx.isolate().atoms.number_to_string(cx, n)
}

/// The intrinsic prototype of a primitive's wrapper; none for `undefined` and `null`.
pub(crate) fn primitive_prototype(value: Value) -> Option<Intrinsic> {
    if value.is_number() {
        return Some(Intrinsic::NumberPrototype);
    }
    if value.is_bool() {
        return Some(Intrinsic::BooleanPrototype);
    }
    match value.cell_kind()? {
        CellKind::String => Some(Intrinsic::StringPrototype),
        CellKind::Symbol => Some(Intrinsic::SymbolPrototype),
        CellKind::BigInt => Some(Intrinsic::BigIntPrototype),
        _ => None,
    }
}

/// ToPropertyKey of what needs no conversion that could run JavaScript or allocate: strings, symbols, array indices.
#[inline]
pub(crate) fn property_key_fast(cx: Cx<'_>, value: Value) -> Option<PropertyKey> {
    if let Some(n) = value.to_i32() {
        return if n >= 0 { Some(PropertyKey::from_index(n as u32)) } else { None };
    }
    if value.is_double() {
        let n = value.as_double();
        let index = n as u32;
        return if f64::from(index) == n && index != u32::MAX {
            Some(PropertyKey::from_index(index))
        } else {
            None
        };
    }
    match value.cell_kind()? {
        CellKind::String => key_from_string(cx, value.to::<JSString>()?).ok(),
        CellKind::Symbol => Some(PropertyKey::from_symbol(value.to()?)),
        _ => None,
    }
}

/// The key of a string: an array index or an atom.
pub(crate) fn key_from_string(cx: Cx<'_>, string: Gc<JSString>) -> JsResult<PropertyKey> {
    Ok(PropertyKey::from_string(cx, &cx.isolate().atoms, string))
}
