//! Trustees sign the key set of an epoch, so that meters need not take the group key from the utility.

use meter_link::answer::{Quorum, Threshold};
#[cfg(feature = "alloc")]
use meter_link::frame::Writer;
use meter_link::frame::{Header, Kind, SignedFrame};
use meter_link::roster::Member;
use meter_link::{EpochView, Identity, PartyId};

use super::GroupKey;
#[cfg(feature = "alloc")]
use super::{KeySet, SecretShare};
#[cfg(feature = "alloc")]
use crate::error::Misuse;
use crate::error::{Error, Fault};

#[cfg(feature = "alloc")]
impl KeySet {
    /// The statement of a trustee that has a share of these keys: `Y ‖ hash of the key set`, signed for the epoch.
    /// Deterministic: the same again is byte for byte the same.
    ///
    /// # Errors
    /// [`Misuse::WrongShare`] for a share of other keys.
    ///
    /// # Security
    /// Meters take the key that t trustees state. State the keys of one set an epoch.
    pub fn statement(
        &self,
        view: &EpochView,
        share: &SecretShare,
        identity: &Identity,
        id: PartyId,
    ) -> Result<[u8; GroupKey::STATEMENT_LEN], Error> {
        if self.member(share.number()) != Some(&share.public()) {
            return Err(Misuse::WrongShare.into());
        }
        let mut out = [0u8; GroupKey::STATEMENT_LEN];
        let header = view.header(Kind::KeyStatement, 0, id, view.epoch().first_round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(&self.group_key().to_bytes())?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }
}

/// The number of who signed it, and its id.
fn verify(frame: &[u8], view: &EpochView, trustees: &[Member]) -> Result<(u8, PartyId), Error> {
    let frame = SignedFrame::parse(frame, &view.expect(Kind::KeyStatement, 0))?;
    let (sender, round) = (frame.header().sender, frame.header().round);
    let mut numbered = (1..=u8::MAX).zip(trustees);
    let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(sender);
    let (number, member) = numbered.find(|(_, member)| member.id == sender).ok_or(unknown)?;
    let mut payload = frame.verify(&member.identity, &view.scope())?;
    if round != view.epoch().first_round {
        return Err(Fault::Link(meter_link::Fault::WrongRound).of(sender));
    }
    payload.array::<{ GroupKey::LEN }>()?;
    payload.end()?;
    Ok((number, sender))
}

impl GroupKey {
    /// Bytes of a trustee's statement of it: header, `Y 32 ‖ key set hash 32`, signature.
    pub const STATEMENT_LEN: usize = Header::LEN + GroupKey::LEN + Identity::SIGNATURE_LEN;

    /// Statements that [`GroupKey::certified`] looks at.
    pub const STATEMENTS: usize = 256;

    /// The group key that t trustees of the epoch have signed, whoever brings their statements. As t > f, one of
    /// them is honest and has a share of it. What is no statement, or of another key, is passed over, so that nobody
    /// can keep the key away by adding something; [`GroupKey::check_statement`] says what is wrong with a frame.
    ///
    /// `trustees` are the epoch's, in the order of their numbers, each found in the answerers' list by
    /// [`Inclusion`](meter_link::roster::Inclusion) or by holding the whole roster. No heap is needed. Beyond the first
    /// [`GroupKey::STATEMENTS`] nothing is looked at.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] unless there are as many trustees as `threshold` says;
    /// [`Error::Quorum`] if no key is stated by t.
    pub fn certified(
        view: &EpochView,
        threshold: Threshold,
        trustees: &[Member],
        statements: &[&[u8]],
    ) -> Result<Self, Error> {
        let counts = (usize::from(threshold.answerers()), threshold.answerers());
        if (trustees.len(), view.answerers()) != counts {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        // Whose each is; 0 for what is none. Each is checked once, however many keys there are.
        let mut numbers = [0u8; Self::STATEMENTS];
        for (number, frame) in numbers.iter_mut().zip(statements) {
            *number = verify(frame, view, trustees).map_or(0, |(number, _)| number);
        }
        let stated = || numbers.iter().zip(statements).filter(|(number, _)| **number != 0);
        let need = u32::from(threshold.threshold());
        let mut have = 0;
        for key in stated().filter_map(|(_, frame)| payload(frame)) {
            let same = stated().filter(|(_, frame)| payload(frame) == Some(key));
            let stating = same.fold(Quorum::default(), |all, (number, _)| all.with(*number));
            have = have.max(u32::from(stating.len()));
            if u32::from(stating.len()) >= need {
                return Self::from_bytes(key);
            }
        }
        Err(Error::Quorum { have, need })
    }

    /// Who has signed this statement.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] naming the claimed sender: unknown or a wrong signature, which prove
    /// nothing against it; another round.
    pub fn check_statement(view: &EpochView, trustees: &[Member], frame: &[u8]) -> Result<PartyId, Error> {
        verify(frame, view, trustees).map(|(_, sender)| sender)
    }
}

/// What stands between header and signature.
fn payload(frame: &[u8]) -> Option<&[u8; GroupKey::LEN]> {
    frame.get(Header::LEN..)?.first_chunk()
}
