//! The inline cache of one site: which shapes it met, and what to do for each.
//!
//! A cache moves forward through four states and falls back only when a collection removes entries:
//!
//! ```text
//! Uninitialized → Monomorphic → Polymorphic(2..=4) → Megamorphic
//!       '0'            '1'             'P'               'N'
//! ```
//!
//! A *handler* is a copyable value of the client that says how to do the operation for a shape. In the megamorphic
//! state the cache holds nothing and the site uses the [`MegamorphicCache`](crate::MegamorphicCache) of the isolate.
//!
//! The layout is fixed for machine code: four shape ids, then four handlers, then the state byte. Ids that are not in
//! use are [`ShapeId::NONE`], which no header holds, so a monomorphic hit is one compare with the first id and a
//! polymorphic hit at most four, without a look at the state.
//!
//! Fields are `Cell`s, so a cache can lie in a shared heap cell and be updated through `&self`.

use crate::ShapeId;
use std::cell::Cell;

/// The state of a [`Cache`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CacheState {
    /// The site has not met a shape.
    Uninitialized,
    /// One shape.
    Monomorphic,
    /// This many shapes, 2 to 4.
    Polymorphic(u8),
    /// More shapes than the cache has room for.
    Megamorphic,
}

impl CacheState {
    /// The letter for traces: `0`, `1`, `P` or `N`.
    pub const fn letter(self) -> char {
        match self {
            CacheState::Uninitialized => '0',
            CacheState::Monomorphic => '1',
            CacheState::Polymorphic(_) => 'P',
            CacheState::Megamorphic => 'N',
        }
    }
}

/// How [`Cache::update`] changed the state of the cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    /// Nothing: the cache is megamorphic already.
    Unchanged,
    /// The shape was known; its handler was replaced.
    Replaced,
    /// The cache moved to another state. A site that still learns is a reason to put off optimizing its function.
    Advanced {
        /// The state before.
        from: CacheState,
        /// The state now.
        to: CacheState,
    },
}

impl Transition {
    /// Whether the cache learned something, so that a decision to optimize should wait.
    pub const fn changed(self) -> bool {
        !matches!(self, Transition::Unchanged)
    }
}

/// The inline cache of one site: up to four shapes with a handler each, in four [states](CacheState).
///
/// The layout is fixed for machine code: four shape ids, four handlers, the state byte. Ids that are not in use are
/// [`ShapeId::NONE`], which no header holds.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Cache<H: Copy> {
    /// The first `state` ids are distinct and in use, the others are `NONE`; all are `NONE` when megamorphic.
    ids: [Cell<ShapeId>; 4],
    handlers: [Cell<H>; 4],
    /// The number of entries, or [`MEGAMORPHIC`].
    state: Cell<u8>,
}

const MEGAMORPHIC: u8 = 0xff;

impl<H: Copy> Cache<H> {
    /// How many shapes a cache holds.
    pub const CAPACITY: usize = 4;
    /// Where the four ids start, in bytes.
    pub const IDS_OFFSET: usize = std::mem::offset_of!(Cache<H>, ids);
    /// Where the four handlers start, in bytes.
    pub const HANDLERS_OFFSET: usize = std::mem::offset_of!(Cache<H>, handlers);
    /// Where the state byte is: the number of entries, or 255 when megamorphic.
    pub const STATE_OFFSET: usize = std::mem::offset_of!(Cache<H>, state);

    /// The handler for a shape, if the site met it.
    #[inline]
    pub fn lookup(&self, id: ShapeId) -> Option<H> {
        if self.ids[0].get() == id {
            return if id.is_none() { None } else { Some(self.handlers[0].get()) };
        }
        self.lookup_rest(id)
    }

    #[inline]
    fn lookup_rest(&self, id: ShapeId) -> Option<H> {
        if id.is_none() {
            return None;
        }
        (1..4).find(|i| self.ids[*i].get() == id).map(|i| self.handlers[i].get())
    }

    /// The handler of a monomorphic hit; `None` sends the caller to the full [`lookup`](Cache::lookup). The one compare
    /// relies on `id` coming from a header, where it is never `NONE`.
    #[inline(always)]
    pub fn lookup_first(&self, id: ShapeId) -> Option<H> {
        debug_assert!(!id.is_none(), "headers hold a shape");
        if self.ids[0].get() == id { Some(self.handlers[0].get()) } else { None }
    }

    /// The present state.
    #[inline]
    pub fn state(&self) -> CacheState {
        match self.state.get() {
            0 => CacheState::Uninitialized,
            1 => CacheState::Monomorphic,
            MEGAMORPHIC => CacheState::Megamorphic,
            n => CacheState::Polymorphic(n),
        }
    }

    /// The letter of the state for traces.
    pub fn state_char(&self) -> char {
        self.state().letter()
    }

    /// Whether the site gave up on remembering shapes.
    #[inline]
    pub fn is_megamorphic(&self) -> bool {
        self.state.get() == MEGAMORPHIC
    }

    /// How many shapes are held.
    pub fn len(&self) -> usize {
        if self.is_megamorphic() { 0 } else { usize::from(self.state.get()) }
    }

    /// Whether no shape is held (uninitialized or megamorphic).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries, in the order in which the shapes were met.
    pub fn entries(&self) -> impl Iterator<Item = (ShapeId, H)> + '_ {
        (0..self.len()).map(|i| (self.ids[i].get(), self.handlers[i].get()))
    }
}

