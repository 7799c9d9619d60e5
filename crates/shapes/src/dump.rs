//! Text form of shapes and trees, and counters.
//!
//! A shape prints as a head line and one line per property:
//!
//! ```text
//! sh18 class 1 proto Object inline 4 slots 2 [stable]
//!   0 x: slot 0 data WEC const sh17
//!   1 y: slot 1 data WEC sh18
//! ```
//!
//! A tree prints one line per shape, indented below its parent, with the edge that leads to it.

use crate::record::{Edge, TransitionKey};
use crate::{Integrity, PropertyKind, ShapeFlags, ShapeId, ShapeTree};
use std::fmt::Write;
use std::hash::Hash;

/// Counts and sizes of a [`ShapeTree`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Shapes in use, without the reserved ones.
    pub shapes: usize,
    /// Of these, dictionaries.
    pub dictionaries: usize,
    /// Of these, unique shapes.
    pub unique: usize,
    /// Of these, retired ids.
    pub retired: usize,
    /// Property tables in use.
    pub tables: usize,
    /// Valid validity cells.
    pub valid_cells: usize,
    /// Subjects that something depends on.
    pub subjects: usize,
    /// Shapes made in the tree's life.
    pub created: u64,
    /// Times an object moved to a fresh id because its shape was cached or depended on.
    pub moved: u64,
    /// Shapes freed by collections.
    pub freed: u64,
    /// Times an object became a dictionary.
    pub to_dictionary: u64,
    /// Dependents whose assumption broke.
    pub fired: u64,
    /// Lookups that the lookup cache answered.
    pub lookup_hits: u64,
    /// Lookups that it did not.
    pub lookup_misses: u64,
    /// Memory of the tree, in bytes.
    pub bytes: usize,
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// Counts and sizes.
    pub fn statistics(&self) -> Statistics {
        let inner = self.inner.borrow();
        let mut s = Statistics::default();
        for record in inner.records.iter().filter(|record| record.is_allocated()) {
            s.shapes += 1;
            s.dictionaries += usize::from(record.flags.contains(ShapeFlags::DICTIONARY));
            s.unique += usize::from(record.flags.contains(ShapeFlags::UNIQUE));
            s.retired += usize::from(record.flags.contains(ShapeFlags::RETIRED));
            s.bytes += record.transitions.bytes();
        }
        let (valid_cells, validity_bytes) = self.validity.counts();
        s.tables = inner.tables.iter().filter(|table| table.users > 0).count();
        s.valid_cells = valid_cells;
        s.subjects = inner.dependents.len();
        s.created = inner.counts.created;
        s.moved = inner.counts.moved;
        s.freed = inner.counts.freed;
        s.to_dictionary = inner.counts.to_dictionary;
        s.fired = inner.counts.fired;
        (s.lookup_hits, s.lookup_misses) = self.answers.counts();
        s.bytes += inner.fixed_bytes() + validity_bytes + self.answers.bytes();
        s
    }

    /// The memory of the tree, in bytes.
    pub fn bytes(&self) -> usize {
        self.statistics().bytes
    }

    /// The text of a shape with its properties. The closures name keys and prototypes.
    pub fn dump(
        &self,
        shape: ShapeId,
        key_name: impl Fn(K) -> String,
        prototype_name: impl Fn(P) -> String,
    ) -> String {
        let summary = self.shape(shape);
        let mut text = format!(
            "{shape} class {} proto {} inline {} slots {}",
            summary.class,
            prototype_name(summary.prototype),
            summary.inline_capacity,
            summary.slot_count
        );
        if summary.integrity != Integrity::None {
            let _ = write!(text, " {}", integrity_name(summary.integrity));
        }
        let _ = writeln!(text, " [{}]", summary.flags);
        for (key, property) in self.properties(shape) {
            let _ = writeln!(
                text,
                "  {} {}: {} {} {}{} {}",
                property.index,
                key_name(key),
                property.location,
                kind_name(property.kind),
                property.attributes,
                if property.constant { " const" } else { "" },
                property.owner
            );
        }
        text
    }

    /// The text of a shape and all shapes derived from it, ordered by id among siblings.
    pub fn dump_tree(
        &self,
        shape: ShapeId,
        key_name: impl Fn(K) -> String,
        prototype_name: impl Fn(P) -> String,
    ) -> String {
        let inner = self.inner.borrow();
        let mut text = String::new();
        let mut stack = vec![(shape, 0usize)];
        while let Some((id, depth)) = stack.pop() {
            let record = inner.record(id);
            let _ = write!(text, "{:indent$}{id} ", "", indent = depth * 2);
            let _ = match &record.edge {
                Edge::Root => write!(text, "root proto {}", prototype_name(record.prototype)),
                Edge::Add(entry) => write!(
                    text,
                    "+{} {} {} {}",
                    key_name(entry.key),
                    entry.location,
                    kind_name(entry.kind),
                    entry.attributes
                ),
                Edge::Replace(_, entry) => write!(
                    text,
                    "~{} {} {} {}",
                    key_name(entry.key),
                    entry.location,
                    kind_name(entry.kind),
                    entry.attributes
                ),
                Edge::Prototype => write!(text, "proto {}", prototype_name(record.prototype)),
                Edge::Integrity => write!(text, "{}", integrity_name(record.integrity)),
            };
            let _ = writeln!(text, " [{}]", record.flags);
            let mut children: Vec<ShapeId> = record.transitions.iter().map(|(_, target)| target).collect();
            children.sort_unstable_by(|a, b| b.cmp(a));
            stack.extend(children.into_iter().map(|child| (child, depth + 1)));
        }
        text
    }
}

fn kind_name(kind: PropertyKind) -> &'static str {
    match kind {
        PropertyKind::Data => "data",
        PropertyKind::Accessor => "accessor",
    }
}

fn integrity_name(level: Integrity) -> &'static str {
    match level {
        Integrity::None => "extensible",
        Integrity::NonExtensible => "non-extensible",
        Integrity::Sealed => "sealed",
        Integrity::Frozen => "frozen",
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> crate::tree::Inner<K, P, D> {
    /// The memory of the slabs and maps, without transitions.
    fn fixed_bytes(&self) -> usize {
        self.records.capacity() * size_of::<crate::record::Record<K, P>>()
            + self.tables.capacity() * size_of::<crate::table::Table<K>>()
            + self.tables.iter().map(|table| table.bytes()).sum::<usize>()
            + self.cells.capacity() * size_of::<crate::tree::ConstCell>()
            + self.roots.capacity() * size_of::<((u8, P, u8), ShapeId)>()
            + self.dependents.capacity() * size_of::<(TransitionKey<K, P>, Vec<D>)>()
            + self.dependents.values().map(|list| list.bytes()).sum::<usize>()
            + (self.free_records.capacity() + self.free_tables.capacity() + self.free_cells.capacity()) * 4
            + self.new_shapes.capacity() * 4
    }
}
