//! What parties can do that do not run our code: sign frames of any content, sign any Open and Close.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Quorum;
use meter_link::cohort::Party;
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::round::{CloseFields, OpenFields, frame_hash};
use meter_link::{EpochView, Identity, PartyId, Round};
use threshold_elgamal::Ciphertext;

/// A frame of a meter with this payload, signed properly.
pub(crate) fn contribution(view: &EpochView, party: &Party, at: Round, payload: &[u8]) -> Vec<u8> {
    signed(view, &party.identity, Kind::Contribution, Flags::TRANSMISSION, party.id, at, payload)
}

pub(crate) fn signed(
    view: &EpochView,
    identity: &Identity,
    kind: Kind,
    flags: u8,
    sender: PartyId,
    at: Round,
    payload: &[u8],
) -> Vec<u8> {
    let header = view.header(kind, flags, sender, at);
    let mut out = vec![0; 16 + payload.len() + 64];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(&header, identity, &view.scope()).unwrap();
    out
}

/// An Open that names these meters present, and the final Close over all of them.
pub(crate) fn open_and_close(
    view: &EpochView,
    utility: &Identity,
    at: Round,
    members: &[bool],
    quorum: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let mut out = vec![0; 1000];
    let open = OpenFields { round: at, previous: None, present: members };
    let open = open.sign(view, utility, &mut out).unwrap().to_vec();
    let close = close(view, utility, at, &open, members, quorum);
    (open, close)
}

pub(crate) fn close(
    view: &EpochView,
    utility: &Identity,
    at: Round,
    open: &[u8],
    members: &[bool],
    quorum: &[u8],
) -> Vec<u8> {
    let close = CloseFields {
        round: at,
        pass: 1,
        previous: frame_hash(open),
        quorum: Some(Quorum::new(quorum).unwrap()),
        is_final: true,
        set: members,
    };
    let mut out = vec![0; 1000];
    close.sign(view, utility, &mut out).unwrap().to_vec()
}

/// A frame of a trustee with this payload, under the right tag.
pub(crate) fn tagged(view: &EpochView, party: &Party, kind: Kind, at: Round, payload: &[u8]) -> Vec<u8> {
    let peer = view.utility().peer();
    let key = party.link.pair_key(Label::Frame, view.context(), party.id, &peer, &[]).unwrap();
    let header = view.header(kind, 0, party.id, at);
    let mut out = vec![0; 16 + payload.len() + 16];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_tagged(&header, &key).unwrap();
    out
}

/// The first ciphertext of a contribution.
pub(crate) fn ciphertext(frame: &[u8]) -> Ciphertext {
    Ciphertext::from_bytes(frame[16..80].try_into().unwrap()).unwrap()
}

/// `R ‖ C` of any two points.
pub(crate) fn encoded(r: RistrettoPoint, c: RistrettoPoint) -> [u8; 64] {
    let both = [r.compress().to_bytes(), c.compress().to_bytes()];
    both.as_flattened().try_into().unwrap()
}

/// The same plaintext under another blinding, which needs no secret.
pub(crate) fn blind_again(key: &RistrettoPoint, ciphertext: &Ciphertext, by: u64) -> [u8; 64] {
    let by = Scalar::from(by);
    encoded(ciphertext.r() + RistrettoPoint::mul_base(&by), ciphertext.c() + key * by)
}

/// What shares give that are taken at their word, as whoever does not check them would: t of them, by number.
pub(crate) fn combine(ciphertext: &Ciphertext, shares: &[(u8, RistrettoPoint)]) -> RistrettoPoint {
    let weight = |i: u8| {
        let others = shares.iter().map(|(j, _)| *j).filter(|j| *j != i);
        others.fold(Scalar::ONE, |product, j| {
            product * Scalar::from(j) * (Scalar::from(j) - Scalar::from(i)).invert()
        })
    };
    let mask: RistrettoPoint = shares.iter().map(|(i, share)| weight(*i) * share).sum();
    ciphertext.c() - mask
}
