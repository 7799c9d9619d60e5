//! Values that only exits want.
//!
//! A value that nothing but frame states (and what they describe) uses is not computed by the code. Frame states
//! name a *recipe* for it, and the exit computes it from what the recipe needs: the untagged number of a tagged one, int32 and double
//! arithmetic, a field, two strings to be put together. So the code has less to do, and a value that is alive anyway (the number below its tag,
//! the counter below `counter + 1`, the object below its field) takes the place of one that would be alive for exits alone.
//!
//! * Arithmetic with one operand beside constants is always left to exits; that of two operands if both are alive, or stored for
//!   the frames anyway, at each exit that wants the result.
//! * A field that may change is loaded by the exit if nothing could have changed it between its load and each exit that wants it.
//! * Of strings, the code still compares the sum of the lengths with the limit (and throws); making the result is left to the exit, and
//!   cannot fail any more.
//! * The context of a function's frame is a case of its own: where it is the one that the closure has, the translation says nothing, and
//!   the exit takes it from the closure.
//!
//! The analysis is optimistic: everything that has a recipe is left to exits, then what breaks a rule is taken back, until nothing does.
//!
//! Not done: checked arithmetic (the check is needed), elements and out-of-line slots (translations name no raw pointers).

use std::collections::{HashMap, HashSet};

use unspool_deopt::{RecipeOp, StateValue};

use crate::graph::{
    BlockId, FrameSlot, FrameState, FrameStateId, Graph, Helper, Memory, NodeId, Op, Repr, Terminator,
};
use crate::passes::numbering::{place_of, written};

/// Recipes are nested no deeper.
const MAX_DEPTH: u8 = 3;

/// How an exit gets a value that was left to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Recipe {
    /// From the input, which is the same number or truth value untagged.
    Untagged,
    /// By an operation.
    Compute(RecipeOp),
    /// The word at an offset of the input.
    Field(u32),
    /// The context that the frame's closure has.
    OwnContext,
}

impl Recipe {
    /// How the value of a node could be got.
    pub(super) fn of(graph: &Graph, node: NodeId) -> Option<Recipe> {
        Some(match *graph.op(node) {
            Op::TagInt32 {} | Op::TagUint32 {} | Op::TagFloat64 {} | Op::TagDouble {} | Op::TagBool {} => {
                Recipe::Untagged
            }
            Op::Int32ToFloat64 {} => Recipe::Compute(RecipeOp::Int32ToFloat64),
            Op::Int32Add {} => Recipe::Compute(RecipeOp::Int32Add),
            Op::Int32Sub {} => Recipe::Compute(RecipeOp::Int32Sub),
            Op::Int32Mul {} => Recipe::Compute(RecipeOp::Int32Mul),
            Op::Int32And {} => Recipe::Compute(RecipeOp::Int32And),
            Op::Int32Or {} => Recipe::Compute(RecipeOp::Int32Or),
            Op::Int32Xor {} => Recipe::Compute(RecipeOp::Int32Xor),
            Op::Int32Shl {} => Recipe::Compute(RecipeOp::Int32Shl),
            Op::Int32Sar {} => Recipe::Compute(RecipeOp::Int32Sar),
            Op::Float64Add {} => Recipe::Compute(RecipeOp::Float64Add),
            Op::Float64Sub {} => Recipe::Compute(RecipeOp::Float64Sub),
            Op::Float64Mul {} => Recipe::Compute(RecipeOp::Float64Mul),
            Op::Float64Div {} => Recipe::Compute(RecipeOp::Float64Div),
            Op::Float64Neg {} => Recipe::Compute(RecipeOp::Float64Neg),
            Op::CallHelper { helper: Helper::StringConcat } => Recipe::Compute(RecipeOp::StringConcat),
            Op::LoadField { offset, .. } => Recipe::Field(offset),
            Op::LoadFunctionContext {} => Recipe::OwnContext,
            _ => return None,
        })
    }
}

