//! Generator and async functions and their objects (ECMA-262 27.3 to 27.7).
//!
//! Here are the constructors (`GeneratorFunction` and its two relatives, found only through prototypes), the web of
//! prototypes between functions and their instances, and the methods. How activations are suspended and resumed is
//! `unspool_runtime::generators`' and the interpreter's.

use unspool_gc::Gc;
use unspool_runtime::cells::{NativeFunction, ResumeMode};
use unspool_runtime::completion::JsResult;
use unspool_runtime::eval::{DynamicFunctionKind, create_dynamic_function};
use unspool_runtime::function::new_native_constructor;
use unspool_runtime::generators;
use unspool_runtime::native::{Arguments, KnownNative, Name, NativeFn, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;

use crate::class::make_plain;

/// Makes the intrinsics of one of the three families.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    use Intrinsic as I;
    match which {
        I::GeneratorFunctionPrototype | I::GeneratorFunction | I::GeneratorPrototype => {
            make_generator(cx, realm)
        }
        I::AsyncFunctionPrototype | I::AsyncFunction => make_async_function(cx, realm),
        _ => make_async_generator(cx, realm),
    }
}

/// A function constructor that is reached only through its prototype's `constructor`.
fn make_constructor(
    cx: Cx<'_>,
    realm: Gc<Realm>,
    title: A,
    function: NativeFn,
    prototype: Object,
    constructor: Intrinsic,
) {
    let native =
        NativeFunction::object(new_native_constructor(cx, cx.key(title), 1, function, Some(prototype)));
    let parent = Realm::intrinsic(realm, cx, Intrinsic::Function);
    let set = native.set_prototype_of(cx, Some(parent));
    debug_assert_eq!(set, Ok(true), "a new constructor accepts a prototype");
    // Unlike that of ordinary constructors the back reference is not writable.
    prototype.define_builtin(cx, cx.key(A::constructor), native.into(), Attributes::CONFIGURABLE);
    Realm::define_intrinsic(realm, cx, constructor, native);
}

/// `prototype` and `constructor` between a function family's prototype and the prototype of its objects.
fn link_instances(cx: Cx<'_>, functions: Object, instances: Object) {
    functions.define_builtin(cx, cx.key(A::prototype), instances.into(), Attributes::CONFIGURABLE);
    instances.define_builtin(cx, cx.key(A::constructor), functions.into(), Attributes::CONFIGURABLE);
}

fn make_generator(cx: Cx<'_>, realm: Gc<Realm>) {
    let functions = make_plain(
        cx,
        realm,
        Intrinsic::GeneratorFunctionPrototype,
        Intrinsic::FunctionPrototype,
        &[Property::Tag("GeneratorFunction")],
    );
    let instances = make_plain(
        cx,
        realm,
        Intrinsic::GeneratorPrototype,
        Intrinsic::IteratorPrototype,
        &[
            Property::KnownMethod(Name::Atom(A::next), 1, generator_next, KnownNative::GeneratorNext),
            Property::KnownMethod(Name::Atom(A::return_), 1, generator_return, KnownNative::GeneratorReturn),
            Property::KnownMethod(Name::Atom(A::throw), 1, generator_throw, KnownNative::GeneratorThrow),
            Property::Tag("Generator"),
        ],
    );
    link_instances(cx, functions, instances);
    make_constructor(
        cx,
        realm,
        A::GeneratorFunction,
        generator_function,
        functions,
        Intrinsic::GeneratorFunction,
    );
}

fn make_async_function(cx: Cx<'_>, realm: Gc<Realm>) {
    let functions = make_plain(
        cx,
        realm,
        Intrinsic::AsyncFunctionPrototype,
        Intrinsic::FunctionPrototype,
        &[Property::Tag("AsyncFunction")],
    );
    make_constructor(cx, realm, A::AsyncFunction, async_function, functions, Intrinsic::AsyncFunction);
}

fn make_async_generator(cx: Cx<'_>, realm: Gc<Realm>) {
    let functions = make_plain(
        cx,
        realm,
        Intrinsic::AsyncGeneratorFunctionPrototype,
        Intrinsic::FunctionPrototype,
        &[Property::Tag("AsyncGeneratorFunction")],
    );
    let instances = make_plain(
        cx,
        realm,
        Intrinsic::AsyncGeneratorPrototype,
        Intrinsic::AsyncIteratorPrototype,
        &[
            Property::Method(Name::Atom(A::next), 1, async_generator_next),
            Property::Method(Name::Atom(A::return_), 1, async_generator_return),
            Property::Method(Name::Atom(A::throw), 1, async_generator_throw),
            Property::Tag("AsyncGenerator"),
        ],
    );
    link_instances(cx, functions, instances);
    let constructor = Intrinsic::AsyncGeneratorFunction;
    make_constructor(cx, realm, A::AsyncGeneratorFunction, async_generator_function, functions, constructor);
}

fn generator_function(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    create_dynamic_function(cx, args, DynamicFunctionKind::Generator)
}

fn async_function(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    create_dynamic_function(cx, args, DynamicFunctionKind::Async)
}

fn async_generator_function(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    create_dynamic_function(cx, args, DynamicFunctionKind::AsyncGenerator)
}

fn generator_next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    generators::resume_from_builtin(cx, args.this, ResumeMode::Next, args.get(0))
}

fn generator_return(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    generators::resume_from_builtin(cx, args.this, ResumeMode::Return, args.get(0))
}

fn generator_throw(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    generators::resume_from_builtin(cx, args.this, ResumeMode::Throw, args.get(0))
}

fn async_generator_next(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    generators::async_generator_request(cx, args.this, ResumeMode::Next, args.get(0))
}

fn async_generator_return(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    generators::async_generator_request(cx, args.this, ResumeMode::Return, args.get(0))
}

fn async_generator_throw(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    generators::async_generator_request(cx, args.this, ResumeMode::Throw, args.get(0))
}
