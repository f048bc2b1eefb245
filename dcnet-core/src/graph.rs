//! The key graph: who shares a pad with whom.
//!
//! Up to 256 meters everybody with everybody; beyond, a union of random Hamiltonian cycles. Each meter
//! computes its own neighbours from its roster position alone, with the swap-or-not shuffle (Hoang, Morris,
//! Rogaway, "An enciphering scheme based on a card shuffle", 2012), bit-compatible with the Ethereum
//! consensus specification's `compute_shuffled_index`.

use meter_link::{Context, Error, Misuse};
use sha2::{Digest, Sha256};

/// Largest roster in which everybody is everybody's neighbour.
pub const COMPLETE_UP_TO: u32 = 256;

/// Rounds of the shuffle.
const SHUFFLE_ROUNDS: u8 = 90;

/// `SHA-256("wattsum v1 dcnet graph" ‖ context)`.
pub fn seed(context: &Context) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"wattsum v1 dcnet graph");
    hash.chain_update(context.as_bytes()).finalize().into()
}

/// Writes the positions of the committee, drawn from `count` meters: the meter of number a is at index a − 1. These
/// are the places 0, 1, … of the shuffle under `SHA-256("wattsum v1 dcnet committee" ‖ context)`. Nobody knew the
/// context when the roster was pinned.
///
/// # Errors
/// [`Misuse::BadParameter`] for more places than meters.
pub fn committee(context: &Context, count: u32, out: &mut [u32]) -> Result<(), Error> {
    for (number, position) in (1u32..).zip(out) {
        *position = seat(context, count, number)?;
    }
    Ok(())
}

/// The position of the committee's number 1, 2, ….
pub(crate) fn seat(context: &Context, count: u32, number: u32) -> Result<u32, Error> {
    let hash = Sha256::new().chain_update(b"wattsum v1 dcnet committee");
    let seed: [u8; 32] = hash.chain_update(context.as_bytes()).finalize().into();
    unshuffled(number.wrapping_sub(1), count, &seed)
}

/// Where the shuffle of `count` places sends `index`.
///
/// # Errors
/// [`Misuse::BadParameter`] unless index < count.
pub fn shuffled(index: u32, count: u32, seed: &[u8; 32]) -> Result<u32, Error> {
    (0..SHUFFLE_ROUNDS).try_fold(index, |place, round| swap_or_not(place, count, seed, round))
}

/// The place that the shuffle sends to `index`.
///
/// # Errors
/// [`Misuse::BadParameter`] unless index < count.
pub fn unshuffled(index: u32, count: u32, seed: &[u8; 32]) -> Result<u32, Error> {
    (0..SHUFFLE_ROUNDS).rev().try_fold(index, |place, round| swap_or_not(place, count, seed, round))
}

/// One round, which is its own inverse.
fn swap_or_not(index: u32, count: u32, seed: &[u8; 32], round: u8) -> Result<u32, Error> {
    if index >= count {
        return Err(Misuse::BadParameter.into());
    }
    let digest: [u8; 32] = Sha256::new().chain_update(seed).chain_update([round]).finalize().into();
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    // count > index ≥ 0, so the remainder exists; it and the flip are below count.
    let pivot = u64::from_le_bytes(first).checked_rem(count.into()).unwrap_or_default();
    let flip = pivot.wrapping_add(count.into()).wrapping_sub(index.into());
    let flip = u32::try_from(flip.checked_rem(count.into()).unwrap_or_default()).unwrap_or_default();
    let position = index.max(flip);
    let source = Sha256::new().chain_update(seed).chain_update([round]);
    let source: [u8; 32] = source.chain_update((position / 256).to_le_bytes()).finalize().into();
    let byte = source.get((position % 256 / 8) as usize).copied().unwrap_or_default();
    Ok(if (byte >> (position % 8)) & 1 == 1 { flip } else { index })
}

/// Whether this roster has a complete graph.
pub fn is_complete(count: u32, degree: u32) -> bool {
    count <= COMPLETE_UP_TO.max(degree.saturating_add(1))
}

