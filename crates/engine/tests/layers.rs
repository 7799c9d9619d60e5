//! The house rules that a compiler does not check, as tests.
//!
//! *Layers*: a crate may depend only on crates of lower layers; `LAYERS` is the table of ARCHITECTURE.md. It is read
//! from the `Cargo.toml` files, development dependencies included, so that a test cannot smuggle an edge in.
//!
//! *Sources*: rules of absence in the source text. A line that must break one says why, on the line itself or in the
//! comment directly above it:
//!
//! ```text
//! // house-allow(values-in-rust-memory): visited by `Trace for ModuleRecord`
//! ```
//!
//! Tests, benchmarks and examples of a crate are exempt from the source rules. The scanner is lexical: it removes comments and the
//! contents of string literals, then looks at tokens; it knows no types.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Folder of each crate, its package name, its layer.
const LAYERS: &[(&str, &str, u8)] = &[
    ("crates/gc", "unspool-gc", 0),
    ("crates/shapes", "unspool-shapes", 0),
    ("crates/bytecode", "unspool-bytecode", 0),
    ("crates/deopt", "unspool-deopt", 0),
    ("crates/values", "unspool-values", 1),
    ("crates/frontend", "unspool-frontend", 1),
    ("crates/runtime", "unspool-runtime", 2),
    ("crates/interp", "unspool-interp", 3),
    ("crates/builtins", "unspool-builtins", 3),
    ("crates/tiering", "unspool-tiering", 3),
    ("crates/engine", "unspool", 4),
    ("crates/cli", "unspool-cli", 5),
    ("benches", "unspool-benches", 5),
    ("fuzz", "unspool-fuzz", 5),
];

/// Crates whose every target starts with `#![forbid(unsafe_code)]`.
const SAFE_CRATES: &[&str] = &[
    "crates/shapes",
    "crates/bytecode",
    "crates/frontend",
    "crates/builtins",
    "crates/cli",
    "benches",
    "fuzz",
];

/// Crates in which Rust's own containers may not hold values or cells (the collector does not scan them).
const NO_VALUE_CONTAINERS: &[&str] = &["crates/runtime", "crates/interp", "crates/builtins"];

/// A source file longer than this is split by concept, or listed in `long_files.txt` until it is.
const MAX_LINES: usize = 800;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/engine lies two levels below the workspace").to_path_buf()
}

// ---------------------------------------------------------------------------------------------------- layers

/// The packages named in the dependency sections of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            // `[dependencies.unspool-gc]` names its package in the section itself.
            if let Some((_, name)) = section.split_once("dependencies.") {
                found.push(name.trim_matches('"').to_owned());
                inside = false;
            }
        } else if inside && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if !name.is_empty() {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// Complaints about the edges of one crate.
fn edge_errors(package: &str, layer: u8, manifest: &str) -> Vec<String> {
    let layer_of: BTreeMap<&str, u8> = LAYERS.iter().map(|&(_, name, layer)| (name, layer)).collect();
    let mut errors = Vec::new();
    for dependency in dependencies(manifest) {
        match layer_of.get(dependency.as_str()) {
            Some(&below) if below >= layer => errors
                .push(format!("{package} (layer {layer}) may not depend on {dependency} (layer {below})")),
            None if dependency.starts_with("unspool") => {
                errors.push(format!("{package} depends on {dependency}, which is not in the layer table"));
            }
            _ => {}
        }
    }
    errors
}

#[test]
fn crates_depend_only_on_lower_layers() {
    let mut errors = Vec::new();
    for &(folder, package, layer) in LAYERS {
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{package}\"")), "{folder} is not the package {package}");
        errors.extend(edge_errors(package, layer, &manifest));
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn every_crate_has_a_layer() {
    for entry in fs::read_dir(root().join("crates")).expect("crates/ is readable") {
        let name = entry.expect("crates/ is readable").file_name();
        let folder = format!("crates/{}", name.to_string_lossy());
        assert!(
            LAYERS.iter().any(|&(known, _, _)| known == folder)
                || !root().join(&folder).join("Cargo.toml").exists(),
            "{folder} is not in the layer table"
        );
    }
}

