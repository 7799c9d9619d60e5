//! Resumable functions: generators and async functions. An activation is suspended by a step of the interpreter, which saves the frame; where it is resumed in
//! code, it is entered as at a loop, and a switch leads to the place.

use std::mem::offset_of;

use unspool_bytecode::{ConstIndex, Constant, Instruction, RawInstruction, Register};
use unspool_runtime::cells::{GeneratorObject, ResumeMode};

use super::FunctionBuilder;
use super::jumps::{Validity, When};
use crate::graph::{Condition, Effects, FrameSlot, Helper, Memory, NodeId, Op, Step, TaggedTest, Terminator};

impl FunctionBuilder<'_, '_> {
    /// Suspending and being resumed.
    pub(super) fn resumable_instruction(&mut self, instruction: Instruction, raw: &RawInstruction) -> bool {
        use Instruction as I;
        match instruction {
            I::SuspendGenerator { .. } => self.suspend(raw),
            I::SwitchOnGeneratorState { generator, table } => {
                self.switch_on_generator_state(generator, table)
            }
            I::ResumeGenerator { .. } => self.resume_generator(),
            I::GetGeneratorResumeMode { generator } => {
                let mode = self.resume_mode(generator);
                self.set_acc(mode);
            }
            I::JumpIfResumeReturn { generator, target } => {
                self.throw_if_resume_throw(generator);
                let (mode, way) = (self.resume_mode(generator), ResumeMode::Return as i32);
                let way = self.int32(way);
                let condition = Condition::Equal;
                let returns = self.emit(Op::Int32Compare { condition }, &[mode, way]);
                self.branch(returns, When::True, target, Validity::Kept);
            }
            I::ThrowIfResumeThrow { generator } => self.throw_if_resume_throw(generator),
            _ => return false,
        }
        true
    }

    /// The switch to the place at which the activation is resumed; behind it where it begins.
    fn switch_on_generator_state(&mut self, register: Register, table: ConstIndex) {
        if self.sent.is_none() {
            return;
        }
        let code = std::sync::Arc::clone(&self.code);
        let Some(Constant::JumpTable(table)) = code.constant(table) else { return };
        let generator = self.register(register);
        let begins = self.test(generator, TaggedTest::Undefined);
        self.branch(begins, When::True, self.end, Validity::Kept);
        let offset = offset_of!(GeneratorObject, offset) as u32;
        let place = self.emit(Op::LoadInt32 { offset, memory: Memory::Internal }, &[generator]);
        let ways: Vec<u32> = table.targets.iter().map(|target| target.unwrap_or(self.end)).collect();
        self.switch(place, table.base, &ways, self.end);
    }

    /// Saves the frame and leaves; the interpreter resumes it.
    fn suspend(&mut self, raw: &RawInstruction) {
        let liveness = std::sync::Arc::clone(&self.liveness);
        let mut slots = vec![FrameSlot::Context];
        slots.extend((0..self.code.info.formal_count).map(FrameSlot::Argument));
        // The resumption stands directly behind.
        let live = liveness.after(raw.end());
        slots.extend(live.registers().filter_map(Register::as_local).map(FrameSlot::Register));
        let generator = self.code.new_target_or_generator.expect("verified: of a resumable function");
        let value = self.acc();
        let own = generator.to_operand(self.code.register_count);
        let generator = self.register(generator);
        let mut values = vec![self.tagged(generator), self.tagged(value)];
        values.extend(slots.iter().map(|slot| self.slot_value(*slot)));
        slots.splice(0..0, [FrameSlot::Register(own), FrameSlot::Accumulator]);
        let step = self.shared.graph.add_step(Step {
            function: self.function,
            offset: raw.offset,
            opcode: raw.opcode,
            inputs: slots,
            outputs: Vec::new(),
            reads_arguments: false,
        });
        let result = self.emit_inner_call(Op::GenericStep { step, effects: Effects::Call }, &values);
        self.finish_block(Terminator::Return(result));
    }

    /// How the activation was resumed: the number of a `ResumeMode`.
    fn resume_mode(&mut self, generator: Register) -> NodeId {
        let generator = self.register(generator);
        let generator = self.tagged(generator);
        let offset = offset_of!(GeneratorObject, resume_mode) as u32;
        self.emit(Op::LoadByte { offset, memory: Memory::Internal }, &[generator])
    }

    /// Throws what was sent in if it was sent to be thrown.
    fn throw_if_resume_throw(&mut self, generator: Register) {
        let (mode, way) = (self.resume_mode(generator), ResumeMode::Throw as i32);
        let way = self.int32(way);
        let throws = self.emit(Op::Int32Compare { condition: Condition::Equal }, &[mode, way]);
        let (yes, no) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(throws, yes, no));
        let environment = self.env().clone();
        (self.block, self.before) = (yes, None);
        self.throw(Helper::Throw);
        (self.block, self.environment, self.before) = (no, Some(environment), None);
    }
}
