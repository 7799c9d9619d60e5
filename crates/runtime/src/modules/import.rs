//! `import()` and `import.meta` (ECMA-262 13.3.10, 13.3.12), and the referrers of code.
//!
//! `Script::referrer` tells what `import()` is relative to: the module of module code; for code made of strings the module or
//! script of the code that made it; `undefined` for a script, which is its own referrer.

use std::ops::ControlFlow;

use unspool_bytecode::{ImportPhase, JsString};
use unspool_gc::Gc;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::string::{JSString, StrView};

use crate::cells::{FunctionTemplate, NativeFunction, PromiseObject, PromiseState, Record, Script};
use crate::completion::{JsResult, Throw};
use crate::convert::to_string;
use crate::function::new_native_closure;
use crate::isolate::Cx;
use crate::native::{Arguments, NativeFn};
use crate::object::{Object, PropertyNameKind, ValueExt as _};
use crate::promise::{fulfill_promise, new_promise, perform_promise_then, reject_promise, resolve_promise};
use crate::strings::OrThrow as _;

use super::defer::gather_asynchronous_dependencies;
use super::load::{host_load, type_attribute, unsupported_attribute};
use super::resolve::whole_module;
use super::{Module, evaluate, link, load_requested_modules};

/// The referrer of code in `script`: a module or a script.
pub fn referrer_of(script: Gc<Script>) -> Value {
    let referrer = script.referrer.get();
    if referrer.is_undefined() { Value::from_cell(script) } else { referrer }
}

/// GetActiveScriptOrModule: the referrer of the innermost code of the program, or undefined.
pub fn active_referrer(cx: Cx<'_>) -> Value {
    let mut referrer = Value::UNDEFINED;
    cx.for_each_frame(|template, _| {
        if template.has(FunctionTemplate::NATIVE) {
            return ControlFlow::Continue(());
        }
        referrer = referrer_of(template.script);
        ControlFlow::Break(())
    });
    referrer
}

/// The name that a host resolves specifiers against.
fn referrer_name(cx: Cx<'_>, referrer: Value) -> String {
    if let Some(module) = referrer.to::<Module>() {
        return module.name_text(cx);
    }
    referrer.to::<Script>().map_or(String::new(), |script| script.data().name.clone())
}

/// The module whose code is in `script`.
fn module_of(script: Gc<Script>) -> Option<Gc<Module>> {
    script.referrer.get().to::<Module>()
}

/// `import.meta` in the code of a module.
///
/// # Errors
/// What the host throws.
pub fn import_meta(cx: Cx<'_>, script: Gc<Script>) -> JsResult<Value> {
    let Some(module) = module_of(script) else {
        return Err(cx.throw_syntax_error("Cannot use 'import.meta' outside a module"));
    };
    if module.import_meta.get().is_undefined() {
        let meta = Object::with_prototype(cx, None);
        cx.host.borrow().import_meta(cx, meta, &module.name_text(cx))?;
        module.import_meta.set(cx, module, meta.into());
    }
    Ok(module.import_meta.get())
}

/// The namespace object of request `request` of the module in `script`.
///
/// # Errors
/// A `RangeError` when the chain of modules is too long.
pub fn module_namespace(cx: Cx<'_>, script: Gc<Script>, request: u32) -> JsResult<Value> {
    let Some(module) = module_of(script) else { return Ok(Value::UNDEFINED) };
    match module.loaded_module(request) {
        Some(imported) => whole_module(cx, imported, module.phase(request)),
        None => Ok(Value::UNDEFINED),
    }
}

/// EvaluateImportCall, after its operands were evaluated: `import(specifier, options)` in code of `script`. `phase` is 0 for
/// evaluation, 1 for source, 2 for defer.
///
/// # Errors
/// Only termination: everything else rejects the promise that is returned.
pub fn import_call(
    cx: Cx<'_>,
    script: Gc<Script>,
    specifier: Value,
    options: Value,
    phase: u32,
) -> JsResult<Value> {
    let promise = new_promise(cx);
    let referrer = referrer_of(script);
    let loaded = load_dynamically(cx, referrer, specifier, options);
    match loaded {
        Ok(module) => continue_dynamic_import(cx, promise, module, import_phase(phase))?,
        Err(throw) => reject_with(cx, promise, throw)?,
    }
    Ok(Value::from_cell(promise))
}

