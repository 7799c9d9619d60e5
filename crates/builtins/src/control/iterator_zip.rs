//! `Iterator.zip` and `Iterator.zipKeyed` (joint iteration).
//!
//! Private values of a zip helper: 0 the list of iterators (null once exhausted or failed), 1 the list of their `next`
//! methods, 2 a record (paddings, keys or undefined), 3 the mode.

use unspool_gc::Gc;
use unspool_runtime::cells::{HostObject, Record};
use unspool_runtime::completion::{JsResult, Throw};
use unspool_runtime::iteration::{IteratorRecord, get_iterator};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::enumerate::key_of_value;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;

use super::iterator_helper::{Kind, allocate};
use super::iterator_helpers::{Primitives, get_iterator_flattenable};

/// When a zip ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// With the first iterator that does.
    Shortest = 0,
    /// With the last; others are padded.
    Longest = 1,
    /// With all at once, or with an error.
    Strict = 2,
}

/// The iterators under construction.
#[derive(Clone, Copy)]
struct Iterators {
    iterators: GcVec,
    nexts: GcVec,
}

impl Iterators {
    fn new(cx: Cx<'_>) -> Iterators {
        Iterators { iterators: GcVec::new(cx), nexts: GcVec::new(cx) }
    }

    fn of(helper: Gc<HostObject>) -> Iterators {
        let list = |i: usize| GcVec::from_cell(helper.values[i].get().to().expect("a zip has lists"));
        Iterators { iterators: list(0), nexts: list(1) }
    }

    fn push(self, cx: Cx<'_>, record: IteratorRecord) -> JsResult<()> {
        self.iterators.push(cx, record.iterator.into()).or_throw(cx)?;
        self.nexts.push(cx, record.next).or_throw(cx)
    }

    fn len(self) -> usize {
        self.iterators.len()
    }

    /// Iterator `i`, if it is open.
    fn get(self, i: usize) -> Option<IteratorRecord> {
        Some(IteratorRecord { iterator: self.iterators.get(i).as_object()?, next: self.nexts.get(i) })
    }

    fn forget(self, cx: Cx<'_>, i: usize) {
        self.iterators.set(cx, i, Value::NULL);
    }

    fn is_all_closed(self) -> bool {
        self.iterators.iter().all(|iterator| !iterator.is_object())
    }

    /// IteratorCloseAll: closes the open ones, the last first.
    fn close(self, cx: Cx<'_>, completion: JsResult<()>) -> JsResult<()> {
        let mut completion = completion;
        for i in (0..self.len()).rev() {
            if let Some(record) = self.get(i) {
                completion = match completion {
                    Ok(()) => record.close(cx),
                    Err(throw) => Err(record.close_on_throw(cx, throw)),
                };
            }
        }
        completion
    }

    /// IfAbruptCloseIterators
    fn close_if_thrown<T>(self, cx: Cx<'_>, result: JsResult<T>) -> JsResult<T> {
        result.map_err(|throw| self.close_on_throw(cx, throw))
    }

    fn close_on_throw(self, cx: Cx<'_>, throw: Throw) -> Throw {
        match self.close(cx, Err(throw)) {
            Err(throw) => throw,
            Ok(()) => unreachable!("closing does not swallow exceptions"),
        }
    }
}

/// Closes the open iterators of a zip helper.
pub(super) fn close_all(cx: Cx<'_>, helper: Gc<HostObject>, completion: JsResult<()>) -> JsResult<()> {
    Iterators::of(helper).close(cx, completion)
}

