//! The shell itself: arguments, exit codes, and inputs too odd to lie in a file. Never a panic, an abort or a hang.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

#[path = "support/mod.rs"]
mod support;

use support::Output;

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("unspool-shell-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), content).expect("the temporary folder is writable");
        self
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, b"")
    }

    #[track_caller]
    fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Output {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let output =
            support::run(&self.0, &arguments, input, Duration::from_secs(60)).expect("the shell ends");
        assert!(!output.is_crash(), "{}", output.show());
        output
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn expect(output: &Output, code: i32, stdout: &str) {
    assert_eq!((output.code, output.stdout.as_str()), (Some(code), stdout), "{}", output.show());
}

#[test]
fn files_share_one_realm_in_order() {
    let folder = Folder::new("files");
    folder.file("a.js", "var x = 1; let y = 2;").file("b.js", "print(x + y); x = 10;");
    expect(&folder.run(&["a.js", "b.js", "-e", "print(x, y)"]), 0, "3\n10 2\n");
    expect(&folder.run(&["a.js", "a.js"]), 1, "");
}

#[test]
fn standard_input_and_texts() {
    let folder = Folder::new("stdin");
    expect(&folder.run_with_input(&["-"], b"print('from input')"), 0, "from input\n");
    expect(&folder.run_with_input(&["--module", "-"], b"print(this, await 5)"), 0, "undefined 5\n");
    expect(&folder.run(&["--module", "-e", "print(typeof import.meta)"]), 0, "object\n");
    expect(&folder.run(&["-e", ""]), 0, "");
}

#[test]
fn modules_may_have_thousands_of_variables() {
    let folder = Folder::new("large-module");
    let mut text: String = (0..3000).map(|i| format!("export let x{i} = {i};\n")).collect();
    text += "import * as ns from './large.mjs'; print(Object.keys(ns).length, ns.x2999);";
    folder.file("large.mjs", &text);
    expect(&folder.run(&["large.mjs"]), 0, "3000 2999\n");
}

#[test]
fn compiling_takes_time_in_proportion_to_the_text() {
    let folder = Folder::new("linear");
    let repeat = |count: u32, make: &dyn Fn(u32) -> String| (0..count).map(make).collect::<String>();
    // A step that is quadratic takes more than the minute that each program has.
    let n = 200_000;
    for (name, text) in [
        ("constants", format!("({{{}}})", repeat(n, &|i| format!("k{i}:0,")))),
        ("values", format!("var v = 1; ({{{}}})", repeat(n, &|i| format!("k{i}:v,")))),
        ("functions", repeat(n, &|i| format!("function f{i}(){{}}\n"))),
        ("cases", format!("switch (1) {{ {} }}", repeat(n, &|i| format!("case {i}:\n")))),
        ("private names", format!("class C {{ {} }}", repeat(n, &|i| format!("#f{i};\n")))),
        ("parameters", format!("(function ({}) {{}})", repeat(60_000, &|i| format!("a{i},")))),
    ] {
        folder.file("large.js", text);
        let output = folder.run(&["large.js"]);
        assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{name}: {}", output.show());
    }
}

#[test]
fn agents_share_memory() {
    let folder = Folder::new("agents");
    let text = "
        $262.agent.start(`$262.agent.receiveBroadcast((memory, number) => {
            const words = new Int32Array(memory);
            Atomics.add(words, 1, number);
            $262.agent.report(Atomics.wait(words, 0, 0));
        })`);
        const words = new Int32Array(new SharedArrayBuffer(8));
        $262.agent.broadcast(words.buffer, 41);
        while (Atomics.notify(words, 0) == 0) $262.agent.sleep(1);
        let report;
        while ((report = $262.agent.getReport()) === null) $262.agent.sleep(1);
        print(report, words[1]);
        Atomics.waitAsync(words, 0, 0).value.then(print);
        $262.agent.start(`$262.agent.receiveBroadcast((memory) => {
            const words = new Int32Array(memory);
            while (Atomics.notify(words, 0) == 0) $262.agent.sleep(1);
        })`);
        $262.agent.broadcast(words.buffer);";
    expect(&folder.run(&["--test262", "-e", text]), 0, "ok 41\nok\n");
}

#[test]
fn help_version_and_bad_usage() {
    let folder = Folder::new("usage");
    assert!(folder.run(&["--help"]).stdout.starts_with("usage: unspool"));
    assert!(folder.run(&["--version"]).stdout.starts_with("unspool "));
    assert_eq!(folder.run(&["--no-such-flag"]).code, Some(64));
    assert_eq!(folder.run(&[]).code, Some(64));
}

#[test]
fn files_that_cannot_be_read() {
    let folder = Folder::new("missing");
    let output = folder.run(&["nothing.js"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("nothing.js"), "{}", output.show());
    fs::create_dir(folder.0.join("folder.js")).expect("a folder can be made");
    assert_eq!(folder.run(&["folder.js"]).code, Some(1));
    expect(
        &folder.run(&["-e", "try { load('nothing.js') } catch (e) { print(e instanceof Error) }"]),
        0,
        "true\n",
    );
    expect(
        &folder.run(&["-e", "try { readFile('folder.js') } catch (e) { print(e instanceof Error) }"]),
        0,
        "true\n",
    );
}

#[test]
fn host_functions() {
    let folder = Folder::new("host");
    folder.file("data.txt", "h\u{e9}llo \u{1F600}\n").file("lib.js", "var fromLib = 7; fromLib * 2");
    expect(
        &folder.run(&["-e", "print(readFile('data.txt').length, read('data.txt').trim())"]),
        0,
        "9 h\u{e9}llo \u{1F600}\n",
    );
    expect(&folder.run(&["-e", "print(load('lib.js'), fromLib)"]), 0, "14 7\n");
    expect(
        &folder.run(&["-e", "write('a', 1); write('b\\n'); print(); print(1, 'two', null)"]),
        0,
        "a 1b\n\n1 two null\n",
    );
    let output = folder.run(&["-e", "printErr('to err'); console.error('also'); console.log('out', 1)"]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("out 1\n", "to err\nalso\n"));
    expect(&folder.run(&["-e", "print('before'); quit(7); print('never')"]), 7, "before\n");
    expect(&folder.run(&["-e", "try { quit() } finally { print('never') }"]), 0, "");
    expect(
        &folder.run(&["-e", "const a = performance.now(), b = performance.now(); print(b >= a, typeof a)"]),
        0,
        "true number\n",
    );
    expect(&folder.run(&["-e", "print(typeof gc)"]), 0, "undefined\n");
    expect(&folder.run(&["--expose-gc", "-e", "print(typeof gc, gc())"]), 0, "function undefined\n");
}

#[test]
fn timers_and_microtasks() {
    let folder = Folder::new("timers");
    let program = "
        const ended = () => { if (++ends === 2) setTimeout(() => print('late'), 20); };
        let ends = 0; setTimeout((a, b) => { print('soon', a, b); ended(); }, 1, 'x', 'y');
        const dead = setTimeout(() => print('never'), 5); clearTimeout(dead);
        let n = 0;
        const i = setInterval(() => { print('tick'); if (++n === 2) { clearInterval(i); ended(); } }, 1);
        queueMicrotask(() => print('microtask')); Promise.resolve().then(() => print('promise')); print('sync');";
    let output = folder.run(&["-e", program]);
    let mut lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(&lines[..3], ["sync", "microtask", "promise"], "{}", output.show());
    assert_eq!(lines.pop(), Some("late"));
    let mut rest = lines.split_off(3);
    rest.sort_unstable();
    assert_eq!(rest, ["soon x y", "tick", "tick"]);
}

#[test]
fn lone_surrogates_survive() {
    let folder = Folder::new("surrogates");
    // In a source text, in `eval`, through strings; printed as the replacement character, as UTF-8 has no form for them.
    expect(
        &folder.run(&[
            "-e",
            r#"const s = "\uD800"; print(s.length, s.charCodeAt(0), eval("'" + s + "'") === s, s)"#,
        ]),
        0,
        "1 55296 true \u{FFFD}\n",
    );
    expect(
        &folder.run(&["-e", r#"print(Function("return '\uDC00'.length")(), `${"\uD83D"}${"\uDE00"}`)"#]),
        0,
        "1 \u{1F600}\n",
    );
    expect(&folder.run(&["-e", r#"const o = {["\uD800"]: 1}; print(Object.keys(o)[0] === "\uD800", o["\uD800"], JSON.stringify(o))"#]), 0, "true 1 {\"\\ud800\":1}\n");
}

#[test]
fn invalid_utf8_is_replaced() {
    let folder = Folder::new("utf8");
    folder
        .file("bad.js", b"print('\xFF\xFE'.length); // \x80\xC3\n")
        .file("cut.js", b"print('ok') // \xF0\x9F");
    expect(&folder.run(&["bad.js"]), 0, "2\n");
    expect(&folder.run(&["cut.js"]), 0, "ok\n");
}

#[test]
fn odd_texts() {
    let folder = Folder::new("odd");
    folder
        .file("bom.js", "\u{FEFF}print('bom')")
        .file("crlf.js", "print(1)\r\nprint(2)\r")
        .file("empty.js", "");
    folder
        .file("hashbang.js", "#!/usr/bin/env unspool\nprint('hashbang')")
        .file("nul.js", b"print('\0'.length)\n");
    expect(&folder.run(&["bom.js"]), 0, "bom\n");
    expect(&folder.run(&["crlf.js"]), 0, "1\n2\n");
    expect(&folder.run(&["empty.js"]), 0, "");
    expect(&folder.run(&["hashbang.js"]), 0, "hashbang\n");
    expect(&folder.run(&["nul.js"]), 0, "1\n");
    expect(&folder.run_with_input(&["-"], b"\0"), 2, "");
    let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    folder.file("noise.js", noise);
    assert_eq!(folder.run(&["noise.js"]).code, Some(2));
}

/// Programs nested a hundred thousand levels deep end in a `SyntaxError` or a `RangeError`, or run.
#[test]
fn nested_brackets() {
    let folder = Folder::new("nested");
    let n = 100_000;
    // Of these the library that checks early errors looks at all ancestors of each: a hundred thousand take 5 s.
    let checked = 20_000;
    let both = |open: &str, inner: &str, close: &str| open.repeat(n) + inner + &close.repeat(n);
    let programs = [
        ("parentheses", both("(", "1", ")")),
        ("open parentheses", "(".repeat(n)),
        ("arrays", both("[", "", "]")),
        ("open arrays", "[".repeat(n)),
        ("objects", both("({a:", "1", "})")),
        ("blocks", both("{", "", "}")),
        ("open blocks", "{".repeat(n)),
        ("functions", both("function f(){", "", "}")),
        ("arrows", "a=>".repeat(n) + "1"),
        ("calls", both("f(", "", ")")),
        ("unary", "-".repeat(n) + "1"),
        ("not", "!".repeat(n) + "1"),
        ("typeof", "typeof ".repeat(n) + "1"),
        ("binary", "1+".repeat(n) + "1"),
        ("power", "1**".repeat(n) + "1"),
        ("logical", "1&&".repeat(n) + "1"),
        ("conditional", "1?".repeat(n) + "1" + &":1".repeat(n)),
        ("conditional chain", "0?1:".repeat(n) + "1"),
        ("assignment", "var a;".to_owned() + &"a=".repeat(n) + "1"),
        ("comma", "1,".repeat(n) + "1"),
        ("member", "var a={};a".to_owned() + &"?.b".repeat(n)),
        ("call chain", "var f=()=>f;f".to_owned() + &"()".repeat(n)),
        ("if", "if(1)".repeat(n) + ";"),
        ("else", "if(0);else ".repeat(n) + ";"),
        ("labels", (0..checked).map(|i| format!("l{i}:")).collect::<String>() + ";"),
        ("while", "while(0)".repeat(n) + ";"),
        ("templates", both("`${", "1", "}`")),
        ("classes", both("(class{m(){", "", "}})")),
        ("patterns", both("[", "a", "]") + "=1"),
        ("parameters", "(".to_owned() + &"[".repeat(n) + "a" + &"]".repeat(n) + ")=>1"),
        ("new", "new ".repeat(n) + "Object"),
        ("regular expression", "/".to_owned() + &"(".repeat(n) + &")".repeat(n) + "/"),
        ("switch", both("switch(1){case 1:", "", "}")),
        ("try", both("try{", "", "}finally{}")),
        ("yield", "function*g(){".to_owned() + &"yield ".repeat(checked) + "}"),
        ("await", "async()=>".to_owned() + &"await ".repeat(checked) + "1"),
        ("spread", both("[...", "[]", "]")),
    ];
    for (name, program) in programs {
        folder.file("nested.js", program);
        let output = folder.run(&["nested.js"]);
        let is_error = ["SyntaxError", "RangeError", "ReferenceError", "TypeError"]
            .iter()
            .any(|kind| output.stderr.contains(kind));
        assert!(
            output.code == Some(0) || is_error,
            "{name}: {}",
            output.show().chars().take(2000).collect::<String>()
        );
    }
    let deep = format!(
        "try {{ eval('('.repeat({n}) + ')'.repeat({n})) }} catch (e) {{ print(e.name) }} try {{ new RegExp('('.repeat({n}) + ')'.repeat({n})) }} catch (e) {{ }} try {{ Function('['.repeat({n})) }} catch (e) {{ }} print('alive')"
    );
    assert!(folder.run(&["-e", &deep]).stdout.ends_with("Error\nalive\n"));
}

#[test]
fn exit_codes_of_test262_runs() {
    let folder = Folder::new("test262");
    folder
        .file("syntax.js", "var = 1;")
        .file("throws.js", "function E() {} throw new E();")
        .file("fine.js", "print(typeof $262.createRealm)");
    folder
        .file("link.js", "import { no } from './fine.js';")
        .file("missing.js", "import './nowhere.js';")
        .file("harness.js", "var helper = 5;");
    folder.file("self.js", "import * as self from './self.js'; export let a = helper; print(self.a)");
    folder.file("dynamic.js", "import('./fine.js').then(() => print('imported'))");
    expect(&folder.run(&["--test262", "fine.js"]), 0, "function\n");
    let output = folder.run(&["--test262", "syntax.js"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.starts_with("Uncaught SyntaxError: "), "{}", output.show());
    let output = folder.run(&["--test262", "throws.js"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.starts_with("Uncaught E"), "{}", output.show());
    assert_eq!(folder.run(&["--test262", "--module", "syntax.js"]).code, Some(2));
    for file in ["link.js", "missing.js"] {
        let output = folder.run(&["--test262", "--module", file]);
        assert_eq!(output.code, Some(3), "{}", output.show());
        assert!(output.stderr.starts_with("Uncaught "), "{}", output.show());
    }
    expect(&folder.run(&["--test262", "--prelude", "harness.js", "--module", "self.js"]), 0, "5\n");
    let base = folder.0.join("elsewhere");
    fs::create_dir_all(&base).expect("a folder can be made");
    fs::write(base.join("composed.js"), fs::read(folder.0.join("dynamic.js")).expect("readable"))
        .expect("writable");
    expect(
        &folder.run(&["--test262", "--module-base", "dynamic.js", "elsewhere/composed.js"]),
        0,
        "function\nimported\n",
    );
}

#[test]
fn memory_limit_is_an_error_and_no_abort() {
    let folder = Folder::new("memory");
    let program = "const keep = []; try { for (;;) keep.push(new Array(1000).fill(keep.length)); } catch (e) { keep.length = 0; print(e.name); }";
    let output = folder.run(&["--memory-limit=64", "-e", program]);
    assert!(
        output.code == Some(0) && output.stdout == "RangeError\n" || output.code == Some(1),
        "{}",
        output.show()
    );
    let output = folder.run(&[
        "--memory-limit=64",
        "-e",
        "let s = 'x'; try { for (;;) s += s; } catch (e) { print(e.name) }",
    ]);
    expect(&output, 0, "RangeError\n");
    expect(
        &folder.run(&["--memory-limit=64", "-e", "try { new ArrayBuffer(1e9) } catch (e) { print(e.name) }"]),
        0,
        "RangeError\n",
    );
}

#[test]
fn sparse_indices_take_memory_by_their_number() {
    let folder = Folder::new("sparse");
    let fill = |start: &str, stride: u32| {
        format!(
            "let a = {start}; for (let i = 0; i < 8e4; i++) a[i * {stride}] = i; print(a[7 * {stride}], Object.keys(a).length)"
        )
    };
    for (start, stride) in [("{}", 1000), ("[]", 1000), ("{}", 65536), ("[]", 300)] {
        let output = folder.run(&["--memory-limit=24", "-e", &fill(start, stride)]);
        expect(&output, 0, "7 80000\n");
    }
    // What is nearly full stays dense, from whichever end it is filled; what was dense gives way to holes.
    let program = "let a = {}; for (let i = 3e5; i >= 0; i--) a[i] = i; print(a[1e5]); \
        let q = {}; for (let i = 0; i < 2e6; i++) { q[i] = i; delete q[i - 10] } print(Object.keys(q).length)";
    expect(&folder.run(&["--memory-limit=24", "-e", program]), 0, "100000\n10\n");
}

#[test]
fn out_of_memory_says_so() {
    let folder = Folder::new("out-of-memory");
    let program = "let o = {}; try { for (let i = 0;; i++) o['k' + i] = i } catch (e) { o = null; print(e.name, e.message) }";
    expect(&folder.run(&["--memory-limit=32", "-e", program]), 0, "RangeError Out of memory\n");
    let output = folder.run(&["--memory-limit=32", "-e", "let o = {}; for (let i = 0;; i++) o['k' + i] = i"]);
    assert!(
        output.code == Some(1) && output.stderr.starts_with("Uncaught RangeError: Out of memory\n"),
        "{}",
        output.show()
    );
}

/// The system's limit on address space is an error of the program too.
#[test]
#[cfg(target_os = "linux")]
fn a_lack_of_system_memory_is_no_abort() {
    for program in [
        "let a = []; for (;;) a.push(new Array(1000).fill(1))",
        "let a = []; for (;;) a.push(new Array(2500).fill(1))",
    ] {
        let shell = support::shell();
        let script = format!("ulimit -v 400000; exec '{}' -e '{program}'", shell.display());
        let output =
            std::process::Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && stderr.starts_with("Uncaught RangeError: Out of memory\n"),
            "{stderr}"
        );
    }
}

#[test]
fn limits_that_are_too_small_are_bad_usage() {
    let folder = Folder::new("limits");
    for (flag, said) in [
        ("--memory-limit=0", "--memory-limit must be at least"),
        ("--stack-size=0", "--stack-size must be between"),
        ("--code-arena-size=0", "--code-arena-size must be between 4 and 1048576 (KiB)"),
        ("--code-arena-size=99999999999", "--code-arena-size must be between"),
        ("--stack-size=99999999999", "--stack-size must be between"),
        ("--timeout=0", "--timeout must be a positive number"),
    ] {
        let output = folder.run(&[flag, "-e", "print(1)"]);
        assert!(output.code == Some(64) && output.stderr.contains(said), "{flag}: {}", output.show());
    }
    // The least that is allowed is enough.
    expect(
        &folder.run(&["--memory-limit=4", "--stack-size=256", "-e", "print([1, 2].map(x => x * 2))"]),
        0,
        "2,4\n",
    );
}

#[test]
fn a_timeout_ends_the_program() {
    let folder = Folder::new("timeout");
    let never = "setTimeout(() => print('late'), 1e6)";
    for program in [
        "for (;;) try { for (;;); } catch { print('caught') } finally { print('finally') }",
        never,
        // Quadratic, and exponential.
        "/(a*)*b/.exec('a'.repeat(100000)); print('matched')",
        "'a'.repeat(100000).replace(/(a*)*b/g, print); print('matched')",
        "/^(?:(a+)\\1*)+$/.test('a'.repeat(60) + 'b'); print('matched')",
    ] {
        let output = folder.run(&["--timeout=0.3", "-e", program]);
        expect(&output, 124, "");
        assert_eq!(output.stderr, "unspool: timed out after 0.3 s\n");
    }
    expect(&folder.run(&["--timeout=50", "-e", "print(1)"]), 0, "1\n");
}

#[test]
fn a_reader_that_went_away_ends_the_program() {
    let mut child = std::process::Command::new(support::shell())
        .args(["-e", "for (;;) print('line')"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the shell starts");
    let mut stdout = child.stdout.take().expect("piped");
    let mut some = [0; 64];
    std::io::Read::read_exact(&mut stdout, &mut some).expect("the program prints");
    drop(stdout);
    let output = child.wait_with_output().expect("the shell ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = || fs::File::options().write(true).open("/dev/full").expect("/dev/full exists");
    let run = |program: &str| {
        std::process::Command::new(support::shell())
            .args(["-e", program])
            .stdout(full())
            .output()
            .expect("the shell starts")
    };
    let output = run("print('lost')");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("unspool: standard output: "));
    assert_eq!(run("1").status.code(), Some(0), "nothing is lost");
}

#[test]
fn a_module_that_waits_for_nothing() {
    let folder = Folder::new("waits");
    let output =
        folder.run(&["--module", "-e", "print('before'); await new Promise(() => {}); print('never')"]);
    expect(&output, 13, "before\n");
    assert!(output.stderr.contains("unsettled"), "{}", output.show());
    let later = "await new Promise((resolve) => setTimeout(resolve, 5)); print('later')";
    expect(&folder.run(&["--module", "-e", later]), 0, "later\n");
}

/// Programs that ask for more than there is get an error that they can catch.
#[test]
fn greed_ends_in_a_range_error() {
    let folder = Folder::new("greed");
    let programs = [
        "'x'.repeat(2 ** 30)",
        "'x'.repeat(2 ** 28).padEnd(2 ** 30)",
        "new Array(2 ** 32 - 1).fill()",
        "new Array(2 ** 32)",
        "const a = []; for (;;) a.push({})",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, i)",
        "[...{ *[Symbol.iterator]() { for (;;) yield {} } }]",
        "const b = []; for (;;) b.push(new Uint8Array(1 << 20))",
        "JSON.stringify(Array(1e7).fill('0123456789'))",
        "'ab'.repeat(1 << 22).split('')",
    ];
    for program in programs {
        let caught = format!("try {{ {program} }} catch (e) {{ print(e instanceof RangeError) }}");
        expect(&folder.run(&["--memory-limit=64", "-e", &caught]), 0, "true\n");
        let output = folder.run(&["--memory-limit=64", "-e", program]);
        assert_eq!(output.code, Some(1), "{program}: {}", output.show());
        assert!(output.stderr.starts_with("Uncaught RangeError"), "{program}: {}", output.show());
    }
}
