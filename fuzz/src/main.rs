//! Drives the oracles: a range of seeds through one or all of them, and a report of those that failed.
//!
//! A seed determines its input, so a failure is repeated by `--oracle NAME --seed N --count 1`. What an input is and what
//! must hold for it is in the library.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the driver prints failures")]

use std::process::ExitCode;

use lexopt::prelude::*;
use unspool_fuzz::oracle;

const HELP: &str = "\
usage: unspool-fuzz [--smoke] [--oracle NAME] [--seed N] [--count N]
       unspool-fuzz --print SEED        the generated program of a seed

  --smoke       each oracle a few times
  --oracle      only this one: compile, damaged-text, damaged-code, configurations
  --seed N      first seed (default 0)
  --count N     how many seeds (default 1000)
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

fn run() -> Result<ExitCode, lexopt::Error> {
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
                print!("{}", unspool_fuzz::program::generate(seed));
                return Ok(ExitCode::SUCCESS);
            }
            Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            _ => return Err(argument.unexpected()),
        }
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
