//! What a shape says about one property: where its value lives and what may be done to it.
//!
//! The terms are those of a property descriptor, less the value: [`Attributes`] (writable, enumerable, configurable),
//! [`PropertyKind`] (data or accessor) and [`Location`] (a numbered slot, or nowhere for what the client computes). A
//! [`Property`] is the answer of a lookup; an entry is the row of a property table that it is made from.
//!
//! No value and no function is kept here. A shape knows the slot of an accessor, not its getter.

use crate::ShapeId;
use std::fmt;

/// The attributes of a property as a set of bits. Prints as `WEC`, with `_` for what is missing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Attributes(u8);

impl Attributes {
    /// No attribute.
    pub const NONE: Attributes = Attributes(0);
    /// The value may be overwritten. Without meaning for accessors.
    pub const WRITABLE: Attributes = Attributes(1);
    /// The property shows in enumerations.
    pub const ENUMERABLE: Attributes = Attributes(2);
    /// The property may be removed and its attributes changed.
    pub const CONFIGURABLE: Attributes = Attributes(4);
    /// All three, as a plain assignment creates.
    pub const ALL: Attributes = Attributes(7);
    /// Writable and configurable, as built-in methods have.
    pub const HIDDEN: Attributes = Attributes(5);

    /// The set with these bits; bits without a meaning are dropped.
    pub const fn from_bits(bits: u8) -> Attributes {
        Attributes(bits & 7)
    }

    /// The bits of the set.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Both sets together.
    pub const fn union(self, other: Attributes) -> Attributes {
        Attributes(self.0 | other.0)
    }

    /// This set without the members of `other`.
    pub const fn without(self, other: Attributes) -> Attributes {
        Attributes(self.0 & !other.0)
    }

    /// Whether every member of `other` is in this set.
    pub const fn contains(self, other: Attributes) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the value may be overwritten.
    pub const fn is_writable(self) -> bool {
        self.contains(Attributes::WRITABLE)
    }

    /// Whether the property shows in enumerations.
    pub const fn is_enumerable(self) -> bool {
        self.contains(Attributes::ENUMERABLE)
    }

    /// Whether the property may be removed and its attributes changed.
    pub const fn is_configurable(self) -> bool {
        self.contains(Attributes::CONFIGURABLE)
    }
}

impl std::ops::BitOr for Attributes {
    type Output = Attributes;
    fn bitor(self, other: Attributes) -> Attributes {
        self.union(other)
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |on: bool, c: char| if on { c } else { '_' };
        write!(
            f,
            "{}{}{}",
            letter(self.is_writable(), 'W'),
            letter(self.is_enumerable(), 'E'),
            letter(self.is_configurable(), 'C')
        )
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether the slot of a property holds a value or a pair of functions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum PropertyKind {
    /// The slot holds the value.
    Data,
    /// The slot holds whatever the client uses for a getter and a setter.
    Accessor,
}

/// Where the value of a property lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Location {
    /// In the slot with this number. Slots below the shape's inline capacity are inside the object, the others are
    /// in its out-of-line storage, at the number less the inline capacity.
    Slot(u32),
    /// Nowhere: the client computes the value by its own rule number, as for the name of a function.
    Virtual(u8),
}

impl Location {
    /// The slot number, if the property has one.
    pub const fn slot(self) -> Option<u32> {
        match self {
            Location::Slot(slot) => Some(slot),
            Location::Virtual(_) => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Slot(slot) => write!(f, "slot {slot}"),
            Location::Virtual(rule) => write!(f, "virtual {rule}"),
        }
    }
}

/// What a lookup finds: all that a shape knows about one property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Property {
    /// Where the value lives.
    pub location: Location,
    /// What may be done to the property.
    pub attributes: Attributes,
    /// What the slot holds.
    pub kind: PropertyKind,
    /// No object has overwritten this property since it got it. Ends with
    /// [`mark_mutable`](crate::ShapeTree::mark_mutable), never begins again.
    pub constant: bool,
    /// The shape that introduced the property and on which its const bit lives.
    pub owner: ShapeId,
    /// The position in insertion order, as [`property_at`](crate::ShapeTree::property_at) takes it.
    pub index: u32,
}

/// One row of a property table. `cell` is the index of the constness cell, or 0 for a property that is mutable for
/// good and that nothing depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry<K> {
    pub(crate) key: K,
    pub(crate) location: Location,
    pub(crate) cell: u32,
    pub(crate) attributes: Attributes,
    pub(crate) kind: PropertyKind,
}
