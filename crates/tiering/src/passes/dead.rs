//! Dead code: nodes without effect whose value nobody uses.
//!
//! Needs: nothing. Afterwards: every node and every phi is used by a node with an effect, a terminator or a frame state.
//! Checks stay: what follows relies on them. Int32 arithmetic that can overflow goes.

use super::edit::retain_parameters;
use super::{Facts, Stats};
use crate::graph::{FrameStateId, Graph, NodeId, Op, Terminator};

/// Removes dead nodes and phis.
pub fn run(graph: &mut Graph, _: &dyn Facts) -> Stats {
    let mut marker = Marker {
        live: vec![false; graph.node_count()],
        states: vec![false; graph.state_count()],
        work: Vec::new(),
    };
    let order = graph.order().to_vec();
    for &block in &order {
        for &node in &graph.block(block).nodes {
            if !is_removable(graph.op(node)) {
                marker.node(node);
            }
        }
        if let Some(state) = graph.block(block).loop_info.and_then(|info| info.entry_state) {
            marker.state(graph, state);
        }
        match &graph.block(block).terminator {
            Terminator::Jump(..) => {}
            Terminator::Deopt(_, state) => marker.state(graph, *state),
            terminator => terminator.inputs().iter().for_each(|node| marker.node(*node)),
        }
    }
    while let Some(node) = marker.work.pop() {
        graph.inputs(node).iter().for_each(|input| marker.node(*input));
        graph.node(node).states.iter().for_each(|state| marker.state(graph, state));
        if let Op::Phi { .. } = graph.op(node) {
            let block = graph.node(node).block;
            let index = graph.block(block).parameters.iter().position(|p| *p == node);
            for predecessor in &graph.block(block).predecessors {
                if let (Some(index), Terminator::Jump(_, values)) =
                    (index, &graph.block(*predecessor).terminator)
                {
                    marker.node(values[index]);
                }
            }
        }
    }
    let mut changes = 0;
    for &block in &order {
        let before = graph.block(block).nodes.len() + graph.block(block).parameters.len();
        retain_parameters(graph, block, |node| marker.live[node.index()]);
        graph.block_mut(block).nodes.retain(|node| marker.live[node.index()]);
        changes += before - graph.block(block).nodes.len() - graph.block(block).parameters.len();
    }
    Stats { changes: changes as u32 }
}

/// May the node go when nobody uses it? Nothing is concluded from int32 arithmetic not overflowing.
const fn is_removable(op: &Op) -> bool {
    op.effects().is_removable()
        || matches!(
            op,
            Op::Int32AddChecked {}
                | Op::Int32SubChecked {}
                | Op::Int32MulChecked {}
                | Op::Int32DivChecked {}
                | Op::Int32ModChecked {}
                | Op::Int32NegChecked {}
        )
}

struct Marker {
    live: Vec<bool>,
    states: Vec<bool>,
    work: Vec<NodeId>,
}

impl Marker {
    fn node(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.live[node.index()], true) {
            self.work.push(node);
        }
    }
    fn state(&mut self, graph: &Graph, state: FrameStateId) {
        let mut next = Some(state);
        while let Some(id) = next {
            if std::mem::replace(&mut self.states[id.index()], true) {
                return;
            }
            let state = graph.state(id);
            state.values().for_each(|(_, node)| self.node(node));
            next = state.outer;
        }
    }
}
