//! Weak references, ephemerons, finalizers, external memory.

mod support;

use std::cell::RefCell;

use support::{Ephemeron, World};
use unspool_gc::{Gc, Header, HeapConfig, MAX_SMALL_SIZE, OutOfMemory};

#[test]
fn a_weak_reference_is_cleared_when_its_target_dies() {
    let world = World::manual();
    let target = world.node(1, 0);
    let root = world.root(target.erase());
    let weak = world.weak(target.erase());
    world.root(weak.erase());
    world.client.weak_table.borrow_mut().push(target.erase());
    world.minor();
    world.full();
    assert_eq!(weak.target.get(), Some(target.erase()));
    world.unroot(root);
    world.minor();
    assert!(weak.target.get().is_some(), "an old target dies in a full collection only");
    world.full();
    assert_eq!(weak.target.get(), None);
    assert!(world.client.weak_table.borrow().is_empty());
    world.verify();
}

#[test]
fn a_weak_reference_to_a_new_cell_is_cleared_in_a_minor_collection() {
    let world = World::manual();
    let weak = world.weak(world.node(1, 0).erase());
    world.root(weak.erase());
    world.minor();
    assert_eq!(weak.target.get(), None);
}

/// A chain in which the value of each table is the key of the next, with the tables found in the worst order.
fn ephemeron_chain(world: &World, length: u32) -> (usize, Vec<Gc<Ephemeron>>, Vec<Gc<Header>>) {
    let keys: Vec<Gc<Header>> = (0..=length).map(|id| world.node(id, 0).erase()).collect();
    let tables: Vec<Gc<Ephemeron>> = keys.windows(2).map(|pair| world.ephemeron(pair[0], pair[1])).collect();
    let root = world.root(keys[0]);
    for table in tables.iter().rev() {
        world.root(table.erase());
    }
    for table in &tables {
        world.root(table.erase());
    }
    (root, tables, keys)
}

#[test]
fn an_ephemeron_chain_lives_and_dies_with_its_first_key() {
    for minor in [true, false] {
        let world = World::manual();
        let (root, tables, keys) = ephemeron_chain(&world, 200);
        if minor {
            world.minor()
        } else {
            world.full()
        };
        assert!(keys.iter().all(|k| world.heap.is_live(k.as_ptr())));
        world.verify();
        world.unroot(root);
        world.full();
        assert!(!keys.iter().any(|k| world.heap.is_live(k.as_ptr())));
        assert!(tables.iter().all(|t| t.key.get().is_none() && t.value.get().is_none()));
        world.verify();
    }
}

#[test]
fn a_new_ephemeron_chain_dies_in_a_minor_collection() {
    let world = World::manual();
    let (root, tables, _) = ephemeron_chain(&world, 10);
    world.unroot(root);
    assert_eq!(world.minor().marked_cells, 10, "the tables only");
    assert!(tables.iter().all(|t| t.key.get().is_none()));
}

#[test]
fn a_key_reachable_only_from_its_own_value_dies() {
    let world = World::manual();
    let key = world.node(1, 0);
    let value = world.node(2, 1);
    world.set(value, 0, Some(key.erase()));
    let table = world.ephemeron(key.erase(), value.erase());
    world.root(table.erase());
    world.full();
    assert_eq!(table.key.get(), None);
    assert_eq!(world.heap.census().cells(), 1);
}

#[test]
fn an_entry_stored_into_an_old_table_needs_and_gets_the_barrier() {
    let world = World::manual();
    let old_key = world.node(1, 0);
    world.root(old_key.erase());
    let table = world.ephemeron(old_key.erase(), old_key.erase());
    world.root(table.erase());
    world.minor();
    let value = world.node(2, 0);
    table.value.set(Some(value.erase()));
    world.heap.write_barrier(table);
    world.verify();
    world.minor();
    assert!(world.heap.is_live(value.as_ptr().cast()));
    world.verify();
}

#[test]
fn finalizers_run_exactly_once() {
    let log = RefCell::new(Vec::new());
    let world = World::manual();
    let mut expected = Vec::new();
    let mut roots = Vec::new();
    for id in 0..3000 {
        // Small, and every hundredth large.
        let size = if id % 100 == 0 { MAX_SMALL_SIZE + 100 } else { 40 };
        let cell = world.finalized(id, &log, 0, size);
        if id % 3 == 0 {
            roots.push((id, world.root(cell.erase())));
        } else {
            expected.push(id);
        }
    }
    let sorted = || {
        let mut ids = log.borrow().clone();
        ids.sort_unstable();
        ids
    };
    assert_eq!(world.minor().finalized_cells, 2000);
    assert_eq!(sorted(), expected);
    world.full();
    world.minor();
    assert_eq!(sorted(), expected, "nobody is finalized again");
    for (id, root) in roots.drain(..500) {
        world.unroot(root);
        expected.push(id);
    }
    expected.sort_unstable();
    world.minor();
    assert_eq!(log.borrow().len(), 2000, "old cells are not finalized by a minor collection");
    assert_eq!(world.full().finalized_cells, 500);
    assert_eq!(sorted(), expected);
    drop(world);
    assert_eq!(sorted(), (0..3000).collect::<Vec<_>>(), "the rest when the heap is dropped");
}

