//! Making and calling functions.
//!
//! [`call`] and [`construct`] are the only ways from Rust into JavaScript. They push a frame on the isolate's stack and run
//! the interpreter through the hooks; native functions are called directly.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom;
use unspool_values::object::{GcVec, ValueBuffer};
use unspool_values::{CellKind, PropertyKey, Value};

use crate::cells::{
    Barriered, BoundFunction, Context, FeedbackCell, Function, FunctionTemplate, NativeFunction,
};
use crate::compiled;
use crate::completion::JsResult;
use crate::frame::{FrameFlags, push_frame};
use crate::isolate::Cx;
use crate::native::{Arguments, NativeFn, Property};
use crate::object::{Object, PropertyDescriptor, ValueExt as _, proxy};
use crate::realm::{Realm, RealmShape};
use crate::script;
use crate::strings::OrThrow as _;

/// Call(F, V, args); throws a `TypeError` when `callee` is not callable.
///
/// `arguments` must not lie in a heap cell that the callee could change: use [`call_with_list`] for a `GcVec`.
pub fn call(cx: Cx<'_>, callee: Value, this: Value, arguments: &[Value]) -> JsResult<Value> {
    match callee.cell_kind() {
        Some(CellKind::Function) => call_function(cx, callee.to().expect("a closure"), this, arguments),
        Some(CellKind::NativeFunction) => {
            call_native(cx, callee.to().expect("a native function"), this, arguments, Value::UNDEFINED)
        }
        Some(CellKind::BoundFunction) => {
            let bound = callee.to::<BoundFunction>().expect("a bound function");
            with_bound_arguments(cx, bound, arguments, |all| call(cx, bound.target.into(), bound.this, all))
        }
        Some(CellKind::CallableProxy) => proxy::call(cx, callee.as_object_unchecked(), this, arguments),
        _ => Err(cx.throw_type_error(format_args!("{} is not a function", cx.describe(callee)))),
    }
}

/// Call with the arguments of a list.
pub fn call_with_list(cx: Cx<'_>, callee: Value, this: Value, arguments: GcVec) -> JsResult<Value> {
    with_list_on_stack(cx, arguments, |all| call(cx, callee, this, all))
}

/// Construct(F, args, newTarget); `callee` and `new_target` are constructors.
pub fn construct(cx: Cx<'_>, callee: Object, arguments: &[Value], new_target: Object) -> JsResult<Object> {
    match callee.kind() {
        CellKind::Function => construct_function(cx, callee.to().expect("a closure"), arguments, new_target),
        CellKind::NativeFunction => {
            let native = callee.to().expect("a native function");
            let result = call_native(cx, native, Value::UNDEFINED, arguments, new_target.into())?;
            Ok(result.as_object_unchecked())
        }
        CellKind::BoundFunction => {
            let bound = callee.to::<BoundFunction>().expect("a bound function");
            let new_target = if new_target == callee { bound.target } else { new_target };
            with_bound_arguments(cx, bound, arguments, |all| construct(cx, bound.target, all, new_target))
        }
        CellKind::CallableProxy => proxy::construct(cx, callee, arguments, new_target),
        _ => Err(cx.throw_type_error(format_args!("{} is not a constructor", cx.describe(callee.into())))),
    }
}

/// Construct with the arguments of a list.
pub fn construct_with_list(
    cx: Cx<'_>,
    callee: Object,
    arguments: GcVec,
    new_target: Object,
) -> JsResult<Object> {
    with_list_on_stack(cx, arguments, |all| construct(cx, callee, all, new_target))
}

/// The machine code that a call of a closure enters, if there is some. A function that is marked for it is compiled first.
#[inline(always)]
pub fn code_for_call(cx: Cx<'_>, function: Gc<Function>) -> Option<compiled::GenericEntry> {
    if function.template.has(FunctionTemplate::OPTIMIZE_ON_CALL) {
        optimize_on_call(cx, function);
    }
    function.template.generic_entry()
}

