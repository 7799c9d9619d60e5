//! One virtual machine with one realm.
//!
//! [`Isolate`] is the door for embedders: make one, run scripts and modules in it, terminate it from another thread. It
//! is the runtime's isolate with the higher layers wired in, a memory limit, and results as plain Rust data. Whoever
//! needs values or native functions goes through [`Isolate::enter`] and speaks to the runtime itself.

use unspool_frontend::SourceText;
use unspool_gc::Gc;
use unspool_runtime::cells::PromiseState;
use unspool_runtime::config::Config;
use unspool_runtime::host::Host;
use unspool_runtime::interrupt::InterruptHandle;
use unspool_runtime::modules::{self, ModuleFailure};
use unspool_runtime::realm::Realm;
use unspool_runtime::{Cx, JsResult, Throw, ValueExt as _, convert, script};
use unspool_values::Value;
use unspool_values::atom::KnownAtom;

use crate::memory::default_memory_limit;
use crate::wiring::hooks;

/// A virtual machine with a realm in it.
pub struct Isolate(Box<unspool_runtime::Isolate>);

impl std::fmt::Debug for Isolate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Isolate")
    }
}

/// Why a program did not run to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScriptError {
    /// An exception that nobody caught.
    Exception {
        /// The error's stack, or the value that was thrown.
        text: String,
    },
    /// Another thread [terminated](InterruptHandle::terminate) it. The isolate can be used again.
    Terminated,
    /// A module waits at a top-level `await` and no job is left: only the host could settle what it waits for.
    Unsettled,
}

impl ScriptError {
    /// The pending exception of a failed call.
    fn take(cx: Cx<'_>, throw: Throw) -> ScriptError {
        let exception = cx.take_exception(throw);
        ScriptError::of(cx, exception)
    }

    /// An exception; while the isolate is terminating nothing is asked of it, because that could run JavaScript.
    fn of(cx: Cx<'_>, exception: Value) -> ScriptError {
        if cx.is_terminating() {
            return ScriptError::Terminated;
        }
        ScriptError::Exception { text: exception_text(cx, exception) }
    }
}

impl std::fmt::Display for ScriptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ScriptError::Exception { text } => f.write_str(text),
            ScriptError::Terminated => f.write_str("terminated"),
            ScriptError::Unsettled => f.write_str("unsettled top-level await"),
        }
    }
}

impl std::error::Error for ScriptError {}

impl Isolate {
    /// A machine with one realm, which is the running one.
    ///
    /// Without a memory limit (`usize::MAX`) it gets [`default_memory_limit`]: a program that wants too much shall get an
    /// error, and not the process ended by the system.
    pub fn new(mut config: Config, host: Box<dyn Host>) -> Isolate {
        if config.heap.memory_limit == usize::MAX {
            config.heap.memory_limit = default_memory_limit();
        }
        let isolate = unspool_runtime::Isolate::new(config, hooks(), host);
        isolate.enter(|cx| {
            let realm: Gc<Realm> = Realm::new(cx);
            cx.hot.realm.set(Some(realm));
            (cx.hooks.initialize_realm)(cx, realm);
        });
        Isolate(isolate)
    }

    /// Runs `f` inside the machine.
    pub fn enter<R>(&self, f: impl FnOnce(Cx<'_>) -> R) -> R {
        self.0.enter(f)
    }

    /// A handle by which another thread terminates what this isolate runs. It may outlive the isolate.
    ///
    /// ```
    /// # use unspool::{Isolate, ScriptError, runtime};
    /// let isolate = Isolate::new(Default::default(), Box::new(runtime::host::DefaultHost));
    /// let handle = isolate.interrupt_handle();
    /// let watchdog = std::thread::spawn(move || {
    ///     std::thread::sleep(std::time::Duration::from_millis(20));
    ///     handle.terminate()
    /// });
    /// let endless = "for (;;) try { for (;;); } catch {} finally { continue }";
    /// assert_eq!(isolate.run_script(endless, "endless.js"), Err(ScriptError::Terminated));
    /// assert!(watchdog.join().unwrap());
    /// assert_eq!(isolate.run_script("1 + 1", "after.js").as_deref(), Ok("2"));
    /// ```
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.0.interrupt_handle()
    }

