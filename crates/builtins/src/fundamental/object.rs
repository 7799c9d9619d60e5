//! Object objects (ECMA-262 20.1).
//!
//! The static methods are thin over the internal methods of objects: what they do is to convert arguments, walk keys and
//! choose between an exception and a boolean. Annex B's `__proto__` and `__defineGetter__` with its kin are here too. How
//! properties are stored, and what freezing an object means for its shape, is in `unspool_runtime::object`.

use unspool_gc::Gc;
use unspool_runtime::cells::NativeFunction;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{require_object_coercible, to_object, to_property_key};
use unspool_runtime::function::call;
use unspool_runtime::native::{Arguments, KnownNative, Name, Property};
use unspool_runtime::object::{
    PropertyDescriptor, is_array, prototype_from_constructor, same_value::same_value,
};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_shapes::Integrity;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, PropertyKey, Value};

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::assign), 2, assign),
        Property::Method(Name::Atom(A::create), 2, create),
        Property::Method(Name::Atom(A::defineProperties), 2, define_properties_method),
        Property::Method(Name::Atom(A::defineProperty), 3, define_property),
        Property::Method(Name::Atom(A::entries), 1, entries),
        Property::Method(Name::Atom(A::freeze), 1, freeze),
        Property::Method(Name::Atom(A::fromEntries), 1, from_entries),
        Property::Method(Name::Atom(A::getOwnPropertyDescriptor), 2, get_own_property_descriptor),
        Property::Method(Name::Atom(A::getOwnPropertyDescriptors), 1, get_own_property_descriptors),
        Property::Method(Name::Atom(A::getOwnPropertyNames), 1, get_own_property_names),
        Property::Method(Name::Atom(A::getOwnPropertySymbols), 1, get_own_property_symbols),
        Property::Method(Name::Atom(A::getPrototypeOf), 1, get_prototype_of),
        Property::Method(Name::Atom(A::groupBy), 2, group_by),
        Property::Method(Name::Atom(A::hasOwn), 2, has_own),
        Property::KnownMethod(Name::Atom(A::is), 2, is, KnownNative::ObjectIs),
        Property::Method(Name::Atom(A::isExtensible), 1, is_extensible),
        Property::Method(Name::Atom(A::isFrozen), 1, is_frozen),
        Property::Method(Name::Atom(A::isSealed), 1, is_sealed),
        Property::Method(Name::Atom(A::keys), 1, keys),
        Property::Method(Name::Atom(A::preventExtensions), 1, prevent_extensions),
        Property::Method(Name::Atom(A::seal), 1, seal),
        Property::Method(Name::Atom(A::setPrototypeOf), 2, set_prototype_of),
        Property::Method(Name::Atom(A::values), 1, values),
    ],
    members: &[
        Property::Method(Name::Atom(A::hasOwnProperty), 1, has_own_property),
        Property::Method(Name::Atom(A::isPrototypeOf), 1, is_prototype_of),
        Property::Method(Name::Atom(A::propertyIsEnumerable), 1, property_is_enumerable),
        Property::Method(Name::Atom(A::toLocaleString), 0, to_locale_string),
        Property::Method(Name::Atom(A::toString), 0, object_to_string),
        Property::Method(Name::Atom(A::valueOf), 0, value_of),
        Property::Accessor(Name::Atom(A::__proto__), proto_get, proto_set),
        Property::Method(Name::Atom(A::__defineGetter__), 2, define_getter),
        Property::Method(Name::Atom(A::__defineSetter__), 2, define_setter),
        Property::Method(Name::Atom(A::__lookupGetter__), 1, lookup_getter),
        Property::Method(Name::Atom(A::__lookupSetter__), 1, lookup_setter),
    ],
    ..ClassSpec::new(A::Object, 1, object_constructor, Intrinsic::Object, Intrinsic::ObjectPrototype)
};

