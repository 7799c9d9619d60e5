//! The rules of a graph, checked after building and after every pass in debug builds.
//!
//! Of blocks and edges:
//!
//! 1. Every block of the order ends with a terminator; every edge leads to a block of the order, whose predecessors list it once.
//! 2. A `Jump` passes as many values as its target has parameters, each of the parameter's representation. The targets of a
//!    `Branch` or `Switch` have no parameters and no other predecessor.
//! 3. The entry block has no predecessors and no parameters. A loop header's back edge is one of its predecessors, and the
//!    header dominates it; every edge to a block that dominates its source goes to a loop header.
//!
//! Of nodes:
//!
//! 4. A node is in exactly one block, the one that it names. Constants and parameters of the function may stand anywhere; a `Phi`
//!    stands only among a block's parameters; a `StepOutput` directly behind its step or the step's other outputs.
//! 5. A value is defined before it is used: earlier in the block, or in a block that dominates it. Values passed by a jump and values
//!    of frame states count as used there (a lazy state whose result is `Ignore` may also name the node itself and its
//!    `StepOutput`s). A `Threw` and its call stand in the block that branches on it.
//! 6. Inputs have the number and the representations that the table says; nobody uses a value of representation none.
//!
//! Of exits:
//!
//! 7. A node has an eager state exactly if it `CanExit`, and that state is of kind `Before`: a check keeps its own state, the
//!    one that its assumption was made in.
//! 8. A node that may throw, run the program or invalidate the code has a lazy or a catch state; a lazy state is of kind
//!    `After`, a catch state of kind `Catch`. No other node has one.
//! 9. If there is no lazy state to resume with (only a catch state), a `CheckValid` follows in the block or all its successors, or the node itself
//!    has an eager state, or control does not come back.
//! 10. A `Deopt`'s state is of kind `Before`. All outer states are of kind `After`; following them ends with one of function 0.
//!     Inwards from there, they are a way down the inlining tree: each state is of a function that was inlined at the instruction of the
//!     state outside of it, for the purpose and with as many arguments as that says.
//! 11. An eager state is not stale: between the first node of the instruction's effects and the check there is none that
//!     another execution of the instruction would repeat. (Checked within a block: behind a node that writes memory or calls,
//!     no eager state may be the same as one before it.)
//!
//! Of allocations:
//!
//! 12. What is new has all its fields when it is made, so nothing half-initialized can be seen by a collection; a raw pointer
//!     (`Word`) is not live across what can collect or run the program, unless the object that owns it is among the inputs
//!     of its users. (Checked: no `Word` is used behind a node that `RunsJs` in the same block, nor in another block behind a
//!     call.)
//! 13. Captured objects are named by frame states and captured objects only.

use std::fmt;

use super::dominators::Dominators;
use super::ops::Op;
use super::state::{ResultLocation, StateKind};
use super::store::{Block, BlockId, Graph, NodeId, Terminator};
use super::types::{Effects, FrameStateId, FunctionRef, Repr};

/// A broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The number of the rule.
    pub rule: u32,
    /// What is wrong where.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.rule, self.message)
    }
}

impl std::error::Error for VerifyError {}

macro_rules! ensure {
    ($rule:literal, $condition:expr, $($message:tt)*) => {
        if !$condition {
            return Err(VerifyError { rule: $rule, message: format!($($message)*) });
        }
    };
}

type Result = std::result::Result<(), VerifyError>;

/// Checks all rules.
///
/// # Errors
/// The first rule that is broken.
pub fn verify(graph: &Graph) -> Result {
    let mut verifier = Verifier {
        graph,
        dominators: Dominators::compute(graph),
        place: vec![None; graph.node_count()],
        in_order: vec![false; graph.block_count()],
    };
    verifier.collect()?;
    for &block in graph.order() {
        verifier.edges(block)?;
        verifier.block(block)?;
    }
    Ok(())
}

fn is_captured(op: &Op) -> bool {
    matches!(op, Op::CapturedObject { .. } | Op::CapturedReference { .. })
}

struct Verifier<'a> {
    graph: &'a Graph,
    dominators: Dominators,
    /// Per node: its place in its block, 0 for parameters.
    place: Vec<Option<u32>>,
    in_order: Vec<bool>,
}

