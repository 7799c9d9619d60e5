//! String iterators (ECMA-262 22.1.5).

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{Barriered, BuiltinIterator};
use unspool_runtime::completion::JsResult;
use unspool_runtime::iteration::iterator_result;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::JSString;
use unspool_values::{CellKind, Value};

use super::this_string;
use crate::class::make_plain;

/// `BuiltinIterator::kind` of string iterators; the kinds of all chapters are told apart by these numbers.
const STRING_ITERATOR: u32 = u32::from_be_bytes(*b"strg");

pub(super) fn make(cx: Cx<'_>, realm: Gc<Realm>) {
    make_plain(
        cx,
        realm,
        Intrinsic::StringIteratorPrototype,
        Intrinsic::IteratorPrototype,
        &[Property::Method(Name::Atom(A::next), 0, next), Property::Tag("String Iterator")],
    );
}

pub(super) fn string_iterator(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let string = this_string(cx, args.this, "[Symbol.iterator]")?;
    let prototype = cx.intrinsic(Intrinsic::StringIteratorPrototype);
    let shape = root_shape(cx, CellKind::BuiltinIterator, Some(prototype), 0);
    let iterator = cx.allocate_object(shape, |head| BuiltinIterator {
        head,
        kind: STRING_ITERATOR,
        index: Cell::new(0),
        target: Barriered::new(string.into()),
        extra: Barriered::new(Value::UNDEFINED),
    });
    Ok(iterator.into())
}

fn next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(iterator) = args.this.to::<BuiltinIterator>().filter(|i| i.kind == STRING_ITERATOR) else {
        return Err(cx.throw_type_error(format_args!(
            "Method String Iterator.prototype.next called on incompatible receiver {}",
            cx.describe(args.this)
        )));
    };
    let Some(string) = iterator.target.get().to::<JSString>() else {
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    };
    let index = iterator.index.get();
    let view = cx.flatten(&string)?;
    if index >= view.len() {
        iterator.target.set(cx, iterator, Value::UNDEFINED);
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    }
    let (_, units) = view.code_point_at(index);
    iterator.index.set(index + units);
    let character = if units == 1 {
        cx.atoms.single_unit(cx, view.at(index))
    } else {
        JSString::short(cx, view.slice(index, index + units))
    };
    Ok(iterator_result(cx, character.into(), false).into())
}
