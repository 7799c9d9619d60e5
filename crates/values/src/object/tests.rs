//! Storage cells against models: lists against `Vec`, sparse elements against `BTreeMap`.
//!
//! The values stored are partly young strings, and the steps include collections, so a missing trace or barrier shows as
//! a wrong text.

use std::collections::BTreeMap;

use proptest::prelude::*;
use unspool_gc::{Gc, HeapConfig};
use unspool_shapes::Attributes;

use super::*;
use crate::cell::CellAllocator;
use crate::plain_heap::PlainHeap;
use crate::string::JSString;

/// The payload of the lists and tables: an int or a string that a collection would destroy if nobody traced it.
fn value(heap: &PlainHeap, n: i32) -> Value {
    if n % 3 == 0 { Value::from_i32(n) } else { JSString::short_ascii(heap, &format!("value {n}")).into() }
}

fn check(v: Value, n: i32) {
    match v.to::<JSString>() {
        None => assert_eq!(v, Value::from_i32(n)),
        Some(text) => assert!(text.view().eq_ascii(&format!("value {n}")), "{text:?} {n}"),
    }
}

fn exercise_list(heap: &PlainHeap, steps: &[(u8, i32)]) {
    let list = GcVec::new(heap);
    let mut model: Vec<i32> = Vec::new();
    for &(op, n) in steps {
        match op % 8 {
            0..=3 => {
                list.push(heap, value(heap, n)).unwrap();
                model.push(n);
            }
            4 => match (list.pop(), model.pop()) {
                (None, None) => {}
                (Some(v), Some(n)) => check(v, n),
                other => panic!("{other:?}"),
            },
            5 if !model.is_empty() => {
                let i = n as usize % model.len();
                check(list.remove(heap, i), model.remove(i));
            }
            6 if !model.is_empty() => {
                let i = n as usize % model.len();
                list.set(heap, i, value(heap, n));
                model[i] = n;
            }
            7 if n % 5 == 0 => heap.collect_minor(),
            7 if n % 11 == 0 => {
                list.truncate(model.len() / 2);
                model.truncate(model.len() / 2);
            }
            _ => {}
        }
        assert_eq!(list.len(), model.len());
    }
    heap.collect_full();
    heap.verify();
    for (v, &n) in list.iter().zip(&model) {
        check(v, n);
    }
    list.with_slice(|slice| assert_eq!(slice.len(), model.len()));
}

fn exercise_sparse(heap: &PlainHeap, steps: &[(u8, u32)]) {
    let sparse = SparseElements::new(heap);
    heap.roots().push(heap, sparse.into()).unwrap();
    let mut model: BTreeMap<u32, (i32, u8)> = BTreeMap::new();
    for &(op, index) in steps {
        match op % 4 {
            0 | 1 => {
                let (n, bits) = ((index >> 1) as i32, op >> 2 & 7);
                let entry = SparseEntry { value: value(heap, n), attributes: Attributes::from_bits(bits) };
                let old = sparse.insert(heap, index, entry).unwrap();
                let model_old = model.insert(index, (n, bits));
                assert_eq!(old.is_some(), model_old.is_some());
                if let (Some(old), Some((n, bits))) = (old, model_old) {
                    check(old.value, n);
                    assert_eq!(old.attributes.bits(), bits);
                }
            }
            2 => assert_eq!(sparse.remove(heap, index).is_some(), model.remove(&index).is_some()),
            _ if index % 7 == 0 => heap.collect_minor(),
            _ => assert_eq!(sparse.get(index).is_some(), model.contains_key(&index)),
        }
        assert_eq!(sparse.len() as usize, model.len());
    }
    heap.collect_full();
    heap.verify();
    assert_eq!(sparse.indices(), model.keys().copied().collect::<Vec<_>>());
    for (&index, &(n, bits)) in &model {
        let entry = sparse.get(index).unwrap();
        check(entry.value, n);
        assert_eq!(entry.attributes.bits(), bits);
    }
    assert_eq!(sparse.indices_from(50), model.range(50..).map(|(&i, _)| i).collect::<Vec<_>>());
    sparse.restrict_all(heap, Attributes::CONFIGURABLE);
    assert!(model.keys().all(|&i| !sparse.get(i).unwrap().attributes.is_configurable()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn lists_follow_the_model(steps in proptest::collection::vec((any::<u8>(), 0i32..1000), 0..200)) {
        PlainHeap::with(HeapConfig::default(), |heap| exercise_list(heap, &steps));
    }

    #[test]
    fn sparse_elements_follow_the_model(
        steps in proptest::collection::vec((any::<u8>(), prop_oneof![0u32..40, any::<u32>()]), 0..300)
    ) {
        PlainHeap::with(HeapConfig::default(), |heap| exercise_sparse(heap, &steps));
    }
}

#[test]
fn stress_collections_do_not_disturb_storage() {
    let config = || HeapConfig { gc_stress: Some(1), ..HeapConfig::default() };
    PlainHeap::with(config(), |heap| {
        let steps: Vec<(u8, i32)> = (0..120).map(|i| (i as u8, i * 37 % 101)).collect();
        exercise_list(heap, &steps);
    });
    PlainHeap::with(config(), |heap| {
        let steps: Vec<(u8, u32)> = (0..150u32).map(|i| ((i * 5) as u8, i * 7919 % 60)).collect();
        exercise_sparse(heap, &steps);
    });
}

#[test]
fn elements_grow_shift_and_fill() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let mut elements = Elements::with_capacity(heap, 2).unwrap();
        for i in 0..100 {
            if !elements.push(heap, value(heap, i)) {
                let capacity = Elements::grown_capacity(elements.len() + 1);
                elements = Elements::resized(heap, elements, capacity).unwrap();
                assert!(elements.push(heap, value(heap, i)));
            }
        }
        heap.collect_full();
        assert_eq!(elements.len(), 100);
        elements.copy_within(heap, 10, 0, 90);
        check(elements.get(0).unwrap(), 10);
        check(elements.get(89).unwrap(), 99);
        elements.resize(50);
        assert_eq!(elements.get(50), None);
        elements.resize(60);
        assert_eq!(elements.get(55), Some(Value::HOLE));
        elements.fill(heap, 55, 57, Value::TRUE);
        assert_eq!(elements.get(56), Some(Value::TRUE));
        let other = ValueBuffer::from_slice(heap, &[Value::NULL, Value::FALSE]).unwrap();
        elements.copy_from(heap, 0, &*other, 1, 1);
        assert_eq!(elements.get(0), Some(Value::FALSE));
        assert_eq!(elements.pop(), Some(Value::HOLE));
        assert!(Elements::with_capacity(heap, u32::MAX).is_err());
        heap.verify();
    });
}

