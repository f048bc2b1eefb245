//! Kind 50: a dealer's shares, each sealed for its receiver, all in one signed frame for everybody.
//!
//! Hashed Diffie–Hellman in the group itself, K = d_i·E_j, so that a receiver can prove K with an equality proof when the share is
//! wrong. Dealing and receiving keys are two: with one key for both, K of a complaint about i's share for j would open j's
//! share for i as well.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use hkdf::Hkdf;
use meter_link::{Identity, Kind, PairKey, PartyId, sealed};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::announcement::Own;
use super::frames::{AROUND, Opened};
use super::plan::Ceremony;
use super::view::{Agreed, at};
use crate::error::{Error, Fault};

const SEALED: usize = 32 + sealed::OVERHEAD;

/// Bytes of the whole frame: `view digest 32`, then `share 32 ‖ seal 16` for each member.
pub(super) fn frame_len(ceremony: &Ceremony) -> usize {
    AROUND.wrapping_add(payload_len(ceremony))
}

fn payload_len(ceremony: &Ceremony) -> usize {
    usize::from(ceremony.threshold().answerers()).wrapping_mul(SEALED).wrapping_add(32)
}

/// The frame of a dealer.
pub(super) fn seal(
    agreed: &Agreed,
    dealer: PartyId,
    own: &Own,
    identity: &Identity,
) -> Result<Vec<u8>, Error> {
    let ceremony = agreed.ceremony();
    let header = ceremony.header(Kind::SealedShares, dealer);
    let mut payload = Vec::with_capacity(payload_len(ceremony));
    payload.extend(agreed.digest());
    for number in 1..=ceremony.threshold().answerers() {
        let receiver = receiver(ceremony, number)?;
        let key = agreed.receiving(number).ok_or(Error::Inconsistent)?;
        let common = Zeroizing::new((key.point() * *own.dealing).compress().to_bytes());
        let key = pair_key(agreed, dealer, receiver, &common)?;
        let mut share = Zeroizing::new(own.polynomial.at(number).to_bytes());
        let tag = sealed::seal(&key, &header, receiver, share.as_mut_slice())?;
        payload.extend_from_slice(share.as_slice());
        payload.extend(tag);
    }
    ceremony.sign(Kind::SealedShares, dealer, identity, &[&payload])
}

/// Checks what everybody can check of a dealer's frame, and gives its place in the list of dealers.
///
/// # Errors
/// [`Fault::WrongLength`]; [`Fault::WrongView`], which with its echo proves it to anybody.
pub(super) fn check(agreed: &Agreed, opened: &Opened<'_, '_>) -> Result<usize, Error> {
    let dealer = opened.dealer()?;
    opened.has(payload_len(agreed.ceremony()))?;
    let mut reader = opened.payload;
    if reader.array()? != agreed.digest() {
        return Err(Fault::WrongView.of(opened.sender));
    }
    Ok(dealer)
}

/// The share for member `number` in a checked frame of the dealer at this place, `common` being the two parties' K.
///
/// # Errors
/// [`Fault::BadShare`] naming the dealer if it does not open, is no scalar below q, or is not what the dealer has
/// committed to.
pub(super) fn open(
    agreed: &Agreed,
    opened: &Opened<'_, '_>,
    dealer: usize,
    number: u8,
    common: &[u8; 32],
) -> Result<Zeroizing<Scalar>, Error> {
    let ceremony = agreed.ceremony();
    let bad = Fault::BadShare.of(opened.sender);
    let mut reader = opened.payload;
    reader.array::<32>()?;
    reader.bytes(usize::from(number).saturating_sub(1).wrapping_mul(SEALED))?;
    let (mut share, tag) = (Zeroizing::new(*reader.array::<32>()?), reader.array()?);
    let receiver = receiver(ceremony, number)?;
    let key = pair_key(agreed, opened.sender, receiver, common)?;
    let header = ceremony.header(Kind::SealedShares, opened.sender);
    sealed::open(&key, &header, receiver, share.as_mut_slice(), tag).map_err(|_| bad)?;
    let share: Option<Scalar> = Scalar::from_canonical_bytes(*share).into();
    let share = Zeroizing::new(share.ok_or(bad)?);
    let committed = agreed.dealt(dealer).map(|dealt| at(number, &dealt.commitments));
    if committed == Some(RistrettoPoint::mul_base(&share)) { Ok(share) } else { Err(bad) }
}

fn receiver(ceremony: &Ceremony, number: u8) -> Result<PartyId, Error> {
    let place = usize::from(number).checked_sub(1);
    let party = place.and_then(|place| ceremony.parties().get(place)).ok_or(Error::Inconsistent)?;
    Ok(party.seat.id)
}

/// `HKDF-SHA256(salt = ceremony id, ikm = K, info = "wattsum v1 elgamal ceremony seal" ‖ view digest 32 ‖ dealer u32 ‖
/// receiver u32)`, 32 bytes. The view digest has both public keys in it.
fn pair_key(
    agreed: &Agreed,
    dealer: PartyId,
    receiver: PartyId,
    common: &[u8; 32],
) -> Result<PairKey, Error> {
    let hkdf = Hkdf::<Sha256>::new(Some(agreed.ceremony().id().as_bytes()), common);
    let (dealer, receiver) = (dealer.0.to_le_bytes(), receiver.0.to_le_bytes());
    let info: [&[u8]; 4] = [b"wattsum v1 elgamal ceremony seal", agreed.digest(), &dealer, &receiver];
    let mut key = Zeroizing::new([0u8; 32]);
    hkdf.expand_multi_info(&info, key.as_mut_slice()).map_err(|_| meter_link::Misuse::WrongLength)?;
    Ok(PairKey::from_bytes(&key))
}
