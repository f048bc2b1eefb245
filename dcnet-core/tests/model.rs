//! Model checks of the actual state machines: parties are rebuilt from bytes for every step that they take.
//!
//! With `WATTSUM_FULL` they go further: smaller sets of four meters, more of two rounds, more passes in any order.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "model/algebra.rs"]
mod algebra;
#[path = "model/alone.rs"]
mod alone;
#[path = "model/crowd.rs"]
mod crowd;
#[path = "model/family.rs"]
mod family;
#[path = "world/group.rs"]
mod group;
#[path = "model/head.rs"]
mod head;
#[path = "model/honest.rs"]
mod honest;
#[path = "model/meters.rs"]
mod meters;
#[path = "model/role.rs"]
mod role;
#[path = "model/setting.rs"]
mod setting;
#[path = "model/together.rs"]
mod together;

use std::sync::Arc;
use std::time::Instant;

use algebra::Said;
use alone::Searched;
use crowd::meet;
use dcnet_core::Fault;
use family::{Family, Lost};
use group::{FIRST, Plan, Seats, World};
use meter_link::answer::Threshold;
use meter_link::{PartyId, SetRules};
use role::Who;
use setting::{Colluders, Setting};
use together::{judge, parties};

const NOBODY: Colluders = Colluders { meters: 0, holders: 0 };

/// Sets of at least two honest meters, and the colluding ones, whatever share of those present.
fn least(meters: u32, max_colluding: u32) -> Plan {
    let rules = SetRules { min_honest: 2, max_colluding, max_missing_permille: 1000 };
    Plan { rules, ..Plan::of(meters, 1) }
}

fn holders(numbers: &[u8]) -> Colluders {
    Colluders { meters: 0, holders: numbers.iter().map(|number| 1 << (number - 1)).sum() }
}

fn full() -> bool {
    std::env::var_os("WATTSUM_FULL").is_some()
}

fn summary(name: &str, found: &[(Who, Searched)], begin: Instant) -> usize {
    for (who, found) in found {
        let Searched { states, images, depth, most, .. } = found;
        println!(
            "{name}: {who:?}: {states} states, depth {depth}, {images} images, {} knowledges",
            most.len()
        );
    }
    let states = found.iter().map(|(_, found)| found.states).sum();
    println!("{name}: {states} states of single parties in {:.1?}", begin.elapsed());
    states
}

/// No rule is broken by what any of these coalitions is told, and each can learn a sum.
fn hold(
    name: &str,
    setting: &Arc<Setting>,
    found: &[(Who, Searched)],
    rounds: u8,
    all: &[Colluders],
) -> usize {
    let begin = Instant::now();
    let mut states = 0;
    assert!(found.iter().all(|(_, found)| found.broken.is_none()));
    for (round, colluders) in (0..rounds).flat_map(|round| all.iter().map(move |c| (round, *c))) {
        let verdict = judge(setting, colluders, found, round);
        assert_eq!(verdict.broken, None, "{name}, round {round}, {colluders:?}");
        assert!(verdict.learns_a_sum);
        states += verdict.states;
    }
    println!(
        "{name}: {states} joint states, {} coalitions, in {:.1?}",
        all.len() * usize::from(rounds),
        begin.elapsed()
    );
    states
}

#[test]
fn three_meters_and_a_utility_that_signs_anything() {
    let begin = Instant::now();
    let setting = Arc::new(Setting::new(least(3, 0)));
    let found = parties(&setting, &Family::all(&setting, 1));
    let states = summary("3 meters, 1 round", &found, begin);
    let joint =
        hold("3 meters, 1 round", &setting, &found, 1, &[1, 2, 3, 4].map(|number| holders(&[number])));
    assert!(states >= 20_000 && joint >= 3900);
    // Two colluding holders are more than the threshold is made for, and the model sees it.
    for numbers in [[1, 2], [1, 4], [3, 4]] {
        let (_, why) = judge(&setting, holders(&numbers), &found, 0).broken.unwrap();
        println!("holders {numbers:?} collude: {why}");
    }
}

