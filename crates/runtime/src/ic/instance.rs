//! `in` and `instanceof`, cached.
//!
//! Both are cheap questions behind an expensive protocol. `in` reuses the handlers of loads: that there is a handler says
//! whether the property exists. `instanceof` first has to look for `Symbol.hasInstance`; a site remembers shapes of
//! right-hand sides for which that is the one every function inherits, guarded by the validity of their chain, and then
//! walks the prototype chain at once.

use unspool_shapes::ValidityId;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, PropertyKey, Value};

use super::handler::{Kind, cacheable_shape, receiver_shape, simple};
use super::load::{self, chain_validity, is_valid};
use super::site::{self, Shared, Site};
use crate::cells::{BoundFunction, Handler};
use crate::completion::JsResult;
use crate::convert;
use crate::isolate::Cx;
use crate::object::instance::{instance_of, ordinary_has_instance};
use crate::object::{Object, ValueExt as _, lookup};
use crate::realm::Intrinsic;

/// `key in object`.
///
/// # Errors
/// A `TypeError` when `object` is no object; what the key's conversion and proxies throw.
pub fn has_property(cx: Cx<'_>, object: Value, key: Value) -> JsResult<bool> {
    let Some(target) = object.as_object() else {
        return Err(cx.throw_type_error(format_args!(
            "Cannot use 'in' operator to search for '{}' in {}",
            cx.describe(key).trim_matches('"'),
            cx.describe(object).trim_matches('"')
        )));
    };
    let key = convert::to_property_key(cx, key)?;
    if let Some(index) = key.as_index() {
        if target.head().dense_element(index).is_some() {
            return Ok(true);
        }
        return target.has_property(cx, key);
    }
    has_named(cx, target, key)
}

/// `[[HasProperty]]` by a name, through the isolate's cache of loads.
pub(crate) fn has_named(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<bool> {
    let shape = object.shape();
    if let Some(handler) = site::find_megamorphic(cx, shape, key, Shared::Loads)
        && let Some(present) = load::presence(cx, handler)
    {
        return Ok(present);
    }
    if chain_is_plain(cx, object) {
        // Finding a property runs nothing there, and teaches the cache.
        load::load_uncached(cx, object.into(), key)?;
        if let Some(handler) = site::find_megamorphic(cx, object.shape(), key, Shared::Loads)
            && let Some(present) = load::presence(cx, handler)
        {
            return Ok(present);
        }
    }
    object.has_property(cx, key)
}

/// Is no proxy and no module namespace in the chain?
fn chain_is_plain(cx: Cx<'_>, object: Object) -> bool {
    let mut object = Some(object);
    while let Some(o) = object {
        if matches!(o.kind(), CellKind::Proxy | CellKind::CallableProxy | CellKind::ModuleNamespace) {
            return false;
        }
        object = o.prototype(cx);
    }
    true
}

/// `value instanceof target` at a site.
///
/// # Errors
/// As InstanceofOperator.
pub fn instance_of_at(cx: Cx<'_>, site: Site, value: Value, target: Value) -> JsResult<bool> {
    let slot = site.slot();
    let shape = receiver_shape(target);
    if let Some(handler) = site::find_handler(cx, slot, shape, hidden_key(cx), Shared::Nothing)
        && Kind::of(handler) == Kind::OrdinaryHasInstance
        && is_valid(cx, handler.word)
        && let Some(function) = target.as_object()
    {
        return ordinary_has_instance(cx, function, value);
    }
    if let Some(function) = target.as_object()
        && slot.state.get() != crate::cells::IcState::Megamorphic
        && let Some(validity) = usual_has_instance(cx, function)
    {
        let handler = Handler { word: validity.raw(), ..simple(Kind::OrdinaryHasInstance) };
        if cacheable_shape(cx, shape) && function.shape() == shape {
            site::learn(cx, site, shape, hidden_key(cx), handler, Shared::Nothing);
        }
        return ordinary_has_instance(cx, function, value);
    }
    instance_of(cx, value, target)
}

fn hidden_key(cx: Cx<'_>) -> PropertyKey {
    cx.symbol_key(WellKnownSymbol::hasInstance)
}

/// If a callable object finds `%Function.prototype%`'s own `Symbol.hasInstance`, which cannot be changed, first along its
/// prototype chain: the validity of the chain.
fn usual_has_instance(cx: Cx<'_>, function: Object) -> Option<ValidityId> {
    if !function.is_callable() || function.to::<BoundFunction>().is_some() {
        return None;
    }
    let key = hidden_key(cx);
    let mut holder = function;
    loop {
        if holder.is_proxy() {
            return None;
        }
        if lookup::own_named(cx, holder, key).is_some() {
            break;
        }
        holder = holder.prototype(cx)?;
    }
    if holder != cx.intrinsic(Intrinsic::FunctionPrototype) || holder == function {
        return None;
    }
    chain_validity(cx, function.into(), function)
}
