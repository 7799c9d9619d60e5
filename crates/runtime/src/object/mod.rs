//! Objects and their essential internal methods (ECMA-262 6.1.7.2 and chapter 10).
//!
//! [`Object`] is a cell pointer known to be of an object kind. Its internal methods dispatch on the cell kind: most are
//! ordinary; arrays, arguments objects, string wrappers, typed arrays, module namespaces and proxies have their own files.
//!
//! Where properties live: a named property's location comes from the shape (`Location::Slot`: the first
//! `inline_capacity` slots in the object itself, the others in `slots`; `Location::Virtual`: computed, such as a
//! function's `name` or an array's `length`, see [`virtuals`]). Integer-indexed properties live in `elements`: dense
//! (`Elements`, all attributes default as restricted by the shape's integrity level) or sparse (`SparseElements`), see
//! [`elements`].
//!
//! The internal methods of everything but proxies share one notion, `lookup::Found`: an own property with its value,
//! attributes and place. `[[Get]]`, `[[Set]]` and `[[HasProperty]]` walk the prototype chain in a loop; only proxies
//! recurse, and they look at the machine stack first.

use unspool_gc::{Gc, Header, ManagedCell};
use unspool_shapes::ShapeId;
use unspool_values::object::{GcVec, ObjectHead};
use unspool_values::{CellAllocator as _, CellKind, PropertyKey, Value};

use crate::cells::PrimitiveWrapper;
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::{Realm, RealmShape};

pub mod arguments;
pub mod array;
pub mod define;
pub mod descriptor;
pub mod elements;
pub mod enumerate;
pub mod global;
pub mod instance;
pub mod integrity;
pub mod lookup;
pub mod namespace;
pub mod operations;
pub mod ordinary;
pub mod private;
pub mod proxy;
mod proxy_properties;
pub mod regexp;
pub mod same_value;
pub mod shapes;
pub mod slots;
pub mod string_object;
pub mod typed_array;
pub mod verify;
pub mod virtuals;

#[cfg(test)]
mod tests;

pub use descriptor::PropertyDescriptor;
pub use enumerate::PropertyNameKind;
pub use operations::{get_method, get_v, is_array, prototype_from_constructor};
pub use same_value::{same_value, same_value_zero};

/// A JavaScript object.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Object(Gc<ObjectHead>);

impl From<Object> for Value {
    #[inline(always)]
    fn from(object: Object) -> Value {
        Value::from_cell(object.0)
    }
}

impl Object {
    /// # Safety
    /// `cell` is of an object kind.
    #[inline(always)]
    pub(crate) unsafe fn from_cell_unchecked(cell: Gc<Header>) -> Object {
        // SAFETY: all object structures begin with an `ObjectHead`.
        Object(unsafe { cell.cast() })
    }

    /// The cell.
    #[inline(always)]
    pub fn cell(self) -> Gc<Header> {
        self.0.erase()
    }

    /// Header, slots and elements.
    #[inline(always)]
    pub fn head(self) -> Gc<ObjectHead> {
        self.0
    }

    /// The object's kind.
    #[inline(always)]
    pub fn kind(self) -> CellKind {
        CellKind::of(&self.cell())
    }

    /// The object as `T`, if it is one.
    #[inline(always)]
    pub fn to<T: ManagedCell>(self) -> Option<Gc<T>> {
        Value::from(self).to::<T>()
    }

    /// Its shape.
    #[inline(always)]
    pub fn shape(self) -> ShapeId {
        ShapeId::from_raw(self.0.shape_id())
    }

    /// IsCallable: whether it has `[[Call]]`, which its kind tells.
    #[inline(always)]
    pub fn is_callable(self) -> bool {
        self.cell().kind() >= CellKind::FIRST_FUNCTION as u8
            && self.cell().kind() <= CellKind::LAST_FUNCTION as u8
    }

    /// Is it a proxy of either kind?
    #[inline(always)]
    pub fn is_proxy(self) -> bool {
        matches!(self.kind(), CellKind::Proxy | CellKind::CallableProxy)
    }
}

