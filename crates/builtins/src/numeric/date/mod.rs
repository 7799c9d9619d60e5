//! Date objects (ECMA-262 21.4): the constructor and the table of methods.
//!
//! [`calendar`] is the arithmetic of time values, [`parse`] and [`format`] their texts, [`fields`] the getters and setters.
//! The time zone is asked in `numeric::zone`.

mod calendar;
mod fields;
mod format;
mod parse;

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_runtime::cells::DateObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{Hint, ordinary_to_primitive, to_number, to_object, to_primitive};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::prototype_from_constructor;
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::JSString;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value};

use self::calendar::{make_date, make_day, make_full_year, make_time, time_clip};
use super::zone::utc;
use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::now), 0, now),
        Property::Method(Name::Atom(A::parse), 1, date_parse),
        Property::Method(Name::Atom(A::UTC), 7, date_utc),
    ],
    members: &[
        Property::Method(Name::Atom(A::toString), 0, to_string),
        Property::Method(Name::Atom(A::toDateString), 0, to_date_string),
        Property::Method(Name::Atom(A::toTimeString), 0, to_time_string),
        Property::Method(Name::Atom(A::toISOString), 0, to_iso_string),
        Property::Method(Name::Atom(A::toUTCString), 0, to_utc_string),
        Property::Alias(Name::Atom(A::toGMTString), Name::Atom(A::toUTCString)),
        Property::Method(Name::Atom(A::getDate), 0, fields::get_date),
        Property::Method(Name::Atom(A::setDate), 1, fields::set_date),
        Property::Method(Name::Atom(A::getDay), 0, fields::get_day),
        Property::Method(Name::Atom(A::getFullYear), 0, fields::get_full_year),
        Property::Method(Name::Atom(A::setFullYear), 3, fields::set_full_year),
        Property::Method(Name::Atom(A::getHours), 0, fields::get_hours),
        Property::Method(Name::Atom(A::setHours), 4, fields::set_hours),
        Property::Method(Name::Atom(A::getMilliseconds), 0, fields::get_milliseconds),
        Property::Method(Name::Atom(A::setMilliseconds), 1, fields::set_milliseconds),
        Property::Method(Name::Atom(A::getMinutes), 0, fields::get_minutes),
        Property::Method(Name::Atom(A::setMinutes), 3, fields::set_minutes),
        Property::Method(Name::Atom(A::getMonth), 0, fields::get_month),
        Property::Method(Name::Atom(A::setMonth), 2, fields::set_month),
        Property::Method(Name::Atom(A::getSeconds), 0, fields::get_seconds),
        Property::Method(Name::Atom(A::setSeconds), 2, fields::set_seconds),
        Property::Method(Name::Atom(A::getTime), 0, fields::get_time),
        Property::Method(Name::Atom(A::setTime), 1, fields::set_time),
        Property::Method(Name::Atom(A::getTimezoneOffset), 0, fields::get_timezone_offset),
        Property::Method(Name::Atom(A::getYear), 0, fields::get_year),
        Property::Method(Name::Atom(A::setYear), 1, fields::set_year),
        Property::Method(Name::Atom(A::getUTCDate), 0, fields::get_utc_date),
        Property::Method(Name::Atom(A::setUTCDate), 1, fields::set_utc_date),
        Property::Method(Name::Atom(A::getUTCDay), 0, fields::get_utc_day),
        Property::Method(Name::Atom(A::getUTCFullYear), 0, fields::get_utc_full_year),
        Property::Method(Name::Atom(A::setUTCFullYear), 3, fields::set_utc_full_year),
        Property::Method(Name::Atom(A::getUTCHours), 0, fields::get_utc_hours),
        Property::Method(Name::Atom(A::setUTCHours), 4, fields::set_utc_hours),
        Property::Method(Name::Atom(A::getUTCMilliseconds), 0, fields::get_utc_milliseconds),
        Property::Method(Name::Atom(A::setUTCMilliseconds), 1, fields::set_utc_milliseconds),
        Property::Method(Name::Atom(A::getUTCMinutes), 0, fields::get_utc_minutes),
        Property::Method(Name::Atom(A::setUTCMinutes), 3, fields::set_utc_minutes),
        Property::Method(Name::Atom(A::getUTCMonth), 0, fields::get_utc_month),
        Property::Method(Name::Atom(A::setUTCMonth), 2, fields::set_utc_month),
        Property::Method(Name::Atom(A::getUTCSeconds), 0, fields::get_utc_seconds),
        Property::Method(Name::Atom(A::setUTCSeconds), 2, fields::set_utc_seconds),
        Property::Method(Name::Atom(A::valueOf), 0, fields::get_time),
        Property::Method(Name::Atom(A::toJSON), 1, to_json),
        Property::Method(Name::Atom(A::toLocaleString), 0, to_locale_string),
        Property::Method(Name::Atom(A::toLocaleDateString), 0, to_locale_date_string),
        Property::Method(Name::Atom(A::toLocaleTimeString), 0, to_locale_time_string),
        Property::ConfigurableMethod(Name::Symbol(WellKnownSymbol::toPrimitive), 1, symbol_to_primitive),
    ],
    ..ClassSpec::new(A::Date, 7, date_constructor, Intrinsic::Date, Intrinsic::DatePrototype)
};

