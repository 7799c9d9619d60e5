//! Proxies (ECMA-262 10.5): creation, and the traps that concern the object as a whole. The traps on properties are in
//! `proxy_properties`.
//!
//! Each trap begins with `Trap::find`: a look at the machine stack (proxies recurse along targets and prototypes), the
//! revocation check, and GetMethod on the handler. Without a trap the operation goes to the target.

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::{CellKind, Value};

use super::shapes::root_shape;
use super::{Object, ValueExt as _, get_method};
use crate::cells::{Barriered, CallableProxyObject, ProxyObject};
use crate::completion::JsResult;
use crate::convert::to_boolean;
use crate::function;
use crate::isolate::Cx;

/// ProxyCreate
///
/// # Errors
/// A `TypeError` unless both are objects.
pub fn create(cx: Cx<'_>, target: Value, handler: Value) -> JsResult<Object> {
    let (Some(target), Some(_)) = (target.as_object(), handler.as_object()) else {
        return Err(cx.throw_type_error("Cannot create proxy with a non-object as target or handler"));
    };
    let fields = (Barriered::new(Value::from(target)), Barriered::new(handler));
    if target.is_callable() {
        let shape = root_shape(cx, CellKind::CallableProxy, None, 0);
        let (target, handler) = fields;
        Ok(CallableProxyObject::object(cx.allocate_object(shape, |head| CallableProxyObject {
            head,
            target,
            handler,
        })))
    } else {
        let shape = root_shape(cx, CellKind::Proxy, None, 0);
        let (target, handler) = fields;
        Ok(ProxyObject::object(cx.allocate_object(shape, |head| ProxyObject { head, target, handler })))
    }
}

/// The structure of a proxy of either kind.
pub fn structure(proxy: Object) -> Gc<ProxyObject> {
    debug_assert!(proxy.is_proxy());
    // SAFETY: both kinds of proxies have the same layout.
    unsafe { proxy.cell().cast() }
}

/// What `Proxy.revocable`'s `revoke` does.
pub fn revoke(cx: Cx<'_>, proxy: Object) {
    let proxy = structure(proxy);
    proxy.target.set(cx, proxy, Value::NULL);
    proxy.handler.set(cx, proxy, Value::NULL);
}

/// A proxy's target; `None` when revoked.
pub fn target(proxy: Object) -> Option<Object> {
    structure(proxy).target.get().as_object()
}

/// A trap about to be called.
pub(super) struct Trap {
    pub target: Object,
    handler: Object,
    /// The trap, or `undefined`.
    method: Value,
    name: KnownAtom,
}

impl Trap {
    pub(super) fn find(cx: Cx<'_>, proxy: Object, trap: KnownAtom) -> JsResult<Trap> {
        cx.check_native_stack()?;
        let cell = structure(proxy);
        let (Some(target), Some(handler)) = (cell.target.get().as_object(), cell.handler.get().as_object())
        else {
            return Err(cx.throw_type_error(format_args!(
                "Cannot perform '{}' on a proxy that has been revoked",
                trap.text()
            )));
        };
        let method = get_method(cx, handler.into(), cx.key(trap))?;
        Ok(Trap { target, handler, method, name: trap })
    }

    pub(super) fn is_absent(&self) -> bool {
        self.method.is_undefined()
    }

    pub(super) fn call(&self, cx: Cx<'_>, arguments: &[Value]) -> JsResult<Value> {
        function::call(cx, self.method, self.handler.into(), arguments)
    }

    /// The `TypeError` of an invariant that the trap's result breaks.
    #[cold]
    pub(super) fn broken<T>(&self, cx: Cx<'_>, what: impl std::fmt::Display) -> JsResult<T> {
        Err(cx.throw_type_error(format_args!("'{}' on proxy: {what}", self.name.text())))
    }
}

fn object_or_null(prototype: Option<Object>) -> Value {
    prototype.map_or(Value::NULL, Value::from)
}

pub(super) fn get_prototype_of(cx: Cx<'_>, proxy: Object) -> JsResult<Option<Object>> {
    let trap = Trap::find(cx, proxy, KnownAtom::getPrototypeOf)?;
    if trap.is_absent() {
        return trap.target.get_prototype_of(cx);
    }
    let result = trap.call(cx, &[trap.target.into()])?;
    let prototype = result.as_object();
    if prototype.is_none() && !result.is_null() {
        return trap.broken(cx, "trap returned neither object nor null");
    }
    if trap.target.is_extensible(cx)? {
        return Ok(prototype);
    }
    if trap.target.get_prototype_of(cx)? != prototype {
        return trap
            .broken(cx, "proxy target is non-extensible but the trap did not return its actual prototype");
    }
    Ok(prototype)
}

pub(super) fn set_prototype_of(cx: Cx<'_>, proxy: Object, prototype: Option<Object>) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::setPrototypeOf)?;
    if trap.is_absent() {
        return trap.target.set_prototype_of(cx, prototype);
    }
    if !to_boolean(trap.call(cx, &[trap.target.into(), object_or_null(prototype)])?) {
        return Ok(false);
    }
    if !trap.target.is_extensible(cx)? && trap.target.get_prototype_of(cx)? != prototype {
        return trap.broken(
            cx,
            "trap returned truish for setting a new prototype on the non-extensible proxy target",
        );
    }
    Ok(true)
}

pub(super) fn is_extensible(cx: Cx<'_>, proxy: Object) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::isExtensible)?;
    if trap.is_absent() {
        return trap.target.is_extensible(cx);
    }
    let result = to_boolean(trap.call(cx, &[trap.target.into()])?);
    if result != trap.target.is_extensible(cx)? {
        return trap.broken(
            cx,
            format_args!(
                "trap result does not reflect extensibility of proxy target (which is '{}')",
                !result
            ),
        );
    }
    Ok(result)
}

pub(super) fn prevent_extensions(cx: Cx<'_>, proxy: Object) -> JsResult<bool> {
    let trap = Trap::find(cx, proxy, KnownAtom::preventExtensions)?;
    if trap.is_absent() {
        return trap.target.prevent_extensions(cx);
    }
    let result = to_boolean(trap.call(cx, &[trap.target.into()])?);
    if result && trap.target.is_extensible(cx)? {
        return trap.broken(cx, "trap returned truish but the proxy target is extensible");
    }
    Ok(result)
}

/// `[[Call]]`
///
/// # Errors
/// What the trap or the target throws; a `TypeError` when revoked.
pub fn call(cx: Cx<'_>, proxy: Object, this: Value, arguments: &[Value]) -> JsResult<Value> {
    let trap = Trap::find(cx, proxy, KnownAtom::apply)?;
    if trap.is_absent() {
        return function::call(cx, trap.target.into(), this, arguments);
    }
    let list = Object::array_from_values(cx, arguments)?;
    trap.call(cx, &[trap.target.into(), this, list.into()])
}

/// `[[Construct]]`; the caller has checked that the proxy is a constructor.
///
/// # Errors
/// What the trap or the target throws; a `TypeError` when revoked or the trap's result is no object.
pub fn construct(cx: Cx<'_>, proxy: Object, arguments: &[Value], new_target: Object) -> JsResult<Object> {
    let trap = Trap::find(cx, proxy, KnownAtom::construct)?;
    if trap.is_absent() {
        return function::construct(cx, trap.target, arguments, new_target);
    }
    let list = Object::array_from_values(cx, arguments)?;
    let result = trap.call(cx, &[trap.target.into(), list.into(), new_target.into()])?;
    match result.as_object() {
        Some(object) => Ok(object),
        None => trap.broken(cx, "trap returned a value that is not an object"),
    }
}
