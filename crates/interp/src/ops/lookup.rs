//! Globals and names that are looked up at run time.
//!
//! Global loads and stores have inline caches over the script scope and the global object (`ic::global`). *Lookup slots*
//! are names whose binding is not known when the code is compiled, because a sloppy direct eval or a `with` may stand in
//! between: the runtime walks the contexts by name. Where assignment evaluates its right side after resolving its target
//! (13.15.2), the *holder* that was found is kept in a register.

use unspool_bytecode::{FeedbackLayout, LanguageMode, SlotIndex, SlotKind};
use unspool_gc::Gc;
use unspool_runtime::cells::{Context, FunctionTemplate};
use unspool_runtime::environment::{self, Unresolvable};
use unspool_runtime::ic::global::Unresolved;
use unspool_runtime::ic::{self, Loaded, Site, Stored};
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;

use super::properties::{loaded, site, stored};
use crate::machine::{Flow, Machine, Reg, done};

type M<'a> = Machine<'a>;

#[inline(always)]
fn load_global(m: &mut M<'_>, name: usize, slot: usize, unresolved: Unresolved) -> Flow {
    if let Some(feedback) = m.slot(slot)
        && let Some(value) = ic::global::try_load_global(feedback, m.cx.realm())
    {
        m.acc = value;
        return Flow::Next;
    }
    m.save();
    let result = load_global_slow(m.cx, site(m, slot), m.constant(name), unresolved);
    loaded(m, result, m.cx.global().into())
}

#[inline(never)]
fn load_global_slow(cx: Cx<'_>, site: Option<Site>, name: Value, unresolved: Unresolved) -> JsResult<Loaded> {
    ic::global::load_global(cx, site, cx.realm(), environment::constant_key(cx, name), unresolved)
}

#[inline(always)]
pub(crate) fn lda_global(m: &mut M<'_>, name: usize, slot: usize) -> Flow {
    load_global(m, name, slot, Unresolved::Throws)
}

#[inline(always)]
pub(crate) fn lda_global_inside_typeof(m: &mut M<'_>, name: usize, slot: usize) -> Flow {
    load_global(m, name, slot, Unresolved::IsUndefined)
}

#[inline(always)]
pub(crate) fn sta_global(m: &mut M<'_>, name: usize, slot: usize) -> Flow {
    if let Some(feedback) = m.slot(slot)
        && ic::global::try_store_global(m.cx, feedback, m.cx.realm(), m.acc)
    {
        return Flow::Next;
    }
    m.save();
    let result = store_global_slow(m.cx, site(m, slot), m.constant(name), m.acc, m.template(), slot);
    stored(m, result, m.cx.global().into(), m.constant(name), m.acc, slot)
}

/// The mode of the code that stores through a slot, as the slot's kind tells.
pub(super) fn slot_mode(template: Gc<FunctionTemplate>, slot: usize) -> LanguageMode {
    match template.code().and_then(|code| FeedbackLayout::get(&code.feedback, SlotIndex(slot as u32))) {
        Some(SlotKind::StoreGlobalStrict | SlotKind::SetNamedStrict | SlotKind::SetKeyedStrict) => {
            LanguageMode::Strict
        }
        _ => LanguageMode::Sloppy,
    }
}

#[inline(never)]
fn store_global_slow(
    cx: Cx<'_>,
    site: Option<Site>,
    name: Value,
    value: Value,
    template: Gc<FunctionTemplate>,
    slot: usize,
) -> JsResult<Stored> {
    let mode = slot_mode(template, slot);
    ic::global::store_global(cx, site, cx.realm(), environment::constant_key(cx, name), value, mode)
}

#[inline(always)]
pub(crate) fn init_global_lexical(m: &mut M<'_>, name: usize, _slot: usize) -> Flow {
    m.save();
    environment::initialize_global_lexical(m.cx, environment::constant_key(m.cx, m.constant(name)), m.acc);
    Flow::Next
}

#[inline(never)]
fn lookup(
    cx: Cx<'_>,
    context: Option<Gc<Context>>,
    name: Value,
    unresolvable: Unresolvable,
) -> JsResult<Value> {
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
    done(environment::declare_eval_variables(
        m.cx,
        m.header().context.get(),
        m.template(),
        declarations as u32,
    ))
}

#[inline(always)]
pub(crate) fn lda_resolved_lookup_slot(m: &mut M<'_>, holder: Reg, name: usize) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    let result = environment::load_resolved_lookup_slot(m.cx, m.header().context.get(), m.get(holder), key);
    m.finish(result)
}
