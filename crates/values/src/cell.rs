//! The kinds of cells on Unspool's heap, and how layers above the collector ask for memory.
//!
//! Every cell begins with [`unspool_gc::Header`]; `Header::kind` holds a [`CellKind`]. The kinds from
//! [`CellKind::FIRST_OBJECT`] on are JavaScript objects, the callable ones lie between [`CellKind::FIRST_FUNCTION`] and
//! [`CellKind::LAST_FUNCTION`], so that both questions are one compare. The structures behind the kinds live where they
//! are used (strings here, contexts and functions in the runtime); the numbers live here because they must be unique.
//!
//! `Header::meta` of an object is its shape id; cells that are no objects carry one of the reserved ids of
//! [`reserved_shape`], so that a shape guard on any cell is one compare and never mistakes a string for an object.

use std::ptr::NonNull;

use unspool_gc::{Header, OutOfMemory};

macro_rules! cell_kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The kind of a cell, stored in its header.
        #[repr(u8)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
        pub enum CellKind { $($(#[$doc])* $name,)* }

        impl CellKind {
            /// All kinds in the order of their numbers.
            pub const ALL: &'static [CellKind] = &[$(CellKind::$name,)*];
            /// The kind's name, for dumps and heap statistics.
            pub const fn name(self) -> &'static str {
                match self { $(CellKind::$name => stringify!($name),)* }
            }
        }
    };
}

cell_kinds! {
    /// A free or not yet initialized cell; never the kind of a live one.
    Free,
    /// A string in any representation.
    String,
    /// A symbol or a private name.
    Symbol,
    /// An arbitrary-precision integer.
    BigInt,
    /// Out-of-line property slots of an object.
    Slots,
    /// Dense array elements, holes included.
    Elements,
    /// Array elements with attributes of their own or with large gaps.
    SparseElements,
    /// The values of a `GcVec`, and constant pools.
    ValueBuffer,
    /// A growable list of values used by Rust code: the cell behind a `GcVec`.
    ValueList,
    /// Bytes of an array buffer are held by this cell's Rust-side storage.
    ByteStore,
    /// A getter/setter pair stored in a property slot.
    Accessor,
    /// A scope's variables: function, block, catch, with, module, script and eval contexts.
    Context,
    /// What the interpreter has learned about one closure.
    FeedbackVector,
    /// Owner of a feedback vector, shared by the closures of one creation site.
    FeedbackCell,
    /// One function's code and constant pool, shared by all its closures in a realm.
    FunctionTemplate,
    /// A cell holding one binding of a module or of the script scope.
    BindingCell,
    /// A module record.
    Module,
    /// An intrinsics table and global state of one realm.
    Realm,
    /// The ordered hash table of a `Map` or `Set`.
    HashTable,
    /// The ephemeron table of a `WeakMap` or `WeakSet`.
    EphemeronTable,
    /// One registration of a `FinalizationRegistry`.
    FinalizationCell,
    /// A reaction of a promise.
    PromiseReaction,
    /// An entry of the job queue.
    Job,
    /// State of a running `for-in`.
    ForInState,
    /// A parsed script or its debugging source.
    Script,
    /// Rust data owned by a builtin that holds no values (dropped by the finalizer).
    NativeData,
    /// Saved registers of a suspended generator.
    SuspendedFrame,
    /// What construction through a function remembers.
    ConstructorData,
    /// Entries of a polymorphic inline cache.
    PolymorphicCache,
    /// A builtin's private record with a fixed number of value slots.
    Record,

    /// An ordinary object; the first of the objects.
    Object,
    /// An Array exotic object.
    Array,
    /// An arguments object, mapped or not.
    Arguments,
    /// An error object (has `[[ErrorData]]`).
    Error,
    /// A Boolean, Number, String, Symbol or BigInt wrapper object.
    PrimitiveWrapper,
    /// A Date.
    Date,
    /// A RegExp.
    RegExp,
    /// A Map.
    Map,
    /// A Set.
    Set,
    /// A WeakMap.
    WeakMap,
    /// A WeakSet.
    WeakSet,
    /// A WeakRef.
    WeakRef,
    /// A FinalizationRegistry.
    FinalizationRegistry,
    /// An ArrayBuffer or SharedArrayBuffer.
    ArrayBuffer,
    /// A typed array (integer-indexed exotic object).
    TypedArray,
    /// A DataView.
    DataView,
    /// A Promise.
    Promise,
    /// A Generator.
    Generator,
    /// An AsyncGenerator.
    AsyncGenerator,
    /// An iterator over an array, typed array, map, set, string or matches: one kind, told apart by its record.
    BuiltinIterator,
    /// An object of `Iterator.prototype`'s helpers, `Iterator.from` and the like.
    IteratorHelper,
    /// A module namespace exotic object.
    ModuleNamespace,
    /// The global object.
    Global,
    /// An ordinary object of a builtin with private value slots (`DisposableStack`, `Intl` objects, host objects).
    Host,
    /// A proxy that is not callable.
    Proxy,
    /// A callable proxy; the first of the callable kinds.
    CallableProxy,
    /// A closure over bytecode.
    Function,
    /// A function written in Rust.
    NativeFunction,
    /// The result of `Function.prototype.bind`; the last of the callable kinds.
    BoundFunction,
}

impl CellKind {
    /// The first kind that is a JavaScript object.
    pub const FIRST_OBJECT: CellKind = CellKind::Object;
    /// The kinds from here to [`LAST_FUNCTION`](CellKind::LAST_FUNCTION) have `[[Call]]`.
    pub const FIRST_FUNCTION: CellKind = CellKind::CallableProxy;
    /// The last callable kind.
    pub const LAST_FUNCTION: CellKind = CellKind::BoundFunction;

    /// The kind of a cell.
    #[inline(always)]
    pub fn of(header: &Header) -> CellKind {
        let raw = header.kind();
        debug_assert!((raw as usize) < CellKind::ALL.len());
        // SAFETY: `kind` bytes are only ever written from a `CellKind` (allocation goes through `CellAllocator`).
        unsafe { std::mem::transmute::<u8, CellKind>(raw) }
    }
}

/// Shape ids of cells that are no objects.
pub mod reserved_shape {
    /// `meta` of every string.
    pub const STRING: u32 = 1;
    /// `meta` of every symbol.
    pub const SYMBOL: u32 = 2;
    /// `meta` of every BigInt.
    pub const BIGINT: u32 = 3;
    /// `meta` of every other cell that is no object.
    pub const INTERNAL: u32 = 4;
    /// Ids below this one belong to no shape of the tree.
    pub const FIRST_FREE: u32 = 16;
}

/// Hands out cells. The runtime's context implements it; functions of this crate that allocate are generic over it.
///
/// The header of a new cell is initialized (kind, `meta` 0); its body is not: the caller writes every field before the
/// next allocation.
pub trait CellAllocator: Copy {
    /// A small cell. Never fails: when the memory limit is exceeded the overshoot is charged and the program gets its
    /// error at the next interrupt poll.
    fn allocate_cell(self, kind: CellKind, size: usize) -> NonNull<Header>;
    /// A cell whose size the program controls.
    ///
    /// # Errors
    /// The memory limit would be exceeded.
    fn try_allocate_cell(self, kind: CellKind, size: usize) -> Result<NonNull<Header>, OutOfMemory>;
    /// Tells the collector that `owner` now refers to another cell.
    fn write_barrier(self, owner: NonNull<Header>);
}
