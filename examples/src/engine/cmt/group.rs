//! What supplier and meters of an epoch know alike.

use anyhow::{Context as _, ensure};
use cmt_ring::order::Order;
use cmt_ring::{Entry, Error, Generation, Params};
use meter_link::set::Members;
use meter_link::{Channels, EpochView, PartyId, Round};

use crate::deployment::Deployment;
use crate::engine::seat::Lists;

/// The group in an epoch.
pub(super) struct Group {
    pub(super) params: Params,
    pub(super) view: EpochView,
    /// All meters, by position.
    pub(super) entries: Vec<Entry>,
}

impl Group {
    pub(super) fn new(deployment: &Deployment, view: &EpochView, lists: &Lists) -> anyhow::Result<Self> {
        let params = super::params(deployment)?;
        let close = deployment.rounds.deadline_permille;
        ensure!((1..=900).contains(&close), "`deadline_permille` leaves no time for the next ring: 1 to 900");
        let entries: Vec<Entry> = match lists {
            Lists::Whole(roster) => (0..)
                .zip(roster.meters())
                .map(|(position, member)| Entry { position, member: *member })
                .collect(),
            Lists::Near { meters, .. } => meters
                .iter()
                .map(|(position, member)| Entry { position: *position, member: *member })
                .collect(),
        };
        let all = (0..view.meters()).eq(entries.iter().map(|entry| entry.position));
        ensure!(all, "a ring needs the whole list of meters");
        Ok(Self { params, view: *view, entries })
    }

    pub(super) fn terms(&self) -> bool {
        self.params.mean_term().is_some()
    }

    /// Of the device: the intervals of a round.
    pub(super) fn channels(&self) -> Channels {
        Channels { first: 0, count: self.params.group().channels }
    }

    /// A meter by its id.
    pub(super) fn of(&self, id: PartyId) -> Option<Entry> {
        let place = self.entries.binary_search_by_key(&id, |entry| entry.member.id).ok()?;
        self.entries.get(place).copied()
    }

    pub(super) fn at(&self, position: u32) -> Option<Entry> {
        self.entries.get(position as usize).copied()
    }

    pub(super) fn id(&self, position: u32) -> Option<PartyId> {
        self.at(position).map(|entry| entry.member.id)
    }

    /// The entries of a set, ascending.
    pub(super) fn members<'a>(&'a self, set: &'a Members) -> impl Iterator<Item = Entry> + 'a {
        set.positions().filter_map(|position| self.at(position))
    }

    /// The set of those that a test is true of.
    pub(super) fn those(&self, test: impl Fn(&Entry) -> bool) -> Members {
        let mut set = Members::none(self.view.meters());
        let chosen = self.entries.iter().filter(|entry| test(entry));
        chosen.for_each(|entry| set.set(entry.position, true));
        set
    }

    /// The members of a generation in the order of its ring, the concentrator first.
    pub(super) fn ring(&self, generation: Generation, set: &Members) -> Result<Vec<Entry>, Error> {
        let members: Vec<Entry> = self.members(set).collect();
        Order::arrange(self.view.epoch(), generation, &members)
    }

    pub(super) fn first(&self) -> Round {
        self.view.epoch().first_round
    }

    pub(super) fn last(&self) -> Round {
        self.view.epoch().last_round
    }

    /// The round that frames of now are of: the clock's, and the first one in the slots just before it.
    pub(super) fn now(&self, clock: Round) -> Round {
        clock.clamp(self.first(), self.last())
    }

    /// The round after this one, if the epoch has it.
    pub(super) fn next(&self, round: u32) -> Option<Round> {
        let next = Round::from(round.checked_add(1)?);
        self.view.contains(next).then_some(next)
    }
}

/// A field that has its length before it.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) -> anyhow::Result<()> {
    out.extend(u32::try_from(bytes.len()).context("too much for a state")?.to_le_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Reads it again.
pub(super) fn take<'a>(reader: &mut meter_link::frame::Reader<'a>) -> Result<&'a [u8], meter_link::Error> {
    let len = reader.u32()?;
    reader.bytes(len as usize)
}
