//! Names of keys, and the keys of a single encryption.
//!
//! ```text
//! key id    = first 16 bytes of SHA-256("wattsum v1 ckks key" ‖ preset u8 ‖ public seed ‖ b packed)
//! noise key = HMAC-SHA256(secret, "wattsum v1 ckks noise" ‖ use ‖ r ‖ D)
//! public seed of a ciphertext = SHA-256("wattsum v1 ckks seed" ‖ use ‖ r')
//! use       = key id ‖ meter u32 ‖ round u64 ‖ counter u32
//! D         = Σ cᵢ·k^(N−i) mod p, u64        k = HMAC-SHA256(secret, "wattsum v1 ckks digest" ‖ use ‖ r), first u64 mod p
//! ```
//! r and r' are 32 fresh bytes each, cᵢ the plaintext's coefficients, and p that of [`Field64`].
//!
//! # Security
//! Fresh bytes alone suffice. The rest is for a device whose generator repeats itself: the secret and the use keep noise
//! keys apart, and where even the use repeats, D does for two different plaintexts (but for one pair in 2⁵⁰), so that
//! their difference is not sent in the clear.

use hmac::digest::FixedOutput;
use hmac::{Hmac, KeyInit, Mac};
use meter_link::Field64;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Misuse};
use crate::preset::Preset;

/// Which public key: of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 16]);

/// What one encryption is for. No two encryptions under one key have the same; who counts rounds and, within a round,
/// ciphertexts, has that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Use {
    /// Who encrypts.
    pub meter: u32,
    /// When: a round, or an epoch.
    pub round: u64,
    /// How many it has encrypted in that round.
    pub counter: u32,
}

impl KeyId {
    /// Of a public key.
    #[must_use]
    pub(crate) fn of(preset: Preset, public_seed: &[u8; 32], packed: &[u8]) -> Self {
        let hash = Sha256::new()
            .chain_update(b"wattsum v1 ckks key")
            .chain_update([preset as u8])
            .chain_update(public_seed)
            .chain_update(packed)
            .finalize();
        let mut id = [0; 16];
        for (byte, hashed) in id.iter_mut().zip(hash) {
            *byte = hashed;
        }
        KeyId(id)
    }
}

impl Use {
    /// The key of an encryption's noise. `digest(k)` is D, as [`digest`] makes it of the plaintext's coefficients.
    ///
    /// # Errors
    /// None that happens: HMAC takes keys of any length.
    pub(crate) fn noise_key(
        self,
        secret: &[u8; 32],
        key: &KeyId,
        fresh: &[u8; 32],
        digest: impl FnOnce(Field64) -> Field64,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let point = self.mac(secret, b"wattsum v1 ckks digest", key, fresh, &[])?;
        let first = point.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
        let point = Zeroizing::new(Field64::from_u64(first));
        let mut digest = digest(*point);
        let noise = self.mac(secret, b"wattsum v1 ckks noise", key, fresh, &digest.to_bytes());
        digest.zeroize();
        noise
    }

    /// The public seed of a seeded ciphertext.
    #[must_use]
    pub(crate) fn public_seed(self, key: &KeyId, fresh: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new().chain_update(b"wattsum v1 ckks seed");
        self.parts(key, |part| hash.update(part));
        hash.chain_update(fresh).finalize().into()
    }

    fn mac(
        self,
        secret: &[u8; 32],
        label: &[u8],
        key: &KeyId,
        fresh: &[u8; 32],
        digest: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| Misuse::WrongKey)?;
        mac.update(label);
        self.parts(key, |part| mac.update(part));
        mac.update(fresh);
        mac.update(digest);
        let mut bytes = Zeroizing::new([0; 32]);
        mac.finalize_into((&mut *bytes).into());
        Ok(bytes)
    }

    fn parts(self, key: &KeyId, mut each: impl FnMut(&[u8])) {
        each(&key.0);
        each(&self.meter.to_le_bytes());
        each(&self.round.to_le_bytes());
        each(&self.counter.to_le_bytes());
    }
}

