//! Mutants: does a test fail when the engine is broken on purpose?
//!
//! Each *mutant* is a small change that breaks one promise of the contract of exits (`docs/bailout.md`). All are compiled at once into a
//! worktree of their own, each behind a test of the variable `UNSPOOL_MUTANT`, which holds the number of the one that is to act; then the tests are run once
//! per mutant. A mutant is *killed* if a test fails, crashes, or does not end; one that survives shows what is not tested.
//!
//! The places are given by texts of the sources, so a change there makes a mutant that must be described anew: the runner says so.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A change that breaks something.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// What is broken.
    pub name: &'static str,
    /// The tests that are known to notice it, as arguments of `cargo test`. They run first, the others only if these pass.
    first: &'static [&'static str],
    /// The changed texts: file, what stands there once, and what replaces it. `MUTANT` in it means "this mutant acts".
    changes: &'static [(&'static str, &'static str, &'static str)],
}

/// All mutants.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "two registers are swapped in translations",
        first: &["-p", "unspool", "--test", "collections", "c56_"],
        changes: &[(
            "crates/tiering/src/machine/lower/exits.rs",
            "registers[register as usize] = self.state_value(node, objects);",
            "let last = function.code.register_count - 1;
             let place = if MUTANT && register / 2 < 1 && last > 0 { register ^ 1 } else { register };
             registers[place as usize] = self.state_value(node, objects);",
        )],
    },
    Mutant {
        name: "guards of shapes are left out",
        first: &["-p", "unspool", "--test", "collections", "i5_"],
        changes: &[(
            "crates/tiering/src/machine/lower/checks.rs",
            "if i + 1 == list.len() {",
            "if i + 1 == list.len() {
                let equal = if MUTANT { self.b.ins().iconst(types::I8, 1) } else { equal };",
        )],
    },
    Mutant {
        name: "eager exits resume one instruction late",
        first: &["-p", "unspool", "--test", "contract", "c38_"],
        changes: &[(
            "crates/deopt/src/deoptimizer.rs",
            "(_, Position::Before(offset)) => (offset, Resume::Before(offset)),",
            "(_, Position::Before(offset)) if MUTANT => (offset, Resume::After(offset)),
             (_, Position::Before(offset)) => (offset, Resume::Before(offset)),",
        )],
    },
    Mutant {
        name: "lazy exits execute their call again",
        first: &["-p", "unspool", "--test", "contract", "c38_"],
        changes: &[(
            "crates/deopt/src/deoptimizer.rs",
            "(_, Position::After(offset)) => (offset, Resume::After(offset)),",
            "(_, Position::After(offset)) if MUTANT => (offset, Resume::Before(offset)),
             (_, Position::After(offset)) => (offset, Resume::After(offset)),",
        )],
    },
    Mutant {
        name: "the result of the call is not handed to lazy exits",
        first: &["-p", "unspool", "--test", "collections", "i5_"],
        changes: &[(
            "crates/tiering/src/machine/exit/mod.rs",
            "SiteReason::Lazy => Completion::Result([hot.result.get(); 2]),",
            "SiteReason::Lazy if MUTANT => Completion::Result([Value::UNDEFINED.bits(); 2]),
             SiteReason::Lazy => Completion::Result([hot.result.get(); 2]),",
        )],
    },
    Mutant {
        name: "callers of inlined functions return one byte late",
        first: &["-p", "unspool", "--test", "arguments"],
        changes: &[(
            "crates/tiering/src/machine/lower/exits.rs",
            "flags |= u64::from(length) << FrameFlags::RESUME_SHIFT;",
            "flags |= (u64::from(length) + u64::from(MUTANT)) << FrameFlags::RESUME_SHIFT;",
        )],
    },
    Mutant {
        name: "dead code is not unlinked",
        first: &["-p", "unspool", "--test", "lifecycle", "c32_"],
        changes: &[(
            "crates/tiering/src/machine/code/mod.rs",
            "template.unlink_code(stub.expect(\"made when the code was installed\") as *const u8);",
            "if !MUTANT { template.unlink_code(stub.expect(\"made when the code was installed\") as *const u8); }",
        )],
    },
    Mutant {
        name: "other activations stay in dead code",
        first: &["-p", "unspool", "--test", "collections", "c56_"],
        changes: &[(
            "crates/tiering/src/machine/lower/calls.rs",
            "let byte = self.b.ins().load(types::I8, MemFlagsData::trusted(), cell, offset);",
            "let byte = self.b.ins().load(types::I8, MemFlagsData::trusted(), cell, offset);
             let byte = if MUTANT { self.b.ins().iconst(types::I8, 0) } else { byte };",
        )],
    },
    Mutant {
        name: "a kind of dependency is dropped",
        first: &["-p", "unspool", "--test", "lifecycle", "c45_every"],
        changes: &[(
            "crates/tiering/src/broker/dependency.rs",
            "Dependency::Validity(id, _) => {
                        cx.shapes",
            "Dependency::Validity(..) if MUTANT => true,
                    Dependency::Validity(id, _) => {
                        cx.shapes",
        )],
    },
    Mutant {
        name: "an assigned context slot tells nobody",
        first: &["-p", "unspool", "--test", "lifecycle", "c45_every"],
        changes: &[(
            "crates/runtime/src/cells/context.rs",
            "if this.is_watched() {",
            "if this.is_watched() && !MUTANT {",
        )],
    },
    Mutant {
        name: "compiled code does not note what it assigns in contexts",
        first: &["-p", "unspool", "--test", "lifecycle", "c45_every"],
        changes: &[(
            "crates/tiering/src/build/context.rs",
            "self.emit_check(Op::NoteAssignment { slot: index }, &[context]);",
            "if !MUTANT { self.emit_check(Op::NoteAssignment { slot: index }, &[context]); }",
        )],
    },
    Mutant {
        name: "what broke during the compilation is installed",
        first: &["-p", "unspool", "--test", "lifecycle", "c57_what_broke"],
        changes: &[
            (
                "crates/tiering/src/machine/pipeline.rs",
                "if !roots.holds(cx, &snapshot, &reliances) {",
                "if !MUTANT && !roots.holds(cx, &snapshot, &reliances) {",
            ),
            (
                "crates/tiering/src/machine/pipeline.rs",
                "if !roots.depend(cx, &snapshot, &reliances, id, |cell, dependent| compiler.depend_on(cell, dependent)) {",
                "if !roots.depend(cx, &snapshot, &reliances, id, |cell, dependent| compiler.depend_on(cell, dependent)) && !MUTANT {",
            ),
        ],
    },
    Mutant {
        name: "an object that is mentioned twice is made twice",
        first: &["-p", "unspool-deopt", "--lib", "c21_"],
        changes: &[(
            "crates/deopt/src/materialize.rs",
            "let word = m.handle(state.resolve(queued.value) as usize);",
            "let resolved = state.resolve(queued.value);
             let word = match state.values[resolved as usize].kind {
                 TranslatedKind::Captured { class, fields } if MUTANT && resolved != queued.value => m.allocate(class, fields),
                 _ => m.handle(resolved as usize),
             };",
        )],
    },
    Mutant {
        name: "exits lose the sign of zero",
        first: &["-p", "unspool", "--test", "contract", "i4_"],
        changes: &[(
            "crates/tiering/src/machine/exit/mod.rs",
            "Some(Value::from_f64(f64::from_bits(bits)).bits())",
            "Some(Value::from_f64(f64::from_bits(bits) + if MUTANT { 0.0 } else { -0.0 }).bits())",
        )],
    },
    Mutant {
        name: "the exit area is no root",
        first: &["-p", "unspool", "--test", "collections", "i5_"],
        changes: &[(
            "crates/runtime/src/isolate.rs",
            "let live = self.hot.exit_live.get().min(EXIT_AREA_WORDS);",
            "let live = if MUTANT { 0 } else { self.hot.exit_live.get().min(EXIT_AREA_WORDS) };",
        )],
    },
    Mutant {
        name: "what exits make is not kept between the phases",
        first: &["-p", "unspool", "--test", "collections", "i5_"],
        changes: &[(
            "crates/tiering/src/machine/exit/materialize.rs",
            "cx.hot.stack_top.set(words.cast());",
            "if !MUTANT { cx.hot.stack_top.set(words.cast()); }",
        )],
    },
    Mutant {
        name: "surplus arguments of inlined calls are dropped",
        first: &["-p", "unspool", "--test", "contract", "c28_surplus"],
        changes: &[(
            "crates/tiering/src/machine/lower/exits.rs",
            "if actual as usize != formals {",
            "if actual as usize != formals && !MUTANT {",
        )],
    },
    Mutant {
        name: "handlers are searched from the outermost frame on",
        first: &["-p", "unspool-deopt", "--lib", "c46_"],
        changes: &[(
            "crates/deopt/src/resume.rs",
            "for (index, frame) in frames.iter().enumerate().rev() {",
            "let mut order: Vec<_> = frames.iter().enumerate().rev().collect();
             if MUTANT { order.reverse(); }
             for (index, frame) in order {",
        )],
    },
    Mutant {
        name: "code is freed while an activation is in it",
        first: &["-p", "unspool", "--test", "collections", "c56_"],
        changes: &[(
            "crates/gc/src/code.rs",
            "let active = objects.visit(start).is_some_and(|entry| entry.active.get() == collection);",
            "let active = objects.visit(start).is_some_and(|entry| entry.active.get() == collection && !MUTANT);",
        )],
    },
    Mutant {
        name: "the speculation log never refuses",
        first: &["-p", "unspool", "--test", "lifecycle", "c45_a_broken"],
        changes: &[
            (
                "crates/tiering/src/log.rs",
                "self.failures(offset, bet) >= K",
                "self.failures(offset, bet) >= K && !MUTANT",
            ),
            (
                "crates/tiering/src/log.rs",
                "entries.iter().filter(|(_, entry)| entry.failures >= K);",
                "entries.iter().filter(|(_, entry)| entry.failures >= K && !MUTANT);",
            ),
        ],
    },
    Mutant {
        name: "the verifier does not look at totals and sites",
        first: &["-p", "unspool-deopt", "--lib", "c08_"],
        changes: &[
            (
                "crates/deopt/src/exit_table.rs",
                "if Totals::of(&all) != self.totals {",
                "if !MUTANT && Totals::of(&all) != self.totals {",
            ),
            (
                "crates/deopt/src/exit_table.rs",
                "if all.binary_search_by_key(&site.translation, |(index, _)| *index).is_err() {",
                "if !MUTANT && all.binary_search_by_key(&site.translation, |(index, _)| *index).is_err() {",
            ),
        ],
    },
    Mutant {
        name: "forced exits invalidate their code",
        first: &["-p", "unspool", "--test", "lifecycle", "c31_"],
        changes: &[(
            "crates/tiering/src/machine/exit/mod.rs",
            "trace::Cause::Forced => count_forced(compiler, code, id, reason),",
            "trace::Cause::Forced => {
                count_forced(compiler, code, id, reason);
                if MUTANT { compiler.invalidate_object(cx.isolate(), code, LazyReason::EagerDeopt); }
            }",
        )],
    },
];

