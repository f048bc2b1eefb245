//! States of 8-byte words: elements of Field64, or numbers modulo 2^64.

use meter_link::Field64;

use super::bad_row;
use super::grouped::number;
use crate::array::{filled, with_room};
use crate::columns::{self, ElementBytes, NoSum};
use crate::error::Failure;
use crate::threads::Threads;

const NOT_CANONICAL: &str = "a field element that is not reduced";

/// Sums over Field64.
pub(super) fn elements(
    bytes: &[u8],
    width: usize,
    groups: Option<&[i64]>,
    count: usize,
    threads: Threads,
) -> Result<Vec<u8>, Failure> {
    let words = width / Field64::LEN;
    let Some(groups) = groups else {
        let (table, _) = bytes.as_chunks::<8>();
        let len = total(count, width)?;
        let mut out = with_room(len)?;
        // Rows there are only if there is a first group.
        if count > 0 {
            let emit =
                |sums: columns::Sums<'_>| out.extend(sums.iter().flat_map(|sum| sum.element().to_bytes()));
            columns::columns::<ElementBytes>(table, words, emit).map_err(|error| match error {
                NoSum::Refused => bad_row(first_bad(table, words), NOT_CANONICAL),
                NoSum::TooMany => Failure::argument("states", "more than 2^31 rows: add them up in parts"),
            })?;
        }
        out.resize(len, 0);
        return Ok(out);
    };
    let rows = groups.len();
    // Each thread has sums of its own: not more of them than there are rows to add.
    let parts = threads.count().min(rows.checked_div(count).unwrap_or_default()).max(1);
    let share = rows.div_ceil(parts).max(1);
    let jobs = bytes.chunks(share.saturating_mul(width)).zip(groups.chunks(share)).enumerate();
    let done = threads.run(jobs.collect(), |(part, (bytes, groups))| {
        let first = part.wrapping_mul(share);
        add_elements(bytes, words, groups, count).map_err(|failure| match failure {
            BadRow::At(row) => bad_row(row.wrapping_add(first), NOT_CANONICAL),
            BadRow::Other(failure) => failure,
        })
    });
    let mut done = done.into_iter();
    let mut sums = match done.next() {
        Some(sums) => sums?,
        None => filled(Field64::ZERO, total(count, words)?)?,
    };
    for more in done {
        meter_link::field::add_assign(&mut sums, &more?);
    }
    to_bytes(sums.into_iter().map(Field64::to_bytes), total(count, width)?)
}

enum BadRow {
    At(usize),
    Other(Failure),
}

fn add_elements(bytes: &[u8], words: usize, groups: &[i64], count: usize) -> Result<Vec<Field64>, BadRow> {
    let len = total(count, words).map_err(BadRow::Other)?;
    let mut sums = filled(Field64::ZERO, len).map_err(BadRow::Other)?;
    let (table, _) = bytes.as_chunks::<8>();
    for (row, (group, values)) in groups.iter().zip(table.chunks_exact(words)).enumerate() {
        let start = number(*group, count).unwrap_or_default().wrapping_mul(words);
        for (sum, value) in sums.get_mut(start..).unwrap_or_default().iter_mut().zip(values) {
            *sum += Field64::from_bytes(*value).map_err(|_| BadRow::At(row))?;
        }
    }
    Ok(sums)
}

/// Sums modulo 2^64.
pub(super) fn words(
    bytes: &[u8],
    width: usize,
    groups: Option<&[i64]>,
    count: usize,
) -> Result<Vec<u8>, Failure> {
    let words = width / Field64::LEN;
    let mut sums = filled(0u64, total(count, words)?)?;
    let (table, _) = bytes.as_chunks::<8>();
    let mut groups = groups.into_iter().flatten();
    for values in table.chunks_exact(words) {
        let group = groups.next().and_then(|group| number(*group, count)).unwrap_or_default();
        let start = group.wrapping_mul(words);
        for (sum, value) in sums.get_mut(start..).unwrap_or_default().iter_mut().zip(values) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*value));
        }
    }
    to_bytes(sums.into_iter().map(u64::to_le_bytes), total(count, width)?)
}

fn to_bytes(values: impl Iterator<Item = [u8; 8]>, len: usize) -> Result<Vec<u8>, Failure> {
    let mut out = with_room(len)?;
    out.extend(values.flatten());
    Ok(out)
}

fn total(count: usize, width: usize) -> Result<usize, Failure> {
    count.checked_mul(width).ok_or(Failure::NoMemory)
}

/// The row of the first value that is no element.
fn first_bad(table: &[[u8; 8]], words: usize) -> usize {
    let bad = table.iter().position(|raw| Field64::from_bytes(*raw).is_err());
    bad.and_then(|place| place.checked_div(words)).unwrap_or_default()
}
