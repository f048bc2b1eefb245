//! Many signatures at once.
//!
//! With weights w of 128 bits, hashed from all of the batch, one multi-scalar multiplication checks
//! 8·Σ w_i·(S_i·B − h_i·A_i − R_i) = 0: if a signature of it is bad, that holds for a share of at most 2^-128 of
//! all weights (Bellare, Garay and Rabin, "Fast batch verification for modular exponentiation and digital
//! signatures", 1998, small exponents test; with the hash as a random oracle, who tries q batches has a chance of
//! q·2^-128). Because of the factor 8 the points may be anywhere on the curve (see `checked.rs`).

use alloc::vec::Vec;
use core::iter;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use sha2::{Digest, Sha512};

use crate::error::{Error, Fault};
use crate::frame::{Reader, SignedFrame};
use crate::identity::{CheckedKey, Scope, checked::Claim};

/// So many are checked by one equation: more would leave the cache.
const WHOLE: usize = 4096;
/// Of a whole that fails, so many.
const PART: usize = 64;

impl<'a> SignedFrame<'a> {
    /// The payloads of many frames, in their order, each if its signature is right under the key beside it: for the
    /// very frames that [`SignedFrame::verify`] takes, and cheaper. None is a key that no signature is right under.
    ///
    /// A bad one spoils no other. Where there are bad ones, parts of 64 are checked again, and one by one what is in
    /// a part with a bad one, so that nobody can make this cost more than three checks a frame, of which the dearest is
    /// that of [`SignedFrame::verify`].
    pub fn verify_all(
        frames: &[(SignedFrame<'a>, Option<&CheckedKey>)],
        scope: &Scope<'_>,
    ) -> Vec<Result<Reader<'a>, Error>> {
        let claim = |(frame, key): &(SignedFrame<'a>, Option<&CheckedKey>)| {
            let (body, signature) = frame.signed();
            let claim = |parts: &[&[u8]]| Claim::new((*key)?, parts, signature);
            scope.with_parts(frame.header().kind, body, claim)
        };
        let bad = |frame: &SignedFrame<'a>| Fault::BadSignature.of(frame.header().sender);
        let mut outcomes = Vec::with_capacity(frames.len());
        for whole in frames.chunks(WHOLE) {
            let claims: Vec<Option<Claim>> = whole.iter().map(claim).collect();
            let all = whole.len() > 1 && hold(&claims);
            for (frames, claims) in whole.chunks(PART).zip(claims.chunks(PART)) {
                let all = all || whole.len() > PART && hold(claims);
                outcomes.extend(frames.iter().zip(claims).map(|((frame, _), claim)| {
                    let right = claim.as_ref().is_some_and(|claim| all || claim.holds());
                    if right { Ok(frame.claimed()) } else { Err(bad(frame)) }
                }));
            }
        }
        outcomes
    }
}

/// Whether all hold of those that are there.
fn hold(claims: &[Option<Claim>]) -> bool {
    let claims = || claims.iter().flatten();
    let mut transcript = Sha512::new();
    transcript.update(b"wattsum v1 signatures");
    for claim in claims() {
        transcript.update(claim.hash);
        transcript.update(claim.s.as_bytes());
    }
    let weights = weights(transcript.finalize().into()).map(Scalar::from);
    let weighted: Vec<(Scalar, &Claim)> = weights.zip(claims()).collect();
    let of_base: Scalar = weighted.iter().map(|(weight, claim)| weight * claim.s).sum();
    let scalars = weighted.iter().flat_map(|(weight, claim)| [weight * claim.h(), *weight]);
    let points = weighted.iter().flat_map(|(_, claim)| &claim.minus);
    let sum = EdwardsPoint::vartime_multiscalar_mul(
        iter::once(of_base).chain(scalars.collect::<Vec<_>>()),
        iter::once(&ED25519_BASEPOINT_POINT).chain(points.collect::<Vec<_>>()),
    );
    sum.mul_by_cofactor().is_identity()
}

/// Weights for a batch, of 128 bits, from a hash of all that is in it.
pub fn weights(seed: [u8; 64]) -> impl Iterator<Item = u128> {
    (0u64..).flat_map(move |number| {
        let hash = Sha512::new().chain_update(seed).chain_update(number.to_le_bytes()).finalize();
        let mut weights = [0; 4];
        for (weight, bytes) in weights.iter_mut().zip(hash.as_chunks::<16>().0) {
            *weight = u128::from_le_bytes(*bytes);
        }
        weights
    })
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;

    use super::*;
    use crate::identity::Identity;

    /// Parts of small order do not make a batch fail: who adds them could otherwise have everything checked one by
    /// one.
    #[test]
    fn small_order_costs_nothing() {
        let identity = Identity::from_bytes(&mut [1; 32]);
        let key = identity.public().check().unwrap();
        let signature = identity.sign(crate::Kind::Open, &Scope::Context(&crate::Context([0; 32])), b"");
        let parts: [&[u8]; 3] = [b"wattsum v1 sig\0", &[crate::Kind::Open as u8], &[0; 32]];
        for torsion in EIGHT_TORSION {
            let mut claims = [(); 5].map(|()| Claim::new(&key, &parts, &signature));
            let claim = claims[3].as_mut().unwrap();
            claim.minus[1] += torsion;
            assert!(claim.holds() && hold(&claims));
            claims[3].as_mut().unwrap().minus[1] += ED25519_BASEPOINT_POINT;
            assert!(!hold(&claims));
        }
    }
}
