//! Realms: a global object with its own set of intrinsics.
//!
//! Intrinsics are made at their first touch: [`Realm::intrinsic`] asks the library (through
//! [`Hooks::make_intrinsic`](crate::hooks::Hooks)) for what is missing. A constructor and its prototype are made together.

use std::cell::Cell;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, Tracer};
use unspool_shapes::ShapeId;
use unspool_values::{CellKind, Value};

use crate::cells::{Barriered, Trace};
use crate::isolate::Cx;
use crate::object::{Object, ValueExt as _};

macro_rules! intrinsics {
    ($($name:ident,)*) => {
        /// The well-known intrinsic objects (and some internal functions of the library).
        #[expect(missing_docs, reason = "the names are the specification's")]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        pub enum Intrinsic { $($name,)* }
        impl Intrinsic {
            /// All of them.
            pub const ALL: &'static [Intrinsic] = &[$(Intrinsic::$name,)*];
        }
    };
}

intrinsics! {
    ObjectPrototype, FunctionPrototype, Object, Function,
    ArrayPrototype, Array, ArrayIteratorPrototype, ArrayPrototypeValues,
    StringPrototype, String, StringIteratorPrototype,
    NumberPrototype, Number, BooleanPrototype, Boolean, SymbolPrototype, Symbol, BigIntPrototype, BigInt,
    ErrorPrototype, Error, EvalErrorPrototype, EvalError, RangeErrorPrototype, RangeError,
    ReferenceErrorPrototype, ReferenceError, SyntaxErrorPrototype, SyntaxError, TypeErrorPrototype, TypeError,
    UriErrorPrototype, UriError, AggregateErrorPrototype, AggregateError, SuppressedErrorPrototype, SuppressedError,
    IteratorPrototype, Iterator, IteratorHelperPrototype, WrapForValidIteratorPrototype,
    AsyncIteratorPrototype, AsyncFromSyncIteratorPrototype,
    GeneratorFunctionPrototype, GeneratorFunction, GeneratorPrototype,
    AsyncFunctionPrototype, AsyncFunction,
    AsyncGeneratorFunctionPrototype, AsyncGeneratorFunction, AsyncGeneratorPrototype,
    PromisePrototype, Promise,
    MapPrototype, Map, MapIteratorPrototype, SetPrototype, Set, SetIteratorPrototype,
    WeakMapPrototype, WeakMap, WeakSetPrototype, WeakSet, WeakRefPrototype, WeakRef,
    FinalizationRegistryPrototype, FinalizationRegistry,
    ArrayBufferPrototype, ArrayBuffer, SharedArrayBufferPrototype, SharedArrayBuffer, DataViewPrototype, DataView,
    TypedArrayPrototype, TypedArray,
    Int8ArrayPrototype, Int8Array, Uint8ArrayPrototype, Uint8Array, Uint8ClampedArrayPrototype, Uint8ClampedArray,
    Int16ArrayPrototype, Int16Array, Uint16ArrayPrototype, Uint16Array, Int32ArrayPrototype, Int32Array,
    Uint32ArrayPrototype, Uint32Array, BigInt64ArrayPrototype, BigInt64Array, BigUint64ArrayPrototype, BigUint64Array,
    Float16ArrayPrototype, Float16Array, Float32ArrayPrototype, Float32Array, Float64ArrayPrototype, Float64Array,
    DatePrototype, Date, RegExpPrototype, RegExp, RegExpStringIteratorPrototype,
    Proxy, Reflect, Math, Json, Atomics,
    AbstractModuleSourcePrototype, AbstractModuleSource,
    DisposableStackPrototype, DisposableStack, AsyncDisposableStackPrototype, AsyncDisposableStack,
    ThrowTypeError, Eval, ParseInt, ParseFloat, IsNaN, IsFinite, DecodeUri, DecodeUriComponent, EncodeUri,
    EncodeUriComponent, Escape, Unescape,
}

/// Shapes that the runtime makes objects with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum RealmShape {
    /// `{}` with `%Object.prototype%`.
    EmptyObject,
    /// An array.
    Array,
    /// A strict ordinary function: a closure with `prototype`.
    Function,
    /// A sloppy ordinary function: `arguments` and `caller` besides, which are null.
    SloppyFunction,
    /// A class constructor.
    Class,
    /// A closure without `prototype`: arrow, method, accessor, async.
    Method,
    /// A generator function.
    GeneratorFunction,
    /// An async function.
    AsyncFunction,
    /// An async generator function.
    AsyncGeneratorFunction,
    /// A native function without `prototype`.
    NativeFunction,
    /// A native constructor.
    NativeConstructor,
    /// An error made by the engine: `stack` (virtual) and `message`.
    Error,
    /// The iterator of an array.
    ArrayIterator,
    /// `{value, done}` of iterators.
    IteratorResult,
    /// A mapped or unmapped arguments object.
    MappedArguments,
    /// An unmapped arguments object.
    UnmappedArguments,
    /// A RegExp: `lastIndex`.
    RegExp,
    /// An array with the result of a match: `index`, `input` and `groups`.
    MatchResult,
    /// Number of shapes.
    Count,
}

