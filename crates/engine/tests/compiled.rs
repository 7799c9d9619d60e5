//! Machine code from graphs made by hand: calls, exceptions, exits, invalidation. What the graph builder makes of programs is tested
//! elsewhere; here the code generator, the exits and the seam to the interpreter are.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::rc::Rc;

use unspool::Isolate;
use unspool::runtime::Cx;
use unspool::runtime::cells::Function;
use unspool::runtime::config::Config;
use unspool::runtime::host::DefaultHost;
use unspool::values::{PropertyKey, Value};
use unspool_bytecode::Liveness;
use unspool_deopt::LazyReason;
use unspool_gc::{CollectionKind, Gc};
use unspool_tiering::graph::{
    CellRef, DeoptReason, FrameFlavor, FrameState, FrameStateId, FunctionRef, Graph, Helper, NodeId, Op,
    ResultLocation, StateKind, States, TaggedConst, Terminator,
};
use unspool_tiering::machine::code::{CodeCell, CodeObject, Compiler, EntryKind};
use unspool_tiering::machine::lower::{Environment, FunctionEnvironment, lower};

fn isolate() -> Isolate {
    Isolate::new(Config::default(), Box::new(DefaultHost))
}

fn run(isolate: &Isolate, source: &str) -> String {
    match isolate.run_script(source, "test.js") {
        Ok(text) => text,
        Err(error) => panic!("{error}"),
    }
}

fn global_function(cx: Cx<'_>, name: &str) -> Gc<Function> {
    let realm = cx.hot.realm.get().expect("a realm");
    let global = unspool::runtime::ValueExt::as_object(realm.global.get()).expect("a global object");
    let key = PropertyKey::from_text(cx, &cx.atoms, name);
    global.own_data_value(cx, key).and_then(|value| value.to::<Function>()).expect("a function")
}

/// A graph under construction: one block.
struct Builder {
    graph: Graph,
    closure: NodeId,
    context: NodeId,
    receiver: NodeId,
    formals: Vec<NodeId>,
}

impl Builder {
    fn new(formals: u32) -> Builder {
        let mut graph = Graph::new();
        let block = graph.add_block();
        let mut add = |op| graph.add(block, op, &[], States::NONE);
        let closure = add(Op::ParameterCallee {});
        let receiver = add(Op::ParameterReceiver {});
        let context = add(Op::ConstTagged { value: TaggedConst::UNDEFINED });
        let formals = (0..formals).map(|index| add(Op::ParameterFormal { index })).collect();
        Builder { graph, closure, context, receiver, formals }
    }

    fn add(&mut self, op: Op, inputs: &[NodeId], states: States) -> NodeId {
        self.graph.add(Graph::ENTRY, op, inputs, states)
    }

    fn state(&mut self, kind: StateKind, offset: u32, registers: &[(u32, NodeId)]) -> FrameStateId {
        self.graph.add_state(FrameState {
            function: FunctionRef(0),
            offset,
            kind,
            flavor: FrameFlavor::Call,
            has_handler: false,
            closure: self.closure,
            context: self.context,
            receiver: self.receiver,
            arguments: self.formals.clone(),
            argument_count: None,
            registers: registers.to_vec(),
            accumulator: None,
            outer: None,
        })
    }

    fn finish(mut self, result: NodeId) -> Graph {
        self.graph.terminate(Graph::ENTRY, Terminator::Return(result));
        self.graph.finish();
        self.graph
    }
}

fn install(cx: Cx<'_>, name: &str, graph: &Graph) -> Rc<CodeObject> {
    let function = global_function(cx, name);
    let template = function.template;
    let compiler = Compiler::of(cx.isolate());
    let id = compiler.new_id();
    let cell = CodeCell::new();
    let environment = Environment {
        code: id,
        code_cell: &raw const *cell as u64,
        cells: vec![template.addr() as u64],
        functions: vec![FunctionEnvironment {
            code: template.code().expect("it ran").clone(),
            template: CellRef(0),
            vector: None,
            observing: false,
        }],
        ..Environment::default()
    };
    let lowered =
        lower(graph, &environment, &compiler.backend().expect("a supported machine")).expect("code");
    compiler.install(cx, template, id, cell, EntryKind::Formals, lowered).expect("room")
}

