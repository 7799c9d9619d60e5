//! Cooperation with a tracing collector that lives elsewhere.
//!
//! Shapes refer to cells of the client (keys, prototypes), and cells refer to shapes by number, so neither side can
//! decide alone what is alive. The client's collector marks shapes as it meets them in headers and gets back what they
//! refer to; a sweep then frees those not marked. Nothing is freed between collections. The protocol is in the
//! documentation of [`ShapeTree::begin_marking`].

use crate::dependency::Subject;
use crate::record::Edge;
use crate::table::Table;
use crate::tree::{CellOwner, Inner};
use crate::{ShapeFlags, ShapeId, ShapeTree, ValidityId};
use std::hash::Hash;

/// Something of the client's that a shape refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Traced<K, P> {
    /// A property key.
    Key(K),
    /// A prototype.
    Prototype(P),
    /// A client word that is not zero.
    Word(u64),
}

/// How many full collections a shape without objects may outlive. Programs come and go in phases; a shape that dies
/// takes the feedback and the code that know it along, and learning them again costs more than a few records.
const GRACE: u8 = 2;

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// Starts a full collection: no shape is marked. With the program stopped, the steps are
    ///
    /// 1. `begin_marking`;
    /// 2. for each cell header traced, and for each id pinned by a literal, a constructor, a root or a live activation,
    ///    [`mark`](ShapeTree::mark), which shows the keys and prototypes to trace;
    /// 3. if wanted, [`keep_recent`](ShapeTree::keep_recent), which spares shapes that had objects a short while ago;
    /// 4. the client drops from its caches, feedback and code what names an id that is not
    ///    [marked](ShapeTree::is_marked), or a validity cell that does not
    ///    [survive](ShapeTree::validity_survives);
    /// 5. [`sweep`](ShapeTree::sweep): unmarked shapes are freed, and their ids may be used again.
    ///
    /// A minor collection treats all shapes as live and only traces what
    /// [`for_each_new_shape`](ShapeTree::for_each_new_shape) shows.
    pub fn begin_marking(&self) {
        for record in &mut self.inner.borrow_mut().records {
            record.flags.remove(ShapeFlags::MARKED);
        }
    }

    /// Marks a shape and the shapes it was derived from, and shows what they refer to; a shape that is marked already
    /// shows nothing. The visitor may call the tree.
    pub fn mark(&self, shape: ShapeId, mut visit: impl FnMut(Traced<K, P>)) {
        let mut at = shape;
        while !at.is_none() {
            let (parent, prototype, key, word, exclusive) = {
                let mut inner = self.inner.borrow_mut();
                let record = inner.record_mut(at);
                if !record.is_allocated() || record.flags.contains(ShapeFlags::MARKED) {
                    return;
                }
                record.flags.insert(ShapeFlags::MARKED);
                record.age = 0;
                let key = match record.edge {
                    Edge::Add(entry) => Some(entry.key),
                    _ => None,
                };
                (record.parent, record.prototype, key, record.client_word, record.is_exclusive())
            };
            visit(Traced::Prototype(prototype));
            key.into_iter().for_each(|key| visit(Traced::Key(key)));
            if word != 0 {
                visit(Traced::Word(word));
            }
            if exclusive {
                self.visit_rows(at, 0, &mut visit);
            }
            at = parent;
        }
    }

    /// Shows the keys of an exclusive shape from a position on, and notes that they were shown.
    fn visit_rows(&self, shape: ShapeId, from: u32, visit: &mut impl FnMut(Traced<K, P>)) {
        let mut keys = Vec::new();
        {
            let mut inner = self.inner.borrow_mut();
            let table = inner.record(shape).table as usize;
            let table = &mut inner.tables[table];
            keys.extend((from..table.len()).filter_map(|i| table.row(i)).map(|entry| entry.key));
            table.traced = table.len();
        }
        keys.into_iter().for_each(|key| visit(Traced::Key(key)));
    }

    /// Whether the collection in progress reached a shape. Reserved ids always count as reached.
    pub fn is_marked(&self, shape: ShapeId) -> bool {
        self.flags(shape).intersects(ShapeFlags::MARKED.union(ShapeFlags::RESERVED))
    }

    /// Whether a validity cell is valid and will outlive the sweep to come.
    pub fn validity_survives(&self, id: ValidityId) -> bool {
        id == ValidityId::ALWAYS || (self.is_valid(id) && self.is_marked(self.validity.owner(id)))
    }

    /// After marking: marks the shared shapes that had objects within the last two full collections and whose keys
    /// and prototypes live, so that the program need not learn them again. They show nothing to the collector; what
    /// they refer to stays weak.
    pub fn keep_recent(
        &self,
        mut is_key_live: impl FnMut(K) -> bool,
        mut is_prototype_live: impl FnMut(P) -> bool,
    ) {
        let count = self.inner.borrow().records.len();
        let mut path = Vec::new();
        for index in ShapeId::LAST_RESERVED.index() + 1..count {
            path.clear();
            let mut at = ShapeId::from_raw(index as u32);
            let keep = loop {
                if at.is_none() {
                    break true;
                }
                let (prototype, edge, parent) = {
                    let inner = self.inner.borrow();
                    let record = inner.record(at);
                    if record.flags.contains(ShapeFlags::MARKED) {
                        break true;
                    }
                    let barred = !record.is_allocated()
                        || record.is_exclusive()
                        || record.flags.contains(ShapeFlags::RETIRED);
                    // The first shape on the path decides by its age: an ancestor is kept for its descendants.
                    if barred || (path.is_empty() && record.age >= GRACE) {
                        break false;
                    }
                    (record.prototype, record.edge, record.parent)
                };
                let key_lives = match edge {
                    Edge::Add(entry) => is_key_live(entry.key),
                    _ => true,
                };
                if !key_lives || !is_prototype_live(prototype) {
                    break false;
                }
                path.push(at);
                at = parent;
            };
            if keep {
                let mut inner = self.inner.borrow_mut();
                for id in &path {
                    let record = inner.record_mut(*id);
                    record.flags.insert(ShapeFlags::MARKED);
                    record.age = record.age.saturating_add(1);
                    record.client_word = 0;
                }
            }
        }
    }

    /// Ends a full collection: frees the shapes that are not marked, drops the transitions to them and the validity
    /// cells of dead prototypes, and empties the lookup cache. Returns the freed ids, which may be used again from now
    /// on. What depended on a freed shape or cell is dropped without being fired: nothing can break it any more.
    pub fn sweep(&self) -> Vec<ShapeId> {
        self.answers.purge();
        let inner = &mut *self.inner.borrow_mut();
        let mut freed = Vec::new();
        for index in ShapeId::LAST_RESERVED.index() + 1..inner.records.len() {
            let flags = inner.records[index].flags;
            if flags.contains(ShapeFlags::ALLOCATED) && !flags.contains(ShapeFlags::MARKED) {
                freed.push(ShapeId::from_raw(index as u32));
            }
        }
        self.validity.sweep(
            |owner| inner.records[owner.index()].flags.contains(ShapeFlags::MARKED),
            |id| {
                inner.dependents.remove(&Subject::Validity(id));
            },
        );
        for id in &freed {
            inner.free(*id);
        }
        let Inner { records, roots, tables, new_shapes, .. } = inner;
        let is_allocated: Vec<bool> = records.iter().map(|record| record.is_allocated()).collect();
        roots.retain(|_, id| is_allocated[id.index()]);
        let mut seen = vec![0u32; tables.len()];
        for record in records.iter_mut().filter(|record| record.is_allocated()) {
            record.transitions.retain(|id| is_allocated[id.index()]);
            record.flags.remove(ShapeFlags::NEW);
            if !record.is_exclusive() {
                let seen = &mut seen[record.table as usize];
                *seen = (*seen).max(record.count);
            } else {
                seen[record.table as usize] = u32::MAX;
            }
        }
        new_shapes.clear();
        for (table, seen) in tables.iter_mut().zip(seen).skip(1) {
            table.truncate(seen);
        }
        inner.counts.freed += freed.len() as u64;
        inner.free_records.extend(freed.iter().rev().map(|id| id.raw()));
        freed
    }

    /// For a minor collection: shows what the shapes made or changed since the last collection refer to, then forgets
    /// that they are new.
    pub fn for_each_new_shape(&self, mut visit: impl FnMut(ShapeId, Traced<K, P>)) {
        let fresh = std::mem::take(&mut self.inner.borrow_mut().new_shapes);
        for id in fresh {
            let (prototype, key, word, rows_from) = {
                let mut inner = self.inner.borrow_mut();
                let record = inner.record_mut(id);
                record.flags.remove(ShapeFlags::NEW);
                if !record.is_allocated() {
                    continue;
                }
                let key = match record.edge {
                    Edge::Add(entry) => Some(entry.key),
                    _ => None,
                };
                let exclusive = record.is_exclusive();
                let (prototype, word, table) = (record.prototype, record.client_word, record.table);
                let rows_from = exclusive.then(|| inner.tables[table as usize].traced);
                (prototype, key, word, rows_from)
            };
            visit(id, Traced::Prototype(prototype));
            key.into_iter().for_each(|key| visit(id, Traced::Key(key)));
            if word != 0 {
                visit(id, Traced::Word(word));
            }
            if let Some(from) = rows_from {
                self.visit_rows(id, from, &mut |traced| visit(id, traced));
            }
        }
    }

    /// The number of slots that the fullest shape of a root's tree uses: what slack tracking wants to know. Objects
    /// that became dictionaries or unique are not seen.
    pub fn max_slots_below(&self, root: ShapeId) -> u32 {
        let inner = self.inner.borrow();
        let mut max = 0;
        inner.for_each_below(root, |id| max = max.max(inner.record(id).slot_count));
        max
    }

    /// Lowers the inline capacity of a root and all shapes derived from it, as far as no shape uses more inline slots,
    /// and returns the capacity reached. Objects made earlier keep their unused slots, which is harmless: new
    /// properties go where the shape says. Only for a root that one origin alone uses; caches stay right.
    ///
    /// # Panics
    /// When the shape is not a root.
    pub fn shrink_inline_capacity(&self, root: ShapeId, capacity: u8) -> u8 {
        let inner = &mut *self.inner.borrow_mut();
        let record = inner.record(root);
        assert!(record.edge == Edge::Root && !record.is_exclusive(), "{root} is not a root");
        let (class, prototype, old) = (record.class, record.prototype, record.inline_capacity);
        let mut ids = Vec::new();
        let mut used = 0;
        inner.for_each_below(root, |id| {
            used = used.max(inner.record(id).slot_count);
            ids.push(id);
        });
        let capacity = u32::from(capacity).max(used).min(u32::from(old)) as u8;
        if capacity == old || inner.roots.contains_key(&(class, prototype, capacity)) {
            return old;
        }
        for id in ids {
            inner.record_mut(id).inline_capacity = capacity;
        }
        inner.roots.remove(&(class, prototype, old));
        inner.roots.insert((class, prototype, capacity), root);
        capacity
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> Inner<K, P, D> {
    /// Calls `visit` for a shape and all shapes derived from it.
    pub(crate) fn for_each_below(&self, shape: ShapeId, mut visit: impl FnMut(ShapeId)) {
        let mut stack = vec![shape];
        while let Some(id) = stack.pop() {
            visit(id);
            stack.extend(self.record(id).transitions.iter().map(|(_, target)| target));
        }
    }

    /// Returns what a dead record holds to the free lists, except its id.
    fn free(&mut self, id: ShapeId) {
        let record = self.record_mut(id);
        let (table, edge, exclusive) = (record.table, record.edge, record.is_exclusive());
        record.flags = ShapeFlags::default();
        record.transitions = crate::record::Transitions::new();
        record.table = 0;
        record.count = 0;
        record.edge = Edge::Root;
        record.parent = ShapeId::NONE;
        self.dependents.remove(&Subject::Stability(id));
        if exclusive {
            for i in 0..self.tables[table as usize].len() {
                if let Some(cell) = self.tables[table as usize].row(i).map(|entry| entry.cell) {
                    self.free_cell(cell);
                }
            }
        } else if let Edge::Add(entry) | Edge::Replace(_, entry) = edge
            && self.cells[entry.cell as usize].owner == CellOwner::Shape(id)
        {
            self.free_cell(entry.cell);
        }
        if table != 0 {
            self.tables[table as usize].users -= 1;
            if self.tables[table as usize].users == 0 {
                self.tables[table as usize] = Table::new();
                self.free_tables.push(table);
            }
        }
    }
}
