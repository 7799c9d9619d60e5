//! Variables in contexts and of modules.
//!
//! The context of a constant closure is a constant, and so are those around it (`broker::contexts`). What is in them for good is a
//! constant; so is, with a dependency, what has not been assigned since it got its value. An assignment is noted in the context,
//! which needs an exit where code may rely on the slot: that code may be this one.

use std::mem::offset_of;

use unspool_runtime::cells::Context;

use super::FunctionBuilder;
use crate::broker::{ContextRef, DependencyRef, ModuleVariable, SlotValue};
use crate::graph::{DeoptReason, FrameSlot, Memory, NodeId, Op, TaggedConst};
use crate::log::DependencyKind;

/// What the instruction says of the slot that it reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// Nothing.
    None,
    /// It is never written again once it has a value.
    NeverWritten,
}

/// A context that is known, and what that relies on.
#[derive(Clone, Copy)]
struct Known {
    context: ContextRef,
    dependency: Option<DependencyRef>,
}

/// Where an access finds its context.
#[derive(Clone, Copy)]
struct Place {
    context: NodeId,
    known: Option<Known>,
}

impl FunctionBuilder<'_, '_> {
    /// The context `depth` hops out.
    fn context_at(&mut self, mut depth: u32) -> Place {
        let mut context = self.env().context;
        while depth > 0
            && let Op::AllocateContext { .. } = self.shared.graph.op(context)
        {
            (context, depth) = (self.shared.graph.inputs(context)[0], depth - 1);
        }
        if let Some(known) = self.known_context(context, depth) {
            // The closure's own context is in a register anyway.
            if depth > 0 {
                self.depend_on(known.dependency);
                context = self.cell(self.shared.snapshot.contexts[known.context.0 as usize].cell);
            }
            return Place { context, known: Some(known) };
        }
        let offset = offset_of!(Context, previous) as u32;
        for _ in 0..depth {
            context = self.emit(Op::LoadField { offset, memory: Memory::Immutable }, &[context]);
        }
        Place { context, known: None }
    }

    /// What is known of the context `depth` hops out of the one that a node is.
    fn known_context(&self, context: NodeId, depth: u32) -> Option<Known> {
        let graph = &self.shared.graph;
        let own = || {
            let (context, dependency) = self.shared.snapshot.own_context?;
            Some(Known { context, dependency: Some(dependency) })
        };
        let mut known = match *graph.op(context) {
            Op::LoadFunctionContext {} => {
                let closure = graph.inputs(context)[0];
                match (self.constant_of(closure), graph.op(closure)) {
                    (Some(TaggedConst::Cell(cell)), _) => {
                        let context = *self.shared.snapshot.contexts_of.get(&cell)?;
                        Some(Known { context, dependency: None })
                    }
                    (None, Op::ParameterCallee {} | Op::OsrValue { slot: FrameSlot::Closure }) => own(),
                    _ => None,
                }
            }
            // The frame's current context, which is the closure's in functions that make none.
            Op::OsrValue { slot: FrameSlot::Context } if !self.makes_contexts => own(),
            _ => None,
        }?;
        for _ in 0..depth {
            known.context = self.shared.snapshot.contexts[known.context.0 as usize].previous?;
        }
        Some(known)
    }

    fn depend_on(&mut self, dependency: Option<DependencyRef>) {
        self.depend(dependency.as_slice());
    }

    fn may_depend(&self, kind: DependencyKind) -> bool {
        let refused = &self.shared.snapshot.function(self.function).refused_dependencies;
        refused.is_empty() || !refused.contains(&(self.offset, kind))
    }

    pub(super) fn load_context_slot(&mut self, index: u32, depth: u32, promise: Promise) {
        let Place { context, known } = self.context_at(depth);
        if let Some(known) = known
            && let Some((value, dependency)) = self.known_slot(known.context, index, promise)
        {
            self.depend_on(known.dependency);
            self.depend_on(dependency);
            let value = self.constant(value);
            return self.set_acc(value);
        }
        let offset = Context::SLOTS_OFFSET as u32 + index * 8;
        let value = self.emit(Op::LoadField { offset, memory: Memory::Context }, &[context]);
        self.set_acc(value);
    }

    /// The value of a slot, and what that relies on.
    fn known_slot(
        &self,
        context: ContextRef,
        index: u32,
        promise: Promise,
    ) -> Option<(TaggedConst, Option<DependencyRef>)> {
        match *self.shared.snapshot.contexts[context.0 as usize].slots.get(&index)? {
            SlotValue::Final(value) => Some((value, None)),
            SlotValue::Once(value, _) | SlotValue::Assigned(value) if promise == Promise::NeverWritten => {
                Some((value, None))
            }
            SlotValue::Once(value, dependency) if self.may_depend(DependencyKind::ContextSlot) => {
                Some((value, Some(dependency)))
            }
            SlotValue::Once(..) | SlotValue::Assigned(_) | SlotValue::Unset => None,
        }
    }

    /// Assigns the accumulator to a slot; tells whether there is a way to.
    pub(super) fn assign_context_slot(&mut self, index: u32, depth: u32) -> bool {
        if !self.allows(DeoptReason::ConstTrackingLet) {
            return false;
        }
        let Place { context, known } = self.context_at(depth);
        let slot = known.and_then(|known| {
            let slots = &self.shared.snapshot.contexts[known.context.0 as usize].slots;
            Some((known, *slots.get(&index)?))
        });
        match slot {
            // It has been noted.
            Some((known, SlotValue::Assigned(_))) => self.depend_on(known.dependency),
            _ => {
                self.emit_check(Op::NoteAssignment { slot: index }, &[context]);
            }
        }
        self.store_context_slot(context, index);
        true
    }

    /// Gives a slot its first value.
    pub(super) fn initialize_context_slot(&mut self, index: u32, depth: u32) {
        let Place { context, .. } = self.context_at(depth);
        self.store_context_slot(context, index);
    }

    fn store_context_slot(&mut self, context: NodeId, index: u32) {
        let value = self.acc();
        let value = self.refined(value);
        let barrier = self.barrier(value);
        let offset = Context::SLOTS_OFFSET as u32 + index * 8;
        self.emit(Op::StoreField { offset, memory: Memory::Context, barrier }, &[context, value]);
        self.before = None;
    }

    /// A variable of the module; tells whether there is a way to it.
    pub(super) fn load_module_variable(&mut self, index: u32, depth: u32) -> bool {
        let Some((known, variable)) = self.module_variable(index, depth) else { return false };
        self.depend_on(known.dependency);
        let value = match variable.value {
            Some((value, dependency)) if dependency.is_none() || self.may_depend(DependencyKind::Binding) => {
                self.depend_on(dependency);
                self.constant(value)
            }
            _ => self.load_binding(variable.cell),
        };
        self.set_acc(value);
        true
    }

    /// Assigns the accumulator to a variable of the module that has been assigned before; tells whether it is one.
    pub(super) fn assign_module_variable(&mut self, index: u32, depth: u32) -> bool {
        let Some((known, variable)) = self.module_variable(index, depth).filter(|(_, v)| v.is_assigned)
        else {
            return false;
        };
        self.depend_on(known.dependency);
        let value = self.acc();
        self.store_binding(variable.cell, value);
        self.before = None;
        true
    }

    fn module_variable(&mut self, index: u32, depth: u32) -> Option<(Known, ModuleVariable)> {
        let known = self.context_at(depth).known?;
        let variable = self.shared.snapshot.contexts[known.context.0 as usize].variables.get(&index)?;
        Some((known, *variable))
    }
}
