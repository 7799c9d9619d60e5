//! What each operation becomes.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use unspool_gc::Header;
use unspool_runtime::cells::{BuiltinIterator, ElementType, Function, TypedArrayObject};
use unspool_runtime::compiled::helpers;
use unspool_runtime::frame::{FrameHeader, HEADER_BYTES};
use unspool_runtime::iterators::IteratorKind;
use unspool_values::object::{Elements, Slots};
use unspool_values::{CellKind, Value};

use super::Lowering;
use super::exits::hot;
use crate::graph::{
    Condition, DeoptReason, FrameSlot, FrameStateId, Helper, NodeId, Op, Repr, ShapeSet, TaggedConst,
    TypedElement,
};
use crate::machine::code::CodeCell;
use crate::machine::inspect::sites::Expected;

/// Behind the last kind: all kinds from the first object on are objects.
pub(super) const LAST_KIND: u8 = u8::MAX;

/// The machine type of a representation.
pub(super) fn machine_type(repr: Repr) -> ir::Type {
    match repr {
        Repr::Int32 | Repr::Uint32 => types::I32,
        Repr::Float64 => types::F64,
        Repr::Bool => types::I8,
        Repr::Tagged | Repr::Word | Repr::None => types::I64,
    }
}

fn int_condition(condition: Condition) -> IntCC {
    match condition {
        Condition::Equal => IntCC::Equal,
        Condition::NotEqual => IntCC::NotEqual,
        Condition::Less => IntCC::SignedLessThan,
        Condition::LessOrEqual => IntCC::SignedLessThanOrEqual,
        Condition::Greater => IntCC::SignedGreaterThan,
        Condition::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
    }
}
fn unsigned_condition(condition: Condition) -> IntCC {
    int_condition(condition).unsigned()
}
fn float_condition(condition: Condition) -> FloatCC {
    match condition {
        Condition::Equal => FloatCC::Equal,
        Condition::NotEqual => FloatCC::NotEqual,
        Condition::Less => FloatCC::LessThan,
        Condition::LessOrEqual => FloatCC::LessThanOrEqual,
        Condition::Greater => FloatCC::GreaterThan,
        Condition::GreaterOrEqual => FloatCC::GreaterThanOrEqual,
    }
}

