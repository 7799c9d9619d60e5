//! What each operation becomes: its family's function gets the values of its inputs and gives the value of its result.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use unspool_runtime::compiled::helpers;
use unspool_runtime::frame::{FrameHeader, HEADER_BYTES};

use super::Lowering;
use super::exits::hot;
use crate::graph::ops::{ControlOp, Family, SourceOp};
use crate::graph::{FrameSlot, FrameStateId, NodeId, Op, Repr, States, TaggedConst};
use crate::machine::code::CodeCell;

/// The machine type of a representation.
pub(super) fn machine_type(repr: Repr) -> ir::Type {
    match repr {
        Repr::Int32 | Repr::Uint32 => types::I32,
        Repr::Float64 => types::F64,
        Repr::Bool => types::I8,
        Repr::Tagged | Repr::Word | Repr::None => types::I64,
    }
}

/// A node, as the functions of the families get it.
#[derive(Clone, Copy)]
pub(super) struct Operands<'g> {
    pub(super) node: NodeId,
    pub(super) inputs: &'g [NodeId],
    pub(super) states: States,
    /// The values of the first inputs. Operations with more look them up themselves.
    first: [ir::Value; 4],
}

impl Operands<'_> {
    /// The value of an input.
    pub(super) fn value(&self, index: usize) -> ir::Value {
        self.first[index]
    }
    /// The state that an exit of the node resumes.
    pub(super) fn eager(&self) -> FrameStateId {
        self.states.eager.expect("the verifier demands a state")
    }
}

impl Lowering<'_, '_> {
    /// Lowers a node. `rest` are the nodes behind it in its block.
    pub(super) fn node(&mut self, node: NodeId, parameters: &[ir::Value], rest: &[NodeId]) {
        let graph = self.graph;
        let op = *graph.op(node);
        // What these name may have no value: what was thrown, and the fields of what is not made, may be left to exits.
        if let Op::CapturedObject { .. } | Op::Threw {} = op {
            return;
        }
        let inputs = graph.inputs(node);
        let mut first = [self.isolate(); 4];
        for (value, &input) in first.iter_mut().zip(inputs) {
            *value = self.value(input);
        }
        let n = Operands { node, inputs, states: graph.node(node).states, first };
        let result = match op.family() {
            Family::Source(op) => self.source_op(op, n, parameters),
            Family::Check(op) => self.check_op(op, n),
            Family::Conversion(op) => Some(self.conversion_op(op, n)),
            Family::Int32(op) => Some(self.int32_op(op, n)),
            Family::Float64(op) => Some(self.float64_op(op, n)),
            Family::Load(op) => Some(self.load_op(op, n)),
            Family::Store(op) => self.store_op(op, n),
            Family::Allocation(op) => self.allocation_op(op, n),
            Family::Call(op) => self.call_op(op, n, rest),
            Family::Control(op) => {
                self.control_op(op, n);
                None
            }
        };
        if result.is_some() {
            self.values[node.index()] = result;
        }
    }

