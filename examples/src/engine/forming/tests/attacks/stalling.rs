//! Meters that want no epoch to come about, or want ever new ones.

use std::collections::BTreeSet;

use super::super::clocks::epochs;
use super::*;
use crate::engine::Event;

/// How meters of 12 stop a try, one of them in each, in turn.
#[derive(Clone, Copy)]
enum How {
    Silent,
    Refusal,
}

/// When the first epoch was formed, and how many tries were stopped before.
fn stalled(evil: u32, how: How) -> (Option<u64>, usize) {
    let deployment = deployment("shamir", 12, 2, 1_000, 100_000);
    let mut network = network(&Toy::default(), &deployment, 5);
    let stopped: Arc<Mutex<BTreeMap<u32, PartyId>>> = Arc::default();
    let seen = stopped.clone();
    network.tamper = Some(Box::new(move |from, _, letter| match letter {
        Letter::Reveal { epoch, .. } if (13 - evil..=12).contains(&from.0) => {
            match (*seen.lock().unwrap().entry(epoch).or_insert(from) == from, how) {
                (false, _) => vec![letter],
                (true, How::Silent) => vec![],
                (true, How::Refusal) => vec![Letter::Refusal("no".to_owned())],
            }
        }
        letter => vec![letter],
    }));
    let first = |network: &Network| epochs(network).first().map(|(at, ..)| *at);
    while first(&network).is_none() && network.now < BEGINS + 600_000 {
        let next = network.now + 1_000;
        network.run_until(next);
    }
    let stopped = stopped.lock().unwrap().len();
    (first(&network), stopped)
}

#[test]
fn meters_that_withhold_in_turn_stop_as_many_tries_as_they_are() {
    for evil in [0, 1, 2, 4, 5] {
        let (first, stopped) = stalled(evil, How::Silent);
        assert!(stopped <= evil as usize, "{evil}: {stopped}");
        assert!(first.is_some_and(|at| at < 15_000 + u64::from(evil) * 10_000), "{evil}: {first:?}");
        let (first, stopped) = stalled(evil, How::Refusal);
        assert!(stopped <= evil as usize + 1, "{evil}: {stopped}");
        assert!(first.is_some_and(|at| at < 15_000 + u64::from(evil) * 10_000), "{evil}: {first:?}");
    }
}

#[test]
fn leaving_when_the_nonce_is_due_is_no_better() {
    let deployment = deployment("shamir", 12, 2, 1_000, 100_000);
    let mut network = network(&Toy::default(), &deployment, 6);
    let left: Arc<Mutex<BTreeSet<u32>>> = Arc::default();
    let seen = left.clone();
    network.tamper = Some(Box::new(move |from, _, letter| match letter {
        Letter::Reveal { epoch, .. } if from == PartyId(12) => {
            seen.lock().unwrap().insert(epoch);
            vec![]
        }
        letter => vec![letter],
    }));
    while epochs(&network).is_empty() && network.now < BEGINS + 60_000 {
        let next = network.now + 100;
        network.run_until(next);
        let due = left.lock().unwrap().len();
        // It comes back once the try has come to nothing.
        if due > 0 {
            network.link(PartyId(12), network.now % 10_000 > 5_000);
        }
    }
    assert!(!epochs(&network).is_empty() && left.lock().unwrap().len() <= 1, "{left:?}");
}

/// Without holders there is no epoch: one that has withheld is asked again, but meters that have are not.
#[test]
fn an_answerer_that_has_withheld_brings_no_meters_back() {
    let deployment = deployment("shamir", 12, 2, 1_000, 100_000);
    let mut network = network(&Toy::default(), &deployment, 7);
    let seen: Arc<Mutex<Vec<(u32, PartyId)>>> = Arc::default();
    let log = seen.clone();
    network.tamper = Some(Box::new(move |from, _, letter| match &letter {
        Letter::Reveal { epoch, .. } => {
            log.lock().unwrap().push((*epoch, from));
            let evil = from == PartyId(12) || (from == PartyId(ANSWERERS + 1) && *epoch == 1);
            if evil { vec![] } else { vec![letter] }
        }
        _ => vec![letter],
    }));
    network.run_until(BEGINS + 25_000);
    assert_eq!(epochs(&network).first().map(|(_, number, _)| *number), Some(2));
    assert!(!seen.lock().unwrap().contains(&(2, PartyId(12))));
}

#[test]
fn a_meter_that_always_wants_a_new_epoch_waits_twice_as_long_each_time() {
    let deployment = deployment("shamir", 5, 2, 1_000, 500);
    let mut network = network(&Toy::default(), &deployment, 4);
    network.tamper = Some(Box::new(|from, _, letter| match letter {
        Letter::Attending { .. } if from == PartyId(5) => vec![Letter::Attending { epochs: 0 }],
        letter => vec![letter],
    }));
    network.run_until(BEGINS + 400_000);
    let epochs = epochs(&network);
    assert!(epochs.len() <= 7, "{epochs:?}");
    let lengths: Vec<u32> = epochs.windows(2).map(|pair| pair[1].2 - pair[0].2).collect();
    assert!(lengths.windows(2).all(|pair| pair[1] >= pair[0] * 3 / 2), "{lengths:?}");
    let faults = network.events().filter(|event| matches!(event, Event::Fault { .. })).count();
    assert!(faults < 20, "{faults}");
}
