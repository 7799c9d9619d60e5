//! Inline caches: what a site of the program has learned about shapes, and how to use it.
//!
//! A *site* is a slot of a feedback vector. It moves through the states of [`IcState`]: monomorphic sites hold one shape and
//! its handler in the slot itself, polymorphic ones up to four in a [`PolymorphicCache`] (the first stays in the slot too),
//! megamorphic ones ask the isolate's cache by shape and key. A [`Handler`] says how to do the operation
//! for objects of a shape; its kinds are in [`handler`].
//!
//! Every operation comes in two parts. The `try_…` functions are the fast paths, inlined into the interpreter: one compare of
//! the receiver's header word with the slot's shape, then the handler. They do nothing and give `None` (or `false`) on a
//! miss. The functions without `try_` are the misses: they look through the other entries, else do the operation by the book, and
//! teach the site. Getters and setters written in JavaScript are *reported* ([`Loaded::Getter`], [`Stored::Setter`]), so that the
//! interpreter can push a frame instead of recursing; [`Loaded::finish`] and [`Stored::finish`] call them.
//!
//! What makes a handler right: the shape says where own properties are. Prototypes have shapes of their own and a validity
//! cell, whose breaking tells of any change of structure in the chain; values of prototypes' properties are read from the
//! holder each time. Store handlers exist only for properties that are mutable already. Shapes that belong
//! to one object are noted as cached, so that they move to a fresh id when they change. Dictionaries are not cached.
//!
//! Primitives take part by reserved shapes ([`receiver_shape`]); lookups on them start at the realm's prototypes.

pub mod construct;
pub mod dump;
pub mod global;
pub mod handler;
pub mod instance;
pub mod keyed;
pub mod load;
pub mod private;
pub mod purge;
pub mod site;
pub mod store;

#[cfg(test)]
mod tests;

pub use handler::receiver_shape;
pub use load::{Loaded, load_named, try_load_named};
pub use site::Site;
pub use store::{Stored, define_named_own, store_named, try_define_named_own, try_store_named};

#[expect(unused_imports, reason = "named by the documentation")]
use crate::cells::{Handler, IcState, PolymorphicCache};
