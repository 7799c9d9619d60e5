//! Ways out of statements: `break`, `continue`, `return`, and the `finally` blocks they pass.
//!
//! Every construct that an exit may leave has an entry on a stack. An exit walks the stack from the inside: a pushed context
//! is restored, a `finally` records the exit under a token, jumps to the finally code, and when that code ends, a
//! jump table on the token continues the walk from the next entry outwards.

use super::Gen;
use unspool_bytecode::{CatchPrediction, HandlerId, Label, Register};

/// Something that encloses the current code.
pub(crate) enum Control<'a> {
    /// A context was pushed; `saved` holds the outer one.
    Context { saved: Register },
    /// A statement that `break` and perhaps `continue` can leave.
    Breakable {
        labels: Vec<&'a str>,
        /// A plain `break` stops here.
        unlabelled: bool,
        /// Where `break` goes; `None` if an outer entry for the same statement says so.
        break_to: Option<Label>,
        continue_to: Option<Label>,
    },
    /// Code that must run before leaving.
    Finally(Finally<'a>),
}

/// The protected part of a construct with cleanup code.
pub(crate) struct Finally<'a> {
    /// How control came to the cleanup code: 0 thrown, -1 fell through, others an index into `exits` plus 1.
    pub(crate) token: Register,
    /// The exception or the value being returned.
    pub(crate) value: Register,
    /// The start of the cleanup code.
    pub(crate) entry: Label,
    pub(crate) exits: Vec<Exit<'a>>,
}

/// A way out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit<'a> {
    /// `break` without a label.
    Break,
    /// `break` with one.
    BreakTo(&'a str),
    /// `continue` without a label.
    Continue,
    /// `continue` with one.
    ContinueTo(&'a str),
    /// `return` with the value in acc.
    Return,
}

impl<'a> Gen<'_, 'a> {
    /// Leaves by `exit`; for a return the value is in acc.
    pub(crate) fn exit(&mut self, exit: Exit<'a>) {
        self.exit_from(exit, self.control.len());
    }

    /// Leaves by `exit` with only the innermost `depth` entries of the stack still to be left.
    fn exit_from(&mut self, exit: Exit<'a>, depth: usize) {
        let mut restore = None;
        for index in (0..depth).rev() {
            match &mut self.control[index] {
                Control::Context { saved } => restore = Some(*saved),
                Control::Breakable { labels, unlabelled, break_to, continue_to } => {
                    let target = match exit {
                        Exit::Break if *unlabelled => *break_to,
                        Exit::BreakTo(l) if labels.contains(&l) => *break_to,
                        Exit::Continue => *continue_to,
                        Exit::ContinueTo(l) if labels.contains(&l) => *continue_to,
                        _ => None,
                    };
                    if let Some(target) = target {
                        if let Some(saved) = restore {
                            self.b.pop_context(saved);
                        }
                        self.b.jump(target);
                        return;
                    }
                }
                Control::Finally(f) => {
                    let at = match f.exits.iter().position(|e| *e == exit) {
                        Some(at) => at,
                        None => {
                            f.exits.push(exit);
                            f.exits.len() - 1
                        }
                    };
                    let (token, value, entry) = (f.token, f.value, f.entry);
                    if exit == Exit::Return {
                        self.b.star(value);
                    }
                    if let Some(saved) = restore {
                        self.b.pop_context(saved);
                    }
                    self.b.load_smi(at as i32 + 1);
                    self.b.star(token);
                    self.b.jump(entry);
                    return;
                }
            }
        }
        match exit {
            Exit::Return => {
                if let Some(epilogue) = self.epilogue {
                    // What follows must not be covered by the handlers of the place left.
                    if let Some(saved) = restore {
                        self.b.pop_context(saved);
                    }
                    self.b.jump(epilogue);
                } else {
                    self.leave_resumable();
                }
            }
            _ => debug_assert!(false, "early errors exclude jumps without a target"),
        }
    }

    /// Runs `protected` (which finds nothing in acc), then `cleanup` however it was left, then continues the way out. `cleanup` finds token and value in the
    /// registers it is given and must preserve them.
    pub(crate) fn try_finally(
        &mut self,
        prediction: CatchPrediction,
        protected: impl FnOnce(&mut Self),
        cleanup: impl FnOnce(&mut Self, Register, Register),
    ) {
        let mark = self.b.mark();
        let token = self.temp();
        let value = self.temp();
        let context = self.temp();
        self.b.lda_context();
        self.b.star(context);
        let entry = self.b.new_label();
        let handler: HandlerId = self.b.new_handler(context, prediction);
        self.control.push(Control::Finally(Finally { token, value, entry, exits: Vec::new() }));
        self.b.begin_try(handler);
        protected(self);
        self.b.end_try(handler);
        let Some(Control::Finally(f)) = self.control.pop() else { unreachable!("pushed above") };
        // Fell through.
        self.b.load_smi(-1);
        self.b.star(token);
        self.b.jump(entry);
        self.b.bind_handler(handler);
        self.b.star(value);
        self.b.lda_zero();
        self.b.star(token);
        self.b.bind(entry);
        cleanup(self, token, value);
        self.dispatch_exits(token, value, &f.exits);
        self.b.release(mark);
    }

    /// Continues what a cleanup interrupted.
    pub(crate) fn dispatch_exits(&mut self, token: Register, value: Register, exits: &[Exit<'a>]) {
        if !self.b.is_reachable() {
            return;
        }
        let table = self.b.new_jump_table(0, exits.len() + 1);
        let done = self.b.new_label();
        self.b.ldar(token);
        let constant = self.b.jump_table_constant(table);
        self.b.switch_on_smi(constant);
        self.b.jump(done);
        self.b.bind_case(table, 0);
        self.b.ldar(value);
        self.b.re_throw();
        for (index, exit) in exits.iter().enumerate() {
            self.b.bind_case(table, index as i32 + 1);
            if *exit == Exit::Return {
                self.b.ldar(value);
            }
            self.exit(*exit);
        }
        self.b.bind(done);
    }

    /// Runs `body`, which finds nothing in acc; an exception continues in `handler` with the exception in acc.
    pub(crate) fn try_catch(
        &mut self,
        prediction: CatchPrediction,
        body: impl FnOnce(&mut Self),
        handle: impl FnOnce(&mut Self),
    ) {
        let mark = self.b.mark();
        let context = self.temp();
        self.b.lda_context();
        self.b.star(context);
        let done = self.b.new_label();
        let handler = self.b.new_handler(context, prediction);
        self.b.begin_try(handler);
        body(self);
        self.b.end_try(handler);
        self.b.jump(done);
        self.b.bind_handler(handler);
        self.b.release(mark);
        handle(self);
        self.b.bind(done);
        self.b.release(mark);
    }
}
