//! Classes and private names (15.7).
//!
//! Building a class is the runtime's, from the boilerplate that the front end made; the instructions only carry
//! registers. A private name is a symbol that no reflection shows, so private members go through inline caches of their
//! own (`ic::private`), whose misses throw instead of walking the prototype chain. A *brand* marks objects that have a
//! class's private methods.

use unspool_runtime::ic::private;
use unspool_runtime::{ValueExt as _, classes};
use unspool_values::{PropertyKey, Value};

use super::properties::{loaded, site, stored};
use crate::machine::{Flow, Machine, Reg, done};

type M<'a> = Machine<'a>;

/// The key of a private name.
fn private_key(name: Value) -> PropertyKey {
    PropertyKey::from_symbol(name.to().expect("a private name"))
}

#[inline(always)]
pub(crate) fn check_class_heritage(m: &mut M<'_>, superclass: Reg) -> Flow {
    m.save();
    done(classes::check_heritage(m.cx, m.get(superclass)))
}

#[inline(always)]
pub(crate) fn define_class(m: &mut M<'_>, boilerplate: usize, args: (Reg, usize), dst: Reg) -> Flow {
    m.save();
    match classes::define_class(m.cx, m.template(), boilerplate as u32, m.range(args.0, args.1)) {
        Ok((constructor, prototype)) => {
            m.set(dst, constructor);
            // SAFETY: verified bytecode: a pair of registers.
            m.set(unsafe { dst.add(1) }, prototype);
            Flow::Next
        }
        Err(_) => Flow::Throw,
    }
}

#[inline(always)]
pub(crate) fn set_class_field_initializer(m: &mut M<'_>, constructor: Reg) -> Flow {
    m.save();
    classes::set_field_initializer(m.cx, m.get(constructor), m.acc);
    Flow::Next
}

#[inline(always)]
pub(crate) fn lda_class_field_initializer(m: &mut M<'_>, constructor: Reg) -> Flow {
    m.acc = classes::field_initializer(m.get(constructor));
    Flow::Next
}

#[inline(always)]
pub(crate) fn create_private_name(m: &mut M<'_>, name: usize) -> Flow {
    m.save();
    m.acc = classes::new_private_name(m.cx, m.constant(name));
    Flow::Next
}

#[inline(always)]
pub(crate) fn get_private_property(m: &mut M<'_>, object: Reg, slot: usize) -> Flow {
    let (receiver, name) = (m.get(object), m.acc);
    if let Some(feedback) = m.slot(slot)
        && let Some(value) = private::try_load_private(feedback, receiver, name)
    {
        m.acc = value;
        return Flow::Next;
    }
    m.save();
    let result = private::load_private(m.cx, site(m, slot), receiver, name);
    loaded(m, result, receiver)
}

#[inline(always)]
pub(crate) fn set_private_property(m: &mut M<'_>, object: Reg, key: Reg, slot: usize) -> Flow {
    let (receiver, name, value) = (m.get(object), m.get(key), m.acc);
    if let Some(feedback) = m.slot(slot)
        && private::try_store_private(m.cx, feedback, receiver, name, value)
    {
        return Flow::Next;
    }
    m.save();
    let result = private::store_private(m.cx, site(m, slot), receiver, name, value);
    stored(m, result, receiver, name, value, slot)
}

#[inline(always)]
pub(crate) fn define_private_field(m: &mut M<'_>, object: Reg, key: Reg, slot: usize) -> Flow {
    let (object, name, value) = (m.get(object), m.get(key), m.acc);
    if let Some(feedback) = m.slot(slot)
        && private::try_store_private(m.cx, feedback, object, name, value)
    {
        return Flow::Next;
    }
    m.save();
    done(private::define_private(m.cx, site(m, slot), object.as_object_unchecked(), name, value))
}

#[inline(always)]
pub(crate) fn define_private_method(m: &mut M<'_>, object: Reg, key: Reg) -> Flow {
    m.save();
    done(classes::add_private_method(
        m.cx,
        m.get(object).as_object_unchecked(),
        private_key(m.get(key)),
        m.acc,
    ))
}

#[inline(always)]
pub(crate) fn define_private_accessor(m: &mut M<'_>, object: Reg, key: Reg, getter: Reg) -> Flow {
    m.save();
    let object = m.get(object).as_object_unchecked();
    done(classes::add_private_accessor(m.cx, object, private_key(m.get(key)), m.get(getter), m.acc))
}

#[inline(always)]
pub(crate) fn add_private_brand(m: &mut M<'_>, object: Reg, _slot: usize) -> Flow {
    m.save();
    done(classes::add_brand(m.cx, m.get(object).as_object_unchecked(), private_key(m.acc)))
}

#[inline(always)]
pub(crate) fn check_private_brand(m: &mut M<'_>, object: Reg, _slot: usize) -> Flow {
    m.save();
    done(classes::check_brand(m.cx, m.get(object), private_key(m.acc)))
}
