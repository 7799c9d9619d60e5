//! The contract of the bailout (`docs/bailout.md`) as far as the shell shows it. Tests carry the contract's numbers.
#![forbid(unsafe_code)]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

#[path = "support/mod.rs"]
mod support;

use support::Output;

#[track_caller]
fn shell(flags: &[&str], program: &str) -> Output {
    let mut arguments: Vec<OsString> = flags.iter().map(OsString::from).collect();
    arguments.extend(["-e".into(), program.into()]);
    let output =
        support::run(Path::new("."), &arguments, b"", Duration::from_secs(60)).expect("the shell ends");
    assert!(!output.is_crash(), "{}", output.show());
    output
}

/// A line of `--list-deopt-sites`.
#[derive(Clone, Debug)]
struct Site {
    name: String,
    kind: String,
    taken: u32,
    forced: u32,
    /// Only with `--deopt-each` and `--deopt-each-of`, and for exits that can be forced.
    passed: Option<u32>,
}

/// What the program printed, and the list of sites.
fn sites(output: &Output) -> (String, Vec<Site>) {
    let (mut program, mut sites) = (String::new(), Vec::new());
    for line in output.stdout.lines() {
        let Some(rest) = line.strip_prefix("[deopt site ").and_then(|rest| rest.strip_suffix(")]")) else {
            program += line;
            program.push('\n');
            continue;
        };
        let (name, facts) = rest.split_once(" (").expect("a name and facts");
        let mut facts = facts.split(", ").map(|fact| fact.split_once(": ").expect("a fact").1);
        let mut next = || facts.next().expect("a fact");
        sites.push(Site {
            name: name.into(),
            kind: next().into(),
            taken: next().parse().expect("a number"),
            forced: next().parse().expect("a number"),
            passed: facts.next().map(|passed| passed.parse().expect("a number")),
        });
    }
    (program, sites)
}

/// Property loads of two shapes, arithmetic that overflows, an array, an inlined call, a call that is not, a handler and a loop.
const PROGRAM: &str = "
    function getX(o) { return o.x; }
    function add(a, b) { return a + b; }
    function thrower(n) { if (n % 3 === 2) throw n; return n; }
    function caught(n) { try { return thrower(n); } catch (e) { return -e; } }
    function element(a, i) { return a[i]; }
    function sum(points) {
        let s = 0;
        for (let i = 0; i < points.length; i++) s = add(s, getX(points[i])) - element([1, 2, 3], i % 3);
        return s;
    }
    const points = [];
    for (let i = 0; i < 40; i++) points.push(i < 30 ? { x: i } : { y: 1, x: i });
    for (let k = 0; k < 30; k++) {
        if (k === 20) points.push({ z: 0, x: 2147483000 });
        print(sum(points), caught(k), add('s', k));
    }
";

#[test]
fn c06_names_of_sites_are_stable_and_unique() {
    let flags = ["--always-opt", "--list-deopt-sites"];
    let (_, first) = sites(&shell(&flags, PROGRAM));
    let (_, again) = sites(&shell(&flags, PROGRAM));
    let names: Vec<&str> = first.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, again.iter().map(|site| site.name.as_str()).collect::<Vec<_>>());
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for part in ["getX@", "/getX@", ":wrong-map#0", ":overflow#0", ":lazy#", "caught@", ":exception#0"] {
        assert!(names.iter().any(|name| name.contains(part)), "{part} is in no name of {names:#?}");
    }
}

/// Each exit that the program passes can be forced, and nothing follows from it but the exit: the output is the interpreter's.
#[test]
fn c06_every_exit_can_be_forced() {
    let expected = shell(&["--jitless"], PROGRAM).stdout;
    let listing = ["--always-opt", "--list-deopt-sites"];
    let (program, all) = sites(&shell(&listing, PROGRAM));
    assert_eq!(program, expected);
    let mut forced = 0;
    for site in &all {
        let flag = format!("--deopt-force={}", site.name);
        let (program, after) = sites(&shell(&["--always-opt", "--list-deopt-sites", &flag], PROGRAM));
        assert_eq!(program, expected, "{flag}");
        let here = after.iter().find(|other| other.name == site.name).expect("the code is compiled again");
        assert!(here.forced <= 1, "{flag}: {here:?}");
        assert_eq!(after.iter().map(|other| other.forced).sum::<u32>(), here.forced, "{flag}");
        forced += here.forced;
    }
    // What is never passed (code behind an unconditional exit, checks that never run) cannot be forced; most is.
    assert!(forced as usize * 2 > all.len(), "{forced} of {} exits", all.len());
}

