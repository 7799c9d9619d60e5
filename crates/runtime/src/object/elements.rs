//! Indexed properties: dense and sparse storage, and when one becomes the other.
//!
//! *Dense* elements are a contiguous array with holes; every present element has the default attributes, as restricted by
//! the shape's integrity level. An object goes *sparse* when an element gets attributes of its own or becomes an accessor,
//! or when growing the array would take several times the memory of a table (`stays_dense`). A sparse object whose elements
//! have become numerous and plain again goes back (`densify_if_worthwhile`), which is looked at each time the table's
//! population doubles.
//!
//! Indices at or beyond the dense length are absent; the capacity grows by half plus 16.

use unspool_gc::{Gc, OutOfMemory};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::object::{Elements, ElementsRef, SparseElements, SparseEntry};

use super::{Object, array, lookup};
use crate::cells::Array;
use crate::completion::JsResult;
use crate::isolate::Cx;

/// Capacities up to this stay dense whatever their fill: 500 words are 4 KB, as in V8.
const MAX_UNCHECKED: u32 = 500;
/// Dense elements may take this many times the memory of a table with the same elements, because they are that much faster;
/// the factor is V8's.
const DENSE_ADVANTAGE: u32 = 3;
/// An array whose declared length reaches a written index may be allocated in full up to this length (32 MiB): programs
/// that fill `new Array(n)` backwards or at random mean to fill it.
const MAX_PREALLOCATED: u32 = 4 << 20;
/// Sparse elements become dense when at least one index in this many is present.
const MIN_DENSITY: u32 = 4;

/// May the dense elements grow so that `index`, which is not below their capacity, is inside? Counts the elements that are
/// present, as far as it takes to tell; growing copies them all, so that the cost is of the same order.
fn stays_dense(object: Object, elements: Option<Gc<Elements>>, index: u32) -> bool {
    if index >= Elements::MAX_CAPACITY {
        return false;
    }
    if let Some(array) = object.to::<Array>()
        && index < array.length.get()
        && array.length.get() <= MAX_PREALLOCATED
    {
        return true;
    }
    let capacity = Elements::grown_capacity(index + 1);
    if capacity <= MAX_UNCHECKED {
        return true;
    }
    let least = SparseElements::least_population(capacity / DENSE_ADVANTAGE);
    // The element that is to be written counts.
    let mut present = 1;
    if let Some(elements) = elements {
        for index in 0..elements.len() {
            if present >= least {
                break;
            }
            present += u32::from(elements.get(index).is_some_and(|value| !value.is_hole()));
        }
    }
    present >= least
}

fn out_of_memory<T>(cx: Cx<'_>, result: Result<T, OutOfMemory>) -> JsResult<T> {
    result.map_err(|OutOfMemory| cx.throw_out_of_memory())
}

/// Adds or overwrites a plain element (default attributes). The caller has made sure that this is allowed. Does not touch
/// the length of arrays.
///
/// # Errors
/// Out of memory.
#[inline]
pub(crate) fn put(cx: Cx<'_>, object: Object, index: u32, value: Value) -> JsResult<()> {
    if let Some(elements) = object.head().raw_elements()
        && index < elements.len()
    {
        elements.set(cx, index, value);
        return Ok(());
    }
    put_slow(cx, object, index, value)
}

#[inline(never)]
fn put_slow(cx: Cx<'_>, object: Object, index: u32, value: Value) -> JsResult<()> {
    match object.head().elements() {
        ElementsRef::Sparse(sparse) => put_sparse(cx, object, sparse, index, SparseEntry::plain(value)),
        ElementsRef::None => {
            object.note_elements_on_prototype(cx);
            if !stays_dense(object, None, index) {
                let sparse = SparseElements::new(cx);
                object.head().replace_elements_by_sparse(cx, sparse);
                return put_sparse(cx, object, sparse, index, SparseEntry::plain(value));
            }
            let capacity = match object.to::<Array>() {
                Some(array) if array.length.get() > index && array.length.get() <= MAX_PREALLOCATED => {
                    array.length.get()
                }
                _ if index < 4 => 4,
                _ => Elements::grown_capacity(index + 1),
            };
            let elements = out_of_memory(cx, Elements::with_capacity(cx, capacity))?;
            object.head().replace_elements(cx, elements);
            store_extending(cx, elements, index, value);
            Ok(())
        }
        ElementsRef::Dense(elements) => {
            if index >= elements.capacity() && !stays_dense(object, Some(elements), index) {
                let sparse = make_sparse(cx, object)?;
                return put_sparse(cx, object, sparse, index, SparseEntry::plain(value));
            }
            let elements = ensure_capacity(cx, object, elements, index + 1)?;
            store_extending(cx, elements, index, value);
            Ok(())
        }
    }
}

