//! Named loads.
//!
//! [`try_load_named`] is the fast path, [`load_named`] the miss. A miss finds the property by the specification's
//! `[[Get]]` and at the same time notes *where* (own slot, slot of a prototype, nowhere, virtual), from which the handler
//! is made. Objects whose lookup runs code (proxies) or whose shape says nothing (dictionaries without a cacheable shape)
//! get no handler. Elements are in `keyed`, the global scope in `global`.

use unspool_gc::Gc;
use unspool_shapes::{PropertyKind, ValidityId};
use unspool_values::atom::KnownAtom;
use unspool_values::object::{Accessor, ObjectHead};
use unspool_values::{CellKind, JSString, PropertyKey, Value};

use super::handler::{
    Kind, cacheable_shape, closure_cell, for_slot, holder_head, read_inline, read_out, receiver_shape, simple,
};
use super::site::{self, Shared, Site};
use crate::cells::{Array, BindingCell, FeedbackSlot, Function, Handler};
use crate::completion::JsResult;
use crate::function;
use crate::isolate::Cx;
use crate::object::lookup::{self, Found, Place};
use crate::object::shapes::validity_of_chain;
use crate::object::virtuals::{self, VirtualRule};
use crate::object::{Object, namespace, operations, ordinary, typed_array};

/// What a load found: a value, or a getter for the caller to call.
#[derive(Clone, Copy, Debug)]
pub enum Loaded {
    /// The value.
    Value(Value),
    /// The property is an accessor with this getter, to be called with the receiver.
    Getter(Value),
}

impl Loaded {
    /// The value; calls the getter if there is one to call.
    ///
    /// # Errors
    /// What the getter throws.
    #[inline]
    pub fn finish(self, cx: Cx<'_>, receiver: Value) -> JsResult<Value> {
        match self {
            Loaded::Value(value) => Ok(value),
            Loaded::Getter(getter) => function::call(cx, getter, receiver, &[]),
        }
    }

    fn of_accessor(pair: Gc<Accessor>) -> Loaded {
        let getter = pair.getter();
        if getter.is_undefined() { Loaded::Value(Value::UNDEFINED) } else { Loaded::Getter(getter) }
    }
}

/// The fast path: the slot's first shape, and a handler that gives a value without running anything.
#[inline(always)]
pub fn try_load_named(cx: Cx<'_>, slot: &FeedbackSlot, receiver: Value) -> Option<Value> {
    if !receiver.is_cell() {
        return None;
    }
    let cell = receiver.as_cell();
    if cell.meta() != slot.shape.get().raw() {
        return None;
    }
    let handler = slot.handler.get();
    // SAFETY: the receiver has the shape of the handler, so it is an object where the handler says so, with the slots that
    // the handler names; a prototype's slots are where they were while its validity cell is valid.
    unsafe {
        if handler.kind == Kind::LoadInline as u8 {
            return Some(read_inline(cell.cast::<ObjectHead>(), handler.index));
        }
        if handler.kind == Kind::LoadOut as u8 {
            return Some(read_out(cell.cast::<ObjectHead>(), handler.index));
        }
        if handler.kind == Kind::LoadProtoOut as u8 {
            if is_valid(cx, handler.word) {
                return Some(read_out(holder_head(handler), handler.index));
            }
            return None;
        }
        if handler.kind == Kind::LoadArrayLength as u8 {
            return Some(Value::from_u32(cell.cast::<Array>().length.get()));
        }
        if handler.kind == Kind::LoadProtoInline as u8 && is_valid(cx, handler.word) {
            return Some(read_inline(holder_head(handler), handler.index));
        }
        if handler.kind == Kind::LoadStringLength as u8 {
            return Some(Value::from_u32(cell.cast::<JSString>().len()));
        }
    }
    None
}

#[inline(always)]
pub(crate) fn is_valid(cx: Cx<'_>, word: u32) -> bool {
    cx.shapes.is_valid(ValidityId::from_raw(word))
}

