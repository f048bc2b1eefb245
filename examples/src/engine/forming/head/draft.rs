//! One try to form an epoch, at the utility.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use meter_link::roster::link_key::Forming;
use meter_link::{Epoch, LinkSecret, PartyId};
use zeroize::Zeroizing;

use super::super::beacon::{beacon, commitment};
use super::super::entries::{Announced, Shown};
use crate::engine::Letter;

/// A try. Dies with the process; its number does not.
pub(super) struct Draft {
    pub(super) forming: Forming,
    pub(super) last_round: u32,
    pub(super) link: LinkSecret,
    pub(super) nonce: Zeroizing<[u8; 32]>,
    pub(super) own: Announced,
    /// Whom the Call was for.
    pub(super) called: BTreeSet<PartyId>,
    /// When the stage ends.
    pub(super) deadline: u64,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    /// Announcements are coming in, each with another link key.
    Calling { answers: BTreeMap<PartyId, Announced>, links: BTreeSet<[u8; 32]> },
    /// The root is out; nonces are coming in.
    Rooted {
        shown: Box<Shown>,
        root: Vec<u8>,
        pinned: BTreeSet<PartyId>,
        nonces: BTreeMap<PartyId, [u8; 32]>,
    },
}

/// An epoch that has come about, for whoever has not heard yet.
pub(super) struct Formed {
    pub(super) epoch: Epoch,
    pub(super) shown: Box<Shown>,
    pub(super) nonces: Vec<[u8; 32]>,
}

/// To whom large letters still go, a few at a time.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) to: VecDeque<PartyId>,
    pub(super) next: u64,
}

impl Draft {
    pub(super) fn number(&self) -> u32 {
        self.forming.epoch
    }

    pub(super) fn call(&self) -> Letter {
        let (epoch, first_round) = (self.forming.epoch, self.forming.first_round.to_u32());
        Letter::Call { epoch, first_round, last_round: self.last_round }
    }

    /// The utility announces itself as everybody does.
    pub(super) fn announcement(&self) -> Letter {
        let Announced { link_key, certificate, commitment, .. } = &self.own;
        Letter::Announcement {
            link_key: link_key.clone(),
            certificate: certificate.clone(),
            commitment: *commitment,
        }
    }

    /// Whether everybody has done what this stage waits for.
    pub(super) fn is_complete(&self) -> bool {
        match &self.stage {
            Stage::Calling { answers, .. } => answers.len() == self.called.len(),
            Stage::Rooted { shown, nonces, .. } => nonces.len() == shown.commitments.len(),
        }
    }

    /// Who has not done what this stage waits for.
    pub(super) fn silent(&self) -> Vec<PartyId> {
        match &self.stage {
            Stage::Calling { answers, .. } => {
                self.called.iter().filter(|id| !answers.contains_key(id)).copied().collect()
            }
            Stage::Rooted { shown, nonces, .. } => {
                let committed = shown.commitments.iter().map(|(id, _)| *id);
                committed.filter(|id| *id != PartyId::UTILITY && !nonces.contains_key(id)).collect()
            }
        }
    }

    /// Whether a nonce is the one that its party was committed to.
    pub(super) fn fits(&self, party: PartyId, nonce: &[u8; 32]) -> bool {
        let Stage::Rooted { shown, .. } = &self.stage else { return false };
        let hash = commitment(&self.forming.session, self.forming.epoch, party, nonce);
        shown.commitments.binary_search(&(party, hash)).is_ok()
    }
}

/// The epoch of a root and of all nonces, in the order of the list of hashes.
pub(super) fn epoch(
    forming: &Forming,
    last_round: u32,
    shown: &Shown,
    nonces: &BTreeMap<PartyId, [u8; 32]>,
) -> (Epoch, Vec<[u8; 32]>) {
    let in_order = || shown.commitments.iter().filter_map(|(id, _)| Some((*id, nonces.get(id)?)));
    let beacon = beacon(&forming.session, forming.epoch, in_order());
    let epoch = Epoch {
        session: forming.session,
        epoch: forming.epoch,
        first_round: forming.first_round,
        last_round: last_round.into(),
        roster_root: shown.roster.roster_root(),
        answerers_root: shown.roster.answerers_root(),
        beacon,
    };
    (epoch, in_order().map(|(_, nonce)| *nonce).collect())
}
