//! The rows of the collector's kind table that belong to this crate.
//!
//! The collector knows cells by a number and calls the function in that row of the table to trace one. The numbers of all
//! layers are fixed in [`CellKind`], so that a header can be tested without knowing who defined the cell; the rows are
//! written where the cells are. This is the share of strings, symbols, BigInts and the storage of objects.

use unspool_gc::KindInfo;

use crate::cell::CellKind;
use crate::object::{Accessor, Elements, Slots, SparseElements, ValueBuffer, ValueList};
use crate::string::JSString;
use crate::symbol::Symbol;

/// The row of a kind whose cells this crate defines; `None` for the kinds that upper layers define. The runtime builds
/// the table of all kinds from this and its own rows, in the order of [`CellKind::ALL`].
pub const fn kind_info(kind: CellKind) -> Option<KindInfo> {
    Some(match kind {
        CellKind::Free => KindInfo::leaf("Free"),
        CellKind::String => KindInfo::traced("String", JSString::trace),
        CellKind::Symbol => KindInfo::traced("Symbol", Symbol::trace),
        CellKind::BigInt => KindInfo::leaf("BigInt"),
        CellKind::Slots => KindInfo::traced("Slots", Slots::trace),
        CellKind::Elements => KindInfo::traced("Elements", Elements::trace),
        CellKind::SparseElements => KindInfo::traced("SparseElements", SparseElements::trace),
        CellKind::ValueBuffer => KindInfo::traced("ValueBuffer", ValueBuffer::trace),
        CellKind::ValueList => KindInfo::traced("ValueList", ValueList::trace),
        CellKind::Accessor => KindInfo::traced("Accessor", Accessor::trace),
        _ => return None,
    })
}
