//! What the optimizer may know: a snapshot of a function, its feedback and the heap facts behind it.
//!
//! The main thread makes a [`Snapshot`] ([`capture`]); the compiler reads nothing else, so it can run on another thread: a
//! snapshot is `Send`, cells in it are numbers without access. [`Roots`] holds the cells themselves, in the same order, and
//! stays on the main thread for as long as the job lives.
//!
//! Every feedback slot becomes a [`SlotPlan`]: not what the site has seen, but what to do there. A plan that relies on
//! something that may change names [`Dependency`]s; the builder notes those that it used, and [`Roots::depend`] enters them
//! when the code is installed, unless one of them is broken by then.

mod capture;
mod contexts;
mod dependency;
mod plan;
mod properties;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, ConstIndex};
use unspool_values::CellKind;

pub use capture::capture;
pub use contexts::{ContextInfo, ContextRef, ModuleVariable, SlotValue};
pub use dependency::{Dependency, DependencyRef, OwnProperty, Reliance, Roots};
pub use plan::{
    CallPlan, ConstructPlan, Constructed, ElementCase, ElementKind, GlobalLoad, GlobalStore, LoadAccess,
    LoadCase, Place, Receiver, SlotPlan, StoreAccess, StoreCase,
};

use crate::graph::{CellRef, DeoptReason, FunctionRef, Names, ShapeRef, TaggedConst, TargetRef};
use crate::log::DependencyKind;

/// All that one compilation knows.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The function to compile, then those that may be inlined.
    pub functions: Vec<FunctionSnapshot>,
    /// Cells that code may embed.
    pub cells: Vec<CellInfo>,
    /// Shapes that code may test.
    pub shapes: Vec<ShapeInfo>,
    /// Functions that are called.
    pub targets: Vec<Target>,
    /// The targets of closures that functions mention which call by `call` and `apply`.
    pub closures_by_cell: HashMap<CellRef, TargetRef>,
    /// What loads of a property (by the cell of its key) from objects of a shape give, where feedback has seen too much to tell.
    pub loads_of_shapes: HashMap<(ShapeRef, CellRef), LoadCase>,
    /// Contexts that constant closures close over, with what their functions read there.
    pub contexts: Vec<ContextInfo>,
    /// The contexts of closures.
    pub contexts_of: HashMap<CellRef, ContextRef>,
    /// The context of the compiled function, and the dependency on that being the only one.
    pub own_context: Option<(ContextRef, DependencyRef)>,
    /// The names of slots that are relied on, for dumps.
    pub slot_names: HashMap<(CellRef, u32), Box<str>>,
    /// Closures that code can make without the runtime.
    pub closures: Vec<ClosureShape>,
    /// What plans rely on.
    pub dependencies: Vec<Dependency>,
    /// Shape and elements of boilerplates of array literals without literals in them.
    pub boilerplates: HashMap<CellRef, (ShapeRef, Vec<TaggedConst>)>,
    /// Some function has an entry in its speculation log: its code counts how much it runs.
    pub has_failures: bool,
}

/// A cell, without access to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CellInfo {
    /// Its address.
    pub address: u64,
    /// Its kind, which never changes.
    pub kind: CellKind,
    /// What it is, for dumps; empty if nobody looks at them.
    pub text: Box<str>,
}

/// A shape.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShapeInfo {
    /// Its id: the `meta` of its objects' headers.
    pub id: u32,
    /// The kind of its objects.
    pub kind: CellKind,
    /// What it is, for dumps; empty if nobody looks at them.
    pub text: Box<str>,
}

/// What the closures with a feedback cell look like, where there were so many that counting them has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClosureShape {
    /// The feedback cell.
    pub feedback_cell: CellRef,
    /// Their shape.
    pub shape: ShapeRef,
    /// They have a `prototype`, which is made at its first touch.
    pub has_prototype: bool,
}

/// How a compiled function is entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signature {
    /// (isolate, callee, receiver, formals…): the fast entry.
    Formals,
    /// (isolate, callee, receiver, new.target, argc, argv): of functions that look at their actual arguments or `new.target`.
    Observing,
}

/// One function.
#[derive(Clone, Debug)]
pub struct FunctionSnapshot {
    /// Its code.
    pub code: Arc<CodeBlock>,
    /// Its template.
    pub template: CellRef,
    /// The feedback cell that its closures share.
    pub feedback_cell: CellRef,
    /// Its feedback vector, if it has one.
    pub vector: Option<CellRef>,
    /// Its realm's global object.
    pub global: Option<CellRef>,
    /// The shape of `{}` and its number of inline slots.
    pub empty_object: (ShapeRef, u32),
    /// The shape of `[]`.
    pub empty_array: ShapeRef,
    /// What its arguments objects are made as, if it makes some (or a rest array).
    pub arguments: Option<ArgumentsShapes>,
    /// What must stay true for arrays to be spread without calling what the program could replace; none if it is not true, or nothing is
    /// spread.
    pub array_iteration: Option<Vec<DependencyRef>>,
    /// The values of the constant pool; those that are no values are the hole.
    pub constants: Vec<TaggedConst>,
    /// One plan per feedback slot.
    pub slots: Vec<SlotPlan>,
    /// The handlers of exceptions that were entered, as the feedback vector has them.
    pub entered_handlers: u64,
    /// Offsets of calls that are made so rarely that they are not inlined.
    pub cold_calls: BTreeSet<u32>,
    /// From the speculation log: guards that failed too often, by bytecode offset. The builder takes the general way there.
    pub refused: BTreeSet<(u32, DeoptReason)>,
    /// From the speculation log: dependencies that broke too often. The broker looks at those of plans itself.
    pub refused_dependencies: BTreeSet<(u32, DependencyKind)>,
}

