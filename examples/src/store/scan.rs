//! Reads a journal back, and tells what a power failure leaves from what is damaged.
//!
//! A block is written after the one before it is known to be on the disk. So only the last can be torn: short, or
//! with a sector that was never written and reads as zeros. It was not acknowledged then, nothing was sent for it,
//! and it is cut off. Whatever else fails its check was changed after it was written, and is an error: to leave it
//! out could let a meter use a round's pads twice. (A last block that was changed later, and happens to hold a
//! sector of zeros, passes for torn.)

use std::ops::Range;

use meter_link::PartyId;
use zeroize::Zeroizing;

use super::block::{
    self, BLOCK_HEADER, BLOCK_MAGIC, CHECK, Entry, HEADER, Id, Kind, MAGIC, MOST_BLOCK, VERSION,
};

/// A journal that was read.
pub(super) struct Scan {
    pub(super) id: Id,
    pub(super) entries: Vec<Entry>,
    /// Where the last whole block ends.
    pub(super) good: usize,
    /// The number of the next block.
    pub(super) sequence: u64,
    /// Bytes behind `good` that a power failure has left.
    pub(super) torn: usize,
}

/// Why a journal cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Damaged(String),
    Foreign(String),
}

/// The part of a file that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// # Errors
/// What is damaged, and where; a journal that is not `owner`'s.
pub(super) fn scan(bytes: &[u8], owner: &[u8; 32]) -> Result<Scan, Bad> {
    let id = identify(bytes, owner)?;
    let mut scan = Scan { id, entries: Vec::new(), good: HEADER, sequence: 0, torn: 0 };
    while scan.good < bytes.len() {
        let at = scan.good;
        let Some(inside) = whole(bytes, at, &id, scan.sequence)? else {
            scan.torn = bytes.len().saturating_sub(at);
            break;
        };
        let damaged = || Bad::Damaged(format!("the entries at byte {at} are not in order"));
        let mut rest = bytes.get(inside.clone()).ok_or_else(damaged)?;
        while !rest.is_empty() {
            let (entry, behind) = entry(rest).ok_or_else(damaged)?;
            scan.entries.push(entry);
            rest = behind;
        }
        scan.good = inside.end.saturating_add(CHECK);
        scan.sequence = scan.sequence.saturating_add(1);
    }
    Ok(scan)
}

/// Checks the header, which is on the disk before the file has its name.
fn identify(bytes: &[u8], owner: &[u8; 32]) -> Result<Id, Bad> {
    let damaged = || Bad::Damaged("it does not begin as a journal does".into());
    let (magic, rest) = bytes.split_first_chunk::<16>().ok_or_else(damaged)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let (id, rest) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
    let (tag, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
    let (sum, _) = rest.split_first_chunk::<CHECK>().ok_or_else(damaged)?;
    let before = bytes.get(..HEADER.saturating_sub(CHECK)).ok_or_else(damaged)?;
    if magic != MAGIC || *sum != block::check(id, before) {
        return Err(damaged());
    }
    match u32::from_le_bytes(*version) {
        VERSION if tag == owner => Ok(*id),
        VERSION => Err(Bad::Foreign("it is the journal of another party, deployment or session".into())),
        other => Err(Bad::Foreign(format!("version {other} of a journal; this program writes {VERSION}"))),
    }
}

/// Where the entries of the block at `at` are; `None` if it is the last and was torn.
fn whole(bytes: &[u8], at: usize, id: &Id, sequence: u64) -> Result<Option<Range<usize>>, Bad> {
    let inside = at.saturating_add(BLOCK_HEADER);
    let (length, number) = match head(bytes, at, id) {
        Some(head) => head,
        None => return torn(bytes, at, inside, id).map(|()| None),
    };
    let end = inside.saturating_add(length);
    let behind = end.saturating_add(CHECK);
    if number != sequence || length > MOST_BLOCK {
        return Err(Bad::Damaged(format!("block {number} is at byte {at}, where {sequence} belongs")));
    }
    let sound = bytes.get(at..end).map(|covered| block::check(id, covered));
    match bytes.get(end..behind) {
        Some(sum) if sound.is_some_and(|sound| sum == sound) => Ok(Some(inside..end)),
        _ => torn(bytes, at, behind, id).map(|()| None),
    }
}

/// Length and number that the header of a block tells, if it is one.
fn head(bytes: &[u8], at: usize, id: &Id) -> Option<(usize, u64)> {
    let (head, rest) = bytes.get(at..)?.split_first_chunk::<16>()?;
    let (magic, numbers) = head.split_first_chunk::<4>()?;
    if magic != BLOCK_MAGIC || rest.get(..CHECK)? != block::check(id, head) {
        return None;
    }
    let (length, sequence) = numbers.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    Some((length, u64::from_le_bytes(sequence.try_into().ok()?)))
}

/// Whether what begins at `at` and should reach to `end` is what a power failure leaves.
fn torn(bytes: &[u8], at: usize, end: usize, id: &Id) -> Result<(), Bad> {
    let damaged =
        |why: &str| Err(Bad::Damaged(format!("the block at byte {at} is not as it was written{why}")));
    let from = at.saturating_add(1);
    if (from..bytes.len()).any(|later| head(bytes, later, id).is_some()) {
        return damaged(", and others follow");
    }
    if bytes.len() < end {
        return Ok(());
    }
    let is_header = end == at.saturating_add(BLOCK_HEADER);
    if bytes.len() > end && !is_header {
        return damaged(", and more follows");
    }
    match sectors(at, end).any(|part| bytes.get(part).is_some_and(|part| part.iter().all(|byte| *byte == 0)))
    {
        true => Ok(()),
        false => damaged(""),
    }
}

/// The parts of `at..end` that lie in one sector each.
fn sectors(at: usize, end: usize) -> impl Iterator<Item = Range<usize>> {
    let mut from = at;
    std::iter::from_fn(move || {
        let to = from.saturating_add(1).checked_next_multiple_of(SECTOR)?;
        let part = from..to.min(end);
        from = to;
        (part.start < end).then_some(part)
    })
}

fn entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (party, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (inside, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let kind = match kind {
        1 => Kind::State,
        2 => Kind::Record,
        _ => return None,
    };
    let party = PartyId(u32::from_le_bytes(*party));
    Some((Entry { kind, party, bytes: Zeroizing::new(inside.to_vec()) }, rest))
}
