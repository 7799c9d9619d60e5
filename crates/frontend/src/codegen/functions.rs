//! Functions: what is known of them beforehand, their closures, their prologue and their end.
//!
//! The prologue follows FunctionDeclarationInstantiation (10.2.11), but the decisions were made by scope analysis: a
//! parameter stays in its argument's register unless it is captured, `this` is the receiver, `arguments` is made only if
//! used. Scripts, modules, eval code and `Function(…)` texts are main functions with prologues of their own (16.1.7,
//! 16.2.1.7, 19.2.1.3). Class constructors also bind `this` and run field initializers.

use super::control::Exit;
use super::{Gen, Unit};
use crate::goal::{Eagerness, Goal};
use crate::scope::{
    Access, FunctionId, FunctionNode, FunctionRole, Location, Pseudo, ScopeId, ScopeKind, VarId, VarMode,
};
use oxc_ast::ast as js;
use std::sync::Arc;
use unspool_bytecode::{
    Constant, Declarations, FunctionFlags, FunctionInfo, FunctionKind, FunctionUnit, JsString,
    LexicalDeclaration, Register, RuntimeId, SlotKind, Span, Suspension,
};

/// How deeply functions nest that are compiled together when everything is compiled eagerly; deeper ones stay lazy, so that
/// nobody who walks the tree of code blocks (dropping it, for one) needs much stack.
const MAX_EAGER_DEPTH: u32 = 200;
/// The same for functions that are called where they stand.
const MAX_INVOKED_DEPTH: u32 = 16;

/// How a function suspends. Modules always do: between instantiation and evaluation.
pub(crate) fn suspension(f: &crate::scope::Function<'_>) -> Suspension {
    match (f.is_async, f.is_generator) {
        _ if f.role == FunctionRole::Module && !f.has_await => Suspension::Generator,
        (false, false) => Suspension::None,
        (false, true) => Suspension::Generator,
        (true, false) => Suspension::Async,
        (true, true) => Suspension::AsyncGenerator,
    }
}

