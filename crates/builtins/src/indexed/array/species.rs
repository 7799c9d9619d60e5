//! Which constructor makes the results of `map`, `slice` and their like.
//!
//! ArraySpeciesCreate (23.1.3.x, 10.4.2.2) reads `constructor` and `Symbol.species`, which programs hardly ever change.
//! [`has_default_species`] answers without running code that they are the originals, and lets callers build their result
//! in place.

use unspool_runtime::completion::JsResult;
use unspool_runtime::function::construct;
use unspool_runtime::object::is_array;
use unspool_runtime::realm::{Intrinsic, Realm, RealmShape};
use unspool_runtime::{Cx, Object, ValueExt as _};
use unspool_values::Value;
use unspool_values::atom::KnownAtom as A;
use unspool_values::symbol::WellKnownSymbol as S;

/// ArraySpeciesCreate
pub(crate) fn array_species_create(cx: Cx<'_>, original: Object, length: u64) -> JsResult<Object> {
    match species(cx, original)? {
        None => Object::array(cx, length),
        Some(constructor) => construct(cx, constructor, &[Value::from_f64(length as f64)], constructor),
    }
}

/// Whether ArraySpeciesCreate would find `%Array%` of this realm, or be content with ArrayCreate, without running any
/// JavaScript: an array without own named properties, `Array.prototype.constructor` and `Array[Symbol.species]` as they
/// were.
pub(crate) fn has_default_species(cx: Cx<'_>, original: Object) -> bool {
    let realm = cx.realm();
    if original.shape() != Realm::shape(realm, cx, RealmShape::Array) {
        return false;
    }
    let constructor = cx.intrinsic(Intrinsic::Array);
    let prototype = cx.intrinsic(Intrinsic::ArrayPrototype);
    prototype.own_data_value(cx, cx.key(A::constructor)) == Some(constructor.into())
        && crate::class::has_default_species_getter(cx, constructor)
}

/// The constructor to use; `None` for ArrayCreate.
fn species(cx: Cx<'_>, original: Object) -> JsResult<Option<Object>> {
    if has_default_species(cx, original) || !is_array(cx, original.into())? {
        return Ok(None);
    }
    let mut constructor = original.get(cx, cx.key(A::constructor))?;
    if let Some(object) = constructor.as_object()
        && object.is_constructor()
    {
        let realm = object.function_realm(cx)?;
        if realm != cx.realm() && realm.existing_intrinsic(Intrinsic::Array) == Some(object) {
            constructor = Value::UNDEFINED;
        }
    }
    if let Some(object) = constructor.as_object() {
        constructor = object.get(cx, cx.symbol_key(S::species))?;
        if constructor.is_null() {
            constructor = Value::UNDEFINED;
        }
    }
    if constructor.is_undefined() {
        return Ok(None);
    }
    match constructor.as_object() {
        Some(object) if object.is_constructor() => Ok(Some(object)),
        _ => Err(cx.throw_type_error("object.constructor[Symbol.species] is not a constructor")),
    }
}
