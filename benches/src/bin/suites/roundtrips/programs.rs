//! The programs, and what they must print.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use unspool_benches::process::Verdict;

use crate::suite::{self, Counts, Repeat};

/// Where a program comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    File,
    Awfy,
    Octane,
}

impl Kind {
    pub(super) fn named(name: &str) -> Result<Kind, String> {
        [Kind::File, Kind::Awfy, Kind::Octane]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("unknown programs {name}: files, awfy or octane"))
    }
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::File => "files",
            Kind::Awfy => "awfy",
            Kind::Octane => "octane",
        }
    }
}

/// Something to run.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Where it is run, so that messages name the file without its path.
    pub(super) folder: PathBuf,
    file: String,
    /// Its own flags.
    flags: Vec<String>,
    /// Collections at every so manieth allocation are not too much for it.
    pub(super) least_stress: u32,
    /// The least limit that it asks for.
    pub(super) timeout: Duration,
}

/// What a run left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Output {
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) code: Option<i32>,
    pub(super) crashed: bool,
}

impl Output {
    /// What a crash says first.
    pub(super) fn first_line(&self) -> String {
        let line = self.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("a signal");
        line.chars().take(160).collect()
    }
}

/// What a program must print.
#[derive(Debug)]
pub(super) struct Expected {
    stdout: String,
    /// None if it is not checked.
    stderr: Option<String>,
}

/// The programs of these kinds, and what is left out. The drivers of benchmarks are written to `folder`.
pub(super) fn collect(kinds: &[Kind], folder: &Path) -> Result<(Vec<Program>, Vec<String>), String> {
    let (mut programs, mut left_out) = (Vec::new(), Vec::new());
    for &kind in kinds {
        if kind == Kind::File {
            file_tests(&mut programs)?;
            continue;
        }
        let repeat = Repeat { iterations: 2, seconds: 1e9 };
        let (benchmarks, skipped) = suite::benchmarks(kind.name(), repeat, Counts::Small)?;
        left_out.extend(skipped);
        for benchmark in benchmarks {
            let file = format!("{}-{}.js", kind.name(), benchmark.name);
            fs::write(folder.join(&file), &benchmark.driver).map_err(|error| error.to_string())?;
            programs.push(Program {
                kind,
                name: format!("{}/{}", kind.name(), benchmark.name),
                folder: folder.to_path_buf(),
                file,
                flags: Vec::new(),
                least_stress: 1,
                timeout: Duration::ZERO,
            });
        }
    }
    Ok((programs, left_out))
}

fn file_tests(programs: &mut Vec<Program>) -> Result<(), String> {
    let root = Path::new("tests/js").canonicalize();
    let root = root.map_err(|_| "run this from the root of the workspace: no tests/js here")?;
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    for path in files {
        programs.push(file_test(&root, &path).ok_or_else(|| format!("{}: unreadable", path.display()))?);
    }
    Ok(())
}

/// Tests below a folder, as the harness of the file tests finds them.
fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let is_test = path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('_'));
        if is_test && path.is_dir() {
            find(&path, found);
        } else if is_test && path.extension().is_some_and(|extension| extension == "js") {
            found.push(path);
        }
    }
}

fn file_test(root: &Path, path: &Path) -> Option<Program> {
    let text = fs::read_to_string(path).ok()?;
    let mut program = Program {
        kind: Kind::File,
        name: path.strip_prefix(root).ok()?.to_string_lossy().into_owned(),
        folder: path.parent()?.to_path_buf(),
        file: path.file_name()?.to_string_lossy().into_owned(),
        flags: Vec::new(),
        least_stress: 1,
        timeout: Duration::ZERO,
    };
    let (mut flags, mut module) = (None, false);
    for line in text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim) {
        if let Some(words) = line.strip_prefix("run:") {
            flags.get_or_insert_with(|| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        } else if let Some(what) = line.strip_prefix("gc-stress:") {
            program.least_stress = if what.trim().starts_with("never") { u32::MAX } else { 2 };
        } else if let Some(seconds) = line.strip_prefix("timeout:") {
            program.timeout = Duration::from_secs(seconds.trim().parse().ok()?);
        } else if line == "module" {
            module = true;
        }
    }
    // The modes choose the tiers.
    let is_tier =
        |flag: &String| flag == "--jitless" || flag.starts_with("--always") || flag.starts_with("--deopt");
    program.flags = flags.unwrap_or_default().into_iter().filter(|flag| !is_tier(flag)).collect();
    if module {
        program.flags.push("--module".into());
    }
    Some(program)
}