/// What closures of a function are made from. `name` is the name its place gives to an anonymous function.
pub(crate) fn function_info(unit: Unit<'_, '_>, id: FunctionId, name: Option<JsString>) -> FunctionInfo {
    let a = unit.analysis;
    let f = a.function(id);
    let kind = match f.role {
        FunctionRole::Script => FunctionKind::Script,
        FunctionRole::Module => FunctionKind::Module,
        FunctionRole::Eval => FunctionKind::Eval,
        FunctionRole::Normal => FunctionKind::Normal,
        FunctionRole::Arrow => FunctionKind::Arrow,
        FunctionRole::Method => FunctionKind::Method,
        FunctionRole::Getter => FunctionKind::Getter,
        FunctionRole::Setter => FunctionKind::Setter,
        FunctionRole::BaseConstructor => FunctionKind::BaseConstructor,
        FunctionRole::DerivedConstructor => FunctionKind::DerivedConstructor,
        FunctionRole::Initializer => FunctionKind::ClassMembersInitializer,
    };
    let suspension = suspension(f);
    let (own_name, formals, anonymous) = match f.node {
        FunctionNode::Function(node) => {
            let own = node.id.as_ref().map(|id| JsString::from(id.name.as_str()));
            let anonymous = own.is_none() && name.is_none();
            (own, node.params.items.len(), anonymous)
        }
        FunctionNode::Arrow(node) => (None, node.params.items.len(), name.is_none()),
        FunctionNode::DefaultConstructor => (None, 0, name.is_none()),
        _ => (None, 0, false),
    };
    let class_initializer = f
        .class_scope
        .and_then(|s| a.classes.get(&s))
        .is_some_and(|record| record.instance_initializer.is_some());
    let is_constructor = matches!(f.role, FunctionRole::BaseConstructor | FunctionRole::DerivedConstructor);
    let used = |v: Option<VarId>| v.is_some_and(|v| a.var(v).location != Location::Unused);
    let derived = f.role == FunctionRole::DerivedConstructor;
    let rest = match f.node {
        FunctionNode::Function(node) => node.params.rest.is_some(),
        FunctionNode::Arrow(node) => node.params.rest.is_some(),
        FunctionNode::DefaultConstructor => derived,
        _ => false,
    };
    let synthetic = matches!(
        f.node,
        FunctionNode::DefaultConstructor
            | FunctionNode::InstanceInitializer(_)
            | FunctionNode::StaticInitializer(_)
    );
    let native = *unit.goal == Goal::SelfHosted && !matches!(f.node, FunctionNode::Program(_));
    let flags = FunctionFlags::EMPTY
        .with_if(FunctionFlags::STRICT, f.strict)
        .with_if(
            FunctionFlags::USES_THIS,
            used(f.this_var) || f.role == FunctionRole::Initializer || class_initializer && is_constructor,
        )
        .with_if(FunctionFlags::USES_ARGUMENTS, used(f.arguments_var))
        .with_if(FunctionFlags::USES_REST, rest || f.observes_arguments)
        .with_if(FunctionFlags::USES_NEW_TARGET, used(f.new_target_var))
        .with_if(FunctionFlags::USES_SUPER_CALL, derived)
        .with_if(FunctionFlags::HAS_EVAL, f.direct_eval)
        .with_if(FunctionFlags::SIMPLE_PARAMETERS, f.simple_params)
        .with_if(FunctionFlags::HAS_CLASS_FIELDS, is_constructor && class_initializer)
        .with_if(FunctionFlags::NAMED_EXPRESSION, used(f.name_var))
        .with_if(FunctionFlags::ANONYMOUS, anonymous)
        .with_if(FunctionFlags::NATIVE, native)
        .with_if(FunctionFlags::SYNTHETIC, synthetic)
        .with_if(FunctionFlags::EAGER, f.immediately_invoked);
    FunctionInfo {
        name: name.or(own_name).unwrap_or_default(),
        kind,
        suspension,
        flags,
        formal_count: formals as u32,
        length: f.length,
        span: Span { start: f.span.0, end: f.span.1 },
        key: id.0,
    }
}

impl<'u, 'a> Gen<'u, 'a> {
    /// acc = a closure of function `id`.
    pub(crate) fn closure(&mut self, id: FunctionId, name: Option<JsString>) {
        let info = Arc::new(function_info(self.unit, id, name));
        let limit = match self.unit.eagerness {
            Eagerness::Eager => MAX_EAGER_DEPTH,
            Eagerness::Lazy if self.a.function(id).immediately_invoked => MAX_INVOKED_DEPTH,
            Eagerness::Lazy => 0,
        };
        let eager = self.unit.eager_depth < limit;
        let unit = if eager && self.error.is_none() {
            let unit = Unit { eager_depth: self.unit.eager_depth + 1, ..self.unit };
            match super::compile(unit, id, Some(info)) {
                Ok(code) => FunctionUnit::compiled(Arc::new(code)),
                Err(e) => {
                    self.error = Some(e);
                    return;
                }
            }
        } else {
            FunctionUnit::lazy(info)
        };
        let constant = self.b.function(unit);
        let slot = self.slot(SlotKind::Closure);
        self.b.create_closure(constant, slot);
    }

    pub(crate) fn function_id(cell: &std::cell::Cell<Option<oxc_syntax::scope::ScopeId>>) -> FunctionId {
        FunctionId(cell.get().map_or(0, |s| s.index() as u32))
    }

    pub(crate) fn function_expression(&mut self, f: &'a js::Function<'a>, name: Option<JsString>) {
        self.at(f.span.start);
        self.closure(Self::function_id(&f.scope_id), name);
    }

    pub(crate) fn arrow_expression(
        &mut self,
        f: &'a js::ArrowFunctionExpression<'a>,
        name: Option<JsString>,
    ) {
        self.at(f.span.start);
        self.closure(Self::function_id(&f.scope_id), name);
    }

    // --- the whole function ---

