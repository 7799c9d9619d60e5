//! DataView objects (ECMA-262 25.3).
//!
//! The getters and setters of all element types are two Rust functions with the type as a constant parameter; bytes are
//! swapped when the order asked for is not the machine's. A view over a resizable buffer may go out of bounds and come
//! back, so bounds are computed at each access.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::bytes;
use unspool_runtime::cells::{ArrayBufferObject, ByteStore, DataViewObject, ElementType};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_boolean, to_index};
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::object::typed_array::{RawElement, buffer_byte_length, convert_element, is_detached};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::atom::KnownAtom as A;
use unspool_values::{CellKind, Value};

use super::array_buffer::throw_detached;
use crate::class::{ClassSpec, require_new};
use crate::keyed::incompatible_receiver;

/// The accessors of one element type, by the type's number.
const fn get_of<const E: u8>(method: A) -> Property {
    Property::Method(Name::Atom(method), 1, get::<E>)
}

const fn set_of<const E: u8>(method: A) -> Property {
    Property::Method(Name::Atom(method), 2, set::<E>)
}

const SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Getter(Name::Atom(A::buffer), buffer),
        Property::Getter(Name::Atom(A::byteLength), byte_length),
        Property::Getter(Name::Atom(A::byteOffset), byte_offset),
        get_of::<{ ElementType::Int8 as u8 }>(A::getInt8),
        set_of::<{ ElementType::Int8 as u8 }>(A::setInt8),
        get_of::<{ ElementType::Uint8 as u8 }>(A::getUint8),
        set_of::<{ ElementType::Uint8 as u8 }>(A::setUint8),
        get_of::<{ ElementType::Int16 as u8 }>(A::getInt16),
        set_of::<{ ElementType::Int16 as u8 }>(A::setInt16),
        get_of::<{ ElementType::Uint16 as u8 }>(A::getUint16),
        set_of::<{ ElementType::Uint16 as u8 }>(A::setUint16),
        get_of::<{ ElementType::Int32 as u8 }>(A::getInt32),
        set_of::<{ ElementType::Int32 as u8 }>(A::setInt32),
        get_of::<{ ElementType::Uint32 as u8 }>(A::getUint32),
        set_of::<{ ElementType::Uint32 as u8 }>(A::setUint32),
        get_of::<{ ElementType::Float16 as u8 }>(A::getFloat16),
        set_of::<{ ElementType::Float16 as u8 }>(A::setFloat16),
        get_of::<{ ElementType::Float32 as u8 }>(A::getFloat32),
        set_of::<{ ElementType::Float32 as u8 }>(A::setFloat32),
        get_of::<{ ElementType::Float64 as u8 }>(A::getFloat64),
        set_of::<{ ElementType::Float64 as u8 }>(A::setFloat64),
        get_of::<{ ElementType::BigInt64 as u8 }>(A::getBigInt64),
        set_of::<{ ElementType::BigInt64 as u8 }>(A::setBigInt64),
        get_of::<{ ElementType::BigUint64 as u8 }>(A::getBigUint64),
        set_of::<{ ElementType::BigUint64 as u8 }>(A::setBigUint64),
        Property::Tag("DataView"),
    ],
    ..ClassSpec::new(A::DataView, 1, data_view, Intrinsic::DataView, Intrinsic::DataViewPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

/// `DataView`
fn data_view(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "DataView")?;
    let Some(buffer) = args.get(0).to::<ArrayBufferObject>() else {
        return Err(cx.throw_type_error("First argument to DataView constructor must be an ArrayBuffer"));
    };
    let offset = to_index(cx, args.get(1))?;
    if is_detached(buffer) {
        return Err(throw_detached(cx, "DataView"));
    }
    let available = buffer_byte_length(buffer) as u64;
    if offset > available {
        return Err(
            cx.throw_range_error(format_args!("Start offset {offset} is outside the bounds of the buffer"))
        );
    }
    let length = match args.get(2) {
        Value::UNDEFINED => None,
        length => Some(to_index(cx, length)?),
    };
    let check = |fixed: Option<u64>, available: u64| -> JsResult<usize> {
        if offset > available || fixed.is_some_and(|length| offset + length > available) {
            let text = fixed.map_or(offset, |length| length);
            return Err(cx.throw_range_error(format_args!("Invalid DataView length {text}")));
        }
        Ok(match fixed {
            Some(length) => length as usize,
            None if buffer.max_byte_length.get() != usize::MAX => usize::MAX,
            None => (available - offset) as usize,
        })
    };
    // Converting the length may have detached or shrunk the buffer; that counts below.
    check(length, available)?;
    let shape = builtin_shape(
        cx,
        args.new_target_object(),
        CellKind::DataView,
        Intrinsic::DataViewPrototype,
        |cx, prototype| root_shape(cx, CellKind::DataView, Some(prototype), 0),
    )?;
    // Reading the prototype may have detached or shrunk the buffer.
    if is_detached(buffer) {
        return Err(throw_detached(cx, "DataView"));
    }
    let fixed_length = check(length, buffer_byte_length(buffer) as u64)?;
    let view = cx.allocate_object(shape, |head| DataViewObject {
        head,
        buffer,
        byte_offset: offset as usize,
        fixed_length,
    });
    Ok(DataViewObject::object(view).into())
}

