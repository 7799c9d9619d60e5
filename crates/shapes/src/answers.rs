//! The lookup cache: recent answers to "where is this key in this shape", found or not.
//!
//! Direct mapped, 1024 lines. The answer for a shared shape never changes but for the const bit, which is asked again
//! from its cell; for an exclusive shape, each change forgets the lines it makes wrong. A collection empties the cache.

use crate::{Attributes, Location, Property, PropertyKind, ShapeId, hash_pair};
use std::cell::Cell;
use std::hash::Hash;

/// Enough for the working set of ordinary programs, small enough for the second-level cache (40 KiB or less).
const LINES: usize = 1024;

#[derive(Debug)]
pub(crate) struct LookupCache<K: Copy> {
    lines: Box<[Line<K>; LINES]>,
    hits: Cell<u64>,
    misses: Cell<u64>,
}

/// One answer, kept in plain words: copying a [`Property`] through memory costs more than the whole lookup.
#[derive(Debug)]
struct Line<K: Copy> {
    shape: Cell<ShapeId>,
    /// Attributes in the low byte, then the bits below.
    bits: Cell<u32>,
    key: Cell<Option<K>>,
    /// The slot, or the rule of a virtual property.
    place: Cell<u32>,
    index: Cell<u32>,
    owner: Cell<ShapeId>,
    cell: Cell<u32>,
}

const FOUND: u32 = 1 << 8;
const VIRTUAL: u32 = 1 << 9;
const ACCESSOR: u32 = 1 << 10;
const CONSTANT: u32 = 1 << 11;

impl<K: Copy + Eq + Hash> LookupCache<K> {
    pub(crate) fn new() -> Self {
        let line = || Line {
            shape: Cell::new(ShapeId::NONE),
            bits: Cell::new(0),
            key: Cell::new(None),
            place: Cell::new(0),
            index: Cell::new(0),
            owner: Cell::new(ShapeId::NONE),
            cell: Cell::new(0),
        };
        let lines: Vec<Line<K>> = std::iter::repeat_with(line).take(LINES).collect();
        let Ok(lines) = lines.try_into() else { unreachable!("the vector has {LINES} lines") };
        LookupCache { lines, hits: Cell::new(0), misses: Cell::new(0) }
    }

    #[inline]
    fn line(&self, shape: ShapeId, key: K) -> &Line<K> {
        &self.lines[hash_pair(shape, key) as usize & (LINES - 1)]
    }

    /// The answer, if known. If the property was constant when it was last asked, `is_constant` tells of its cell
    /// whether it is now.
    #[inline(always)]
    pub(crate) fn get(
        &self,
        shape: ShapeId,
        key: K,
        is_constant: impl FnOnce(u32) -> bool,
    ) -> Option<Option<Property>> {
        let line = self.line(shape, key);
        if line.shape.get() != shape || line.key.get() != Some(key) {
            return None;
        }
        self.hits.set(self.hits.get() + 1);
        let bits = line.bits.get();
        if bits & FOUND == 0 {
            return Some(None);
        }
        let place = line.place.get();
        Some(Some(Property {
            location: if bits & VIRTUAL == 0 {
                Location::Slot(place)
            } else {
                Location::Virtual(place as u8)
            },
            attributes: Attributes::from_bits(bits as u8),
            kind: if bits & ACCESSOR == 0 { PropertyKind::Data } else { PropertyKind::Accessor },
            constant: bits & CONSTANT != 0 && is_constant(line.cell.get()),
            owner: line.owner.get(),
            index: line.index.get(),
        }))
    }

    pub(crate) fn put(&self, shape: ShapeId, key: K, found: Option<Property>, cell: u32) {
        self.misses.set(self.misses.get() + 1);
        let line = self.line(shape, key);
        line.shape.set(shape);
        line.key.set(Some(key));
        line.cell.set(cell);
        let mut bits = 0;
        if let Some(property) = found {
            bits = FOUND | u32::from(property.attributes.bits());
            line.place.set(match property.location {
                Location::Slot(slot) => slot,
                Location::Virtual(rule) => {
                    bits |= VIRTUAL;
                    u32::from(rule)
                }
            });
            if property.kind == PropertyKind::Accessor {
                bits |= ACCESSOR;
            }
            if property.constant {
                bits |= CONSTANT;
            }
            line.index.set(property.index);
            line.owner.set(property.owner);
        }
        line.bits.set(bits);
    }

    /// Drops the answer for one key of a shape.
    pub(crate) fn forget(&self, shape: ShapeId, key: K) {
        let line = self.line(shape, key);
        if line.shape.get() == shape && line.key.get() == Some(key) {
            line.shape.set(ShapeId::NONE);
        }
    }

    /// Drops all answers.
    pub(crate) fn purge(&self) {
        for line in self.lines.iter() {
            line.shape.set(ShapeId::NONE);
            line.key.set(None);
        }
    }

    /// Hits and misses so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.hits.get(), self.misses.get())
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<[Line<K>; LINES]>()
    }
}
