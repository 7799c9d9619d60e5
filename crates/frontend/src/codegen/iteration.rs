//! `for-in`, `for-of`, `for await`, and the iterator protocol in instructions.
//!
//! An iterator record is a pair of registers: the iterator and its `next` method. A step first tries `IteratorStepFast`, which handles
//! intrinsic iterators nobody can observe; otherwise call, check, `done` and `value` are instructions of their own. Errors of a
//! step do not close the iterator, errors and exits of the loop's body do.

use super::Gen;
use super::control::{Control, Finally};
use super::generators::DisposeHint;
use super::patterns::Binding;
use crate::scope::{Location, ScopeId};
use oxc_ast::ast::{self as js, Statement};
use oxc_span::GetSpan;
use unspool_bytecode::{CatchPrediction, Label, MessageId, Register, RegisterRange, RuntimeId, SlotKind};

/// Which protocol an iterator follows: the *kind* of GetIterator (7.4.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum IteratorKind {
    Sync,
    /// What the iterator's methods give is awaited.
    Async,
}

impl<'u, 'a> Gen<'u, 'a> {
    // --- the protocol ---

    /// `pair` = GetIterator(`object`, `kind`).
    pub(crate) fn get_iterator_of(
        &mut self,
        kind: IteratorKind,
        object: Register,
        pair: RegisterRange,
        position: u32,
    ) {
        match kind {
            IteratorKind::Sync => self.get_iterator(object, pair, position),
            IteratorKind::Async => self.get_async_iterator(object, pair, position),
        }
    }

    /// Awaits acc, what a method of an async iterator gave.
    pub(crate) fn await_if(&mut self, kind: IteratorKind) {
        if kind == IteratorKind::Async {
            self.await_value();
        }
    }

    /// `pair` = GetIterator(`object`, sync).
    pub(crate) fn get_iterator(&mut self, object: Register, pair: RegisterRange, position: u32) {
        self.at(position);
        let slot = self.slot(SlotKind::LoadProperty);
        self.b.get_iterator_method(object, slot);
        self.call_iterator_method(object, pair, position, MessageId::SymbolIteratorInvalid);
    }

    fn call_iterator_method(
        &mut self,
        object: Register,
        pair: RegisterRange,
        position: u32,
        invalid: MessageId,
    ) {
        let method = pair.get(1);
        self.b.star(method);
        self.at(position);
        let slot = self.slot(SlotKind::Call);
        self.b.call_iterator_method(method, object, slot);
        self.b.throw_if_not_object(invalid);
        self.b.star(pair.first);
        self.get_named(pair.first, "next");
        self.b.star(method);
    }

    /// `pair` = GetIterator(`object`, async).
    fn get_async_iterator(&mut self, object: Register, pair: RegisterRange, position: u32) {
        let (sync, end) = (self.b.new_label(), self.b.new_label());
        self.at(position);
        let slot = self.slot(SlotKind::LoadProperty);
        self.b.get_async_iterator_method(object, slot);
        self.b.jump_if_undefined_or_null(sync);
        self.call_iterator_method(object, pair, position, MessageId::SymbolAsyncIteratorInvalid);
        self.b.jump(end);
        self.b.bind(sync);
        self.get_iterator(object, pair, position);
        self.b.call_runtime(RuntimeId::CreateAsyncFromSyncIterator, pair);
        self.b.star(pair.first);
        self.get_named(pair.first, "next");
        self.b.star(pair.get(1));
        self.b.bind(end);
    }

    /// One step: acc = the next value, or jumps to `done`.
    pub(crate) fn iterator_step(&mut self, pair: RegisterRange, done: Label, position: u32) {
        let (generic, value) = (self.b.new_label(), self.b.new_label());
        let slot = self.slot(SlotKind::IteratorStep);
        self.at(position);
        self.b.iterator_step_fast(pair.first, slot, done, generic);
        self.b.jump(value);
        self.b.bind(generic);
        self.generic_step(pair, done, position, IteratorKind::Sync);
        self.b.bind(value);
    }

    fn generic_step(&mut self, pair: RegisterRange, done: Label, position: u32, kind: IteratorKind) {
        self.scoped(|g| {
            let result = g.temp();
            g.at(position);
            let slot = g.slot(SlotKind::Call);
            g.b.call_property0(pair.get(1), pair.first, slot);
            g.await_if(kind);
            g.b.throw_if_not_object(MessageId::IteratorResultNotAnObject);
            g.b.star(result);
            g.get_named(result, "done");
            g.b.jump_if_to_boolean_true(done);
            g.get_named(result, "value");
        });
    }

