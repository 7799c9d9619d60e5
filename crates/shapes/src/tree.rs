//! The slab of all shapes of one isolate: roots, queries and lookup.
//!
//! All methods take `&self`; the state is behind one `RefCell`, and no reference into it is ever handed out, so a
//! client that is called back may call again.

use crate::answers::LookupCache;
use crate::dependency::{Broken, Cause, DependencyList, Subject};
use crate::property::Entry;
use crate::record::{EXCLUSIVE, Edge, Record};
use crate::table::Table;
use crate::validity::ValiditySlab;
use crate::{Integrity, Property, Shape, ShapeFlags, ShapeId};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::hash::Hash;

/// When shapes stop being shared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// An object with this many properties outside of its inline slots becomes a dictionary. Enough for any object
    /// that a program treats as a record; beyond it, objects are usually maps from data to data.
    pub out_of_object: u32,
    /// A shape with this many transitions gets no more: objects that leave it in yet another way become
    /// dictionaries. Bounds the tree when keys come from data.
    pub transitions: usize,
    /// After this many redefined properties (each needs a copy of the table) an object becomes a dictionary. At most
    /// 255.
    pub replacements: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { out_of_object: 512, transitions: 1024, replacements: 32 }
    }
}

/// To whom a constness cell belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CellOwner {
    /// To nobody: the cell is free, or it is the filler.
    Free,
    /// To the shared shape that introduced the property.
    Shape(ShapeId),
    /// To the exclusive shape with this table; it may move to another id.
    Table(u32),
}

/// What a property's const bit begins as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Constness {
    /// Nobody has overwritten it.
    Constant,
    /// It counts as overwritten.
    Mutable,
}

/// The const bit of a property, shared by all shapes that inherit the property's row.
#[derive(Clone, Debug)]
pub(crate) struct ConstCell {
    pub(crate) owner: CellOwner,
    pub(crate) constant: bool,
    /// Something is entered under the property's constness or presence.
    pub(crate) depended: bool,
}

/// Everything behind the tree's `RefCell`.
#[derive(Debug)]
pub(crate) struct Inner<K, P, D: Copy> {
    /// Indexed by shape id; index 0 is a filler.
    pub(crate) records: Vec<Record<K, P>>,
    pub(crate) free_records: Vec<u32>,
    /// Index 0 is a filler.
    pub(crate) tables: Vec<Table<K>>,
    pub(crate) free_tables: Vec<u32>,
    /// Index 0 stands for "mutable for good".
    pub(crate) cells: Vec<ConstCell>,
    pub(crate) free_cells: Vec<u32>,
    pub(crate) roots: FxHashMap<(u8, P, u8), ShapeId>,
    pub(crate) dependents: FxHashMap<Subject, DependencyList<D>>,
    /// Shapes made or changed since the last collection; each has the flag `NEW`.
    pub(crate) new_shapes: Vec<ShapeId>,
    pub(crate) broken: Vec<Broken<D>>,
    pub(crate) limits: Limits,
    pub(crate) counts: Counts,
}

/// Running counts for the statistics.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) moved: u64,
    pub(crate) freed: u64,
    pub(crate) to_dictionary: u64,
    pub(crate) fired: u64,
}

