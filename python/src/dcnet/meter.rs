//! The meter.

use dcnet_core::{Neighbour, Place, graph};
use meter_link::answer::AnswererLink;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, Misuse, PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::graph::neighbours;
use crate::argument::{argument, int_or};
use crate::array::filled;
use crate::error::Failure;
use crate::link::{EpochView, LinkSecret};
use crate::mark::HighWater;
use crate::owned::Owned;
use crate::prepared::Prepared;
use crate::seat::{Contributing, Form, Given, Seat, contribute};

pub(super) type Inner = dcnet_core::Meter<Vec<Neighbour>, Vec<AnswererLink>>;

impl Contributing for Inner {
    fn contribute<const CHANNELS: usize>(
        &mut self,
        mark: &mut meter_link::HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &mut [u8],
    ) -> Result<MarkRecord, Error> {
        let prepared = dcnet_core::Meter::contribute(self, mark, now, round, reading, out)?;
        prepared.record().try_into().map_err(|_| Misuse::WrongLength.into())
    }
}

/// Makes the keys with utility, holders and the neighbours that the graph gives, and wipes the link secret.
pub(super) fn seat(
    params: &dcnet_core::Params,
    view: &EpochView,
    id: PartyId,
    link: meter_link::LinkSecret,
    first_channel: u16,
) -> Result<Seat<Inner>, Failure> {
    let channels = Channels { first: first_channel, count: params.group().channels };
    let position = view.roster.position(id).and_then(|place| u32::try_from(place).ok());
    let position = position.ok_or(Error::from(Misuse::UnknownParty))?;
    let place = Place { id, position, channels };
    let (epoch, roster) = (&view.view, &view.roster);
    let around = neighbours(position, epoch.meters(), params.degree(), &graph::seed(epoch.context()))?;
    let members = around.iter().filter_map(|p| Some((*p, *roster.meters().get(*p as usize)?)));
    let holders = roster.answerers().iter().map(|_| AnswererLink::default()).collect();
    let storage = around.iter().map(|_| Neighbour::default()).collect();
    let answerers = roster.answerers();
    let meter = dcnet_core::Meter::new(params, epoch, place, link, answerers, members, holders, storage)?;
    Ok(Seat { id, channels, meter })
}

impl Params {
    pub(super) fn form(&self) -> Form {
        Form { group: *self.0.group(), frame_len: self.0.contribution_len() }
    }
}

/// A meter of one epoch.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Meter")]
pub(crate) struct Meter {
    #[pyo3(get)]
    id: u32,
    form: Form,
    repair_len: usize,
    seat: Owned<Seat<Inner>>,
}

#[pymethods]
impl Meter {
    /// Makes the keys with utility, holders and neighbours; the link secret is used up. The session reads the
    /// device's channels from `first_channel` on, which stays the same all epoch, also over restarts: pads are
    /// one a session's key and round, but the mark is one a channel, and would not see the second use.
    #[new]
    #[pyo3(signature = (params, view, id, link, first_channel = None),
           text_signature = "(params, view, id, link, first_channel=0)")]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        link: &LinkSecret,
        first_channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let first = int_or("first_channel", first_channel, 0)?;
        let seat = py.detach(|| {
            view.check_meter(&params.common(), id, link)?;
            seat(&params.0, view, id, link.secret.take()?, first)
        })?;
        let (form, repair_len) = (params.form(), params.0.repair_len());
        Ok(Meter { id: id.0, form, repair_len, seat: Owned::new("meter", seat) })
    }

    /// Takes the utility's Open, which ends the round before it.
    fn open(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.seat.with(|seat| seat.meter.open(now, &frame)))?)
    }

    /// The round's one contribution, after its Open. `reading` is an int, or one a channel.
    fn contribute(
        &self,
        py: Python<'_>,
        mark: &HighWater,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        reading: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let given = Given { now, round, readings: argument("reading", reading) };
        contribute(py, self.form, &self.seat, mark, given)
    }

    /// Takes a Close of the open round; gives the repair if neighbours are missing from a Close that is not
    /// final, else None.
    fn close(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let (record, repair) = py.detach(|| {
            self.seat.with(|seat| {
                let mut out = filled(0, self.repair_len)?;
                let prepared = seat.meter.close(now, &frame, &mut out)?;
                let record = prepared.record().to_vec();
                let repair = prepared.stored().map(<[u8]>::to_vec);
                Ok::<_, Failure>((record, repair))
            })
        })?;
        let repair = repair.map(|repair| PyBytes::new(py, &repair));
        Ok(Prepared::new(py, &record, repair.into_pyobject(py)?.unbind()))
    }

    /// Takes the stored record of a Close into account after a restart, in any order; give it every record of
    /// this epoch's log. The meter stays silent in that round and all before it.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.seat.with(|seat| seat.meter.replay(&record)))?)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.dcnet.Meter {}>", self.id)
    }
}
