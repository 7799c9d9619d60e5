//! Typed arrays (ECMA-262 23.2).
//!
//! One native constructor per element type, made from a table; `%TypedArray%` and its prototype hold the methods. A method
//! first *validates* its receiver: a typed array that is not out of bounds. Whatever runs JavaScript afterwards may change
//! that, so lengths and bytes are looked up again where the specification does.

mod base64;
mod construct;
mod copy;
mod search;
mod sort;

use unspool_gc::Gc;
use unspool_runtime::cells::{ArrayBufferObject, ElementType, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::construct as construct_object;
use unspool_runtime::native::{Arguments, Name, NativeFn, Property};
use unspool_runtime::object::typed_array;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol as S;

use super::array_iterator;
use crate::class::{ClassSpec, methods};
use unspool_runtime::function::define_properties;
use unspool_runtime::iterators::IteratorKind;

const METHODS: &[Property] = methods! {
    at 1 search::at;
    copyWithin 2 copy::copy_within;
    every 1 = "TypedArrayEvery";
    fill 1 copy::fill;
    filter 1 = "TypedArrayFilter";
    find 1 = "TypedArrayFind";
    findIndex 1 = "TypedArrayFindIndex";
    findLast 1 = "TypedArrayFindLast";
    findLastIndex 1 = "TypedArrayFindLastIndex";
    forEach 1 = "TypedArrayForEach";
    includes 1 search::includes;
    indexOf 1 search::index_of;
    join 1 search::join;
    lastIndexOf 1 search::last_index_of;
    map 1 = "TypedArrayMap";
    reduce 1 = "TypedArrayReduce";
    reduceRight 1 = "TypedArrayReduceRight";
    reverse 0 copy::reverse;
    set 1 copy::set;
    slice 2 copy::slice;
    some 1 = "TypedArraySome";
    sort 1 sort::sort;
    subarray 2 copy::subarray;
    toLocaleString 0 search::to_locale_string;
    toReversed 0 copy::to_reversed;
    toSorted 1 sort::to_sorted;
    with 2 copy::with;
    entries 0 entries;
    keys 0 keys;
    values 0 values;
};

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::from), 1, construct::from),
        Property::Method(Name::Atom(A::of), 0, construct::of),
        Property::Getter(Name::Symbol(S::species), crate::class::species),
    ],
    members: &[
        Property::Getter(Name::Atom(A::buffer), buffer),
        Property::Getter(Name::Atom(A::byteLength), byte_length),
        Property::Getter(Name::Atom(A::byteOffset), byte_offset),
        Property::Getter(Name::Atom(A::length), length),
        Property::Getter(Name::Symbol(S::toStringTag), to_string_tag),
    ],
    ..ClassSpec::new(
        A::TypedArray,
        0,
        construct::abstract_constructor,
        Intrinsic::TypedArray,
        Intrinsic::TypedArrayPrototype,
    )
};

/// The class of one element type.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) class_name: A,
    pub(crate) constructor: Intrinsic,
    pub(crate) prototype: Intrinsic,
    function: NativeFn,
}

macro_rules! kinds {
    ($($element:ident $class:ident $prototype:ident;)*) => {
        /// The classes, in the order of the element types' numbers.
        const KINDS: [Kind; 12] = [$(Kind {
            class_name: A::$class,
            constructor: Intrinsic::$class,
            prototype: Intrinsic::$prototype,
            function: construct::constructor::<{ ElementType::$element as u8 }>,
        },)*];
    };
}

kinds! {
    Int8 Int8Array Int8ArrayPrototype;
    Uint8 Uint8Array Uint8ArrayPrototype;
    Uint8Clamped Uint8ClampedArray Uint8ClampedArrayPrototype;
    Int16 Int16Array Int16ArrayPrototype;
    Uint16 Uint16Array Uint16ArrayPrototype;
    Int32 Int32Array Int32ArrayPrototype;
    Uint32 Uint32Array Uint32ArrayPrototype;
    BigInt64 BigInt64Array BigInt64ArrayPrototype;
    BigUint64 BigUint64Array BigUint64ArrayPrototype;
    Float16 Float16Array Float16ArrayPrototype;
    Float32 Float32Array Float32ArrayPrototype;
    Float64 Float64Array Float64ArrayPrototype;
}

/// The class of an element type.
pub(crate) fn kind_of(element: ElementType) -> &'static Kind {
    const { assert!(KINDS.len() == ElementType::ALL.len()) };
    static TABLE: [Kind; 12] = KINDS;
    &TABLE[element as usize]
}

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if matches!(which, Intrinsic::TypedArray | Intrinsic::TypedArrayPrototype) {
        make_abstract(cx, realm);
        return;
    }
    let element = ElementType::ALL.into_iter().find(|e| {
        let kind = kind_of(*e);
        kind.constructor == which || kind.prototype == which
    });
    let element = element.expect("a typed array class");
    let kind = kind_of(element);
    let spec = ClassSpec {
        constructor_parent: Intrinsic::TypedArray,
        prototype_parent: Intrinsic::TypedArrayPrototype,
        ..ClassSpec::new(kind.class_name, 3, kind.function, kind.constructor, kind.prototype)
    };
    spec.make(cx, realm);
    let size = [Property::Number(Name::Atom(A::BYTES_PER_ELEMENT), element.size() as f64)];
    define_properties(cx, Realm::intrinsic(realm, cx, kind.prototype), &size);
    define_properties(cx, Realm::intrinsic(realm, cx, kind.constructor), &size);
    if element == ElementType::Uint8 {
        define_properties(cx, Realm::intrinsic(realm, cx, kind.prototype), base64::MEMBERS);
        define_properties(cx, Realm::intrinsic(realm, cx, kind.constructor), base64::STATICS);
    }
}