/// The shapes of one isolate. `K` is a property key, `P` a prototype handle, `D` a dependent's handle.
#[derive(Debug)]
pub struct ShapeTree<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> {
    pub(crate) inner: RefCell<Inner<K, P, D>>,
    pub(crate) validity: ValiditySlab,
    pub(crate) answers: LookupCache<K>,
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> ShapeTree<K, P, D> {
    /// A tree without shapes except the reserved ones: the class of [`ShapeId::reserved`]`(i + 1)` is
    /// `reserved_classes[i]`. Their prototype is `no_prototype`, and they have no properties.
    ///
    /// # Panics
    /// When there are more than 15 reserved classes.
    pub fn new(no_prototype: P, reserved_classes: &[u8]) -> Self {
        Self::with_limits(no_prototype, reserved_classes, Limits::default())
    }

    /// As [`ShapeTree::new`], with other limits.
    pub fn with_limits(no_prototype: P, reserved_classes: &[u8], limits: Limits) -> Self {
        let reserved = ShapeId::LAST_RESERVED.index();
        assert!(reserved_classes.len() <= reserved, "at most {reserved} shape ids can be reserved");
        let mut records = Vec::with_capacity(256);
        for i in 0..=reserved {
            let class = if i == 0 { 0 } else { reserved_classes.get(i - 1).copied().unwrap_or(0) };
            let mut record = Record::root(class, no_prototype, 0);
            record.flags = ShapeFlags::RESERVED;
            records.push(record);
        }
        ShapeTree {
            inner: RefCell::new(Inner {
                records,
                free_records: Vec::new(),
                tables: vec![Table::new()],
                free_tables: Vec::new(),
                cells: vec![ConstCell { owner: CellOwner::Free, constant: false, depended: false }],
                free_cells: Vec::new(),
                roots: FxHashMap::default(),
                dependents: FxHashMap::default(),
                new_shapes: Vec::new(),
                broken: Vec::new(),
                limits,
                counts: Counts::default(),
            }),
            validity: ValiditySlab::new(),
            answers: LookupCache::new(),
        }
    }

    /// The shape of an empty extensible object. The same arguments give the same shape, until a collection finds the
    /// shape unused.
    pub fn root(&self, class: u8, prototype: P, inline_capacity: u8) -> ShapeId {
        self.inner.borrow_mut().root(class, prototype, inline_capacity)
    }

    /// What a shape is, apart from its properties.
    ///
    /// # Panics
    /// When `shape` names no shape of the tree.
    pub fn shape(&self, shape: ShapeId) -> Shape<P> {
        let inner = self.inner.borrow();
        let record = inner.record(shape);
        Shape {
            prototype: record.prototype,
            parent: record.parent,
            class: record.class,
            inline_capacity: record.inline_capacity,
            integrity: record.integrity,
            flags: record.flags,
            property_count: record.count,
            slot_count: record.slot_count,
        }
    }

    /// The prototype of a shape's objects.
    #[inline]
    pub fn prototype(&self, shape: ShapeId) -> P {
        self.inner.borrow().record(shape).prototype
    }

    /// The client's class of a shape.
    #[inline]
    pub fn class(&self, shape: ShapeId) -> u8 {
        self.inner.borrow().record(shape).class
    }

    /// How many slots lie inside the objects of a shape.
    #[inline]
    pub fn inline_capacity(&self, shape: ShapeId) -> u8 {
        self.inner.borrow().record(shape).inline_capacity
    }

    /// The slots in use are below this number.
    #[inline]
    pub fn slot_count(&self, shape: ShapeId) -> u32 {
        self.inner.borrow().record(shape).slot_count
    }

    /// The flags of a shape.
    #[inline]
    pub fn flags(&self, shape: ShapeId) -> ShapeFlags {
        self.inner.borrow().record(shape).flags
    }

    /// The integrity level of a shape.
    #[inline]
    pub fn integrity(&self, shape: ShapeId) -> Integrity {
        self.inner.borrow().record(shape).integrity
    }

    /// Whether properties may be added to objects of a shape.
    #[inline]
    pub fn is_extensible(&self, shape: ShapeId) -> bool {
        self.integrity(shape) == Integrity::None
    }

    /// Whether a shape is a dictionary.
    #[inline]
    pub fn is_dictionary(&self, shape: ShapeId) -> bool {
        self.flags(shape).contains(ShapeFlags::DICTIONARY)
    }

    /// Whether there is a shape with this number. Reserved numbers always have one.
    pub fn is_allocated(&self, shape: ShapeId) -> bool {
        self.flags(shape).intersects(ShapeFlags::ALLOCATED.union(ShapeFlags::RESERVED))
    }

    /// Whether a shape belongs to one object: dictionaries and unique shapes.
    #[inline]
    pub fn is_exclusive(&self, shape: ShapeId) -> bool {
        self.flags(shape).intersects(EXCLUSIVE)
    }

    /// Whether no object has left a shape for another.
    #[inline]
    pub fn is_stable(&self, shape: ShapeId) -> bool {
        self.flags(shape).contains(ShapeFlags::STABLE)
    }

    /// Tells that the id of a shape is now in a cache. From then on a structural change of an exclusive shape moves
    /// its object to a fresh id, so that the cache misses.
    pub fn note_cached(&self, shape: ShapeId) {
        let mut inner = self.inner.borrow_mut();
        inner.record_mut(shape).flags.insert(ShapeFlags::CACHED);
    }

    /// The client's word of a shape; 0 if none was stored or the shape changed since. Meant for what can be derived
    /// from the shape alone, as the list of keys for enumeration.
    pub fn client_word(&self, shape: ShapeId) -> u64 {
        self.inner.borrow().record(shape).client_word
    }

    /// Stores the client's word. A word that names a heap cell needs the client's own care: it is shown to the
    /// collector as [`Traced::Word`](crate::Traced::Word).
    pub fn store_client_word(&self, shape: ShapeId, word: u64) {
        let mut inner = self.inner.borrow_mut();
        inner.record_mut(shape).client_word = word;
        inner.note_new(shape);
    }

    /// Finds a property of a shape by its key; not on the prototype chain. Asks the lookup cache first.
    #[inline]
    pub fn lookup(&self, shape: ShapeId, key: K) -> Option<Property> {
        let is_constant = |cell: u32| self.inner.borrow().cells[cell as usize].constant;
        match self.answers.get(shape, key, is_constant) {
            Some(found) => found,
            None => self.lookup_slow(shape, key),
        }
    }

    #[cold]
    #[inline(never)]
    fn lookup_slow(&self, shape: ShapeId, key: K) -> Option<Property> {
        let inner = &mut *self.inner.borrow_mut();
        inner.table_for_lookup(shape);
        let Some((index, entry)) = inner.row(shape, key) else {
            self.answers.put(shape, key, None, 0);
            return None;
        };
        let property = inner.property(shape, index, entry);
        self.answers.put(shape, key, Some(property), entry.cell);
        Some(property)
    }

    /// As [`ShapeTree::lookup`], without the lookup cache.
    pub fn lookup_uncached(&self, shape: ShapeId, key: K) -> Option<Property> {
        let inner = &mut *self.inner.borrow_mut();
        inner.table_for_lookup(shape);
        let (index, entry) = inner.row(shape, key)?;
        Some(inner.property(shape, index, entry))
    }

    /// How many properties a shape has.
    #[inline]
    pub fn property_count(&self, shape: ShapeId) -> u32 {
        self.inner.borrow().record(shape).count
    }

    /// The positions of a shape's properties are below this number. In exclusive shapes some may be holes.
    pub fn index_limit(&self, shape: ShapeId) -> u32 {
        self.inner.borrow().index_limit(shape)
    }

    /// The property at a position in insertion order, or `None` for a hole or a position past the end.
    pub fn property_at(&self, shape: ShapeId, index: u32) -> Option<(K, Property)> {
        let inner = &mut *self.inner.borrow_mut();
        let table = inner.ensure_table(shape);
        if index >= inner.index_limit(shape) {
            return None;
        }
        let entry = *inner.tables[table as usize].row(index)?;
        Some((entry.key, inner.property(shape, index, &entry)))
    }

    /// The keys and properties of a shape in insertion order. The tree may be used while the iterator lives; if the
    /// shape itself changes, properties may be skipped.
    pub fn properties(&self, shape: ShapeId) -> impl Iterator<Item = (K, Property)> + '_ {
        let limit = self.index_limit(shape);
        (0..limit).filter_map(move |index| self.property_at(shape, index))
    }