    pub(crate) fn function_body(&mut self) {
        match self.function().node {
            FunctionNode::Program(program) => match self.function().role {
                FunctionRole::Module => self.module_body(program),
                _ => self.program_body(program),
            },
            FunctionNode::Function(node) => self.ordinary_function(&node.params, node.body.as_deref()),
            FunctionNode::Arrow(node) => match &node.body {
                js::ArrowFunctionBody::FunctionBody(body) => self.ordinary_function(&node.params, Some(body)),
                body => {
                    let Some(e) = body.as_expression() else { return };
                    self.resumable(|g| {
                        g.prologue(Some(&node.params));
                        g.enter_body();
                        g.b.statement_position(oxc_span::GetSpan::span(e).start);
                        g.scoped(|g| g.expr(e));
                        g.exit(Exit::Return);
                    });
                }
            },
            FunctionNode::DefaultConstructor => self.default_constructor(),
            FunctionNode::InstanceInitializer(c) => {
                self.prologue(None);
                self.instance_initializer(c);
            }
            FunctionNode::StaticInitializer(c) => {
                self.prologue(None);
                self.static_initializer(c);
            }
        }
    }

    fn ordinary_function(
        &mut self,
        params: &'a js::FormalParameters<'a>,
        body: Option<&'a js::FunctionBody<'a>>,
    ) {
        if self.function().role == FunctionRole::DerivedConstructor {
            self.epilogue = Some(self.b.new_label());
        }
        self.resumable(|g| {
            g.prologue(Some(params));
            g.start_generator();
            g.enter_body();
            if let Some(body) = body {
                g.with_disposal(&body.statements, |g| g.statements(&body.statements));
            }
            g.finish_body();
            g.derived_constructor_epilogue();
        });
    }

    /// The end of the body is reached.
    pub(crate) fn finish_body(&mut self) {
        if self.b.is_reachable() {
            self.b.lda_undefined();
            self.exit(Exit::Return);
        }
    }

    /// The result of a derived constructor is the object it returns, or `this`.
    fn derived_constructor_epilogue(&mut self) {
        let Some(epilogue) = self.epilogue.take() else { return };
        self.b.bind(epilogue);
        if !self.b.is_reachable() {
            return;
        }
        let (object, undefined) = (self.b.new_label(), self.b.new_label());
        self.b.jump_if_js_receiver(object);
        self.b.jump_if_undefined(undefined);
        self.throw_derived_result();
        self.b.bind(undefined);
        match self.function().this_var {
            Some(this) => self.load_unchecked(this),
            // Neither `super()` nor `this` is anywhere in the code.
            None => self.b.lda_the_hole(),
        }
        self.b.throw_super_not_called_if_hole();
        self.b.bind(object);
        self.b.return_();
    }

    fn throw_derived_result(&mut self) {
        self.b.throw_message(
            unspool_bytecode::MessageId::DerivedConstructorReturnedNonObject,
            unspool_bytecode::RegisterRange::EMPTY,
        );
    }

    // --- prologue ---

    /// Contexts, parameters, `this` and friends. Afterwards the parameters are bound.
    pub(crate) fn prologue(&mut self, params: Option<&'a js::FormalParameters<'a>>) {
        let a = self.a;
        let f = self.function();
        let scope = f.scope;
        let new_target = self.new_target_register();
        // Eval in parameters has a scope outside of theirs.
        if let Some(parent) = a.scope(scope).parent
            && a.scope(parent).kind == ScopeKind::ParameterEval
        {
            self.scope = parent;
            let constant = self.scope_constant(parent);
            self.b.create_function_context(constant);
            self.function_context();
        } else if let Some(parent) = a.scope(scope).parent {
            self.scope = parent;
        }
        if a.scope(scope).needs_context {
            let constant = self.scope_constant(scope);
            self.b.create_function_context(constant);
            self.function_context();
        }
        self.scope = scope;
        // Formals are registers already.
        if f.simple_params {
            for &var in &f.params {
                let v = a.var(var);
                let register = Register::parameter(v.param_index);
                match v.location {
                    Location::Register => {
                        self.regs.insert(var, register);
                    }
                    Location::Context(_) => {
                        self.b.ldar(register);
                        self.store_raw(var, Access::Initialize);
                    }
                    _ => {}
                }
            }
        } else if let Some(params) = params {
            self.place_parameters(params);
        }
        self.place_this();
        self.allocate_registers(scope);
        // Those of the body too: what the parameters' expressions need for a while must not become the `undefined` of a `var`.
        if a.scope(f.body_scope).kind == ScopeKind::Body {
            self.allocate_registers(f.body_scope);
        }
        self.bind_implicit(new_target);
        if f.role == FunctionRole::BaseConstructor {
            // Before the parameters' expressions.
            self.base_constructor_fields();
        }
        if !f.simple_params
            && let Some(params) = params
        {
            self.bind_parameters(params);
        }
    }

