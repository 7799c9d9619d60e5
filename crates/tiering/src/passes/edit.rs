//! Common edits: putting one value in the place of another, and taking edges away.
//!
//! Passes collect their replacements and apply them at once, so that a walk sees the graph as it was. A pass that removes edges ends blocks anew and has the graph
//! finished again, which drops what cannot be reached.

use rustc_hash::FxHashMap;

use crate::graph::{BlockId, Graph, NodeId, Op, Terminator};

/// Which value stands for which from now on. Uses are rewritten at once by [`Replacements::apply`].
#[derive(Debug, Default)]
pub(super) struct Replacements(FxHashMap<NodeId, NodeId>);

impl Replacements {
    /// From now on `new` stands for `old`. `new` must be defined wherever `old` is used.
    pub(super) fn insert(&mut self, old: NodeId, new: NodeId) {
        let new = self.resolve(new);
        debug_assert_ne!(old, new, "a value cannot stand for itself");
        self.0.insert(old, new);
    }

    /// What stands for a value.
    pub(super) fn resolve(&self, mut node: NodeId) -> NodeId {
        while let Some(&next) = self.0.get(&node) {
            node = next;
        }
        node
    }

    /// Is something else in its place?
    pub(super) fn contains(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }

    /// How many.
    pub(super) fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// Rewrites all uses, and removes the replaced nodes from their blocks (parameters with the values passed for them).
    pub(super) fn apply(&self, graph: &mut Graph) {
        if self.0.is_empty() {
            return;
        }
        for block in graph.order().to_vec() {
            graph.block_mut(block).nodes.retain(|node| !self.contains(*node));
            retain_parameters(graph, block, |node| !self.contains(node));
        }
        graph.for_each_use(|node| *node = self.resolve(*node));
    }
}

/// Removes parameters, with the values that are passed for them.
pub(super) fn retain_parameters(graph: &mut Graph, block: BlockId, keep: impl Fn(NodeId) -> bool) {
    let kept: Vec<bool> = graph.block(block).parameters.iter().map(|p| keep(*p)).collect();
    if kept.iter().all(|k| *k) {
        return;
    }
    retain_by(&mut graph.block_mut(block).parameters, &kept);
    for predecessor in graph.block(block).predecessors.clone() {
        if let Terminator::Jump(_, values) = &mut graph.block_mut(predecessor).terminator {
            retain_by(values, &kept);
        }
    }
}

fn retain_by<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    list.retain(|_| *kept.next().unwrap_or(&true));
}

/// Ends a block differently. The graph must be [finished](Graph::finish) again.
pub(super) fn replace_terminator(graph: &mut Graph, block: BlockId, terminator: Terminator) {
    let old = std::mem::replace(&mut graph.block_mut(block).terminator, Terminator::None);
    for successor in old.successors() {
        graph.block_mut(successor).predecessors.retain(|p| *p != block);
    }
    graph.terminate(block, terminator);
}

/// The values that the predecessors pass for a parameter, in their order.
pub(super) fn passed(graph: &Graph, block: BlockId, parameter: usize) -> Vec<NodeId> {
    let mut values = Vec::new();
    for predecessor in &graph.block(block).predecessors {
        if let Terminator::Jump(_, list) = &graph.block(*predecessor).terminator {
            values.push(list[parameter]);
        }
    }
    values
}

/// The value behind the checks of it that give it back.
pub(crate) fn root(graph: &Graph, mut node: NodeId) -> NodeId {
    while is_refinement(graph.op(node)) {
        node = graph.inputs(node)[0];
    }
    node
}

/// Whether the operation gives its first input back, checked.
pub(crate) const fn is_refinement(op: &Op) -> bool {
    matches!(
        op,
        Op::CheckShape { .. }
            | Op::CheckString {}
            | Op::CheckSymbol {}
            | Op::CheckBigInt {}
            | Op::CheckObject {}
            | Op::CheckObjectOrNullish {}
            | Op::CheckValue { .. }
            | Op::CheckFeedbackCell { .. }
            | Op::CheckNotHole {}
    )
}
