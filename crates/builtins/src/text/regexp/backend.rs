//! The engine behind regular expressions: a trait, and the default implementation over `corvus-regex-ecma262`.
//!
//! A [`Backend`] validates and compiles pattern text; the [`Matcher`] it makes finds one match from a position. Positions
//! count code units. Everything that the specification says about RegExp objects lies above this interface.

use std::fmt::Debug;
use std::time::Duration;

use corvus_regex_ecma262 as corvus;

use super::pattern::PatternFlags;

/// What is matched: the characters of a flat string in a form that matchers read in place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    /// Only ASCII characters, so that positions in bytes are positions in code units.
    Ascii(&'a str),
    /// Code units, surrogates paired or not.
    Utf16(&'a [u16]),
}

/// Position of a capture that took no part in a match.
pub(crate) const UNSET: u32 = u32::MAX;

/// Where the last match and its captures were found; reused from match to match.
#[derive(Debug, Default)]
pub(crate) struct MatchSlots {
    /// Start and end of the match, then of each capture; [`UNSET`] for those that took no part.
    pub(crate) positions: Vec<u32>,
    /// Working memory of the default backend.
    locations: Option<corvus::CaptureLocations>,
}

impl MatchSlots {
    /// Start and end of the match.
    pub(crate) fn span(&self) -> (usize, usize) {
        (self.positions[0] as usize, self.positions[1] as usize)
    }

    /// Start and end of a capture, 0 being the match, if it took part.
    pub(crate) fn group(&self, group: usize) -> Option<(u32, u32)> {
        let (from, to) = (*self.positions.get(2 * group)?, *self.positions.get(2 * group + 1)?);
        (from != UNSET).then_some((from, to))
    }
}

/// The time that a match gets at first, and that costs nothing to ask for.
pub(crate) const FIRST_SLICE: Duration = Duration::from_millis(100);

/// The slice that is none: the match may take as long, and as much memory, as it wants.
pub(crate) const UNLIMITED: Duration = Duration::ZERO;

/// Why a match has no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MatchFailure {
    /// The time slice is used up; the match may be tried again with a longer one.
    OutOfTime,
    /// It would take more memory than a match may.
    OutOfMemory,
}

/// A compiled pattern.
pub(crate) trait Matcher: Debug + Send + Sync {
    /// How many captures there are, the whole match included.
    fn group_count(&self) -> usize;
    /// Finds the first match at or after `start` (at `start` only, for sticky patterns) with its captures.
    fn captures(
        &self,
        subject: Subject<'_>,
        start: usize,
        slice: Duration,
        slots: &mut MatchSlots,
    ) -> Result<bool, MatchFailure>;
    /// Finds the first match without its captures.
    fn find(
        &self,
        subject: Subject<'_>,
        start: usize,
        slice: Duration,
    ) -> Result<Option<(usize, usize)>, MatchFailure>;
}

/// A maker of matchers. Patterns come as text in which unpaired surrogates are escaped.
pub(crate) trait Backend {
    /// Is the pattern valid with these flags?
    ///
    /// # Errors
    /// A message for the `SyntaxError`.
    fn validate(&self, pattern: &str, flags: PatternFlags) -> Result<(), String>;
    /// Compiles the pattern.
    ///
    /// # Errors
    /// A message for the `SyntaxError`, also when the pattern is too large.
    fn compile(&self, pattern: &str, flags: PatternFlags) -> Result<Box<dyn Matcher>, String>;
}

/// The default backend.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Corvus;

fn corvus_flags(flags: PatternFlags) -> corvus::Flags {
    corvus::Flags {
        has_indices: flags.contains(PatternFlags::HAS_INDICES),
        global: flags.contains(PatternFlags::GLOBAL),
        ignore_case: flags.contains(PatternFlags::IGNORE_CASE),
        multiline: flags.contains(PatternFlags::MULTILINE),
        dot_all: flags.contains(PatternFlags::DOT_ALL),
        unicode: flags.contains(PatternFlags::UNICODE),
        unicode_sets: flags.contains(PatternFlags::UNICODE_SETS),
        sticky: flags.contains(PatternFlags::STICKY),
    }
}

impl Backend for Corvus {
    fn validate(&self, pattern: &str, flags: PatternFlags) -> Result<(), String> {
        let (edition, version) = (corvus::Edition::Current, corvus::UnicodeVersion::Default);
        if corvus::Regex::is_valid_pattern_with(pattern, corvus_flags(flags), edition, version) {
            return Ok(());
        }
        // Only now the message is wanted.
        match corvus::Regex::with_flags(pattern, corvus_flags(flags)) {
            Err(error) => Err(plain_message(&error)),
            Ok(_) => Err("Invalid pattern".to_owned()),
        }
    }

    fn compile(&self, pattern: &str, flags: PatternFlags) -> Result<Box<dyn Matcher>, String> {
        match corvus::Regex::with_timeout(pattern, corvus_flags(flags), Some(FIRST_SLICE)) {
            Ok(regex) => Ok(Box::new(regex)),
            Err(corvus::Error::TooLarge(_)) => Err("Regular expression too large".to_owned()),
            Err(error) => Err(plain_message(&error)),
        }
    }
}

