//! ArrayBuffer and SharedArrayBuffer objects (ECMA-262 25.1, 25.2).
//!
//! A resizable buffer owns bytes up to its maximum from the start (the system commits them when they are touched), so its
//! address never changes. Bytes beyond the current length are zero.

use unspool_gc::Gc;
use unspool_runtime::bytes::{attached, buffer_over, copy_bytes, detach};
use unspool_runtime::cells::{ArrayBufferObject, ByteStore, DataViewObject, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_index, to_integer_or_infinity};
use unspool_runtime::function::construct;
use unspool_runtime::ic::construct::builtin_shape;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::object::typed_array::{buffer_byte_length, is_detached};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol as S;
use unspool_values::{CellKind, Value};

use crate::class::{ClassSpec, require_new};
use crate::indexed::clamp_relative;
use crate::keyed::incompatible_receiver;

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::isView), 1, is_view),
        Property::Getter(Name::Symbol(S::species), crate::class::species),
    ],
    members: &[
        Property::Getter(Name::Atom(A::byteLength), byte_length),
        Property::Method(Name::Atom(A::slice), 2, slice),
        Property::Getter(Name::Atom(A::maxByteLength), max_byte_length),
        Property::Getter(Name::Atom(A::resizable), resizable),
        Property::Method(Name::Atom(A::resize), 1, resize),
        Property::Method(Name::Atom(A::transfer), 0, transfer),
        Property::Method(Name::Atom(A::transferToFixedLength), 0, transfer_to_fixed_length),
        Property::Getter(Name::Atom(A::detached), detached),
        Property::Tag("ArrayBuffer"),
    ],
    ..ClassSpec::new(A::ArrayBuffer, 1, array_buffer, Intrinsic::ArrayBuffer, Intrinsic::ArrayBufferPrototype)
};

const SHARED_SPEC: ClassSpec = ClassSpec {
    statics: &[Property::Getter(Name::Symbol(S::species), crate::class::species)],
    members: &[
        Property::Getter(Name::Atom(A::byteLength), shared_byte_length),
        Property::Method(Name::Atom(A::slice), 2, shared_slice),
        Property::Getter(Name::Atom(A::maxByteLength), shared_max_byte_length),
        Property::Getter(Name::Atom(A::growable), growable),
        Property::Method(Name::Atom(A::grow), 1, grow),
        Property::Tag("SharedArrayBuffer"),
    ],
    ..ClassSpec::new(
        A::SharedArrayBuffer,
        1,
        shared_array_buffer,
        Intrinsic::SharedArrayBuffer,
        Intrinsic::SharedArrayBufferPrototype,
    )
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    match which {
        Intrinsic::SharedArrayBuffer | Intrinsic::SharedArrayBufferPrototype => SHARED_SPEC.make(cx, realm),
        _ => SPEC.make(cx, realm),
    }
}

// ---- allocation --------------------------------------------------------------------------------------------------------

/// Which of the two constructors a buffer comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BufferClass {
    ArrayBuffer,
    SharedArrayBuffer,
}

/// AllocateArrayBuffer and AllocateSharedArrayBuffer: zero bytes.
///
/// # Errors
/// A `RangeError` when the length exceeds the maximum or memory is short.
pub(crate) fn allocate(
    cx: Cx<'_>,
    new_target: Object,
    byte_length: u64,
    max_byte_length: Option<u64>,
    class: BufferClass,
) -> JsResult<Gc<ArrayBufferObject>> {
    let default = match class {
        BufferClass::ArrayBuffer => Intrinsic::ArrayBufferPrototype,
        BufferClass::SharedArrayBuffer => Intrinsic::SharedArrayBufferPrototype,
    };
    if max_byte_length.is_some_and(|max| byte_length > max) {
        return Err(cx.throw_range_error("Invalid array buffer max length"));
    }
    let shape = builtin_shape(cx, new_target, CellKind::ArrayBuffer, default, |cx, prototype| {
        root_shape(cx, CellKind::ArrayBuffer, Some(prototype), 0)
    })?;
    let store = usize::try_from(max_byte_length.unwrap_or(byte_length))
        .ok()
        .filter(|capacity| *capacity <= isize::MAX as usize - 64)
        .and_then(|capacity| match class {
            BufferClass::ArrayBuffer => ByteStore::new(cx, capacity).ok(),
            BufferClass::SharedArrayBuffer => ByteStore::new_shared(cx, capacity).ok(),
        });
    let Some(store) = store else {
        return Err(cx.throw_range_error("Array buffer allocation failed"));
    };
    Ok(buffer_over(cx, shape, store, byte_length as usize, max_byte_length.map(|n| n as usize)))
}

