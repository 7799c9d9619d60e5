//! Scripts: source text, its parsed program, and compilation of functions on demand.
//!
//! A text is parsed once. Its program stays alive for lazy compilation while all kept programs together are below
//! `Config::program_cache_bytes`; beyond that the oldest are dropped and parsed again when one of their functions is first
//! called.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, Constant, JsString, StringData};
use unspool_frontend::{EarlyErrorKind, Goal, Options, Program, Site, SourceText, Spelling, SyntaxError};
use unspool_gc::Gc;
use unspool_values::bigint::JSBigInt;
use unspool_values::object::ValueBuffer;
use unspool_values::string::StrView;
use unspool_values::{PropertyKey, Value};

use crate::cells::{Context, FeedbackCell, Function, FunctionTemplate, Script};
use crate::completion::{JsResult, Throw};
use crate::error::ErrorPlace;
use crate::function::{call, new_closure};
use crate::isolate::Cx;
use crate::realm::{Intrinsic, Realm};

/// Source and program of one script, module or eval text.
pub struct ScriptData {
    /// File name or a description such as `<eval>`; appears in stack traces.
    pub name: String,
    /// The text to which spans and positions refer.
    pub source: Arc<SourceText>,
    goal: Goal,
    options: Options,
    program: Rc<ProgramSlot>,
}

impl std::fmt::Debug for ScriptData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptData").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ScriptData {
    fn new(cx: Cx<'_>, name: String, program: Program) -> ScriptData {
        let (source, goal, options) =
            (Arc::clone(program.source()), program.goal().clone(), program.options());
        ScriptData {
            name,
            source,
            goal,
            options,
            program: cx.programs.keep(Rc::new(program), cx.config.program_cache_bytes),
        }
    }

    /// A script that has only text: its functions are all compiled.
    pub fn compiled(name: String, source: SourceText) -> ScriptData {
        ScriptData {
            name,
            source: Arc::new(source),
            goal: Goal::SelfHosted,
            options: Options::default(),
            program: Rc::default(),
        }
    }

    /// `name:line:column` of a byte offset.
    pub fn position_text(&self, offset: u32) -> String {
        let position = self.source.position(offset);
        format!("{}:{}:{}", self.name, position.line, position.column)
    }

    fn program(&self, cx: Cx<'_>) -> Result<Rc<Program>, SyntaxError> {
        if let Some(program) = &*self.program.program.borrow() {
            return Ok(Rc::clone(program));
        }
        let program = Rc::new(Program::reparse(&self.source, self.goal.clone(), self.options)?);
        cx.programs.keep_in(&self.program, Rc::clone(&program), cx.config.program_cache_bytes);
        Ok(program)
    }
}

/// Where a script finds its program, if it was not dropped.
#[derive(Default)]
struct ProgramSlot {
    program: RefCell<Option<Rc<Program>>>,
}

/// The parsed programs that are kept.
#[derive(Default)]
pub(crate) struct ProgramCache {
    kept: RefCell<VecDeque<(Rc<ProgramSlot>, usize)>>,
    bytes: Cell<usize>,
}

impl ProgramCache {
    fn keep(&self, program: Rc<Program>, cap: usize) -> Rc<ProgramSlot> {
        let slot = Rc::new(ProgramSlot::default());
        self.keep_in(&slot, program, cap);
        slot
    }

    fn keep_in(&self, slot: &Rc<ProgramSlot>, program: Rc<Program>, cap: usize) {
        let bytes = program.memory();
        *slot.program.borrow_mut() = Some(program);
        let mut kept = self.kept.borrow_mut();
        // Slots whose script died are only held here.
        kept.retain(|(slot, bytes)| {
            let alive = Rc::strong_count(slot) > 1;
            if !alive {
                self.bytes.set(self.bytes.get() - bytes);
            }
            alive
        });
        kept.push_back((Rc::clone(slot), bytes));
        self.bytes.set(self.bytes.get() + bytes);
        while self.bytes.get() > cap && kept.len() > 1 {
            let (oldest, bytes) = kept.pop_front().expect("more than one is kept");
            *oldest.program.borrow_mut() = None;
            self.bytes.set(self.bytes.get() - bytes);
        }
    }
}

