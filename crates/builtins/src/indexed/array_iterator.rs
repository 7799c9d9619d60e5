//! Array iterators (ECMA-262 23.1.5), for arrays, array-likes and typed arrays.

use unspool_gc::Gc;
use unspool_runtime::cells::{BuiltinIterator, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_object;
use unspool_runtime::iteration::iterator_result;
use unspool_runtime::iterators::{IteratorKind, new_iterator};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::typed_array;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use super::{get_index, number};
use crate::class::make_plain;

/// Makes `%ArrayIteratorPrototype%`.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::ArrayIteratorPrototype,
        Intrinsic::IteratorPrototype,
        &[Property::Method(Name::Atom(A::next), 0, next), Property::Tag("Array Iterator")],
    );
}

/// CreateArrayIterator
pub(crate) fn create(cx: Cx<'_>, object: Object, kind: IteratorKind) -> Value {
    new_iterator(cx, Intrinsic::ArrayIteratorPrototype, kind, object.into())
}

/// `Array.prototype.keys`
pub(crate) fn keys(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(create(cx, to_object(cx, args.this)?, IteratorKind::ArrayKeys))
}

/// `Array.prototype.values`
pub(crate) fn values(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(create(cx, to_object(cx, args.this)?, IteratorKind::ArrayValues))
}

/// `Array.prototype.entries`
pub(crate) fn entries(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(create(cx, to_object(cx, args.this)?, IteratorKind::ArrayEntries))
}

/// `%ArrayIteratorPrototype%.next`
pub(crate) fn next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = match args.this.to::<BuiltinIterator>() {
        Some(iterator) if IteratorKind::from_number(iterator.kind).is_array() => iterator,
        _ => {
            return Err(cx.throw_type_error(format_args!(
                "Method Array Iterator.prototype.next called on incompatible receiver {}",
                cx.describe(args.this)
            )));
        }
    };
    use unspool_runtime::ValueExt as _;
    let Some(object) = iterator.target.get().as_object() else {
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    };
    let index = iterator.index.get() as u64;
    let length = match object.to::<TypedArrayObject>() {
        Some(array) => match typed_array::view(array) {
            Some(view) => view.length as u64,
            None => {
                return Err(cx.throw_type_error("Cannot perform %ArrayIteratorPrototype%.next on a detached ArrayBuffer"));
            }
        },
        None => object.length_of_array_like(cx)?,
    };
    if index >= length {
        iterator.target.set(cx, iterator, Value::UNDEFINED);
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    }
    iterator.index.set(index as usize + 1);
    let value = match IteratorKind::from_number(iterator.kind) {
        IteratorKind::ArrayKeys => number(index),
        IteratorKind::ArrayValues => get_index(cx, object, index)?,
        _ => {
            let element = get_index(cx, object, index)?;
            Object::array_from_values(cx, &[number(index), element])?.into()
        }
    };
    Ok(iterator_result(cx, value, false).into())
}
