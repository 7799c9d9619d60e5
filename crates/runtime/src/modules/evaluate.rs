//! Evaluation of a graph of modules (ECMA-262 16.2.1.6.1.3 to 16.2.1.6.1.3.5).
//!
//! The graph is walked depth first; the strongly connected components found on the way (*cycles*) change their state
//! together. A module that uses top-level `await`, or depends on one that does, is *async*: it gets an order number, and
//! each async module tells its parents when it has ended. Modules that become ready at the same time run in that order.

use rustc_hash::FxHashSet;
use unspool_bytecode::ImportPhase;
use unspool_gc::Gc;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::object::{GcVec, ValueBuffer};

use crate::cells::{GeneratorObject, NativeFunction, PromiseObject, ResumeMode};
use crate::completion::JsResult;
use crate::function::new_native_closure;
use crate::generators;
use crate::isolate::Cx;
use crate::native::{Arguments, NativeFn};
use crate::promise::{fulfill_promise, new_promise, perform_promise_then, reject_promise};
use crate::realm::Intrinsic;
use crate::strings::OrThrow as _;

use super::{Module, ModuleStatus, defer, registry};

/// Evaluate: gives the promise of the evaluation of a linked module. The graph is evaluated once; asking again gives the same
/// promise for all modules of a cycle.
///
/// # Errors
/// Only termination: what the program throws rejects the promise.
pub fn evaluate(cx: Cx<'_>, module: Gc<Module>) -> JsResult<Gc<PromiseObject>> {
    cx.with_realm(module.realm, || {
        if module.is_cyclic() { evaluate_cyclic(cx, module) } else { Ok(evaluate_synthetic(cx, module)) }
    })
}

/// Evaluate of a Synthetic Module Record.
fn evaluate_synthetic(cx: Cx<'_>, module: Gc<Module>) -> Gc<PromiseObject> {
    if let Some(values) = module.activation.get().to::<ValueBuffer>() {
        for i in 0..values.len() {
            if let (Some(cell), Some(value)) = (module.cell(i), values.get(i)) {
                cell.value.set(cx, cell, value);
            }
        }
        module.activation.set(cx, module, Value::UNDEFINED);
    }
    let promise = new_promise(cx);
    fulfill_promise(cx, promise, Value::UNDEFINED);
    promise
}

fn evaluate_cyclic(cx: Cx<'_>, module: Gc<Module>) -> JsResult<Gc<PromiseObject>> {
    let module = match module.status.get() {
        ModuleStatus::EvaluatingAsync | ModuleStatus::Evaluated => module.cycle_root.get().unwrap_or(module),
        ModuleStatus::Linked => module,
        _ => {
            // The embedder runs jobs while modules are evaluated.
            let error = cx.new_error(Intrinsic::ErrorPrototype, "The module is being evaluated");
            let promise = new_promise(cx);
            reject_promise(cx, promise, error.into());
            return Ok(promise);
        }
    };
    if let Some(promise) = module.top_level_promise.get().to::<PromiseObject>() {
        return Ok(promise);
    }
    let promise = new_promise(cx);
    module.top_level_promise.set(cx, module, Value::from_cell(promise));
    let stack = GcVec::new(cx);
    match inner_module_evaluation(cx, module, stack, 0) {
        Ok(_) => {
            debug_assert!(matches!(
                module.status.get(),
                ModuleStatus::EvaluatingAsync | ModuleStatus::Evaluated
            ));
            if module.status.get() == ModuleStatus::Evaluated {
                fulfill_promise(cx, promise, Value::UNDEFINED);
            }
            Ok(promise)
        }
        Err(throw) if cx.is_terminating() => Err(throw),
        Err(throw) => {
            let reason = cx.take_exception(throw);
            for failed in stack.iter() {
                let failed = failed.to::<Module>().expect("the stack holds modules");
                failed.async_order.set(0);
                fail(cx, failed, reason);
            }
            if module.status.get() == ModuleStatus::Linked {
                // Not even entered: the machine stack is used up.
                fail(cx, module, reason);
            }
            reject_promise(cx, promise, reason);
            Ok(promise)
        }
    }
}

fn fail(cx: Cx<'_>, module: Gc<Module>, reason: Value) {
    module.status.set(ModuleStatus::Evaluated);
    module.evaluation_error.set(cx, module, reason);
}