impl Lowering<'_, '_> {
    /// Lowers a node. `rest` are the nodes behind it in its block.
    pub(super) fn node(&mut self, node: NodeId, parameters: &[ir::Value], rest: &[NodeId]) {
        let graph = self.graph;
        let inputs = graph.inputs(node);
        let states = graph.node(node).states;
        let op = *graph.op(node);
        // The end of its block looks for a `Threw`, and nothing else; what threw may be left to exits.
        if let Op::CapturedObject { .. } | Op::Threw {} = op {
            return;
        }
        // Operations with more inputs look them up themselves.
        let mut first = [self.isolate(); 4];
        for (value, &input) in first.iter_mut().zip(inputs) {
            *value = self.value(input);
        }
        let v = |i: usize| first[i];
        let eager = || states.eager.expect("the verifier demands a state");
        let trusted = MemFlagsData::trusted();
        let result: ir::Value = match op {
            Op::ConstInt32 { value } => self.b.ins().iconst(types::I32, i64::from(value as u32)),
            Op::ConstFloat64 { value } => self.b.ins().f64const(value.get()),
            Op::ConstBool { value } => self.b.ins().iconst(types::I8, i64::from(value)),
            Op::ConstTagged { value } => self.constant(value),
            Op::Phi { .. } | Op::CapturedObject { .. } | Op::CapturedReference { .. } | Op::Threw {} => {
                return;
            }
            Op::ParameterCallee {} => self.entry.callee.expect("set at entry"),
            Op::ParameterReceiver {} => self.entry.receiver.expect("set at entry"),
            Op::ParameterFormal { index } => match (self.entry.argument_count, self.entry.arguments) {
                (Some(count), Some(arguments)) => {
                    let (present, done) = (self.b.create_block(), self.b.create_block());
                    let result = self.b.append_block_param(done, types::I64);
                    let passed = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, count, i64::from(index));
                    let undefined = self.undefined();
                    self.b.ins().brif(passed, present, &[], done, &[undefined.into()]);
                    self.b.switch_to_block(present);
                    let value = self.b.ins().load(types::I64, trusted, arguments, 8 * index as i32);
                    self.b.ins().jump(done, &[value.into()]);
                    self.b.switch_to_block(done);
                    result
                }
                _ => parameters[3 + index as usize],
            },
            Op::ParameterNewTarget {} => match self.entry.new_target {
                Some(value) => value,
                None => self.undefined(),
            },
            Op::ParameterArgumentCount {} => {
                let count = self.entry.argument_count.expect("an observing function");
                self.b.ins().ireduce(types::I32, count)
            }
            Op::LoadArgument { first } => {
                let (_, arguments) = self.own_arguments();
                let address = self.element_address(arguments, v(0), 3);
                self.b.ins().load(types::I64, trusted, address, 8 * first as i32)
            }
            Op::LoadArgumentOrUndefined { first } => self.argument_or_undefined(v(0), first, eager()),
            Op::OsrValue { slot } => self.osr_value(slot),

            Op::LoadFunctionContext {} => {
                let offset = offset_of!(Function, context) as i32;
                let context = self.b.ins().load(types::I64, trusted, v(0), offset);
                let missing = self.b.ins().icmp_imm_s(IntCC::Equal, context, 0);
                let undefined = self.undefined();
                self.b.ins().select(missing, undefined, context)
            }
            Op::TestShape { shapes } => {
                let found = self.b.ins().load(types::I32, trusted, v(0), Header::META_OFFSET as i32);
                let mut answer = None;
                for shape in shapes.as_slice() {
                    let id = self.environment.shapes[shape.index()];
                    self.shapes.push(id);
                    let equal = self.b.ins().icmp_imm_u(IntCC::Equal, found, i64::from(id));
                    answer = Some(match answer {
                        None => equal,
                        Some(before) => self.b.ins().bor(before, equal),
                    });
                }
                answer.expect("a set has a shape")
            }
            Op::CheckShape { shapes, known_cell } => self.check_shape(v(0), shapes, known_cell, eager()),
            Op::CheckInt32 {} => {
                let value = v(0);
                let ok = self.is_int32(value);
                self.guard(ok, DeoptReason::NotASmi, eager(), None);
                self.untag_int32(value)
            }
            Op::CheckFloat64 {} => {
                let stub = self.eager_stub(DeoptReason::NotANumber, eager(), None);
                self.number_or(v(0), Some(stub))
            }
            Op::CheckNumberOrOddball {} => self.check_number_or_oddball(v(0), eager()),
            Op::CheckBool {} => {
                let value = v(0);
                let ok = self.is_bool(value);
                self.guard(ok, DeoptReason::NotABoolean, eager(), None);
                let bit = self.b.ins().ireduce(types::I8, value);
                self.b.ins().band_imm_s(bit, 1)
            }
            Op::CheckString {} => self.check_kind(
                v(0),
                CellKind::String as u8,
                CellKind::String as u8,
                DeoptReason::NotAString,
                eager(),
            ),
            Op::CheckSymbol {} => self.check_kind(
                v(0),
                CellKind::Symbol as u8,
                CellKind::Symbol as u8,
                DeoptReason::NotASymbol,
                eager(),
            ),
            Op::CheckBigInt {} => self.check_kind(
                v(0),
                CellKind::BigInt as u8,
                CellKind::BigInt as u8,
                DeoptReason::NotABigInt,
                eager(),
            ),
            Op::CheckObject {} => self.check_kind(
                v(0),
                CellKind::FIRST_OBJECT as u8,
                LAST_KIND,
                DeoptReason::NotAJavaScriptObject,
                eager(),
            ),
            Op::CheckObjectOrNullish {} => {
                let value = v(0);
                let nullish = self.is_nullish(value);
                let object = self.is_object(value);
                let ok = self.b.ins().bor(nullish, object);
                self.guard(ok, DeoptReason::NotAJavaScriptObjectOrNullOrUndefined, eager(), None);
                value
            }
            Op::CheckValue { value: constant, reason } => {
                let value = v(0);
                let bits = match constant {
                    TaggedConst::Bits(bits) => bits,
                    TaggedConst::Cell(cell) => self.environment.cells[cell.index()],
                };
                let constant = self.constant(constant);
                let ok = self.b.ins().icmp(IntCC::Equal, value, constant);
                self.guard(ok, reason, eager(), Some(value));
                self.naming.last_expects(Expected::Value(bits));
                value
            }
            Op::CheckFeedbackCell { cell } => {
                let value = v(0);
                self.check_kind(
                    value,
                    CellKind::Function as u8,
                    CellKind::Function as u8,
                    DeoptReason::WrongCallTarget,
                    eager(),
                );
                let offset = offset_of!(Function, feedback) as i32;
                let feedback = self.b.ins().load(types::I64, trusted, value, offset);
                let address = self.cell(cell);
                let ok = self.equal_to(feedback, address);
                self.guard(ok, DeoptReason::WrongFeedbackCell, eager(), None);
                value
            }
            Op::CheckArray {} => {
                let kind = CellKind::Array as u8;
                self.check_kind(v(0), kind, kind, DeoptReason::WrongInstanceType, eager())
            }
            Op::CheckArrayIterator {} => {
                let value = v(0);
                let kind = CellKind::BuiltinIterator as u8;
                self.check_kind(value, kind, kind, DeoptReason::WrongInstanceType, eager());
                let offset = offset_of!(BuiltinIterator, kind) as i32;
                let found = self.b.ins().load(types::I32, trusted, value, offset);
                let wanted = i64::from(IteratorKind::ArrayValues as u32);
                let ok = self.b.ins().icmp_imm_u(IntCC::Equal, found, wanted);
                self.guard(ok, DeoptReason::WrongInstanceType, eager(), None);
                value
            }
            Op::CheckTypedArray { element } => {
                let value = v(0);
                let offset = offset_of!(TypedArrayObject, element_type) as i32;
                let actual = self.b.ins().load(types::I8, trusted, value, offset);
                let wanted = match element {
                    TypedElement::Int8 => ElementType::Int8,
                    TypedElement::Uint8 => ElementType::Uint8,
                    TypedElement::Uint8Clamped => ElementType::Uint8Clamped,
                    TypedElement::Int16 => ElementType::Int16,
                    TypedElement::Uint16 => ElementType::Uint16,
                    TypedElement::Int32 => ElementType::Int32,
                    TypedElement::Uint32 => ElementType::Uint32,
                    TypedElement::Float32 => ElementType::Float32,
                    TypedElement::Float64 => ElementType::Float64,
                };
                let ok = self.b.ins().icmp_imm_u(IntCC::Equal, actual, i64::from(wanted as u8));
                self.guard(ok, DeoptReason::WrongInstanceType, eager(), None);
                value
            }
            Op::CheckNotHole {} => {
                let value = v(0);
                let hole = self.equal_to(value, Value::HOLE.bits());
                self.guard_not(hole, DeoptReason::Hole, eager());
                value
            }
            Op::CheckCondition { reason } => {
                let condition = v(0);
                self.guard(condition, reason, eager(), None);
                return;
            }
            Op::CheckBounds {} => {
                let (index, length) = (v(0), v(1));
                let ok = self.b.ins().icmp(IntCC::UnsignedLessThan, index, length);
                self.guard(ok, DeoptReason::OutOfBounds, eager(), None);
                index
            }
            Op::CheckValid {} => {
                self.check_valid(eager());
                return;
            }
            Op::CheckFloat64IsInt32 {} => {
                let value = v(0);
                let (int, exact) = self.exact_int32(value);
                self.guard(exact, DeoptReason::LostPrecisionOrNaN, eager(), None);
                int
            }
            Op::CheckUint32IsInt32 {} => {
                let value = v(0);
                let ok = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, value, 0);
                self.guard(ok, DeoptReason::LostPrecision, eager(), None);
                value
            }

