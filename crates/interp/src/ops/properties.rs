//! Property access.
//!
//! Each instruction first asks the inline cache of its feedback slot, inlined into the loop; a miss goes out of line to
//! `runtime::ic`, which does the access and learns from it. A cache answers with a value or an accessor: getters and
//! setters are not called by the cache but given to the loop as call requests, so that they run in it. Whether a refused
//! store throws is decided by the slot's kind, which says whether the code is strict.

use unspool_bytecode::LanguageMode;
use unspool_gc::Gc;
use unspool_runtime::cells::{Array, FunctionTemplate};
use unspool_runtime::ic::{self, Loaded, Site, Stored};
use unspool_runtime::{Cx, JsResult, Throw, ValueExt as _, environment, operators, properties};
use unspool_values::{PropertyKey, Value};

use super::calls::place_arguments;
use super::lookup::slot_mode;
use crate::machine::{CallRequest, Flow, Machine, Reg, done};

type M<'a> = Machine<'a>;

/// The site of an instruction, if feedback is recorded.
#[inline(always)]
pub(super) fn site(m: &M<'_>, slot: usize) -> Option<Site> {
    m.vector().map(|vector| Site { vector, index: slot as u32 })
}

/// Puts a loaded value into the accumulator, or calls the getter.
#[inline(always)]
pub(super) fn loaded(m: &mut M<'_>, result: JsResult<Loaded>, receiver: Value) -> Flow {
    match result {
        Ok(Loaded::Value(value)) => {
            m.acc = value;
            Flow::Next
        }
        Ok(Loaded::Getter(getter)) => {
            Flow::Call(CallRequest { callee: getter, this: receiver, arguments: m.fp, count: 0 })
        }
        Err(_) => Flow::Throw,
    }
}

#[inline(never)]
fn get_named_slow(cx: Cx<'_>, site: Option<Site>, object: Value, name: Value) -> JsResult<Loaded> {
    let key = environment::constant_key(cx, name);
    match site {
        _ if key.is_index() => properties::get_of_value(cx, object, key).map(Loaded::Value),
        Some(site) => ic::load_named(cx, site, object, key),
        None => ic::load::load_uncached(cx, object, key),
    }
}

#[inline(always)]
pub(crate) fn get_named_property(m: &mut M<'_>, object: Reg, name: usize, slot: usize) -> Flow {
    let receiver = m.get(object);
    if let Some(feedback) = m.slot(slot)
        && let Some(value) = ic::try_load_named(m.cx, feedback, receiver)
    {
        m.acc = value;
        return Flow::Next;
    }
    m.save();
    let result = get_named_slow(m.cx, site(m, slot), receiver, m.constant(name));
    loaded(m, result, receiver)
}

/// Loads a property whose key is no constant of the program, such as `Symbol.iterator`.
#[inline(never)]
pub(super) fn get_by_key(
    cx: Cx<'_>,
    site: Option<Site>,
    object: Value,
    key: PropertyKey,
) -> JsResult<Loaded> {
    match site {
        Some(site) => ic::load_named(cx, site, object, key),
        None => ic::load::load_uncached(cx, object, key),
    }
}

#[inline(always)]
pub(crate) fn get_named_property_from_super(m: &mut M<'_>, receiver: Reg, name: usize, slot: usize) -> Flow {
    m.save();
    let receiver = m.get(receiver);
    let result = get_named_super(m.cx, site(m, slot), m.acc, m.constant(name), receiver);
    loaded(m, result, receiver)
}

#[inline(never)]
fn get_named_super(
    cx: Cx<'_>,
    site: Option<Site>,
    home: Value,
    name: Value,
    receiver: Value,
) -> JsResult<Loaded> {
    let key = environment::constant_key(cx, name);
    let base = properties::super_base(cx, home)?;
    match base.as_object() {
        Some(base) if !key.is_index() => ic::load::load_super(cx, site, base, key, receiver),
        _ => properties::get_from_base(cx, base, key, receiver).map(Loaded::Value),
    }
}

#[inline(never)]
fn get_keyed_slow(cx: Cx<'_>, site: Option<Site>, object: Value, key: Value) -> JsResult<Loaded> {
    match site {
        Some(site) => ic::keyed::load_keyed(cx, site, object, key),
        None => ic::keyed::load_keyed_uncached(cx, object, key),
    }
}

