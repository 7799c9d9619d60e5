//! InstanceofOperator and OrdinaryHasInstance (ECMA-262 13.10.2, 7.3.22).
//!
//! This is the operation by the book, for any operands; a closure's own `prototype` is read where it lies instead of by
//! property lookup, which cannot be observed. `ic::instance` caches the way to it for one place in the program.

use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::symbol::WellKnownSymbol;

use super::{Object, ValueExt as _, get_method, virtuals};
use crate::cells::{BoundFunction, Function};
use crate::completion::JsResult;
use crate::convert::to_boolean;
use crate::function;
use crate::isolate::Cx;

/// InstanceofOperator
///
/// # Errors
/// A `TypeError` when the right-hand side is no object or not callable.
pub fn instance_of(cx: Cx<'_>, value: Value, target: Value) -> JsResult<bool> {
    let Some(object) = target.as_object() else {
        return Err(cx.throw_type_error("Right-hand side of 'instanceof' is not an object"));
    };
    let method = get_method(cx, target, cx.symbol_key(WellKnownSymbol::hasInstance))?;
    if !method.is_undefined() {
        return Ok(to_boolean(function::call(cx, method, target, &[value])?));
    }
    if !object.is_callable() {
        return Err(cx.throw_type_error("Right-hand side of 'instanceof' is not callable"));
    }
    ordinary_has_instance(cx, object, value)
}

/// OrdinaryHasInstance
///
/// # Errors
/// A `TypeError` when the constructor's `prototype` is no object.
pub fn ordinary_has_instance(cx: Cx<'_>, constructor: Object, value: Value) -> JsResult<bool> {
    cx.check_native_stack()?;
    if !constructor.is_callable() {
        return Ok(false);
    }
    if let Some(bound) = constructor.to::<BoundFunction>() {
        return instance_of(cx, value, bound.target.into());
    }
    let Some(object) = value.as_object() else { return Ok(false) };
    // A closure with a `prototype` of its own keeps it in a field for ever.
    let prototype = match constructor.to::<Function>() {
        Some(function) if !function.prototype.get().is_hole() => virtuals::function_prototype(cx, function),
        _ => constructor.get(cx, cx.key(KnownAtom::prototype))?,
    };
    let Some(prototype) = prototype.as_object() else {
        return Err(cx.throw_type_error(format_args!(
            "Function has non-object prototype '{prototype:?}' in instanceof check"
        )));
    };
    is_in_prototype_chain(cx, object, prototype)
}

/// Is `prototype` in the prototype chain of `object`?
///
/// # Errors
/// What traps of proxies throw.
pub(crate) fn is_in_prototype_chain(cx: Cx<'_>, object: Object, prototype: Object) -> JsResult<bool> {
    let mut current = object;
    loop {
        if !current.is_proxy() {
            match current.prototype(cx) {
                None => return Ok(false),
                Some(p) if p == prototype => return Ok(true),
                Some(p) => current = p,
            }
            continue;
        }
        match current.get_prototype_of(cx)? {
            None => return Ok(false),
            Some(p) if p == prototype => return Ok(true),
            Some(p) => current = p,
        }
    }
}
