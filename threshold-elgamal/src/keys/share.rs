//! A trustee's share of the group's secret key.

use core::fmt;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Error, Malformed};

/// f(i) of the trustee with number i = 1 … n, where f(0) is the group's secret key that nobody holds.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretShare {
    number: u8,
    value: Scalar,
}

impl SecretShare {
    /// Takes a stored share over; the bytes are wiped where they lay.
    ///
    /// # Errors
    /// [`Malformed::BadKeys`] for number 0, or a value that is zero or not below q.
    pub fn from_bytes(number: u8, bytes: &mut [u8; 32]) -> Result<Self, Error> {
        let value: Option<Scalar> = Scalar::from_canonical_bytes(*bytes).into();
        bytes.zeroize();
        let value = value.filter(|value| number != 0 && *value != Scalar::ZERO);
        Ok(SecretShare { number, value: value.ok_or(Malformed::BadKeys)? })
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn new(number: u8, value: Scalar) -> Self {
        SecretShare { number, value }
    }

    /// For storing: the only way out.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.value.to_bytes())
    }

    /// The trustee's number, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// The verification key Y_i = f(i)·B.
    pub fn public(&self) -> [u8; 32] {
        RistrettoPoint::mul_base(&self.value).compress().to_bytes()
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn scalar(&self) -> &Scalar {
        &self.value
    }

    /// D_i = f(i)·R, which opens the ciphertexts that R belongs to when t trustees give theirs.
    ///
    /// # Security
    /// A building block for test vectors and other committees. A trustee that gives a share for an R it
    /// did not sum itself opens whatever the asker likes: use [`Trustee`](crate::Trustee).
    pub fn decryption_share(&self, sum_of_r: &RistrettoPoint) -> RistrettoPoint {
        sum_of_r * self.value
    }
}

impl fmt::Debug for SecretShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretShare").field("number", &self.number).finish_non_exhaustive()
    }
}
