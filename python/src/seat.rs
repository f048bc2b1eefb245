//! A meter of any protocol, alone or among many.

use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, GroupParams, HighWater, LinkSecret, PartyId, Round};
use pyo3::prelude::*;

use crate::argument::{Argument, argument};
use crate::array::{Rows, filled};
use crate::error::Failure;
use crate::link::{Common, EpochView, Party};
use crate::mark::{self, Device};
use crate::owned::Owned;
use crate::prepared::{Prepared, PreparedMany};

/// What all protocols' meters do.
pub(crate) trait Contributing: Send {
    /// Writes the round's frame, of the protocol's length, to `out`; gives what must be stored first.
    fn contribute<const CHANNELS: usize>(
        &mut self,
        mark: &mut HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &mut [u8],
    ) -> Result<MarkRecord, Error>;
}

/// A meter and the channels of its device that it reads.
pub(crate) struct Seat<M> {
    pub(crate) id: PartyId,
    pub(crate) channels: Channels,
    pub(crate) meter: M,
}

/// The link secrets of parties that become meters, which are used up: all of them, or none.
pub(crate) fn take_links(
    params: &Common,
    view: &EpochView,
    parties: Argument<'_, '_>,
) -> PyResult<Vec<(PartyId, LinkSecret)>> {
    let list = parties.list(|item| {
        let party = item.value.cast::<Party>().map_err(|_| item.wrong_type("expected Party objects"))?;
        Ok(party.clone().unbind())
    })?;
    let own: Vec<_> = list.iter().map(|party| (party.get().id(), party.get().link().get())).collect();
    let mut ids: Vec<_> = own.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(parties.refuse("a party stands twice"));
    }
    Ok(parties.value.py().detach(|| {
        for (id, link) in &own {
            view.check_meter(params, *id, link)?;
        }
        own.iter().map(|(id, link)| Ok((*id, link.secret.take()?))).collect::<Result<_, Failure>>()
    })?)
}

/// A group, and how long its contributions are.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) group: GroupParams,
    pub(crate) frame_len: usize,
}

/// Now, the round and the reading of it, or readings.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a, 'py> {
    pub(crate) now: &'a Bound<'py, PyAny>,
    pub(crate) round: &'a Bound<'py, PyAny>,
    pub(crate) readings: Argument<'a, 'py>,
}

impl Given<'_, '_> {
    fn rounds(&self) -> PyResult<(Round, Round)> {
        Ok((argument("now", self.now).round()?, argument("round", self.round).round()?))
    }
}

/// One meter's contribution.
pub(crate) fn contribute<M: Contributing>(
    py: Python<'_>,
    form: Form,
    seat: &Owned<Seat<M>>,
    mark: &mark::HighWater,
    given: Given<'_, '_>,
) -> PyResult<Prepared> {
    let rounds = given.rounds()?;
    let reading = given.readings.reading_of(form.group.channels.into())?;
    let (record, frame) = py.detach(|| {
        seat.with(|seat| {
            mark.0.with(|device| {
                let mut frame = filled(0, form.frame_len)?;
                let record = device.contribute(seat, rounds, &reading, &mut frame)?;
                Ok::<_, Failure>((record, frame))
            })
        })
    })?;
    Ok(Prepared::of_bytes(py, &record, &frame))
}

/// The contributions of those of many meters that `which` marks.
pub(crate) fn contribute_many<M: Contributing>(
    py: Python<'_>,
    form: Form,
    seats: &Owned<Vec<Seat<M>>>,
    marks: &mark::HighWaters,
    given: Given<'_, '_>,
    which: &[bool],
) -> PyResult<PreparedMany> {
    let rounds = given.rounds()?;
    let readings = given.readings.readings(which.len(), form.group.channels.into())?;
    let batch = Batch { form, rounds, readings: &readings, which };
    let (records, frames) =
        py.detach(|| seats.with(|seats| marks.devices.with(|marks| batch.contribute(seats, marks))))?;
    PreparedMany::new(py, records, frames)
}

/// A round's readings of many meters, a row each.
struct Batch<'a> {
    form: Form,
    rounds: (Round, Round),
    readings: &'a [i64],
    which: &'a [bool],
}

impl Batch<'_> {
    /// All readings are checked before anything is spent. If a meter refuses later, no frame leaves, and
    /// the intervals of those before it are spent.
    fn contribute<M: Contributing>(
        &self,
        seats: &mut [Seat<M>],
        marks: &mut [Device],
    ) -> Result<(Rows, Rows), Failure> {
        if marks.len() != seats.len() {
            return Err(Failure::argument("marks", "expected one for each meter"));
        }
        let channels = usize::from(self.form.group.channels).max(1);
        let rows = || {
            let rows = self.readings.chunks_exact(channels).zip(self.which).enumerate();
            rows.filter(|(_, (_, which))| **which).map(|(row, (reading, _))| (row, reading))
        };
        for (row, reading) in rows() {
            let meter = seats.get(row).map_or(PartyId::UTILITY, |seat| seat.id);
            let check = self.form.group.check_reading(reading);
            check.map_err(|error| Failure::Row { row, meter, error })?;
        }
        let mut frames = Rows::zeroed(rows().count(), self.form.frame_len)?;
        let mut records = Rows::with_room(rows().count(), HighWater::<0>::RECORD_LEN)?;
        for ((row, reading), out) in rows().zip(frames.iter_mut()) {
            let (Some(seat), Some(mark)) = (seats.get_mut(row), marks.get_mut(row)) else { break };
            let meter = seat.id;
            let record = mark.contribute(seat, self.rounds, reading, out);
            records.push(&record.map_err(|error| Failure::Row { row, meter, error })?);
        }
        Ok((records, frames))
    }
}
