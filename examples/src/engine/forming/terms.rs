//! What the deployment fixes of every epoch, for all its parties alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use meter_link::roster::link_key::Forming;
use meter_link::roster::{Certified, Member};
use meter_link::{GroupParams, PartyId, Role, Round, Session};

use super::system::System;
use super::{Authority, REJOIN};
use crate::deployment::Deployment;
use crate::engine::protocol;
use crate::engine::timetable::Timetable;

/// Slots ahead of now in which an epoch may be called to begin, or [`HORIZON_MILLIS`] if that is more.
pub(super) const HORIZON: u64 = 16;
const HORIZON_MILLIS: u64 = 120_000;

/// As long as a party waits at most that has revealed too often.
const PENANCE_MILLIS: u64 = 900_000;

/// Milliseconds of [`Terms::spread`] for each party.
const PER_PARTY: u64 = 4;

/// Longest certificate that is looked at.
const MOST_CERTIFICATE: usize = 8 << 10;

pub(super) struct Terms {
    pub(super) deployment: Arc<Deployment>,
    pub(super) system: Arc<dyn System>,
    pub(super) group: GroupParams,
    pub(super) session: Session,
    pub(super) table: Timetable,
    /// Everybody, the utility too.
    roles: BTreeMap<PartyId, Role>,
}

impl Terms {
    pub(super) fn new(deployment: Arc<Deployment>, system: Arc<dyn System>) -> anyhow::Result<Self> {
        let group = system.group(&deployment)?;
        let session = system.session(&deployment)?;
        let mut roles = BTreeMap::from([(PartyId::UTILITY, Role::Utility)]);
        for id in &deployment.meters.ids.0 {
            ensure!(roles.insert(*id, Role::Meter).is_none(), "id {id} is there twice");
        }
        for id in &deployment.answerers.ids.0 {
            let role = protocol::answerer(&deployment).context("a ring has no answerers")?;
            ensure!(roles.insert(*id, role).is_none(), "id {id} is there twice");
        }
        ensure!(deployment.answerers.ids.0.len() <= 255, "more than 255 answerers");
        ensure!(deployment.rounds.epoch > 0, "an epoch has a round at least");
        let table = deployment.timetable();
        Ok(Self { deployment, system, group, session, table, roles })
    }

    pub(super) fn role(&self, id: PartyId) -> Option<Role> {
        self.roles.get(&id).copied()
    }

    /// Everybody, the utility too.
    pub(super) fn count(&self) -> usize {
        self.roles.len()
    }

    /// In the order of their numbers.
    pub(super) fn answerers(&self) -> &[PartyId] {
        &self.deployment.answerers.ids.0
    }

    pub(super) fn is_whole(&self, role: Role) -> bool {
        role != Role::Meter || self.system.whole(&self.deployment)
    }

    pub(super) fn forming(&self, epoch: u32, first_round: u32) -> Forming {
        let (protocol, group) = (self.group.protocol, self.group.group);
        Forming { protocol, group, session: self.session, epoch, first_round: Round::from(first_round) }
    }

    /// The last round of an epoch that begins so.
    pub(super) fn last_round(&self, first_round: u32) -> Option<u32> {
        first_round.checked_add(self.deployment.rounds.epoch.checked_sub(1)?)
    }

    /// The first round whose slot begins then or later.
    pub(super) fn round_after(&self, at: u64) -> Option<u32> {
        match self.table.round(at) {
            Some(round) if self.table.start(round) == at => Some(round.to_u32()),
            Some(round) => round.to_u32().checked_add(1),
            None if at <= self.table.begins => Some(0),
            None => None,
        }
    }

    /// When the slot of a round begins; rounds beyond the last begin never.
    pub(super) fn start(&self, round: u32) -> u64 {
        self.table.start(Round::from(round))
    }

    /// As long as so many slots.
    pub(super) fn slots(&self, count: u64) -> u64 {
        self.table.slot.saturating_mul(count)
    }

    /// The latest beginning of an epoch that is called now.
    pub(super) fn horizon(&self, now: u64) -> u64 {
        let longest = HORIZON_MILLIS.saturating_add(self.spread().saturating_mul(HORIZON));
        now.max(self.table.begins).saturating_add(self.slots(HORIZON).max(longest))
    }

    /// Milliseconds that lists of this many parties take on top, to be sent to everybody and read by everybody: their
    /// bytes grow with the square of the group.
    pub(super) fn spread(&self) -> u64 {
        (self.count() as u64).saturating_mul(PER_PARTY)
    }

    /// How long a party waits that has revealed too often.
    pub(super) fn penance(&self) -> u64 {
        self.slots(REJOIN.into()).min(PENANCE_MILLIS)
    }

    /// That a list of hashes names parties of the deployment, each once, ascending, the utility and all answerers among
    /// them. Whoever makes a roster makes it of the same parties.
    pub(super) fn check_commitments(&self, commitments: &[(PartyId, [u8; 32])]) -> Result<(), String> {
        let ascending = commitments.is_sorted_by(|(one, _), (next, _)| one < next);
        let known = commitments.iter().all(|(id, _)| self.roles.contains_key(id));
        let has = |id: &PartyId| commitments.binary_search_by_key(id, |(party, _)| *party).is_ok();
        let complete = has(&PartyId::UTILITY) && self.answerers().iter().all(has);
        match ascending && known && complete {
            true => Ok(()),
            false => Err("the list of hashes is not of the deployment's parties".to_owned()),
        }
    }

    /// The identity of a party of the deployment, by its certificate.
    pub(super) fn certified(
        &self,
        authority: &dyn Authority,
        id: PartyId,
        certificate: &[u8],
        now: u64,
    ) -> Result<Certified, String> {
        if certificate.len() > MOST_CERTIFICATE {
            return Err("the certificate is too long".to_owned());
        }
        let certified = authority.certified(certificate, now)?;
        if certified.id != id {
            return Err(format!("the certificate is party {}'s", certified.id));
        }
        match self.role(id) {
            Some(role) if role == certified.role => Ok(certified),
            Some(_) => Err("the certificate is for another role".to_owned()),
            None => Err("the deployment has no such party".to_owned()),
        }
    }

    /// The member that an announcement makes, with what it says checked.
    pub(super) fn announced(
        &self,
        authority: &dyn Authority,
        id: PartyId,
        shown: (&[u8], &[u8]),
        forming: &Forming,
        now: u64,
    ) -> Result<(Certified, Member), String> {
        let (link_key, certificate) = shown;
        let certified = self.certified(authority, id, certificate, now)?;
        let member =
            Member::announced(&certified, link_key, forming).map_err(|e| format!("its link key: {e}"))?;
        Ok((certified, member))
    }
}