/// Makes constructor and prototype.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

/// The receiver as Date.
fn this_date(cx: Cx<'_>, this: Value) -> JsResult<Gc<DateObject>> {
    match this.to::<DateObject>() {
        Some(date) => Ok(date),
        None => Err(cx.throw_type_error("this is not a Date object.")),
    }
}

fn current_time(cx: Cx<'_>) -> f64 {
    time_clip(cx.host.borrow().now_ms().floor())
}

fn now(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(current_time(cx)))
}

fn date_parse(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let text = unspool_runtime::convert::to_string(cx, args.get(0))?;
    Ok(Value::from_f64(parse::parse_date(cx, cx.flatten(&text)?)))
}

/// The time that a list of year, month and so on gives: as `Date.UTC` and the constructor read it.
fn time_of_parts(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<f64> {
    // Day counts from 1; an absent year is NaN.
    let mut parts = [f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    for (part, value) in parts.iter_mut().zip(args.values) {
        *part = to_number(cx, *value)?;
    }
    let [year, month, day, hour, minute, second, millisecond] = parts;
    Ok(make_date(make_day(make_full_year(year), month, day), make_time(hour, minute, second, millisecond)))
}

fn date_utc(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(time_clip(time_of_parts(cx, args)?)))
}

fn date_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if !args.is_construct() {
        return Ok(cx.new_string(&format::to_string(cx, current_time(cx))).into());
    }
    let time = match args.values {
        [] => current_time(cx),
        [value] => time_of_value(cx, *value)?,
        _ => time_clip(utc(cx, time_of_parts(cx, args)?)),
    };
    let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::DatePrototype)?;
    let shape = root_shape(cx, CellKind::Date, Some(prototype), 0);
    Ok(cx.allocate_object(shape, |head| DateObject { head, time: Cell::new(time) }).into())
}

/// The time of the constructor's only argument.
fn time_of_value(cx: Cx<'_>, value: Value) -> JsResult<f64> {
    if let Some(date) = value.to::<DateObject>() {
        return Ok(date.time.get());
    }
    let primitive = to_primitive(cx, value, Hint::Default)?;
    match primitive.to::<JSString>() {
        Some(text) => Ok(parse::parse_date(cx, cx.flatten(&text)?)),
        None => Ok(time_clip(to_number(cx, primitive)?)),
    }
}

macro_rules! texts {
    ($($name:ident = $format:expr;)*) => { $(
        fn $name(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            let time = this_date(cx, args.this)?.time.get();
            let format: fn(Cx<'_>, f64) -> String = $format;
            Ok(cx.new_string(&format(cx, time)).into())
        }
    )* };
}

texts! {
    to_string = format::to_string;
    to_date_string = format::to_date_string;
    to_time_string = format::to_time_string;
    to_utc_string = |_, time| format::to_utc_string(time);
    to_locale_string = format::to_locale_string;
    to_locale_date_string = format::to_locale_date_string;
    to_locale_time_string = format::to_locale_time_string;
}

fn to_iso_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let time = this_date(cx, args.this)?.time.get();
    if time.is_nan() {
        return Err(cx.throw_range_error("Invalid time value"));
    }
    Ok(cx.new_string(&format::to_iso_string(time)).into())
}

fn to_json(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let primitive = to_primitive(cx, object.into(), Hint::Number)?;
    if primitive.to_number().is_some_and(|n| !n.is_finite()) {
        return Ok(Value::NULL);
    }
    object.invoke(cx, cx.key(A::toISOString), &[])
}

fn symbol_to_primitive(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.this.as_object() else {
        return Err(cx.throw_type_error(format_args!(
            "Date.prototype[Symbol.toPrimitive] called on non-object {}",
            cx.describe(args.this)
        )));
    };
    let hint = args.get(0).to::<JSString>().map(|text| cx.rust_string(text));
    match hint.as_deref() {
        Some("string" | "default") => ordinary_to_primitive(cx, object, Hint::String),
        Some("number") => ordinary_to_primitive(cx, object, Hint::Number),
        _ => Err(cx.throw_type_error(format_args!("Invalid hint: {}", cx.describe(args.get(0))))),
    }
}
