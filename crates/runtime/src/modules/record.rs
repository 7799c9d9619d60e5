//! The module record.
//!
//! One structure stands for both sorts: a Source Text Module Record (16.2.1.7) has code, a Synthetic Module Record
//! (16.2.1.8) has values that the engine or the embedder gives. What never changes (requests, imports, exports) is shared
//! with the code block; the record holds state: its status, its binding cells, what its requests were loaded as, and the
//! fields of the evaluation algorithm.

use std::cell::Cell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use unspool_bytecode::{
    CodeBlock, ExportEntry, ImportName, ImportPhase, JsString, LocalExport, ModuleCell, ModuleInfo,
};
use unspool_gc::{Gc, Tracer};
use unspool_values::Value;
use unspool_values::object::ValueBuffer;
use unspool_values::string::JSString;

use crate::cells::{Barriered, BindingCell, Context, FunctionTemplate, NativeData, Trace};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::managed_cell;
use crate::realm::Realm;
use crate::script::MainFunction;

use super::registry;

/// `[[Status]]` of a module. The states follow each other in this order, except that a failed linking goes back to
/// `Unlinked`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum ModuleStatus {
    /// Parsed; what it requests is not loaded yet.
    New,
    /// Everything below it is loaded.
    Unlinked,
    /// On the stack of a linking.
    Linking,
    /// Its imports are connected.
    Linked,
    /// On the stack of an evaluation.
    Evaluating,
    /// Waits for itself or for modules below it that use top-level `await`.
    EvaluatingAsync,
    /// Finished, or failed with an evaluation error.
    Evaluated,
}

impl Trace for ModuleStatus {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

managed_cell! {
    /// A module record: a Source Text Module Record, or a synthetic one when it has no code.
    pub struct Module: Module {
        /// `[[Realm]]`
        pub realm: Gc<Realm>,
        /// The canonical name the host gave it, a string.
        pub name: Value,
        /// Its main code; none for synthetic modules.
        pub template: Option<Gc<FunctionTemplate>>,
        /// What it requests, imports and exports: a [`ModuleData`].
        data: Gc<NativeData>,
        /// Place in the realm's list of modules; identifies the module where a pointer could not be kept.
        pub id: u32,
        /// The [`BindingCell`]s of its environment; the hole for imports that are not linked.
        pub cells: Gc<ValueBuffer>,
        /// `[[LoadedModules]]`: a module for each request, the hole before it is loaded.
        pub loaded: Gc<ValueBuffer>,
        /// `[[Status]]`; synthetic modules stay `New`.
        pub status: Cell<ModuleStatus>,
        /// `[[DFSIndex]]`
        pub dfs_index: Cell<u32>,
        /// `[[DFSAncestorIndex]]`
        pub dfs_ancestor_index: Cell<u32>,
        /// The suspended main code once linked; of a synthetic module the buffer of the values of its exports.
        pub activation: Barriered<Value>,
        /// `[[EvaluationError]]`: the reason, the hole when there is none.
        pub evaluation_error: Barriered<Value>,
        /// `[[CycleRoot]]`
        pub cycle_root: Barriered<Option<Gc<Module>>>,
        /// `[[AsyncEvaluationOrder]]`: 0 for unset, `Module::ASYNC_DONE` for done.
        pub async_order: Cell<u64>,
        /// `[[PendingAsyncDependencies]]`
        pub pending_async: Cell<u32>,
        /// `[[AsyncParentModules]]`: a list, or undefined.
        pub async_parents: Barriered<Value>,
        /// `[[TopLevelCapability]]`: its promise, or undefined.
        pub top_level_promise: Barriered<Value>,
        /// `[[Namespace]]`: the object, or undefined.
        pub namespace: Barriered<Value>,
        /// `[[DeferredNamespace]]`: the object, or undefined.
        pub deferred_namespace: Barriered<Value>,
        /// The module source object that `import source` gives, or undefined when there is none.
        pub source_object: Barriered<Value>,
        /// `[[ImportMeta]]`: the object, or undefined.
        pub import_meta: Barriered<Value>,
    }
}

/// The plain data of a module.
struct ModuleData {
    info: InfoSource,
    /// Where the local and indirect exports of a name are in the list of exports.
    exports: FxHashMap<JsString, u32>,
}

enum InfoSource {
    Code(Arc<CodeBlock>),
    Synthetic(ModuleInfo),
}

impl ModuleData {
    fn new(info: InfoSource) -> ModuleData {
        let mut data = ModuleData { info, exports: FxHashMap::default() };
        let mut exports = FxHashMap::default();
        for (i, export) in data.info().exports.iter().enumerate() {
            let name = match export {
                ExportEntry::Local(local) => &local.export,
                ExportEntry::Indirect(indirect) => &indirect.export,
                ExportEntry::Star(_) => continue,
            };
            exports.insert(name.clone(), i as u32);
        }
        data.exports = exports;
        data
    }

