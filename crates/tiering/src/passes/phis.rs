//! Representations of phis.
//!
//! Needs: nothing. The builder makes loop phis tagged, because it sees the back edge last. Here a phi all of whose inputs are
//! tagged int32s (or doubles, or booleans, or such phis) becomes a phi of the untagged values; a phi that has only one input
//! besides itself becomes that input.
//!
//! ```text
//! b1(v4):                         b1(v4: int32):
//!   v6: int32 = CheckInt32 v4
//!   v8: int32 = Int32Add v6, v7     v8: int32 = Int32Add v4, v7
//!   v9 = TagInt32 v8
//!   Jump b1(v9)                     Jump b1(v8)
//! ```
//!
//! A tagged input counts as an int32 where a check of it as one dominates the edge. What enters a loop is checked in front of
//! it, with the state of the loop's entry, where that is all that keeps a phi tagged which the loop uses as a number.
//!
//! Afterwards: no tagged phi has only untagged numbers or booleans as inputs. A canonical tag loses nothing, so
//! `TagFloat64(phi)` has the bits of the tagged phi that it stands for.

use std::collections::HashMap;

use super::edit::Replacements;
use super::{Facts, Stats};
use crate::graph::{
    BlockId, Condition, DeoptReason, Dominators, F64Bits, Graph, NodeId, Op, Repr, States, TaggedConst,
    TaggedTest, Terminator,
};

/// Chooses representations and removes needless phis.
pub fn run(graph: &mut Graph, facts: &dyn Facts) -> Stats {
    Stats { changes: remove_trivial(graph) + untag(graph, facts) }
}

/// The values of a parameter, per predecessor.
fn inputs_of(graph: &Graph, block: BlockId, index: usize) -> Vec<(BlockId, NodeId)> {
    graph
        .block(block)
        .predecessors
        .iter()
        .filter_map(|p| match &graph.block(*p).terminator {
            Terminator::Jump(_, values) => Some((*p, values[index])),
            _ => None,
        })
        .collect()
}

fn remove_trivial(graph: &mut Graph) -> u32 {
    let mut replacements = Replacements::default();
    let mut changed = true;
    while changed {
        changed = false;
        for block in graph.order().to_vec() {
            for (index, phi) in graph.block(block).parameters.clone().into_iter().enumerate() {
                if replacements.contains(phi) {
                    continue;
                }
                let mut only = None;
                let mut several = false;
                for (_, value) in inputs_of(graph, block, index) {
                    let value = replacements.resolve(value);
                    if value != phi && only.replace(value).is_some_and(|old| old != value) {
                        several = true;
                    }
                }
                if let Some(only) = only.filter(|_| !several) {
                    replacements.insert(phi, only);
                    changed = true;
                }
            }
        }
    }
    replacements.apply(graph);
    replacements.len()
}

/// What a phi could be; ordered from "nothing said against it" to "must be tagged".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Unknown,
    Int32,
    Float64,
    Bool,
    Tagged,
}

impl Class {
    fn join(self, other: Class) -> Class {
        use Class::{Bool, Float64, Int32, Tagged, Unknown};
        match (self, other) {
            (Unknown, x) | (x, Unknown) => x,
            (Int32, Int32) => Int32,
            (Int32 | Float64, Int32 | Float64) => Float64,
            (Bool, Bool) => Bool,
            _ => Tagged,
        }
    }
    fn repr(self) -> Option<Repr> {
        match self {
            Class::Int32 => Some(Repr::Int32),
            Class::Float64 => Some(Repr::Float64),
            Class::Bool => Some(Repr::Bool),
            Class::Unknown | Class::Tagged => None,
        }
    }
}

struct Untagging<'a> {
    graph: &'a mut Graph,
    dominators: Dominators,
    classes: HashMap<NodeId, Class>,
    /// Checks of a tagged value as a number.
    checks: HashMap<NodeId, Vec<NodeId>>,
    constants: HashMap<Op, NodeId>,
    tagged: HashMap<NodeId, NodeId>,
}

