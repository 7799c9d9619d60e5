//! Functions that suspend, and scopes that dispose.
//!
//! Every resumable function begins with `SwitchOnGeneratorState` on its generator register, which holds undefined on first entry
//! and the generator on a resumption. All registers in use are saved at a suspension.
//!
//! - *Sync generators*: parameters are bound, then `CreateGeneratorObject` and a suspension of kind `initial` that returns
//!   the generator object. `yield v` makes the result object itself and suspends with `yield`; `yield*` passes the inner
//!   result through (`yield-delegate`). The final `Return` carries a result object with `done: true`.
//! - *Async functions*: `AsyncFunctionEnter` comes before anything that can throw; the whole rest is inside a handler that
//!   calls `AsyncFunctionReject`. Returning calls `AsyncFunctionResolve`. Both give the promise, which is returned.
//! - *Async generators*: as sync ones up to the initial suspension; afterwards a handler calls `AsyncGeneratorReject`, returning calls
//!   `AsyncGeneratorResolve`, and undefined is returned. `yield v` awaits `v` and suspends with `async-yield`; a
//!   `return` sent in is awaited where the generator was suspended.
//! - *Modules* suspend right after their functions were instantiated (kind `initial`, returning the generator or async state); evaluation is the
//!   resumption of that. The final `Return` of a module without top-level await carries undefined.

use super::Gen;
use super::control::Exit;
use super::iteration::IteratorKind;
use super::statements::dispose_hint;
use crate::scope::FunctionRole;
use oxc_ast::ast::{self as js, Statement};
use unspool_bytecode::{
    CatchPrediction, Label, MessageId, Register, RegisterRange, RuntimeId, SlotKind, SuspendKind, Suspension,
};

/// How a resource is disposed of: the hint of AddDisposableResource.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisposeHint {
    /// By `Symbol.dispose`: `using`.
    Sync,
    /// By `Symbol.asyncDispose`, whose result is awaited: `await using`.
    Async,
}

impl DisposeHint {
    /// The hint of a `using` declaration's kind.
    pub(crate) fn of(kind: js::VariableDeclarationKind) -> DisposeHint {
        if kind.is_await() { DisposeHint::Async } else { DisposeHint::Sync }
    }
}

/// The registers of a `yield*`.
struct Delegation {
    kind: IteratorKind,
    /// The inner iterator and its `next`.
    pair: RegisterRange,
    /// What was sent in last.
    received: Register,
    /// How it was sent, as the number of a resume mode: 0 next, 1 return, 2 throw.
    mode: Register,
    /// The inner result.
    result: Register,
    /// The inner iterator's `return` or `throw`.
    method: Register,
    position: u32,
}

impl<'u, 'a> Gen<'u, 'a> {
    pub(crate) fn suspension(&self) -> Suspension {
        super::functions::suspension(self.function())
    }

    /// Wraps a function's code according to how it suspends. `body` begins with the prologue and must call
    /// [`Self::start_generator`] after it.
    pub(crate) fn resumable(&mut self, body: impl FnOnce(&mut Self)) {
        match self.suspension() {
            Suspension::None => body(self),
            Suspension::Generator | Suspension::AsyncGenerator => {
                self.open_resumable();
                body(self);
                self.close_async_generator();
            }
            Suspension::Async => {
                let state = self.open_resumable();
                self.b.call_runtime(RuntimeId::AsyncFunctionEnter, RegisterRange::EMPTY);
                self.b.star(state);
                self.try_catch(CatchPrediction::Promise, body, |g| g.settle(RuntimeId::AsyncFunctionReject));
            }
        }
    }

    fn open_resumable(&mut self) -> Register {
        let generator = self.temp();
        self.b.set_new_target_or_generator(generator);
        self.generator = Some(generator);
        let table = self.b.new_jump_table(0, 0);
        self.suspends = Some(table);
        let constant = self.b.jump_table_constant(table);
        self.b.switch_on_generator_state(generator, constant);
        generator
    }

    fn generator_register(&self) -> Register {
        self.generator.unwrap_or(Register::THIS)
    }

