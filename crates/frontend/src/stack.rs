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
    let bytes = text.as_bytes();
    // Per open bracket: (levels below it, elses at it).
    let mut stack: Vec<(usize, usize)> = Vec::new();
    let (mut below, mut here, mut elses, mut deepest) = (0usize, 0usize, 0usize, 0usize);
    let mut i = 0;
    let mut regexp_may_follow = true;
    while i < bytes.len() {
        let b = bytes[i];
        i += 1;
        match b {
            b'\'' | b'"' => {
                while i < bytes.len() && bytes[i] != b && bytes[i] != b'\n' {
                    i += 1 + usize::from(bytes[i] == b'\\');
                }
                i += 1;
                regexp_may_follow = false;
            }
            b'/' if bytes.get(i) == Some(&b'/') => {
                while i < bytes.len() && bytes[i] != b'\n' {
                    i += 1;
                }
            }
            b'/' if bytes.get(i) == Some(&b'*') => {
                i = text.get(i + 1..).and_then(|t| t.find("*/")).map_or(bytes.len(), |n| i + n + 3);
            }
            b'/' if regexp_may_follow => {
                let mut class = false;
                // oxc parses the pattern too, with a level for every group and nested class.
                let mut groups = 0;
                while i < bytes.len() && bytes[i] != b'\n' && (class || bytes[i] != b'/') {
                    match bytes[i] {
                        b'\\' => i += 1,
                        b'[' => {
                            class = true;
                            groups += 1;
                        }
                        b']' => class = false,
                        b'(' => groups += 1,
                        _ => {}
                    }
                    i += 1;
                }
                i += 1;
                deepest = deepest.max(below + here + elses + groups);
                regexp_may_follow = false;
            }
            b'(' | b'[' | b'{' => {
                stack.push((here, elses));
                below += here + elses + 1;
                (here, elses) = (0, 0);
                regexp_may_follow = true;
            }
            b')' | b']' | b'}' => {
                if let Some((outer, outer_elses)) = stack.pop() {
                    below -= outer + outer_elses + 1;
                    (here, elses) = (outer, outer_elses);
                }
                if b == b'}' {
                    here = 0;
                }
                regexp_may_follow = b == b'}';
            }
            b';' | b',' => {
                here = 0;
                regexp_may_follow = true;
            }
            _ if b.is_ascii_alphabetic() || b == b'_' || b == b'$' || b >= 0x80 => {
                let start = i - 1;
                while i < bytes.len()
                    && (bytes[i].is_ascii_alphanumeric()
                        || bytes[i] == b'_'
                        || bytes[i] == b'$'
                        || bytes[i] >= 0x80)
                {
                    i += 1;
                }
                here += 1;
                let word = &bytes[start..i];
                elses += usize::from(word == b"else");
                regexp_may_follow = matches!(
                    word,
                    b"return"
                        | b"typeof"
                        | b"case"
                        | b"in"
                        | b"of"
                        | b"delete"
                        | b"void"
                        | b"throw"
                        | b"else"
                        | b"do"
                );
            }
            b if b.is_ascii_whitespace() => {}
            b if b.is_ascii_digit() => regexp_may_follow = false,
            _ => {
                here += 1;
                regexp_may_follow = true;
            }
        }
        deepest = deepest.max(below + here + elses);
    }
    deepest
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
