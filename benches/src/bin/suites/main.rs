//! Compares engines on Are-We-Fast-Yet, Octane and our own kernels.
//!
//! Every benchmark runs in a process of its own, several rounds per engine, engines interleaved so that drift of the
//! machine hits all alike. A driver prints one line per iteration; the first iterations are warm-up and are dropped; the
//! figure is the median of the rest over all rounds. The suites stay unmodified and verify their results; a failed
//! verification is an error of that benchmark, not a time.
//!
//! `suites roundtrips` compares results and no times; see `roundtrips`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a runner prints its results")]

mod engine;
mod roundtrips;
mod suite;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;
use unspool_benches::process::{Limits, Verdict, Watchdog};

use crate::engine::Engine;
use crate::suite::{Benchmark, Counts, Repeat};

const HELP: &str = "\
usage: suites awfy|octane|kernels [options] [NAME…]
       suites roundtrips …  every program gives the same result in every mode (`suites roundtrips --help`)

  NAME…                only benchmarks whose name contains one of these
  --engines LIST       comma-separated (default unspool,node-ignition,node); known: unspool, unspool-jitless,
                       node, node-ignition (no compiler tiers), node-jitless, and node-new… by NODE_NEW;
                       `name=command words` names any other. The last but one is the reference of ratios with --base
  --base NAME          reference of the ratios (default: the first of node-ignition and the second engine)
  --iterations N       per process (default 12)
  --warmup N           dropped iterations per process (default 4)
  --seconds S          soft limit of one benchmark in one process (default 6)
  --rounds N           processes per engine and benchmark (default 2)
  --timeout SECONDS    hard limit of a process (default 180)
  --write              also write benches/results/SUITE.md
";

#[derive(Debug)]
struct Options {
    suite: String,
    names: Vec<String>,
    engines: Vec<String>,
    base: Option<String>,
    repeat: Repeat,
    warmup: usize,
    rounds: u32,
    limits: Limits,
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    Print,
    PrintAndWrite,
}

