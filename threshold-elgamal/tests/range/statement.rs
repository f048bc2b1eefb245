//! Ciphertexts with their range proofs, outside of any frame.

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::{Context, PartyId, Round};
use threshold_elgamal::range::{Bounds, Generators, RangeProof};
use threshold_elgamal::{Blinding, Ciphertext, Error, GroupKey, Place};

pub(crate) static CONTEXT: Context = Context([7; 32]);

pub(crate) fn key(secret: u64) -> GroupKey {
    GroupKey::new(RistrettoPoint::mul_base(&Scalar::from(secret)).compress().to_bytes(), [9; 32]).unwrap()
}

/// Any full-width number.
pub(crate) fn scalar(number: u64) -> Scalar {
    let mut wide = [0x5a; 64];
    wide[..8].copy_from_slice(&number.to_le_bytes());
    Scalar::from_bytes_mod_order_wide(&wide)
}

pub(crate) fn secret(number: u64) -> Blinding {
    Blinding::from_bytes(&mut scalar(number).to_bytes()).unwrap()
}

pub(crate) fn place(meter: u32) -> Place<'static> {
    Place { context: &CONTEXT, round: Round::from(4), id: PartyId(meter), channel: 0 }
}

/// A meter's ciphertext and proof.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) place: Place<'static>,
    pub(crate) ciphertext: [u8; 64],
    pub(crate) proof: RangeProof,
}

/// Of the whole width of the generators.
pub(crate) fn make(generators: &Generators, key: &GroupKey, meter: u32, reading: i64) -> Result<Made, Error> {
    make_within(generators, &Bounds::all(generators.width()), key, meter, reading)
}

pub(crate) fn make_within(
    generators: &Generators,
    bounds: &Bounds,
    key: &GroupKey,
    meter: u32,
    reading: i64,
) -> Result<Made, Error> {
    let (place, blinding) = (place(meter), secret(meter.into()));
    let ciphertext = Ciphertext::encrypt(key, reading, &blinding).to_bytes();
    let seed = secret(u64::from(meter) + (1 << 32));
    let proof = RangeProof::prove((generators, bounds), &place, key, &ciphertext, reading, &blinding, &seed)?;
    Ok(Made { place, ciphertext, proof })
}
