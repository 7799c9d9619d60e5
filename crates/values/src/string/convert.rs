//! Making strings from Rust text and characters, and reading them back.
//!
//! Constructors scan their input and choose Latin-1 wherever all characters fit, so that equal strings mostly have equal
//! representations (equality does not rely on it). Two sorts of constructors: those named `short` are for names and
//! messages, never fail and charge an excess over the memory limit instead; the others report it, and so fit lengths that
//! the program decides. Reading back as UTF-8 is lossy, because a JavaScript string may hold unpaired surrogates.

use unspool_gc::{Gc, OutOfMemory};

use super::rope::{copy_latin1, copy_utf16};
use super::{JSString, StrView, StringError, UTF16};
use crate::cell::CellAllocator;

impl JSString {
    /// A string of a few characters (names, numbers, messages): never fails, the memory limit notwithstanding. Wide
    /// characters are narrowed where they all fit.
    #[inline]
    pub fn short<A: CellAllocator>(alloc: A, view: StrView<'_>) -> Gc<JSString> {
        debug_assert!(view.len() <= JSString::MAX_LENGTH as usize);
        let width = if view.fits_latin1() { 0 } else { UTF16 };
        let string = JSString::new_flat_unlimited(alloc, view.len() as u32, width);
        // SAFETY: the cell was made for these characters at this width.
        unsafe { fill(string, view) };
        string
    }

    /// A short string from ASCII text, typically a literal.
    ///
    /// # Panics
    /// In debug builds if `text` is not ASCII.
    #[inline]
    pub fn short_ascii<A: CellAllocator>(alloc: A, text: &str) -> Gc<JSString> {
        JSString::short(alloc, StrView::ascii(text))
    }

    /// A string of any length; wide characters are narrowed where they all fit.
    ///
    /// # Errors
    /// Too long, or beyond the memory limit.
    pub fn from_view<A: CellAllocator>(alloc: A, view: StrView<'_>) -> Result<Gc<JSString>, StringError> {
        let length = check_length(view.len())?;
        let width = if view.fits_latin1() { 0 } else { UTF16 };
        let string = JSString::new_flat(alloc, length, width)?;
        // SAFETY: the cell was made for these characters at this width.
        unsafe { fill(string, view) };
        Ok(string)
    }

    /// A string from Latin-1 characters.
    ///
    /// # Errors
    /// Too long, or beyond the memory limit.
    pub fn from_latin1<A: CellAllocator>(alloc: A, bytes: &[u8]) -> Result<Gc<JSString>, StringError> {
        JSString::from_view(alloc, StrView::Latin1(bytes))
    }

    /// A string from UTF-16 code units, paired or not.
    ///
    /// # Errors
    /// Too long, or beyond the memory limit.
    pub fn from_utf16<A: CellAllocator>(alloc: A, units: &[u16]) -> Result<Gc<JSString>, StringError> {
        JSString::from_view(alloc, StrView::Utf16(units))
    }

    /// A string from UTF-8 text.
    ///
    /// # Errors
    /// Too long, or beyond the memory limit.
    pub fn from_str<A: CellAllocator>(alloc: A, text: &str) -> Result<Gc<JSString>, StringError> {
        if text.is_ascii() {
            return JSString::from_latin1(alloc, text.as_bytes());
        }
        if text.chars().all(|c| (c as u32) < 256) {
            let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
            return JSString::from_latin1(alloc, &bytes);
        }
        let units: Vec<u16> = text.encode_utf16().collect();
        JSString::from_utf16(alloc, &units)
    }

    /// A string of `length` Latin-1 characters that `fill` writes into a zeroed buffer.
    ///
    /// # Errors
    /// Too long, or beyond the memory limit.
    pub fn from_latin1_with<A: CellAllocator>(
        alloc: A,
        length: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<Gc<JSString>, StringError> {
        let string = JSString::new_flat(alloc, check_length(length)?, 0)?;
        let to = JSString::characters_mut::<u8>(string);
        // SAFETY: the cell was made for `length` bytes and nobody else refers to it; they are zeroed before the slice is
        // made, and `fill` cannot reach the allocator's heap through it.
        fill(unsafe {
            to.write_bytes(0, length);
            std::slice::from_raw_parts_mut(to, length)
        });
        Ok(string)
    }

    /// The text in UTF-8; unpaired surrogates become U+FFFD. A rope is flattened first.
    ///
    /// # Errors
    /// The string is a rope and flattening it would exceed the memory limit.
    pub fn to_rust_string_lossy<A: CellAllocator>(&self, alloc: A) -> Result<String, OutOfMemory> {
        Ok(self.flatten(alloc)?.to_rust_string_lossy())
    }
}

pub(super) fn check_length(length: usize) -> Result<u32, StringError> {
    if length > JSString::MAX_LENGTH as usize { Err(StringError::TooLong) } else { Ok(length as u32) }
}

/// # Safety
/// `string` is a new flat cell for as many characters as `view` has, wide if one of them needs it.
#[inline]
unsafe fn fill(string: Gc<JSString>, view: StrView<'_>) {
    if string.is_latin1() {
        // SAFETY: the string is flat, Latin-1 and new, so nobody else refers to its characters; all of `view`'s fit.
        unsafe { copy_latin1(view, JSString::characters_mut(string)) };
    } else {
        // SAFETY: the string is flat, UTF-16 and new, so nobody else refers to its characters, as many as `view` has.
        unsafe { copy_utf16(view, JSString::characters_mut(string)) };
    }
}
