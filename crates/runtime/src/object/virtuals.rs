//! Properties whose values are computed: `Location::Virtual` of the shapes.
//!
//! A virtual property has its place and attributes in the shape, and its value in a field of the object's structure or in
//! code: the length of an array, the name of a function. It costs no slot and no store per object. Redefining `name`,
//! `length` (of a function) or `stack` turns it into an ordinary property with a slot; `prototype`, and the lengths of arrays and
//! strings, stay virtual for ever.

use unspool_gc::Gc;
use unspool_values::atom::KnownAtom;
use unspool_values::{CellKind, JSString, Value};

use super::Object;
use crate::cells::{Array, ErrorObject, Function, FunctionTemplate, NativeFunction, PrimitiveWrapper};
use crate::isolate::Cx;
use crate::realm::{Intrinsic, Realm};
use unspool_shapes::Attributes;

/// The rule by which a virtual property's value is computed; its number is that of `Location::Virtual`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum VirtualRule {
    /// A function's declared `length`.
    FunctionLength,
    /// A function's `name`.
    FunctionName,
    /// A function's `prototype`; made at its first touch.
    FunctionPrototype,
    /// An array's `length`.
    ArrayLength,
    /// A String wrapper's `length`.
    StringLength,
    /// An error's `stack`.
    ErrorStack,
    /// `arguments` and `caller` of a sloppy function: null, and not to be changed.
    FunctionCaller,
}

impl VirtualRule {
    const ALL: [VirtualRule; 7] = [
        VirtualRule::FunctionLength,
        VirtualRule::FunctionName,
        VirtualRule::FunctionPrototype,
        VirtualRule::ArrayLength,
        VirtualRule::StringLength,
        VirtualRule::ErrorStack,
        VirtualRule::FunctionCaller,
    ];
    /// The rule with this number.
    #[inline]
    pub fn from_number(number: u8) -> VirtualRule {
        VirtualRule::ALL[number as usize]
    }
}

/// The value of a virtual property. May allocate (the prototype of a function), runs no JavaScript.
pub(crate) fn read(cx: Cx<'_>, object: Object, rule: VirtualRule) -> Value {
    match rule {
        VirtualRule::FunctionLength => match object.kind() {
            CellKind::Function => Value::from_u32(function(object).template.info.length),
            _ => Value::from_u32(native(object).declared_length()),
        },
        VirtualRule::FunctionName => match object.kind() {
            CellKind::Function => function(object).template.name.get(),
            _ => native(object).name,
        },
        VirtualRule::FunctionPrototype => match object.kind() {
            CellKind::Function => function_prototype(cx, function(object)),
            _ => native(object).prototype.get(),
        },
        VirtualRule::ArrayLength => Value::from_u32(object.to::<Array>().expect("an array").length.get()),
        VirtualRule::StringLength => {
            let wrapper = object.to::<PrimitiveWrapper>().expect("a wrapper");
            Value::from_u32(wrapper.value.to::<JSString>().expect("a String wrapper").len())
        }
        VirtualRule::FunctionCaller => Value::NULL,
        VirtualRule::ErrorStack => {
            crate::error::stack_value(cx, object.to::<ErrorObject>().expect("an error"))
        }
    }
}

fn function(object: Object) -> Gc<Function> {
    object.to().expect("the rule belongs to functions")
}

fn native(object: Object) -> Gc<NativeFunction> {
    object.to().expect("the rule belongs to functions")
}

/// The value of a closure's `prototype`, which is made when it is first wanted: most functions are never constructors.
#[inline]
pub(crate) fn function_prototype(cx: Cx<'_>, function: Gc<Function>) -> Value {
    let value = function.prototype.get();
    if value == Value::LAZY { make_function_prototype(cx, function) } else { value }
}

/// MakeConstructor's prototype object, or the prototype of a generator function's generators.
#[cold]
#[inline(never)]
fn make_function_prototype(cx: Cx<'_>, function: Gc<Function>) -> Value {
    let template = function.template;
    let realm = template.realm;
    let parent = if template.has(FunctionTemplate::GENERATOR | FunctionTemplate::ASYNC) {
        Intrinsic::AsyncGeneratorPrototype
    } else if template.has(FunctionTemplate::GENERATOR) {
        Intrinsic::GeneratorPrototype
    } else {
        Intrinsic::ObjectPrototype
    };
    let parent_object = Realm::intrinsic(realm, cx, parent);
    let prototype = Object::with_prototype(cx, Some(parent_object));
    if parent == Intrinsic::ObjectPrototype {
        let function = Function::object(function);
        prototype.define_builtin(cx, cx.key(KnownAtom::constructor), function.into(), Attributes::HIDDEN);
    }
    function.prototype.set(cx, function, prototype.into());
    prototype.into()
}

/// Overwrites the value of a virtual property that stays virtual. The other rules get a slot first.
pub(crate) fn write(cx: Cx<'_>, object: Object, rule: VirtualRule, value: Value) {
    match rule {
        VirtualRule::FunctionPrototype => set_function_prototype(cx, object, value),
        VirtualRule::ErrorStack => {
            let error = object.to::<ErrorObject>().expect("an error");
            error.stack.set(cx, error, value);
        }
        VirtualRule::FunctionLength
        | VirtualRule::FunctionName
        | VirtualRule::ArrayLength
        | VirtualRule::StringLength
        | VirtualRule::FunctionCaller => {
            unreachable!("{rule:?} is not overwritten in place")
        }
    }
}

/// Is the value kept in a field, so that [`write`] works?
pub(crate) fn has_field(rule: VirtualRule) -> bool {
    matches!(rule, VirtualRule::FunctionPrototype | VirtualRule::ErrorStack)
}

/// Replaces a function's `prototype`; what was learned about objects made by it no longer holds.
pub(crate) fn set_function_prototype(cx: Cx<'_>, object: Object, value: Value) {
    let data = match object.kind() {
        CellKind::Function => {
            let function = function(object);
            function.prototype.set(cx, function, value);
            function.constructor_data.get()
        }
        _ => {
            let function = native(object);
            function.prototype.set(cx, function, value);
            function.constructor_data.get()
        }
    };
    if let Some(data) = data {
        crate::ic::construct::forget_initial_shape(cx, data);
    }
}
