//! Objects with internal slots of the specification. The operations on them are in the modules named after the chapters.
//!
//! Each structure is an object head (header, property slots, elements) followed by the internal slots of one chapter: a
//! Map's table, a Date's time value, a promise's reactions. There is one cell kind for each, so asking for an internal
//! slot is a compare of the kind. Structures with few users and no fast paths share [`HostObject`] and [`Record`], whose
//! slots are numbered.
//!
//! Not here: shapes and prototypes, which the head's shape tells, and any behaviour.

use std::cell::{Cell, OnceCell};
use std::ptr::NonNull;
use std::sync::Arc;

use unspool_gc::{Gc, Header, ManagedCell, Tracer};
use unspool_values::object::{ObjectHead, ValueBuffer};
use unspool_values::{CellKind, Value};

use super::{Barriered, Context, Function, Trace};
use crate::agents::SharedBytes;
use crate::object::Object;
use crate::object_cell;

/// An ordinary object; `inline_capacity` of its shape tells how many slots follow.
#[repr(C)]
pub struct OrdinaryObject {
    /// Header, property slots and elements.
    pub head: ObjectHead,
}
// SAFETY: `repr(C)` with the head first.
unsafe impl ManagedCell for OrdinaryObject {
    const KIND: u8 = CellKind::Object as u8;
}

object_cell! {
    /// An Array exotic object. Dense elements hold `0..length` in part: indices at or beyond the elements' used length are
    /// absent.
    pub struct Array: Array {
        /// The value of `length`.
        pub length: Cell<u32>,
        /// Is `length` writable?
        pub length_writable: Cell<bool>,
    }
}
object_cell! {
    /// An arguments object. A mapped one aliases the context slots of the formals until they are deleted or redefined.
    pub struct ArgumentsObject: Arguments {
        /// Context that holds the mapped formals; none for an unmapped object.
        pub context: Option<Gc<Context>>,
        /// For each argument index the mapped context slot as an int32, or the hole.
        pub map: Barriered<Option<Gc<ValueBuffer>>>,
    }
}
object_cell! {
    /// An error object (20.5): what makes `Error.isError` true. Name and message are ordinary properties.
    pub struct ErrorObject: Error {
        /// The captured stack: a string, or the captured frames until first touched.
        pub stack: Barriered<Value>,
        /// Where the text is that made this a syntax error, see [`crate::error::ErrorPlace`]; mostly undefined.
        pub place: Barriered<Value>,
    }
}
object_cell! {
    /// A wrapper of a primitive.
    pub struct PrimitiveWrapper: PrimitiveWrapper {
        /// `[[BooleanData]]`, `[[NumberData]]`, `[[StringData]]`, `[[SymbolData]]` or `[[BigIntData]]`.
        pub value: Value,
    }
}
object_cell! {
    /// A Date (21.4), which is a time value and nothing else.
    pub struct DateObject: Date {
        /// `[[DateValue]]`: milliseconds since the epoch in UTC, or NaN.
        pub time: Cell<f64>,
    }
}
object_cell! {
    /// A RegExp. `lastIndex` is its first property slot.
    pub struct RegExpObject: RegExp {
        /// `[[OriginalSource]]`, a string.
        pub source: Barriered<Value>,
        /// `[[OriginalFlags]]`, a string.
        pub flags: Barriered<Value>,
        /// The compiled matcher, a `NativeData` cell; none before the initialization.
        pub matcher: Barriered<Option<Gc<NativeData>>>,
        /// `[[Realm]]`, for legacy features.
        pub realm: Gc<crate::realm::Realm>,
        /// `[[LegacyFeaturesEnabled]]`: made by `%RegExp%` itself and not for a subclass.
        pub legacy_enabled: Cell<bool>,
    }
}
object_cell! {
    /// A Map (24.1).
    pub struct MapObject: Map {
        /// The ordered table; an owner's record of values, see `collections`.
        pub table: Barriered<Value>,
    }
}
object_cell! {
    /// A Set (24.2).
    pub struct SetObject: Set {
        /// The ordered table.
        pub table: Barriered<Value>,
    }
}
object_cell! {
    /// A WeakMap (24.3).
    pub struct WeakMapObject: WeakMap {
        /// The ephemeron table.
        pub table: Barriered<Value>,
    }
}
object_cell! {
    /// A WeakSet (24.4).
    pub struct WeakSetObject: WeakSet {
        /// The ephemeron table.
        pub table: Barriered<Value>,
    }
}
object_cell! {
    /// An ArrayBuffer or SharedArrayBuffer (25.1, 25.2): a store of bytes and how much of it counts.
    pub struct ArrayBufferObject: ArrayBuffer {
        /// The bytes; none when detached. Shared buffers share the store.
        pub store: Barriered<Option<Gc<ByteStore>>>,
        /// Current length in bytes.
        pub byte_length: Cell<usize>,
        /// `[[ArrayBufferMaxByteLength]]`; `usize::MAX` when not resizable.
        pub max_byte_length: Cell<usize>,
        /// Whether it is a SharedArrayBuffer, whose bytes other agents may have, too.
        pub shared: bool,
        /// `[[ArrayBufferDetachKey]]`, for test262's host.
        pub detach_key: Barriered<Value>,
    }
}

