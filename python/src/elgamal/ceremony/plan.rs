//! What a ceremony is about.

use meter_link::{IdentityKey, PartyId};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::ceremony::{self, Dealer, Participant, Seat};

use super::step::blame;
use crate::argument::{Argument, argument, int_or};
use crate::elgamal::{KeySet, Params, SecretShare};
use crate::entropy;
use crate::error::Failure;
use crate::link::{Identity, Party, Threshold};

/// One ceremony: who makes which keys, for which session. Public. Every participant makes this itself, from
/// lists that it trusts as it trusts the roster: who chooses the members chooses who can open. A number is
/// used once in a session.
#[pyclass(frozen, eq, module = "wattsum.elgamal", name = "Ceremony")]
#[derive(PartialEq)]
pub(crate) struct Ceremony {
    pub(super) plan: ceremony::Ceremony,
    /// Who deals which share of the old keys.
    dealers: Vec<(PartyId, u8)>,
}

impl Ceremony {
    /// A participant, whose secrets are used up; a mistake is found before.
    pub(super) fn participant(
        &self,
        id: PartyId,
        identity: &Identity,
        share: Option<&SecretShare>,
    ) -> Result<Participant, Failure> {
        let listed = |seat: &Seat| seat.id == id && seat.identity.0 == identity.public;
        if !self.plan.seats().any(listed) {
            return Err(meter_link::Error::from(meter_link::Misuse::UnknownParty).into());
        }
        let dealt = self.dealers.iter().find(|(dealer, _)| *dealer == id).map(|(_, number)| *number);
        match (dealt, share, self.plan.old()) {
            (Some(number), Some(share), Some(old)) => share.check_of(old, number)?,
            (None, None, _) => {}
            _ => return Err(threshold_elgamal::Error::from(threshold_elgamal::Misuse::WrongShare).into()),
        }
        identity.secret.with(|_| Ok::<_, Failure>(()))?;
        let share = share.map(|share| share.secret.take()).transpose()?;
        Ok(Participant { id, identity: identity.secret.take()?, share })
    }
}

/// A pair of an id and a public identity.
fn seat(item: Argument<'_, '_>) -> PyResult<Seat> {
    let pair = item.value.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>();
    let (id, identity) = pair.map_err(|_| item.wrong_type("expected pairs of id and public identity"))?;
    let identity = IdentityKey(argument(item.name, &identity).array()?);
    Ok(Seat { id: argument(item.name, &id).party()?, identity })
}

fn seats(members: &Bound<'_, PyAny>) -> PyResult<Vec<Seat>> {
    argument("members", members).list(seat)
}

#[pymethods]
impl Ceremony {
    /// Fresh keys, for a group, n and t as the parameters say. `members` are pairs of id and public
    /// identity; a member's number is its place, from 1.
    #[staticmethod]
    fn generate(params: &Params, number: &Bound<'_, PyAny>, members: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (number, members) = (argument("number", number).int()?, seats(members)?);
        let plan = ceremony::Ceremony::generate(&params.inner, number, &members).map_err(Failure::from)?;
        Ok(Ceremony { plan, dealers: Vec::new() })
    }

