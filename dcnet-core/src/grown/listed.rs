//! A meter that the pinned roster lists.

use meter_link::roster::{Inclusion, List, Member};
use meter_link::{EpochView, Error, Fault, Misuse, PartyId, Role};

/// Another meter, and where the pinned roster has it.
///
/// # Security
/// The [`Member`] is an announced one: its identity is certified, and has signed. A list alone does not show that:
/// the utility could list identities of its own.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    member: Member,
    position: u32,
}

impl Listed {
    /// # Errors
    /// [`Fault::BadProof`] unless the member stands in the roster at the place of the proof;
    /// [`Misuse::WrongRole`] if it is no meter.
    pub fn new(view: &EpochView, member: &Member, proof: &Inclusion<'_>) -> Result<Self, Error> {
        proof.verify(member, List::Roster, &view.epoch().roster_root)?;
        if member.role != Role::Meter {
            return Err(Misuse::WrongRole.into());
        }
        // Leaf 0 is the utility's.
        let position = proof.index.checked_sub(1).ok_or(Fault::BadProof.of(PartyId::UTILITY))?;
        Ok(Listed { member: *member, position })
    }

    /// For who holds the whole roster, and has compared it with the epoch.
    #[cfg(feature = "alloc")]
    pub(crate) fn at(roster: &meter_link::roster::Roster, position: usize) -> Option<Self> {
        let member = *roster.meters().get(position)?;
        Some(Listed { member, position: u32::try_from(position).ok()? })
    }

    /// Its id.
    pub fn id(&self) -> PartyId {
        self.member.id
    }

    /// The member.
    pub fn member(&self) -> &Member {
        &self.member
    }

    /// Its position among the roster's meters.
    pub fn position(&self) -> u32 {
        self.position
    }
}
