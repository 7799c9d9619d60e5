//! Type conversion (ECMA-262 7.1).

use unspool_gc::Gc;
use unspool_values::string::JSString;
use unspool_values::{PropertyKey, Value};

use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::Object;

/// Preferred type of ToPrimitive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// No preference.
    Default,
    /// A number.
    Number,
    /// A string.
    String,
}

/// ToPrimitive
pub fn to_primitive(cx: Cx<'_>, value: Value, hint: Hint) -> JsResult<Value> {
    todo!()
}
/// ToBoolean
pub fn to_boolean(value: Value) -> bool {
    todo!()
}
/// ToNumeric: a number or a BigInt.
pub fn to_numeric(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    todo!()
}
/// ToNumber
pub fn to_number(cx: Cx<'_>, value: Value) -> JsResult<f64> {
    todo!()
}
/// ToIntegerOrInfinity
pub fn to_integer_or_infinity(cx: Cx<'_>, value: Value) -> JsResult<f64> {
    todo!()
}
/// ToInt32
pub fn to_int32(cx: Cx<'_>, value: Value) -> JsResult<i32> {
    todo!()
}
/// ToUint32
pub fn to_uint32(cx: Cx<'_>, value: Value) -> JsResult<u32> {
    todo!()
}
/// ToBigInt: a BigInt value.
pub fn to_bigint(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    todo!()
}
/// ToString
pub fn to_string(cx: Cx<'_>, value: Value) -> JsResult<Gc<JSString>> {
    todo!()
}
/// ToObject
pub fn to_object(cx: Cx<'_>, value: Value) -> JsResult<Object> {
    todo!()
}
/// ToPropertyKey
pub fn to_property_key(cx: Cx<'_>, value: Value) -> JsResult<PropertyKey> {
    todo!()
}
/// ToLength
pub fn to_length(cx: Cx<'_>, value: Value) -> JsResult<u64> {
    todo!()
}
/// ToIndex
pub fn to_index(cx: Cx<'_>, value: Value) -> JsResult<u64> {
    todo!()
}
/// RequireObjectCoercible; `what` names the operation for the message.
pub fn require_object_coercible(cx: Cx<'_>, value: Value, what: &str) -> JsResult<()> {
    todo!()
}
