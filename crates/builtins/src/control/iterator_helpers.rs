//! Iterator helpers that run at once (ECMA-262 27.1.2.1, 27.1.4): the consuming methods of `%Iterator.prototype%`,
//! `Iterator.from` with its wrapper objects, and what validates the arguments of the lazy ones.
//!
//! The lazy methods (`map`, `take`, …) make helper objects, which are in `iterator_helper`; `zip` and `zipKeyed` are in
//! `iterator_zip`. `includes`, `join`, `chunks` and `windows` are proposals that test262 covers already.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_runtime::cells::{Barriered, HostObject};
use unspool_runtime::completion::{JsResult, Throw};
use unspool_runtime::convert::{MAX_SAFE_INTEGER, to_boolean, to_number, to_string};
use unspool_runtime::function::call;
use unspool_runtime::iteration::{
    IteratorRecord, get_iterator_direct, get_iterator_from_method, iterator_result,
};
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::instance::ordinary_has_instance;
use unspool_runtime::object::shapes::root_shape;
use unspool_runtime::object::{get_method, same_value_zero};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::string::StringBuilder;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value, number};

use super::iterator_helper::{self, Kind};
use super::iterator_zip;
use crate::class::make_plain;

/// Methods of `%Iterator.prototype%`.
pub(crate) const MEMBERS: &[Property] = &[
    Property::Method(Name::Atom(A::chunks), 1, chunks),
    Property::Method(Name::Atom(A::drop), 1, drop),
    Property::Method(Name::Atom(A::every), 1, every),
    Property::Method(Name::Atom(A::filter), 1, filter),
    Property::Method(Name::Atom(A::find), 1, find),
    Property::Method(Name::Atom(A::flatMap), 1, flat_map),
    Property::Method(Name::Atom(A::forEach), 1, for_each),
    Property::Method(Name::Atom(A::includes), 1, includes),
    Property::Method(Name::Atom(A::join), 1, join),
    Property::Method(Name::Atom(A::map), 1, map),
    Property::Method(Name::Atom(A::reduce), 1, reduce),
    Property::Method(Name::Atom(A::some), 1, some),
    Property::Method(Name::Atom(A::take), 1, take),
    Property::Method(Name::Atom(A::toArray), 0, to_array),
    Property::Method(Name::Atom(A::windows), 1, windows),
    Property::Method(Name::Symbol(WellKnownSymbol::dispose), 0, dispose),
];

/// Methods of `%Iterator%`.
pub(crate) const STATICS: &[Property] = &[
    Property::Method(Name::Atom(A::concat), 0, concat),
    Property::Method(Name::Atom(A::from), 1, from),
    Property::Method(Name::Atom(A::zip), 1, iterator_zip::zip),
    Property::Method(Name::Atom(A::zipKeyed), 1, iterator_zip::zip_keyed),
];

/// `HostObject::tag` of the wrappers that `Iterator.from` makes; their iterator record is in values 0 and 1.
const WRAPPER: u32 = u32::from_be_bytes(*b"iwrp");

/// Makes the prototypes of helper objects and of wrapped iterators.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    if which == Intrinsic::IteratorHelperPrototype {
        let members = &[
            Property::Method(Name::Atom(A::next), 0, iterator_helper::next),
            Property::Method(Name::Atom(A::return_), 0, iterator_helper::return_),
            Property::Tag("Iterator Helper"),
        ];
        make_plain(cx, realm, which, Intrinsic::IteratorPrototype, members);
    } else {
        let members = &[
            Property::Method(Name::Atom(A::next), 0, wrapper_next),
            Property::Method(Name::Atom(A::return_), 0, wrapper_return),
        ];
        make_plain(cx, realm, which, Intrinsic::IteratorPrototype, members);
    }
}

// ---- arguments ---------------------------------------------------------------------------------------------------------

/// The receiver, which must be an object.
fn receiver(cx: Cx<'_>, args: Arguments<'_>, method: &str) -> JsResult<Object> {
    match args.this.as_object() {
        Some(object) => Ok(object),
        None => {
            let text = cx.describe(args.this);
            Err(cx.throw_type_error(format_args!("Iterator.prototype.{method} called on non-object {text}")))
        }
    }
}

/// Closes an iterator whose `next` was not read yet, for an invalid argument.
fn close_invalid(cx: Cx<'_>, iterator: Object, throw: Throw) -> Throw {
    IteratorRecord { iterator, next: Value::UNDEFINED }.close_on_throw(cx, throw)
}

