//! The key that everybody may encrypt with.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::derive::KeyId;
use crate::error::{Error, Malformed};
use crate::preset::Preset;
use crate::ring::Ring;
use crate::sample::{self, label};
use crate::wire;

/// Who made a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// One who has the whole secret.
    Single,
    /// So many parties together.
    Joint(u16),
}

impl Origin {
    /// Of the stream that a is made from.
    pub(crate) const fn label(self) -> u64 {
        match self {
            Origin::Single => label::PUBLIC_UNIFORM,
            Origin::Joint(_) => label::JOINT_UNIFORM,
        }
    }
}

/// (b, a) with b = −a·s + e, where a is made from a public seed.
#[derive(Clone)]
pub struct PublicKey {
    ring: Arc<Ring>,
    origin: Origin,
    seed: [u8; 32],
    /// For all ciphertext primes, in NTT order.
    b: Vec<u64>,
    a: Vec<u64>,
    id: KeyId,
}

impl PublicKey {
    pub(crate) fn new(ring: &Arc<Ring>, origin: Origin, seed: [u8; 32], b: Vec<u64>) -> Self {
        let mut a = vec![0; b.len()];
        let degree = ring.preset().degree();
        for ((place, prime), a) in (0..).zip(ring.primes()).zip(a.chunks_exact_mut(degree)) {
            sample::uniform(&seed, origin.label(), place, prime, a);
        }
        let mut packed = vec![0; wire::packed_len(ring.preset(), ring.preset().top_level())];
        wire::pack(ring.preset(), &b, &mut packed);
        let id = KeyId::of(ring.preset(), &seed, &packed);
        PublicKey { ring: ring.clone(), origin, seed, b, a, id }
    }

    /// `1 u8 ‖ preset u8 ‖ public seed 32 ‖ b packed`, or for a joint key `2 u8 ‖ preset u8 ‖ parties u16 ‖ …`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (version, parties) = match self.origin {
            Origin::Single => (1, None),
            Origin::Joint(parties) => (2, Some(parties)),
        };
        let mut bytes = vec![version, self.preset() as u8];
        bytes.extend(parties.iter().flat_map(|parties| parties.to_le_bytes()));
        bytes.extend(self.seed);
        let head = bytes.len();
        bytes.resize(head.wrapping_add(wire::packed_len(self.preset(), self.preset().top_level())), 0);
        wire::pack(self.preset(), &self.b, bytes.get_mut(head..).unwrap_or_default());
        bytes
    }

    /// A received key. Whether it is the right one says its [name](PublicKey::id), by another way.
    ///
    /// # Errors
    /// [`Malformed`]: no such version or preset, a wrong length, a residue beyond its prime, a joint key of no party,
    /// another preset than the ring's.
    pub fn from_bytes(ring: &Arc<Ring>, bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = wire::Input::new(bytes);
        let version = reader.u8()?;
        let preset = Preset::try_from(reader.u8()?)?;
        preset.read_for(ring.preset())?;
        let origin = match version {
            1 => Origin::Single,
            2 => Origin::Joint(reader.u16()?),
            _ => return Err(Malformed::BadHeader.into()),
        };
        if origin == Origin::Joint(0) {
            return Err(Malformed::BadHeader.into());
        }
        let seed = *reader.array()?;
        let packed = reader.bytes(wire::packed_len(preset, preset.top_level()))?;
        reader.end()?;
        let mut b = vec![0; ring.primes().len().wrapping_mul(preset.degree())];
        wire::unpack(ring.preset(), packed, &mut b)?;
        Ok(Self::new(ring, origin, seed, b))
    }

    /// Its name, which ciphertexts carry: a hash of all of it.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whose ring it is in.
    pub fn preset(&self) -> Preset {
        self.ring.preset()
    }

    /// Who made it: 1, or the parties of a joint key.
    pub fn parties(&self) -> u16 {
        match self.origin {
            Origin::Single => 1,
            Origin::Joint(parties) => parties,
        }
    }

    pub(crate) fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// (b, a) for all ciphertext primes.
    pub(crate) fn pair(&self) -> (&[u64], &[u64]) {
        (&self.b, &self.a)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("preset", &self.preset())
            .field("id", &self.id)
            .field("parties", &self.parties())
            .finish_non_exhaustive()
    }
}
