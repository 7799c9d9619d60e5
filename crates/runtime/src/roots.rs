//! What the isolate itself keeps alive, and what it must forget when cells die.

use unspool_gc::{Tracer, WeakContext};
use unspool_shapes::ShapeId;
use unspool_values::{PropertyKey, Value};

use crate::cells::Trace as _;
use crate::isolate::{Isolate, ShapeProto};

/// Marks the isolate's roots.
pub(crate) fn trace_roots(isolate: &Isolate, tracer: &mut Tracer<'_>) {
    if tracer.is_full() {
        isolate.shapes.begin_marking();
    }
    isolate.atoms.trace_roots(tracer);
    isolate.symbols.trace_roots(tracer);
    isolate.hot.realm.trace(tracer);
    isolate.realms.trace(tracer);
    isolate.jobs.trace(tracer);
    isolate.kept_alive.trace(tracer);
    let pending = isolate.hot.pending_exception.get();
    if pending != 0 {
        // SAFETY: `pending_exception` holds the bits of a value.
        unsafe { Value::from_bits(pending) }.trace(tracer);
    }
    // SAFETY: nothing of the program runs during a collection, so nobody pushes.
    for root in unsafe { &*isolate.roots.get() } {
        root.trace(tracer);
    }
    // A new shape is only reachable through the header of a new cell or a realm's table; a minor collection takes all new
    // ones as alive, because old cells may have been given a new shape without a barrier.
    if !tracer.is_full() {
        let mut fresh = Vec::new();
        isolate.shapes.for_each_new_shape(|id| fresh.push(id));
        for id in fresh {
            trace_shape(isolate, id, tracer);
        }
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
    isolate.shapes.mark(
        id,
        &mut |key: PropertyKey, tracer: &mut Tracer<'_>| key.trace(tracer),
        &mut |proto: ShapeProto, tracer: &mut Tracer<'_>| proto.trace(tracer),
        tracer,
    );
}
