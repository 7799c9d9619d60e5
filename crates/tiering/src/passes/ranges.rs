//! Overflow checks that cannot fail: the loop counter below its bound, the index below its length.
//!
//! Where an int32 is known to be smaller than another one it is not the greatest, so one more does not overflow; where it is known to be
//! greater it is not the least. Both follow from the branch of a comparison, on the side where it holds and in everything which that block
//! dominates, and from a check of bounds, behind it. `i + 1` and `i - 1` are then plain operations, without an exit and its state.
//!
//! Needs: nothing. Afterwards: no addition or subtraction of 1 behind such a comparison has a check. It does not look for intervals: what was added
//! twice, or anything but 1, keeps its check.

use std::collections::HashMap;

use super::{Facts, Stats};
use crate::graph::{BlockId, Condition, Dominators, Graph, NodeId, Op, Terminator};

/// A value is not the greatest or not the least int32.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Bound {
    NotGreatest,
    NotLeast,
}

/// Replaces checked operations that cannot overflow.
pub fn run(graph: &mut Graph, _: &dyn Facts) -> Stats {
    let dominators = Dominators::compute(graph);
    // Where each bound begins to hold. A block stands behind its dominators in the order.
    let mut known: HashMap<(NodeId, Bound), Vec<BlockId>> = HashMap::new();
    let mut changes = 0;
    for block in graph.order().to_vec() {
        if let Some((smaller, greater)) = strictly_ordered(graph, block) {
            known.entry((smaller, Bound::NotGreatest)).or_default().push(block);
            known.entry((greater, Bound::NotLeast)).or_default().push(block);
        }
        for node in graph.block(block).nodes.clone() {
            let (a, b) = match *graph.inputs(node) {
                [a, b] => (a, b),
                _ => continue,
            };
            let (op, value, bound) = match *graph.op(node) {
                Op::CheckBounds {} => {
                    // Not below 0, and below what is not below 0.
                    if is_length(graph, b) {
                        for index in [a, node] {
                            known.entry((index, Bound::NotGreatest)).or_default().push(block);
                            known.entry((index, Bound::NotLeast)).or_default().push(block);
                        }
                    }
                    continue;
                }
                Op::Int32AddChecked {} => match (constant(graph, a), constant(graph, b)) {
                    (_, Some(1)) => (Op::Int32Add {}, a, Bound::NotGreatest),
                    (Some(1), _) => (Op::Int32Add {}, b, Bound::NotGreatest),
                    (_, Some(-1)) => (Op::Int32Add {}, a, Bound::NotLeast),
                    (Some(-1), _) => (Op::Int32Add {}, b, Bound::NotLeast),
                    _ => continue,
                },
                Op::Int32SubChecked {} => match constant(graph, b) {
                    Some(1) => (Op::Int32Sub {}, a, Bound::NotLeast),
                    Some(-1) => (Op::Int32Sub {}, a, Bound::NotGreatest),
                    _ => continue,
                },
                _ => continue,
            };
            let holds = known
                .get(&(value, bound))
                .is_some_and(|places| places.iter().any(|&place| dominators.dominates(place, block)));
            if holds {
                graph.replace_op(node, op, &[a, b]);
                changes += 1;
            }
        }
    }
    Stats { changes }
}

fn constant(graph: &Graph, node: NodeId) -> Option<i32> {
    match *graph.op(node) {
        Op::ConstInt32 { value } => Some(value),
        _ => None,
    }
}

/// Is the value the length of something, and so not below 0?
fn is_length(graph: &Graph, node: NodeId) -> bool {
    matches!(
        graph.op(node),
        Op::LoadElementsLength {} | Op::LoadTypedLength {} | Op::CheckUint32IsInt32 {} | Op::LoadInt32 { .. }
    )
}

/// What the only way into a block tells: the first of the two is smaller than the second.
fn strictly_ordered(graph: &Graph, block: BlockId) -> Option<(NodeId, NodeId)> {
    let &[before] = graph.block(block).predecessors.as_slice() else { return None };
    let Terminator::Branch(condition, yes, no) = graph.block(before).terminator else { return None };
    let Op::Int32Compare { condition: compared } = *graph.op(condition) else { return None };
    let &[a, b] = graph.inputs(condition) else { return None };
    if yes == no {
        return None;
    }
    match (compared, block == yes) {
        (Condition::Less, true) | (Condition::GreaterOrEqual, false) => Some((a, b)),
        (Condition::Greater, true) | (Condition::LessOrEqual, false) => Some((b, a)),
        _ => None,
    }
}
