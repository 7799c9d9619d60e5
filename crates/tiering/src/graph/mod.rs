//! The optimizer's program: SSA in a control-flow graph.
//!
//! A [`Graph`] consists of *blocks* (`b3`), each a list of *nodes* (`v17`) and a [`Terminator`]. A node is an [`Op`] with inputs;
//! it is its own result. [`ops`] is the table of operations: what each means, which representations it takes and gives,
//! which effects it has. Phis are the parameters of a block; the values come with the `Jump`s to it. Critical edges are split: a
//! block with parameters is reached by `Jump`s only.
//!
//! What can leave the code carries [`FrameState`]s (`f2`): descriptions of the interpreter frames at that point. A
//! node has up to three:
//!
//! * *eager*: the frames before an instruction, none of whose effects has happened; what a failing check goes back to;
//! * *lazy*: the frames after the instruction, with the node's result in the place of the instruction's; for invalidated
//!   code at a return, and for stack walks;
//! * *catch*: the frames as a handler would see them when the node throws; only where the lazy state cannot serve.
//!
//! [`verify`] says which rules hold, `print` gives the stable text.
//!
//! The graph names cells, shapes and functions by their index in the snapshot that it was
//! built from; it holds no pointers and is `Send`.

pub mod dominators;
pub mod helpers;
mod known;
pub mod ops;
pub mod parse;
pub mod print;
pub mod reason;
pub mod state;
mod store;
pub mod types;
pub mod verify;

#[cfg(test)]
mod tests;

pub use dominators::Dominators;
pub use helpers::Helper;
pub(crate) use known::Types;
pub use ops::Op;
pub use parse::{ParseError, parse};
pub use print::{Names, NoNames};
pub(crate) use reason::companions;
pub use reason::{DeoptReason, REASONS};
pub use state::{FrameFlavor, FrameSlot, FrameState, ResultLocation, StateKind};
pub use store::{
    Block, BlockId, Graph, Inlining, LoopInfo, Node, NodeId, States, Step, Terminator, is_arguments_creation,
};
pub use types::{
    ArgumentsClass, Barrier, Captured, CellRef, Condition, Effects, F64Bits, FrameStateId, FunctionRef,
    Memory, Repr, ShapeRef, ShapeSet, StepId, TaggedConst, TaggedTest, TargetRef, TypedElement,
};
