//! Classes (15.7): ClassDefinitionEvaluation from a boilerplate, field initializers, private members.
//!
//! The front end evaluates heritage, computed keys and method closures in source order into registers and leaves a
//! *boilerplate*, which says what each of them is; `define_class` then does the definitions in one go. Instance fields
//! are the body of a synthetic function, the *field initializer*, which constructors call. Private names are symbols that
//! only code inside the class can name; private methods are not copied to instances as the specification has it but
//! guarded by a *brand*, one private name for each class.

use unspool_bytecode::{ClassMemberKey, ClassMemberKind, ConstIndex, Constant, Placement};
use unspool_gc::Gc;
use unspool_shapes::Attributes;
use unspool_values::atom::KnownAtom;
use unspool_values::symbol::Symbol;
use unspool_values::{PropertyKey, Value};

use crate::cells::{ConstructorData, Function, FunctionTemplate};
use crate::completion::JsResult;
use crate::convert;
use crate::function::set_function_name;
use crate::isolate::Cx;
use crate::object::{Object, PropertyDescriptor, ValueExt as _, private};
use crate::properties::define_accessor;
use crate::realm::Intrinsic;
use crate::script::string_key;

pub use crate::object::private::{check_brand, private_get, private_set};

/// ClassHeritage: a `TypeError` unless the value is null or a constructor.
///
/// # Errors
/// See above.
pub fn check_heritage(cx: Cx<'_>, superclass: Value) -> JsResult<()> {
    if superclass.is_null() || superclass.as_object().is_some_and(Object::is_constructor) {
        return Ok(());
    }
    Err(cx.throw_type_error(format_args!(
        "Class extends value {} is not a constructor or null",
        cx.describe(superclass)
    )))
}

/// Makes a class; see the instruction `DefineClass` for `arguments`. Gives constructor and prototype.
///
/// # Errors
/// A `TypeError` for a static member called `prototype`; out of memory.
pub fn define_class(
    cx: Cx<'_>,
    template: Gc<FunctionTemplate>,
    index: u32,
    arguments: &[Value],
) -> JsResult<(Value, Value)> {
    let code = std::sync::Arc::clone(template.code().expect("running code is compiled"));
    let Some(Constant::Class(boilerplate)) = code.constant(ConstIndex(index)) else {
        unreachable!("the verifier checked the constant's kind")
    };
    let closure = arguments[0].to::<Function>().expect("a constructor closure");
    let constructor = Function::object(closure);
    let superclass = arguments[1];
    let prototype_parent = if superclass.is_hole() {
        Some(cx.intrinsic(Intrinsic::ObjectPrototype))
    } else {
        arguments[2].as_object()
    };
    let prototype = Object::with_prototype(cx, prototype_parent);
    if superclass.is_object() {
        constructor.set_prototype_of(cx, superclass.as_object())?;
    }
    closure.prototype.set(cx, closure, prototype.into());
    closure.home_object.set(cx, closure, prototype.into());
    prototype.define_builtin(cx, cx.key(KnownAtom::constructor), constructor.into(), Attributes::HIDDEN);
    let mut next = 3;
    for member in &boilerplate.members {
        let key = match &member.key {
            ClassMemberKey::Name(name) => string_key(cx, name),
            ClassMemberKey::Computed => {
                next += 1;
                convert::to_property_key(cx, arguments[next - 1])?
            }
        };
        let method = arguments[next];
        next += 1;
        let target = if member.placement == Placement::Static { constructor } else { prototype };
        define_member(cx, target, key, method, member.kind)?;
    }
    Ok((constructor.into(), prototype.into()))
}

/// MethodDefinitionEvaluation's definition of the property, with home object and name.
fn define_member(
    cx: Cx<'_>,
    target: Object,
    key: PropertyKey,
    method: Value,
    kind: ClassMemberKind,
) -> JsResult<()> {
    let closure = method.to::<Function>().expect("a method closure");
    closure.home_object.set(cx, closure, target.into());
    let function = Function::object(closure);
    let prefix = match kind {
        ClassMemberKind::Method => None,
        ClassMemberKind::Getter => Some("get"),
        ClassMemberKind::Setter => Some("set"),
    };
    let name = cx.function_name(key, prefix);
    if closure.template.name.get() != name {
        set_function_name(cx, function, key, prefix);
    }
    match kind {
        ClassMemberKind::Method => {
            target.define_property_or_throw(cx, key, &PropertyDescriptor::data(method, Attributes::HIDDEN))
        }
        ClassMemberKind::Getter => {
            define_accessor(cx, target, key, Some(method), None, Attributes::CONFIGURABLE)
        }
        ClassMemberKind::Setter => {
            define_accessor(cx, target, key, None, Some(method), Attributes::CONFIGURABLE)
        }
    }
}

fn constructor_data(cx: Cx<'_>, function: Gc<Function>) -> Gc<ConstructorData> {
    match function.constructor_data.get() {
        Some(data) => data,
        None => {
            let data = ConstructorData::new(cx);
            function.constructor_data.set(cx, function, Some(data));
            data
        }
    }
}

/// Makes `initializer` the function that defines a class's instance fields and private methods.
pub fn set_field_initializer(cx: Cx<'_>, constructor: Value, initializer: Value) {
    let function = constructor.to::<Function>().expect("a class constructor");
    let data = constructor_data(cx, function);
    data.field_initializer.set(cx, data, initializer);
}

/// The instance-member initializer of a class, or `undefined`.
#[inline]
pub fn field_initializer(constructor: Value) -> Value {
    let data = constructor.to::<Function>().and_then(|f| f.constructor_data.get());
    data.map_or(Value::UNDEFINED, |data| data.field_initializer.get())
}

// ---- private names -----------------------------------------------------------------------------------------------------

/// A new private name; the description includes the `#`.
pub fn new_private_name(cx: Cx<'_>, description: Value) -> Value {
    Value::from_cell(Symbol::new_private(cx, description.to().expect("a string")))
}

/// PrivateMethodOrAccessorAdd for a method.
///
/// # Errors
/// As for fields.
pub fn add_private_method(cx: Cx<'_>, object: Object, name: PropertyKey, method: Value) -> JsResult<()> {
    private::private_method_add(cx, object, name, method)
}

/// PrivateMethodOrAccessorAdd for an accessor.
///
/// # Errors
/// As for fields.
pub fn add_private_accessor(
    cx: Cx<'_>,
    object: Object,
    name: PropertyKey,
    getter: Value,
    setter: Value,
) -> JsResult<()> {
    private::private_accessor_add(cx, object, name, getter, setter)
}

/// Marks an object as made by the class that the brand stands for.
///
/// # Errors
/// A `TypeError` when it carries the brand already.
pub fn add_brand(cx: Cx<'_>, object: Object, brand: PropertyKey) -> JsResult<()> {
    private::private_method_add(cx, object, brand, Value::UNDEFINED)
}

/// `#x in object`
///
/// # Errors
/// A `TypeError` when it is no object.
pub fn private_in(cx: Cx<'_>, object: Value, name: PropertyKey) -> JsResult<bool> {
    private::private_in(cx, name, object)
}
