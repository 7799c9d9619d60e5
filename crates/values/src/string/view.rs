//! [`StrView`]: the characters of a flat string, borrowed.
//!
//! A JavaScript string is a sequence of 16-bit code units (WTF-16: surrogates may be unpaired). The engine stores
//! strings whose units all fit one byte as Latin-1. A view is one of the two slices; every operation below gives the
//! same answer for the same units in either form. Indices and lengths count code units.
//!
//! A view borrows from a cell: hold it only in a scope that does not allocate on the managed heap.

use std::cmp::Ordering;

use super::hash::{HashSeed, hash_latin1, hash_utf16};
use crate::number::is_js_whitespace;

/// The code units of a flat string.
#[derive(Clone, Copy, Debug)]
pub enum StrView<'a> {
    /// All units are below 256, one byte each.
    Latin1(&'a [u8]),
    /// Two bytes per unit; the units may happen to be all below 256.
    Utf16(&'a [u16]),
}

impl<'a> StrView<'a> {
    /// The empty string.
    pub const EMPTY: StrView<'static> = StrView::Latin1(&[]);

    /// A view of an ASCII literal.
    ///
    /// # Panics
    /// In debug builds if `text` is not ASCII.
    #[inline]
    pub fn ascii(text: &'a str) -> StrView<'a> {
        debug_assert!(text.is_ascii());
        StrView::Latin1(text.as_bytes())
    }

    /// Number of code units.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            StrView::Latin1(s) => s.len(),
            StrView::Utf16(s) => s.len(),
        }
    }

    /// Has it no units?
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The code unit at `index`, which is in range.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline]
    pub fn at(self, index: usize) -> u16 {
        match self {
            StrView::Latin1(s) => s[index] as u16,
            StrView::Utf16(s) => s[index],
        }
    }

    /// The code unit at `index`, if there is one.
    #[inline]
    pub fn get(self, index: usize) -> Option<u16> {
        match self {
            StrView::Latin1(s) => s.get(index).map(|&c| c as u16),
            StrView::Utf16(s) => s.get(index).copied(),
        }
    }

    /// The units from `from` up to, not including, `to`.
    ///
    /// # Panics
    /// Unless `from <= to <= len`.
    #[inline]
    pub fn slice(self, from: usize, to: usize) -> StrView<'a> {
        match self {
            StrView::Latin1(s) => StrView::Latin1(&s[from..to]),
            StrView::Utf16(s) => StrView::Utf16(&s[from..to]),
        }
    }

    /// The Latin-1 bytes, if the view is stored so.
    #[inline]
    pub fn as_latin1(self) -> Option<&'a [u8]> {
        match self {
            StrView::Latin1(s) => Some(s),
            StrView::Utf16(_) => None,
        }
    }

    /// Are all units below 256, in whichever form they are stored?
    #[inline]
    pub fn fits_latin1(self) -> bool {
        match self {
            StrView::Latin1(_) => true,
            StrView::Utf16(s) => units_fit_latin1(s),
        }
    }

    /// Are all units below 128?
    pub fn is_ascii(self) -> bool {
        match self {
            StrView::Latin1(s) => s.is_ascii(),
            StrView::Utf16(s) => s.iter().all(|&c| c < 128),
        }
    }

    /// Does it consist of the characters of `text`, which is ASCII?
    #[inline]
    pub fn eq_ascii(self, text: &str) -> bool {
        match self {
            StrView::Latin1(s) => s == text.as_bytes(),
            StrView::Utf16(_) => self == StrView::Latin1(text.as_bytes()),
        }
    }

    /// Iterates over the code units.
    #[inline]
    pub fn units(self) -> Units<'a> {
        Units { view: self, index: 0 }
    }

    /// Iterates over the code points: surrogate pairs are joined, unpaired surrogates come as themselves.
    #[inline]
    pub fn code_points(self) -> CodePoints<'a> {
        CodePoints { view: self, index: 0 }
    }

    /// CodePointAt (ECMA-262 11.1.4): the code point that starts at `index`, and how many units it takes.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline]
    pub fn code_point_at(self, index: usize) -> (u32, usize) {
        match self {
            StrView::Latin1(s) => (s[index] as u32, 1),
            StrView::Utf16(s) => {
                let first = s[index];
                if is_lead_surrogate(first)
                    && let Some(&second) = s.get(index + 1)
                    && is_trail_surrogate(second)
                {
                    (join_surrogates(first, second), 2)
                } else {
                    (first as u32, 1)
                }
            }
        }
    }

    /// Whether every surrogate is half of a pair, so that the text is proper Unicode.
    pub fn is_well_formed(self) -> bool {
        match self {
            StrView::Latin1(_) => true,
            StrView::Utf16(_) => self.code_points().all(|c| !(0xd800..=0xdfff).contains(&c)),
        }
    }

    /// The hash of the units, the same for both forms; never zero.
    #[inline]
    pub fn hash(self, seed: HashSeed) -> u32 {
        match self {
            StrView::Latin1(s) => hash_latin1(seed, s),
            StrView::Utf16(s) => hash_utf16(seed, s),
        }
    }

    /// Order by code units, as `<` on strings does.
    pub fn compare(self, other: StrView<'_>) -> Ordering {
        match (self, other) {
            (StrView::Latin1(a), StrView::Latin1(b)) => a.cmp(b),
            (StrView::Utf16(a), StrView::Utf16(b)) => a.cmp(b),
            _ => self.units().cmp(other.units()),
        }
    }

    /// Does it begin with `prefix`?
    pub fn starts_with(self, prefix: StrView<'_>) -> bool {
        prefix.len() <= self.len() && self.slice(0, prefix.len()) == prefix
    }

    /// Does it end with `suffix`?
    pub fn ends_with(self, suffix: StrView<'_>) -> bool {
        suffix.len() <= self.len() && self.slice(self.len() - suffix.len(), self.len()) == suffix
    }

    /// StringIndexOf (6.1.4.1): the smallest index not below `from` at which `needle` occurs. An empty needle occurs at
    /// every index up to the length.
    pub fn index_of(self, needle: StrView<'_>, from: usize) -> Option<usize> {
        let last = self.len().checked_sub(needle.len())?;
        if from > last {
            return None;
        }
        if needle.is_empty() {
            return Some(from);
        }
        let found = match (self, needle) {
            (StrView::Latin1(h), StrView::Latin1(n)) => search(&h[from..], n),
            (StrView::Utf16(h), StrView::Utf16(n)) => search(&h[from..], n),
            (StrView::Utf16(h), StrView::Latin1(n)) => match n {
                [c] => position(&h[from..], *c as u16),
                _ => search(&h[from..], &widen(n)),
            },
            (StrView::Latin1(h), StrView::Utf16(n)) => search(&h[from..], &narrow(n)?),
        };
        found.map(|i| i + from)
    }

    /// StringLastIndexOf (6.1.4.2): the largest index not above `from` at which `needle` occurs.
    pub fn last_index_of(self, needle: StrView<'_>, from: usize) -> Option<usize> {
        let last = self.len().checked_sub(needle.len())?.min(from);
        match (self, needle) {
            (StrView::Latin1(h), StrView::Latin1(n)) => search_back(h, n, last),
            (StrView::Utf16(h), StrView::Utf16(n)) => search_back(h, n, last),
            (StrView::Utf16(h), StrView::Latin1(n)) => search_back(h, &widen(n), last),
            (StrView::Latin1(h), StrView::Utf16(n)) => search_back(h, &narrow(n)?, last),
        }
    }

    /// The index of the first unit equal to `unit` at or after `from`.
    #[inline]
    pub fn find_unit(self, unit: u16, from: usize) -> Option<usize> {
        match self {
            StrView::Latin1(s) => {
                let unit = u8::try_from(unit).ok()?;
                position(s.get(from..)?, unit).map(|i| i + from)
            }
            StrView::Utf16(s) => position(s.get(from..)?, unit).map(|i| i + from),
        }
    }

    /// The view without leading white space and line terminators.
    pub fn trim_start(self) -> StrView<'a> {
        let n = self.units().take_while(|&c| is_js_whitespace(c)).count();
        self.slice(n, self.len())
    }

    /// The view without trailing white space and line terminators.
    pub fn trim_end(self) -> StrView<'a> {
        let mut end = self.len();
        while end > 0 && is_js_whitespace(self.at(end - 1)) {
            end -= 1;
        }
        self.slice(0, end)
    }

    /// The view without white space and line terminators at both ends.
    pub fn trim(self) -> StrView<'a> {
        self.trim_start().trim_end()
    }

    /// The array index (`"0"` … `"4294967294"` in canonical form) the string spells, if it does.
    #[inline]
    pub fn array_index(self) -> Option<u32> {
        let len = self.len();
        if len == 0 || len > 10 || !is_digit(self.at(0)) {
            return None;
        }
        self.array_index_slow()
    }

    fn array_index_slow(self) -> Option<u32> {
        let len = self.len();
        if self.at(0) == b'0' as u16 {
            return (len == 1).then_some(0);
        }
        let mut n: u64 = 0;
        for c in self.units() {
            if !is_digit(c) {
                return None;
            }
            n = n * 10 + (c - b'0' as u16) as u64;
        }
        (n <= MAX_ARRAY_INDEX as u64).then_some(n as u32)
    }

    /// Appends the units to `out`, widened.
    pub fn append_to_utf16(self, out: &mut Vec<u16>) {
        match self {
            StrView::Latin1(s) => out.extend(s.iter().map(|&c| c as u16)),
            StrView::Utf16(s) => out.extend_from_slice(s),
        }
    }

    /// The units as a Rust vector.
    pub fn to_utf16(self) -> Vec<u16> {
        let mut out = Vec::with_capacity(self.len());
        self.append_to_utf16(&mut out);
        out
    }

    /// The text in UTF-8; unpaired surrogates become U+FFFD.
    pub fn to_rust_string_lossy(self) -> String {
        match self {
            StrView::Latin1(s) => match std::str::from_utf8(s) {
                Ok(text) if s.is_ascii() => text.to_owned(),
                _ => s.iter().map(|&c| c as char).collect(),
            },
            StrView::Utf16(s) => String::from_utf16_lossy(s),
        }
    }

    /// The text in UTF-8, unless a surrogate is unpaired.
    pub fn to_rust_string(self) -> Option<String> {
        match self {
            StrView::Latin1(_) => Some(self.to_rust_string_lossy()),
            StrView::Utf16(s) => String::from_utf16(s).ok(),
        }
    }
}

