//! Merkle trees by RFC 6962, section 2.1.

use sha2::{Digest, Sha256};

/// A node or root.
pub type Hash = [u8; 32];

/// `SHA-256(0x00 ‖ leaf)`.
pub fn leaf(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root over leaf hashes, without a heap: subtrees of equal height merge as they arrive.
pub fn root(leaves: impl Iterator<Item = Hash>) -> Hash {
    let mut stack: [Option<Hash>; 33] = [None; 33]; // counts are u32
    for mut hash in leaves {
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
    let mut complete = stack.into_iter().flatten();
    match complete.next() {
        Some(last) => complete.fold(last, |right, left| node(&left, &right)),
        None => Sha256::digest([]).into(),
    }
}

/// Whether `path` leads from the leaf hash at `index` of a tree of `count` leaves to `expected`
/// (RFC 9162, section 2.1.3.2, which is the same tree).
pub fn verify(leaf: Hash, index: u32, count: u32, path: &[Hash], expected: &Hash) -> bool {
    if index >= count {
        return false;
    }
    let (mut f, mut s, mut hash) = (index, count.wrapping_sub(1), leaf);
    for sibling in path {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            hash = node(sibling, &hash);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && hash == *expected
}

/// The siblings from the leaf at `index` up to the root; empty if there is no such leaf.
#[cfg(feature = "alloc")]
pub fn path(leaves: &[Hash], index: usize) -> alloc::vec::Vec<Hash> {
    let (mut range, mut index, mut path) = (leaves, index, alloc::vec::Vec::new());
    while range.len() > 1 && index < range.len() {
        // The largest power of two below the length.
        let split = range.len().div_ceil(2).next_power_of_two();
        let Some((left, right)) = range.split_at_checked(split) else { break };
        if index < split {
            path.push(root(right.iter().copied()));
            range = left;
        } else {
            path.push(root(left.iter().copied()));
            range = right;
            index = index.wrapping_sub(split);
        }
    }
    path.reverse();
    path
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The definition, recursively.
    fn oracle(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                node(&oracle(&leaves[..k]), &oracle(&leaves[k..]))
            }
        }
    }

    #[test]
    fn certificate_transparency_values() {
        // Roots of the reference tree of the Certificate Transparency code base, sizes 1, 2 and 8.
        let inputs: [&[u8]; 8] = [
            b"",
            b"\0",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let expected = [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        for (n, hex_root) in expected {
            let got = root(inputs[..n].iter().map(|i| leaf(i)));
            assert_eq!(hex::encode(got), hex_root);
        }
    }

    #[test]
    fn paths_prove_their_own_leaf_and_no_other() {
        for n in 1..=33usize {
            let leaves: Vec<Hash> = (0..n).map(|i| leaf(&[i as u8])).collect();
            let top = oracle(&leaves);
            assert_eq!(root(leaves.iter().copied()), top);
            for i in 0..n {
                let p = path(&leaves, i);
                for j in 0..n {
                    assert_eq!(verify(leaves[i], j as u32, n as u32, &p, &top), i == j, "{n} {i} {j}");
                }
                let mut longer = p.clone();
                longer.push([0; 32]);
                assert!(!verify(leaves[i], i as u32, n as u32, &longer, &top));
                if let Some((_, shorter)) = p.split_last() {
                    assert!(!verify(leaves[i], i as u32, n as u32, shorter, &top));
                }
            }
        }
    }
}