/// Makes `%Object.prototype%` alone or, when `%Object%` is asked for, the constructor with all properties.
///
/// The prototype comes into being before functions can (they inherit from it), so its properties are added when either is
/// touched for the first time after `%Function.prototype%` exists.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if which == Intrinsic::ObjectPrototype {
        let prototype = Object::with_prototype(cx, None);
        Realm::define_intrinsic(realm, cx, Intrinsic::ObjectPrototype, prototype);
        // The constructor is made with it: `toString` and friends must be found by the first property access.
        Realm::intrinsic(realm, cx, Intrinsic::Object);
        return;
    }
    let prototype = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
    if realm.existing_intrinsic(Intrinsic::Object).is_none() {
        SPEC.make_with_prototype(cx, realm, prototype);
    }
}

fn object_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if args.is_construct() && args.new_target_object() != NativeFunction::object(args.callee) {
        let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::ObjectPrototype)?;
        return Ok(Object::with_prototype(cx, Some(prototype)).into());
    }
    let value = args.get(0);
    if value.is_nullish() { Ok(Object::ordinary(cx).into()) } else { Ok(to_object(cx, value)?.into()) }
}

fn assign(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let target = to_object(cx, args.get(0))?;
    for source in args.values.iter().skip(1) {
        if source.is_nullish() {
            continue;
        }
        let from = to_object(cx, *source)?;
        let keys = from.own_property_keys(cx)?;
        for i in 0..keys.len() {
            let key = to_property_key(cx, keys.get(i))?;
            if let Some(descriptor) = from.get_own_property(cx, key)?
                && descriptor.enumerable == Some(true)
            {
                let value = from.get(cx, key)?;
                target.set(cx, key, value)?;
            }
        }
    }
    Ok(target.into())
}

fn create(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let prototype = args.get(0);
    if !prototype.is_object() && !prototype.is_null() {
        let text = cx.describe(prototype);
        return Err(
            cx.throw_type_error(format_args!("Object prototype may only be an Object or null: {text}"))
        );
    }
    let object = Object::with_prototype(cx, prototype.as_object());
    if !args.get(1).is_undefined() {
        define_all(cx, object, args.get(1))?;
    }
    Ok(object.into())
}

/// ObjectDefineProperties
fn define_all(cx: Cx<'_>, object: Object, properties: Value) -> JsResult<()> {
    let properties = to_object(cx, properties)?;
    let keys = properties.own_property_keys(cx)?;
    // Descriptors are read before the first property is defined; each is kept as (key, descriptor object).
    let list = GcVec::new(cx);
    for i in 0..keys.len() {
        let key = to_property_key(cx, keys.get(i))?;
        if let Some(own) = properties.get_own_property(cx, key)?
            && own.enumerable == Some(true)
        {
            let value = properties.get(cx, key)?;
            let descriptor = PropertyDescriptor::from_value(cx, value)?;
            list.push(cx, keys.get(i)).or_throw(cx)?;
            list.push(cx, descriptor.to_value(cx)).or_throw(cx)?;
        }
    }
    for i in (0..list.len()).step_by(2) {
        let key = to_property_key(cx, list.get(i))?;
        // The copy is an ordinary object of our own making: reading it back runs no JavaScript of the program unless
        // it changed `%Object.prototype%`, which own properties do not consult.
        let descriptor = own_descriptor_fields(cx, list.get(i + 1).as_object_unchecked());
        object.define_property_or_throw(cx, key, &descriptor)?;
    }
    Ok(())
}

/// Reads back a descriptor object made by `PropertyDescriptor::to_value`.
fn own_descriptor_fields(cx: Cx<'_>, object: Object) -> PropertyDescriptor {
    let field = |atom| object.own_data_value(cx, cx.key(atom));
    PropertyDescriptor {
        value: field(A::value),
        get: field(A::get),
        set: field(A::set),
        writable: field(A::writable).map(|v| v.is_true()),
        enumerable: field(A::enumerable).map(|v| v.is_true()),
        configurable: field(A::configurable).map(|v| v.is_true()),
    }
}

