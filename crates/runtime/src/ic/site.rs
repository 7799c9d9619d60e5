//! A site and how it learns.
//!
//! The state machine of inline caches: monomorphic, polymorphic up to four shapes, megamorphic, and never back except
//! through collections, which remove dead shapes. Learning a shape that is there already replaces its handler, since the
//! old one may have lost its validity. A megamorphic site forgets what it knew and shares the isolate's cache with all
//! others, by kind of operation (`Shared`).

use unspool_gc::Gc;
use unspool_shapes::{Cache, CacheState, MegamorphicCache, ShapeId, Transition};
use unspool_values::{CellKind, PropertyKey, Value};

use super::dump;
use super::handler::{Kind, joined};
use crate::cells::{FeedbackSlot, FeedbackVector, Handler, IcState, PolymorphicCache};
use crate::isolate::Cx;

/// One site of a function: a slot of its feedback vector.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The vector of the function that the site is in.
    pub vector: Gc<FeedbackVector>,
    /// The slot's number.
    pub index: u32,
}

impl Site {
    /// The slot.
    #[inline(always)]
    pub fn slot(&self) -> &FeedbackSlot {
        self.vector.slot(self.index)
    }
}

/// The entries of a polymorphic slot.
#[inline(always)]
pub(crate) fn polymorphic(slot: &FeedbackSlot) -> Option<Gc<PolymorphicCache>> {
    let extra = slot.extra.get()?;
    // SAFETY: the kind byte is looked at first.
    (extra.kind() == CellKind::PolymorphicCache as u8).then(|| unsafe { extra.cast::<PolymorphicCache>() })
}

/// Which of the isolate's caches a megamorphic site asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shared {
    /// That of loads (and `in`).
    Loads,
    /// That of stores.
    Stores,
    /// None: definitions, elements.
    Nothing,
}

impl Shared {
    #[inline]
    fn cache(self, cx: Cx<'_>) -> Option<&MegamorphicCache<PropertyKey, Handler>> {
        match self {
            Shared::Loads => Some(&cx.isolate().megamorphic),
            Shared::Stores => Some(&cx.isolate().megamorphic_stores),
            Shared::Nothing => None,
        }
    }
}

/// The site's handler for a shape.
#[inline]
pub(crate) fn find_handler(
    cx: Cx<'_>,
    slot: &FeedbackSlot,
    shape: ShapeId,
    key: PropertyKey,
    shared: Shared,
) -> Option<Handler> {
    match slot.state.get() {
        IcState::Uninitialized => None,
        IcState::Monomorphic => (slot.shape.get() == shape && !shape.is_none()).then(|| slot.handler.get()),
        IcState::Polymorphic => polymorphic(slot)?.cache.lookup(shape),
        IcState::Megamorphic => find_megamorphic(cx, shape, key, shared),
    }
}

/// Asks the isolate's cache. Primitives are not in it: their lookups depend on the realm.
#[inline]
pub(crate) fn find_megamorphic(
    cx: Cx<'_>,
    shape: ShapeId,
    key: PropertyKey,
    shared: Shared,
) -> Option<Handler> {
    if shape.is_reserved() || shape.is_none() { None } else { shared.cache(cx)?.lookup(shape, key) }
}

/// Teaches the site a shape.
pub(crate) fn learn(
    cx: Cx<'_>,
    site: Site,
    shape: ShapeId,
    key: PropertyKey,
    handler: Handler,
    shared: Shared,
) {
    let slot = site.slot();
    let from = slot.state.get();
    match from {
        IcState::Uninitialized => set_monomorphic(slot, shape, handler),
        IcState::Monomorphic if slot.shape.get() == shape || slot.shape.get().is_none() => {
            set_monomorphic(slot, shape, handler);
        }
        IcState::Monomorphic => {
            // Room first: a collection purges what the slot holds, but not what is held here.
            let entries = PolymorphicCache::new(cx, Cache::new());
            if !is_alive(cx, shape, handler) {
                return;
            }
            if slot.shape.get().is_none() {
                set_monomorphic(slot, shape, handler);
            } else {
                entries.cache.update(slot.shape.get(), slot.handler.get());
                entries.cache.update(shape, handler);
                slot.extra.set(Some(entries.erase()));
                slot.state.set(IcState::Polymorphic);
            }
        }
        IcState::Polymorphic => learn_polymorphic(cx, slot, shape, key, handler, shared),
        IcState::Megamorphic => {
            insert_megamorphic(cx, shape, key, handler, shared);
            return;
        }
    }
    note_change(cx, site, from, shape, key, handler);
}