    /// The initial suspension of generators, after the parameters were bound.
    pub(crate) fn start_generator(&mut self) {
        let suspension = self.suspension();
        if !matches!(suspension, Suspension::Generator | Suspension::AsyncGenerator) {
            return;
        }
        let generator = self.generator_register();
        self.b.create_generator_object();
        self.b.star(generator);
        self.suspend(SuspendKind::Initial);
        if suspension == Suspension::AsyncGenerator {
            let context = self.temp();
            self.b.lda_context();
            self.b.star(context);
            let handler = self.b.new_handler(context, CatchPrediction::Promise);
            self.b.begin_try(handler);
            self.reject_handler = Some(handler);
        }
    }

    fn close_async_generator(&mut self) {
        if let Some(handler) = self.reject_handler.take() {
            self.b.end_try(handler);
            self.b.bind_handler(handler);
            self.settle(RuntimeId::AsyncGeneratorReject);
        }
    }

    /// Settles the activation's promise or request with acc and returns what the runtime function gives.
    fn settle(&mut self, how: RuntimeId) {
        self.scoped(|g| {
            let range = g.temps(2);
            g.b.star(range.get(1));
            let generator = g.generator_register();
            g.b.mov(generator, range.first);
            g.b.call_runtime(how, range);
            g.b.return_();
        });
    }

    /// Returns acc from the function.
    pub(crate) fn leave_resumable(&mut self) {
        match self.suspension() {
            Suspension::None => self.b.return_(),
            Suspension::Generator if self.function().role == FunctionRole::Module => {
                self.b.lda_undefined();
                self.b.return_();
            }
            Suspension::Generator => {
                self.iterator_result(true);
                self.b.return_();
            }
            Suspension::Async => self.settle(RuntimeId::AsyncFunctionResolve),
            Suspension::AsyncGenerator => self.settle(RuntimeId::AsyncGeneratorResolve),
        }
    }

    /// acc = { value: acc, done }.
    fn iterator_result(&mut self, done: bool) {
        self.scoped(|g| {
            let range = g.temps(2);
            g.b.star(range.first);
            g.b.load_boolean(done);
            g.b.star(range.get(1));
            g.b.call_runtime(RuntimeId::CreateIterResultObject, range);
        });
    }

    /// Suspends with acc; afterwards acc is what was sent in. How it was sent is still to be looked at.
    pub(crate) fn suspend(&mut self, kind: SuspendKind) {
        if !self.b.is_reachable() {
            return;
        }
        let Some(table) = self.suspends else {
            return self
                .fail("await is only valid in async functions and modules", oxc_span::Span::new(0, 0));
        };
        let generator = self.generator_register();
        let in_use = self.scoped(|g| g.b.new_register().as_local().unwrap_or(0));
        let saved = RegisterRange::new(Register::local(0), in_use);
        let id = self.b.add_case(table);
        self.b.suspend_generator(generator, saved, id as u32, kind);
        self.b.bind_case(table, id);
        self.b.resume_generator(generator, saved);
    }

    /// acc = await acc.
    pub(crate) fn await_value(&mut self) {
        self.suspend(SuspendKind::Await);
        let generator = self.generator_register();
        self.b.throw_if_resume_throw(generator);
    }

    /// `return v` in an async generator awaits `v`, which is in acc.
    pub(crate) fn await_returned(&mut self) {
        if self.suspension() == Suspension::AsyncGenerator {
            self.await_value();
        }
    }

    pub(crate) fn yield_expression(&mut self, y: &'a js::YieldExpression<'a>) {
        match &y.argument {
            Some(argument) if y.delegate => {
                self.scoped(|g| g.expr(argument));
                self.at(y.span.start);
                self.scoped(|g| g.yield_delegate(y.span.start));
            }
            argument => {
                match argument {
                    Some(argument) => self.scoped(|g| g.expr(argument)),
                    None => self.b.lda_undefined(),
                }
                self.at(y.span.start);
                if self.suspension() == Suspension::AsyncGenerator {
                    self.await_value();
                    self.suspend(SuspendKind::AsyncYield);
                } else {
                    self.iterator_result(false);
                    self.suspend(SuspendKind::Yield);
                }
                self.take_resumption();
            }
        }
    }

