//! Repairs: who makes them, and how often the utility may ask.

use dcnet_core::{Closing, Error};
use meter_link::frame::Flags;
use meter_link::{Header, Kind, SetRules};

use crate::group::{FIRST, Plan, Reading, World, element, readings, silent, truth};
use crate::rounds::Script;

/// 300 meters on random cycles of degree 20; a meter wants 8 neighbours.
fn drawn() -> Plan {
    let rules = SetRules { min_honest: 50, ..SetRules::LEAST };
    Plan { rules, drawn: Some((20, 8)), ..Plan::of(300, 1) }
}

#[test]
fn a_drawn_graph_of_300_meters() {
    let mut world = World::new(drawn());
    let gone: Vec<usize> = (0..300).step_by(23).collect();
    // Deaf from the first Close on: some that have a silent neighbour, and are asked for a repair.
    let around: Vec<usize> = gone.iter().flat_map(|p| world.around(*p)).collect();
    let lost: Vec<usize> = (0..300).filter(|p| around.contains(p) && !gone.contains(p)).step_by(19).collect();
    assert!(lost.len() > 5);
    let nobody: &[usize] = &[];
    // With nobody silent the first Close is final, and being deaf costs nothing.
    for (n, (gone, lost, failed)) in
        [(nobody, nobody, nobody), (&gone, nobody, nobody), (nobody, &lost, nobody), (&gone, &lost, &lost)]
            .into_iter()
            .enumerate()
    {
        let round = FIRST + n as u32;
        let some = silent(readings(&world.plan, round), gone);
        let (sum, passes) = world.round(round, &some, Script { lost: &[lost], ..Script::default() }).unwrap();
        assert_eq!(sum.values, truth(&silent(some, failed)), "{n}");
        assert_eq!(sum.meters as usize, 300 - gone.len() - failed.len());
        assert_eq!(passes, 1 + usize::from(!gone.is_empty()) + usize::from(!failed.is_empty()));
    }
}

/// Only neighbours of the missing are asked, and only they answer.
#[test]
fn repairs_come_from_neighbours_of_the_missing() {
    let mut world = World::new(drawn());
    // Two that are neighbours: neither is asked about the other.
    let gone = [11, world.around(11)[0]];
    let readings = silent(readings(&world.plan, FIRST), &gone);
    let collecting = world.collected(FIRST, &readings, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(repairing) = world.utility.close(collecting, &quorum).unwrap() else { panic!() };
    let mut around: Vec<usize> = gone.iter().flat_map(|p| world.around(*p)).collect();
    around.sort_unstable();
    around.dedup();
    let ids = world.plan.meter_ids();
    assert!(repairing.missing().eq(around.iter().filter(|p| !gone.contains(p)).map(|p| ids[*p])));
    let frame = repairing.frame().to_vec();
    for (place, device) in world.devices.iter_mut().enumerate().filter(|(p, _)| !gone.contains(p)) {
        let (repair, _) = device.close(&frame).unwrap();
        assert_eq!(repair.is_some(), around.contains(&place));
        if let Some(repair) = repair {
            let header = Header::parse(&repair).unwrap();
            assert_eq!((header.kind, header.flags), (Kind::Repair, Flags(Flags::TRANSMISSION)));
            assert_eq!(repair.len(), world.params.repair_len());
        }
    }
}

/// Silence cuts a meter off from its neighbours: it refuses to repair, and leaves the set.
#[test]
fn a_meter_without_enough_neighbours_leaves_the_set() {
    let mut world = World::new(drawn());
    let cut = 150;
    let around = world.around(cut);
    let gone = &around[..around.len() - 7];
    let readings = silent(readings(&world.plan, FIRST), gone);
    let (sum, passes) = world.round(FIRST, &readings, Script::default()).unwrap();
    assert_eq!(sum.values, truth(&silent(readings, &[cut])));
    assert_eq!((sum.meters as usize, passes), (299 - gone.len(), 3));
}

/// Meters fall silent in every pass; the third Close is the last.
#[test]
fn at_most_three_closes() {
    let mut world = World::new(Plan::of(9, 3));
    let some = |world: &World, round: u32| silent(readings(&world.plan, round), &[0]);
    let round = FIRST;
    let (sum, passes) =
        world.round(round, &some(&world, round), Script { lost: &[&[1, 2]], ..Script::default() }).unwrap();
    assert_eq!((sum.values, passes), (truth(&silent(some(&world, round), &[1, 2])), 3));
    assert_eq!(sum.meters, 6);

    // Who falls silent before the final Close has repaired, and is in the sum.
    let round = FIRST + 1;
    let (sum, passes) = world
        .round(round, &some(&world, round), Script { lost: &[&[1], &[], &[2]], ..Script::default() })
        .unwrap();
    assert_eq!((sum.values, passes), (truth(&silent(some(&world, round), &[1])), 3));

    // One more in the second pass: there is no fourth Close, and the next round is not hurt.
    let round = FIRST + 2;
    let script = Script { lost: &[&[1], &[2]], ..Script::default() };
    let lost = world.round(round, &some(&world, round), script).unwrap_err();
    assert_eq!(lost, Error::Quorum { have: 6, need: 9 });
    let all = readings(&world.plan, FIRST + 3);
    assert_eq!(world.round(FIRST + 3, &all, Script::default()).unwrap().0.values, truth(&all));
}

/// The repair is one vector: pads with all the missing in one sum, whoever and however many they are.
#[test]
fn a_repair_is_one_vector() {
    let mut world = World::new(Plan::of(8, 2));
    let all = readings(&world.plan, FIRST);
    let open = world.open(FIRST, &Script::default()).frame().to_vec();
    world.frames(FIRST, &open, &all);
    let close = |set: &[usize]| world.forger.close(FIRST, 1, &open, None, &world.all_but(set));
    let closes = [&[0][..], &[5], &[0, 5]].map(close);
    let mut repairs = Vec::new();
    for close in &closes {
        let mut device = world.plan.device(3);
        device.open(&open).unwrap();
        device.contribute(FIRST, all[3].as_ref().unwrap()).unwrap();
        repairs.push(device.close(close).unwrap().0.unwrap());
    }
    for n in [0, 1] {
        let [a, b, both] = [0, 1, 2].map(|i: usize| element(&repairs[i], 0, n));
        assert_eq!(a + b, both);
    }
}

/// A round that a meter took no part in asks nothing of it: it did not contribute, was named absent, or is
/// left out.
#[test]
fn who_has_not_contributed_repairs_nothing() {
    let mut world = World::new(Plan::of(6, 1));
    let all = readings(&world.plan, FIRST);
    let open = world.forger.open(FIRST, None, &world.all_but(&[5]));
    let sending: Vec<Reading> = silent(all, &[1, 4, 5]);
    world.frames(FIRST, &open, &sending);
    world.devices[1].open(&open).unwrap(); // hears the Open, sends nothing
    world.devices[5].open(&open).unwrap(); // is named absent
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[0, 4, 5]));
    let repairs: Vec<bool> =
        [0, 1, 2, 3, 5].map(|p: usize| world.devices[p].close(&close).unwrap().0.is_some()).to_vec();
    assert_eq!(repairs, [false, false, true, true, false]);
}