fn define_properties_method(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.get(0).as_object() else {
        return Err(cx.throw_type_error("Object.defineProperties called on non-object"));
    };
    define_all(cx, object, args.get(1))?;
    Ok(object.into())
}

fn define_property(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.get(0).as_object() else {
        return Err(cx.throw_type_error("Object.defineProperty called on non-object"));
    };
    let key = to_property_key(cx, args.get(1))?;
    let descriptor = PropertyDescriptor::from_value(cx, args.get(2))?;
    object.define_property_or_throw(cx, key, &descriptor)?;
    Ok(object.into())
}

/// What EnumerableOwnProperties gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    Keys,
    Values,
    Entries,
}

/// EnumerableOwnProperties
fn enumerable_own(cx: Cx<'_>, value: Value, listing: Listing) -> JsResult<Value> {
    let object = to_object(cx, value)?;
    let keys = object.own_property_keys(cx)?;
    let result = GcVec::with_capacity(cx, keys.len()).or_throw(cx)?;
    for i in 0..keys.len() {
        let name = keys.get(i);
        if name.is_symbol() {
            continue;
        }
        let key = to_property_key(cx, name)?;
        let Some(descriptor) = object.get_own_property(cx, key)? else { continue };
        if descriptor.enumerable != Some(true) {
            continue;
        }
        let item = match listing {
            Listing::Keys => name,
            Listing::Values => object.get(cx, key)?,
            Listing::Entries => {
                let value = object.get(cx, key)?;
                Object::array_from_values(cx, &[name, value])?.into()
            }
        };
        result.push(cx, item).or_throw(cx)?;
    }
    Ok(Object::array_from_list(cx, result)?.into())
}

fn keys(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    enumerable_own(cx, args.get(0), Listing::Keys)
}

fn values(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    enumerable_own(cx, args.get(0), Listing::Values)
}

fn entries(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    enumerable_own(cx, args.get(0), Listing::Entries)
}

fn set_level(cx: Cx<'_>, value: Value, level: Integrity, message: &str) -> JsResult<Value> {
    if let Some(object) = value.as_object()
        && !object.set_integrity_level(cx, level)?
    {
        return Err(cx.throw_type_error(message));
    }
    Ok(value)
}

fn freeze(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    set_level(cx, args.get(0), Integrity::Frozen, "Cannot freeze")
}

fn seal(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    set_level(cx, args.get(0), Integrity::Sealed, "Cannot seal")
}

fn prevent_extensions(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if let Some(object) = args.get(0).as_object()
        && !object.prevent_extensions(cx)?
    {
        return Err(cx.throw_type_error("Cannot prevent extensions"));
    }
    Ok(args.get(0))
}

fn is_extensible(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let answer = match args.get(0).as_object() {
        Some(object) => object.is_extensible(cx)?,
        None => false,
    };
    Ok(answer.into())
}

fn test_level(cx: Cx<'_>, value: Value, level: Integrity) -> JsResult<Value> {
    let answer = match value.as_object() {
        Some(object) => object.test_integrity_level(cx, level)?,
        None => true,
    };
    Ok(answer.into())
}

fn is_frozen(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    test_level(cx, args.get(0), Integrity::Frozen)
}

fn is_sealed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    test_level(cx, args.get(0), Integrity::Sealed)
}

fn from_entries(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_object_coercible(cx, args.get(0), "Object.fromEntries")?;
    let object = Object::ordinary(cx);
    crate::iterate::for_each(cx, args.get(0), |item| {
        let (key, value) = crate::iterate::entry(cx, item)?;
        let key = to_property_key(cx, key)?;
        object.create_data_property_or_throw(cx, key, value)
    })?;
    Ok(object.into())
}

fn get_own_property_descriptor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.get(0))?;
    let key = to_property_key(cx, args.get(1))?;
    Ok(object.get_own_property(cx, key)?.map_or(Value::UNDEFINED, |d| d.to_value(cx)))
}