/// The receiver's iterator record and a callable first argument.
fn with_callback(cx: Cx<'_>, args: Arguments<'_>, method: &str) -> JsResult<(IteratorRecord, Value)> {
    let iterator = receiver(cx, args, method)?;
    let callback = args.get(0);
    if !callback.is_callable() {
        let text = cx.describe(callback);
        let throw = cx.throw_type_error(format_args!("{text} is not a function"));
        return Err(close_invalid(cx, iterator, throw));
    }
    Ok((get_iterator_direct(cx, iterator)?, callback))
}

/// A count of values: the first argument of `take` and `drop`, which may be infinite.
fn with_limit(cx: Cx<'_>, args: Arguments<'_>, method: &str) -> JsResult<(IteratorRecord, f64)> {
    let iterator = receiver(cx, args, method)?;
    let limit = to_number(cx, args.get(0)).and_then(|limit| {
        let integer = number::to_integer_or_infinity(limit);
        if limit.is_nan() || integer < 0.0 || (integer.is_finite() && integer > MAX_SAFE_INTEGER) {
            let text = cx.describe(args.get(0));
            return Err(cx.throw_range_error(format_args!("{text} is not a valid count")));
        }
        Ok(integer)
    });
    match limit {
        Ok(limit) => Ok((get_iterator_direct(cx, iterator)?, limit)),
        Err(throw) => Err(close_invalid(cx, iterator, throw)),
    }
}

/// A size between 1 and 2^32 − 1, not converted.
fn size_argument(cx: Cx<'_>, value: Value) -> JsResult<u32> {
    match value.to_number() {
        Some(n) if n.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&n) => Ok(n as u32),
        Some(n) if n.fract() == 0.0 => Err(cx.throw_range_error(format_args!("{n} is not a valid size"))),
        _ => {
            let text = cx.describe(value);
            Err(cx.throw_type_error(format_args!("{text} is not an integer")))
        }
    }
}

// ---- lazy methods ------------------------------------------------------------------------------------------------------

fn map(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, mapper) = with_callback(cx, args, "map")?;
    Ok(iterator_helper::make_helper(cx, Kind::Map, iterated, mapper, Value::ZERO))
}

fn filter(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, predicate) = with_callback(cx, args, "filter")?;
    Ok(iterator_helper::make_helper(cx, Kind::Filter, iterated, predicate, Value::ZERO))
}

fn flat_map(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, mapper) = with_callback(cx, args, "flatMap")?;
    Ok(iterator_helper::make_flat_map(cx, iterated, mapper))
}

fn take(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, limit) = with_limit(cx, args, "take")?;
    Ok(iterator_helper::make_helper(cx, Kind::Take, iterated, Value::UNDEFINED, Value::from_f64(limit)))
}

fn drop(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, limit) = with_limit(cx, args, "drop")?;
    Ok(iterator_helper::make_helper(cx, Kind::Drop, iterated, Value::UNDEFINED, Value::from_f64(limit)))
}

fn chunks(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = receiver(cx, args, "chunks")?;
    let size = match size_argument(cx, args.get(0)) {
        Ok(size) => size,
        Err(throw) => return Err(close_invalid(cx, iterator, throw)),
    };
    let iterated = get_iterator_direct(cx, iterator)?;
    Ok(iterator_helper::make_helper(cx, Kind::Chunks, iterated, Value::UNDEFINED, Value::from_u32(size)))
}

fn windows(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = receiver(cx, args, "windows")?;
    let arguments = size_argument(cx, args.get(0)).and_then(|size| {
        let undersized = args.get(1);
        let text = undersized.to().map(|string| cx.rust_string(string));
        match text.as_deref() {
            None if undersized.is_undefined() => Ok((size, Kind::Windows)),
            Some("only-full") => Ok((size, Kind::Windows)),
            Some("allow-partial") => Ok((size, Kind::PartialWindows)),
            _ => Err(cx.throw_type_error("The option must be 'only-full' or 'allow-partial'")),
        }
    });
    let (size, kind) = match arguments {
        Ok(arguments) => arguments,
        Err(throw) => return Err(close_invalid(cx, iterator, throw)),
    };
    let iterated = get_iterator_direct(cx, iterator)?;
    let buffer = Value::from_cell(GcVec::new(cx).cell());
    Ok(iterator_helper::make_helper(cx, kind, iterated, buffer, Value::from_u32(size)))
}

