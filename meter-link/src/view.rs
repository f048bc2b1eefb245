//! What every party of an epoch knows.

use crate::epoch::{Context, Epoch, Rounds};
use crate::error::{Error, Fault, Misuse};
use crate::frame::{Expect, Flags, Header, Kind};
use crate::id::{GroupId, PartyId, Protocol, Role, Round};
use crate::identity::Scope;
use crate::params::GroupParams;
use crate::roster::Member;

use core::ops::Deref;

/// Parameters, epoch and the utility, together with the context that follows from them. All of [`EpochTerms`]'s
/// methods are its own.
#[derive(Clone, Copy, Debug)]
pub struct EpochView {
    terms: EpochTerms,
    epoch: Epoch,
}

/// What a meter goes by once its keys are made: the view without the commitments that the context binds anyway, which
/// are 130 bytes of a device's memory.
#[derive(Clone, Copy, Debug)]
pub struct EpochTerms {
    group: GroupParams,
    rounds: Rounds,
    context: Context,
    utility: Member,
    meters: u32,
    answerers: u8,
}

impl EpochView {
    /// The utility's entry and the two counts must have been checked against the pinned roots, with
    /// [`Inclusion`](crate::roster::Inclusion) or by holding the whole [`Roster`](crate::roster::Roster). The
    /// entry itself is an announced one, as every [`Member`].
    ///
    /// # Errors
    /// [`Misuse::WrongRole`] if `utility` is not the utility; [`Misuse::EmptyGroup`]; [`Misuse::BadParameter`]
    /// for more meters than the parameters allow; [`Misuse::RoundOutsideEpoch`].
    pub fn new(
        group: &GroupParams,
        epoch: &Epoch,
        utility: &Member,
        meters: u32,
        answerers: u8,
    ) -> Result<Self, Error> {
        if utility.id != PartyId::UTILITY || utility.role != Role::Utility {
            return Err(Misuse::WrongRole.into());
        }
        if meters == 0 {
            return Err(Misuse::EmptyGroup.into());
        }
        if meters > group.max_meters {
            return Err(Misuse::BadParameter.into());
        }
        if epoch.last_round < epoch.first_round {
            return Err(Misuse::RoundOutsideEpoch.into());
        }
        let (group, utility, context) = (*group, *utility, epoch.context());
        let terms = EpochTerms { group, rounds: epoch.rounds(), context, utility, meters, answerers };
        Ok(EpochView { terms, epoch: *epoch })
    }

    /// That a roster is the one the epoch commits to.
    ///
    /// # Errors
    /// [`Fault::BadProof`] blaming the utility, who hands rosters out.
    #[cfg(feature = "alloc")]
    pub fn check_roster(&self, roster: &crate::roster::Roster) -> Result<(), Error> {
        let committed = (self.epoch.roster_root, self.epoch.answerers_root);
        let same = (roster.roster_root(), roster.answerers_root()) == committed;
        let counts = (roster.meters().len(), roster.answerers().len());
        let counted = counts == (self.meters as usize, usize::from(self.answerers));
        if same && counted && roster.utility() == Some(&self.utility) {
            Ok(())
        } else {
            Err(Fault::BadProof.of(PartyId::UTILITY))
        }
    }

    /// What is left of it on a meter.
    pub fn terms(&self) -> &EpochTerms {
        &self.terms
    }

    /// The epoch.
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }
}

impl Deref for EpochView {
    type Target = EpochTerms;

    fn deref(&self) -> &EpochTerms {
        &self.terms
    }
}

impl EpochTerms {
    /// The group's parameters.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Whether the round lies in the epoch.
    pub fn contains(&self, round: Round) -> bool {
        self.rounds.contains(round)
    }

    /// The epoch's context.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The utility.
    pub fn utility(&self) -> &Member {
        &self.utility
    }

    /// Meters of the roster.
    pub fn meters(&self) -> u32 {
        self.meters
    }

    /// Answerers of the epoch.
    pub fn answerers(&self) -> u8 {
        self.answerers
    }

    /// Values of a reading.
    pub fn channels(&self) -> usize {
        self.group.channels.into()
    }

    /// What signatures of the epoch are bound to.
    pub fn scope(&self) -> Scope<'_> {
        Scope::Context(&self.context)
    }

    /// A header of this session.
    pub fn header(&self, kind: Kind, flags: u8, sender: PartyId, round: Round) -> Header {
        let (protocol, group) = (self.group.protocol, self.group.group);
        Header { protocol, kind, flags: Flags(flags), group, sender, round }
    }

    /// What a receiver of this session expects.
    pub fn expect(&self, kind: Kind, flags: u8) -> Expect {
        Expect { protocol: self.group.protocol, kind, group: self.group.group, flags }
    }

    /// That the own step concerns a round of the epoch, near now.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`], [`Misuse::RoundFarFromNow`].
    pub fn check_own_round(&self, now: Round, round: Round) -> Result<(), Error> {
        if !self.contains(round) {
            return Err(Misuse::RoundOutsideEpoch.into());
        }
        if !round.is_near(now) {
            return Err(Misuse::RoundFarFromNow.into());
        }
        Ok(())
    }

    /// That a received frame concerns a round of the epoch, near now.
    ///
    /// # Errors
    /// [`Fault::WrongEpoch`], [`Fault::RoundFarFromNow`], blaming the sender.
    pub fn check_received_round(&self, now: Round, header: &Header) -> Result<(), Error> {
        if !self.contains(header.round) {
            return Err(Fault::WrongEpoch.of(header.sender));
        }
        if !header.round.is_near(now) {
            return Err(Fault::RoundFarFromNow.of(header.sender));
        }
        Ok(())
    }

    /// Ratchet step of a round of the epoch.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`].
    pub fn step(&self, round: Round) -> Result<u32, Error> {
        self.rounds.step(round, self.group.rounds_per_step)
    }

    /// Ratchet step of the epoch's last round.
    pub fn last_step(&self) -> u32 {
        self.step(self.rounds.last()).unwrap_or(0)
    }

    /// The protocol of the session.
    pub fn protocol(&self) -> Protocol {
        self.group.protocol
    }

    /// The group of the session.
    pub fn group_id(&self) -> GroupId {
        self.group.group
    }
}
