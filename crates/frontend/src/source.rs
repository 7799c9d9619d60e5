//! Source text as the front end sees it, and the way from byte offsets to lines and columns.
//!
//! oxc parses UTF-8 and speaks of byte offsets (`u32`). JavaScript speaks of UTF-16 code units, and code strings
//! (for `eval` and `Function`) may hold lone surrogates, which UTF-8 cannot spell. [`SourceText`] bridges the two:
//! a lone surrogate is spelled as the escape `\uXXXX` and remembered in a side table of *edits*, so that
//! [`SourceText::slice_utf16`] can give back the exact original units (`Function.prototype.toString`). The same table
//! remembers text that the front end itself inserted (a hidden `"use strict"` in front of strict eval code, see
//! `parse`), which then is invisible in slices, lines and columns.
//!
//! The line table is built on first use and kept; lines end at LF, CR, CR LF, U+2028 and U+2029.

use std::sync::OnceLock;

/// A stretch of [`SourceText::text`] that differs from the original code units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    /// Byte offset in the text.
    start: u32,
    /// Length in bytes in the text.
    len: u32,
    /// What the original had there: nothing for inserted text, one unit for a lone surrogate, two for a lone surrogate
    /// that swallowed the backslash before it.
    original: Vec<u16>,
}

/// A line and a column, both counted from 1; the column counts UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in UTF-16 code units, from 1.
    pub column: u32,
}

/// Program text in UTF-8 with the knowledge of how it differs from the original UTF-16.
#[derive(Clone, Debug, Default)]
pub struct SourceText {
    text: String,
    edits: Vec<Edit>,
    lines: OnceLock<Vec<u32>>,
}

impl From<&str> for SourceText {
    fn from(text: &str) -> Self {
        SourceText::new(text)
    }
}

impl From<String> for SourceText {
    fn from(text: String) -> Self {
        SourceText { text, edits: Vec::new(), lines: OnceLock::new() }
    }
}

impl SourceText {
    /// Wraps well-formed text.
    #[must_use]
    pub fn new(text: &str) -> SourceText {
        SourceText::from(text.to_owned())
    }

