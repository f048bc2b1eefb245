//! All of a ciphertext and its proof that does not depend on the reading.

use core::fmt;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::{Context, PartyId, Round};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ciphertext::{Ciphertext, EncodedCiphertext, KeyMultiples};
use crate::keys::GroupKey;
use crate::nonce::{Nonces, Use};
use crate::proof::{Knowledge, Place, challenge};
#[cfg(feature = "range")]
use crate::range::Opening;
use crate::window;

/// A prepared pair (r·B, r·Y) of one channel and round, with the commitments of its proof. It serves once:
///
/// ```compile_fail,E0382
/// # use meter_link::{HighWater, Identity, Round};
/// # use threshold_elgamal::{Meter, Pair};
/// fn twice(meter: &Meter<Identity>, mark: &mut HighWater<2>, now: Round, pair: Pair, out: &mut [u8]) {
///     let _ = meter.contribute_with(mark, now, now, &[250], [pair], out);
///     let _ = meter.contribute_with(mark, now, now, &[251], [pair], out);
/// }
/// ```
///
/// It has no bytes: a copy of a pair that is used twice gives both readings away, to anybody who sees both frames.
pub struct Pair {
    context: Context,
    key_set: [u8; 32],
    id: PartyId,
    round: Round,
    /// Of the device.
    channel: u16,
    blinding: Zeroizing<Scalar>,
    /// R.
    r: [u8; 32],
    /// r·Y.
    mask: Zeroizing<RistrettoPoint>,
    proof: Option<Commitment>,
    #[cfg(feature = "range")]
    of_range: Zeroizing<Scalar>,
}

/// Nonces and commitments of the proof of knowledge: T₁ = k_r·B, T₂ = k_m·B + k_r·Y.
struct Commitment {
    of_blinding: Zeroizing<Scalar>,
    of_reading: Zeroizing<Scalar>,
    commitments: [[u8; 32]; 2],
}

impl ZeroizeOnDrop for Pair {} // every secret part wipes itself

impl Pair {
    pub(super) fn new(nonces: &Nonces<'_>, key: &KeyMultiples<'_>, knowledge: bool) -> Self {
        let blinding = nonces.scalar(Use::Blinding);
        let r = RistrettoPoint::mul_base(&blinding).compress().to_bytes();
        let mask = Zeroizing::new(key.times(&blinding));
        Pair {
            context: *nonces.context,
            key_set: *nonces.key_set,
            id: nonces.id,
            round: nonces.round,
            channel: nonces.channel,
            blinding,
            r,
            mask,
            proof: knowledge.then(|| Commitment::new(nonces, key)),
            #[cfg(feature = "range")]
            of_range: nonces.scalar(Use::OfRange),
        }
    }

    /// `channel` is the device's.
    pub(super) fn is_for(&self, place: &Place<'_>, channel: u16, key: &GroupKey) -> bool {
        (self.context, self.key_set, self.id) == (*place.context, *key.key_set(), place.id)
            && (self.round, self.channel) == (place.round, channel)
    }

    /// What the proof of range is made from, beside the reading.
    #[cfg(feature = "range")]
    pub(super) fn opening(&self) -> Opening {
        Opening { blinding: self.blinding.clone(), seed: self.of_range.clone() }
    }

    /// The ciphertext of a reading below 2^bits in size, and its proof.
    pub(super) fn encrypt(
        self,
        reading: i64,
        bits: u32,
        place: &Place<'_>,
        key: &KeyMultiples<'_>,
    ) -> (EncodedCiphertext, Option<Knowledge>) {
        let clear = Zeroizing::new(key.of_reading(reading, bits));
        let c = (*clear + *self.mask).compress().to_bytes();
        let mut ciphertext = [0u8; Ciphertext::LEN];
        for (half, bytes) in ciphertext.as_chunks_mut::<32>().0.iter_mut().zip([self.r, c]) {
            *half = bytes;
        }
        let knowledge = self.proof.as_ref().map(|proof| {
            let challenge = challenge(place, key.key(), &ciphertext, &proof.commitments);
            let mut reading = window::scalar(reading);
            let knowledge = Knowledge {
                challenge,
                of_blinding: *proof.of_blinding + challenge * *self.blinding,
                of_reading: *proof.of_reading + challenge * reading,
            };
            reading.zeroize();
            knowledge
        });
        (ciphertext, knowledge)
    }
}

impl Commitment {
    fn new(nonces: &Nonces<'_>, key: &KeyMultiples<'_>) -> Self {
        let (of_blinding, of_reading) = (nonces.scalar(Use::OfBlinding), nonces.scalar(Use::OfReading));
        let first = RistrettoPoint::mul_base(&of_blinding);
        // Either part of the second alone would tell the reading to who sees the proof.
        let clear = Zeroizing::new(RistrettoPoint::mul_base(&of_reading));
        let mask = Zeroizing::new(key.times(&of_blinding));
        let commitments = [first, *clear + *mask].map(|point| point.compress().to_bytes());
        Commitment { of_blinding, of_reading, commitments }
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("round", &self.round)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}
