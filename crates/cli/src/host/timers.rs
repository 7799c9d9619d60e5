//! The queue of timers: when, in which order, and how often. The callbacks themselves are values and live on the heap; this
//! file knows them by slot.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Names a timer. Slots are used again, serial numbers are not, so that an old number clears nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerId {
    serial: u32,
    slot: u32,
}

impl TimerId {
    /// Where its callback is kept.
    pub(crate) fn slot(self) -> usize {
        self.slot as usize
    }

    /// What `setTimeout` returns: a positive integer.
    pub(crate) fn number(self) -> f64 {
        f64::from(self.serial) + f64::from(self.slot) * f64::from(u32::MAX)
    }

    /// The timer of such a number, if it can be one.
    pub(crate) fn from_number(number: f64) -> Option<Self> {
        let base = f64::from(u32::MAX);
        if !(number > 0.0 && number.fract() == 0.0 && number < base * base) {
            return None;
        }
        Some(Self { serial: (number % base) as u32, slot: (number / base) as u32 })
    }
}

/// Timers by due time; timers due at one time fire in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// An id is in `due` exactly once, with the key that `waiting` holds for it.
    due: BTreeMap<(Instant, u64), TimerId>,
    waiting: BTreeMap<TimerId, Waiting>,
    last_serial: u32,
    /// Slots that no waiting timer has, below `slots`.
    free: Vec<u32>,
    slots: u32,
    /// Breaks ties between equal times.
    sequence: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    key: (Instant, u64),
    period: Option<Duration>,
}

/// A timer whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fired {
    /// It is gone from the queue.
    Once(TimerId),
    /// It is in the queue again.
    Repeating(TimerId),
}

impl Timers {
    /// Adds a timer that fires once.
    pub(crate) fn add_timeout(&mut self, now: Instant, delay: Duration) -> TimerId {
        self.add(now + delay, None)
    }

    /// Adds a timer that fires until it is removed.
    pub(crate) fn add_interval(&mut self, now: Instant, period: Duration) -> TimerId {
        // A period of zero would never let the queue rest.
        let period = period.max(Duration::from_millis(1));
        self.add(now + period, Some(period))
    }

    fn add(&mut self, time: Instant, period: Option<Duration>) -> TimerId {
        self.last_serial = self.last_serial % (u32::MAX - 1) + 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        let id = TimerId { serial: self.last_serial, slot };
        self.enqueue(id, time, period);
        id
    }

    fn enqueue(&mut self, id: TimerId, time: Instant, period: Option<Duration>) {
        self.sequence += 1;
        let key = (time, self.sequence);
        self.due.insert(key, id);
        self.waiting.insert(id, Waiting { key, period });
    }

    /// Removes a timer; whether there was one.
    pub(crate) fn remove(&mut self, id: TimerId) -> bool {
        let Some(waiting) = self.waiting.remove(&id) else { return false };
        self.due.remove(&waiting.key);
        self.free.push(id.slot);
        true
    }

    /// When the next timer fires.
    pub(crate) fn next_time(&self) -> Option<Instant> {
        self.due.first_key_value().map(|(&(time, _), _)| time)
    }

    /// Takes the next timer that is due at `now`.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Fired> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((time, _), id) = entry.remove_entry();
        let waiting = self.waiting.remove(&id)?;
        Some(match waiting.period {
            None => {
                self.free.push(id.slot);
                Fired::Once(id)
            }
            Some(period) => {
                // A late interval does not catch up.
                self.enqueue(id, (time + period).max(now), Some(period));
                Fired::Repeating(id)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn timers_fire_by_time_then_by_age() {
        let mut timers = Timers::default();
        let now = Instant::now();
        let late = timers.add_timeout(now, 5 * MS);
        let (first, second) = (timers.add_timeout(now, MS), timers.add_timeout(now, MS));
        assert_eq!(timers.take_due(now), None);
        let fired: Vec<_> = std::iter::from_fn(|| timers.take_due(now + 9 * MS)).collect();
        assert_eq!(fired, [Fired::Once(first), Fired::Once(second), Fired::Once(late)]);
        assert_eq!(timers.next_time(), None);
    }

    #[test]
    fn intervals_repeat_until_removed() {
        let mut timers = Timers::default();
        let now = Instant::now();
        let id = timers.add_interval(now, Duration::ZERO);
        assert_eq!(timers.take_due(now + MS), Some(Fired::Repeating(id)));
        assert_eq!(timers.take_due(now + MS), None);
        assert_eq!(timers.next_time(), Some(now + 2 * MS));
        assert!(timers.remove(id) && !timers.remove(id));
        assert_eq!(timers.next_time(), None);
    }

    #[test]
    fn numbers_name_timers_and_slots_are_used_again() {
        let mut timers = Timers::default();
        let now = Instant::now();
        let (a, b) = (timers.add_timeout(now, MS), timers.add_timeout(now, MS));
        assert_eq!((a.number(), TimerId::from_number(b.number())), (1.0, Some(b)));
        assert!(timers.remove(a));
        let c = timers.add_timeout(now, MS);
        assert_eq!((c.slot(), a == c), (a.slot(), false));
        assert!(!timers.remove(a));
        for bad in [0.0, -1.0, 1.5, f64::NAN, f64::INFINITY] {
            assert_eq!(TimerId::from_number(bad), None);
        }
    }
}
