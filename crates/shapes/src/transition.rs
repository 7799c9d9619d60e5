//! Operations that give an object another shape.
//!
//! A *shared* shape is never changed: each operation finds or makes the shape at the end of a labelled edge, and the
//! shape left behind stops being stable. An *exclusive* shape (dictionary or unique) is changed in place, unless its
//! id is in a cache or something depends on it: then the object *moves* to a fresh id with the same contents, and the
//! old id is *retired*, which means that nothing but caches may still hold it. Either way the client stores the shape
//! that comes back into the object's header.
//!
//! Slots never move: a property keeps its slot for as long as it exists. A removed property's slot is the client's
//! to clear.
//!
//! Every operation may break assumptions: call [`take_broken`](crate::ShapeTree::take_broken) afterwards.

use crate::dependency::{Cause, Subject};
use crate::property::Entry;
use crate::record::{Edge, Record, TransitionKey, Transitions};
use crate::tree::{CellOwner, Constness, Inner};
use crate::{Attributes, Integrity, Location, PropertyKind, ShapeFlags, ShapeId, ShapeTree, ValidityId};
use std::hash::Hash;

/// Where an added property goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddResult {
    /// The object's shape from now on.
    pub shape: ShapeId,
    /// The slot in which the client stores the value.
    pub slot: u32,
}

/// What became of a redefined property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReconfigureResult {
    /// The object's shape from now on.
    pub shape: ShapeId,
    /// The property's slot.
    pub slot: u32,
    /// The slot is new (the property was virtual before), so the client must store a value.
    pub fresh: bool,
}

/// How a property was removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RemoveResult {
    /// The object's shape from now on.
    pub shape: ShapeId,
    /// The slot that the client clears, so that nothing is kept alive by it. `None` for virtual properties.
    pub cleared: Option<u32>,
    /// Which way it went.
    pub path: RemovePath,
}

