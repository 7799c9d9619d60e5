//! Function objects (ECMA-262 20.2), and `eval` as a function (19.2.1).
//!
//! `call` and `apply` are declared as *forwarding*: the interpreter does their work itself, and what is here serves calls
//! from Rust. `toString` gives the source text that closures keep, or a native function's form. The `Function`
//! constructor and its family compile in `unspool_runtime::eval`.

use unspool_gc::Gc;
use unspool_runtime::cells::{Function, FunctionTemplate, NativeFunction};
use unspool_runtime::completion::JsResult;
use unspool_runtime::convert::to_integer_or_infinity;
use unspool_runtime::function::{call, call_with_list, create_list_from_array_like, new_native};
use unspool_runtime::native::{Arguments, KnownNative, Name, Property};
use unspool_runtime::object::PropertyDescriptor;
use unspool_runtime::object::instance::ordinary_has_instance;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, ValueExt as _};
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom as A;
use unspool_values::string::JSString;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellKind, Value};

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    members: &[
        Property::KnownMethod(Name::Atom(A::apply), 2, apply, KnownNative::FunctionApply),
        Property::Method(Name::Atom(A::bind), 1, bind),
        Property::KnownMethod(Name::Atom(A::call), 1, call_method, KnownNative::FunctionCall),
        Property::Method(Name::Atom(A::toString), 0, function_to_string),
    ],
    ..ClassSpec::new(A::Function, 1, function_constructor, Intrinsic::Function, Intrinsic::FunctionPrototype)
};

/// Makes the intrinsics of this chapter that `which` belongs to.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    match which {
        Intrinsic::ThrowTypeError => make_throw_type_error(cx, realm),
        Intrinsic::Eval => {
            let eval = new_native(cx, cx.key(A::eval), 1, indirect_eval);
            Realm::define_intrinsic(realm, cx, Intrinsic::Eval, NativeFunction::object(eval));
        }
        _ => make_function(cx, realm),
    }
}

fn make_function(cx: Cx<'_>, realm: Gc<Realm>) {
    if realm.existing_intrinsic(Intrinsic::FunctionPrototype).is_none() {
        let parent = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
        // Making `%Object.prototype%` makes `%Object%`, a function; so this may have been done meanwhile.
        if realm.existing_intrinsic(Intrinsic::FunctionPrototype).is_none() {
            let prototype =
                unspool_runtime::function::new_function_prototype(cx, realm, parent, prototype_function);
            Realm::define_intrinsic(realm, cx, Intrinsic::FunctionPrototype, prototype);
        }
    }
    if realm.existing_intrinsic(Intrinsic::Function).is_some() {
        return;
    }
    let prototype = Realm::intrinsic(realm, cx, Intrinsic::FunctionPrototype);
    SPEC.make_with_prototype(cx, realm, prototype);
    let has_instance = new_native(cx, cx.symbol_key(WellKnownSymbol::hasInstance), 1, has_instance);
    let key = cx.symbol_key(WellKnownSymbol::hasInstance);
    prototype.define_builtin(cx, key, has_instance.into(), Attributes::NONE);
    // AddRestrictedFunctionProperties
    let thrower = Realm::intrinsic(realm, cx, Intrinsic::ThrowTypeError).into();
    for atom in [A::caller, A::arguments] {
        let descriptor = PropertyDescriptor::accessor(thrower, thrower, Attributes::CONFIGURABLE);
        let defined = prototype.define_own_property(cx, cx.key(atom), &descriptor);
        debug_assert_eq!(defined, Ok(true), "a new prototype accepts properties");
    }
}

fn make_throw_type_error(cx: Cx<'_>, realm: Gc<Realm>) {
    let thrower = NativeFunction::object(new_native(cx, cx.key(A::empty), 0, throw_type_error));
    for atom in [A::length, A::name] {
        let fixed =
            PropertyDescriptor { configurable: Some(false), writable: Some(false), ..Default::default() };
        let defined = thrower.define_own_property(cx, cx.key(atom), &fixed);
        debug_assert_eq!(defined, Ok(true), "a new function accepts attribute changes");
    }
    let done = thrower.prevent_extensions(cx);
    debug_assert_eq!(done, Ok(true), "an ordinary function can be made non-extensible");
    Realm::define_intrinsic(realm, cx, Intrinsic::ThrowTypeError, thrower);
}

