//! Frame states: the interpreter frames that an exit rebuilds, as values of the graph.
//!
//! A state describes one function's frame and names the state of the frame outside of it, from the innermost outwards, so that
//! states share their outer part. Values may be in any representation; whoever encodes the state looks at each node's.
//! What is not listed is dead and becomes "optimized out".

use super::store::NodeId;
use super::types::{FrameStateId, FunctionRef};

/// Where a call's result goes when the frame resumes after the instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResultLocation {
    /// Into the accumulator.
    Accumulator,
    /// Into a local register.
    Register(u32),
    /// Nowhere: the state names the values itself (the node that owns the state and its `StepOutput`s included).
    Ignore,
}

/// At which side of the instruction a state stands. The kind is checked by the verifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StateKind {
    /// Nothing of the instruction has happened: it is executed again. Of eager exits.
    Before,
    /// The instruction is complete but for its result, which goes to the location. Of lazy exits, and of all frames that
    /// are not innermost.
    After(ResultLocation),
    /// The instruction throws: only the handler's registers count. Never resumed but at a handler.
    Catch,
}

/// What a frame was entered for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FrameFlavor {
    /// A call.
    Call,
    /// `new` of a base constructor: a result that is no object is replaced by the receiver.
    Construct,
    /// `new` of a derived constructor, or `super(…)` of one: there is no receiver yet, and the constructor's own code sees to its result.
    ConstructDerived,
    /// A getter that an outer frame's load calls.
    Getter,
    /// A setter that an outer frame's store calls: its result is dropped.
    Setter,
}

/// A place in a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FrameSlot {
    /// The function.
    Closure,
    /// The current context.
    Context,
    /// The receiver.
    Receiver,
    /// An argument, formals and others alike.
    Argument(u32),
    /// A local register.
    Register(u32),
    /// The accumulator.
    Accumulator,
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameState {
    /// Whose frame it is.
    pub function: FunctionRef,
    /// The instruction.
    pub offset: u32,
    /// At which side of it.
    pub kind: StateKind,
    /// What the frame was entered for.
    pub flavor: FrameFlavor,
    /// Does the function have a handler for exceptions at the offset?
    pub has_handler: bool,
    /// The function object.
    pub closure: NodeId,
    /// The current context.
    pub context: NodeId,
    /// The receiver.
    pub receiver: NodeId,
    /// Actual arguments, at least as many as formals. Of a frame that was entered from outside (`outer` is `None`) they are the
    /// formals only; an activation that observes its actual arguments has the rest in its own argument area.
    pub arguments: Vec<NodeId>,
    /// How many arguments the call passed, where an inlined call knows it.
    pub argument_count: Option<u32>,
    /// The live local registers, ascending.
    pub registers: Vec<(u32, NodeId)>,
    /// The accumulator, where it is live.
    pub accumulator: Option<NodeId>,
    /// The frame of the caller, where this function is inlined; an *after* state.
    pub outer: Option<FrameStateId>,
}

impl FrameState {
    /// All values of this frame (not of the outer ones) with their places.
    pub fn values(&self) -> impl Iterator<Item = (FrameSlot, NodeId)> + '_ {
        [
            (FrameSlot::Closure, self.closure),
            (FrameSlot::Context, self.context),
            (FrameSlot::Receiver, self.receiver),
        ]
        .into_iter()
        .chain(self.arguments.iter().enumerate().map(|(i, &v)| (FrameSlot::Argument(i as u32), v)))
        .chain(self.registers.iter().map(|&(r, v)| (FrameSlot::Register(r), v)))
        .chain(self.accumulator.map(|v| (FrameSlot::Accumulator, v)))
    }

    /// All values of this frame, for replacing.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut NodeId> {
        [&mut self.closure, &mut self.context, &mut self.receiver]
            .into_iter()
            .chain(self.arguments.iter_mut())
            .chain(self.registers.iter_mut().map(|(_, v)| v))
            .chain(self.accumulator.iter_mut())
    }
}
