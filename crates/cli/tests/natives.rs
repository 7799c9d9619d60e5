//! V8's natives under `--allow-natives-syntax`: names, meanings, status bits.
#![forbid(unsafe_code)]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

#[path = "support/mod.rs"]
mod support;

#[track_caller]
fn run(flags: &[&str], program: &str) -> support::Output {
    let mut arguments: Vec<OsString> = flags.iter().map(OsString::from).collect();
    arguments.extend(["--allow-natives-syntax".into(), "-e".into(), program.into()]);
    let output =
        support::run(Path::new("."), &arguments, b"", Duration::from_secs(60)).expect("the shell ends");
    assert!(!output.is_crash(), "{}", output.show());
    output
}

#[track_caller]
fn prints(program: &str, expected: &str) {
    let output = run(&[], program);
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), expected), "{}", output.show());
}

/// The figures are those that Node 20 prints for this program.
#[test]
fn the_life_of_a_function_in_status_bits() {
    prints(
        "const status = f => print(%GetOptimizationStatus(f));
         function f() {}
         status(f); f(); status(f);
         %PrepareFunctionForOptimization(f); f();
         %OptimizeFunctionOnNextCall(f); status(f);
         f(); status(f);
         %DeoptimizeFunction(f); status(f);
         print(%GetOptimizationStatus(1));",
        "262145\n129\n385\n81\n129\n0\n",
    );
}

#[test]
fn running_frames_are_seen() {
    // Executing (2048) with the topmost frame interpreted (65536) or optimized (4096).
    prints(
        "function g() { return %GetOptimizationStatus(g); }
         %PrepareFunctionForOptimization(g); print(g());
         %OptimizeFunctionOnNextCall(g); print(g(), %GetOptimizationStatus(g));",
        &format!("{}\n{} {}\n", 129 | 2048 | 65536, 81 | 2048 | 4096, 81),
    );
}

#[test]
fn code_knows_what_runs_it() {
    prints(
        "function f() { return [%IsBeingInterpreted(), %CurrentFrameIsTurbofan(), %ActiveTierIsTurbofan(f), %ActiveTierIsIgnition(f)].join(); }
         %PrepareFunctionForOptimization(f); print(f()); %OptimizeFunctionOnNextCall(f); print(f());",
        "true,false,false,true\nfalse,true,true,false\n",
    );
}

#[test]
fn compiles_at_the_next_call_of_every_kind() {
    prints(
        "const optimized = f => (%GetOptimizationStatus(f) & 16) !== 0;
         function make() { return function F(x) { return undefined; }; }
         const calls = { call: f => f.call({}, 1), new: f => new f(1), reflect: f => Reflect.construct(f, [1]), apply: f => f.apply({}, [1]),
             method: f => ({ f }).f(1), map: f => [1].map(f, {}), bind: f => f.bind({})(1) };
         for (const name in calls) {
             const f = eval('(' + make() + ')/* ' + name + ' */');
             %PrepareFunctionForOptimization(f); calls[name](f);
             %OptimizeMaglevOnNextCall(f);
             const before = optimized(f); calls[name](f); print(name, before, optimized(f));
         }",
        "call false true\nnew false true\nreflect false true\napply false true\nmethod false true\nmap false true\nbind false true\n",
    );
}

#[test]
fn never_optimize() {
    prints(
        "function f() {} %NeverOptimizeFunction(f); %PrepareFunctionForOptimization(f); f();
         %OptimizeFunctionOnNextCall(f); f(); print(%GetOptimizationStatus(f));",
        "129\n",
    );
}

#[test]
fn c02_deoptimize_now_leaves_before_itself_once() {
    let output = run(
        &["--trace-deopt"],
        "function f(x) { const o = { x }; %DeoptimizeNow(); return o.x + 1; }
         %PrepareFunctionForOptimization(f); f(1); %OptimizeFunctionOnNextCall(f); print(f(2), f(3));",
    );
    assert_eq!(output.stdout.matches("reason: %_DeoptimizeNow").count(), 1, "{}", output.show());
    assert!(output.stdout.ends_with("3 4\n"), "{}", output.show());
}

#[test]
fn osr_on_request() {
    let output = run(
        &["--trace-osr"],
        "function f(n) { let s = 0; for (let i = 0; i < n; i++) { if (i === 30) %OptimizeOsr(); s += i; } return s; }
         %PrepareFunctionForOptimization(f); f(10); print(f(100));",
    );
    assert!(output.stdout.contains("[OSR - entry. function: <JSFunction f>"), "{}", output.show());
    assert!(output.stdout.ends_with("4950\n"), "{}", output.show());
}

#[test]
fn structures() {
    prints(
        "print(%HaveSameMap({ x: 1 }, { x: 2 }), %HaveSameMap({ x: 1 }, { y: 2 }), %HasFastProperties({ x: 1 }));
         const kinds = o => [%HasSmiElements(o), %HasDoubleElements(o), %HasObjectElements(o), %HasHoleyElements(o), %HasDictionaryElements(o)].map(Number).join('');
         print(kinds([1, 2]), kinds([1, 2.5]), kinds([1, 'a']), kinds([1, , 3]), kinds([]), %IsSmi(1), %IsSmi(1.5), %IsJSReceiver({}));
         const b = new ArrayBuffer(8); %ArrayBufferDetach(b); print(b.byteLength, b.detached);
         print(%ConstructConsString('abcdefghij', 'klmnopqrst'), %ConstructDouble(0x3ff00000, 0));",
        "true false true\n10000 01000 00100 10010 10000 true false true\n0 true\nabcdefghijklmnopqrst 1\n",
    );
}

#[test]
fn what_does_not_exist_is_an_early_error() {
    for (program, message) in [
        ("print(1); function f() { %Nonsense(1); }", "SyntaxError: Nonsense is not defined"),
        ("print(1); %HaveSameMap(1)", "SyntaxError: Runtime function given wrong number of arguments"),
    ] {
        let output = run(&[], program);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{}", output.show());
        assert!(output.stderr.contains(message), "{}", output.show());
    }
}

#[test]
fn jitless_answers_as_v8_does() {
    // Function, never optimized, interpreted, lite mode.
    let program = "function f() {} f(); %PrepareFunctionForOptimization(f); %OptimizeFunctionOnNextCall(f); f(); print(%GetOptimizationStatus(f));";
    let output = run(&["--jitless"], program);
    assert_eq!(output.stdout, format!("{}\n", 1 | 2 | 128 | 8192), "{}", output.show());
}

/// Functions learn from their first call on, and are compiled for their second.
#[test]
fn always_opt_compiles_for_the_second_call() {
    let program = "function once() { return 1; } once();
        function twice(o) { return %IsBeingInterpreted(); } print(twice(), twice(), %GetOptimizationStatus(once) & 16);";
    let output = run(&["--always-opt"], program);
    assert_eq!(output.stdout, "true false 0\n", "{}", output.show());
}
