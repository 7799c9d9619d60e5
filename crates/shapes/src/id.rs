//! Names of shapes and validity cells: small integers that print with a letter prefix.
//!
//! A shape is named by its index in the slab of [`ShapeTree`](crate::ShapeTree), not by an address: 32 bits fit into the
//! header of an object and into the immediate of one compare instruction, and a name of the wrong kind does not
//! type-check. An id says nothing by itself; a shape that was collected gives its number back, so a holder of ids either
//! keeps the shape alive or is purged by the collection that frees it.

use std::fmt;

/// The name of a shape: a 32-bit index that fits a cell header and one compare instruction. Prints as `sh41`.
///
/// Zero is [`ShapeId::NONE`] and never names a shape, so a cache entry that holds it never matches a header.
/// The ids 1 to 15 are [reserved](ShapeId::reserved) for cells of the client that are not objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct ShapeId(u32);

impl ShapeId {
    /// No shape at all.
    pub const NONE: ShapeId = ShapeId(0);
    /// The largest id a client may reserve for its own cells that are not objects.
    pub const LAST_RESERVED: ShapeId = ShapeId(15);

    /// The reserved id number `number`.
    ///
    /// # Panics
    /// When `number` is not within 1..=15.
    pub const fn reserved(number: u8) -> ShapeId {
        assert!(number >= 1 && number <= 15, "reserved shape ids are 1 to 15");
        ShapeId(number as u32)
    }

    /// The id with these bits, as read from a cell header.
    pub const fn from_raw(raw: u32) -> ShapeId {
        ShapeId(raw)
    }

    /// The bits to store in a cell header.
    pub const fn raw(self) -> u32 {
        self.0
    }

    /// Whether this is [`ShapeId::NONE`].
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether this is one of the ids for the client's own cells.
    pub const fn is_reserved(self) -> bool {
        self.0 >= 1 && self.0 <= ShapeId::LAST_RESERVED.0
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ShapeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() { f.write_str("sh-") } else { write!(f, "sh{}", self.0) }
    }
}

impl fmt::Debug for ShapeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of a prototype validity cell. Prints as `pv7`.
///
/// Zero is [`ValidityId::ALWAYS`], a cell that never breaks: the validity of an empty prototype chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct ValidityId(u32);

impl ValidityId {
    /// The cell of the empty chain; it is always valid.
    pub const ALWAYS: ValidityId = ValidityId(0);

    /// The id with these bits.
    pub const fn from_raw(raw: u32) -> ValidityId {
        ValidityId(raw)
    }

    /// The bits of the id.
    pub const fn raw(self) -> u32 {
        self.0
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ValidityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pv{}", self.0)
    }
}

impl fmt::Debug for ValidityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