/// The element type of a typed array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ElementType {
    /// 8-bit signed.
    Int8,
    /// 8-bit unsigned.
    Uint8,
    /// 8-bit unsigned, saturating conversion.
    Uint8Clamped,
    /// 16-bit signed.
    Int16,
    /// 16-bit unsigned.
    Uint16,
    /// 32-bit signed.
    Int32,
    /// 32-bit unsigned.
    Uint32,
    /// 64-bit signed BigInt.
    BigInt64,
    /// 64-bit unsigned BigInt.
    BigUint64,
    /// Half precision.
    Float16,
    /// Single precision.
    Float32,
    /// Double precision.
    Float64,
}

impl ElementType {
    /// All types, in the order of their numbers.
    pub const ALL: [ElementType; 12] = [
        ElementType::Int8,
        ElementType::Uint8,
        ElementType::Uint8Clamped,
        ElementType::Int16,
        ElementType::Uint16,
        ElementType::Int32,
        ElementType::Uint32,
        ElementType::BigInt64,
        ElementType::BigUint64,
        ElementType::Float16,
        ElementType::Float32,
        ElementType::Float64,
    ];
    /// Size of an element in bytes.
    pub fn size(self) -> usize {
        match self {
            ElementType::Int8 | ElementType::Uint8 | ElementType::Uint8Clamped => 1,
            ElementType::Int16 | ElementType::Uint16 | ElementType::Float16 => 2,
            ElementType::Int32 | ElementType::Uint32 | ElementType::Float32 => 4,
            ElementType::BigInt64 | ElementType::BigUint64 | ElementType::Float64 => 8,
        }
    }

    /// Whether the `[[ContentType]]` is BigInt.
    pub fn is_bigint(self) -> bool {
        matches!(self, ElementType::BigInt64 | ElementType::BigUint64)
    }
}

impl Trace for ElementType {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

object_cell! {
    /// A typed array (10.4.5, 23.2): a view of a buffer as elements of one type.
    pub struct TypedArrayObject: TypedArray {
        /// `[[ViewedArrayBuffer]]`.
        pub buffer: Barriered<Gc<ArrayBufferObject>>,
        /// `[[ByteOffset]]`.
        pub byte_offset: usize,
        /// `[[ArrayLength]]` in elements; `usize::MAX` when it tracks the buffer's length.
        pub fixed_length: usize,
        /// The element type.
        pub element_type: ElementType,
    }
}
object_cell! {
    /// A DataView (25.3): a view of a buffer in which each access names its type.
    pub struct DataViewObject: DataView {
        /// `[[ViewedArrayBuffer]]`.
        pub buffer: Gc<ArrayBufferObject>,
        /// `[[ByteOffset]]`.
        pub byte_offset: usize,
        /// `[[ByteLength]]`; `usize::MAX` when it tracks the buffer's length.
        pub fixed_length: usize,
    }
}

/// `[[PromiseState]]`: settled once and for all, or not yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum PromiseState {
    /// Neither fulfilled nor rejected.
    Pending,
    /// Has a value.
    Fulfilled,
    /// Has a reason.
    Rejected,
}

