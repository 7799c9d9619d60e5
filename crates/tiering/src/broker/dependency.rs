//! What compiled code relies on without testing it.
//!
//! A dependency is validated twice: [`Roots::holds`] asks about all of them before the code gets its memory (which may collect garbage), and
//! [`Roots::depend`] asks again while it enters them, with nothing in between that could break one before the code is linked.

use unspool_bytecode::SlotIndex;
use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{BindingCell, Context, FunctionTemplate};
use unspool_runtime::isolate::Dependent;
use unspool_runtime::object::ValueExt as _;
use unspool_shapes::{ShapeFlags, ShapeId, ValidityId};
use unspool_values::object::GcVec;
use unspool_values::{CellKind, JSString, PropertyKey, Value};

use super::Snapshot;
use crate::graph::{CellRef, FunctionRef, ShapeRef, TaggedConst};
use crate::log::DependencyKind;

/// A dependency of the snapshot, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DependencyRef(pub u32);

/// A fact that somebody tells us the end of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dependency {
    /// The chain of the prototype with this unique shape has the structure that it had: the validity cell is unbroken.
    Validity(u32, ShapeRef),
    /// A property of an object with a shape of its own is not overwritten and not removed: it keeps the value.
    Constness(OwnProperty, TaggedConst),
    /// Nothing assigns to a `let` of a script or module: the cell and its value.
    Binding(CellRef, TaggedConst),
    /// Nothing assigns to a slot of a context: the context, the slot's number and value.
    ContextSlot(CellRef, u32, TaggedConst),
    /// The function with the template has one closure.
    OneClosure(CellRef),
    /// A property of an object with a shape of its own stays where it is, as it is.
    Presence(OwnProperty),
}

/// A property of an object with a shape of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OwnProperty {
    /// The object.
    pub holder: CellRef,
    /// Its shape.
    pub shape: ShapeRef,
    /// The cell of the key.
    pub key: CellRef,
}

impl Dependency {
    /// What it is about.
    pub fn kind(&self) -> DependencyKind {
        match self {
            Dependency::Validity(..) => DependencyKind::Validity,
            Dependency::Constness(..) => DependencyKind::Constness,
            Dependency::Presence(_) => DependencyKind::Presence,
            Dependency::Binding(..) => DependencyKind::Binding,
            Dependency::ContextSlot(..) => DependencyKind::ContextSlot,
            Dependency::OneClosure(_) => DependencyKind::OneClosure,
        }
    }
    /// The class of the object that it is about.
    pub fn class(&self, snapshot: &Snapshot) -> CellKind {
        match *self {
            Dependency::Validity(_, owner) => snapshot.shape_info(owner).kind,
            Dependency::Constness(property, _) | Dependency::Presence(property) => {
                snapshot.cell_info(property.holder).kind
            }
            Dependency::Binding(..) => CellKind::BindingCell,
            Dependency::ContextSlot(..) => CellKind::Context,
            Dependency::OneClosure(_) => CellKind::FunctionTemplate,
        }
    }
    /// The cell that tells who relies on it of its change, if it is no shape: with the number of the part that changes.
    pub fn part(&self) -> Option<(CellRef, u32)> {
        match *self {
            Dependency::Binding(cell, _) | Dependency::OneClosure(cell) => Some((cell, 0)),
            Dependency::ContextSlot(context, index, _) => Some((context, Context::assigned_bit(index))),
            Dependency::Validity(..) | Dependency::Constness(..) | Dependency::Presence(_) => None,
        }
    }
    /// What it is about, for traces (as far as the snapshot has texts).
    pub fn text(&self, snapshot: &Snapshot) -> String {
        let kind = self.kind().text();
        match *self {
            Dependency::Validity(_, owner) => format!("{kind} of {}", snapshot.shape_info(owner).text),
            Dependency::Binding(..) => kind.to_owned(),
            Dependency::ContextSlot(context, index, _) => {
                format!("{kind} {}", snapshot.slot_names.get(&(context, index)).map_or("", |name| name))
            }
            Dependency::OneClosure(template) => format!("{kind} of {}", snapshot.cell_info(template).text),
            Dependency::Constness(OwnProperty { key, holder, .. }, _)
            | Dependency::Presence(OwnProperty { key, holder, .. }) => {
                format!("{kind} {} of {}", snapshot.cell_info(key).text, snapshot.cell_info(holder).text)
            }
        }
    }
}

/// A dependency that a graph uses, with the instructions that rely on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reliance {
    /// The dependency.
    pub dependency: DependencyRef,
    /// Functions and offsets.
    pub places: Vec<(FunctionRef, u32)>,
}

/// The cells of a snapshot, in the order of its numbers: kept alive by the job on the main thread.
#[derive(Clone, Copy, Debug)]
pub struct Roots {
    /// The number of the job, under which the isolate keeps the cells and shapes.
    pub job: u32,
    /// The cells.
    pub cells: GcVec,
}

impl Roots {
    /// The cell with a number.
    pub fn cell(&self, cell: CellRef) -> Value {
        self.cells.get(cell.index())
    }

    /// Forgets the job: its cells and shapes are not kept for it any more.
    pub fn release(&self, cx: Cx<'_>) {
        cx.pinned_jobs.borrow_mut().retain(|job| job.id != self.job);
    }