/// Every order of events of all parties at once, for a smaller choice of messages: what `together` builds from single
/// parties is what comes out here.
#[test]
fn any_order() {
    let setting = Arc::new(Setting::new(least(3, 0)));
    let family = Family {
        presents: vec![0b111],
        sets: vec![0b111, 0b011],
        variants: 1,
        passes: if full() { 2 } else { 1 },
        quorums: vec![0b0111],
        certified: false,
        reboots: false,
        ..Family::all(&setting, 1)
    };
    let begin = Instant::now();
    let found = parties(&setting, &family);
    summary("any order", &found, begin);
    let met = meet(&setting, holders(&[4]), &family);
    println!("any order: {} states, depth {}, in {:.1?}", met.states, met.depth, begin.elapsed());
    assert_eq!(met.broken, None);
    assert!(met.states >= if full() { 2_500_000 } else { 100_000 });
    let mut products = vec![Vec::new()];
    for (_, found) in found.iter().filter(|(who, _)| *who != Who::Holder(3)) {
        let one_more = |product: &Vec<Vec<Said>>| {
            let product = product.clone();
            found
                .most
                .iter()
                .map(move |said| {
                    let mut said = said.clone();
                    said.sort();
                    [&product[..], &[said]].concat()
                })
                .collect::<Vec<_>>()
        };
        products = products.iter().flat_map(one_more).collect();
    }
    assert_eq!(met.most, products.into_iter().collect());
}

/// The thesis' rule: a late frame and the neighbours' repairs.
#[test]
fn without_holders_the_late_frame_is_found() {
    let plan = Plan { seats: Seats::Nobody, ..least(3, 0) };
    let setting = Arc::new(Setting::new(plan));
    let family = Family { reboots: false, variants: 1, ..Family::all(&setting, 1) };
    let met = meet(&setting, NOBODY, &family);
    let path = met.broken.unwrap();
    println!("without holders: {} states, depth {}", met.states, met.depth);
    path.iter().for_each(|(who, event)| println!("  {who:?}: {event:?}"));
    let found = parties(&setting, &family);
    assert!(found.iter().all(|(_, found)| found.broken.is_none())); // each keeps to its rules
    assert!(judge(&setting, NOBODY, &found, 0).broken.is_some());
}

/// With 2 of 4 holders two quorums need have nobody in common. With 2 of 3 any two do, unless that one colludes.
#[test]
fn equivocation_between_quorums_is_found() {
    let cases = [
        (4, vec![(NOBODY, false)]),
        (3, vec![(NOBODY, true), (holders(&[3]), false), (holders(&[1]), false)]),
    ];
    for (answerers, cases) in cases {
        let threshold = Threshold::trusting_the_utility_not_to_equivocate(answerers, 2).unwrap();
        let setting = Arc::new(Setting::new(Plan { threshold, ..least(3, 0) }));
        let family =
            Family { presents: vec![0b111], reboots: false, variants: 1, ..Family::all(&setting, 1) };
        let found = parties(&setting, &family);
        for (colluders, safe) in cases {
            let verdict = judge(&setting, colluders, &found, 0);
            let why = verdict.broken.as_ref().map(|(_, why)| why);
            println!("2 of {answerers}, {colluders:?}: {} joint states, {why:?}", verdict.states);
            assert_eq!(verdict.broken.is_none(), safe);
        }
    }
}

/// A utility that shows all the same, whatever that is, may have t − 1 holders on its side.
#[test]
fn a_utility_that_shows_all_the_same() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(3, 2).unwrap();
    let setting = Arc::new(Setting::new(Plan { threshold, ..least(3, 0) }));
    let mut joint = 0;
    for present in setting.sets().filter(|present| present.count_ones() >= 2) {
        for last in setting.sets().filter(|set| set.count_ones() >= 2 && set & !present == 0) {
            // Frames from outside the set may come, late ones too; every Close is of the one last set.
            let family = Family { presents: vec![present], sets: vec![last], ..Family::all(&setting, 1) };
            let found = parties(&setting, &family);
            for number in 1..=3 {
                let verdict = judge(&setting, holders(&[number]), &found, 0);
                assert_eq!(verdict.broken, None);
                joint += verdict.states;
            }
        }
    }
    println!("the same for all: {joint} joint states");
}

