//! Methods that call back: `forEach`, `map`, `filter`, `reduce` and their relatives.

use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_boolean, to_object};
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::{Cx, Object};
use unspool_values::Value;

use super::super::{get_index, get_present, index_key, number, require_callable};
use super::array_species_create;

/// What a visit says about going on.
enum Visit {
    Next,
    Stop(Value),
}

/// The receiver as an object with its length, after the callback was checked.
fn prepare(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<(Object, u64)> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    require_callable(cx, args.get(0))?;
    Ok((object, length))
}

/// Calls the callback for each present element in ascending order; `visit` gets index, element and result.
fn for_each_present(
    cx: Cx<'_>,
    args: Arguments<'_>,
    object: Object,
    length: u64,
    mut visit: impl FnMut(u64, Value, Value) -> JsResult<Visit>,
) -> JsResult<Option<Value>> {
    for k in 0..length {
        cx.poll_interrupt()?;
        if let Some(element) = get_present(cx, object, k)? {
            let result = call(cx, args.get(0), args.get(1), &[element, number(k), object.into()])?;
            if let Visit::Stop(value) = visit(k, element, result)? {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

/// `Array.prototype.forEach`
pub(crate) fn for_each(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    for_each_present(cx, args, object, length, |_, _, _| Ok(Visit::Next))?;
    Ok(Value::UNDEFINED)
}

/// `Array.prototype.map`
pub(crate) fn map(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    let result = array_species_create(cx, object, length)?;
    for_each_present(cx, args, object, length, |k, _, mapped| {
        result.create_data_property_or_throw(cx, index_key(cx, k), mapped)?;
        Ok(Visit::Next)
    })?;
    Ok(result.into())
}

/// `Array.prototype.filter`
pub(crate) fn filter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    let result = array_species_create(cx, object, 0)?;
    let mut to = 0;
    for_each_present(cx, args, object, length, |_, element, selected| {
        if to_boolean(selected) {
            result.create_data_property_or_throw(cx, index_key(cx, to), element)?;
            to += 1;
        }
        Ok(Visit::Next)
    })?;
    Ok(result.into())
}

/// `Array.prototype.every`
pub(crate) fn every(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    let failed = for_each_present(cx, args, object, length, |_, _, result| {
        Ok(if to_boolean(result) { Visit::Next } else { Visit::Stop(Value::FALSE) })
    })?;
    Ok(failed.unwrap_or(Value::TRUE))
}

/// `Array.prototype.some`
pub(crate) fn some(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    let found = for_each_present(cx, args, object, length, |_, _, result| {
        Ok(if to_boolean(result) { Visit::Stop(Value::TRUE) } else { Visit::Next })
    })?;
    Ok(found.unwrap_or(Value::FALSE))
}

/// FindViaPredicate: index and element of the first that the predicate accepts. Absent elements are visited as well.
fn find_via_predicate(
    cx: Cx<'_>,
    args: Arguments<'_>,
    object: Object,
    indices: impl Iterator<Item = u64>,
) -> JsResult<Option<(u64, Value)>> {
    for k in indices {
        cx.poll_interrupt()?;
        let element = get_index(cx, object, k)?;
        if to_boolean(call(cx, args.get(0), args.get(1), &[element, number(k), object.into()])?) {
            return Ok(Some((k, element)));
        }
    }
    Ok(None)
}

fn element_or_undefined(found: Option<(u64, Value)>) -> Value {
    found.map_or(Value::UNDEFINED, |(_, element)| element)
}

fn index_or_minus_one(found: Option<(u64, Value)>) -> Value {
    found.map_or(Value::from_i32(-1), |(index, _)| number(index))
}

/// `Array.prototype.find`
pub(crate) fn find(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    Ok(element_or_undefined(find_via_predicate(cx, args, object, 0..length)?))
}

/// `Array.prototype.findIndex`
pub(crate) fn find_index(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    Ok(index_or_minus_one(find_via_predicate(cx, args, object, 0..length)?))
}

/// `Array.prototype.findLast`
pub(crate) fn find_last(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    Ok(element_or_undefined(find_via_predicate(cx, args, object, (0..length).rev())?))
}

/// `Array.prototype.findLastIndex`
pub(crate) fn find_last_index(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    Ok(index_or_minus_one(find_via_predicate(cx, args, object, (0..length).rev())?))
}

fn fold(
    cx: Cx<'_>,
    args: Arguments<'_>,
    object: Object,
    mut indices: impl Iterator<Item = u64>,
) -> JsResult<Value> {
    let mut accumulator = None;
    if args.len() >= 2 {
        accumulator = Some(args.get(1));
    } else {
        for k in indices.by_ref() {
            cx.poll_interrupt()?;
            accumulator = get_present(cx, object, k)?;
            if accumulator.is_some() {
                break;
            }
        }
    }
    let Some(mut accumulator) = accumulator else {
        return Err(cx.throw_type_error("Reduce of empty array with no initial value"));
    };
    for k in indices {
        cx.poll_interrupt()?;
        if let Some(element) = get_present(cx, object, k)? {
            let arguments = [accumulator, element, number(k), object.into()];
            accumulator = call(cx, args.get(0), Value::UNDEFINED, &arguments)?;
        }
    }
    Ok(accumulator)
}

/// `Array.prototype.reduce`
pub(crate) fn reduce(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    fold(cx, args, object, 0..length)
}

/// `Array.prototype.reduceRight`
pub(crate) fn reduce_right(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (object, length) = prepare(cx, args)?;
    fold(cx, args, object, (0..length).rev())
}