#[test]
fn a_cell_reachable_from_a_finalized_kind_survives() {
    let log = RefCell::new(Vec::new());
    let world = World::manual();
    let cell = world.finalized(1, &log, 0, 0);
    world.root(cell.erase());
    cell.next.set(Some(world.node(2, 0).erase()));
    world.heap.write_barrier(cell);
    assert_eq!(world.full().marked_cells, 2);
    assert_eq!(world.heap.census().rows[3].cells, 1);
}

#[test]
fn external_bytes_are_counted_and_released_by_finalizers() {
    let log = RefCell::new(Vec::new());
    let world = World::new(HeapConfig { young_bytes: 1 << 20, ..HeapConfig::default() });
    for id in 0..100 {
        world.finalized(id, &log, 100_000, 0);
        assert!(
            world.heap.statistics().external_bytes <= (1 << 20) + 200_000,
            "small cells with much external memory are collected in time"
        );
    }
    assert!(world.heap.statistics().minor.count >= 8);
    world.full();
    assert_eq!(world.heap.statistics().external_bytes, 0);
    assert_eq!(log.borrow().len(), 100);
    world.heap.add_external_bytes(500);
    world.heap.sub_external_bytes(200);
    assert_eq!(world.heap.statistics().external_bytes, 300);
    assert_eq!(world.heap.bytes_in_use(), 300);
}

fn limited(limit: usize) -> World {
    World::new(HeapConfig { memory_limit: limit, ..HeapConfig::default() })
}

#[test]
fn the_memory_limit_bounds_cells() {
    let world = limited(1 << 20);
    assert_eq!(world.heap.memory_limit(), 1 << 20);
    let mut count = 0;
    let failed = loop {
        match world.try_node(count, 14) {
            Ok(node) => {
                world.root(node.erase());
                count += 1;
            }
            Err(error) => break error,
        }
        assert!(world.heap.bytes_in_use() <= 1 << 20);
    };
    assert_eq!(failed, OutOfMemory);
    assert_eq!(count, (1 << 20) / 128, "the limit is used to the last cell");
    assert!(world.try_node(0, 3000).is_err(), "large objects count too");
    // Exempt allocations go on, are charged, and do not disturb the others.
    let size = 16 + 14 * 8;
    let exempt = world.heap.allocate_exempt(&world.client, support::BYTES, size);
    assert!(world.heap.is_live(exempt));
    assert!(world.heap.bytes_in_use() > 1 << 20);
    assert!(world.try_node(0, 0).is_err());
    // With garbage, the limit leads to a collection, not to a failure.
    for root in 0..count as usize / 2 {
        world.unroot(root);
    }
    for id in 0..1000 {
        world.try_node(id, 14).unwrap();
    }
    world.verify();
}

#[test]
fn garbage_never_exceeds_the_limit() {
    let world = limited(256 << 10);
    for size in (0..2000).map(|i| 16 + i * 37 % 60_000) {
        assert!(world.heap.allocate(&world.client, support::BYTES, size).is_ok());
        assert!(world.heap.bytes_in_use() <= 256 << 10);
    }
    assert!(world.heap.allocate(&world.client, support::BYTES, 257 << 10).is_err());
    assert!(world.heap.allocate(&world.client, support::BYTES, usize::MAX).is_err());
    assert!(world.heap.allocate(&world.client, support::BYTES, usize::MAX / 4).is_err());
}

#[test]
fn size_classes_share_the_room_below_the_limit() {
    let world = limited(1 << 20);
    while world.heap.bytes_in_use() < (1 << 20) - 20_000 {
        let node = world.try_node(0, 30).unwrap();
        world.root(node.erase());
    }
    // 20 kB are left: many classes in turn, no garbage, less than the room.
    let before = world.client.reports.borrow().len();
    for round in 0..4 {
        for length in 0..16 {
            world.root(world.try_node(round, length).unwrap().erase());
        }
    }
    assert_eq!(world.client.reports.borrow().len(), before, "nobody hoards the room");
    world.full();
    assert_eq!(world.heap.bytes_in_use(), world.heap.census().bytes() as usize);
}

#[test]
fn the_memory_limit_bounds_external_bytes() {
    let log = RefCell::new(Vec::new());
    let world = limited(1 << 20);
    for id in 0..50 {
        world.heap.try_add_external_bytes(&world.client, 300_000).unwrap();
        // Ownership passes to a cell, which is garbage at once.
        world.heap.sub_external_bytes(300_000);
        world.finalized(id, &log, 300_000, 0);
    }
    assert!(log.borrow().len() >= 46);
    world.full();
    assert_eq!(world.heap.try_add_external_bytes(&world.client, 2 << 20), Err(OutOfMemory));
    assert_eq!(world.heap.statistics().external_bytes, 0);
    world.heap.try_add_external_bytes(&world.client, 1 << 20).unwrap();
    assert!(world.try_node(1, 0).is_err());
    world.heap.sub_external_bytes(1 << 20);
    assert!(world.try_node(1, 0).is_ok());
}

#[test]
fn without_a_limit_impossible_sizes_fail_softly() {
    let world = World::manual();
    for size in [usize::MAX, usize::MAX / 2, isize::MAX as usize, 1 << 60] {
        assert_eq!(world.heap.allocate(&world.client, support::BYTES, size), Err(OutOfMemory));
    }
    world.verify();
}
