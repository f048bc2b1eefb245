//! Arithmetic on words of 64 bits, the lowest first, of fixed number: as many as the modulus has. A modulus whose words
//! are all zero is the power of 2^64 that they have no room for. No branch, index or division depends on what the words
//! are, but for [`of`] and [`number`].

use alloc::vec::Vec;

use num_bigint::BigUint;
use zeroize::Zeroizing;

/// The lowest `count` words of a number.
pub(super) fn of(number: &BigUint, count: usize) -> Vec<u64> {
    let mut words = alloc::vec![0; count];
    words.iter_mut().zip(number.iter_u64_digits()).for_each(|(place, digit)| *place = digit);
    words
}

pub(super) fn number(words: &[u64]) -> BigUint {
    let mut bytes = Vec::with_capacity(words.len().wrapping_mul(8));
    words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
    BigUint::from_bytes_le(&bytes)
}

/// `a + b` of two residues.
pub(super) fn add(a: &[u64], b: &[u64], modulus: &[u64]) -> Vec<u64> {
    let mut sum = Zeroizing::new(alloc::vec![0; modulus.len()]);
    let carried = chain(&mut sum, a, b, u64::overflowing_add);
    let mut less = Zeroizing::new(alloc::vec![0; modulus.len()]);
    let borrowed = chain(&mut less, &sum, modulus, u64::overflowing_sub);
    let reduced = mask(carried | !borrowed);
    less.iter().zip(sum.iter()).map(|(less, sum)| (less & reduced) | (sum & !reduced)).collect()
}

/// `a − b` of two residues.
pub(super) fn sub(a: &[u64], b: &[u64], modulus: &[u64]) -> Vec<u64> {
    let mut less = Zeroizing::new(alloc::vec![0; modulus.len()]);
    let back = mask(chain(&mut less, a, b, u64::overflowing_sub));
    let mut added = alloc::vec![0; modulus.len()];
    let modulus: Zeroizing<Vec<u64>> = Zeroizing::new(modulus.iter().map(|word| word & back).collect());
    chain(&mut added, &less, &modulus, u64::overflowing_add);
    added
}

/// Whether `times` (1 or 2) times a number is below the modulus.
pub(super) fn below(number: &[u64], times: u32, modulus: &[u64]) -> bool {
    let mut times_number = Zeroizing::new(number.to_vec());
    let doubled = mask(times == 2);
    let again: Zeroizing<Vec<u64>> = Zeroizing::new(number.iter().map(|word| word & doubled).collect());
    let carried = chain(&mut times_number, number, &again, u64::overflowing_add);
    let mut less = Zeroizing::new(alloc::vec![0; modulus.len()]);
    let borrowed = chain(&mut less, &times_number, modulus, u64::overflowing_sub);
    let power = modulus.iter().all(|word| *word == 0);
    !carried & (borrowed | power)
}

/// `⌊x·M / 2^(64·n)⌋` for x of n words, one more than the modulus.
pub(super) fn scale(x: &[u64], modulus: &[u64]) -> Vec<u64> {
    if modulus.iter().all(|word| *word == 0) {
        return x.iter().copied().skip(1).collect();
    }
    let mut product = Zeroizing::new(alloc::vec![0u64; x.len().wrapping_add(modulus.len())]);
    for (offset, factor) in x.iter().enumerate() {
        let mut carry = 0;
        let row = modulus.iter().chain(&[0]);
        for (place, word) in product.iter_mut().skip(offset).zip(row) {
            let whole = u128::from(*factor).wrapping_mul((*word).into());
            let whole = whole.wrapping_add((*place).into()).wrapping_add(carry);
            *place = low(whole);
            carry = whole >> 64;
        }
    }
    product.iter().copied().skip(x.len()).collect()
}

/// Word by word with what goes over into the next one; returns what the last one leaves.
fn chain(out: &mut [u64], a: &[u64], b: &[u64], step: fn(u64, u64) -> (u64, bool)) -> bool {
    let mut over = false;
    for (place, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        let (word, first) = step(*a, *b);
        let (word, second) = step(word, over.into());
        *place = word;
        over = first | second;
    }
    over
}

const fn mask(all: bool) -> u64 {
    0u64.wrapping_sub(all as u64)
}

#[allow(clippy::cast_possible_truncation)] // the lower half is what is wanted
const fn low(wide: u128) -> u64 {
    wide as u64
}
