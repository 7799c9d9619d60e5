//! Loading: from a request to a parsed module, and from a module to everything below it (ECMA-262 16.2.1.6.1.1, 16.2.1.9).
//!
//! The host delivers text at once, so the state machine of the specification becomes a walk: depth first, in the order of
//! the requests, ending at the first error. What was loaded before the error stays loaded.

use std::cell::Cell;

use rustc_hash::FxHashSet;
use unspool_bytecode::{ImportPhase, JsString, ModuleRequest};
use unspool_frontend::{Goal, Language, SourceText, SyntaxError};
use unspool_gc::Gc;
use unspool_values::object::GcVec;
use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, HostObject, PromiseObject};
use crate::completion::{JsResult, Throw};
use crate::isolate::Cx;
use crate::object::Object;
use crate::object::shapes::root_shape;
use crate::realm::Intrinsic;
use crate::script::{compile_source, throw_early_error};
use crate::strings::OrThrow as _;

use super::registry::{self, TextKind};
use super::{Module, ModuleStatus, evaluate, link, synthetic_module};

/// Why a module did not get as far as its evaluation.
#[derive(Debug)]
pub enum ModuleFailure {
    /// The module itself has an early error.
    Early(SyntaxError),
    /// Something below it was not found or has an early error.
    Load(Throw),
    /// An import has no binding.
    Link(Throw),
    /// The program is being terminated.
    Terminated(Throw),
}

impl ModuleFailure {
    /// The failure of the module `name` as an exception.
    pub fn into_throw(self, cx: Cx<'_>, name: &str) -> Throw {
        match self {
            ModuleFailure::Early(error) => throw_early_error(cx, name, &error),
            ModuleFailure::Load(throw) | ModuleFailure::Link(throw) | ModuleFailure::Terminated(throw) => {
                throw
            }
        }
    }
}

/// Parses a module of the running realm and enters it under `name`; gives the one entered before if it has this text.
///
/// # Errors
/// The early error; an exception when memory is short.
pub fn parse_module(cx: Cx<'_>, name: &str, source: SourceText) -> Result<Gc<Module>, ModuleFailure> {
    if let Some(known) = registry::find(cx, name, TextKind::JavaScript)
        && known.template.is_some_and(|t| t.script.data().source.text() == source.text())
    {
        return Ok(known);
    }
    parse_as(cx, name, source, cx.config.parse_options().language)
}

fn parse_as(
    cx: Cx<'_>,
    name: &str,
    source: SourceText,
    language: Language,
) -> Result<Gc<Module>, ModuleFailure> {
    let mut options = cx.config.parse_options();
    options.language = language;
    let main = compile_source(cx, source, name, Goal::Module, options, Value::UNDEFINED)
        .map_err(ModuleFailure::Early)?;
    let module = Module::new(cx, name, main).map_err(ModuleFailure::Load)?;
    registry::enter(cx, module, TextKind::JavaScript);
    Ok(module)
}

/// Loads, links and evaluates a module of the running realm. Gives the promise of its evaluation.
///
/// # Errors
/// What kept it from being evaluated.
pub fn run_module(cx: Cx<'_>, name: &str, source: SourceText) -> Result<Gc<PromiseObject>, ModuleFailure> {
    let module = parse_module(cx, name, source)?;
    load_requested_modules(cx, module).map_err(ModuleFailure::Load)?;
    link(cx, module).map_err(ModuleFailure::Link)?;
    evaluate(cx, module).map_err(ModuleFailure::Terminated)
}

/// LoadRequestedModules
///
/// # Errors
/// What the host says about a module that it does not find; early errors below `module`.
pub fn load_requested_modules(cx: Cx<'_>, module: Gc<Module>) -> JsResult<()> {
    let visited = GcVec::new(cx);
    inner_module_loading(cx, module, visited, &mut FxHashSet::default())?;
    for loaded in visited.iter() {
        let loaded = loaded.to::<Module>().expect("the list holds modules");
        if loaded.status.get() == ModuleStatus::New {
            loaded.status.set(ModuleStatus::Unlinked);
        }
    }
    Ok(())
}

/// InnerModuleLoading; `seen` has the ids of the visited modules.
fn inner_module_loading(
    cx: Cx<'_>,
    module: Gc<Module>,
    visited: GcVec,
    seen: &mut FxHashSet<u32>,
) -> JsResult<()> {
    if !module.is_cyclic() || module.status.get() != ModuleStatus::New || !seen.insert(module.id) {
        return Ok(());
    }
    cx.check_native_stack()?;
    visited.push(cx, Value::from_cell(module)).or_throw(cx)?;
    for i in 0..module.info().requests.len() as u32 {
        let request = &module.info().requests[i as usize];
        check_attributes(cx, request)?;
        let required = match module.loaded_module(i) {
            Some(required) => required,
            None => {
                let kind = type_attribute(&request.attributes);
                let required = host_load(cx, &module.name_text(cx), &request.specifier, kind)?;
                module.loaded.set(cx, i, Value::from_cell(required));
                required
            }
        };
        if module.phase(i) != ImportPhase::Source {
            inner_module_loading(cx, required, visited, seen)?;
        }
    }
    Ok(())
}

