//! The life of compiled code, by the numbers of the contract (`docs/bailout.md`): marking, unlinking, other activations, collection,
//! dependencies, the commit.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;
mod mutations;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use machine::{bets, code, collect, counters, eager, is_optimized, isolate, manual, optimize, run, with};
use mutations::{CONTEXT_MUTATIONS, MUTATIONS};
use unspool::Isolate;
use unspool::runtime::config::{Compilation, Config, ForcedExits};
use unspool::runtime::host::Host;
use unspool_deopt::LazyReason;
use unspool_gc::{CollectionKind, CollectionReason};
use unspool_tiering::log::{Failure, K};
use unspool_tiering::machine::code::Compiler;
use unspool_tiering::machine::pipeline;
use unspool_tiering::policy::price;

#[test]
fn c31_an_exit_marks_its_code_and_says_why() {
    let isolate = isolate();
    run(&isolate, "function f(o) { return o.x }");
    optimize(&isolate, "f", "f({ x: 1 })");
    let first = code(&isolate, "f");
    assert_eq!(run(&isolate, "f({ y: 0, x: 2 })"), "2");
    assert!(first.is_invalidated());
    assert_eq!(first.invalidation.get(), Some(LazyReason::EagerDeopt));
    assert!(!is_optimized(&isolate, "f"));
    let after = counters(&isolate);
    assert_eq!((after.eager, after.lazy, after.invalidated), (1, 0, 1));
}

#[test]
fn c31_exits_that_say_nothing_against_the_code_leave_it_valid() {
    let isolate = with(Config { forced_exits: ForcedExits::every_nth(1), ..manual() });
    run(&isolate, "function f(o) { return o.x }");
    optimize(&isolate, "f", "f({ x: 1 })");
    let code = code(&isolate, "f");
    for _ in 0..5 {
        assert_eq!(run(&isolate, "f({ x: 1 })"), "1");
    }
    assert!(counters(&isolate).eager >= 5);
    assert!(!code.is_invalidated());
    assert!(bets(&isolate, "f").is_empty(), "forced exits are no failures");
}

/// Dead code would go on giving the value that it has embedded.
#[test]
fn c32_no_way_leads_into_dead_code() {
    let isolate = isolate();
    let padding: String = (0..120).map(|i| format!("if (a === {i}.5) return {i};")).collect();
    run(
        &isolate,
        &format!(
            "var limit = 1;
             function f(a) {{ return limit }}
             function F() {{ this.limit = limit }}
             function big(a) {{ {padding} return limit }}
             function caller(a) {{ return big(a) }}
             function looping(n) {{ let s = 0; for (let i = 0; i < n; i++) s += limit; return s }}
             var object = {{ f, get value() {{ return limit }}, set value(v) {{ this.seen = limit }} }};
             var setter = Object.getOwnPropertyDescriptor(object, 'value').set;
             var getter = Object.getOwnPropertyDescriptor(object, 'value').get;
             function viaMethod(o) {{ return o.f() }}
             function viaGetter(o) {{ return o.value }}
             function viaNew() {{ return new F().limit }}"
        ),
    );
    for (function, call) in [
        ("big", "big(1)"),
        ("caller", "caller(1)"),
        ("f", "f(1)"),
        ("F", "new F().limit"),
        ("getter", "object.value"),
        ("setter", "object.value = 3"),
        ("viaMethod", "viaMethod(object)"),
        ("viaGetter", "viaGetter(object)"),
        ("viaNew", "viaNew()"),
    ] {
        optimize(&isolate, function, call);
    }
    let limit_codes = ["f", "F", "big"].map(|name| code(&isolate, name));
    let calls = [
        "f(1)",
        "object.f()",
        "f.call(null, 1)",
        "f.apply(null, [1])",
        "f.bind(null)(1)",
        "Reflect.apply(f, null, [1])",
        "[1].map(f)[0]",
        "[3, 1].sort((a, b) => (globalThis.sorted = f(1), a - b)); sorted",
        "'x'.replace('x', f)",
        "new F().limit",
        "Reflect.construct(F, []).limit",
        "new (class extends F {})().limit",
        "object.value",
        "(object.value = 5, object.seen)",
        "new Proxy({}, { get: f }).anything",
        "big(1)",
        "caller(1)",
        "viaMethod(object)",
        "viaGetter(object)",
        "viaNew()",
        "JSON.parse('[1]', f)",
        "f`x`",
        "(() => { for (const x of { [Symbol.iterator]() { let n = 0; return { next: () => ({ done: n++ > 0, value: f(1) }) } } }) return x })()",
        "`${{ toString: f }}`",
    ];
    for call in calls {
        assert_eq!(run(&isolate, call), "1", "{call}");
    }
    run(&isolate, "limit = 2");
    assert!(limit_codes.iter().all(|code| code.is_invalidated()));
    for call in calls {
        assert_eq!(run(&isolate, call), "2", "{call}");
    }
}

