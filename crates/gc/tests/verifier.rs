//! The verifier, stress mode, poison, and the text forms.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use support::World;
use unspool_gc::{Gc, Header, HeapConfig, HeapError, POISON};

fn stressed(every: u32) -> World {
    World::new(HeapConfig { gc_stress: Some(every), ..HeapConfig::default() })
}

#[test]
fn a_missing_barrier_is_found() {
    let world = World::manual();
    let old = world.node(1, 1);
    world.root(old.erase());
    world.minor();
    let new = world.node(2, 0);
    old.set_unbarriered(0, Some(new.erase()));
    let error = world.heap.verify(&world.client).unwrap_err();
    assert_eq!(
        error,
        HeapError::MissingBarrier {
            owner: old.addr(),
            owner_kind: "Node",
            target: new.addr(),
            target_kind: "Node"
        }
    );
    assert!(error.to_string().contains("without a write barrier"), "{error}");
    world.heap.write_barrier(old);
    world.verify();
}

#[test]
fn a_dangling_reference_is_found() {
    let world = World::manual();
    let owner = world.node(1, 1);
    world.root(owner.erase());
    let victim = world.node(2, 0);
    world.full();
    owner.set_unbarriered(0, Some(victim.erase()));
    let error = world.heap.verify(&world.client).unwrap_err();
    assert_eq!(error, HeapError::Dangling { owner: Some(owner.addr()), kind: "Node", target: victim.addr() });
    owner.set_unbarriered(0, None);
    // An interior pointer is no reference either.
    let inside = NonNull::new(std::ptr::with_exposed_provenance_mut::<Header>(owner.addr() + 8)).unwrap();
    // SAFETY: deliberately wrong; only the verifier looks at it.
    owner.set_unbarriered(0, Some(unsafe { Gc::from_ptr(inside) }));
    assert!(matches!(world.heap.verify(&world.client), Err(HeapError::Dangling { .. })));
    owner.set_unbarriered(0, None);
    world.root(victim.erase());
    let error = world.heap.verify(&world.client).unwrap_err();
    assert_eq!(error, HeapError::Dangling { owner: None, kind: "root", target: victim.addr() });
    assert!(error.to_string().starts_with("root: "), "{error}");
}

#[test]
fn corrupt_headers_are_found() {
    let world = World::manual();
    let node = world.node(1, 0);
    world.root(node.erase());
    let byte = |offset: usize| std::ptr::with_exposed_provenance_mut::<u8>(node.addr() + offset);
    // SAFETY: the byte is in the cell's header; deliberately wrong, and put right again.
    unsafe { byte(Header::KIND_OFFSET).write(99) };
    assert_eq!(world.heap.verify(&world.client), Err(HeapError::BadKind { cell: node.addr(), kind: 99 }));
    // SAFETY: as above.
    unsafe {
        byte(Header::KIND_OFFSET).write(0);
        byte(Header::STATE_OFFSET).write(1);
    }
    assert_eq!(
        world.heap.verify(&world.client),
        Err(HeapError::BadState { cell: node.addr(), kind: "Node", state: 1 })
    );
    // SAFETY: as above.
    unsafe { byte(Header::STATE_OFFSET).write(0) };
    world.verify();
}

#[test]
fn stress_collects_at_every_nth_allocation() {
    let world = stressed(3);
    for id in 0..30 {
        world.root(world.node(id, 2).erase());
    }
    assert_eq!(world.client.reports.borrow().len(), 10);
    world.verify();
    let eager = stressed(1);
    let head = eager.node(0, 1);
    eager.root(head.erase());
    for id in 1..100 {
        let node = eager.node(id, 1);
        eager.set(node, 0, head.get(0));
        eager.set(head, 0, Some(node.erase()));
    }
    assert_eq!(eager.client.reports.borrow().len(), 100);
    assert_eq!(eager.heap.census().cells(), 100);
    eager.verify();
}

