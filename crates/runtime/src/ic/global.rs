//! Loads and stores of global bindings: the script scope first, then the global object.
//!
//! A `let`, `const` or `class` at script level is never removed, so its binding cell is cached without any condition. A
//! property of the global object is cached by the object's shape, which is its own and is renewed when a lexical binding of that
//! name appears (see `object::global`).

use unspool_bytecode::LanguageMode;
use unspool_gc::Gc;
use unspool_shapes::{PropertyKind, ShapeId};
use unspool_values::object::ObjectHead;
use unspool_values::{PropertyKey, Value};

use super::handler::{Kind, cacheable_shape, for_slot, read_out, simple};
use super::load::Loaded;
use super::site::{self, Shared, Site};
use super::store::Stored;
use crate::cells::{BindingCell, FeedbackSlot, Handler};
use crate::completion::{JsResult, Throw};
use crate::isolate::Cx;
use crate::object::global::find_lexical;
use crate::object::lookup::{self, Place};
use crate::object::{Object, define, ordinary};
use crate::realm::Realm;

/// What to do when a global name cannot be resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unresolved {
    /// Throw a `ReferenceError`.
    Throws,
    /// The value is `undefined` (`typeof`).
    IsUndefined,
}

/// The global object of a realm that has one, whatever its kind.
///
/// # Safety
/// The realm's global object was made.
#[inline(always)]
unsafe fn global_head(realm: Gc<Realm>) -> Gc<ObjectHead> {
    // SAFETY: once made, the realm's global is an object, and every object begins with an object head.
    unsafe { realm.global.get().as_cell().cast::<ObjectHead>() }
}

/// The fast path of a global load in a realm.
#[inline(always)]
pub fn try_load_global(slot: &FeedbackSlot, realm: Gc<Realm>) -> Option<Value> {
    let handler = slot.handler.get();
    // SAFETY: handlers of this kind hold a binding cell; code that runs has a global object, and it has the shape of the
    // other kind's handler.
    unsafe {
        if handler.kind == Kind::GlobalSlot as u8 {
            let head = global_head(realm);
            if head.shape_id() == slot.shape.get().raw() {
                return Some(read_out(head, handler.index));
            }
            return None;
        }
        if handler.kind == Kind::GlobalBinding as u8 {
            let value = handler.cell.unwrap_unchecked().cast::<BindingCell>().value.get();
            return if value.is_hole() { None } else { Some(value) };
        }
    }
    None
}

#[cold]
fn throw_uninitialized(cx: Cx<'_>, key: PropertyKey) -> Throw {
    cx.throw_reference_error(format_args!("Cannot access '{key}' before initialization"))
}

fn learn(cx: Cx<'_>, site: Option<Site>, shape: ShapeId, key: PropertyKey, handler: Handler) {
    if let Some(site) = site {
        // One entry is enough: there is one global object.
        let slot = site.slot();
        if slot.handler.get() != handler || slot.shape.get() != shape {
            slot.state.set(crate::cells::IcState::Uninitialized);
            site::learn(cx, site, shape, key, handler, Shared::Nothing);
        }
    }
}

fn binding_handler(cell: Gc<BindingCell>) -> Handler {
    Handler { cell: Some(cell.erase()), ..simple(Kind::GlobalBinding) }
}

fn slot_handler(cx: Cx<'_>, global: Object, place: Place) -> Option<Handler> {
    let Place::Slot(property) = place else { return None };
    if property.kind != PropertyKind::Data || !cacheable_shape(cx, global.shape()) {
        return None;
    }
    for_slot(cx, global, property, Kind::None, Kind::GlobalSlot).filter(|h| Kind::of(*h) == Kind::GlobalSlot)
}

/// Loads the global binding `key` of a realm by the book; teaches the site, if there is one.
///
/// # Errors
/// A `ReferenceError` when there is no such binding (unless it `IsUndefined`) or it is not initialized.
#[inline(never)]
pub fn load_global(
    cx: Cx<'_>,
    site: Option<Site>,
    realm: Gc<Realm>,
    key: PropertyKey,
    unresolved: Unresolved,
) -> JsResult<Loaded> {
    if let Some(cell) = find_lexical(cx, realm, key) {
        let value = cell.value.get();
        if value.is_hole() {
            return Err(throw_uninitialized(cx, key));
        }
        learn(cx, site, ShapeId::NONE, key, binding_handler(cell));
        return Ok(Loaded::Value(value));
    }
    let global = realm_global(realm);
    if !global.is_proxy()
        && let Some(found) = lookup::own(cx, global, key)?
    {
        if let Some(pair) = found.accessor() {
            let getter = pair.getter();
            return Ok(if getter.is_undefined() { Loaded::Value(getter) } else { Loaded::Getter(getter) });
        }
        if let Some(handler) = slot_handler(cx, global, found.place) {
            learn(cx, site, global.shape(), key, handler);
        }
        return Ok(Loaded::Value(found.value));
    }
    if !global.has_property(cx, key)? {
        return match unresolved {
            Unresolved::IsUndefined => Ok(Loaded::Value(Value::UNDEFINED)),
            Unresolved::Throws => Err(cx.throw_reference_error(format_args!("{key} is not defined"))),
        };
    }
    global.get(cx, key).map(Loaded::Value)
}

