//! Operations on objects (ECMA-262 7.3): Get, Set, Call and their relatives, on top of the internal methods.
//!
//! Methods of [`Object`] for operations that take an object, functions for those that take any value (GetV, GetMethod,
//! PutValue). The names are the specification's; `…_or_throw` throws where the internal method would give false. All of
//! them may run code.

use unspool_shapes::{Attributes, PropertyKind};
use unspool_values::atom::KnownAtom;
use unspool_values::object::{GcVec, SparseEntry};
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, JSString, PropertyKey, Value};

use super::enumerate::key_of_value;
use super::{Object, PropertyDescriptor, ValueExt as _, elements, lookup, ordinary, proxy, string_object};
use crate::cells::{Array, BoundFunction, Function, FunctionTemplate, NativeFunction};
use crate::completion::{JsResult, Throw};
use crate::convert;
use crate::function;
use crate::isolate::Cx;
use crate::realm::{Intrinsic, Realm};
use unspool_gc::Gc;

/// Appends to a list.
///
/// # Errors
/// Out of memory.
#[inline]
pub fn push(cx: Cx<'_>, list: GcVec, value: Value) -> JsResult<()> {
    list.push(cx, value).map_err(|_| cx.throw_out_of_memory())
}

impl Object {
    /// Set(O, P, V, true): throws a `TypeError` when the property could not be set.
    pub fn set(self, cx: Cx<'_>, key: PropertyKey, value: Value) -> JsResult<()> {
        if ordinary::set(cx, self, key, value, self.into())? {
            Ok(())
        } else {
            Err(throw_read_only(cx, self.into(), key))
        }
    }

    /// CreateDataProperty
    pub fn create_data_property(self, cx: Cx<'_>, key: PropertyKey, value: Value) -> JsResult<bool> {
        ordinary::create_data_property(cx, self, key, value)
    }

    /// CreateDataPropertyOrThrow (7.3.6).
    ///
    /// # Errors
    /// A `TypeError` when the object refuses; what traps throw.
    pub fn create_data_property_or_throw(self, cx: Cx<'_>, key: PropertyKey, value: Value) -> JsResult<()> {
        if ordinary::create_data_property(cx, self, key, value)? {
            Ok(())
        } else {
            Err(throw_not_definable(cx, self, key))
        }
    }

    /// CreateDataProperty on an object known to be ordinary, extensible and without that property.
    pub fn create_data_property_infallible(self, cx: Cx<'_>, key: PropertyKey, value: Value) {
        self.define_builtin(cx, key, value, Attributes::ALL);
    }

    /// Defines an own data property with attributes on an object known to be ordinary and extensible (for setting up
    /// builtins). An existing property of that name is replaced whatever its attributes.
    pub fn define_builtin(self, cx: Cx<'_>, key: PropertyKey, value: Value, attributes: Attributes) {
        if let Some(index) = key.as_index() {
            let stored = if attributes == Attributes::ALL {
                elements::put(cx, self, index, value)
            } else {
                elements::put_entry(cx, self, index, SparseEntry { value, attributes })
            };
            if let Err(throw) = stored {
                // Out of memory for an object of the engine's own: the program gets its error at the next poll.
                let _ = cx.take_exception(throw);
                cx.request_interrupt(crate::isolate::Interrupt::OUT_OF_MEMORY);
            }
            return;
        }
        let shape = self.shape();
        if cx.shapes.lookup(shape, key).is_none() {
            self.add_named(cx, key, value, attributes, PropertyKind::Data);
            return;
        }
        cx.shapes.mark_mutable(shape, key);
        let inline_capacity = cx.shapes.inline_capacity(shape);
        self.ensure_slot_count(cx, inline_capacity, cx.shapes.slot_count(shape) + 1);
        let changed = cx.shapes.reconfigure(shape, key, attributes, PropertyKind::Data);
        self.change_shape(cx, changed.shape);
        self.set_raw_slot(cx, inline_capacity, changed.slot, value);
    }

