//! Recursion over trees of any depth.
//!
//! Our own walks call [`guard`] at every level, which continues on a fresh stack segment when the current one runs low.
//! oxc's parser and its semantic pass recurse without such a guard; [`with_room_for`] gives them a stack large enough for
//! the deepest nesting that the source can contain. For texts of ordinary size that bound is crude (every token may open a level) and costs
//! nothing, since pages of the stack that are not touched are never committed. For large texts a lexical estimate takes its
//! place. A text whose bound is beyond [`MAX_STACK`] is not parsed at all.

/// Stack that one level of nesting takes at most in oxc's recursive descent (measured: about 2.6 KiB for nested arrays and
/// parentheses, 3.4 KiB for nested functions; rounded up).
const BYTES_PER_LEVEL: usize = 6 * 1024;
/// Below this the crude bound is used as it is.
const CRUDE_LIMIT: usize = 192 << 20;
/// The largest stack we ask the system for.
const MAX_STACK: usize = 3 << 30;
/// Always there.
const BASE: usize = 256 * 1024;

/// Runs `f` with at least 128 KiB of stack left.
#[inline]
pub(crate) fn guard<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(128 * 1024, 4 * 1024 * 1024, f)
}

/// The text could nest too deeply to be parsed.
#[derive(Debug)]
pub(crate) struct TooDeep;

/// Runs `f`, which parses `text`, on a stack with room for it.
pub(crate) fn with_room_for<R>(text: &str, f: impl FnOnce() -> R) -> Result<R, TooDeep> {
    let crude = token_count(text).saturating_mul(BYTES_PER_LEVEL);
    let needed =
        if crude <= CRUDE_LIMIT { crude } else { nesting_estimate(text).saturating_mul(BYTES_PER_LEVEL) };
    if needed > MAX_STACK {
        return Err(TooDeep);
    }
    let needed = needed + BASE;
    Ok(stacker::maybe_grow(needed, needed, f))
}

/// An upper bound of the number of tokens: punctuation bytes and starts of words.
fn token_count(text: &str) -> usize {
    let mut count = 0;
    let mut in_word = false;
    for &b in text.as_bytes() {
        let word = b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80 || b == b'\\';
        count += usize::from((word && !in_word) || (!word && !b.is_ascii_whitespace()));
        in_word = word;
    }
    count
}

/// Estimates how deeply the text nests: open brackets, plus the operators, keywords and arrows since the last separator at
/// each open level, plus all `else`s of a level.
fn nesting_estimate(text: &str) -> usize {
    let mut estimate = Estimate { text, at: 0, stack: Vec::new(), below: 0, here: 0, elses: 0, deepest: 0 };
    estimate.run();
    estimate.deepest
}

/// A walk over the tokens of a text, as far as they can be told without parsing.
struct Estimate<'t> {
    text: &'t str,
    at: usize,
    /// Per open bracket: levels at it, and elses.
    stack: Vec<(usize, usize)>,
    /// Levels of the open brackets.
    below: usize,
    /// Levels since the last separator in the innermost bracket.
    here: usize,
    /// `else`s in the innermost bracket.
    elses: usize,
    deepest: usize,
}

impl Estimate<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut regexp_may_follow = true;
        while self.at < bytes.len() {
            let b = bytes[self.at];
            self.at += 1;
            match b {
                b'\'' | b'"' => {
                    self.skip_string(b);
                    regexp_may_follow = false;
                }
                b'/' if bytes.get(self.at) == Some(&b'/') => self.skip_while(|b| b != b'\n'),
                b'/' if bytes.get(self.at) == Some(&b'*') => {
                    let rest = self.text.get(self.at + 1..).and_then(|rest| rest.find("*/"));
                    self.at = rest.map_or(bytes.len(), |n| self.at + n + 3);
                }
                b'/' if regexp_may_follow => {
                    let groups = self.skip_regexp();
                    self.note(groups);
                    regexp_may_follow = false;
                }
                b'(' | b'[' | b'{' => {
                    self.open();
                    regexp_may_follow = true;
                }
                b')' | b']' | b'}' => {
                    self.close();
                    if b == b'}' {
                        self.here = 0;
                    }
                    regexp_may_follow = b == b'}';
                }
                b';' | b',' => {
                    self.here = 0;
                    regexp_may_follow = true;
                }
                _ if is_word_start(b) => {
                    let start = self.at - 1;
                    self.skip_while(|b| is_word_start(b) || b.is_ascii_digit());
                    let word = &bytes[start..self.at];
                    self.here += 1;
                    self.elses += usize::from(word == b"else");
                    regexp_may_follow = BEFORE_EXPRESSIONS.contains(&word);
                }
                b if b.is_ascii_whitespace() => {}
                b if b.is_ascii_digit() => regexp_may_follow = false,
                _ => {
                    self.here += 1;
                    regexp_may_follow = true;
                }
            }
            self.note(0);
        }
    }

    /// Notes the present depth and `more` levels.
    fn note(&mut self, more: usize) {
        self.deepest = self.deepest.max(self.below + self.here + self.elses + more);
    }

    fn open(&mut self) {
        self.stack.push((self.here, self.elses));
        self.below += self.here + self.elses + 1;
        (self.here, self.elses) = (0, 0);
    }

    fn close(&mut self) {
        if let Some((outer, outer_elses)) = self.stack.pop() {
            self.below -= outer + outer_elses + 1;
            (self.here, self.elses) = (outer, outer_elses);
        }
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && skipped(bytes[self.at]) {
            self.at += 1;
        }
    }

    fn skip_string(&mut self, quote: u8) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && bytes[self.at] != quote && bytes[self.at] != b'\n' {
            self.at += 1 + usize::from(bytes[self.at] == b'\\');
        }
        self.at += 1;
    }

    /// Gives the number of groups and nested classes: oxc parses the pattern too, with a level for each.
    fn skip_regexp(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut in_class, mut groups) = (false, 0);
        while self.at < bytes.len() && bytes[self.at] != b'\n' && (in_class || bytes[self.at] != b'/') {
            match bytes[self.at] {
                b'\\' => self.at += 1,
                b'[' => {
                    in_class = true;
                    groups += 1;
                }
                b']' => in_class = false,
                b'(' => groups += 1,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        groups
    }
}

/// Words after which a slash begins a regular expression.
const BEFORE_EXPRESSIONS: [&[u8]; 10] =
    [b"return", b"typeof", b"case", b"in", b"of", b"delete", b"void", b"throw", b"else", b"do"];

fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b == b'$' || b >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_sees_every_kind_of_nesting() {
        assert!(nesting_estimate(&"[".repeat(1000)) >= 1000);
        assert!(nesting_estimate(&"!".repeat(1000)) >= 1000);
        assert!(nesting_estimate(&"a+".repeat(1000)) >= 1000);
        assert!(nesting_estimate(&"if(a)b;else ".repeat(1000)) >= 1000);
        assert!(nesting_estimate(&"a=>".repeat(1000)) >= 1000);
        assert!(nesting_estimate(&format!("/{}/", "(".repeat(1000))) >= 1000);
        assert!(nesting_estimate(&"f('((((', /[/(]\\/(/);".repeat(1000)) < 50);
        assert!(nesting_estimate(&"function f(a, b) { return [a, {b: (1 + 2)}]; }\n".repeat(1000)) < 50);
    }
}
