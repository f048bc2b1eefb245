//! The end of a log, signed by the answerer whose log it is.

use alloc::vec::Vec;

use super::Log;
use crate::epoch::Context;
use crate::error::{Error, Fault};
use crate::frame::{Header, Kind, SignedFrame, Writer};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::roster::Member;
use crate::view::EpochView;

/// Head of a log, signed (kind 22), for who goes over an exported log: without it a log may end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// The epoch whose log it is.
    pub context: Context,
    /// Whose log it is.
    pub answerer: PartyId,
    /// When it was signed.
    pub round: Round,
    /// Entries so far.
    pub entries: u32,
    /// Hash over all of them.
    pub head: [u8; 32],
}

impl LogHead {
    /// Bytes of the frame: header, `entries u32 ‖ head 32`, signature.
    pub const LEN: usize = Header::LEN + 4 + 32 + Identity::SIGNATURE_LEN;

    /// Of a log as it is now.
    pub fn of(log: &Log, context: &Context, answerer: PartyId, round: Round) -> Self {
        LogHead { context: *context, answerer, round, entries: log.len(), head: *log.head() }
    }

    /// The signed frame. Deterministic: the same again is byte for byte the same.
    ///
    /// # Errors
    /// None in practice.
    pub fn sign(&self, view: &EpochView, identity: &Identity) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![0u8; Self::LEN];
        let header = view.header(Kind::LogHead, 0, self.answerer, self.round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u32(self.entries)?;
        writer.bytes(&self.head)?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }

    /// Verifies the head of a log of one of `answerers`.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: no answerer, wrong signature, a round outside
    /// the epoch.
    pub fn verify(frame: &[u8], view: &EpochView, answerers: &[Member]) -> Result<Self, Error> {
        let frame = SignedFrame::parse(frame, &view.expect(Kind::LogHead, 0))?;
        let (answerer, round) = (frame.header().sender, frame.header().round);
        let member = answerers.iter().find(|member| member.id == answerer);
        let member = member.ok_or(Fault::UnknownSender.of(answerer))?;
        let mut payload = frame.verify(&member.identity, &view.scope())?;
        if !view.epoch().contains(round) {
            return Err(Fault::WrongEpoch.of(answerer));
        }
        let (entries, head) = (payload.u32()?, *payload.array()?);
        payload.end()?;
        Ok(LogHead { context: *view.context(), answerer, round, entries, head })
    }

    /// That an exported log ends here.
    ///
    /// # Errors
    /// [`Error::Inconsistent`]: it lacks entries, has more, or has others.
    pub fn check(&self, log: &Log) -> Result<(), Error> {
        let same = log.len() == self.entries && *log.head() == self.head;
        if same { Ok(()) } else { Err(Error::Inconsistent) }
    }

    /// That two heads can be of one log. What they show otherwise, both frames prove to anybody: the answerer has
    /// rolled its log back, or keeps two. (So a head is signed once the last record is stored, not before.)
    ///
    /// # Errors
    /// [`Fault::Contradiction`] blaming the answerer of both.
    pub fn agrees_with(&self, other: &LogHead) -> Result<(), Error> {
        let same_log = self.context == other.context && self.answerer == other.answerer;
        if same_log && self.entries == other.entries && self.head != other.head {
            return Err(Fault::Contradiction.of(self.answerer));
        }
        Ok(())
    }
}
