//! `[[DefineOwnProperty]]`: the dispatch, ValidateAndApplyPropertyDescriptor (ECMA-262 10.1.6.3), and the addition of
//! properties that are known to be absent.
//!
//! The specification's one operation is split in two: *may* the property become this (`is_allowed_change`, without
//! effects, used for proxies too), and *make* it so (`apply`), which knows where properties lie: slots, dense or sparse
//! elements, virtual properties that must first become real. Exotic objects put their own rules in front and come back
//! here.

use unspool_shapes::{Attributes, PropertyKind};
use unspool_values::object::{Accessor, SparseEntry};
use unspool_values::{CellKind, PropertyKey, Value};

use super::lookup::{self, Found, Place};
use super::verify::debug_verify;
use super::virtuals::{self, VirtualRule};
use super::{
    Object, PropertyDescriptor, arguments, array, elements, namespace, proxy_properties, same_value,
    string_object, typed_array,
};
use crate::cells::Array;
use crate::completion::JsResult;
use crate::isolate::Cx;

/// `[[DefineOwnProperty]]` of any object.
pub(crate) fn define_own_property(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    match object.kind() {
        CellKind::Array => {
            array::define_own_property(cx, object.to::<Array>().expect("an array"), key, descriptor)
        }
        CellKind::Arguments => arguments::define_own_property(cx, object, key, descriptor),
        CellKind::TypedArray => typed_array::define_own_property(cx, object, key, descriptor),
        CellKind::PrimitiveWrapper => {
            if let Some(index) = key.as_index()
                && let Some(found) = string_object::own(cx, object, index)
            {
                return Ok(is_compatible(cx, false, descriptor, Some(found)));
            }
            ordinary_define(cx, object, key, descriptor)
        }
        CellKind::ModuleNamespace => namespace::define_own_property(cx, object, key, descriptor),
        CellKind::Proxy | CellKind::CallableProxy => {
            proxy_properties::define_own_property(cx, object, key, descriptor)
        }
        _ => ordinary_define(cx, object, key, descriptor),
    }
}

/// OrdinaryDefineOwnProperty
pub(crate) fn ordinary_define(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    let current = match key.as_index() {
        Some(index) => lookup::own_element(cx, object, index),
        None => lookup::own_named(cx, object, key),
    };
    let Some(current) = current else {
        if !object.is_extensible_ordinary(cx) {
            return Ok(false);
        }
        add_from_descriptor(cx, object, key, descriptor)?;
        return Ok(true);
    };
    if !is_compatible(cx, true, descriptor, Some(current)) {
        return Ok(false);
    }
    apply(cx, object, key, descriptor, current)?;
    debug_verify(cx, object);
    Ok(true)
}

/// IsCompatiblePropertyDescriptor: the validation of ValidateAndApplyPropertyDescriptor without its effects.
pub(crate) fn is_compatible(
    cx: Cx<'_>,
    extensible: bool,
    descriptor: &PropertyDescriptor,
    current: Option<Found>,
) -> bool {
    match current {
        None => extensible,
        Some(found) => is_allowed_change(cx, descriptor, &found.to_descriptor()),
    }
}

/// Does a property `current` (complete) admit the change to `descriptor`?
pub(crate) fn is_allowed_change(
    cx: Cx<'_>,
    descriptor: &PropertyDescriptor,
    current: &PropertyDescriptor,
) -> bool {
    if current.configurable != Some(false) {
        return true;
    }
    if descriptor.configurable == Some(true) {
        return false;
    }
    if descriptor.enumerable.is_some() && descriptor.enumerable != current.enumerable {
        return false;
    }
    if !descriptor.is_generic() && descriptor.is_accessor() != current.is_accessor() {
        return false;
    }
    let differs = |new: Option<Value>, old: Option<Value>| match new {
        None => false,
        Some(new) => !same_value(cx, new, old.unwrap_or(Value::UNDEFINED)),
    };
    if current.is_accessor() {
        return !differs(descriptor.get, current.get) && !differs(descriptor.set, current.set);
    }
    current.writable != Some(false)
        || (descriptor.writable != Some(true) && !differs(descriptor.value, current.value))
}

