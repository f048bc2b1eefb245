//! Epochs that come, follow each other, and take in who was away.

use meter_link::PartyId;

use super::*;
use crate::engine::Event;

fn epochs(network: &Network) -> Vec<(u32, u32, u32, u32)> {
    let epoch = |event: &Event| match event {
        Event::Epoch { epoch, first_round, last_round, meters, .. } => {
            Some((*epoch, *first_round, *last_round, *meters))
        }
        _ => None,
    };
    network.events().filter_map(epoch).collect()
}

#[test]
fn everybody_is_in_the_first_epoch_and_every_round_has_its_sum() {
    let deployment = deployment("shamir", 5, 3, 1_000, 100);
    let mut network = network(&Toy::default(), &deployment, 1);
    network.run_until(BEGINS + 40_000);
    let [(1, first, last, 5)] = epochs(&network)[..] else { panic!("{:?}", epochs(&network)) };
    assert!(first <= 8 && last == first + 99, "{first} to {last}");
    let tally = truth(&deployment).check(&network);
    assert_eq!(tally.sums_in(first..=38), 39 - first as usize);
    assert!(tally.sums.values().all(|(_, members)| members.len() == 5));
    assert!(tally.lost.is_empty(), "{:?}", tally.lost);
}

#[test]
fn epochs_follow_each_other_without_a_gap() {
    let deployment = deployment("shamir", 4, 2, 1_000, 24);
    let mut network = network(&Toy::default(), &deployment, 2);
    network.run_until(BEGINS + 200_000);
    let epochs = epochs(&network);
    assert!(epochs.len() >= 8, "{epochs:?}");
    for pair in epochs.windows(2) {
        assert_eq!(pair[1].1, pair[0].2 + 1, "{epochs:?}");
    }
    let tally = truth(&deployment).check(&network);
    assert_eq!(tally.sums_in(epochs[0].1..=198), 199 - epochs[0].1 as usize);
    assert!(tally.lost.is_empty(), "{:?}", tally.lost);
}

#[test]
fn whoever_comes_late_is_taken_in_after_a_while_and_no_round_is_lost() {
    let deployment = deployment("shamir", 5, 2, 1_000, 500);
    let mut network = network(&Toy::default(), &deployment, 3);
    network.link(PartyId(5), false);
    network.run_until(BEGINS + 30_000);
    assert_eq!(epochs(&network).len(), 1);
    assert_eq!(epochs(&network)[0].3, 4);
    network.link(PartyId(5), true);
    network.run_until(BEGINS + 60_000);
    let [before, after] = epochs(&network)[..] else { panic!("{:?}", epochs(&network)) };
    assert!(after.3 == 5 && after.1 < before.2, "the first epoch is cut off");
    let tally = truth(&deployment).check(&network);
    assert_eq!(tally.sums[&50].1, [0, 1, 2, 3, 4]);
    assert_eq!(tally.sums_in(before.1..=58), 59 - before.1 as usize, "{:?}", tally.lost);
    // Once is enough.
    network.run_until(BEGINS + 120_000);
    assert_eq!(epochs(&network).len(), 2);
}

#[test]
fn without_an_answerer_there_is_no_epoch_until_it_comes() {
    let deployment = deployment("shamir", 4, 2, 1_000, 500);
    let mut network = network(&Toy::default(), &deployment, 4);
    network.link(PartyId(10_002), false);
    network.run_until(BEGINS + 30_000);
    assert_eq!(epochs(&network), []);
    network.link(PartyId(10_002), true);
    network.run_until(BEGINS + 50_000);
    assert_eq!(epochs(&network).len(), 1);
}

#[test]
fn clocks_that_differ_a_little_do_no_harm() {
    let deployment = deployment("shamir", 5, 2, 2_000, 40);
    let mut network = network(&Toy::default(), &deployment, 5);
    for (id, skew) in [(1, 900), (2, -900), (10_001, 700), (10_002, -700)] {
        network.node(PartyId(id)).skew = skew;
    }
    network.run_until(BEGINS + 300_000);
    let epochs = epochs(&network);
    assert!(epochs.len() >= 3 && epochs.iter().all(|epoch| epoch.3 == 5), "{epochs:?}");
}

#[test]
fn a_party_that_was_away_for_a_restart_goes_on_in_the_same_epoch() {
    let deployment = deployment("shamir", 4, 2, 1_000, 500);
    let mut network = network(&Toy::default(), &deployment, 6);
    network.run_until(BEGINS + 20_300);
    for id in [0, 1, 10_001] {
        network.kill(PartyId(id));
    }
    network.run_until(BEGINS + 60_000);
    assert_eq!(epochs(&network).len(), 1);
    let tally = truth(&deployment).check(&network);
    assert_eq!(tally.sums_in(23..=58), 36, "{:?}", tally.lost);
    assert!((23..=58).all(|round| tally.sums[&round].1.len() == 4));
}
