//! Named property accesses and globals.
//!
//! A site with a plan checks the receiver's shape and reads or writes the slot; several cases are tested one after the other, and only the last one exits. What a
//! case relies on beyond the shape (a constant, an absent property, a getter that stays) becomes a dependency, not code. Without a plan, the access is a call of the
//! runtime's cached load or store. Globals are accesses of known binding cells.

use std::mem::offset_of;

use unspool_bytecode::{ConstIndex, Register, SlotIndex};
use unspool_runtime::cells::{Array, BindingCell};
use unspool_values::JSString;
use unspool_values::object::{Accessor, ObjectHead};

use super::emit::Accepted;
use super::{FunctionBuilder, Incoming};
use crate::broker::{
    GlobalLoad, GlobalStore, LoadAccess, LoadCase, Place, Receiver, SlotPlan, StoreAccess, StoreCase,
};
use crate::graph::Types;
use crate::graph::{
    Barrier, CellRef, DeoptReason, Helper, Memory, NodeId, Op, ShapeRef, ShapeSet, TaggedConst, Terminator,
};

pub(super) const SLOTS_POINTER: Op =
    Op::LoadPointer { offset: ObjectHead::SLOTS_OFFSET as u32, memory: Memory::SlotsPointer };

impl FunctionBuilder<'_, '_> {
    // ---- shapes --------------------------------------------------------------------------------------------------------

    /// The value, known to be an object with one of the shapes.
    pub(super) fn check_shapes(&mut self, node: NodeId, shapes: ShapeSet) -> NodeId {
        let tagged = self.tagged(node);
        let value = self.refined(node);
        if self.env().fact(tagged).shapes.is_some_and(|known| known.is_subset(&shapes)) {
            return value;
        }
        // Only what the input itself says: a test in front of a check that moves would stay behind.
        let is_constant = matches!(self.constant_of(value), Some(TaggedConst::Cell(_)));
        let known_cell = is_constant || Types::of_node(&self.shared.graph, value).is(Types::CELL);
        let checked = self.emit_check(Op::CheckShape { shapes, known_cell }, &[value]);
        for known in [tagged, checked] {
            let fact = self.env_mut().fact_mut(known);
            fact.shapes = Some(shapes);
            fact.types = fact.types.and(Types::OBJECT);
        }
        self.env_mut().fact_mut(tagged).refined = Some(checked);
        checked
    }

    /// Does the same for each of several cases: tests for all but the last, `body` in each, joined with the accumulator.
    pub(super) fn for_each_case<T>(
        &mut self,
        object: NodeId,
        cases: &[(ShapeRef, T)],
        mut body: impl FnMut(&mut Self, NodeId, &T),
    ) {
        let mut ways = Vec::new();
        for (i, (shape, case)) in cases.iter().enumerate() {
            let environment = self.env().clone();
            let mut next = None;
            if i + 1 < cases.len() {
                let shapes = ShapeSet::one(*shape);
                let test = self.emit(Op::TestShape { shapes }, &[object]);
                let (yes, no) = (self.new_block(), self.new_block());
                self.shared.graph.terminate(self.block, Terminator::Branch(test, yes, no));
                self.block = yes;
                self.env_mut().fact_mut(object).shapes = Some(shapes);
                next = Some(no);
            }
            body(self, object, case);
            if let Some(environment) = self.environment.take() {
                ways.push(Incoming { block: self.block, environment });
            }
            if let Some(no) = next {
                self.block = no;
                self.environment = Some(environment);
                // Each way begins before the instruction.
                self.before = None;
            }
        }
        match ways.len() {
            0 => {}
            1 => {
                let way = ways.remove(0);
                (self.block, self.environment, self.before) = (way.block, Some(way.environment), None);
            }
            _ => self.join(ways, None),
        }
    }

    pub(super) fn allocate_object(&mut self, shape: ShapeRef, inline_slots: u32) -> NodeId {
        let object = self.emit(Op::AllocateObject { shape, inline_slots }, &[]);
        self.new_object(object, shape);
        object
    }

    /// A node is a new object of the shape.
    pub(super) fn new_object(&mut self, object: NodeId, shape: ShapeRef) {
        let fact = self.env_mut().fact_mut(object);
        (fact.shapes, fact.types) = (Some(ShapeSet::one(shape)), Types::OBJECT);
    }

