//! Allocation, marking, generations, conservative roots.

mod support;

use std::hint::black_box;

use support::{BYTES, KINDS, Node, World};
use unspool_gc::{
    CollectionKind, CollectionReason, Gc, Header, Heap, HeapConfig, Interval, MAX_SMALL_SIZE, ManagedCell,
    STATE_NEW, STATE_OLD, STATE_REMEMBERED, cell_size_for,
};

#[test]
fn cells_of_all_sizes_are_aligned_and_disjoint() {
    let world = World::manual();
    let mut cells = Vec::new();
    let sizes =
        (8..=300).chain((300..40_000).step_by(97)).chain([MAX_SMALL_SIZE, MAX_SMALL_SIZE + 1, 1 << 20]);
    for size in sizes {
        for _ in 0..3 {
            let cell = world.bytes(size);
            // SAFETY: fills the body of the new cell.
            unsafe { cell.as_ptr().cast::<u8>().add(8).write_bytes(size as u8, size - 8) };
            cells.push((cell.addr().get(), size));
        }
    }
    cells.sort_unstable();
    for pair in cells.windows(2) {
        assert!(pair[0].0 + cell_size_for(pair[0].1) <= pair[1].0, "{pair:x?} overlap");
    }
    for &(address, size) in &cells {
        assert_eq!(address % 8, 0);
        let at = std::ptr::with_exposed_provenance::<u8>(address);
        // SAFETY: the cell was filled above and no collection has run.
        let body = unsafe { std::slice::from_raw_parts(at.add(8), size - 8) };
        assert!(body.iter().all(|&b| b == size as u8), "a cell of {size} bytes was overwritten");
    }
    world.verify();
    assert_eq!(world.heap.census().cells(), cells.len() as u64);
    world.full();
    assert_eq!(world.heap.census().cells(), 0);
    assert_eq!(world.heap.statistics().live_bytes, 0);
}

#[test]
fn a_new_cell_has_a_clean_header_and_a_poisoned_body() {
    let world = World::manual();
    let first = world.bytes(64);
    // SAFETY: the new cell's header is initialized.
    let header = unsafe { first.as_ref() };
    assert_eq!(
        (header.meta(), header.kind(), header.flags(), header.state(), header.aux()),
        (0, BYTES, 0, STATE_NEW, 0)
    );
    if cfg!(debug_assertions) {
        // SAFETY: in debug builds the body is filled.
        let body = unsafe { std::slice::from_raw_parts(first.as_ptr().cast::<u8>().add(8), 56) };
        assert!(body.iter().all(|&b| b == unspool_gc::POISON));
    }
}

#[test]
fn unreachable_cycles_die_and_reachable_ones_survive() {
    let world = World::manual();
    let ring = |id| {
        let (a, b) = (world.node(id, 2), world.node(id + 1, 2));
        world.set(a, 0, Some(b.erase()));
        world.set(b, 0, Some(a.erase()));
        world.set(b, 1, Some(b.erase()));
        (a, b)
    };
    let (a, b) = ring(1);
    let (c, d) = ring(3);
    let root = world.root(a.erase());
    for _ in 0..3 {
        world.full();
        assert!(world.heap.is_live(a.as_ptr().cast()) && world.heap.is_live(b.as_ptr().cast()));
        assert!(!world.heap.is_live(c.as_ptr().cast()) && !world.heap.is_live(d.as_ptr().cast()));
        assert_eq!(b.id.get(), 2);
        world.verify();
    }
    world.unroot(root);
    let report = world.full();
    assert_eq!((report.marked_cells, report.bytes_after), (0, 0));
    assert_eq!(world.heap.census().cells(), 0);
}

#[test]
fn a_list_of_a_million_cells_does_not_overflow_the_machine_stack() {
    let world = World::manual();
    let mut head: Option<Gc<Header>> = None;
    for id in 0..1_000_000 {
        let node = world.node(id, 1);
        world.set(node, 0, head);
        head = Some(node.erase());
    }
    let root = world.root(head.unwrap());
    assert_eq!(world.full().marked_cells, 1_000_000);
    world.unroot(root);
    assert_eq!(world.full().marked_cells, 0);
}

#[test]
fn a_minor_collection_frees_new_cells_and_keeps_old_ones() {
    let world = World::manual();
    let keep = world.node(1, 1);
    let old_garbage = world.node(2, 0);
    world.root(keep.erase());
    let root = world.root(old_garbage.erase());
    world.minor();
    assert_eq!((keep.header().state(), old_garbage.header().state()), (STATE_OLD, STATE_OLD));
    world.unroot(root);
    let young_garbage = world.node(3, 0);
    let report = world.minor();
    assert_eq!(report.marked_cells, 0, "old cells are not marked again");
    assert!(!world.heap.is_live(young_garbage.as_ptr().cast()));
    assert!(world.heap.is_live(old_garbage.as_ptr().cast()), "old garbage waits for a full collection");
    world.full();
    assert!(!world.heap.is_live(old_garbage.as_ptr().cast()));
    assert!(world.heap.is_live(keep.as_ptr().cast()));
}

