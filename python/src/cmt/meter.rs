//! The meter, step by step.

mod steps;

use meter_link::Round;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::book::Book;
use super::claim::{Agreement, Claim, HandedOver};
use super::fleet::Handle;
use super::known::Known;
use super::licence::Licence;
use super::member::{Act, Member, of_size, record_of};
use super::params::generation;
use crate::argument::argument;
use crate::array::filled;
use crate::entropy;
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::mark::HighWater;
use crate::prepared::Prepared;
use steps::make;

/// A meter of one epoch. It takes a place in each generation of its ring, then sends one ciphertext a round.
///
/// Ring neighbours change with the generation, so it keeps the epoch's link secret until `wipe_link`. Who takes the
/// device while the secret exists can open what this meter was sent and sent to other meters since the epoch began.
#[pyclass(frozen, module = "wattsum.cmt", name = "Meter")]
pub(crate) struct Meter {
    pub(super) handle: Handle,
}

/// What a member sends in a round with drawn delta.
#[pyclass(frozen, get_all, module = "wattsum.cmt", name = "Sent")]
pub(crate) struct Sent {
    /// To the supplier.
    contribution: Py<PyBytes>,
    /// To the successor.
    delta: Py<PyBytes>,
}

#[pymethods]
impl Sent {
    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.Sent>"
    }
}

