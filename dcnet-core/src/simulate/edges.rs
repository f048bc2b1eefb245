//! The key graph of all meters at once: every pair of neighbours, once.

use alloc::vec::Vec;

use meter_link::{Error, Misuse};
use sha2::{Digest, Sha256};

use crate::graph;

/// Rounds of the shuffle, as in [`graph`].
const SHUFFLE_ROUNDS: u8 = 90;

/// Positions whose sums, 8 bytes each, fit into a part of the second-level cache.
const BLOCK: u32 = 32_768;

/// Two neighbours, the lower position first.
pub(super) type Edge = [u32; 2];

/// All pairs of neighbours, coinciding ones once. The order means nothing, but a round that goes through them meets its
/// sums where a cache has them: the lower ends stay in a block, the upper ones ascend.
pub(super) fn edges(count: u32, degree: u32, seed: &[u8; 32]) -> Result<Vec<Edge>, Error> {
    if count < 2 || !degree.is_multiple_of(2) {
        return Err(Misuse::BadParameter.into());
    }
    let mut edges: Vec<Edge> = Vec::new();
    if graph::is_complete(count, degree) {
        edges.extend((0..count).flat_map(|low| (low..count).skip(1).map(move |high| [low, high])));
    } else {
        for cycle in 0..degree / 2 {
            let order = order(count, &cycle_seed(seed, cycle));
            let next = order.iter().cycle().skip(1);
            edges.extend(order.iter().zip(next).map(|(a, b)| [*a.min(b), *a.max(b)]));
        }
    }
    edges.sort_unstable_by_key(|[low, high]| [low / BLOCK, *high, *low]);
    edges.dedup();
    Ok(edges)
}

fn cycle_seed(seed: &[u8; 32], cycle: u32) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(cycle.to_le_bytes()).finalize().into()
}

/// Who stands at each place of the shuffled list: [`graph::unshuffled`] of all places. A round swaps pairs of places,
/// which lie mirrored around two centres, by one bit of a hash for each pair.
fn order(count: u32, seed: &[u8; 32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    let mut bits = Vec::new();
    for round in 0..SHUFFLE_ROUNDS {
        let start = Sha256::new().chain_update(seed).chain_update([round]);
        let digest: [u8; 32] = start.clone().finalize().into();
        let first = digest.first_chunk::<8>().copied().unwrap_or_default();
        let pivot = u64::from_le_bytes(first).checked_rem(count.into()).unwrap_or_default();
        bits.clear();
        for block in 0..count.div_ceil(256) {
            let digest: [u8; 32] = start.clone().chain_update(block.to_le_bytes()).finalize().into();
            bits.extend(digest);
        }
        // Place p goes with pivot − p up to the pivot, and with pivot + count − p beyond it.
        let split = usize::try_from(pivot).unwrap_or_default().wrapping_add(1);
        let Some((below, beyond)) = order.split_at_mut_checked(split) else { continue };
        swap_mirrored(below, 0, &bits);
        swap_mirrored(beyond, split, &bits);
    }
    order
}

/// Swaps each pair of a list's mirrored entries whose bit is set: that of the higher place, of which the list's first
/// entry has number `first`.
fn swap_mirrored(list: &mut [u32], first: usize, bits: &[u8]) {
    let half = list.len() / 2;
    let last = first.wrapping_add(list.len()).wrapping_sub(1);
    let (low, rest) = list.split_at_mut(half);
    for ((a, b), place) in low.iter_mut().zip(rest.iter_mut().rev()).zip((0..=last).rev()) {
        let byte = bits.get(place / 8).copied().unwrap_or_default();
        let swap = u32::from(byte >> (place % 8) & 1).wrapping_neg();
        let difference = (*a ^ *b) & swap;
        *a ^= difference;
        *b ^= difference;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn all_places_at_once_are_the_places_one_by_one() {
        for count in [2u32, 3, 255, 256, 257, 1000, 2049] {
            let seed = [count.to_le_bytes()[0]; 32];
            let expected: Vec<u32> =
                (0..count).map(|place| graph::unshuffled(place, count, &seed).unwrap()).collect();
            assert_eq!(order(count, &seed), expected, "{count}");
        }
    }

    /// Complete graphs, drawn ones, and some in which many edges coincide.
    #[test]
    fn neighbours_are_those_of_the_graph() {
        let mut coinciding = 0;
        for (count, degree) in [(2u32, 0u32), (5, 0), (256, 16), (31, 30), (257, 4), (300, 100), (9000, 8)] {
            let seed = [degree.to_le_bytes()[0]; 32];
            let mut found = vec![Vec::new(); count as usize];
            for [low, high] in edges(count, degree, &seed).unwrap() {
                assert!(low < high);
                found[low as usize].push(high);
                found[high as usize].push(low);
            }
            for (position, mut found) in (0..).zip(found) {
                found.sort_unstable();
                let mut out = vec![0; count.max(degree) as usize];
                let n = graph::neighbours(position, count, degree, &seed, &mut out).unwrap();
                assert_eq!(found, out[..n], "{count} {degree} {position}");
                coinciding += usize::from(count == 300 && n < 100);
            }
        }
        assert!(coinciding > 100);
        assert!(edges(10, 3, &[0; 32]).is_err() && edges(1, 2, &[0; 32]).is_err());
    }
}