#[test]
fn the_barrier_keeps_new_cells_that_only_old_ones_refer_to() {
    let world = World::manual();
    let old = world.node(1, 2);
    world.root(old.erase());
    world.minor();
    let first = world.node(2, 1);
    world.set(old, 0, Some(first.erase()));
    assert_eq!(old.header().state(), STATE_REMEMBERED);
    let second = world.node(3, 1);
    world.set(old, 1, Some(second.erase()));
    assert_eq!(world.heap.statistics().remembered_cells, 1, "recorded once");
    let behind = world.node(4, 0);
    world.set(second, 0, Some(behind.erase()));
    assert_eq!(second.header().state(), STATE_NEW, "a new owner needs no record");
    world.verify();
    assert_eq!(world.minor().marked_cells, 3);
    for (cell, id) in [(first, 2), (second, 3), (behind, 4)] {
        assert!(world.heap.is_live(cell.as_ptr().cast()));
        assert_eq!(cell.id.get(), id);
    }
    assert_eq!((old.header().state(), world.heap.statistics().remembered_cells), (STATE_OLD, 0));
    world.verify();
}

/// The counterpart: what the barrier protects from really happens without it.
#[test]
fn without_the_barrier_a_minor_collection_frees_what_old_cells_refer_to() {
    let world = World::manual();
    let old = world.node(1, 1);
    world.root(old.erase());
    world.minor();
    let new = world.node(2, 0);
    old.set_unbarriered(0, Some(new.erase()));
    world.minor();
    assert!(!world.heap.is_live(new.as_ptr().cast()), "without the barrier the cell is lost");
}

#[test]
fn a_remembered_cell_may_die_in_a_full_collection() {
    let world = World::manual();
    let old = world.node(1, 1);
    let root = world.root(old.erase());
    world.minor();
    let new = world.node(2, 0);
    world.set(old, 0, Some(new.erase()));
    world.unroot(root);
    assert_eq!(world.full().marked_cells, 0);
    assert_eq!(world.heap.statistics().remembered_cells, 0);
    world.node(3, 3);
    world.minor();
    world.verify();
}

#[test]
fn interior_pointers_in_client_ranges_are_roots() {
    let world = World::manual();
    let mut cells = Vec::new();
    for size in [16, 24, 40, 128, 144, 1000, 5000, MAX_SMALL_SIZE, MAX_SMALL_SIZE + 8, 300_000] {
        let garbage = world.bytes(size);
        let cell = world.bytes(size);
        // Addresses are kept mangled, so that nothing else can look like a root.
        cells.push((!garbage.addr().get(), !cell.addr().get(), size));
    }
    for step in 0..3 {
        let mut words = vec![0, 1, usize::MAX, 0x7fff_0000_0000];
        words.extend(cells.iter().map(|&(_, cell, size)| {
            let size = cell_size_for(size);
            !cell + [0, size / 2, size - 1][step]
        }));
        *world.client.words.borrow_mut() = words;
        let report = if step == 0 { world.minor() } else { world.full() };
        assert_eq!(report.conservative_roots, cells.len() as u64);
        for &(garbage, cell, size) in &cells {
            assert!(world.heap.find_cell(!garbage).is_none(), "garbage of {size} bytes survived");
            let found = world.heap.find_cell(!cell + size / 2).expect("kept by the interior pointer");
            assert_eq!(found.addr().get(), !cell);
        }
    }
    world.client.words.borrow_mut().clear();
    world.full();
    assert_eq!(world.heap.census().cells(), 0);
}

#[test]
fn free_memory_is_no_root() {
    let world = World::manual();
    let node = world.node(1, 4);
    let size = Heap::size_of_cell(node);
    let keep = world.node(2, 4);
    world.root(keep.erase());
    world.full();
    // A dead cell, the block's header, the tail of an interval: none of them becomes a cell by being pointed to.
    let addresses = vec![
        node.addr(),
        node.addr() & !(unspool_gc::BLOCK_SIZE - 1),
        keep.addr() + 20 * size,
        keep.addr() - 1,
    ];
    for &address in &addresses {
        assert_eq!(world.heap.find_cell(address), None);
    }
    *world.client.words.borrow_mut() = addresses.clone();
    let report = world.full();
    assert_eq!((report.conservative_roots, report.marked_cells), (0, 1));
    // Nor while an interval is open.
    let reuse = world.node(3, 4);
    assert_eq!(reuse, node, "the gap is used again");
    assert_eq!(world.heap.find_cell(keep.addr() + 20 * size), None);
    // The first and the last address point into the new cell; with them gone, nothing does.
    assert_eq!(world.full().conservative_roots, 2);
    *world.client.words.borrow_mut() = addresses[1..3].to_vec();
    assert_eq!(world.full().conservative_roots, 0);
}

