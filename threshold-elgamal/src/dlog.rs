//! Bounded discrete logarithms: from m·B back to m, by baby steps and giant steps outwards from a guess.
//!
//! Deterministic, and never more than the steps that the range allows. Points are told apart by their u
//! coordinate, which a point shares with its negative only: a table of N baby steps answers for −N < j < N, and
//! giant steps are 2N − 1 wide. docs/dlog.md has the mathematics, the file format and measured figures.

mod build;
mod fan;
mod field;
mod file;
#[cfg_attr(not(target_arch = "x86_64"), path = "dlog/no_lanes.rs")]
mod lanes;
mod near;
mod plan;
mod point;
mod search;
mod table;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use curve25519_dalek::ristretto::RistrettoPoint;

use crate::error::{Error, Misuse};
use fan::Fan;
use lanes::Lanes;
use near::Near;
use plan::Plan;
use search::Search;
use table::{Filling, Table};

/// Baby steps 0 … 2^bits − 1, and the first giant steps. Built or loaded once, shared by all groups and threads.
///
/// # Security
/// Searches take variable time, which tells about the number found: they are for sums that are going to be
/// known, and whoever can time them learns how far a sum lies from the middle of the range or from the forecast.
/// Every number found is checked against its target, so that a table, whatever it holds, never makes a search
/// answer wrongly.
///
/// ```
/// use curve25519_dalek::{RistrettoPoint, Scalar};
/// use threshold_elgamal::DlogTable;
///
/// let table = DlogTable::build(12)?;
/// let point = |m: u64| RistrettoPoint::mul_base(&Scalar::from(m));
/// assert_eq!(table.solve(&-point(70_000), -100_000..=100_000), Ok(-70_000));
/// assert_eq!(table.solve_around(&point(1_234_567), 1_200_000, 50_000), Ok(1_234_567));
///
/// // Kept in a file, it need not be built again.
/// let path = std::env::temp_dir().join(format!("logarithms-{}", std::process::id()));
/// std::fs::write(&path, table.to_bytes())?;
/// let table = DlogTable::from_bytes(&std::fs::read(&path)?)?;
/// # std::fs::remove_file(&path)?;
/// let sums = table.solve_many(&[point(3), point(5_000), point(7)], 0..=1_000)?;
/// assert!(sums[0] == Ok(3) && sums[1].is_err() && sums[2] == Ok(7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DlogTable {
    bits: u32,
    table: Table,
    near: Near,
    giants: Fan,
    /// Use them where the CPU has them; tests do not always.
    lanes: bool,
}

impl DlogTable {
    /// Fewest and most bits of a table.
    pub const BITS: RangeInclusive<u32> = 8..=26;
    /// What suits sums up to 2^40: 2.1 MiB.
    pub const DEFAULT_BITS: u32 = 19;
    /// Largest distance between the ends of a range.
    pub const MAX_WIDTH: u64 = 1 << 60;
    /// Bytes that a search takes at most, beside the table and its results.
    pub const SCRATCH: usize = Search::SCRATCH;

    /// Bytes that a table of 2^bits baby steps keeps: 4 for each, and little more.
    pub const fn size(bits: u32) -> usize {
        Table::bytes(bits).saturating_add(Near::bytes(bits)).saturating_add(Fan::SIZE)
    }

    /// Bytes that building takes beside the table.
    pub const fn building(bits: u32) -> usize {
        Filling::bytes(bits)
            .saturating_add(Near::numbers(bits).saturating_mul(8))
            .saturating_add(Self::BLOCKS)
    }

    /// The table of 2^bits baby steps, the same on all machines.
    ///
    /// # Errors
    /// [`Misuse::TableSize`] outside [`DlogTable::BITS`].
    pub fn build(bits: u32) -> Result<Self, Error> {
        if !Self::BITS.contains(&bits) {
            return Err(Misuse::TableSize.into());
        }
        Self::filled(bits, true)
    }

    /// [`DlogTable::build`] as if the CPU had no AVX-512 IFMA, and a table that is searched so: for comparison.
    ///
    /// # Errors
    /// As [`DlogTable::build`].
    #[doc(hidden)]
    pub fn build_without_lanes(bits: u32) -> Result<Self, Error> {
        if !Self::BITS.contains(&bits) {
            return Err(Misuse::TableSize.into());
        }
        Ok(DlogTable { lanes: false, ..Self::filled(bits, false)? })
    }

    /// Of how many baby steps the table is, as a power of two.
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// m where target = m·B and m lies in the range, looking near its middle first: the time grows with the
    /// distance from there. The range costs at most about width/2^(bits + 1) giant steps, each a look-up and three
    /// and a half field multiplications.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if there is no such m; [`Misuse::EmptyRange`]; [`Misuse::SumBeyondRange`] for a
    /// range wider than [`DlogTable::MAX_WIDTH`].
    pub fn solve(&self, target: &RistrettoPoint, range: RangeInclusive<i64>) -> Result<i64, Error> {
        let mut results = self.solve_many(core::slice::from_ref(target), range)?;
        results.pop().unwrap_or(Err(Error::Inconsistent))
    }

    /// m where target = m·B and |m − guess| ≤ width.
    ///
    /// # Errors
    /// As [`DlogTable::solve`]; [`Misuse::SumBeyondRange`] for a range beyond i64, too.
    pub fn solve_around(&self, target: &RistrettoPoint, guess: i64, width: u64) -> Result<i64, Error> {
        let ends = (guess.checked_sub_unsigned(width), guess.checked_add_unsigned(width));
        let (Some(first), Some(last)) = ends else { return Err(Misuse::SumBeyondRange.into()) };
        self.solve(target, first..=last)
    }

    /// The same as [`DlogTable::solve`] for each of the targets, in their order. They share inversions, which
    /// saves most where the range takes few giant steps.
    ///
    /// # Errors
    /// As [`DlogTable::solve`] for the range; what fails for one target stands in its place.
    pub fn solve_many(
        &self,
        targets: &[RistrettoPoint],
        range: RangeInclusive<i64>,
    ) -> Result<Vec<Result<i64, Error>>, Error> {
        let plan = Plan::new(&range, self.babies().unsigned_abs())?;
        Ok(Search::new(self, plan).run(targets))
    }

    fn lanes(&self) -> Option<Lanes> {
        Lanes::detect().filter(|_| self.lanes)
    }

    fn babies(&self) -> i64 {
        1 << self.bits
    }

    const fn stride_of(bits: u32) -> i64 {
        (2i64 << bits).wrapping_sub(1)
    }

    /// Between neighbouring giant steps.
    fn stride(&self) -> i64 {
        Self::stride_of(self.bits)
    }
}

impl fmt::Debug for DlogTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DlogTable").field("bits", &self.bits).finish_non_exhaustive()
    }
}
