//! Boolean objects (ECMA-262 20.3).
//!
//! The constructor, which as a function is ToBoolean, and the two methods of the wrapper. A wrapper is a
//! `PrimitiveWrapper` cell like those of numbers and symbols.

use unspool_gc::Gc;
use unspool_runtime::cells::PrimitiveWrapper;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_boolean;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::prototype_from_constructor;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::Method(Name::Atom(A::toString), 0, boolean_to_string),
        Property::Method(Name::Atom(A::valueOf), 0, value_of),
    ],
    ..ClassSpec::new(A::Boolean, 1, boolean_constructor, Intrinsic::Boolean, Intrinsic::BooleanPrototype)
};

/// Makes constructor and prototype.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    let parent = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
    let prototype = Object::primitive_wrapper(cx, parent, Value::FALSE);
    SPEC.make_with_prototype(cx, realm, prototype);
}

fn boolean_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let value = Value::from_bool(to_boolean(args.get(0)));
    if !args.is_construct() {
        return Ok(value);
    }
    let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::BooleanPrototype)?;
    Ok(Object::primitive_wrapper(cx, prototype, value).into())
}

/// ThisBooleanValue
fn this_boolean(cx: Cx<'_>, this: Value, method: &str) -> JsResult<Value> {
    if this.is_bool() {
        return Ok(this);
    }
    match this.to::<PrimitiveWrapper>() {
        Some(wrapper) if wrapper.value.is_bool() => Ok(wrapper.value),
        _ => Err(cx.throw_type_error(format_args!("{method} requires that 'this' be a Boolean"))),
    }
}

fn boolean_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let value = this_boolean(cx, args.this, "Boolean.prototype.toString")?;
    Ok(cx.known_string(if value.is_true() { A::true_ } else { A::false_ }))
}

fn value_of(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    this_boolean(cx, args.this, "Boolean.prototype.valueOf")
}
