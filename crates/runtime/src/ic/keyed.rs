//! Keyed loads and stores.
//!
//! A present dense element is the element, whatever the object's shape: exotic objects whose indices mean something else keep
//! nothing there. So the fast path of a load needs no shape at all; the shape is compared only so that the site learns what
//! it meets. What is *not* there needs the shape: it is `undefined` when the object has no other place for elements and nothing
//! indexed is inherited.
//!
//! String and symbol keys go to the isolate's cache of loads and stores by shape and key, from the first time on; such a site
//! has [`NAMED`] among its bits.

use unspool_gc::Gc;
use unspool_shapes::{Attributes, Integrity, ShapeId, ValidityId};
use unspool_values::object::{Elements, ElementsRef, ObjectHead};
use unspool_values::{CellKind, JSString, PropertyKey, Value};

use super::handler::{ARRAY, GROWS, HOLES, Kind, cacheable_shape, receiver_shape, simple};
use super::load::{self, Loaded, chain_validity, is_valid};
use super::site::{self, Shared, Site};
use super::store::{self, Stored};
use crate::cells::{Array, FeedbackSlot, Handler, IcState, TypedArrayObject};
use crate::completion::JsResult;
use crate::convert;
use crate::isolate::Cx;
use crate::object::lookup::dense_attributes;
use crate::object::shapes::chain_has_no_elements;
use crate::object::{Object, ValueExt as _, operations, ordinary, string_object, typed_array};

/// Bit of a keyed site: it has met keys that are no indices.
pub const NAMED: u8 = 1;
/// Bit of a keyed load: it has met an index at or beyond the end of the dense elements (the string, the typed array).
pub const OUT_OF_BOUNDS: u8 = 2;
/// Bit of a keyed store: it has appended.
pub const APPENDED: u8 = 4;
/// Bit of a keyed load: it has met a hole among the dense elements.
pub const HOLE: u8 = 8;

/// The integral number as an index.
#[inline(always)]
fn index_of(key: Value) -> Option<u32> {
    // A negative int32 is a large unsigned number, beyond every length.
    if key.is_i32() { Some(key.as_i32() as u32) } else { index_of_double(key) }
}

/// Does the index come from a key that is not negative? (An index beyond the int32 range is treated as if it did not.)
#[inline(always)]
fn is_positive(index: u32) -> bool {
    index <= i32::MAX as u32
}

/// An index that came out of arithmetic on doubles.
#[inline]
fn index_of_double(key: Value) -> Option<u32> {
    if !key.is_double() {
        return None;
    }
    let number = key.as_double();
    let index = number as u32;
    (f64::from(index) == number).then_some(index)
}

/// The fast path of keyed loads: int32 keys on dense elements, typed arrays and strings.
#[inline(always)]
pub fn try_load_keyed(cx: Cx<'_>, slot: &FeedbackSlot, receiver: Value, key: Value) -> Option<Value> {
    let index = index_of(key)?;
    if !receiver.is_cell() {
        return None;
    }
    let cell = receiver.as_cell();
    if cell.meta() != slot.shape.get().raw() {
        return None;
    }
    let handler = slot.handler.get();
    // SAFETY: the receiver has the handler's shape, so it is an object where the kind is one of objects.
    unsafe {
        if handler.kind == Kind::LoadElement as u8 {
            let head = cell.cast::<ObjectHead>();
            if let Some(value) = head.dense_element(index) {
                return Some(value);
            }
            return None;
        }
        if handler.kind == Kind::LoadTypedElement as u8 {
            return typed_array::get(cx, cell.cast::<TypedArrayObject>(), index as usize);
        }
    }
    None
}

