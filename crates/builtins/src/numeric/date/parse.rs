//! `Date.parse`: the format of the specification, then what else engines accept.
//!
//! The fallback reads words, numbers and signs in almost any order, as V8's does: month names and time zone names are
//! recognized, text in parentheses is skipped, words before the first number are ignored.

use unspool_runtime::Cx;
use unspool_values::number::is_js_whitespace;
use unspool_values::string::StrView;

use super::calendar::{MS_PER_MINUTE, make_date, make_day, make_time, time_clip};
use crate::numeric::zone::utc;

/// What a text says: local fields or an instant.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Parsed {
    /// Milliseconds as if the fields were UTC.
    time: f64,
    /// Minutes that the fields are ahead of UTC; none for local time.
    offset: Option<i32>,
}

/// The time value of a text, NaN if it is no date.
pub(super) fn parse_date(cx: Cx<'_>, text: StrView<'_>) -> f64 {
    match parse(text) {
        None => f64::NAN,
        Some(Parsed { time, offset: Some(minutes) }) => time_clip(time - f64::from(minutes) * MS_PER_MINUTE),
        Some(Parsed { time, offset: None }) => time_clip(utc(cx, time)),
    }
}

fn parse(text: StrView<'_>) -> Option<Parsed> {
    match parse_iso(text) {
        Some(parsed) => Some(parsed),
        // An expanded year is never anything else.
        None if is_expanded_year(text) => None,
        None => parse_loosely(text),
    }
}

/// Sign and six digits?
fn is_expanded_year(text: StrView<'_>) -> bool {
    let mut cursor = Cursor { text, at: 0 };
    (cursor.eat(b'+') || cursor.eat(b'-')) && cursor.digits(6).is_some()
}

/// A position in the text.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: StrView<'a>,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).map(|unit| u8::try_from(unit).unwrap_or(0))
    }

    fn eat(&mut self, c: u8) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<f64> {
        let mut value = 0.0;
        for i in 0..count {
            let digit = self.text.get(self.at + i)?.wrapping_sub(0x30);
            if digit > 9 {
                return None;
            }
            value = value * 10.0 + f64::from(digit);
        }
        self.at += count;
        Some(value)
    }

    /// All digits here: their value (saturated) and number.
    fn number(&mut self) -> (u32, usize) {
        let start = self.at;
        let mut value = 0u32;
        while let Some(c @ b'0'..=b'9') = self.peek() {
            value = value.saturating_mul(10).saturating_add(u32::from(c - b'0'));
            self.at += 1;
        }
        (value, self.at - start)
    }
}

// ---- the format of the specification (21.4.1.32) -----------------------------------------------------------------------

