//! Forces each exit of a program once and compares what it prints with the interpreter.
//!
//! `unspool --always-opt --list-deopt-sites` names all exits of the code that a program gets compiled to. *Sweeps* force many of them in one run,
//! each once, and at random; for each name that none has forced the program is run again with that exit forced the first time it is passed. Output and exit code
//! must always be those of `--jitless`. *Coverage* is the part
//! of the exits that were taken in some run, forced or not (invariant I14). What is never passed cannot be forced: checks behind an exit
//! that is always taken, and code that runs no more once it is compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How to run.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The shell.
    pub shell: PathBuf,
    /// Its flags in every run.
    pub flags: Vec<String>,
    /// How many runs force exits at random, before the others are forced in runs of their own.
    pub sweeps: u32,
    /// At most so many exits of a program are forced in runs of their own, spread evenly over those that are left.
    pub sample: usize,
    /// Seconds that a run may take.
    pub timeout: u32,
}

/// What became of a program's exits.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    /// Exits in the code of the program.
    pub sites: usize,
    /// Of these, forced by some sweep.
    pub swept: usize,
    /// Of the others, forced in a run of their own.
    pub forced: usize,
    /// Of the others, taken for their own reason in the run that listed them.
    pub taken: usize,
    /// Exits of exceptions that were not taken: an exception cannot be forced.
    pub exceptions: usize,
    /// Exits that were to be forced and were not passed.
    pub not_passed: usize,
    /// Exits left out because of the sample.
    pub left_out: usize,
    /// Exits never reached, by kind and reason.
    pub missing: BTreeMap<String, usize>,
    /// What differed from the interpreter.
    pub failures: Vec<String>,
}