    fn info(&self) -> &ModuleInfo {
        match &self.info {
            InfoSource::Code(code) => {
                code.module.as_deref().expect("main code of a module describes the module")
            }
            InfoSource::Synthetic(info) => info,
        }
    }
}

impl Module {
    /// `[[AsyncEvaluationOrder]]` after the asynchronous evaluation ended.
    pub(crate) const ASYNC_DONE: u64 = u64::MAX;

    /// The record of a compiled module in the running realm. It is not registered under its name.
    pub(super) fn new(cx: Cx<'_>, name: &str, main: MainFunction) -> JsResult<Gc<Module>> {
        let code = Arc::clone(main.0.code().expect("the main function is compiled"));
        let module = allocate(cx, name, Some(main.0), InfoSource::Code(code))?;
        main.0.script.referrer.set(cx, main.0.script, Value::from_cell(module));
        Ok(module)
    }

    /// Requests, imports and exports.
    pub fn info(&self) -> &ModuleInfo {
        self.module_data().info()
    }

    fn module_data(&self) -> &ModuleData {
        self.data.get::<ModuleData>().expect("a module owns module data")
    }

    /// The entry of a name among local and indirect exports.
    pub(super) fn export(&self, name: &JsString) -> Option<&ExportEntry> {
        let data = self.module_data();
        data.exports.get(name).map(|i| &data.info().exports[*i as usize])
    }

    /// Is it a Cyclic Module Record (one with code)?
    pub(crate) fn is_cyclic(&self) -> bool {
        self.template.is_some()
    }

    /// `[[HasTLA]]`
    pub fn has_top_level_await(&self) -> bool {
        self.info().has_top_level_await
    }

    /// GetImportedModule: what request `index` was loaded as.
    pub fn imported(&self, index: u32) -> Gc<Module> {
        self.loaded_module(index).expect("what a module requests is loaded before it is linked")
    }

    /// In which phase request `index` wants its module.
    pub(super) fn phase(&self, index: u32) -> ImportPhase {
        self.info().requests[index as usize].phase
    }

    /// What request `index` was loaded as, if it was.
    pub(super) fn loaded_module(&self, index: u32) -> Option<Gc<Module>> {
        self.loaded.get(index)?.to::<Module>()
    }

    /// The cell of a binding; none for an import that is not linked.
    pub(super) fn cell(&self, index: u32) -> Option<Gc<BindingCell>> {
        self.cells.get(index)?.to::<BindingCell>()
    }

    /// The canonical name.
    pub(crate) fn name_text(&self, cx: Cx<'_>) -> String {
        self.name.to::<JSString>().map_or(String::new(), |name| cx.rust_string(name))
    }

