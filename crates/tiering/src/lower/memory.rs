//! Memory: elements, typed arrays, the write barrier, allocation.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use unspool_bytecode::{ConstIndex, Constant};
use unspool_gc::{Header, Heap, STATE_OLD, cell_size_for};
use unspool_runtime::Isolate;
use unspool_runtime::cells::{Context, Function};
use unspool_runtime::compiled::helpers;
use unspool_runtime::kinds::KINDS;
use unspool_values::CellKind;
use unspool_values::Value;
use unspool_values::object::{Elements, ObjectHead};

use super::Lowering;
use crate::broker::ClosureShape;
use crate::graph::{Barrier, DeoptReason, FrameStateId, FunctionRef, NodeId, TypedElement};

impl Lowering<'_, '_> {
    pub(super) fn element_address(&mut self, base: ir::Value, index: ir::Value, shift: i64) -> ir::Value {
        let index = self.b.ins().uextend(types::I64, index);
        let distance = self.b.ins().ishl_imm_s(index, shift);
        self.b.ins().iadd(base, distance)
    }

    /// The element, or undefined where there is none; exits for what only the general lookup can answer.
    pub(super) fn load_element_or_undefined(
        &mut self,
        elements: ir::Value,
        index: ir::Value,
        state: FrameStateId,
    ) -> ir::Value {
        let trusted = MemFlagsData::trusted();
        let positive = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, index, 0);
        self.guard(positive, DeoptReason::NotAnArrayIndex, state, None);
        let undefined = self.undefined();
        let (present, inside, beyond, done) =
            (self.b.create_block(), self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        self.b.ins().brif(elements, present, &[], done, &[undefined.into()]);
        self.b.switch_to_block(present);
        let length = self.b.ins().load(types::I32, trusted, elements, Elements::LENGTH_OFFSET as i32);
        let below = self.b.ins().icmp(IntCC::UnsignedLessThan, index, length);
        self.b.ins().brif(below, inside, &[], beyond, &[]);
        self.b.switch_to_block(inside);
        let address = self.element_address(elements, index, 3);
        let value = self.b.ins().load(types::I64, trusted, address, Elements::VALUES_OFFSET as i32);
        let hole = self.equal_to(value, Value::HOLE.bits());
        let value = self.b.ins().select(hole, undefined, value);
        self.b.ins().jump(done, &[value.into()]);
        // Sparse elements look like dense ones of length 0.
        self.b.switch_to_block(beyond);
        let kind = CellKind::Elements as u8;
        let dense = self.kind_in(elements, kind, kind);
        self.guard(dense, DeoptReason::NotAnArrayIndex, state, None);
        self.b.ins().jump(done, &[undefined.into()]);
        self.b.switch_to_block(done);
        result
    }

    pub(super) fn typed_address(
        &mut self,
        element: TypedElement,
        data: ir::Value,
        index: ir::Value,
    ) -> ir::Value {
        self.element_address(data, index, i64::from(element.size().trailing_zeros()))
    }

    pub(super) fn load_typed(
        &mut self,
        element: TypedElement,
        data: ir::Value,
        index: ir::Value,
    ) -> ir::Value {
        let address = self.typed_address(element, data, index);
        let flags = MemFlagsData::new();
        match element {
            TypedElement::Int8 => self.b.ins().sload8(types::I32, flags, address, 0),
            TypedElement::Uint8 | TypedElement::Uint8Clamped => {
                self.b.ins().uload8(types::I32, flags, address, 0)
            }
            TypedElement::Int16 => self.b.ins().sload16(types::I32, flags, address, 0),
            TypedElement::Uint16 => self.b.ins().uload16(types::I32, flags, address, 0),
            TypedElement::Int32 | TypedElement::Uint32 => self.b.ins().load(types::I32, flags, address, 0),
            TypedElement::Float32 => {
                let single = self.b.ins().load(types::F32, flags, address, 0);
                self.b.ins().fpromote(types::F64, single)
            }
            TypedElement::Float64 => self.b.ins().load(types::F64, flags, address, 0),
        }
    }

    pub(super) fn store_typed_int32(
        &mut self,
        element: TypedElement,
        data: ir::Value,
        index: ir::Value,
        value: ir::Value,
    ) {
        let address = self.typed_address(element, data, index);
        let flags = MemFlagsData::new();
        match element.size() {
            1 => {
                let value = if element == TypedElement::Uint8Clamped {
                    let zero = self.b.ins().iconst(types::I32, 0);
                    let most = self.b.ins().iconst(types::I32, 255);
                    let value = self.b.ins().smax(value, zero);
                    self.b.ins().smin(value, most)
                } else {
                    value
                };
                self.b.ins().istore8(flags, value, address, 0);
            }
            2 => {
                self.b.ins().istore16(flags, value, address, 0);
            }
            _ => {
                self.b.ins().store(flags, value, address, 0);
            }
        }
    }

