//! From the analysed tree to bytecode.
//!
//! One [`Gen`] compiles one function. Values travel in the accumulator; locals that nobody captures live in registers, all
//! other variables where scope analysis put them; temporaries are a stack of registers above the locals. Inner functions
//! become lazy units unless they are called where they stand.
//!
//! # Conventions between the code and its caller
//!
//! - *Registers* hold undefined when a frame is made. Formals and the receiver are registers of their own and may be assigned.
//!   A sloppy function with `USES_THIS` finds its receiver coerced already.
//! - *Main code* of scripts and eval gets the global `this` as its receiver (eval code inside of functions finds `this` in
//!   a context instead) and returns the completion value. Main code of [`Goal::DynamicFunction`] returns the closure.
//! - *Contexts*: the closure's context is current at entry. `CreateFunctionContext` and its kin make a context
//!   inside the current one, `PushContext` makes it current and saves the outer one in a register; every way out of the
//!   scope restores it. Handlers restore the context from their own register.
//! - *Script declarations*: `DeclareGlobals` comes first; functions are then stored with `StaGlobal`, lexical bindings initialized
//!   with `InitGlobalLexical`.
//! - *Sloppy eval* declares with `DeclareEvalVariables` (vars and functions, deletable), then stores functions by
//!   `CallRuntime DeclareEvalFunction`. Strict eval has variables of its own in an eval context.
//! - *Modules*: main code is an async function when the module has top-level await, otherwise a plain function. It runs twice
//!   through one entry: see `modules`.
//! - *Derived constructors* keep `this` as a variable that holds the hole until `super()` returned.
//! - *Class members*: see `classes`. *Generators and async functions*: see `generators`.

mod assignments;
mod calls;
mod classes;
mod control;
mod expressions;
mod functions;
mod generators;
mod iteration;
mod literals;
mod modules;
mod names;
mod operators;
mod patterns;
mod statements;

use crate::error::{EarlyErrorKind, SyntaxError};
use crate::goal::{Eagerness, Goal};
use crate::scope::{Analysis, FunctionId, ScopeId, VarId};
use crate::source::SourceText;
use control::Control;
pub(crate) use expressions::string_literal;
pub(crate) use names::scope_info;
use oxc_span::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use unspool_bytecode::{
    BytecodeBuilder, CodeBlock, ConstIndex, Constant, FunctionInfo, HandlerId, JsString, JumpTableId, Label,
    Register, ScopeInfo, SlotIndex, SlotKind,
};

/// A program with everything code generation needs.
#[derive(Clone, Copy)]
pub(crate) struct Unit<'u, 'a> {
    pub(crate) analysis: &'u Analysis<'a>,
    pub(crate) source: &'u SourceText,
    pub(crate) goal: &'u Goal,
    pub(crate) eagerness: Eagerness,
    /// How many functions around the present one are being compiled with it.
    pub(crate) eager_depth: u32,
}

/// Compiles one function; `info` is what its closures were made with (`None`: derive it, without an inferred name).
pub(crate) fn compile(
    unit: Unit<'_, '_>,
    id: FunctionId,
    info: Option<Arc<FunctionInfo>>,
) -> Result<CodeBlock, SyntaxError> {
    crate::stack::guard(|| {
        let info = info.unwrap_or_else(|| Arc::new(functions::function_info(unit, id, None)));
        let mut g = Gen::new(unit, id, info);
        g.function_body();
        match g.error {
            Some(e) => Err(e),
            None => Ok(g.b.finish()),
        }
    })
}

/// The most registers a function may have; more is a RangeError (deeply nested calls and literals).
const MAX_REGISTERS: u32 = 1 << 20;