#[test]
fn c32_the_cache_of_loops_does_not_lead_into_dead_code() {
    let isolate = with(eager());
    run(
        &isolate,
        "var limit = 1; function looping(n) { let s = 0; for (let i = 0; i < n; i++) s += limit; return s }",
    );
    assert_eq!(run(&isolate, "looping(10000)"), "10000");
    let before = counters(&isolate);
    assert!(before.compiled >= 1, "the loop was compiled");
    assert_eq!(run(&isolate, "limit = 2; looping(10000)"), "20000");
    assert!(counters(&isolate).invalidated > before.invalidated);
}

#[test]
fn c33_closures_share_the_entry() {
    let isolate = isolate();
    run(
        &isolate,
        "var limit = 1; function make() { return function (o) { return o.x + limit } }
         var closures = Array.from({ length: 1e6 }, make), f = closures[0];",
    );
    // A walk over them takes milliseconds at the least. The quickest of some exits counts: other programs run beside the test.
    let mut quickest = Duration::MAX;
    for round in 0..3 {
        optimize(&isolate, "f", "f({ x: 1 })");
        assert!(is_optimized(&isolate, "closures[999999]"));
        assert_eq!(run(&isolate, "closures[500]({ x: 1 })"), "2");
        let dead = code(&isolate, "f");
        let exits = counters(&isolate).eager;
        let other = format!("closures[7]({{ y{round}: 1, x: 2 }})");
        let started = Instant::now();
        assert_eq!(run(&isolate, &other), "3");
        quickest = quickest.min(started.elapsed());
        assert!(dead.is_invalidated());
        let optimized = run(&isolate, "closures.filter(f => %GetOptimizationStatus(f) & 16).length");
        assert_eq!(optimized, "0", "all closures are interpreted");
        assert_eq!(run(&isolate, "closures[999999]({ x: 1 }) + closures[1]({ x: 2 })"), "5");
        assert_eq!(counters(&isolate).eager - exits, 1, "no closure entered the dead code");
    }
    assert!(quickest < Duration::from_millis(1), "nothing walks the closures: {quickest:?}");
}

/// What a minor collection has to do: cells marked, old cells looked at again, code objects looked at.
fn minor_collection(isolate: &Isolate) -> (u64, usize, u64) {
    isolate.enter(|cx| {
        let visited = || cx.heap.code.statistics().visited;
        let (remembered, before) = (cx.heap.statistics().remembered_cells, visited());
        let report = cx.heap.collect(cx.isolate(), CollectionKind::Minor, CollectionReason::Explicit);
        (report.expect("nothing forbids it").marked_cells, remembered, visited() - before)
    })
}

