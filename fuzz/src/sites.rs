//! Forces each exit of a program at least once and compares what it prints with the interpreter (invariant I14).
//!
//! `unspool --always-opt --list-deopt-sites --deopt-each-of=FILE` forces each exit that the file names when it is passed for the first time, and counts
//! how often each is passed. The first run forces none: its list is the program's exits. Each later run names exits that were passed in
//! some run and not yet forced, and what was forced in the run in which they were passed, their *witness*: up to the first of them the two runs are
//! the same, so each run forces at least one exit that never was. Mostly it forces one on each way through each code object, as an
//! activation leaves its code only once. Output and exit code of every run must be those of `--jitless`.
//!
//! What is never passed cannot be forced: code that runs no more once it is compiled, checks behind a check that always fails.
//!
//! Two runs of a program are not always the same: stacks are scanned conservatively, so a shape may outlive a collection in one run and not in another, and
//! what was compiled differs after it. Therefore flags that make collections frequent are left out, and a run that forces none is repeated a few
//! times. An exit that is passed in some run and forced in none is no difference: it is counted and named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::scratch::Scratch;

/// After so many runs in a row that force no exit anew, those that are left are given up.
const FRUITLESS: usize = 8;

/// How to run.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The shell.
    pub shell: PathBuf,
    /// Its flags in every run.
    pub flags: Vec<String>,
    /// At most so many runs of a program.
    pub runs: usize,
    /// Seconds of processor time that a run may take.
    pub timeout: u32,
}

/// What became of a program's exits.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    /// Exits in the code of the program.
    pub sites: usize,
    /// Forced in some run.
    pub forced: usize,
    /// Exits of exceptions: they cannot be forced.
    pub exceptions: usize,
    /// Of these, taken because of an exception.
    pub caught: usize,
    /// Exits that cannot be forced for another reason.
    pub unforceable: usize,
    /// Of those that were not forced, passed in some run, by kind and reason.
    pub passed: BTreeMap<String, usize>,
    /// Of those that were not forced, never passed, by kind and reason.
    pub never_passed: BTreeMap<String, usize>,
    /// The names of those that were passed and not forced.
    pub left: Vec<String>,
    /// Runs of the program.
    pub runs: usize,
    /// What differed from the interpreter.
    pub failures: Vec<String>,
}

impl Coverage {
    /// The share of the exits that are passed which were forced, in percent.
    pub fn percent(&self) -> f64 {
        match self.reachable() {
            0 => 100.0,
            reachable => 100.0 * self.forced as f64 / reachable as f64,
        }
    }

    /// How many exits are passed.
    fn reachable(&self) -> usize {
        self.forced + self.passed.values().sum::<usize>()
    }

    /// Adds the exits of another program.
    pub fn add(&mut self, other: Coverage) {
        self.sites += other.sites;
        self.forced += other.forced;
        self.exceptions += other.exceptions;
        self.caught += other.caught;
        self.unforceable += other.unforceable;
        for (mine, others) in [(&mut self.passed, other.passed), (&mut self.never_passed, other.never_passed)]
        {
            for (reason, count) in others {
                *mine.entry(reason).or_default() += count;
            }
        }
        self.left.extend(other.left);
        self.runs += other.runs;
        self.failures.extend(other.failures);
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let forced = self.forced;
        let (reachable, percent) = (self.reachable(), self.percent());
        write!(
            f,
            "{} exits: {forced} of the {reachable} that are passed forced ({percent:.1} %), {} never passed, {} of exceptions ({} taken), {} not to be forced; {} runs, {} failures",
            self.sites,
            self.never_passed.values().sum::<usize>(),
            self.exceptions,
            self.caught,
            self.unforceable,
            self.runs,
            self.failures.len()
        )
    }
}

/// A line of `--list-deopt-sites`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Site {
    name: String,
    kind: String,
    taken: u32,
    forced: u32,
    /// None if passes of it are not counted: it cannot be forced.
    passed: Option<u32>,
}

impl Site {
    /// Its kind, and its reason without the number.
    fn class(&self) -> String {
        let reason = self.name.rsplit_once(':').map_or("", |(_, reason)| reason);
        format!("{} {}", self.kind, reason.split('#').next().unwrap_or_default())
    }
}

/// Splits the list of sites from what the program printed.
fn split(output: &str) -> (String, Vec<Site>) {
    let (mut program, mut sites) = (String::new(), Vec::new());
    for line in output.split_inclusive('\n') {
        match parse(line.trim_end_matches('\n')) {
            Some(site) => sites.push(site),
            None => program.push_str(line),
        }
    }
    (program, sites)
}

/// `[deopt site NAME (kind: KIND, taken: N, forced: N, passed: N)]`
fn parse(line: &str) -> Option<Site> {
    let (name, facts) = line.strip_prefix("[deopt site ")?.strip_suffix(")]")?.rsplit_once(" (kind: ")?;
    let (kind, counts) = facts.split_once(", taken: ")?;
    let (taken, forced) = counts.split_once(", forced: ")?;
    let (forced, passed) = match forced.split_once(", passed: ") {
        Some((forced, passed)) => (forced, Some(passed.parse().ok()?)),
        None => (forced, None),
    };
    Some(Site {
        name: name.into(),
        kind: kind.into(),
        taken: taken.parse().ok()?,
        forced: forced.parse().ok()?,
        passed,
    })
}