    pub(super) fn store_typed_float64(
        &mut self,
        element: TypedElement,
        data: ir::Value,
        index: ir::Value,
        value: ir::Value,
    ) {
        let address = self.typed_address(element, data, index);
        let flags = MemFlagsData::new();
        match element {
            TypedElement::Float32 => {
                let single = self.b.ins().fdemote(types::F32, value);
                self.b.ins().store(flags, single, address, 0);
            }
            TypedElement::Float64 => {
                self.b.ins().store(flags, value, address, 0);
            }
            _ => {
                let helper = helpers::float64_to_clamped as *const () as u64;
                let byte = self.rust_call(helper, &[types::F64], Some(types::I32), &[value]);
                self.b.ins().istore8(flags, byte.expect("a result"), address, 0);
            }
        }
    }

    /// The write barrier of an owner into which `value` was stored.
    pub(super) fn barrier(&mut self, barrier: Barrier, owner: ir::Value, value: ir::Value) {
        if barrier == Barrier::None {
            return;
        }
        let state = self.b.ins().load(types::I8, MemFlagsData::trusted(), owner, Header::STATE_OFFSET as i32);
        let old = self.b.ins().icmp_imm_s(IntCC::Equal, state, i64::from(STATE_OLD));
        let (check, slow, next) = (self.cold_block(), self.cold_block(), self.b.create_block());
        self.b.ins().brif(old, check, &[], next, &[]);
        self.b.switch_to_block(check);
        let is_cell = self.is_cell(value);
        self.b.ins().brif(is_cell, slow, &[], next, &[]);
        self.b.switch_to_block(slow);
        self.rust_call(helpers::remember as *const () as u64, &[types::I64], None, &[owner]);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
    }

    /// A new ordinary object: from the interval of free cells, or by the runtime when that is empty.
    pub(super) fn allocate_object(&mut self, shape: u32, inline_slots: u32) -> ir::Value {
        let size = ObjectHead::SIZE + 8 * inline_slots as usize;
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let kind = CellKind::Object;
        if let Some(interval) = Heap::interval_offset(&KINDS[kind as usize], size) {
            let interval = offset_of!(Isolate, heap) + interval;
            let flags = MemFlagsData::trusted();
            let cursor = self.take_cell(interval, size, slow);
            let header =
                Header::initial_word(kind as u8, shape) | u64::from(inline_slots) << (8 * Header::AUX_OFFSET);
            let header = self.word(header);
            self.b.ins().store(flags, header, cursor, 0);
            let null = self.word(0);
            self.b.ins().store(flags, null, cursor, ObjectHead::SLOTS_OFFSET as i32);
            self.b.ins().store(flags, null, cursor, ObjectHead::ELEMENTS_OFFSET as i32);
            let undefined = self.undefined();
            for i in 0..inline_slots as usize {
                self.b.ins().store(flags, undefined, cursor, (ObjectHead::SIZE + 8 * i) as i32);
            }
            self.b.ins().jump(done, &[cursor.into()]);
        } else {
            self.b.ins().jump(slow, &[]);
        }
        self.b.switch_to_block(slow);
        let shape = self.b.ins().iconst(types::I32, i64::from(shape));
        let count = self.b.ins().iconst(types::I32, i64::from(inline_slots));
        let made = self.rust_call(
            helpers::allocate_object as *const () as u64,
            &[types::I32, types::I32],
            Some(types::I64),
            &[shape, count],
        );
        self.b.ins().jump(done, &[made.expect("a result").into()]);
        self.b.switch_to_block(done);
        result
    }