    /// An object or array literal; tells whether there is a plan. `never` is the reason of the exit that one becomes which has not run.
    pub(super) fn literal(&mut self, slot: SlotIndex, never: DeoptReason) -> bool {
        match self.plan(slot) {
            SlotPlan::Uninitialized if self.allows(never) => self.deopt(never),
            SlotPlan::ObjectLiteral { shape, inline_slots, values } => {
                let object = self.allocate_object(*shape, *inline_slots);
                for (offset, value) in values {
                    let value = self.constant(*value);
                    let barrier = self.barrier(value);
                    let op = Op::StoreField { offset: *offset, memory: Memory::Property, barrier };
                    self.emit(op, &[object, value]);
                }
                self.set_acc(object);
            }
            SlotPlan::Literal(boilerplate) => {
                let boilerplate = self.cell(*boilerplate);
                let literal = self.helper(Helper::CloneLiteral, &[boilerplate]);
                self.set_acc(literal);
            }
            _ => return false,
        }
        true
    }

    // ---- loads ---------------------------------------------------------------------------------------------------------

    /// The load of a member with a private name; tells whether the plan could be followed.
    pub(super) fn private_load(&mut self, object: Register, name: NodeId, slot: SlotIndex) -> bool {
        match self.plan(slot) {
            SlotPlan::Private(key, plan) if self.allows(DeoptReason::WrongName) => {
                if !matches!(&**plan, SlotPlan::Load(cases) if cases.iter().all(|case| case.access != LoadAccess::Generic))
                    || !self.allows(DeoptReason::WrongMap)
                {
                    return false;
                }
                self.check_cell(name, *key, DeoptReason::WrongName);
                self.follow_load(object, plan)
            }
            SlotPlan::Uninitialized => self.follow_load(object, &SlotPlan::Uninitialized),
            _ => false,
        }
    }

    /// The store to a member with a private name; tells whether the plan could be followed.
    pub(super) fn private_store(&mut self, object: Register, name: Register, slot: SlotIndex) -> bool {
        match self.plan(slot) {
            SlotPlan::Private(key, plan) if self.allows(DeoptReason::WrongName) => {
                if !matches!(&**plan, SlotPlan::Store(cases) if cases.iter().all(|case| case.access != StoreAccess::Generic))
                    || !self.allows(DeoptReason::WrongMap)
                {
                    return false;
                }
                let name = self.register(name);
                self.check_cell(name, *key, DeoptReason::WrongName);
                self.follow_store(object, plan)
            }
            SlotPlan::Uninitialized => self.follow_store(object, &SlotPlan::Uninitialized),
            _ => false,
        }
    }

    /// `object[name]`; tells whether the plan could be followed.
    pub(super) fn named_load(&mut self, object: Register, slot: SlotIndex) -> bool {
        self.follow_load(object, self.plan(slot))
    }

