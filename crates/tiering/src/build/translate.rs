//! One instruction.

use std::mem::offset_of;

use unspool_bytecode::{
    ConstIndex, Constant, Instruction, RawInstruction, Register, RegisterRange, RuntimeId,
};
use unspool_runtime::cells::{GeneratorObject, ResumeMode};

use super::FunctionBuilder;
use super::arithmetic::{Binary, Comparison, Unary};
use super::context::Promise;
use crate::broker::SlotPlan;
use crate::graph::Types;
use crate::graph::{
    Condition, DeoptReason, Effects, FrameSlot, Helper, Memory, NodeId, Op, Repr, Step, TaggedConst,
    TaggedTest, Terminator,
};

/// How the truth of the accumulator is found for a conditional jump.
#[derive(Clone, Copy)]
enum Jump {
    /// The accumulator is a boolean.
    Boolean,
    /// ToBoolean.
    ToBoolean,
    /// A test.
    Test(TaggedTest),
}

impl FunctionBuilder<'_, '_> {
    /// Translates the instruction at the current offset.
    pub(super) fn instruction(&mut self, raw: &RawInstruction) {
        use Instruction as I;
        let Ok(typed) = raw.typed(self.code.register_count) else { return self.generic_step(raw) };
        match typed {
            // Loading and moving
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

            // Globals and contexts
            I::LdaGlobal { slot, .. } | I::LdaGlobalInsideTypeof { slot, .. } => {
                if !self.global_load(slot) {
                    self.generic_step(raw);
                }
            }
            I::StaGlobal { slot, .. } => {
                if !self.global_store(slot) {
                    self.generic_step(raw);
                }
            }
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
            I::StaContextSlot { index, depth } => {
                if !self.assign_context_slot(index, depth) {
                    self.generic_step(raw);
                }
            }
            I::StaCurrentContextSlot { index } => {
                if !self.assign_context_slot(index, 0) {
                    self.generic_step(raw);
                }
            }
            I::StaModuleVariable { cell, depth } => {
                if !self.assign_module_variable(cell, depth) {
                    self.generic_step(raw);
                }
            }
            I::LdaModuleVariable { cell, depth } => {
                if !self.load_module_variable(cell, depth) {
                    self.generic_step(raw);
                }
            }
            I::CreateBlockContext { scope } | I::CreateFunctionContext { scope } => {
                match self.code.constant(scope) {
                    Some(Constant::Scope(info)) => {
                        let length = info.slots.len() as u32;
                        let previous = self.env().context;
                        let op = Op::AllocateContext { function: self.function, scope: scope.0, length };
                        let context = self.emit(op, &[previous]);
                        self.set_acc(context);
                    }
                    _ => self.generic_step(raw),
                }
            }

            I::CloneContext {} => {
                let context = self.env().context;
                let copy = self.emit(Op::CallHelper { helper: Helper::CloneContext }, &[context]);
                self.set_acc(copy);
            }
            I::CreateClosure { function, slot } => match *self.plan(slot) {
                SlotPlan::Closure(cell) => {
                    let template = self.shared.snapshot.function(self.function).constant(function);
                    let (template, cell) = (self.constant(template), self.cell(cell));
                    let inputs = [template, self.env().context, cell];
                    let closure = self.emit(Op::CallHelper { helper: Helper::CreateClosure }, &inputs);
                    self.set_acc(closure);
                }
                _ => self.generic_step(raw),
            },
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
                if !self.literal(slot, DeoptReason::InsufficientTypeFeedbackForObjectLiteral) {
                    self.generic_step(raw);
                }
            }
            I::CreateArrayLiteral { slot, .. } => {
                if !self.literal(slot, DeoptReason::InsufficientTypeFeedbackForArrayLiteral) {
                    self.generic_step(raw);
                }
            }

            I::CreateMappedArguments { .. } | I::CreateUnmappedArguments {} | I::CreateRestParameter {} => {
                self.create_arguments(raw);
            }
            I::StaInArrayLiteral { array, index, .. } => {
                if !self.literal_element(array, index) {
                    self.generic_step(raw);
                }
            }

            // Properties
            I::GetNamedProperty { object, name, slot } => {
                if !self.named_load(object, slot) {
                    self.generic_named_load(object, name);
                }
            }
            I::GetNamedPropertyFromSuper { slot, .. } => {
                if !self.super_load(slot) {
                    self.generic_step(raw);
                }
            }
            I::GetIteratorMethod { object, slot } => {
                if !self.named_load(object, slot) {
                    self.generic_step(raw);
                }
            }
            I::SetNamedProperty { object, name, slot } => {
                if !self.named_store(object, slot) {
                    self.generic_named_store(object, name, slot);
                }
            }
            I::DefineNamedOwnProperty { object, slot, .. } | I::DefineNamedField { object, slot, .. } => {
                if !self.named_store(object, slot) {
                    self.generic_step(raw);
                }
            }
            I::GetKeyedProperty { object, slot } => {
                let key = self.acc();
                self.keyed_load(object, key, slot);
            }
            I::GetKeyedPropertyForUpdate { object, key, slot } => {
                if !self.keyed_load_for_update(object, key, slot) {
                    self.generic_step(raw);
                }
            }
            I::GetPrivateProperty { object, slot } => {
                let name = self.acc();
                if !self.private_load(object, name, slot) {
                    self.generic_step(raw);
                }
            }
            I::SetPrivateProperty { object, key, slot } | I::DefinePrivateField { object, key, slot } => {
                if !self.private_store(object, key, slot) {
                    self.generic_step(raw);
                }
            }
            I::SetKeyedProperty { object, key, slot } => self.keyed_store(object, key, slot),

            // Arithmetic
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

            // Comparison
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

            // Jumps
            I::Jump { target } => self.jump_to(target),
            I::JumpLoop { target, .. } => self.jump_loop(target),
            I::JumpIfTrue { target } => self.jump_if(Jump::Boolean, true, target),
            I::JumpIfFalse { target } => self.jump_if(Jump::Boolean, false, target),
            I::JumpIfToBooleanTrue { target } => self.jump_if(Jump::ToBoolean, true, target),
            I::JumpIfToBooleanFalse { target } => self.jump_if(Jump::ToBoolean, false, target),
            I::JumpIfNull { target } => self.jump_if(Jump::Test(TaggedTest::Null), true, target),
            I::JumpIfNotNull { target } => self.jump_if(Jump::Test(TaggedTest::Null), false, target),
            I::JumpIfUndefined { target } => self.jump_if(Jump::Test(TaggedTest::Undefined), true, target),
            I::JumpIfNotUndefined { target } => {
                self.jump_if(Jump::Test(TaggedTest::Undefined), false, target)
            }
            I::JumpIfUndefinedOrNull { target } => {
                self.jump_if(Jump::Test(TaggedTest::Nullish), true, target)
            }
            I::JumpIfNotUndefinedOrNull { target } => {
                self.jump_if(Jump::Test(TaggedTest::Nullish), false, target);
            }
            I::JumpIfTheHole { target } => self.jump_if(Jump::Test(TaggedTest::Hole), true, target),
            I::JumpIfNotTheHole { target } => self.jump_if(Jump::Test(TaggedTest::Hole), false, target),
            I::JumpIfJSReceiver { target } => self.jump_if(Jump::Test(TaggedTest::Object), true, target),
            I::JumpIfNotJSReceiver { target } => self.jump_if(Jump::Test(TaggedTest::Object), false, target),
            I::JumpIfForInDone { index, length, target } => {
                let (a, b) = (self.register(index), self.register(length));
                let (a, b) = (self.small(a), self.small(b));
                let condition = Condition::Equal;
                let done = self.emit(Op::Int32Compare { condition }, &[a, b]);
                self.branch(done, true, target, false);
            }
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
            I::CallRuntime { id: RuntimeId::DeoptimizeNow, .. }
                if self.allows(DeoptReason::DeoptimizeNow) =>
            {
                self.deopt(DeoptReason::DeoptimizeNow);
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
                if let Some(constructor) = self.known_super_constructor(function) {
                    return self.set_register(dst, constructor);
                }
                let function = self.refined(function);
                let helper = Helper::Prototype;
                let constructor = self.emit(Op::CallHelper { helper }, &[function]);
                self.set_register(dst, constructor);
            }
            I::ThrowIfNotSuperConstructor { constructor } => {
                self.check_super_constructor(constructor, raw);
            }
            I::SwitchOnSmi { table } => self.switch_on_smi(table),
            I::JumpIfEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::Equal, true, lhs, slot, target);
            }
            I::JumpIfNotEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::Equal, false, lhs, slot, target);
            }
            I::JumpIfStrictEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::StrictEqual, true, lhs, slot, target);
            }
            I::JumpIfNotStrictEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::StrictEqual, false, lhs, slot, target);
            }
            I::JumpIfLessThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Less, true, lhs, slot, target);
            }
            I::JumpIfNotLessThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Less, false, lhs, slot, target);
            }
            I::JumpIfGreaterThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Greater, true, lhs, slot, target);
            }
            I::JumpIfNotGreaterThan { lhs, slot, target } => {
                self.jump_compare(Comparison::Greater, false, lhs, slot, target);
            }
            I::JumpIfLessThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::LessOrEqual, true, lhs, slot, target);
            }
            I::JumpIfNotLessThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::LessOrEqual, false, lhs, slot, target);
            }
            I::JumpIfGreaterThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::GreaterOrEqual, true, lhs, slot, target);
            }
            I::JumpIfNotGreaterThanOrEqual { lhs, slot, target } => {
                self.jump_compare(Comparison::GreaterOrEqual, false, lhs, slot, target);
            }

            // Calls
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
            I::PrepareSpread {} => {
                if !self.prepare_spread() {
                    self.generic_step(raw);
                }
            }
            I::CallWithSpread { callee, args, slot } => {
                let arguments = self.range(args);
                if !self.call_with_spread(callee, &arguments, slot) {
                    self.generic_step(raw);
                }
            }
            I::ConstructWithSpread { constructor, args, slot } => {
                let arguments = self.range(args);
                if !self.construct_with_spread(constructor, &arguments, slot) {
                    self.generic_step(raw);
                }
            }
            I::CallIteratorMethod { method, object, slot } => {
                let object = self.register(object);
                if !self.call_iterator_method(method, object, slot) {
                    self.generic_step(raw);
                }
            }
            I::IteratorStepFast { iterator, slot, done, .. } => {
                if !self.array_step(iterator, slot, done) {
                    self.generic_step(raw);
                }
            }
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
                if !self.intrinsic(id, &arguments) {
                    self.generic_step(raw);
                }
            }
            I::Construct { constructor, args, slot } => {
                let arguments = self.range(args);
                self.construct(constructor, &arguments, slot);
            }

            I::ConstructForwardAllArgs { constructor, slot } => {
                if !self.construct_forward(constructor, slot) {
                    self.generic_step(raw);
                }
            }

            // Leaving
            I::Return {} => self.return_(),
            I::Throw {} => self.throw(Helper::Throw),
            I::ReThrow {} => self.throw(Helper::ReThrow),
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
                self.branch(returns, true, target, false);
            }
            I::ThrowIfResumeThrow { generator } => self.throw_if_resume_throw(generator),
            I::ThrowReferenceErrorIfHole { .. } => self.check_acc_hole(raw, TaggedTest::Hole, true),
            I::ThrowSuperNotCalledIfHole {} => self.check_acc_hole(raw, TaggedTest::Hole, true),
            I::ThrowSuperAlreadyCalledIfNotHole {} => self.check_acc_hole(raw, TaggedTest::Hole, false),
            I::ThrowIfNotObject { .. } => self.check_acc_hole(raw, TaggedTest::Object, false),
            I::ThrowIfNotCallable { .. } => self.check_acc_hole(raw, TaggedTest::Callable, false),
            I::ThrowPatternIfNullOrUndefined { .. } => self.check_acc_hole(raw, TaggedTest::Nullish, true),
            _ => self.generic_step(raw),
        }
    }

    // ---- resumable functions -------------------------------------------------------------------------------------------

    /// The switch to the place at which the activation is resumed; behind it where it begins.
    fn switch_on_generator_state(&mut self, register: Register, table: ConstIndex) {
        if self.sent.is_none() {
            return;
        }
        let code = std::sync::Arc::clone(&self.code);
        let Some(Constant::JumpTable(table)) = code.constant(table) else { return };
        let generator = self.register(register);
        let begins = self.test(generator, TaggedTest::Undefined);
        self.branch(begins, true, self.end, false);
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

    fn load(&mut self, value: TaggedConst) {
        let value = self.constant(value);
        self.set_acc(value);
    }

    fn acc_is(&mut self, types: Types) -> bool {
        let acc = self.acc();
        self.types(acc).is(types)
    }

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
    fn small(&mut self, node: NodeId) -> NodeId {
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

    fn test_compare(&mut self, op: Comparison, lhs: Register, slot: unspool_bytecode::SlotIndex) {
        if let Some((result, _)) = self.compare(op, lhs, slot, true) {
            self.set_acc(result);
        }
    }

    fn jump_compare(
        &mut self,
        op: Comparison,
        when: bool,
        lhs: Register,
        slot: unspool_bytecode::SlotIndex,
        target: u32,
    ) {
        if let Some((condition, calls)) = self.compare(op, lhs, slot, false) {
            self.env_mut().accumulator = None;
            self.branch(condition, when, target, calls);
        }
    }

    fn jump_if(&mut self, jump: Jump, when: bool, target: u32) {
        let acc = self.acc();
        let condition = match jump {
            Jump::Boolean => self.untag_boolean(acc),
            Jump::ToBoolean => self.to_boolean(acc),
            Jump::Test(test) => self.test(acc, test),
        };
        self.branch(condition, when, target, false);
    }

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

    fn throw(&mut self, helper: Helper) {
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

    /// Throws (by a generic step, out of line) if the test of the accumulator gives `when`.
    fn check_acc_hole(&mut self, raw: &RawInstruction, test: TaggedTest, when: bool) {
        let acc = self.acc();
        let condition = self.test(acc, test);
        if let Op::ConstBool { value } = *self.shared.graph.op(condition) {
            if value == when {
                self.generic_step(raw);
            }
            return;
        }
        let (yes, no) = (self.new_block(), self.new_block());
        self.shared.graph.terminate(self.block, Terminator::Branch(condition, yes, no));
        let environment = self.env().clone();
        let (throws, goes_on) = if when { (yes, no) } else { (no, yes) };
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
            (TaggedTest::Hole, true) => Some(Types::HOLE),
            (TaggedTest::Nullish, true) => Some(Types::NULL.or(Types::UNDEFINED)),
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
