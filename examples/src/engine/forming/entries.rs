//! The members that a party is shown of an epoch, and how it checks that they are those of the pinned root.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use meter_link::roster::link_key::Forming;
use meter_link::roster::{Certified, Inclusion, List, Member, Roster, RosterBuilder, RosterRoot, merkle};
use meter_link::{Epoch, PartyId, Role};

use super::members::{Info, Members};
use super::paths::{Paths, climb};
use super::terms::Terms;
use super::{Authority, Oneself};
use crate::engine::letter::Entry;

/// What a party has announced, checked.
#[derive(Clone)]
pub(super) struct Announced {
    pub(super) party: Certified,
    pub(super) member: Member,
    pub(super) link_key: Vec<u8>,
    pub(super) certificate: Vec<u8>,
    pub(super) commitment: [u8; 32],
}

/// The lists of an epoch at the utility.
pub(super) struct Shown {
    pub(super) roster: Roster,
    paths: Paths,
    announced: BTreeMap<PartyId, Announced>,
    /// Ascending by party.
    pub(super) commitments: Vec<(PartyId, [u8; 32])>,
}

impl Shown {
    /// Of everybody's announcement, the utility's too.
    pub(super) fn new(
        terms: &Terms,
        forming: Forming,
        announced: BTreeMap<PartyId, Announced>,
    ) -> anyhow::Result<Self> {
        let mut builder = RosterBuilder::new(forming);
        let members =
            announced.values().filter(|one| one.party.role == Role::Utility || one.party.role == Role::Meter);
        let answerers =
            terms.answerers().iter().map(|id| announced.get(id).context("an answerer is missing"));
        for one in members.map(Ok).chain(answerers) {
            let one = one?;
            builder.add(&one.party, &one.link_key)?;
        }
        let roster = builder.build()?;
        let leaves = roster.utility().into_iter().chain(roster.meters());
        let paths = Paths::new(leaves.map(|member| merkle::leaf(&member.leaf())).collect());
        let commitments = announced.iter().map(|(id, one)| (*id, one.commitment)).collect();
        Ok(Self { roster, paths, announced, commitments })
    }

    pub(super) fn info(&self, epoch: Epoch) -> anyhow::Result<Info> {
        let all =
            self.roster.utility().into_iter().chain(self.roster.meters()).chain(self.roster.answerers());
        let all = all.filter_map(|member| self.announced.get(&member.id));
        Ok(Info {
            epoch,
            utility: *self.roster.utility().context("no utility")?,
            meters: u32::try_from(self.roster.meters().len())?,
            answerers: u8::try_from(self.roster.answerers().len())?,
            place: 0,
            members: Members::Whole(all.map(|one| (one.party, one.link_key.clone())).collect()),
        })
    }

    /// What this party needs: everybody, or the utility and itself with their paths, the answerers, and the meters near it.
    pub(super) fn entries(&self, terms: &Terms, epoch: &Epoch, to: PartyId) -> anyhow::Result<Vec<Entry>> {
        let meters = self.roster.meters();
        let answerers =
            (0u32..).zip(self.roster.answerers()).map(|(index, member)| (List::Answerers, index, member.id));
        if terms.is_whole(terms.role(to).context("a stranger")?) {
            let members = (0u32..).zip(self.roster.utility().into_iter().chain(meters));
            let members = members.map(|(index, member)| (List::Roster, index, member.id));
            return members
                .chain(answerers)
                .map(|(list, index, id)| self.entry(list, index, id, false))
                .collect();
        }
        let place = u32::try_from(self.roster.position(to).context("no meter of the roster")?)?;
        let near = terms.system.near(&terms.deployment, epoch, place, u32::try_from(meters.len())?)?;
        let mut entries = vec![self.entry(List::Roster, 0, PartyId::UTILITY, true)?];
        for position in [place].into_iter().chain(near) {
            let id = meters.get(position as usize).context("a meter beyond the roster")?.id;
            entries.push(self.entry(List::Roster, position.saturating_add(1), id, true)?);
        }
        for (list, index, id) in answerers {
            entries.push(self.entry(list, index, id, false)?);
        }
        Ok(entries)
    }

