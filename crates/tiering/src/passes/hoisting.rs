//! Loop-invariant hoisting: what a loop computes anew each time although nothing of it changes moves in front of it.
//!
//! Needs: nothing. Moved are pure nodes that any input suits, and loads of places that the loop does not write. A load must not move
//! above what makes sure that the object has the field: it moves only if its base is a check that stands in front of the loop
//! (or was moved there), or a constant or context, and no question about the object's shape in the loop guards it. A check moves
//! if it is executed in every round and what it looks at does not change; it then leaves with the state of the loop's
//! entry, which is before all that the loop does. (If the loop had ended before the check, the exit is needless: the speculation
//! log ends that.) An untagging moves too: what it gives above the check or branch that made its value such a one is no number of anybody.
//!
//! Afterwards: no such node in a loop has only inputs from outside; the entry states of loops are gone.

use std::collections::HashSet;

use super::edit::root;
use super::numbering::{loop_blocks, place_of, written};
use super::{Facts, Stats};
use crate::graph::{
    BlockId, Dominators, Effects, FrameSlot, Graph, Memory, NodeId, Op, Repr, States, Terminator, Types,
    companions,
};

/// Moves invariant nodes in front of their loops, innermost loops first.
pub fn run(graph: &mut Graph, facts: &dyn Facts) -> Stats {
    let mut changes = 0;
    let dominators = Dominators::compute(graph);
    for header in graph.order().to_vec().into_iter().rev() {
        if let Some(back) = graph.block(header).loop_info.and_then(|info| info.back_edge) {
            changes += hoist(graph, &dominators, header, back, facts);
        }
        if let Some(info) = &mut graph.block_mut(header).loop_info {
            info.entry_state = None;
        }
    }
    Stats { changes }
}

fn hoist(
    graph: &mut Graph,
    dominators: &Dominators,
    header: BlockId,
    back: BlockId,
    facts: &dyn Facts,
) -> u32 {
    let Some(info) = graph.block(header).loop_info else { return 0 };
    let mut changes = 0;
    let entries: Vec<BlockId> =
        graph.block(header).predecessors.iter().copied().filter(|p| *p != back).collect();
    let [before] = entries[..] else { return 0 };
    // Otherwise what moves there would be done on other ways too. Edges that are not split have no such header (rule 2).
    assert!(
        matches!(graph.block(before).terminator, Terminator::Jump(..)),
        "{before} does not lead to the loop at {header} alone"
    );
    let blocks = loop_blocks(graph, header, back);
    let mut everything = false;
    let mut places = HashSet::new();
    for &block in &blocks {
        for &node in &graph.block(block).nodes {
            match written(graph.op(node)) {
                Some(list) => places.extend(list),
                None => everything = true,
            }
        }
    }
    let mut inside: HashSet<NodeId> = HashSet::new();
    for &block in &blocks {
        inside.extend(&graph.block(block).parameters);
        inside.extend(&graph.block(block).nodes);
    }
    let tested = tested(graph, &blocks);
    let order: Vec<BlockId> = graph.order().iter().copied().filter(|block| blocks.contains(block)).collect();
    for block in order {
        for node in graph.block(block).nodes.clone() {
            let op = *graph.op(node);
            let effects = op.effects();
            let unchanged =
                |op: &Op| !everything && place_of(op).is_some_and(|place| !places.contains(&place));
            let checks = Effects::CanExit.union(Effects::Reads);
            let movable = match op {
                Op::StepOutput { .. } | Op::CapturedObject { .. } | Op::CapturedReference { .. } => false,
                _ if effects.is_pure() => suits_any_input(&op) || is_valid(graph, node, &tested),
                _ if effects == Effects::Reads => unchanged(&op) && is_valid(graph, node, &tested),
                _ if effects == Effects::CanExit || (effects == checks && unchanged(&op)) => {
                    info.entry_state.is_some()
                        && dominators.dominates(block, back)
                        && op.reason().is_some_and(|reason| {
                            let allows = |reason| facts.allows(info.function, info.offset, reason);
                            allows(reason) && companions(reason).iter().all(|&reason| allows(reason))
                        })
                }
                _ => false,
            };
            let invariant = graph.inputs(node).iter().all(|input| !inside.contains(input));
            if movable && invariant && dominators.dominates(before, block) {
                graph.block_mut(block).nodes.retain(|n| *n != node);
                graph.block_mut(before).nodes.push(node);
                graph.node_mut(node).block = before;
                forget_place(graph, node);
                if let Some(state) = info.entry_state.filter(|_| effects.contains(Effects::CanExit)) {
                    graph.node_mut(node).states = States::eager(state);
                }
                inside.remove(&node);
                changes += 1;
            }
        }
    }
    changes
}

