//! Runs what the command line names, in order, in one realm, until no job and no timer is left.

use std::fs;
use std::io::{self, Read as _};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use unspool_frontend::{Goal as FrontendGoal, SourceText, SyntaxError};
use unspool_runtime::agents::{AsyncWaits, async_waits, settle_async_waits};
use unspool_runtime::cells::{PromiseObject, PromiseState};
use unspool_runtime::config::{Compilation, Config, DumpFrames, ForcedExits};
use unspool_runtime::modules::{ModuleFailure, run_module};
use unspool_runtime::script::{compile_source, run_main};
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;

use crate::host::agents::Membership;
use crate::host::dump::DumpFile;
use crate::host::state::State;
use crate::host::{ShellHost, functions, module_name, test262};
use crate::options::{Goal, Input, Options, Origin, Switch};
use crate::report::{self, Naming};

/// Why the shell stops before everything has run; what there is to say was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// An uncaught exception, or a file that cannot be read.
    Uncaught = 1,
    /// An early error of an input.
    Early = 2,
    /// A module cannot be resolved or linked.
    Unresolved = 3,
    /// A top-level await waits for what nothing can settle any more (Node's exit code).
    Unsettled = 13,
    /// The engine's own state breaks a rule.
    Corrupt = 70,
    /// `--timeout` ended it.
    TimedOut = 124,
}

/// How long the shell sleeps while something else than a timer may end its waiting.
const TICK: Duration = Duration::from_millis(10);

/// Runs everything; the exit code.
pub(crate) fn run(options: &Options) -> ExitCode {
    let state = State::new(Membership::first(config(options)));
    if let Some(path) = &options.dump_out {
        match DumpFile::create(path) {
            Ok(file) => *state.dumps.borrow_mut() = Some(file),
            Err(error) => {
                state.write_error(&format!("unspool: {}: {error}\n", path.display()));
                return ExitCode::from(Failure::Uncaught as u8);
            }
        }
    }
    let host = ShellHost::new(Rc::clone(&state), options);
    let isolate = unspool::Isolate::new(config(options), Box::new(host));
    if let Some(timeout) = options.timeout {
        let handle = isolate.interrupt_handle();
        // Nobody waits for the thread: it ends with the process.
        std::thread::spawn(move || {
            std::thread::sleep(timeout);
            handle.terminate();
        });
    }
    let result = isolate.enter(|cx| {
        let result = run_inputs(cx, options, &state);
        end_of_run(cx, &state);
        result
    });
    if let (Err(Failure::TimedOut), Some(timeout)) = (result, options.timeout) {
        state.write_error(&format!("unspool: timed out after {} s\n", timeout.as_secs_f64()));
    }
    state.flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure as u8),
    }
}

/// What flags want to know when everything has run, or the program quits.
pub(crate) fn end_of_run(cx: Cx<'_>, state: &State) {
    state.write(unspool_tiering::machine::report::end_of_run(cx).as_bytes());
    if let Some(warning) = unspool_tiering::forced::warning(cx) {
        state.write_error(&format!("unspool: warning: {warning}\n"));
    }
}

/// Runs a script as an agent that `$262.agent.start` has started.
pub(crate) fn run_agent(agents: Membership, text: &str) {
    let (config, options) =
        (agents.config(), Options { switches: vec![Switch::Test262], ..Options::default() });
    let state = State::new(agents);
    let isolate = unspool::Isolate::new(config, Box::new(ShellHost::of_agent(Rc::clone(&state))));
    isolate.enter(|cx| {
        functions::install(cx);
        test262::install(cx);
        let shell = Shell { cx, state: &state, options: &options, naming: Naming::of(&options) };
        let ran = shell.run_script("<agent>", text.as_bytes()).and_then(|()| shell.run_jobs());
        // What went wrong was reported on standard error.
        let _ = ran.and_then(|()| shell.run_timers());
    });
    state.flush();
}

