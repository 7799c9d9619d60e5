//! What exported names mean (ECMA-262 16.2.1.7.2), and namespace objects.
//!
//! ResolveExport follows re-exports and star exports through the graph until it comes to a binding, to nothing, or to an
//! ambiguity; cycles are cut by remembering what was asked. The result is a binding cell, so importing costs a walk at
//! link time and none later. A namespace object is the sorted list of unambiguous names with their cells; how it behaves
//! as an object is in `object::namespace`.

use rustc_hash::FxHashSet;
use unspool_bytecode::{ExportEntry, ImportName, ImportPhase, JsString};
use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom;
use unspool_values::object::ValueBuffer;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, BindingCell, ModuleNamespaceObject};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::object::{Object, ValueExt as _, shapes};
use crate::script::string_value;

use super::Module;

/// A ResolvedBinding Record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binding {
    /// A cell of a module.
    Cell(Gc<Module>, u32),
    /// The namespace object of a module, or its source object.
    Whole(Gc<Module>, ImportPhase),
}

/// What ResolveExport found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Resolution {
    /// No such export, or only a circular one.
    NotFound,
    /// Several star exports give different bindings.
    Ambiguous,
    /// A binding.
    Found(Binding),
}

impl Binding {
    /// The cell to share; a namespace gets a cell of its own.
    pub(super) fn cell(self, cx: Cx<'_>) -> JsResult<Gc<BindingCell>> {
        match self {
            Binding::Cell(module, index) => match module.cell(index) {
                Some(cell) => Ok(cell),
                None => Err(cx.throw_syntax_error("An exported binding is not linked")),
            },
            Binding::Whole(module, phase) => {
                let whole = whole_module(cx, module, phase)?;
                Ok(BindingCell::new(cx, whole, BindingCell::CONST))
            }
        }
    }
}

/// Modules and names already asked for.
type Visited = FxHashSet<(u32, JsString)>;

/// ResolveExport
///
/// # Errors
/// A `RangeError` when the chain of modules is too long.
pub(super) fn resolve_export(cx: Cx<'_>, module: Gc<Module>, name: &JsString) -> JsResult<Resolution> {
    resolve_inner(cx, module, name, &mut Visited::default())
}

fn resolve_inner(
    cx: Cx<'_>,
    module: Gc<Module>,
    name: &JsString,
    visited: &mut Visited,
) -> JsResult<Resolution> {
    if !visited.insert((module.id, name.clone())) {
        return Ok(Resolution::NotFound);
    }
    cx.check_native_stack()?;
    match module.export(name) {
        Some(ExportEntry::Local(local)) => {
            // An import that is exported again is an indirect export.
            if !module.info().cells[local.cell as usize].is_import {
                return Ok(Resolution::Found(Binding::Cell(module, local.cell)));
            }
            let import = module.info().imports.iter().find(|import| import.cell == local.cell);
            let import = import.expect("the cell of an import has an entry");
            let imported = module.imported(import.request);
            return match &import.import {
                ImportName::Namespace => {
                    Ok(Resolution::Found(Binding::Whole(imported, module.phase(import.request))))
                }
                ImportName::Name(name) => resolve_inner(cx, imported, name, visited),
            };
        }
        Some(ExportEntry::Indirect(indirect)) => {
            let imported = module.imported(indirect.request);
            return match &indirect.import {
                ImportName::Namespace => {
                    Ok(Resolution::Found(Binding::Whole(imported, module.phase(indirect.request))))
                }
                ImportName::Name(name) => resolve_inner(cx, imported, name, visited),
            };
        }
        Some(ExportEntry::Star(_)) | None => {}
    }
    if *name == JsString::from("default") {
        return Ok(Resolution::NotFound);
    }
    let mut star = Resolution::NotFound;
    for export in &module.info().exports {
        let ExportEntry::Star(request) = export else { continue };
        match resolve_inner(cx, module.imported(*request), name, visited)? {
            Resolution::Ambiguous => return Ok(Resolution::Ambiguous),
            Resolution::NotFound => {}
            found if star == Resolution::NotFound || star == found => star = found,
            _ => return Ok(Resolution::Ambiguous),
        }
    }
    Ok(star)
}

/// How GetExportedNames came to a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It was asked for its own sake.
    Direct,
    /// By `export *`, which leaves out the default export.
    Star,
}

