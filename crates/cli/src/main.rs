//! The shell of Unspool: runs programs, gives them host functions, and says what went wrong.
//!
//! `options` reads the command line, `run` does what it says, `host` is what programs can call, `report` and `snippet` are
//! the ways in which errors look.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the shell prints")]

mod host;
mod options;
mod report;
mod run;
mod snippet;

use std::process::ExitCode;

use options::Command;

/// Bad usage (`EX_USAGE` of sysexits).
const USAGE: u8 = 64;

fn main() -> ExitCode {
    match options::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            print!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::Version) => {
            println!("unspool {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Command::Run(options)) => run::run(&options),
        Err(error) => {
            eprintln!("unspool: {error}\nunspool --help lists the options");
            ExitCode::from(USAGE)
        }
    }
}
