//! What forming wants to know of the protocol.

use meter_link::{Epoch, GroupParams, Session};

use crate::deployment::{Deployment, Graph};
use crate::engine::seat::{Seat, SharedDevice};
use crate::engine::{Role, protocol};
use crate::system::Protocol;

/// A protocol; tests have one of their own.
pub(super) trait System: Send + Sync {
    fn group(&self, deployment: &Deployment) -> anyhow::Result<GroupParams>;
    fn session(&self, deployment: &Deployment) -> anyhow::Result<Session>;
    /// Whether meters need the whole list: in a ring, and where a graph grows, since anybody may be drawn.
    fn whole(&self, deployment: &Deployment) -> bool;
    fn near(
        &self,
        deployment: &Deployment,
        epoch: &Epoch,
        place: u32,
        meters: u32,
    ) -> anyhow::Result<Vec<u32>>;
    fn utility(&self, deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>>;
    fn meter(
        &self,
        deployment: &Deployment,
        seat: Seat,
        device: SharedDevice,
    ) -> anyhow::Result<Box<dyn Role>>;
    fn helper(&self, deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>>;
}

/// The one that the deployment names.
pub(super) struct Named;

impl System for Named {
    fn group(&self, deployment: &Deployment) -> anyhow::Result<GroupParams> {
        protocol::group(deployment)
    }

    fn session(&self, deployment: &Deployment) -> anyhow::Result<Session> {
        protocol::session(deployment)
    }

    fn whole(&self, deployment: &Deployment) -> bool {
        let grown = deployment.protocol == Protocol::Dcnet && deployment.dcnet.graph == Graph::Grown;
        deployment.protocol == Protocol::Cmt || grown
    }

    fn near(
        &self,
        deployment: &Deployment,
        epoch: &Epoch,
        place: u32,
        meters: u32,
    ) -> anyhow::Result<Vec<u32>> {
        protocol::near(deployment, epoch, place, meters)
    }

    fn utility(&self, deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
        protocol::utility(deployment, seat)
    }

    fn meter(
        &self,
        deployment: &Deployment,
        seat: Seat,
        device: SharedDevice,
    ) -> anyhow::Result<Box<dyn Role>> {
        protocol::meter(deployment, seat, device)
    }

    fn helper(&self, deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
        protocol::helper(deployment, seat)
    }
}
