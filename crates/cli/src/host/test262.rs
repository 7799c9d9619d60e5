//! `$262`, the host object that test262 asks for (its INTERPRETING.md).

use unspool_frontend::{Goal, SourceText};
use unspool_runtime::cells::ArrayBufferObject;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::Object;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::script::{compile_source, run_main, throw_early_error};
use unspool_runtime::{Cx, JsResult, convert};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::string::StrView;

use super::agents;
use super::functions::{self, define, key};

/// The specifier of a module that has only a source object.
pub(crate) const MODULE_SOURCE: &str = "<module source>";

/// Defines `$262` on the global object of the running realm; gives the object.
pub(crate) fn install(cx: Cx<'_>) -> Object {
    let object = Object::ordinary(cx);
    define(cx, object, "createRealm", 0, create_realm);
    define(cx, object, "evalScript", 1, eval_script);
    define(cx, object, "detachArrayBuffer", 1, detach_array_buffer);
    define(cx, object, "gc", 0, functions::gc);
    object.define_builtin(cx, key(cx, "global"), cx.realm().global_this.get(), Attributes::HIDDEN);
    let source = cx.intrinsic(Intrinsic::AbstractModuleSource);
    object.define_builtin(cx, key(cx, "AbstractModuleSource"), source.into(), Attributes::HIDDEN);
    agents::define_on(cx, object);
    cx.global().define_builtin(cx, key(cx, "$262"), object.into(), Attributes::HIDDEN);
    object
}

fn create_realm(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    let realm = Realm::new(cx);
    (cx.hooks.initialize_realm)(cx, realm);
    Ok(cx.with_realm(realm, || {
        functions::install(cx);
        install(cx).into()
    }))
}

/// Runs a text as a script of the realm that this function belongs to.
fn eval_script(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = convert::to_string(cx, arguments.get(0))?;
    let source = match cx.flatten(&text)? {
        StrView::Utf16(units) => SourceText::from_utf16(units),
        view => SourceText::from(view.to_rust_string_lossy()),
    };
    let options = cx.config.parse_options();
    match compile_source(cx, source, "<evalScript>", Goal::Script, options, Value::UNDEFINED) {
        Ok(main) => run_main(cx, main, None),
        Err(error) => Err(throw_early_error(cx, "<evalScript>", &error)),
    }
}

fn detach_array_buffer(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let buffer = arguments.get(0).to::<ArrayBufferObject>().filter(|buffer| !buffer.shared);
    let Some(buffer) = buffer else {
        return Err(cx.throw_type_error("detachArrayBuffer: the argument is not an ArrayBuffer"));
    };
    buffer.store.set(cx, buffer, None);
    buffer.byte_length.set(0);
    Ok(Value::NULL)
}