/// Questions about values that need the object kinds.
pub trait ValueExt {
    /// The object, if the value is one.
    fn as_object(self) -> Option<Object>;
    /// The object of a value known to be one.
    fn as_object_unchecked(self) -> Object;
    /// Is it an object with `[[Call]]`?
    fn is_callable(self) -> bool;
}

impl ValueExt for Value {
    #[inline(always)]
    fn as_object(self) -> Option<Object> {
        // SAFETY: `is_object` looked at the kind.
        if self.is_object() { Some(unsafe { Object::from_cell_unchecked(self.as_cell()) }) } else { None }
    }

    #[inline(always)]
    fn as_object_unchecked(self) -> Object {
        self.as_object().expect("the value is an object")
    }

    #[inline(always)]
    fn is_callable(self) -> bool {
        self.as_object().is_some_and(Object::is_callable)
    }
}

// ---- making objects ----------------------------------------------------------------------------------------------------
impl Object {
    /// `{}`: an ordinary object with `%Object.prototype%`.
    #[inline]
    pub fn ordinary(cx: Cx<'_>) -> Object {
        let shape = Realm::shape(cx.realm(), cx, RealmShape::EmptyObject);
        Object::allocate_empty(cx, shape, shapes::DEFAULT_INLINE_CAPACITY)
    }

    /// An ordinary object of the given shape (all its slots `undefined`).
    #[inline]
    pub(crate) fn with_shape(cx: Cx<'_>, shape: ShapeId) -> Object {
        Object::with_shape_and_capacity(cx, shape, cx.shapes.inline_capacity(shape))
    }

    /// As [`Object::with_shape`], when the caller knows the shape's inline capacity. Out-of-line slots that the shape
    /// needs are allocated as well.
    #[inline]
    pub(crate) fn with_shape_and_capacity(cx: Cx<'_>, shape: ShapeId, inline_capacity: u8) -> Object {
        let object = Object::allocate_empty(cx, shape, inline_capacity);
        object.provide_slots(cx, shape, inline_capacity);
        object
    }

    /// An ordinary object of a shape that has no slots beyond the inline ones.
    #[inline(always)]
    pub fn allocate_empty(cx: Cx<'_>, shape: ShapeId, inline_capacity: u8) -> Object {
        let cell = cx.allocate_cell(CellKind::Object, ObjectHead::SIZE + inline_capacity as usize * 8);
        // SAFETY: the cell is new and has room for the head and the inline slots, all of which are written here.
        unsafe {
            ObjectHead::init(cell, shape.raw(), inline_capacity);
            let slots = cell.cast::<u8>().as_ptr().add(ObjectHead::SIZE).cast::<Value>();
            for i in 0..inline_capacity as usize {
                slots.add(i).write(Value::UNDEFINED);
            }
            Object::from_cell_unchecked(Gc::from_ptr(cell))
        }
    }

    /// An ordinary object whose slots, inline and out of line, are undefined.
    pub fn with_slots(cx: Cx<'_>, shape: ShapeId, inline_capacity: u8, out_of_line: u32) -> Object {
        let object = Object::allocate_empty(cx, shape, inline_capacity);
        if out_of_line > 0 {
            object.ensure_slot_count(cx, inline_capacity, u32::from(inline_capacity) + out_of_line);
        }
        object
    }

    /// OrdinaryObjectCreate(proto)
    pub fn with_prototype(cx: Cx<'_>, prototype: Option<Object>) -> Object {
        let shape = shapes::root_shape(cx, CellKind::Object, prototype, shapes::DEFAULT_INLINE_CAPACITY);
        Object::with_shape(cx, shape)
    }

    /// A wrapper object of a primitive; a String wrapper gets its virtual `length`.
    pub fn primitive_wrapper(cx: Cx<'_>, prototype: Object, value: Value) -> Object {
        let shape = if value.is_string() {
            shapes::string_wrapper_shape(cx, prototype)
        } else {
            shapes::root_shape(cx, CellKind::PrimitiveWrapper, Some(prototype), 0)
        };
        let wrapper = cx.allocate_object(shape, |head| PrimitiveWrapper { head, value });
        PrimitiveWrapper::object(wrapper)
    }
}

