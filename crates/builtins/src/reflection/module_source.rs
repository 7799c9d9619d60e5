//! `%AbstractModuleSource%` (the proposal of source-phase imports): what module source objects inherit from.
//!
//! No JavaScript module has a source object in this engine, as the proposal allows; only hosts can make modules that have
//! one (and test262's does). The constructor cannot be called.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::HostObject;
use unspool_runtime::completion::JsResult;
use unspool_runtime::modules::MODULE_SOURCE;
use unspool_runtime::native::{Arguments, Name, Property};
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol;

use crate::class::ClassSpec;

const SPEC: ClassSpec = ClassSpec {
    members: &[Property::Getter(Name::Symbol(WellKnownSymbol::toStringTag), class_name)],
    ..ClassSpec::new(
        A::abstractModuleSource,
        0,
        constructor,
        Intrinsic::AbstractModuleSource,
        Intrinsic::AbstractModuleSourcePrototype,
    )
};

/// Makes constructor and prototype.
pub(crate) fn make(cx: Cx<'_>, realm: Gc<Realm>, _: Intrinsic) {
    SPEC.make(cx, realm);
}

fn constructor(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Err(cx.throw_type_error("Abstract class AbstractModuleSource not directly constructable"))
}

/// get %AbstractModuleSource%.prototype [ @@toStringTag ]: `[[ModuleSourceClassName]]`
fn class_name(_: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let object = args.this.to::<HostObject>().filter(|object| object.tag == MODULE_SOURCE);
    Ok(object.map_or(Value::UNDEFINED, |object| object.values[0].get()))
}
