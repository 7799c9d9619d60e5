//! Random programs against a naive model: objects are ordered lists of properties with values.
//!
//! After every step the test checks, for all objects, that lookup (cached and not), order, slots and values agree with
//! the model; that the tree verifies; that cached answers for (id, key) are right for every object that has the id; and
//! that bets hold: whoever depends on something and has not heard may rely on it.

use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use unspool_shapes::{
    Attributes, Integrity, Limits, Location, Property, PropertyKind, ShapeFlags, ShapeId, ShapeTree, Traced,
    ValidityId,
};

type Tree = ShapeTree<u16, u8, usize>;

const OBJECTS: usize = 6;
const KEYS: u16 = 24;

#[derive(Clone, Debug)]
enum Op {
    Add { object: usize, key: u16, attributes: u8, accessor: bool, constant: bool },
    AddVirtual { object: usize, key: u16, attributes: u8 },
    Reconfigure { object: usize, key: u16, attributes: u8, accessor: bool },
    ChangeAttributes { object: usize, key: u16, attributes: u8 },
    Write { object: usize, key: u16 },
    Remove { object: usize, key: u16 },
    RemoveLast { object: usize },
    SetPrototype { object: usize, prototype: usize },
    SetIntegrity { object: usize, level: u8 },
    ToDictionary { object: usize },
    ToUnique { object: usize },
    Replace { object: usize, class: u8 },
    Cache { object: usize, key: u16 },
    BetOnShape { object: usize },
    BetOnValue { object: usize, key: u16 },
    BetOnPresence { object: usize, key: u16 },
    BetOnPrototype { object: usize },
    Collect { keep_recent: bool },
    CollectNew,
}

fn op() -> impl Strategy<Value = Op> {
    let object = 0..OBJECTS;
    let key = prop_oneof![3 => 0..4u16, 1 => 0..KEYS];
    let attributes = prop_oneof![4 => Just(7u8), 1 => 0..8u8];
    let accessor = prop::bool::weighted(0.2);
    prop_oneof![
        12 => (object.clone(), key.clone(), attributes.clone(), accessor, prop::bool::weighted(0.8))
            .prop_map(|(object, key, attributes, accessor, constant)| Op::Add {
                object, key, attributes, accessor, constant
            }),
        2 => (object.clone(), key.clone(), attributes.clone())
            .prop_map(|(object, key, attributes)| Op::AddVirtual { object, key, attributes }),
        3 => (object.clone(), key.clone(), attributes.clone(), accessor)
            .prop_map(|(object, key, attributes, accessor)| Op::Reconfigure { object, key, attributes, accessor }),
        2 => (object.clone(), key.clone(), attributes)
            .prop_map(|(object, key, attributes)| Op::ChangeAttributes { object, key, attributes }),
        5 => (object.clone(), key.clone()).prop_map(|(object, key)| Op::Write { object, key }),
        2 => (object.clone(), key.clone()).prop_map(|(object, key)| Op::Remove { object, key }),
        3 => object.clone().prop_map(|object| Op::RemoveLast { object }),
        3 => (object.clone(), object.clone())
            .prop_map(|(object, prototype)| Op::SetPrototype { object, prototype }),
        1 => (object.clone(), 0..4u8).prop_map(|(object, level)| Op::SetIntegrity { object, level }),
        1 => object.clone().prop_map(|object| Op::ToDictionary { object }),
        1 => object.clone().prop_map(|object| Op::ToUnique { object }),
        2 => (object.clone(), 0..2u8).prop_map(|(object, class)| Op::Replace { object, class }),
        5 => (object.clone(), key.clone()).prop_map(|(object, key)| Op::Cache { object, key }),
        3 => object.clone().prop_map(|object| Op::BetOnShape { object }),
        6 => (object.clone(), key.clone()).prop_map(|(object, key)| Op::BetOnValue { object, key }),
        2 => (object.clone(), key).prop_map(|(object, key)| Op::BetOnPresence { object, key }),
        4 => object.prop_map(|object| Op::BetOnPrototype { object }),
        1 => any::<bool>().prop_map(|keep_recent| Op::Collect { keep_recent }),
        1 => Just(Op::CollectNew),
    ]
}