    /// `[[EvaluationError]]`, if there is one.
    pub fn error(&self) -> Option<Value> {
        Some(self.evaluation_error.get()).filter(|error| !error.is_hole())
    }
}

fn allocate(
    cx: Cx<'_>,
    name: &str,
    template: Option<Gc<FunctionTemplate>>,
    info: InfoSource,
) -> JsResult<Gc<Module>> {
    let data = ModuleData::new(info);
    let (cells, loaded) = {
        let info = data.info();
        let cells = ValueBuffer::unlimited(cx, info.cells.len() as u32);
        cells.resize(info.cells.len() as u32);
        for (i, cell) in info.cells.iter().enumerate() {
            let value = match own_cell(info, i as u32, cell) {
                OwnCell::Shared => Value::HOLE,
                OwnCell::Variable(value) => Value::from_cell(BindingCell::new(cx, value, 0)),
                OwnCell::Constant => Value::from_cell(BindingCell::new(cx, Value::HOLE, BindingCell::CONST)),
            };
            cells.set(cx, i as u32, value);
        }
        let loaded = ValueBuffer::unlimited(cx, info.requests.len() as u32);
        loaded.resize(info.requests.len() as u32);
        for i in 0..loaded.len() {
            loaded.set(cx, i, Value::HOLE);
        }
        (cells, loaded)
    };
    let realm = cx.realm();
    let id = registry::next_id(cx);
    let name = cx.new_string(name).into();
    let data = NativeData::new(cx, Box::new(data));
    let module = cx.allocate(|header| Module {
        header,
        realm,
        name,
        template,
        data,
        id,
        cells,
        loaded,
        status: Cell::new(ModuleStatus::New),
        dfs_index: Cell::new(0),
        dfs_ancestor_index: Cell::new(0),
        activation: Barriered::new(Value::UNDEFINED),
        evaluation_error: Barriered::new(Value::HOLE),
        cycle_root: Barriered::new(None),
        async_order: Cell::new(0),
        pending_async: Cell::new(0),
        async_parents: Barriered::new(Value::UNDEFINED),
        top_level_promise: Barriered::new(Value::UNDEFINED),
        namespace: Barriered::new(Value::UNDEFINED),
        deferred_namespace: Barriered::new(Value::UNDEFINED),
        source_object: Barriered::new(Value::UNDEFINED),
        import_meta: Barriered::new(Value::UNDEFINED),
    });
    registry::add(cx, module)?;
    Ok(module)
}

/// Whose a binding cell is.
enum OwnCell {
    /// Another module's: an import by name.
    Shared,
    /// A variable of this module, with its initial value.
    Variable(Value),
    /// The namespace or module source object of an import.
    Constant,
}

fn own_cell(info: &ModuleInfo, index: u32, cell: &ModuleCell) -> OwnCell {
    if cell.is_import {
        let is_namespace = info.imports.iter().any(|i| i.cell == index && i.import == ImportName::Namespace);
        return if is_namespace { OwnCell::Constant } else { OwnCell::Shared };
    }
    OwnCell::Variable(if cell.starts_as_hole { Value::HOLE } else { Value::UNDEFINED })
}

/// CreateSyntheticModule: a module of the running realm whose exports get their values when it is evaluated. It is not
/// registered under its name.
///
/// # Errors
/// A `RangeError` when memory is short.
pub fn synthetic_module(
    cx: Cx<'_>,
    name: &str,
    exports: &[JsString],
    values: &[Value],
) -> JsResult<Gc<Module>> {
    debug_assert_eq!(exports.len(), values.len());
    let mut info = ModuleInfo::default();
    for (i, export) in exports.iter().enumerate() {
        info.cells.push(ModuleCell { name: export.clone(), starts_as_hole: false, is_import: false });
        info.exports.push(ExportEntry::Local(LocalExport { export: export.clone(), cell: i as u32 }));
    }
    let buffer = ValueBuffer::unlimited(cx, values.len() as u32);
    buffer.resize(values.len() as u32);
    for (i, value) in values.iter().enumerate() {
        buffer.set(cx, i as u32, *value);
    }
    let module = allocate(cx, name, None, InfoSource::Synthetic(info))?;
    module.activation.set(cx, module, Value::from_cell(buffer));
    Ok(module)
}

/// Cell `index` of the module whose context this is; none for a context of another sort.
#[inline(always)]
pub fn binding_cell(context: Gc<Context>, index: u32) -> Option<Gc<BindingCell>> {
    context.extension.get().to::<ValueBuffer>()?.get(index)?.to::<BindingCell>()
}