fn throw_type_error(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Err(cx.throw_type_error(
        "'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions or the arguments objects for calls to them",
    ))
}

/// `%Function.prototype%` itself accepts anything and returns `undefined`.
fn prototype_function(_: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::UNDEFINED)
}

fn function_constructor(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    unspool_runtime::eval::create_dynamic_function(
        cx,
        args,
        unspool_runtime::eval::DynamicFunctionKind::Normal,
    )
}

fn indirect_eval(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    unspool_runtime::eval::indirect_eval(cx, args.get(0))
}

fn apply(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if !args.this.is_callable() {
        return Err(
            cx.throw_type_error("Function.prototype.apply was called on a value that is not a function")
        );
    }
    if args.get(1).is_nullish() {
        return call(cx, args.this, args.get(0), &[]);
    }
    let list = create_list_from_array_like(cx, args.get(1))?;
    call_with_list(cx, args.this, args.get(0), list)
}

fn call_method(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    if !args.this.is_callable() {
        return Err(
            cx.throw_type_error("Function.prototype.call was called on a value that is not a function")
        );
    }
    call(cx, args.this, args.get(0), args.values.get(1..).unwrap_or(&[]))
}

fn bind(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let Some(target) = args.this.as_object().filter(|f| f.is_callable()) else {
        return Err(cx.throw_type_error("Bind must be called on a function"));
    };
    let bound =
        unspool_runtime::function::new_bound(cx, target, args.get(0), args.values.get(1..).unwrap_or(&[]))?;
    let given = args.len().saturating_sub(1) as f64;
    let mut length = 0.0;
    if target.has_own_property(cx, cx.key(A::length))? {
        let own = target.get(cx, cx.key(A::length))?;
        if own.is_number() {
            length = (to_integer_or_infinity(cx, own)? - given).max(0.0);
        }
    }
    bound.define_builtin(cx, cx.key(A::length), Value::from_f64(length), Attributes::CONFIGURABLE);
    let target_name = target.get(cx, cx.key(A::name))?;
    let base = target_name.to::<JSString>().unwrap_or(cx.atoms.empty());
    let full = cx.concat(cx.new_string("bound "), base)?;
    bound.define_builtin(cx, cx.key(A::name), full.into(), Attributes::CONFIGURABLE);
    Ok(bound.into())
}

fn has_instance(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    match args.this.as_object() {
        Some(constructor) => Ok(ordinary_has_instance(cx, constructor, args.get(0))?.into()),
        None => Ok(Value::FALSE),
    }
}

fn function_to_string(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    match args.this.cell_kind() {
        Some(CellKind::Function) => {
            let function = args.this.to::<Function>().expect("a closure");
            source_text(cx, function.template)
        }
        Some(CellKind::NativeFunction) => {
            let name = args.this.to::<NativeFunction>().expect("a native function").name;
            native_text(cx, name)
        }
        Some(CellKind::BoundFunction | CellKind::CallableProxy) => native_text(cx, Value::UNDEFINED),
        _ => Err(cx.throw_type_error("Function.prototype.toString requires that 'this' be a Function")),
    }
}

fn source_text(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> JsResult<Value> {
    if template.has(FunctionTemplate::NATIVE) {
        return native_text(cx, template.name.get());
    }
    unspool_runtime::script::function_source(cx, template)
}

/// `function name() { [native code] }`, with names that are no identifiers left out or in their bracketed form.
fn native_text(cx: Cx<'_>, name: Value) -> JsResult<Value> {
    let mut name = name.to::<JSString>().map_or(String::new(), |s| cx.rust_string(s));
    // `get $&` and its like are no property names.
    if name.contains(['&', '+', '`', '\'']) {
        name.clear();
    }
    Ok(cx.new_string(&format!("function {name}() {{ [native code] }}")).into())
}
