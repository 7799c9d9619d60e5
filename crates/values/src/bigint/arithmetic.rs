//! Addition, subtraction, multiplication, division, remainder, powers (6.1.6.2).
//!
//! Sums and differences of operands with at most one limb are computed in 128 bits. Otherwise an operation allocates a
//! cell for as many limbs as the result can have, works in place, and cuts leading zeros off at the end. Products and
//! quotients of large numbers go through `dashu-int`, whose algorithms are better than quadratic.
//!
//! Mixing with numbers is a TypeError that the callers throw; here both operands are BigInts.

use std::cmp::Ordering;

use unspool_gc::Gc;

use super::{BigIntError, BigIntResult, JSBigInt, Signed, complete};
use crate::cell::CellAllocator;

/// Products in which the shorter factor has at most this many limbs are computed by the schoolbook method in place; the
/// library's faster methods begin to pay at a few dozen limbs.
const SCHOOLBOOK_LIMBS: usize = 24;

impl JSBigInt {
    /// BigInt::unaryMinus (6.1.6.2.1).
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn negate<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>) -> BigIntResult {
        JSBigInt::from_limbs(alloc, x.sign().flipped(), x.limbs())
    }

    /// BigInt::add (6.1.6.2.7).
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    #[inline]
    pub fn add<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        match (x.as_small(), y.as_small()) {
            (Some(a), Some(b)) => Ok(JSBigInt::from_i128(alloc, a + b)),
            _ => add_signed(alloc, x, y, y.sign()),
        }
    }

    /// BigInt::subtract (6.1.6.2.8).
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    #[inline]
    pub fn subtract<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        match (x.as_small(), y.as_small()) {
            (Some(a), Some(b)) => Ok(JSBigInt::from_i128(alloc, a - b)),
            _ => add_signed(alloc, x, y, y.sign().flipped()),
        }
    }

    /// `x` + 1, for `++`.
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn increment<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>) -> BigIntResult {
        add_limbs(alloc, x, &[1], Signed::Positive)
    }

    /// `x` − 1, for `--`.
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    pub fn decrement<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>) -> BigIntResult {
        add_limbs(alloc, x, &[1], Signed::Negative)
    }

    /// BigInt::multiply (6.1.6.2.4).
    ///
    /// # Errors
    /// Too big, or beyond the memory limit.
    #[inline]
    pub fn multiply<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        let sign = Signed::of(x.is_negative() != y.is_negative());
        if let (&[a], &[b]) = (x.limbs(), y.limbs()) {
            return Ok(JSBigInt::from_magnitude(alloc, sign, a as u128 * b as u128));
        }
        multiply_large(alloc, x, y, sign)
    }

    /// BigInt::divide (6.1.6.2.5): truncates.
    ///
    /// # Errors
    /// Division by zero, or beyond the memory limit.
    pub fn divide<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        let sign = Signed::of(x.is_negative() != y.is_negative());
        match (x.limbs(), y.limbs()) {
            (_, []) => Err(BigIntError::DivisionByZero),
            (&[a], &[b]) => Ok(JSBigInt::from_magnitude(alloc, sign, (a / b) as u128)),
            (dividend, &[b]) => {
                let quotient = JSBigInt::zeroed(alloc, dividend.len())?;
                // SAFETY: the BigInt is new.
                let limbs = unsafe { JSBigInt::limbs_mut(quotient) };
                divide_by_limb(dividend, b, |i, digit| limbs[i] = digit);
                complete(quotient, sign)
            }
            (dividend, divisor) if dividend.len() < divisor.len() => Ok(JSBigInt::zero(alloc)),
            _ => JSBigInt::from_limbs(alloc, sign, (x.to_ubig() / y.to_ubig()).as_words()),
        }
    }

    /// BigInt::remainder (6.1.6.2.6): has the sign of the dividend.
    ///
    /// # Errors
    /// Division by zero, or beyond the memory limit.
    pub fn remainder<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>) -> BigIntResult {
        match (x.limbs(), y.limbs()) {
            (_, []) => Err(BigIntError::DivisionByZero),
            (dividend, &[b]) => {
                let rest = divide_by_limb(dividend, b, |_, _| ());
                Ok(JSBigInt::from_magnitude(alloc, x.sign(), rest as u128))
            }
            (dividend, divisor) if dividend.len() < divisor.len() => Ok(x),
            _ => JSBigInt::from_limbs(alloc, x.sign(), (x.to_ubig() % y.to_ubig()).as_words()),
        }
    }

    /// BigInt::exponentiate (6.1.6.2.3).
    ///
    /// # Errors
    /// Negative exponent, too big, or beyond the memory limit.
    pub fn exponentiate<A: CellAllocator>(
        alloc: A,
        base: Gc<JSBigInt>,
        exponent: Gc<JSBigInt>,
    ) -> BigIntResult {
        if exponent.is_negative() {
            return Err(BigIntError::NegativeExponent);
        }
        let odd = exponent.limbs().first().is_some_and(|limb| limb & 1 == 1);
        let sign = Signed::of(base.is_negative() && odd);
        match (base.limbs(), exponent.limbs()) {
            (_, []) => Ok(JSBigInt::from_magnitude(alloc, Signed::Positive, 1)),
            ([], _) => Ok(base),
            (&[1], _) => Ok(JSBigInt::from_magnitude(alloc, sign, 1)),
            (_, &[n]) => {
                // The result has more than (bits − 1) × n bits.
                let bits = (base.bit_length() - 1).saturating_mul(n);
                if bits >= JSBigInt::MAX_BITS {
                    return Err(BigIntError::TooBig);
                }
                if base.limbs() == [2] {
                    return JSBigInt::power_of_two(alloc, sign, n);
                }
                JSBigInt::from_limbs(alloc, sign, base.to_ubig().pow(n as usize).as_words())
            }
            _ => Err(BigIntError::TooBig),
        }
    }

    fn power_of_two<A: CellAllocator>(alloc: A, sign: Signed, exponent: u64) -> BigIntResult {
        let top = (exponent / 64) as usize;
        let power = JSBigInt::zeroed(alloc, top + 1)?;
        // SAFETY: the BigInt is new.
        let limbs = unsafe { JSBigInt::limbs_mut(power) };
        limbs[top] = 1 << (exponent % 64);
        complete(power, sign)
    }
}