impl Trace for PromiseState {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

object_cell! {
    /// A promise (27.2), with the reactions that wait for it.
    pub struct PromiseObject: Promise {
        /// `[[PromiseState]]`.
        pub state: Cell<PromiseState>,
        /// `[[PromiseIsHandled]]`.
        pub handled: Cell<bool>,
        /// `[[PromiseResult]]`.
        pub result: Barriered<Value>,
        /// The reactions while pending: a linked list of `PromiseReaction` cells, or `undefined`.
        pub reactions: Barriered<Value>,
    }
}

macro_rules! proxy_cell {
    ($(#[$meta:meta])* $name:ident: $kind:ident) => { object_cell! {
        $(#[$meta])*
        pub struct $name: $kind {
            /// `[[ProxyTarget]]`, or null when revoked.
            pub target: Barriered<Value>,
            /// `[[ProxyHandler]]`, or null when revoked.
            pub handler: Barriered<Value>,
        }
    } };
}
proxy_cell! { /** A Proxy whose target is not callable. */ ProxyObject: Proxy }
proxy_cell! { /** A Proxy whose target is callable; same layout as [`ProxyObject`]. */ CallableProxyObject: CallableProxy }

/// `[[GeneratorState]]` (27.5.3) and `[[AsyncGeneratorState]]` (27.6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GeneratorState {
    /// Created, not yet run.
    SuspendedStart,
    /// At a `yield` or `await`.
    SuspendedYield,
    /// On the stack.
    Executing,
    /// Async generators only: between `return` and the settlement of its value.
    AwaitingReturn,
    /// Finished.
    Completed,
}

impl Trace for GeneratorState {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// How a suspended frame is resumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ResumeMode {
    /// `next(value)`, or a fulfilled `await`.
    Next = 0,
    /// `return(value)`.
    Return = 1,
    /// `throw(value)`, or a rejected `await`.
    Throw = 2,
}

impl Trace for ResumeMode {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

macro_rules! generator_cell {
    ($(#[$meta:meta])* $name:ident: $kind:ident { $($extra:tt)* }) => { object_cell! {
        $(#[$meta])*
        pub struct $name: $kind {
            /// The running function.
            pub function: Gc<Function>,
            /// Context at the suspension.
            pub context: Barriered<Option<Gc<Context>>>,
            /// The frame's words while suspended (arguments and registers), see `frame`.
            pub saved: Barriered<Option<Gc<ValueBuffer>>>,
            /// Bytecode offset to resume at.
            pub offset: Cell<u32>,
            /// Actual arguments without the receiver.
            pub argument_count: Cell<u32>,
            /// Where it stands.
            pub state: Cell<GeneratorState>,
            /// How it is being resumed.
            pub resume_mode: Cell<ResumeMode>,
            $($extra)*
        }
    } };
}
generator_cell! {
    /// A generator; also the hidden object that carries an async function's suspended frame (then `promise` is set).
    GeneratorObject: Generator {
        /// The promise of an async function, otherwise `undefined`.
        pub promise: Barriered<Value>,
    }
}
generator_cell! {
    /// An async generator; begins with the fields of [`GeneratorObject`].
    AsyncGeneratorObject: AsyncGenerator {
        /// Unused (layout agreement with [`GeneratorObject`]).
        pub promise: Barriered<Value>,
        /// `[[AsyncGeneratorQueue]]`: a list of requests, or `undefined`.
        pub queue: Barriered<Value>,
    }
}

object_cell! {
    /// An object of a builtin with private value slots: iterators, helpers, disposable stacks, host objects. `tag` tells
    /// whose they are; their meaning is the owner's.
    pub struct HostObject: Host {
        /// Which builtin made it (see `HostTag` constants next to their users), so that methods can check their receiver.
        pub tag: u32,
        /// Small state.
        pub state: Cell<u32>,
        /// Private values.
        pub values: [Barriered<Value>; 4],
    }
}
object_cell! {
    /// An iterator over an array, typed array, map, set, string or regular-expression matches.
    pub struct BuiltinIterator: BuiltinIterator {
        /// What is iterated and how; the constants of `iterator::IteratorKind`.
        pub kind: u32,
        /// Position.
        pub index: Cell<usize>,
        /// What is iterated; `undefined` when exhausted.
        pub target: Barriered<Value>,
        /// More state of the kind.
        pub extra: Barriered<Value>,
    }
}
object_cell! {
    /// A module namespace exotic object.
    pub struct ModuleNamespaceObject: ModuleNamespace {
        /// `[[Module]]`, a module record cell.
        pub module: Value,
        /// Evaluates its module when its exports are first looked at (`import defer`).
        pub deferred: bool,
        /// Exported names in code-unit order and their binding cells, alternating; a value buffer.
        pub exports: Barriered<Option<Gc<ValueBuffer>>>,
    }
}

/// Rust data without values, owned by a cell and dropped with it.
#[repr(C)]
pub struct NativeData {
    header: Header,
    data: OnceCell<Box<dyn std::any::Any>>,
}
// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for NativeData {
    const KIND: u8 = CellKind::NativeData as u8;
}

impl NativeData {
    /// Wraps `data`.
    pub fn new(cx: crate::isolate::Cx<'_>, data: Box<dyn std::any::Any>) -> Gc<NativeData> {
        cx.allocate(|header| NativeData { header, data: OnceCell::from(data) })
    }