#[cold]
#[inline(never)]
fn optimize_on_call(cx: Cx<'_>, function: Gc<Function>) {
    // Another closure of the same code, which has not learned anything, leaves the mark to the next.
    if function.feedback.vector.get().is_none() {
        return;
    }
    let flags = &function.template.flags;
    flags.set(flags.get() & !FunctionTemplate::OPTIMIZE_ON_CALL);
    (cx.hooks.optimize_on_call)(cx, function);
}

fn call_function(cx: Cx<'_>, function: Gc<Function>, this: Value, arguments: &[Value]) -> JsResult<Value> {
    cx.check_native_stack()?;
    let template = function.template;
    if template.has(FunctionTemplate::CLASS_CONSTRUCTOR) {
        return Err(throw_class_call(cx, function));
    }
    in_realm(cx, template.realm, || {
        script::ensure_compiled(cx, template)?;
        if let Some(entry) = code_for_call(cx, function) {
            return compiled::call(cx, entry, function, this, Value::UNDEFINED, arguments, 0);
        }
        let frame = push_frame(cx, function, this, arguments, FrameFlags::ENTRY, Value::UNDEFINED)?;
        (cx.hooks.run_frames)(cx, frame)
    })
}

/// The `TypeError` for calling a class constructor without `new`, of the class's realm.
#[cold]
pub fn throw_class_call(cx: Cx<'_>, function: Gc<Function>) -> crate::completion::Throw {
    let name = cx.describe(function.template.name.get());
    cx.with_realm(function.template.realm, || {
        cx.throw_type_error(format_args!(
            "Class constructor {} cannot be invoked without 'new'",
            name.trim_matches('"')
        ))
    })
}

fn construct_function(
    cx: Cx<'_>,
    function: Gc<Function>,
    arguments: &[Value],
    new_target: Object,
) -> JsResult<Object> {
    cx.check_native_stack()?;
    let template = function.template;
    let derived = template.has(FunctionTemplate::DERIVED);
    let receiver = if derived {
        Value::HOLE
    } else {
        crate::ic::construct::allocate_receiver(cx, function, new_target)?.into()
    };
    let flags = FrameFlags::ENTRY | FrameFlags::CONSTRUCT | if derived { FrameFlags::DERIVED } else { 0 };
    let result = in_realm(cx, template.realm, || {
        script::ensure_compiled(cx, template)?;
        if let Some(entry) = code_for_call(cx, function) {
            return compiled::call(cx, entry, function, receiver, new_target.into(), arguments, flags);
        }
        let frame = push_frame(cx, function, receiver, arguments, flags, new_target.into())?;
        (cx.hooks.run_frames)(cx, frame)
    })?;
    Ok(result.as_object_unchecked())
}

/// Runs a base constructor on a receiver that was made for it; gives the object that results.
///
/// # Errors
/// What the constructor throws.
pub(crate) fn construct_on(
    cx: Cx<'_>,
    function: Gc<Function>,
    receiver: Value,
    arguments: &[Value],
) -> JsResult<Value> {
    cx.check_native_stack()?;
    let template = function.template;
    let new_target = Value::from_cell(function);
    in_realm(cx, template.realm, || {
        script::ensure_compiled(cx, template)?;
        if let Some(entry) = code_for_call(cx, function) {
            let flags = FrameFlags::CONSTRUCT;
            return compiled::call(cx, entry, function, receiver, new_target, arguments, flags);
        }
        let flags = FrameFlags::ENTRY | FrameFlags::CONSTRUCT;
        let frame = push_frame(cx, function, receiver, arguments, flags, new_target)?;
        (cx.hooks.run_frames)(cx, frame)
    })
}

/// Calls a native function directly. `new_target` is `undefined` for a call.
#[inline]
pub fn call_native(
    cx: Cx<'_>,
    native: Gc<NativeFunction>,
    this: Value,
    arguments: &[Value],
    new_target: Value,
) -> JsResult<Value> {
    cx.check_native_stack()?;
    let arguments = Arguments { this, new_target, callee: native, values: arguments };
    if cx.hot.realm.get() == Some(native.realm) {
        return (native.function)(cx, arguments);
    }
    cx.with_realm(native.realm, || (native.function)(cx, arguments))
}