/// The packages whose tests must kill the mutants, in this order.
const TESTS: &[&[&str]] = &[
    &["-p", "unspool-deopt", "--lib"],
    &["-p", "unspool", "--tests"],
    &["-p", "unspool-cli", "--test", "bailout"],
];

/// Seconds of processor time for a test program: a busy machine makes no mutant look killed.
const SECONDS: u32 = 240;

/// The same for the few tests that run first.
const FIRST_SECONDS: u32 = 60;

/// Times as much of the clock, for tests that wait.
const WAIT: u32 = 10;

/// What became of a mutant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// These tests failed; or a whole program crashed or did not end.
    Killed(Vec<String>),
    /// No test noticed.
    Survived,
}

/// What becomes of the worktree that a [`Laboratory`] has made, when it is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Afterwards {
    /// It is removed, with what was built in it.
    Remove,
    /// It stays, for a later laboratory in the same folder.
    Keep,
}

/// The worktree with all mutants.
#[derive(Debug)]
pub struct Laboratory {
    folder: PathBuf,
    /// `Keep` too for a folder that was there before: whose it is nobody knows.
    afterwards: Afterwards,
    /// Where Cargo builds. Not where the project is built: Cargo takes the one workspace for the other.
    target: PathBuf,
}

impl Laboratory {
    /// Makes the worktree at `folder` from what is committed here, and compiles the tests in `target`, or in the worktree. A folder that is
    /// there is taken as an earlier laboratory has left it.
    ///
    /// # Errors
    /// A text is not in its file exactly once, or something does not compile.
    pub fn new(folder: &Path, target: Option<&Path>, afterwards: Afterwards) -> Result<Laboratory, String> {
        let target = target.map_or_else(|| folder.join("target"), Path::to_path_buf);
        let mut laboratory =
            Laboratory { folder: folder.to_path_buf(), target, afterwards: Afterwards::Keep };
        if !folder.exists() {
            // Forced: the name may still belong to a worktree whose folder was deleted.
            let made = Command::new("git")
                .args(["worktree", "add", "--force", "--detach"])
                .arg(folder)
                .arg("HEAD")
                .status();
            if !made.is_ok_and(|status| status.success()) {
                return Err(format!("git makes no worktree at {}", folder.display()));
            }
            laboratory.afterwards = afterwards;
            laboratory.mutate()?;
        }
        for package in TESTS {
            let built = Command::new("cargo")
                .args(["test", "--quiet", "--no-run"])
                .args(*package)
                .current_dir(folder)
                .env("CARGO_TARGET_DIR", &laboratory.target)
                .status();
            if !built.is_ok_and(|status| status.success()) {
                return Err("the mutants do not compile".into());
            }
        }
        Ok(laboratory)
    }

