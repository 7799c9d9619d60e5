//! One instruction.
//!
//! The instructions are translated by families. The function of a family says whether it had a plan for the instruction; for one that no family has a plan
//! for, the code has the interpreter execute it (`generic`). Jumps are in `jumps`, resumable functions in `resumable`.

use unspool_bytecode::{
    Constant, Instruction, RawInstruction, Register, RegisterRange, RuntimeId, SlotIndex,
};

use super::FunctionBuilder;
use super::arithmetic::{Binary, CallPlace, Comparison, Unary};
use super::context::Promise;
use super::jumps::When;
use crate::broker::SlotPlan;
use crate::graph::Types;
use crate::graph::{DeoptReason, Helper, NodeId, Op, Repr, TaggedConst, TaggedTest, Terminator};

impl FunctionBuilder<'_, '_> {
    /// Translates the instruction at the current offset.
    pub(super) fn instruction(&mut self, raw: &RawInstruction) {
        let planned = raw.typed(self.code.register_count).is_ok_and(|instruction| {
            self.move_instruction(instruction)
                || self.variable_instruction(instruction)
                || self.property_instruction(instruction)
                || self.arithmetic_instruction(instruction)
                || self.conversion_instruction(instruction)
                || self.comparison_instruction(instruction)
                || self.jump_instruction(instruction)
                || self.call_instruction(instruction)
                || self.construct_instruction(instruction, raw)
                || self.creation_instruction(instruction, raw)
                || self.iteration_instruction(instruction)
                || self.runtime_instruction(instruction)
                || self.leaving_instruction(instruction, raw)
                || self.resumable_instruction(instruction, raw)
        });
        if !planned {
            self.generic_step(raw);
        }
    }

