//! Damaged texts: programs with tokens cut out, doubled, swapped or replaced.
//!
//! Nearly all of them are syntax errors; what must never happen is a panic. The pieces that replace tokens are those on
//! which a parser's state changes: brackets, quotes, comment marks, keywords.

use crate::random::Random;

const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    "=>",
    "...",
    "?.",
    "??=",
    "**",
    "`",
    "${",
    "'",
    "\"",
    "/",
    "/*",
    "*/",
    "//",
    "\n",
    "#x",
    "@",
    "\\u0061",
    "\\",
    "\u{2028}",
    "\u{1F600}",
    "await",
    "yield",
    "async",
    "function",
    "function*",
    "class",
    "extends",
    "super",
    "new.target",
    "import.meta",
    "import(",
    "export",
    "default",
    "static",
    "get",
    "set",
    "let",
    "const",
    "var",
    "using",
    "for",
    "of",
    "in",
    "with",
    "return",
    "break",
    "continue",
    "label:",
    "switch",
    "case",
    "try",
    "catch",
    "finally",
    "throw",
    "debugger",
    "this",
    "arguments",
    "eval",
    "delete",
    "typeof",
    "0x",
    "1_",
    "1n",
    "08",
    ".5e",
    "\"use strict\";",
    "=",
    "+",
    "++",
    "<!--",
    "-->",
    "enum",
    "of of",
    "{a:b=1}",
    "[a]=1",
    "({a=1})",
];

/// `text` with a few random damages; it stays UTF-8.
#[must_use]
pub fn mutate(text: &str, random: &mut Random) -> String {
    let mut tokens = split(text);
    for _ in 0..1 + random.below(6) {
        if tokens.is_empty() {
            tokens.push("x".into());
        }
        let at = random.below(tokens.len());
        let other = random.below(tokens.len());
        match random.below(6) {
            0 => drop(tokens.remove(at)),
            1 => tokens.insert(at, tokens[other].clone()),
            2 => tokens.swap(at, other),
            3 => tokens[at] = (*random.pick(PIECES)).to_owned(),
            4 => tokens.insert(at, format!(" {} ", random.pick(PIECES))),
            _ => {
                let (from, to) = (at.min(other), at.max(other).min(at.min(other) + 30));
                tokens.drain(from..to);
            }
        }
    }
    tokens.concat()
}

/// Words, runs of blanks, and single other characters.
fn split(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let class = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            1
        } else if c.is_whitespace() {
            2
        } else {
            0
        }
    };
    for c in text.chars() {
        match tokens.last_mut() {
            Some(last) if class(c) != 0 && last.chars().next_back().map(class) == Some(class(c)) => {
                last.push(c)
            }
            _ => tokens.push(c.to_string()),
        }
    }
    tokens
}
