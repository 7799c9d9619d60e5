//! Which strings are ASCII, remembered per string.
//!
//! ASCII text is UTF-8 as it is: matchers and parsers written for `str` can read it in place. Two bits of the header say
//! that the question was asked and what the answer was, so that a long subject is looked at once and not before each match.

use super::{ASCII, JSString, NOT_ASCII, StrView};

impl JSString {
    /// The text, if all characters are ASCII. The string is no rope.
    #[inline]
    pub fn as_ascii(&self) -> Option<&str> {
        if self.flags() & NOT_ASCII != 0 {
            return None;
        }
        let StrView::Latin1(bytes) = self.view() else { return None };
        if self.flags() & ASCII == 0 {
            if !bytes.is_ascii() {
                self.add_flags(NOT_ASCII);
                return None;
            }
            self.add_flags(ASCII);
        }
        // SAFETY: the characters of a string never change, and they were found to be ASCII, which is UTF-8.
        Some(unsafe { std::str::from_utf8_unchecked(bytes) })
    }
}
