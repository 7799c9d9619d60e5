//! `[[GetOwnProperty]]` of everything but proxies, in the engine's own terms.
//!
//! `own` answers with a `Found`: value, attributes and place of an own property. A place says where a later write goes,
//! so one lookup serves `[[Get]]`, `[[Set]]` and `[[DefineOwnProperty]]`. Reading runs no JavaScript; the one thing that can
//! throw is the uninitialized binding of a module namespace.

use unspool_gc::Gc;
use unspool_shapes::{Attributes, Location, Property, PropertyKind};
use unspool_values::object::{Accessor, ElementsRef};
use unspool_values::{CellKind, PropertyKey, Value};

use super::virtuals::{self, VirtualRule};
use super::{Object, PropertyDescriptor, arguments, global, namespace, string_object, typed_array};
use crate::completion::JsResult;
use crate::isolate::Cx;

/// Where an own property lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// In a slot of the shape.
    Slot(Property),
    /// Computed by a rule.
    Virtual(Property, VirtualRule),
    /// In the dense elements.
    Dense,
    /// In the sparse elements.
    Sparse,
    /// An element of an arguments object that aliases a context slot.
    Mapped(u32),
    /// Made by the exotic object itself: characters, typed elements, exports.
    Exotic,
}

/// An own property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// The value of a data property, the [`Accessor`] cell of an accessor property.
    pub value: Value,
    /// Its attributes; `WRITABLE` is unset for accessors.
    pub attributes: Attributes,
    /// Where it lives.
    pub place: Place,
}

impl Found {
    fn new(value: Value, attributes: Attributes, place: Place) -> Found {
        Found { value, attributes, place }
    }

    /// An element with default attributes made by an exotic object.
    pub(crate) fn exotic(value: Value, attributes: Attributes) -> Found {
        Found::new(value, attributes, Place::Exotic)
    }

    /// The getter and setter, if it is an accessor property.
    #[inline]
    pub(crate) fn accessor(&self) -> Option<Gc<Accessor>> {
        self.value.to::<Accessor>()
    }

    /// The property as a complete descriptor.
    pub(crate) fn to_descriptor(self) -> PropertyDescriptor {
        match self.accessor() {
            Some(pair) => PropertyDescriptor::accessor(pair.getter(), pair.setter(), self.attributes),
            None => PropertyDescriptor::data(self.value, self.attributes),
        }
    }
}

/// The own property of an object that is no proxy.
///
/// # Errors
/// A `ReferenceError` for the uninitialized binding behind a module namespace's property.
#[inline]
pub(crate) fn own(cx: Cx<'_>, object: Object, key: PropertyKey) -> JsResult<Option<Found>> {
    if let Some(index) = key.as_index() {
        return own_index(cx, object, key, index);
    }
    match object.kind() {
        CellKind::TypedArray if typed_array::is_canonical_numeric(cx, key) => Ok(None),
        CellKind::ModuleNamespace if !key.is_symbol() => namespace::own(cx, object, key),
        _ => Ok(own_named(cx, object, key)),
    }
}

fn own_index(cx: Cx<'_>, object: Object, key: PropertyKey, index: u32) -> JsResult<Option<Found>> {
    match object.kind() {
        CellKind::TypedArray => Ok(typed_array::own(cx, object, index)),
        CellKind::ModuleNamespace => namespace::own(cx, object, key),
        CellKind::PrimitiveWrapper => {
            if let Some(found) = string_object::own(cx, object, index) {
                return Ok(Some(found));
            }
            Ok(own_element(cx, object, index))
        }
        CellKind::Arguments => Ok(arguments::own(cx, object, index)),
        _ => Ok(own_element(cx, object, index)),
    }
}

/// A named property by the shape. Private names too, and so also for proxies.
#[inline]
pub(crate) fn own_named(cx: Cx<'_>, object: Object, key: PropertyKey) -> Option<Found> {
    let property = cx.shapes.lookup(object.shape(), key)?;
    Some(found_named(cx, object, key, property))
}

pub(crate) fn found_named(cx: Cx<'_>, object: Object, key: PropertyKey, property: Property) -> Found {
    let attributes = effective(property);
    match property.location {
        Location::Slot(slot) => {
            let mut value = object.slot_value(cx, slot);
            if value == Value::LAZY {
                value = global::resolve_lazy(cx, object, key, slot);
            }
            Found::new(value, attributes, Place::Slot(property))
        }
        Location::Virtual(rule) => {
            let rule = VirtualRule::from_number(rule);
            Found::new(virtuals::read(cx, object, rule), attributes, Place::Virtual(property, rule))
        }
    }
}

fn effective(property: Property) -> Attributes {
    match property.kind {
        PropertyKind::Data => property.attributes,
        PropertyKind::Accessor => property.attributes.without(Attributes::WRITABLE),
    }
}

/// An indexed property in `elements`.
#[inline]
pub(crate) fn own_element(cx: Cx<'_>, object: Object, index: u32) -> Option<Found> {
    match object.head().elements() {
        ElementsRef::None => None,
        ElementsRef::Dense(elements) => {
            let value = elements.get(index).filter(|v| !v.is_hole())?;
            Some(Found::new(value, dense_attributes(cx, object), Place::Dense))
        }
        ElementsRef::Sparse(elements) => {
            let entry = elements.get(index)?;
            let attributes = match entry.accessor() {
                Some(_) => entry.attributes.without(Attributes::WRITABLE),
                None => entry.attributes,
            };
            Some(Found::new(entry.value, attributes, Place::Sparse))
        }
    }
}

/// The attributes of all dense elements: the default ones as far as the integrity level leaves them.
#[inline]
pub(crate) fn dense_attributes(cx: Cx<'_>, object: Object) -> Attributes {
    cx.shapes.integrity(object.shape()).restrict(Attributes::ALL, PropertyKind::Data)
}

impl Object {
    /// The value of an own data property, without running anything. For objects that the engine made.
    pub fn own_data_value(self, cx: Cx<'_>, key: PropertyKey) -> Option<Value> {
        if self.is_proxy() {
            return None;
        }
        let found = own(cx, self, key).ok()??;
        if found.accessor().is_some() { None } else { Some(found.value) }
    }

    /// The value of a data property found along the prototype chain, without running anything: nothing for accessors and
    /// behind proxies. For descriptions of values.
    pub fn find_data_value(self, cx: Cx<'_>, key: PropertyKey) -> Option<Value> {
        let mut object = self;
        loop {
            if object.is_proxy() || object.kind() == CellKind::ModuleNamespace {
                return None;
            }
            match own(cx, object, key).ok()? {
                Some(found) if found.accessor().is_some() => return None,
                Some(found) => return Some(found.value),
                None => object = object.prototype(cx)?,
            }
        }
    }
}
