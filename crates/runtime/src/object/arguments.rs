//! Arguments exotic objects (ECMA-262 10.4.4).
//!
//! The elements hold the arguments as passed. A *mapped* index aliases the slot of a formal in the function's context: its
//! value is read from and written to that slot, until the index is deleted, frozen or made an accessor. The map is a value
//! buffer with the context slot (an int32) or the hole for each index; it goes away with its last entry's use, never grows.
//! So that fast paths on dense elements need not know about maps, a mapped element is a hole in dense storage.

use unspool_bytecode::{ConstIndex, Constant};
use unspool_gc::Gc;
use unspool_shapes::{Attributes, ShapeId};
use unspool_values::object::{Elements, ElementsRef, ValueBuffer};
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{PropertyKey, Value};

use super::lookup::{Found, Place, dense_attributes};
use super::{Object, PropertyDescriptor, define, elements};
use crate::cells::{ArgumentsObject, Barriered, Context, Function, FunctionTemplate};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::{Intrinsic, Realm, RealmShape};

impl Object {
    /// CreateUnmappedArgumentsObject
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn unmapped_arguments(cx: Cx<'_>, values: &[Value]) -> JsResult<Object> {
        let object = allocate(cx, RealmShape::UnmappedArguments, values, None, None)?;
        let thrower = cx.intrinsic(Intrinsic::ThrowTypeError).into();
        let callee = unspool_values::object::Accessor::new(cx, thrower, thrower);
        object.set_raw_slot(cx, 0, 2, Value::from_cell(callee));
        Ok(object)
    }

    /// CreateMappedArgumentsObject. `slots` gives for each formal the context slot that holds it, for the formals that live
    /// in `context`; of two formals with one name the last has the slot and the earlier none.
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn mapped_arguments(
        cx: Cx<'_>,
        function: Gc<Function>,
        values: &[Value],
        context: Option<Gc<Context>>,
        slots: impl Iterator<Item = Option<u32>>,
    ) -> JsResult<Object> {
        let map = match context {
            None => None,
            Some(_) => {
                let map = ValueBuffer::with_capacity(cx, values.len() as u32)
                    .map_err(|_| cx.throw_out_of_memory())?;
                map.resize(values.len() as u32);
                for (i, slot) in slots.take(values.len()).enumerate() {
                    if let Some(slot) = slot {
                        map.set(cx, i as u32, Value::from_i32(slot as i32));
                    }
                }
                Some(map)
            }
        };
        let object = allocate(cx, RealmShape::MappedArguments, values, context, map)?;
        object.set_raw_slot(cx, 0, 2, Function::object(function).into());
        if let (Some(map), Some(dense)) = (map, object.head().raw_elements()) {
            for i in 0..map.len() {
                if map.get(i).is_some_and(Value::is_i32) {
                    dense.set(cx, i, Value::HOLE);
                }
            }
        }
        Ok(object)
    }
}

fn allocate(
    cx: Cx<'_>,
    shape: RealmShape,
    values: &[Value],
    context: Option<Gc<Context>>,
    map: Option<Gc<ValueBuffer>>,
) -> JsResult<Object> {
    let shape = Realm::shape(cx.realm(), cx, shape);
    let iterator = cx.intrinsic(Intrinsic::ArrayPrototypeValues);
    let storage = if values.is_empty() {
        None
    } else {
        Some(Elements::from_slice(cx, values).map_err(|_| cx.throw_out_of_memory())?)
    };
    let cell = cx.allocate_object(shape, |head| ArgumentsObject { head, context, map: Barriered::new(map) });
    let object = ArgumentsObject::object(cell);
    object.provide_slots(cx, shape, 0);
    debug_assert_eq!(
        cx.shapes.lookup(shape, cx.symbol_key(WellKnownSymbol::iterator)).map(|p| p.location),
        Some(unspool_shapes::Location::Slot(1))
    );
    object.set_raw_slot(cx, 0, 0, Value::from_usize(values.len()));
    object.set_raw_slot(cx, 0, 1, iterator.into());
    if let Some(storage) = storage {
        object.head().replace_elements(cx, storage);
    }
    Ok(object)
}

