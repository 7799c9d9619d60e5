//! Jumps and loops.
//!
//! Targets are relative to the instruction. `JumpLoop`, the only jump backwards, is where long-running code can be
//! interrupted: it polls the interrupt word, and pays for the bytes it jumps over out of the function's *budget*, at
//! whose end the loop is left to ask whether the function should be compiled.

use std::sync::atomic::Ordering;

use unspool_bytecode::{ConstIndex, Constant};
use unspool_gc::Gc;
use unspool_runtime::cells::FunctionTemplate;
use unspool_runtime::{feedback, interrupt};
use unspool_values::Value;

use super::unary::truthy;
use crate::machine::{Flow, Machine, Reg, slots_of};

type M<'a> = Machine<'a>;

#[inline(always)]
pub(crate) fn jump(m: &mut M<'_>, target: i32) -> Flow {
    m.jump(target)
}

#[inline(always)]
pub(crate) fn jump_loop(m: &mut M<'_>, _depth: u32, slot: usize, target: i32) -> Flow {
    if m.cx.hot.interrupts.load(Ordering::Relaxed) != 0 {
        m.save();
        if interrupt::poll(m.cx).is_err() {
            return Flow::Throw;
        }
    }
    if let Some(vector) = m.vector() {
        let slot = vector.slot(slot as u32);
        slot.count.set(slot.count.get().saturating_add(1));
        let budget = vector.budget.get() + target;
        vector.budget.set(budget);
        if budget < 0 {
            m.save();
            m.cx.hot.loop_interrupt.set(true);
            return Flow::Throw;
        }
    } else {
        begin_feedback(m);
    }
    m.jump(target)
}

/// A loop runs without feedback: the function's first call. After a few rounds it is worth having.
#[inline(always)]
fn begin_feedback(m: &mut M<'_>) {
    let header = m.header();
    if let Some(vector) = feedback::feedback_for_loop(m.cx, header.function.get()) {
        header.feedback.set(Some(vector));
        m.feedback = slots_of(Some(vector));
    }
}

macro_rules! conditional {
    ($($name:ident |$value:ident| $condition:expr;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(m: &mut M<'_>, target: i32) -> Flow {
            let $value = m.acc;
            m.jump_if($condition, target)
        }
    )*};
}
conditional! {
    jump_if_true |v| v.is_true();
    jump_if_false |v| v.is_false();
    jump_if_to_boolean_true |v| truthy(v);
    jump_if_to_boolean_false |v| !truthy(v);
    jump_if_null |v| v.is_null();
    jump_if_not_null |v| !v.is_null();
    jump_if_undefined |v| v.is_undefined();
    jump_if_not_undefined |v| !v.is_undefined();
    jump_if_undefined_or_null |v| v.is_nullish();
    jump_if_not_undefined_or_null |v| !v.is_nullish();
    jump_if_the_hole |v| v.is_hole();
    jump_if_not_the_hole |v| !v.is_hole();
    jump_if_js_receiver |v| v.is_object();
    jump_if_not_js_receiver |v| !v.is_object();
}

#[inline(always)]
pub(crate) fn jump_if_for_in_done(m: &mut M<'_>, index: Reg, length: Reg, target: i32) -> Flow {
    m.jump_if(m.get(index) == m.get(length), target)
}

#[inline(always)]
pub(crate) fn switch_on_smi(m: &mut M<'_>, table: usize) -> Flow {
    switch(m, table, m.acc.as_i32())
}

/// Continues at the entry of a jump table for `value`, or falls through.
#[inline(always)]
pub(super) fn switch(m: &mut M<'_>, table: usize, value: i32) -> Flow {
    match switch_target(m.template(), table, value) {
        Some(target) => {
            // SAFETY: verified bytecode: the targets of jump tables are instructions.
            m.pc = unsafe { m.code.add(target as usize) };
            Flow::Jump
        }
        None => Flow::Next,
    }
}

#[inline(never)]
fn switch_target(template: Gc<FunctionTemplate>, table: usize, value: i32) -> Option<u32> {
    match template.code()?.constant(ConstIndex(table as u32)) {
        Some(Constant::JumpTable(table)) => table.target(value),
        _ => None,
    }
}

/// For-in: the next index.
#[inline(always)]
pub(crate) fn for_in_step(m: &mut M<'_>, index: Reg) -> Flow {
    m.set(index, Value::from_i32(m.get(index).as_i32() + 1));
    Flow::Next
}