    /// Loading the accumulator, moving registers.
    fn move_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::LdaZero {} => self.load(TaggedConst::int32(0)),
            I::LdaSmi { value } => self.load(TaggedConst::int32(value)),
            I::LdaUndefined {} => self.load(TaggedConst::UNDEFINED),
            I::LdaNull {} => self.load(TaggedConst::NULL),
            I::LdaTheHole {} => self.load(TaggedConst::HOLE),
            I::LdaTrue {} => self.load(TaggedConst::TRUE),
            I::LdaFalse {} => self.load(TaggedConst::FALSE),
            I::LdaConstant { constant } => {
                let value = self.shared.snapshot.function(self.function).constant(constant);
                self.load(value);
            }
            I::Ldar { src } => {
                let value = self.register(src);
                self.set_acc(value);
            }
            I::Star { dst } => {
                let value = self.acc();
                self.set_register(dst, value);
            }
            I::Mov { src, dst } => {
                let value = self.register(src);
                self.set_register(dst, value);
            }
            I::LdaFunction {} => self.set_acc(self.closure),
            I::LdaContext {} => self.set_acc(self.env().context),
            I::PushContext { dst } => {
                self.set_register(dst, self.env().context);
                let context = self.acc();
                let context = self.tagged(context);
                self.env_mut().context = context;
            }
            I::PopContext { context } => {
                let context = self.register(context);
                let context = self.tagged(context);
                self.env_mut().context = context;
            }
            _ => return false,
        }
        true
    }

    /// Globals, contexts, variables of modules.
    fn variable_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::LdaGlobal { slot, .. } | I::LdaGlobalInsideTypeof { slot, .. } => {
                return self.global_load(slot);
            }
            I::StaGlobal { slot, .. } => return self.global_store(slot),
            I::LdaContextSlot { index, depth } => self.load_context_slot(index, depth, Promise::None),
            I::LdaImmutableContextSlot { index, depth } => {
                self.load_context_slot(index, depth, Promise::NeverWritten);
            }
            I::LdaCurrentContextSlot { index } => self.load_context_slot(index, 0, Promise::None),
            I::LdaImmutableCurrentContextSlot { index } => {
                self.load_context_slot(index, 0, Promise::NeverWritten);
            }
            I::InitContextSlot { index, depth } => self.initialize_context_slot(index, depth),
            I::InitCurrentContextSlot { index } => self.initialize_context_slot(index, 0),
            I::StaContextSlot { index, depth } => return self.assign_context_slot(index, depth),
            I::StaCurrentContextSlot { index } => return self.assign_context_slot(index, 0),
            I::StaModuleVariable { cell, depth } => return self.assign_module_variable(cell, depth),
            I::LdaModuleVariable { cell, depth } => return self.load_module_variable(cell, depth),
            I::CreateBlockContext { scope } | I::CreateFunctionContext { scope } => {
                let Some(Constant::Scope(info)) = self.code.constant(scope) else { return false };
                let length = info.slots.len() as u32;
                let previous = self.env().context;
                let op = Op::AllocateContext { function: self.function, scope: scope.0, length };
                let context = self.emit(op, &[previous]);
                self.set_acc(context);
            }
            I::CloneContext {} => {
                let context = self.env().context;
                let copy = self.emit(Op::CallHelper { helper: Helper::CloneContext }, &[context]);
                self.set_acc(copy);
            }
            _ => return false,
        }
        true
    }

    /// New closures, objects, arrays, arguments.
    fn creation_instruction(&mut self, instruction: Instruction, raw: &RawInstruction) -> bool {
        use Instruction as I;
        match instruction {
            I::CreateClosure { function, slot } => {
                let SlotPlan::Closure(cell) = *self.plan(slot) else { return false };
                let template = self.shared.snapshot.function(self.function).constant(function);
                let (template, cell) = (self.constant(template), self.cell(cell));
                let inputs = [template, self.env().context, cell];
                let closure = self.emit(Op::CallHelper { helper: Helper::CreateClosure }, &inputs);
                self.set_acc(closure);
            }
            I::CreateEmptyObjectLiteral {} => {
                let (shape, inline_slots) = self.shared.snapshot.function(self.function).empty_object;
                let object = self.allocate_object(shape, inline_slots);
                self.set_acc(object);
            }
            I::CreateEmptyArrayLiteral { .. } => {
                let shape = self.shared.snapshot.function(self.function).empty_array;
                let array = self.emit(Op::AllocateArray { shape }, &[]);
                self.new_object(array, shape);
                self.set_acc(array);
            }
            I::CreateObjectLiteral { slot, .. } => {
                return self.literal(slot, DeoptReason::InsufficientTypeFeedbackForObjectLiteral);
            }
            I::CreateArrayLiteral { slot, .. } => {
                return self.literal(slot, DeoptReason::InsufficientTypeFeedbackForArrayLiteral);
            }
            I::CreateMappedArguments { .. } | I::CreateUnmappedArguments {} | I::CreateRestParameter {} => {
                self.create_arguments(raw);
            }
            I::StaInArrayLiteral { array, index, .. } => return self.literal_element(array, index),
            _ => return false,
        }
        true
    }

    /// Named, keyed and private properties.
    fn property_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::GetNamedProperty { object, name, slot } => {
                if !self.named_load(object, slot) {
                    self.generic_named_load(object, name);
                }
            }
            I::GetNamedPropertyFromSuper { slot, .. } => return self.super_load(slot),
            I::GetIteratorMethod { object, slot } => return self.named_load(object, slot),
            I::SetNamedProperty { object, name, slot } => {
                if !self.named_store(object, slot) {
                    self.generic_named_store(object, name, slot);
                }
            }
            I::DefineNamedOwnProperty { object, slot, .. } | I::DefineNamedField { object, slot, .. } => {
                return self.named_store(object, slot);
            }
            I::GetKeyedProperty { object, slot } => {
                let key = self.acc();
                self.keyed_load(object, key, slot);
            }
            I::GetKeyedPropertyForUpdate { object, key, slot } => {
                return self.keyed_load_for_update(object, key, slot);
            }
            I::GetPrivateProperty { object, slot } => {
                let name = self.acc();
                return self.private_load(object, name, slot);
            }
            I::SetPrivateProperty { object, key, slot } | I::DefinePrivateField { object, key, slot } => {
                return self.private_store(object, key, slot);
            }
            I::SetKeyedProperty { object, key, slot } => self.keyed_store(object, key, slot),
            _ => return false,
        }
        true
    }

    /// Arithmetic and the conversions to numbers.
    fn arithmetic_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::Add { lhs, slot } => self.binary(Binary::Add, lhs, slot),
            I::Sub { lhs, slot } => self.binary(Binary::Sub, lhs, slot),
            I::Mul { lhs, slot } => self.binary(Binary::Mul, lhs, slot),
            I::Div { lhs, slot } => self.binary(Binary::Div, lhs, slot),
            I::Mod { lhs, slot } => self.binary(Binary::Mod, lhs, slot),
            I::Exp { lhs, slot } => self.binary(Binary::Exp, lhs, slot),
            I::BitwiseAnd { lhs, slot } => self.binary(Binary::And, lhs, slot),
            I::BitwiseOr { lhs, slot } => self.binary(Binary::Or, lhs, slot),
            I::BitwiseXor { lhs, slot } => self.binary(Binary::Xor, lhs, slot),
            I::ShiftLeft { lhs, slot } => self.binary(Binary::Shl, lhs, slot),
            I::ShiftRight { lhs, slot } => self.binary(Binary::Sar, lhs, slot),
            I::ShiftRightLogical { lhs, slot } => self.binary(Binary::Shr, lhs, slot),
            I::AddSmi { value, slot } => self.binary_smi(Binary::Add, value, slot),
            I::SubSmi { value, slot } => self.binary_smi(Binary::Sub, value, slot),
            I::MulSmi { value, slot } => self.binary_smi(Binary::Mul, value, slot),
            I::DivSmi { value, slot } => self.binary_smi(Binary::Div, value, slot),
            I::ModSmi { value, slot } => self.binary_smi(Binary::Mod, value, slot),
            I::ExpSmi { value, slot } => self.binary_smi(Binary::Exp, value, slot),
            I::BitwiseAndSmi { value, slot } => self.binary_smi(Binary::And, value, slot),
            I::BitwiseOrSmi { value, slot } => self.binary_smi(Binary::Or, value, slot),
            I::BitwiseXorSmi { value, slot } => self.binary_smi(Binary::Xor, value, slot),
            I::ShiftLeftSmi { value, slot } => self.binary_smi(Binary::Shl, value, slot),
            I::ShiftRightSmi { value, slot } => self.binary_smi(Binary::Sar, value, slot),
            I::ShiftRightLogicalSmi { value, slot } => self.binary_smi(Binary::Shr, value, slot),
            I::Inc { slot } => self.unary(Unary::Inc, slot),
            I::Dec { slot } => self.unary(Unary::Dec, slot),
            I::Negate { slot } => self.unary(Unary::Negate, slot),
            I::BitwiseNot { slot } => self.unary(Unary::Not, slot),
            I::ToNumber { slot } => self.unary(Unary::ToNumber, slot),
            I::ToNumeric { slot } => self.unary(Unary::ToNumeric, slot),
            _ => return false,
        }
        true
    }

    /// Truth values, and the other conversions.
    fn conversion_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::LogicalNot {} => {
                let acc = self.acc();
                let truth = self.untag_boolean(acc);
                let result = self.not(truth);
                self.set_acc(result);
            }
            I::ToBooleanLogicalNot {} => {
                let acc = self.acc();
                let truth = self.to_boolean(acc);
                let result = self.not(truth);
                self.set_acc(result);
            }
            I::ToBoolean {} => {
                let acc = self.acc();
                let truth = self.to_boolean(acc);
                self.set_acc(truth);
            }
            I::TypeOf { .. } => self.acc_helper(Helper::TypeOf),
            I::ToString {} if self.acc_is(Types::STRING) => {}
            I::ToString {} => self.acc_helper(Helper::ToString),
            I::ToPropertyKey {} if self.acc_is(Types::STRING.or(Types::SYMBOL).or(Types::INT32)) => {}
            I::ToPropertyKey {} => self.acc_helper(Helper::ToPropertyKey),
            I::ToObject {} if self.acc_is(Types::OBJECT) => {}
            I::ToObject {} => self.acc_helper(Helper::ToObject),
            _ => return false,
        }
        true
    }

    /// Comparisons, and questions about the accumulator.
    fn comparison_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::TestEqual { lhs, slot } => self.test_compare(Comparison::Equal, lhs, slot),
            I::TestEqualStrict { lhs, slot } => self.test_compare(Comparison::StrictEqual, lhs, slot),
            I::TestLessThan { lhs, slot } => self.test_compare(Comparison::Less, lhs, slot),
            I::TestGreaterThan { lhs, slot } => self.test_compare(Comparison::Greater, lhs, slot),
            I::TestLessThanOrEqual { lhs, slot } => self.test_compare(Comparison::LessOrEqual, lhs, slot),
            I::TestGreaterThanOrEqual { lhs, slot } => {
                self.test_compare(Comparison::GreaterOrEqual, lhs, slot);
            }
            I::TestInstanceOf { object, .. } => {
                let (value, target) = (self.register(object), self.acc());
                let (value, target) = (self.refined(value), self.refined(target));
                let result = self.helper(Helper::InstanceOf, &[value, target]);
                self.set_acc(result);
            }
            I::TestIn { key, .. } => {
                let (key, object) = (self.register(key), self.acc());
                self.has_property(key, object);
            }
            I::TestReferenceEqual { lhs } => {
                let (a, b) = (self.register(lhs), self.acc());
                let (a, b) = (self.tagged(a), self.tagged(b));
                let result = self.emit(Op::TaggedEqual {}, &[a, b]);
                self.set_acc(result);
            }
            I::TestUndetectable {} => self.test_acc(TaggedTest::Nullish),
            I::TestNull {} => self.test_acc(TaggedTest::Null),
            I::TestUndefined {} => self.test_acc(TaggedTest::Undefined),
            I::TestTypeOf { literal } => {
                use unspool_bytecode::TypeOfLiteral as T;
                match literal {
                    T::Boolean => self.test_acc(TaggedTest::Boolean),
                    T::Number => self.test_acc(TaggedTest::Number),
                    T::BigInt => self.test_acc(TaggedTest::BigInt),
                    T::String => self.test_acc(TaggedTest::String),
                    T::Symbol => self.test_acc(TaggedTest::Symbol),
                    T::Undefined => self.test_acc(TaggedTest::Undefined),
                    T::Object => self.test_acc(TaggedTest::TypeOfObject),
                    T::Function => self.test_acc(TaggedTest::Callable),
                    T::Other => self.load(TaggedConst::FALSE),
                }
            }
            _ => return false,
        }
        true
    }

    /// Calls.
    fn call_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::CallProperty { callee, args, slot } | I::CallAnyReceiver { callee, args, slot } => {
                let arguments = self.range(args);
                self.call(callee, arguments[0], &arguments[1..], slot);
            }
            I::CallProperty0 { callee, receiver, slot } => {
                let receiver = self.register(receiver);
                self.call(callee, receiver, &[], slot);
            }
            I::CallProperty1 { callee, receiver, arg0, slot } => {
                let (receiver, a) = (self.register(receiver), self.register(arg0));
                self.call(callee, receiver, &[a], slot);
            }
            I::CallProperty2 { callee, receiver, arg0, arg1, slot } => {
                let (receiver, a) = (self.register(receiver), self.register(arg0));
                let b = self.register(arg1);
                self.call(callee, receiver, &[a, b], slot);
            }
            I::CallUndefinedReceiver { callee, args, slot } => {
                let arguments = self.range(args);
                let undefined = self.constant(TaggedConst::UNDEFINED);
                self.call(callee, undefined, &arguments, slot);
            }
            I::CallUndefinedReceiver0 { callee, slot } => {
                let undefined = self.constant(TaggedConst::UNDEFINED);
                self.call(callee, undefined, &[], slot);
            }
            I::CallUndefinedReceiver1 { callee, arg0, slot } => {
                let (undefined, a) = (self.constant(TaggedConst::UNDEFINED), self.register(arg0));
                self.call(callee, undefined, &[a], slot);
            }
            I::CallUndefinedReceiver2 { callee, arg0, arg1, slot } => {
                let (undefined, a) = (self.constant(TaggedConst::UNDEFINED), self.register(arg0));
                let b = self.register(arg1);
                self.call(callee, undefined, &[a, b], slot);
            }
            I::PrepareSpread {} => return self.prepare_spread(),
            I::CallWithSpread { callee, args, slot } => {
                let arguments = self.range(args);
                return self.call_with_spread(callee, &arguments, slot);
            }
            _ => return false,
        }
        true
    }

    /// `new` and `super(…)`.
    fn construct_instruction(&mut self, instruction: Instruction, raw: &RawInstruction) -> bool {
        use Instruction as I;
        match instruction {
            I::ConstructWithSpread { constructor, args, slot } => {
                let arguments = self.range(args);
                return self.construct_with_spread(constructor, &arguments, slot);
            }
            I::Construct { constructor, args, slot } => {
                let arguments = self.range(args);
                self.construct(constructor, &arguments, slot);
            }
            I::ConstructForwardAllArgs { constructor, slot } => {
                return self.construct_forward(constructor, slot);
            }
            I::LdaClassFieldInitializer { constructor } => {
                let constructor = self.register(constructor);
                let constructor = self.refined(constructor);
                let helper = Helper::FieldInitializer;
                let initializer = self.emit(Op::CallHelper { helper }, &[constructor]);
                self.set_acc(initializer);
            }
            I::GetSuperConstructor { dst } => {
                let function = self.acc();
                let constructor = match self.known_super_constructor(function) {
                    Some(constructor) => constructor,
                    None => {
                        let function = self.refined(function);
                        self.emit(Op::CallHelper { helper: Helper::Prototype }, &[function])
                    }
                };
                self.set_register(dst, constructor);
            }
            I::ThrowIfNotSuperConstructor { constructor } => {
                self.check_super_constructor(constructor, raw);
            }
            _ => return false,
        }
        true
    }

    /// `for`-`in`, and iterators.
    fn iteration_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::ForInNext { object, index, cache, .. } => {
                let (object, index) = (self.register(object), self.register(index));
                let (guard, keys) = (self.register(cache), self.register(cache.offset(1)));
                let inputs =
                    [self.refined(object), self.small(index), self.refined(guard), self.refined(keys)];
                let key = self.helper(Helper::ForInNext, &inputs);
                self.set_acc(key);
            }
            I::ForInStep { index } => {
                let (value, one) = (self.register(index), self.int32(1));
                let value = self.small(value);
                let next = self.emit(Op::Int32Add {}, &[value, one]);
                self.set_register(index, next);
            }
            I::CallIteratorMethod { method, object, slot } => {
                let object = self.register(object);
                return self.call_iterator_method(method, object, slot);
            }
            I::IteratorStepFast { iterator, slot, done, .. } => return self.array_step(iterator, slot, done),
            _ => return false,
        }
        true
    }

    /// The runtime's functions that have a plan, V8's natives among them.
    fn runtime_instruction(&mut self, instruction: Instruction) -> bool {
        use Instruction as I;
        match instruction {
            I::CallRuntime { id: RuntimeId::IsBeingInterpreted, .. } => self.load(TaggedConst::FALSE),
            I::CallRuntime { id: RuntimeId::CurrentFrameIsTurbofan, .. } => self.load(TaggedConst::TRUE),
            // The interpreter executes it again, and for it there is nothing to do.
            I::CallRuntime { id: RuntimeId::DeoptimizeNow, .. }
                if self.allows(DeoptReason::DeoptimizeNow) =>
            {
                self.deopt(DeoptReason::DeoptimizeNow);
            }
            I::CallIntrinsic { id, args } => {
                let arguments = self.range(args);
                return self.intrinsic(id, &arguments);
            }
            _ => return false,
        }
        true
    }

    /// Returning and throwing.
    fn leaving_instruction(&mut self, instruction: Instruction, raw: &RawInstruction) -> bool {
        use Instruction as I;
        match instruction {
            I::Return {} => self.return_(),
            I::Throw {} => self.throw(Helper::Throw),
            I::ReThrow {} => self.throw(Helper::ReThrow),
            I::ThrowReferenceErrorIfHole { .. } => self.throw_if(raw, TaggedTest::Hole, When::True),
            I::ThrowSuperNotCalledIfHole {} => self.throw_if(raw, TaggedTest::Hole, When::True),
            I::ThrowSuperAlreadyCalledIfNotHole {} => self.throw_if(raw, TaggedTest::Hole, When::False),
            I::ThrowIfNotObject { .. } => self.throw_if(raw, TaggedTest::Object, When::False),
            I::ThrowIfNotCallable { .. } => self.throw_if(raw, TaggedTest::Callable, When::False),
            I::ThrowPatternIfNullOrUndefined { .. } => self.throw_if(raw, TaggedTest::Nullish, When::True),
            _ => return false,
        }
        true
    }

    /// Loads the accumulator with a constant.
    fn load(&mut self, value: TaggedConst) {
        let value = self.constant(value);
        self.set_acc(value);
    }

    fn acc_is(&mut self, types: Types) -> bool {
        let acc = self.acc();
        self.types(acc).is(types)
    }

    /// A runtime operation on the accumulator.
    fn acc_helper(&mut self, helper: Helper) {
        let value = self.acc();
        let value = self.refined(value);
        let result = self.helper(helper, &[value]);
        self.set_acc(result);
    }

    fn test_acc(&mut self, test: TaggedTest) {
        let acc = self.acc();
        let result = self.test(acc, test);
        self.set_acc(result);
    }

    /// The int32 of a value that the bytecode guarantees to be one.
    pub(super) fn small(&mut self, node: NodeId) -> NodeId {
        if self.shared.graph.repr(node) == Repr::Int32 {
            return node;
        }
        if let Some(value) = self.constant_of(node).and_then(TaggedConst::to_int32) {
            return self.int32(value);
        }
        let tagged = self.tagged(node);
        if let Some(int32) = self.env().fact(tagged).int32 {
            return int32;
        }
        let int32 = self.emit(Op::UntagInt32 {}, &[tagged]);
        self.env_mut().fact_mut(tagged).int32 = Some(int32);
        int32
    }

    fn range(&mut self, range: RegisterRange) -> Vec<NodeId> {
        range.iter().map(|register| self.register(register)).collect()
    }

    fn test_compare(&mut self, op: Comparison, lhs: Register, slot: SlotIndex) {
        if let Some((result, _)) = self.compare(op, lhs, slot, CallPlace::End) {
            self.set_acc(result);
        }
    }

    /// Gives the accumulator to the caller.
    fn return_(&mut self) {
        let value = self.acc();
        if self.caller.outer.is_some() {
            let environment = self.environment.take().expect("a reachable instruction");
            self.returns.push((self.block, value, environment));
            return;
        }
        let value = self.tagged(value);
        self.finish_block(Terminator::Return(value));
    }

    /// Throws the accumulator.
    pub(super) fn throw(&mut self, helper: Helper) {
        if self.throw_to_handler() {
            return;
        }
        let value = self.acc();
        let value = self.refined(value);
        self.emit_inner_call(Op::CallHelper { helper }, &[value]);
        self.finish_block(Terminator::Unreachable);
    }

    /// Throws (by a generic step, out of line) unless the register has a constructor.
    fn check_super_constructor(&mut self, constructor: Register, raw: &RawInstruction) {
        let value = self.register(constructor);
        if self.is_known_superclass(value) {
            return;
        }
        let value = self.refined(value);
        let is_one = self.emit(Op::CallHelper { helper: Helper::IsConstructor }, &[value]);
        let (yes, no) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(is_one, yes, no));
        let environment = self.env().clone();
        (self.block, self.before) = (no, None);
        self.generic_step(raw);
        if self.environment.is_some() {
            self.finish_block(Terminator::Unreachable);
        }
        (self.block, self.environment, self.before) = (yes, Some(environment), None);
    }

    /// Throws (by a generic step, out of line) if the test of the accumulator gives that.
    fn throw_if(&mut self, raw: &RawInstruction, test: TaggedTest, when: When) {
        let acc = self.acc();
        let condition = self.test(acc, test);
        if let Op::ConstBool { value } = *self.shared.graph.op(condition) {
            if when.is(value) {
                self.generic_step(raw);
            }
            return;
        }
        let (yes, no) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(condition, yes, no));
        let environment = self.env().clone();
        let (throws, goes_on) = when.order(yes, no);
        self.block = throws;
        self.before = None;
        let accumulator = self.tagged(acc);
        self.set_acc(accumulator);
        self.generic_step(raw);
        if self.environment.is_some() {
            self.finish_block(Terminator::Unreachable);
        }
        self.block = goes_on;
        self.environment = Some(environment);
        self.before = None;
        let excluded = match (test, when) {
            (TaggedTest::Hole, When::True) => Some(Types::HOLE),
            (TaggedTest::Nullish, When::True) => Some(Types::NULL.or(Types::UNDEFINED)),
            _ => None,
        };
        let tagged = self.tagged(acc);
        let fact = self.env_mut().fact_mut(tagged);
        if let Some(excluded) = excluded {
            fact.types = fact.types.without(excluded);
        } else if test == TaggedTest::Object || test == TaggedTest::Callable {
            fact.types = fact.types.and(Types::OBJECT);
        }
    }
}
