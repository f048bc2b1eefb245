//! One role of a deployment as a process: `wattsum utility`, `meter`, `holder`, `aggregator`, `trustee`, and of a ring
//! `supplier` and `concentrator`.

mod args;
mod process;

use std::sync::Arc;

use meter_link::{PartyId, Role};

use crate::deployment::Deployment;
use crate::engine::protocol;
use crate::exit::Exit;
use crate::input::InputError;
use crate::pki;
use crate::system::Protocol;

pub(crate) use args::{Common, Helper, MeterArgs, UtilityArgs, help};
pub(crate) use process::{Source, block_on, credentials, device, oneself, owner};

/// `wattsum utility`.
pub(crate) fn utility(args: &UtilityArgs) -> anyhow::Result<Exit> {
    let deployment = args.deployment()?;
    args.common.log.start()?;
    process::utility(deployment, args.common.metrics.as_deref())
}

/// `wattsum supplier`: the utility of a ring.
pub(crate) fn supplier(args: &UtilityArgs) -> anyhow::Result<Exit> {
    let deployment = args.deployment()?;
    in_ring(&deployment, "supplier", "utility")?;
    utility(args)
}

/// `wattsum meter`.
pub(crate) fn meter(args: &MeterArgs) -> anyhow::Result<Exit> {
    let deployment = Arc::new(args.common.deployment(&[])?);
    let id = PartyId(args.id);
    is_party(&deployment, id, Role::Meter)?;
    args.common.log.start()?;
    process::party(deployment, id, Role::Meter, Some(&args.readings), args.common.metrics.as_deref())
}

/// `wattsum concentrator`: a meter that can have the role in a ring.
pub(crate) fn concentrator(args: &MeterArgs) -> anyhow::Result<Exit> {
    in_ring(&args.common.deployment(&[])?, "concentrator", "meter")?;
    meter(args)
}

/// `wattsum holder`, `aggregator` or `trustee`.
pub(crate) fn helper(args: &Helper, role: Role) -> anyhow::Result<Exit> {
    let deployment = Arc::new(args.common.deployment(&[])?);
    let id = PartyId(args.id);
    is_party(&deployment, id, role)?;
    args.common.log.start()?;
    process::party(deployment, id, role, None, args.common.metrics.as_deref())
}

fn in_ring(deployment: &Deployment, role: &str, other: &str) -> Result<(), InputError> {
    match deployment.protocol {
        Protocol::Cmt => Ok(()),
        protocol => Err(InputError::new(format!(
            "a {role} is one of a ring (cmt), and the deployment's protocol is {protocol}: use `wattsum {other}`"
        ))),
    }
}

/// That the deployment has this party in this role.
fn is_party(deployment: &Deployment, id: PartyId, role: Role) -> Result<(), InputError> {
    let parties = pki::parties(deployment);
    let protocol = deployment.protocol;
    match parties.iter().find(|(party, _)| *party == id) {
        Some((_, has)) if *has == role => Ok(()),
        Some((_, has)) => Err(InputError::new(format!(
            "party {id} of the deployment is {article} {has}, no {wanted}: use `wattsum {has}`",
            article = if *has == Role::Aggregator { "an" } else { "a" },
            has = pki::role_name(*has),
            wanted = pki::role_name(role),
        ))),
        None if role != Role::Meter && protocol::answerer(deployment) != Some(role) => {
            Err(InputError::new(format!(
                "{protocol} has no {role}: dcnet has holders, shamir aggregators, elgamal trustees, ckks \
                 trustees or a holder, a ring (cmt) none",
                role = pki::role_name(role),
            )))
        }
        None => {
            let key = if role == Role::Meter { "meters.ids" } else { "answerers.ids" };
            let ids = if role == Role::Meter { &deployment.meters.ids } else { &deployment.answerers.ids };
            Err(InputError::new(format!(
                "the deployment has no {} {id}; {key} is {:?}",
                pki::role_name(role),
                String::from(ids.clone())
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::example;

    fn of(protocol: Protocol) -> Deployment {
        toml::from_str(&example::text(protocol)).unwrap()
    }

    #[test]
    fn who_is_what() {
        let error = |protocol, id, role| is_party(&of(protocol), PartyId(id), role).unwrap_err().to_string();
        is_party(&of(Protocol::Shamir), PartyId(1001), Role::Aggregator).unwrap();
        is_party(&of(Protocol::Cmt), PartyId(20), Role::Meter).unwrap();
        assert!(error(Protocol::Shamir, 1001, Role::Meter).contains("use `wattsum aggregator`"));
        assert!(error(Protocol::Dcnet, 7, Role::Holder).contains("is a meter"));
        assert!(error(Protocol::Shamir, 2000, Role::Trustee).contains("shamir has no trustee"));
        assert!(error(Protocol::Cmt, 2000, Role::Holder).contains("a ring (cmt) none"));
        assert!(error(Protocol::Shamir, 21, Role::Meter).contains("meters.ids is \"1-20\""));
        assert!(error(Protocol::Shamir, 1005, Role::Aggregator).contains("\"1001-1004\""));
        assert!(in_ring(&of(Protocol::Shamir), "supplier", "utility").is_err());
        assert!(in_ring(&of(Protocol::Cmt), "supplier", "utility").is_ok());
    }
}