    /// After a yield: a throw throws, a return leaves through the enclosing `finally` blocks, a next continues with acc.
    fn take_resumption(&mut self) {
        if !self.b.is_reachable() {
            return;
        }
        let (returned, go_on) = (self.b.new_label(), self.b.new_label());
        let generator = self.generator_register();
        self.b.jump_if_resume_return(generator, returned);
        self.b.jump(go_on);
        self.b.bind(returned);
        self.await_returned();
        self.exit(Exit::Return);
        self.b.bind(go_on);
    }

    /// `yield*` over the iterable in acc (15.5.5): a loop that hands on what is sent in, until the inner iterator is done.
    fn yield_delegate(&mut self, position: u32) {
        let kind = match self.suspension() {
            Suspension::AsyncGenerator => IteratorKind::Async,
            _ => IteratorKind::Sync,
        };
        let pair = self.temps(2);
        let object = self.save();
        self.get_iterator_of(kind, object, pair, position);
        let (received, mode, result, method) = (self.temp(), self.temp(), self.temp(), self.temp());
        let d = Delegation { kind, pair, received, mode, result, method, position };
        self.b.lda_undefined();
        self.b.star(received);
        self.b.lda_zero();
        self.b.star(mode);

        let (end, called) = (self.b.new_label(), self.b.new_label());
        let header = self.b.bind_loop_header();
        self.loop_depth += 1;
        // The cases are the resume modes `return` and `throw`; `next` falls through.
        let table = self.b.new_jump_table(1, 2);
        let constant = self.b.jump_table_constant(table);
        self.b.ldar(mode);
        self.b.switch_on_smi(constant);
        let slot = self.slot(SlotKind::Call);
        self.at(position);
        self.b.call_property1(pair.get(1), pair.first, received, slot);
        self.b.jump(called);
        self.b.bind_case(table, 1);
        self.delegate_return(&d, called);
        self.b.bind_case(table, 2);
        self.delegate_throw(&d, called);

        self.b.bind(called);
        self.await_if(kind);
        self.at(position);
        self.b.throw_if_not_object(MessageId::IteratorResultNotAnObject);
        self.b.star(result);
        let more = self.b.new_label();
        self.get_named(result, "done");
        self.b.jump_if_to_boolean_false(more);
        self.finish_delegation(&d);
        self.b.jump(end);
        self.b.bind(more);
        self.suspend_delegation(&d);
        self.back_edge(header);
        self.loop_depth -= 1;
        self.b.bind(end);
    }

    /// acc = the inner iterator's method `name` called with what was received, and jumps to `called`. Falls through if there is
    /// no such method.
    fn delegate_call(&mut self, d: &Delegation, name: &str, called: Label) {
        let missing = self.b.new_label();
        self.get_named(d.pair.first, name);
        self.b.jump_if_undefined_or_null(missing);
        self.b.star(d.method);
        let slot = self.slot(SlotKind::Call);
        self.at(d.position);
        self.b.call_property1(d.method, d.pair.first, d.received, slot);
        self.b.jump(called);
        self.b.bind(missing);
    }

    /// A return was sent in. Without a method `return` the outer generator returns.
    fn delegate_return(&mut self, d: &Delegation, called: Label) {
        self.delegate_call(d, "return", called);
        self.b.ldar(d.received);
        self.await_if(d.kind);
        self.exit(Exit::Return);
    }

    /// An exception was sent in. Without a method `throw` the inner iterator is closed, and that is the error.
    fn delegate_throw(&mut self, d: &Delegation, called: Label) {
        self.delegate_call(d, "throw", called);
        self.close_iterator(d.pair.first, d.kind);
        self.at(d.position);
        self.b.throw_message(MessageId::ThrowMethodMissing, RegisterRange::EMPTY);
    }

    /// The inner iterator is done: acc = its last value, which after a return is what the outer generator returns.
    fn finish_delegation(&mut self, d: &Delegation) {
        let value = self.b.new_label();
        self.jump_unless_returning(d, value);
        self.get_named(d.result, "value");
        self.exit(Exit::Return);
        self.b.bind(value);
        self.get_named(d.result, "value");
    }

