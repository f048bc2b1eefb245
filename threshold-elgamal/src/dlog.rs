//! Bounded discrete logarithms: from m·B back to m, by baby steps and giant steps outwards from a guess.
//!
//! Deterministic, and never more than the steps that the bound allows. Points are told apart by the y
//! coordinate of their quadruple, which a point shares with its negative only: a table of N baby steps
//! j·B answers for −N < j < N, and the giant stride is W = 2N − 1. Giant steps come in fans: 2n + 1 of them
//! around a centre for one inversion.

mod affine;
mod field;
mod table;

use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
use curve25519_dalek::ristretto::RistrettoPoint;

use crate::error::{Error, Misuse};
use crate::window::scalar;
use affine::{Affine, Fan, Scratch};
use table::Table;

/// Baby steps 0 … 2^bits − 1, and the first giant steps. Built once, shared by all groups.
pub struct DlogTable {
    bits: u32,
    table: Table,
    giants: Fan,
}

/// Giant steps of a fan on each side of its centre.
const REACH: usize = 256;
/// All giant steps of a fan.
const FAN: u32 = 2 * 256 + 1;

impl DlogTable {
    /// Fewest and most bits of a table.
    pub const BITS: core::ops::RangeInclusive<u32> = 8..=26;
    /// What suits sums up to 2^40: 2.6 MiB.
    pub const DEFAULT_BITS: u32 = 18;
    /// Largest distance from the guess that a search may cover.
    pub const MAX_WIDTH: u64 = 1 << 60;

    /// Bytes that a table of 2^bits baby steps keeps. Building takes 8 bytes an entry more.
    pub const fn size(bits: u32) -> usize {
        Table::bytes(bits).saturating_add(Fan::bytes(REACH))
    }

    /// # Errors
    /// [`Misuse::TableSize`] outside [`DlogTable::BITS`].
    pub fn build(bits: u32) -> Result<Self, Error> {
        if !Self::BITS.contains(&bits) {
            return Err(Misuse::TableSize.into());
        }
        let base =
            Affine::quadruple_of(RISTRETTO_BASEPOINT_COMPRESSED.to_bytes()).ok_or(Error::Inconsistent)?;
        let babies = 1u64 << bits;
        let stride = babies.wrapping_mul(2).wrapping_sub(1);
        let table = Table::new(bits, &baby_keys(&base, babies));
        Ok(DlogTable { bits, table, giants: Fan::new(&base.times(stride), REACH) })
    }

    /// m where target = m·B and |m| ≤ bound.
    ///
    /// # Errors
    /// As [`DlogTable::solve_around`].
    pub fn solve(&self, target: &RistrettoPoint, bound: u64) -> Result<i64, Error> {
        self.solve_around(target, 0, bound)
    }

    /// m where target = m·B and |m − guess| ≤ width, looking near the guess first: the time grows with the
    /// distance, by about one table look-up and six field multiplications for every 2^(bits + 1) of it.
    /// Variable time: for values that are going to be known.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if there is no such m; [`Misuse::SumBeyondRange`] for a width beyond
    /// [`DlogTable::MAX_WIDTH`] or a range beyond i64.
    pub fn solve_around(&self, target: &RistrettoPoint, guess: i64, width: u64) -> Result<i64, Error> {
        let reach = i64::try_from(width).ok().filter(|_| width <= Self::MAX_WIDTH);
        let reach = reach.filter(|w| guess.checked_add(*w).is_some() && guess.checked_sub(*w).is_some());
        let reach = reach.ok_or(Misuse::SumBeyondRange)?;
        let target = target - RistrettoPoint::mul_base(&scalar(guess));
        let shifted = Affine::quadruple_of(target.compress().to_bytes()).ok_or(Error::Inconsistent)?;
        let distance = Search { table: self, target: &target, reach }.run(&shifted);
        distance.map(|d| guess.wrapping_add(d)).ok_or(Error::Inconsistent)
    }

    fn babies(&self) -> i64 {
        1 << self.bits
    }

    /// Between neighbouring giant steps.
    fn stride(&self) -> i64 {
        self.babies().wrapping_mul(2).wrapping_sub(1)
    }
}

impl fmt::Debug for DlogTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DlogTable").field("bits", &self.bits).finish_non_exhaustive()
    }
}

/// Keys of 0·B … (babies − 1)·B, by fans around every (2·REACH + 1)-th multiple.
fn baby_keys(base: &Affine, babies: u64) -> Vec<u64> {
    let fan = Fan::new(base, REACH);
    let count = usize::try_from(babies).unwrap_or(0);
    let mut keys = alloc::vec![0u64; count];
    let (mut centre, mut at, mut scratch) = (base.times(REACH as u64), REACH, Scratch::default());
    while at.saturating_sub(REACH) < count {
        let mut put = |place: usize, key| {
            if let Some(slot) = keys.get_mut(place) {
                *slot = key;
            }
        };
        put(at, centre.key());
        fan.spread(&centre, &mut scratch, |i, ahead, behind| {
            put(at.wrapping_add(i), ahead);
            put(at.wrapping_sub(i), behind);
        });
        centre = centre.add(&fan.step);
        at = at.wrapping_add(FAN as usize);
    }
    keys
}

