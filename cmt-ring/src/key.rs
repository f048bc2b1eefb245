//! The arithmetic of the ring, mod 2^64.
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
    let sum = ciphertexts.into_iter().fold(0u64, u64::wrapping_add);
    sum.wrapping_sub(group_key).cast_signed()
}

/// δ of [`Mode::Derived`](crate::Mode::Derived): the first 8 bytes of each 16-byte element of the pad of a
/// ring link, stream delta.
pub fn derived_delta(link: &PairKey, round: Round, out: &mut [u64]) {
    pad::pad_u64(link, round, Stream::Delta, out);
}

/// A secret number for each of up to C channels.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Words<const C: usize>([u64; C]);

impl<const C: usize> Words<C> {
    pub(crate) const fn zero() -> Self {
        Words([0; C])
    }

    pub(crate) fn draw<R: CryptoRng + ?Sized>(channels: usize, rng: &mut R) -> Self {
        let mut words = Self::zero();
        let mut bytes = Zeroizing::new([0u8; 8]);
        for word in words.0.iter_mut().take(channels) {
            rng.fill_bytes(bytes.as_mut_slice());
            *word = u64::from_le_bytes(*bytes);
        }
        words
    }

    pub(crate) fn derive(link: &PairKey, round: Round, channels: usize) -> Self {
        let mut words = Self::zero();
        words.hedge(link, round, Stream::Delta, channels);
        words
    }

    /// Adds a pad. What was drawn stays secret from who does not have the key when the generator was bad.
    pub(crate) fn hedge(&mut self, key: &PairKey, round: Round, stream: Stream, channels: usize) {
        let mut pad = Self::zero();
        if let Some(used) = pad.0.get_mut(..channels) {
            pad::pad_u64(key, round, stream, used);
        }
        self.add(pad.0.iter().copied());
    }

    /// Little-endian bytes of all C words; a message takes as many as there are channels.
    pub(crate) fn to_bytes(&self) -> Zeroizing<[[u8; 8]; C]> {
        let mut bytes = Zeroizing::new([[0; 8]; C]);
        for (place, word) in bytes.iter_mut().zip(self.0) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[[u8; 8]; C]) -> Self {
        Words(bytes.map(u64::from_le_bytes))
    }

    /// `m + k_1 − δ` for each value of a reading: a ciphertext but for the predecessor's δ.
    pub(crate) fn half_open(&self, delta: &Self, reading: &[i64]) -> Self {
        let mut half = Self::zero();
        let keys = self.0.iter().zip(&delta.0).map(|(first, delta)| round_key(*first, *delta, 0));
        for (place, (key, reading)) in half.0.iter_mut().zip(keys.zip(reading)) {
            *place = encrypt(*reading, key);
        }
        half
    }

    /// The ciphertexts, with the predecessor's δ.
    pub(crate) fn close(&self, of_predecessor: &Self) -> impl Iterator<Item = u64> {
        self.0.iter().zip(&of_predecessor.0).map(|(half, delta)| round_key(*half, 0, *delta))
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }

    /// Adds a row of words.
    pub(crate) fn add(&mut self, other: impl Iterator<Item = u64>) {
        for (sum, word) in self.0.iter_mut().zip(other) {
            *sum = sum.wrapping_add(word);
        }
    }
}

impl<const C: usize> fmt::Debug for Words<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(..)")
    }
}
