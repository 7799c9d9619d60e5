//! The optimizer's passes, and the order in which they run.
//!
//! A pass is a function from a graph to a better graph that does the same: the same results, the same effects in the same order, and
//! every exit with a state that describes the interpreter at that point. [`optimize`] runs them in the order of [`ORDER`]; in
//! debug builds the verifier looks at the graph behind each of them. An [`Observer`] sees the graph between passes.
//!
//! What every pass keeps (the rule of sourir): a check may vanish only if its fact is implied where it stands; it never
//! moves above an effect that its own state has not yet seen; and it keeps its own state.
//!
//! Terms: a check's *root* is the value that it checked, behind all checks of it; a *fact* is what is known of a root
//! in the blocks that a block dominates.

pub mod cleanup;
pub mod dead;
pub mod escape;
pub mod hoisting;
pub mod numbering;
pub mod phis;
pub mod ranges;
pub mod value_numbering;

pub(crate) mod edit;
mod fold;
mod scratch;
#[cfg(test)]
mod tests;

use unspool_bytecode::{ConstIndex, Constant, Opcode, OperandKind, RawInstruction};

use crate::broker::Snapshot;
use crate::graph::{CellRef, DeoptReason, FunctionRef, Graph, Names, NoNames, ShapeRef, TaggedConst};

/// What the passes ask about the world outside of the graph.
pub trait Facts {
    /// May the code of a function bet at an offset against a reason? The speculation log says.
    fn allows(&self, function: FunctionRef, offset: u32, reason: DeoptReason) -> bool;
    /// The value that a slot of a new context has, if that is known.
    fn context_slot(&self, function: FunctionRef, scope: u32, slot: u32) -> Option<TaggedConst>;
    /// What an instruction of a function that makes an arguments object or rest array makes, if that is known.
    fn arguments(&self, function: FunctionRef, offset: u32) -> Option<ArgumentsFacts> {
        let _ = (function, offset);
        None
    }
    /// The context slot that holds a formal which an element of the arguments object aliases.
    fn mapped_formal(&self, function: FunctionRef, scope: u32, index: u32) -> Option<u32> {
        let _ = (function, scope, index);
        None
    }
    /// Shape and elements of an array literal's boilerplate, if they are known.
    fn boilerplate(&self, cell: CellRef) -> Option<(ShapeRef, &[TaggedConst])> {
        let _ = cell;
        None
    }
}

/// What an arguments object or rest array is made as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArgumentsFacts {
    /// Its shape.
    pub shape: ShapeRef,
    /// The formals of the function.
    pub formals: u32,
    /// Of a mapped arguments object: the constant with its function's scope.
    pub scope: Option<u32>,
    /// The iterator of an arguments object.
    pub iterator: TaggedConst,
}

/// Nothing is known, and every bet is allowed.
#[derive(Clone, Copy, Debug)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn allows(&self, _: FunctionRef, _: u32, _: DeoptReason) -> bool {
        true
    }
    fn context_slot(&self, _: FunctionRef, _: u32, _: u32) -> Option<TaggedConst> {
        None
    }
}

/// What a pass did.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Nodes, blocks and edges that it removed or made simpler.
    pub changes: u32,
}

