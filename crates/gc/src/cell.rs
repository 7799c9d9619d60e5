//! What a managed cell looks like, and the pointer to one.
//!
//! A *cell* is a piece of memory owned by a [`Heap`](crate::Heap). It begins with an 8-byte [`Header`] and never moves.
//! [`Gc`] is a plain pointer to a cell: it is `Copy`, it roots nothing, and it may sit in local variables (which the
//! collector scans) and inside other cells (which their trace functions report), but not in memory that the collector
//! does not see.

use std::cell::Cell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::offset_of;
use std::ops::Deref;
use std::ptr::NonNull;

/// Barrier state of a cell allocated since the last collection: storing pointers into it needs no record.
pub const STATE_NEW: u8 = 0;
/// Barrier state of a cell that survived a collection: the first store of a pointer into it must be recorded.
pub const STATE_OLD: u8 = 1;
/// Barrier state of an old cell that is already in the remembered set.
pub const STATE_REMEMBERED: u8 = 2;

/// The first 8 bytes of every cell.
///
/// The offsets of the fields are part of the contract with compiled code, which reads and writes them directly.
#[repr(C, align(8))]
pub struct Header {
    /// The client's word; reported to `Client::trace_meta` for kinds with `has_meta`.
    meta: Cell<u32>,
    /// Index into the heap's kind table; always below its length in a live cell.
    kind: Cell<u8>,
    /// The client's.
    flags: Cell<u8>,
    /// `STATE_NEW`, `STATE_OLD` or `STATE_REMEMBERED`; written by the collector only.
    state: Cell<u8>,
    /// The client's.
    aux: Cell<u8>,
}

impl Header {
    /// Byte offset of the meta word.
    pub const META_OFFSET: usize = offset_of!(Header, meta);
    /// Byte offset of the kind.
    pub const KIND_OFFSET: usize = offset_of!(Header, kind);
    /// Byte offset of the client's flags.
    pub const FLAGS_OFFSET: usize = offset_of!(Header, flags);
    /// Byte offset of the barrier state: compiled code compares this byte of the owner with [`STATE_OLD`] after it has
    /// stored a pointer, and calls [`Heap::remember`](crate::Heap::remember) when they are equal.
    pub const STATE_OFFSET: usize = offset_of!(Header, state);
    /// Byte offset of the client's second byte.
    pub const AUX_OFFSET: usize = offset_of!(Header, aux);

    /// The header of a new cell.
    #[inline]
    pub(crate) fn new(kind: u8) -> Header {
        Header {
            meta: Cell::new(0),
            kind: Cell::new(kind),
            flags: Cell::new(0),
            state: Cell::new(STATE_NEW),
            aux: Cell::new(0),
        }
    }

    /// The eight bytes of a new cell's header as the integer that compiled code stores.
    pub const fn initial_word(kind: u8, meta: u32) -> u64 {
        let m = meta.to_ne_bytes();
        u64::from_ne_bytes([m[0], m[1], m[2], m[3], kind, 0, STATE_NEW, 0])
    }

    /// The client's word; reported to [`Client::trace_meta`](crate::Client::trace_meta) for kinds with `has_meta`.
    #[inline]
    pub fn meta(&self) -> u32 {
        self.meta.get()
    }

    /// Replaces the client's word. A client whose meta words reach cells runs the write barrier afterwards.
    #[inline]
    pub fn set_meta(&self, meta: u32) {
        self.meta.set(meta);
    }

    /// The cell's kind: its index in the table given to [`Heap::new`](crate::Heap::new).
    #[inline]
    pub fn kind(&self) -> u8 {
        self.kind.get()
    }

    /// The client's flags: one byte that the heap carries and never reads.
    #[inline]
    pub fn flags(&self) -> u8 {
        self.flags.get()
    }

    /// Replaces the client's flags.
    #[inline]
    pub fn set_flags(&self, flags: u8) {
        self.flags.set(flags);
    }

    /// The client's second byte, as unread by the heap as the flags.
    #[inline]
    pub fn aux(&self) -> u8 {
        self.aux.get()
    }

    /// Replaces the client's second byte.
    #[inline]
    pub fn set_aux(&self, aux: u8) {
        self.aux.set(aux);
    }

    /// The barrier state: [`STATE_NEW`], [`STATE_OLD`] or [`STATE_REMEMBERED`].
    #[inline]
    pub fn state(&self) -> u8 {
        self.state.get()
    }

