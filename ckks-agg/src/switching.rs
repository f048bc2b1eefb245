//! Keys that turn what is encrypted under another polynomial into what is encrypted under the key: after products and
//! rotations.

mod element;
mod generate;
mod wire;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::ciphertext::same_preset;
use crate::derive::KeyId;
use crate::error::{Error, Misuse};
use crate::ntt;
use crate::preset::Preset;
use crate::ring::Ring;

pub(crate) use element::{Element, conjugation, rotation};

/// A set of keys for evaluators: one to relinearise with, one for each rotation.
///
/// # Security
/// Public. They are as secret key and error make them; that they hide s² and turned s under s itself is the circular
/// security that every scheme of this kind assumes.
pub struct SwitchingKeys {
    ring: Arc<Ring>,
    id: KeyId,
    parties: u16,
    /// By element, each once.
    keys: Vec<SwitchingKey>,
}

/// For one polynomial.
#[derive(Clone)]
pub(crate) struct SwitchingKey {
    pub(crate) element: Element,
    pub(crate) origin: Origin,
    /// For each prime of ciphertexts (digits), for each prime of all (places, the special one last): N residues.
    pub(crate) b: Vec<u64>,
    pub(crate) a: Vec<u64>,
    /// Of the element, in NTT order.
    pub(crate) permutation: Box<[u32]>,
}

/// Where a comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From a public seed, and the key's number among those of the seed.
    Seeded { seed: [u8; 32], number: u16 },
    /// From a ceremony.
    Full,
}

impl SwitchingKeys {
    /// Of keys that were made together.
    pub(crate) fn new(ring: &Arc<Ring>, id: KeyId, parties: u16, mut keys: Vec<SwitchingKey>) -> Self {
        keys.sort_by_key(|key| key.element);
        keys.dedup_by_key(|key| key.element);
        SwitchingKeys { ring: ring.clone(), id, parties, keys }
    }

    /// Both sets; where both have a key, that of the first.
    ///
    /// # Errors
    /// [`Misuse::WrongKey`], [`Misuse::MixedPresets`].
    pub fn join(mut self, other: SwitchingKeys) -> Result<Self, Error> {
        same_preset(self.preset(), other.preset())?;
        if self.id != other.id || self.parties != other.parties {
            return Err(Misuse::WrongKey.into());
        }
        self.keys.extend(other.keys);
        Ok(Self::new(&self.ring, self.id, self.parties, self.keys))
    }

    /// The key that they belong to.
    pub fn key_id(&self) -> KeyId {
        self.id
    }

    /// Whose ring they are in.
    pub fn preset(&self) -> Preset {
        self.ring.preset()
    }

    /// Who made them: 1, or the parties of a joint key.
    pub fn parties(&self) -> u16 {
        self.parties
    }

    /// Whether products can be relinearised.
    pub fn relinearises(&self) -> bool {
        self.find(Element::SQUARE).is_ok()
    }

    /// Whether slots can be turned by so many places.
    pub fn rotates(&self, steps: i32) -> bool {
        rotation(self.preset(), steps).is_none_or(|element| self.find(element).is_ok())
    }

    /// # Errors
    /// [`Misuse::NoSwitchingKey`].
    pub(crate) fn find(&self, element: Element) -> Result<&SwitchingKey, Error> {
        let place = self.keys.binary_search_by_key(&element, |key| key.element);
        place.ok().and_then(|place| self.keys.get(place)).ok_or(Misuse::NoSwitchingKey.into())
    }
}

impl SwitchingKey {
    /// Of residues as the fields say.
    pub(crate) fn new(ring: &Ring, element: Element, origin: Origin, b: Vec<u64>, a: Vec<u64>) -> Self {
        let permutation = match element {
            Element::SQUARE => Box::default(),
            Element(g) => ntt::automorphism(ring.preset().degree(), g),
        };
        SwitchingKey { element, origin, b, a, permutation }
    }

    /// (b, a) of a digit at a place.
    pub(crate) fn at(&self, ring: &Ring, digit: usize, place: usize) -> [&[u64]; 2] {
        let degree = ring.preset().degree();
        let which = digit.wrapping_mul(ring.places()).wrapping_add(place);
        [&self.b, &self.a].map(|all| all.chunks_exact(degree).nth(which).unwrap_or_default())
    }
}

impl fmt::Debug for SwitchingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elements = self.keys.iter().map(|key| key.element);
        f.debug_struct("SwitchingKeys")
            .field("preset", &self.preset())
            .field("id", &self.id)
            .field("elements", &elements.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
