//! Modules (ECMA-262 16.2.1): records, loading, linking, evaluation, namespaces, dynamic import.
//!
//! A [`Module`] is a cell. Its *cells* are the `BindingCell`s of its environment: an exported local has its own, an import
//! by name shares the exporting module's cell once linked (that is what makes bindings live), an import of a namespace has
//! one that holds the namespace object. The other variables of a module are registers and context slots like any.
//!
//! Stages, each a file: `load` asks the [host](crate::host::Host::load_module) for what a module requests and parses it;
//! `resolve` finds what an exported name means; `link` connects cells and instantiates functions; `evaluate` runs the graph
//! and deals with top-level `await`; `import` is `import()` and `import.meta`.
//!
//! A module's main code is a closure in the module's context. Calling it instantiates the function declarations and then
//! suspends; evaluation resumes it. The host is synchronous, so loading is too, but `import()` goes through the promises of
//! the specification, so that everything happens in the same turn as in other engines.
//!
//! Synthetic modules (JSON, text, those of the embedder) are records without code whose exports are known from the start.
//!
//! `defer` is deferred evaluation (`import defer`). `import source` gives the module source object of modules that have one;
//! JavaScript modules have none.

mod defer;
mod evaluate;
mod import;
mod link;
mod load;
mod record;
mod registry;
mod resolve;

pub(crate) use defer::evaluate_deferred;
pub use evaluate::evaluate;
pub use import::{active_referrer, import_call, import_meta, module_namespace, referrer_of};
pub use link::link;
pub use load::{MODULE_SOURCE, ModuleFailure, load_requested_modules, parse_module, run_module};
pub use record::{Module, ModuleStatus, binding_cell, synthetic_module};
pub use registry::{find_module, register_module};
pub use resolve::{deferred_namespace_object, namespace_object};
