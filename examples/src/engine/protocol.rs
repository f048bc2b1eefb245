//! Which protocol a deployment runs: the one place that chooses between them.

use anyhow::bail;
use meter_link::{Epoch, GroupConfig, GroupId, GroupParams, Session, SetRules};

use super::seat::{Seat, SharedDevice};
use super::{Role, ckks, cmt, dcnet, elgamal, shamir};
use crate::deployment::Deployment;
use crate::system::Protocol;

/// The protocol's number on the wire.
pub(crate) const fn wire(protocol: Protocol) -> meter_link::Protocol {
    match protocol {
        Protocol::Dcnet => meter_link::Protocol::Dcnet,
        Protocol::Shamir => meter_link::Protocol::Shamir,
        Protocol::Elgamal => meter_link::Protocol::Elgamal,
        Protocol::Cmt => meter_link::Protocol::Cmt,
        Protocol::Ckks => meter_link::Protocol::Ckks,
    }
}

/// What those who help to open sums are; `None` where there are none.
pub(crate) const fn answerer(deployment: &Deployment) -> Option<meter_link::Role> {
    match deployment.protocol {
        Protocol::Dcnet => Some(meter_link::Role::Holder),
        Protocol::Shamir => Some(meter_link::Role::Aggregator),
        Protocol::Elgamal => Some(meter_link::Role::Trustee),
        Protocol::Cmt => None,
        Protocol::Ckks if deployment.ckks.holder => Some(meter_link::Role::Holder),
        Protocol::Ckks => Some(meter_link::Role::Trustee),
    }
}

/// The group that the deployment describes: a channel for each interval of a round.
pub(crate) fn group(deployment: &Deployment) -> anyhow::Result<GroupParams> {
    let meters = &deployment.meters;
    let base = match deployment.protocol {
        Protocol::Cmt => cmt_ring::Params::config(GroupId(deployment.group)),
        protocol => GroupConfig::new(wire(protocol), GroupId(deployment.group)),
    };
    let config = GroupConfig {
        max_meters: u32::try_from(meters.ids.0.len())?,
        max_reading: meters.max_reading,
        channels: deployment.rounds.batch,
        schedule: deployment.timetable().schedule,
        rules: SetRules {
            min_honest: meters.min_honest,
            max_colluding: meters.max_colluding,
            max_missing_permille: meters.max_missing_permille,
        },
        ..base
    };
    Ok(GroupParams::new(config)?)
}

/// The session of the group, protocol and parameters.
pub(crate) fn session(deployment: &Deployment) -> anyhow::Result<Session> {
    Ok(match deployment.protocol {
        Protocol::Dcnet => dcnet::params(deployment)?.session(),
        Protocol::Shamir => shamir::params(deployment)?.session(),
        Protocol::Elgamal => elgamal::params(deployment)?.session(),
        Protocol::Cmt => cmt::params(deployment)?.session(),
        Protocol::Ckks => ckks::params(deployment)?.session(),
    })
}

/// Bytes of a contribution.
pub(crate) fn contribution_len(deployment: &Deployment) -> anyhow::Result<usize> {
    Ok(match deployment.protocol {
        Protocol::Dcnet => dcnet::params(deployment)?.contribution_len(),
        Protocol::Shamir => shamir::params(deployment)?.contribution_len(),
        Protocol::Elgamal => elgamal::params(deployment)?.contribution_len(),
        Protocol::Cmt => cmt::params(deployment)?.contribution_len(),
        Protocol::Ckks => ckks::longest(deployment),
    })
}

/// Positions of the meters whose link keys the meter at `place` needs to begin with, ascending.
pub(crate) fn near(
    deployment: &Deployment,
    epoch: &Epoch,
    place: u32,
    meters: u32,
) -> anyhow::Result<Vec<u32>> {
    match deployment.protocol {
        Protocol::Shamir | Protocol::Elgamal | Protocol::Ckks => Ok(Vec::new()),
        Protocol::Cmt => Ok((0..meters).collect()),
        Protocol::Dcnet => dcnet::near(deployment, epoch, place, meters),
    }
}

/// The utility's role.
pub(crate) fn utility(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    match deployment.protocol {
        Protocol::Dcnet => dcnet::utility(deployment, seat),
        Protocol::Shamir => shamir::utility(deployment, seat),
        Protocol::Elgamal => elgamal::utility(deployment, seat),
        Protocol::Cmt => cmt::utility(deployment, seat),
        Protocol::Ckks => ckks::utility(deployment, seat),
    }
}

/// A meter's role.
pub(crate) fn meter(
    deployment: &Deployment,
    seat: Seat,
    device: SharedDevice,
) -> anyhow::Result<Box<dyn Role>> {
    match deployment.protocol {
        Protocol::Dcnet => dcnet::meter(deployment, seat, device),
        Protocol::Shamir => shamir::meter(deployment, seat, device),
        Protocol::Elgamal => elgamal::meter(deployment, seat, device),
        Protocol::Cmt => cmt::meter(deployment, seat, device),
        Protocol::Ckks => ckks::meter(deployment, seat, device),
    }
}

/// The role of a holder, aggregator or trustee.
pub(crate) fn helper(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    anyhow::ensure!(answerer(deployment) == Some(seat.role), "party {} does not help here", seat.id);
    match deployment.protocol {
        Protocol::Dcnet => dcnet::answerer(deployment, seat),
        Protocol::Shamir => shamir::answerer(deployment, seat),
        Protocol::Elgamal => elgamal::answerer(deployment, seat),
        Protocol::Cmt => bail!("a ring has no answerers"),
        Protocol::Ckks => ckks::answerer(deployment, seat),
    }
}
