//! Shifts, bit operations in two's complement, and the wrapping of `asIntN` and `asUintN`.
//!
//! BigInts are stored as sign and magnitude, but the operators are defined on two's complement with infinitely many sign
//! bits (6.1.6.2.17 and following). `TwosComplement` shows a magnitude in that form limb by limb without a copy: below
//! the lowest limb that is not zero all limbs are zero, at it the limb is negated, above it all bits are flipped.

use unspool_gc::Gc;

use super::{BigIntError, BigIntResult, JSBigInt, Signed, complete};
use crate::cell::CellAllocator;

/// The limbs of a number in two's complement, as many as one asks for.
struct TwosComplement<'a> {
    limbs: &'a [u64],
    negative: bool,
    /// Index of the lowest limb that is not zero: below it the complement is zero too, above it every bit is flipped.
    lowest: usize,
}

impl<'a> TwosComplement<'a> {
    fn new(x: &'a JSBigInt) -> TwosComplement<'a> {
        let limbs = x.limbs();
        let lowest = limbs.iter().position(|&limb| limb != 0).unwrap_or(0);
        TwosComplement { limbs, negative: x.is_negative(), lowest }
    }

    #[inline]
    fn limb(&self, i: usize) -> u64 {
        let limb = self.limbs.get(i).copied().unwrap_or(0);
        match self.negative {
            false => limb,
            true if i < self.lowest => 0,
            true if i == self.lowest => limb.wrapping_neg(),
            true => !limb,
        }
    }
}

/// Replaces limbs in two's complement by their negation.
fn negate_in_place(limbs: &mut [u64]) {
    let mut carry = true;
    for limb in limbs {
        let (negated, overflow) = (!*limb).overflowing_add(carry as u64);
        *limb = negated;
        carry = overflow;
    }
}

fn combine<A: CellAllocator>(
    alloc: A,
    x: Gc<JSBigInt>,
    y: Gc<JSBigInt>,
    op: impl Fn(u64, u64) -> u64,
) -> BigIntResult {
    let (a, b) = (TwosComplement::new(&x), TwosComplement::new(&y));
    // One limb more than the operands have holds the sign.
    let length = a.limbs.len().max(b.limbs.len()) + 1;
    let result = JSBigInt::zeroed(alloc, length)?;
    // SAFETY: the BigInt is new.
    let to = unsafe { JSBigInt::limbs_mut(result) };
    for (i, limb) in to.iter_mut().enumerate() {
        *limb = op(a.limb(i), b.limb(i));
    }
    let negative = to[length - 1] >> 63 == 1;
    if negative {
        negate_in_place(to);
    }
    complete(result, Signed::of(negative))
}

impl JSBigInt {
    /// BigInt::bitwiseAND (6.1.6.2.20).
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn bitwise_and<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        combine(alloc, x, y, |a, b| a & b)
    }

    /// BigInt::bitwiseOR (6.1.6.2.22).
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn bitwise_or<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        combine(alloc, x, y, |a, b| a | b)
    }

    /// BigInt::bitwiseXOR (6.1.6.2.21).
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn bitwise_xor<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        combine(alloc, x, y, |a, b| a ^ b)
    }

    /// BigInt::bitwiseNOT (6.1.6.2.2): −x − 1.
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn bitwise_not<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>) -> BigIntResult {
        let length = x.limbs().len() + 1;
        let result = JSBigInt::zeroed(alloc, length)?;
        let source = TwosComplement::new(&x);
        // SAFETY: the BigInt is new.
        let to = unsafe { JSBigInt::limbs_mut(result) };
        for (i, limb) in to.iter_mut().enumerate() {
            *limb = !source.limb(i);
        }
        let negative = !x.is_negative();
        if negative {
            negate_in_place(to);
        }
        complete(result, Signed::of(negative))
    }

    /// BigInt::leftShift (6.1.6.2.9).
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn left_shift<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        if y.is_negative() { shift_right(alloc, x, y.limbs()) } else { shift_left(alloc, x, y.limbs()) }
    }

    /// BigInt::signedRightShift (6.1.6.2.10): rounds towards minus infinity.
    ///
    /// # Errors
    /// Too big (when shifting by a negative amount), or beyond the memory limit.
    pub fn signed_right_shift<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        if y.is_negative() { shift_left(alloc, x, y.limbs()) } else { shift_right(alloc, x, y.limbs()) }
    }

    /// BigInt.asUintN (21.2.2.2): `x` modulo 2^bits.
    ///
    /// # Errors
    /// Too big (for negative `x` and huge `bits`), or beyond the memory limit.
    pub fn as_uint_n<A: CellAllocator>(alloc: A, bits: u64, x: Gc<JSBigInt>) -> BigIntResult {
        if !x.is_negative() && x.bit_length() <= bits {
            return Ok(x);
        }
        if bits > JSBigInt::MAX_BITS {
            return Err(BigIntError::TooBig);
        }
        let result = low_bits(alloc, bits, x)?;
        complete(result, Signed::Positive)
    }

    /// BigInt.asIntN (21.2.2.1): the number congruent to `x` modulo 2^bits in the signed range of that many bits.
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn as_int_n<A: CellAllocator>(alloc: A, bits: u64, x: Gc<JSBigInt>) -> BigIntResult {
        if bits == 0 {
            return Ok(JSBigInt::zero(alloc));
        }
        // With fewer bits than the type has, both signs fit.
        if x.bit_length() < bits {
            return Ok(x);
        }
        // Here bits is at most the number's length, which is within bounds.
        let result = low_bits(alloc, bits, x)?;
        // SAFETY: the BigInt was not completed yet.
        let to = unsafe { JSBigInt::limbs_mut(result) };
        let top = ((bits - 1) / 64) as usize;
        let negative = to[top] >> ((bits - 1) % 64) & 1 == 1;
        if negative {
            negate_in_place(to);
            mask_top(to, bits);
        }
        complete(result, Signed::of(negative))
    }
}

