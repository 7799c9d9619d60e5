//! Exits of compiled code as a whole: what they cost in kind (C42), in numbers (C43), however much there is beside them (I13), and
//! where there is hardly any stack (C54). What they cost in time is measured by `benches/exits`.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::time::{Duration, Instant};

use unspool::Isolate;
use unspool::runtime::config::{Compilation, Config};
use unspool::runtime::host::DefaultHost;
use unspool_deopt::MaterializationCounts;
use unspool_gc::CollectionKind;
use unspool_tiering::machine::code::{CodeCounters, Compiler};

fn isolate() -> Isolate {
    let config = Config { allow_natives_syntax: true, deopt_threshold: 1, ..Config::default() };
    Isolate::new(config, Box::new(DefaultHost))
}

fn run(isolate: &Isolate, source: &str) -> String {
    isolate.run_script(source, "test.js").unwrap_or_else(|error| panic!("{error}"))
}

fn counts(isolate: &Isolate) -> (CodeCounters, MaterializationCounts) {
    isolate.enter(|cx| {
        let compiler = Compiler::of(cx.isolate());
        (compiler.counters(), compiler.materialization())
    })
}

/// What `optimize(f, argument)` is in the programs.
const OPTIMIZE: &str = "function optimize(f, ...args) {
    for (const part of f.parts ?? [f]) %PrepareFunctionForOptimization(part);
    for (let i = 0; i < 20; i++) f(...args);
    %OptimizeFunctionOnNextCall(f);
    f(...args);
    return f;
}
%NeverOptimizeFunction(optimize);";

/// Optimizes a function with a call, and leaves its code by another; gives the result of that, and what the exit made.
fn one_exit(source: &str, call: &str, leave: &str) -> (String, MaterializationCounts) {
    let isolate = isolate();
    run(&isolate, &format!("{OPTIMIZE}\n{source}\noptimize({call});"));
    let before = counts(&isolate);
    let result = run(&isolate, leave);
    let after = counts(&isolate);
    assert_eq!(after.0.eager - before.0.eager, 1);
    let made = MaterializationCounts {
        exits: after.1.exits - before.1.exits,
        frames: after.1.frames - before.1.frames,
        queued: after.1.queued - before.1.queued,
        patched: after.1.patched - before.1.patched,
        allocated: after.1.allocated - before.1.allocated,
    };
    (result, made)
}

#[test]
fn c42_sixteen_frames_are_rebuilt_in_one_exit() {
    let chain: String =
        (1..16).map(|k| format!("function f{k}(o) {{ return f{}(o) + 1; }}\n", k - 1)).collect();
    let parts: Vec<String> = (0..16).map(|k| format!("f{k}")).collect();
    let source = format!("function f0(o) {{ return o.x + 5; }}\n{chain}f15.parts = [{}];", parts.join(", "));
    let (result, made) = one_exit(&source, "f15, { x: 1 }", "f15({ y: 1, x: 2 })");
    assert_eq!(result, "22");
    assert_eq!(made.frames, 16);
}

#[test]
fn c42_sixteen_objects_are_rebuilt_in_one_exit() {
    let objects: String = (0..16).map(|k| format!("const p{k} = {{ a: n + {k}, b: 7 }};\n")).collect();
    let sum: Vec<String> = (0..16).map(|k| format!("p{k}.a + p{k}.b")).collect();
    let source = format!("function f(o, n) {{\n{objects}const x = o.x;\nreturn x + {};\n}}", sum.join(" + "));
    let (result, made) = one_exit(&source, "f, { x: 1 }, 3", "f({ y: 1, x: 2 }, 3)");
    assert_eq!(result, "282");
    assert_eq!((made.allocated, made.queued), (16, 16));
}

#[test]
fn c43_exits_in_large_numbers_leave_nothing_behind() {
    let isolate = isolate();
    run(
        &isolate,
        &format!(
            "{OPTIMIZE}
             function round() {{
               let sum = 0;
               for (let i = 0; i < 100; i++) {{
                 const f = optimize(new Function('o', `return o.x + ${{i}}`), {{ x: 1 }});
                 sum += f({{ y: 1, x: 2 }});
               }}
               return sum;
             }}
             %NeverOptimizeFunction(round);"
        ),
    );
    let mut sizes = Vec::new();
    for round in 0..6 {
        let before = counts(&isolate).0;
        assert_eq!(run(&isolate, "round()"), "5150");
        assert_eq!(counts(&isolate).0.eager - before.eager, 100, "in round {round}");
        isolate.enter(|cx| {
            cx.collect_garbage(CollectionKind::Full);
            cx.collect_garbage(CollectionKind::Full);
            let figures = cx.heap.code.statistics();
            sizes.push((figures.deoptimized, figures.optimized, figures.code_bytes));
        });
    }
    // Words that a conservative scan takes for return addresses may keep some of it.
    let (most, last) = (sizes[1], sizes[sizes.len() - 1]);
    assert!(last.0 <= most.0 + 10 && last.2 <= 2 * most.2 + 100_000, "code is left: {sizes:?}");
}

