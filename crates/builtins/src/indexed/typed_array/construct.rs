//! The constructors, `from` and `of`.
//!
//! A typed array is made over a new buffer, an existing one, another typed array, an array-like or an iterable
//! (23.2.5.1); the argument decides. One Rust function serves all classes, with the element type as a constant parameter.
//! `usize::MAX` as a length marks a view that tracks its resizable buffer.

use unspool_gc::Gc;
use unspool_runtime::bytes::{self, copy_bytes};
use unspool_runtime::cells::{ArrayBufferObject, Barriered, ElementType, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_index, to_object};
use unspool_runtime::function::call;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::object::typed_array::{self, buffer_byte_length, convert_element, is_detached};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_shapes::ShapeId;
use unspool_values::object::GcVec;
use unspool_values::{CellKind, Value};

use super::super::{get_index, index_key, number, require_callable};
use super::{create_with_length, kind_of};
use crate::iterate::{for_each_from_method, iterator_method};
use crate::structured::array_buffer::{new_buffer, throw_detached};

/// `%TypedArray%`
pub(super) fn abstract_constructor(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Err(cx.throw_type_error("Abstract class TypedArray not directly constructable"))
}

/// The shape of a new typed array.
fn shape_for(cx: Cx<'_>, new_target: Object, element: ElementType) -> JsResult<ShapeId> {
    builtin_shape(cx, new_target, CellKind::TypedArray, kind_of(element).prototype, |cx, prototype| {
        root_shape(cx, CellKind::TypedArray, Some(prototype), 0)
    })
}

/// A typed array of a shape over part of a buffer; `usize::MAX` as length tracks the buffer's.
fn view_of(
    cx: Cx<'_>,
    shape: ShapeId,
    element: ElementType,
    buffer: Gc<ArrayBufferObject>,
    byte_offset: usize,
    fixed_length: usize,
) -> Gc<TypedArrayObject> {
    cx.allocate_object(shape, |head| TypedArrayObject {
        head,
        buffer: Barriered::new(buffer),
        byte_offset,
        fixed_length,
        element_type: element,
    })
}

/// AllocateTypedArrayBuffer: a typed array over a new buffer.
fn allocate(cx: Cx<'_>, shape: ShapeId, element: ElementType, length: u64) -> JsResult<Gc<TypedArrayObject>> {
    let byte_length = length.checked_mul(element.size() as u64).filter(|n| *n <= isize::MAX as u64);
    let Some(byte_length) = byte_length else {
        return Err(cx.throw_range_error(format_args!("Invalid typed array length: {length}")));
    };
    let buffer = new_buffer(cx, byte_length)?;
    Ok(view_of(cx, shape, element, buffer, 0, length as usize))
}

/// A typed array of this realm's class of an element type.
pub(super) fn allocate_default(
    cx: Cx<'_>,
    element: ElementType,
    length: u64,
) -> JsResult<Gc<TypedArrayObject>> {
    let constructor = cx.intrinsic(kind_of(element).constructor);
    let shape = shape_for(cx, constructor, element)?;
    allocate(cx, shape, element, length)
}

/// The constructor of the class with element type number `E`.
pub(super) fn constructor<const E: u8>(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let element = const { ElementType::ALL[E as usize] };
    if !args.is_construct() {
        let class_name = kind_of(element).class_name.text();
        return Err(cx.throw_type_error(format_args!("Constructor {class_name} requires 'new'")));
    }
    let new_target = args.new_target_object();
    let array = match args.get(0).as_object() {
        None => {
            let length = to_index_length(cx, args.get(0))?;
            let shape = shape_for(cx, new_target, element)?;
            allocate(cx, shape, element, length)?
        }
        Some(first) => {
            let shape = shape_for(cx, new_target, element)?;
            if let Some(source) = first.to::<TypedArrayObject>() {
                from_typed_array(cx, shape, element, source)?
            } else if let Some(buffer) = first.to::<ArrayBufferObject>() {
                from_buffer(cx, shape, element, buffer, args.get(1), args.get(2))?
            } else {
                from_object(cx, shape, element, first)?
            }
        }
    };
    Ok(TypedArrayObject::object(array).into())
}

