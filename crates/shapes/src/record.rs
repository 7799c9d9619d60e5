//! The record behind a shape id, and the edges that join records to trees.
//!
//! A record is what the slab of [`ShapeTree`](crate::ShapeTree) holds for each id. Its *edge* says how it differs from
//! its parent, and its *transitions* are the edges that leave it, found by label, so that two objects built alike meet in
//! one shape. The property table is shared with other records and built when first wanted: the edges are the truth, the
//! table a cache of them. Dictionaries and unique shapes have a table only, and no edges.
//!
//! [`Shape`] is the public copy of a record. Which edges are followed or made is decided in `transition.rs`; here is only
//! what they consist of.

use crate::property::Entry;
use crate::{Attributes, Location, PropertyKind, ShapeId, ValidityId};
use rustc_hash::FxHashMap;
use std::fmt;
use std::hash::Hash;

/// How far an object is closed against change. Levels only rise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum Integrity {
    /// Properties may be added.
    #[default]
    None,
    /// No properties may be added.
    NonExtensible,
    /// In addition, no property is configurable.
    Sealed,
    /// In addition, no data property is writable.
    Frozen,
}

impl Integrity {
    /// What the level leaves of a property's attributes.
    pub fn restrict(self, attributes: Attributes, kind: PropertyKind) -> Attributes {
        match self {
            Integrity::None | Integrity::NonExtensible => attributes,
            Integrity::Frozen if kind == PropertyKind::Data => {
                attributes.without(Attributes::CONFIGURABLE).without(Attributes::WRITABLE)
            }
            Integrity::Sealed | Integrity::Frozen => attributes.without(Attributes::CONFIGURABLE),
        }
    }
}

/// Facts about a shape as a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ShapeFlags(u16);

impl ShapeFlags {
    /// The properties are in a table that is changed in place; properties come and go, and none is constant.
    pub const DICTIONARY: ShapeFlags = ShapeFlags(1);
    /// The shape belongs to one object alone.
    pub const UNIQUE: ShapeFlags = ShapeFlags(2);
    /// The object of this unique shape is the prototype of others.
    pub const USED_AS_PROTOTYPE: ShapeFlags = ShapeFlags(4);
    /// No object has left this shape for another.
    pub const STABLE: ShapeFlags = ShapeFlags(8);
    /// The id was handed to a cache; see [`note_cached`](crate::ShapeTree::note_cached).
    pub const CACHED: ShapeFlags = ShapeFlags(16);
    /// The object moved to a fresh id. Nothing but caches may still hold this one.
    pub const RETIRED: ShapeFlags = ShapeFlags(32);
    /// The id is one of the client's reserved ones.
    pub const RESERVED: ShapeFlags = ShapeFlags(64);
    /// Something is entered under the shape's stability.
    pub(crate) const DEPENDED: ShapeFlags = ShapeFlags(128);
    /// The shape is in the list of new shapes.
    pub(crate) const NEW: ShapeFlags = ShapeFlags(256);
    /// The collection in progress reached the shape.
    pub(crate) const MARKED: ShapeFlags = ShapeFlags(512);
    /// The record is in use.
    pub(crate) const ALLOCATED: ShapeFlags = ShapeFlags(1024);

    /// Whether every flag of `other` is set.
    #[inline]
    pub const fn contains(self, other: ShapeFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any flag of `other` is set.
    #[inline]
    pub const fn intersects(self, other: ShapeFlags) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn union(self, other: ShapeFlags) -> ShapeFlags {
        ShapeFlags(self.0 | other.0)
    }

    pub(crate) fn insert(&mut self, other: ShapeFlags) {
        self.0 |= other.0;
    }

    pub(crate) fn remove(&mut self, other: ShapeFlags) {
        self.0 &= !other.0;
    }
}

/// Dictionary or unique: the table belongs to one shape and is changed in place.
pub(crate) const EXCLUSIVE: ShapeFlags = ShapeFlags(1 | 2);

impl fmt::Display for ShapeFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(ShapeFlags, &str); 7] = [
            (ShapeFlags::RESERVED, "reserved"),
            (ShapeFlags::DICTIONARY, "dictionary"),
            (ShapeFlags::UNIQUE, "unique"),
            (ShapeFlags::USED_AS_PROTOTYPE, "prototype"),
            (ShapeFlags::STABLE, "stable"),
            (ShapeFlags::CACHED, "cached"),
            (ShapeFlags::RETIRED, "retired"),
        ];
        let mut separator = "";
        for (flag, name) in NAMES {
            if self.contains(flag) {
                write!(f, "{separator}{name}")?;
                separator = " ";
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ShapeFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// What a shape is, without its properties. A copy: it does not follow later changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape<P> {
    /// The prototype of the objects with this shape.
    pub prototype: P,
    /// The shape this one was derived from; `NONE` for roots, dictionaries and unique shapes.
    pub parent: ShapeId,
    /// A number that the client gives to roots and that derived shapes inherit: what sort of object it is.
    pub class: u8,
    /// How many slots lie inside the object.
    pub inline_capacity: u8,
    /// How far the objects are closed against change.
    pub integrity: Integrity,
    /// Whether it is shared, stable, cached, and so on.
    pub flags: ShapeFlags,
    /// How many properties there are.
    pub property_count: u32,
    /// The slots in use are below this number.
    pub slot_count: u32,
}

/// How a shape differs from its parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edge<K> {
    /// No parent: the start of a tree, or an exclusive shape.
    Root,
    /// One more property.
    Add(Entry<K>),
    /// The row at a position is another one, for the same key.
    Replace(u32, Entry<K>),
    /// Another prototype.
    Prototype,
    /// A higher integrity level.
    Integrity,
}

