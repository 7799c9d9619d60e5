//! JavaScript file tests: every `tests/js/**/*.js` is run by the built shell and compared with its expectation.
//!
//! Beside `name.js` lies `name.expected`: standard output, followed by `[exit code N]` when N is not zero. Where
//! `name.stderr` exists, standard error is compared with it. `UPDATE_EXPECT=1` rewrites both. A test is run once per
//! configuration, each with the same expectation: those of its `// run:` header lines (default: one without flags), and
//! `--always-turbofan --deopt-every-n-times=3`, and, unless a header line says `// gc-stress: skip REASON`, `--gc-stress=1` and `--always-opt
//! --deopt-random=5 --gc-stress=57`. All of them run with `--verify-heap`. The other headers are described in
//! `docs/testing.md`.
//!
//! Files named `_*.js`, and everything in folders named `_*`, are read by tests and are no tests themselves. Programs that
//! are too odd to be checked in as files (invalid UTF-8, a hundred thousand brackets) are in `shell.rs`.
//!
//! Two tests run at a time by default (`--test-threads=N` overrides). `UNSPOOL_BIN` names another program to test.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

#[path = "support/mod.rs"]
mod support;

/// Wall-clock time of one run of the debug build; stress runs get [`STRESS_FACTOR`] times as much.
const TIMEOUT: Duration = Duration::from_secs(60);
const STRESS_FACTOR: u32 = 12;

/// A test file with what its header says.
#[derive(Clone, Debug)]
struct FileTest {
    path: PathBuf,
    configurations: Vec<Vec<String>>,
    is_module: bool,
    timeout: Duration,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/js");
    let root = root.canonicalize().unwrap_or(root);
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();

    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut trials = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        let test = match FileTest::read(path) {
            Ok(test) => test,
            Err(message) => {
                trials.push(Trial::test(name, move || Err(Failed::from(message))));
                continue;
            }
        };
        let count = if update { 1 } else { test.configurations.len() };
        for flags in test.configurations.iter().take(count) {
            let label = if flags.is_empty() { name.clone() } else { format!("{name} {}", flags.join(" ")) };
            let (test, flags) = (test.clone(), flags.clone());
            let run = move || if update { test.update(&flags) } else { test.check(&flags) };
            trials.push(Trial::test(label, run));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Test files below `folder`.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('_') {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "js") {
            found.push(path);
        }
    }
}

impl FileTest {
    fn read(path: PathBuf) -> Result<Self, String> {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let mut test = Self { path, configurations: Vec::new(), is_module: false, timeout: TIMEOUT };
        let mut stress = true;
        for line in text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim) {
            if let Some(flags) = line.strip_prefix("run:") {
                test.configurations.push(flags.split_whitespace().map(str::to_owned).collect());
            } else if let Some(reason) = line.strip_prefix("gc-stress:") {
                match reason.trim().split_once(' ') {
                    Some(("skip" | "never", reason)) if !reason.trim().is_empty() => stress = false,
                    _ => return Err("`// gc-stress: skip REASON` (or `never`) needs a reason".into()),
                }
            } else if let Some(seconds) = line.strip_prefix("timeout:") {
                let seconds = seconds.trim().parse().map_err(|_| "`// timeout: SECONDS`".to_owned())?;
                test.timeout = Duration::from_secs(seconds);
            } else if line == "module" {
                test.is_module = true;
            }
        }
        if test.configurations.is_empty() {
            test.configurations.push(Vec::new());
        }
        // What the program needs, in the tier that is the default.
        let chooses = |flag: &&String| {
            ["--jitless", "--always-", "--deopt-", "--gc-stress", "--single"]
                .iter()
                .any(|start| flag.starts_with(start))
        };
        let needed: Vec<String> =
            test.configurations[0].iter().filter(|flag| !chooses(flag)).cloned().collect();
        let mut add = |flags: &[&str]| {
            let flags = flags.iter().map(|flag| (*flag).to_owned());
            test.configurations.push(needed.iter().cloned().chain(flags).collect());
        };
        if stress {
            add(&["--gc-stress=1"]);
            // Collections so rare that caches and code learn something in between.
            add(&["--always-opt", "--deopt-random=5", "--gc-stress=57"]);
        }
        // Everything compiled at once, and every third exit taken that is passed.
        add(&["--always-turbofan", "--deopt-every-n-times=3"]);
        Ok(test)
    }

    /// Runs the shell in the folder of the test, so that messages name the file without its path.
    fn run(&self, flags: &[String]) -> Result<support::Output, Failed> {
        let folder = self.path.parent().ok_or("a test file lies in a folder")?;
        let file = self.path.file_name().ok_or("a test file has a name")?;
        let mut arguments: Vec<OsString> = flags.iter().map(OsString::from).collect();
        arguments.push("--verify-heap".into());
        if self.is_module {
            arguments.push("--module".into());
        }
        arguments.push(file.into());
        let stressed = flags.iter().any(|flag| flag.starts_with("--gc-stress"));
        let timeout = self.timeout * if stressed { STRESS_FACTOR } else { 1 };
        support::run(folder, &arguments, b"", timeout).map_err(Failed::from)
    }

    fn check(&self, flags: &[String]) -> Result<(), Failed> {
        let output = self.run(flags)?;
        let expected = fs::read_to_string(self.path.with_extension("expected")).map_err(|error| {
            format!("no expectation ({error}); UPDATE_EXPECT=1 writes it\n{}", output.show())
        })?;
        let errors = fs::read_to_string(self.path.with_extension("stderr")).ok();
        let mut report = difference(&expected, &output.expectation());
        if let Some(errors) = &errors {
            report.push_str(&difference(errors, &output.stderr));
        }
        if report.is_empty() {
            return Ok(());
        }
        if errors.is_none() && !output.stderr.is_empty() {
            report.push_str("standard error:\n");
            report.push_str(&output.stderr);
        }
        Err(Failed::from(report))
    }

    fn update(&self, flags: &[String]) -> Result<(), Failed> {
        let output = self.run(flags)?;
        if output.is_crash() {
            return Err(Failed::from(format!("no expectation is made of a crash\n{}", output.show())));
        }
        fs::write(self.path.with_extension("expected"), output.expectation())?;
        let errors = self.path.with_extension("stderr");
        if errors.exists() {
            fs::write(errors, &output.stderr)?;
        }
        Ok(())
    }
}

/// The lines around the first difference; empty when there is none.
fn difference(expected: &str, actual: &str) -> String {
    if expected == actual {
        return String::new();
    }
    let (expected, actual): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let first = (0..).find(|&index| expected.get(index) != actual.get(index)).unwrap_or(0);
    let from = first.saturating_sub(2);
    let show = |lines: &[&str], mark: char| -> String {
        let shown = lines.iter().enumerate().skip(from).take(8);
        shown
            .map(|(index, line)| {
                format!("{}{:>4} {line}\n", if index < first { ' ' } else { mark }, index + 1)
            })
            .collect()
    };
    if expected == actual {
        return "only the ends of lines differ\n".into();
    }
    format!("line {} differs\nexpected:\n{}actual:\n{}", first + 1, show(&expected, '-'), show(&actual, '+'))
}
