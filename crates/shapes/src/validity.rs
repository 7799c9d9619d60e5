//! Prototype validity: one byte that says that a prototype, and all it inherits from, is as it was.
//!
//! A cache that found a property on the prototype chain, or found none, stays right while no prototype in the chain
//! changes its structure. Instead of looking at each, it looks at one *validity cell*: that of the receiver's
//! prototype. The cell of a prototype is linked to the cell of *its* prototype; when a prototype changes structure,
//! its cell breaks together with the cells of all that inherit from it. A broken cell never becomes valid again: the
//! next request makes a new one.
//!
//! The client makes cells from the top of the chain down, which is one recursive function:
//!
//! ```text
//! cell_of(object) = match object.prototype {
//!     none        => tree.validity_cell_for(object.shape, ValidityId::ALWAYS),
//!     some parent => tree.validity_cell_for(object.shape, cell_of(parent)),
//! }
//! ```
//!
//! Structure means: which properties there are, with which attributes, kinds and slots, the prototype, and the
//! integrity level. The values of data properties are not structure; constness covers them.

use crate::dependency::{Cause, Subject};
use crate::record::EXCLUSIVE;
use crate::tree::Inner;
use crate::{ShapeId, ShapeTree, ValidityId};
use std::cell::{Cell, RefCell};
use std::hash::Hash;

/// Bytes per chunk. Chunks never move, so machine code may hold the address of a byte.
const CHUNK: usize = 256;

#[derive(Debug)]
pub(crate) struct ValiditySlab {
    #[expect(clippy::vec_box, reason = "machine code holds addresses of bytes, so chunks must not move")]
    bytes: RefCell<Vec<Box<[Cell<u8>; CHUNK]>>>,
    links: RefCell<Vec<Link>>,
    free: RefCell<Vec<u32>>,
}

#[derive(Debug, Default)]
struct Link {
    /// The unique shape of the prototype object; `NONE` when the cell is broken or free.
    owner: ShapeId,
    /// The cells that break with this one. May hold cells that broke since and were made anew for another shape: to
    /// break too much is safe.
    children: Vec<ValidityId>,
}

impl ValiditySlab {
    pub(crate) fn new() -> Self {
        let slab =
            ValiditySlab { bytes: RefCell::default(), links: RefCell::default(), free: RefCell::default() };
        let always = slab.allocate(ShapeId::NONE);
        debug_assert_eq!(always, ValidityId::ALWAYS);
        slab
    }

    fn allocate(&self, owner: ShapeId) -> ValidityId {
        let mut links = self.links.borrow_mut();
        let link = Link { owner, children: Vec::new() };
        let index = match self.free.borrow_mut().pop() {
            Some(index) => {
                links[index as usize] = link;
                index as usize
            }
            None => {
                links.push(link);
                links.len() - 1
            }
        };
        let mut bytes = self.bytes.borrow_mut();
        if index / CHUNK == bytes.len() {
            bytes.push(Box::new(std::array::from_fn(|_| Cell::new(0))));
        }
        bytes[index / CHUNK][index % CHUNK].set(1);
        ValidityId::from_raw(index as u32)
    }

    #[inline]
    fn is_valid(&self, id: ValidityId) -> bool {
        self.bytes.borrow()[id.index() / CHUNK][id.index() % CHUNK].get() != 0
    }

    fn set_broken(&self, id: ValidityId) {
        self.bytes.borrow()[id.index() / CHUNK][id.index() % CHUNK].set(0);
    }

