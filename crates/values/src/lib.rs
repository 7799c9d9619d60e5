#![doc = include_str!("../README.md")]

pub mod atom;
pub mod bigint;
pub mod cell;
pub mod describe;
pub mod key;
pub mod kinds;
pub mod number;
pub mod object;
pub mod plain_heap;
pub mod string;
pub mod symbol;
pub mod value;

pub use atom::{AtomTable, KnownAtom};
pub use bigint::{BigIntError, JSBigInt};
pub use cell::{CellAllocator, CellKind};
pub use describe::describe;
pub use key::PropertyKey;
pub use kinds::kind_info;
pub use object::{Accessor, Elements, ElementsRef, GcVec, ObjectHead, Slots, SparseElements, ValueBuffer};
pub use plain_heap::PlainHeap;
pub use string::{JSString, StrView, StringBuilder, StringError};
pub use symbol::{Symbol, SymbolTable, WellKnownSymbol};
pub use value::Value;
