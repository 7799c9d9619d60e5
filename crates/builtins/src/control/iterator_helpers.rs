//! Iterator helpers (ECMA-262 27.1.2 to 27.1.4).

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::native::Property;
use unspool_runtime::realm::{Intrinsic, Realm};

use crate::class::make_plain;

/// Methods of `%Iterator.prototype%`.
pub(crate) const MEMBERS: &[Property] = &[];
/// Methods of `%Iterator%`.
pub(crate) const STATICS: &[Property] = &[];

/// Makes the prototypes of helper objects and of wrapped iterators.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    make_plain(cx, realm, which, Intrinsic::IteratorPrototype, &[]);
}
