//! The Atomics object (ECMA-262 25.4).
//!
//! An isolate is one agent. Operations use the machine's atomic instructions, sequentially consistent; the lists of waiters are
//! with the memory they wait for (`unspool_runtime::agents`).

use std::time::{Duration, Instant};

use unspool_gc::Gc;
use unspool_runtime::agents;
use unspool_runtime::bytes;
use unspool_runtime::cells::{ByteStore, ElementType, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_bigint, to_index, to_int32, to_integer_or_infinity, to_number};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::typed_array;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::bigint::JSBigInt;

use crate::class::make_plain;

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    make_plain(
        cx,
        realm,
        Intrinsic::Atomics,
        Intrinsic::ObjectPrototype,
        &[
            Property::Method(Name::Atom(A::load), 2, load),
            Property::Method(Name::Atom(A::store), 3, store),
            Property::Method(Name::Atom(A::add), 3, add),
            Property::Method(Name::Atom(A::sub), 3, sub),
            Property::Method(Name::Atom(A::and), 3, and),
            Property::Method(Name::Atom(A::or), 3, or),
            Property::Method(Name::Atom(A::xor), 3, xor),
            Property::Method(Name::Atom(A::exchange), 3, exchange),
            Property::Method(Name::Atom(A::compareExchange), 4, compare_exchange),
            Property::Method(Name::Atom(A::isLockFree), 1, is_lock_free),
            Property::Method(Name::Atom(A::wait), 4, wait),
            Property::Method(Name::Atom(A::waitAsync), 4, wait_async),
            Property::Method(Name::Atom(A::notify), 3, notify),
            Property::Method(Name::Atom(A::pause), 0, pause),
            Property::Tag("Atomics"),
        ],
    );
}

/// ValidateIntegerTypedArray: the array with its length.
fn validate(cx: Cx<'_>, value: Value) -> JsResult<(Gc<TypedArrayObject>, usize)> {
    validate_elements(cx, value, |element| {
        !matches!(
            element,
            ElementType::Uint8Clamped | ElementType::Float16 | ElementType::Float32 | ElementType::Float64
        )
    })
}

/// ValidateIntegerTypedArray of an array on whose elements agents can wait.
fn validate_waitable(cx: Cx<'_>, value: Value) -> JsResult<(Gc<TypedArrayObject>, usize)> {
    validate_elements(cx, value, |element| matches!(element, ElementType::Int32 | ElementType::BigInt64))
}

fn validate_elements(
    cx: Cx<'_>,
    value: Value,
    accepts: fn(ElementType) -> bool,
) -> JsResult<(Gc<TypedArrayObject>, usize)> {
    let Some(array) = value.to::<TypedArrayObject>() else {
        return Err(cx.throw_type_error("[object Object] is not a typed array"));
    };
    let Some(view) = typed_array::view(array) else { return Err(throw_out_of_bounds(cx)) };
    if !accepts(array.element_type) {
        return Err(cx.throw_type_error("[object Array] is not an integer typed array"));
    }
    Ok((array, view.length))
}

fn throw_out_of_bounds(cx: Cx<'_>) -> unspool_runtime::Throw {
    cx.throw_type_error("Cannot perform Atomics operation on a detached ArrayBuffer")
}

/// ValidateAtomicAccess
fn validate_index(cx: Cx<'_>, index: Value, length: usize) -> JsResult<usize> {
    let index = to_index(cx, index)?;
    if index >= length as u64 {
        return Err(cx.throw_range_error("Invalid atomic access index"));
    }
    Ok(index as usize)
}

/// RevalidateAtomicAccess: conversions of arguments may have changed the buffer.
fn revalidate(cx: Cx<'_>, array: Gc<TypedArrayObject>, index: usize) -> JsResult<()> {
    match typed_array::view(array) {
        None => Err(throw_out_of_bounds(cx)),
        Some(view) if index >= view.length => Err(cx.throw_range_error("Invalid atomic access index")),
        Some(_) => Ok(()),
    }
}

