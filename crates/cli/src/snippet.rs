//! Shows a place in a source text: the file, the line, the text of the line, and a marker below the column.
//!
//! ```text
//!   --> app.js:5:17
//!    |
//!  5 |   let x = fine +* 2;
//!    |                 ^
//! ```
//!
//! Columns count UTF-16 code units, as everywhere in JavaScript; the marker counts terminal cells. A long line is cut to a
//! window around the marker.

use std::fmt::Write as _;

/// Characters kept on each side of the marker when a line is cut.
const WINDOW: usize = 60;

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snippet<'a> {
    pub(crate) file: &'a str,
    /// From 1.
    pub(crate) line: u32,
    /// From 1, in UTF-16 code units.
    pub(crate) column: u32,
    /// Length of the offending text in UTF-16 code units; what lies beyond the line is not marked.
    pub(crate) length: u32,
    /// The text of the line without its terminator.
    pub(crate) text: &'a str,
}

impl Snippet<'_> {
    /// The picture above, with a line end after each line.
    pub(crate) fn render(&self) -> String {
        // Characters before the marker, and marked.
        let (mut before, mut marked, mut units) = (0_usize, 0_usize, 0_u32);
        let start = self.column.saturating_sub(1);
        for c in self.text.chars() {
            if units < start {
                before += 1;
            } else if units < start + self.length {
                marked += 1;
            }
            units += c.len_utf16() as u32;
        }
        let total = self.text.chars().count();
        let from = before.saturating_sub(WINDOW);
        let to = total.min(before + marked.min(WINDOW) + WINDOW);
        let shown: String = self.text.chars().skip(from).take(to.saturating_sub(from)).collect();
        let (head, tail) = (if from > 0 { "…" } else { "" }, if to < total { "…" } else { "" });

        let cells = |chars: &mut dyn Iterator<Item = char>| -> usize { chars.map(width).sum() };
        let mut pad = " ".repeat(head.chars().count());
        for c in shown.chars().take(before - from) {
            match c {
                '\t' => pad.push('\t'),
                c => pad.extend(std::iter::repeat_n(' ', width(c))),
            }
        }
        let marker = cells(&mut shown.chars().skip(before - from).take(marked.min(WINDOW))).max(1);
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let mut text = String::new();
        let _ = writeln!(text, " {gutter}--> {}:{}:{}", self.file, self.line, self.column);
        let _ = writeln!(text, " {gutter} |");
        let _ = writeln!(text, " {number} | {head}{}{tail}", printable(&shown));
        let _ = writeln!(text, " {gutter} | {pad}{}", "^".repeat(marker));
        text
    }
}

/// Control characters would move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c }).collect()
}

/// Terminal cells of a character, near enough: East Asian and pictographic blocks are wide, combining marks take none.
fn width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60 => 2,
        0x1F300..=0x1FAFF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_the_place() {
        let snippet =
            Snippet { file: "app.js", line: 5, column: 17, length: 1, text: "  let x = fine +* 2;" };
        assert_eq!(
            snippet.render(),
            "  --> app.js:5:17\n   |\n 5 |   let x = fine +* 2;\n   |                 ^\n"
        );
    }

    #[test]
    fn wide_characters_and_tabs_keep_the_marker_below() {
        let snippet = Snippet { file: "a", line: 10, column: 5, length: 3, text: "\t😀 let;" };
        assert_eq!(snippet.render(), "   --> a:10:5\n    |\n 10 | \t😀 let;\n    | \t   ^^^\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_marker() {
        let text = "x".repeat(500);
        let shown = Snippet { file: "a", line: 1, column: 251, length: 400, text: &text }.render();
        let line = shown.lines().nth(2).unwrap_or_default();
        assert!(line.chars().count() < 4 * WINDOW && line.contains(" …x") && line.ends_with('…'), "{shown}");
        assert_eq!(shown.lines().nth(3).map(|line| line.find('^')), Some(Some(4 + 1 + WINDOW + 1)));
    }

    #[test]
    fn a_place_past_the_end_of_the_line_is_marked_after_it() {
        let shown = Snippet { file: "a", line: 2, column: 3, length: 0, text: "{" }.render();
        assert!(shown.ends_with(" 2 | {\n   |  ^\n"), "{shown}");
    }
}
