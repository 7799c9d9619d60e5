//! The walk over statements and functions that creates scopes, variables and references.
//!
//! The specification's scopes are made here in one pass over the tree (their rules are in 8.2, 14 and B.3.2), and each
//! use of a name becomes a *reference* with its place and kind of access. Nothing is resolved yet, since declarations may
//! follow their uses. `this`, `new.target` and their like are *pseudo variables*: arrow functions and eval reach them
//! through scopes as other code reaches names. Errors that the parser leaves to us are collected on the way.

use super::functions::FunctionPlace;
use super::*;
use oxc_ast::ast::{self as js, BindingPattern, Statement};
use oxc_span::{GetSpan, Span};
use oxc_syntax::{reference::ReferenceId, scope::ScopeId as OxcScopeId};
use unspool_bytecode::JsString;

/// Names that pseudo variables have; none is an identifier.
pub(crate) mod names {
    pub(crate) const THIS: &str = "this";
    pub(crate) const NEW_TARGET: &str = "new.target";
    pub(crate) const THIS_FUNCTION: &str = ".function";
    pub(crate) const HOME: &str = ".home";
    pub(crate) const STATIC_HOME: &str = ".static_home";
    pub(crate) const DEFAULT_EXPORT: &str = "*default*";
    pub(crate) const ARGUMENTS: &str = "arguments";
}

/// A function declared in a block that annex B.3.3 may hoist.
pub(crate) struct AnnexBCandidate<'a> {
    pub(crate) scope: ScopeId,
    pub(crate) name: Ident<'a>,
    pub(crate) function_start: u32,
    pub(crate) hoisted: bool,
}

/// A message about a construct that oxc accepts and this engine does not, or that only scope analysis can find.
#[derive(Debug)]
pub(crate) struct LateError {
    pub(crate) message: String,
    pub(crate) span: Span,
}