/// An operand as the bits that the element type keeps.
fn operand(cx: Cx<'_>, array: Gc<TypedArrayObject>, value: Value) -> JsResult<(u64, Value)> {
    if array.element_type.is_bigint() {
        let bigint = to_bigint(cx, value)?;
        let bits = bigint.to::<JSBigInt>().expect("ToBigInt gives a BigInt").to_u64_wrapping();
        return Ok((bits, bigint));
    }
    // Adding zero turns −0 into +0.
    let n = to_integer_or_infinity(cx, value)? + 0.0;
    Ok((u64::from(unspool_values::number::to_uint32(n)), Value::from_f64(n)))
}

/// The bits of an element, zero-extended.
fn bits_at(array: Gc<TypedArrayObject>, index: usize) -> u64 {
    bytes::load_atomically(array, index).unwrap_or(0)
}

/// The bits that an element of this size keeps.
fn masked(array: Gc<TypedArrayObject>, bits: u64) -> u64 {
    match array.element_type.size() {
        8 => bits,
        size => bits & ((1 << (size * 8)) - 1),
    }
}

/// AtomicReadModifyWrite
fn modify(cx: Cx<'_>, args: Arguments<'_>, operation: fn(u64, u64) -> u64) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0))?;
    let index = validate_index(cx, args.get(1), length)?;
    let (bits, _) = operand(cx, array, args.get(2))?;
    revalidate(cx, array, index)?;
    let old = bytes::update_atomically(array, index, |old| operation(old, bits)).unwrap_or(0);
    Ok(bytes::value_of_bits(cx, array.element_type, old))
}

fn add(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    modify(cx, args, u64::wrapping_add)
}

fn sub(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    modify(cx, args, u64::wrapping_sub)
}

fn and(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    modify(cx, args, |a, b| a & b)
}

fn or(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    modify(cx, args, |a, b| a | b)
}

fn xor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    modify(cx, args, |a, b| a ^ b)
}

fn exchange(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    modify(cx, args, |_, b| b)
}

/// `Atomics.load`
fn load(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0))?;
    let index = validate_index(cx, args.get(1), length)?;
    revalidate(cx, array, index)?;
    Ok(bytes::value_of_bits(cx, array.element_type, bits_at(array, index)))
}

/// `Atomics.store`
fn store(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0))?;
    let index = validate_index(cx, args.get(1), length)?;
    let (bits, value) = operand(cx, array, args.get(2))?;
    revalidate(cx, array, index)?;
    bytes::update_atomically(array, index, |_| bits);
    Ok(value)
}

/// `Atomics.compareExchange`
fn compare_exchange(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0))?;
    let index = validate_index(cx, args.get(1), length)?;
    let (expected, _) = operand(cx, array, args.get(2))?;
    let (replacement, _) = operand(cx, array, args.get(3))?;
    revalidate(cx, array, index)?;
    let expected = masked(array, expected);
    let exchange = |old| if old == expected { replacement } else { old };
    let old = bytes::update_atomically(array, index, exchange).unwrap_or(0);
    Ok(bytes::value_of_bits(cx, array.element_type, old))
}

/// `Atomics.isLockFree`
fn is_lock_free(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let size = to_integer_or_infinity(cx, args.get(0))?;
    Ok([1.0, 2.0, 4.0, 8.0].contains(&size).into())
}

/// `Atomics.pause`
fn pause(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let count = args.get(0);
    if !count.is_undefined() && !count.to_number().is_some_and(|n| n.is_finite() && n.fract() == 0.0) {
        return Err(cx.throw_type_error("Atomics.pause: the iteration number must be an integer"));
    }
    std::hint::spin_loop();
    Ok(Value::UNDEFINED)
}

// ---- waiting -----------------------------------------------------------------------------------------------------------