/// One run takes each exit that is passed, once; what it prints stays the same.
#[test]
fn i14_each_exit_is_forced_once_in_one_run() {
    let expected = shell(&["--jitless"], PROGRAM).stdout;
    for (flag, part) in [("--deopt-each", 4), ("--deopt-each=3", 8)] {
        let (program, all) = sites(&shell(&["--always-opt", "--list-deopt-sites", flag], PROGRAM));
        assert_eq!(program, expected, "{flag}");
        assert!(all.iter().all(|site| site.forced <= 1), "{flag}: {all:#?}");
        let forced = all.iter().filter(|site| site.forced == 1).count();
        assert!(forced * part > all.len(), "{flag}: {forced} of {}", all.len());
    }
}

/// Every exit that is passed is forced in one of few runs, as `unspool-fuzz sites` does it: each run names what the one before passed and none has
/// forced.
#[test]
fn i14_every_exit_that_is_passed_is_forced() {
    let expected = shell(&["--jitless"], PROGRAM).stdout;
    let file = std::env::temp_dir().join(format!("unspool-i14-{}.txt", std::process::id()));
    let flag = format!("--deopt-each-of={}", file.display());
    let (mut named, mut forced) = (BTreeSet::<String>::new(), BTreeSet::<String>::new());
    let mut runs = 0;
    loop {
        std::fs::write(&file, named.iter().map(|name| format!("{name}\n")).collect::<String>())
            .expect("a file");
        let (program, all) = sites(&shell(&["--always-opt", "--list-deopt-sites", &flag], PROGRAM));
        assert_eq!(program, expected, "{named:#?}");
        for site in &all {
            assert!(site.forced <= u32::from(named.contains(&site.name)), "{site:?}");
            assert!(site.forced <= site.passed.unwrap_or(0), "{site:?}");
            assert_eq!(site.passed.is_none(), site.kind == "exception", "{site:?}");
        }
        let of = |wanted: fn(&Site) -> bool| {
            all.iter().filter(move |site| wanted(site)).map(|site| site.name.clone())
        };
        forced.extend(of(|site| site.forced > 0));
        named = of(|site| site.passed > Some(0)).filter(|name| !forced.contains(name)).collect();
        runs += 1;
        if named.is_empty() {
            break;
        }
        assert!(runs < 60, "{named:#?}");
    }
    // A leftover in the temporary folder harms nobody.
    let _ = std::fs::remove_file(&file);
    assert!(runs > 3 && forced.len() > 60, "{runs} runs force {} exits", forced.len());
}

/// A number of `--exit-stats`.
#[track_caller]
fn statistic(output: &Output, label: &str) -> u64 {
    let line = output.stdout.lines().find(|line| line.trim().starts_with(label));
    let number = line.and_then(|line| line.split_whitespace().last()?.parse().ok());
    number.unwrap_or_else(|| panic!("no {label}: {}", output.show()))
}

#[test]
fn forced_exits_neither_invalidate_nor_count_against_a_bet() {
    let program =
        "function f(a, b) { return a + b; } let s = 0; for (let i = 0; i < 2000; i++) s = f(s, i); print(s);";
    let flags = ["--interrupt-budget=1000", "--list-deopt-sites", "--exit-stats"];
    let plain = shell(&flags, program);
    let (_, all) = sites(&plain);
    let site = all.iter().find(|site| site.name.contains("f@") && site.kind == "eager" && site.taken == 0);
    let site = format!("--deopt-force={}:7", site.expect("an exit of f").name);
    for flag in ["--deopt-every-n-times=1", "--deopt-random=5:2", &site] {
        let output = shell(&[flags[0], flags[2], flag], program);
        assert!(output.stdout.starts_with("1999000\n"), "{}", output.show());
        let forced = statistic(&output, "of all exits: forced");
        assert!(forced > 0, "{flag}: {}", output.show());
        let label = "code objects invalidated";
        assert!(statistic(&output, label) <= statistic(&plain, label), "{flag}: {}", output.show());
        let exits = |output| statistic(output, "eager exits") + statistic(output, "lazy exits");
        assert!(exits(&output) <= exits(&plain) + forced, "{flag}: {}", output.show());
    }
}

