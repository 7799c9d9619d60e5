//! Walking through iterables, with a short cut for arrays.
//!
//! Arrays whose iteration nobody has changed are read directly, which cannot be told from the protocol
//! (`unspool_runtime::iteration`).

use unspool_gc::Gc;
use unspool_runtime::cells::Array;
use unspool_runtime::completion::JsResult;
use unspool_runtime::iteration::get_iterator_from_method;
use unspool_runtime::object::{get_method, get_v};
use unspool_runtime::realm::{Intrinsic, Realm, RealmShape};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol as S;

use crate::indexed::{array, get_index};

/// Whether iterating over this array gives its elements in order, as far as can be told without running JavaScript: an
/// array without own named properties, and `Array.prototype[Symbol.iterator]` and the array iterators' `next` as they were.
pub(crate) fn has_default_iteration(cx: Cx<'_>, object: Object) -> Option<Gc<Array>> {
    let array = array::plain(cx, object)?;
    let realm = cx.realm();
    if object.shape() != Realm::shape(realm, cx, RealmShape::Array) {
        return None;
    }
    let prototype = cx.intrinsic(Intrinsic::ArrayPrototype);
    let values = cx.intrinsic(Intrinsic::ArrayPrototypeValues);
    if prototype.own_data_value(cx, cx.symbol_key(S::iterator)) != Some(values.into()) {
        return None;
    }
    let iterator_prototype = cx.intrinsic(Intrinsic::ArrayIteratorPrototype);
    let next = iterator_prototype.own_data_value(cx, cx.key(A::next))?;
    crate::class::is_native(next, unspool_runtime::array_iteration::array_iterator_next).then_some(array)
}

/// Calls `visit` with each value that iterating over `iterable` gives.
///
/// # Errors
/// What the iteration or `visit` throws.
pub(crate) fn for_each(
    cx: Cx<'_>,
    iterable: Value,
    visit: impl FnMut(Value) -> JsResult<()>,
) -> JsResult<()> {
    if let Some(object) = iterable.as_object()
        && let Some(array) = has_default_iteration(cx, object)
    {
        return for_each_element(cx, array, visit);
    }
    let method = get_method(cx, iterable, cx.symbol_key(S::iterator))?;
    if method.is_undefined() {
        return Err(unspool_runtime::messages::throw_value_not_iterable(cx, iterable));
    }
    for_each_from_method(cx, iterable, method, visit)
}

/// As [`for_each`] when the iterator method has been looked up already.
pub(crate) fn for_each_from_method(
    cx: Cx<'_>,
    iterable: Value,
    method: Value,
    mut visit: impl FnMut(Value) -> JsResult<()>,
) -> JsResult<()> {
    if let Some(object) = iterable.as_object()
        && let Some(array) = has_default_iteration(cx, object)
        && method == Value::from(cx.intrinsic(Intrinsic::ArrayPrototypeValues))
    {
        return for_each_element(cx, array, visit);
    }
    let record = get_iterator_from_method(cx, iterable, method)?;
    while let Some(value) = record.step(cx)? {
        let result = visit(value);
        record.close_if_thrown(cx, result)?;
    }
    Ok(())
}

/// What an array iterator would give: the length is looked at before each element. The visitor may run JavaScript.
fn for_each_element(
    cx: Cx<'_>,
    array: Gc<Array>,
    mut visit: impl FnMut(Value) -> JsResult<()>,
) -> JsResult<()> {
    let object = Array::object(array);
    let mut index = 0;
    while index < array.length.get() {
        cx.poll_interrupt()?;
        let value = get_index(cx, object, u64::from(index))?;
        visit(value)?;
        index += 1;
    }
    Ok(())
}

/// The two first elements of an entry, as the constructors of maps read them.
///
/// # Errors
/// A `TypeError` when it is no object; what its getters throw.
pub(crate) fn entry(cx: Cx<'_>, item: Value) -> JsResult<(Value, Value)> {
    let Some(object) = item.as_object() else {
        return Err(
            cx.throw_type_error(format_args!("Iterator value {} is not an entry object", cx.describe(item)))
        );
    };
    Ok((get_index(cx, object, 0)?, get_index(cx, object, 1)?))
}

/// The iterator method of a value, or `undefined`.
pub(crate) fn iterator_method(cx: Cx<'_>, value: Value) -> JsResult<Value> {
    if value.is_nullish() {
        // The property lookup throws the right error.
        get_v(cx, value, cx.symbol_key(S::iterator))?;
    }
    get_method(cx, value, cx.symbol_key(S::iterator))
}
