//! Copies of shapes for other threads: a compiler's view, fixed at one moment.
//!
//! A [`ShapeTree`](crate::ShapeTree) belongs to one thread and changes while the program runs. A compiler that works from
//! snapshots sees neither borrow nor change, and owes one thing in return: before its result is used, whatever it
//! concluded from a snapshot is entered as a dependency on the live tree, or guarded by a compare of the shape id.

use crate::{Property, Shape, ShapeId, ShapeTree};
use std::hash::Hash;
use std::sync::Arc;

/// A copy of a shape with its properties. It is `Send` if keys and prototype handles are, and does not follow later
/// changes: what was read from it must be checked again, or depended on, before it is relied on.
#[derive(Clone, Debug)]
pub struct ShapeSnapshot<K, P> {
    /// The id of the shape.
    pub id: ShapeId,
    /// Everything about it but its properties.
    pub shape: Shape<P>,
    /// Keys and properties in insertion order.
    pub properties: Arc<[(K, Property)]>,
}

impl<K: Copy + Eq, P: Copy> ShapeSnapshot<K, P> {
    /// Finds a property by its key.
    pub fn lookup(&self, key: K) -> Option<Property> {
        self.properties.iter().find(|(k, _)| *k == key).map(|(_, property)| *property)
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// Copies a shape with all its properties: linear in their number.
    ///
    /// # Panics
    /// When `shape` names no shape of the tree.
    pub fn snapshot(&self, shape: ShapeId) -> ShapeSnapshot<K, P> {
        ShapeSnapshot { id: shape, shape: self.shape(shape), properties: self.properties(shape).collect() }
    }
}