/// Stores at an index below the capacity, with holes before it.
fn store_extending(cx: Cx<'_>, elements: Gc<Elements>, index: u32, value: Value) {
    if index > elements.len() {
        elements.resize(index);
    }
    if index == elements.len() {
        let pushed = elements.push(cx, value);
        debug_assert!(pushed, "the capacity was ensured");
    } else {
        elements.set(cx, index, value);
    }
}

fn ensure_capacity(
    cx: Cx<'_>,
    object: Object,
    elements: Gc<Elements>,
    needed: u32,
) -> JsResult<Gc<Elements>> {
    if needed <= elements.capacity() {
        return Ok(elements);
    }
    let grown = out_of_memory(cx, Elements::resized(cx, elements, Elements::grown_capacity(needed)))?;
    object.head().replace_elements(cx, grown);
    Ok(grown)
}

/// Gives an object dense elements with room for `capacity` values and `length` of them (holes when new).
///
/// # Errors
/// Out of memory.
pub fn ensure_dense(cx: Cx<'_>, object: Object, capacity: u32) -> JsResult<Option<Gc<Elements>>> {
    match object.head().elements() {
        ElementsRef::Sparse(_) => Ok(None),
        ElementsRef::Dense(elements) if elements.capacity() >= capacity => Ok(Some(elements)),
        ElementsRef::Dense(elements) => {
            let grown = out_of_memory(cx, Elements::resized(cx, elements, capacity))?;
            object.head().replace_elements(cx, grown);
            Ok(Some(grown))
        }
        ElementsRef::None => {
            object.note_elements_on_prototype(cx);
            let elements = out_of_memory(cx, Elements::with_capacity(cx, capacity))?;
            object.head().replace_elements(cx, elements);
            Ok(Some(elements))
        }
    }
}

/// Appends to dense elements at index `length`, which is at or beyond their length. Gives `false`,
/// with nothing done, when the elements are sparse or would become so.
///
/// # Errors
/// Out of memory.
#[inline]
pub(crate) fn append(cx: Cx<'_>, object: Object, length: u32, value: Value) -> JsResult<bool> {
    if let Some(elements) = object.head().raw_elements()
        && elements.len() == length
        && elements.push(cx, value)
    {
        return Ok(true);
    }
    append_slow(cx, object, length, value)
}

#[inline(never)]
fn append_slow(cx: Cx<'_>, object: Object, length: u32, value: Value) -> JsResult<bool> {
    match object.head().elements() {
        ElementsRef::Sparse(_) => return Ok(false),
        ElementsRef::Dense(e) if length >= e.capacity() && !stays_dense(object, Some(e), length) => {
            return Ok(false);
        }
        ElementsRef::None if !stays_dense(object, None, length) => return Ok(false),
        _ => {}
    }
    put_slow(cx, object, length, value)?;
    Ok(true)
}

fn put_sparse(
    cx: Cx<'_>,
    object: Object,
    sparse: Gc<SparseElements>,
    index: u32,
    entry: SparseEntry,
) -> JsResult<()> {
    let attributes = sparse.get(index).map_or(entry.attributes, |old| old.attributes);
    let before = out_of_memory(cx, sparse.insert(cx, index, SparseEntry { attributes, ..entry }))?;
    if before.is_none() && sparse.len() >= 64 && sparse.len().is_power_of_two() {
        densify_if_worthwhile(cx, object, sparse)?;
    }
    Ok(())
}

/// Writes an element with attributes of its own, or an accessor: the elements become sparse if they are not.
///
/// # Errors
/// Out of memory.
pub(crate) fn put_entry(cx: Cx<'_>, object: Object, index: u32, entry: SparseEntry) -> JsResult<()> {
    let sparse = make_sparse(cx, object)?;
    out_of_memory(cx, sparse.insert(cx, index, entry))?;
    Ok(())
}

/// The elements in sparse form; converted if need be.
///
/// # Errors
/// Out of memory.
pub(crate) fn make_sparse(cx: Cx<'_>, object: Object) -> JsResult<Gc<SparseElements>> {
    let sparse = match object.head().elements() {
        ElementsRef::Sparse(sparse) => return Ok(sparse),
        ElementsRef::None => {
            object.note_elements_on_prototype(cx);
            SparseElements::new(cx)
        }
        ElementsRef::Dense(dense) => {
            let attributes = lookup::dense_attributes(cx, object);
            out_of_memory(cx, SparseElements::from_dense(cx, dense, attributes))?
        }
    };
    object.head().replace_elements_by_sparse(cx, sparse);
    Ok(sparse)
}