/// The work is counted rather than timed.
#[test]
fn c33_young_collections_do_not_grow_with_closures_or_code() {
    let work = |closures: u32, functions: u32| {
        let isolate = isolate();
        run(
            &isolate,
            &format!(
                "function make() {{ return function (o) {{ return o.x + 1 }} }}
                 var closures = Array.from({{ length: {closures} }}, make), f = closures[0], good = {{ x: 1 }}, bad = {{ y: 0, x: 1 }};
                 var fs = Array.from({{ length: {functions} }}, (_, i) => new Function('o', 'return o.x + ' + i));
                 for (const f of fs) {{
                     %PrepareFunctionForOptimization(f); f(good); f(good); %OptimizeFunctionOnNextCall(f); f(good);
                 }}"
            ),
        );
        collect(&isolate);
        collect(&isolate);
        // With new code of the function, with dead code of it, and once more.
        optimize(&isolate, "f", "f(good)");
        let new = minor_collection(&isolate);
        assert_eq!(run(&isolate, "closures[7](bad)"), "2");
        let dead = minor_collection(&isolate);
        (new, dead, minor_collection(&isolate))
    };
    let few = work(10, 3);
    let no_more = |many: (u64, usize, u64), few: (u64, usize, u64)| {
        many.0 <= few.0 + 500 && many.1 <= few.1 + 50 && many.2 == few.2
    };
    for many in [work(300_000, 3), work(10, 400)] {
        assert!(
            no_more(many.0, few.0) && no_more(many.1, few.1) && no_more(many.2, few.2),
            "few {few:?}, many {many:?}"
        );
    }
    assert_eq!(few.0.2, 1, "new code is looked at: {few:?}");
}

#[test]
fn c34_an_exit_moves_one_object_between_the_lists() {
    let isolate = isolate();
    run(
        &isolate,
        "var kept = { x: 1 }, fs = []; for (let i = 0; i < 60; i++) fs.push(new Function('o', 'return o.x + ' + i));",
    );
    for i in 0..60 {
        run(
            &isolate,
            &format!(
                "var f = fs[{i}]; %PrepareFunctionForOptimization(f); f({{ x: 1 }}); f({{ x: 1 }}); \
                 %OptimizeFunctionOnNextCall(f); f({{ x: 1 }})"
            ),
        );
    }
    let lists = || isolate.enter(|cx| cx.heap.code.statistics());
    let before = lists();
    assert_eq!((before.optimized, before.deoptimized), (60, 0));
    assert_eq!(run(&isolate, "fs[30]({ y: 0, x: 1 })"), "31");
    let after = lists();
    assert_eq!((after.optimized, after.deoptimized), (59, 1));
    assert_eq!(after.visited - before.visited, 1, "no list is walked: the object alone is looked at");
    collect(&isolate);
    let swept = lists();
    assert_eq!((swept.optimized, swept.deoptimized, swept.freed), (59, 0, 1));
    assert!(swept.code_bytes < before.code_bytes);
}

#[test]
fn c35_other_activations_leave_at_their_next_return() {
    let isolate = isolate();
    run(&isolate, "function f(n, o) { if (n === 0) return o.x; const r = f(n - 1, o); return r + n }");
    run(&isolate, "%PrepareFunctionForOptimization(f); f(6, { x: 1 }); f(6, { x: 1 })");
    run(&isolate, "%OptimizeFunctionOnNextCall(f); f(0, { x: 1 })");
    assert_eq!(run(&isolate, "f(6, { y: 0, x: 1 })"), "22");
    let after = counters(&isolate);
    assert_eq!((after.eager, after.lazy), (1, 6));
}