#[test]
fn bad_values_of_flags_are_named() {
    for (flag, part) in [
        ("--deopt-force", "--deopt-force needs a value: --deopt-force=SITE[:K]"),
        ("--deopt-force=getX", "not 'getX'"),
        ("--deopt-random=x", "--deopt-random must be SEED[:RATE], numbers, not 'x'"),
        ("--deopt-every-n-times=0", "--deopt-every-n-times must be a positive number, not '0'"),
        ("--deopt-threshold=0", "--deopt-threshold must be a positive number, not '0'"),
        ("--deopt-every-n-times=x", "--deopt-every-n-times must be a positive number, not 'x'"),
    ] {
        let output = shell(&[flag], "1");
        assert_eq!(output.code, Some(64), "{flag}");
        assert!(output.stderr.contains(part), "{flag}: {}", output.stderr);
        assert!(output.stderr.lines().count() <= 2, "{flag}: {}", output.stderr);
    }
}

/// A line of a disassembly.
#[derive(Debug)]
struct Instruction {
    offset: u64,
    text: String,
    /// What stands behind `;`.
    note: String,
}

/// The code objects that `--print-opt-code` printed: name, instructions, and the text of the deoptimization data.
fn printed_code(output: &str) -> Vec<(String, Vec<Instruction>, String)> {
    let objects = output.split("--- Code ---\n").skip(1);
    let parsed = objects.map(|object| {
        let name = object.lines().next().and_then(|line| line.strip_prefix("name = ")).expect("a name");
        let (code, data) = object.split_once("Deoptimization Input Data").expect("deoptimization data");
        let instructions = code.lines().filter_map(|line| {
            let (offset, rest) = line.trim_start().split_once("  ")?;
            let (_bytes, text) = rest.split_once(' ')?;
            let (text, note) = text.split_once(';').unwrap_or((text, ""));
            let offset = u64::from_str_radix(offset, 16).ok()?;
            Some(Instruction { offset, text: text.trim().into(), note: note.trim().into() })
        });
        (name.to_owned(), instructions.collect(), data.to_owned())
    });
    parsed.collect()
}

const GET_X: &str = "
    function getX(o) { return o.x; }
    %PrepareFunctionForOptimization(getX); getX({ x: 1 }); getX({ x: 2 });
    %OptimizeFunctionOnNextCall(getX); print(getX({ x: 3 }));
";

/// The code of `getX` up to its return, and all of it.
fn get_x() -> (usize, Vec<Instruction>) {
    let output = shell(&["--allow-natives-syntax", "--print-opt-code"], GET_X);
    let code = printed_code(&output.stdout).into_iter().find(|(name, ..)| name == "getX");
    let (_, code, _) = code.unwrap_or_else(|| panic!("no code: {}", output.show()));
    let hot = code.iter().position(|line| line.text == "ret").expect("a return");
    (hot, code)
}

