//! BigInt objects (ECMA-262 21.2): the conversion function `BigInt`, `asIntN` and `asUintN`, and the wrapper's methods.
//! The arithmetic is in `unspool_values::bigint`.

use unspool_gc::Gc;
use unspool_runtime::cells::PrimitiveWrapper;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{Hint, to_bigint, to_index, to_integer_or_infinity, to_primitive, to_string};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, OrThrow as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::bigint::JSBigInt;

use super::number::group_thousands;
use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::asIntN), 2, as_int_n),
        Property::Method(Name::Atom(A::asUintN), 2, as_uint_n),
    ],
    members: &[
        Property::Method(Name::Atom(A::toLocaleString), 0, to_locale_string),
        Property::Method(Name::Atom(A::toString), 0, bigint_to_string),
        Property::Method(Name::Atom(A::valueOf), 0, value_of),
        Property::Tag("BigInt"),
    ],
    ..ClassSpec::new(A::BigInt, 1, bigint_constructor, Intrinsic::BigInt, Intrinsic::BigIntPrototype)
};

/// Makes constructor and prototype.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

fn bigint_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if args.is_construct() {
        return Err(cx.throw_type_error("BigInt is not a constructor"));
    }
    let primitive = to_primitive(cx, args.get(0), Hint::Number)?;
    match primitive.to_number() {
        None => to_bigint(cx, primitive),
        Some(n) => match JSBigInt::from_f64(cx, n) {
            Some(bigint) => Ok(bigint.into()),
            None => {
                let shown = cx.rust_string(to_string(cx, primitive)?);
                Err(cx.throw_range_error(format_args!(
                    "The number {shown} cannot be converted to a BigInt because it is not an integer"
                )))
            }
        },
    }
}

fn wrap_arguments(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<(u64, Gc<JSBigInt>)> {
    let bits = to_index(cx, args.get(0))?;
    let bigint = to_bigint(cx, args.get(1))?;
    Ok((bits, bigint.to().expect("ToBigInt gives a BigInt")))
}

fn as_int_n(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (bits, bigint) = wrap_arguments(cx, args)?;
    Ok(JSBigInt::as_int_n(cx, bits, bigint).or_throw(cx)?.into())
}

fn as_uint_n(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (bits, bigint) = wrap_arguments(cx, args)?;
    Ok(JSBigInt::as_uint_n(cx, bits, bigint).or_throw(cx)?.into())
}

/// ThisBigIntValue
fn this_bigint(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<JSBigInt>> {
    let value = this.to::<PrimitiveWrapper>().map_or(this, |wrapper| wrapper.value);
    match value.to::<JSBigInt>() {
        Some(bigint) => Ok(bigint),
        None => {
            Err(cx
                .throw_type_error(format_args!("BigInt.prototype.{method} requires that 'this' be a BigInt")))
        }
    }
}

fn bigint_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let bigint = this_bigint(cx, args.this, "toString")?;
    let radix = match args.get(0) {
        value if value.is_undefined() => 10.0,
        value => to_integer_or_infinity(cx, value)?,
    };
    if !(2.0..=36.0).contains(&radix) {
        return Err(cx.throw_range_error("toString() radix argument must be between 2 and 36"));
    }
    Ok(bigint.to_js_string(cx, radix as u32).or_throw(cx)?.into())
}

fn to_locale_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let text = this_bigint(cx, args.this, "toLocaleString")?.to_rust_string(10);
    let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
    Ok(cx.new_string(&format!("{sign}{}", group_thousands(digits))).into())
}

fn value_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(this_bigint(cx, args.this, "valueOf")?.into())
}
