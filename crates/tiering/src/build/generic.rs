//! Generic steps: instructions that the runtime executes one at a time, in a frame of their own.
//!
//! The fallback of every instruction, made from what the instruction table says of it: which registers it reads and writes, what
//! it does to the accumulator, its effects. The frame of the step has nothing but the step's inputs in it.

use unspool_bytecode::{Effects as E, Flow, Opcode, OperandKind, RawInstruction, Register};

use super::FunctionBuilder;
use super::jumps::Validity;
use crate::graph::{
    Effects, FrameSlot, NodeId, Op, ResultLocation, States, Step, Terminator, is_arguments_creation,
};

impl FunctionBuilder<'_, '_> {
    /// Is there a handler for what the instruction throws, in this function or one that it is inlined into?
    fn has_handler(&self) -> bool {
        if self.code.handlers.lookup(self.offset).is_some() {
            return true;
        }
        let mut outer = self.caller.outer;
        while let Some(id) = outer {
            let state = self.shared.graph.state(id);
            if state.has_handler {
                return true;
            }
            outer = state.outer;
        }
        false
    }

    /// Executes the instruction by a generic step.
    pub(super) fn generic_step(&mut self, raw: &RawInstruction) {
        let info = raw.opcode.info();
        let count = self.code.register_count;
        let slot_of = |operand: u32| match operand.checked_sub(count) {
            None => FrameSlot::Register(operand),
            Some(0) => FrameSlot::Receiver,
            Some(n) => FrameSlot::Argument(n - 1),
        };
        let mut inputs = vec![FrameSlot::Closure, FrameSlot::Context, FrameSlot::Receiver];
        let mut outputs: Vec<u32> = Vec::new();
        for (kind, fields) in raw.operands() {
            let read = match kind {
                OperandKind::RegRange => fields[1],
                kind => kind.registers_read(),
            };
            let written = match kind {
                OperandKind::RegRangeOut => fields[1],
                kind => kind.registers_written(),
            };
            inputs.extend((fields[0]..fields[0] + read).map(slot_of));
            outputs.extend(fields[0]..fields[0] + written);
        }
        if info.accumulator.reads() {
            inputs.push(FrameSlot::Accumulator);
        }
        // What is evaluated may look at any variable of the frame.
        if raw.opcode == Opcode::CallDirectEval {
            let registers = &self.env().registers[..count as usize];
            inputs.extend(
                registers.iter().zip(0..).filter(|(v, _)| v.is_some()).map(|(_, r)| FrameSlot::Register(r)),
            );
        }
        let reads_arguments = matches!(
            raw.opcode,
            Opcode::CreateMappedArguments
                | Opcode::CreateUnmappedArguments
                | Opcode::CreateRestParameter
                | Opcode::ConstructForwardAllArgs
                | Opcode::CreateGeneratorObject
                | Opcode::CallDirectEval
        ) || (raw.opcode == Opcode::CallIntrinsic
            && self.code.info.observes_actual_arguments());
        if is_arguments_creation(raw.opcode)
            && let Some(count) = self.caller.argument_count
        {
            inputs.extend((0..count).map(FrameSlot::Argument));
        }
        inputs[3..].sort_unstable();
        inputs.dedup();
        let mut seen_receiver = false;
        inputs.retain(|slot| *slot != FrameSlot::Receiver || !std::mem::replace(&mut seen_receiver, true));
        let values: Vec<NodeId> = inputs.iter().map(|slot| self.slot_value(*slot)).collect();

        let effects = effects_of(raw);
        let falls_only = info.flow == Flow::Next;
        let never_returns = info.flow == Flow::Throw;
        let writes_registers = !outputs.is_empty();
        let step = self.shared.graph.add_step(Step {
            function: self.function,
            offset: raw.offset,
            opcode: raw.opcode,
            inputs,
            outputs: outputs.clone(),
            reads_arguments,
        });
        let op = Op::GenericStep { step, effects };
        let node = if !effects.is_call() {
            self.shared.graph.add(self.block, op, &values, States::NONE)
        } else if never_returns || !falls_only {
            self.emit_uncaught(op, &values)
        } else {
            // The states come with the outputs, below; the node is made first so that they can name it.
            // An exception leaves before the outputs are there, which the lazy state names.
            let catch = (writes_registers && self.has_handler()).then(|| self.catch_state());
            let states = States { eager: None, lazy: None, catch };
            let node = self.shared.graph.add(self.block, op, &values, states);
            self.after_effects(effects);
            node
        };
        let before = effects.contains(Effects::Throws).then(|| self.env().clone());
        for (register, index) in outputs.iter().zip(0..) {
            let value = self.emit(Op::StepOutput { index }, &[node]);
            self.set_register(Register::from_operand(*register, count), value);
        }
        if info.accumulator.writes() {
            self.set_acc(node);
        } else if info.accumulator.clobbers() {
            self.env_mut().accumulator = None;
        }
        let branches = !never_returns && !falls_only;
        let outcome = branches.then(|| self.emit(Op::StepOutput { index: outputs.len() as u32 }, &[node]));
        if effects.is_call() && falls_only {
            let result = match (writes_registers, info.accumulator.writes()) {
                (false, true) => ResultLocation::Accumulator,
                _ => ResultLocation::Ignore,
            };
            let lazy = self.lazy_state(result);
            self.shared.graph.node_mut(node).states.lazy = Some(lazy);
        }
        self.catch_exception(node, before);
        if never_returns {
            return self.finish_block(Terminator::Unreachable);
        }
        if let Some(outcome) = outcome {
            self.generic_branch(raw, outcome, Validity::behind(effects));
        }
    }