    /// The old group key for a new committee: members, n and t may all differ. `dealers` are t or more of
    /// the old committee, triples of number, id and public identity, ascending by number; all of them take
    /// part to the end. Old shares go on opening until they are wiped.
    #[staticmethod]
    fn reshare(
        params: &Params,
        number: &Bound<'_, PyAny>,
        members: &Bound<'_, PyAny>,
        old: &KeySet,
        dealers: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (number, members) = (argument("number", number).int()?, seats(members)?);
        let dealers = argument("dealers", dealers).list(|item| {
            let triple = item.value.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>)>();
            let expected = "expected triples of number, id and public identity";
            let (number, id, identity) = triple.map_err(|_| item.wrong_type(expected))?;
            let id = argument(item.name, &id).party()?;
            let identity = IdentityKey(argument(item.name, &identity).array()?);
            Ok(Dealer { number: argument(item.name, &number).int()?, seat: Seat { id, identity } })
        })?;
        let plan = ceremony::Ceremony::reshare(&params.inner, number, &members, &old.keys, &dealers);
        let dealers = dealers.iter().map(|dealer| (dealer.seat.id, dealer.number)).collect();
        Ok(Ceremony { plan: plan.map_err(Failure::from)?, dealers })
    }

    /// New shares of the same key for the same committee; old and new ones do not combine.
    #[staticmethod]
    fn refresh(
        params: &Params,
        number: &Bound<'_, PyAny>,
        members: &Bound<'_, PyAny>,
        old: &KeySet,
    ) -> PyResult<Self> {
        let (number, members) = (argument("number", number).int()?, seats(members)?);
        let plan = ceremony::Ceremony::refresh(&params.inner, number, &members, &old.keys);
        let dealers = members.iter().map(|seat| seat.id).zip(1..=u8::MAX).collect();
        Ok(Ceremony { plan: plan.map_err(Failure::from)?, dealers })
    }

    /// What every signature, key and proof of the ceremony depends on, 32 bytes.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.plan.id().as_bytes())
    }

    /// n and t of the new keys.
    #[getter]
    fn threshold(&self) -> Threshold {
        Threshold(self.plan.threshold())
    }

    /// Ids of all who take part: the new members by number, then dealers who are none.
    #[getter]
    fn parties(&self) -> Vec<u32> {
        self.plan.seats().map(|seat| seat.id.0).collect()
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.plan.to_bytes())
    }

    /// The `FaultError` of a party that has signed both of two different frames of which each sender has
    /// one; not raised.
    fn contradiction(
        &self,
        py: Python<'_>,
        one: &Bound<'_, PyAny>,
        other: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let (one, other) = (argument("one", one).bytes()?, argument("other", other).bytes()?);
        let verdict = py.detach(|| self.plan.contradiction(&one, &other)).map_err(Failure::from)?;
        blame(py, verdict)
    }

    fn __repr__(&self) -> String {
        let threshold = self.plan.threshold();
        format!("<wattsum.elgamal.Ceremony: {} of {}>", threshold.threshold(), threshold.answerers())
    }
}

/// A whole ceremony in one process, on bytes: fresh keys, and the shares of `parties`, which are a cohort's
/// answerers, by number. Their identities stay theirs. One process has all shares at once, which is what a
/// ceremony is there to avoid: for simulations and tests.
#[pyfunction]
#[pyo3(name = "elgamal_hold", signature = (params, parties, number = None),
       text_signature = "(params, parties, number=1)")]
pub(crate) fn hold(
    py: Python<'_>,
    params: &Params,
    parties: &Bound<'_, PyAny>,
    number: Option<&Bound<'_, PyAny>>,
) -> PyResult<(KeySet, Vec<SecretShare>)> {
    let number = int_or("number", number, 1)?;
    let parties = argument("parties", parties).list(|item| {
        let party = item.value.cast::<Party>().map_err(|_| item.wrong_type("expected Party objects"))?;
        Ok(party.clone().unbind())
    })?;
    let own: Vec<_> = parties.iter().map(|party| (party.get().id(), party.get().identity().get())).collect();
    let (keys, shares) = py.detach(|| {
        let seats: Vec<Seat> =
            own.iter().map(|(id, own)| Seat { id: *id, identity: IdentityKey(own.public) }).collect();
        let plan = ceremony::Ceremony::generate(&params.inner, number, &seats)?;
        for (_, identity) in &own {
            identity.secret.with(|_| Ok::<_, Failure>(()))?;
        }
        let participant = |(id, identity): &(PartyId, &Identity)| {
            Ok::<_, Failure>(Participant { id: *id, identity: identity.secret.take()?, share: None })
        };
        let participants = own.iter().map(participant).collect::<Result<Vec<_>, _>>()?;
        let (keys, shares, identities) = ceremony::hold(&plan, participants, &mut entropy::rng()?)?;
        for ((_, own), identity) in own.iter().zip(identities) {
            own.secret.restore(identity)?;
        }
        Ok::<_, Failure>((keys, shares))
    })?;
    Ok((KeySet::of(py, keys)?, shares.into_iter().map(SecretShare::from).collect()))
}
