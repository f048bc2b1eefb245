//! The protocols behind [`System`], one file each.

mod cmt;
mod dcnet;
mod elgamal;
mod shamir;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use meter_link::cohort::{Cohort, Plan};
use meter_link::head::Bill;
use meter_link::{GroupConfig, GroupId, GroupParams, PartyId, Role, Round, Session, SetRules};
use rand_core::SeedableRng;

use crate::system::{Billed, Protocol, RoundError, Settings, System};

/// Starts a system of `protocol`.
///
/// # Errors
/// If the protocol refuses these settings.
pub fn start(protocol: Protocol, settings: &Settings) -> anyhow::Result<Box<dyn System>> {
    Ok(match protocol {
        Protocol::Dcnet => Box::new(dcnet::Dcnet::start(settings)?),
        Protocol::Shamir => Box::new(shamir::Shamir::start(settings)?),
        Protocol::Elgamal => Box::new(elgamal::Elgamal::start(settings)?),
        Protocol::Cmt => Box::new(cmt::Cmt::start(settings)?),
        Protocol::Ckks => anyhow::bail!("ckks runs as a deployment only: wattsum run analytics"),
    })
}

/// Every draw of a run follows from its seed.
fn rng(settings: &Settings) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(settings.seed)
}

/// The group that the settings describe, one channel, in quarter hours.
fn group(protocol: meter_link::Protocol, settings: &Settings) -> anyhow::Result<GroupParams> {
    let max_meters = u32::try_from(settings.meters).context("too many meters")?;
    let min_honest = u32::try_from(settings.min_meters).context("the minimum of meters is too large")?;
    let rules = SetRules { min_honest, ..SetRules::LEAST };
    let max_reading = settings.max_reading.unsigned_abs();
    let config = GroupConfig { max_meters, rules, max_reading, ..GroupConfig::new(protocol, GroupId(1)) };
    Ok(GroupParams::new(config)?)
}

/// Keys and certificates for everybody: meters 1 … n, then the answerers.
fn form(
    group: &GroupParams,
    session: Session,
    settings: &Settings,
    answerers: u8,
    answerer_role: Role,
    rng: &mut ChaCha20Rng,
) -> anyhow::Result<Cohort> {
    let last_meter = u32::try_from(settings.meters).context("too many meters")?;
    let last = last_meter.checked_add(answerers.into()).context("too many meters")?;
    let ids: Vec<PartyId> = (1..=last).map(PartyId).collect();
    let (meters, answerers) = ids.split_at_checked(settings.meters).unwrap_or_default();
    let last_round = Round::new(settings.rounds.saturating_sub(1))?;
    let first_round = Round::from(0);
    let plan = Plan { group, session, epoch: 0, first_round, last_round, meters, answerers, answerer_role };
    Ok(Cohort::form(&plan, rng)?)
}

/// Meters 1 … n stand at positions 0 … n − 1.
fn positions(ids: impl Iterator<Item = PartyId>) -> Vec<usize> {
    ids.filter_map(|id| usize::try_from(id.0).ok()?.checked_sub(1)).collect()
}

/// Rounds that a bill of a window hides a reading among: as many as it allows, up to a day of quarter hours.
fn min_rounds(window: u32) -> u32 {
    96.min(window / 2)
}

/// The bills of a window.
///
/// # Errors
/// If one cannot be read.
fn billed(bills: &[Bill], spoilt: &[PartyId]) -> anyhow::Result<Vec<Billed>> {
    if let Some(meter) = spoilt.first() {
        anyhow::bail!("the bill of {meter:?} cannot be read");
    }
    let places = positions(bills.iter().map(|bill| bill.meter));
    let billed = places.into_iter().zip(bills).map(|(meter, bill)| {
        let sum = bill.values.first().copied().unwrap_or_default();
        Billed { meter, rounds: bill.rounds, sum }
    });
    Ok(billed.collect())
}

/// Who takes part in a round, by position. Silence that the rules allow comes as a surprise, after the
/// round was opened; where more are silent, it is an outage that the utility knew of.
fn present(group: &GroupParams, readings: &[Option<i64>]) -> Vec<bool> {
    let here = readings.iter().filter(|reading| reading.is_some()).count();
    let everybody = u32::try_from(readings.len()).unwrap_or(u32::MAX);
    let surprise = here >= group.rules.least_of(everybody) as usize;
    readings.iter().map(|reading| surprise || reading.is_some()).collect()
}

/// Runs `work` and adds the time it took to `total`.
fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total = total.saturating_add(start.elapsed());
    result
}

/// Too few parties lose a round; anything else is broken.
fn refused(error: meter_link::Error) -> RoundError {
    match error {
        meter_link::Error::Quorum { .. } => RoundError::Refused(error.to_string()),
        _ => RoundError::Failed(error.into()),
    }
}

/// The u64 at a place of a frame.
fn word(frame: &[u8], at: usize) -> Option<u64> {
    let bytes = frame.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}
