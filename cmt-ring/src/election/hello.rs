//! Hellos: a meter is there, and has a licence.

use meter_link::frame::{Header, Kind, SignedFrame, Writer};
use meter_link::{EpochView, Identity, PartyId, Round};

use crate::error::Error;
use crate::generation::Generation;
use crate::licence::Licence;
use crate::order::Entry;

/// A Hello frame as it was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Which generation its sender is there for; [`Hello::DISCOVERY`] asks who is concentrator now.
    pub generation: Generation,
    /// The generation's first round.
    pub from: Round,
    /// The sender's licence.
    pub licence: Licence,
}

impl Hello {
    /// Bytes of a Hello frame: `generation u32 ‖ since u32 ‖ number u32 ‖ the licence's signature 64`, signed.
    pub const LEN: usize = Header::LEN + 3 * 4 + 2 * Identity::SIGNATURE_LEN;
    /// The generation of those who ask for the present concentrator.
    pub const DISCOVERY: Generation = Generation(0);

    /// Checks a Hello frame: the sender's signature, its licence, and that it is of now.
    ///
    /// # Errors
    /// [`meter_link::Misuse::UnknownParty`] for an entry that is not the sender's; [`Malformed`](crate::Malformed);
    /// [`Fault`](crate::Fault) blaming the sender: a round far from now or outside the epoch, a wrong signature, a licence
    /// that is not one of this meter.
    pub fn verify(view: &EpochView, now: Round, sender: &Entry, frame: &[u8]) -> Result<Self, Error> {
        let frame = SignedFrame::parse(frame, &view.expect(Kind::Hello, 0))?;
        let header = *frame.header();
        sender.check(view, header.sender)?;
        view.check_received_round(now, &header)?;
        let mut payload = frame.verify(&sender.member.identity, &view.scope())?;
        let generation = Generation(payload.u32()?);
        let (since, number) = (Round::from(payload.u32()?), payload.u32()?);
        let signature = payload.array()?;
        payload.end()?;
        let licence = Licence::shown(view, &sender.listed(), since, number, signature)?;
        Ok(Hello { generation, from: header.round, licence })
    }

    pub(crate) fn sign(
        view: &EpochView,
        identity: &Identity,
        sender: PartyId,
        generation: Generation,
        from: Round,
        licence: &Licence,
    ) -> Result<[u8; Self::LEN], Error> {
        let mut out = [0u8; Self::LEN];
        let header = view.header(Kind::Hello, 0, sender, from);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(generation.0)?;
        writer.u32(licence.since().to_u32())?;
        writer.u32(licence.number())?;
        writer.bytes(licence.signature())?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }
}
