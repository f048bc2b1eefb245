//! All parties of an epoch in one process: for tests, simulators and examples.
//!
//! Every step is the real one, on bytes: link keys are announced and signed, the roster is built and its
//! root signed, a party pins the root before the beacon, and the epoch follows.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use crate::epoch::Session;
use crate::error::{Error, Misuse};
use crate::id::{PartyId, Role, Round};
use crate::identity::Identity;
use crate::key::LinkSecret;
use crate::params::GroupParams;
use crate::roster::link_key::{Forming, announce};
use crate::roster::{Certified, Roster, RosterBuilder, StoredRoot};
use crate::view::EpochView;

/// A party with its secrets, before it becomes a role.
#[derive(Debug)]
pub struct Party {
    /// Its id.
    pub id: PartyId,
    /// Its role.
    pub role: Role,
    /// Signs for it.
    pub identity: Identity,
    /// Its link key of the epoch.
    pub link: LinkSecret,
}

/// An epoch and everybody in it. Move the parties into their roles.
#[derive(Debug)]
pub struct Cohort {
    /// What everybody knows.
    pub view: EpochView,
    /// The lists.
    pub roster: Roster,
    /// Id 0.
    pub utility: Party,
    /// By position.
    pub meters: Vec<Party>,
    /// By number.
    pub answerers: Vec<Party>,
}

/// Who is to take part, and when.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The group.
    pub group: &'a GroupParams,
    /// Its session.
    pub session: Session,
    /// Counts the epochs.
    pub epoch: u32,
    /// First round.
    pub first_round: Round,
    /// Last round.
    pub last_round: Round,
    /// Ids of the meters.
    pub meters: &'a [PartyId],
    /// Ids of the answerers, in the order of their numbers.
    pub answerers: &'a [PartyId],
    /// What the answerers are.
    pub answerer_role: Role,
}

impl Cohort {
    /// Draws all secrets from `rng`, and the beacon too.
    ///
    /// # Errors
    /// As [`RosterBuilder::add`] and [`RosterBuilder::build`], [`EpochView::new`].
    pub fn form<R: CryptoRng + ?Sized>(plan: &Plan<'_>, rng: &mut R) -> Result<Self, Error> {
        let forming = Forming {
            protocol: plan.group.protocol,
            group: plan.group.group,
            session: plan.session,
            epoch: plan.epoch,
            first_round: plan.first_round,
        };
        let mut builder = RosterBuilder::new(forming);
        let mut join = |id, role| -> Result<Party, Error> {
            let party =
                Party { id, role, identity: Identity::generate(rng), link: LinkSecret::generate(rng) };
            let frame = announce(&forming, id, role, &party.identity, party.link.public())?;
            builder.add(&Certified { id, role, identity: party.identity.public() }, &frame)?;
            Ok(party)
        };
        let utility = join(PartyId::UTILITY, Role::Utility)?;
        let mut meters: Vec<Party> =
            plan.meters.iter().map(|id| join(*id, Role::Meter)).collect::<Result<_, _>>()?;
        let answerers =
            plan.answerers.iter().map(|id| join(*id, plan.answerer_role)).collect::<Result<_, _>>()?;
        meters.sort_by_key(|party| party.id);
        let roster = builder.build()?;

        const BEACON_TIME: u64 = 1_000;
        let frame = roster.root(plan.last_round, BEACON_TIME).sign(&forming, &utility.identity)?;
        let identity = utility.identity.public();
        let pinned = StoredRoot::accept(&frame, &forming, &identity, BEACON_TIME - 1, None)?.stored();
        let mut beacon = [0u8; 32];
        rng.fill_bytes(&mut beacon);
        let epoch = pinned.epoch(&forming, beacon, BEACON_TIME)?;
        let own = roster.utility().ok_or(Misuse::UnknownParty)?;
        let meter_count = u32::try_from(roster.meters().len()).map_err(|_| Misuse::BadParameter)?;
        let answerer_count = u8::try_from(roster.answerers().len()).map_err(|_| Misuse::BadParameter)?;
        let view = EpochView::new(plan.group, &epoch, own, meter_count, answerer_count)?;
        Ok(Cohort { view, roster, utility, meters, answerers })
    }

    /// Seats the meters at these positions as answerers, where the plan had none. Their parties are those of the
    /// meters.
    ///
    /// # Errors
    /// As [`Roster::seated`] and [`EpochView::new`].
    pub fn seated(mut self, positions: &[u32]) -> Result<Self, Error> {
        self.roster = self.roster.seated(positions)?;
        let seats = u8::try_from(positions.len()).map_err(|_| Misuse::BadParameter)?;
        let (view, meters) = (self.view, self.view.meters());
        self.view = EpochView::new(view.group(), view.epoch(), view.utility(), meters, seats)?;
        Ok(self)
    }
}
