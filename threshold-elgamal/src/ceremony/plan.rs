//! What a ceremony is about: one description that every party must have, to the byte.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::Threshold;
use meter_link::{Context, GroupId, IdentityKey, PartyId};
use sha2::{Digest, Sha256};

use crate::error::{Error, Misuse};
use crate::keys::KeySet;
use crate::params::Params;

/// Who takes part: id and certified identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Unique over all roles of the deployment.
    pub id: PartyId,
    /// Checks what it signs.
    pub identity: IdentityKey,
}

/// Who deals its share of the old keys anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dealer {
    /// Its number in the old key set.
    pub number: u8,
    /// Who.
    pub seat: Seat,
}

/// A party, what it is in the new committee, and which of the dealers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) seat: Seat,
    /// Its number in the new key set.
    pub(super) member: Option<u8>,
    /// Its place in the list of dealers.
    pub(super) dealer: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
struct Plan {
    group: GroupId,
    threshold: Threshold,
    /// New members by number, then dealers who are no members.
    parties: Vec<Party>,
    /// The party at each dealer's place, and its number in the old set (in a generation, the new).
    dealers: Vec<(usize, u8)>,
    old: Option<KeySet>,
    bytes: Vec<u8>,
    id: Context,
}

/// One ceremony: who makes which keys, for which session. Public; cheap to clone.
///
/// # Security
/// Every participant makes this itself, from lists that it trusts as it trusts the roster: who chooses the members
/// chooses who can open. A number is used once in a session: a ceremony that has failed is not held again, but a new
/// one under the next number. What differs anywhere has another id, and nothing of one ceremony holds in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony(Arc<Plan>);

impl Ceremony {
    /// Fresh keys for a group, threshold and n members as the parameters say. A member's number is its place, from 1.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadThreshold`] unless there are n members; [`meter_link::Misuse::BadParameter`] for id 0, and for
    /// an id or identity that stands there twice.
    pub fn generate(params: &Params, number: u32, members: &[Seat]) -> Result<Self, Error> {
        Self::new(params, number, members, None)
    }

    /// The old group key for a new committee: members, n and t may all differ. `dealers` are t or more of the old
    /// committee, ascending by number; all of them have to take part to the end. Who is to be removed is not among
    /// the new members.
    ///
    /// # Errors
    /// As [`Ceremony::generate`]; [`Error::Quorum`] with fewer dealers than the old threshold;
    /// [`meter_link::Misuse::BadQuorum`] unless their numbers ascend strictly within the old 1 … n.
    ///
    /// # Security
    /// Old shares go on opening until they are wiped: t of them, kept or stolen, are the old committee. A dealer wipes its own once enough new
    /// members have theirs (docs/keys.md, section 2).
    pub fn reshare(
        params: &Params,
        number: u32,
        members: &[Seat],
        old: &KeySet,
        dealers: &[Dealer],
    ) -> Result<Self, Error> {
        let (have, need) = (dealers.len(), old.threshold().threshold());
        if have < need.into() {
            return Err(Error::Quorum { have: u32::try_from(have).unwrap_or(u32::MAX), need: need.into() });
        }
        let ascending = dealers.iter().zip(dealers.iter().skip(1)).all(|(a, b)| a.number < b.number);
        if !ascending || dealers.iter().any(|dealer| old.member(dealer.number).is_none()) {
            return Err(meter_link::Misuse::BadQuorum.into());
        }
        Self::new(params, number, members, Some((old, dealers)))
    }

    /// New shares of the same key for the same committee; old and new ones do not combine.
    ///
    /// # Errors
    /// As [`Ceremony::reshare`]; [`Misuse::WrongKeySet`] if the old set has another n or t.
    pub fn refresh(params: &Params, number: u32, members: &[Seat], old: &KeySet) -> Result<Self, Error> {
        if old.threshold() != params.threshold() {
            return Err(Misuse::WrongKeySet.into());
        }
        let dealers: Vec<Dealer> =
            (1..=u8::MAX).zip(members).map(|(number, seat)| Dealer { number, seat: *seat }).collect();
        Self::reshare(params, number, members, old, &dealers)
    }