            Op::TagInt32 {} => self.tag_int32(v(0)),
            Op::TagUint32 {} => self.tag_uint32(v(0)),
            Op::TagFloat64 {} => self.tag_float64(v(0)),
            Op::TagDouble {} => self.tag_double(v(0)),
            Op::TagBool {} => self.tag_bool(v(0)),
            Op::UntagInt32 {} => self.untag_int32(v(0)),
            Op::UntagFloat64 {} => self.untag_float64(v(0)),
            Op::UntagBool {} => {
                let bit = self.b.ins().ireduce(types::I8, v(0));
                self.b.ins().band_imm_s(bit, 1)
            }
            Op::Int32ToFloat64 {} => self.b.ins().fcvt_from_sint(types::F64, v(0)),
            Op::Uint32ToFloat64 {} => self.b.ins().fcvt_from_uint(types::F64, v(0)),
            Op::TruncateFloat64 {} => self.truncate(v(0)),
            Op::Uint32AsInt32 {} | Op::Int32AsUint32 {} => v(0),
            Op::HoleToUndefined {} => {
                let value = v(0);
                let hole = self.equal_to(value, Value::HOLE.bits());
                let undefined = self.undefined();
                self.b.ins().select(hole, undefined, value)
            }
            Op::ToBoolean {} => self.to_boolean(v(0)),
            Op::Float64ToBoolean {} => {
                let zero = self.b.ins().f64const(0.0);
                self.b.ins().fcmp(FloatCC::OrderedNotEqual, v(0), zero)
            }
            Op::BoolNot {} => self.b.ins().bxor_imm_s(v(0), 1),
            Op::TestTagged { test } => self.test(test, v(0)),
            Op::TaggedEqual {} => self.b.ins().icmp(IntCC::Equal, v(0), v(1)),

