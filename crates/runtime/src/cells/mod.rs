//! The structures behind the cell kinds that the runtime owns.
//!
//! Each structure is declared with `managed_cell!`, which writes its trace function from its fields. A field that
//! refers to cells and changes after construction is a [`Barriered`], whose `set` takes the owner and runs the write
//! barrier; fields of plain data are `Cell`s; what never changes is stored bare.

mod context;
mod feedback;
mod function;
pub mod hash_table;
mod objects;
mod template;
mod weak;

pub use context::*;
pub use feedback::*;
pub use function::*;
pub use hash_table::{HashTable, TableOwner};
pub use objects::*;
pub use template::*;
pub use weak::*;

use std::cell::Cell;

use unspool_gc::{Gc, ManagedCell, Tracer};
use unspool_values::Value;

use crate::isolate::Cx;

/// What can be reported to the collector.
pub trait Trace {
    /// Marks every cell that `self` refers to.
    fn trace(&self, tracer: &mut Tracer<'_>);
}

macro_rules! trace_nothing {
    ($($ty:ty),*) => { $(impl Trace for $ty { #[inline(always)] fn trace(&self, _: &mut Tracer<'_>) {} })* };
}
trace_nothing!(bool, u8, u16, u32, u64, i32, i64, usize, f64, unspool_shapes::ShapeId);

impl<T> Trace for *const T {
    #[inline(always)]
    fn trace(&self, _: &mut Tracer<'_>) {}
}
impl<T> Trace for *mut T {
    #[inline(always)]
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Trace for Value {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Value::trace(*self, tracer);
    }
}
impl<T> Trace for Gc<T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.mark(*self);
    }
}
impl<T: Trace> Trace for Option<T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(x) = self {
            x.trace(tracer);
        }
    }
}
impl<T: Trace + Copy> Trace for Cell<T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.get().trace(tracer);
    }
}
impl<T: Trace, const N: usize> Trace for [T; N] {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for x in self {
            x.trace(tracer);
        }
    }
}

/// A mutable field that refers to cells: stores run the write barrier.
#[repr(transparent)]
pub struct Barriered<T: Copy>(Cell<T>);

impl<T: Copy> Barriered<T> {
    /// The field of a cell under construction.
    #[inline(always)]
    pub const fn new(value: T) -> Self {
        Barriered(Cell::new(value))
    }

    /// Reads the field.
    #[inline(always)]
    pub fn get(&self) -> T {
        self.0.get()
    }

    /// Stores into the field of `owner`.
    #[inline(always)]
    pub fn set<O: ManagedCell>(&self, cx: Cx<'_>, owner: Gc<O>, value: T) {
        self.0.set(value);
        cx.write_barrier(owner);
    }
}

impl<T: Trace + Copy> Trace for Barriered<T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.get().trace(tracer);
    }
}

/// Declares a cell structure: `repr(C)`, the header first, a trace function over all fields.
#[macro_export]
macro_rules! managed_cell {
    ($(#[$meta:meta])* $vis:vis struct $name:ident : $kind:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name { header: unspool_gc::Header, $($(#[$fmeta])* $fvis $field: $ty,)* }

        // SAFETY: `repr(C)` with the header first, and cells of this kind are only made as this structure.
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
                $($crate::cells::Trace::trace(&this.$field, tracer);)*
            }
        }
    };
}
