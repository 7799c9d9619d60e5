//! Declaring constructors with their prototypes.
//!
//! Nearly every chapter has the same shape: a constructor, its prototype, methods on both. A [`ClassSpec`] says it as
//! constant data, and `make` turns it into objects for one realm, with the attributes and links that chapter 18
//! prescribes. What comes out of the scheme (prototypes that are functions, namespaces without constructor) uses
//! `make_plain` or is written out in its chapter.

use unspool_gc::Gc;
use unspool_runtime::cells::NativeFunction;
use unspool_runtime::completion::JsResult;
use unspool_runtime::function::{define_properties, new_native_constructor};
use unspool_runtime::native::{Arguments, NativeFn, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_values::Value;
use unspool_values::atom::KnownAtom;
use unspool_values::symbol::WellKnownSymbol;

/// A table of methods: `name length native_function;`, `name length native_function as KnownNative;`, or `name length =
/// "SelfHostedFunction";`.
macro_rules! methods {
    (@ $name:ident $length:literal fn $function:path) => {
        unspool_runtime::native::Property::Method(
            unspool_runtime::native::Name::Atom(unspool_values::atom::KnownAtom::$name),
            $length,
            $function,
        )
    };
    (@ $name:ident $length:literal = $function:literal) => {
        unspool_runtime::native::Property::SelfHosted(
            unspool_runtime::native::Name::Atom(unspool_values::atom::KnownAtom::$name),
            $length,
            $function,
        )
    };
    (@ $name:ident $length:literal fn $function:path as $known:ident) => {
        unspool_runtime::native::Property::KnownMethod(
            unspool_runtime::native::Name::Atom(unspool_values::atom::KnownAtom::$name),
            $length,
            $function,
            unspool_runtime::native::KnownNative::$known,
        )
    };
    ($($name:ident $length:literal $(= $self_hosted:literal)? $($function:path $(as $known:ident)?)?;)*) => {
        &[$(crate::class::methods!(@ $name $length $(= $self_hosted)? $(fn $function $(as $known)?)?),)*]
    };
}
pub(crate) use methods;

/// A constructor, its prototype and their properties.
#[derive(Clone, Copy, Debug)]
pub struct ClassSpec {
    /// The constructor's name.
    pub class_name: KnownAtom,
    /// The constructor's `length`.
    pub length: u8,
    /// The constructor's code, for calls and constructions alike (`Arguments::is_construct` tells).
    pub function: NativeFn,
    /// Where the constructor is kept.
    pub constructor: Intrinsic,
    /// Where the prototype is kept.
    pub prototype: Intrinsic,
    /// What the constructor inherits from.
    pub constructor_parent: Intrinsic,
    /// What the prototype inherits from.
    pub prototype_parent: Intrinsic,
    /// Properties of the constructor.
    pub statics: &'static [Property],
    /// Properties of the prototype; `constructor` comes first by itself.
    pub members: &'static [Property],
}

impl ClassSpec {
    /// A class below `Object`.
    pub const fn new(
        class_name: KnownAtom,
        length: u8,
        function: NativeFn,
        constructor: Intrinsic,
        prototype: Intrinsic,
    ) -> ClassSpec {
        ClassSpec {
            class_name,
            length,
            function,
            constructor,
            prototype,
            constructor_parent: Intrinsic::FunctionPrototype,
            prototype_parent: Intrinsic::ObjectPrototype,
            statics: &[],
            members: &[],
        }
    }

    /// Makes constructor and prototype (an ordinary object) and enters both into the realm.
    pub fn make(&self, cx: Cx<'_>, realm: Gc<Realm>) {
        let parent = Realm::intrinsic(realm, cx, self.prototype_parent);
        let prototype = Object::with_prototype(cx, Some(parent));
        self.make_with_prototype(cx, realm, prototype);
    }

    /// Makes the constructor around a prototype object of the caller's (exotic ones).
    pub(crate) fn make_with_prototype(&self, cx: Cx<'_>, realm: Gc<Realm>, prototype: Object) {
        Realm::define_intrinsic(realm, cx, self.prototype, prototype);
        let name = cx.key(self.class_name);
        let constructor =
            new_native_constructor(cx, name, u32::from(self.length), self.function, Some(prototype));
        let constructor = NativeFunction::object(constructor);
        if self.constructor_parent != Intrinsic::FunctionPrototype {
            let parent = Realm::intrinsic(realm, cx, self.constructor_parent);
            let set = constructor.set_prototype_of(cx, Some(parent));
            debug_assert_eq!(set, Ok(true), "a new constructor accepts a prototype");
        }
        Realm::define_intrinsic(realm, cx, self.constructor, constructor);
        define_properties(cx, prototype, self.members);
        define_properties(cx, constructor, self.statics);
    }
}

/// Makes a prototype or namespace object that has no constructor.
pub(crate) fn make_plain(
    cx: Cx<'_>,
    realm: Gc<Realm>,
    which: Intrinsic,
    parent: Intrinsic,
    members: &[Property],
) -> Object {
    let parent = Realm::intrinsic(realm, cx, parent);
    let object = Object::with_prototype(cx, Some(parent));
    Realm::define_intrinsic(realm, cx, which, object);
    define_properties(cx, object, members);
    object
}

/// The `TypeError` for calling a constructor without `new`.
///
/// # Errors
/// Always when the call is not a construct call.
pub(crate) fn require_new(cx: Cx<'_>, arguments: Arguments<'_>, what: &str) -> JsResult<()> {
    if arguments.is_construct() {
        return Ok(());
    }
    Err(cx.throw_type_error(format_args!("Constructor {what} requires 'new'")))
}

/// The getter of `Symbol.species`: the receiver.
pub(crate) fn species(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    Ok(args.this)
}

/// Has the constructor its original `Symbol.species`?
pub(crate) fn has_default_species_getter(cx: Cx<'_>, constructor: Object) -> bool {
    let descriptor = constructor.get_own_property(cx, cx.symbol_key(WellKnownSymbol::species));
    let Ok(Some(descriptor)) = descriptor else { return false };
    descriptor.get.is_some_and(|getter| is_native(getter, species))
}

/// Is the value this native function, in whichever realm?
pub(crate) fn is_native(value: Value, function: NativeFn) -> bool {
    value.to::<NativeFunction>().is_some_and(|native| std::ptr::fn_addr_eq(native.function, function))
}
