//! Property descriptors: ToPropertyDescriptor and its relatives (ECMA-262 6.2.6).
//!
//! A descriptor is a partial description, hence the options; a property that exists is described by `lookup::Found`
//! instead, without options. Turning an object into a descriptor reads its fields and so may run code, in the order that
//! the specification fixes.

use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;

use super::{Object, ValueExt as _};
use crate::completion::JsResult;
use crate::isolate::Cx;

/// A property descriptor; absent fields are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PropertyDescriptor {
    /// `[[Value]]`
    pub value: Option<Value>,
    /// `[[Get]]`: a function or `undefined`.
    pub get: Option<Value>,
    /// `[[Set]]`: a function or `undefined`.
    pub set: Option<Value>,
    /// `[[Writable]]`
    pub writable: Option<bool>,
    /// `[[Enumerable]]`
    pub enumerable: Option<bool>,
    /// `[[Configurable]]`
    pub configurable: Option<bool>,
}

impl PropertyDescriptor {
    /// A complete data descriptor.
    pub fn data(value: Value, attributes: Attributes) -> PropertyDescriptor {
        PropertyDescriptor {
            value: Some(value),
            writable: Some(attributes.contains(Attributes::WRITABLE)),
            enumerable: Some(attributes.contains(Attributes::ENUMERABLE)),
            configurable: Some(attributes.contains(Attributes::CONFIGURABLE)),
            ..Default::default()
        }
    }

    /// A complete accessor descriptor; `WRITABLE` in `attributes` is ignored.
    pub fn accessor(get: Value, set: Value, attributes: Attributes) -> PropertyDescriptor {
        PropertyDescriptor {
            get: Some(get),
            set: Some(set),
            enumerable: Some(attributes.contains(Attributes::ENUMERABLE)),
            configurable: Some(attributes.contains(Attributes::CONFIGURABLE)),
            ..Default::default()
        }
    }

    /// IsAccessorDescriptor
    pub(crate) fn is_accessor(&self) -> bool {
        self.get.is_some() || self.set.is_some()
    }

    /// IsDataDescriptor
    pub(crate) fn is_data(&self) -> bool {
        self.value.is_some() || self.writable.is_some()
    }

    /// IsGenericDescriptor
    pub(crate) fn is_generic(&self) -> bool {
        !self.is_accessor() && !self.is_data()
    }

    /// The attributes, absent ones false.
    pub fn attributes(&self) -> Attributes {
        let mut a = Attributes::NONE;
        for (field, bit) in [
            (self.writable, Attributes::WRITABLE),
            (self.enumerable, Attributes::ENUMERABLE),
            (self.configurable, Attributes::CONFIGURABLE),
        ] {
            if field == Some(true) {
                a = a.union(bit);
            }
        }
        a
    }

    /// CompletePropertyDescriptor
    pub fn complete(&mut self) {
        if self.is_accessor() {
            self.get.get_or_insert(Value::UNDEFINED);
            self.set.get_or_insert(Value::UNDEFINED);
        } else {
            self.value.get_or_insert(Value::UNDEFINED);
            self.writable.get_or_insert(false);
        }
        self.enumerable.get_or_insert(false);
        self.configurable.get_or_insert(false);
    }

    /// ToPropertyDescriptor
    pub fn from_value(cx: Cx<'_>, value: Value) -> JsResult<PropertyDescriptor> {
        let Some(object) = value.as_object() else {
            return Err(cx.throw_type_error("Property description must be an object"));
        };
        let mut d = PropertyDescriptor::default();
        let field = |atom: KnownAtom| -> JsResult<Option<Value>> {
            let key = cx.key(atom);
            if object.has_property(cx, key)? { Ok(Some(object.get(cx, key)?)) } else { Ok(None) }
        };
        d.enumerable = field(KnownAtom::enumerable)?.map(crate::convert::to_boolean);
        d.configurable = field(KnownAtom::configurable)?.map(crate::convert::to_boolean);
        d.value = field(KnownAtom::value)?;
        d.writable = field(KnownAtom::writable)?.map(crate::convert::to_boolean);
        d.get = field(KnownAtom::get)?;
        if let Some(get) = d.get
            && !get.is_undefined()
            && !get.is_callable()
        {
            return Err(cx.throw_type_error("Getter must be a function"));
        }
        d.set = field(KnownAtom::set)?;
        if let Some(set) = d.set
            && !set.is_undefined()
            && !set.is_callable()
        {
            return Err(cx.throw_type_error("Setter must be a function"));
        }
        if d.is_accessor() && d.is_data() {
            return Err(cx.throw_type_error(
                "Invalid property descriptor. Cannot both specify accessors and a value or writable attribute",
            ));
        }
        Ok(d)
    }

    /// FromPropertyDescriptor
    pub fn to_value(&self, cx: Cx<'_>) -> Value {
        let object = Object::ordinary(cx);
        let put = |atom: KnownAtom, value: Option<Value>| {
            if let Some(value) = value {
                object.create_data_property_infallible(cx, cx.key(atom), value);
            }
        };
        put(KnownAtom::value, self.value);
        put(KnownAtom::writable, self.writable.map(Value::from_bool));
        put(KnownAtom::get, self.get);
        put(KnownAtom::set, self.set);
        put(KnownAtom::enumerable, self.enumerable.map(Value::from_bool));
        put(KnownAtom::configurable, self.configurable.map(Value::from_bool));
        object.into()
    }
}
