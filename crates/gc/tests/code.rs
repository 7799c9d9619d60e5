//! The code space during collections: what activity keeps alive, and what is forgotten when an embedded cell dies.

mod support;

use std::hint::black_box;

use support::World;
use unspool_gc::{CodeId, ManagedCode};

/// Where the code of the tests begins: no address that anything else has. Complemented, so that it lies on the stack only where a
/// test puts it there.
const NOT_START: usize = !0x6b21_0000_0000;

#[inline(never)]
fn clear_stack() {
    black_box([0usize; 4096]);
}

/// A world that scans the stack from this function's frame on, with code that embeds a cell which nothing else refers to.
#[inline(never)]
fn insert_code(world: &World, id: CodeId) {
    let node = world.node(1, 0);
    world.heap.code.insert(ManagedCode {
        id,
        start: !black_box(NOT_START),
        size: 0x100,
        metadata_bytes: 0,
        cells: Box::new([node.as_ptr().cast()]),
        metas: Box::default(),
    });
}

/// Collects with a word on the stack that points into the code.
#[inline(never)]
fn full_while_active(world: &World) -> u64 {
    let word = [!black_box(NOT_START) + 0x10];
    let marked = world.full().marked_cells;
    black_box(&word);
    marked
}

fn scan_from(world: &World, base: &usize) {
    world.client.stack_base.set((&raw const *base).expose_provenance() + 8);
}

#[test]
fn active_code_keeps_its_cells_alive() {
    let world = World::manual();
    let base = 0;
    scan_from(&world, &base);
    insert_code(&world, 1);
    clear_stack();
    assert_eq!(full_while_active(&world), 1);
    assert_eq!(world.heap.code.statistics().cleared, 0);
    clear_stack();
    assert_eq!(world.full().marked_cells, 0);
    assert_eq!(world.heap.code.statistics().cleared, 1);
}

/// A word of the stack that points into code whose cells have died is no activation: it must not make them live again.
#[test]
fn a_stale_address_of_cleared_code_marks_nothing() {
    let world = World::manual();
    let base = 0;
    scan_from(&world, &base);
    insert_code(&world, 1);
    clear_stack();
    assert_eq!(world.full().marked_cells, 0);
    assert_eq!(world.heap.code.statistics().cleared, 1);
    clear_stack();
    assert_eq!(full_while_active(&world), 0, "the cell's memory was freed");
    world.verify();
}

/// Much old code, whose cells are all alive; minor collections do not look at it, nor does one object's way to the other list.
#[test]
fn old_code_costs_minor_collections_nothing() {
    const OBJECTS: usize = 1000;
    let world = World::manual();
    let visited = || world.heap.code.statistics().visited;
    let nodes: Vec<_> = (0..OBJECTS).map(|index| world.node(index as u32, 0)).collect();
    for &node in &nodes {
        world.root(node.erase());
    }
    let start = |index: usize| !black_box(NOT_START) + 0x100 * index;
    for (index, node) in nodes.iter().enumerate() {
        world.heap.code.insert(ManagedCode {
            id: index as CodeId,
            start: start(index),
            size: 0x100,
            metadata_bytes: 1,
            cells: Box::new([node.as_ptr().cast()]),
            metas: Box::default(),
        });
    }
    assert_eq!(visited(), 0);
    world.minor();
    assert_eq!(visited(), OBJECTS as u64, "what they embed is new");
    for _ in 0..3 {
        world.minor();
    }
    assert_eq!(visited(), OBJECTS as u64, "what they embed is old");

    world.heap.code.deoptimized(start(500));
    let figures = world.heap.code.statistics();
    assert_eq!((figures.optimized, figures.deoptimized), (OBJECTS - 1, 1));
    assert_eq!(figures.visited, OBJECTS as u64 + 1, "one object moves");
    world.minor();
    let figures = world.heap.code.statistics();
    assert_eq!((figures.optimized, figures.deoptimized, figures.freed), (OBJECTS - 1, 0, 1));
    assert_eq!((figures.code_bytes, figures.metadata_bytes), (0x100 * (OBJECTS - 1), OBJECTS - 1));
    assert_eq!(figures.visited, OBJECTS as u64 + 2, "and the dead one is looked at");

    world.full();
    assert_eq!(visited(), OBJECTS as u64 + 2 + OBJECTS as u64 - 1, "everything may have died");
}

/// What new code embeds can die in the minor collection that follows, and what was old then in a full one.
#[test]
fn cells_of_new_code_die_in_a_minor_collection() {
    let world = World::manual();
    let base = 0;
    scan_from(&world, &base);
    insert_code(&world, 1);
    clear_stack();
    world.minor();
    let figures = world.heap.code.statistics();
    assert_eq!((figures.cleared, figures.optimized), (1, 1));
    world.minor();
    assert_eq!(world.heap.code.statistics().cleared, 1, "once");
}