/// The ways to remove a property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RemovePath {
    /// It was added last: the object returned to the shape before.
    ToParent,
    /// The object has its own table.
    InPlace,
    /// The object became a dictionary.
    ToDictionary,
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// Adds a property with a slot, as an ordinary store does: the store that follows initializes it, and it may be
    /// treated as constant until [`mark_mutable`](ShapeTree::mark_mutable). The shape must not have the key. Whether
    /// it is extensible is the client's question: some keys (private names) may be added to any object.
    ///
    /// An object with too many properties outside of its inline slots becomes a dictionary.
    pub fn add(&self, shape: ShapeId, key: K, attributes: Attributes, kind: PropertyKind) -> AddResult {
        self.add_with(shape, key, attributes, kind, Constness::Constant)
    }

    /// As [`add`](ShapeTree::add), for a property that is mutable from the beginning: for shapes made ahead of their
    /// objects, whose slots are filled in many objects.
    pub fn add_mutable(
        &self,
        shape: ShapeId,
        key: K,
        attributes: Attributes,
        kind: PropertyKind,
    ) -> AddResult {
        self.add_with(shape, key, attributes, kind, Constness::Mutable)
    }

    fn add_with(
        &self,
        shape: ShapeId,
        key: K,
        attributes: Attributes,
        kind: PropertyKind,
        constness: Constness,
    ) -> AddResult {
        let mut inner = self.inner.borrow_mut();
        inner.debug_check_absent(shape, key);
        if !inner.record(shape).is_exclusive() {
            let slot = inner.record(shape).slot_count;
            if let Some(shape) =
                inner.add_shared(shape, key, Location::Slot(slot), attributes, kind, constness)
            {
                return AddResult { shape, slot };
            }
            let shape = inner.make_dictionary(shape);
            return self.add_exclusive(&mut inner, shape, key, attributes, kind, constness);
        }
        self.add_exclusive(&mut inner, shape, key, attributes, kind, constness)
    }

    /// The target of the edge that [`add`](ShapeTree::add) would take, if it exists: for code that fills caches ahead.
    pub fn existing_add(
        &self,
        shape: ShapeId,
        key: K,
        attributes: Attributes,
        kind: PropertyKind,
    ) -> Option<AddResult> {
        let inner = self.inner.borrow();
        let record = inner.record(shape);
        let slot = record.slot_count;
        let label = TransitionKey::Add { key, location: Location::Slot(slot), attributes, kind };
        Some(AddResult { shape: record.transitions.find(&label)?, slot })
    }

    /// Adds a data property whose value the client computes by rule `rule`, without a slot.
    pub fn add_virtual(&self, shape: ShapeId, key: K, attributes: Attributes, rule: u8) -> ShapeId {
        let mut inner = self.inner.borrow_mut();
        inner.debug_check_absent(shape, key);
        let location = Location::Virtual(rule);
        let mut shape = shape;
        if !inner.record(shape).is_exclusive() {
            if let Some(target) =
                inner.add_shared(shape, key, location, attributes, PropertyKind::Data, Constness::Mutable)
            {
                return target;
            }
            shape = inner.make_dictionary(shape);
        }
        self.answers.forget(shape, key);
        let shape = self.begin_change(&mut inner, shape);
        inner.push_row(shape, Entry { key, location, cell: 0, attributes, kind: PropertyKind::Data });
        shape
    }

    fn add_exclusive(
        &self,
        inner: &mut Inner<K, P, D>,
        shape: ShapeId,
        key: K,
        attributes: Attributes,
        kind: PropertyKind,
        constness: Constness,
    ) -> AddResult {
        self.answers.forget(shape, key);
        let shape = self.begin_change(inner, shape);
        let slot = inner.take_slot(shape);
        let unique = inner.record(shape).flags.contains(ShapeFlags::UNIQUE);
        let cell = match constness {
            Constness::Constant if unique => inner.allocate_exclusive_cell(shape, constness),
            _ => 0,
        };
        inner.push_row(shape, Entry { key, location: Location::Slot(slot), cell, attributes, kind });
        AddResult { shape, slot }
    }

    /// Gives a property other attributes and perhaps another kind, and a slot if it was virtual. Its place in the
    /// order stays. Returns the same shape if nothing differs.
    ///
    /// If only attributes change, the const bit stays with the property; a client that also overwrites the value
    /// calls [`mark_mutable`](ShapeTree::mark_mutable) first. If the kind changes or the slot is new, the property is
    /// constant afresh.
    ///
    /// # Panics
    /// When the shape does not have the key.
    pub fn reconfigure(
        &self,
        shape: ShapeId,
        key: K,
        attributes: Attributes,
        kind: PropertyKind,
    ) -> ReconfigureResult {
        let mut inner = self.inner.borrow_mut();
        let (index, old) = inner.find(shape, key).expect("only an existing property can be redefined");
        if let Location::Slot(slot) = old.location {
            if old.attributes == attributes && old.kind == kind {
                return ReconfigureResult { shape, slot, fresh: false };
            }
            let shape = self.replace(&mut inner, shape, index, Entry { attributes, kind, ..old });
            return ReconfigureResult { shape, slot, fresh: false };
        }
        let (mut shape, mut index) = (shape, index);
        if !inner.record(shape).is_exclusive() && inner.is_full(shape, inner.record(shape).slot_count) {
            shape = inner.make_dictionary(shape);
            index = inner.find(shape, key).expect("a dictionary has the same properties").0;
        }
        let slot = if inner.record(shape).is_exclusive() {
            // The slot is taken on the record that the change ends up with.
            shape = self.begin_change(&mut inner, shape);
            inner.take_slot(shape)
        } else {
            inner.record(shape).slot_count
        };
        let entry = Entry { key, location: Location::Slot(slot), cell: old.cell, attributes, kind };
        let shape = self.replace(&mut inner, shape, index, entry);
        ReconfigureResult { shape, slot, fresh: true }
    }

    /// Gives a property other attributes; kind and location (also a virtual one) stay. Returns the same shape if
    /// nothing differs.
    ///
    /// # Panics
    /// When the shape does not have the key.
    pub fn change_attributes(&self, shape: ShapeId, key: K, attributes: Attributes) -> ShapeId {
        let mut inner = self.inner.borrow_mut();
        let (index, old) = inner.find(shape, key).expect("only an existing property can be redefined");
        if old.attributes == attributes {
            return shape;
        }
        self.replace(&mut inner, shape, index, Entry { attributes, ..old })
    }

    /// Replaces a row by one of the same key. The new row's cell is decided here.
    fn replace(
        &self,
        inner: &mut Inner<K, P, D>,
        shape: ShapeId,
        index: u32,
        mut entry: Entry<K>,
    ) -> ShapeId {
        let key = entry.key;
        let (_, old) = inner.find(shape, key).expect("the row exists");
        let same_value = old.location == entry.location && old.kind == entry.kind;
        if inner.record(shape).is_exclusive() {
            self.answers.forget(shape, key);
            let shape = self.begin_change(inner, shape);
            inner.break_presence(shape, old.cell);
            if !same_value {
                inner.free_cell(old.cell);
                let unique = inner.record(shape).flags.contains(ShapeFlags::UNIQUE);
                entry.cell =
                    if unique { inner.allocate_exclusive_cell(shape, Constness::Constant) } else { 0 };
            }
            let table = inner.record(shape).table;
            inner.tables[table as usize].replace(index, entry);
            return shape;
        }
        inner.break_stability(shape);
        let Entry { location, attributes, kind, .. } = entry;
        let label = TransitionKey::Replace { key, location, attributes, kind };
        if let Some(target) = inner.record(shape).transitions.find(&label) {
            inner.record_mut(target).age = 0;
            return target;
        }
        let too_many = u16::from(inner.record(shape).replacements) >= inner.limits.replacements;
        if too_many || inner.has_all_transitions(shape) {
            let shape = inner.make_dictionary(shape);
            let index = inner.find(shape, key).expect("a dictionary has the same properties").0;
            if let Location::Slot(slot) = location {
                let record = inner.record_mut(shape);
                record.slot_count = record.slot_count.max(slot + 1);
            }
            entry.cell = 0;
            let table = inner.record(shape).table;
            inner.tables[table as usize].replace(index, entry);
            return shape;
        }
        let mut record = inner.child_of(shape);
        record.replacements = record.replacements.saturating_add(1);
        if let Location::Slot(slot) = location {
            record.slot_count = record.slot_count.max(slot + 1);
        }
        let target = inner.allocate(record);
        if !same_value {
            entry.cell = inner.allocate_cell(CellOwner::Shape(target), Constness::Constant);
        }
        inner.record_mut(target).edge = Edge::Replace(index, entry);
        inner.record_mut(shape).transitions.insert(label, target);
        target
    }

    /// Removes a property. The property added last to a shared shape returns the object to the shape before it; any
    /// other removal makes a dictionary of a shared shape.
    ///
    /// # Panics
    /// When the shape does not have the key.
    pub fn remove(&self, shape: ShapeId, key: K) -> RemoveResult {
        let inner = &mut *self.inner.borrow_mut();
        let record = inner.record(shape);
        if !record.is_exclusive() {
            if let Edge::Add(entry) = record.edge
                && entry.key == key
            {
                let parent = record.parent;
                inner.break_stability(shape);
                // The slot may get another value under the same shape: the row is not constant any more.
                inner.mark_cell_mutable(entry.cell);
                return RemoveResult {
                    shape: parent,
                    cleared: entry.location.slot(),
                    path: RemovePath::ToParent,
                };
            }
            let shape = inner.make_dictionary(shape);
            let cleared = self.remove_row(inner, shape, key);
            return RemoveResult { shape, cleared, path: RemovePath::ToDictionary };
        }
        self.answers.forget(shape, key);
        let shape = self.begin_change(inner, shape);
        let cleared = self.remove_row(inner, shape, key);
        RemoveResult { shape, cleared, path: RemovePath::InPlace }
    }

    fn remove_row(&self, inner: &mut Inner<K, P, D>, shape: ShapeId, key: K) -> Option<u32> {
        let (index, _) = inner.find(shape, key).expect("only an existing property can be removed");
        let table = inner.record(shape).table as usize;
        let entry = inner.tables[table].remove(index);
        inner.break_presence(shape, entry.cell);
        inner.free_cell(entry.cell);
        if inner.tables[table].is_sparse() {
            // Positions change: cached answers would give the old ones.
            for (_, entry) in inner.tables[table].rows() {
                self.answers.forget(shape, entry.key);
            }
            inner.tables[table].compact();
        }
        let live = inner.tables[table].live();
        inner.record_mut(shape).count = live;
        entry.location.slot()
    }

    /// Gives the object another prototype.
    pub fn set_prototype(&self, shape: ShapeId, prototype: P) -> ShapeId {
        let inner = &mut *self.inner.borrow_mut();
        let record = inner.record(shape);
        if record.prototype == prototype {
            return shape;
        }
        if record.is_exclusive() {
            let shape = self.begin_change(inner, shape);
            inner.record_mut(shape).prototype = prototype;
            return shape;
        }
        inner.break_stability(shape);
        let record = inner.record(shape);
        if record.edge == Edge::Root {
            let (class, inline_capacity) = (record.class, record.inline_capacity);
            return inner.root(class, prototype, inline_capacity);
        }
        // Prototype edges never follow one another, so an object that alternates makes no chain. The way back is exact
        // since both ends share their rows and const bits.
        let base = if record.edge == Edge::Prototype { record.parent } else { shape };
        if inner.record(base).prototype == prototype {
            return base;
        }
        inner.break_stability(base);
        let label = TransitionKey::Prototype(prototype);
        if let Some(target) = inner.record(base).transitions.find(&label) {
            inner.record_mut(target).age = 0;
            return target;
        }
        if inner.has_all_transitions(base) {
            let shape = inner.make_dictionary(shape);
            inner.record_mut(shape).prototype = prototype;
            return shape;
        }
        let mut record = inner.child_of(base);
        record.prototype = prototype;
        record.edge = Edge::Prototype;
        let target = inner.allocate(record);
        inner.record_mut(base).transitions.insert(label, target);
        target
    }

    /// Raises the integrity level: no more properties, and the attributes of all change as
    /// [`Integrity::restrict`] says. Returns the same shape if the level is reached already. (If properties were
    /// added nonetheless, as private names are, asking for the same level again restricts these too.)
    pub fn set_integrity(&self, shape: ShapeId, level: Integrity) -> ShapeId {
        let inner = &mut *self.inner.borrow_mut();
        let record = inner.record(shape);
        let reached = record.integrity;
        if reached > level || (reached == level && inner.is_restricted(shape, level)) {
            return shape;
        }
        let mut shape = shape;
        if !inner.record(shape).is_exclusive() {
            inner.break_stability(shape);
            let label = TransitionKey::Integrity(level);
            if let Some(target) = inner.record(shape).transitions.find(&label) {
                inner.record_mut(target).age = 0;
                return target;
            }
            if !inner.has_all_transitions(shape) {
                let mut record = inner.child_of(shape);
                record.integrity = level;
                record.edge = Edge::Integrity;
                let target = inner.allocate(record);
                inner.record_mut(shape).transitions.insert(label, target);
                return target;
            }
            shape = inner.make_dictionary(shape);
        }
        let table = inner.record(shape).table as usize;
        for (_, entry) in inner.tables[table].rows() {
            self.answers.forget(shape, entry.key);
        }
        let shape = self.begin_change(inner, shape);
        inner.record_mut(shape).integrity = level;
        let mut changed = Vec::new();
        for entry in inner.tables[table].rows_mut() {
            let attributes = level.restrict(entry.attributes, entry.kind);
            if attributes != entry.attributes {
                entry.attributes = attributes;
                changed.push(entry.cell);
            }
        }
        for cell in changed {
            inner.break_presence(shape, cell);
        }
        shape
    }

    /// Makes a dictionary of a shared shape: a table that only this object uses, in which nothing is constant.
    /// Exclusive shapes are returned as they are.
    pub fn to_dictionary(&self, shape: ShapeId) -> ShapeId {
        let mut inner = self.inner.borrow_mut();
        if inner.record(shape).is_exclusive() { shape } else { inner.make_dictionary(shape) }
    }

    /// Makes a shape of the object's own, in which properties keep their const bits. For the global object and
    /// anything else that is one of its kind. A dictionary becomes unique under the same id.
    pub fn to_unique(&self, shape: ShapeId) -> ShapeId {
        self.inner.borrow_mut().make_unique(shape)
    }

    /// As [`to_unique`](ShapeTree::to_unique), for an object that becomes the prototype of others.
    pub fn to_prototype(&self, shape: ShapeId) -> ShapeId {
        let mut inner = self.inner.borrow_mut();
        let shape = inner.make_unique(shape);
        inner.record_mut(shape).flags.insert(ShapeFlags::USED_AS_PROTOTYPE);
        shape
    }

    /// Readies an exclusive shape for a structural change: its validity cell breaks, and if a cache holds the id or
    /// something depends on the shape, the object moves to a fresh id, which is returned.
    fn begin_change(&self, inner: &mut Inner<K, P, D>, shape: ShapeId) -> ShapeId {
        let validity = inner.record(shape).validity;
        if validity != ValidityId::ALWAYS {
            self.validity.invalidate(inner, validity);
        }
        let record = inner.record_mut(shape);
        record.client_word = 0;
        if !record.flags.intersects(ShapeFlags::CACHED.union(ShapeFlags::DEPENDED)) {
            inner.note_new(shape);
            return shape;
        }
        inner.break_stability(shape);
        inner.counts.moved += 1;
        let record = inner.record_mut(shape);
        let mut retired = Record::root(record.class, record.prototype, record.inline_capacity);
        retired.flags = ShapeFlags::ALLOCATED.union(ShapeFlags::RETIRED);
        if record.flags.contains(ShapeFlags::NEW) {
            retired.flags.insert(ShapeFlags::NEW);
        }
        let mut moved = std::mem::replace(record, retired);
        moved.flags.remove(ShapeFlags::CACHED.union(ShapeFlags::NEW).union(ShapeFlags::DEPENDED));
        moved.flags.insert(ShapeFlags::STABLE);
        let table = moved.table as usize;
        let fresh = inner.allocate(moved);
        inner.tables[table].owner = fresh;
        fresh
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> Inner<K, P, D> {
    /// In debug builds, checks that a shape lacks a key, without building tables.
    fn debug_check_absent(&self, shape: ShapeId, key: K) {
        if cfg!(debug_assertions) {
            let mut at = shape;
            while !at.is_none() {
                let record = self.record(at);
                if record.table != 0 {
                    let found = self.tables[record.table as usize].find(key);
                    let sees = |i: u32| record.is_exclusive() || i < record.count;
                    assert!(!found.is_some_and(sees), "{shape} has the key already");
                    return;
                }
                if let Edge::Add(entry) = record.edge {
                    assert!(entry.key != key, "{shape} has the key already");
                }
                at = record.parent;
            }
        }
    }

    /// Whether a shared shape must not use a slot because there are too many properties outside of the object.
    fn is_full(&self, shape: ShapeId, slot: u32) -> bool {
        slot >= u32::from(self.record(shape).inline_capacity) + self.limits.out_of_object
    }

    /// Whether a level leaves all properties as they are.
    fn is_restricted(&mut self, shape: ShapeId, level: Integrity) -> bool {
        if level < Integrity::Sealed {
            return true;
        }
        let table = self.ensure_table(shape);
        let limit = self.index_limit(shape);
        let rows = (0..limit).filter_map(|i| self.tables[table as usize].row(i));
        rows.into_iter().all(|row| level.restrict(row.attributes, row.kind) == row.attributes)
    }

    fn has_all_transitions(&self, shape: ShapeId) -> bool {
        self.record(shape).transitions.len() >= self.limits.transitions
    }

    /// The edge for one more property; `None` if the object must become a dictionary.
    fn add_shared(
        &mut self,
        shape: ShapeId,
        key: K,
        location: Location,
        attributes: Attributes,
        kind: PropertyKind,
        constness: Constness,
    ) -> Option<ShapeId> {
        let label = TransitionKey::Add { key, location, attributes, kind };
        if let Some(target) = self.record(shape).transitions.find(&label) {
            self.break_stability(shape);
            self.record_mut(target).age = 0;
            if constness == Constness::Mutable
                && let Edge::Add(entry) = self.record(target).edge
            {
                self.mark_cell_mutable(entry.cell);
            }
            return Some(target);
        }
        let full = location.slot().is_some_and(|slot| self.is_full(shape, slot));
        if full || self.has_all_transitions(shape) {
            return None;
        }
        self.break_stability(shape);
        let mut record = self.child_of(shape);
        record.count += 1;
        if let Location::Slot(slot) = location {
            record.slot_count = slot + 1;
        }
        let (table, count) = (self.record(shape).table, self.record(shape).count);
        let target = self.allocate(record);
        let cell = self.allocate_cell(CellOwner::Shape(target), constness);
        let entry = Entry { key, location, cell, attributes, kind };
        self.record_mut(target).edge = Edge::Add(entry);
        if table != 0 && self.tables[table as usize].len() == count {
            self.record_mut(target).table = table;
            self.tables[table as usize].push(entry);
            self.tables[table as usize].users += 1;
        }
        self.record_mut(shape).transitions.insert(label, target);
        Some(target)
    }

    /// A record that equals a shared shape's but for its edge, which the caller sets.
    fn child_of(&self, shape: ShapeId) -> Record<K, P> {
        let parent = self.record(shape);
        Record {
            parent: shape,
            table: 0,
            flags: ShapeFlags::STABLE.union(ShapeFlags::ALLOCATED),
            age: 0,
            validity: ValidityId::ALWAYS,
            client_word: 0,
            edge: Edge::Root,
            transitions: Transitions::new(),
            ..*parent
        }
    }

    /// A slot for one more property of an exclusive shape.
    fn take_slot(&mut self, shape: ShapeId) -> u32 {
        let table = self.record(shape).table as usize;
        match self.tables[table].free_slots.pop() {
            Some(slot) => slot,
            None => {
                let record = self.record_mut(shape);
                record.slot_count += 1;
                record.slot_count - 1
            }
        }
    }

    fn push_row(&mut self, shape: ShapeId, entry: Entry<K>) {
        let table = self.record(shape).table as usize;
        self.tables[table].push(entry);
        let live = self.tables[table].live();
        self.record_mut(shape).count = live;
    }

    /// A dictionary with the contents of a shared shape.
    pub(crate) fn make_dictionary(&mut self, shape: ShapeId) -> ShapeId {
        self.counts.to_dictionary += 1;
        self.make_exclusive(shape, ShapeFlags::DICTIONARY)
    }

    fn make_unique(&mut self, shape: ShapeId) -> ShapeId {
        if self.record(shape).is_exclusive() {
            self.record_mut(shape).flags.insert(ShapeFlags::UNIQUE);
            return shape;
        }
        self.make_exclusive(shape, ShapeFlags::UNIQUE)
    }

    fn make_exclusive(&mut self, shape: ShapeId, mode: ShapeFlags) -> ShapeId {
        debug_assert!(!shape.is_reserved(), "reserved shapes have no objects that change");
        self.break_stability(shape);
        let table = self.ensure_table(shape);
        let source = self.record(shape);
        let mut record = self.child_of(shape);
        record.parent = ShapeId::NONE;
        record.flags.insert(mode);
        let mut copy = if table == 0 {
            crate::table::Table::new()
        } else {
            self.tables[table as usize].copy_prefix(source.count, |entry| entry)
        };
        copy.users = 1;
        let used: Vec<bool> = {
            let mut used = vec![false; source.slot_count as usize];
            for (_, entry) in copy.rows() {
                if let Location::Slot(slot) = entry.location {
                    used[slot as usize] = true;
                }
            }
            used
        };
        copy.free_slots.extend((0..source.slot_count).rev().filter(|slot| !used[*slot as usize]));
        let target = self.allocate(record);
        copy.owner = target;
        let cells: Vec<u32> = copy.rows().map(|(_, entry)| entry.cell).collect();
        let table = self.allocate_table(copy);
        let new_cells: Vec<u32> = cells
            .into_iter()
            .map(|cell| {
                let keeps = self.cells[cell as usize].constant && mode == ShapeFlags::UNIQUE;
                if keeps { self.allocate_cell(CellOwner::Table(table), Constness::Constant) } else { 0 }
            })
            .collect();
        for (entry, cell) in self.tables[table as usize].rows_mut().zip(new_cells) {
            entry.cell = cell;
        }
        self.record_mut(target).table = table;
        target
    }

    /// The first overwrite of a property: its const bit goes, and who depends on it hears.
    pub(crate) fn mark_cell_mutable(&mut self, cell: u32) -> bool {
        let state = &mut self.cells[cell as usize];
        if !state.constant {
            return false;
        }
        state.constant = false;
        let owner = match state.owner {
            CellOwner::Shape(owner) => owner,
            CellOwner::Table(table) => self.tables[table as usize].owner,
            CellOwner::Free => ShapeId::NONE,
        };
        if self.cells[cell as usize].depended {
            self.fire(Subject::Constness(cell), Cause::Constness { owner });
        }
        true
    }

    /// A property of an exclusive shape goes or is redefined: who depends on its constness or presence hears.
    fn break_presence(&mut self, shape: ShapeId, cell: u32) {
        let state = &mut self.cells[cell as usize];
        if !state.depended {
            return;
        }
        state.depended = false;
        let cause = Cause::Presence(shape);
        self.fire(Subject::Constness(cell), cause);
        self.fire(Subject::Presence(cell), cause);
    }

    /// A cell for a property of an exclusive shape.
    pub(crate) fn allocate_exclusive_cell(&mut self, shape: ShapeId, constness: Constness) -> u32 {
        let table = self.record(shape).table;
        self.allocate_cell(CellOwner::Table(table), constness)
    }

    /// Returns a cell to the free list.
    pub(crate) fn free_cell(&mut self, cell: u32) {
        if cell != 0 {
            let state = &mut self.cells[cell as usize];
            debug_assert!(state.owner != CellOwner::Free, "a cell is freed once");
            state.owner = CellOwner::Free;
            state.constant = false;
            if std::mem::take(&mut state.depended) {
                self.dependents.remove(&Subject::Constness(cell));
                self.dependents.remove(&Subject::Presence(cell));
            }
            self.free_cells.push(cell);
        }
    }
}