#[test]
fn the_layer_check_can_fail() {
    let sideways = "[dev-dependencies]\nunspool-interp.workspace = true\n";
    assert_eq!(edge_errors("unspool-builtins", 3, sideways).len(), 1);
    let upwards = "[dependencies.unspool]\npath = \"../engine\"\n";
    assert_eq!(edge_errors("unspool-runtime", 2, upwards).len(), 1);
    let unknown = "[dependencies]\nunspool-new = { path = \"../new\" }\n";
    assert_eq!(edge_errors("unspool-cli", 5, unknown).len(), 1);
    let down = "[dependencies]\n# unspool-cli\nunspool-gc.workspace = true\nhashbrown = \"0.17\"\n";
    assert!(edge_errors("unspool-values", 1, down).is_empty());
}

// --------------------------------------------------------------------------------------------------- sources

/// A Rust file, split into lines of code without comments and literals, and the comments of each line.
struct Source {
    /// Relative to the workspace.
    path: String,
    code: Vec<String>,
    comments: Vec<String>,
    lines: usize,
}

impl Source {
    fn parse(path: String, text: &str) -> Self {
        let (code, comments) = split_comments(text);
        Self { path, lines: text.lines().count(), code, comments }
    }

    /// Lines that are not behind `#[cfg(test)]`: a test module is taken to be the rest of its file.
    fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.code.iter().position(|line| line.contains("#[cfg(test)]")).unwrap_or(self.code.len());
        let folders = ["/tests/", "/benches/", "/examples/"];
        let is_test =
            folders.iter().any(|folder| self.path.contains(folder)) || self.path.ends_with("/tests.rs");
        self.code
            .iter()
            .enumerate()
            .take(if is_test { 0 } else { end })
            .map(|(index, line)| (index, line.as_str()))
    }

    /// Whether line `index`, or the comment block right above it, carries `house-allow(rule): reason`.
    fn allows(&self, rule: &str, index: usize) -> bool {
        let marker = format!("house-allow({rule}):");
        let has = |line: usize| {
            self.comments[line].split_once(&marker).is_some_and(|(_, reason)| reason.trim().len() > 5)
        };
        if has(index) {
            return true;
        }
        let mut above = index;
        while above > 0 {
            above -= 1;
            let code = self.code[above].trim();
            if has(above) {
                return true;
            }
            let is_comment = code.is_empty() && !self.comments[above].is_empty();
            if !is_comment && !code.starts_with("#[") {
                return false;
            }
        }
        false
    }
}

/// Separates code from comments line by line; string and character literals become empty ones.
fn split_comments(text: &str) -> (Vec<String>, Vec<String>) {
    #[derive(PartialEq)]
    enum State {
        Code,
        Line,
        Block(u32),
        Str,
        Raw(usize),
    }
    let (mut code, mut comments) = (vec![String::new()], vec![String::new()]);
    let mut state = State::Code;
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let (c, next) = (chars[at], chars.get(at + 1).copied().unwrap_or('\0'));
        if c == '\n' {
            if state == State::Line {
                state = State::Code;
            }
            code.push(String::new());
            comments.push(String::new());
            at += 1;
            continue;
        }
        let line_code = code.last_mut().expect("starts with one line");
        let line_comment = comments.last_mut().expect("starts with one line");
        match state {
            State::Code => match (c, next) {
                ('/', '/') => {
                    state = State::Line;
                    at += 1;
                }
                ('/', '*') => {
                    state = State::Block(1);
                    at += 1;
                }
                ('"', _) => {
                    let hashes = line_code.len() - line_code.trim_end_matches('#').len();
                    let before = line_code.trim_end_matches('#');
                    let raw = before.ends_with('r')
                        && !before[..before.len() - 1]
                            .ends_with(|p: char| p.is_alphanumeric() && p != 'b' && p != 'c');
                    state = if raw { State::Raw(hashes) } else { State::Str };
                    line_code.push('"');
                }
                ('\'', '\\') => {
                    // A character literal with an escape: skip to its closing quote.
                    at += 2;
                    while chars.get(at + 1).is_some_and(|&end| end != '\'' && end != '\n') {
                        at += 1;
                    }
                    at += 1;
                    line_code.push_str("' '");
                }
                ('\'', _) if chars.get(at + 2) == Some(&'\'') => {
                    at += 2;
                    line_code.push_str("' '");
                }
                _ => line_code.push(c),
            },
            State::Line => line_comment.push(c),
            State::Block(depth) => match (c, next) {
                ('*', '/') => {
                    state = if depth == 1 { State::Code } else { State::Block(depth - 1) };
                    at += 1;
                }
                ('/', '*') => {
                    state = State::Block(depth + 1);
                    at += 1;
                }
                _ => line_comment.push(c),
            },
            State::Str => match c {
                '\\' if next != '\n' => at += 1,
                '"' => {
                    line_code.push('"');
                    state = State::Code;
                }
                _ => {}
            },
            State::Raw(hashes) => {
                if c == '"' && chars[at + 1..].iter().take_while(|&&h| h == '#').count() >= hashes {
                    line_code.push('"');
                    at += hashes;
                    state = State::Code;
                }
            }
        }
        at += 1;
    }
    (code, comments)
}

