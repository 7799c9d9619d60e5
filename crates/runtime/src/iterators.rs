//! Iterators of the library: the kinds that share one cell structure, told apart by a number.
//!
//! Array, Map, Set, String and RegExpString iterators are objects with a target, a position and a *kind*. This is the
//! making and the naming of them; stepping is in `array_iteration` and in the library's chapters. The protocol that every
//! iterator follows (GetIterator, IteratorStep, IteratorClose) is in `iteration`.

use std::cell::Cell;

use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, BuiltinIterator};
use crate::isolate::Cx;
use crate::object::shapes;
use crate::realm::{Intrinsic, Realm, RealmShape};

macro_rules! iterator_kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a [`BuiltinIterator`] iterates and what it gives.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub enum IteratorKind { $($(#[$doc])* $name,)* }
        impl IteratorKind {
            const ALL: &'static [IteratorKind] = &[$(IteratorKind::$name,)*];
        }
    };
}

iterator_kinds! {
    /// Indices of an array-like.
    ArrayKeys,
    /// Elements of an array-like.
    ArrayValues,
    /// Pairs of index and element of an array-like.
    ArrayEntries,
    /// Keys of a Map.
    MapKeys,
    /// Values of a Map.
    MapValues,
    /// Entries of a Map.
    MapEntries,
    /// Values of a Set.
    SetValues,
    /// Pairs of a value with itself of a Set.
    SetEntries,
    /// Code points of a string.
    String,
    /// Matches of a regular expression.
    RegExpString,
}

impl IteratorKind {
    /// The kind with this number.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub fn from_number(number: u32) -> IteratorKind {
        IteratorKind::ALL[number as usize]
    }

    /// An Array Iterator?
    #[inline]
    pub fn is_array(self) -> bool {
        self as u32 <= IteratorKind::ArrayEntries as u32
    }

    /// A Map Iterator?
    #[inline]
    pub fn is_map(self) -> bool {
        matches!(self, IteratorKind::MapKeys | IteratorKind::MapValues | IteratorKind::MapEntries)
    }

    /// A Set Iterator?
    #[inline]
    pub fn is_set(self) -> bool {
        matches!(self, IteratorKind::SetValues | IteratorKind::SetEntries)
    }
}

/// A new iterator at position 0.
pub fn new_iterator(cx: Cx<'_>, prototype: Intrinsic, kind: IteratorKind, target: Value) -> Value {
    let shape = match prototype {
        // Destructuring makes one each time.
        Intrinsic::ArrayIteratorPrototype => Realm::shape(cx.realm(), cx, RealmShape::ArrayIterator),
        _ => shapes::root_shape(cx, CellKind::BuiltinIterator, Some(cx.intrinsic(prototype)), 0),
    };
    let iterator = cx.allocate_object(shape, |head| BuiltinIterator {
        head,
        kind: kind as u32,
        index: Cell::new(0),
        target: Barriered::new(target),
        extra: Barriered::new(Value::UNDEFINED),
    });
    BuiltinIterator::object(iterator).into()
}