#[test]
fn freed_cells_are_poisoned_at_once_under_stress() {
    let world = stressed(1000);
    let keep = world.node(1, 3);
    world.root(keep.erase());
    let dead = world.node(2, 3);
    world.full();
    let address = dead.addr();
    let at = std::ptr::with_exposed_provenance::<u8>(address);
    // SAFETY: the block is kept by the other cell; poisoned memory is initialized.
    let bytes = unsafe { std::slice::from_raw_parts(at, 40) };
    assert!(bytes.iter().all(|&b| b == POISON));
    world.verify();
}

#[test]
fn a_write_to_a_freed_cell_is_found_under_stress() {
    let world = stressed(1000);
    let keep = world.node(1, 3);
    world.root(keep.erase());
    let dead = world.node(2, 3).addr();
    world.full();
    // SAFETY: deliberately wrong; the block is still there.
    unsafe { std::ptr::with_exposed_provenance_mut::<u8>(dead + 12).write(1) };
    assert_eq!(world.heap.verify(&world.client), Err(HeapError::PoisonOverwritten { address: dead + 12 }));
    // And, without the verifier, when the cell is handed out again.
    let panic = catch_unwind(AssertUnwindSafe(|| world.node(3, 3))).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("a freed cell was written to"), "{message}");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "the automatic verification is a feature of debug builds")]
fn stress_finds_a_missing_barrier_by_itself() {
    let world = stressed(10);
    let old = world.node(1, 1);
    world.root(old.erase());
    let store_and_allocate = || {
        for id in 0..200 {
            let new = world.node(id, 0);
            old.set_unbarriered(0, Some(new.erase()));
        }
    };
    let panic = catch_unwind(AssertUnwindSafe(store_and_allocate)).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("without a write barrier"), "{message}");
}

#[test]
fn figures_and_reports_have_text() {
    let world = World::manual();
    for id in 0..10 {
        world.root(world.node(id, 3).erase());
    }
    world.bytes(100);
    world.bytes(50_000);
    let census = world.heap.census().to_string();
    let expected = "\
kind                              cells        bytes
Bytes                                 2        50104
Node                                 10          400
total                                12        50504";
    assert_eq!(census, expected);
    let report = world.full();
    assert_eq!((report.bytes_before, report.bytes_after), (50_504, 400));
    let line = report.to_string();
    assert!(line.starts_with("gc 1: full (explicit), 50504 -> 400 bytes, external 0 -> 0, "), "{line}");
    assert!(line.ends_with("10 cells marked, 0 conservative roots, 0 finalized"), "{line}");
    assert_eq!(*world.client.reports.borrow(), [report]);
    let statistics = world.heap.statistics();
    assert_eq!((statistics.live_bytes, statistics.blocks, statistics.large_objects), (400, 1, 0));
    assert_eq!(statistics.total_allocated_bytes, 50_504);
    let text = statistics.to_string();
    assert!(text.contains("live after last collection           400 bytes"), "{text}");
    assert!(text.contains("full collections            1, "), "{text}");
    assert_eq!(format!("{:?}", world.heap), "Heap { kinds: 5, .. }");
}

#[test]
fn allocating_during_a_collection_is_refused() {
    struct Rogue<'a>(&'a World);
    impl unspool_gc::Client for Rogue<'_> {
        fn trace_roots(&self, _: &mut unspool_gc::Tracer<'_>) {
            self.0.bytes(100_000);
        }

        fn trace_meta(&self, _: u32, _: &mut unspool_gc::Tracer<'_>) {}
        fn conservative_ranges(&self, _: &mut dyn FnMut(*const usize, *const usize)) {}
        fn machine_stack_base(&self) -> *const usize {
            std::ptr::null()
        }

        fn process_weak(&self, _: &unspool_gc::WeakContext<'_>) {}
        fn collection_finished(&self, _: &unspool_gc::CollectionReport) {}
    }
    let world = World::manual();
    let collect = || {
        world.heap.collect(
            &Rogue(&world),
            unspool_gc::CollectionKind::Full,
            unspool_gc::CollectionReason::Explicit,
        )
    };
    let panic = catch_unwind(AssertUnwindSafe(collect)).unwrap_err();
    assert_eq!(*panic.downcast_ref::<&str>().unwrap(), "a cell is allocated during a collection");
}