/// Identifiers and single punctuation characters.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            tokens.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    tokens
}

/// `Vec<Value>` and its kin: an owning container of the Rust heap whose element type names a value or a cell pointer.
/// Function pointers and closures over values are no values: what follows `fn` or `Fn` is not looked at.
fn has_value_container(line: &str) -> bool {
    const CONTAINERS: &[&str] = &[
        "Vec", "VecDeque", "Box", "Rc", "Arc", "HashMap", "HashSet", "BTreeMap", "IndexMap", "IndexSet",
        "SmallVec",
    ];
    let tokens = tokens(line);
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| CONTAINERS.contains(token)) {
        let mut rest = tokens[index + 1..].iter().skip_while(|&&token| token == ":");
        if rest.next() != Some(&"<") {
            continue;
        }
        let mut depth = 1;
        for &token in rest {
            match token {
                "<" => depth += 1,
                ">" => depth -= 1,
                "fn" | "Fn" | "FnMut" | "FnOnce" => break,
                "Value" | "Gc" => return true,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    false
}

/// A `static` whose type can change: the isolate owns all state.
fn has_mutable_static(line: &str) -> bool {
    let tokens = tokens(line);
    if tokens.contains(&"thread_local") {
        return true;
    }
    let Some(at) = tokens.iter().position(|&token| token == "static") else { return false };
    // `&'static T` and `T: 'static` are lifetimes, `r#static` is a name.
    if at > 0 && matches!(tokens[at - 1], "'" | "#") {
        return false;
    }
    tokens[at + 1..].iter().take_while(|&&token| token != "=").any(|&token| {
        matches!(token, "mut" | "Mutex" | "RwLock" | "Cell" | "RefCell" | "UnsafeCell" | "OnceCell")
            || token.starts_with("Atomic")
    })
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every Rust file of the crate in `folder`, sorted by path.
fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    rust_files(&root().join(folder), &mut paths);
    paths.sort();
    let relative =
        |path: &Path| path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
    paths.iter().map(|path| Source::parse(relative(path), &read(path))).collect()
}

/// Lines of shipped code in `folders` that `offends` and no `house-allow` excuses.
fn offences(folders: &[&str], rule: &str, offends: fn(&str) -> bool) -> String {
    let mut report = String::new();
    for source in folders.iter().flat_map(|folder| sources(folder)) {
        for (index, line) in source.shipped() {
            if offends(line) && !source.allows(rule, index) {
                let _ = writeln!(report, "{}:{}: {rule}: {}", source.path, index + 1, line.trim());
            }
        }
    }
    report
}

fn all_folders() -> Vec<&'static str> {
    LAYERS.iter().map(|&(folder, _, _)| folder).collect()
}

#[test]
fn values_stay_out_of_rust_containers() {
    let report = offences(NO_VALUE_CONTAINERS, "values-in-rust-memory", has_value_container);
    assert!(
        report.is_empty(),
        "the collector does not see these; use a traced container (`GcVec`)\n{report}"
    );
}

#[test]
fn no_global_or_thread_local_mutable_state() {
    let report = offences(&all_folders(), "global-state", has_mutable_static);
    assert!(report.is_empty(), "state belongs to the isolate\n{report}");
}

#[test]
fn only_the_shell_and_the_runners_print() {
    let library: Vec<_> =
        LAYERS.iter().filter(|&&(_, _, layer)| layer < 5).map(|&(folder, _, _)| folder).collect();
    let prints = |line: &str| {
        let tokens = tokens(line);
        tokens.windows(2).any(|pair| {
            pair[1] == "!" && matches!(pair[0], "print" | "println" | "eprint" | "eprintln" | "dbg")
        })
    };
    let report = offences(&library, "prints", prints);
    assert!(report.is_empty(), "only crates/cli and benches print\n{report}");
}

#[test]
fn safe_crates_forbid_unsafe_code() {
    for folder in SAFE_CRATES {
        for name in ["src/lib.rs", "src/main.rs"] {
            let path = root().join(folder).join(name);
            if !path.exists() {
                continue;
            }
            let source = Source::parse(format!("{folder}/{name}"), &read(&path));
            let has_code = source.code.iter().any(|line| !line.trim().is_empty());
            assert!(
                !has_code || source.code.iter().any(|line| line.contains("#![forbid(unsafe_code)]")),
                "{folder}/{name} must start with #![forbid(unsafe_code)]"
            );
        }
    }
}

/// `long_files.txt` is a debt list: `lines path` of each file beyond [`MAX_LINES`]. A listed file may not grow, and leaves
/// the list when it is short enough. `UPDATE_EXPECT=1` rewrites the list.
#[test]
fn files_are_short() {
    let list = root().join("crates/engine/tests/long_files.txt");
    let long: BTreeMap<String, usize> = all_folders()
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| source.lines > MAX_LINES && !source.path.contains("/generated/"))
        .map(|source| (source.path, source.lines))
        .collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text: String = long.iter().map(|(path, lines)| format!("{lines} {path}\n")).collect();
        fs::write(&list, text).expect("long_files.txt is writable");
        return;
    }
    let text = read(&list);
    let listed: BTreeMap<&str, usize> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(lines, path)| (path, lines.parse().expect("long_files.txt: `lines path`")))
        .collect();
    let mut report = String::new();
    for (path, &lines) in &long {
        match listed.get(path.as_str()) {
            None => {
                let _ =
                    writeln!(report, "{path} has {lines} lines, more than {MAX_LINES}: split it by concept");
            }
            Some(&limit) if lines > limit => {
                let _ = writeln!(report, "{path} grew from {limit} to {lines} lines: split it instead");
            }
            Some(_) => {}
        }
    }
    for path in listed.keys().filter(|path| !long.contains_key(**path)) {
        let _ = writeln!(report, "{path} is short now: take it off the list");
    }
    assert!(report.is_empty(), "{report}(UPDATE_EXPECT=1 rewrites long_files.txt)");
}

