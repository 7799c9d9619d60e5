//! Keyed accesses with int32 keys.
//!
//! Receivers with dense elements share one access behind a check of all their shapes, as do typed arrays of one element type; the characters of strings come from a helper behind the check of the index. An index
//! beyond the elements, a hole, an append are bets of their own: exits until the feedback has met them. Other keys and mixed receivers
//! are a call of the runtime's keyed access.

use unspool_bytecode::{Register, SlotIndex, SlotKind};
use unspool_values::object::ObjectHead;

use super::emit::Accepted;
use super::{FunctionBuilder, Incoming};
use crate::broker::{ElementCase, ElementKind, Receiver, SlotPlan};
use crate::graph::Types;
use crate::graph::{
    Condition, DeoptReason, Helper, Memory, NodeId, Op, Repr, ShapeRef, ShapeSet, TaggedConst, Terminator,
    TypedElement,
};

pub(super) const ELEMENTS_POINTER: Op =
    Op::LoadPointer { offset: ObjectHead::ELEMENTS_OFFSET as u32, memory: Memory::ElementsPointer };

impl FunctionBuilder<'_, '_> {
    /// `object[key]`, into the accumulator.
    pub(super) fn keyed_load(&mut self, object: Register, key: NodeId, slot: SlotIndex) {
        let object = self.register(object);
        if self.follow_keyed_load(object, key, slot) {
            return;
        }
        let (object, key) = (self.refined(object), self.refined(key));
        let result = self.helper(Helper::GetKeyed, &[object, key]);
        self.set_acc(result);
    }

    /// The load of `object[key] += …`; tells whether the plan could be followed: then the key is an index, which nobody has to convert.
    pub(super) fn keyed_load_for_update(&mut self, object: Register, key: Register, slot: SlotIndex) -> bool {
        let (object, key) = (self.register(object), self.register(key));
        self.follow_keyed_load(object, key, slot)
    }