#[test]
fn c36_code_does_not_keep_what_it_embeds_alive() {
    let isolate = isolate();
    run(
        &isolate,
        "function make(C) { return new C() }
         (function () {
             class Local { constructor() { this.x = 1 } }
             %PrepareFunctionForOptimization(make); for (let i = 0; i < 40; i++) make(Local);
             %OptimizeFunctionOnNextCall(make); make(Local);
         })();",
    );
    let embedding = code(&isolate, "make");
    assert!(!embedding.is_invalidated());
    // A dead part of the machine stack may still show the class or the code to the first collections.
    for _ in 0..8 {
        run(&isolate, "(function deep(n) { return n === 0 ? 0 : [n - 1].map(deep)[0] })(40)");
        collect(&isolate);
    }
    assert!(embedding.is_invalidated(), "the class is gone");
    assert_eq!(embedding.invalidation.get(), Some(LazyReason::WeakObjects));
    assert_eq!(run(&isolate, "make(class { constructor() { this.x = 2 } }).x"), "2");
}

#[test]
fn c36_an_exit_after_a_collection_still_materializes() {
    let isolate = isolate();
    run(&isolate, "function f(o, n) { const p = { a: n, b: [n] }; const q = o.x; return p.a + p.b[0] + q }");
    optimize(&isolate, "f", "f({ x: 1 }, 2)");
    for _ in 0..3 {
        collect(&isolate);
    }
    assert_eq!(run(&isolate, "f({ y: 0, x: 10 }, 2)"), "14");
}

/// Nothing but the activation of dead code refers to the class of an object that the exit is going to make: not the variable, whose
/// change has invalidated the code, nor the feedback, which is gone.
#[test]
fn c36_an_activation_keeps_what_its_exits_make() {
    for collections in 1..4 {
        let isolate = isolate();
        machine::install_gc(&isolate);
        run(
            &isolate,
            "var Local = class Local { constructor(n) { this.n = n; this.half = n / 2 } sum() { return this.n + this.half } };
             var hook = () => 0;
             function during() { return hook() } %NeverOptimizeFunction(during);
             function f(n) { const p = new Local(n); const got = during(); if (got !== 0) return [p, got, n]; return p.n + p.half }
             for (let i = 0; i < 40; i++) f(i);",
        );
        optimize(&isolate, "f", "f(3)");
        let made = || isolate.enter(|cx| Compiler::of(cx.isolate()).materialization().allocated);
        let before = made();
        let result = run(
            &isolate,
            &format!(
                "hook = () => {{
                     Local = null; %ClearFunctionFeedback(f); hook = () => 0;
                     for (let i = 0; i < {collections}; i++) {{ gc(); Array.from({{ length: 1000 }}, (_, i) => class Other {{ m() {{ return i }} }}) }}
                     return 7;
                 }};
                 var [p, got, n] = f(10);
                 gc();
                 [p.n, p.half, p.sum(), got, n, p.constructor.name, Object.keys(p)].join()"
            ),
        );
        assert_eq!(result, "10,5,15,7,10,Local,n,half");
        let after = counters(&isolate);
        assert_eq!((after.lazy, after.dependencies_broken), (1, 1));
        assert_eq!(made() - before, 1, "the exit has made the object");
    }
}

#[test]
fn c39_the_exit_teaches_the_interpreter() {
    let isolate = isolate();
    run(&isolate, "function f(o) { return o.x } var a = { x: 1 }, b = { y: 0, x: 2 };");
    optimize(&isolate, "f", "f(a)");
    assert_eq!(run(&isolate, "f(b)"), "2");
    assert_eq!(counters(&isolate).eager, 1);
    run(&isolate, "%OptimizeFunctionOnNextCall(f); f(a)");
    assert!(is_optimized(&isolate, "f"));
    assert_eq!(run(&isolate, "let s = 0; for (let i = 0; i < 100; i++) s += f(i % 2 ? a : b); s"), "150");
    assert_eq!(counters(&isolate).eager, 1, "the code knows both shapes");
}

