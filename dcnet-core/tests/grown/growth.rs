//! Graphs that grow and shrink while rounds go on.

use dcnet_core::grown::is_connected;
use proptest::prelude::*;
use rand_core::Rng;

use crate::world::{Faults, LEAST, Plan, World};

/// Everybody in `range` wants to take part, and rounds go on until they do.
fn join(world: &mut World, range: std::ops::Range<usize>, ticks: usize) {
    world.devices[range].iter_mut().for_each(|device| device.wants = true);
    for _ in 0..ticks {
        world.tick(&[]);
    }
}

fn wanted(world: &World) -> Vec<bool> {
    world.devices.iter().map(|device| device.wants && !device.off).collect()
}

/// That everybody who wants to is in, with enough neighbours, and the graph hangs together.
fn check(world: &mut World) {
    let tick = world.tick(&[]);
    assert_eq!(tick.present, wanted(world), "round {}", world.now - 1);
    assert_eq!(tick.sum.unwrap().meters as usize, tick.present.iter().filter(|p| **p).count());
    let graph = world.graph();
    for (place, around) in graph.iter().enumerate().filter(|(place, _)| tick.present[*place]) {
        assert!(around.len() >= LEAST, "{place}: {around:?}");
        assert!(around.iter().all(|peer| graph[*peer as usize].contains(&(place as u32))));
    }
    assert!(is_connected(&graph, &tick.present));
}

#[test]
fn founders_join_by_random_partners_and_later_ones_after_them() {
    let mut world = World::new(Plan::of(12));
    join(&mut world, 0..6, 12);
    check(&mut world);
    // None was in before it had three neighbours.
    assert!(world.sums > 0 && world.skipped > 0);
    join(&mut world, 6..12, 4);
    check(&mut world);
}

#[test]
fn a_leaver_is_forgotten_and_its_neighbours_pair_with_each_other() {
    let mut world = World::new(Plan::of(10));
    join(&mut world, 0..10, 4);
    check(&mut world);
    let around = world.graph()[4].clone();
    world.leave(4);
    for _ in 0..4 {
        world.tick(&[]);
    }
    check(&mut world);
    let graph = world.graph();
    assert!(graph[4].is_empty() && graph.iter().all(|list| !list.contains(&4)));
    for (i, peer) in around.iter().enumerate() {
        let next = around[(i + 1) % around.len()];
        assert!(graph[*peer as usize].contains(&next), "{peer} {next}: {around:?}");
    }
    // The way back is a new registration.
    join(&mut world, 4..5, 4);
    check(&mut world);
}

#[test]
fn silent_meters_are_repaired_by_whom_the_graph_says() {
    let mut world = World::new(Plan::of(10));
    join(&mut world, 0..10, 4);
    let around = world.graph()[3].len();
    let before = world.repairs;
    let tick = world.tick(&[3]);
    assert_eq!(tick.sum.unwrap().meters, 9);
    assert_eq!(world.repairs - before, around);
}

#[test]
fn who_is_left_with_too_few_calls_for_help_and_registers_anew() {
    let mut world = World::new(Plan::of(24));
    join(&mut world, 0..24, 6);
    check(&mut world);
    // All but one of its neighbours leave at once, so that there is hardly anybody to pair with.
    let around = world.graph()[0].clone();
    for peer in &around[1..] {
        world.leave(*peer as usize);
    }
    assert!(world.devices[0].grown.is_short());
    let mut out = [0; 32];
    let now = world.now();
    let frame = world.devices[0].grown.emergency(now, &mut out).unwrap().to_vec();
    assert_eq!(world.registrar.accept(now, &frame), Ok(world.listed(0).id()));
    world.all_state();
    world.now += 1;
    let tick = world.tick(&[]);
    assert!(!tick.present[0]);
    for _ in 0..6 {
        world.tick(&[]);
    }
    let tick = world.tick(&[]);
    assert!(tick.present[0]);
    assert!(!world.devices[0].grown.is_short());
    assert!(world.devices[0].grown.emergency(world.now(), &mut out).is_err());
}

#[test]
fn over_a_bad_line_every_sum_is_right_and_everybody_gets_in() {
    let mut repaired = 0;
    for seed in 0..4 {
        let mut world = World::new(Plan { seed, ..Plan::of(14) });
        world.faults = Faults { lost: 250, twice: 200, reordered: true };
        join(&mut world, 0..10, 12);
        world.leave(2);
        join(&mut world, 10..14, 12);
        world.reboot(5);
        for _ in 0..6 {
            world.tick(&[7]);
        }
        world.faults = Faults::default();
        for _ in 0..8 {
            world.tick(&[]);
        }
        let tick = world.tick(&[]);
        let late = (0..14).filter(|p| !tick.present[*p]).collect::<Vec<_>>();
        // Who was named absent while it was sending stays away for a day.
        assert!(late.contains(&2) && late.len() <= 3, "seed {seed}: {late:?}");
        assert!(world.sums > 30, "{}", world.sums);
        repaired += world.repairs;
    }
    assert!(repaired > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_graph_stays_whole_under_random_joins_and_exits(seed in any::<u64>()) {
        let mut world = World::new(Plan { seed, ..Plan::of(16) });
        join(&mut world, 0..8, 12);
        check(&mut world);
        for _ in 0..6 {
            for _ in 0..2 {
                let place = world.rng.next_u64() as usize % 16;
                let members = world.devices.iter().filter(|device| device.wants).count();
                if world.devices[place].leaving {
                    continue;
                }
                if !world.devices[place].wants {
                    world.devices[place].wants = true;
                } else if members > 7 {
                    world.leave(place);
                }
            }
            for _ in 0..5 {
                world.tick(&[]);
            }
            check(&mut world);
        }
    }
}
