//! What a meter's noise is made from.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use meter_link::{Context, EpochView, Identity, Kind, PartyId, Round};
use rand_core::CryptoRng;
use sha2::digest::FixedOutput;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::derive::KeyId;
use crate::error::{Error, Misuse};

/// 32 bytes of an epoch that all noise of a meter is made from: whoever has them can read the epoch's readings of the
/// meter. Stored before the commitment leaves, wiped when the epoch is over.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct NoiseSecret([u8; 32]);

impl NoiseSecret {
    /// `SHA-256("wattsum v1 ckks noise secret" ‖ 32 RNG bytes ‖ a signature that never leaves the device)`: as good as the
    /// better of the random generator and the device's identity.
    pub fn generate<R: CryptoRng + ?Sized>(view: &EpochView, identity: &Identity, rng: &mut R) -> Self {
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(random.as_mut_slice());
        // No frame has this body: a frame's first byte is a protocol number.
        let device = identity.sign(Kind::Contribution, &view.scope(), b"wattsum v1 ckks device secret");
        let device = Zeroizing::new(device);
        let hash = Sha256::new().chain_update(b"wattsum v1 ckks noise secret");
        let hash = hash.chain_update(random.as_slice()).chain_update(device.as_slice());
        NoiseSecret(hash.finalize().into())
    }

    /// For storing.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    /// From the store; wiped where they lay.
    pub fn from_bytes(bytes: &mut [u8; 32]) -> Self {
        let secret = NoiseSecret(*bytes);
        bytes.zeroize();
        secret
    }

    /// `HMAC-SHA256(secret, "wattsum v1 ckks round noise" ‖ key id ‖ context ‖ meter u32 ‖ round u64)`.
    pub(crate) fn noise_key(
        &self,
        key: &KeyId,
        context: &Context,
        meter: PartyId,
        round: Round,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| Misuse::WrongKey)?;
        mac.update(b"wattsum v1 ckks round noise");
        mac.update(&key.0);
        mac.update(context.as_bytes());
        mac.update(&meter.0.to_le_bytes());
        mac.update(&round.get().to_le_bytes());
        let mut bytes = Zeroizing::new([0; 32]);
        mac.finalize_into((&mut *bytes).into());
        Ok(bytes)
    }
}

impl fmt::Debug for NoiseSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoiseSecret(..)")
    }
}