    /// Makes acc the current context for the whole function: nothing restores the outer one.
    fn function_context(&mut self) {
        // The register stays taken: variables rely on theirs being undefined at entry.
        let saved = self.temp();
        self.b.push_context(saved);
    }

    /// Plain parameters in a list with expressions can live where the argument is, unless they have a dead zone.
    fn place_parameters(&mut self, params: &'a js::FormalParameters<'a>) {
        for (i, param) in params.items.iter().enumerate() {
            if let js::BindingPattern::BindingIdentifier(id) = &param.pattern
                && let Some(var) = self.param_var(id)
                && self.a.var(var).location == Location::Register
                && !self.a.var(var).needs_hole
            {
                self.regs.insert(var, Register::parameter(i as u32));
            }
        }
    }

    /// The variable that a parameter's name means.
    fn param_var(&self, id: &js::BindingIdentifier<'a>) -> Option<VarId> {
        let r = self.binding_ref(id);
        match self.a.refs[r.index()].resolution {
            crate::scope::Resolution::Variable { var, .. } => Some(var),
            _ => None,
        }
    }

    /// `this` in a register is the receiver itself, except in derived constructors.
    fn place_this(&mut self) {
        let f = self.function();
        let Some(this) = f.this_var else { return };
        match (self.a.var(this).location, f.role) {
            (Location::Register, FunctionRole::DerivedConstructor) => {}
            (Location::Register, _) => {
                self.regs.insert(this, Register::THIS);
            }
            _ => {}
        }
    }

    /// Gives `this`, `new.target`, the active function, its name and `arguments` their values.
    fn bind_implicit(&mut self, new_target: Option<Register>) {
        let a = self.a;
        let f = self.function();
        if let Some(this) = f.this_var
            && f.role != FunctionRole::DerivedConstructor
            && matches!(a.var(this).location, Location::Context(_))
        {
            self.b.ldar(Register::THIS);
            self.store_raw(this, Access::Initialize);
        }
        if let Some(var) = f.new_target_var
            && let Location::Context(_) = a.var(var).location
        {
            match new_target {
                Some(r) => self.b.ldar(r),
                None => self.b.lda_undefined(),
            }
            self.store_raw(var, Access::Initialize);
        } else if let (Some(var), None) = (f.new_target_var, new_target)
            && a.var(var).location == Location::Register
        {
            self.b.lda_undefined();
            self.store_raw(var, Access::Initialize);
        }
        for var in [f.this_function_var, f.name_var].into_iter().flatten() {
            if a.var(var).location != Location::Unused {
                self.b.lda_function();
                self.store_raw(var, Access::Initialize);
            }
        }
        if let Some(var) = f.arguments_var
            && a.var(var).location != Location::Unused
        {
            if f.strict || !f.simple_params {
                self.b.create_unmapped_arguments();
            } else {
                let constant = self.scope_constant(f.scope);
                self.b.create_mapped_arguments(constant);
            }
            self.store_raw(var, Access::Initialize);
        }
    }