#[test]
fn a_dead_old_cell_is_not_revived_by_a_stale_word() {
    let world = World::manual();
    let node = world.node(1, 0);
    let root = world.root(node.erase());
    world.full();
    world.unroot(root);
    world.full();
    *world.client.words.borrow_mut() = vec![node.addr()];
    assert_eq!(world.full().conservative_roots, 0);
    assert_eq!(world.minor().conservative_roots, 0);
}

/// Builds a chain and holds only its head, in a local.
#[inline(never)]
fn work_with_locals(world: &World) -> u32 {
    let mut sum = 0;
    let a = world.node(10, 1);
    let b = world.node(20, 1);
    world.set(a, 0, Some(b.erase()));
    let locals = [world.node(30, 0), world.node(40, 0), world.node(50, 0)];
    for round in 0..3 {
        if round == 1 {
            world.minor()
        } else {
            world.full()
        };
        for node in [a].into_iter().chain(locals) {
            assert!(world.heap.is_live(node.as_ptr().cast()), "a local is a root");
            sum += node.id.get();
        }
        // SAFETY: the slot refers to a node.
        let next: Gc<Node> = unsafe { a.get(0).unwrap().cast() };
        sum += next.id.get();
        // Allocations that would reuse the memory if it were free.
        for id in 0..50 {
            world.node(id, 1);
            world.node(id, 0);
        }
    }
    sum
}

#[inline(never)]
fn clear_stack() {
    black_box([0usize; 4096]);
}

#[test]
fn locals_on_the_machine_stack_are_roots() {
    let world = World::manual();
    let base = 0usize;
    world.client.stack_base.set((&raw const base).expose_provenance() + 8);
    assert_eq!(work_with_locals(&world), 3 * (10 + 20 + 30 + 40 + 50));
    clear_stack();
    let report = world.full();
    assert!(report.marked_cells < 20, "{report}: most cells are gone when their function has returned");
}

#[test]
fn locals_are_not_roots_without_a_stack_base() {
    let world = World::manual();
    let node = world.node(1, 0);
    world.full();
    assert!(!world.heap.is_live(black_box(node).as_ptr().cast()));
}

/// What the doc comment of `Heap::interval_offset` tells compiled code to do.
#[test]
fn compiled_code_can_allocate_through_the_interval_table() {
    let world = World::manual();
    let kind = &KINDS[BYTES as usize];
    let offset = Heap::interval_offset(kind, 40).unwrap();
    let first = world.bytes(40);
    let heap = (&raw const world.heap).cast::<u8>();
    let mut previous = first.addr().get();
    for meta in 1..100 {
        // SAFETY: the offsets are the heap's; the table consists of cells, so writing through a shared pointer is fine.
        let word = |field| unsafe { heap.add(offset + field).cast::<usize>().cast_mut() };
        // SAFETY: as above.
        let (cursor, end) =
            unsafe { (word(Interval::CURSOR_OFFSET).read(), word(Interval::END_OFFSET).read()) };
        assert!(cursor != end, "the first interval has room for a hundred cells");
        // SAFETY: the interval is not empty.
        unsafe {
            word(Interval::CURSOR_OFFSET).write(cursor + cell_size_for(40));
            let cell = std::ptr::with_exposed_provenance_mut::<u64>(cursor);
            cell.write(Header::initial_word(BYTES, meta));
        }
        assert_eq!(cursor, previous + 40);
        previous = cursor;
    }
    let next = world.bytes(40);
    assert_eq!(next.addr().get(), previous + 40);
    assert_eq!(world.heap.census().cells(), 101);
    world.verify();
    assert!(Heap::interval_offset(kind, MAX_SMALL_SIZE + 1).is_none());
    assert_ne!(Heap::interval_offset(&KINDS[3], 40), Some(offset), "finalized cells live apart");
}

#[test]
fn meta_words_are_reported_once_per_collection() {
    let world = World::manual();
    for (id, meta) in [(1, 7), (2, 7), (3, 900), (4, u32::MAX)] {
        let node = world.node(id, 0);
        node.header().set_meta(meta);
        world.root(node.erase());
    }
    let metas = || {
        let mut metas = world.client.metas.take();
        metas.sort_unstable();
        metas
    };
    world.minor();
    assert_eq!(metas(), [7, 900, u32::MAX]);
    world.minor();
    assert_eq!(metas(), [], "a minor collection traces new cells only");
    let new = world.node(5, 0);
    new.header().set_meta(8);
    world.root(new.erase());
    world.minor();
    assert_eq!(metas(), [8]);
    world.full();
    assert_eq!(metas(), [7, 8, 900, u32::MAX]);
}

