//! Many meters in one object.

use meter_link::{HighWater, PartyId, Round};
use pyo3::prelude::*;

use super::meter::{Contribute, Inner, check, generators, seat};
use super::threads::{each, share};
use super::{GroupKey, Params};
use crate::argument::{Argument, argument};
use crate::array::{Rows, mask, with_room};
use crate::entropy;
use crate::error::Failure;
use crate::link::{EpochView, Party};
use crate::mark::{Device, HighWaters};
use crate::owned::Owned;
use crate::prepared::PreparedMany;
use crate::seat::{self, Form, Seat};
use crate::threads::Threads;

/// Many meters in one object, for simulations and for gateways that serve a house of flats.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Meters")]
pub(crate) struct Meters {
    ids: Vec<u32>,
    form: Form,
    seats: Owned<Vec<Seat<Inner>>>,
}

/// The identities of parties that become meters, which are used up: all of them, or none.
fn take_identities(
    params: &Params,
    view: &EpochView,
    parties: Argument<'_, '_>,
) -> PyResult<Vec<(PartyId, meter_link::Identity)>> {
    let list = parties.list(|item| {
        let party = item.value.cast::<Party>().map_err(|_| item.wrong_type("expected Party objects"))?;
        Ok(party.clone().unbind())
    })?;
    let own: Vec<_> = list.iter().map(|party| (party.get().id(), party.get().identity().get())).collect();
    let mut ids: Vec<_> = own.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(parties.refuse("a party stands twice"));
    }
    Ok(parties.value.py().detach(|| {
        for (id, identity) in &own {
            check(params, view, *id, identity)?;
        }
        own.iter().map(|(id, identity)| Ok((*id, identity.secret.take()?))).collect::<Result<_, Failure>>()
    })?)
}

#[pymethods]
impl Meters {
    /// Takes the identities of all parties over. `key` and `first_channel` are as for `Meter`.
    #[new]
    #[pyo3(signature = (params, view, parties, key, first_channel = None),
           text_signature = "(params, view, parties, key, first_channel=0)")]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        parties: &Bound<'_, PyAny>,
        key: &GroupKey,
        first_channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let first = seat::first_channel(first_channel, params.inner.group())?;
        let own = take_identities(params, view, argument("parties", parties))?;
        let ids = own.iter().map(|(id, _)| id.0).collect();
        let seats = py.detach(|| {
            let generators = generators(params);
            let seats = own.into_iter().map(|own| seat(params, view, own, first, key, generators.as_ref()));
            seats.collect::<Result<Vec<_>, _>>()
        })?;
        let form = Form { group: *params.inner.group(), frame_len: params.inner.contribution_len() };
        Ok(Meters { ids, form, seats: Owned::new("meter", seats) })
    }

    /// The round's contributions: `readings` has a row for each meter; with `which`, a bool a meter, only
    /// those contribute. If a meter refuses, no frame leaves, and others' intervals may be spent.
    #[pyo3(signature = (marks, now, round, readings, which = None, *, threads = None),
           text_signature = "($self, marks, now, round, readings, which=None, *, threads=1)")]
    #[allow(clippy::too_many_arguments)] // keywords in Python
    fn contribute(
        &self,
        py: Python<'_>,
        marks: &HighWaters,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        readings: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PreparedMany> {
        let threads = Threads::of(threads)?;
        let which = mask("which", which, self.ids.len())?;
        let rounds = (argument("now", now).round()?, argument("round", round).round()?);
        let readings = argument("readings", readings);
        let readings = readings.readings(which.len(), self.form.group.channels.into())?;
        let batch = Batch { form: self.form, rounds, readings: &readings, which: &which };
        let (records, frames) = py.detach(|| {
            self.seats.with(|seats| marks.devices.with(|marks| batch.contribute(seats, marks, threads)))
        })?;
        PreparedMany::new(py, records, frames)
    }

    /// In the order of the rows.
    #[getter]
    fn ids(&self) -> Vec<u32> {
        self.ids.clone()
    }

    fn __len__(&self) -> usize {
        self.ids.len()
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.Meters: {}>", self.ids.len())
    }
}

/// A round's readings of many meters, a row each.
struct Batch<'a> {
    form: Form,
    rounds: (Round, Round),
    readings: &'a [i64],
    which: &'a [bool],
}

/// A row that contributes.
struct Row<'a> {
    row: usize,
    seat: &'a Seat<Inner>,
    device: &'a mut Device,
    reading: &'a [i64],
    record: &'a mut [u8],
    out: &'a mut [u8],
}

impl Batch<'_> {
    /// All readings are checked before anything is spent.
    fn contribute(
        &self,
        seats: &[Seat<Inner>],
        marks: &mut [Device],
        threads: Threads,
    ) -> Result<(Rows, Rows), Failure> {
        if marks.len() != seats.len() {
            return Err(Failure::argument("marks", "expected one for each meter"));
        }
        let channels = usize::from(self.form.group.channels).max(1);
        let count = self.which.iter().filter(|which| **which).count();
        let mut frames = Rows::zeroed(count, self.form.frame_len)?;
        let mut records = Rows::zeroed(count, HighWater::<0>::RECORD_LEN)?;
        let mut rows = with_room(count)?;
        let all = seats.iter().zip(marks).zip(self.readings.chunks_exact(channels)).zip(self.which);
        let some = all.enumerate().filter(|(_, (_, which))| **which);
        let places = records.iter_mut().zip(frames.iter_mut());
        for ((row, (((seat, device), reading), _)), (record, out)) in some.zip(places) {
            let meter = seat.id;
            let check = self.form.group.check_reading(reading);
            check.map_err(|error| Failure::Row { row, meter, error: error.into() })?;
            rows.push(Row { row, seat, device, reading, record, out });
        }
        let size = share(rows.len(), threads);
        each(threads, rows.chunks_mut(size), |rows| self.some(rows))?;
        Ok((records, frames))
    }

    /// One after the other; the first refusal ends it.
    fn some(&self, rows: &mut [Row<'_>]) -> Result<(), Failure> {
        let rng = &mut entropy::rng()?;
        for Row { row, seat, device, reading, record, out } in rows {
            let step = Contribute { meter: &seat.meter, rounds: self.rounds, reading, out, rng };
            let made = device.spend(seat.channels, step).flatten();
            let made = made.map_err(|error| Failure::Row { row: *row, meter: seat.id, error })?;
            record.copy_from_slice(&made);
        }
        Ok(())
    }
}
