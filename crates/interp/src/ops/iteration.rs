//! Iterators and for-in.
//!
//! `IteratorStepFast` takes a step over an array with the original iterator without calling `next` and without a result
//! object; where that is not so it jumps to the generic protocol, which the front end emits as ordinary calls. For-in
//! enumerates keys once; before each is used it is checked that it is still there, for free while the object's shape is
//! the one that was enumerated.

use unspool_runtime::array_iteration::{self, FastStep};
use unspool_runtime::feedback::IteratorFeedback;
use unspool_runtime::messages;
use unspool_runtime::{ValueExt as _, ic};
use unspool_values::Value;
use unspool_values::symbol::WellKnownSymbol;

use super::calls::note_call;
use super::properties::{get_by_key, loaded, site};
use crate::machine::{CallRequest, Flow, Machine, Reg};

type M<'a> = Machine<'a>;

#[inline(always)]
fn get_method(m: &mut M<'_>, object: Reg, symbol: WellKnownSymbol, slot: usize) -> Flow {
    let receiver = m.get(object);
    if let Some(feedback) = m.slot(slot)
        && let Some(value) = ic::try_load_named(m.cx, feedback, receiver)
    {
        m.acc = value;
        return Flow::Next;
    }
    m.save();
    if receiver.is_nullish() {
        let _: unspool_runtime::Throw = messages::throw_not_iterable(m.cx, receiver);
        return Flow::Throw;
    }
    let result = get_by_key(m.cx, site(m, slot), receiver, m.cx.symbol_key(symbol));
    loaded(m, result, receiver)
}

#[inline(always)]
pub(crate) fn get_iterator_method(m: &mut M<'_>, object: Reg, slot: usize) -> Flow {
    get_method(m, object, WellKnownSymbol::iterator, slot)
}

#[inline(always)]
pub(crate) fn get_async_iterator_method(m: &mut M<'_>, object: Reg, slot: usize) -> Flow {
    get_method(m, object, WellKnownSymbol::asyncIterator, slot)
}

#[inline(always)]
pub(crate) fn call_iterator_method(m: &mut M<'_>, method: Reg, object: Reg, slot: usize) -> Flow {
    let callee = m.get(method);
    if !callee.is_callable() {
        m.save();
        let _: unspool_runtime::Throw = messages::throw_not_iterable(m.cx, m.get(object));
        return Flow::Throw;
    }
    note_call(m, slot, callee);
    Flow::Call(CallRequest { callee, this: m.get(object), arguments: m.fp, count: 0 })
}

#[inline(always)]
pub(crate) fn iterator_step_fast(m: &mut M<'_>, iterator: Reg, slot: usize, done: i32, generic: i32) -> Flow {
    match array_iteration::step_fast(m.cx, m.get(iterator), m.get_at(iterator, 1)) {
        FastStep::Value(value) => {
            m.acc = value;
            m.note(slot, IteratorFeedback::FAST);
            Flow::Next
        }
        FastStep::Done => {
            m.note(slot, IteratorFeedback::FAST);
            m.acc = Value::UNDEFINED;
            m.jump(done)
        }
        FastStep::Generic => {
            m.note(slot, IteratorFeedback::GENERIC);
            m.acc = Value::UNDEFINED;
            m.jump(generic)
        }
    }
}

#[inline(always)]
pub(crate) fn for_in_enumerate(m: &mut M<'_>, object: Reg) -> Flow {
    m.save();
    let result = array_iteration::for_in_enumerate(m.cx, m.get(object));
    m.finish(result)
}

#[inline(always)]
pub(crate) fn for_in_prepare(m: &mut M<'_>, state: Reg, _slot: usize) -> Flow {
    m.save();
    let (guard, keys, length) = array_iteration::for_in_prepare(m.cx, m.acc);
    m.set(state, guard);
    // SAFETY: verified bytecode: three registers.
    unsafe {
        m.set(state.add(1), keys);
        m.set(state.add(2), Value::from_u32(length));
    }
    Flow::Next
}

#[inline(always)]
pub(crate) fn for_in_next(m: &mut M<'_>, object: Reg, index: Reg, cache: Reg, _slot: usize) -> Flow {
    m.save();
    let index = m.get(index).as_i32() as u32;
    let result = array_iteration::for_in_next(m.cx, m.get(object), index, m.get(cache), m.get_at(cache, 1));
    m.finish(result)
}