    /// The inner iterator gave a result: suspends with it, and takes what is sent in and how.
    fn suspend_delegation(&mut self, d: &Delegation) {
        let generator = self.generator_register();
        match d.kind {
            IteratorKind::Sync => {
                self.b.ldar(d.result);
                self.suspend(SuspendKind::YieldDelegate);
            }
            IteratorKind::Async => {
                self.get_named(d.result, "value");
                self.suspend(SuspendKind::AsyncYield);
            }
        }
        self.b.star(d.received);
        self.b.get_generator_resume_mode(generator);
        self.b.star(d.mode);
        if d.kind == IteratorKind::Async {
            self.await_received_return(d);
        }
    }

    /// A return sent into an async generator is awaited first; a rejection becomes a throw.
    fn await_received_return(&mut self, d: &Delegation) {
        let ready = self.b.new_label();
        self.jump_unless_returning(d, ready);
        self.try_catch(
            CatchPrediction::Caught,
            |g| {
                g.b.ldar(d.received);
                g.await_value();
                g.b.star(d.received);
            },
            |g| {
                g.b.star(d.received);
                g.b.lda_smi(2);
                g.b.star(d.mode);
            },
        );
        self.b.bind(ready);
    }

    /// Jumps unless the resume mode is `return`.
    fn jump_unless_returning(&mut self, d: &Delegation, target: Label) {
        self.b.lda_smi(1);
        let slot = self.slot(SlotKind::Compare);
        self.b.test_equal_strict(d.mode, slot);
        self.b.jump_if_false(target);
    }

    // --- `using` ---

    /// Runs `body`, the code of a statement list, and disposes of the resources that the list declares.
    pub(crate) fn with_disposal(&mut self, list: &'a [Statement<'a>], body: impl FnOnce(&mut Self)) {
        match dispose_hint(list) {
            Some(hint) => self.with_disposal_of(hint, body),
            None => body(self),
        }
    }

    /// As [`Self::with_disposal`], when it is known that there are resources; the hint is `Async` if some of them are.
    pub(crate) fn with_disposal_of(&mut self, hint: DisposeHint, body: impl FnOnce(&mut Self)) {
        let mark = self.b.mark();
        let args = self.temps(3);
        self.b.call_runtime(RuntimeId::CreateDisposableStack, RegisterRange::EMPTY);
        self.b.star(args.first);
        self.disposables.push(args.first);
        self.try_finally(CatchPrediction::Uncaught, body, |g, token, value| {
            // (stack, whether an error is on its way, the error)
            g.b.lda_zero();
            let slot = g.slot(SlotKind::Compare);
            g.b.test_equal_strict(token, slot);
            g.b.star(args.get(1));
            g.b.mov(value, args.get(2));
            match hint {
                DisposeHint::Sync => g.b.call_runtime(RuntimeId::DisposeResources, args),
                DisposeHint::Async => g.dispose_async(args),
            }
        });
        self.disposables.pop();
        self.b.release(mark);
    }

    fn dispose_async(&mut self, args: RegisterRange) {
        let mark = self.b.mark();
        let end = self.b.new_label();
        let header = self.b.bind_loop_header();
        self.loop_depth += 1;
        self.b.call_runtime(RuntimeId::DisposeResourcesAsyncStep, args);
        self.b.jump_if_the_hole(end);
        let value = self.save();
        self.try_catch(
            CatchPrediction::Caught,
            |g| {
                g.b.ldar(value);
                g.await_value();
            },
            |g| {
                g.scoped(|g| {
                    let error = g.temps(2);
                    g.b.star(error.get(1));
                    g.b.mov(args.first, error.first);
                    g.b.call_runtime(RuntimeId::DisposeResourcesAsyncError, error);
                });
            },
        );
        self.back_edge(header);
        self.loop_depth -= 1;
        self.b.bind(end);
        self.b.release(mark);
    }

    /// Registers acc as a resource of the innermost disposing scope; acc is kept.
    pub(crate) fn add_disposable(&mut self, hint: DisposeHint, at: u32) {
        let Some(&stack) = self.disposables.last() else {
            return self.fail("'using' declarations are not allowed here", oxc_span::Span::new(at, at));
        };
        self.scoped(|g| {
            let args = g.temps(2);
            g.b.star(args.get(1));
            g.b.mov(stack, args.first);
            g.at(at);
            let id = match hint {
                DisposeHint::Sync => RuntimeId::AddDisposableResource,
                DisposeHint::Async => RuntimeId::AddAsyncDisposableResource,
            };
            g.b.call_runtime(id, args);
        });
    }
}
