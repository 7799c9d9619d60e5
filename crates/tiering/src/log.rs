//! The speculation log: which bets of a function have failed, and how often.
//!
//! A *bet* is either a guard (bytecode offset and reason of its exits) or a dependency (bytecode offset, kind of the dependency and class of
//! the object it is about). Each failure that cost the function its code is counted where the bet was made, in the log of the function
//! whose bytecode it belongs to, inlined or not. A bet that has failed [`K`] times is refused: the broker plans a guard instead of
//! the dependency, or the generic operation, and the builder does the same for guards. So one bet costs at most `K` compilations.
//!
//! Code of functions with an entry in a log counts how much it runs. When a function has run optimized for
//! [`STABILITY_TICKS`] ticks (each [`TICK_BUDGETS`] interrupt budgets of bytecode, charged at entry) without the bet failing again, the entry is dropped: a
//! *stability period* is over, and the bet may be made again by whichever compilation comes next.
//!
//! The log is owned by the function's template and dies with it. With it lives what is known of failed compilations ([`State`]).

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use unspool_bytecode::{CodeBlock, OperandKind, RawInstruction, SlotIndex, SlotKind};
use unspool_runtime::cells::FunctionTemplate;
use unspool_values::CellKind;

use crate::graph::DeoptReason;

/// Failures of one bet before it is refused, per stability period.
pub const K: u32 = 4;

/// Ticks without a failure that end a stability period.
pub const STABILITY_TICKS: u32 = 16;
/// Interrupt budgets of bytecode that optimized code runs between two ticks.
pub const TICK_BUDGETS: i32 = 256;

/// What a dependency is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum DependencyKind {
    /// The structure of a prototype chain.
    Validity,
    /// The value of a property.
    Constness,
    /// The place and attributes of a property.
    Presence,
    /// The value of a `let` of a script or module.
    Binding,
    /// The value of a slot of a context.
    ContextSlot,
    /// That a function has one closure.
    OneClosure,
}

impl DependencyKind {
    /// How traces name it.
    pub const fn text(self) -> &'static str {
        match self {
            DependencyKind::Validity => "prototype chain",
            DependencyKind::Constness => "constant property",
            DependencyKind::Presence => "property",
            DependencyKind::Binding => "constant binding",
            DependencyKind::ContextSlot => "constant context slot",
            DependencyKind::OneClosure => "only closure",
        }
    }
}

/// What was bet on at a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Bet {
    /// That a guard holds.
    Guard(DeoptReason),
    /// That a dependency on an object of a class holds.
    Dependency(DependencyKind, CellKind),
}

#[derive(Clone, Copy, Default, Debug)]
struct Entry {
    failures: u32,
    /// Ticks since the last failure.
    quiet: u32,
}

/// The failed bets of one function.
#[derive(Debug, Default)]
pub struct SpeculationLog {
    entries: RefCell<BTreeMap<(u32, Bet), Entry>>,
}

