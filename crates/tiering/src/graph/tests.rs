//! Broken graphs, each of which one rule refuses, and the text form.

use super::state::{FrameFlavor, FrameState, ResultLocation, StateKind};
use super::store::{Graph, Inlining, LoopInfo, NodeId, States, Terminator};
use super::types::{FunctionRef, Repr, TaggedConst};
use super::verify::verify;
use super::{BlockId, DeoptReason, FrameStateId, Helper, Op};

fn state(graph: &mut Graph, kind: StateKind, value: NodeId) -> FrameStateId {
    graph.add_state(FrameState {
        function: FunctionRef(0),
        offset: 4,
        kind,
        flavor: FrameFlavor::Call,
        has_handler: false,
        closure: value,
        context: value,
        receiver: value,
        arguments: vec![value],
        argument_count: None,
        registers: vec![(0, value)],
        accumulator: None,
        outer: None,
    })
}

/// `v0` the callee, `v1` an untagged int32 made of it with state `f0`.
fn begin() -> (Graph, BlockId, NodeId, NodeId) {
    let mut graph = Graph::new();
    let entry = graph.add_block();
    let callee = graph.add(entry, Op::ParameterCallee {}, &[], States::NONE);
    let before = state(&mut graph, StateKind::Before, callee);
    let int = graph.add(entry, Op::CheckInt32 {}, &[callee], States::eager(before));
    (graph, entry, callee, int)
}

fn rule(mut graph: Graph) -> u32 {
    graph.finish();
    verify(&graph).map_or_else(|error| error.rule, |()| 0)
}

#[test]
fn a_loop_is_fine_and_prints() {
    let (mut graph, entry, callee, int) = begin();
    let (header, body, end) = (graph.add_block(), graph.add_block(), graph.add_block());
    graph.terminate(entry, Terminator::Jump(header, vec![int]));
    let phi = graph.add_parameter(header, Repr::Int32);
    graph.block_mut(header).loop_info =
        Some(LoopInfo { back_edge: Some(body), function: FunctionRef(0), offset: 4, entry_state: None });
    let zero = graph.add(header, Op::ConstInt32 { value: 0 }, &[], States::NONE);
    let compare =
        graph.add(header, Op::Int32Compare { condition: super::Condition::Less }, &[zero, phi], States::NONE);
    graph.terminate(header, Terminator::Branch(compare, body, end));
    let before = state(&mut graph, StateKind::Before, callee);
    let sum = graph.add(body, Op::Int32SubChecked {}, &[phi, zero], States::eager(before));
    graph.terminate(body, Terminator::Jump(header, vec![sum]));
    let tagged = graph.add(end, Op::TagInt32 {}, &[phi], States::NONE);
    graph.terminate(end, Terminator::Return(tagged));
    graph.finish();
    assert_eq!(verify(&graph), Ok(()));
    assert_eq!(
        graph.to_string(),
        "b0:\n  v0 = ParameterCallee\n  v1: int32 = CheckInt32 v0 [f0]\n  Jump b1(v1)\n\
         b1(v2: int32): loop fn0@4 from b0, b2\n  v3: int32 = ConstInt32 0\n  \
         v4: bool = Int32Compare Less v3, v2\n  Branch v4, b2, b3\n\
         b2: from b1\n  v5: int32 = Int32SubChecked v2, v3 [f1]\n  Jump b1(v5)\n\
         b3: from b1\n  v6 = TagInt32 v2\n  Return v6\n\
         f0 = fn0@4 before {closure v0, context v0, this v0, a0 v0, r0 v0}\n\
         f1 = fn0@4 before {closure v0, context v0, this v0, a0 v0, r0 v0}\n"
    );
}

#[test]
fn blocks_end_and_edges_fit() {
    let (graph, ..) = begin();
    assert_eq!(rule(graph), 1);

    let (mut graph, entry, callee, int) = begin();
    let next = graph.add_block();
    graph.add_parameter(next, Repr::Tagged);
    graph.terminate(entry, Terminator::Jump(next, vec![int]));
    graph.terminate(next, Terminator::Return(callee));
    assert_eq!(rule(graph), 2);

    let (mut graph, entry, callee, _) = begin();
    graph.terminate(entry, Terminator::Jump(entry, vec![]));
    let _ = callee;
    assert_eq!(rule(graph), 3);
}

