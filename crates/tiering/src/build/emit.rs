//! Nodes, conversions and frame states.
//!
//! Everything that translates an instruction puts nodes into the current block by these functions: with the eager state of the instruction where the node may leave, with the
//! lazy one where it calls. A conversion (`to_int32`, `tagged` …) gives a node in another representation, taken from the facts if it was computed before; the check
//! that it may need is then a fact too. What is dead or folded is left to the passes, except where the builder itself asks for constants.

use unspool_bytecode::Register;
use unspool_runtime::feedback::BinaryFeedback;

use super::environment::Environment;
use super::{FunctionBuilder, Shared};
use crate::broker::{CellInfo, DependencyRef, SlotPlan};
use crate::graph::{
    CellRef, Condition, DeoptReason, Effects, F64Bits, FrameState, FrameStateId, Helper, NodeId, Op, Repr,
    ResultLocation, StateKind, States, TaggedConst, TaggedTest, Terminator,
};
use crate::graph::{Types, companions};

/// What an operation on numbers takes without leaving the code: what its operands have been.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Tagged int32s.
    Int32s,
    /// Numbers of either form.
    Numbers,
    /// Numbers, undefined, null and booleans.
    NumbersAndOddballs,
}

impl Accepted {
    /// By the bits of `BinaryFeedback`.
    pub(super) fn of(bits: u8) -> Accepted {
        match bits & BinaryFeedback::ODDBALL {
            0 => Accepted::Numbers,
            _ => Accepted::NumbersAndOddballs,
        }
    }
}