#[inline(always)]
fn get_keyed(m: &mut M<'_>, receiver: Value, key: Value, slot: usize) -> Flow {
    if let Some(feedback) = m.slot(slot)
        && let Some(value) = ic::keyed::try_load_keyed(m.cx, feedback, receiver, key)
    {
        m.acc = value;
        return Flow::Next;
    }
    m.save();
    let result = get_keyed_slow(m.cx, site(m, slot), receiver, key);
    loaded(m, result, receiver)
}

#[inline(always)]
pub(crate) fn get_keyed_property(m: &mut M<'_>, object: Reg, slot: usize) -> Flow {
    get_keyed(m, m.get(object), m.acc, slot)
}

#[inline(always)]
pub(crate) fn get_keyed_property_from_super(m: &mut M<'_>, receiver: Reg, key: Reg, _slot: usize) -> Flow {
    m.save();
    let result = properties::get_keyed_super(m.cx, m.acc, m.get(key), m.get(receiver));
    m.finish(result)
}

/// Calls the setter of a store that found one; throws in strict code if the store was refused.
#[inline(always)]
pub(super) fn stored(
    m: &mut M<'_>,
    result: JsResult<Stored>,
    receiver: Value,
    key: Value,
    value: Value,
    slot: usize,
) -> Flow {
    match result {
        Ok(Stored::Done) => Flow::Next,
        Ok(Stored::Setter(setter)) => {
            let arguments = place_arguments(m, [value]);
            Flow::Call(CallRequest { callee: setter, this: receiver, arguments, count: 1 })
        }
        Ok(Stored::Refused) => refused(m.cx, m.template(), slot, receiver, key),
        Err(_) => Flow::Throw,
    }
}

#[cold]
#[inline(never)]
fn refused(cx: Cx<'_>, template: Gc<FunctionTemplate>, slot: usize, receiver: Value, key: Value) -> Flow {
    if slot_mode(template, slot) == LanguageMode::Sloppy {
        return Flow::Next;
    }
    let _: Throw = properties::throw_refused(cx, receiver, key);
    Flow::Throw
}

#[inline(never)]
fn set_named_slow(
    cx: Cx<'_>,
    site: Option<Site>,
    object: Value,
    name: Value,
    value: Value,
) -> JsResult<Stored> {
    let key = environment::constant_key(cx, name);
    match site {
        _ if key.is_index() => ic::keyed::store_keyed_uncached(cx, object, name, value),
        Some(site) => ic::store_named(cx, site, object, key, value),
        None => ic::store::store_uncached(cx, object, key, value),
    }
}

#[inline(always)]
pub(crate) fn set_named_property(m: &mut M<'_>, object: Reg, name: usize, slot: usize) -> Flow {
    let (receiver, value) = (m.get(object), m.acc);
    if let Some(feedback) = m.slot(slot)
        && ic::try_store_named(m.cx, feedback, receiver, value)
    {
        return Flow::Next;
    }
    m.save();
    let result = set_named_slow(m.cx, site(m, slot), receiver, m.constant(name), value);
    stored(m, result, receiver, m.constant(name), value, slot)
}

#[inline(never)]
fn set_keyed_slow(
    cx: Cx<'_>,
    site: Option<Site>,
    object: Value,
    key: Value,
    value: Value,
) -> JsResult<Stored> {
    match site {
        Some(site) => ic::keyed::store_keyed(cx, site, object, key, value),
        None => ic::keyed::store_keyed_uncached(cx, object, key, value),
    }
}

#[inline(always)]
pub(crate) fn set_keyed_property(m: &mut M<'_>, object: Reg, key: Reg, slot: usize) -> Flow {
    let (receiver, key, value) = (m.get(object), m.get(key), m.acc);
    if let Some(feedback) = m.slot(slot)
        && ic::keyed::try_store_keyed(m.cx, feedback, receiver, key, value)
    {
        return Flow::Next;
    }
    m.save();
    let result = set_keyed_slow(m.cx, site(m, slot), receiver, key, value);
    stored(m, result, receiver, key, value, slot)
}

#[inline(always)]
pub(crate) fn set_named_property_to_super(m: &mut M<'_>, target: Reg, name: usize, mode: u32) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name)).to_value(m.cx, &m.cx.atoms);
    done(properties::set_super(m.cx, m.get(target), m.get_at(target, 1), key, m.acc, mode))
}

