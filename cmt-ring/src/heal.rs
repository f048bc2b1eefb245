//! Healing: keys of a ring that goes on without members who fell silent, and the frame that says so.
//!
//! Everything is made of what the ring had when it was *formed*, the generation g₀ of the set S₀, and of the healed
//! generation g and its set S alone, never of a healing in between: who missed one takes the next.
//!
//! ```text
//! k₁ of a member      pad(Expand(heal key, "wattsum v1 cmt healed key" ‖ g ‖ S), round from, stream mask)
//! ring link           Expand(link of g₀ and S₀, "wattsum v1 cmt healed link" ‖ g ‖ S)
//! token key           Expand(token key of g₀, "wattsum v1 cmt healed token" ‖ g)
//! ```
//! Heal key and links are those at the ratchet step of the round. docs/healing.md has the whole of it.

use meter_link::frame::Reader;
use meter_link::set::SetView;
use meter_link::{Epoch, Misuse, PairKey};

use crate::error::Error;
use crate::generation::{Generation, expand, set_digest};
use crate::neighbours::Neighbours;
use crate::order::Order;
use crate::seat::Members;

/// Keys of a generation that is healed; `set` is the digest of those who are left.
impl Generation {
    /// `HKDF-Expand(heal key, "wattsum v1 cmt healed key" ‖ g u32 ‖ set 32, 32)`: its pad of the generation's first round,
    /// stream mask, is the member's first key.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn healed_key(self, set: &[u8; 32], heal: &PairKey) -> Result<PairKey, Error> {
        expand(heal, &[b"wattsum v1 cmt healed key", &self.0.to_le_bytes(), set])
    }

    /// `HKDF-Expand(ring link, "wattsum v1 cmt healed link" ‖ g u32 ‖ set 32, 32)`, of the ring link that the two have, or
    /// would have, in the generation that was formed.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn healed_link(self, set: &[u8; 32], link: &PairKey) -> Result<PairKey, Error> {
        expand(link, &[b"wattsum v1 cmt healed link", &self.0.to_le_bytes(), set])
    }

    /// `HKDF-Expand(token key, "wattsum v1 cmt healed token" ‖ g u32, 32)`.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn healed_token_key(self, token: &PairKey) -> Result<PairKey, Error> {
        expand(token, &[b"wattsum v1 cmt healed token", &self.0.to_le_bytes()])
    }

    /// `HKDF-Expand(heal key of concentrator and supplier, "wattsum v1 cmt healed seal" ‖ g u32, 32)`: seals one frame.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn healed_seal_key(self, heal: &PairKey) -> Result<PairKey, Error> {
        expand(heal, &[b"wattsum v1 cmt healed seal", &self.0.to_le_bytes()])
    }
}

/// Who was in the ring when it was formed, and who is left: what a Heal frame says behind its generation.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    formed: SetView<'a>,
    left: SetView<'a>,
}

impl<'a> Left<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>, meters: u32) -> Result<Self, Error> {
        Ok(Left { formed: SetView::read(reader, meters)?, left: SetView::read(reader, meters)? })
    }

    /// Digest of those who formed it.
    pub(crate) fn root(&self, epoch: &Epoch) -> [u8; 32] {
        set_digest(epoch, self.formed.count(), self.formed.positions())
    }

    pub(crate) fn members(&self, epoch: &Epoch) -> Members {
        let count = self.left.count();
        Members { count, digest: set_digest(epoch, count, self.left.positions()) }
    }

    /// Whether nobody is left who was not there.
    pub(crate) fn is_smaller(&self) -> bool {
        self.left.is_subset_of(&self.formed)
    }

    pub(crate) fn has(&self, position: u32) -> bool {
        self.left.contains(position)
    }

    /// The order of the ring when it was formed. Those who are left keep it.
    pub(crate) fn order(&self, epoch: &Epoch, root: Generation) -> Order {
        Order::new(epoch, root, self.formed.count())
    }

    /// The concentrator's position.
    pub(crate) fn concentrator(&self, order: &Order) -> Result<u32, Error> {
        self.at(order, 0)
    }

    /// The neighbours of a member who is left, over the places of those who are not.
    pub(crate) fn neighbours(&self, order: &Order, me: u32, second: bool) -> Result<Neighbours, Error> {
        let rank = self.formed.positions().take_while(|position| *position < me).count();
        let place = order.place(u32::try_from(rank).map_err(|_| Misuse::BadParameter)?)?;
        let count = self.formed.count();
        let forward = |place: u32| if place.wrapping_add(1) < count { place.wrapping_add(1) } else { 0 };
        let back = |place: u32| place.checked_sub(1).unwrap_or(count.wrapping_sub(1));
        let (before, after) = (self.walk(order, place, back)?, self.walk(order, place, forward)?);
        let apart = || {
            let [before, after] = [self.walk(order, before, back)?, self.walk(order, after, forward)?];
            Ok::<_, Error>((self.at(order, before)?, self.at(order, after)?))
        };
        Ok(Neighbours {
            predecessor: self.at(order, before)?,
            successor: self.at(order, after)?,
            second: if second { Some(apart()?) } else { None },
        })
    }

    /// The next place, in one direction, of somebody who is left.
    fn walk(&self, order: &Order, place: u32, step: impl Fn(u32) -> u32) -> Result<u32, Error> {
        let mut place = place;
        for _ in 0..self.formed.count() {
            place = step(place);
            if self.has(self.at(order, place)?) {
                return Ok(place);
            }
        }
        Err(Misuse::EmptyGroup.into())
    }

    /// Who sat at a place when the ring was formed.
    fn at(&self, order: &Order, place: u32) -> Result<u32, Error> {
        let rank = order.rank(place)? as usize;
        self.formed.positions().nth(rank).ok_or_else(|| Misuse::BadParameter.into())
    }
}