/// The largest array index, 2^32 − 2.
pub const MAX_ARRAY_INDEX: u32 = u32::MAX - 1;

impl PartialEq<StrView<'_>> for StrView<'_> {
    #[inline]
    fn eq(&self, other: &StrView<'_>) -> bool {
        match (*self, *other) {
            (StrView::Latin1(a), StrView::Latin1(b)) => a == b,
            (StrView::Utf16(a), StrView::Utf16(b)) => a == b,
            (StrView::Latin1(a), StrView::Utf16(b)) | (StrView::Utf16(b), StrView::Latin1(a)) => {
                eq_mixed(a, b)
            }
        }
    }
}

impl Eq for StrView<'_> {}

impl<'a> From<&'a [u8]> for StrView<'a> {
    fn from(latin1: &'a [u8]) -> StrView<'a> {
        StrView::Latin1(latin1)
    }
}
impl<'a> From<&'a [u16]> for StrView<'a> {
    fn from(utf16: &'a [u16]) -> StrView<'a> {
        StrView::Utf16(utf16)
    }
}

/// The code units of a view one by one, widened.
#[derive(Clone, Debug)]
pub struct Units<'a> {
    view: StrView<'a>,
    index: usize,
}

impl Iterator for Units<'_> {
    type Item = u16;
    #[inline]
    fn next(&mut self) -> Option<u16> {
        let unit = self.view.get(self.index)?;
        self.index += 1;
        Some(unit)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.view.len() - self.index;
        (n, Some(n))
    }
}

