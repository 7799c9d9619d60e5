//! Classes of virtual objects, and what they hold at a point of the code.
//!
//! The *class* of an object says what it would be made as and never changes; its shape and its fields do, and are in the memory of the point. A field is a value, which may
//! itself stand for a virtual object.

use std::mem::offset_of;

use unspool_runtime::cells::Context;
use unspool_values::ObjectHead;

use crate::graph::{
    ArgumentsClass, Captured, CellRef, FunctionRef, Memory as MemoryClass, NodeId, ShapeRef, Types,
};

/// What a virtual object would be made as. Its shape and its fields are in [`Fields`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// An ordinary object; the fields are its slots, the inline ones first.
    Object { inline: u32 },
    /// An array; the fields are its elements.
    Array,
    /// A context; the fields are the previous context and the slots.
    Context { function: FunctionRef, scope: u32 },
    /// A closure; the field is its context.
    Closure { template: CellRef, feedback: CellRef },
    /// The arguments object of an inlined call; the fields are its three slots, the context of mapped formals, and its elements.
    Arguments { function: FunctionRef, scope: Option<u32> },
    /// The arguments object of the function that is compiled; the fields are its three slots.
    FrameArguments { function: FunctionRef, scope: Option<u32> },
    /// The rest array of the function that is compiled; it has no fields.
    FrameRest { formals: u32 },
}

/// The field of an arguments object that has the context of its mapped formals.
pub(super) const ARGUMENTS_CONTEXT: usize = 3;

impl Class {
    /// The types of the object as a value.
    pub(super) const fn types(self) -> Types {
        match self {
            Class::Object { .. }
            | Class::Array
            | Class::Arguments { .. }
            | Class::FrameArguments { .. }
            | Class::FrameRest { .. } => Types::PLAIN,
            Class::Closure { .. } => Types::CALLABLE,
            Class::Context { .. } => Types::OTHER,
        }
    }

    /// The field at which the elements begin, if they are fields.
    pub(super) const fn elements(self) -> Option<usize> {
        match self {
            Class::Array => Some(0),
            Class::Arguments { .. } => Some(ARGUMENTS_CONTEXT + 1),
            _ => None,
        }
    }

    /// May it have out-of-line slots?
    pub(super) const fn has_slots(self) -> bool {
        matches!(self, Class::Object { .. } | Class::Arguments { .. } | Class::FrameArguments { .. })
    }

    /// The field of an out-of-line slot, if there are so many.
    pub(super) const fn slot(self, index: u32) -> Option<usize> {
        match self {
            Class::Object { inline } => Some((inline + index) as usize),
            // The accessor that unmapped ones have as `callee` is made with them.
            Class::Arguments { scope, .. } | Class::FrameArguments { scope, .. }
                if index < 2 || (index == 2 && scope.is_some()) =>
            {
                Some(index as usize)
            }
            _ => None,
        }
    }

    /// Which field an access at a byte offset is of.
    pub(super) fn field(self, offset: u32, memory: MemoryClass, count: usize) -> Option<usize> {
        let slot = |start: usize, count: usize| {
            let distance = (offset as usize).checked_sub(start)?;
            (distance % 8 == 0 && distance / 8 < count).then_some(distance / 8)
        };
        match (self, memory) {
            (Class::Object { inline }, MemoryClass::Property) => {
                slot(ObjectHead::SIZE, count.min(inline as usize))
            }
            (Class::Context { .. }, MemoryClass::Immutable)
                if offset as usize == offset_of!(Context, previous) =>
            {
                Some(0)
            }
            (Class::Context { .. }, MemoryClass::Context) => {
                slot(Context::SLOTS_OFFSET, count - 1).map(|i| i + 1)
            }
            _ => None,
        }
    }
}

/// What is the same of a virtual object wherever it is.
#[derive(Clone, Debug)]
pub(super) struct Virtual {
    pub(super) class: Class,
    /// The allocation, or the phi that stands for objects that moved into it.
    pub(super) node: NodeId,
    pub(super) kind: Kind,
}

/// What stands for a virtual object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Its allocation.
    Made,
    /// A phi of the graph that stands for objects that moved into it.
    Phi,
    /// A phi of this attempt, for a field that differs where ways meet, with the objects that moved into it.
    Field(Vec<usize>),
}

/// A virtual object at a point of the code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fields {
    /// Its shape; contexts and closures have none here.
    pub(super) shape: Option<ShapeRef>,
    pub(super) values: Vec<NodeId>,
}

impl Fields {
    pub(super) fn captured(&self, class: Class) -> Captured {
        let shape = self.shape.unwrap_or(ShapeRef(0));
        match class {
            Class::Object { inline } => Captured::Object { shape, inline_slots: inline },
            Class::Array => Captured::Array { shape },
            Class::Context { function, scope } => {
                Captured::Context { function, scope, length: self.values.len() as u32 - 1 }
            }
            Class::Closure { template, feedback } => Captured::Closure { template, feedback },
            Class::Arguments { function, scope } => {
                Captured::Arguments(ArgumentsClass { shape, function, scope })
            }
            Class::FrameArguments { function, scope } => {
                Captured::FrameArguments(ArgumentsClass { shape, function, scope })
            }
            Class::FrameRest { formals } => Captured::FrameRest { shape, formals },
        }
    }
}

/// All virtual objects at a point, by number; none for those that are not made yet, or that have moved into a phi.
pub(super) type Memory = Vec<Option<Fields>>;