/// InnerModuleEvaluation
fn inner_module_evaluation(cx: Cx<'_>, module: Gc<Module>, stack: GcVec, index: u32) -> JsResult<u32> {
    if !module.is_cyclic() {
        evaluate_synthetic(cx, module);
        return Ok(index);
    }
    match module.status.get() {
        ModuleStatus::EvaluatingAsync | ModuleStatus::Evaluated => {
            return match module.error() {
                None => Ok(index),
                Some(reason) => Err(cx.throw(reason)),
            };
        }
        ModuleStatus::Evaluating => return Ok(index),
        status => debug_assert_eq!(status, ModuleStatus::Linked),
    }
    cx.check_native_stack()?;
    module.status.set(ModuleStatus::Evaluating);
    module.dfs_index.set(index);
    module.dfs_ancestor_index.set(index);
    module.pending_async.set(0);
    let mut next = index + 1;
    stack.push(cx, Value::from_cell(module)).or_throw(cx)?;
    for required in evaluation_list(cx, module)?.iter() {
        let mut required = required.to::<Module>().expect("the list holds modules");
        next = inner_module_evaluation(cx, required, stack, next)?;
        if !required.is_cyclic() {
            continue;
        }
        if required.status.get() == ModuleStatus::Evaluating {
            let ancestor = module.dfs_ancestor_index.get().min(required.dfs_ancestor_index.get());
            module.dfs_ancestor_index.set(ancestor);
        } else {
            required = required.cycle_root.get().unwrap_or(required);
            if let Some(reason) = required.error() {
                return Err(cx.throw(reason));
            }
        }
        if is_ordered(required) {
            module.pending_async.set(module.pending_async.get() + 1);
            parents(cx, required).push(cx, Value::from_cell(module)).or_throw(cx)?;
        }
    }
    if module.pending_async.get() > 0 || module.has_top_level_await() {
        debug_assert_eq!(module.async_order.get(), 0);
        module.async_order.set(registry::next_async_order(cx, module.realm));
        if module.pending_async.get() == 0 {
            execute_async_module(cx, module)?;
        }
    } else {
        execute_module(cx, module)?;
    }
    debug_assert!(module.dfs_ancestor_index.get() <= module.dfs_index.get());
    if module.dfs_ancestor_index.get() == module.dfs_index.get() {
        while let Some(done) = stack.pop().and_then(|top| top.to::<Module>()) {
            let is_async = done.async_order.get() != 0;
            done.status.set(if is_async { ModuleStatus::EvaluatingAsync } else { ModuleStatus::Evaluated });
            done.cycle_root.set(cx, done, Some(module));
            if done == module {
                break;
            }
        }
    }
    Ok(next)
}

/// The modules to evaluate before `module`: what it requests, and of deferred modules the asynchronous ones below them.
fn evaluation_list(cx: Cx<'_>, module: Gc<Module>) -> JsResult<GcVec> {
    let list = GcVec::new(cx);
    let mut seen = FxHashSet::default();
    for i in 0..module.loaded.len() {
        let required = module.imported(i);
        match module.phase(i) {
            ImportPhase::Source => {}
            ImportPhase::Defer => {
                let asynchronous = defer::gather_asynchronous_dependencies(cx, required)?;
                for dependency in asynchronous.iter() {
                    if seen.insert(dependency.to::<Module>().map_or(0, |m| m.id)) {
                        list.push(cx, dependency).or_throw(cx)?;
                    }
                }
            }
            ImportPhase::Evaluation => {
                if seen.insert(required.id) {
                    list.push(cx, Value::from_cell(required)).or_throw(cx)?;
                }
            }
        }
    }
    Ok(list)
}

/// Is `[[AsyncEvaluationOrder]]` an integer: has the asynchronous evaluation begun and not ended?
fn is_ordered(module: Gc<Module>) -> bool {
    !matches!(module.async_order.get(), 0 | Module::ASYNC_DONE)
}

/// `[[AsyncParentModules]]`
fn parents(cx: Cx<'_>, module: Gc<Module>) -> GcVec {
    if let Some(list) = module.async_parents.get().to() {
        return GcVec::from_cell(list);
    }
    let list = GcVec::new(cx);
    module.async_parents.set(cx, module, Value::from_cell(list.cell()));
    list
}

/// The suspended main code.
fn activation(module: Gc<Module>) -> Gc<GeneratorObject> {
    generators::from_value(module.activation.get())
        .expect("a linked module is suspended after its instantiation")
}

/// ExecuteModule of a module without top-level `await`.
fn execute_module(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    cx.check_native_stack()?;
    let main = activation(module);
    module.activation.set(cx, module, Value::UNDEFINED);
    (cx.hooks.resume)(cx, main, ResumeMode::Next, Value::UNDEFINED)?;
    Ok(())
}