    fn entry(&self, list: List, index: u32, party: PartyId, proven: bool) -> anyhow::Result<Entry> {
        let one = self.announced.get(&party).context("nobody announced that")?;
        let path = if proven { self.paths.path(index) } else { Vec::new() };
        let (link_key, certificate) = (one.link_key.clone(), one.certificate.clone());
        Ok(Entry { party, link_key, certificate, list, index, path })
    }
}

/// What a party checks entries against.
pub(super) struct Check<'a> {
    pub(super) terms: &'a Terms,
    pub(super) oneself: &'a Oneself,
    pub(super) forming: &'a Forming,
    pub(super) root: &'a RosterRoot,
    pub(super) commitments: &'a [(PartyId, [u8; 32])],
    /// As the party has announced itself.
    pub(super) own: &'a Member,
    pub(super) now: u64,
}

impl Check<'_> {
    /// The party's place in the epoch, if the entries are all that it needs, and right.
    ///
    /// # Errors
    /// With what is wrong; it is the utility's doing.
    pub(super) fn entries(&self, epoch: Epoch, entries: &[Entry]) -> Result<Info, String> {
        if entries.len() > self.commitments.len() {
            return Err("more entries than parties".to_owned());
        }
        let ids = |role| {
            self.commitments.iter().map(|(id, _)| *id).filter(move |id| self.terms.role(*id) == Some(role))
        };
        let meters: Vec<PartyId> = ids(Role::Meter).collect();
        let answerers = self.terms.answerers();
        let place = match self.oneself.role {
            Role::Meter => meters.iter().position(|id| *id == self.oneself.id),
            _ => answerers.iter().position(|id| *id == self.oneself.id).map(|place| place.saturating_add(1)),
        };
        let place = place.and_then(|place| u32::try_from(place).ok()).ok_or("we are not in the roster")?;
        let meter_count = u32::try_from(meters.len()).map_err(|_| "too many meters")?;
        let answerer_count = u8::try_from(answerers.len()).map_err(|_| "too many answerers")?;
        let (utility, members) = match self.terms.is_whole(self.oneself.role) {
            true => self.whole(entries)?,
            false => self.near(&epoch, entries, place, &meters)?,
        };
        Ok(Info { epoch, utility, meters: meter_count, answerers: answerer_count, place, members })
    }

    /// Everybody: the lists that they make are the pinned ones.
    fn whole(&self, entries: &[Entry]) -> Result<(Member, Members), String> {
        let mut builder = RosterBuilder::new(*self.forming);
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries {
            let party = self.certified(entry)?;
            builder.add(&party, &entry.link_key).map_err(|e| format!("entry {}: {e}", entry.party))?;
            all.push((party, entry.link_key.clone()));
        }
        let roster = builder.build().map_err(|e| e.to_string())?;
        let committed = (roster.roster_root(), roster.answerers_root());
        if committed != (self.root.roster_root, self.root.answerers_root) {
            return Err("the lists are not those that were pinned".to_owned());
        }
        let in_order = roster.answerers().iter().map(|answerer| &answerer.id).eq(self.terms.answerers());
        let ids: BTreeSet<PartyId> = all.iter().map(|(party, _)| party.id).collect();
        if !in_order || !ids.iter().eq(self.commitments.iter().map(|(id, _)| id)) {
            return Err("other parties than those that had committed themselves".to_owned());
        }
        let own = roster.meters().iter().chain(roster.answerers()).any(|member| member == self.own);
        if !own {
            return Err("our own entry is another".to_owned());
        }
        let utility = *roster.utility().ok_or("no utility")?;
        Ok((utility, Members::Whole(all)))
    }

    /// The utility, this meter, those near it, all answerers; in this order.
    fn near(
        &self,
        epoch: &Epoch,
        entries: &[Entry],
        place: u32,
        meters: &[PartyId],
    ) -> Result<(Member, Members), String> {
        let count = u32::try_from(meters.len()).map_err(|_| "too many meters")?;
        let near = self.terms.system.near(&self.terms.deployment, epoch, place, count);
        let near = near.map_err(|e| e.to_string())?;
        let answerers = self.terms.answerers();
        let expected = near.len().saturating_add(answerers.len()).saturating_add(2);
        if entries.len() != expected {
            return Err(format!("{} entries instead of {expected}", entries.len()));
        }
        let mut entries = entries.iter();
        let mut next = || entries.next().ok_or("an entry is missing");
        let utility = self.listed(next()?, 0, PartyId::UTILITY, count)?;
        let own = next()?;
        if own.party != self.own.id || self.prove(own, self.own, place.saturating_add(1), count).is_err() {
            return Err("our own entry is another".to_owned());
        }
        let mut known = Distinct::default();
        known.insert(&utility)?;
        known.insert(self.own)?;
        let mut beside = Vec::with_capacity(near.len());
        for position in near {
            let id = *meters.get(position as usize).ok_or("a meter beyond the roster")?;
            let member = self.listed(next()?, position.saturating_add(1), id, count)?;
            known.insert(&member)?;
            beside.push((position, member));
        }
        let mut list = Vec::with_capacity(answerers.len());
        for id in answerers {
            let entry = next()?;
            if entry.party != *id || entry.list != List::Answerers {
                return Err("answerers are not in their order".to_owned());
            }
            let member = self.announced(entry)?;
            known.insert(&member)?;
            list.push(member);
        }
        let leaves = list.iter().map(|member| merkle::leaf(&member.leaf()));
        let committed =
            List::Answerers.commit(u32::try_from(list.len()).unwrap_or(u32::MAX), &merkle::root(leaves));
        if committed != self.root.answerers_root {
            return Err("the answerers are not those that were pinned".to_owned());
        }
        Ok((utility, Members::Near { answerers: list, meters: beside }))
    }

    /// A member of the utility's and meters' list, at its place.
    fn listed(&self, entry: &Entry, index: u32, id: PartyId, meters: u32) -> Result<Member, String> {
        if entry.party != id {
            return Err(format!("the entry of party {} is party {}'s", id, entry.party));
        }
        let member = self.announced(entry)?;
        self.prove(entry, &member, index, meters)?;
        Ok(member)
    }

    fn prove(&self, entry: &Entry, member: &Member, index: u32, meters: u32) -> Result<(), String> {
        let wrong = || format!("party {} does not stand in the pinned list", member.id);
        let count = meters.checked_add(1).ok_or_else(wrong)?;
        if entry.list != List::Roster || entry.index != index {
            return Err(wrong());
        }
        let merkle_root = climb(merkle::leaf(&member.leaf()), index, count, &entry.path).ok_or_else(wrong)?;
        let inclusion = Inclusion { index, count, merkle_root, path: &entry.path };
        inclusion.verify(member, List::Roster, &self.root.roster_root).map_err(|_| wrong())
    }

    fn announced(&self, entry: &Entry) -> Result<Member, String> {
        let Entry { party, link_key, certificate, .. } = entry;
        let shown = (link_key.as_slice(), certificate.as_slice());
        let announced = self.terms.announced(self.authority(), *party, shown, self.forming, self.now);
        announced.map(|(_, member)| member).map_err(|e| format!("entry {party}: {e}"))
    }

    fn certified(&self, entry: &Entry) -> Result<Certified, String> {
        let certified = self.terms.certified(self.authority(), entry.party, &entry.certificate, self.now);
        certified.map_err(|e| format!("entry {}: {e}", entry.party))
    }

    fn authority(&self) -> &dyn Authority {
        self.oneself.authority.as_ref()
    }
}

/// No two are one.
#[derive(Default)]
struct Distinct {
    ids: BTreeSet<PartyId>,
    links: BTreeSet<[u8; 32]>,
    identities: BTreeSet<[u8; 32]>,
}

impl Distinct {
    fn insert(&mut self, member: &Member) -> Result<(), String> {
        let new = self.ids.insert(member.id)
            & self.links.insert(member.link.0)
            & self.identities.insert(member.identity.0);
        if new { Ok(()) } else { Err(format!("party {} has the keys of another", member.id)) }
    }
}
