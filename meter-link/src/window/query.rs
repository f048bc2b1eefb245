//! The utility's one query for a window.

use super::Window;
use crate::answer::Quorum;
use crate::error::{Error, Fault, Malformed};
use crate::frame::{Header, Kind, SignedFrame, Writer};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::set::{self, Members};
use crate::view::EpochView;

/// What the utility asks for a window.
#[derive(Clone, Copy, Debug)]
pub struct WindowFields<'a> {
    /// Which window.
    pub window: Window,
    /// [`Book::sets_digest`](super::Book::sets_digest).
    pub sets_digest: [u8; 32],
    /// Who is asked.
    pub quorum: Quorum,
    /// Whose bills.
    pub billed: &'a Members,
}

impl WindowFields<'_> {
    /// Most bytes of a query.
    pub const fn max_len(meters: u32, answerers: u8) -> usize {
        (Header::LEN + 4 + 32 + Identity::SIGNATURE_LEN)
            .wrapping_add(Quorum::mask_len(answerers))
            .wrapping_add(set::max_len(meters))
    }

    /// Header of the window's last round, `first round u32 ‖ sets digest ‖ quorum mask ‖ billed set`,
    /// signature.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`](crate::Misuse::BadQuorum) for a number beyond the answerers;
    /// [`Misuse::WrongLength`](crate::Misuse::WrongLength) if the buffer is too small.
    pub fn sign<'o>(
        &self,
        view: &EpochView,
        utility: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let header = view.header(Kind::WindowQuery, 0, PartyId::UTILITY, self.window.last);
        let mut writer = Writer::frame(out, &header)?;
        writer.u32(self.window.first.to_u32())?;
        writer.bytes(&self.sets_digest)?;
        self.quorum.write(&mut writer, view.answerers())?;
        set::write(&mut writer, &self.billed.to_marks())?;
        writer.finish_signed(&header, utility, &view.scope()).map(|frame| &*frame)
    }
}

/// A received query whose signature holds.
#[derive(Clone, Debug)]
pub struct WindowQuery {
    /// Which window it claims to be about.
    pub window: Window,
    /// Digest of the sets as the utility has them.
    pub sets_digest: [u8; 32],
    /// Who is asked.
    pub quorum: Quorum,
    /// Whose bills.
    pub billed: Members,
}

impl WindowQuery {
    /// Checks form, time and signature. The rules of windows are the roles' to check.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender, [`Fault::WindowOpen`] while the last round is not over.
    pub fn verify(frame: &[u8], view: &EpochView, now: Round) -> Result<Self, Error> {
        let parsed = SignedFrame::parse(frame, &view.expect(Kind::WindowQuery, 0))?;
        let header = *parsed.header();
        if header.sender != PartyId::UTILITY {
            return Err(Fault::UnknownSender.of(header.sender));
        }
        if !view.epoch().contains(header.round) {
            return Err(Fault::WrongEpoch.of(header.sender));
        }
        // Bills are asked for long after the window: only what is not over yet is refused.
        if header.round >= now {
            return Err(Fault::WindowOpen.of(header.sender));
        }
        let mut payload = parsed.verify(&view.utility().identity, &view.scope())?;
        let first = Round::from(payload.u32()?);
        let sets_digest = *payload.array()?;
        let quorum = Quorum::read(&mut payload, view.answerers())?;
        let billed = Members::read(&mut payload, view.meters())?;
        payload.end()?;
        if quorum.is_empty() {
            return Err(Malformed::BadQuorum.into());
        }
        if first > header.round {
            return Err(Malformed::BadField.into());
        }
        Ok(WindowQuery { window: Window { first, last: header.round }, sets_digest, quorum, billed })
    }
}
