//! What the utility takes in: one frame of field elements from every meter that it waits for.

mod collection;
mod partial;
mod places;

pub use collection::Collection;
pub use partial::PartialSum;
pub(crate) use places::Places;

use alloc::vec::Vec;

use crate::error::{Error, Misuse};
use crate::id::{PartyId, Round};
use crate::round::{FrameHash, frame_hash};

/// A round that takes contributions.
#[derive(Debug)]
pub struct Collecting {
    /// The round.
    pub(crate) round: Round,
    pub(crate) frame: Vec<u8>,
    pub(crate) present: Vec<bool>,
    pub(crate) contributions: Collection,
}

impl Collecting {
    /// The signed Open, for those who follow the round.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes a meter's contribution; the same frame again changes nothing.
    ///
    /// # Errors
    /// As [`Collection::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.contributions.accept(frame)
    }

    /// Takes many contributions, several times faster than one by one; `each` gets index and outcome.
    pub fn accept_many(&mut self, frames: &[&[u8]], each: impl FnMut(usize, Result<PartyId, Error>)) {
        self.contributions.accept_many(frames, each);
    }

    /// Meters that have not sent.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        self.contributions.missing()
    }

    /// Another place to accept frames of this round in, on another thread or in another process that has the
    /// keys: empty, to be put into this one by [`Collecting::merge`].
    #[must_use]
    pub fn branch(&self) -> Collection {
        self.contributions.emptied()
    }

    /// Takes in what a branch has accepted.
    ///
    /// # Errors
    /// As [`Collection::merge`].
    pub fn merge(&mut self, branch: &Collection) -> Result<(), Error> {
        self.contributions.merge(branch)
    }

    /// Takes in the sum of frames that were checked elsewhere. Only for groups without windows: bills need every
    /// meter's own row.
    ///
    /// # Errors
    /// As [`Collection::add`].
    pub fn add(&mut self, partial: &PartialSum) -> Result<(), Error> {
        self.contributions.add(partial)
    }

    /// What has come so far, to be stored before a Close is made of it: who starts again with
    /// [`Head::reopen`](crate::head::Head::reopen) can close the same set. `12 u8 ‖ Open's length u32 ‖ Open ‖
    /// [Collection::to_bytes]`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![Self::STATE_VERSION];
        out.extend(u32::try_from(self.frame.len()).map_err(|_| Misuse::WrongLength)?.to_le_bytes());
        out.extend(&self.frame);
        out.extend(self.contributions.to_bytes()?);
        Ok(out)
    }

    pub(crate) const STATE_VERSION: u8 = 12;

    /// The set of those who have sent.
    pub fn end(self) -> Collected {
        Collected {
            round: self.round,
            open: frame_hash(&self.frame),
            present: self.present,
            set: self.contributions.here(),
            contributions: self.contributions,
        }
    }
}

/// A round whose contributions are in.
#[derive(Debug)]
pub struct Collected {
    /// The round.
    pub round: Round,
    /// Hash of the Open.
    pub open: FrameHash,
    /// Whom the Open names present, by position.
    pub present: Vec<bool>,
    /// Who has sent.
    pub set: Vec<bool>,
    /// What they sent.
    pub contributions: Collection,
}