/// Is the frame's context the one that its closure has?
pub(super) fn has_own_context(graph: &Graph, state: &FrameState) -> bool {
    let behind_checks = |mut node: NodeId| {
        while let Op::CheckFeedbackCell { .. } | Op::CheckValue { .. } | Op::CheckObject {} = graph.op(node) {
            node = graph.inputs(node)[0];
        }
        node
    };
    matches!(graph.op(state.context), Op::LoadFunctionContext {})
        && behind_checks(graph.inputs(state.context)[0]) == behind_checks(state.closure)
}

/// Which nodes are left to exits, by their numbers.
pub(super) fn left_to_exits(graph: &Graph) -> Vec<bool> {
    let mut refused = HashSet::new();
    loop {
        let left = optimistic(graph, &refused);
        let has_rules = |node: &NodeId| {
            left[node.index()] && (is_mutable_load(graph, *node) || has_two_operands(graph, *node))
        };
        if !(0..left.len() as u32).map(NodeId).any(|node| has_rules(&node)) {
            return left;
        }
        let bad = Exits::new(graph, &left).refused();
        if bad.is_empty() {
            return left;
        }
        refused.extend(bad);
    }
}

/// Everything that only frame states want and that has a recipe.
fn optimistic(graph: &Graph, refused: &HashSet<NodeId>) -> Vec<bool> {
    let mut wanted = vec![false; graph.node_count()];
    let mut left = vec![false; graph.node_count()];
    let mut depth = vec![0u8; graph.node_count()];
    contexts(graph, &mut wanted);
    // Backward: what uses a value comes before it.
    for &block in graph.order().iter().rev() {
        let data = graph.block(block);
        data.terminator.inputs().iter().for_each(|input| wanted[input.index()] = true);
        for &node in data.nodes.iter().rev() {
            if let Op::CapturedObject { .. } | Op::Threw {} = graph.op(node) {
                continue;
            }
            let may_be_left = !wanted[node.index()] && !refused.contains(&node);
            let recipe = Recipe::of(graph, node).filter(|_| may_be_left);
            left[node.index()] = recipe.is_some();
            for &input in graph.inputs(node) {
                let needed = depth[node.index()] + 1;
                match recipe {
                    Some(Recipe::Compute(_) | Recipe::Untagged) if needed <= MAX_DEPTH => {
                        depth[input.index()] = depth[input.index()].max(needed);
                    }
                    // Fields are read of values that are there, and nothing is nested deeper.
                    Some(Recipe::OwnContext) => {}
                    _ => wanted[input.index()] = true,
                }
            }
        }
    }
    left
}

/// The exits of a graph in which some values are left to them.
struct Exits<'a> {
    graph: &'a Graph,
    left: &'a [bool],
    /// What the exit of a state needs.
    needs: HashMap<FrameStateId, Needs>,
}

/// What the exit of a state (with its outer states) needs.
#[derive(Default)]
struct Needs {
    /// Values that it stores.
    stored: HashSet<NodeId>,
    /// Arithmetic of two operands that it does; these are not among what it stores on that account.
    computed: HashSet<NodeId>,
    /// Fields that may change which it loads.
    loaded: HashSet<NodeId>,
}

