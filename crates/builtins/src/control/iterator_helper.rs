//! Iterator helper objects (ECMA-262 27.1.2.1, 27.1.4): what `map`, `filter`, `take`, `drop`, `flatMap`, `Iterator.concat`
//! and their like return.
//!
//! The specification describes each as a generator. Here a helper is a host object with the state of such a generator, and
//! [`advance`] is its body between two yields: it is entered with the generator running and leaves it suspended or completed.
//! A `return` while suspended closes what the body would close on its way out.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_runtime::cells::{Barriered, HostObject, Record};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_boolean;
use unspool_runtime::function::call;
use unspool_runtime::iteration::{IteratorRecord, get_iterator_from_method, iterator_result};
use unspool_runtime::native::Arguments;
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::realm::Intrinsic;
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::object::GcVec;
use unspool_values::{CellKind, Value};

use super::iterator_helpers::{Primitives, get_iterator_flattenable};
use super::iterator_zip;

/// `HostObject::tag` of helpers.
const HELPER: u32 = u32::from_be_bytes(*b"ihlp");

/// What a helper does. Private values 0 and 1 are the underlying iterator and its `next`; 2 is the callback; 3 a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Kind {
    /// 3 is the position.
    Map,
    /// 3 is the position.
    Filter,
    /// 3 is what remains.
    Take,
    /// 3 is what remains to be dropped.
    Drop,
    /// 3 is a record: inner iterator and its `next` (undefined when there is none), position.
    FlatMap,
    /// 2 is the list of open methods and iterables, alternating; 3 the next index in it; 0 is undefined when no iterator is
    /// open.
    Concat,
    /// 3 is the size.
    Chunks,
    /// 2 is the list of the window's values; 3 the size.
    Windows,
    /// As `Windows`; an input shorter than the window gives one short window.
    PartialWindows,
    /// See `iterator_zip`.
    Zip,
}

const KINDS: [Kind; 10] = [
    Kind::Map,
    Kind::Filter,
    Kind::Take,
    Kind::Drop,
    Kind::FlatMap,
    Kind::Concat,
    Kind::Chunks,
    Kind::Windows,
    Kind::PartialWindows,
    Kind::Zip,
];

/// `[[GeneratorState]]`, in the low byte of `HostObject::state`; the kind is above it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum State {
    SuspendedStart,
    SuspendedYield,
    Running,
    Completed,
}

fn state_of(helper: Gc<HostObject>) -> State {
    match helper.state.get() as u8 {
        0 => State::SuspendedStart,
        1 => State::SuspendedYield,
        2 => State::Running,
        _ => State::Completed,
    }
}

fn set_state(helper: Gc<HostObject>, state: State) {
    helper.state.set((helper.state.get() & !0xff) | state as u32);
}

fn kind_of(helper: Gc<HostObject>) -> Kind {
    KINDS[(helper.state.get() >> 8) as usize]
}

/// A helper with these private values.
pub(super) fn allocate(cx: Cx<'_>, kind: Kind, values: [Value; 4]) -> Value {
    let prototype = cx.intrinsic(Intrinsic::IteratorHelperPrototype);
    let shape = root_shape(cx, CellKind::Host, Some(prototype), 0);
    let helper = cx.allocate_object(shape, |head| HostObject {
        head,
        tag: HELPER,
        state: Cell::new((kind as u32) << 8 | State::SuspendedStart as u32),
        values: values.map(Barriered::new),
    });
    HostObject::object(helper).into()
}

/// A helper over an iterator.
pub(super) fn make_helper(
    cx: Cx<'_>,
    kind: Kind,
    iterated: IteratorRecord,
    callback: Value,
    count: Value,
) -> Value {
    allocate(cx, kind, [iterated.iterator.into(), iterated.next, callback, count])
}

pub(super) fn make_flat_map(cx: Cx<'_>, iterated: IteratorRecord, mapper: Value) -> Value {
    let inner = Record::new(cx, 0, &[Value::UNDEFINED, Value::UNDEFINED, Value::ZERO]);
    make_helper(cx, Kind::FlatMap, iterated, mapper, Value::from_cell(inner))
}

/// `sources` are open methods and iterables, alternating.
pub(super) fn make_concat(cx: Cx<'_>, sources: GcVec) -> Value {
    let sources = Value::from_cell(sources.cell());
    allocate(cx, Kind::Concat, [Value::UNDEFINED, Value::UNDEFINED, sources, Value::ZERO])
}

