//! Exponential ElGamal over ristretto255: (R, C) = (rB, mB + rY), which add up.

#[cfg(feature = "alloc")]
use core::borrow::Borrow;
use core::fmt;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, IsIdentity};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Fault, Malformed};
use crate::keys::GroupKey;
#[cfg(all(feature = "alloc", feature = "tables"))]
use crate::keys::GroupTable;
#[cfg(feature = "alloc")]
use crate::lanes;
use crate::window;

/// A reading's ciphertext, or the sum of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    pub(crate) r: RistrettoPoint,
    pub(crate) c: RistrettoPoint,
}

/// A ciphertext as it travels: `R ‖ C`.
pub type EncodedCiphertext = [u8; Ciphertext::LEN];

impl Ciphertext {
    /// Bytes.
    pub const LEN: usize = 64;

    /// Encrypts any i64 with a given blinding, in constant time.
    ///
    /// # Security
    /// A building block for test vectors. A blinding may serve once, and **without a proof of knowledge and
    /// the rules that trustees keep a ciphertext does not protect anybody else's**: meters use
    /// [`Meter::contribute`](crate::Meter::contribute).
    pub fn encrypt(key: &GroupKey, reading: i64, blinding: &Blinding) -> Self {
        Self::encrypt_bounded(&KeyMultiples::of(key), reading, u64::BITS, blinding.scalar())
    }

    /// For |reading| < 2^bits, in time that depends on `bits` only.
    pub(crate) fn encrypt_bounded(
        key: &KeyMultiples<'_>,
        reading: i64,
        bits: u32,
        blinding: &Scalar,
    ) -> Self {
        let mut clear = key.of_reading(reading, bits);
        let mut mask = key.times(blinding);
        let c = clear + mask;
        clear.zeroize();
        mask.zeroize();
        Ciphertext { r: RistrettoPoint::mul_base(blinding), c }
    }

    /// `R ‖ C`.
    pub fn to_bytes(&self) -> EncodedCiphertext {
        let mut out = [0u8; Self::LEN];
        for (place, point) in out.as_chunks_mut::<32>().0.iter_mut().zip([&self.r, &self.c]) {
            *place = point.compress().to_bytes();
        }
        out
    }

    /// # Errors
    /// [`Fault::NotAPoint`], [`Fault::IdentityPoint`] if R is the identity; to be laid at its sender's door.
    pub fn from_bytes(bytes: &EncodedCiphertext) -> Result<Self, Fault> {
        let (r, c) = split(bytes);
        let point = |bytes| CompressedRistretto(bytes).decompress();
        Self::from_points(point(r), point(c))
    }

    /// Of two points as they were decoded, with the errors of [`Ciphertext::from_bytes`].
    pub(crate) fn from_points(r: Option<RistrettoPoint>, c: Option<RistrettoPoint>) -> Result<Self, Fault> {
        let (r, c) = (r.ok_or(Fault::NotAPoint)?, c.ok_or(Fault::NotAPoint)?);
        if r.is_identity() { Err(Fault::IdentityPoint) } else { Ok(Ciphertext { r, c }) }
    }

    /// R, of which trustees give their shares.
    pub fn r(&self) -> &RistrettoPoint {
        &self.r
    }

    /// C.
    pub fn c(&self) -> &RistrettoPoint {
        &self.c
    }

    /// Sum: its plaintext is the sum of the plaintexts.
    pub fn sum<'a>(ciphertexts: impl IntoIterator<Item = &'a Ciphertext>) -> Self {
        let zero = Ciphertext { r: RistrettoPoint::identity(), c: RistrettoPoint::identity() };
        ciphertexts.into_iter().fold(zero, |sum, one| Ciphertext { r: sum.r + one.r, c: sum.c + one.c })
    }

    /// The sum of ciphertexts as they travel, each of which is checked as [`Ciphertext::from_bytes`] does. Eight
    /// at a time where the CPU has AVX-512 IFMA. Variable time: for public values.
    ///
    /// # Errors
    /// The place of the first that is refused, and why.
    #[cfg(feature = "alloc")]
    pub fn sum_encoded<T: Borrow<EncodedCiphertext>>(encoded: &[T]) -> Result<Self, (usize, Fault)> {
        if let Some(sum) = lanes::sum(encoded)? {
            return Ok(sum);
        }
        let zero = Ciphertext { r: RistrettoPoint::identity(), c: RistrettoPoint::identity() };
        encoded.iter().enumerate().try_fold(zero, |sum, (place, one)| {
            let one = Self::from_bytes(one.borrow()).map_err(|fault| (place, fault))?;
            Ok(Ciphertext { r: sum.r + one.r, c: sum.c + one.c })
        })
    }
}

pub(crate) fn split(bytes: &EncodedCiphertext) -> ([u8; 32], [u8; 32]) {
    match bytes.as_chunks::<32>().0 {
        [r, c] => (*r, *c),
        _ => ([0xff; 32], [0xff; 32]), // 64 bytes are two chunks
    }
}

/// r of a ciphertext. Who knows it can decrypt.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Blinding(Scalar);

impl Blinding {
    /// From 32 secret bytes, which are wiped where they lay.
    ///
    /// # Errors
    /// [`Malformed::BadKeys`] for zero, or a number of q or more.
    pub fn from_bytes(bytes: &mut [u8; 32]) -> Result<Self, Error> {
        let scalar: Option<Scalar> = Scalar::from_canonical_bytes(*bytes).into();
        bytes.zeroize();
        Ok(Blinding(scalar.filter(|s| *s != Scalar::ZERO).ok_or(Malformed::BadKeys)?))
    }

    pub(crate) fn scalar(&self) -> &Scalar {
        &self.0
    }
}

impl fmt::Debug for Blinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinding(..)")
    }
}

/// Multiplies Y, and B by readings, in constant time: with tables of multiples where there are any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyMultiples<'a> {
    key: GroupKey,
    #[cfg(all(feature = "alloc", feature = "tables"))]
    table: Option<&'a GroupTable>,
    #[cfg(not(all(feature = "alloc", feature = "tables")))]
    none: core::marker::PhantomData<&'a ()>,
}

impl<'a> KeyMultiples<'a> {
    pub(crate) fn of(key: &GroupKey) -> Self {
        KeyMultiples {
            key: *key,
            #[cfg(all(feature = "alloc", feature = "tables"))]
            table: None,
            #[cfg(not(all(feature = "alloc", feature = "tables")))]
            none: core::marker::PhantomData,
        }
    }

    #[cfg(all(feature = "alloc", feature = "tables"))]
    pub(crate) fn with(table: &'a GroupTable) -> Self {
        KeyMultiples { key: *table.key(), table: Some(table) }
    }

    pub(crate) fn key(&self) -> &GroupKey {
        &self.key
    }

    /// `reading`·B, where |reading| < 2^bits.
    pub(crate) fn of_reading(&self, reading: i64, bits: u32) -> RistrettoPoint {
        #[cfg(all(feature = "alloc", feature = "tables"))]
        if let Some(table) = self.table {
            return table.of_reading(reading, bits);
        }
        window::multiple_of_base(reading, bits)
    }

    pub(crate) fn times(&self, factor: &Scalar) -> RistrettoPoint {
        #[cfg(all(feature = "alloc", feature = "tables"))]
        if let Some(table) = self.table {
            return table.times(factor);
        }
        self.key.point() * factor
    }
}