#[test]
fn heads_tell_dense_from_sparse() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        // The plain heap has no object kinds of its own, so the object is never reachable in a collection here.
        let _no_collection = heap.heap().defer();
        let cell = heap.allocate_cell(CellKind::Object, ObjectHead::SIZE + 2 * 8);
        // SAFETY: the cell is new and large enough; both slots are written before they are read.
        let object = unsafe {
            ObjectHead::init(cell, reserved_shape::FIRST_FREE, 2);
            Gc::from_ptr(cell.cast::<ObjectHead>())
        };
        for i in 0..2 {
            // SAFETY: the cell has two inline slots.
            unsafe { object.store_value_at(heap, ObjectHead::SIZE + i * 8, Value::from_i32(i as i32)) };
        }
        // SAFETY: as above.
        assert_eq!(unsafe { object.value_at(ObjectHead::SIZE + 8) }.get(), Value::from_i32(1));
        assert!(matches!(object.elements(), ElementsRef::None));
        assert_eq!(object.dense_element(0), None);
        let dense = Elements::with_capacity(heap, 4).unwrap();
        assert!(dense.push(heap, Value::TRUE) && dense.push(heap, Value::HOLE));
        object.replace_elements(heap, dense);
        assert!(matches!(object.elements(), ElementsRef::Dense(_)));
        assert_eq!(object.dense_element(0), Some(Value::TRUE));
        assert_eq!(object.dense_element(1), None);
        assert_eq!(object.dense_element(2), None);
        let sparse = SparseElements::from_dense(heap, dense, Attributes::ALL).unwrap();
        assert_eq!(sparse.indices(), [0]);
        object.replace_elements_by_sparse(heap, sparse);
        assert!(matches!(object.elements(), ElementsRef::Sparse(_)));
        assert_eq!(object.dense_element(0), None, "fast paths see no dense element");
        let slots = Slots::grown(heap, None, 3);
        slots.set(heap, 1, Value::NULL);
        object.replace_slots(heap, Slots::grown(heap, Some(slots), 6));
        let slots = object.slots().unwrap();
        assert_eq!((slots.capacity(), slots.get(1), slots.get(5)), (6, Value::NULL, Value::UNDEFINED));
        let accessor = Accessor::new(heap, Value::UNDEFINED, Value::NULL);
        let entry = SparseEntry { value: accessor.into(), attributes: Attributes::NONE };
        assert_eq!(entry.accessor(), Some(accessor));
        assert_eq!(SparseEntry::plain(Value::NULL).accessor(), None);
        assert_eq!(crate::describe(object.into()), format!("<Object sh{}>", reserved_shape::FIRST_FREE));
    });
}

#[test]
fn layout_is_the_published_one() {
    assert_eq!(size_of::<ObjectHead>(), 24);
    assert_eq!((ObjectHead::SLOTS_OFFSET, ObjectHead::ELEMENTS_OFFSET), (8, 16));
    assert_eq!((Elements::CAPACITY_OFFSET, Elements::LENGTH_OFFSET, Elements::VALUES_OFFSET), (8, 12, 16));
    assert_eq!((Slots::CAPACITY_OFFSET, Slots::VALUES_OFFSET), (8, 16));
    assert_eq!((JSString::LENGTH_OFFSET, JSString::HASH_OFFSET, JSString::PAYLOAD_OFFSET), (8, 12, 16));
}

#[test]
fn descriptions() {
    PlainHeap::with(HeapConfig::default(), |heap| {
        let list = GcVec::from_slice(
            heap,
            &[
                Value::from_i32(1),
                Value::from_f64(-0.0),
                Value::UNDEFINED,
                JSString::short_ascii(heap, "a\"\n").into(),
            ],
        )
        .unwrap();
        assert_eq!(crate::describe(list.cell().into()), r#"[1, -0, undefined, "a\"\n"]"#);
        let big = crate::JSBigInt::from_i64(heap, -12);
        assert_eq!(crate::describe(big.into()), "-12n");
        let symbol = heap.symbols().get(crate::WellKnownSymbol::iterator);
        assert_eq!(crate::describe(symbol.into()), "Symbol(Symbol.iterator)");
        assert_eq!(crate::describe(Value::HOLE), "<hole>");
    });
}