fn receiver(cx: Cx<'_>, args: Arguments<'_>, method: &str) -> JsResult<Gc<HostObject>> {
    match args.this.to::<HostObject>().filter(|object| object.tag == HELPER) {
        Some(helper) => Ok(helper),
        None => {
            let text = cx.describe(args.this);
            Err(cx.throw_type_error(format_args!(
                "Iterator Helper.prototype.{method} called on incompatible receiver {text}"
            )))
        }
    }
}

fn done(cx: Cx<'_>) -> Value {
    iterator_result(cx, Value::UNDEFINED, true).into()
}

/// %IteratorHelperPrototype%.next
pub(super) fn next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let helper = receiver(cx, args, "next")?;
    let before = state_of(helper);
    match before {
        State::Running => return Err(cx.throw_type_error("Generator is already running")),
        State::Completed => return Ok(done(cx)),
        State::SuspendedStart | State::SuspendedYield => {}
    }
    cx.check_native_stack()?;
    set_state(helper, State::Running);
    match advance(cx, helper) {
        Ok(Some(value)) => {
            set_state(helper, State::SuspendedYield);
            Ok(iterator_result(cx, value, false).into())
        }
        Ok(None) => {
            complete(cx, helper);
            Ok(done(cx))
        }
        Err(throw) => {
            complete(cx, helper);
            Err(throw)
        }
    }
}

/// The helper ended: it holds on to nothing any more.
fn complete(cx: Cx<'_>, helper: Gc<HostObject>) {
    set_state(helper, State::Completed);
    for value in &helper.values {
        value.set(cx, helper, Value::UNDEFINED);
    }
}

/// %IteratorHelperPrototype%.return
pub(super) fn return_(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let helper = receiver(cx, args, "return")?;
    let result = match state_of(helper) {
        State::Running => return Err(cx.throw_type_error("Generator is already running")),
        State::Completed => Ok(()),
        State::SuspendedStart => {
            set_state(helper, State::Completed);
            close(cx, helper)
        }
        State::SuspendedYield => {
            set_state(helper, State::Running);
            close(cx, helper)
        }
    };
    complete(cx, helper);
    result?;
    Ok(done(cx))
}

fn iterated(helper: Gc<HostObject>) -> IteratorRecord {
    IteratorRecord { iterator: helper.values[0].get().as_object_unchecked(), next: helper.values[1].get() }
}

fn count(helper: Gc<HostObject>) -> f64 {
    helper.values[3].get().to_number().unwrap_or(0.0)
}

fn set_count(cx: Cx<'_>, helper: Gc<HostObject>, count: f64) {
    helper.values[3].set(cx, helper, Value::from_f64(count));
}

