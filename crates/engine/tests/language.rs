//! Small programs, run end to end: each gives a completion value.
#![forbid(unsafe_code)]

use std::time::Duration;

use unspool::runtime::config::Config;
use unspool::runtime::host::DefaultHost;
use unspool::{Isolate, ScriptError};

fn run(source: &str) -> String {
    let isolate = Isolate::new(Config::default(), Box::new(DefaultHost));
    match isolate.run_script(source, "test.js") {
        Ok(text) => text,
        Err(error) => format!("threw {error}"),
    }
}

macro_rules! programs {
    ($($name:ident: $source:expr => $expected:expr;)*) => {
        $(#[test] fn $name() { assert_eq!(run($source), $expected); })*
    };
}

programs! {
    arithmetic: "1 + 2 * 3 - 4 / 8" => "6.5";
    strings: "'a' + 1 + true + null" => "a1truenull";
    recursion: "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } fib(15)" => "610";
    closures: "function make() { let c = 0; return () => ++c } const k = make(); k(); k(); k()" => "3";
    loop_bindings: "var fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); fs[0]() + fs[2]()" => "2";
    objects: "var o = {a: 1, ['b' + 1]: 2, get c() { return this.a + this.b1 }}; o.c" => "3";
    arrays: "var a = [1, 2, , 4]; a[9] = 5; a.length + ':' + (2 in a)" => "10:false";
    exceptions: "function f() { try { throw new TypeError('x') } finally { r = 'fin' } } var r; try { f() } catch (e) { r + e.message }"
        => "finx";
    constructors: "function P(x) { this.x = x } P.prototype.get = function () { return this.x }; new P(7).get()" => "7";
    many_arguments: "function f() { return arguments.length + arguments[2] } f(1, 2, 3, 4)" => "7";
    missing_arguments: "function f(a, b) { return typeof b } f(1)" => "undefined";
    spread: "Math.max(...[3, 9, 4], ...'12')" => "9";
    classes: "class A { #x = 1; get x() { return this.#x } static s = 5 } class B extends A { y = super.x + 1 } new B().y + A.s"
        => "7";
    generators: "function* g() { const x = yield 1; try { yield x * 2 } finally { yield 9 } } const i = g(); i.next(); [i.next(4).value, i.return(3).value, i.next().value, i.next().done].join()"
        => "8,9,3,true";
    destructuring: "const [a, {b = 5, ...r}, ...c] = [1, {x: 2, y: 3}, 4, 5]; [a, b, r.x + r.y, c].join()" => "1,5,5,4,5";
    for_of: "let s = 0; for (const x of new Set([1, 2, 3])) s += x; s" => "6";
    for_in: "let s = ''; for (const k in {a: 1, b: 2, 3: 3}) s += k; s" => "3ab";
    direct_eval: "function f(x) { eval('var y = x + 1'); return y } f(2)" => "3";
    with_statement: "var o = {p: 1}; with (o) { p = 5 } o.p" => "5";
    templates: "function tag(s, ...v) { return s.raw[0] + v[0] + s[1] } tag`a\\n${1}b`" => "a\\n1b";
    uncaught: "function f() { null.x }\nf()"
        => "threw TypeError: Cannot read properties of null (reading 'x')\n    at f (test.js:1:21)\n    at test.js:2:1";
    stack_overflow: "function f() { return f() + 1 } try { f() } catch (e) { e instanceof RangeError }" => "true";
    bigint: "2n ** 64n + 1n" => "18446744073709551617";
}

#[test]
fn jobs_run_after_the_script() {
    let isolate = Isolate::new(Config::default(), Box::new(DefaultHost));
    let source = "var log = []; (async () => { log.push(1); await null; log.push(3) })(); log.push(2)";
    isolate.run_script(source, "a.js").expect("no exception");
    assert_eq!(isolate.run_script("log.join()", "b.js").as_deref(), Ok("1,2,3"));
}

#[test]
fn failures_after_the_end_of_the_program_are_reported() {
    let isolate = Isolate::new(Config::default(), Box::new(DefaultHost));
    let text = |error: ScriptError| error.to_string().lines().next().map(str::to_owned);
    for (source, expected) in [
        ("Promise.reject(new Error('x')); 5", Some("Error: x")),
        ("(async () => { await null; throw new TypeError('late') })(); 5", Some("TypeError: late")),
        ("Promise.reject(1).catch(() => {}); 5", None),
        ("var p = Promise.reject(2); Promise.resolve().then(() => p.catch(() => {})); 5", None),
    ] {
        let error = isolate.run_script(source, "a.js").err().and_then(text);
        assert_eq!(error.as_deref(), expected, "{source}");
    }
    assert_eq!(isolate.run_module("await new Promise(() => {})", "m.js"), Err(ScriptError::Unsettled));
    assert_eq!(isolate.run_module("await null", "n.js"), Ok(()));
    assert!(matches!(isolate.run_module("await null; throw 1", "o.js"), Err(ScriptError::Exception { .. })));
}

/// Another thread ends programs that would not end; no handler of theirs notices, and the isolate goes on.
#[test]
fn another_thread_terminates() {
    let isolate = Isolate::new(Config::default(), Box::new(DefaultHost));
    let endless = [
        "for (;;) try { for (;;); } catch { caught = true } finally { caught = true; continue }",
        "function f() { for (;;); } try { f() } catch { caught = true }",
        "(async () => { try { for (;;) await null } catch { caught = true } finally { caught = true } })()",
        "function* g() { try { for (;;) yield 1 } finally { caught = true } } for (const x of g());",
        "for (;;) [3, 1, 2].sort(() => { try { for (;;); } finally { caught = true } })",
        "Promise.resolve().then(() => { for (;;); }).catch(() => { caught = true }); 1",
        "new Proxy({}, { get() { for (;;); } }).x",
        "/(a*)*(a*)*(a*)*b/.exec('a'.repeat(100)); for (;;);",
    ];
    isolate.run_script("var caught = false", "before.js").expect("no exception");
    for source in endless {
        let handle = isolate.interrupt_handle();
        let watchdog = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            handle.terminate()
        });
        assert_eq!(isolate.run_script(source, "endless.js"), Err(ScriptError::Terminated), "{source}");
        assert!(watchdog.join().expect("the watchdog does not panic"));
        assert_eq!(isolate.run_script("caught", "after.js").as_deref(), Ok("false"), "{source}");
    }
    // A termination while nothing runs is for what runs next; and a handle may outlive its isolate.
    let handle = isolate.interrupt_handle();
    assert!(handle.terminate());
    assert_eq!(isolate.run_script("caught = true; for (;;);", "next.js"), Err(ScriptError::Terminated));
    assert_eq!(isolate.run_script("1 + 1", "after.js").as_deref(), Ok("2"));
    drop(isolate);
    assert!(!handle.terminate());
}
