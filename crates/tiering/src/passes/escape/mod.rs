//! Escape analysis: objects, arrays, closures and contexts that only this code knows are not made.
//!
//! An allocation *escapes* if it is used by anything but accesses of its fields, checks, questions about it, allocations and stores
//! that put it into another such object, and frame states: an exit is no escape, since the deoptimizer makes the object
//! then. What does not escape is *virtual*: it is followed through the blocks, its fields are values, with phis where ways meet
//! that disagree. Loads become the values, stores go, and each frame state that names the object names a
//! [`CapturedObject`](crate::graph::Op::CapturedObject) of its fields at that point instead; the state (with its outer states) is copied for that.
//!
//! Where ways meet and each brings a virtual object of the same class, so that a phi stands for one of them, the phi is a
//! virtual object too, with phis as fields, which may stand for virtual objects again. The same holds at loop headers: `p = new P(p.x + 1)` in a loop makes nothing. What the phi
//! stands for has *moved* into it: if it is used otherwise behind the phi, it escapes.
//!
//! The arguments object of an inlined call is an object whose elements are the arguments; a mapped element is the slot of the formal
//! in the function's context, virtual or not. That of the compiled function itself, and its rest array, have what the
//! activation was called with: loads of elements read that ([`LoadArgument`](crate::graph::Op::LoadArgument)), with any index, and the exit takes
//! the elements from there.
//!
//! The analysis is optimistic: an *attempt* on a copy of the graph takes everything for virtual that no operation speaks
//! against by itself, and notes what escaped nevertheless. If there is something, the copy is thrown away, and the next attempt
//! knows better.
//!
//! Not done: objects that are virtual on some ways only; at loop headers, fields that differ and are virtual themselves; arrays whose
//! indices are not constant; objects whose class differs where ways meet.
//!
//! * `memory`: classes of virtual objects and what they hold at a point;
//! * `attempt`: the walk over the graph;
//! * `arguments`: arguments objects and rest arrays;
//! * `merge`: where ways meet;
//! * `states`: descriptions for frame states.
//!
//! Precondition: checks of the types of new objects are folded; the pass has not run before (captured objects keep what they
//! name from being virtual). Postcondition: an allocation without escaping uses is gone.
//!
//! ```text
//! v2 = AllocateObject sh1 1
//! StoreField 24 Property None v2, v1     =>   v5 = CapturedObject 0 object sh1 1 v1
//! v3 = LoadField 24 Property v2
//! v4: int32 = CheckInt32 v3 [f0]              v4: int32 = CheckInt32 v1 [f1]
//! f0 = … {… r0 v2}                            f1 = … {… r0 v5}
//! ```

mod arguments;
mod attempt;
mod memory;
mod merge;
mod states;

use std::collections::HashSet;

use super::edit::root;
use super::{Facts, Stats};
use crate::graph::{Graph, Helper, NodeId, Op, Terminator, is_arguments_creation};
use attempt::Attempt;

/// Objects with more fields are always made, so that frame states stay small.
const MAX_FIELDS: usize = 32;
/// Objects nested deeper are made; the deoptimizer's format allows more than twice as many.
const MAX_DEPTH: usize = 24;
/// After so many attempts everything is made. Most graphs need one to three.
const MAX_ATTEMPTS: u32 = 24;

/// What must be made.
#[derive(Clone, Default, Debug)]
struct Refused {
    /// Allocations that escape.
    objects: HashSet<NodeId>,
    /// Phis that do not stand for virtual objects.
    phis: HashSet<NodeId>,
}

/// Runs the pass.
pub fn run(graph: &mut Graph, facts: &dyn Facts) -> Stats {
    let candidates = candidates(graph);
    let mut refused = Refused::default();
    direct_escapes(graph, &candidates, &mut refused);
    for _ in 0..MAX_ATTEMPTS {
        if candidates.iter().all(|node| refused.objects.contains(node)) {
            break;
        }
        let mut trial = graph.clone();
        let mut attempt = Attempt::new(&mut trial, facts, &refused);
        attempt.run();
        let (found, changes) = attempt.finish();
        if found.objects.is_empty() && found.phis.is_empty() {
            *graph = trial;
            return Stats { changes };
        }
        refused.objects.extend(found.objects);
        refused.phis.extend(found.phis);
    }
    Stats::default()
}

