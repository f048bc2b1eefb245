//! Commitments: which second polynomials a meter will use in an epoch, fixed before it sees any other's.
//!
//! ```text
//! leaf of a round = SHA-256("wattsum v1 ckks commitment" ‖ context ‖ round u64 ‖ id u32 ‖ c₁ packed)
//! node            = SHA-256(1 ‖ left ‖ right), the leaf of a round that there is not = 32 zeros
//! root            : of the 2^d leaves from the epoch's first round on, d = ⌈log₂ rounds⌉
//! list            = SHA-256("wattsum v1 ckks list" ‖ context ‖ set of meters ‖ their roots)
//! ```
//! c₁ = a·v + e₁ does not depend on the reading, so that all of them can be made before the first round. **Who has fixed its
//! own c₁ before it has seen any other's cannot send a combination of the others' ciphertexts**, neither of the same round
//! nor of an earlier one; its c₀ it may choose freely, and whatever it chooses adds to the sum what it knows already.

use meter_link::{Context, EpochView, PartyId, Round};
use sha2::{Digest, Sha256};

use crate::error::{Error, Misuse};

/// A leaf, node or root.
pub(crate) type Hash = [u8; 32];

/// Most rounds of an epoch with commitments.
pub const MAX_ROUNDS: u32 = 1 << 16;

/// The rounds of an epoch, as leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    first: Round,
    count: u32,
}

impl Rounds {
    /// # Errors
    /// [`Misuse::TooManyValues`] for an epoch longer than [`MAX_ROUNDS`].
    pub(crate) fn of(view: &EpochView) -> Result<Self, Error> {
        let (first, last) = (view.epoch().first_round, view.epoch().last_round);
        let count = last.to_u32().saturating_sub(first.to_u32()).saturating_add(1);
        if count > MAX_ROUNDS {
            return Err(Misuse::TooManyValues { have: count, most: MAX_ROUNDS }.into());
        }
        Ok(Rounds { first, count })
    }

    /// How many.
    pub(crate) fn count(self) -> usize {
        self.count as usize
    }

    /// Hashes of a path.
    pub(crate) fn depth(self) -> usize {
        self.count.next_power_of_two().trailing_zeros() as usize
    }

    /// The rounds, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = Round> {
        (0..self.count).map(move |i| Round::from(self.first.to_u32().wrapping_add(i)))
    }

    fn place(self, round: Round) -> Option<u32> {
        round.to_u32().checked_sub(self.first.to_u32()).filter(|place| *place < self.count)
    }

    /// The root over all leaves, in the order of the rounds.
    pub(crate) fn root(self, leaves: &[Hash]) -> Hash {
        self.subtree(leaves, 0, self.depth())
    }

    /// Of the 2^height leaves from `first` on, without a heap.
    fn subtree(self, leaves: &[Hash], first: usize, height: usize) -> Hash {
        let mut stack = [None; 33];
        let leaf = |i: usize| leaves.get(i).filter(|_| i < self.count()).copied().unwrap_or_default();
        for place in 0..1usize.unbounded_shl(u32::try_from(height).unwrap_or(0)) {
            let mut hash = leaf(first.wrapping_add(place));
            for slot in &mut stack {
                match slot.take() {
                    Some(left) => hash = node(&left, &hash),
                    None => {
                        *slot = Some(hash);
                        break;
                    }
                }
            }
        }
        stack.get(height).copied().flatten().unwrap_or_default()
    }

    /// The hashes beside the way from a round's leaf to the root, from below.
    ///
    /// # Errors
    /// [`meter_link::Misuse::RoundOutsideEpoch`].
    pub(crate) fn path(
        self,
        leaves: &[Hash],
        round: Round,
        mut each: impl FnMut(&Hash) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let place = self.place(round).ok_or(meter_link::Misuse::RoundOutsideEpoch)? as usize;
        for height in 0..self.depth() {
            let bits = u32::try_from(height).unwrap_or(0);
            let sibling = (place.unbounded_shr(bits) ^ 1).unbounded_shl(bits);
            each(&self.subtree(leaves, sibling, height))?;
        }
        Ok(())
    }

    #[cfg(any(feature = "alloc", test))]
    /// Whether the path leads from a round's leaf to the root.
    pub(crate) fn verify(self, leaf: Hash, round: Round, path: &[Hash], root: &Hash) -> bool {
        let Some(place) = self.place(round) else { return false };
        if path.len() != self.depth() {
            return false;
        }
        let mut hash = leaf;
        for (height, sibling) in (0u32..).zip(path) {
            hash = if place.unbounded_shr(height) & 1 == 0 {
                node(&hash, sibling)
            } else {
                node(sibling, &hash)
            };
        }
        hash == *root
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The leaf of a round, over the packed second polynomial.
pub(crate) struct Leaf(Sha256);

impl Leaf {
    pub(crate) fn new(context: &Context, round: Round, meter: PartyId) -> Self {
        let hash = Sha256::new().chain_update(b"wattsum v1 ckks commitment").chain_update(context.as_bytes());
        Leaf(hash.chain_update(round.get().to_le_bytes()).chain_update(meter.0.to_le_bytes()))
    }

    pub(crate) fn update(&mut self, c1: &[u8]) {
        self.0.update(c1);
    }

    pub(crate) fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// Of all of it.
#[cfg(any(feature = "alloc", test))]
pub(crate) fn leaf(context: &Context, round: Round, meter: PartyId, c1: &[u8]) -> Hash {
    let mut leaf = Leaf::new(context, round, meter);
    leaf.update(c1);
    leaf.finish()
}

/// The digest of a list: of the payload of its frame.
#[cfg(feature = "alloc")]
pub(crate) fn list_digest(context: &Context, payload: &[u8]) -> Hash {
    let hash = Sha256::new().chain_update(b"wattsum v1 ckks list").chain_update(context.as_bytes());
    hash.chain_update(payload).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_path_leads_to_the_root_and_no_other_does() {
        for count in [1u32, 2, 3, 7, 8, 9] {
            let rounds = Rounds { first: Round::from(50), count };
            let leaves: Vec<Hash> =
                (0..count).map(|i| leaf(&Context([1; 32]), Round::from(i), PartyId(4), &[])).collect();
            let root = rounds.root(&leaves);
            for (round, own) in rounds.iter().zip(&leaves) {
                let mut path = Vec::new();
                let take = |hash: &Hash| {
                    path.push(*hash);
                    Ok(())
                };
                rounds.path(&leaves, round, take).unwrap();
                assert!(rounds.verify(*own, round, &path, &root));
                for other in rounds.iter().filter(|other| *other != round) {
                    assert!(!rounds.verify(*own, other, &path, &root));
                }
                assert!(!rounds.verify([9; 32], round, &path, &root));
                path.push([0; 32]);
                assert!(!rounds.verify(*own, round, &path, &root));
            }
            assert!(rounds.path(&leaves, Round::from(49), |_| Ok(())).is_err());
        }
    }
}
