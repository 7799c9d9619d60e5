//! Objects and their essential internal methods (ECMA-262 6.1.7.2 and chapter 10).
//!
//! [`Object`] is a cell pointer known to be of an object kind. Its internal methods dispatch on the cell kind: most are
//! ordinary; arrays, arguments objects, string wrappers, typed arrays, module namespaces and proxies have their own files.
//!
//! Where properties live: a named property's location comes from the shape (`Location::Slot`: the first
//! `inline_capacity` slots in the object itself, the others in `slots`; `Location::Virtual`: computed, such as a
//! function's `name` or an array's `length`). Integer-indexed properties live in `elements`: dense (`Elements`, all
//! attributes default as modified by the shape's integrity level) or sparse (`SparseElements`).

use unspool_gc::{Gc, Header, ManagedCell};
use unspool_shapes::{Attributes, ShapeId};
use unspool_values::object::{GcVec, ObjectHead};
use unspool_values::{CellKind, PropertyKey, Value};

use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::RealmShape;

pub mod descriptor;
pub mod proxy;
pub mod shapes;

pub use descriptor::PropertyDescriptor;

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
    pub unsafe fn from_cell_unchecked(cell: Gc<Header>) -> Object {
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
        ShapeId::from_raw(self.cell().meta())
    }
    /// Has it `[[Call]]`?
    #[inline(always)]
    pub fn is_callable(self) -> bool {
        self.cell().kind() >= CellKind::FIRST_FUNCTION as u8 && self.cell().kind() <= CellKind::LAST_FUNCTION as u8
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
    pub fn ordinary(cx: Cx<'_>) -> Object {
        let shape = crate::realm::Realm::shape(cx.realm(), cx, RealmShape::EmptyObject);
        Object::with_shape(cx, shape)
    }
    /// An ordinary object of the given shape (all its slots `undefined`).
    pub fn with_shape(cx: Cx<'_>, shape: ShapeId) -> Object {
        todo!()
    }
    /// A wrapper object around a primitive.
    pub fn primitive_wrapper(cx: Cx<'_>, prototype: Object, value: Value) -> Object {
        todo!()
    }
    /// Gives a fresh object its first shape.
    #[inline(always)]
    pub fn initialize_shape(self, shape: ShapeId) {
        self.cell().set_meta(shape.raw());
    }
    /// Value of an own data property, without running JavaScript.
    pub fn own_data_value(self, cx: Cx<'_>, key: PropertyKey) -> Option<Value> {
        todo!()
    }
    /// Value of a data property here or on the prototype chain (ordinary objects only), without running JavaScript.
    pub fn find_data_value(self, cx: Cx<'_>, key: PropertyKey) -> Option<Value> {
        todo!()
    }
    /// OrdinaryObjectCreate(proto)
    pub fn with_prototype(cx: Cx<'_>, prototype: Option<Object>) -> Object {
        todo!()
    }
}

