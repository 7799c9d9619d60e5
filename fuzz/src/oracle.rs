//! What must hold for every input.
//!
//! An *oracle* is a property that can be checked without knowing the right answer: what is generated compiles and
//! verifies, damaged input never panics, and a program means the same under every configuration of the engine. The last
//! one runs the shell as a process, so that a crash is seen too. Generators are in `program` and `mutate`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use unspool_bytecode::{CodeBlock, decode_tree, encode_tree, verify};
use unspool_deopt::dumpling::{self, Dump, Dumps};
use unspool_frontend::{Goal, Options, Program};

use crate::mutate::mutate;
use crate::program::generate;
use crate::random::Random;
use crate::scratch::Scratch;

/// A property of inputs; an input is known by its seed.
pub trait Oracle {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// Inputs of a smoke run: enough to see that the oracle works, in a second or two.
    fn smoke_count(&self) -> u64;
    /// Checks the input of `seed`.
    ///
    /// # Errors
    /// The input and what was wrong with it. A panic of the code under test is a failure too.
    fn check(&self, seed: u64) -> Result<(), String>;
}

/// All oracles.
#[must_use]
pub fn all() -> Vec<Box<dyn Oracle>> {
    vec![
        Box::new(Compile),
        Box::new(DamagedText),
        Box::new(DamagedCode),
        Box::new(Configurations::find()),
        Box::new(Frames { shell: find_shell() }),
    ]
}

/// Generated programs compile; their bytecode verifies, prints, and survives serialization.
#[derive(Debug)]
pub struct Compile;

impl Oracle for Compile {
    fn name(&self) -> &'static str {
        "compile"
    }
    fn smoke_count(&self) -> u64 {
        50
    }
    fn check(&self, seed: u64) -> Result<(), String> {
        let text = generate(seed);
        let program = Program::parse(text.as_str(), Goal::Script, Options::default())
            .map_err(|error| format!("{error}\n{text}"))?;
        let code = program.compile_all().map_err(|error| format!("{error}\n{text}"))?;
        check_code(&code).map_err(|error| format!("{error}\n{text}"))
    }
}

/// Damaged programs are rejected or compile; never a panic.
#[derive(Debug)]
pub struct DamagedText;

impl Oracle for DamagedText {
    fn name(&self) -> &'static str {
        "damaged-text"
    }
    fn smoke_count(&self) -> u64 {
        300
    }
    fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        // A short piece of a program: damage in a long one is mostly far away from what follows.
        let whole = generate(seed % 64);
        let lines: Vec<&str> = whole.lines().collect();
        let from = random.below(lines.len());
        let to = lines.len().min(from + 1 + random.below(12));
        let text = mutate(&lines[from..to].join("\n"), &mut random);
        let goal = if random.one_in(4) { Goal::Module } else { Goal::Script };
        let Ok(program) = Program::parse(text.as_str(), goal, Options::default()) else { return Ok(()) };
        match program.compile_all() {
            Ok(code) => check_code(&code).map_err(|error| format!("{error}\n{text}")),
            Err(_) => Ok(()),
        }
    }
}

/// Damaged serialized code is rejected, or is code that can be printed and verified; never a panic.
#[derive(Debug)]
pub struct DamagedCode;

impl Oracle for DamagedCode {
    fn name(&self) -> &'static str {
        "damaged-code"
    }
    fn smoke_count(&self) -> u64 {
        100
    }
    fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let text = generate(seed % 16);
        let program = Program::parse(text.as_str(), Goal::Script, Options::default())
            .map_err(|error| format!("{error}\n{text}"))?;
        let code = program.compile_all().map_err(|error| error.to_string())?;
        let mut bytes = encode_tree(&code).map_err(|error| format!("{error:?}"))?;
        for _ in 0..1 + random.below(8) {
            let at = random.below(bytes.len());
            bytes[at] = random.bits() as u8;
        }
        if random.one_in(4) {
            bytes.truncate(random.below(bytes.len()));
        }
        if let Ok(code) = decode_tree(&bytes)
            && verify(&code).is_ok()
        {
            let _ = code.disassemble().with_inner_functions().to_string();
        }
        Ok(())
    }
}

fn check_code(code: &CodeBlock) -> Result<(), String> {
    verify(code).map_err(|error| format!("{error:?}\n{}", code.disassemble()))?;
    let _ = code.disassemble().with_inner_functions().to_string();
    let bytes = encode_tree(code).map_err(|error| format!("{error:?}"))?;
    let back = decode_tree(&bytes).map_err(|error| format!("{error:?}"))?;
    let again = encode_tree(&back).map_err(|error| format!("{error:?}"))?;
    if bytes == again { Ok(()) } else { Err("serialization does not round-trip".into()) }
}

/// The shell under test: `UNSPOOL`, or the one beside this program.
#[must_use]
pub fn find_shell() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("unspool")));
    std::env::var_os("UNSPOOL").map(PathBuf::from).or(beside).filter(|path| path.is_file())
}

