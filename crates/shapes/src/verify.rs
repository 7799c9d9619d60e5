//! The verifier of a whole tree. Its rules:
//!
//! 1. The parent of a shape is an allocated shared shape, and has exactly one transition to it.
//! 2. The label of a transition agrees with the edge, prototype and level of its target.
//! 3. Class and inline capacity are those of the parent; the prototype differs only over a prototype edge and the
//!    integrity level only over an integrity edge, where it rises; prototype edges never follow one another.
//! 4. A shared shape's table, if built, holds the rows that its edges spell out, in order, and has at least `count`
//!    rows.
//! 5. The keys of a shape are distinct, and so are its slots; every slot is below the slot count, and a free slot of
//!    an exclusive shape is not in use.
//! 6. Exclusive shapes have no parent, no transitions, and a table that no other shape uses.
//! 7. A table's hash index finds each row at its position; the count of its users is right; a shared table has as
//!    many rows as the fullest of its users sees.
//! 8. The owner of a constness cell in use is the shape itself or, for shared shapes, an ancestor or itself. Rows of
//!    dictionaries that are not unique have no cell.
//! 9. A root in the memo is a root with these arguments.
//! 10. Retired shapes have no properties and are not stable.
//! 11. A shape with a validity cell is exclusive, and the cell is valid and names the shape as its owner.
//! 12. A constness cell is free or belongs to exactly one shape, which has a row with it.
//! 13. A subject with dependents is flagged as such: no dependents are kept for what cannot break.