impl ExactSizeIterator for Units<'_> {}

/// Iterator over code points; unpaired surrogates come as themselves.
#[derive(Clone, Debug)]
pub struct CodePoints<'a> {
    view: StrView<'a>,
    index: usize,
}

impl CodePoints<'_> {
    /// The index of the code unit at which the next code point begins.
    pub fn unit_index(&self) -> usize {
        self.index
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;
    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.index >= self.view.len() {
            return None;
        }
        let (code_point, units) = self.view.code_point_at(self.index);
        self.index += units;
        Some(code_point)
    }
}

/// Is the unit the first half of a surrogate pair?
#[inline]
pub const fn is_lead_surrogate(unit: u16) -> bool {
    unit & 0xfc00 == 0xd800
}

/// Is the unit the second half of a surrogate pair?
#[inline]
pub const fn is_trail_surrogate(unit: u16) -> bool {
    unit & 0xfc00 == 0xdc00
}

/// The code point of a surrogate pair.
#[inline]
pub const fn join_surrogates(lead: u16, trail: u16) -> u32 {
    0x10000 + (((lead & 0x3ff) as u32) << 10) + (trail & 0x3ff) as u32
}

/// Are all units below 256?
#[inline]
pub fn units_fit_latin1(units: &[u16]) -> bool {
    // Most wide strings show it in their first units; the rest is folded in blocks the compiler turns into vectors.
    let (head, tail) = units.split_at(units.len().min(8));
    head.iter().all(|&c| c < 256)
        && tail.chunks(64).all(|block| block.iter().fold(0, |acc, &c| acc | c) < 256)
}

