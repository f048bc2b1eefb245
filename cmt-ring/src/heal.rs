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
use meter_link::{Epoch, EpochView, Malformed, Misuse, PairKey};

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

/// Who was in the ring when it was formed, and who is left: the sets that a Heal frame says behind its generation.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    formed: SetView<'a>,
    left: SetView<'a>,
    /// Whether each set is smaller than the one before, and the receiver's present one is among them but not the last.
    shrinks: bool,
}

/// Places that are looked at one by one before all who are left are: most often the next one is not empty.
const WALK: u32 = 64;

impl<'a> Left<'a> {
    /// Reads `n u8 ‖ n sets`, of which the first formed the ring and each is of who was left after a healing. `present` are
    /// the members of the ring as its receiver knows it, after as many of them as it has heard of.
    pub(crate) fn read(reader: &mut Reader<'a>, view: &EpochView, present: Members) -> Result<Self, Error> {
        let healings = reader.u8()?.checked_sub(1).filter(|healings| *healings > 0);
        let healings = healings.ok_or(Malformed::BadField)?;
        let formed = SetView::read(reader, view.meters())?;
        let (mut left, mut shrinks, mut known) = (formed, true, false);
        for _ in 0..healings {
            let before = left;
            left = SetView::read(reader, view.meters())?;
            // While they shrink, one set at most has as many members as the present one: one digest.
            let same = shrinks && before.count() == present.count;
            known = known || (same && digest(view.epoch(), &before) == present.digest);
            shrinks = shrinks && left.count() < before.count() && left.is_subset_of(&before);
        }
        Ok(Left { formed, left, shrinks: shrinks && known })
    }

    /// Digest of those who formed it.
    pub(crate) fn root(&self, epoch: &Epoch) -> [u8; 32] {
        digest(epoch, &self.formed)
    }

    pub(crate) fn members(&self, epoch: &Epoch) -> Members {
        Members { count: self.left.count(), digest: digest(epoch, &self.left) }
    }

    /// Whether nobody is left who was not there, at the receiver's present set too.
    pub(crate) fn is_smaller(&self) -> bool {
        self.shrinks
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
        match self.walked(order, place, second)? {
            Some(around) => Ok(around),
            None => self.searched(order, place, second),
        }
    }

    /// From place to place. None if that would take more draws than those who are left.
    fn walked(&self, order: &Order, place: u32, second: bool) -> Result<Option<Neighbours>, Error> {
        let count = self.formed.count();
        let forward = |place: u32| if place.wrapping_add(1) < count { place.wrapping_add(1) } else { 0 };
        let back = |place: u32| place.checked_sub(1).unwrap_or(count.wrapping_sub(1));
        let mut draws = self.left.count().min(WALK);
        let Some(before) = self.walk(order, place, back, &mut draws)? else { return Ok(None) };
        let Some(after) = self.walk(order, place, forward, &mut draws)? else { return Ok(None) };
        let mut around = Neighbours { predecessor: before.1, successor: after.1, second: None };
        if second {
            let Some(before) = self.walk(order, before.0, back, &mut draws)? else { return Ok(None) };
            let Some(after) = self.walk(order, after.0, forward, &mut draws)? else { return Ok(None) };
            around.second = Some((before.1, after.1));
        }
        Ok(Some(around))
    }

    /// The next place, in one direction, of somebody who is left, and who.
    fn walk(
        &self,
        order: &Order,
        mut place: u32,
        step: impl Fn(u32) -> u32,
        draws: &mut u32,
    ) -> Result<Option<(u32, u32)>, Error> {
        while let Some(fewer) = draws.checked_sub(1) {
            (place, *draws) = (step(place), fewer);
            let position = self.at(order, place)?;
            if self.has(position) {
                return Ok(Some((place, position)));
            }
        }
        Ok(None)
    }

    /// Among all who are left: the nearest two on either side of a place.
    fn searched(&self, order: &Order, place: u32, second: bool) -> Result<Neighbours, Error> {
        let count = self.formed.count();
        // Places from here on around the ring, and who sits there.
        let (mut after, mut before) = ([(u32::MAX, 0); 2], [(0, 0); 2]);
        for (position, rank) in self.formed.positions().zip(0..).filter(|(position, _)| self.has(*position)) {
            let other = order.place(rank)?;
            let ahead = other.checked_sub(place).unwrap_or(other.wrapping_add(count.wrapping_sub(place)));
            let found = (ahead, position);
            if ahead == 0 {
                continue;
            }
            after = nearest(after, found, |found, other| found < other);
            before = nearest(before, found, |found, other| found > other);
        }
        let [(_, successor), (to, behind)] = after;
        let [(from, predecessor), (_, ahead)] = before;
        if from == 0 || (second && to == u32::MAX) {
            return Err(Misuse::EmptyGroup.into());
        }
        Ok(Neighbours { predecessor, successor, second: second.then_some((ahead, behind)) })
    }