/// Writes the positions of a meter's neighbours, ascending and distinct, to the front of `out` and returns
/// how many there are: `count − 1` in a complete graph, else at most `degree`.
///
/// # Errors
/// [`Misuse::BadParameter`] for an odd degree or a position beyond the roster; [`Misuse::WrongLength`] if
/// `out` is too short.
pub fn neighbours(
    position: u32,
    count: u32,
    degree: u32,
    seed: &[u8; 32],
    out: &mut [u32],
) -> Result<usize, Error> {
    if degree % 2 == 1 || position >= count {
        return Err(Misuse::BadParameter.into());
    }
    if is_complete(count, degree) {
        let others = (0..count).filter(|other| *other != position);
        let mut places = out.iter_mut();
        for other in others {
            *places.next().ok_or(Misuse::WrongLength)? = other;
        }
        return Ok(count.wrapping_sub(1) as usize);
    }
    let out = out.get_mut(..degree as usize).ok_or(Misuse::WrongLength)?;
    for (cycle, sides) in (0u32..).zip(out.as_chunks_mut::<2>().0) {
        let seed: [u8; 32] =
            Sha256::new().chain_update(seed).chain_update(cycle.to_le_bytes()).finalize().into();
        let place = shuffled(position, count, &seed)?;
        let after = place.checked_add(1).filter(|next| *next < count).unwrap_or(0);
        let before = place.checked_sub(1).unwrap_or(count.wrapping_sub(1));
        *sides = [unshuffled(after, count, &seed)?, unshuffled(before, count, &seed)?];
    }
    sort(out);
    Ok(dedup(out))
}

/// An insertion sort: there are few, and `sort_unstable` alone takes 2 KB of a meter's flash.
fn sort(values: &mut [u32]) {
    for end in 1..values.len() {
        for place in (0..end).rev() {
            match values.get_mut(place..).and_then(<[u32]>::first_chunk_mut::<2>) {
                Some(pair) if pair[0] > pair[1] => pair.reverse(),
                _ => break,
            }
        }
    }
}

/// Moves distinct values of an ascending slice to its front.
fn dedup(sorted: &mut [u32]) -> usize {
    let mut kept = 0usize;
    for i in 0..sorted.len() {
        let value = sorted.get(i).copied().unwrap_or_default();
        let last = kept.checked_sub(1).and_then(|k| sorted.get(k)).copied();
        if last != Some(value)
            && let Some(place) = sorted.get_mut(kept)
        {
            *place = value;
            kept = kept.wrapping_add(1);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn the_shuffle_is_a_permutation_and_comes_back() {
        for count in [1u32, 2, 33, 257, 1000] {
            let seed = [count.to_le_bytes()[0]; 32];
            let mut hit = vec![false; count as usize];
            for i in 0..count {
                let s = shuffled(i, count, &seed).unwrap();
                assert!(!core::mem::replace(&mut hit[s as usize], true));
                assert_eq!(unshuffled(s, count, &seed), Ok(i));
            }
            assert_eq!(shuffled(count, count, &seed), Err(Misuse::BadParameter.into()));
        }
    }

    #[test]
    fn neighbourhood_is_mutual() {
        let count = 400;
        let all: Vec<Vec<u32>> = (0..count)
            .map(|p| {
                let mut out = vec![0; 12];
                let n = neighbours(p, count, 12, &[7; 32], &mut out).unwrap();
                out.truncate(n);
                out
            })
            .collect();
        for (p, list) in (0u32..).zip(&all) {
            assert!(list.windows(2).all(|w| w[0] < w[1]) && !list.contains(&p));
            assert!(list.iter().all(|q| all[*q as usize].contains(&p)));
        }
        assert!(all.iter().any(|list| list.len() == 12));
    }

    #[test]
    fn refuses_odd_degrees_strangers_and_short_buffers() {
        let mut out = [0; 300];
        assert_eq!(neighbours(0, 10, 3, &[0; 32], &mut out), Err(Misuse::BadParameter.into()));
        assert_eq!(neighbours(10, 10, 4, &[0; 32], &mut out), Err(Misuse::BadParameter.into()));
        assert_eq!(neighbours(0, 10, 4, &[0; 32], &mut out[..8]), Err(Misuse::WrongLength.into()));
        assert_eq!(neighbours(0, 10, 4, &[0; 32], &mut out[..9]), Ok(9));
    }
}
