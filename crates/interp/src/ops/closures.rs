//! Closures and contexts.
//!
//! A closure shares its *feedback cell* with the closures that the same place in the same activation's feedback made
//! before: they are the same function to the compiler. The cell counts them to two, which tells apart functions with one
//! closure from those with many. A *context* is the heap part of a scope; contexts of blocks, functions, `catch`, `with`
//! and eval differ only in their first slot or their extension.

use unspool_gc::{Gc, Header};
use unspool_runtime::cells::{Context, FeedbackCell, FeedbackSlot, FunctionTemplate};
use unspool_runtime::{Cx, environment, function};
use unspool_values::Value;

use crate::machine::{Flow, Machine};

type M<'a> = Machine<'a>;

#[inline(always)]
pub(crate) fn create_closure(m: &mut M<'_>, function: usize, slot: usize) -> Flow {
    m.save();
    m.acc = create_closure_slow(
        m.cx,
        m.constant(function),
        m.header().context.get(),
        m.slot(slot),
        m.vector().map(Gc::erase),
    );
    Flow::Next
}

#[inline(never)]
fn create_closure_slow(
    cx: Cx<'_>,
    template: Value,
    context: Option<Gc<Context>>,
    slot: Option<&FeedbackSlot>,
    owner: Option<Gc<Header>>,
) -> Value {
    let template = template.to::<FunctionTemplate>().expect("a function constant");
    let shared =
        slot.and_then(|slot| slot.extra.get()).and_then(|cell| Value::from_cell(cell).to::<FeedbackCell>());
    let feedback = shared.unwrap_or_else(|| {
        let cell = FeedbackCell::new(cx);
        if let (Some(slot), Some(owner)) = (slot, owner) {
            slot.extra.set(Some(cell.erase()));
            cx.write_barrier(owner);
        }
        cell
    });
    feedback.closures.set((feedback.closures.get() + 1).min(2));
    Value::from_cell(function::new_closure(cx, template, context, feedback))
}

#[inline(always)]
fn create_context(m: &mut M<'_>, scope: usize, extension: Value, first: Option<Value>) -> Flow {
    m.save();
    let header = m.header();
    let description = m.constant(scope);
    let context = environment::new_context(
        m.cx,
        header.context.get(),
        header.template.get(),
        scope as u32,
        description,
        extension,
    );
    if let Some(value) = first {
        Context::set_slot(context, m.cx, 0, value);
    }
    m.acc = Value::from_cell(context);
    Flow::Next
}

#[inline(always)]
pub(crate) fn create_block_context(m: &mut M<'_>, scope: usize) -> Flow {
    create_context(m, scope, Value::HOLE, None)
}

#[inline(always)]
pub(crate) fn create_function_context(m: &mut M<'_>, scope: usize) -> Flow {
    create_context(m, scope, Value::HOLE, None)
}

#[inline(always)]
pub(crate) fn create_eval_context(m: &mut M<'_>, scope: usize) -> Flow {
    create_context(m, scope, Value::HOLE, None)
}

#[inline(always)]
pub(crate) fn create_catch_context(m: &mut M<'_>, scope: usize) -> Flow {
    create_context(m, scope, Value::HOLE, Some(m.acc))
}

#[inline(always)]
pub(crate) fn create_with_context(m: &mut M<'_>, scope: usize) -> Flow {
    create_context(m, scope, m.acc, None)
}

#[inline(always)]
pub(crate) fn clone_context(m: &mut M<'_>) -> Flow {
    m.save();
    m.acc = Value::from_cell(environment::clone_context(m.cx, m.context()));
    Flow::Next
}