/// Closes what is open, with a normal completion.
fn close(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<()> {
    match kind_of(helper) {
        Kind::FlatMap => {
            let outer = iterated(helper);
            if let Some(inner) = inner_record(helper) {
                let closed = inner.close(cx);
                outer.close_if_thrown(cx, closed)?;
            }
            outer.close(cx)
        }
        Kind::Concat => {
            if helper.values[0].get().is_undefined() {
                return Ok(());
            }
            iterated(helper).close(cx)
        }
        Kind::Zip => iterator_zip::close_all(cx, helper, Ok(())),
        // After a short last chunk the underlying iterator is at its end.
        _ if helper.values[0].get().is_undefined() => Ok(()),
        _ => iterated(helper).close(cx),
    }
}

/// The body of the generator up to the next value, or its end.
fn advance(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<Option<Value>> {
    match kind_of(helper) {
        Kind::Map => {
            let outer = iterated(helper);
            let Some(value) = outer.step(cx)? else { return Ok(None) };
            let position = count(helper);
            set_count(cx, helper, position + 1.0);
            let arguments = [value, Value::from_f64(position)];
            let mapped = call(cx, helper.values[2].get(), Value::UNDEFINED, &arguments);
            outer.close_if_thrown(cx, mapped).map(Some)
        }
        Kind::Filter => {
            let outer = iterated(helper);
            while let Some(value) = outer.step(cx)? {
                let position = count(helper);
                set_count(cx, helper, position + 1.0);
                let arguments = [value, Value::from_f64(position)];
                let selected = call(cx, helper.values[2].get(), Value::UNDEFINED, &arguments);
                if to_boolean(outer.close_if_thrown(cx, selected)?) {
                    return Ok(Some(value));
                }
                cx.poll_interrupt()?;
            }
            Ok(None)
        }
        Kind::Take => {
            let remaining = count(helper);
            if remaining == 0.0 {
                iterated(helper).close(cx)?;
                return Ok(None);
            }
            set_count(cx, helper, remaining - 1.0);
            iterated(helper).step(cx)
        }
        Kind::Drop => {
            let outer = iterated(helper);
            while count(helper) > 0.0 {
                set_count(cx, helper, count(helper) - 1.0);
                if outer.advance(cx)?.is_none() {
                    return Ok(None);
                }
                cx.poll_interrupt()?;
            }
            outer.step(cx)
        }
        Kind::FlatMap => advance_flat_map(cx, helper),
        Kind::Concat => advance_concat(cx, helper),
        Kind::Chunks => advance_chunks(cx, helper),
        Kind::Windows | Kind::PartialWindows => advance_windows(cx, helper),
        Kind::Zip => iterator_zip::advance(cx, helper),
    }
}

fn inner_state(helper: Gc<HostObject>) -> Gc<Record> {
    helper.values[3].get().to::<Record>().expect("flatMap keeps its inner iterator in a record")
}

fn inner_record(helper: Gc<HostObject>) -> Option<IteratorRecord> {
    let inner = inner_state(helper);
    Some(IteratorRecord { iterator: inner.values[0].get().as_object()?, next: inner.values[1].get() })
}

fn advance_flat_map(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<Option<Value>> {
    let outer = iterated(helper);
    let state = inner_state(helper);
    loop {
        if let Some(inner) = inner_record(helper) {
            let step = inner.step(cx);
            if let Some(value) = outer.close_if_thrown(cx, step)? {
                return Ok(Some(value));
            }
            state.values[0].set(cx, state, Value::UNDEFINED);
        }
        let Some(value) = outer.step(cx)? else { return Ok(None) };
        let position = state.values[2].get().to_number().unwrap_or(0.0);
        state.values[2].set(cx, state, Value::from_f64(position + 1.0));
        let arguments = [value, Value::from_f64(position)];
        let inner = call(cx, helper.values[2].get(), Value::UNDEFINED, &arguments)
            .and_then(|mapped| get_iterator_flattenable(cx, mapped, Primitives::Reject));
        let inner = outer.close_if_thrown(cx, inner)?;
        state.values[0].set(cx, state, inner.iterator.into());
        state.values[1].set(cx, state, inner.next);
        cx.poll_interrupt()?;
    }
}

fn advance_concat(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<Option<Value>> {
    let sources = GcVec::from_cell(helper.values[2].get().to().expect("concat keeps its sources in a list"));
    loop {
        if !helper.values[0].get().is_undefined() {
            if let Some(value) = iterated(helper).step(cx)? {
                return Ok(Some(value));
            }
            helper.values[0].set(cx, helper, Value::UNDEFINED);
        }
        let next = count(helper);
        let at = next as usize;
        if at >= sources.len() {
            return Ok(None);
        }
        set_count(cx, helper, next + 2.0);
        let opened = get_iterator_from_method(cx, sources.get(at + 1), sources.get(at))?;
        helper.values[0].set(cx, helper, opened.iterator.into());
        helper.values[1].set(cx, helper, opened.next);
        cx.poll_interrupt()?;
    }
}

fn advance_chunks(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<Option<Value>> {
    if helper.values[0].get().is_undefined() {
        return Ok(None);
    }
    let outer = iterated(helper);
    let size = count(helper) as usize;
    let chunk = GcVec::new(cx);
    while chunk.len() < size {
        let Some(value) = outer.step(cx)? else {
            helper.values[0].set(cx, helper, Value::UNDEFINED);
            if chunk.is_empty() {
                return Ok(None);
            }
            break;
        };
        chunk.push(cx, value).or_throw(cx)?;
        cx.poll_interrupt()?;
    }
    Ok(Some(Object::array_from_list(cx, chunk)?.into()))
}

fn advance_windows(cx: Cx<'_>, helper: Gc<HostObject>) -> JsResult<Option<Value>> {
    if helper.values[0].get().is_undefined() {
        return Ok(None);
    }
    let outer = iterated(helper);
    let size = count(helper) as usize;
    let window = GcVec::from_cell(helper.values[2].get().to().expect("windows keeps its values in a list"));
    loop {
        let Some(value) = outer.step(cx)? else {
            helper.values[0].set(cx, helper, Value::UNDEFINED);
            let is_partial = !window.is_empty() && window.len() < size;
            if kind_of(helper) == Kind::PartialWindows && is_partial {
                break;
            }
            return Ok(None);
        };
        if window.len() == size {
            window.remove(cx, 0);
        }
        window.push(cx, value).or_throw(cx)?;
        if window.len() == size {
            break;
        }
        cx.poll_interrupt()?;
    }
    Ok(Some(Object::array_from_list(cx, window)?.into()))
}
