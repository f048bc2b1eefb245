//! A trustee's decryption share and the proof that it is one.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::answer::Stated;
use meter_link::{Context, Round};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::equality::{Encoded, Equality, Statement};
use crate::error::{Error, Fault};
use crate::keys::{GroupKey, SecretShare};

/// What a share belongs to: a proof holds there only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) context: &'a Context,
    pub(crate) key_set: &'a [u8; 32],
    pub(crate) round: Round,
    /// Of the list.
    pub(crate) digest: &'a [u8; 32],
    pub(crate) number: u8,
}

impl<'a> Place<'a> {
    pub(crate) fn new(context: &'a Context, key: &'a GroupKey, stated: &'a Stated, number: u8) -> Self {
        Place { context, key_set: key.key_set(), round: stated.round, digest: &stated.digest, number }
    }

    /// `"wattsum v1 elgamal share" ‖ context ‖ key set hash ‖ round u64 ‖ list digest ‖ number u8`: RFC 9497's
    /// contextString.
    fn with<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let round = self.round.get().to_le_bytes();
        let (context, number) = (self.context.as_bytes().as_slice(), [self.number]);
        take(&[b"wattsum v1 elgamal share", context, self.key_set, &round, self.digest, &number])
    }

    /// D = s·ΣR of every channel, and one proof for all of them.
    pub(crate) fn prove(
        &self,
        share: &SecretShare,
        sums_of_r: &[Encoded],
    ) -> Result<(Vec<Encoded>, Equality), Error> {
        let outputs: Vec<Encoded> =
            sums_of_r.iter().map(|sum| share.decryption_share(sum.point()).into()).collect();
        let public = Encoded::from(RistrettoPoint::mul_base(share.scalar()));
        let nonce = self.nonce(share, sums_of_r);
        let proof = self.with(|domain| {
            let statement = Statement { domain, public: &public, inputs: sums_of_r, outputs: &outputs };
            Equality::prove(&statement, share.scalar(), &nonce)
        })?;
        Ok((outputs, proof))
    }

    /// # Errors
    /// [`Fault::BadEquality`], to be laid at the trustee's door.
    pub(crate) fn verify(
        &self,
        public: &Encoded,
        sums_of_r: &[Encoded],
        shares: &[Encoded],
        proof: &Equality,
    ) -> Result<(), Fault> {
        self.with(|domain| proof.verify(&Statement { domain, public, inputs: sums_of_r, outputs: shares }))
    }

    /// `SHA-512("wattsum v1 elgamal share nonce" ‖ s ‖ everything that is proven) mod q`. Without fresh randomness on
    /// purpose, as Ed25519 has it: the same share is the same frame, which its one-time tag demands, and
    /// another statement has another nonce.
    fn nonce(&self, share: &SecretShare, sums_of_r: &[Encoded]) -> Zeroizing<Scalar> {
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal share nonce");
        hash.update(share.to_bytes().as_slice());
        self.with(|domain| domain.iter().for_each(|part| hash.update(part)));
        sums_of_r.iter().for_each(|sum| hash.update(sum.bytes()));
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide))
    }
}