#[test]
fn i13_the_cost_of_an_exit_does_not_grow_with_closures() {
    let isolate = isolate();
    run(&isolate, OPTIMIZE);
    let mut serial = 0;
    let mut exit = |others: u32| -> Duration {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            serial += 1;
            run(
                &isolate,
                &format!(
                    "var make = new Function('return (o) => o.x + {serial};'), kept = [];
                     for (let i = 0; i < {others}; i++) kept.push(make());
                     var f = optimize(make(), {{ x: 1 }}), bad = {{ y: 1, x: 2 }};"
                ),
            );
            let before = counts(&isolate).0.eager;
            let started = Instant::now();
            run(&isolate, "f(bad)");
            best = best.min(started.elapsed());
            assert_eq!(counts(&isolate).0.eager - before, 1);
        }
        best
    };
    let (few, many) = (exit(1), exit(200_000));
    // A walk over the closures would take far more than a millisecond.
    assert!(many < few * 4 + Duration::from_micros(500), "{few:?} with few, {many:?} with many");
}

#[test]
fn c54_an_exit_at_the_end_of_the_stack_is_no_overflow() {
    let isolate = isolate();
    // The deepest recursion of the interpreter from which compiled code can still be called: the exit there needs room for its
    // frame, and for more arguments than the stack's reserve holds.
    for count in [0, 20_000] {
        let result = run(
            &isolate,
            &format!(
                "{OPTIMIZE}
                 var g = new Function('n', 'f', 'o', 'args', 'return n === 0 ? f(o, ...args) : 1 + globalThis.g(n - 1, f, o, args)');
                 %NeverOptimizeFunction(g);
                 var args = new Array({count}).fill(1);
                 function fresh() {{
                   const f = new Function('o', 'return o.x + arguments.length + {count}');
                   return optimize(f, {{ x: 1 }}, ...args);
                 }}
                 %NeverOptimizeFunction(fresh);
                 function passes(n, f) {{
                   try {{ g(n, f, {{ x: 1 }}, args); return true; }} catch (e) {{
                     if (!(e instanceof RangeError)) throw e;
                     return false;
                   }}
                 }}
                 %NeverOptimizeFunction(passes);
                 var f = fresh(), low = 1, high = 2;
                 while (passes(high, f)) high *= 2;
                 while (high - low > 1) {{ const middle = (low + high) >> 1; if (passes(middle, f)) low = middle; else high = middle; }}
                 `${{low > 100}} ${{%GetOptimizationStatus(f) & 16}}`"
            ),
        );
        assert_eq!(result, "true 16");
        let before = counts(&isolate).0.eager;
        let exit = run(&isolate, "g(low, f, { y: 1, x: 2 }, args) - low - 2 * args.length");
        assert_eq!(exit, "3", "with {count} arguments");
        assert_eq!(counts(&isolate).0.eager - before, 1, "with {count} arguments");
    }
}

/// Compiled recursion, left in its innermost call at all distances from the deepest one that there is: that exit, which rebuilds one frame or
/// nine, and those of all activations around it find room for their frames.
#[test]
fn c54_compiled_recursion_is_as_deep_and_leaves_at_any_depth() {
    let inlined: String = (1..8)
        .map(|k| format!("function h{k}(o) {{ const a = o, b = {k}; return h{}(a) + b - {k} }}\n", k - 1))
        .collect();
    let setup = format!(
        "{OPTIMIZE}
         function h0(o) {{ return o.x }}
         {inlined}
         function one(n, o) {{ if (n === 0) return o.x; const r = one(n - 1, o); return r + 1 }}
         function nine(n, o) {{ if (n === 0) return h7(o); const r = nine(n - 1, o); return r + 1 }}
         nine.parts = [nine, h0, h1, h2, h3, h4, h5, h6, h7];
         function passes(n, f, o) {{
           try {{ return f(n, o) === n + 1 }} catch (e) {{
             if (!(e instanceof RangeError)) throw e;
             return false;
           }}
         }}
         function depth(f) {{
           let low = 1000, high = 2000;
           while (passes(high, f, good)) high *= 2;
           while (high - low > 1) {{ const middle = (low + high) >> 1; if (passes(middle, f, good)) low = middle; else high = middle }}
           return low;
         }}
         %NeverOptimizeFunction(passes); %NeverOptimizeFunction(depth);
         var good = {{ x: 1 }}, bad = {{ y: 0, x: 1 }};"
    );
    let config = |jitless| Config {
        jitless,
        allow_natives_syntax: true,
        compilation: Compilation::Synchronous,
        interrupt_budget: i32::MAX,
        ..Config::default()
    };
    for (f, frames) in [("one", 1), ("nine", 9)] {
        let depth = |isolate: &Isolate| -> u64 {
            run(isolate, &setup);
            run(isolate, &format!("if (%IsTurbofanEnabled()) optimize({f}, 3, good)"));
            run(isolate, &format!("depth({f})")).parse().expect("a number")
        };
        let interpreted = depth(&Isolate::new(config(true), Box::new(DefaultHost)));
        // From the end of the stack, and in eighths of the depth.
        for (calls, eighths) in [(0, 0), (1, 0), (10, 0), (0, 1), (0, 4)] {
            let isolate = Isolate::new(config(false), Box::new(DefaultHost));
            let depth = depth(&isolate);
            assert!(depth >= interpreted / 2, "{f}: {depth} calls compiled, {interpreted} interpreted");
            assert_eq!(run(&isolate, &format!("%GetOptimizationStatus({f}) & 16")), "16");
            let n = depth - calls - eighths * (depth / 8);
            let before = counts(&isolate);
            assert_eq!(run(&isolate, &format!("passes({n}, {f}, bad)")), "true", "{f}: {n} of {depth} calls");
            let after = counts(&isolate);
            assert_eq!(
                (after.0.eager - before.0.eager, after.0.lazy - before.0.lazy),
                (1, n),
                "{f}: {n} of {depth}"
            );
            assert_eq!(after.1.frames - before.1.frames, frames + n, "{f}: {n} of {depth}");
        }
    }
}
