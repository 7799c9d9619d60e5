//! Generators and async functions: suspending and resuming.
//!
//! `SuspendGenerator` has the runtime copy the frame into the generator object and asks the loop to leave it. When it is
//! resumed, the frame is put back whole and execution starts at the function's first instruction,
//! `SwitchOnGeneratorState`, which jumps to the `ResumeGenerator` after the suspension; what was sent in is in the
//! accumulator, and the *resume mode* says whether it is a value, an exception, or the value of a `return`.

use unspool_bytecode::SuspendKind;
use unspool_gc::Gc;
use unspool_runtime::cells::{GeneratorObject, ResumeMode};
use unspool_runtime::{Throw, generators};
use unspool_values::Value;

use super::jumps::switch;
use crate::machine::{Flow, Machine, Reg};

type M<'a> = Machine<'a>;

/// The generator in a register. Async generators begin with the same fields.
#[inline(always)]
fn generator(value: Value) -> Gc<GeneratorObject> {
    generators::from_value(value).expect("a generator register holds a generator")
}

#[inline(always)]
pub(crate) fn create_generator_object(m: &mut M<'_>) -> Flow {
    m.save();
    let result = generators::create_generator_object(m.cx, m.frame());
    m.finish(result)
}

#[inline(always)]
pub(crate) fn switch_on_generator_state(m: &mut M<'_>, register: Reg, table: usize) -> Flow {
    let value = m.get(register);
    if value.is_undefined() {
        return Flow::Next;
    }
    let generator = generator(value);
    m.header().context.set(generator.context.get());
    switch(m, table, generator.offset.get() as i32)
}

#[inline(always)]
pub(crate) fn suspend_generator(
    m: &mut M<'_>,
    register: Reg,
    _saved: (Reg, usize),
    suspend_id: u32,
    kind: u32,
) -> Flow {
    m.save();
    let kind = SuspendKind::ALL[kind as usize];
    match generators::suspend(m.cx, m.frame(), generator(m.get(register)), suspend_id, kind, m.acc) {
        Ok(value) => {
            m.acc = value;
            Flow::Suspend
        }
        Err(_) => Flow::Throw,
    }
}

/// The whole frame was restored when the activation was resumed, and the value sent in is in the accumulator.
#[inline(always)]
pub(crate) fn resume_generator(_: &mut M<'_>, _generator: Reg, _saved: (Reg, usize)) -> Flow {
    Flow::Next
}

#[inline(always)]
pub(crate) fn get_generator_resume_mode(m: &mut M<'_>, register: Reg) -> Flow {
    m.acc = Value::from_i32(generator(m.get(register)).resume_mode.get() as i32);
    Flow::Next
}

#[inline(always)]
pub(crate) fn jump_if_resume_return(m: &mut M<'_>, register: Reg, target: i32) -> Flow {
    match generator(m.get(register)).resume_mode.get() {
        ResumeMode::Next => Flow::Next,
        ResumeMode::Return => m.jump(target),
        ResumeMode::Throw => throw_sent(m),
    }
}

#[inline(always)]
pub(crate) fn throw_if_resume_throw(m: &mut M<'_>, register: Reg) -> Flow {
    if generator(m.get(register)).resume_mode.get() == ResumeMode::Throw { throw_sent(m) } else { Flow::Next }
}

#[inline(always)]
fn throw_sent(m: &mut M<'_>) -> Flow {
    m.save();
    let _: Throw = m.cx.throw(m.acc);
    Flow::Throw
}
