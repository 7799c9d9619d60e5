//! The JSON object (ECMA-262 25.5), with access to source text (`JSON.rawJSON`, the reviver's context).
//!
//! [`parse`] reads the flat characters of its text directly and makes values as it goes; [`revive`] is the walk of a
//! reviver; [`stringify`] writes into a buffer outside of the heap.

mod parse;
mod quote;
mod revive;
mod stringify;

use unspool_gc::Gc;
use unspool_runtime::cells::HostObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, ValueExt as _};
use unspool_shapes::Integrity;
use unspool_values::atom::KnownAtom as A;
use unspool_values::{CellKind, JSString, Value};

use crate::class::make_plain;

/// `HostObject::tag` of the objects that `JSON.rawJSON` makes (they have `[[IsRawJSON]]`).
const RAW_JSON: u32 = u32::from_be_bytes(*b"rawj");

/// Makes the object.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    make_plain(
        cx,
        realm,
        Intrinsic::Json,
        Intrinsic::ObjectPrototype,
        &[
            Property::Method(Name::Atom(A::parse), 2, json_parse),
            Property::Method(Name::Atom(A::stringify), 3, stringify::json_stringify),
            Property::Method(Name::Atom(A::rawJSON), 1, raw_json),
            Property::Method(Name::Atom(A::isRawJSON), 1, is_raw_json_method),
            Property::Tag("JSON"),
        ],
    );
}

fn json_parse(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let text = to_string(cx, args.get(0))?;
    let reviver = args.get(1);
    if reviver.is_callable() {
        return revive::parse_and_revive(cx, text, reviver);
    }
    parse::parse(cx, text)
}

/// `JSON.parse` of the text of a file, whatever the program did to `JSON`: for JSON modules.
///
/// # Errors
/// A `SyntaxError` when the text is not JSON.
pub fn parse_json(cx: Cx<'_>, name: &str, text: Gc<JSString>) -> JsResult<Value> {
    parse::parse_file(cx, name, text)
}

fn is_raw_json(value: Value) -> bool {
    value.to::<HostObject>().is_some_and(|object| object.tag == RAW_JSON)
}

fn is_raw_json_method(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_bool(is_raw_json(args.get(0))))
}

/// `JSON.rawJSON`: a frozen object without prototype that `stringify` writes as the given text of a primitive.
fn raw_json(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let text = to_string(cx, args.get(0))?;
    let view = cx.flatten(&text)?;
    let is_blank = |unit: Option<u16>| matches!(unit, Some(0x9 | 0xa | 0xd | 0x20));
    let begins_structure = matches!(view.get(0), Some(0x5b | 0x7b));
    if view.is_empty() || is_blank(view.get(0)) || is_blank(view.get(view.len() - 1)) || begins_structure {
        return Err(cx.throw_syntax_error("Invalid value for JSON.rawJSON"));
    }
    parse::parse(cx, text)?;
    let shape = root_shape(cx, CellKind::Host, None, 0);
    let object = cx.allocate_object(shape, |head| HostObject {
        head,
        tag: RAW_JSON,
        state: std::cell::Cell::new(0),
        values: [const { unspool_runtime::cells::Barriered::new(Value::UNDEFINED) }; 4],
    });
    let object = HostObject::object(object);
    object.create_data_property_infallible(cx, cx.key(A::rawJSON), text.into());
    object.set_integrity_level(cx, Integrity::Frozen)?;
    Ok(object.into())
}
