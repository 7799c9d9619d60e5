//! What the isolate itself keeps alive, and what it must forget when cells die.
//!
//! The two halves of a collection seen from the client: before marking, the isolate reports its tables, realms, queues
//! and shapes; after it, tables that hold cells weakly (atoms, registries, inline caches, shapes) drop what died. Stacks
//! are scanned by the collector itself; cells report their own fields.

use unspool_gc::{Gc, Header, Tracer, WeakContext};
use unspool_shapes::{ShapeId, Traced};
use unspool_values::{PropertyKey, Value};

use crate::cells::Trace as _;
use crate::isolate::{Isolate, ShapeProto};

/// Marks the isolate's roots.
pub(crate) fn trace_roots(isolate: &Isolate, tracer: &mut Tracer<'_>) {
    if tracer.is_full() && !tracer.is_verifying() {
        isolate.shapes.begin_marking();
    }
    isolate.atoms.trace_roots(tracer);
    isolate.symbols.trace_roots(tracer);
    isolate.hot.realm.trace(tracer);
    isolate.realms.trace(tracer);
    isolate.jobs.trace(tracer);
    isolate.kept_alive.trace(tracer);
    isolate.joining.trace(tracer);
    isolate.rejections.trace(tracer);
    isolate.async_waiters.trace(tracer);
    isolate.eval_cache.trace(tracer);
    let pending = isolate.hot.pending_exception.get();
    if pending != 0 {
        // SAFETY: `pending_exception` holds the bits of a value.
        unsafe { Value::from_bits(pending) }.trace(tracer);
    }
    if let Some(roots) = isolate.roots.get() {
        roots.trace(tracer);
    }
    for job in &*isolate.pinned_jobs.borrow() {
        job.cells.trace(tracer);
        for &shape in &job.shapes {
            trace_shape(isolate, shape, tracer);
        }
    }
    // Old cells may have been given a new shape without a barrier: a minor collection takes all new shapes as alive.
    if !tracer.is_full() && !tracer.is_verifying() {
        isolate.shapes.for_each_new_shape(|_, traced| trace_part(traced, tracer));
    }
    let mut realm = isolate.realms.get();
    while let Some(r) = realm {
        for id in r.shape_ids() {
            trace_shape(isolate, id, tracer);
        }
        realm = r.next.get();
    }
}

/// Marks what a shape refers to: its keys and its prototype.
pub(crate) fn trace_shape(isolate: &Isolate, id: ShapeId, tracer: &mut Tracer<'_>) {
    isolate.shapes.mark(id, |traced| trace_part(traced, tracer));
}

fn trace_part(traced: Traced<PropertyKey, ShapeProto>, tracer: &mut Tracer<'_>) {
    match traced {
        Traced::Key(key) => key.trace(tracer),
        Traced::Prototype(prototype) => prototype.trace(tracer),
        // Client words are bits of a cell (enum caches).
        // SAFETY: `object::shapes` stores only the bits of live cells there.
        Traced::Word(word) => unsafe { Value::from_bits(word) }.trace(tracer),
    }
}

/// After marking: forgets what died.
pub(crate) fn process_weak(isolate: &Isolate, weak: &WeakContext<'_>) {
    isolate.atoms.process_weak(weak);
    isolate.registries.process_weak(weak);
    if weak.is_full() {
        let live = |cell: Gc<Header>| weak.is_live(cell.as_ptr());
        isolate.shapes.keep_recent(|key| key.as_cell().is_none_or(live), |proto| proto.is_none_or(live));
    }
    // Numbers of shapes and validity cells may be used again.
    isolate.growable_arrays.take();
    crate::ic::purge::purge_megamorphic(isolate, weak);
    for vector in isolate.traced_vectors.take() {
        crate::ic::purge::purge_vector(isolate, weak, vector);
    }
    if weak.is_full() {
        isolate.shapes.sweep();
    }
}
