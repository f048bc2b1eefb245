//! The four protocols themselves, formed over the network: views and lists fit, and sums come of them.

use meter_link::PartyId;

use super::*;
use crate::engine::Event;
use crate::engine::sim::Rates;

/// A network of what the program runs.
fn real(
    protocol: &str,
    meters: u32,
    answerers: u32,
    extra: &str,
    truth: Truth,
    rounds: (u64, u32),
) -> Network {
    let mut deployment = Arc::unwrap_or_clone(deployment(protocol, meters, answerers, rounds.0, rounds.1));
    deployment.meters.max_reading = truth.largest();
    if protocol == "cmt" {
        deployment.meters.min_honest = 5;
    }
    if !extra.is_empty() {
        let table: crate::deployment::Dcnet = toml::from_str(extra).unwrap();
        deployment.dcnet = table;
    }
    let deployment = Arc::new(deployment);
    let mut network = Network::new(BEGINS - 1_000, 61);
    let of = deployment.clone();
    let make = move |kept| {
        let oneself = oneself(PartyId::UTILITY, Duty::Utility);
        Box::new(Head::new(of.clone(), oneself, kept).unwrap()) as Box<dyn Role>
    };
    network.add(PartyId::UTILITY, Box::new(make));
    for (id, role) in parties(&deployment) {
        let of = deployment.clone();
        let make = move |kept| {
            let device = (role == Duty::Meter).then(|| Arc::new(Mutex::new(device(truth, id.0 - 1))));
            Box::new(Party::new(of.clone(), oneself(id, role), device, kept).unwrap()) as Box<dyn Role>
        };
        network.add(id, Box::new(make));
    }
    network
}

fn runs(protocol: &str, meters: u32, answerers: u32, extra: &str, truth: Truth) {
    let mut network = real(protocol, meters, answerers, extra, truth, (2_000, 30));
    network.run_until(BEGINS + 40_000);
    // Everybody dies once, and goes on.
    for id in network.ids() {
        let next = network.now + 700;
        network.run_until(next);
        network.kill(id);
    }
    network.run_until(BEGINS + 160_000);
    let tally = truth.check(&network);
    let said: Vec<_> =
        network.events().filter(|event| matches!(event, Event::Fault { .. })).cloned().collect();
    let refusals: Vec<_> =
        network.ids().into_iter().map(|id| (id, network.node(id).refusals.clone())).collect();
    assert!(tally.epochs.len() >= 2, "{protocol}: {:?} {said:?} {refusals:?}", tally.epochs);
    let late = tally.sums_in(45..=77);
    assert!(late >= 30, "{protocol}: {late} of 33, lost {:?}, {said:?} {refusals:?}", tally.lost);
    println!("{protocol}: {} sums, {} lost, epochs {:?}", tally.sums.len(), tally.lost.len(), tally.epochs);
}

/// A thousand rounds of faults; afterwards what is said is still right.
fn chaos(protocol: &str, meters: u32, answerers: u32, extra: &str, truth: Truth) {
    let mut network = real(protocol, meters, answerers, extra, truth, (2_000, 400));
    let table = deployment(protocol, meters, answerers, 2_000, 400).timetable();
    network.run_until(BEGINS + 30_000);
    let (mut bursts, mut again, mut dead) = (0, 0, Vec::new());
    while network.now < BEGINS + 2_000_000 {
        let until = network.now + 120_000;
        network.chaos(&Rates::all(20_000, 5_000), until);
        let calm = network.now;
        network.run_until(calm + 60_000);
        let tally = truth.check(&network);
        bursts += 1;
        again += u32::from(tally.closes_again(&table, calm));
        let now = table.round(calm).unwrap().to_u32();
        if tally.sums_in(now + 20..=now + 28) < 6 {
            dead.push(now);
        }
    }
    let tally = truth.check(&network);
    let deaths: u32 = network.ids().into_iter().map(|id| network.node(id).deaths).sum();
    let broken = network.ids().into_iter().flat_map(|id| network.node(id).refusals.clone());
    let broken: Vec<_> =
        broken.filter(|refusal| matches!(refusal, crate::engine::Refusal::Broken(_))).collect();
    println!(
        "{protocol}: {} sums, {} lost, {} epochs, {deaths} deaths, {again} of {bursts} closed within two slots",
        tally.sums.len(),
        tally.lost.len(),
        tally.epochs.len()
    );
    assert!(dead.is_empty() && broken.is_empty(), "nothing goes on after {dead:?}; {broken:?}");
}

#[test]
fn chaos_of_shamir() {
    chaos("shamir", 5, 3, "", Truth::new(5));
}

#[test]
fn chaos_of_elgamal() {
    chaos("elgamal", 5, 3, "", Truth::small(5));
}

#[test]
fn chaos_of_dcnet() {
    chaos("dcnet", 6, 3, "", Truth::new(6));
}

#[test]
fn chaos_of_cmt() {
    chaos("cmt", 7, 0, "", Truth::small(7));
}

#[test]
fn shamir() {
    runs("shamir", 5, 3, "", Truth::new(5));
}

#[test]
fn elgamal() {
    runs("elgamal", 5, 3, "", Truth::small(5));
}

#[test]
fn dcnet() {
    runs("dcnet", 6, 3, "", Truth::new(6));
}

#[test]
fn dcnet_with_a_drawn_graph() {
    runs("dcnet", 12, 3, "graph = \"drawn\"\ndegree = 6", Truth::new(12));
}

#[test]
fn cmt() {
    runs("cmt", 7, 0, "", Truth::small(7));
}