// ---- essential internal methods ----------------------------------------------------------------------------------------
impl Object {
    /// `[[GetPrototypeOf]]`
    pub fn get_prototype_of(self, cx: Cx<'_>) -> JsResult<Option<Object>> {
        todo!()
    }
    /// `[[SetPrototypeOf]]`
    pub fn set_prototype_of(self, cx: Cx<'_>, prototype: Option<Object>) -> JsResult<bool> {
        todo!()
    }
    /// `[[IsExtensible]]`
    pub fn is_extensible(self, cx: Cx<'_>) -> JsResult<bool> {
        todo!()
    }
    /// `[[PreventExtensions]]`
    pub fn prevent_extensions(self, cx: Cx<'_>) -> JsResult<bool> {
        todo!()
    }
    /// `[[GetOwnProperty]]`
    pub fn get_own_property(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<Option<PropertyDescriptor>> {
        todo!()
    }
    /// `[[DefineOwnProperty]]`
    pub fn define_own_property(self, cx: Cx<'_>, key: PropertyKey, descriptor: &PropertyDescriptor) -> JsResult<bool> {
        todo!()
    }
    /// `[[HasProperty]]`
    pub fn has_property(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
        todo!()
    }
    /// `[[Get]]` with the object as receiver.
    pub fn get(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<Value> {
        self.get_with_receiver(cx, key, self.into())
    }
    /// `[[Get]]`
    pub fn get_with_receiver(self, cx: Cx<'_>, key: PropertyKey, receiver: Value) -> JsResult<Value> {
        todo!()
    }
    /// `[[Set]]`: false when the property could not be set.
    pub fn set_with_receiver(self, cx: Cx<'_>, key: PropertyKey, value: Value, receiver: Value) -> JsResult<bool> {
        todo!()
    }
    /// `[[Delete]]`
    pub fn delete(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
        todo!()
    }
    /// `[[OwnPropertyKeys]]` as values (strings for indices and names, symbols), in the order of the specification.
    pub fn own_property_keys(self, cx: Cx<'_>) -> JsResult<GcVec> {
        todo!()
    }
}

// ---- operations on objects (ECMA-262 7.3) ------------------------------------------------------------------------------
impl Object {
    /// Set(O, P, V, true): throws a `TypeError` when the property could not be set.
    pub fn set(self, cx: Cx<'_>, key: PropertyKey, value: Value) -> JsResult<()> {
        todo!()
    }
    /// CreateDataProperty
    pub fn create_data_property(self, cx: Cx<'_>, key: PropertyKey, value: Value) -> JsResult<bool> {
        todo!()
    }
    /// CreateDataPropertyOrThrow
    pub fn create_data_property_or_throw(self, cx: Cx<'_>, key: PropertyKey, value: Value) -> JsResult<()> {
        todo!()
    }
    /// CreateDataProperty on an object known to be ordinary, extensible and without that property.
    pub fn create_data_property_infallible(self, cx: Cx<'_>, key: PropertyKey, value: Value) {
        todo!()
    }
    /// Defines an own data property with attributes on an object known to be ordinary and extensible (for setting up builtins).
    pub fn define_builtin(self, cx: Cx<'_>, key: PropertyKey, value: Value, attributes: Attributes) {
        todo!()
    }
    /// DefinePropertyOrThrow
    pub fn define_property_or_throw(self, cx: Cx<'_>, key: PropertyKey, descriptor: &PropertyDescriptor) -> JsResult<()> {
        todo!()
    }
    /// DeletePropertyOrThrow
    pub fn delete_or_throw(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<()> {
        todo!()
    }
    /// HasOwnProperty
    pub fn has_own_property(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
        todo!()
    }
    /// SetIntegrityLevel; `freeze` or `seal`.
    pub fn set_integrity_level(self, cx: Cx<'_>, level: unspool_shapes::Integrity) -> JsResult<bool> {
        todo!()
    }
    /// TestIntegrityLevel
    pub fn test_integrity_level(self, cx: Cx<'_>, level: unspool_shapes::Integrity) -> JsResult<bool> {
        todo!()
    }
    /// LengthOfArrayLike
    pub fn length_of_array_like(self, cx: Cx<'_>) -> JsResult<u64> {
        todo!()
    }
    /// Invoke(O, P, args)
    pub fn invoke(self, cx: Cx<'_>, key: PropertyKey, arguments: &[Value]) -> JsResult<Value> {
        todo!()
    }
    /// IsConstructor
    pub fn is_constructor(self) -> bool {
        todo!()
    }
    /// SpeciesConstructor
    pub fn species_constructor(self, cx: Cx<'_>, default: Object) -> JsResult<Object> {
        todo!()
    }
    /// CopyDataProperties(target = self, source, excluded)
    pub fn copy_data_properties(self, cx: Cx<'_>, source: Value, excluded: &[PropertyKey]) -> JsResult<()> {
        todo!()
    }
}

/// GetV: the property of any value.
pub fn get_v(cx: Cx<'_>, value: Value, key: PropertyKey) -> JsResult<Value> {
    todo!()
}
/// GetMethod: `undefined` when the property is nullish; throws when it is not callable.
pub fn get_method(cx: Cx<'_>, value: Value, key: PropertyKey) -> JsResult<Value> {
    todo!()
}
/// IsArray: sees through proxies.
pub fn is_array(cx: Cx<'_>, value: Value) -> JsResult<bool> {
    todo!()
}
/// OrdinaryCreateFromConstructor's prototype: GetPrototypeFromConstructor.
pub fn prototype_from_constructor(cx: Cx<'_>, new_target: Object, default: crate::realm::Intrinsic) -> JsResult<Object> {
    todo!()
}
