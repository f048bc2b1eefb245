//! The chain through the audit log.
//!
//! Row n holds SHA-256(hash of row n − 1 ‖ n u64 ‖ time u64 ‖ the event as JSON), numbers little-endian; before the
//! first row stands SHA-256("wattsum audit 1" ‖ length u64 and name of the deployment ‖ session). A row that is changed,
//! left out, put in or moved breaks it at that place. It does not stop one who can write the file from computing all later
//! hashes anew, nor from cutting off the end together with all that tells of it: against that the head is noted
//! elsewhere from time to time (the log of the utility names it), and `wattsum audit --head` looks for it.

use sha2::{Digest, Sha256};

use crate::engine::Event;

pub(super) type Hash = [u8; 32];

/// What stands before the first row.
pub(super) fn genesis(deployment: &str, session: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(b"wattsum audit 1")
        .chain_update((deployment.len() as u64).to_le_bytes())
        .chain_update(deployment)
        .chain_update(session)
        .finalize()
        .into()
}

/// The hash of a row.
pub(super) fn next(previous: &Hash, sequence: u64, time: u64, event: &str) -> Hash {
    Sha256::new()
        .chain_update(previous)
        .chain_update(sequence.to_le_bytes())
        .chain_update(time.to_le_bytes())
        .chain_update(event)
        .finalize()
        .into()
}

/// The one text of an event: fields in the order of [`Event`], no spaces.
pub(super) fn canonical(event: &Event) -> Result<String, serde_json::Error> {
    serde_json::to_string(event)
}

/// As the logs and `--head` write it.
pub(super) fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
