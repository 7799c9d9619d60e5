//! Constness, and how dependents enter and hear.
//!
//! A property is *constant* while no object has overwritten it since it got it. The bit belongs to the property's
//! introduction: all shapes that inherit the property share it, and so do the shapes that only change its attributes.
//! Two rules make it sound to treat the value of a known object's constant property as known:
//!
//! - the first overwrite of any object's property calls [`mark_mutable`](crate::ShapeTree::mark_mutable) before the
//!   store (caches of stores therefore hold only properties that are mutable already), and
//! - removing the property added last makes it mutable, since the same shape may come back with another value.
//!
//! Dependents can be entered under four subjects: a shape's stability, a property's constness, the presence of a
//! property of a unique shape, and a validity cell. A shape with stability dependents that is exclusive moves to a
//! fresh id when it changes.

use crate::dependency::Subject;
use crate::tree::{Constness, Inner};
use crate::{ShapeFlags, ShapeId, ShapeTree, ValidityId};
use std::hash::Hash;

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// To be called before a property is overwritten for the first time: it stops being constant, for all shapes that
    /// share it, and dependents are fired. Returns whether it was constant; a key that the shape does not have gives
    /// `false`.
    pub fn mark_mutable(&self, shape: ShapeId, key: K) -> bool {
        let mut inner = self.inner.borrow_mut();
        match inner.find(shape, key) {
            Some((_, entry)) => inner.mark_cell_mutable(entry.cell),
            None => false,
        }
    }

    /// Depends on "no object leaves this shape", and so, for an object known to have the shape, that it keeps it.
    /// Returns whether that holds now; if not, nothing is entered.
    #[must_use]
    pub fn depend_on_stability(&self, shape: ShapeId, dependent: D) -> bool {
        let mut inner = self.inner.borrow_mut();
        let record = inner.record_mut(shape);
        if !record.flags.contains(ShapeFlags::STABLE) {
            return false;
        }
        record.flags.insert(ShapeFlags::DEPENDED);
        inner.enter(Subject::Stability(shape), dependent);
        true
    }

    /// Depends on "this property is not overwritten". For a unique shape also on its presence. Returns whether it is
    /// constant now; if not, nothing is entered.
    #[must_use]
    pub fn depend_on_constness(&self, shape: ShapeId, key: K, dependent: D) -> bool {
        let mut inner = self.inner.borrow_mut();
        let Some((_, entry)) = inner.find(shape, key) else { return false };
        let cell = &mut inner.cells[entry.cell as usize];
        if !cell.constant {
            return false;
        }
        cell.depended = true;
        inner.enter(Subject::Constness(entry.cell), dependent);
        true
    }

    /// Whether the property is constant and nobody depends on that: its first value may still be settled by the client, which
    /// must keep stores to it out of caches until it is mutable.
    pub fn is_constant_without_dependents(&self, shape: ShapeId, key: K) -> bool {
        let mut inner = self.inner.borrow_mut();
        inner.find(shape, key).is_some_and(|(_, entry)| {
            let cell = &inner.cells[entry.cell as usize];
            cell.constant && !cell.depended
        })
    }

    /// Depends on "this property of a unique shape is neither removed nor redefined, so that its slot, kind and
    /// attributes stay", whatever else happens to the shape. Made for variables of the global object. Returns whether
    /// the property exists in a unique shape; if not, nothing is entered.
    #[must_use]
    pub fn depend_on_presence(&self, shape: ShapeId, key: K, dependent: D) -> bool {
        let mut inner = self.inner.borrow_mut();
        if !inner.record(shape).flags.contains(ShapeFlags::UNIQUE) {
            return false;
        }
        let Some((index, mut entry)) = inner.find(shape, key) else { return false };
        if entry.cell == 0 {
            entry.cell = inner.allocate_exclusive_cell(shape, Constness::Mutable);
            let table = inner.record(shape).table;
            inner.tables[table as usize].replace(index, entry);
        }
        inner.cells[entry.cell as usize].depended = true;
        inner.enter(Subject::Presence(entry.cell), dependent);
        true
    }

    /// Depends on a validity cell. Returns whether it is valid now; if not, nothing is entered.
    #[must_use]
    pub fn depend_on_validity(&self, id: ValidityId, dependent: D) -> bool {
        if !self.is_valid(id) {
            return false;
        }
        if id != ValidityId::ALWAYS {
            self.inner.borrow_mut().enter(Subject::Validity(id), dependent);
        }
        true
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> Inner<K, P, D> {
    fn enter(&mut self, subject: Subject, dependent: D) {
        self.dependents.entry(subject).or_default().add(dependent);
    }
}
