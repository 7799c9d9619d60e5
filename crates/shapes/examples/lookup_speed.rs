//! Measures property lookup: hits and misses of the lookup cache, shapes with few and with many properties, and the
//! caches of a site. Run with `--release`; the figures in the README come from here.
#![expect(clippy::print_stdout, reason = "a measurement is for reading")]

use std::hint::black_box;
use std::time::Instant;
use unspool_shapes::{
    Attributes, Cache, Location, MegamorphicCache, Property, PropertyKind, ShapeId, ShapeTree,
};

type Tree = ShapeTree<u64, u64, u32>;

/// Keys spaced like the addresses of interned strings.
fn key(i: u64) -> u64 {
    0x7f00_1234_0000 + i * 48
}

fn shape_of(tree: &Tree, class: u8, properties: u64) -> ShapeId {
    (0..properties).fold(tree.root(class, 0, 8), |shape, i| {
        tree.add(shape, key(i), Attributes::ALL, PropertyKind::Data).shape
    })
}

/// What a reader of a property wants to know.
fn slot_of(found: Option<Property>) -> u32 {
    match found {
        Some(Property { location: Location::Slot(slot), kind: PropertyKind::Data, .. }) => slot,
        _ => u32::MAX,
    }
}

/// The fastest of several runs, in nanoseconds per call.
fn time(name: &str, mut call: impl FnMut(u64)) {
    const CALLS: u64 = 1_000_000;
    let best = (0..15)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(&mut call);
            start.elapsed().as_nanos() as f64 / CALLS as f64
        })
        .fold(f64::MAX, f64::min);
    println!("{name:<48} {best:6.2} ns");
}

fn main() {
    let tree = Tree::new(0, &[]);
    for count in [4u64, 8, 20, 100] {
        let shape = shape_of(&tree, 0, count);
        time(&format!("{count} properties: hit of the lookup cache"), |i| {
            black_box(slot_of(tree.lookup(black_box(shape), key(i % 4))));
        });
        time(&format!("{count} properties: table, key present"), |i| {
            black_box(slot_of(tree.lookup_uncached(black_box(shape), key(i % count))));
        });
        time(&format!("{count} properties: table, key absent"), |i| {
            black_box(slot_of(tree.lookup_uncached(black_box(shape), key(i % count + 1000))));
        });
    }
    // Every line is asked for two shapes in turn, so that each lookup misses and replaces.
    let shapes: Vec<ShapeId> = (0..200).map(|class| shape_of(&tree, class, 20)).collect();
    let pairs: Vec<(ShapeId, u64)> = shapes.iter().flat_map(|s| (0..20).map(|i| (*s, key(i)))).collect();
    let before = tree.statistics();
    time("20 properties: miss of the lookup cache", |i| {
        let (shape, key) = pairs[(i * 7 % 4000) as usize];
        black_box(slot_of(tree.lookup(shape, key)));
    });
    let after = tree.statistics();
    println!(
        "  (of these lookups {:.0} % missed)",
        100.0 * (after.lookup_misses - before.lookup_misses) as f64
            / (after.lookup_misses + after.lookup_hits - before.lookup_misses - before.lookup_hits) as f64
    );
    for shape in &shapes {
        tree.mark_mutable(*shape, key(0));
    }
    time("mutable property: hit of the lookup cache", |_| {
        black_box(slot_of(tree.lookup(black_box(shapes[0]), black_box(key(0)))));
    });
    let dictionary = tree.to_dictionary(shape_of(&tree, 0, 1000));
    time("dictionary of 1000: table, key present", |i| {
        black_box(slot_of(tree.lookup_uncached(dictionary, key(i * 7 % 1000))));
    });
    let base = tree.root(9, 0, 8);
    tree.add(base, key(0), Attributes::ALL, PropertyKind::Data);
    time("add over an existing transition", |_| {
        black_box(tree.add(black_box(base), key(0), Attributes::ALL, PropertyKind::Data));
    });
    let mega = MegamorphicCache::<u64, u64>::new(11);
    for (shape, key) in &pairs[..400] {
        mega.insert(*shape, *key, 1);
    }
    time("megamorphic cache: hit", |_| {
        black_box(mega.lookup(black_box(pairs[399].0), black_box(pairs[399].1)));
    });
    let cache = Cache::<u64>::new();
    for shape in &shapes[..4] {
        cache.update(*shape, 1);
    }
    time("site cache: first of four", |_| {
        black_box(cache.lookup(black_box(shapes[0])));
    });
    time("site cache: fourth of four", |_| {
        black_box(cache.lookup(black_box(shapes[3])));
    });
    let prototype = tree.to_prototype(tree.root(1, 3, 0));
    let cell = tree.validity_cell_for(prototype, unspool_shapes::ValidityId::ALWAYS);
    time("validity cell", |_| {
        black_box(tree.is_valid(black_box(cell)));
    });
    println!("{:?}", tree.statistics());
}
