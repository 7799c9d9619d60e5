//! Code from strings: direct and indirect `eval`, and the `Function` constructors (ECMA-262 19.2.1, 20.2.1.1).
//!
//! A direct eval sees the variables around it: the descriptions of the contexts, from the calling frame outwards, tell
//! the front end which names exist and where, and the text is compiled against them. Its own `var`s go to the nearest
//! variable scope (by `environment`). An indirect eval is a script with a variable scope of its own if strict. Function
//! constructors put parameters and body together to a text that must parse both in parts and as a whole.

use std::cell::Cell;
use std::sync::Arc;

use unspool_bytecode::{Constant, ModuleInfo, ScopeInfo};
use unspool_frontend::{
    DynamicFunctionKind as SourceKind, EvalContext, Goal, SourceText, dynamic_function_source,
};
use unspool_gc::{Gc, Tracer};
use unspool_values::Value;
use unspool_values::object::GcVec;
use unspool_values::string::JSString;

use crate::cells::{Context, FunctionTemplate, NativeFunction};
use crate::completion::JsResult;
use crate::convert::to_string;
use crate::error::innermost_frame;
use crate::frame::Frame;
use crate::isolate::Cx;
use crate::modules::{active_referrer, referrer_of};
use crate::native::Arguments;
use crate::object::{ValueExt as _, prototype_from_constructor};
use crate::realm::Intrinsic;
use crate::script::{MainFunction, compile_source, run_main, throw_early_error};

/// Is `callee` the `%eval%` of the running realm, so that a call of the name `eval` is a direct eval?
pub fn is_realm_eval(cx: Cx<'_>, callee: Value) -> bool {
    cx.realm().existing_intrinsic(Intrinsic::Eval).is_some_and(|eval| Value::from(eval) == callee)
}

/// The text as the front end wants it; lone surrogates are kept.
fn source_of(cx: Cx<'_>, string: Gc<JSString>) -> JsResult<SourceText> {
    let view = cx.flatten(&string)?;
    if view.is_ascii() {
        return Ok(SourceText::from(view.to_rust_string_lossy()));
    }
    Ok(SourceText::from_utf16(&view.to_utf16()))
}

/// What V8 calls eval code: by the place that calls it.
fn eval_name(cx: Cx<'_>) -> String {
    match innermost_frame(cx) {
        Some(frame) => format!("eval at {frame}, <anonymous>"),
        None => "<anonymous>".to_owned(),
    }
}

fn check_allowed(cx: Cx<'_>) -> JsResult<()> {
    if cx.host.borrow().allow_eval() {
        return Ok(());
    }
    let message = "Code generation from strings disallowed for this context";
    let error = cx.new_error(Intrinsic::EvalErrorPrototype, message);
    Err(cx.throw(error.into()))
}

/// PerformEval with `direct` false.
///
/// # Errors
/// Early errors; what the code throws.
pub fn indirect_eval(cx: Cx<'_>, source: Value) -> JsResult<Value> {
    let Some(string) = source.to::<JSString>() else { return Ok(source) };
    check_allowed(cx)?;
    let text = source_of(cx, string)?;
    let name = eval_name(cx);
    match compile_source(cx, text, &name, Goal::IndirectEval, cx.config.parse_options(), active_referrer(cx))
    {
        Ok(main) => run_main(cx, main, None),
        Err(error) => Err(throw_early_error(cx, &name, &error)),
    }
}

/// PerformEval with `direct` true, in `frame`; `scope` is the constant-pool index of the place's description.
///
/// # Errors
/// Early errors; what the code throws.
pub fn direct_eval(cx: Cx<'_>, frame: Frame, source: Value, scope: u32) -> JsResult<Value> {
    let Some(string) = source.to::<JSString>() else { return Ok(source) };
    check_allowed(cx)?;
    cx.check_native_stack()?;
    // SAFETY: `frame` is the running frame, which called this.
    let header = unsafe { frame.header() };
    let (template, context) = (header.template.get(), header.context.get());
    if let Some(main) = cx.eval_cache.find(cx, string, template, scope) {
        return run_main(cx, main, context);
    }
    let text = source_of(cx, string)?;
    let flags = match scope_constant(template, scope) {
        Some(info) => info.flags,
        None => return indirect_eval(cx, source),
    };
    let (chain, module) = describe_contexts(context);
    let goal = Goal::DirectEval(Arc::new(EvalContext { flags, chain, module }));
    let referrer = referrer_of(template.script);
    let name = eval_name(cx);
    match compile_source(cx, text, &name, goal, cx.config.parse_options(), referrer) {
        Ok(main) => {
            cx.eval_cache.keep(cx, string, template, scope, main);
            run_main(cx, main, context)
        }
        Err(error) => Err(throw_early_error(cx, &name, &error)),
    }
}

/// Compiled texts of direct evals, so that a text that is evaluated again and again at one place is compiled once.
///
/// The key is the text, the calling function's template and the description of the place: together they determine the
/// static scopes, strictness, realm and referrer. Each text has one place in the table by its hash, and another one takes it
/// over. A full collection empties the table, so that it keeps nothing alive for long. Texts with a template
/// literal are not kept: each evaluation has template objects of its own.
#[derive(Default)]
pub(crate) struct EvalCache(Cell<Option<GcVec>>);

impl EvalCache {
    /// How many texts are kept.
    const PLACES: usize = 64;
    /// Longer texts are not kept: they are rarely evaluated twice, and 64 of them would take much memory.
    const MAX_LENGTH: usize = 4096;
    /// Values of an entry: text, calling template, place, compiled template.
    const STRIDE: usize = 4;

