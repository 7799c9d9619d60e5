//! A pattern with its flags, compiled at its first use.
//!
//! The text of a pattern may contain unpaired surrogates, which matchers cannot be given as text: they are rewritten as
//! escapes. Group names and backreferences are found by a scan of the text, which is valid at that point.

use std::sync::OnceLock;
use std::time::Duration;

use unspool_values::string::{StrView, is_lead_surrogate, is_trail_surrogate, join_surrogates};

use super::backend::{
    Backend as _, Corvus, FIRST_SLICE, MatchFailure, MatchSlots, Matcher, Subject, UNLIMITED,
};

/// The flags of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub(crate) struct PatternFlags(u8);

impl PatternFlags {
    pub(crate) const HAS_INDICES: PatternFlags = PatternFlags(1);
    pub(crate) const GLOBAL: PatternFlags = PatternFlags(2);
    pub(crate) const IGNORE_CASE: PatternFlags = PatternFlags(4);
    pub(crate) const MULTILINE: PatternFlags = PatternFlags(8);
    pub(crate) const DOT_ALL: PatternFlags = PatternFlags(16);
    pub(crate) const UNICODE: PatternFlags = PatternFlags(32);
    pub(crate) const UNICODE_SETS: PatternFlags = PatternFlags(64);
    pub(crate) const STICKY: PatternFlags = PatternFlags(128);

    /// Has it any of the flags in `other`?
    #[inline]
    pub(crate) fn contains(self, other: PatternFlags) -> bool {
        self.0 & other.0 != 0
    }

    /// What counts as a character of the text.
    #[inline]
    pub(crate) fn character(self) -> Character {
        match self.contains(PatternFlags(PatternFlags::UNICODE.0 | PatternFlags::UNICODE_SETS.0)) {
            true => Character::CodePoint,
            false => Character::CodeUnit,
        }
    }

    /// `g` or `y`: matching reads and writes `lastIndex`.
    #[inline]
    pub(crate) fn uses_last_index(self) -> bool {
        self.contains(PatternFlags(PatternFlags::GLOBAL.0 | PatternFlags::STICKY.0))
    }

    /// The flags that `text` lists; nothing when one is unknown or repeated, or `u` meets `v`.
    pub(crate) fn parse(text: StrView<'_>) -> Option<PatternFlags> {
        let mut flags = 0u8;
        for unit in text.units() {
            let flag = match u8::try_from(unit).ok()? {
                b'd' => PatternFlags::HAS_INDICES,
                b'g' => PatternFlags::GLOBAL,
                b'i' => PatternFlags::IGNORE_CASE,
                b'm' => PatternFlags::MULTILINE,
                b's' => PatternFlags::DOT_ALL,
                b'u' => PatternFlags::UNICODE,
                b'v' => PatternFlags::UNICODE_SETS,
                b'y' => PatternFlags::STICKY,
                _ => return None,
            };
            if flags & flag.0 != 0 {
                return None;
            }
            flags |= flag.0;
        }
        let both = PatternFlags::UNICODE.0 | PatternFlags::UNICODE_SETS.0;
        (flags & both != both).then_some(PatternFlags(flags))
    }
}

/// A named group: its name and the numbers of the captures that have it (several, if in different alternatives).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct GroupName {
    pub(crate) name: Vec<u16>,
    pub(crate) groups: Vec<u32>,
}

/// What compiling gives.
#[derive(Debug)]
pub(crate) struct Program {
    matcher: Box<dyn Matcher>,
    /// The named groups in the order of their first captures.
    pub(crate) names: Vec<GroupName>,
    /// With backreferences a match may take any time and memory.
    has_backreferences: bool,
}

/// A pattern with its flags.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    pub(crate) flags: PatternFlags,
    program: OnceLock<Result<Program, String>>,
}

impl Pattern {
    /// Checks the pattern.
    ///
    /// # Errors
    /// A message for the `SyntaxError`.
    pub(crate) fn new(source: StrView<'_>, flags: PatternFlags) -> Result<Pattern, String> {
        let text = pattern_text(source, flags);
        Corvus.validate(&text, flags)?;
        Ok(Pattern { text, flags, program: OnceLock::new() })
    }