    /// Behind the step of an instruction with jump operands: its last output says which was taken (0: none).
    fn generic_branch(&mut self, raw: &RawInstruction, outcome: NodeId, validity: Validity) {
        let outcome = self.emit(Op::UntagInt32 {}, &[outcome]);
        let targets: Vec<u32> = raw.jump_targets().collect();
        let blocks: Vec<_> = targets.iter().map(|_| self.new_block()).collect();
        let next = self.new_block();
        let terminator =
            Terminator::Switch { value: outcome, base: 1, targets: blocks.clone(), default: next };
        self.shared.graph.terminate(self.block, terminator);
        let environment = self.env().clone();
        for (block, target) in blocks.into_iter().zip(targets) {
            self.environment = Some(environment.clone());
            self.block = block;
            self.ensure_valid(validity, target);
            self.jump_to(target);
        }
        self.environment = Some(environment);
        self.block = next;
        self.before = None;
        self.ensure_valid(validity, self.end);
    }

    pub(super) fn slot_value(&mut self, slot: FrameSlot) -> NodeId {
        let node = match slot {
            FrameSlot::Closure => self.closure,
            FrameSlot::Context => self.env().context,
            FrameSlot::Receiver => self.register(Register::THIS),
            FrameSlot::Argument(index) => match index.checked_sub(self.code.info.formal_count) {
                None => self.register(Register::parameter(index)),
                Some(extra) => self.extra[extra as usize],
            },
            FrameSlot::Register(index) => self.register(Register::local(index)),
            FrameSlot::Accumulator => self.acc(),
        };
        self.tagged(node)
    }
}

/// The effects of an instruction as the optimizer reckons them.
fn effects_of(raw: &RawInstruction) -> Effects {
    let table = raw.opcode.info().effects;
    let rows = [
        (E::ReadHeap, Effects::Reads),
        // Any store may break an assumption.
        (E::WriteHeap, Effects::Writes.union(Effects::CanInvalidate).union(Effects::Throws)),
        (E::Allocates, Effects::CanGC.union(Effects::Throws)),
        (E::Throws, Effects::CanGC.union(Effects::CanInvalidate).union(Effects::Throws)),
        (E::RunsJs, Effects::Call),
    ];
    // What is pure for the interpreter may still read the frame: it is not shared.
    rows.iter()
        .filter(|(row, _)| table.contains(*row))
        .fold(Effects::Reads, |effects, (_, more)| effects.union(*more))
}