    /// A new closure; inputs: template, context (or undefined), feedback cell.
    pub(super) fn allocate_closure(&mut self, closure: ClosureShape, inputs: &[NodeId]) -> ir::Value {
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let (kind, size) = (CellKind::Function, size_of::<Function>());
        if let Some(interval) = Heap::interval_offset(&KINDS[kind as usize], size) {
            let interval = offset_of!(Isolate, heap) + interval;
            let cursor = self.take_cell(interval, size, slow);
            let id = self.environment.shapes[closure.shape.index()];
            self.shapes.push(id);
            let header = self.word(Header::initial_word(kind as u8, id));
            let (null, undefined) = (self.word(0), self.undefined());
            let missing = self.b.ins().icmp(IntCC::Equal, values[1], undefined);
            let context = self.b.ins().select(missing, null, values[1]);
            let prototype = if closure.has_prototype { Value::LAZY } else { Value::HOLE };
            let prototype = self.word(prototype.bits());
            for (value, offset) in [
                (header, 0),
                (null, ObjectHead::SLOTS_OFFSET),
                (null, ObjectHead::ELEMENTS_OFFSET),
                (values[0], offset_of!(Function, template)),
                (context, offset_of!(Function, context)),
                (values[2], offset_of!(Function, feedback)),
                (undefined, offset_of!(Function, home_object)),
                (prototype, offset_of!(Function, prototype)),
                (null, offset_of!(Function, constructor_data)),
            ] {
                self.b.ins().store(MemFlagsData::trusted(), value, cursor, offset as i32);
            }
            self.b.ins().jump(done, &[cursor.into()]);
        } else {
            self.b.ins().jump(slow, &[]);
        }
        self.b.switch_to_block(slow);
        let helper = helpers::create_closure as *const () as u64;
        let made = self.rust_call(helper, &[types::I64; 3], Some(types::I64), &values);
        self.b.ins().jump(done, &[made.expect("a result").into()]);
        self.b.switch_to_block(done);
        result
    }

    /// The next cell of an interval of free ones; goes to a block if there is none.
    fn take_cell(&mut self, interval: usize, size: usize, slow: ir::Block) -> ir::Value {
        let cursor_at = interval + unspool_gc::Interval::CURSOR_OFFSET;
        let cursor = self.load_isolate(types::I64, cursor_at);
        let end = self.load_isolate(types::I64, interval + unspool_gc::Interval::END_OFFSET);
        let empty = self.b.ins().icmp(IntCC::Equal, cursor, end);
        let fast = self.b.create_block();
        self.b.ins().brif(empty, slow, &[], fast, &[]);
        self.b.switch_to_block(fast);
        let next = self.b.ins().iadd_imm_s(cursor, cell_size_for(size) as i64);
        self.store_isolate(next, cursor_at);
        cursor
    }

    /// A new context, its slots as the scope says: from the interval of free cells, or by the runtime.
    pub(super) fn allocate_context(
        &mut self,
        function: FunctionRef,
        scope: u32,
        previous: ir::Value,
    ) -> ir::Value {
        let environment = self.environment;
        let function = &environment.functions[function.index()];
        let template = self.cell(function.template);
        let template = self.word(template);
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let kind = CellKind::Context;
        let slots = match function.code.constant(ConstIndex(scope)) {
            Some(Constant::Scope(info)) => Some(&info.slots),
            _ => None,
        };
        let size = Context::SLOTS_OFFSET + 8 * slots.map_or(0, |slots| slots.len());
        if let Some(slots) = slots
            && slots.len() <= MAX_INLINE_CONTEXT
            && let Some(interval) = Heap::interval_offset(&KINDS[kind as usize], size)
        {
            let interval = offset_of!(Isolate, heap) + interval;
            let flags = MemFlagsData::trusted();
            let cursor = self.take_cell(interval, size, slow);
            let header = self.word(Header::initial_word(kind as u8, 0));
            let (undefined, hole) = (self.undefined(), self.word(Value::HOLE.bits()));
            let missing = self.b.ins().icmp(IntCC::Equal, previous, undefined);
            let null = self.word(0);
            let outer = self.b.ins().select(missing, null, previous);
            let numbers = self.word(u64::from(scope) | (slots.len() as u64) << 32);
            const { assert!(offset_of!(Context, length) == offset_of!(Context, scope_index) + 4) };
            for (value, offset) in [
                (header, 0),
                (outer, offset_of!(Context, previous)),
                (template, offset_of!(Context, template)),
                (hole, offset_of!(Context, extension)),
                (numbers, offset_of!(Context, scope_index)),
            ] {
                self.b.ins().store(flags, value, cursor, offset as i32);
            }
            for (i, slot) in slots.iter().enumerate() {
                let value = if slot.mode.starts_as_hole() { hole } else { undefined };
                self.b.ins().store(flags, value, cursor, (Context::SLOTS_OFFSET + 8 * i) as i32);
            }
            self.b.ins().jump(done, &[cursor.into()]);
        } else {
            self.b.ins().jump(slow, &[]);
        }
        self.b.switch_to_block(slow);
        let scope = self.b.ins().iconst(types::I32, i64::from(scope));
        let made = self.rust_call(
            helpers::allocate_context as *const () as u64,
            &[types::I64, types::I32, types::I64],
            Some(types::I64),
            &[template, scope, previous],
        );
        self.b.ins().jump(done, &[made.expect("a result").into()]);
        self.b.switch_to_block(done);
        result
    }
}

/// Contexts with more slots are made by the runtime.
const MAX_INLINE_CONTEXT: usize = 32;
