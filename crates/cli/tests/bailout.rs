//! The contract of the bailout (`docs/bailout.md`) as far as the shell shows it. Tests carry the contract's numbers.
#![forbid(unsafe_code)]
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::collections::HashSet;
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
        let mut next = || facts.next().expect("three facts");
        sites.push(Site {
            name: name.into(),
            kind: next().into(),
            taken: next().parse().expect("a number"),
            forced: next().parse().expect("a number"),
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
        ("--deopt-every-n-times=x", "--deopt-every-n-times must be a number, not 'x'"),
    ] {
        let output = shell(&[flag], "1");
        assert_eq!(output.code, Some(64), "{flag}");
        assert!(output.stderr.contains(part), "{flag}: {}", output.stderr);
        assert!(output.stderr.lines().count() <= 2, "{flag}: {}", output.stderr);
    }
}
