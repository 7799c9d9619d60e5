//! The iteration protocol from Rust (ECMA-262 7.4).
//!
//! An [`IteratorRecord`] is stepped, and closed when its user leaves early, with the rules for whose error counts: that
//! of the user before that of `return`. Iteration statements are compiled to instructions of their own; these operations
//! serve the library and the runtime, and `array_iteration` has the short cuts for arrays.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, HostObject};
use crate::completion::{JsResult, Throw};
use crate::function::call;
use crate::isolate::Cx;
use crate::messages;
use crate::object::{Object, ValueExt as _, get_method};
use crate::realm::{Intrinsic, Realm, RealmShape};
use crate::strings::OrThrow as _;

/// An Iterator Record (7.4.1): an iterator with its `next`, which is looked up once.
#[derive(Clone, Copy, Debug)]
pub struct IteratorRecord {
    /// `[[Iterator]]`
    pub iterator: Object,
    /// `[[NextMethod]]`
    pub next: Value,
}

/// GetIterator(value, sync)
///
/// # Errors
/// A `TypeError` when the value is not iterable; what the program throws.
pub fn get_iterator(cx: Cx<'_>, value: Value) -> JsResult<IteratorRecord> {
    get_iterator_or(cx, value, messages::throw_value_not_iterable)
}

