//! Many meters in one object.

use dcnet_core::CloseRecord;
use meter_link::Round;
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::meter::{Inner, report, restored, seat, stored};
use crate::argument::argument;
use crate::array::{Rows, filled, mask};
use crate::error::Failure;
use crate::link::EpochView;
use crate::mark::HighWaters;
use crate::owned::Owned;
use crate::prepared::PreparedMany;
use crate::seat::{self, Form, Given, Seat, contribute_many, take_links};

/// Many meters in one object, for simulations and for gateways that serve a house of flats.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Meters")]
pub(crate) struct Meters {
    ids: Vec<u32>,
    form: Form,
    repair_len: usize,
    seats: Owned<Vec<Seat<Inner>>>,
}

#[pymethods]
impl Meters {
    /// Makes the keys of all parties; their link secrets are used up. `first_channel` is as for `Meter`.
    #[new]
    #[pyo3(signature = (params, view, parties, first_channel = None),
           text_signature = "(params, view, parties, first_channel=0)")]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        parties: &Bound<'_, PyAny>,
        first_channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let first = seat::first_channel(first_channel, params.0.group())?;
        let links = take_links(&params.common(), view, argument("parties", parties))?;
        let ids = links.iter().map(|(id, _)| id.0).collect();
        let seats = py.detach(|| {
            let seats = links.into_iter().map(|(id, link)| seat(&params.0, view, id, link, first));
            seats.collect::<Result<_, _>>()
        })?;
        let (form, repair_len) = (params.form(), params.0.repair_len());
        Ok(Meters { ids, form, repair_len, seats: Owned::new("meter", seats) })
    }

    /// Takes the utility's Open; with `which`, a bool a meter, only those hear it.
    #[pyo3(signature = (now, frame, which = None))]
    fn open(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let which = mask("which", which, self.ids.len())?;
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.seats.with(|seats| each(seats, &which, |seat| seat.meter.open(now, &frame))))?)
    }

    /// The round's contributions: `readings` has a row for each meter; with `which`, a bool a meter, only
    /// those contribute.
    #[pyo3(signature = (marks, now, round, readings, which = None))]
    fn contribute(
        &self,
        py: Python<'_>,
        marks: &HighWaters,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        readings: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PreparedMany> {
        let which = mask("which", which, self.ids.len())?;
        let given = Given { now, round, readings: argument("readings", readings) };
        contribute_many(py, self.form, &self.seats, marks, given, &which)
    }

    /// Takes a Close of the open round; with `which`, a bool a meter, only those hear it. There is a record
    /// for each that does, and a repair for each whose neighbours are missing from a Close that is not final. If
    /// a meter refuses, no repair leaves, and the meters of the rows before it stay silent in the round.
    #[pyo3(signature = (now, frame, which = None))]
    fn close(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PreparedMany> {
        let which = mask("which", which, self.ids.len())?;
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let (records, repairs) =
            py.detach(|| self.seats.with(|seats| close(seats, &which, now, &frame, self.repair_len)))?;
        PreparedMany::new(py, records, repairs)
    }

    /// The reports of meters that are there again, a row each (`Meter.report`); with `which`, a bool a meter, only
    /// of those.
    #[pyo3(signature = (now, which = None))]
    fn report(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyArray2<u8>>> {
        let which = mask("which", which, self.ids.len())?;
        let now = argument("now", now).round()?;
        let reports = py.detach(|| {
            self.seats.with(|seats| {
                let count = which.iter().filter(|which| **which).count();
                let mut reports = Rows::with_room(count, Inner::REPORT_LEN)?;
                each(seats, &which, |seat| {
                    reports.push(&report(seat, now)?);
                    Ok(())
                })?;
                Ok::<_, Failure>(reports)
            })
        })?;
        reports.into_array(py)
    }

    /// The state of each meter, all secret, as `Meter.to_bytes` gives it.
    fn to_bytes(&self, py: Python<'_>) -> PyResult<Vec<Py<PyBytes>>> {
        seat::states(py, &self.seats, stored)
    }

    /// Goes on from states of meters of the epoch, in this order, as `Meter.from_bytes` does; none of them twice.
    #[staticmethod]
    fn from_bytes(params: &Params, view: &EpochView, states: &Bound<'_, PyAny>) -> PyResult<Self> {
        let restore = |state: &[u8]| restored(params, view, state);
        let (ids, seats) = seat::restored(argument("states", states), restore)?;
        let (form, repair_len) = (params.form(), params.0.repair_len());
        Ok(Meters { ids, form, repair_len, seats: Owned::new("meter", seats) })
    }

    /// Takes the stored record of a Close of the meter in a row into account, as `Meter.replay` does: row i of
    /// `records` for meter `rows[i]`. On an exception the rows before it have been taken.
    fn replay(&self, py: Python<'_>, rows: &Bound<'_, PyAny>, records: &Bound<'_, PyAny>) -> PyResult<()> {
        let rows: Vec<usize> = argument("rows", rows).list(|item| item.int())?;
        let records = argument("records", records);
        let frames = records.rows_of_bytes()?;
        if frames.count() != rows.len() {
            return Err(records.refuse("expected a row for each of rows"));
        }
        Ok(py.detach(|| {
            self.seats.with(|seats| {
                for (row, record) in rows.into_iter().zip(frames.iter()) {
                    let seat = seats.get_mut(row).ok_or(Failure::argument("rows", "out of range"))?;
                    seat.meter.replay(record)?;
                }
                Ok::<_, Failure>(())
            })
        })?)
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
        format!("<wattsum.dcnet.Meters: {}>", self.ids.len())
    }
}

/// Acts on the meters that are marked; the first refusal ends it, and names its row.
fn each(
    seats: &mut [Seat<Inner>],
    which: &[bool],
    mut act: impl FnMut(&mut Seat<Inner>) -> Result<(), meter_link::Error>,
) -> Result<(), Failure> {
    for (row, (seat, _)) in seats.iter_mut().zip(which).enumerate().filter(|(_, (_, which))| **which) {
        let meter = seat.id;
        act(seat).map_err(|error| Failure::Row { row, meter, error: error.into() })?;
    }
    Ok(())
}

fn close(
    seats: &mut [Seat<Inner>],
    which: &[bool],
    now: Round,
    frame: &[u8],
    repair_len: usize,
) -> Result<(Rows, Rows), Failure> {
    let count = which.iter().filter(|which| **which).count();
    let mut records = Rows::with_room(count, size_of::<CloseRecord>())?;
    let mut repairs = Rows::with_room(count, repair_len)?;
    let mut out = filled(0, repair_len)?;
    each(seats, which, |seat| {
        let prepared = seat.meter.close(now, frame, &mut out)?;
        records.push(prepared.record());
        if let Some(repair) = prepared.stored() {
            repairs.push(repair);
        }
        Ok(())
    })?;
    Ok((records, repairs))
}
