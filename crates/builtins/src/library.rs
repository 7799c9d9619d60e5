//! State of the library that belongs to an isolate and holds no values: caches and the random generator.
//!
//! The runtime gives the library one opaque slot in each isolate, so that there is no global state and the runtime need
//! not know what regular expressions remember. Values cannot be kept here, because nobody traces it: they belong into
//! cells.

use unspool_runtime::Cx;

use crate::numeric::random::RandomState;
use crate::numeric::zone::ZoneCache;
use crate::text::regexp::cache::RegExpCache;

/// What hangs off `Isolate::library`.
#[derive(Debug)]
pub(crate) struct Library {
    /// The generator behind `Math.random`.
    pub(crate) random: RandomState,
    /// The time zone and its offsets asked for lately.
    pub(crate) zone: ZoneCache,
    /// Compiled patterns and the text matched last.
    pub(crate) regexp: RegExpCache,
}

/// The isolate's library state, made at its first use.
pub(crate) fn library<'a>(cx: Cx<'a>) -> &'a Library {
    let state = cx.isolate().library.get_or_init(|| {
        let seed = cx.host.borrow().random_seed();
        Box::new(Library {
            random: RandomState::new(seed),
            zone: ZoneCache::default(),
            regexp: RegExpCache::default(),
        })
    });
    state.downcast_ref().expect("only this crate makes the library's state")
}