    /// The keys of a shape in insertion order.
    pub fn keys(&self, shape: ShapeId) -> impl Iterator<Item = K> + '_ {
        self.properties(shape).map(|(key, _)| key)
    }

    /// Whether assumptions broke whose dependents were not taken yet.
    #[inline]
    pub fn has_broken(&self) -> bool {
        !self.inner.borrow().broken.is_empty()
    }

    /// Takes the dependents of the assumptions that broke since the last call. To be called after every operation
    /// that can break one (each method says so), before code runs that might rely on it.
    #[must_use = "the dependents rely on assumptions that no longer hold"]
    pub fn take_broken(&self) -> Vec<Broken<D>> {
        std::mem::take(&mut self.inner.borrow_mut().broken)
    }

    /// Keeps only the dependents for which `keep` holds, under every subject; for those that died. `keep` must not enter
    /// dependents or change shapes.
    pub fn retain_dependents(&self, mut keep: impl FnMut(D) -> bool) {
        // Taken out, so that `keep` may ask the tree.
        let mut dependents = std::mem::take(&mut self.inner.borrow_mut().dependents);
        dependents.retain(|_, list| {
            list.retain(&mut keep);
            !list.is_empty()
        });
        self.inner.borrow_mut().dependents = dependents;
    }
}

impl<K: Copy + Eq + Hash, P: Copy + Eq + Hash, D: Copy> Inner<K, P, D> {
    #[inline]
    pub(crate) fn record(&self, shape: ShapeId) -> &Record<K, P> {
        &self.records[shape.index()]
    }

