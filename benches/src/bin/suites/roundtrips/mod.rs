//! Round trips: every program gives the same output whatever is compiled and whichever exits are taken.
//!
//! A *program* is a file test, whose output must be what is checked in beside it, or a benchmark of a suite with small
//! counts, which verifies its own results and whose output, times left out, must be what it prints under `--jitless`. A *mode* is a set of
//! flags of the shell: no compiler, the default, everything compiled at once, exits forced by count or at random, collections at every so
//! manieth allocation. Each program runs once in each mode that is meant for it, in a process of its own with a time limit. What differs,
//! crashes or hangs is printed with the command that repeats it.
//!
//! Only results are compared. The time limit is one of processor time, so that a busy machine makes no failures.

mod modes;
mod programs;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use unspool_benches::process::{Limits, Verdict, Watchdog};

use modes::Mode;
use programs::{Kind, Program};

const HELP: &str = "\
usage: suites roundtrips [files] [awfy] [octane] [options]     (default: all three; suites by AWFY_DIR, OCTANE_DIR)

  --only TEXT          only programs whose name contains the text (may be repeated)
  --modes LIST         only these modes, separated by commas (`--modes help` lists them)
  --jobs N             processes at a time (default 1)
  --timeout SECONDS    of processor time for one process (default 120; file tests under --gc-stress get three times as long);
                       what only waits is ended after ten times as long
  --keep FOLDER        where the drivers of benchmarks are written (default a folder in the temporary directory)
  --failures-only      do not print a line for each program
  --smoke              the file tests, in three modes that force exits
";

/// How one run went.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Outcome {
    Right,
    /// Not as expected; the first difference.
    Wrong(String),
    Crash(String),
    TimeOut,
}

impl Outcome {
    fn mark(&self) -> &'static str {
        match self {
            Outcome::Right => "ok",
            Outcome::Wrong(_) => "WRONG",
            Outcome::Crash(_) => "CRASH",
            Outcome::TimeOut => "TIME",
        }
    }
}

#[derive(Debug)]
struct Options {
    kinds: Vec<Kind>,
    only: Vec<String>,
    modes: Vec<Mode>,
    jobs: usize,
    timeout: Duration,
    folder: PathBuf,
    lines: Lines,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lines {
    EveryProgram,
    Failures,
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        kinds: Vec::new(),
        only: Vec::new(),
        modes: modes::all(),
        jobs: 1,
        timeout: Duration::from_secs(120),
        folder: std::env::temp_dir().join("unspool-roundtrips"),
        lines: Lines::EveryProgram,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("only") => options.only.push(parser.value()?.string()?),
            Long("modes") => options.modes = modes::chosen(&parser.value()?.string()?)?,
            Long("jobs") => options.jobs = parser.value()?.parse::<usize>()?.max(1),
            Long("timeout") => options.timeout = Duration::from_secs(parser.value()?.parse()?),
            Long("keep") => options.folder = parser.value()?.into(),
            Long("failures-only") => options.lines = Lines::Failures,
            Long("smoke") => {
                options.kinds = vec![Kind::File];
                options.modes = modes::smoke();
                options.lines = Lines::Failures;
            }
            Value(kind) => options.kinds.push(Kind::named(&kind.string()?)?),
            _ => return Err(argument.unexpected()),
        }
    }
    if options.kinds.is_empty() {
        options.kinds = vec![Kind::File, Kind::Awfy, Kind::Octane];
    }
    Ok(Some(options))
}

/// `suites roundtrips`
pub(crate) fn main(parser: lexopt::Parser) -> ExitCode {
    let options = parse(parser).map_err(|error| error.to_string());
    let result = options.and_then(|options| match options {
        Some(options) => run(&options),
        None => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
    });
    result.unwrap_or_else(|error| {
        eprintln!("suites roundtrips: {error}\n{HELP}");
        ExitCode::from(64)
    })
}

/// What all runs of one mode add up to.
#[derive(Clone, Debug, Default)]
struct Sum {
    marks: BTreeMap<&'static str, u32>,
    time: Duration,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome, took: Duration) {
        *self.marks.entry(outcome.mark()).or_default() += 1;
        self.time += took;
    }
    fn of(&self, mark: &str) -> u32 {
        self.marks.get(mark).copied().unwrap_or(0)
    }
    fn all(&self) -> u32 {
        self.marks.values().sum()
    }
}