    /// Runs `f`; if the isolate was terminated meanwhile, that is the result, and is over.
    fn run<R>(&self, f: impl FnOnce(Cx<'_>) -> Result<R, ScriptError>) -> Result<R, ScriptError> {
        self.enter(|cx| {
            let result = f(cx);
            if cx.finish_termination() { Err(ScriptError::Terminated) } else { result }
        })
    }

    /// Runs all jobs. What went wrong in them is the first exception of a job, or else the first rejection of a promise
    /// that nobody has handled by then.
    fn run_jobs(cx: Cx<'_>) -> Result<(), ScriptError> {
        let mut failed = None;
        cx.run_jobs(|exception| {
            failed.get_or_insert_with(|| ScriptError::of(cx, exception));
        });
        let rejected = cx.take_unhandled_rejection();
        let failed = failed.or_else(|| rejected.map(|promise| ScriptError::of(cx, promise.result.get())));
        failed.map_or(Ok(()), Err)
    }

    /// Loads, links and evaluates a module, and runs all jobs.
    ///
    /// # Errors
    /// What kept it from being evaluated: an early or linking error, an exception of the module or a job, a promise whose
    /// rejection nobody handled, an `await` that is not settled, or termination.
    pub fn run_module(&self, source: &str, name: &str) -> Result<(), ScriptError> {
        self.run(|cx| {
            let promise = modules::run_module(cx, name, SourceText::from(source))
                .map_err(|failure| ScriptError::take(cx, ModuleFailure::into_throw(failure, cx, name)))?;
            let jobs = Self::run_jobs(cx);
            match promise.state.get() {
                PromiseState::Rejected => Err(ScriptError::of(cx, promise.result.get())),
                PromiseState::Pending => jobs.and(Err(ScriptError::Unsettled)),
                PromiseState::Fulfilled => jobs,
            }
        })
    }

    /// Runs a script and then all jobs; gives the text of its completion value.
    ///
    /// # Errors
    /// The exception that the script or a job threw, a promise whose rejection nobody handled, or termination.
    ///
    /// ```
    /// # use unspool::{Isolate, runtime::host::DefaultHost};
    /// let isolate = Isolate::new(Default::default(), Box::new(DefaultHost));
    /// assert_eq!(isolate.run_script("[1, 2, 3].map((x) => x * x).join()", "a.js").as_deref(), Ok("1,4,9"));
    /// assert!(isolate.run_script("Promise.reject(new Error('nobody listens')); 5", "b.js").is_err());
    /// assert!(isolate.run_script("Promise.reject(1).catch(() => {}); 5", "c.js").is_ok());
    /// ```
    pub fn run_script(&self, source: &str, name: &str) -> Result<String, ScriptError> {
        self.run(|cx| {
            let result = script::run_script(cx, SourceText::from(source), name);
            let text = result.and_then(|value| text_of(cx, value));
            let text = text.map_err(|throw| ScriptError::take(cx, throw))?;
            Self::run_jobs(cx).map(|()| text)
        })
    }
}

/// ToString, with symbols described.
fn text_of(cx: Cx<'_>, value: Value) -> JsResult<String> {
    if value.is_symbol() {
        return Ok(cx.describe(value));
    }
    let string = convert::to_string(cx, value)?;
    Ok(cx.rust_string(string))
}

/// The stack of an error, or the text of any other value.
pub(crate) fn exception_text(cx: Cx<'_>, exception: Value) -> String {
    if let Some(object) = exception.as_object() {
        let stack = object.find_data_value(cx, cx.key(KnownAtom::stack));
        if let Some(text) = stack.and_then(|stack| stack.to()) {
            return cx.rust_string(text);
        }
    }
    match text_of(cx, exception) {
        Ok(text) => text,
        Err(throw) => {
            cx.take_exception(throw);
            cx.describe(exception)
        }
    }
}
