//! States of ElGamal ciphertexts, R ‖ C each.

use threshold_elgamal::{Ciphertext, EncodedCiphertext, Fault};

use super::bad_row;
use super::grouped::Grouped;
use crate::array::with_room;
use crate::error::Failure;
use crate::threads::Threads;

/// Ciphertexts that one thread adds up before it takes the next.
const AT_ONCE: usize = 1024;

/// The sum over nobody.
const NOBODY: EncodedCiphertext = [0; Ciphertext::LEN];

/// Sums of each channel. Two identities are the sum over nobody, and may be added like any other; an R that
/// is the identity beside another C is a reading in clear, and refused.
pub(super) fn sums(
    bytes: &[u8],
    width: usize,
    groups: Option<&[i64]>,
    count: usize,
    threads: Threads,
) -> Result<Vec<u8>, Failure> {
    let (table, _) = bytes.as_chunks::<{ Ciphertext::LEN }>();
    let channels = width / Ciphertext::LEN;
    let rows = table.len().checked_div(channels).unwrap_or_default();
    let len = count.checked_mul(width).ok_or(Failure::NoMemory)?;
    let mut out = with_room(len)?;
    out.resize(len, 0);

    let grouped = Grouped::new(groups, rows, count)?;
    let filled = grouped.iter().filter(|rows| !rows.is_empty()).count();
    let parts = filled.saturating_add(rows / AT_ONCE).checked_mul(channels).ok_or(Failure::NoMemory)?;
    let mut jobs = with_room(parts)?;
    for (group, rows) in grouped.iter().enumerate() {
        let first = group.wrapping_mul(channels);
        let of_group = (0..channels).flat_map(|n| rows.chunks(AT_ONCE).map(move |part| (n, part)));
        jobs.extend(of_group.map(|(channel, rows)| Part { sum: first.wrapping_add(channel), channel, rows }));
    }
    let done = threads.run(jobs, |part| (part.sum, part.add_up(table, channels)));

    // Parts of one sum stand beside each other.
    let mut sums: Vec<(usize, Ciphertext)> = with_room(done.len())?;
    let mut refused: Option<(usize, Fault)> = None;
    for (sum, part) in done {
        match (part, sums.last_mut()) {
            (Err(bad), _) => refused = refused.filter(|(row, _)| *row < bad.0).or(Some(bad)),
            (Ok(part), Some((last, so_far))) if *last == sum => *so_far = Ciphertext::sum([&*so_far, &part]),
            (Ok(part), _) => sums.push((sum, part)),
        }
    }
    if let Some((row, fault)) = refused {
        return Err(bad_row(row, fault));
    }
    for (sum, encoded) in threads.run(sums, |(sum, ciphertext)| (sum, ciphertext.to_bytes())) {
        if let Some(place) = out.as_chunks_mut::<{ Ciphertext::LEN }>().0.get_mut(sum) {
            *place = encoded;
        }
    }
    Ok(out)
}

/// Some of the ciphertexts of one channel of one group.
struct Part<'a> {
    sum: usize,
    channel: usize,
    rows: &'a [usize],
}

impl Part<'_> {
    /// Or the first row that is refused.
    fn add_up(&self, table: &[EncodedCiphertext], channels: usize) -> Result<Ciphertext, (usize, Fault)> {
        let at = |row: usize| table.get(row.wrapping_mul(channels).wrapping_add(self.channel));
        let rows = self.rows.iter().filter_map(|row| Some((*row, at(*row)?)));
        let (rows, encoded): (Vec<usize>, Vec<&EncodedCiphertext>) =
            rows.filter(|(_, one)| **one != NOBODY).unzip();
        Ciphertext::sum_encoded(&encoded)
            .map_err(|(place, fault)| (rows.get(place).copied().unwrap_or_default(), fault))
    }
}
