//! The object verifier: what must hold for every object, checked in debug builds and under stress.
//!
//! Rules:
//! 1. The shape's class is the object's kind.
//! 2. Inline slots: the object has at least as many as its shape's inline capacity says, and none unless its kind has them.
//! 3. Out-of-line storage holds every slot beyond the inline capacity.
//! 4. An accessor property's slot holds an accessor cell, a data property's slot does not.
//! 5. Dense elements: the length is within the capacity, no element is an accessor cell.
//! 6. Sparse elements: every entry below 2^32 − 1; entries of a frozen or sealed object are restricted.
//! 7. Arrays: no element at or beyond `length`; `length_writable` says what the shape says.
//! 8. A prototype named by the shape has a shape of its own, marked as a prototype's.

use unspool_shapes::{Location, PropertyKind, ShapeFlags};
use unspool_values::atom::KnownAtom;
use unspool_values::object::{Accessor, ElementsRef};

use super::{Object, slots};
use crate::cells::Array;
use crate::isolate::Cx;

/// Checks an object; the error names the rule and what broke it.
///
/// # Errors
/// A rule does not hold.
pub(crate) fn verify_object(cx: Cx<'_>, object: Object) -> Result<(), String> {
    let shape = object.shape();
    let summary = cx.shapes.shape(shape);
    let fail =
        |rule: u32, what: String| Err(format!("rule {rule}: {shape} of a {}: {what}", object.kind().name()));
    if summary.class != object.kind() as u8 {
        return fail(1, format!("class {}", summary.class));
    }
    let physical = object.head().inline_slots();
    if summary.inline_capacity > physical || (physical > 0 && !slots::has_inline_slots(object.kind())) {
        return fail(2, format!("{physical} inline slots for a capacity of {}", summary.inline_capacity));
    }
    let beyond = summary.slot_count.saturating_sub(u32::from(summary.inline_capacity));
    let room = object.head().slots().map_or(0, |s| s.capacity());
    if beyond > room {
        return fail(3, format!("{beyond} slots beyond the inline ones, room for {room}"));
    }
    for (key, property) in cx.shapes.properties(shape) {
        if let Location::Slot(slot) = property.location {
            let is_accessor = object.slot_value(cx, slot).to::<Accessor>().is_some();
            if is_accessor != (property.kind == PropertyKind::Accessor) {
                return fail(4, format!("property {key} is {:?}, its slot {slot} disagrees", property.kind));
            }
        }
    }
    match object.head().elements() {
        ElementsRef::None => {}
        ElementsRef::Dense(elements) => {
            if elements.len() > elements.capacity() {
                return fail(
                    5,
                    format!("length {} exceeds capacity {}", elements.len(), elements.capacity()),
                );
            }
            if let Some(i) = elements.values().iter().position(|v| v.get().to::<Accessor>().is_some()) {
                return fail(5, format!("element {i} is an accessor"));
            }
        }
        ElementsRef::Sparse(sparse) => {
            for index in sparse.indices() {
                let Some(entry) = sparse.get(index) else { return fail(6, format!("entry {index} is lost")) };
                let kind =
                    if entry.accessor().is_some() { PropertyKind::Accessor } else { PropertyKind::Data };
                if index == u32::MAX || summary.integrity.restrict(entry.attributes, kind) != entry.attributes
                {
                    return fail(6, format!("entry {index} has attributes {}", entry.attributes));
                }
            }
        }
    }
    if let Some(array) = object.to::<Array>() {
        let length = array.length.get();
        let end = match object.head().elements() {
            ElementsRef::None => 0,
            ElementsRef::Dense(elements) => super::array::last_present(elements, 0),
            ElementsRef::Sparse(sparse) => sparse.indices().last().map_or(0, |i| i + 1),
        };
        if end > length {
            return fail(7, format!("an element at {} with length {length}", end - 1));
        }
        let writable =
            cx.shapes.lookup(shape, cx.key(KnownAtom::length)).is_some_and(|p| p.attributes.is_writable());
        if writable != array.length_writable.get() {
            return fail(7, format!("length_writable is {}", array.length_writable.get()));
        }
    }
    if let Some(prototype) = object.prototype(cx)
        && !object.is_proxy()
        && !cx.shapes.flags(prototype.shape()).contains(ShapeFlags::USED_AS_PROTOTYPE)
    {
        return fail(8, format!("prototype with {}", prototype.shape()));
    }
    Ok(())
}

/// Larger objects are not checked at every change: the check is linear.
const MAX_CHECKED: u32 = 64;

/// Checks an object of modest size in debug builds.
///
/// # Panics
/// In debug builds, when a rule does not hold.
#[inline(always)]
pub(crate) fn debug_verify(cx: Cx<'_>, object: Object) {
    let modest = |elements: ElementsRef| match elements {
        ElementsRef::None => true,
        ElementsRef::Dense(elements) => elements.len() <= MAX_CHECKED,
        ElementsRef::Sparse(sparse) => sparse.len() <= MAX_CHECKED,
    };
    if cfg!(debug_assertions)
        && cx.shapes.property_count(object.shape()) <= MAX_CHECKED
        && modest(object.head().elements())
        && let Err(error) = verify_object(cx, object)
    {
        panic!("object verifier: {error}");
    }
}
