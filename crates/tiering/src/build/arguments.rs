//! Arguments objects and rest arrays: what makes them, and calls with them.
//!
//! `f.apply(this, arguments)` and `f(...rest)` are calls with the arguments that the object was made of, as long as nothing can have
//! changed it: what the code built so far does with it is looked at when it is used so (an exit leaves the code, so frame states do not
//! count). Objects made outside of the loop that the call is in are not taken, because the rest of the loop is not built yet.

use std::collections::HashSet;

use unspool_bytecode::{Opcode, OperandKind, RawInstruction, Register, SlotIndex};
use unspool_runtime::cells::Context;
use unspool_runtime::native::KnownNative;
use unspool_values::CellKind;

use super::FunctionBuilder;
use crate::graph::{BlockId, CellRef, DeoptReason, FunctionRef, Memory, NodeId, Op, TaggedConst, TaggedTest};
use crate::passes::edit::{is_refinement, root};

/// What an arguments object or array was made of.
#[derive(Clone, Debug)]
pub(super) struct List {
    elements: Elements,
    /// Iterating over it is the program's affair only by way of the array prototype.
    is_array: bool,
    /// The loops around.
    loops: Vec<BlockId>,
}

#[derive(Clone, Debug)]
enum Elements {
    /// These values; of mapped ones the context and the slot.
    Values(Vec<Element>),
    /// The arguments of the activation from this one on.
    Activation(u32),
}

#[derive(Clone, Copy, Debug)]
enum Element {
    Value(NodeId),
    Slot(NodeId, u32),
}

/// The arguments of a call.
enum Passed {
    Values(Vec<NodeId>),
    /// Those of the activation from this one on.
    Activation(u32),
}

impl FunctionBuilder<'_, '_> {
    /// Makes the object, into the accumulator.
    pub(super) fn create_arguments(&mut self, raw: &RawInstruction) {
        let list = self.list(raw);
        self.generic_step(raw);
        if self.environment.is_none() {
            return;
        }
        let function = self.shared.snapshot.function(self.function);
        let Some(shapes) = function.arguments else { return };
        let shape = match raw.opcode {
            Opcode::CreateMappedArguments => shapes.mapped,
            Opcode::CreateUnmappedArguments => shapes.unmapped,
            _ => function.empty_array,
        };
        let object = self.acc();
        self.new_object(object, shape);
        if let Some(list) = list {
            self.shared.lists.insert(object, list);
        }
    }

    fn list(&mut self, raw: &RawInstruction) -> Option<List> {
        let formals = self.code.info.formal_count;
        let is_rest = raw.opcode == Opcode::CreateRestParameter;
        let first = if is_rest { formals } else { 0 };
        let scope = raw.first_of(OperandKind::Const).filter(|_| raw.opcode == Opcode::CreateMappedArguments);
        let mapped = |index: u32| {
            scope.and_then(|scope| {
                crate::passes::Facts::mapped_formal(self.shared.snapshot, self.function, scope, index)
            })
        };
        let elements = if self.function == FunctionRef(0) {
            if self.resumes || (0..formals).any(|index| mapped(index).is_some()) {
                return None;
            }
            Elements::Activation(first)
        } else {
            let count = self.caller.argument_count?;
            let slots: Vec<Option<u32>> = (first..count).map(mapped).collect();
            let context = self.env().context;
            let elements = slots.into_iter().zip(first..).map(|(slot, index)| match slot {
                Some(slot) => Element::Slot(context, slot),
                None => {
                    let value = match index.checked_sub(formals) {
                        None => self.register(Register::parameter(index)),
                        Some(extra) => self.extra[extra as usize],
                    };
                    Element::Value(self.refined(value))
                }
            });
            Elements::Values(elements.collect())
        };
        Some(List { elements, is_array: is_rest, loops: self.shared.loops.clone() })
    }

    /// The values that a call with the elements of `object` passes, if they are known.
    fn elements_of(&mut self, object: NodeId, needs_array: bool) -> Option<Passed> {
        let made = root(&self.shared.graph, object);
        let list = self.shared.lists.get(&made)?;
        if (needs_array && !list.is_array) || list.loops != self.shared.loops || !self.is_untouched(made) {
            return None;
        }
        Some(match list.elements.clone() {
            Elements::Activation(first) => Passed::Activation(first),
            Elements::Values(elements) => {
                let value = |element| match element {
                    Element::Value(value) => value,
                    Element::Slot(context, slot) => {
                        let offset = Context::SLOTS_OFFSET as u32 + slot * 8;
                        self.emit(Op::LoadField { offset, memory: Memory::Context }, &[context])
                    }
                };
                Passed::Values(elements.into_iter().map(value).collect())
            }
        })
    }

    /// Has the code built so far only read the object?
    fn is_untouched(&self, made: NodeId) -> bool {
        let graph = &self.shared.graph;
        let (mut same, mut pointers) = (HashSet::from([made]), HashSet::new());
        // All but phis have their inputs in front of them; phis get theirs by jumps.
        for node in (made.0 + 1..graph.node_count() as u32).map(NodeId) {
            let (op, inputs) = (graph.op(node), graph.inputs(node));
            if inputs.iter().any(|input| pointers.contains(input)) {
                let reads = matches!(
                    op,
                    Op::LoadElement {}
                        | Op::LoadElementOrUndefined {}
                        | Op::LoadElementsLength {}
                        | Op::LoadSlot { .. }
                );
                if !reads {
                    return false;
                }
            }
            if inputs.iter().any(|input| same.contains(input)) {
                match op {
                    op if is_refinement(op) => {
                        same.insert(node);
                    }
                    Op::LoadPointer { .. } => {
                        pointers.insert(node);
                    }
                    Op::LoadField { .. }
                    | Op::LoadUint32 { .. }
                    | Op::TestShape { .. }
                    | Op::TestTagged { .. }
                    | Op::TaggedEqual {}
                    | Op::Threw {}
                    | Op::ToBoolean {} => {}
                    _ => return false,
                }
            }
        }
        (0..graph.block_count() as u32)
            .map(BlockId)
            .all(|block| graph.block(block).terminator.inputs().iter().all(|input| !same.contains(input)))
    }