fn receiver(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<DataViewObject>> {
    this.to::<DataViewObject>().ok_or_else(|| incompatible_receiver(cx, method, this))
}

/// The bytes of a view now and their number; nothing if it is out of bounds.
fn bytes_of(view: Gc<DataViewObject>) -> Option<(Gc<ByteStore>, usize)> {
    let (store, length) = bytes::attached(view.buffer)?;
    if view.fixed_length == usize::MAX {
        return Some((store, length.checked_sub(view.byte_offset)?));
    }
    (view.byte_offset + view.fixed_length <= length).then_some((store, view.fixed_length))
}

fn require_in_bounds(cx: Cx<'_>, view: Gc<DataViewObject>, method: &str) -> JsResult<(Gc<ByteStore>, usize)> {
    match bytes_of(view) {
        Some(found) => Ok(found),
        None if is_detached(view.buffer) => Err(throw_detached(cx, method)),
        None => Err(cx.throw_type_error(format_args!("Invalid DataView accessor {method}: out of bounds"))),
    }
}

fn buffer(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(ArrayBufferObject::object(receiver(cx, args.this, "DataView.prototype.buffer")?.buffer).into())
}

fn byte_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = "DataView.prototype.byteLength";
    let (_, length) = require_in_bounds(cx, receiver(cx, args.this, method)?, method)?;
    Ok(Value::from_usize(length))
}

fn byte_offset(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = "DataView.prototype.byteOffset";
    let view = receiver(cx, args.this, method)?;
    require_in_bounds(cx, view, method)?;
    Ok(Value::from_usize(view.byte_offset))
}

const fn element_of(number: u8) -> ElementType {
    ElementType::ALL[number as usize]
}

/// GetViewValue and SetViewValue as far as they agree: the store and byte position of the element.
fn locate(
    cx: Cx<'_>,
    view: Gc<DataViewObject>,
    index: u64,
    element: ElementType,
) -> JsResult<(Gc<ByteStore>, usize)> {
    let (store, length) = require_in_bounds(cx, view, "DataView accessor")?;
    if index + element.size() as u64 > length as u64 {
        return Err(cx.throw_range_error("Offset is outside the bounds of the DataView"));
    }
    Ok((store, view.byte_offset + index as usize))
}

/// Is the argument for little-endian order different from the machine's?
fn must_swap(little_endian: Value) -> bool {
    to_boolean(little_endian) != cfg!(target_endian = "little")
}

fn get<const E: u8>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let element = const { element_of(E) };
    let view = receiver(cx, args.this, "DataView accessor")?;
    let index = to_index(cx, args.get(0))?;
    let (store, position) = locate(cx, view, index, element)?;
    if element.size() > 1 && must_swap(args.get(1)) {
        // Swapped in place on a copy of the bytes.
        let mut copy = [0u8; 8];
        let size = element.size();
        for (to, from) in copy[..size].iter_mut().rev().zip(store.bytes(position, size)) {
            *to = from.get();
        }
        return Ok(bytes::read_copy(cx, element, copy));
    }
    Ok(bytes::read(cx, store, element, position))
}

fn set<const E: u8>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let element = const { element_of(E) };
    let view = receiver(cx, args.this, "DataView accessor")?;
    let index = to_index(cx, args.get(0))?;
    let raw: RawElement = convert_element(cx, element, args.get(1))?;
    let (store, position) = locate(cx, view, index, element)?;
    bytes::write(store, element, position, raw);
    if element.size() > 1 && must_swap(args.get(2)) {
        let written = store.bytes(position, element.size());
        for i in 0..written.len() / 2 {
            written[i].swap(&written[written.len() - 1 - i]);
        }
    }
    Ok(Value::UNDEFINED)
}
