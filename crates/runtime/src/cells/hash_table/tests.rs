//! The ordered table against an `IndexMap`, and its iterators against the list of entries by which the specification
//! defines them: a list that only grows, in which deletion leaves a hole.
//!
//! Keys of all kinds that are compared otherwise than by identity are among those drawn, each time as a new value, so that
//! equal strings and BigInts are different cells. Collections happen between the steps.

use indexmap::IndexMap;
use proptest::prelude::*;
use unspool_gc::CollectionKind;
use unspool_values::object::GcVec;

use super::*;
use crate::object::Object;
use crate::test_support::{int, run};

/// A key by its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    Int(i32),
    /// The number and a half.
    Half(i32),
    Text(i32),
    Big(i32),
    /// One of the objects of the test.
    Object(usize),
}

const OBJECTS: usize = 6;
const WALKERS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(Key, i32),
    Remove(Key),
    Clear,
    /// A new iterator.
    Start(usize),
    /// One step of an iterator.
    Walk(usize),
    Collect,
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        4 => (-3..20i32).prop_map(Key::Int),
        1 => (-2..3i32).prop_map(Key::Half),
        3 => (0..12i32).prop_map(Key::Text),
        1 => (-2..4i32).prop_map(Key::Big),
        2 => (0..OBJECTS).prop_map(Key::Object),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (any_key(), 0..1000i32).prop_map(|(key, value)| Step::Put(key, value)),
        7 => any_key().prop_map(Step::Remove),
        1 => Just(Step::Clear),
        2 => (0..WALKERS).prop_map(Step::Start),
        8 => (0..WALKERS).prop_map(Step::Walk),
        1 => Just(Step::Collect),
    ]
}

/// A new value with the meaning of a key, in normal form.
fn value_of(cx: Cx<'_>, objects: GcVec, key: Key) -> Value {
    normalize(match key {
        Key::Int(n) => Value::from_double(f64::from(n)),
        Key::Half(n) => Value::from_double(f64::from(n) + 0.5),
        Key::Text(n) => cx.new_string(&format!("key {n}")).into(),
        Key::Big(n) => Value::from_cell(JSBigInt::from_i64(cx, i64::from(n) << 40)),
        Key::Object(index) => objects.get(index),
    })
}

/// An iterator: what it holds of the table, and where it is in the specification's list.
#[derive(Clone, Copy)]
struct Walker {
    table: Gc<HashTable>,
    position: u32,
    index: usize,
}

fn exercise(cx: Cx<'_>, steps: &[Step]) {
    let objects = GcVec::new(cx);
    for _ in 0..OBJECTS {
        objects.push(cx, Object::ordinary(cx).into()).expect("a little memory");
    }
    let table = Cell::new(HashTable::new_map(cx));
    let owner = LooseTable(&table);
    let mut model: IndexMap<Key, i32> = IndexMap::new();
    let mut list: Vec<Option<Key>> = Vec::new();
    // On the machine stack, where the collector sees the tables.
    let mut walkers: [Option<Walker>; WALKERS] = [None; WALKERS];
    for &step in steps {
        match step {
            Step::Put(key, value) => {
                let word = value_of(cx, objects, key);
                let found = table.get().find(cx, word);
                assert_eq!(found.is_some(), model.contains_key(&key), "{key:?}");
                match found {
                    Some(position) => table.get().set_value(cx, position, int(value)),
                    None => {
                        HashTable::insert(owner, cx, word, int(value)).expect("a little memory");
                        list.push(Some(key));
                    }
                }
                model.insert(key, value);
            }
            Step::Remove(key) => {
                let removed = HashTable::remove(owner, cx, value_of(cx, objects, key));
                assert_eq!(removed, model.shift_remove(&key).is_some(), "{key:?}");
                list.iter_mut().filter(|entry| **entry == Some(key)).for_each(|entry| *entry = None);
            }
            Step::Clear => {
                HashTable::clear(owner, cx);
                model.clear();
                list.fill(None);
            }
            Step::Start(which) => walkers[which] = Some(Walker { table: table.get(), position: 0, index: 0 }),
            Step::Walk(which) => {
                if let Some(walker) = walkers[which] {
                    walkers[which] = walk(cx, objects, walker, &model, &list);
                }
            }
            Step::Collect => cx.collect_garbage(CollectionKind::Full),
        }
        assert_eq!(table.get().len() as usize, model.len());
        assert_eq!(table.get().is_empty(), model.is_empty());
    }
    let mut position = 0;
    for (&key, &value) in &model {
        let (now, found) = HashTable::advance(table.get(), position);
        let found = found.expect("as many entries as the model has");
        assert_eq!(now.find(cx, value_of(cx, objects, key)), Some(found), "{key:?} is next");
        assert_eq!(now.value(found), int(value), "{key:?}");
        position = found + 1;
    }
    assert_eq!(HashTable::advance(table.get(), position).1, None);
}

/// One step of an iterator, which must come to the entry to which the specification's list leads.
fn walk(
    cx: Cx<'_>,
    objects: GcVec,
    walker: Walker,
    model: &IndexMap<Key, i32>,
    list: &[Option<Key>],
) -> Option<Walker> {
    let (table, found) = HashTable::advance(walker.table, walker.position);
    let expected = (walker.index..list.len()).find(|&index| list[index].is_some());
    match (found, expected) {
        (Some(position), Some(index)) => {
            let key = list[index].expect("an entry");
            assert!(
                equal(cx, table.key(position), value_of(cx, objects, key)),
                "the iterator came to {key:?}"
            );
            assert_eq!(table.value(position), int(model[&key]), "{key:?}");
            Some(Walker { table, position: position + 1, index: index + 1 })
        }
        (None, None) => None,
        (found, expected) => panic!("the iterator found {found:?}, the list has {expected:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_table_is_an_ordered_map(steps in proptest::collection::vec(any_step(), 0..160)) {
        run(|cx| exercise(cx, &steps));
    }
}

#[test]
fn keys_have_one_form() {
    run(|cx| {
        assert_eq!(normalize(Value::from_double(-0.0)), int(0));
        assert_eq!(normalize(Value::from_double(7.0)), int(7));
        let nan = normalize(Value::from_double(f64::NAN));
        assert_eq!(nan, normalize(Value::from_double(-f64::NAN)), "one NaN");
        let table = Cell::new(HashTable::new_set(cx));
        HashTable::insert(LooseTable(&table), cx, nan, Value::UNDEFINED).expect("a little memory");
        assert!(table.get().find(cx, nan).is_some(), "NaN equals itself here");
        assert_eq!(table.get().find(cx, int(0)), None);
    });
}

#[test]
fn a_table_shrinks_when_most_of_it_went() {
    run(|cx| {
        let table = Cell::new(HashTable::new_set(cx));
        let owner = LooseTable(&table);
        for n in 0..500 {
            HashTable::insert(owner, cx, int(n), Value::UNDEFINED).expect("a little memory");
        }
        let full = table.get().capacity();
        for n in 0..490 {
            assert!(HashTable::remove(owner, cx, int(n)));
        }
        assert!(table.get().capacity() <= full / 2, "{} of {full}", table.get().capacity());
        assert_eq!(table.get().len(), 10);
        assert!((490..500).all(|n| table.get().find(cx, int(n)).is_some()));
    });
}
