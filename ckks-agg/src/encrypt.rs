//! Encryption: seeded with the secret key, and with the public key.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::Field64;
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::bound::Bound;
use crate::ciphertext::{Ciphertext, same_preset};
use crate::derive::{KeyId, Use, digest};
use crate::error::Error;
use crate::keys::{PublicKey, SecretKey};
use crate::plaintext::{Coefficients, Plaintext};
use crate::preset::Preset;
use crate::ring::{Prime, Ring};
use crate::room;
use crate::sample::{self, label};
use crate::wire::{Form, Header};

impl SecretKey {
    /// A seeded ciphertext, of half the size.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`](crate::Misuse::MixedPresets); [`Misuse::MessageBeyondModulus`](crate::Misuse::MessageBeyondModulus)
    /// where what was declared for the plaintext is more than the preset holds.
    ///
    /// # Security
    /// No `of` is used twice under a key. The noise hashes 32 bytes of `rng` with the key's seed, `of` and the plaintext,
    /// so that a generator that repeats does not make two ciphertexts of one noise.
    pub fn encrypt<R: CryptoRng + ?Sized>(
        &self,
        plaintext: &Plaintext,
        of: Use,
        rng: &mut R,
    ) -> Result<Ciphertext, Error> {
        let mut out = Ciphertext::empty(self.preset());
        self.encrypt_into(plaintext, of, &mut Workspace::new(self.ring()), &mut out, rng)?;
        Ok(out)
    }

    /// As [`SecretKey::encrypt`], into a ciphertext that there was: nothing is allocated where it has room.
    ///
    /// # Errors
    /// As [`SecretKey::encrypt`]; nothing has changed then.
    ///
    /// # Security
    /// As [`SecretKey::encrypt`].
    pub fn encrypt_into<R: CryptoRng + ?Sized>(
        &self,
        plaintext: &Plaintext,
        of: Use,
        workspace: &mut Workspace,
        out: &mut Ciphertext,
        rng: &mut R,
    ) -> Result<(), Error> {
        same_preset(self.preset(), plaintext.preset())?;
        let [noise, seed] = fresh(rng);
        let noise = noise_key(self.seed(), &self.id(), of, &noise, plaintext)?;
        let seed = of.public_seed(&self.id(), &seed);
        self.encrypt_with_into(plaintext, &noise, &seed, workspace, out)
    }

    /// With a noise key and a public seed that were never used before: for test vectors.
    ///
    /// # Errors
    /// As [`SecretKey::encrypt`].
    #[doc(hidden)]
    pub fn encrypt_with(
        &self,
        plaintext: &Plaintext,
        noise: &[u8; 32],
        seed: &[u8; 32],
    ) -> Result<Ciphertext, Error> {
        let mut out = Ciphertext::empty(self.preset());
        self.encrypt_with_into(plaintext, noise, seed, &mut Workspace::new(self.ring()), &mut out)?;
        Ok(out)
    }

    pub(crate) fn encrypt_with_into(
        &self,
        plaintext: &Plaintext,
        noise: &[u8; 32],
        seed: &[u8; 32],
        workspace: &mut Workspace,
        out: &mut Ciphertext,
    ) -> Result<(), Error> {
        let preset = self.preset();
        same_preset(preset, plaintext.preset())?;
        same_preset(preset, workspace.preset)?;
        let bound = plaintext.bound().plus(Bound::fresh_seeded(preset));
        room::check(preset, preset.top_level(), &bound)?;
        out.reset(header(plaintext, Form::Seeded, self.id(), bound));
        out.seed = *seed;
        let Workspace { small, message, poly, .. } = workspace;
        let degree = preset.degree();
        sample::cbd(noise, label::ENCRYPTION_E0, 0, small);
        message.sum(plaintext.coefficients(), small);
        let [c0, ..] = &mut out.parts;
        for ((place, prime), c0) in (0u32..).zip(self.ring().primes()).zip(c0.chunks_exact_mut(degree)) {
            message.reduce(prime, c0);
            prime.forward(c0);
            sample::uniform(seed, label::SEEDED_UNIFORM, place, prime, poly);
            prime.mul_sub(c0, poly, self.polynomial().at(place as usize));
        }
        workspace.wipe();
        Ok(())
    }
}