    /// Runs all tests without any mutant; none may fail.
    ///
    /// # Errors
    /// One fails.
    pub fn test_unchanged(&self) -> Result<(), String> {
        match self.test(usize::MAX)? {
            Fate::Survived => Ok(()),
            Fate::Killed(tests) => Err(format!("these fail without any mutant: {}", tests.join(", "))),
        }
    }

    fn mutate(&self) -> Result<(), String> {
        for (number, mutant) in MUTANTS.iter().enumerate() {
            for &(file, from, to) in mutant.changes {
                let path = self.folder.join(file);
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
                if text.matches(from).count() != 1 {
                    return Err(format!("'{}': this must stand in {file} once: {from}", mutant.name));
                }
                let acts = format!("std::env::var(\"UNSPOOL_MUTANT\").is_ok_and(|n| n == \"{number}\")");
                let text = text.replace(from, &to.replace("MUTANT", &acts));
                std::fs::write(&path, text).map_err(|error| format!("{file}: {error}"))?;
            }
        }
        Ok(())
    }

    /// Runs the tests with one mutant: those that are known to notice it, and if they do not, all.
    ///
    /// # Errors
    /// They do not compile.
    pub fn test(&self, number: usize) -> Result<Fate, String> {
        let first = MUTANTS.get(number).map(|mutant| (mutant.first, FIRST_SECONDS));
        for (tests, seconds) in first.into_iter().chain(TESTS.iter().map(|tests| (*tests, SECONDS))) {
            let fate = self.run(number, tests, seconds)?;
            if fate != Fate::Survived {
                return Ok(fate);
            }
        }
        Ok(Fate::Survived)
    }

