//! Passes over a built graph.
//!
//! A pass is a function on the graph; its module says what it needs, what it does and what holds afterwards. All of them keep
//! the rules of [`verify`](crate::graph::verify), which debug builds check after each.
//!
//! The order is: [`phis`] (representations of phis, and phis that are none), [`numbering`] (equal values, redundant checks,
//! redundant loads), [`hoisting`] (loop-invariant nodes), [`dead`] (what nobody uses).

pub mod dead;
pub mod hoisting;
pub mod numbering;
pub mod phis;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::broker::Snapshot;
use crate::graph::{DeoptReason, FunctionRef, Graph, NodeId};

/// Runs all passes.
pub fn optimize(graph: &mut Graph, snapshot: &Snapshot) {
    let allows = |function, offset, reason| snapshot.allows(function, offset, reason);
    phis::run(graph, &allows);
    check(graph, "phis", snapshot);
    numbering::run(graph);
    check(graph, "numbering", snapshot);
    hoisting::run(graph, &allows);
    check(graph, "hoisting", snapshot);
    numbering::run(graph);
    check(graph, "numbering", snapshot);
    dead::run(graph);
    check(graph, "dead", snapshot);
}

/// May the code of a function bet at an offset against a reason? The speculation log says.
pub type Allows<'a> = &'a dyn Fn(FunctionRef, u32, DeoptReason) -> bool;

fn check(graph: &Graph, name: &str, snapshot: &Snapshot) {
    if cfg!(debug_assertions)
        && let Err(error) = crate::graph::verify::verify(graph)
    {
        panic!("pass {name} broke the graph: {error}\n{}", graph.to_text(snapshot));
    }
}

/// Nodes that others take the place of.
#[derive(Debug, Default)]
pub(crate) struct Replacements(HashMap<NodeId, NodeId>);

impl Replacements {
    /// `new` takes the place of `old`.
    pub(crate) fn insert(&mut self, old: NodeId, new: NodeId) {
        debug_assert_ne!(old, new);
        self.0.insert(old, new);
    }
    /// What a node has become.
    pub(crate) fn resolve(&self, mut node: NodeId) -> NodeId {
        while let Some(&new) = self.0.get(&node) {
            node = new;
        }
        node
    }
    /// Is the node gone?
    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.0.contains_key(&node)
    }
    /// Puts them into every use, and takes the old nodes out of their blocks.
    pub(crate) fn apply(&self, graph: &mut Graph) {
        if self.0.is_empty() {
            return;
        }
        for block in graph.order().to_vec() {
            graph.block_mut(block).nodes.retain(|node| !self.0.contains_key(node));
        }
        graph.for_each_use(|node| *node = self.resolve(*node));
    }
}