fn config(options: &Options) -> Config {
    let mut config = Config {
        may_block: !options.has(Switch::DisallowAtomicsWait),
        trace_ic: options.has(Switch::TraceIc),
        print_bytecode: options.has(Switch::PrintBytecode),
        jitless: options.has(Switch::Jitless),
        trace_opt: options.has(Switch::TraceOpt),
        print_graph: options.has(Switch::PrintGraph),
        trace_deopt: options.has(Switch::TraceDeopt),
        trace_deopt_verbose: options.has(Switch::TraceDeoptVerbose),
        forced_exits: options.forced_exits.clone(),
        exit_collection: options.exit_collection,
        trace_osr: options.has(Switch::TraceOsr),
        print_opt_code: options.has(Switch::PrintOptCode),
        perf_basic_prof: options.has(Switch::PerfBasicProf),
        dump_frames: DumpFrames {
            interpreter: options.has(Switch::InterpreterDumping),
            exits: options.has(Switch::TurbofanDumping),
        },
        exit_stats: options.has(Switch::ExitStats),
        list_deopt_sites: options.has(Switch::ListDeoptSites),
        allow_natives_syntax: options.has(Switch::AllowNativesSyntax),
        ..Config::default()
    };
    config.heap.gc_stress = options.gc_stress.map(std::num::NonZeroU32::get);
    if options.has(Switch::AlwaysOpt) {
        config.interrupt_budget = 0;
        config.always_optimize = true;
    }
    if let Some(bytes) = options.interrupt_budget {
        config.interrupt_budget = bytes;
    }
    if let Some(n) = options.deopt_threshold {
        config.deopt_threshold = n.get();
    }
    if let Some(bytes) = options.code_arena {
        config.code_arena_bytes = bytes;
    }
    // Who looks at what is compiled when, or forces it, wants the same at each run.
    let looks = [
        Switch::SingleThreaded,
        Switch::TraceOpt,
        Switch::TraceDeopt,
        Switch::PrintGraph,
        Switch::AllowNativesSyntax,
        Switch::AlwaysOpt,
        Switch::ExitStats,
        Switch::ListDeoptSites,
        Switch::TraceOsr,
        Switch::PrintOptCode,
        Switch::TurbofanDumping,
    ];
    if looks.iter().any(|&switch| options.has(switch))
        || config.heap.gc_stress.is_some()
        || config.forced_exits != ForcedExits::None
        || config.exit_collection.is_some()
    {
        config.compilation = Compilation::Synchronous;
    }
    if let Some(limit) = options.memory_limit {
        config.heap.memory_limit = usize::try_from(limit).unwrap_or(usize::MAX);
    }
    if let Some(bytes) = options.stack_size {
        config.stack_bytes = bytes;
    }
    config
}

fn run_inputs(cx: Cx<'_>, options: &Options, state: &State) -> Result<(), Failure> {
    functions::install(cx);
    if options.has(Switch::ExposeGc) {
        functions::install_gc(
            cx,
            if options.has(Switch::VerifyHeap) { functions::verified_gc } else { functions::gc },
        );
    }
    if options.has(Switch::Test262) {
        test262::install(cx);
    }
    if let Some(arguments) = &options.arguments
        && functions::install_arguments(cx, arguments).is_err()
    {
        cx.take_pending();
    }
    let shell = Shell { cx, state, options, naming: Naming::of(options) };
    for input in &options.inputs {
        shell.run_input(input)?;
        shell.run_jobs()?;
    }
    shell.run_timers()?;
    if options.has(Switch::PrintFeedback) {
        state.write(unspool_runtime::verify::feedback_text(cx).as_bytes());
    }
    Ok(())
}

struct Shell<'a> {
    cx: Cx<'a>,
    state: &'a State,
    options: &'a Options,
    naming: Naming,
}

