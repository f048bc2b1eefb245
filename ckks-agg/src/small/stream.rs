//! Keystreams read word by word, as polynomials.

use meter_link::pad::Keystream;
use zeroize::{Zeroize, Zeroizing};

use super::DEGREE;
use super::prime::Prime;

/// What a keystream is read for.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(super) enum Label {
    Secret = 1,
    PublicKey = 2,
    EncryptionKey = 4,
    FirstError = 5,
    SecondError = 6,
    Seeded = 7,
    Joint = 12,
}

/// The residues of a uniform polynomial, in the order of the transform: words of as many bits as the prime has, those left
/// out that are not below it. Hands each to `take` until that is [`Done`]. `place`: of the prime.
#[inline(always)]
pub(super) fn uniform(
    seed: &[u8; 32],
    label: Label,
    place: u32,
    prime: &Prime,
    mut take: impl FnMut(u32) -> Option<Done>,
) {
    let mask = u32::MAX >> prime.q.leading_zeros();
    let mut keystream = Keystream::new(seed, label as u64, place);
    let mut block = [[0; 64]];
    loop {
        keystream.fill(&mut block);
        for word in block.as_flattened().as_chunks().0 {
            let word = u32::from_le_bytes(*word) & mask;
            if word < prime.q && take(word).is_some() {
                return;
            }
        }
    }
}

/// There was no more place.
pub(super) struct Done;

/// −1, 0 and 1, equally often: fields of two bits less 1, those left out that are 3. Hands each coefficient to `take`, from
/// that of X⁰ on, until that is [`Done`].
///
/// # Security
/// How long it takes shows which fields of the keystream were left out, and nothing of those that were not.
#[inline(always)]
pub(super) fn ternary(seed: &[u8; 32], label: Label, mut take: impl FnMut(i32) -> Option<Done>) {
    let mut keystream = Keystream::new(seed, label as u64, 0);
    let mut block = Zeroizing::new([[0; 64]]);
    loop {
        keystream.fill(&mut *block);
        for word in block.as_flattened().as_chunks().0 {
            let mut fields = i32::from_le_bytes(*word);
            for _ in 0..16 {
                let field = fields & 3;
                fields >>= 2;
                if field != 3 && take(field.wrapping_sub(1)).is_some() {
                    return;
                }
            }
        }
    }
}

/// Differences of two counts of 21 random bits.
pub(super) fn centred_binomial(seed: &[u8; 32], label: Label, out: &mut [i8; DEGREE]) {
    const HALF: u32 = (1 << 21) - 1;
    let mut keystream = Keystream::new(seed, label as u64, 0);
    let mut block = [[0; 64]];
    for out in out.as_chunks_mut::<8>().0 {
        keystream.fill(&mut block);
        for (out, word) in out.iter_mut().zip(block.as_flattened().as_chunks::<8>().0) {
            let [low, high] = halves(*word);
            let [first, second] = [low & HALF, (low >> 21 | high << 11) & HALF];
            *out = ones(first).wrapping_sub(ones(second));
        }
    }
    block.zeroize();
}

#[allow(clippy::cast_possible_truncation)] // the halves of a word
const fn halves(word: [u8; 8]) -> [u32; 2] {
    let word = u64::from_le_bytes(word);
    [word as u32, (word >> 32) as u32]
}

/// How many of 21 bits are set.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // at most 21
const fn ones(bits: u32) -> i8 {
    let pairs = bits.wrapping_sub(bits >> 1 & 0x5555_5555);
    let fours = (pairs & 0x3333_3333).wrapping_add(pairs >> 2 & 0x3333_3333);
    let eights = fours.wrapping_add(fours >> 4) & 0x0f0f_0f0f;
    (eights.wrapping_mul(0x0101_0101) >> 24) as i8
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::super::prime::PRIMES;
    use super::*;
    use alloc::vec::Vec;
    use chacha20::ChaCha20;
    use chacha20::cipher::{KeyIvInit, StreamCipher};

    /// By another implementation, as bytes: nonce = label u64 ‖ index u32.
    fn keystream(seed: &[u8; 32], label: u64, index: u32, len: usize) -> Vec<u8> {
        let nonce: [u8; 12] = [&label.to_le_bytes()[..], &index.to_le_bytes()].concat().try_into().unwrap();
        let mut bytes = alloc::vec![0; len];
        ChaCha20::new(seed.into(), &nonce.into()).apply_keystream(&mut bytes);
        bytes
    }

    #[test]
    fn uniform_is_the_words_below_the_prime() {
        for (place, prime) in (0..).zip(&PRIMES) {
            let bytes = keystream(&[9; 32], 7, place, 16384);
            let words = bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
            let expected: Vec<u32> = words
                .map(|word| word & ((1 << prime.bits) - 1))
                .filter(|word| *word < prime.q)
                .take(DEGREE)
                .collect();
            let mut residues = Vec::new();
            uniform(&[9; 32], Label::Seeded, place, prime, |residue| {
                residues.push(residue);
                (residues.len() == DEGREE).then_some(Done)
            });
            assert_eq!(residues, expected);
        }
    }

    /// Some seed has a word that must be left out; this one is found, so that the test cannot pass without.
    #[test]
    fn words_are_left_out() {
        let prime = &PRIMES[0];
        let bytes = keystream(&[9; 32], 7, 0, 8192);
        let out =
            bytes.chunks(4).filter(|w| u32::from_le_bytes((*w).try_into().unwrap()) & 0x7ff_ffff >= prime.q);
        assert!(out.count() > 0);
    }

    #[test]
    fn ternary_is_the_fields_below_three() {
        let bytes = keystream(&[3; 32], 4, 0, 1024);
        let fields = bytes.iter().flat_map(|byte| [byte & 3, byte >> 2 & 3, byte >> 4 & 3, byte >> 6]);
        let expected: Vec<i32> =
            fields.filter(|field| *field != 3).map(|field| i32::from(field) - 1).take(DEGREE).collect();
        let mut found = Vec::new();
        ternary(&[3; 32], Label::EncryptionKey, |value| {
            found.push(value);
            (found.len() == DEGREE).then_some(Done)
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn centred_binomial_counts_bits() {
        let bytes = keystream(&[4; 32], 5, 0, 8 * DEGREE);
        let words = bytes.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
        let of = |half: u64| i8::try_from((half & ((1 << 21) - 1)).count_ones()).unwrap();
        let expected: Vec<i8> = words.map(|word| of(word) - of(word >> 21)).collect();
        let mut found = [0; DEGREE];
        centred_binomial(&[4; 32], Label::FirstError, &mut found);
        assert_eq!(found[..], expected);
    }
}
