//! The texts of dates (ECMA-262 21.4.4.35 to 21.4.4.43).
//!
//! `toString`, `toUTCString` and `toISOString` are fixed by the specification. The locale variants are those of `en-US`
//! whatever the environment, since there is no Intl. Reading dates is in `parse`.

use unspool_runtime::Cx;

use super::calendar::{Fields, MS_PER_MINUTE};
use crate::numeric::zone::{local_time, zone_name};

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What is shown for NaN.
pub(super) const INVALID: &str = "Invalid Date";

/// At least four digits after the sign.
fn padded_year(year: i64) -> String {
    format!("{}{:04}", if year < 0 { "-" } else { "" }, year.unsigned_abs())
}

/// DateString
fn date_string(f: &Fields) -> String {
    let (weekday, month) = (WEEKDAYS[f.weekday as usize], MONTHS[f.month as usize]);
    format!("{weekday} {month} {:02} {}", f.day, padded_year(f.year))
}

/// TimeString
fn time_string(f: &Fields) -> String {
    format!("{:02}:{:02}:{:02} GMT", f.hour, f.minute, f.second)
}

/// TimeZoneString
fn zone_string(cx: Cx<'_>, time: f64, local: f64) -> String {
    let minutes = ((local - time) / MS_PER_MINUTE) as i64;
    let name = zone_name(cx, time);
    let sign = if minutes < 0 { '-' } else { '+' };
    let offset = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
    if name.is_empty() { offset } else { format!("{offset} ({name})") }
}

/// ToDateString
pub(super) fn to_string(cx: Cx<'_>, time: f64) -> String {
    if time.is_nan() {
        return INVALID.to_owned();
    }
    let local = local_time(cx, time);
    let fields = Fields::of(local);
    format!("{} {}{}", date_string(&fields), time_string(&fields), zone_string(cx, time, local))
}

pub(super) fn to_date_string(cx: Cx<'_>, time: f64) -> String {
    if time.is_nan() { INVALID.to_owned() } else { date_string(&Fields::of(local_time(cx, time))) }
}

pub(super) fn to_time_string(cx: Cx<'_>, time: f64) -> String {
    if time.is_nan() {
        return INVALID.to_owned();
    }
    let local = local_time(cx, time);
    format!("{}{}", time_string(&Fields::of(local)), zone_string(cx, time, local))
}

pub(super) fn to_utc_string(time: f64) -> String {
    if time.is_nan() {
        return INVALID.to_owned();
    }
    let f = Fields::of(time);
    let (weekday, month) = (WEEKDAYS[f.weekday as usize], MONTHS[f.month as usize]);
    format!("{weekday}, {:02} {month} {} {}", f.day, padded_year(f.year), time_string(&f))
}

/// The format of the specification, for finite times.
pub(super) fn to_iso_string(time: f64) -> String {
    let f = Fields::of(time);
    let year = match f.year {
        0..=9999 => format!("{:04}", f.year),
        year => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.unsigned_abs()),
    };
    format!(
        "{year}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        f.month + 1,
        f.day,
        f.hour,
        f.minute,
        f.second,
        f.millisecond
    )
}

/// `month/day/year`, as for `en-US`.
fn locale_date(f: &Fields) -> String {
    if f.year > 0 {
        format!("{}/{}/{}", f.month + 1, f.day, f.year)
    } else {
        format!("{}/{}/{} B", f.month + 1, f.day, 1 - f.year)
    }
}

/// Twelve hours, as for `en-US`.
fn locale_time(f: &Fields) -> String {
    let (hour, half) = ((f.hour + 11) % 12 + 1, if f.hour < 12 { "AM" } else { "PM" });
    format!("{hour}:{:02}:{:02} {half}", f.minute, f.second)
}

pub(super) fn to_locale_string(cx: Cx<'_>, time: f64) -> String {
    if time.is_nan() {
        return INVALID.to_owned();
    }
    let fields = Fields::of(local_time(cx, time));
    format!("{}, {}", locale_date(&fields), locale_time(&fields))
}

pub(super) fn to_locale_date_string(cx: Cx<'_>, time: f64) -> String {
    if time.is_nan() { INVALID.to_owned() } else { locale_date(&Fields::of(local_time(cx, time))) }
}

pub(super) fn to_locale_time_string(cx: Cx<'_>, time: f64) -> String {
    if time.is_nan() { INVALID.to_owned() } else { locale_time(&Fields::of(local_time(cx, time))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_years_have_four_or_six_digits() {
        assert_eq!(to_iso_string(0.0), "1970-01-01T00:00:00.000Z");
        assert_eq!(to_iso_string(8.64e15), "+275760-09-13T00:00:00.000Z");
        assert_eq!(to_iso_string(-62_198_755_200_001.0), "-000002-12-31T23:59:59.999Z");
        assert_eq!(to_iso_string(-1.0), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn utc_text() {
        assert_eq!(to_utc_string(0.0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(to_utc_string(-62_198_755_200_001.0), "Thu, 31 Dec -0002 23:59:59 GMT");
        assert_eq!(to_utc_string(f64::NAN), INVALID);
    }

    #[test]
    fn twelve_hours() {
        assert_eq!(locale_time(&Fields::of(0.0)), "12:00:00 AM");
        assert_eq!(locale_time(&Fields::of(45_296_000.0)), "12:34:56 PM");
        assert_eq!(locale_date(&Fields::of(0.0)), "1/1/1970");
    }
}