/// An arguments object of `count` elements for whoever cannot fail and writes context, slots and elements next: they are undefined and
/// holes. `scope` is the constant of the template whose mapped parameters a sloppy function's object aliases.
pub fn unlimited(
    cx: Cx<'_>,
    template: Gc<FunctionTemplate>,
    shape: ShapeId,
    scope: Option<u32>,
    count: u32,
) -> Gc<ArgumentsObject> {
    let elements = (count > 0).then(|| Elements::unlimited(cx, count));
    if let Some(elements) = elements {
        elements.resize(count);
    }
    let callee = match scope {
        Some(_) => Value::UNDEFINED,
        None => {
            let thrower = Realm::intrinsic(template.realm, cx, Intrinsic::ThrowTypeError).into();
            Value::from_cell(unspool_values::object::Accessor::new(cx, thrower, thrower))
        }
    };
    let code = template.code().expect("running code is compiled");
    let slots = match scope.and_then(|scope| code.constant(ConstIndex(scope))) {
        Some(Constant::Scope(info)) => &info.mapped_parameters[..],
        _ => &[],
    };
    let map = (count > 0 && !slots.is_empty()).then(|| {
        let map = ValueBuffer::unlimited(cx, count);
        map.resize(count);
        for (i, slot) in slots.iter().take(count as usize).enumerate() {
            if let Some(slot) = slot {
                map.set(cx, i as u32, Value::from_i32(*slot as i32));
            }
        }
        map
    });
    let cell =
        cx.allocate_object(shape, |head| ArgumentsObject { head, context: None, map: Barriered::new(map) });
    let object = ArgumentsObject::object(cell);
    object.provide_slots(cx, shape, 0);
    object.set_raw_slot(cx, 0, 2, callee);
    if let Some(elements) = elements {
        object.head().replace_elements(cx, elements);
    }
    cell
}

fn mapped_slot(object: Object, index: u32) -> Option<(Gc<Context>, u32)> {
    let arguments = object.to::<ArgumentsObject>()?;
    let slot = arguments.map.get()?.get(index)?.to_i32()?;
    Some((arguments.context?, slot as u32))
}

/// An own element of an arguments object: the context slot's value where the index is mapped.
pub(crate) fn own(cx: Cx<'_>, object: Object, index: u32) -> Option<Found> {
    match mapped_slot(object, index) {
        Some((context, slot)) => {
            let attributes = match object.head().elements() {
                ElementsRef::Sparse(sparse) => {
                    sparse.get(index).map_or(Attributes::ALL, |entry| entry.attributes)
                }
                _ => dense_attributes(cx, object),
            };
            Some(Found { value: context.slot(slot), attributes, place: Place::Mapped(index) })
        }
        None => super::lookup::own_element(cx, object, index),
    }
}

/// Writes through a mapped index.
pub(crate) fn write_mapped(cx: Cx<'_>, object: Object, index: u32, value: Value) {
    if let Some((context, slot)) = mapped_slot(object, index) {
        Context::assign_slot(context, cx, slot, value);
    }
}

/// Ends the aliasing of an index; its element gets the value it had.
pub(crate) fn unmap(cx: Cx<'_>, object: Object, index: u32) -> JsResult<()> {
    let Some((context, slot)) = mapped_slot(object, index) else { return Ok(()) };
    let value = context.slot(slot);
    let arguments = object.to::<ArgumentsObject>().expect("only arguments objects are mapped");
    if let Some(map) = arguments.map.get() {
        map.set(cx, index, Value::HOLE);
    }
    elements::put(cx, object, index, value)
}

