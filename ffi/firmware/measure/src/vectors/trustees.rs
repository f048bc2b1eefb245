//! Section `elgamal` of the reference: what trustees' secret shares give together.

use alloc::vec::Vec;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Threshold;
use meter_link::frame::Reader;
use meter_link::{Error, Misuse};
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{CheckedShare, KeySet, SecretShare, combine};

use super::elgamal::{summed, taken};
use super::{Computed, list, ok};

/// Trustees' secret shares, all of them, and the key set that they are of.
fn trustees(input: &mut Reader<'_>) -> Result<(Vec<SecretShare>, KeySet), Error> {
    let threshold = input.u8()?;
    let secrets = list(input, |input| Ok(*input.array()?))?;
    let shares = (1u8..)
        .zip(secrets)
        .map(|(number, mut secret)| taken(SecretShare::from_bytes(number, &mut secret)))
        .collect::<Result<Vec<_>, _>>()?;
    let count = u8::try_from(shares.len()).map_err(|_| Misuse::WrongLength)?;
    let mut stored = Vec::from([1, count, threshold]);
    shares.iter().for_each(|share| stored.extend(share.public()));
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(count, threshold)?;
    let keys = taken(KeySet::from_bytes(threshold, &stored))?;
    Ok((shares, keys))
}

pub(super) fn group_key(input: &mut Reader<'_>) -> Computed {
    let (_, keys) = trustees(input)?;
    ok(keys.group_key().encoding())
}

fn scalar(bytes: &[u8; 32]) -> Result<Scalar, Error> {
    Option::from(Scalar::from_canonical_bytes(*bytes)).ok_or(Misuse::BadParameter.into())
}

/// What a quorum's shares, proven and checked, make of a sum that is at most `bound` from 0.
pub(super) fn opened(input: &mut Reader<'_>) -> Computed {
    let (shares, keys) = trustees(input)?;
    let (quorum, sum, bound) = (list(input, Reader::u8)?, summed(input)?, input.u64()?);
    let of = [Encoded::from(*sum.r())];
    let mut checked = Vec::new();
    for number in quorum {
        let share = shares.iter().find(|share| share.number() == number).ok_or(Misuse::BadQuorum)?;
        let (public, output) =
            (Encoded::from_bytes(&share.public()), [Encoded::from(share.decryption_share(sum.r()))]);
        let statement =
            Statement { domain: &[b"here"], public: &taken(public)?, inputs: &of, outputs: &output };
        let mut bytes = share.to_bytes();
        let secret = scalar(&bytes)?;
        // As good as drawn, and a test's.
        if let Some(first) = bytes.first_mut() {
            *first ^= 1;
        }
        let proof = taken(Equality::prove(&statement, &secret, &scalar(&bytes)?))?;
        checked.extend(taken(CheckedShare::verify(&keys, number, &[b"here"], &of, &output, &proof))?);
    }
    let point = taken(combine(&keys, &sum, &checked))?;
    // Step by step: the table of utilities is too large for the device.
    let mut step = RistrettoPoint::mul_base(&-Scalar::from(bound));
    for total in -bound.cast_signed()..=bound.cast_signed() {
        if step == point {
            return ok(&total.to_le_bytes());
        }
        step += RISTRETTO_BASEPOINT_POINT;
    }
    Err(Misuse::BadParameter.into())
}