impl Coverage {
    /// Adds the exits of another program.
    pub fn add(&mut self, other: Coverage) {
        self.sites += other.sites;
        self.swept += other.swept;
        self.forced += other.forced;
        self.taken += other.taken;
        self.exceptions += other.exceptions;
        self.not_passed += other.not_passed;
        self.left_out += other.left_out;
        for (reason, count) in other.missing {
            *self.missing.entry(reason).or_default() += count;
        }
        self.failures.extend(other.failures);
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tried = self.sites - self.left_out - self.exceptions;
        let reached = self.swept + self.forced + self.taken;
        let percent = 100.0 * reached as f64 / tried.max(1) as f64;
        write!(
            f,
            "{} exits ({} of exceptions, {} left out), {} tried: {} forced ({} in sweeps), {} taken by themselves, {} never passed; coverage {percent:.1} %, {} failures",
            self.sites,
            self.exceptions,
            self.left_out,
            tried,
            self.swept + self.forced,
            self.swept,
            self.taken,
            self.not_passed,
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

/// `[deopt site NAME (kind: KIND, taken: N, forced: N)]`
fn parse(line: &str) -> Option<Site> {
    let (name, facts) = line.strip_prefix("[deopt site ")?.strip_suffix(")]")?.rsplit_once(" (kind: ")?;
    let (kind, counts) = facts.split_once(", taken: ")?;
    let (taken, forced) = counts.split_once(", forced: ")?;
    Some(Site {
        name: name.into(),
        kind: kind.into(),
        taken: taken.parse().ok()?,
        forced: forced.parse().ok()?,
    })
}

/// What a run left behind: standard output, and the exit code.
type Outcome = (String, Option<i32>);

impl Runner {
    fn run(&self, program: &Path, flags: &[&str]) -> Result<Outcome, String> {
        let folder =
            program.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = program.file_name().ok_or("a program has a name")?;
        let output = Command::new(&self.shell)
            .args(&self.flags)
            .args(header_flags(program))
            .args(flags)
            .arg(format!("--timeout={}", self.timeout))
            .arg(name)
            .current_dir(folder)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.code().is_none() || errors.contains("panicked at") {
            return Err(format!("crash: {}", errors.lines().take(3).collect::<Vec<_>>().join(" ")));
        }
        Ok((without_times(&String::from_utf8_lossy(&output.stdout)), output.status.code()))
    }

    /// Forces each exit once, then exits at random, seldom and often. Gives the names of those that were forced.
    fn sweep(&self, program: &Path, expected: &Outcome, coverage: &mut Coverage) -> BTreeSet<String> {
        const EACH: [&str; 3] = ["--deopt-each", "--deopt-each=2", "--deopt-each=20"];
        const RATES: [u32; 8] = [1, 2, 3, 5, 9, 16, 40, 100];
        let mut forced = BTreeSet::new();
        for seed in 0..self.sweeps {
            let flag = match EACH.get(seed as usize) {
                Some(flag) => (*flag).to_owned(),
                None => format!("--deopt-random={}:{}", seed + 1, RATES[seed as usize % RATES.len()]),
            };
            match self.run(program, &["--always-opt", "--list-deopt-sites", &flag]) {
                Ok((output, code)) => {
                    let (output, sites) = split(&output);
                    if (&output, code) != (&expected.0, expected.1) {
                        coverage.failures.push(format!("{flag}: {}", difference(expected, &(output, code))));
                    }
                    forced.extend(sites.into_iter().filter(|site| site.forced > 0).map(|site| site.name));
                }
                Err(crash) => coverage.failures.push(format!("{flag}: {crash}")),
            }
        }
        forced
    }

    /// Forces the exits of a program.
    ///
    /// # Errors
    /// The program does not run at all.
    pub fn check(&self, program: &Path) -> Result<Coverage, String> {
        let expected = self.run(program, &["--jitless"])?;
        let (output, code) = self.run(program, &["--always-opt", "--list-deopt-sites"])?;
        let (output, sites) = split(&output);
        let mut coverage = Coverage { sites: sites.len(), ..Coverage::default() };
        if (&output, code) != (&expected.0, expected.1) {
            coverage.failures.push(format!("--always-opt: {}", difference(&expected, &(output, code))));
            return Ok(coverage);
        }
        let swept = self.sweep(program, &expected, &mut coverage);
        let mut left = Vec::new();
        for site in &sites {
            if site.kind == "exception" {
                let counter = if site.taken > 0 { &mut coverage.taken } else { &mut coverage.exceptions };
                *counter += 1;
            } else if swept.contains(&site.name) {
                coverage.swept += 1;
            } else {
                left.push(site);
            }
        }
        let step = left.len().div_ceil(self.sample.max(1)).max(1);
        for (index, site) in left.into_iter().enumerate() {
            if index % step != 0 {
                coverage.left_out += 1;
                continue;
            }
            let flag = format!("--deopt-force={}", site.name);
            let forced = match self.run(program, &["--always-opt", "--list-deopt-sites", &flag]) {
                Ok((output, code)) => {
                    let (output, after) = split(&output);
                    if (&output, code) != (&expected.0, expected.1) {
                        coverage.failures.push(format!("{flag}: {}", difference(&expected, &(output, code))));
                    }
                    after.iter().any(|other| other.name == site.name && other.forced > 0)
                }
                Err(crash) => {
                    coverage.failures.push(format!("{flag}: {crash}"));
                    true
                }
            };
            match (forced, site.taken > 0) {
                (true, _) => coverage.forced += 1,
                (false, true) => coverage.taken += 1,
                (false, false) => {
                    coverage.not_passed += 1;
                    let reason = site.name.rsplit_once(':').map_or("", |(_, reason)| reason);
                    let reason = reason.split('#').next().unwrap_or_default();
                    *coverage.missing.entry(format!("{} {reason}", site.kind)).or_default() += 1;
                }
            }
        }
        Ok(coverage)
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

/// The flags of the first `// run:` line in the header of a file test.
fn header_flags(program: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(program).unwrap_or_default();
    let mut header = text.lines().map_while(|line| line.strip_prefix("//"));
    let flags = header.find_map(|line| line.trim().strip_prefix("run:").map(str::to_owned));
    // The runner chooses the tiers itself.
    let chosen =
        |flag: &&str| *flag != "--jitless" && !flag.starts_with("--always") && !flag.starts_with("--deopt");
    flags.unwrap_or_default().split_whitespace().filter(chosen).map(str::to_owned).collect()
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
        let text = "1\n[deopt site f (x)@3:Smi#0 (kind: eager, taken: 0, forced: 1)]\n2";
        let (program, sites) = split(text);
        assert_eq!(program, "1\n2");
        let site = Site { name: "f (x)@3:Smi#0".into(), kind: "eager".into(), taken: 0, forced: 1 };
        assert_eq!(sites, [site]);
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
