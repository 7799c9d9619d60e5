//! Proxy exotic objects (ECMA-262 10.5).

use unspool_values::Value;

use super::Object;
use crate::completion::JsResult;
use crate::isolate::Cx;

/// `[[Call]]` of a proxy.
pub fn call(cx: Cx<'_>, proxy: Object, this: Value, arguments: &[Value]) -> JsResult<Value> {
    let _ = (cx, proxy, this, arguments);
    todo!()
}
/// `[[Construct]]` of a proxy.
pub fn construct(cx: Cx<'_>, proxy: Object, arguments: &[Value], new_target: Object) -> JsResult<Object> {
    let _ = (cx, proxy, arguments, new_target);
    todo!()
}