/// The label of an outgoing edge, by which an existing transition is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum TransitionKey<K, P> {
    Add { key: K, location: Location, attributes: Attributes, kind: PropertyKind },
    Replace { key: K, location: Location, attributes: Attributes, kind: PropertyKind },
    Prototype(P),
    Integrity(Integrity),
}

/// The outgoing edges of a shape: most have one, which is kept inline.
#[derive(Clone, Debug)]
pub(crate) struct Transitions<K, P> {
    first: Option<(TransitionKey<K, P>, ShapeId)>,
    /// Holds all edges but the first.
    more: Option<Box<FxHashMap<TransitionKey<K, P>, ShapeId>>>,
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash> Transitions<K, P> {
    pub(crate) const fn new() -> Self {
        Transitions { first: None, more: None }
    }

    #[inline]
    pub(crate) fn find(&self, key: &TransitionKey<K, P>) -> Option<ShapeId> {
        match &self.first {
            Some((first, target)) if first == key => return Some(*target),
            _ => {}
        }
        self.more.as_ref()?.get(key).copied()
    }

    pub(crate) fn insert(&mut self, key: TransitionKey<K, P>, target: ShapeId) {
        if self.first.is_none() {
            self.first = Some((key, target));
        } else {
            self.more.get_or_insert_default().insert(key, target);
        }
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.as_ref().map_or(0, |more| more.len())
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(ShapeId) -> bool) {
        if self.first.is_some_and(|(_, target)| !keep(target)) {
            self.first = None;
        }
        if let Some(more) = &mut self.more {
            more.retain(|_, target| keep(*target));
            if more.is_empty() {
                self.more = None;
            }
        }
    }

    /// All edges; those after the first in no certain order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TransitionKey<K, P>, ShapeId)> {
        self.first.into_iter().chain(self.more.iter().flat_map(|more| more.iter().map(|(k, t)| (*k, *t))))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.more
            .as_ref()
            .map_or(0, |more| more.capacity() * (size_of::<(TransitionKey<K, P>, ShapeId)>() + 1))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Record<K, P> {
    pub(crate) prototype: P,
    /// `NONE` for roots and exclusive shapes, an allocated shared shape otherwise.
    pub(crate) parent: ShapeId,
    /// Index of the property table, 0 while it is not built. Exclusive shapes always have one.
    pub(crate) table: u32,
    /// How many rows of the table the shape sees; for exclusive shapes the number of rows that are no holes.
    pub(crate) count: u32,
    /// The slots in use are below this number.
    pub(crate) slot_count: u32,
    pub(crate) flags: ShapeFlags,
    pub(crate) class: u8,
    pub(crate) inline_capacity: u8,
    pub(crate) integrity: Integrity,
    /// How many replaced rows the chain to the root has.
    pub(crate) replacements: u8,
    /// Full collections since an object with the shape was seen.
    pub(crate) age: u8,
    /// The validity cell of the prototype object with this unique shape, or `ALWAYS` for none.
    pub(crate) validity: ValidityId,
    /// A word for the client, 0 when empty.
    pub(crate) client_word: u64,
    pub(crate) edge: Edge<K>,
    pub(crate) transitions: Transitions<K, P>,
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash> Record<K, P> {
    pub(crate) fn root(class: u8, prototype: P, inline_capacity: u8) -> Self {
        Record {
            prototype,
            parent: ShapeId::NONE,
            table: 0,
            count: 0,
            slot_count: 0,
            flags: ShapeFlags::STABLE.union(ShapeFlags::ALLOCATED),
            class,
            inline_capacity,
            integrity: Integrity::None,
            replacements: 0,
            age: 0,
            validity: ValidityId::ALWAYS,
            client_word: 0,
            edge: Edge::Root,
            transitions: Transitions::new(),
        }
    }

    #[inline]
    pub(crate) fn is_exclusive(&self) -> bool {
        self.flags.intersects(EXCLUSIVE)
    }

    pub(crate) fn is_allocated(&self) -> bool {
        self.flags.contains(ShapeFlags::ALLOCATED)
    }
}