/// A check of a shape may have been told that its value is a cell by where it stood: by a branch in the loop.
fn forget_place(graph: &mut Graph, node: NodeId) {
    let Op::CheckShape { shapes, known_cell: true } = *graph.op(node) else { return };
    let value = graph.inputs(node)[0];
    if !Types::of_node(graph, value).is(Types::CELL) {
        graph.replace_op(node, Op::CheckShape { shapes, known_cell: false }, &[value]);
    }
}

/// Whether a pure operation does no harm when its input is not what it expects.
fn suits_any_input(op: &Op) -> bool {
    !matches!(op, Op::LoadFunctionContext {} | Op::LoadArgument { .. }) && op.memory().is_none()
}

/// The roots of the objects whose shapes the blocks ask about.
fn tested(graph: &Graph, blocks: &[BlockId]) -> HashSet<NodeId> {
    let nodes = blocks.iter().flat_map(|block| &graph.block(*block).nodes);
    nodes
        .filter(|node| matches!(graph.op(**node), Op::TestShape { .. }))
        .map(|node| root(graph, graph.inputs(*node)[0]))
        .collect()
}

/// May a load be executed wherever its inputs are defined?
fn is_valid(graph: &Graph, load: NodeId, tested: &HashSet<NodeId>) -> bool {
    let inputs = graph.inputs(load);
    let Some(&base) = inputs.first() else { return false };
    // An index is only below the length if the check of it says so.
    if inputs
        .iter()
        .any(|input| graph.repr(*input) == Repr::Int32 && !matches!(graph.op(*input), Op::CheckBounds {}))
    {
        return false;
    }
    if tested.contains(&root(graph, base)) {
        return false;
    }
    match (*graph.op(load), *graph.op(base)) {
        (Op::LoadArgument { .. }, _) => true,
        (Op::TestShape { .. }, _) => false,
        // What was loaded stands behind what made the load possible.
        (_, Op::LoadPointer { .. } | Op::LoadTypedData {}) => is_valid(graph, base, tested),
        (_, Op::EnsureSlots { .. }) => true,
        (Op::LoadTypedLength {} | Op::LoadTypedData {}, Op::CheckTypedArray { .. }) => true,
        (_, Op::CheckShape { shapes, .. }) => shapes.as_slice().len() == 1,
        (
            Op::LoadField { memory: Memory::Immutable, .. } | Op::LoadInt32 { memory: Memory::Immutable, .. },
            Op::CheckString {},
        ) => true,
        (Op::LoadFunctionContext {}, Op::CheckFeedbackCell { .. } | Op::ParameterCallee {}) => true,
        (Op::LoadFunctionContext {}, Op::CheckValue { .. } | Op::ConstTagged { .. }) => true,
        (Op::LoadField { memory: Memory::Binding | Memory::Context, .. }, Op::ConstTagged { .. }) => true,
        (
            Op::LoadField { memory: Memory::Context | Memory::Immutable, .. },
            Op::LoadFunctionContext {}
            | Op::AllocateContext { .. }
            | Op::LoadField { memory: Memory::Immutable, .. }
            | Op::OsrValue { slot: FrameSlot::Context },
        ) => true,
        (Op::LoadField { .. }, Op::AllocateObject { .. }) => true,
        _ => false,
    }
}
