//! Named stores and definitions.
//!
//! A store overwrites, adds, calls a setter, or is refused; there are handlers for the first three. Two rules keep
//! compiled code right: a handler that overwrites is made only once the property is no longer *constant*, so the first
//! overwrite always goes the slow way and tells who bet on it; a handler that adds is valid only while no prototype has a
//! setter or a read-only property of that name. Definitions (object literals, class fields) use the same handlers but
//! never look at prototypes.

use unspool_bytecode::LanguageMode;
use unspool_gc::Gc;
use unspool_shapes::{Attributes, Location, PropertyKind, ShapeId, ValidityId};
use unspool_values::object::{Accessor, ObjectHead};
use unspool_values::{CellKind, PropertyKey, Value};

use super::handler::{
    Kind, cacheable_shape, closure_cell, for_slot, holder_head, read_inline, read_out, receiver_shape, simple,
};
use super::load::{chain_validity, is_valid};
use super::site::{self, Shared, Site};
use crate::cells::{Array, FeedbackSlot, Handler};
use crate::completion::JsResult;
use crate::function;
use crate::isolate::Cx;
use crate::object::define::write_found;
use crate::object::lookup::{self, Found, Place};
use crate::object::shapes::inline_offset;
use crate::object::virtuals::VirtualRule;
use crate::object::{Object, ValueExt as _, array, operations, ordinary, typed_array};

/// What a store came to.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    /// It is done.
    Done,
    /// The property is an accessor with this setter, to be called with the receiver and the value.
    Setter(Value),
    /// The property cannot be set: a `TypeError` in strict code, nothing otherwise.
    Refused,
}

impl Stored {
    /// Calls the setter if there is one to call, and throws in strict code if the store was refused.
    ///
    /// # Errors
    /// What the setter throws; a `TypeError` for a refused store in strict code.
    #[inline]
    pub fn finish(
        self,
        cx: Cx<'_>,
        receiver: Value,
        key: PropertyKey,
        value: Value,
        mode: LanguageMode,
    ) -> JsResult<()> {
        match self {
            Stored::Done => Ok(()),
            Stored::Setter(setter) => function::call(cx, setter, receiver, &[value]).map(|_| ()),
            Stored::Refused => match mode {
                LanguageMode::Strict => Err(operations::throw_read_only(cx, receiver, key)),
                LanguageMode::Sloppy => Ok(()),
            },
        }
    }

    fn of_accessor(pair: Gc<Accessor>) -> Stored {
        let setter = pair.setter();
        if setter.is_undefined() { Stored::Refused } else { Stored::Setter(setter) }
    }

    fn of_success(done: bool) -> Stored {
        if done { Stored::Done } else { Stored::Refused }
    }
}

/// The fast path: the slot's first shape, and a handler that overwrites or adds a property. Tells whether it stored.
#[inline(always)]
pub fn try_store_named(cx: Cx<'_>, slot: &FeedbackSlot, receiver: Value, value: Value) -> bool {
    if !receiver.is_cell() {
        return false;
    }
    let cell = receiver.as_cell();
    if cell.meta() != slot.shape.get().raw() {
        return false;
    }
    let handler = slot.handler.get();
    // SAFETY: the receiver has the shape of the handler, so it is an object with the slots that the handler names; adding
    // handlers hold while the chain's validity cell is valid, and out-of-line room is checked.
    unsafe {
        let head = cell.cast::<ObjectHead>();
        if handler.kind == Kind::StoreInline as u8 {
            head.store_value_at(cx, handler.index as usize, value);
            return true;
        }
        if handler.kind == Kind::StoreOut as u8 {
            head.slots().unwrap_unchecked().set(cx, u32::from(handler.index), value);
            return true;
        }
        if handler.kind == Kind::AddInline as u8 && is_valid(cx, u32::from(handler.index)) {
            head.header().set_meta(handler.word);
            head.store_value_at(cx, inline_offset(u32::from(handler.flags)), value);
            return true;
        }
        if handler.kind == Kind::AddOut as u8
            && is_valid(cx, u32::from(handler.index))
            && let Some(slots) = head.slots()
            && u32::from(handler.flags) < slots.capacity()
        {
            head.header().set_meta(handler.word);
            slots.set(cx, u32::from(handler.flags), value);
            return true;
        }
    }
    false
}

