//! Scratch memory of a pass: tables that live as long as the pass does.
//!
//! A pass over a big graph makes thousands of small keys and lists and forgets them all at once. They lie in one arena (`bumpalo`), so that making
//! one is a pointer's move and freeing all of them a handful of calls. Nothing here runs destructors.

use bumpalo::Bump;
use rustc_hash::FxBuildHasher;

/// A table in an arena. Its hash function is quick and gives the same order in each run.
pub(super) type Map<'s, K, V> = hashbrown::HashMap<K, V, FxBuildHasher, &'s Bump>;

/// An empty table.
pub(super) fn map<K, V>(arena: &Bump) -> Map<'_, K, V> {
    Map::with_hasher_in(FxBuildHasher, arena)
}

/// A list that grows at its front. What was added last comes first.
#[derive(Debug)]
pub(super) struct Chain<'s, T>(Option<&'s Link<'s, T>>);

#[derive(Debug)]
struct Link<'s, T> {
    item: T,
    next: Chain<'s, T>,
}

impl<T> Clone for Chain<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Chain<'_, T> {}

impl<T> Default for Chain<'_, T> {
    fn default() -> Self {
        Chain(None)
    }
}

impl<'s, T: Copy> Chain<'s, T> {
    /// Adds an item in front.
    pub(super) fn push(&mut self, arena: &'s Bump, item: T) {
        *self = Chain(Some(arena.alloc(Link { item, next: *self })));
    }
    /// The items, the latest first.
    pub(super) fn iter(self) -> impl Iterator<Item = T> + 's
    where
        T: 's,
    {
        std::iter::successors(self.0, |link| link.next.0).map(|link| link.item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_share_their_tails() {
        let arena = Bump::new();
        let mut first = Chain::default();
        first.push(&arena, 1);
        first.push(&arena, 2);
        let mut second = first;
        second.push(&arena, 3);
        assert_eq!(first.iter().collect::<Vec<_>>(), [2, 1]);
        assert_eq!(second.iter().collect::<Vec<_>>(), [3, 2, 1]);
    }

    #[test]
    fn tables_lie_in_the_arena() {
        let arena = Bump::new();
        let mut table = map(&arena);
        for key in 0..100 {
            table.insert(key, key * 2);
        }
        assert_eq!(table.get(&70), Some(&140));
        assert!(arena.allocated_bytes() > 100 * size_of::<(i32, i32)>());
    }
}
