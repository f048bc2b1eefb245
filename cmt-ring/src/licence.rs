//! Licences: the supplier's word that a meter may be in rings of an epoch.
//!
//! ```text
//! meter                      supplier
//!   request(number)    →       next number, or one that it has: a record is stored
//!                      ←     licence (number, since)
//!   keeps it, and shows it in every Hello
//! ```
//! Alves and Fonseca, "Smart meters – keeping users' privacy", where a registered meter gets a signed licence. Here it
//! also tells from when on it holds, so that a meter that was left out of a ring needs another one
//! (docs/licences.md).

use core::fmt;

use meter_link::frame::{Header, Kind, Reader, SignedFrame, Writer};
use meter_link::{EpochView, Fault as LinkFault, Identity, PartyId, Round};

use crate::error::{Error, Fault};
use crate::order::Listed;

/// A meter's licence in an epoch. One that was shown or received is checked before there is one of this type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Licence {
    since: Round,
    id: PartyId,
    position: u32,
    number: u32,
    signature: [u8; Identity::SIGNATURE_LEN],
}

impl Licence {
    /// Bytes of a licence as it is kept.
    pub const LEN: usize = 4 * 4 + Identity::SIGNATURE_LEN;
    /// Bytes of a Licence frame: `id u32 ‖ position u32 ‖ number u32`.
    pub const FRAME_LEN: usize = Self::BODY_LEN + Identity::SIGNATURE_LEN;
    /// Bytes of a LicenceRequest frame: `position u32 ‖ number u32`.
    pub const REQUEST_LEN: usize = Header::LEN + 2 * 4 + Identity::SIGNATURE_LEN;

    const BODY_LEN: usize = Header::LEN + 3 * 4;

    /// A meter's request for its licence of this number: 1 at first, then one above the last that it has. A meter
    /// that has lost its licence asks for 1 and gets the last one that was issued.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] for 0; [`meter_link::Misuse::RoundOutsideEpoch`].
    pub fn request(
        identity: &Identity,
        view: &EpochView,
        me: &Listed,
        now: Round,
        number: u32,
    ) -> Result<[u8; Self::REQUEST_LEN], Error> {
        view.check_own_round(now, now)?;
        if number == 0 {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        let mut out = [0u8; Self::REQUEST_LEN];
        let header = view.header(Kind::LicenceRequest, 0, me.peer.id, now);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(me.position)?;
        writer.u32(number)?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }

    /// Takes the supplier's Licence frame at the meter `me`, which asked for `number`.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: not the supplier, of another epoch or of later
    /// than two rounds from now, a wrong signature; [`Fault::BadLicence`] for another meter's licence, or one with a
    /// lower number than was asked for.
    pub fn accept(
        view: &EpochView,
        me: &Listed,
        now: Round,
        number: u32,
        frame: &[u8],
    ) -> Result<Self, Error> {
        let parsed = SignedFrame::parse(frame, &view.expect(Kind::Licence, 0))?;
        let header = *parsed.header();
        if header.sender != PartyId::UTILITY {
            return Err(LinkFault::UnknownSender.of(header.sender).into());
        }
        if !view.contains(header.round) {
            return Err(LinkFault::WrongEpoch.of(header.sender).into());
        }
        if header.round > now && !header.round.is_near(now) {
            return Err(LinkFault::RoundFarFromNow.of(header.sender).into());
        }
        let mut payload = parsed.verify(&view.utility().identity, &view.scope())?;
        let (id, position) = (PartyId(payload.u32()?), payload.u32()?);
        let licence = Licence {
            since: header.round,
            id,
            position,
            number: payload.u32()?,
            signature: signature(frame)?,
        };
        payload.end()?;
        if licence.listed() != (me.peer.id, me.position) || licence.number < number.max(1) {
            return Err(Fault::BadLicence.of(header.sender));
        }
        Ok(licence)
    }

    /// The licence that a meter shows by its round, number and signature.
    ///
    /// # Errors
    /// As [`Licence::verify`].
    pub fn shown(
        view: &EpochView,
        holder: &Listed,
        since: Round,
        number: u32,
        signature: &[u8; Identity::SIGNATURE_LEN],
    ) -> Result<Self, Error> {
        let (id, position) = (holder.peer.id, holder.position);
        let licence = Licence { since, id, position, number, signature: *signature };
        licence.verify(view, holder)?;
        Ok(licence)
    }

    /// That this is a licence of the meter `holder` in this epoch. Whether it still holds is told by
    /// [`Licence::since`].
    ///
    /// # Errors
    /// [`Fault::BadLicence`] blaming the meter.
    pub fn verify(&self, view: &EpochView, holder: &Listed) -> Result<(), Error> {
        let bad = Fault::BadLicence.of(holder.peer.id);
        let fits = self.listed() == (holder.peer.id, holder.position) && self.number > 0;
        if !fits || !view.contains(self.since) {
            return Err(bad);
        }
        let body = self.body(view)?;
        let supplier = &view.utility().identity;
        let signed = supplier.verify(holder.peer.id, Kind::Licence, &view.scope(), &body, &self.signature);
        signed.map_err(|_| bad)
    }

    /// From which round on it holds: a generation that left the meter out and began later has made it void.
    pub fn since(&self) -> Round {
        self.since
    }

    /// Counts the licences of a meter in an epoch, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The supplier's signature.
    pub fn signature(&self) -> &[u8; Identity::SIGNATURE_LEN] {
        &self.signature
    }

    /// The Licence frame.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_frame(&self, view: &EpochView) -> Result<[u8; Self::FRAME_LEN], Error> {
        let mut out = [0u8; Self::FRAME_LEN];
        let mut writer = Writer::new(&mut out);
        writer.bytes(&self.body(view)?)?;
        writer.bytes(&self.signature)?;
        Ok(out)
    }

