//! The command line.
//!
//! Inputs run in the order given, in one realm. `--module` turns every file and text after it into modules, as does the
//! ending `.mjs`. The flags have V8's names where V8 has them, with `-` or `_`. A value stands behind `=`, so that the argument behind a
//! flag is never taken for its value; texts and files of the program (`-e`, `--prelude`, `--module-base`) may also be the next argument.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use lexopt::prelude::*;
use unspool_runtime::config::{ExitPhase, ForcedExits};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
usage: unspool [options] FILE…        run files in order, in one realm
       unspool [options] -e TEXT      run a text
       unspool [options] -            run standard input
       unspool [options] FILE… -- ARGUMENT…   the program finds the arguments in the global array `arguments`

  -e, --eval TEXT       a program text; may be mixed with files
      --module          what follows is modules, not scripts (so is a file that ends in .mjs)
      --expose-gc       define gc()
      --help, --version

looking inside
      --print-bytecode  print the bytecode of each function when it is compiled
      --trace-ic        print each change of an inline cache
      --trace-gc        print each collection
      --print-feedback  print what every function has seen, at the end
      --verify-heap     check heap, shapes, objects, feedback and frames after each task and in gc(); exit code 70
      --trace-opt       print what is compiled to machine code
      --trace-osr       print each entry into machine code at a loop
      --print-graph     print the optimizer's graph of what is compiled
      --print-opt-code  disassemble what is compiled, with its deoptimization data
      --perf-basic-prof write the addresses of machine code to perf-PID.map in the temporary directory, for perf(1)
      --trace-deopt     print each exit of machine code (--trace-deopt-verbose: every word of the rebuilt frames)
      --allow-natives-syntax  accept V8's %OptimizeFunctionOnNextCall(f) and others
      --always-opt      let functions learn from their first call on, and compile each for its second (also --always-turbofan)
      --interrupt-budget=BYTES  bytecode that a function runs between two looks of the tier-up policy
      --exit-stats      exits by reason, code, and metadata, at the end
      --list-deopt-sites        list all exits of all machine code at the end, and how often each was taken
      --deopt-force=SITE[:K]    take the exit of this name the Kth time it is passed (default 1)
      --deopt-every-n-times=N   take every Nth exit that is passed
      --deopt-each[=K]          take each exit once, the Kth time it is passed (default 1)
      --deopt-each-of=FILE      take each exit that the file names, one a line, when it is first passed; the list of exits says how often each was passed
      --deopt-random=SEED[:RATE]  take one exit in RATE that are passed (default 16), at random
                        (forced exits neither invalidate the code nor count against its bets)
      --deopt-gc=PHASE  collect everything in each exit: entry, translated, allocated, initialized, drained, first-bytecode
      --dump-out-filename=FILE  where --interpreter-dumping (frames ahead of each instruction) and --turbofan-dumping
                        (frames that exits rebuild) go, in the format of Fuzzilli's differential oracle
      --deopt-threshold=N       eager exits at one site that invalidate the code
      --jitless         never compile to machine code
      --single-threaded compile on the program's own thread (as do the flags that trace, stress or force compilation)
      --code-arena-size=KIB     room for machine code, 4 to 1048576; the default is 65536

limits and stress
      --gc-stress=N     collect everything at every Nth allocation, and poison what dies
      --memory-limit=MIB  at least 4; the default is half of what the machine (or a lower limit of the process) has
      --stack-size=KIB  stack of interpreter frames, 256 to 1048576; the default is 4096
      --timeout=SECONDS end the program after so many seconds, with exit code 124; no handler of the program runs

for test262 runners
      --test262         define $262, name uncaught values by their constructor, tell phases apart by exit code
      --disallow-atomics-wait  the main agent's [[CanBlock]] is false
      --prelude FILE    a script to run first
      --module-base PATH  the path to which the imports of the following scripts are relative

exit codes: 0, 1 uncaught exception, 2 early error, 3 module not resolved or linked, 13 a top-level await that nothing
can settle, 64 bad usage, 70 the engine found itself broken (--verify-heap), 124 ended by --timeout
";

