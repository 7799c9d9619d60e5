//! Phase two: makes the values that phase one could not make without allocating.
//!
//! Everything is allocated first, then initialized, then patched into the frames. So cycles work, nothing is allocated
//! while an object is half built, and an object that several slots or frames mention is made once.
//!
//! Between allocations the words live in *handles*, which the embedding owns and its collector knows, moving or not.
//! This module holds no
//! word of the interpreter across a call that can collect.

use crate::deoptimizer::Deoptimizer;
use crate::description::FrameSlot;
use crate::ids::LiteralId;
use crate::translated::{TranslatedKind, TranslatedState};
use crate::translation::ArgumentsKind;

/// Instants of phase two at which a collection can be forced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MaterializationPhase {
    /// Frames are written, nothing is allocated.
    Translated,
    /// Everything is allocated, nothing is initialized.
    Allocated,
    /// Everything is initialized, frames still hold markers.
    Initialized,
    /// Frames are patched.
    Patched,
}

/// What goes into a field or element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldValue {
    /// The word.
    pub word: u64,
    /// The bits of the double that it was before, for fields that are represented as doubles even when integral.
    pub double: Option<u64>,
}

/// What an embedding does to make values. Methods that allocate may collect; they must not run programs and cannot
/// fail: going
/// over a limit is reported later.
pub trait Materializer {
    /// Makes handles `0..count` available, each holding something that a collector can read.
    fn reserve_handles(&mut self, count: usize);
    /// The word in a handle.
    fn handle(&self, index: usize) -> u64;
    /// Puts a word into a handle.
    fn set_handle(&mut self, index: usize, word: u64);

    /// Allocates an object of a class. A collector must be able to read it before its fields are initialized.
    fn allocate(&mut self, class: LiteralId, fields: u32) -> u64;
    /// Allocates the elements of an arguments object.
    fn allocate_arguments(&mut self, kind: ArgumentsKind, formals: u32, count: u32) -> u64;
    /// Initializes a field of an object, or an element, without allocating.
    fn initialize(&mut self, object: u64, index: u32, value: FieldValue);
    /// All fields of an object are initialized.
    fn finish(&mut self, object: u64, class: LiteralId) {
        let _ = (object, class);
    }
    /// A signed BigInt.
    fn signed_big_int(&mut self, value: i64) -> u64;
    /// An unsigned BigInt.
    fn unsigned_big_int(&mut self, value: u64) -> u64;
    /// A number for which [`RawValues`](crate::RawValues) gave no word.
    fn heap_number(&mut self, bits: u64) -> u64;
    /// A field, as it is now. Does not allocate.
    fn load_field(&mut self, object: u64, field: u32) -> u64;
    /// Two strings, one behind the other.
    fn concat(&mut self, left: u64, right: u64) -> u64;

    /// Replaces the marker in a slot of the rebuilt frames.
    fn patch(&mut self, slot: FrameSlot, word: u64);
    /// Called at each phase; the place to force a collection.
    fn at_phase(&mut self, phase: MaterializationPhase) {
        let _ = phase;
    }
}

/// Counters of a deoptimizer. After each exit, `queued == patched`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MaterializationCounts {
    /// Exits performed.
    pub exits: u64,
    /// Frames written.
    pub frames: u64,
    /// Markers written and values queued.
    pub queued: u64,
    /// Markers replaced.
    pub patched: u64,
    /// Objects, numbers and strings allocated.
    pub allocated: u64,
}

impl<L> Deoptimizer<L> {
    /// Phase two. Does nothing if nothing is queued.
    pub fn materialize<M: Materializer>(&mut self, m: &mut M) {
        m.at_phase(MaterializationPhase::Translated);
        if self.queue.is_empty() {
            return;
        }
        let state = &self.state;
        let built = self.built_values as usize;
        // Actual arguments stand behind all values, needed or not.
        let arguments = state.arguments_at.map_or(0..0, |at| at as usize..state.values.len());
        m.reserve_handles(built.max(arguments.end));
        let made = &state.made[..state.made.partition_point(|index| (*index as usize) < built)];
        let hand_over = |index: usize, m: &mut M| match state.values[index].kind {
            TranslatedKind::Ready(word) | TranslatedKind::Number { word, .. } => m.set_handle(index, word),
            _ => {}
        };
        for index in made {
            let index = *index as usize;
            let end = index + state.values[index].span as usize;
            let mut part = index + 1;
            while part < end {
                hand_over(part, m);
                part += state.values[part].span as usize;
            }
        }
        for argument in arguments.clone() {
            hand_over(argument, m);
        }
        // Backward, so that operands are made before what is made of them.
        for index in made.iter().rev() {
            let index = *index as usize;
            if let Some(word) = allocate(state, index, arguments.len() as u32, m) {
                m.set_handle(index, word);
                self.counts.allocated += 1;
            }
        }
        m.at_phase(MaterializationPhase::Allocated);
        for index in made {
            initialize(state, *index as usize, arguments.clone(), m);
        }
        m.at_phase(MaterializationPhase::Initialized);
        for queued in self.queue.drain(..) {
            let word = m.handle(state.resolve(queued.value) as usize);
            m.patch(queued.slot, word);
            self.counts.patched += 1;
        }
        m.at_phase(MaterializationPhase::Patched);
    }
}

fn allocate<M: Materializer>(
    state: &TranslatedState,
    index: usize,
    arguments: u32,
    m: &mut M,
) -> Option<u64> {
    Some(match state.values[index].kind {
        TranslatedKind::Captured { class, fields } => m.allocate(class, fields),
        TranslatedKind::ArgumentsElements { kind, formals } => {
            let first = if kind == ArgumentsKind::Rest { formals } else { 0 };
            m.allocate_arguments(kind, formals, arguments.saturating_sub(first))
        }
        TranslatedKind::SignedBigInt(value) => m.signed_big_int(value),
        TranslatedKind::UnsignedBigInt(value) => m.unsigned_big_int(value),
        TranslatedKind::HeapNumber { bits } => m.heap_number(bits),
        TranslatedKind::StringConcat => {
            let left = index + 1;
            let right = left + state.values[left].span as usize;
            let (left, right) = (m.handle(left), m.handle(right));
            m.concat(left, right)
        }
        TranslatedKind::LoadField(field) => {
            let base = m.handle(index + 1);
            m.load_field(base, field)
        }
        TranslatedKind::Ready(_)
        | TranslatedKind::Number { .. }
        | TranslatedKind::Duplicated(_)
        | TranslatedKind::Unavailable => return None,
    })
}

fn initialize<M: Materializer>(
    state: &TranslatedState,
    index: usize,
    arguments: std::ops::Range<usize>,
    m: &mut M,
) {
    match state.values[index].kind {
        TranslatedKind::Captured { class, fields } => {
            let object = m.handle(index);
            let mut part = index + 1;
            for field in 0..fields {
                let double = match state.values[part].kind {
                    TranslatedKind::Number { bits, .. } | TranslatedKind::HeapNumber { bits } => Some(bits),
                    _ => None,
                };
                let word = m.handle(state.resolve(part as u32) as usize);
                m.initialize(object, field, FieldValue { word, double });
                part += state.values[part].span as usize;
            }
            m.finish(object, class);
        }
        TranslatedKind::ArgumentsElements { kind, formals } => {
            let object = m.handle(index);
            let first = if kind == ArgumentsKind::Rest { formals as usize } else { 0 };
            for (element, argument) in arguments.skip(first).enumerate() {
                let word = m.handle(argument);
                m.initialize(object, element as u32, FieldValue { word, double: None });
            }
        }
        _ => {}
    }
}
