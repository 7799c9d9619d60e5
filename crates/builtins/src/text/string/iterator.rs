//! String iterators (ECMA-262 22.1.5): by code point, unpaired surrogates by themselves.
//!
//! The iterator's position counts code units. `for-of` over a string comes here too; only arrays are stepped over by the
//! interpreter.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::BuiltinIterator;
use unspool_runtime::completion::JsResult;
use unspool_runtime::iteration::iterator_result;
use unspool_runtime::iterators::{IteratorKind, new_iterator};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::JSString;

use super::this_string;
use crate::class::make_plain;

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
    Ok(new_iterator(cx, Intrinsic::StringIteratorPrototype, IteratorKind::String, string.into()))
}

fn next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(iterator) = args.this.to::<BuiltinIterator>().filter(|i| i.kind == IteratorKind::String as u32)
    else {
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
