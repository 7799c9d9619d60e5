//! Throwing, returning, and checks that throw.
//!
//! An exception is put into the isolate and announced as [`Flow::Throw`]; the loop then unwinds. The checks are what the
//! specification demands at certain places (an uninitialized binding, a constructor that forgot `super()`, an iterator
//! result that is no object); their messages come from the table of `MessageId`.

use unspool_runtime::{Cx, Throw, ValueExt as _, messages};
use unspool_values::Value;

use crate::machine::{Flow, Machine, Reg};

type M<'a> = Machine<'a>;

#[inline(always)]
pub(crate) fn throw(m: &mut M<'_>) -> Flow {
    m.save();
    let _: Throw = m.cx.throw(m.acc);
    Flow::Throw
}

#[inline(always)]
pub(crate) fn re_throw(m: &mut M<'_>) -> Flow {
    throw(m)
}

#[inline(always)]
pub(crate) fn throw_message(m: &mut M<'_>, message: u32, arguments: (Reg, usize)) -> Flow {
    m.save();
    let _: Throw = messages::throw(m.cx, message, m.range(arguments.0, arguments.1));
    Flow::Throw
}

#[inline(always)]
pub(crate) fn return_(_: &mut M<'_>) -> Flow {
    Flow::Return
}

#[inline(always)]
pub(crate) fn throw_reference_error_if_hole(m: &mut M<'_>, name: usize) -> Flow {
    if m.acc.is_hole() {
        m.save();
        let _: Throw = messages::throw_uninitialized(m.cx, m.constant(name));
        return Flow::Throw;
    }
    Flow::Next
}

#[inline(always)]
pub(crate) fn throw_super_not_called_if_hole(m: &mut M<'_>) -> Flow {
    if m.acc.is_hole() {
        m.save();
        let _: Throw = messages::throw_super_not_called(m.cx);
        return Flow::Throw;
    }
    Flow::Next
}

#[inline(always)]
pub(crate) fn throw_super_already_called_if_not_hole(m: &mut M<'_>) -> Flow {
    if !m.acc.is_hole() {
        m.save();
        let _: Throw = messages::throw_super_already_called(m.cx);
        return Flow::Throw;
    }
    Flow::Next
}

#[inline(always)]
pub(crate) fn throw_if_not_super_constructor(m: &mut M<'_>, constructor: Reg) -> Flow {
    let value = m.get(constructor);
    if value.as_object().is_some_and(|o| o.is_constructor()) {
        return Flow::Next;
    }
    m.save();
    let _: Throw = messages::throw_super_not_constructor(m.cx, value);
    Flow::Throw
}

#[inline(always)]
pub(crate) fn throw_const_assignment(m: &mut M<'_>, _name: usize) -> Flow {
    m.save();
    let _: Throw = messages::throw_const_assignment(m.cx);
    Flow::Throw
}

#[cold]
#[inline(never)]
fn throw_with_value(cx: Cx<'_>, message: u32, value: Value) -> Flow {
    let _: Throw = messages::throw(cx, message, &[value]);
    Flow::Throw
}

#[inline(always)]
pub(crate) fn throw_if_not_object(m: &mut M<'_>, message: u32) -> Flow {
    if m.acc.is_object() {
        return Flow::Next;
    }
    m.save();
    throw_with_value(m.cx, message, m.acc)
}

#[inline(always)]
pub(crate) fn throw_if_not_object_or_null(m: &mut M<'_>, message: u32) -> Flow {
    if m.acc.is_object() || m.acc.is_null() {
        return Flow::Next;
    }
    m.save();
    throw_with_value(m.cx, message, m.acc)
}

#[inline(always)]
pub(crate) fn throw_if_not_callable(m: &mut M<'_>, message: u32) -> Flow {
    if m.acc.is_callable() {
        return Flow::Next;
    }
    m.save();
    throw_with_value(m.cx, message, m.acc)
}

#[inline(always)]
pub(crate) fn throw_pattern_if_null_or_undefined(m: &mut M<'_>, name: usize) -> Flow {
    if !m.acc.is_nullish() {
        return Flow::Next;
    }
    m.save();
    let _: Throw = messages::throw_destructure_nullish(m.cx, m.constant(name), m.acc);
    Flow::Throw
}

#[inline(always)]
pub(crate) fn debugger(_: &mut M<'_>) -> Flow {
    Flow::Next
}
