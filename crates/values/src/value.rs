//! The NaN-boxed [`Value`].
//!
//! The encoding favours pointers (the 64-bit form of JavaScriptCore): a cell pointer is its own raw bits; doubles are
//! offset by 2^49; int32 has a tag of its own; the oddballs are small constants.
//!
//! ```text
//! pointer    0000:pppp:pppp:pppp      (bit 1 clear, not zero)
//! double     0002:****:****:**** … fffc:****:****:****   (IEEE bits + 2^49)
//! int32      fffe:0000:iiii:iiii
//! null       0x02    undefined 0x0a    false 0x06    true 0x07    hole 0x12
//! optimized-out 0x1a   lazy 0x22   SENTINEL 0 (no value at all)
//! ```
//!
//! Numbers are *canonical*: a number that an int32 can represent (−0 excluded) made by [`Value::from_f64`] is an int32.
//! Arithmetic on the fast paths keeps that form, but no reader may rely on it: integral doubles are legal everywhere.
//! The all-zero word is never a value: `Result<Value, E>` with a zero-sized `E` fits one register, and compiled code
//! uses zero as the sentinel "exception pending or frames rebuilt".

use std::fmt;
use std::num::NonZeroU64;

use unspool_gc::{Gc, Header, ManagedCell, Tracer};

use crate::cell::CellKind;

/// A JavaScript value, or one of the engine's internal markers (the hole, optimized-out, lazy).
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(NonZeroU64);

/// Offset added to the bits of a double.
pub const DOUBLE_OFFSET: u64 = 1 << 49;
/// Tag of an int32; every number has at least one of its bits set.
pub const NUMBER_TAG: u64 = 0xfffe_0000_0000_0000;
/// Bit that tells an oddball from a pointer.
pub const OTHER_TAG: u64 = 0x2;
/// A word is a pointer when none of these bits is set.
pub const NOT_CELL_MASK: u64 = NUMBER_TAG | OTHER_TAG;

#[inline(always)]
const fn oddball(bits: u64) -> Value {
    match NonZeroU64::new(bits) {
        Some(bits) => Value(bits),
        None => panic!("zero is no value"),
    }
}

impl Value {
    /// `undefined`.
    pub const UNDEFINED: Value = oddball(0x0a);
    /// `null`.
    pub const NULL: Value = oddball(0x02);
    /// `false`.
    pub const FALSE: Value = oddball(0x06);
    /// `true`.
    pub const TRUE: Value = oddball(0x07);
    /// The hole: a missing array element, an uninitialized binding, "no value" inside the engine.
    pub const HOLE: Value = oddball(0x12);
    /// Stands in a rebuilt frame for a register that is dead there.
    pub const OPTIMIZED_OUT: Value = oddball(0x1a);
    /// A property slot whose value is made at its first touch; seen by slow paths only.
    pub const LAZY: Value = oddball(0x22);
    /// The int32 zero.
    pub const ZERO: Value = oddball(NUMBER_TAG);

