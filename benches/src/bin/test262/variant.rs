//! From a test to its variants, and from the end of a process to a verdict.
//!
//! A test runs once or several times, in strict and sloppy mode, as a script or as a module, by its flags. Each variant
//! is a process, whose exit code, output and resources are compared with what the test announces. The *grade* of a test
//! is that of its worst variant: a crash is worse than a timeout, a timeout worse than a wrong result.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use unspool_benches::process::{Limits, Outcome, Verdict, Watchdog};

use crate::frontmatter::{FrontMatter, Phase};

/// One way in which a test must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    Sloppy,
    Strict,
    Module,
    /// The file as it is, without harness.
    Raw,
    /// The same, as a module.
    RawModule,
}

impl Variant {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sloppy => "sloppy",
            Self::Strict => "strict",
            Self::Module => "module",
            Self::Raw => "raw",
            Self::RawModule => "raw module",
        }
    }

    /// The variants that the flags of a test demand.
    pub(crate) fn of(meta: &FrontMatter) -> Vec<Self> {
        match (meta.has_flag("module"), meta.has_flag("raw")) {
            (true, true) => vec![Self::RawModule],
            (true, false) => vec![Self::Module],
            (false, true) => vec![Self::Raw],
            (false, false) if meta.has_flag("onlyStrict") => vec![Self::Strict],
            (false, false) if meta.has_flag("noStrict") => vec![Self::Sloppy],
            (false, false) => vec![Self::Sloppy, Self::Strict],
        }
    }
}

/// The outcome of a test. The order is that of gravity: a test has the gravest outcome of its variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    Pass,
    /// A wrong result.
    Fail,
    /// Longer than the time limit.
    Hang,
    /// A signal, a panic, an unknown exit code, or more memory than allowed.
    Crash,
}

impl Grade {
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Pass => 'P',
            Self::Fail => 'F',
            Self::Hang => 'H',
            Self::Crash => 'C',
        }
    }

    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        [Self::Pass, Self::Fail, Self::Hang, Self::Crash]
            .into_iter()
            .find(|grade| letter.len() == 1 && letter.starts_with(grade.letter()))
    }
}

/// Runs variants; each worker has its own.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) engine: &'a [String],
    pub(crate) suite: &'a Path,
    pub(crate) scratch: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) watchdog: &'a Watchdog,
}

impl Runner<'_> {
    /// Runs all variants of the test and gives the gravest outcome with its reason.
    pub(crate) fn run(&self, test: &str) -> io::Result<(Grade, String)> {
        let path = self.suite.join("test").join(test);
        let source = fs::read(&path)?;
        let meta = FrontMatter::parse(&String::from_utf8_lossy(&source));
        let mut worst = (Grade::Pass, String::new());
        for variant in Variant::of(&meta) {
            let outcome = self.run_variant(&path, &source, &meta, variant)?;
            let (grade, reason) = judge(&meta, &outcome);
            if grade > worst.0 {
                worst = (grade, format!("[{}] {reason}", variant.name()));
            }
        }
        Ok(worst)
    }

    fn run_variant(
        &self,
        path: &Path,
        source: &[u8],
        meta: &FrontMatter,
        variant: Variant,
    ) -> io::Result<Outcome> {
        let mut command = Command::new(&self.engine[0]);
        command.args(&self.engine[1..]).arg("--test262");
        if meta.has_flag("CanBlockIsFalse") {
            command.arg("--disallow-atomics-wait");
        }
        match variant {
            Variant::Raw => command.arg(path),
            Variant::RawModule => command.arg("--module").arg(path),
            Variant::Module => {
                // The harness is a script of its own, so that the test keeps its path: modules import their
                // neighbours and themselves.
                let prelude = self.scratch.join("harness.js");
                fs::write(&prelude, self.harness(meta)?)?;
                command.arg("--prelude").arg(prelude).arg("--module").arg(path)
            }
            Variant::Sloppy | Variant::Strict => {
                let mut text = Vec::new();
                if variant == Variant::Strict {
                    text.extend_from_slice(b"\"use strict\";\n");
                }
                text.extend(self.harness(meta)?);
                text.extend_from_slice(source);
                let composed = self.scratch.join("test.js");
                fs::write(&composed, text)?;
                // Dynamic imports are relative to the test, not to the composed file.
                command.arg("--module-base").arg(path).arg(composed)
            }
        };
        self.watchdog.run(&mut command, self.limits)
    }

    fn harness(&self, meta: &FrontMatter) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let standard = ["assert.js", "sta.js"].into_iter();
        let done = meta.has_flag("async").then_some("doneprintHandle.js");
        let includes = meta.includes.iter().map(String::as_str);
        for name in standard.chain(done).chain(includes) {
            text.extend(fs::read(self.suite.join("harness").join(name))?);
            text.push(b'\n');
        }
        Ok(text)
    }
}

/// The verdict on one variant, and one line that says why.
fn judge(meta: &FrontMatter, outcome: &Outcome) -> (Grade, String) {
    let text = outcome.text();
    match outcome.status {
        Err(Verdict::TimedOut) => return (Grade::Hang, "time limit".into()),
        Err(Verdict::OutOfMemory) => return (Grade::Crash, "memory limit".into()),
        Ok(_) => {}
    }
    let uncaught = text.lines().find_map(|line| line.strip_prefix("Uncaught ")).unwrap_or_default();
    let shown = || text.lines().find(|line| !line.trim().is_empty()).unwrap_or("no output").trim().to_owned();
    let Some(code) = outcome.code() else {
        return (Grade::Crash, format!("signal: {}", shown()));
    };
    if !(0..=3).contains(&code) || text.contains("panicked at") {
        let line = text.lines().find(|line| line.contains("panicked at")).map_or_else(shown, str::to_owned);
        let after = text.split("panicked at").nth(1).and_then(|rest| rest.lines().nth(1)).unwrap_or_default();
        return (Grade::Crash, format!("exit code {code}: {line} {after}"));
    }
    if let Some(negative) = &meta.negative {
        let wanted = match negative.phase {
            Phase::Parse => 2,
            Phase::Resolution => 3,
            Phase::Runtime => 1,
        };
        let name = uncaught.split(':').next().unwrap_or_default().trim();
        return if code == wanted && name == negative.name {
            (Grade::Pass, String::new())
        } else {
            (
                Grade::Fail,
                format!("expected {:?} {}, got exit code {code} {name}", negative.phase, negative.name),
            )
        };
    }
    if code != 0 {
        return (Grade::Fail, if uncaught.is_empty() { shown() } else { uncaught.to_owned() });
    }
    if meta.has_flag("async") && !text.lines().any(|line| line.trim_end() == "Test262:AsyncTestComplete") {
        return (Grade::Fail, if text.trim().is_empty() { "$DONE was not called".into() } else { shown() });
    }
    if text.contains("Test262:AsyncTestFailure") {
        return (Grade::Fail, shown());
    }
    (Grade::Pass, String::new())
}