/// GetExportedNames
fn exported_names(
    cx: Cx<'_>,
    module: Gc<Module>,
    visited: &mut FxHashSet<u32>,
    names: &mut FxHashSet<JsString>,
    way: Way,
) -> JsResult<()> {
    if !visited.insert(module.id) {
        return Ok(());
    }
    cx.check_native_stack()?;
    let default = JsString::from("default");
    for export in &module.info().exports {
        let name = match export {
            ExportEntry::Local(local) => &local.export,
            ExportEntry::Indirect(indirect) => &indirect.export,
            ExportEntry::Star(request) => {
                exported_names(cx, module.imported(*request), visited, names, Way::Star)?;
                continue;
            }
        };
        if way == Way::Direct || *name != default {
            names.insert(name.clone());
        }
    }
    Ok(())
}

/// What an import of a whole module gives in its phase.
///
/// # Errors
/// A `SyntaxError` for the source of a module that has no source object (GetModuleSource).
pub(super) fn whole_module(cx: Cx<'_>, module: Gc<Module>, phase: ImportPhase) -> JsResult<Value> {
    match phase {
        ImportPhase::Evaluation => Ok(namespace_object(cx, module)?.into()),
        ImportPhase::Defer => Ok(deferred_namespace_object(cx, module)?.into()),
        ImportPhase::Source if module.source_object.get().is_object() => Ok(module.source_object.get()),
        ImportPhase::Source => {
            let name = module.name_text(cx);
            Err(cx
                .throw_syntax_error(format_args!("Source phase import is not available for module '{name}'")))
        }
    }
}

/// GetModuleNamespace of the evaluation phase: the namespace object of a module, made now if need be. Everything below the module is loaded.
///
/// # Errors
/// A `RangeError` when the chain of modules is too long.
pub fn namespace_object(cx: Cx<'_>, module: Gc<Module>) -> JsResult<Object> {
    if let Some(namespace) = module.namespace.get().as_object() {
        return Ok(namespace);
    }
    cx.check_native_stack()?;
    make_namespace(cx, module, Deferral::Eager)
}

/// GetModuleNamespace of the defer phase: an object that evaluates the module when its exports are first looked at.
///
/// # Errors
/// A `RangeError` when the chain of modules is too long.
pub fn deferred_namespace_object(cx: Cx<'_>, module: Gc<Module>) -> JsResult<Object> {
    if let Some(namespace) = module.deferred_namespace.get().as_object() {
        return Ok(namespace);
    }
    cx.check_native_stack()?;
    make_namespace(cx, module, Deferral::Deferred)
}

/// Whether a namespace object is deferred.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deferral {
    Eager,
    Deferred,
}

/// ModuleNamespaceCreate
fn make_namespace(cx: Cx<'_>, module: Gc<Module>, deferral: Deferral) -> JsResult<Object> {
    let deferred = deferral == Deferral::Deferred;
    let mut names = FxHashSet::default();
    exported_names(cx, module, &mut FxHashSet::default(), &mut names, Way::Direct)?;
    let then = JsString::from("then");
    let mut names: Vec<JsString> = names.into_iter().filter(|name| !deferred || *name != then).collect();
    names.sort_by(|a, b| a.units().cmp(b.units()));

    let shape = shapes::root_shape(cx, CellKind::ModuleNamespace, None, 0);
    let namespace = cx.allocate_object(shape, |head| ModuleNamespaceObject {
        head,
        module: Value::from_cell(module),
        deferred,
        exports: Barriered::new(None),
    });
    let object = ModuleNamespaceObject::object(namespace);
    object.define_builtin(
        cx,
        cx.symbol_key(WellKnownSymbol::toStringTag),
        if deferred { cx.new_string("Deferred Module").into() } else { cx.known_string(KnownAtom::Module) },
        Attributes::NONE,
    );
    object.prevent_extensions(cx)?;
    // Entered before its exports are known: they may hold the object itself.
    let field = if deferred { &module.deferred_namespace } else { &module.namespace };
    field.set(cx, module, object.into());
    match export_cells(cx, module, &names) {
        Ok(exports) => {
            namespace.exports.set(cx, namespace, Some(exports));
            Ok(object)
        }
        Err(throw) => {
            field.set(cx, module, Value::UNDEFINED);
            Err(throw)
        }
    }
}

/// Names and cells of the unambiguous exports, alternating.
fn export_cells(cx: Cx<'_>, module: Gc<Module>, names: &[JsString]) -> JsResult<Gc<ValueBuffer>> {
    let exports = ValueBuffer::unlimited(cx, names.len() as u32 * 2);
    for name in names {
        if let Resolution::Found(binding) = resolve_export(cx, module, name)? {
            let cell = binding.cell(cx)?;
            let fits = exports.push(cx, string_value(cx, name)) && exports.push(cx, Value::from_cell(cell));
            debug_assert!(fits, "the buffer has room for all names");
        }
    }
    Ok(exports)
}