fn parse() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        suite: String::new(),
        names: Vec::new(),
        engines: vec!["unspool".into(), "node-ignition".into(), "node".into()],
        base: None,
        repeat: Repeat { iterations: 12, seconds: 6.0 },
        warmup: 4,
        rounds: 2,
        limits: Limits { time: Duration::from_secs(180), cpu: None, memory: 4 << 30 },
        output: Output::Print,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => return Ok(None),
            Long("engines") => {
                options.engines = parser.value()?.string()?.split(',').map(str::to_owned).collect();
            }
            Long("base") => options.base = Some(parser.value()?.string()?),
            Long("iterations") => options.repeat.iterations = parser.value()?.parse()?,
            Long("warmup") => options.warmup = parser.value()?.parse()?,
            Long("seconds") => options.repeat.seconds = parser.value()?.parse()?,
            Long("rounds") => options.rounds = parser.value()?.parse()?,
            Long("timeout") => options.limits.time = Duration::from_secs(parser.value()?.parse()?),
            Long("write") => options.output = Output::PrintAndWrite,
            Value(suite) if options.suite.is_empty() => options.suite = suite.string()?,
            Value(name) => options.names.push(name.string()?),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(if options.suite.is_empty() { None } else { Some(options) })
}

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).peekable();
    if words.next_if(|word| word == "roundtrips").is_some() {
        return roundtrips::main(lexopt::Parser::from_args(words));
    }
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("suites: {error}\n{HELP}");
            return ExitCode::from(64);
        }
    };
    let scratch = std::env::temp_dir().join(format!("unspool-suites-{}", std::process::id()));
    let result = fs::create_dir_all(&scratch)
        .map_err(|error| error.to_string())
        .and_then(|()| run(&options, &scratch));
    // The folder is our own; a leftover harms nobody.
    let _ = fs::remove_dir_all(&scratch);
    match result {
        Ok(code) => code,
        Err(message) => {
            eprintln!("suites: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The measurements of one benchmark line in one engine.
#[derive(Debug, Default)]
struct Samples {
    /// Microseconds per iteration, warm-up dropped.
    times: Vec<f64>,
    error: Option<String>,
}

impl Samples {
    fn median(&self) -> Option<f64> {
        if self.error.is_some() || self.times.is_empty() {
            return None;
        }
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        Some(if times.len() % 2 == 1 {
            times[middle]
        } else {
            f64::midpoint(times[middle - 1], times[middle])
        })
    }
}

/// Samples by benchmark line, then by engine; processor time by engine.
#[derive(Debug, Default)]
struct Results {
    samples: BTreeMap<(usize, String), BTreeMap<String, Samples>>,
    cpu: BTreeMap<String, Duration>,
    peak: BTreeMap<String, u64>,
}

fn run(options: &Options, scratch: &Path) -> Result<ExitCode, String> {
    let node_host = scratch.join("node.cjs");
    fs::write(&node_host, include_str!("node.cjs")).map_err(|error| error.to_string())?;
    let engines: Vec<Engine> =
        options.engines.iter().map(|name| Engine::find(name, &node_host)).collect::<Result<_, _>>()?;
    let (benchmarks, skipped) = suite::benchmarks(&options.suite, options.repeat, Counts::Timed)?;
    let wanted = |benchmark: &&Benchmark| {
        options.names.is_empty()
            || options.names.iter().any(|name| benchmark.name.to_lowercase().contains(&name.to_lowercase()))
    };
    let watchdog = Watchdog::start();
    let mut results = Results::default();
    for (index, benchmark) in benchmarks.iter().filter(wanted).enumerate() {
        let driver = scratch.join("driver.js");
        fs::write(&driver, &benchmark.driver).map_err(|error| error.to_string())?;
        for round in 0..options.rounds {
            for engine in &engines {
                eprintln!("{} {} round {}", benchmark.name, engine.name, round + 1);
                measure(options, &watchdog, engine, benchmark, index, &driver, &mut results)?;
            }
        }
    }
    let base = options.base.clone().unwrap_or_else(|| {
        let names = || engines.iter().map(|engine| engine.name.as_str());
        let preferred = names()
            .find(|&name| name == "node-ignition")
            .or_else(|| names().nth(1))
            .or_else(|| names().next());
        preferred.unwrap_or_default().to_owned()
    });
    let report = report(options, &engines, &base, &skipped, &results);
    print!("{report}");
    if options.output == Output::PrintAndWrite {
        let path = PathBuf::from(format!("benches/results/{}.md", options.suite));
        fs::create_dir_all("benches/results").map_err(|error| error.to_string())?;
        fs::write(path, report).map_err(|error| error.to_string())?;
    }
    let failed = results.samples.values().flatten().any(|(_, samples)| samples.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Runs one process and files its lines.
fn measure(
    options: &Options,
    watchdog: &Watchdog,
    engine: &Engine,
    benchmark: &Benchmark,
    index: usize,
    driver: &Path,
    results: &mut Results,
) -> Result<(), String> {
    let outcome = watchdog
        .run(&mut engine.command(driver), options.limits)
        .map_err(|error| format!("{}: {error}", engine.name))?;
    *results.cpu.entry(engine.name.clone()).or_default() += outcome.cpu;
    let peak = results.peak.entry(engine.name.clone()).or_default();
    *peak = (*peak).max(outcome.peak);
    let text = outcome.text();
    let mut lines = BTreeMap::<String, Vec<f64>>::new();
    for line in text.lines() {
        let time = line
            .split_once(": iterations=1 runtime: ")
            .and_then(|(name, time)| Some((name, time.strip_suffix("us")?.parse::<f64>().ok()?)));
        if let Some((name, time)) = time {
            lines.entry(name.to_owned()).or_default().push(time);
        }
    }
    let error = match outcome.status {
        Err(Verdict::TimedOut) => Some("time limit".to_owned()),
        Err(Verdict::OutOfMemory) => Some("memory limit".to_owned()),
        Ok(status) if !status.success() => {
            // Engines may print the source line of a bundle first.
            let mut short = text.lines().filter(|line| line.len() < 300);
            let line = short.find(|line| line.contains("Error") || line.contains("panicked"));
            Some(line.or(text.lines().last()).unwrap_or("no output").trim().chars().take(120).collect())
        }
        Ok(_) if lines.is_empty() => Some("printed no time".to_owned()),
        Ok(_) => None,
    };
    if lines.is_empty() || error.is_some() {
        lines.entry(benchmark.name.clone()).or_default();
    }
    for (name, times) in lines {
        let samples =
            results.samples.entry((index, name)).or_default().entry(engine.name.clone()).or_default();
        let warmup = options.warmup.min(times.len().saturating_sub(1));
        samples.times.extend(&times[warmup..]);
        if let Some(error) = &error {
            eprintln!("  {error}");
            samples.error.get_or_insert_with(|| error.clone());
        }
    }
    Ok(())
}

fn report(
    options: &Options,
    engines: &[Engine],
    base: &str,
    skipped: &[String],
    results: &Results,
) -> String {
    let mut text = format!(
        "# {}\n\nMilliseconds per iteration (median), and the factor to `{base}` in brackets: above 1 is slower. \
         {} processes of up to {} iterations each, the first {} dropped.\n\n",
        options.suite, options.rounds, options.repeat.iterations, options.warmup
    );
    let names: Vec<&str> = engines.iter().map(|engine| engine.name.as_str()).collect();
    let _ = writeln!(text, "| benchmark | {} |\n|---|{}", names.join(" | "), "---:|".repeat(names.len()));
    let mut logs = BTreeMap::<&str, Vec<f64>>::new();
    for ((_, benchmark), by_engine) in &results.samples {
        let reference = by_engine.get(base).and_then(Samples::median);
        let mut row = format!("| {benchmark} |");
        for &name in &names {
            let samples = by_engine.get(name);
            match (samples.and_then(Samples::median), samples.and_then(|samples| samples.error.as_deref())) {
                (Some(time), _) => {
                    let _ = write!(row, " {:.2}", time / 1000.0);
                    if let Some(reference) = reference.filter(|&reference| reference > 0.0) {
                        let _ = write!(row, " ({:.2})", time / reference);
                        logs.entry(name).or_default().push((time / reference).ln());
                    }
                }
                (None, Some(error)) => {
                    let _ = write!(row, " failed: {}", error.replace('|', "/"));
                }
                (None, None) => row.push_str(" –"),
            }
            row.push_str(" |");
        }
        let _ = writeln!(text, "{row}");
    }
    let cell = |f: &dyn Fn(&str) -> String| names.iter().map(|&name| f(name)).collect::<Vec<_>>().join(" | ");
    let means = cell(&|name| {
        logs.get(name).map_or("–".into(), |logs| {
            format!("{:.2} over {}", (logs.iter().sum::<f64>() / logs.len() as f64).exp(), logs.len())
        })
    });
    let cpu =
        cell(&|name| format!("{:.1}", results.cpu.get(name).copied().unwrap_or_default().as_secs_f64()));
    let peak = cell(&|name| format!("{}", results.peak.get(name).copied().unwrap_or(0) >> 20));
    let _ = writeln!(text, "| **geometric mean of factors** | {means} |");
    let _ = writeln!(text, "| CPU, s, all processes | {cpu} |");
    let _ = writeln!(text, "| peak memory, MiB | {peak} |");
    text.push('\n');
    for engine in engines {
        let _ =
            writeln!(text, "- {}: {}", engine.name, engine.version().unwrap_or_else(|| "not found".into()));
    }
    for reason in skipped {
        let _ = writeln!(text, "- left out: {reason}");
    }
    text
}