impl Shell<'_> {
    fn run_input(&self, input: &Input) -> Result<(), Failure> {
        let (name, bytes) = self.read(&input.origin)?;
        match input.goal {
            Goal::Script => self.run_script(&name, &bytes),
            Goal::Module => self.run_module(&name, &bytes),
        }
    }

    fn read(&self, origin: &Origin) -> Result<(String, Vec<u8>), Failure> {
        let (name, bytes) = match origin {
            Origin::Text(text) => return Ok(("[eval]".into(), text.clone().into_bytes())),
            Origin::File(path) => (path.to_string_lossy().into_owned(), fs::read(path)),
            Origin::StandardInput => {
                let mut bytes = Vec::new();
                ("<stdin>".into(), io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes))
            }
        };
        match bytes {
            Ok(bytes) => Ok((name, bytes)),
            Err(error) => {
                self.state.write_error(&format!("unspool: {name}: {error}\n"));
                Err(Failure::Uncaught)
            }
        }
    }

    fn run_script(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let options = self.cx.config.parse_options();
        let source = source_text(bytes);
        // Imports are relative to the script's name.
        let base = self.options.module_base.as_ref().map(|base| base.to_string_lossy());
        let base = base.as_deref().unwrap_or(name);
        match compile_source(self.cx, source, base, FrontendGoal::Script, options, Value::UNDEFINED) {
            Ok(main) => self.check(run_main(self.cx, main, None)),
            Err(error) => Err(self.report_early(&error, name)),
        }
    }

    fn run_module(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let promise = match run_module(self.cx, &module_name(name), source_text(bytes)) {
            Ok(promise) => promise,
            Err(ModuleFailure::Early(error)) => return Err(self.report_early(&error, name)),
            Err(ModuleFailure::Load(throw) | ModuleFailure::Link(throw)) => {
                let value = self.cx.take_exception(throw);
                return Err(match self.report(value) {
                    Failure::TimedOut => Failure::TimedOut,
                    _ => Failure::Unresolved,
                });
            }
            Err(ModuleFailure::Terminated(throw)) => return self.check(Err(throw)),
        };
        // Its rejection is reported here, and not as one that nobody handled.
        promise.handled.set(true);
        self.run_jobs()?;
        if promise.state.get() == PromiseState::Pending {
            self.run_timers()?;
        }
        match promise.state.get() {
            PromiseState::Rejected => Err(self.report(promise.result.get())),
            PromiseState::Pending if !self.options.has(Switch::Test262) => {
                let warning = format!("Warning: Detected unsettled top-level await in {name}\n");
                self.state.write_error(&warning);
                Err(Failure::Unsettled)
            }
            PromiseState::Pending | PromiseState::Fulfilled => Ok(()),
        }
    }

    fn report_early(&self, error: &SyntaxError, name: &str) -> Failure {
        if self.cx.is_terminating() {
            return Failure::TimedOut;
        }
        self.state.write_error(&report::early_error(error, name));
        Failure::Early
    }

    /// Reports the exception of a result.
    fn check(&self, result: JsResult<Value>) -> Result<(), Failure> {
        match result {
            Ok(_) => Ok(()),
            Err(throw) => {
                let value = self.cx.take_exception(throw);
                Err(self.report(value))
            }
        }
    }

    /// Reports an uncaught value; nothing while the program is being terminated, for its own functions would have to run.
    fn report(&self, value: Value) -> Failure {
        if self.cx.is_terminating() {
            return Failure::TimedOut;
        }
        self.state.write_error(&report::uncaught(self.cx, value, self.naming));
        Failure::Uncaught
    }

    /// Runs all jobs, then looks for rejections that nobody handled.
    fn run_jobs(&self) -> Result<(), Failure> {
        let mut failure = None;
        self.cx.run_jobs(|value| {
            failure.get_or_insert(self.report(value));
        });
        self.verify()?;
        match failure {
            Some(failure) => Err(failure),
            None if self.cx.is_terminating() => Err(Failure::TimedOut),
            None => self.check_rejections(),
        }
    }

    /// With `--verify-heap`: runs all verifiers.
    fn verify(&self) -> Result<(), Failure> {
        if !self.options.has(Switch::VerifyHeap) {
            return Ok(());
        }
        unspool_runtime::verify::verify_isolate(self.cx).map_err(|error| {
            self.state.write_error(&format!("unspool: verification failed: {error}\n"));
            Failure::Corrupt
        })
    }

    /// Rejections that no handler took by the time the jobs were done end the program, as an uncaught exception does.
    /// Not under `--test262`, whose tests reject promises on purpose.
    fn check_rejections(&self) -> Result<(), Failure> {
        let Some(list) = self.state.rejected.get() else { return Ok(()) };
        let rejected = (0..list.len()).find_map(|index| list.get(index).to::<PromiseObject>());
        while list.pop().is_some() {}
        match rejected {
            Some(promise) if !self.options.has(Switch::Test262) => Err(self.report(promise.result.get())),
            _ => Ok(()),
        }
    }

    /// Waits for timers and for notifications of `Atomics.waitAsync`, until there is nothing to wait for.
    fn run_timers(&self) -> Result<(), Failure> {
        loop {
            settle_async_waits(self.cx);
            self.run_jobs()?;
            let timer = self.state.timers.borrow().next_time();
            let next = match (timer, async_waits(self.cx)) {
                (timer, AsyncWaits::Until(wait)) => Some(timer.map_or(wait, |timer| timer.min(wait))),
                (Some(timer), AsyncWaits::None | AsyncWaits::Notification) => Some(timer),
                (None, AsyncWaits::Notification) if self.state.agents.cluster.has_running_agents() => None,
                (None, AsyncWaits::None | AsyncWaits::Notification) => return Ok(()),
            };
            let now = Instant::now();
            if next.is_none_or(|next| next > now) {
                self.state.flush();
                // Whether the other agents still run, and whether the program is to end, is looked at from time to time.
                let at_most = next.map_or(TICK, |next| next - now);
                let at_most = if self.options.timeout.is_some() { at_most.min(TICK) } else { at_most };
                match async_waits(self.cx) {
                    AsyncWaits::None => std::thread::sleep(at_most),
                    AsyncWaits::Until(_) | AsyncWaits::Notification => self.cx.mailbox.sleep(at_most),
                }
            }
            let fired = self.state.timers.borrow_mut().take_due(Instant::now());
            if let Some(fired) = fired {
                self.check(functions::fire(self.cx, self.state, fired))?;
                self.run_jobs()?;
            }
        }
    }
}

/// Bytes of a file as source text: a byte order mark is dropped, what is no UTF-8 becomes U+FFFD.
fn source_text(bytes: &[u8]) -> SourceText {
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    SourceText::from(String::from_utf8_lossy(bytes).into_owned())
}

/// `load`: runs a text as a script of the running realm.
pub(crate) fn run_script_here(cx: Cx<'_>, name: &str, bytes: &[u8]) -> JsResult<Value> {
    unspool_runtime::script::run_script(cx, source_text(bytes), name)
}
