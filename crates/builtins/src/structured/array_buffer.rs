//! `array_buffer`.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::realm::{Intrinsic, Realm};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    let _ = (cx, realm, which);
    todo!()
}
