//! Module namespace exotic objects (ECMA-262 10.4.6).
//!
//! `exports` is a value buffer of pairs: exported name (a string) and its binding cell, in code-unit order of the names.
//! Only symbol-keyed properties (`@@toStringTag`) are ordinary properties of the shape.
//!
//! A *deferred* namespace (`import defer * as ns`) evaluates its module when its exports are first looked at; it has no
//! `then`, so that promises can hold it.

use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::{JSString, PropertyKey, Value};

use super::lookup::Found;
use super::{Object, PropertyDescriptor, define, same_value};
use crate::cells::{BindingCell, ModuleNamespaceObject};
use crate::completion::JsResult;
use crate::isolate::Cx;

/// The binding cell of an export, if the namespace has it (GetModuleExportsList and a search).
///
/// # Errors
/// What the evaluation of a deferred module throws; a `TypeError` when it cannot be evaluated now.
fn find(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<Option<Gc<BindingCell>>> {
    if let Some(namespace) = object.to::<ModuleNamespaceObject>()
        && namespace.deferred
    {
        if key == cx.key(KnownAtom::then) {
            return Ok(None);
        }
        crate::modules::evaluate_deferred(cx, namespace)?;
    }
    Ok(binding(cx, object, key))
}

/// The binding cell of an export, if the namespace has it. Evaluates nothing.
pub fn binding(cx: Cx<'_>, object: Object, key: PropertyKey) -> Option<Gc<BindingCell>> {
    let exports = object.to::<ModuleNamespaceObject>()?.exports.get()?;
    let name = key.to_js_string(cx, &cx.atoms)?;
    let mut i = 0;
    while i + 1 < exports.len() {
        let candidate = exports.get(i)?.to::<JSString>()?;
        if candidate == name || (key.is_index() && JSString::equals(cx, candidate, name)) {
            return exports.get(i + 1)?.to::<BindingCell>();
        }
        i += 2;
    }
    None
}

/// `[[HasProperty]]` for a string key.
///
/// # Errors
/// What the evaluation of a deferred module throws.
pub(crate) fn has(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<bool> {
    Ok(find(cx, object, key)?.is_some())
}

/// `[[GetOwnProperty]]` for a string key.
///
/// # Errors
/// A `ReferenceError` when the binding is not initialized; what the evaluation of a deferred module throws.
pub(crate) fn own(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<Option<Found>> {
    let Some(binding) = find(cx, object, key)? else { return Ok(None) };
    let value = binding.value.get();
    if value.is_hole() {
        return Err(cx.throw_reference_error(format_args!("Cannot access '{key}' before initialization")));
    }
    Ok(Some(Found::exotic(value, Attributes::WRITABLE | Attributes::ENUMERABLE)))
}

/// `[[DefineOwnProperty]]`
pub(crate) fn define_own_property(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    if key.is_symbol() {
        return define::ordinary_define(cx, object, key, descriptor);
    }
    let Some(found) = own(cx, object, key)? else { return Ok(false) };
    if descriptor.configurable == Some(true)
        || descriptor.enumerable == Some(false)
        || descriptor.is_accessor()
        || descriptor.writable == Some(false)
    {
        return Ok(false);
    }
    Ok(descriptor.value.is_none_or(|value| same_value(cx, value, found.value)))
}

/// The exported names, in order, as strings.
pub(crate) fn push_names(cx: Cx<'_>, object: Object, keys: GcVec) -> JsResult<()> {
    let Some(namespace) = object.to::<ModuleNamespaceObject>() else { return Ok(()) };
    if namespace.deferred {
        crate::modules::evaluate_deferred(cx, namespace)?;
    }
    let Some(exports) = namespace.exports.get() else { return Ok(()) };
    let mut i = 0;
    while i + 1 < exports.len() {
        let name = exports.get(i).unwrap_or(Value::UNDEFINED);
        keys.push(cx, name).map_err(|_| cx.throw_out_of_memory())?;
        i += 2;
    }
    Ok(())
}
