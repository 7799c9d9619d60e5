//! Time values and the proleptic Gregorian calendar (ECMA-262 21.4.1).
//!
//! Time values are milliseconds without leap seconds and range over ±100,000,000 days, which is more than libraries for
//! dates represent; so the arithmetic is here. It knows neither time zones (`numeric::zone`) nor texts.

/// Milliseconds of a day.
pub(super) const MS_PER_DAY: f64 = 86_400_000.0;
/// Milliseconds of a minute.
pub(super) const MS_PER_MINUTE: f64 = 60_000.0;
const MS_PER_HOUR: f64 = 3_600_000.0;
const MS_PER_SECOND: f64 = 1000.0;

/// A time value taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fields {
    pub(super) year: i64,
    /// From 0.
    pub(super) month: u32,
    /// From 1.
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) millisecond: u32,
    /// Sunday is 0.
    pub(super) weekday: u32,
}

impl Fields {
    /// The fields of a finite time value.
    pub(super) fn of(time: f64) -> Fields {
        let time = time as i64;
        let days = time.div_euclid(86_400_000);
        let within = time.rem_euclid(86_400_000) as u32;
        let (year, month, day) = civil_from_days(days);
        Fields {
            year,
            month,
            day,
            hour: within / 3_600_000,
            minute: within / 60_000 % 60,
            second: within / 1000 % 60,
            millisecond: within % 1000,
            weekday: (days + 4).rem_euclid(7) as u32,
        }
    }
}

/// Days from 1970-01-01 to the first day of a month (from 0) of a year.
///
/// Years are counted from March, so that the leap day comes last, in eras of 400 years (H. Hinnant, "chrono-compatible
/// low-level date algorithms").
fn days_from_civil(year: i64, month: u32) -> i64 {
    let year = year - i64::from(month < 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * i64::from((month + 10) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month (from 0) and day (from 1).
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = ((month_from_march + 2) % 12) as u32;
    (era * 400 + year_of_era + i64::from(month < 2), month, day as u32)
}

fn integer(x: f64) -> f64 {
    x.trunc() + 0.0
}

/// MakeTime (21.4.1.27)
pub(super) fn make_time(hour: f64, minute: f64, second: f64, millisecond: f64) -> f64 {
    if !(hour.is_finite() && minute.is_finite() && second.is_finite() && millisecond.is_finite()) {
        return f64::NAN;
    }
    integer(hour) * MS_PER_HOUR
        + integer(minute) * MS_PER_MINUTE
        + integer(second) * MS_PER_SECOND
        + integer(millisecond)
}

/// MakeDay (21.4.1.28)
pub(super) fn make_day(year: f64, month: f64, date: f64) -> f64 {
    if !(year.is_finite() && month.is_finite() && date.is_finite()) {
        return f64::NAN;
    }
    let (year, month, date) = (integer(year), integer(month), integer(date));
    let whole_year = year + (month / 12.0).floor();
    // No day of such a year can be brought back into the range of time values.
    if whole_year.abs() > 1e9 {
        return f64::NAN;
    }
    let month = month.rem_euclid(12.0) as u32;
    days_from_civil(whole_year as i64, month) as f64 + date - 1.0
}

/// MakeDate (21.4.1.29)
pub(super) fn make_date(day: f64, time: f64) -> f64 {
    if !(day.is_finite() && time.is_finite()) {
        return f64::NAN;
    }
    let result = day * MS_PER_DAY + time;
    if result.is_finite() { result } else { f64::NAN }
}

/// MakeFullYear (21.4.1.30)
pub(super) fn make_full_year(year: f64) -> f64 {
    if year.is_nan() {
        return year;
    }
    let truncated = integer(year);
    if (0.0..=99.0).contains(&truncated) { 1900.0 + truncated } else { truncated }
}

/// TimeClip (21.4.1.31)
pub(super) fn time_clip(time: f64) -> f64 {
    if time.is_finite() && time.abs() <= 8.64e15 { integer(time) } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for days in (-100_000_000..=100_000_000).step_by(997) {
            let (year, month, day) = civil_from_days(days);
            assert!(month < 12 && (1..=31).contains(&day));
            assert_eq!(days_from_civil(year, month) + i64::from(day) - 1, days);
        }
    }

    #[test]
    fn known_days() {
        assert_eq!(civil_from_days(0), (1970, 0, 1));
        assert_eq!(civil_from_days(-1), (1969, 11, 31));
        assert_eq!(civil_from_days(11_016), (2000, 1, 29));
        assert_eq!(civil_from_days(100_000_000), (275_760, 8, 13));
        assert_eq!(civil_from_days(-100_000_000), (-271_821, 3, 20));
        assert_eq!(Fields::of(0.0).weekday, 4);
        assert_eq!(Fields::of(-1.0).weekday, 3);
    }

    #[test]
    fn months_and_days_overflow_into_years() {
        assert_eq!(make_day(1970.0, 12.0, 1.0), 365.0);
        assert_eq!(make_day(1970.0, -1.0, 1.0), -31.0);
        assert_eq!(make_day(1970.0, 0.0, 0.0), -1.0);
        assert_eq!(make_day(1970.9, 0.9, 1.9), 0.0);
        assert!(make_day(f64::INFINITY, 0.0, 1.0).is_nan());
        assert!(time_clip(8.64e15 + 1.0).is_nan());
        assert_eq!(time_clip(-0.5).to_bits(), 0);
    }
}
