//! One round's ciphertexts.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Flags, Kind, Reader, TaggedFrame};
use meter_link::head::Sum;
use meter_link::{EpochView, Fault as LinkFault, PartyId, Round};

use super::Ring;
use crate::error::{Error, Fault};
use crate::key;
use crate::message::{self, START_LEN};
use crate::params::{Mode, Params};

/// A round that waits for the ciphertext of every member.
pub struct Collecting {
    params: Params,
    view: EpochView,
    ring: Arc<Ring>,
    retired: Arc<[PartyId]>,
    round: Round,
    start: [u8; START_LEN],
    here: BTreeMap<PartyId, Vec<u64>>,
}

impl Collecting {
    pub(super) fn new(
        params: &Params,
        view: &EpochView,
        ring: &Arc<Ring>,
        retired: &Arc<[PartyId]>,
        round: Round,
        start: [u8; START_LEN],
    ) -> Self {
        Collecting {
            params: *params,
            view: *view,
            ring: Arc::clone(ring),
            retired: Arc::clone(retired),
            round,
            start,
            here: BTreeMap::new(),
        }
    }

    /// The round.
    pub fn round(&self) -> Round {
        self.round
    }

    /// The Start frame for the concentrator. [`Mode::Derived`] needs none: its members contribute at their
    /// time.
    pub fn start(&self) -> Option<&[u8]> {
        (self.params.mode() == Mode::Drawn).then_some(&self.start)
    }

    /// Takes a ciphertext frame; the same frame again changes nothing. Returns the name of the token.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the token's name: unknown, of the generation before
    /// ([`Fault::WrongGeneration`]), a wrong tag or round, a second and different frame. Nothing has changed
    /// then.
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let expect = self.view.expect(Kind::Contribution, Flags::TRANSMISSION);
        let frame = TaggedFrame::parse(frame, &expect)?;
        let header = *frame.header();
        message::require_flags(&header, Flags::TRANSMISSION)?;
        let Some(key) = self.ring.members.get(&header.sender) else {
            let old = self.retired.contains(&header.sender);
            let fault = if old { Fault::WrongGeneration } else { LinkFault::UnknownSender.into() };
            return Err(fault.of(header.sender));
        };
        let mut payload = frame.verify(key)?;
        if header.round != self.round {
            return Err(LinkFault::WrongRound.of(header.sender).into());
        }
        let words = read_words(&mut payload, self.params.channels())?;
        payload.end()?;
        match self.here.get(&header.sender) {
            Some(earlier) if *earlier != words => Err(LinkFault::Contradiction.of(header.sender).into()),
            Some(_) => Ok(header.sender),
            None => {
                self.here.insert(header.sender, words);
                Ok(header.sender)
            }
        }
    }

    /// Names of the tokens whose ciphertext has not come.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        self.ring.members.keys().filter(|name| !self.here.contains_key(name)).copied()
    }

    /// The round's sums, `Σ c − K`. The caller's deadline has passed: a round that misses anybody is lost, and
    /// its ciphertexts are gone with it.
    ///
    /// ```compile_fail
    /// # use cmt_ring::Collecting;
    /// fn twice(round: Collecting) {
    ///     let _ = round.close();
    ///     let _ = round.close();
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Quorum`] if a ciphertext is missing; [`Error::Inconsistent`] if a sum lies beyond what so many
    /// readings can make: somebody's key or δ was not the one that the others used.
    pub fn close(self) -> Result<Sum, Error> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (have, need) = (count(self.here.len()), count(self.ring.members.len()));
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        let most = self.params.group().max_reading.saturating_mul(need.into());
        let column = |n: usize| self.here.values().filter_map(move |words| words.get(n)).copied();
        let keys = self.ring.group_key.iter().enumerate();
        let values: Vec<i64> = keys.map(|(n, group_key)| key::open(column(n), *group_key)).collect();
        if values.iter().any(|value| value.unsigned_abs() > most) {
            return Err(Error::Inconsistent);
        }
        Ok(Sum { round: self.round, values, meters: need })
    }
}

fn read_words(payload: &mut Reader<'_>, channels: usize) -> Result<Vec<u64>, Error> {
    Ok((0..channels).map(|_| payload.u64()).collect::<Result<_, _>>()?)
}

impl fmt::Debug for Collecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Collecting");
        out.field("generation", &self.ring.generation).field("round", &self.round).finish_non_exhaustive()
    }
}