/// A party that goes on from old state and has lost a record since: each is found, and by algebra too where a reading
/// depends on it.
#[test]
fn lost_records_are_found() {
    let setting = Arc::new(Setting::new(least(3, 0)));
    let begin = Instant::now();
    for (lost, who, tells) in [
        (Lost::Marks, Who::Meter(1), true),
        (Lost::Records, Who::Meter(1), false), // repairs alone: the self-masks hold
        (Lost::Records, Who::Holder(1), true),
    ] {
        let some = Family { certified: false, passes: 1, ..Family::all(&setting, 1) };
        let mut found = parties(&setting, &Family { reboots: false, ..some.clone() });
        let forgetful = alone::search(&setting, who, &Family { lost, ..some });
        println!("{lost:?} of {who:?}: {:?}", forgetful.broken);
        assert!(forgetful.broken.is_some());
        found.iter_mut().find(|(other, _)| *other == who).unwrap().1 = forgetful;
        let verdict = judge(&setting, holders(&[4]), &found, 0);
        println!("  {:?}", verdict.broken.as_ref().map(|(_, why)| why));
        assert_eq!(verdict.broken.is_some(), tells);
    }
    println!("lost records: {:.1?}", begin.elapsed());
}

/// Two rounds: neither what was told in the first nor the chain between them gives more in the second.
#[test]
fn two_rounds() {
    let setting = Arc::new(Setting::new(least(3, 0)));
    let begin = Instant::now();
    let (presents, quorums) = (vec![0b111, 0b011], vec![0b0111, 0b1011]);
    let wide = Family {
        presents,
        quorums,
        variants: 1,
        passes: 2,
        sets: vec![0b111, 0b011],
        ..Family::all(&setting, 2)
    };
    let family =
        if full() { wide } else { Family { presents: vec![0b111], passes: 1, certified: false, ..wide } };
    let found = parties(&setting, &family);
    let states = summary("2 rounds", &found, begin);
    let joint = hold("2 rounds", &setting, &found, 2, &[holders(&[3]), holders(&[4])]);
    assert!(states >= if full() { 300_000 } else { 1000 } && joint > 20);
}

/// One of the four meters colludes or none, and one of the holders.
#[test]
fn four_meters_and_a_utility_that_signs_anything() {
    let begin = Instant::now();
    let setting = Arc::new(Setting::new(least(4, 1)));
    let found = parties(&setting, &Family::all(&setting, 1));
    let states = summary("4 meters, sets of 3", &found, begin);
    let meters = [0, 0b0001, 0b0010, 0b0100, 0b1000];
    let all = meters.into_iter().flat_map(|meters| [1, 2, 4, 8].map(|holders| Colluders { meters, holders }));
    let joint = hold("4 meters, sets of 3", &setting, &found, 1, &all.collect::<Vec<_>>());
    assert!(states >= 37_000 && joint >= 91_000);
}

/// Sets of two of four meters: six times as many states.
#[test]
fn four_meters_and_sets_of_two() {
    if !full() {
        println!("not run: WATTSUM_FULL is not set");
        return;
    }
    let begin = Instant::now();
    let setting = Arc::new(Setting::new(least(4, 0)));
    let found = parties(&setting, &Family::all(&setting, 1));
    let states = summary("4 meters, sets of 2", &found, begin);
    let joint = hold("4 meters, sets of 2", &setting, &found, 1, &[1, 4].map(|number| holders(&[number])));
    assert!(states >= 245_000 && joint >= 322_000);
}

/// Loss, delay, repetition, reordering, reboots.
#[test]
fn an_honest_utility_over_a_bad_network() {
    for (meters, stores, at_least) in [(3, false, 19_000), (3, true, 400_000), (4, false, 1_600_000)] {
        if meters == 4 && !full() {
            continue;
        }
        let setting = Arc::new(Setting::new(least(meters, 0)));
        let begin = Instant::now();
        let (states, depth) = honest::check(&setting, vec![0b0111, 0b1011], stores);
        let name = if stores { "from state stored at any time" } else { "from records alone" };
        println!(
            "{meters} meters, reboots {name}: {states} states, depth {depth}, in {:.1?}",
            begin.elapsed()
        );
        assert!(states >= at_least);
    }
}

/// The network brings the first Close again after the last one. That is no contradiction: an honest utility signs both.
#[test]
fn a_first_close_that_comes_after_the_last() {
    let mut world = World::new(least(3, 0));
    let open = world.forger.open(FIRST, None, &world.everybody());
    let set = world.all_but(&[2]);
    let first = world.forger.close(FIRST, 1, &open, None, &set);
    let last = world.forger.close(FIRST, 2, &first, Some(&[1, 2, 3]), &set);
    let device = &mut world.devices[0];
    device.open(&open).unwrap();
    device.contribute(FIRST, &[7]).unwrap();
    device.close(&first).unwrap();
    device.close(&last).unwrap();
    assert_ne!(device.close(&first).unwrap_err(), Fault::Contradiction.of(PartyId::UTILITY));
}
