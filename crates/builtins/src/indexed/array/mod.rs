//! Arrays (ECMA-262 23.1).
//!
//! Every method has the general algorithm of the specification and, where it pays, a fast path for *plain* arrays: dense
//! elements, nothing indexed in the prototype chain. In a plain array an absent element reads as `undefined` and reading
//! runs no JavaScript; a *writable* plain array is also extensible and its `length` writable, so that elements can be
//! moved by copying memory. Results of the default species are built in place: nobody else can see them yet.

mod constructor;
mod flat;
mod ranges;
mod search;
mod sort;
mod species;
mod stack;
mod text;

use unspool_gc::Gc;
use unspool_runtime::cells::Array;
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::define_properties;
use unspool_runtime::native::{KnownNative, Name, Property};
use unspool_runtime::object::array::is_growable;
use unspool_runtime::object::shapes::chain_has_no_elements;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::{Elements, ElementsRef};
use unspool_values::symbol::WellKnownSymbol as S;

use super::array_iterator;
use crate::class::{ClassSpec, methods};

pub(crate) use sort::check_comparator;
pub(crate) use species::{array_species_create, has_default_species};
pub(crate) use text::join_locale_strings;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::KnownMethod(
            Name::Atom(A::isArray),
            1,
            constructor::is_array_method,
            KnownNative::ArrayIsArray,
        ),
        Property::Method(Name::Atom(A::from), 1, constructor::from),
        Property::SelfHosted(Name::Atom(A::fromAsync), 1, "ArrayFromAsync"),
        Property::Method(Name::Atom(A::of), 0, constructor::of),
        Property::Getter(Name::Symbol(S::species), crate::class::species),
    ],
    members: methods! {
        at 1 search::at;
        concat 1 ranges::concat;
        copyWithin 2 ranges::copy_within;
        fill 1 ranges::fill;
        find 1 = "ArrayFind";
        findIndex 1 = "ArrayFindIndex";
        findLast 1 = "ArrayFindLast";
        findLastIndex 1 = "ArrayFindLastIndex";
        lastIndexOf 1 search::last_index_of;
        pop 0 stack::pop as ArrayPop;
        push 1 stack::push as ArrayPush;
        reverse 0 ranges::reverse;
        shift 0 stack::shift;
        unshift 1 stack::unshift;
        slice 2 ranges::slice;
        sort 1 sort::sort;
        splice 2 ranges::splice;
        includes 1 search::includes;
        indexOf 1 search::index_of;
        join 1 text::join;
        keys 0 array_iterator::keys;
        entries 0 array_iterator::entries;
        values 0 array_iterator::values as ArrayValues;
        forEach 1 = "ArrayForEach";
        filter 1 = "ArrayFilter";
        flat 0 flat::flat;
        flatMap 1 = "ArrayFlatMap";
        map 1 = "ArrayMap";
        every 1 = "ArrayEvery";
        some 1 = "ArraySome";
        reduce 1 = "ArrayReduce";
        reduceRight 1 = "ArrayReduceRight";
        toReversed 0 ranges::to_reversed;
        toSorted 1 sort::to_sorted;
        toSpliced 2 ranges::to_spliced;
        toLocaleString 0 text::to_locale_string;
        toString 0 text::to_string_method;
        with 2 ranges::with;
    },
    ..ClassSpec::new(A::Array, 1, constructor::array, Intrinsic::Array, Intrinsic::ArrayPrototype)
};

/// Names that `with` statements do not look up in arrays.
const UNSCOPABLES: &[A] = &[
    A::at,
    A::copyWithin,
    A::entries,
    A::fill,
    A::find,
    A::findIndex,
    A::findLast,
    A::findLastIndex,
    A::flat,
    A::flatMap,
    A::includes,
    A::keys,
    A::toReversed,
    A::toSorted,
    A::toSpliced,
    A::values,
];

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if which == Intrinsic::ArrayIteratorPrototype {
        array_iterator::make(cx, realm);
        return;
    }
    let parent = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
    if realm.existing_intrinsic(Intrinsic::ArrayPrototype).is_some() {
        return;
    }
    let Ok(prototype) = Object::array_with_prototype(cx, 0, Some(parent)) else {
        unreachable!("an array of length 0 always fits")
    };
    SPEC.make_with_prototype(cx, realm, prototype);
    define_properties(cx, prototype, &[Property::Alias(Name::Symbol(S::iterator), Name::Atom(A::values))]);
    if let Some(values) =
        prototype.own_data_value(cx, cx.key(A::values)).and_then(unspool_runtime::ValueExt::as_object)
    {
        Realm::define_intrinsic(realm, cx, Intrinsic::ArrayPrototypeValues, values);
    }
    let unscopables = Object::with_prototype(cx, None);
    for atom in UNSCOPABLES {
        unscopables.create_data_property_infallible(cx, cx.key(*atom), Value::TRUE);
    }
    prototype.define_builtin(cx, cx.symbol_key(S::unscopables), unscopables.into(), Attributes::CONFIGURABLE);
}