#[test]
fn critical_edges_are_refused() {
    let (mut graph, entry, callee, _) = begin();
    let (left, join) = (graph.add_block(), graph.add_block());
    let test = graph.add(entry, Op::ToBoolean {}, &[callee], States::NONE);
    graph.terminate(entry, Terminator::Branch(test, left, join));
    graph.terminate(left, Terminator::Jump(join, vec![]));
    graph.terminate(join, Terminator::Return(callee));
    assert_eq!(rule(graph), 2);
}

#[test]
fn values_are_defined_before_use() {
    let (mut graph, entry, callee, _) = begin();
    let (left, right) = (graph.add_block(), graph.add_block());
    let test = graph.add(entry, Op::ToBoolean {}, &[callee], States::NONE);
    graph.terminate(entry, Terminator::Branch(test, left, right));
    let value = graph.add(left, Op::TagBool {}, &[test], States::NONE);
    graph.terminate(left, Terminator::Return(value));
    graph.terminate(right, Terminator::Return(value));
    assert_eq!(rule(graph), 5);
}

#[test]
fn representations_are_kept() {
    let (mut graph, entry, callee, int) = begin();
    graph.add(entry, Op::Int32Add {}, &[int, callee], States::NONE);
    graph.terminate(entry, Terminator::Return(callee));
    assert_eq!(rule(graph), 6);

    let (mut graph, entry, _, int) = begin();
    graph.terminate(entry, Terminator::Return(int));
    assert_eq!(rule(graph), 6);
}

#[test]
fn checks_have_a_state_before() {
    let (mut graph, entry, callee, _) = begin();
    graph.add(entry, Op::CheckString {}, &[callee], States::NONE);
    graph.terminate(entry, Terminator::Return(callee));
    assert_eq!(rule(graph), 7);

    let (mut graph, entry, callee, _) = begin();
    let after = state(&mut graph, StateKind::After(ResultLocation::Accumulator), callee);
    graph.add(entry, Op::CheckString {}, &[callee], States::eager(after));
    graph.terminate(entry, Terminator::Return(callee));
    assert_eq!(rule(graph), 7);
}

#[test]
fn calls_have_a_state_after() {
    let (mut graph, entry, callee, _) = begin();
    let call = graph.add(entry, Op::Call {}, &[callee, callee], States::NONE);
    graph.terminate(entry, Terminator::Return(call));
    assert_eq!(rule(graph), 8);

    let (mut graph, entry, callee, _) = begin();
    let catch = state(&mut graph, StateKind::Catch, callee);
    let states = States { catch: Some(catch), ..States::NONE };
    let call = graph.add(entry, Op::Call {}, &[callee, callee], states);
    graph.terminate(entry, Terminator::Return(call));
    assert_eq!(rule(graph), 9);
}

#[test]
fn chains_end_at_the_compiled_function() {
    let (mut graph, entry, callee, _) = begin();
    let before = state(&mut graph, StateKind::Before, callee);
    graph.state_mut(before).function = FunctionRef(1);
    graph.terminate(entry, Terminator::Deopt(DeoptReason::WrongMap, before));
    assert_eq!(rule(graph), 10);
}

/// A graph with an exit in a function that is inlined twice deep, then spoiled.
fn inlined(spoil: impl FnOnce(&mut Graph, [FrameStateId; 3])) -> u32 {
    let (mut graph, entry, callee, _) = begin();
    let after = StateKind::After(ResultLocation::Accumulator);
    let outer = state(&mut graph, after, callee);
    let middle = state(&mut graph, after, callee);
    let inner = state(&mut graph, StateKind::Before, callee);
    let inlining = |outer, offset, function| Inlining {
        outer,
        offset,
        function: FunctionRef(function),
        flavor: FrameFlavor::Call,
        arguments: 1,
    };
    let first = graph.add_inlining(inlining(None, 4, 1));
    graph.add_inlining(inlining(Some(first), 9, 2));
    for (id, function, offset, outer) in [(middle, 1, 9, outer), (inner, 2, 0, middle)] {
        let state = graph.state_mut(id);
        (state.function, state.offset, state.argument_count) = (FunctionRef(function), offset, Some(1));
        state.outer = Some(outer);
    }
    graph.add(entry, Op::CheckString {}, &[callee], States::eager(inner));
    graph.terminate(entry, Terminator::Return(callee));
    spoil(&mut graph, [outer, middle, inner]);
    rule(graph)
}