impl<H: Copy + Default> Cache<H> {
    /// An uninitialized cache.
    pub fn new() -> Self {
        Cache {
            ids: std::array::from_fn(|_| Cell::new(ShapeId::NONE)),
            handlers: std::array::from_fn(|_| Cell::new(H::default())),
            state: Cell::new(0),
        }
    }

    /// Teaches the site a shape: replaces the handler of a shape it knows, otherwise moves to the next state.
    pub fn update(&self, id: ShapeId, handler: H) -> Transition {
        debug_assert!(!id.is_none(), "a cache cannot learn the shape NONE");
        let from = self.state();
        if from == CacheState::Megamorphic {
            return Transition::Unchanged;
        }
        let count = self.len();
        if let Some(i) = (0..count).find(|i| self.ids[*i].get() == id) {
            self.handlers[i].set(handler);
            return Transition::Replaced;
        }
        if count == Self::CAPACITY {
            return self.to_megamorphic();
        }
        self.ids[count].set(id);
        self.handlers[count].set(handler);
        self.state.set(count as u8 + 1);
        Transition::Advanced { from, to: self.state() }
    }

    /// Gives up at once, for sites where entries would not help (a dictionary, say).
    pub fn to_megamorphic(&self) -> Transition {
        let from = self.state();
        if from == CacheState::Megamorphic {
            return Transition::Unchanged;
        }
        self.clear();
        self.state.set(MEGAMORPHIC);
        Transition::Advanced { from, to: CacheState::Megamorphic }
    }

    /// Forgets everything, including being megamorphic.
    pub fn clear(&self) {
        for i in 0..4 {
            self.ids[i].set(ShapeId::NONE);
            self.handlers[i].set(H::default());
        }
        self.state.set(0);
    }

    /// Keeps the entries for which `keep` holds, in order; a collection drops the shapes that died. The state follows
    /// the number of entries; a megamorphic cache stays so.
    pub fn retain(&self, mut keep: impl FnMut(ShapeId, H) -> bool) {
        if self.is_megamorphic() {
            return;
        }
        let mut kept = 0;
        for i in 0..self.len() {
            let (id, handler) = (self.ids[i].get(), self.handlers[i].get());
            if keep(id, handler) {
                self.ids[kept].set(id);
                self.handlers[kept].set(handler);
                kept += 1;
            }
        }
        for i in kept..4 {
            self.ids[i].set(ShapeId::NONE);
            self.handlers[i].set(H::default());
        }
        self.state.set(kept as u8);
    }
}

impl<H: Copy + Default> Default for Cache<H> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(n: u32) -> ShapeId {
        ShapeId::from_raw(n)
    }

    #[test]
    fn walks_through_the_states() {
        let cache = Cache::<u64>::new();
        assert_eq!((cache.state_char(), cache.lookup(ShapeId::NONE)), ('0', None));
        let step = cache.update(sh(20), 1);
        assert_eq!(
            step,
            Transition::Advanced { from: CacheState::Uninitialized, to: CacheState::Monomorphic }
        );
        assert_eq!((cache.state_char(), cache.lookup(sh(20))), ('1', Some(1)));
        assert_eq!(cache.lookup_first(sh(20)), Some(1));
        assert_eq!(cache.update(sh(20), 2), Transition::Replaced);
        assert!(Transition::Replaced.changed());
        assert_eq!(cache.lookup(sh(20)), Some(2));
        for n in 21..24 {
            assert!(cache.update(sh(n), u64::from(n)).changed());
            assert_eq!(cache.state_char(), 'P');
        }
        assert_eq!(cache.state(), CacheState::Polymorphic(4));
        assert_eq!(cache.lookup(sh(23)), Some(23));
        assert_eq!(cache.lookup(ShapeId::NONE), None);
        assert_eq!(cache.entries().count(), 4);
        let step = cache.update(sh(24), 0);
        assert_eq!(
            step,
            Transition::Advanced { from: CacheState::Polymorphic(4), to: CacheState::Megamorphic }
        );
        assert_eq!((cache.state_char(), cache.lookup(sh(20)), cache.len()), ('N', None, 0));
        assert_eq!(cache.update(sh(25), 0), Transition::Unchanged);
        assert!(!Transition::Unchanged.changed());
        cache.retain(|_, _| false);
        assert!(cache.is_megamorphic());
        cache.clear();
        assert_eq!(cache.state(), CacheState::Uninitialized);
    }

    #[test]
    fn retain_closes_gaps_and_steps_back() {
        let cache = Cache::<u32>::new();
        for n in 20..24 {
            cache.update(sh(n), n);
        }
        cache.retain(|id, handler| id == sh(21) || handler == 23);
        assert_eq!(cache.state(), CacheState::Polymorphic(2));
        assert_eq!(cache.entries().collect::<Vec<_>>(), [(sh(21), 21), (sh(23), 23)]);
        assert_eq!(cache.lookup(sh(20)), None);
        cache.retain(|id, _| id == sh(23));
        assert_eq!((cache.state(), cache.lookup_first(sh(23))), (CacheState::Monomorphic, Some(23)));
        cache.retain(|_, _| false);
        assert_eq!(cache.state(), CacheState::Uninitialized);
    }

    #[test]
    fn layout_is_ids_handlers_state() {
        assert_eq!(Cache::<u64>::IDS_OFFSET, 0);
        assert_eq!(Cache::<u64>::HANDLERS_OFFSET, 16);
        assert_eq!(Cache::<u64>::STATE_OFFSET, 48);
        assert_eq!(Cache::<[u64; 2]>::STATE_OFFSET, 80);
    }
}
