//! What the runtime asks of its embedder. Every method has a default.
//!
//! These are the specification's host hooks (HostLoadImportedModule, HostPromiseRejectionTracker,
//! HostEnsureCanCompileStrings …), the environment (clock, time zone, entropy), and reports for tracing. Methods that get
//! a [`Cx`] may use the isolate; the others must not, for they are called in the middle of something. The runtime itself
//! neither prints nor reads files.

use unspool_gc::CollectionReport;
use unspool_values::Value;

use crate::completion::JsResult;
use crate::frame_dump::FrameDump;
use crate::isolate::Cx;
use crate::object::Object;

/// What happened to a promise's rejection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RejectionEvent {
    /// Rejected while nobody listened.
    Unhandled,
    /// A handler was added later.
    HandledLater,
}

/// By which clock a time is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// Coordinated Universal Time.
    Utc,
    /// The wall clock of the host's time zone.
    Local,
}

/// A module's source as the host delivers it.
#[derive(Clone, Debug)]
pub struct ModuleSource {
    /// Its canonical name: two requests with one name are one module.
    pub name: String,
    /// The text.
    pub text: Vec<u8>,
    /// `"json"`, `"text"`, `"typescript"`, `"source"` (a module that has only a source object, whose class name is the text),
    /// or `None` for JavaScript.
    pub kind: Option<String>,
}

/// The embedder.
pub trait Host {
    /// Milliseconds since the epoch, for `Date`.
    fn now_ms(&self) -> f64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0.0, |d| d.as_millis() as f64)
    }

    /// Seed for `Math.random` and hash tables.
    fn random_seed(&self) -> u64 {
        use std::hash::{BuildHasher, Hasher};
        std::collections::hash_map::RandomState::new().build_hasher().finish()
    }

    /// Offset of local time from UTC in milliseconds at a time, which is given by `clock` in milliseconds since the epoch. `None`: as
    /// the system's zone has it.
    fn local_offset_ms(&self, _time_ms: f64, _clock: Clock) -> Option<f64> {
        None
    }

    /// Finds the module that `specifier` means for `referrer` (a script's or module's name).
    ///
    /// # Errors
    /// A message when there is no such module.
    fn load_module(
        &self,
        specifier: &str,
        referrer: &str,
        kind: Option<&str>,
    ) -> Result<ModuleSource, String> {
        let _ = (referrer, kind);
        Err(format!("Cannot find module '{specifier}'"))
    }

    /// Fills in the properties of `import.meta`.
    fn import_meta(&self, _cx: Cx<'_>, _meta: Object, _module_name: &str) -> JsResult<()> {
        Ok(())
    }

    /// A promise was rejected without handler, or got one later.
    fn promise_rejection(&self, _cx: Cx<'_>, _promise: Value, _event: RejectionEvent) {}
    /// May code be made from strings?
    fn allow_eval(&self) -> bool {
        true
    }

    /// A collection ended.
    fn collection_finished(&self, _report: &CollectionReport) {}
    /// The embedder's own state, for the native functions that it registers.
    fn state(&self) -> Option<&dyn std::any::Any> {
        None
    }

    /// An inline cache changed (`--trace-ic`); called only when `Config::trace_ic` is set.
    fn inline_cache_changed(&self, _line: &str) {}
    /// The optimizing compiler did something, or its code was left; called only when `Config::trace_opt`, `trace_deopt` ask for it.
    fn optimizer_event(&self, _line: &str) {}
    /// A frame's contents; called only when `Config::dump_frames` asks for it.
    fn frame_dumped(&self, _dump: &FrameDump) {}
    /// Machine code lies at an address; called only when `Config::perf_basic_prof` is set. `name` is that of V8's perf maps.
    fn code_installed(&self, _start: usize, _size: usize, _name: &str) {}
    /// Bytecode of a function was made; called only when `Config::print_bytecode` is set.
    fn bytecode_compiled(&self, _text: &str) {}
}

/// A host that leaves everything at its default.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultHost;
impl Host for DefaultHost {}