fn get_own_property_descriptors(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.get(0))?;
    let keys = object.own_property_keys(cx)?;
    let result = Object::ordinary(cx);
    for i in 0..keys.len() {
        let key = to_property_key(cx, keys.get(i))?;
        if let Some(descriptor) = object.get_own_property(cx, key)? {
            result.create_data_property_or_throw(cx, key, descriptor.to_value(cx))?;
        }
    }
    Ok(result.into())
}

fn own_keys_of_kind(cx: Cx<'_>, value: Value, want: impl Fn(Value) -> bool) -> JsResult<Value> {
    let object = to_object(cx, value)?;
    let keys = object.own_property_keys(cx)?;
    let result = GcVec::with_capacity(cx, keys.len()).or_throw(cx)?;
    for i in 0..keys.len() {
        if want(keys.get(i)) {
            result.push(cx, keys.get(i)).or_throw(cx)?;
        }
    }
    Ok(Object::array_from_list(cx, result)?.into())
}

fn get_own_property_names(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    own_keys_of_kind(cx, args.get(0), Value::is_string)
}

fn get_own_property_symbols(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    own_keys_of_kind(cx, args.get(0), Value::is_symbol)
}

fn get_prototype_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.get(0))?;
    Ok(object.get_prototype_of(cx)?.map_or(Value::NULL, Value::from))
}

fn set_prototype_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_object_coercible(cx, args.get(0), "Object.setPrototypeOf")?;
    let prototype = args.get(1);
    if !prototype.is_object() && !prototype.is_null() {
        let text = cx.describe(prototype);
        return Err(
            cx.throw_type_error(format_args!("Object prototype may only be an Object or null: {text}"))
        );
    }
    if let Some(object) = args.get(0).as_object()
        && !object.set_prototype_of(cx, prototype.as_object())?
    {
        return Err(throw_prototype_refused(cx, object));
    }
    Ok(args.get(0))
}

fn throw_prototype_refused(cx: Cx<'_>, object: Object) -> unspool_runtime::Throw {
    match object.is_extensible(cx) {
        Ok(false) => cx.throw_type_error("#<Object> is not extensible"),
        Ok(true) => cx.throw_type_error("Cyclic __proto__ value or immutable prototype"),
        Err(throw) => throw,
    }
}

/// GroupBy(items, callback, property)
fn group_by(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let groups = crate::control::iterator::group_by(cx, args.get(0), args.get(1), |value| {
        Ok(to_property_key(cx, value)?.to_value(cx, &cx.atoms))
    })?;
    let result = Object::with_prototype(cx, None);
    for i in (0..groups.len()).step_by(2) {
        let key = to_property_key(cx, groups.get(i))?;
        let list = GcVec::from_cell(groups.get(i + 1).to().expect("a group is a list"));
        let array = Object::array_from_list(cx, list)?;
        result.create_data_property_or_throw(cx, key, array.into())?;
    }
    Ok(result.into())
}

fn has_own(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.get(0))?;
    let key = to_property_key(cx, args.get(1))?;
    Ok(object.has_own_property(cx, key)?.into())
}

fn is(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(same_value(cx, args.get(0), args.get(1)).into())
}

// ---- Object.prototype --------------------------------------------------------------------------------------------------

fn has_own_property(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let key = to_property_key(cx, args.get(0))?;
    let object = to_object(cx, args.this)?;
    Ok(object.has_own_property(cx, key)?.into())
}

fn is_prototype_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(mut value) = args.get(0).as_object() else { return Ok(Value::FALSE) };
    let object = to_object(cx, args.this)?;
    while let Some(prototype) = value.get_prototype_of(cx)? {
        if prototype == object {
            return Ok(Value::TRUE);
        }
        value = prototype;
    }
    Ok(Value::FALSE)
}

fn property_is_enumerable(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let key = to_property_key(cx, args.get(0))?;
    let object = to_object(cx, args.this)?;
    Ok(object.get_own_property(cx, key)?.is_some_and(|d| d.enumerable == Some(true)).into())
}