/// D of all coefficients of a plaintext, from that of X⁰ on.
pub(crate) fn digest(point: Field64, coefficients: impl Iterator<Item = Field64>) -> Field64 {
    coefficients.fold(Field64::ZERO, |digest, coefficient| (digest + coefficient) * point)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId([7; 16]);
    const USE: Use = Use { meter: 3, round: 4, counter: 5 };

    fn noise(secret: u8, key: KeyId, of: Use, fresh: u8, coefficients: &[i64]) -> [u8; 32] {
        let elements = coefficients.iter().map(|c| Field64::from_i64(*c));
        *of.noise_key(&[secret; 32], &key, &[fresh; 32], |point| digest(point, elements)).unwrap()
    }

    #[test]
    fn every_part_matters() {
        let base = noise(1, KEY, USE, 2, &[1, 2, 3]);
        assert_eq!(base, noise(1, KEY, USE, 2, &[1, 2, 3]));
        for other in [
            noise(2, KEY, USE, 2, &[1, 2, 3]),
            noise(1, KeyId([8; 16]), USE, 2, &[1, 2, 3]),
            noise(1, KEY, Use { meter: 4, ..USE }, 2, &[1, 2, 3]),
            noise(1, KEY, Use { round: 5, ..USE }, 2, &[1, 2, 3]),
            noise(1, KEY, Use { counter: 6, ..USE }, 2, &[1, 2, 3]),
            noise(1, KEY, USE, 3, &[1, 2, 3]),
            noise(1, KEY, USE, 2, &[1, 2, 4]),
            noise(1, KEY, USE, 2, &[2, 1, 3]),
            noise(1, KEY, USE, 2, &[-1, 2, 3]),
        ] {
            assert_ne!(base, other);
        }
        assert_ne!(USE.public_seed(&KEY, &[1; 32]), Use { counter: 6, ..USE }.public_seed(&KEY, &[1; 32]));
        assert_ne!(USE.public_seed(&KEY, &[1; 32]), USE.public_seed(&KEY, &[2; 32]));
    }

    /// By the text above, with the hash in one piece.
    #[test]
    fn is_what_the_text_says() {
        let parts =
            [&KEY.0[..], &3u32.to_le_bytes(), &4u64.to_le_bytes(), &5u32.to_le_bytes(), &[2; 32]].concat();
        let mac = |text: &[u8], more: &[u8]| -> [u8; 32] {
            let mut mac = Hmac::<Sha256>::new_from_slice(&[1; 32]).unwrap();
            mac.update(&[text, &parts, more].concat());
            mac.finalize().into_bytes().into()
        };
        let point = mac(b"wattsum v1 ckks digest", &[]);
        let p = i128::from(Field64::MODULUS);
        let point = i128::from(u64::from_le_bytes(point[..8].try_into().unwrap())) % p;
        // Bit by bit: both are below 2^64.
        let times = |a: i128, b: i128| -> i128 {
            (0..64).rev().fold(0, |sum, bit| (2 * sum + (b >> bit & 1) * a) % p)
        };
        let digest = [-5i128, 6, 1 << 40].iter().fold(0, |h, c| times((h + c).rem_euclid(p), point));
        let digest = u64::try_from(digest).unwrap().to_le_bytes();
        assert_eq!(noise(1, KEY, USE, 2, &[-5, 6, 1 << 40]), mac(b"wattsum v1 ckks noise", &digest));
        let seed: [u8; 32] = Sha256::digest([b"wattsum v1 ckks seed", &parts[..]].concat()).into();
        assert_eq!(USE.public_seed(&KEY, &[2; 32]), seed);
    }

    /// What the independent reference made.
    #[test]
    fn agrees_with_the_reference() {
        let all: serde_json::Value =
            serde_json::from_str(include_str!("../tests/vectors/encrypt-v1.json")).unwrap();
        for of in all.as_array().unwrap() {
            let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
            let long = |value| -> [u8; 32] { bytes(value).try_into().unwrap() };
            let number = |value: &serde_json::Value| value.as_i64().unwrap();
            let (derived, last) = (&of["derived"], &of["ciphertexts"][3]);
            let key = KeyId(bytes(&of["key_id"]).try_into().unwrap());
            let counts = ["meter", "round", "counter"].map(|name| number(&derived[name]).unsigned_abs());
            let [meter, counter] = [counts[0], counts[2]].map(|count| u32::try_from(count).unwrap());
            let its = Use { meter, round: counts[1], counter };
            let preset = Preset::ALL.into_iter().find(|preset| of["preset"] == *preset as u8).unwrap();
            let values: alloc::vec::Vec<i64> =
                last["repeated"].as_array().unwrap().iter().map(number).collect();
            let coefficients = values.iter().cycle().take(preset.degree()).map(|value| {
                let wide = i128::from(*value) << number(&of["log_scale"]);
                Field64::from_u64(u64::try_from(wide.rem_euclid(Field64::MODULUS.into())).unwrap())
            });
            let (device, r, more) = (long(&derived["device"]), long(&derived["r"]), long(&derived["more"]));
            let noise =
                its.noise_key(&device, &key, &r, |point| digest(point, coefficients.clone())).unwrap();
            assert_eq!(*noise, long(&derived["noise_key"]));
            let noise = its.noise_key(&r, &key, &more, |point| digest(point, coefficients)).unwrap();
            assert_eq!(*noise, long(&derived["noise_key_without_device"]));
            assert_eq!(its.public_seed(&key, &more), long(&derived["public_seed"]));
        }
    }
}
