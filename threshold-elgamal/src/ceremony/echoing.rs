//! Second step: every party signs what it has seen, before any share leaves.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use meter_link::{Kind, PartyId};

use super::Refused;
use super::announcement::Announced;
use super::evidence::{Dispute, disputes};
use super::frames::Heard;
use super::joining::{Role, missing};
use super::sharing::Sharing;
use super::view::Agreed;
use crate::error::{Error, Fault};

/// A participant that has signed whose announcements it has, and collects what all others have.
pub struct Echoing {
    role: Box<Role>,
    announced: Heard<Announced>,
    frame: Vec<u8>,
    own: Vec<[u8; 32]>,
    heard: Heard<Vec<[u8; 32]>>,
}

impl Echoing {
    pub(super) fn new(
        role: Box<Role>,
        announced: Heard<Announced>,
        frame: Vec<u8>,
        own: Vec<[u8; 32]>,
    ) -> Self {
        let mut heard = Heard::new(role.ceremony.parties().len());
        heard.put(role.place, &frame, own.clone());
        Echoing { role, announced, frame, own, heard }
    }

    /// What goes to everybody (kind 49).
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes another party's echo, whether or not it is the same as the own: see [`Echoing::disputes`].
    ///
    /// # Errors
    /// As [`Joining::accept`](super::Joining::accept); [`Fault::WrongEcho`] for one that names another announcement of
    /// its own sender than that has made: the two prove it to anybody.
    pub fn accept(&mut self, frame: &[u8]) -> Result<(), Error> {
        let opened = self.role.ceremony.open(Kind::Echo, frame)?;
        if self.heard.is_new(opened.place, opened.sender, frame)? {
            opened.has(self.own.as_flattened().len())?;
            let hashes = opened.payload.rest().as_chunks::<32>().0.to_vec();
            if hashes.get(opened.place) != self.own.get(opened.place) {
                return Err(Fault::WrongEcho.of(opened.sender));
            }
            self.heard.put(opened.place, frame, hashes);
        }
        Ok(())
    }

    /// Whose echo is not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        missing(&self.role.ceremony, &self.heard)
    }

    /// Which echoes name other announcements than this participant has, and whose. With any of them the ceremony is
    /// over: either who is disputed about has signed two, or who claims it lies.
    pub fn disputes(&self) -> impl Iterator<Item = Dispute> {
        let ceremony = &self.role.ceremony;
        self.heard.iter().flat_map(move |(place, (_, claims))| {
            let claimant = ceremony.parties().get(place).map_or(PartyId::UTILITY, |party| party.seat.id);
            disputes(ceremony, Kind::Commitments, &self.announced, Some, claimant, claims)
        })
    }

    /// A party's announcement as it came: what a dispute about it is settled with.
    pub fn announcement(&self, id: PartyId) -> Option<&[u8]> {
        let (place, _) = self.role.ceremony.party(id)?;
        self.announced.get(place).map(|(kept, _)| kept.frame.as_slice())
    }

    /// All have seen the same.
    ///
    /// # Errors
    /// [`Error::Quorum`] if some are missing; [`Error::Inconsistent`] if there are disputes.
    pub fn close(self) -> Result<Sharing, Box<Refused<Self>>> {
        if let Err(error) = self.heard.complete() {
            return Err(Refused::new(self, error));
        }
        if self.heard.iter().any(|(_, (_, echo))| *echo != self.own) {
            return Err(Refused::new(self, Error::Inconsistent));
        }
        let Echoing { role, announced, frame, own, heard } = self;
        let agreed = Agreed::of(role.ceremony.clone(), announced);
        Sharing::new(role, agreed).map_err(|(error, role, agreed)| {
            let announced = agreed.into_announced();
            Refused::new(Echoing { role, announced, frame, own, heard }, error)
        })
    }
}

impl fmt::Debug for Echoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Echoing").field("id", &self.role.id).finish_non_exhaustive()
    }
}
