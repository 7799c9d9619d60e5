//! The shell of Unspool.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the shell prints")]
#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the engine that these parts serve lands in the same sitting")
)]

mod host;
mod options;
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
        Ok(Command::Run(_)) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("unspool: {error}\n{}", options::HELP);
            ExitCode::from(USAGE)
        }
    }
}
