//! What compiled code relies on without testing it.

use unspool_bytecode::SlotIndex;
use unspool_runtime::Cx;
use unspool_runtime::isolate::Dependent;
use unspool_shapes::{ShapeId, ValidityId};
use unspool_values::object::GcVec;
use unspool_values::{JSString, PropertyKey, Value};

use super::Snapshot;
use crate::graph::{CellRef, ShapeRef};

/// A dependency of the snapshot, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DependencyRef(pub u32);

/// A fact that somebody tells us the end of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dependency {
    /// A prototype chain has the structure that it had.
    Validity(u32),
    /// A property of the shape's objects is not overwritten (and, the shape being unique, not removed). The cell is the key.
    Constness(ShapeRef, CellRef),
    /// A property of the unique shape stays where it is, as it is. The cell is the key.
    Presence(ShapeRef, CellRef),
}

/// The cells of a snapshot, in the order of its numbers: kept alive by the job on the main thread.
#[derive(Clone, Copy, Debug)]
pub struct Roots {
    /// The cells.
    pub cells: GcVec,
}

impl Roots {
    /// The cell with a number.
    pub fn cell(&self, cell: CellRef) -> Value {
        self.cells.get(cell.index())
    }

    /// Enters the dependencies under a code's number. `false`: one of them is broken already, the code must not be used (those
    /// entered before it stay and do no harm to a number that is never given again).
    pub fn depend(
        &self,
        cx: Cx<'_>,
        snapshot: &Snapshot,
        dependencies: &[DependencyRef],
        dependent: Dependent,
    ) -> bool {
        dependencies.iter().all(|dependency| match snapshot.dependencies[dependency.0 as usize] {
            Dependency::Validity(id) => cx.shapes.depend_on_validity(ValidityId::from_raw(id), dependent),
            Dependency::Constness(shape, key) => {
                cx.shapes.depend_on_constness(shape_id(snapshot, shape), self.key(key), dependent)
            }
            Dependency::Presence(shape, key) => {
                cx.shapes.depend_on_presence(shape_id(snapshot, shape), self.key(key), dependent)
            }
        })
    }

    fn key(&self, key: CellRef) -> PropertyKey {
        let value = self.cell(key);
        match value.to::<JSString>() {
            Some(atom) => PropertyKey::from_atom(atom),
            None => PropertyKey::from_symbol(value.to().expect("keys are atoms and symbols")),
        }
    }
}

fn shape_id(snapshot: &Snapshot, shape: ShapeRef) -> ShapeId {
    ShapeId::from_raw(snapshot.shape_info(shape).id)
}

/// A slot number as the vector takes it.
pub(super) fn slot_number(slot: SlotIndex) -> u32 {
    slot.0
}
