//! Meters in one process: each by itself through a handle, and as a ring.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use cmt_ring::order::Order;
use cmt_ring::{Book, Generation, GenerationRecord, Mode};
use meter_link::set::Members;
use meter_link::{Error, HighWater, Misuse, PartyId, Round};

use super::known::Known;
use super::member::{Act, Member};
use crate::array::{Rows, filled, with_room};
use crate::error::{Failure, Refusal};
use crate::mark::Device;
use crate::owned::Owned;
use crate::threads::Threads;

/// Meters by row, and the ring that they are in.
pub(super) struct Fleet {
    pub(super) members: Vec<Member>,
    ring: Option<Ring>,
}

/// A ring that was formed here.
pub(super) struct Ring {
    generation: Generation,
    /// Rows around the ring, the concentrator's first.
    pub(super) order: Vec<usize>,
}

/// One meter of a fleet.
pub(super) struct Handle {
    pub(super) known: Arc<Known>,
    pub(super) fleet: Arc<Owned<Fleet>>,
    pub(super) row: usize,
    pub(super) id: PartyId,
}

impl Handle {
    /// Of a meter alone.
    pub(super) fn alone(known: Arc<Known>, member: Member) -> Result<Self, Failure> {
        let id = member.id;
        let mut members = with_room(1)?;
        members.push(member);
        Ok(Handle { known, fleet: Arc::new(Owned::new("meter", Fleet::new(members))), row: 0, id })
    }

    /// Another handle on the same meter.
    pub(super) fn again(&self) -> Self {
        let (known, fleet) = (Arc::clone(&self.known), Arc::clone(&self.fleet));
        Handle { known, fleet, row: self.row, id: self.id }
    }

    pub(super) fn with<R, E: Into<Failure>>(
        &self,
        act: impl FnOnce(&Known, &mut Member) -> Result<R, E>,
    ) -> Result<R, Failure> {
        self.fleet.with(|fleet| {
            let member = fleet.members.get_mut(self.row).ok_or(Failure::UsedUp("meter"))?;
            act(&self.known, member).map_err(Into::into)
        })
    }
}

/// A generation that was formed within a fleet.
pub(super) struct Formation {
    pub(super) records: Rows,
    pub(super) ids: Vec<PartyId>,
    pub(super) generation: Generation,
    pub(super) concentrator: PartyId,
    pub(super) formed: cmt_ring::Formed,
}

/// A round's readings, a row of `channels` for each meter of the fleet, and who takes part.
pub(super) struct Batch<'a> {
    pub(super) rounds: (Round, Round),
    pub(super) readings: &'a [i64],
    pub(super) channels: usize,
    pub(super) which: Option<&'a [bool]>,
}

impl Batch<'_> {
    fn reading(&self, row: usize) -> &[i64] {
        let start = row.saturating_mul(self.channels);
        self.readings.get(start..start.saturating_add(self.channels)).unwrap_or_default()
    }

    fn is_in(&self, row: usize) -> bool {
        self.which.is_none_or(|which| which.get(row).copied().unwrap_or_default())
    }
}

impl Fleet {
    pub(super) fn new(members: Vec<Member>) -> Self {
        Fleet { members, ring: None }
    }

    /// The ring, unless a meter has gone on by itself since.
    pub(super) fn ring(&mut self) -> Result<&Ring, Failure> {
        let generation = self.latest();
        let ring = self.ring.as_ref().filter(|ring| Some(ring.generation) == generation);
        ring.ok_or_else(|| Failure::Argument {
            name: "meters",
            text: "no ring was formed here, or a meter has gone on by itself since".into(),
        })
    }

    /// The highest generation that anybody has a place in.
    fn latest(&mut self) -> Option<Generation> {
        self.members.iter_mut().filter_map(Member::generation).max()
    }

    /// The next generation for those who are marked.
    pub(super) fn next_generation(&mut self, which: &[bool]) -> Generation {
        let marked = self.members.iter_mut().zip(which).filter(|(_, which)| **which);
        marked.map(|(member, _)| member.next_generation()).max().unwrap_or(Generation(1))
    }

    fn member(&mut self, row: usize) -> Result<&mut Member, Failure> {
        self.members.get_mut(row).ok_or_else(|| Error::from(Misuse::UnknownParty).into())
    }