            Op::Int32AddChecked {} => {
                let (result, overflow) = self.b.ins().sadd_overflow(v(0), v(1));
                self.guard_not(overflow, DeoptReason::Overflow, eager());
                result
            }
            Op::Int32SubChecked {} => {
                let (result, overflow) = self.b.ins().ssub_overflow(v(0), v(1));
                self.guard_not(overflow, DeoptReason::Overflow, eager());
                result
            }
            Op::Int32MulChecked {} => self.multiply_checked(v(0), v(1), eager()),
            Op::Int32DivChecked {} => self.divide_checked(v(0), v(1), eager()),
            Op::Int32ModChecked {} => self.modulo_checked(v(0), v(1), eager()),
            Op::Int32NegChecked {} => {
                let value = v(0);
                let magnitude = self.b.ins().band_imm_s(value, 0x7fff_ffff);
                let ok = self.b.ins().icmp_imm_s(IntCC::NotEqual, magnitude, 0);
                self.guard(ok, DeoptReason::MinusZero, eager(), None);
                self.b.ins().ineg(value)
            }
            Op::Int32AbsChecked {} => {
                let value = v(0);
                let ok = self.b.ins().icmp_imm_s(IntCC::NotEqual, value, i64::from(i32::MIN));
                self.guard(ok, DeoptReason::Overflow, eager(), None);
                self.b.ins().iabs(value)
            }
            Op::Int32Min {} => self.b.ins().smin(v(0), v(1)),
            Op::Int32Max {} => self.b.ins().smax(v(0), v(1)),
            Op::Int32LeadingZeros {} => self.b.ins().clz(v(0)),
            Op::Int32Add {} => self.b.ins().iadd(v(0), v(1)),
            Op::Int32Sub {} => self.b.ins().isub(v(0), v(1)),
            Op::Int32Mul {} => self.b.ins().imul(v(0), v(1)),
            Op::Int32And {} => self.b.ins().band(v(0), v(1)),
            Op::Int32Or {} => self.b.ins().bor(v(0), v(1)),
            Op::Int32Xor {} => self.b.ins().bxor(v(0), v(1)),
            Op::Int32Shl {} => self.b.ins().ishl(v(0), v(1)),
            Op::Int32Sar {} => self.b.ins().sshr(v(0), v(1)),
            Op::Int32Shr {} => self.b.ins().ushr(v(0), v(1)),
            Op::Int32Not {} => self.b.ins().bnot(v(0)),
            Op::Int32Compare { condition } => self.b.ins().icmp(int_condition(condition), v(0), v(1)),
            Op::Uint32Compare { condition } => self.b.ins().icmp(unsigned_condition(condition), v(0), v(1)),

