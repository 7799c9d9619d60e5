//! Local time: the offset of the host's or the system's time zone from UTC.
//!
//! The host is asked first (`Host::local_offset_ms`). Otherwise the rules of the system's zone answer, through `jiff`, for
//! the years that it knows; before them the first rule holds, after them the rules of the same year of an earlier
//! 400-year cycle. Answers are remembered per quarter of an hour, the finest step at which zones change.

use std::cell::{Cell, OnceCell};

use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};
use unspool_runtime::Cx;

use crate::library::library;

pub(super) use unspool_runtime::host::Clock;

const QUARTER_HOUR: f64 = 900_000.0;
const CACHE_SIZE: usize = 64;
/// Milliseconds of 400 Gregorian years, after which weekdays and leap years repeat.
const CYCLE: f64 = 146_097.0 * 86_400_000.0;
/// 9000-01-01: well inside of what `jiff` represents.
const LATEST: f64 = 221_845_392_000_000.0;
/// −9000-01-01, likewise.
const EARLIEST: f64 = -346_175_942_400_000.0;

/// The zone and what was asked of it lately.
pub(crate) struct ZoneCache {
    zone: OnceCell<TimeZone>,
    /// For each clock: quarter hours since the epoch and the offset there.
    entries: [[Cell<(i64, i32)>; CACHE_SIZE]; 2],
}

impl Default for ZoneCache {
    fn default() -> ZoneCache {
        ZoneCache {
            zone: OnceCell::new(),
            entries: [const { [const { Cell::new((i64::MAX, 0)) }; CACHE_SIZE] }; 2],
        }
    }
}

impl std::fmt::Debug for ZoneCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZoneCache").field("zone", &self.zone.get()).finish_non_exhaustive()
    }
}

impl ZoneCache {
    fn zone(&self) -> &TimeZone {
        self.zone.get_or_init(TimeZone::system)
    }

    fn offset_ms(&self, time: f64, clock: Clock) -> f64 {
        let quarter = (time / QUARTER_HOUR).floor() as i64;
        let entry = &self.entries[clock as usize][quarter.rem_euclid(CACHE_SIZE as i64) as usize];
        let (key, offset) = entry.get();
        if key == quarter {
            return f64::from(offset);
        }
        let offset = zone_offset_ms(self.zone(), time, clock);
        entry.set((quarter, offset));
        f64::from(offset)
    }
}

/// The offset of `zone` in milliseconds at a finite time of either clock. Of two possible offsets of a local time the one
/// before the transition counts.
fn zone_offset_ms(zone: &TimeZone, time: f64, clock: Clock) -> i32 {
    let mut time = time.max(EARLIEST);
    if time > LATEST {
        time -= ((time - LATEST) / CYCLE).ceil() * CYCLE;
    }
    let seconds = match clock {
        Clock::Utc => Timestamp::from_millisecond(time as i64).map_or(0, |at| zone.to_offset(at).seconds()),
        Clock::Local => {
            let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
            let Ok(local) = epoch.checked_add(SignedDuration::from_millis(time as i64)) else { return 0 };
            match zone.to_ambiguous_timestamp(local).offset() {
                AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => {
                    before.seconds()
                }
            }
        }
    };
    seconds * 1000
}

fn offset(cx: Cx<'_>, time: f64, clock: Clock) -> f64 {
    if let Some(offset) = cx.host.borrow().local_offset_ms(time, clock) {
        return offset;
    }
    library(cx).zone.offset_ms(time, clock)
}

/// LocalTime (21.4.1.25)
pub(super) fn local_time(cx: Cx<'_>, time: f64) -> f64 {
    if time.is_finite() { time + offset(cx, time, Clock::Utc) } else { f64::NAN }
}

/// UTC (21.4.1.26)
pub(super) fn utc(cx: Cx<'_>, local: f64) -> f64 {
    // Beyond this no time value is valid, whatever the offset.
    if local.is_finite() && local.abs() < 9e15 { local - offset(cx, local, Clock::Local) } else { f64::NAN }
}

/// The name of the zone at a time, for `toString`.
pub(super) fn zone_name(cx: Cx<'_>, time: f64) -> String {
    if let Some(offset) = cx.host.borrow().local_offset_ms(time, Clock::Utc) {
        return if offset == 0.0 { "Coordinated Universal Time".to_owned() } else { String::new() };
    }
    let zone = library(cx).zone.zone();
    let at = Timestamp::from_millisecond(time.clamp(EARLIEST, LATEST) as i64).unwrap_or_default();
    match zone.to_offset_info(at).abbreviation() {
        "UTC" | "Etc/Unknown" => "Coordinated Universal Time".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_york() -> TimeZone {
        TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a rule")
    }

    const HOUR: i32 = 3_600_000;

    #[test]
    fn offsets_follow_the_rules_of_the_zone() {
        let zone = new_york();
        // 2024-01-01 and 2024-07-01, noon UTC.
        assert_eq!(zone_offset_ms(&zone, 1_704_110_400_000.0, Clock::Utc), -5 * HOUR);
        assert_eq!(zone_offset_ms(&zone, 1_719_835_200_000.0, Clock::Utc), -4 * HOUR);
    }

    #[test]
    fn of_two_offsets_the_one_before_counts() {
        let zone = new_york();
        // 2024-03-10 02:30 does not exist; 2024-11-03 01:30 exists twice.
        assert_eq!(zone_offset_ms(&zone, 1_710_037_800_000.0, Clock::Local), -5 * HOUR);
        assert_eq!(zone_offset_ms(&zone, 1_730_597_400_000.0, Clock::Local), -4 * HOUR);
    }

    #[test]
    fn far_times_have_offsets_too() {
        let zone = new_york();
        for time in [8.64e15, -8.64e15] {
            let offset = zone_offset_ms(&zone, time, Clock::Utc);
            assert!([-4 * HOUR, -5 * HOUR].contains(&offset), "{offset}");
        }
        // A summer day of the year 200000.
        let summer = 6_248_786_784_000_000.0;
        assert_eq!(zone_offset_ms(&zone, summer, Clock::Utc), zone_offset_ms(&zone, summer, Clock::Local));
    }
}