/// Room for machine code, in KiB: from a page to what a program's address space surely has.
const CODE_ARENA_KIB: RangeInclusive<usize> = 4..=1 << 20;

/// A realm takes a little over 1 MiB, an error and its report some more.
const MIN_MEMORY_MIB: u64 = 4;
/// Half of the least is kept free for exits of compiled code (`Stack::RESERVE_BYTES`).
const STACK_KIB: RangeInclusive<usize> = 256..=1 << 20;

/// `--jit-fuzzing`: a tenth of the default, so that short programs are compiled.
const JIT_FUZZING_BUDGET: i32 = unspool_runtime::config::INTERRUPT_BUDGET / 10;

/// Everything the command line says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) inputs: Vec<Input>,
    /// What follows `--`, for the program.
    pub(crate) arguments: Option<Vec<String>>,
    pub(crate) switches: Vec<Switch>,
    pub(crate) gc_stress: Option<NonZeroU32>,
    /// Bytes of bytecode between two looks of the tier-up policy.
    pub(crate) interrupt_budget: Option<i32>,
    pub(crate) forced_exits: ForcedExits,
    pub(crate) exit_collection: Option<ExitPhase>,
    /// Where frames are dumped.
    pub(crate) dump_out: Option<PathBuf>,
    pub(crate) deopt_threshold: Option<NonZeroU32>,
    /// Bytes for machine code.
    pub(crate) code_arena: Option<usize>,
    pub(crate) memory_limit: Option<u64>,
    pub(crate) stack_size: Option<usize>,
    pub(crate) timeout: Option<Duration>,
    /// The referrer of scripts, when it is not their own path.
    pub(crate) module_base: Option<PathBuf>,
}

/// A flag without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    ExposeGc,
    PrintBytecode,
    TraceIc,
    TraceGc,
    AlwaysOpt,
    TraceOsr,
    InterpreterDumping,
    TurbofanDumping,
    PrintOptCode,
    PerfBasicProf,
    ListDeoptSites,
    ExitStats,
    PrintFeedback,
    VerifyHeap,
    TraceOpt,
    PrintGraph,
    TraceDeopt,
    TraceDeoptVerbose,
    AllowNativesSyntax,
    Jitless,
    SingleThreaded,
    Test262,
    DisallowAtomicsWait,
}

/// One thing to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) origin: Origin,
    pub(crate) goal: Goal,
}

/// Where its text is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    File(PathBuf),
    Text(String),
    StandardInput,
}

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Script,
    Module,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run(Box<Options>),
    Help,
    Version,
}

/// Flags without a value, and what they switch on.
const SWITCHES: &[(&str, &[Switch])] = &[
    ("expose-gc", &[Switch::ExposeGc]),
    ("print-bytecode", &[Switch::PrintBytecode]),
    ("trace-ic", &[Switch::TraceIc]),
    ("trace-gc", &[Switch::TraceGc]),
    ("print-feedback", &[Switch::PrintFeedback]),
    ("verify-heap", &[Switch::VerifyHeap]),
    ("trace-opt", &[Switch::TraceOpt]),
    ("trace-osr", &[Switch::TraceOsr]),
    ("print-graph", &[Switch::PrintGraph]),
    ("print-opt-code", &[Switch::PrintOptCode]),
    ("perf-basic-prof", &[Switch::PerfBasicProf]),
    ("interpreter-dumping", &[Switch::InterpreterDumping]),
    ("turbofan-dumping", &[Switch::TurbofanDumping]),
    ("exit-stats", &[Switch::ExitStats]),
    ("list-deopt-sites", &[Switch::ListDeoptSites]),
    ("trace-deopt", &[Switch::TraceDeopt]),
    ("trace-deopt-verbose", &[Switch::TraceDeopt, Switch::TraceDeoptVerbose]),
    ("allow-natives-syntax", &[Switch::AllowNativesSyntax]),
    ("always-opt", &[Switch::AlwaysOpt]),
    ("always-turbofan", &[Switch::AlwaysOpt]),
    ("jitless", &[Switch::Jitless]),
    ("no-turbofan", &[Switch::Jitless]),
    ("no-opt", &[Switch::Jitless]),
    ("single-threaded", &[Switch::SingleThreaded]),
    ("test262", &[Switch::Test262]),
    ("disallow-atomics-wait", &[Switch::DisallowAtomicsWait]),
    // V8's, about tiers that are not there, threads that are not there, or what is always on.
    ("no-sparkplug", &[]),
    ("no-maglev", &[]),
    ("sparkplug-dumping", &[]),
    ("maglev-dumping", &[]),
    ("turbofan-dumping-print-deopt-frames", &[]),
    ("predictable", &[]),
    ("fuzzing", &[]),
    ("future", &[]),
    ("harmony", &[]),
    ("js-staging", &[]),
    ("experimental-fuzzing", &[]),
    ("expose-fast-api", &[]),
    ("omit-quit", &[]),
    ("expose-externalize-string", &[]),
    ("no-lazy-feedback-allocation", &[]),
];

