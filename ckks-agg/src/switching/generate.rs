//! Making switching keys with the secret key.

use alloc::vec;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Element, Origin, SwitchingKey, SwitchingKeys, conjugation, rotation};
use crate::error::{Error, Misuse};
use crate::keys::SecretKey;
use crate::ntt;
use crate::ring::Prime;
use crate::sample::{self, label};

const TEXT: &[u8] = b"wattsum v1 ckks switching";

impl SecretKey {
    /// To make two polynomials of the three that a product has.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with.
    pub fn relinearisation_key<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Result<SwitchingKeys, Error> {
        self.switching_keys(&[Element::SQUARE], rng)
    }

    /// To turn slots by these numbers of places to the left (negative: to the right).
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with.
    pub fn rotation_keys<R: CryptoRng + ?Sized>(
        &self,
        steps: &[i32],
        rng: &mut R,
    ) -> Result<SwitchingKeys, Error> {
        let elements: Vec<_> = steps.iter().filter_map(|steps| rotation(self.preset(), *steps)).collect();
        self.switching_keys(&elements, rng)
    }

    /// To sum up to so many slots: for rotations by all powers of two below.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with.
    pub fn slot_sum_keys<R: CryptoRng + ?Sized>(
        &self,
        slots: u32,
        rng: &mut R,
    ) -> Result<SwitchingKeys, Error> {
        let most = i32::try_from(self.preset().slots()).unwrap_or(i32::MAX);
        let slots = i32::try_from(slots).unwrap_or(i32::MAX).min(most);
        let powers: Vec<i32> = (0..30).map(|bit| 1 << bit).take_while(|power| *power < slots).collect();
        self.rotation_keys(&powers, rng)
    }

    /// To conjugate slots.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with.
    pub fn conjugation_key<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Result<SwitchingKeys, Error> {
        self.switching_keys(&[conjugation(self.preset())], rng)
    }

    fn switching_keys<R: CryptoRng + ?Sized>(
        &self,
        elements: &[Element],
        rng: &mut R,
    ) -> Result<SwitchingKeys, Error> {
        let mut unique = Vec::new();
        for element in elements {
            if !unique.contains(element) {
                unique.push(*element);
            }
        }
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        let [noise, seed] = self.seeds(&unique, &random)?;
        let elements: Vec<u32> = unique.iter().map(|element| element.0).collect();
        self.switching_keys_with(&elements, &noise, &seed)
    }

    /// From a secret seed and a public one that were never used before, together or apart: for test vectors. Elements are 0
    /// for s², or g.
    ///
    /// # Errors
    /// [`Misuse::NoSwitchingKey`] for a preset that has no prime to switch with, or an element that there is not.
    ///
    /// # Security
    /// Two keys of one number and seeds have the same a and e, so that their difference is that of their targets, in the
    /// clear. That is why the seeds of the other functions depend on the list of elements.
    #[doc(hidden)]
    pub fn switching_keys_with(
        &self,
        elements: &[u32],
        noise: &[u8; 32],
        seed: &[u8; 32],
    ) -> Result<SwitchingKeys, Error> {
        let mut keys = Vec::with_capacity(elements.len());
        // Relinearisation has number 0, the others count from 1 in the list's order.
        let mut rotations = 1u16..;
        for element in elements.iter().copied().map(Element) {
            let number = if element == Element::SQUARE { Some(0) } else { rotations.next() };
            keys.push(self.switching_key(element, number.ok_or(Misuse::NoSwitchingKey)?, noise, seed)?);
        }
        Ok(SwitchingKeys::new(self.ring(), self.id(), 1, keys))
    }

    fn switching_key(
        &self,
        element: Element,
        number: u16,
        noise: &[u8; 32],
        seed: &[u8; 32],
    ) -> Result<SwitchingKey, Error> {
        let ring = self.ring();
        let special = ring.special().map(Prime::q).filter(|_| element.exists(self.preset()));
        let special = special.ok_or(Misuse::NoSwitchingKey)?;
        let (degree, places, digits) = (self.preset().degree(), ring.places(), ring.primes().len());
        let mut b = vec![0; digits.wrapping_mul(places).wrapping_mul(degree)];
        let mut small = Zeroizing::new(vec![0i8; degree]);
        let mut target = Zeroizing::new(vec![0u64; degree]);
        let permutation =
            if element == Element::SQUARE { None } else { Some(ntt::automorphism(degree, element.0)) };
        let origin = Origin::Seeded { seed: *seed, number };
        let a = uniform(ring, seed, number);
        let rows = b.chunks_exact_mut(places.wrapping_mul(degree));
        let rows = rows.zip(a.chunks_exact(places.wrapping_mul(degree)));
        for (digit, (b, a)) in (0u32..).zip(rows) {
            sample::cbd(
                noise,
                label::SWITCHING_ERROR,
                u32::from(number).wrapping_mul(16).wrapping_add(digit),
                &mut small,
            );
            let polys = b.chunks_exact_mut(degree).zip(a.chunks_exact(degree));
            for ((place, prime), (b, a)) in (0u32..).zip(ring.all()).zip(polys) {
                let s = self.polynomial().at(place as usize);
                prime.reduce_small(b, &small);
                prime.forward(b);
                prime.mul_sub(b, a, s);
                if place != digit {
                    continue;
                }
                match &permutation {
                    Some(from) => prime.permute(&mut target, s, from),
                    None => prime.mul_into(&mut target, s, s),
                }
                prime.mul_scalar_add(b, &target, prime.modulus().reduce(special));
            }
        }
        Ok(SwitchingKey::new(ring, element, origin, b, a))
    }

    /// A secret one and a public one for a list of elements.
    fn seeds(&self, elements: &[Element], random: &[u8; 32]) -> Result<[Zeroizing<[u8; 32]>; 2], Error> {
        let mut text = Vec::from(TEXT);
        text.extend(self.id().0);
        text.extend(random);
        text.extend(elements.iter().flat_map(|element| element.0.to_le_bytes()));
        let seed = Zeroizing::new(Sha256::digest(&text).into());
        let mut mac = Hmac::<Sha256>::new_from_slice(self.seed()).map_err(|_| Misuse::WrongKey)?;
        mac.update(&text);
        let noise = Zeroizing::new(mac.finalize().into_bytes().into());
        Ok([noise, seed])
    }
}

/// All of a, of a key's number.
pub(super) fn uniform(ring: &crate::ring::Ring, seed: &[u8; 32], number: u16) -> Vec<u64> {
    let (degree, places, digits) = (ring.preset().degree(), ring.places(), ring.primes().len());
    let mut a = vec![0; digits.wrapping_mul(places).wrapping_mul(degree)];
    let rows = a.chunks_exact_mut(places.wrapping_mul(degree));
    for (digit, row) in (0u32..).zip(rows) {
        let base = u32::from(number).wrapping_mul(256).wrapping_add(digit.wrapping_mul(16));
        for ((place, prime), out) in (0u32..).zip(ring.all()).zip(row.chunks_exact_mut(degree)) {
            sample::uniform(seed, label::SWITCHING_UNIFORM, base.wrapping_add(place), prime, out);
        }
    }
    a
}