    /// Forms a ring of those who are marked: every message goes from one to the other here, and what leaves is guarded by
    /// all records.
    pub(super) fn form(
        &mut self,
        known: &Known,
        now: Round,
        from: Round,
        generation: Generation,
        which: &[bool],
        rng: &mut ChaCha20Rng,
    ) -> Result<Formation, Failure> {
        let mut rows = with_room(which.len())?;
        for (row, member) in self.members.iter().enumerate().filter(|(row, _)| which.get(*row) == Some(&true))
        {
            rows.push((known.entry(member.id)?.listed(), row));
        }
        rows.sort_unstable_by_key(|(listed, _)| listed.position);
        let (listed, places): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let order = Order::arrange(known.view.epoch(), generation, &places)?;
        let Some(lead) = order.first().copied() else {
            return Err(cmt_ring::Error::from(cmt_ring::Misuse::RingTooSmall).into());
        };
        let mut records = Rows::with_room(order.len(), size_of::<GenerationRecord>())?;
        let member = self.member(lead)?;
        let concentrator = known.entry(member.id)?.listed();
        let (record, mut forming) = member.open(now, from, generation, &listed, rng)?;
        records.push(&record);
        let mut ids = vec![concentrator.peer.id];
        // Those who are listed ascend by position, and so by id.
        let row_of = |id: PartyId| {
            let place = listed.binary_search_by_key(&id, |listed| listed.peer.id).ok();
            place.and_then(|place| places.get(place).copied()).ok_or(Error::from(Misuse::UnknownParty))
        };
        for (id, token) in forming.tokens() {
            let row = row_of(id)?;
            let joined = self.member(row)?.join(known, now, &concentrator, &token, rng);
            let (record, first_key) = joined.map_err(|error| named(error, row, id))?;
            records.push(&record);
            ids.push(id);
            forming.accept(&first_key)?;
        }
        let formed = self.member(lead)?.lead(forming)?;
        for (id, frame) in &formed.seats {
            let row = row_of(*id)?;
            self.member(row)?.seat(known, frame).map_err(|error| named(error, row, *id))?;
        }
        self.ring = Some(Ring { generation, order });
        Ok(Formation { records, ids, generation, concentrator: concentrator.peer.id, formed })
    }

    /// Cuts meters out of the ring, and has the others take the frames. The records, whose they are, and the frame for
    /// the supplier.
    #[allow(clippy::too_many_arguments)] // as in the crate
    pub(super) fn heal(
        &mut self,
        known: &Known,
        book: &mut Book,
        now: Round,
        from: Round,
        generation: Generation,
        cut: &Members,
        rng: &mut ChaCha20Rng,
    ) -> Result<(Rows, Vec<PartyId>, Vec<u8>), Failure> {
        let mut order = self.ring()?.order.clone();
        let lead = order.first().copied().unwrap_or_default();
        let positions: Vec<u32> = cut.positions().collect();
        let mut records = Rows::with_room(order.len(), size_of::<GenerationRecord>())?;
        let healed = self.member(lead)?.cut(book, now, from, generation, &positions, rng)?;
        let (record, cmt_ring::Healing { members, supplier }) = healed;
        records.push(&record);
        let mut rows: Vec<(PartyId, usize)> = order.iter().map(|row| (self.id(*row), *row)).collect();
        rows.sort_unstable();
        let mut ids = vec![self.id(lead)];
        for (id, frame) in &members {
            let row = rows.binary_search_by_key(id, |(id, _)| *id).ok().and_then(|place| rows.get(place));
            let (_, row) = *row.ok_or(Error::from(Misuse::UnknownParty))?;
            let healed = self.member(row)?.heal(known, now, frame);
            records.push(&healed.map_err(|error| named(error, row, *id))?);
            ids.push(*id);
        }
        order.retain(|row| !is_among(known, &positions, self.id(*row)));
        self.ring = Some(Ring { generation, order });
        Ok((records, ids, supplier))
    }

    /// The round's frames: all members' side by side, or around the ring until somebody is silent.
    pub(super) fn send(
        &mut self,
        known: &Known,
        marks: &mut [Device],
        batch: &Batch<'_>,
        start: Option<&[u8]>,
        threads: Threads,
        rng: &mut ChaCha20Rng,
    ) -> Result<(Rows, Rows), Failure> {
        if marks.len() != self.members.len() {
            return Err(Failure::argument("marks", "expected one for each meter"));
        }
        match (known.params.mode(), start) {
            (Mode::Derived, None) => self.side_by_side(known, marks, batch, threads),
            (Mode::Drawn, Some(start)) => self.around(known, marks, batch, start, rng),
            (Mode::Derived, Some(_)) => Err(Failure::argument("start", "derived rings have no Start")),
            (Mode::Drawn, None) => Err(Failure::argument("start", "expected the supplier's Start")),
        }
    }

