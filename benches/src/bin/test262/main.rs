//! Runs test262, each variant of each test in a process of its own, and keeps the record of every outcome.
//!
//! The suite is found by `TEST262_DIR`. Nothing is skipped: a test passes when all its variants do. With `--resume` a run
//! continues where an interrupted one stopped, by its log; `--compare` says what changed against the record;
//! `--write` merges the run into the record.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a runner prints its results")]

mod frontmatter;
mod summary;
mod variant;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use unspool_benches::process::{Limits, Watchdog};

use crate::summary::{Summary, UNKNOWN};
use crate::variant::{Grade, Runner, Variant};

/// Bad usage (`EX_USAGE` of sysexits).
const USAGE: u8 = 64;

const HELP: &str = "\
usage: TEST262_DIR=… test262 [options] [PREFIX…]

  PREFIX, --filter PREFIX  only tests whose path below test/ starts so (repeatable)
  --engine COMMAND         default: `unspool` beside this program; words are split at spaces
  --jobs N                 processes at a time (default 2)
  --timeout SECONDS        per variant (default 10)
  --memory MIB             per process (default 2048)
  --log FILE               outcome per test with its reason (default: test262.log beside this program)
  --resume                 keep what the log already holds
  --only-failing           only tests that do not pass in the record
  --sample N               every Nth test only
  --summary FILE           the record (default conformance/test262.txt)
  --compare                print what differs from the record; exit code 1 if something got worse
  --write                  merge the outcomes into the record
  --reasons                print the most frequent reasons
  --verbose                print each test that does not pass
  --list                   print the tests with their variants, and stop
";

#[derive(Debug)]
struct Options {
    suite: PathBuf,
    engine: Vec<String>,
    filters: Vec<String>,
    jobs: usize,
    limits: Limits,
    log: PathBuf,
    summary: PathBuf,
    sample: usize,
    actions: Vec<Action>,
}

/// What was asked for beyond running and counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Resume,
    OnlyFailing,
    Compare,
    Write,
    Reasons,
    Verbose,
    List,
}