impl<'s> FunctionBuilder<'_, 's> {
    // ---- the environment -----------------------------------------------------------------------------------------------

    pub(super) fn env(&self) -> &Environment {
        self.environment.as_ref().expect("a reachable instruction")
    }

    pub(super) fn env_mut(&mut self) -> &mut Environment {
        self.environment.as_mut().expect("a reachable instruction")
    }

    pub(super) fn register(&mut self, register: Register) -> NodeId {
        let index = register.to_operand(self.code.register_count) as usize;
        match self.env().registers[index] {
            Some(node) => node,
            // Dead by liveness, so nobody looks at it.
            None => self.constant(TaggedConst::UNDEFINED),
        }
    }

    pub(super) fn set_register(&mut self, register: Register, value: NodeId) {
        let index = register.to_operand(self.code.register_count) as usize;
        self.env_mut().registers[index] = Some(value);
    }

    pub(super) fn acc(&mut self) -> NodeId {
        match self.env().accumulator {
            Some(node) => node,
            None => self.constant(TaggedConst::UNDEFINED),
        }
    }

    pub(super) fn set_acc(&mut self, value: NodeId) {
        self.env_mut().accumulator = Some(value);
    }

    pub(super) fn plan(&self, slot: unspool_bytecode::SlotIndex) -> &'s SlotPlan {
        static OPAQUE: SlotPlan = SlotPlan::Opaque;
        self.shared.snapshot.function(self.function).slots.get(slot.index()).unwrap_or(&OPAQUE)
    }

    pub(super) fn cell_info(&self, cell: CellRef) -> &'s CellInfo {
        self.shared.snapshot.cell_info(cell)
    }

    /// May the code bet at the instruction against `reason`, and against what the checks for it also exit for?
    pub(super) fn allows(&self, reason: DeoptReason) -> bool {
        let allows = |reason| self.shared.snapshot.allows(self.function, self.offset, reason);
        allows(reason) && companions(reason).iter().all(|&reason| allows(reason))
    }

    pub(super) fn depend(&mut self, dependencies: &[DependencyRef]) {
        for &dependency in dependencies {
            self.shared.dependencies.entry(dependency).or_default().insert((self.function, self.offset));
        }
    }

    // ---- nodes ---------------------------------------------------------------------------------------------------------

    /// A node without states.
    pub(super) fn emit(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        debug_assert!(
            !op.effects().is_call() && !op.effects().contains(Effects::CanExit),
            "{op:?} needs states"
        );
        self.shared.graph.add(self.block, op, inputs, States::NONE)
    }

    /// A node that may leave before the instruction.
    pub(super) fn emit_check(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let state = self.eager_state();
        self.shared.graph.add(self.block, op, inputs, States::eager(state))
    }

    /// A call whose result is the instruction's, in the accumulator.
    pub(super) fn emit_call(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        self.emit_call_to(op, inputs, ResultLocation::Accumulator)
    }

    /// A call whose result is the instruction's.
    pub(super) fn emit_call_to(&mut self, op: Op, inputs: &[NodeId], result: ResultLocation) -> NodeId {
        if !op.effects().is_call() {
            return self.emit(op, inputs);
        }
        let state = self.lazy_state(result);
        let node = self.shared.graph.add(self.block, op, inputs, States::lazy(state));
        self.after_effects(op.effects());
        self.catch_exception(node, None);
        node
    }

    /// A call in the middle of an instruction, behind which [`FunctionBuilder::check_valid`] must come.
    pub(super) fn emit_inner_call(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        if !op.effects().is_call() {
            return self.emit(op, inputs);
        }
        let node = self.emit_uncaught(op, inputs);
        self.catch_exception(node, None);
        node
    }

    /// As `emit_inner_call`; [`FunctionBuilder::catch_exception`] is still to be called.
    pub(super) fn emit_uncaught(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let state = self.catch_state();
        let states = States { catch: Some(state), ..States::NONE };
        let node = self.shared.graph.add(self.block, op, inputs, states);
        self.after_effects(op.effects());
        node
    }

    pub(super) fn after_effects(&mut self, effects: Effects) {
        // A definition runs nothing, but gives its object another shape.
        if effects.intersects(Effects::RunsJs.union(Effects::Writes)) {
            self.env_mut().forget_shapes();
            self.before = None;
        }
    }

    /// Ends the block with an exit before the instruction; nothing follows.
    pub(super) fn deopt(&mut self, reason: DeoptReason) {
        let state = self.eager_state();
        self.finish_block(Terminator::Deopt(reason, state));
    }

    /// Ends the block; nothing follows.
    pub(super) fn finish_block(&mut self, terminator: Terminator) {
        self.shared.graph.terminate(self.block, terminator);
        self.environment = None;
    }

    pub(super) fn int32(&mut self, value: i32) -> NodeId {
        self.shared.constant(Op::ConstInt32 { value })
    }

    pub(super) fn boolean(&mut self, value: bool) -> NodeId {
        self.shared.constant(Op::ConstBool { value })
    }

    pub(super) fn cell(&mut self, cell: CellRef) -> NodeId {
        self.constant(TaggedConst::Cell(cell))
    }

    pub(super) fn helper(&mut self, helper: Helper, inputs: &[NodeId]) -> NodeId {
        self.emit_call(Op::CallHelper { helper }, inputs)
    }

    // ---- what is known -------------------------------------------------------------------------------------------------

    pub(super) fn types(&self, node: NodeId) -> Types {
        let mut types = Types::of_node(&self.shared.graph, node).and(self.env().fact(node).types);
        if let Op::ConstTagged { value: TaggedConst::Cell(cell) } = *self.shared.graph.op(node) {
            use unspool_values::CellKind;
            types = types.and(match self.cell_info(cell).kind {
                CellKind::String => Types::STRING,
                CellKind::Symbol => Types::SYMBOL,
                CellKind::BigInt => Types::BIGINT,
                kind if kind >= CellKind::FIRST_OBJECT => Types::OBJECT,
                _ => Types::ANY,
            });
        }
        types
    }

    /// The constant that a node is.
    pub(super) fn constant_of(&self, node: NodeId) -> Option<TaggedConst> {
        match *self.shared.graph.op(node) {
            Op::ConstTagged { value } => Some(value),
            Op::ConstInt32 { value } => Some(TaggedConst::int32(value)),
            Op::ConstBool { value } => Some(TaggedConst::bool(value)),
            _ => None,
        }
    }

    /// The tagged value to use for a node: behind the latest check of it.
    pub(super) fn refined(&mut self, node: NodeId) -> NodeId {
        let tagged = self.tagged(node);
        self.env().fact(tagged).refined.unwrap_or(tagged)
    }

    // ---- conversions ---------------------------------------------------------------------------------------------------

    pub(super) fn tagged(&mut self, node: NodeId) -> NodeId {
        if self.shared.graph.repr(node) == Repr::Tagged {
            return node;
        }
        if let Some(tagged) = self.env().fact(node).tagged {
            return tagged;
        }
        let tagged = self.shared.tag_in(self.block, node);
        self.env_mut().fact_mut(node).tagged = Some(tagged);
        match self.shared.graph.repr(node) {
            Repr::Int32 => self.env_mut().fact_mut(tagged).int32 = Some(node),
            Repr::Float64 => self.env_mut().fact_mut(tagged).float64 = Some(node),
            _ => {}
        }
        tagged
    }

    /// The value as an int32; exits if it is none.
    pub(super) fn to_int32(&mut self, node: NodeId) -> NodeId {
        match self.shared.graph.repr(node) {
            Repr::Int32 => return node,
            Repr::Uint32 => return self.convert_int32(node, Op::CheckUint32IsInt32 {}),
            Repr::Float64 => return self.convert_int32(node, Op::CheckFloat64IsInt32 {}),
            _ => {}
        }
        if let Some(value) = self.constant_of(node).and_then(TaggedConst::to_int32) {
            return self.int32(value);
        }
        let tagged = self.tagged(node);
        let fact = self.env().fact(tagged);
        if let Some(int32) = fact.int32 {
            return int32;
        }
        if self.types(tagged).is(Types::INT32) {
            let int32 = self.emit(Op::UntagInt32 {}, &[tagged]);
            self.env_mut().fact_mut(tagged).int32 = Some(int32);
            return int32;
        }
        if let Some(double) = fact.float64 {
            return self.convert_int32(double, Op::CheckFloat64IsInt32 {});
        }
        self.convert_int32(tagged, Op::CheckInt32 {})
    }

    fn convert_int32(&mut self, node: NodeId, check: Op) -> NodeId {
        if let Some(int32) = self.env().fact(node).int32 {
            return int32;
        }
        let int32 = self.emit_check(check, &[node]);
        let is_tagged = self.shared.graph.repr(node) == Repr::Tagged;
        let fact = self.env_mut().fact_mut(node);
        fact.int32 = Some(int32);
        if is_tagged {
            fact.types = fact.types.and(Types::INT32);
            self.env_mut().fact_mut(int32).tagged = Some(node);
        }
        int32
    }

    /// The number as a double; exits for what is not accepted. (Where all are int32s, a double is as good.)
    pub(super) fn to_float64(&mut self, node: NodeId, accepted: Accepted) -> NodeId {
        match self.shared.graph.repr(node) {
            Repr::Float64 => return node,
            Repr::Int32 => return self.int32_to_float64(node),
            Repr::Uint32 => return self.emit(Op::Uint32ToFloat64 {}, &[node]),
            _ => {}
        }
        if let Some(value) = self.constant_of(node).and_then(TaggedConst::number) {
            return self.shared.constant(Op::ConstFloat64 { value: F64Bits::new(value) });
        }
        let tagged = self.tagged(node);
        let fact = self.env().fact(tagged);
        if let Some(float64) = fact.float64 {
            return float64;
        }
        if let Some(int32) = fact.int32 {
            return self.int32_to_float64(int32);
        }
        let is_number = self.types(tagged).is(Types::NUMBER);
        let float64 = if is_number {
            self.emit(Op::UntagFloat64 {}, &[tagged])
        } else if accepted == Accepted::NumbersAndOddballs {
            return self.emit_check(Op::CheckNumberOrOddball {}, &[tagged]);
        } else {
            self.emit_check(Op::CheckFloat64 {}, &[tagged])
        };
        let fact = self.env_mut().fact_mut(tagged);
        fact.float64 = Some(float64);
        fact.types = fact.types.and(Types::NUMBER);
        float64
    }

    fn int32_to_float64(&mut self, node: NodeId) -> NodeId {
        if let Op::ConstInt32 { value } = *self.shared.graph.op(node) {
            return self.shared.constant(Op::ConstFloat64 { value: F64Bits::new(f64::from(value)) });
        }
        if let Some(float64) = self.env().fact(node).float64 {
            return float64;
        }
        let float64 = self.emit(Op::Int32ToFloat64 {}, &[node]);
        self.env_mut().fact_mut(node).float64 = Some(float64);
        float64
    }

    /// ToInt32 of a number; exits for what is not accepted.
    pub(super) fn to_truncated(&mut self, node: NodeId, accepted: Accepted) -> NodeId {
        match self.shared.graph.repr(node) {
            Repr::Int32 => return node,
            Repr::Uint32 => return self.emit(Op::Uint32AsInt32 {}, &[node]),
            Repr::Float64 => return self.emit(Op::TruncateFloat64 {}, &[node]),
            _ => {}
        }
        let tagged = self.tagged(node);
        if accepted == Accepted::Int32s
            || self.env().fact(tagged).int32.is_some()
            || self.types(tagged).is(Types::INT32)
        {
            return self.to_int32(tagged);
        }
        if let Some(value) = self.constant_of(tagged).and_then(TaggedConst::to_int32) {
            return self.int32(value);
        }
        let double = self.to_float64(tagged, accepted);
        self.emit(Op::TruncateFloat64 {}, &[double])
    }

    /// ToBoolean.
    pub(super) fn to_boolean(&mut self, node: NodeId) -> NodeId {
        match self.shared.graph.repr(node) {
            Repr::Bool => return node,
            Repr::Int32 => {
                let zero = self.int32(0);
                return self.emit(Op::Int32Compare { condition: Condition::NotEqual }, &[node, zero]);
            }
            Repr::Float64 => return self.emit(Op::Float64ToBoolean {}, &[node]),
            _ => {}
        }
        if let Some(value) = self.constant_of(node).and_then(TaggedConst::to_boolean) {
            return self.boolean(value);
        }
        let tagged = self.tagged(node);
        let fact = self.env().fact(tagged);
        if let Some(int32) = fact.int32 {
            return self.to_boolean(int32);
        }
        if self.types(tagged).is(Types::BOOLEAN) {
            return self.untag_boolean(tagged);
        }
        self.emit(Op::ToBoolean {}, &[tagged])
    }

    /// The truth of a value that is a boolean.
    pub(super) fn untag_boolean(&mut self, node: NodeId) -> NodeId {
        if self.shared.graph.repr(node) == Repr::Bool {
            return node;
        }
        if let Some(value) = self.constant_of(node).and_then(TaggedConst::to_boolean) {
            return self.boolean(value);
        }
        if let Op::TagBool {} = self.shared.graph.op(node) {
            return self.shared.graph.inputs(node)[0];
        }
        let tagged = self.tagged(node);
        self.emit(Op::UntagBool {}, &[tagged])
    }

    pub(super) fn not(&mut self, node: NodeId) -> NodeId {
        match *self.shared.graph.op(node) {
            Op::ConstBool { value } => self.boolean(!value),
            Op::BoolNot {} => self.shared.graph.inputs(node)[0],
            _ => self.emit(Op::BoolNot {}, &[node]),
        }
    }

    // ---- checks of types -----------------------------------------------------------------------------------------------

    /// The value as a tagged one of the types, by the check if that is not known.
    pub(super) fn check_type(&mut self, node: NodeId, types: Types, check: Op) -> NodeId {
        let value = self.refined(node);
        if self.types(value).is(types) || self.types(node).is(types) {
            return value;
        }
        let checked = self.emit_check(check, &[value]);
        let tagged = self.tagged(node);
        let known = self.env().fact(tagged).types.and(types);
        let fact = self.env_mut().fact_mut(tagged);
        fact.types = known;
        fact.refined = Some(checked);
        self.env_mut().fact_mut(checked).types = known;
        checked
    }

    /// A question about a tagged value, answered if it is known.
    pub(super) fn test(&mut self, node: NodeId, test: TaggedTest) -> NodeId {
        let types = self.types(node);
        let wanted = Types::of_test(test);
        if types.excludes(wanted) {
            return self.boolean(false);
        }
        if types.is(wanted) {
            return self.boolean(true);
        }
        let tagged = self.tagged(node);
        self.emit(Op::TestTagged { test }, &[tagged])
    }

    // ---- frame states --------------------------------------------------------------------------------------------------

    /// The state before the instruction.
    pub(super) fn eager_state(&mut self) -> FrameStateId {
        if let Some(state) = self.before {
            return state;
        }
        let state = self.state_before(self.offset);
        self.before = Some(state);
        state
    }

    /// The state before the instruction at an offset, with what is in the environment now.
    pub(super) fn state_before(&mut self, offset: u32) -> FrameStateId {
        self.make_state(offset, StateKind::Before, None)
    }

    /// The state after the instruction.
    pub(super) fn lazy_state(&mut self, result: ResultLocation) -> FrameStateId {
        let exclude = match result {
            ResultLocation::Register(register) => Some(register),
            _ => None,
        };
        self.make_state(self.offset, StateKind::After(result), exclude)
    }

    /// The state that a handler sees when the instruction throws.
    pub(super) fn catch_state(&mut self) -> FrameStateId {
        self.make_state(self.offset, StateKind::Catch, None)
    }

    pub(super) fn make_state(&mut self, offset: u32, kind: StateKind, exclude: Option<u32>) -> FrameStateId {
        let code = std::sync::Arc::clone(&self.code);
        let liveness = std::sync::Arc::clone(&self.liveness);
        let handler = code.handlers.lookup(offset);
        let count = code.register_count;
        let mut live = vec![false; count as usize];
        let mut accumulator_live = false;
        match kind {
            StateKind::Before => {
                let set = liveness.before(offset);
                set.registers().filter_map(Register::as_local).for_each(|r| live[r as usize] = true);
                accumulator_live = set.accumulator();
            }
            StateKind::After(result) => {
                let set = liveness.after(offset);
                set.registers().filter_map(Register::as_local).for_each(|r| live[r as usize] = true);
                accumulator_live = set.accumulator() && result != ResultLocation::Accumulator;
            }
            StateKind::Catch => {}
        }
        if kind != StateKind::Before
            && let Some(handler) = handler
        {
            let set = liveness.before(handler.handler);
            set.registers().filter_map(Register::as_local).for_each(|r| live[r as usize] = true);
            if let Some(context) = handler.context.as_local() {
                live[context as usize] = true;
            }
        }
        if let Some(generator) = self.generator_register().and_then(Register::as_local) {
            live[generator as usize] = true;
        }
        let env = self.environment.as_ref().expect("a reachable instruction");
        let registers = (0..count)
            .filter(|r| live[*r as usize] && exclude != Some(*r))
            .filter_map(|r| Some((r, env.registers[r as usize]?)))
            .collect();
        let rest: Vec<NodeId> =
            env.registers[count as usize..].iter().map(|v| v.expect("never dead")).collect();
        let state = FrameState {
            function: self.function,
            offset,
            kind,
            flavor: self.caller.flavor,
            has_handler: handler.is_some(),
            closure: self.closure,
            context: env.context,
            receiver: rest[0],
            arguments: rest[1..].iter().chain(&self.extra).copied().collect(),
            argument_count: self.caller.argument_count,
            registers,
            accumulator: env.accumulator.filter(|_| accumulator_live),
            outer: self.caller.outer,
        };
        self.shared.graph.add_state(state)
    }

    /// Leaves before the instruction at `offset` if the code has become invalid.
    pub(super) fn check_valid(&mut self, offset: u32) {
        let state = self.state_before(offset);
        self.shared.graph.add(self.block, Op::CheckValid {}, &[], States::eager(state));
    }
}

impl Shared<'_> {
    /// The tagged form of a node, at the end of a block.
    pub(super) fn tag_in(&mut self, block: crate::graph::BlockId, node: NodeId) -> NodeId {
        let op = match *self.graph.op(node) {
            Op::ConstInt32 { value } => {
                return self.constant(Op::ConstTagged { value: TaggedConst::int32(value) });
            }
            Op::ConstBool { value } => {
                return self.constant(Op::ConstTagged { value: TaggedConst::bool(value) });
            }
            Op::ConstFloat64 { value } => {
                let value = TaggedConst::Bits(unspool_values::Value::from_f64(value.get()).bits());
                return self.constant(Op::ConstTagged { value });
            }
            _ => match self.graph.repr(node) {
                Repr::Int32 => Op::TagInt32 {},
                Repr::Uint32 => Op::TagUint32 {},
                Repr::Float64 if self.doubles.contains(&node) => Op::TagDouble {},
                Repr::Float64 => Op::TagFloat64 {},
                Repr::Bool => Op::TagBool {},
                Repr::Tagged | Repr::None | Repr::Word => return node,
            },
        };
        self.graph.add(block, op, &[node], States::NONE)
    }
}