#[inline(always)]
fn in_realm<R>(cx: Cx<'_>, realm: Gc<Realm>, f: impl FnOnce() -> R) -> R {
    if cx.hot.realm.get() == Some(realm) { f() } else { cx.with_realm(realm, f) }
}

fn with_bound_arguments<R>(
    cx: Cx<'_>,
    bound: Gc<BoundFunction>,
    arguments: &[Value],
    f: impl FnOnce(&[Value]) -> JsResult<R>,
) -> JsResult<R> {
    cx.check_native_stack()?;
    let first = bound.arguments;
    if first.is_empty() {
        return f(arguments);
    }
    let count = first.len() as usize + arguments.len();
    cx.with_stack_words(count, |words| {
        for (word, value) in words.iter().zip(first.values()) {
            word.set(value.get());
        }
        for (i, value) in arguments.iter().enumerate() {
            words[first.len() as usize + i].set(*value);
        }
        f(as_values(words))
    })
}

fn with_list_on_stack<R>(cx: Cx<'_>, list: GcVec, f: impl FnOnce(&[Value]) -> JsResult<R>) -> JsResult<R> {
    let count = list.len();
    cx.with_stack_words(count, |words| {
        for (i, word) in words.iter().enumerate() {
            word.set(list.get(i));
        }
        f(as_values(words))
    })
}

/// The words as plain values: nobody writes them while a callee reads its arguments.
fn as_values(words: &[Cell<Value>]) -> &[Value] {
    // SAFETY: `Cell<Value>` has the layout of `Value`; the words belong to this call alone and are not written again until
    // it is over.
    unsafe { &*(words as *const [Cell<Value>] as *const [Value]) }
}

/// CreateListFromArrayLike
///
/// # Errors
/// A `TypeError` for values that are no objects; what reading the elements throws.
pub fn create_list_from_array_like(cx: Cx<'_>, value: Value) -> JsResult<GcVec> {
    let Some(object) = value.as_object() else {
        return Err(cx.throw_type_error("CreateListFromArrayLike called on non-object"));
    };
    let length = object.length_of_array_like(cx)?;
    let list = GcVec::new(cx);
    for i in 0..length {
        let element = object.get(cx, PropertyKey::from_u64(cx, &cx.atoms, i))?;
        list.push(cx, element).or_throw(cx)?;
    }
    Ok(list)
}

// ---- making functions --------------------------------------------------------------------------------------------------

fn allocate_native(
    cx: Cx<'_>,
    name: Value,
    length_and_flags: u32,
    function: NativeFn,
    data: [Value; 2],
    prototype: Value,
) -> Gc<NativeFunction> {
    let realm = cx.realm();
    let shape = if length_and_flags & NativeFunction::CONSTRUCTOR != 0 && !prototype.is_hole() {
        Realm::shape(realm, cx, RealmShape::NativeConstructor)
    } else {
        Realm::shape(realm, cx, RealmShape::NativeFunction)
    };
    let native = cx.allocate(|header| NativeFunction {
        head: unspool_values::object::ObjectHead::new(header),
        function,
        realm,
        name,
        length_and_flags,
        data: data.map(Barriered::new),
        prototype: Barriered::new(prototype),
        constructor_data: Barriered::new(None),
    });
    NativeFunction::object(native).initialize_shape(shape);
    native
}

/// A native function that is no constructor. `name` becomes its `name` (symbols in brackets).
pub fn new_native(cx: Cx<'_>, name: PropertyKey, length: u32, function: NativeFn) -> Gc<NativeFunction> {
    allocate_native(cx, cx.function_name(name, None), length, function, [Value::UNDEFINED; 2], Value::HOLE)
}