/// Does what a load handler says; `None` when it no longer holds.
#[inline]
pub(crate) fn run(cx: Cx<'_>, handler: Handler, receiver: Value) -> Option<Loaded> {
    // SAFETY: the receiver has the shape of the handler, so it is a cell and an object where the handler says so, with the
    // slots that the handler names; a prototype's slots are where they were while its validity cell is valid.
    unsafe {
        let own = || receiver.as_cell().cast::<ObjectHead>();
        let valid = || is_valid(cx, handler.word);
        let accessor = |value: Value| value.to::<Accessor>().map(Loaded::of_accessor);
        match Kind::of(handler) {
            Kind::LoadInline => Some(Loaded::Value(read_inline(own(), handler.index))),
            Kind::LoadOut => Some(Loaded::Value(read_out(own(), handler.index))),
            Kind::LoadProtoInline if valid() => {
                Some(Loaded::Value(read_inline(holder_head(handler), handler.index)))
            }
            Kind::LoadProtoOut if valid() => {
                Some(Loaded::Value(read_out(holder_head(handler), handler.index)))
            }
            Kind::LoadAbsent if valid() => Some(Loaded::Value(Value::UNDEFINED)),
            Kind::LoadArrayLength => {
                Some(Loaded::Value(Value::from_u32(receiver.as_cell().cast::<Array>().length.get())))
            }
            Kind::LoadStringLength => {
                Some(Loaded::Value(Value::from_u32(receiver.as_cell().cast::<JSString>().len())))
            }
            Kind::LoadFunctionPrototype => {
                Some(Loaded::Value(virtuals::function_prototype(cx, receiver.as_cell().cast::<Function>())))
            }
            Kind::LoadBinding => {
                let value = handler.cell?.cast::<BindingCell>().value.get();
                (!value.is_hole()).then_some(Loaded::Value(value))
            }
            Kind::GetterInline => accessor(read_inline(own(), handler.index)),
            Kind::GetterOut => accessor(read_out(own(), handler.index)),
            Kind::GetterProtoInline if valid() => accessor(read_inline(holder_head(handler), handler.index)),
            Kind::GetterProtoOut if valid() => accessor(read_out(holder_head(handler), handler.index)),
            _ => None,
        }
    }
}

/// A named load at a site that did not hit its fast path. `key` is no index.
///
/// # Errors
/// A `TypeError` on `undefined` and `null`; what proxies throw.
#[inline(never)]
pub fn load_named(cx: Cx<'_>, site: Site, receiver: Value, key: PropertyKey) -> JsResult<Loaded> {
    let shape = receiver_shape(receiver);
    if let Some(handler) = site::find_handler(cx, site.slot(), shape, key, Shared::Loads)
        && let Some(loaded) = run(cx, handler, receiver)
    {
        if let Loaded::Getter(getter) = loaded {
            site::note_accessor(cx, site, (shape, key, handler), getter, Shared::Loads);
        }
        return Ok(loaded);
    }
    load_named_miss(cx, site, receiver, key)
}

#[cold]
#[inline(never)]
fn load_named_miss(cx: Cx<'_>, site: Site, receiver: Value, key: PropertyKey) -> JsResult<Loaded> {
    let shape = receiver_shape(receiver);
    let (handler, loaded) = resolve(cx, receiver, key)?;
    match handler {
        // Becoming a prototype's heir may have changed the receiver's own shape: nothing to learn then.
        Some(handler) if receiver_shape(receiver) == shape => {
            site::learn(cx, site, shape, key, handler, Shared::Loads)
        }
        Some(_) => {}
        None => site::give_up(cx, site, shape, key),
    }
    Ok(loaded)
}

/// `super[key]`: a named load that begins at `base`, for another receiver. The site learns the shape of `base`; getters are reported. `key` is no
/// index.
///
/// # Errors
/// What proxies throw.
#[inline(never)]
pub fn load_super(
    cx: Cx<'_>,
    site: Option<Site>,
    base: Object,
    key: PropertyKey,
    receiver: Value,
) -> JsResult<Loaded> {
    if let Some(site) = site {
        if is_ordinary_chain(cx, base) {
            return load_named(cx, site, base.into(), key);
        }
        site::give_up(cx, site, base.shape(), key);
    }
    base.get_with_receiver(cx, key, receiver).map(Loaded::Value)
}

/// Is a lookup from here the same for all receivers?
fn is_ordinary_chain(cx: Cx<'_>, base: Object) -> bool {
    let mut next = Some(base);
    while let Some(object) = next {
        if matches!(
            object.kind(),
            CellKind::Proxy | CellKind::CallableProxy | CellKind::ModuleNamespace | CellKind::TypedArray
        ) {
            return false;
        }
        next = object.prototype(cx);
    }
    true
}

/// A named load without feedback that reports getters instead of calling them.
///
/// # Errors
/// As [`load_named`].
pub fn load_uncached(cx: Cx<'_>, receiver: Value, key: PropertyKey) -> JsResult<Loaded> {
    if let Some(handler) = site::find_megamorphic(cx, receiver_shape(receiver), key, Shared::Loads)
        && let Some(loaded) = run(cx, handler, receiver)
    {
        return Ok(loaded);
    }
    let shape = receiver_shape(receiver);
    let (handler, loaded) = resolve(cx, receiver, key)?;
    if let Some(handler) = handler
        && receiver_shape(receiver) == shape
    {
        site::insert_megamorphic(cx, shape, key, handler, Shared::Loads);
    }
    Ok(loaded)
}