/// Reads the arguments after the program's name. In the name of a long flag `_` is the same as `-`.
///
/// # Errors
/// An unknown flag, a missing or malformed value, or nothing to run.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut options = Options::default();
    if let Some(end) = arguments.iter().position(|argument| argument == "--") {
        let rest = arguments.split_off(end);
        let text = |argument: &OsString| argument.to_string_lossy().into_owned();
        options.arguments = Some(rest[1..].iter().map(text).collect());
    }
    let mut goal = Goal::Script;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let mut add = |origin, goal| options.inputs.push(Input { origin, goal });
        match argument {
            Short('h') => return Ok(Command::Help),
            Short('v') => return Ok(Command::Version),
            Short('e') => add(Origin::Text(parser.value()?.string()?), goal),
            Value(path) if path == "-" => add(Origin::StandardInput, goal),
            Value(path) => {
                let path = PathBuf::from(path);
                let is_module = path.extension().is_some_and(|extension| extension == "mjs");
                add(Origin::File(path), if is_module { Goal::Module } else { goal });
            }
            Short(_) => return Err(argument.unexpected()),
            Long(name) => match name.replace('_', "-").as_str() {
                "help" => return Ok(Command::Help),
                "version" => return Ok(Command::Version),
                "eval" => add(Origin::Text(parser.value()?.string()?), goal),
                "module" => goal = Goal::Module,
                "prelude" => add(Origin::File(parser.value()?.into()), Goal::Script),
                name => options.flag(name, &mut parser)?,
            },
        }
    }
    if options.inputs.is_empty() {
        return Err("nothing to run".into());
    }
    Ok(Command::Run(Box::new(options)))
}

impl Options {
    /// Whether the switch was given.
    pub(crate) fn has(&self, switch: Switch) -> bool {
        self.switches.contains(&switch)
    }