/// `[[DefineOwnProperty]]` (10.4.4.2)
pub(crate) fn define_own_property(
    cx: Cx<'_>,
    object: Object,
    key: PropertyKey,
    descriptor: &PropertyDescriptor,
) -> JsResult<bool> {
    let Some(index) = key.as_index() else { return define::ordinary_define(cx, object, key, descriptor) };
    let Some((context, slot)) = mapped_slot(object, index) else {
        return define::ordinary_define(cx, object, key, descriptor);
    };
    let stays_mapped = !descriptor.is_accessor() && descriptor.writable != Some(false);
    if stays_mapped && has_default_attributes(cx, object, index) && keeps_default_attributes(descriptor) {
        if let Some(value) = descriptor.value {
            Context::assign_slot(context, cx, slot, value);
        }
        return Ok(true);
    }
    // The element takes the current value and the definition happens to it; then the map is mended.
    unmap(cx, object, index)?;
    if !define::ordinary_define(cx, object, key, descriptor)? {
        remap(cx, object, index, slot);
        return Ok(false);
    }
    if descriptor.is_accessor() {
        return Ok(true);
    }
    if let Some(value) = descriptor.value {
        Context::assign_slot(context, cx, slot, value);
    }
    if descriptor.writable != Some(false) {
        remap(cx, object, index, slot);
    }
    Ok(true)
}

fn has_default_attributes(cx: Cx<'_>, object: Object, index: u32) -> bool {
    own(cx, object, index).is_some_and(|found| found.attributes == Attributes::ALL)
}

fn keeps_default_attributes(descriptor: &PropertyDescriptor) -> bool {
    [descriptor.writable, descriptor.enumerable, descriptor.configurable]
        .iter()
        .all(|field| *field != Some(false))
}

fn remap(cx: Cx<'_>, object: Object, index: u32, slot: u32) {
    let Some(arguments) = object.to::<ArgumentsObject>() else { return };
    let Some(map) = arguments.map.get() else { return };
    map.set(cx, index, Value::from_i32(slot as i32));
    if let ElementsRef::Dense(dense) = object.head().elements()
        && index < dense.len()
    {
        dense.set(cx, index, Value::HOLE);
    }
}

/// The number of elements of an arguments object of this realm whose `length` is as it was made or an int32 since, when all
/// elements below it can be read by [`plain_element`]: what `apply` and spreading need to know to read them directly.
pub(crate) fn plain_length(cx: Cx<'_>, object: Object) -> Option<u32> {
    object.to::<ArgumentsObject>()?;
    let realm = cx.realm();
    let shape = object.shape();
    if shape != Realm::shape(realm, cx, RealmShape::MappedArguments)
        && shape != Realm::shape(realm, cx, RealmShape::UnmappedArguments)
    {
        return None;
    }
    let length = u32::try_from(object.raw_slot(0, 0).to_i32()?).ok()?;
    (0..length).all(|index| plain_element(object, index).is_some()).then_some(length)
}

/// The value of an element that is mapped or dense.
#[inline]
pub(crate) fn plain_element(object: Object, index: u32) -> Option<Value> {
    match object.head().dense_element(index) {
        Some(value) => Some(value),
        None => mapped_slot(object, index).map(|(context, slot)| context.slot(slot)),
    }
}

/// Ends the aliasing of all indices: the object is being frozen.
pub(crate) fn unmap_all(cx: Cx<'_>, object: Object) -> JsResult<()> {
    let length = object.to::<ArgumentsObject>().and_then(|a| a.map.get()).map_or(0, |map| map.len());
    for index in 0..length {
        unmap(cx, object, index)?;
    }
    Ok(())
}

/// The indices of the own elements in ascending order, the mapped ones included.
pub(crate) fn indices(object: Object) -> Vec<u32> {
    let mut indices = elements::indices(object);
    if let Some(map) = object.to::<ArgumentsObject>().and_then(|a| a.map.get()) {
        indices.extend((0..map.len()).filter(|&i| map.get(i).is_some_and(Value::is_i32)));
        indices.sort_unstable();
        indices.dedup();
    }
    indices
}