impl Verifier<'_> {
    fn collect(&mut self) -> Result {
        for &block in self.graph.order() {
            self.in_order[block.index()] = true;
            let Block { parameters, nodes, .. } = self.graph.block(block);
            let places = parameters.iter().map(|n| (*n, 0)).chain(nodes.iter().copied().zip(1..));
            for (node, place) in places {
                ensure!(4, self.place[node.index()].is_none(), "{node} stands in more than one place");
                ensure!(
                    4,
                    self.graph.node(node).block == block,
                    "{node} of {block} names {}",
                    self.graph.node(node).block
                );
                let is_phi = matches!(self.graph.op(node), Op::Phi { .. });
                ensure!(4, is_phi == (place == 0), "{node} is a phi, or a parameter, but not both");
                self.place[node.index()] = Some(place);
            }
        }
        Ok(())
    }

    fn edges(&self, block: BlockId) -> Result {
        let data = self.graph.block(block);
        ensure!(1, data.terminator != Terminator::None, "{block} has no end");
        let mut successors: Vec<BlockId> = data.terminator.successors().collect();
        for &to in &successors {
            ensure!(
                1,
                self.in_order.get(to.index()) == Some(&true),
                "{block} leads to {to}, which is nowhere"
            );
            let target = self.graph.block(to);
            let entries = target.predecessors.iter().filter(|p| **p == block).count();
            ensure!(1, entries == 1, "{block} is {entries} times a predecessor of {to}");
            match &data.terminator {
                Terminator::Jump(_, values) => {
                    ensure!(
                        2,
                        values.len() == target.parameters.len(),
                        "{block} passes {} values to {to}",
                        values.len()
                    );
                    for (value, parameter) in values.iter().zip(&target.parameters) {
                        ensure!(
                            2,
                            self.graph.repr(*value) == self.graph.repr(*parameter),
                            "{block} passes {value} for {parameter}"
                        );
                    }
                }
                _ => {
                    ensure!(
                        2,
                        target.parameters.is_empty(),
                        "{to} has parameters but {block} branches to it"
                    );
                    ensure!(
                        2,
                        target.predecessors.len() == 1,
                        "the edge from {block} to {to} is critical or double"
                    );
                }
            }
            if self.dominators.dominates(to, block) {
                ensure!(
                    3,
                    target.loop_info.is_some_and(|info| info.back_edge == Some(block)),
                    "{block} goes back to {to}, which is no header of that loop"
                );
            }
        }
        successors.sort_unstable();
        successors.dedup();
        ensure!(
            1,
            successors.len() == data.terminator.successors().count(),
            "{block} leads twice to one block"
        );
        for predecessor in &data.predecessors {
            ensure!(
                1,
                self.in_order[predecessor.index()]
                    && self.graph.block(*predecessor).terminator.successors().any(|s| s == block),
                "{predecessor} is no predecessor of {block}"
            );
        }
        if block == Graph::ENTRY {
            ensure!(
                3,
                data.predecessors.is_empty() && data.parameters.is_empty(),
                "the entry has predecessors or parameters"
            );
        }
        if let Some(info) = data.loop_info {
            let back = info.back_edge;
            ensure!(
                3,
                back.is_some_and(|b| data.predecessors.contains(&b) && self.dominators.dominates(block, b)),
                "the loop at {block} has no back edge"
            );
        }
        Ok(())
    }

    fn block(&self, block: BlockId) -> Result {
        let data = self.graph.block(block);
        let mut stale: Vec<FrameStateId> = Vec::new();
        let mut fresh: Vec<FrameStateId> = Vec::new();
        let mut last_js = 0;
        for (&node, place) in data.nodes.iter().zip(1u32..) {
            self.inputs(node)?;
            for &input in self.graph.inputs(node) {
                self.defined(input, block, place, &format_args!("{node}"))?;
                self.word(input, block, last_js, node)?;
            }
            if let Op::StepOutput { .. } = self.graph.op(node) {
                let step = self.graph.inputs(node)[0];
                let is_step = matches!(self.graph.op(step), Op::GenericStep { .. });
                let before = &data.nodes[..place as usize - 1];
                let direct =
                    before.iter().rev().find(|n| !matches!(self.graph.op(**n), Op::StepOutput { .. }));
                ensure!(4, is_step && direct == Some(&step), "{node} does not follow its step");
            }
            if let Op::Threw {} = self.graph.op(node) {
                let call = self.graph.inputs(node)[0];
                let branches = matches!(data.terminator, Terminator::Branch(value, ..) if value == node);
                let throws = self.graph.op(call).effects().contains(Effects::Throws);
                ensure!(
                    5,
                    branches && throws && self.graph.node(call).block == block,
                    "{node} does not part the ways behind {call}"
                );
            }
            self.states(node, block, place)?;
            let effects = self.graph.op(node).effects();
            if let Some(eager) = self.graph.node(node).states.eager {
                ensure!(
                    11,
                    !stale.contains(&eager),
                    "{node} goes back with {eager}, whose effects have begun"
                );
                fresh.push(eager);
            }
            if effects.intersects(Effects::Writes.union(Effects::RunsJs)) {
                stale.append(&mut fresh);
            }
            if effects.contains(Effects::RunsJs) {
                last_js = place;
            }
        }
        let end = data.nodes.len() as u32 + 1;
        for &input in data.terminator.inputs() {
            self.defined(input, block, end, &format_args!("the end of {block}"))?;
            ensure!(13, !is_captured(self.graph.op(input)), "{block} uses the captured {input}");
            ensure!(6, self.graph.repr(input) != Repr::None, "{block} uses {input}, which has no value");
        }
        match data.terminator {
            Terminator::Branch(value, ..) => {
                ensure!(6, self.graph.repr(value) == Repr::Bool, "{block} branches on {value}");
            }
            Terminator::Switch { value, .. } => {
                ensure!(6, self.graph.repr(value) == Repr::Int32, "{block} switches on {value}");
            }
            Terminator::Return(value) => {
                ensure!(6, self.graph.repr(value) == Repr::Tagged, "{block} returns {value}");
            }
            Terminator::Deopt(_, state) => {
                ensure!(
                    11,
                    !stale.contains(&state),
                    "{block} goes back with {state}, whose effects have begun"
                );
                ensure!(
                    10,
                    self.graph.state(state).kind == StateKind::Before,
                    "{block} leaves with {state}, which is not before"
                );
                self.state(state, None, block, end)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn inputs(&self, node: NodeId) -> Result {
        let op = self.graph.op(node);
        let inputs = self.graph.inputs(node);
        let fixed = op.inputs();
        let fits = inputs.len() == fixed.len() || (inputs.len() > fixed.len() && op.rest().is_some());
        let captures = matches!(op, Op::CapturedObject { .. });
        ensure!(6, fits, "{node} ({}) has {} inputs", op.name(), inputs.len());
        for (i, &input) in inputs.iter().enumerate() {
            let wanted = fixed.get(i).copied().or(op.rest());
            let given = self.graph.repr(input);
            ensure!(
                6,
                (wanted == Some(given) || (captures && given != Repr::Word)) && given != Repr::None,
                "{node} ({}) has {input} of {given:?} as input {i}",
                op.name()
            );
            ensure!(13, captures || !is_captured(self.graph.op(input)), "{node} uses the captured {input}");
        }
        Ok(())
    }

    /// Rule 5 for a use behind place `place` of `block`.
    fn defined(&self, value: NodeId, block: BlockId, place: u32, user: &dyn fmt::Display) -> Result {
        let at = self.place.get(value.index()).copied().flatten();
        ensure!(5, at.is_some(), "{user} uses {value}, which is in no block");
        let home = self.graph.node(value).block;
        let before = if home == block { at < Some(place) } else { self.dominators.dominates(home, block) };
        ensure!(5, before, "{user} uses {value} before it is defined");
        Ok(())
    }

    /// Rule 12.
    fn word(&self, value: NodeId, block: BlockId, last_js: u32, user: NodeId) -> Result {
        if self.graph.repr(value) != Repr::Word {
            return Ok(());
        }
        let node = self.graph.node(value);
        let at = if node.block == block { self.place[value.index()].unwrap_or(0) } else { 0 };
        let crossed = at < last_js || (at == 0 && last_js > 0);
        ensure!(12, !crossed, "{user} uses the pointer {value} behind a call");
        Ok(())
    }

    fn states(&self, node: NodeId, block: BlockId, place: u32) -> Result {
        let data = self.graph.node(node);
        let effects = data.op.effects();
        let states = data.states;
        ensure!(
            7,
            states.eager.is_some() == effects.contains(Effects::CanExit),
            "{node} ({}) and its eager state do not agree",
            data.op.name()
        );
        if let Some(eager) = states.eager {
            ensure!(7, self.graph.state(eager).kind == StateKind::Before, "{eager} of {node} is not before");
            self.state(eager, None, block, place)?;
        }
        ensure!(
            8,
            (states.lazy.is_some() || states.catch.is_some()) == effects.is_call(),
            "{node} ({}) and its lazy states do not agree",
            data.op.name()
        );
        if let Some(lazy) = states.lazy {
            let kind = self.graph.state(lazy).kind;
            let StateKind::After(result) = kind else {
                return Err(VerifyError { rule: 8, message: format!("{lazy} of {node} is not after") });
            };
            let own = (result == ResultLocation::Ignore).then_some(node);
            self.state(lazy, own, block, place)?;
        }
        if let Some(catch) = states.catch {
            ensure!(
                8,
                self.graph.state(catch).kind == StateKind::Catch,
                "{catch} of {node} is no catch state"
            );
            self.state(catch, None, block, place)?;
        }
        if effects.is_call() && states.lazy.is_none() && states.eager.is_none() {
            let data = self.graph.block(block);
            let follows =
                data.nodes[place as usize..].iter().any(|n| matches!(self.graph.op(*n), Op::CheckValid {}))
                    || data.terminator == Terminator::Unreachable
                    || self.suspends(node)
                    || (!matches!(data.terminator, Terminator::Jump(..) | Terminator::Return(_))
                        && data.terminator.successors().all(|b| self.is_guarded(b)));
            ensure!(9, follows, "nothing looks at the code behind {node}");
        }
        Ok(())
    }

    /// The activation is saved, and control comes back in the interpreter.
    fn suspends(&self, node: NodeId) -> bool {
        matches!(*self.graph.op(node), Op::GenericStep { step, .. }
            if self.graph.step(step).opcode == unspool_bytecode::Opcode::SuspendGenerator)
    }

    fn is_guarded(&self, block: BlockId) -> bool {
        let data = self.graph.block(block);
        data.nodes.iter().any(|n| matches!(self.graph.op(*n), Op::CheckValid {}))
            || data.terminator == Terminator::Unreachable
            || (matches!(data.terminator, Terminator::Branch(..) | Terminator::Switch { .. })
                && data.terminator.successors().all(|block| self.is_guarded(block)))
    }

    fn state(&self, first: FrameStateId, own: Option<NodeId>, block: BlockId, place: u32) -> Result {
        let mut next = Some(first);
        let mut chain = Vec::new();
        let mut steps = 0;
        while let Some(id) = next {
            chain.push(id);
            let state = self.graph.state(id);
            if id != first {
                ensure!(
                    10,
                    matches!(state.kind, StateKind::After(_)),
                    "{id} outside of {first} is not after"
                );
            }
            let is_root = state.function == FunctionRef(0);
            ensure!(10, is_root == state.outer.is_none(), "{id} does not end where it should");
            steps += 1;
            ensure!(10, steps < 64, "{first} does not end");
            let mut last = None;
            for &(register, _) in &state.registers {
                ensure!(10, last < Some(register), "the registers of {id} are out of order");
                last = Some(register);
            }
            for (slot, value) in state.values() {
                ensure!(
                    6,
                    self.graph.repr(value) != Repr::None,
                    "{id} has {value} without a value at {slot}"
                );
                ensure!(12, self.graph.repr(value) != Repr::Word, "{id} has the pointer {value} at {slot}");
                let is_own = own.is_some_and(|own| {
                    own == value
                        || (matches!(self.graph.op(value), Op::StepOutput { .. })
                            && self.graph.inputs(value) == [own])
                });
                if !is_own {
                    self.defined(value, block, place, &format_args!("{id}"))?;
                }
            }
            next = state.outer;
        }
        self.inlinings(&chain)
    }

    /// Rule 10 for a chain of states, the innermost first.
    fn inlinings(&self, chain: &[FrameStateId]) -> Result {
        let mut outer = None;
        for pair in chain.windows(2).rev() {
            let (state, caller) = (self.graph.state(pair[0]), self.graph.state(pair[1]));
            let inlined = self.graph.inlinings().iter().position(|inlining| {
                inlining.outer == outer
                    && inlining.offset == caller.offset
                    && inlining.function == state.function
                    && inlining.flavor == state.flavor
                    && state.argument_count.unwrap_or(0) == inlining.arguments
            });
            ensure!(10, inlined.is_some(), "{} was not inlined where {} stands", pair[0], pair[1]);
            outer = inlined.map(|number| number as u32);
        }
        Ok(())
    }
}