/// A new fixed-length ArrayBuffer with `%ArrayBuffer.prototype%`.
///
/// # Errors
/// As [`allocate`].
pub(crate) fn new_buffer(cx: Cx<'_>, byte_length: u64) -> JsResult<Gc<ArrayBufferObject>> {
    let constructor = cx.intrinsic(Intrinsic::ArrayBuffer);
    allocate(cx, constructor, byte_length, None, BufferClass::ArrayBuffer)
}

/// GetArrayBufferMaxByteLengthOption
fn max_byte_length_option(cx: Cx<'_>, options: Value) -> JsResult<Option<u64>> {
    let Some(options) = options.as_object() else { return Ok(None) };
    let max = options.get(cx, cx.key(A::maxByteLength))?;
    if max.is_undefined() { Ok(None) } else { Ok(Some(to_index(cx, max)?)) }
}

fn construct_buffer(cx: Cx<'_>, args: Arguments<'_>, class: BufferClass) -> JsResult<Value> {
    let byte_length = to_index(cx, args.get(0))?;
    let max = max_byte_length_option(cx, args.get(1))?;
    let buffer = allocate(cx, args.new_target_object(), byte_length, max, class)?;
    Ok(ArrayBufferObject::object(buffer).into())
}

/// `ArrayBuffer`
fn array_buffer(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "ArrayBuffer")?;
    construct_buffer(cx, args, BufferClass::ArrayBuffer)
}

/// `SharedArrayBuffer`
fn shared_array_buffer(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "SharedArrayBuffer")?;
    construct_buffer(cx, args, BufferClass::SharedArrayBuffer)
}

/// `ArrayBuffer.isView`
fn is_view(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok((args.get(0).to::<TypedArrayObject>().is_some() || args.get(0).to::<DataViewObject>().is_some())
        .into())
}

// ---- ArrayBuffer.prototype ---------------------------------------------------------------------------------------------

fn receiver(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<ArrayBufferObject>> {
    match this.to::<ArrayBufferObject>() {
        Some(buffer) if !buffer.shared => Ok(buffer),
        _ => Err(incompatible_receiver(cx, method, this)),
    }
}

fn shared_receiver(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Gc<ArrayBufferObject>> {
    match this.to::<ArrayBufferObject>() {
        Some(buffer) if buffer.shared => Ok(buffer),
        _ => Err(incompatible_receiver(cx, method, this)),
    }
}

fn is_resizable(buffer: Gc<ArrayBufferObject>) -> bool {
    buffer.max_byte_length.get() != usize::MAX
}

/// The `TypeError` for an operation on a detached buffer.
#[cold]
pub(crate) fn throw_detached(cx: Cx<'_>, method: &str) -> unspool_runtime::Throw {
    cx.throw_type_error(format_args!("Cannot perform {method} on a detached ArrayBuffer"))
}

fn byte_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let buffer = receiver(cx, args.this, "ArrayBuffer.prototype.byteLength")?;
    Ok(Value::from_usize(buffer_byte_length(buffer)))
}

fn max_byte_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let buffer = receiver(cx, args.this, "ArrayBuffer.prototype.maxByteLength")?;
    Ok(Value::from_usize(max_length(buffer)))
}

/// The maximum length; the length of fixed-length buffers, 0 for detached ones.
fn max_length(buffer: Gc<ArrayBufferObject>) -> usize {
    if is_detached(buffer) {
        0
    } else if is_resizable(buffer) {
        buffer.max_byte_length.get()
    } else {
        buffer_byte_length(buffer)
    }
}

