//! What the meter's methods are made of.

use meter_link::mark::MarkRecord;
use meter_link::set::Members;
use meter_link::{PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Meter;
use crate::argument::argument;
use crate::array::filled;
use crate::cmt::Params;
use crate::cmt::fleet::Handle;
use crate::cmt::known::{self, Known};
use crate::cmt::member::Member;
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::mark::{Device, HighWater};
use crate::seat;

/// Now, and the round that a step is about.
pub(super) type Rounds<'a, 'py> = (&'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>);

/// A meter alone, which uses its link secret up unless it is refused.
pub(super) fn make(
    py: Python<'_>,
    params: &Params,
    view: &EpochView,
    id: &Bound<'_, PyAny>,
    link: Option<&LinkSecret>,
    first_channel: Option<&Bound<'_, PyAny>>,
    state: Option<&[u8]>,
) -> PyResult<Meter> {
    let id: PartyId = argument("id", id).party()?;
    let first = seat::first_channel(first_channel, params.0.group())?;
    let known = Known::new(params, view);
    let handle = py.detach(|| {
        if let Some(link) = link {
            view.check_meter(&params.common(), id, link)?;
        }
        let mut member = Member::new(&known, id, None, first, state)?;
        member.link = link.map(|link| link.secret.take()).transpose()?;
        Handle::alone(known, member)
    })?;
    Ok(Meter { handle })
}

impl Meter {
    /// A set by its ids.
    pub(super) fn members(&self, ids: &Bound<'_, PyAny>) -> PyResult<Members> {
        known::members(&self.handle.known.roster, Some(ids))
    }

    /// Reads something of the meter.
    pub(super) fn read<R: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&mut Member) -> R + Send,
    ) -> PyResult<R> {
        Ok(py.detach(|| self.handle.with(|_, member| Ok::<_, Failure>(read(member))))?)
    }

    /// A frame that is signed with the device's identity.
    pub(super) fn signed<'py>(
        &self,
        py: Python<'py>,
        identity: &Identity,
        sign: impl FnOnce(&Known, &mut Member, &meter_link::Identity) -> Result<Vec<u8>, Failure> + Send,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let frame = py.detach(|| {
            identity.secret.with(|identity| self.handle.with(|known, member| sign(known, member, identity)))
        })?;
        Ok(PyBytes::new(py, &frame))
    }

    /// A step of a round: gives its frames, of `len` bytes, behind the record.
    pub(super) fn step(
        &self,
        py: Python<'_>,
        mark: &HighWater,
        (now, round): Rounds<'_, '_>,
        reading: &Bound<'_, PyAny>,
        len: usize,
        act: impl FnOnce(
            &mut Member,
            &mut Device,
            (Round, Round),
            &[i64],
            &mut [u8],
        ) -> Result<MarkRecord, Failure>
        + Send,
    ) -> PyResult<(MarkRecord, Vec<u8>)> {
        let rounds = (argument("now", now).round()?, argument("round", round).round()?);
        let channels = self.handle.known.params.group().channels;
        let reading = argument("reading", reading).reading_of(channels.into())?;
        Ok(py.detach(|| {
            self.handle.with(|_, member| {
                mark.0.with(|device| {
                    let mut out = filled(0, len)?;
                    let record = act(member, device, rounds, &reading, &mut out)?;
                    Ok::<_, Failure>((record, out))
                })
            })
        })?)
    }
}