    fn place(cx: Cx<'_>, text: Gc<JSString>) -> usize {
        text.hash(cx, cx.atoms.seed()) as usize % Self::PLACES * Self::STRIDE
    }

    fn find(
        &self,
        cx: Cx<'_>,
        text: Gc<JSString>,
        template: Gc<FunctionTemplate>,
        scope: u32,
    ) -> Option<MainFunction> {
        let entries = self.0.get()?;
        if text.len() as usize > Self::MAX_LENGTH {
            return None;
        }
        let place = Self::place(cx, text);
        let kept = entries.get(place).to::<JSString>()?;
        let same = JSString::equals(cx, kept, text)
            && entries.get(place + 1) == Value::from_cell(template)
            && entries.get(place + 2) == Value::from_u32(scope);
        if !same {
            return None;
        }
        entries.get(place + 3).to::<FunctionTemplate>().map(MainFunction)
    }

    fn keep(
        &self,
        cx: Cx<'_>,
        text: Gc<JSString>,
        template: Gc<FunctionTemplate>,
        scope: u32,
        main: MainFunction,
    ) {
        let Ok(view) = text.flatten(cx) else { return };
        if view.len() > Self::MAX_LENGTH || view.units().any(|unit| unit == u16::from(b'`')) {
            return;
        }
        let empty = || GcVec::from_slice(cx, &[Value::UNDEFINED; Self::PLACES * Self::STRIDE]).ok();
        let Some(entries) = self.0.get().or_else(empty) else { return };
        let place = Self::place(cx, text);
        let entry = [
            Value::from_cell(text),
            Value::from_cell(template),
            Value::from_u32(scope),
            Value::from_cell(main.0),
        ];
        for (i, value) in entry.into_iter().enumerate() {
            entries.set(cx, place + i, value);
        }
        self.0.set(Some(entries));
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        if tracer.is_full() && !tracer.is_verifying() {
            self.0.set(None);
        } else if let Some(entries) = self.0.get() {
            entries.trace(tracer);
        }
    }
}

fn scope_constant(template: Gc<FunctionTemplate>, index: u32) -> Option<Arc<ScopeInfo>> {
    if index == Context::MODULE_SCOPE {
        return template.code()?.module.as_ref()?.scope.clone();
    }
    match template.code()?.constants.get(index as usize)? {
        Constant::Scope(info) => Some(Arc::clone(info)),
        _ => None,
    }
}

/// The scopes of a chain of contexts, and the module it ends in.
fn describe_contexts(innermost: Option<Gc<Context>>) -> (Vec<Arc<ScopeInfo>>, Option<Arc<ModuleInfo>>) {
    let mut chain = Vec::new();
    let mut module = None;
    let mut next = innermost;
    while let Some(context) = next {
        if let Some(template) = context.template {
            chain.extend(scope_constant(template, context.scope_index));
            if let Some(info) = template.code().and_then(|code| code.module.as_ref()) {
                module = Some(Arc::new((**info).clone()));
            }
        }
        next = context.previous;
    }
    (chain, module)
}

/// Which function constructor was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DynamicFunctionKind {
    /// `Function`
    Normal,
    /// `GeneratorFunction`
    Generator,
    /// `AsyncFunction`
    Async,
    /// `AsyncGeneratorFunction`
    AsyncGenerator,
}

impl DynamicFunctionKind {
    fn parts(self) -> (SourceKind, Intrinsic) {
        match self {
            DynamicFunctionKind::Normal => (SourceKind::Normal, Intrinsic::FunctionPrototype),
            DynamicFunctionKind::Generator => (SourceKind::Generator, Intrinsic::GeneratorFunctionPrototype),
            DynamicFunctionKind::Async => (SourceKind::Async, Intrinsic::AsyncFunctionPrototype),
            DynamicFunctionKind::AsyncGenerator => {
                (SourceKind::AsyncGenerator, Intrinsic::AsyncGeneratorFunctionPrototype)
            }
        }
    }
}

/// CreateDynamicFunction, for the constructors.
///
/// # Errors
/// Early errors of parameters or body; what conversions throw.
pub fn create_dynamic_function(
    cx: Cx<'_>,
    args: Arguments<'_>,
    kind: DynamicFunctionKind,
) -> JsResult<Value> {
    let (source_kind, default_prototype) = kind.parts();
    let mut parameters: Vec<u16> = Vec::new();
    let mut body: Vec<u16> = Vec::new();
    for (i, value) in args.values.iter().enumerate() {
        let string = to_string(cx, *value)?;
        let view = cx.flatten(&string)?;
        if i + 1 == args.len() {
            view.append_to_utf16(&mut body);
        } else {
            if i > 0 {
                parameters.push(u16::from(b','));
            }
            view.append_to_utf16(&mut parameters);
        }
    }
    check_allowed(cx)?;
    let compiled = dynamic_function_source(source_kind, &parameters, &body).and_then(|text| {
        compile_source(
            cx,
            text,
            "<anonymous>",
            Goal::DynamicFunction,
            cx.config.parse_options(),
            active_referrer(cx),
        )
    });
    let main = match compiled {
        Ok(main) => main,
        Err(error) => return Err(throw_early_error(cx, "<anonymous>", &error)),
    };
    let function = run_main(cx, main, None)?;
    let new_target =
        if args.is_construct() { args.new_target_object() } else { NativeFunction::object(args.callee) };
    if Value::from(new_target) != Value::from_cell(args.callee) {
        let prototype = prototype_from_constructor(cx, new_target, default_prototype)?;
        let function = function.as_object_unchecked();
        if function.prototype(cx) != Some(prototype) {
            function.set_prototype_of(cx, Some(prototype))?;
        }
    }
    Ok(function)
}