macro_rules! passes {
    ($($(#[doc = $doc:literal])+ $name:ident $text:literal $function:path;)*) => {
        /// A pass.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Pass { $($(#[doc = $doc])+ $name,)* }

        impl Pass {
            /// All passes.
            pub const ALL: &'static [Pass] = &[$(Pass::$name),*];
            /// Its name in traces and tests.
            pub const fn name(self) -> &'static str {
                match self { $(Pass::$name => $text,)* }
            }
            /// Runs it.
            pub fn run(self, graph: &mut Graph, facts: &dyn Facts) -> Stats {
                match self { $(Pass::$name => $function(graph, facts),)* }
            }
        }
    };
}

passes! {
    /// Branches on constants, unreachable blocks, phis of one value, blocks in a row.
    Cleanup "cleanup" cleanup::run;
    /// Constant folding, value numbering of pure operations, elimination of checks of what never changes.
    ValueNumbering "value-numbering" value_numbering::run;
    /// Phis of untagged numbers and booleans.
    Phis "phis" phis::run;
    /// Equal loads and checks of shapes, loads behind stores.
    Numbering "numbering" numbering::run;
    /// Overflow checks that cannot fail.
    Ranges "ranges" ranges::run;
    /// What does not change in a loop moves in front of it.
    Hoisting "hoisting" hoisting::run;
    /// Objects that only this code knows are not made.
    Escape "escape" escape::run;
    /// Nodes and phis that nothing uses.
    DeadCode "dead-code" dead::run;
}

impl Pass {
    /// The pass of a name.
    pub fn from_name(name: &str) -> Option<Pass> {
        Pass::ALL.iter().copied().find(|pass| pass.name() == name)
    }
}

/// The passes in their order.
pub const ORDER: &[Pass] = &[
    Pass::Cleanup,
    Pass::ValueNumbering,
    Pass::Escape,
    Pass::Phis,
    Pass::Cleanup,
    Pass::ValueNumbering,
    Pass::Numbering,
    Pass::Ranges,
    Pass::Hoisting,
    Pass::Numbering,
    Pass::ValueNumbering,
    Pass::Cleanup,
    Pass::DeadCode,
];

/// Sees what the passes do.
pub trait Observer {
    /// The graph before the first pass.
    fn begin(&mut self, graph: &Graph);
    /// The graph behind a pass.
    fn after(&mut self, pass: Pass, graph: &Graph, stats: Stats);
}

/// Looks at nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn begin(&mut self, _: &Graph) {}
    fn after(&mut self, _: Pass, _: &Graph, _: Stats) {}
}

impl Facts for Snapshot {
    fn allows(&self, function: FunctionRef, offset: u32, reason: DeoptReason) -> bool {
        Snapshot::allows(self, function, offset, reason)
    }
    fn context_slot(&self, function: FunctionRef, scope: u32, slot: u32) -> Option<TaggedConst> {
        let Some(Constant::Scope(info)) = self.function(function).code.constant(ConstIndex(scope)) else {
            return None;
        };
        let mode = info.slots.get(slot as usize)?.mode;
        Some(if mode.starts_as_hole() { TaggedConst::HOLE } else { TaggedConst::UNDEFINED })
    }
    fn arguments(&self, function: FunctionRef, offset: u32) -> Option<ArgumentsFacts> {
        let function = self.function(function);
        let shapes = function.arguments?;
        let raw = RawInstruction::decode(&function.code.bytecode, offset).ok()?;
        let (shape, scope) = match raw.opcode {
            Opcode::CreateMappedArguments => (shapes.mapped, raw.first_of(OperandKind::Const)),
            Opcode::CreateUnmappedArguments => (shapes.unmapped, None),
            Opcode::CreateRestParameter => (function.empty_array, None),
            _ => return None,
        };
        let formals = function.code.info.formal_count;
        Some(ArgumentsFacts { shape, formals, scope, iterator: shapes.iterator })
    }
    fn mapped_formal(&self, function: FunctionRef, scope: u32, index: u32) -> Option<u32> {
        match self.function(function).code.constant(ConstIndex(scope)) {
            Some(Constant::Scope(info)) => info.mapped_parameters.get(index as usize).copied().flatten(),
            _ => None,
        }
    }
    fn boilerplate(&self, cell: CellRef) -> Option<(ShapeRef, &[TaggedConst])> {
        self.boilerplates.get(&cell).map(|(shape, values)| (*shape, values.as_slice()))
    }
}

/// Runs all passes on the graph of a snapshot.
///
/// # Panics
/// In debug builds, if a pass leaves a graph that the verifier refuses.
pub fn optimize(graph: &mut Graph, snapshot: &Snapshot) {
    run(graph, snapshot, snapshot, &mut NoObserver);
}

/// Runs all passes on a graph that stands for itself.
///
/// # Panics
/// As [`optimize`].
pub fn optimize_alone(graph: &mut Graph, facts: &dyn Facts, observer: &mut dyn Observer) -> Stats {
    run(graph, facts, &NoNames, observer)
}

/// Runs all passes, observed; `names` are for the message if one of them breaks the graph.
///
/// # Panics
/// As [`optimize`].
pub fn run(graph: &mut Graph, facts: &dyn Facts, names: &dyn Names, observer: &mut dyn Observer) -> Stats {
    observer.begin(graph);
    let mut total = Stats::default();
    for &pass in ORDER {
        let stats = pass.run(graph, facts);
        if cfg!(debug_assertions)
            && let Err(error) = crate::graph::verify::verify(graph)
        {
            panic!("behind {}: {error}\n{}", pass.name(), graph.to_text(names));
        }
        observer.after(pass, graph, stats);
        total.changes += stats.changes;
    }
    total
}
