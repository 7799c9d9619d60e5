//! Methods that copy, move or overwrite ranges of elements.
//!
//! `slice`, `splice`, `concat`, `copyWithin`, `fill`, `reverse` and the copying variants. For plain arrays (see the
//! [folder](super)) they move memory; otherwise they go element by element with the reads, writes and deletions that the
//! specification prescribes, and look at interrupts, since lengths may be up to 2^53 − 1.

use unspool_gc::Gc;
use unspool_runtime::cells::Array;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_boolean, to_integer_or_infinity, to_object};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::array::{array_over, set_length as set_array_length};
use unspool_runtime::object::is_array;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::Value;
use unspool_values::object::Elements;
use unspool_values::symbol::WellKnownSymbol as S;

use super::super::{MAX_LENGTH, get_index, get_present, index_key, relative_end, relative_start};
use super::{
    append, array_species_create, copy_of_range, dense_length, extend_dense, fill_holes, has_default_species,
    plain, plain_writable, set_length,
};

/// The largest result that is built in memory before it is known to have that many elements.
const MAX_DENSE: u64 = 1 << 26;

/// Copies one element as `shift` and its like do: an absent one makes the target absent.
pub(super) fn move_element(cx: Cx<'_>, object: Object, from: u64, to: u64) -> JsResult<()> {
    cx.poll_interrupt()?;
    match get_present(cx, object, from)? {
        Some(value) => object.set(cx, index_key(cx, to), value),
        None => object.delete_or_throw(cx, index_key(cx, to)),
    }
}

// ---- slice -------------------------------------------------------------------------------------------------------------

/// `Array.prototype.slice`
pub(crate) fn slice(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let start = relative_start(cx, args.get(0), length)?;
    let end = relative_end(cx, args.get(1), length)?;
    let count = end.saturating_sub(start);
    if let Some(array) = plain(cx, object)
        && count <= MAX_DENSE
        && end <= u64::from(array.length.get())
        && has_default_species(cx, object)
    {
        return Ok(array_over(cx, copy_of_range(cx, array, start as u32, count as u32)?).into());
    }
    let result = array_species_create(cx, object, count)?;
    copy_to_result(cx, object, start, count, result)?;
    set_length(cx, result, count)?;
    Ok(result.into())
}

/// Copies `count` elements from `start` on to the front of `result`.
fn copy_to_result(cx: Cx<'_>, object: Object, start: u64, count: u64, result: Object) -> JsResult<()> {
    for i in 0..count {
        cx.poll_interrupt()?;
        if let Some(value) = get_present(cx, object, start + i)? {
            result.create_data_property_or_throw(cx, index_key(cx, i), value)?;
        }
    }
    Ok(())
}

// ---- splice ------------------------------------------------------------------------------------------------------------

/// The number of elements that `splice` and `toSpliced` skip.
fn skip_count(cx: Cx<'_>, args: Arguments<'_>, length: u64, start: u64) -> JsResult<u64> {
    Ok(match args.len() {
        0 => 0,
        1 => length - start,
        _ => to_integer_or_infinity(cx, args.get(1))?.clamp(0.0, (length - start) as f64) as u64,
    })
}

/// `Array.prototype.splice`
pub(crate) fn splice(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let start = relative_start(cx, args.get(0), length)?;
    let deleted = skip_count(cx, args, length, start)?;
    let items = args.values.get(2..).unwrap_or(&[]);
    let inserted = items.len() as u64;
    let new_length = length + inserted - deleted;
    if new_length > MAX_LENGTH {
        return Err(cx.throw_type_error("Invalid array length"));
    }
    if let Some(array) = plain_writable(cx, object)
        && length == u64::from(array.length.get())
        && new_length <= MAX_DENSE
        && length <= u64::from(dense_length(array)) * 2 + 1024
        && has_default_species(cx, object)
    {
        return splice_plain(cx, array, start as u32, deleted as u32, items);
    }
    let result = array_species_create(cx, object, deleted)?;
    copy_to_result(cx, object, start, deleted, result)?;
    set_length(cx, result, deleted)?;
    if inserted < deleted {
        for k in start..length - deleted {
            move_element(cx, object, k + deleted, k + inserted)?;
        }
        for k in (new_length..length).rev() {
            cx.poll_interrupt()?;
            object.delete_or_throw(cx, index_key(cx, k))?;
        }
    } else if inserted > deleted {
        for k in (start..length - deleted).rev() {
            move_element(cx, object, k + deleted, k + inserted)?;
        }
    }
    for (i, value) in items.iter().enumerate() {
        object.set(cx, index_key(cx, start + i as u64), *value)?;
    }
    set_length(cx, object, new_length)?;
    Ok(result.into())
}

