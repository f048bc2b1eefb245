//! The supplier: party 0, who learns sums, and knows meters by their tokens only.

use std::sync::Arc;

use cmt_ring::Generation;
use meter_link::{Misuse, PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::claim::Claim;
use super::collecting::Collecting;
use super::known::Known;
use crate::argument::argument;
use crate::array::with_room;
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::prepared::Prepared;

/// The supplier (the energy supplier of Alves and Fonseca's paper) of one epoch.
///
/// Every generation brings new tokens with link keys of their own, so the epoch's link secret stays until `wipe_link`.
#[pyclass(frozen, module = "wattsum.cmt", name = "Supplier")]
pub(crate) struct Supplier {
    known: Arc<Known>,
    state: Owned<Head>,
}

struct Head {
    identity: meter_link::Identity,
    supplier: cmt_ring::Supplier,
}

impl Supplier {
    fn act<R: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Head) -> Result<R, Failure> + Send,
    ) -> PyResult<R> {
        Ok(py.detach(|| self.state.with(act))?)
    }

    fn make(
        known: Arc<Known>,
        identity: &Identity,
        make: impl FnOnce(&Known) -> Result<cmt_ring::Supplier, Failure>,
    ) -> Result<Self, Failure> {
        // What can be refused is, before the identity is used up.
        let supplier = make(&known)?;
        let head = Head { identity: identity.secret.take()?, supplier };
        Ok(Supplier { known, state: Owned::new("supplier", head) })
    }
}