/// Finds a named property by the book, and a handler for finding it again if there is one. Runs the traps of proxies, but
/// no getters.
pub(crate) fn resolve(cx: Cx<'_>, receiver: Value, key: PropertyKey) -> JsResult<(Option<Handler>, Loaded)> {
    if receiver.is_string() && key == cx.key(KnownAtom::length) {
        let length = receiver.to::<JSString>().map_or(0, |s| s.len());
        return Ok((Some(simple(Kind::LoadStringLength)), Loaded::Value(Value::from_u32(length))));
    }
    let Some(start) = operations::lookup_start(cx, receiver) else {
        return Err(operations::throw_on_nullish(cx, receiver, key, "read"));
    };
    let is_own = |holder: Object| receiver == Value::from(holder);
    let cacheable = cacheable_shape(cx, receiver_shape(receiver));
    let mut object = start;
    loop {
        match object.kind() {
            CellKind::Proxy | CellKind::CallableProxy => {
                let value = ordinary::get(cx, object, key, receiver)?;
                return Ok((None, Loaded::Value(value)));
            }
            CellKind::TypedArray if typed_array::is_canonical_numeric(cx, key) => {
                return Ok((None, Loaded::Value(Value::UNDEFINED)));
            }
            CellKind::ModuleNamespace if !key.is_symbol() => {
                let Some(found) = lookup::own(cx, object, key)? else {
                    return Ok((None, Loaded::Value(Value::UNDEFINED)));
                };
                let unique = cx.shapes.is_exclusive(object.shape());
                let handler = namespace::binding(cx, object, key)
                    .filter(|_| is_own(object) && cacheable && unique)
                    .map(|cell| Handler { cell: Some(cell.erase()), ..simple(Kind::LoadBinding) });
                return Ok((handler, Loaded::Value(found.value)));
            }
            _ => {}
        }
        if let Some(found) = lookup::own_named(cx, object, key) {
            let loaded = match found.accessor() {
                None => Loaded::Value(found.value),
                Some(pair) => Loaded::of_accessor(pair),
            };
            let handler = if !cacheable {
                None
            } else if is_own(object) {
                own_handler(cx, object, found)
            } else {
                prototype_handler(cx, receiver, start, object, found.place)
            };
            return Ok((handler, loaded));
        }
        match object.prototype(cx) {
            Some(prototype) => object = prototype,
            None => {
                let handler = if cacheable {
                    chain_validity(cx, receiver, start)
                        .map(|validity| Handler { word: validity.raw(), ..simple(Kind::LoadAbsent) })
                } else {
                    None
                };
                return Ok((handler, Loaded::Value(Value::UNDEFINED)));
            }
        }
    }
}

/// The validity of everything that a receiver inherits from. For primitives that includes where the lookup starts.
pub(crate) fn chain_validity(cx: Cx<'_>, receiver: Value, start: Object) -> Option<ValidityId> {
    if receiver == Value::from(start) {
        validity_of_chain(cx, start.prototype(cx))
    } else {
        validity_of_chain(cx, Some(start))
    }
}

fn own_handler(cx: Cx<'_>, object: Object, found: Found) -> Option<Handler> {
    match found.place {
        Place::Slot(property) => match property.kind {
            PropertyKind::Data => for_slot(cx, object, property, Kind::LoadInline, Kind::LoadOut),
            PropertyKind::Accessor => {
                let cell = found.accessor().and_then(|pair| closure_cell(pair.getter()));
                let handler = for_slot(cx, object, property, Kind::GetterInline, Kind::GetterOut)?;
                Some(Handler { cell, ..handler })
            }
        },
        Place::Virtual(_, VirtualRule::ArrayLength) => Some(simple(Kind::LoadArrayLength)),
        Place::Virtual(_, VirtualRule::FunctionPrototype) if object.kind() == CellKind::Function => {
            Some(simple(Kind::LoadFunctionPrototype))
        }
        _ => None,
    }
}

fn prototype_handler(
    cx: Cx<'_>,
    receiver: Value,
    start: Object,
    holder: Object,
    place: Place,
) -> Option<Handler> {
    let Place::Slot(property) = place else { return None };
    let validity = chain_validity(cx, receiver, start)?;
    let handler = match property.kind {
        PropertyKind::Data => for_slot(cx, holder, property, Kind::LoadProtoInline, Kind::LoadProtoOut),
        PropertyKind::Accessor => {
            for_slot(cx, holder, property, Kind::GetterProtoInline, Kind::GetterProtoOut)
        }
    }?;
    Some(Handler { word: validity.raw(), cell: Some(holder.cell()), ..handler })
}

/// Whether a load handler says that the property exists: for `in`. `None` when it does not hold.
pub(crate) fn presence(cx: Cx<'_>, handler: Handler) -> Option<bool> {
    match Kind::of(handler) {
        Kind::LoadInline | Kind::LoadOut | Kind::GetterInline | Kind::GetterOut => Some(true),
        Kind::LoadArrayLength | Kind::LoadFunctionPrototype | Kind::LoadBinding => Some(true),
        Kind::LoadProtoInline | Kind::LoadProtoOut | Kind::GetterProtoInline | Kind::GetterProtoOut
            if is_valid(cx, handler.word) =>
        {
            Some(true)
        }
        Kind::LoadAbsent if is_valid(cx, handler.word) => Some(false),
        _ => None,
    }
}