fn get_iterator_or(
    cx: Cx<'_>,
    value: Value,
    missing: fn(Cx<'_>, Value) -> Throw,
) -> JsResult<IteratorRecord> {
    if value.is_nullish() {
        return Err(missing(cx, value));
    }
    let method = get_method(cx, value, cx.symbol_key(WellKnownSymbol::iterator))?;
    if method.is_undefined() {
        return Err(missing(cx, value));
    }
    get_iterator_from_method(cx, value, method)
}

/// GetIteratorFromMethod
///
/// # Errors
/// A `TypeError` when the method gives no object; what the program throws.
pub fn get_iterator_from_method(cx: Cx<'_>, value: Value, method: Value) -> JsResult<IteratorRecord> {
    let iterator = call(cx, method, value, &[])?;
    match iterator.as_object() {
        Some(iterator) => get_iterator_direct(cx, iterator),
        None => Err(cx.throw_type_error("Result of the Symbol.iterator method is not an object")),
    }
}

/// GetIteratorDirect
///
/// # Errors
/// What reading `next` throws.
pub fn get_iterator_direct(cx: Cx<'_>, iterator: Object) -> JsResult<IteratorRecord> {
    let next = iterator.get(cx, cx.key(KnownAtom::next))?;
    Ok(IteratorRecord { iterator, next })
}

impl IteratorRecord {
    /// IteratorStep: the next result object, or none when the iterator is done.
    ///
    /// # Errors
    /// What the iterator throws; the iterator is then not to be closed.
    pub fn advance(&self, cx: Cx<'_>) -> JsResult<Option<Object>> {
        let result = call(cx, self.next, self.iterator.into(), &[])?;
        let Some(result) = result.as_object() else {
            return Err(
                cx.throw_type_error(format_args!("Iterator result {} is not an object", cx.describe(result)))
            );
        };
        let done = if is_plain_result(cx, result) {
            result.slot_value(cx, 1)
        } else {
            result.get(cx, cx.key(KnownAtom::done))?
        };
        Ok(if crate::convert::to_boolean(done) { None } else { Some(result) })
    }

    /// IteratorStepValue: the next value, or none when the iterator is done.
    ///
    /// # Errors
    /// What the iterator throws; the iterator is then not to be closed.
    pub fn step(&self, cx: Cx<'_>) -> JsResult<Option<Value>> {
        match self.advance(cx)? {
            None => Ok(None),
            Some(result) if is_plain_result(cx, result) => Ok(Some(result.slot_value(cx, 0))),
            Some(result) => Ok(Some(result.get(cx, cx.key(KnownAtom::value))?)),
        }
    }

    /// IteratorClose with a normal completion.
    ///
    /// # Errors
    /// A `TypeError` when `return` gives no object; what it throws.
    pub fn close(&self, cx: Cx<'_>) -> JsResult<()> {
        let method = get_method(cx, self.iterator.into(), cx.key(KnownAtom::return_))?;
        if method.is_undefined() {
            return Ok(());
        }
        let result = call(cx, method, self.iterator.into(), &[])?;
        if !result.is_object() {
            return Err(cx.throw_type_error(format_args!("{} is not an object", cx.describe(result))));
        }
        Ok(())
    }

    /// IteratorClose with a throw completion: whatever `return` does, the exception goes on.
    pub fn close_on_throw(&self, cx: Cx<'_>, throw: Throw) -> Throw {
        if cx.is_terminating() {
            return throw;
        }
        let exception = cx.take_exception(throw);
        let outcome = get_method(cx, self.iterator.into(), cx.key(KnownAtom::return_)).and_then(|method| {
            if method.is_undefined() { Ok(method) } else { call(cx, method, self.iterator.into(), &[]) }
        });
        match outcome {
            Err(inner) if cx.is_terminating() => inner,
            Err(inner) => {
                cx.take_exception(inner);
                cx.throw(exception)
            }
            Ok(_) => cx.throw(exception),
        }
    }

    /// Closes the iterator when `result` is an exception, and passes it on.
    ///
    /// # Errors
    /// The exception of `result`.
    pub fn close_if_thrown<T>(&self, cx: Cx<'_>, result: JsResult<T>) -> JsResult<T> {
        result.map_err(|throw| self.close_on_throw(cx, throw))
    }
}

/// Is it an object with the shape that [`iterator_result`] gives: data properties `value` and `done`?
fn is_plain_result(cx: Cx<'_>, result: Object) -> bool {
    result.shape() == Realm::shape(cx.realm(), cx, RealmShape::IteratorResult)
}

/// Runs `f` for each value of an iterable; closes the iterator when `f` throws.
///
/// # Errors
/// What the iterable or `f` throws.
pub fn for_each(cx: Cx<'_>, iterable: Value, mut f: impl FnMut(Value) -> JsResult<()>) -> JsResult<()> {
    let record = get_iterator(cx, iterable)?;
    while let Some(value) = record.step(cx)? {
        let result = f(value);
        record.close_if_thrown(cx, result)?;
    }
    Ok(())
}

/// IteratorToList(GetIterator(value, sync))
///
/// # Errors
/// What the iterable throws.
pub fn iterable_to_list(cx: Cx<'_>, iterable: Value) -> JsResult<GcVec> {
    iterable_to_list_or(cx, iterable, messages::throw_value_not_iterable)
}

/// As [`iterable_to_list`]; `missing` throws when the value has no iterator method.
pub(crate) fn iterable_to_list_or(
    cx: Cx<'_>,
    iterable: Value,
    missing: fn(Cx<'_>, Value) -> Throw,
) -> JsResult<GcVec> {
    let list = GcVec::new(cx);
    let record = get_iterator_or(cx, iterable, missing)?;
    while let Some(value) = record.step(cx)? {
        list.push(cx, value).or_throw(cx)?;
    }
    Ok(list)
}

/// CreateIteratorResultObject
pub fn iterator_result(cx: Cx<'_>, value: Value, done: bool) -> Object {
    let realm: Gc<Realm> = cx.realm();
    let shape = Realm::shape(realm, cx, RealmShape::IteratorResult);
    let object = Object::with_shape(cx, shape);
    object.set_slot_value(cx, 0, value);
    object.set_slot_value(cx, 1, Value::from_bool(done));
    object
}

/// CreateAsyncFromSyncIterator
pub(crate) fn create_async_from_sync(cx: Cx<'_>, iterator: Value, next: Value) -> Object {
    let prototype = cx.intrinsic(Intrinsic::AsyncFromSyncIteratorPrototype);
    let shape = crate::object::shapes::root_shape(cx, CellKind::Host, Some(prototype), 0);
    let values = [iterator, next, Value::UNDEFINED, Value::UNDEFINED];
    let object = cx.allocate_object(shape, |head| HostObject {
        head,
        tag: 0,
        state: Cell::new(0),
        values: values.map(Barriered::new),
    });
    HostObject::object(object)
}