    /// The compiled pattern.
    ///
    /// # Errors
    /// A message: the pattern is too large.
    pub(crate) fn program(&self) -> Result<&Program, &str> {
        let program = self.program.get_or_init(|| {
            let matcher = Corvus.compile(&self.text, self.flags)?;
            let scan = scan(&self.text, self.flags);
            Ok(Program { matcher, names: scan.names, has_backreferences: scan.has_backreferences })
        });
        program.as_ref().map_err(String::as_str)
    }
}

/// What the time slice of a match is multiplied with when it was not enough. A match begins again in each slice, so this
/// bounds both the work that is lost and how late an interrupt is noticed.
const SLICE_GROWTH: u32 = 3;

impl Program {
    /// How many captures there are, the whole match included.
    pub(crate) fn group_count(&self) -> usize {
        self.matcher.group_count()
    }

    /// Finds a match with its captures. `poll` is asked now and then whether to go on.
    pub(crate) fn captures<E>(
        &self,
        subject: Subject<'_>,
        start: usize,
        slots: &mut MatchSlots,
        poll: impl FnMut(Option<MatchFailure>) -> Result<(), E>,
    ) -> Result<bool, E> {
        self.in_slices(poll, |slice| self.matcher.captures(subject, start, slice, slots))
    }

    /// Finds a match without its captures.
    pub(crate) fn find<E>(
        &self,
        subject: Subject<'_>,
        start: usize,
        poll: impl FnMut(Option<MatchFailure>) -> Result<(), E>,
    ) -> Result<Option<(usize, usize)>, E> {
        self.in_slices(poll, |slice| self.matcher.find(subject, start, slice))
    }

    /// Runs a match in growing slices of time. `poll` throws what it is given, or what is pending.
    ///
    /// A slice also limits the depth of backtracking, to what texts of some hundred thousand characters need. Patterns
    /// without backreferences need no more than their text has characters, a few times: they are run to their end, which
    /// no interrupt hastens.
    fn in_slices<R, E>(
        &self,
        mut poll: impl FnMut(Option<MatchFailure>) -> Result<(), E>,
        mut run: impl FnMut(Duration) -> Result<R, MatchFailure>,
    ) -> Result<R, E> {
        let mut slice = FIRST_SLICE;
        loop {
            match run(slice) {
                Ok(result) => return Ok(result),
                Err(MatchFailure::OutOfTime) => poll(None)?,
                Err(MatchFailure::OutOfMemory) if !self.has_backreferences && slice != UNLIMITED => {
                    poll(None)?;
                    slice = UNLIMITED;
                    continue;
                }
                Err(failure) => poll(Some(failure))?,
            }
            slice = slice.saturating_mul(SLICE_GROWTH);
        }
    }
}

/// The source with unpaired surrogates as escapes.
fn pattern_text(source: StrView<'_>, flags: PatternFlags) -> String {
    if source.is_well_formed() {
        return source.to_rust_string_lossy();
    }
    let mut text = String::with_capacity(source.len() + 16);
    let mut escaped = false;
    for code_point in source.code_points() {
        match char::from_u32(code_point) {
            Some(c) => {
                text.push(c);
                escaped = c == '\\' && !escaped;
            }
            None => {
                // The escape of a surrogate is itself; two backslashes would be another thing.
                if escaped {
                    text.pop();
                }
                escaped = false;
                match flags.character() {
                    // In braces, so that it does not pair with an escape that follows.
                    Character::CodePoint => text += &format!("\\u{{{code_point:x}}}"),
                    Character::CodeUnit => text += &format!("\\u{code_point:04x}"),
                }
            }
        }
    }
    text
}

#[derive(Debug, Default)]
struct Scan {
    names: Vec<GroupName>,
    has_backreferences: bool,
}

/// Walks over a valid pattern.
fn scan(text: &str, flags: PatternFlags) -> Scan {
    let mut scan = Scan::default();
    let mut groups = 0;
    let mut class_depth = 0u32;
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => {
                if class_depth == 0 && matches!(bytes.get(i + 1), Some(b'1'..=b'9' | b'k')) {
                    scan.has_backreferences = true;
                }
                i += 1;
            }
            b'[' if class_depth == 0 || flags.contains(PatternFlags::UNICODE_SETS) => class_depth += 1,
            b']' => class_depth = class_depth.saturating_sub(1),
            b'(' if class_depth == 0 => {
                if bytes.get(i + 1) != Some(&b'?') {
                    groups += 1;
                } else if bytes.get(i + 2) == Some(&b'<') && !matches!(bytes.get(i + 3), Some(b'=' | b'!')) {
                    groups += 1;
                    let start = i + 3;
                    let end = text[start..].find('>').map_or(text.len(), |n| start + n);
                    add_name(&mut scan.names, group_name(&text[start..end]), groups);
                    i = end;
                }
            }
            _ => {}
        }
        i += 1;
    }
    scan
}