    /// Who sat at a place when the ring was formed.
    fn at(&self, order: &Order, place: u32) -> Result<u32, Error> {
        let rank = order.rank(place)? as usize;
        self.formed.positions().nth(rank).ok_or_else(|| Misuse::BadParameter.into())
    }
}

fn digest(epoch: &Epoch, set: &SetView<'_>) -> [u8; 32] {
    set_digest(epoch, set.count(), set.positions())
}

/// The two nearest of these three.
fn nearest(
    [first, second]: [(u32, u32); 2],
    found: (u32, u32),
    nearer: impl Fn(u32, u32) -> bool,
) -> [(u32, u32); 2] {
    if nearer(found.0, first.0) {
        [found, first]
    } else if nearer(found.0, second.0) {
        [first, found]
    } else {
        [first, second]
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    extern crate std;

    use super::*;
    use alloc::vec::Vec;

    fn written(set: &[bool]) -> Vec<u8> {
        let mut out = alloc::vec![0u8; meter_link::set::max_len(set.len() as u32)];
        let mut writer = meter_link::frame::Writer::new(&mut out);
        meter_link::set::write(&mut writer, set).unwrap();
        writer.finish().to_vec()
    }

    /// A ring of all of a roster but every seventh, of whom `is_left` says by place who is left.
    fn with<R>(
        meters: u32,
        is_left: impl Fn(u32) -> bool,
        then: impl FnOnce(&Left<'_>, &Order, &[u32]) -> R,
    ) -> R {
        let formed: Vec<bool> = (0..meters).map(|position| position % 7 != 0).collect();
        let members: Vec<u32> = (0..meters).filter(|position| formed[*position as usize]).collect();
        let order = Order::from_seed([5; 32], members.len() as u32);
        let mut left = formed.clone();
        let mut ring = Vec::new();
        for (rank, position) in (0..).zip(&members) {
            let place = order.place(rank).unwrap();
            left[*position as usize] = is_left(place);
            ring.extend(is_left(place).then_some((place, *position)));
        }
        ring.sort_unstable();
        let ring: Vec<u32> = ring.into_iter().map(|(_, position)| position).collect();
        let (formed, left) = (written(&formed), written(&left));
        let read = |bytes| SetView::read(&mut Reader::new(bytes), meters).unwrap();
        then(&Left { formed: read(&formed), left: read(&left), shrinks: true }, &order, &ring)
    }

    #[test]
    fn walking_and_searching_find_the_same_neighbours() {
        for (meters, every) in [(9, 1), (24, 2), (30, 5), (300, 3), (300, 50), (1200, 200)] {
            with(
                meters,
                |place| place % every == 0,
                |left, order, ring| {
                    let n = ring.len();
                    for (at, me) in ring.iter().enumerate() {
                        let other = |apart: usize| ring[(at + apart) % n];
                        let second = Some((other(n - 2), other(2)));
                        let expected = Neighbours { predecessor: other(n - 1), successor: other(1), second };
                        let rank = left.formed.positions().position(|position| position == *me).unwrap();
                        let place = order.place(rank as u32).unwrap();
                        assert_eq!(left.neighbours(order, *me, true), Ok(expected));
                        assert_eq!(left.searched(order, place, true), Ok(expected));
                        let alone = Neighbours { second: None, ..expected };
                        assert_eq!(left.neighbours(order, *me, false), Ok(alone));
                        assert_eq!(left.searched(order, place, false), Ok(alone));
                        // Four draws without gaps; with gaps either all of them in what is allowed, or none.
                        let walked = left.walked(order, place, true).unwrap();
                        assert!(walked.is_none_or(|walked| walked == expected));
                        assert_eq!(walked.is_some(), 4 * every <= WALK.min(n as u32), "{meters}, {every}");
                    }
                },
            );
        }
    }

    /// From place to place over those who are not there was a draw and a pass over the roster for each: minutes.
    #[test]
    fn a_large_ring_of_which_few_are_left() {
        with(
            100_000,
            |place| place % 17_000 < 1,
            |left, order, ring| {
                assert_eq!(ring.len(), 6);
                let start = std::time::Instant::now();
                let around = left.neighbours(order, ring[1], true).unwrap();
                assert_eq!((around.predecessor, around.successor), (ring[0], ring[2]));
                assert_eq!(around.second, Some((ring[5], ring[3])));
                assert!(start.elapsed().as_secs_f64() < 0.5, "{:?}", start.elapsed());
            },
        );
    }

    #[test]
    fn nobody_is_nobodys_neighbour() {
        with(
            30,
            |place| place == 3,
            |left, order, ring| {
                assert_eq!(left.neighbours(order, ring[0], false), Err(Misuse::EmptyGroup.into()));
            },
        );
    }
}
