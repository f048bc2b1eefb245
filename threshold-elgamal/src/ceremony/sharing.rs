//! Third step: dealers send shares, members check theirs and complain.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::scalar::Scalar;
use meter_link::{Kind, PartyId, Prepared};
use zeroize::Zeroizing;

use super::complaint::{Complainer, common};
use super::confirming::Confirming;
use super::evidence::Verdict;
use super::frames::{Heard, Opened};
use super::joining::Role;
use super::record::CeremonyRecord;
use super::view::Agreed;
use super::{Refused, sealing};
use crate::error::{Error, Fault};
use crate::keys::{KeySet, SecretShare};

/// What a dealer's frame held for this participant.
pub(super) enum Taken {
    /// A dealer that is no member.
    Nothing,
    Share(Zeroizing<Scalar>),
    /// A share that is wrong, and the complaint about it.
    Wrong(Vec<u8>),
}

/// A participant that deals its shares, if it is a dealer, and collects its own, if it is a member.
pub struct Sharing {
    role: Box<Role>,
    agreed: Agreed,
    frame: Option<Vec<u8>>,
    heard: Heard<Taken>,
}

impl Sharing {
    pub(super) fn new(role: Box<Role>, agreed: Agreed) -> Result<Self, (Error, Box<Role>, Agreed)> {
        let party = agreed.ceremony().parties().get(role.place);
        let frame = match party.and_then(|party| party.dealer) {
            Some(_) => match sealing::seal(&agreed, role.id, &role.own, &role.identity) {
                Ok(frame) => Some(frame),
                Err(error) => return Err((error, role, agreed)),
            },
            None => None,
        };
        let heard = Heard::new(agreed.ceremony().dealers().len());
        let mut sharing = Sharing { role, agreed, frame: None, heard };
        if let Some(frame) = frame {
            if let Err(error) = sharing.accept(&frame) {
                return Err((error, sharing.role, sharing.agreed));
            }
            sharing.frame = Some(frame);
        }
        Ok(sharing)
    }

    /// What goes to everybody (kind 50), of dealers.
    pub fn frame(&self) -> Option<&[u8]> {
        self.frame.as_deref()
    }

    /// What all have agreed on so far: it judges complaints.
    pub fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    /// Takes a dealer's shares. If the own one is wrong, there is a complaint then.
    ///
    /// # Errors
    /// As [`Joining::accept`](super::Joining::accept); [`meter_link::Fault::NotExpected`] for who is no dealer;
    /// [`Fault::WrongView`] for shares of other commitments than the dealer's own echo names.
    pub fn accept(&mut self, frame: &[u8]) -> Result<(), Error> {
        let opened = self.role.ceremony.open(Kind::SealedShares, frame)?;
        let dealer = opened.dealer()?;
        if self.heard.is_new(dealer, opened.sender, frame)? {
            sealing::check(&self.agreed, &opened)?;
            let taken = self.take(&opened, dealer, frame)?;
            self.heard.put(dealer, frame, taken);
        }
        Ok(())
    }

    fn take(&self, opened: &Opened<'_, '_>, dealer: usize, frame: &[u8]) -> Result<Taken, Error> {
        let Role { ceremony, place, id, identity, secrets, own, .. } = &*self.role;
        let Some(number) = ceremony.parties().get(*place).and_then(|party| party.member) else {
            return Ok(Taken::Nothing);
        };
        let dealing = &self.agreed.dealt(dealer).ok_or(Error::Inconsistent)?.key;
        let common = common(&own.receiving, dealing);
        match sealing::open(&self.agreed, opened, dealer, number, &common) {
            Ok(share) => Ok(Taken::Share(share)),
            Err(Error::Fault { fault: Fault::BadShare, .. }) => {
                let complainer = Complainer { id: *id, identity, secrets, receiving: &own.receiving };
                let complaint = complainer.complain(&self.agreed, opened.sender, dealing, frame)?;
                Ok(Taken::Wrong(complaint))
            }
            Err(error) => Err(error),
        }
    }

    /// Which dealers' shares are not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        let ceremony = self.agreed.ceremony();
        let id = |place: usize| Some(ceremony.parties().get(ceremony.dealers().get(place)?.0)?.seat.id);
        self.heard.missing().filter_map(id)
    }

    /// Complaints that go to everybody (kind 51). With one of them the ceremony is over.
    pub fn complaints(&self) -> impl Iterator<Item = &[u8]> {
        self.heard.iter().filter_map(|(_, (_, taken))| match taken {
            Taken::Wrong(complaint) => Some(complaint.as_slice()),
            _ => None,
        })
    }

    /// A dealer's frame as it came.
    pub fn shares(&self, dealer: PartyId) -> Option<&[u8]> {
        let (_, party) = self.agreed.ceremony().party(dealer)?;
        self.heard.get(party.dealer?).map(|(kept, _)| kept.frame.as_slice())
    }

    /// Who is wrong in a complaint: [`Agreed::judge`].
    ///
    /// # Errors
    /// As there.
    pub fn judge(&self, complaint: &[u8]) -> Result<Verdict, Error> {
        self.agreed.judge(complaint)
    }

    /// All shares are there and right: the new keys, which count once all members have confirmed them. The record is
    /// stored before the confirmation leaves.
    ///
    /// # Errors
    /// [`Error::Quorum`] if shares are missing; [`Fault::BadShare`] naming a dealer if there is a complaint;
    /// [`Error::Inconsistent`] as [`Agreed::keys`], and if a stored record is of another confirmation.
    pub fn close(mut self) -> Result<Prepared<Confirming, CeremonyRecord>, Box<Refused<Self>>> {
        let (keys, share) = match self.sum() {
            Ok(sum) => sum,
            Err(error) => return Err(Refused::new(self, error)),
        };
        match Confirming::signed(&mut self.role, &self.agreed, &self.heard, &keys) {
            Ok((record, claim)) => {
                let Sharing { role, agreed, heard, .. } = self;
                Ok(Prepared::new(record, Confirming::new(role, agreed, heard, keys, share, claim)))
            }
            Err(error) => Err(Refused::new(self, error)),
        }
    }

    /// The key set, and s'_j = Σ_i λ_i·f_i(j) of a member.
    fn sum(&self) -> Result<(KeySet, Option<SecretShare>), Error> {
        self.heard.complete()?;
        let keys = self.agreed.keys()?;
        let party = self.agreed.ceremony().parties().get(self.role.place).ok_or(Error::Inconsistent)?;
        let mut sum = Zeroizing::new(Scalar::ZERO);
        for ((dealer, (_, taken)), weight) in self.heard.iter().zip(self.agreed.weights()) {
            match taken {
                Taken::Share(share) => {
                    let term = Zeroizing::new(**share * weight);
                    *sum += &*term;
                }
                Taken::Nothing => {}
                Taken::Wrong(_) => {
                    let party = self.agreed.ceremony().dealers().get(dealer);
                    let party = party.and_then(|(at, _)| self.agreed.ceremony().parties().get(*at));
                    return Err(party.map_or(Error::Inconsistent, |p| Fault::BadShare.of(p.seat.id)));
                }
            }
        }
        let share = party.member.map(|number| SecretShare::new(number, *sum));
        match &share {
            Some(share) if keys.member(share.number()) != Some(&share.public()) => Err(Error::Inconsistent),
            _ => Ok((keys, share)),
        }
    }
}

impl fmt::Debug for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharing").field("id", &self.role.id).finish_non_exhaustive()
    }
}
