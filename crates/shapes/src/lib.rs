#![forbid(unsafe_code)]
#![doc = include_str!("../README.md")]

mod answers;
mod cache;
mod collect;
mod constness;
mod dependency;
mod dump;
mod id;
mod megamorphic;
mod property;
mod record;
mod slack;
mod snapshot;
mod table;
mod transition;
mod tree;
mod validity;
mod verify;

pub use cache::{Cache, CacheState, Transition};
pub use collect::Traced;
pub use dependency::{Broken, Cause, DependencyList};
pub use dump::Statistics;
pub use id::{ShapeId, ValidityId};
pub use megamorphic::{MegamorphicCache, MegamorphicStatistics};
pub use property::{Attributes, Location, Property, PropertyKind};
pub use record::{Integrity, Shape, ShapeFlags};
pub use slack::{SlackStep, SlackTracker};
pub use snapshot::ShapeSnapshot;
pub use transition::{AddResult, ReconfigureResult, RemovePath, RemoveResult};
pub use tree::{Limits, ShapeTree};

use std::hash::{Hash, Hasher};

/// Mixes a shape and a key for the direct-mapped caches; the low bits are the good ones.
#[inline]
fn hash_pair<K: Hash>(shape: ShapeId, key: K) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    key.hash(&mut hasher);
    hasher.write_u32(shape.raw());
    hasher.finish()
}
