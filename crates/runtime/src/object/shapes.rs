//! First shapes of objects.

use unspool_gc::Gc;
use unspool_shapes::ShapeId;

use super::Object;
use crate::isolate::Cx;
use crate::realm::{Realm, RealmShape};

/// Makes one of the realm's shapes.
pub fn make_realm_shape(cx: Cx<'_>, realm: Gc<Realm>, shape: RealmShape) -> ShapeId {
    let _ = (cx, realm, shape);
    todo!()
}
/// Shape of an error object with this prototype: the virtual property `stack`.
pub fn error_shape(cx: Cx<'_>, prototype: Object) -> ShapeId {
    let _ = (cx, prototype);
    todo!()
}
