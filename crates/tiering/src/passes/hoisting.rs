//! Loop-invariant hoisting: what a loop computes anew each time although nothing of it changes moves in front of it.
//!
//! Needs: nothing. Moved are pure nodes, and loads of places that the loop does not write. A check moves if it is executed in
//! every round and what it looks at does not change; it then leaves with the state of the loop's entry, which is before all
//! that the loop does. (If the loop had ended before the check, the exit is needless: the speculation log ends that.)
//!
//! Afterwards: nothing pure in a loop has only inputs from outside; the entry states of loops are gone.

use std::collections::HashSet;

use super::numbering::{loop_blocks, place_of, written};
use super::{Facts, Stats};
use crate::graph::{BlockId, Dominators, Effects, Graph, NodeId, Op, States};

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

fn hoist(graph: &mut Graph, dominators: &Dominators, header: BlockId, back: BlockId, facts: &dyn Facts) -> u32 {
    let Some(info) = graph.block(header).loop_info else { return 0 };
    let mut changes = 0;
    let entries: Vec<BlockId> =
        graph.block(header).predecessors.iter().copied().filter(|p| *p != back).collect();
    let [before] = entries[..] else { return 0 };
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
    let order: Vec<BlockId> = graph.order().iter().copied().filter(|block| blocks.contains(block)).collect();
    for block in order {
        for node in graph.block(block).nodes.clone() {
            let op = *graph.op(node);
            let effects = op.effects();
            let unchanged =
                |op: &Op| !everything && place_of(op).is_some_and(|place| !places.contains(&place));
            let checks = Effects::CanExit.union(Effects::Reads);
            let movable = match op {
                Op::StepOutput { .. } => false,
                _ if effects.is_pure() => true,
                _ if effects == Effects::Reads => unchanged(&op),
                _ if effects == Effects::CanExit || (effects == checks && unchanged(&op)) => {
                    info.entry_state.is_some()
                        && dominators.dominates(block, back)
                        && op.reason().is_some_and(|reason| facts.allows(info.function, info.offset, reason))
                }
                _ => false,
            };
            let invariant = graph.inputs(node).iter().all(|input| !inside.contains(input));
            if movable && invariant && dominators.dominates(before, block) {
                graph.block_mut(block).nodes.retain(|n| *n != node);
                graph.block_mut(before).nodes.push(node);
                graph.node_mut(node).block = before;
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
