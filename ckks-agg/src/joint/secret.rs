//! A trustee's part of a joint secret key.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::Reader;
use meter_link::mark::check;
use meter_link::{Malformed, PairKey};
use zeroize::Zeroizing;

use super::part::Part;
use crate::derive::KeyId;
use crate::error::Error;
use crate::message;
use crate::preset::Preset;
use crate::ring::Ring;
use crate::wire;

/// What a trustee has of the key: its own sᵢ, its share Sₓ of all of them, and keys for the pads of answers.
///
/// # Security
/// t of these open every ciphertext. It belongs to one epoch, and is wiped when the epoch is over.
pub struct JointSecret {
    pub(super) id: KeyId,
    pub(super) common: [u8; 32],
    pub(super) number: u8,
    pub(super) threshold: u8,
    pub(super) part: Part,
    /// For ciphertext primes, in NTT order; sᵢ itself where all are needed.
    pub(super) share: Zeroizing<Vec<u64>>,
    /// By number.
    pub(super) fellows: Vec<Option<PairKey>>,
}

const VERSION: u8 = 35;

impl JointSecret {
    /// The public key's name.
    pub fn key_id(&self) -> KeyId {
        self.id
    }

    /// The trustee's number, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// How many trustees open.
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many there are.
    pub fn parties(&self) -> u8 {
        u8::try_from(self.fellows.len()).unwrap_or(u8::MAX)
    }

    /// Whose ring it is in.
    pub fn preset(&self) -> Preset {
        self.part.ring.preset()
    }

    /// For storing: `35 u8 ‖ preset u8 ‖ number u8 ‖ n u8 ‖ t u8 ‖ key id 16 ‖ common seed 32 ‖ seed 32 ‖ key 32 with each
    /// trustee, zero with itself ‖ share, packed ‖ check 4`. Secret.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let polynomial = message::polynomial_len(self.preset());
        let keys = self.fellows.len().wrapping_mul(32);
        // Room for all at once: no copy stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(polynomial.wrapping_add(keys).wrapping_add(128)));
        out.extend([VERSION, self.preset() as u8, self.number, self.parties(), self.threshold]);
        out.extend(self.id.0);
        out.extend(self.common);
        out.extend_from_slice(&*self.part.seed);
        for fellow in &self.fellows {
            match fellow {
                Some(key) => out.extend_from_slice(&*key.to_bytes()),
                None => out.extend([0; 32]),
            }
        }
        let at = out.len();
        out.resize(at.wrapping_add(polynomial), 0);
        wire::pack(self.preset(), &self.share, out.get_mut(at..).unwrap_or_default());
        let check = check(&out);
        out.extend(check);
        out
    }

    /// From the store.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`]; [`OtherPreset`](crate::Malformed::OtherPreset) for a key of another preset than the ring.
    pub fn from_bytes(ring: &Arc<Ring>, state: &[u8]) -> Result<Self, Error> {
        let bad = Malformed::BadRecord;
        let (body, stored) = state.split_last_chunk::<4>().ok_or(bad)?;
        if check(body) != *stored {
            return Err(bad.into());
        }
        let mut reader = Reader::new(body);
        let [version, preset, number, parties, threshold] = *reader.array().map_err(|_| bad)?;
        if version != VERSION || number == 0 || number > parties || threshold == 0 || threshold > parties {
            return Err(bad.into());
        }
        let preset = Preset::try_from(preset)?;
        preset.read_for(ring.preset())?;
        let mut read = || -> Result<Self, Error> {
            let id = KeyId(*reader.array()?);
            let (common, part) = (*reader.array()?, Part::new(ring, reader.array()?));
            let mut fellows = Vec::with_capacity(parties.into());
            for other in 1..=parties {
                let key = PairKey::from_bytes(reader.array()?);
                fellows.push((other != number).then_some(key));
            }
            let mut share = Zeroizing::new(vec![0; preset.primes().len().wrapping_mul(preset.degree())]);
            wire::unpack(preset, reader.bytes(message::polynomial_len(preset))?, &mut share)?;
            reader.end()?;
            Ok(JointSecret { id, common, number, threshold, part, share, fellows })
        };
        read().map_err(|_| bad.into())
    }
}

impl fmt::Debug for JointSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JointSecret")
            .field("id", &self.id)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
