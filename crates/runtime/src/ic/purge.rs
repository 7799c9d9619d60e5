//! What inline caches forget when cells and shapes die.
//!
//! After every collection handlers are dropped whose cell died. A full collection also frees shapes and validity cells, whose
//! numbers may be used again: handlers that name one that did not survive are dropped too.

use unspool_gc::{Gc, Header, WeakContext};
use unspool_shapes::ShapeId;
use unspool_values::PropertyKey;

use super::handler::Kind;
use super::site::polymorphic;
use crate::cells::{FeedbackSlot, FeedbackVector, Handler, IcState};
use crate::isolate::Isolate;

/// May an entry stay?
fn survives(isolate: &Isolate, weak: &WeakContext<'_>, shape: ShapeId, handler: Handler) -> bool {
    if handler.cell.is_some_and(|cell| !weak.is_live(cell.as_ptr())) {
        return false;
    }
    if !weak.is_full() {
        return true;
    }
    let shapes = &isolate.shapes;
    (shape.is_none() || shapes.is_marked(shape))
        && Kind::target_shape(handler).is_none_or(|target| shapes.is_marked(target))
        && Kind::validity(handler).is_none_or(|validity| shapes.validity_survives(validity))
}

/// Purges the inline caches of a feedback vector.
pub(crate) fn purge_vector(isolate: &Isolate, weak: &WeakContext<'_>, vector: Gc<FeedbackVector>) {
    for i in 0..vector.length {
        purge_slot(isolate, weak, vector.slot(i));
    }
}

fn purge_slot(isolate: &Isolate, weak: &WeakContext<'_>, slot: &FeedbackSlot) {
    let handler = slot.handler.get();
    if let Some(entries) = polymorphic(slot) {
        let cache = &entries.cache;
        cache.retain(|shape, handler| survives(isolate, weak, shape, handler));
        match cache.entries().next() {
            Some((shape, handler)) => {
                slot.shape.set(shape);
                slot.handler.set(handler);
            }
            None => forget(slot),
        }
        return;
    }
    if (handler != Handler::NONE || !slot.shape.get().is_none())
        && !survives(isolate, weak, slot.shape.get(), handler)
    {
        forget(slot);
    }
}

fn forget(slot: &FeedbackSlot) {
    slot.shape.set(ShapeId::NONE);
    slot.handler.set(Handler::NONE);
    if slot.state.get() != IcState::Megamorphic {
        slot.state.set(IcState::Uninitialized);
        if polymorphic(slot).is_some() {
            slot.extra.set(None);
        }
    }
}

/// Purges the isolate's caches of megamorphic sites.
pub(crate) fn purge_megamorphic(isolate: &Isolate, weak: &WeakContext<'_>) {
    let live = |cell: Gc<Header>| weak.is_live(cell.as_ptr());
    for cache in [&isolate.megamorphic, &isolate.megamorphic_stores] {
        if weak.is_full() {
            cache.purge();
        } else {
            cache.retain(|_, key: PropertyKey, handler: Handler| {
                key.as_cell().is_none_or(live) && handler.cell.is_none_or(live)
            });
        }
    }
}
