//! Making a table: the keys of all baby steps, in order, by fans.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;

use super::DlogTable;
use super::fan::{Fan, Keys, REACH};
use super::lanes::Lanes;
use super::near::Near;
use super::point::{Point, Projective, settle};
use super::table::{Filling, Table};
use crate::error::Error;

/// Fans that share an inversion.
const TOGETHER: usize = 8;

/// Eight times `factor`·B.
pub(super) fn octuple(factor: u64) -> Result<Point, Error> {
    let point = RistrettoPoint::mul_base(&Scalar::from(factor));
    let codes = RistrettoPoint::double_and_compress_batch([&point]);
    let point = codes.first().and_then(|code| Projective::quadruple_of(code.to_bytes()));
    settle(point.as_slice()).first().copied().ok_or(Error::Inconsistent)
}

/// Gives the keys of 0 … at least `count` − 1 times the base, block by block.
fn babies(count: usize, lanes: bool, mut take: impl FnMut(&[u64]) -> Result<(), Error>) -> Result<(), Error> {
    const FAN: usize = REACH - 1;
    let fan = Fan::new(&octuple(1)?);
    let first = fan.offsets().iter().take(FAN).map(Point::key);
    take(&[0].into_iter().chain(first).collect::<Vec<_>>())?;
    let (mut done, spacing) = (FAN + 1, 2 * FAN + 1);
    let steps = fan.step(FAN).multiples(TOGETHER);
    let mut lanes = Lanes::detect().filter(|_| lanes);
    let (mut base, mut keys, mut block) = (Point::IDENTITY, Keys::default(), Vec::new());
    while done < count {
        let fans = count.saturating_sub(done).div_ceil(spacing).min(TOGETHER);
        let sums: Vec<Projective> = steps.iter().take(fans).map(|step| base.add(step)).collect();
        let centres = settle(&sums);
        fan.spread(&centres, 1, FAN, &mut lanes, &mut keys).map_err(|_| Error::Inconsistent)?;
        let sides = keys.behind.chunks(FAN).zip(keys.ahead.chunks(FAN));
        for (centre, (behind, ahead)) in centres.iter().zip(sides) {
            block.clear();
            block.extend(behind.iter().rev());
            block.push(centre.key());
            block.extend(ahead);
            take(&block)?;
        }
        done = done.saturating_add(fans.saturating_mul(spacing));
        base = centres.last().copied().unwrap_or(base);
    }
    Ok(())
}

impl DlogTable {
    pub(super) fn filled(bits: u32, lanes: bool) -> Result<Self, Error> {
        let mut filling = Filling::new(bits);
        let (count, near) = (1usize << bits, Near::numbers(bits));
        let (mut number, mut nearest) = (0usize, Vec::with_capacity(near));
        babies(count, lanes, |keys| {
            nearest.extend(keys.iter().take(near.saturating_sub(nearest.len())));
            let numbered = keys.get(..count.saturating_sub(number)).unwrap_or(keys);
            let page = |number: usize| (number >> bits.saturating_sub(8)).to_le_bytes();
            let pages = (number..).map(|number| page(number)[0]);
            number = number.wrapping_add(numbered.len());
            filling.insert_all(numbered, pages)
        })?;
        Self::around(bits, filling.done(), &nearest)
    }

    /// With all that a stored table leaves out.
    pub(super) fn completed(bits: u32, table: Table) -> Result<Self, Error> {
        let near = Near::numbers(bits);
        let mut nearest = Vec::with_capacity(near);
        babies(near, true, |keys| {
            nearest.extend(keys.iter().take(near.saturating_sub(nearest.len())));
            Ok(())
        })?;
        Self::around(bits, table, &nearest)
    }

    fn around(bits: u32, table: Table, nearest: &[u64]) -> Result<Self, Error> {
        let points = [octuple(1)?, octuple(Near::page(bits))?, octuple(Near::half(bits))?];
        let near = Near::new(bits, nearest, &points);
        let giants = Fan::new(&octuple(Self::stride_of(bits).unsigned_abs())?);
        Ok(DlogTable { bits, table, near, giants, lanes: true })
    }

    /// Bytes that the keys of a block take while a table is built.
    pub(super) const BLOCKS: usize =
        TOGETHER * REACH * (size_of::<[u64; 5]>() + 16) + 2 * REACH * 8 + Fan::SIZE;
}
