//! What the abstract execution knows at a point: a node per register, and facts about nodes.
//!
//! A *fact* holds where its node is: its types, its shapes, its value in other representations. Facts are cloned with the environment where ways part, and where
//! they meet only what all know is kept. Facts about the shapes of objects end where something may change them; types and representations are forever.

use std::collections::HashMap;

use crate::graph::{NodeId, ShapeSet, Types};

/// What is known of one node.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Fact {
    /// What it may be.
    pub(super) types: Types,
    /// It as an int32, after a check.
    pub(super) int32: Option<NodeId>,
    /// It as a double.
    pub(super) float64: Option<NodeId>,
    /// It as a tagged value.
    pub(super) tagged: Option<NodeId>,
    /// The tagged value behind the latest check of it.
    pub(super) refined: Option<NodeId>,
    /// The shapes it may have.
    pub(super) shapes: Option<ShapeSet>,
}

impl Fact {
    const NOTHING: Fact =
        Fact { types: Types::ANY, int32: None, float64: None, tagged: None, refined: None, shapes: None };
}

/// Registers and facts.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// By operand number: locals, the receiver, the formals. `None` is dead.
    pub(super) registers: Vec<Option<NodeId>>,
    /// The accumulator; `None` is dead or unspecified.
    pub(super) accumulator: Option<NodeId>,
    /// The current context.
    pub(super) context: NodeId,
    facts: HashMap<NodeId, Fact>,
}

impl Environment {
    pub(super) fn new(registers: Vec<Option<NodeId>>, context: NodeId) -> Environment {
        Environment { registers, accumulator: None, context, facts: HashMap::new() }
    }

    pub(super) fn fact(&self, node: NodeId) -> Fact {
        self.facts.get(&node).copied().unwrap_or(Fact::NOTHING)
    }

    pub(super) fn fact_mut(&mut self, node: NodeId) -> &mut Fact {
        self.facts.entry(node).or_insert(Fact::NOTHING)
    }

    /// Nothing is known of the shapes of objects any more.
    pub(super) fn forget_shapes(&mut self) {
        for fact in self.facts.values_mut() {
            fact.shapes = None;
        }
    }

    /// An object with a shape among `changed` may have got another.
    pub(super) fn forget_shapes_overlapping(&mut self, changed: &ShapeSet) {
        for fact in self.facts.values_mut() {
            if fact.shapes.is_some_and(|shapes| shapes.intersection(changed).is_some()) {
                fact.shapes = None;
            }
        }
    }

    /// Takes over the facts that another environment has, too (for what is behind an inlined call).
    pub(super) fn take_facts(&mut self, other: Environment) {
        self.facts = other.facts;
    }

    /// Keeps what both environments know; alternatives must be the same nodes, which then dominate the merge.
    pub(super) fn intersect_facts(&mut self, other: &Environment) {
        self.facts.retain(|node, fact| {
            let Some(theirs) = other.facts.get(node) else { return false };
            let both = |a: Option<NodeId>, b: Option<NodeId>| if a == b { a } else { None };
            *fact = Fact {
                types: fact.types.or(theirs.types),
                int32: both(fact.int32, theirs.int32),
                float64: both(fact.float64, theirs.float64),
                tagged: both(fact.tagged, theirs.tagged),
                refined: both(fact.refined, theirs.refined),
                shapes: match (fact.shapes, theirs.shapes) {
                    (Some(a), Some(b)) => a.union(&b),
                    _ => None,
                },
            };
            *fact != Fact::NOTHING
        });
    }
}