    #[inline]
    pub(crate) fn record_mut(&mut self, shape: ShapeId) -> &mut Record<K, P> {
        &mut self.records[shape.index()]
    }

    pub(crate) fn root(&mut self, class: u8, prototype: P, inline_capacity: u8) -> ShapeId {
        if let Some(&id) = self.roots.get(&(class, prototype, inline_capacity)) {
            // It is about to get an object, whose allocation may collect: as young as a new one.
            self.record_mut(id).age = 0;
            return id;
        }
        let id = self.allocate(Record::root(class, prototype, inline_capacity));
        self.roots.insert((class, prototype, inline_capacity), id);
        id
    }

    /// Puts a record in the slab. It counts as new.
    pub(crate) fn allocate(&mut self, record: Record<K, P>) -> ShapeId {
        self.counts.created += 1;
        let id = match self.free_records.pop() {
            Some(index) => {
                self.records[index as usize] = record;
                ShapeId::from_raw(index)
            }
            None => {
                self.records.push(record);
                ShapeId::from_raw(self.records.len() as u32 - 1)
            }
        };
        self.note_new(id);
        id
    }

    /// Enters a shape in the list for the next minor collection.
    pub(crate) fn note_new(&mut self, shape: ShapeId) {
        let record = self.record_mut(shape);
        if !record.flags.contains(ShapeFlags::NEW) {
            record.flags.insert(ShapeFlags::NEW);
            self.new_shapes.push(shape);
        }
    }

    pub(crate) fn allocate_table(&mut self, table: Table<K>) -> u32 {
        match self.free_tables.pop() {
            Some(index) => {
                self.tables[index as usize] = table;
                index
            }
            None => {
                self.tables.push(table);
                self.tables.len() as u32 - 1
            }
        }
    }

    pub(crate) fn allocate_cell(&mut self, owner: CellOwner, constness: Constness) -> u32 {
        let constant = constness == Constness::Constant;
        let cell = ConstCell { owner, constant, depended: false };
        match self.free_cells.pop() {
            Some(index) => {
                self.cells[index as usize] = cell;
                index
            }
            None => {
                self.cells.push(cell);
                self.cells.len() as u32 - 1
            }
        }
    }

    /// A copy of the row of a key, with its position.
    pub(crate) fn find(&mut self, shape: ShapeId, key: K) -> Option<(u32, Entry<K>)> {
        self.table_for_lookup(shape);
        self.row(shape, key).map(|(index, entry)| (index, *entry))
    }

    /// Sees to it that a shape with properties has its table.
    #[inline]
    fn table_for_lookup(&mut self, shape: ShapeId) {
        let record = self.record(shape);
        if record.table == 0 && record.count != 0 {
            self.ensure_table(shape);
        }
    }

