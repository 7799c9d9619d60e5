//! Memory: fields, elements, typed arrays, the write barrier, allocation.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder as _, MemFlagsData, types};
use unspool_bytecode::{ConstIndex, Constant};
use unspool_gc::{Header, Heap, STATE_OLD, cell_size_for};
use unspool_runtime::Isolate;
use unspool_runtime::cells::{Array, ArrayBufferObject, ByteStore, Context, Function, TypedArrayObject};
use unspool_runtime::compiled::helpers;
use unspool_runtime::kinds::KINDS;
use unspool_values::CellKind;
use unspool_values::Value;
use unspool_values::cell::reserved_shape;
use unspool_values::object::{Elements, ObjectHead, Slots};

use super::Lowering;
use super::ops::Operands;
use crate::broker::ClosureShape;
use crate::graph::ops::{AllocationOp, LoadOp, StoreOp};
use crate::graph::{
    Barrier, DeoptReason, FrameStateId, FunctionRef, Helper, NodeId, Op, ShapeRef, TypedElement,
};

/// Contexts with more slots are made by the runtime: code for each slot would be too long.
const MAX_INLINE_CONTEXT: u32 = 32;
/// Arrays of more elements are made by the runtime.
const MAX_INLINE_ELEMENTS: u32 = 8;

