//! ckks-agg as networked roles: first the answerers make the epoch's key ([`keys`]), then all meters commit to the noise of
//! its rounds, and answerers certify the list of commitments; then rounds are [`clocked`]. Readings are whole Wh: sums, and
//! sums of squares, are exact.

mod analytics;
mod answerer;
mod bulletin;
mod desk;
mod keys;
mod meter;
mod sums;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, OnceLock};

use ckks_agg::{Encoder, Error, Fault, Flood, Malformed, Misuse, Opening, Params, PublicKey, Ring, Values};
use meter_link::PartyId;

use super::clocked::{self, Failure};
use super::seat::{Seat, SharedDevice};
use super::{Refusal, Role, protocol};
use crate::deployment::{Deployment, Preset};

/// The parameters that all parties of the deployment compute alike.
pub(crate) fn params(deployment: &Deployment) -> anyhow::Result<Params> {
    let ckks = &deployment.ckks;
    let opening = match ckks.holder {
        true => Opening::Holder,
        false => Opening::Trustees(clocked::threshold(deployment)?),
    };
    let params = Params::new(protocol::group(deployment)?, opening, ring(ckks.preset), Values::Integers)?;
    // A key answers for the rounds of an epoch.
    let params = params.with_flooding(Flood::new(STATISTICAL_BITS, deployment.rounds.epoch)?)?;
    Ok(if ckks.squares { params.with_squares()? } else { params })
}

/// An attacker gains 2^-40 at most from what floods do not hide.
const STATISTICAL_BITS: u8 = 40;

/// At least the bytes of a contribution, and of everything else that goes round before there are any.
pub(crate) fn longest(deployment: &Deployment) -> usize {
    let preset = ring(deployment.ckks.preset);
    let bits = |prime: &u64| u64::BITS.saturating_sub(prime.leading_zeros()) as usize;
    let polynomial = preset.primes().iter().map(bits).sum::<usize>().saturating_mul(preset.degree() / 8);
    // Two polynomials; header, signature and a path in a tree of rounds.
    polynomial.saturating_mul(2).saturating_add(2 << 10)
}

/// The utility's role in an epoch.
pub(crate) fn utility(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    analytics::role(deployment, seat)
}

/// A meter's role in an epoch.
pub(crate) fn meter(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    meter::role(deployment, seat, device)
}

/// A trustee's role in an epoch, or that of the holder of the whole key.
pub(crate) fn answerer(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    answerer::role(deployment, seat)
}

const fn ring(preset: Preset) -> ckks_agg::Preset {
    match preset {
        Preset::Small => ckks_agg::Preset::Small,
        Preset::Sum => ckks_agg::Preset::Sum,
        Preset::Variance => ckks_agg::Preset::Variance,
        Preset::Depth2 => ckks_agg::Preset::Depth2,
        Preset::Shared => ckks_agg::Preset::Shared,
    }
}

/// Tables of a preset: one for all roles of a process.
#[derive(Clone)]
struct Tables {
    ring: Arc<Ring>,
    encoder: Arc<Encoder>,
}

fn tables(params: &Params) -> Tables {
    static LAST: OnceLock<Mutex<Option<Tables>>> = OnceLock::new();
    let make = || {
        let ring = Ring::new(params.preset());
        let encoder = Arc::new(Encoder::new(&ring));
        Tables { ring, encoder }
    };
    let Ok(mut last) = LAST.get_or_init(Mutex::default).lock() else { return make() };
    match last.as_ref().filter(|tables| tables.ring.preset() == params.preset()) {
        Some(tables) => tables.clone(),
        None => last.insert(make()).clone(),
    }
}

/// A public key, taken apart: one for all meters of a process.
fn public_key(tables: &Tables, bytes: &[u8]) -> Result<Arc<PublicKey>, Error> {
    /// With its bytes.
    type Known = (Vec<u8>, Arc<PublicKey>);
    static LAST: OnceLock<Mutex<Option<Known>>> = OnceLock::new();
    let Ok(mut last) = LAST.get_or_init(Mutex::default).lock() else {
        return Ok(Arc::new(PublicKey::from_bytes(&tables.ring, bytes)?));
    };
    if let Some((_, key)) = last.as_ref().filter(|(known, _)| known == bytes) {
        return Ok(Arc::clone(key));
    }
    let key = Arc::new(PublicKey::from_bytes(&tables.ring, bytes)?);
    *last = Some((bytes.to_vec(), Arc::clone(&key)));
    Ok(key)
}

/// What a failure of the crate means; `from` is whose link the bytes came over.
fn failure(from: PartyId) -> impl Fn(Error) -> Failure {
    move |error| {
        let link = |error: meter_link::Error| clocked::failure(error, from);
        match error {
            Error::Misuse(Misuse::Link(misuse)) => link(misuse.into()),
            Error::Malformed(Malformed::Link(malformed)) => link(malformed.into()),
            Error::Fault { culprit, fault: Fault::Link(fault) } => link(fault.of(culprit)),
            // To another quorum's question, or to the one before.
            Error::Fault { fault: Fault::WrongAggregate, .. } => {
                Failure::Refused(Refusal::Stale("an answer over another set"))
            }
            Error::Quorum { have, need } => Failure::Few { have, need },
            Error::Inconsistent => Failure::Inconsistent,
            Error::Malformed(malformed) => {
                Failure::Refused(clocked::fault(from, Error::Malformed(malformed)))
            }
            Error::Fault { culprit, fault } => {
                Failure::Refused(clocked::fault(culprit, Error::Fault { culprit, fault }))
            }
            // A round gets one answer: what was lost with a restart stays lost.
            Error::Misuse(Misuse::AnsweredBefore) => {
                Failure::Refused(Refusal::Stale("the round was answered before"))
            }
            Error::Misuse(Misuse::BadFlood) => {
                Failure::Refused(Refusal::Stale("all answers of this epoch's key were given"))
            }
            other => Failure::Refused(Refusal::Broken(other.to_string())),
        }
    }
}

/// What came from the utility was refused, or what this party did itself.
fn refused(error: Error) -> Refusal {
    failure(PartyId::UTILITY)(error).into()
}

/// A failure that ends the process.
fn broken(error: Error) -> Refusal {
    Refusal::Broken(error.to_string())
}

/// Appends bytes behind their length.
fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Reads what [`put`] has appended.
fn take<'r>(reader: &mut meter_link::frame::Reader<'r>) -> Result<&'r [u8], meter_link::Error> {
    let len = reader.u32()? as usize;
    reader.bytes(len)
}