#[test]
fn c01_get_x_is_one_cell_test_and_one_shape_compare() {
    let (hot, code) = get_x();
    let hot: Vec<&str> = code[..hot].iter().map(|line| line.text.as_str()).collect();
    let shown = hot.join("\n");
    assert!(!hot.iter().any(|text| text.starts_with("call")), "{shown}");
    // The stack check ends at the first branch: what stands behind it is the function's own.
    let is_branch = |text: &&&str| text.starts_with('j');
    assert_eq!(hot.iter().filter(is_branch).count(), 3, "stack check, cell test, shape compare: {shown}");
    let own: Vec<&str> = hot.iter().copied().skip_while(|text| !text.starts_with('j')).skip(1).collect();
    assert!(own[0].starts_with("test [rel "), "the cell test: {shown}");
    assert!(own[1].starts_with("jne "), "{shown}");
    let compare = own.iter().position(|text| text.starts_with("cmp ")).expect("a compare");
    assert!(own[compare + 1].starts_with("jne "), "{shown}");
    assert_eq!(
        own.iter().filter(|text| text.starts_with("cmp ") || text.starts_with("test ")).count(),
        2,
        "{shown}"
    );
    // Of the object the shape is read, and the property; all other memory is the machine frame.
    let object = own[0].rsplit(',').next().expect("the object's register");
    let reads: Vec<&&str> = own.iter().filter(|text| text.contains(&format!("[{object}"))).collect();
    assert_eq!(reads.len(), 2, "{reads:?} in {shown}");
    assert!(
        own.iter().all(|text| !text.contains('[')
            || text.contains("[rsp")
            || text.contains("[rel")
            || text.contains(object)),
        "{shown}"
    );
}

#[test]
fn c03_exits_lie_behind_the_hot_code() {
    let (hot, code) = get_x();
    let end = code[hot].offset;
    for line in code[..hot].iter().filter(|line| line.text.starts_with('j')) {
        let target = line.text.rsplit(' ').next().expect("a target").trim_end_matches('h');
        let target = u64::from_str_radix(target, 16).unwrap_or_else(|_| panic!("{line:?}"));
        assert!(target > end, "{line:?} leads into the hot code, which ends at {end:x}");
    }
    let exits: Vec<&Instruction> = code.iter().filter(|line| line.note.starts_with("exit ")).collect();
    assert_eq!(exits.len(), 3, "{code:#?}");
    assert!(exits.iter().all(|line| line.offset > end), "{exits:?}");
}

/// What stands behind a jump table is disassembled too: each exit's store is found.
#[test]
fn jump_tables_do_not_end_the_disassembly() {
    let program = "
        function f(n) {
          switch (n) { case 0: return 3; case 1: return 5; case 2: return 8; case 3: return n; case 4: return 1; case 5: return 2 }
        }
        %PrepareFunctionForOptimization(f); for (let i = 0; i < 7; i++) f(i);
        %OptimizeFunctionOnNextCall(f); print(f(4));";
    let output = shell(&["--allow-natives-syntax", "--print-opt-code"], program);
    let (_, code, data) = printed_code(&output.stdout).into_iter().next().expect("code");
    let table = code.iter().position(|line| line.text.starts_with("jump table: ")).expect("a jump table");
    let targets = code[table].text.trim_start_matches("jump table: ").split(", ");
    for target in targets {
        let target = u64::from_str_radix(target, 16).expect("an offset");
        assert!(code.iter().any(|line| line.offset == target), "no instruction at {target:x}: {code:#?}");
    }
    let exits = code[table..].iter().filter(|line| line.note.starts_with("exit ")).count();
    let eager = data.lines().filter(|line| line.contains("deopt-eager")).count();
    assert!(exits > 0 && exits >= eager, "{exits} of {eager}: {code:#?}");
}

#[test]
fn c07_return_addresses_name_their_site() {
    let output = shell(&["--always-opt", "--print-opt-code"], PROGRAM);
    let mut calls = 0;
    for (name, code, data) in printed_code(&output.stdout) {
        for row in data.lines().filter(|row| row.contains("  call  ")) {
            let Some(pc) = row.split_whitespace().nth(2).filter(|pc| *pc != "NA") else { continue };
            let pc = u64::from_str_radix(pc, 16).expect("an offset");
            let next = code.iter().position(|line| line.offset == pc);
            let next = next.unwrap_or_else(|| panic!("{name}: no instruction at {pc:x}"));
            assert!(code[next - 1].text.starts_with("call "), "{name}: {:?} before {pc:x}", code[next - 1]);
            calls += 1;
        }
    }
    assert!(calls > 10, "{calls} calls");
}

