//! Substrings.
//!
//! A short substring is a copy; a longer one is a *slice* that refers to a range of its parent's characters. A slice keeps
//! the whole parent alive: at worst a retained substring of 25 units holds a string of any length, as in other engines.
//! Interning a slice (as happens when it is used as a property key) ends that, because atoms are always copies.

use unspool_gc::{Gc, OutOfMemory};

use super::rope::COPY_LIMIT;
use super::{JSString, SLICE, SliceParts, UTF16};
use crate::atom::AtomTable;
use crate::cell::{CellAllocator, CellKind};

impl JSString {
    /// The characters from `from` up to, not including, `to`.
    ///
    /// # Errors
    /// The string is a rope and flattening it would exceed the memory limit.
    ///
    /// # Panics
    /// In debug builds unless `from <= to <= len`.
    #[inline]
    pub fn substring<A: CellAllocator>(
        alloc: A,
        atoms: &AtomTable,
        string: Gc<JSString>,
        from: u32,
        to: u32,
    ) -> Result<Gc<JSString>, OutOfMemory> {
        debug_assert!(from <= to && to <= string.length);
        let length = to - from;
        if length <= 1 {
            if length == 0 {
                return Ok(atoms.empty());
            }
            return JSString::char_string(alloc, atoms, string, from);
        }
        if length == string.length {
            return Ok(string);
        }
        let view = string.flatten(alloc)?;
        if length <= COPY_LIMIT {
            return Ok(JSString::short(alloc, view.slice(from as usize, to as usize)));
        }
        let (parent, offset) = if string.is_slice() {
            let parts = string.slice_parts();
            (parts.parent.get(), parts.offset.get() + from as u64)
        } else {
            (string, from as u64)
        };
        let slice = JSString::init_head(
            alloc.allocate_cell(CellKind::String, JSString::PARTS_SIZE),
            length,
            SLICE | (parent.flags() & UTF16),
        );
        // SAFETY: the cell has `PARTS_SIZE` bytes; the parts are written before anything else can run.
        unsafe {
            JSString::characters_mut::<SliceParts>(slice)
                .write(SliceParts { parent: parent.into(), offset: offset.into() });
        }
        Ok(slice)
    }

    /// The one-character string at `index`, from the table of single characters where possible.
    ///
    /// # Errors
    /// The string is a rope and flattening it would exceed the memory limit.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline]
    pub fn char_string<A: CellAllocator>(
        alloc: A,
        atoms: &AtomTable,
        string: Gc<JSString>,
        index: u32,
    ) -> Result<Gc<JSString>, OutOfMemory> {
        let unit = string.char_code_at(alloc, index)?;
        Ok(atoms.single_unit(alloc, unit))
    }
}
