//! Promise objects (ECMA-262 27.2). The operations shared with `await` are `unspool_runtime::promise`.
//!
//! The four combinators (`all`, `allSettled`, `any`, `race`) have one frame: get `resolve` from the constructor, iterate,
//! hand each element to `then`. They differ in what they do with an element and at the end; the state that their element
//! functions share is a record cell with the values and the count of those outstanding.

use unspool_gc::Gc;
use unspool_runtime::cells::{NativeFunction, PromiseObject, Record};
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::{call, new_native_closure};
use unspool_runtime::iteration::{IteratorRecord, get_iterator};
use unspool_runtime::native::{Arguments, Name, NativeFn, Property};
use unspool_runtime::object::{get_v, prototype_from_constructor};
use unspool_runtime::promise::{
    PromiseCapability, create_resolving_functions, new_promise_capability, new_promise_with_prototype,
    perform_promise_then, promise_resolve,
};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;

use crate::class::{ClassSpec, require_new};

const SPEC: ClassSpec = ClassSpec {
    statics: &[
        Property::Method(Name::Atom(A::all), 1, all),
        Property::Method(Name::Atom(A::allSettled), 1, all_settled),
        Property::Method(Name::Atom(A::any), 1, any),
        Property::Method(Name::Atom(A::race), 1, race),
        Property::Method(Name::Atom(A::reject), 1, reject),
        Property::Method(Name::Atom(A::resolve), 1, resolve),
        Property::Method(Name::Atom(A::try_), 1, promise_try),
        Property::Method(Name::Atom(A::withResolvers), 0, with_resolvers),
        Property::Getter(Name::Symbol(WellKnownSymbol::species), species),
    ],
    members: &[
        Property::Method(Name::Atom(A::catch), 1, catch),
        Property::Method(Name::Atom(A::finally), 1, finally),
        Property::Method(Name::Atom(A::then), 2, then),
        Property::Tag("Promise"),
    ],
    ..ClassSpec::new(A::Promise, 1, promise_constructor, Intrinsic::Promise, Intrinsic::PromisePrototype)
};

/// Makes constructor and prototype.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

fn species(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(args.this)
}

fn promise_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "Promise")?;
    if !args.get(0).is_callable() {
        let text = cx.describe(args.get(0));
        return Err(cx.throw_type_error(format_args!("Promise resolver {text} is not a function")));
    }
    let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::PromisePrototype)?;
    let promise = new_promise_with_prototype(cx, prototype);
    let (resolve, reject) = create_resolving_functions(cx, promise);
    if let Err(throw) = call(cx, args.get(0), Value::UNDEFINED, &[resolve, reject]) {
        if cx.is_terminating() {
            return Err(throw);
        }
        let reason = cx.take_exception(throw);
        call(cx, reject, Value::UNDEFINED, &[reason])?;
    }
    Ok(Value::from_cell(promise))
}

// ---- statics -----------------------------------------------------------------------------------------------------------

/// IfAbruptRejectPromise
fn reject_if_abrupt(cx: Cx<'_>, capability: PromiseCapability, result: JsResult<Value>) -> JsResult<Value> {
    match result {
        Ok(value) => Ok(value),
        Err(throw) if cx.is_terminating() => Err(throw),
        Err(throw) => {
            let reason = cx.take_exception(throw);
            call(cx, capability.reject, Value::UNDEFINED, &[reason])?;
            Ok(capability.promise)
        }
    }
}