/// What the interpreter cannot learn: a builtin that was taken to be speculative costs one exit, and never again.
#[test]
fn c39_a_speculative_builtin_is_forbidden_by_its_first_exit() {
    for (body, good, bad, wanted) in [
        ("a.charCodeAt(i)", "f('abc', 1)", "f('abc', 7)", "NaN"),
        ("a[i]", "f([1, 2], 1)", "f([1, 2], 7)", "undefined"),
        ("Math.abs(i | 0)", "f(0, 1)", "f(0, -2147483648)", "2147483648"),
    ] {
        let isolate = isolate();
        run(&isolate, &format!("function f(a, i) {{ return {body} }}"));
        optimize(&isolate, "f", good);
        assert_eq!(run(&isolate, bad), wanted);
        assert_eq!(counters(&isolate).eager, 1, "{body}");
        assert!(!is_optimized(&isolate, "f"), "{body}");
        run(&isolate, &format!("%OptimizeFunctionOnNextCall(f); {good}"));
        for call in [bad, good, bad, bad] {
            run(&isolate, call);
        }
        assert_eq!(counters(&isolate).eager, 1, "{body}: {:?}", bets(&isolate, "f"));
        assert!(is_optimized(&isolate, "f"), "{body}");
    }
}

#[test]
fn c40_two_to_four_shapes_then_the_general_way() {
    let isolate = isolate();
    run(
        &isolate,
        "function getX(o) { return o.x }
         var shapes = [{ x: 1 }, { a: 0, x: 2 }, { b: 0, x: 3 }, { c: 0, x: 4 }, { d: 0, x: 5 }, { e: 0, x: 6 }];",
    );
    optimize(&isolate, "getX", "getX(shapes[0])");
    // One exit for each of the second to the fifth shape; what follows goes the general way.
    for (shape, exits) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4)] {
        assert_eq!(run(&isolate, &format!("getX(shapes[{shape}])")), (shape + 1).to_string());
        assert_eq!(counters(&isolate).eager, exits, "shape {shape}");
        run(&isolate, &format!("%OptimizeFunctionOnNextCall(getX); getX(shapes[{shape}])"));
        let sum = format!("let s = 0; for (let i = 0; i < 60; i++) s += getX(shapes[i % {}]); s", shape + 1);
        let expected: u32 = (0..60).map(|i| i % (shape + 1) + 1).sum();
        assert_eq!(run(&isolate, &format!("{{ {sum} }}")), expected.to_string());
        assert_eq!(counters(&isolate).eager, exits, "alternation costs no exit");
        assert!(is_optimized(&isolate, "getX"));
    }
}

/// The policy by itself compiles it again, as soon as a new function of that size, with a guard of both shapes.
#[test]
fn c40_the_next_code_comes_within_the_budget_and_knows_both_shapes() {
    const BUDGET: i32 = 1000;
    let graphs = Rc::new(RefCell::new(Vec::new()));
    let config = Config { interrupt_budget: BUDGET, print_graph: true, ..manual() };
    let isolate = Isolate::new(config, Box::new(Graphs(Rc::clone(&graphs))));
    run(
        &isolate,
        "function getX(o) { return o.x } var one = { x: 1 }, two = { y: 0, x: 2 };
         function calls(o) { let n = 0; while (!(%GetOptimizationStatus(getX) & 16) && n < 1e6) { getX(n % 2 ? one : o); n++ } return n }
         %NeverOptimizeFunction(calls);",
    );
    let number = |source: &str| -> u32 { run(&isolate, source).parse().expect("a number") };
    let first = number("calls(one)");
    assert_eq!(run(&isolate, "getX(two)"), "2");
    assert_eq!(counters(&isolate).eager, 1);
    let again = number("calls(two)");
    // What it costs, and a quarter of that with quiet feedback besides.
    let bytes = isolate
        .enter(|cx| machine::global_function(cx, "getX").template.code().expect("it ran").bytecode.len());
    let price = price(bytes) * BUDGET as u32;
    assert!(
        again <= 2 * first && again * bytes as u32 <= 2 * price,
        "{first} calls, then {again} of {bytes} bytes: {price}"
    );
    assert_eq!(number("let s = 0; for (let i = 0; i < 200; i++) s += getX(i % 2 ? one : two); s"), 300);
    assert_eq!(counters(&isolate).eager, 1, "alternation costs no exit");
    let shapes = |graph: &str| -> usize {
        let check = graph.lines().find(|line| line.contains("CheckShape ") || line.contains("LoadShape"));
        check
            .unwrap_or_else(|| panic!("{graph}"))
            .split([' ', '|'])
            .filter(|word| word.starts_with("sh"))
            .count()
    };
    let graphs = graphs.borrow();
    let of_get_x: Vec<&String> = graphs.iter().filter(|text| text.starts_with("--- Graph of getX")).collect();
    let [before, after] = of_get_x[..] else { panic!("{graphs:?}") };
    assert_eq!((shapes(before), shapes(after)), (1, 2), "{after}");
}

