//! The meter.

use dcnet_core::{Holders, Neighbour, Place, graph};
use meter_link::answer::AnswererLink;
use meter_link::frame::Reader;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, Malformed, Misuse, PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use super::Params;
use super::graph::neighbours;
use crate::answerer;
use crate::argument::argument;
use crate::array::filled;
use crate::error::{Failure, Refusal};
use crate::link::{EpochView, LinkSecret, committee};
use crate::mark::HighWater;
use crate::owned::Owned;
use crate::prepared::Prepared;
use crate::seat::{self, Contributing, Form, Given, Seat, contribute};

pub(super) type Inner = dcnet_core::Meter<Vec<Neighbour>, Vec<AnswererLink>>;

impl Contributing for Inner {
    fn contribute<const CHANNELS: usize>(
        &mut self,
        mark: &mut meter_link::HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &mut [u8],
    ) -> Result<MarkRecord, Refusal> {
        let prepared = dcnet_core::Meter::contribute(self, mark, now, round, reading, out)?;
        Ok(prepared.record().try_into().map_err(|_| Error::from(Misuse::WrongLength))?)
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
    let member = |position: &u32| Some((*position, *roster.meters().get(*position as usize)?));
    let members = around.iter().filter_map(member);
    let holders = roster.answerers().iter().map(|_| AnswererLink::default()).collect();
    let storage = around.iter().map(|_| Neighbour::default()).collect();
    let meter = if matches!(params.holders(), Holders::Drawn(_)) {
        let drawn = committee(&Params(*params).common(), epoch.context(), epoch.meters())?;
        let seats = drawn.iter().filter_map(member);
        dcnet_core::Meter::with_committee(params, epoch, place, link, seats, members, holders, storage)?
    } else {
        let answerers = roster.answerers();
        dcnet_core::Meter::new(params, epoch, place, link, answerers, members, holders, storage)?
    };
    Ok(Seat { id, channels, meter })
}

/// A meter from its stored state.
pub(super) fn restored(params: &Params, view: &EpochView, state: &[u8]) -> Result<Seat<Inner>, Failure> {
    view.check_stored(&params.common(), state)?;
    let bad = || Failure::from(Error::from(Malformed::BadRecord));
    // As `dcnet_core::Meter::to_bytes` has them, behind version and context.
    let mut fields = Reader::new(state.get(33..).unwrap_or_default());
    let (id, position) = (PartyId(fields.u32()?), fields.u32()?);
    let channels = Channels { first: fields.u16()?, count: fields.u16()? };
    if view.roster.position(id).and_then(|place| u32::try_from(place).ok()) != Some(position) {
        return Err(bad());
    }
    let seed = graph::seed(view.view.context());
    let around = neighbours(position, view.view.meters(), params.0.degree(), &seed)?;
    let holders = (0..view.view.answerers()).map(|_| AnswererLink::default()).collect();
    let storage = around.iter().map(|_| Neighbour::default()).collect();
    let meter = dcnet_core::Meter::from_bytes(&params.0, &view.view, holders, storage, state)?;
    Ok(Seat { id, channels, meter })
}

/// A meter's state, as Python has it: a copy that nobody wipes.
pub(super) fn stored(seat: &Seat<Inner>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut out = Zeroizing::new(filled(0u8, seat.meter.state_len())?);
    seat.meter.to_bytes(&mut out)?;
    Ok(out)
}

/// Says that a meter is there again.
pub(super) fn report(seat: &Seat<Inner>, now: Round) -> Result<[u8; Inner::REPORT_LEN], Error> {
    let mut out = [0u8; Inner::REPORT_LEN];
    seat.meter.report(now, &mut out)?;
    Ok(out)
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
        let first = seat::first_channel(first_channel, params.0.group())?;
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

    /// For the utility's `Presence`, 32 bytes: this meter, which the last Open names absent, is there, and can be
    /// named present from the next round on. After it was named absent while it was sending it stays away for 96
    /// rounds, and does not report so long.
    fn report<'py>(&self, py: Python<'py>, now: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let now = argument("now", now).round()?;
        let frame = py.detach(|| self.seat.with(|seat| report(seat, now)))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// What a restart must find, all secret: keys that read what the meter sends for the rest of the epoch. Store
    /// it once the meter is made, instead of the link secret, and after the first Open of each ratchet step
    /// (`rounds_per_step`) over the state before. Stored before a contribution or a repair leaves, beside that
    /// step's own record, it lets the round go on after a restart. Python cannot wipe the bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        answerer::state(py, &self.seat, |seat| stored(seat))
    }

    /// Goes on from `to_bytes`, without the link secret. Then `replay` every Close record that was stored since:
    /// a state of before a Close would answer a second one.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let state = argument("state", state).secret_bytes()?;
        let seat = py.detach(|| restored(params, view, &state))?;
        let (form, repair_len) = (params.form(), params.0.repair_len());
        Ok(Meter { id: seat.id.0, form, repair_len, seat: Owned::new("meter", seat) })
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.dcnet.Meter {}>", self.id)
    }
}