/// Does what a store handler says; `None` when it no longer holds or does not apply.
#[inline]
pub(crate) fn run(cx: Cx<'_>, handler: Handler, receiver: Value, value: Value) -> Option<Stored> {
    // SAFETY: as in `try_store_named`.
    unsafe {
        let own = || receiver.as_cell().cast::<ObjectHead>();
        let valid = || is_valid(cx, handler.word);
        let setter = |value: Value| value.to::<Accessor>().map(Stored::of_accessor);
        match Kind::of(handler) {
            Kind::StoreInline => {
                own().store_value_at(cx, handler.index as usize, value);
                Some(Stored::Done)
            }
            Kind::StoreOut => {
                own().slots()?.set(cx, u32::from(handler.index), value);
                Some(Stored::Done)
            }
            Kind::AddInline | Kind::AddOut if is_valid(cx, u32::from(handler.index)) => {
                add(cx, handler, own(), value);
                Some(Stored::Done)
            }
            Kind::StoreArrayLength => {
                let length = u32::try_from(value.to_i32()?).ok()?;
                let array = receiver.as_cell().cast::<Array>();
                Some(Stored::of_success(array::set_length(cx, array, length)))
            }
            Kind::SetterInline => setter(read_inline(own(), handler.index)),
            Kind::SetterOut => setter(read_out(own(), handler.index)),
            Kind::SetterProtoInline if valid() => setter(read_inline(holder_head(handler), handler.index)),
            Kind::SetterProtoOut if valid() => setter(read_out(holder_head(handler), handler.index)),
            _ => None,
        }
    }
}

/// Adds the property of an adding handler; out-of-line storage grows if need be.
///
/// # Safety
/// The object has the shape that the handler was made for.
unsafe fn add(cx: Cx<'_>, handler: Handler, head: Gc<ObjectHead>, value: Value) {
    let position = u32::from(handler.flags);
    // First, because nothing else may keep the shape alive while the storage grows. A collection then traces the slots that there are.
    head.header().set_meta(handler.word);
    if Kind::of(handler) == Kind::AddOut {
        // SAFETY: the caller's object.
        let object = unsafe { Object::from_cell_unchecked(head.erase()) };
        object.ensure_slot_count(cx, 0, position + 1);
        if let Some(slots) = head.slots() {
            slots.set(cx, position, value);
        }
    } else {
        // SAFETY: the target shape has that inline slot, and so has the object: its shape now is derived from the one it
        // was allocated with, and the inline capacity is theirs together.
        unsafe { head.store_value_at(cx, inline_offset(position), value) };
    }
}

/// A named store (`[[Set]]` with the base as receiver) at a site that did not hit its fast path. `key` is no index.
///
/// # Errors
/// A `TypeError` on `undefined` and `null`; what proxies throw.
#[inline(never)]
pub fn store_named(
    cx: Cx<'_>,
    site: Site,
    receiver: Value,
    key: PropertyKey,
    value: Value,
) -> JsResult<Stored> {
    let shape = receiver_shape(receiver);
    if let Some(handler) = site::find_handler(cx, site.slot(), shape, key, Shared::Stores)
        && let Some(stored) = run(cx, handler, receiver, value)
    {
        if let Stored::Setter(setter) = stored {
            site::note_accessor(cx, site, (shape, key, handler), setter, Shared::Stores);
        }
        return Ok(stored);
    }
    store_named_miss(cx, site, receiver, key, value)
}

#[cold]
#[inline(never)]
fn store_named_miss(
    cx: Cx<'_>,
    site: Site,
    receiver: Value,
    key: PropertyKey,
    value: Value,
) -> JsResult<Stored> {
    let shape = receiver_shape(receiver);
    let (handler, stored) = perform(cx, receiver, key, value)?;
    match handler {
        Learned::Handler(handler) => site::learn(cx, site, shape, key, handler, Shared::Stores),
        Learned::Later => {}
        Learned::Never => site::give_up(cx, site, shape, key),
    }
    Ok(stored)
}