impl SpeculationLog {
    /// A bet has failed and the code is lost.
    pub fn note_failure(&self, offset: u32, bet: Bet) {
        self.add(offset, bet, 1);
    }
    /// A bet has failed about which the interpreter learns nothing when it repeats the instruction: it is refused at once.
    pub fn disallow(&self, offset: u32, bet: Bet) {
        self.add(offset, bet, K);
    }
    fn add(&self, offset: u32, bet: Bet, failures: u32) {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.entry((offset, bet)).or_default();
        entry.failures = entry.failures.saturating_add(failures);
        entry.quiet = 0;
    }
    /// How often a bet has failed in its stability period.
    pub fn failures(&self, offset: u32, bet: Bet) -> u32 {
        self.entries.borrow().get(&(offset, bet)).map_or(0, |entry| entry.failures)
    }
    /// Must a bet not be made?
    pub fn refuses(&self, offset: u32, bet: Bet) -> bool {
        self.failures(offset, bet) >= K
    }
    /// The guards that must not be used, with the offsets.
    pub fn refused_guards(&self) -> BTreeSet<(u32, DeoptReason)> {
        self.refused(|offset, bet| match bet {
            Bet::Guard(reason) => Some((offset, reason)),
            Bet::Dependency(..) => None,
        })
    }
    /// The dependencies that must not be used, with the offsets.
    pub fn refused_dependencies(&self) -> BTreeSet<(u32, DependencyKind)> {
        self.refused(|offset, bet| match bet {
            Bet::Dependency(kind, _) => Some((offset, kind)),
            Bet::Guard(_) => None,
        })
    }
    fn refused<T: Ord>(&self, pick: impl Fn(u32, Bet) -> Option<T>) -> BTreeSet<T> {
        let entries = self.entries.borrow();
        let refused = entries.iter().filter(|(_, entry)| entry.failures >= K);
        refused.filter_map(|(&(offset, bet), _)| pick(offset, bet)).collect()
    }
    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }
    /// Every bet with its failures, in the order of the offsets.
    pub fn bets(&self) -> Vec<(u32, Bet, u32)> {
        self.entries.borrow().iter().map(|(&(offset, bet), entry)| (offset, bet, entry.failures)).collect()
    }
    /// The function has run optimized for another tick.
    pub fn tick(&self) {
        self.entries.borrow_mut().retain(|_, entry| {
            entry.quiet += 1;
            entry.quiet < STABILITY_TICKS
        });
    }
}

/// Why a function has no code although the policy wanted some.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Failure {
    /// It may not be compiled, or it or its exits are beyond a limit. For good.
    Refused,
    /// The code generator gives up: a bug. For good.
    Codegen,
    /// The compiler panicked. For good.
    Panicked,
    /// The system gives no memory for code. For good.
    NoMemory,
    /// It is not ready: not called yet, or without feedback.
    NotReady,
    /// What it relies on broke before it was installed.
    Dependency,
    /// The arena is full of code that is in use.
    ArenaFull,
    /// The function got other code, or may not be optimized any more.
    Superseded,
}

impl Failure {
    /// How many there are.
    pub const COUNT: usize = 8;
    /// Is there no sense in another try?
    pub const fn is_final(self) -> bool {
        matches!(self, Failure::Refused | Failure::Codegen | Failure::Panicked | Failure::NoMemory)
    }
    /// How statistics name it.
    pub const fn text(self) -> &'static str {
        match self {
            Failure::Refused => "refused",
            Failure::Codegen => "code generation failed",
            Failure::Panicked => "the compiler panicked",
            Failure::NoMemory => "no memory for code",
            Failure::NotReady => "not ready",
            Failure::Dependency => "a dependency broke",
            Failure::ArenaFull => "the arena is full",
            Failure::Superseded => "superseded",
        }
    }
}

/// The longest wait after failures, in budget interrupts.
const MAX_WAIT: u32 = 256;

/// What the policy remembers of one function.
#[derive(Debug, Default)]
pub struct State {
    /// Failed bets.
    pub log: SpeculationLog,
    /// Failures in a row that did not last.
    retries: Cell<u32>,
    /// Budget interrupts for which nothing is tried.
    wait: Cell<u32>,
    /// Periods of the tier-up policy that its compilation costs, inlined functions included; 0 as long as nobody knows.
    price: Cell<u32>,
    /// Loops (offsets of their headers) for which there will be no code.
    refused_loops: RefCell<BTreeSet<u32>>,
}

