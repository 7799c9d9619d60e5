//! Concatenation and ropes.
//!
//! Joining two strings whose result is short copies the characters; a longer result becomes a *rope* that remembers its
//! two parts. Appending in a loop therefore costs one small cell per step, and the characters are copied once, when they
//! are first wanted. All walks over ropes are iterative: programs build ropes a million parts deep.

use std::cmp::Ordering;

use unspool_gc::{Gc, OutOfMemory};

use super::{JSString, ROPE, RopeParts, StrView, StringError, UTF16};
use crate::atom::AtomTable;
use crate::cell::{CellAllocator, CellKind};

/// Results up to this many units are copied. A rope's cell takes 32 bytes, the copy at most 40 (Latin-1), and a copy
/// saves the later flattening; V8's bound is 12. Ropes and slices are longer than this, which other code relies on.
pub(crate) const COPY_LIMIT: u32 = 24;

impl JSString {
    /// The characters of `left` followed by those of `right`.
    ///
    /// # Errors
    /// The result would be too long.
    #[inline]
    pub fn concat<A: CellAllocator>(
        alloc: A,
        left: Gc<JSString>,
        right: Gc<JSString>,
    ) -> Result<Gc<JSString>, StringError> {
        if right.length == 0 {
            return Ok(left);
        }
        if left.length == 0 {
            return Ok(right);
        }
        let length = left.length + right.length;
        let width = (left.flags() | right.flags()) & UTF16;
        if length > COPY_LIMIT {
            if length > JSString::MAX_LENGTH {
                return Err(StringError::TooLong);
            }
            return Ok(new_rope(alloc, length, width, left, right));
        }
        // Neither part is a rope: ropes are longer than the limit.
        let string = JSString::new_flat_unlimited(alloc, length, width);
        // SAFETY: the cell was made for `length` characters of this width.
        unsafe {
            if width == 0 {
                let to = JSString::characters_mut::<u8>(string);
                copy_latin1(left.view(), to);
                copy_latin1(right.view(), to.add(left.length as usize));
            } else {
                let to = JSString::characters_mut::<u16>(string);
                copy_utf16(left.view(), to);
                copy_utf16(right.view(), to.add(left.length as usize));
            }
        }
        Ok(string)
    }