/// The places that store a number of an exit, and the rows of the table, are one to one; and each row's translation is printed with as many
/// frames, and values in each, as it declares.
#[test]
fn c08_every_exit_has_one_entry() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/js/optimizer");
    let read = |name| std::fs::read_to_string(files.join(name)).expect("a file test");
    let programs =
        [PROGRAM.to_owned(), read("calls.js"), read("inlining.js"), read("handlers.js"), read("derived.js")];
    let (mut points, mut frames) = (0, 0);
    for program in programs {
        let output = shell(&["--always-opt", "--allow-natives-syntax", "--print-opt-code"], &program);
        for (name, code, data) in printed_code(&output.stdout) {
            let count = data.split("deopt points = ").nth(1).and_then(|rest| rest.split(')').next());
            let count: usize = count.and_then(|count| count.parse().ok()).expect("a number");
            let rows: Vec<Vec<&str>> = data
                .lines()
                .filter(|row| row.contains("  deopt-"))
                .map(|row| row.split_whitespace().collect())
                .collect();
            assert_eq!(rows.len(), count, "{name}: {data}");
            // The number is stored where the exit is, under the same name.
            let mut named: Vec<String> =
                rows.iter().map(|row| format!("exit site{} {}", row[0], row[5])).collect();
            let exits = code.iter().filter(|line| line.note.starts_with("exit site"));
            let mut stored: Vec<&str> = exits.map(|line| line.note.as_str()).collect();
            named.sort_unstable();
            stored.sort_unstable();
            assert_eq!(stored, named, "{name}: an exit without a row, or a row without an exit");
            for row in &rows {
                frames += declared_frames(&data, row[4], &name);
            }
            points += count;
        }
    }
    assert!(points > 500 && frames > points, "{points} exits, {frames} frames");
}

/// How many frames a printed translation has: as many as it says, each with the values that its head says.
fn declared_frames(data: &str, translation: &str, name: &str) -> usize {
    let is_head =
        |line: &&str| line.strip_prefix(translation).is_some_and(|rest| rest.starts_with([',', ' ']));
    let mut lines = data.lines().skip_while(|line| !is_head(line));
    let head = lines.next().unwrap_or_else(|| panic!("{name}: no {translation} in {data}"));
    let number = |text: &str| -> usize {
        text.split(|c: char| !c.is_ascii_digit())
            .next()
            .and_then(|digits| digits.parse().ok())
            .expect("a number")
    };
    let declared = number(head.rsplit(", ").next().expect("a number of frames"));
    let body: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    let heads: Vec<usize> =
        (0..body.len()).filter(|&at| body[at].starts_with("  interpreted frame ")).collect();
    assert_eq!(heads.len(), declared, "{name}: {head} {body:#?}");
    for &at in &heads {
        let of = |what: &str| number(body[at].split(what).nth(1).unwrap_or_else(|| panic!("{}", body[at])));
        let values = body[at + 1..].iter().take_while(|line| line.starts_with("    "));
        let values = values.filter(|line| line.as_bytes().get(7) == Some(&b':')).count();
        // The arguments and registers; function, receiver, context and accumulator.
        assert_eq!(values, of("args=") + of("height=") + 4, "{name}: {head} {body:#?}");
    }
    heads.len()
}

/// An exit before an instruction, behind a call, and at a handler.
#[test]
fn c37_resumes_of_all_kinds() {
    let program = "
        function getX(o) { return o.x; }
        class P { m() { return 1; } }
        let change = false;
        function callee(p) { if (change) P.prototype.m = () => 100; return 1; }
        function lazy(p) { callee(p); return p.m(); }
        function thrower(x) { if (x < 0) throw x; return x; }
        function caught(x) { try { return thrower(x); } catch (e) { return 7 - e; } }
        const p = new P();
        for (const f of [getX, callee, lazy, thrower, caught]) %PrepareFunctionForOptimization(f);
        for (let i = 0; i < 20; i++) { getX({ x: i }); lazy(p); caught(i); }
        %NeverOptimizeFunction(callee); %NeverOptimizeFunction(thrower);
        for (const f of [getX, lazy, caught]) { %OptimizeFunctionOnNextCall(f); }
        getX({ x: 1 }); lazy(p); caught(1);
        print(getX({ y: 1, x: 2 })); change = true; print(lazy(p)); print(caught(-3));
    ";
    let expected = shell(&["--allow-natives-syntax", "--jitless"], program).stdout;
    let output = shell(&["--allow-natives-syntax", "--trace-deopt", "--exit-stats"], program);
    let printed: String = output
        .stdout
        .lines()
        .take_while(|line| *line != "[exit statistics]")
        .filter(|line| !line.starts_with(['[', ' ']))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(printed, expected, "{}", output.show());
    for (label, least) in
        [("eager exits", 1), ("lazy exits", 2), ("wrong map", 1), ("exception with omitted catch handler", 1)]
    {
        assert!(statistic(&output, label) >= least, "{label}: {}", output.show());
    }
    for text in
        ["expected map: Object {x}", "actual map: Object {y, x}", "[marking dependent code", "dependency: "]
    {
        assert!(output.stdout.contains(text), "{text}: {}", output.show());
    }
    assert!(!output.stdout.contains("nknown"), "{}", output.show());
}

