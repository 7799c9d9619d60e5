//! The getters and setters of parts of a date (ECMA-262 21.4.4).
//!
//! All getters are one function over a *clock* (local or UTC) and a part; all setters are one that takes the time apart,
//! replaces the parts that were given, and puts it together. The time is read before the arguments are converted, which
//! is observable.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::DateObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_number;
use unspool_runtime::native::Arguments;
use unspool_values::Value;

use super::calendar::{Fields, MS_PER_MINUTE, make_date, make_day, make_full_year, make_time, time_clip};
use super::this_date;
use crate::numeric::zone::{Clock, local_time, utc};

/// A finite time by the clock that a method reads.
fn read_clock(cx: Cx<'_>, time: f64, clock: Clock) -> f64 {
    if clock == Clock::Local { local_time(cx, time) } else { time }
}

fn get(cx: Cx<'_>, args: Arguments<'_>, clock: Clock, part: impl FnOnce(&Fields) -> i64) -> JsResult<Value> {
    let time = this_date(cx, args.this)?.time.get();
    if time.is_nan() {
        return Ok(Value::from_double(time));
    }
    Ok(Value::from_i32(part(&Fields::of(read_clock(cx, time, clock))) as i32))
}

macro_rules! getters {
    ($($local:ident $utc:ident = $part:expr;)*) => { $(
        pub(super) fn $local(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            get(cx, args, Clock::Local, $part)
        }

        pub(super) fn $utc(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            get(cx, args, Clock::Utc, $part)
        }
    )* };
}

getters! {
    get_date get_utc_date = |f| f.day.into();
    get_day get_utc_day = |f| f.weekday.into();
    get_full_year get_utc_full_year = |f| f.year;
    get_hours get_utc_hours = |f| f.hour.into();
    get_milliseconds get_utc_milliseconds = |f| f.millisecond.into();
    get_minutes get_utc_minutes = |f| f.minute.into();
    get_month get_utc_month = |f| f.month.into();
    get_seconds get_utc_seconds = |f| f.second.into();
}

/// Annex B: years since 1900.
pub(super) fn get_year(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    get(cx, args, Clock::Local, |f| f.year - 1900)
}

pub(super) fn get_time(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(this_date(cx, args.this)?.time.get()))
}

pub(super) fn get_timezone_offset(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let time = this_date(cx, args.this)?.time.get();
    Ok(Value::from_f64((time - local_time(cx, time)) / MS_PER_MINUTE))
}

fn store(date: Gc<DateObject>, time: f64) -> JsResult<Value> {
    let time = time_clip(time);
    date.time.set(time);
    Ok(Value::from_f64(time))
}

pub(super) fn set_time(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let date = this_date(cx, args.this)?;
    let time = to_number(cx, args.get(0))?;
    store(date, time)
}

/// The parts that a setter may change, in the order of its arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

const ALL_PARTS: [Part; 7] =
    [Part::Year, Part::Month, Part::Day, Part::Hour, Part::Minute, Part::Second, Part::Millisecond];

/// Sets up to `count` parts from `first` on to the arguments that are there; the first one is always there.
fn set(cx: Cx<'_>, args: Arguments<'_>, clock: Clock, first: Part, count: usize) -> JsResult<Value> {
    let date = this_date(cx, args.this)?;
    // The time is read before the arguments are converted, and tested after.
    let time = date.time.get();
    let mut given = [None; 4];
    for (i, slot) in given.iter_mut().enumerate().take(count) {
        if i == 0 || i < args.len() {
            *slot = Some(to_number(cx, args.get(i))?);
        }
    }
    if time.is_nan() && first != Part::Year {
        return Ok(Value::from_double(f64::NAN));
    }
    let time = if time.is_nan() { 0.0 } else { read_clock(cx, time, clock) };
    let fields = Fields::of(time);
    let part = |part: Part, old: f64| {
        let position = |wanted: Part| ALL_PARTS.iter().position(|p| *p == wanted).unwrap_or(0);
        let index = position(part).checked_sub(position(first));
        index.and_then(|i| given.get(i).copied().flatten()).unwrap_or(old)
    };
    let day = make_day(
        part(Part::Year, fields.year as f64),
        part(Part::Month, fields.month.into()),
        part(Part::Day, fields.day.into()),
    );
    let within = make_time(
        part(Part::Hour, fields.hour.into()),
        part(Part::Minute, fields.minute.into()),
        part(Part::Second, fields.second.into()),
        part(Part::Millisecond, fields.millisecond.into()),
    );
    let changed = make_date(day, within);
    store(date, if clock == Clock::Local { utc(cx, changed) } else { changed })
}

macro_rules! setters {
    ($($local:ident $utc:ident = $first:ident $count:literal;)*) => { $(
        pub(super) fn $local(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            set(cx, args, Clock::Local, Part::$first, $count)
        }

        pub(super) fn $utc(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            set(cx, args, Clock::Utc, Part::$first, $count)
        }
    )* };
}

setters! {
    set_date set_utc_date = Day 1;
    set_full_year set_utc_full_year = Year 3;
    set_hours set_utc_hours = Hour 4;
    set_milliseconds set_utc_milliseconds = Millisecond 1;
    set_minutes set_utc_minutes = Minute 3;
    set_month set_utc_month = Month 2;
    set_seconds set_utc_seconds = Second 2;
}

/// Annex B: years 0 to 99 are of the twentieth century.
pub(super) fn set_year(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let date = this_date(cx, args.this)?;
    let time = date.time.get();
    let year = to_number(cx, args.get(0))?;
    let local = if time.is_nan() { 0.0 } else { local_time(cx, time) };
    let fields = Fields::of(local);
    let day = make_day(make_full_year(year), fields.month.into(), fields.day.into());
    let within =
        make_time(fields.hour.into(), fields.minute.into(), fields.second.into(), fields.millisecond.into());
    store(date, utc(cx, make_date(day, within)))
}