fn make_abstract(cx: Cx<'_>, realm: Gc<Realm>) {
    SPEC.make(cx, realm);
    let prototype = Realm::intrinsic(realm, cx, Intrinsic::TypedArrayPrototype);
    define_properties(cx, prototype, METHODS);
    define_properties(cx, prototype, &[Property::Alias(Name::Symbol(S::iterator), Name::Atom(A::values))]);
    // The same function object as `Array.prototype.toString`.
    let array_prototype = Realm::intrinsic(realm, cx, Intrinsic::ArrayPrototype);
    let key = cx.key(A::toString);
    if let Some(method) = array_prototype.own_data_value(cx, key) {
        prototype.define_builtin(cx, key, method, Attributes::HIDDEN);
    }
}

// ---- receivers ---------------------------------------------------------------------------------------------------------

/// RequireInternalSlot for typed arrays.
pub(super) fn require_typed_array(cx: Cx<'_>, value: Value) -> JsResult<Gc<TypedArrayObject>> {
    value.to::<TypedArrayObject>().ok_or_else(|| cx.throw_type_error("this is not a typed array."))
}

/// ValidateTypedArray: the typed array with its length.
///
/// # Errors
/// A `TypeError` for other values and when it is out of bounds.
pub(crate) fn validate(cx: Cx<'_>, value: Value, method: &str) -> JsResult<(Gc<TypedArrayObject>, usize)> {
    let array = require_typed_array(cx, value)?;
    match typed_array::view(array) {
        Some(view) => Ok((array, view.length)),
        None => Err(cx.throw_type_error(format_args!(
            "Cannot perform %TypedArray%.prototype.{method} on a detached ArrayBuffer"
        ))),
    }
}

/// TypedArrayCreateFromCtor with a length: what it gives is valid and at least that long.
pub(crate) fn create_with_length(
    cx: Cx<'_>,
    constructor: Object,
    length: usize,
    method: &str,
) -> JsResult<Gc<TypedArrayObject>> {
    let new = construct_object(cx, constructor, &[Value::from_usize(length)], constructor)?;
    let (array, new_length) = validate(cx, new.into(), method)?;
    if new_length < length {
        return Err(
            cx.throw_type_error("Derived TypedArray constructor created an array which was too small")
        );
    }
    Ok(array)
}

/// The constructor that TypedArraySpeciesCreate calls.
pub(crate) fn species_constructor(cx: Cx<'_>, exemplar: Gc<TypedArrayObject>) -> JsResult<Object> {
    let default = cx.intrinsic(kind_of(exemplar.element_type).constructor);
    TypedArrayObject::object(exemplar).species_constructor(cx, default)
}

/// The content types of both arrays agree.
pub(crate) fn require_same_content(
    cx: Cx<'_>,
    exemplar: Gc<TypedArrayObject>,
    new: Gc<TypedArrayObject>,
) -> JsResult<()> {
    if exemplar.element_type.is_bigint() != new.element_type.is_bigint() {
        return Err(cx.throw_type_error("Cannot mix BigInt and other types, use explicit conversions"));
    }
    Ok(())
}

/// TypedArraySpeciesCreate with a length.
pub(crate) fn species_create(
    cx: Cx<'_>,
    exemplar: Gc<TypedArrayObject>,
    length: usize,
    method: &str,
) -> JsResult<Gc<TypedArrayObject>> {
    let constructor = species_constructor(cx, exemplar)?;
    let new = create_with_length(cx, constructor, length, method)?;
    require_same_content(cx, exemplar, new)?;
    Ok(new)
}

/// TypedArrayCreateSameType with a length.
pub(crate) fn create_same_type(
    cx: Cx<'_>,
    exemplar: Gc<TypedArrayObject>,
    length: usize,
) -> JsResult<Gc<TypedArrayObject>> {
    construct::allocate_default(cx, exemplar.element_type, length as u64)
}

// ---- getters and iterators ---------------------------------------------------------------------------------------------

fn buffer(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(ArrayBufferObject::object(require_typed_array(cx, args.this)?.buffer.get()).into())
}

fn byte_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_typed_array(cx, args.this)?;
    Ok(Value::from_usize(typed_array::length(array) * array.element_type.size()))
}

fn byte_offset(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let array = require_typed_array(cx, args.this)?;
    Ok(Value::from_usize(if typed_array::is_out_of_bounds(array) { 0 } else { array.byte_offset }))
}

fn length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_usize(typed_array::length(require_typed_array(cx, args.this)?)))
}

fn to_string_tag(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(match args.this.to::<TypedArrayObject>() {
        Some(array) => cx.known_string(kind_of(array.element_type).class_name),
        None => Value::UNDEFINED,
    })
}

fn iterator(cx: Cx<'_>, args: Arguments<'_>, method: &str, kind: IteratorKind) -> JsResult<Value> {
    let (array, _) = validate(cx, args.this, method)?;
    Ok(array_iterator::create(cx, TypedArrayObject::object(array), kind))
}

fn entries(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    iterator(cx, args, "entries", IteratorKind::ArrayEntries)
}

fn keys(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    iterator(cx, args, "keys", IteratorKind::ArrayKeys)
}

fn values(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    iterator(cx, args, "values", IteratorKind::ArrayValues)
}