/// The low bits of `x` in two's complement, not yet completed.
fn low_bits<A: CellAllocator>(alloc: A, bits: u64, x: Gc<JSBigInt>) -> BigIntResult {
    let result = JSBigInt::zeroed(alloc, bits.div_ceil(64) as usize)?;
    let source = TwosComplement::new(&x);
    // SAFETY: the BigInt is new.
    let to = unsafe { JSBigInt::limbs_mut(result) };
    for (i, limb) in to.iter_mut().enumerate() {
        *limb = source.limb(i);
    }
    mask_top(to, bits);
    Ok(result)
}

/// Clears the bits from `bits` on in limbs that are just enough for that many.
fn mask_top(limbs: &mut [u64], bits: u64) {
    if let Some(top) = limbs.last_mut()
        && !bits.is_multiple_of(64)
    {
        *top &= (1 << (bits % 64)) - 1;
    }
}

fn shift_left<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, amount: &[u64]) -> BigIntResult {
    if x.is_zero() {
        return Ok(x);
    }
    let shift = match *amount {
        [] => return Ok(x),
        [shift] if shift < JSBigInt::MAX_BITS => shift,
        _ => return Err(BigIntError::TooBig),
    };
    if x.bit_length() + shift > JSBigInt::MAX_BITS {
        return Err(BigIntError::TooBig);
    }
    let (whole, part) = ((shift / 64) as usize, (shift % 64) as u32);
    let source = x.limbs();
    let result = JSBigInt::zeroed(alloc, source.len() + whole + 1)?;
    // SAFETY: the BigInt is new.
    let to = unsafe { JSBigInt::limbs_mut(result) };
    for (i, &limb) in source.iter().enumerate() {
        let wide = (limb as u128) << part;
        to[i + whole] |= wide as u64;
        to[i + whole + 1] = (wide >> 64) as u64;
    }
    complete(result, x.sign())
}

fn shift_right<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, amount: &[u64]) -> BigIntResult {
    let all_gone = || {
        if x.is_negative() { JSBigInt::from_i64(alloc, -1) } else { JSBigInt::zero(alloc) }
    };
    let shift = match *amount {
        [] => return Ok(x),
        [shift] if shift < x.bit_length() => shift,
        _ if x.is_zero() => return Ok(x),
        _ => return Ok(all_gone()),
    };
    let (whole, part) = ((shift / 64) as usize, (shift % 64) as u32);
    let source = x.limbs();
    // One limb more for the rounding of negative numbers.
    let length = source.len() - whole;
    let result = JSBigInt::zeroed(alloc, length + 1)?;
    // SAFETY: the BigInt is new.
    let to = unsafe { JSBigInt::limbs_mut(result) };
    for i in 0..length {
        let high = source.get(i + whole + 1).copied().unwrap_or(0);
        let wide = (high as u128) << 64 | source[i + whole] as u128;
        to[i] = (wide >> part) as u64;
    }
    let lost = source[..whole].iter().any(|&limb| limb != 0) || source[whole] & ((1 << part) - 1) != 0;
    if x.is_negative() && lost {
        for limb in to {
            let (sum, carry) = limb.overflowing_add(1);
            *limb = sum;
            if !carry {
                break;
            }
        }
    }
    complete(result, x.sign())
}
