//! The arithmetic of the ring: here mod 2^64, in [`Modulus`] for others.
//!
//! ```text
//! k_ij = k_i1 − δ_ij + δ_(i−1)j          round key of the member at place i
//! c_ij = m_ij + k_ij                     ciphertext
//! Σ_i c_ij − K = Σ_i m_ij                since the δ cancel around the ring, and K = Σ_i k_i1
//! ```
//! Castelluccia, Mykletun, Tsudik, "Efficient aggregation of encrypted data in wireless sensor networks"
//! (2005), with the ring of Mármol, Sorge, Ugus, Pérez (2012) and Alves, Fonseca.

use core::fmt;

use meter_link::pad::{self, Stream};
use meter_link::{PairKey, Round};
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modulus::Modulus;

/// `k_i1 − δ_ij + δ_(i−1)j`.
pub const fn round_key(first: u64, delta: u64, of_predecessor: u64) -> u64 {
    first.wrapping_sub(delta).wrapping_add(of_predecessor)
}

/// `m + k`.
pub const fn encrypt(reading: i64, key: u64) -> u64 {
    reading.cast_unsigned().wrapping_add(key)
}

/// `Σ c − K`, read back as a signed number.
pub fn open(ciphertexts: impl IntoIterator<Item = u64>, group_key: u64) -> i64 {
    Modulus::WORD.open(ciphertexts, group_key)
}

/// δ of [`Mode::Derived`](crate::Mode::Derived): the first 8 bytes of each 16-byte element of the pad of a
/// ring link, stream delta.
pub fn derived_delta(link: &PairKey, round: Round, out: &mut [u64]) {
    pad::pad_u64(link, round, Stream::Delta, out);
}

/// A secret residue for each of up to C channels.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Words<const C: usize> {
    words: [u64; C],
    #[zeroize(skip)]
    modulus: Modulus,
}

impl<const C: usize> Words<C> {
    pub(crate) const fn zero(modulus: Modulus) -> Self {
        Words { words: [0; C], modulus }
    }

    pub(crate) fn modulus(&self) -> Modulus {
        self.modulus
    }

    /// 8 random bytes a word for 2^64; 16 for others, since a remainder of 8 would lean.
    pub(crate) fn draw<R: CryptoRng + ?Sized>(modulus: Modulus, channels: usize, rng: &mut R) -> Self {
        let mut words = Self::zero(modulus);
        let mut bytes = Zeroizing::new([0u8; 16]);
        let drawn = if modulus == Modulus::WORD { 8 } else { 16 };
        for word in words.words.iter_mut().take(channels) {
            rng.fill_bytes(bytes.get_mut(..drawn).unwrap_or_default());
            *word = modulus.scale(u128::from_le_bytes(*bytes));
        }
        words
    }

    pub(crate) fn derive(modulus: Modulus, link: &PairKey, round: Round, channels: usize) -> Self {
        let mut words = Self::zero(modulus);
        words.hedge(link, round, Stream::Delta, channels);
        words
    }

    /// Adds a pad. What was drawn stays secret from who does not have the key when the generator was bad.
    pub(crate) fn hedge(&mut self, key: &PairKey, round: Round, stream: Stream, channels: usize) {
        let mut pad = Zeroizing::new([0u128; C]);
        if let Some(used) = pad.get_mut(..channels) {
            pad::pad_u128(key, round, stream, used);
        }
        let modulus = self.modulus;
        self.add(pad.iter().map(|element| modulus.scale(*element)));
    }

    /// Little-endian bytes of all C words; a message takes as many as there are channels.
    pub(crate) fn to_bytes(&self) -> Zeroizing<[[u8; 8]; C]> {
        let mut bytes = Zeroizing::new([[0; 8]; C]);
        for (place, word) in bytes.iter_mut().zip(self.words) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    /// # Errors
    /// [`Malformed::NotCanonical`](crate::Malformed) for a number that is no residue.
    pub(crate) fn from_bytes(modulus: Modulus, bytes: &[[u8; 8]; C]) -> Result<Self, Error> {
        let mut words = Self::zero(modulus);
        for (place, bytes) in words.words.iter_mut().zip(bytes) {
            *place = modulus.residue(u64::from_le_bytes(*bytes))?;
        }
        Ok(words)
    }

    /// `m + k_1 − δ` for each value of a reading: a ciphertext but for the predecessor's δ.
    pub(crate) fn half_open(&self, delta: &Self, reading: &[i64]) -> Self {
        let mut half = Self::zero(self.modulus);
        let modulus = self.modulus;
        let keys = self.words.iter().zip(&delta.words).map(|(first, delta)| modulus.sub(*first, *delta));
        for (place, (key, reading)) in half.words.iter_mut().zip(keys.zip(reading)) {
            *place = modulus.add(modulus.of_signed(*reading), key);
        }
        half
    }

    /// The ciphertexts, with the predecessor's δ.
    pub(crate) fn close(&self, of_predecessor: &Self) -> impl Iterator<Item = u64> {
        let modulus = self.modulus;
        self.words.iter().zip(&of_predecessor.words).map(move |(half, delta)| modulus.add(*half, *delta))
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.words.iter().copied()
    }

    /// Adds a row of residues.
    pub(crate) fn add(&mut self, other: impl Iterator<Item = u64>) {
        for (sum, word) in self.words.iter_mut().zip(other) {
            *sum = self.modulus.add(*sum, word);
        }
    }
}

impl<const C: usize> fmt::Debug for Words<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(..)")
    }
}
