//! regexp
pub(crate) mod cache;
use unspool_gc::Gc;
use unspool_runtime::completion::JsResult;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    let _ = (cx, realm, which);
    todo!()
}
pub(crate) fn regexp_create(
    _cx: Cx<'_>,
    _pattern: unspool_values::Value,
    _flags: unspool_values::Value,
) -> JsResult<Object> {
    todo!()
}