/// A realm (9.3): a global object with its own set of intrinsics, made as they are touched.
#[repr(C)]
pub struct Realm {
    header: Header,
    intrinsics: [Barriered<Value>; Intrinsic::ALL.len()],
    shapes: [Cell<ShapeId>; RealmShape::Count as usize],
    /// The global object.
    pub global: Barriered<Value>,
    /// What global code sees as `this`.
    pub global_this: Barriered<Value>,
    /// Top-level `let`, `const` and `class` bindings: an object without prototype whose slots hold binding cells.
    pub script_scope: Barriered<Value>,
    /// `[[TemplateMap]]`, `[[LoadedModules]]` and other registries of this realm by need.
    pub registries: [Barriered<Value>; 4],
    /// Next realm of the isolate.
    pub next: Barriered<Option<Gc<Realm>>>,
    /// Data of the host.
    pub host_defined: Barriered<Value>,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for Realm {
    const KIND: u8 = CellKind::Realm as u8;
}

impl Realm {
    /// Index in `registries` of the loaded modules.
    pub(crate) const MODULES: usize = 3;
    /// Index in `registries` of the script cell of self-hosted functions.
    pub const SELF_HOSTED: usize = 2;

    /// An empty realm, entered into the isolate's list. The library makes its global object (`Hooks::initialize_realm`).
    pub fn new(cx: Cx<'_>) -> Gc<Realm> {
        let next = cx.isolate().realms.get();
        let realm = cx.allocate(|header| Realm {
            header,
            intrinsics: [const { Barriered::new(Value::LAZY) }; Intrinsic::ALL.len()],
            shapes: [const { Cell::new(ShapeId::NONE) }; RealmShape::Count as usize],
            global: Barriered::new(Value::UNDEFINED),
            global_this: Barriered::new(Value::UNDEFINED),
            script_scope: Barriered::new(Value::UNDEFINED),
            registries: [const { Barriered::new(Value::UNDEFINED) }; 4],
            next: Barriered::new(next),
            host_defined: Barriered::new(Value::UNDEFINED),
        });
        cx.isolate().realms.set(Some(realm));
        realm
    }

    /// The intrinsic object, made now if it was not touched before.
    #[inline]
    pub fn intrinsic(this: Gc<Realm>, cx: Cx<'_>, intrinsic: Intrinsic) -> Object {
        let value = this.intrinsics[intrinsic as usize].get();
        if value == Value::LAZY {
            (cx.hooks.make_intrinsic)(cx, this, intrinsic);
            return this.intrinsics[intrinsic as usize].get().as_object_unchecked();
        }
        value.as_object_unchecked()
    }

    /// The intrinsic if it was made already.
    pub fn existing_intrinsic(&self, intrinsic: Intrinsic) -> Option<Object> {
        self.intrinsics[intrinsic as usize].get().as_object()
    }

    /// Enters an intrinsic; for the library.
    pub fn define_intrinsic(this: Gc<Realm>, cx: Cx<'_>, intrinsic: Intrinsic, object: Object) {
        this.intrinsics[intrinsic as usize].set(cx, this, object.into());
    }

    /// A shape of [`RealmShape`], made at its first use.
    #[inline]
    pub fn shape(this: Gc<Realm>, cx: Cx<'_>, shape: RealmShape) -> ShapeId {
        let id = this.shapes[shape as usize].get();
        if id == ShapeId::NONE {
            let id = crate::object::shapes::make_realm_shape(cx, this, shape);
            this.shapes[shape as usize].set(id);
            return id;
        }
        id
    }

    pub(crate) fn shape_ids(&self) -> impl Iterator<Item = ShapeId> + '_ {
        self.shapes.iter().map(Cell::get)
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Realm`.
        let this = unsafe { cell.cast::<Realm>().as_ref() };
        this.intrinsics.trace(tracer);
        this.global.trace(tracer);
        this.global_this.trace(tracer);
        this.script_scope.trace(tracer);
        this.registries.trace(tracer);
        this.next.trace(tracer);
        this.host_defined.trace(tracer);
    }
}

impl Cx<'_> {
    /// An intrinsic of the running realm.
    #[inline]
    pub fn intrinsic(self, intrinsic: Intrinsic) -> Object {
        Realm::intrinsic(self.realm(), self, intrinsic)
    }

    /// The global object of the running realm.
    pub fn global(self) -> Object {
        self.realm().global.get().as_object_unchecked()
    }
}