    /// IteratorClose after a normal or return completion: errors count, the result must be an object.
    pub(crate) fn close_iterator(&mut self, iterator: Register, kind: IteratorKind) {
        self.scoped(|g| {
            let skip = g.b.new_label();
            g.call_return(iterator, kind, skip);
            g.b.throw_if_not_object(MessageId::IteratorResultNotAnObject);
            g.b.bind(skip);
        });
    }

    /// IteratorClose after a throw completion: everything that goes wrong is ignored.
    pub(crate) fn close_iterator_quietly(&mut self, iterator: Register, kind: IteratorKind) {
        self.try_catch(
            CatchPrediction::Caught,
            |g| {
                g.scoped(|g| {
                    let skip = g.b.new_label();
                    g.call_return(iterator, kind, skip);
                    g.b.bind(skip);
                });
            },
            |_| {},
        );
    }

    /// acc = what the iterator's `return` gives; jumps to `missing` if it has none.
    fn call_return(&mut self, iterator: Register, kind: IteratorKind, missing: Label) {
        let method = self.temp();
        self.get_named(iterator, "return");
        self.b.jump_if_undefined_or_null(missing);
        self.b.star(method);
        let slot = self.slot(SlotKind::Call);
        self.b.call_property0(method, iterator, slot);
        self.await_if(kind);
    }

    /// Iterates over acc; `body` takes each value in acc and cannot fail.
    pub(crate) fn for_each_value(&mut self, position: u32, body: impl FnOnce(&mut Self)) {
        self.scoped(|g| {
            let pair = g.temps(2);
            let object = g.save();
            g.get_iterator(object, pair, position);
            g.drain(pair, position, body);
        });
    }

    /// Takes what is left of an iterator.
    pub(crate) fn drain(&mut self, pair: RegisterRange, position: u32, body: impl FnOnce(&mut Self)) {
        let end = self.b.new_label();
        let header = self.b.bind_loop_header();
        self.loop_depth += 1;
        self.iterator_step(pair, end, position);
        body(self);
        self.back_edge(header);
        self.loop_depth -= 1;
        self.b.bind(end);
    }

    // --- the loops ---

    /// acc = the right side of a for-in or for-of, evaluated in the dead zone of the loop's bindings.
    fn loop_subject(&mut self, scope: Option<ScopeId>, right: &'a js::Expression<'a>) {
        let dead = scope.map(|s| ScopeId(s.0 - 1));
        match dead {
            Some(dead)
                if self.a.scope(dead).vars.iter().any(|&v| self.a.var(v).location != Location::Unused) =>
            {
                let mark = self.b.mark();
                let outer = self.scope;
                let pushed = self.enter_scope(dead);
                self.expr(right);
                if let Some(saved) = pushed {
                    self.pop_context(saved);
                }
                self.scope = outer;
                self.b.release(mark);
            }
            _ => self.scoped(|g| g.expr(right)),
        }
    }

    /// Gives acc to the loop's binding or target, in the scope of one iteration, and runs the body.
    fn loop_iteration(
        &mut self,
        scope: Option<ScopeId>,
        left: &'a js::ForStatementLeft<'a>,
        body: &'a Statement<'a>,
    ) {
        let value = self.save();
        match scope {
            Some(scope) => {
                let mark = self.b.mark();
                let outer = self.scope;
                let pushed = self.enter_scope(scope);
                let using = match left {
                    js::ForStatementLeft::VariableDeclaration(d) if d.kind.is_using() => {
                        Some(DisposeHint::of(d.kind))
                    }
                    _ => None,
                };
                match using {
                    Some(hint) => self.with_disposal_of(hint, |g| {
                        g.b.ldar(value);
                        g.add_disposable(hint, left.span().start);
                        g.b.star(value);
                        g.bind_loop_left(left, value);
                        g.statement(body, &[]);
                    }),
                    None => {
                        self.bind_loop_left(left, value);
                        self.statement(body, &[]);
                    }
                }
                self.leave_scope(outer, pushed);
                self.b.release(mark);
            }
            None => {
                self.bind_loop_left(left, value);
                self.statement(body, &[]);
            }
        }
    }

    fn bind_loop_left(&mut self, left: &'a js::ForStatementLeft<'a>, value: Register) {
        self.b.statement_position(left.span().start);
        match left {
            js::ForStatementLeft::VariableDeclaration(d) => {
                let how = if d.kind.is_var() { Binding::Assign } else { Binding::Initialize };
                for declarator in &d.declarations {
                    self.b.ldar(value);
                    self.bind_pattern(&declarator.id, how);
                }
            }
            left => {
                if let Some(target) = left.as_assignment_target() {
                    self.assign_value(target, value);
                }
            }
        }
    }

