//! Programs whose exits make what the code has not made: interpreted, compiled, and with collections between the phases of the exit.
#![allow(dead_code, reason = "each test file uses its part")]

use unspool::Isolate;
use unspool::runtime::config::Config;
use unspool::runtime::host::DefaultHost;
use unspool_deopt::MaterializationCounts;
use unspool_tiering::machine::code::Compiler;

pub(crate) fn config() -> Config {
    Config { allow_natives_syntax: true, deopt_threshold: 1, ..Config::default() }
}

pub(crate) fn run(isolate: &Isolate, source: &str) -> String {
    isolate.run_script(source, "test.js").unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn counts(isolate: &Isolate) -> MaterializationCounts {
    isolate.enter(|cx| Compiler::of(cx.isolate()).materialization())
}

/// Optimizes `f` behind forty calls with the usual argument; `exit` is what then leaves the code. Gives what the exit did.
pub(crate) fn exits(setup: &str, usual: &str, exit: &str) -> MaterializationCounts {
    let warm = format!(
        "{setup}\n%PrepareFunctionForOptimization(f);\nfor (let i = 0; i < 40; i++) {usual};\n\
         %OptimizeFunctionOnNextCall(f);\n{usual};\n%GetOptimizationStatus(f) & 16"
    );
    let plain = Isolate::new(Config { jitless: true, ..config() }, Box::new(DefaultHost));
    run(&plain, &warm);
    let expected = run(&plain, exit);
    // With a collection at every allocation (which may take the code with the shapes that it embeds), with a collection between the
    // phases of the exit only, and as usual.
    let mut seen = MaterializationCounts::default();
    use unspool::runtime::config::ExitPhase as Phase;
    for (gc_stress, phase) in [
        (Some(1), None),
        (None, Some(Phase::Translated)),
        (None, Some(Phase::Allocated)),
        (None, Some(Phase::Initialized)),
        (None, None),
    ] {
        let mut config = config();
        config.heap.gc_stress = gc_stress;
        config.exit_collection = phase;
        let isolate = Isolate::new(config, Box::new(DefaultHost));
        let status = run(&isolate, &warm);
        assert!(status == "16" || gc_stress == Some(1), "f is not optimized: {setup}");
        let before = counts(&isolate);
        assert_eq!(run(&isolate, exit), expected, "{setup}");
        let after = counts(&isolate);
        assert_eq!(after.queued, after.patched, "markers are left: {setup}");
        seen = MaterializationCounts {
            exits: after.exits - before.exits,
            frames: after.frames - before.frames,
            queued: after.queued - before.queued,
            patched: after.patched - before.patched,
            allocated: after.allocated - before.allocated,
        };
        assert!(seen.exits > 0 || gc_stress == Some(1), "no exit: {setup}");
    }
    seen
}
