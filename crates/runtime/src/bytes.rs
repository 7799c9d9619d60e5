//! The bytes of array buffers: safe access for the library, allocation, detaching.
//!
//! A [`ByteStore`] owns its bytes outside the cell heap, at an address that never changes, aligned to
//! 16. Elements of typed arrays are therefore aligned, and can be lent as slices of `Cell`s. Such a slice is for code that
//! neither allocates nor runs JavaScript: a collection does not see it, and a program may detach the buffer.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_values::Value;

use crate::cells::{ArrayBufferObject, Barriered, ByteStore, ElementType, TypedArrayObject};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::typed_array::{self, RawElement, buffer_byte_length, read_element, write_element};
use unspool_shapes::ShapeId;

/// Number types of any bit pattern.
///
/// # Safety
/// Every bit pattern is a value of the type, and its alignment is at most 16.
pub unsafe trait Plain: Copy + 'static {}
macro_rules! plain {
    ($($ty:ty),*) => { $(
        // SAFETY: numbers of the machine.
        unsafe impl Plain for $ty {}
    )* };
}
plain!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

impl ByteStore {
    /// The elements of a type that begin at a byte offset.
    ///
    /// # Panics
    /// If the range is not inside the store or not aligned.
    #[inline]
    pub fn elements<T: Plain>(&self, byte_offset: usize, count: usize) -> &[Cell<T>] {
        let bytes = count.checked_mul(size_of::<T>()).and_then(|n| n.checked_add(byte_offset));
        assert!(bytes.is_some_and(|end| end <= self.capacity()), "the range is inside the store");
        assert!(byte_offset.is_multiple_of(align_of::<T>()), "elements are aligned");
        // SAFETY: the range was checked; the store is aligned to 16, its bytes are initialized, and `Cell` has the layout of
        // its content, for which any bits will do.
        unsafe { std::slice::from_raw_parts(self.data().add(byte_offset).cast::<Cell<T>>(), count) }
    }

    /// Bytes from an offset on.
    ///
    /// # Panics
    /// If the range is not inside the store.
    #[inline]
    pub fn bytes(&self, byte_offset: usize, count: usize) -> &[Cell<u8>] {
        self.elements(byte_offset, count)
    }
}

/// Copies bytes between ranges that may overlap.
///
/// # Panics
/// If the ranges differ in length.
pub fn copy_bytes(from: &[Cell<u8>], to: &[Cell<u8>]) {
    assert_eq!(from.len(), to.len(), "ranges of one length");
    // SAFETY: both ranges are valid for their length, and cells may be written through shared references.
    unsafe { std::ptr::copy(from.as_ptr().cast::<u8>(), to.as_ptr().cast::<u8>().cast_mut(), from.len()) };
}

/// The elements of a typed array now; nothing if it is out of bounds.
///
/// # Panics
/// If `T` has not the size of the array's elements.
#[inline]
pub fn elements<T: Plain>(array: &Gc<TypedArrayObject>) -> Option<&[Cell<T>]> {
    assert_eq!(size_of::<T>(), array.element_type.size(), "elements of this size");
    let view = typed_array::view(*array)?;
    // SAFETY: the view covers `length` initialized elements, aligned because the offset is a multiple of their size.
    Some(unsafe { std::slice::from_raw_parts(view.data.cast::<Cell<T>>(), view.length) })
}

/// The bytes of a typed array now; nothing if it is out of bounds.
#[inline]
pub fn element_bytes(array: &Gc<TypedArrayObject>) -> Option<&[Cell<u8>]> {
    let view = typed_array::view(*array)?;
    // SAFETY: the view covers that many initialized bytes.
    Some(unsafe {
        std::slice::from_raw_parts(view.data.cast::<Cell<u8>>(), view.length * array.element_type.size())
    })
}

/// Reads an element at a byte offset of any alignment (GetValueFromBuffer in the machine's byte order).
///
/// # Panics
/// If the element is not inside the store.
pub fn read(cx: Cx<'_>, store: Gc<ByteStore>, element: ElementType, byte_offset: usize) -> Value {
    let bytes = store.bytes(byte_offset, element.size());
    // SAFETY: the bytes of one element; `read_element` reads unaligned.
    unsafe { read_element(cx, element, bytes.as_ptr().cast(), 0) }
}

/// Writes an element at a byte offset of any alignment (SetValueInBuffer in the machine's byte order).
///
/// # Panics
/// If the element is not inside the store.
pub fn write(store: Gc<ByteStore>, element: ElementType, byte_offset: usize, raw: RawElement) {
    let bytes = store.bytes(byte_offset, element.size());
    // SAFETY: the bytes of one element; `write_element` writes unaligned.
    unsafe { write_element(element, bytes.as_ptr().cast::<u8>().cast_mut(), 0, raw) };
}

/// Writes a converted value if the index is valid now.
pub fn write_valid(array: Gc<TypedArrayObject>, index: usize, raw: RawElement) {
    if let Some(view) = typed_array::view(array)
        && index < view.length
    {
        // SAFETY: the index is below the length.
        unsafe { write_element(array.element_type, view.data, index, raw) };
    }
}

