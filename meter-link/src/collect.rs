//! What the utility takes in: one frame of field elements from every meter that it waits for.

use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::error::{Error, Fault, Misuse};
use crate::field::{Field64, add_assign};
use crate::frame::{self, Flags, Header, Kind, Reader, TaggedFrame};
use crate::head::Parties;
use crate::id::{PartyId, Round};
use crate::key::PairKey;
use crate::round::{FrameHash, frame_hash};

/// Frames whose one-time keys are made together.
const LANES: usize = 16;

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

    /// The set of those who have sent.
    pub fn end(self) -> Collected {
        Collected {
            round: self.round,
            open: frame_hash(&self.frame),
            present: self.present,
            set: self.contributions.here.clone(),
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

/// Frames of one kind and round, a row of field elements for each meter position.
#[derive(Clone, Debug)]
pub struct Collection {
    parties: Arc<Parties>,
    round: Round,
    kind: Kind,
    flags: u8,
    words: usize,
    waiting: Vec<bool>,
    here: Vec<bool>,
    rows: Vec<Field64>,
}

impl Collection {
    /// Waits for a frame of `words` elements, with exactly these flags, from every meter marked in
    /// `waiting`.
    pub fn new(
        parties: &Arc<Parties>,
        round: Round,
        kind: Kind,
        flags: u8,
        words: usize,
        waiting: Vec<bool>,
    ) -> Self {
        let here = alloc::vec![false; waiting.len()];
        let rows = alloc::vec![Field64::ZERO; waiting.len().saturating_mul(words)];
        Collection { parties: Arc::clone(parties), round, kind, flags, words, waiting, here, rows }
    }

    /// Takes a frame; the same frame again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: unknown or not waited for, wrong tag or
    /// round, a second and different frame. Nothing has changed then.
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let (frame, place) = self.locate(frame)?;
        let key = self.parties.meter_key(place).ok_or(Misuse::UnknownParty)?;
        let payload = frame.verify(key)?;
        self.take(frame.header(), place, payload)
    }

    /// Takes many frames, 16 at a time: their keys are fetched together and their one-time keys made in
    /// lanes, which is where the time goes. `each` gets the index and the outcome of every frame, in order;
    /// outcomes are those of [`Collection::accept`].
    pub fn accept_many(&mut self, frames: &[&[u8]], mut each: impl FnMut(usize, Result<PartyId, Error>)) {
        let parties = Arc::clone(&self.parties);
        let mut one_time = Zeroizing::new([[0u8; 32]; LANES]);
        for (first, group) in frames.chunks(LANES).enumerate().map(|(i, g)| (i.wrapping_mul(LANES), g)) {
            let mut located = [None; LANES];
            for (slot, frame) in located.iter_mut().zip(group) {
                // Frames of another round have another nonce: they go the slow way, to the same error.
                let found = self.locate(frame).ok();
                *slot = found.filter(|(frame, _)| frame.header().round == self.round);
            }
            let pairs = located.iter().flatten().filter_map(|(frame, place)| {
                parties.meter_key(*place).map(|key: &PairKey| (key, *frame.header()))
            });
            if frame::one_time_keys(pairs, self.round, &mut one_time).is_err() {
                located = [None; LANES]; // no key is better than a wrong one
            }
            let mut ready = one_time.iter();
            for ((index, frame), located) in (first..).zip(group).zip(&located) {
                let outcome = match located {
                    Some((frame, place)) => ready
                        .next()
                        .ok_or(Error::Inconsistent) // as many keys as located frames
                        .and_then(|key| frame.verify_with(key))
                        .and_then(|payload| self.take(frame.header(), *place, payload)),
                    None => self.accept(frame),
                };
                each(index, outcome);
            }
        }
    }

    /// Repairs of another pass are known by their flags, and blamed.
    fn flags_allowed(&self) -> u8 {
        match self.kind {
            Kind::Repair => Flags::TRANSMISSION | (3 << Flags::PASS_SHIFT),
            _ => self.flags,
        }
    }

    /// Whose frame it claims to be, from the header alone.
    fn locate<'f>(&self, frame: &'f [u8]) -> Result<(TaggedFrame<'f>, usize), Error> {
        let frame = TaggedFrame::parse(frame, &self.parties.view().expect(self.kind, self.flags_allowed()))?;
        let sender = frame.header().sender;
        let place = self.parties.roster().position(sender);
        let place = place.filter(|place| self.parties.meter_key(*place).is_some());
        Ok((frame, place.ok_or(Fault::UnknownSender.of(sender))?))
    }

    /// Takes a payload whose tag was right.
    fn take(&mut self, header: &Header, place: usize, mut payload: Reader<'_>) -> Result<PartyId, Error> {
        let sender = header.sender;
        if header.round != self.round {
            return Err(Fault::WrongRound.of(sender));
        }
        if header.flags.0 != self.flags {
            return Err(Fault::WrongPass.of(sender));
        }
        if !self.waiting.get(place).copied().unwrap_or(false) {
            return Err(Fault::NotExpected.of(sender));
        }
        let start = place.wrapping_mul(self.words);
        let end = start.wrapping_add(self.words);
        let row = self.rows.get_mut(start..end).ok_or(Fault::UnknownSender.of(sender))?;
        let here = self.here.get_mut(place).ok_or(Fault::UnknownSender.of(sender))?;
        // Everything is read before anything is kept.
        let mut ahead = payload;
        let mut same = true;
        for value in row.iter() {
            same &= ahead.element()? == *value;
        }
        ahead.end()?;
        if *here {
            return if same { Ok(sender) } else { Err(Fault::Contradiction.of(sender)) };
        }
        payload.elements(row)?;
        *here = true;
        Ok(sender)
    }

    /// Meters that are waited for and have not sent.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        let meters = self.parties.roster().meters();
        let waiting = self.waiting.iter().zip(&self.here).zip(meters);
        waiting.filter(|((waiting, here), _)| **waiting && !**here).map(|(_, meter)| meter.id)
    }

    /// One bool a position: who has sent.
    pub fn here(&self) -> &[bool] {
        &self.here
    }

    /// Sum of the rows of the meters marked in `set`.
    pub fn sum(&self, set: &[bool]) -> Vec<Field64> {
        let mut sum = alloc::vec![Field64::ZERO; self.words];
        let rows = self.rows.chunks_exact(self.words.max(1)).zip(set);
        rows.filter(|(_, member)| **member).for_each(|(row, _)| add_assign(&mut sum, row));
        sum
    }
}
