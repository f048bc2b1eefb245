//! shamir-agg as networked roles: the round is [`clocked`], what is computed in it is here.

mod aggregator;
mod meter;
#[cfg(test)]
mod tests;
mod utility;

use meter_link::PartyId;
use shamir_agg::Params;

use super::clocked::{self, Failure};
use super::seat::{Seat, SharedDevice};
use super::{Role, protocol};
use crate::deployment::Deployment;

/// The parameters that all parties of the deployment compute alike.
pub(crate) fn params(deployment: &Deployment) -> anyhow::Result<Params> {
    let params = Params::new(protocol::group(deployment)?, clocked::threshold(deployment)?)?;
    Ok(match clocked::windows(deployment) {
        Some((rounds, least)) => params.with_windows(rounds, least)?,
        None => params,
    })
}

/// The utility's role in an epoch.
pub(crate) fn utility(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    utility::role(deployment, seat)
}

/// A meter's role in an epoch.
pub(crate) fn meter(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    meter::role(deployment, seat, device)
}

/// An aggregator's role in an epoch.
pub(crate) fn answerer(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    aggregator::role(deployment, seat)
}

/// What a failure of the crate means; `from` is whose link the bytes came over.
fn failure(from: PartyId) -> impl Fn(meter_link::Error) -> Failure {
    move |error| clocked::failure(error, from)
}