use crate::dependency::Subject;
use crate::property::Entry;
use crate::record::{Edge, Record, TransitionKey};
use crate::tree::{CellOwner, Inner};
use crate::{Integrity, Location, ShapeFlags, ShapeId, ShapeTree, ValidityId};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// Checks all rules of the module's header; the error names the first rule broken and the shape.
    pub fn verify(&self) -> Result<(), String> {
        let inner = self.inner.borrow();
        let mut users: HashMap<u32, (u32, u32)> = HashMap::new();
        let mut owned_cells = HashSet::new();
        for (index, record) in inner.records.iter().enumerate() {
            if record.is_allocated() {
                let id = ShapeId::from_raw(index as u32);
                inner.verify_shape(id, record)?;
                if record.table != 0 {
                    let (count, rows) = users.entry(record.table).or_default();
                    *count += 1;
                    *rows = (*rows).max(inner.index_limit(id));
                }
                for cell in inner.own_cells(id, record) {
                    if !owned_cells.insert(cell) {
                        return Err(format!("rule 12: {id} has a constness cell of another shape"));
                    }
                }
                if record.validity != ValidityId::ALWAYS
                    && !(record.is_exclusive()
                        && self.is_valid(record.validity)
                        && self.validity.owner(record.validity) == id)
                {
                    return Err(format!("rule 11: {id} has the validity cell {}", record.validity));
                }
            }
        }
        for (index, table) in inner.tables.iter().enumerate().skip(1) {
            let (found, rows) = users.get(&(index as u32)).copied().unwrap_or_default();
            if table.users != found {
                return Err(format!("rule 7: table {index} counts {} users, has {found}", table.users));
            }
            if table.len() != rows {
                return Err(format!("rule 7: table {index} has {} rows, {rows} are seen", table.len()));
            }
            if !table.is_consistent() {
                return Err(format!("rule 7: the index of table {index} is wrong"));
            }
        }
        let in_use = inner.cells.iter().filter(|cell| cell.owner != CellOwner::Free).count();
        if in_use != owned_cells.len() {
            return Err(format!("rule 12: {in_use} constness cells in use, {} owned", owned_cells.len()));
        }
        for ((class, prototype, capacity), id) in &inner.roots {
            let record = inner.record(*id);
            let agrees = record.is_allocated()
                && record.edge == Edge::Root
                && (record.class, record.prototype, record.inline_capacity)
                    == (*class, *prototype, *capacity);
            if !agrees {
                return Err(format!("rule 9: {id} is not the root that the memo says"));
            }
        }
        for subject in inner.dependents.keys() {
            let flagged = match subject {
                Subject::Stability(id) => {
                    let flags = inner.record(*id).flags;
                    flags.contains(ShapeFlags::DEPENDED) && flags.contains(ShapeFlags::STABLE)
                }
                Subject::Constness(cell) => {
                    let cell = &inner.cells[*cell as usize];
                    cell.depended && cell.constant
                }
                Subject::Presence(cell) => inner.cells[*cell as usize].depended,
                Subject::Validity(id) => self.is_valid(*id),
            };
            if !flagged {
                return Err(format!("rule 13: {subject:?} has dependents that can never hear"));
            }
        }
        Ok(())
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> Inner<K, P, D> {
    fn verify_shape(&self, id: ShapeId, record: &Record<K, P>) -> Result<(), String> {
        let rule = |holds: bool, number: u32, what: &str| {
            if holds { Ok(()) } else { Err(format!("rule {number}: {id}: {what}")) }
        };
        for (label, target) in record.transitions.iter() {
            let child = self.record(target);
            rule(child.is_allocated() && child.parent == id, 1, "a transition leads to a stranger")?;
            rule(label_agrees(&label, child), 2, "a label disagrees with its target")?;
        }
        if !record.parent.is_none() {
            let parent = self.record(record.parent);
            rule(parent.is_allocated() && !parent.is_exclusive(), 1, "the parent is no shared shape")?;
            let ways = parent.transitions.iter().filter(|(_, target)| *target == id).count();
            rule(ways == 1, 1, "the parent has not exactly one transition here")?;
            rule(
                (record.class, record.inline_capacity) == (parent.class, parent.inline_capacity),
                3,
                "class or inline capacity differ from the parent's",
            )?;
            let same_prototype = record.prototype == parent.prototype;
            rule(same_prototype || record.edge == Edge::Prototype, 3, "the prototype changed on the way")?;
            let chained = record.edge == Edge::Prototype && parent.edge == Edge::Prototype;
            rule(!chained, 3, "a prototype edge follows another")?;
            let same_level = record.integrity == parent.integrity;
            let raised = record.edge == Edge::Integrity && record.integrity >= parent.integrity;
            rule(same_level || raised, 3, "the integrity level changed on the way")?;
        }
        if record.flags.contains(ShapeFlags::RETIRED) {
            let empty = record.count == 0 && record.table == 0;
            return rule(empty && !record.flags.contains(ShapeFlags::STABLE), 10, "a retired shape lives");
        }
        let rows = self.verify_rows(id, record)?;
        rule(rows.len() == record.count as usize, 4, "the count of properties is wrong")?;
        let mut keys = HashSet::new();
        let mut slots = HashSet::new();
        for entry in &rows {
            rule(keys.insert(entry.key), 5, "a key occurs twice")?;
            if let Location::Slot(slot) = entry.location {
                rule(slot < record.slot_count, 5, "a slot lies past the slot count")?;
                rule(slots.insert(slot), 5, "a slot is used twice")?;
            }
            let owner = self.cells[entry.cell as usize].owner;
            let owned = entry.cell == 0
                || match owner {
                    CellOwner::Free => false,
                    CellOwner::Shape(owner) => !record.is_exclusive() && self.is_self_or_ancestor(owner, id),
                    CellOwner::Table(table) => record.is_exclusive() && table == record.table,
                };
            rule(owned, 8, "a constness cell belongs to a stranger")?;
            let plain =
                record.flags.contains(ShapeFlags::DICTIONARY) && !record.flags.contains(ShapeFlags::UNIQUE);
            rule(!plain || entry.cell == 0, 8, "a dictionary has a constness cell")?;
        }
        if record.is_exclusive() {
            for slot in &self.tables[record.table as usize].free_slots {
                rule(*slot < record.slot_count && slots.insert(*slot), 5, "a free slot is in use")?;
            }
        }
        Ok(())
    }

    /// The rows of a shape, taken from the table of exclusive shapes and from the chain of shared ones; the two are
    /// compared if there is a table.
    fn verify_rows(&self, id: ShapeId, record: &Record<K, P>) -> Result<Vec<Entry<K>>, String> {
        let table = &self.tables[record.table as usize];
        if record.is_exclusive() {
            if !record.parent.is_none()
                || record.transitions.len() != 0
                || record.table == 0
                || table.users != 1
            {
                return Err(format!("rule 6: {id} is exclusive and joined to other shapes"));
            }
            return Ok(table.rows().map(|(_, entry)| *entry).collect());
        }
        let mut chain = Vec::new();
        let mut at = id;
        while !at.is_none() {
            chain.push(at);
            at = self.record(at).parent;
        }
        let mut rows: Vec<Entry<K>> = Vec::new();
        for step in chain.into_iter().rev() {
            let step = self.record(step);
            match step.edge {
                Edge::Root | Edge::Prototype => {}
                Edge::Add(entry) => rows.push(entry),
                Edge::Replace(index, entry) => match rows.get_mut(index as usize) {
                    Some(row) if row.key == entry.key => *row = entry,
                    _ => return Err(format!("rule 4: {id} replaces a row that is not there")),
                },
                Edge::Integrity => {
                    for row in &mut rows {
                        row.attributes = step.integrity.restrict(row.attributes, row.kind);
                    }
                }
            }
        }
        if record.table != 0 {
            let seen = (0..record.count).filter_map(|i| table.row(i).copied());
            if !seen.eq(rows.iter().copied()) {
                return Err(format!("rule 4: {id}: the table disagrees with the chain"));
            }
        }
        Ok(rows)
    }

    /// The constness cells that belong to a shape.
    fn own_cells(&self, id: ShapeId, record: &Record<K, P>) -> Vec<u32> {
        if record.is_exclusive() {
            let rows = self.tables[record.table as usize].rows();
            return rows.map(|(_, entry)| entry.cell).filter(|cell| *cell != 0).collect();
        }
        match record.edge {
            Edge::Add(entry) | Edge::Replace(_, entry)
                if self.cells[entry.cell as usize].owner == CellOwner::Shape(id) =>
            {
                vec![entry.cell]
            }
            _ => Vec::new(),
        }
    }

    fn is_self_or_ancestor(&self, ancestor: ShapeId, id: ShapeId) -> bool {
        let mut at = id;
        while !at.is_none() {
            if at == ancestor {
                return true;
            }
            at = self.record(at).parent;
        }
        false
    }
}

fn label_agrees<K: Copy + Eq, P: Copy + Eq>(label: &TransitionKey<K, P>, child: &Record<K, P>) -> bool {
    match (*label, child.edge) {
        (TransitionKey::Add { key, location, attributes, kind }, Edge::Add(entry))
        | (TransitionKey::Replace { key, location, attributes, kind }, Edge::Replace(_, entry)) => {
            (key, location, attributes, kind) == (entry.key, entry.location, entry.attributes, entry.kind)
        }
        (TransitionKey::Prototype(prototype), Edge::Prototype) => prototype == child.prototype,
        (TransitionKey::Integrity(level), Edge::Integrity) => {
            level == child.integrity && level > Integrity::None
        }
        _ => false,
    }
}