fn realm_global(realm: Gc<Realm>) -> Object {
    use crate::object::ValueExt as _;
    realm.global.get().as_object_unchecked()
}

/// The fast path of a global store. Tells whether it stored.
#[inline(always)]
pub fn try_store_global(cx: Cx<'_>, slot: &FeedbackSlot, realm: Gc<Realm>, value: Value) -> bool {
    let handler = slot.handler.get();
    // SAFETY: handlers of this kind hold a binding cell; code that runs has a global object, and it has the shape of the
    // other kind's handler.
    unsafe {
        if handler.kind == Kind::GlobalSlot as u8 {
            let head = global_head(realm);
            if head.shape_id() == slot.shape.get().raw() {
                head.slots().unwrap_unchecked().set(cx, u32::from(handler.index), value);
                return true;
            }
            return false;
        }
        if handler.kind == Kind::GlobalBinding as u8 {
            let cell = handler.cell.unwrap_unchecked().cast::<BindingCell>();
            if !cell.value.get().is_hole() {
                cell.value.set(cx, cell, value);
                return true;
            }
        }
    }
    false
}

/// Assigns to the global binding `key` of a realm by the book; teaches the site, if there is one.
///
/// # Errors
/// A `ReferenceError` when the binding is not initialized, or does not exist in strict code; a `TypeError` for constants.
#[inline(never)]
pub fn store_global(
    cx: Cx<'_>,
    site: Option<Site>,
    realm: Gc<Realm>,
    key: PropertyKey,
    value: Value,
    mode: LanguageMode,
) -> JsResult<Stored> {
    if let Some(cell) = find_lexical(cx, realm, key) {
        if cell.value.get().is_hole() {
            return Err(throw_uninitialized(cx, key));
        }
        if cell.is_const() {
            return Err(cx.throw_type_error("Assignment to constant variable."));
        }
        let mutated = cell.flags.get() & BindingCell::MUTATED != 0;
        BindingCell::note_assignment(cell, cx);
        cell.value.set(cx, cell, value);
        if mutated {
            learn(cx, site, ShapeId::NONE, key, binding_handler(cell));
        }
        return Ok(Stored::Done);
    }
    let global = realm_global(realm);
    if !global.is_proxy()
        && let Some(found) = lookup::own(cx, global, key)?
    {
        if let Some(pair) = found.accessor() {
            let setter = pair.setter();
            return Ok(if setter.is_undefined() { Stored::Refused } else { Stored::Setter(setter) });
        }
        if !found.attributes.is_writable() {
            return Ok(Stored::Refused);
        }
        if initialize_slot(cx, global, key, found, value) {
            return Ok(Stored::Done);
        }
        let done = define::write_found(cx, global, key, found, value)?;
        // Written once, the property is mutable, which is what store handlers demand.
        if let Some(handler) = slot_handler(cx, global, found.place) {
            learn(cx, site, global.shape(), key, handler);
        }
        return Ok(if done { Stored::Done } else { Stored::Refused });
    }
    if mode == LanguageMode::Strict && !global.has_property(cx, key)? {
        return Err(cx.throw_reference_error(format_args!("{key} is not defined")));
    }
    let done = ordinary::set(cx, global, key, value, global.into())?;
    Ok(if done { Stored::Done } else { Stored::Refused })
}

/// The first value of a variable or function of the global object, which was `undefined` so far: it stays constant, so
/// that optimized code can rely on functions being what they were declared as. No site learns the store.
fn initialize_slot(cx: Cx<'_>, global: Object, key: PropertyKey, found: lookup::Found, value: Value) -> bool {
    let Place::Slot(property) = found.place else { return false };
    let shape = global.shape();
    let is_first = found.value.is_undefined()
        && property.constant
        && cx.shapes.flags(shape).contains(unspool_shapes::ShapeFlags::UNIQUE)
        && cx.shapes.is_constant_without_dependents(shape, key);
    match property.location.slot() {
        Some(slot) if is_first => {
            global.set_slot_value(cx, slot, value);
            true
        }
        _ => false,
    }
}
