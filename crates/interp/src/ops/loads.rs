//! Loading the accumulator, moving registers, contexts and module variables.
//!
//! None of these can throw or run code: checks for the temporal dead zone are instructions of their own (`throwing`),
//! which the front end leaves out where it can prove them needless. Context slots marked immutable are a promise to the
//! compiler and read like any other here. Module variables are reached through binding cells, which importers share with
//! the exporter.

use unspool_gc::Gc;
use unspool_runtime::cells::{BindingCell, Context};
use unspool_runtime::modules;
use unspool_values::Value;

use crate::machine::{Flow, Machine, Reg};

type M<'a> = Machine<'a>;

/// Prefixes are executed by the loop itself.
#[inline(always)]
pub(crate) fn wide(_: &mut M<'_>) -> Flow {
    Flow::Next
}

#[inline(always)]
pub(crate) fn extra_wide(_: &mut M<'_>) -> Flow {
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_zero(m: &mut M<'_>) -> Flow {
    m.acc = Value::ZERO;
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_smi(m: &mut M<'_>, value: i32) -> Flow {
    m.acc = Value::from_i32(value);
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_undefined(m: &mut M<'_>) -> Flow {
    m.acc = Value::UNDEFINED;
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_null(m: &mut M<'_>) -> Flow {
    m.acc = Value::NULL;
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_the_hole(m: &mut M<'_>) -> Flow {
    m.acc = Value::HOLE;
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_true(m: &mut M<'_>) -> Flow {
    m.acc = Value::TRUE;
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_false(m: &mut M<'_>) -> Flow {
    m.acc = Value::FALSE;
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_constant(m: &mut M<'_>, constant: usize) -> Flow {
    m.acc = m.constant(constant);
    Flow::Next
}

#[inline(always)]
pub(crate) fn ldar(m: &mut M<'_>, src: Reg) -> Flow {
    m.acc = m.get(src);
    Flow::Next
}

#[inline(always)]
pub(crate) fn star(m: &mut M<'_>, dst: Reg) -> Flow {
    m.set(dst, m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn mov(m: &mut M<'_>, src: Reg, dst: Reg) -> Flow {
    m.set(dst, m.get(src));
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_function(m: &mut M<'_>) -> Flow {
    m.acc = Value::from_cell(m.header().function.get());
    Flow::Next
}

/// The current context as a value; `undefined` where there is none (top-level code).
#[inline(always)]
fn context_value(m: &M<'_>) -> Value {
    m.header().context.get().map_or(Value::UNDEFINED, Value::from_cell)
}

#[inline(always)]
pub(crate) fn lda_context(m: &mut M<'_>) -> Flow {
    m.acc = context_value(m);
    Flow::Next
}

#[inline(always)]
pub(crate) fn push_context(m: &mut M<'_>, dst: Reg) -> Flow {
    m.set(dst, context_value(m));
    m.header().context.set(m.acc.to::<Context>());
    Flow::Next
}

#[inline(always)]
pub(crate) fn pop_context(m: &mut M<'_>, context: Reg) -> Flow {
    m.header().context.set(m.get(context).to::<Context>());
    Flow::Next
}

// ---- context slots -----------------------------------------------------------------------------------------------------

#[inline(always)]
pub(crate) fn lda_context_slot(m: &mut M<'_>, index: u32, depth: u32) -> Flow {
    m.acc = Context::ancestor(m.context(), depth).slot(index);
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_immutable_context_slot(m: &mut M<'_>, index: u32, depth: u32) -> Flow {
    lda_context_slot(m, index, depth)
}

#[inline(always)]
pub(crate) fn lda_current_context_slot(m: &mut M<'_>, index: u32) -> Flow {
    m.acc = m.context().slot(index);
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_immutable_current_context_slot(m: &mut M<'_>, index: u32) -> Flow {
    lda_current_context_slot(m, index)
}

#[inline(always)]
pub(crate) fn sta_context_slot(m: &mut M<'_>, index: u32, depth: u32) -> Flow {
    Context::assign_slot(Context::ancestor(m.context(), depth), m.cx, index, m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn sta_current_context_slot(m: &mut M<'_>, index: u32) -> Flow {
    Context::assign_slot(m.context(), m.cx, index, m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn init_context_slot(m: &mut M<'_>, index: u32, depth: u32) -> Flow {
    initialize(m, Context::ancestor(m.context(), depth), index)
}

#[inline(always)]
pub(crate) fn init_current_context_slot(m: &mut M<'_>, index: u32) -> Flow {
    initialize(m, m.context(), index)
}

/// Gives a slot its first value: there is no code that could rely on another one.
#[inline(always)]
fn initialize(m: &M<'_>, context: Gc<Context>, index: u32) -> Flow {
    debug_assert!(
        context.slot(index).is_undefined() || context.slot(index).is_hole() || !context.is_watched(),
        "slot {index} is initialized again"
    );
    Context::set_slot(context, m.cx, index, m.acc);
    Flow::Next
}

// ---- module variables --------------------------------------------------------------------------------------------------

/// The binding cell of a module variable: the context of a module keeps its cells in its extension.
#[inline(always)]
fn binding(m: &M<'_>, cell: u32, depth: u32) -> Gc<BindingCell> {
    match modules::binding_cell(Context::ancestor(m.context(), depth), cell) {
        Some(cell) => cell,
        // SAFETY: verified bytecode reaches module variables through the module's context only, whose cells are made
        // before the module's code runs.
        None => unsafe { std::hint::unreachable_unchecked() },
    }
}

#[inline(always)]
pub(crate) fn lda_module_variable(m: &mut M<'_>, cell: u32, depth: u32) -> Flow {
    m.acc = binding(m, cell, depth).value.get();
    Flow::Next
}

#[inline(always)]
pub(crate) fn sta_module_variable(m: &mut M<'_>, cell: u32, depth: u32) -> Flow {
    let cell = binding(m, cell, depth);
    BindingCell::note_assignment(cell, m.cx);
    cell.value.set(m.cx, cell, m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn init_module_variable(m: &mut M<'_>, cell: u32, depth: u32) -> Flow {
    let cell = binding(m, cell, depth);
    cell.value.set(m.cx, cell, m.acc);
    Flow::Next
}