impl<'a> Exits<'a> {
    fn new(graph: &'a Graph, left: &'a [bool]) -> Exits<'a> {
        let mut exits = Exits { graph, left, needs: HashMap::new() };
        for &block in graph.order() {
            for &node in &graph.block(block).nodes {
                graph.node(node).states.iter().for_each(|state| exits.note(state));
            }
            if let Terminator::Deopt(_, state) = graph.block(block).terminator {
                exits.note(state);
            }
        }
        exits
    }

    fn note(&mut self, state: FrameStateId) {
        if self.needs.contains_key(&state) {
            return;
        }
        let mut needs = Needs::default();
        let mut pending: Vec<NodeId> = Vec::new();
        let mut seen = HashSet::new();
        let mut next = Some(state);
        while let Some(id) = next {
            pending.extend(self.graph.state(id).values().map(|(_, value)| value));
            next = self.graph.state(id).outer;
        }
        while let Some(value) = pending.pop() {
            if !seen.insert(value) {
                continue;
            }
            let is_left = self.left[value.index()];
            match self.graph.op(value) {
                Op::CapturedObject { .. } => pending.extend(self.graph.inputs(value)),
                op if !is_left => {
                    if !op.is_constant() {
                        needs.stored.insert(value);
                    }
                }
                _ if has_two_operands(self.graph, value) => {
                    needs.computed.insert(value);
                }
                _ if is_mutable_load(self.graph, value) => {
                    needs.loaded.insert(value);
                    pending.extend(self.graph.inputs(value));
                }
                _ => pending.extend(self.graph.inputs(value)),
            }
        }
        self.needs.insert(state, needs);
    }

    /// What cannot be left to the exits.
    fn refused(&self) -> HashSet<NodeId> {
        let mut refused = HashSet::new();
        let loads: HashSet<NodeId> = self.needs.values().flat_map(|needs| &needs.loaded).copied().collect();
        refused.extend(loads.into_iter().filter(|load| self.may_have_changed(*load)));
        refused.extend(self.keep_more_alive());
        refused
    }

    /// Could something between a load and an exit that wants its value have changed the field?
    fn may_have_changed(&self, load: NodeId) -> bool {
        let graph = self.graph;
        let Some(place) = place_of(graph.op(load)) else { return true };
        let wants = |state: FrameStateId| self.needs[&state].loaded.contains(&load);
        let home = graph.node(load).block;
        let start = graph.block(home).nodes.iter().position(|node| *node == load).map_or(0, |at| at + 1);
        // Blocks from their beginning, with whether the field may have changed before; the load's own from behind it.
        let mut seen: HashSet<(BlockId, bool)> = HashSet::new();
        let mut pending = vec![(home, start, false)];
        while let Some((block, from, mut changed)) = pending.pop() {
            let data = graph.block(block);
            let mut again = false;
            for &node in &data.nodes[from..] {
                if node == load {
                    again = true;
                    break;
                }
                let op = graph.op(node);
                let changes = written(op).is_none_or(|places| places.contains(&place))
                    || matches!(op, Op::StackCheck {} | Op::LoopInterruptCheck {});
                let states = graph.node(node).states;
                // Of what may itself change it, also the state before counts as behind.
                changed |= changes;
                if changed && states.iter().any(wants) {
                    return true;
                }
            }
            if again {
                continue;
            }
            if let Terminator::Deopt(_, state) = data.terminator
                && changed
                && wants(state)
            {
                return true;
            }
            let next = data.terminator.successors().map(|block| (block, changed));
            pending.extend(next.filter(|way| seen.insert(*way)).map(|(block, changed)| (block, 0, changed)));
        }
        false
    }

    /// Arithmetic some operand of which would be kept alive for it.
    fn keep_more_alive(&self) -> HashSet<NodeId> {
        let computed: HashSet<NodeId> =
            self.needs.values().flat_map(|needs| &needs.computed).copied().collect();
        let mut refused = HashSet::new();
        if computed.is_empty() {
            return refused;
        }
        let mut operands: HashMap<NodeId, usize> = HashMap::new();
        for &node in &computed {
            for &input in self.graph.inputs(node) {
                let number = operands.len();
                if !self.graph.op(input).is_constant() {
                    operands.entry(input).or_insert(number);
                }
                // An operand that is no value of the code has operands of its own.
                if self.left[input.index()] {
                    refused.insert(node);
                }
            }
        }
        let at_end = self.alive_at_end(&operands);
        for &block in self.graph.order() {
            let data = self.graph.block(block);
            let mut alive = at_end[&block].clone();
            let look = |state: FrameStateId, alive: &[bool], refused: &mut HashSet<NodeId>| {
                let needs = &self.needs[&state];
                for &node in &needs.computed {
                    let inputs = self.graph.inputs(node).iter();
                    let all = inputs
                        .filter_map(|input| Some((*input, *operands.get(input)?)))
                        .all(|(input, number)| alive[number] || needs.stored.contains(&input));
                    if !all {
                        refused.insert(node);
                    }
                }
            };
            if let Terminator::Deopt(_, state) = data.terminator {
                look(state, &alive, &mut refused);
            }
            self.end(block, &operands, &mut alive);
            for &node in data.nodes.iter().rev() {
                let states = self.graph.node(node).states;
                states
                    .lazy
                    .into_iter()
                    .chain(states.catch)
                    .for_each(|state| look(state, &alive, &mut refused));
                self.step(node, &operands, &mut alive);
                states.eager.into_iter().for_each(|state| look(state, &alive, &mut refused));
            }
        }
        refused
    }

    /// Which of the operands are used behind each block, by the code or for exits that store them anyway.
    fn alive_at_end(&self, operands: &HashMap<NodeId, usize>) -> HashMap<BlockId, Vec<bool>> {
        let nothing = vec![false; operands.len()];
        let mut at_end: HashMap<BlockId, Vec<bool>> =
            self.graph.order().iter().map(|block| (*block, nothing.clone())).collect();
        let mut again = true;
        while std::mem::take(&mut again) {
            for &block in self.graph.order().iter().rev() {
                let mut alive = at_end[&block].clone();
                self.end(block, operands, &mut alive);
                for &node in self.graph.block(block).nodes.iter().rev() {
                    self.step(node, operands, &mut alive);
                }
                for predecessor in &self.graph.block(block).predecessors {
                    let Some(before) = at_end.get_mut(predecessor) else { continue };
                    for (before, alive) in before.iter_mut().zip(&alive) {
                        again |= *alive && !*before;
                        *before |= *alive;
                    }
                }
            }
        }
        at_end
    }

    /// The end of a block, backward.
    fn end(&self, block: BlockId, operands: &HashMap<NodeId, usize>, alive: &mut [bool]) {
        let terminator = &self.graph.block(block).terminator;
        let stored = match terminator {
            Terminator::Deopt(_, state) => Some(&self.needs[state].stored),
            _ => None,
        };
        for value in terminator.inputs().iter().chain(stored.into_iter().flatten()) {
            if let Some(&number) = operands.get(value) {
                alive[number] = true;
            }
        }
    }

    /// A node, backward.
    fn step(&self, node: NodeId, operands: &HashMap<NodeId, usize>, alive: &mut [bool]) {
        if let Some(&number) = operands.get(&node) {
            alive[number] = false;
        }
        let is_code = !self.left[node.index()] && !matches!(self.graph.op(node), Op::CapturedObject { .. });
        let inputs = if is_code { self.graph.inputs(node) } else { &[] };
        let stored = self.graph.node(node).states.iter().flat_map(|state| &self.needs[&state].stored);
        for value in inputs.iter().chain(stored) {
            if let Some(&number) = operands.get(value) {
                alive[number] = true;
            }
        }
    }
}

