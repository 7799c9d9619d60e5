//! `push`, `pop`, `shift`, `unshift`.
//!
//! On plain writable arrays these work on the elements' memory; `shift` and `unshift` move what is there by copying.
//! Everything else takes the general algorithm, which sets `length` even when nothing else happened.

use unspool_runtime::cells::Array;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_object;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::array::{pop_fast, push_fast};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;

use super::super::{MAX_LENGTH, get_index, index_key, number};
use super::{dense_length, extend_dense, plain_writable, set_length};

/// `Array.prototype.push`
pub(crate) fn push(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let mut rest = args.values;
    if let Some(array) = args.this.to::<Array>() {
        while let [value, tail @ ..] = rest {
            if !push_fast(cx, array, *value)? {
                break;
            }
            rest = tail;
        }
        if rest.is_empty() && !args.values.is_empty() {
            return Ok(Value::from_u32(array.length.get()));
        }
    }
    push_general(cx, to_object(cx, args.this)?, rest)
}

fn push_general(cx: Cx<'_>, object: Object, values: &[Value]) -> JsResult<Value> {
    let length = object.length_of_array_like(cx)?;
    let new_length = length + values.len() as u64;
    if new_length > MAX_LENGTH {
        return Err(cx.throw_type_error(format_args!(
            "Pushing {} elements on an array-like of length {length} is disallowed by ECMA-262",
            values.len()
        )));
    }
    for (i, value) in values.iter().enumerate() {
        object.set(cx, index_key(cx, length + i as u64), *value)?;
    }
    set_length(cx, object, new_length)?;
    Ok(number(new_length))
}

/// `Array.prototype.pop`
pub(crate) fn pop(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let Some(array) = args.this.to::<Array>()
        && let Some(value) = pop_fast(cx, array)
    {
        return Ok(value);
    }
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    if length == 0 {
        set_length(cx, object, 0)?;
        return Ok(Value::UNDEFINED);
    }
    let value = get_index(cx, object, length - 1)?;
    object.delete_or_throw(cx, index_key(cx, length - 1))?;
    set_length(cx, object, length - 1)?;
    Ok(value)
}

/// `Array.prototype.shift`
pub(crate) fn shift(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    if let Some(array) = plain_writable(cx, object)
        && let Some(elements) = object.head().raw_elements()
        && array.length.get() > 0
        && !elements.is_empty()
    {
        let first = elements.get(0).filter(|v| !v.is_hole()).unwrap_or(Value::UNDEFINED);
        let present = dense_length(array);
        elements.copy_within(cx, 1, 0, present - 1);
        elements.pop();
        array.length.set(array.length.get() - 1);
        return Ok(first);
    }
    let length = object.length_of_array_like(cx)?;
    if length == 0 {
        set_length(cx, object, 0)?;
        return Ok(Value::UNDEFINED);
    }
    let first = get_index(cx, object, 0)?;
    for k in 1..length {
        super::ranges::move_element(cx, object, k, k - 1)?;
    }
    object.delete_or_throw(cx, index_key(cx, length - 1))?;
    set_length(cx, object, length - 1)?;
    Ok(first)
}

/// `Array.prototype.unshift`
pub(crate) fn unshift(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let count = args.values.len() as u64;
    if let Some(array) = plain_writable(cx, object)
        && u64::from(array.length.get()) + count <= u64::from(u32::MAX)
        && (array.length.get() <= dense_length(array).saturating_mul(2).saturating_add(1024))
    {
        let new_length = array.length.get() + count as u32;
        if count > 0 {
            let present = dense_length(array);
            let elements = extend_dense(cx, array, present + count as u32)?;
            elements.copy_within(cx, 0, count as u32, present);
            for (i, value) in args.values.iter().enumerate() {
                elements.set(cx, i as u32, *value);
            }
            array.length.set(new_length);
        }
        return Ok(Value::from_u32(new_length));
    }
    let length = object.length_of_array_like(cx)?;
    if count > 0 {
        if length + count > MAX_LENGTH {
            return Err(cx.throw_type_error("Invalid array length"));
        }
        for k in (0..length).rev() {
            super::ranges::move_element(cx, object, k, k + count)?;
        }
        for (i, value) in args.values.iter().enumerate() {
            object.set(cx, index_key(cx, i as u64), *value)?;
        }
    }
    set_length(cx, object, length + count)?;
    Ok(number(length + count))
}