/// A compiled main program, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct MainFunction(pub Gc<FunctionTemplate>);

/// Parses and compiles a text under a goal. `referrer` is what `import()` in it is relative to (`undefined`: its name).
///
/// # Errors
/// The early error.
pub fn compile_source(
    cx: Cx<'_>,
    source: SourceText,
    name: &str,
    goal: Goal,
    options: Options,
    referrer: Value,
) -> Result<MainFunction, SyntaxError> {
    let program = Program::parse(source, goal, options)?;
    let code = Arc::new(program.compile_main()?);
    let script = Script::new(cx, ScriptData::new(cx, name.to_string(), program));
    script.referrer.set(cx, script, referrer);
    let template = FunctionTemplate::new(cx, cx.realm(), script, Arc::clone(&code.info));
    install(cx, template, code);
    Ok(MainFunction(template))
}

/// A closure over a main function in a context.
pub(crate) fn main_closure(cx: Cx<'_>, main: MainFunction, context: Option<Gc<Context>>) -> Gc<Function> {
    new_closure(cx, main.0, context, FeedbackCell::new(cx))
}

/// Runs the main function of a script or eval text.
///
/// # Errors
/// What the program throws.
pub fn run_main(cx: Cx<'_>, main: MainFunction, context: Option<Gc<Context>>) -> JsResult<Value> {
    let closure = main_closure(cx, main, context);
    call(cx, closure.into(), main.0.realm.global_this.get(), &[])
}

/// ScriptEvaluation of a text in the running realm.
///
/// # Errors
/// The early error as an exception; what the script throws.
pub fn run_script(cx: Cx<'_>, source: SourceText, name: &str) -> JsResult<Value> {
    match compile_source(cx, source, name, Goal::Script, cx.config.parse_options(), Value::UNDEFINED) {
        Ok(main) => run_main(cx, main, None),
        Err(error) => Err(throw_early_error(cx, name, &error)),
    }
}

/// Throws an early error of the text `name` as the error object that the specification asks for. It carries the place.
#[cold]
pub fn throw_early_error(cx: Cx<'_>, name: &str, error: &SyntaxError) -> Throw {
    let prototype = match error.kind {
        EarlyErrorKind::Syntax => Intrinsic::SyntaxErrorPrototype,
        EarlyErrorKind::Range => Intrinsic::RangeErrorPrototype,
    };
    let object = cx.new_error(prototype, &error.message);
    let rest = error.line_text.encode_utf16().count().saturating_sub(error.position.column as usize - 1);
    let place = ErrorPlace {
        file: name.to_owned(),
        line: error.position.line,
        column: error.position.column,
        length: (error.end.saturating_sub(error.start)).min(rest as u32),
        text: error.line_text.clone(),
    };
    place.attach(cx, object);
    cx.throw(object.into())
}

/// How the source spells what the running instruction failed on. None in the engine's own code.
#[cold]
pub fn spell(cx: Cx<'_>, site: Site) -> Option<Spelling> {
    let mut place = None;
    cx.for_each_frame(|template, offset| {
        if !template.has(FunctionTemplate::NATIVE) {
            place = Some((template, offset));
        }
        ControlFlow::Break(())
    });
    let (template, offset) = place?;
    let program = template.script.data().program(cx).ok()?;
    program.spell(site, template.source_offset(offset))
}

