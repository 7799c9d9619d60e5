//! The Array constructor and its methods: `Array`, `Array.isArray`, `Array.of`, `Array.from`.
//!
//! `of` and `from` make their result with the receiver if that is another constructor; with `%Array%` itself, elements
//! are collected first and become the array in one piece. `Array.fromAsync` is self-hosted.

use unspool_runtime::cells::{Array, NativeFunction};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_object;
use unspool_runtime::function::{call, construct};
use unspool_runtime::iteration::get_iterator_from_method;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::{is_array, prototype_from_constructor};
use unspool_runtime::realm::Intrinsic;
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;

use super::super::{MAX_LENGTH, get_index, index_key, number, require_callable};
use super::{append, extend_dense, ranges, set_length};
use crate::iterate::{for_each_from_method, has_default_iteration, iterator_method};

/// `Array`
pub(crate) fn array(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let callee = NativeFunction::object(args.callee);
    let prototype = if args.is_construct() && args.new_target_object() != callee {
        Some(prototype_from_constructor(cx, args.new_target_object(), Intrinsic::ArrayPrototype)?)
    } else {
        None
    };
    let create = |length: u64| match prototype {
        None => Object::array(cx, length),
        Some(prototype) => Object::array_with_prototype(cx, length, Some(prototype)),
    };
    match *args.values {
        [] => Ok(create(0)?.into()),
        [length] if length.is_number() => {
            let n = length.to_number().unwrap_or(0.0);
            let length = n as u32;
            if f64::from(length) != n {
                return Err(cx.throw_range_error("Invalid array length"));
            }
            Ok(create(u64::from(length))?.into())
        }
        _ => {
            let Some(array) = create(0)?.to::<Array>() else { unreachable!("ArrayCreate makes an array") };
            let count = args.len() as u32;
            let elements = extend_dense(cx, array, count)?;
            for (i, value) in args.values.iter().enumerate() {
                elements.set(cx, i as u32, *value);
            }
            array.length.set(count);
            Ok(Array::object(array).into())
        }
    }
}

/// `Array.isArray`
pub(crate) fn is_array_method(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(is_array(cx, args.get(0))?.into())
}

/// The receiver of `Array.from` and `Array.of` as a constructor other than `%Array%`, for which no call is needed.
fn custom_constructor(cx: Cx<'_>, this: Value) -> Option<Object> {
    let constructor = this.as_object().filter(|o| o.is_constructor())?;
    (constructor != cx.intrinsic(Intrinsic::Array)).then_some(constructor)
}

/// `Array.of`
pub(crate) fn of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(constructor) = custom_constructor(cx, args.this) else {
        return Ok(Object::array_from_values(cx, args.values)?.into());
    };
    let result = construct(cx, constructor, &[Value::from_usize(args.len())], constructor)?;
    for (k, value) in args.values.iter().enumerate() {
        result.create_data_property_or_throw(cx, index_key(cx, k as u64), *value)?;
    }
    set_length(cx, result, args.len() as u64)?;
    Ok(result.into())
}

/// `Array.from`
pub(crate) fn from(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (items, mapper) = (args.get(0), args.get(1));
    if !mapper.is_undefined() {
        require_callable(cx, mapper)?;
    }
    let map = |value: Value, k: u64| {
        if mapper.is_undefined() { Ok(value) } else { call(cx, mapper, args.get(2), &[value, number(k)]) }
    };
    let constructor = custom_constructor(cx, args.this);
    let method = iterator_method(cx, items)?;
    if !method.is_undefined() {
        return from_iterable(cx, items, method, constructor, map);
    }
    let source = to_object(cx, items)?;
    let length = source.length_of_array_like(cx)?;
    let Some(constructor) = constructor else {
        let result = ranges::new_array(cx, length)?;
        for k in 0..length {
            cx.poll_interrupt()?;
            let value = map(get_index(cx, source, k)?, k)?;
            append(cx, result, value)?;
        }
        return Ok(Array::object(result).into());
    };
    let result = construct(cx, constructor, &[number(length)], constructor)?;
    for k in 0..length {
        cx.poll_interrupt()?;
        let value = map(get_index(cx, source, k)?, k)?;
        result.create_data_property_or_throw(cx, index_key(cx, k), value)?;
    }
    set_length(cx, result, length)?;
    Ok(result.into())
}

fn from_iterable(
    cx: Cx<'_>,
    items: Value,
    method: Value,
    constructor: Option<Object>,
    map: impl Fn(Value, u64) -> JsResult<Value>,
) -> JsResult<Value> {
    let mut k = 0u64;
    let Some(constructor) = constructor else {
        let expected =
            items.as_object().and_then(|o| has_default_iteration(cx, o)).map_or(0, |a| a.length.get());
        let result = ranges::new_array(cx, u64::from(expected))?;
        for_each_from_method(cx, items, method, |value| {
            append(cx, result, map(value, k)?)?;
            k += 1;
            Ok(())
        })?;
        return Ok(Array::object(result).into());
    };
    let result = construct(cx, constructor, &[], constructor)?;
    let record = get_iterator_from_method(cx, items, method)?;
    while let Some(value) = record.step(cx)? {
        if k >= MAX_LENGTH {
            let throw = cx.throw_type_error("Invalid array length");
            return Err(record.close_on_throw(cx, throw));
        }
        let stored =
            map(value, k).and_then(|v| result.create_data_property_or_throw(cx, index_key(cx, k), v));
        record.close_if_thrown(cx, stored)?;
        k += 1;
    }
    set_length(cx, result, k)?;
    Ok(result.into())
}