    /// The data, if it is a `T`.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.data.get()?.downcast_ref()
    }

    pub(crate) unsafe fn trace_cell(_: NonNull<Header>, _: &mut Tracer<'_>) {}
    pub(crate) unsafe fn finalize_cell(cell: NonNull<Header>) {
        // SAFETY: the collector calls this once, on a dead cell whose fields are still intact.
        unsafe { std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).data) };
    }
}

/// The bytes of array buffers. A resizable store is allocated at its maximum length.
#[repr(C)]
pub struct ByteStore {
    header: Header,
    data: *mut u8,
    capacity: usize,
    /// Who owns the bytes, if agents share them.
    shared: Option<Arc<SharedBytes>>,
}
// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for ByteStore {
    const KIND: u8 = CellKind::ByteStore as u8;
}

impl ByteStore {
    /// Byte offset of the address of the first byte, which never changes.
    pub const DATA_OFFSET: usize = std::mem::offset_of!(ByteStore, data);
    /// `capacity` zero bytes, charged to the heap as external memory.
    ///
    /// # Errors
    /// The memory limit would be exceeded or the system has no more.
    pub fn new(
        cx: crate::isolate::Cx<'_>,
        capacity: usize,
    ) -> Result<Gc<ByteStore>, unspool_gc::OutOfMemory> {
        let layout = Self::layout(capacity).ok_or(unspool_gc::OutOfMemory)?;
        cx.reserve_external(capacity)?;
        // SAFETY: the layout has a size of at least one byte.
        let data = unsafe { std::alloc::alloc_zeroed(layout) };
        if data.is_null() {
            cx.release_external(capacity);
            return Err(unspool_gc::OutOfMemory);
        }
        Ok(cx.allocate(|header| ByteStore { header, data, capacity, shared: None }))
    }

