//! Close: which meters a round is summed over.

use super::{FrameHash, frame_hash};
use crate::answer::Quorum;
use crate::error::{Error, Fault, Malformed, Misuse};
use crate::frame::{Flags, Header, Kind, SignedFrame, Writer};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::set::{self, SetView};
use crate::view::{EpochTerms, EpochView};

/// What the utility says when it closes a round.
#[derive(Clone, Copy, Debug)]
pub struct CloseFields<'a> {
    /// The round.
    pub round: Round,
    /// 1, 2 or 3.
    pub pass: u8,
    /// Hash of the Open, or of the Close before.
    pub previous: FrameHash,
    /// Who is asked; only, and always, in the final Close of a protocol with answerers.
    pub quorum: Option<Quorum>,
    /// The last Close of the round.
    pub is_final: bool,
    /// One bool a meter position.
    pub set: &'a [bool],
}

impl CloseFields<'_> {
    /// Most Closes of a round.
    pub const MAX_PASSES: u8 = 3;

    /// Most bytes of a Close.
    pub const fn max_len(meters: u32, answerers: u8) -> usize {
        (Header::LEN + 32 + Identity::SIGNATURE_LEN)
            .wrapping_add(Quorum::mask_len(answerers))
            .wrapping_add(set::max_len(meters))
    }

    /// Header (flags: pass, final), `previous hash ‖ quorum mask ‖ set`, signature.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`] if the quorum does not go with `is_final`; [`Misuse::BadParameter`] for a pass
    /// beyond 1 … 3; [`Misuse::WrongLength`] if the buffer is too small.
    pub fn sign<'o>(
        &self,
        view: &EpochView,
        utility: &Identity,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        if self.quorum.is_some() != (self.is_final && view.answerers() > 0) {
            return Err(Misuse::BadQuorum.into());
        }
        if self.pass == 0 || self.pass > Self::MAX_PASSES {
            return Err(Misuse::BadParameter.into());
        }
        let last = if self.is_final { Flags::FINAL } else { 0 };
        let flags = (self.pass.wrapping_sub(1) << Flags::PASS_SHIFT) | last;
        let header = view.header(Kind::Close, flags, PartyId::UTILITY, self.round);
        let mut writer = Writer::frame(out, &header)?;
        writer.bytes(&self.previous)?;
        self.quorum.unwrap_or_default().write(&mut writer, view.answerers())?;
        set::write(&mut writer, self.set)?;
        writer.finish_signed(&header, utility, &view.scope()).map(|frame| &*frame)
    }
}

/// A received Close whose signature holds.
#[derive(Clone, Copy, Debug)]
pub struct Close<'a> {
    /// The round.
    pub round: Round,
    /// 1, 2 or 3.
    pub pass: u8,
    /// Hash of the Open, or of the Close before.
    pub previous: FrameHash,
    /// Who is asked; in a final Close of a protocol with answerers.
    pub quorum: Option<Quorum>,
    /// The last Close of the round.
    pub is_final: bool,
    /// Who is summed.
    pub set: SetView<'a>,
    /// Of the whole frame.
    pub hash: FrameHash,
}

impl<'a> Close<'a> {
    /// Checks form, time and signature. The rules of the round are the roles' to check.
    ///
    /// # Errors
    /// [`Malformed`]; [`Fault`] blaming the sender.
    pub fn verify(frame: &'a [u8], view: &EpochTerms, now: Round) -> Result<Self, Error> {
        const PASSES: u8 = 3 << Flags::PASS_SHIFT;
        let parsed = SignedFrame::parse(frame, &view.expect(Kind::Close, PASSES | Flags::FINAL))?;
        let header = *parsed.header();
        if header.sender != PartyId::UTILITY {
            return Err(Fault::UnknownSender.of(header.sender));
        }
        view.check_received_round(now, &header)?;
        let mut payload = parsed.verify(&view.utility().identity, &view.scope())?;
        let previous = *payload.array()?;
        let quorum = Quorum::read(&mut payload, view.answerers())?;
        let set = SetView::read(&mut payload, view.meters())?;
        payload.end()?;
        let is_final = header.flags.0 & Flags::FINAL != 0;
        let pass = ((header.flags.0 & PASSES) >> Flags::PASS_SHIFT).wrapping_add(1);
        if pass > CloseFields::MAX_PASSES {
            return Err(Malformed::UnknownFlags.into());
        }
        if quorum.is_empty() == (is_final && view.answerers() > 0) {
            return Err(Malformed::BadQuorum.into());
        }
        let quorum = if quorum.is_empty() { None } else { Some(quorum) };
        Ok(Close { round: header.round, pass, previous, quorum, is_final, set, hash: frame_hash(frame) })
    }
}