#[pymethods]
impl Meter {
    /// A meter in no ring yet; the link secret is used up. The session reads the device's channels from
    /// `first_channel` on, which stays the same all epoch, also over restarts.
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
        make(py, params, view, id, Some(link), first_channel, None)
    }

    /// Goes on from `to_bytes`; then replay every record of the epoch, and the mark's, before anything else. Without the
    /// link secret it can join and heal no further generation.
    #[staticmethod]
    #[pyo3(signature = (params, view, id, link, state, first_channel = None),
           text_signature = "(params, view, id, link, state, first_channel=0)")]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        link: Option<&LinkSecret>,
        state: &Bound<'_, PyAny>,
        first_channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        make(py, params, view, id, link, first_channel, Some(&argument("state", state).secret_bytes()?))
    }

    /// What a reboot must find to go on in the present ring; secret, and without the link secret. Store it, over the one
    /// before, after `join`, `seat`, `heal` and `Forming.close`, after `licensed`, `follow` and `forsake`, and after the
    /// first round of each ratchet step. It may be some steps old.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.handle.with(|_, member| member.state()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Takes a stored record of a generation or a claim into account after a restart: every one of the epoch's log, in
    /// any order.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        let replay =
            |_: &Known, member: &mut Member| of_size!(meter in &mut member.meter => meter.replay(&record));
        Ok(py.detach(|| self.handle.with(replay))?)
    }

    /// Drops the link secret: no further generation of the epoch is to be joined.
    fn wipe_link(&self, py: Python<'_>) -> PyResult<()> {
        self.read(py, |member| member.link = None)
    }

    #[getter]
    fn id(&self) -> u32 {
        self.handle.id.0
    }

    /// The generation that this meter has a place in, or None.
    #[getter]
    fn generation(&self, py: Python<'_>) -> PyResult<Option<u32>> {
        self.read(py, |member| member.generation().map(|generation| generation.0))
    }

    /// The generation for the next claim, as far as this meter knows.
    #[getter]
    fn next_generation(&self, py: Python<'_>) -> PyResult<u32> {
        self.read(py, |member| member.next_generation().0)
    }

    /// The first round that the present generation's term does not reach, in groups with terms.
    #[getter]
    fn until(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.read(py, |member| of_size!(meter in &mut member.meter => meter.until()).map(Round::get))
    }

    #[getter]
    fn is_concentrator(&self, py: Python<'_>) -> PyResult<bool> {
        self.read(py, |member| of_size!(meter in &mut member.meter => meter.is_concentrator()))
    }

    /// The round that this concentrator has started and not closed.
    #[getter]
    fn circling(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.read(py, |member| of_size!(meter in &mut member.meter => meter.circling()).map(Round::get))
    }

    /// Answers the Token frame of the concentrator that the caller expects, by id, with a FirstKey frame. The place in
    /// the present generation stays until `seat`.
    fn join(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        concentrator: &Bound<'_, PyAny>,
        token: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let now = argument("now", now).round()?;
        let (concentrator, token) =
            (argument("concentrator", concentrator).party()?, argument("token", token).bytes()?);
        let (record, frame) = py.detach(|| {
            self.handle.with(|known, member| {
                let concentrator = known.entry(concentrator)?.listed();
                member.join(known, now, &concentrator, &token, &mut entropy::rng()?)
            })
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// Ids of the ring neighbours that a Seat frame gives: predecessor, successor, and in a second ring the one two
    /// places before and the one two places after.
    fn neighbours(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let frame = argument("frame", frame).bytes()?;
        let read = |known: &Known, member: &mut Member| {
            let around = of_size!(meter in &mut member.meter => meter.neighbours(&frame))?;
            Ok::<_, Failure>(known.ids_around(around)?)
        };
        Ok(py.detach(|| self.handle.with(read))?)
    }

    /// Takes the place that the concentrator's Seat frame gives; the one in an earlier generation is gone.
    fn seat(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.handle.with(|known, member| member.seat(known, &frame)))?)
    }

    /// Derived delta: the round's one ciphertext. `reading` is an int, or one a channel.
    fn contribute(
        &self,
        py: Python<'_>,
        mark: &HighWater,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        reading: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let len = self.handle.known.params.contribution_len();
        let act = |member: &mut Member, device: &mut _, rounds, reading: &_, out: &mut _| {
            Ok(member.act(device, rounds, reading, Act::Contribute, out)?)
        };
        let (record, frame) = self.step(py, mark, (now, round), reading, len, act)?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// Drawn delta, at the concentrator: starts a round that the supplier's Start frame asks for, and gives the Delta
    /// frame for the successor. Its own ciphertext does not exist before `close`.
    fn start(
        &self,
        py: Python<'_>,
        mark: &HighWater,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        reading: &Bound<'_, PyAny>,
        request: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let request = argument("request", request).bytes()?;
        let len = self.handle.known.params.delta_len();
        let act = |member: &mut Member, device: &mut _, rounds, reading: &_, out: &mut _| {
            Ok(member.act(device, rounds, reading, Act::Start(&request, &mut entropy::rng()?), out)?)
        };
        let (record, frame) = self.step(py, mark, (now, round), reading, len, act)?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// Drawn delta: takes the predecessor's Delta frame, and gives the round's one ciphertext and the own Delta frame.
    fn relay(
        &self,
        py: Python<'_>,
        mark: &HighWater,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        reading: &Bound<'_, PyAny>,
        delta: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let delta = argument("delta", delta).bytes()?;
        let (own, next) = (self.handle.known.params.contribution_len(), self.handle.known.params.delta_len());
        let act = |member: &mut Member, device: &mut _, rounds, reading: &_, out: &mut _| {
            Ok(member.act(device, rounds, reading, Act::Relay(&delta, &mut entropy::rng()?), out)?)
        };
        let (record, frames) = self.step(py, mark, (now, round), reading, own.saturating_add(next), act)?;
        let (contribution, delta) = frames.split_at_checked(own).unwrap_or_default();
        let sent = Sent {
            contribution: PyBytes::new(py, contribution).unbind(),
            delta: PyBytes::new(py, delta).unbind(),
        };
        Ok(Prepared::new(py, &record, Py::new(py, sent)?.into_any()))
    }

    /// Drawn delta, at the concentrator: takes the last member's Delta frame, which closes the ring, and gives the own
    /// ciphertext. What it needs was stored at the start.
    fn close<'py>(
        &self,
        py: Python<'py>,
        now: &Bound<'py, PyAny>,
        delta: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (now, delta) = (argument("now", now).round()?, argument("delta", delta).bytes()?);
        let frame = py.detach(|| {
            self.handle.with(|known, member| {
                let mut out = filled(0, known.params.contribution_len())?;
                member.close(now, &delta, &mut out)?;
                Ok::<_, Failure>(out)
            })
        })?;
        Ok(PyBytes::new(py, &frame))
    }

    /// Ids of the ring neighbours that a Heal frame gives, in the order of `neighbours`.
    fn healed_neighbours(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let frame = argument("frame", frame).bytes()?;
        let read = |known: &Known, member: &mut Member| {
            let around = of_size!(meter in &mut member.meter => meter.healed_neighbours(&frame))?;
            Ok::<_, Failure>(known.ids_around(around)?)
        };
        Ok(py.detach(|| self.handle.with(read))?)
    }

    /// Goes on in the ring of those who are left, from the Heal frame's round on. The record is to be stored before the
    /// meter takes part in a round; it guards None.
    fn heal(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let record = py.detach(|| self.handle.with(|known, member| member.heal(known, now, &frame)))?;
        Ok(Prepared::new(py, &record, py.None()))
    }

    /// Asks the supplier for a licence, the first or the next one: a frame, signed with the device's identity.
    fn ask<'py>(
        &self,
        py: Python<'py>,
        identity: &Identity,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let now = argument("now", now).round()?;
        self.signed(py, identity, |_, member, identity| {
            Ok(of_size!(meter in &mut member.meter => meter.ask(identity, now))?.to_vec())
        })
    }

    /// Takes the supplier's Licence frame, unless this meter has the same one or a later one.
    fn licensed(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<Licence> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let take = |_: &Known, member: &mut Member| of_size!(meter in &mut member.meter => meter.licensed(now, &frame));
        Ok(Licence(py.detach(|| self.handle.with(take))?))
    }

    /// Takes a licence that this meter kept.
    fn restore_licence(&self, py: Python<'_>, licence: &Licence) -> PyResult<()> {
        let take = |_: &Known, member: &mut Member| of_size!(meter in &mut member.meter => meter.restore_licence(&licence.0));
        Ok(py.detach(|| self.handle.with(take))?)
    }

    /// The licence, or None.
    #[getter]
    fn licence(&self, py: Python<'_>) -> PyResult<Option<Licence>> {
        self.read(py, |member| of_size!(meter in &mut member.meter => meter.licence().copied()).map(Licence))
    }

    /// The claim that is followed, or None.
    #[getter]
    fn followed(&self, py: Python<'_>) -> PyResult<Option<Claim>> {
        self.read(py, |member| of_size!(meter in &mut member.meter => meter.followed().copied()).map(Claim))
    }

    /// Says that this meter is there for a generation, and shows its licence: a signed frame for all around it.
    fn hello<'py>(
        &self,
        py: Python<'py>,
        identity: &Identity,
        now: &Bound<'py, PyAny>,
        first_round: &Bound<'py, PyAny>,
        generation: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let generation = self::generation(generation)?;
        self.signed(py, identity, |known, member, identity| {
            let me = known.entry(member.id)?;
            Ok(of_size!(meter in &mut member.meter => meter.hello(identity, &me, now, from, generation))?
                .to_vec())
        })
    }

    /// Asks those around who is concentrator now: whoever is sends its claim again.
    fn discover<'py>(
        &self,
        py: Python<'py>,
        identity: &Identity,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let now = argument("now", now).round()?;
        self.signed(py, identity, |known, member, identity| {
            let me = known.entry(member.id)?;
            Ok(of_size!(meter in &mut member.meter => meter.discover(identity, &me, now))?.to_vec())
        })
    }

    /// Claims a generation of these members, ids, among whom the draw makes this meter concentrator: a signed frame for
    /// all meters and the supplier. Wait a deadline for better claims (`follow`), then open the ring with `Forming`.
    fn claim(
        &self,
        py: Python<'_>,
        identity: &Identity,
        now: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
        generation: &Bound<'_, PyAny>,
        members: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let (generation, members) = (self::generation(generation)?, self.members(members)?);
        let (record, frame) = py.detach(|| {
            identity.secret.with(|identity| {
                self.handle.with(|known, member| {
                    let me = known.entry(member.id)?;
                    of_size!(meter in &mut member.meter => {
                        let prepared = meter.claim(identity, &me, now, from, generation, &members)?;
                        let record: cmt_ring::ClaimRecord = record_of(prepared.record())?;
                        Ok::<_, Failure>((record, prepared.stored()))
                    })
                })
            })
        })?;
        Ok(Prepared::of_bytes(py, &record, &frame))
    }

    /// Takes a Claim frame: this meter joins the claimant's ring if it answers. Gather claims until a deadline before
    /// the first Token is handed to `join`.
    fn follow(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<Claim> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let follow = |known: &Known, member: &mut Member| {
            let claimant = known.sender(&frame)?;
            Ok::<_, Failure>(of_size!(meter in &mut member.meter => meter.follow(now, &claimant, &frame))?)
        };
        Ok(Claim(py.detach(|| self.handle.with(follow))?))
    }

    /// Gives up the claim that is followed: the caller's deadline for its ring has passed. Store the state.
    fn forsake(&self, py: Python<'_>) -> PyResult<()> {
        self.read(py, |member| of_size!(meter in &mut member.meter => meter.forsake()))
    }

    /// Says that the present ring is broken: the caller's deadline for a delta, or for the ring to close, has passed.
    fn broken(&self, py: Python<'_>) -> PyResult<()> {
        let act = |_: &Known, member: &mut Member| of_size!(meter in &mut member.meter => meter.broken());
        Ok(py.detach(|| self.handle.with(act))?)
    }

    /// Takes the supplier's Lost frame: the present ring is broken.
    fn lost(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let act =
            |_: &Known, member: &mut Member| of_size!(meter in &mut member.meter => meter.lost(now, &frame));
        Ok(py.detach(|| self.handle.with(act))?)
    }

    /// Hands the role over for a generation from `first_round` on: the id of the member that the draw puts first among
    /// `members`, ids of those that this meter knows to be licensed, and the frame for it.
    fn hand_over<'py>(
        &self,
        py: Python<'py>,
        book: &Book,
        now: &Bound<'py, PyAny>,
        first_round: &Bound<'py, PyAny>,
        generation: &Bound<'py, PyAny>,
        members: &Bound<'py, PyAny>,
    ) -> PyResult<(u32, Bound<'py, PyBytes>)> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let (generation, members) = (self::generation(generation)?, self.members(members)?);
        let (id, frame) = py.detach(|| {
            self.handle.with(|known, member| {
                known.check_same(&book.known)?;
                book.state.with(|book| {
                    of_size!(meter in &mut member.meter => meter.hand_over(book, now, from, generation, &members))
                })
            })
        })?;
        Ok((id.0, PyBytes::new(py, &frame)))
    }

    /// Takes the role over from this ring's concentrator; what is left to do is to claim it.
    fn handed_over(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<HandedOver> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let take = |known: &Known, member: &mut Member| {
            let handed = of_size!(meter in &mut member.meter => meter.handed_over(now, &frame))?;
            HandedOver::new(known, &handed)
        };
        Ok(py.detach(|| self.handle.with(take))?)
    }

    /// The signed frame for all other members: the set of the claim under which this meter has joined.
    fn echo<'py>(&self, py: Python<'py>, identity: &Identity) -> PyResult<Bound<'py, PyBytes>> {
        self.signed(py, identity, |known, member, identity| {
            let me = known.entry(member.id)?;
            Ok(of_size!(meter in &mut member.meter => meter.echo(identity, &me))?.to_vec())
        })
    }

    /// Begins to gather the others' echoes, of the Claim frame that this meter follows.
    fn agreement(&self, py: Python<'_>, claim: &Bound<'_, PyAny>) -> PyResult<Agreement> {
        let claim = argument("claim", claim).bytes()?.into_owned();
        Ok(py.detach(|| Agreement::new(self.handle.again(), claim))?)
    }

    /// All members have been heard: from here on this meter takes its place.
    fn agree(&self, py: Python<'_>, agreement: &Agreement) -> PyResult<()> {
        Ok(py.detach(|| agreement.agree(&self.handle))?)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Meter {}>", self.handle.id)
    }
}
