#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod deoptimizer;
pub mod description;
pub mod dumpling;
pub mod entry;
pub mod exit_table;
pub mod frame_state;
mod ids;
mod layout;
pub mod materialize;
pub mod reason;
pub mod resume;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
#[cfg(test)]
mod tests;
pub mod translated;
pub mod translation;
pub mod writer;

pub use deoptimizer::{Completion, DeoptError, Deoptimizer};
pub use description::{
    ActualArguments, FrameDescription, FrameSlot, MachineFrame, Output, OutputCode, OutputFrame, RegisterFile,
};
pub use exit_table::{
    DeoptimizationData, DeoptimizationDataBuilder, InliningPosition, Lesson, Origin, Site, SiteDetails,
};
pub use frame_state::{FrameState, Placed, StateFrame, StateObject, StateValue};
pub use ids::{InliningId, LiteralId, ObjectId, SiteId, TranslationIndex};
pub use layout::FrameLayout;
pub use materialize::{FieldValue, MaterializationCounts, MaterializationPhase, Materializer};
pub use reason::{DeoptKind, DeoptReason, LazyReason, SiteReason};
pub use resume::{Handler, Resume};
pub use translated::RawValues;
pub use translation::{
    ArgumentsKind, Catch, ContinuationFrame, InterpretedFrame, Location, Position, RecipeOp, Representation,
    ResultLocation,
};
pub use writer::{NoTrace, Trace};