/// A property as the model knows it.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Row {
    key: u16,
    attributes: Attributes,
    accessor: bool,
    is_virtual: bool,
    value: u64,
}

/// An object of the model, and beside it what the tree gave for it. Prototypes are numbers: 0 is none, `i + 1` is
/// object `i`.
#[derive(Clone, Debug)]
struct Object {
    rows: Vec<Row>,
    prototype: u8,
    integrity: Integrity,
    class: u8,
    /// Which object this is; a replaced object has another serial.
    serial: u64,
    shape: ShapeId,
    slots: HashMap<u32, u64>,
}

impl Object {
    fn row(&self, key: u16) -> Option<usize> {
        self.rows.iter().position(|row| row.key == key)
    }

    /// All that structure means: everything but values.
    fn structure(&self) -> (Vec<Row>, u8, Integrity) {
        (self.rows.iter().map(|row| Row { value: 0, ..*row }).collect(), self.prototype, self.integrity)
    }
}

/// What a dependent relies on while it has not heard.
#[derive(Debug)]
enum Bet {
    Shape { object: usize, serial: u64, shape: ShapeId, structure: (Vec<Row>, u8, Integrity) },
    Value { object: usize, serial: u64, shape: ShapeId, key: u16, value: u64 },
    Presence { object: usize, serial: u64, key: u16, property: Property },
    Prototype { object: usize, serial: u64, cell: ValidityId, structures: Vec<(Vec<Row>, u8, Integrity)> },
}

struct World {
    tree: Tree,
    objects: Vec<Object>,
    /// What caches hold.
    cached: HashMap<(ShapeId, u16), Option<Property>>,
    bets: Vec<Option<Bet>>,
    clock: u64,
    /// Keys shown to the collector since they became part of a live shape.
    shown: HashSet<u16>,
}

fn kind(accessor: bool) -> PropertyKind {
    if accessor { PropertyKind::Accessor } else { PropertyKind::Data }
}

impl World {
    fn new(limits: Limits) -> World {
        let tree = Tree::with_limits(0, &[9, 9], limits);
        let mut world = World {
            tree,
            objects: Vec::new(),
            cached: HashMap::new(),
            bets: Vec::new(),
            clock: 0,
            shown: HashSet::new(),
        };
        for _ in 0..OBJECTS {
            let object = world.fresh(0);
            world.objects.push(object);
        }
        world
    }

    fn fresh(&mut self, class: u8) -> Object {
        self.clock += 1;
        Object {
            rows: Vec::new(),
            prototype: 0,
            integrity: Integrity::None,
            class,
            serial: self.clock,
            shape: self.tree.root(class, 0, 2),
            slots: HashMap::new(),
        }
    }

    fn is_prototype(&self, object: usize) -> bool {
        self.objects.iter().any(|o| usize::from(o.prototype) == object + 1)
    }

    fn validity_cell(&self, object: usize) -> ValidityId {
        let parent = match self.objects[object].prototype {
            0 => ValidityId::ALWAYS,
            p => self.validity_cell(usize::from(p) - 1),
        };
        self.tree.validity_cell_for(self.objects[object].shape, parent)
    }

    fn chain_structures(&self, object: usize) -> Vec<(Vec<Row>, u8, Integrity)> {
        let mut structures = Vec::new();
        let mut at = object + 1;
        while at != 0 {
            structures.push(self.objects[at - 1].structure());
            at = usize::from(self.objects[at - 1].prototype);
        }
        structures
    }