/// The load of a field that may change.
fn is_mutable_load(graph: &Graph, node: NodeId) -> bool {
    matches!(graph.op(node), Op::LoadField { memory, .. } if *memory != Memory::Immutable)
}

/// Arithmetic of two values that are no constants.
fn has_two_operands(graph: &Graph, node: NodeId) -> bool {
    let operands = graph.inputs(node).iter().filter(|input| !graph.op(**input).is_constant());
    graph.repr(node) != Repr::Tagged && operands.count() == 2
}

/// Contexts that are used for more than as the contexts of their closures' frames are wanted.
fn contexts(graph: &Graph, wanted: &mut [bool]) {
    let mut seen = vec![false; graph.state_count()];
    let mut pending: Vec<FrameStateId> = Vec::new();
    for &block in graph.order() {
        let data = graph.block(block);
        pending.extend(data.loop_info.and_then(|info| info.entry_state));
        if let Terminator::Deopt(_, state) = data.terminator {
            pending.push(state);
        }
        for &node in &data.nodes {
            pending.extend(graph.node(node).states.iter());
            if let Op::CapturedObject { .. } = graph.op(node) {
                for input in graph.inputs(node) {
                    wanted[input.index()] |= matches!(graph.op(*input), Op::LoadFunctionContext {});
                }
            }
        }
    }
    while let Some(id) = pending.pop() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        let state = graph.state(id);
        let own = has_own_context(graph, state);
        for (slot, value) in state.values() {
            if matches!(graph.op(value), Op::LoadFunctionContext {}) && !(own && slot == FrameSlot::Context) {
                wanted[value.index()] = true;
            }
        }
        pending.extend(state.outer);
    }
}

