//! Plans of property accesses: from the handlers of inline caches to accesses with dependencies.
//!
//! A handler says where a property was found; the plan adds what can be relied on instead of testing it: the validity of the prototype
//! chain, the constness of a property of a known object. A handler that no longer holds is left out.

use unspool_gc::{Gc, Header};
use unspool_runtime::ValueExt as _;
use unspool_runtime::cells::{Array, BindingCell, Function, FunctionTemplate, Handler};
use unspool_runtime::environment;
use unspool_runtime::ic::handler::{BOOLEAN_SHAPE, GROWS, HOLES, Kind, NUMBER_SHAPE};
use unspool_runtime::ic::keyed::{APPENDED, HOLE, NAMED, OUT_OF_BOUNDS};
use unspool_runtime::object::Object;
use unspool_runtime::object::shapes::{inline_offset, proto_object, validity_of_chain};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_shapes::{PropertyKind, ShapeId, ValidityId};
use unspool_values::atom::KnownAtom;
use unspool_values::cell::reserved_shape;
use unspool_values::object::ElementsRef;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, PropertyKey, Value};

use super::capture::{CacheEntry, Capture};
use super::plan::{
    CallPlan, ElementCase, ElementKind, GlobalLoad, GlobalStore, LoadAccess, LoadCase, Place, Receiver,
    SlotPlan, StoreAccess, StoreCase,
};
use super::{Dependency, DependencyRef, OwnProperty};
use crate::graph::{ShapeRef, TypedElement};
use crate::log::DependencyKind;

