//! Iteration (ECMA-262 27.1): `%Iterator%`, its prototype and the shared iterator prototypes.
//!
//! The helper methods (`map`, `filter`, …) are in `iterator_helpers`, walking through iterables from Rust in `iterate`.
//! Two properties of `%Iterator.prototype%` are accessors that act like data properties, because programs assign to them
//! on objects that inherit from it (27.1.4.1).

use unspool_gc::Gc;
use unspool_runtime::cells::NativeFunction;
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::require_object_coercible;
use unspool_runtime::function::{call, define_properties};
use unspool_runtime::iteration::get_iterator;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::object::{PropertyDescriptor, prototype_from_constructor, same_value::same_value_zero};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object, OrThrow as _, ValueExt as _};
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom as A;
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{PropertyKey, Value};

use crate::class::{ClassSpec, make_plain, require_new};

const SPEC: ClassSpec = ClassSpec {
    members: &[Property::Method(Name::Symbol(WellKnownSymbol::iterator), 0, return_this)],
    ..ClassSpec::new(A::Iterator, 0, iterator_constructor, Intrinsic::Iterator, Intrinsic::IteratorPrototype)
};

/// Makes the intrinsic that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    match which {
        Intrinsic::AsyncIteratorPrototype => {
            let members = &[
                Property::Method(Name::Symbol(WellKnownSymbol::asyncIterator), 0, return_this),
                Property::Method(
                    Name::Symbol(WellKnownSymbol::asyncDispose),
                    0,
                    super::async_from_sync::async_dispose,
                ),
            ];
            make_plain(cx, realm, which, Intrinsic::ObjectPrototype, members);
        }
        Intrinsic::AsyncFromSyncIteratorPrototype => super::async_from_sync::make(cx, realm),
        Intrinsic::IteratorHelperPrototype | Intrinsic::WrapForValidIteratorPrototype => {
            super::iterator_helpers::make(cx, realm, which);
        }
        _ => {
            SPEC.make(cx, realm);
            let prototype = Realm::intrinsic(realm, cx, Intrinsic::IteratorPrototype);
            define_weird_accessor(cx, prototype, cx.key(A::constructor), get_constructor, set_constructor);
            let tag = cx.symbol_key(WellKnownSymbol::toStringTag);
            define_weird_accessor(cx, prototype, tag, get_tag, set_tag);
            define_properties(cx, prototype, super::iterator_helpers::MEMBERS);
            let constructor = Realm::intrinsic(realm, cx, Intrinsic::Iterator);
            define_properties(cx, constructor, super::iterator_helpers::STATICS);
        }
    }
}

/// `constructor` and `[Symbol.toStringTag]` of `%Iterator.prototype%` are accessors for the sake of the web.
fn define_weird_accessor(
    cx: Cx<'_>,
    prototype: Object,
    key: PropertyKey,
    getter: unspool_runtime::native::NativeFn,
    setter: unspool_runtime::native::NativeFn,
) {
    let function = |prefix, length, function| -> Value {
        let native = unspool_runtime::function::new_native_named(
            cx,
            cx.function_name(key, Some(prefix)),
            length,
            function,
        );
        NativeFunction::object(native).into()
    };
    let (get, set) = (function("get", 0, getter), function("set", 1, setter));
    let defined = prototype.define_own_property(
        cx,
        key,
        &PropertyDescriptor::accessor(get, set, Attributes::CONFIGURABLE),
    );
    debug_assert_eq!(defined, Ok(true), "a new prototype accepts properties");
}

fn get_constructor(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(cx.intrinsic(Intrinsic::Iterator).into())
}

fn set_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    setter_that_ignores_prototype(cx, args, cx.key(A::constructor))
}

fn get_tag(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(cx.known_string(A::Iterator))
}

fn set_tag(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    setter_that_ignores_prototype(cx, args, cx.symbol_key(WellKnownSymbol::toStringTag))
}

/// SetterThatIgnoresPrototypeProperties
fn setter_that_ignores_prototype(cx: Cx<'_>, args: Arguments<'_>, key: PropertyKey) -> JsResult<Value> {
    let Some(object) = args.this.as_object() else {
        return Err(cx.throw_type_error("Iterator.prototype setter called on non-object"));
    };
    if object == cx.intrinsic(Intrinsic::IteratorPrototype) {
        return Err(cx.throw_type_error("Cannot assign to this property of Iterator.prototype"));
    }
    if object.get_own_property(cx, key)?.is_none() {
        object.create_data_property_or_throw(cx, key, args.get(0))?;
    } else {
        object.set(cx, key, args.get(0))?;
    }
    Ok(Value::UNDEFINED)
}

fn iterator_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    require_new(cx, args, "Iterator")?;
    if args.new_target_object() == NativeFunction::object(args.callee) {
        return Err(cx.throw_type_error("Abstract class Iterator not directly constructable"));
    }
    let prototype = prototype_from_constructor(cx, args.new_target_object(), Intrinsic::IteratorPrototype)?;
    Ok(Object::with_prototype(cx, Some(prototype)).into())
}

pub(crate) fn return_this(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(args.this)
}

// ---- shared by the library ---------------------------------------------------------------------------------------------

pub(crate) use unspool_runtime::iteration::iterable_to_list;

/// GroupBy(items, callback, coercion): a flat list of key, list, key, list, …; the lists are `ValueList` cells.
pub(crate) fn group_by(
    cx: Cx<'_>,
    items: Value,
    callback: Value,
    coerce: impl Fn(Value) -> JsResult<Value>,
) -> JsResult<GcVec> {
    require_object_coercible(cx, items, "groupBy")?;
    if !callback.is_callable() {
        return Err(cx.throw_type_error(format_args!("{} is not a function", cx.describe(callback))));
    }
    let groups = GcVec::new(cx);
    let record = get_iterator(cx, items)?;
    let mut index = 0u32;
    while let Some(value) = record.step(cx)? {
        let result = (|| {
            let key = call(cx, callback, Value::UNDEFINED, &[value, Value::from_u32(index)])?;
            let key = coerce(key)?;
            let position = (0..groups.len()).step_by(2).find(|i| same_value_zero(cx, groups.get(*i), key));
            let group = match position {
                Some(i) => GcVec::from_cell(groups.get(i + 1).to().expect("a group is a list")),
                None => {
                    let group = GcVec::new(cx);
                    groups.push(cx, key).or_throw(cx)?;
                    groups.push(cx, Value::from_cell(group.cell())).or_throw(cx)?;
                    group
                }
            };
            group.push(cx, value).or_throw(cx)
        })();
        record.close_if_thrown(cx, result)?;
        index += 1;
    }
    Ok(groups)
}