impl Options {
    fn parse() -> Result<Option<Self>, String> {
        let beside = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(Path::to_path_buf))
            .unwrap_or_default();
        let mut options = Self {
            suite: std::env::var_os("TEST262_DIR").map(PathBuf::from).unwrap_or_default(),
            engine: vec![beside.join("unspool").to_string_lossy().into_owned()],
            filters: Vec::new(),
            jobs: 2,
            limits: Limits { time: Duration::from_secs(10), cpu: None, memory: 2 << 30 },
            log: beside.join("test262.log"),
            summary: "conformance/test262.txt".into(),
            sample: 1,
            actions: Vec::new(),
        };
        let mut parser = lexopt::Parser::from_env();
        let mut parse = || -> Result<bool, lexopt::Error> {
            while let Some(arg) = parser.next()? {
                match arg {
                    Long("help") | Short('h') => return Ok(false),
                    Long("filter") => options.filters.push(parser.value()?.string()?),
                    Value(prefix) => options.filters.push(prefix.string()?),
                    Long("engine") => {
                        options.engine =
                            parser.value()?.string()?.split_whitespace().map(str::to_owned).collect();
                    }
                    Long("jobs") => options.jobs = parser.value()?.parse::<usize>()?.max(1),
                    Long("timeout") => options.limits.time = Duration::from_secs(parser.value()?.parse()?),
                    Long("memory") => options.limits.memory = parser.value()?.parse::<u64>()? << 20,
                    Long("log") => options.log = parser.value()?.into(),
                    Long("summary") => options.summary = parser.value()?.into(),
                    Long("sample") => options.sample = parser.value()?.parse::<usize>()?.max(1),
                    Long("resume") => options.actions.push(Action::Resume),
                    Long("only-failing") => options.actions.push(Action::OnlyFailing),
                    Long("compare") => options.actions.push(Action::Compare),
                    Long("write") => options.actions.push(Action::Write),
                    Long("reasons") => options.actions.push(Action::Reasons),
                    Long("verbose") => options.actions.push(Action::Verbose),
                    Long("list") => options.actions.push(Action::List),
                    _ => return Err(arg.unexpected()),
                }
            }
            Ok(true)
        };
        if !parse().map_err(|error| error.to_string())? {
            return Ok(None);
        }
        if !options.suite.join("test").is_dir() {
            return Err("TEST262_DIR must name a checkout of test262".into());
        }
        if options.engine.is_empty() {
            return Err("--engine is empty".into());
        }
        Ok(Some(options))
    }

    fn has(&self, action: Action) -> bool {
        self.actions.contains(&action)
    }

    fn wants(&self, test: &str) -> bool {
        self.filters.is_empty()
            || self.filters.iter().any(|filter| test.starts_with(filter.trim_start_matches("test/")))
    }
}

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("test262: {message}\n{HELP}");
            return ExitCode::from(USAGE);
        }
    };
    match run(&options) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("test262: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> std::io::Result<ExitCode> {
    let mut all = Vec::new();
    collect(&options.suite.join("test"), "", &mut all)?;
    all.sort();
    let record = fs::read_to_string(&options.summary)
        .ok()
        .map(|text| Summary::parse(&text, all.iter().map(String::as_str)));
    let selected: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|test| options.wants(test))
        .filter(|test| {
            !options.has(Action::OnlyFailing)
                || record.as_ref().is_none_or(|record| record.grades.get(*test) != Some(&Some(Grade::Pass)))
        })
        .step_by(options.sample)
        .collect();
    if !all.iter().any(|test| options.wants(test)) {
        eprintln!("test262: no test below test/ starts with {}", options.filters.join(" or "));
        return Ok(ExitCode::from(USAGE));
    }
    if selected.is_empty() {
        println!("nothing to run: everything there passes in the record");
        return Ok(ExitCode::SUCCESS);
    }
    if options.has(Action::List) {
        for test in selected {
            let source = fs::read(options.suite.join("test").join(test))?;
            let meta = frontmatter::FrontMatter::parse(&String::from_utf8_lossy(&source));
            let variants: Vec<_> = Variant::of(&meta).into_iter().map(Variant::name).collect();
            println!("{test} {}", variants.join(", "));
        }
        return Ok(ExitCode::SUCCESS);
    }

    let results = run_tests(options, &selected)?;
    let outcomes = Summary {
        commit: commit(&options.suite),
        engine: engine_version(&options.engine),
        grades: selected
            .iter()
            .map(|&test| (test.to_owned(), results.get(test).map(|result| result.0)))
            .collect(),
    };
    print!("{}", outcomes.table());
    if options.has(Action::Reasons) {
        print_reasons(&results);
    }
    let mut worse = 0;
    if options.has(Action::Compare) {
        match &record {
            Some(record) => worse = compare(record, &outcomes),
            None => println!("no record in {}", options.summary.display()),
        }
    }
    if options.has(Action::Write) {
        let mut merged = outcomes;
        if let Some(record) = &record {
            merged.keep_known_names(record);
        }
        for test in &all {
            let old = record.as_ref().and_then(|record| record.grades.get(test).copied()).flatten();
            merged.grades.entry(test.clone()).or_insert(old);
        }
        if let Some(parent) = options.summary.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&options.summary, merged.print())?;
    }
    Ok(if worse > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every test below `folder`: what ends in `.js` and is no fixture.
fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), found)?;
        } else if name.ends_with(".js") && !name.contains("_FIXTURE") {
            found.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

/// Runs `tests` on several threads; the result of each is appended to the log as soon as it is known.
fn run_tests(options: &Options, tests: &[&str]) -> std::io::Result<HashMap<String, (Grade, String)>> {
    let mut results = HashMap::new();
    if options.has(Action::Resume)
        && let Ok(log) = File::open(&options.log)
    {
        for line in BufReader::new(log).lines() {
            let line = line?;
            let mut parts = line.splitn(3, ' ');
            if let (Some(grade), Some(test)) = (parts.next().and_then(Grade::from_letter), parts.next()) {
                let reason = parts.next().unwrap_or_default().to_owned();
                results.insert(test.to_owned(), (grade, reason));
            }
        }
    }
    let log = OpenOptions::new()
        .create(true)
        .write(true)
        .append(options.has(Action::Resume))
        .truncate(!options.has(Action::Resume))
        .open(&options.log)?;
    let todo: Vec<&str> = tests.iter().copied().filter(|test| !results.contains_key(*test)).collect();
    let shared = Mutex::new((results, log));
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let watchdog = Watchdog::start();
    let scratch = std::env::temp_dir().join(format!("unspool-test262-{}", std::process::id()));
    let started = Instant::now();
    let worker = |index: usize| -> std::io::Result<()> {
        let runner = Runner {
            engine: &options.engine,
            suite: &options.suite,
            scratch: scratch.join(index.to_string()),
            limits: options.limits,
            watchdog: &watchdog,
        };
        fs::create_dir_all(&runner.scratch)?;
        while let Some(&test) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (grade, reason) = runner.run(test)?;
            let reason: String = reason.chars().take(300).collect::<String>().replace(['\n', '\r'], " ");
            if grade != Grade::Pass {
                failed.fetch_add(1, Ordering::Relaxed);
                if options.has(Action::Verbose) {
                    println!("{} {test} {reason}", grade.letter());
                }
            }
            let mut guard = shared.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(guard.1, "{} {test} {reason}", grade.letter())?;
            guard.0.insert(test.to_owned(), (grade, reason));
        }
        Ok(())
    };
    let errors = thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs)
            .map(|index| {
                let worker = &worker;
                scope.spawn(move || worker(index))
            })
            .collect();
        let mut shown = Instant::now();
        while workers.iter().any(|handle| !handle.is_finished()) {
            thread::sleep(Duration::from_millis(50));
            if shown.elapsed() > Duration::from_secs(15) {
                shown = Instant::now();
                let done = next.load(Ordering::Relaxed).min(todo.len());
                eprintln!(
                    "{done} of {} in {} s, {} not passing",
                    todo.len(),
                    started.elapsed().as_secs(),
                    failed.load(Ordering::Relaxed)
                );
            }
        }
        workers.into_iter().filter_map(|handle| handle.join().ok()).collect::<Result<Vec<()>, _>>()
    });
    // The folder is our own; if it stays behind, the next run does not care.
    let _ = fs::remove_dir_all(&scratch);
    errors?;
    eprintln!("{} tests in {:.1} s", todo.len(), started.elapsed().as_secs_f64());
    Ok(shared.into_inner().unwrap_or_else(PoisonError::into_inner).0)
}

