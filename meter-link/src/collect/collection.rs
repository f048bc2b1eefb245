//! Frames of one kind and round, from the meters that are waited for.

mod many;

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::PartialSum;
use crate::error::{Error, Fault, Malformed, Misuse};
use crate::field::{Field64, add_assign, sum_rows};
use crate::frame::{Flags, Header, Kind, Reader, TaggedFrame};
use crate::head::Parties;
use crate::id::{PartyId, Round};
use crate::mark::check;
use crate::set::Members;

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
    added: Option<PartialSum>,
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
        let added = None;
        Collection { parties: Arc::clone(parties), round, kind, flags, words, waiting, here, rows, added }
    }

    /// The same, with nothing in.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self::new(&self.parties, self.round, self.kind, self.flags, self.words, self.waiting.clone())
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
        let place = self.parties.place(sender);
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
        // Its frame was checked elsewhere, and is not here to compare: most likely the network repeats it.
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        if self.added.as_ref().is_some_and(|added| added.members.contains(place)) {
            return Ok(sender);
        }
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
        let waiting = self.waiting.iter().zip(self.here()).zip(meters);
        waiting.filter(|((waiting, here), _)| **waiting && !*here).map(|(_, meter)| meter.id)
    }

    /// One bool a position: who has sent.
    pub fn here(&self) -> Vec<bool> {
        let mut here = self.here.clone();
        if let Some(added) = &self.added {
            here.iter_mut().zip(0u32..).for_each(|(here, place)| *here |= added.members.contains(place));
        }
        here
    }

    /// The frame's elements of a member, by position, if it has come here itself.
    pub fn row(&self, place: usize) -> Option<&[Field64]> {
        self.here.get(place).filter(|here| **here)?;
        self.rows.get(place.checked_mul(self.words)?..)?.get(..self.words)
    }

    /// The sum of all frames that have come, and whose they are.
    ///
    /// # Errors
    /// None in practice.
    pub fn partial(&self) -> Result<PartialSum, Error> {
        let (context, kind, round) = (*self.parties.view().context(), self.kind, self.round);
        let (members, sum) = (Members::marked(&self.here)?, self.sum_of_rows(&self.here));
        let own = PartialSum { context, kind, round, members, sum };
        match &self.added {
            Some(added) => own.merge(added),
            None => Ok(own),
        }
    }

    /// Takes in the sum of frames that were checked elsewhere.
    ///
    /// # Errors
    /// [`Misuse::CountedTwice`], [`Misuse::OutOfOrder`] as [`PartialSum::merge`]; [`Fault::NotExpected`] blaming a
    /// member that is not waited for. Nothing has changed then. Repairs are not added up elsewhere: a sum does not
    /// say of which pass they are.
    pub fn add(&mut self, partial: &PartialSum) -> Result<(), Error> {
        self.check_merge(partial)?;
        self.added = Some(match self.added.take() {
            Some(added) => added.merge(partial)?,
            None => partial.clone(),
        });
        Ok(())
    }

    /// That a part fits to what is here, and that all of its members are waited for.
    fn check_merge(&self, part: &PartialSum) -> Result<(), Error> {
        if self.kind == Kind::Repair {
            return Err(Misuse::OutOfOrder.into());
        }
        self.partial()?.merge(part)?;
        self.check_waited(&part.members)
    }

    fn check_waited(&self, members: &Members) -> Result<(), Error> {
        let waited = |place: u32| self.waiting.get(place as usize).copied().unwrap_or(false);
        match members.positions().find(|place| !waited(*place)) {
            Some(place) => Err(Fault::NotExpected.of(self.meter(place)?)),
            None => Ok(()),
        }
    }

    fn meter(&self, place: u32) -> Result<PartyId, Error> {
        let meter = self.parties.roster().meters().get(place as usize);
        Ok(meter.ok_or(Misuse::UnknownParty)?.id)
    }

    /// Takes in the frames of another collection of the round. A frame that has come to both counts once.
    ///
    /// # Errors
    /// [`Misuse::OutOfOrder`] for another epoch, round or kind of frame; [`Misuse::CountedTwice`] for a meter whose
    /// frame is in a sum here and came itself there, or the other way round; [`Fault`] blaming a meter:
    /// [`Fault::Contradiction`] for different frames, [`Fault::NotExpected`] if it is not waited for. Nothing has
    /// changed then.
    pub fn merge(&mut self, other: &Collection) -> Result<(), Error> {
        let scope =
            |c: &Collection| (*c.parties.view().context(), c.kind, c.flags, c.round, c.words, c.here.len());
        if scope(self) != scope(other) {
            return Err(Misuse::OutOfOrder.into());
        }
        let (own, theirs) = (Members::marked(&self.here)?, Members::marked(&other.here)?);
        self.check_waited(&theirs)?;
        if let Some(added) = &other.added {
            self.check_merge(added)?;
        }
        let summed = |c: &Collection| c.added.as_ref().is_some_and(|added| added.members.meets(&theirs));
        if summed(self) || summed(other) {
            return Err(Misuse::CountedTwice.into());
        }
        let same = |place: &u32| self.row(*place as usize) == other.row(*place as usize);
        if let Some(place) = theirs.positions().filter(|p| own.contains(*p)).find(|place| !same(place)) {
            return Err(Fault::Contradiction.of(self.meter(place)?));
        }
        let rows =
            self.rows.chunks_exact_mut(self.words.max(1)).zip(other.rows.chunks_exact(self.words.max(1)));
        for (((own, row), here), there) in rows.zip(&mut self.here).zip(&other.here) {
            if *there {
                own.copy_from_slice(row);
                *here = true;
            }
        }
        match &other.added {
            Some(added) => self.add(added),
            None => Ok(()),
        }
    }

    /// `context 32 ‖ kind u8 ‖ flags u8 ‖ round u32 ‖ set of who has sent ‖ elements 8 … of each, ascending ‖
    /// (1 u8 ‖ partial sum added) or 0 u8 ‖ check 4`.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = self.parties.view().context().as_bytes().to_vec();
        out.extend([self.kind as u8, self.flags]);
        out.extend(self.round.to_u32().to_le_bytes());
        out.extend(Members::marked(&self.here)?.to_bytes()?);
        for row in (0..self.here.len()).filter_map(|place| self.row(place)) {
            row.iter().for_each(|value| out.extend(value.to_bytes()));
        }
        out.push(u8::from(self.added.is_some()));
        if let Some(added) = &self.added {
            out.extend(added.to_bytes()?);
        }
        let check = check(&out);
        out.extend(check);
        Ok(out)
    }

    /// Takes in what [`Collection::to_bytes`] of a collection of the same round wrote.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); as [`Collection::merge`]. Nothing has changed then.
    pub fn merge_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (body, stored) = bytes.split_last_chunk::<4>().ok_or(Malformed::Truncated)?;
        if check(body) != *stored {
            return Err(Malformed::BadRecord.into());
        }
        let mut reader = Reader::new(body);
        let context = reader.array::<32>()? == self.parties.view().context().as_bytes();
        let kind = reader.array()? == &[self.kind as u8, self.flags];
        if !context || !kind || Round::from(reader.u32()?) != self.round {
            return Err(Misuse::OutOfOrder.into());
        }
        let mut other = self.emptied();
        let meters = self.parties.view().meters();
        other.here = Members::read(&mut reader, meters)?.to_marks();
        let rows = other.rows.chunks_exact_mut(self.words.max(1));
        for (row, _) in rows.zip(&other.here).filter(|(_, here)| **here) {
            reader.elements(row)?;
        }
        match reader.u8()? {
            0 => reader.end()?,
            1 => other.added = Some(PartialSum::from_bytes(reader.bytes(reader.left())?, meters)?),
            _ => return Err(Malformed::BadRecord.into()),
        }
        self.merge(&other)
    }

    /// Sum of the frames of the meters marked in `set`; of those that were checked elsewhere all are meant.
    pub fn sum(&self, set: &[bool]) -> Vec<Field64> {
        let mut sum = self.sum_of_rows(set);
        if let Some(added) = &self.added {
            add_assign(&mut sum, &added.sum);
        }
        sum
    }

    fn sum_of_rows(&self, set: &[bool]) -> Vec<Field64> {
        let mut sum = alloc::vec![Field64::ZERO; self.words];
        let rows = self.rows.chunks_exact(self.words.max(1)).zip(set);
        sum_rows(rows.filter(|(_, member)| **member).map(|(row, _)| row), &mut sum);
        sum
    }
}
