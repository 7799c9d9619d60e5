//! Values that only exits want.
//!
//! A pure value that nothing but frame states (and what they describe) uses is not computed by the code. Frame states
//! name a *recipe* for it, and the exit computes it from what the recipe needs: the untagged number of a tagged one, int32 and double
//! arithmetic, a field that never changes. So the code has less to do, and a value that is alive anyway (the number below its tag, the
//! counter below `counter + 1`) takes the place of one that would be alive for exits alone.
//!
//! Arithmetic is only left to exits if one of its operands is a constant: otherwise two values would be kept alive in the place of
//! one. The context of a function's frame is a case of its own: where it is the one that the closure has, the translation says nothing, and
//! the exit takes it from the closure.
//!
//! Not done: checked arithmetic (the check is needed), fields that may change, strings (their concatenation can throw).

use unspool_deopt::{RecipeOp, StateValue};

use crate::graph::{FrameSlot, FrameState, FrameStateId, Graph, Memory, NodeId, Op, Terminator};

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
        let recipe = match *graph.op(node) {
            Op::TagInt32 {} | Op::TagUint32 {} | Op::TagFloat64 {} | Op::TagBool {} => Recipe::Untagged,
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
            Op::LoadField { offset, memory: Memory::Immutable } => Recipe::Field(offset),
            Op::LoadFunctionContext {} => Recipe::OwnContext,
            _ => return None,
        };
        let inputs = graph.inputs(node);
        (inputs.len() == 1 || inputs.iter().any(|input| graph.op(*input).is_constant())).then_some(recipe)
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
    let mut wanted = vec![false; graph.node_count()];
    let mut left = vec![false; graph.node_count()];
    let mut depth = vec![0u8; graph.node_count()];
    contexts(graph, &mut wanted);
    // Backward: what uses a value comes before it.
    for &block in graph.order().iter().rev() {
        let data = graph.block(block);
        data.terminator.inputs().iter().for_each(|input| wanted[input.index()] = true);
        for &node in data.nodes.iter().rev() {
            if let Op::CapturedObject { .. } = graph.op(node) {
                continue;
            }
            let recipe = Recipe::of(graph, node).filter(|_| !wanted[node.index()]);
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
