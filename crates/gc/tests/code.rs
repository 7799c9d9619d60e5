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