/// Adds a property that is absent, as a descriptor says; absent fields take their defaults.
fn add_from_descriptor(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<()> {
    let attributes = descriptor.attributes();
    if descriptor.is_accessor() {
        let undefined = Value::UNDEFINED;
        let pair =
            Accessor::new(cx, descriptor.get.unwrap_or(undefined), descriptor.set.unwrap_or(undefined));
        return object.add_property(
            cx,
            key,
            Value::from_cell(pair),
            attributes.without(Attributes::WRITABLE),
            PropertyKind::Accessor,
        );
    }
    object.add_property(cx, key, descriptor.value.unwrap_or(Value::UNDEFINED), attributes, PropertyKind::Data)
}

impl Object {
    /// Adds an absent property of either sort. `value` is the accessor cell for accessors. Extensibility is the caller's
    /// question; so is the length of arrays.
    pub(crate) fn add_property(
        self,
        cx: Cx<'_>,
        key: PropertyKey,
        value: Value,
        attributes: Attributes,
        kind: PropertyKind,
    ) -> JsResult<()> {
        match key.as_index() {
            None => {
                self.add_named(cx, key, value, attributes, kind);
                Ok(())
            }
            Some(index) if attributes == Attributes::ALL && kind == PropertyKind::Data => {
                elements::put(cx, self, index, value)
            }
            Some(index) => elements::put_entry(cx, self, index, SparseEntry { value, attributes }),
        }
    }

    /// Adds a named property that the shape lacks.
    #[inline]
    pub(crate) fn add_named(
        self,
        cx: Cx<'_>,
        key: PropertyKey,
        value: Value,
        attributes: Attributes,
        kind: PropertyKind,
    ) {
        let shape = self.shape();
        let inline_capacity = cx.shapes.inline_capacity(shape);
        // Room first: the new shape must be in the header before anything is allocated, or it might be swept.
        self.ensure_slot_count(cx, inline_capacity, cx.shapes.slot_count(shape) + 1);
        let added = cx.shapes.add(shape, key, attributes, kind);
        self.change_shape(cx, added.shape);
        self.set_raw_slot(cx, inline_capacity, added.slot, value);
    }
}

/// The effects of a validated change of an existing property.
fn apply(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
    current: Found,
) -> JsResult<()> {
    let pick = |field: Option<bool>, bit: Attributes, old: bool| {
        if field.unwrap_or(old) { bit } else { Attributes::NONE }
    };
    let was_accessor = current.accessor();
    let mut attributes =
        pick(descriptor.enumerable, Attributes::ENUMERABLE, current.attributes.is_enumerable())
            | pick(descriptor.configurable, Attributes::CONFIGURABLE, current.attributes.is_configurable());
    let becomes_accessor =
        if descriptor.is_generic() { was_accessor.is_some() } else { descriptor.is_accessor() };
    let (value, kind) = if becomes_accessor {
        let (old_get, old_set) =
            was_accessor.map_or((Value::UNDEFINED, Value::UNDEFINED), |p| (p.getter(), p.setter()));
        let (get, set) = (descriptor.get.unwrap_or(old_get), descriptor.set.unwrap_or(old_set));
        let value = match was_accessor {
            Some(_) if get == old_get && set == old_set => None,
            _ => Some(Value::from_cell(Accessor::new(cx, get, set))),
        };
        (value, PropertyKind::Accessor)
    } else {
        let was_writable = was_accessor.is_none() && current.attributes.is_writable();
        attributes = attributes | pick(descriptor.writable, Attributes::WRITABLE, was_writable);
        let value = match (descriptor.value, was_accessor) {
            (Some(value), _) => Some(value),
            (None, Some(_)) => Some(Value::UNDEFINED),
            (None, None) => None,
        };
        (value, PropertyKind::Data)
    };
    match current.place {
        Place::Slot(_) | Place::Virtual(..) => {
            change_named(cx, object, key, current, attributes, kind, value);
            Ok(())
        }
        Place::Dense if attributes == current.attributes && kind == PropertyKind::Data => match value {
            Some(value) => elements::put(cx, object, key.as_index().expect("an element"), value),
            None => Ok(()),
        },
        Place::Dense | Place::Sparse => {
            let index = key.as_index().expect("an element");
            let entry = SparseEntry { value: value.unwrap_or(current.value), attributes };
            elements::put_entry(cx, object, index, entry)
        }
        Place::Mapped(_) | Place::Exotic => {
            unreachable!("exotic properties are defined by their own objects")
        }
    }
}

/// Gives a named property other attributes, another kind or another value.
fn change_named(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    current: Found,
    attributes: Attributes,
    kind: PropertyKind,
    value: Option<Value>,
) {
    let shape = object.shape();
    match current.place {
        Place::Virtual(_, VirtualRule::ArrayLength | VirtualRule::StringLength) => {
            // The value was found to be the same, or is the array's own affair; the attributes may lose WRITABLE.
            let shape = cx.shapes.change_attributes(shape, key, attributes);
            object.change_shape(cx, shape);
        }
        Place::Virtual(_, rule @ VirtualRule::FunctionPrototype) => {
            if let Some(value) = value {
                virtuals::write(cx, object, rule, value);
            }
            let shape = cx.shapes.change_attributes(object.shape(), key, attributes);
            object.change_shape(cx, shape);
        }
        Place::Virtual(..)
            if attributes == current.attributes && kind == PropertyKind::Data && value.is_none() => {}
        _ => {
            if value.is_some() {
                cx.shapes.mark_mutable(shape, key);
            }
            let inline_capacity = cx.shapes.inline_capacity(shape);
            self_ensure_room(cx, object, inline_capacity);
            let changed = cx.shapes.reconfigure(object.shape(), key, attributes, kind);
            object.change_shape(cx, changed.shape);
            if value.is_some() || changed.fresh {
                object.set_raw_slot(cx, inline_capacity, changed.slot, value.unwrap_or(current.value));
            }
            if value.is_some() && kind == PropertyKind::Accessor {
                // Code that calls a getter or setter relies on the chain alone.
                object.break_chain(cx);
            }
        }
    }
}

/// A virtual property that gets a slot takes the next one.
fn self_ensure_room(cx: Cx<'_>, object: Object, inline_capacity: u8) {
    object.ensure_slot_count(cx, inline_capacity, cx.shapes.slot_count(object.shape()) + 1);
}

/// Overwrites the value of a writable own data property where it was found: what `[[DefineOwnProperty]]` with only a value
/// does. Gives `false` when the object refuses (the length of an array with elements that stay).
#[inline]
pub(crate) fn write_found(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    found: Found,
    value: Value,
) -> JsResult<bool> {
    match found.place {
        Place::Slot(property) => {
            if property.constant {
                cx.shapes.mark_mutable(object.shape(), key);
                super::shapes::notify_broken(cx);
            }
            let slot = property.location.slot().expect("a place in a slot");
            object.set_slot_value(cx, slot, value);
            Ok(true)
        }
        Place::Dense => {
            elements::put(cx, object, key.as_index().expect("an element"), value)?;
            Ok(true)
        }
        Place::Sparse => {
            let index = key.as_index().expect("an element");
            elements::put_entry(cx, object, index, SparseEntry { value, attributes: found.attributes })?;
            Ok(true)
        }
        Place::Mapped(index) => {
            arguments::write_mapped(cx, object, index, value);
            Ok(true)
        }
        Place::Virtual(_, VirtualRule::ArrayLength) => {
            array::assign_length(cx, object.to::<Array>().expect("an array"), value)
        }
        Place::Virtual(_, rule) if virtuals::has_field(rule) => {
            virtuals::write(cx, object, rule, value);
            Ok(true)
        }
        Place::Virtual(..) => {
            change_named(cx, object, key, found, found.attributes, PropertyKind::Data, Some(value));
            Ok(true)
        }
        Place::Exotic => define_own_property(
            cx,
            object,
            key,
            &PropertyDescriptor { value: Some(value), ..Default::default() },
        ),
    }
}