    fn new(
        params: &Params,
        number: u32,
        members: &[Seat],
        old: Option<(&KeySet, &[Dealer])>,
    ) -> Result<Self, Error> {
        let threshold = params.threshold();
        if members.len() != usize::from(threshold.answerers()) {
            return Err(meter_link::Misuse::BadThreshold.into());
        }
        let numbered = (1..=u8::MAX).zip(members);
        let mut parties: Vec<Party> =
            numbered.map(|(n, seat)| Party { seat: *seat, member: Some(n), dealer: None }).collect();
        let mut dealers = Vec::new();
        for (place, dealer) in old.map_or(&[][..], |(_, dealers)| dealers).iter().enumerate() {
            let known = parties.iter_mut().enumerate().find(|(_, party)| party.seat == dealer.seat);
            let at = match known {
                Some((at, party)) => {
                    if party.dealer.replace(place).is_some() {
                        return Err(meter_link::Misuse::BadParameter.into());
                    }
                    at
                }
                None => {
                    parties.push(Party { seat: dealer.seat, member: None, dealer: Some(place) });
                    parties.len().saturating_sub(1)
                }
            };
            dealers.push((at, dealer.number));
        }
        if old.is_none() {
            parties.iter_mut().enumerate().for_each(|(place, party)| party.dealer = Some(place));
            dealers = (0..parties.len()).zip(1..=u8::MAX).collect();
        }
        distinct(&parties)?;
        let bytes = bytes(params, number, members, old);
        let id = Sha256::new().chain_update(b"wattsum v1 elgamal ceremony").chain_update(&bytes).finalize();
        let (group, id) = (params.group().group, Context(id.into()));
        let old = old.map(|(keys, _)| keys.clone());
        Ok(Ceremony(Arc::new(Plan { group, threshold, parties, dealers, old, bytes, id })))
    }

    /// What every signature, key and proof of the ceremony depends on:
    /// `SHA-256("wattsum v1 elgamal ceremony" ‖ bytes)`.
    pub fn id(&self) -> &Context {
        &self.0.id
    }

    /// `purpose u8 ‖ session 32 ‖ group u32 ‖ number u32 ‖ n u8 ‖ t u8 ‖ f u8 ‖ (id u32 ‖ identity 32) of each member`, and
    /// when resharing `hash of the old key set 32 ‖ count u8 ‖ (number u8 ‖ id u32 ‖ identity 32) of each dealer`.
    /// Purpose 0: generation, 1: resharing.
    pub fn to_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// n and t of the new key set.
    pub fn threshold(&self) -> Threshold {
        self.0.threshold
    }

    /// The keys that are dealt anew.
    pub fn old(&self) -> Option<&KeySet> {
        self.0.old.as_ref()
    }

    /// Everybody who takes part: the new members by number, then dealers who are none.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.0.parties.iter().map(|party| &party.seat)
    }

    pub(super) fn group(&self) -> GroupId {
        self.0.group
    }

    pub(super) fn parties(&self) -> &[Party] {
        &self.0.parties
    }

    /// Places of the dealers among the parties, with their numbers.
    pub(super) fn dealers(&self) -> &[(usize, u8)] {
        &self.0.dealers
    }

    /// The party with this id, and its place.
    pub(super) fn party(&self, id: PartyId) -> Option<(usize, &Party)> {
        self.0.parties.iter().enumerate().find(|(_, party)| party.seat.id == id)
    }

    /// Y_i that the dealer with this number deals anew.
    pub(super) fn old_member(&self, number: u8) -> Option<&[u8; 32]> {
        self.0.old.as_ref()?.member(number)
    }
}

fn distinct(parties: &[Party]) -> Result<(), Error> {
    let mut ids: Vec<PartyId> = parties.iter().map(|party| party.seat.id).collect();
    let mut keys: Vec<[u8; 32]> = parties.iter().map(|party| party.seat.identity.0).collect();
    ids.sort_unstable();
    keys.sort_unstable();
    let twice = ids.iter().zip(ids.iter().skip(1)).any(|(a, b)| a == b)
        || keys.iter().zip(keys.iter().skip(1)).any(|(a, b)| a == b);
    if twice || ids.first() == Some(&PartyId::UTILITY) {
        return Err(meter_link::Misuse::BadParameter.into());
    }
    Ok(())
}

fn bytes(params: &Params, number: u32, members: &[Seat], old: Option<(&KeySet, &[Dealer])>) -> Vec<u8> {
    let mut out = alloc::vec![u8::from(old.is_some())];
    let seat = |out: &mut Vec<u8>, seat: &Seat| {
        out.extend(seat.id.0.to_le_bytes());
        out.extend(seat.identity.0);
    };
    out.extend(params.session().0);
    out.extend(params.group().group.0.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(params.threshold().to_bytes());
    members.iter().for_each(|member| seat(&mut out, member));
    if let Some((keys, dealers)) = old {
        out.extend(keys.group_key().key_set());
        out.extend(u8::try_from(dealers.len())); // at most 255, as their numbers ascend
        for dealer in dealers {
            out.push(dealer.number);
            seat(&mut out, &dealer.seat);
        }
    }
    out
}
