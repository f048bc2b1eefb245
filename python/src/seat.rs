//! A meter of any protocol, alone or among many.

use meter_link::mark::MarkRecord;
use meter_link::{Channels, GroupParams, HighWater, LinkSecret, PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::argument::{Argument, argument, int_or};
use crate::array::{Rows, filled, with_room};
use crate::error::{Failure, Refusal};
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
    ) -> Result<MarkRecord, Refusal>;
}

/// A meter and the channels of its device that it reads.
pub(crate) struct Seat<M> {
    pub(crate) id: PartyId,
    pub(crate) channels: Channels,
    pub(crate) meter: M,
}

/// Where the channels that a session reads begin on its device; refused before a secret is taken.
pub(crate) fn first_channel(value: Option<&Bound<'_, PyAny>>, group: &GroupParams) -> PyResult<u16> {
    let first: u16 = int_or("first_channel", value, 0)?;
    if first.checked_add(group.channels).is_none_or(|end| end > GroupParams::MAX_CHANNELS) {
        return Err(Failure::argument("first_channel", "a device has 1024 channels at most").into());
    }
    Ok(first)
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
            check.map_err(|error| Failure::Row { row, meter, error: error.into() })?;
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

/// The states of many meters, in their order.
pub(crate) fn states<M: Send>(
    py: Python<'_>,
    seats: &Owned<Vec<Seat<M>>>,
    store: impl Fn(&Seat<M>) -> Result<Zeroizing<Vec<u8>>, Failure> + Sync,
) -> PyResult<Vec<Py<PyBytes>>> {
    let states = py.detach(|| {
        seats.with(|seats| {
            let mut states = with_room(seats.len())?;
            for seat in seats.iter() {
                states.push(store(seat)?);
            }
            Ok::<Vec<_>, Failure>(states)
        })
    })?;
    Ok(states.iter().map(|state| PyBytes::new(py, state).unbind()).collect())
}

/// Many meters from their states; the first that is refused ends it, and its row is named.
pub(crate) fn restored<M: Send>(
    states: Argument<'_, '_>,
    restore: impl Fn(&[u8]) -> Result<Seat<M>, Failure> + Sync,
) -> PyResult<(Vec<u32>, Vec<Seat<M>>)> {
    let list = states.list_of_bytes()?;
    let seats: Vec<_> = states.value.py().detach(|| {
        let rows = list.iter().enumerate();
        let seats = rows.map(|(row, state)| {
            let place =
                |failure| Failure::At { place: format!("states: row {row}"), failure: Box::new(failure) };
            restore(state).map_err(place)
        });
        seats.collect::<Result<_, Failure>>()
    })?;
    let ids: Vec<u32> = seats.iter().map(|seat| seat.id.0).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(states.refuse("a meter stands twice"));
    }
    Ok((ids, seats))
}
