//! The trustee.

use meter_link::answer::AnswererRecord;
use meter_link::{Error, Misuse, PartyId};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::frames::Frames;
use super::{KeySet, Params, SecretShare};
use crate::argument::argument;
use crate::error::Failure;
use crate::head::{Books, books};
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::prepared::Prepared;

/// A trustee of one epoch: it checks every contribution of a closed set itself, and helps to open the sum
/// once a round and the bills once a window. It takes sums from nobody.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Trustee")]
pub(crate) struct Trustee {
    #[pyo3(get)]
    number: u8,
    role: Owned<threshold_elgamal::Trustee>,
}

/// That key set and share are those of the trustee with this identity and, where it is known, id; before
/// they are taken.
fn check(
    params: &Params,
    view: &EpochView,
    id: Option<PartyId>,
    identity: &Identity,
    share: &SecretShare,
    keys: &KeySet,
) -> Result<(), Failure> {
    if view.view.epoch().session != params.inner.session() {
        return Err(Error::from(Misuse::WrongSession).into());
    }
    if keys.keys.threshold() != params.inner.threshold() {
        return Err(threshold_elgamal::Error::from(threshold_elgamal::Misuse::WrongKeySet).into());
    }
    let own = |member: &&meter_link::roster::Member| {
        member.identity.0 == identity.public && id.is_none_or(|id| member.id == id)
    };
    let listed = (1..=u8::MAX).zip(view.roster.answerers()).find(|(_, member)| own(member));
    let (number, member) = listed.ok_or(Error::from(Misuse::UnknownParty))?;
    identity.check_listed(view.roster.answerers(), member.id)?;
    share.check_of(&keys.keys, number)
}