/// A native function with a ready-made `name`.
pub fn new_native_named(cx: Cx<'_>, name: Value, length: u32, function: NativeFn) -> Gc<NativeFunction> {
    allocate_native(cx, name, length, function, [Value::UNDEFINED; 2], Value::HOLE)
}

/// A native constructor with its `prototype` property; the prototype gets its `constructor`.
pub fn new_native_constructor(
    cx: Cx<'_>,
    name: PropertyKey,
    length: u32,
    function: NativeFn,
    prototype: Option<Object>,
) -> Gc<NativeFunction> {
    let value = prototype.map_or(Value::HOLE, Value::from);
    let flags = length | NativeFunction::CONSTRUCTOR;
    let native =
        allocate_native(cx, cx.function_name(name, None), flags, function, [Value::UNDEFINED; 2], value);
    if let Some(prototype) = prototype {
        let key = cx.key(KnownAtom::constructor);
        prototype.define_builtin(cx, key, NativeFunction::object(native).into(), Attributes::HIDDEN);
    }
    native
}

/// A native function that captures two values (`Arguments::data`), for promise resolving functions and such.
pub fn new_native_closure(
    cx: Cx<'_>,
    name: PropertyKey,
    length: u32,
    function: NativeFn,
    data: [Value; 2],
) -> Gc<NativeFunction> {
    allocate_native(cx, cx.function_name(name, None), length, function, data, Value::HOLE)
}

/// `%Function.prototype%`: a function made before native functions have a shape, because it is their prototype.
pub fn new_function_prototype(cx: Cx<'_>, realm: Gc<Realm>, parent: Object, function: NativeFn) -> Object {
    let shape = crate::object::shapes::function_prototype_shape(cx, parent);
    let native = cx.allocate_object(shape, |head| NativeFunction {
        head,
        function,
        realm,
        name: cx.atoms.empty().into(),
        length_and_flags: 0,
        data: [const { Barriered::new(Value::UNDEFINED) }; 2],
        prototype: Barriered::new(Value::HOLE),
        constructor_data: Barriered::new(None),
    });
    NativeFunction::object(native)
}

/// BoundFunctionCreate; `length` and `name` are the caller's business.
///
/// # Errors
/// What asking a proxy for its prototype throws.
pub fn new_bound(cx: Cx<'_>, target: Object, this: Value, arguments: &[Value]) -> JsResult<Object> {
    let prototype = target.get_prototype_of(cx)?;
    let arguments = ValueBuffer::from_slice(cx, arguments).or_throw(cx)?;
    let shape = crate::object::shapes::root_shape(cx, CellKind::BoundFunction, prototype, 0);
    Ok(BoundFunction::object(cx.allocate_object(shape, |head| BoundFunction {
        head,
        target,
        this,
        arguments,
    })))
}

/// Defines declared properties on a builtin object.
pub fn define_properties(cx: Cx<'_>, object: Object, properties: &[Property]) {
    for property in properties {
        match *property {
            Property::Method(name, length, function) => {
                let f = new_native(cx, name.key(cx), u32::from(length), function);
                object.define_builtin(cx, name.key(cx), f.into(), Attributes::HIDDEN);
            }
            Property::KnownMethod(name, length, function, known) => {
                let flags = u32::from(length) | (known as u32) << NativeFunction::KNOWN_SHIFT;
                let name = name.key(cx);
                let text = cx.function_name(name, None);
                let f = allocate_native(cx, text, flags, function, [Value::UNDEFINED; 2], Value::HOLE);
                object.define_builtin(cx, name, f.into(), Attributes::HIDDEN);
            }
            Property::ConfigurableMethod(name, length, function) => {
                let f = new_native(cx, name.key(cx), u32::from(length), function);
                object.define_builtin(cx, name.key(cx), f.into(), Attributes::CONFIGURABLE);
            }
            Property::Getter(name, getter) => define_accessor(cx, object, name.key(cx), getter, None),
            Property::Accessor(name, getter, setter) => {
                define_accessor(cx, object, name.key(cx), getter, Some(setter))
            }
            Property::Number(name, number) => {
                object.define_builtin(cx, name.key(cx), Value::from_f64(number), Attributes::NONE);
            }
            Property::Tag(tag) => {
                let key = cx.symbol_key(unspool_values::symbol::WellKnownSymbol::toStringTag);
                object.define_builtin(cx, key, cx.new_string(tag).into(), Attributes::CONFIGURABLE);
            }
            Property::Alias(name, original) => {
                let value =
                    object.own_data_value(cx, original.key(cx)).expect("the aliased property comes first");
                object.define_builtin(cx, name.key(cx), value, Attributes::HIDDEN);
            }
            Property::SelfHosted(name, length, source_name) => {
                let function = (cx.hooks.self_hosted)(cx, name.key(cx), length, source_name);
                object.define_builtin(cx, name.key(cx), function.into(), Attributes::HIDDEN);
            }
        }
    }
}