    /// `capacity` zero bytes that can be handed to other agents.
    ///
    /// # Errors
    /// As for `new`.
    pub fn new_shared(
        cx: crate::isolate::Cx<'_>,
        capacity: usize,
    ) -> Result<Gc<ByteStore>, unspool_gc::OutOfMemory> {
        Self::over(cx, SharedBytes::new(capacity).ok_or(unspool_gc::OutOfMemory)?)
    }

    /// Memory that another agent may have made; it is charged to this heap, too.
    ///
    /// # Errors
    /// The memory limit would be exceeded.
    pub fn over(
        cx: crate::isolate::Cx<'_>,
        shared: Arc<SharedBytes>,
    ) -> Result<Gc<ByteStore>, unspool_gc::OutOfMemory> {
        cx.reserve_external(shared.capacity())?;
        let (data, capacity) = (shared.data(), shared.capacity());
        Ok(cx.allocate(|header| ByteStore { header, data, capacity, shared: Some(shared) }))
    }

    /// The owner of the bytes, if agents can share them.
    pub fn shared(&self) -> Option<&Arc<SharedBytes>> {
        self.shared.as_ref()
    }

    fn layout(capacity: usize) -> Option<std::alloc::Layout> {
        std::alloc::Layout::from_size_align(capacity.max(1), 16).ok()
    }

    /// First byte. Valid for `capacity` bytes while the cell lives.
    pub fn data(&self) -> *mut u8 {
        self.data
    }

    /// Size in bytes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) unsafe fn trace_cell(_: NonNull<Header>, _: &mut Tracer<'_>) {}
    pub(crate) unsafe fn finalize_cell(cell: NonNull<Header>) {
        // SAFETY: the collector calls this once, on a dead cell whose fields are still intact.
        let this = unsafe { cell.cast::<Self>().as_ref() };
        if let Some(layout) = Self::layout(this.capacity) {
            // SAFETY: the bytes were charged; this is a cell. They were allocated with this layout by `new` or belong to the
            // field that is dropped here, once.
            unsafe {
                unspool_gc::Heap::release_external_bytes(cell, this.capacity);
                if this.shared.is_none() {
                    std::alloc::dealloc(this.data, layout);
                }
                std::ptr::drop_in_place(&raw mut (*cell.cast::<Self>().as_ptr()).shared);
            }
        }
    }
}

/// The record cell of a builtin: a fixed number of values.
#[repr(C)]
pub struct Record {
    header: Header,
    /// Whose record it is.
    pub tag: u32,
    /// Small state.
    pub state: Cell<u32>,
    /// The values.
    pub values: [Barriered<Value>; 6],
}
// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for Record {
    const KIND: u8 = CellKind::Record as u8;
}

impl Record {
    /// A record; missing values are `undefined`.
    pub fn new(cx: crate::isolate::Cx<'_>, tag: u32, values: &[Value]) -> Gc<Record> {
        let mut all = [const { Barriered::new(Value::UNDEFINED) }; 6];
        for (slot, value) in all.iter_mut().zip(values) {
            *slot = Barriered::new(*value);
        }
        cx.allocate(|header| Record { header, tag, state: Cell::new(0), values: all })
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Record`.
        unsafe { cell.cast::<Self>().as_ref() }.values.trace(tracer);
    }
}

impl Trace for Object {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.mark(self.cell());
    }
}

impl GeneratorObject {
    /// The generator of either sort: an [`AsyncGeneratorObject`] begins with the same fields.
    pub fn from_value(value: Value) -> Option<Gc<GeneratorObject>> {
        if let Some(generator) = value.to::<AsyncGeneratorObject>() {
            // SAFETY: both structures are `repr(C)` and begin with the same fields (`generator_cell!`).
            return Some(unsafe { generator.erase().cast() });
        }
        value.to::<GeneratorObject>()
    }
}
