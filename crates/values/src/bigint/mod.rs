//! BigInts: [`JSBigInt`], the cell, and the operations of the specification on it (6.1.6.2).
//!
//! A BigInt is sign and magnitude; the magnitude's 64-bit limbs lie in the cell, least significant first, without leading
//! zeros, so that equal numbers have equal limbs. Zero has no limbs and is not negative. BigInts never change.
//!
//! Small operands take loops written here, with the result's limbs computed in place in the new cell; multiplication,
//! division, powers and text conversion of large ones go through `dashu-int`.

mod arithmetic;
mod bitwise;
mod compare;
mod convert;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt;
use std::mem::offset_of;
use std::ptr::NonNull;

use dashu_int::{IBig, Sign, UBig};
use unspool_gc::{Gc, Header, ManagedCell, OutOfMemory};

use crate::cell::{CellAllocator, CellKind, reserved_shape};

/// A BigInt: sign and magnitude, the limbs in the cell. Immutable.
#[repr(C)]
pub struct JSBigInt {
    /// `flags` bit 0: negative.
    header: Header,
    /// Number of limbs; the last of them is not zero.
    length: Cell<u32>,
    padding: u32,
}

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of `CellKind::BigInt` is a leaf: it has no references.
unsafe impl ManagedCell for JSBigInt {
    const KIND: u8 = CellKind::BigInt as u8;
}

/// Why an operation on BigInts has no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BigIntError {
    /// The result would exceed [`JSBigInt::MAX_BITS`]; a `RangeError`.
    TooBig,
    /// Division by zero; a `RangeError`.
    DivisionByZero,
    /// A power with a negative exponent; a `RangeError`.
    NegativeExponent,
    /// The result would exceed the memory limit.
    OutOfMemory,
}

impl From<OutOfMemory> for BigIntError {
    fn from(_: OutOfMemory) -> BigIntError {
        BigIntError::OutOfMemory
    }
}

impl fmt::Display for BigIntError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BigIntError::TooBig => "Maximum BigInt size exceeded",
            BigIntError::DivisionByZero => "Division by zero",
            BigIntError::NegativeExponent => "Exponent must be non-negative",
            BigIntError::OutOfMemory => "out of memory",
        })
    }
}

impl std::error::Error for BigIntError {}

const NEGATIVE: u8 = 1;

/// A BigInt or why there is none.
pub type BigIntResult = Result<Gc<JSBigInt>, BigIntError>;

impl JSBigInt {
    /// The largest magnitude, in bits: 2^30, as in V8.
    pub const MAX_BITS: u64 = 1 << 30;
    const MAX_LIMBS: usize = (JSBigInt::MAX_BITS / 64) as usize;
    /// Up to this size BigInts can always be made, the memory limit notwithstanding.
    const SMALL_LIMBS: usize = 32;
    /// Byte offset of the number of limbs (u32).
    pub const LENGTH_OFFSET: usize = offset_of!(JSBigInt, length);
    /// Byte offset of the first limb.
    pub const LIMBS_OFFSET: usize = size_of::<JSBigInt>();

    /// The magnitude's limbs, least significant first.
    #[inline(always)]
    pub fn limbs(&self) -> &[u64] {
        // SAFETY: `length` initialized limbs follow the struct and never change once the BigInt is complete.
        unsafe {
            std::slice::from_raw_parts(
                std::ptr::from_ref(self).add(1).cast::<u64>(),
                self.length.get() as usize,
            )
        }
    }

    /// Is it below zero?
    #[inline(always)]
    pub fn is_negative(&self) -> bool {
        self.header.flags() & NEGATIVE != 0
    }