/// What a run left behind: standard output, and the exit code.
type Outcome = (String, Option<i32>);

impl Runner {
    fn run(&self, program: &Path, flags: &[&str]) -> Result<Outcome, String> {
        let folder =
            program.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = program.file_name().ok_or("a program has a name")?;
        // A limit of processor time: a busy machine is no failure.
        let output = Command::new("sh")
            .args(["-c", "ulimit -S -t \"$0\"; exec \"$@\"", &self.timeout.to_string()])
            .arg(&self.shell)
            .args(&self.flags)
            .args(header_flags(program))
            .args(flags)
            .arg(name)
            .current_dir(folder)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.code().is_none() || errors.contains("panicked at") {
            return Err(format!(
                "{}: {}",
                output.status,
                errors.lines().take(3).collect::<Vec<_>>().join(" ")
            ));
        }
        Ok((without_times(&String::from_utf8_lossy(&output.stdout)), output.status.code()))
    }

    /// Runs the program and forces each of these exits when it is first passed. Gives all exits of its code. A difference from what was
    /// expected is a failure, and the file of names stays, so that the run can be repeated.
    fn force(
        &self,
        program: &Path,
        scratch: &Scratch,
        names: &BTreeSet<String>,
        expected: &Outcome,
        coverage: &mut Coverage,
    ) -> Result<Vec<Site>, String> {
        coverage.runs += 1;
        let file = scratch.file(&format!("{}.txt", coverage.runs));
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        std::fs::write(&file, text).map_err(|error| error.to_string())?;
        let flag = format!("--deopt-each-of={}", file.display());
        let failure = match self.run(program, &["--always-opt", "--list-deopt-sites", &flag]) {
            Ok((output, code)) => {
                let (output, sites) = split(&output);
                if (&output, code) == (&expected.0, expected.1) {
                    return Ok(sites);
                }
                difference(expected, &(output, code))
            }
            Err(crash) => crash,
        };
        // The names stay, so that the run can be repeated.
        let program = program.file_stem().unwrap_or_default().to_string_lossy();
        let kept = format!("unspool-exits-{program}-{}-{}.txt", std::process::id(), coverage.runs);
        let kept = std::env::temp_dir().join(kept);
        std::fs::copy(&file, &kept).map_err(|error| error.to_string())?;
        coverage.failures.push(format!("--deopt-each-of={}: {failure}", kept.display()));
        Ok(Vec::new())
    }

    /// Forces the exits of a program. `number` tells it from others that are checked at the same time.
    ///
    /// # Errors
    /// The program does not run at all.
    pub fn check(&self, program: &Path, number: usize) -> Result<Coverage, String> {
        let expected = self.run(program, &["--jitless"])?;
        let mut coverage = Coverage::default();
        let scratch = Scratch::new(&format!("sites-{number}")).map_err(|error| error.to_string())?;
        let sites = self.force(program, &scratch, &BTreeSet::new(), &expected, &mut coverage)?;
        coverage.sites = sites.len();
        let can_be_forced: BTreeSet<&str> =
            sites.iter().filter(|site| site.passed.is_some()).map(|site| &*site.name).collect();
        let mut state = Progress::default();
        state.note(&sites, &can_be_forced);
        let mut fruitless = 0;
        while let Some(names) = state.next()
            && coverage.runs < self.runs
            && coverage.failures.is_empty()
            && fruitless < FRUITLESS
        {
            let after = self.force(program, &scratch, &names, &expected, &mut coverage)?;
            fruitless = if state.note(&after, &can_be_forced) { 0 } else { fruitless + 1 };
        }
        coverage.forced = state.forced.len();
        for site in &sites {
            if site.kind == "exception" {
                coverage.exceptions += 1;
                coverage.caught += usize::from(site.taken > 0);
            } else if site.passed.is_none() {
                coverage.unforceable += 1;
            } else if state.pending.contains_key(&site.name) {
                *coverage.passed.entry(site.class()).or_default() += 1;
                coverage.left.push(site.name.clone());
            } else if !state.forced.contains(&site.name) {
                *coverage.never_passed.entry(site.class()).or_default() += 1;
            }
        }
        Ok(coverage)
    }
}

/// How far the exits of a program are.
#[derive(Default)]
struct Progress {
    /// Forced in some run.
    forced: BTreeSet<String>,
    /// Passed in some run, forced in none, with the first run in which they were passed.
    pending: BTreeMap<String, usize>,
    /// What each run forced.
    runs: Vec<BTreeSet<String>>,
}