fn to_index_length(cx: Cx<'_>, value: Value) -> JsResult<u64> {
    if let Some(n) = value.to_i32()
        && n < 0
    {
        return Err(cx.throw_range_error(format_args!("Invalid typed array length: {n}")));
    }
    to_index(cx, value)
}

/// InitializeTypedArrayFromTypedArray
fn from_typed_array(
    cx: Cx<'_>,
    shape: ShapeId,
    element: ElementType,
    source: Gc<TypedArrayObject>,
) -> JsResult<Gc<TypedArrayObject>> {
    let Some(view) = typed_array::view(source) else { return Err(throw_detached(cx, "Construct")) };
    let length = view.length;
    if source.element_type.is_bigint() != element.is_bigint() {
        // The buffer is allocated before the content types are compared, which nobody can see.
        return Err(cx.throw_type_error("Cannot mix BigInt and other types, use explicit conversions"));
    }
    let array = allocate(cx, shape, element, length as u64)?;
    copy_elements(cx, source, 0, array, 0, length)?;
    Ok(array)
}

/// Copies elements between typed arrays of one content type, converting if need be. Ranges in one buffer may overlap only
/// if the types agree.
///
/// # Panics
/// If a range is out of bounds.
pub(super) fn copy_elements(
    cx: Cx<'_>,
    source: Gc<TypedArrayObject>,
    from: usize,
    target: Gc<TypedArrayObject>,
    to: usize,
    count: usize,
) -> JsResult<()> {
    let size = target.element_type.size();
    let same = source.element_type == target.element_type
        || (source.element_type.size() == 1 && size == 1 && target.element_type != ElementType::Uint8Clamped)
        || (source.element_type == ElementType::Uint8 && target.element_type == ElementType::Uint8Clamped);
    if same {
        if let (Some(from_bytes), Some(to_bytes)) =
            (bytes::element_bytes(&source), bytes::element_bytes(&target))
        {
            copy_bytes(
                &from_bytes[from * size..(from + count) * size],
                &to_bytes[to * size..(to + count) * size],
            );
        }
        return Ok(());
    }
    for i in 0..count {
        cx.poll_interrupt()?;
        if let Some(value) = typed_array::get(cx, source, from + i) {
            // Numbers convert without running JavaScript, and BigInts to BigInts too.
            typed_array::set(cx, target, to + i, value)?;
        }
    }
    Ok(())
}

/// InitializeTypedArrayFromArrayBuffer
fn from_buffer(
    cx: Cx<'_>,
    shape: ShapeId,
    element: ElementType,
    buffer: Gc<ArrayBufferObject>,
    byte_offset: Value,
    length: Value,
) -> JsResult<Gc<TypedArrayObject>> {
    let size = element.size() as u64;
    let class_name = kind_of(element).class_name.text();
    let offset = to_index(cx, byte_offset)?;
    if offset % size != 0 {
        return Err(
            cx.throw_range_error(format_args!("start offset of {class_name} should be a multiple of {size}"))
        );
    }
    let new_length = if length.is_undefined() { None } else { Some(to_index_length(cx, length)?) };
    if is_detached(buffer) {
        return Err(throw_detached(cx, "Construct"));
    }
    let available = buffer_byte_length(buffer) as u64;
    let out_of_bounds = |cx: Cx<'_>| {
        cx.throw_range_error(format_args!("Start offset {offset} is outside the bounds of the buffer"))
    };
    let fixed_length = match new_length {
        None if buffer.max_byte_length.get() != usize::MAX => {
            if offset > available {
                return Err(out_of_bounds(cx));
            }
            usize::MAX
        }
        None => {
            if !available.is_multiple_of(size) {
                return Err(cx.throw_range_error(format_args!(
                    "byte length of {class_name} should be a multiple of {size}"
                )));
            }
            if offset > available {
                return Err(out_of_bounds(cx));
            }
            ((available - offset) / size) as usize
        }
        Some(length) => {
            let end = length.checked_mul(size).and_then(|n| n.checked_add(offset));
            if end.is_none_or(|end| end > available) {
                return Err(cx.throw_range_error(format_args!("Invalid typed array length: {length}")));
            }
            length as usize
        }
    };
    Ok(view_of(cx, shape, element, buffer, offset as usize, fixed_length))
}

