//! The beacon: a hash of nonces that everybody was committed to.

use meter_link::{PartyId, Session};
use sha2::{Digest, Sha256};

/// What a party shows of its nonce before anybody shows one:
/// `SHA-256("wattsum v1 beacon nonce" ‖ session ‖ epoch u32 ‖ party u32 ‖ nonce)`. The party is in it, so that nobody can
/// copy another's.
pub(super) fn commitment(session: &Session, epoch: u32, party: PartyId, nonce: &[u8; 32]) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"wattsum v1 beacon nonce").chain_update(session.0);
    let hash = hash.chain_update(epoch.to_le_bytes()).chain_update(party.0.to_le_bytes());
    hash.chain_update(nonce).finalize().into()
}

/// `SHA-256("wattsum v1 beacon" ‖ session ‖ epoch u32 ‖ (party u32 ‖ nonce)…)`, ascending by party.
pub(super) fn beacon<'a>(
    session: &Session,
    epoch: u32,
    nonces: impl Iterator<Item = (PartyId, &'a [u8; 32])>,
) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"wattsum v1 beacon").chain_update(session.0);
    let hash = hash.chain_update(epoch.to_le_bytes());
    nonces
        .fold(hash, |hash, (party, nonce)| hash.chain_update(party.0.to_le_bytes()).chain_update(nonce))
        .finalize()
        .into()
}