impl Program {
    /// What is passed to the shell.
    pub(super) fn arguments(&self, flags: &[&str]) -> Vec<String> {
        let flags = flags.iter().map(|&flag| flag.to_owned());
        flags.chain(self.flags.iter().cloned()).chain([self.file.clone()]).collect()
    }

    /// The command that repeats a run.
    pub(super) fn command(&self, shell: &Path, flags: &[&str]) -> String {
        let arguments = self.arguments(flags).join(" ");
        format!("(cd {} && {} {arguments})", self.folder.display(), shell.display())
    }

    /// What it must print: what is checked in beside it, or what it prints in the interpreter.
    pub(super) fn expected(
        &self,
        interpret: impl FnOnce() -> Result<Output, Verdict>,
    ) -> Result<Expected, String> {
        if self.kind == Kind::File {
            let file = self.folder.join(&self.file);
            let stdout = fs::read_to_string(file.with_extension("expected"));
            let stdout = stdout.map_err(|error| format!("no expectation: {error}"))?;
            return Ok(Expected { stdout, stderr: fs::read_to_string(file.with_extension("stderr")).ok() });
        }
        match interpret() {
            Ok(output) if output.code == Some(0) && !output.stdout.is_empty() => {
                Ok(Expected { stdout: self.comparable(&output), stderr: None })
            }
            Ok(output) => Err(format!("fails under --jitless: {}{}", output.stdout, output.first_line())),
            Err(verdict) => Err(format!("fails under --jitless: {verdict:?}")),
        }
    }

    /// The part of an output that must be the same in each mode: the times of benchmarks are left out.
    fn comparable(&self, output: &Output) -> String {
        let mut text = match self.kind {
            Kind::File => output.stdout.clone(),
            Kind::Awfy | Kind::Octane => {
                output.stdout.lines().map(|line| without_times(line) + "\n").collect()
            }
        };
        match output.code {
            Some(0) => {}
            Some(code) => text.push_str(&format!("[exit code {code}]\n")),
            None => text.push_str("[signal]\n"),
        }
        text
    }

    /// The first difference, if there is one.
    pub(super) fn compare(&self, expected: &Expected, found: &Output) -> Option<String> {
        let stdout = difference(&expected.stdout, &self.comparable(found));
        let errors = expected.stderr.as_ref().and_then(|expected| difference(expected, &found.stderr));
        stdout.or(errors).map(|difference| {
            if expected.stderr.is_none() && !found.stderr.is_empty() {
                return format!("{difference}; standard error: {}", found.first_line());
            }
            difference
        })
    }
}

/// A line of a harness, each number of microseconds replaced.
fn without_times(line: &str) -> String {
    let is_time = |word: &str| {
        word.strip_suffix("us").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    line.split(' ').map(|word| if is_time(word) { "TIME" } else { word }).collect::<Vec<_>>().join(" ")
}

fn difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut left, mut right) = (expected.lines(), found.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => {
                let short = |line: Option<&str>| -> String {
                    line.map_or("the end".into(), |line| {
                        format!("'{}'", line.chars().take(100).collect::<String>())
                    })
                };
                return Some(format!("line {number} is {} instead of {}", short(right), short(left)));
            }
        }
    }
    Some("only the ends of lines differ".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_left_out_and_nothing_else() {
        assert_eq!(without_times("Json: iterations=1 runtime: 123us"), "Json: iterations=1 runtime: TIME");
        assert_eq!(without_times("focus 12 12usx"), "focus 12 12usx");
    }

    #[test]
    fn differences_name_the_line() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\n", "a\nc\n").as_deref(), Some("line 2 is 'c' instead of 'b'"));
        assert_eq!(difference("a\nb\n", "a\n").as_deref(), Some("line 2 is the end instead of 'b'"));
        assert_eq!(difference("a\n", "a").as_deref(), Some("only the ends of lines differ"));
    }
}
