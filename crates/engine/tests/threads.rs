//! Isolates on threads with small stacks: programs that recurse natively get an error, and the process lives.
#![forbid(unsafe_code)]

use unspool::{Isolate, runtime};

/// Programs that recurse through Rust code; each gives `RangeError` when it is stopped.
const PROGRAMS: &[&str] = &[
    "let p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x",
    "(function f() { 'a'.replace(/a/, f) })()",
    "(function f() { [1].map(f) })()",
    "(function f() { [2, 1].sort(f) })()",
    "(function f() { new f })()",
    "(function f() { Reflect.construct(Object, [], new Proxy(f, { get: f })) })()",
    "(function f() { f`${f()}` })()",
    "(function f() { eval('f()') })()",
    "let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a)",
    "let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a); throw RangeError()",
    "JSON.parse('['.repeat(100000) + ']'.repeat(100000)); throw RangeError()",
    "let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(Infinity); throw RangeError()",
    "class A { constructor() { return new Proxy(this, { getPrototypeOf() { return new A instanceof A } }) } } new A instanceof A",
    "let o = { get x() { return this.x } }; o.x",
    "let o = { toString() { return '' + this } }; '' + o",
    "function* g() { yield* g() } for (let x of g());",
    "(function f() { for (const x of { [Symbol.iterator]: f }); })()",
    "try { new Function('('.repeat(100000)) } catch {} throw RangeError()",
    "try { new RegExp('('.repeat(100000) + ')'.repeat(100000)).exec('') } catch {} throw RangeError()",
    "try { eval('['.repeat(100000)) } catch {} throw RangeError()",
    // Hot functions are compiled deep in the recursion, too.
    "let n = 0; function hot(x) { for (let i = 0; i < 20000; i++) n += i; return x }
     (function f() { ['a'].map(f); hot(1) })()",
];

fn run_all(kib: usize) {
    let run = move || {
        let isolate = Isolate::new(Default::default(), Box::new(runtime::host::DefaultHost));
        for program in PROGRAMS {
            let text = format!("try {{ (0, eval)({program:?}); 'no error' }} catch (e) {{ e.name }}");
            assert_eq!(isolate.run_script(&text, "deep.js").as_deref(), Ok("RangeError"), "{program}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(kib << 10).spawn(run).expect("a thread starts");
    assert!(thread.join().is_ok(), "with {kib} KiB");
}

#[test]
fn two_mebibytes() {
    run_all(2048);
}

#[test]
fn half_a_mebibyte() {
    run_all(512);
}
