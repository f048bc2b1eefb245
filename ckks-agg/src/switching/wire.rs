//! The bytes of switching keys.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::{Element, Origin, SwitchingKey, SwitchingKeys, generate};
use crate::derive::KeyId;
use crate::error::{Error, Malformed};
use crate::preset::Preset;
use crate::ring::Ring;
use crate::wire::{Input, pack_all, packed_len_all, unpack_all};

const SEEDED: u8 = 1;
const FULL: u8 = 2;

impl SwitchingKeys {
    /// `1 u8 ‖ preset u8 ‖ parties u16 ‖ key id 16 ‖ count u16`, and for each key, by ascending element,
    /// `element u32 ‖ 1 u8 ‖ number u16 ‖ seed 32 ‖ b` or `element u32 ‖ 2 u8 ‖ b ‖ a`: b and a digit after digit, each packed
    /// for all primes, the special one last.
    pub fn to_bytes(&self) -> Vec<u8> {
        let preset = self.preset();
        let mut bytes = vec![1, preset as u8];
        bytes.extend(self.parties.to_le_bytes());
        bytes.extend(self.id.0);
        bytes.extend(u16::try_from(self.keys.len()).unwrap_or(u16::MAX).to_le_bytes());
        for key in &self.keys {
            bytes.extend(key.element.0.to_le_bytes());
            match key.origin {
                Origin::Seeded { seed, number } => {
                    bytes.push(SEEDED);
                    bytes.extend(number.to_le_bytes());
                    bytes.extend(seed);
                    pack_digits(preset, &key.b, &mut bytes);
                }
                Origin::Full => {
                    bytes.push(FULL);
                    pack_digits(preset, &key.b, &mut bytes);
                    pack_digits(preset, &key.a, &mut bytes);
                }
            }
        }
        bytes
    }

    /// From bytes, all of which they are.
    ///
    /// # Errors
    /// [`Malformed`]: no such version, preset, form or element, elements that do not ascend, a wrong length, a residue
    /// beyond its prime, another preset than the ring's.
    ///
    /// # Security
    /// Wrong keys give wrong results, which no bound knows of: they come from who made the public key, and by the same way.
    pub fn from_bytes(ring: &Arc<Ring>, bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Input::new(bytes);
        let [version, preset] = *input.array()?;
        let preset = Preset::try_from(preset)?;
        preset.read_for(ring.preset())?;
        let parties = input.u16()?;
        let id = KeyId(*input.array()?);
        let count = input.u16()?;
        if version != 1 || parties == 0 || preset.special().is_none() {
            return Err(Malformed::BadHeader.into());
        }
        let mut keys: Vec<SwitchingKey> = Vec::new();
        for _ in 0..count {
            let key = read_key(ring, &mut input)?;
            if keys.last().is_some_and(|last| last.element >= key.element) {
                return Err(Malformed::BadHeader.into());
            }
            keys.push(key);
        }
        input.end()?;
        Ok(SwitchingKeys::new(ring, id, parties, keys))
    }
}

fn read_key(ring: &Ring, input: &mut Input<'_>) -> Result<SwitchingKey, Error> {
    let element = Element(input.u32()?);
    if !element.exists(ring.preset()) {
        return Err(Malformed::BadHeader.into());
    }
    match input.u8()? {
        SEEDED => {
            let number = input.u16()?;
            let seed = *input.array()?;
            let b = unpack_digits(ring, input)?;
            let a = generate::uniform(ring, &seed, number);
            Ok(SwitchingKey::new(ring, element, Origin::Seeded { seed, number }, b, a))
        }
        FULL => {
            let (b, a) = (unpack_digits(ring, input)?, unpack_digits(ring, input)?);
            Ok(SwitchingKey::new(ring, element, Origin::Full, b, a))
        }
        _ => Err(Malformed::BadHeader.into()),
    }
}

fn pack_digits(preset: Preset, residues: &[u64], bytes: &mut Vec<u8>) {
    let places = preset.primes().len().wrapping_add(1);
    for digit in residues.chunks_exact(places.wrapping_mul(preset.degree())) {
        let head = bytes.len();
        bytes.resize(head.wrapping_add(packed_len_all(preset)), 0);
        pack_all(preset, digit, bytes.get_mut(head..).unwrap_or_default());
    }
}

fn unpack_digits(ring: &Ring, input: &mut Input<'_>) -> Result<Vec<u64>, Error> {
    let preset = ring.preset();
    let digits = ring.primes().len();
    let len = ring.places().wrapping_mul(preset.degree());
    // Nothing is allocated before the bytes are there.
    let bytes = input.bytes(digits.wrapping_mul(packed_len_all(preset)))?;
    let mut residues = vec![0; digits.wrapping_mul(len)];
    for (bytes, out) in bytes.chunks_exact(packed_len_all(preset)).zip(residues.chunks_exact_mut(len)) {
        unpack_all(preset, bytes, out)?;
    }
    Ok(residues)
}