    /// The raw word.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// A value from its raw word.
    ///
    /// # Safety
    /// `bits` came from [`Value::bits`], and if it is a pointer the cell is alive.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> Value {
        // SAFETY: `bits` of a value is never zero.
        Value(unsafe { NonZeroU64::new_unchecked(bits) })
    }

    /// An int32.
    #[inline(always)]
    pub const fn from_i32(n: i32) -> Value {
        oddball(NUMBER_TAG | n as u32 as u64)
    }

    /// A number in canonical form: int32 where possible, NaN purified.
    #[inline(always)]
    pub fn from_f64(n: f64) -> Value {
        let i = n as i32;
        if i as f64 == n && (i != 0 || n.to_bits() == 0) { Value::from_i32(i) } else { Value::from_double(n) }
    }

    /// A number kept as a double even when integral.
    #[inline(always)]
    pub fn from_double(n: f64) -> Value {
        let bits = if n.is_nan() { 0x7ff8_0000_0000_0000 } else { n.to_bits() };
        oddball(bits.wrapping_add(DOUBLE_OFFSET))
    }

    /// The result of an IEEE operation on numbers of values, kept as a double even when integral.
    ///
    /// Values hold one NaN only, and operations give either that or the processor's own, whose bits need no purifying.
    #[inline(always)]
    pub fn from_arithmetic(n: f64) -> Value {
        debug_assert!(n.to_bits() <= 0xfff8_0000_0000_0000, "a NaN that no operation on values gives");
        oddball(n.to_bits().wrapping_add(DOUBLE_OFFSET))
    }

    /// A number from an unsigned 32-bit integer.
    #[inline(always)]
    pub fn from_u32(n: u32) -> Value {
        if n <= i32::MAX as u32 { Value::from_i32(n as i32) } else { Value::from_double(n as f64) }
    }

    /// A number from a length or count.
    #[inline(always)]
    pub fn from_usize(n: usize) -> Value {
        if n <= i32::MAX as usize { Value::from_i32(n as i32) } else { Value::from_double(n as f64) }
    }

    /// `true` or `false`.
    #[inline(always)]
    pub const fn from_bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// A pointer to a cell.
    #[inline(always)]
    pub fn from_cell<T>(cell: Gc<T>) -> Value {
        oddball(cell.addr() as u64)
    }

    /// Is it an int32?
    #[inline(always)]
    pub const fn is_i32(self) -> bool {
        self.bits() >= NUMBER_TAG
    }

    /// Is it a number of either form?
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.bits() & NUMBER_TAG != 0
    }

    /// Is it a number in double form?
    #[inline(always)]
    pub const fn is_double(self) -> bool {
        self.is_number() && !self.is_i32()
    }

    /// Is it a pointer to a cell?
    #[inline(always)]
    pub const fn is_cell(self) -> bool {
        self.bits() & NOT_CELL_MASK == 0
    }

    /// `undefined`?
    #[inline(always)]
    pub const fn is_undefined(self) -> bool {
        self.bits() == 0x0a
    }

    /// `null`?
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.bits() == 0x02
    }

    /// `undefined` or `null`?
    #[inline(always)]
    pub const fn is_nullish(self) -> bool {
        self.bits() & !0x08 == 0x02
    }

    /// `true` or `false`?
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.bits() & !1 == 0x06
    }

    /// `true`?
    #[inline(always)]
    pub const fn is_true(self) -> bool {
        self.bits() == 0x07
    }

    /// `false`?
    #[inline(always)]
    pub const fn is_false(self) -> bool {
        self.bits() == 0x06
    }

    /// The hole?
    #[inline(always)]
    pub const fn is_hole(self) -> bool {
        self.bits() == 0x12
    }

    /// The int32, if it is one.
    #[inline(always)]
    pub const fn to_i32(self) -> Option<i32> {
        if self.is_i32() { Some(self.bits() as i32) } else { None }
    }

    /// The int32 of a value known to be one.
    #[inline(always)]
    pub const fn as_i32(self) -> i32 {
        debug_assert!(self.is_i32());
        self.bits() as i32
    }

    /// The double of a value known to be a number in double form.
    #[inline(always)]
    pub const fn as_double(self) -> f64 {
        debug_assert!(self.is_double());
        f64::from_bits(self.bits().wrapping_sub(DOUBLE_OFFSET))
    }

    /// The number of a value known to be one.
    #[inline(always)]
    pub const fn as_number(self) -> f64 {
        if self.is_i32() { self.as_i32() as f64 } else { self.as_double() }
    }

    /// The number, if it is one.
    #[inline(always)]
    pub const fn to_number(self) -> Option<f64> {
        if self.is_number() { Some(self.as_number()) } else { None }
    }

    /// The cell, if it is one.
    #[inline(always)]
    pub fn to_cell(self) -> Option<Gc<Header>> {
        if self.is_cell() { Some(self.as_cell()) } else { None }
    }

    /// The cell of a value known to be one.
    #[inline(always)]
    pub fn as_cell(self) -> Gc<Header> {
        debug_assert!(self.is_cell());
        // SAFETY: pointer-form values are only made from live cells (`from_cell`), and the word is not zero.
        unsafe { Gc::from_ptr(std::ptr::NonNull::new_unchecked(self.bits() as *mut Header)) }
    }

    /// The cell's kind, if it is a cell.
    #[inline(always)]
    pub fn cell_kind(self) -> Option<CellKind> {
        if self.is_cell() { Some(CellKind::of(&self.as_cell())) } else { None }
    }

    /// Is it a cell of this kind?
    #[inline(always)]
    pub fn is_kind(self, kind: CellKind) -> bool {
        self.is_cell() && self.as_cell().kind() == kind as u8
    }

    /// The cell as `T`, if it is of `T`'s kind.
    #[inline(always)]
    pub fn to<T: ManagedCell>(self) -> Option<Gc<T>> {
        if self.is_cell() && self.as_cell().kind() == T::KIND {
            // SAFETY: the kind byte says that the cell is a `T`.
            Some(unsafe { self.as_cell().cast::<T>() })
        } else {
            None
        }
    }

    /// Is it a string?
    #[inline(always)]
    pub fn is_string(self) -> bool {
        self.is_kind(CellKind::String)
    }

    /// Is it a symbol?
    #[inline(always)]
    pub fn is_symbol(self) -> bool {
        self.is_kind(CellKind::Symbol)
    }

    /// Is it a BigInt?
    #[inline(always)]
    pub fn is_bigint(self) -> bool {
        self.is_kind(CellKind::BigInt)
    }

    /// Is it an object?
    #[inline(always)]
    pub fn is_object(self) -> bool {
        self.is_cell() && self.as_cell().kind() >= CellKind::FIRST_OBJECT as u8
    }

    /// Reports the cell, if it is one, to the collector.
    #[inline(always)]
    pub fn trace(self, tracer: &mut Tracer<'_>) {
        if self.is_cell() {
            tracer.mark(self.as_cell());
        }
    }
}

impl<T> From<Gc<T>> for Value {
    #[inline(always)]
    fn from(cell: Gc<T>) -> Value {
        Value::from_cell(cell)
    }
}

impl From<bool> for Value {
    #[inline(always)]
    fn from(b: bool) -> Value {
        Value::from_bool(b)
    }
}

impl From<i32> for Value {
    #[inline(always)]
    fn from(n: i32) -> Value {
        Value::from_i32(n)
    }
}

impl From<u32> for Value {
    #[inline(always)]
    fn from(n: u32) -> Value {
        Value::from_u32(n)
    }
}

impl From<usize> for Value {
    #[inline(always)]
    fn from(n: usize) -> Value {
        Value::from_usize(n)
    }
}

impl From<f64> for Value {
    #[inline(always)]
    fn from(n: f64) -> Value {
        Value::from_f64(n)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::UNDEFINED => f.write_str("undefined"),
            Value::NULL => f.write_str("null"),
            Value::TRUE => f.write_str("true"),
            Value::FALSE => f.write_str("false"),
            Value::HOLE => f.write_str("<hole>"),
            Value::OPTIMIZED_OUT => f.write_str("<optimized out>"),
            Value::LAZY => f.write_str("<lazy>"),
            v if v.is_number() => write!(f, "{}", v.as_number()),
            v => write!(f, "<{}>", CellKind::of(&v.as_cell()).name()),
        }
    }
}