/// What `wait` and `waitAsync` are about.
struct Wait {
    array: Gc<TypedArrayObject>,
    index: usize,
    store: Gc<ByteStore>,
    /// Byte index in the store.
    position: usize,
    /// The bits to be found there.
    expected: u64,
    /// Milliseconds, possibly infinite.
    timeout: f64,
}

impl Wait {
    fn matches(&self) -> bool {
        bits_at(self.array, self.index) == self.expected
    }
}

/// The common beginning of DoWait.
fn prepare_wait(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Wait> {
    let (array, length) = validate_waitable(cx, args.get(0))?;
    let store = array.buffer.get().store.get().filter(|store| store.shared().is_some());
    let Some(store) = store else {
        return Err(cx.throw_type_error("Atomics.wait: the typed array must view a SharedArrayBuffer"));
    };
    let index = validate_index(cx, args.get(1), length)?;
    let expected = if array.element_type == ElementType::BigInt64 {
        operand(cx, array, args.get(2))?.0
    } else {
        u64::from(to_int32(cx, args.get(2))? as u32)
    };
    let timeout = to_number(cx, args.get(3))?;
    let timeout = if timeout.is_nan() { f64::INFINITY } else { timeout.max(0.0) };
    let position = array.byte_offset + index * array.element_type.size();
    Ok(Wait { array, index, store, position, expected, timeout })
}

/// How long a blocked thread sleeps before it looks for interrupts.
const SLICE: f64 = 0.01;

/// `Atomics.wait`
fn wait(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let wait = prepare_wait(cx, args)?;
    if !cx.config.may_block {
        return Err(cx.throw_type_error("Atomics.wait cannot be called in this context"));
    }
    let Some(shared) = wait.store.shared().cloned() else { return Ok(Value::UNDEFINED) };
    let Some(ticket) = shared.enter(wait.position, || wait.matches()) else {
        return Ok(cx.known_string(A::not_equal));
    };
    let start = Instant::now();
    loop {
        let left = wait.timeout / 1000.0 - start.elapsed().as_secs_f64();
        if let Err(throw) = cx.poll_interrupt() {
            shared.leave(&ticket);
            return Err(throw);
        }
        if left <= 0.0 {
            let notified = shared.leave(&ticket);
            return Ok(cx.known_string(if notified { A::ok } else { A::timed_out }));
        }
        if shared.wait(&ticket, Duration::from_secs_f64(left.min(SLICE))) {
            return Ok(cx.known_string(A::ok));
        }
    }
}

/// `Atomics.waitAsync`
fn wait_async(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let wait = prepare_wait(cx, args)?;
    let answer = |is_async: bool, value: Value| {
        let object = Object::ordinary(cx);
        object.create_data_property_infallible(cx, cx.key(A::async_), is_async.into());
        object.create_data_property_infallible(cx, cx.key(A::value), value);
        object.into()
    };
    if wait.timeout == 0.0 {
        let outcome = if wait.matches() { A::timed_out } else { A::not_equal };
        return Ok(answer(false, cx.known_string(outcome)));
    }
    Ok(match agents::wait_async(cx, wait.store, wait.position, wait.timeout, || wait.matches())? {
        Some(promise) => answer(true, promise),
        None => answer(false, cx.known_string(A::not_equal)),
    })
}

/// `Atomics.notify`
fn notify(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate_waitable(cx, args.get(0))?;
    let index = validate_index(cx, args.get(1), length)?;
    let count = match args.get(2) {
        Value::UNDEFINED => f64::INFINITY,
        count => to_integer_or_infinity(cx, count)?.max(0.0),
    };
    let position = array.byte_offset + index * array.element_type.size();
    let store = array.buffer.get().store.get();
    let shared = store.and_then(|store| store.shared().cloned());
    Ok(shared.map_or(Value::ZERO, |shared| Value::from_u32(shared.notify(position, count))))
}
