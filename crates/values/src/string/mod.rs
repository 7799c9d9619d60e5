//! Strings: [`JSString`], the cell; [`StrView`], its characters; [`StringBuilder`], for making long ones.
//!
//! One cell kind serves every representation, told apart by bits of the header's `flags`:
//!
//! - *flat*: the characters follow the 16-byte head in the cell;
//! - *rope*: two strings whose concatenation this is; made by [`JSString::concat`], turned in place into a slice of a
//!   flat copy when the characters are first wanted ([`JSString::flatten`]);
//! - *slice*: a range of a flat string; made by [`JSString::substring`].
//!
//! Independently of that a string is Latin-1 or UTF-16 (a bit), may be an *atom* (the one representative of its
//! characters in the [`AtomTable`](crate::AtomTable); always flat), and may be known to spell an array index.
//!
//! ```text
//! 0  header (meta = reserved_shape::STRING, flags)
//! 8  length: u32, code units
//! 12 hash: u32, 0 = not computed
//! 16 flat: characters | rope: left, right | slice: parent, offset (u64)
//! ```
//!
//! The empty string has one cell per [`AtomTable`](crate::AtomTable) and single Latin-1 characters have one each, which
//! the functions here return where they can; that is an economy, not an invariant.

mod ascii;
mod builder;
mod convert;
mod hash;
mod rope;
mod slice;
mod view;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::mem::offset_of;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, OutOfMemory, Tracer};

use crate::cell::{CellAllocator, CellKind, reserved_shape};

pub use builder::StringBuilder;
pub use hash::HashSeed;
pub use view::{
    CodePoints, MAX_ARRAY_INDEX, StrView, Units, is_lead_surrogate, is_trail_surrogate, join_surrogates,
    units_fit_latin1,
};

/// A string cell. The characters or the parts follow the struct in memory, see the module's description.
#[repr(C)]
pub struct JSString {
    header: Header,
    /// Code units; at most [`JSString::MAX_LENGTH`]. Never changes.
    length: u32,
    /// 0 or the hash of the code units.
    hash: Cell<u32>,
}

// SAFETY: repr(C), header first, no drop glue; `KindInfo` of `CellKind::String` is `JSString::trace`.
unsafe impl ManagedCell for JSString {
    const KIND: u8 = CellKind::String as u8;
}

/// Why a string could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StringError {
    /// It would exceed [`JSString::MAX_LENGTH`]; a `RangeError` for the program.
    TooLong,
    /// It would exceed the memory limit.
    OutOfMemory,
}

impl From<OutOfMemory> for StringError {
    fn from(_: OutOfMemory) -> StringError {
        StringError::OutOfMemory
    }
}

impl fmt::Display for StringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StringError::TooLong => "Invalid string length",
            StringError::OutOfMemory => "out of memory",
        })
    }
}

impl std::error::Error for StringError {}

/// Two bytes per character.
pub(crate) const UTF16: u8 = 1;
/// The representation is a rope.
pub(crate) const ROPE: u8 = 2;
/// The representation is a slice.
pub(crate) const SLICE: u8 = 4;
/// The string is the representative of its characters in the atom table.
pub(crate) const ATOM: u8 = 8;
/// The string spells an array index; set together with the hash.
pub(crate) const INDEX: u8 = 16;
/// All characters are known to be ASCII.
pub(crate) const ASCII: u8 = 32;
/// Some character is known not to be ASCII.
pub(crate) const NOT_ASCII: u8 = 64;

#[repr(C)]
struct RopeParts {
    left: Cell<Gc<JSString>>,
    right: Cell<Gc<JSString>>,
}

#[repr(C)]
struct SliceParts {
    /// Flat; the slice lies within it.
    parent: Cell<Gc<JSString>>,
    /// In code units of the parent.
    offset: Cell<u64>,
}

