//! Random graphs against a model: after every collection, exactly the cells that the model says are alive.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use support::{Ephemeron, Node, WeakBox, World};
use unspool_gc::{Gc, Header, HeapConfig};

#[derive(Clone, Debug)]
enum Step {
    Node { length: usize, rooted: bool },
    Weak { target: usize },
    Ephemeron { key: usize, value: usize },
    Link { from: usize, slot: usize, to: Option<usize> },
    Unroot { which: usize },
    Minor,
    Full,
}

fn step() -> impl Strategy<Value = Step> {
    let index = 0..usize::MAX;
    prop_oneof![
        6 => (prop_oneof![4 => 0..6usize, 1 => 20..60usize, 1 => 2000..4000usize], any::<bool>())
            .prop_map(|(length, rooted)| Step::Node { length, rooted }),
        1 => index.clone().prop_map(|target| Step::Weak { target }),
        1 => (index.clone(), index.clone()).prop_map(|(key, value)| Step::Ephemeron { key, value }),
        6 => (index.clone(), index.clone(), proptest::option::weighted(0.8, index.clone()))
            .prop_map(|(from, slot, to)| Step::Link { from, slot, to }),
        2 => index.prop_map(|which| Step::Unroot { which }),
        1 => Just(Step::Minor),
        1 => Just(Step::Full),
    ]
}

#[derive(Clone)]
enum Shape {
    Node(Vec<Option<u32>>),
    Weak(Option<u32>),
    Ephemeron(Option<(u32, u32)>),
}

struct Entry {
    cell: Gc<Header>,
    shape: Shape,
    old: bool,
    root: Option<usize>,
}

struct Model {
    world: World,
    entries: BTreeMap<u32, Entry>,
    next: u32,
}

impl Model {
    fn pick(&self, index: usize) -> Option<u32> {
        let count = self.entries.len();
        (count > 0).then(|| *self.entries.keys().nth(index % count).unwrap())
    }

    fn add(&mut self, cell: Gc<Header>, shape: Shape, rooted: bool) {
        let root = rooted.then(|| self.world.root(cell));
        self.entries.insert(self.next, Entry { cell, shape, old: false, root });
        self.next += 1;
    }

    /// What must be alive, given where marking starts.
    fn reachable(&self, minor: bool) -> BTreeSet<u32> {
        let mut alive: BTreeSet<u32> = BTreeSet::new();
        let mut work: Vec<u32> = self
            .entries
            .iter()
            .filter(|(_, e)| e.root.is_some() || (minor && e.old))
            .map(|(&id, _)| id)
            .collect();
        loop {
            while let Some(id) = work.pop() {
                if alive.insert(id)
                    && let Shape::Node(slots) = &self.entries[&id].shape
                {
                    work.extend(slots.iter().flatten());
                }
            }
            for &id in &alive {
                if let Shape::Ephemeron(Some((key, value))) = self.entries[&id].shape
                    && alive.contains(&key)
                    && !alive.contains(&value)
                {
                    work.push(value);
                }
            }
            if work.is_empty() {
                return alive;
            }
        }
    }

    fn collect(&mut self, minor: bool) {
        let alive = self.reachable(minor);
        if minor {
            self.world.minor()
        } else {
            self.world.full()
        };
        for (id, entry) in &self.entries {
            let live = self.world.heap.is_live(entry.cell.as_ptr());
            assert_eq!(
                live,
                alive.contains(id),
                "cell {id} after a {} collection",
                if minor { "minor" } else { "full" }
            );
        }
        self.entries.retain(|id, _| alive.contains(id));
        for entry in self.entries.values_mut() {
            entry.old = true;
            match &mut entry.shape {
                Shape::Node(_) => {}
                Shape::Weak(target) => *target = target.filter(|t| alive.contains(t)),
                Shape::Ephemeron(pair) => *pair = pair.filter(|(key, _)| alive.contains(key)),
            }
        }
        self.check();
    }

    /// The cells' contents are the model's.
    fn check(&self) {
        let id_of = |cell: Option<Gc<Header>>| {
            cell.map(|c| *self.entries.iter().find(|(_, e)| e.cell == c).expect("a known cell").0)
        };
        for (&id, entry) in &self.entries {
            // SAFETY: the model knows each cell's type.
            unsafe {
                match &entry.shape {
                    Shape::Node(slots) => {
                        let node = entry.cell.cast::<Node>();
                        assert_eq!((node.id.get(), node.len()), (id, slots.len()));
                        for (i, slot) in slots.iter().enumerate().filter(|(i, s)| *i < 8 || s.is_some()) {
                            assert_eq!(id_of(node.get(i)), *slot);
                        }
                    }
                    Shape::Weak(target) => {
                        assert_eq!(id_of(entry.cell.cast::<WeakBox>().target.get()), *target);
                    }
                    Shape::Ephemeron(pair) => {
                        let table = entry.cell.cast::<Ephemeron>();
                        assert_eq!(id_of(table.key.get()), pair.map(|p| p.0));
                        assert_eq!(id_of(table.value.get()), pair.map(|p| p.1));
                    }
                }
            }
        }
        self.world.verify();
        assert_eq!(self.world.heap.census().cells(), self.entries.len() as u64);
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Node { length, rooted } => {
                let node = self.world.node(self.next, length);
                self.add(node.erase(), Shape::Node(vec![None; length]), rooted);
            }
            Step::Weak { target } => {
                if let Some(target) = self.pick(target) {
                    let weak = self.world.weak(self.entries[&target].cell);
                    self.add(weak.erase(), Shape::Weak(Some(target)), true);
                }
            }
            Step::Ephemeron { key, value } => {
                if let (Some(key), Some(value)) = (self.pick(key), self.pick(value)) {
                    let table = self.world.ephemeron(self.entries[&key].cell, self.entries[&value].cell);
                    self.add(table.erase(), Shape::Ephemeron(Some((key, value))), true);
                }
            }
            Step::Link { from, slot, to } => {
                let Some(from) = self.pick(from) else { return };
                let to = to.and_then(|to| self.pick(to));
                let target = to.map(|to| self.entries[&to].cell);
                let entry = self.entries.get_mut(&from).unwrap();
                if let Shape::Node(slots) = &mut entry.shape
                    && !slots.is_empty()
                {
                    let slot = slot % slots.len();
                    slots[slot] = to;
                    // SAFETY: the model says that it is a node.
                    self.world.set(unsafe { entry.cell.cast::<Node>() }, slot, target);
                }
            }
            Step::Unroot { which } => {
                if let Some(id) = self.pick(which)
                    && let Some(root) = self.entries.get_mut(&id).unwrap().root.take()
                {
                    self.world.unroot(root);
                }
            }
            Step::Minor => self.collect(true),
            Step::Full => self.collect(false),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_heap_agrees_with_the_model(steps in proptest::collection::vec(step(), 1..150), poison in any::<bool>()) {
        let world = World::new(HeapConfig {
            young_bytes: usize::MAX,
            // Poison without collections of its own.
            gc_stress: poison.then_some(u32::MAX),
            ..HeapConfig::default()
        });
        let mut model = Model { world, entries: BTreeMap::new(), next: 0 };
        for step in &steps {
            model.run(step);
        }
        model.check();
        model.collect(true);
        model.collect(false);
    }
}