pub(crate) struct Builder<'a> {
    pub(crate) allocator: &'a oxc_allocator::Allocator,
    pub(crate) goal: crate::goal::Goal,
    pub(crate) source: &'a crate::source::SourceText,
    /// The text is not TypeScript.
    pub(crate) is_javascript: bool,
    pub(crate) functions: Vec<Function<'a>>,
    pub(crate) scopes: Vec<Scope<'a>>,
    pub(crate) vars: Vec<Variable<'a>>,
    pub(crate) refs: Vec<Reference<'a>>,
    pub(crate) classes: FxHashMap<ScopeId, ClassRecord>,
    pub(crate) annex_b: FxHashMap<u32, RefId>,
    pub(crate) pseudo_refs: FxHashMap<(u32, Pseudo), RefId>,
    pub(crate) extra_scopes: FxHashMap<u32, ScopeId>,
    /// Uses of `arguments` that do not let the object escape.
    pub(crate) plain_arguments: rustc_hash::FxHashSet<RefId>,
    /// Direct eval calls: scope, function, position.
    pub(crate) eval_sites: Vec<(ScopeId, FunctionId, u32)>,
    pub(crate) map: FxHashMap<(ScopeId, Ident<'a>), VarId>,
    pub(crate) candidates: Vec<AnnexBCandidate<'a>>,
    pub(crate) exported: Vec<(Ident<'a>, JsString, Span)>,
    pub(crate) errors: Vec<LateError>,
    /// What `break` and `continue` can name here, innermost last, with the function it belongs to.
    pub(crate) targets: Vec<(FunctionId, JumpTarget<'a>)>,
    pub(crate) scope: ScopeId,
    pub(crate) function: FunctionId,
}

/// A statement that `break` or `continue` may leave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum JumpTarget<'a> {
    Loop,
    Switch,
    Label(&'a str),
    /// The label of a loop.
    LoopLabel(&'a str),
}

/// Parts of a function that the walk needs and arrows, functions and synthetic functions all have.
pub(crate) struct FunctionShape<'a> {
    pub(crate) node: FunctionNode<'a>,
    pub(crate) role: FunctionRole,
    pub(crate) is_async: bool,
    pub(crate) is_generator: bool,
    pub(crate) is_static: bool,
    pub(crate) strict: bool,
    pub(crate) span: (u32, u32),
    pub(crate) created_at: u32,
}

impl<'a> Builder<'a> {
    pub(crate) fn error(&mut self, message: impl Into<String>, span: Span) {
        self.errors.push(LateError { message: message.into(), span });
    }

    // --- scopes ---

    pub(crate) fn new_scope(&mut self, kind: ScopeKind, start: u32, strict: bool) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        self.scopes.push(Scope {
            kind,
            parent: Some(self.scope),
            function: self.function,
            start,
            vars: Vec::new(),
            functions: Vec::new(),
            extensible: false,
            inner_eval: false,
            strict,
            needs_context: kind == ScopeKind::With,
            slots: Vec::new(),
            context_depth: 0,
            outer_kind: None,
        });
        id
    }

    pub(crate) fn strict(&self) -> bool {
        self.scopes[self.scope.index()].strict
    }

    pub(crate) fn in_scope(
        &mut self,
        kind: ScopeKind,
        start: u32,
        walk: impl FnOnce(&mut Self, ScopeId),
    ) -> ScopeId {
        let strict = self.strict();
        let id = self.new_scope(kind, start, strict);
        let saved = std::mem::replace(&mut self.scope, id);
        walk(self, id);
        self.scope = saved;
        id
    }

    // --- variables ---

    pub(crate) fn declare_in(
        &mut self,
        scope: ScopeId,
        name: Ident<'a>,
        mode: VarMode,
        init_end: u32,
    ) -> VarId {
        if let Some(&var) = self.map.get(&(scope, name)) {
            // A second `var`, a function over a parameter or a `var`; early errors exclude everything else, except that
            // functions at function level win over parameters and the arguments object.
            return var;
        }
        let var = VarId(self.vars.len() as u32);
        self.vars.push(Variable {
            name,
            scope,
            mode,
            location: Location::Unused,
            used: false,
            captured: false,
            assigned: false,
            needs_hole: false,
            init_end,
            has_function: false,
            soft: false,
            param_index: u32::MAX,
        });
        self.scopes[scope.index()].vars.push(var);
        self.map.insert((scope, name), var);
        var
    }

    /// The scope in which `var` declarations of the current function go.
    pub(crate) fn var_scope(&self) -> ScopeId {
        self.functions[self.function.index()].body_scope
    }

    // --- references ---

    pub(crate) fn reference_from(
        &mut self,
        scope: ScopeId,
        name: Ident<'a>,
        position: u32,
        access: Access,
    ) -> RefId {
        let id = RefId(self.refs.len() as u32);
        let function = self.function;
        self.refs.push(Reference {
            name,
            scope,
            function,
            position,
            access,
            resolution: Resolution::Pending,
        });
        id
    }

    pub(crate) fn reference(&mut self, name: Ident<'a>, position: u32, access: Access) -> RefId {
        self.reference_from(self.scope, name, position, access)
    }

    pub(crate) fn identifier(&mut self, id: &js::IdentifierReference<'a>, access: Access) {
        if id.name == names::ARGUMENTS && self.in_field_initializer_eval() {
            self.error(
                "'arguments' is not allowed in class field initializer or static initialization block",
                id.span,
            );
        }
        let r = self.reference(id.name, id.span.start, access);
        id.reference_id.set(Some(ReferenceId::new(r.index())));
    }

    pub(crate) fn pseudo(&mut self, what: Pseudo, position: u32) {
        self.pseudo_from(self.scope, what, position);
    }

    pub(crate) fn pseudo_from(&mut self, scope: ScopeId, what: Pseudo, position: u32) {
        let (name, access) = match what {
            Pseudo::This => (names::THIS, Access::Read),
            Pseudo::BindThis => (names::THIS, Access::Initialize),
            Pseudo::NewTarget => (names::NEW_TARGET, Access::Read),
            Pseudo::ThisFunction => (names::THIS_FUNCTION, Access::Read),
            Pseudo::Home => {
                let is_static = self.receiver_function_is_static();
                (if is_static { names::STATIC_HOME } else { names::HOME }, Access::Read)
            }
        };
        let r = self.reference_from(scope, Ident::from(name), position, access);
        self.pseudo_refs.insert((position, what), r);
    }

    /// Whether this is eval code (arrows aside) inside of a class field initializer.
    fn in_field_initializer_eval(&self) -> bool {
        if !self.goal.allows(unspool_bytecode::ScopeFlags::FIELD_INITIALIZER) {
            return false;
        }
        let mut f = self.function;
        loop {
            let function = &self.functions[f.index()];
            match function.parent {
                None => return true,
                Some(_) if function.is_receiver_scope() => return false,
                Some(parent) => f = parent,
            }
        }
    }

    /// Whether the function that gives `this` here is a static class element.
    fn receiver_function_is_static(&self) -> bool {
        let mut f = self.function;
        loop {
            let function = &self.functions[f.index()];
            match (function.is_receiver_scope(), function.parent) {
                (true, _) | (false, None) => return function.is_static,
                (false, Some(parent)) => f = parent,
            }
        }
    }

    // --- statements ---

    pub(crate) fn walk_statements(&mut self, statements: &'a [Statement<'a>]) {
        for statement in statements {
            self.walk_statement(statement);
        }
    }

    fn walk_block(&mut self, block: &'a js::BlockStatement<'a>) {
        let id = self.in_scope(ScopeKind::Block, block.span.start, |b, _| b.walk_statements(&block.body));
        block.scope_id.set(Some(OxcScopeId::new(id.index())));
    }

    fn with_target(&mut self, target: JumpTarget<'a>, walk: impl FnOnce(&mut Self)) {
        self.targets.push((self.function, target));
        walk(self);
        self.targets.pop();
    }

    pub(crate) fn walk_loop_body(&mut self, statement: &'a Statement<'a>) {
        self.with_target(JumpTarget::Loop, |b| b.walk_body(statement));
    }

    /// Jumps stay within their function. (oxc looks for targets around arrow functions too.)
    fn check_jump(&mut self, span: Span, what: &str, fits: impl Fn(JumpTarget<'a>) -> bool) {
        let mut own = self.targets.iter().rev().take_while(|(function, _)| *function == self.function);
        if !own.any(|(_, target)| fits(*target)) {
            self.error(format!("Illegal {what} statement: there is nothing of this function to leave"), span);
        }
    }

    /// A statement that is a body of its own: a function declaration there acts as if in a block.
    fn walk_body(&mut self, statement: &'a Statement<'a>) {
        self.walk_statement(statement);
    }

    pub(crate) fn walk_statement(&mut self, statement: &'a Statement<'a>) {
        crate::stack::guard(|| self.walk_statement_inner(statement));
    }

    fn walk_statement_inner(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::BlockStatement(s) => self.walk_block(s),
            Statement::BreakStatement(s) => self.check_break(s),
            Statement::ContinueStatement(s) => self.check_continue(s),
            Statement::DebuggerStatement(_) | Statement::EmptyStatement(_) => {}
            Statement::DoWhileStatement(s) => {
                self.walk_loop_body(&s.body);
                self.walk_expression(&s.test);
            }
            Statement::ExpressionStatement(s) => self.walk_expression(&s.expression),
            Statement::ForInStatement(s) => {
                self.walk_for_each(s.span, &s.left, &s.right, &s.body, &s.scope_id);
            }
            Statement::ForOfStatement(s) => {
                if s.r#await {
                    self.functions[self.function.index()].has_await = true;
                }
                self.walk_for_each(s.span, &s.left, &s.right, &s.body, &s.scope_id);
            }
            Statement::ForStatement(s) => self.walk_for(s),
            Statement::IfStatement(s) => {
                self.walk_expression(&s.test);
                self.walk_if_branch(&s.consequent);
                if let Some(alternate) = &s.alternate {
                    self.walk_if_branch(alternate);
                }
            }
            Statement::LabeledStatement(_) => self.walk_labelled(statement),
            Statement::ReturnStatement(s) => {
                if self.functions[self.function.index()].parent.is_none() {
                    self.error("Illegal return statement", s.span);
                }
                if let Some(argument) = &s.argument {
                    self.walk_expression(argument);
                }
            }
            Statement::SwitchStatement(s) => self.walk_switch(s),
            Statement::ThrowStatement(s) => self.walk_expression(&s.argument),
            Statement::TryStatement(s) => self.walk_try(s),
            Statement::WhileStatement(s) => {
                self.walk_expression(&s.test);
                self.walk_loop_body(&s.body);
            }
            Statement::WithStatement(s) => {
                self.walk_expression(&s.object);
                let id = self.in_scope(ScopeKind::With, s.body.span().start, |b, _| b.walk_body(&s.body));
                s.scope_id.set(Some(OxcScopeId::new(id.index())));
            }
            Statement::VariableDeclaration(d) => self.walk_variable_declaration(d),
            Statement::FunctionDeclaration(f) => self.walk_function_declaration(f),
            Statement::ClassDeclaration(c) => self.walk_class_declaration(c),
            Statement::ImportDeclaration(_)
            | Statement::ExportAllDeclaration(_)
            | Statement::ExportDefaultDeclaration(_)
            | Statement::ExportDeclaration(_)
            | Statement::ExportNamedDeclaration(_)
            | Statement::ExportFromDeclaration(_) => self.walk_module_declaration(statement),
            Statement::TSTypeAliasDeclaration(_) | Statement::TSInterfaceDeclaration(_) => {}
            Statement::TSEnumDeclaration(_)
            | Statement::TSExternalModuleDeclaration(_)
            | Statement::TSNamespaceDeclaration(_)
            | Statement::TSGlobalDeclaration(_)
            | Statement::TSImportEqualsDeclaration(_)
            | Statement::TSExportAssignment(_)
            | Statement::TSNamespaceExportDeclaration(_) => {
                self.error(
                    "This TypeScript construct needs a transformation that is not supported",
                    statement.span(),
                );
            }
        }
    }

    fn check_break(&mut self, s: &js::BreakStatement<'a>) {
        let label = s.label.as_ref().map(|label| label.name.as_str());
        self.check_jump(s.span, "break", |target| match label {
            None => matches!(target, JumpTarget::Loop | JumpTarget::Switch),
            Some(l) => target == JumpTarget::Label(l) || target == JumpTarget::LoopLabel(l),
        });
    }

    fn check_continue(&mut self, s: &js::ContinueStatement<'a>) {
        let label = s.label.as_ref().map(|label| label.name.as_str());
        self.check_jump(s.span, "continue", |target| match label {
            None => target == JumpTarget::Loop,
            Some(l) => target == JumpTarget::LoopLabel(l),
        });
    }

    /// A statement with all its labels, which `continue` may name if it is a loop.
    fn walk_labelled(&mut self, statement: &'a Statement<'a>) {
        let (mut body, outer) = (statement, self.targets.len());
        while let Statement::LabeledStatement(s) = body {
            self.targets.push((self.function, JumpTarget::Label(s.label.name.as_str())));
            body = &s.body;
        }
        if body.is_iteration_statement() {
            for (_, target) in &mut self.targets[outer..] {
                if let JumpTarget::Label(label) = *target {
                    *target = JumpTarget::LoopLabel(label);
                }
            }
        }
        self.walk_statement(body);
        self.targets.truncate(outer);
    }

    fn walk_switch(&mut self, s: &'a js::SwitchStatement<'a>) {
        self.walk_expression(&s.discriminant);
        let id = self.in_scope(ScopeKind::Switch, s.span.start, |b, _| {
            for case in &s.cases {
                if let Some(test) = &case.test {
                    b.walk_expression(test);
                }
                b.with_target(JumpTarget::Switch, |b| b.walk_statements(&case.consequent));
            }
        });
        s.scope_id.set(Some(OxcScopeId::new(id.index())));
    }

    /// `if (x) function f() {}` acts as if the function were in a block.
    fn walk_if_branch(&mut self, statement: &'a Statement<'a>) {
        if let Statement::FunctionDeclaration(f) = statement {
            self.in_scope(ScopeKind::Block, f.span.start, |b, scope| {
                b.walk_function_declaration(f);
                b.extra_scopes.insert(f.span.start, scope);
            });
        } else {
            self.walk_body(statement);
        }
    }

    pub(crate) fn walk_variable_declaration(&mut self, d: &'a js::VariableDeclaration<'a>) {
        use js::VariableDeclarationKind as K;
        if d.declare {
            return;
        }
        if d.kind.is_using()
            && self.goal.eval_context().is_some() | (self.goal == crate::goal::Goal::IndirectEval)
            && self.scope == self.functions[0].scope
        {
            self.error("'using' declarations are not allowed at the top level of eval code", d.span);
        }
        for declarator in &d.declarations {
            let (scope, mode) = match d.kind {
                K::Var => (self.var_scope(), VarMode::Var),
                K::Let => (self.scope, VarMode::Let),
                K::Const => (self.scope, VarMode::Const),
                K::Using | K::AwaitUsing => (self.scope, VarMode::Const),
            };
            if d.kind == K::AwaitUsing {
                self.functions[self.function.index()].has_await = true;
            }
            self.declare_pattern(&declarator.id, scope, mode, declarator.span.end);
            if d.kind == K::Var {
                if declarator.init.is_some() {
                    self.walk_pattern_as(&declarator.id, Access::Write);
                }
            } else {
                self.walk_pattern(&declarator.id);
            }
            if let Some(init) = &declarator.init {
                self.walk_expression(init);
            }
        }
    }

    pub(crate) fn walk_function_declaration(&mut self, f: &'a js::Function<'a>) {
        if f.declare || f.body.is_none() {
            return;
        }
        let name = f.id.as_ref().map_or(Ident::from(names::DEFAULT_EXPORT), |id| id.name);
        let scope = self.scope;
        let function_level = scope == self.var_scope();
        let mode = if function_level { VarMode::Var } else { VarMode::BlockFunction };
        let var = self.declare_in(scope, name, mode, 0);
        if function_level && self.vars[var.index()].mode == VarMode::Param {
            // A function replaces the value of a parameter of the same name.
            self.vars[var.index()].assigned = true;
        }
        let functions = &mut self.scopes[scope.index()].functions;
        if std::mem::replace(&mut self.vars[var.index()].has_function, true) {
            functions.retain(|(v, _)| *v != var);
        }
        functions.push((var, f));
        if let Some(id) = &f.id {
            self.binding(id, Access::Initialize);
        }
        if !function_level && !self.strict() && !f.r#async && !f.generator {
            self.candidates.push(AnnexBCandidate {
                scope,
                name,
                function_start: f.span.start,
                hoisted: false,
            });
        }
        let created_at = self.scopes[scope.index()].start;
        self.walk_function(f, FunctionPlace { created_at, ..FunctionPlace::expression(f) });
    }

    fn walk_for(&mut self, s: &'a js::ForStatement<'a>) {
        let id = self.in_scope(ScopeKind::For, s.span.start, |b, _| {
            match &s.init {
                Some(js::ForStatementInit::VariableDeclaration(d)) => b.walk_variable_declaration(d),
                Some(init) => {
                    if let Some(e) = init.as_expression() {
                        b.walk_expression(e);
                    }
                }
                None => {}
            }
            if let Some(test) = &s.test {
                b.walk_expression(test);
            }
            if let Some(update) = &s.update {
                b.walk_expression(update);
            }
            b.walk_loop_body(&s.body);
        });
        s.scope_id.set(Some(OxcScopeId::new(id.index())));
    }

    fn walk_for_each(
        &mut self,
        span: Span,
        left: &'a js::ForStatementLeft<'a>,
        right: &'a js::Expression<'a>,
        body: &'a Statement<'a>,
        cell: &std::cell::Cell<Option<OxcScopeId>>,
    ) {
        use js::VariableDeclarationKind as K;
        let lexical = match left {
            js::ForStatementLeft::VariableDeclaration(d) if d.kind != K::Var => Some(d),
            _ => None,
        };
        // The scope pair is allocated as (dead zone, loop): the generator relies on `loop = dead zone + 1`.
        if let Some(d) = lexical {
            if d.kind == K::AwaitUsing {
                self.functions[self.function.index()].has_await = true;
            }
            self.in_scope(ScopeKind::ForDeadZone, span.start, |b, dead| {
                for declarator in &d.declarations {
                    b.declare_pattern(&declarator.id, dead, VarMode::Let, u32::MAX);
                }
            });
            let dead = ScopeId(self.scopes.len() as u32 - 1);
            let saved = self.scope;
            let strict = self.strict();
            let id = self.new_scope(ScopeKind::For, span.start, strict);
            self.scope = dead;
            self.walk_expression(right);
            self.scope = id;
            let mode = if d.kind == K::Let { VarMode::Let } else { VarMode::Const };
            for declarator in &d.declarations {
                self.declare_pattern(&declarator.id, id, mode, right.span().end);
                self.walk_pattern(&declarator.id);
            }
            self.walk_loop_body(body);
            self.scope = saved;
            cell.set(Some(OxcScopeId::new(id.index())));
        } else {
            match left {
                js::ForStatementLeft::VariableDeclaration(d) => {
                    for declarator in &d.declarations {
                        let scope = self.var_scope();
                        self.declare_pattern(&declarator.id, scope, VarMode::Var, 0);
                        self.walk_pattern_as(&declarator.id, Access::Write);
                        if let Some(init) = &declarator.init {
                            self.walk_expression(init);
                        }
                    }
                }
                left => {
                    if let Some(target) = left.as_assignment_target() {
                        self.walk_assignment_target(target, Access::Write);
                    }
                }
            }
            self.walk_expression(right);
            self.walk_loop_body(body);
            cell.set(None);
        }
    }

    fn walk_try(&mut self, s: &'a js::TryStatement<'a>) {
        self.walk_block(&s.block);
        if let Some(handler) = &s.handler {
            let id = self.in_scope(ScopeKind::Catch, handler.span.start, |b, scope| {
                if let Some(param) = &handler.param {
                    let simple = matches!(param.pattern, BindingPattern::BindingIdentifier(_));
                    let mode = if simple { VarMode::SimpleCatch } else { VarMode::Catch };
                    b.declare_pattern(&param.pattern, scope, mode, 0);
                    b.walk_pattern(&param.pattern);
                }
                b.walk_block(&handler.body);
            });
            handler.scope_id.set(Some(OxcScopeId::new(id.index())));
        }
        if let Some(finalizer) = &s.finalizer {
            self.walk_block(finalizer);
        }
    }

    // --- modules ---

    fn walk_module_declaration(&mut self, statement: &'a Statement<'a>) {
        match statement {
            Statement::ImportDeclaration(d) if !d.import_kind.is_type() => self.walk_import(d),
            Statement::ExportNamedDeclaration(d) if !d.export_kind.is_type() => self.note_exports(d),
            Statement::ExportDeclaration(d) => self.walk_exported_declaration(d),
            Statement::ExportDefaultDeclaration(d) => self.walk_default_export(d),
            // What others export says nothing about the names here.
            _ => {}
        }
    }

    fn walk_import(&mut self, d: &'a js::ImportDeclaration<'a>) {
        let scope = self.scope;
        for specifier in d.specifiers.iter().flatten().filter(|s| !crate::module::is_type_import(s)) {
            let local = specifier.local();
            self.declare_in(scope, local.name, VarMode::Import, 0);
            self.binding(local, Access::Initialize);
        }
    }

    /// `export { a as b }`
    fn note_exports(&mut self, d: &'a js::ExportNamedDeclaration<'a>) {
        for specifier in d.specifiers.iter().filter(|s| !s.export_kind.is_type()) {
            if let Some(local) = specifier.local.identifier_name() {
                let exported = crate::module::export_name(&specifier.exported);
                self.exported.push((local, exported, specifier.span));
            }
        }
    }

    /// `export let a`, `export function f() {}`, `export class C {}`
    fn walk_exported_declaration(&mut self, d: &'a js::ExportDeclaration<'a>) {
        let mut names = Vec::new();
        match &d.declaration {
            js::Declaration::VariableDeclaration(v) => {
                for declarator in &v.declarations {
                    names.extend(declarator.id.get_binding_identifiers().iter().map(|b| b.name));
                }
                self.walk_variable_declaration(v);
            }
            js::Declaration::FunctionDeclaration(f) => {
                names.extend(f.id.as_ref().map(|id| id.name));
                self.walk_function_declaration(f);
            }
            js::Declaration::ClassDeclaration(c) => {
                names.extend(c.id.as_ref().map(|id| id.name));
                self.walk_class_declaration(c);
            }
            js::Declaration::TSTypeAliasDeclaration(_) | js::Declaration::TSInterfaceDeclaration(_) => {}
            _ => self.error("This TypeScript construct needs a transformation that is not supported", d.span),
        }
        self.exported.extend(names.into_iter().map(|n| (n, JsString::from(n.as_str()), d.span)));
    }

    /// `export default`: of an expression, the value goes to a variable that no program can name.
    fn walk_default_export(&mut self, d: &'a js::ExportDefaultDeclaration<'a>) {
        use js::ExportDefaultDeclarationKind as K;
        let default = Ident::from(names::DEFAULT_EXPORT);
        let local = match &d.declaration {
            K::FunctionDeclaration(f) => {
                self.walk_function_declaration(f);
                f.id.as_ref().map_or(default, |id| id.name)
            }
            K::ClassDeclaration(c) => {
                self.walk_class_declaration(c);
                c.id.as_ref().map_or(default, |id| id.name)
            }
            K::TSInterfaceDeclaration(_) => return,
            expression => {
                let scope = self.scope;
                self.declare_in(scope, default, VarMode::Let, d.span.end);
                let r = self.reference(default, d.span.start, Access::Initialize);
                self.annex_b.insert(d.span.start, r);
                self.walk_inherited(expression.as_expression());
                default
            }
        };
        self.exported.push((local, JsString::from("default"), d.span));
    }
}