/// The backend's messages and those of V8 for the same mistakes; others are shown with a capital letter.
const MESSAGES: &[(&str, &str)] = &[
    ("numbers out of order in quantifier", "numbers out of order in {} quantifier"),
    ("invalid group name", "Invalid capture group name"),
    ("duplicate group name", "Duplicate capture group name"),
    ("reference to an unknown group name", "Invalid named capture referenced"),
    ("invalid named reference", "Invalid named reference"),
    ("repeated group modifier", "Invalid flag group"),
    ("invalid \\u escape", "Invalid Unicode escape"),
    ("invalid control escape", "Invalid Unicode escape"),
    ("invalid \\x escape", "Invalid escape"),
    ("reference to a group that does not exist", "Invalid escape"),
    ("invalid decimal escape", "Invalid decimal escape"),
    ("lone bracket", "Lone quantifier brackets"),
    ("malformed quantifier", "Incomplete quantifier"),
    ("invalid character class range", "Invalid character class"),
];

/// The message without the engine's name and without the pattern, which the caller shows.
fn plain_message(error: &corvus::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("ecmaregex: ").unwrap_or(&text);
    let text = &text[..text.find(" at offset ").unwrap_or(text.len())];
    if let Some((_, message)) = MESSAGES.iter().find(|(ours, _)| *ours == text) {
        return (*message).to_owned();
    }
    let mut message = text.to_owned();
    if let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    message
}

impl From<corvus::MatchError> for MatchFailure {
    fn from(error: corvus::MatchError) -> MatchFailure {
        match error {
            corvus::MatchError::Time => MatchFailure::OutOfTime,
            _ => MatchFailure::OutOfMemory,
        }
    }
}

impl Matcher for corvus::Regex {
    fn group_count(&self) -> usize {
        self.captures_len()
    }

    fn captures(
        &self,
        subject: Subject<'_>,
        start: usize,
        slice: Duration,
        slots: &mut MatchSlots,
    ) -> Result<bool, MatchFailure> {
        let groups = self.captures_len();
        slots.positions.clear();
        // Reading into kept memory takes the pattern's own limit.
        if slice != FIRST_SLICE {
            let found: Option<Vec<Option<(usize, usize)>>> = match subject {
                Subject::Ascii(text) => self
                    .captures_at_within(text, start, slice)?
                    .map(|c| (0..groups).map(|i| c.get(i).map(|m| (m.start(), m.end()))).collect()),
                Subject::Utf16(text) => self
                    .captures_at_within_utf16(text, start, slice)?
                    .map(|c| (0..groups).map(|i| c.get(i).map(|m| (m.start(), m.end()))).collect()),
            };
            let Some(found) = found else { return Ok(false) };
            fill(&mut slots.positions, found.into_iter());
            return Ok(true);
        }
        let locations = slots.locations.get_or_insert_with(|| self.capture_locations());
        let found = match subject {
            Subject::Ascii(text) => self.captures_read_at(locations, text, start)?.is_some(),
            Subject::Utf16(text) => self.captures_read_at_utf16(locations, text, start)?.is_some(),
        };
        if found {
            fill(&mut slots.positions, (0..groups).map(|i| locations.get(i)));
        }
        Ok(found)
    }

    fn find(
        &self,
        subject: Subject<'_>,
        start: usize,
        slice: Duration,
    ) -> Result<Option<(usize, usize)>, MatchFailure> {
        let found = match subject {
            Subject::Ascii(text) => self.find_at_within(text, start, slice)?.map(|m| (m.start(), m.end())),
            Subject::Utf16(text) => {
                self.find_at_within_utf16(text, start, slice)?.map(|m| (m.start(), m.end()))
            }
        };
        Ok(found)
    }
}

fn fill(positions: &mut Vec<u32>, groups: impl Iterator<Item = Option<(usize, usize)>>) {
    for group in groups {
        let (from, to) = group.map_or((UNSET, UNSET), |(from, to)| (from as u32, to as u32));
        positions.push(from);
        positions.push(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(pattern: &str, flags: &str) -> Box<dyn Matcher> {
        let flags = PatternFlags::parse(unspool_values::string::StrView::ascii(flags)).expect("flags");
        Corvus.compile(pattern, flags).expect("a valid pattern")
    }

    #[test]
    fn positions_are_code_units() {
        let matcher = compile("(b)(x)?", "");
        let mut slots = MatchSlots::default();
        assert_eq!(matcher.captures(Subject::Ascii("aabc"), 0, FIRST_SLICE, &mut slots), Ok(true));
        assert_eq!(slots.span(), (2, 3));
        assert_eq!((slots.group(1), slots.group(2), slots.group(3)), (Some((2, 3)), None, None));
        let wide: Vec<u16> = "\u{1f600}b".encode_utf16().collect();
        assert_eq!(matcher.find(Subject::Utf16(&wide), 0, FIRST_SLICE), Ok(Some((2, 3))));
        assert_eq!(matcher.captures(Subject::Utf16(&wide), 3, FIRST_SLICE, &mut slots), Ok(false));
    }

    #[test]
    fn sticky_patterns_match_only_at_the_start() {
        let matcher = compile("b", "y");
        assert_eq!(matcher.find(Subject::Ascii("ab"), 0, FIRST_SLICE), Ok(None));
        assert_eq!(matcher.find(Subject::Ascii("ab"), 1, FIRST_SLICE), Ok(Some((1, 2))));
    }

    #[test]
    fn messages_name_neither_engine_nor_pattern() {
        let message = Corvus.validate("(", PatternFlags::default()).expect_err("a group that is not closed");
        assert!(!message.contains("ecmaregex") && !message.contains('('), "{message}");
    }

    #[test]
    fn endless_backtracking_ends_with_its_slice() {
        let matcher = compile("^(?:(a+)\\1*)+$", "");
        let text = "a".repeat(60) + "b";
        let slice = Duration::from_millis(5);
        assert_eq!(matcher.find(Subject::Ascii(&text), 0, slice), Err(MatchFailure::OutOfTime));
    }
}
