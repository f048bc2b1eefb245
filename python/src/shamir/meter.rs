//! The meter, alone and many at once.

use meter_link::answer::AnswererLink;
use meter_link::frame::Reader;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, Malformed, Misuse, PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use super::Params;
use crate::answerer;
use crate::argument::argument;
use crate::array::{filled, mask};
use crate::error::{Failure, Refusal};
use crate::link::{EpochView, LinkSecret};
use crate::mark::{HighWater, HighWaters};
use crate::owned::Owned;
use crate::prepared::{Prepared, PreparedMany};
use crate::seat::{self, Contributing, Form, Given, Seat, contribute, contribute_many, take_links};

type Inner = shamir_agg::Meter<Vec<AnswererLink>>;

impl Contributing for Inner {
    fn contribute<const CHANNELS: usize>(
        &mut self,
        mark: &mut meter_link::HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &mut [u8],
    ) -> Result<MarkRecord, Refusal> {
        let prepared = shamir_agg::Meter::contribute(self, mark, now, round, reading, out)?;
        Ok(prepared.record().try_into().map_err(|_| Error::from(Misuse::WrongLength))?)
    }
}

/// Makes the keys, and wipes the link secret.
fn seat(
    params: &shamir_agg::Params,
    view: &EpochView,
    id: PartyId,
    link: meter_link::LinkSecret,
    first_channel: u16,
) -> Result<Seat<Inner>, Error> {
    let channels = Channels { first: first_channel, count: params.group().channels };
    let members = view.roster.answerers();
    let storage = members.iter().map(|_| AnswererLink::default()).collect();
    let meter = shamir_agg::Meter::new(params, &view.view, id, channels, link, members, storage)?;
    Ok(Seat { id, channels, meter })
}

/// A meter from its stored state.
fn restored(params: &Params, view: &EpochView, state: &[u8]) -> Result<Seat<Inner>, Failure> {
    view.check_stored(&params.common(), state)?;
    // As `shamir_agg::Meter::to_bytes` has them, behind version and context.
    let mut fields = Reader::new(state.get(33..).unwrap_or_default());
    let id = PartyId(fields.u32()?);
    let channels = Channels { first: fields.u16()?, count: fields.u16()? };
    if view.roster.position(id).is_none() {
        return Err(Error::from(Malformed::BadRecord).into());
    }
    let storage = (0..view.view.answerers()).map(|_| AnswererLink::default()).collect();
    let meter = shamir_agg::Meter::from_bytes(&params.0, &view.view, storage, state)?;
    Ok(Seat { id, channels, meter })
}

/// A meter's state.
fn stored(seat: &Seat<Inner>, len: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut out = Zeroizing::new(filled(0u8, len)?);
    seat.meter.to_bytes(&mut out)?;
    Ok(out)
}

impl Params {
    fn form(&self) -> Form {
        Form { group: *self.0.group(), frame_len: self.0.contribution_len() }
    }
}

/// A meter of one epoch.
#[pyclass(frozen, module = "wattsum.shamir", name = "Meter")]
pub(crate) struct Meter {
    #[pyo3(get)]
    id: u32,
    form: Form,
    state_len: usize,
    seat: Owned<Seat<Inner>>,
}

#[pymethods]
impl Meter {
    /// Makes the keys with utility and aggregators; the link secret is used up. The session reads the
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
            Ok::<_, Failure>(seat(&params.0, view, id, link.secret.take()?, first)?)
        })?;
        Ok(Meter {
            id: id.0,
            form: params.form(),
            state_len: params.0.meter_state_len(),
            seat: Owned::new("meter", seat),
        })
    }

    /// The round's one contribution. `reading` is an int, or one a channel.
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

    /// What a restart must find, all secret: keys that read what the meter sends for the rest of the epoch. Store
    /// it once the meter is made, instead of the link secret, and after the first contribution of each ratchet step
    /// (`rounds_per_step`) over the state before. The device's mark is stored by itself, and still guards each
    /// contribution. Python cannot wipe the bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        answerer::state(py, &self.seat, |seat| stored(seat, self.state_len))
    }

    /// Goes on from `to_bytes`, without the link secret.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let state = argument("state", state).secret_bytes()?;
        let seat = py.detach(|| restored(params, view, &state))?;
        Ok(Meter {
            id: seat.id.0,
            form: params.form(),
            state_len: params.0.meter_state_len(),
            seat: Owned::new("meter", seat),
        })
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.shamir.Meter {}>", self.id)
    }
}

/// Many meters in one object, for simulations and for gateways that serve a house of flats.
#[pyclass(frozen, module = "wattsum.shamir", name = "Meters")]
pub(crate) struct Meters {
    ids: Vec<u32>,
    form: Form,
    state_len: usize,
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
            seats.collect::<Result<_, _>>().map_err(Failure::from)
        })?;
        Ok(Meters {
            ids,
            form: params.form(),
            state_len: params.0.meter_state_len(),
            seats: Owned::new("meter", seats),
        })
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

    /// The state of each meter, all secret, as `Meter.to_bytes` gives it.
    fn to_bytes(&self, py: Python<'_>) -> PyResult<Vec<Py<PyBytes>>> {
        seat::states(py, &self.seats, |seat| stored(seat, self.state_len))
    }

    /// Goes on from states of meters of the epoch, in this order, as `Meter.from_bytes` does; none of them twice.
    #[staticmethod]
    fn from_bytes(params: &Params, view: &EpochView, states: &Bound<'_, PyAny>) -> PyResult<Self> {
        let restore = |state: &[u8]| restored(params, view, state);
        let (ids, seats) = seat::restored(argument("states", states), restore)?;
        Ok(Meters {
            ids,
            form: params.form(),
            state_len: params.0.meter_state_len(),
            seats: Owned::new("meter", seats),
        })
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
        format!("<wattsum.shamir.Meters: {}>", self.ids.len())
    }
}