/// A buffer of a shape (one for array buffers) over a store; a SharedArrayBuffer if agents can share the store.
pub fn buffer_over(
    cx: Cx<'_>,
    shape: ShapeId,
    store: Gc<ByteStore>,
    byte_length: usize,
    max_byte_length: Option<usize>,
) -> Gc<ArrayBufferObject> {
    if let Some(bytes) = store.shared() {
        bytes.grow(byte_length);
    }
    cx.allocate_object(shape, |head| ArrayBufferObject {
        head,
        store: Barriered::new(Some(store)),
        byte_length: Cell::new(byte_length),
        max_byte_length: Cell::new(max_byte_length.unwrap_or(usize::MAX)),
        shared: store.shared().is_some(),
        detach_key: Barriered::new(Value::UNDEFINED),
    })
}

/// DetachArrayBuffer(buffer, key): the bytes are gone.
///
/// # Errors
/// A `TypeError` for shared buffers, or when the key is not the buffer's.
pub fn detach(cx: Cx<'_>, buffer: Gc<ArrayBufferObject>, key: Value) -> JsResult<()> {
    if buffer.shared {
        return Err(cx.throw_type_error("Cannot detach a SharedArrayBuffer"));
    }
    if !crate::object::same_value(cx, buffer.detach_key.get(), key) {
        return Err(cx.throw_type_error("Provided key doesn't match [[ArrayBufferDetachKey]]"));
    }
    buffer.store.set(cx, buffer, None);
    buffer.byte_length.set(0);
    Ok(())
}

/// The store and length of a buffer that is not detached.
pub fn attached(buffer: Gc<ArrayBufferObject>) -> Option<(Gc<ByteStore>, usize)> {
    Some((buffer.store.get()?, buffer_byte_length(buffer)))
}

/// The element that the first bytes of `copy` are, in the machine's byte order.
pub fn read_copy(cx: Cx<'_>, element: ElementType, copy: [u8; 8]) -> Value {
    // SAFETY: no element is larger than 8 bytes.
    unsafe { read_element(cx, element, copy.as_ptr(), 0) }
}

// ---- atomic accesses ---------------------------------------------------------------------------------------------------

/// Replaces the bits of an element of an integer array by `update` of them, atomically; the old ones, zero-extended. Nothing if
/// the index is out of bounds. `update` may run more than once.
pub fn update_atomically(
    array: Gc<TypedArrayObject>,
    index: usize,
    update: impl Fn(u64) -> u64,
) -> Option<u64> {
    use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst};
    let view = typed_array::view(array).filter(|view| index < view.length)?;
    macro_rules! update {
        ($atomic:ty, $plain:ty) => {{
            // SAFETY: the element is inside the view and aligned, because stores are and offsets are multiples of its size. Other
            // accesses to shared memory are those of JavaScript's memory model.
            let element = unsafe { <$atomic>::from_ptr(view.data.cast::<$plain>().add(index)) };
            let updated = element.fetch_update(SeqCst, SeqCst, |old| Some(update(u64::from(old)) as $plain));
            u64::from(updated.unwrap_or_else(|old| old))
        }};
    }
    Some(match array.element_type.size() {
        1 => update!(AtomicU8, u8),
        2 => update!(AtomicU16, u16),
        4 => update!(AtomicU32, u32),
        _ => update!(AtomicU64, u64),
    })
}

/// The bits of an element of an integer array, loaded atomically and zero-extended; nothing if the index is out of bounds.
pub fn load_atomically(array: Gc<TypedArrayObject>, index: usize) -> Option<u64> {
    use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst};
    let view = typed_array::view(array).filter(|view| index < view.length)?;
    macro_rules! load {
        ($atomic:ty, $plain:ty) => {{
            // SAFETY: as in `update_atomically`.
            let element = unsafe { <$atomic>::from_ptr(view.data.cast::<$plain>().add(index)) };
            u64::from(element.load(SeqCst))
        }};
    }
    Some(match array.element_type.size() {
        1 => load!(AtomicU8, u8),
        2 => load!(AtomicU16, u16),
        4 => load!(AtomicU32, u32),
        _ => load!(AtomicU64, u64),
    })
}

/// The value of an element with these bits.
pub fn value_of_bits(cx: Cx<'_>, element: ElementType, bits: u64) -> Value {
    let mut bytes = [0; 8];
    match element.size() {
        1 => bytes[..1].copy_from_slice(&(bits as u8).to_ne_bytes()),
        2 => bytes[..2].copy_from_slice(&(bits as u16).to_ne_bytes()),
        4 => bytes[..4].copy_from_slice(&(bits as u32).to_ne_bytes()),
        _ => bytes = bits.to_ne_bytes(),
    }
    // SAFETY: eight bytes hold one element; `read_element` reads unaligned.
    unsafe { read_element(cx, element, bytes.as_ptr(), 0) }
}
