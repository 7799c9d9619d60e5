//! Every `tests/bytecode/NAME.js` compiles (with all inner functions) to the text in `NAME.expected`, and the code passes
//! the verifier. `UPDATE_EXPECT=1 cargo test -p unspool-frontend` rewrites the expectations.
//!
//! A first line `// goal: module`, `// goal: eval`, `// goal: self-hosted` or `// goal: typescript` (a module) chooses the goal. Files whose name begins with
//! `scope-` dump the scope analysis, `error-` files hold programs separated by `//---` lines and dump their errors.

use std::fmt::Write;
use std::path::Path;
use unspool_bytecode::CodeBlock;
use unspool_frontend::{Goal, Language, Options, Program};

fn verify(code: &CodeBlock, out: &mut String) {
    if let Err(e) = unspool_bytecode::verify(code) {
        let _ = writeln!(out, "VERIFIER: {e}");
    }
    for unit in &code.inner {
        if let Some(code) = unit.code() {
            verify(code, out);
        }
    }
}

fn goal(source: &str) -> Goal {
    match source.lines().next().unwrap_or("").strip_prefix("// goal: ") {
        Some("module") => Goal::Module,
        Some("eval") => Goal::IndirectEval,
        Some("self-hosted") => Goal::SelfHosted,
        Some("typescript") => Goal::Module,
        Some(other) => panic!("unknown goal {other}"),
        None => Goal::Script,
    }
}

fn options(source: &str) -> Options {
    let language =
        if source.starts_with("// goal: typescript") { Language::TypeScript } else { Language::JavaScript };
    Options { language, ..Options::default() }
}

fn dump(name: &str, source: &str) -> String {
    if name.starts_with("error-") {
        let mut out = String::new();
        for program in source.split("//---\n") {
            let text = program.trim_end_matches('\n');
            let _ = match Program::parse(text, goal(program), options(program)) {
                Ok(_) => writeln!(out, "{}\n  => no error", text.trim()),
                Err(e) => writeln!(out, "{}\n  => {e} [{}..{}]", text.trim(), e.start, e.end),
            };
        }
        return out;
    }
    let program = match Program::parse(source, goal(source), options(source)) {
        Ok(program) => program,
        Err(e) => return format!("SyntaxError {e}\n"),
    };
    if name.starts_with("scope-") {
        return program.dump_scopes();
    }
    match program.compile_all() {
        Ok(code) => {
            let mut out = code.disassemble().with_inner_functions().to_string();
            verify(&code, &mut out);
            out
        }
        Err(e) => format!("compile error {e}\n"),
    }
}

#[test]
fn expectations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bytecode");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "js") {
            continue;
        }
        count += 1;
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        let text = dump(&name, &source);
        assert!(!text.contains("VERIFIER"), "{name}: {text}");
        let expected_path = path.with_extension("expected");
        if update {
            std::fs::write(&expected_path, &text).unwrap();
        } else if std::fs::read_to_string(&expected_path).unwrap_or_default() != text {
            failures.push(name);
        }
    }
    assert!(count > 0);
    assert!(failures.is_empty(), "dumps differ (UPDATE_EXPECT=1 rewrites): {failures:?}");
}
