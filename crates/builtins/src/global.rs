//! The global object, and which chapter makes which intrinsic.
//!
//! No intrinsic exists before it is touched. [`make_intrinsic`] is the index of the library: it sends each to the chapter
//! that makes it, often together with its family (a constructor with its prototype). The global object's properties for
//! constructors and functions are *lazy*: the first access makes the intrinsic.

use unspool_gc::Gc;
use unspool_runtime::function::define_properties;
use unspool_runtime::native::{Name, Property};
use unspool_runtime::object::global::define_lazy_intrinsics;
use unspool_runtime::realm::{Intrinsic, Realm};
use unspool_runtime::{Cx, Object};
use unspool_shapes::Attributes;
use unspool_values::Value;
use unspool_values::atom::KnownAtom;

use crate::{control, fundamental, indexed, keyed, memory, numeric, reflection, structured, text};

/// Makes an intrinsic and those that come with it.
pub fn make_intrinsic(cx: Cx<'_>, realm: Gc<Realm>, which: Intrinsic) {
    cx.with_realm(realm, || maker_of(which)(cx, realm, which));
}

/// Which chapter makes an intrinsic.
fn maker_of(which: Intrinsic) -> fn(Cx<'_>, Gc<Realm>, Intrinsic) {
    use Intrinsic as I;
    match which {
        I::ObjectPrototype | I::Object => fundamental::object::make,
        I::FunctionPrototype | I::Function | I::ThrowTypeError => fundamental::function::make,
        I::BooleanPrototype | I::Boolean => fundamental::boolean::make,
        I::SymbolPrototype | I::Symbol => fundamental::symbol::make,
        I::ErrorPrototype
        | I::Error
        | I::EvalErrorPrototype
        | I::EvalError
        | I::RangeErrorPrototype
        | I::RangeError
        | I::ReferenceErrorPrototype
        | I::ReferenceError
        | I::SyntaxErrorPrototype
        | I::SyntaxError
        | I::TypeErrorPrototype
        | I::TypeError
        | I::UriErrorPrototype
        | I::UriError
        | I::AggregateErrorPrototype
        | I::AggregateError
        | I::SuppressedErrorPrototype
        | I::SuppressedError => fundamental::error::make,
        I::NumberPrototype | I::Number | I::ParseInt | I::ParseFloat | I::IsNaN | I::IsFinite => {
            numeric::number::make
        }
        I::BigIntPrototype | I::BigInt => numeric::bigint::make,
        I::Math => numeric::math::make,
        I::DatePrototype | I::Date => numeric::date::make,
        I::StringPrototype
        | I::String
        | I::StringIteratorPrototype
        | I::Escape
        | I::Unescape
        | I::DecodeUri
        | I::DecodeUriComponent
        | I::EncodeUri
        | I::EncodeUriComponent => text::string::make,
        I::RegExpPrototype | I::RegExp | I::RegExpStringIteratorPrototype => text::regexp::make,
        I::ArrayPrototype | I::Array | I::ArrayIteratorPrototype | I::ArrayPrototypeValues => {
            indexed::array::make
        }
        I::TypedArrayPrototype
        | I::TypedArray
        | I::Int8ArrayPrototype
        | I::Int8Array
        | I::Uint8ArrayPrototype
        | I::Uint8Array
        | I::Uint8ClampedArrayPrototype
        | I::Uint8ClampedArray
        | I::Int16ArrayPrototype
        | I::Int16Array
        | I::Uint16ArrayPrototype
        | I::Uint16Array
        | I::Int32ArrayPrototype
        | I::Int32Array
        | I::Uint32ArrayPrototype
        | I::Uint32Array
        | I::BigInt64ArrayPrototype
        | I::BigInt64Array
        | I::BigUint64ArrayPrototype
        | I::BigUint64Array
        | I::Float16ArrayPrototype
        | I::Float16Array
        | I::Float32ArrayPrototype
        | I::Float32Array
        | I::Float64ArrayPrototype
        | I::Float64Array => indexed::typed_array::make,
        I::MapPrototype | I::Map | I::MapIteratorPrototype => keyed::map::make,
        I::SetPrototype | I::Set | I::SetIteratorPrototype => keyed::set::make,
        I::WeakMapPrototype | I::WeakMap => keyed::weak_map::make,
        I::WeakSetPrototype | I::WeakSet => keyed::weak_set::make,
        I::WeakRefPrototype | I::WeakRef => memory::weak_ref::make,
        I::FinalizationRegistryPrototype | I::FinalizationRegistry => memory::finalization_registry::make,
        I::ArrayBufferPrototype | I::ArrayBuffer | I::SharedArrayBufferPrototype | I::SharedArrayBuffer => {
            structured::array_buffer::make
        }
        I::DataViewPrototype | I::DataView => structured::data_view::make,
        I::Json => structured::json::make,
        I::Atomics => structured::atomics::make,
        I::IteratorPrototype
        | I::Iterator
        | I::IteratorHelperPrototype
        | I::WrapForValidIteratorPrototype
        | I::AsyncIteratorPrototype
        | I::AsyncFromSyncIteratorPrototype => control::iterator::make,
        I::GeneratorFunctionPrototype
        | I::GeneratorFunction
        | I::GeneratorPrototype
        | I::AsyncFunctionPrototype
        | I::AsyncFunction
        | I::AsyncGeneratorFunctionPrototype
        | I::AsyncGeneratorFunction
        | I::AsyncGeneratorPrototype => control::generator::make,
        I::PromisePrototype | I::Promise => control::promise::make,
        I::DisposableStackPrototype
        | I::DisposableStack
        | I::AsyncDisposableStackPrototype
        | I::AsyncDisposableStack => control::disposable_stack::make,
        I::AbstractModuleSource | I::AbstractModuleSourcePrototype => reflection::module_source::make,
        I::Reflect => reflection::reflect::make,
        I::Proxy => reflection::proxy::make,
        I::Eval => fundamental::function::make,
    }
}

/// Makes the global object of a new realm. Intrinsics that are global properties become lazy slots.
pub fn initialize_realm(cx: Cx<'_>, realm: Gc<Realm>) {
    cx.with_realm(realm, || {
        let prototype = Realm::intrinsic(realm, cx, Intrinsic::ObjectPrototype);
        let global = Object::with_prototype(cx, Some(prototype));
        global.become_unique(cx);
        realm.global.set(cx, realm, global.into());
        realm.global_this.set(cx, realm, global.into());
        global.define_builtin(cx, cx.key(KnownAtom::globalThis), global.into(), Attributes::HIDDEN);
        define_properties(
            cx,
            global,
            &[
                Property::Number(Name::Atom(KnownAtom::Infinity), f64::INFINITY),
                Property::Number(Name::Atom(KnownAtom::NaN), f64::NAN),
            ],
        );
        global.define_builtin(cx, cx.key(KnownAtom::undefined), Value::UNDEFINED, Attributes::NONE);
        define_lazy_intrinsics(cx, global);
    });
}