    /// Converts UTF-16 code units; lone surrogates become `\uXXXX` escapes recorded in the side table.
    #[must_use]
    pub fn from_utf16(units: &[u16]) -> SourceText {
        let mut text = String::with_capacity(units.len());
        let mut edits = Vec::new();
        for decoded in char::decode_utf16(units.iter().copied()) {
            match decoded {
                Ok(c) => text.push(c),
                Err(lone) => {
                    let unit = lone.unpaired_surrogate();
                    // An odd run of backslashes before the surrogate would escape the backslash of our own escape.
                    let backslashes = text.bytes().rev().take_while(|&b| b == b'\\').count();
                    let mut original = vec![unit];
                    if backslashes % 2 == 1 {
                        text.pop();
                        original.insert(0, u16::from(b'\\'));
                    }
                    edits.push(Edit { start: text.len() as u32, len: 6, original });
                    text.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
        SourceText { text, edits, lines: OnceLock::new() }
    }

    /// The text that is parsed; every byte offset of the front end refers to it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts `insertion` at `offset`, invisible in slices, lines and columns.
    pub(crate) fn insert(&mut self, offset: u32, insertion: &str) {
        let len = insertion.len() as u32;
        for edit in &mut self.edits {
            if edit.start >= offset {
                edit.start += len;
            }
        }
        let at = self.edits.partition_point(|e| e.start < offset);
        self.edits.insert(at, Edit { start: offset, len, original: Vec::new() });
        self.text.insert_str(offset as usize, insertion);
        self.lines = OnceLock::new();
    }

    /// Whether the text at `offset` was inserted (not merely respelled).
    pub(crate) fn is_inserted_at(&self, offset: u32) -> bool {
        self.edits.iter().any(|e| e.start <= offset && offset < e.start + e.len && e.original.is_empty())
    }

    /// The original code units between two byte offsets, as `Function.prototype.toString` shows them.
    #[must_use]
    pub fn slice_utf16(&self, start: u32, end: u32) -> Vec<u16> {
        let mut units = Vec::with_capacity((end - start) as usize);
        let mut at = start;
        for edit in self.edits.iter().filter(|e| e.start >= start && e.start < end) {
            units.extend(self.text[at as usize..edit.start as usize].encode_utf16());
            units.extend_from_slice(&edit.original);
            at = (edit.start + edit.len).min(end);
        }
        units.extend(self.text[at as usize..end as usize].encode_utf16());
        units
    }

    /// The text between two byte offsets when it is exactly the original there (no edit inside), which is nearly always.
    #[must_use]
    pub fn slice(&self, start: u32, end: u32) -> Option<&str> {
        if self.edits.iter().any(|e| e.start < end && e.start + e.len > start) {
            return None;
        }
        self.text.get(start as usize..end as usize)
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            let mut i = 0;
            while i < bytes.len() {
                match bytes[i] {
                    b'\n' => starts.push(i as u32 + 1),
                    b'\r' if bytes.get(i + 1) != Some(&b'\n') => starts.push(i as u32 + 1),
                    0xE2 if bytes.get(i + 1) == Some(&0x80)
                        && matches!(bytes.get(i + 2), Some(0xA8 | 0xA9)) =>
                    {
                        starts.push(i as u32 + 3);
                    }
                    _ => {}
                }
                i += 1;
            }
            starts
        })
    }

    /// Line and column of a byte offset. Offsets past the end count as the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let lines = self.lines();
        let mut offset = offset.min(self.text.len() as u32);
        while !self.text.is_char_boundary(offset as usize) {
            offset -= 1;
        }
        let line = lines.partition_point(|&start| start <= offset) - 1;
        let start = lines[line];
        let column = if self.edits.is_empty() {
            self.text[start as usize..offset as usize].encode_utf16().count()
        } else {
            self.slice_utf16(start, offset).len()
        };
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The text of a line (from 1) without its terminator; empty when there is no such line.
    #[must_use]
    pub fn line_text(&self, line: u32) -> &str {
        let lines = self.lines();
        let Some(&start) = lines.get(line.wrapping_sub(1) as usize) else { return "" };
        let end = lines.get(line as usize).map_or(self.text.len(), |&e| e as usize);
        let visible = match self.edits.first() {
            Some(e) if e.start == start && e.original.is_empty() => start + e.len,
            _ => start,
        };
        self.text[visible as usize..end].trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units_and_all_line_ends() {
        let s = SourceText::new("a\r\n😀b\u{2028}c\rd\n");
        let at = |needle: &str| s.position(s.text().find(needle).unwrap() as u32);
        assert_eq!(at("a"), Position { line: 1, column: 1 });
        assert_eq!(at("b"), Position { line: 2, column: 3 });
        assert_eq!(at("c"), Position { line: 3, column: 1 });
        assert_eq!(at("d"), Position { line: 4, column: 1 });
        assert_eq!(s.position(999), Position { line: 5, column: 1 });
        assert_eq!(s.line_text(2), "😀b");
        assert_eq!(s.line_text(9), "");
    }

    #[test]
    fn lone_surrogates_survive_the_round_trip() {
        let units = [0x61, 0xD800, 0x62, 0x5C, 0xDC00, 0x63];
        let s = SourceText::from_utf16(&units);
        assert_eq!(s.text(), "a\\uD800b\\uDC00c");
        assert_eq!(s.slice_utf16(0, s.len() as u32), units);
        assert_eq!(s.position(s.text().find('c').unwrap() as u32).column, 6);
        assert_eq!(s.slice(0, 1), Some("a"));
        assert_eq!(s.slice(0, 3), None);
    }

    #[test]
    fn insertions_are_invisible() {
        let mut s = SourceText::new("x = 1");
        s.insert(0, "'use strict';");
        assert_eq!(s.position(13), Position { line: 1, column: 1 });
        assert_eq!(s.line_text(1), "x = 1");
        assert_eq!(String::from_utf16(&s.slice_utf16(0, s.len() as u32)).unwrap(), "x = 1");
        assert!(s.is_inserted_at(0));
    }
}