/// Compiles the template's function if it has no bytecode yet.
///
/// # Errors
/// A `RangeError` or `SyntaxError` when the function cannot be compiled (too deeply nested, too many registers).
#[inline(always)]
pub fn ensure_compiled(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> JsResult<()> {
    if template.is_compiled() { Ok(()) } else { compile(cx, template) }
}

#[cold]
#[inline(never)]
fn compile(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> JsResult<()> {
    if template.script.data().goal == Goal::SelfHosted {
        let code = (cx.hooks.self_hosted_code)(template.info.key);
        let mut code = code.expect("the key of a self-hosted function");
        code.info = Arc::clone(&template.info);
        install(cx, template, Arc::new(code));
        return Ok(());
    }
    let code =
        template.script.data().program(cx).and_then(|program| program.compile_function(&template.info));
    match code {
        Ok(code) => {
            install(cx, template, Arc::new(code));
            Ok(())
        }
        Err(error) => Err(throw_early_error(cx, &template.script.data().name, &error)),
    }
}

/// Gives `template` its code, with constants materialized.
pub fn install(cx: Cx<'_>, template: Gc<FunctionTemplate>, code: Arc<CodeBlock>) {
    if cx.config.print_bytecode {
        cx.host.borrow().bytecode_compiled(&code.disassemble().to_string());
    }
    let constants = materialize_constants(cx, template.realm, template.script, &code);
    FunctionTemplate::install_code(template, cx, code, constants);
}

/// The values of a constant pool; constants that are plain data for the runtime (scopes, boilerplates, tables) stay in the
/// code block and are the hole here.
fn materialize_constants(
    cx: Cx<'_>,
    realm: Gc<Realm>,
    script: Gc<Script>,
    code: &CodeBlock,
) -> Gc<ValueBuffer> {
    let buffer = ValueBuffer::unlimited(cx, code.constants.len() as u32);
    buffer.resize(code.constants.len() as u32);
    for (i, constant) in code.constants.iter().enumerate() {
        let value = match constant {
            Constant::Double(n) => Value::from_f64(n.get()),
            Constant::Smi(n) => Value::from_i32(*n),
            Constant::String(s) => string_value(cx, s),
            Constant::BigInt(digits) => match JSBigInt::from_literal(cx, digits) {
                Ok(Some(bigint)) => Value::from_cell(bigint),
                _ => Value::HOLE,
            },
            Constant::Symbol(symbol) => Value::from_cell(cx.symbols.get(well_known(*symbol))),
            Constant::Scope(info) => crate::environment::scope_constant(info),
            Constant::Function(index) => {
                let unit = &code.inner[*index as usize];
                let inner = FunctionTemplate::new(cx, realm, script, Arc::clone(unit.info()));
                if let Some(code) = unit.code() {
                    install(cx, inner, Arc::clone(code));
                }
                Value::from_cell(inner)
            }
            _ => Value::HOLE,
        };
        buffer.set(cx, i as u32, value);
    }
    buffer
}

fn well_known(symbol: unspool_bytecode::WellKnownSymbol) -> unspool_values::symbol::WellKnownSymbol {
    use unspool_bytecode::WellKnownSymbol as B;
    use unspool_values::symbol::WellKnownSymbol as V;
    match symbol {
        B::AsyncIterator => V::asyncIterator,
        B::HasInstance => V::hasInstance,
        B::IsConcatSpreadable => V::isConcatSpreadable,
        B::Iterator => V::iterator,
        B::Match => V::match_,
        B::MatchAll => V::matchAll,
        B::Replace => V::replace,
        B::Search => V::search,
        B::Species => V::species,
        B::Split => V::split,
        B::ToPrimitive => V::toPrimitive,
        B::ToStringTag => V::toStringTag,
        B::Unscopables => V::unscopables,
        B::Dispose => V::dispose,
        B::AsyncDispose => V::asyncDispose,
    }
}

fn view_of(string: &JsString) -> StrView<'_> {
    match string.data() {
        StringData::Latin1(bytes) => StrView::Latin1(bytes),
        StringData::Utf16(units) => StrView::Utf16(units),
    }
}

/// The interned string of a constant.
pub(crate) fn string_value(cx: Cx<'_>, string: &JsString) -> Value {
    Value::from_cell(cx.atoms.intern(cx, view_of(string)))
}

/// The property key of a constant string.
pub(crate) fn string_key(cx: Cx<'_>, string: &JsString) -> PropertyKey {
    PropertyKey::from_view(cx, &cx.atoms, view_of(string))
}

/// The source text of a closure, for `Function.prototype.toString`.
///
/// # Errors
/// A `RangeError` when memory is short.
pub fn function_source(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> JsResult<Value> {
    let span = template.info.span;
    let units = template.script.data().source.slice_utf16(span.start, span.end);
    Ok(cx.string_from_view(StrView::Utf16(&units))?.into())
}
