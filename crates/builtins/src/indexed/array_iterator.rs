//! Array iterators (ECMA-262 23.1.5), for arrays, array-likes and typed arrays: the prototype, and the methods that make
//! them.
//!
//! `next` is `unspool_runtime::array_iteration`'s, because the interpreter steps over arrays with it.

use unspool_gc::Gc;
use unspool_runtime::array_iteration::array_iterator_next;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_object;
use unspool_runtime::iterators::{IteratorKind, new_iterator};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use crate::class::make_plain;

/// Makes `%ArrayIteratorPrototype%`.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::ArrayIteratorPrototype,
        Intrinsic::IteratorPrototype,
        &[Property::Method(Name::Atom(A::next), 0, array_iterator_next), Property::Tag("Array Iterator")],
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