/// The frame common to `all`, `allSettled`, `any` and `race`: capability, `resolve` function, iterator; `each` handles one
/// promise, `finish` the end of the iteration.
fn combinator(
    cx: Cx<'_>,
    args: Arguments<'_>,
    state: impl FnOnce(PromiseCapability) -> JsResult<Gc<Record>>,
    each: impl Fn(&Combinator<'_>, Value, i32) -> JsResult<()>,
    finish: impl Fn(&Combinator<'_>) -> JsResult<()>,
) -> JsResult<Value> {
    let constructor = args.this;
    let capability = new_promise_capability(cx, constructor)?;
    let result = (|| {
        let resolve = get_v(cx, constructor, cx.key(A::resolve))?;
        if !resolve.is_callable() {
            return Err(cx.throw_type_error("Promise resolve or reject function is not callable"));
        }
        let iterator = get_iterator(cx, args.get(0))?;
        let combinator = Combinator { cx, capability, state: state(capability)? };
        run_combinator(&combinator, constructor, resolve, iterator, &each)?;
        finish(&combinator)?;
        Ok(capability.promise)
    })();
    reject_if_abrupt(cx, capability, result)
}

/// What the element functions of one `Promise.all` and the like share. The record holds: 0 the values (a list), 1 the number
/// of elements not yet settled, 2 resolve, 3 reject.
struct Combinator<'a> {
    cx: Cx<'a>,
    capability: PromiseCapability,
    state: Gc<Record>,
}

fn run_combinator(
    combinator: &Combinator<'_>,
    constructor: Value,
    resolve: Value,
    iterator: IteratorRecord,
    each: &impl Fn(&Combinator<'_>, Value, i32) -> JsResult<()>,
) -> JsResult<()> {
    let cx = combinator.cx;
    let mut index = 0;
    while let Some(value) = iterator.step(cx)? {
        let result =
            call(cx, resolve, constructor, &[value]).and_then(|promise| each(combinator, promise, index));
        iterator.close_if_thrown(cx, result)?;
        index += 1;
    }
    Ok(())
}

impl Combinator<'_> {
    fn values(&self) -> GcVec {
        values_of(self.state)
    }

    fn add_remaining(&self, change: i32) -> i32 {
        add_remaining(self.cx, self.state, change)
    }

    /// An element function for element `index`: its data are the state and a record [index, already called].
    fn element_function(&self, function: NativeFn, called: Gc<Record>) -> Value {
        let data = [Value::from_cell(self.state), Value::from_cell(called)];
        NativeFunction::object(new_native_closure(self.cx, self.cx.key(A::empty), 1, function, data)).into()
    }

    fn element(&self, index: i32) -> Gc<Record> {
        Record::new(self.cx, 0, &[Value::from_i32(index), Value::FALSE])
    }

    fn then(&self, promise: Value, on_fulfilled: Value, on_rejected: Value) -> JsResult<()> {
        let then = get_v(self.cx, promise, self.cx.key(A::then))?;
        call(self.cx, then, promise, &[on_fulfilled, on_rejected])?;
        Ok(())
    }
}

fn values_of(state: Gc<Record>) -> GcVec {
    GcVec::from_cell(state.values[0].get().to().expect("the list of values"))
}

fn add_remaining(cx: Cx<'_>, state: Gc<Record>, change: i32) -> i32 {
    let count = state.values[1].get().as_i32() + change;
    state.values[1].set(cx, state, Value::from_i32(count));
    count
}

fn new_state(cx: Cx<'_>, capability: PromiseCapability) -> JsResult<Gc<Record>> {
    let values = GcVec::new(cx);
    let fields = [Value::from_cell(values.cell()), Value::from_i32(1), capability.resolve, capability.reject];
    Ok(Record::new(cx, 0, &fields))
}

/// Marks an element as settled; gives its state and index the first time.
fn settle_element(cx: Cx<'_>, args: Arguments<'_>) -> Option<(Gc<Record>, usize)> {
    let called = args.data(1).to::<Record>()?;
    if called.values[1].get().is_true() {
        return None;
    }
    called.values[1].set(cx, called, Value::TRUE);
    Some((args.data(0).to::<Record>()?, called.values[0].get().as_i32() as usize))
}

/// Stores an element's value and resolves the whole when it was the last.
fn store_element(cx: Cx<'_>, state: Gc<Record>, index: usize, value: Value) -> JsResult<Value> {
    values_of(state).set(cx, index, value);
    if add_remaining(cx, state, -1) == 0 {
        return resolve_with_values(cx, state);
    }
    Ok(Value::UNDEFINED)
}

fn resolve_with_values(cx: Cx<'_>, state: Gc<Record>) -> JsResult<Value> {
    let array = Object::array_from_list(cx, values_of(state))?;
    call(cx, state.values[2].get(), Value::UNDEFINED, &[array.into()])
}

fn finish_with_values(c: &Combinator<'_>) -> JsResult<()> {
    if c.add_remaining(-1) == 0 {
        resolve_with_values(c.cx, c.state)?;
    }
    Ok(())
}

fn all(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    combinator(
        cx,
        args,
        |capability| new_state(cx, capability),
        |c, promise, index| {
            c.values().push(cx, Value::UNDEFINED).or_throw(cx)?;
            let function = c.element_function(all_element, c.element(index));
            c.add_remaining(1);
            c.then(promise, function, c.capability.reject)
        },
        finish_with_values,
    )
}

fn all_element(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    match settle_element(cx, args) {
        Some((state, index)) => store_element(cx, state, index, args.get(0)),
        None => Ok(Value::UNDEFINED),
    }
}

fn all_settled(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    combinator(
        cx,
        args,
        |capability| new_state(cx, capability),
        |c, promise, index| {
            c.values().push(cx, Value::UNDEFINED).or_throw(cx)?;
            let element = c.element(index);
            let fulfilled = c.element_function(settled_fulfilled, element);
            let rejected = c.element_function(settled_rejected, element);
            c.add_remaining(1);
            c.then(promise, fulfilled, rejected)
        },
        finish_with_values,
    )
}

fn settled(cx: Cx<'_>, args: Arguments<'_>, outcome: A, field: A) -> JsResult<Value> {
    let Some((state, index)) = settle_element(cx, args) else { return Ok(Value::UNDEFINED) };
    let object = Object::ordinary(cx);
    object.create_data_property_infallible(cx, cx.key(A::status), cx.known_string(outcome));
    object.create_data_property_infallible(cx, cx.key(field), args.get(0));
    store_element(cx, state, index, object.into())
}

fn settled_fulfilled(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    settled(cx, args, A::fulfilled, A::value)
}

fn settled_rejected(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    settled(cx, args, A::rejected, A::reason)
}

fn any(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    combinator(
        cx,
        args,
        |capability| new_state(cx, capability),
        |c, promise, index| {
            c.values().push(cx, Value::UNDEFINED).or_throw(cx)?;
            let function = c.element_function(any_element, c.element(index));
            c.add_remaining(1);
            c.then(promise, c.capability.resolve, function)
        },
        |c| {
            if c.add_remaining(-1) == 0 {
                let error = aggregate(c.cx, c.state)?;
                return Err(c.cx.throw(error));
            }
            Ok(())
        },
    )
}

fn any_element(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some((state, index)) = settle_element(cx, args) else { return Ok(Value::UNDEFINED) };
    values_of(state).set(cx, index, args.get(0));
    if add_remaining(cx, state, -1) == 0 {
        let error = aggregate(cx, state)?;
        return call(cx, state.values[3].get(), Value::UNDEFINED, &[error]);
    }
    Ok(Value::UNDEFINED)
}

fn aggregate(cx: Cx<'_>, state: Gc<Record>) -> JsResult<Value> {
    let error = cx.new_error(Intrinsic::AggregateErrorPrototype, "All promises were rejected");
    let errors = Object::array_from_list(cx, values_of(state))?;
    error.define_builtin(cx, cx.key(A::errors), errors.into(), unspool_shapes::Attributes::HIDDEN);
    Ok(error.into())
}

fn race(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    combinator(
        cx,
        args,
        |capability| new_state(cx, capability),
        |c, promise, _| c.then(promise, c.capability.resolve, c.capability.reject),
        |_| Ok(()),
    )
}

fn reject(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let capability = new_promise_capability(cx, args.this)?;
    call(cx, capability.reject, Value::UNDEFINED, &[args.get(0)])?;
    Ok(capability.promise)
}

fn resolve(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    match args.this.as_object() {
        Some(constructor) => promise_resolve(cx, constructor, args.get(0)),
        None => Err(cx.throw_type_error("PromiseResolve called on non-object")),
    }
}

fn promise_try(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if args.this.as_object().is_none() {
        return Err(cx.throw_type_error("Promise.try called on non-object"));
    }
    let capability = new_promise_capability(cx, args.this)?;
    let result = call(cx, args.get(0), Value::UNDEFINED, args.values.get(1..).unwrap_or(&[]));
    let result = result.and_then(|value| {
        call(cx, capability.resolve, Value::UNDEFINED, &[value])?;
        Ok(capability.promise)
    });
    reject_if_abrupt(cx, capability, result)
}

fn with_resolvers(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let capability = new_promise_capability(cx, args.this)?;
    let object = Object::ordinary(cx);
    object.create_data_property_infallible(cx, cx.key(A::promise), capability.promise);
    object.create_data_property_infallible(cx, cx.key(A::resolve), capability.resolve);
    object.create_data_property_infallible(cx, cx.key(A::reject), capability.reject);
    Ok(object.into())
}

// ---- Promise.prototype -------------------------------------------------------------------------------------------------

fn then(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(promise) = args.this.to::<PromiseObject>() else {
        return Err(cx.throw_type_error("Method Promise.prototype.then called on incompatible receiver"));
    };
    let default = cx.intrinsic(Intrinsic::Promise);
    let constructor = PromiseObject::object(promise).species_constructor(cx, default)?;
    let capability = if constructor == default {
        // Nobody can see the resolving functions of this promise, so none are made.
        let derived = unspool_runtime::promise::new_promise(cx);
        let promise = Value::from_cell(derived);
        PromiseCapability { promise, resolve: Value::UNDEFINED, reject: Value::UNDEFINED }
    } else {
        new_promise_capability(cx, constructor.into())?
    };
    perform_promise_then(cx, promise, args.get(0), args.get(1), Some(capability));
    Ok(capability.promise)
}

fn invoke_then(cx: Cx<'_>, promise: Value, on_fulfilled: Value, on_rejected: Value) -> JsResult<Value> {
    let then = get_v(cx, promise, cx.key(A::then))?;
    call(cx, then, promise, &[on_fulfilled, on_rejected])
}

fn catch(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    invoke_then(cx, args.this, Value::UNDEFINED, args.get(0))
}

fn finally(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(promise) = args.this.as_object() else {
        return Err(cx.throw_type_error("Promise.prototype.finally called on a non-object"));
    };
    let constructor = promise.species_constructor(cx, cx.intrinsic(Intrinsic::Promise))?;
    let on_finally = args.get(0);
    if !on_finally.is_callable() {
        return invoke_then(cx, args.this, on_finally, on_finally);
    }
    let closure = |function| {
        let data = [on_finally, constructor.into()];
        Value::from(NativeFunction::object(new_native_closure(cx, cx.key(A::empty), 1, function, data)))
    };
    invoke_then(cx, args.this, closure(then_finally), closure(catch_finally))
}

/// Calls the `finally` callback and, when what it returned is settled, continues with `continuation` of `value`.
fn after_finally(cx: Cx<'_>, args: Arguments<'_>, continuation: NativeFn) -> JsResult<Value> {
    let result = call(cx, args.data(0), Value::UNDEFINED, &[])?;
    let promise = promise_resolve(cx, args.data(1).as_object_unchecked(), result)?;
    let data = [args.get(0), Value::UNDEFINED];
    let function = NativeFunction::object(new_native_closure(cx, cx.key(A::empty), 0, continuation, data));
    let then = get_v(cx, promise, cx.key(A::then))?;
    call(cx, then, promise, &[function.into()])
}

fn then_finally(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    after_finally(cx, args, |_, args| Ok(args.data(0)))
}

fn catch_finally(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    after_finally(cx, args, |cx, args| Err(cx.throw(args.data(0))))
}
