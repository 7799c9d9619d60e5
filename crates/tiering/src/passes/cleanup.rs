//! Control flow: branches that are decided, blocks that cannot be reached, phis of one value, blocks in a row.
//!
//! Precondition: a verified graph. Effect: a `Branch` or `Switch` on a constant (or on a negation) becomes simpler; what is then
//! unreachable goes; a phi whose values are all the same is that value; a block whose only successor has no other
//! predecessor takes it in. Postcondition: no block could be merged with the one before it.
//!
//! ```text
//! b0:                              b0:
//!   v1: bool = ConstBool true        v1: bool = ConstBool true
//!   Branch v1, b1, b2        =>      Return v0
//! b1: from b0
//!   Return v0
//! b2: …
//! ```

use std::collections::HashMap;

use super::edit::{Replacements, passed, replace_terminator};
use super::{Facts, Stats};
use crate::graph::{BlockId, Graph, NodeId, Op, Terminator};

/// Runs the pass.
pub fn run(graph: &mut Graph, _: &dyn Facts) -> Stats {
    let mut changes = 0;
    loop {
        let mut round = branches(graph);
        if round > 0 {
            graph.finish();
        }
        round += phis(graph);
        round += merge(graph);
        if round == 0 {
            return Stats { changes };
        }
        changes += round;
    }
}

fn branches(graph: &mut Graph) -> u32 {
    let mut changes = 0;
    for block in graph.order().to_vec() {
        let terminator = match &graph.block(block).terminator {
            Terminator::Branch(value, yes, no) => match *graph.op(*value) {
                Op::ConstBool { value } => Terminator::Jump(if value { *yes } else { *no }, Vec::new()),
                Op::BoolNot {} => Terminator::Branch(graph.inputs(*value)[0], *no, *yes),
                _ => continue,
            },
            Terminator::Switch { value, base, targets, default } => {
                let Op::ConstInt32 { value } = *graph.op(*value) else { continue };
                let index = i64::from(value) - i64::from(*base);
                let target = usize::try_from(index).ok().and_then(|i| targets.get(i));
                Terminator::Jump(*target.unwrap_or(default), Vec::new())
            }
            _ => continue,
        };
        replace_terminator(graph, block, terminator);
        changes += 1;
    }
    changes
}

fn phis(graph: &mut Graph) -> u32 {
    let mut total = 0;
    loop {
        let mut replacements = Replacements::default();
        let mut changes = 0;
        for block in graph.order().to_vec() {
            let mut seen: HashMap<Vec<NodeId>, NodeId> = HashMap::new();
            for (i, phi) in graph.block(block).parameters.clone().into_iter().enumerate() {
                let values: Vec<NodeId> =
                    passed(graph, block, i).into_iter().map(|v| replacements.resolve(v)).collect();
                let mut others = values.iter().copied().filter(|v| *v != phi);
                let first = others.next();
                if let Some(value) = first
                    && others.all(|v| v == value)
                {
                    replacements.insert(phi, value);
                    changes += 1;
                } else if let Some(&same) = seen.get(&values) {
                    replacements.insert(phi, same);
                    changes += 1;
                } else {
                    seen.insert(values, phi);
                }
            }
        }
        if changes == 0 {
            return total;
        }
        replacements.apply(graph);
        total += changes;
    }
}

fn merge(graph: &mut Graph) -> u32 {
    let mut changes = 0;
    for block in graph.order().to_vec() {
        if graph.block(block).terminator == Terminator::None {
            continue; // Taken in by one before it.
        }
        while let Some(next) = only_successor(graph, block) {
            let taken = graph.block_mut(next);
            let nodes = std::mem::take(&mut taken.nodes);
            let terminator = std::mem::replace(&mut taken.terminator, Terminator::None);
            taken.predecessors.clear();
            for &node in &nodes {
                graph.node_mut(node).block = block;
            }
            for successor in terminator.successors().collect::<Vec<_>>() {
                let successor = graph.block_mut(successor);
                successor.predecessors.iter_mut().filter(|p| **p == next).for_each(|p| *p = block);
                if let Some(info) = &mut successor.loop_info
                    && info.back_edge == Some(next)
                {
                    info.back_edge = Some(block);
                }
            }
            let into = graph.block_mut(block);
            into.nodes.extend(nodes);
            into.terminator = terminator;
            changes += 1;
        }
    }
    if changes > 0 {
        graph.finish();
    }
    changes
}

/// The successor of a block that only it leads to, when its parameters are gone.
fn only_successor(graph: &Graph, block: BlockId) -> Option<BlockId> {
    let Terminator::Jump(next, _) = graph.block(block).terminator else { return None };
    let data = graph.block(next);
    (next != block && data.predecessors == [block] && data.parameters.is_empty()).then_some(next)
}
