//! One bit for each 16-byte granule of a block.
//!
//! A cell is represented by the bit of the granule in which it starts; cells are at least 16 bytes large, so no two share
//! one. Sets of cells (those marked, those handed out) thus take a fixed place in the block's header and are united,
//! counted and searched by words. A bit says nothing of a cell's size: that is the block's.

use std::cell::Cell;

use crate::size_class::BLOCK_SIZE;

/// Bytes per bit.
pub(crate) const GRANULE: usize = 16;
const WORDS: usize = BLOCK_SIZE / GRANULE / 64;

/// A set of granules of a block.
pub(crate) struct Bitmap([Cell<u64>; WORDS]);

impl Bitmap {
    pub(crate) const fn new() -> Bitmap {
        Bitmap([const { Cell::new(0) }; WORDS])
    }

    #[inline]
    pub(crate) fn get(&self, bit: usize) -> bool {
        self.0[bit / 64].get() >> (bit % 64) & 1 != 0
    }

    #[inline]
    pub(crate) fn set(&self, bit: usize) {
        let word = &self.0[bit / 64];
        word.set(word.get() | 1 << (bit % 64));
    }

    /// Sets the bit; true if it was clear.
    #[inline]
    pub(crate) fn insert(&self, bit: usize) -> bool {
        let word = &self.0[bit / 64];
        let old = word.get();
        let new = old | 1 << (bit % 64);
        word.set(new);
        old != new
    }

    pub(crate) fn clear(&self) {
        for word in &self.0 {
            word.set(0);
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.iter().map(|w| w.get().count_ones()).sum()
    }

    /// Adds all bits of `other`.
    pub(crate) fn union(&self, other: &Bitmap) {
        for (a, b) in self.0.iter().zip(&other.0) {
            a.set(a.get() | b.get());
        }
    }

    fn update_range(&self, first: usize, last: usize, update: impl Fn(u64, u64) -> u64) {
        debug_assert!(first <= last && last < WORDS * 64);
        for index in first / 64..=last / 64 {
            let low = if index == first / 64 { first % 64 } else { 0 };
            let high = if index == last / 64 { last % 64 } else { 63 };
            let mask = (u64::MAX >> (63 - high)) & (u64::MAX << low);
            let word = &self.0[index];
            word.set(update(word.get(), mask));
        }
    }

    /// Sets the bits from `first` to `last`, both included.
    pub(crate) fn set_range(&self, first: usize, last: usize) {
        self.update_range(first, last, |word, mask| word | mask);
    }

    /// Clears the bits from `first` to `last`, both included.
    pub(crate) fn clear_range(&self, first: usize, last: usize) {
        self.update_range(first, last, |word, mask| word & !mask);
    }

    /// The bits that `of` leaves of each word of this set and of `other`, ascending.
    pub(crate) fn bits_of<'a>(
        &'a self,
        other: &'a Bitmap,
        of: impl Fn(u64, u64) -> u64 + 'a,
    ) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().zip(&other.0).enumerate().flat_map(move |(index, (a, b))| {
            let mut word = of(a.get(), b.get());
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// The first set bit at or after `from`.
    pub(crate) fn next_set(&self, from: usize) -> Option<usize> {
        let mut index = from / 64;
        if index >= WORDS {
            return None;
        }
        let mut word = self.0[index].get() & (u64::MAX << (from % 64));
        loop {
            if word != 0 {
                return Some(index * 64 + word.trailing_zeros() as usize);
            }
            index += 1;
            if index == WORDS {
                return None;
            }
            word = self.0[index].get();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cross_words() {
        let map = Bitmap::new();
        map.set_range(60, 200);
        assert_eq!(map.count(), 141);
        assert!(!map.get(59) && map.get(60) && map.get(200) && !map.get(201));
        map.clear_range(64, 199);
        assert_eq!(map.count(), 5);
        assert_eq!(map.next_set(0), Some(60));
        assert_eq!(map.next_set(64), Some(200));
        assert_eq!(map.next_set(201), None);
        map.set_range(5, 5);
        assert_eq!(map.next_set(0), Some(5));
        assert_eq!(map.next_set(WORDS * 64), None);
    }

    #[test]
    fn bits_of_two_sets() {
        let (a, b) = (Bitmap::new(), Bitmap::new());
        a.set_range(62, 65);
        b.set(63);
        b.set(2047);
        assert_eq!(a.bits_of(&b, |a, b| a & !b).collect::<Vec<_>>(), [62, 64, 65]);
        assert_eq!(a.bits_of(&b, |a, b| a | b).collect::<Vec<_>>(), [62, 63, 64, 65, 2047]);
        assert_eq!(a.bits_of(&b, |a, b| a & b).collect::<Vec<_>>(), [63]);
    }

    #[test]
    fn insert_tells_whether_it_was_new() {
        let map = Bitmap::new();
        assert!(map.insert(2047));
        assert!(!map.insert(2047));
        assert!(map.get(2047));
        map.clear();
        assert_eq!(map.count(), 0);
    }
}
