//! Allocation, marking, generations, weak parts, finalizers, limits.

mod support;

use support::{BYTES, World};
use unspool_gc::{MAX_SMALL_SIZE, STATE_NEW, cell_size_for};

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