/// Does what an element handler says for an index; `None` when it does not apply.
#[inline]
fn run_load(cx: Cx<'_>, handler: Handler, receiver: Value, index: u32) -> Option<Value> {
    // SAFETY: as in `try_load_keyed`.
    unsafe {
        match Kind::of(handler) {
            Kind::LoadElement => {
                let head = receiver.as_cell().cast::<ObjectHead>();
                if let Some(value) = head.dense_element(index) {
                    return Some(value);
                }
                let sparse = matches!(head.elements(), ElementsRef::Sparse(_));
                (handler.flags & HOLES != 0
                    && !sparse
                    && index <= PropertyKey::MAX_INDEX
                    && is_valid(cx, handler.word))
                .then_some(Value::UNDEFINED)
            }
            Kind::LoadTypedElement => {
                let array = receiver.as_cell().cast::<TypedArrayObject>();
                // A negative key is a property name with a minus sign, which typed arrays do not have either.
                Some(typed_array::get(cx, array, index as usize).unwrap_or(Value::UNDEFINED))
            }
            Kind::LoadCharacter => {
                let string = receiver.as_cell().cast::<JSString>();
                if let Some(value) = string_object::char_at(cx, string, index) {
                    return Some(value);
                }
                (handler.flags & HOLES != 0 && index <= PropertyKey::MAX_INDEX && is_valid(cx, handler.word))
                    .then_some(Value::UNDEFINED)
            }
            _ => None,
        }
    }
}

/// A keyed load at a site that did not hit its fast path.
///
/// # Errors
/// A `TypeError` on `undefined` and `null`; what the key's conversion and proxies throw.
#[inline(never)]
pub fn load_keyed(cx: Cx<'_>, site: Site, receiver: Value, key: Value) -> JsResult<Loaded> {
    let shape = receiver_shape(receiver);
    let slot = site.slot();
    if let Some(index) = index_of(key) {
        let handler = match slot.state.get() {
            // Any receiver with a dense element there; the site has stopped learning.
            IcState::Megamorphic => {
                if let Some(value) = receiver.as_object().and_then(|o| o.head().dense_element(index)) {
                    return Ok(Loaded::Value(value));
                }
                None
            }
            _ => site::find_handler(cx, slot, shape, ELEMENT_KEY, Shared::Nothing),
        };
        if let Some(handler) = handler
            && let Some(value) = run_load(cx, handler, receiver, index)
        {
            note_absence(site, receiver, index);
            return Ok(Loaded::Value(value));
        }
        if is_positive(index) {
            return load_element_miss(cx, site, receiver, index);
        }
    }
    load_by_key(cx, site, receiver, key)
}

/// The key under which element handlers appear in traces; they hold for all indices.
const ELEMENT_KEY: PropertyKey = PropertyKey::from_index(0);

#[cold]
#[inline(never)]
fn load_element_miss(cx: Cx<'_>, site: Site, receiver: Value, index: u32) -> JsResult<Loaded> {
    let key = PropertyKey::from_index(index);
    let Some(start) = operations::lookup_start(cx, receiver) else {
        return Err(operations::throw_on_nullish(cx, receiver, key, "read"));
    };
    if site.slot().state.get() != IcState::Megamorphic {
        note_absence(site, receiver, index);
        match element_load_handler(cx, receiver, start) {
            Some(handler) => {
                site::learn(cx, site, receiver_shape(receiver), ELEMENT_KEY, handler, Shared::Nothing);
            }
            None => site::give_up(cx, site, receiver_shape(receiver), ELEMENT_KEY),
        }
    }
    if let Some(object) = receiver.as_object() {
        if let Some(value) = object.head().dense_element(index) {
            return Ok(Loaded::Value(value));
        }
    } else if let Some(string) = receiver.to::<JSString>()
        && let Some(value) = string_object::char_at(cx, string, index)
    {
        return Ok(Loaded::Value(value));
    }
    ordinary::get(cx, start, key, receiver).map(Loaded::Value)
}

