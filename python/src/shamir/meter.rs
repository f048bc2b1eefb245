//! The meter, alone and many at once.

use meter_link::answer::AnswererLink;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, Misuse, PartyId, Round};
use pyo3::prelude::*;

use super::Params;
use crate::argument::{argument, int_or};
use crate::array::mask;
use crate::error::Failure;
use crate::link::{EpochView, LinkSecret};
use crate::mark::{HighWater, HighWaters};
use crate::owned::Owned;
use crate::prepared::{Prepared, PreparedMany};
use crate::seat::{Contributing, Form, Given, Seat, contribute, contribute_many, take_links};

type Inner = shamir_agg::Meter<Vec<AnswererLink>>;

impl Contributing for Inner {
    fn contribute<const CHANNELS: usize>(
        &mut self,
        mark: &mut meter_link::HighWater<CHANNELS>,
        now: Round,
        round: Round,
        reading: &[i64],
        out: &mut [u8],
    ) -> Result<MarkRecord, Error> {
        let prepared = shamir_agg::Meter::contribute(self, mark, now, round, reading, out)?;
        prepared.record().try_into().map_err(|_| Misuse::WrongLength.into())
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
        let first = int_or("first_channel", first_channel, 0)?;
        let seat = py.detach(|| {
            view.check_meter(&params.common(), id, link)?;
            Ok::<_, Failure>(seat(&params.0, view, id, link.secret.take()?, first)?)
        })?;
        Ok(Meter { id: id.0, form: params.form(), seat: Owned::new("meter", seat) })
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

    fn __repr__(&self) -> String {
        format!("<wattsum.shamir.Meter {}>", self.id)
    }
}

/// Many meters in one object, for simulations and for gateways that serve a house of flats.
#[pyclass(frozen, module = "wattsum.shamir", name = "Meters")]
pub(crate) struct Meters {
    ids: Vec<u32>,
    form: Form,
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
            seats.collect::<Result<_, _>>().map_err(Failure::from)
        })?;
        Ok(Meters { ids, form: params.form(), seats: Owned::new("meter", seats) })
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
