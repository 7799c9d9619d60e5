//! Drives the oracles: a range of seeds through one or all of them, and a report of those that failed.
//!
//! A seed determines its input, so a failure is repeated by `--oracle NAME --seed N --count 1`. What an input is and what
//! must hold for it is in the library.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the driver prints failures")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use lexopt::prelude::*;
use unspool_fuzz::mutants::{Afterwards, Fate, Laboratory, MUTANTS};
use unspool_fuzz::oracle;
use unspool_fuzz::sites::{Coverage, Runner};

const HELP: &str = "\
usage: unspool-fuzz [--smoke] [--oracle NAME] [--seed N] [--count N]
       unspool-fuzz --print SEED
       unspool-fuzz sites [--runs N] [--timeout SECONDS] [--jobs N] [--least PERCENT] [--names] [--flag FLAG]… FILE…
       unspool-fuzz mutants [--folder FOLDER] [--target FOLDER] [--keep] [--only N]

Properties that must hold for every input. A seed determines its input, so a failure is repeated by --oracle NAME --seed N --count 1.

  --smoke       each oracle a few times
  --oracle NAME only this one (default all):
                  compile         a generated program compiles; its bytecode verifies, prints and survives serialization
                  damaged-text    damaged source text is rejected or compiles, never a panic
                  damaged-code    damaged serialized bytecode is rejected, or verifies and prints; never a panic
                  configurations  a generated program prints the same plain, --jitless, with --gc-stress, and in node where there is one
                  frames          each frame that an exit rebuilds is one of the interpreter at the same instruction, in order
                The last two need the shell: UNSPOOL, or the one beside this program.
  --seed N      first seed (default 0)
  --count N     how many seeds (default 1000)
  --print SEED  the generated program of a seed

sites: force each exit of programs at least once, compare each run with the interpreter
  --runs N      at most so many runs of each program (default 5000)
  --timeout S   of processor time, for each run (default 60)
  --jobs N      programs at once (default 1)
  --least P     fails below this share of the exits of all programs that are passed, in percent (default 100)
  --names       print the names of the exits that were passed and not forced
  --flag FLAG   a flag for the shell in every run

mutants: break the engine in small ways in a worktree: does a test fail each time?
  --folder F    where the worktree is made, or was left by an earlier run with --keep (default: unspool-mutants in the temporary directory)
  --keep        leave the worktree for later runs; otherwise the run that has made it removes it
  --target F    where it is built (default: target in the worktree)
  --only N      only this mutant
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("unspool-fuzz: {error}\n{HELP}");
            ExitCode::from(64)
        }
    }
}