    /// Runs some tests with one mutant. The limit of processor time holds for each test program, and ends it by a signal.
    fn run(&self, number: usize, tests: &[&str], seconds: u32) -> Result<Fate, String> {
        let limited = format!("ulimit -S -t {seconds}; exec timeout {} cargo test \"$@\"", seconds * WAIT);
        let output = Command::new("sh")
            .args(["-c", &limited, "sh"])
            .args(tests)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("UNSPOOL_MUTANT", number.to_string())
            .env("RUST_BACKTRACE", "0")
            .output()
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            // A filter that fits no test would let the mutant through unseen.
            let some = text.contains(" ... ok");
            return if some { Ok(Fate::Survived) } else { Err(format!("no test: {}", tests.join(" "))) };
        }
        if errors.contains("could not compile") {
            return Err(errors.lines().filter(|line| line.starts_with("error")).collect());
        }
        Ok(Fate::Killed(failed(&text, &errors)))
    }
}

impl Drop for Laboratory {
    fn drop(&mut self) {
        if self.afterwards == Afterwards::Remove {
            // If git cannot, the folder is still there to be seen, and removed as docs/testing.md says.
            let _ = Command::new("git").args(["worktree", "remove", "--force"]).arg(&self.folder).status();
        }
    }
}

/// The tests that failed, by what `cargo test` has printed.
fn failed(text: &str, errors: &str) -> Vec<String> {
    let tests = text.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    let mut all: Vec<String> = tests.map(str::to_owned).collect();
    let ended = errors.lines().filter(|line| line.contains("(signal: "));
    all.extend(ended.map(|line| {
        let program = line.split('`').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let program = program.split([' ', '-']).next().unwrap_or_default();
        let what = if line.contains("SIGXCPU") { "does not end" } else { "crashes" };
        format!("the test program {program} {what}")
    }));
    if all.is_empty() {
        all.push("a test waits forever".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes one of these places describes the mutant anew.
    #[test]
    fn the_places_of_all_mutants_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for mutant in MUTANTS {
            for (file, from, to) in mutant.changes {
                let text = std::fs::read_to_string(root.join(file)).expect("a source file");
                assert_eq!(text.matches(from).count(), 1, "'{}' in {file}: {from}", mutant.name);
                assert!(to.contains("MUTANT"));
            }
        }
    }

    #[test]
    fn failed_tests_are_named() {
        let text = "test a::b ... ok\ntest c23_x ... FAILED\n";
        assert_eq!(failed(text, ""), ["c23_x"]);
        let ended = |signal: &str| {
            format!("process didn't exit successfully: `/x/deps/frames-0af f_` (signal: {signal})")
        };
        assert_eq!(failed("", &ended("11, SIGSEGV")), ["the test program frames crashes"]);
        assert_eq!(failed("", &ended("24, SIGXCPU")), ["the test program frames does not end"]);
        assert_eq!(failed("", ""), ["a test waits forever"]);
    }
}