    /// Takes a long flag that is no input.
    ///
    /// # Errors
    /// It is unknown, or its value is missing or malformed.
    fn flag(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), lexopt::Error> {
        if let Some((_, switches)) = SWITCHES.iter().find(|(flag, _)| *flag == name) {
            self.switches.extend_from_slice(switches);
            return Ok(());
        }
        match name {
            "module-base" => self.module_base = Some(parser.value()?.into()),
            "dump-out-filename" => self.dump_out = Some(text_of(parser, name, "FILE")?.into()),
            "jit-fuzzing" => {
                self.interrupt_budget.get_or_insert(JIT_FUZZING_BUDGET);
            }
            "interrupt-budget" => {
                let bytes: NonZeroU32 = value_of(parser, name, "BYTES", "a positive number")?;
                self.interrupt_budget = Some(i32::try_from(bytes.get()).unwrap_or(i32::MAX));
            }
            "deopt-threshold" => {
                self.deopt_threshold = Some(value_of(parser, name, "N", "a positive number")?);
            }
            "deopt-every-n-times" => {
                self.forced_exits = ForcedExits::EveryNth(value_of(parser, name, "N", "a positive number")?);
            }
            "deopt-each" => {
                let nth = match parser.optional_value() {
                    None => NonZeroU32::MIN,
                    Some(text) => parsed(&text, name, "a positive number")?,
                };
                self.forced_exits = ForcedExits::Each(nth);
            }
            "deopt-each-of" => self.forced_exits = read_sites(&text_of(parser, name, "FILE")?)?,
            "deopt-force" => self.forced_exits = parse_site(&text_of(parser, name, "SITE[:K]")?)?,
            "deopt-random" => self.forced_exits = parse_random(&text_of(parser, name, "SEED[:RATE]")?)?,
            "deopt-gc" => self.exit_collection = Some(parse_phase(&text_of(parser, name, "PHASE")?)?),
            "code-arena-size" => self.code_arena = Some(kib_of(parser, name, CODE_ARENA_KIB)?),
            "stack-size" => self.stack_size = Some(kib_of(parser, name, STACK_KIB)?),
            "gc-stress" => self.gc_stress = Some(value_of(parser, name, "N", "a positive number")?),
            "memory-limit" => {
                let mib: u64 = value_of(parser, name, "MIB", "a number (MiB)")?;
                if mib < MIN_MEMORY_MIB {
                    return Err(format!("--memory-limit must be at least {MIN_MEMORY_MIB} (MiB)").into());
                }
                self.memory_limit = Some(mib.saturating_mul(1 << 20));
            }
            "timeout" => {
                let what = "a positive number (seconds)";
                let seconds: f64 = value_of(parser, name, "SECONDS", what)?;
                let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero());
                self.timeout = Some(timeout.ok_or_else(|| format!("--timeout must be {what}"))?);
            }
            _ => return Err(Long(name).unexpected()),
        }
        Ok(())
    }
}

/// The value of a flag, as text. It stands behind `=`: the next argument is the program's file, never a flag's value.
fn text_of(parser: &mut lexopt::Parser, flag: &str, value: &str) -> Result<String, lexopt::Error> {
    match parser.optional_value() {
        Some(text) if !text.is_empty() => Ok(text.string()?),
        _ => Err(format!("--{flag} needs a value: --{flag}={value}").into()),
    }
}

/// The value of a flag that wants what `what` says.
fn value_of<T: FromStr>(
    parser: &mut lexopt::Parser,
    flag: &str,
    value: &str,
    what: &str,
) -> Result<T, lexopt::Error> {
    parsed(OsStr::new(&text_of(parser, flag, value)?), flag, what)
}

/// A value read.
fn parsed<T: FromStr>(text: &OsStr, flag: &str, what: &str) -> Result<T, lexopt::Error> {
    let text = text.to_string_lossy();
    text.parse().map_err(|_| format!("--{flag} must be {what}, not '{text}'").into())
}

/// The bytes of a flag that takes KiB.
fn kib_of(
    parser: &mut lexopt::Parser,
    flag: &str,
    allowed: RangeInclusive<usize>,
) -> Result<usize, lexopt::Error> {
    let kib: usize = value_of(parser, flag, "KIB", "a number (KiB)")?;
    if !allowed.contains(&kib) {
        let (least, most) = allowed.into_inner();
        return Err(format!("--{flag} must be between {least} and {most} (KiB)").into());
    }
    Ok(kib << 10)
}

/// `SITE[:K]`. Names of sites end in `#` and a number.
fn parse_site(text: &str) -> Result<ForcedExits, String> {
    let bad =
        || format!("--deopt-force must be SITE[:K] with a name as --list-deopt-sites gives it, not '{text}'");
    let (stem, numbers) = text.rsplit_once('#').ok_or_else(bad)?;
    let (number, nth) = numbers.split_once(':').unwrap_or((numbers, "1"));
    let known = stem.contains('@') && number.parse::<u32>().is_ok();
    let nth = nth.parse().ok().filter(|_| known).ok_or_else(bad)?;
    Ok(ForcedExits::Site { name: format!("{stem}#{number}").into(), nth })
}