#[inline]
fn is_digit(unit: u16) -> bool {
    unit.wrapping_sub(b'0' as u16) < 10
}

fn eq_mixed(a: &[u8], b: &[u16]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| a as u16 == b)
}

fn widen(s: &[u8]) -> Vec<u16> {
    s.iter().map(|&c| c as u16).collect()
}

/// Latin-1 bytes of wide units, unless one does not fit.
fn narrow(s: &[u16]) -> Option<Vec<u8>> {
    units_fit_latin1(s).then(|| s.iter().map(|&c| c as u8).collect())
}

const BLOCK: usize = 32;

/// The first position of `needle`: whole blocks are compared without branches, which the compiler turns into vector
/// code, and only a block that contains a match is looked at unit by unit.
#[inline]
fn position<T: Copy + Eq>(haystack: &[T], needle: T) -> Option<usize> {
    let mut blocks = haystack.chunks_exact(BLOCK);
    let mut base = 0;
    for block in blocks.by_ref() {
        if block.iter().fold(false, |hit, &c| hit | (c == needle)) {
            return block.iter().position(|&c| c == needle).map(|i| base + i);
        }
        base += BLOCK;
    }
    blocks.remainder().iter().position(|&c| c == needle).map(|i| base + i)
}

/// The first occurrence of a needle that is not empty. Candidates are positions where both the first and the last unit
/// of the needle match (two block compares, no table to set up); they rarely coincide by chance.
fn search<T: Copy + Eq>(haystack: &[T], needle: &[T]) -> Option<usize> {
    let (first, last) = (needle[0], needle[needle.len() - 1]);
    if needle.len() == 1 {
        return position(haystack, first);
    }
    let candidates = (haystack.len() + 1).checked_sub(needle.len())?;
    let firsts = &haystack[..candidates];
    let lasts = &haystack[needle.len() - 1..];
    let mut base = 0;
    while base + BLOCK <= candidates {
        let (a, b) = (&firsts[base..base + BLOCK], &lasts[base..base + BLOCK]);
        if a.iter().zip(b).fold(false, |hit, (&a, &b)| hit | ((a == first) & (b == last))) {
            for i in base..base + BLOCK {
                if firsts[i] == first && haystack[i..i + needle.len()] == *needle {
                    return Some(i);
                }
            }
        }
        base += BLOCK;
    }
    (base..candidates).find(|&i| firsts[i] == first && haystack[i..i + needle.len()] == *needle)
}

/// The last occurrence at or before `from`, where `from + needle.len() <= haystack.len()`.
fn search_back<T: Copy + Eq>(haystack: &[T], needle: &[T], from: usize) -> Option<usize> {
    let Some(&first) = needle.first() else { return Some(from) };
    (0..=from).rev().find(|&i| haystack[i] == first && haystack[i..i + needle.len()] == *needle)
}
