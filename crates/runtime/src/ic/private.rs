//! Private names at sites: fields, methods and accessors.
//!
//! A class that is evaluated twice has other private names the second time, and one site of its code sees both. So the
//! handlers of these sites name the private name in their `cell`, and a hit compares it too.

use unspool_shapes::{Attributes, PropertyKind, ShapeId, ValidityId};
use unspool_values::object::ObjectHead;
use unspool_values::{PropertyKey, Symbol, Value};

use super::handler::{Kind, cacheable_shape, for_slot, read_inline, read_out};
use super::load::Loaded;
use super::site::{self, Shared, Site};
use super::store::{self, Stored, adding_handler};
use crate::cells::{FeedbackSlot, Handler, IcState};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::lookup::{self, Place};
use crate::object::{Object, ValueExt as _, private};

/// The slot's handler, if it is for this receiver's shape and this name.
#[inline(always)]
fn handler_for(slot: &FeedbackSlot, receiver: Value, name: Value) -> Option<Handler> {
    if !receiver.is_cell() || receiver.as_cell().meta() != slot.shape.get().raw() {
        return None;
    }
    let handler = slot.handler.get();
    (handler.cell == name.to_cell()).then_some(handler)
}

/// The fast path of a private load. `name` is the private name.
#[inline(always)]
pub fn try_load_private(slot: &FeedbackSlot, receiver: Value, name: Value) -> Option<Value> {
    let handler = handler_for(slot, receiver, name)?;
    // SAFETY: the receiver has the shape of the handler, so it has the slot that the handler names.
    unsafe {
        let head = receiver.as_cell().cast::<ObjectHead>();
        if handler.kind == Kind::LoadInline as u8 {
            return Some(read_inline(head, handler.index));
        }
        if handler.kind == Kind::LoadOut as u8 {
            return Some(read_out(head, handler.index));
        }
    }
    None
}

/// The fast path of a private store. Tells whether it stored.
#[inline(always)]
pub fn try_store_private(
    cx: Cx<'_>,
    slot: &FeedbackSlot,
    receiver: Value,
    name: Value,
    value: Value,
) -> bool {
    handler_for(slot, receiver, name).is_some() && store::try_store_named(cx, slot, receiver, value)
}

/// The key of a private name.
///
/// # Panics
/// When the value is no symbol.
#[inline]
pub fn private_key(name: Value) -> PropertyKey {
    PropertyKey::from_symbol(name.to::<Symbol>().expect("a private name"))
}

/// PrivateGet at a site that did not hit its fast path; getters are reported.
///
/// # Errors
/// A `TypeError` when the object has no such member, or it is an accessor without getter.
#[inline(never)]
pub fn load_private(cx: Cx<'_>, site: Option<Site>, receiver: Value, name: Value) -> JsResult<Loaded> {
    let key = private_key(name);
    if let Some(object) = receiver.as_object()
        && let Some(found) = lookup::own_named(cx, object, key)
    {
        if let Some(pair) = found.accessor() {
            if !pair.getter().is_undefined() {
                return Ok(Loaded::Getter(pair.getter()));
            }
        } else {
            if let (Some(site), Place::Slot(property)) = (site, found.place)
                && cacheable_shape(cx, object.shape())
                && let Some(handler) = for_slot(cx, object, property, Kind::LoadInline, Kind::LoadOut)
            {
                learn(cx, site, object.shape(), key, handler);
            }
            return Ok(Loaded::Value(found.value));
        }
    }
    private::private_get(cx, receiver, key).map(Loaded::Value)
}

/// PrivateSet at a site that did not hit its fast path; setters are reported.
///
/// # Errors
/// A `TypeError` when the object has no such member, or it is a method or an accessor without setter.
#[inline(never)]
pub fn store_private(
    cx: Cx<'_>,
    site: Option<Site>,
    receiver: Value,
    name: Value,
    value: Value,
) -> JsResult<Stored> {
    let key = private_key(name);
    let Some(object) = receiver.as_object() else {
        return private::private_set(cx, receiver, key, value).map(|()| Stored::Done);
    };
    let found = lookup::own_named(cx, object, key);
    if let Some(pair) = found.and_then(|found| found.accessor())
        && !pair.setter().is_undefined()
    {
        return Ok(Stored::Setter(pair.setter()));
    }
    private::private_set(cx, receiver, key, value)?;
    // The field is mutable now, as store handlers demand.
    if let (Some(site), Some(Place::Slot(property))) = (site, found.map(|found| found.place))
        && cacheable_shape(cx, object.shape())
        && let Some(handler) = for_slot(cx, object, property, Kind::StoreInline, Kind::StoreOut)
    {
        learn(cx, site, object.shape(), key, handler);
    }
    Ok(Stored::Done)
}

/// PrivateFieldAdd at a site; its fast path is [`try_store_private`].
///
/// # Errors
/// A `TypeError` when the object has the field already or is not extensible.
#[inline(never)]
pub fn define_private(
    cx: Cx<'_>,
    site: Option<Site>,
    object: Object,
    name: Value,
    value: Value,
) -> JsResult<()> {
    let key = private_key(name);
    let before = object.shape();
    let cacheable = site.is_some() && cacheable_shape(cx, before);
    private::private_field_add(cx, object, key, value)?;
    if let Some(site) = site
        && cacheable
        && let Some(handler) = adding_handler(cx, object, before, key, ValidityId::ALWAYS)
    {
        debug_assert!(
            cx.shapes
                .lookup(object.shape(), key)
                .is_some_and(|p| p.attributes == Attributes::ALL && p.kind == PropertyKind::Data)
        );
        learn(cx, site, before, key, handler);
    }
    Ok(())
}

/// Keeps the newest entry: sites of private names hardly ever see two shapes.
fn learn(cx: Cx<'_>, site: Site, shape: ShapeId, key: PropertyKey, handler: Handler) {
    let slot = site.slot();
    let handler = Handler { cell: key.as_cell(), ..handler };
    if slot.state.get() == IcState::Monomorphic && (slot.shape.get(), slot.handler.get()) != (shape, handler)
    {
        slot.state.set(IcState::Uninitialized);
    }
    site::learn(cx, site, shape, key, handler, Shared::Nothing);
}