    fn value(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Add { object, key, attributes, accessor, constant } => {
                if self.objects[object].row(key).is_some() {
                    return;
                }
                let value = self.value();
                let attributes = Attributes::from_bits(attributes);
                let o = &mut self.objects[object];
                let before = self.tree.shape(o.shape);
                let ahead = self.tree.existing_add(o.shape, key, attributes, kind(accessor));
                let added = if constant {
                    self.tree.add(o.shape, key, attributes, kind(accessor))
                } else {
                    self.tree.add_mutable(o.shape, key, attributes, kind(accessor))
                };
                assert!(ahead.is_none_or(|ahead| ahead == added));
                assert!(
                    before.flags.intersects(ShapeFlags::DICTIONARY) || !o.slots.contains_key(&added.slot)
                );
                o.shape = added.shape;
                assert_eq!(o.slots.insert(added.slot, value), None, "the slot was free");
                o.rows.push(Row { key, attributes, accessor, is_virtual: false, value });
            }
            Op::AddVirtual { object, key, attributes } => {
                let o = &mut self.objects[object];
                if o.row(key).is_some() {
                    return;
                }
                let attributes = Attributes::from_bits(attributes);
                o.shape = self.tree.add_virtual(o.shape, key, attributes, key as u8);
                o.rows.push(Row { key, attributes, accessor: false, is_virtual: true, value: 0 });
            }
            Op::Reconfigure { object, key, attributes, accessor } => {
                let value = self.value();
                let o = &mut self.objects[object];
                let Some(i) = o.row(key) else { return };
                let attributes = Attributes::from_bits(attributes);
                let result = self.tree.reconfigure(o.shape, key, attributes, kind(accessor));
                assert_eq!(result.fresh, o.rows[i].is_virtual);
                o.shape = result.shape;
                let row = &mut o.rows[i];
                if result.fresh || row.accessor != accessor {
                    let old = o.slots.insert(result.slot, value);
                    assert_eq!(old.is_none(), result.fresh);
                    row.value = value;
                }
                *row = Row { attributes, accessor, is_virtual: false, ..*row };
            }
            Op::ChangeAttributes { object, key, attributes } => {
                let o = &mut self.objects[object];
                let Some(i) = o.row(key) else { return };
                let attributes = Attributes::from_bits(attributes);
                o.shape = self.tree.change_attributes(o.shape, key, attributes);
                o.rows[i].attributes = attributes;
            }
            Op::Write { object, key } => {
                let value = self.value();
                let o = &mut self.objects[object];
                let Some(i) = o.row(key) else { return };
                let Some(slot) = self.tree.lookup(o.shape, key).unwrap().location.slot() else { return };
                self.tree.mark_mutable(o.shape, key);
                assert!(!self.tree.lookup(o.shape, key).unwrap().constant);
                o.slots.insert(slot, value);
                o.rows[i].value = value;
            }
            Op::Remove { object, key } => self.remove(object, key),
            Op::RemoveLast { object } => {
                if let Some(row) = self.objects[object].rows.last() {
                    self.remove(object, row.key);
                }
            }
            Op::SetPrototype { object, prototype } => {
                // Only to an object with a lower number, so that there are no cycles; its own number means none.
                if prototype > object {
                    return;
                }
                let number = if prototype == object { 0 } else { prototype as u8 + 1 };
                if number != 0 {
                    let p = &mut self.objects[prototype];
                    p.shape = self.tree.to_prototype(p.shape);
                }
                let o = &mut self.objects[object];
                o.shape = self.tree.set_prototype(o.shape, number);
                o.prototype = number;
            }
            Op::SetIntegrity { object, level } => {
                let level = match level {
                    0 => Integrity::None,
                    1 => Integrity::NonExtensible,
                    2 => Integrity::Sealed,
                    _ => Integrity::Frozen,
                };
                let o = &mut self.objects[object];
                o.shape = self.tree.set_integrity(o.shape, level);
                if level >= o.integrity {
                    o.integrity = level;
                    for row in &mut o.rows {
                        row.attributes = level.restrict(row.attributes, kind(row.accessor));
                    }
                }
            }
            Op::ToDictionary { object } => {
                let o = &mut self.objects[object];
                o.shape = self.tree.to_dictionary(o.shape);
            }
            Op::ToUnique { object } => {
                let o = &mut self.objects[object];
                o.shape = self.tree.to_unique(o.shape);
            }
            Op::Replace { object, class } => {
                if !self.is_prototype(object) {
                    self.objects[object] = self.fresh(class);
                }
            }
            Op::Cache { object, key } => {
                let shape = self.objects[object].shape;
                self.tree.note_cached(shape);
                self.cached.insert((shape, key), self.tree.lookup(shape, key));
            }
            Op::BetOnShape { object } => {
                let Object { shape, serial, .. } = self.objects[object];
                let stable = self.tree.is_stable(shape);
                let entered = self.tree.depend_on_stability(shape, self.bets.len());
                assert_eq!(stable, entered);
                if entered {
                    let structure = self.objects[object].structure();
                    self.bets.push(Some(Bet::Shape { object, serial, shape, structure }));
                }
            }
            Op::BetOnValue { object, key } => {
                let o = &self.objects[object];
                let (shape, serial) = (o.shape, o.serial);
                // The code checks the shape, or knows it, so the id is in the code.
                self.tree.note_cached(shape);
                if self.tree.depend_on_constness(shape, key, self.bets.len()) {
                    let value = o.rows[o.row(key).unwrap()].value;
                    self.bets.push(Some(Bet::Value { object, serial, shape, key, value }));
                }
            }
            Op::BetOnPresence { object, key } => {
                let Object { shape, serial, .. } = self.objects[object];
                if self.tree.depend_on_presence(shape, key, self.bets.len()) {
                    let property = self.tree.lookup(shape, key).unwrap();
                    self.bets.push(Some(Bet::Presence { object, serial, key, property }));
                }
            }
            Op::BetOnPrototype { object } => {
                if !self.is_prototype(object) {
                    return;
                }
                let cell = self.validity_cell(object);
                assert!(self.tree.is_valid(cell));
                assert_eq!(cell, self.validity_cell(object), "one cell per prototype");
                assert!(self.tree.depend_on_validity(cell, self.bets.len()));
                let serial = self.objects[object].serial;
                let structures = self.chain_structures(object);
                self.bets.push(Some(Bet::Prototype { object, serial, cell, structures }));
            }
            Op::Collect { keep_recent } => self.collect(keep_recent),
            Op::CollectNew => {
                let shown = &mut self.shown;
                self.tree.for_each_new_shape(|_, traced| {
                    if let Traced::Key(key) = traced {
                        shown.insert(key);
                    }
                });
                self.tree.for_each_new_shape(|id, _| panic!("{id} is shown as new twice"));
                self.check_shown();
            }
        }
    }

    fn remove(&mut self, object: usize, key: u16) {
        let o = &mut self.objects[object];
        let Some(i) = o.row(key) else { return };
        let removed = self.tree.remove(o.shape, key);
        o.shape = removed.shape;
        assert_eq!(removed.cleared.is_none(), o.rows[i].is_virtual);
        if let Some(slot) = removed.cleared {
            assert_eq!(o.slots.remove(&slot), Some(o.rows[i].value));
        }
        o.rows.remove(i);
    }

    fn collect(&mut self, keep_recent: bool) {
        self.tree.begin_marking();
        self.shown.clear();
        let mut prototypes = HashSet::new();
        for o in &self.objects {
            let shown = &mut self.shown;
            self.tree.mark(o.shape, |traced| match traced {
                Traced::Key(key) => {
                    shown.insert(key);
                }
                Traced::Prototype(p) => {
                    prototypes.insert(p);
                }
                Traced::Word(_) => panic!("no words were stored"),
            });
            self.tree.mark(o.shape, |_| panic!("a marked shape shows nothing"));
        }
        self.check_shown();
        assert!(self.objects.iter().all(|o| prototypes.contains(&o.prototype)));
        if keep_recent {
            let shown = &self.shown;
            self.tree.keep_recent(|key| shown.contains(&key), |_| true);
        }
        let tree = &self.tree;
        self.cached.retain(|(shape, _), _| tree.is_marked(*shape));
        for slot in &mut self.bets {
            let lives = match slot {
                Some(Bet::Shape { shape, .. } | Bet::Value { shape, .. }) => tree.is_marked(*shape),
                Some(Bet::Prototype { cell, .. }) => tree.validity_survives(*cell),
                Some(Bet::Presence { object, serial, .. }) => self.objects[*object].serial == *serial,
                None => false,
            };
            if !lives {
                *slot = None;
            }
        }
        self.tree.retain_dependents(|d| self.bets[d].is_some());
        let freed = self.tree.sweep();
        for id in freed {
            assert!(self.objects.iter().all(|o| o.shape != id), "{id} is in use");
        }
    }

    fn check_shown(&self) {
        for o in &self.objects {
            for row in &o.rows {
                assert!(self.shown.contains(&row.key), "the key {} was never shown", row.key);
            }
        }
    }

    fn hear(&mut self) {
        for broken in self.tree.take_broken() {
            self.bets[broken.dependent] = None;
        }
        assert!(!self.tree.has_broken());
    }

    fn check(&self) {
        self.tree.verify().unwrap();
        for o in &self.objects {
            let shape = self.tree.shape(o.shape);
            assert_eq!(shape.prototype, o.prototype);
            assert_eq!(shape.integrity, o.integrity);
            assert_eq!(shape.class, o.class);
            assert_eq!(shape.property_count as usize, o.rows.len());
            assert_eq!(o.slots.len(), o.rows.iter().filter(|row| !row.is_virtual).count());
            assert!(o.slots.keys().all(|slot| *slot < shape.slot_count));
            let keys: Vec<u16> = self.tree.keys(o.shape).collect();
            assert_eq!(keys, o.rows.iter().map(|row| row.key).collect::<Vec<_>>(), "insertion order");
            let snapshot = self.tree.snapshot(o.shape);
            for key in 0..KEYS {
                let found = self.tree.lookup(o.shape, key);
                assert_eq!(found, self.tree.lookup_uncached(o.shape, key));
                assert_eq!(found, self.tree.lookup(o.shape, key));
                assert_eq!(found, snapshot.lookup(key));
                let row = o.row(key).map(|i| o.rows[i]);
                assert_eq!(found.is_some(), row.is_some(), "presence of {key}");
                let (Some(found), Some(row)) = (found, row) else { continue };
                assert_eq!(self.tree.property_at(o.shape, found.index), Some((key, found)));
                assert_eq!((found.attributes, found.kind), (row.attributes, kind(row.accessor)));
                match found.location {
                    Location::Slot(slot) => assert_eq!(o.slots.get(&slot), Some(&row.value)),
                    Location::Virtual(rule) => assert!(row.is_virtual && u16::from(rule) == key),
                }
            }
            for ((shape, key), cached) in &self.cached {
                if *shape == o.shape {
                    let mut now = self.tree.lookup(*shape, *key);
                    // Constness may end under an id, and that is why there are dependents.
                    if let (Some(now), Some(cached)) = (&mut now, cached) {
                        now.constant = cached.constant;
                    }
                    assert_eq!(now, *cached, "a cache gives a wrong answer for {shape}");
                }
            }
        }
        for bet in self.bets.iter().flatten() {
            match bet {
                Bet::Shape { object, serial, shape, structure } => {
                    let o = &self.objects[*object];
                    let holds = o.shape == *shape && o.structure() == *structure;
                    assert!(o.serial != *serial || holds, "{bet:?} failed unheard");
                }
                Bet::Value { object, serial, shape, key, value } => {
                    let o = &self.objects[*object];
                    if o.serial == *serial && o.shape == *shape {
                        let row = o.rows[o.row(*key).unwrap()];
                        assert_eq!(row.value, *value, "{bet:?} failed unheard");
                    }
                }
                Bet::Presence { object, serial, key, property } => {
                    let o = &self.objects[*object];
                    if o.serial == *serial {
                        let now = self.tree.lookup(o.shape, *key).expect("the property is present");
                        assert_eq!(
                            (now.location, now.kind, now.attributes),
                            (property.location, property.kind, property.attributes),
                            "{bet:?} failed unheard"
                        );
                    }
                }
                Bet::Prototype { object, serial, cell, structures } => {
                    assert!(self.tree.is_valid(*cell), "{cell} broke unheard");
                    if self.objects[*object].serial == *serial {
                        assert_eq!(*structures, self.chain_structures(*object), "{bet:?} failed unheard");
                    }
                }
            }
        }
    }
}

fn run(ops: &[Op], limits: Limits) {
    let mut world = World::new(limits);
    for op in ops {
        world.step(op);
        world.hear();
        world.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(ops in prop::collection::vec(op(), 1..120)) {
        run(&ops, Limits::default());
    }

    #[test]
    fn agrees_with_the_model_under_tight_limits(ops in prop::collection::vec(op(), 1..120)) {
        run(&ops, Limits { out_of_object: 2, transitions: 2, replacements: 1 });
    }
}
