//! threshold-elgamal as networked roles: first the trustees make the group's key ([`keys`]), then rounds are
//! [`clocked`], and what is computed in them is here.

mod keys;
mod meter;
mod relay;
mod sums;
#[cfg(test)]
mod tests;
mod trustee;
mod utility;

use meter_link::PartyId;
use meter_link::answer::Threshold;
use threshold_elgamal::{Error, Fault, Malformed, Misuse, Params};

use super::clocked::{self, Failure};
use super::seat::{Seat, SharedDevice};
use super::{Refusal, Role, protocol};
use crate::deployment::Deployment;

/// The parameters that all parties of the deployment compute alike.
pub(crate) fn params(deployment: &Deployment) -> anyhow::Result<Params> {
    let threshold = match deployment.elgamal.joint_key {
        true => Threshold::all_of(u8::try_from(deployment.answerers.ids.0.len())?)?,
        false => clocked::threshold(deployment)?,
    };
    let params = Params::new(protocol::group(deployment)?, threshold)?;
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

/// A trustee's role in an epoch.
pub(crate) fn answerer(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    trustee::role(deployment, seat)
}

/// What a failure of the crate means; `from` is whose link the bytes came over.
fn failure(from: PartyId) -> impl Fn(Error) -> Failure {
    move |error| {
        let link = |error: meter_link::Error| clocked::failure(error, from);
        match error {
            Error::Misuse(Misuse::Link(misuse)) => link(misuse.into()),
            Error::Malformed(Malformed::Link(malformed)) => link(malformed.into()),
            Error::Fault { culprit, fault: Fault::Link(fault) } => link(fault.of(culprit)),
            Error::Quorum { have, need } => Failure::Few { have, need },
            Error::Inconsistent => Failure::Inconsistent,
            Error::Malformed(malformed) => {
                Failure::Refused(clocked::fault(from, Error::Malformed(malformed)))
            }
            Error::Fault { culprit, fault } => {
                Failure::Refused(clocked::fault(culprit, Error::Fault { culprit, fault }))
            }
            other => Failure::Refused(Refusal::Broken(other.to_string())),
        }
    }
}

/// What came from the utility was refused, or what this party did itself.
fn refused(error: Error) -> Refusal {
    failure(PartyId::UTILITY)(error).into()
}
