//! Value numbering: equal computations, checks and loads are done once.
//!
//! Needs: nothing. A node is replaced by an equal one that dominates it: the same operation on the same inputs, and, where it
//! reads memory, the same *version* of that memory. Versions are numbers given while walking the blocks in order: a store makes a new
//! version of what it touches, a call of everything; where ways join with different versions, and at the header of a loop that
//! writes, there is a new one. A store also says what a load of the new version gives.
//!
//! Afterwards: no check or load of known outcome is left, as far as versions tell.

use bumpalo::Bump;
use rustc_hash::FxHashSet;

use super::edit::Replacements;
use super::scratch::{Chain, Map, map};
use super::{Facts, Stats};
use crate::graph::{BlockId, Dominators, Effects, Graph, Memory, NodeId, Op, Repr};

/// A place in memory, as far as accesses are told apart.
pub(crate) type Place = (Memory, u32);

/// Versions of memory.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Versions<'s> {
    /// Of all places without a version of their own.
    rest: u32,
    places: Map<'s, Place, u32>,
}

impl<'s> Versions<'s> {
    /// One version for all places.
    fn all(rest: u32, arena: &'s Bump) -> Self {
        Versions { rest, places: map(arena) }
    }
    fn of(&self, place: Place) -> u32 {
        self.places.get(&place).copied().unwrap_or(self.rest)
    }
}

/// Replaces redundant nodes.
pub fn run(graph: &mut Graph, _: &dyn Facts) -> Stats {
    let dominators = Dominators::compute(graph);
    let arena = Bump::new();
    let mut pass = Numbering {
        arena: &arena,
        dominators,
        known: map(&arena),
        at_end: map(&arena),
        next: 1,
        replacements: Replacements::default(),
    };
    for block in graph.order().to_vec() {
        pass.block(graph, block);
    }
    pass.replacements.apply(graph);
    Stats { changes: pass.replacements.len() }
}

/// Operation, inputs, and the version of the place that it reads.
type Key<'s> = (Op, &'s [NodeId], u32);

struct Numbering<'s> {
    arena: &'s Bump,
    dominators: Dominators,
    known: Map<'s, Key<'s>, Chain<'s, (BlockId, NodeId)>>,
    at_end: Map<'s, BlockId, Versions<'s>>,
    next: u32,
    replacements: Replacements,
}

/// The places a node writes: `None` for all.
pub(crate) fn written(op: &Op) -> Option<Vec<Place>> {
    let effects = op.effects();
    if effects.contains(Effects::RunsJs) {
        return None;
    }
    if !effects.contains(Effects::Writes) {
        return Some(Vec::new());
    }
    Some(match *op {
        Op::EnsureSlots { .. } => vec![(Memory::SlotsPointer, 8)],
        Op::AppendElement { .. } => vec![
            (Memory::ElementsPointer, 16),
            (Memory::ElementsLength, 0),
            (Memory::Elements, 0),
            (Memory::ArrayLength, 0),
        ],
        _ => vec![place_of(op)?],
    })
}

/// The place a load reads or a store writes.
pub(crate) fn place_of(op: &Op) -> Option<Place> {
    let memory = op.memory()?;
    let offset = match *op {
        Op::LoadField { offset, .. } | Op::StoreField { offset, .. } => offset,
        Op::LoadPointer { offset, .. } => offset,
        Op::LoadSlot { index } | Op::StoreSlot { index, .. } => index,
        _ => 0,
    };
    Some((memory, offset))
}

impl<'s> Numbering<'s> {
    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn block(&mut self, graph: &mut Graph, block: BlockId) {
        let mut versions = self.at_start(graph, block);
        for node in graph.block(block).nodes.clone() {
            for input in graph.inputs_mut(node) {
                *input = self.replacements.resolve(*input);
            }
            self.node(graph, block, node, &mut versions);
        }
        self.at_end.insert(block, versions);
    }

