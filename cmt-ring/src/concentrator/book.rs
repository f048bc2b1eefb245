//! What the concentrator keeps of its ring.

mod sets;
mod state;

use alloc::vec::Vec;
use core::fmt;

use meter_link::{PairKey, PartyId};

pub(super) use self::sets::Sets;
use crate::error::{Error, Fault};
use crate::generation::Generation;
use crate::lost::Lost;
use crate::order::{Listed, Order};
use crate::params::Mode;

/// Who the members of a ring are, which token each has, and the concentrator's keys with them. It lives as long as the
/// ring, through all its healings.
///
/// # Security
/// Secret, as all that the concentrator knows: tokens link ciphertexts to meters, and heal keys give first keys.
pub struct Book {
    /// As which the ring was formed.
    pub(super) root: Generation,
    /// As which it is now.
    pub(super) generation: Generation,
    pub(super) mode: Mode,
    pub(super) order: Order,
    /// Name of the concentrator's own token.
    pub(super) own: PartyId,
    pub(super) supplier: PairKey,
    /// One bool a position: who formed the ring, and who is left.
    pub(super) formed: Vec<bool>,
    pub(super) left: Vec<bool>,
    /// The same, and who was left after each healing.
    pub(super) sets: Sets,
    /// All but the concentrator, ascending; those who were cut without their keys.
    pub(super) members: Vec<Named>,
    /// Ratchet step of the heal keys.
    pub(super) step: u32,
}

/// A member with its token.
pub(super) struct Named {
    pub(super) listed: Listed,
    /// First four bytes of the token.
    pub(super) name: PartyId,
    pub(super) tag_key: PairKey,
    pub(super) heal_key: PairKey,
}

impl Named {
    /// Its keys are of no more use.
    pub(super) fn wipe(&mut self) {
        let none = || PairKey::from_bytes(&[0; 32]);
        (self.tag_key, self.heal_key) = (none(), none());
    }
}

/// Whether somebody is in a set of one bool a position.
pub(super) fn here(set: &[bool], listed: &Listed) -> bool {
    set.get(listed.position as usize).copied().unwrap_or_default()
}

impl Book {
    pub(super) fn new(
        generation: Generation,
        mode: Mode,
        order: Order,
        (own, supplier): (PartyId, PairKey),
        formed: Vec<bool>,
        members: Vec<Named>,
    ) -> Result<Self, Error> {
        let (left, sets) = (formed.clone(), Sets::default().with(&formed)?);
        let (root, step) = (generation, 0);
        Ok(Book { root, generation, mode, order, own, supplier, formed, left, sets, members, step })
    }

    /// The generation that the ring is now.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Who is left but the concentrator, ascending.
    pub fn members(&self) -> impl Iterator<Item = Listed> {
        self.members.iter().map(|member| member.listed).filter(|listed| here(&self.left, listed))
    }

    /// The member that has a token, by the first four bytes of it.
    pub fn named(&self, name: PartyId) -> Option<Listed> {
        let named = self.members.iter().find(|member| member.name == name);
        named.map(|member| member.listed).filter(|listed| here(&self.left, listed))
    }

    /// Whom a round was lost for, as far as the supplier's notice tells: with derived δ everybody it names, with drawn δ
    /// the first of them around the ring, since nobody behind that one had a δ to go on with. Never this meter itself.
    ///
    /// # Errors
    /// [`Fault`] blaming the supplier: another generation, names that are no member's.
    pub fn silent(&self, lost: &Lost<'_>) -> Result<Vec<Listed>, Error> {
        if lost.generation() != self.generation {
            return Err(Fault::WrongGeneration.of(PartyId::UTILITY));
        }
        let wrong = Fault::WrongMembers.of(PartyId::UTILITY);
        let others = lost.names().filter(|name| *name != self.own);
        let mut silent = others.map(|name| self.named(name).ok_or(wrong)).collect::<Result<Vec<_>, _>>()?;
        silent.sort_unstable_by_key(|member| member.position);
        if self.mode == Mode::Derived {
            return Ok(silent);
        }
        let placed = silent.into_iter().map(|member| Ok((self.place(&member)?, member)));
        let placed = placed.collect::<Result<Vec<_>, Error>>()?;
        Ok(placed.into_iter().min_by_key(|(place, _)| *place).map(|(_, member)| member).into_iter().collect())
    }

    /// A member that is left, and the key of tags with it.
    pub(super) fn tag_key(&self, position: u32) -> Option<(PartyId, &PairKey)> {
        let member = self.members.iter().find(|member| member.listed.position == position)?;
        here(&self.left, &member.listed).then_some((member.listed.peer.id, &member.tag_key))
    }

    /// Where a member sat when the ring was formed.
    fn place(&self, member: &Listed) -> Result<u32, Error> {
        let before = self.formed.iter().take(member.position as usize).filter(|formed| **formed).count();
        self.order.place(u32::try_from(before).map_err(|_| meter_link::Misuse::BadParameter)?)
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Book");
        out.field("generation", &self.generation)
            .field("members", &self.members().count())
            .finish_non_exhaustive()
    }
}
