//! Moduli beyond 2^64: the arithmetic of the ring alone, for interoperability with the papers' formulation, in which M
//! is chosen by the size of the sum, and for readings that are several values packed. The roles' frames carry residues
//! of 8 bytes: there M ends at 2^64 ([`Modulus`](crate::Modulus)).
//!
//! ```text
//! k_ij = k_i1 − δ_ij + δ_(i−1)j          c_ij = m_ij + k_ij          Σ_i c_ij − Σ_i k_i1 = Σ_i m_ij          mod M
//! ```
//! Castelluccia, Mykletun, Tsudik, "Efficient aggregation of encrypted data in wireless sensor networks" (2005).

use alloc::vec::Vec;
use core::fmt;

use meter_link::pad::{self, Stream};
use meter_link::{Malformed, Misuse, PairKey, Round};
use num_bigint::{BigInt, BigUint, Sign};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;

mod words;

/// A modulus of up to 2^16 bits.
///
/// # Security
/// Keys and δ ([`WideKey`]) are words of a fixed number: no branch, index or division depends on them, and they are
/// wiped. What comes and goes as a number of `num-bigint` is handled in **variable time** and not wiped. Of these only
/// the *reading* given to [`WideModulus::encrypt_vartime`] is secret: the time tells its sign and its length in words,
/// and freed memory keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct WideModulus {
    value: BigUint,
    /// The lowest first, as many as M − 1 has. All zero for a power of 2^64.
    words: Vec<u64>,
}

/// A secret residue: a first key, a δ, a round's key or a group key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct WideKey(Vec<u64>);

impl WideModulus {
    /// Bits of the largest modulus.
    pub const MAX_BITS: u64 = 1 << 16;

    /// A modulus.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] below 2 and for more than [`WideModulus::MAX_BITS`].
    pub fn new(modulus: BigUint) -> Result<Self, Error> {
        let bits = modulus.bits();
        if !(2..=Self::MAX_BITS).contains(&bits) {
            return Err(Misuse::BadParameter.into());
        }
        let power = modulus.trailing_zeros() == Some(bits.wrapping_sub(1));
        let of_largest = if power { bits.wrapping_sub(1) } else { bits };
        let count = usize::try_from(of_largest.div_ceil(64)).map_err(|_| Misuse::BadParameter)?;
        let words = words::of(&modulus, count);
        Ok(WideModulus { value: modulus, words })
    }

    /// The least power of two that is fit for sums of `meters` readings of sizes up to `most`: `M > 2·meters·most`. (The
    /// paper, whose readings are not negative, takes `2^⌈log₂(meters·most)⌉`.)
    ///
    /// # Errors
    /// As [`WideModulus::new`].
    pub fn for_sums(meters: u32, most: &BigUint) -> Result<Self, Error> {
        let product = BigInt::from(meters).checked_mul(&most.clone().into()).ok_or(Misuse::BadParameter)?;
        let bits = product.bits().saturating_add(1);
        if bits >= Self::MAX_BITS {
            return Err(Misuse::BadParameter.into());
        }
        let mut modulus = BigUint::default();
        modulus.set_bit(bits, true);
        Self::new(modulus)
    }

    /// The modulus, as a number.
    pub fn get(&self) -> &BigUint {
        &self.value
    }

    /// Bytes of a key.
    pub fn key_len(&self) -> usize {
        self.words.len().wrapping_mul(8)
    }

    /// Uniform bytes that a residue is made of: 8 more than a key has.
    pub fn uniform_len(&self) -> usize {
        self.key_len().wrapping_add(8)
    }

