//! Last step: keys count when all new members have confirmed the same.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use meter_link::{Identity, Kind, PartyId};

use super::Refused;
use super::evidence::{Dispute, Verdict, disputes};
use super::frames::Heard;
use super::joining::{Role, missing};
use super::record::{CeremonyRecord, Form};
use super::sharing::Taken;
use super::view::{Agreed, hashes};
use crate::error::{Error, Fault};
use crate::keys::{KeySet, SecretShare};

/// What a ceremony ends in.
#[derive(Debug)]
pub struct Outcome {
    /// The new keys.
    pub keys: KeySet,
    /// The own share, of members.
    pub share: Option<SecretShare>,
    /// The participant's identity, back.
    pub identity: Identity,
}

/// A participant that has all its shares and waits for all members to say the same.
pub struct Confirming {
    role: Box<Role>,
    agreed: Agreed,
    shares: Heard<Taken>,
    keys: KeySet,
    share: Option<SecretShare>,
    claim: Claim,
    heard: Heard<Vec<[u8; 32]>>,
}

/// What this participant has signed, or if it is no member, expects to be.
pub(super) struct Claim {
    frame: Option<Vec<u8>>,
    head: [[u8; 32]; 2],
    hashes: Vec<[u8; 32]>,
}

impl Confirming {
    /// The confirmation and its record: `view digest 32 ‖ key set hash 32 ‖ SHA-256 of each dealer's frame of shares`.
    pub(super) fn signed(
        role: &mut Role,
        agreed: &Agreed,
        shares: &Heard<Taken>,
        keys: &KeySet,
    ) -> Result<(CeremonyRecord, Claim), Error> {
        let (head, hashes) = ([*agreed.digest(), *keys.group_key().key_set()], hashes(shares));
        let payload = [head.as_flattened(), hashes.as_flattened()].concat();
        let record = role.fix(Form::Confirmation, &payload)?;
        let member = agreed.ceremony().parties().get(role.place).and_then(|party| party.member);
        let frame = match member {
            Some(_) => {
                Some(agreed.ceremony().sign(Kind::Confirmation, role.id, &role.identity, &[&payload])?)
            }
            None => None,
        };
        Ok((record, Claim { frame, head, hashes }))
    }

    pub(super) fn new(
        role: Box<Role>,
        agreed: Agreed,
        shares: Heard<Taken>,
        keys: KeySet,
        share: Option<SecretShare>,
        claim: Claim,
    ) -> Self {
        let mut heard = Heard::new(agreed.ceremony().threshold().answerers().into());
        if let Some(frame) = &claim.frame {
            heard.put(role.place, frame, claim.hashes.clone()); // members stand first among the parties
        }
        Confirming { role, agreed, shares, keys, share, claim, heard }
    }

    /// What goes to everybody (kind 52), of members.
    pub fn frame(&self) -> Option<&[u8]> {
        self.claim.frame.as_deref()
    }

    /// What all have agreed on: it judges complaints.
    pub fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    /// Takes a member's confirmation, whether or not it has seen the same shares: see [`Confirming::disputes`].
    ///
    /// # Errors
    /// As [`Joining::accept`](super::Joining::accept); [`meter_link::Fault::NotExpected`] for who is no member;
    /// [`Fault::WrongConfirmation`] for other commitments than its echo names, or keys that do not follow from them;
    /// [`Fault::WrongEcho`] for other shares of its sender's own than that has dealt: the two prove it to anybody.
    pub fn accept(&mut self, frame: &[u8]) -> Result<(), Error> {
        let opened = self.agreed.ceremony().open(Kind::Confirmation, frame)?;
        opened.member()?;
        let (place, sender, dealer) = (opened.place, opened.sender, opened.party.dealer);
        if self.heard.is_new(place, sender, frame)? {
            let dealers = self.claim.hashes.as_flattened().len();
            opened.has(dealers.saturating_add(64))?;
            let mut reader = opened.payload;
            if [*reader.array()?, *reader.array()?] != self.claim.head {
                return Err(Fault::WrongConfirmation.of(sender));
            }
            let hashes = reader.rest().as_chunks::<32>().0.to_vec();
            if dealer.is_some_and(|dealer| hashes.get(dealer) != self.claim.hashes.get(dealer)) {
                return Err(Fault::WrongEcho.of(sender));
            }
            self.heard.put(place, frame, hashes);
        }
        Ok(())
    }

    /// Whose confirmation is not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        missing(self.agreed.ceremony(), &self.heard)
    }

    /// Which confirmations name other frames of shares than this participant has, and whose.
    pub fn disputes(&self) -> impl Iterator<Item = Dispute> {
        let ceremony = self.agreed.ceremony();
        self.heard.iter().flat_map(move |(place, (_, claims))| {
            let claimant = ceremony.parties().get(place).map_or(PartyId::UTILITY, |party| party.seat.id);
            let party = |dealer: usize| Some(ceremony.dealers().get(dealer)?.0);
            disputes(ceremony, Kind::SealedShares, &self.shares, party, claimant, claims)
        })
    }

    /// A dealer's frame as it came: what a dispute about it is settled with.
    pub fn shares(&self, dealer: PartyId) -> Option<&[u8]> {
        let (_, party) = self.agreed.ceremony().party(dealer)?;
        self.shares.get(party.dealer?).map(|(kept, _)| kept.frame.as_slice())
    }

    /// Who is wrong in a complaint: [`Agreed::judge`]. A participant that has all its shares may still hear of others.
    ///
    /// # Errors
    /// As there.
    pub fn judge(&self, complaint: &[u8]) -> Result<Verdict, Error> {
        self.agreed.judge(complaint)
    }

    /// All members have confirmed the same: the keys, and the own share of them. Store the share, then wipe the
    /// ceremony's log, and the old share once enough new members have theirs (docs/keys.md, section 2).
    ///
    /// # Errors
    /// [`Error::Quorum`] if some are missing; [`Error::Inconsistent`] if there are disputes.
    pub fn finish(self) -> Result<Outcome, Box<Refused<Self>>> {
        if let Err(error) = self.heard.complete() {
            return Err(Refused::new(self, error));
        }
        if self.heard.iter().any(|(_, (_, hashes))| *hashes != self.claim.hashes) {
            return Err(Refused::new(self, Error::Inconsistent));
        }
        let Confirming { role, keys, share, .. } = self;
        let Role { identity, .. } = *role;
        Ok(Outcome { keys, share, identity })
    }
}

impl fmt::Debug for Confirming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirming").field("id", &self.role.id).finish_non_exhaustive()
    }
}
