//! Iterating arrays without calling anything: array iterators, the fast step, spreading; and for-in as instructions do it.
//!
//! An array's iteration *cannot be observed* as long as the array has the intrinsic `Symbol.iterator` method and array
//! iterators have the intrinsic `next`; then its elements are read directly.

use std::sync::atomic::Ordering;

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::object::{Elements, ValueBuffer};
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value};

use crate::cells::{Array, BuiltinIterator, NativeFunction, TypedArrayObject};
use crate::completion::{JsResult, Throw};
use crate::isolate::Cx;
use crate::iteration::{iterable_to_list_or, iterator_result};
use crate::iterators::IteratorKind;
use crate::messages;
use crate::native::{Arguments, NativeFn};
use crate::object::enumerate::{self, ForInState};
use crate::object::{Object, ValueExt as _, arguments, array, typed_array};
use crate::realm::Intrinsic;
use crate::strings::OrThrow as _;

// ---- array iterators ---------------------------------------------------------------------------------------------------

/// `%ArrayIteratorPrototype%.next`
///
/// # Errors
/// A `TypeError` when the receiver is no array iterator or its typed array is out of bounds; what getters throw.
pub fn array_iterator_next(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let iterator =
        arguments.this.to::<BuiltinIterator>().filter(|i| IteratorKind::from_number(i.kind).is_array());
    let Some(iterator) = iterator else {
        return Err(cx.throw_type_error(format_args!(
            "Method Array Iterator.prototype.next called on incompatible receiver {}",
            cx.describe(arguments.this)
        )));
    };
    let Some(target) = iterator.target.get().as_object() else {
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    };
    let index = iterator.index.get();
    let length = iterated_length(cx, target)?;
    if index as u64 >= length {
        iterator.target.set(cx, iterator, Value::UNDEFINED);
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    }
    iterator.index.set(index + 1);
    let key = Value::from_usize(index);
    let value = match IteratorKind::from_number(iterator.kind) {
        IteratorKind::ArrayKeys => key,
        IteratorKind::ArrayValues => array_element(cx, target, index)?,
        _ => {
            let value = array_element(cx, target, index)?;
            Object::array_from_values(cx, &[key, value])?.into()
        }
    };
    Ok(iterator_result(cx, value, false).into())
}

fn iterated_length(cx: Cx<'_>, target: Object) -> JsResult<u64> {
    if let Some(array) = target.to::<Array>() {
        return Ok(u64::from(array.length.get()));
    }
    if let Some(typed) = target.to::<TypedArrayObject>() {
        return match typed_array::view(typed) {
            Some(view) => Ok(view.length as u64),
            None => Err(
                cx.throw_type_error("Cannot perform %ArrayIteratorPrototype%.next on a detached ArrayBuffer")
            ),
        };
    }
    target.length_of_array_like(cx)
}

fn array_element(cx: Cx<'_>, target: Object, index: usize) -> JsResult<Value> {
    if let Ok(index) = u32::try_from(index)
        && target.kind() == CellKind::Array
        && let Some(value) = target.head().dense_element(index)
    {
        return Ok(value);
    }
    let key = unspool_values::PropertyKey::from_u64(cx, &cx.atoms, index as u64);
    target.get(cx, key)
}

/// The result of a step that calls nothing.
#[derive(Clone, Copy, Debug)]
pub enum FastStep {
    /// The next value.
    Value(Value),
    /// The iterator is exhausted.
    Done,
    /// Nothing happened: the step must be done the general way.
    Generic,
}

/// One step of an iterator whose results nobody can observe: an array iterator with the intrinsic `next` over an array whose
/// next element is a plain one.
#[inline]
pub fn step_fast(cx: Cx<'_>, iterator: Value, next: Value) -> FastStep {
    let Some(native) = next.to::<NativeFunction>() else { return FastStep::Generic };
    if !std::ptr::fn_addr_eq(native.function, array_iterator_next as NativeFn) {
        return FastStep::Generic;
    }
    let Some(iterator) = iterator.to::<BuiltinIterator>() else { return FastStep::Generic };
    if iterator.kind != IteratorKind::ArrayValues as u32 {
        return FastStep::Generic;
    }
    let target = iterator.target.get();
    let Some(array) = target.to::<Array>() else {
        return if target.is_undefined() { FastStep::Done } else { FastStep::Generic };
    };
    let index = iterator.index.get();
    if index >= array.length.get() as usize {
        iterator.target.set(cx, iterator, Value::UNDEFINED);
        return FastStep::Done;
    }
    match array.head.dense_element(index as u32) {
        Some(value) => {
            iterator.index.set(index + 1);
            FastStep::Value(value)
        }
        None => FastStep::Generic,
    }
}

// ---- spreading ---------------------------------------------------------------------------------------------------------

/// Does iterating this array call nothing that the program could have replaced?
fn is_pristine(cx: Cx<'_>, object: Object) -> bool {
    if object.kind() != CellKind::Array {
        return false;
    }
    let prototype = cx.intrinsic(Intrinsic::ArrayPrototype);
    let key = cx.symbol_key(WellKnownSymbol::iterator);
    if object.prototype(cx) != Some(prototype) || cx.shapes.lookup(object.shape(), key).is_some() {
        return false;
    }
    let values = cx.intrinsic(Intrinsic::ArrayPrototypeValues);
    if prototype.own_data_value(cx, key) != Some(values.into()) {
        return false;
    }
    let iterator_prototype = cx.intrinsic(Intrinsic::ArrayIteratorPrototype);
    let next = iterator_prototype.own_data_value(cx, cx.key(KnownAtom::next));
    next.and_then(|next| next.to::<NativeFunction>())
        .is_some_and(|f| std::ptr::fn_addr_eq(f.function, array_iterator_next as NativeFn))
}