impl Capture<'_> {
    fn receiver(&mut self, shape: ShapeId) -> Option<Receiver> {
        Some(match shape.raw() {
            _ if shape == NUMBER_SHAPE => Receiver::Number,
            _ if shape == BOOLEAN_SHAPE => Receiver::Boolean,
            reserved_shape::STRING => Receiver::String,
            reserved_shape::SYMBOL => Receiver::Symbol,
            reserved_shape::BIGINT => Receiver::BigInt,
            _ if shape.is_reserved() || shape.is_none() => return None,
            _ => Receiver::Shape(self.shape(shape)),
        })
    }

    /// What relying on a validity cell means; nothing if the cell is broken, or the speculation log refuses.
    fn validity(&mut self, id: u32) -> Option<Vec<DependencyRef>> {
        let cell = ValidityId::from_raw(id);
        if cell == ValidityId::ALWAYS {
            return Some(Vec::new());
        }
        if !self.cx.shapes.is_valid(cell) {
            return None;
        }
        let owner = self.cx.shapes.validity_owner(cell);
        let class = CellKind::ALL[self.cx.shapes.class(owner) as usize];
        if !self.may_depend(DependencyKind::Validity, class) {
            return None;
        }
        let owner = self.shape(owner);
        Some(vec![self.dependency(Dependency::Validity(id, owner))])
    }

    pub(super) fn named_load(&mut self, entries: &[CacheEntry], key: Option<PropertyKey>) -> SlotPlan {
        let mut cases = Vec::new();
        for &(shape, handler) in entries {
            if Kind::validity(handler).is_some_and(|id| !self.cx.shapes.is_valid(id)) {
                continue;
            }
            let Some(receiver) = self.receiver(shape) else { continue };
            let (access, dependencies) = self.load_access(handler, key);
            cases.push(LoadCase { receiver, access, dependencies });
        }
        if cases.is_empty() { SlotPlan::Generic } else { SlotPlan::Load(cases) }
    }

    fn load_access(
        &mut self,
        handler: Handler,
        key: Option<PropertyKey>,
    ) -> (LoadAccess, Vec<DependencyRef>) {
        let offset = u32::from(handler.index);
        let plain = |access| (access, Vec::new());
        match Kind::of(handler) {
            Kind::LoadInline => plain(LoadAccess::Inline(offset)),
            Kind::LoadOut => plain(LoadAccess::Out(offset)),
            Kind::LoadArrayLength => plain(LoadAccess::ArrayLength),
            Kind::LoadStringLength => plain(LoadAccess::StringLength),
            Kind::LoadAbsent => {
                let undefined = self.constant(Value::UNDEFINED);
                match self.validity(handler.word) {
                    Some(dependencies) => (LoadAccess::Constant(undefined), dependencies),
                    None => plain(LoadAccess::Generic),
                }
            }
            Kind::LoadBinding => match handler.cell {
                Some(cell) => plain(LoadAccess::Binding(self.cell(cell))),
                None => plain(LoadAccess::Generic),
            },
            kind @ (Kind::LoadProtoInline | Kind::LoadProtoOut) => {
                let Some(cell) = handler.cell else { return plain(LoadAccess::Generic) };
                let Some(mut dependencies) = self.validity(handler.word) else {
                    return plain(LoadAccess::Generic);
                };
                if let Some((value, constness)) = self.constant_property(Value::from_cell(cell), key) {
                    dependencies.push(constness);
                    return (LoadAccess::Constant(self.constant(value)), dependencies);
                }
                let holder = self.cell(cell);
                let access = match kind {
                    Kind::LoadProtoInline => LoadAccess::HolderInline(holder, offset),
                    _ => LoadAccess::HolderOut(holder, offset),
                };
                (access, dependencies)
            }
            kind @ (Kind::GetterInline | Kind::GetterOut) => match self.call(0, handler.cell) {
                callee @ (CallPlan::Closure(..) | CallPlan::FeedbackCell(..)) => {
                    let place =
                        if kind == Kind::GetterInline { Place::Inline(offset) } else { Place::Out(offset) };
                    plain(LoadAccess::OwnGetter(place, callee))
                }
                CallPlan::Native(..) | CallPlan::Any => plain(LoadAccess::Generic),
            },
            Kind::GetterProtoInline | Kind::GetterProtoOut => {
                let Some(dependencies) = self.validity(handler.word) else {
                    return plain(LoadAccess::Generic);
                };
                match handler.cell.and_then(|cell| self.accessor(Value::from_cell(cell), key)) {
                    Some((getter, _)) if getter.is_undefined() => {
                        (LoadAccess::Constant(self.constant(getter)), dependencies)
                    }
                    Some((getter, _)) if getter.is_cell() => {
                        let target = getter.to::<Function>().and_then(|f| self.closure_target(f));
                        let cell = self.cell(getter.as_cell());
                        (LoadAccess::Getter(cell, target), dependencies)
                    }
                    _ => plain(LoadAccess::Generic),
                }
            }
            _ => plain(LoadAccess::Generic),
        }
    }

    /// The value of an own data property that nobody overwrote, of an object with a shape of its own.
    fn constant_property(
        &mut self,
        holder: Value,
        key: Option<PropertyKey>,
    ) -> Option<(Value, DependencyRef)> {
        let (holder, key) = (holder.as_object()?, key?);
        let shape = holder.shape();
        let property = self.cx.shapes.lookup(shape, key)?;
        if !property.constant || property.kind != PropertyKind::Data || !self.is_unique(shape) {
            return None;
        }
        // An undefined variable may still get its first value without ceasing to be constant.
        let is_settled = |v: &Value| !v.is_hole() && !v.is_undefined() && *v != Value::LAZY;
        let value = holder.own_data_value(self.cx, key).filter(is_settled)?;
        if !self.may_depend(DependencyKind::Constness, holder.kind()) {
            return None;
        }
        let key = self.key_cell(key)?;
        let (shape, holder) = (self.shape(shape), self.cell(Value::from(holder).as_cell()));
        let settled = self.constant(value);
        Some((value, self.dependency(Dependency::Constness(OwnProperty { holder, shape, key }, settled))))
    }

    /// What must stay true for arrays to be iterated without calling what the program could replace, if it is true.
    pub(super) fn array_iteration(&mut self, realm: Gc<Realm>) -> Option<Vec<DependencyRef>> {
        let arrays = realm.existing_intrinsic(Intrinsic::ArrayPrototype)?;
        let iterators = realm.existing_intrinsic(Intrinsic::ArrayIteratorPrototype)?;
        // Inline caches may not have looked through them yet.
        arrays.become_prototype(self.cx);
        iterators.become_prototype(self.cx);
        let iterator = PropertyKey::from_symbol(self.cx.symbols.get(WellKnownSymbol::iterator));
        let next = self.cx.key(KnownAtom::next);
        let (values, first) = self.constant_property(arrays.into(), Some(iterator))?;
        let (_, second) = self.constant_property(iterators.into(), Some(next))?;
        let is_original = realm.existing_intrinsic(Intrinsic::ArrayPrototypeValues)? == values.as_object()?
            && self.array_iterator_next(realm).is_some();
        is_original.then(|| vec![first, second])
    }

    /// The load of a method that objects of a shape inherit.
    pub(super) fn method_of(&mut self, shape: ShapeRef, key: Value) -> Option<LoadCase> {
        let id = ShapeId::from_raw(self.snapshot.shape_info(shape).id);
        let key = environment::constant_key(self.cx, key);
        if self.cx.shapes.lookup(id, key).is_some() {
            return None;
        }
        let first = proto_object(self.cx.shapes.prototype(id))?;
        let validity = validity_of_chain(self.cx, Some(first))?;
        let mut holder = first;
        while self.cx.shapes.lookup(holder.shape(), key).is_none() {
            holder = holder.prototype(self.cx)?;
        }
        let mut dependencies = self.validity(validity.raw())?;
        let access = match self.constant_property(holder.into(), Some(key)) {
            Some((value, constness)) => {
                dependencies.push(constness);
                LoadAccess::Constant(self.constant(value))
            }
            None => {
                let property = self.cx.shapes.lookup(holder.shape(), key)?;
                let slot = property.location.slot().filter(|_| property.kind == PropertyKind::Data)?;
                let capacity = u32::from(self.cx.shapes.inline_capacity(holder.shape()));
                let holder = self.cell(Value::from(holder).as_cell());
                match slot.checked_sub(capacity) {
                    None => LoadAccess::HolderInline(holder, inline_offset(slot) as u32),
                    Some(slot) => LoadAccess::HolderOut(holder, slot),
                }
            }
        };
        Some(LoadCase { receiver: Receiver::Shape(shape), access, dependencies })
    }

    fn is_unique(&self, shape: ShapeId) -> bool {
        self.cx.shapes.flags(shape).contains(unspool_shapes::ShapeFlags::UNIQUE)
    }

    /// Getter and setter of an own accessor.
    fn accessor(&mut self, holder: Value, key: Option<PropertyKey>) -> Option<(Value, Value)> {
        let (holder, key): (Object, PropertyKey) = (holder.as_object()?, key?);
        let property = self.cx.shapes.lookup(holder.shape(), key)?;
        if property.kind != PropertyKind::Accessor || holder.is_proxy() {
            return None;
        }
        let descriptor = holder.get_own_property(self.cx, key).ok()??;
        Some((descriptor.get?, descriptor.set?))
    }

    pub(super) fn named_store(&mut self, entries: &[CacheEntry], key: Option<PropertyKey>) -> SlotPlan {
        let mut cases = Vec::new();
        for &(shape, handler) in entries {
            if Kind::validity(handler).is_some_and(|id| !self.cx.shapes.is_valid(id)) {
                continue;
            }
            let Some(Receiver::Shape(shape)) = self.receiver(shape) else { continue };
            let (access, dependencies) = self.store_access(handler, key);
            cases.push(StoreCase { shape, access, dependencies });
        }
        if cases.is_empty() { SlotPlan::Generic } else { SlotPlan::Store(cases) }
    }

    fn store_access(
        &mut self,
        handler: Handler,
        key: Option<PropertyKey>,
    ) -> (StoreAccess, Vec<DependencyRef>) {
        let offset = u32::from(handler.index);
        let position = u32::from(handler.flags);
        match Kind::of(handler) {
            Kind::StoreInline => (StoreAccess::Inline(offset), Vec::new()),
            Kind::StoreOut => (StoreAccess::Out(offset), Vec::new()),
            kind @ (Kind::AddInline | Kind::AddOut) => {
                let Some(dependencies) = self.validity(offset) else {
                    return (StoreAccess::Generic, Vec::new());
                };
                let shape = self.shape(ShapeId::from_raw(handler.word));
                let access = match kind {
                    Kind::AddInline => StoreAccess::AddInline(shape, inline_offset(position) as u32),
                    _ => StoreAccess::AddOut(shape, position),
                };
                (access, dependencies)
            }
            kind @ (Kind::SetterInline | Kind::SetterOut) => match self.call(0, handler.cell) {
                callee @ (CallPlan::Closure(..) | CallPlan::FeedbackCell(..)) => {
                    let place =
                        if kind == Kind::SetterInline { Place::Inline(offset) } else { Place::Out(offset) };
                    (StoreAccess::OwnSetter(place, callee), Vec::new())
                }
                CallPlan::Native(..) | CallPlan::Any => (StoreAccess::Generic, Vec::new()),
            },
            Kind::SetterProtoInline | Kind::SetterProtoOut => {
                let Some(dependencies) = self.validity(handler.word) else {
                    return (StoreAccess::Generic, Vec::new());
                };
                match handler.cell.and_then(|cell| self.accessor(Value::from_cell(cell), key)) {
                    Some((_, setter)) if setter.is_cell() => {
                        let target = setter.to::<Function>().and_then(|f| self.closure_target(f));
                        let cell = self.cell(setter.as_cell());
                        (StoreAccess::Setter(cell, target), dependencies)
                    }
                    _ => (StoreAccess::Generic, Vec::new()),
                }
            }
            _ => (StoreAccess::Generic, Vec::new()),
        }
    }

    /// A keyed load. `bits` are what it has met.
    pub(super) fn keyed_load(&mut self, entries: &[CacheEntry], bits: u8) -> SlotPlan {
        let (out_of_bounds, holes) = (bits & OUT_OF_BOUNDS != 0, bits & HOLE != 0);
        match self.element_cases(entries, bits, HOLES) {
            Some(cases) => SlotPlan::Elements { cases, out_of_bounds, holes, appended: false },
            None => SlotPlan::Generic,
        }
    }

    /// A keyed store. `bits` are what it has met.
    pub(super) fn keyed_store(&mut self, entries: &[CacheEntry], bits: u8) -> SlotPlan {
        let appended = bits & APPENDED != 0;
        match self.element_cases(entries, bits, GROWS) {
            Some(cases) => SlotPlan::Elements { cases, out_of_bounds: false, holes: false, appended },
            None => SlotPlan::Generic,
        }
    }

    /// The receivers of a keyed access, where all are known. Handlers with the flag rely on the absence of elements in prototypes.
    fn element_cases(&mut self, entries: &[CacheEntry], bits: u8, relies: u8) -> Option<Vec<ElementCase>> {
        if bits & NAMED != 0 {
            return None;
        }
        let mut cases = Vec::new();
        for &(shape, handler) in entries {
            let receiver = self.receiver(shape)?;
            let kind = match Kind::of(handler) {
                Kind::LoadElement | Kind::StoreElement => {
                    match self.cx.shapes.class(shape) == CellKind::Array as u8 {
                        true => ElementKind::Array,
                        false => ElementKind::Object,
                    }
                }
                Kind::LoadCharacter => ElementKind::String,
                Kind::LoadTypedElement | Kind::StoreTypedElement => {
                    ElementKind::Typed(self.element_type(shape))
                }
                _ => return None,
            };
            let valid = Kind::validity(handler).is_some_and(|id| self.cx.shapes.is_valid(id));
            let absent =
                if handler.flags & relies != 0 && valid { self.validity(handler.word) } else { None };
            cases.push(ElementCase { receiver, kind, absent });
        }
        (!cases.is_empty()).then_some(cases)
    }

    /// The element type of typed arrays with the prototype of a shape, if it is an intrinsic one.
    fn element_type(&self, shape: ShapeId) -> Option<TypedElement> {
        use Intrinsic as I;
        let realm = self.root.template.realm;
        let table = [
            (I::Int8ArrayPrototype, TypedElement::Int8),
            (I::Uint8ArrayPrototype, TypedElement::Uint8),
            (I::Uint8ClampedArrayPrototype, TypedElement::Uint8Clamped),
            (I::Int16ArrayPrototype, TypedElement::Int16),
            (I::Uint16ArrayPrototype, TypedElement::Uint16),
            (I::Int32ArrayPrototype, TypedElement::Int32),
            (I::Uint32ArrayPrototype, TypedElement::Uint32),
            (I::Float32ArrayPrototype, TypedElement::Float32),
            (I::Float64ArrayPrototype, TypedElement::Float64),
        ];
        let prototype = proto_object(self.cx.shapes.prototype(shape))?;
        let is_it = |intrinsic| realm.existing_intrinsic(intrinsic) == Some(prototype);
        table.into_iter().find(|(intrinsic, _)| is_it(*intrinsic)).map(|(_, element)| element)
    }

    /// A literal, from its boilerplate.
    pub(super) fn literal(&mut self, boilerplate: Option<Gc<Header>>) -> SlotPlan {
        let Some(cell) = boilerplate else { return SlotPlan::Uninitialized };
        let Some(object) = Value::from_cell(cell).as_object() else { return SlotPlan::Opaque };
        let shape = object.shape();
        let capacity = u32::from(self.cx.shapes.inline_capacity(shape));
        let is_plain = object.kind() == CellKind::Object
            && object.head().raw_elements().is_none()
            && self.cx.shapes.slot_count(shape) <= capacity
            && !self.cx.shapes.is_exclusive(shape);
        let copy = |this: &mut Self| SlotPlan::Literal(this.cell(cell));
        if object.kind() == CellKind::Array {
            self.array_boilerplate(object, cell);
        }
        if !is_plain {
            return copy(self);
        }
        let properties: Vec<_> = self.cx.shapes.properties(shape).collect();
        let mut values = Vec::new();
        for (key, property) in properties {
            let (Some(slot), Some(value)) = (property.location.slot(), object.own_data_value(self.cx, key))
            else {
                return copy(self);
            };
            if value.is_object() {
                return copy(self);
            }
            if !value.is_undefined() {
                values.push((inline_offset(slot) as u32, self.constant(value)));
            }
        }
        SlotPlan::ObjectLiteral { shape: self.shape(shape), inline_slots: capacity, values }
    }

    /// Notes what is in the boilerplate of an array literal, if it is small and without literals of its own.
    fn array_boilerplate(&mut self, object: Object, cell: Gc<Header>) {
        const MAX_ELEMENTS: usize = 32;
        let shape = object.shape();
        let ElementsRef::Dense(elements) = object.head().elements() else { return };
        let values = elements.values();
        let is_small = values.len() <= MAX_ELEMENTS
            && object.to::<Array>().is_some_and(|array| array.length.get() as usize == values.len())
            && object.head().slots().is_none()
            && !self.cx.shapes.is_exclusive(shape);
        if !is_small || values.iter().any(|value| value.get().is_object()) {
            return;
        }
        let values = values.iter().map(|value| self.constant(value.get())).collect();
        let (shape, cell) = (self.shape(shape), self.cell(cell));
        self.snapshot.boilerplates.insert(cell, (shape, values));
    }

    fn binding(&mut self, handler: Handler) -> Option<Gc<BindingCell>> {
        Value::from_cell(handler.cell?).to::<BindingCell>().filter(|cell| !cell.value.get().is_hole())
    }

    /// The slot of a global property, if the global object still has the shape.
    fn global_slot(
        &mut self,
        template: Gc<FunctionTemplate>,
        shape: ShapeId,
        key: Option<PropertyKey>,
    ) -> Option<(Value, Vec<DependencyRef>)> {
        let global = template.realm.global.get().as_object()?;
        if global.shape() != shape || !self.is_unique(shape) {
            return None;
        }
        if !self.may_depend(DependencyKind::Presence, CellKind::Global) {
            return None;
        }
        let key = self.key_cell(key?)?;
        let (shape, holder) = (self.shape(shape), self.cell(Value::from(global).as_cell()));
        Some((global.into(), vec![self.dependency(Dependency::Presence(OwnProperty { holder, shape, key }))]))
    }

    pub(super) fn global_load(
        &mut self,
        template: Gc<FunctionTemplate>,
        shape: ShapeId,
        handler: Handler,
        key: Option<PropertyKey>,
    ) -> SlotPlan {
        match Kind::of(handler) {
            Kind::None => SlotPlan::Uninitialized,
            Kind::GlobalBinding => match self.binding(handler) {
                Some(cell) if cell.is_const() => {
                    SlotPlan::GlobalLoad(GlobalLoad::Constant(self.constant(cell.value.get()), Vec::new()))
                }
                Some(cell) => {
                    let (binding, value) = (self.cell(cell.erase()), cell.value.get());
                    // An undefined variable will most likely get its first value by an assignment.
                    let is_constant = cell.flags.get() & BindingCell::MUTATED == 0
                        && !value.is_undefined()
                        && self.may_depend(DependencyKind::Binding, CellKind::BindingCell);
                    if !is_constant {
                        return SlotPlan::GlobalLoad(GlobalLoad::Binding(binding));
                    }
                    let value = self.constant(value);
                    let dependency = self.dependency(Dependency::Binding(binding, value));
                    SlotPlan::GlobalLoad(GlobalLoad::Constant(value, vec![dependency]))
                }
                None => SlotPlan::Generic,
            },
            Kind::GlobalSlot => {
                let global = template.realm.global.get();
                let Some((_, presence)) = self.global_slot(template, shape, key) else {
                    return SlotPlan::Generic;
                };
                if let Some((value, constness)) = self.constant_property(global, key) {
                    return SlotPlan::GlobalLoad(GlobalLoad::Constant(self.constant(value), vec![constness]));
                }
                let cell = self.cell(global.as_cell());
                SlotPlan::GlobalLoad(GlobalLoad::Slot(cell, u32::from(handler.index), presence))
            }
            _ => SlotPlan::Generic,
        }
    }

    pub(super) fn global_store(
        &mut self,
        template: Gc<FunctionTemplate>,
        shape: ShapeId,
        handler: Handler,
        key: Option<PropertyKey>,
    ) -> SlotPlan {
        match Kind::of(handler) {
            Kind::None => SlotPlan::Uninitialized,
            Kind::GlobalBinding => match self.binding(handler) {
                Some(cell) if !cell.is_const() => {
                    SlotPlan::GlobalStore(GlobalStore::Binding(self.cell(cell.erase())))
                }
                _ => SlotPlan::Generic,
            },
            Kind::GlobalSlot => match self.global_slot(template, shape, key) {
                Some((global, presence)) => {
                    let cell = self.cell(global.as_cell());
                    SlotPlan::GlobalStore(GlobalStore::Slot(cell, u32::from(handler.index), presence))
                }
                None => SlotPlan::Generic,
            },
            _ => SlotPlan::Generic,
        }
    }
}