/// `a + b` for int32s that do not overflow.
fn add_graph() -> Graph {
    let mut b = Builder::new(2);
    let before = b.state(StateKind::Before, 0, &[]);
    let eager = States::eager(before);
    b.add(Op::StackCheck {}, &[], eager);
    let formals = b.formals.clone();
    let x = b.add(Op::CheckInt32 {}, &[formals[0]], eager);
    let y = b.add(Op::CheckInt32 {}, &[formals[1]], eager);
    let sum = b.add(Op::Int32AddChecked {}, &[x, y], eager);
    let tagged = b.add(Op::TagInt32 {}, &[sum], States::NONE);
    b.finish(tagged)
}

#[test]
fn a_call_returns_a_value() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    let code = isolate.enter(|cx| install(cx, "f", &add_graph()));
    assert_eq!(run(&isolate, "f(20, 22)"), "42");
    assert_eq!(run(&isolate, "[1, 2].map(x => f(x, 10)).join()"), "11,12");
    assert_eq!(run(&isolate, "Reflect.apply(f, null, [3, 4, 5])"), "7");
    assert!(!code.is_invalidated());
    assert_eq!(isolate.enter(|cx| cx.heap.code.statistics().optimized), 1);
}

#[test]
fn an_exit_goes_on_in_the_interpreter() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    let code = isolate.enter(|cx| install(cx, "f", &add_graph()));
    assert_eq!(run(&isolate, "f(2147483647, 1)"), "2147483648");
    assert!(code.is_invalidated());
    assert_eq!(run(&isolate, "f('a', 'b')"), "ab");
    isolate.enter(|cx| {
        let counters = Compiler::of(cx.isolate()).counters();
        assert_eq!((counters.eager, counters.lazy, counters.invalidated), (1, 0, 1));
    });
}

/// An exit that leaves a live register out is found when the interpreter reads it.
#[test]
#[cfg_attr(debug_assertions, should_panic(expected = "reads a register that an exit has left out"))]
fn c18_a_read_of_the_sentinel_is_noticed() {
    let isolate = isolate();
    run(&isolate, "function f(a) { let x = [a], y = [x]; return [x, y] } f(1)");
    isolate.enter(|cx| {
        let template = global_function(cx, "f").template;
        let block = template.code().expect("it ran").clone();
        let liveness = Liveness::analyze(&block);
        // Where a register is live and the accumulator is not.
        let offset = block.instructions().flatten().map(|instruction| instruction.offset).find(|&offset| {
            let live = liveness.before(offset);
            live.registers().next().is_some() && !live.accumulator()
        });
        let mut b = Builder::new(1);
        let before = b.state(StateKind::Before, offset.expect("it has local variables"), &[]);
        b.graph.terminate(Graph::ENTRY, Terminator::Deopt(DeoptReason::WrongMap, before));
        b.graph.finish();
        install(cx, "f", &b.graph);
    });
    run(&isolate, "f(2)");
}

#[test]
fn an_exit_under_a_rust_caller_is_finished_there() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    isolate.enter(|cx| install(cx, "f", &add_graph()));
    assert_eq!(run(&isolate, "Reflect.apply(f, null, ['x', 1])"), "x1");
    isolate.enter(|cx| install(cx, "f", &add_graph()));
    assert_eq!(run(&isolate, "[1, 'y'].map(x => f(x, 10)).join()"), "11,y10");
}

#[test]
fn missing_arguments_are_undefined() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    isolate.enter(|cx| install(cx, "f", &add_graph()));
    assert_eq!(run(&isolate, "f(1)"), "NaN");
    isolate.enter(|cx| install(cx, "f", &add_graph()));
    assert_eq!(run(&isolate, "f(1, 2, 3)"), "3");
}

#[test]
fn exits_leave_no_native_frames() {
    let config = Config { deopt_threshold: u32::MAX, ..Config::default() };
    let isolate = Isolate::new(config, Box::new(DefaultHost));
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    let code = isolate.enter(|cx| install(cx, "f", &add_graph()));
    // Each exit returns into the calling loop; so many of them would overflow any stack otherwise.
    let top = isolate.enter(|cx| cx.hot.stack_top.get());
    let sum = run(&isolate, "var s = 0; for (let i = 0; i < 200000; i++) s = f(s, 0.5); s");
    assert_eq!(sum, "100000");
    let exits = isolate.enter(|cx| Compiler::of(cx.isolate()).counters().eager);
    assert_eq!(exits, 200_000);
    assert!(!code.is_invalidated());
    assert_eq!(isolate.enter(|cx| cx.hot.stack_top.get()), top);
}

