//! Statements, except loops over iterators and keys (see `iteration`).
//!
//! Control that leaves statements (`break`, `continue`, `return` through `finally`) is `control`'s; here labels are put
//! in place. In scripts and eval code statements have *completion values* (6.2.4), which are kept in a register, but only
//! by those statements whose value can still be the last. Conditions that are literals leave no test behind, and runs of
//! small-integer cases become jump tables.

use super::Gen;
use super::control::{Control, Exit};
use super::generators::DisposeHint;
use crate::scope::{Resolution, ScopeId};
use oxc_ast::ast::{self as js, Statement};
use oxc_span::GetSpan;
use unspool_bytecode::{CatchPrediction, Label, RuntimeId, SlotKind};

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn statements(&mut self, statements: &'a [Statement<'a>]) {
        for statement in statements {
            self.statement(statement, &[]);
        }
    }

    /// The top level of a script or eval: only the statements from the last one that surely has a value on need to keep
    /// completion values.
    pub(crate) fn completing_statements(&mut self, statements: &'a [Statement<'a>]) {
        let last = statements.iter().rposition(has_value).unwrap_or(0);
        let completion = self.completion.take();
        self.statements(&statements[..last]);
        self.completion = completion;
        self.statements(&statements[last..]);
    }

    pub(crate) fn scope_cell(cell: &std::cell::Cell<Option<oxc_syntax::scope::ScopeId>>) -> Option<ScopeId> {
        cell.get().map(|s| ScopeId(s.index() as u32))
    }

    /// acc and the completion register = undefined, if completion values matter here.
    pub(crate) fn reset_completion(&mut self) {
        if let Some(c) = self.completion {
            self.b.lda_undefined();
            self.b.star(c);
        }
    }

    pub(crate) fn statement(&mut self, statement: &'a Statement<'a>, labels: &[&'a str]) {
        crate::stack::guard(|| self.statement_inner(statement, labels));
    }

    fn statement_inner(&mut self, statement: &'a Statement<'a>, labels: &[&'a str]) {
        debug_assert!(self.error.is_some() || self.scope.index() < self.a.scopes.len());
        match statement {
            Statement::BlockStatement(s) => self.labelled(labels, |g| g.block(s)),
            Statement::BreakStatement(s) => {
                self.b.statement_position(s.span.start);
                self.exit(s.label.as_ref().map_or(Exit::Break, |l| Exit::BreakTo(l.name.as_str())));
            }
            Statement::ContinueStatement(s) => {
                self.b.statement_position(s.span.start);
                self.exit(s.label.as_ref().map_or(Exit::Continue, |l| Exit::ContinueTo(l.name.as_str())));
            }
            Statement::DebuggerStatement(s) => {
                self.b.statement_position(s.span.start);
                self.b.debugger();
            }
            Statement::DoWhileStatement(s) => self.do_while(s, labels),
            Statement::EmptyStatement(_) => {}
            Statement::ExpressionStatement(s) => {
                self.b.statement_position(s.span.start);
                match self.completion {
                    Some(c) => {
                        self.scoped(|g| g.expr(&s.expression));
                        self.b.star(c);
                    }
                    None => self.scoped(|g| g.effect(&s.expression)),
                }
            }
            Statement::ForInStatement(s) => self.for_in(s, labels),
            Statement::ForOfStatement(s) => self.for_of(s, labels),
            Statement::ForStatement(s) => self.for_loop(s, labels),
            Statement::IfStatement(s) => self.labelled(labels, |g| g.if_statement(s)),
            Statement::LabeledStatement(s) => {
                let mut all = labels.to_vec();
                all.push(s.label.name.as_str());
                let mut body = &s.body;
                while let Statement::LabeledStatement(inner) = body {
                    all.push(inner.label.name.as_str());
                    body = &inner.body;
                }
                self.statement(body, &all);
            }
            Statement::ReturnStatement(s) => {
                self.b.statement_position(s.span.start);
                match &s.argument {
                    Some(argument) => {
                        self.scoped(|g| g.expr(argument));
                        self.await_returned();
                    }
                    None => self.b.lda_undefined(),
                }
                self.exit(Exit::Return);
            }
            Statement::SwitchStatement(s) => self.switch(s, labels),
            Statement::ThrowStatement(s) => {
                self.b.statement_position(s.span.start);
                self.scoped(|g| g.expr(&s.argument));
                self.at(s.span.start);
                self.b.throw();
            }
            Statement::TryStatement(s) => self.labelled(labels, |g| g.try_statement(s)),
            Statement::WhileStatement(s) => self.while_loop(s, labels),
            Statement::WithStatement(s) => self.labelled(labels, |g| g.with_statement(s)),
            Statement::VariableDeclaration(d) => self.variable_declaration(d),
            Statement::FunctionDeclaration(f) => self.labelled(labels, |g| g.function_declaration(f)),
            Statement::ClassDeclaration(c) => self.class_declaration(c),
            statement => self.module_item(statement),
        }
    }

    /// A statement that `break label` can leave.
    fn labelled(&mut self, labels: &[&'a str], body: impl FnOnce(&mut Self)) {
        if labels.is_empty() {
            return body(self);
        }
        let break_to = self.b.new_label();
        self.control.push(Control::Breakable {
            labels: labels.to_vec(),
            unlabelled: false,
            break_to: Some(break_to),
            continue_to: None,
        });
        body(self);
        self.control.pop();
        self.b.bind(break_to);
    }

    pub(crate) fn block(&mut self, s: &'a js::BlockStatement<'a>) {
        self.block_like(Self::scope_cell(&s.scope_id), &s.body);
    }

    /// A statement list in a scope of its own, with its `using` declarations disposed of at the end.
    pub(crate) fn block_like(&mut self, scope: Option<ScopeId>, body: &'a [Statement<'a>]) {
        match scope {
            Some(scope) => self.in_scope(scope, |g| g.with_disposal(body, |g| g.statements(body))),
            None => self.statements(body),
        }
    }

    fn if_statement(&mut self, s: &'a js::IfStatement<'a>) {
        self.reset_completion();
        self.b.statement_position(s.span.start);
        // Chains of `else if` are as long as the source likes: no recursion.
        let end = self.b.new_label();
        let mut current = s;
        loop {
            let then = self.b.new_label();
            let otherwise = self.b.new_label();
            self.scoped(|g| g.test(&current.test, then, otherwise, Fallthrough::Then));
            self.b.bind(then);
            self.if_branch(&current.consequent);
            match &current.alternate {
                None => {
                    self.b.bind(otherwise);
                    break;
                }
                Some(Statement::IfStatement(next)) => {
                    self.b.jump(end);
                    self.b.bind(otherwise);
                    self.reset_completion();
                    self.b.statement_position(next.span.start);
                    current = next;
                }
                Some(alternate) => {
                    self.b.jump(end);
                    self.b.bind(otherwise);
                    self.if_branch(alternate);
                    break;
                }
            }
        }
        self.b.bind(end);
    }

    fn if_branch(&mut self, s: &'a Statement<'a>) {
        if let Statement::FunctionDeclaration(f) = s
            && let Some(&scope) = self.a.extra_scopes.get(&f.span.start)
        {
            self.in_scope(scope, |g| g.function_declaration(f));
        } else {
            self.statement(s, &[]);
        }
    }

    /// Evaluating a declaration does nothing, except that annex B copies the block's function to the `var`.
    fn function_declaration(&mut self, f: &'a js::Function<'a>) {
        if let Some(&target) = self.a.annex_b.get(&f.span.start)
            && let Some(id) = &f.id
        {
            let source = self.binding_ref(id);
            self.load_ref(source, super::names::LoadMode::Normal);
            if self.a.refs[target.index()].resolution.is_dynamic() {
                // The variable scope itself is meant, past the block's own binding.
                let name = self.name_constant(&id.name);
                self.b.sta_lookup_slot(name, unspool_bytecode::LookupStoreFlags::HoistedVar);
            } else if self.a.refs[target.index()].resolution == Resolution::Global {
                // A lexical declaration of another script keeps the function in its block.
                self.scoped(|g| {
                    let range = g.temps(2);
                    g.b.star(range.get(1));
                    g.b.load_string(id.name.as_str());
                    g.b.star(range.first);
                    g.b.call_runtime(RuntimeId::StoreBlockFunction, range);
                });
            } else {
                self.store_ref(target);
            }
        }
    }

    // --- loops ---

    /// Wraps the parts of a loop: `body` gets the label for `continue`.
    pub(crate) fn breakable_loop(
        &mut self,
        labels: &[&'a str],
        break_to: Label,
        continue_to: Label,
        body: impl FnOnce(&mut Self),
    ) {
        self.control.push(Control::Breakable {
            labels: labels.to_vec(),
            unlabelled: true,
            break_to: Some(break_to),
            continue_to: Some(continue_to),
        });
        self.loop_depth += 1;
        body(self);
        self.loop_depth -= 1;
        self.control.pop();
    }

    pub(crate) fn back_edge(&mut self, header: Label) {
        let slot = self.slot(SlotKind::JumpLoop);
        let depth = self.loop_depth;
        self.b.jump_loop(depth, slot, header);
    }

    fn do_while(&mut self, s: &'a js::DoWhileStatement<'a>, labels: &[&'a str]) {
        self.reset_completion();
        let (end, next) = (self.b.new_label(), self.b.new_label());
        let header = self.b.bind_loop_header();
        self.breakable_loop(labels, end, next, |g| g.statement(&s.body, &[]));
        self.b.bind(next);
        if self.b.is_reachable() {
            self.b.statement_position(s.test.span().start);
            match constant_condition(&s.test) {
                Some(true) => self.back_edge(header),
                Some(false) => {}
                None => {
                    let again = self.b.new_label();
                    self.scoped(|g| g.test(&s.test, again, end, Fallthrough::Then));
                    self.b.bind(again);
                    self.back_edge(header);
                }
            }
        }
        self.b.bind(end);
    }

    fn while_loop(&mut self, s: &'a js::WhileStatement<'a>, labels: &[&'a str]) {
        self.reset_completion();
        let (end, next) = (self.b.new_label(), self.b.new_label());
        let header = self.b.bind_loop_header();
        self.b.statement_position(s.span.start);
        self.loop_test(Some(&s.test), end);
        self.breakable_loop(labels, end, next, |g| g.statement(&s.body, &[]));
        self.b.bind(next);
        self.back_edge(header);
        self.b.bind(end);
    }

    /// Falls through while the loop goes on, otherwise jumps to `end`.
    fn loop_test(&mut self, test: Option<&'a js::Expression<'a>>, end: Label) {
        let Some(test) = test else { return };
        match constant_condition(test) {
            Some(true) => {}
            Some(false) => self.b.jump(end),
            None => {
                let go_on = self.b.new_label();
                self.scoped(|g| g.test(test, go_on, end, Fallthrough::Then));
                self.b.bind(go_on);
            }
        }
    }

    fn for_loop(&mut self, s: &'a js::ForStatement<'a>, labels: &[&'a str]) {
        self.reset_completion();
        let Some(scope) = Self::scope_cell(&s.scope_id) else { return };
        let mark = self.b.mark();
        let outer = self.scope;
        let pushed = self.enter_scope(scope);
        match &s.init {
            Some(js::ForStatementInit::VariableDeclaration(d)) if d.kind.is_using() => {
                self.with_disposal_of(DisposeHint::of(d.kind), |g| g.for_loop_inner(s, scope, labels));
            }
            _ => self.for_loop_inner(s, scope, labels),
        }
        self.leave_scope(outer, pushed);
        self.b.release(mark);
    }

    fn for_loop_inner(&mut self, s: &'a js::ForStatement<'a>, scope: ScopeId, labels: &[&'a str]) {
        match &s.init {
            Some(js::ForStatementInit::VariableDeclaration(d)) => self.variable_declaration(d),
            Some(init) => {
                if let Some(e) = init.as_expression() {
                    self.b.statement_position(e.span().start);
                    self.scoped(|g| g.effect(e));
                }
            }
            None => {}
        }
        // Only `let` bindings are fresh in every iteration; nobody can tell for the others.
        let per_iteration = self.a.scope(scope).needs_context
            && matches!(&s.init, Some(js::ForStatementInit::VariableDeclaration(d))
                if d.kind == js::VariableDeclarationKind::Let);
        let (end, next) = (self.b.new_label(), self.b.new_label());
        let init_may_capture = match &s.init {
            Some(js::ForStatementInit::VariableDeclaration(d)) => d.declarations.iter().any(|d| {
                !matches!(d.id, js::BindingPattern::BindingIdentifier(_))
                    || d.init.as_ref().is_some_and(|e| !super::expressions::is_simple(e))
            }),
            _ => false,
        };
        if per_iteration && init_may_capture {
            self.copy_iteration_context();
        }
        let header = self.b.bind_loop_header();
        if let Some(test) = &s.test {
            self.b.statement_position(test.span().start);
        }
        self.loop_test(s.test.as_ref(), end);
        self.breakable_loop(labels, end, next, |g| g.statement(&s.body, &[]));
        self.b.bind(next);
        if self.b.is_reachable() {
            if per_iteration {
                self.copy_iteration_context();
            }
            if let Some(update) = &s.update {
                self.b.statement_position(update.span().start);
                self.scoped(|g| g.effect(update));
            }
            self.back_edge(header);
        }
        self.b.bind(end);
    }

    /// CreatePerIterationEnvironment: a copy of the loop's context takes its place.
    fn copy_iteration_context(&mut self) {
        self.b.clone_context();
        self.scoped(|g| {
            let context = g.save();
            g.b.pop_context(context);
        });
    }

    // --- switch ---

    fn switch(&mut self, s: &'a js::SwitchStatement<'a>, labels: &[&'a str]) {
        self.reset_completion();
        self.b.statement_position(s.span.start);
        let Some(scope) = Self::scope_cell(&s.scope_id) else { return };
        let mark = self.b.mark();
        let discriminant = self.temp();
        self.scoped(|g| g.expr(&s.discriminant));
        self.b.star(discriminant);
        let end = self.b.new_label();
        self.control.push(Control::Breakable {
            labels: labels.to_vec(),
            unlabelled: true,
            break_to: Some(end),
            continue_to: None,
        });
        self.in_scope(scope, |g| match dispose_hint(s.cases.iter().flat_map(|c| &c.consequent)) {
            Some(hint) => g.with_disposal_of(hint, |g| g.switch_cases(s, discriminant)),
            None => g.switch_cases(s, discriminant),
        });
        self.control.pop();
        self.b.bind(end);
        self.b.release(mark);
    }

    fn switch_cases(&mut self, s: &'a js::SwitchStatement<'a>, discriminant: unspool_bytecode::Register) {
        let bodies: Vec<Label> = s.cases.iter().map(|_| self.b.new_label()).collect();
        let none = self.b.new_label();
        let mut default = none;
        let tables = self.switch_tables(s);
        let mut entries = Vec::new();
        let mut index = 0;
        while index < s.cases.len() {
            if let Some(&(first, count, base, size)) = tables.iter().find(|t| t.0 == index) {
                self.smi_switch(s, discriminant, &bodies, (first, count, base, size), &mut entries);
                index += count;
                continue;
            }
            let case = &s.cases[index];
            match &case.test {
                Some(test) => {
                    self.b.expression_position(test.span().start);
                    self.scoped(|g| g.expr(test));
                    let slot = self.slot(SlotKind::Compare);
                    self.b.test_equal_strict(discriminant, slot);
                    self.b.jump_if_true(bodies[index]);
                }
                None => default = bodies[index],
            }
            index += 1;
        }
        self.b.jump(default);
        // In the order of the cases, as they were made.
        let mut entries = entries.into_iter().peekable();
        for (index, (case, &label)) in s.cases.iter().zip(&bodies).enumerate() {
            self.b.bind(label);
            while let Some((table, value, _)) = entries.next_if(|e| e.2 == index) {
                self.b.bind_case(table, value);
            }
            self.statements(&case.consequent);
        }
        self.b.bind(none);
    }

    /// Runs of at least four cases with small integer literals become jump tables: (first, count, base, size).
    fn switch_tables(&self, s: &'a js::SwitchStatement<'a>) -> Vec<(usize, usize, i32, usize)> {
        let value = |case: &js::SwitchCase<'a>| case.test.as_ref().and_then(super::expressions::smi_literal);
        let mut tables = Vec::new();
        let mut first = 0;
        while first < s.cases.len() {
            let mut last = first;
            let (mut low, mut high) = (i32::MAX, i32::MIN);
            while last < s.cases.len() {
                match (value(&s.cases[last]), s.cases[last].test.is_none()) {
                    (Some(v), _) => (low, high) = (low.min(v), high.max(v)),
                    // A default label compares nothing.
                    (None, true) => {}
                    _ => break,
                }
                last += 1;
            }
            let count = last - first;
            let size = i64::from(high) - i64::from(low) + 1;
            let numbers = s.cases[first..last].iter().filter(|c| c.test.is_some()).count();
            if numbers >= 4
                && size <= numbers as i64 * 4
                && s.cases[first..last].iter().all(|c| c.test.is_some())
            {
                tables.push((first, count, low, size as usize));
            }
            first = last.max(first + 1);
        }
        tables
    }

    /// A jump table on the discriminant, then (for values that are not small integers) strict comparison one by one.
    fn smi_switch(
        &mut self,
        s: &'a js::SwitchStatement<'a>,
        discriminant: unspool_bytecode::Register,
        bodies: &[Label],
        (first, count, base, size): (usize, usize, i32, usize),
        entries: &mut Vec<(unspool_bytecode::JumpTableId, i32, usize)>,
    ) {
        let table = self.b.new_jump_table(base, size);
        let constant = self.b.jump_table_constant(table);
        self.b.ldar(discriminant);
        self.b.switch_on_smi(constant);
        let mut seen = rustc_hash::FxHashSet::default();
        for (index, body) in bodies.iter().enumerate().skip(first).take(count) {
            if let Some(v) = s.cases[index].test.as_ref().and_then(super::expressions::smi_literal)
                && seen.insert(v)
            {
                entries.push((table, v, index));
                self.b.load_smi(v);
                let slot = self.slot(SlotKind::Compare);
                self.b.test_equal_strict(discriminant, slot);
                self.b.jump_if_true(*body);
            }
        }
    }

    // --- with, try ---

    fn with_statement(&mut self, s: &'a js::WithStatement<'a>) {
        self.reset_completion();
        self.b.statement_position(s.span.start);
        let Some(scope) = Self::scope_cell(&s.scope_id) else { return };
        let mark = self.b.mark();
        self.scoped(|g| g.expr(&s.object));
        self.at(s.object.span().start);
        self.b.to_object();
        let constant = self.scope_constant(scope);
        self.b.create_with_context(constant);
        let outer = self.scope;
        let saved = self.push_context();
        self.scope = scope;
        self.statement(&s.body, &[]);
        self.leave_scope(outer, Some(saved));
        self.b.release(mark);
    }

    fn try_statement(&mut self, s: &'a js::TryStatement<'a>) {
        match (&s.handler, &s.finalizer) {
            (None, None) => self.block(&s.block),
            (Some(handler), None) => self.try_with_catch(&s.block, handler),
            (handler, Some(finalizer)) => {
                let prediction =
                    if handler.is_some() { CatchPrediction::Caught } else { CatchPrediction::Uncaught };
                self.try_finally(
                    prediction,
                    |g| match handler {
                        Some(handler) => g.try_with_catch(&s.block, handler),
                        None => {
                            g.reset_completion();
                            g.block(&s.block);
                        }
                    },
                    |g, _, _| {
                        // The completion value of finally does not count unless it leaves abruptly.
                        match g.completion {
                            Some(c) => {
                                let saved = g.temp();
                                g.b.mov(c, saved);
                                g.reset_completion();
                                g.block(finalizer);
                                g.b.mov(saved, c);
                            }
                            None => g.block(finalizer),
                        }
                    },
                );
            }
        }
    }

    fn try_with_catch(&mut self, block: &'a js::BlockStatement<'a>, handler: &'a js::CatchClause<'a>) {
        self.reset_completion();
        self.try_catch(
            CatchPrediction::Caught,
            |g| g.block(block),
            |g| {
                let mark = g.b.mark();
                match Self::scope_cell(&handler.scope_id) {
                    Some(scope) => {
                        let exception = g.save();
                        g.reset_completion();
                        let outer = g.scope;
                        let pushed = g.enter_scope(scope);
                        if let Some(param) = &handler.param {
                            g.b.ldar(exception);
                            g.bind_pattern(&param.pattern, super::patterns::Binding::Initialize);
                        }
                        g.block(&handler.body);
                        g.leave_scope(outer, pushed);
                    }
                    None => g.block(&handler.body),
                }
                g.b.release(mark);
            },
        );
    }

    // --- declarations ---

    pub(crate) fn variable_declaration(&mut self, d: &'a js::VariableDeclaration<'a>) {
        use js::VariableDeclarationKind as K;
        if d.declare {
            return;
        }
        for declarator in &d.declarations {
            let var_kind = d.kind == K::Var;
            let Some(init) = &declarator.init else {
                if !var_kind && let js::BindingPattern::BindingIdentifier(id) = &declarator.id {
                    self.b.statement_position(declarator.span.start);
                    let r = self.binding_ref(id);
                    self.b.lda_undefined();
                    self.initialize_ref(r);
                }
                continue;
            };
            self.b.statement_position(declarator.span.start);
            let mark = self.b.mark();
            match &declarator.id {
                js::BindingPattern::BindingIdentifier(id) => {
                    let r = self.binding_ref(id);
                    if var_kind {
                        let target = self.prepare_name_for(r, init);
                        self.named_expr(init, &id.name);
                        self.store_prepared(&target);
                    } else {
                        self.named_expr(init, &id.name);
                        if d.kind.is_using() {
                            self.add_disposable(DisposeHint::of(d.kind), init.span().start);
                        }
                        self.initialize_ref(r);
                    }
                }
                pattern => {
                    self.expr(init);
                    let how = if var_kind {
                        super::patterns::Binding::Assign
                    } else {
                        super::patterns::Binding::Initialize
                    };
                    self.bind_pattern(pattern, how);
                }
            }
            self.b.release(mark);
        }
    }
}

/// Which way the code continues after a test without a jump.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallthrough {
    Then,
    Else,
}

/// Statements that overwrite the completion value whenever they complete normally.
fn has_value(s: &Statement<'_>) -> bool {
    matches!(
        s,
        Statement::ExpressionStatement(_)
            | Statement::IfStatement(_)
            | Statement::DoWhileStatement(_)
            | Statement::WhileStatement(_)
            | Statement::ForStatement(_)
            | Statement::ForInStatement(_)
            | Statement::ForOfStatement(_)
            | Statement::SwitchStatement(_)
            | Statement::TryStatement(_)
            | Statement::WithStatement(_)
    )
}

/// The truth of a literal condition.
fn constant_condition(e: &js::Expression<'_>) -> Option<bool> {
    match e.without_parentheses() {
        js::Expression::BooleanLiteral(b) => Some(b.value),
        js::Expression::NumericLiteral(n) => Some(n.value != 0.0 && !n.value.is_nan()),
        _ => None,
    }
}

/// How a list of statements disposes of the resources that it declares; `None` if it declares none. One asynchronous resource makes
/// the whole disposal asynchronous.
pub(crate) fn dispose_hint<'x, 'a: 'x>(
    list: impl IntoIterator<Item = &'x Statement<'a>>,
) -> Option<DisposeHint> {
    let mut hint = None;
    for statement in list {
        if let Statement::VariableDeclaration(d) = statement
            && d.kind.is_using()
            && hint != Some(DisposeHint::Async)
        {
            hint = Some(DisposeHint::of(d.kind));
        }
    }
    hint
}
