//! One virtual machine with one realm.

use unspool_frontend::SourceText;
use unspool_gc::Gc;
use unspool_runtime::cells::PromiseState;
use unspool_runtime::config::Config;
use unspool_runtime::host::Host;
use unspool_runtime::modules::{self, ModuleFailure};
use unspool_runtime::realm::Realm;
use unspool_runtime::{Cx, JsResult, ValueExt as _, convert, script};
use unspool_values::Value;
use unspool_values::atom::KnownAtom;

use crate::wiring::hooks;

/// A virtual machine with a realm in it.
pub struct Isolate(Box<unspool_runtime::Isolate>);

impl std::fmt::Debug for Isolate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Isolate")
    }
}

/// An exception that nobody caught, as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptError {
    /// The error's stack, or the value that was thrown.
    pub text: String,
}

impl std::fmt::Display for ScriptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
impl std::error::Error for ScriptError {}

impl Isolate {
    /// A machine with one realm, which is the running one.
    pub fn new(config: Config, host: Box<dyn Host>) -> Isolate {
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

    /// Loads, links and evaluates a module, and runs all jobs.
    ///
    /// # Errors
    /// What kept it from being evaluated: an early or linking error, an exception of the module or a job.
    pub fn run_module(&self, source: &str, name: &str) -> Result<(), ScriptError> {
        self.enter(|cx| {
            let promise = modules::run_module(cx, name, SourceText::from(source)).map_err(|failure| {
                let throw = ModuleFailure::into_throw(failure, cx);
                let exception = cx.take_exception(throw);
                ScriptError { text: exception_text(cx, exception) }
            })?;
            let mut failed = None;
            cx.run_jobs(|exception| {
                failed.get_or_insert_with(|| ScriptError { text: exception_text(cx, exception) });
            });
            if promise.state.get() == PromiseState::Rejected {
                return Err(ScriptError { text: exception_text(cx, promise.result.get()) });
            }
            failed.map_or(Ok(()), Err)
        })
    }

    /// Runs a script and then all jobs; gives the text of its completion value.
    ///
    /// # Errors
    /// The exception that the script or a job threw.
    pub fn run_script(&self, source: &str, name: &str) -> Result<String, ScriptError> {
        self.enter(|cx| {
            let result = script::run_script(cx, SourceText::from(source), name);
            let text = result.and_then(|value| text_of(cx, value));
            let text = text.map_err(|throw| {
                let exception = cx.take_exception(throw);
                ScriptError { text: exception_text(cx, exception) }
            })?;
            let mut failed = None;
            cx.run_jobs(|exception| {
                failed.get_or_insert_with(|| ScriptError { text: exception_text(cx, exception) });
            });
            failed.map_or(Ok(text), Err)
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