/// Notes the getter or setter that a handler found: the handlers of own accessors say which functions there were.
#[inline]
pub(crate) fn note_accessor(
    cx: Cx<'_>,
    site: Site,
    (shape, key, handler): (ShapeId, PropertyKey, Handler),
    function: Value,
    shared: Shared,
) {
    if let Some(joined) = joined(handler, function) {
        learn(cx, site, shape, key, joined, shared);
    }
}

/// Does what an entry names still exist? Only to be asked when nothing was made since the collection that it may not have survived: numbers
/// are given again.
fn is_alive(cx: Cx<'_>, shape: ShapeId, handler: Handler) -> bool {
    (shape.is_none() || cx.shapes.is_allocated(shape))
        && Kind::target_shape(handler).is_none_or(|target| cx.shapes.is_allocated(target))
        && Kind::validity(handler).is_none_or(|validity| cx.shapes.is_valid(validity))
}

fn set_monomorphic(slot: &FeedbackSlot, shape: ShapeId, handler: Handler) {
    slot.shape.set(shape);
    slot.handler.set(handler);
    slot.state.set(IcState::Monomorphic);
}

fn learn_polymorphic(
    cx: Cx<'_>,
    slot: &FeedbackSlot,
    shape: ShapeId,
    key: PropertyKey,
    handler: Handler,
    shared: Shared,
) {
    let Some(entries) = polymorphic(slot) else {
        set_monomorphic(slot, shape, handler);
        return;
    };
    let cache = &entries.cache;
    match cache.update(shape, handler) {
        Transition::Advanced { to: CacheState::Megamorphic, .. } => {
            to_megamorphic(slot);
            insert_megamorphic(cx, shape, key, handler, shared);
        }
        _ => {
            // The slot repeats the first entry.
            if let Some((first, first_handler)) = cache.entries().next() {
                slot.shape.set(first);
                slot.handler.set(first_handler);
            }
        }
    }
}

fn to_megamorphic(slot: &FeedbackSlot) {
    slot.shape.set(ShapeId::NONE);
    slot.handler.set(Handler::NONE);
    slot.extra.set(None);
    slot.state.set(IcState::Megamorphic);
}

pub(crate) fn insert_megamorphic(
    cx: Cx<'_>,
    shape: ShapeId,
    key: PropertyKey,
    handler: Handler,
    shared: Shared,
) {
    if !shape.is_reserved()
        && !shape.is_none()
        && let Some(cache) = shared.cache(cx)
    {
        cache.insert(shape, key, handler);
    }
}

/// The site met what cannot be cached by shape: it stops trying.
pub(crate) fn give_up(cx: Cx<'_>, site: Site, shape: ShapeId, key: PropertyKey) {
    let slot = site.slot();
    let from = slot.state.get();
    if from == IcState::Megamorphic {
        return;
    }
    to_megamorphic(slot);
    note_change(cx, site, from, shape, key, Handler::NONE);
}

fn note_change(cx: Cx<'_>, site: Site, from: IcState, shape: ShapeId, key: PropertyKey, handler: Handler) {
    let changes = &site.vector.ic_changes;
    changes.set(changes.get().saturating_add(1));
    // The vector refers weakly to the handler's cells; it must be looked at when they die young.
    cx.write_barrier(site.vector);
    if cx.config.trace_ic {
        dump::trace_change(cx, site, from, shape, key, handler);
    }
}
