//! Fans by eight offsets at a time, where the CPU has AVX-512 IFMA: the same keys as [`Fan::spread`] gives.
//!
//! Every lane has its own chains of products: two, over every second vector, which take turns in the
//! multiplier.

mod x86;

use alloc::vec::Vec;

use super::fan::{Keys, REACH};
use super::field::{Fe, low_difference};
use super::point::Point;
use crate::lanes::field::{Fe8, Limbs, limbs};
use crate::lanes::x86::Ifma;

/// Least limbs of eight numbers, `[limb][lane]`.
type Least = [[u64; 8]; 5];

/// Eight offsets.
struct Eight {
    u: Least,
    v: Least,
}

/// The offsets of a fan as they are needed, from the first.
pub(super) struct Lanes {
    ifma: Ifma,
    offsets: Vec<Eight>,
}

/// Reusable room for the products before each vector.
#[derive(Default)]
pub(super) struct Products(Vec<[Fe8; 2]>);

/// Limbs 51 bits each of the least representative.
fn least(number: &Fe) -> Limbs {
    limbs(number.to_bytes())
}

fn eight(numbers: impl Iterator<Item = Limbs>) -> Least {
    let mut out = [[0; 8]; 5];
    for (lane, number) in numbers.enumerate() {
        for (limb, value) in out.iter_mut().zip(number) {
            if let Some(place) = limb.get_mut(lane) {
                *place = value;
            }
        }
    }
    out
}

impl Lanes {
    pub(super) const PAIR: usize = 16;
    /// Bytes of all offsets, and of the products for so many denominators, which replace others.
    pub(super) const fn bytes(denominators: usize) -> usize {
        let offsets = (REACH / 8).saturating_mul(size_of::<Eight>());
        offsets.saturating_add(denominators.saturating_mul(size_of::<Fe8>() / 8))
    }

    pub(super) fn detect() -> Option<Lanes> {
        Some(Lanes { ifma: Ifma::detect()?, offsets: Vec::new() })
    }

    /// The sums around all centres for first ≤ i ≤ last, or false if a centre is one of the offsets.
    pub(super) fn spread(
        &mut self,
        offsets: &[Point],
        centres: &[Point],
        first: usize,
        last: usize,
        keys: &mut Keys,
    ) -> bool {
        let wanted = last.next_multiple_of(Self::PAIR).min(offsets.len());
        let known = self.offsets.len().saturating_mul(8);
        for some in offsets.get(known..wanted).unwrap_or_default().chunks(8) {
            let u = eight(some.iter().map(|offset| least(&offset.u)));
            let v = eight(some.iter().map(|offset| least(&offset.v)));
            self.offsets.push(Eight { u, v });
        }
        let before = first.saturating_sub(1) / Self::PAIR;
        let (pairs, _) = self.offsets.as_chunks::<2>();
        let pairs = pairs.get(before..wanted / Self::PAIR).unwrap_or_default();
        let skip = first.saturating_sub(1) % Self::PAIR;
        let sums = x86::Sums { pairs, centres, skip, count: last.saturating_add(1).saturating_sub(first) };
        x86::spread(self.ifma, &sums, keys)
    }
}

/// A number in all lanes, added without carries: limbs below 2^51 give limbs below 2^52.
#[inline(always)]
fn plus(lanes: &Least, number: &Limbs) -> Least {
    let mut out = *lanes;
    for (limb, value) in out.iter_mut().zip(number) {
        for lane in limb {
            *lane = lane.wrapping_add(*value);
        }
    }
    out
}

#[inline(always)]
fn keys([s0, s1, s2, s3, s4]: &Least, [r0, r1, r2, r3, r4]: &Least) -> [u64; 8] {
    core::array::from_fn(|lane| {
        let at = |limb: &[u64; 8]| limb.get(lane).copied().unwrap_or(0);
        low_difference([at(s0), at(s1), at(s2), at(s3), at(s4)], [at(r0), at(r1), at(r2), at(r3), at(r4)])
    })
}

#[cfg(test)]
mod tests;