impl Lowering<'_, '_> {
    /// A load.
    pub(super) fn load_op(&mut self, op: LoadOp, n: Operands<'_>) -> ir::Value {
        let trusted = MemFlagsData::trusted();
        match op {
            LoadOp::LoadField { offset, .. } | LoadOp::LoadPointer { offset, .. } => {
                self.b.ins().load(types::I64, trusted, n.value(0), offset as i32)
            }
            LoadOp::LoadInt32 { offset, .. } | LoadOp::LoadUint32 { offset, .. } => {
                self.b.ins().load(types::I32, trusted, n.value(0), offset as i32)
            }
            LoadOp::LoadByte { offset, .. } => {
                self.b.ins().uload8(types::I32, trusted, n.value(0), offset as i32)
            }
            LoadOp::LoadSlot { index } => {
                let offset = Slots::VALUES_OFFSET as i32 + 8 * index as i32;
                self.b.ins().load(types::I64, trusted, n.value(0), offset)
            }
            LoadOp::LoadElementsLength {} => {
                let elements = n.value(0);
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
            LoadOp::LoadElement {} => {
                let address = self.element_address(n.value(0), n.value(1), 3);
                self.b.ins().load(types::I64, trusted, address, Elements::VALUES_OFFSET as i32)
            }
            LoadOp::LoadElementOrUndefined {} => {
                self.load_element_or_undefined(n.value(0), n.value(1), n.eager())
            }
            LoadOp::LoadTypedLength {} => self.typed_array_length(n.value(0)),
            LoadOp::LoadTypedData {} => self.typed_array_data(n.value(0)),
            LoadOp::LoadTyped { element } => self.load_typed(element, n.value(0), n.value(2)),
            LoadOp::LoadFunctionContext {} => {
                let offset = offset_of!(Function, context) as i32;
                let context = self.b.ins().load(types::I64, trusted, n.value(0), offset);
                let missing = self.b.ins().icmp_imm_s(IntCC::Equal, context, 0);
                let undefined = self.undefined();
                self.b.ins().select(missing, undefined, context)
            }
            LoadOp::TestShape { shapes } => {
                let found = self.b.ins().load(types::I32, trusted, n.value(0), Header::META_OFFSET as i32);
                let mut answer = None;
                for shape in shapes.as_slice() {
                    let id = self.shape(*shape);
                    let equal = self.b.ins().icmp_imm_u(IntCC::Equal, found, i64::from(id));
                    answer = Some(match answer {
                        None => equal,
                        Some(before) => self.b.ins().bor(before, equal),
                    });
                }
                answer.expect("a set has a shape")
            }
        }
    }

    /// A store; the only one with a result is that which gives an object slots.
    pub(super) fn store_op(&mut self, op: StoreOp, n: Operands<'_>) -> Option<ir::Value> {
        let trusted = MemFlagsData::trusted();
        match op {
            StoreOp::StoreTypedInt32 { element } => {
                self.store_typed_int32(element, n.value(0), n.value(2), n.value(3));
            }
            StoreOp::StoreTypedFloat64 { element } => {
                self.store_typed_float64(element, n.value(0), n.value(2), n.value(3));
            }
            StoreOp::StoreField { offset, barrier, .. } => {
                let (object, value) = (n.value(0), n.value(1));
                self.b.ins().store(trusted, value, object, offset as i32);
                if self.newest != Some(n.inputs[0]) {
                    self.barrier(barrier, object, value);
                }
            }
            StoreOp::NoteAssignment { slot } => {
                self.note_assignment(n.value(0), slot, n.eager());
            }
            StoreOp::StoreInt32 { offset, .. } => {
                self.b.ins().store(trusted, n.value(1), n.value(0), offset as i32);
            }
            StoreOp::StoreSlot { index, barrier } => {
                let (slots, value) = (n.value(0), n.value(1));
                let offset = Slots::VALUES_OFFSET as i32 + 8 * index as i32;
                self.b.ins().store(trusted, value, slots, offset);
                self.barrier(barrier, slots, value);
            }
            StoreOp::StoreElement { barrier } => {
                let (elements, index, value) = (n.value(0), n.value(1), n.value(2));
                let address = self.element_address(elements, index, 3);
                self.b.ins().store(trusted, value, address, Elements::VALUES_OFFSET as i32);
                self.barrier(barrier, elements, value);
            }
            StoreOp::StoreShape { shape } => {
                let id = self.shape(shape);
                let id = self.b.ins().iconst(types::I32, i64::from(id));
                self.b.ins().store(trusted, id, n.value(0), Header::META_OFFSET as i32);
            }
            StoreOp::EnsureSlots { count } => {
                let count = self.b.ins().iconst(types::I32, i64::from(count));
                return self.rust_call(
                    helpers::ensure_slots as *const () as u64,
                    &[types::I64, types::I32],
                    Some(types::I64),
                    &[n.value(0), count],
                );
            }
            StoreOp::AppendElement { .. } => {
                let appended = self.rust_call(
                    helpers::append_element as *const () as u64,
                    &[types::I64, types::I32, types::I64],
                    Some(types::I64),
                    &[n.value(0), n.value(1), n.value(2)],
                );
                self.exit_unless_done(appended.expect("it has a result"), n.eager());
            }
        }
        None
    }

    /// A new cell; none for one that is not made.
    pub(super) fn allocation_op(&mut self, op: AllocationOp, n: Operands<'_>) -> Option<ir::Value> {
        Some(match op {
            AllocationOp::AllocateObject { shape, inline_slots } => {
                let id = self.shape(shape);
                self.allocate_object(id, inline_slots)
            }
            AllocationOp::AllocateArray { shape } => {
                let id = self.shape(shape);
                self.allocate_array(id)
            }
            AllocationOp::AllocateContext { function, scope, length } => {
                self.allocate_context(function, scope, length, n.value(0))
            }

            AllocationOp::CapturedObject { .. } | AllocationOp::CapturedReference { .. } => return None,
        })
    }

    /// The id of a shape, which the code object then embeds.
    pub(super) fn shape(&mut self, shape: ShapeRef) -> u32 {
        let id = self.environment.shapes[shape.index()];
        self.shapes.push(id);
        id
    }

    pub(super) fn element_address(&mut self, base: ir::Value, index: ir::Value, shift: i64) -> ir::Value {
        let index = self.b.ins().uextend(types::I64, index);
        let distance = self.b.ins().ishl_imm_s(index, shift);
        self.b.ins().iadd(base, distance)
    }

    /// Number and address of the arguments that the activation was called with.
    pub(super) fn own_arguments(&self) -> (ir::Value, ir::Value) {
        self.entry.argument_count.zip(self.entry.arguments).expect("an observing function")
    }

    /// The actual argument `first + index`, or undefined where there is none; exits for a negative index.
    pub(super) fn argument_or_undefined(
        &mut self,
        index: ir::Value,
        first: u32,
        state: FrameStateId,
    ) -> ir::Value {
        let positive = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, index, 0);
        self.guard(positive, DeoptReason::NotAnArrayIndex, state, None);
        let (count, arguments) = self.own_arguments();
        let index = self.b.ins().uextend(types::I64, index);
        let index = self.b.ins().iadd_imm_s(index, i64::from(first));
        let (present, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let passed = self.b.ins().icmp(IntCC::UnsignedLessThan, index, count);
        let undefined = self.undefined();
        self.b.ins().brif(passed, present, &[], done, &[undefined.into()]);
        self.b.switch_to_block(present);
        let offset = self.b.ins().ishl_imm_s(index, 3);
        let address = self.b.ins().iadd(arguments, offset);
        let value = self.b.ins().load(types::I64, MemFlagsData::trusted(), address, 0);
        self.b.ins().jump(done, &[value.into()]);
        self.b.switch_to_block(done);
        result
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

    /// The current length of a typed array. That of an array of fixed length over a buffer that cannot be resized is the one it was
    /// made with, until the buffer is detached; the runtime computes the others.
    pub(super) fn typed_array_length(&mut self, array: ir::Value) -> ir::Value {
        let trusted = MemFlagsData::trusted();
        let (fixed, attached, slow, done) =
            (self.b.create_block(), self.b.create_block(), self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I32);
        let buffer =
            self.b.ins().load(types::I64, trusted, array, offset_of!(TypedArrayObject, buffer) as i32);
        let most = self.b.ins().load(
            types::I64,
            trusted,
            buffer,
            offset_of!(ArrayBufferObject, max_byte_length) as i32,
        );
        let is_fixed = self.b.ins().icmp_imm_s(IntCC::Equal, most, -1);
        self.b.ins().brif(is_fixed, fixed, &[], slow, &[]);
        self.b.switch_to_block(fixed);
        let length =
            self.b.ins().load(types::I64, trusted, array, offset_of!(TypedArrayObject, fixed_length) as i32);
        let store =
            self.b.ins().load(types::I64, trusted, buffer, offset_of!(ArrayBufferObject, store) as i32);
        self.b.ins().brif(store, attached, &[], slow, &[]);
        self.b.switch_to_block(attached);
        let short = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThanOrEqual, length, i64::from(i32::MAX));
        let low = self.b.ins().ireduce(types::I32, length);
        self.b.ins().brif(short, done, &[low.into()], slow, &[]);
        self.b.switch_to_block(slow);
        let helper = helpers::typed_array_length as *const () as u64;
        let length = self.rust_call(helper, &[types::I64], Some(types::I32), &[array]).expect("a result");
        self.b.ins().jump(done, &[length.into()]);
        self.b.switch_to_block(done);
        result
    }

    /// The address of element 0 of a typed array; 0 where its buffer is detached.
    pub(super) fn typed_array_data(&mut self, array: ir::Value) -> ir::Value {
        let trusted = MemFlagsData::trusted();
        let (attached, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let buffer =
            self.b.ins().load(types::I64, trusted, array, offset_of!(TypedArrayObject, buffer) as i32);
        let store =
            self.b.ins().load(types::I64, trusted, buffer, offset_of!(ArrayBufferObject, store) as i32);
        self.b.ins().brif(store, attached, &[], done, &[store.into()]);
        self.b.switch_to_block(attached);
        let data = self.b.ins().load(types::I64, trusted, store, ByteStore::DATA_OFFSET as i32);
        let offset =
            self.b.ins().load(types::I64, trusted, array, offset_of!(TypedArrayObject, byte_offset) as i32);
        let data = self.b.ins().iadd(data, offset);
        self.b.ins().jump(done, &[data.into()]);
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

    /// Notes in a context that a slot is assigned; exits if that was not noted yet and code relies on slots of the context.
    pub(super) fn note_assignment(&mut self, context: ir::Value, slot: u32, state: FrameStateId) {
        let trusted = MemFlagsData::trusted();
        let bit = 1_u32 << Context::assigned_bit(slot);
        let (first, next) = (self.cold_block(), self.b.create_block());
        let assigned = self.b.ins().load(types::I32, trusted, context, Header::META_OFFSET as i32);
        let noted = self.b.ins().band_imm_u(assigned, i64::from(bit));
        self.b.ins().brif(noted, next, &[], first, &[]);
        self.b.switch_to_block(first);
        let flags = self.b.ins().load(types::I8, trusted, context, Header::FLAGS_OFFSET as i32);
        let watched = self.b.ins().band_imm_u(flags, i64::from(Context::WATCHED));
        self.guard_not(watched, DeoptReason::ConstTrackingLet, state);
        let assigned = self.b.ins().bor_imm_u(assigned, i64::from(bit));
        self.b.ins().store(trusted, assigned, context, Header::META_OFFSET as i32);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
    }

    /// A new cell from the interval of free cells of its kind and size, or from `slow` when that is empty. `initialize` writes all
    /// of the cell behind its header, and does nothing else.
    fn allocate(
        &mut self,
        kind: CellKind,
        size: usize,
        header: u64,
        initialize: impl FnOnce(&mut Self, ir::Value),
        slow: impl FnOnce(&mut Self) -> ir::Value,
    ) -> ir::Value {
        let Some(interval) = Heap::interval_offset(&KINDS[kind as usize], size) else { return slow(self) };
        let (empty, fast, done) = (self.cold_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let interval = offset_of!(Isolate, heap) + interval;
        let cursor_at = interval + unspool_gc::Interval::CURSOR_OFFSET;
        let cursor = self.load_isolate(types::I64, cursor_at);
        let end = self.load_isolate(types::I64, interval + unspool_gc::Interval::END_OFFSET);
        let is_empty = self.b.ins().icmp(IntCC::Equal, cursor, end);
        self.b.ins().brif(is_empty, empty, &[], fast, &[]);
        self.b.switch_to_block(fast);
        let next = self.b.ins().iadd_imm_s(cursor, cell_size_for(size) as i64);
        self.store_isolate(next, cursor_at);
        let header = self.word(header);
        self.b.ins().store(MemFlagsData::trusted(), header, cursor, 0);
        initialize(self, cursor);
        self.b.ins().jump(done, &[cursor.into()]);
        self.b.switch_to_block(empty);
        let made = slow(self);
        self.b.ins().jump(done, &[made.into()]);
        self.b.switch_to_block(done);
        result
    }

    /// Stores a word in a new cell.
    fn initialize(&mut self, cell: ir::Value, offset: usize, value: u64) {
        let value = self.word(value);
        self.b.ins().store(MemFlagsData::trusted(), value, cell, offset as i32);
    }

    /// A new ordinary object.
    pub(super) fn allocate_object(&mut self, shape: u32, inline_slots: u32) -> ir::Value {
        let kind = CellKind::Object;
        let size = ObjectHead::SIZE + 8 * inline_slots as usize;
        let header =
            Header::initial_word(kind as u8, shape) | u64::from(inline_slots) << (8 * Header::AUX_OFFSET);
        let initialize = |this: &mut Self, cell: ir::Value| {
            this.initialize(cell, ObjectHead::SLOTS_OFFSET, 0);
            this.initialize(cell, ObjectHead::ELEMENTS_OFFSET, 0);
            let undefined = this.undefined();
            for i in 0..inline_slots as usize {
                let offset = (ObjectHead::SIZE + 8 * i) as i32;
                this.b.ins().store(MemFlagsData::trusted(), undefined, cell, offset);
            }
        };
        self.allocate(kind, size, header, initialize, |this| {
            let shape = this.b.ins().iconst(types::I32, i64::from(shape));
            let count = this.b.ins().iconst(types::I32, i64::from(inline_slots));
            let helper = helpers::allocate_object as *const () as u64;
            this.rust_call(helper, &[types::I32, types::I32], Some(types::I64), &[shape, count])
                .expect("a result")
        })
    }

    /// A new empty array.
    pub(super) fn allocate_array(&mut self, shape: u32) -> ir::Value {
        let kind = CellKind::Array;
        let header = Header::initial_word(kind as u8, shape);
        let initialize = |this: &mut Self, cell: ir::Value| {
            this.initialize(cell, ObjectHead::SLOTS_OFFSET, 0);
            this.initialize(cell, ObjectHead::ELEMENTS_OFFSET, 0);
            let flags = MemFlagsData::trusted();
            let zero = this.b.ins().iconst(types::I32, 0);
            this.b.ins().store(flags, zero, cell, offset_of!(Array, length) as i32);
            let yes = this.b.ins().iconst(types::I8, 1);
            this.b.ins().store(flags, yes, cell, offset_of!(Array, length_writable) as i32);
        };
        self.allocate(kind, size_of::<Array>(), header, initialize, |this| {
            this.rust_call(helpers::allocate_array as *const () as u64, &[], Some(types::I64), &[])
                .expect("a result")
        })
    }

    /// `new Array(length)` of few elements, all holes; the runtime makes it where one of the two cells has no room.
    pub(super) fn create_array(&mut self, inputs: &[NodeId], node: NodeId) -> ir::Value {
        let shape = self.environment.empty_array;
        let length = match *self.graph.op(inputs[0]) {
            Op::ConstInt32 { value } => u32::try_from(value).ok(),
            _ => None,
        };
        let size = |length: u32| Elements::VALUES_OFFSET + 8 * length as usize;
        let interval = |kind: CellKind, size| {
            Heap::interval_offset(&KINDS[kind as usize], size).map(|at| offset_of!(Isolate, heap) + at)
        };
        let (Some(length @ 1..=MAX_INLINE_ELEMENTS), 1..) = (length, shape) else {
            return self.call_helper(Helper::CreateArray, inputs, node);
        };
        let (Some(elements_at), Some(array_at)) =
            (interval(CellKind::Elements, size(length)), interval(CellKind::Array, size_of::<Array>()))
        else {
            return self.call_helper(Helper::CreateArray, inputs, node);
        };
        self.shapes.push(shape);
        let (slow, done) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let mut cells = Vec::new();
        for at in [elements_at, array_at] {
            let cursor = self.load_isolate(types::I64, at + unspool_gc::Interval::CURSOR_OFFSET);
            let end = self.load_isolate(types::I64, at + unspool_gc::Interval::END_OFFSET);
            let is_empty = self.b.ins().icmp(IntCC::Equal, cursor, end);
            let next = self.b.create_block();
            self.b.ins().brif(is_empty, slow, &[], next, &[]);
            self.b.switch_to_block(next);
            cells.push(cursor);
        }
        let (elements, array) = (cells[0], cells[1]);
        for (cell, at, size) in [(elements, elements_at, size(length)), (array, array_at, size_of::<Array>())]
        {
            let next = self.b.ins().iadd_imm_s(cell, cell_size_for(size) as i64);
            self.store_isolate(next, at + unspool_gc::Interval::CURSOR_OFFSET);
        }
        let header = Header::initial_word(CellKind::Elements as u8, reserved_shape::INTERNAL);
        self.initialize(elements, 0, header);
        let flags = MemFlagsData::trusted();
        let count = self.b.ins().iconst(types::I32, i64::from(length));
        self.b.ins().store(flags, count, elements, Elements::CAPACITY_OFFSET as i32);
        self.b.ins().store(flags, count, elements, Elements::LENGTH_OFFSET as i32);
        let hole = self.word(Value::HOLE.bits());
        for i in 0..length as i32 {
            self.b.ins().store(flags, hole, elements, Elements::VALUES_OFFSET as i32 + 8 * i);
        }
        self.initialize(array, 0, Header::initial_word(CellKind::Array as u8, shape));
        self.initialize(array, ObjectHead::SLOTS_OFFSET, 0);
        self.b.ins().store(flags, elements, array, ObjectHead::ELEMENTS_OFFSET as i32);
        self.b.ins().store(flags, count, array, offset_of!(Array, length) as i32);
        let yes = self.b.ins().iconst(types::I8, 1);
        self.b.ins().store(flags, yes, array, offset_of!(Array, length_writable) as i32);
        self.b.ins().jump(done, &[array.into()]);
        self.b.switch_to_block(slow);
        let made = self.call_helper(Helper::CreateArray, inputs, node);
        self.b.ins().jump(done, &[made.into()]);
        self.b.switch_to_block(done);
        result
    }

    /// A new closure; inputs: template, context (or undefined), feedback cell.
    pub(super) fn allocate_closure(&mut self, closure: ClosureShape, inputs: &[NodeId]) -> ir::Value {
        let values: Vec<ir::Value> = inputs.iter().map(|&input| self.value(input)).collect();
        let kind = CellKind::Function;
        let id = self.environment.shapes[closure.shape.index()];
        self.shapes.push(id);
        let header = Header::initial_word(kind as u8, id);
        let initialize = |this: &mut Self, cell: ir::Value| {
            let (null, undefined) = (this.word(0), this.undefined());
            let missing = this.b.ins().icmp(IntCC::Equal, values[1], undefined);
            let context = this.b.ins().select(missing, null, values[1]);
            let prototype = if closure.has_prototype { Value::LAZY } else { Value::HOLE };
            let prototype = this.word(prototype.bits());
            for (value, offset) in [
                (null, ObjectHead::SLOTS_OFFSET),
                (null, ObjectHead::ELEMENTS_OFFSET),
                (values[0], offset_of!(Function, template)),
                (context, offset_of!(Function, context)),
                (values[2], offset_of!(Function, feedback)),
                (undefined, offset_of!(Function, home_object)),
                (prototype, offset_of!(Function, prototype)),
                (null, offset_of!(Function, constructor_data)),
            ] {
                this.b.ins().store(MemFlagsData::trusted(), value, cell, offset as i32);
            }
        };
        self.allocate(kind, size_of::<Function>(), header, initialize, |this| {
            let helper = helpers::create_closure as *const () as u64;
            this.rust_call(helper, &[types::I64; 3], Some(types::I64), &values).expect("a result")
        })
    }

    /// A new context for a scope of a function; `previous` is a context or undefined.
    pub(super) fn allocate_context(
        &mut self,
        function: FunctionRef,
        scope: u32,
        length: u32,
        previous: ir::Value,
    ) -> ir::Value {
        let function = &self.environment.functions[function.index()];
        let slots: Option<Vec<bool>> = match function.code.constant(ConstIndex(scope)) {
            Some(Constant::Scope(info))
                if info.slots.len() == length as usize && length <= MAX_INLINE_CONTEXT =>
            {
                Some(info.slots.iter().map(|slot| slot.mode.starts_as_hole()).collect())
            }
            _ => None,
        };
        let template = self.cell(function.template);
        let slow = |this: &mut Self| {
            let template = this.word(template);
            let scope = this.b.ins().iconst(types::I32, i64::from(scope));
            let helper = helpers::allocate_context as *const () as u64;
            let parameters = [types::I64, types::I32, types::I64];
            this.rust_call(helper, &parameters, Some(types::I64), &[template, scope, previous])
                .expect("a result")
        };
        let Some(slots) = slots else { return slow(self) };
        let kind = CellKind::Context;
        let size = Context::SLOTS_OFFSET + 8 * slots.len();
        let header = Header::initial_word(kind as u8, 0);
        let initialize = |this: &mut Self, cell: ir::Value| {
            let missing = this.equal_to(previous, Value::UNDEFINED.bits());
            let none = this.word(0);
            let previous = this.b.ins().select(missing, none, previous);
            let flags = MemFlagsData::trusted();
            this.b.ins().store(flags, previous, cell, offset_of!(Context, previous) as i32);
            this.initialize(cell, offset_of!(Context, template), template);
            this.initialize(cell, offset_of!(Context, extension), Value::HOLE.bits());
            for (at, number) in
                [(offset_of!(Context, scope_index), scope), (offset_of!(Context, length), length)]
            {
                let number = this.b.ins().iconst(types::I32, i64::from(number));
                this.b.ins().store(flags, number, cell, at as i32);
            }
            for (i, starts_as_hole) in slots.into_iter().enumerate() {
                let value = if starts_as_hole { Value::HOLE } else { Value::UNDEFINED };
                this.initialize(cell, Context::SLOTS_OFFSET + 8 * i, value.bits());
            }
        };
        self.allocate(kind, size, header, initialize, slow)
    }
}
