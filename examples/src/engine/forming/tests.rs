//! Forming in a simulated network, with a toy protocol whose sums need everybody's keys to fit.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod attacks;
mod clocks;
mod epochs;
mod restarts;
mod scale;
mod shapes;
mod toy;

use std::sync::{Arc, Mutex};

use meter_link::roster::Certified;
use meter_link::{HighWater, Identity, IdentityKey, PartyId, Role as Duty};

use self::toy::Toy;
use super::{Authority, Head, Oneself, Party};
use crate::deployment::Deployment;
use crate::engine::seat::{Device, Kept};
use crate::engine::sim::{Network, Truth};
use crate::engine::{Role, protocol};

/// When the slot of round 0 begins.
const BEGINS: u64 = 1_700_000_000_000;

/// Ids of answerers are above.
const ANSWERERS: u32 = 10_000;

/// A deployment with so many meters from id 1 on and answerers from id 10001 on.
fn deployment(protocol: &str, meters: u32, answerers: u32, slot: u64, epoch: u32) -> Arc<Deployment> {
    let answerers = match answerers {
        0 => String::new(),
        _ => format!(
            "[answerers]\nids = \"{}-{}\"\nthreshold = 2\nmax_colluding = 0",
            ANSWERERS + 1,
            ANSWERERS + answerers
        ),
    };
    let text = format!(
        r#"
        name = "test"
        protocol = "{protocol}"
        group = 7
        {answerers}
        [meters]
        ids = "1-{meters}"
        max_reading = {}
        [rounds]
        origin = 1_600_000_000
        epoch = {epoch}
        replay = {{ begins = {BEGINS}, slot = {slot} }}
        [utility]
        listen = "127.0.0.1:0"
        address = "https://127.0.0.1:1"
        database = "db"
        [pki]
        folder = "pki"
        state = "state"
        "#,
        1u64 << 40
    );
    Arc::new(toml::from_str(&text).unwrap())
}

/// Certificates are `id u32 ‖ role u8 ‖ identity`.
struct Registry;

impl Authority for Registry {
    fn certified(&self, certificate: &[u8], _now: u64) -> Result<Certified, String> {
        let (id, rest) = certificate.split_first_chunk::<4>().ok_or("short")?;
        let (role, identity) = rest.split_first().ok_or("short")?;
        let role = Duty::try_from(*role).map_err(|e| e.to_string())?;
        let identity = IdentityKey(identity.try_into().map_err(|_| "long")?);
        Ok(Certified { id: PartyId(u32::from_le_bytes(*id)), role, identity })
    }
}

fn identity(id: PartyId) -> Identity {
    let mut seed = [0x5a; 32];
    seed[..4].copy_from_slice(&id.0.to_le_bytes());
    Identity::from_bytes(&mut seed)
}

fn certificate(id: PartyId, role: Duty, identity: &Identity) -> Vec<u8> {
    let mut out = id.0.to_le_bytes().to_vec();
    out.push(role as u8);
    out.extend(identity.public().0);
    out
}

fn oneself(id: PartyId, role: Duty) -> Oneself {
    let certificate = certificate(id, role, &identity(id));
    Oneself { id, role, signer: Box::new(move || identity(id)), certificate, authority: Arc::new(Registry) }
}

fn parties(deployment: &Deployment) -> Vec<(PartyId, Duty)> {
    let answerer = protocol::answerer(deployment);
    let meters = deployment.meters.ids.0.iter().map(|id| (*id, Duty::Meter));
    meters.chain(deployment.answerers.ids.0.iter().map(|id| (*id, answerer.unwrap()))).collect()
}

fn device(truth: Truth, index: u32) -> Device {
    Device { mark: HighWater::new(), record: None, source: truth.source(index) }
}

fn head(toy: &Toy, deployment: &Arc<Deployment>, kept: Option<Kept>) -> Head {
    let utility = oneself(PartyId::UTILITY, Duty::Utility);
    Head::with(Arc::new(*toy), deployment.clone(), utility, kept).unwrap()
}

fn party(toy: &Toy, deployment: &Arc<Deployment>, id: PartyId, kept: Option<Kept>) -> Party {
    let role = parties(deployment).into_iter().find(|(other, _)| *other == id).unwrap().1;
    let truth = Truth::new(deployment.meters.ids.0.len().min(46) as u32);
    let device = (role == Duty::Meter).then(|| Arc::new(Mutex::new(device(truth, id.0 - 1))));
    Party::with(Arc::new(*toy), deployment.clone(), oneself(id, role), device, kept).unwrap()
}

fn make_head(toy: &Toy, deployment: &Arc<Deployment>) -> Box<dyn FnMut(Option<Kept>) -> Box<dyn Role>> {
    let (toy, deployment) = (*toy, deployment.clone());
    Box::new(move |kept| Box::new(head(&toy, &deployment, kept)))
}

fn make_party(
    toy: &Toy,
    deployment: &Arc<Deployment>,
    id: PartyId,
) -> Box<dyn FnMut(Option<Kept>) -> Box<dyn Role>> {
    let (toy, deployment) = (*toy, deployment.clone());
    Box::new(move |kept| Box::new(party(&toy, &deployment, id, kept)))
}

/// The utility and everybody else, a second before round 0.
fn network(toy: &Toy, deployment: &Arc<Deployment>, seed: u64) -> Network {
    let mut network = Network::new(BEGINS - 1_000, seed);
    network.add(PartyId::UTILITY, make_head(toy, deployment));
    for (id, _) in parties(deployment) {
        network.add(id, make_party(toy, deployment, id));
    }
    network
}

fn truth(deployment: &Deployment) -> Truth {
    Truth::new(deployment.meters.ids.0.len() as u32)
}