impl JSString {
    /// The longest string, in code units: 2^29 − 24, as in V8.
    pub const MAX_LENGTH: u32 = (1 << 29) - 24;
    /// Byte offset of the length in the cell.
    pub const LENGTH_OFFSET: usize = offset_of!(JSString, length);
    /// Byte offset of the hash in the cell.
    pub const HASH_OFFSET: usize = offset_of!(JSString, hash);
    /// Byte offset of a flat string's characters, a rope's left part and a slice's parent.
    pub const PAYLOAD_OFFSET: usize = size_of::<JSString>();
    /// Bit of the header's flags: two bytes per character.
    pub const FLAG_UTF16: u8 = UTF16;
    /// Bit of the header's flags: the string is a rope.
    pub const FLAG_ROPE: u8 = ROPE;
    /// Bit of the header's flags: the string is a slice.
    pub const FLAG_SLICE: u8 = SLICE;
    /// Bit of the header's flags: the string is an atom.
    pub const FLAG_ATOM: u8 = ATOM;
    /// Bit of the header's flags: the string spells an array index (complete for atoms only).
    pub const FLAG_INDEX: u8 = INDEX;
    /// Bytes of a rope's or slice's cell.
    const PARTS_SIZE: usize = size_of::<JSString>() + size_of::<RopeParts>();

