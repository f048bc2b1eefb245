//! Decryption shares outside a round, with proofs.
#![allow(dead_code, clippy::unwrap_used)]

use curve25519_dalek::{RistrettoPoint, Scalar};
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{CheckedShare, Ciphertext, Fault, KeySet, SecretShare};

/// The share of a ciphertext, and its proof for a domain.
pub(crate) fn proven(share: &SecretShare, of: &Ciphertext, domain: &[u8]) -> (Encoded, Equality) {
    let secret = Scalar::from_canonical_bytes(*share.to_bytes()).unwrap();
    let output = Encoded::from(share.decryption_share(of.r()));
    let public = Encoded::from(RistrettoPoint::mul_base(&secret));
    let (inputs, outputs) = ([Encoded::from(*of.r())], [output]);
    let statement = Statement { domain: &[domain], public: &public, inputs: &inputs, outputs: &outputs };
    // As good as drawn: another for each share and ciphertext.
    let nonce = Scalar::from_bytes_mod_order(*output.bytes()) + secret;
    (output, Equality::prove(&statement, &secret, &nonce).unwrap())
}

/// The share of a ciphertext that trustee `number` is said to have given.
pub(crate) fn checked_as(
    number: u8,
    keys: &KeySet,
    share: &SecretShare,
    of: &Ciphertext,
) -> Result<CheckedShare, Fault> {
    let (output, proof) = proven(share, of, b"here");
    let of = [Encoded::from(*of.r())];
    Ok(CheckedShare::verify(keys, number, &[b"here"], &of, &[output], &proof)?.remove(0))
}

pub(crate) fn checked(keys: &KeySet, share: &SecretShare, of: &Ciphertext) -> CheckedShare {
    checked_as(share.number(), keys, share, of).unwrap()
}
