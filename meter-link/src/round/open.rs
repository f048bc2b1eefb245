//! Open: which meters are present in a round.

use super::{FrameHash, frame_hash};
use crate::error::{Error, Fault, Malformed};
use crate::frame::{Header, Kind, SignedFrame, Writer};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::set::{self, SetView};
use crate::view::{EpochTerms, EpochView};

/// What the utility says when it opens a round.
#[derive(Clone, Copy, Debug)]
pub struct OpenFields<'a> {
    /// The round.
    pub round: Round,
    /// The last round that was closed and the hash of its final Close; None at the first of an epoch.
    pub previous: Option<(Round, FrameHash)>,
    /// One bool a meter position.
    pub present: &'a [bool],
}

impl OpenFields<'_> {
    /// Most bytes of an Open for a roster of `meters`.
    pub const fn max_len(meters: u32) -> usize {
        (Header::LEN + 4 + 32 + Identity::SIGNATURE_LEN).wrapping_add(set::max_len(meters))
    }

    /// Header, `previous round u32 ‖ previous hash ‖ set`, signature.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`](crate::Misuse::WrongLength) if the buffer is too small.
    pub fn sign<'o>(
        &self,
        view: &EpochView,
        utility: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let header = view.header(Kind::Open, 0, PartyId::UTILITY, self.round);
        let mut writer = Writer::frame(out, &header)?;
        // A round has no predecessor in itself: its own number says "none".
        let (previous_round, previous_hash) = self.previous.unwrap_or((self.round, [0; 32]));
        writer.u32(previous_round.to_u32())?;
        writer.bytes(&previous_hash)?;
        set::write(&mut writer, self.present)?;
        writer.finish_signed(&header, utility, &view.scope()).map(|frame| &*frame)
    }
}

/// A received Open whose signature holds.
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// The round.
    pub round: Round,
    /// See [`OpenFields::previous`].
    pub previous: Option<(Round, FrameHash)>,
    /// Who is present.
    pub present: SetView<'a>,
    /// Of the whole frame.
    pub hash: FrameHash,
}

impl<'a> Open<'a> {
    /// Checks form, time and signature. The rules of the round are the roles' to check.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender.
    pub fn verify(frame: &'a [u8], view: &EpochTerms, now: Round) -> Result<Self, Error> {
        let parsed = SignedFrame::parse(frame, &view.expect(Kind::Open, 0))?;
        let header = *parsed.header();
        if header.sender != PartyId::UTILITY {
            return Err(Fault::UnknownSender.of(header.sender));
        }
        view.check_received_round(now, &header)?;
        let mut payload = parsed.verify(&view.utility().identity, &view.scope())?;
        let (previous_round, hash) = (Round::from(payload.u32()?), *payload.array()?);
        let present = SetView::read(&mut payload, view.meters())?;
        payload.end()?;
        let previous = if previous_round == header.round {
            if hash != [0; 32] {
                return Err(Malformed::BadField.into());
            }
            None
        } else if previous_round > header.round {
            return Err(Malformed::BadField.into());
        } else {
            Some((previous_round, hash))
        };
        Ok(Open { round: header.round, previous, present, hash: frame_hash(frame) })
    }
}