/// From an iterable or array-like object.
fn from_object(
    cx: Cx<'_>,
    shape: ShapeId,
    element: ElementType,
    source: Object,
) -> JsResult<Gc<TypedArrayObject>> {
    let method = iterator_method(cx, source.into())?;
    if method.is_undefined() {
        let length = source.length_of_array_like(cx)?;
        let array = allocate(cx, shape, element, length)?;
        for k in 0..length {
            cx.poll_interrupt()?;
            let value = get_index(cx, source, k)?;
            typed_array::set(cx, array, k as usize, value)?;
        }
        return Ok(array);
    }
    let values = GcVec::new(cx);
    for_each_from_method(cx, source.into(), method, |value| values.push(cx, value).or_throw(cx))?;
    let array = allocate(cx, shape, element, values.len() as u64)?;
    for (k, value) in values.iter().enumerate() {
        if !typed_array::set_number(array, k, value) {
            cx.poll_interrupt()?;
            typed_array::set(cx, array, k, value)?;
        }
    }
    Ok(array)
}

fn require_constructor(cx: Cx<'_>, this: Value) -> JsResult<Object> {
    match this.as_object() {
        Some(constructor) if constructor.is_constructor() => Ok(constructor),
        _ => Err(cx.throw_type_error(format_args!("{} is not a constructor", cx.describe(this)))),
    }
}

/// `%TypedArray%.of`
pub(super) fn of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let constructor = require_constructor(cx, args.this)?;
    let array = create_with_length(cx, constructor, args.len(), "of")?;
    let object = TypedArrayObject::object(array);
    for (k, value) in args.values.iter().enumerate() {
        object.set(cx, index_key(cx, k as u64), *value)?;
    }
    Ok(object.into())
}

/// `%TypedArray%.from`
pub(super) fn from(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let constructor = require_constructor(cx, args.this)?;
    let mapper = args.get(1);
    if !mapper.is_undefined() {
        require_callable(cx, mapper)?;
    }
    let map = |value: Value, k: u64| {
        if mapper.is_undefined() { Ok(value) } else { call(cx, mapper, args.get(2), &[value, number(k)]) }
    };
    let method = iterator_method(cx, args.get(0))?;
    if !method.is_undefined() {
        let values = GcVec::new(cx);
        for_each_from_method(cx, args.get(0), method, |value| values.push(cx, value).or_throw(cx))?;
        let array = create_with_length(cx, constructor, values.len(), "from")?;
        for k in 0..values.len() {
            cx.poll_interrupt()?;
            let value = map(values.get(k), k as u64)?;
            TypedArrayObject::object(array).set(cx, index_key(cx, k as u64), value)?;
        }
        return Ok(TypedArrayObject::object(array).into());
    }
    let source = to_object(cx, args.get(0))?;
    let length = source.length_of_array_like(cx)?;
    let array = create_with_length(cx, constructor, usize::try_from(length).unwrap_or(usize::MAX), "from")?;
    for k in 0..length {
        cx.poll_interrupt()?;
        let value = map(get_index(cx, source, k)?, k)?;
        TypedArrayObject::object(array).set(cx, index_key(cx, k), value)?;
    }
    Ok(TypedArrayObject::object(array).into())
}

/// What `subarray` makes: a view of the same buffer through a constructor.
pub(super) fn construct_view(
    cx: Cx<'_>,
    constructor: Object,
    arguments: &[Value],
) -> JsResult<Gc<TypedArrayObject>> {
    let new = unspool_runtime::function::construct(cx, constructor, arguments, constructor)?;
    Ok(super::validate(cx, new.into(), "subarray")?.0)
}

/// Converts for storing: `ToNumber` or `ToBigInt` as the element type demands.
pub(super) fn convert(cx: Cx<'_>, element: ElementType, value: Value) -> JsResult<typed_array::RawElement> {
    convert_element(cx, element, value)
}