    /// The local that has `new.target` at entry; it must be the first register that is allocated. Resumable functions are
    /// never constructed and have none.
    fn new_target_register(&mut self) -> Option<Register> {
        let var = self.function().new_target_var?;
        let location = self.a.var(var).location;
        if location == Location::Unused || self.generator.is_some() {
            return None;
        }
        let r = self.temp();
        self.b.set_new_target_or_generator(r);
        if location == Location::Register {
            self.regs.insert(var, r);
        }
        Some(r)
    }

    /// IteratorBindingInitialization of a list that is not simple.
    fn bind_parameters(&mut self, params: &'a js::FormalParameters<'a>) {
        for (i, param) in params.items.iter().enumerate() {
            let register = Register::parameter(i as u32);
            let in_place = match &param.pattern {
                js::BindingPattern::BindingIdentifier(id) => {
                    self.param_var(id).is_some_and(|var| self.regs.get(&var) == Some(&register))
                }
                _ => false,
            };
            let mark = self.b.mark();
            match (&param.initializer, in_place) {
                (None, true) => {}
                (None, false) => {
                    self.b.ldar(register);
                    self.bind_pattern(&param.pattern, super::patterns::Binding::Initialize);
                }
                (Some(init), _) => {
                    let given = self.b.new_label();
                    self.b.ldar(register);
                    self.b.jump_if_not_undefined(given);
                    match &param.pattern {
                        js::BindingPattern::BindingIdentifier(id) => self.named_expr(init, &id.name),
                        _ => self.expr(init),
                    }
                    if in_place {
                        self.b.star(register);
                        self.b.bind(given);
                    } else {
                        self.b.bind(given);
                        self.bind_pattern(&param.pattern, super::patterns::Binding::Initialize);
                    }
                }
            }
            self.b.release(mark);
        }
        if let Some(rest) = &params.rest {
            let mark = self.b.mark();
            self.b.create_rest_parameter();
            self.bind_pattern(&rest.rest.argument, super::patterns::Binding::Initialize);
            self.b.release(mark);
        }
    }

    /// Enters the body's own scope if parameters have expressions, and instantiates its functions.
    pub(crate) fn enter_body(&mut self) {
        let a = self.a;
        let f = self.function();
        let (scope, body) = (f.scope, f.body_scope);
        if body != scope && a.scope(body).kind == ScopeKind::Body {
            // Variables of the body start with the value of the parameter of the same name; it is read outside.
            let copies: Vec<(VarId, VarId)> = a
                .scope(body)
                .vars
                .iter()
                .filter(|&&v| a.var(v).mode == VarMode::Var && a.var(v).location != Location::Unused)
                .filter_map(|&v| {
                    let name = a.var(v).name;
                    let outer = a.scope(scope).vars.iter().find(|&&p| {
                        a.var(p).name == name && matches!(a.var(p).mode, VarMode::Param | VarMode::Arguments)
                    })?;
                    Some((v, *outer))
                })
                .collect();
            if a.scope(body).needs_context {
                let constant = self.scope_constant(body);
                self.b.create_function_context(constant);
                self.function_context();
            }
            self.scope = body;
            self.allocate_registers(body);
            for (inner, outer) in copies {
                self.load_initialized(outer);
                self.store_raw(inner, Access::Initialize);
            }
        }
        self.hoist_functions(body);
    }

    // --- scripts and eval ---

    fn program_body(&mut self, program: &'a js::Program<'a>) {
        if *self.unit.goal == Goal::DynamicFunction {
            return self.dynamic_function(program);
        }
        let a = self.a;
        let scope = self.function().scope;
        if let Some(parent) = a.scope(scope).parent {
            self.scope = parent;
        }
        let completion = self.temp();
        if a.scope(scope).needs_context {
            let constant = self.scope_constant(scope);
            match a.scope(scope).kind {
                ScopeKind::Eval => self.b.create_eval_context(constant),
                _ => self.b.create_function_context(constant),
            }
            self.function_context();
        }
        self.scope = scope;
        self.place_this();
        self.allocate_registers(scope);
        self.bind_implicit(None);
        self.declare(scope);
        self.hoist_functions(scope);
        self.completion = Some(completion);
        for directive in &program.directives {
            // Directives are expression statements; one that the front end inserted is not.
            if !self.unit.source.is_inserted_at(directive.span.start) {
                self.b.load_string(super::expressions::string_literal(&directive.expression));
                self.b.star(completion);
            }
        }
        self.with_disposal(&program.body, |g| g.completing_statements(&program.body));
        self.b.ldar(completion);
        self.b.return_();
    }