fn define_accessor(cx: Cx<'_>, object: Object, key: PropertyKey, getter: NativeFn, setter: Option<NativeFn>) {
    let get = allocate_native(
        cx,
        cx.function_name(key, Some("get")),
        0,
        getter,
        [Value::UNDEFINED; 2],
        Value::HOLE,
    )
    .into();
    let set = setter.map_or(Value::UNDEFINED, |f| {
        allocate_native(cx, cx.function_name(key, Some("set")), 1, f, [Value::UNDEFINED; 2], Value::HOLE)
            .into()
    });
    let descriptor = PropertyDescriptor::accessor(get, set, Attributes::CONFIGURABLE);
    let defined = object.define_own_property(cx, key, &descriptor);
    debug_assert_eq!(defined, Ok(true), "a builtin under construction accepts its accessors");
}

/// A closure over `template` in `context` (CreateClosure).
#[inline]
pub fn new_closure(
    cx: Cx<'_>,
    template: Gc<FunctionTemplate>,
    context: Option<Gc<Context>>,
    feedback: Gc<FeedbackCell>,
) -> Gc<Function> {
    let realm = template.realm;
    let flags = template.flags.get();
    if flags & FunctionTemplate::CLOSED_AGAIN == 0 {
        FunctionTemplate::note_closure(template, cx);
    }
    let kind = flags & (FunctionTemplate::GENERATOR | FunctionTemplate::ASYNC);
    let (shape, prototype) = if kind & FunctionTemplate::GENERATOR != 0 {
        let shape = if kind & FunctionTemplate::ASYNC != 0 {
            RealmShape::AsyncGeneratorFunction
        } else {
            RealmShape::GeneratorFunction
        };
        (shape, Value::LAZY)
    } else if kind != 0 {
        (RealmShape::AsyncFunction, Value::HOLE)
    } else if flags & FunctionTemplate::CLASS_CONSTRUCTOR != 0 {
        (RealmShape::Class, Value::HOLE)
    } else if flags & FunctionTemplate::CONSTRUCTOR != 0 {
        let strict = flags & FunctionTemplate::STRICT != 0;
        (if strict { RealmShape::Function } else { RealmShape::SloppyFunction }, Value::LAZY)
    } else {
        (RealmShape::Method, Value::HOLE)
    };
    let shape = Realm::shape(realm, cx, shape);
    let function = cx.allocate(|header| Function {
        head: unspool_values::object::ObjectHead::new(header),
        template,
        context,
        feedback,
        home_object: Barriered::new(Value::UNDEFINED),
        prototype: Barriered::new(prototype),
        constructor_data: Barriered::new(None),
    });
    Function::object(function).initialize_shape(shape);
    function
}

/// SetFunctionName: defines `name` with an optional prefix ("get", "set").
pub fn set_function_name(cx: Cx<'_>, function: Object, name: PropertyKey, prefix: Option<&str>) {
    let value = cx.function_name(name, prefix);
    function.define_builtin(cx, cx.key(KnownAtom::name), value, Attributes::CONFIGURABLE);
}