/// Does the interpreter note in the function's feedback (or in the context that is assigned to), when it executes the instruction, that the
/// bet has failed?
pub fn is_learned(code: &CodeBlock, offset: u32, reason: DeoptReason) -> bool {
    use DeoptReason as R;
    if reason == R::ConstTrackingLet {
        return true;
    }
    let Ok(instruction) = RawInstruction::decode(&code.bytecode, offset) else { return true };
    let slot = instruction.first_of(OperandKind::Slot).map(SlotIndex);
    match slot.and_then(|slot| code.feedback.get(slot)) {
        None => false,
        // Call targets are learned; what builtins find in their arguments is not.
        Some(SlotKind::Call) => {
            matches!(reason, R::WrongCallTarget | R::WrongFeedbackCell | R::InsufficientTypeFeedbackForCall)
        }
        Some(_) => true,
    }
}

impl State {
    /// The state of a function, made at the first need.
    pub fn of(template: &FunctionTemplate) -> &State {
        let state = template.tiering.get_or_init(|| Box::new(State::default()));
        state.downcast_ref().expect("only this crate fills the slot")
    }
    /// The state of a function, if there is one.
    pub fn existing(template: &FunctionTemplate) -> Option<&State> {
        template.tiering.get()?.downcast_ref()
    }
    /// A compilation failed, and another may succeed: the next tries come after 1, 2, 4… budget interrupts (8 times as many when
    /// there is no room).
    pub fn back_off(&self, failure: Failure) {
        let retries = self.retries.get();
        self.retries.set(retries.saturating_add(1));
        let wait = 1_u32 << retries.min(8);
        let factor = if failure == Failure::ArenaFull { 8 } else { 1 };
        self.wait.set((wait * factor).min(MAX_WAIT));
    }
    /// A compilation succeeded.
    pub fn succeeded(&self) {
        self.retries.set(0);
    }
    /// A budget interrupt wants code: may a compilation be tried?
    pub fn may_try(&self) -> bool {
        let wait = self.wait.get();
        self.wait.set(wait.saturating_sub(1));
        wait == 0
    }
    /// What a compilation costs, as far as is known.
    pub fn price(&self) -> u32 {
        self.price.get()
    }
    /// The last look at the function says that it costs so much.
    pub fn note_price(&self, price: u32) {
        self.price.set(price);
    }
    /// There will be no code for a loop.
    pub fn refuse_loop(&self, offset: u32) {
        self.refused_loops.borrow_mut().insert(offset);
    }
    /// Will there be no code for a loop?
    pub fn refuses_loop(&self, offset: u32) -> bool {
        self.refused_loops.borrow().contains(&offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: Bet = Bet::Guard(DeoptReason::WrongMap);

    #[test]
    fn i9_a_bet_is_refused_after_k_failures() {
        let log = SpeculationLog::default();
        for failures in 0..K {
            assert!(!log.refuses(7, MAP), "after {failures}");
            log.note_failure(7, MAP);
        }
        assert!(log.refuses(7, MAP));
        assert!(!log.refuses(8, MAP), "elsewhere nothing failed");
        assert!(!log.refuses(7, Bet::Guard(DeoptReason::Overflow)), "another bet");
        assert_eq!(log.refused_guards().into_iter().collect::<Vec<_>>(), [(7, DeoptReason::WrongMap)]);
    }

    #[test]
    fn a_stability_period_ends_without_failures() {
        let log = SpeculationLog::default();
        log.disallow(7, MAP);
        for _ in 1..STABILITY_TICKS {
            log.tick();
        }
        assert!(log.refuses(7, MAP));
        log.note_failure(7, MAP);
        for _ in 1..STABILITY_TICKS {
            log.tick();
            assert!(log.refuses(7, MAP), "the failure began the period anew");
        }
        log.tick();
        assert!(log.is_empty());
    }

    #[test]
    fn tries_come_further_and_further_apart() {
        let state = State::default();
        let mut tried = 0;
        for _ in 0..1000 {
            if state.may_try() {
                tried += 1;
                state.back_off(Failure::Dependency);
            }
        }
        assert!((8..=12).contains(&tried), "{tried}");
        state.succeeded();
        state.wait.set(0);
        assert!(state.may_try());
    }
}