fn splice_plain(cx: Cx<'_>, array: Gc<Array>, start: u32, deleted: u32, items: &[Value]) -> JsResult<Value> {
    let length = array.length.get();
    let result = array_over(cx, copy_of_range(cx, array, start, deleted)?);
    let inserted = items.len() as u32;
    let new_length = length - deleted + inserted;
    if deleted == 0 && inserted == 0 {
        return Ok(result.into());
    }
    let elements = extend_dense(cx, array, length.max(new_length))?;
    elements.copy_within(cx, start + deleted, start + inserted, length - start - deleted);
    for (i, value) in items.iter().enumerate() {
        elements.set(cx, start + i as u32, *value);
    }
    if new_length < length {
        set_array_length(cx, array, new_length);
    } else {
        array.length.set(new_length);
    }
    Ok(result.into())
}

/// `Array.prototype.toSpliced`
pub(crate) fn to_spliced(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let start = relative_start(cx, args.get(0), length)?;
    let skipped = skip_count(cx, args, length, start)?;
    let items = args.values.get(2..).unwrap_or(&[]);
    let new_length = length + items.len() as u64 - skipped;
    if new_length > MAX_LENGTH {
        return Err(cx.throw_type_error("Invalid array length"));
    }
    let result = new_array(cx, new_length)?;
    for i in 0..start {
        append(cx, result, get_polled(cx, object, i)?)?;
    }
    for value in items {
        append(cx, result, *value)?;
    }
    for i in start + skipped..length {
        append(cx, result, get_polled(cx, object, i)?)?;
    }
    Ok(Array::object(result).into())
}

fn get_polled(cx: Cx<'_>, object: Object, index: u64) -> JsResult<Value> {
    cx.poll_interrupt()?;
    get_index(cx, object, index)
}

/// An empty array that will be filled by `append` up to a length that is checked now as ArrayCreate does.
pub(super) fn new_array(cx: Cx<'_>, length: u64) -> JsResult<Gc<Array>> {
    if length > u64::from(u32::MAX) {
        return Err(cx.throw_range_error("Invalid array length"));
    }
    let elements = Elements::with_capacity(cx, length.min(4096) as u32).or_throw(cx)?;
    let array = array_over(cx, Elements::short(cx, 0)).to::<Array>().expect("a new array");
    array.head.replace_elements(cx, elements);
    Ok(array)
}

// ---- concat ------------------------------------------------------------------------------------------------------------

/// IsConcatSpreadable
fn is_concat_spreadable(cx: Cx<'_>, value: Value) -> JsResult<bool> {
    let Some(object) = value.as_object() else { return Ok(false) };
    let spreadable = object.get(cx, cx.symbol_key(S::isConcatSpreadable))?;
    if spreadable.is_undefined() { is_array(cx, value) } else { Ok(to_boolean(spreadable)) }
}

/// `Array.prototype.concat`
pub(crate) fn concat(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let default_species = has_default_species(cx, object);
    let result = array_species_create(cx, object, 0)?;
    let mut n = 0u64;
    let first = Value::from(object);
    for item in std::iter::once(&first).chain(args.values) {
        let item = *item;
        if !is_concat_spreadable(cx, item)? {
            if n >= MAX_LENGTH {
                return Err(cx.throw_type_error("Invalid array length"));
            }
            result.create_data_property_or_throw(cx, index_key(cx, n), item)?;
            n += 1;
            continue;
        }
        let source = item.as_object_unchecked();
        let length = source.length_of_array_like(cx)?;
        if n + length > MAX_LENGTH {
            return Err(cx.throw_type_error("Invalid array length"));
        }
        if default_species
            && n + length <= MAX_DENSE
            && let Some(array) = plain(cx, source)
            && let Some(target) = result.to::<Array>()
            && u64::from(array.length.get()) == length
            && length <= u64::from(dense_length(array)) * 2 + 1024
            && n == u64::from(target.length.get())
            && n <= u64::from(dense_length(target)) + 1024
        {
            let elements = extend_dense(cx, target, (n + length) as u32)?;
            if let Some(from) = array.head.raw_elements() {
                elements.copy_from(cx, n as u32, &*from, 0, dense_length(array));
            }
            target.length.set((n + length) as u32);
        } else {
            for k in 0..length {
                cx.poll_interrupt()?;
                if let Some(value) = get_present(cx, source, k)? {
                    result.create_data_property_or_throw(cx, index_key(cx, n + k), value)?;
                }
            }
            if default_species
                && n + length <= u64::from(u32::MAX)
                && let Some(target) = result.to::<Array>()
            {
                // So that the next item finds the length of what was copied, trailing holes included.
                set_array_length(cx, target, (n + length) as u32);
            }
        }
        n += length;
    }
    set_length(cx, result, n)?;
    Ok(result.into())
}

