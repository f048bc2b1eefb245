//! Decryption: exact, flooded, and for oneself.

pub(crate) mod exact;
pub(crate) mod phase;

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::digest::FixedOutput;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::bound::Bound;
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::flood::Flood;
use crate::keys::SecretKey;
use crate::plaintext::{Coefficients, Packing};
use crate::preset::Preset;
use crate::room;
use crate::sample::{self, label};
use crate::scale::Scale;

pub(crate) use phase::open;

/// What came out of a decryption, to be [decoded](crate::Encoder). Wiped when dropped.
pub struct Decrypted {
    pub(crate) preset: Preset,
    pub(crate) packing: Packing,
    pub(crate) scale: Scale,
    pub(crate) error: f64,
    pub(crate) coefficients: Coefficients,
}

impl Decrypted {
    /// How far a value is at most from what the values that were encoded make.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// What values are multiplied with.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// How they lie.
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// The polynomial, for test vectors.
    #[doc(hidden)]
    pub fn coefficients(&self) -> alloc::vec::Vec<i128> {
        self.coefficients.iter().collect()
    }

    /// Whose ring it is in.
    pub fn preset(&self) -> Preset {
        self.preset
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted").field("error", &self.error).finish_non_exhaustive()
    }
}

/// All three ways are only for ciphertexts whose makers are trusted to have followed the encryption: what a forged one
/// opens to can be a part of the key. The [roles](crate) of a metering group check what they answer.
impl SecretKey {
    /// What the holder of the key keeps to itself.
    ///
    /// # Errors
    /// [`Misuse::WrongKey`], [`Misuse::MixedPresets`]; [`Misuse::MessageBeyondModulus`] where the level's primes cannot hold
    /// what the ciphertext can hold, or that has more than 126 bits and is to be rescaled first.
    ///
    /// # Security
    /// The result has the ciphertext's error in it, which is a linear equation of the secret key: **not to be given to
    /// anybody who has seen a ciphertext**, not even rounded (Li and Micciancio, EUROCRYPT 2021). Give away what
    /// [`decrypt_shared`](Self::decrypt_shared) or [`decrypt_exact`](Self::decrypt_exact) gives.
    pub fn decrypt_private(&self, ciphertext: &Ciphertext) -> Result<Decrypted, Error> {
        let coefficients = self.open(ciphertext)?;
        Ok(self.decrypted(ciphertext, coefficients, Bound::ZERO))
    }

    /// What may be given away: the result, flooded with as much noise as makes its error say nothing.
    ///
    /// # Errors
    /// As [`decrypt_private`](Self::decrypt_private), with the flood counted in.
    ///
    /// # Security
    /// The flood is as wide as [`Flood`] needs for what the ciphertext's [bound](Ciphertext::bound) says, which is what its
    /// maker says: **a bound that came with [`Ciphertext::from_bytes`] is to be believed only of who is believed to have
    /// summed up correctly**; it is smaller than the truth where somebody wants to see through the flood. No ciphertext is
    /// answered twice, no sum and its parts, and not more ciphertexts than the flood was made for (Li, Micciancio, Schultz
    /// and Sorrell, CRYPTO 2022): the caller counts.
    pub fn decrypt_shared<R: CryptoRng + ?Sized>(
        &self,
        ciphertext: &Ciphertext,
        flood: &Flood,
        rng: &mut R,
    ) -> Result<Decrypted, Error> {
        // No ciphertext has less noise than a fresh one, whatever it says of itself.
        let least = Bound::fresh_seeded(self.preset()).noise;
        let sigma = flood.sigma(ciphertext.bound().noise.max(least));
        let added = flooded(self.preset(), sigma);
        self.check(ciphertext)?;
        room::check_opened(self.preset(), ciphertext.level(), &ciphertext.bound().plus(added))?;
        let mut coefficients =
            self.open_within(ciphertext, room::largest(&ciphertext.bound().plus(added)))?;
        let key = self.flood_key(ciphertext, rng)?;
        let mut noise = Zeroizing::new(alloc::vec![0i128; self.preset().degree()]);
        sample::gaussian(&key, label::FLOOD, 0, sigma, &mut noise);
        add(&mut coefficients, &noise);
        Ok(self.decrypted(ciphertext, coefficients, added))
    }