    pub(crate) fn for_in(&mut self, s: &'a js::ForInStatement<'a>, labels: &[&'a str]) {
        self.reset_completion();
        self.b.statement_position(s.span.start);
        let scope = Self::scope_cell(&s.scope_id);
        let mark = self.b.mark();
        // `for (var x = init in o)`
        if let js::ForStatementLeft::VariableDeclaration(d) = &s.left
            && d.kind.is_var()
            && let Some(declarator) = d.declarations.first()
            && let (Some(init), js::BindingPattern::BindingIdentifier(id)) =
                (&declarator.init, &declarator.id)
        {
            let r = self.binding_ref(id);
            self.scoped(|g| g.named_expr(init, &id.name));
            self.store_ref(r);
        }
        let (end, next) = (self.b.new_label(), self.b.new_label());
        let object = self.temp();
        self.loop_subject(scope, &s.right);
        self.b.jump_if_undefined_or_null(end);
        self.b.to_object();
        self.b.star(object);
        let state = self.temps(3);
        let index = self.temp();
        let slot = self.slot(SlotKind::ForIn);
        self.at(s.right.span().start);
        self.b.for_in_enumerate(object);
        self.b.for_in_prepare(state.first, slot);
        self.b.lda_zero();
        self.b.star(index);
        let header = self.b.bind_loop_header();
        self.b.jump_if_for_in_done(index, state.get(2), end);
        self.at(s.right.span().start);
        self.b.for_in_next(object, index, state.first, slot);
        self.b.jump_if_undefined(next);
        let inner = self.b.mark();
        self.breakable_loop(labels, end, next, |g| g.loop_iteration(scope, &s.left, &s.body));
        self.b.release(inner);
        self.b.bind(next);
        self.b.for_in_step(index);
        self.back_edge(header);
        self.b.bind(end);
        self.b.release(mark);
    }

    pub(crate) fn for_of(&mut self, s: &'a js::ForOfStatement<'a>, labels: &[&'a str]) {
        self.reset_completion();
        self.b.statement_position(s.span.start);
        let scope = Self::scope_cell(&s.scope_id);
        let kind = if s.r#await { IteratorKind::Async } else { IteratorKind::Sync };
        let position = s.right.span().start;
        let mark = self.b.mark();
        let pair = self.temps(2);
        let (token, value, context) = (self.temp(), self.temp(), self.temp());
        self.loop_subject(scope, &s.right);
        self.scoped(|g| {
            let object = g.save();
            g.get_iterator_of(kind, object, pair, position);
        });
        self.b.lda_context();
        self.b.star(context);
        let handler = self.b.new_handler(context, CatchPrediction::Uncaught);
        let (end, next, entry) = (self.b.new_label(), self.b.new_label(), self.b.new_label());
        // `break` passes the closing code, `continue` does not.
        self.control.push(Control::Breakable {
            labels: labels.to_vec(),
            unlabelled: true,
            break_to: Some(end),
            continue_to: None,
        });
        let header = self.b.bind_loop_header();
        self.loop_depth += 1;
        match kind {
            IteratorKind::Sync => self.iterator_step(pair, end, position),
            IteratorKind::Async => self.generic_step(pair, end, position, kind),
        }
        self.control.push(Control::Finally(Finally { token, value, entry, exits: Vec::new() }));
        self.control.push(Control::Breakable {
            labels: labels.to_vec(),
            unlabelled: true,
            break_to: None,
            continue_to: Some(next),
        });
        self.b.begin_try(handler);
        self.scoped(|g| g.loop_iteration(scope, &s.left, &s.body));
        self.b.end_try(handler);
        self.control.pop();
        let Some(Control::Finally(f)) = self.control.pop() else { unreachable!("pushed above") };
        self.b.bind(next);
        self.back_edge(header);
        self.loop_depth -= 1;
        // The body threw.
        self.b.bind_handler(handler);
        self.b.star(value);
        self.close_iterator_quietly(pair.first, kind);
        self.b.ldar(value);
        self.b.re_throw();
        // The body was left.
        self.b.bind(entry);
        self.close_iterator(pair.first, kind);
        self.dispatch_exits(token, value, &f.exits);
        self.control.pop();
        self.b.bind(end);
        self.b.release(mark);
    }
}
