//! Methods that call back.

use unspool_gc::Gc;
use unspool_runtime::cells::TypedArrayObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_boolean;
use unspool_runtime::function::call;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::typed_array;
use unspool_runtime::{Cx, OrThrow as _};
use unspool_values::Value;
use unspool_values::object::GcVec;

use super::super::{index_key, number, require_callable};
use super::{species_create, validate};

fn prepare(cx: Cx<'_>, args: Arguments<'_>, method: &str) -> JsResult<(Gc<TypedArrayObject>, usize)> {
    let found = validate(cx, args.this, method)?;
    require_callable(cx, args.get(0))?;
    Ok(found)
}

/// The element now, `undefined` if the array shrank.
fn element(cx: Cx<'_>, array: Gc<TypedArrayObject>, index: usize) -> Value {
    typed_array::get(cx, array, index).unwrap_or(Value::UNDEFINED)
}

/// Calls the callback for the elements at some indices until `visit`, which gets index, element and result, says stop.
fn visit_elements(
    cx: Cx<'_>,
    args: Arguments<'_>,
    array: Gc<TypedArrayObject>,
    indices: impl Iterator<Item = usize>,
    mut visit: impl FnMut(usize, Value, Value) -> JsResult<bool>,
) -> JsResult<Option<(usize, Value)>> {
    for k in indices {
        cx.poll_interrupt()?;
        let value = element(cx, array, k);
        let result = call(cx, args.get(0), args.get(1), &[value, number(k as u64), args.this])?;
        if !visit(k, value, result)? {
            return Ok(Some((k, value)));
        }
    }
    Ok(None)
}

pub(super) fn for_each(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "forEach")?;
    visit_elements(cx, args, array, 0..length, |_, _, _| Ok(true))?;
    Ok(Value::UNDEFINED)
}

pub(super) fn every(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "every")?;
    let failed = visit_elements(cx, args, array, 0..length, |_, _, result| Ok(to_boolean(result)))?;
    Ok(failed.is_none().into())
}

pub(super) fn some(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "some")?;
    let found = visit_elements(cx, args, array, 0..length, |_, _, result| Ok(!to_boolean(result)))?;
    Ok(found.is_some().into())
}

fn find_by(
    cx: Cx<'_>,
    args: Arguments<'_>,
    array: Gc<TypedArrayObject>,
    indices: impl Iterator<Item = usize>,
) -> JsResult<Option<(usize, Value)>> {
    visit_elements(cx, args, array, indices, |_, _, result| Ok(!to_boolean(result)))
}

fn index_of(found: Option<(usize, Value)>) -> Value {
    found.map_or(Value::from_i32(-1), |(index, _)| Value::from_usize(index))
}

fn value_of(found: Option<(usize, Value)>) -> Value {
    found.map_or(Value::UNDEFINED, |(_, value)| value)
}

pub(super) fn find(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "find")?;
    Ok(value_of(find_by(cx, args, array, 0..length)?))
}

pub(super) fn find_index(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "findIndex")?;
    Ok(index_of(find_by(cx, args, array, 0..length)?))
}

pub(super) fn find_last(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "findLast")?;
    Ok(value_of(find_by(cx, args, array, (0..length).rev())?))
}

pub(super) fn find_last_index(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "findLastIndex")?;
    Ok(index_of(find_by(cx, args, array, (0..length).rev())?))
}

pub(super) fn map(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "map")?;
    let target = TypedArrayObject::object(species_create(cx, array, length, "map")?);
    visit_elements(cx, args, array, 0..length, |k, _, mapped| {
        target.set(cx, index_key(cx, k as u64), mapped)?;
        Ok(true)
    })?;
    Ok(target.into())
}

pub(super) fn filter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "filter")?;
    let kept = GcVec::new(cx);
    visit_elements(cx, args, array, 0..length, |_, value, selected| {
        if to_boolean(selected) {
            kept.push(cx, value).or_throw(cx)?;
        }
        Ok(true)
    })?;
    let target = TypedArrayObject::object(species_create(cx, array, kept.len(), "filter")?);
    for (k, value) in kept.iter().enumerate() {
        target.set(cx, index_key(cx, k as u64), value)?;
    }
    Ok(target.into())
}

fn fold(
    cx: Cx<'_>,
    args: Arguments<'_>,
    array: Gc<TypedArrayObject>,
    mut indices: impl Iterator<Item = usize>,
) -> JsResult<Value> {
    let mut accumulator = if args.len() >= 2 {
        args.get(1)
    } else {
        match indices.next() {
            Some(k) => element(cx, array, k),
            None => return Err(cx.throw_type_error("Reduce of empty array with no initial value")),
        }
    };
    for k in indices {
        cx.poll_interrupt()?;
        let arguments = [accumulator, element(cx, array, k), number(k as u64), args.this];
        accumulator = call(cx, args.get(0), Value::UNDEFINED, &arguments)?;
    }
    Ok(accumulator)
}

pub(super) fn reduce(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "reduce")?;
    fold(cx, args, array, 0..length)
}

pub(super) fn reduce_right(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = prepare(cx, args, "reduceRight")?;
    fold(cx, args, array, (0..length).rev())
}
