//! Property access.

use unspool_runtime::{Cx, JsResult, environment, properties};
use unspool_values::Value;

use super::lookup::strict_slot;
use crate::machine::{Flow, Machine, Reg, done};

type M<'a> = Machine<'a>;

#[inline(never)]
fn get_named_slow(cx: Cx<'_>, object: Value, name: Value) -> JsResult<Value> {
    properties::get_of_value(cx, object, environment::constant_key(cx, name))
}
#[inline(always)]
pub(crate) fn get_named_property(m: &mut M<'_>, object: Reg, name: usize, _slot: usize) -> Flow {
    m.save();
    let result = get_named_slow(m.cx, m.get(object), m.constant(name));
    m.finish(result)
}
#[inline(always)]
pub(crate) fn get_named_property_from_super(m: &mut M<'_>, receiver: Reg, name: usize, _slot: usize) -> Flow {
    m.save();
    let key = environment::constant_key(m.cx, m.constant(name));
    let result = properties::get_super(m.cx, m.acc, key, m.get(receiver));
    m.finish(result)
}
#[inline(always)]
pub(crate) fn get_keyed_property(m: &mut M<'_>, object: Reg, _slot: usize) -> Flow {
    m.save();
    let result = properties::get_keyed(m.cx, m.get(object), m.acc);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn get_keyed_property_from_super(m: &mut M<'_>, receiver: Reg, key: Reg, _slot: usize) -> Flow {
    m.save();
    let result = properties::get_keyed_super(m.cx, m.acc, m.get(key), m.get(receiver));
    m.finish(result)
}
#[inline(never)]
fn set_named_slow(cx: Cx<'_>, object: Value, name: Value, value: Value, strict: bool) -> JsResult<()> {
    let mode = environment::mode_of(strict);
    properties::set_of_value(cx, object, environment::constant_key(cx, name), value, mode)
}
#[inline(always)]
pub(crate) fn set_named_property(m: &mut M<'_>, object: Reg, name: usize, slot: usize) -> Flow {
    m.save();
    done(set_named_slow(m.cx, m.get(object), m.constant(name), m.acc, strict_slot(m.template(), slot)))
}
#[inline(always)]
pub(crate) fn set_keyed_property(m: &mut M<'_>, object: Reg, key: Reg, slot: usize) -> Flow {
    m.save();
    let mode = environment::mode_of(strict_slot(m.template(), slot));
    done(properties::set_keyed(m.cx, m.get(object), m.get(key), m.acc, mode))
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
#[inline(always)]
pub(crate) fn define_named_own_property(m: &mut M<'_>, object: Reg, name: usize, _slot: usize) -> Flow {
    m.save();
    done(properties::define_literal_property(m.cx, m.get(object), m.constant(name), m.acc))
}
#[inline(always)]
pub(crate) fn define_keyed_own_property(m: &mut M<'_>, object: Reg, key: Reg, flags: u32, _slot: usize) -> Flow {
    m.save();
    done(properties::define_keyed_literal_property(m.cx, m.get(object), m.get(key), m.acc, flags))
}
#[inline(always)]
pub(crate) fn define_named_field(m: &mut M<'_>, object: Reg, name: usize, _slot: usize) -> Flow {
    m.save();
    done(properties::define_field(m.cx, m.get(object), m.constant(name), m.acc, 0))
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
    done(properties::define_array_element(m.cx, m.get(array), m.get(index), m.acc))
}
#[inline(always)]
pub(crate) fn set_function_name(m: &mut M<'_>, name: Reg, prefix: u32) -> Flow {
    m.save();
    done(properties::set_function_name(m.cx, m.acc, m.get(name), prefix))
}
#[inline(always)]
pub(crate) fn delete_property_strict(m: &mut M<'_>, object: Reg) -> Flow {
    m.save();
    let result = properties::delete(m.cx, m.get(object), m.acc, environment::mode_of(true)).map(Value::from_bool);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn delete_property_sloppy(m: &mut M<'_>, object: Reg) -> Flow {
    m.save();
    let result = properties::delete(m.cx, m.get(object), m.acc, environment::mode_of(false)).map(Value::from_bool);
    m.finish(result)
}
#[inline(always)]
pub(crate) fn get_keyed_property_for_update(m: &mut M<'_>, object: Reg, key: Reg, _slot: usize) -> Flow {
    m.save();
    if m.get(key).is_object() && !m.get(object).is_nullish() {
        match unspool_runtime::operators::to_property_key_value(m.cx, m.get(key)) {
            Ok(converted) => m.set(key, converted),
            Err(_) => return Flow::Throw,
        }
    }
    let result = properties::get_keyed(m.cx, m.get(object), m.get(key));
    m.finish(result)
}
