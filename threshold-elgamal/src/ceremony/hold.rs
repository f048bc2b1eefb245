//! A whole ceremony in one process: for tests, trials and simulators.

use alloc::vec::Vec;

use meter_link::{Identity, Prepared};
use rand_core::CryptoRng;

use super::joining::{Joining, Participant};
use super::plan::Ceremony;
use crate::error::Error;
use crate::keys::{KeySet, SecretShare};

/// Lets all participants play their parts, on bytes, and gives the keys, the members' shares by number, and the
/// identities back, in the order in which they came.
///
/// # Errors
/// As the steps, of which none is left out.
///
/// # Security
/// Here one process has all shares at once, which is what a ceremony is there to avoid: never for keys that readings
/// are encrypted under.
pub fn hold<R: CryptoRng + ?Sized>(
    ceremony: &Ceremony,
    participants: impl IntoIterator<Item = Participant>,
    rng: &mut R,
) -> Result<(KeySet, Vec<SecretShare>, Vec<Identity>), Error> {
    let mut joining = Vec::new();
    for participant in participants {
        joining.push(Joining::begin(ceremony, participant, rng)?.stored());
    }
    let frames: Vec<Vec<u8>> = joining.iter().map(|party| party.frame().to_vec()).collect();
    let mut echoing = Vec::new();
    for mut party in joining {
        frames.iter().try_for_each(|frame| party.accept(frame))?;
        echoing.push(party.close().map(Prepared::stored)?);
    }
    let frames: Vec<Vec<u8>> = echoing.iter().map(|party| party.frame().to_vec()).collect();
    let mut sharing = Vec::new();
    for mut party in echoing {
        frames.iter().try_for_each(|frame| party.accept(frame))?;
        sharing.push(party.close()?);
    }
    let frames: Vec<Vec<u8>> = sharing.iter().filter_map(|party| Some(party.frame()?.to_vec())).collect();
    let mut confirming = Vec::new();
    for mut party in sharing {
        frames.iter().try_for_each(|frame| party.accept(frame))?;
        confirming.push(party.close().map(Prepared::stored)?);
    }
    let frames: Vec<Vec<u8>> = confirming.iter().filter_map(|party| Some(party.frame()?.to_vec())).collect();
    let (mut keys, mut shares, mut identities) = (None, Vec::new(), Vec::new());
    for mut party in confirming {
        frames.iter().try_for_each(|frame| party.accept(frame))?;
        let outcome = party.finish()?;
        shares.extend(outcome.share);
        keys = Some(outcome.keys);
        identities.push(outcome.identity);
    }
    shares.sort_by_key(SecretShare::number);
    Ok((keys.ok_or(Error::Inconsistent)?, shares, identities))
}