/// The options: mode, and the padding option or undefined.
fn read_options(cx: Cx<'_>, options: Value) -> JsResult<(Mode, Value)> {
    if options.is_undefined() {
        return Ok((Mode::Shortest, Value::UNDEFINED));
    }
    let Some(options) = options.as_object() else {
        return Err(cx.throw_type_error("The options of a zip must be an object"));
    };
    let mode = options.get(cx, cx.key(A::mode))?;
    let text = mode.to().map(|string| cx.rust_string(string));
    let mode = match text.as_deref() {
        None if mode.is_undefined() => Mode::Shortest,
        Some("shortest") => Mode::Shortest,
        Some("longest") => Mode::Longest,
        Some("strict") => Mode::Strict,
        _ => return Err(cx.throw_type_error("The mode of a zip must be 'shortest', 'longest' or 'strict'")),
    };
    if mode != Mode::Longest {
        return Ok((mode, Value::UNDEFINED));
    }
    let padding = options.get(cx, cx.key(A::padding))?;
    if !padding.is_undefined() && !padding.is_object() {
        return Err(cx.throw_type_error("The padding of a zip must be an object"));
    }
    Ok((mode, padding))
}

fn require_object(cx: Cx<'_>, value: Value) -> JsResult<Object> {
    match value.as_object() {
        Some(object) => Ok(object),
        None => {
            let text = cx.describe(value);
            Err(cx.throw_type_error(format_args!("{text} is not an object")))
        }
    }
}

fn make_zip(cx: Cx<'_>, iterators: Iterators, mode: Mode, padding: GcVec, keys: Value) -> Value {
    let record = Record::new(cx, 0, &[Value::from_cell(padding.cell()), keys]);
    let values = [
        Value::from_cell(iterators.iterators.cell()),
        Value::from_cell(iterators.nexts.cell()),
        Value::from_cell(record),
        Value::from_i32(mode as i32),
    ];
    allocate(cx, Kind::Zip, values)
}

/// Iterator.zip
pub(super) fn zip(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterables = require_object(cx, args.get(0))?;
    let (mode, padding_option) = read_options(cx, args.get(1))?;
    let iterators = Iterators::new(cx);
    let input = get_iterator(cx, iterables.into())?;
    loop {
        let next = input.step(cx);
        let Some(next) = iterators.close_if_thrown(cx, next)? else { break };
        let record = get_iterator_flattenable(cx, next, Primitives::Reject)
            .and_then(|record| iterators.push(cx, record));
        if let Err(throw) = record {
            // « inputIter » and the others, from the last to the first.
            let throw = iterators.close_on_throw(cx, throw);
            return Err(input.close_on_throw(cx, throw));
        }
    }
    let padding = GcVec::new(cx);
    if mode == Mode::Longest {
        let filled = fill_padding(cx, padding, padding_option, iterators.len());
        iterators.close_if_thrown(cx, filled)?;
    }
    Ok(make_zip(cx, iterators, mode, padding, Value::UNDEFINED))
}

/// Takes `count` values of the padding iterable; where it ends, `undefined` follows.
fn fill_padding(cx: Cx<'_>, padding: GcVec, option: Value, count: usize) -> JsResult<()> {
    let mut source = match option.is_undefined() {
        true => None,
        false => Some(get_iterator(cx, option)?),
    };
    for _ in 0..count {
        let mut value = Value::UNDEFINED;
        if let Some(record) = source {
            match record.step(cx)? {
                Some(next) => value = next,
                None => source = None,
            }
        }
        padding.push(cx, value).or_throw(cx)?;
    }
    match source {
        Some(record) => record.close(cx),
        None => Ok(()),
    }
}

/// Iterator.zipKeyed
pub(super) fn zip_keyed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterables = require_object(cx, args.get(0))?;
    let (mode, padding_option) = read_options(cx, args.get(1))?;
    let iterators = Iterators::new(cx);
    let keys = GcVec::new(cx);
    let all_keys = iterables.own_property_keys(cx)?;
    for key in all_keys.iter() {
        let added = add_keyed(cx, iterables, key, iterators, keys);
        iterators.close_if_thrown(cx, added)?;
    }
    let padding = GcVec::new(cx);
    if mode == Mode::Longest {
        for key in keys.iter() {
            let value = match padding_option.as_object() {
                Some(option) => option.get(cx, key_of_value(cx, key)),
                None => Ok(Value::UNDEFINED),
            };
            let value = iterators.close_if_thrown(cx, value)?;
            padding.push(cx, value).or_throw(cx)?;
        }
    }
    Ok(make_zip(cx, iterators, mode, padding, Value::from_cell(keys.cell())))
}

