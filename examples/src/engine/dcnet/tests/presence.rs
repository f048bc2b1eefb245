//! Meters and holders that are away, and come back.

use std::sync::Arc;

use meter_link::PartyId;

use super::world::{World, deployment};
use crate::deployment::Graph;
use crate::engine::Event;

fn members(world: &World, id: u32) -> Vec<(u32, String)> {
    let members = world.network.events().filter_map(|event| match event {
        Event::Member { round, party, what } if *party == id => Some((*round, what.clone())),
        _ => None,
    });
    members.collect()
}

fn missing(world: &World, id: u32) -> Vec<u32> {
    let closed = world.network.events().filter_map(|event| match event {
        Event::Closed { round, missing, last: true, .. } if missing.contains(&id) => Some(*round),
        _ => None,
    });
    closed.collect()
}

fn repairs(world: &World, at: u32) -> usize {
    world
        .network
        .events()
        .filter(|event| matches!(event, Event::Repaired { round, .. } if *round == at))
        .count()
}

/// The thesis' scenario: a client sends four messages, fails, is repaired, and comes back.
#[test]
fn fails_after_four_rounds_is_repaired_and_returns() {
    for graph in [Graph::Complete, Graph::Grown] {
        let mut world = World::new(deployment(8, graph, 0), 7, Arc::new(|_, _| false));
        let first = if graph == Graph::Grown { 10 } else { 0 };
        world.run_into(first + 4, 0);
        world.network.node(PartyId(3)).restarts_after = None;
        // The Open of the fifth round still comes to it.
        world.network.kill(PartyId(3));
        world.run_into(first + 10, 200);
        world.network.start(PartyId(3));
        world.run_through(first + 20);
        let sums = world.check();
        let fifth = first + 4;
        assert_eq!(missing(&world, 3), [fifth, fifth + 1], "{graph:?}");
        for round in [fifth, fifth + 1] {
            let around = repairs(&world, round);
            assert!(around == 7 || (graph == Graph::Grown && around >= 3), "{graph:?} {around}");
            assert_eq!(sums[&round], 7);
        }
        let members = members(&world, 3);
        let members: Vec<_> = members.iter().filter(|(round, _)| *round >= first).collect();
        assert_eq!(members[0], &(fifth + 2, "named absent".to_owned()), "{graph:?}");
        assert_eq!(members[1].1, "returned");
        assert!((fifth + 7..=fifth + 9).contains(&members[1].0), "{graph:?} {members:?}");
        assert_eq!(sums[&(first + 15)], 8, "{graph:?} {sums:?}");
        assert_eq!(repairs(&world, first + 15), 0);
    }
}

/// Half a group that is away is no reason to lose rounds for ever.
#[test]
fn an_outage_of_many_loses_two_rounds() {
    let mut world = World::diligent(12, 8);
    world.run_through(2);
    for id in 1..=7 {
        world.network.link(PartyId(id), false);
    }
    world.run_through(9);
    let sums = world.check();
    let lost: Vec<u32> = world.lost().into_keys().collect();
    assert_eq!(lost, [3, 4]);
    assert_eq!(sums[&5], 5);
    for id in 1..=7 {
        world.network.link(PartyId(id), true);
    }
    world.run_through(14);
    assert_eq!(world.check()[&13], 12);
}

/// Nobody is there for the utility for a time: meters that attend again are there.
#[test]
fn all_links_cut_and_mended() {
    let mut world = World::diligent(6, 9);
    world.run_through(2);
    for id in 1..=6 {
        world.network.link(PartyId(id), false);
    }
    world.run_through(6);
    for id in 1..=6 {
        world.network.link(PartyId(id), true);
    }
    world.run_through(10);
    let sums = world.check();
    assert_eq!((sums.get(&8), sums.get(&10)), (Some(&6), Some(&6)), "{sums:?} {:?}", world.lost());
}

/// A reading that comes late is in, one that comes behind the deadline is not.
#[test]
fn a_meter_named_absent_while_it_sends_stays_away_for_a_day() {
    let mut world = World::diligent(6, 10);
    world.run_through(3);
    world.network.node(PartyId(2)).slow = 6_000;
    world.run_through(8);
    world.network.node(PartyId(2)).slow = 0;
    world.run_through(12);
    // That long the utility bears with it, since it hears of it.
    assert_eq!(missing(&world, 2), [4, 5, 6, 7, 8]);
    assert_eq!((world.check()[&12], members(&world, 2)), (6, Vec::new()));
    world.network.node(PartyId(2)).slow = 6_000;
    world.run_through(25);
    world.network.node(PartyId(2)).slow = 0;
    world.run_through(130);
    let sums = world.check();
    let [(gone, _), (back, _)] = members(&world, 2)[..] else { panic!("{:?}", members(&world, 2)) };
    assert!((20..=24).contains(&gone) && (gone + 90..=gone + 100).contains(&back), "{gone} {back}");
    assert_eq!((sums[&50], sums[&129]), (5, 6));
}

#[test]
fn another_quorum_where_a_holder_does_not_answer() {
    let mut world = World::diligent(6, 11);
    world.run_through(1);
    // Away: it is not asked at all. Silent: others are asked instead of it.
    world.network.link(PartyId(1002), false);
    world.run_through(3);
    world.network.link(PartyId(1002), true);
    world.network.node(PartyId(1001)).slow = 60_000;
    world.run_through(6);
    world.network.node(PartyId(1001)).slow = 0;
    world.run_through(9);
    let sums = world.check();
    assert_eq!(sums.len(), 10, "{:?}", world.lost());
    let blamed: Vec<u32> = world
        .network
        .events()
        .filter_map(|event| match event {
            Event::Fault { party, what, .. } if what == "has not answered" => Some(*party),
            _ => None,
        })
        .collect();
    assert!(!blamed.is_empty() && blamed.iter().all(|party| *party == 1001), "{blamed:?}");
}

#[test]
fn too_few_holders_lose_rounds_and_come_back_within_one() {
    let mut world = World::diligent(6, 12);
    world.run_through(1);
    for id in [1001, 1003] {
        world.network.link(PartyId(id), false);
    }
    world.run_into(3, 7_000);
    world.network.link(PartyId(1003), true);
    world.run_through(6);
    let sums = world.check();
    // Round 3 was waiting for it.
    assert_eq!(world.lost().into_keys().collect::<Vec<_>>(), [2]);
    assert_eq!(sums.len(), 6);
    world.network.link(PartyId(1001), true);
    world.run_through(9);
    assert_eq!(world.check().len(), 9);
    // Who was away has caught up: a set that one holder has not seen would not be answered behind the others.
    assert!(world.network.node(PartyId(1001)).refusals.is_empty());
}
