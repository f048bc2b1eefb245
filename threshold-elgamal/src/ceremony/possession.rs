//! Proof that the secret of a key is known, without which a key made of other people's keys would do.
//!
//! Schnorr's (1991), as the equality proof of [`crate::equality`] over no further points. It is bound to ceremony, party and
//! use, as Komlo and Goldberg (2020) have it, so nobody else's can be repeated.

use curve25519_dalek::scalar::Scalar;
use meter_link::{Context, PartyId};

use super::secrets::{Secrets, Use};
use crate::equality::{Encoded, Equality, Statement};
use crate::error::{Error, Fault};

/// Whose key, and which.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) ceremony: &'a Context,
    pub(super) id: PartyId,
    /// [`Use::Receiving`], [`Use::Dealing`] or [`Use::Coefficient`].
    pub(super) key: Use,
}

impl Owner<'_> {
    pub(super) fn prove(
        &self,
        secrets: &Secrets,
        secret: &Scalar,
        public: &Encoded,
    ) -> Result<Equality, Error> {
        let nonce = secrets.scalar(Use::Possession, self.key as u8, &[public.bytes()]);
        self.with(public, |statement| Equality::prove(statement, secret, &nonce))
    }

    /// # Errors
    /// [`Fault::NotAScalar`], [`Fault::BadPossession`].
    pub(super) fn verify(&self, public: &Encoded, proof: &[u8; Equality::LEN]) -> Result<(), Fault> {
        let proof = Equality::from_bytes(proof)?;
        self.with(public, |statement| proof.verify(statement)).map_err(|_| Fault::BadPossession)
    }

    /// RFC 9497's contextString: `"wattsum v1 elgamal ceremony possession" ‖ ceremony id 32 ‖ id u32 ‖ key u8`.
    fn with<T>(&self, public: &Encoded, take: impl FnOnce(&Statement<'_>) -> T) -> T {
        let (id, key) = (self.id.0.to_le_bytes(), [self.key as u8]);
        let domain: [&[u8]; 4] =
            [b"wattsum v1 elgamal ceremony possession", self.ceremony.as_bytes(), &id, &key];
        take(&Statement { domain: &domain, public, inputs: &[], outputs: &[] })
    }
}
