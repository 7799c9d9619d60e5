//! The `%Name(…)` intrinsics of self-hosted code.
//!
//! Builtins that are written in JavaScript need operations that the language has no syntax for: to ask for an internal
//! slot, to create an object without running code, to read the actual arguments. They are called as `%Name(…)`, which
//! only the engine's own code may write. Those of general use are here; those that belong to a chapter of the library are
//! handed on to it. Arguments come from trusted code and are not checked again.

use unspool_bytecode::{IntrinsicId, MessageId};
use unspool_values::Value;
use unspool_values::string::JSString;

use crate::cells::{Array, PromiseObject};
use crate::completion::{JsResult, Throw};
use crate::frame::Frame;
use crate::isolate::Cx;
use crate::iteration::{self, IteratorRecord, iterator_result};
use crate::object::{Object, ValueExt as _, array, get_method, is_array, same_value, same_value_zero};
use crate::{convert, function, interrupt, messages, promise};

/// Calls an intrinsic with the arguments that self-hosted code gives.
///
/// # Errors
/// What the intrinsic throws.
pub fn call(cx: Cx<'_>, frame: Frame, id: IntrinsicId, arguments: &[Value]) -> JsResult<Value> {
    use IntrinsicId as I;
    let argument = |i: usize| arguments.get(i).copied().unwrap_or(Value::UNDEFINED);
    let object = |i: usize| argument(i).as_object_unchecked();
    let key = |i: usize| convert::to_property_key(cx, argument(i));
    let bool = |b: bool| Ok(Value::from_bool(b));
    let done = |result: JsResult<()>| result.map(|()| Value::UNDEFINED);
    match id {
        I::IsCallable => bool(argument(0).is_callable()),
        I::IsConstructor => bool(argument(0).as_object().is_some_and(Object::is_constructor)),
        I::IsObject => bool(argument(0).is_object()),
        I::IsArray => is_array(cx, argument(0)).map(Value::from_bool),
        I::IsSmi => bool(argument(0).is_i32()),
        I::ToObject => convert::to_object(cx, argument(0)).map(Value::from),
        I::ToLength => convert::to_length(cx, argument(0)).map(|n| Value::from_f64(n as f64)),
        I::ToIntegerOrInfinity => convert::to_integer_or_infinity(cx, argument(0)).map(Value::from_f64),
        I::ToString => convert::to_string(cx, argument(0)).map(Value::from_cell),
        I::ToNumber => convert::to_number(cx, argument(0)).map(Value::from_f64),
        I::ToPropertyKey => Ok(key(0)?.to_value(cx, &cx.atoms)),
        I::ToBoolean => bool(convert::to_boolean(argument(0))),
        I::RequireObjectCoercible => {
            convert::require_object_coercible(cx, argument(0), "method")?;
            Ok(argument(0))
        }
        I::LengthOfArrayLike => object(0).length_of_array_like(cx).map(|n| Value::from_f64(n as f64)),
        I::HasProperty => object(0).has_property(cx, key(1)?).map(Value::from_bool),
        I::CreateDataPropertyOrThrow => {
            done(object(0).create_data_property_or_throw(cx, key(1)?, argument(2)))
        }
        I::DeletePropertyOrThrow => done(object(0).delete_or_throw(cx, key(1)?)),
        I::SetOrThrow => done(object(0).set(cx, key(1)?, argument(2))),
        I::GetMethod => get_method(cx, argument(0), key(1)?),
        I::ArrayCreate => Object::array(cx, argument(0).as_number() as u64).map(Value::from),
        I::SpeciesConstructor => object(0).species_constructor(cx, object(1)).map(Value::from),
        I::ThrowTypeError | I::ThrowRangeError => {
            Err(throw_message(cx, argument(0), arguments.get(1..).unwrap_or(&[])))
        }
        I::Call => function::call(cx, argument(0), argument(1), arguments.get(2..).unwrap_or(&[])),
        I::Construct => {
            function::construct(cx, object(0), arguments.get(1..).unwrap_or(&[]), object(0)).map(Value::from)
        }
        I::ArgumentsLength => Ok(Value::from_usize(actual_arguments(frame).len())),
        I::GetArgument => {
            let index = argument(0).as_i32() as usize;
            Ok(actual_arguments(frame).get(index).copied().unwrap_or(Value::UNDEFINED))
        }
        I::ArgumentsFrom => {
            let rest = actual_arguments(frame).get(argument(0).as_i32() as usize..).unwrap_or(&[]);
            Object::array_from_values(cx, rest).map(Value::from)
        }
        I::SameValue => bool(same_value(cx, argument(0), argument(1))),
        I::SameValueZero => bool(same_value_zero(cx, argument(0), argument(1))),
        I::CreateIterResultObject => Ok(iterator_result(cx, argument(0), argument(1).is_true()).into()),
        I::IteratorClose => done(iterator(object(0)).close(cx)),
        I::IteratorCloseOnThrow => {
            close_quietly(cx, iterator(object(0)));
            Ok(Value::UNDEFINED)
        }
        I::ObjectCreate => Ok(Object::with_prototype(cx, argument(0).as_object()).into()),
        I::ListAppend => {
            let list = argument(0).to::<Array>().expect("a list made by ArrayCreate");
            done(array::push_fast(cx, list, argument(1)).map(drop))
        }
        I::CreateAsyncFromSyncIterator => {
            Ok(iteration::create_async_from_sync(cx, argument(0), argument(1)).into())
        }
        I::IsPromise => bool(argument(0).to::<PromiseObject>().is_some()),
        I::PromiseResolve => promise::promise_resolve(cx, object(0), argument(1)),
        I::SetFunctionName => {
            function::set_function_name(cx, object(0), key(1)?, None);
            Ok(argument(0))
        }
        I::SmiMin => Ok(Value::from_i32(argument(0).as_i32().min(argument(1).as_i32()))),
        I::SmiMax => Ok(Value::from_i32(argument(0).as_i32().max(argument(1).as_i32()))),
        I::Poll => done(interrupt::poll(cx)),
        I::StringCompare => {
            let (a, b) = (argument(0).to::<JSString>(), argument(1).to::<JSString>());
            let (a, b) = (a.expect("a string"), b.expect("a string"));
            Ok(Value::from_i32(JSString::compare(cx, a, b) as i32))
        }
        I::NewTarget => Ok(Value::UNDEFINED),
        // The others belong to chapters of the library.
        _ => (cx.hooks.library_intrinsic)(cx, id, arguments),
    }
}

/// A TypeError or RangeError (the message knows which) with a message from the table.
fn throw_message(cx: Cx<'_>, number: Value, arguments: &[Value]) -> Throw {
    let message = MessageId::from_operand(number.as_i32() as u32).unwrap_or(MessageId::NotAnObject);
    messages::throw_id(cx, message, arguments)
}

/// An iterator of which only `return` will be called.
fn iterator(iterator: Object) -> IteratorRecord {
    IteratorRecord { iterator, next: Value::UNDEFINED }
}

/// IteratorClose with a throw completion that the caller holds: what closing throws is dropped.
fn close_quietly(cx: Cx<'_>, record: IteratorRecord) {
    let throw = cx.throw(Value::UNDEFINED);
    let throw = record.close_on_throw(cx, throw);
    cx.take_exception(throw);
}

/// The actual arguments of the running activation.
fn actual_arguments<'f>(frame: Frame) -> &'f [Value] {
    // SAFETY: `frame` is the running frame, which is fully built; its arguments lie behind registers and receiver.
    unsafe {
        let header = frame.header();
        let registers = header.template.get().register_count.get() as usize;
        std::slice::from_raw_parts(frame.0.add(registers + 1), header.argument_count.get() as usize)
    }
}
