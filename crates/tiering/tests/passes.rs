//! File tests of the passes: `tests/passes/*.txt`.
//!
//! A file consists of cases, separated by lines `===`. A case begins with comments (`# …`), one of which names the passes that run,
//! `# passes: cleanup, dead-code` (`all` are those of the optimizer); then the graph, a line `---`, and the graph behind the passes.
//! The verifier runs before and behind each pass. `UPDATE_EXPECT=1` rewrites the expectations.

use std::fmt::Write as _;
use std::path::Path;

use unspool_tiering::graph::{DeoptReason, FunctionRef, TaggedConst, parse, verify::verify};
use unspool_tiering::passes::{Facts, ORDER, Pass};

/// No bet is allowed at offset 99. The slots of scopes below 8 are undefined at first, of scope 8 they begin with the hole; of others nothing is known.
struct TestFacts;

impl Facts for TestFacts {
    fn allows(&self, _: FunctionRef, offset: u32, _: DeoptReason) -> bool {
        offset != 99
    }
    fn context_slot(&self, _: FunctionRef, scope: u32, _: u32) -> Option<TaggedConst> {
        match scope {
            0..8 => Some(TaggedConst::UNDEFINED),
            8 => Some(TaggedConst::HOLE),
            _ => None,
        }
    }
}

fn passes_of(case: &str) -> Vec<Pass> {
    let line = case.lines().find_map(|l| l.strip_prefix("# passes:")).expect("a line that names the passes");
    if line.trim() == "all" {
        return ORDER.to_vec();
    }
    line.split(',').map(|name| Pass::from_name(name.trim()).expect("the name of a pass")).collect()
}

/// The text of a case with the expectation that the passes give.
fn run(path: &Path, case: &str) -> String {
    let input = case.split("\n---").next().unwrap_or(case).trim();
    let name = path.display();
    let mut graph = parse(input).unwrap_or_else(|error| panic!("{name}: {error} in\n{input}"));
    verify(&graph).unwrap_or_else(|error| panic!("{name}: before: {error} in\n{graph}"));
    for pass in passes_of(input) {
        pass.run(&mut graph, &TestFacts);
        verify(&graph)
            .unwrap_or_else(|error| panic!("{name}: behind {}: {error} in\n{input}\n{graph}", pass.name()));
    }
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(text, "{input}\n---\n{graph}");
    text
}

#[test]
fn files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/passes");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no tests");
    let mut failures = String::new();
    for path in paths {
        let old = std::fs::read_to_string(&path).unwrap();
        let cases: Vec<String> = old.split("\n===\n").map(|case| run(&path, case)).collect();
        let new = cases.join("\n===\n");
        if new.trim_end() == old.trim_end() {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, new).unwrap();
        } else {
            let (mut got, mut wanted) = (new.lines(), old.lines());
            let differs = loop {
                match (got.next(), wanted.next()) {
                    (a, b) if a != b => break format!("got {a:?}, wanted {b:?}"),
                    (None, None) => break String::new(),
                    _ => {}
                }
            };
            let _ = writeln!(failures, "{}: {differs}", path.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn the_text_form_is_read_back() {
    let text = "b0:\n  v0 = ParameterCallee\n  v1 = ParameterFormal 0\n  v2: int32 = CheckInt32 v1 [f0]\n  \
        v3 = CheckShape sh1|sh4 cell v1 [f0]\n  v4 = LoadField 24 Property v3\n  \
        v5 = ConstTagged 1.5\n  v6: float64 = ConstFloat64 -0.0\n  Jump b1(v2)\n\
        b1(v7: int32): loop fn0@4 from b0, b2\n  v8: int32 = ConstInt32 -7\n  \
        v9: bool = Int32Compare Less v7, v8\n  Branch v9, b2, b3\n\
        b2: from b1\n  v10: int32 = Int32AddChecked v7, v8 [f1]\n  \
        v11 = CallHelper GetNamed v1, v1 [lazy f2]\n  Jump b1(v10)\n\
        b3: from b1\n  Switch v7, 3: b5, 4: b6, default: b4\n\
        b4: from b3\n  Unreachable\n\
        b5: from b3\n  Deopt \"wrong map\" [f1]\n\
        b6: from b3\n  v12 = OsrValue Register(3)\n  Return v12\n\
        f0 = fn0@2 before {closure v0, context v0, this v0, a0 v1, r0 v1, acc v0}\n\
        f1 = fn0@6 before {closure v0, context v0, this v0, r0 v7}\n\
        f2 = fn1@8 after -> acc construct {closure v0, context v0, this v0} argc 2! outer f3\n\
        f3 = fn0@8 after -> r3 {closure v0, context v0, this v0}\n";
    let graph = parse(text).unwrap();
    assert_eq!(graph.to_string(), text);
    assert_eq!(parse("b0:\n  v0 = Nonsense\n").unwrap_err().line, 2);
}