/// Notes for the optimizer that there was no element at the index.
fn note_absence(site: Site, receiver: Value, index: u32) {
    let Some(object) = receiver.as_object() else {
        if receiver.to::<JSString>().is_none_or(|string| index >= string.len()) {
            add_bits(site, OUT_OF_BOUNDS);
        }
        return;
    };
    if let Some(array) = object.to::<TypedArrayObject>() {
        if typed_array::view(array).is_none_or(|view| index as usize >= view.length) {
            add_bits(site, OUT_OF_BOUNDS);
        }
        return;
    }
    match object.head().raw_elements().and_then(|elements| elements.get(index)) {
        None => add_bits(site, OUT_OF_BOUNDS),
        Some(Value::HOLE) => add_bits(site, HOLE),
        Some(_) => {}
    }
}

/// Is the index at or beyond the end of the dense elements?
fn is_beyond(object: Object, index: u32) -> bool {
    object.head().raw_elements().is_none_or(|elements| index >= elements.len())
}

fn add_bits(site: Site, bits: u8) {
    let slot = site.slot();
    slot.bits.set(slot.bits.get() | bits);
}

fn element_load_handler(cx: Cx<'_>, receiver: Value, start: Object) -> Option<Handler> {
    if !cacheable_shape(cx, receiver_shape(receiver)) {
        return None;
    }
    let with_holes = |kind: Kind| {
        let inherited = if receiver.is_object() { start.prototype(cx) } else { Some(start) };
        let validity =
            if chain_has_no_elements(inherited, cx) { chain_validity(cx, receiver, start) } else { None };
        match validity {
            Some(validity) => Handler { flags: HOLES, word: validity.raw(), ..simple(kind) },
            None => simple(kind),
        }
    };
    match receiver.as_object() {
        None if receiver.is_string() => Some(with_holes(Kind::LoadCharacter)),
        None => None,
        Some(object) => match object.kind() {
            CellKind::TypedArray => Some(simple(Kind::LoadTypedElement)),
            CellKind::Proxy | CellKind::CallableProxy | CellKind::ModuleNamespace => None,
            CellKind::Arguments | CellKind::PrimitiveWrapper => Some(simple(Kind::LoadElement)),
            _ => Some(with_holes(Kind::LoadElement)),
        },
    }
}

/// Loads by a key that is no non-negative int32.
#[inline(never)]
fn load_by_key(cx: Cx<'_>, site: Site, receiver: Value, key: Value) -> JsResult<Loaded> {
    add_bits(site, NAMED);
    load_keyed_uncached(cx, receiver, key)
}

/// A keyed load without feedback that reports getters instead of calling them.
///
/// # Errors
/// As [`load_keyed`].
pub fn load_keyed_uncached(cx: Cx<'_>, receiver: Value, key: Value) -> JsResult<Loaded> {
    if receiver.is_nullish() {
        let text = shown_key(cx, key);
        return Err(operations::throw_on_nullish(cx, receiver, text, "read"));
    }
    let key = convert::to_property_key(cx, key)?;
    if key.is_index() {
        return operations::get_v(cx, receiver, key).map(Loaded::Value);
    }
    load::load_uncached(cx, receiver, key)
}

/// The fast path of keyed stores: int32 keys on dense elements and numbers into typed arrays. Tells whether it stored.
#[inline(always)]
pub fn try_store_keyed(cx: Cx<'_>, slot: &FeedbackSlot, receiver: Value, key: Value, value: Value) -> bool {
    let Some(index) = index_of(key) else { return false };
    if !receiver.is_cell() {
        return false;
    }
    let cell = receiver.as_cell();
    if cell.meta() != slot.shape.get().raw() {
        return false;
    }
    let handler = slot.handler.get();
    // SAFETY: the receiver has the handler's shape, so it is an object of the kind that the handler is for.
    unsafe {
        if handler.kind == Kind::StoreElement as u8 {
            let head = cell.cast::<ObjectHead>();
            let Some(elements) = head.raw_elements() else { return false };
            if index < elements.len() {
                if elements.get(index).is_none_or(|v| v.is_hole()) {
                    return false;
                }
                elements.set(cx, index, value);
                return true;
            }
            let appended = handler.flags & (GROWS | ARRAY) == GROWS | ARRAY
                && index == elements.len()
                && is_valid(cx, handler.word)
                && append_to_array(cx, cell.cast::<Array>(), elements, index, value);
            if appended {
                slot.bits.set(slot.bits.get() | APPENDED);
            }
            return appended;
        }
        if handler.kind == Kind::StoreTypedElement as u8 {
            return is_positive(index)
                && typed_array::set_number(cell.cast::<TypedArrayObject>(), index as usize, value);
        }
    }
    false
}