/// Adds the iterator of a property, if it is enumerable and not undefined.
fn add_keyed(cx: Cx<'_>, iterables: Object, key: Value, iterators: Iterators, keys: GcVec) -> JsResult<()> {
    let property_key = key_of_value(cx, key);
    let descriptor = iterables.get_own_property(cx, property_key)?;
    if descriptor.is_none_or(|descriptor| descriptor.enumerable != Some(true)) {
        return Ok(());
    }
    let value = iterables.get(cx, property_key)?;
    if value.is_undefined() {
        return Ok(());
    }
    let record = get_iterator_flattenable(cx, value, Primitives::Reject)?;
    keys.push(cx, key).or_throw(cx)?;
    iterators.push(cx, record)
}

/// The body of IteratorZip up to the next value, or its end.
pub(super) fn advance(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<Option<Value>> {
    let iterators = Iterators::of(helper);
    if iterators.len() == 0 {
        return Ok(None);
    }
    let record = helper.values[2].get().to::<Record>().expect("a zip has a record");
    let padding = GcVec::from_cell(record.values[0].get().to().expect("a zip has paddings"));
    let mode = helper.values[3].get().as_i32();
    let results = GcVec::new(cx);
    for i in 0..iterators.len() {
        let Some(iterator) = iterators.get(i) else {
            results.push(cx, padding.get(i)).or_throw(cx)?;
            continue;
        };
        let value = match iterator.step(cx) {
            Ok(value) => value,
            Err(throw) => {
                iterators.forget(cx, i);
                return Err(iterators.close_on_throw(cx, throw));
            }
        };
        if let Some(value) = value {
            results.push(cx, value).or_throw(cx)?;
            continue;
        }
        iterators.forget(cx, i);
        if mode == Mode::Shortest as i32 {
            iterators.close(cx, Ok(()))?;
            return Ok(None);
        }
        if mode == Mode::Strict as i32 {
            check_all_done(cx, iterators, i)?;
            return Ok(None);
        }
        if iterators.is_all_closed() {
            return Ok(None);
        }
        results.push(cx, padding.get(i)).or_throw(cx)?;
    }
    finish_results(cx, results, record.values[1].get()).map(Some)
}

/// Strict mode: iterator `first` ended, so it must be number 0 and all others must end as well.
fn check_all_done(cx: Cx<'_>, iterators: Iterators, first: usize) -> JsResult<()> {
    let mismatch = || cx.throw_type_error("The iterators of a strict zip have different lengths");
    if first != 0 {
        let throw = mismatch();
        return Err(iterators.close_on_throw(cx, throw));
    }
    for k in 1..iterators.len() {
        let Some(other) = iterators.get(k) else { continue };
        match other.advance(cx) {
            Err(throw) => {
                iterators.forget(cx, k);
                return Err(iterators.close_on_throw(cx, throw));
            }
            Ok(None) => iterators.forget(cx, k),
            Ok(Some(_)) => {
                let throw = mismatch();
                return Err(iterators.close_on_throw(cx, throw));
            }
        }
    }
    Ok(())
}

/// An array of the results, or an object with the keys.
fn finish_results(cx: Cx<'_>, results: GcVec, keys: Value) -> JsResult<Value> {
    let Some(keys) = keys.to().map(GcVec::from_cell) else {
        return Ok(Object::array_from_list(cx, results)?.into());
    };
    let object = Object::with_prototype(cx, None);
    for i in 0..keys.len() {
        object.create_data_property_or_throw(cx, key_of_value(cx, keys.get(i)), results.get(i))?;
    }
    Ok(object.into())
}
