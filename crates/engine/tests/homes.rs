//! Values that too many exits want are stored in the machine frame where they are defined (`tiering`'s `lower::homes`): functions with hundreds of
//! variables are compiled, and each of their exits restores all of them.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;

use std::num::NonZeroU32;

use machine::{code, collect, counters, is_optimized, manual, run, warm_up, with};
use unspool::runtime::config::{Config, ExitPhase, ForcedExits};

/// A function `f(o, list, rounds)` of so many variables of each of four kinds, which live across so many checks in a loop that
/// changes some of them, and a call of it that does not leave its code.
fn crowded(variables: usize, checks: usize) -> String {
    let each =
        |text: &str| -> Vec<String> { (0..variables).map(|i| text.replace('#', &i.to_string())).collect() };
    let declared = each("i# = o.n + #, d# = o.n * 1.5 + #, s# = o.s + #, b# = o.n > #").join(", ");
    let changed = each("i# = (i# + k) | 0; d# = d# * 0.5; if (k % 2) b# = !b#;").join(" ");
    let loads: Vec<String> = (0..checks).map(|i| format!("sum += list[{i}].x;")).collect();
    let shown = each("i#, d#, s#, b#").join(", ");
    format!(
        "function f(o, list, rounds) {{
           let sum = 0, {declared};
           for (let k = 0; k < rounds; k++) {{ {} {changed} }}
           return [sum, {shown}].join();
         }}
         var o = {{ n: 7, s: 'text' }};
         var list = Array.from({{ length: {checks} }}, (_, i) => ({{ x: i }}));
         function other(at) {{ return list.map((p, i) => i === at ? {{ y: 0, x: p.x }} : p); }}",
        loads.join(" ")
    )
}

#[test]
fn each_exit_finds_the_values_that_have_homes() {
    const CHECKS: usize = 120;
    let source = crowded(30, CHECKS);
    let plain = with(Config { jitless: true, ..manual() });
    run(&plain, &source);
    for at in [0, 1, 37, 80, CHECKS - 1] {
        let isolate = with(manual());
        run(&isolate, &source);
        warm_up(&isolate, "f", "f(o, list, 3)");
        assert!(is_optimized(&isolate, "f"), "{:?}", counters(&isolate));
        assert!(code(&isolate, "f").homes > 50, "{}", code(&isolate, "f").homes);
        let before = counters(&isolate).eager;
        let call = format!("f(o, other({at}), 3)");
        assert_eq!(run(&isolate, &call), run(&plain, &call), "exit at check {at}");
        assert_eq!(counters(&isolate).eager - before, 1);
    }
}

#[test]
fn homes_are_read_while_the_exit_collects() {
    let source = crowded(30, 120);
    let plain = with(Config { jitless: true, ..manual() });
    run(&plain, &source);
    for phase in [ExitPhase::Entry, ExitPhase::Translated, ExitPhase::Allocated, ExitPhase::Drained] {
        let every = NonZeroU32::new(97).expect("not 0");
        let isolate = with(Config {
            forced_exits: ForcedExits::EveryNth(every),
            exit_collection: Some(phase),
            ..manual()
        });
        run(&isolate, &source);
        warm_up(&isolate, "f", "f(o, list, 3)");
        let call = "f(o, list, 5)";
        for _ in 0..3 {
            run(&isolate, "%OptimizeFunctionOnNextCall(f)");
            assert_eq!(run(&isolate, call), run(&plain, call));
            collect(&isolate);
        }
        assert!(counters(&isolate).forced > 0, "{:?}", counters(&isolate));
    }
}

/// More values live at one exit than the exit area has words.
#[test]
fn an_exit_with_thousands_of_live_values() {
    let names: Vec<String> = (0..2000).map(|i| format!("v{i}")).collect();
    let declared: Vec<String> = (0..2000).map(|i| format!("v{i} = a + {i}")).collect();
    let source = format!(
        "function f(a, o) {{ let {}; const x = o.x; return x + {} }}",
        declared.join(", "),
        names.join(" + ")
    );
    let isolate = with(manual());
    run(&isolate, &source);
    warm_up(&isolate, "f", "f(1, { x: 1 })");
    assert!(is_optimized(&isolate, "f"), "{:?}", counters(&isolate));
    // The sums behind the exit come to it as well.
    assert!(code(&isolate, "f").homes >= 2000, "{}", code(&isolate, "f").homes);
    let before = counters(&isolate).eager;
    let sum = 2000 * 1999 / 2 + 2000 + 5;
    assert_eq!(run(&isolate, "f(1, { y: 0, x: 5 })"), sum.to_string());
    assert_eq!(counters(&isolate).eager - before, 1);
}

/// Functions whose exits store few values have no homes.
#[test]
fn ordinary_code_has_none() {
    let isolate = with(manual());
    run(&isolate, &crowded(3, 20));
    warm_up(&isolate, "f", "f(o, list, 3)");
    assert_eq!(code(&isolate, "f").homes, 0);
}