    /// What a meter keeps: `since u32 ‖ id u32 ‖ position u32 ‖ number u32 ‖ signature 64`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<[u8; Self::LEN], Error> {
        let mut out = [0u8; Self::LEN];
        let mut writer = Writer::new(&mut out);
        for field in [self.since.to_u32(), self.id.0, self.position, self.number] {
            writer.u32(field)?;
        }
        writer.bytes(&self.signature)?;
        Ok(out)
    }

    /// From what was kept. [`Licence::verify`] tells whether it is one.
    ///
    /// # Errors
    /// None in practice.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let (since, id) = (Round::from(reader.u32()?), PartyId(reader.u32()?));
        let (position, number) = (reader.u32()?, reader.u32()?);
        Ok(Licence { since, id, position, number, signature: *reader.array()? })
    }

    /// Signs a licence. Ed25519 signatures are deterministic: the same licence is the same bytes.
    #[cfg(feature = "alloc")]
    pub(crate) fn issue(
        identity: &Identity,
        view: &EpochView,
        holder: (PartyId, u32),
        number: u32,
        since: Round,
    ) -> Result<Self, Error> {
        let (id, position) = holder;
        let unsigned = Licence { since, id, position, number, signature: [0; Identity::SIGNATURE_LEN] };
        let signature = identity.sign(Kind::Licence, &view.scope(), &unsigned.body(view)?);
        Ok(Licence { signature, ..unsigned })
    }

    fn listed(&self) -> (PartyId, u32) {
        (self.id, self.position)
    }

    /// Header and payload: what is signed.
    fn body(&self, view: &EpochView) -> Result<[u8; Self::BODY_LEN], Error> {
        let mut out = [0u8; Self::BODY_LEN];
        let header = view.header(Kind::Licence, 0, PartyId::UTILITY, self.since);
        let mut writer = Writer::frame(&mut out, &header)?;
        for field in [self.id.0, self.position, self.number] {
            writer.u32(field)?;
        }
        Ok(out)
    }
}

fn signature(frame: &[u8]) -> Result<[u8; Identity::SIGNATURE_LEN], Error> {
    Ok(*frame.last_chunk().ok_or(crate::Malformed::Truncated)?)
}

impl fmt::Debug for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Licence");
        out.field("id", &self.id).field("number", &self.number).field("since", &self.since);
        out.finish_non_exhaustive()
    }
}
