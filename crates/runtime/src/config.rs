//! Settings of an isolate.
//!
//! One struct without behaviour: the shell fills it from its flags, embedders with `..Config::default()`. It is read-only
//! once the isolate exists. What belongs to the embedder's environment (clock, module loading, output) is no setting but
//! a method of [`Host`](crate::host::Host).

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use unspool_gc::HeapConfig;

/// Where the optimizing compiler works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compilation {
    /// On a thread of its own, which begins with the first job. What is compiled is installed at the next look of the policy.
    Background,
    /// On the isolate's thread, at once: the same program always does the same.
    Synchronous,
}

/// Settings of an isolate; the defaults are what the shell uses.
#[derive(Clone, Debug)]
pub struct Config {
    /// The heap's settings: memory limit, stress mode.
    pub heap: HeapConfig,
    /// Size of the stack of interpreter frames, in bytes. 4 MiB hold about 25,000 small frames.
    pub stack_bytes: usize,
    /// How much machine stack Rust code may use at most below the outermost entry, in bytes. Where the bounds of the
    /// running thread's stack are known it is never more than what the thread has left, less a reserve; a program that
    /// recurses deeper gets a `RangeError`.
    pub native_stack_bytes: usize,
    /// Report each change of an inline cache to the host.
    pub trace_ic: bool,
    /// Report the bytecode of each compiled function to the host.
    pub print_bytecode: bool,
    /// Accept V8's `%` natives.
    pub allow_natives_syntax: bool,
    /// Stay in the interpreter.
    pub jitless: bool,
    /// The agent's `[[CanBlock]]`: `Atomics.wait` may block its thread.
    pub may_block: bool,
    /// Report compilations of the optimizing compiler to the host.
    pub trace_opt: bool,
    /// Report entries into code for loops to the host.
    pub trace_osr: bool,
    /// Report the optimizer's final graphs to the host.
    pub print_graph: bool,
    /// Report exits of optimized code to the host.
    pub trace_deopt: bool,
    /// Report every word of the rebuilt frames too.
    pub trace_deopt_verbose: bool,
    /// Eager exits at one site that invalidate the code.
    pub deopt_threshold: u32,
    /// Bytes of bytecode that a function runs between two looks of the tier-up policy.
    pub interrupt_budget: i32,
    /// Learn from the first call on, and compile at the first look, whatever the function is still learning (`--always-opt`).
    pub always_optimize: bool,
    /// Exits that compiled code takes although nothing is wrong.
    pub forced_exits: ForcedExits,
    /// Where each exit collects garbage, if anywhere.
    pub exit_collection: Option<ExitPhase>,
    /// Name the exits of all code, and keep the list.
    pub list_deopt_sites: bool,
    /// Tell the host where machine code lies.
    pub perf_basic_prof: bool,
    /// Frames whose contents are handed to the host.
    pub dump_frames: DumpFrames,
    /// Count exits, and tell at the end.
    pub exit_stats: bool,
    /// Report machine code with its deoptimization data to the host.
    pub print_opt_code: bool,
    /// Where functions are compiled.
    pub compilation: Compilation,
    /// Size of the arena for machine code, in bytes (rounded up to whole pages). Address space only, until code is written.
    pub code_arena_bytes: usize,
    /// Parsed programs are kept for lazy compilation up to this many bytes of source; beyond it they are parsed again.
    pub program_cache_bytes: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            heap: HeapConfig::default(),
            stack_bytes: 4 << 20,
            native_stack_bytes: 6 << 20,
            trace_ic: false,
            print_bytecode: false,
            allow_natives_syntax: false,
            jitless: false,
            may_block: true,
            trace_opt: false,
            trace_osr: false,
            print_graph: false,
            trace_deopt: false,
            trace_deopt_verbose: false,
            deopt_threshold: 1,
            interrupt_budget: INTERRUPT_BUDGET,
            always_optimize: false,
            forced_exits: ForcedExits::None,
            exit_collection: None,
            list_deopt_sites: false,
            perf_basic_prof: false,
            dump_frames: DumpFrames::default(),
            exit_stats: false,
            print_opt_code: false,
            compilation: Compilation::Background,
            code_arena_bytes: 64 << 20,
            program_cache_bytes: 16 << 20,
        }
    }
}

impl Config {
    /// What the settings mean for the front end: whether `%` natives are syntax, and nothing else.
    pub fn parse_options(&self) -> unspool_frontend::Options {
        let natives = if self.allow_natives_syntax {
            unspool_frontend::Natives::Testing
        } else {
            unspool_frontend::Natives::Forbidden
        };
        unspool_frontend::Options { natives, ..Default::default() }
    }
}

/// Frames whose contents are handed to the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DumpFrames {
    /// Those of the interpreter, ahead of each instruction.
    pub interpreter: bool,
    /// Those that exits of compiled code rebuild.
    pub exits: bool,
}

/// The instants of an exit at which a collection can be forced, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitPhase {
    /// The code has stored its values, nothing is read yet.
    Entry,
    /// The frames are written, nothing is allocated.
    Translated,
    /// Everything is allocated, nothing is initialized.
    Allocated,
    /// Everything is initialized, the frames still hold markers.
    Initialized,
    /// The frames are complete.
    Drained,
    /// The interpreter is about to execute the first instruction.
    FirstBytecode,
}

impl ExitPhase {
    /// All phases.
    pub const ALL: [ExitPhase; 6] = [
        ExitPhase::Entry,
        ExitPhase::Translated,
        ExitPhase::Allocated,
        ExitPhase::Initialized,
        ExitPhase::Drained,
        ExitPhase::FirstBytecode,
    ];
    /// How `--deopt-gc` names it.
    pub const fn name(self) -> &'static str {
        match self {
            ExitPhase::Entry => "entry",
            ExitPhase::Translated => "translated",
            ExitPhase::Allocated => "allocated",
            ExitPhase::Initialized => "initialized",
            ExitPhase::Drained => "drained",
            ExitPhase::FirstBytecode => "first-bytecode",
        }
    }
    /// The phase of a name.
    pub fn from_name(name: &str) -> Option<ExitPhase> {
        ExitPhase::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// Exits that compiled code takes although nothing is wrong: eager ones ahead of their check, lazy ones behind their call. Such an
/// exit neither invalidates the code nor counts against the bet of its check.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ForcedExits {
    /// None.
    #[default]
    None,
    /// Every so manieth that is passed.
    EveryNth(NonZeroU32),
    /// Each, once: the time that it is passed (from 1) at which it is taken.
    Each(NonZeroU32),
    /// Each of these names, once, the first time that it is passed; the passes of all are counted.
    Listed(Arc<BTreeSet<Box<str>>>),
    /// One in so many, at random.
    Random {
        /// Where the sequence of random numbers begins.
        seed: u64,
        /// How many exits are passed for one that is taken, on average.
        rate: NonZeroU32,
    },
    /// One exit, once.
    Site {
        /// Its name, as the list of sites gives it.
        name: Box<str>,
        /// The time it is passed at which it is taken, from 1.
        nth: NonZeroU32,
    },
}

impl ForcedExits {
    /// Every `n`th that is passed; none if it is 0.
    pub fn every_nth(n: u32) -> ForcedExits {
        NonZeroU32::new(n).map_or(ForcedExits::None, ForcedExits::EveryNth)
    }
}

/// Bytes of bytecode that a function runs (counted at returns and back edges) between two looks of the tier-up policy.
/// Node 20 uses 67,584; the figure matters only together with the policy in `tiering`.
pub const INTERRUPT_BUDGET: i32 = 66 * 1024;