    fn side_by_side(
        &mut self,
        known: &Known,
        marks: &mut [Device],
        batch: &Batch<'_>,
        threads: Threads,
    ) -> Result<(Rows, Rows), Failure> {
        let latest = self.latest();
        let group = known.params.group();
        let mut rows = with_room(self.members.len())?;
        for (row, (member, mark)) in self.members.iter_mut().zip(marks).enumerate() {
            // Whoever is in no ring, or was left in an older one, sends only where it is named.
            let sends = batch.is_in(row) && (batch.which.is_some() || member.generation() == latest);
            if sends {
                let reading = batch.reading(row);
                let check = group.check_reading(reading);
                check.map_err(|error| refused(error.into(), row, member.id))?;
                rows.push((row, member, mark, reading));
            }
        }
        let mut frames = Rows::zeroed(rows.len(), known.params.contribution_len())?;
        let mut records = Rows::zeroed(rows.len(), HighWater::<0>::RECORD_LEN)?;
        let mut work = with_room(rows.len())?;
        for (row, (frame, record)) in rows.into_iter().zip(frames.iter_mut().zip(records.iter_mut())) {
            work.push((row, frame, record));
        }
        let rounds = batch.rounds;
        /// Members that one job is about, at most.
        const TOGETHER: usize = 1024;
        let part = work.len().div_ceil(threads.count()).clamp(1, TOGETHER);
        let done = threads.run(work.chunks_mut(part).collect(), |part: &mut [_]| {
            part.iter_mut().try_for_each(|((row, member, mark, reading), frame, record)| {
                let made = member.act(mark, rounds, reading, Act::Contribute, frame);
                record.copy_from_slice(&made.map_err(|error| refused(error, *row, member.id))?);
                Ok(())
            })
        });
        done.into_iter().collect::<Result<(), Failure>>()?;
        Ok((records, frames))
    }

    fn around(
        &mut self,
        known: &Known,
        marks: &mut [Device],
        batch: &Batch<'_>,
        start: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> Result<(Rows, Rows), Failure> {
        let (group, own) = (known.params.group(), known.params.contribution_len());
        let order: Vec<usize> = self.ring()?.order.clone();
        let there = order.iter().copied().take_while(|row| batch.is_in(*row)).count();
        let (mut records, mut frames) = (with_room(there)?, with_room(there)?);
        for row in order.iter().copied().take(there) {
            let check = group.check_reading(batch.reading(row));
            check.map_err(|error| refused(error.into(), row, self.id(row)))?;
        }
        let mut out = filled(0, own.saturating_add(known.params.delta_len()))?;
        let mut delta = Vec::new();
        for (place, row) in order.iter().copied().take(there).enumerate() {
            let member = self.member(row)?;
            let mark = marks.get_mut(row).ok_or(Failure::argument("marks", "expected one for each meter"))?;
            let act = if place == 0 { Act::Start(start, rng) } else { Act::Relay(&delta, rng) };
            let made = member.act(mark, batch.rounds, batch.reading(row), act, &mut out);
            records.push((row, made.map_err(|error| refused(error, row, member.id))?));
            if place == 0 {
                delta = out.get(..known.params.delta_len()).unwrap_or_default().to_vec();
            } else {
                let (frame, next) = out.split_at_checked(own).unwrap_or_default();
                frames.push((row, frame.to_vec()));
                delta = next.to_vec();
            }
        }
        // The concentrator's own ciphertext exists only now that the ring is closed.
        if there == order.len() {
            let lead = order.first().copied().unwrap_or_default();
            let member = self.member(lead)?;
            let closed = member.close(batch.rounds.0, &delta, &mut out);
            closed.map_err(|error| refused(error, lead, member.id))?;
            frames.push((lead, out.get(..own).unwrap_or_default().to_vec()));
        }
        Ok((by_row(records, HighWater::<0>::RECORD_LEN)?, by_row(frames, own)?))
    }

    fn id(&self, row: usize) -> PartyId {
        self.members.get(row).map_or(PartyId::UTILITY, |member| member.id)
    }
}

/// In the order of the fleet: that of the ring is nobody's business.
fn by_row<R: AsRef<[u8]>>(mut rows: Vec<(usize, R)>, width: usize) -> Result<Rows, Failure> {
    rows.sort_unstable_by_key(|(row, _)| *row);
    let mut sorted = Rows::with_room(rows.len(), width)?;
    rows.iter().for_each(|(_, row)| sorted.push(row.as_ref()));
    Ok(sorted)
}

/// Whether a meter is at one of these ascending positions.
fn is_among(known: &Known, positions: &[u32], id: PartyId) -> bool {
    known.entry(id).is_ok_and(|entry| positions.binary_search(&entry.position).is_ok())
}

fn refused(error: Refusal, row: usize, meter: PartyId) -> Failure {
    Failure::Row { row, meter, error }
}

/// The row that a step failed at, where it was the protocol that refused.
fn named(failure: Failure, row: usize, meter: PartyId) -> Failure {
    match failure {
        Failure::Protocol(error) => Failure::Row { row, meter, error },
        other => other,
    }
}