/// The names of sites in a file, one a line.
fn read_sites(file: &str) -> Result<ForcedExits, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("--deopt-each-of: {file}: {error}"))?;
    let is_site = |line: &str| {
        let number = line.rsplit_once('#').filter(|(stem, _)| stem.contains('@'));
        number.is_some_and(|(_, number)| number.parse::<u32>().is_ok())
    };
    if let Some(line) = text.lines().find(|line| !is_site(line)) {
        return Err(format!("--deopt-each-of: {file}: '{line}' is no name of an exit"));
    }
    Ok(ForcedExits::Listed(Arc::new(text.lines().map(Into::into).collect())))
}

/// `PHASE`
fn parse_phase(text: &str) -> Result<ExitPhase, String> {
    ExitPhase::from_name(text).ok_or_else(|| {
        let known = ExitPhase::ALL.map(ExitPhase::name).join(", ");
        format!("--deopt-gc must be one of {known}, not '{text}'")
    })
}

/// `SEED[:RATE]`
fn parse_random(text: &str) -> Result<ForcedExits, String> {
    let (seed, rate) = text.split_once(':').unwrap_or((text, "16"));
    match (seed.parse(), rate.parse()) {
        (Ok(seed), Ok(rate)) => Ok(ForcedExits::Random { seed, rate }),
        _ => Err(format!("--deopt-random must be SEED[:RATE], numbers, not '{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Options {
        match parse(arguments.iter().map(OsString::from)) {
            Ok(Command::Run(options)) => *options,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    #[test]
    fn inputs_keep_their_order_and_goal() {
        let options = run(&["a.js", "-e", "1", "--module", "b.js", "-", "--prelude", "p.js"]);
        let shown: Vec<String> =
            options.inputs.iter().map(|input| format!("{:?} {:?}", input.origin, input.goal)).collect();
        assert_eq!(
            shown,
            [
                "File(\"a.js\") Script",
                "Text(\"1\") Script",
                "File(\"b.js\") Module",
                "StandardInput Module",
                "File(\"p.js\") Script"
            ]
        );
        assert_eq!(run(&["x.mjs"]).inputs[0].goal, Goal::Module);
    }

    #[test]
    fn values_and_switches() {
        let options =
            run(&["--gc-stress=3", "--expose-gc", "--memory-limit=64", "--module-base=d/t.js", "x.js"]);
        assert_eq!(options.gc_stress.map(NonZeroU32::get), Some(3));
        assert_eq!(options.memory_limit, Some(64 << 20));
        assert!(options.has(Switch::ExposeGc) && !options.has(Switch::TraceGc));
        assert_eq!(options.module_base, Some("d/t.js".into()));
        assert_eq!((options.arguments, run(&["x.js", "--"]).arguments), (None, Some(Vec::new())));
        let options = run(&["x.js", "--", "--jitless", "y z", "--"]);
        assert_eq!(options.inputs.len(), 1);
        assert_eq!(options.arguments, Some(["--jitless", "y z", "--"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn underscores_are_hyphens() {
        for (flag, _) in SWITCHES {
            let (hyphens, underscores) = (format!("--{flag}"), format!("--{}", flag.replace('-', "_")));
            assert_eq!(run(&[&hyphens, "x.js"]), run(&[&underscores, "x.js"]));
        }
        let spelled = |flags: [&str; 4]| run(&[flags[0], flags[1], flags[2], flags[3], "a_b.js"]);
        let options =
            spelled(["--deopt_threshold=3", "--module_base=a_b", "--gc-stress=2", "--stack_size=512"]);
        assert_eq!(
            options,
            spelled(["--deopt-threshold=3", "--module-base=a_b", "--gc_stress=2", "--stack-size=512"])
        );
        assert_eq!(options.module_base, Some("a_b".into()));
        assert_eq!(options.inputs[0].origin, Origin::File("a_b.js".into()));
    }

    #[test]
    fn forced_exits() {
        let site = |name: &str, nth| ForcedExits::Site {
            name: name.into(),
            nth: NonZeroU32::new(nth).expect("not 0"),
        };
        let forced = |flag| run(&[flag, "x.js"]).forced_exits;
        assert_eq!(forced("--deopt-force=f@3:wrong-map#0"), site("f@3:wrong-map#0", 1));
        assert_eq!(forced("--deopt-force=#p+1/osr9@3:Smi#2:17"), site("#p+1/osr9@3:Smi#2", 17));
        let rate = |n| NonZeroU32::new(n).expect("not 0");
        assert_eq!(forced("--deopt-random=7"), ForcedExits::Random { seed: 7, rate: rate(16) });
        assert_eq!(forced("--deopt-random=7:3"), ForcedExits::Random { seed: 7, rate: rate(3) });
        assert_eq!(forced("--deopt-each"), ForcedExits::Each(rate(1)));
        assert_eq!(forced("--deopt-each=5"), ForcedExits::Each(rate(5)));
        assert_eq!(forced("--deopt-every-n-times=3"), ForcedExits::EveryNth(rate(3)));
    }

    #[test]
    fn mistakes_are_errors() {
        for arguments in [
            &["--nonsense", "x.js"][..],
            &[],
            &["--gc-stress=0", "x.js"],
            &["-e"],
            &["--jitless=1", "x"],
            &["--memory-limit=3", "x"],
            &["--interrupt-budget=-5", "x"],
            &["--interrupt-budget=0", "x"],
            &["--stack-size=255", "x"],
            &["--code-arena-size=0", "x"],
            &["--code-arena-size=x", "x"],
            &["--stack-size=99999999999", "x"],
            &["--timeout=0", "x"],
            &["--timeout=-1", "x"],
            &["--timeout=nan", "x"],
            &["--deopt-force", "x"],
            &["--deopt-force=f@3", "x"],
            &["--deopt-each-of=/there/is/no/such/file", "x"],
            &["--deopt-force=f@3:Smi#0:0", "x"],
            &["--deopt-random", "x"],
            &["--deopt-random=a", "x"],
            &["--deopt-random=1:0", "x"],
            &["--deopt-every-n-times=-1", "x"],
            &["--deopt-every-n-times=0", "x"],
            &["--deopt-threshold=0", "x"],
            &["--deopt-gc=never", "x"],
            &["--deopt-each=0", "x"],
            &["--deopt-every-n-times", "x"],
        ] {
            assert!(parse(arguments.iter().map(OsString::from)).is_err(), "{arguments:?}");
        }
        // Without its value a flag is an error, and takes no script for it.
        for (flag, value) in [
            ("gc-stress", "N"),
            ("memory-limit", "MIB"),
            ("stack-size", "KIB"),
            ("code-arena-size", "KIB"),
            ("timeout", "SECONDS"),
            ("interrupt-budget", "BYTES"),
            ("deopt-threshold", "N"),
            ("deopt-every-n-times", "N"),
            ("deopt-force", "SITE[:K]"),
            ("deopt-random", "SEED[:RATE]"),
            ("deopt-each-of", "FILE"),
            ("deopt-gc", "PHASE"),
            ("dump-out-filename", "FILE"),
        ] {
            for arguments in [&[format!("--{flag}")][..], &[format!("--{flag}"), "1".into()]] {
                let error = parse(arguments.iter().map(OsString::from)).expect_err(flag);
                assert_eq!(error.to_string(), format!("--{flag} needs a value: --{flag}={value}"));
            }
        }
        let message = |argument: &str| parse([argument.into(), "x".into()]).expect_err(argument).to_string();
        assert_eq!(message("--gc-stress=often"), "--gc-stress must be a positive number, not 'often'");
        assert_eq!(message("--deopt-threshold=0"), "--deopt-threshold must be a positive number, not '0'");
        assert_eq!(
            message("--deopt-every-n-times=0"),
            "--deopt-every-n-times must be a positive number, not '0'"
        );
        assert_eq!(parse(["--help".into()]).ok(), Some(Command::Help));
    }
}