/// Collects the optimizer's graphs.
struct Graphs(Rc<RefCell<Vec<String>>>);

impl Host for Graphs {
    fn optimizer_event(&self, text: &str) {
        self.0.borrow_mut().push(text.to_owned());
    }
}

#[test]
fn c43_many_exits_leave_nothing_behind() {
    let isolate = isolate();
    let round = "
        for (let i = 0; i < 250; i++) {
            const f = new Function('o', 'return o.x + ' + (base + i));
            %PrepareFunctionForOptimization(f); f({ x: 1 }); f({ x: 1 });
            %OptimizeFunctionOnNextCall(f); f({ x: 1 });
            if (f({ y: 1, x: 2 }) !== 2 + base + i) throw new Error('wrong');
        }
        base += 250;";
    run(&isolate, "var base = 0");
    let figures = || {
        for _ in 0..3 {
            collect(&isolate);
        }
        isolate.enter(|cx| (cx.heap.code.statistics(), cx.heap.statistics().bytes_in_use()))
    };
    run(&isolate, round);
    let (_, before) = figures();
    for _ in 0..3 {
        run(&isolate, round);
    }
    let (lists, after) = figures();
    assert_eq!(counters(&isolate).eager, 1000);
    assert!(lists.optimized + lists.deoptimized < 20, "{lists:?}");
    assert!(after < before + before / 4 + (1 << 20), "{before} → {after} bytes");
}

#[test]
fn i8_dead_code_is_kept_while_an_activation_is_in_it() {
    let isolate = isolate();
    machine::install_gc(&isolate);
    run(
        &isolate,
        "var hook = () => 0; function m() { return hook() } %NeverOptimizeFunction(m);
         function f(o) { const r = m(); return r + o.x } var o = { x: 1 };",
    );
    optimize(&isolate, "f", "f(o)");
    let before = isolate.enter(|cx| cx.heap.code.statistics());
    // While an activation of `f` waits for `hook`, the code dies, is collected around, and its memory is asked for again.
    let result = run(
        &isolate,
        "var log = []; hook = () => {
             hook = () => 0; %DeoptimizeFunction(f); gc(); gc();
             const g = new Function('o', 'return o.x * 2'); %PrepareFunctionForOptimization(g);
             g(o); g(o); %OptimizeFunctionOnNextCall(g); log.push(g(o)); gc();
             return 40;
         };
         f(o) + ' ' + log",
    );
    assert_eq!(result, "41 2");
    assert_eq!(counters(&isolate).lazy, 1, "the activation left at the return");
    for _ in 0..3 {
        collect(&isolate);
    }
    let after = isolate.enter(|cx| cx.heap.code.statistics());
    assert!(after.freed > before.freed, "and then the code is free: {after:?}");
}

