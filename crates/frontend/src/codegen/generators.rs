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
use super::statements::using_kind;
use crate::scope::FunctionRole;
use oxc_ast::ast::{self as js, Statement};
use unspool_bytecode::{
    CatchPrediction, MessageId, Register, RegisterRange, RuntimeId, SlotKind, SuspendKind, Suspension,
};

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

    /// `return v` in an async generator awaits `v`.
    pub(crate) fn await_returned(&mut self, has_value: bool) {
        if has_value && self.suspension() == Suspension::AsyncGenerator {
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
        self.await_returned(true);
        self.exit(Exit::Return);
        self.b.bind(go_on);
    }

    /// `yield*` over the iterable in acc.
    fn yield_delegate(&mut self, position: u32) {
        let is_async = self.suspension() == Suspension::AsyncGenerator;
        let generator = self.generator_register();
        let pair = self.temps(2);
        let object = self.save();
        if is_async {
            self.get_async_iterator(object, pair, position);
        } else {
            self.get_iterator(object, pair, position);
        }
        let (received, mode, result, method) = (self.temp(), self.temp(), self.temp(), self.temp());
        self.b.lda_undefined();
        self.b.star(received);
        self.b.lda_zero();
        self.b.star(mode);

        let end = self.b.new_label();
        let header = self.b.bind_loop_header();
        self.loop_depth += 1;
        let table = self.b.new_jump_table(1, 2);
        let constant = self.b.jump_table_constant(table);
        let called = self.b.new_label();
        self.b.ldar(mode);
        self.b.switch_on_smi(constant);
        // next
        let slot = self.slot(SlotKind::Call);
        self.at(position);
        self.b.call_property1(pair.get(1), pair.first, received, slot);
        self.b.jump(called);
        // return
        self.b.bind_case(table, 1);
        let no_return = self.b.new_label();
        self.get_named(pair.first, "return");
        self.b.jump_if_undefined_or_null(no_return);
        self.b.star(method);
        let slot = self.slot(SlotKind::Call);
        self.at(position);
        self.b.call_property1(method, pair.first, received, slot);
        self.b.jump(called);
        self.b.bind(no_return);
        self.b.ldar(received);
        if is_async {
            self.await_value();
        }
        self.exit(Exit::Return);
        // throw
        self.b.bind_case(table, 2);
        let no_throw = self.b.new_label();
        self.get_named(pair.first, "throw");
        self.b.jump_if_undefined_or_null(no_throw);
        self.b.star(method);
        let slot = self.slot(SlotKind::Call);
        self.at(position);
        self.b.call_property1(method, pair.first, received, slot);
        self.b.jump(called);
        self.b.bind(no_throw);
        self.close_iterator(pair.first, is_async);
        self.at(position);
        self.b.throw_message(MessageId::ThrowMethodMissing, RegisterRange::EMPTY);
        // The inner result.
        self.b.bind(called);
        if is_async {
            self.await_value();
        }
        self.at(position);
        self.b.throw_if_not_object(MessageId::IteratorResultNotAnObject);
        self.b.star(result);
        let more = self.b.new_label();
        self.get_named(result, "done");
        self.b.jump_if_to_boolean_false(more);
        // Done: a return completes the outer generator.
        let value = self.b.new_label();
        self.b.lda_smi(1);
        let slot = self.slot(SlotKind::Compare);
        self.b.test_equal_strict(mode, slot);
        self.b.jump_if_false(value);
        self.get_named(result, "value");
        self.exit(Exit::Return);
        self.b.bind(value);
        self.get_named(result, "value");
        self.b.jump(end);
        // Not done: yield it.
        self.b.bind(more);
        if is_async {
            self.get_named(result, "value");
            self.suspend(SuspendKind::AsyncYield);
            self.b.star(received);
            self.b.get_generator_resume_mode(generator);
            self.b.star(mode);
            // A return sent in is awaited first; a rejection becomes a throw.
            let ready = self.b.new_label();
            self.b.lda_smi(1);
            let slot = self.slot(SlotKind::Compare);
            self.b.test_equal_strict(mode, slot);
            self.b.jump_if_false(ready);
            self.try_catch(
                CatchPrediction::Caught,
                |g| {
                    g.b.ldar(received);
                    g.await_value();
                    g.b.star(received);
                },
                |g| {
                    g.b.star(received);
                    g.b.lda_smi(2);
                    g.b.star(mode);
                },
            );
            self.b.bind(ready);
        } else {
            self.b.ldar(result);
            self.suspend(SuspendKind::YieldDelegate);
            self.b.star(received);
            self.b.get_generator_resume_mode(generator);
            self.b.star(mode);
        }
        self.back_edge(header);
        self.loop_depth -= 1;
        self.b.bind(end);
    }

    // --- `using` ---

    /// Runs `body`, the code of a statement list, and disposes of the resources that the list declares.
    pub(crate) fn with_disposal(&mut self, list: &'a [Statement<'a>], body: impl FnOnce(&mut Self)) {
        let kind = list.iter().fold(None, |kind, s| using_kind(kind, s));
        match kind {
            Some(is_async) => self.with_disposal_of(is_async, body),
            None => body(self),
        }
    }

    /// As [`Self::with_disposal`], when it is known that there are resources, and whether some are async.
    pub(crate) fn with_disposal_of(&mut self, is_async: bool, body: impl FnOnce(&mut Self)) {
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
            if is_async {
                g.dispose_async(args);
            } else {
                g.b.call_runtime(RuntimeId::DisposeResources, args);
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
    pub(crate) fn add_disposable(&mut self, is_async: bool, at: u32) {
        let Some(&stack) = self.disposables.last() else {
            return self.fail("'using' declarations are not allowed here", oxc_span::Span::new(at, at));
        };
        self.scoped(|g| {
            let args = g.temps(2);
            g.b.star(args.get(1));
            g.b.mov(stack, args.first);
            g.at(at);
            let id = if is_async {
                RuntimeId::AddAsyncDisposableResource
            } else {
                RuntimeId::AddDisposableResource
            };
            g.b.call_runtime(id, args);
        });
    }
}