/// A packed array whose iteration cannot be observed, with its elements.
fn pristine_packed(cx: Cx<'_>, value: Value) -> Option<(Gc<Array>, Option<Gc<Elements>>)> {
    let array = value.to::<Array>()?;
    if !is_pristine(cx, Array::object(array)) {
        return None;
    }
    if array.length.get() == 0 {
        return Some((array, None));
    }
    let elements = array::packed_elements(array)?;
    Some((array, Some(elements)))
}

/// An array or list that holds what iterating the value gives: the value itself if it is a packed array whose iteration cannot
/// be observed.
///
/// # Errors
/// What the iterator throws; out of memory.
pub fn prepare_spread(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    if pristine_packed(cx, value).is_some() {
        return Ok(value);
    }
    array_of(cx, value, messages::throw_not_spreadable)
}

/// A fresh array of what iterating the value gives.
///
/// # Errors
/// What the iterator throws; out of memory.
pub fn array_from_iterable(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    array_of(cx, value, messages::throw_not_iterable)
}

fn array_of(cx: Cx<'_>, value: Value, missing: fn(Cx<'_>, Value) -> Throw) -> JsResult<Value> {
    match pristine_packed(cx, value) {
        Some((_, None)) => Ok(Object::empty_array(cx, 0).into()),
        Some((_, Some(elements))) => {
            let copy = Elements::resized(cx, elements, elements.len()).or_throw(cx)?;
            Ok(array::array_over(cx, copy).into())
        }
        None => {
            let list = iterable_to_list_or(cx, value, missing)?;
            Object::array_from_list(cx, list).map(Value::from)
        }
    }
}

/// Makes room for `count` words below the frame whose register 0 is at `frame`, and for a copy of them in the frame of a callee.
fn words_below(cx: Cx<'_>, frame: *const Value, count: usize) -> JsResult<*mut Value> {
    let top = frame as usize - crate::frame::HEADER_BYTES;
    let new_top = top.wrapping_sub(count.saturating_mul(16));
    if new_top < cx.hot.stack_limit.load(Ordering::Relaxed) || new_top > top {
        crate::interrupt::handle_stack_check(cx, new_top)?;
    }
    Ok((top - count * 8) as *mut Value)
}

/// Writes `fixed` and then the elements of the array `spread` to the free words below the frame whose register 0 is at
/// `frame`. Gives their address and count. They stay valid until something is pushed on the stack.
///
/// # Errors
/// A `RangeError` when the stack is too small.
pub fn lay_out_spread(
    cx: Cx<'_>,
    frame: *const Value,
    fixed: &[Value],
    spread: Value,
) -> JsResult<(*const Value, usize)> {
    let array = spread.to::<Array>().expect("spreads are prepared as arrays");
    let count = fixed.len() + array.length.get() as usize;
    let base = words_below(cx, frame, count)?;
    for i in 0..count {
        let value = match fixed.get(i) {
            Some(value) => *value,
            None => {
                let index = (i - fixed.len()) as u32;
                array.head.dense_element(index).unwrap_or(Value::UNDEFINED)
            }
        };
        // SAFETY: `words_below` made room for `count` words.
        unsafe { base.add(i).write(value) };
    }
    Ok((base, count))
}

/// CreateListFromArrayLike into the words below a frame, for `apply`; see [`lay_out_spread`]. `undefined` and `null` give no
/// arguments.
///
/// # Errors
/// A `TypeError` for values that are no objects; what reading the elements throws; a `RangeError` when there are too many.
pub fn lay_out_array_like(cx: Cx<'_>, frame: *const Value, value: Value) -> JsResult<(*const Value, usize)> {
    if value.is_nullish() {
        return Ok((words_below(cx, frame, 0)?, 0));
    }
    if let Some(array) = value.to::<Array>()
        && (array.length.get() == 0 || array::packed_elements(array).is_some())
    {
        return lay_out_spread(cx, frame, &[], value);
    }
    if let Some(object) = value.as_object()
        && let Some(length) = arguments::plain_length(cx, object)
    {
        let base = words_below(cx, frame, length as usize)?;
        for i in 0..length {
            let element = arguments::plain_element(object, i).unwrap_or(Value::UNDEFINED);
            // SAFETY: `words_below` made room for the elements.
            unsafe { base.add(i as usize).write(element) };
        }
        return Ok((base, length as usize));
    }
    let list = crate::function::create_list_from_array_like(cx, value)?;
    let base = words_below(cx, frame, list.len())?;
    for i in 0..list.len() {
        // SAFETY: `words_below` made room for the list's values.
        unsafe { base.add(i).write(list.get(i)) };
    }
    Ok((base, list.len()))
}

// ---- for-in ------------------------------------------------------------------------------------------------------------

/// ForInEnumerate: the state of a for-in over `value`.
///
/// # Errors
/// What traps of proxies throw.
pub fn for_in_enumerate(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    enumerate::for_in_keys(cx, value).map(Value::from_cell)
}

/// Guard, keys and number of keys of a for-in's state.
pub fn for_in_prepare(_: Cx<'_>, state: Value) -> (Value, Value, u32) {
    let state = state.to::<ForInState>().expect("made by for_in_enumerate");
    (state.guard_value(), Value::from_cell(state.keys), state.keys.len())
}

/// Key number `index`, or `undefined` if it was deleted.
///
/// # Errors
/// What traps of proxies throw.
#[inline]
pub fn for_in_next(cx: Cx<'_>, object: Value, index: u32, guard: Value, keys: Value) -> JsResult<Value> {
    let keys = keys.to::<ValueBuffer>().expect("made by for_in_prepare");
    let key = keys.get(index).unwrap_or(Value::UNDEFINED);
    enumerate::for_in_next(cx, object, key, guard)
}
