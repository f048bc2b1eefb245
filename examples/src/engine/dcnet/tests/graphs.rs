//! Sums against the truth, on each key graph, with meters that are silent.

use std::collections::BTreeSet;
use std::sync::Arc;

use meter_link::PartyId;

use super::world::{Silent, World, deployment};
use crate::deployment::Graph;
use crate::engine::Event;

/// About one in so many is silent in a round, and each meter only now and then.
fn now_and_then(one_in: u32) -> Silent {
    Arc::new(move |index, round| {
        let mixed =
            (round.wrapping_mul(2_654_435_761) ^ index.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
        (mixed >> 16) % one_in == 0
    })
}

fn repaired(world: &World) -> usize {
    world.network.events().filter(|event| matches!(event, Event::Repaired { .. })).count()
}

fn lost(world: &World) -> Vec<(u32, String)> {
    world.lost().into_iter().collect()
}

#[test]
fn complete() {
    let mut world = World::new(deployment(12, Graph::Complete, 0), 1, now_and_then(40));
    world.run_through(119);
    let sums = world.check();
    assert_eq!(sums.len(), 120, "{:?}", lost(&world));
    assert!(repaired(&world) > 100, "{}", repaired(&world));
    assert!(sums.values().any(|meters| *meters == 12) && sums.values().any(|meters| *meters < 12));
}

#[test]
fn drawn() {
    let mut world = World::new(deployment(270, Graph::Drawn, 8), 2, now_and_then(100));
    world.run_through(99);
    let sums = world.check();
    assert_eq!(sums.len(), 100, "{:?}", lost(&world));
    // Only neighbours repair: eight of 270.
    let silent = 270 * sums.len() - sums.values().sum::<u32>() as usize;
    assert!(silent > 100 && repaired(&world) > silent * 5 && repaired(&world) < silent * 17, "{silent}");
}

#[test]
fn grown() {
    let mut world = World::new(deployment(20, Graph::Grown, 0), 3, now_and_then(60));
    world.run_through(119);
    let sums = world.check();
    assert!(sums.len() >= 115, "{:?}", lost(&world));
    let joined = world.network.events().filter_map(|event| match event {
        Event::Member { party, what, .. } if what == "joined" => Some(*party),
        _ => None,
    });
    assert_eq!(joined.collect::<BTreeSet<u32>>().len(), 20);
    assert!(repaired(&world) > 20 && sums.values().any(|meters| *meters == 20));
    let whole = |event: &Event| matches!(event, Event::Topology { what, .. } if what.contains("20 meters") && what.ends_with("connected"));
    assert!(world.network.events().any(whole));
}

/// Many intervals in a round, as so many channels; with repairs.
#[test]
fn batches() {
    let mut deployment = deployment(9, Graph::Complete, 0);
    deployment.rounds.batch = 12;
    let mut world = World::new(deployment, 5, now_and_then(20));
    world.run_through(19);
    assert_eq!(world.check().len(), 20, "{:?}", lost(&world));
    assert!(repaired(&world) > 20);
    let twelve = |event: &Event| matches!(event, Event::Sum { values, .. } if values.len() == 12);
    assert!(world.network.events().any(twelve));
}

/// Meters that come one after the other find partners among those who are there.
#[test]
fn grown_one_by_one() {
    let mut world = World::new(deployment(10, Graph::Grown, 0), 4, now_and_then(1_000_000));
    for late in 6..=10 {
        world.network.link(PartyId(late), false);
    }
    world.run_through(9);
    for late in 6..=10 {
        world.network.link(PartyId(late), true);
        world.run_through(9 + 3 * (late - 5));
    }
    world.run_through(34);
    let sums = world.check();
    assert!(sums.contains_key(&4), "{:?}", lost(&world));
    assert_eq!(sums.get(&8), Some(&5), "{:?}", lost(&world));
    assert_eq!(sums.get(&33), Some(&10), "{sums:?}");
}