#[pymethods]
impl Trustee {
    /// Makes the key with the utility; identity, link secret and share are used up.
    #[new]
    #[allow(clippy::too_many_arguments)] // keywords in Python
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        link: &LinkSecret,
        share: &SecretShare,
        keys: &KeySet,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let role = py.detach(|| {
            view.check_answerer(&params.common(), id, link)?;
            check(params, view, Some(id), identity, share, keys)?;
            let (link, identity, share) =
                (link.secret.take()?, identity.secret.take()?, share.secret.take()?);
            let post = threshold_elgamal::Post { id, identity, link, share };
            let roster = (*view.roster).clone();
            let role = threshold_elgamal::Trustee::new(&params.inner, &view.view, post, &keys.keys, roster);
            role.map_err(Failure::from)
        })?;
        Ok(Trustee { number: role.number(), role: Owned::new("trustee", role) })
    }

    /// Takes the utility's Open, which ends the round before it.
    fn open(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.role.with(|role| role.open(now, &frame)))?)
    }

    /// The round before the open one, if its set is missing here although the Open names its Close, else
    /// None: `catch_up` before agreeing to another set, or there is no bill of this trustee for the window.
    fn missed(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        let missed = py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.missed())))?;
        Ok(missed.map(|round| round.get()))
    }

    /// Checks the Close of the open round and every contribution of its set, sums them, and signs the list:
    /// the one list that this trustee signs in the round. `contributions` are the meters' frames, ascending
    /// by id: an array with a row each (`Closed.contributions`) or a sequence of bytes. With `hints`
    /// (`Closed.hints`) it is sooner on some processors; they need not be trusted.
    #[pyo3(signature = (now, close, contributions, hints = None),
           text_signature = "($self, now, close, contributions, hints=b'')")]
    fn agree(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        close: &Bound<'_, PyAny>,
        contributions: &Bound<'_, PyAny>,
        hints: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        let list = Frames::of(argument("contributions", contributions))?;
        let hints = hints.map(|hints| argument("hints", hints).bytes()).transpose()?.unwrap_or_default();
        let agree = || self.role.with(|role| role.agree_hinted(now, &close, &list.slices(), &hints));
        prepared(py, py.detach(agree)?)
    }

    /// Agrees to the list of the open round without a statement: others are asked. Only who knows the lists
    /// of all rounds can answer for their window.
    #[pyo3(signature = (now, close, contributions, hints = None),
           text_signature = "($self, now, close, contributions, hints=b'')")]
    fn follow(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        close: &Bound<'_, PyAny>,
        contributions: &Bound<'_, PyAny>,
        hints: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        let list = Frames::of(argument("contributions", contributions))?;
        let hints = hints.map(|hints| argument("hints", hints).bytes()).transpose()?.unwrap_or_default();
        let follow = || self.role.with(|role| role.follow_hinted(now, &close, &list.slices(), &hints));
        silent(py, &py.detach(follow)?)
    }

    /// The same for a past round that it has missed, given the round's Open too: ascending, and before
    /// another set is agreed to.
    fn catch_up(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        open: &Bound<'_, PyAny>,
        close: &Bound<'_, PyAny>,
        contributions: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let (now, open) = (argument("now", now).round()?, argument("open", open).bytes()?);
        let close = argument("close", close).bytes()?;
        let list = Frames::of(argument("contributions", contributions))?;
        let catch_up = || self.role.with(|role| role.catch_up(now, &open, &close, &list.slices()));
        silent(py, &py.detach(catch_up)?)
    }

    /// Signs a window's query, the one that this trustee answers for the window; `answer` then gives its
    /// shares.
    fn agree_bill(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        query: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let (now, query) = (argument("now", now).round()?, argument("query", query).bytes()?);
        prepared(py, py.detach(|| self.role.with(|role| role.agree_bill(now, &query)))?)
    }

    /// The decryption shares of what was signed last, the sum of a list or the bills of a window, with the
    /// proof that they are, once t trustees have signed the same, its own statement among them: an array
    /// with a row each (`Closed.statements`) or a sequence of bytes.
    fn answer(&self, py: Python<'_>, statements: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let statements = Frames::of(argument("statements", statements))?;
        prepared(py, py.detach(|| self.role.with(|role| role.answer(&statements.slices())))?)
    }

    /// Of each window that is kept, by its first round: the rounds whose list is known, and its digest.
    fn books(&self, py: Python<'_>) -> PyResult<Books> {
        Ok(py.detach(|| self.role.with(|role| role.books().map(books)))?)
    }

    /// Takes a stored record into account after a restart: every record of this epoch's log, in any order.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.replay(&record)))?)
    }

    /// Entries of its log, which are the records that it has stored.
    #[getter]
    fn entries(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.log().len())))?)
    }

    /// The end of its log, signed.
    fn log_head<'py>(&self, py: Python<'py>, round: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let round = argument("round", round).round()?;
        let head = py.detach(|| self.role.with(|role| role.log_head(round)))?;
        Ok(PyBytes::new(py, &head))
    }

    /// Its key with the utility, digests and counts, all at once: secret. Neither its share nor its
    /// identity, which outlast the epoch.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = py.detach(|| self.role.with(|role| role.to_bytes()))?;
        Ok(PyBytes::new(py, &state))
    }

    /// Goes on from `to_bytes` without the link secret; identity and share are used up. Then `replay` the
    /// records stored since, and `catch_up` the rounds of the present window whose lists are not in.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        share: &SecretShare,
        keys: &KeySet,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let state = argument("state", state);
        let state = state.bytes()?;
        let role = py.detach(|| {
            check(params, view, None, identity, share, keys)?;
            let (identity, share) = (identity.secret.take()?, share.secret.take()?);
            let roster = (*view.roster).clone();
            let (params, view, keys) = (&params.inner, &view.view, &keys.keys);
            let role =
                threshold_elgamal::Trustee::from_bytes(params, view, identity, share, keys, roster, &state);
            role.map_err(Failure::from)
        })?;
        Ok(Trustee { number: role.number(), role: Owned::new("trustee", role) })
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.Trustee {}>", self.number)
    }
}

fn prepared(py: Python<'_>, prepared: meter_link::Prepared<Vec<u8>, AnswererRecord>) -> PyResult<Prepared> {
    let record = prepared.record().to_vec();
    Ok(Prepared::of_bytes(py, &record, &prepared.stored()))
}

/// Only the record is to be stored: nothing is sent.
fn silent(py: Python<'_>, prepared: &meter_link::Prepared<(), AnswererRecord>) -> PyResult<Prepared> {
    Ok(Prepared::new(py, prepared.record(), py.None()))
}