// ---- overwriting in place ----------------------------------------------------------------------------------------------

/// `Array.prototype.copyWithin`
pub(crate) fn copy_within(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let to = relative_start(cx, args.get(0), length)?;
    let from = relative_start(cx, args.get(1), length)?;
    let end = relative_end(cx, args.get(2), length)?;
    let count = end.saturating_sub(from).min(length - to);
    if count == 0 {
        return Ok(object.into());
    }
    if let Some(array) = plain_writable(cx, object)
        && from.max(to) + count <= u64::from(dense_length(array))
        && let Some(elements) = object.head().raw_elements()
    {
        elements.copy_within(cx, from as u32, to as u32, count as u32);
        return Ok(object.into());
    }
    if from < to && to < from + count {
        for i in (0..count).rev() {
            move_element(cx, object, from + i, to + i)?;
        }
    } else {
        for i in 0..count {
            move_element(cx, object, from + i, to + i)?;
        }
    }
    Ok(object.into())
}

/// `Array.prototype.fill`
pub(crate) fn fill(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let value = args.get(0);
    let start = relative_start(cx, args.get(1), length)?;
    let end = relative_end(cx, args.get(2), length)?;
    if start >= end {
        return Ok(object.into());
    }
    if let Some(array) = plain_writable(cx, object)
        && end <= u64::from(array.length.get())
        && end <= MAX_DENSE
        && start <= u64::from(dense_length(array)) + 1024
    {
        let elements = extend_dense(cx, array, end as u32)?;
        elements.fill(cx, start as u32, end as u32, value);
        return Ok(object.into());
    }
    for k in start..end {
        cx.poll_interrupt()?;
        object.set(cx, index_key(cx, k), value)?;
    }
    Ok(object.into())
}

/// `Array.prototype.reverse`
pub(crate) fn reverse(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    if let Some(array) = plain_writable(cx, object)
        && u64::from(array.length.get()) == length
        && length <= u64::from(dense_length(array)) * 2 + 1024
    {
        let elements = extend_dense(cx, array, length as u32)?;
        let values = elements.values();
        for i in 0..length as usize / 2 {
            values[i].swap(&values[length as usize - 1 - i]);
        }
        return Ok(object.into());
    }
    for lower in 0..length / 2 {
        cx.poll_interrupt()?;
        let upper = length - 1 - lower;
        let (lower_key, upper_key) = (index_key(cx, lower), index_key(cx, upper));
        // Presence and value of the lower one are both read before the upper one is looked at.
        let lower_value = get_present(cx, object, lower)?;
        let upper_value = get_present(cx, object, upper)?;
        match (lower_value, upper_value) {
            (Some(l), Some(u)) => {
                object.set(cx, lower_key, u)?;
                object.set(cx, upper_key, l)?;
            }
            (None, Some(u)) => {
                object.set(cx, lower_key, u)?;
                object.delete_or_throw(cx, upper_key)?;
            }
            (Some(l), None) => {
                object.delete_or_throw(cx, lower_key)?;
                object.set(cx, upper_key, l)?;
            }
            (None, None) => {}
        }
    }
    Ok(object.into())
}

// ---- changed copies ----------------------------------------------------------------------------------------------------

/// `Array.prototype.toReversed`
pub(crate) fn to_reversed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let result = new_array(cx, length)?;
    for k in (0..length).rev() {
        append(cx, result, get_polled(cx, object, k)?)?;
    }
    Ok(Array::object(result).into())
}

/// `Array.prototype.with`
pub(crate) fn with(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let relative = to_integer_or_infinity(cx, args.get(0))?;
    let index = if relative < 0.0 { length as f64 + relative } else { relative };
    if index < 0.0 || index >= length as f64 {
        return Err(cx.throw_range_error("Invalid index"));
    }
    if let Some(array) = plain(cx, object)
        && u64::from(array.length.get()) == length
        && length <= MAX_DENSE
    {
        let copy = copy_of_range(cx, array, 0, length as u32)?;
        copy.set(cx, index as u32, args.get(1));
        fill_holes(copy);
        return Ok(array_over(cx, copy).into());
    }
    let result = new_array(cx, length)?;
    for k in 0..length {
        let value = if k == index as u64 { args.get(1) } else { get_polled(cx, object, k)? };
        append(cx, result, value)?;
    }
    Ok(Array::object(result).into())
}