// ---- essential internal methods ----------------------------------------------------------------------------------------
impl Object {
    /// `[[GetPrototypeOf]]`
    ///
    /// # Errors
    /// What the traps of proxies throw.
    pub fn get_prototype_of(self, cx: Cx<'_>) -> JsResult<Option<Object>> {
        if self.is_proxy() { proxy::get_prototype_of(cx, self) } else { Ok(self.prototype(cx)) }
    }

    /// `[[SetPrototypeOf]]`: whether it took the prototype. Cycles and objects that are not extensible refuse.
    ///
    /// # Errors
    /// What the traps of proxies throw.
    pub fn set_prototype_of(self, cx: Cx<'_>, prototype: Option<Object>) -> JsResult<bool> {
        if self.is_proxy() {
            return proxy::set_prototype_of(cx, self, prototype);
        }
        Ok(ordinary::set_prototype_of(cx, self, prototype))
    }

    /// `[[IsExtensible]]`
    ///
    /// # Errors
    /// What the traps of proxies throw.
    pub fn is_extensible(self, cx: Cx<'_>) -> JsResult<bool> {
        if self.is_proxy() { proxy::is_extensible(cx, self) } else { Ok(self.is_extensible_ordinary(cx)) }
    }

    /// `[[PreventExtensions]]`: whether it is so now.
    ///
    /// # Errors
    /// What the traps of proxies throw.
    pub fn prevent_extensions(self, cx: Cx<'_>) -> JsResult<bool> {
        if self.is_proxy() {
            return proxy::prevent_extensions(cx, self);
        }
        Ok(integrity::prevent_extensions(cx, self))
    }

    /// `[[GetOwnProperty]]`
    pub fn get_own_property(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<Option<PropertyDescriptor>> {
        if self.is_proxy() {
            return proxy_properties::get_own_property(cx, self, key);
        }
        Ok(lookup::own(cx, self, key)?.map(|found| found.to_descriptor()))
    }

    /// `[[DefineOwnProperty]]`
    pub fn define_own_property(
        self,
        cx: Cx<'_>,
        key: PropertyKey,
        descriptor: &PropertyDescriptor,
    ) -> JsResult<bool> {
        define::define_own_property(cx, self, key, descriptor)
    }

    /// `[[HasProperty]]`: its own or an inherited one.
    ///
    /// # Errors
    /// What the traps of proxies throw.
    pub fn has_property(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
        ordinary::has_property(cx, self, key)
    }

    /// `[[Get]]` with the object as receiver.
    #[inline]
    pub fn get(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<Value> {
        ordinary::get(cx, self, key, self.into())
    }

    /// `[[Get]]`
    pub fn get_with_receiver(self, cx: Cx<'_>, key: PropertyKey, receiver: Value) -> JsResult<Value> {
        ordinary::get(cx, self, key, receiver)
    }

    /// `[[Set]]`: false when the property could not be set.
    pub fn set_with_receiver(
        self,
        cx: Cx<'_>,
        key: PropertyKey,
        value: Value,
        receiver: Value,
    ) -> JsResult<bool> {
        ordinary::set(cx, self, key, value, receiver)
    }

    /// `[[Delete]]`: whether the property is gone, which one that was never there is.
    ///
    /// # Errors
    /// What the traps of proxies throw.
    pub fn delete(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
        ordinary::delete(cx, self, key)
    }

    /// `[[OwnPropertyKeys]]` as values (strings for indices and names, symbols), in the order of the specification.
    pub fn own_property_keys(self, cx: Cx<'_>) -> JsResult<GcVec> {
        if self.is_proxy() {
            return proxy_properties::own_property_keys(cx, self);
        }
        enumerate::own_property_keys(cx, self)
    }
}