/// Generated programs print the same under every configuration of the shell, and in node where it is installed.
#[derive(Debug)]
pub struct Configurations {
    shell: Option<PathBuf>,
    other: Option<String>,
}

impl Configurations {
    /// The shell is `UNSPOOL` or the one beside this program; the other engine is `NODE` or `node`.
    #[must_use]
    pub fn find() -> Self {
        let shell = find_shell();
        let other = std::env::var("NODE").unwrap_or_else(|_| "node".into());
        let works =
            Command::new(&other).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        Self { shell, other: works.is_ok_and(|status| status.success()).then_some(other) }
    }
}

impl Oracle for Configurations {
    fn name(&self) -> &'static str {
        "configurations"
    }
    fn smoke_count(&self) -> u64 {
        if self.shell.is_some() { 15 } else { 0 }
    }
    fn check(&self, seed: u64) -> Result<(), String> {
        let shell = self.shell.as_ref().ok_or("no unspool beside this program; set UNSPOOL")?;
        let text = generate(seed);
        let plain = output(Command::new(shell).args(["-e", &text]))?;
        for flags in [&["--gc-stress=97"][..], &["--jitless"]] {
            let stressed = output(Command::new(shell).args(flags).args(["-e", &text]))?;
            compare("plain", &plain, &flags.join(" "), &stressed, &text)?;
        }
        if let Some(other) = &self.other {
            // A script, not a module: `this` and sloppy functions must mean the same.
            let wrapped = format!(
                "globalThis.print = (...a) => console.log(a.join(' ')); require('vm').runInThisContext({text:?})"
            );
            let theirs = output(Command::new(other).args(["-e", &wrapped]))?;
            compare("unspool", &plain, other, &theirs, &text)?;
        }
        Ok(())
    }
}

/// The frames that exits rebuild are frames that the interpreter has at the same instruction, in the same order: the oracle of DUMPLING
/// (NDSS 2025). Registers that are dead at an exit match anything.
#[derive(Debug)]
pub struct Frames {
    shell: Option<PathBuf>,
}

impl Oracle for Frames {
    fn name(&self) -> &'static str {
        "frames"
    }
    fn smoke_count(&self) -> u64 {
        if self.shell.is_some() { 5 } else { 0 }
    }
    fn check(&self, seed: u64) -> Result<(), String> {
        let shell = self.shell.as_ref().ok_or("no unspool beside this program; set UNSPOOL")?;
        let text = generate(seed);
        let random = format!("--deopt-random={seed}");
        let scratch = Scratch::new("frames").map_err(|error| error.to_string())?;
        let dumps = |flags: &[&str]| dumps(shell, &scratch, flags, &text);
        let malformed = |line| format!("line {line} of a dump is malformed\n{text}");
        let optimized =
            dumpling::parse(&dumps(&["--always-opt", &random, "--turbofan-dumping"])?).map_err(malformed)?;
        let reference = dumps(&["--jitless", "--interpreter-dumping"])?;
        let reference: Result<Vec<Dump>, usize> = Dumps::at_places_of(&reference, &optimized).collect();
        dumpling::relate(&optimized, &reference.map_err(malformed)?).map_err(|index| {
            format!(
                "exit {index} of {}: no such frame in the interpreter: {:?}\n{text}",
                optimized.len(),
                optimized[index]
            )
        })
    }
}

/// The frames that a run dumps.
fn dumps(shell: &Path, scratch: &Scratch, flags: &[&str], text: &str) -> Result<String, String> {
    // A text of a program may be longer than an argument. Its name is part of a dump's function.
    let (file, program) = (scratch.file("dumps.txt"), scratch.file("program.js"));
    std::fs::write(&program, text).map_err(|error| error.to_string())?;
    let out = format!("--dump-out-filename={}", file.display());
    output(Command::new(shell).args(flags).arg(out).arg(&program))?;
    std::fs::read_to_string(&file).map_err(|error| error.to_string())
}

/// Standard output, and whether the program succeeded.
fn output(command: &mut Command) -> Result<(String, bool), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.code().is_none() || errors.contains("panicked at") {
        return Err(format!("crash: {errors}"));
    }
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success()))
}

fn compare(
    left_name: &str,
    left: &(String, bool),
    right_name: &str,
    right: &(String, bool),
    text: &str,
) -> Result<(), String> {
    if left == right {
        return Ok(());
    }
    let line = left.0.lines().zip(right.0.lines()).find(|(a, b)| a != b);
    let (a, b) = line.unwrap_or(("(shorter, or another exit code)", "(shorter, or another exit code)"));
    Err(format!("{left_name}: {a}\n{right_name}: {b}\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoke() {
        for oracle in [Box::new(Compile) as Box<dyn Oracle>, Box::new(DamagedText), Box::new(DamagedCode)] {
            for seed in 0..oracle.smoke_count() {
                if let Err(message) = oracle.check(seed) {
                    panic!("{} {seed}: {message}", oracle.name());
                }
            }
        }
    }
}
