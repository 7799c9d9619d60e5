//! What matching remembers between calls: compiled patterns and the text matched last.
//!
//! A pattern is shared by all RegExps with its source and flags, of any realm, because compiled programs hold no cells.
//! The matcher works on ASCII or UTF-16, so a Latin-1 subject is widened first; the last one is kept, since loops match
//! one text again and again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::completion::JsResult;
use unspool_values::string::{JSString, StrView};

use super::backend::{MatchSlots, Subject};
use super::legacy;
use super::pattern::{Pattern, PatternFlags};

/// Patterns kept at most. A program that makes more of them throws all away and begins anew.
const CAPACITY: usize = 512;
/// Longer patterns are not kept.
const LONGEST: usize = 4096;

/// The caches.
#[derive(Default)]
pub(crate) struct RegExpCache {
    patterns: RefCell<HashMap<(Vec<u16>, PatternFlags), Arc<Pattern>>>,
    /// Code units of the Latin-1 string matched last that is not ASCII.
    widened: Cell<Option<Widened>>,
    slots: Cell<Option<MatchSlots>>,
}

impl std::fmt::Debug for RegExpCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegExpCache").field("patterns", &self.patterns.borrow().len()).finish_non_exhaustive()
    }
}

struct Widened {
    /// Address of the string. It is this string as long as the realm's record of the last match keeps it alive.
    address: usize,
    units: Vec<u16>,
}

impl RegExpCache {
    /// The pattern, checked.
    ///
    /// # Errors
    /// A message for the `SyntaxError`.
    pub(crate) fn pattern(&self, source: StrView<'_>, flags: PatternFlags) -> Result<Arc<Pattern>, String> {
        if source.len() > LONGEST {
            return Pattern::new(source, flags).map(Arc::new);
        }
        let key = (source.to_utf16(), flags);
        if let Some(pattern) = self.patterns.borrow().get(&key) {
            return Ok(Arc::clone(pattern));
        }
        let pattern = Arc::new(Pattern::new(source, flags)?);
        let mut patterns = self.patterns.borrow_mut();
        if patterns.len() >= CAPACITY {
            patterns.clear();
        }
        patterns.insert(key, Arc::clone(&pattern));
        Ok(pattern)
    }

    /// Calls `f` with working memory for matches.
    pub(crate) fn with_slots<R>(&self, f: impl FnOnce(&mut MatchSlots) -> R) -> R {
        // Matching runs no JavaScript; should it be entered again all the same, it gets memory of its own.
        let mut slots = self.slots.take().unwrap_or_default();
        let result = f(&mut slots);
        self.slots.set(Some(slots));
        result
    }

    /// Calls `f` with the characters of a string in a form that matchers read.
    ///
    /// # Errors
    /// Out of memory when the string is a rope.
    pub(crate) fn with_subject<R>(
        &self,
        cx: Cx<'_>,
        string: Gc<JSString>,
        f: impl FnOnce(Subject<'_>) -> R,
    ) -> JsResult<R> {
        let view = cx.flatten(&string)?;
        if let Some(text) = string.as_ascii() {
            return Ok(f(Subject::Ascii(text)));
        }
        if let StrView::Utf16(units) = view {
            return Ok(f(Subject::Utf16(units)));
        }
        let kept = legacy::keep_subject(cx, string);
        let widened = match self.widened.take() {
            Some(widened) if kept && widened.address == string.addr() => widened,
            _ => Widened { address: string.addr(), units: view.to_utf16() },
        };
        let result = f(Subject::Utf16(&widened.units));
        self.widened.set(Some(widened));
        Ok(result)
    }
}