    fn at_start(&mut self, graph: &Graph, block: BlockId) -> Versions<'s> {
        let data = graph.block(block);
        let back = data.loop_info.and_then(|info| info.back_edge);
        let mut joined: Option<Versions<'s>> = None;
        for predecessor in data.predecessors.iter().filter(|p| Some(**p) != back) {
            let Some(theirs) = self.at_end.get(predecessor).cloned() else { continue };
            joined = Some(match joined {
                None => theirs,
                Some(ours) if ours == theirs => ours,
                Some(ours) => self.join(ours, &theirs),
            });
        }
        let mut versions = joined.unwrap_or(Versions::all(0, self.arena));
        if let Some(back) = back {
            let mut places: FxHashSet<Place> = FxHashSet::default();
            for inner in loop_blocks(graph, block, back) {
                for &node in &graph.block(inner).nodes {
                    match written(graph.op(node)) {
                        Some(list) => places.extend(list),
                        None => return Versions::all(self.fresh(), self.arena),
                    }
                }
            }
            for place in places {
                let version = self.fresh();
                versions.places.insert(place, version);
            }
        }
        versions
    }

    fn join(&mut self, mut ours: Versions<'s>, theirs: &Versions<'s>) -> Versions<'s> {
        if ours.rest != theirs.rest {
            return Versions::all(self.fresh(), self.arena);
        }
        let places: FxHashSet<Place> = ours.places.keys().chain(theirs.places.keys()).copied().collect();
        for place in places {
            if ours.of(place) != theirs.of(place) {
                let version = self.fresh();
                ours.places.insert(place, version);
            }
        }
        ours
    }

    fn node(&mut self, graph: &mut Graph, block: BlockId, node: NodeId, versions: &mut Versions<'s>) {
        let op = *graph.op(node);
        let effects = op.effects();
        let reads = effects.contains(Effects::Reads);
        let shares = !effects.intersects(
            Effects::Writes
                .union(Effects::Allocates)
                .union(Effects::CanGC)
                .union(Effects::RunsJs)
                .union(Effects::Throws)
                .union(Effects::CanInvalidate),
        ) && (!reads || place_of(&op).is_some())
            && !matches!(op, Op::StepOutput { .. } | Op::CheckValid {} | Op::OsrValue { .. });
        if shares {
            let version = if reads { place_of(&op).map_or(0, |place| versions.of(place)) } else { 0 };
            let inputs = &*self.arena.alloc_slice_copy(graph.inputs(node));
            let list = self.known.entry((op, inputs, version)).or_default();
            // A raw pointer is not kept across blocks: a collection may come in between.
            let found = list.iter().find(|(home, _)| self.dominators.dominates(*home, block));
            match found {
                Some((_, equal)) if op.output() != Repr::None => self.replacements.insert(node, equal),
                Some(_) => {}
                None => list.push(self.arena, (block, node)),
            }
            return;
        }
        match written(&op) {
            None => *versions = Versions::all(self.fresh(), self.arena),
            Some(places) => {
                for place in places {
                    let version = self.fresh();
                    versions.places.insert(place, version);
                }
                self.remember_store(graph, block, node, versions);
            }
        }
    }

    /// Behind a store, the load of the same place gives what was stored.
    fn remember_store(&mut self, graph: &Graph, block: BlockId, node: NodeId, versions: &Versions<'s>) {
        let load = match *graph.op(node) {
            Op::StoreField { offset, memory, .. } => Op::LoadField { offset, memory },
            Op::StoreSlot { index, .. } => Op::LoadSlot { index },
            Op::StoreElement { .. } => Op::LoadElement {},
            _ => return,
        };
        // A store's inputs are those of the load, and the value.
        let [inputs @ .., value] = graph.inputs(node) else { return };
        let (inputs, value) = (&*self.arena.alloc_slice_copy(inputs), *value);
        let Some(place) = place_of(&load) else { return };
        self.known.entry((load, inputs, versions.of(place))).or_default().push(self.arena, (block, value));
    }
}

/// The blocks of a loop.
pub(super) fn loop_blocks(graph: &Graph, header: BlockId, back: BlockId) -> Vec<BlockId> {
    let mut blocks = vec![header];
    let mut work = vec![back];
    while let Some(block) = work.pop() {
        if !blocks.contains(&block) {
            blocks.push(block);
            work.extend(&graph.block(block).predecessors);
        }
    }
    blocks
}
