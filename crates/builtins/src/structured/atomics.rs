//! The Atomics object (ECMA-262 25.4).
//!
//! An isolate is one agent, and a shared buffer is not handed to other agents yet, so every operation is atomic by
//! itself. `wait` can only time out (or be terminated by the host); `waitAsync` is woken by `notify` of the same agent.

use std::time::{Duration, Instant};

use unspool_gc::Gc;
use unspool_runtime::bytes::{self, write_valid};
use unspool_runtime::cells::{ElementType, PromiseObject, Record, TypedArrayObject};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::{to_bigint, to_index, to_int32, to_integer_or_infinity, to_number};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::typed_array::{self, RawElement};
use unspool_runtime::promise;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::bigint::JSBigInt;
use unspool_values::object::GcVec;

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
fn validate(cx: Cx<'_>, value: Value, waitable: bool) -> JsResult<(Gc<TypedArrayObject>, usize)> {
    let Some(array) = value.to::<TypedArrayObject>() else {
        return Err(cx.throw_type_error("[object Object] is not a typed array"));
    };
    let Some(view) = typed_array::view(array) else { return Err(throw_out_of_bounds(cx)) };
    let accepted = match array.element_type {
        ElementType::Int32 | ElementType::BigInt64 => true,
        ElementType::Uint8Clamped | ElementType::Float16 | ElementType::Float32 | ElementType::Float64 => {
            false
        }
        _ => !waitable,
    };
    if !accepted {
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

fn raw(array: Gc<TypedArrayObject>, bits: u64) -> RawElement {
    if array.element_type.is_bigint() { RawElement::Big(bits) } else { RawElement::Int(bits as u32) }
}

/// The bits of an element, zero-extended.
fn bits_at(array: Gc<TypedArrayObject>, index: usize) -> u64 {
    fn at<T: bytes::Plain>(array: &Gc<TypedArrayObject>, index: usize) -> Option<T> {
        Some(bytes::elements::<T>(array)?.get(index)?.get())
    }
    match array.element_type.size() {
        1 => at::<u8>(&array, index).map_or(0, u64::from),
        2 => at::<u16>(&array, index).map_or(0, u64::from),
        4 => at::<u32>(&array, index).map_or(0, u64::from),
        _ => at::<u64>(&array, index).unwrap_or(0),
    }
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
    let (array, length) = validate(cx, args.get(0), false)?;
    let index = validate_index(cx, args.get(1), length)?;
    let (bits, _) = operand(cx, array, args.get(2))?;
    revalidate(cx, array, index)?;
    let old = typed_array::get(cx, array, index).unwrap_or(Value::UNDEFINED);
    write_valid(array, index, raw(array, operation(bits_at(array, index), bits)));
    Ok(old)
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
    let (array, length) = validate(cx, args.get(0), false)?;
    let index = validate_index(cx, args.get(1), length)?;
    revalidate(cx, array, index)?;
    Ok(typed_array::get(cx, array, index).unwrap_or(Value::UNDEFINED))
}

/// `Atomics.store`
fn store(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0), false)?;
    let index = validate_index(cx, args.get(1), length)?;
    let (bits, value) = operand(cx, array, args.get(2))?;
    revalidate(cx, array, index)?;
    write_valid(array, index, raw(array, bits));
    Ok(value)
}

/// `Atomics.compareExchange`
fn compare_exchange(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0), false)?;
    let index = validate_index(cx, args.get(1), length)?;
    let (expected, _) = operand(cx, array, args.get(2))?;
    let (replacement, _) = operand(cx, array, args.get(3))?;
    revalidate(cx, array, index)?;
    let old = typed_array::get(cx, array, index).unwrap_or(Value::UNDEFINED);
    if bits_at(array, index) == masked(array, expected) {
        write_valid(array, index, raw(array, replacement));
    }
    Ok(old)
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
    /// Does the element have the expected value?
    matches: bool,
    /// Milliseconds, possibly infinite.
    timeout: f64,
}

/// The common beginning of DoWait.
fn prepare_wait(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Wait> {
    let (array, length) = validate(cx, args.get(0), true)?;
    if !array.buffer.get().shared {
        return Err(cx.throw_type_error("Atomics.wait: the typed array must view a SharedArrayBuffer"));
    }
    let index = validate_index(cx, args.get(1), length)?;
    let expected = if array.element_type == ElementType::BigInt64 {
        operand(cx, array, args.get(2))?.0
    } else {
        u64::from(to_int32(cx, args.get(2))? as u32)
    };
    let timeout = to_number(cx, args.get(3))?;
    let timeout = if timeout.is_nan() { f64::INFINITY } else { timeout.max(0.0) };
    Ok(Wait { array, index, matches: bits_at(array, index) == expected, timeout })
}

/// `Atomics.wait`
fn wait(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let wait = prepare_wait(cx, args)?;
    if !wait.matches {
        return Ok(cx.known_string(A::not_equal));
    }
    // Nobody can notify a blocked agent that is alone; the host may still interrupt it.
    let start = Instant::now();
    loop {
        cx.poll_interrupt()?;
        let left = wait.timeout - start.elapsed().as_secs_f64() * 1000.0;
        if left <= 0.0 {
            return Ok(cx.known_string(A::timed_out));
        }
        std::thread::sleep(Duration::from_secs_f64(left.min(10.0) / 1000.0));
    }
}

/// Tag of the records in the list of asynchronous waiters: store, byte index, promise.
const WAITER: u32 = 0x5741_4954;

fn waiters(cx: Cx<'_>) -> GcVec {
    match cx.async_waiters.get().to() {
        Some(list) => GcVec::from_cell(list),
        None => {
            let list = GcVec::new(cx);
            cx.async_waiters.set(Value::from_cell(list.cell()));
            list
        }
    }
}

fn location(array: Gc<TypedArrayObject>, index: usize) -> (Value, Value) {
    let store = array.buffer.get().store.get().map_or(Value::UNDEFINED, Value::from);
    (store, Value::from_usize(array.byte_offset + index * array.element_type.size()))
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
    if !wait.matches {
        return Ok(answer(false, cx.known_string(A::not_equal)));
    }
    if wait.timeout == 0.0 {
        return Ok(answer(false, cx.known_string(A::timed_out)));
    }
    let promise = PromiseObject::object(promise::new_promise(cx));
    let (store, position) = location(wait.array, wait.index);
    let waiter = Record::new(cx, WAITER, &[store, position, promise.into()]);
    waiters(cx).push(cx, waiter.into()).or_throw(cx)?;
    Ok(answer(true, promise.into()))
}

/// `Atomics.notify`
fn notify(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (array, length) = validate(cx, args.get(0), true)?;
    let index = validate_index(cx, args.get(1), length)?;
    let count = match args.get(2) {
        Value::UNDEFINED => f64::INFINITY,
        count => to_integer_or_infinity(cx, count)?.max(0.0),
    };
    if !array.buffer.get().shared {
        return Ok(Value::ZERO);
    }
    let (store, position) = location(array, index);
    let list = waiters(cx);
    let mut woken = 0u32;
    let mut i = 0;
    while i < list.len() && f64::from(woken) < count {
        let waiter = list.get(i).to::<Record>().expect("a waiter");
        if waiter.values[0].get() == store && waiter.values[1].get() == position {
            list.remove(cx, i);
            if let Some(waiting) = waiter.values[2].get().to::<PromiseObject>() {
                promise::fulfill_promise(cx, waiting, cx.known_string(A::ok));
            }
            woken += 1;
        } else {
            i += 1;
        }
    }
    Ok(Value::from_u32(woken))
}