#[test]
fn budgets_trigger_minor_and_full_collections() {
    let world =
        World::new(HeapConfig { young_bytes: 1 << 20, full_bytes_min: 4 << 20, ..HeapConfig::default() });
    // Garbage only: minor collections suffice.
    for _ in 0..200_000 {
        world.bytes(64);
    }
    let statistics = world.heap.statistics();
    assert!((8..=14).contains(&statistics.minor.count), "{statistics}");
    assert_eq!(statistics.full.count, 0);
    assert!(statistics.reserved_bytes < 2 << 20, "{statistics}");
    // A queue of 3 MiB in which everything dies old: full collections bound it.
    let mut most = 0;
    let mut queue = std::collections::VecDeque::new();
    for id in 0..200_000 {
        let node = world.node(id, 11);
        queue.push_back(world.root(node.erase()));
        if queue.len() > 30_000 {
            world.unroot(queue.pop_front().unwrap());
        }
        most = most.max(world.heap.bytes_in_use());
    }
    let statistics = world.heap.statistics();
    assert!(statistics.full.count >= 2, "{statistics}");
    assert!(most < 14 << 20, "{most} bytes at most");
    assert!(world.client.reports.borrow().iter().any(|r| r.reason == CollectionReason::Growth));
    world.verify();
}

#[test]
fn gaps_are_used_again() {
    let world = World::manual();
    let roots: Vec<usize> = (0..100_000).map(|id| world.root(world.node(id, 4).erase())).collect();
    let before = world.heap.statistics().reserved_bytes;
    for &root in roots.iter().filter(|&r| r % 3 != 0) {
        world.unroot(root);
    }
    world.full();
    for id in 0..66_000 {
        world.root(world.node(id, 4).erase());
    }
    assert_eq!(world.heap.statistics().reserved_bytes, before);
    world.full();
    assert_eq!(world.heap.census().cells(), 33_334 + 66_000);
}

#[test]
fn memory_is_returned_after_a_peak() {
    let world = World::manual();
    for id in 0..20_000 {
        world.root(world.node(id, 6).erase());
    }
    world.full();
    let baseline = world.heap.statistics();
    for round in 0..3 {
        let peak: Vec<usize> = (0..30_000)
            .map(|id| world.root(world.node(id, 1 + id as usize % 200).erase()))
            .chain((0..20).map(|id| world.root(world.node(id, 10_000).erase())))
            .collect();
        if round == 1 {
            world.minor();
        }
        assert!(world.heap.statistics().reserved_bytes > 5 * baseline.reserved_bytes);
        for root in peak {
            world.unroot(root);
        }
        world.full();
        let after = world.heap.statistics();
        assert_eq!(after.live_bytes, baseline.live_bytes);
        assert_eq!(after.blocks, baseline.blocks);
        assert!(after.reserved_bytes as f64 <= baseline.reserved_bytes as f64 * 1.01, "{after}");
    }
}

#[test]
fn no_collection_runs_while_deferred() {
    let world = World::new(HeapConfig { young_bytes: 1 << 16, ..HeapConfig::default() });
    let node = world.node(1, 0);
    {
        let _outer = world.heap.defer();
        let inner = world.heap.defer();
        for _ in 0..10_000 {
            world.bytes(64);
        }
        drop(inner);
        assert!(
            world.heap.collect(&world.client, CollectionKind::Full, CollectionReason::Explicit).is_none()
        );
        assert!(world.client.reports.borrow().is_empty());
        assert!(world.heap.is_live(node.as_ptr().cast()));
    }
    for _ in 0..10_000 {
        world.bytes(64);
    }
    assert!(!world.client.reports.borrow().is_empty(), "it is made up for afterwards");
    assert_eq!(world.heap.census().rows[usize::from(Node::KIND)].cells, 0);
}

#[test]
fn a_heap_moves_between_threads() {
    let world = World::manual();
    for id in 0..1000 {
        world.root(world.node(id, 3).erase());
    }

    struct Carrier(World);
    // SAFETY: the client's cell pointers go with the heap they point into.
    unsafe impl Send for Carrier {}
    let carrier = Carrier(world);
    let carrier = std::thread::spawn(move || {
        let carrier = carrier;
        carrier.0.node(1, 1);
        assert_eq!(carrier.0.full().marked_cells, 1000);
        carrier
    })
    .join()
    .unwrap();
    carrier.0.node(2, 2);
    assert_eq!(carrier.0.full().marked_cells, 1000);
    carrier.0.verify();
}