            Op::Float64Add {} => self.b.ins().fadd(v(0), v(1)),
            Op::Float64Sub {} => self.b.ins().fsub(v(0), v(1)),
            Op::Float64Mul {} => self.b.ins().fmul(v(0), v(1)),
            Op::Float64Div {} => self.b.ins().fdiv(v(0), v(1)),
            Op::Float64Neg {} => self.b.ins().fneg(v(0)),
            Op::Float64Abs {} => self.b.ins().fabs(v(0)),
            Op::Float64Sqrt {} => self.b.ins().sqrt(v(0)),
            Op::Float64Floor {} => self.b.ins().floor(v(0)),
            Op::Float64Ceil {} => self.b.ins().ceil(v(0)),
            Op::Float64Trunc {} => self.b.ins().trunc(v(0)),
            Op::Float64Round {} => self.round(v(0)),
            Op::Float64Fround {} => {
                let single = self.b.ins().fdemote(types::F32, v(0));
                self.b.ins().fpromote(types::F64, single)
            }
            Op::Float64Min {} => self.b.ins().fmin(v(0), v(1)),
            Op::Float64Max {} => self.b.ins().fmax(v(0), v(1)),
            Op::Float64Compare { condition } => self.b.ins().fcmp(float_condition(condition), v(0), v(1)),

            Op::LoadField { offset, .. } | Op::LoadPointer { offset, .. } => {
                self.b.ins().load(types::I64, trusted, v(0), offset as i32)
            }
            Op::LoadInt32 { offset, .. } | Op::LoadUint32 { offset, .. } => {
                self.b.ins().load(types::I32, trusted, v(0), offset as i32)
            }
            Op::LoadByte { offset, .. } => self.b.ins().uload8(types::I32, trusted, v(0), offset as i32),
            Op::LoadSlot { index } => {
                let offset = Slots::VALUES_OFFSET as i32 + 8 * index as i32;
                self.b.ins().load(types::I64, trusted, v(0), offset)
            }
            Op::LoadElementsLength {} => {
                let elements = v(0);
                let (present, done) = (self.b.create_block(), self.b.create_block());
                let length = self.b.append_block_param(done, types::I32);
                let zero = self.b.ins().iconst(types::I32, 0);
                self.b.ins().brif(elements, present, &[], done, &[zero.into()]);
                self.b.switch_to_block(present);
                let loaded = self.b.ins().load(types::I32, trusted, elements, Elements::LENGTH_OFFSET as i32);
                self.b.ins().jump(done, &[loaded.into()]);
                self.b.switch_to_block(done);
                length
            }
            Op::LoadElement {} => {
                let address = self.element_address(v(0), v(1), 3);
                self.b.ins().load(types::I64, trusted, address, Elements::VALUES_OFFSET as i32)
            }
            Op::LoadElementOrUndefined {} => self.load_element_or_undefined(v(0), v(1), eager()),
            Op::LoadTypedLength {} => self.typed_array_length(v(0)),
            Op::LoadTypedData {} => self.typed_array_data(v(0)),
            Op::LoadTyped { element } => self.load_typed(element, v(0), v(2)),
            Op::StoreTypedInt32 { element } => {
                self.store_typed_int32(element, v(0), v(2), v(3));
                return;
            }
            Op::StoreTypedFloat64 { element } => {
                self.store_typed_float64(element, v(0), v(2), v(3));
                return;
            }
            Op::StoreField { offset, barrier, .. } => {
                let (object, value) = (v(0), v(1));
                self.b.ins().store(trusted, value, object, offset as i32);
                if self.newest != Some(inputs[0]) {
                    self.barrier(barrier, object, value);
                }
                return;
            }
            Op::NoteAssignment { slot } => {
                self.note_assignment(v(0), slot, eager());
                return;
            }
            Op::StoreInt32 { offset, .. } => {
                self.b.ins().store(trusted, v(1), v(0), offset as i32);
                return;
            }
            Op::StoreSlot { index, barrier } => {
                let (slots, value) = (v(0), v(1));
                let offset = Slots::VALUES_OFFSET as i32 + 8 * index as i32;
                self.b.ins().store(trusted, value, slots, offset);
                self.barrier(barrier, slots, value);
                return;
            }
            Op::StoreElement { barrier } => {
                let (elements, index, value) = (v(0), v(1), v(2));
                let address = self.element_address(elements, index, 3);
                self.b.ins().store(trusted, value, address, Elements::VALUES_OFFSET as i32);
                self.barrier(barrier, elements, value);
                return;
            }
            Op::StoreShape { shape } => {
                let id = self.environment.shapes[shape.index()];
                self.shapes.push(id);
                let id = self.b.ins().iconst(types::I32, i64::from(id));
                self.b.ins().store(trusted, id, v(0), Header::META_OFFSET as i32);
                return;
            }
            Op::EnsureSlots { count } => {
                let count = self.b.ins().iconst(types::I32, i64::from(count));
                self.rust_call(
                    helpers::ensure_slots as *const () as u64,
                    &[types::I64, types::I32],
                    Some(types::I64),
                    &[v(0), count],
                )
                .expect("a result")
            }
            Op::AppendElement { .. } => {
                self.rust_call(
                    helpers::append_element as *const () as u64,
                    &[types::I64, types::I32, types::I64],
                    Some(types::I64),
                    &[v(0), v(1), v(2)],
                );
                return;
            }

