//! The meter.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Error, Identity, Misuse, PartyId, Round};
use pyo3::prelude::*;
use threshold_elgamal::range::{Bounds, Generators};

use super::pair::{self, Pair};
use super::{GroupKey, Params};
use crate::argument::{argument, int_or};
use crate::array::filled;
use crate::entropy;
use crate::error::{Failure, Refusal};
use crate::link::{self, EpochView};
use crate::mark::{HighWater, Spending};
use crate::owned::Owned;
use crate::prepared::Prepared;
use crate::seat::{self, Seat};

pub(super) type Inner = threshold_elgamal::Meter<Identity>;

/// A contribution that is about to be made.
pub(super) struct Contribute<'a> {
    pub(super) meter: &'a Inner,
    pub(super) rounds: (Round, Round),
    pub(super) reading: &'a [i64],
    pub(super) out: &'a mut [u8],
    pub(super) rng: &'a mut ChaCha20Rng,
}

impl Spending for Contribute<'_> {
    type Spent = Result<MarkRecord, Refusal>;

    fn spend<const CHANNELS: usize>(self, mark: &mut meter_link::HighWater<CHANNELS>) -> Self::Spent {
        let Contribute { meter, rounds: (now, round), reading, out, rng } = self;
        record(meter.contribute(mark, now, round, reading, out, rng)?.record())
    }
}

/// The record of a contribution.
pub(super) fn record(bytes: &[u8]) -> Result<MarkRecord, Refusal> {
    Ok(bytes.try_into().map_err(|_| Error::from(Misuse::WrongLength))?)
}

/// What meters of one key can share.
pub(super) fn generators(params: &Params) -> Option<Arc<Generators>> {
    params.inner.proven_range().map(|bounds| Arc::new(Generators::new(Bounds::width(bounds))))
}

/// What a meter checks before its identity is taken, so that a mistake does not use it up.
pub(super) fn check(
    params: &Params,
    view: &EpochView,
    id: PartyId,
    identity: &link::Identity,
) -> Result<(), Failure> {
    if view.view.epoch().session != params.inner.session() {
        return Err(Error::from(Misuse::WrongSession).into());
    }
    identity.check_listed(view.roster.meters(), id)
}

/// A meter that signs with its own identity.
pub(super) fn seat(
    params: &Params,
    view: &EpochView,
    (id, identity): (PartyId, Identity),
    first_channel: u16,
    key: &GroupKey,
    generators: Option<&Arc<Generators>>,
) -> Result<Seat<Inner>, Failure> {
    let channels = Channels { first: first_channel, count: params.inner.group().channels };
    let meter = Inner::new(&params.inner, &view.view, id, channels, identity, &key.key)?;
    let meter = meter.with_table(Arc::clone(key.table()))?;
    let meter = match generators {
        Some(generators) => meter.with_generators(Arc::clone(generators))?,
        None => meter,
    };
    Ok(Seat { id, channels, meter })
}

/// A meter of one epoch. It shares no key with anybody: it encrypts to the group key, proves that it knows
/// what it encrypted, and signs.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Meter")]
pub(crate) struct Meter {
    #[pyo3(get)]
    id: u32,
    channels: u16,
    frame_len: usize,
    seat: Owned<Seat<Inner>>,
}

#[pymethods]
impl Meter {
    /// Takes the identity over. The key is one that the trustees stated (`GroupKey.certified`), never the
    /// utility's word. The session reads the device's channels from `first_channel` on.
    #[new]
    #[pyo3(signature = (params, view, id, identity, key, first_channel = None),
           text_signature = "(params, view, id, identity, key, first_channel=0)")]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        identity: &link::Identity,
        key: &GroupKey,
        first_channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let first = seat::first_channel(first_channel, params.inner.group())?;
        let seat = py.detach(|| {
            check(params, view, id, identity)?;
            let own = (id, identity.secret.take()?);
            seat(params, view, own, first, key, generators(params).as_ref())
        })?;
        let (channels, frame_len) = (seat.channels.count, params.inner.contribution_len());
        Ok(Meter { id: id.0, channels, frame_len, seat: Owned::new("meter", seat) })
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
        let rounds = (argument("now", now).round()?, argument("round", round).round()?);
        let reading = argument("reading", reading).reading_of(self.channels.into())?;
        let (record, frame) = py.detach(|| {
            self.seat.with(|seat| {
                mark.0.with(|device| {
                    let (mut out, mut rng) = (filled(0, self.frame_len)?, entropy::rng()?);
                    let (reading, out_ref) = (reading.as_slice(), out.as_mut_slice());
                    let meter = &seat.meter;
                    let step = Contribute { meter, rounds, reading, out: out_ref, rng: &mut rng };
                    let record = device.spend(seat.channels, step)??;
                    Ok::<_, Failure>((record, out))
                })
            })
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// All of a channel's contribution to a round that needs no reading, made while the device is idle: for
    /// `contribute_with`. It cannot be hedged with the reading: who can neither vouch for the generator nor
    /// for the mark uses `contribute`.
    #[pyo3(signature = (round, channel = None), text_signature = "($self, round, channel=0)")]
    fn prepare(
        &self,
        py: Python<'_>,
        round: &Bound<'_, PyAny>,
        channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Pair> {
        let (round, channel) = (argument("round", round).round()?, int_or("channel", channel, 0)?);
        let pair = py.detach(|| {
            let mut rng = entropy::rng()?;
            self.seat.with(|seat| Ok::<_, Failure>(seat.meter.prepare(round, channel, &mut rng)?))
        })?;
        Ok(Pair(Owned::new("prepared pair", pair)))
    }

    /// As `contribute`, with a pair for each channel, in their order, of at most 8. Pairs are used up,
    /// however it ends: two contributions of one pair would give both readings to anybody who sees them.
    fn contribute_with(
        &self,
        py: Python<'_>,
        mark: &HighWater,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        reading: &Bound<'_, PyAny>,
        pairs: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let rounds = (argument("now", now).round()?, argument("round", round).round()?);
        let reading = argument("reading", reading).reading_of(self.channels.into())?;
        let pairs = Pair::list(argument("pairs", pairs))?;
        let (record, frame) = py.detach(|| {
            self.seat.with(|seat| {
                mark.0.with(|device| {
                    let mut out = filled(0, self.frame_len)?;
                    let pairs = Pair::take_all(&pairs)?;
                    let (meter, reading) = (&seat.meter, reading.as_slice());
                    let step = pair::Contribute { meter, rounds, reading, pairs, out: &mut out };
                    let record = device.spend(seat.channels, step)??;
                    Ok::<_, Failure>((record, out))
                })
            })
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.Meter {}>", self.id)
    }
}
