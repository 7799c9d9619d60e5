//! Globals and names that are looked up at run time.

use unspool_bytecode::{FeedbackLayout, SlotIndex, SlotKind};
use unspool_gc::Gc;
use unspool_runtime::cells::{Context, FunctionTemplate};
use unspool_runtime::environment::{self, Unresolvable};
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;

use crate::machine::{Flow, Machine, Reg, done};

type M<'a> = Machine<'a>;

#[inline(always)]
pub(crate) fn lda_global(m: &mut M<'_>, name: usize, _slot: usize) -> Flow {
    m.save();
    let result = load_global(m.cx, m.constant(name), Unresolvable::Throws);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn lda_global_inside_typeof(m: &mut M<'_>, name: usize, _slot: usize) -> Flow {
    m.save();
    let result = load_global(m.cx, m.constant(name), Unresolvable::IsUndefined);
    m.finish(result)
}
#[inline(never)]
fn load_global(cx: Cx<'_>, name: Value, unresolvable: Unresolvable) -> JsResult<Value> {
    environment::load_global(cx, environment::constant_key(cx, name), unresolvable)
}
#[inline(always)]
pub(crate) fn sta_global(m: &mut M<'_>, name: usize, slot: usize) -> Flow {
    m.save();
    done(store_global(m.cx, m.constant(name), m.acc, m.template(), slot))
}
/// Whether the slot's kind is one of strict code.
pub(super) fn strict_slot(template: Gc<FunctionTemplate>, slot: usize) -> bool {
    let kind = template.code().and_then(|code| FeedbackLayout::get(&code.feedback, SlotIndex(slot as u32)));
    matches!(kind, Some(SlotKind::StoreGlobalStrict | SlotKind::SetNamedStrict | SlotKind::SetKeyedStrict))
}
#[inline(never)]
fn store_global(cx: Cx<'_>, name: Value, value: Value, template: Gc<FunctionTemplate>, slot: usize) -> JsResult<()> {
    let mode = environment::mode_of(strict_slot(template, slot));
    environment::store_global(cx, environment::constant_key(cx, name), value, mode)
}
#[inline(always)]
pub(crate) fn init_global_lexical(m: &mut M<'_>, name: usize, _slot: usize) -> Flow {
    m.save();
    environment::initialize_global_lexical(m.cx, environment::constant_key(m.cx, m.constant(name)), m.acc);
    Flow::Next
}

#[inline(never)]
fn lookup(cx: Cx<'_>, context: Option<Gc<Context>>, name: Value, unresolvable: Unresolvable) -> JsResult<Value> {
    environment::load_lookup_slot(cx, context, environment::constant_key(cx, name), unresolvable)
}
#[inline(always)]
pub(crate) fn lda_lookup_slot(m: &mut M<'_>, name: usize) -> Flow {
    m.save();
    let result = lookup(m.cx, m.header().context.get(), m.constant(name), Unresolvable::Throws);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn lda_lookup_slot_inside_typeof(m: &mut M<'_>, name: usize) -> Flow {
    m.save();
    let result = lookup(m.cx, m.header().context.get(), m.constant(name), Unresolvable::IsUndefined);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn sta_lookup_slot(m: &mut M<'_>, name: usize, flags: u32) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    done(environment::store_lookup_slot(m.cx, m.header().context.get(), key, m.acc, flags))
}
#[inline(always)]
pub(crate) fn load_lookup_slot_for_call(m: &mut M<'_>, name: usize, dst: Reg) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    match environment::load_lookup_slot_for_call(m.cx, m.header().context.get(), key) {
        Ok((function, receiver)) => {
            m.set(dst, function);
            // SAFETY: verified bytecode: a pair of registers.
            m.set(unsafe { dst.add(1) }, receiver);
            Flow::Next
        }
        Err(_) => Flow::Throw,
    }
}
#[inline(always)]
pub(crate) fn delete_lookup_slot(m: &mut M<'_>, name: usize) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    let result = environment::delete_lookup_slot(m.cx, m.header().context.get(), key).map(Value::from_bool);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn resolve_lookup_slot(m: &mut M<'_>, name: usize) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    let result = environment::resolve_lookup_slot(m.cx, m.header().context.get(), key);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn sta_resolved_lookup_slot(m: &mut M<'_>, holder: Reg, name: usize, flags: u32) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    let context = m.header().context.get();
    done(environment::store_resolved_lookup_slot(m.cx, context, m.get(holder), key, m.acc, flags))
}
#[inline(always)]
pub(crate) fn declare_globals(m: &mut M<'_>, declarations: usize) -> Flow {
    m.save();
    done(environment::declare_globals(m.cx, m.template(), declarations as u32))
}
#[inline(always)]
pub(crate) fn declare_eval_variables(m: &mut M<'_>, declarations: usize) -> Flow {
    m.save();
    done(environment::declare_eval_variables(m.cx, m.header().context.get(), m.template(), declarations as u32))
}
#[inline(always)]
pub(crate) fn lda_resolved_lookup_slot(m: &mut M<'_>, holder: Reg, name: usize) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    let result = environment::load_resolved_lookup_slot(m.cx, m.header().context.get(), m.get(holder), key);
    m.finish(result)
}
