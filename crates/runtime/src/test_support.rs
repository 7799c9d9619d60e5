//! An isolate for unit tests: no interpreter and no library, only prototypes and native functions.
//!
//! Every hook that would need a higher layer panics, which keeps these tests about the runtime alone. Tests that need a
//! running program are in the crate `engine`.

use unspool_gc::{Gc, HeapConfig};
use unspool_values::{CellKind, PropertyKey, Value};

use crate::config::Config;
use crate::function;
use crate::hooks::Hooks;
use crate::host::Host;
use crate::native::NativeFn;
use crate::object::shapes::root_shape;
use crate::object::{Object, ValueExt as _};
use crate::realm::{Intrinsic, Realm};
use crate::{Cx, Isolate};

fn make_intrinsic(cx: Cx<'_>, realm: Gc<Realm>, intrinsic: Intrinsic) {
    let parent = |which| Some(Realm::intrinsic(realm, cx, which));
    let object = match intrinsic {
        Intrinsic::ObjectPrototype => Object::with_prototype(cx, None),
        Intrinsic::ArrayPrototype => {
            Object::array_with_prototype(cx, 0, parent(Intrinsic::ObjectPrototype)).expect("an array")
        }
        Intrinsic::ThrowTypeError => {
            cx.with_realm(realm, || native(cx, "", |cx, _| Err(cx.throw_type_error("thrower"))))
        }
        _ => Object::with_prototype(cx, parent(Intrinsic::ObjectPrototype)),
    };
    Realm::define_intrinsic(realm, cx, intrinsic, object);
}

fn initialize_realm(cx: Cx<'_>, realm: Gc<Realm>) {
    let prototype = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
    // As in a real realm, the program's properties of the global object are in out-of-line slots.
    let global = Object::with_shape(cx, root_shape(cx, CellKind::Object, Some(prototype), 0));
    global.become_unique(cx);
    realm.global.set(cx, realm, global.into());
    realm.global_this.set(cx, realm, global.into());
}

fn hooks() -> Hooks {
    Hooks { make_intrinsic, initialize_realm, ..Hooks::without_higher_layers() }
}

/// A native function for tests.
pub(crate) fn native(cx: Cx<'_>, name: &str, function: NativeFn) -> Object {
    crate::cells::NativeFunction::object(function::new_native(cx, key(cx, name), 0, function))
}

/// The key of a text.
pub(crate) fn key(cx: Cx<'_>, text: &str) -> PropertyKey {
    PropertyKey::from_text(cx, &cx.atoms, text)
}

/// An int32 value.
pub(crate) fn int(n: i32) -> Value {
    Value::from_i32(n)
}

/// The message of a pending exception.
pub(crate) fn message(cx: Cx<'_>, throw: crate::Throw) -> String {
    let error = cx.take_exception(throw).as_object_unchecked();
    let message = error.own_data_value(cx, key(cx, "message")).and_then(|v| v.to()).expect("a message");
    cx.rust_string(message)
}

/// Runs a test in a realm of its own, once as usual and once with a collection at every few allocations.
pub(crate) fn run(test: impl Fn(Cx<'_>)) {
    for gc_stress in [None, Some(7)] {
        run_with(
            Config { heap: HeapConfig { gc_stress, ..HeapConfig::default() }, ..Config::default() },
            &test,
        );
    }
}

/// Runs a test under a configuration.
pub(crate) fn run_with(config: Config, test: impl Fn(Cx<'_>)) {
    run_with_host(config, Box::new(crate::host::DefaultHost), test);
}

/// Runs a test under a configuration and a host.
pub(crate) fn run_with_host(config: Config, host: Box<dyn Host>, test: impl Fn(Cx<'_>)) {
    let isolate = Isolate::new(config, hooks(), host);
    isolate.enter(|cx| {
        let realm = Realm::new(cx);
        cx.with_realm(realm, || {
            (cx.hooks.initialize_realm)(cx, realm);
            test(cx);
        });
    });
}