// ---- plain arrays ------------------------------------------------------------------------------------------------------

/// The array, if reading its elements from memory is all that `[[Get]]` would do; holes and what lies beyond the dense
/// elements read as `undefined`.
#[inline]
pub(crate) fn plain(cx: Cx<'_>, object: Object) -> Option<Gc<Array>> {
    let array = object.to::<Array>()?;
    if matches!(object.head().elements(), ElementsRef::Sparse(_)) {
        return None;
    }
    chain_has_no_elements(object.prototype(cx), cx).then_some(array)
}

/// The array, if it is plain and its elements and length may be changed in memory.
#[inline]
pub(crate) fn plain_writable(cx: Cx<'_>, object: Object) -> Option<Gc<Array>> {
    let array = object.to::<Array>()?;
    if matches!(object.head().elements(), ElementsRef::Sparse(_)) {
        return None;
    }
    is_growable(cx, array).then_some(array)
}

/// The element of a plain array, absent ones as `undefined`.
#[inline(always)]
pub(crate) fn plain_get(array: Gc<Array>, index: u32) -> Value {
    array.head.dense_element(index).unwrap_or(Value::UNDEFINED)
}

/// How many of the first elements of a plain array are in memory.
#[inline(always)]
pub(crate) fn dense_length(array: Gc<Array>) -> u32 {
    array.head.raw_elements().map_or(0, |e| e.len()).min(array.length.get())
}

/// Makes sure that a writable plain array has memory for the elements below `length`; new ones are holes. The length
/// property is left alone.
pub(crate) fn extend_dense(cx: Cx<'_>, array: Gc<Array>, length: u32) -> JsResult<Gc<Elements>> {
    let old = array.head.raw_elements();
    let capacity = old.map_or(0, |e| e.capacity());
    let wanted = if capacity >= length { capacity } else { Elements::grown_capacity(length) };
    let elements = match unspool_runtime::object::elements::ensure_dense(cx, Array::object(array), wanted)? {
        Some(elements) => elements,
        None => return Err(cx.throw_out_of_memory()),
    };
    if elements.len() < length {
        elements.resize(length);
    }
    Ok(elements)
}

/// Appends to an array of the library's own making that nobody else has seen.
#[inline]
pub(crate) fn append(cx: Cx<'_>, array: Gc<Array>, value: Value) -> JsResult<()> {
    let length = array.length.get();
    if !array.head.raw_elements().is_some_and(|e| e.push(cx, value)) {
        let elements = extend_dense(cx, array, length + 1)?;
        elements.set(cx, length, value);
    }
    array.length.set(length + 1);
    Ok(())
}

/// New dense elements: `count` of those of a plain array from `start` on, absent ones as holes.
pub(crate) fn copy_of_range(cx: Cx<'_>, array: Gc<Array>, start: u32, count: u32) -> JsResult<Gc<Elements>> {
    let copy = Elements::with_capacity(cx, count).or_throw(cx)?;
    copy.resize(count);
    let present = dense_length(array).saturating_sub(start).min(count);
    if let Some(elements) = array.head.raw_elements()
        && present > 0
    {
        copy.copy_from(cx, 0, &*elements, start, present);
    }
    Ok(copy)
}

/// Replaces holes by `undefined`.
pub(crate) fn fill_holes(elements: Gc<Elements>) {
    for value in elements.values() {
        if value.get().is_hole() {
            value.set(Value::UNDEFINED);
        }
    }
}

/// Set(object, "length", length, true)
pub(crate) fn set_length(cx: Cx<'_>, object: Object, length: u64) -> JsResult<()> {
    object.set(cx, cx.key(A::length), super::number(length))
}
