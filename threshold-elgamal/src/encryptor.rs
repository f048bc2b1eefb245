//! Encryption of many readings under one group key.

use core::fmt;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::scalar::Scalar;
use rand_core::CryptoRng;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

use crate::ciphertext::{Blinding, EncodedCiphertext};
use crate::error::Error;
use crate::keys::GroupKey;
use crate::lanes;

pub(crate) mod digits;
mod field;
mod plain;
mod point;
mod table;

/// Readings that are encrypted together.
const BATCH: usize = 64;

/// Tables for encrypting many readings: the same bytes as [`Ciphertext::encrypt`](crate::Ciphertext::encrypt),
/// several times sooner. Eight at a time where the CPU has AVX-512 IFMA.
///
/// # Security
/// A building block for simulators and vectors. **Without a proof of knowledge and the rules that trustees keep
/// a ciphertext does not protect anybody else's**: meters use [`Meter::contribute`](crate::Meter::contribute).
/// Constant time: only the number of readings and their bound show.
pub struct Encryptor {
    key: GroupKey,
    tables: Tables,
}

enum Tables {
    #[cfg(target_arch = "x86_64")]
    Lanes(lanes::Encryption),
    Plain(plain::Tables),
}

impl Encryptor {
    /// Bytes of its tables, at most.
    pub const SIZE: usize = {
        #[cfg(target_arch = "x86_64")]
        let lanes = lanes::Encryption::SIZE;
        #[cfg(not(target_arch = "x86_64"))]
        let lanes = 0;
        if lanes > plain::Tables::SIZE { lanes } else { plain::Tables::SIZE }
    };

    /// Builds the tables of a key.
    pub fn new(key: &GroupKey) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = lanes::Encryption::new(key) {
            return Encryptor { key: *key, tables: Tables::Lanes(lanes) };
        }
        Self::without_lanes(key)
    }

    /// As on a CPU without AVX-512 IFMA, for tests and benchmarks.
    #[doc(hidden)]
    pub fn without_lanes(key: &GroupKey) -> Self {
        Encryptor { key: *key, tables: Tables::Plain(plain::Tables::new(&halves(key))) }
    }

    /// Whose multiples it holds.
    pub fn key(&self) -> &GroupKey {
        &self.key
    }

    /// Encrypts each reading, of at most `max_reading` in size, with a blinding of its own.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongLength`] unless `out` has a place for each reading,
    /// [`meter_link::Misuse::ReadingTooLarge`]. Nothing has been written then.
    ///
    /// # Security
    /// Blinding i is `SHA-512(label ‖ 32 RNG bytes ‖ Y ‖ i u64 ‖ reading i64) mod q`. With a generator that
    /// repeats, equal readings at one place show as such; different ones do not share a blinding. Nothing else is secret
    /// in it: who knows what the generator gave decrypts by trying readings. A [`Meter`](crate::Meter) hashes a secret of
    /// its own as well.
    pub fn encrypt_many<R: CryptoRng + ?Sized>(
        &self,
        max_reading: u64,
        readings: &[i64],
        out: &mut [EncodedCiphertext],
        rng: &mut R,
    ) -> Result<(), Error> {
        check(max_reading, readings, out)?;
        let mut seed = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        let mut hash = Sha512::new_with_prefix(b"wattsum v1 elgamal batch");
        hash.update(seed.as_slice());
        hash.update(self.key.encoding());
        let blindings = (0u64..).zip(readings).map(|(place, reading)| {
            let mut hash = hash.clone();
            hash.update(place.to_le_bytes());
            hash.update(reading.to_le_bytes());
            let mut wide = Zeroizing::new([0u8; 64]);
            hash.finalize_into((&mut *wide).into());
            Scalar::from_bytes_mod_order_wide(&wide)
        });
        self.encrypt(max_reading, readings, blindings, out);
        Ok(())
    }

    /// The same with given blindings, for test vectors. Each may serve once.
    ///
    /// # Errors
    /// [`meter_link::Misuse::WrongLength`] unless there are a blinding and a place for each reading,
    /// [`meter_link::Misuse::ReadingTooLarge`]. Nothing has been written then.
    pub fn encrypt_many_with(
        &self,
        max_reading: u64,
        readings: &[i64],
        blindings: &[Blinding],
        out: &mut [EncodedCiphertext],
    ) -> Result<(), Error> {
        check(max_reading, readings, out)?;
        if readings.len() != blindings.len() {
            return Err(meter_link::Misuse::WrongLength.into());
        }
        self.encrypt(max_reading, readings, blindings.iter().map(|blinding| *blinding.scalar()), out);
        Ok(())
    }

    fn encrypt(
        &self,
        max_reading: u64,
        readings: &[i64],
        mut blindings: impl Iterator<Item = Scalar>,
        out: &mut [EncodedCiphertext],
    ) {
        let bits = u64::BITS.wrapping_sub(max_reading.leading_zeros());
        let mut batch = Zeroizing::new([[0u8; 32]; BATCH]);
        for (readings, out) in readings.chunks(BATCH).zip(out.chunks_mut(BATCH)) {
            for (place, mut blinding) in batch.iter_mut().zip(blindings.by_ref().take(readings.len())) {
                *place = blinding.to_bytes();
                blinding.zeroize();
            }
            match &self.tables {
                #[cfg(target_arch = "x86_64")]
                Tables::Lanes(tables) => tables.encrypt(bits, readings, batch.as_slice(), out),
                Tables::Plain(tables) => tables.encrypt(bits, readings, batch.as_slice(), out),
            }
        }
    }
}

/// The encodings of B/2 and Y/2.
pub(crate) fn halves(key: &GroupKey) -> [[u8; 32]; 2] {
    let half = Scalar::ONE.div_by_2();
    [RISTRETTO_BASEPOINT_POINT, *key.point()].map(|point| (point * half).compress().to_bytes())
}

fn check(max_reading: u64, readings: &[i64], out: &[EncodedCiphertext]) -> Result<(), Error> {
    if readings.len() != out.len() {
        return Err(meter_link::Misuse::WrongLength.into());
    }
    // No early exit: how far the check came would tell which reading is large.
    let beyond = readings.iter().fold(0u64, |beyond, reading| {
        let (_, over) = max_reading.overflowing_sub(reading.unsigned_abs());
        beyond | u64::from(over)
    });
    if beyond == 0 { Ok(()) } else { Err(meter_link::Misuse::ReadingTooLarge.into()) }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encryptor").field(&self.key).finish()
    }
}