fn add_name(names: &mut Vec<GroupName>, name: Vec<u16>, group: u32) {
    match names.iter_mut().find(|known| known.name == name) {
        Some(known) => known.groups.push(group),
        None => names.push(GroupName { name, groups: vec![group] }),
    }
}

/// A group name with its escapes (`\uXXXX`, pairs of them, `\u{X…}`) resolved.
fn group_name(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(escape) = rest.strip_prefix("\\u") {
            let (digits, after) = match escape.strip_prefix('{') {
                Some(braced) => braced.split_once('}').unwrap_or((braced, "")),
                None => escape.split_at_checked(4).unwrap_or((escape, "")),
            };
            push_code_point(&mut units, u32::from_str_radix(digits, 16).unwrap_or(0));
            rest = after;
        } else {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            rest = &rest[c.len_utf8()..];
        }
    }
    units
}

fn push_code_point(units: &mut Vec<u16>, code_point: u32) {
    match char::from_u32(code_point) {
        Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        None => units.push(code_point as u16),
    }
}

/// What counts as one character of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Character {
    CodeUnit,
    /// Of a pattern with the flag `u` or `v`.
    CodePoint,
}

/// AdvanceStringIndex (22.2.7.3)
pub(crate) fn advance(subject: StrView<'_>, index: usize, character: Character) -> usize {
    if character == Character::CodePoint
        && let StrView::Utf16(units) = subject
        && let (Some(&lead), Some(&trail)) = (units.get(index), units.get(index + 1))
        && is_lead_surrogate(lead)
        && is_trail_surrogate(trail)
    {
        debug_assert!(join_surrogates(lead, trail) > 0xffff);
        return index + 2;
    }
    index + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> PatternFlags {
        PatternFlags::parse(StrView::ascii(text)).expect("valid flags")
    }

    fn names(text: &str, flag_text: &str) -> Vec<(String, Vec<u32>)> {
        let scan = scan(text, flags(flag_text));
        scan.names.into_iter().map(|n| (String::from_utf16_lossy(&n.name), n.groups)).collect()
    }

    #[test]
    fn flags_are_letters_without_repetition() {
        assert!(flags("gi").contains(PatternFlags::GLOBAL));
        assert!(!flags("gi").contains(PatternFlags::STICKY));
        for wrong in ["gg", "x", "uv", "G"] {
            assert_eq!(PatternFlags::parse(StrView::ascii(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn group_names_come_with_their_numbers() {
        assert_eq!(names("(a)(?<x>b)(?:c)(?<y>d)", ""), [("x".into(), vec![2]), ("y".into(), vec![3])]);
        assert_eq!(names("(?<x>a)|(?<x>b)", ""), [("x".into(), vec![1, 2])]);
        assert_eq!(names(r"[(?<no>]\((?<=a)(?<!b)(?<yes>)", ""), [("yes".into(), vec![1])]);
        assert_eq!(names(r"[[(]&&[(]](?<x>)", "v"), [("x".into(), vec![1])]);
        assert_eq!(names(r"(?<\u0061\u{62}>)", "u"), [("ab".into(), vec![1])]);
    }

    #[test]
    fn backreferences_are_noticed_outside_of_classes() {
        assert!(scan(r"(a)\1", flags("")).has_backreferences);
        assert!(scan(r"(?<n>a)\k<n>", flags("")).has_backreferences);
        assert!(!scan(r"(a)[\1]\\1", flags("")).has_backreferences);
    }

    #[test]
    fn unpaired_surrogates_become_escapes() {
        let text = |units: &[u16], flag_text| pattern_text(StrView::Utf16(units), flags(flag_text));
        assert_eq!(text(&[0x61, 0xd800], ""), "a\\ud800");
        assert_eq!(text(&[0xd800], "u"), "\\u{d800}");
        assert_eq!(text(&[0x5c, 0xdc00], ""), "\\udc00");
        assert_eq!(text(&[0xd83d, 0xde00], "u"), "\u{1f600}");
    }
}