    /// # Errors
    /// [`Misuse::MixedPresets`], [`Misuse::WrongKey`], [`Misuse::MessageBeyondModulus`].
    fn check(&self, ciphertext: &Ciphertext) -> Result<(), Error> {
        ciphertext.check_ring(self.ring())?;
        if ciphertext.key_id() != self.id() {
            return Err(Misuse::WrongKey.into());
        }
        room::check_opened(self.preset(), ciphertext.level(), &ciphertext.bound())
    }

    /// m + e.
    fn open(&self, ciphertext: &Ciphertext) -> Result<Coefficients, Error> {
        self.open_within(ciphertext, room::largest(&ciphertext.bound()))
    }

    /// m + e, in integers that can hold `most`.
    fn open_within(&self, ciphertext: &Ciphertext, most: f64) -> Result<Coefficients, Error> {
        self.check(ciphertext)?;
        Ok(open(self.ring(), self.polynomial(), ciphertext, most))
    }

    /// What a flood is made from: random bytes, hashed with the key's seed and the ciphertext, so that a generator that repeats
    /// does not make a flood that can be taken off again.
    fn flood_key<R: CryptoRng + ?Sized>(
        &self,
        ciphertext: &Ciphertext,
        rng: &mut R,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let mut random = Zeroizing::new([0; 32]);
        rng.fill_bytes(random.as_mut_slice());
        let mut mac = Hmac::<Sha256>::new_from_slice(self.seed()).map_err(|_| Misuse::WrongKey)?;
        mac.update(b"wattsum v1 ckks flood");
        mac.update(random.as_slice());
        let mut all = Sha256::new();
        let parts = ciphertext.used().flat_map(|part| part.as_chunks::<64>().0);
        for residues in parts {
            all.update(residues.map(u64::to_le_bytes).as_flattened());
        }
        mac.update(&all.finalize());
        let mut key = Zeroizing::new([0; 32]);
        mac.finalize_into((&mut *key).into());
        Ok(key)
    }

    fn decrypted(&self, ciphertext: &Ciphertext, coefficients: Coefficients, added: Bound) -> Decrypted {
        let (preset, packing, scale) = (self.preset(), ciphertext.packing(), ciphertext.scale());
        let error = error(packing, &ciphertext.bound(), &added) / scale.to_f64(preset);
        Decrypted { preset, packing, scale, error, coefficients }
    }
}

/// How far a decrypted value, times the scale, can be from what was encoded; see docs/bounds.md.
///
/// Slots have the roundings of encodings in them, too: those to whole coefficients are below the noise of every encryption,
/// and go through sums and products as that does; those of doubles are in proportion to the message.
pub(crate) fn error(packing: Packing, bound: &Bound, flood: &Bound) -> f64 {
    match packing {
        Packing::Integers => bound.coefficient.min(bound.noise) + flood.coefficient.min(flood.noise),
        Packing::Reals | Packing::Pairs => 2.0 * bound.noise + DOUBLES * bound.message + flood.noise,
    }
}

/// 2⁻³⁷: of a few encodings, each 2⁻⁴⁰, and of the decoding.
const DOUBLES: f64 = 1.0 / (1u64 << 37) as f64;

/// What a flood adds to a ciphertext's bound.
pub(crate) fn flooded(preset: Preset, sigma: f64) -> Bound {
    // Fresh errors have a deviation of √10.5 and the same kind of tail; and a sampled flood's is a little above σ.
    let noise = Bound::fresh_seeded(preset).noise * sigma / libm::sqrt(10.5) * 1.001;
    Bound { message: 0.0, noise, coefficient: Flood::TAIL * sigma * 1.001 }
}

/// Of coefficients that have room for the sum.
fn add(coefficients: &mut Coefficients, flood: &[i128]) {
    match coefficients {
        Coefficients::Narrow(values) => {
            for (value, flood) in values.iter_mut().zip(flood) {
                #[allow(clippy::cast_possible_truncation)] // there is room for it
                let flood = *flood as i64;
                *value = value.wrapping_add(flood);
            }
        }
        Coefficients::Wide(values) => {
            for (value, flood) in values.iter_mut().zip(flood) {
                *value = value.wrapping_add(*flood);
            }
        }
    }
}