fn resizable(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(is_resizable(receiver(cx, args.this, "ArrayBuffer.prototype.resizable")?).into())
}

fn detached(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(is_detached(receiver(cx, args.this, "ArrayBuffer.prototype.detached")?).into())
}

/// `ArrayBuffer.prototype.resize`
fn resize(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = "ArrayBuffer.prototype.resize";
    let buffer = receiver(cx, args.this, method)?;
    if !is_resizable(buffer) {
        return Err(incompatible_receiver(cx, method, args.this));
    }
    let new_length = to_index(cx, args.get(0))?;
    let Some((store, old_length)) = attached(buffer) else { return Err(throw_detached(cx, method)) };
    if new_length > buffer.max_byte_length.get() as u64 {
        return Err(cx.throw_range_error("ArrayBuffer.prototype.resize: Invalid length parameter"));
    }
    let new_length = new_length as usize;
    if new_length < old_length {
        for byte in store.bytes(new_length, old_length - new_length) {
            byte.set(0);
        }
    }
    buffer.byte_length.set(new_length);
    Ok(Value::UNDEFINED)
}

/// The byte range that `slice` means.
fn slice_range(cx: Cx<'_>, args: Arguments<'_>, length: usize) -> JsResult<(usize, usize)> {
    let length = length as u64;
    let first = clamp_relative(to_integer_or_infinity(cx, args.get(0))?, length);
    let last = match args.get(1) {
        Value::UNDEFINED => length,
        end => clamp_relative(to_integer_or_infinity(cx, end)?, length),
    };
    Ok((first as usize, last.saturating_sub(first) as usize))
}

/// `ArrayBuffer.prototype.slice`
fn slice(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = "ArrayBuffer.prototype.slice";
    let buffer = receiver(cx, args.this, method)?;
    if is_detached(buffer) {
        return Err(throw_detached(cx, method));
    }
    let (first, count) = slice_range(cx, args, buffer_byte_length(buffer))?;
    let default = cx.intrinsic(Intrinsic::ArrayBuffer);
    let constructor = ArrayBufferObject::object(buffer).species_constructor(cx, default)?;
    let new = construct(cx, constructor, &[Value::from_usize(count)], constructor)?;
    let target = match new.to::<ArrayBufferObject>() {
        Some(target) if !target.shared => target,
        _ => return Err(incompatible_receiver(cx, method, new.into())),
    };
    let Some((target_store, target_length)) = attached(target) else {
        return Err(throw_detached(cx, method));
    };
    if target == buffer {
        return Err(cx.throw_type_error("ArrayBuffer subclass returned this from species constructor"));
    }
    if target_length < count {
        return Err(cx.throw_type_error("Species constructor returned a too small ArrayBuffer"));
    }
    let Some((store, length)) = attached(buffer) else { return Err(throw_detached(cx, method)) };
    if first < length {
        let count = count.min(length - first);
        copy_bytes(store.bytes(first, count), target_store.bytes(0, count));
    }
    Ok(new.into())
}

/// What becomes of a maximum length in ArrayBufferCopyAndDetach: its parameter `preserveResizability`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resizability {
    Preserve,
    FixedLength,
}