/// Appends within the capacity.
#[inline(always)]
fn append_to_array(cx: Cx<'_>, array: Gc<Array>, elements: Gc<Elements>, index: u32, value: Value) -> bool {
    if !elements.push(cx, value) {
        return false;
    }
    if index >= array.length.get() {
        array.length.set(index + 1);
    }
    true
}

/// Does what an element handler says; `None` when it does not apply.
fn run_store(cx: Cx<'_>, handler: Handler, object: Object, index: u32, value: Value) -> JsResult<Option<()>> {
    match Kind::of(handler) {
        Kind::StoreElement => {
            if object.head().dense_element(index).is_some() {
                if let Some(elements) = object.head().raw_elements() {
                    elements.set(cx, index, value);
                }
                return Ok(Some(()));
            }
            let sparse = matches!(object.head().elements(), ElementsRef::Sparse(_));
            if handler.flags & GROWS == 0
                || sparse
                || index > PropertyKey::MAX_INDEX
                || !is_valid(cx, handler.word)
            {
                return Ok(None);
            }
            // Shape and validity say that the object is extensible and nothing is inherited.
            Ok(ordinary::add_element(cx, object, index, value)?.then_some(()))
        }
        Kind::StoreTypedElement => {
            let Some(array) = object.to::<TypedArrayObject>() else { return Ok(None) };
            typed_array::set(cx, array, index as usize, value)?;
            Ok(Some(()))
        }
        _ => Ok(None),
    }
}

/// A keyed store at a site that did not hit its fast path.
///
/// # Errors
/// A `TypeError` on `undefined` and `null`; what the key's conversion and proxies throw.
#[inline(never)]
pub fn store_keyed(cx: Cx<'_>, site: Site, receiver: Value, key: Value, value: Value) -> JsResult<Stored> {
    if let Some(index) = index_of(key)
        && is_positive(index)
    {
        let slot = site.slot();
        let shape = receiver_shape(receiver);
        if let Some(object) = receiver.as_object()
            && let Some(handler) = site::find_handler(cx, slot, shape, ELEMENT_KEY, Shared::Nothing)
        {
            let appends = is_beyond(object, index);
            if run_store(cx, handler, object, index, value)?.is_some() {
                if appends {
                    add_bits(site, APPENDED);
                }
                return Ok(Stored::Done);
            }
        }
        return store_element_miss(cx, site, receiver, index, value);
    }
    add_bits(site, NAMED);
    store_keyed_uncached(cx, receiver, key, value)
}

#[cold]
#[inline(never)]
fn store_element_miss(cx: Cx<'_>, site: Site, receiver: Value, index: u32, value: Value) -> JsResult<Stored> {
    let key = PropertyKey::from_index(index);
    if site.slot().state.get() != IcState::Megamorphic
        && let Some(object) = receiver.as_object()
    {
        if is_beyond(object, index) {
            add_bits(site, APPENDED);
        }
        let shape = object.shape();
        match element_store_handler(cx, object) {
            Some(handler) => site::learn(cx, site, shape, ELEMENT_KEY, handler, Shared::Nothing),
            None => site::give_up(cx, site, shape, ELEMENT_KEY),
        }
    }
    store_index(cx, receiver, key, value)
}

