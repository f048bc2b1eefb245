//! Who sits where: the order of the ring. For a given set and generation nobody chooses it; who chooses the set
//! does (docs/protocol.md, section 6).
//!
//! The members of a generation, ascending by roster position, have ranks 0 … n−1. The member of rank r sits
//! at place `shuffled(r)`, and δ goes from each place to the next and from the last to place 0, which is the
//! concentrator's. The shuffle is swap-or-not (Hoang, Morris, Rogaway, "An enciphering scheme based on a card
//! shuffle", 2012), bit-compatible with the Ethereum consensus specification's `compute_shuffled_index`:
//! a meter computes its own place and its neighbours without holding the list.

use meter_link::key::Peer;
use meter_link::roster::Member;
use meter_link::{Epoch, EpochView, Misuse, PartyId, Role};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::generation::Generation;
use crate::neighbours::Neighbours;

/// A meter as the roster lists it. The entry must have been checked against the pinned root, with
/// [`Inclusion`](meter_link::roster::Inclusion) (leaf 1 + `position`) or by holding the whole roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Index among the meters, which ascend by id.
    pub position: u32,
    /// Id and link key.
    pub peer: Peer,
}

/// A meter as the roster lists it, with its identity: for frames that it signed. Checked as [`Listed`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Index among the meters, which ascend by id.
    pub position: u32,
    /// The whole entry.
    pub member: Member,
}

impl Entry {
    /// The entry without its identity.
    pub fn listed(&self) -> Listed {
        Listed { position: self.position, peer: self.member.peer() }
    }

    /// That it is the entry of a frame's sender, and a meter's.
    pub(crate) fn check(&self, view: &EpochView, sender: PartyId) -> Result<(), Error> {
        let Entry { position, member } = self;
        let own = member.id == sender && member.role == Role::Meter && *position < view.meters();
        if own { Ok(()) } else { Err(Misuse::UnknownParty.into()) }
    }
}

/// The order of one generation's ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    seed: [u8; 32],
    count: u32,
}

const SHUFFLE_ROUNDS: u8 = 90;

impl Order {
    /// Of a ring of `count` members, under
    /// `SHA-256("wattsum v1 cmt order" ‖ session ‖ generation u32 ‖ beacon)`.
    pub fn new(epoch: &Epoch, generation: Generation, count: u32) -> Self {
        let hash = Sha256::new().chain_update(b"wattsum v1 cmt order").chain_update(epoch.session.0);
        let hash = hash.chain_update(generation.0.to_le_bytes()).chain_update(epoch.beacon);
        Order { seed: hash.finalize().into(), count }
    }

    /// The members of a generation in the order of its ring, the concentrator first. They come ascending by
    /// roster position.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for 2^32 members.
    #[cfg(feature = "alloc")]
    pub fn arrange<T: Copy>(
        epoch: &Epoch,
        generation: Generation,
        members: &[T],
    ) -> Result<alloc::vec::Vec<T>, Error> {
        let count = u32::try_from(members.len()).map_err(|_| Misuse::BadParameter)?;
        let order = Order::new(epoch, generation, count);
        let at = |place| Ok(*members.get(order.rank(place)? as usize).ok_or(Misuse::BadParameter)?);
        (0..count).map(at).collect()
    }

    /// Under a given seed.
    pub const fn from_seed(seed: [u8; 32], count: u32) -> Self {
        Order { seed, count }
    }

    /// Where the member of a rank sits.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] unless the rank is below the count.
    pub fn place(&self, rank: u32) -> Result<u32, Error> {
        (0..SHUFFLE_ROUNDS).try_fold(rank, |index, round| self.swap_or_not(index, round))
    }

    /// The rank of the member at a place.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] unless the place is below the count.
    pub fn rank(&self, place: u32) -> Result<u32, Error> {
        (0..SHUFFLE_ROUNDS).rev().try_fold(place, |index, round| self.swap_or_not(index, round))
    }

    /// Ranks before and after the member of this rank, around the ring.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] unless the rank is below the count.
    pub fn around(&self, rank: u32) -> Result<(u32, u32), Error> {
        let place = self.place(rank)?;
        let last = self.count.wrapping_sub(1);
        let before = place.checked_sub(1).unwrap_or(last);
        let after = if place == last { 0 } else { place.wrapping_add(1) };
        Ok((self.rank(before)?, self.rank(after)?))
    }

    /// Ranks of the neighbours of the member of this rank, those of the second ring included if there is one.
    pub(crate) fn neighbours(&self, rank: u32, second: bool) -> Result<Neighbours, Error> {
        let (predecessor, successor) = self.around(rank)?;
        let apart = || Ok::<_, Error>((self.around(predecessor)?.0, self.around(successor)?.1));
        Ok(Neighbours { predecessor, successor, second: if second { Some(apart()?) } else { None } })
    }

    /// One round, which is its own inverse.
    fn swap_or_not(&self, index: u32, round: u8) -> Result<u32, Error> {
        if index >= self.count {
            return Err(Misuse::BadParameter.into());
        }
        let count = u64::from(self.count); // not 0: the index is below it
        let hash = Sha256::new().chain_update(self.seed).chain_update([round]);
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.clone().finalize());
        let pivot = u64::from_le_bytes([a, b, c, d, e, f, g, h]).checked_rem(count).unwrap_or_default();
        let flip = pivot.wrapping_add(count).wrapping_sub(index.into()).checked_rem(count);
        let flip = u32::try_from(flip.unwrap_or_default()).unwrap_or_default();
        let position = index.max(flip);
        let source: [u8; 32] = hash.chain_update((position / 256).to_le_bytes()).finalize().into();
        let byte = source.get((position % 256 / 8) as usize).copied().unwrap_or_default();
        Ok(if (byte >> (position % 8)) & 1 == 1 { flip } else { index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn the_ring_is_one_cycle_through_everybody() {
        for count in [1u32, 2, 5, 24, 257] {
            let order = Order::from_seed([9; 32], count);
            let mut seen = vec![false; count as usize];
            let start = order.rank(0).unwrap();
            let mut at = start;
            for _ in 0..count {
                assert!(!core::mem::replace(&mut seen[at as usize], true));
                let (_, after) = order.around(at).unwrap();
                assert_eq!(order.around(after).unwrap().0, at);
                at = after;
            }
            assert_eq!(at, start);
            assert!(order.place(count).is_err() && order.rank(count).is_err());
        }
    }

    #[test]
    fn generations_shuffle_anew() {
        let epoch = Epoch {
            session: meter_link::Session([1; 32]),
            epoch: 0,
            first_round: 0.into(),
            last_round: 1.into(),
            roster_root: [0; 32],
            answerers_root: [0; 32],
            beacon: [2; 32],
        };
        let ring =
            |g| (0..24).map(|p| Order::new(&epoch, Generation(g), 24).rank(p).unwrap()).collect::<Vec<_>>();
        assert_ne!(ring(1), ring(2));
        assert_eq!(ring(1), ring(1));
    }
}