/// The frames that exits rebuild are the interpreter's, instruction by instruction.
#[test]
fn i01_frames_of_exits_are_frames_of_the_interpreter() {
    let file = std::env::temp_dir().join(format!("unspool-bailout-{}.txt", std::process::id()));
    let out = format!("--dump-out-filename={}", file.display());
    let dump = |flags: &[&str]| {
        let mut all = vec![out.as_str()];
        all.extend(flags);
        shell(&all, PROGRAM);
        let text = std::fs::read_to_string(&file).expect("a dump");
        unspool_deopt::dumpling::parse(&text).expect("well-formed dumps")
    };
    let reference = dump(&["--jitless", "--interpreter-dumping"]);
    for random in ["--deopt-random=1:3", "--deopt-random=2", "--deopt-every-n-times=1"] {
        let optimized = dump(&["--always-opt", "--turbofan-dumping", random]);
        assert!(optimized.len() > 20, "{random}: {} dumps", optimized.len());
        if let Err(index) = unspool_deopt::dumpling::relate(&optimized, &reference) {
            panic!("{random}: exit {index} of {}: {:?}", optimized.len(), optimized[index]);
        }
    }
    let _ = std::fs::remove_file(&file);
}

#[test]
fn perf_maps_name_code() {
    let program = format!("{PROGRAM}\nprint('process', readFile('/proc/self/stat').split(' ')[0]);");
    let output = shell(&["--always-opt", "--perf-basic-prof"], &program);
    assert_eq!(output.code, Some(0), "{}", output.show());
    let process = output.stdout.lines().find_map(|line| line.strip_prefix("process ")).expect("its number");
    let map = std::env::temp_dir().join(format!("perf-{process}.map"));
    let text = std::fs::read_to_string(&map).expect("the process has written a map");
    std::fs::remove_file(&map).expect("the map can be removed");
    let line = text.lines().find(|line| line.contains(" JS:*sum [eval]:"));
    let line = line.expect("a line of sum");
    let numbers: Vec<_> = line.split(' ').take(2).map(|number| u64::from_str_radix(number, 16)).collect();
    assert!(numbers.iter().all(Result::is_ok), "{line}");
}

#[test]
fn an_exit_that_is_not_forced_is_a_warning() {
    let warned = |site: &str| shell(&["--always-opt", &format!("--deopt-force={site}")], PROGRAM).stderr;
    let listed = shell(&["--always-opt", "--list-deopt-sites"], PROGRAM);
    let (_, sites) = sites(&listed);
    let name = &sites.iter().find(|site| site.kind == "eager").expect("there are eager exits").name;
    assert_eq!(
        warned("nothing@0:Smi#0"),
        "unspool: warning: no exit was forced: no code has one with the name nothing@0:Smi#0\n"
    );
    assert_eq!(
        warned(&format!("{name}:100000000")),
        format!(
            "unspool: warning: the exit {name} was not forced: it was passed fewer than 100000000 times\n"
        )
    );
    let exception = &sites.iter().find(|site| site.kind == "exception").expect("a handler").name;
    assert!(warned(exception).contains("exits of exceptions cannot be"), "{}", warned(exception));
    let forced =
        sites.iter().filter(|site| site.kind == "eager").filter(|site| warned(&site.name).is_empty());
    assert!(forced.count() > 3, "who forces an exit is not warned");
}

