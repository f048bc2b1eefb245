//! Rounds have one end each, whatever the clocks say and however long a try takes.

use std::collections::BTreeMap;

use meter_link::PartyId;

use super::*;
use crate::engine::{Event, Letter};

/// When an epoch was formed, its number, and its first round.
pub(super) fn epochs(network: &Network) -> Vec<(u64, u32, u32)> {
    let epoch = |(at, event): (u64, &Event)| match event {
        Event::Epoch { epoch, first_round, .. } => Some((at - BEGINS, *epoch, *first_round)),
        _ => None,
    };
    network.events_at().filter_map(epoch).collect()
}

/// Rounds with more than one sum, or with a sum and a loss.
fn ends_twice(network: &Network) -> Vec<u32> {
    let mut seen: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for event in network.events() {
        match event {
            Event::Sum { round, .. } => seen.entry(*round).or_default().0 += 1,
            Event::Lost { round, .. } => seen.entry(*round).or_default().1 += 1,
            _ => {}
        }
    }
    let twice = |(sums, lost): (u32, u32)| sums > 1 || (sums > 0 && lost > 0);
    seen.into_iter().filter(|(_, ends)| twice(*ends)).map(|(round, _)| round).collect()
}

#[test]
fn every_epoch_is_formed_before_its_first_slot_begins() {
    let mut formed = 0;
    for (slot, offset) in
        [(200, 0), (200, 123), (500, 41), (500, 700), (1_000, 205), (1_000, 984), (2_000, 82)]
    {
        let deployment = deployment("shamir", 5, 2, slot, 5_000);
        let mut network = network(&Toy::default(), &deployment, 3);
        network.link(PartyId(5), false);
        network.run_until(BEGINS + 40_000 + offset);
        // 5 comes, and does not answer the Call; 4 reveals as late as it may.
        network.link(PartyId(5), true);
        network.tamper = Some(Box::new(|from, _, letter| match letter {
            Letter::Announcement { .. } if from == PartyId(5) => vec![],
            letter => vec![letter],
        }));
        network.node(PartyId(4)).skew = -2_400;
        network.run_until(BEGINS + 80_000);
        let epochs = epochs(&network);
        formed += epochs.len();
        for (at, _, first) in &epochs {
            assert!(*at < u64::from(*first) * slot, "slot {slot}, offset {offset}: {epochs:?}");
        }
        assert!(ends_twice(&network).is_empty(), "slot {slot}, offset {offset}: {epochs:?}");
    }
    assert!(formed >= 14, "{formed}");
}

#[test]
fn no_epoch_is_formed_once_its_first_slot_has_begun() {
    let deployment = deployment("shamir", 5, 2, 1_000, 500);
    let mut network = network(&Toy::default(), &deployment, 3);
    network.run_until(BEGINS + 500);
    // The clock of the utility goes ahead while a try is under way.
    network.node(PartyId::UTILITY).skew = 8_000;
    network.run_until(BEGINS + 3_000);
    network.node(PartyId::UTILITY).skew = 0;
    network.run_until(BEGINS + 60_000);
    let epochs = epochs(&network);
    assert!(epochs.iter().all(|(at, number, first)| *number > 1 && *at < u64::from(*first) * 1_000));
    assert!(!epochs.is_empty());
}

#[test]
fn clocks_that_go_back_lead_to_no_second_end_of_a_round() {
    for dies in [false, true] {
        let deployment = deployment("shamir", 5, 2, 1_000, 500);
        let mut network = network(&Toy::default(), &deployment, 3);
        network.run_until(BEGINS + 60_000);
        for id in network.ids() {
            network.node(id).skew = -20_000;
        }
        if dies {
            network.kill(PartyId::UTILITY);
            network.run_until(BEGINS + 62_000);
        }
        // One claims to have no keys, so that there is a new epoch.
        network.post(PartyId(5), PartyId::UTILITY, Letter::Attending { epochs: 0 });
        network.run_until(BEGINS + 120_000);
        let epochs = epochs(&network);
        assert!(epochs.len() == 2 && epochs[1].2 >= 60, "{epochs:?}");
        assert!(ends_twice(&network).is_empty(), "{epochs:?}");
        assert!(truth(&deployment).check(&network).sums_in(85..=95) >= 10);
    }
}
