//! What one party brings into a joint key.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use meter_link::Context;
use sha2::digest::FixedOutput;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Misuse};
use crate::keys::SecretPolynomial;
use crate::message;
use crate::ring::Ring;
use crate::sample::label;
use crate::wire;

/// What the common polynomials of an epoch's joint keys are made from: `SHA-256("wattsum v1 ckks crs" ‖ context)`. The
/// context has the beacon in it, which nobody knew when the parties were fixed.
pub(crate) fn common_seed(context: &Context) -> [u8; 32] {
    Sha256::new().chain_update(b"wattsum v1 ckks crs").chain_update(context.as_bytes()).finalize().into()
}

/// A party's secret, and everything that follows from it.
pub(crate) struct Part {
    pub(crate) ring: Arc<Ring>,
    pub(crate) seed: Zeroizing<[u8; 32]>,
    pub(crate) secret: SecretPolynomial,
}

impl Part {
    pub(crate) fn new(ring: &Arc<Ring>, seed: &[u8; 32]) -> Self {
        let secret = SecretPolynomial::ternary(ring, seed);
        Part { ring: Arc::clone(ring), seed: Zeroizing::new(*seed), secret }
    }

    /// −a·sᵢ + eᵢ, packed.
    pub(crate) fn public(&self, common: &[u8; 32]) -> Vec<u8> {
        let (error, uniform) = (label::JOINT_ERROR, label::JOINT_UNIFORM);
        let b = self.secret.public(&self.ring, &self.seed, error, uniform, common);
        let mut packed = vec![0; message::polynomial_len(self.ring.preset())];
        wire::pack(self.ring.preset(), &b, &mut packed);
        packed
    }

    /// 32 bytes for another purpose.
    pub(crate) fn derive(&self, purpose: &[u8], parts: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.seed).map_err(|_| Misuse::WrongKey)?;
        mac.update(purpose);
        parts.iter().for_each(|part| mac.update(part));
        let mut bytes = Zeroizing::new([0; 32]);
        mac.finalize_into((&mut *bytes).into());
        Ok(bytes)
    }
}

/// `SHA-256("wattsum v1 ckks key part" ‖ context ‖ number u8 ‖ salt 32 ‖ b packed)`.
pub(super) fn commitment(context: &Context, number: u8, salt: &[u8; 32], packed: &[u8]) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"wattsum v1 ckks key part").chain_update(context.as_bytes());
    hash.chain_update([number]).chain_update(salt).chain_update(packed).finalize().into()
}
