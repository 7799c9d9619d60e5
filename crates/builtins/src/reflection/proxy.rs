//! The Proxy constructor (ECMA-262 28.2): `new Proxy` and `Proxy.revocable`.
//!
//! The exotic object itself, with its traps and their invariants, is `unspool_runtime::object::proxy`.

use unspool_gc::Gc;
use unspool_runtime::cells::NativeFunction;
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::{define_properties, new_native_closure, new_native_constructor};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::proxy;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

/// Makes `%Proxy%`, which has no prototype object.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    let constructor =
        NativeFunction::object(new_native_constructor(cx, cx.key(A::Proxy), 2, proxy_constructor, None));
    Realm::define_intrinsic(realm, cx, Intrinsic::Proxy, constructor);
    define_properties(cx, constructor, &[Property::Method(Name::Atom(A::revocable), 2, revocable)]);
}

/// ProxyCreate
fn create(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Object> {
    proxy::create(cx, args.get(0), args.get(1))
}

fn proxy_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    crate::class::require_new(cx, args, "Proxy")?;
    Ok(create(cx, args)?.into())
}

fn revocable(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let proxy = create(cx, args)?;
    let revoke = new_native_closure(cx, cx.key(A::empty), 0, revoke, [proxy.into(), Value::UNDEFINED]);
    let result = Object::ordinary(cx);
    result.create_data_property_infallible(cx, cx.key(A::proxy), proxy.into());
    result.create_data_property_infallible(cx, cx.key(A::revoke), NativeFunction::object(revoke).into());
    Ok(result.into())
}

fn revoke(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let proxy = args.data(0);
    if let Some(object) = proxy.as_object() {
        args.callee.data[0].set(cx, args.callee, Value::NULL);
        proxy::revoke(cx, object);
    }
    Ok(Value::UNDEFINED)
}