impl PublicKey {
    /// A ciphertext that whoever has the secret key, or all who have it together, can open.
    ///
    /// # Errors
    /// [`Misuse::MixedPresets`](crate::Misuse::MixedPresets); [`Misuse::MessageBeyondModulus`](crate::Misuse::MessageBeyondModulus)
    /// where what was declared for the plaintext is more than the preset holds.
    ///
    /// # Security
    /// No `of` is used twice under a key by one meter. There is no secret here to hedge with: all hangs on `rng`. A device
    /// that has a secret uses [`PublicKey::encrypt_hedged`].
    pub fn encrypt<R: CryptoRng + ?Sized>(
        &self,
        plaintext: &Plaintext,
        of: Use,
        rng: &mut R,
    ) -> Result<Ciphertext, Error> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        self.encrypt_hedged(plaintext, &secret, of, rng)
    }

    /// As [`PublicKey::encrypt`], with a secret of the device mixed in.
    ///
    /// # Errors
    /// As [`PublicKey::encrypt`].
    ///
    /// # Security
    /// The noise hashes 32 bytes of `rng` with the secret, `of` and the plaintext, so that a generator that repeats does
    /// not make two ciphertexts of one noise.
    pub fn encrypt_hedged<R: CryptoRng + ?Sized>(
        &self,
        plaintext: &Plaintext,
        secret: &[u8; 32],
        of: Use,
        rng: &mut R,
    ) -> Result<Ciphertext, Error> {
        let mut out = Ciphertext::empty(self.preset());
        self.encrypt_into(plaintext, secret, of, &mut Workspace::new(self.ring()), &mut out, rng)?;
        Ok(out)
    }

    /// As [`PublicKey::encrypt_hedged`], into a ciphertext that there was: nothing is allocated where it has room.
    ///
    /// # Errors
    /// As [`PublicKey::encrypt`]; nothing has changed then.
    ///
    /// # Security
    /// As [`PublicKey::encrypt_hedged`].
    pub fn encrypt_into<R: CryptoRng + ?Sized>(
        &self,
        plaintext: &Plaintext,
        secret: &[u8; 32],
        of: Use,
        workspace: &mut Workspace,
        out: &mut Ciphertext,
        rng: &mut R,
    ) -> Result<(), Error> {
        same_preset(self.preset(), plaintext.preset())?;
        let mut random = Zeroizing::new([0; 32]);
        rng.fill_bytes(random.as_mut_slice());
        let noise = noise_key(secret, &self.id(), of, &random, plaintext)?;
        self.encrypt_with_into(plaintext, &noise, workspace, out)
    }

    /// With a noise key that was never used before: for test vectors, and for who derives it.
    ///
    /// # Errors
    /// As [`PublicKey::encrypt`].
    #[doc(hidden)]
    pub fn encrypt_with(&self, plaintext: &Plaintext, noise: &[u8; 32]) -> Result<Ciphertext, Error> {
        let mut out = Ciphertext::empty(self.preset());
        self.encrypt_with_into(plaintext, noise, &mut Workspace::new(self.ring()), &mut out)?;
        Ok(out)
    }

    pub(crate) fn encrypt_with_into(
        &self,
        plaintext: &Plaintext,
        noise: &[u8; 32],
        workspace: &mut Workspace,
        out: &mut Ciphertext,
    ) -> Result<(), Error> {
        let preset = self.preset();
        same_preset(preset, plaintext.preset())?;
        same_preset(preset, workspace.preset)?;
        let bound = plaintext.bound().plus(Bound::fresh_public(preset, self.parties().into()));
        room::check(preset, preset.top_level(), &bound)?;
        out.reset(header(plaintext, Form::Pair, self.id(), bound));
        let Workspace { small, other, message, poly, .. } = workspace;
        let degree = preset.degree();
        sample::cbd(noise, label::ENCRYPTION_E0, 0, small);
        message.sum(plaintext.coefficients(), small);
        sample::cbd(noise, label::ENCRYPTION_E1, 0, small);
        sample::ternary(noise, label::ENCRYPTION_V, 0, other);
        let ([c0, c1, _], (b, a)) = (&mut out.parts, self.pair());
        let parts = c0.chunks_exact_mut(degree).zip(c1.chunks_exact_mut(degree));
        let key = b.chunks_exact(degree).zip(a.chunks_exact(degree));
        for ((prime, (c0, c1)), (b, a)) in self.ring().primes().iter().zip(parts).zip(key) {
            prime.reduce_small(poly, other);
            prime.forward(poly);
            message.reduce(prime, c0);
            prime.forward(c0);
            prime.mul_add(c0, b, poly);
            prime.reduce_small(c1, small);
            prime.forward(c1);
            prime.mul_add(c1, a, poly);
        }
        workspace.wipe();
        Ok(())
    }
}

/// The memory that encryptions take, to be used again and again.
///
/// # Security
/// Every encryption leaves it wiped.
pub struct Workspace {
    preset: Preset,
    small: Vec<i8>,
    other: Vec<i8>,
    message: Message,
    poly: Vec<u64>,
}

