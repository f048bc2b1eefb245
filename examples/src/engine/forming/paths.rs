//! All inclusion paths of a list, at the price of one tree.

use meter_link::roster::merkle::{self, Hash};
use sha2::{Digest, Sha256};

/// The levels of the tree of RFC 6962, leaves first: whoever is left over at the end of a level moves up alone.
pub(super) struct Paths {
    levels: Vec<Vec<Hash>>,
}

impl Paths {
    pub(super) fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let next = last.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                _ => pair.first().copied().unwrap_or_default(),
            });
            let next = next.collect();
            levels.push(next);
        }
        Self { levels }
    }

    /// Siblings from the leaf upwards.
    pub(super) fn path(&self, index: u32) -> Vec<Hash> {
        let mut place = index as usize;
        let mut path = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            path.extend(level.get(place ^ 1));
            place >>= 1;
        }
        path
    }
}

/// The root that a path leads to from a leaf (RFC 9162, section 2.1.3.2); `None` if it has not the right length.
pub(super) fn climb(leaf: Hash, index: u32, count: u32, path: &[Hash]) -> Option<Hash> {
    let (mut at, mut last, mut hash) = (index, count.checked_sub(1)?, leaf);
    let mut siblings = path.iter();
    while last > 0 {
        if at & 1 == 1 {
            hash = node(siblings.next()?, &hash);
        } else if at < last {
            hash = node(&hash, siblings.next()?);
        }
        at >>= 1;
        last >>= 1;
    }
    let right = siblings.next().is_none() && merkle::verify(leaf, index, count, path, &hash);
    right.then_some(hash)
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_definition() {
        for count in 1..=70u32 {
            let leaves: Vec<Hash> = (0..count).map(|leaf| merkle::leaf(&leaf.to_le_bytes())).collect();
            let root = merkle::root(leaves.iter().copied());
            let paths = Paths::new(leaves.clone());
            for index in 0..count {
                let path = paths.path(index);
                assert_eq!(path, merkle::path(&leaves, index as usize), "{index} of {count}");
                let leaf = leaves[index as usize];
                assert_eq!(climb(leaf, index, count, &path), Some(root));
                let longer = [&path[..], &[[0; 32]]].concat();
                assert_eq!(climb(leaf, index, count, &longer), None);
                if let Some((_, shorter)) = path.split_last() {
                    assert_eq!(climb(leaf, index, count, shorter), None);
                }
                assert_eq!(climb(leaf, count, count, &path), None);
            }
        }
        assert_eq!(climb([0; 32], 0, 0, &[]), None);
        assert_eq!(climb([0; 32], u32::MAX, 1, &[]), None);
    }
}