/// Goes back to dense storage when all elements are plain and a quarter of the index range is taken.
fn densify_if_worthwhile(cx: Cx<'_>, object: Object, sparse: Gc<SparseElements>) -> JsResult<()> {
    let indices = sparse.indices();
    let Some(&last) = indices.last() else { return Ok(()) };
    if last >= Elements::MAX_CAPACITY || last / MIN_DENSITY > sparse.len() {
        return Ok(());
    }
    let plain = lookup::dense_attributes(cx, object);
    let is_plain = |&index: &u32| {
        sparse.get(index).is_some_and(|entry| entry.accessor().is_none() && entry.attributes == plain)
    };
    if !indices.iter().all(is_plain) {
        return Ok(());
    }
    let capacity = Elements::grown_capacity(last + 1);
    let Ok(dense) = Elements::with_capacity(cx, capacity) else { return Ok(()) };
    dense.resize(last + 1);
    for index in indices {
        if let Some(entry) = sparse.get(index) {
            dense.set(cx, index, entry.value);
        }
    }
    object.head().replace_elements(cx, dense);
    Ok(())
}

/// Removes an element that exists and is configurable.
pub(crate) fn remove(cx: Cx<'_>, object: Object, index: u32) {
    match object.head().elements() {
        ElementsRef::None => {}
        ElementsRef::Sparse(sparse) => {
            sparse.remove(cx, index);
        }
        ElementsRef::Dense(elements) => {
            if index + 1 == elements.len() {
                elements.pop();
                // Trailing holes are of no use to anybody.
                while !elements.is_empty() && elements.get(elements.len() - 1).is_some_and(Value::is_hole) {
                    elements.pop();
                }
            } else {
                elements.set(cx, index, Value::HOLE);
            }
        }
    }
}

/// The indices of the own elements in ascending order, as far as `elements` holds them.
pub(crate) fn indices(object: Object) -> Vec<u32> {
    match object.head().elements() {
        ElementsRef::None => Vec::new(),
        ElementsRef::Sparse(sparse) => sparse.indices(),
        ElementsRef::Dense(elements) => {
            (0..elements.len()).filter(|&i| elements.get(i).is_some_and(|v| !v.is_hole())).collect()
        }
    }
}

/// Restricts the attributes of sparse elements when the object is sealed or frozen; dense ones follow the shape.
pub(crate) fn restrict(cx: Cx<'_>, object: Object, level: unspool_shapes::Integrity) {
    if let ElementsRef::Sparse(sparse) = object.head().elements() {
        let removed = match level {
            unspool_shapes::Integrity::Frozen => Attributes::CONFIGURABLE.union(Attributes::WRITABLE),
            unspool_shapes::Integrity::Sealed => Attributes::CONFIGURABLE,
            _ => return,
        };
        sparse.restrict_all(cx, removed);
    }
}

/// Cuts the elements of an array at `length`, from the end. Gives the length reached: larger when an element that is not
/// configurable stays.
pub(crate) fn truncate(cx: Cx<'_>, array: Gc<Array>, length: u32) -> u32 {
    let object = Array::object(array);
    match object.head().elements() {
        ElementsRef::None => length,
        ElementsRef::Dense(elements) => {
            if length >= elements.len() {
                return length;
            }
            if !lookup::dense_attributes(cx, object).contains(Attributes::CONFIGURABLE) {
                return array::last_present(elements, length);
            }
            elements.resize(length);
            if length == 0 {
                object.head().clear_elements();
            } else if elements.capacity() > 64 && length < elements.capacity() / 4 {
                // Give memory back. Failure to allocate the smaller copy does no harm.
                if let Ok(small) = Elements::resized(cx, elements, length + length / 2 + 16) {
                    object.head().replace_elements(cx, small);
                }
            }
            length
        }
        ElementsRef::Sparse(sparse) => {
            for index in sparse.indices_from(length).into_iter().rev() {
                let configurable =
                    sparse.get(index).is_none_or(|entry| entry.attributes.contains(Attributes::CONFIGURABLE));
                if !configurable {
                    return index + 1;
                }
                sparse.remove(cx, index);
            }
            length
        }
    }
}