/// Prints the changes; the number of tests that got worse.
fn compare(record: &Summary, outcomes: &Summary) -> usize {
    let (mut better, mut worse) = (0, 0);
    for (test, &now) in &outcomes.grades {
        let before = record.grades.get(test).copied().flatten();
        if before == now {
            continue;
        }
        let letter = |grade: Option<Grade>| grade.map_or('U', Grade::letter);
        if now == Some(Grade::Pass) {
            better += 1;
        } else if before.is_some_and(|before| now.is_some_and(|now| now > before)) {
            worse += 1;
            println!("worse: {} -> {} {test}", letter(before), letter(now));
        }
    }
    println!("{better} newly passing, {worse} worse than the record of {}", record.commit);
    worse
}

/// Groups the reasons by their text without what differs from test to test.
fn print_reasons(results: &HashMap<String, (Grade, String)>) {
    let mut groups = BTreeMap::<String, (usize, &str)>::new();
    for (test, (grade, reason)) in results {
        if *grade == Grade::Pass {
            continue;
        }
        let text = reason.split_once("] ").map_or(reason.as_str(), |(_, text)| text);
        let mut key = String::new();
        let mut quoted = None;
        for c in text.chars() {
            match (quoted, c) {
                (None, '"' | '\'' | '`' | '«') => {
                    key.push(c);
                    quoted = Some(if c == '«' { '»' } else { c });
                }
                (Some(end), c) if c == end => {
                    key.push('…');
                    key.push(c);
                    quoted = None;
                }
                (None, c) if c.is_ascii_digit() => {
                    if !key.ends_with('#') {
                        key.push('#');
                    }
                }
                (None, c) => key.push(c),
                (Some(_), _) => {}
            }
        }
        let key = format!("{} {}", grade.letter(), key.chars().take(140).collect::<String>());
        groups.entry(key).or_insert((0, test)).0 += 1;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for (key, (count, example)) in groups.into_iter().take(60) {
        println!("{count:>6} {key}\n         {example}");
    }
}

/// The commit of the suite: by git, or `TEST262_COMMIT` where the suite is no checkout.
fn commit(suite: &Path) -> String {
    let git = suite
        .join(".git")
        .exists()
        .then(|| Command::new("git").arg("-C").arg(suite).args(["rev-parse", "HEAD"]).output().ok());
    let git = git.flatten().filter(|output| output.status.success());
    git.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .or_else(|| std::env::var("TEST262_COMMIT").ok())
        .unwrap_or_else(|| UNKNOWN.into())
}

fn engine_version(engine: &[String]) -> String {
    let output = Command::new(&engine[0]).args(&engine[1..]).arg("--version").output();
    output.map_or_else(
        |_| UNKNOWN.into(),
        |output| String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or(UNKNOWN).to_owned(),
    )
}
