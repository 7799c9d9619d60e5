//! Exceptions inside the code, and their handlers.
//!
//! A handler that has been seen used is compiled: a call that may throw there ends its block, one way leads on and one to the handler,
//! with the registers as they were before the instruction. What an inlined function throws and does not catch goes on at its caller's
//! instruction, in the same code. A handler that was never used is not compiled; the exception leaves the code by the call's own exit.

use unspool_bytecode::Handler;

use super::environment::Environment;
use super::jumps::Validity;
use super::{FunctionBuilder, Incoming};
use crate::graph::{Effects, NodeId, Op, States, Terminator};

/// Where an exception of the current instruction goes.
enum Way {
    /// To a handler of this function.
    Handler(Handler),
    /// To the function that this one is inlined into.
    Caller,
    /// Out of the code.
    Exit,
}

/// What an inlined function leads to.
pub(super) struct Ends {
    /// Where it returned, with what.
    pub(super) returns: Vec<(crate::graph::BlockId, NodeId, Environment)>,
    /// Where it threw; the accumulator is the exception.
    pub(super) thrown: Vec<Incoming>,
}

impl FunctionBuilder<'_, '_> {
    fn way(&self) -> Way {
        let Some(handler) = self.code.handlers.lookup(self.offset) else {
            return if self.caller.catches { Way::Caller } else { Way::Exit };
        };
        let function = self.shared.snapshot.function(self.function);
        let index = self.code.handlers.entries().iter().position(|known| known == handler);
        let is_used = index.is_some_and(|index| function.entered_handlers >> index.min(63) & 1 != 0);
        // Everything but loops goes forward.
        if is_used && handler.handler > self.offset { Way::Handler(*handler) } else { Way::Exit }
    }

    /// Is there a compiled handler for what the current instruction throws?
    pub(super) fn catches(&self) -> bool {
        !matches!(self.way(), Way::Exit)
    }

    /// Behind a call: if it can throw into a compiled handler, its block ends here. `before` are the registers that the handler sees, if they
    /// are not the present ones.
    pub(super) fn catch_exception(&mut self, call: NodeId, before: Option<Environment>) {
        if !self.shared.graph.op(call).effects().contains(Effects::Throws) || !self.catches() {
            return;
        }
        let threw = self.shared.graph.add(self.block, Op::Threw {}, &[call], States::NONE);
        let (yes, no) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(threw, yes, no));
        let after = self.environment.take().expect("a reachable instruction");
        let exception = self.shared.graph.add(yes, Op::TakeException {}, &[], States::NONE);
        let mut environment = before.unwrap_or_else(|| after.clone());
        environment.accumulator = Some(exception);
        self.continue_at_handler(Incoming { block: yes, environment }, Validity::Unsure);
        (self.block, self.environment, self.before) = (no, Some(after), None);
    }

    /// An exception, the accumulator of `way`, goes to where the current instruction's exceptions go. Nothing follows.
    pub(super) fn continue_at_handler(&mut self, way: Incoming, validity: Validity) {
        match self.way() {
            Way::Caller => self.thrown.push(way),
            Way::Handler(handler) => {
                (self.block, self.environment, self.before) = (way.block, Some(way.environment), None);
                let context = self.register(handler.context);
                let context = self.tagged(context);
                self.env_mut().context = context;
                self.ensure_valid(validity, handler.handler);
                self.jump_to(handler.handler);
            }
            Way::Exit => unreachable!("asked before"),
        }
    }

    /// `Throw` and `ReThrow` of the accumulator, if there is a compiled handler. Tells whether.
    pub(super) fn throw_to_handler(&mut self) -> bool {
        if !self.catches() {
            return false;
        }
        let value = self.acc();
        let value = self.refined(value);
        self.set_acc(value);
        let environment = self.environment.take().expect("a reachable instruction");
        self.continue_at_handler(Incoming { block: self.block, environment }, Validity::Kept);
        true
    }
}
