//! Error objects (ECMA-262 20.5).
//!
//! One native constructor for each class of errors, made from a table, since they differ in name and prototype alone;
//! AggregateError and SuppressedError have arguments of their own. `stack` is V8's: captured when the object is made, an
//! own property by look but computed when read (`unspool_runtime::error`).

use unspool_gc::Gc;
use unspool_runtime::cells::NativeFunction;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_string;
use unspool_runtime::error::{STACK_TRACE_LIMIT, StackFrom, new_error_object, stack_text_for};
use unspool_runtime::native::{Arguments, Name, NativeFn, Property};
use unspool_runtime::object::{PropertyDescriptor, prototype_from_constructor};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use crate::class::ClassSpec;

/// One of the error constructors: name, `length`, code, constructor, prototype.
type ErrorRow = (A, u8, NativeFn, Intrinsic, Intrinsic);

const NATIVE_ERRORS: [ErrorRow; 8] = [
    (A::EvalError, 1, eval_error, Intrinsic::EvalError, Intrinsic::EvalErrorPrototype),
    (A::RangeError, 1, range_error, Intrinsic::RangeError, Intrinsic::RangeErrorPrototype),
    (A::ReferenceError, 1, reference_error, Intrinsic::ReferenceError, Intrinsic::ReferenceErrorPrototype),
    (A::SyntaxError, 1, syntax_error, Intrinsic::SyntaxError, Intrinsic::SyntaxErrorPrototype),
    (A::TypeError, 1, type_error, Intrinsic::TypeError, Intrinsic::TypeErrorPrototype),
    (A::URIError, 1, uri_error, Intrinsic::UriError, Intrinsic::UriErrorPrototype),
    (A::AggregateError, 2, aggregate_error, Intrinsic::AggregateError, Intrinsic::AggregateErrorPrototype),
    (
        A::SuppressedError,
        3,
        suppressed_error,
        Intrinsic::SuppressedError,
        Intrinsic::SuppressedErrorPrototype,
    ),
];

/// Makes the constructor and prototype that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    let row = NATIVE_ERRORS.iter().find(|row| row.3 == which || row.4 == which);
    let (atom, spec) = match row {
        Some(&(atom, length, function, constructor, prototype)) => {
            let spec = ClassSpec {
                constructor_parent: Intrinsic::Error,
                prototype_parent: Intrinsic::ErrorPrototype,
                ..ClassSpec::new(atom, length, function, constructor, prototype)
            };
            (atom, spec)
        }
        None => {
            let spec = ClassSpec {
                statics: &[
                    Property::Method(Name::Atom(A::isError), 1, is_error),
                    Property::Method(Name::Atom(A::captureStackTrace), 2, capture_stack_trace),
                ],
                members: &[Property::Method(Name::Atom(A::toString), 0, error_to_string)],
                ..ClassSpec::new(A::Error, 1, error, Intrinsic::Error, Intrinsic::ErrorPrototype)
            };
            (A::Error, spec)
        }
    };
    spec.make(cx, realm);
    if row.is_none() {
        let limit = Value::from_i32(STACK_TRACE_LIMIT);
        let constructor = Realm::intrinsic(realm, cx, Intrinsic::Error);
        constructor.define_builtin(cx, cx.key(A::stackTraceLimit), limit, Attributes::ALL);
    }
    let prototype = Realm::intrinsic(realm, cx, spec.prototype);
    prototype.define_builtin(cx, cx.key(A::name), cx.known_string(atom), Attributes::HIDDEN);
    prototype.define_builtin(cx, cx.key(A::message), cx.atoms.empty().into(), Attributes::HIDDEN);
}

macro_rules! error_constructors {
    ($($function:ident: $prototype:ident,)*) => { $(
        fn $function(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
            construct_error(cx, args, Intrinsic::$prototype, args.get(0), args.get(1)).map(Value::from)
        }
    )* };
}

error_constructors! {
    error: ErrorPrototype,
    eval_error: EvalErrorPrototype,
    range_error: RangeErrorPrototype,
    reference_error: ReferenceErrorPrototype,
    syntax_error: SyntaxErrorPrototype,
    type_error: TypeErrorPrototype,
    uri_error: UriErrorPrototype,
}

/// The common part of all error constructors: object, `message`, `cause`.
fn construct_error(
    cx: Cx<'_>,
    args: Arguments<'_>,
    default_prototype: Intrinsic,
    message: Value,
    options: Value,
) -> JsResult<Object> {
    let new_target =
        if args.is_construct() { args.new_target_object() } else { NativeFunction::object(args.callee) };
    let prototype = prototype_from_constructor(cx, new_target, default_prototype)?;
    let error = new_error_object(cx, prototype, StackFrom::caller_of(new_target.into()));
    if !message.is_undefined() {
        let message = to_string(cx, message)?;
        error.define_builtin(cx, cx.key(A::message), message.into(), Attributes::HIDDEN);
    }
    install_cause(cx, error, options)?;
    Ok(error)
}

/// InstallErrorCause
fn install_cause(cx: Cx<'_>, error: Object, options: Value) -> JsResult<()> {
    if let Some(options) = options.as_object()
        && options.has_property(cx, cx.key(A::cause))?
    {
        let cause = options.get(cx, cx.key(A::cause))?;
        error.define_builtin(cx, cx.key(A::cause), cause, Attributes::HIDDEN);
    }
    Ok(())
}

fn aggregate_error(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let error = construct_error(cx, args, Intrinsic::AggregateErrorPrototype, args.get(1), args.get(2))?;
    let list = crate::control::iterator::iterable_to_list(cx, args.get(0))?;
    let errors = Object::array_from_list(cx, list)?;
    error.define_builtin(cx, cx.key(A::errors), errors.into(), Attributes::HIDDEN);
    Ok(error.into())
}

fn suppressed_error(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let error =
        construct_error(cx, args, Intrinsic::SuppressedErrorPrototype, args.get(2), Value::UNDEFINED)?;
    error.define_builtin(cx, cx.key(A::error), args.get(0), Attributes::HIDDEN);
    error.define_builtin(cx, cx.key(A::suppressed), args.get(1), Attributes::HIDDEN);
    Ok(error.into())
}

fn error_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.this.as_object() else {
        return Err(cx.throw_type_error("Error.prototype.toString requires that 'this' be a JSReceiver"));
    };
    let own_name = object.get(cx, cx.key(A::name))?;
    let title = if own_name.is_undefined() { cx.atoms.known(A::Error) } else { to_string(cx, own_name)? };
    let own_message = object.get(cx, cx.key(A::message))?;
    let text = if own_message.is_undefined() { cx.atoms.empty() } else { to_string(cx, own_message)? };
    if title.is_empty() {
        return Ok(text.into());
    }
    if text.is_empty() {
        return Ok(title.into());
    }
    Ok(cx.concat(cx.concat(title, cx.new_string(": "))?, text)?.into())
}

fn is_error(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(args.get(0).is_kind(unspool_values::CellKind::Error).into())
}

/// V8's `Error.captureStackTrace(object, function)`: gives any object a `stack` of this point, or of where the function was called.
fn capture_stack_trace(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(object) = args.get(0).as_object() else {
        return Err(cx.throw_type_error(format_args!("Invalid argument: {}", cx.describe(args.get(0)))));
    };
    let text = stack_text_for(cx, object, StackFrom::caller_of(args.get(1)));
    object.define_property_or_throw(
        cx,
        cx.key(A::stack),
        &PropertyDescriptor::data(text, Attributes::HIDDEN),
    )?;
    Ok(Value::UNDEFINED)
}
