//! Power cuts between any two effects, and everything else at once.

use std::sync::Arc;

use meter_link::PartyId;

use super::world::{BEGINS, SLOT, World, deployment};
use crate::deployment::Graph;
use crate::engine::Event;
use crate::engine::sim::Rates;
use crate::engine::timetable::Timetable;
use meter_link::Schedule;

/// Runs a few rounds in one of which `victim` dies after so many of its effects; one meter is silent in that round,
/// so that there are repairs. Returns whether it has died.
fn crash(graph: Graph, victim: PartyId, effects: u32, restarts_after: u64) -> bool {
    let first = if graph == Graph::Grown { 9 } else { 2 };
    let silent = move |index: u32, round: u32| index == 0 && round == first;
    let mut world = World::new(deployment(7, graph, 0), 20 + u64::from(effects), Arc::new(silent));
    world.run_into(first, 0);
    world.network.node(victim).restarts_after = Some(restarts_after);
    world.network.kill_after(victim, effects);
    world.run_through(first);
    let died = world.network.node(victim).deaths > 0;
    world.network.node(victim).restarts_after = Some(10);
    world.run_through(first + 8);
    let sums = world.check();
    let what =
        format!("{graph:?} {victim} after {effects}, {restarts_after} ms: {sums:?} {:?}", world.lost());
    // Nobody but a grown meter needs more than a round to come back.
    for round in first + 1..first + 4 {
        assert!(sums.contains_key(&round), "{round}: {what}");
    }
    assert!(sums[&(first + 8)] >= 6, "{what}");
    // A quick restart costs no round at all.
    if restarts_after < 100 {
        assert!(sums.contains_key(&first), "{what}");
    }
    died
}

fn sweep(graph: Graph, victim: u32, step: usize) {
    for restarts_after in [50, 4_000] {
        let mut effects = 0;
        while crash(graph, PartyId(victim), effects, restarts_after) {
            effects += step as u32;
            assert!(effects < 500);
        }
        assert!(effects > 0, "{victim}: {effects}");
    }
}

#[test]
fn the_utility_may_die_between_any_two_effects() {
    sweep(Graph::Complete, 0, 1);
}

#[test]
fn a_meter_may_die_between_any_two_effects() {
    sweep(Graph::Complete, 2, 1);
}

#[test]
fn a_holder_may_die_between_any_two_effects() {
    sweep(Graph::Complete, 1001, 1);
    sweep(Graph::Complete, 1003, 1);
}

#[test]
fn the_utility_of_a_grown_graph_may_die_between_any_two_effects() {
    sweep(Graph::Grown, 0, 3);
}

#[test]
fn a_meter_of_a_grown_graph_may_die_while_it_registers() {
    for effects in 0..24 {
        let mut world =
            World::new(deployment(7, Graph::Grown, 0), 60 + u64::from(effects), Arc::new(|_, _| false));
        world.network.kill_after(PartyId(4), effects);
        world.run_through(16);
        let sums = world.check();
        assert!(sums.len() >= 12, "{effects}: {:?}", world.lost());
        assert_eq!(sums.get(&16), Some(&7), "{effects}: {sums:?}");
    }
}

/// Between the Close and the answers: the same set is asked for.
#[test]
fn the_utility_restarts_between_close_and_answers() {
    let mut world = World::diligent(6, 30);
    world.run_through(0);
    for id in 1001..=1004 {
        world.network.node(PartyId(id)).slow = 500;
    }
    world.run_into(1, 300);
    assert!(world.events().iter().any(|event| matches!(event, Event::Closed { round: 1, last: true, .. })));
    world.network.kill(PartyId::UTILITY);
    world.run_through(3);
    assert_eq!(world.check().len(), 4);
    // Down until the slot is over: lost, and told once.
    world.run_into(4, 300);
    world.network.node(PartyId::UTILITY).restarts_after = Some(SLOT * 3);
    world.network.kill(PartyId::UTILITY);
    world.run_through(9);
    let sums = world.check();
    assert_eq!(world.lost().into_keys().collect::<Vec<_>>(), [4, 5, 6]);
    assert_eq!(sums.len(), 7);
}

#[test]
fn a_disk_that_is_full() {
    let mut world = World::diligent(6, 31);
    world.run_through(1);
    for (round, id) in [(2, 0), (5, 3), (8, 1001)] {
        world.run_into(round, 0);
        world.network.node(PartyId(id)).disk_full = true;
        world.run_into(round + 1, 5_000);
        world.network.node(PartyId(id)).disk_full = false;
        world.run_through(round + 2);
    }
    world.run_through(14);
    let sums = world.check();
    assert!(world.lost().into_keys().all(|round| round <= 3), "{:?}", world.lost());
    assert_eq!(sums.get(&14), Some(&6), "{sums:?}");
}

#[test]
fn clocks_that_are_wrong() {
    let mut world = World::diligent(6, 32);
    for (id, skew) in [(1, 4_000), (2, -4_000), (3, 15_000), (4, -15_000), (1001, 12_000), (1002, -12_000)] {
        world.network.node(PartyId(id)).skew = skew;
    }
    world.run_through(9);
    assert_eq!(world.check().len(), 10, "{:?}", world.lost());
    // The utility's clock jumps ahead, and back.
    world.network.node(PartyId::UTILITY).skew = 25_000;
    world.run_through(12);
    world.network.node(PartyId::UTILITY).skew = 0;
    world.run_through(20);
    let sums = world.check();
    assert!((16..=20).all(|round| sums.contains_key(&round)), "{sums:?} {:?}", world.lost());
}

#[test]
fn chaos() {
    for (graph, seed) in [(Graph::Complete, 40), (Graph::Grown, 41), (Graph::Complete, 42)] {
        let mut world = World::new(deployment(9, graph, 0), seed, Arc::new(|_, _| false));
        world.run_through(9);
        let rates = Rates::all(40_000, 15_000);
        let until = BEGINS + SLOT * 210;
        world.network.chaos(&rates, until);
        world.run_through(214);
        let sums = world.check();
        let lost = world.lost();
        assert!(sums.range(210..).next().is_some(), "{graph:?} {seed}: {lost:?}");
        assert!(sums.len() > 100, "{graph:?} {seed}: {} sums, {lost:?}", sums.len());
        let schedule = Schedule { origin: 0, period: 900 };
        let table = Timetable { schedule, begins: BEGINS, slot: SLOT };
        let next = table.round(until).unwrap().to_u32() + 1;
        assert!(sums.contains_key(&next) || sums.contains_key(&(next + 1)), "{graph:?} {seed}: {lost:?}");
    }
}
