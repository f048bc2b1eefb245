//! The whole lists, as utility and answerers hold them.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::link_key::Forming;
use super::{Certified, Inclusion, List, Member, RosterRoot, merkle};
use crate::error::{Error, Fault, Misuse};
use crate::id::{PartyId, Role, Round};

/// Gathers the signed link keys of an epoch.
#[derive(Debug)]
pub struct RosterBuilder {
    forming: Forming,
    members: Vec<Member>,
    answerers: Vec<Member>,
    ids: BTreeSet<PartyId>,
    links: BTreeSet<[u8; 32]>,
    identities: BTreeSet<[u8; 32]>,
}

impl RosterBuilder {
    /// No party yet.
    pub fn new(forming: Forming) -> Self {
        RosterBuilder {
            forming,
            members: Vec::new(),
            answerers: Vec::new(),
            ids: BTreeSet::new(),
            links: BTreeSet::new(),
            identities: BTreeSet::new(),
        }
    }

    /// Adds a party. Answerers get their numbers in the order of these calls, from 1.
    ///
    /// # Errors
    /// As [`Member::announced`]; [`Fault::DuplicateId`] for an id, [`Fault::CopiedKey`] for a link key or
    /// identity that another party has, in any role. The error names whoever comes later. A link key is
    /// announced in clear, so that a copier can come first: ask both for a new one before blaming either.
    /// Nothing was added then.
    pub fn add(&mut self, party: &Certified, announcement: &[u8]) -> Result<(), Error> {
        let member = Member::announced(party, announcement, &self.forming)?;
        let Member { id, role, identity, link } = member;
        if self.ids.contains(&id) {
            return Err(Fault::DuplicateId.of(id));
        }
        if self.links.contains(&link.0) || self.identities.contains(&identity.0) {
            return Err(Fault::CopiedKey.of(id));
        }
        self.ids.insert(id);
        self.links.insert(link.0);
        self.identities.insert(identity.0);
        match role {
            Role::Utility | Role::Meter => self.members.push(member),
            Role::Holder | Role::Aggregator | Role::Trustee => self.answerers.push(member),
        }
        Ok(())
    }

    /// The finished lists.
    ///
    /// # Errors
    /// [`Misuse::EmptyGroup`] without a meter; [`Misuse::UnknownParty`] without the utility;
    /// [`Misuse::BadParameter`] for more than 255 answerers.
    pub fn build(mut self) -> Result<Roster, Error> {
        self.members.sort_by_key(|m| m.id);
        let (utility, meters) = self.members.split_first().ok_or(Misuse::UnknownParty)?;
        if utility.role != Role::Utility {
            return Err(Misuse::UnknownParty.into());
        }
        if meters.is_empty() {
            return Err(Misuse::EmptyGroup.into());
        }
        if self.answerers.len() > 255 {
            return Err(Misuse::BadParameter.into());
        }
        Roster::assemble(self.forming, self.members, self.answerers)
    }
}

/// Utility and meters, ascending by id, and the answerers by number.
#[derive(Clone, Debug)]
pub struct Roster {
    forming: Forming,
    members: Vec<Member>,
    answerers: Vec<Member>,
    member_leaves: Vec<merkle::Hash>,
    answerer_leaves: Vec<merkle::Hash>,
    roster_root: [u8; 32],
    answerers_root: [u8; 32],
}

impl Roster {
    fn assemble(forming: Forming, members: Vec<Member>, answerers: Vec<Member>) -> Result<Self, Error> {
        let hash = |list: &[Member]| list.iter().map(|m| merkle::leaf(&m.leaf())).collect::<Vec<_>>();
        let (member_leaves, answerer_leaves) = (hash(&members), hash(&answerers));
        let commit = |list: List, leaves: &[merkle::Hash]| -> Result<[u8; 32], Error> {
            let count = u32::try_from(leaves.len()).map_err(|_| Misuse::BadParameter)?;
            Ok(list.commit(count, &merkle::root(leaves.iter().copied())))
        };
        Ok(Roster {
            roster_root: commit(List::Roster, &member_leaves)?,
            answerers_root: commit(List::Answerers, &answerer_leaves)?,
            forming,
            members,
            answerers,
            member_leaves,
            answerer_leaves,
        })
    }

    /// Makes the meters at these positions the answerers, in this order: a committee that the beacon has drawn,
    /// after the roots were pinned. The commitment to answerers stays the one to nobody; the committee follows from
    /// the context.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the roster lists answerers of its own, for a position beyond the roster, one that
    /// is named twice, and more than 255.
    pub fn seated(mut self, positions: &[u32]) -> Result<Self, Error> {
        if !self.answerers.is_empty() || positions.len() > 255 {
            return Err(Misuse::BadParameter.into());
        }
        let mut seats = Vec::with_capacity(positions.len());
        for position in positions {
            let member = self.meters().get(*position as usize).ok_or(Misuse::BadParameter)?;
            if seats.contains(member) {
                return Err(Misuse::BadParameter.into());
            }
            seats.push(*member);
        }
        self.answerers = seats;
        Ok(self)
    }

    /// Where the lists belong.
    pub fn forming(&self) -> &Forming {
        &self.forming
    }

    /// The utility.
    pub fn utility(&self) -> Option<&Member> {
        self.members.first()
    }

    /// The meters, ascending by id: their index is the *position* that sets and graphs use.
    pub fn meters(&self) -> &[Member] {
        self.members.get(1..).unwrap_or_default()
    }

    /// The answerers; number a is at index a − 1.
    pub fn answerers(&self) -> &[Member] {
        &self.answerers
    }

    /// Position of a meter.
    pub fn position(&self, id: PartyId) -> Option<usize> {
        self.meters().binary_search_by_key(&id, |m| m.id).ok()
    }

    /// Commitment to utility and meters.
    pub fn roster_root(&self) -> [u8; 32] {
        self.roster_root
    }

    /// Commitment to the answerers.
    pub fn answerers_root(&self) -> [u8; 32] {
        self.answerers_root
    }

    /// What the utility signs for this epoch.
    pub fn root(&self, last_round: Round, beacon_time: u64) -> RosterRoot {
        let (roster_root, answerers_root) = (self.roster_root, self.answerers_root);
        RosterRoot { last_round, roster_root, answerers_root, beacon_time }
    }

    /// Siblings that prove the leaf `index` of a list, for [`Roster::inclusion`].
    pub fn path(&self, list: List, index: usize) -> Vec<merkle::Hash> {
        merkle::path(self.leaves(list), index)
    }

    /// The proof that goes with a path.
    pub fn inclusion<'a>(&self, list: List, index: u32, path: &'a [merkle::Hash]) -> Inclusion<'a> {
        let leaves = self.leaves(list);
        let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        Inclusion { index, count, merkle_root: merkle::root(leaves.iter().copied()), path }
    }

    fn leaves(&self, list: List) -> &[merkle::Hash] {
        match list {
            List::Roster => &self.member_leaves,
            List::Answerers => &self.answerer_leaves,
        }
    }
}