/// Iterator.concat
fn concat(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let sources = GcVec::new(cx);
    for item in args.values {
        if !item.is_object() {
            let text = cx.describe(*item);
            return Err(cx.throw_type_error(format_args!("{text} is not an object")));
        }
        let method = get_method(cx, *item, cx.symbol_key(WellKnownSymbol::iterator))?;
        if method.is_undefined() {
            let text = cx.describe(*item);
            return Err(cx.throw_type_error(format_args!("{text} is not iterable")));
        }
        sources.push(cx, method).or_throw(cx)?;
        sources.push(cx, *item).or_throw(cx)?;
    }
    Ok(iterator_helper::make_concat(cx, sources))
}

// ---- consuming methods -------------------------------------------------------------------------------------------------

/// The position of a value, as callbacks get it.
fn position(counter: u64) -> Value {
    Value::from_f64(counter as f64)
}

/// Calls `f` with each value and its position until it gives a result; the iterator is closed when it does or throws.
fn consume<R>(
    cx: Cx<'_>,
    iterated: IteratorRecord,
    mut f: impl FnMut(Value, u64) -> JsResult<Option<R>>,
) -> JsResult<Option<R>> {
    let mut counter = 0;
    while let Some(value) = iterated.step(cx)? {
        let result = f(value, counter);
        if let Some(result) = iterated.close_if_thrown(cx, result)? {
            iterated.close(cx)?;
            return Ok(Some(result));
        }
        counter += 1;
        cx.poll_interrupt()?;
    }
    Ok(None)
}

fn for_each(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, procedure) = with_callback(cx, args, "forEach")?;
    consume(cx, iterated, |value, counter| {
        call(cx, procedure, Value::UNDEFINED, &[value, position(counter)])?;
        Ok(None::<Value>)
    })?;
    Ok(Value::UNDEFINED)
}

fn some(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, predicate) = with_callback(cx, args, "some")?;
    let found = consume(cx, iterated, |value, counter| {
        let result = call(cx, predicate, Value::UNDEFINED, &[value, position(counter)])?;
        Ok(to_boolean(result).then_some(Value::TRUE))
    })?;
    Ok(found.unwrap_or(Value::FALSE))
}

fn every(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, predicate) = with_callback(cx, args, "every")?;
    let failed = consume(cx, iterated, |value, counter| {
        let result = call(cx, predicate, Value::UNDEFINED, &[value, position(counter)])?;
        Ok((!to_boolean(result)).then_some(Value::FALSE))
    })?;
    Ok(failed.unwrap_or(Value::TRUE))
}

fn find(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, predicate) = with_callback(cx, args, "find")?;
    let found = consume(cx, iterated, |value, counter| {
        let result = call(cx, predicate, Value::UNDEFINED, &[value, position(counter)])?;
        Ok(to_boolean(result).then_some(value))
    })?;
    Ok(found.unwrap_or(Value::UNDEFINED))
}

fn reduce(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let (iterated, reducer) = with_callback(cx, args, "reduce")?;
    let (mut accumulator, first) = if args.len() > 1 {
        (args.get(1), 0)
    } else {
        match iterated.step(cx)? {
            Some(value) => (value, 1),
            None => return Err(cx.throw_type_error("Reduce of a done iterator with no initial value")),
        }
    };
    consume(cx, iterated, |value, counter| {
        accumulator = call(cx, reducer, Value::UNDEFINED, &[accumulator, value, position(counter + first)])?;
        Ok(None::<Value>)
    })?;
    Ok(accumulator)
}

fn to_array(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterated = get_iterator_direct(cx, receiver(cx, args, "toArray")?)?;
    let list = GcVec::new(cx);
    while let Some(value) = iterated.step(cx)? {
        list.push(cx, value).or_throw(cx)?;
        cx.poll_interrupt()?;
    }
    Ok(Object::array_from_list(cx, list)?.into())
}

fn includes(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = receiver(cx, args, "includes")?;
    let (searched, skipped) = (args.get(0), args.get(1));
    let skip = match skipped.to_number() {
        None if skipped.is_undefined() => Ok(0.0),
        Some(n) if n < 0.0 && (n.is_infinite() || n.fract() == 0.0) => {
            Err(cx.throw_range_error(format_args!("{n} must be positive")))
        }
        Some(n) if n.is_finite() && n.fract() == 0.0 && n > MAX_SAFE_INTEGER => {
            Err(cx.throw_range_error(format_args!("{n} is too large")))
        }
        Some(n) if n.is_infinite() || n.fract() == 0.0 => Ok(n),
        _ => {
            let text = cx.describe(skipped);
            Err(cx.throw_type_error(format_args!("{text} is not an integer")))
        }
    };
    let skip = match skip {
        Ok(skip) => skip,
        Err(throw) => return Err(close_invalid(cx, iterator, throw)),
    };
    let iterated = get_iterator_direct(cx, iterator)?;
    let found = consume(cx, iterated, |value, counter| {
        Ok((counter as f64 >= skip && same_value_zero(cx, value, searched)).then_some(Value::TRUE))
    })?;
    Ok(found.unwrap_or(Value::FALSE))
}

