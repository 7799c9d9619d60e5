//! A stable merge sort over a list of values whose comparison may run JavaScript and may fail.
//!
//! Short runs are sorted by binary insertion, then runs are merged in passes between the list and a second one. The
//! comparison is asked whether its second argument must come before its first; equal values keep their order, and a
//! nonsensical comparison gives some permutation.

use unspool_runtime::completion::JsResult;
use unspool_runtime::{Cx, OrThrow as _};
use unspool_values::Value;
use unspool_values::object::GcVec;

/// Runs of this length are made by insertion.
const RUN: usize = 8;

/// Sorts the list; gives the list that holds the result, which may be another one.
///
/// # Errors
/// What the comparison throws; out of memory.
pub(crate) fn merge_sort(
    cx: Cx<'_>,
    list: GcVec,
    mut comes_before: impl FnMut(Value, Value) -> JsResult<bool>,
) -> JsResult<GcVec> {
    let length = list.len();
    let mut start = 0;
    while start < length {
        let end = (start + RUN).min(length);
        insertion_sort(cx, list, start, end, &mut comes_before)?;
        start = end;
    }
    if length <= RUN {
        return Ok(list);
    }
    let (mut from, mut to) = (list, GcVec::with_capacity(cx, length).or_throw(cx)?);
    to.extend(cx, list).or_throw(cx)?;
    let mut width = RUN;
    while width < length {
        let mut start = 0;
        while start < length {
            let middle = (start + width).min(length);
            let end = (middle + width).min(length);
            merge(cx, from, to, (start, middle, end), &mut comes_before)?;
            start = end;
        }
        (from, to) = (to, from);
        width *= 2;
    }
    Ok(from)
}

/// Sorts a run whose members are put one by one where they belong.
fn insertion_sort(
    cx: Cx<'_>,
    list: GcVec,
    start: usize,
    end: usize,
    comes_before: &mut impl FnMut(Value, Value) -> JsResult<bool>,
) -> JsResult<()> {
    for next in start + 1..end {
        cx.poll_interrupt()?;
        let value = list.get(next);
        let (mut low, mut high) = (start, next);
        // In order already? Then one comparison is enough.
        if !comes_before(list.get(next - 1), value)? {
            continue;
        }
        high -= 1;
        while low < high {
            let middle = low + (high - low) / 2;
            if comes_before(list.get(middle), value)? { high = middle } else { low = middle + 1 }
        }
        for i in (low..next).rev() {
            list.set(cx, i + 1, list.get(i));
        }
        list.set(cx, low, value);
    }
    Ok(())
}

/// Merges the runs `start..middle` and `middle..end` of `from` into `to`.
fn merge(
    cx: Cx<'_>,
    from: GcVec,
    to: GcVec,
    (start, middle, end): (usize, usize, usize),
    comes_before: &mut impl FnMut(Value, Value) -> JsResult<bool>,
) -> JsResult<()> {
    let copy = |source: usize, target: usize, count: usize| {
        to.buffer().copy_from(cx, target as u32, &*from.buffer(), source as u32, count as u32);
    };
    if middle >= end || !comes_before(from.get(middle - 1), from.get(middle))? {
        copy(start, start, end - start);
        return Ok(());
    }
    let (mut left, mut right, mut out) = (start, middle, start);
    while left < middle && right < end {
        cx.poll_interrupt()?;
        if comes_before(from.get(left), from.get(right))? {
            to.set(cx, out, from.get(right));
            right += 1;
        } else {
            to.set(cx, out, from.get(left));
            left += 1;
        }
        out += 1;
    }
    copy(left, out, middle - left);
    out += middle - left;
    copy(right, out, end - right);
    Ok(())
}