fn run(options: &Options) -> Result<ExitCode, String> {
    let shell = shell()?;
    std::fs::create_dir_all(&options.folder).map_err(|error| error.to_string())?;
    let (mut programs, left_out) = programs::collect(&options.kinds, &options.folder)?;
    if !options.only.is_empty() {
        programs.retain(|program| options.only.iter().any(|text| program.name.contains(text)));
    }
    if programs.is_empty() {
        return Err("no program has such a name".into());
    }
    let watchdog = Watchdog::start();
    let next = AtomicUsize::new(0);
    let total = Mutex::new((BTreeMap::<(Kind, usize), Sum>::new(), 0_usize));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.min(programs.len()) {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = check(program, options, &shell, &watchdog);
                    let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    for (mode, outcome, took) in &report.outcomes {
                        total.0.entry((program.kind, *mode)).or_default().add(outcome, *took);
                    }
                    let wrong = report.outcomes.iter().filter(|(_, outcome, _)| *outcome != Outcome::Right);
                    // A program without anything to compare with has failed too.
                    total.1 += wrong.count() + usize::from(report.outcomes.is_empty());
                    if options.lines == Lines::EveryProgram || !report.failures.is_empty() {
                        println!("{}", report.line);
                    }
                    for failure in report.failures {
                        println!("{failure}");
                    }
                }
            });
        }
    });
    let (sums, failures) = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    print_sums(options, &sums);
    for reason in left_out {
        println!("left out: {reason}");
    }
    let programs = programs.len();
    let runs: u32 = sums.values().map(Sum::all).sum();
    println!(
        "{programs} programs, {runs} runs, {failures} failures, {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_sums(options: &Options, sums: &BTreeMap<(Kind, usize), Sum>) {
    println!(
        "\n{:<8} {:<16} {:>5} {:>5} {:>6} {:>6} {:>6} {:>9}",
        "programs", "mode", "runs", "ok", "WRONG", "CRASH", "TIME", "CPU, s"
    );
    for ((kind, mode), sum) in sums {
        println!(
            "{:<8} {:<16} {:>5} {:>5} {:>6} {:>6} {:>6} {:>9.1}",
            kind.name(),
            options.modes[*mode].name,
            sum.all(),
            sum.of("ok"),
            sum.of("WRONG"),
            sum.of("CRASH"),
            sum.of("TIME"),
            sum.time.as_secs_f64()
        );
    }
}

/// The program beside this one, or the one that `UNSPOOL` names.
fn shell() -> Result<PathBuf, String> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.join("unspool"));
    std::env::var_os("UNSPOOL")
        .map(PathBuf::from)
        .or_else(beside)
        .and_then(|path| path.canonicalize().ok())
        .ok_or_else(|| "no unspool beside this program; set UNSPOOL".into())
}

/// A program in all modes.
struct Report {
    line: String,
    failures: Vec<String>,
    outcomes: Vec<(usize, Outcome, Duration)>,
}

fn check(program: &Program, options: &Options, shell: &std::path::Path, watchdog: &Watchdog) -> Report {
    let mut report =
        Report { line: format!("{:<44}", program.name), failures: Vec::new(), outcomes: Vec::new() };
    let expected = match program.expected(|| execute(program, &["--jitless"], options, shell, watchdog).0) {
        Ok(expected) => expected,
        Err(message) => {
            report.failures.push(format!("  {}: {message}", program.name));
            return report;
        }
    };
    for (index, mode) in options.modes.iter().enumerate() {
        if !mode.is_for(program.kind) || mode.stress().is_some_and(|n| n < program.least_stress) {
            continue;
        }
        let (found, took) = execute(program, mode.flags, options, shell, watchdog);
        let outcome = match found {
            Ok(found) if found.crashed => Outcome::Crash(found.first_line()),
            Ok(found) => program.compare(&expected, &found).map_or(Outcome::Right, Outcome::Wrong),
            Err(Verdict::TimedOut) => Outcome::TimeOut,
            Err(Verdict::OutOfMemory) => Outcome::Crash("over the memory limit".into()),
        };
        let seconds = took.as_secs_f64();
        match &outcome {
            Outcome::Right if seconds < 10.0 => {}
            Outcome::Right => report.line.push_str(&format!(" {} {seconds:.0}s", mode.name)),
            other => report.line.push_str(&format!(" {} {}", mode.name, other.mark())),
        }
        if let Outcome::Wrong(what) | Outcome::Crash(what) = &outcome {
            report.failures.push(format!("  {} {}: {what}", mode.name, outcome.mark()));
        }
        if outcome != Outcome::Right {
            if outcome == Outcome::TimeOut {
                report
                    .failures
                    .push(format!("  {} TIME: no end after {seconds:.0} s of processor time", mode.name));
            }
            report.failures.push(format!("    {}", program.command(shell, mode.flags)));
        }
        report.outcomes.push((index, outcome, took));
    }
    report.line.push_str(if report.failures.is_empty() { " ok" } else { "" });
    report
}

/// Runs a program with flags. Gives what became of it, and the processor time.
fn execute(
    program: &Program,
    flags: &[&str],
    options: &Options,
    shell: &std::path::Path,
    watchdog: &Watchdog,
) -> (Result<programs::Output, Verdict>, Duration) {
    let mut command = Command::new(shell);
    command.args(program.arguments(flags)).current_dir(&program.folder).env("RUST_BACKTRACE", "0");
    let slow = program.kind == Kind::File && flags.iter().any(|flag| flag.starts_with("--gc-stress"));
    let time = options.timeout.max(program.timeout) * if slow { 3 } else { 1 };
    let limits = Limits { time: 10 * time, cpu: Some(time), memory: 4 << 30 };
    let mut cpu = Duration::ZERO;
    let result = match watchdog.run_apart(&mut command, limits) {
        Ok((outcome, errors)) => {
            cpu = outcome.cpu;
            outcome.status.map(|status| programs::Output {
                crashed: status.code().is_none_or(|code| code == 101 || code == 70),
                code: status.code(),
                stdout: outcome.text(),
                stderr: String::from_utf8_lossy(&errors).into_owned(),
            })
        }
        Err(error) => Ok(programs::Output {
            crashed: true,
            code: None,
            stdout: String::new(),
            stderr: error.to_string(),
        }),
    };
    (result, cpu)
}