fn to_locale_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = unspool_runtime::object::get_v(cx, args.this, cx.key(A::toString))?;
    call(cx, method, args.this, &[])
}

pub(crate) fn object_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if args.this.is_undefined() {
        return Ok(cx.new_string("[object Undefined]").into());
    }
    if args.this.is_null() {
        return Ok(cx.new_string("[object Null]").into());
    }
    let object = to_object(cx, args.this)?;
    let builtin_tag = if is_array(cx, object.into())? {
        "Array"
    } else {
        match object.kind() {
            CellKind::Arguments => "Arguments",
            CellKind::Error => "Error",
            CellKind::Date => "Date",
            CellKind::RegExp => "RegExp",
            CellKind::PrimitiveWrapper => wrapper_tag(object),
            _ if object.is_callable() => "Function",
            _ => "Object",
        }
    };
    let tag = object.get(cx, cx.symbol_key(WellKnownSymbol::toStringTag))?;
    let text = match tag.to::<unspool_values::JSString>() {
        Some(tag) => cx.concat(cx.concat(cx.new_string("[object "), tag)?, cx.new_string("]"))?,
        None => cx.new_string(&format!("[object {builtin_tag}]")),
    };
    Ok(text.into())
}

fn wrapper_tag(object: Object) -> &'static str {
    let value = object.to::<unspool_runtime::cells::PrimitiveWrapper>().map_or(Value::UNDEFINED, |w| w.value);
    if value.is_bool() {
        "Boolean"
    } else if value.is_number() {
        "Number"
    } else if value.is_string() {
        "String"
    } else {
        "Object"
    }
}

fn value_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(to_object(cx, args.this)?.into())
}

fn proto_get(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    Ok(object.get_prototype_of(cx)?.map_or(Value::NULL, Value::from))
}

fn proto_set(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_object_coercible(cx, args.this, "Object.prototype.__proto__")?;
    let prototype = args.get(0);
    if !prototype.is_object() && !prototype.is_null() {
        return Ok(Value::UNDEFINED);
    }
    if let Some(object) = args.this.as_object()
        && !object.set_prototype_of(cx, prototype.as_object())?
    {
        return Err(throw_prototype_refused(cx, object));
    }
    Ok(Value::UNDEFINED)
}

fn define_half(
    cx: Cx<'_>,
    args: Arguments<'_>,
    make: impl Fn(Value) -> PropertyDescriptor,
) -> JsResult<Value> {
    let object = to_object(cx, args.this)?;
    if !args.get(1).is_callable() {
        return Err(cx.throw_type_error("Object.prototype.__defineGetter__: Expecting function"));
    }
    let descriptor =
        PropertyDescriptor { enumerable: Some(true), configurable: Some(true), ..make(args.get(1)) };
    let key = to_property_key(cx, args.get(0))?;
    object.define_property_or_throw(cx, key, &descriptor)?;
    Ok(Value::UNDEFINED)
}

fn define_getter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    define_half(cx, args, |f| PropertyDescriptor { get: Some(f), ..Default::default() })
}

fn define_setter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    define_half(cx, args, |f| PropertyDescriptor { set: Some(f), ..Default::default() })
}

fn lookup_half(
    cx: Cx<'_>,
    args: Arguments<'_>,
    half: impl Fn(&PropertyDescriptor) -> Option<Value>,
) -> JsResult<Value> {
    let mut object = to_object(cx, args.this)?;
    let key: PropertyKey = to_property_key(cx, args.get(0))?;
    loop {
        if let Some(descriptor) = object.get_own_property(cx, key)? {
            return Ok(half(&descriptor).unwrap_or(Value::UNDEFINED));
        }
        match object.get_prototype_of(cx)? {
            Some(prototype) => object = prototype,
            None => return Ok(Value::UNDEFINED),
        }
    }
}

fn lookup_getter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    lookup_half(cx, args, |d| d.get)
}

fn lookup_setter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    lookup_half(cx, args, |d| d.set)
}