#[pymethods]
impl Supplier {
    /// A supplier that knows no ring yet; identity and link secret are used up.
    #[new]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        link: &LinkSecret,
    ) -> PyResult<Self> {
        let known = Known::new(params, view);
        Ok(py.detach(|| {
            view.check_utility(&params.common(), identity, link)?;
            Self::make(known, identity, |known| {
                let Known { params, view, roster } = known;
                Ok(cmt_ring::Supplier::new(params, view, roster, link.secret.take()?)?)
            })
        })?)
    }

    /// Goes on from `to_bytes`; then replay every record of the epoch. Without the link secret no further generation
    /// can be registered.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        link: Option<&LinkSecret>,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (known, state) = (Known::new(params, view), argument("state", state).secret_bytes()?);
        Ok(py.detach(|| {
            view.check_supplier(&params.common(), identity, link)?;
            Self::make(known, identity, |known| {
                let Known { params, view, roster } = known;
                let read = |link| cmt_ring::Supplier::from_bytes(params, view, roster, link, &state);
                // Read first, so that damaged state does not use the secret up.
                let without = read(None)?;
                match link {
                    Some(link) => Ok(read(Some(link.secret.take()?))?),
                    None => Ok(without),
                }
            })
        })?)
    }

    /// All but rounds that are open and claims; secret. Store it, over the one before, when a generation was registered
    /// or healed and when a meter was expelled or readmitted; licences and rounds have records of their own.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.act(py, |head| Ok(head.supplier.to_bytes()?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// How far rounds have come: to be stored after `open`, before anything of the round is sent or taken.
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let record = self.act(py, |head| Ok(head.supplier.progress()?))?;
        Ok(PyBytes::new(py, &record))
    }

    /// Takes a stored record of a round or a licence into account after a restart: every one, in any order.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        self.act(py, |head| Ok(head.supplier.replay(&record)?))
    }

    /// Drops the epoch's link secret: no further generation can be registered. The present ring goes on.
    fn wipe_link(&self, py: Python<'_>) -> PyResult<()> {
        self.act(py, |head| {
            head.supplier.wipe_link();
            Ok(())
        })
    }

    /// The generation whose ciphertexts are taken, or None.
    #[getter]
    fn generation(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        self.act(py, |head| Ok(head.supplier.generation().map(|Generation(number)| number)))
    }

    /// The first round that the generation's term does not reach, in groups with terms.
    #[getter]
    fn until(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.act(py, |head| Ok(head.supplier.until().map(Round::get)))
    }

    /// Id of the concentrator of that generation.
    #[getter]
    fn concentrator(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        self.act(py, |head| Ok(head.supplier.concentrator().map(|PartyId(id)| id)))
    }

    /// Takes the GroupKey frame of the concentrator that the caller expects, by id, and gives the generation: from now on
    /// rounds are of it. The same frame again changes nothing. Store the state before a round is opened.
    fn register(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        concentrator: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<u32> {
        let now = argument("now", now).round()?;
        let concentrator = argument("concentrator", concentrator).party()?;
        let frame = argument("frame", frame).bytes()?;
        self.act(py, |head| Ok(head.supplier.register(now, concentrator, &frame)?.0))
    }

    /// Takes the Healed frame of the ring's concentrator, and gives the generation. The same frame again changes nothing.
    /// Store the state before a round is opened.
    fn heal(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        self.act(py, |head| Ok(head.supplier.heal(now, &frame)?.0))
    }

    /// Opens a round of the present generation; each one once, in ascending order. Store `progress` before Start leaves
    /// or a ciphertext is taken.
    fn open(&self, py: Python<'_>, now: &Bound<'_, PyAny>, round: &Bound<'_, PyAny>) -> PyResult<Collecting> {
        let (now, round) = (argument("now", now).round()?, argument("round", round).round()?);
        let state = self.act(py, |head| {
            // Room for all meters' values, tried before the round is spent.
            let channels = usize::from(self.known.params.group().channels);
            let values = self.known.roster.meters().len().checked_mul(channels).ok_or(Failure::NoMemory)?;
            with_room::<u64>(values)?;
            Ok(head.supplier.open(now, round)?)
        })?;
        Collecting::new(py, state)
    }

    /// Gives a round up, and uses it up, however this ends: a signed Lost frame for all that names the tokens whose
    /// ciphertext had not come.
    fn discard(&self, py: Python<'_>, collecting: &Collecting) -> PyResult<Prepared> {
        let (record, frame) = self.act(py, |head| {
            let prepared = head.supplier.discard(&head.identity, collecting.state.take()?)?;
            Ok((prepared.record().to_vec(), prepared.stored()))
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// The same for a round of the present generation that is no more: its sum was impossible, or it was open when the
    /// supplier stopped. Nobody is named.
    fn lost(&self, py: Python<'_>, round: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let round = argument("round", round).round()?;
        let (record, frame) = self.act(py, |head| {
            let prepared = head.supplier.lost(&head.identity, round)?;
            Ok((prepared.record().to_vec(), prepared.stored()))
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// Answers a meter's request with a Licence frame. A meter of the roster that is not expelled gets a licence with the
    /// number it asks for, if that is above its last one, else the last one again.
    fn licence(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        request: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let (now, request) = (argument("now", now).round()?, argument("request", request).bytes()?);
        let (record, frame) = self.act(py, |head| {
            let prepared = head.supplier.licence(&head.identity, now, &request)?;
            Ok((prepared.record().to_vec(), prepared.stored()))
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// Takes a meter, by id, out of the registry: it gets no licence, and no ring with it is taken. Store the state.
    fn expel(&self, py: Python<'_>, meter: &Bound<'_, PyAny>) -> PyResult<()> {
        let meter = argument("meter", meter);
        let id = meter.party()?;
        self.known.entry(id).map_err(|_| meter.refuse(Misuse::UnknownParty))?;
        self.act(py, |head| Ok(head.supplier.expel(id)?))
    }

    /// Takes an expelled meter back. Store the state.
    fn readmit(&self, py: Python<'_>, meter: &Bound<'_, PyAny>) -> PyResult<()> {
        let meter = argument("meter", meter);
        let id = meter.party()?;
        self.known.entry(id).map_err(|_| meter.refuse(Misuse::UnknownParty))?;
        self.act(py, |head| Ok(head.supplier.readmit(id)?))
    }

    /// Whether a meter has a licence that is good for a new generation.
    fn is_licensed(&self, py: Python<'_>, meter: &Bound<'_, PyAny>) -> PyResult<bool> {
        let id = argument("meter", meter).party()?;
        self.act(py, |head| Ok(head.supplier.is_licensed(id)))
    }

    /// Takes a Claim frame, in groups with terms: the GroupKey of its generation is to come from the claimant. A
    /// `FaultError` of a licence blames a member that has none; tell the claimant, who does without it.
    fn claimed(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<Claim> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(Claim(self.act(py, |head| Ok(head.supplier.claimed(now, &frame)?))?))
    }

    /// Gives up the claim whose GroupKey is waited for, at every deadline without one; None if there is none.
    fn forsake(&self, py: Python<'_>, now: &Bound<'_, PyAny>) -> PyResult<Option<Claim>> {
        let now = argument("now", now).round()?;
        self.act(py, |head| Ok(head.supplier.forsake(now).map(Claim)))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.Supplier>"
    }
}