    /// `⌊x·M / 2^(8·len)⌋` of uniform bytes: words of 8 little-endian bytes, of which the *first* is x's highest. The
    /// probability of each residue differs from 1/M by less than one part in 2^64. Of a power of 2^64 these are the
    /// first words as they are; up to 2^64 it is what the roles do ([`Modulus::scale`](crate::Modulus::scale)).
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] for other than [`WideModulus::uniform_len`] bytes.
    pub fn scale(&self, uniform: &[u8]) -> Result<WideKey, Error> {
        if uniform.len() != self.uniform_len() {
            return Err(Misuse::WrongLength.into());
        }
        let words = uniform.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        let x: Zeroizing<Vec<u64>> = Zeroizing::new(words.rev().collect());
        Ok(WideKey(words::scale(&x, &self.words)))
    }

    /// A fresh residue: a first key, or a drawn δ.
    ///
    /// # Errors
    /// None in practice: the length is this modulus' own.
    pub fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Result<WideKey, Error> {
        let mut bytes = Zeroizing::new(alloc::vec![0u8; self.uniform_len()]);
        rng.fill_bytes(&mut bytes);
        self.scale(&bytes)
    }

    /// δ of [`Mode::Derived`](crate::Mode::Derived), one for each channel. Each takes as many whole elements of 16 bytes
    /// of the ring link's pad, stream delta, as hold [`WideModulus::uniform_len`] bytes, and is made of the first of
    /// these.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] for more channels than fit in memory.
    pub fn derive(&self, link: &PairKey, round: Round, channels: usize) -> Result<Vec<WideKey>, Error> {
        let each = self.uniform_len().div_ceil(16);
        let elements = each.checked_mul(channels).ok_or(Misuse::WrongLength)?;
        let mut pad = Zeroizing::new(alloc::vec![0u128; elements]);
        pad::pad_u128(link, round, Stream::Delta, &mut pad);
        let delta = |elements: &[u128]| {
            let mut bytes = Zeroizing::new(alloc::vec![0u8; each.wrapping_mul(16)]);
            for (place, element) in bytes.as_chunks_mut().0.iter_mut().zip(elements) {
                *place = element.to_le_bytes();
            }
            self.scale(bytes.get(..self.uniform_len()).unwrap_or_default())
        };
        pad.chunks_exact(each).map(delta).collect()
    }

    /// A stored or received key, of [`WideModulus::key_len`] little-endian bytes.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`]; [`Malformed::NotCanonical`] from M on.
    pub fn key(&self, bytes: &[u8]) -> Result<WideKey, Error> {
        if bytes.len() != self.key_len() {
            return Err(Misuse::WrongLength.into());
        }
        let key = WideKey(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect());
        if words::below(&key.0, 1, &self.words) { Ok(key) } else { Err(Malformed::NotCanonical.into()) }
    }

    /// `k_i1 − δ_ij + δ_(i−1)j`.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for keys of another modulus.
    pub fn round_key(&self, first: &WideKey, delta: &WideKey, before: &WideKey) -> Result<WideKey, Error> {
        let half = WideKey(words::sub(self.own(first)?, self.own(delta)?, &self.words));
        Ok(WideKey(words::add(&half.0, self.own(before)?, &self.words)))
    }

    /// `K`, the sum of all first keys.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for keys of another modulus.
    pub fn group_key<'k>(&self, first: impl IntoIterator<Item = &'k WideKey>) -> Result<WideKey, Error> {
        let zero = WideKey(alloc::vec![0; self.words.len()]);
        let add = |sum: WideKey, key| Ok(WideKey(words::add(&sum.0, self.own(key)?, &self.words)));
        first.into_iter().try_fold(zero, add)
    }

    /// `m + k`, the ciphertext.
    ///
    /// # Errors
    /// [`Misuse::ReadingTooLarge`] above `⌊(M − 1)/2⌋` in size; [`Misuse::BadParameter`] for a key of another modulus.
    pub fn encrypt_vartime(&self, reading: &BigInt, key: &WideKey) -> Result<BigUint, Error> {
        let key = self.own(key)?;
        let size = Zeroizing::new(words::of(reading.magnitude(), self.words.len()));
        if reading.magnitude().bits() >= self.value.bits() || !words::below(&size, 2, &self.words) {
            return Err(Misuse::ReadingTooLarge.into());
        }
        let negative = reading.sign() == Sign::Minus;
        let step = if negative { words::sub } else { words::add };
        Ok(words::number(&step(key, &size, &self.words)))
    }

    /// `Σ c − K`, read back as the number of least size, `−⌊M/2⌋ ≤ n ≤ ⌊(M − 1)/2⌋`.
    ///
    /// # Errors
    /// [`Malformed::NotCanonical`] for a ciphertext from M on; [`Misuse::BadParameter`] for a key of another modulus.
    pub fn open<'c>(
        &self,
        ciphertexts: impl IntoIterator<Item = &'c BigUint>,
        group_key: &WideKey,
    ) -> Result<BigInt, Error> {
        let mut sum = alloc::vec![0; self.words.len()];
        for ciphertext in ciphertexts {
            if *ciphertext >= self.value {
                return Err(Malformed::NotCanonical.into());
            }
            sum = words::add(&sum, &words::of(ciphertext, self.words.len()), &self.words);
        }
        let sum = words::sub(&sum, self.own(group_key)?, &self.words);
        let number = BigInt::from(words::number(&sum));
        if words::below(&sum, 2, &self.words) {
            return Ok(number);
        }
        Ok(number.checked_sub(&self.value.clone().into()).unwrap_or(number))
    }

    /// The words of a key, if they can be one of this modulus.
    fn own<'k>(&self, key: &'k WideKey) -> Result<&'k [u64], Error> {
        let fits = key.0.len() == self.words.len() && words::below(&key.0, 1, &self.words);
        if fits { Ok(&key.0) } else { Err(Misuse::BadParameter.into()) }
    }
}

impl WideKey {
    /// Little-endian bytes, to be stored or sealed.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(alloc::vec![0; self.0.len().wrapping_mul(8)]);
        let places = bytes.as_chunks_mut().0.iter_mut();
        places.zip(&self.0).for_each(|(place, word)| *place = word.to_le_bytes());
        bytes
    }
}

impl fmt::Debug for WideModulus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WideModulus").field(&self.value).finish()
    }
}

impl fmt::Debug for WideKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WideKey(..)")
    }
}
