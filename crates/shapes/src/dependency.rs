//! Dependents: what must hear when an assumption about a shape breaks.
//!
//! A *dependent* is a small copyable handle of the client, say the number of a piece of optimized code. It is entered
//! under a *subject* (a shape's stability, a property's constness or presence, a validity cell). When the subject
//! breaks, its dependents move to the tree's queue of broken assumptions, together with the cause; the client empties
//! the queue with [`take_broken`](crate::ShapeTree::take_broken) before it runs any code that could rely on them. An
//! assumption breaks at most once: the list is empty afterwards.
//!
//! Lists are weak: the tree keeps nothing alive for them, and the client removes handles that died with
//! [`retain_dependents`](crate::ShapeTree::retain_dependents).

use crate::{ShapeId, ValidityId};
use std::fmt;

/// The dependents of one subject.
#[derive(Clone, Debug)]
pub struct DependencyList<D> {
    dependents: Vec<D>,
}

impl<D: Copy> DependencyList<D> {
    /// A list without members.
    pub const fn new() -> Self {
        DependencyList { dependents: Vec::new() }
    }

    /// Enters a dependent. A dependent that is entered twice is reported twice.
    pub fn add(&mut self, dependent: D) {
        self.dependents.push(dependent);
    }

    /// Empties the list and returns what was in it, in the order of entry.
    pub fn take_all(&mut self) -> Vec<D> {
        std::mem::take(&mut self.dependents)
    }

    /// Keeps only the dependents for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(D) -> bool) {
        self.dependents.retain(|d| keep(*d));
    }

    /// How many dependents are entered.
    pub fn len(&self) -> usize {
        self.dependents.len()
    }

    /// Whether nobody depends on the subject.
    pub fn is_empty(&self) -> bool {
        self.dependents.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.dependents.capacity() * size_of::<D>()
    }
}

impl<D: Copy> Default for DependencyList<D> {
    fn default() -> Self {
        Self::new()
    }
}

/// Why an assumption broke.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// An object left this shape.
    Stability(ShapeId),
    /// A property that this shape introduced was overwritten for the first time.
    Constness {
        /// The shape that introduced the property.
        owner: ShapeId,
    },
    /// A property of this unique shape was removed or redefined.
    Presence(ShapeId),
    /// A prototype, or one it inherits from, changed its structure.
    Validity(ValidityId),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Stability(shape) => write!(f, "an object left shape {shape}"),
            Cause::Constness { owner } => write!(f, "a constant property of {owner} was overwritten"),
            Cause::Presence(shape) => write!(f, "a property of {shape} was removed or redefined"),
            Cause::Validity(cell) => write!(f, "the prototype chain behind {cell} changed"),
        }
    }
}

/// A dependent whose assumption broke, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken<D> {
    /// What relied on the assumption.
    pub dependent: D,
    /// Which assumption broke.
    pub cause: Cause,
}

/// What a dependent relies on; the key of the tree's dependency map.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Subject {
    Stability(ShapeId),
    Constness(u32),
    Presence(u32),
    Validity(ValidityId),
}