    fn follow_keyed_load(&mut self, object: NodeId, key: NodeId, slot: SlotIndex) -> bool {
        match self.plan(slot) {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericKeyedAccess) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericKeyedAccess);
                true
            }
            SlotPlan::Elements { cases, out_of_bounds, holes, .. } => {
                let out_of_bounds = *out_of_bounds || !self.allows(DeoptReason::OutOfBounds);
                let holes = *holes || !self.allows(DeoptReason::Hole);
                self.allows(DeoptReason::NotASmi)
                    && self.load_element(object, key, cases, out_of_bounds, holes)
            }
            _ => false,
        }
    }

    fn load_element(
        &mut self,
        object: NodeId,
        key: NodeId,
        cases: &[ElementCase],
        out_of_bounds: bool,
        holes: bool,
    ) -> bool {
        if let [ElementCase { receiver: Receiver::String, kind: ElementKind::String, .. }] = cases
            && self.allows(DeoptReason::NotAString)
            && !out_of_bounds
        {
            let string = self.check_type(object, Types::STRING, Op::CheckString {});
            let index = self.to_int32(key);
            let length = self.string_length(string);
            let index = self.emit_check(Op::CheckBounds {}, &[index, length]);
            let character = self.emit(Op::CallHelper { helper: Helper::StringCharAt }, &[string, index]);
            self.set_acc(character);
            return true;
        }
        if !out_of_bounds && let Some((array, element)) = self.typed_array(object, cases) {
            let index = self.typed_index(array, key);
            let data = self.emit(Op::LoadTypedData {}, &[array]);
            let value = self.emit(Op::LoadTyped { element }, &[data, array, index]);
            self.set_acc(value);
            return true;
        }
        let Some(shapes) = self.dense_shapes(cases) else { return false };
        if (holes || out_of_bounds) && cases.iter().any(|case| case.absent.is_none()) {
            return false;
        }
        let object = self.check_shapes(object, shapes);
        let index = self.to_int32(key);
        let elements = self.emit(ELEMENTS_POINTER, &[object]);
        if out_of_bounds {
            if !self.allows(DeoptReason::NotAnArrayIndex) {
                return false;
            }
            self.depend_on_absence(cases);
            let value = self.emit_check(Op::LoadElementOrUndefined {}, &[elements, index]);
            self.set_acc(value);
            return true;
        }
        let length = self.emit(Op::LoadElementsLength {}, &[elements]);
        let index = self.emit_check(Op::CheckBounds {}, &[index, length]);
        let value = self.emit(Op::LoadElement {}, &[elements, index]);
        let value = if holes {
            self.depend_on_absence(cases);
            self.emit(Op::HoleToUndefined {}, &[value])
        } else {
            self.emit_check(Op::CheckNotHole {}, &[value])
        };
        self.set_acc(value);
        true
    }

    /// The receiver as a typed array of one element type.
    fn typed_array(&mut self, object: NodeId, cases: &[ElementCase]) -> Option<(NodeId, TypedElement)> {
        let mut shapes: Vec<ShapeRef> = Vec::new();
        let mut element = None;
        for case in cases {
            match (case.kind, case.receiver) {
                (ElementKind::Typed(Some(this)), Receiver::Shape(shape))
                    if element.is_none_or(|e| e == this) =>
                {
                    element = Some(this);
                    shapes.push(shape);
                }
                _ => return None,
            }
        }
        let element = element?;
        if !self.allows(DeoptReason::WrongMap) || !self.allows(DeoptReason::WrongInstanceType) {
            return None;
        }
        let shapes = ShapeSet::from_slice(&shapes)?;
        let array = self.check_shapes(object, shapes);
        Some((self.emit_check(Op::CheckTypedArray { element }, &[array]), element))
    }

    fn typed_index(&mut self, array: NodeId, key: NodeId) -> NodeId {
        let index = self.to_int32(key);
        let length = self.emit(Op::LoadTypedLength {}, &[array]);
        self.emit_check(Op::CheckBounds {}, &[index, length])
    }

    fn store_typed(&mut self, array: NodeId, element: TypedElement, key: NodeId) {
        let value = self.acc();
        let is_int32 = self.shared.graph.repr(value) == Repr::Int32 || self.types(value).is(Types::INT32);
        let as_float =
            element.repr() == Repr::Float64 || (element == TypedElement::Uint8Clamped && !is_int32);
        // The value is converted before the index is looked at; both only check.
        let accepted = if is_int32 { Accepted::Int32s } else { Accepted::Numbers };
        let value =
            if as_float { self.to_float64(value, accepted) } else { self.to_truncated(value, accepted) };
        let index = self.typed_index(array, key);
        let data = self.emit(Op::LoadTypedData {}, &[array]);
        let op = match as_float {
            true => Op::StoreTypedFloat64 { element },
            false => Op::StoreTypedInt32 { element },
        };
        self.emit(op, &[data, array, index, value]);
    }

    fn depend_on_absence(&mut self, cases: &[ElementCase]) {
        for case in cases {
            self.depend(case.absent.as_deref().unwrap_or_default());
        }
    }

    /// The shapes of receivers that all have dense elements.
    fn dense_shapes(&self, cases: &[ElementCase]) -> Option<ShapeSet> {
        let mut shapes: Vec<ShapeRef> = Vec::new();
        for case in cases {
            match (case.kind, case.receiver) {
                (ElementKind::Array | ElementKind::Object, Receiver::Shape(shape)) => shapes.push(shape),
                _ => return None,
            }
        }
        ShapeSet::from_slice(&shapes).filter(|_| self.allows(DeoptReason::WrongMap))
    }

    /// `object[key] = acc`.
    pub(super) fn keyed_store(&mut self, object: Register, key: Register, slot: SlotIndex) {
        let (object, key) = (self.register(object), self.register(key));
        match self.plan(slot) {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericKeyedAccess) =>
            {
                return self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericKeyedAccess);
            }
            SlotPlan::Elements { cases, appended, .. }
                if self.allows(DeoptReason::OutOfBounds)
                    && self.allows(DeoptReason::NotASmi)
                    && self.store_element(object, key, cases, *appended) =>
            {
                self.env_mut().accumulator = None;
                self.before = None;
                return;
            }
            _ => {}
        }
        let value = self.acc();
        let (object, key, value) = (self.refined(object), self.refined(key), self.refined(value));
        let strict = self.code.feedback.get(slot) == Some(SlotKind::SetKeyedStrict);
        let helper = if strict { Helper::SetKeyedStrict } else { Helper::SetKeyedSloppy };
        self.helper(helper, &[object, key, value]);
        self.env_mut().accumulator = None;
    }

    /// `array[index] = acc` for an array literal under construction: nobody else knows it, so the element is where the boilerplate
    /// has it. Tells whether that is known.
    pub(super) fn literal_element(&mut self, array: Register, index: Register) -> bool {
        let (array, index) = (self.register(array), self.register(index));
        let Op::CallHelper { helper: Helper::CloneLiteral } = *self.shared.graph.op(array) else {
            return false;
        };
        let boilerplate = match self.constant_of(self.shared.graph.inputs(array)[0]) {
            Some(TaggedConst::Cell(cell)) => self.shared.snapshot.boilerplates.get(&cell),
            _ => None,
        };
        let (Some((shape, values)), Some(at)) =
            (boilerplate, self.constant_of(index).and_then(TaggedConst::to_int32))
        else {
            return false;
        };
        if at as usize >= values.len() {
            return false;
        }
        let value = self.acc();
        let value = self.refined(value);
        let barrier = self.barrier(value);
        let elements = self.emit(ELEMENTS_POINTER, &[array]);
        let index = self.int32(at);
        self.emit(Op::StoreElement { barrier }, &[elements, index, value]);
        self.new_object(array, *shape);
        self.before = None;
        true
    }

    fn store_element(&mut self, object: NodeId, key: NodeId, cases: &[ElementCase], appended: bool) -> bool {
        if self.allows(DeoptReason::NotANumber)
            && let Some((array, element)) = self.typed_array(object, cases)
        {
            self.store_typed(array, element, key);
            return true;
        }
        let Some(shapes) = self.dense_shapes(cases) else { return false };
        let may_add = cases.iter().all(|case| case.absent.is_some());
        let may_append = may_add
            && cases.iter().all(|case| case.kind == ElementKind::Array)
            && self.allows(DeoptReason::CouldNotGrowElements);
        if appended && !may_append {
            return false;
        }
        let value = self.acc();
        let value = self.refined(value);
        let object = self.check_shapes(object, shapes);
        let index = self.to_int32(key);
        let elements = self.emit(ELEMENTS_POINTER, &[object]);
        let length = self.emit(Op::LoadElementsLength {}, &[elements]);
        let barrier = self.barrier(value);
        if may_add {
            self.depend_on_absence(cases);
        }
        let mut append = None;
        if appended {
            let condition = Condition::Equal;
            let at_end = self.emit(Op::Int32Compare { condition }, &[index, length]);
            let (yes, no) = (self.new_block(), self.new_block());
            self.shared.graph.terminate(self.block, Terminator::Branch(at_end, yes, no));
            let mut environment = self.env().clone();
            environment.accumulator = None;
            self.block = yes;
            self.emit_check(Op::AppendElement { is_array: true }, &[object, index, value]);
            append = Some(Incoming { block: yes, environment });
            self.block = no;
        }
        let index = self.emit_check(Op::CheckBounds {}, &[index, length]);
        if !may_add {
            let old = self.emit(Op::LoadElement {}, &[elements, index]);
            self.emit_check(Op::CheckNotHole {}, &[old]);
        }
        self.emit(Op::StoreElement { barrier }, &[elements, index, value]);
        if let Some(append) = append {
            let environment = self.environment.take().expect("still there");
            let store = Incoming { block: self.block, environment };
            self.join(vec![append, store], None);
        }
        true
    }
}