            Op::AllocateObject { shape, inline_slots } => {
                let id = self.environment.shapes[shape.index()];
                self.shapes.push(id);
                self.allocate_object(id, inline_slots)
            }
            Op::AllocateArray { shape } => {
                let id = self.environment.shapes[shape.index()];
                self.shapes.push(id);
                self.allocate_array(id)
            }
            Op::AllocateContext { function, scope, length } => {
                self.allocate_context(function, scope, length, v(0))
            }

            Op::CallKnown { target } => self.call_known(target, inputs, node),
            Op::Call {} => self.call_any(inputs, node),
            Op::CallWithArguments { first } => self.call_with_arguments(first, inputs, node),
            Op::CallKnownGeneric { .. } => self.call_through(helpers::call as *const () as u64, inputs, node),
            Op::CallNative { .. } => {
                self.call_through(helpers::call_native as *const () as u64, inputs, node)
            }
            Op::Construct {} => self.construct_any(inputs, node),
            Op::ConstructKnown { target } => self.construct_known(target, inputs, node),
            Op::ConstructResult {} => {
                let (result, receiver) = (v(0), v(1));
                let is_object = self.is_object(result);
                self.b.ins().select(is_object, result, receiver)
            }
            Op::CallHelper { helper: Helper::StrictEqual } => self.strict_equal(v(0), v(1)),
            Op::CallHelper { helper: Helper::StringEqual } => self.string_equal(v(0), v(1)),
            Op::CallHelper { helper: Helper::CreateArray } => self.create_array(inputs, node),
            Op::CallHelper { helper } => self.call_helper(helper, inputs, node),
            Op::GenericStep { step, effects } => {
                self.generic_step(step, effects, inputs, node, rest);
                return;
            }
            // Loaded directly behind its step.
            Op::StepOutput { .. } => return,

            Op::TakeException {} => self.take_exception(),