    /// DefinePropertyOrThrow (7.3.7).
    ///
    /// # Errors
    /// A `TypeError` when the object refuses; what traps throw.
    pub fn define_property_or_throw(
        self,
        cx: Cx<'_>,
        key: PropertyKey,
        descriptor: &PropertyDescriptor,
    ) -> JsResult<()> {
        if self.define_own_property(cx, key, descriptor)? {
            Ok(())
        } else {
            Err(throw_not_definable(cx, self, key))
        }
    }

    /// DeletePropertyOrThrow (7.3.8).
    ///
    /// # Errors
    /// A `TypeError` when the property stays; what traps throw.
    pub fn delete_or_throw(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<()> {
        if self.delete(cx, key)? { Ok(()) } else { Err(throw_not_deletable(cx, self, key)) }
    }

    /// HasOwnProperty
    pub fn has_own_property(self, cx: Cx<'_>, key: PropertyKey) -> JsResult<bool> {
        if self.is_proxy() {
            return Ok(self.get_own_property(cx, key)?.is_some());
        }
        Ok(lookup::own(cx, self, key)?.is_some())
    }

    /// LengthOfArrayLike
    pub fn length_of_array_like(self, cx: Cx<'_>) -> JsResult<u64> {
        if let Some(array) = self.to::<Array>() {
            return Ok(u64::from(array.length.get()));
        }
        let length = self.get(cx, cx.key(KnownAtom::length))?;
        convert::to_length(cx, length)
    }

    /// Invoke(O, P, args)
    pub fn invoke(self, cx: Cx<'_>, key: PropertyKey, arguments: &[Value]) -> JsResult<Value> {
        invoke(cx, self.into(), key, arguments)
    }

    /// IsConstructor
    pub fn is_constructor(self) -> bool {
        match self.kind() {
            CellKind::Function => {
                self.to::<Function>().is_some_and(|f| f.template.has(FunctionTemplate::CONSTRUCTOR))
            }
            CellKind::NativeFunction => self.to::<NativeFunction>().is_some_and(|f| f.is_constructor()),
            CellKind::BoundFunction => self.to::<BoundFunction>().is_some_and(|f| f.target.is_constructor()),
            // A proxy is one if its target was when it was made; a revoked one has forgotten the target and cannot be
            // constructed either way, but `typeof` and IsConstructor still say what they said.
            CellKind::CallableProxy => match proxy::target(self) {
                Some(target) => target.is_constructor(),
                None => true,
            },
            _ => false,
        }
    }

    /// SpeciesConstructor (7.3.22): by `constructor` and its `Symbol.species`.
    ///
    /// # Errors
    /// A `TypeError` when what is found is no constructor; what getters throw.
    pub fn species_constructor(self, cx: Cx<'_>, default: Object) -> JsResult<Object> {
        let constructor = self.get(cx, cx.key(KnownAtom::constructor))?;
        if constructor.is_undefined() {
            return Ok(default);
        }
        let Some(constructor) = constructor.as_object() else {
            return Err(cx.throw_type_error("The .constructor property is not an object"));
        };
        let species = constructor.get(cx, cx.symbol_key(WellKnownSymbol::species))?;
        if species.is_nullish() {
            return Ok(default);
        }
        match species.as_object() {
            Some(species) if species.is_constructor() => Ok(species),
            _ => Err(cx.throw_type_error("object.constructor[Symbol.species] is not a constructor")),
        }
    }

    /// CopyDataProperties(target = self, source, excluded)
    pub fn copy_data_properties(self, cx: Cx<'_>, source: Value, excluded: &[PropertyKey]) -> JsResult<()> {
        if source.is_nullish() {
            return Ok(());
        }
        let from = convert::to_object(cx, source)?;
        let keys = from.own_property_keys(cx)?;
        for i in 0..keys.len() {
            let key = key_of_value(cx, keys.get(i));
            if excluded.contains(&key) {
                continue;
            }
            if from.is_proxy() {
                if let Some(property) = from.get_own_property(cx, key)?
                    && property.enumerable == Some(true)
                {
                    let value = from.get(cx, key)?;
                    self.create_data_property_or_throw(cx, key, value)?;
                }
                continue;
            }
            if let Some(found) = lookup::own(cx, from, key)?
                && found.attributes.is_enumerable()
            {
                let value = match found.accessor() {
                    None => found.value,
                    Some(pair) => ordinary::call_getter(cx, pair, from.into())?,
                };
                self.create_data_property_or_throw(cx, key, value)?;
            }
        }
        Ok(())
    }

    /// GetFunctionRealm
    ///
    /// # Errors
    /// A `TypeError` for a revoked proxy.
    pub fn function_realm(self, cx: Cx<'_>) -> JsResult<Gc<Realm>> {
        let mut object = self;
        loop {
            object = match object.kind() {
                CellKind::Function => return Ok(object.to::<Function>().expect("a closure").template.realm),
                CellKind::NativeFunction => {
                    return Ok(object.to::<NativeFunction>().expect("a function").realm);
                }
                CellKind::BoundFunction => object.to::<BoundFunction>().expect("a bound function").target,
                CellKind::CallableProxy => match proxy::target(object) {
                    Some(target) => target,
                    None => return Err(cx.throw_type_error("Cannot perform operation on a revoked proxy")),
                },
                _ => return Ok(cx.realm()),
            };
        }
    }
}

/// Where property lookup on a value starts: itself, or the prototype of a primitive's wrapper; `None` for `undefined` and
/// `null`.
#[inline]
pub(crate) fn lookup_start(cx: Cx<'_>, value: Value) -> Option<Object> {
    match value.as_object() {
        Some(object) => Some(object),
        None => convert::primitive_prototype(value).map(|intrinsic| cx.intrinsic(intrinsic)),
    }
}

/// GetV: the property of any value.
pub fn get_v(cx: Cx<'_>, value: Value, key: PropertyKey) -> JsResult<Value> {
    if let Some(object) = value.as_object() {
        return ordinary::get(cx, object, key, value);
    }
    if let Some(string) = value.to::<JSString>() {
        if let Some(index) = key.as_index() {
            if let Some(character) = string_object::char_at(cx, string, index) {
                return Ok(character);
            }
        } else if key == cx.key(KnownAtom::length) {
            return Ok(Value::from_u32(string.len()));
        }
    }
    match lookup_start(cx, value) {
        Some(prototype) => ordinary::get(cx, prototype, key, value),
        None => Err(throw_on_nullish(cx, value, key, "read")),
    }
}

/// GetMethod: `undefined` when the property is nullish; throws when it is not callable.
pub fn get_method(cx: Cx<'_>, value: Value, key: PropertyKey) -> JsResult<Value> {
    let method = get_v(cx, value, key)?;
    if method.is_nullish() {
        return Ok(Value::UNDEFINED);
    }
    if !method.is_callable() {
        return Err(cx.throw_type_error(format_args!(
            "{} returned for property '{key}' is not a function",
            cx.describe(method)
        )));
    }
    Ok(method)
}

/// Invoke(V, P, args)
///
/// # Errors
/// A `TypeError` when the property is not callable.
pub fn invoke(cx: Cx<'_>, value: Value, key: PropertyKey, arguments: &[Value]) -> JsResult<Value> {
    let method = get_v(cx, value, key)?;
    if !method.is_callable() {
        return Err(cx.throw_type_error(format_args!("{}.{key} is not a function", cx.describe(value))));
    }
    function::call(cx, method, value, arguments)
}

/// IsArray: sees through proxies.
pub fn is_array(cx: Cx<'_>, value: Value) -> JsResult<bool> {
    let Some(mut object) = value.as_object() else { return Ok(false) };
    while object.is_proxy() {
        match proxy::target(object) {
            Some(target) => object = target,
            None => {
                return Err(cx.throw_type_error("Cannot perform 'IsArray' on a proxy that has been revoked"));
            }
        }
    }
    Ok(object.kind() == CellKind::Array)
}

/// OrdinaryCreateFromConstructor's prototype: GetPrototypeFromConstructor.
pub fn prototype_from_constructor(cx: Cx<'_>, new_target: Object, default: Intrinsic) -> JsResult<Object> {
    let prototype = new_target.get(cx, cx.key(KnownAtom::prototype))?;
    if let Some(prototype) = prototype.as_object() {
        return Ok(prototype);
    }
    let realm = new_target.function_realm(cx)?;
    Ok(Realm::intrinsic(realm, cx, default))
}

// ---- errors ------------------------------------------------------------------------------------------------------------

/// The `TypeError` of an assignment that failed.
#[cold]
pub(crate) fn throw_read_only(cx: Cx<'_>, base: Value, key: PropertyKey) -> Throw {
    let description = describe_object(cx, base);
    let Some(object) = base.as_object() else {
        return cx.throw_type_error(format_args!("Cannot create property '{key}' on {description}"));
    };
    let mut holder = Some(object);
    while let Some(o) = holder {
        if o.is_proxy() {
            return cx.throw_type_error(format_args!(
                "'set' on proxy: trap returned falsish for property '{key}'"
            ));
        }
        if o.kind() == CellKind::ModuleNamespace {
            // Not looked up: that could evaluate a module.
            return cx.throw_type_error(format_args!(
                "Cannot assign to read only property '{key}' of object '{description}'"
            ));
        }
        match lookup::own(cx, o, key) {
            Ok(Some(found)) if found.accessor().is_some() => {
                return cx.throw_type_error(format_args!(
                    "Cannot set property {key} of {description} which has only a getter"
                ));
            }
            Ok(Some(_)) => {
                return cx.throw_type_error(format_args!(
                    "Cannot assign to read only property '{key}' of object '{description}'"
                ));
            }
            Ok(None) => holder = o.prototype(cx),
            Err(throw) => return throw,
        }
    }
    cx.throw_type_error(format_args!("Cannot add property {key}, object is not extensible"))
}

/// The `TypeError` of a definition that failed.
#[cold]
pub(crate) fn throw_not_definable(cx: Cx<'_>, object: Object, key: PropertyKey) -> Throw {
    if object.is_proxy() {
        return cx.throw_type_error(format_args!(
            "'defineProperty' on proxy: trap returned falsish for property '{key}'"
        ));
    }
    match lookup::own(cx, object, key) {
        Ok(None) if !object.is_extensible_ordinary(cx) => {
            cx.throw_type_error(format_args!("Cannot define property {key}, object is not extensible"))
        }
        Ok(_) => cx.throw_type_error(format_args!("Cannot redefine property: {key}")),
        Err(throw) => throw,
    }
}

/// The `TypeError` of a deletion that failed.
#[cold]
pub(crate) fn throw_not_deletable(cx: Cx<'_>, object: Object, key: PropertyKey) -> Throw {
    if object.is_proxy() {
        return cx.throw_type_error(format_args!(
            "'deleteProperty' on proxy: trap returned falsish for property '{key}'"
        ));
    }
    cx.throw_type_error(format_args!(
        "Cannot delete property '{key}' of {}",
        describe_object(cx, object.into())
    ))
}

/// The `TypeError` of a property access on `undefined` or `null`; `action` is "read" or "set".
#[cold]
pub(crate) fn throw_on_nullish(cx: Cx<'_>, base: Value, key: PropertyKey, action: &str) -> Throw {
    let verb = if action == "set" { "setting" } else { "reading" };
    cx.throw_type_error(format_args!("Cannot {action} properties of {base:?} ({verb} '{key}')"))
}

fn describe_object(cx: Cx<'_>, value: Value) -> String {
    cx.describe(value)
}
