//! The walk of a reviver (ECMA-262 25.5.1.1), with access to the source text of primitives.
//!
//! The parser records, beside the value, a tree of nodes with the source text of each primitive (the proposal *JSON.parse
//! source text access*). The reviver may change what it has not seen yet, so a node counts only while the value found is
//! still the one that was recorded.

use unspool_gc::Gc;
use unspool_runtime::cells::Record;
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::call;
use unspool_runtime::object::enumerate::{PropertyNameKind, key_of_value};
use unspool_runtime::object::{is_array, same_value};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::{GcVec, ValueList};
use unspool_values::string::JSString;
use unspool_values::{PropertyKey, Value};

use super::parse::{PARSE_NODE, parse_recorded};

/// Parses and passes every value through the reviver, innermost first.
pub(super) fn parse_and_revive(cx: Cx<'_>, text: Gc<JSString>, reviver: Value) -> JsResult<Value> {
    let (value, tree) = parse_recorded(cx, text)?;
    let root = Object::ordinary(cx);
    let key = cx.key(A::empty);
    root.create_data_property_infallible(cx, key, value);
    internalize(cx, root, key, reviver, tree)
}

/// The children that were recorded for a value: a list of nodes for an array, of keys and nodes for an object.
fn children(node: Value) -> Option<GcVec> {
    let record = node.to::<Record>().filter(|record| record.tag == PARSE_NODE)?;
    record.values[1].get().to::<ValueList>().map(GcVec::from_cell)
}

/// InternalizeJSONProperty. `node` is what was recorded for the property, or `undefined`.
fn internalize(
    cx: Cx<'_>,
    holder: Object,
    name: PropertyKey,
    reviver: Value,
    node: Value,
) -> JsResult<Value> {
    cx.check_native_stack()?;
    cx.poll_interrupt()?;
    let value = holder.get(cx, name)?;
    let context = Object::ordinary(cx);
    // What the program replaced meanwhile has no source.
    let node = match node.to::<Record>() {
        Some(record) if same_value(cx, record.values[0].get(), value) => node,
        _ => Value::UNDEFINED,
    };
    match value.as_object() {
        None => {
            if let Some(record) = node.to::<Record>() {
                context.create_data_property_infallible(cx, cx.key(A::source), record.values[1].get());
            }
        }
        Some(object) if is_array(cx, value)? => {
            let recorded = children(node);
            let length = object.length_of_array_like(cx)?;
            for i in 0..length {
                let child = recorded.and_then(|list| list.try_get(i as usize)).unwrap_or(Value::UNDEFINED);
                let key = PropertyKey::from_u64(cx, &cx.atoms, i);
                let replaced = internalize(cx, object, key, reviver, child)?;
                store(cx, object, key, replaced)?;
            }
        }
        Some(object) => {
            let recorded = children(node);
            let keys = object.enumerable_own_properties(cx, PropertyNameKind::Key)?;
            for i in 0..keys.len() {
                let key = key_of_value(cx, keys.get(i));
                let child = recorded.map_or(Value::UNDEFINED, |list| find_entry(cx, list, key));
                let replaced = internalize(cx, object, key, reviver, child)?;
                store(cx, object, key, replaced)?;
            }
        }
    }
    let name = name.to_value(cx, &cx.atoms);
    call(cx, reviver, holder.into(), &[name, value, context.into()])
}

/// The node recorded last for a key.
fn find_entry(cx: Cx<'_>, entries: GcVec, key: PropertyKey) -> Value {
    let mut i = entries.len();
    while i >= 2 {
        i -= 2;
        if key_of_value(cx, entries.get(i)) == key {
            return entries.get(i + 1);
        }
    }
    Value::UNDEFINED
}

fn store(cx: Cx<'_>, object: Object, key: PropertyKey, value: Value) -> JsResult<()> {
    if value.is_undefined() {
        object.delete(cx, key)?;
    } else {
        object.create_data_property(cx, key, value)?;
    }
    Ok(())
}