/// What arguments objects are made as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArgumentsShapes {
    /// The shape of those of sloppy functions with simple parameters.
    pub mapped: ShapeRef,
    /// The shape of all others.
    pub unmapped: ShapeRef,
    /// Their iterator.
    pub iterator: TaggedConst,
}

impl FunctionSnapshot {
    /// How it is entered.
    pub fn signature(&self) -> Signature {
        if self.code.info.observes_actual_arguments() || self.code.new_target_or_generator.is_some() {
            Signature::Observing
        } else {
            Signature::Formals
        }
    }
    /// The value of a constant.
    pub fn constant(&self, index: ConstIndex) -> TaggedConst {
        self.constants.get(index.index()).copied().unwrap_or(TaggedConst::HOLE)
    }
}

/// The superclass of a class, which its constructor's shape tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Superclass {
    /// The class.
    pub class: CellRef,
    /// Its shape.
    pub shape: ShapeRef,
    /// The constructor that it is derived from.
    pub constructor: CellRef,
}

/// A closure's function as callers see it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its template.
    pub template: CellRef,
    /// The feedback cell of its closures.
    pub feedback_cell: CellRef,
    /// How many formals it has.
    pub formals: u32,
    /// Whether the fast entry can be used.
    pub signature: Signature,
    /// Whether a sloppy callee's receiver must be coerced before the fast entry.
    pub coerces_receiver: bool,
    /// Calling it without `new` throws.
    pub is_class_constructor: bool,
    /// It can be constructed, with a receiver made by the caller.
    pub is_base_constructor: bool,
    /// It is the constructor of a derived class.
    pub is_derived_constructor: bool,
    /// What `super` of a derived constructor calls, as long as the closure with this cell has the shape.
    pub superclass: Option<Superclass>,
    /// It is a generator or async function: calling it makes an object.
    pub is_resumable: bool,
    /// The function to inline, if that is worth while.
    pub inlined: Option<FunctionRef>,
    /// `globalThis` of its realm: what a sloppy callee gets for an undefined receiver.
    pub global_this: Option<CellRef>,
    /// Its name, for dumps.
    pub text: Box<str>,
}

impl Snapshot {
    /// A function.
    pub fn function(&self, function: FunctionRef) -> &FunctionSnapshot {
        &self.functions[function.index()]
    }
    /// May the code of `function` bet at `offset` against `reason`?
    pub fn allows(&self, function: FunctionRef, offset: u32, reason: DeoptReason) -> bool {
        let refused = &self.function(function).refused;
        refused.is_empty() || !refused.contains(&(offset, reason))
    }
    /// Has any bet of `function` at `offset` failed too often?
    pub fn has_refused(&self, function: FunctionRef, offset: u32) -> bool {
        self.function(function).refused.iter().any(|(at, _)| *at == offset)
    }
    /// A cell.
    pub fn cell_info(&self, cell: CellRef) -> &CellInfo {
        &self.cells[cell.index()]
    }
    /// A shape.
    pub fn shape_info(&self, shape: ShapeRef) -> &ShapeInfo {
        &self.shapes[shape.index()]
    }
    /// The target that closures with a feedback cell call.
    pub fn closure_target(&self, feedback_cell: CellRef) -> Option<TargetRef> {
        let found = self.targets.iter().position(|target| target.feedback_cell == feedback_cell)?;
        Some(TargetRef(found as u32))
    }
    /// A call target.
    pub fn target_info(&self, target: TargetRef) -> &Target {
        &self.targets[target.index()]
    }
}

impl Names for Snapshot {
    fn cell(&self, cell: CellRef) -> Option<String> {
        self.cells.get(cell.index()).map(|info| info.text.to_string()).filter(|text| !text.is_empty())
    }
    fn shape(&self, shape: ShapeRef) -> Option<String> {
        self.shapes.get(shape.index()).map(|info| info.text.to_string()).filter(|text| !text.is_empty())
    }
    fn target(&self, target: TargetRef) -> Option<String> {
        self.targets.get(target.index()).map(|info| info.text.to_string())
    }
}

/// A snapshot goes to the compile thread.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Snapshot>();
};