#[test]
fn c45_a_change_inside_a_call_counts_for_the_rest_of_the_activation() {
    let isolate = isolate();
    run(
        &isolate,
        "class A { value() { return 1 } }
         const a = new A(); let change = false;
         function during() { if (change) A.prototype.value = () => 100; return 11 }
         %NeverOptimizeFunction(during);
         function f(a) { const before = a.value(); const n = during(); return before + n + a.value() }",
    );
    assert_eq!(optimize(&isolate, "f", "f(a)"), "13");
    assert_eq!(run(&isolate, "change = true; f(a)"), "112");
    assert_eq!(counters(&isolate).lazy, 1);
    assert!(bets(&isolate, "f").iter().any(|(bet, failures)| bet.contains("Dependency") && *failures == 1));
}

#[test]
fn c45_every_way_to_break_an_assumption_is_noticed() {
    for (what, program, call, change, expected) in MUTATIONS.iter().chain(CONTEXT_MUTATIONS) {
        let isolate = isolate();
        run(&isolate, program);
        let before = machine::warm_up(&isolate, "f", call);
        run(&isolate, change);
        assert_eq!(run(&isolate, call), *expected, "{what}; before it was {before}");
        // And again with code that was compiled after the change.
        run(&isolate, &format!("%OptimizeFunctionOnNextCall(f); {call}"));
        assert_eq!(run(&isolate, call), *expected, "{what}, compiled again");
    }
}

#[test]
fn c45_a_broken_dependency_counts_as_a_failed_bet() {
    let isolate = isolate();
    run(&isolate, "var p = { q: 0 }, o = Object.create(p), k = 0; function f() { return o.q }");
    for round in 0..K + 3 {
        optimize(&isolate, "f", "f()");
        run(&isolate, "delete p.q; p.q = ++k");
        assert_eq!(run(&isolate, "f()"), (round + 1).to_string());
    }
    let log = bets(&isolate, "f");
    assert!(!log.is_empty() && log.iter().all(|(_, failures)| *failures <= K), "{log:?}");
    assert!(is_optimized(&isolate, "f"), "the last code does without what broke: {log:?}");
}

#[test]
fn c57_what_broke_during_the_compilation_is_not_installed() {
    let isolate = with(Config { compilation: Compilation::Background, ..manual() });
    run(
        &isolate,
        "class A { m() { return 1 } } var a = new A(); function f() { return a.m() } f(); f(); f()",
    );
    isolate.enter(|cx| pipeline::request(cx, machine::global_function(cx, "f"), "test"));
    assert_eq!(isolate.enter(pipeline::pending_jobs), 1);
    run(&isolate, "A.prototype.m = () => 2");
    isolate.enter(pipeline::wait_for_jobs);
    assert!(!is_optimized(&isolate, "f"));
    let after = counters(&isolate);
    assert_eq!((after.compiled, after.failures(Failure::Dependency)), (0, 1), "{after:?}");
    assert_eq!(run(&isolate, "f()"), "2");
    // It was bad luck: another try succeeds.
    isolate.enter(|cx| pipeline::request(cx, machine::global_function(cx, "f"), "test"));
    isolate.enter(pipeline::wait_for_jobs);
    assert!(is_optimized(&isolate, "f"));
    assert_eq!(run(&isolate, "f()"), "2");
}

#[test]
fn c57_a_job_keeps_what_it_mentions() {
    let isolate = with(Config { compilation: Compilation::Background, ..manual() });
    run(
        &isolate,
        "function f(o) { return o.x + o.y } (function () { class P { constructor() { this.x = 1; this.y = 2 } }
         const p = new P(); f(p); f(p); f(p) })()",
    );
    isolate.enter(|cx| {
        pipeline::request(cx, machine::global_function(cx, "f"), "test");
        for _ in 0..3 {
            cx.collect_garbage(CollectionKind::Full);
        }
        assert_eq!(cx.pinned_jobs.borrow().len(), 1);
        pipeline::wait_for_jobs(cx);
        assert!(cx.pinned_jobs.borrow().is_empty());
    });
    assert_eq!(run(&isolate, "f({ x: 3, y: 4 })"), "7");
}