/// Rejects `promise` with the pending exception, unless that is the end of the program.
fn reject_with(cx: Cx<'_>, promise: Gc<PromiseObject>, throw: Throw) -> JsResult<()> {
    if cx.is_terminating() {
        return Err(throw);
    }
    let reason = cx.take_exception(throw);
    reject_promise(cx, promise, reason);
    Ok(())
}

fn load_dynamically(cx: Cx<'_>, referrer: Value, specifier: Value, options: Value) -> JsResult<Gc<Module>> {
    let specifier = to_string(cx, specifier)?;
    let attributes = read_attributes(cx, options)?;
    if let Some(key) = unsupported_attribute(&attributes) {
        let key = key.to_string_lossy();
        return Err(cx.throw_type_error(format_args!("Import attribute '{key}' is not supported")));
    }
    let specifier = plain_string(cx, specifier)?;
    let module = host_load(cx, &referrer_name(cx, referrer), &specifier, type_attribute(&attributes))?;
    Ok(module)
}

fn plain_string(cx: Cx<'_>, string: Gc<JSString>) -> JsResult<JsString> {
    Ok(match cx.flatten(&string)? {
        StrView::Latin1(bytes) => JsString::from_latin1(bytes),
        StrView::Utf16(units) => JsString::from_utf16(units),
    })
}

/// The import attributes in the second argument of `import()`.
fn read_attributes(cx: Cx<'_>, options: Value) -> JsResult<Vec<(JsString, JsString)>> {
    let mut attributes = Vec::new();
    if options.is_undefined() {
        return Ok(attributes);
    }
    let Some(options) = options.as_object() else {
        return Err(cx.throw_type_error("The second argument of import() must be an object"));
    };
    let with = options.get(cx, cx.key(KnownAtom::with))?;
    if with.is_undefined() {
        return Ok(attributes);
    }
    let Some(with) = with.as_object() else {
        return Err(cx.throw_type_error("The 'with' option of import() must be an object"));
    };
    let entries = with.enumerable_own_properties(cx, PropertyNameKind::KeyAndValue)?;
    for entry in entries.iter() {
        let entry = entry.as_object_unchecked();
        let key = entry.get(cx, unspool_values::PropertyKey::from_index(0))?;
        let value = entry.get(cx, unspool_values::PropertyKey::from_index(1))?;
        let (Some(key), Some(value)) = (key.to::<JSString>(), value.to::<JSString>()) else {
            return Err(cx.throw_type_error("Import attribute values must be strings"));
        };
        attributes.push((plain_string(cx, key)?, plain_string(cx, value)?));
    }
    attributes.sort();
    Ok(attributes)
}

fn import_phase(phase: u32) -> ImportPhase {
    match phase {
        0 => ImportPhase::Evaluation,
        1 => ImportPhase::Source,
        _ => ImportPhase::Defer,
    }
}

/// ContinueDynamicImport
fn continue_dynamic_import(
    cx: Cx<'_>,
    promise: Gc<PromiseObject>,
    module: Gc<Module>,
    phase: ImportPhase,
) -> JsResult<()> {
    if phase == ImportPhase::Source {
        return finish_import(cx, promise, module, phase);
    }
    let load_promise = new_promise(cx);
    match load_requested_modules(cx, module) {
        Ok(()) => fulfill_promise(cx, load_promise, Value::UNDEFINED),
        Err(throw) => reject_with(cx, load_promise, throw)?,
    }
    let link = if phase == ImportPhase::Defer { link_and_defer } else { link_and_evaluate };
    then(cx, load_promise, link, rejected, promise, module);
    Ok(())
}

/// PerformPromiseThen with closures over promise and module of a dynamic import.
fn then(
    cx: Cx<'_>,
    awaited: Gc<PromiseObject>,
    on_fulfilled: NativeFn,
    on_rejected: NativeFn,
    promise: Gc<PromiseObject>,
    module: Gc<Module>,
) {
    let data = [Value::from_cell(promise), Value::from_cell(module)];
    let name = cx.key(KnownAtom::empty);
    let fulfilled = NativeFunction::object(new_native_closure(cx, name, 0, on_fulfilled, data));
    let rejected = NativeFunction::object(new_native_closure(cx, name, 1, on_rejected, data));
    perform_promise_then(cx, awaited, fulfilled.into(), rejected.into(), None);
}