    /// Number of code units.
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.length
    }

    /// Has it no characters?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    #[inline(always)]
    fn flags(&self) -> u8 {
        self.header.flags()
    }

    #[inline(always)]
    fn add_flags(&self, flags: u8) {
        self.header.set_flags(self.header.flags() | flags);
    }

    /// Is it stored with one byte per character?
    #[inline(always)]
    pub fn is_latin1(&self) -> bool {
        self.flags() & UTF16 == 0
    }

    /// Is it the representative of its characters?
    #[inline(always)]
    pub fn is_atom(&self) -> bool {
        self.flags() & ATOM != 0
    }

    /// Is it an atom that is no array index? Such a string is a property key as it is.
    #[inline(always)]
    pub fn is_key_atom(&self) -> bool {
        self.flags() & (ATOM | INDEX) == ATOM
    }

    /// Is it a concatenation not yet carried out?
    #[inline(always)]
    pub fn is_rope(&self) -> bool {
        self.flags() & ROPE != 0
    }

    /// Is it a range of another string?
    #[inline(always)]
    pub fn is_slice(&self) -> bool {
        self.flags() & SLICE != 0
    }

    /// Do the characters lie in the cell itself?
    #[inline(always)]
    pub fn is_flat(&self) -> bool {
        self.flags() & (ROPE | SLICE) == 0
    }

    #[inline(always)]
    fn payload<T>(&self) -> *const T {
        // SAFETY: every string cell is at least as long as its head, so the pointer is within or one past the cell.
        unsafe { std::ptr::from_ref(self).add(1).cast::<T>() }
    }

    #[inline(always)]
    fn rope_parts(&self) -> &RopeParts {
        debug_assert!(self.is_rope());
        // SAFETY: a rope's cell holds the two parts behind the head (`new_parts`).
        unsafe { &*self.payload::<RopeParts>() }
    }

    #[inline(always)]
    fn slice_parts(&self) -> &SliceParts {
        debug_assert!(self.is_slice());
        // SAFETY: a slice's cell holds parent and offset behind the head (`new_parts`, `become_slice_of`).
        unsafe { &*self.payload::<SliceParts>() }
    }

    /// The cell as the pointer it is.
    #[inline(always)]
    fn as_gc(&self) -> Gc<JSString> {
        // SAFETY: strings exist as cells only: the struct cannot be constructed elsewhere.
        unsafe { Gc::from_ptr(NonNull::from(self)) }
    }

    /// The characters, unless the string is a rope.
    #[inline(always)]
    pub fn view_if_flat(&self) -> Option<StrView<'_>> {
        if self.is_rope() { None } else { Some(self.view()) }
    }

    /// The characters of a string that is no rope.
    ///
    /// # Panics
    /// In debug builds if it is a rope.
    #[inline(always)]
    pub fn view(&self) -> StrView<'_> {
        debug_assert!(!self.is_rope(), "a rope has no view before it is flattened");
        let (owner, offset) = if self.is_slice() {
            let parts = self.slice_parts();
            (parts.parent.get(), parts.offset.get() as usize)
        } else {
            (self.as_gc(), 0)
        };
        let n = self.length as usize;
        // SAFETY: `owner` is flat and holds at least `offset + n` characters of this string's width (slices keep the
        // width of their parent); it stays alive as long as `self`, whose payload nobody overwrites while a view is out
        // except `become_slice_of`, which leaves the old parent's memory to the next collection.
        unsafe {
            if self.is_latin1() {
                StrView::Latin1(std::slice::from_raw_parts(owner.as_ref_payload::<u8>().add(offset), n))
            } else {
                StrView::Utf16(std::slice::from_raw_parts(owner.as_ref_payload::<u16>().add(offset), n))
            }
        }
    }

    #[inline(always)]
    fn as_ref_payload<T>(&self) -> *const T {
        self.payload::<T>()
    }

    /// The characters; a rope is flattened first.
    ///
    /// # Errors
    /// Flattening would exceed the memory limit.
    #[inline]
    pub fn flatten<A: CellAllocator>(&self, alloc: A) -> Result<StrView<'_>, OutOfMemory> {
        if self.is_rope() {
            self.flatten_rope(alloc)?;
        }
        Ok(self.view())
    }

    /// The characters; a rope is flattened first even beyond the memory limit (the excess is charged). For the few places
    /// that cannot fail, such as interning.
    #[inline]
    pub fn flatten_unlimited<A: CellAllocator>(&self, alloc: A) -> StrView<'_> {
        if self.is_rope() {
            self.flatten_rope_unlimited(alloc);
        }
        self.view()
    }

    /// The code unit at `index`; a rope is flattened first.
    ///
    /// # Errors
    /// Flattening would exceed the memory limit.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline]
    pub fn char_code_at<A: CellAllocator>(&self, alloc: A, index: u32) -> Result<u16, OutOfMemory> {
        Ok(self.flatten(alloc)?.at(index as usize))
    }

    /// The hash if it was computed already.
    #[inline(always)]
    pub fn cached_hash(&self) -> Option<u32> {
        let hash = self.hash.get();
        (hash != 0).then_some(hash)
    }

    /// The hash of the code units; computed once. All callers in an isolate use the seed of its atom table.
    #[inline]
    pub fn hash<A: CellAllocator>(&self, alloc: A, seed: HashSeed) -> u32 {
        match self.hash.get() {
            0 => self.compute_hash(self.flatten_unlimited(alloc), seed),
            hash => hash,
        }
    }

    fn compute_hash(&self, view: StrView<'_>, seed: HashSeed) -> u32 {
        let hash = view.hash(seed);
        self.set_hash(hash, view);
        hash
    }

    #[inline]
    pub(crate) fn set_hash(&self, hash: u32, view: StrView<'_>) {
        self.hash.set(hash);
        if view.array_index().is_some() {
            self.add_flags(INDEX);
        }
    }

    /// The array index that the string spells, if it does.
    #[inline]
    pub fn array_index(&self) -> Option<u32> {
        // Longer ropes than ten characters exist only (`concat` copies short strings), so a rope is no index.
        if self.length > 10 || (self.hash.get() != 0 && self.flags() & INDEX == 0) {
            return None;
        }
        self.view().array_index()
    }

    /// Have both strings the same characters?
    #[inline]
    pub fn equals<A: CellAllocator>(alloc: A, a: Gc<JSString>, b: Gc<JSString>) -> bool {
        if a == b {
            return true;
        }
        if a.length != b.length || a.flags() & b.flags() & ATOM != 0 {
            return false;
        }
        let (ha, hb) = (a.hash.get(), b.hash.get());
        if ha != 0 && hb != 0 && ha != hb {
            return false;
        }
        if (a.flags() | b.flags()) & ROPE == 0 {
            a.view() == b.view()
        } else {
            rope::equals_slow(alloc, a, b)
        }
    }

    /// Order by code units, as `<` has it (7.2.12); not by code points or by any locale.
    #[inline]
    pub fn compare<A: CellAllocator>(alloc: A, a: Gc<JSString>, b: Gc<JSString>) -> Ordering {
        if (a.flags() | b.flags()) & ROPE == 0 {
            a.view().compare(b.view())
        } else {
            rope::compare_slow(alloc, a, b)
        }
    }

    /// A new cell for `length` flat characters, whose payload is not initialized.
    #[inline]
    fn init_head(cell: NonNull<Header>, length: u32, flags: u8) -> Gc<JSString> {
        let string = cell.cast::<JSString>();
        // SAFETY: the cell is new and at least as long as the head; its header is initialized and the two other fields
        // are written here before a reference to the struct is made.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::STRING);
            (*cell.as_ptr()).set_flags(flags);
            (&raw mut (*string.as_ptr()).length).write(length);
            (&raw mut (*string.as_ptr()).hash).write(Cell::new(0));
            Gc::from_ptr(string)
        }
    }

    #[inline(always)]
    fn flat_size(length: u32, flags: u8) -> usize {
        size_of::<JSString>() + ((length as usize) << (flags & UTF16))
    }

    /// A flat cell with uninitialized characters; `length` is small or the excess is charged.
    #[inline]
    fn new_flat_unlimited<A: CellAllocator>(alloc: A, length: u32, flags: u8) -> Gc<JSString> {
        JSString::init_head(
            alloc.allocate_cell(CellKind::String, JSString::flat_size(length, flags)),
            length,
            flags,
        )
    }

    /// A flat cell with uninitialized characters.
    #[inline]
    fn new_flat<A: CellAllocator>(alloc: A, length: u32, flags: u8) -> Result<Gc<JSString>, OutOfMemory> {
        let cell = alloc.try_allocate_cell(CellKind::String, JSString::flat_size(length, flags))?;
        Ok(JSString::init_head(cell, length, flags))
    }

    /// Address of a flat string's characters, for filling a new one.
    #[inline(always)]
    fn characters_mut<T>(string: Gc<JSString>) -> *mut T {
        // SAFETY: as in `payload`.
        unsafe { string.as_ptr().as_ptr().add(1).cast::<T>() }
    }

    /// Overwrites a rope or slice so that it refers to `parent`, which is flat, from its beginning on.
    fn become_slice_of<A: CellAllocator>(&self, alloc: A, parent: Gc<JSString>) {
        debug_assert!(!self.is_flat() && parent.is_flat() && parent.length == self.length);
        let width = parent.flags() & UTF16;
        self.header.set_flags(self.flags() & !(ROPE | UTF16) | SLICE | width);
        let parts = self.slice_parts();
        parts.parent.set(parent);
        parts.offset.set(0);
        alloc.write_barrier(self.as_gc().as_ptr().cast());
    }

    /// The atom that an earlier interning found to have the same characters, if that is remembered.
    #[inline(always)]
    pub(crate) fn known_atom(&self) -> Option<Gc<JSString>> {
        if self.is_slice() {
            let parent = self.slice_parts().parent.get();
            if parent.is_atom() && parent.length == self.length {
                return Some(parent);
            }
        }
        None
    }

    /// Makes a string that is no atom refer to the atom of the same characters, if its representation permits.
    pub(crate) fn remember_atom<A: CellAllocator>(&self, alloc: A, atom: Gc<JSString>) {
        if !self.is_flat() {
            self.become_slice_of(alloc, atom);
        }
    }

    /// Declares a flat string the representative of its characters.
    pub(crate) fn become_atom(&self) {
        debug_assert!(self.is_flat() && self.hash.get() != 0);
        self.add_flags(ATOM);
    }

    /// Reports a rope's or slice's parts to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized string.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `JSString`.
        let string = unsafe { cell.cast::<JSString>().as_ref() };
        if string.is_rope() {
            let parts = string.rope_parts();
            tracer.mark(parts.left.get().erase());
            tracer.mark(parts.right.get().erase());
        } else if string.is_slice() {
            tracer.mark(string.slice_parts().parent.get().erase());
        }
    }
}

impl fmt::Debug for JSString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view_if_flat() {
            Some(view) => write!(f, "{:?}", view.to_rust_string_lossy()),
            None => write!(f, "<rope of {} characters>", self.length),
        }
    }
}
