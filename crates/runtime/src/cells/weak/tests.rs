//! Weak cells under collections: what is in use must stay, what is not must go.
//!
//! The collector looks at the machine stack without knowing which words are pointers, so a dead object may be kept by a word
//! that happens to lie there. Hence "goes" is tested with many objects, of which a few may stay; "stays" is tested exactly.

use std::collections::HashMap;

use proptest::prelude::*;
use unspool_gc::CollectionKind;
use unspool_values::JSString;
use unspool_values::object::GcVec;

use super::*;
use crate::object::Object;
use crate::object::shapes::root_shape;
use crate::realm::Intrinsic;
use crate::test_support::run;

/// How many dead objects stale words on the stack may keep.
const STALE: usize = 12;

/// Full collections, with the dead part of the stack cleared.
fn collect(cx: Cx<'_>) {
    for _ in 0..2 {
        unspool_gc::clear_dead_stack();
        cx.collect_garbage(CollectionKind::Full);
    }
}

/// New objects, in a list that keeps them.
#[inline(never)]
fn objects(cx: Cx<'_>, count: usize) -> GcVec {
    let list = GcVec::new(cx);
    for _ in 0..count {
        list.push(cx, Object::ordinary(cx).into()).expect("a little memory");
    }
    list
}

/// A value that a collection would destroy if nobody traced it.
fn text(cx: Cx<'_>, n: i32) -> Value {
    cx.new_string(&format!("value {n}")).into()
}

fn is_text(cx: Cx<'_>, value: Value, n: i32) -> bool {
    value.to::<JSString>().is_some_and(|string| cx.rust_string(string) == format!("value {n}"))
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(usize, i32),
    Remove(usize),
    /// Nobody refers to the object any more.
    Drop(usize),
    Minor,
    Full,
}

const OBJECTS: usize = 40;

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..OBJECTS, 0..1000i32).prop_map(|(object, value)| Step::Put(object, value)),
        3 => (0..OBJECTS).prop_map(Step::Remove),
        2 => (0..OBJECTS).prop_map(Step::Drop),
        1 => Just(Step::Minor),
        1 => Just(Step::Full),
    ]
}

#[inline(never)]
fn exercise(cx: Cx<'_>, steps: &[Step]) {
    let keys = objects(cx, OBJECTS);
    let mut table = EphemeronTable::new(cx);
    let mut model: HashMap<usize, i32> = HashMap::new();
    let key = |index: usize| Some(keys.get(index)).filter(|value| value.is_object());
    for &step in steps {
        match step {
            Step::Put(index, n) => {
                let Some(object) = key(index) else { continue };
                table = EphemeronTable::insert(table, cx, object, text(cx, n)).expect("a little memory");
                model.insert(index, n);
            }
            Step::Remove(index) => {
                let Some(object) = key(index) else { continue };
                assert_eq!(table.remove(object), model.remove(&index).is_some());
            }
            Step::Drop(index) => {
                keys.set(cx, index, Value::UNDEFINED);
                model.remove(&index);
            }
            Step::Minor => cx.collect_garbage(CollectionKind::Minor),
            Step::Full => cx.collect_garbage(CollectionKind::Full),
        }
        for index in 0..OBJECTS {
            let Some(object) = key(index) else { continue };
            let n = model.get(&index);
            let found = table.get(object);
            assert_eq!(found.is_some(), n.is_some(), "object {index}");
            assert!(found.zip(n).is_none_or(|(found, n)| is_text(cx, found, *n)), "object {index}");
        }
        assert!(table.live.get() as usize >= model.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_weak_map_keeps_the_values_of_living_keys(steps in proptest::collection::vec(any_step(), 0..120)) {
        run(|cx| exercise(cx, &steps));
    }
}

#[test]
fn entries_of_dead_keys_go() {
    #[inline(never)]
    fn fill(cx: Cx<'_>, count: usize) -> (Gc<EphemeronTable>, GcVec) {
        let keys = objects(cx, count);
        let mut table = EphemeronTable::new(cx);
        for index in 0..count {
            table = EphemeronTable::insert(table, cx, keys.get(index), text(cx, index as i32))
                .expect("a little memory");
        }
        (table, keys)
    }
    run(|cx| {
        let (table, keys) = fill(cx, 400);
        collect(cx);
        assert_eq!(table.live.get(), 400, "all keys are alive");
        for index in (0..400).filter(|index| index % 4 != 0) {
            keys.set(cx, index, Value::UNDEFINED);
        }
        collect(cx);
        let live = table.live.get() as usize;
        assert!((100..100 + STALE).contains(&live), "{live}");
        for index in (0..400).step_by(4) {
            let found = table.get(keys.get(index)).expect("the key is alive");
            assert!(is_text(cx, found, index as i32));
        }
    });
}

#[test]
fn a_chain_of_keys_and_values_lives_by_its_first_key() {
    /// A table in which each value is the next key, and a list that holds the first.
    #[inline(never)]
    fn chain(cx: Cx<'_>, length: usize) -> (Gc<EphemeronTable>, GcVec) {
        let links = objects(cx, length + 1);
        let mut table = EphemeronTable::new(cx);
        // From the end: a collection that looks at entries in order has to come back again and again.
        for index in (0..length).rev() {
            table = EphemeronTable::insert(table, cx, links.get(index), links.get(index + 1))
                .expect("a little memory");
        }
        let first = GcVec::new(cx);
        first.push(cx, links.get(0)).expect("a little memory");
        (table, first)
    }
    run(|cx| {
        let (table, first) = chain(cx, 200);
        collect(cx);
        assert_eq!(table.live.get(), 200);
        let (mut key, mut links) = (first.get(0), 0);
        while let Some(next) = table.get(key) {
            (key, links) = (next, links + 1);
        }
        assert_eq!(links, 200);
    });
}

#[test]
fn weak_references_are_cleared_and_no_sooner() {
    #[inline(never)]
    fn references(cx: Cx<'_>, targets: GcVec) -> GcVec {
        let prototype = cx.intrinsic(Intrinsic::ObjectPrototype);
        let list = GcVec::new(cx);
        for target in targets.iter() {
            let shape = root_shape(cx, CellKind::WeakRef, Some(prototype), 0);
            let reference = cx.allocate_object(shape, |head| WeakRefObject::new(head, target));
            list.push(cx, Value::from(WeakRefObject::object(reference))).expect("a little memory");
        }
        list
    }
    run(|cx| {
        let targets = objects(cx, 200);
        let references = references(cx, targets);
        let target = |index: usize| references.get(index).to::<WeakRefObject>().expect("a WeakRef").target();
        collect(cx);
        assert!((0..200).all(|index| target(index) == targets.get(index)));
        for index in 100..200 {
            targets.set(cx, index, Value::UNDEFINED);
        }
        collect(cx);
        assert!((0..100).all(|index| target(index) == targets.get(index)), "targets in use stay");
        let left = (100..200).filter(|&index| !target(index).is_undefined()).count();
        assert!(left < STALE, "{left} of 100 dead targets are still there");
    });
}