fn is_allocation(graph: &Graph, node: NodeId) -> bool {
    match graph.op(node) {
        Op::AllocateObject { .. }
        | Op::AllocateContext { .. }
        | Op::AllocateArray { .. }
        | Op::CallHelper { helper: Helper::CreateClosure | Helper::CloneContext | Helper::CloneLiteral } => {
            true
        }
        Op::GenericStep { step, .. } => is_arguments_creation(graph.step(*step).opcode),
        _ => false,
    }
}

fn candidates(graph: &Graph) -> HashSet<NodeId> {
    let nodes = graph.order().iter().flat_map(|block| &graph.block(*block).nodes);
    nodes.copied().filter(|node| is_allocation(graph, *node)).collect()
}

/// Finds what escapes by an operation that no attempt would look through.
fn direct_escapes(graph: &Graph, candidates: &HashSet<NodeId>, refused: &mut Refused) {
    loop {
        let before = refused.objects.len();
        let mut escape = |node: NodeId| {
            let object = root(graph, node);
            if candidates.contains(&object) {
                refused.objects.insert(object);
            }
        };
        let mut stored: Vec<(NodeId, NodeId)> = Vec::new();
        for &block in graph.order() {
            let data = graph.block(block);
            if !matches!(data.terminator, Terminator::Jump(..)) {
                data.terminator.inputs().iter().for_each(|node| escape(*node));
            }
            for &node in &data.nodes {
                let inputs = graph.inputs(node);
                match graph.op(node) {
                    Op::StoreField { .. } => stored.push((inputs[0], inputs[1])),
                    Op::AppendElement { .. } => stored.push((inputs[0], inputs[2])),
                    // Elements of arguments objects that alias formals are no dense ones.
                    Op::CallHelper { helper: Helper::GetKeyed } if is_arguments(graph, inputs[0]) => {
                        escape(inputs[1]);
                    }
                    Op::CallHelper { helper: Helper::SetKeyedSloppy | Helper::SetKeyedStrict }
                        if is_arguments(graph, inputs[0]) =>
                    {
                        escape(inputs[1]);
                        stored.push((inputs[0], inputs[2]));
                    }
                    Op::GenericStep { .. } if is_allocation(graph, node) => {}
                    op if is_transparent(op) => {}
                    _ => inputs.iter().for_each(|node| escape(*node)),
                }
            }
        }
        for (base, value) in stored {
            // What is loaded or comes by a phi may be virtual; all else is known to the world.
            let base = root(graph, base);
            let unknown =
                matches!(graph.op(base), Op::LoadField { .. } | Op::LoadElement {} | Op::Phi { .. });
            let is_virtual = candidates.contains(&base) && !refused.objects.contains(&base);
            if !unknown && !is_virtual {
                let value = root(graph, value);
                if candidates.contains(&value) {
                    refused.objects.insert(value);
                }
            }
        }
        if refused.objects.len() == before {
            return;
        }
    }
}

/// Is the value an arguments object that the code makes?
fn is_arguments(graph: &Graph, value: NodeId) -> bool {
    matches!(*graph.op(root(graph, value)), Op::GenericStep { step, .. }
        if is_arguments_creation(graph.step(step).opcode))
}

/// Operations that an attempt can do without the object.
const fn is_transparent(op: &Op) -> bool {
    super::edit::is_refinement(op)
        || matches!(
            op,
            Op::LoadField { .. }
                | Op::LoadPointer { .. }
                | Op::LoadUint32 { .. }
                | Op::LoadFunctionContext {}
                | Op::StoreShape { .. }
                | Op::NoteAssignment { .. }
                | Op::StoreElement { .. }
                | Op::StoreSlot { .. }
                | Op::EnsureSlots { .. }
                | Op::TestShape { .. }
                | Op::TestTagged { .. }
                | Op::TaggedEqual {}
                | Op::ToBoolean {}
                | Op::HoleToUndefined {}
                | Op::ConstructResult {}
                | Op::Threw {}
                | Op::AllocateContext { .. }
                | Op::CallHelper { helper: Helper::CreateClosure | Helper::CloneContext }
        )
}