    /// The text of `Function(…)`: gives the closure.
    fn dynamic_function(&mut self, program: &'a js::Program<'a>) {
        if let Some(js::Statement::FunctionDeclaration(f)) = program.body.first() {
            self.closure(Self::function_id(&f.scope_id), None);
        } else {
            self.b.lda_undefined();
        }
        self.b.return_();
    }

    /// Global and eval declaration instantiation.
    fn declare(&mut self, scope: ScopeId) {
        let a = self.a;
        let s = a.scope(scope);
        let is_eval = s.kind == ScopeKind::Eval;
        if is_eval && s.strict {
            return;
        }
        let mut declarations = Declarations { deletable: is_eval, ..Declarations::default() };
        for &var in &s.vars {
            let v = a.var(var);
            let name = JsString::from(v.name.as_str());
            match v.location {
                Location::GlobalObject if v.has_function => {
                    declarations.functions.push(name);
                }
                Location::GlobalObject if v.soft => declarations.annex_b.push(name),
                Location::GlobalObject => declarations.vars.push(name),
                Location::ScriptLexical => {
                    declarations.lexical.push(LexicalDeclaration { name, is_const: v.mode == VarMode::Const })
                }
                _ => {}
            }
        }
        if declarations == (Declarations { deletable: is_eval, ..Declarations::default() }) {
            return;
        }
        let constant = self.b.constant(Constant::Declarations(declarations));
        if is_eval {
            self.b.declare_eval_variables(constant);
        } else {
            self.b.declare_globals(constant);
        }
    }

    /// Stores a hoisted function of a script or of sloppy eval code.
    pub(crate) fn store_hoisted_global(&mut self, var: VarId) {
        let name = self.a.var(var).name;
        if self.a.scope(self.a.var(var).scope).kind == ScopeKind::Eval {
            self.scoped(|g| {
                let range = g.temps(2);
                g.b.star(range.get(1));
                g.b.load_string(name.as_str());
                g.b.star(range.first);
                g.b.call_runtime(RuntimeId::DeclareEvalFunction, range);
            });
        } else {
            self.store_global(&name);
        }
    }

    /// Runs the instance initializer at the start of a base constructor.
    fn base_constructor_fields(&mut self) {
        let has = self
            .function()
            .class_scope
            .and_then(|s| self.a.classes.get(&s))
            .is_some_and(|r| r.instance_initializer.is_some());
        if has {
            self.scoped(|g| {
                g.b.lda_function();
                let function = g.save();
                let at = g.function().span.0;
                g.run_initializer(function, Register::THIS, at);
            });
        }
    }

    fn default_constructor(&mut self) {
        self.prologue(None);
        let at = self.function().span.0;
        if self.function().role == FunctionRole::BaseConstructor {
            self.b.lda_undefined();
            self.b.return_();
            return;
        }
        let function = self.temp();
        let active = self.pseudo_ref(at, Pseudo::ThisFunction);
        self.load_ref(active, super::names::LoadMode::Normal);
        self.b.star(function);
        let constructor = self.temp();
        self.b.get_super_constructor(constructor);
        self.b.throw_if_not_super_constructor(constructor);
        let new_target = self.pseudo_ref(at, Pseudo::NewTarget);
        self.load_ref(new_target, super::names::LoadMode::Normal);
        self.at(at);
        let slot = self.slot(SlotKind::Construct);
        self.b.construct_forward_all_args(constructor, slot);
        self.bind_this(at, function);
        self.b.return_();
    }
}
