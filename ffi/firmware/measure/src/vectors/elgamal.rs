//! Section `elgamal` of the reference, and RFC 9496's encodings.

use meter_link::frame::Reader;
use meter_link::{Context, Error, Misuse, PartyId};
use threshold_elgamal::{Blinding, Ciphertext, GroupKey, Knowledge, Place, SecretShare};

use super::{Computed, list, ok, round};

/// What threshold-elgamal refuses, here with the one error of all computations.
pub(super) fn taken<T, E>(result: Result<T, E>) -> Result<T, Error> {
    result.map_err(|_| Misuse::BadParameter.into())
}

fn key(input: &mut Reader<'_>) -> Result<GroupKey, Error> {
    let (encoding, key_set) = (*input.array()?, *input.array()?);
    taken(GroupKey::new(encoding, key_set))
}

fn blinding(input: &mut Reader<'_>) -> Result<Blinding, Error> {
    taken(Blinding::from_bytes(&mut { *input.array()? }))
}

pub(super) fn ciphertext(input: &mut Reader<'_>) -> Computed {
    let (key, reading) = (key(input)?, input.u64()?.cast_signed());
    let made = Ciphertext::encrypt(&key, reading, &blinding(input)?);
    if Ciphertext::from_bytes(&made.to_bytes()) != Ok(made) {
        return Err(Misuse::BadParameter.into());
    }
    ok(&made.to_bytes())
}

/// The proof, which must verify where it was made, and nowhere else.
pub(super) fn knowledge(input: &mut Reader<'_>) -> Computed {
    let (key, context, round, id) =
        (key(input)?, Context(*input.array()?), round(input)?, PartyId(input.u32()?));
    let (reading, of, encoded) = (input.u64()?.cast_signed(), blinding(input)?, *input.array()?);
    let nonces = [blinding(input)?, blinding(input)?];
    let place = Place { context: &context, round, id, channel: 0 };
    let elsewhere = Place { channel: 1, ..place };
    let proof = Knowledge::prove(&place, &key, &encoded, reading, &of, [&nonces[0], &nonces[1]]);
    taken(proof.verify(&place, &key, &encoded))?;
    if proof.verify(&elsewhere, &key, &encoded).is_ok() {
        return Err(Misuse::BadParameter.into());
    }
    ok(&proof.to_bytes())
}

pub(super) fn summed(input: &mut Reader<'_>) -> Result<Ciphertext, Error> {
    let ciphertexts = list(input, |input| taken(Ciphertext::from_bytes(input.array()?)))?;
    Ok(Ciphertext::sum(&ciphertexts))
}

/// The sum of ciphertexts, then a trustee's decryption share of it.
pub(super) fn share(input: &mut Reader<'_>) -> Computed {
    let (number, mut secret) = (input.u8()?, *input.array()?);
    let share = taken(SecretShare::from_bytes(number, &mut secret))?;
    let sum = summed(input)?;
    let opened = share.decryption_share(sum.r()).compress();
    ok(&[&sum.to_bytes()[..], opened.as_bytes()].concat())
}

/// One byte for each half of a ciphertext that an encoding stands in, beside a good one: whether it is taken.
pub(super) fn decoded(input: &mut Reader<'_>) -> Computed {
    let (encoding, good): (&[u8; 32], &[u8; 32]) = (input.array()?, input.array()?);
    let taken = [[encoding, good], [good, encoding]].map(|[r, c]| {
        let mut both = [0; 64];
        both.iter_mut().zip(r.iter().chain(c)).for_each(|(place, byte)| *place = *byte);
        u8::from(Ciphertext::from_bytes(&both).is_ok())
    });
    ok(&taken)
}