/// A named store without feedback that reports setters instead of calling them.
///
/// # Errors
/// As [`store_named`].
pub fn store_uncached(cx: Cx<'_>, receiver: Value, key: PropertyKey, value: Value) -> JsResult<Stored> {
    let shape = receiver_shape(receiver);
    if let Some(handler) = site::find_megamorphic(cx, shape, key, Shared::Stores)
        && let Some(stored) = run(cx, handler, receiver, value)
    {
        return Ok(stored);
    }
    let (learned, stored) = perform(cx, receiver, key, value)?;
    if let Learned::Handler(handler) = learned {
        site::insert_megamorphic(cx, shape, key, handler, Shared::Stores);
    }
    Ok(stored)
}

/// What a store taught.
#[derive(Clone, Copy, Debug)]
enum Learned {
    Handler(Handler),
    /// Nothing yet: the property was constant until now, or the shape has just become what it is.
    Later,
    /// Sites that do this will not learn.
    Never,
}

fn learned(handler: Option<Handler>) -> Learned {
    handler.map_or(Learned::Never, Learned::Handler)
}

/// Does a store by the book, except that a setter is reported, and finds a handler for the shape before the store.
fn perform(cx: Cx<'_>, receiver: Value, key: PropertyKey, value: Value) -> JsResult<(Learned, Stored)> {
    debug_assert!(!key.is_index());
    let Some(start) = operations::lookup_start(cx, receiver) else {
        return Err(operations::throw_on_nullish(cx, receiver, key, "set"));
    };
    let generic = |cx| -> JsResult<(Learned, Stored)> {
        if receiver.is_object() {
            return Ok((Learned::Never, Stored::of_success(ordinary::set(cx, start, key, value, receiver)?)));
        }
        let done = match receiver.is_string() && key == cx.key(unspool_values::KnownAtom::length) {
            true => false,
            false => ordinary::set(cx, start, key, value, receiver)?,
        };
        Ok((Learned::Never, Stored::of_success(done)))
    };
    let Some(object) = receiver.as_object() else { return generic(cx) };
    let shape = object.shape();
    let cacheable = cacheable_shape(cx, shape);
    let mut holder = object;
    loop {
        match holder.kind() {
            CellKind::Proxy | CellKind::CallableProxy | CellKind::ModuleNamespace => return generic(cx),
            CellKind::TypedArray if typed_array::is_canonical_numeric(cx, key) => return generic(cx),
            _ => {}
        }
        if let Some(found) = lookup::own_named(cx, holder, key) {
            if let Some(pair) = found.accessor() {
                let handler = if cacheable { setter_handler(cx, object, holder, found) } else { None };
                return Ok((learned(handler), Stored::of_accessor(pair)));
            }
            if !found.attributes.is_writable() {
                return Ok((Learned::Never, Stored::Refused));
            }
            if holder == object {
                return overwrite(cx, object, key, found, value, cacheable);
            }
            // A writable property of a prototype is shadowed.
            break;
        }
        match holder.prototype(cx) {
            Some(prototype) => holder = prototype,
            None => break,
        }
    }
    if !object.is_extensible_ordinary(cx) {
        return Ok((Learned::Never, Stored::Refused));
    }
    let validity = if cacheable { chain_validity(cx, receiver, object) } else { None };
    let before = object.shape();
    object.add_named(cx, key, value, Attributes::ALL, PropertyKind::Data);
    let handler = match validity {
        Some(validity) if before == shape => adding_handler(cx, object, before, key, validity),
        _ => None,
    };
    Ok((handler.map_or(Learned::Later, Learned::Handler), Stored::Done))
}

fn overwrite(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    found: Found,
    value: Value,
    cacheable: bool,
) -> JsResult<(Learned, Stored)> {
    let handler = match found.place {
        Place::Slot(property) if cacheable => {
            for_slot(cx, object, property, Kind::StoreInline, Kind::StoreOut)
        }
        Place::Virtual(_, VirtualRule::ArrayLength) if cacheable => Some(simple(Kind::StoreArrayLength)),
        _ => None,
    };
    let shape = object.shape();
    let done = write_found(cx, object, key, found, value)?;
    // Writing made a constant property mutable, so that the handler is right from now on; but a computed property may have got a slot.
    if object.shape() != shape {
        return Ok((Learned::Later, Stored::of_success(done)));
    }
    Ok((learned(handler), Stored::of_success(done)))
}