/// The value that a recipe gives in a frame, where `part` describes an input.
pub(super) fn described(
    graph: &Graph,
    node: NodeId,
    recipe: Recipe,
    part: &mut dyn FnMut(NodeId) -> StateValue<NodeId>,
) -> StateValue<NodeId> {
    let inputs = graph.inputs(node);
    match recipe {
        Recipe::Untagged => part(inputs[0]),
        Recipe::Compute(op) => StateValue::Recipe(op, inputs.iter().map(|input| part(*input)).collect()),
        Recipe::Field(offset) => StateValue::LoadField(offset, Box::new(part(inputs[0]))),
        Recipe::OwnContext => StateValue::OptimizedOut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::parse;

    /// The numbers of the nodes that are left to exits.
    fn left(text: &str) -> Vec<usize> {
        let graph = parse(text).expect("a graph");
        left_to_exits(&graph).iter().enumerate().filter(|(_, left)| **left).map(|(i, _)| i).collect()
    }

    #[test]
    fn what_only_states_name_is_left_to_them() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = LoadFunctionContext v0\n  \
            v3: int32 = CheckInt32 v1 [f0]\n  v4: int32 = ConstInt32 7\n  v5: int32 = Int32Xor v3, v4\n  \
            v6 = TagInt32 v5\n  v7 = TagInt32 v3\n  v8 = CheckString v1 [f1]\n  Return v7\n\
            f0 = fn0@2 before {closure v0, context v2, this v0}\n\
            f1 = fn0@4 before {closure v0, context v2, this v0, r0 v6, r1 v7}\n";
        // The context is the closure's own, v6 is v5 tagged, v5 is v3 and a constant; v7 is returned.
        assert_eq!(left(text), [2, 5, 6]);
    }

    #[test]
    fn two_operands_that_are_stored_anyway() {
        // v6 of v3 and v4, which the frame has too; v7 of v3 and v5, which it has not.
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = ParameterFormal 1\n  \
            v3: int32 = CheckInt32 v1 [f0]\n  v4: int32 = CheckInt32 v2 [f0]\n  v5: int32 = Int32MulChecked v3, v4 [f0]\n  \
            v6: int32 = Int32Add v3, v4\n  v7: int32 = Int32Add v3, v5\n  v8 = CheckString v1 [f1]\n  Return v8\n\
            f0 = fn0@2 before {closure v0, context v0, this v0}\n\
            f1 = fn0@4 before {closure v0, context v0, this v0, r0 v3, r1 v4, r2 v6, r3 v7}\n";
        assert_eq!(left(text), [6]);
    }

    #[test]
    fn two_operands_that_the_code_still_needs() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = ParameterFormal 1\n  \
            v3: int32 = CheckInt32 v1 [f0]\n  v4: int32 = CheckInt32 v2 [f0]\n  v5: int32 = Int32Xor v3, v4\n  \
            v6 = CheckString v1 [f1]\n  v7: int32 = Int32AddChecked v3, v4 [f0]\n  v8 = TagInt32 v7\n  Return v8\n\
            f0 = fn0@2 before {closure v0, context v0, this v0}\n\
            f1 = fn0@4 before {closure v0, context v0, this v0, r0 v5}\n";
        assert_eq!(left(text), [5]);
        // Behind the sum the operands are dead.
        let later = text
            .replace("v6 = CheckString v1 [f1]\n  ", "")
            .replace("  Return", "  v6 = CheckString v1 [f1]\n  Return");
        assert_eq!(left(&later), [0usize; 0]);
    }

    /// A field of `v1` that only the frame of `CheckString` wants, with something in between.
    fn field(between: &str) -> Vec<usize> {
        left(&format!(
            "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = ParameterFormal 1\n  \
            v3 = LoadField 24 Property v1\n  {between}v8 = CheckString v1 [f1]\n  Return v8\n\
            f0 = fn0@2 before {{closure v0, context v0, this v0}}\n\
            f1 = fn0@4 before {{closure v0, context v0, this v0, r0 v3}}\n\
            f2 = fn0@3 after -> acc {{closure v0, context v0, this v0}}\n"
        ))
    }

    #[test]
    fn a_field_that_nothing_could_have_changed() {
        assert_eq!(field(""), [3]);
        assert_eq!(field("StoreField 32 Property None v2, v1\n  "), [3], "another field");
        assert_eq!(field("StoreField 24 Context None v2, v1\n  "), [3], "another sort of memory");
        assert_eq!(field("v4: int32 = CheckInt32 v2 [f0]\n  "), [3], "a check");
        assert_eq!(field("StoreField 24 Property None v2, v1\n  "), [0usize; 0], "perhaps the same object");
        assert_eq!(field("v4 = Call v1, v1 [lazy f2]\n  "), [0usize; 0], "a call");
    }

    #[test]
    fn a_field_that_the_exits_own_node_changes() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v3 = LoadField 24 Property v1\n  \
            v4 = Call v1, v1 [lazy f2]\n  Return v4\n\
            f2 = fn0@3 after -> acc {closure v0, context v0, this v0, r0 v3}\n";
        assert_eq!(left(text), [0usize; 0]);
    }

    #[test]
    fn a_field_that_the_loop_changes_before_the_exit_of_the_next_round() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v3 = LoadField 24 Property v1\n  Jump b1\n\
            b1: loop fn0@1 from b0, b1\n  v4 = CheckString v1 [f1]\n  STORELoopInterruptCheck [f1] [catch f2]\n  Jump b1\n\
            f1 = fn0@1 before {closure v0, context v0, this v0, r0 v3}\n\
            f2 = fn0@3 catch {closure v0, context v0, this v0}\n";
        let _ = parse(&text.replace("STORE", "")).expect("a graph");
        assert_eq!(left(&text.replace("STORE", "StoreField 24 Property None v1, v0\n  ")), [0usize; 0]);
    }

    #[test]
    fn strings_that_only_exits_want() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = CheckString v1 [f0]\n  \
            v3 = CallHelper StringConcat v2, v2 [lazy f2]\n  v4 = CallHelper StringConcat v3, v2 [lazy f2]\n  \
            v5 = CheckSymbol v1 [f1]\n  Return v5\n\
            f0 = fn0@2 before {closure v0, context v0, this v0}\n\
            f1 = fn0@4 before {closure v0, context v0, this v0, r0 v4}\n\
            f2 = fn0@3 after -> acc {closure v0, context v0, this v0}\n";
        assert_eq!(left(text), [3, 4]);
        assert_eq!(left(&text.replace("Return v5", "Return v4")), [0usize; 0]);
    }

    #[test]
    fn what_keeps_more_alive_is_not_left() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = ParameterFormal 1\n  \
            v3: int32 = CheckInt32 v1 [f0]\n  v4: int32 = CheckInt32 v2 [f0]\n  v5: int32 = Int32Xor v3, v4\n  \
            v6: int32 = Int32AddChecked v3, v4 [f0]\n  v7 = CheckString v1 [f1]\n  Return v7\n\
            f0 = fn0@2 before {closure v0, context v0, this v0}\n\
            f1 = fn0@4 before {closure v0, context v0, this v0, r0 v5, r1 v6}\n";
        assert_eq!(left(text), [0usize; 0]);
    }

    #[test]
    fn a_context_of_another_closure_is_wanted() {
        let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2 = LoadFunctionContext v0\n  \
            v3 = CheckString v1 [f0]\n  Return v3\n\
            f0 = fn0@2 before {closure v1, context v2, this v0}\n";
        assert_eq!(left(text), [0usize; 0]);
    }
}
