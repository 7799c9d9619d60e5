//! Passes on small graphs made by hand.

use super::{Facts, NoFacts, Stats, dead, numbering, phis};
use crate::graph::verify::verify;
use crate::graph::{
    Barrier, BlockId, Condition, FrameFlavor, FrameState, FunctionRef, Graph, LoopInfo, Memory, NodeId, Op,
    Repr, StateKind, States, TaggedConst, Terminator,
};

fn eager(graph: &mut Graph, value: NodeId) -> States {
    States::eager(graph.add_state(FrameState {
        function: FunctionRef(0),
        offset: 0,
        kind: StateKind::Before,
        flavor: FrameFlavor::Call,
        has_handler: false,
        closure: value,
        context: value,
        receiver: value,
        arguments: Vec::new(),
        argument_count: None,
        registers: Vec::new(),
        accumulator: None,
        outer: None,
    }))
}

fn begin() -> (Graph, BlockId, NodeId) {
    let mut graph = Graph::new();
    let entry = graph.add_block();
    let callee = graph.add(entry, Op::ParameterCallee {}, &[], States::NONE);
    (graph, entry, callee)
}

fn finish(graph: &mut Graph, pass: fn(&mut Graph, &dyn Facts) -> Stats) -> String {
    graph.finish();
    assert_eq!(verify(graph), Ok(()));
    pass(graph, &NoFacts);
    dead::run(graph, &NoFacts);
    assert_eq!(verify(graph), Ok(()));
    graph.to_string()
}

/// `for (i = 0; i < 10; i = i + 1)` with a tagged phi.
#[test]
fn a_counting_phi_is_untagged() {
    let (mut graph, entry, callee) = begin();
    let (header, body, end) = (graph.add_block(), graph.add_block(), graph.add_block());
    let zero = graph.add(entry, Op::ConstTagged { value: TaggedConst::int32(0) }, &[], States::NONE);
    let (ten, one) = (Op::ConstInt32 { value: 10 }, Op::ConstInt32 { value: 1 });
    let (ten, one) = (graph.add(entry, ten, &[], States::NONE), graph.add(entry, one, &[], States::NONE));
    graph.terminate(entry, Terminator::Jump(header, vec![zero]));
    let phi = graph.add_parameter(header, Repr::Tagged);
    let states = eager(&mut graph, callee);
    let int = graph.add(header, Op::CheckInt32 {}, &[phi], states);
    let less = Op::Int32Compare { condition: Condition::Less };
    let less = graph.add(header, less, &[int, ten], States::NONE);
    graph.terminate(header, Terminator::Branch(less, body, end));
    let states = eager(&mut graph, callee);
    let next = graph.add(body, Op::Int32AddChecked {}, &[int, one], states);
    let tagged = graph.add(body, Op::TagInt32 {}, &[next], States::NONE);
    graph.terminate(body, Terminator::Jump(header, vec![tagged]));
    graph.block_mut(header).loop_info =
        Some(LoopInfo { back_edge: Some(body), function: FunctionRef(0), offset: 0, entry_state: None });
    graph.terminate(end, Terminator::Return(phi));
    let text = finish(&mut graph, phis::run);
    assert!(text.contains("b1(v4: int32): loop"), "{text}");
    assert!(!text.contains("CheckInt32"), "{text}");
    assert!(text.contains("TagInt32 v4"), "{text}");
}

#[test]
fn a_load_behind_a_store_is_the_stored_value() {
    let (mut graph, entry, callee) = begin();
    let value = graph.add(entry, Op::ParameterReceiver {}, &[], States::NONE);
    let load = Op::LoadField { offset: 24, memory: Memory::Property };
    let store = Op::StoreField { offset: 24, memory: Memory::Property, barrier: Barrier::IfCell };
    let other = Op::StoreField { offset: 32, memory: Memory::Property, barrier: Barrier::IfCell };
    graph.add(entry, store, &[callee, value], States::NONE);
    graph.add(entry, other, &[callee, callee], States::NONE);
    let loaded = graph.add(entry, load, &[callee], States::NONE);
    graph.terminate(entry, Terminator::Return(loaded));
    let text = finish(&mut graph, numbering::run);
    assert!(!text.contains("LoadField"), "{text}");
    assert!(text.contains("Return v1"), "{text}");
}

#[test]
fn a_store_through_another_object_ends_what_is_known() {
    let (mut graph, entry, callee) = begin();
    let other = graph.add(entry, Op::ParameterReceiver {}, &[], States::NONE);
    let load = Op::LoadField { offset: 24, memory: Memory::Property };
    let store = Op::StoreField { offset: 24, memory: Memory::Property, barrier: Barrier::IfCell };
    let first = graph.add(entry, load, &[callee], States::NONE);
    graph.add(entry, store, &[other, first], States::NONE);
    let second = graph.add(entry, load, &[callee], States::NONE);
    graph.terminate(entry, Terminator::Return(second));
    let text = finish(&mut graph, numbering::run);
    assert_eq!(text.matches("LoadField").count(), 2, "{text}");
}

#[test]
fn the_second_of_two_equal_checks_goes() {
    let (mut graph, entry, callee) = begin();
    let states = eager(&mut graph, callee);
    let first = graph.add(entry, Op::CheckInt32 {}, &[callee], states);
    let states = eager(&mut graph, callee);
    let second = graph.add(entry, Op::CheckInt32 {}, &[callee], states);
    let states = eager(&mut graph, callee);
    let sum = graph.add(entry, Op::Int32AddChecked {}, &[first, second], states);
    let sum = graph.add(entry, Op::TagInt32 {}, &[sum], States::NONE);
    graph.terminate(entry, Terminator::Return(sum));
    let text = finish(&mut graph, numbering::run);
    assert_eq!(text.matches("CheckInt32").count(), 1, "{text}");
    assert!(text.contains("Int32AddChecked v1, v1"), "{text}");
}
