//! Graphs of the optimizer: file tests, and a smoke test over all JavaScript tests.
//!
//! `graphs/NAME.js` is run; then the function `f` is captured with its feedback, built, optimized and compared with
//! `graphs/NAME.txt`, which `UPDATE_EXPECT=1` rewrites. A first line `// osr` asks for the entry at `f`'s first loop, `// osr inner` at its
//! last one, `// build`
//! for the graph before the passes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use unspool::Isolate;
use unspool::runtime::Cx;
use unspool::runtime::cells::{Function, FunctionTemplate};
use unspool::runtime::config::Config;
use unspool::runtime::host::DefaultHost;
use unspool::values::{PropertyKey, Value};
use unspool_bytecode::Opcode;
use unspool_gc::Gc;
use unspool_tiering::broker::{self, Snapshot};
use unspool_tiering::build::{Entry, build};
use unspool_tiering::graph::verify::verify;
use unspool_tiering::passes;

fn isolate() -> Isolate {
    Isolate::new(Config { print_graph: true, ..Config::default() }, Box::new(DefaultHost))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphs")
}

/// The loop headers of a function, outermost first.
fn loops(template: Gc<FunctionTemplate>) -> Vec<u32> {
    let Some(code) = template.code() else { return Vec::new() };
    let mut headers: Vec<u32> = code
        .instructions()
        .map_while(Result::ok)
        .filter(|raw| raw.opcode == Opcode::JumpLoop)
        .flat_map(|raw| raw.jump_targets().collect::<Vec<u32>>())
        .collect();
    headers.sort_unstable();
    headers.dedup();
    headers
}

fn text(snapshot: &Snapshot, entry: Entry, optimize: bool) -> String {
    let mut built = build(snapshot, entry);
    if optimize {
        passes::optimize(&mut built.graph, snapshot);
    }
    if let Err(error) = verify(&built.graph) {
        panic!("{error}\n{}", built.graph.to_text(snapshot));
    }
    let mut text = built.graph.to_text(snapshot);
    for dependency in &built.dependencies {
        let dependency = &snapshot.dependencies[dependency.dependency.0 as usize];
        // The numbers of validity cells change with the library.
        match dependency {
            broker::Dependency::Validity(..) => text.push_str("depends on Validity\n"),
            broker::Dependency::Constness(broker::OwnProperty { shape, key, .. }, _) => {
                writeln!(text, "depends on Constness({shape:?}, {key:?})").expect("writing to a string");
            }
            broker::Dependency::Presence(broker::OwnProperty { shape, key, .. }) => {
                writeln!(text, "depends on Presence({shape:?}, {key:?})").expect("writing to a string");
            }
            broker::Dependency::Binding(cell, value) => {
                writeln!(text, "depends on Binding({cell:?}, {value:?})").expect("writing to a string");
            }
            broker::Dependency::ContextSlot(..) | broker::Dependency::OneClosure(_) => {
                writeln!(text, "depends on {}", dependency.text(snapshot)).expect("writing to a string");
            }
        }
    }
    text
}

fn global_function(cx: Cx<'_>, name: &str) -> Gc<Function> {
    let realm = cx.hot.realm.get().expect("a realm");
    let global = unspool::runtime::ValueExt::as_object(realm.global.get()).expect("a global object");
    let key = PropertyKey::from_text(cx, &cx.atoms, name);
    global.own_data_value(cx, key).and_then(|value| value.to::<Function>()).expect("a function")
}

#[test]
fn files() {
    let mut failures = String::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder of graphs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "js"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let source = fs::read_to_string(&path).expect("a source");
        let isolate = isolate();
        isolate.run_script(&source, "graph.js").expect("no exception");
        let actual = isolate.enter(|cx| {
            let function = global_function(cx, "f");
            let (snapshot, _roots) = broker::capture(cx, function, 0).expect("f is compiled");
            let headers = loops(function.template);
            let entry = match source.lines().next() {
                Some("// osr") => Entry::Osr(headers[0]),
                Some("// osr inner") => Entry::Osr(headers[headers.len() - 1]),
                _ => Entry::Start,
            };
            text(&snapshot, entry, !source.starts_with("// build"))
        });
        let expectation = path.with_extension("txt");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&expectation, &actual).expect("written");
        } else if fs::read_to_string(&expectation).unwrap_or_default() != actual {
            writeln!(failures, "{}:\n{actual}", path.display()).expect("writing to a string");
        }
    }
    assert!(failures.is_empty(), "graphs differ (UPDATE_EXPECT=1 rewrites them):\n{failures}");
}

/// Every function of the engine's heap that has run twice, from every entry.
fn build_all(cx: Cx<'_>, name: &str) -> usize {
    let mut functions: Vec<Gc<Function>> = Vec::new();
    cx.heap.for_each_cell(|cell, _| {
        // SAFETY: the heap was just collected, so its cells are alive.
        let value = Value::from_cell(unsafe { Gc::from_ptr(cell) });
        functions.extend(value.to::<Function>());
    });
    let mut count = 0;
    for function in functions {
        if function.feedback.vector.get().is_none() {
            continue;
        }
        let Some((snapshot, _roots)) = broker::capture(cx, function, 0) else { continue };
        let entries = loops(function.template).into_iter().map(Entry::Osr);
        for entry in [Entry::Start].into_iter().chain(entries) {
            let what = format!("{name}: {}", function.template.info.name);
            let result =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| text(&snapshot, entry, true)));
            assert!(
                result.is_ok(),
                "{what} from {entry:?}\n{}",
                function.template.code().expect("code").disassemble()
            );
            count += 1;
        }
    }
    count
}

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            scripts(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "js") {
            found.push(entry);
        }
    }
}

#[test]
fn every_function_of_the_file_tests_is_built() {
    // Some of the programs recurse as deep as the stack allows.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(build_file_tests);
    assert!(thread.expect("a thread").join().is_ok());
}

fn build_file_tests() {
    let mut paths = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/js"), &mut paths);
    paths.sort();
    let mut count = 0;
    for path in paths {
        let source = fs::read_to_string(&path).unwrap_or_default();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let isolate = isolate();
        isolate.run_script("globalThis.print = () => {}", "prelude.js").expect("no exception");
        let is_module = source.lines().any(|line| line.trim() == "// module");
        // Programs that need the shell throw; what ran until then is enough.
        for _ in 0..2 {
            let _ = match is_module {
                true => isolate.run_module(&source, &name),
                false => isolate.run_script(&source, &name).map(|_| ()),
            };
        }
        count += isolate.enter(|cx| {
            cx.collect_garbage(unspool_gc::CollectionKind::Full);
            build_all(cx, &name)
        });
    }
    assert!(count > 200, "only {count} graphs were built");
}