/// Promise and module that a closure of a dynamic import belongs to.
fn captured(args: Arguments<'_>) -> (Gc<PromiseObject>, Gc<Module>) {
    let promise = args.data(0).to().expect("the closure belongs to a promise");
    (promise, args.data(1).to().expect("the closure belongs to a module"))
}

fn rejected(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (promise, _) = captured(args);
    if promise.state.get() == PromiseState::Pending {
        reject_promise(cx, promise, args.get(0));
    }
    Ok(Value::UNDEFINED)
}

fn link_and_evaluate(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (promise, module) = captured(args);
    match link(cx, module) {
        Ok(()) => then(cx, evaluate(cx, module)?, fulfilled, rejected, promise, module),
        Err(throw) => reject_with(cx, promise, throw)?,
    }
    Ok(Value::UNDEFINED)
}

fn fulfilled(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (promise, module) = captured(args);
    finish_import(cx, promise, module, ImportPhase::Evaluation)?;
    Ok(Value::UNDEFINED)
}

/// Resolves the promise of a dynamic import with what its phase gives.
fn finish_import(
    cx: Cx<'_>,
    promise: Gc<PromiseObject>,
    module: Gc<Module>,
    phase: ImportPhase,
) -> JsResult<()> {
    match whole_module(cx, module, phase) {
        Ok(whole) => resolve_promise(cx, promise, whole),
        Err(throw) => reject_with(cx, promise, throw),
    }
}

/// `import.defer()`: evaluates only what is asynchronous at and below the module.
fn link_and_defer(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (promise, module) = captured(args);
    let dependencies = link(cx, module).and_then(|()| gather_asynchronous_dependencies(cx, module));
    let dependencies = match dependencies {
        Ok(dependencies) => dependencies,
        Err(throw) => {
            reject_with(cx, promise, throw)?;
            return Ok(Value::UNDEFINED);
        }
    };
    if dependencies.is_empty() {
        finish_import(cx, promise, module, ImportPhase::Defer)?;
        return Ok(Value::UNDEFINED);
    }
    // PerformPromiseAll over their evaluations: `all` counts them.
    let all = new_promise(cx);
    let count = Record::new(cx, 0, &[Value::from_u32(dependencies.len() as u32)]);
    let evaluations = GcVec::new(cx);
    for dependency in dependencies.iter() {
        let evaluation = evaluate(cx, dependency.to().expect("the list holds modules"))?;
        evaluations.push(cx, Value::from_cell(evaluation)).or_throw(cx)?;
    }
    for evaluation in evaluations.iter() {
        let data = [Value::from_cell(all), Value::from_cell(count)];
        let name = cx.key(KnownAtom::empty);
        let fulfilled = NativeFunction::object(new_native_closure(cx, name, 1, one_evaluated, data));
        let rejected = NativeFunction::object(new_native_closure(cx, name, 1, one_failed, data));
        let evaluation = evaluation.to().expect("the list holds promises");
        perform_promise_then(cx, evaluation, fulfilled.into(), rejected.into(), None);
    }
    then(cx, all, deferred, rejected, promise, module);
    Ok(Value::UNDEFINED)
}

fn one_evaluated(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let all = args.data(0).to::<PromiseObject>().expect("the closure belongs to a promise");
    let count = args.data(1).to::<Record>().expect("the closure belongs to a counter");
    let left = count.values[0].get().as_i32() - 1;
    count.values[0].set(cx, count, Value::from_i32(left));
    if left == 0 && all.state.get() == PromiseState::Pending {
        fulfill_promise(cx, all, Value::UNDEFINED);
    }
    Ok(Value::UNDEFINED)
}

fn one_failed(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let all = args.data(0).to::<PromiseObject>().expect("the closure belongs to a promise");
    if all.state.get() == PromiseState::Pending {
        reject_promise(cx, all, args.get(0));
    }
    Ok(Value::UNDEFINED)
}

fn deferred(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (promise, module) = captured(args);
    finish_import(cx, promise, module, ImportPhase::Defer)?;
    Ok(Value::UNDEFINED)
}
