//! Own keys in order, EnumerableOwnProperties, and the enumeration of `for-in`.
//!
//! The order of own keys is: indices ascending, then strings, then symbols, each in order of creation; private names never
//! show. `for-in` takes a snapshot of the keys (`for_in_keys`) with a *guard*: the shape of the object, when the keys
//! follow from the shape alone. As long as the object has that shape no key needs to be looked at again; otherwise
//! [`for_in_next`] asks whether the key still exists.
//!
//! The list of the enumerable string keys of a shape is cached on the shape (its client word), so that a second loop over
//! objects of one shape allocates nothing.

use std::cell::Cell;

use unspool_gc::{Gc, Header};
use unspool_shapes::{Attributes, ShapeId};
use unspool_values::object::{ElementsRef, GcVec, ValueBuffer};
use unspool_values::{CellKind, PropertyKey, Value};

use super::operations::push;
use super::proxy_properties::KeySet;
use super::{Object, arguments, elements, lookup, namespace, ordinary, string_object, typed_array};
use crate::cells::TypedArrayObject;
use crate::completion::JsResult;
use crate::convert;
use crate::isolate::Cx;

/// What EnumerableOwnProperties collects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PropertyNameKind {
    /// Keys.
    Key,
    /// Values.
    Value,
    /// Arrays of key and value.
    KeyAndValue,
}

/// The key of a value that came out of `own_property_keys`: a string or a symbol.
#[inline]
pub fn key_of_value(cx: Cx<'_>, value: Value) -> PropertyKey {
    PropertyKey::from_primitive(cx, &cx.atoms, value).expect("keys are strings and symbols")
}

/// The indexed own properties in ascending order.
fn own_indices(object: Object) -> Vec<u32> {
    match object.kind() {
        CellKind::TypedArray => {
            let length = object.to::<TypedArrayObject>().map_or(0, typed_array::length);
            (0..u32::try_from(length).unwrap_or(PropertyKey::MAX_INDEX)).collect()
        }
        CellKind::PrimitiveWrapper => {
            let length = string_object::wrapped_string(object).map_or(0, |s| s.len());
            let mut indices: Vec<u32> = (0..length).collect();
            indices.extend(elements::indices(object).into_iter().filter(|i| *i >= length));
            indices
        }
        CellKind::Arguments => arguments::indices(object),
        _ => elements::indices(object),
    }
}

/// `[[OwnPropertyKeys]]` of everything but proxies.
pub(crate) fn own_property_keys(cx: Cx<'_>, object: Object) -> JsResult<GcVec> {
    let indices = own_indices(object);
    let count = indices.len() + cx.shapes.property_count(object.shape()) as usize;
    let keys = GcVec::with_capacity(cx, count).map_err(|_| cx.throw_out_of_memory())?;
    for index in indices {
        push(cx, keys, PropertyKey::from_index(index).to_value(cx, &cx.atoms))?;
    }
    if object.kind() == CellKind::ModuleNamespace {
        namespace::push_names(cx, object, keys)?;
    }
    let shape = object.shape();
    let mut symbols = 0;
    for (key, _) in cx.shapes.properties(shape) {
        if key.is_symbol() {
            symbols += usize::from(!key.is_private());
        } else {
            push(cx, keys, key.to_value(cx, &cx.atoms))?;
        }
    }
    if symbols > 0 {
        for (key, _) in cx.shapes.properties(shape) {
            if key.is_symbol() && !key.is_private() {
                push(cx, keys, key.to_value(cx, &cx.atoms))?;
            }
        }
    }
    Ok(keys)
}

impl Object {
    /// EnumerableOwnProperties: the own enumerable string-keyed properties.
    ///
    /// # Errors
    /// What getters and traps throw; out of memory.
    pub fn enumerable_own_properties(self, cx: Cx<'_>, kind: PropertyNameKind) -> JsResult<GcVec> {
        let keys = self.own_property_keys(cx)?;
        let result = GcVec::with_capacity(cx, keys.len()).map_err(|_| cx.throw_out_of_memory())?;
        for i in 0..keys.len() {
            let name = keys.get(i);
            if name.is_symbol() {
                continue;
            }
            let key = key_of_value(cx, name);
            let value =
                if self.is_proxy() {
                    match self.get_own_property(cx, key)? {
                        Some(property) if property.enumerable == Some(true) => {
                            if kind == PropertyNameKind::Key { Value::UNDEFINED } else { self.get(cx, key)? }
                        }
                        _ => continue,
                    }
                } else {
                    match lookup::own(cx, self, key)? {
                        Some(found) if found.attributes.is_enumerable() => match found.accessor() {
                            None => found.value,
                            Some(_) if kind == PropertyNameKind::Key => Value::UNDEFINED,
                            Some(pair) => ordinary::call_getter(cx, pair, self.into())?,
                        },
                        _ => continue,
                    }
                };
            let item = match kind {
                PropertyNameKind::Key => name,
                PropertyNameKind::Value => value,
                PropertyNameKind::KeyAndValue => Object::array_from_values(cx, &[name, value])?.into(),
            };
            push(cx, result, item)?;
        }
        Ok(result)
    }
}

