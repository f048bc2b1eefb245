//! Secret factors as signed digits to base 32: the factor + 16·(1 + 32 + 32² + …) has plain digits, each of
//! which is larger by 16 than the signed one.

use zeroize::Zeroize;

/// Digits of a scalar: 51 · 5 = 255 bits.
pub(crate) const DIGITS: usize = 51;

/// Half the base, which the signed digits are shifted by.
pub(crate) const HALF: u8 = 16;

/// The words of 16·(1 + 32 + … + 32^50).
const HALVES: [u64; 4] = {
    let (mut words, mut place) = ([0u64; 4], 4u32);
    while place < 255 {
        let [w0, w1, w2, w3] = &mut words;
        let word = match place / 64 {
            0 => w0,
            1 => w1,
            2 => w2,
            _ => w3,
        };
        *word |= 1 << (place % 64);
        place += 5;
    }
    words
};

/// Of a scalar below 2^253: shifted by 16 in each place.
pub(crate) fn of_scalar(scalar: &[u8; 32]) -> [u8; 32] {
    plus(scalar, HALVES)
}

/// Adds in constant time, modulo 2^256.
pub(crate) fn plus(number: &[u8; 32], words: [u64; 4]) -> [u8; 32] {
    let (mut sum, mut carry) = (*number, 0u64);
    for (word, other) in sum.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        let (one, over) = u64::from_le_bytes(*word).overflowing_add(other);
        let (one, again) = one.overflowing_add(carry);
        carry = u64::from(over | again);
        *word = one.to_le_bytes();
    }
    sum
}

/// Of a reading below 2^bits in size, which has [`count`] digits.
pub(crate) fn of_reading(reading: i64, bits: u32) -> [u8; 32] {
    let [low, high, ..] = HALVES;
    let digits = bits.wrapping_add(2).div_ceil(5);
    let halves = (u128::from(high) << 64 | u128::from(low)) & !(u128::MAX << digits.wrapping_mul(5));
    let sum = i128::from(reading).cast_unsigned().wrapping_add(halves).to_le_bytes();
    let mut out = [0; 32];
    for (place, byte) in out.iter_mut().zip(sum) {
        *place = byte;
    }
    out
}

/// Digits of a reading below 2^bits in size. Two bits more than it has, since 16·(1 + … + 32^(n−1)) is little
/// more than half of 32^n.
pub(crate) fn count(bits: u32) -> usize {
    bits.wrapping_add(2).div_ceil(5) as usize
}

/// The shifted digits one after the other, from the lowest.
#[derive(Zeroize)]
#[zeroize(drop)]
pub(super) struct Digits([u64; 4]);

impl Digits {
    pub(super) fn new(shifted: &[u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(shifted.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Digits(words)
    }

    pub(super) fn next(&mut self) -> u8 {
        let [w0, w1, w2, w3] = self.0;
        self.0 = [w0 >> 5 | w1 << 59, w1 >> 5 | w2 << 59, w2 >> 5 | w3 << 59, w3 >> 5];
        let [low, ..] = w0.to_le_bytes();
        low & 31
    }
}