/// `unspool-fuzz sites`
fn run_sites(mut parser: lexopt::Parser) -> Result<ExitCode, lexopt::Error> {
    let shell = oracle::find_shell().ok_or("no unspool beside this program; set UNSPOOL")?;
    let mut runner = Runner { shell, flags: Vec::new(), runs: 5000, timeout: 60 };
    let (mut files, mut names, mut jobs, mut least) = (Vec::<PathBuf>::new(), false, 1_usize, 100.0);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("names") => names = true,
            Long("jobs") => jobs = parser.value()?.parse()?,
            Long("least") => least = parser.value()?.parse::<f64>()?,
            Long("runs") => runner.runs = parser.value()?.parse()?,
            Long("timeout") => runner.timeout = parser.value()?.parse()?,
            Long("flag") => runner.flags.push(parser.value()?.string()?),
            Value(file) => files.push(file.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    if files.is_empty() {
        return Err("sites wants the files of programs".into());
    }
    if let Some(missing) = files.iter().find(|file| !file.is_file()) {
        return Err(format!("{} is no file", missing.display()).into());
    }
    let (total, next) = (Mutex::new(Coverage::default()), AtomicUsize::new(0));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(number) else { return };
            let coverage = runner
                .check(file, number)
                .unwrap_or_else(|error| Coverage { failures: vec![error], ..Coverage::default() });
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            println!("{}: {coverage}", file.display());
            for failure in &coverage.failures {
                println!("FAILED {}: {failure}", file.display());
            }
            for name in coverage.left.iter().filter(|_| names) {
                println!("  passed, not forced: {name}");
            }
            total.add(coverage);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("all: {total}");
    for (what, classes) in [("passed, not forced", &total.passed), ("never passed", &total.never_passed)] {
        for (class, count) in classes {
            println!("  {what}: {count:5} {class}");
        }
    }
    let held = total.failures.is_empty() && total.percent() >= least;
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `unspool-fuzz mutants`
fn run_mutants(mut parser: lexopt::Parser) -> Result<ExitCode, lexopt::Error> {
    let mut folder = std::env::temp_dir().join("unspool-mutants");
    let (mut only, mut target, mut afterwards) = (None, None, Afterwards::Remove);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("folder") => folder = parser.value()?.into(),
            Long("target") => target = Some(PathBuf::from(parser.value()?)),
            Long("keep") => afterwards = Afterwards::Keep,
            Long("only") => only = Some(parser.value()?.parse::<usize>()?),
            _ => return Err(argument.unexpected()),
        }
    }
    if let Some(only) = only.filter(|only| *only >= MUTANTS.len()) {
        return Err(format!("there is no mutant {only}: they are 0 to {}", MUTANTS.len() - 1).into());
    }
    let laboratory = Laboratory::new(&folder, target.as_deref(), afterwards)?;
    if only.is_none() {
        laboratory.test_unchanged()?;
    }
    let mut survivors = 0;
    println!("| # | mutant | killed by |\n|---|---|---|");
    for (number, mutant) in MUTANTS.iter().enumerate() {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let fate = match laboratory.test(number)? {
            Fate::Killed(tests) if tests.len() > 3 => {
                format!("{} and {} more", tests[..3].join(", "), tests.len() - 3)
            }
            Fate::Killed(tests) => tests.join(", "),
            Fate::Survived => {
                survivors += 1;
                "SURVIVED".to_owned()
            }
        };
        println!("| {number} | {} | {fate} |", mutant.name);
    }
    println!("\n{survivors} survivors");
    Ok(if survivors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run() -> Result<ExitCode, lexopt::Error> {
    let mut words = std::env::args_os().skip(1).peekable();
    if words.next_if(|word| word == "sites").is_some() {
        return run_sites(lexopt::Parser::from_args(words));
    }
    if words.next_if(|word| word == "mutants").is_some() {
        return run_mutants(lexopt::Parser::from_args(words));
    }
    let (mut smoke, mut only, mut first, mut count) = (None, None, 0_u64, 1000_u64);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("smoke") => smoke = Some(()),
            Long("oracle") => only = Some(parser.value()?.string()?),
            Long("seed") => first = parser.value()?.parse()?,
            Long("count") => count = parser.value()?.parse()?,
            Long("print") => {
                let seed = parser.value()?.parse()?;
                // Who reads no further is content.
                let _ = std::io::stdout().write_all(unspool_fuzz::program::generate(seed).as_bytes());
                return Ok(ExitCode::SUCCESS);
            }
            Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if let Some(only) = &only
        && !oracle::all().iter().any(|oracle| oracle.name() == only)
    {
        let known: Vec<&str> = oracle::all().iter().map(|oracle| oracle.name()).collect();
        return Err(format!("there is no oracle {only:?}: they are {}", known.join(", ")).into());
    }
    let mut failures = 0_u32;
    for oracle in oracle::all() {
        if only.as_ref().is_some_and(|only| only != oracle.name()) {
            continue;
        }
        let count = if smoke.is_some() { oracle.smoke_count() } else { count };
        let mut failed = 0;
        for seed in first..first + count {
            if let Err(message) = oracle.check(seed) {
                failed += 1;
                println!("FAILED {} {seed}: {message}", oracle.name());
                if failed == 5 {
                    break;
                }
            }
        }
        println!("{}: {count} inputs, {failed} failures", oracle.name());
        failures += failed;
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
