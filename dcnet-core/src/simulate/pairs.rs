//! Pads between meters: each edge once, for both of its ends.

use alloc::vec::Vec;
use core::hint::select_unpredictable;

use meter_link::{Error, Field64, PairKey, Round, Stream, pad};

use super::edges::{Edge, edges};
use super::{Keys, Plan, Repair};

/// Edges whose pads are made at once: they stay in the first-level cache until they are used.
const CHUNK: usize = 1024;

/// All pairs of neighbours.
pub(super) struct Pairs {
    edges: Vec<Edge>,
    keys: Vec<PairKey>,
    degrees: Vec<u32>,
}

impl Pairs {
    pub(super) fn new(plan: &Plan, seed: &[u8; 32], keys: &mut impl Keys) -> Result<Self, Error> {
        let edges = edges(plan.meters, plan.degree, seed)?;
        let keys = edges.iter().map(|[low, high]| keys.pair(*low, *high)).collect();
        let mut degrees = alloc::vec![0u32; plan.meters as usize];
        for end in edges.as_flattened() {
            if let Some(degree) = degrees.get_mut(*end as usize) {
                *degree = degree.wrapping_add(1);
            }
        }
        Ok(Pairs { edges, keys, degrees })
    }

    /// How many pairs there are.
    pub(super) fn count(&self) -> u64 {
        self.edges.len() as u64
    }

    /// How many distinct neighbours a meter has.
    pub(super) fn degree(&self, position: usize) -> u32 {
        self.degrees.get(position).copied().unwrap_or_default()
    }

    /// Neighbours by position, less those that are not marked.
    pub(super) fn left(&self, marked: &[bool]) -> Vec<u32> {
        let mut left = self.degrees.clone();
        for [low, high] in &self.edges {
            for (own, other) in [(*low, *high), (*high, *low)] {
                if !has(marked, other)
                    && let Some(left) = left.get_mut(own as usize)
                {
                    *left = left.wrapping_sub(1);
                }
            }
        }
        left
    }

    /// Adds `Σ_{j>i} pad_ij − Σ_{j<i} pad_ij` over the present neighbours j of each present meter i to element i.
    pub(super) fn mask(&self, round: Round, present: &[bool], masks: &mut [Field64]) -> Result<(), Error> {
        let mut sums = alloc::vec![0u64; masks.len()];
        let Some(unused) = self.keys.first() else { return Ok(()) };
        let mut here = [Live { low: 0, high: 0, key: unused }; CHUNK];
        let mut pads = [Field64::ZERO; CHUNK];
        for (edges, keys) in self.edges.chunks(CHUNK).zip(self.keys.chunks(CHUNK)) {
            let count = live(edges, keys, present, &mut here);
            let here = here.get(..count).unwrap_or_default();
            let pads = pads.get_mut(..count).unwrap_or_default();
            pad::pads(here, round, Stream::Mask, 1, pads)?;
            for (Live { low, high, .. }, pad) in here.iter().zip(pads) {
                let pad = pad.to_u64();
                subtract(&mut sums, *low, Field64::MODULUS.wrapping_sub(pad));
                subtract(&mut sums, *high, pad);
            }
        }
        for (mask, sum) in masks.iter_mut().zip(&sums) {
            *mask += Field64::from_u64(*sum);
        }
        Ok(())
    }

    /// For each member of a set with missing neighbours, by position: how many, and the signed sum of its pads with
    /// them all.
    pub(super) fn repairs(&self, round: Round, set: &[bool], missing: &[bool]) -> Vec<(Repair, u32)> {
        let edges = self.edges.iter().zip(&self.keys).flat_map(|([low, high], key)| {
            let ends = [(*low, *high, true), (*high, *low, false)];
            let owed = ends.into_iter().filter(|(own, other, _)| has(set, *own) && has(missing, *other));
            owed.map(move |(own, _, adds)| (own, key, adds))
        });
        let mut owed: Vec<(u32, &PairKey, bool)> = edges.collect();
        owed.sort_unstable_by_key(|(meter, ..)| *meter);
        let of_one = |owed: &[(u32, &PairKey, bool)]| {
            let mut sum = [Field64::ZERO];
            pad::signed_sum(owed.iter().map(|(_, key, adds)| (*key, *adds)), round, Stream::Mask, &mut sum);
            let ([value], meter) = (sum, owed.first().map_or(0, |(meter, ..)| *meter));
            (Repair { meter, value }, u32::try_from(owed.len()).unwrap_or(u32::MAX))
        };
        owed.chunk_by(|a, b| a.0 == b.0).map(of_one).collect()
    }
}

/// An edge both of whose ends are present.
#[derive(Clone, Copy)]
struct Live<'k> {
    low: u32,
    high: u32,
    key: &'k PairKey,
}

impl AsRef<PairKey> for Live<'_> {
    fn as_ref(&self) -> &PairKey {
        self.key
    }
}

/// Moves the edges of a chunk both of whose ends are present together, and tells how many there are. Without a branch,
/// which would often be guessed wrong.
fn live<'k>(edges: &[Edge], keys: &'k [PairKey], present: &[bool], live: &mut [Live<'k>; CHUNK]) -> usize {
    let mut count = 0usize;
    for ([low, high], key) in edges.iter().zip(keys) {
        if let Some(slot) = live.get_mut(count) {
            *slot = Live { low: *low, high: *high, key };
        }
        count = count.wrapping_add(usize::from(has(present, *low) & has(present, *high)));
    }
    count
}

fn has(marked: &[bool], position: u32) -> bool {
    marked.get(position as usize).copied().unwrap_or(false)
}

/// sums[position] − value mod p. Which way the borrow goes cannot be guessed, so that there must not be a branch.
#[inline(always)]
fn subtract(sums: &mut [u64], position: u32, value: u64) {
    if let Some(sum) = sums.get_mut(position as usize) {
        let (difference, borrows) = sum.overflowing_sub(value);
        *sum = difference.wrapping_add(select_unpredictable(borrows, Field64::MODULUS, 0));
    }
}