/// ExecuteAsyncModule
fn execute_async_module(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    debug_assert!(matches!(module.status.get(), ModuleStatus::Evaluating | ModuleStatus::EvaluatingAsync));
    debug_assert!(module.has_top_level_await());
    cx.check_native_stack()?;
    let main = activation(module);
    module.activation.set(cx, module, Value::UNDEFINED);
    let promise = main.promise.get().to::<PromiseObject>().expect("async main code has a promise");
    let closure = |function: NativeFn| -> Value {
        let data = [Value::from_cell(module), Value::UNDEFINED];
        NativeFunction::object(new_native_closure(cx, cx.key(KnownAtom::empty), 1, function, data)).into()
    };
    perform_promise_then(cx, promise, closure(on_fulfilled), closure(on_rejected), None);
    // What the code throws rejects its promise; only what no handler catches is an error here.
    (cx.hooks.resume)(cx, main, ResumeMode::Next, Value::UNDEFINED)?;
    Ok(())
}

fn module_of(args: Arguments<'_>) -> Gc<Module> {
    args.data(0).to::<Module>().expect("the closure belongs to a module")
}

fn on_fulfilled(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    async_module_execution_fulfilled(cx, module_of(args))?;
    Ok(Value::UNDEFINED)
}

fn on_rejected(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    async_module_execution_rejected(cx, module_of(args), args.get(0))?;
    Ok(Value::UNDEFINED)
}

/// GatherAvailableAncestors: appends the modules that have nothing left to wait for.
fn gather_available_ancestors(cx: Cx<'_>, module: Gc<Module>, ready: GcVec) -> JsResult<()> {
    cx.check_native_stack()?;
    for parent in parents(cx, module).iter() {
        let parent = parent.to::<Module>().expect("parents are modules");
        let failed =
            parent.error().is_some() || parent.cycle_root.get().is_some_and(|root| root.error().is_some());
        if failed || ready.iter().any(|r| r == Value::from_cell(parent)) {
            continue;
        }
        debug_assert_eq!(parent.status.get(), ModuleStatus::EvaluatingAsync);
        debug_assert!(is_ordered(parent) && parent.pending_async.get() > 0);
        parent.pending_async.set(parent.pending_async.get() - 1);
        if parent.pending_async.get() == 0 {
            ready.push(cx, Value::from_cell(parent)).or_throw(cx)?;
            if !parent.has_top_level_await() {
                gather_available_ancestors(cx, parent, ready)?;
            }
        }
    }
    Ok(())
}

/// The asynchronous evaluation of a module ended well.
fn finish(cx: Cx<'_>, module: Gc<Module>) {
    module.async_order.set(Module::ASYNC_DONE);
    module.status.set(ModuleStatus::Evaluated);
    if let Some(promise) = module.top_level_promise.get().to::<PromiseObject>() {
        debug_assert!(module.cycle_root.get() == Some(module));
        fulfill_promise(cx, promise, Value::UNDEFINED);
    }
}

/// AsyncModuleExecutionFulfilled
fn async_module_execution_fulfilled(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    if module.status.get() == ModuleStatus::Evaluated {
        debug_assert!(module.error().is_some());
        return Ok(());
    }
    finish(cx, module);
    let ready = GcVec::new(cx);
    gather_available_ancestors(cx, module, ready)?;
    let mut order: Vec<(u64, usize)> = (0..ready.len())
        .map(|i| (ready.get(i).to::<Module>().map_or(0, |m| m.async_order.get()), i))
        .collect();
    order.sort_unstable();
    for (_, i) in order {
        let next = ready.get(i).to::<Module>().expect("the list holds modules");
        if next.status.get() == ModuleStatus::Evaluated {
            debug_assert!(next.error().is_some());
        } else if next.has_top_level_await() {
            execute_async_module(cx, next)?;
        } else {
            match execute_module(cx, next) {
                Ok(()) => finish(cx, next),
                Err(throw) if cx.is_terminating() => return Err(throw),
                Err(throw) => {
                    let reason = cx.take_exception(throw);
                    async_module_execution_rejected(cx, next, reason)?;
                }
            }
        }
    }
    Ok(())
}

/// AsyncModuleExecutionRejected
fn async_module_execution_rejected(cx: Cx<'_>, module: Gc<Module>, reason: Value) -> JsResult<()> {
    if module.status.get() == ModuleStatus::Evaluated {
        debug_assert!(module.error().is_some());
        return Ok(());
    }
    cx.check_native_stack()?;
    debug_assert!(is_ordered(module));
    fail(cx, module, reason);
    module.async_order.set(Module::ASYNC_DONE);
    if let Some(promise) = module.top_level_promise.get().to::<PromiseObject>() {
        debug_assert!(module.cycle_root.get() == Some(module));
        reject_promise(cx, promise, reason);
    }
    for parent in parents(cx, module).iter() {
        let parent = parent.to::<Module>().expect("parents are modules");
        async_module_execution_rejected(cx, parent, reason)?;
    }
    Ok(())
}
