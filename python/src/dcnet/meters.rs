//! Many meters in one object.

use dcnet_core::CloseRecord;
use meter_link::Round;
use pyo3::prelude::*;

use super::Params;
use super::meter::{Inner, seat};
use crate::argument::{argument, int_or};
use crate::array::{Rows, filled, mask};
use crate::error::Failure;
use crate::link::EpochView;
use crate::mark::HighWaters;
use crate::owned::Owned;
use crate::prepared::PreparedMany;
use crate::seat::{Form, Given, Seat, contribute_many, take_links};

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
        let first = int_or("first_channel", first_channel, 0)?;
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
        act(seat).map_err(|error| Failure::Row { row, meter, error })?;
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
