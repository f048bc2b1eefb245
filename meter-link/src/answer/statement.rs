//! An answerer's signed statement: the one digest that it stands for, and certificates of t of them.
//!
//! Raw answers to different queries could be combined. So an answerer gives its own only when t answerers have
//! signed the same digest: with t > (n + f)/2 any two such quorums share an honest one, who signs once a round
//! and once a window.

use alloc::vec::Vec;

use super::Quorum;
use crate::error::{Error, Fault, Misuse};
use crate::frame::{Header, Kind, SignedFrame, Writer};
use crate::id::{PartyId, Round};
use crate::identity::Identity;
use crate::roster::Member;
use crate::view::EpochView;

/// What is stated: a digest, of a round or of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated {
    /// [`Kind::SetStatement`] or [`Kind::WindowStatement`].
    pub kind: Kind,
    /// The round; of a window, its last.
    pub round: Round,
    /// Of the set, list or window.
    pub digest: [u8; 32],
}

/// A signed statement whose signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Who states it.
    pub answerer: PartyId,
    /// Its number, from 1.
    pub number: u8,
    /// What.
    pub stated: Stated,
}

impl Statement {
    /// Bytes of the frame: header, `digest 32`, signature.
    pub const LEN: usize = Header::LEN + 32 + Identity::SIGNATURE_LEN;

    /// Verifies a statement of one of `answerers`, in the order of their numbers.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: no answerer, wrong signature.
    pub fn verify(frame: &[u8], view: &EpochView, kind: Kind, answerers: &[Member]) -> Result<Self, Error> {
        let frame = SignedFrame::parse(frame, &view.expect(kind, 0))?;
        let (answerer, round) = (frame.header().sender, frame.header().round);
        let mut numbered = (1..=u8::MAX).zip(answerers);
        let unknown = Fault::UnknownSender.of(answerer);
        let (number, member) = numbered.find(|(_, member)| member.id == answerer).ok_or(unknown)?;
        let mut payload = frame.verify(&member.identity, &view.scope())?;
        let digest = *payload.array()?;
        payload.end()?;
        Ok(Statement { answerer, number, stated: Stated { kind, round, digest } })
    }

    /// That it states this.
    ///
    /// # Errors
    /// [`Fault::WrongRound`], [`Fault::WrongSet`] blaming the answerer.
    pub fn check(&self, stated: &Stated) -> Result<(), Error> {
        if self.stated.round != stated.round {
            return Err(Fault::WrongRound.of(self.answerer));
        }
        if self.stated.kind != stated.kind || self.stated.digest != stated.digest {
            return Err(Fault::WrongSet.of(self.answerer));
        }
        Ok(())
    }
}

impl Stated {
    /// The answerer's statement. Deterministic: the same again is byte for byte the same.
    ///
    /// # Errors
    /// None for kinds that are statements.
    pub fn sign(&self, view: &EpochView, identity: &Identity, id: PartyId) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![0u8; Statement::LEN];
        let header = view.header(self.kind, 0, id, self.round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.bytes(&self.digest)?;
        writer.finish_signed(&header, identity, &view.scope())?;
        Ok(out)
    }

    /// Which answerers state this, if at least `threshold` do.
    ///
    /// # Errors
    /// As [`Statement::verify`] and [`Statement::check`]; [`Fault::RepeatedStatement`] blaming the answerer, which
    /// the network can bring about; [`Error::Quorum`] with fewer.
    pub fn certified(
        &self,
        view: &EpochView,
        answerers: &[Member],
        threshold: u8,
        statements: &[&[u8]],
    ) -> Result<Quorum, Error> {
        let stating = self.stating(view, answerers, statements)?;
        enough(stating, threshold)
    }

    /// The same, with answerer number `own` among them: its statement can be had only once its record is stored.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] without the own, however many others there are; else as [`Stated::certified`].
    pub fn certified_with(
        &self,
        own: u8,
        view: &EpochView,
        answerers: &[Member],
        threshold: u8,
        statements: &[&[u8]],
    ) -> Result<Quorum, Error> {
        let stating = self.stating(view, answerers, statements)?;
        if !stating.contains(own) {
            return Err(Misuse::OutOfOrder.into());
        }
        enough(stating, threshold)
    }

    fn stating(&self, view: &EpochView, answerers: &[Member], statements: &[&[u8]]) -> Result<Quorum, Error> {
        let mut stating = Quorum::default();
        for frame in statements {
            let statement = Statement::verify(frame, view, self.kind, answerers)?;
            statement.check(self)?;
            if stating.contains(statement.number) {
                return Err(Fault::RepeatedStatement.of(statement.answerer));
            }
            stating = stating.with(statement.number);
        }
        Ok(stating)
    }
}

fn enough(stating: Quorum, threshold: u8) -> Result<Quorum, Error> {
    let (have, need) = (u32::from(stating.len()), u32::from(threshold));
    if have < need { Err(Error::Quorum { have, need }) } else { Ok(stating) }
}