/// State of a running `for-in`: the snapshot of the keys.
#[repr(C)]
pub struct ForInState {
    header: Header,
    /// The keys, as strings.
    pub keys: Gc<ValueBuffer>,
    /// The shape under which every key is known to exist, or `NONE`.
    pub guard: Cell<ShapeId>,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl unspool_gc::ManagedCell for ForInState {
    const KIND: u8 = CellKind::ForInState as u8;
}

impl ForInState {
    fn new(cx: Cx<'_>, keys: Gc<ValueBuffer>, guard: ShapeId) -> Gc<ForInState> {
        cx.allocate(|header| ForInState { header, keys, guard: Cell::new(guard) })
    }

    /// The guard as a value for a register: the shape's number, or `undefined`.
    pub(crate) fn guard_value(&self) -> Value {
        let guard = self.guard.get();
        if guard.is_none() { Value::UNDEFINED } else { Value::from_i32(guard.raw() as i32) }
    }

    /// # Safety
    /// `cell` is a live `ForInState`.
    pub(crate) unsafe fn trace_cell(cell: std::ptr::NonNull<Header>, tracer: &mut unspool_gc::Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `ForInState`.
        tracer.mark(unsafe { cell.cast::<ForInState>().as_ref() }.keys);
    }
}

/// ForInEnumerate: the keys that a `for-in` over `value` visits. `undefined` and `null` have none.
///
/// # Errors
/// What traps of proxies throw.
pub(crate) fn for_in_keys(cx: Cx<'_>, value: Value) -> JsResult<Gc<ForInState>> {
    if value.is_nullish() {
        return Ok(ForInState::new(cx, ValueBuffer::short(cx, 0), ShapeId::NONE));
    }
    let object = convert::to_object(cx, value)?;
    if let Some(keys) = keys_by_shape(cx, object) {
        let shape = object.shape();
        cx.shapes.note_cached(shape);
        return Ok(ForInState::new(cx, keys, shape));
    }
    let keys = GcVec::new(cx);
    collect_keys(cx, object, keys)?;
    Ok(ForInState::new(cx, keys.buffer(), ShapeId::NONE))
}

/// Have objects of this kind indexed properties or names that neither shape nor elements show?
fn is_plain_kind(kind: CellKind) -> bool {
    !matches!(
        kind,
        CellKind::TypedArray
            | CellKind::Arguments
            | CellKind::PrimitiveWrapper
            | CellKind::ModuleNamespace
            | CellKind::Proxy
            | CellKind::CallableProxy
    )
}

/// The keys, when all of them are named properties of the object itself.
fn keys_by_shape(cx: Cx<'_>, object: Object) -> Option<Gc<ValueBuffer>> {
    let is_plain = |o: Object| is_plain_kind(o.kind()) && matches!(o.head().elements(), ElementsRef::None);
    if !is_plain(object) {
        return None;
    }
    if !inherits_nothing_enumerable(cx, object) {
        return None;
    }
    enumerable_names(cx, object)
}

/// Are all prototypes free of enumerable properties, so that only own keys are visited and nothing can be shadowed?
fn inherits_nothing_enumerable(cx: Cx<'_>, object: Object) -> bool {
    let mut prototype = object.prototype(cx);
    while let Some(p) = prototype {
        let plain = is_plain_kind(p.kind()) && matches!(p.head().elements(), ElementsRef::None);
        // `%String.prototype%` is a wrapper of the empty string.
        let plain = plain || (p.kind() == CellKind::PrimitiveWrapper && own_indices(p).is_empty());
        if !plain || enumerable_names(cx, p).is_none_or(|names| !names.is_empty()) {
            return false;
        }
        prototype = p.prototype(cx);
    }
    true
}

/// The own enumerable string keys, when all of them are named properties; from the shape's cache if they are there. `None`
/// for objects with elements and for exotic ones.
pub fn own_enumerable_names(cx: Cx<'_>, object: Object) -> Option<Gc<ValueBuffer>> {
    if !is_plain_kind(object.kind()) || !matches!(object.head().elements(), ElementsRef::None) {
        return None;
    }
    enumerable_names(cx, object)
}

/// The enumerable string keys of an object's shape, from the shape's cache if they are there.
fn enumerable_names(cx: Cx<'_>, object: Object) -> Option<Gc<ValueBuffer>> {
    let shape = object.shape();
    let word = cx.shapes.client_word(shape);
    if word != 0 {
        // SAFETY: the only client words ever stored are those of value buffers, below; the collector keeps the buffer
        // alive for as long as the shape lives.
        let value = unsafe { Value::from_bits(word) };
        return value.to::<ValueBuffer>();
    }
    let count = cx.shapes.property_count(shape);
    let names = ValueBuffer::with_capacity(cx, count).ok()?;
    for (key, property) in cx.shapes.properties(shape) {
        if property.attributes.is_enumerable()
            && let Some(atom) = key.as_atom()
        {
            let pushed = names.push(cx, atom.into());
            debug_assert!(pushed, "there is room for all properties");
        }
    }
    cx.shapes.store_client_word(shape, Value::from_cell(names).bits());
    Some(names)
}

/// Collects the keys of an object and its prototypes: enumerable ones that are not shadowed by a nearer property of the
/// same name, enumerable or not.
fn collect_keys(cx: Cx<'_>, object: Object, keys: GcVec) -> JsResult<()> {
    if !object.is_proxy() && inherits_nothing_enumerable(cx, object) {
        return push_enumerable_own(cx, object, keys);
    }
    let seen = KeySet::new(cx);
    let mut current = Some(object);
    while let Some(o) = current {
        let own = o.own_property_keys(cx)?;
        let prototype = o.get_prototype_of(cx)?;
        for i in 0..own.len() {
            let name = own.get(i);
            if name.is_symbol() {
                continue;
            }
            let key = key_of_value(cx, name);
            if seen.contains(cx, key) {
                continue;
            }
            let enumerable = if o.is_proxy() {
                // Its trap is asked once, when the key is visited (`for_in_filter`).
                true
            } else {
                match lookup::own(cx, o, key)? {
                    None => continue,
                    Some(found) => found.attributes.is_enumerable(),
                }
            };
            // What nothing can shadow need not be remembered.
            if prototype.is_some() {
                seen.add(cx, key);
            }
            if enumerable {
                push(cx, keys, name)?;
            }
        }
        current = prototype;
    }
    Ok(())
}

/// Collects the enumerable string keys of an object that is no proxy.
fn push_enumerable_own(cx: Cx<'_>, object: Object, keys: GcVec) -> JsResult<()> {
    let own = own_property_keys(cx, object)?;
    for i in 0..own.len() {
        let name = own.get(i);
        if !name.is_symbol()
            && let Some(found) = lookup::own(cx, object, key_of_value(cx, name))?
            && found.attributes.is_enumerable()
        {
            push(cx, keys, name)?;
        }
    }
    Ok(())
}

/// The next key, or `undefined` if it was deleted since the loop began. `guard` is `ForInState::guard_value`.
///
/// # Errors
/// What traps of proxies throw.
#[inline]
pub fn for_in_next(cx: Cx<'_>, object: Value, key: Value, guard: Value) -> JsResult<Value> {
    if object.is_cell() && guard == Value::from_i32(object.as_cell().meta() as i32) {
        return Ok(key);
    }
    for_in_filter(cx, object, key)
}

/// ForInFilter: the key if the object still has the property.
#[inline(never)]
fn for_in_filter(cx: Cx<'_>, object: Value, key: Value) -> JsResult<Value> {
    let object = convert::to_object(cx, object)?;
    let name = key_of_value(cx, key);
    let mut current = Some(object);
    while let Some(o) = current {
        if o.is_proxy() {
            let present = o.get_own_property(cx, name)?.map(|property| property.enumerable == Some(true));
            match present {
                Some(true) => return Ok(key),
                Some(false) => return Ok(Value::UNDEFINED),
                None => current = o.get_prototype_of(cx)?,
            }
            continue;
        }
        match lookup::own(cx, o, name)? {
            Some(found) if found.attributes.contains(Attributes::ENUMERABLE) => return Ok(key),
            Some(_) => return Ok(Value::UNDEFINED),
            None => current = o.prototype(cx),
        }
    }
    Ok(Value::UNDEFINED)
}
