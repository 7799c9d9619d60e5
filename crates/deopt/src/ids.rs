//! Numbers with names: each kind of index prints with its own prefix, so a dump, an error and a test say the same.
//!
//! They are indices into tables of one code object and mean nothing without it.

use std::fmt;

macro_rules! ids {
    ($( $(#[doc = $doc:literal])+ $name:ident($prefix:literal); )*) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )* };
}

ids! {
    /// An entry of the code object's literal table: what the embedding had to keep alive to rebuild frames (functions,
    /// constants,
    /// classes of objects). The table itself belongs to the embedding; this crate only knows its size.
    LiteralId("k");
    /// An elided object within one frame state or translation, counted from 0 in the order of first mention.
    ObjectId("#");
    /// A place that can exit: (frame state, reason, origin) of one code object.
    SiteId("site");
    /// A translation of one code object: the byte at which it begins.
    TranslationIndex("@");
    /// An inlined call of one code object.
    InliningId("inlining");
}
