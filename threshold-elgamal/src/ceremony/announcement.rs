//! Kind 48: a member's key for receiving shares, a dealer's key for sending them and its commitments, each with a proof of
//! possession.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use meter_link::frame::Reader;
use meter_link::{Identity, Kind};
use zeroize::Zeroizing;

use super::frames::Opened;
use super::plan::{Ceremony, Party};
use super::possession::Owner;
use super::secrets::{Polynomial, Secrets, Use};
use crate::equality::{Encoded, Equality};
use crate::error::{Error, Fault};
use crate::keys::SecretShare;

/// What a party has announced, checked.
#[derive(Debug)]
pub(super) struct Announced {
    /// Of members.
    pub(super) receiving: Option<Encoded>,
    /// Of dealers.
    pub(super) dealt: Option<Dealt>,
}

/// A dealer's part.
#[derive(Debug)]
pub(super) struct Dealt {
    pub(super) key: Encoded,
    /// φ_0 … φ_(t−1).
    pub(super) commitments: Vec<RistrettoPoint>,
}

/// The secrets behind an announcement.
pub(super) struct Own {
    pub(super) receiving: Zeroizing<Scalar>,
    pub(super) dealing: Zeroizing<Scalar>,
    pub(super) polynomial: Polynomial,
}

impl Own {
    /// All of it, though a party may need only a part. `old` is dealt anew.
    pub(super) fn new(secrets: &Secrets, threshold: u8, old: Option<&SecretShare>) -> Self {
        Own {
            receiving: secrets.scalar(Use::Receiving, 0, &[]),
            dealing: secrets.scalar(Use::Dealing, 0, &[]),
            polynomial: secrets.polynomial(threshold, old.map(SecretShare::scalar)),
        }
    }

    /// The frame: `receiving key 32 ‖ proof 64` of members, then `dealing key 32 ‖ proof 64 ‖ φ_0 … φ_(t−1) ‖ proof 64` of
    /// dealers.
    pub(super) fn announce(
        &self,
        ceremony: &Ceremony,
        party: &Party,
        secrets: &Secrets,
        identity: &Identity,
    ) -> Result<Vec<u8>, Error> {
        let mut payload = Vec::with_capacity(length(ceremony, party));
        let owner = |key| Owner { ceremony: ceremony.id(), id: party.seat.id, key };
        let mut key = |key, secret: &Scalar, more: &[Encoded]| -> Result<(), Error> {
            let public = Encoded::from(RistrettoPoint::mul_base(secret));
            payload.extend(public.bytes());
            more.iter().for_each(|point| payload.extend(point.bytes()));
            payload.extend(owner(key).prove(secrets, secret, &public)?.to_bytes());
            Ok(())
        };
        if party.member.is_some() {
            key(Use::Receiving, &self.receiving, &[])?;
        }
        if party.dealer.is_some() {
            key(Use::Dealing, &self.dealing, &[])?;
            if let Some((first, rest)) = self.polynomial.coefficients().split_first() {
                let rest: Vec<Encoded> = rest.iter().map(|a| RistrettoPoint::mul_base(a).into()).collect();
                key(Use::Coefficient, first, &rest)?;
            }
        }
        ceremony.sign(Kind::Commitments, party.seat.id, identity, &[&payload])
    }
}

/// Bytes of the payload.
fn length(ceremony: &Ceremony, party: &Party) -> usize {
    let key = 32usize.wrapping_add(Equality::LEN);
    let coefficients = usize::from(ceremony.threshold().threshold()).wrapping_mul(32);
    let member = if party.member.is_some() { key } else { 0 };
    // The first commitment's proof stands behind the last.
    let dealer =
        if party.dealer.is_some() { key.wrapping_add(coefficients).wrapping_add(Equality::LEN) } else { 0 };
    member.wrapping_add(dealer)
}

impl Announced {
    /// Checks the payload of a signed frame.
    ///
    /// # Errors
    /// [`Fault`] naming its signer: [`Fault::WrongLength`], so that commitments for a higher threshold do not count;
    /// [`Fault::NotAPoint`], [`Fault::IdentityPoint`], [`Fault::NotAScalar`], [`Fault::BadPossession`]; of a
    /// resharing [`Fault::WrongCommitment`].
    pub(super) fn read(ceremony: &Ceremony, opened: &Opened<'_, '_>) -> Result<Self, Error> {
        let party = opened.party;
        opened.has(length(ceremony, party))?;
        let mut reader = opened.payload;
        let blame = |fault: Fault| fault.of(opened.sender);
        let receiving = match party.member {
            Some(_) => Some(key(ceremony, party, Use::Receiving, 1, &mut reader).map_err(blame)?),
            None => None,
        };
        let dealt = match party.dealer {
            Some(place) => Some(dealt(ceremony, party, place, &mut reader).map_err(blame)?),
            None => None,
        };
        reader.end()?;
        let first = |points: Vec<Encoded>| points.into_iter().next();
        Ok(Announced { receiving: receiving.and_then(first), dealt })
    }
}

fn dealt(ceremony: &Ceremony, party: &Party, place: usize, reader: &mut Reader<'_>) -> Result<Dealt, Fault> {
    let dealing = key(ceremony, party, Use::Dealing, 1, reader)?;
    let count = ceremony.threshold().threshold();
    let commitments = key(ceremony, party, Use::Coefficient, count, reader)?;
    let old = ceremony.dealers().get(place).and_then(|(_, number)| ceremony.old_member(*number));
    if old.is_some() && old != commitments.first().map(Encoded::bytes) {
        return Err(Fault::WrongCommitment);
    }
    let key = dealing.into_iter().next().ok_or(Fault::WrongLength)?;
    Ok(Dealt { key, commitments: commitments.iter().map(|point| *point.point()).collect() })
}

/// `count` points and a proof of possession of the first. None may be the identity: as a key it seals for everybody,
/// as a commitment it is what nobody draws.
fn key(
    ceremony: &Ceremony,
    party: &Party,
    purpose: Use,
    count: u8,
    reader: &mut Reader<'_>,
) -> Result<Vec<Encoded>, Fault> {
    let mut points = Vec::with_capacity(count.into());
    for _ in 0..count {
        let point = Encoded::from_bytes(reader.array().map_err(|_| Fault::WrongLength)?)?;
        if point.point().is_identity() {
            return Err(Fault::IdentityPoint);
        }
        points.push(point);
    }
    let proof = reader.array().map_err(|_| Fault::WrongLength)?;
    let owner = Owner { ceremony: ceremony.id(), id: party.seat.id, key: purpose };
    owner.verify(points.first().ok_or(Fault::WrongLength)?, proof)?;
    Ok(points)
}
