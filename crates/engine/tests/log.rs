//! The speculation log at work (C41, I9): programs that break the same bet again and again settle.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;

use machine::{bets, counters, eager, is_optimized, run, with};
use unspool_tiering::log::K;

/// Good calls, then bad ones, by rounds. Gives (code compiled, code invalidated) after each hundred rounds.
fn drive(program: &str) -> (unspool::Isolate, Vec<(u64, u64)>) {
    let isolate = with(eager());
    run(&isolate, program);
    run(
        &isolate,
        "function drive(rounds) {
             for (let r = 0; r < rounds; r++) {
                 for (let i = 0; i < 500; i++) good();
                 for (let i = 0; i < 3; i++) bad();
             }
         }",
    );
    let figures = (0..4)
        .map(|_| {
            run(&isolate, "drive(100)");
            let now = counters(&isolate);
            (now.compiled, now.invalidated)
        })
        .collect();
    (isolate, figures)
}

#[track_caller]
fn settles(program: &str) {
    let (isolate, figures) = drive(program);
    for name in ["f", "good", "bad", "drive"] {
        for (bet, failures) in bets(&isolate, name) {
            assert!(failures <= K, "{name}: {bet} failed {failures} times; {figures:?}");
        }
    }
    let [_, second, third, fourth] = figures[..] else { unreachable!() };
    assert_eq!(third, fourth, "still recompiling: {figures:?}");
    assert!(second.1 <= 12 * u64::from(K), "{figures:?}");
    // Not inlined, so that it is the function's own code.
    run(&isolate, "for (let i = 0; i < 20000; i++) Reflect.apply(f, null, [o])");
    assert!(is_optimized(&isolate, "f"), "{figures:?}");
}

#[test]
fn c41_a_replaced_prototype_of_an_instanceof_settles() {
    settles(
        "function A() {} const o = new A(); function f(x) { return x instanceof A }
         var good = () => f(o), bad = () => { A.prototype = {}; return f(o) };",
    );
}

#[test]
fn c41_an_alternating_prototype_settles() {
    settles(
        "const P1 = { q: 1 }, P2 = { q: 2 }, o = Object.create(P1); let k = 0; function f(x) { return x.q }
         var good = () => f(o), bad = () => { Object.setPrototypeOf(o, k++ % 2 ? P1 : P2); return f(o) };",
    );
}

#[test]
fn c41_a_constant_that_is_overwritten_settles() {
    settles(
        "const p = { q: 0 }, o = Object.create(p); let k = 0; function f(x) { return x.q }
         var good = () => f(o), bad = () => { delete p.q; p.q = k++; return f(o) };",
    );
}

#[test]
fn c41_methods_that_come_and_go_settle() {
    settles(
        "class A { m() { return 1 } } const o = new A(); let k = 0; function f(x) { return x.m() }
         var good = () => f(o), bad = () => { const n = k++; A.prototype.m = () => n; return f(o) };",
    );
}

#[test]
fn c41_globals_that_change_settle() {
    settles(
        "var g = 0, o = 1; let l = 0; function f(x) { return x + g + l }
         var good = () => f(o), bad = () => { g++; l++; return f(o) };",
    );
}

#[test]
fn c41_new_globals_and_new_shapes_settle() {
    settles(
        "var o = { x: 1 }, n = 0; function f(x) { return x.x }
         var good = () => f(o), bad = () => { n++; return f({ ['k' + n]: 0, x: 1 }) };",
    );
}

#[test]
fn c41_arithmetic_that_overflows_now_and_then_settles() {
    settles(
        "var o = 5; function f(x) { return (x | 0) + 1 + x * x }
         var good = () => f(o), bad = () => f([2147483647, -0, 1.5, '7', undefined, 1e300][n++ % 6]); var n = 0;",
    );
}

#[test]
fn c41_reads_beyond_the_end_settle() {
    settles(
        "var o = [1, 2, 3], n = 0; function f(x) { let s = 0; for (let i = 0; i < 3; i++) s += x[i]; return s + 'abc'.charCodeAt(n % 3) }
         var good = () => f(o), bad = () => { n++; return f([[1], [1.5, , 2], 'xyz', new Uint8Array(2), []][n % 5]) };",
    );
}

/// Checks that moved in front of a loop fail where the loop does not even begin, so nothing is learnt; each of their reasons counts.
#[test]
fn c41_checks_in_front_of_loops_settle() {
    for (used, bad) in [("x.q", "7"), ("8 / x", "0"), ("-3 % x", "3"), ("-3 * x", "0")] {
        let good = if used == "x.q" { "o" } else { "2" };
        settles(&format!(
            "const o = {{ q: 1 }};
             function f(x, n) {{ let s = 0; for (let i = 0; i < n; i++) s += {used}; return s }}
             var good = () => f({good}, 3), bad = () => f({bad}, 0);"
        ));
    }
}

#[test]
fn i9_other_functions_of_the_same_name_have_their_own_log() {
    let isolate = machine::isolate();
    run(&isolate, "function make() { return new Function('o', 'return o.x') } var f = make(), g = make();");
    machine::optimize(&isolate, "f", "f({ x: 1 })");
    run(&isolate, "f({ y: 1, x: 1 })");
    assert_eq!(bets(&isolate, "f").len(), 1);
    assert!(bets(&isolate, "g").is_empty());
}

#[test]
fn i9_a_stability_period_forgives() {
    use unspool_tiering::log::{STABILITY_TICKS, TICK_BUDGETS};
    let isolate = machine::isolate();
    let isolate = {
        drop(isolate);
        with(unspool::runtime::config::Config { interrupt_budget: 1024, ..machine::manual() })
    };
    run(&isolate, "function f(o) { return o.x }");
    machine::optimize(&isolate, "f", "f({ x: 1 })");
    run(&isolate, "f({ y: 1, x: 1 })");
    assert_eq!(bets(&isolate, "f").len(), 1);
    machine::optimize(&isolate, "f", "f({ x: 1 })");
    // Each call is charged with at least three bytes of bytecode.
    let calls = 1024 / 3 * TICK_BUDGETS as u32 * (STABILITY_TICKS + 2);
    run(
        &isolate,
        &format!(
            "const o = {{ x: 1 }}; function many(n) {{ for (let i = 0; i < n; i++) f(o) }} \
             %NeverOptimizeFunction(many); many({calls})"
        ),
    );
    assert!(is_optimized(&isolate, "f"));
    assert!(bets(&isolate, "f").is_empty(), "{:?}", bets(&isolate, "f"));
}
