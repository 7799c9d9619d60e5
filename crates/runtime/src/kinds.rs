//! The table that tells the collector how to trace each kind of cell.

use std::ptr::NonNull;

use unspool_gc::{Header, KindInfo, ManagedCell, Tracer};
use unspool_values::CellKind;

use crate::cells::*;
use crate::realm::Realm;

/// The kind of a cell structure.
#[inline(always)]
pub fn kind_of<T: ManagedCell>() -> CellKind {
    CellKind::ALL[T::KIND as usize]
}

unsafe fn trace_nothing(_: NonNull<Header>, _: &mut Tracer<'_>) {}

unsafe fn trace_ordinary(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
    // SAFETY: the caller's promise; all object structures begin with the head.
    unsafe { cell.cast::<unspool_values::object::ObjectHead>().as_ref() }.trace_head(tracer);
}

const fn plain(kind: CellKind, name: &'static str, trace: unsafe fn(NonNull<Header>, &mut Tracer<'_>)) -> (CellKind, KindInfo) {
    let has_meta = kind as u8 >= CellKind::FIRST_OBJECT as u8;
    (kind, KindInfo { name, has_meta, trace, finalize: None, ephemeron: None, weak: None })
}
