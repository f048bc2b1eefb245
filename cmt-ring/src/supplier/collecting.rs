//! One round's ciphertexts.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use meter_link::frame::{Flags, Header, Kind, Reader, TaggedFrame};
use meter_link::head::Sum;
use meter_link::{EpochView, Fault as LinkFault, PairKey, PartyId, Round};

use super::Ring;
use crate::error::{Error, Fault};
use crate::generation::Generation;
use crate::message::{self, START_LEN, WORD};
use crate::params::{Mode, Params};

/// A round that waits for the ciphertext of every member.
pub struct Collecting {
    params: Params,
    view: EpochView,
    ring: Arc<Ring>,
    retired: Arc<[PartyId]>,
    round: Round,
    start: [u8; START_LEN],
    /// Whose ciphertexts are here, by place among the ring's members.
    here: Vec<bool>,
    /// A word for each channel of each member.
    rows: Vec<u64>,
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
        let count = ring.members.len();
        Collecting {
            params: *params,
            view: *view,
            ring: Arc::clone(ring),
            retired: Arc::clone(retired),
            round,
            start,
            here: alloc::vec![false; count],
            rows: alloc::vec![0; count.saturating_mul(params.channels())],
        }
    }

    /// The generation whose ring it is a round of.
    pub fn generation(&self) -> Generation {
        self.ring.generation
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
        let (frame, place, key) = self.locate(frame)?;
        let payload = frame.verify(&key)?;
        self.take(frame.header(), place, payload)
    }

    /// Takes many ciphertext frames, whose tags are made 16 at a time in lanes. `each` gets the index and the outcome of
    /// every frame, in order; outcomes are those of [`Collecting::accept`].
    pub fn accept_many(&mut self, frames: &[&[u8]], mut each: impl FnMut(usize, Result<PartyId, Error>)) {
        let mut index = 0usize;
        for group in frames.chunks(TaggedFrame::TOGETHER) {
            let located: [_; TaggedFrame::TOGETHER] =
                core::array::from_fn(|n| group.get(n).and_then(|frame| self.locate(frame).ok()));
            let found = located.iter().flatten();
            let mut payloads =
                TaggedFrame::verify_together(found.map(|(frame, _, key)| (*frame, key))).into_iter();
            for (frame, located) in group.iter().zip(&located) {
                let payload = located.as_ref().and_then(|_| payloads.next().flatten());
                let outcome = match (located, payload) {
                    (Some((frame, place, _)), Some(payload)) => self.take(frame.header(), *place, payload),
                    // Whatever is wrong with it is found the slow way.
                    _ => self.accept(frame),
                };
                each(index, outcome);
                index = index.wrapping_add(1);
            }
        }
    }

    /// A frame that looks as it should, the place of its token among the ring's, and the key of its tag.
    fn locate<'f>(&self, frame: &'f [u8]) -> Result<(TaggedFrame<'f>, usize, PairKey), Error> {
        let expect = self.view.expect(Kind::Contribution, Flags::TRANSMISSION);
        let frame = TaggedFrame::parse(frame, &expect)?;
        let header = frame.header();
        message::require_flags(header, Flags::TRANSMISSION)?;
        let member = self.ring.place(header.sender).and_then(|n| Some((n, self.ring.members.get(n)?)));
        let Some((place, member)) = member else {
            let old = self.retired.contains(&header.sender) || self.ring.cut.contains(&header.sender);
            let fault = if old { Fault::WrongGeneration } else { LinkFault::UnknownSender.into() };
            return Err(fault.of(header.sender));
        };
        Ok((frame, place, self.ring.tag_key(member)?))
    }

    /// Enters a payload whose tag is right.
    fn take(&mut self, header: &Header, place: usize, mut payload: Reader<'_>) -> Result<PartyId, Error> {
        if header.round != self.round {
            return Err(LinkFault::WrongRound.of(header.sender).into());
        }
        let channels = self.params.channels();
        let bytes = payload.bytes(channels.wrapping_mul(WORD))?;
        payload.end()?;
        let words = bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        words.clone().try_for_each(|word| self.params.modulus().residue(word).map(|_| ()))?;
        // There is a row for every member.
        let row = self.rows.chunks_exact_mut(channels).nth(place).unwrap_or_default();
        match self.here.get_mut(place) {
            Some(here) if !*here => {
                row.iter_mut().zip(words).for_each(|(place, word)| *place = word);
                *here = true;
            }
            _ if row.iter().copied().eq(words) => {}
            _ => return Err(LinkFault::Contradiction.of(header.sender).into()),
        }
        Ok(header.sender)
    }

    /// Names of the tokens whose ciphertext has not come.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        let missing = self.ring.members.iter().zip(&self.here).filter(|(_, here)| !**here);
        missing.map(|(member, _)| member.peer)
    }

    /// The round's sums, `Σ c − K`. The caller's deadline has passed: a round that misses anybody is lost, and
    /// its ciphertexts are gone with it. (To tell the ring whose are missing: [`Supplier::discard`](crate::Supplier::discard).)
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
        let have = count(self.here.iter().filter(|here| **here).count());
        let need = count(self.here.len());
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        let most = self.params.group().max_reading.saturating_mul(need.into());
        let (channels, modulus) = (self.params.channels(), self.params.modulus());
        let column = |n: usize| self.rows.chunks_exact(channels).filter_map(move |row| row.get(n)).copied();
        let keys = self.ring.group_key.iter().enumerate();
        let values: Vec<i64> = keys.map(|(n, group_key)| modulus.open(column(n), *group_key)).collect();
        if values.iter().any(|value| value.unsigned_abs() > most) {
            return Err(Error::Inconsistent);
        }
        Ok(Sum { round: self.round, values, meters: need })
    }
}

impl fmt::Debug for Collecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Collecting");
        out.field("generation", &self.ring.generation).field("round", &self.round).finish_non_exhaustive()
    }
}
