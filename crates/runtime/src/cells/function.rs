//! Callable objects: closures over bytecode, Rust functions, bound functions; and what construction remembers.
//!
//! A closure is a template (the code), a context (the variables around it) and a feedback cell (what its place has
//! learned), with the internal slots of 10.2 that can differ between closures of one template. `ConstructorData` is made
//! only for functions that are used with `new` or have fields to initialize. Proxies, which may be callable too, are in
//! `objects`; how functions are called is in `crate::function`.

use std::cell::Cell;

use unspool_gc::Gc;
use unspool_shapes::ShapeId;
use unspool_values::Value;
use unspool_values::object::ObjectHead;

use super::{Barriered, Context, FeedbackCell, FunctionTemplate, Trace};
use crate::native::{KnownNative, NativeFn};
use crate::object::Object;
use crate::realm::Realm;

/// Declares an object structure: like [`managed_cell!`](crate::managed_cell), with an [`ObjectHead`] in front.
#[macro_export]
macro_rules! object_cell {
    ($(#[$meta:meta])* $vis:vis struct $name:ident : $kind:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name { /// Header, property slots and elements.
            pub head: unspool_values::object::ObjectHead, $($(#[$fmeta])* $fvis $field: $ty,)* }

        // SAFETY: `repr(C)` with the object head (which begins with the header) first; cells of this kind are only made
        // as this structure.
        unsafe impl unspool_gc::ManagedCell for $name {
            const KIND: u8 = unspool_values::CellKind::$kind as u8;
        }

        impl $name {
            /// Reports the cell's fields to the collector.
            ///
            /// # Safety
            /// `cell` is a live cell of this kind.
            pub(crate) unsafe fn trace_cell(cell: std::ptr::NonNull<unspool_gc::Header>, tracer: &mut unspool_gc::Tracer<'_>) {
                // SAFETY: the collector calls this for live cells of the structure's own kind only.
                let this = unsafe { cell.cast::<$name>().as_ref() };
                $crate::cells::Trace::trace(&this.head, tracer);
                $($crate::cells::Trace::trace(&this.$field, tracer);)*
            }
        }

        impl $name {
            /// The cell as an object.
            #[inline(always)]
            pub fn object(this: unspool_gc::Gc<$name>) -> $crate::object::Object {
                // SAFETY: the structure begins with an object head and its kind is an object kind.
                unsafe { $crate::object::Object::from_cell_unchecked(this.erase()) }
            }
        }
    };
}

impl Trace for ObjectHead {
    #[inline(always)]
    fn trace(&self, tracer: &mut unspool_gc::Tracer<'_>) {
        self.trace_head(tracer);
    }
}

object_cell! {
    /// A closure over bytecode: an ECMAScript function object (10.2) that code created.
    pub struct Function: Function {
        /// Code and constants, shared by all closures of one function.
        pub template: Gc<FunctionTemplate>,
        /// The context the function was created in.
        pub context: Option<Gc<Context>>,
        /// Where its feedback vector hangs.
        pub feedback: Gc<FeedbackCell>,
        /// `[[HomeObject]]` of a method (what `super` starts from), otherwise `undefined`.
        pub home_object: Barriered<Value>,
        /// Value of the virtual property `prototype`: the hole when the function has none, [`Value::LAZY`] before its
        /// first touch.
        pub prototype: Barriered<Value>,
        /// What `new` of this function needs, made at the first construction.
        pub constructor_data: Barriered<Option<Gc<ConstructorData>>>,
    }
}

/// What construction through a function remembers. The header's `meta` is the shape that new objects begin with, so that
/// the collector keeps it; `NONE` until known and when `prototype` was replaced.
#[repr(C)]
pub struct ConstructorData {
    header: unspool_gc::Header,
    /// The prototype object that the initial shape was made for.
    pub prototype: Barriered<Value>,
    /// Constructions left until the number of inline slots is fixed.
    pub slack_countdown: Cell<u32>,
    /// The number of inline slots of new objects.
    pub inline_capacity: Cell<u32>,
    /// The function that initializes instance fields and private methods of a class, or `undefined`.
    pub field_initializer: Barriered<Value>,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl unspool_gc::ManagedCell for ConstructorData {
    const KIND: u8 = unspool_values::CellKind::ConstructorData as u8;
}

impl ConstructorData {
    /// Data of a function that was not constructed yet.
    pub fn new(cx: crate::Cx<'_>) -> Gc<ConstructorData> {
        cx.allocate(|header| ConstructorData {
            header,
            prototype: Barriered::new(Value::UNDEFINED),
            slack_countdown: Cell::new(0),
            inline_capacity: Cell::new(0),
            field_initializer: Barriered::new(Value::UNDEFINED),
        })
    }

    /// The shape that new objects begin with.
    #[inline(always)]
    pub fn initial_shape(&self) -> ShapeId {
        ShapeId::from_raw(self.header.meta())
    }

    /// Settles or forgets the initial shape.
    pub(crate) fn set_initial_shape(this: Gc<Self>, shape: ShapeId) {
        this.header.set_meta(shape.raw());
    }

    /// # Safety
    /// `cell` is live constructor data.
    pub(crate) unsafe fn trace_cell(
        cell: std::ptr::NonNull<unspool_gc::Header>,
        tracer: &mut unspool_gc::Tracer<'_>,
    ) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `ConstructorData`.
        let this = unsafe { cell.cast::<Self>().as_ref() };
        this.prototype.trace(tracer);
        this.field_initializer.trace(tracer);
    }
}

object_cell! {
    /// A function written in Rust.
    pub struct NativeFunction: NativeFunction {
        /// The Rust function that does the work.
        pub function: NativeFn,
        /// The realm it belongs to.
        pub realm: Gc<Realm>,
        /// Its `name`, a string, for `toString` and the virtual property.
        pub name: Value,
        /// Its `length` in the low 16 bits, [`NativeFunction`] flags above.
        pub length_and_flags: u32,
        /// Free for the function's own use (captured state), like a closure's environment.
        pub data: [Barriered<Value>; 2],
        /// Value of `prototype` for constructors, otherwise the hole.
        pub prototype: Barriered<Value>,
        /// As for closures, when the function is a constructor.
        pub constructor_data: Barriered<Option<Gc<ConstructorData>>>,
    }
}

impl NativeFunction {
    /// May be called with `new`.
    pub const CONSTRUCTOR: u32 = 1 << 16;
    /// Where the number of a [`KnownNative`] begins.
    pub(crate) const KNOWN_SHIFT: u32 = 20;
    /// What the tiers know of the function.
    #[inline(always)]
    pub fn known(&self) -> KnownNative {
        KnownNative::from_number(self.length_and_flags >> Self::KNOWN_SHIFT)
    }

    /// The function's declared length.
    pub(crate) fn declared_length(&self) -> u32 {
        self.length_and_flags & 0xffff
    }

    /// Does it have `[[Construct]]`?
    pub fn is_constructor(&self) -> bool {
        self.length_and_flags & Self::CONSTRUCTOR != 0
    }
}

object_cell! {
    /// A bound function exotic object (10.4.1): what `Function.prototype.bind` gives.
    pub struct BoundFunction: BoundFunction {
        /// `[[BoundTargetFunction]]`.
        pub target: Object,
        /// `[[BoundThis]]`.
        pub this: Value,
        /// `[[BoundArguments]]`.
        pub arguments: Gc<unspool_values::object::ValueBuffer>,
    }
}