    #[inline]
    pub(crate) fn set_state(&self, state: u8) {
        self.state.set(state);
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state() {
            STATE_NEW => "new",
            STATE_OLD => "old",
            STATE_REMEMBERED => "remembered",
            _ => "corrupt",
        };
        write!(
            f,
            "Header(k{} meta={:#x} flags={:#04x} aux={:#04x} {state})",
            self.kind(),
            self.meta(),
            self.flags(),
            self.aux()
        )
    }
}

/// A type that lives in cells of one kind.
///
/// # Safety
/// The implementor is `#[repr(C)]`, its first field is a [`Header`], its alignment is at most 8, and it has no drop glue that
/// must run (the collector frees memory without dropping; use `KindInfo::finalize`). `KIND` is the index of the entry in the
/// kind table of every heap in which the type is allocated, and that entry's functions fit the type.
pub unsafe trait ManagedCell: 'static {
    /// Index in the kind table.
    const KIND: u8;
}

/// A pointer to a cell of type `T`.
///
/// It is an address and nothing more: copying costs nothing, equality is identity. A `Gc` is valid as long as its cell is
/// reachable: from a local variable of a frame below [`Client::machine_stack_base`](crate::Client::machine_stack_base), from
/// a root, or from another reachable cell. Weak fields hold a `Gc` past that point, but must not follow it before
/// [`WeakContext::is_live`](crate::WeakContext::is_live) was asked.
#[repr(transparent)]
pub struct Gc<T>(NonNull<T>);

impl<T> Gc<T> {
    /// Wraps the address of a cell.
    ///
    /// # Safety
    /// `ptr` is the start of a cell of a [`Heap`](crate::Heap) whose contents are a `T` (or, for `T = Header`, any cell), and it
    /// is followed only while the cell is reachable.
    #[inline]
    pub const unsafe fn from_ptr(ptr: NonNull<T>) -> Gc<T> {
        Gc(ptr)
    }

    /// The address of the cell as a pointer.
    #[inline]
    pub const fn as_ptr(self) -> NonNull<T> {
        self.0
    }

    /// The address of the cell as an integer.
    #[inline]
    pub fn addr(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    /// Whether both point to the same cell.
    #[inline]
    pub fn ptr_eq<U>(self, other: Gc<U>) -> bool {
        std::ptr::addr_eq(self.0.as_ptr(), other.0.as_ptr())
    }

    /// Views the cell as another type.
    ///
    /// # Safety
    /// The cell's contents are a `U`.
    #[inline]
    pub const unsafe fn cast<U>(self) -> Gc<U> {
        Gc(self.0.cast())
    }

    /// Forgets the cell's type.
    #[inline]
    pub const fn erase(self) -> Gc<Header> {
        Gc(self.0.cast())
    }

    /// The eight bytes that every cell begins with.
    #[inline]
    pub fn header(&self) -> &Header {
        // SAFETY: `from_ptr` demands a cell, and every cell begins with a header.
        unsafe { self.0.cast::<Header>().as_ref() }
    }
}

impl<T> Clone for Gc<T> {
    #[inline]
    fn clone(&self) -> Gc<T> {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    #[inline]
    fn eq(&self, other: &Gc<T>) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Gc<T> {}

impl<T> Hash for Gc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gc({:p})", self.0)
    }
}

impl<T> Deref for Gc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: `from_ptr` demands a cell that holds a `T` and is reachable while it is followed.
        unsafe { self.0.as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_is_the_published_one() {
        assert_eq!(size_of::<Header>(), 8);
        assert_eq!(align_of::<Header>(), 8);
        assert_eq!(
            [
                Header::META_OFFSET,
                Header::KIND_OFFSET,
                Header::FLAGS_OFFSET,
                Header::STATE_OFFSET,
                Header::AUX_OFFSET
            ],
            [0, 4, 5, 6, 7]
        );
    }

    #[test]
    fn initial_word_is_the_header_of_a_new_cell() {
        let header = Header::new(7);
        header.set_meta(0x0102_0304);
        // SAFETY: a header is eight initialized bytes.
        let word: u64 = unsafe { std::mem::transmute(header) };
        assert_eq!(word, Header::initial_word(7, 0x0102_0304));
    }
}