#[test]
fn the_trace_of_a_compilation_has_the_lines_of_v8() {
    let program = "function f(o) { return o.x } %PrepareFunctionForOptimization(f); f({ x: 1 });
        %OptimizeFunctionOnNextCall(f); f({ x: 2 })";
    let output = shell(&["--allow-natives-syntax", "--trace-opt"], program);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let beginnings = [
        "[manually marking ",
        "[marking ",
        "[compiling method ",
        "[completed compiling ",
        "[completed optimizing ",
    ];
    assert_eq!(lines.len(), beginnings.len(), "{lines:?}");
    for (line, beginning) in lines.iter().zip(beginnings) {
        assert!(line.starts_with(&format!("{beginning}0x")) && line.contains("<JSFunction f>"), "{line}");
    }
    assert!(lines[2].ends_with(" (target TURBOFAN), mode: ConcurrencyMode::kSynchronous]"), "{}", lines[2]);
    let (_, times) = lines[3].split_once(" (target TURBOFAN) - took ").expect("times");
    let times: Vec<f64> =
        times.trim_end_matches(" ms]").split(", ").map(|time| time.parse().expect("milliseconds")).collect();
    assert!(times.len() == 3 && times.iter().all(|&time| time > 0.0), "{times:?}");
}

#[test]
fn collections_in_exits_by_a_flag() {
    let plain = shell(&["--jitless"], PROGRAM).stdout;
    for phase in ["entry", "translated", "allocated", "initialized", "drained", "first-bytecode"] {
        let gc = format!("--deopt-gc={phase}");
        let output = shell(&["--always-opt", "--deopt-every-n-times=2", &gc, "--verify-heap"], PROGRAM);
        assert_eq!(output.stdout, plain, "{phase}");
    }
}

/// Recursions of every kind up to the end of the stack, with exits on the way: nothing there makes code again and again.
#[test]
fn deep_recursion_with_forced_exits_compiles_each_function_a_few_times() {
    let program = include_str!("../../../tests/js/errors/recursion.js");
    for flag in ["--deopt-every-n-times=1", "--deopt-every-n-times=3", "--deopt-random=1"] {
        let output = shell(&["--always-opt", "--exit-stats", flag], program);
        assert!(statistic(&output, "of all exits: forced") > 1000, "{flag}: {}", output.show());
        let compiled = statistic(&output, "code objects compiled");
        assert!(compiled < 100, "{flag}: {compiled} compilations");
    }
}

/// What `docs/bailout.md` explains line by line.
#[test]
fn the_demonstration_bets_loses_and_bets_again() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/getx.js");
    let program = std::fs::read_to_string(path).expect("the example");
    let output = shell(&["--trace-opt", "--trace-deopt"], &program);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let at = |from: usize, wanted: &[&str]| {
        let found = lines[from..].iter().position(|line| wanted.iter().all(|part| line.contains(part)));
        from + found.unwrap_or_else(|| panic!("no {wanted:?}: {}", output.show()))
    };
    let compiled = ["[completed optimizing", "<JSFunction sum> (target TURBOFAN), "];
    let first = at(0, &compiled);
    let one = at(first, &["one shape:    499500"]);
    let exit = at(one, &["reason: wrong map", "deoptimizing <JSFunction sum>", "frames 2", "inlined at"]);
    assert!(lines[exit + 1].contains("expected map: Object {x, y}"), "{}", output.show());
    assert!(lines[exit + 2].contains("actual map: Object {name, x, y}"), "{}", output.show());
    let second = at(exit, &compiled);
    let two = at(second, &["two shapes:   999000"]);
    let exits =
        |from: usize, to: usize| lines[from..to].iter().filter(|line| line.starts_with("[bailout (")).count();
    assert_eq!(exits(0, one), 0, "{}", output.show());
    assert!(exits(one, two) <= 3, "each code object loses the bet once: {}", output.show());
    assert_eq!(exits(second, two), 0, "{}", output.show());
}
