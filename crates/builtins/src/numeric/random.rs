//! The generator behind `Math.random`: xorshift128+ (S. Vigna), one stream per isolate.
//!
//! Fast, and good enough for what the specification asks; not for secrets. The host gives the seed, so a run can be
//! repeated.

use std::cell::Cell;

/// The state of the generator; never all zero.
#[derive(Debug)]
pub(crate) struct RandomState(Cell<[u64; 2]>);

impl RandomState {
    /// The stream that `seed` begins.
    pub(crate) fn new(seed: u64) -> RandomState {
        let first = mix(seed);
        let second = mix(first ^ 0x9e37_79b9_7f4a_7c15);
        RandomState(Cell::new([first | 1, second]))
    }

    /// The next number in [0, 1): 53 random bits.
    pub(crate) fn next_f64(&self) -> f64 {
        let [mut a, b] = self.0.get();
        let sum = a.wrapping_add(b);
        a ^= a << 23;
        a ^= a >> 17;
        a ^= b ^ (b >> 26);
        self.0.set([b, a]);
        (sum >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

/// The finalizer of MurmurHash3, which spreads a seed over all bits.
fn mix(mut h: u64) -> u64 {
    h ^= h >> 33;
    h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
    h ^= h >> 33;
    h = h.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ h >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_in_the_unit_interval_and_spread() {
        let random = RandomState::new(0);
        let mut buckets = [0; 10];
        for _ in 0..10_000 {
            let x = random.next_f64();
            assert!((0.0..1.0).contains(&x));
            buckets[(x * 10.0) as usize] += 1;
        }
        assert!(buckets.iter().all(|&count| (800..1200).contains(&count)), "{buckets:?}");
    }

    #[test]
    fn one_seed_is_one_stream() {
        let (a, b) = (RandomState::new(7), RandomState::new(7));
        assert!((0..10).all(|_| a.next_f64() == b.next_f64()));
        assert_ne!(RandomState::new(8).next_f64(), RandomState::new(7).next_f64());
    }
}
