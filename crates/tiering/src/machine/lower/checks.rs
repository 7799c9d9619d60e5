//! Checks: an exit unless something holds; what was checked is the result.

use std::mem::offset_of;
use std::ops::RangeInclusive;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use unspool_gc::Header;
use unspool_runtime::cells::{BuiltinIterator, ElementType, Function, TypedArrayObject};
use unspool_runtime::iterators::IteratorKind;
use unspool_values::{CellKind, Value};

use super::Lowering;
use super::ops::Operands;
use crate::graph::ops::CheckOp;
use crate::graph::{CellRef, DeoptReason, FrameStateId, ShapeSet, TaggedConst, TypedElement};
use crate::machine::inspect::sites::Expected;

/// Behind the last kind: all kinds from the first object on are objects.
pub(super) const LAST_KIND: u8 = u8::MAX;

impl Lowering<'_, '_> {
    /// A check; none for those that check no value.
    pub(super) fn check_op(&mut self, op: CheckOp, n: Operands<'_>) -> Option<ir::Value> {
        let value = n.value(0);
        let state = n.eager();
        Some(match op {
            CheckOp::CheckShape { shapes, known_cell } => self.check_shape(value, shapes, known_cell, state),
            CheckOp::CheckInt32 {} => {
                let ok = self.is_int32(value);
                self.guard(ok, DeoptReason::NotASmi, state, None);
                self.untag_int32(value)
            }
            CheckOp::CheckFloat64 {} => {
                let stub = self.eager_stub(DeoptReason::NotANumber, state, None);
                self.number_or(value, Some(stub))
            }
            CheckOp::CheckNumberOrOddball {} => self.check_number_or_oddball(value, state),
            CheckOp::CheckBool {} => {
                let ok = self.is_bool(value);
                self.guard(ok, DeoptReason::NotABoolean, state, None);
                let bit = self.b.ins().ireduce(types::I8, value);
                self.b.ins().band_imm_s(bit, 1)
            }
            CheckOp::CheckString {} => {
                self.check_kind(value, CellKind::String, DeoptReason::NotAString, state)
            }
            CheckOp::CheckSymbol {} => {
                self.check_kind(value, CellKind::Symbol, DeoptReason::NotASymbol, state)
            }
            CheckOp::CheckBigInt {} => {
                self.check_kind(value, CellKind::BigInt, DeoptReason::NotABigInt, state)
            }
            CheckOp::CheckObject {} => {
                let kinds = CellKind::FIRST_OBJECT as u8..=LAST_KIND;
                self.check_kinds(value, kinds, DeoptReason::NotAJavaScriptObject, state)
            }
            CheckOp::CheckObjectOrNullish {} => {
                let nullish = self.is_nullish(value);
                let object = self.is_object(value);
                let ok = self.b.ins().bor(nullish, object);
                self.guard(ok, DeoptReason::NotAJavaScriptObjectOrNullOrUndefined, state, None);
                value
            }
            CheckOp::CheckValue { value: constant, reason } => {
                self.check_value(value, constant, reason, state)
            }
            CheckOp::CheckFeedbackCell { cell } => self.check_feedback_cell(value, cell, state),
            CheckOp::CheckArray {} => {
                self.check_kind(value, CellKind::Array, DeoptReason::WrongInstanceType, state)
            }
            CheckOp::CheckArrayIterator {} => self.check_array_iterator(value, state),
            CheckOp::CheckTypedArray { element } => self.check_typed_array(value, element, state),
            CheckOp::CheckNotHole {} => {
                let hole = self.equal_to(value, Value::HOLE.bits());
                self.guard_not(hole, DeoptReason::Hole, state);
                value
            }
            CheckOp::CheckCondition { reason } => {
                self.guard(value, reason, state, None);
                return None;
            }
            CheckOp::CheckBounds {} => {
                let (index, length) = (value, n.value(1));
                let ok = self.b.ins().icmp(IntCC::UnsignedLessThan, index, length);
                self.guard(ok, DeoptReason::OutOfBounds, state, None);
                index
            }
            CheckOp::CheckValid {} => {
                self.check_valid(state);
                return None;
            }
            CheckOp::CheckFloat64IsInt32 {} => {
                let (int, exact) = self.exact_int32(value);
                self.guard(exact, DeoptReason::LostPrecisionOrNaN, state, None);
                int
            }
            CheckOp::CheckUint32IsInt32 {} => {
                let ok = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, value, 0);
                self.guard(ok, DeoptReason::LostPrecision, state, None);
                value
            }
        })
    }

    /// A cell of this kind.
    fn check_kind(
        &mut self,
        value: ir::Value,
        kind: CellKind,
        reason: DeoptReason,
        state: FrameStateId,
    ) -> ir::Value {
        self.check_kinds(value, kind as u8..=kind as u8, reason, state)
    }

    /// A cell of a kind in the range.
    fn check_kinds(
        &mut self,
        value: ir::Value,
        kinds: RangeInclusive<u8>,
        reason: DeoptReason,
        state: FrameStateId,
    ) -> ir::Value {
        let stub = self.eager_stub(reason, state, None);
        let (cell, next) = (self.b.create_block(), self.b.create_block());
        let is_cell = self.is_cell(value);
        self.b.ins().brif(is_cell, cell, &[], stub, &[]);
        self.b.switch_to_block(cell);
        let ok = self.kind_in(value, *kinds.start(), *kinds.end());
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
            let id = self.shape(*shape);
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

    fn check_value(
        &mut self,
        value: ir::Value,
        constant: TaggedConst,
        reason: DeoptReason,
        state: FrameStateId,
    ) -> ir::Value {
        let bits = match constant {
            TaggedConst::Bits(bits) => bits,
            TaggedConst::Cell(cell) => self.environment.cells[cell.index()],
        };
        let constant = self.constant(constant);
        let ok = self.b.ins().icmp(IntCC::Equal, value, constant);
        self.guard(ok, reason, state, Some(value));
        self.naming.last_expects(Expected::Value(bits));
        value
    }

    fn check_feedback_cell(&mut self, value: ir::Value, cell: CellRef, state: FrameStateId) -> ir::Value {
        self.check_kind(value, CellKind::Function, DeoptReason::WrongCallTarget, state);
        let offset = offset_of!(Function, feedback) as i32;
        let feedback = self.b.ins().load(types::I64, MemFlagsData::trusted(), value, offset);
        let address = self.cell(cell);
        let ok = self.equal_to(feedback, address);
        self.guard(ok, DeoptReason::WrongFeedbackCell, state, None);
        value
    }

    fn check_array_iterator(&mut self, value: ir::Value, state: FrameStateId) -> ir::Value {
        self.check_kind(value, CellKind::BuiltinIterator, DeoptReason::WrongInstanceType, state);
        let offset = offset_of!(BuiltinIterator, kind) as i32;
        let found = self.b.ins().load(types::I32, MemFlagsData::trusted(), value, offset);
        let wanted = i64::from(IteratorKind::ArrayValues as u32);
        let ok = self.b.ins().icmp_imm_u(IntCC::Equal, found, wanted);
        self.guard(ok, DeoptReason::WrongInstanceType, state, None);
        value
    }

    fn check_typed_array(
        &mut self,
        value: ir::Value,
        element: TypedElement,
        state: FrameStateId,
    ) -> ir::Value {
        let offset = offset_of!(TypedArrayObject, element_type) as i32;
        let actual = self.b.ins().load(types::I8, MemFlagsData::trusted(), value, offset);
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
        self.guard(ok, DeoptReason::WrongInstanceType, state, None);
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
}
