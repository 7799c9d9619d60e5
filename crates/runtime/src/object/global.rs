//! The global object and the script scope.
//!
//! The global object has a unique shape, so that an inline cache of one of its properties is a compare of its shape.
//! Properties that stand for intrinsics may hold [`Value::LAZY`]: the first look through the slow path makes the intrinsic
//! and fills the slot; caches are only filled afterwards.
//!
//! The *script scope* (declarative part of the global environment) is an object without prototype whose slots hold
//! [`BindingCell`]s. A binding is never removed, so a cached binding cell stays right for ever. A cached property of the
//! global object does not, if a later script declares a lexical binding of that name: then the global object's shape is
//! renewed (`declare_lexical`).

use unspool_gc::Gc;
use unspool_shapes::{Attributes, ShapeFlags};
use unspool_values::atom::KnownAtom;
use unspool_values::{CellKind, PropertyKey, Value};

use super::shapes::root_shape;
use super::{Object, ValueExt as _};
use crate::cells::BindingCell;
use crate::isolate::Cx;
use crate::realm::{Intrinsic, Realm};

macro_rules! lazy_globals {
    ($($atom:ident => $intrinsic:ident,)*) => {
        /// Global properties whose values are intrinsics made at their first touch.
        const LAZY_GLOBALS: &[(KnownAtom, Intrinsic)] = &[$((KnownAtom::$atom, Intrinsic::$intrinsic),)*];
    };
}

lazy_globals! {
    Object => Object, Function => Function, Array => Array, String => String, Number => Number, Boolean => Boolean,
    Symbol => Symbol, BigInt => BigInt, Date => Date, RegExp => RegExp, Promise => Promise, Proxy => Proxy,
    Reflect => Reflect, Math => Math, JSON => Json, Atomics => Atomics, Map => Map, Set => Set, WeakMap => WeakMap,
    WeakSet => WeakSet, WeakRef => WeakRef, FinalizationRegistry => FinalizationRegistry, ArrayBuffer => ArrayBuffer,
    SharedArrayBuffer => SharedArrayBuffer, DataView => DataView, Int8Array => Int8Array, Uint8Array => Uint8Array,
    Uint8ClampedArray => Uint8ClampedArray, Int16Array => Int16Array, Uint16Array => Uint16Array,
    Int32Array => Int32Array, Uint32Array => Uint32Array, BigInt64Array => BigInt64Array,
    BigUint64Array => BigUint64Array, Float16Array => Float16Array, Float32Array => Float32Array,
    Float64Array => Float64Array, Error => Error, AggregateError => AggregateError, EvalError => EvalError,
    RangeError => RangeError, ReferenceError => ReferenceError, SuppressedError => SuppressedError,
    SyntaxError => SyntaxError, TypeError => TypeError, URIError => UriError, Iterator => Iterator,
    DisposableStack => DisposableStack, AsyncDisposableStack => AsyncDisposableStack,
    eval => Eval, parseInt => ParseInt, parseFloat => ParseFloat, isNaN => IsNaN, isFinite => IsFinite,
    decodeURI => DecodeUri, decodeURIComponent => DecodeUriComponent, encodeURI => EncodeUri,
    encodeURIComponent => EncodeUriComponent, escape => Escape, unescape => Unescape,
}

/// The intrinsic behind a lazy global property.
pub(crate) fn lazy_intrinsic(cx: Cx<'_>, key: PropertyKey) -> Option<Intrinsic> {
    LAZY_GLOBALS.iter().find(|(atom, _)| cx.key(*atom) == key).map(|(_, intrinsic)| *intrinsic)
}

/// Defines every lazy global property on a global object: writable, not enumerable, configurable, made at first touch.
pub fn define_lazy_intrinsics(cx: Cx<'_>, global: Object) {
    for (atom, _) in LAZY_GLOBALS {
        global.define_builtin(cx, cx.key(*atom), Value::LAZY, Attributes::HIDDEN);
    }
}

/// Fills a lazy slot and gives its value. The first value of a property leaves it constant.
#[cold]
#[inline(never)]
pub(crate) fn resolve_lazy(cx: Cx<'_>, object: Object, key: PropertyKey, slot: u32) -> Value {
    let realm = realm_of_global(cx, object).unwrap_or_else(|| cx.realm());
    let value = match lazy_intrinsic(cx, key) {
        Some(intrinsic) => Realm::intrinsic(realm, cx, intrinsic).into(),
        None => Value::UNDEFINED,
    };
    // Making an intrinsic may add properties, but moves no slot.
    if object.slot_value(cx, slot) == Value::LAZY {
        object.set_slot_value(cx, slot, value);
    }
    object.slot_value(cx, slot)
}

fn realm_of_global(cx: Cx<'_>, global: Object) -> Option<Gc<Realm>> {
    let mut realm = cx.isolate().realms.get();
    while let Some(r) = realm {
        if r.global.get() == Value::from(global) {
            return Some(r);
        }
        realm = r.next.get();
    }
    None
}

/// The script scope of a realm, made at its first use.
pub(crate) fn script_scope(cx: Cx<'_>, realm: Gc<Realm>) -> Object {
    if let Some(scope) = realm.script_scope.get().as_object() {
        return scope;
    }
    let shape = root_shape(cx, CellKind::Object, None, 0);
    let scope = Object::with_shape(cx, shape);
    scope.become_unique(cx);
    realm.script_scope.set(cx, realm, scope.into());
    scope
}

/// The binding cell of a `let`, `const` or `class` at script level, if there is one.
#[inline]
pub(crate) fn find_lexical(cx: Cx<'_>, realm: Gc<Realm>, key: PropertyKey) -> Option<Gc<BindingCell>> {
    let scope = realm.script_scope.get().as_object()?;
    match key.as_index() {
        // An index is no identifier, but `with` and `eval` ask for what they like.
        Some(_) => None,
        None => {
            let property = cx.shapes.lookup(scope.shape(), key)?;
            scope.slot_value(cx, property.location.slot()?).to::<BindingCell>()
        }
    }
}

/// Creates a lexical binding in its temporal dead zone. The caller has checked for conflicts
/// (GlobalDeclarationInstantiation); `flags` are those of [`BindingCell`].
pub(crate) fn declare_lexical(cx: Cx<'_>, realm: Gc<Realm>, key: PropertyKey, flags: u32) -> Gc<BindingCell> {
    let scope = script_scope(cx, realm);
    let cell = BindingCell::new(cx, Value::HOLE, flags);
    scope.define_builtin(cx, key, Value::from_cell(cell), Attributes::WRITABLE);
    if let Some(global) = realm.global.get().as_object() {
        renew_shape_for_shadowing(cx, global, key);
    }
    cell
}

/// A property of the global object is shadowed from now on: caches of it must miss. Changing the attributes of a cached
/// unique shape moves the object to a fresh id; changing them back restores what the program sees.
fn renew_shape_for_shadowing(cx: Cx<'_>, global: Object, key: PropertyKey) {
    let shape = global.shape();
    let Some(property) = cx.shapes.lookup(shape, key) else { return };
    if !cx.shapes.flags(shape).intersects(ShapeFlags::CACHED) {
        return;
    }
    let before = property.attributes;
    let other = if before.contains(Attributes::ENUMERABLE) {
        before.without(Attributes::ENUMERABLE)
    } else {
        before.union(Attributes::ENUMERABLE)
    };
    let shape = cx.shapes.change_attributes(shape, key, other);
    global.change_shape(cx, shape);
    let shape = cx.shapes.change_attributes(global.shape(), key, before);
    global.change_shape(cx, shape);
}