fn untag(graph: &mut Graph, facts: &dyn Facts) -> u32 {
    let dominators = Dominators::compute(graph);
    let mut pass = Untagging {
        graph,
        dominators,
        classes: HashMap::new(),
        checks: HashMap::new(),
        constants: HashMap::new(),
        tagged: HashMap::new(),
    };
    pass.collect();
    pass.classify();
    if pass.speculate(facts) {
        pass.collect();
        pass.classify();
    }
    pass.classes.retain(|_, class| class.repr().is_some());
    pass.rewrite();
    pass.classes.len() as u32
}

impl Untagging<'_> {
    fn collect(&mut self) {
        self.classes.clear();
        self.checks.clear();
        for block in self.graph.order().to_vec() {
            for &phi in &self.graph.block(block).parameters {
                if self.graph.repr(phi) == Repr::Tagged {
                    self.classes.insert(phi, Class::Unknown);
                }
            }
            for &node in &self.graph.block(block).nodes {
                if let Op::CheckInt32 {} | Op::CheckFloat64 {} | Op::UntagInt32 {} | Op::UntagFloat64 {} =
                    self.graph.op(node)
                {
                    self.checks.entry(self.graph.inputs(node)[0]).or_default().push(node);
                }
            }
        }
    }

    /// A number that a tagged value is known to be at the end of a block.
    fn checked(&self, value: NodeId, at: BlockId, repr: Repr) -> Option<NodeId> {
        self.checks.get(&value)?.iter().copied().find(|check| {
            self.graph.repr(*check) == repr && self.dominators.dominates(self.graph.node(*check).block, at)
        })
    }

    fn class_of(&self, value: NodeId, at: BlockId) -> Class {
        match *self.graph.op(value) {
            Op::TagInt32 {} => Class::Int32,
            Op::TagFloat64 {} | Op::TagDouble {} | Op::TagUint32 {} => Class::Float64,
            Op::TagBool {} => Class::Bool,
            Op::ConstTagged { value } if value.to_int32().is_some() => Class::Int32,
            Op::ConstTagged { value } if value.number().is_some() => Class::Float64,
            Op::ConstTagged { value: TaggedConst::TRUE | TaggedConst::FALSE } => Class::Bool,
            // Also where a check of it dominates, which never passes.
            Op::ConstTagged { .. } => Class::Tagged,
            _ => match self.classes.get(&value) {
                Some(class) => *class,
                None if self.checked(value, at, Repr::Int32).is_some() => Class::Int32,
                None if self.checked(value, at, Repr::Float64).is_some() => Class::Float64,
                None => Class::Tagged,
            },
        }
    }

    fn classify(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for block in self.graph.order().to_vec() {
                for (index, phi) in self.graph.block(block).parameters.clone().into_iter().enumerate() {
                    let Some(&old) = self.classes.get(&phi) else { continue };
                    let new = inputs_of(self.graph, block, index)
                        .into_iter()
                        .fold(old, |class, (from, value)| class.join(self.class_of(value, from)));
                    if new != old {
                        self.classes.insert(phi, new);
                        changed = true;
                    }
                }
            }
        }
    }

    /// Checks what enters loops, for phis that are numbers otherwise. Tells whether there is a new check.
    fn speculate(&mut self, facts: &dyn Facts) -> bool {
        let mut speculated = false;
        for block in self.graph.order().to_vec() {
            let Some(info) = self.graph.block(block).loop_info else { continue };
            let (Some(back), Some(state)) = (info.back_edge, info.entry_state) else { continue };
            for (index, phi) in self.graph.block(block).parameters.clone().into_iter().enumerate() {
                if self.classes.get(&phi) != Some(&Class::Tagged) {
                    continue;
                }
                let (mut entering, mut coming_back) = (Vec::new(), Class::Unknown);
                for (from, value) in inputs_of(self.graph, block, index) {
                    if from == back {
                        coming_back = self.class_of(value, from);
                    } else {
                        entering.push((from, value));
                    }
                }
                let [(from, value)] = entering[..] else { continue };
                let repr = match coming_back {
                    Class::Int32 if self.is_checked(phi, Repr::Int32) => Repr::Int32,
                    Class::Int32 | Class::Float64 if self.is_checked(phi, Repr::Float64) => Repr::Float64,
                    _ => continue,
                };
                let (op, reason) = match repr {
                    Repr::Int32 => (Op::CheckInt32 {}, DeoptReason::NotASmi),
                    _ => (Op::CheckFloat64 {}, DeoptReason::NotANumber),
                };
                if self.class_of(value, from) == Class::Tagged
                    && self.graph.repr(value) == Repr::Tagged
                    && !matches!(self.graph.op(value), Op::ConstTagged { .. })
                    && facts.allows(info.function, info.offset, reason)
                {
                    self.graph.add(from, op, &[value], States::eager(state));
                    speculated = true;
                }
            }
        }
        speculated
    }

    /// Is the phi itself used as a number?
    fn is_checked(&self, phi: NodeId, repr: Repr) -> bool {
        self.checks.get(&phi).is_some_and(|checks| checks.iter().any(|check| self.graph.repr(*check) == repr))
    }

    fn rewrite(&mut self) {
        if self.classes.is_empty() {
            return;
        }
        let order = self.graph.order().to_vec();
        // Values first, while the phis still look tagged.
        let mut jumps: Vec<(BlockId, usize, NodeId)> = Vec::new();
        for &block in &order {
            for (index, phi) in self.graph.block(block).parameters.clone().into_iter().enumerate() {
                let Some(repr) = self.classes.get(&phi).and_then(|class| class.repr()) else { continue };
                for (from, value) in inputs_of(self.graph, block, index) {
                    jumps.push((from, index, self.untagged(value, repr, from)));
                }
            }
        }
        for (from, index, value) in jumps {
            if let Terminator::Jump(_, values) = &mut self.graph.block_mut(from).terminator {
                values[index] = value;
            }
        }
        for (&phi, class) in &self.classes {
            if let Some(repr) = class.repr() {
                self.graph.node_mut(phi).op = Op::Phi { repr };
            }
        }
        // Then the uses.
        let mut replacements = Replacements::default();
        for &block in &order {
            for node in self.graph.block(block).nodes.clone() {
                self.rewrite_node(node, &mut replacements);
            }
            let terminator = &self.graph.block(block).terminator;
            let wants: Vec<Repr> = match terminator {
                Terminator::Return(_) => vec![Repr::Tagged],
                Terminator::Jump(to, _) => {
                    self.graph.block(*to).parameters.iter().map(|p| self.graph.repr(*p)).collect()
                }
                _ => continue,
            };
            let inputs = terminator.inputs().to_vec();
            for (index, (input, want)) in inputs.into_iter().zip(wants).enumerate() {
                if want == Repr::Tagged && self.classes.contains_key(&input) {
                    let tagged = self.tagged(input);
                    self.graph.block_mut(block).terminator.inputs_mut()[index] = tagged;
                }
            }
        }
        replacements.apply(self.graph);
    }

    /// A value for a phi of the representation, at the end of a block.
    fn untagged(&mut self, value: NodeId, repr: Repr, at: BlockId) -> NodeId {
        let found = match *self.graph.op(value) {
            Op::TagInt32 {} | Op::TagFloat64 {} | Op::TagDouble {} | Op::TagUint32 {} | Op::TagBool {} => {
                self.graph.inputs(value)[0]
            }
            Op::ConstTagged { value: constant } => {
                let op = match (repr, constant.to_int32(), constant.number()) {
                    (Repr::Int32, Some(value), _) => Op::ConstInt32 { value },
                    (Repr::Float64, _, Some(number)) => Op::ConstFloat64 { value: F64Bits::new(number) },
                    _ => Op::ConstBool { value: constant == TaggedConst::TRUE },
                };
                return self.constant(op);
            }
            _ if self.classes.contains_key(&value) => value,
            _ => self
                .checked(value, at, Repr::Int32)
                .or_else(|| self.checked(value, at, Repr::Float64))
                .unwrap_or(value),
        };
        let given = match self.classes.get(&found).and_then(|class| class.repr()) {
            Some(repr) => repr,
            None => self.graph.repr(found),
        };
        let op = match (given, repr) {
            (Repr::Int32, Repr::Float64) => Op::Int32ToFloat64 {},
            (Repr::Uint32, Repr::Float64) => Op::Uint32ToFloat64 {},
            _ => return found,
        };
        self.graph.add(at, op, &[found], States::NONE)
    }

    fn constant(&mut self, op: Op) -> NodeId {
        if let Some(&known) = self.constants.get(&op) {
            return known;
        }
        // At the front of the entry, so that it is there for all of it.
        let node = self.graph.add_detached(Graph::ENTRY, op, &[], States::NONE);
        self.graph.block_mut(Graph::ENTRY).nodes.insert(0, node);
        self.constants.insert(op, node);
        node
    }

    /// The tagged form of a phi, made at the beginning of its block.
    fn tagged(&mut self, phi: NodeId) -> NodeId {
        if let Some(&known) = self.tagged.get(&phi) {
            return known;
        }
        let op = match self.graph.repr(phi) {
            Repr::Int32 => Op::TagInt32 {},
            Repr::Float64 => Op::TagFloat64 {},
            _ => Op::TagBool {},
        };
        let block = self.graph.node(phi).block;
        let node = self.graph.add_detached(block, op, &[phi], States::NONE);
        self.graph.block_mut(block).nodes.insert(0, node);
        self.tagged.insert(phi, node);
        node
    }

    fn rewrite_node(&mut self, node: NodeId, replacements: &mut Replacements) {
        let inputs = self.graph.inputs(node).to_vec();
        if !inputs.iter().any(|input| self.classes.contains_key(input)) {
            return;
        }
        let op = *self.graph.op(node);
        if let [phi] = inputs[..] {
            let repr = self.graph.repr(phi);
            let becomes = match (op, repr) {
                (Op::CheckInt32 {} | Op::UntagInt32 {}, Repr::Int32)
                | (Op::CheckFloat64 {} | Op::UntagFloat64 {} | Op::CheckNumberOrOddball {}, Repr::Float64)
                | (Op::CheckBool {} | Op::UntagBool {} | Op::ToBoolean {}, Repr::Bool) => {
                    return replacements.insert(node, phi);
                }
                (Op::CheckFloat64 {} | Op::UntagFloat64 {} | Op::CheckNumberOrOddball {}, Repr::Int32) => {
                    Some(Op::Int32ToFloat64 {})
                }
                (Op::CheckInt32 {} | Op::UntagInt32 {}, Repr::Float64) => {
                    // An unchecked untagging is of a value known to be an int32.
                    match op {
                        Op::CheckInt32 {} => Some(Op::CheckFloat64IsInt32 {}),
                        _ => Some(Op::TruncateFloat64 {}),
                    }
                }
                (Op::ToBoolean {}, Repr::Float64) => Some(Op::Float64ToBoolean {}),
                (Op::HoleToUndefined {}, _) => {
                    let tagged = self.tagged(phi);
                    return replacements.insert(node, tagged);
                }
                (Op::CheckNotHole {}, _) => {
                    let tagged = self.tagged(phi);
                    return replacements.insert(node, tagged);
                }
                (Op::TestTagged { test: TaggedTest::Number }, Repr::Int32 | Repr::Float64) => {
                    let value = self.constant(Op::ConstBool { value: true });
                    return replacements.insert(node, value);
                }
                _ => None,
            };
            if let Some(op) = becomes {
                return self.graph.replace_op(node, op, &[phi]);
            }
            if let (Op::ToBoolean {}, Repr::Int32) = (op, repr) {
                let zero = self.constant(Op::ConstInt32 { value: 0 });
                let op = Op::Int32Compare { condition: Condition::NotEqual };
                return self.graph.replace_op(node, op, &[phi, zero]);
            }
        }
        for (index, input) in inputs.into_iter().enumerate() {
            let wants = op.inputs().get(index).copied().or(op.rest());
            if self.classes.contains_key(&input) && wants == Some(Repr::Tagged) {
                let tagged = self.tagged(input);
                self.graph.inputs_mut(node)[index] = tagged;
            }
        }
    }
}