/// ArrayBufferCopyAndDetach
fn copy_and_detach(
    cx: Cx<'_>,
    args: Arguments<'_>,
    method: &str,
    resizability: Resizability,
) -> JsResult<Value> {
    let buffer = receiver(cx, args.this, method)?;
    let new_length = match args.get(0) {
        Value::UNDEFINED => buffer_byte_length(buffer) as u64,
        length => to_index(cx, length)?,
    };
    let Some((store, old_length)) = attached(buffer) else { return Err(throw_detached(cx, method)) };
    let max = match resizability {
        Resizability::Preserve if is_resizable(buffer) => Some(buffer.max_byte_length.get() as u64),
        _ => None,
    };
    if !buffer.detach_key.get().is_undefined() {
        return Err(cx.throw_type_error("Cannot transfer a buffer with a detach key"));
    }
    let new = if new_length == old_length as u64 && max.is_none() && store.capacity() == old_length {
        // Nothing to copy: the new buffer takes over the bytes.
        let prototype = cx.intrinsic(Intrinsic::ArrayBufferPrototype);
        let shape = root_shape(cx, CellKind::ArrayBuffer, Some(prototype), 0);
        buffer_over(cx, shape, store, old_length, None)
    } else {
        let constructor = cx.intrinsic(Intrinsic::ArrayBuffer);
        let new = allocate(cx, constructor, new_length, max, BufferClass::ArrayBuffer)?;
        let count = old_length.min(new_length as usize);
        if let Some((new_store, _)) = attached(new) {
            copy_bytes(store.bytes(0, count), new_store.bytes(0, count));
        }
        new
    };
    detach(cx, buffer, Value::UNDEFINED)?;
    Ok(ArrayBufferObject::object(new).into())
}

fn transfer(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    copy_and_detach(cx, args, "ArrayBuffer.prototype.transfer", Resizability::Preserve)
}

fn transfer_to_fixed_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    copy_and_detach(cx, args, "ArrayBuffer.prototype.transferToFixedLength", Resizability::FixedLength)
}

// ---- SharedArrayBuffer.prototype ---------------------------------------------------------------------------------------

fn shared_byte_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let buffer = shared_receiver(cx, args.this, "SharedArrayBuffer.prototype.byteLength")?;
    Ok(Value::from_usize(buffer_byte_length(buffer)))
}

fn shared_max_byte_length(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let buffer = shared_receiver(cx, args.this, "SharedArrayBuffer.prototype.maxByteLength")?;
    Ok(Value::from_usize(max_length(buffer)))
}

fn growable(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(is_resizable(shared_receiver(cx, args.this, "SharedArrayBuffer.prototype.growable")?).into())
}

/// `SharedArrayBuffer.prototype.grow`
fn grow(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = "SharedArrayBuffer.prototype.grow";
    let buffer = shared_receiver(cx, args.this, method)?;
    if !is_resizable(buffer) {
        return Err(incompatible_receiver(cx, method, args.this));
    }
    let new_length = to_index(cx, args.get(0))?;
    let old_length = buffer_byte_length(buffer) as u64;
    if new_length > buffer.max_byte_length.get() as u64 || new_length < old_length {
        return Err(cx.throw_range_error("SharedArrayBuffer.prototype.grow: Invalid length parameter"));
    }
    if let Some(store) = buffer.store.get() {
        match store.shared() {
            Some(shared) => shared.grow(new_length as usize),
            None => buffer.byte_length.set(new_length as usize),
        }
    }
    Ok(Value::UNDEFINED)
}

/// `SharedArrayBuffer.prototype.slice`
fn shared_slice(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = "SharedArrayBuffer.prototype.slice";
    let buffer = shared_receiver(cx, args.this, method)?;
    let (first, count) = slice_range(cx, args, buffer_byte_length(buffer))?;
    let default = cx.intrinsic(Intrinsic::SharedArrayBuffer);
    let constructor = ArrayBufferObject::object(buffer).species_constructor(cx, default)?;
    let new = construct(cx, constructor, &[Value::from_usize(count)], constructor)?;
    let target = match new.to::<ArrayBufferObject>() {
        Some(target) if target.shared => target,
        _ => return Err(incompatible_receiver(cx, method, new.into())),
    };
    if target.store.get() == buffer.store.get() {
        return Err(cx.throw_type_error("SharedArrayBuffer subclass returned this from species constructor"));
    }
    if buffer_byte_length(target) < count {
        return Err(cx.throw_type_error("Species constructor returned a too small SharedArrayBuffer"));
    }
    if let (Some((store, _)), Some((target_store, _))) = (attached(buffer), attached(target)) {
        copy_bytes(store.bytes(first, count), target_store.bytes(0, count));
    }
    Ok(new.into())
}