fn parse_iso(text: StrView<'_>) -> Option<Parsed> {
    let mut cursor = Cursor { text, at: 0 };
    let year = match cursor.peek()? {
        sign @ (b'+' | b'-') => {
            cursor.at += 1;
            let year = cursor.digits(6)?;
            if sign == b'-' && year == 0.0 {
                return None;
            }
            if sign == b'-' { -year } else { year }
        }
        _ => cursor.digits(4)?,
    };
    let (mut month, mut day) = (1.0, 1.0);
    if cursor.eat(b'-') {
        month = cursor.digits(2)?;
        if cursor.eat(b'-') {
            day = cursor.digits(2)?;
        }
    }
    if !(1.0..=12.0).contains(&month) || !(1.0..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let date = make_day(year, month - 1.0, day);
    if cursor.is_at_end() {
        return Some(Parsed { time: make_date(date, 0.0), offset: Some(0) });
    }
    if !cursor.eat(b'T') && !cursor.eat(b't') {
        return None;
    }
    let hour = cursor.digits(2)?;
    if !cursor.eat(b':') {
        return None;
    }
    let minute = cursor.digits(2)?;
    let (mut second, mut millisecond) = (0.0, 0.0);
    if cursor.eat(b':') {
        second = cursor.digits(2)?;
        if cursor.eat(b'.') {
            millisecond = fraction(&mut cursor)?;
        }
    }
    let midnight = hour == 24.0 && minute == 0.0 && second == 0.0 && millisecond == 0.0;
    if !(hour <= 23.0 || midnight) || minute > 59.0 || second > 59.0 {
        return None;
    }
    let offset = match cursor.peek() {
        None => None,
        Some(b'Z' | b'z') => {
            cursor.at += 1;
            Some(0)
        }
        Some(sign @ (b'+' | b'-')) => {
            cursor.at += 1;
            let hours = cursor.digits(2)?;
            if !cursor.eat(b':') {
                return None;
            }
            let minutes = cursor.digits(2)?;
            if hours > 23.0 || minutes > 59.0 {
                return None;
            }
            let total = (hours * 60.0 + minutes) as i32;
            Some(if sign == b'-' { -total } else { total })
        }
        Some(_) => return None,
    };
    if !cursor.is_at_end() {
        return None;
    }
    Some(Parsed { time: make_date(date, make_time(hour, minute, second, millisecond)), offset })
}

fn days_in_month(year: f64, month: f64) -> f64 {
    // Month is counted from 1, so this is the first day of the next one.
    make_day(year, month, 1.0) - make_day(year, month - 1.0, 1.0)
}

/// Milliseconds of a decimal fraction of a second; what is finer is dropped.
fn fraction(cursor: &mut Cursor<'_>) -> Option<f64> {
    let mut value = 0.0;
    let mut count = 0;
    while let Some(c @ b'0'..=b'9') = cursor.peek() {
        if count < 3 {
            value = value * 10.0 + f64::from(c - b'0');
        }
        count += 1;
        cursor.at += 1;
    }
    if count == 0 {
        return None;
    }
    for _ in count..3 {
        value *= 10.0;
    }
    Some(value)
}

// ---- everything else ---------------------------------------------------------------------------------------------------

const MONTHS: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";

/// Names of offsets, in hours ahead of UTC.
const ZONES: [(&[u8], i32); 12] = [
    (b"utc", 0),
    (b"gmt", 0),
    (b"ut", 0),
    (b"z", 0),
    (b"est", -5),
    (b"edt", -4),
    (b"cst", -6),
    (b"cdt", -5),
    (b"mst", -7),
    (b"mdt", -6),
    (b"pst", -8),
    (b"pdt", -7),
];

/// What the fallback has found so far.
#[derive(Default)]
struct Collected {
    /// Numbers that are neither time nor offset.
    date: Vec<u32>,
    month: Option<u32>,
    /// Hour, minute, second, millisecond.
    time: Vec<u32>,
    /// No more parts of the time can follow.
    time_done: bool,
    /// 0 for a.m., 12 for p.m.
    half_day: Option<u32>,
    zone: Option<Zone>,
    has_number: bool,
}

#[derive(Clone, Copy)]
struct Zone {
    negative: bool,
    hours: u32,
    /// None until the number after the colon.
    minutes: Option<u32>,
}

impl Collected {
    fn time_expects(&self) -> bool {
        !self.time.is_empty() && !self.time_done && self.time.len() < 4
    }

    fn zone_is_utc(&self) -> bool {
        matches!(self.zone, Some(Zone { hours: 0, minutes: Some(0), .. }))
    }
}

fn parse_loosely(text: StrView<'_>) -> Option<Parsed> {
    let mut cursor = Cursor { text, at: 0 };
    let mut found = Collected::default();
    while let Some(c) = cursor.peek() {
        match c {
            b'0'..=b'9' => number(&mut cursor, &mut found)?,
            b'a'..=b'z' | b'A'..=b'Z' => word(&mut cursor, &mut found)?,
            b'+' | b'-' if found.zone_is_utc() || !found.time.is_empty() => offset(&mut cursor, &mut found)?,
            b'+' | b'-' | b')' if found.has_number => return None,
            b'(' => skip_parentheses(&mut cursor),
            _ => cursor.at += 1,
        }
    }
    finish(&found)
}

fn number(cursor: &mut Cursor<'_>, found: &mut Collected) -> Option<()> {
    let (value, _) = cursor.number();
    found.has_number = true;
    if cursor.peek() == Some(b':') && !matches!(found.zone, Some(Zone { minutes: None, .. })) {
        cursor.at += 1;
        if found.time_done || found.time.len() >= 3 {
            return None;
        }
        found.time.push(value);
        return Some(());
    }
    if let Some(zone) = &mut found.zone
        && zone.minutes.is_none()
    {
        zone.minutes = Some(value);
        return Some(());
    }
    if found.time_expects() {
        found.time.push(value);
        if found.time.len() == 3 && cursor.eat(b'.') {
            let milliseconds = fraction(cursor)?;
            found.time.push(milliseconds as u32);
        }
        found.time_done = true;
        let follows_well = match cursor.peek() {
            None | Some(b'Z' | b'z' | b'+' | b'-' | b'(') => true,
            Some(b'a' | b'A' | b'p' | b'P') => true,
            Some(_) => is_js_whitespace(cursor.text.at(cursor.at)),
        };
        return follows_well.then_some(());
    }
    if found.date.len() == 3 {
        return None;
    }
    found.date.push(value);
    cursor.eat(b'-');
    Some(())
}

fn word(cursor: &mut Cursor<'_>, found: &mut Collected) -> Option<()> {
    let start = cursor.at;
    while matches!(cursor.peek(), Some(b'a'..=b'z' | b'A'..=b'Z')) {
        cursor.at += 1;
    }
    let letters: Vec<u8> =
        cursor.text.slice(start, cursor.at).units().map(|unit| (unit as u8).to_ascii_lowercase()).collect();
    let month = letters
        .get(..3)
        .and_then(|prefix| MONTHS.chunks_exact(3).position(|month| month == prefix))
        .map(|month| month as u32);
    let half_day = match &*letters {
        b"am" => Some(0),
        b"pm" => Some(12),
        _ => None,
    };
    if half_day.is_some() && !found.time.is_empty() {
        found.time_done = true;
        found.half_day = half_day;
        return Some(());
    }
    if month.is_some() {
        found.month = month;
        cursor.eat(b'-');
        return Some(());
    }
    if let Some((_, hours)) = ZONES.iter().find(|(zone, _)| *zone == &*letters)
        && found.has_number
    {
        found.zone = Some(Zone { negative: *hours < 0, hours: hours.unsigned_abs(), minutes: Some(0) });
        return Some(());
    }
    // Unknown words may only come before all numbers, and not right before one.
    if found.has_number || matches!(cursor.peek(), Some(b'0'..=b'9')) { None } else { Some(()) }
}

fn offset(cursor: &mut Cursor<'_>, found: &mut Collected) -> Option<()> {
    let negative = cursor.peek() == Some(b'-');
    cursor.at += 1;
    let (value, length) = cursor.number();
    found.has_number = true;
    found.time_done = true;
    let (hours, minutes) = if cursor.eat(b':') {
        (value, None)
    } else {
        match length {
            0..=2 => (value, Some(0)),
            3 | 4 => (value / 100, Some(value % 100)),
            _ => return None,
        }
    };
    found.zone = Some(Zone { negative, hours, minutes });
    Some(())
}

fn skip_parentheses(cursor: &mut Cursor<'_>) {
    let mut depth = 0;
    while let Some(c) = cursor.peek() {
        cursor.at += 1;
        match c {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
            _ => {}
        }
    }
}

fn finish(found: &Collected) -> Option<Parsed> {
    if found.date.is_empty() {
        return None;
    }
    let part = |i: usize| found.date.get(i).copied().unwrap_or(1);
    let is_day = |n: u32| (1..=31).contains(&n);
    let (year, month, day) = match found.month {
        // A first number that is no day is the year.
        Some(month) if !is_day(part(0)) => (part(0), month + 1, part(1)),
        Some(month) => (part(1), month + 1, part(0)),
        None if !is_day(part(0)) => (part(0), part(1), part(2)),
        None => (part(2), part(0), part(1)),
    };
    let year = match year {
        0..=49 => year + 2000,
        50..=99 => year + 1900,
        _ => year,
    };
    if !(1..=12).contains(&month) || !is_day(day) {
        return None;
    }
    let field = |i: usize| found.time.get(i).copied().unwrap_or(0);
    let (mut hour, minute, second, millisecond) = (field(0), field(1), field(2), field(3));
    if let Some(half_day) = found.half_day {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + half_day;
    }
    let midnight = hour == 24 && minute == 0 && second == 0 && millisecond == 0;
    if !(hour < 24 || midnight) || minute > 59 || second > 59 || millisecond > 999 {
        return None;
    }
    let offset = found.zone.map(|zone| {
        let minutes = (zone.hours.min(1000) * 60 + zone.minutes.unwrap_or(0).min(1000)) as i32;
        if zone.negative { -minutes } else { minutes }
    });
    let day = make_day(f64::from(year), f64::from(month - 1), f64::from(day));
    let time = make_time(f64::from(hour), f64::from(minute), f64::from(second), f64::from(millisecond));
    Some(Parsed { time: make_date(day, time), offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(f64, Option<i32>)> {
        super::parse(StrView::Latin1(text.as_bytes())).map(|p| (p.time, p.offset))
    }

    fn at(year: i32, month: u32, day: u32, hour: u32, minute: u32, second: u32, ms: u32) -> f64 {
        make_date(
            make_day(f64::from(year), f64::from(month - 1), f64::from(day)),
            make_time(f64::from(hour), f64::from(minute), f64::from(second), f64::from(ms)),
        )
    }

    #[test]
    fn dates_alone_are_utc_and_with_a_time_local() {
        assert_eq!(parse("2024-02-29"), Some((at(2024, 2, 29, 0, 0, 0, 0), Some(0))));
        assert_eq!(parse("2024"), Some((at(2024, 1, 1, 0, 0, 0, 0), Some(0))));
        assert_eq!(parse("2024-02-29T01:02"), Some((at(2024, 2, 29, 1, 2, 0, 0), None)));
        assert_eq!(parse("2024-02-29T01:02:03.4567Z"), Some((at(2024, 2, 29, 1, 2, 3, 456), Some(0))));
        assert_eq!(parse("+012024-02-29T24:00:00-05:30"), Some((at(12024, 3, 1, 0, 0, 0, 0), Some(-330))));
        assert_eq!(parse("-000000-01-01T00:00Z"), None);
        assert_eq!(parse_iso(StrView::ascii("2023-02-29")), None);
    }

    #[test]
    fn what_the_methods_print_is_read_back() {
        let time = at(2024, 2, 29, 1, 2, 3, 0);
        assert_eq!(parse("Thu Feb 29 2024 01:02:03 GMT+0130 (Some Time)"), Some((time, Some(90))));
        assert_eq!(parse("Thu, 29 Feb 2024 01:02:03 GMT"), Some((time, Some(0))));
        assert_eq!(parse("Thu Feb 29 2024"), Some((at(2024, 2, 29, 0, 0, 0, 0), None)));
        assert_eq!(parse("2/29/2024, 1:02:03 PM"), Some((at(2024, 2, 29, 13, 2, 3, 0), None)));
    }

    #[test]
    fn loose_forms() {
        assert_eq!(parse("Jan 1, 99"), Some((at(1999, 1, 1, 0, 0, 0, 0), None)));
        assert_eq!(parse("1 January 2000 12:30 am"), Some((at(2000, 1, 1, 0, 30, 0, 0), None)));
        assert_eq!(parse("2000/3/4 5:6"), Some((at(2000, 3, 4, 5, 6, 0, 0), None)));
        assert_eq!(parse("3/4/2000 05:06:07.5 EST"), Some((at(2000, 3, 4, 5, 6, 7, 500), Some(-300))));
        assert_eq!(parse("4-Mar-2000"), Some((at(2000, 3, 4, 0, 0, 0, 0), None)));
        assert_eq!(parse("2000-03-04 05:06:07+01:30"), Some((at(2000, 3, 4, 5, 6, 7, 0), Some(90))));
        assert_eq!(parse("Jan 1"), Some((at(2001, 1, 1, 0, 0, 0, 0), None)));
    }

    #[test]
    fn other_text_is_no_date() {
        for text in ["", "hello", "2000-13-01", "1/2/3/4", "12:00", "2000-01-01 foo", "13:00 PM 1/1/2000"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
