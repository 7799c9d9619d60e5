//! What the compiler refuses: functions beyond a limit stay in the interpreter, for good, with a counted reason, and mean the same
//! (`docs/bailout.md`, "What is not compiled"). Smaller functions of the same kind are compiled.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod machine;

use std::fmt::Write as _;

use machine::{counters, is_optimized, manual, run, with};
use unspool::runtime::config::Config;
use unspool_tiering::log::Failure;
use unspool_tiering::machine::report;

/// Compiles `f`, which is called so. Gives its result after that, whether it is optimized, and the report of failures.
fn compile(source: &str, call: &str) -> (String, bool, String) {
    let isolate = with(Config { exit_stats: true, ..manual() });
    run(&isolate, source);
    run(&isolate, &format!("%PrepareFunctionForOptimization(f); {call}; {call}"));
    let mut result = String::new();
    // Refused is refused: the second and third wish are not even tried.
    for _ in 0..3 {
        result = run(&isolate, &format!("%OptimizeFunctionOnNextCall(f); {call}"));
    }
    let optimized = is_optimized(&isolate, "f");
    let after = counters(&isolate);
    assert_eq!(after.failures(Failure::Refused), u64::from(!optimized), "{after:?}");
    assert_eq!(after.failures(Failure::Panicked) + after.failures(Failure::Codegen), 0, "{after:?}");
    let plain = with(Config { jitless: true, ..manual() });
    run(&plain, source);
    assert_eq!(result, run(&plain, call));
    (result, optimized, isolate.enter(report::end_of_run))
}

#[track_caller]
fn is_refused(source: &str, call: &str, why: &str) {
    let (_, optimized, report) = compile(source, call);
    assert!(!optimized);
    assert!(report.contains(&format!("refused: {why}")), "{report}");
}

#[track_caller]
fn is_compiled(source: &str, call: &str) {
    let (_, optimized, report) = compile(source, call);
    assert!(optimized, "{report}");
}

/// A function of so many branches, of which none is taken.
fn long(branches: u32) -> String {
    let mut source = String::from("function f(a) { let s = 0;\n");
    for i in 0..branches {
        let _ = writeln!(source, "if (a === {i}.5) s += {i};");
    }
    source + "return s + a }"
}

#[test]
fn bytecode_beyond_60_kib() {
    is_refused(&long(8000), "f(1)", "it has more than 60 KiB of bytecode");
    is_compiled(&long(400), "f(1)");
}

#[test]
fn frames_of_more_than_64_kib() {
    // Each argument is a register of the caller.
    let function = |registers: usize| {
        format!("function f(o) {{ const x = o.x; return Math.max(x, {}) }}", vec!["0"; registers].join(", "))
    };
    is_refused(&function(8200), "f({ x: 1 })", "an exit would rebuild more than 64 KiB of frames");
    is_compiled(&function(1000), "f({ x: 1 })");
}

#[test]
fn a_loop_of_a_refused_function_is_not_tried_again() {
    let body = long(8000).replace("return s + a", "for (let i = 0; i < 3000; i++) s += i; return s + a");
    let isolate = with(Config { interrupt_budget: 50, ..manual() });
    run(&isolate, &body);
    run(&isolate, "f(1); f(2); f(3)");
    let after = counters(&isolate);
    assert!((1..=2).contains(&after.failures(Failure::Refused)), "the loop and the function: {after:?}");
    assert_eq!(after.compiled, 0);
}
