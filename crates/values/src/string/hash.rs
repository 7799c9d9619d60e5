//! The string hash.
//!
//! A seeded multiply-fold hash (each step multiplies two 64-bit words to 128 bits and folds the halves), in the spirit
//! of wyhash. It is a function of the code units, not of their representation: wide strings whose units all fit one
//! byte hash as their Latin-1 form. The seed differs per isolate so that colliding keys cannot be prepared in advance.
//! Zero is never a hash: it marks "not computed" in the string cell.

use super::view::units_fit_latin1;

/// The seed of an isolate's string hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashSeed(u64);

impl HashSeed {
    /// A seed from random (or, for reproducible runs, fixed) bits.
    pub const fn new(bits: u64) -> HashSeed {
        HashSeed(bits)
    }
}

const K0: u64 = 0xa076_1d64_78bd_642f;
const K1: u64 = 0xe703_7ed1_a0b4_28db;
const K2: u64 = 0x8ebc_6af0_9c88_c6e3;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let wide = a as u128 * b as u128;
    wide as u64 ^ (wide >> 64) as u64
}

#[inline(always)]
fn read8(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn read4(bytes: &[u8], at: usize) -> u64 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as u64
}

/// Hash of Latin-1 characters.
#[inline]
pub(crate) fn hash_latin1(seed: HashSeed, bytes: &[u8]) -> u32 {
    let n = bytes.len();
    if n > 16 {
        return hash_long(seed, bytes);
    }
    let (a, b) = if n >= 8 {
        (read8(bytes, 0), read8(bytes, n - 8))
    } else if n >= 4 {
        (read4(bytes, 0), read4(bytes, n - 4))
    } else if n > 0 {
        (bytes[0] as u64 | (bytes[n / 2] as u64) << 8, bytes[n - 1] as u64)
    } else {
        (0, 0)
    };
    finish(seed, a, b, n)
}

#[inline(always)]
fn finish(seed: HashSeed, a: u64, b: u64, length: usize) -> u32 {
    let h = fold(a ^ K0 ^ seed.0, b ^ K1 ^ length as u64);
    let h = fold(h ^ K2, seed.0 ^ K1);
    let h = (h >> 32) as u32 ^ h as u32;
    h.max(1)
}

fn hash_long(seed: HashSeed, bytes: &[u8]) -> u32 {
    let n = bytes.len();
    let mut state = seed.0 ^ K2;
    let mut at = 0;
    while n - at > 16 {
        state = fold(read8(bytes, at) ^ K1, read8(bytes, at + 8) ^ state);
        at += 16;
    }
    finish(HashSeed(state), read8(bytes, n - 16), read8(bytes, n - 8), n)
}

/// Hash of wide characters.
pub(crate) fn hash_utf16(seed: HashSeed, units: &[u16]) -> u32 {
    if units_fit_latin1(units) {
        return hash_narrowed(seed, units);
    }
    let mut state = seed.0 ^ K0;
    let mut blocks = units.chunks_exact(4);
    let pack = |block: &[u16]| block.iter().rev().fold(0u64, |acc, &c| acc << 16 | c as u64);
    for block in blocks.by_ref() {
        state = fold(pack(block) ^ K1, state ^ K2);
    }
    finish(HashSeed(state), pack(blocks.remainder()), 0, units.len())
}

#[cold]
fn hash_narrowed(seed: HashSeed, units: &[u16]) -> u32 {
    let mut buffer = [0u8; 64];
    if let Some(narrow) = buffer.get_mut(..units.len()) {
        for (to, &from) in narrow.iter_mut().zip(units) {
            *to = from as u8;
        }
        hash_latin1(seed, narrow)
    } else {
        let narrow: Vec<u8> = units.iter().map(|&c| c as u8).collect();
        hash_latin1(seed, &narrow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn representation_does_not_matter() {
        let seed = HashSeed::new(42);
        for n in 0..200usize {
            let narrow: Vec<u8> = (0..n).map(|i| (i * 37 + n) as u8).collect();
            let wide: Vec<u16> = narrow.iter().map(|&c| c as u16).collect();
            assert_eq!(hash_latin1(seed, &narrow), hash_utf16(seed, &wide), "length {n}");
        }
    }

    #[test]
    fn short_strings_spread() {
        let seed = HashSeed::new(7);
        let mut seen = std::collections::HashSet::new();
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                seen.insert(hash_latin1(seed, &[a, b]));
            }
        }
        // 65,536 draws from 2^32 collide about once by chance.
        assert!(seen.len() > 65_530, "{}", seen.len());
    }
}