impl Workspace {
    /// For a preset.
    pub fn new(ring: &Arc<Ring>) -> Self {
        let degree = ring.preset().degree();
        Workspace {
            preset: ring.preset(),
            small: vec![0; degree],
            other: vec![0; degree],
            message: Message { narrow: vec![0; degree], wide: Vec::new(), is_wide: false },
            poly: vec![0; degree],
        }
    }

    fn wipe(&mut self) {
        let Workspace { small, other, message, poly, .. } = self;
        small.as_mut_slice().zeroize();
        other.as_mut_slice().zeroize();
        message.narrow.as_mut_slice().zeroize();
        message.wide.as_mut_slice().zeroize();
        poly.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("preset", &self.preset).finish_non_exhaustive()
    }
}

/// m + e, in integers.
struct Message {
    narrow: Vec<i64>,
    /// As long as the others from the first plaintext on that needs it.
    wide: Vec<i128>,
    is_wide: bool,
}

impl Message {
    fn sum(&mut self, coefficients: &Coefficients, errors: &[i8]) {
        match coefficients {
            Coefficients::Narrow(values) => {
                self.is_wide = false;
                for ((out, value), error) in self.narrow.iter_mut().zip(values).zip(errors) {
                    *out = value.wrapping_add(i64::from(*error));
                }
            }
            Coefficients::Wide(values) => {
                self.is_wide = true;
                self.wide.resize(values.len(), 0);
                for ((out, value), error) in self.wide.iter_mut().zip(values).zip(errors) {
                    *out = value.wrapping_add(i128::from(*error));
                }
            }
        }
    }

    fn reduce(&self, prime: &Prime, out: &mut [u64]) {
        if self.is_wide { prime.reduce_i128(out, &self.wide) } else { prime.reduce_i64(out, &self.narrow) }
    }
}

fn header(plaintext: &Plaintext, form: Form, key: KeyId, bound: Bound) -> Header {
    let preset = plaintext.preset();
    let (packing, scale) = (plaintext.packing(), plaintext.scale());
    Header { preset, form, level: preset.top_level(), packing, scale, key, bound }
}

fn fresh<R: CryptoRng + ?Sized>(rng: &mut R) -> [Zeroizing<[u8; 32]>; 2] {
    let mut random = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
    for random in &mut random {
        rng.fill_bytes(random.as_mut_slice());
    }
    random
}

fn noise_key(
    secret: &[u8; 32],
    key: &KeyId,
    of: Use,
    random: &[u8; 32],
    plaintext: &Plaintext,
) -> Result<Zeroizing<[u8; 32]>, Error> {
    of.noise_key(secret, key, random, |point| match plaintext.coefficients() {
        Coefficients::Narrow(values) => interleaved(point, values, Field64::from_i64),
        Coefficients::Wide(values) => interleaved(point, values, wide_element),
    })
}

/// [`digest`] in so many sums beside each other that none waits for its own products.
fn interleaved<T: Copy>(point: Field64, values: &[T], element: impl Fn(T) -> Field64) -> Field64 {
    let (blocks, rest) = values.as_chunks::<CHAINS>();
    let step = (1..CHAINS).fold(point, |power, _| power * point);
    let mut sums = [Field64::ZERO; CHAINS];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum = *sum * step + element(*value);
        }
    }
    // Horner over the sums, and over what is left.
    digest(point, sums.into_iter().chain(rest.iter().map(|value| element(*value))))
}

const CHAINS: usize = 8;

/// A wide integer modulo the field's prime: by its two halves.
fn wide_element(value: i128) -> Field64 {
    let high = i64::try_from(value >> 64).unwrap_or_default();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the low half
    let low = value as u64;
    // 2⁶⁴ = 2³² − 1 modulo 2⁶⁴ − 2³² + 1.
    Field64::from_i64(high) * Field64::from_u64(0xffff_ffff) + Field64::from_u64(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A digest is what derive.rs says, whatever the order of its sums.
    #[test]
    fn digests_are_those_of_the_text() {
        let point = Field64::from_u64(0x1234_5678_9abc_def0);
        let values: Vec<i64> = (0..2048).map(|i| (i - 1000) * 987_654_321_987).collect();
        let plain = digest(point, values.iter().map(|value| Field64::from_i64(*value)));
        assert_eq!(interleaved(point, &values, Field64::from_i64), plain);
        let wide: Vec<i128> = values.iter().map(|value| i128::from(*value)).collect();
        assert_eq!(interleaved(point, &wide, wide_element), plain);
        let shifted: Vec<i128> = wide.iter().map(|value| value << 40).collect();
        let power = Field64::from_u64(1 << 40);
        assert_eq!(interleaved(point, &shifted, wide_element), plain * power);
    }
}
