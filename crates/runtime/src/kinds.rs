//! The table that tells the collector how to trace each kind of cell.

use std::ptr::NonNull;

use unspool_gc::{Header, KindInfo, ManagedCell, TraceFn, Tracer};
use unspool_values::CellKind;
use unspool_values::object::ObjectHead;

use crate::cells::*;
use crate::jobs::Job;
use crate::realm::Realm;

/// The kind of a cell structure.
#[inline(always)]
pub fn kind_of<T: ManagedCell>() -> CellKind {
    CellKind::ALL[T::KIND as usize]
}

/// Kinds whose cells have no structure beyond the object head.
unsafe fn trace_ordinary(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
    // SAFETY: the caller's promise; every object structure begins with the head.
    unsafe { cell.cast::<ObjectHead>().as_ref() }.trace_head(tracer);
    // SAFETY: ordinary objects have their inline slots behind the head.
    unsafe { unspool_values::object::trace_inline_slots(cell, tracer) };
}

const fn object(kind: CellKind, trace: TraceFn) -> KindInfo {
    let mut info = KindInfo::traced(kind.name(), trace);
    info.has_meta = true;
    info
}

const fn kind_info(kind: CellKind) -> KindInfo {
    use CellKind as K;
    let cell = |trace: TraceFn| KindInfo::traced(kind.name(), trace);
    match kind {
        K::Context => cell(Context::trace_cell),
        _ => KindInfo::leaf(kind.name()),
    }
}