            Op::StackCheck {} => {
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
                return;
            }
            Op::LoopInterruptCheck {} => {
                let wanted = self.load_isolate(types::I32, hot!(interrupts));
                self.interrupt_check(wanted, helpers::loop_interrupt as *const () as u64, &[], states);
                return;
            }
        };
        self.values[node.index()] = Some(result);
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

    fn constant(&mut self, constant: TaggedConst) -> ir::Value {
        let bits = match constant {
            TaggedConst::Bits(bits) => bits,
            TaggedConst::Cell(cell) => self.cell(cell),
        };
        self.word(bits)
    }

    fn check_kind(
        &mut self,
        value: ir::Value,
        first: u8,
        last: u8,
        reason: DeoptReason,
        state: FrameStateId,
    ) -> ir::Value {
        let stub = self.eager_stub(reason, state, None);
        let (cell, next) = (self.b.create_block(), self.b.create_block());
        let is_cell = self.is_cell(value);
        self.b.ins().brif(is_cell, cell, &[], stub, &[]);
        self.b.switch_to_block(cell);
        let ok = self.kind_in(value, first, last);
        self.b.ins().brif(ok, next, &[], stub, &[]);
        self.b.switch_to_block(next);
        value
    }

    fn check_shape(
        &mut self,
        value: ir::Value,
        shapes: ShapeSet,
        known_cell: bool,
        state: FrameStateId,
    ) -> ir::Value {
        let stub = self.eager_stub(DeoptReason::WrongMap, state, Some(value));
        let ids = shapes.as_slice().iter().map(|shape| self.environment.shapes[shape.index()]).collect();
        self.naming.last_expects(Expected::Shapes(ids));
        if !known_cell {
            let stub = self.eager_stub(DeoptReason::Smi, state, Some(value));
            let cell = self.b.create_block();
            let is_cell = self.is_cell(value);
            self.b.ins().brif(is_cell, cell, &[], stub, &[]);
            self.b.switch_to_block(cell);
        }
        let found = self.b.ins().load(types::I32, MemFlagsData::trusted(), value, Header::META_OFFSET as i32);
        let next = self.b.create_block();
        let list = shapes.as_slice();
        for (i, shape) in list.iter().enumerate() {
            let id = self.environment.shapes[shape.index()];
            self.shapes.push(id);
            let equal = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(id));
            if i + 1 == list.len() {
                self.b.ins().brif(equal, next, &[], stub, &[]);
            } else {
                let other = self.b.create_block();
                self.b.ins().brif(equal, next, &[], other, &[]);
                self.b.switch_to_block(other);
            }
        }
        self.b.switch_to_block(next);
        value
    }

    fn check_number_or_oddball(&mut self, value: ir::Value, state: FrameStateId) -> ir::Value {
        let stub = self.eager_stub(DeoptReason::NotANumberOrOddball, state, None);
        let (number, other, oddball, done) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::F64);
        let is_number = self.is_number(value);
        self.b.ins().brif(is_number, number, &[], other, &[]);
        self.b.switch_to_block(number);
        let n = self.untag_float64(value);
        self.b.ins().jump(done, &[n.into()]);
        self.b.switch_to_block(other);
        let nullish = self.is_nullish(value);
        let boolean = self.is_bool(value);
        let ok = self.b.ins().bor(nullish, boolean);
        self.b.ins().brif(ok, oddball, &[], stub, &[]);
        self.b.switch_to_block(oddball);
        let n = self.oddball_to_float64(value);
        self.b.ins().jump(done, &[n.into()]);
        self.b.switch_to_block(done);
        result
    }

    fn multiply_checked(&mut self, a: ir::Value, b: ir::Value, state: FrameStateId) -> ir::Value {
        let (result, overflow) = self.b.ins().smul_overflow(a, b);
        self.guard_not(overflow, DeoptReason::Overflow, state);
        // -0: the product is 0 and a factor is negative.
        let signs = self.b.ins().bor(a, b);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, result, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let minus_zero = self.b.ins().band(zero, negative);
        self.guard_not(minus_zero, DeoptReason::MinusZero, state);
        result
    }

    fn divide_checked(&mut self, a: ir::Value, b: ir::Value, state: FrameStateId) -> ir::Value {
        let nonzero = self.b.ins().icmp_imm_s(IntCC::NotEqual, b, 0);
        self.guard(nonzero, DeoptReason::DivisionByZero, state, None);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, a, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, b, 0);
        let minus_zero = self.b.ins().band(zero, negative);
        self.guard_not(minus_zero, DeoptReason::MinusZero, state);
        let least = self.b.ins().icmp_imm_s(IntCC::Equal, a, i64::from(i32::MIN));
        let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let overflow = self.b.ins().band(least, minus_one);
        self.guard_not(overflow, DeoptReason::Overflow, state);
        let result = self.b.ins().sdiv(a, b);
        let back = self.b.ins().imul(result, b);
        let exact = self.b.ins().icmp(IntCC::Equal, back, a);
        self.guard(exact, DeoptReason::LostPrecision, state, None);
        result
    }

    fn modulo_checked(&mut self, a: ir::Value, b: ir::Value, state: FrameStateId) -> ir::Value {
        let nonzero = self.b.ins().icmp_imm_s(IntCC::NotEqual, b, 0);
        self.guard(nonzero, DeoptReason::DivisionByZero, state, None);
        let result = self.b.ins().srem(a, b);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, result, 0);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, a, 0);
        let minus_zero = self.b.ins().band(zero, negative);
        self.guard_not(minus_zero, DeoptReason::MinusZero, state);
        result
    }
}
