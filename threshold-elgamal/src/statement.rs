//! A trustee's signed statement: the one list that it answers in a round.
//!
//! Raw decryption shares of different lists could be combined. So a trustee gives its share only when t
//! trustees have signed the same digest: with t > (n + f)/2 any two such quorums share an honest trustee,
//! who signs once a round.

use alloc::vec::Vec;

use meter_link::frame::{Header, SignedFrame, Writer};
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, PartyId, Round};

use crate::error::{Error, Fault};

/// Bytes of the frame: header, `digest 32`, signature.
pub(crate) const LEN: usize = Header::LEN + 32 + Identity::SIGNATURE_LEN;

/// What a signed statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) trustee: PartyId,
    pub(crate) number: u8,
    pub(crate) round: Round,
    pub(crate) digest: [u8; 32],
}

impl Statement {
    pub(crate) fn sign(
        view: &EpochView,
        identity: &Identity,
        id: PartyId,
        round: Round,
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![0u8; LEN];
        let header = view.header(Kind::SetStatement, 0, id, round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(digest)?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }

    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: no trustee, wrong signature.
    pub(crate) fn verify(frame: &[u8], view: &EpochView, roster: &Roster) -> Result<Self, Error> {
        let frame = SignedFrame::parse(frame, &view.expect(Kind::SetStatement, 0))?;
        let (trustee, round) = (frame.header().sender, frame.header().round);
        let mut numbered = (1u8..).zip(roster.answerers());
        let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(trustee);
        let (number, member) = numbered.find(|(_, member)| member.id == trustee).ok_or(unknown)?;
        let mut payload = frame.verify(&member.identity, &view.scope())?;
        let digest = *payload.array()?;
        payload.end()?;
        Ok(Statement { trustee, number, round, digest })
    }

    /// That it is about this list.
    ///
    /// # Errors
    /// [`meter_link::Fault::WrongRound`], [`meter_link::Fault::WrongSet`] blaming the trustee.
    pub(crate) fn check(&self, round: Round, digest: &[u8; 32]) -> Result<(), Error> {
        if self.round != round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(self.trustee));
        }
        if self.digest != *digest {
            return Err(Fault::Link(meter_link::Fault::WrongSet).of(self.trustee));
        }
        Ok(())
    }
}