/// C09: what can exit has a state, and the states outside of it are a way down the inlining tree.
#[test]
fn c09_frame_states_follow_the_inlining_tree() {
    assert_eq!(inlined(|_, _| {}), 0);
    // Every node that can exit has a state.
    let without = |graph: &mut Graph| {
        let node = graph.block(Graph::ENTRY).nodes.last().copied().expect("the check");
        graph.node_mut(node).states = States::NONE;
    };
    assert_eq!(inlined(|graph, _| without(graph)), 7);
    // A frame is left out, doubled, or another one.
    assert_eq!(inlined(|graph, [outer, _, inner]| graph.state_mut(inner).outer = Some(outer)), 10);
    assert_eq!(inlined(|graph, [_, middle, _]| graph.state_mut(middle).outer = Some(middle)), 10);
    assert_eq!(inlined(|graph, [_, middle, _]| graph.state_mut(middle).outer = None), 10);
    assert_eq!(inlined(|graph, [_, _, inner]| graph.state_mut(inner).function = FunctionRef(1)), 10);
    assert_eq!(inlined(|graph, [_, middle, _]| graph.state_mut(middle).function = FunctionRef(2)), 10);
    // It was inlined elsewhere, for something else, with other arguments.
    assert_eq!(inlined(|graph, [outer, ..]| graph.state_mut(outer).offset = 5), 10);
    assert_eq!(inlined(|graph, [_, middle, _]| graph.state_mut(middle).offset = 8), 10);
    assert_eq!(inlined(|graph, [_, _, inner]| graph.state_mut(inner).flavor = FrameFlavor::Getter), 10);
    assert_eq!(inlined(|graph, [_, _, inner]| graph.state_mut(inner).argument_count = Some(2)), 10);
    assert_eq!(inlined(|graph, [_, middle, _]| graph.state_mut(middle).kind = StateKind::Before), 10);
}

#[test]
fn nobody_goes_back_behind_an_effect() {
    let (mut graph, entry, callee, _) = begin();
    let after = state(&mut graph, StateKind::After(ResultLocation::Accumulator), callee);
    let helper = Op::CallHelper { helper: Helper::Add };
    graph.add(entry, helper, &[callee, callee], States::lazy(after));
    graph.add(entry, Op::CheckString {}, &[callee], States::eager(FrameStateId(0)));
    graph.terminate(entry, Terminator::Return(callee));
    assert_eq!(rule(graph), 11);
}

#[test]
fn pointers_do_not_cross_calls() {
    let (mut graph, entry, callee, _) = begin();
    let pointer = Op::LoadPointer { offset: 8, memory: super::Memory::SlotsPointer };
    let slots = graph.add(entry, pointer, &[callee], States::NONE);
    let after = state(&mut graph, StateKind::After(ResultLocation::Accumulator), callee);
    graph.add(entry, Op::Call {}, &[callee, callee], States::lazy(after));
    let value = graph.add(entry, Op::LoadSlot { index: 0 }, &[slots], States::NONE);
    graph.terminate(entry, Terminator::Return(value));
    assert_eq!(rule(graph), 12);
}

#[test]
fn constants_print_by_their_value() {
    assert_eq!(format!("{:?}", TaggedConst::int32(-7)), "-7");
    assert_eq!(format!("{:?}", TaggedConst::UNDEFINED), "undefined");
    assert_eq!(TaggedConst::int32(0).to_boolean(), Some(false));
    assert_eq!(TaggedConst::UNDEFINED.number(), None);
}
