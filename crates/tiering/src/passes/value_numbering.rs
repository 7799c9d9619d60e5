//! Constant folding, value numbering and the elimination of checks of what never changes.
//!
//! One walk over the blocks in their order, so that what dominates a node was seen before it. Each node is
//! folded (`fold`); then, if it depends on its inputs alone, it is looked up among the nodes with the same operation and
//! inputs that dominate it. Inputs of checks and of questions count by their root: all checks of a value give the same value.
//!
//! A check vanishes if a fact implies it: the value's own operation, a dominating check, or a dominating branch on a question.
//! It is replaced by the check that established the fact where there is one, so that what follows stays behind it. A
//! check that no value can pass ends its block with an exit. What can change (shapes, memory) is not looked at here.
//!
//! Precondition: a verified graph. Postcondition: no pure operation or such check is dominated by an equal one.
//!
//! ```text
//! v2: int32 = CheckInt32 v1 [f0]        v2: int32 = CheckInt32 v1 [f0]
//! v3: int32 = CheckInt32 v1 [f1]   =>   v4: int32 = Int32AddChecked v2, v2 [f1]
//! v4: int32 = Int32AddChecked v2, v3 [f1]
//! ```

use bumpalo::Bump;

use super::edit::{Replacements, is_refinement, replace_terminator, root};
use super::fold::{Folded, Folder};
use super::scratch::{Chain, Map, map};
use super::{Facts, Stats};
use crate::graph::{BlockId, Dominators, Effects, Graph, NodeId, Op, Repr, States, Terminator, Types};

/// Runs the pass.
pub fn run(graph: &mut Graph, _: &dyn Facts) -> Stats {
    let arena = Bump::new();
    let mut walk = Walk {
        arena: &arena,
        dominators: Dominators::compute(graph),
        replacements: Replacements::default(),
        table: map(&arena),
        types: map(&arena),
        bools: map(&arena),
        changes: 0,
        graph,
    };
    let mut exits = false;
    for block in walk.graph.order().to_vec() {
        exits |= walk.block(block);
    }
    let (replacements, changes) = (walk.replacements, walk.changes);
    if exits {
        graph.finish();
    }
    replacements.apply(graph);
    Stats { changes }
}

/// A set of types that holds in the blocks that a block dominates, and the check that saw to it.
#[derive(Clone, Copy)]
struct TypeFact {
    block: BlockId,
    types: Types,
    witness: Option<NodeId>,
}

/// Operation and roots of inputs.
type Key<'s> = (Op, &'s [NodeId]);

struct Walk<'a, 's> {
    arena: &'s Bump,
    graph: &'a mut Graph,
    dominators: Dominators,
    replacements: Replacements,
    /// Nodes by operation and roots of inputs.
    table: Map<'s, Key<'s>, Chain<'s, NodeId>>,
    /// By root.
    types: Map<'s, NodeId, Chain<'s, TypeFact>>,
    /// Truth values that are known in the blocks that a block dominates.
    bools: Map<'s, NodeId, Chain<'s, (BlockId, bool)>>,
    changes: u32,
}

enum Outcome {
    Kept,
    Ended,
}