fn join(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = receiver(cx, args, "join")?;
    let separator =
        if args.get(0).is_undefined() { Ok(cx.atoms.known(A::comma)) } else { to_string(cx, args.get(0)) };
    let separator = match separator {
        Ok(separator) => separator,
        Err(throw) => return Err(close_invalid(cx, iterator, throw)),
    };
    let iterated = get_iterator_direct(cx, iterator)?;
    let mut builder = StringBuilder::new();
    consume(cx, iterated, |value, counter| {
        if counter > 0 {
            builder.push_view(cx.flatten(&separator)?);
        }
        if !value.is_nullish() {
            let string = to_string(cx, value)?;
            builder.push_view(cx.flatten(&string)?);
        }
        Ok(None::<Value>)
    })?;
    Ok(cx.finish_string(builder)?.into())
}

/// %Iterator.prototype% [ @@dispose ]
fn dispose(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let method = get_method(cx, args.this, cx.key(A::return_))?;
    if !method.is_undefined() {
        call(cx, method, args.this, &[])?;
    }
    Ok(Value::UNDEFINED)
}

// ---- Iterator.from -----------------------------------------------------------------------------------------------------

/// What GetIteratorFlattenable does with primitives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitives {
    /// All are a `TypeError`.
    Reject,
    /// Strings are iterated.
    IterateStrings,
}

/// GetIteratorFlattenable
pub(super) fn get_iterator_flattenable(
    cx: Cx<'_>,
    value: Value,
    primitives: Primitives,
) -> JsResult<IteratorRecord> {
    if !(value.is_object() || (value.is_string() && primitives == Primitives::IterateStrings)) {
        let text = cx.describe(value);
        return Err(cx.throw_type_error(format_args!("{text} is not an object")));
    }
    let method = get_method(cx, value, cx.symbol_key(WellKnownSymbol::iterator))?;
    match value.as_object() {
        Some(object) if method.is_undefined() => get_iterator_direct(cx, object),
        None if method.is_undefined() => {
            let text = cx.describe(value);
            Err(cx.throw_type_error(format_args!("{text} is not an object")))
        }
        _ => get_iterator_from_method(cx, value, method),
    }
}

/// Iterator.from
fn from(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = get_iterator_flattenable(cx, args.get(0), Primitives::IterateStrings)?;
    if ordinary_has_instance(cx, cx.intrinsic(Intrinsic::Iterator), record.iterator.into())? {
        return Ok(record.iterator.into());
    }
    let prototype = cx.intrinsic(Intrinsic::WrapForValidIteratorPrototype);
    let shape = root_shape(cx, CellKind::Host, Some(prototype), 0);
    let wrapper = cx.allocate_object(shape, |head| HostObject {
        head,
        tag: WRAPPER,
        state: Cell::new(0),
        values: [record.iterator.into(), record.next, Value::UNDEFINED, Value::UNDEFINED].map(Barriered::new),
    });
    Ok(HostObject::object(wrapper).into())
}

fn wrapped(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<IteratorRecord> {
    match args.this.to::<HostObject>().filter(|object| object.tag == WRAPPER) {
        Some(object) => Ok(IteratorRecord {
            iterator: object.values[0].get().as_object_unchecked(),
            next: object.values[1].get(),
        }),
        None => {
            let text = cx.describe(args.this);
            Err(cx.throw_type_error(format_args!("{text} is not a wrapped iterator")))
        }
    }
}

fn wrapper_next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let record = wrapped(cx, args)?;
    call(cx, record.next, record.iterator.into(), &[])
}

fn wrapper_return(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let iterator = wrapped(cx, args)?.iterator.into();
    let method = get_method(cx, iterator, cx.key(A::return_))?;
    if method.is_undefined() {
        return Ok(iterator_result(cx, Value::UNDEFINED, true).into());
    }
    call(cx, method, iterator, &[])
}
