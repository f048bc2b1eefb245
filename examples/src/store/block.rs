//! The bytes of a journal: a header that says whose it is, then one block a commit.
//!
//! ```text
//! file   "wattsum journal\n" version u32  id [16]  owner [32]  check [16]
//! block  "wsb1"  length u32  sequence u64  check [16]  entry…  check [16]
//! entry  kind u8  party u32  length u32  bytes
//! ```
//! Numbers are little-endian. A check is the first half of SHA-256 over the file's id and what stands before it in
//! the header or block. The id is drawn for each file, so that no byte string from elsewhere passes for a block.

use meter_link::PartyId;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Owner;
use crate::engine::Change;

pub(super) const MAGIC: &[u8; 16] = b"wattsum journal\n";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER: usize = 84;
pub(super) const BLOCK_MAGIC: &[u8; 4] = b"wsb1";
pub(super) const BLOCK_HEADER: usize = 32;
pub(super) const CHECK: usize = 16;
/// No single commit is larger; what claims to be is damaged.
pub(super) const MOST_BLOCK: usize = 1 << 30;

pub(super) type Id = [u8; 16];

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    State,
    Record,
}

/// One entry, to be written or read.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) party: PartyId,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// The header of a new file.
pub(super) fn header(id: &Id, owner: &[u8; 32]) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(id);
    header.extend_from_slice(owner);
    let sum = check(id, &header);
    header.extend_from_slice(&sum);
    header
}

/// One commit's block; `None` if it would be larger than any may be.
pub(super) fn block(id: &Id, sequence: u64, entries: &[Entry]) -> Option<Zeroizing<Vec<u8>>> {
    let sizes = entries.iter().map(|entry| entry.bytes.len().saturating_add(9));
    let length = sizes.fold(0, usize::saturating_add);
    if length > MOST_BLOCK {
        return None;
    }
    // The whole is reserved at once: growing would leave secrets behind.
    let mut block =
        Zeroizing::new(Vec::with_capacity(length.saturating_add(BLOCK_HEADER).saturating_add(CHECK)));
    block.extend_from_slice(BLOCK_MAGIC);
    block.extend_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
    block.extend_from_slice(&sequence.to_le_bytes());
    let sum = check(id, &block);
    block.extend_from_slice(&sum);
    for entry in entries {
        block.push(match entry.kind {
            Kind::State => 1,
            Kind::Record => 2,
        });
        block.extend_from_slice(&entry.party.0.to_le_bytes());
        block.extend_from_slice(&u32::try_from(entry.bytes.len()).ok()?.to_le_bytes());
        block.extend_from_slice(&entry.bytes);
    }
    let sum = check(id, &block);
    block.extend_from_slice(&sum);
    Some(block)
}

pub(super) fn check(id: &Id, bytes: &[u8]) -> [u8; CHECK] {
    let hash =
        Sha256::new().chain_update(b"wattsum journal check").chain_update(id).chain_update(bytes).finalize();
    let mut sum = [0; CHECK];
    for (to, from) in sum.iter_mut().zip(hash) {
        *to = from;
    }
    sum
}

/// Whom a journal belongs to, in its header.
pub(super) fn tag(owner: &Owner) -> [u8; 32] {
    let name = owner.deployment.as_bytes();
    Sha256::new()
        .chain_update(b"wattsum journal owner")
        .chain_update((name.len() as u64).to_le_bytes())
        .chain_update(name)
        .chain_update(owner.session)
        .chain_update(owner.party.0.to_le_bytes())
        .finalize()
        .into()
}

/// What a commit writes for a party: nothing of what a state in it makes useless, and no events.
pub(super) fn entries(party: PartyId, changes: &[Change]) -> Vec<Entry> {
    let last = changes.iter().rposition(|change| matches!(change, Change::State(_))).unwrap_or(0);
    let entry = |kind, bytes: &[u8]| Entry { kind, party, bytes: Zeroizing::new(bytes.to_vec()) };
    let of = |change: &Change| match change {
        Change::State(state) => Some(entry(Kind::State, state)),
        Change::Record(record) => Some(entry(Kind::Record, record)),
        Change::Event(_) => None,
    };
    changes.iter().skip(last).filter_map(of).collect()
}
