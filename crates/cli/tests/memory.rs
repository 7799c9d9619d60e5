//! What the shell takes from the machine: memory at start-up, and the heap after a collection.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

#[path = "support/mod.rs"]
mod support;

/// Heap sizes after the collections that the program asked for.
fn sizes_after_explicit_collections(trace: &str) -> Vec<f64> {
    trace
        .lines()
        .filter(|line| line.contains("(explicit)"))
        .filter_map(|line| line.split(" -> ").nth(1)?.split(' ').next()?.parse().ok())
        .collect()
}

#[test]
fn the_heap_returns_to_its_baseline() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // A job of the compile thread keeps alive what it mentions, until it is finished.
    let flags = ["--single-threaded", "--expose-gc", "--trace-gc"];
    let arguments = [flags[0], flags[1], flags[2], "examples/baseline.js"].map(OsString::from);
    let output = support::run(&root, &arguments, b"", Duration::from_secs(60)).expect("the shell ends");
    assert!(!output.is_crash() && output.code == Some(0), "{}", output.show());
    let trace = format!("{}{}", output.stdout, output.stderr);
    let sizes = sizes_after_explicit_collections(&trace);
    let [.., before, after] = sizes[..] else { panic!("{}", output.show()) };
    assert!((after - before).abs() <= before / 100.0, "{before} bytes became {after}");
    // The buffer of ten million bytes is gone too; machine code, which is counted there, may come and go.
    let external = trace.lines().rfind(|line| line.contains("(explicit)")).and_then(|line| {
        line.split_once("external ")?.1.split(" -> ").nth(1)?.split(',').next()?.parse::<u64>().ok()
    });
    assert!(external.is_some_and(|bytes| bytes < 1_000_000), "{external:?} external bytes");
}

/// The peak of `print(1)` may be 12 MiB in a release build; the debug build with its larger program stays below too.
#[test]
#[cfg(target_os = "linux")]
fn a_small_program_takes_little_memory() {
    let program = "print(1); print(readFile('/proc/self/status').match(/VmHWM:\\s*(\\d+) kB/)[1])";
    let arguments = ["-e", program].map(OsString::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = support::run(root, &arguments, b"", Duration::from_secs(60)).expect("the shell ends");
    let kib: u64 = output.stdout.lines().nth(1).and_then(|line| line.parse().ok()).expect("a number");
    assert!(kib <= 12 * 1024, "{kib} KiB");
}
