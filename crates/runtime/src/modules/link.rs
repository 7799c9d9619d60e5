//! Linking (ECMA-262 16.2.1.6.1.2, 16.2.1.7.3.1): imports are connected to what they mean, functions are instantiated.
//!
//! A depth-first walk after Tarjan: modules that import each other form a *strongly connected component* and become
//! linked together. To link a module is to put other modules' binding cells into the places of its imports, and then to
//! run its main code up to the first suspension, which instantiates its function declarations. Nothing of the program
//! runs yet. If any module fails, all that were on the stack go back to unlinked.

use unspool_bytecode::{ExportEntry, ImportName, ImportPhase, JsString, Span};
use unspool_gc::Gc;
use unspool_values::Value;
use unspool_values::object::GcVec;

use crate::cells::{Context, FunctionTemplate};
use crate::completion::{JsResult, Throw};
use crate::function::call;
use crate::isolate::Cx;
use crate::script::{MainFunction, main_closure};
use crate::strings::OrThrow as _;

use super::resolve::{Binding, Resolution, resolve_export, whole_module};
use super::{Module, ModuleStatus};

/// Link: prepares a module and everything below it for evaluation.
///
/// # Errors
/// A `SyntaxError` for an import that has no binding or several.
pub fn link(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    if !module.is_cyclic() {
        return Ok(());
    }
    debug_assert_ne!(module.status.get(), ModuleStatus::New, "a module is loaded before it is linked");
    let stack = GcVec::new(cx);
    let result = cx.with_realm(module.realm, || inner_module_linking(cx, module, stack, 0));
    match result {
        Ok(_) => Ok(()),
        Err(throw) => {
            for unfinished in stack.iter() {
                let unfinished = unfinished.to::<Module>().expect("the stack holds modules");
                unfinished.status.set(ModuleStatus::Unlinked);
            }
            Err(throw)
        }
    }
}

/// InnerModuleLinking
fn inner_module_linking(cx: Cx<'_>, module: Gc<Module>, stack: GcVec, index: u32) -> JsResult<u32> {
    if !module.is_cyclic() || module.status.get() != ModuleStatus::Unlinked {
        return Ok(index);
    }
    cx.check_native_stack()?;
    module.status.set(ModuleStatus::Linking);
    module.dfs_index.set(index);
    module.dfs_ancestor_index.set(index);
    let mut next = index + 1;
    stack.push(cx, Value::from_cell(module)).or_throw(cx)?;
    for i in 0..module.loaded.len() {
        if module.phase(i) == ImportPhase::Source {
            continue;
        }
        let required = module.imported(i);
        next = inner_module_linking(cx, required, stack, next)?;
        if required.is_cyclic() && required.status.get() == ModuleStatus::Linking {
            let ancestor = module.dfs_ancestor_index.get().min(required.dfs_ancestor_index.get());
            module.dfs_ancestor_index.set(ancestor);
        }
    }
    initialize_environment(cx, module)?;
    debug_assert!(module.dfs_ancestor_index.get() <= module.dfs_index.get());
    if module.dfs_ancestor_index.get() == module.dfs_index.get() {
        while let Some(done) = stack.pop().and_then(|top| top.to::<Module>()) {
            done.status.set(ModuleStatus::Linked);
            if done == module {
                break;
            }
        }
    }
    Ok(next)
}

/// InitializeEnvironment
fn initialize_environment(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    for export in &module.info().exports {
        if let ExportEntry::Indirect(indirect) = export {
            let what = match &indirect.import {
                ImportName::Name(name) => name,
                ImportName::Namespace => continue,
            };
            let resolution = resolve_export(cx, module, &indirect.export)?;
            found(cx, module, indirect.request, what, resolution, indirect.span)?;
        }
    }
    for import in &module.info().imports {
        let imported = module.imported(import.request);
        match &import.import {
            ImportName::Namespace => {
                let whole = whole_module(cx, imported, module.phase(import.request))?;
                let cell = module.cell(import.cell).expect("an import of a namespace has a cell of its own");
                cell.value.set(cx, cell, whole);
            }
            ImportName::Name(name) => {
                let resolution = resolve_export(cx, imported, name)?;
                let binding = found(cx, module, import.request, name, resolution, import.span)?;
                let cell = binding.cell(cx)?;
                module.cells.set(cx, import.cell, Value::from_cell(cell));
            }
        }
    }
    instantiate(cx, module)
}

/// The binding, or the `SyntaxError` of an import that has none.
fn found(
    cx: Cx<'_>,
    module: Gc<Module>,
    request: u32,
    name: &JsString,
    resolution: Resolution,
    span: Span,
) -> JsResult<Binding> {
    match resolution {
        Resolution::Found(binding) => Ok(binding),
        Resolution::NotFound => {
            Err(link_error(cx, module, request, name, span, "does not provide an export named"))
        }
        Resolution::Ambiguous => {
            Err(link_error(cx, module, request, name, span, "contains conflicting star exports for name"))
        }
    }
}

#[cold]
fn link_error(
    cx: Cx<'_>,
    module: Gc<Module>,
    request: u32,
    name: &JsString,
    span: Span,
    problem: &str,
) -> Throw {
    let specifier = module.info().requests[request as usize].specifier.to_string_lossy();
    let name = name.to_string_lossy();
    let place = match module.template {
        Some(template) => template.script.data().position_text(span.start),
        None => module.name_text(cx),
    };
    cx.throw_syntax_error(format_args!("The requested module '{specifier}' {problem} '{name}' ({place})"))
}

/// Makes the module's context and runs its main code up to where the functions are instantiated.
fn instantiate(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    let Some(template) = module.template else { return Ok(()) };
    let context = module_context(cx, module, template);
    let closure = main_closure(cx, MainFunction(template), Some(context));
    let activation = call(cx, closure.into(), Value::UNDEFINED, &[])?;
    module.activation.set(cx, module, activation);
    Ok(())
}

/// The context of a module: its slots as the code describes them, its cells in the extension.
fn module_context(cx: Cx<'_>, module: Gc<Module>, template: Gc<FunctionTemplate>) -> Gc<Context> {
    let info = module.info();
    let slots = info.scope.as_ref().map_or(0, |scope| scope.slots.len() as u32);
    let cells = Value::from_cell(module.cells);
    let context =
        Context::new(cx, None, Some(template), Context::MODULE_SCOPE, slots, cells, Value::UNDEFINED);
    if let Some(scope) = &info.scope {
        for (i, slot) in scope.slots.iter().enumerate() {
            if slot.mode.starts_as_hole() {
                Context::set_slot(context, cx, i as u32, Value::HOLE);
            }
        }
    }
    context
}
