//! What answerers sign for all: the list of commitments and the public key of an epoch.

use meter_link::answer::Quorum;
#[cfg(feature = "alloc")]
use meter_link::frame::Writer;
use meter_link::frame::{Header, SignedFrame};
use meter_link::roster::Member;
use meter_link::{EpochView, Identity, Kind, PartyId};
use sha2::{Digest, Sha256};

use crate::error::{Error, Fault};
use crate::params::Params;

/// Bytes of a statement: header, `digest 32`, signature.
pub const STATEMENT_LEN: usize = Header::LEN + 32 + Identity::SIGNATURE_LEN;

/// Statements that are looked at.
const MOST: usize = 256;

/// What public keys are stated by: `SHA-256("wattsum v1 ckks public key" ‖ its bytes)`.
pub fn key_digest(key: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(b"wattsum v1 ckks public key").chain_update(key).finalize().into()
}

/// Signs a statement of the epoch. Deterministic: the same again is byte for byte the same.
#[cfg(feature = "alloc")]
pub(crate) fn sign(
    view: &EpochView,
    kind: Kind,
    id: PartyId,
    identity: &Identity,
    digest: &[u8; 32],
) -> Result<[u8; STATEMENT_LEN], Error> {
    let mut out = [0u8; STATEMENT_LEN];
    let header = view.header(kind, 0, id, view.epoch().first_round);
    let mut writer = Writer::frame(&mut out, &header)?;
    writer.bytes(digest)?;
    writer.finish_signed(&header, identity, &view.scope())?;
    Ok(out)
}

/// Who states what: number, id and digest.
pub(crate) fn verify(
    frame: &[u8],
    view: &EpochView,
    kind: Kind,
    answerers: &[Member],
) -> Result<(u8, PartyId, [u8; 32]), Error> {
    let frame = SignedFrame::parse(frame, &view.expect(kind, 0))?;
    let (sender, round) = (frame.header().sender, frame.header().round);
    let mut numbered = (1..=u8::MAX).zip(answerers);
    let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
    let (number, member) = numbered.find(|(_, member)| member.id == sender).ok_or(unknown)?;
    let mut payload = frame.verify(&member.identity, &view.scope())?;
    if round != view.epoch().first_round {
        return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
    }
    let digest = *payload.array()?;
    payload.end()?;
    Ok((number, sender, digest))
}

/// The digest that as many answerers have signed as it takes, whoever brings their statements. As t > f, one of them is
/// honest. What is no statement, or of something else, is passed over, so that nobody can prevent it by adding something.
///
/// `kind` is [`Kind::ListStatement`] or [`Kind::PublicKeyStatement`]; `answerers` are the epoch's, in the order of their
/// numbers, each found in the answerers' list by [`Inclusion`](meter_link::roster::Inclusion) or by holding the whole
/// roster. No heap is needed. Beyond the first 256 statements nothing is looked at.
///
/// # Errors
/// [`meter_link::Misuse::BadParameter`] unless there are as many answerers as the parameters say; [`Error::Quorum`] if
/// nothing is stated by enough.
pub fn certified(
    params: &Params,
    view: &EpochView,
    kind: Kind,
    answerers: &[Member],
    statements: &[&[u8]],
) -> Result<[u8; 32], Error> {
    params.check(view)?;
    if answerers.len() != usize::from(params.answerers()) {
        return Err(meter_link::Misuse::BadParameter.into());
    }
    // Whose each is; 0 for what is none. Each is checked once, however many digests there are.
    let mut numbers = [0u8; MOST];
    for (number, frame) in numbers.iter_mut().zip(statements) {
        *number = verify(frame, view, kind, answerers).map_or(0, |(number, ..)| number);
    }
    let stated = || numbers.iter().zip(statements).filter(|(number, _)| **number != 0);
    let need = u32::from(params.threshold());
    let mut have = 0;
    for digest in stated().filter_map(|(_, frame)| payload(frame)) {
        let same = stated().filter(|(_, frame)| payload(frame) == Some(digest));
        let stating = same.fold(Quorum::default(), |all, (number, _)| all.with(*number));
        have = have.max(u32::from(stating.len()));
        if u32::from(stating.len()) >= need {
            return Ok(*digest);
        }
    }
    Err(Error::Quorum { have, need })
}

/// What stands between header and signature.
fn payload(frame: &[u8]) -> Option<&[u8; 32]> {
    frame.get(Header::LEN..)?.first_chunk()
}