impl<'s> Walk<'_, 's> {
    /// Whether an exit now ends the block.
    fn block(&mut self, block: BlockId) -> bool {
        self.learn_from_branch(block);
        let nodes = std::mem::take(&mut self.graph.block_mut(block).nodes);
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            for i in 0..self.graph.inputs(node).len() {
                let input = self.replacements.resolve(self.graph.inputs(node)[i]);
                self.graph.inputs_mut(node)[i] = input;
            }
            if let Outcome::Ended = self.node(block, node, &mut out) {
                self.graph.block_mut(block).nodes = out;
                self.changes += 1;
                return true;
            }
        }
        self.graph.block_mut(block).nodes = out;
        self.decide_branch(block);
        false
    }

    /// What the branch that leads to the block says.
    fn learn_from_branch(&mut self, block: BlockId) {
        let [predecessor] = *self.graph.block(block).predecessors else { return };
        let Terminator::Branch(condition, yes, _) = self.graph.block(predecessor).terminator else { return };
        let condition = self.replacements.resolve(condition);
        self.learn_bool(block, condition, yes == block);
    }

    fn learn_bool(&mut self, block: BlockId, condition: NodeId, value: bool) {
        self.bools.entry(condition).or_default().push(self.arena, (block, value));
        match *self.graph.op(condition) {
            Op::BoolNot {} => self.learn_bool(block, self.graph.inputs(condition)[0], !value),
            Op::TestTagged { test } => {
                let types = Types::of_test(test);
                let types = if value { types } else { types.not() };
                let root = root(self.graph, self.graph.inputs(condition)[0]);
                self.types
                    .entry(root)
                    .or_default()
                    .push(self.arena, TypeFact { block, types, witness: None });
            }
            _ => {}
        }
    }

    fn decide_branch(&mut self, block: BlockId) {
        let Terminator::Branch(condition, ..) = self.graph.block(block).terminator else { return };
        let condition = self.replacements.resolve(condition);
        if self.graph.op(condition).is_constant() {
            return;
        }
        if let Some(value) = self.known_bool(block, condition) {
            let constant = self.graph.add(block, Op::ConstBool { value }, &[], States::NONE);
            self.graph.block_mut(block).terminator.inputs_mut()[0] = constant;
            self.changes += 1;
        }
    }

    fn known_bool(&self, block: BlockId, condition: NodeId) -> Option<bool> {
        let facts = self.bools.get(&condition)?;
        facts.iter().find(|(at, _)| self.dominators.dominates(*at, block)).map(|(_, value)| value)
    }

    fn node(&mut self, block: BlockId, node: NodeId, out: &mut Vec<NodeId>) -> Outcome {
        for _ in 0..8 {
            let op = *self.graph.op(node);
            let inputs = self.graph.inputs(node).to_vec();
            let folded = Folder { graph: self.graph, block, out }
                .fold(op, &inputs)
                .or_else(|| self.by_facts(block, op, &inputs));
            match folded {
                None => break,
                Some(Folded::Value(value)) => {
                    self.replacements.insert(node, value);
                    self.changes += 1;
                    return Outcome::Kept;
                }
                Some(Folded::Passes) => {
                    self.changes += 1;
                    return Outcome::Kept;
                }
                Some(Folded::Op(op, inputs)) => {
                    self.graph.replace_op(node, op, &inputs);
                    self.changes += 1;
                }
                Some(Folded::Fails) => return self.fails(block, node),
            }
        }
        let op = *self.graph.op(node);
        let effects = op.effects();
        let is_simple = effects.is_pure() || effects == Effects::CanExit;
        if is_simple && !is_tied(&op) && op.output() != Repr::Word {
            let key = self.key(node);
            if let Some(same) = self.find(block, key) {
                self.changes += 1;
                if op.output() != Repr::None {
                    self.replacements.insert(node, same);
                }
                return Outcome::Kept;
            }
            self.enter(node, key);
        }
        out.push(node);
        self.learn_from_check(block, node);
        Outcome::Kept
    }

    /// The check cannot pass: the block ends with its exit.
    fn fails(&mut self, block: BlockId, node: NodeId) -> Outcome {
        let data = self.graph.node(node);
        let (Some(reason), Some(state)) = (data.op.reason(), data.states.eager) else { return Outcome::Kept };
        replace_terminator(self.graph, block, Terminator::Deopt(reason, state));
        Outcome::Ended
    }

    /// Operation and inputs by which a node is looked up.
    fn key(&self, node: NodeId) -> Key<'s> {
        let op = *self.graph.op(node);
        let roots = self.graph.inputs(node).iter().map(|input| root(self.graph, *input));
        let inputs = self.arena.alloc_slice_fill_iter(roots);
        if is_commutative(&op) {
            inputs.sort_unstable();
        }
        (op, inputs)
    }

    fn find(&self, block: BlockId, key: Key<'_>) -> Option<NodeId> {
        let nodes = self.table.get(&key)?;
        nodes.iter().find(|n| self.dominators.dominates(self.graph.node(*n).block, block))
    }

    /// Enters a node, also under the names of weaker operations that give the same.
    fn enter(&mut self, node: NodeId, key: Key<'s>) {
        let weaker = match key.0 {
            Op::CheckInt32 {} => Some(Op::UntagInt32 {}),
            Op::CheckFloat64 {} => Some(Op::UntagFloat64 {}),
            Op::CheckBool {} => Some(Op::UntagBool {}),
            Op::Int32AddChecked {} => Some(Op::Int32Add {}),
            Op::Int32SubChecked {} => Some(Op::Int32Sub {}),
            Op::Int32MulChecked {} => Some(Op::Int32Mul {}),
            Op::CheckFloat64IsInt32 {} => Some(Op::TruncateFloat64 {}),
            _ => None,
        };
        if let Some(op) = weaker {
            self.table.entry((op, key.1)).or_default().push(self.arena, node);
        }
        self.table.entry(key).or_default().push(self.arena, node);
    }

    fn learn_from_check(&mut self, block: BlockId, node: NodeId) {
        let op = *self.graph.op(node);
        if let Op::CheckCondition { .. } = op {
            let condition = self.graph.inputs(node)[0];
            self.learn_bool(block, condition, true);
        } else if let Some(types) = Types::of_check(&op) {
            let root = root(self.graph, self.graph.inputs(node)[0]);
            let witness = is_refinement(&op).then_some(node);
            self.types.entry(root).or_default().push(self.arena, TypeFact { block, types, witness });
        }
    }

    fn types(&self, block: BlockId, node: NodeId) -> Types {
        let root = root(self.graph, node);
        let mut types = Types::of_node(self.graph, node);
        for fact in self.types.get(&root).copied().unwrap_or_default().iter() {
            if self.dominators.dominates(fact.block, block) {
                types = types.and(fact.types);
            }
        }
        types
    }

    /// A node of the value that stands behind a check that implies the types.
    fn witness(&self, block: BlockId, node: NodeId, wanted: Types) -> NodeId {
        if Types::of_node(self.graph, node).is(wanted) {
            return node;
        }
        let root = root(self.graph, node);
        let facts = self.types.get(&root).copied().unwrap_or_default().iter();
        facts
            .filter(|f| f.types.is(wanted) && self.dominators.dominates(f.block, block))
            .find_map(|f| f.witness)
            .unwrap_or(node)
    }

    fn by_facts(&mut self, block: BlockId, op: Op, inputs: &[NodeId]) -> Option<Folded> {
        let &value = inputs.first()?;
        match op {
            Op::CheckCondition { .. } => {
                return match self.known_bool(block, value)? {
                    true => Some(Folded::Passes),
                    false => Some(Folded::Fails),
                };
            }
            Op::TestTagged { test } => {
                let (types, wanted) = (self.types(block, value), Types::of_test(test));
                if types.is(wanted) || types.and(wanted).is_empty() {
                    return Some(Folded::Op(Op::ConstBool { value: types.is(wanted) }, Vec::new()));
                }
                return None;
            }
            Op::HoleToUndefined {} => {
                return self.types(block, value).is(Types::HOLE.not()).then_some(Folded::Value(value));
            }
            Op::ConstructResult {} => {
                let types = self.types(block, value);
                if types.is(Types::OBJECT) {
                    return Some(Folded::Value(value));
                }
                return types.and(Types::OBJECT).is_empty().then_some(Folded::Value(inputs[1]));
            }
            Op::ToBoolean {} => {
                let types = self.types(block, value);
                if types.is(Types::OBJECT.or(Types::SYMBOL).or(Types::TRUE)) {
                    return Some(Folded::Op(Op::ConstBool { value: true }, Vec::new()));
                }
                return None;
            }
            Op::UntagFloat64 {} => {
                // It may have moved out of a loop, above what says that the value is an int32.
                let untagged = self.find(block, (Op::UntagInt32 {}, &[root(self.graph, value)]))?;
                if !self.types(block, value).is(Types::INT32) {
                    return None;
                }
                return Some(Folded::Op(Op::Int32ToFloat64 {}, vec![untagged]));
            }
            _ => {}
        }
        let wanted = Types::of_check(&op)?;
        let types = self.types(block, value);
        if types.and(wanted).is_empty() {
            return Some(Folded::Fails);
        }
        if !types.is(wanted) {
            return None;
        }
        match op {
            Op::CheckInt32 {} => Some(Folded::Op(Op::UntagInt32 {}, vec![value])),
            Op::CheckFloat64 {} => Some(Folded::Op(Op::UntagFloat64 {}, vec![value])),
            Op::CheckNumberOrOddball {} if types.is(Types::NUMBER) => {
                Some(Folded::Op(Op::UntagFloat64 {}, vec![value]))
            }
            Op::CheckBool {} => Some(Folded::Op(Op::UntagBool {}, vec![value])),
            Op::CheckString {}
            | Op::CheckSymbol {}
            | Op::CheckBigInt {}
            | Op::CheckObject {}
            | Op::CheckObjectOrNullish {}
            | Op::CheckNotHole {} => Some(Folded::Value(self.witness(block, value, wanted))),
            Op::CheckShape { shapes, known_cell: false } => {
                Some(Folded::Op(Op::CheckShape { shapes, known_cell: true }, vec![value]))
            }
            Op::CheckValue { value: constant, .. }
                if types.is(Types::BOOLEAN.or(Types::UNDEFINED).or(Types::NULL)) =>
            {
                // Each of these types has one value, and the check is of one.
                debug_assert_eq!(wanted, Types::of_constant(constant));
                Some(Folded::Value(value))
            }
            _ => None,
        }
    }
}

/// Operations that stand where they stand, or that are told apart by more than their inputs.
const fn is_tied(op: &Op) -> bool {
    matches!(
        op,
        Op::Phi { .. } | Op::StepOutput { .. } | Op::CapturedObject { .. } | Op::CapturedReference { .. }
    )
}

const fn is_commutative(op: &Op) -> bool {
    matches!(
        op,
        Op::Int32Add {}
            | Op::Int32AddChecked {}
            | Op::Int32Mul {}
            | Op::Int32MulChecked {}
            | Op::Int32And {}
            | Op::Int32Or {}
            | Op::Int32Xor {}
            | Op::Float64Add {}
            | Op::Float64Mul {}
            | Op::TaggedEqual {}
    )
}