    /// Does everything still hold?
    pub fn holds(&self, cx: Cx<'_>, snapshot: &Snapshot, reliances: &[Reliance]) -> bool {
        reliances.iter().all(|reliance| match snapshot.dependencies[reliance.dependency.0 as usize] {
            Dependency::Validity(id, owner) => self.is_valid(cx, snapshot, id, owner),
            Dependency::Constness(property, value) => self.has_value(cx, snapshot, property, value),
            Dependency::Presence(property) => self.has_property(cx, snapshot, property),
            Dependency::Binding(cell, value) => self.binding(cell).is_some_and(|cell| {
                cell.flags.get() & BindingCell::MUTATED == 0
                    && cell.value.get().bits() == bits(snapshot, value)
            }),
            Dependency::ContextSlot(context, index, value) => self.context(context).is_some_and(|context| {
                !context.is_assigned(index) && context.slot(index).bits() == bits(snapshot, value)
            }),
            Dependency::OneClosure(template) => {
                self.template(template).is_some_and(|template| template.has_one_closure())
            }
        })
    }

    /// Enters the dependencies under a code's number. `false`: one of them is broken, the code must not be used (those
    /// entered before it stay and do no harm to a number that is never given again). `enter` enters those on cells, by address and part.
    pub fn depend(
        &self,
        cx: Cx<'_>,
        snapshot: &Snapshot,
        reliances: &[Reliance],
        code: u32,
        mut enter: impl FnMut((u64, u32), Dependent),
    ) -> bool {
        self.holds(cx, snapshot, reliances)
            && reliances.iter().enumerate().all(|(i, reliance)| {
                let dependent = Dependent { code, dependency: i as u32 };
                let dependency = snapshot.dependencies[reliance.dependency.0 as usize];
                if let Some((cell, part)) = dependency.part() {
                    enter((snapshot.cell_info(cell).address, part), dependent);
                }
                match dependency {
                    Dependency::Validity(id, _) => {
                        cx.shapes.depend_on_validity(ValidityId::from_raw(id), dependent)
                    }
                    Dependency::Constness(OwnProperty { shape, key, .. }, _) => {
                        cx.shapes.depend_on_constness(shape_id(snapshot, shape), self.key(key), dependent)
                    }
                    Dependency::Binding(cell, _) => self.binding(cell).is_some_and(|cell| cell.depend()),
                    Dependency::ContextSlot(context, index, _) => {
                        self.context(context).is_some_and(|context| context.depend(index))
                    }
                    Dependency::OneClosure(template) => {
                        self.template(template).is_some_and(|template| template.depend_on_one_closure())
                    }
                    Dependency::Presence(OwnProperty { shape, key, .. }) => {
                        cx.shapes.depend_on_presence(shape_id(snapshot, shape), self.key(key), dependent)
                    }
                }
            })
    }

    fn binding(&self, cell: CellRef) -> Option<Gc<BindingCell>> {
        self.cell(cell).to()
    }
    fn context(&self, cell: CellRef) -> Option<Gc<Context>> {
        self.cell(cell).to()
    }
    fn template(&self, cell: CellRef) -> Option<Gc<FunctionTemplate>> {
        self.cell(cell).to()
    }

    fn is_valid(&self, cx: Cx<'_>, snapshot: &Snapshot, id: u32, owner: ShapeRef) -> bool {
        // A number may have been given again meanwhile: then to somebody else, because the job keeps the owner's shape.
        let id = ValidityId::from_raw(id);
        cx.shapes.is_valid(id) && cx.shapes.validity_owner(id) == shape_id(snapshot, owner)
    }

    fn has_property(&self, cx: Cx<'_>, snapshot: &Snapshot, property: OwnProperty) -> bool {
        let OwnProperty { holder, shape, key } = property;
        let shape = shape_id(snapshot, shape);
        self.cell(holder).as_object().is_some_and(|holder| holder.shape() == shape)
            && cx.shapes.flags(shape).contains(ShapeFlags::UNIQUE)
            && cx.shapes.lookup(shape, self.key(key)).is_some()
    }

    fn has_value(&self, cx: Cx<'_>, snapshot: &Snapshot, property: OwnProperty, value: TaggedConst) -> bool {
        let expected = bits(snapshot, value);
        let (id, name) = (shape_id(snapshot, property.shape), self.key(property.key));
        self.has_property(cx, snapshot, property)
            && cx.shapes.lookup(id, name).is_some_and(|property| property.constant)
            && self
                .cell(property.holder)
                .as_object()
                .and_then(|holder| holder.own_data_value(cx, name))
                .is_some_and(|value| value.bits() == expected)
    }

    fn key(&self, key: CellRef) -> PropertyKey {
        let value = self.cell(key);
        match value.to::<JSString>() {
            Some(atom) => PropertyKey::from_atom(atom),
            None => PropertyKey::from_symbol(value.to().expect("keys are atoms and symbols")),
        }
    }
}

fn bits(snapshot: &Snapshot, value: TaggedConst) -> u64 {
    match value {
        TaggedConst::Bits(bits) => bits,
        TaggedConst::Cell(cell) => snapshot.cell_info(cell).address,
    }
}

fn shape_id(snapshot: &Snapshot, shape: ShapeRef) -> ShapeId {
    ShapeId::from_raw(snapshot.shape_info(shape).id)
}

/// A slot number as the vector takes it.
pub(super) fn slot_number(slot: SlotIndex) -> u32 {
    slot.0
}