    // ---- calls ---------------------------------------------------------------------------------------------------------

    /// `function.call(…)` and `function.apply(receiver, list)` as a call of `function`, into the accumulator. Tells whether it could be
    /// done; nothing was emitted otherwise.
    pub(super) fn call_applied(
        &mut self,
        callee: NodeId,
        cell: CellRef,
        known: KnownNative,
        function: NodeId,
        arguments: &[NodeId],
    ) -> bool {
        let undefined = self.constant(TaggedConst::UNDEFINED);
        let behind_checks = root(&self.shared.graph, function);
        let function = if self.constant_of(behind_checks).is_some() { behind_checks } else { function };
        let receiver = arguments.first().copied().unwrap_or(undefined);
        let passed = match known {
            KnownNative::FunctionCall => Passed::Values(arguments.get(1..).unwrap_or_default().to_vec()),
            KnownNative::FunctionApply => match arguments.get(1).copied() {
                None => Passed::Values(Vec::new()),
                Some(list)
                    if matches!(self.constant_of(list), Some(TaggedConst::UNDEFINED | TaggedConst::NULL)) =>
                {
                    Passed::Values(Vec::new())
                }
                Some(list) => match self.elements_of(list, false) {
                    Some(passed) => passed,
                    None => return false,
                },
            },
            _ => return false,
        };
        self.check_cell(callee, cell, DeoptReason::WrongCallTarget);
        if !self.is_known_function(function) {
            let is_callable = self.test(function, TaggedTest::Callable);
            self.emit_check(Op::CheckCondition { reason: DeoptReason::WrongCallTarget }, &[is_callable]);
        }
        self.call_passing(function, receiver, passed);
        true
    }

    fn is_known_function(&self, function: NodeId) -> bool {
        self.known_closure(function).is_some()
            || matches!(self.constant_of(function), Some(TaggedConst::Cell(cell))
                if matches!(self.cell_info(cell).kind, CellKind::Function | CellKind::NativeFunction))
    }

    fn call_passing(&mut self, function: NodeId, receiver: NodeId, passed: Passed) {
        match passed {
            Passed::Activation(first) => {
                let result = self.emit_call(Op::CallWithArguments { first }, &[function, receiver]);
                self.set_acc(result);
            }
            Passed::Values(values) => {
                let target = match self.constant_of(function) {
                    Some(TaggedConst::Cell(cell)) => {
                        self.shared.snapshot.closures_by_cell.get(&cell).copied()
                    }
                    _ => self.known_closure(function),
                };
                let target = target.filter(|target| {
                    let info = self.shared.snapshot.target_info(*target);
                    !info.is_class_constructor && !info.is_resumable
                });
                if let Some(target) = target {
                    return self.call_target(function, receiver, &values, target);
                }
                let inputs: Vec<NodeId> = [function, receiver].into_iter().chain(values).collect();
                let result = self.emit_call(Op::Call {}, &inputs);
                self.set_acc(result);
            }
        }
    }

    /// The list that spreading the accumulator gives, if that is the array itself.
    pub(super) fn prepare_spread(&mut self) -> bool {
        let snapshot = self.shared.snapshot;
        let Some(iteration) = &snapshot.function(self.function).array_iteration else { return false };
        let value = self.acc();
        if self.elements_of(value, true).is_none() {
            return false;
        }
        self.depend(iteration);
        true
    }

    /// `callee(…, ...list)`, where what the list has is known. `arguments` begin with the receiver.
    pub(super) fn call_with_spread(
        &mut self,
        callee: Register,
        arguments: &[NodeId],
        slot: SlotIndex,
    ) -> bool {
        let [receiver, fixed @ .., list] = arguments else { return false };
        match self.elements_of(*list, true) {
            Some(Passed::Values(values)) => {
                let all: Vec<NodeId> = fixed.iter().copied().chain(values).collect();
                self.call(callee, *receiver, &all, slot);
                true
            }
            Some(Passed::Activation(first)) if fixed.is_empty() => {
                let callee = self.register(callee);
                let (callee, receiver) = (self.refined(callee), self.refined(*receiver));
                self.call_passing(callee, receiver, Passed::Activation(first));
                true
            }
            _ => false,
        }
    }

    /// `new constructor(…, ...list)`, where what the list has is known.
    pub(super) fn construct_with_spread(
        &mut self,
        constructor: Register,
        arguments: &[NodeId],
        slot: SlotIndex,
    ) -> bool {
        let [fixed @ .., list] = arguments else { return false };
        let Some(Passed::Values(values)) = self.elements_of(*list, true) else { return false };
        let all: Vec<NodeId> = fixed.iter().copied().chain(values).collect();
        self.construct(constructor, &all, slot);
        true
    }
}
