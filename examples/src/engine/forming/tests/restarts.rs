//! Power fails between any two effects, on any side; and everything at once, for a thousand rounds.

use meter_link::PartyId;

use super::*;
use crate::engine::sim::Rates;
use crate::engine::{Event, Letter};

/// An epoch comes about in the end, with everybody in it, and all its rounds have sums.
fn recovers(network: &mut Network, deployment: &Arc<Deployment>, what: &str) {
    let until = network.now + 60_000;
    network.run_until(until);
    let table = deployment.timetable();
    let now = table.round(network.now).unwrap().to_u32();
    let tally = truth(deployment).check(network);
    for round in now - 8..=now - 1 {
        let members = tally.sums.get(&round).map(|(_, members)| members.len());
        assert_eq!(members, Some(deployment.meters.ids.0.len()), "{what}: round {round}, {:?}", tally.lost);
    }
}

#[test]
fn the_utility_dies_at_each_effect_of_forming() {
    let deployment = deployment("shamir", 3, 2, 1_000, 1_000);
    for effects in 0..40 {
        let mut network = network(&Toy::default(), &deployment, 100 + u64::from(effects));
        network.kill_after(PartyId::UTILITY, effects);
        network.run_until(BEGINS + 8_000);
        recovers(&mut network, &deployment, &format!("after {effects} effects"));
        assert_eq!(network.node(PartyId::UTILITY).deaths, 1);
    }
}

#[test]
fn a_party_dies_at_each_effect_of_forming() {
    let deployment = deployment("shamir", 4, 2, 1_000, 1_000);
    for id in [PartyId(2), PartyId(ANSWERERS + 1)] {
        for effects in 0..10 {
            let mut network = network(&Toy::default(), &deployment, 200 + u64::from(effects));
            network.kill_after(id, effects);
            network.run_until(BEGINS + 8_000);
            recovers(&mut network, &deployment, &format!("{id} after {effects} effects"));
            assert_eq!(network.node(id).deaths, 1);
        }
    }
}

#[test]
fn links_break_at_each_letter_of_forming() {
    let deployment = deployment("shamir", 3, 2, 1_000, 1_000);
    for millis in (0..5_000).step_by(100) {
        let mut network = network(&Toy::default(), &deployment, 300 + millis);
        network.run_until(BEGINS - 1_000 + millis);
        for id in [PartyId(1), PartyId(ANSWERERS + 2)] {
            network.link(id, false);
            let now = network.now;
            network.run_until(now + millis % 300);
            network.link(id, true);
        }
        recovers(&mut network, &deployment, &format!("after {millis} ms"));
    }
}

#[test]
fn a_pinned_root_outlives_the_process_and_the_number_is_gone() {
    let deployment = deployment("shamir", 3, 2, 1_000, 1_000);
    let mut network = network(&Toy::default(), &deployment, 400);
    let pinned = Arc::new(Mutex::new(Vec::new()));
    let seen = pinned.clone();
    network.tamper = Some(Box::new(move |from, _, letter| {
        if let (Letter::Pinned { epoch }, true) = (&letter, from == PartyId(1)) {
            seen.lock().unwrap().push(*epoch);
        }
        vec![letter]
    }));
    // Attending, Announcement, the record; dies before Pinned leaves.
    network.kill_after(PartyId(1), 3);
    network.run_until(BEGINS - 500);
    assert_eq!(network.node(PartyId(1)).deaths, 1);
    assert!(pinned.lock().unwrap().is_empty());
    let kept = network.node(PartyId(1)).kept.clone();
    assert_eq!(kept.records.len(), 1, "the root is stored before Pinned is sent");
    let again = party(&Toy::default(), &deployment, PartyId(1), Some(kept));
    assert_eq!((again.book.tried, again.epochs()), (1, 0));
    recovers(&mut network, &deployment, "pinned");
    assert_eq!(pinned.lock().unwrap()[0], 2);
}

#[test]
fn a_full_disk_stops_a_party_and_nobody_else() {
    let deployment = deployment("shamir", 5, 2, 1_000, 1_000);
    let mut network = network(&Toy::default(), &deployment, 500);
    network.run_until(BEGINS + 10_500);
    network.node(PartyId(3)).disk_full = true;
    network.run_until(BEGINS + 30_500);
    let tally = truth(&deployment).check(&network);
    assert!(tally.lost.is_empty() && (13..=29).all(|round| tally.sums[&round].1.len() == 4));
    network.node(PartyId(3)).disk_full = false;
    recovers(&mut network, &deployment, "full");
}

#[test]
fn a_damaged_journal_is_no_journal() {
    let deployment = deployment("shamir", 3, 2, 1_000, 1_000);
    let mut network = network(&Toy::default(), &deployment, 600);
    network.run_until(BEGINS + 12_000);
    let kept = network.node(PartyId(1)).kept.clone();
    let toy: Arc<Toy> = Arc::new(Toy::default());
    let load = |kept| {
        let device = Arc::new(Mutex::new(device(truth(&deployment), 0)));
        let oneself = oneself(PartyId(1), Duty::Meter);
        Party::with(toy.clone(), deployment.clone(), oneself, Some(device), Some(kept))
    };
    assert_eq!(load(kept.clone()).unwrap().epochs(), 1);
    let state = kept.state.clone().unwrap();
    for len in 0..state.len() {
        let state = Some(zeroize::Zeroizing::new(state[..len].to_vec()));
        assert!(load(Kept { state, records: kept.records.clone() }).is_err(), "{len} bytes");
    }
    let mut records = kept.records.clone();
    records.push(vec![9]);
    assert!(load(Kept { records, ..kept }).is_err());
}

#[test]
fn a_thousand_rounds_of_chaos() {
    let deployment = deployment("shamir", 6, 2, 1_000, 150);
    let table = deployment.timetable();
    let mut network = network(&Toy::default(), &deployment, 700);
    network.latency = 1..=60;
    network.run_until(BEGINS + 10_000);
    let (mut bursts, mut again) = (0, 0);
    while network.now < BEGINS + 1_200_000 {
        let until = network.now + 60_000;
        network.chaos(&Rates::all(8_000, 4_000), until);
        let calm = network.now;
        network.run_until(calm + 20_000);
        let tally = truth(&deployment).check(&network);
        bursts += 1;
        again += u32::from(tally.closes_again(&table, calm));
        let late = tally.sums_in((calm - BEGINS) as u32 / 1_000 + 14..=(calm - BEGINS) as u32 / 1_000 + 18);
        assert!(late >= 4, "after burst {bursts} nothing goes on: {late}, {:?}", tally.epochs);
    }
    let tally = truth(&deployment).check(&network);
    let deaths: u32 = network.ids().into_iter().map(|id| network.node(id).deaths).sum();
    println!(
        "{} sums, {} lost, {} epochs, {deaths} deaths, {again} of {bursts} closed within two slots",
        tally.sums.len(),
        tally.lost.len(),
        tally.epochs.len()
    );
    assert!(deaths > 100 && tally.sums.len() > 800 && again + 2 >= bursts);
    let broken = network.ids().into_iter().flat_map(|id| network.node(id).refusals.clone());
    let broken: Vec<_> =
        broken.filter(|refusal| matches!(refusal, crate::engine::Refusal::Broken(_))).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let events = network.events().filter(|event| matches!(event, Event::Epoch { .. })).count();
    assert_eq!(events, tally.epochs.len());
}
