//! [`StringBuilder`]: accumulates characters outside the managed heap.
//!
//! For builtins that produce long strings piece by piece (`join`, `replace`, `JSON.stringify`, escapes). The buffer is
//! Latin-1 until the first character that does not fit. Appending never fails: a result that became too long is reported
//! once, by [`StringBuilder::finish`]; what is appended after that point is dropped so that memory stays bounded.

use unspool_gc::Gc;

use super::{JSString, StrView, StringError, units_fit_latin1};
use crate::cell::CellAllocator;

/// Text that grows in Rust memory: Latin-1 until the first wide character, UTF-16 from then on.
#[derive(Clone, Debug)]
pub struct StringBuilder {
    characters: Characters,
    too_long: bool,
}

#[derive(Clone, Debug)]
enum Characters {
    Latin1(Vec<u8>),
    Utf16(Vec<u16>),
}

impl Default for StringBuilder {
    fn default() -> StringBuilder {
        StringBuilder::new()
    }
}

impl StringBuilder {
    /// An empty builder.
    pub fn new() -> StringBuilder {
        StringBuilder { characters: Characters::Latin1(Vec::new()), too_long: false }
    }

    /// An empty builder with room for `capacity` Latin-1 characters.
    pub fn with_capacity(capacity: usize) -> StringBuilder {
        StringBuilder {
            characters: Characters::Latin1(Vec::with_capacity(capacity.min(JSString::MAX_LENGTH as usize))),
            too_long: false,
        }
    }

    /// Code units so far.
    pub fn len(&self) -> usize {
        self.view().len()
    }

    /// Nothing so far?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Has the result become too long to be a string?
    pub fn is_too_long(&self) -> bool {
        self.too_long
    }

    /// The characters put in so far, in the width they have now.
    pub fn view(&self) -> StrView<'_> {
        match &self.characters {
            Characters::Latin1(s) => StrView::Latin1(s),
            Characters::Utf16(s) => StrView::Utf16(s),
        }
    }

    /// Whether `more` units fit; notes it when they do not.
    #[inline]
    fn has_room(&mut self, more: usize) -> bool {
        let fits = !self.too_long && more <= JSString::MAX_LENGTH as usize - self.len();
        self.too_long = !fits;
        fits
    }

    #[cold]
    fn widen(&mut self) -> &mut Vec<u16> {
        if let Characters::Latin1(s) = &self.characters {
            let mut wide = Vec::with_capacity(s.len() * 2 + 16);
            wide.extend(s.iter().map(|&c| c as u16));
            self.characters = Characters::Utf16(wide);
        }
        match &mut self.characters {
            Characters::Utf16(s) => s,
            Characters::Latin1(_) => unreachable!("just widened"),
        }
    }

    /// Appends one code unit.
    #[inline]
    pub fn push_unit(&mut self, unit: u16) {
        if !self.has_room(1) {
            return;
        }
        match &mut self.characters {
            Characters::Latin1(s) if unit < 256 => s.push(unit as u8),
            Characters::Latin1(_) => self.widen().push(unit),
            Characters::Utf16(s) => s.push(unit),
        }
    }

    /// Appends one Latin-1 character.
    #[inline]
    pub fn push_latin1(&mut self, c: u8) {
        self.push_unit(c as u16);
    }

    /// Appends a code point, as a surrogate pair where needed.
    ///
    /// # Panics
    /// In debug builds if `code_point` is above 0x10ffff.
    pub fn push_code_point(&mut self, code_point: u32) {
        debug_assert!(code_point <= 0x10_ffff);
        if code_point < 0x1_0000 {
            self.push_unit(code_point as u16);
        } else {
            let c = code_point - 0x1_0000;
            self.push_unit(0xd800 | (c >> 10) as u16);
            self.push_unit(0xdc00 | (c & 0x3ff) as u16);
        }
    }

    /// Appends all units of a view.
    pub fn push_view(&mut self, view: StrView<'_>) {
        if !self.has_room(view.len()) {
            return;
        }
        match (&mut self.characters, view) {
            (Characters::Latin1(to), StrView::Latin1(from)) => to.extend_from_slice(from),
            (Characters::Utf16(to), from) => from.append_to_utf16(to),
            (Characters::Latin1(to), StrView::Utf16(from)) => {
                if units_fit_latin1(from) {
                    to.extend(from.iter().map(|&c| c as u8));
                } else {
                    self.widen().extend_from_slice(from);
                }
            }
        }
    }

    /// Appends UTF-8 text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_view(StrView::Latin1(text.as_bytes()));
        } else {
            for c in text.chars() {
                self.push_code_point(c as u32);
            }
        }
    }

    /// Appends a string; a rope is flattened first.
    ///
    /// # Errors
    /// Flattening would exceed the memory limit.
    pub fn push_string<A: CellAllocator>(
        &mut self,
        alloc: A,
        string: Gc<JSString>,
    ) -> Result<(), StringError> {
        self.push_view(string.flatten(alloc)?);
        Ok(())
    }

    /// Forgets the units from `length` on.
    pub fn truncate(&mut self, length: usize) {
        match &mut self.characters {
            Characters::Latin1(s) => s.truncate(length),
            Characters::Utf16(s) => s.truncate(length),
        }
    }

    /// The string.
    ///
    /// # Errors
    /// Too long, or beyond the memory limit.
    pub fn finish<A: CellAllocator>(self, alloc: A) -> Result<Gc<JSString>, StringError> {
        if self.too_long {
            return Err(StringError::TooLong);
        }
        JSString::from_view(alloc, self.view())
    }
}
