//! dcnet-core as networked roles.
//!
//! | phase of a slot | the utility | meters | holders |
//! |---|---|---|---|
//! | begins | Open to all who attend | contribute upon it | take it |
//! | all in, or the deadline | Close; not final if somebody is missing | repair for neighbours | |
//! | all repairs in, or a fifth of the rest | Close again, at most twice | | |
//! | final | final Close | take it | t of them answer, the others follow |
//! | somebody does not answer | asks another quorum for the same set | | answer |
//! | ends | the sum was told, or the round is lost | | |
//!
//! In a grown graph meters find their neighbours meanwhile ([`registration`]), through the utility.

mod evidence;
mod holder;
mod journal;
mod meter;
mod registration;
#[cfg(test)]
mod tests;
mod utility;

use anyhow::Context as _;
use dcnet_core::grown::LEAST_NEIGHBOURS;
use dcnet_core::{Error, Fault, Misuse, Params, Risk, graph};
use meter_link::answer::Threshold;
use meter_link::{Context, Epoch, PartyId};

use super::protocol;
use super::seat::{Seat, SharedDevice};
use super::{Refusal, Role};
use crate::deployment::{Deployment, Graph};

/// The parameters that all parties of the deployment compute alike.
pub(crate) fn params(deployment: &Deployment) -> anyhow::Result<Params> {
    let group = protocol::group(deployment)?;
    let answerers = &deployment.answerers;
    let count = u8::try_from(answerers.ids.0.len()).context("more than 255 holders")?;
    let threshold = match answerers.max_colluding {
        0 => Threshold::trusting_the_utility_not_to_equivocate(count, answerers.threshold),
        colluding => Threshold::new(count, answerers.threshold, colluding),
    };
    let threshold = threshold.with_context(|| {
        let (t, f) = (answerers.threshold, answerers.max_colluding);
        format!("{count} holders of whom {t} open and {f} may collude")
    })?;
    let degree = deployment.dcnet.degree;
    match deployment.dcnet.graph {
        Graph::Complete => Params::complete(group, threshold)
            .with_context(|| format!("a complete graph of more than {} meters", graph::COMPLETE_UP_TO)),
        Graph::Drawn if degree == 0 => {
            Params::secure(group, threshold, &Risk { colluding: 0.1, ..Risk::DEFAULT })
                .context("no degree is enough for so many meters")
        }
        // Half of the neighbours may be silent; what that is worth, `wattsum plan` and dcnet-core's tables tell.
        Graph::Drawn => Params::drawn_relying_on_the_holders(group, threshold, degree, (degree / 2).max(1))
            .with_context(|| format!("a drawn graph of degree {degree}, which must be even")),
        Graph::Grown => {
            Params::grown(group, threshold, LEAST_NEIGHBOURS).context("a grown graph of so few meters")
        }
    }
}

/// The utility's role in an epoch.
pub(crate) fn utility(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    Ok(Box::new(utility::UtilityRole::new(deployment, seat)?))
}

/// A meter's role in an epoch.
pub(crate) fn meter(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    Ok(Box::new(meter::MeterRole::new(deployment, seat, device)?))
}

/// A holder's role in an epoch.
pub(crate) fn answerer(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    Ok(Box::new(holder::HolderRole::new(deployment, seat)?))
}

/// See [`super::protocol::near`]. In a grown graph a meter may draw anybody, so it knows everybody, itself included.
pub(crate) fn near(
    deployment: &Deployment,
    epoch: &Epoch,
    place: u32,
    meters: u32,
) -> anyhow::Result<Vec<u32>> {
    around(&params(deployment)?, &epoch.context(), place, meters)
}

fn around(params: &Params, context: &Context, place: u32, meters: u32) -> anyhow::Result<Vec<u32>> {
    if params.is_grown() {
        return Ok((0..meters).collect());
    }
    let complete = graph::is_complete(meters, params.degree());
    let most = if complete { meters.saturating_sub(1) } else { params.degree() };
    let mut around = vec![0u32; most as usize];
    let count = graph::neighbours(place, meters, params.degree(), &graph::seed(context), &mut around)?;
    around.truncate(count);
    Ok(around)
}

/// What an error of the crates means for the process, where `from` has sent what caused it.
fn refused(error: Error, from: PartyId) -> Refusal {
    match error {
        Error::Fault { fault, .. } if happens(fault) => Refusal::Stale(describe(fault)),
        Error::Fault { culprit, fault } => Refusal::Fault { culprit, what: fault.to_string() },
        Error::Misuse(
            Misuse::OutOfOrder
            | Misuse::RoundOutsideEpoch
            | Misuse::RoundFarFromNow
            | Misuse::TimeAlreadyUsed
            | Misuse::UnknownParty,
        ) => Refusal::Stale("the step does not follow from the present state"),
        Error::Misuse(_) => Refusal::Broken(error.to_string()),
        _ => Refusal::Fault { culprit: from, what: error.to_string() },
    }
}

/// Faults that an honest party has in a network that delays and repeats.
fn happens(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::RoundClosed
            | Fault::WrongPass
            | Fault::WrongRound
            | Fault::WrongEpoch
            | Fault::RoundFarFromNow
            | Fault::NotExpected
            | Fault::NotInQuorum
            | Fault::TooFewNeighbours
    )
}

fn describe(fault: Fault) -> &'static str {
    match fault {
        Fault::RoundClosed => "the round is closed",
        Fault::WrongPass => "of another pass",
        Fault::RoundFarFromNow => "of a round far from now",
        Fault::NotExpected => "nobody waits for it",
        Fault::NotInQuorum => "others are asked",
        Fault::TooFewNeighbours => "too few neighbours are left",
        _ => "of another round",
    }
}

fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}