    /// A constant, a parameter, or a place of the frame that is replaced; none for a block's parameter, which has its value.
    fn source_op(&mut self, op: SourceOp, n: Operands<'_>, parameters: &[ir::Value]) -> Option<ir::Value> {
        Some(match op {
            SourceOp::Phi { .. } => return None,
            SourceOp::ConstInt32 { value } => self.b.ins().iconst(types::I32, i64::from(value as u32)),
            SourceOp::ConstFloat64 { value } => self.b.ins().f64const(value.get()),
            SourceOp::ConstBool { value } => self.b.ins().iconst(types::I8, i64::from(value)),
            SourceOp::ConstTagged { value } => self.constant(value),
            SourceOp::ParameterCallee {} => self.entry.callee.expect("set at entry"),
            SourceOp::ParameterReceiver {} => self.entry.receiver.expect("set at entry"),
            SourceOp::ParameterFormal { index } => match (self.entry.argument_count, self.entry.arguments) {
                (Some(count), Some(arguments)) => self.observed_formal(count, arguments, index),
                _ => parameters[3 + index as usize],
            },
            SourceOp::ParameterNewTarget {} => match self.entry.new_target {
                Some(value) => value,
                None => self.undefined(),
            },
            SourceOp::ParameterArgumentCount {} => {
                let count = self.entry.argument_count.expect("an observing function");
                self.b.ins().ireduce(types::I32, count)
            }
            SourceOp::LoadArgument { first } => {
                let (_, arguments) = self.own_arguments();
                let address = self.element_address(arguments, n.value(0), 3);
                self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 8 * first as i32)
            }
            SourceOp::LoadArgumentOrUndefined { first } => {
                self.argument_or_undefined(n.value(0), first, n.eager())
            }
            SourceOp::OsrValue { slot } => self.osr_value(slot),
        })
    }

    /// A formal parameter of a function that gets the actual arguments: undefined beyond them.
    fn observed_formal(&mut self, count: ir::Value, arguments: ir::Value, index: u32) -> ir::Value {
        let (present, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let passed = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, count, i64::from(index));
        let undefined = self.undefined();
        self.b.ins().brif(passed, present, &[], done, &[undefined.into()]);
        self.b.switch_to_block(present);
        let value = self.b.ins().load(types::I64, MemFlagsData::trusted(), arguments, 8 * index as i32);
        self.b.ins().jump(done, &[value.into()]);
        self.b.switch_to_block(done);
        result
    }

    /// A place where the runtime may interrupt the code.
    fn control_op(&mut self, op: ControlOp, n: Operands<'_>) {
        match op {
            ControlOp::StackCheck {} => self.stack_check(n.states),
            ControlOp::LoopInterruptCheck {} => {
                let wanted = self.load_isolate(types::I32, hot!(interrupts));
                self.interrupt_check(wanted, helpers::loop_interrupt as *const () as u64, &[], n.states);
            }
        }
    }

    /// The check at entry: of both stacks, of the code's budget, of requested interrupts.
    fn stack_check(&mut self, states: States) {
        let pointer = self.b.ins().get_stack_pointer(types::I64);
        let limit = self.load_isolate(types::I64, hot!(native_limit));
        let low = self.b.ins().icmp(IntCC::UnsignedLessThan, pointer, limit);
        let top = self.load_isolate(types::I64, hot!(stack_top));
        let limit = self.load_isolate(types::I64, hot!(stack_limit));
        // An exit writes the actual arguments to the isolate's stack; its reserve is for the frames.
        let words = match self.entry.argument_count {
            Some(count) => count,
            None => self.word(0),
        };
        let limit = match self.entry.argument_count {
            Some(count) => {
                let bytes = self.b.ins().ishl_imm_s(count, 3);
                self.b.ins().iadd(limit, bytes)
            }
            None => limit,
        };
        let full = self.b.ins().icmp(IntCC::UnsignedLessThan, top, limit);
        let mut wanted = self.b.ins().bor(low, full);
        if let Some(charge) = self.environment.charge {
            let used_up = self.charge_budget(charge);
            wanted = self.b.ins().bor(wanted, used_up);
        }
        self.interrupt_check(wanted, helpers::stack_check as *const () as u64, &[words], states);
    }

    /// Charges the code's budget; gives whether it is used up.
    fn charge_budget(&mut self, bytes: i32) -> ir::Value {
        let offset = offset_of!(CodeCell, budget) as u64;
        let address = self.word(self.environment.code_cell + offset);
        let budget = self.b.ins().load(types::I32, MemFlagsData::trusted(), address, 0);
        let budget = self.b.ins().iadd_imm_s(budget, -i64::from(bytes));
        self.b.ins().store(MemFlagsData::trusted(), budget, address, 0);
        self.b.ins().icmp_imm_s(IntCC::SignedLessThan, budget, 0)
    }

    /// The value of a place in the frame that is replaced.
    fn osr_value(&mut self, slot: FrameSlot) -> ir::Value {
        let frame = self.entry.frame.expect("a graph for on-stack replacement");
        // What the activation was resumed with.
        let Some(offset) = self.frame_offset(slot) else {
            return self.load_isolate(types::I64, hot!(result));
        };
        let value = self.b.ins().load(types::I64, MemFlagsData::trusted(), frame, offset);
        if slot != FrameSlot::Context {
            return value;
        }
        let missing = self.b.ins().icmp_imm_s(IntCC::Equal, value, 0);
        let undefined = self.undefined();
        self.b.ins().select(missing, undefined, value)
    }

    /// The offset of a place from the frame pointer of the interpreter's frame; the accumulator has none.
    pub(super) fn frame_offset(&self, slot: FrameSlot) -> Option<i32> {
        let receiver = self.environment.functions[0].code.register_count as i32;
        let header = |offset: usize| offset as i32 - HEADER_BYTES as i32;
        Some(match slot {
            FrameSlot::Closure => header(offset_of!(FrameHeader, function)),
            FrameSlot::Context => header(offset_of!(FrameHeader, context)),
            FrameSlot::Receiver => 8 * receiver,
            FrameSlot::Argument(index) => 8 * (receiver + 1 + index as i32),
            FrameSlot::Register(index) => 8 * index as i32,
            FrameSlot::Accumulator => return None,
        })
    }

    /// A constant. A cell is embedded in the code.
    pub(super) fn constant(&mut self, constant: TaggedConst) -> ir::Value {
        let bits = match constant {
            TaggedConst::Bits(bits) => bits,
            TaggedConst::Cell(cell) => self.cell(cell),
        };
        self.word(bits)
    }
}
