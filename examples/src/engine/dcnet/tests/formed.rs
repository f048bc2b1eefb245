//! The same roles within epochs that are formed over the network, one after the other.

use std::sync::{Arc, Mutex};

use meter_link::roster::Certified;
use meter_link::{HighWater, Identity, IdentityKey, PartyId, Role as Post, Round};

use super::world::{BEGINS, SLOT, deployment};
use crate::deployment::{Deployment, Graph, Meters, Rounds};
use crate::engine::forming::{Authority, Head, Oneself, Party};
use crate::engine::seat::Device;
use crate::engine::sim::{Network, Rates, Tally, Truth};

/// A certificate is `id u32 ‖ role u8 ‖ identity`.
struct Registry;

impl Authority for Registry {
    fn certified(&self, certificate: &[u8], _now: u64) -> Result<Certified, String> {
        let (id, rest) = certificate.split_first_chunk::<4>().ok_or("short")?;
        let (role, identity) = rest.split_first().ok_or("short")?;
        let role = Post::try_from(*role).map_err(|error| error.to_string())?;
        let identity = IdentityKey(identity.try_into().map_err(|_| "long")?);
        Ok(Certified { id: PartyId(u32::from_le_bytes(*id)), role, identity })
    }
}

fn identity(id: PartyId) -> Identity {
    let mut seed = [0x5a; 32];
    seed[..4].copy_from_slice(&id.0.to_le_bytes());
    Identity::from_bytes(&mut seed)
}

fn oneself(id: PartyId, role: Post) -> Oneself {
    let mut certificate = id.0.to_le_bytes().to_vec();
    certificate.push(role as u8);
    certificate.extend(identity(id).public().0);
    Oneself { id, role, signer: Box::new(move || identity(id)), certificate, authority: Arc::new(Registry) }
}

fn town(meters: u32, graph: Graph, epoch: u32, seed: u64) -> (Network, Arc<Deployment>, Truth) {
    let truth = Truth::new(meters);
    let plain = deployment(meters, graph, 0);
    let deployment = Arc::new(Deployment {
        meters: Meters { max_reading: truth.largest(), ..plain.meters },
        rounds: Rounds { epoch, ..plain.rounds },
        ..plain
    });
    let mut network = Network::new(BEGINS - 30_000, seed);
    network.bounds = Some(crate::wire::Bounds::of(&deployment));
    let of = Arc::clone(&deployment);
    network.add(
        PartyId::UTILITY,
        Box::new(move |kept| {
            Box::new(Head::new(of.clone(), oneself(PartyId::UTILITY, Post::Utility), kept).unwrap())
        }),
    );
    let meters = deployment.meters.ids.0.iter().map(|id| (*id, Post::Meter));
    let holders = deployment.answerers.ids.0.iter().map(|id| (*id, Post::Holder));
    for (id, role) in meters.chain(holders) {
        let of = Arc::clone(&deployment);
        let start = move |kept| -> Box<dyn crate::engine::Role> {
            let device = (role == Post::Meter).then(|| {
                let source = truth.source(id.0 - 1);
                Arc::new(Mutex::new(Device { mark: HighWater::new(), record: None, source }))
            });
            Box::new(Party::new(of.clone(), oneself(id, role), device, kept).unwrap())
        };
        network.add(id, Box::new(start));
    }
    (network, deployment, truth)
}

fn into(round: u64) -> u64 {
    BEGINS + SLOT * round
}

#[test]
fn epochs_follow_each_other() {
    for graph in [Graph::Complete, Graph::Grown] {
        let (mut network, _, truth) = town(9, graph, 40, 70);
        network.run_until(into(110) - 1);
        let Tally { sums, lost, epochs, .. } = truth.check(&network);
        assert!(epochs.len() >= 3, "{graph:?}: {epochs:?}");
        // A grown graph begins with nobody in each epoch.
        let most = if graph == Graph::Grown { 12 } else { 3 };
        assert!(lost.len() <= most && sums.len() + most >= 108, "{graph:?}: {} {lost:?}", sums.len());
        assert!(sums.values().filter(|(_, members)| members.len() == 9).count() > 90, "{graph:?}");
    }
}

/// The thesis' scenario over formed epochs: no new epoch is needed for who comes back with its keys.
#[test]
fn a_meter_that_fails_returns_in_its_epoch() {
    for graph in [Graph::Complete, Graph::Grown] {
        let (mut network, _, truth) = town(8, graph, 400, 71);
        network.run_until(into(14));
        network.node(PartyId(3)).restarts_after = Some(SLOT * 6);
        network.kill(PartyId(3));
        network.run_until(into(40));
        let Tally { sums, epochs, lost, .. } = truth.check(&network);
        assert_eq!(epochs.len(), 1, "{graph:?}: {epochs:?}");
        let has = |round: u32| sums.get(&round).map(|(_, members)| members.contains(&2));
        assert_eq!((has(12), has(16), has(30)), (Some(true), Some(false), Some(true)), "{graph:?}: {lost:?}");
    }
}

#[test]
fn chaos_over_formed_epochs() {
    for (graph, seed) in [(Graph::Complete, 72), (Graph::Grown, 73)] {
        let (mut network, deployment, truth) = town(9, graph, 120, seed);
        network.run_until(into(10));
        network.chaos(&Rates::all(60_000, 12_000), into(200));
        let calm = network.now;
        network.run_until(into(206));
        let tally = truth.check(&network);
        assert!(tally.sums.len() > 110, "{graph:?}: {} {:?}", tally.sums.len(), tally.lost);
        let again = tally.closes_again(&deployment.timetable(), calm);
        let next = deployment.timetable().round(calm).map(Round::to_u32);
        assert!(again, "{graph:?}: after {next:?}: {:?}", tally.lost);
    }
}