    fn follow_load(&mut self, object: Register, plan: &SlotPlan) -> bool {
        match plan {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess);
                true
            }
            SlotPlan::Load(cases) if cases.iter().all(|case| self.can_load(case.access)) => {
                let object = self.register(object);
                self.load_cases(object, cases)
            }
            _ => false,
        }
    }

    /// `super[name]` with the home object in the accumulator; tells whether the plan could be followed. Getters have another receiver than the
    /// object that the lookup begins at.
    pub(super) fn super_load(&mut self, slot: SlotIndex) -> bool {
        let is_value = |case: &LoadCase| {
            !matches!(case.access, LoadAccess::Generic | LoadAccess::Getter(..) | LoadAccess::OwnGetter(..))
        };
        match self.plan(slot) {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess);
                true
            }
            SlotPlan::Load(cases) if cases.iter().all(is_value) => {
                let home = self.acc();
                let home = self.refined(home);
                let base = self.emit(Op::CallHelper { helper: Helper::Prototype }, &[home]);
                self.load_cases(base, cases)
            }
            _ => false,
        }
    }

    fn can_load(&self, access: LoadAccess) -> bool {
        match access {
            LoadAccess::Generic => false,
            LoadAccess::OwnGetter(_, callee) => self.can_check_callee(callee),
            _ => true,
        }
    }

    fn can_store(&self, access: StoreAccess) -> bool {
        match access {
            StoreAccess::Generic => false,
            StoreAccess::OwnSetter(_, callee) => self.can_check_callee(callee),
            _ => true,
        }
    }

    fn load_cases(&mut self, object: NodeId, cases: &[LoadCase]) -> bool {
        if let [case] = cases
            && !matches!(case.receiver, Receiver::Shape(_))
        {
            let value = match case.receiver {
                Receiver::String if self.allows(DeoptReason::NotAString) => {
                    self.check_type(object, Types::STRING, Op::CheckString {})
                }
                Receiver::Symbol if self.allows(DeoptReason::NotASymbol) => {
                    self.check_type(object, Types::SYMBOL, Op::CheckSymbol {})
                }
                Receiver::Number if self.allows(DeoptReason::NotANumber) => {
                    self.to_float64(object, Accepted::Numbers);
                    self.tagged(object)
                }
                _ => return false,
            };
            self.load_access(value, case);
            return true;
        }
        let mut shapes = Vec::new();
        for case in cases {
            let Receiver::Shape(shape) = case.receiver else { return false };
            shapes.push((shape, case));
        }
        let list: Vec<ShapeRef> = shapes.iter().map(|(shape, _)| *shape).collect();
        let Some(set) = ShapeSet::from_slice(&list).filter(|_| self.allows(DeoptReason::WrongMap)) else {
            return false;
        };
        let object = self.check_shapes(object, set);
        if cases.iter().all(|case| case.access == cases[0].access) {
            for case in cases {
                self.depend(&case.dependencies);
            }
            self.load_access(object, &cases[0]);
        } else {
            self.for_each_case(object, &shapes, |builder, object, case| builder.load_access(object, case));
        }
        true
    }

    /// Performs one access; the result goes to the accumulator.
    fn load_access(&mut self, object: NodeId, case: &LoadCase) {
        self.depend(&case.dependencies);
        let value = match case.access {
            LoadAccess::Inline(offset) => {
                self.emit(Op::LoadField { offset, memory: Memory::Property }, &[object])
            }
            LoadAccess::Out(index) => self.load_slot(object, index),
            LoadAccess::Constant(value) => self.constant(value),
            LoadAccess::HolderInline(cell, offset) => {
                let holder = self.cell(cell);
                self.emit(Op::LoadField { offset, memory: Memory::Property }, &[holder])
            }
            LoadAccess::HolderOut(cell, index) => {
                let holder = self.cell(cell);
                self.load_slot(holder, index)
            }
            LoadAccess::ArrayLength => {
                let offset = offset_of!(Array, length) as u32;
                self.emit(Op::LoadUint32 { offset, memory: Memory::ArrayLength }, &[object])
            }
            LoadAccess::StringLength => self.string_length(object),
            LoadAccess::Binding(cell) => {
                let value = self.load_binding(cell);
                self.emit_check(Op::CheckNotHole {}, &[value])
            }
            LoadAccess::Getter(getter, target) => {
                let callee = self.cell(getter);
                self.call_accessor(callee, target, object, None);
                return;
            }
            LoadAccess::OwnGetter(place, callee) => {
                let getter = self.own_accessor(object, place, Accessor::GETTER_OFFSET);
                let (callee, target) = self.check_callee(getter, callee);
                self.call_accessor(callee, Some(target), object, None);
                return;
            }
            LoadAccess::Generic => unreachable!("sorted out before"),
        };
        self.set_acc(value);
    }

    /// The getter or setter of an own accessor, by its offset in the pair. Pairs do not change.
    fn own_accessor(&mut self, object: NodeId, place: Place, offset: usize) -> NodeId {
        let pair = match place {
            Place::Inline(offset) => self.emit(Op::LoadField { offset, memory: Memory::Property }, &[object]),
            Place::Out(index) => self.load_slot(object, index),
        };
        self.emit(Op::LoadField { offset: offset as u32, memory: Memory::Immutable }, &[pair])
    }

    pub(super) fn load_slot(&mut self, object: NodeId, index: u32) -> NodeId {
        let slots = self.emit(SLOTS_POINTER, &[object]);
        self.emit(Op::LoadSlot { index }, &[slots])
    }

    pub(super) fn string_length(&mut self, string: NodeId) -> NodeId {
        let offset = JSString::LENGTH_OFFSET as u32;
        self.emit(Op::LoadInt32 { offset, memory: Memory::Immutable }, &[string])
    }

    pub(super) fn load_binding(&mut self, cell: CellRef) -> NodeId {
        let cell = self.cell(cell);
        let offset = offset_of!(BindingCell, value) as u32;
        self.emit(Op::LoadField { offset, memory: Memory::Binding }, &[cell])
    }

    /// Assigns to a binding that has been assigned before.
    pub(super) fn store_binding(&mut self, cell: CellRef, value: NodeId) {
        let (cell, value) = (self.cell(cell), self.refined(value));
        let barrier = self.barrier(value);
        let offset = offset_of!(BindingCell, value) as u32;
        self.emit(Op::StoreField { offset, memory: Memory::Binding, barrier }, &[cell, value]);
    }

    /// The generic named load.
    pub(super) fn generic_named_load(&mut self, object: Register, name: ConstIndex) {
        let object = self.register(object);
        let key = self.shared.snapshot.function(self.function).constant(name);
        if self.load_of_known_shape(object, key) {
            return;
        }
        let object = self.refined(object);
        let key = self.constant(key);
        let result = self.helper(Helper::GetNamed, &[object, key]);
        self.set_acc(result);
    }

    /// The load from an object whose shape is known, if the broker has looked at that.
    fn load_of_known_shape(&mut self, object: NodeId, key: TaggedConst) -> bool {
        let tagged = self.tagged(object);
        let (Some(shapes), TaggedConst::Cell(key)) = (self.env().fact(tagged).shapes, key) else {
            return false;
        };
        let &[shape] = shapes.as_slice() else { return false };
        let snapshot = self.shared.snapshot;
        let Some(case) = snapshot.loads_of_shapes.get(&(shape, key)) else { return false };
        self.load_access(tagged, case);
        true
    }

    // ---- stores --------------------------------------------------------------------------------------------------------

    /// Does a store of this value need the barrier?
    pub(super) fn barrier(&self, value: NodeId) -> Barrier {
        let cells = Types::OBJECT.or(Types::STRING).or(Types::SYMBOL).or(Types::BIGINT);
        if self.types(value).excludes(cells) { Barrier::None } else { Barrier::IfCell }
    }

    /// `object[name] = acc`; tells whether the plan could be followed.
    pub(super) fn named_store(&mut self, object: Register, slot: SlotIndex) -> bool {
        self.follow_store(object, self.plan(slot))
    }

    fn follow_store(&mut self, object: Register, plan: &SlotPlan) -> bool {
        match plan {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericNamedAccess);
                true
            }
            SlotPlan::Store(cases)
                if cases.iter().all(|case| self.can_store(case.access))
                    && self.allows(DeoptReason::WrongMap) =>
            {
                let list: Vec<ShapeRef> = cases.iter().map(|case| case.shape).collect();
                let Some(set) = ShapeSet::from_slice(&list) else { return false };
                let object = self.register(object);
                let value = self.acc();
                let value = self.refined(value);
                let object = self.check_shapes(object, set);
                if cases.iter().all(|case| case.access == cases[0].access) {
                    for case in cases {
                        self.depend(&case.dependencies);
                    }
                    self.store_access(object, set, value, &cases[0]);
                } else {
                    let pairs: Vec<(ShapeRef, &StoreCase)> = cases.iter().map(|c| (c.shape, c)).collect();
                    self.for_each_case(object, &pairs, |builder, object, case| {
                        builder.store_access(object, ShapeSet::one(case.shape), value, case);
                    });
                }
                true
            }
            _ => false,
        }
    }

    fn store_access(&mut self, object: NodeId, before: ShapeSet, value: NodeId, case: &StoreCase) {
        self.depend(&case.dependencies);
        let barrier = self.barrier(value);
        match case.access {
            StoreAccess::Inline(offset) => {
                self.emit(Op::StoreField { offset, memory: Memory::Property, barrier }, &[object, value]);
            }
            StoreAccess::Out(index) => {
                let slots = self.emit(SLOTS_POINTER, &[object]);
                self.emit(Op::StoreSlot { index, barrier }, &[slots, value]);
            }
            StoreAccess::AddInline(shape, offset) => {
                self.emit(Op::StoreShape { shape }, &[object]);
                self.emit(Op::StoreField { offset, memory: Memory::Property, barrier }, &[object, value]);
                self.changed_shape(object, before, shape);
            }
            StoreAccess::AddOut(shape, index) => {
                let slots = self.emit(Op::EnsureSlots { count: index + 1 }, &[object]);
                self.emit(Op::StoreShape { shape }, &[object]);
                self.emit(Op::StoreSlot { index, barrier }, &[slots, value]);
                self.changed_shape(object, before, shape);
            }
            StoreAccess::Setter(setter, target) => {
                let callee = self.cell(setter);
                self.call_accessor(callee, target, object, Some(value));
            }
            StoreAccess::OwnSetter(place, callee) => {
                let setter = self.own_accessor(object, place, Accessor::SETTER_OFFSET);
                let (callee, target) = self.check_callee(setter, callee);
                self.call_accessor(callee, Some(target), object, Some(value));
            }
            StoreAccess::Generic => unreachable!("sorted out before"),
        }
        if let Some(env) = &mut self.environment {
            env.accumulator = None;
        }
        self.before = None;
    }

    fn changed_shape(&mut self, object: NodeId, before: ShapeSet, shape: ShapeRef) {
        let env = self.env_mut();
        env.forget_shapes_overlapping(&before);
        env.fact_mut(object).shapes = Some(ShapeSet::one(shape));
        // The value that registers hold is the one before its checks.
        let mut node = object;
        while matches!(self.shared.graph.op(node), Op::CheckShape { .. } | Op::CheckObject {}) {
            node = self.shared.graph.inputs(node)[0];
            self.env_mut().fact_mut(node).shapes = Some(ShapeSet::one(shape));
        }
    }

    /// The generic named store; the slot's kind gives the mode.
    pub(super) fn generic_named_store(&mut self, object: Register, name: ConstIndex, slot: SlotIndex) {
        let object = self.register(object);
        let (object, value) = (self.refined(object), self.acc());
        let value = self.refined(value);
        let key = self.shared.snapshot.function(self.function).constant(name);
        let key = self.constant(key);
        let strict = self.code.feedback.get(slot) == Some(unspool_bytecode::SlotKind::SetNamedStrict);
        let helper = if strict { Helper::SetNamedStrict } else { Helper::SetNamedSloppy };
        self.helper(helper, &[object, key, value]);
        self.env_mut().accumulator = None;
    }

    // ---- globals -------------------------------------------------------------------------------------------------------

    /// A load of a global; tells whether the plan could be followed.
    pub(super) fn global_load(&mut self, slot: SlotIndex) -> bool {
        let value = match self.plan(slot) {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericGlobalAccess) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericGlobalAccess);
                return true;
            }
            SlotPlan::GlobalLoad(GlobalLoad::Constant(value, dependencies)) => {
                self.depend(dependencies);
                self.constant(*value)
            }
            SlotPlan::GlobalLoad(GlobalLoad::Binding(cell)) => self.load_binding(*cell),
            SlotPlan::GlobalLoad(GlobalLoad::Slot(global, index, dependencies)) => {
                self.depend(dependencies);
                let global = self.cell(*global);
                self.load_slot(global, *index)
            }
            _ => return false,
        };
        self.set_acc(value);
        true
    }

    /// A store to a global; tells whether the plan could be followed.
    pub(super) fn global_store(&mut self, slot: SlotIndex) -> bool {
        let acc = self.acc();
        match self.plan(slot) {
            SlotPlan::Uninitialized
                if self.allows(DeoptReason::InsufficientTypeFeedbackForGenericGlobalAccess) =>
            {
                self.deopt(DeoptReason::InsufficientTypeFeedbackForGenericGlobalAccess);
                return true;
            }
            SlotPlan::GlobalStore(GlobalStore::Binding(cell)) => {
                self.store_binding(*cell, acc);
            }
            SlotPlan::GlobalStore(GlobalStore::Slot(global, index, dependencies)) => {
                self.depend(dependencies);
                let (global, value) = (self.cell(*global), self.refined(acc));
                let barrier = self.barrier(value);
                let slots = self.emit(SLOTS_POINTER, &[global]);
                self.emit(Op::StoreSlot { index: *index, barrier }, &[slots, value]);
            }
            _ => return false,
        }
        self.before = None;
        self.env_mut().accumulator = None;
        true
    }
}