/// AllImportAttributesSupported, with the error of the place where it is asked.
fn check_attributes(cx: Cx<'_>, request: &ModuleRequest) -> JsResult<()> {
    match unsupported_attribute(&request.attributes) {
        None => Ok(()),
        Some(key) => {
            let key = key.to_string_lossy();
            Err(cx.throw_syntax_error(format_args!("Import attribute '{key}' is not supported")))
        }
    }
}

/// The first attribute that the engine does not know.
pub(super) fn unsupported_attribute(attributes: &[(JsString, JsString)]) -> Option<&JsString> {
    attributes.iter().map(|(key, _)| key).find(|key| **key != JsString::from("type"))
}

/// The value of the `type` attribute.
pub(super) fn type_attribute(attributes: &[(JsString, JsString)]) -> Option<String> {
    attributes
        .iter()
        .find(|(key, _)| *key == JsString::from("type"))
        .map(|(_, value)| value.to_string_lossy())
}

/// HostLoadImportedModule: the module that `specifier` means for `referrer`, in the running realm.
///
/// # Errors
/// An `Error` with what the host says; the early error of the module; a `TypeError` when its kind is not the one asked for.
pub(super) fn host_load(
    cx: Cx<'_>,
    referrer: &str,
    specifier: &JsString,
    kind: Option<String>,
) -> JsResult<Gc<Module>> {
    let request = (referrer.to_string(), specifier.to_string_lossy(), kind);
    if let Some(module) = registry::find_request(cx, &request) {
        return Ok(module);
    }
    let answer = cx.host.borrow().load_module(&request.1, referrer, request.2.as_deref());
    let source = match answer {
        Ok(source) => source,
        Err(message) => {
            let error = cx.new_error(Intrinsic::ErrorPrototype, &message);
            return Err(cx.throw(error.into()));
        }
    };
    let kind = match text_kind(request.2.as_deref(), source.kind.as_deref()) {
        Ok(kind) => kind,
        Err(message) => return Err(cx.throw_type_error(format_args!("Module '{}': {message}", source.name))),
    };
    let module = match registry::find(cx, &source.name, kind) {
        Some(module) => module,
        None => {
            let text = String::from_utf8(source.text)
                .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
            let is_typescript = source.kind.as_deref() == Some("typescript");
            make_module(
                cx,
                &source.name,
                text,
                kind,
                if is_typescript { Language::TypeScript } else { Language::JavaScript },
            )?
        }
    };
    registry::enter_request(cx, request, module);
    Ok(module)
}

/// What the text is, from the kind asked for and the kind delivered.
fn text_kind(wanted: Option<&str>, delivered: Option<&str>) -> Result<TextKind, String> {
    let delivered = delivered.filter(|kind| !matches!(*kind, "javascript" | "typescript"));
    match (wanted, delivered) {
        (None, None) => Ok(TextKind::JavaScript),
        (Some("json"), None | Some("json")) => Ok(TextKind::Json),
        (Some("text"), _) => Ok(TextKind::Text),
        (None, Some("source")) => Ok(TextKind::Source),
        (None, Some(delivered)) => Err(format!("needs an import attribute of type: '{delivered}'")),
        (Some(wanted), None | Some(_)) => Err(format!("cannot be imported with type: '{wanted}'")),
    }
}

fn make_module(
    cx: Cx<'_>,
    name: &str,
    text: String,
    kind: TextKind,
    language: Language,
) -> JsResult<Gc<Module>> {
    if kind == TextKind::JavaScript {
        let source = SourceText::from(text);
        return parse_as(cx, name, source, language).map_err(|failure| failure.into_throw(cx, name));
    }
    if kind == TextKind::Source {
        let module = synthetic_module(cx, name, &[], &[])?;
        let object = module_source_object(cx, &text);
        module.source_object.set(cx, module, object.into());
        registry::enter(cx, module, kind);
        return Ok(module);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let string = cx
        .string_from_view(unspool_values::string::StrView::Utf16(&text.encode_utf16().collect::<Vec<_>>()))?;
    let value = match kind {
        TextKind::Json => (cx.hooks.parse_json)(cx, name, string)?,
        _ => string.into(),
    };
    let module = synthetic_module(cx, name, &[JsString::from("default")], &[value])?;
    registry::enter(cx, module, kind);
    Ok(module)
}

/// A module source object: an instance of `%AbstractModuleSource%` with this `[[ModuleSourceClassName]]`.
fn module_source_object(cx: Cx<'_>, class_name: &str) -> Object {
    // Sources of each kind of module have a prototype of their own.
    let prototype = Object::with_prototype(cx, Some(cx.intrinsic(Intrinsic::AbstractModuleSourcePrototype)));
    let class_name = cx.new_string(class_name).into();
    let shape = root_shape(cx, CellKind::Host, Some(prototype), 0);
    let object = cx.allocate_object(shape, |head| HostObject {
        head,
        tag: MODULE_SOURCE,
        state: Cell::new(0),
        values: [class_name, Value::UNDEFINED, Value::UNDEFINED, Value::UNDEFINED].map(Barriered::new),
    });
    HostObject::object(object)
}

/// `HostObject::tag` of module source objects; their first value is the class name.
pub const MODULE_SOURCE: u32 = u32::from_be_bytes(*b"msrc");