#[inline(always)]
pub(crate) fn set_keyed_property_to_super(m: &mut M<'_>, target: Reg, mode: u32) -> Flow {
    m.save();
    done(properties::set_super(m.cx, m.get(target), m.get_at(target, 1), m.get_at(target, 2), m.acc, mode))
}

#[inline(never)]
fn define_named_slow(
    cx: Cx<'_>,
    site: Option<Site>,
    object: Value,
    name: Value,
    value: Value,
) -> JsResult<()> {
    match site {
        Some(site) => {
            let key = environment::constant_key(cx, name);
            ic::define_named_own(cx, site, object.as_object_unchecked(), key, value)
        }
        None => properties::define_literal_property(cx, object, name, value),
    }
}

#[inline(always)]
pub(crate) fn define_named_own_property(m: &mut M<'_>, object: Reg, name: usize, slot: usize) -> Flow {
    let (object, value) = (m.get(object), m.acc);
    if let Some(feedback) = m.slot(slot)
        && ic::try_define_named_own(m.cx, feedback, object, value)
    {
        return Flow::Next;
    }
    m.save();
    done(define_named_slow(m.cx, site(m, slot), object, m.constant(name), value))
}

#[inline(always)]
pub(crate) fn define_keyed_own_property(
    m: &mut M<'_>,
    object: Reg,
    key: Reg,
    flags: u32,
    _slot: usize,
) -> Flow {
    m.save();
    done(properties::define_keyed_literal_property(m.cx, m.get(object), m.get(key), m.acc, flags))
}

#[inline(always)]
pub(crate) fn define_named_field(m: &mut M<'_>, object: Reg, name: usize, slot: usize) -> Flow {
    define_named_own_property(m, object, name, slot)
}

#[inline(always)]
pub(crate) fn define_keyed_field(m: &mut M<'_>, object: Reg, key: Reg, flags: u32, _slot: usize) -> Flow {
    m.save();
    done(properties::define_field(m.cx, m.get(object), m.get(key), m.acc, flags))
}

#[inline(always)]
pub(crate) fn define_getter(m: &mut M<'_>, object: Reg, key: Reg) -> Flow {
    m.save();
    done(properties::define_literal_getter(m.cx, m.get(object), m.get(key), m.acc))
}

#[inline(always)]
pub(crate) fn define_setter(m: &mut M<'_>, object: Reg, key: Reg) -> Flow {
    m.save();
    done(properties::define_literal_setter(m.cx, m.get(object), m.get(key), m.acc))
}

#[inline(always)]
pub(crate) fn set_literal_prototype(m: &mut M<'_>, object: Reg) -> Flow {
    m.save();
    done(properties::set_literal_prototype(m.cx, m.get(object), m.acc))
}

#[inline(always)]
pub(crate) fn sta_in_array_literal(m: &mut M<'_>, array: Reg, index: Reg, _slot: usize) -> Flow {
    m.save();
    done(store_in_array_literal(m.cx, m.get(array), m.get(index), m.acc))
}

#[inline(never)]
fn store_in_array_literal(cx: Cx<'_>, array: Value, index: Value, value: Value) -> JsResult<()> {
    match (array.to::<Array>(), index.to_i32()) {
        (Some(array), Some(index)) => ic::keyed::store_in_array_literal(cx, array, index as u32, value),
        _ => properties::define_array_element(cx, array, index, value),
    }
}

#[inline(always)]
pub(crate) fn set_function_name(m: &mut M<'_>, name: Reg, prefix: u32) -> Flow {
    m.save();
    done(properties::set_function_name(m.cx, m.acc, m.get(name), prefix))
}

#[inline(always)]
pub(crate) fn delete_property_strict(m: &mut M<'_>, object: Reg) -> Flow {
    m.save();
    let result = properties::delete(m.cx, m.get(object), m.acc, LanguageMode::Strict).map(Value::from_bool);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn delete_property_sloppy(m: &mut M<'_>, object: Reg) -> Flow {
    m.save();
    let result = properties::delete(m.cx, m.get(object), m.acc, LanguageMode::Sloppy).map(Value::from_bool);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn get_keyed_property_for_update(m: &mut M<'_>, object: Reg, key: Reg, slot: usize) -> Flow {
    if m.get(key).is_object() && !m.get(object).is_nullish() {
        m.save();
        match operators::to_property_key_value(m.cx, m.get(key)) {
            Ok(converted) => m.set(key, converted),
            Err(_) => return Flow::Throw,
        }
    }
    get_keyed(m, m.get(object), m.get(key), slot)
}