    /// The row of a key, with its position, in a shape that has its table.
    #[inline]
    fn row(&self, shape: ShapeId, key: K) -> Option<(u32, &Entry<K>)> {
        let record = self.record(shape);
        let table = &self.tables[record.table as usize];
        let (index, entry) = table.find_row(key)?;
        if index >= record.count && !record.is_exclusive() { None } else { Some((index, entry)) }
    }

    #[inline]
    pub(crate) fn property(&self, shape: ShapeId, index: u32, entry: &Entry<K>) -> Property {
        let cell = &self.cells[entry.cell as usize];
        let owner = if let CellOwner::Shape(owner) = cell.owner { owner } else { shape };
        Property {
            location: entry.location,
            attributes: entry.attributes,
            kind: entry.kind,
            constant: cell.constant,
            owner,
            index,
        }
    }

    pub(crate) fn index_limit(&self, shape: ShapeId) -> u32 {
        let record = self.record(shape);
        if record.is_exclusive() { self.tables[record.table as usize].len() } else { record.count }
    }

    /// The table of a shape; built if it has none yet, and then also for the ancestors that lack one. Returns 0 only
    /// for a shape without properties.
    pub(crate) fn ensure_table(&mut self, shape: ShapeId) -> u32 {
        let mut path = Vec::new();
        let mut at = shape;
        while !at.is_none() && self.record(at).table == 0 {
            path.push(at);
            at = self.record(at).parent;
        }
        let mut table = if at.is_none() { 0 } else { self.record(at).table };
        let mut count = if at.is_none() { 0 } else { self.record(at).count };
        for id in path.into_iter().rev() {
            let record = self.record(id);
            let (edge, integrity) = (record.edge, record.integrity);
            table = match edge {
                Edge::Root | Edge::Prototype => table,
                Edge::Add(entry) => {
                    let target = if table == 0 {
                        self.allocate_table(Table::new())
                    } else if self.tables[table as usize].len() == count {
                        table
                    } else {
                        let copy = self.tables[table as usize].copy_prefix(count, |entry| entry);
                        self.allocate_table(copy)
                    };
                    count = self.tables[target as usize].push(entry) + 1;
                    target
                }
                Edge::Replace(index, entry) => {
                    let mut copy = self.tables[table as usize].copy_prefix(count, |entry| entry);
                    copy.replace(index, entry);
                    self.allocate_table(copy)
                }
                Edge::Integrity if integrity >= Integrity::Sealed && count > 0 => {
                    let copy = self.tables[table as usize].copy_prefix(count, |entry| Entry {
                        attributes: integrity.restrict(entry.attributes, entry.kind),
                        ..entry
                    });
                    self.allocate_table(copy)
                }
                Edge::Integrity => table,
            };
            debug_assert_eq!(
                count,
                self.record(id).count,
                "the edge explains the number of properties of {id}"
            );
            self.record_mut(id).table = table;
            if table != 0 {
                self.tables[table as usize].users += 1;
            }
        }
        table
    }

    /// The stability of a shape ends: an object leaves it.
    #[inline]
    pub(crate) fn break_stability(&mut self, shape: ShapeId) {
        let record = self.record_mut(shape);
        if !record.flags.contains(ShapeFlags::STABLE) {
            return;
        }
        record.flags.remove(ShapeFlags::STABLE);
        if record.flags.contains(ShapeFlags::DEPENDED) {
            record.flags.remove(ShapeFlags::DEPENDED);
            self.fire(Subject::Stability(shape), Cause::Stability(shape));
        }
    }

    /// Moves the dependents of a subject to the queue.
    pub(crate) fn fire(&mut self, subject: Subject, cause: Cause) {
        if let Some(mut list) = self.dependents.remove(&subject) {
            self.counts.fired += list.len() as u64;
            self.broken.extend(list.take_all().into_iter().map(|dependent| Broken { dependent, cause }));
        }
    }
}