    /// Breaks a cell and those below it. See [`ShapeTree::invalidate`].
    pub(crate) fn invalidate<K, P, D>(&self, inner: &mut Inner<K, P, D>, id: ValidityId)
    where
        K: Copy + Eq + Hash,
        P: Copy + Eq + Hash,
        D: Copy,
    {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            if id == ValidityId::ALWAYS || !self.is_valid(id) {
                continue;
            }
            self.set_broken(id);
            let link = std::mem::take(&mut self.links.borrow_mut()[id.index()]);
            inner.record_mut(link.owner).validity = ValidityId::ALWAYS;
            stack.extend(link.children);
            inner.fire(Subject::Validity(id), Cause::Validity(id));
        }
    }

    /// After marking: breaks the cells of dead owners and makes broken cells free. `is_live` tells of an owner.
    pub(crate) fn sweep(&self, is_live: impl Fn(ShapeId) -> bool, mut died: impl FnMut(ValidityId)) {
        let mut links = self.links.borrow_mut();
        let mut free = self.free.borrow_mut();
        free.clear();
        for index in (1..links.len()).rev() {
            let id = ValidityId::from_raw(index as u32);
            if !self.is_valid(id) || !is_live(links[index].owner) {
                self.set_broken(id);
                links[index] = Link::default();
                free.push(index as u32);
                died(id);
            }
        }
        for link in links.iter_mut() {
            link.children.retain(|child| self.is_valid(*child));
            link.children.shrink_to_fit();
        }
    }

    pub(crate) fn owner(&self, id: ValidityId) -> ShapeId {
        self.links.borrow()[id.index()].owner
    }

    pub(crate) fn counts(&self) -> (usize, usize) {
        let links = self.links.borrow();
        let valid = (1..links.len()).filter(|i| self.is_valid(ValidityId::from_raw(*i as u32))).count();
        let bytes = links.iter().map(|link| size_of::<Link>() + link.children.capacity() * 4).sum::<usize>()
            + self.bytes.borrow().len() * CHUNK;
        (valid, bytes)
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// The validity cell of the prototype object that has this unique shape. `parent` is the cell of the object's own
    /// prototype, or [`ValidityId::ALWAYS`] if it has none; the link is made here. The cell stays the same until it
    /// breaks.
    ///
    /// # Panics
    /// When the shape is shared: make it a prototype's with [`to_prototype`](ShapeTree::to_prototype) first. When
    /// `parent` is broken.
    pub fn validity_cell_for(&self, shape: ShapeId, parent: ValidityId) -> ValidityId {
        let mut inner = self.inner.borrow_mut();
        let record = inner.record_mut(shape);
        assert!(record.flags.intersects(EXCLUSIVE), "{shape} is shared and cannot have a validity cell");
        assert!(self.validity.is_valid(parent), "the cell of the prototype's prototype is broken");
        if record.validity != ValidityId::ALWAYS {
            return record.validity;
        }
        let id = self.validity.allocate(shape);
        record.validity = id;
        if parent != ValidityId::ALWAYS {
            self.validity.links.borrow_mut()[parent.index()].children.push(id);
        }
        id
    }

    /// Whether a cell is unbroken.
    #[inline]
    pub fn is_valid(&self, id: ValidityId) -> bool {
        self.validity.is_valid(id)
    }

    /// The unique shape of the prototype that an unbroken cell speaks of. Numbers of cells are given again; whoever remembers a cell across
    /// a collection remembers its owner too.
    pub fn validity_owner(&self, id: ValidityId) -> ShapeId {
        self.validity.owner(id)
    }

    /// The address of a cell's byte, which is 1 while valid and 0 afterwards; for machine code. The byte stays in
    /// place for the life of the tree. The cell may be given to another prototype after a full collection that found
    /// it broken or its prototype dead, so code that holds the address is purged as caches are.
    pub fn validity_address(&self, id: ValidityId) -> *const u8 {
        self.validity.bytes.borrow()[id.index() / CHUNK][id.index() % CHUNK].as_ptr().cast_const()
    }

    /// Breaks a cell together with the cells of all prototypes that inherit from its prototype, and fires their
    /// dependents. Structural changes of a unique shape do this by themselves; the client needs it for changes that
    /// the shape does not show, as the first element on an array prototype.
    pub fn invalidate(&self, id: ValidityId) {
        self.validity.invalidate(&mut self.inner.borrow_mut(), id);
    }
}