fn store_index(cx: Cx<'_>, receiver: Value, key: PropertyKey, value: Value) -> JsResult<Stored> {
    if receiver.is_nullish() {
        return Err(operations::throw_on_nullish(cx, receiver, key, "set"));
    }
    let done = match receiver.as_object() {
        Some(object) => ordinary::set(cx, object, key, value, receiver)?,
        None => {
            let own_character = receiver
                .to::<JSString>()
                .is_some_and(|s| key.as_index().is_some_and(|index| index < s.len()));
            match operations::lookup_start(cx, receiver) {
                Some(start) if !own_character => ordinary::set(cx, start, key, value, receiver)?,
                _ => false,
            }
        }
    };
    Ok(if done { Stored::Done } else { Stored::Refused })
}

fn element_store_handler(cx: Cx<'_>, object: Object) -> Option<Handler> {
    let shape: ShapeId = object.shape();
    match object.kind() {
        CellKind::TypedArray => {
            return cacheable_shape(cx, shape).then(|| simple(Kind::StoreTypedElement));
        }
        CellKind::Proxy
        | CellKind::CallableProxy
        | CellKind::ModuleNamespace
        | CellKind::Arguments
        | CellKind::PrimitiveWrapper => return None,
        _ => {}
    }
    if !cacheable_shape(cx, shape) || !dense_attributes(cx, object).contains(Attributes::WRITABLE) {
        return None;
    }
    let kind = simple(Kind::StoreElement);
    let array = object.to::<Array>();
    let growable = cx.shapes.integrity(shape) == Integrity::None
        && array.is_none_or(|a| a.length_writable.get())
        && chain_has_no_elements(object.prototype(cx), cx)
        // A prototype that gets its first elements must be seen to.
        && !cx.shapes.flags(shape).contains(unspool_shapes::ShapeFlags::USED_AS_PROTOTYPE);
    let validity: Option<ValidityId> =
        if growable { chain_validity(cx, object.into(), object) } else { None };
    Some(match validity {
        Some(validity) => {
            let flags = if array.is_some() { GROWS | ARRAY } else { GROWS };
            Handler { flags, word: validity.raw(), ..kind }
        }
        None => kind,
    })
}

/// A keyed store without feedback that reports setters instead of calling them.
///
/// # Errors
/// As [`store_keyed`].
pub fn store_keyed_uncached(cx: Cx<'_>, receiver: Value, key: Value, value: Value) -> JsResult<Stored> {
    if receiver.is_nullish() {
        let text = shown_key(cx, key);
        return Err(operations::throw_on_nullish(cx, receiver, text, "set"));
    }
    let key = convert::to_property_key(cx, key)?;
    if key.is_index() {
        return store_index(cx, receiver, key, value);
    }
    store::store_uncached(cx, receiver, key, value)
}

/// Appends an element to the array literal under construction, or stores it at `index`.
///
/// # Errors
/// Out of memory.
#[inline]
pub fn store_in_array_literal(cx: Cx<'_>, array: Gc<Array>, index: u32, value: Value) -> JsResult<()> {
    if let Some(elements) = array.head.raw_elements()
        && index == elements.len()
        && append_to_array(cx, array, elements, index, value)
    {
        return Ok(());
    }
    ordinary::add_element(cx, Array::object(array), index, value)?;
    Ok(())
}
/// A key as messages name it. Runs no JavaScript, so objects are told by their kind.
#[cold]
fn shown_key(cx: Cx<'_>, key: Value) -> PropertyKey {
    if key.is_object() {
        return PropertyKey::from_text(cx, &cx.atoms, cx.describe(key).trim_end());
    }
    // Of a primitive value that runs nothing, and fails for want of memory at most.
    convert::to_property_key(cx, key).unwrap_or_else(|throw| {
        cx.take_exception(throw);
        cx.key(unspool_values::KnownAtom::object)
    })
}