    /// Is it zero?
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        self.length.get() == 0
    }

    /// Number of bits of the magnitude.
    pub fn bit_length(&self) -> u64 {
        bit_length(self.limbs())
    }

    /// A cell for `limbs` limbs, all zero; `complete` makes it a BigInt.
    fn zeroed<A: CellAllocator>(alloc: A, limbs: usize) -> BigIntResult {
        // One more limb than the largest number has: some results are trimmed at the end.
        if limbs > JSBigInt::MAX_LIMBS + 1 {
            return Err(BigIntError::TooBig);
        }
        let size = JSBigInt::LIMBS_OFFSET + limbs * 8;
        let cell = if limbs <= JSBigInt::SMALL_LIMBS {
            alloc.allocate_cell(CellKind::BigInt, size)
        } else {
            alloc.try_allocate_cell(CellKind::BigInt, size)?
        };
        // SAFETY: the cell is new and large enough.
        Ok(unsafe { JSBigInt::init(cell, limbs) })
    }

    /// # Safety
    /// `cell` is new, of kind BigInt, and has room for the struct and the limbs.
    #[inline(always)]
    unsafe fn init(cell: NonNull<Header>, limbs: usize) -> Gc<JSBigInt> {
        let bigint = cell.cast::<JSBigInt>();
        // SAFETY: the cell is new and has room for the struct and the limbs, which are all written here.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::BIGINT);
            (&raw mut (*bigint.as_ptr()).length).write(Cell::new(limbs as u32));
            (&raw mut (*bigint.as_ptr()).padding).write(0);
            bigint.as_ptr().add(1).cast::<u64>().write_bytes(0, limbs);
            Gc::from_ptr(bigint)
        }
    }

    /// The limbs of a new BigInt, for writing.
    ///
    /// # Safety
    /// `bigint` came from `zeroed` or `init`, was not completed yet, and its limbs are not
    /// borrowed.
    #[inline(always)]
    unsafe fn limbs_mut<'a>(bigint: Gc<JSBigInt>) -> &'a mut [u64] {
        // SAFETY: promised by the caller; the cell lives while its pointer is in use.
        unsafe {
            std::slice::from_raw_parts_mut(
                bigint.as_ptr().as_ptr().add(1).cast::<u64>(),
                bigint.length.get() as usize,
            )
        }
    }

    /// Zero.
    pub fn zero<A: CellAllocator>(alloc: A) -> Gc<JSBigInt> {
        JSBigInt::from_magnitude(alloc, Signed::Positive, 0)
    }

    /// A BigInt of at most 128 bits; never fails.
    #[inline]
    fn from_magnitude<A: CellAllocator>(alloc: A, sign: Signed, magnitude: u128) -> Gc<JSBigInt> {
        let limbs = if magnitude == 0 { 0 } else { 1 + usize::from(magnitude >> 64 != 0) };
        let cell = alloc.allocate_cell(CellKind::BigInt, JSBigInt::LIMBS_OFFSET + limbs * 8);
        // SAFETY: the cell is new, large enough, and nobody else has it.
        let bigint = unsafe {
            let bigint = JSBigInt::init(cell, limbs);
            for (i, limb) in JSBigInt::limbs_mut(bigint).iter_mut().enumerate() {
                *limb = (magnitude >> (64 * i)) as u64;
            }
            bigint
        };
        if sign == Signed::Negative && limbs > 0 {
            bigint.header.set_flags(NEGATIVE);
        }
        bigint
    }

    /// A BigInt from sign and limbs, which may have leading zeros.
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn from_limbs<A: CellAllocator>(alloc: A, sign: Signed, limbs: &[u64]) -> BigIntResult {
        let significant = limbs.iter().rposition(|&limb| limb != 0).map_or(0, |i| i + 1);
        let bigint = JSBigInt::zeroed(alloc, significant)?;
        // SAFETY: the BigInt is new.
        unsafe { JSBigInt::limbs_mut(bigint) }.copy_from_slice(&limbs[..significant]);
        complete(bigint, sign)
    }

    #[cfg(test)]
    fn from_ibig<A: CellAllocator>(alloc: A, n: &IBig) -> BigIntResult {
        let (sign, words) = n.as_sign_words();
        let sign = if sign == Sign::Negative { Signed::Negative } else { Signed::Positive };
        JSBigInt::from_limbs(alloc, sign, words)
    }

    fn to_ubig(&self) -> UBig {
        UBig::from_words(self.limbs())
    }

    fn to_ibig(&self) -> IBig {
        let sign = if self.is_negative() { Sign::Negative } else { Sign::Positive };
        IBig::from_sign_words(sign, self.limbs())
    }

    fn sign(&self) -> Signed {
        if self.is_negative() { Signed::Negative } else { Signed::Positive }
    }

    /// The number if it fits 65 bits: the sign and one limb.
    #[inline(always)]
    fn as_small(&self) -> Option<i128> {
        let magnitude = match self.limbs() {
            [] => 0,
            &[limb] => limb as i128,
            _ => return None,
        };
        Some(if self.is_negative() { -magnitude } else { magnitude })
    }
}

/// The sign of a number given by its magnitude.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signed {
    /// Not below zero.
    Positive,
    /// Below zero (a zero magnitude is zero all the same).
    Negative,
}

impl Signed {
    fn of(negative: bool) -> Signed {
        if negative { Signed::Negative } else { Signed::Positive }
    }

    fn flipped(self) -> Signed {
        Signed::of(self == Signed::Positive)
    }
}

/// Ends the making of a BigInt: drops leading zero limbs, sets the sign, checks the size.
fn complete(bigint: Gc<JSBigInt>, sign: Signed) -> BigIntResult {
    let limbs = bigint.limbs();
    let significant = limbs.iter().rposition(|&limb| limb != 0).map_or(0, |i| i + 1);
    if bit_length(&limbs[..significant]) > JSBigInt::MAX_BITS {
        return Err(BigIntError::TooBig);
    }
    bigint.length.set(significant as u32);
    bigint.header.set_flags(if sign == Signed::Negative && significant > 0 { NEGATIVE } else { 0 });
    Ok(bigint)
}

fn bit_length(limbs: &[u64]) -> u64 {
    limbs.last().map_or(0, |top| limbs.len() as u64 * 64 - top.leading_zeros() as u64)
}

impl fmt::Debug for JSBigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.limbs().len() <= 64 {
            write!(f, "{}n", self.to_ibig())
        } else {
            write!(f, "<BigInt of {} bits>", self.bit_length())
        }
    }
}
