//! First step: every party announces its keys, a dealer its commitments.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use meter_link::{Identity, Kind, PartyId, Prepared};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::announcement::{Announced, Own};
use super::echoing::Echoing;
use super::frames::Heard;
use super::plan::Ceremony;
use super::record::{CeremonyRecord, Form, Stored};
use super::secrets::Secrets;
use super::{Refused, view};
use crate::error::{Error, Misuse};
use crate::keys::SecretShare;

/// Who takes part, with its secrets.
#[derive(Debug)]
pub struct Participant {
    /// Its id.
    pub id: PartyId,
    /// Signs its frames.
    pub identity: Identity,
    /// Its share of the old keys, of dealers in a resharing and of nobody else.
    pub share: Option<SecretShare>,
}

/// A participant from the first step to the last.
pub(super) struct Role {
    pub(super) ceremony: Ceremony,
    /// Among the parties.
    pub(super) place: usize,
    pub(super) id: PartyId,
    pub(super) identity: Identity,
    pub(super) secrets: Secrets,
    pub(super) own: Own,
    pub(super) stored: Stored,
}

/// A participant that announces its keys and collects those of all others.
pub struct Joining {
    role: Box<Role>,
    frame: Vec<u8>,
    heard: Heard<Announced>,
}

impl Joining {
    /// Takes part. The record holds the seed of everything that is drawn: it is **secret**, and must be stored before
    /// anything is sent.
    ///
    /// # Errors
    /// [`meter_link::Misuse::UnknownParty`] if the ceremony does not list the participant with its identity;
    /// [`Misuse::WrongShare`] unless a dealer in a resharing brings the share of its number, and nobody else one. The
    /// participant is gone then: what it brought has to be stored elsewhere.
    pub fn begin<R: CryptoRng + ?Sized>(
        ceremony: &Ceremony,
        participant: Participant,
        rng: &mut R,
    ) -> Result<Prepared<Self, CeremonyRecord>, Error> {
        let seed = Secrets::seed(rng);
        let record = CeremonyRecord::new(ceremony, Form::Seed, &seed)?;
        let mut stored = Stored::default();
        stored.fix(Form::Seed, &seed)?;
        Ok(Prepared::new(record, Self::with(ceremony, participant, stored)?))
    }

    /// Goes on after a restart, from the records of the ceremony's log: the same frames come out, to the byte. Everybody's
    /// frames are to be accepted anew.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`] for a damaged record, one of another ceremony, or none with a
    /// seed; as [`Joining::begin`].
    ///
    /// # Security
    /// Who has lost a record counts as colluding: with another seed, or another echo, it would sign a second frame
    /// where one is allowed, and be named for it. It takes part in the next ceremony.
    pub fn resume<'r>(
        ceremony: &Ceremony,
        participant: Participant,
        records: impl IntoIterator<Item = &'r [u8]>,
    ) -> Result<Self, Error> {
        let mut stored = Stored::default();
        records.into_iter().try_for_each(|record| stored.replay(ceremony, record))?;
        Self::with(ceremony, participant, stored)
    }

    fn with(ceremony: &Ceremony, participant: Participant, stored: Stored) -> Result<Self, Error> {
        let Participant { id, identity, share } = participant;
        let (place, party) = ceremony.party(id).ok_or(meter_link::Misuse::UnknownParty)?;
        if party.seat.identity != identity.public() {
            return Err(meter_link::Misuse::UnknownParty.into());
        }
        let dealer = party.dealer.and_then(|place| ceremony.dealers().get(place));
        let dealt = dealer.filter(|_| ceremony.old().is_some());
        let right = match (dealt, &share) {
            (Some((_, number)), Some(share)) => {
                share.number() == *number && ceremony.old_member(*number) == Some(&share.public())
            }
            (None, None) => true,
            _ => false,
        };
        if !right {
            return Err(Misuse::WrongShare.into());
        }
        let seed = Zeroizing::new(*stored.get(Form::Seed).ok_or(meter_link::Malformed::BadRecord)?);
        let secrets = Secrets::new(&seed, &identity, ceremony.id(), id);
        let own = Own::new(&secrets, ceremony.threshold().threshold(), share.as_ref());
        let frame = own.announce(ceremony, party, &secrets, &identity)?;
        let mut heard = Heard::new(ceremony.parties().len());
        view::accept(ceremony, &mut heard, &frame)?;
        let ceremony = ceremony.clone();
        let role = Box::new(Role { ceremony, place, id, identity, secrets, own, stored });
        Ok(Joining { role, frame, heard })
    }

    /// What goes to everybody (kind 48).
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes another party's announcement. The same one again changes nothing.
    ///
    /// # Errors
    /// Bytes that nobody can be held to: [`Error::Malformed`], and [`crate::Fault::Link`] with group, unknown sender or
    /// signature. What the sender has signed, and proves it to anybody: another length than follows from the
    /// threshold, points, scalars or proofs that are none, in a resharing another first commitment than its key;
    /// [`meter_link::Fault::Contradiction`], with [`Joining::announcement`], for a second frame.
    pub fn accept(&mut self, frame: &[u8]) -> Result<(), Error> {
        view::accept(&self.role.ceremony, &mut self.heard, frame).map(|_| ())
    }

    /// Whose announcement is not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        missing(&self.role.ceremony, &self.heard)
    }

    /// A party's announcement as it came.
    pub fn announcement(&self, id: PartyId) -> Option<&[u8]> {
        let (place, _) = self.role.ceremony.party(id)?;
        self.heard.get(place).map(|(kept, _)| kept.frame.as_slice())
    }

    /// All have announced: what comes now is fixed by the record, which is stored before the echo leaves.
    ///
    /// # Errors
    /// [`Error::Quorum`] if some are missing; [`Error::Inconsistent`] if a stored record is of an echo of other
    /// announcements than these.
    pub fn close(mut self) -> Result<Prepared<Echoing, CeremonyRecord>, Box<Refused<Self>>> {
        if let Err(error) = self.heard.complete() {
            return Err(Refused::new(self, error));
        }
        let hashes = view::hashes(&self.heard);
        match self.role.echo(&hashes) {
            Ok((record, frame)) => {
                Ok(Prepared::new(record, Echoing::new(self.role, self.heard, frame, hashes)))
            }
            Err(error) => Err(Refused::new(self, error)),
        }
    }
}

impl Role {
    /// The echo of these announcements, and its record.
    fn echo(&mut self, hashes: &[[u8; 32]]) -> Result<(CeremonyRecord, Vec<u8>), Error> {
        let payload = hashes.as_flattened();
        let record = self.fix(Form::Echo, payload)?;
        Ok((record, self.ceremony.sign(Kind::Echo, self.id, &self.identity, &[payload])?))
    }

    /// The record of what is about to be signed, if nothing else has been.
    pub(super) fn fix(&mut self, form: Form, payload: &[u8]) -> Result<CeremonyRecord, Error> {
        let value = Sha256::digest(payload).into();
        self.stored.fix(form, &value)?;
        CeremonyRecord::new(&self.ceremony, form, &value)
    }
}

/// Parties without a frame.
pub(super) fn missing<T>(ceremony: &Ceremony, heard: &Heard<T>) -> impl Iterator<Item = PartyId> {
    heard.missing().filter_map(|place| Some(ceremony.parties().get(place)?.seat.id))
}

impl fmt::Debug for Joining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joining").field("id", &self.role.id).finish_non_exhaustive()
    }
}