#[test]
fn the_scanner_sees_what_it_should() {
    assert!(has_value_container("let mut list: Vec<Value> = Vec::new();"));
    assert!(has_value_container("map: HashMap<Atom, Option<Value>>,"));
    assert!(has_value_container("let list = Vec::<Gc<JsString>>::new();"));
    assert!(has_value_container("fn f() -> Box<[Value]> {"));
    assert!(!has_value_container("call: Box<dyn Fn(Value) -> Value>,"));
    assert!(!has_value_container("fn f(values: &[Value], names: Vec<u8>) -> Value {"));
    assert!(has_mutable_static("static mut COUNT: u32 = 0;"));
    assert!(has_mutable_static("pub static COUNT: AtomicU32 = AtomicU32::new(0);"));
    assert!(has_mutable_static("thread_local! {"));
    assert!(!has_mutable_static("static TABLE: [u8; 4] = make();"));
    assert!(!has_mutable_static("fn f(cell: &'static Cell<u8>) {"));
    assert!(!has_mutable_static("if p.r#static { &mut a } else { &mut b }"));

    let text = "let a = \"// Vec<Value>\"; // house-allow(x): a good reason\n// house-allow(x): another one\n#[inline]\nlet b = r#\"\"Vec\"#;\nlet c = '\\''; /* Vec<Value> */ let d = 'x';\n#[cfg(test)]\nmod tests { static mut T: u8 = 0; }";
    let source = Source::parse("crates/x/src/lib.rs".into(), text);
    assert!(source.code.iter().take(5).all(|line| !line.contains("Vec")), "{:?}", source.code);
    assert!(
        source.allows("x", 0) && source.allows("x", 3) && !source.allows("x", 4) && !source.allows("y", 0)
    );
    assert_eq!(source.shipped().count(), 5);
}
