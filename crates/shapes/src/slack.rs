//! Slack tracking: learning how many inline slots the objects of one origin need.
//!
//! An *origin* is a constructor or an object literal's place in the program. Its first objects get room to spare; the
//! tracker remembers how many slots the fullest of them uses when the next one is made, and after
//! [`SlackTracker::CONSTRUCTIONS`] objects it settles on a capacity. The client then either
//! [shrinks](crate::ShapeTree::shrink_inline_capacity) the origin's root shape in place (a constructor, whose
//! prototype is its own) or asks for another root (a literal, whose root is shared).

use std::cell::Cell;

/// Counts down the first constructions of one origin.
#[derive(Clone, Debug)]
pub struct SlackTracker {
    remaining: Cell<u8>,
    max_slots: Cell<u32>,
    capacity: Cell<u8>,
}

/// What [`SlackTracker::note_construction`] decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlackStep {
    /// Still counting.
    Tracking,
    /// This construction was the last one counted: this is the capacity for all objects from now on.
    Finished(u8),
    /// The capacity was decided earlier.
    Done,
}

impl SlackTracker {
    /// How many constructions are counted. Seven, as enough for loops that fill objects in several ways to show them,
    /// and few enough that the wasted slots do not matter.
    pub const CONSTRUCTIONS: u8 = 7;
    /// What the first objects get in addition to the slots expected.
    pub const SLACK: u8 = 8;
    /// The most inline slots any origin gets.
    pub const MAX_CAPACITY: u8 = 128;

    /// A tracker for an origin whose text suggests `expected` properties.
    pub fn new(expected: u32) -> Self {
        let capacity =
            expected.saturating_add(u32::from(Self::SLACK)).min(u32::from(Self::MAX_CAPACITY)) as u8;
        SlackTracker {
            remaining: Cell::new(Self::CONSTRUCTIONS),
            max_slots: Cell::new(0),
            capacity: Cell::new(capacity),
        }
    }

    /// A tracker that does not track: the capacity is decided.
    pub fn fixed(capacity: u8) -> Self {
        SlackTracker { remaining: Cell::new(0), max_slots: Cell::new(0), capacity: Cell::new(capacity) }
    }

    /// The inline capacity for the next object.
    pub fn capacity(&self) -> u8 {
        self.capacity.get()
    }

    /// Whether the capacity may still change.
    pub fn is_tracking(&self) -> bool {
        self.remaining.get() != 0
    }

    /// The most slots seen so far.
    pub fn max_slots(&self) -> u32 {
        self.max_slots.get()
    }

    /// Tells that an object of the origin uses `slots` slots, without counting a construction.
    pub fn note_slots(&self, slots: u32) {
        if self.is_tracking() {
            self.max_slots.set(self.max_slots.get().max(slots));
        }
    }

    /// Counts one construction. `slots` is the largest slot count among the origin's objects so far, for which
    /// [`max_slots_below`](crate::ShapeTree::max_slots_below) of the root shape is the usual source.
    pub fn note_construction(&self, slots: u32) -> SlackStep {
        let remaining = self.remaining.get();
        if remaining == 0 {
            return SlackStep::Done;
        }
        self.note_slots(slots);
        self.remaining.set(remaining - 1);
        if remaining > 1 {
            return SlackStep::Tracking;
        }
        let capacity = self.max_slots.get().min(u32::from(Self::MAX_CAPACITY)) as u8;
        self.capacity.set(capacity);
        SlackStep::Finished(capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_constructions_decide() {
        let tracker = SlackTracker::new(2);
        assert_eq!(tracker.capacity(), 10);
        for i in 0..6 {
            assert_eq!(tracker.note_construction(i), SlackStep::Tracking);
        }
        assert_eq!(tracker.note_construction(3), SlackStep::Finished(5));
        assert_eq!(tracker.capacity(), 5);
        assert_eq!(tracker.note_construction(40), SlackStep::Done);
        assert_eq!(tracker.capacity(), 5);
    }

    #[test]
    fn capacity_is_bounded() {
        assert_eq!(SlackTracker::new(100_000).capacity(), SlackTracker::MAX_CAPACITY);
        let tracker = SlackTracker::new(0);
        for _ in 0..6 {
            tracker.note_construction(100_000);
        }
        assert_eq!(tracker.note_construction(0), SlackStep::Finished(SlackTracker::MAX_CAPACITY));
        assert!(!SlackTracker::fixed(3).is_tracking());
    }
}