struct Search<'a> {
    table: &'a DlogTable,
    target: &'a RistrettoPoint,
    reach: i64,
}

impl Search<'_> {
    /// Fans around centres 0, 1, −1, 2, −2 … until they leave the reach.
    fn run(&self, shifted: &Affine) -> Option<i64> {
        let giants = &self.table.giants;
        let stride = self.table.stride();
        let fan_width = stride.wrapping_mul(FAN.into());
        let mut scratch = Scratch::default();
        if let Some(found) = self.fan(shifted, 0, &mut scratch) {
            return Some(found);
        }
        let back = giants.step.neg();
        let (mut above, mut below, mut value) = (*shifted, *shifted, 0i64);
        // The last fan ended half a width beyond its centre.
        while value.saturating_add(fan_width / 2) < self.reach {
            value = value.saturating_add(fan_width);
            // Values grow as points come down towards the identity.
            above = above.add(&back);
            below = below.add(&giants.step);
            let found = self.fan(&above, value, &mut scratch);
            if let Some(found) = found.or_else(|| self.fan(&below, value.wrapping_neg(), &mut scratch)) {
                return Some(found);
            }
        }
        None
    }

    /// `centre` is 4·(target − value·B).
    fn fan(&self, centre: &Affine, value: i64, scratch: &mut Scratch) -> Option<i64> {
        let mut found = self.baby(centre.key(), value);
        if found.is_some() {
            return found; // the usual case where the guess is good: no giant step at all
        }
        let stride = self.table.stride();
        self.table.giants.spread(centre, scratch, |i, ahead, behind| {
            let offset = stride.wrapping_mul(i64::try_from(i).unwrap_or(0));
            found = found
                .or_else(|| self.baby(behind, value.wrapping_add(offset)))
                .or_else(|| self.baby(ahead, value.wrapping_sub(offset)));
        });
        found
    }

    /// The distance value ± j whose baby step has this key, if it is the target's.
    fn baby(&self, key: u64, value: i64) -> Option<i64> {
        self.table.table.candidates(key).find_map(|number| {
            let j = i64::from(number);
            [value.wrapping_add(j), value.wrapping_sub(j)].into_iter().find(|distance| {
                distance.unsigned_abs() <= self.reach.unsigned_abs()
                    && RistrettoPoint::mul_base(&scalar(*distance)) == *self.target
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(m: i64) -> RistrettoPoint {
        RistrettoPoint::mul_base(&scalar(m))
    }

    #[test]
    fn ends_of_babies_giants_fans_and_range() {
        let table = DlogTable::build(8).unwrap();
        let (babies, stride) = (table.babies(), table.stride());
        assert_eq!((babies, stride), (256, 511));
        let fan = stride * i64::from(FAN);
        let bound = 3 * fan + 17;
        let mut places =
            alloc::vec![0, babies, REACH as i64 * stride, fan / 2, fan, fan + fan / 2, 2 * fan, bound];
        places.extend((1..6).chain(250..260).map(|giant| giant * stride));
        for place in places {
            for near in [-babies, -2, -1, 0, 1, 2, babies - 1, babies] {
                for m in [place + near, -(place + near)] {
                    let expected = if m.abs() <= bound { Ok(m) } else { Err(Error::Inconsistent) };
                    assert_eq!(table.solve(&point(m), bound as u64), expected, "{m}");
                }
            }
        }
    }

    #[test]
    fn every_value_of_a_small_range() {
        let table = DlogTable::build(8).unwrap();
        for m in -600..=600 {
            assert_eq!(table.solve(&point(m), 600), Ok(m));
        }
    }

    #[test]
    fn the_bound_is_exact_even_inside_a_fan() {
        let table = DlogTable::build(10).unwrap();
        for bound in [0u64, 1, 5, 1000, 1024, 2047, 5000] {
            let b = bound as i64;
            for m in [b, -b] {
                assert_eq!(table.solve(&point(m), bound), Ok(m));
            }
            for m in [b + 1, -b - 1] {
                assert_eq!(table.solve(&point(m), bound), Err(Error::Inconsistent), "{m}");
            }
        }
    }

    #[test]
    fn around_a_guess() {
        let table = DlogTable::build(12).unwrap();
        for guess in [0, 1 << 50, -(1 << 50), i64::MAX - 4096, i64::MIN + 4096] {
            for distance in [-4000i64, -1, 0, 1, 4000] {
                let m = guess + distance;
                assert_eq!(table.solve_around(&point(m), guess, 4096), Ok(m));
            }
            assert_eq!(table.solve_around(&point(guess + 1), guess, 0), Err(Error::Inconsistent));
        }
        let beyond = Err(Misuse::SumBeyondRange.into());
        assert_eq!(table.solve_around(&point(0), i64::MAX - 10, 11), beyond);
        assert_eq!(table.solve(&point(0), DlogTable::MAX_WIDTH + 1), beyond);
    }

    #[test]
    fn sizes_are_known_beforehand() {
        for bits in [7, 27] {
            assert_eq!(DlogTable::build(bits).err(), Some(Misuse::TableSize.into()));
        }
        assert_eq!(DlogTable::size(16), 655_364 + REACH * 8 * 40);
        let table = DlogTable::build(16).unwrap();
        let rows = table.table;
        assert_eq!(rows.len_bytes(), Table::bytes(16));
    }
}