fn setter_handler(cx: Cx<'_>, object: Object, holder: Object, found: Found) -> Option<Handler> {
    let Place::Slot(property) = found.place else { return None };
    if holder == object {
        let cell = found.accessor().and_then(|pair| closure_cell(pair.setter()));
        let handler = for_slot(cx, object, property, Kind::SetterInline, Kind::SetterOut)?;
        return Some(Handler { cell, ..handler });
    }
    let validity = chain_validity(cx, object.into(), object)?;
    let handler = for_slot(cx, holder, property, Kind::SetterProtoInline, Kind::SetterProtoOut)?;
    Some(Handler { word: validity.raw(), cell: Some(holder.cell()), ..handler })
}

/// The handler for having added `key` to an object of shape `before`. Only shared shapes repeat themselves.
pub(crate) fn adding_handler(
    cx: Cx<'_>,
    object: Object,
    before: ShapeId,
    key: PropertyKey,
    validity: ValidityId,
) -> Option<Handler> {
    let after = object.shape();
    if cx.shapes.is_exclusive(before) || cx.shapes.is_exclusive(after) {
        return None;
    }
    let Location::Slot(slot) = cx.shapes.lookup(after, key)?.location else { return None };
    let capacity = u32::from(cx.shapes.inline_capacity(after));
    let (kind, position) =
        if slot < capacity { (Kind::AddInline, slot) } else { (Kind::AddOut, slot - capacity) };
    Some(Handler {
        kind: kind as u8,
        flags: u8::try_from(position).ok()?,
        index: u16::try_from(validity.raw()).ok()?,
        word: after.raw(),
        cell: None,
    })
}

/// The fast path of [`define_named_own`].
#[inline(always)]
pub fn try_define_named_own(cx: Cx<'_>, slot: &FeedbackSlot, object: Value, value: Value) -> bool {
    // Handlers of defining sites are stores and additions whose validity is the cell that never breaks.
    try_store_named(cx, slot, object, value)
}

/// CreateDataPropertyOrThrow with a constant name: properties of object literals and class fields.
///
/// # Errors
/// A `TypeError` when the property cannot be defined (class fields on exotic objects); what proxies throw.
#[inline(never)]
pub fn define_named_own(
    cx: Cx<'_>,
    site: Site,
    object: Object,
    key: PropertyKey,
    value: Value,
) -> JsResult<()> {
    let shape = object.shape();
    if let Some(handler) = site::find_handler(cx, site.slot(), shape, key, Shared::Nothing)
        && run(cx, handler, object.into(), value).is_some()
    {
        return Ok(());
    }
    if key.is_index() || !is_plainly_definable(object.kind()) {
        object.create_data_property_or_throw(cx, key, value)?;
        return Ok(());
    }
    let cacheable = cacheable_shape(cx, shape);
    let found = lookup::own_named(cx, object, key);
    object.create_data_property_or_throw(cx, key, value)?;
    if !cacheable {
        return Ok(());
    }
    let handler = match found {
        None => adding_handler(cx, object, shape, key, ValidityId::ALWAYS),
        Some(Found { place: Place::Slot(property), attributes: Attributes::ALL, .. })
            if object.shape() == shape && property.kind == PropertyKind::Data =>
        {
            for_slot(cx, object, property, Kind::StoreInline, Kind::StoreOut)
        }
        Some(_) => None,
    };
    // A defining handler must not be found by storing sites, which look at the prototype chain: the isolate's cache is
    // left alone.
    if let Some(handler) = handler {
        site::learn(cx, site, shape, key, handler, Shared::Nothing);
    }
    Ok(())
}

fn is_plainly_definable(kind: CellKind) -> bool {
    !matches!(
        kind,
        CellKind::Proxy | CellKind::CallableProxy | CellKind::TypedArray | CellKind::ModuleNamespace
    )
}
