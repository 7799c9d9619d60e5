//! `flat`: FlattenIntoArray (23.1.3.13.1) without a mapper. Nesting is by recursion as deep as the caller asks and the
//! machine stack allows. `flatMap` takes a callback and is self-hosted.

use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_integer_or_infinity, to_object};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::is_array;
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;

use super::super::{MAX_LENGTH, get_present, index_key};
use super::array_species_create;

/// `Array.prototype.flat`
pub(crate) fn flat(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    let length = object.length_of_array_like(cx)?;
    let depth =
        if args.get(0).is_undefined() { 1.0 } else { to_integer_or_infinity(cx, args.get(0))?.max(0.0) };
    let target = array_species_create(cx, object, 0)?;
    flatten_into(cx, target, object, length, 0, depth)?;
    Ok(target.into())
}

/// FlattenIntoArray; gives the next free index of the target.
fn flatten_into(
    cx: Cx<'_>,
    target: Object,
    source: Object,
    length: u64,
    start: u64,
    depth: f64,
) -> JsResult<u64> {
    cx.check_native_stack()?;
    let mut to = start;
    for k in 0..length {
        cx.poll_interrupt()?;
        let Some(element) = get_present(cx, source, k)? else { continue };
        if depth > 0.0 && is_array(cx, element)? {
            let inner = element.as_object_unchecked();
            let inner_length = inner.length_of_array_like(cx)?;
            to = flatten_into(cx, target, inner, inner_length, to, depth - 1.0)?;
        } else {
            if to >= MAX_LENGTH {
                return Err(cx.throw_type_error("Flattening exceeds the greatest safe array length"));
            }
            target.create_data_property_or_throw(cx, index_key(cx, to), element)?;
            to += 1;
        }
    }
    Ok(to)
}