#[test]
fn c57_a_function_that_got_other_code_keeps_it() {
    let isolate = with(Config { compilation: Compilation::Background, ..manual() });
    run(&isolate, "function f(o) { return o.x } f({ x: 1 }); f({ x: 1 }); f({ x: 1 })");
    isolate.enter(|cx| {
        let function = machine::global_function(cx, "f");
        pipeline::request(cx, function, "test");
        assert!(pipeline::optimize(cx, function, "test"));
        pipeline::wait_for_jobs(cx);
    });
    let after = counters(&isolate);
    assert_eq!((after.compiled, after.failures(Failure::Superseded)), (1, 1));
}

#[test]
fn jobs_of_a_dead_thread_end_and_another_one_starts() {
    let isolate = with(Config { compilation: Compilation::Background, ..manual() });
    run(&isolate, "function f(o) { return o.x } f({ x: 1 }); f({ x: 1 }); f({ x: 1 })");
    let request = || isolate.enter(|cx| pipeline::request(cx, machine::global_function(cx, "f"), "test"));
    let status = || run(&isolate, "%GetOptimizationStatus(f) & (1 << 10 | 1 << 4)");
    request();
    assert_eq!(status(), "1024", "under way on the thread");
    isolate.enter(pipeline::lose_thread);
    isolate.enter(pipeline::wait_for_jobs);
    assert_eq!(isolate.enter(pipeline::pending_jobs), 0);
    assert!(isolate.enter(|cx| cx.pinned_jobs.borrow().is_empty()), "nothing is kept for it");
    assert_eq!(counters(&isolate).failures(Failure::NotReady), 1);
    assert_eq!(status(), "0");
    request();
    isolate.enter(pipeline::wait_for_jobs);
    assert_eq!(status(), "16");
}

#[test]
fn the_compile_thread_works_and_ends_with_the_isolate() {
    let config = Config { compilation: Compilation::Background, interrupt_budget: 2000, ..Config::default() };
    let isolate = with(config.clone());
    run(&isolate, "function f(o) { return o.x } var o = { x: 1 }");
    assert!(
        isolate.enter(|cx| Compiler::existing(cx.isolate()).is_none()),
        "nothing starts before there is something to compile"
    );
    let started = Instant::now();
    while counters(&isolate).compiled == 0 {
        run(&isolate, "for (let i = 0; i < 10000; i++) f(o)");
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", counters(&isolate));
    }
    assert!(counters(&isolate).background >= 1);
    drop(isolate);
    // Isolates that end in the middle of a compilation.
    for _ in 0..20 {
        let isolate = with(config.clone());
        run(&isolate, "function f(o) { return o.x } var o = { x: 1 }; for (let i = 0; i < 3000; i++) f(o)");
    }
}

/// Many functions in an arena of few pages.
#[test]
fn a_full_arena_collects_and_then_leaves_functions_in_the_interpreter() {
    let isolate = with(Config { code_arena_bytes: 16 << 10, interrupt_budget: 200, ..eager() });
    let source = "
        var fs = [], sum = 0;
        for (let i = 0; i < 200; i++) fs.push(new Function('o', `let s = ${i}; for (const k of [1, 2]) s += o.x * k; return s`));
        for (let round = 0; round < 60; round++) for (const f of fs) sum += f({ x: round });
        sum";
    let expected = with(Config { jitless: true, ..Config::default() });
    assert_eq!(run(&isolate, source), run(&expected, source));
    let after = counters(&isolate);
    assert!(after.compiled > 0 && after.failures(Failure::ArenaFull) > 0, "{after:?}");
    assert!(after.arena_collections > 0, "{after:?}");
    assert!(
        after.arena_collections * 4 < after.failures(Failure::ArenaFull) + 40,
        "not at every failure: {after:?}"
    );
    // When the functions are gone there is room again.
    run(&isolate, "fs = null; function g(o) { return o.x }");
    for _ in 0..4 {
        collect(&isolate);
    }
    optimize(&isolate, "g", "g({ x: 1 })");
}
