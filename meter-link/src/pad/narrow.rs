//! Signed sums on a processor without vectors: key after key as the caller names them, and the sum of one channel in
//! halves, which is reduced once.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::batch::{BLOCK, Element};
use super::chacha::{self, Nonce};
use crate::field::Field64;
use crate::key::PairKey;

/// Adds the pads of keys with `true` to `sum` and subtracts the others'. (Never inlined: what it leaves on the stack is
/// below its caller, who overwrites it.)
#[inline(never)]
pub(super) fn add<'k>(
    keys: impl Iterator<Item = (&'k PairKey, bool)>,
    (first, stream): (Nonce, u32),
    sum: &mut [Field64],
) {
    if let [sum] = sum {
        let mut halves = Halves::default();
        for (key, added) in keys {
            halves.add(chacha::first_words(key, first, stream), added);
        }
        *sum += halves.reduced();
        return;
    }
    keys.for_each(|(key, added)| add_blocks(key, added, (first, stream), sum));
}

/// The pad of one key, several channels of it. (Not generic over the list of keys, so that it is compiled once.)
#[inline(never)]
fn add_blocks(key: &PairKey, added: bool, (mut nonce, stream): (Nonce, u32), sum: &mut [Field64]) {
    for sum in sum.chunks_mut(BLOCK) {
        let block = chacha::block(key, nonce, stream);
        for (sum, words) in sum.iter_mut().zip(block.as_chunks::<BLOCK>().0) {
            let element = Field64::from_words(*words);
            *sum = if added { sum.plus(element) } else { sum.minus(element) };
        }
        nonce.counter = nonce.counter.wrapping_add(1);
    }
}

/// low + 2^32·high. A pad changes each by less than 2^33, so 2^30 of them fit.
#[derive(Default, Zeroize, ZeroizeOnDrop)] // with the message they would give the reading
struct Halves {
    low: i64,
    high: i64,
}

impl Halves {
    /// The words are a + 2^32·b + 2^64·c + 2^96·d ≡ (a − c − d) + 2^32·(b + c).
    #[inline(always)]
    fn add(&mut self, [a, b, c, d]: [u32; 4], added: bool) {
        let (a, b, c, d) = (i64::from(a), i64::from(b), i64::from(c), i64::from(d));
        let low = a.wrapping_sub(c).wrapping_sub(d);
        let high = b.wrapping_add(c);
        if added {
            self.low = self.low.wrapping_add(low);
            self.high = self.high.wrapping_add(high);
        } else {
            self.low = self.low.wrapping_sub(low);
            self.high = self.high.wrapping_sub(high);
        }
    }

    fn reduced(&self) -> Field64 {
        Field64::from_i64(self.low) + Field64::from_i64(self.high) * Field64::from_u64(1 << 32)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::pad::{Path, Round, Stream, signed_sum_on};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_the_vectors() {
        let keys: Vec<PairKey> = (0..100u8).map(|k| PairKey::from_bytes(&[k; 32])).collect();
        for count in [0, 1, 2, 15, 16, 17, 92, 100] {
            for channels in [0, 1, 2, 3, 4, 5, 8, 9] {
                for counter in [0, 7] {
                    let signed = || keys.iter().take(count).enumerate().map(|(k, key)| (key, k % 3 != 1));
                    let (mut expected, mut sum) = ([Field64::from_i64(-9); 9], [Field64::from_i64(-9); 9]);
                    let round = Round::from(77);
                    signed_sum_on(
                        Path::BEST,
                        counter,
                        signed(),
                        round,
                        Stream::Mask,
                        &mut expected[..channels],
                    );
                    let nonce = (Nonce { counter, round: 77 }, Stream::Mask as u32);
                    add(signed(), nonce, &mut sum[..channels]);
                    assert_eq!(sum, expected, "{count} keys, {channels} channels");
                }
            }
        }
    }

    /// A keystream word at which a carry or a borrow happens, or any.
    fn word() -> impl Strategy<Value = u32> {
        prop_oneof![Just(0), Just(1), Just(u32::MAX), Just(1 << 31), any::<u32>()]
    }

    proptest! {
        #[test]
        fn halves_are_the_sum_of_the_elements(
            pads in proptest::collection::vec((word(), word(), word(), word(), any::<bool>()), 0..300),
        ) {
            let (mut halves, mut expected) = (Halves::default(), Field64::ZERO);
            for (a, b, c, d, added) in pads {
                halves.add([a, b, c, d], added);
                let element = Field64::from_words([a, b, c, d]);
                expected = if added { expected + element } else { expected - element };
            }
            prop_assert_eq!(halves.reduced(), expected);
        }

        #[test]
        fn halves_of_any_size_are_reduced(low: i64, high: i64) {
            let p = i128::from(Field64::MODULUS);
            let value = (i128::from(low) + (i128::from(high) << 32)).rem_euclid(p);
            prop_assert_eq!(i128::from(Halves { low, high }.reduced().to_u64()), value);
        }
    }
}
