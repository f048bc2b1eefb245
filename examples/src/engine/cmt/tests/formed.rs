//! The roles within processes that form their epochs themselves.

use std::sync::{Arc, Mutex};

use meter_link::roster::Certified;
use meter_link::{HighWater, Identity, IdentityKey, PartyId, Role as Duty, Round};

use super::{ALL, BEGINS, SLOT, deployment};
use crate::deployment::Cmt;
use crate::engine::forming::{Authority, Head, Oneself, Party};
use crate::engine::seat::Device;
use crate::engine::sim::{Network, Rates, Truth};
use crate::engine::timetable::Timetable;

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

fn oneself(id: PartyId) -> Oneself {
    let role = if id == PartyId::UTILITY { Duty::Utility } else { Duty::Meter };
    let identity = move || {
        let mut seed = [0x5a; 32];
        seed[..4].copy_from_slice(&id.0.to_le_bytes());
        Identity::from_bytes(&mut seed)
    };
    let mut certificate = id.0.to_le_bytes().to_vec();
    certificate.push(role as u8);
    certificate.extend(identity().public().0);
    Oneself { id, role, signer: Box::new(identity), certificate, authority: Arc::new(Registry) }
}

fn network(cmt: &Cmt, seed: u64) -> (Network, Timetable) {
    let mut deployment = deployment(7, cmt);
    deployment.rounds.epoch = 24;
    let (deployment, truth) = (Arc::new(deployment), Truth::new(7));
    let mut network = Network::new(BEGINS - 1_000, seed);
    network.bounds = Some(crate::wire::Bounds::of(&deployment));
    let of = Arc::clone(&deployment);
    let head = move |kept| -> Box<dyn crate::engine::Role> {
        Box::new(Head::new(Arc::clone(&of), oneself(PartyId::UTILITY), kept).unwrap())
    };
    network.add(PartyId::UTILITY, Box::new(head));
    for id in (1..=7).map(PartyId) {
        let of = Arc::clone(&deployment);
        let party = move |kept| -> Box<dyn crate::engine::Role> {
            let source = truth.source(id.0 - 1);
            let device = Device { mark: HighWater::new(), record: None, source };
            let device = Some(Arc::new(Mutex::new(device)));
            Box::new(Party::new(Arc::clone(&of), oneself(id), device, kept).unwrap())
        };
        network.add(id, Box::new(party));
    }
    (network, deployment.timetable())
}

/// Epochs follow each other, and no round between the first one's and the last one's is without a sum of all.
#[test]
fn epochs_follow_each_other() {
    for (n, cmt) in ALL.into_iter().enumerate() {
        let (mut network, table) = network(&cmt, n as u64);
        network.run_until(table.start(Round::from(80)) - 1);
        let tally = Truth::new(7).check(&network);
        assert!(tally.epochs.len() >= 3, "{cmt:?}: {:?}", tally.epochs);
        let first = *tally.sums.keys().next().unwrap();
        assert!(first <= 6, "{cmt:?}: {first}");
        let partial =
            (first..80).filter(|round| tally.sums.get(round).is_none_or(|(_, members)| members.len() < 7));
        let partial: Vec<u32> = partial.collect();
        assert_eq!(partial, [0u32; 0], "{cmt:?}: {:?}", tally.lost);
    }
}

/// Storms over epochs: no sum is wrong, and rounds have sums again.
#[test]
fn storms_over_epochs() {
    for (n, cmt) in ALL.into_iter().enumerate() {
        let (mut network, table) = network(&cmt, 20 + n as u64);
        network.run_until(table.start(Round::from(10)));
        network.chaos(&Rates::all(4_000, 3_000), table.start(Round::from(40)) + SLOT / 2);
        network.run_until(table.start(Round::from(90)) - 1);
        let tally = Truth::new(7).check(&network);
        println!("{cmt:?}: {} sums, {} lost", tally.sums.len(), tally.lost.len());
        assert!(tally.sums_in(70..=89) >= 18, "{cmt:?}: {:?}", tally.lost);
    }
}