/// Generates one function.
pub(crate) struct Gen<'u, 'a> {
    pub(crate) unit: Unit<'u, 'a>,
    pub(crate) a: &'u Analysis<'a>,
    pub(crate) b: BytecodeBuilder,
    pub(crate) id: FunctionId,
    /// The innermost scope whose context (if it has one) is current.
    pub(crate) scope: ScopeId,
    /// Registers of variables.
    pub(crate) regs: FxHashMap<VarId, Register>,
    /// What encloses the current statement, innermost last.
    pub(crate) control: Vec<Control<'a>>,
    /// Where statements leave the completion value, in scripts and eval code.
    pub(crate) completion: Option<Register>,
    /// The generator object, in resumable functions.
    pub(crate) generator: Option<Register>,
    /// The jump table of suspend points.
    pub(crate) suspends: Option<JumpTableId>,
    /// Rejects the requests of an async generator; open while its body is generated.
    pub(crate) reject_handler: Option<HandlerId>,
    /// Where returns go that are not the end yet: derived constructors check their result outside of all handlers.
    pub(crate) epilogue: Option<Label>,
    /// The stacks of the enclosing scopes with `using` declarations.
    pub(crate) disposables: Vec<Register>,
    /// Where the optional chains around the current expression go when they short-circuit.
    pub(crate) chains: Vec<Label>,
    /// How many loops enclose the current statement.
    pub(crate) loop_depth: u32,
    /// Slots that loads of the same global share.
    pub(crate) global_slots: FxHashMap<(ConstIndex, SlotKind), SlotIndex>,
    pub(crate) scope_constants: FxHashMap<ScopeId, ConstIndex>,
    pub(crate) error: Option<SyntaxError>,
}

impl<'u, 'a> Gen<'u, 'a> {
    fn new(unit: Unit<'u, 'a>, id: FunctionId, info: Arc<FunctionInfo>) -> Gen<'u, 'a> {
        let a = unit.analysis;
        Gen {
            unit,
            a,
            b: BytecodeBuilder::new(info),
            id,
            scope: a.function(id).scope,
            regs: FxHashMap::default(),
            control: Vec::new(),
            completion: None,
            generator: None,
            suspends: None,
            reject_handler: None,
            epilogue: None,
            disposables: Vec::new(),
            chains: Vec::new(),
            loop_depth: 0,
            global_slots: FxHashMap::default(),
            scope_constants: FxHashMap::default(),
            error: None,
        }
    }

    pub(crate) fn function(&self) -> &'u crate::scope::Function<'a> {
        self.a.function(self.id)
    }

    pub(crate) fn strict(&self) -> bool {
        self.a.scope(self.scope).strict
    }

    /// Reports an error that only code generation can find; the code made so far is discarded.
    pub(crate) fn fail(&mut self, message: &str, span: Span) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(self.unit.source, message, span.start, span.end));
        }
    }

    /// A temporary register; release with [`BytecodeBuilder::release`].
    pub(crate) fn temp(&mut self) -> Register {
        let r = self.b.new_register();
        self.check_registers(r);
        r
    }

    fn check_registers(&mut self, r: Register) {
        if r.as_local().is_some_and(|n| n >= MAX_REGISTERS) && self.error.is_none() {
            let mut e = SyntaxError::new(self.unit.source, "Function needs too many registers", 0, 0);
            e.kind = EarlyErrorKind::Range;
            self.error = Some(e);
        }
    }

    /// `count` consecutive temporaries.
    pub(crate) fn temps(&mut self, count: u32) -> unspool_bytecode::RegisterRange {
        let range = self.b.new_registers(count);
        if count > 0 {
            self.check_registers(range.get(count - 1));
        }
        range
    }

    /// Saves the accumulator in a new temporary.
    pub(crate) fn save(&mut self) -> Register {
        let r = self.temp();
        self.b.star(r);
        r
    }

    /// Runs `f` and frees the temporaries it made.
    pub(crate) fn scoped<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let mark = self.b.mark();
        let result = f(self);
        self.b.release(mark);
        result
    }

    pub(crate) fn slot(&mut self, kind: SlotKind) -> SlotIndex {
        self.b.slot(kind)
    }

    pub(crate) fn name_constant(&mut self, name: &str) -> ConstIndex {
        self.b.string(JsString::from(name))
    }

    pub(crate) fn at(&mut self, position: u32) {
        self.b.expression_position(position);
    }

    /// The `Scope` constant of a scope.
    pub(crate) fn scope_constant(&mut self, scope: ScopeId) -> ConstIndex {
        if let Some(&c) = self.scope_constants.get(&scope) {
            return c;
        }
        let info: Arc<ScopeInfo> = Arc::new(scope_info(self.unit, scope));
        let c = self.b.constant(Constant::Scope(info));
        self.scope_constants.insert(scope, c);
        c
    }
}

/// The text of a string or template literal that has unpaired surrogates: oxc writes such a unit as U+FFFD and four hex digits.
pub(crate) fn with_lone_surrogates(text: &str) -> JsString {
    let mut units = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        if c == '\u{FFFD}' {
            let hex: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&hex, 16).unwrap_or(0xFFFD));
        } else {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
        }
    }
    JsString::from_utf16(&units)
}