    /// The string repeated `count` times.
    ///
    /// # Errors
    /// The result would be too long.
    pub fn repeat<A: CellAllocator>(
        alloc: A,
        atoms: &AtomTable,
        string: Gc<JSString>,
        count: u64,
    ) -> Result<Gc<JSString>, StringError> {
        if count == 0 || string.is_empty() {
            return Ok(atoms.empty());
        }
        if count > (JSString::MAX_LENGTH / string.length) as u64 {
            return Err(StringError::TooLong);
        }
        // Binary powers: a rope of at most two joints per bit of the count, whose equal parts are shared.
        let mut result = atoms.empty();
        let mut power = string;
        let mut rest = count;
        loop {
            if rest & 1 == 1 {
                result = JSString::concat(alloc, result, power)?;
            }
            rest >>= 1;
            if rest == 0 {
                return Ok(result);
            }
            power = JSString::concat(alloc, power, power)?;
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn flatten_rope<A: CellAllocator>(&self, alloc: A) -> Result<(), OutOfMemory> {
        let flat = JSString::new_flat(alloc, self.length, self.flags() & UTF16)?;
        self.finish_flattening(alloc, flat);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn flatten_rope_unlimited<A: CellAllocator>(&self, alloc: A) {
        let flat = JSString::new_flat_unlimited(alloc, self.length, self.flags() & UTF16);
        self.finish_flattening(alloc, flat);
    }

    fn finish_flattening<A: CellAllocator>(&self, alloc: A, flat: Gc<JSString>) {
        // From the right to the left: ropes are mostly built by appending, so that the stack stays at one entry.
        let mut end = self.length as usize;
        let mut lefts: Vec<Gc<JSString>> = Vec::new();
        let mut part = self.as_gc();
        loop {
            match part.view_if_flat() {
                None => {
                    let parts = part.rope_parts();
                    lefts.push(parts.left.get());
                    part = parts.right.get();
                    continue;
                }
                Some(view) => {
                    end -= view.len();
                    // SAFETY: `flat` has room for all characters at its width, which is at least that of each part;
                    // the lengths of a rope's parts add up to its own, so `end` stays in range.
                    unsafe {
                        if flat.is_latin1() {
                            copy_latin1(view, JSString::characters_mut::<u8>(flat).add(end));
                        } else {
                            copy_utf16(view, JSString::characters_mut::<u16>(flat).add(end));
                        }
                    }
                }
            }
            match lefts.pop() {
                Some(left) => part = left,
                None => break,
            }
        }
        debug_assert_eq!(end, 0);
        self.become_slice_of(alloc, flat);
    }
}

fn new_rope<A: CellAllocator>(
    alloc: A,
    length: u32,
    width: u8,
    left: Gc<JSString>,
    right: Gc<JSString>,
) -> Gc<JSString> {
    let string = JSString::init_head(
        alloc.allocate_cell(CellKind::String, JSString::PARTS_SIZE),
        length,
        width | ROPE,
    );
    // SAFETY: the cell has `PARTS_SIZE` bytes; the parts are written before anything else can run.
    unsafe {
        JSString::characters_mut::<RopeParts>(string)
            .write(RopeParts { left: left.into(), right: right.into() });
    }
    string
}

/// # Safety
/// `to` has room for the units, which all fit one byte.
#[inline]
pub(super) unsafe fn copy_latin1(view: StrView<'_>, to: *mut u8) {
    match view {
        // SAFETY: room is promised by the caller; source and target are different cells.
        StrView::Latin1(s) => unsafe { to.copy_from_nonoverlapping(s.as_ptr(), s.len()) },
        StrView::Utf16(s) => {
            for (i, &c) in s.iter().enumerate() {
                debug_assert!(c < 256);
                // SAFETY: room is promised by the caller.
                unsafe { to.add(i).write(c as u8) };
            }
        }
    }
}

/// # Safety
/// `to` has room for the units.
#[inline]
pub(super) unsafe fn copy_utf16(view: StrView<'_>, to: *mut u16) {
    match view {
        // SAFETY: room is promised by the caller; source and target are different cells.
        StrView::Utf16(s) => unsafe { to.copy_from_nonoverlapping(s.as_ptr(), s.len()) },
        StrView::Latin1(s) => {
            for (i, &c) in s.iter().enumerate() {
                // SAFETY: room is promised by the caller.
                unsafe { to.add(i).write(c as u16) };
            }
        }
    }
}

/// The flat parts of a string from left to right.
struct Parts {
    pending: Vec<Gc<JSString>>,
}

impl Iterator for Parts {
    type Item = Gc<JSString>;
    fn next(&mut self) -> Option<Gc<JSString>> {
        let mut part = self.pending.pop()?;
        while part.is_rope() {
            let parts = part.rope_parts();
            self.pending.push(parts.right.get());
            part = parts.left.get();
        }
        Some(part)
    }
}

#[cold]
pub(super) fn equals_slow<A: CellAllocator>(alloc: A, a: Gc<JSString>, b: Gc<JSString>) -> bool {
    compare_slow(alloc, a, b).is_eq()
}

/// Compares strings of which at least one is a rope. When there is no memory to flatten them, walks their parts.
#[cold]
pub(super) fn compare_slow<A: CellAllocator>(alloc: A, a: Gc<JSString>, b: Gc<JSString>) -> Ordering {
    if a.flatten(alloc).is_ok() && b.flatten(alloc).is_ok() {
        a.view().compare(b.view())
    } else {
        compare_parts(a, b)
    }
}

fn compare_parts(a: Gc<JSString>, b: Gc<JSString>) -> Ordering {
    let (mut a_parts, mut b_parts) = (Parts { pending: vec![a] }, Parts { pending: vec![b] });
    let (mut a_part, mut b_part) = (a_parts.next(), b_parts.next());
    let (mut a_at, mut b_at) = (0, 0);
    loop {
        let (Some(x), Some(y)) = (a_part, b_part) else {
            return a_part.is_some().cmp(&b_part.is_some());
        };
        let (x, y) = (x.view(), y.view());
        let n = (x.len() - a_at).min(y.len() - b_at);
        let order = x.slice(a_at, a_at + n).compare(y.slice(b_at, b_at + n));
        if order.is_ne() {
            return order;
        }
        a_at += n;
        b_at += n;
        let (a_done, b_done) = (a_at == x.len(), b_at == y.len());
        if a_done {
            a_part = a_parts.next();
            a_at = 0;
        }
        if b_done {
            b_part = b_parts.next();
            b_at = 0;
        }
    }
}

#[cfg(test)]
pub(super) fn compare_parts_for_test(a: Gc<JSString>, b: Gc<JSString>) -> Ordering {
    compare_parts(a, b)
}