/// Throws its argument.
fn throw_graph() -> Graph {
    let mut b = Builder::new(1);
    let after = b.state(StateKind::After(ResultLocation::Accumulator), 2, &[]);
    let formals = b.formals.clone();
    let thrown = b.add(Op::CallHelper { helper: Helper::Throw }, &[formals[0]], States::lazy(after));
    b.finish(thrown)
}

#[test]
fn exceptions_pass_through() {
    let isolate = isolate();
    run(&isolate, "function f(a) { throw a } try { f(1) } catch (e) {}");
    isolate.enter(|cx| install(cx, "f", &throw_graph()));
    assert_eq!(run(&isolate, "try { f('thrown') } catch (e) { 'caught ' + e }"), "caught thrown");
    assert_eq!(
        run(&isolate, "try { [1].forEach(f) } catch (e) { 'caught ' + e }"),
        "caught 1",
        "through a native caller"
    );
}

/// `a + b` by the helper, which runs the program.
fn slow_add_graph() -> Graph {
    let mut b = Builder::new(2);
    let before = b.state(StateKind::Before, 0, &[]);
    b.add(Op::StackCheck {}, &[], States::eager(before));
    // Ldar a1; Add a0: the addition is the second instruction.
    let after = b.state(StateKind::After(ResultLocation::Accumulator), 2, &[]);
    let formals = b.formals.clone();
    let sum = b.add(Op::CallHelper { helper: Helper::Add }, &formals, States::lazy(after));
    b.finish(sum)
}

#[test]
fn invalidated_code_is_left_behind_the_call() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    let code = isolate.enter(|cx| install(cx, "f", &slow_add_graph()));
    assert_eq!(run(&isolate, "f('a', 'b')"), "ab");
    isolate.enter(|cx| {
        // The byte alone, as if it had been set during the call.
        code.cell.invalidated.set(1);
        let function = Value::from_cell(global_function(cx, "f"));
        let arguments = [Value::from_i32(40), Value::from_i32(2)];
        let result = unspool::runtime::function::call(cx, function, Value::UNDEFINED, &arguments);
        assert_eq!(result, Ok(Value::from_i32(42)));
        assert_eq!(Compiler::of(cx.isolate()).counters().lazy, 1);
    });
}

#[test]
fn stack_traces_show_compiled_frames() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    isolate.enter(|cx| install(cx, "f", &slow_add_graph()));
    let stack = run(
        &isolate,
        "function outer() { return f({ valueOf() { return new Error('e').stack } }, '') } outer()",
    );
    let names: Vec<&str> =
        stack.lines().skip(1).map(|line| line.trim().split(' ').nth(1).unwrap_or("")).collect();
    assert_eq!(names[..3], ["valueOf", "f", "outer"], "{stack}");
}

#[test]
fn dead_code_is_freed_when_nothing_runs_it() {
    let isolate = isolate();
    run(&isolate, "function f(a, b) { return a + b } f(1, 2)");
    isolate.enter(|cx| {
        let id = install(cx, "f", &add_graph()).id;
        Compiler::of(cx.isolate()).invalidate(cx.isolate(), id, LazyReason::Testing);
        assert_eq!(cx.heap.code.statistics().deoptimized, 1);
    });
    isolate.enter(|cx| {
        cx.collect_garbage(CollectionKind::Full);
        let figures = cx.heap.code.statistics();
        assert_eq!((figures.optimized, figures.deoptimized, figures.freed), (0, 0, 1));
    });
    assert_eq!(run(&isolate, "f(1, 2)"), "3");
}

#[test]
fn code_dies_with_its_function() {
    let isolate = isolate();
    run(&isolate, "var f = function (a, b) { return a + b }; f(1, 2)");
    isolate.enter(|cx| drop(install(cx, "f", &add_graph())));
    run(&isolate, "f = null");
    // The first collection may still find the function in a dead part of the stack or the program cache.
    for _ in 0..4 {
        isolate.enter(|cx| cx.collect_garbage(CollectionKind::Full));
    }
    let figures = isolate.enter(|cx| cx.heap.code.statistics());
    assert_eq!((figures.optimized, figures.deoptimized), (0, 0), "{figures:?}");
}