/// `x` plus a number with the magnitude of `y` and the given sign.
fn add_signed<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: Gc<JSBigInt>, y_sign: Signed) -> BigIntResult {
    add_limbs(alloc, x, y.limbs(), y_sign)
}

fn add_limbs<A: CellAllocator>(alloc: A, x: Gc<JSBigInt>, y: &[u64], y_sign: Signed) -> BigIntResult {
    let a = x.limbs();
    if x.sign() == y_sign {
        let (long, short) = if a.len() >= y.len() { (a, y) } else { (y, a) };
        let sum = JSBigInt::zeroed(alloc, long.len() + 1)?;
        // SAFETY: the BigInt is new.
        let to = unsafe { JSBigInt::limbs_mut(sum) };
        let mut carry = false;
        for (i, &limb) in long.iter().enumerate() {
            let (s, c1) = limb.overflowing_add(short.get(i).copied().unwrap_or(0));
            let (s, c2) = s.overflowing_add(carry as u64);
            to[i] = s;
            carry = c1 | c2;
        }
        to[long.len()] = carry as u64;
        return complete(sum, y_sign);
    }
    let (large, small, sign) = match super::compare::compare_magnitudes(a, y) {
        Ordering::Equal => return Ok(JSBigInt::zero(alloc)),
        Ordering::Greater => (a, y, x.sign()),
        Ordering::Less => (y, a, y_sign),
    };
    let difference = JSBigInt::zeroed(alloc, large.len())?;
    // SAFETY: the BigInt is new.
    let to = unsafe { JSBigInt::limbs_mut(difference) };
    let mut borrow = false;
    for (i, &limb) in large.iter().enumerate() {
        let (d, b1) = limb.overflowing_sub(small.get(i).copied().unwrap_or(0));
        let (d, b2) = d.overflowing_sub(borrow as u64);
        to[i] = d;
        borrow = b1 | b2;
    }
    complete(difference, sign)
}

fn multiply_large<A: CellAllocator>(
    alloc: A,
    x: Gc<JSBigInt>,
    y: Gc<JSBigInt>,
    sign: Signed,
) -> BigIntResult {
    let (a, b) = (x.limbs(), y.limbs());
    if a.is_empty() || b.is_empty() {
        return Ok(JSBigInt::zero(alloc));
    }
    // The product has at least one bit less than the factors together.
    if x.bit_length() + y.bit_length() - 1 > JSBigInt::MAX_BITS {
        return Err(BigIntError::TooBig);
    }
    if a.len().min(b.len()) > SCHOOLBOOK_LIMBS {
        return JSBigInt::from_limbs(alloc, sign, (x.to_ubig() * y.to_ubig()).as_words());
    }
    let product = JSBigInt::zeroed(alloc, a.len() + b.len())?;
    // SAFETY: the BigInt is new.
    let to = unsafe { JSBigInt::limbs_mut(product) };
    for (i, &p) in a.iter().enumerate() {
        let mut carry = 0u64;
        for (j, &q) in b.iter().enumerate() {
            // At most (2^64 − 1)^2 + 2 (2^64 − 1) = 2^128 − 1.
            let t = p as u128 * q as u128 + to[i + j] as u128 + carry as u128;
            to[i + j] = t as u64;
            carry = (t >> 64) as u64;
        }
        to[i + b.len()] = carry;
    }
    complete(product, sign)
}

/// Long division by one limb: reports the quotient's limbs from the most significant down, returns the rest.
fn divide_by_limb(dividend: &[u64], divisor: u64, mut quotient: impl FnMut(usize, u64)) -> u64 {
    let mut rest = 0u64;
    for (i, &limb) in dividend.iter().enumerate().rev() {
        let head = (rest as u128) << 64 | limb as u128;
        quotient(i, (head / divisor as u128) as u64);
        rest = (head % divisor as u128) as u64;
    }
    rest
}