impl Progress {
    /// Takes what a run says of the program's exits; gives whether one was forced that never was before.
    fn note(&mut self, sites: &[Site], known: &BTreeSet<&str>) -> bool {
        let before = self.forced.len();
        let run = self.runs.len();
        let forced = sites.iter().filter(|site| site.forced > 0);
        self.runs.push(forced.map(|site| site.name.clone()).collect());
        for site in sites.iter().filter(|site| known.contains(&*site.name)) {
            if site.forced > 0 {
                self.forced.insert(site.name.clone());
                self.pending.remove(&site.name);
            } else if site.passed.is_some_and(|passed| passed > 0) && !self.forced.contains(&site.name) {
                self.pending.entry(site.name.clone()).or_insert(run);
            }
        }
        self.forced.len() > before
    }

    /// What the next run forces: what is pending, and what the witness of the most of it forced. None if nothing is pending.
    fn next(&self) -> Option<BTreeSet<String>> {
        let mut counts = vec![0_usize; self.runs.len()];
        for &run in self.pending.values() {
            counts[run] += 1;
        }
        let (witness, count) = counts.into_iter().enumerate().max_by_key(|&(_, count)| count)?;
        let names = || self.pending.keys().chain(&self.runs[witness]).cloned().collect();
        (count > 0).then(names)
    }
}

/// An output without the times that harnesses of benchmarks print: numbers of microseconds.
fn without_times(output: &str) -> String {
    let is_time = |word: &str| {
        word.trim_end()
            .strip_suffix("us")
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let words = output.split_inclusive([' ', '\n']);
    words.map(|word| if is_time(word) { &word[word.trim_end().len()..] } else { word }).collect()
}

/// The flags of the first `// run:` line in the header of a file test, and that it is a module.
fn header_flags(program: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(program).unwrap_or_default();
    let header = || text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim);
    // The runner chooses the tiers itself, and has collections come when they would.
    let chosen = |flag: &&str| {
        *flag != "--jitless"
            && ["--always", "--deopt", "--gc-stress"].iter().all(|start| !flag.starts_with(start))
    };
    let flags = header().find_map(|line| line.strip_prefix("run:")).unwrap_or_default();
    let module = header().any(|line| line == "module").then_some("--module");
    flags.split_whitespace().filter(chosen).chain(module).map(str::to_owned).collect()
}

/// The first difference.
fn difference(expected: &Outcome, found: &Outcome) -> String {
    let line = expected.0.lines().zip(found.0.lines()).find(|(a, b)| a != b);
    match line {
        Some((expected, found)) => format!("'{found}' instead of '{expected}'"),
        None => format!(
            "{} lines and exit code {:?} instead of {} and {:?}",
            found.0.lines().count(),
            found.1,
            expected.0.lines().count(),
            expected.1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_list_are_told_from_output() {
        let text = "1\n[deopt site f (x)@3:Smi#0 (kind: eager, taken: 0, forced: 1, passed: 3)]\n2";
        let (program, sites) = split(text);
        assert_eq!(program, "1\n2");
        let site =
            Site { name: "f (x)@3:Smi#0".into(), kind: "eager".into(), taken: 0, forced: 1, passed: Some(3) };
        assert_eq!(site.class(), "eager Smi");
        assert_eq!(sites, [site]);
        assert_eq!(
            parse("[deopt site f@3:lazy#0 (kind: exception, taken: 1, forced: 0)]").map(|site| site.passed),
            Some(None)
        );
    }

    #[test]
    fn what_was_passed_is_forced_next() {
        let site = |name: &str, passed, forced| Site {
            name: name.into(),
            kind: "eager".into(),
            taken: 0,
            forced,
            passed,
        };
        let known = BTreeSet::from(["a", "b", "c"]);
        let mut progress = Progress::default();
        assert!(
            !progress.note(&[site("a", Some(1), 0), site("b", Some(0), 0), site("d", Some(1), 0)], &known)
        );
        assert_eq!(progress.next(), Some(BTreeSet::from(["a".to_owned()])));
        assert!(progress.note(&[site("a", Some(1), 1), site("b", Some(2), 0)], &known));
        // `b` was passed because `a` was forced.
        assert_eq!(progress.next(), Some(BTreeSet::from(["a".to_owned(), "b".to_owned()])));
        assert!(!progress.note(&[site("a", Some(1), 0), site("b", Some(0), 0)], &known));
        assert!(progress.note(&[site("a", Some(1), 1), site("b", Some(1), 1)], &known));
        assert_eq!(progress.next(), None);
    }

    #[test]
    fn times_of_benchmarks_do_not_count() {
        assert_eq!(without_times("a: runtime: 12us\nus 3us4 1us 2\n"), "a: runtime: \nus 3us4  2\n");
    }

    #[test]
    fn differences_are_named() {
        let outcome = |text: &str, code| (text.to_owned(), Some(code));
        assert_eq!(difference(&outcome("1\n2\n", 0), &outcome("1\n3\n", 0)), "'3' instead of '2'");
        assert!(difference(&outcome("1\n", 0), &outcome("1\n", 1)).contains("exit code Some(1)"));
    }
}
