//! The simulator beside the roles: same keys, same fates, same contributions, repairs and sums, bit for bit.
#![cfg(feature = "simulate")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/group.rs"]
mod group;
#[path = "world/rounds.rs"]
mod rounds;

use std::collections::BTreeMap;

use adversary::words;
use chacha20::ChaCha20Rng;
use dcnet_core::simulate::{
    Cell, Drawn, Fate, Keys, Lost, Outcome, Plan as Simulated, Rates, best_cell, chance,
};
use dcnet_core::{Closing, Error, Params, graph};
use group::{FIRST, Plan, World, element, readings, silent, truth};
use meter_link::answer::Threshold;
use meter_link::cohort::{Cohort, Party};
use meter_link::{Label, Misuse, PairKey, Round, SetRules};
use rand_core::SeedableRng;
use rounds::Script;

/// The keys that the roles made.
struct Theirs(Cohort);

impl Theirs {
    fn key(&self, label: Label, a: &Party, b: &meter_link::roster::Member) -> PairKey {
        a.link.pair_key(label, self.0.view.context(), a.id, &b.peer(), &[]).unwrap()
    }
}

impl Keys for Theirs {
    fn pair(&mut self, low: u32, high: u32) -> PairKey {
        assert!(low < high);
        let other = &self.0.roster.meters()[high as usize];
        self.key(Label::DcnetPair, &self.0.meters[low as usize], other)
    }

    fn holder(&mut self, number: u8, meter: u32) -> PairKey {
        let other = &self.0.roster.answerers()[usize::from(number) - 1];
        self.key(Label::DcnetHolder, &self.0.meters[meter as usize], other)
    }
}

fn cell(plan: &Plan, params: &Params) -> Cell {
    let cohort = plan.cohort();
    let seed = graph::seed(cohort.view.context());
    Cell::new(&simulated(plan, params), &seed, &mut Theirs(cohort)).unwrap()
}

fn simulated(plan: &Plan, params: &Params) -> Simulated {
    Simulated {
        meters: plan.meters,
        degree: params.degree(),
        threshold: plan.threshold,
        rules: plan.rules,
        min_neighbours: params.min_neighbours(),
    }
}

fn positions(fates: &[Fate], of: &[Fate]) -> Vec<usize> {
    (0..fates.len()).filter(|p| of.contains(&fates[*p])).collect()
}

/// What the roles did in a round.
struct Played {
    frames: Vec<Option<Vec<u8>>>,
    /// By Close, with the meter's position.
    repairs: Vec<BTreeMap<u32, Vec<u8>>>,
    closes: u8,
    up: usize,
    broadcast: usize,
    sum: Result<(i64, u32), Error>,
}

fn play(world: &mut World, round: u32, fates: &[Fate]) -> Played {
    let absent = positions(fates, &[Fate::Absent]);
    let mut deaf = positions(fates, &[Fate::Absent, Fate::SilentFromOpen]);
    let script = Script { absent: &absent, ..Script::default() };
    let mut collecting = world.open(round, &script);
    let open = collecting.frame().to_vec();
    let sending = silent(readings(&world.plan, round), &deaf);
    let mut played = Played {
        frames: Vec::new(),
        repairs: Vec::new(),
        closes: 0,
        up: 0,
        broadcast: open.len(),
        sum: Err(Error::Inconsistent),
    };
    for (device, reading) in world.devices.iter_mut().zip(&sending) {
        // A meter refuses an Open that leaves it too few neighbours.
        let hears = reading.as_ref().filter(|_| device.open(&open).is_ok());
        played.frames.push(hears.map(|reading| device.contribute(round, reading).unwrap().0));
    }
    for frame in played.frames.iter().flatten() {
        collecting.accept(frame).unwrap();
        played.up += frame.len();
    }
    // As the simulator turns them.
    let turned = |n: u8| !(u64::from(round) + 3).is_multiple_of(4) || n != 4;
    let quorum = world.utility.quorum(turned).unwrap();
    let mut closing = world.utility.close(collecting, &quorum);
    let falls = [Fate::SilentFromFirstClose, Fate::SilentFromSecondClose];
    for pass in 0.. {
        match closing {
            Err(error) => {
                played.sum = Err(error);
                return played;
            }
            Ok(Closing::Final(mut closed)) => {
                played.closes = pass as u8 + 1;
                played.broadcast += closed.frame().len();
                world.answer(round, &mut closed, &quorum).unwrap();
                played.sum = world.utility.record(&closed).map(|sum| (sum.values[0], sum.meters));
                return played;
            }
            Ok(Closing::Repairing(mut repairing)) => {
                played.closes = pass as u8 + 1;
                played.broadcast += repairing.frame().len();
                deaf.extend(positions(fates, &falls[pass..=pass]));
                let frame = repairing.frame().to_vec();
                let mut repairs = BTreeMap::new();
                for (position, device) in world.devices.iter_mut().enumerate() {
                    if !deaf.contains(&position)
                        && let Ok((Some(repair), _)) = device.close(&frame)
                    {
                        repairing.accept(&repair).unwrap();
                        played.up += repair.len();
                        repairs.insert(position as u32, repair);
                    }
                }
                played.repairs.push(repairs);
                closing = world.utility.close_again(repairing, &quorum);
            }
        }
    }
    unreachable!()
}

/// One round of both; returns the simulator's outcome.
fn compare(world: &mut World, cell: &Cell, round: u32, fates: &[Fate]) -> Outcome {
    let values: Vec<i64> =
        readings(&world.plan, round).into_iter().map(|reading| reading.unwrap()[0]).collect();
    let played = play(world, round, fates);
    let contributed =
        cell.open(Round::from(round), fates).unwrap().mask().unwrap().contribute(&values).unwrap();
    for (position, frame) in played.frames.iter().enumerate() {
        let Some(frame) = frame else { continue };
        assert_eq!(contributed.masked()[position], element(frame, 0, 0), "y of {position}");
        for (n, row) in contributed.corrections().iter().enumerate() {
            assert_eq!(row[position], element(frame, 0, 1 + n));
        }
    }
    let outcome = contributed.close().unwrap();
    assert_eq!(outcome.closes, played.closes);
    assert_eq!((outcome.bytes.up, outcome.bytes.broadcast), (played.up as u64, played.broadcast as u64));
    assert_eq!(outcome.repairs.len(), played.repairs.len());
    for (simulated, real) in outcome.repairs.iter().zip(&played.repairs) {
        assert!(simulated.iter().map(|repair| repair.meter).eq(real.keys().copied()));
        for repair in simulated {
            assert_eq!(repair.value, words([&real[&repair.meter]]));
        }
    }
    match (outcome.sum, played.sum) {
        (Ok(sum), Ok((real, meters))) => {
            assert_eq!((sum, outcome.meters()), (real, meters));
            let left = (0..fates.len()).filter(|p| !outcome.set[*p]).collect::<Vec<_>>();
            assert_eq!([sum], truth(&silent(readings(&world.plan, round), &left))[..]);
        }
        (Err(_), Err(Error::Quorum { .. })) => {}
        (simulated, real) => panic!("{simulated:?}, but {real:?}"),
    }
    outcome
}

/// Rounds of everything that can happen; returns how many ended after each number of Closes, and how many were lost.
fn rounds(plan: Plan, rates: Rates, count: u32, seed: u64) -> ([usize; 4], usize) {
    let mut world = World::new(plan);
    let cell = cell(&plan, &world.params);
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let (mut closed, mut lost) = ([0; 4], 0);
    for round in FIRST..FIRST + count {
        let outcome = compare(&mut world, &cell, round, &rates.draw(plan.meters, &mut rng));
        match outcome.sum {
            Ok(_) => closed[usize::from(outcome.closes)] += 1,
            Err(_) => lost += 1,
        }
    }
    (closed, lost)
}

#[test]
fn a_complete_group_is_simulated_to_the_bit() {
    let rates = Rates { absent: 0.05, lost: 0.1 };
    // Both parities: the half step of an even number of meters is an edge twice.
    for meters in [20, 21] {
        let (closed, lost) = rounds(Plan::of(meters, 1), rates, 30, 1);
        assert!(closed[1] > 0 && closed[2] > 0 && closed[3] > 0 && lost > 0, "{closed:?} {lost}");
    }
}

#[test]
fn a_drawn_group_is_simulated_to_the_bit() {
    let rules = SetRules { min_honest: 50, ..SetRules::LEAST };
    let plan = Plan { rules, drawn: Some((12, 8)), ..Plan::of(300, 1) };
    let (closed, lost) = rounds(plan, Rates { absent: 0.05, lost: 0.02 }, 14, 2);
    assert!(closed[2] > 0 && closed[3] > 0, "{closed:?} {lost}");
    let rules = SetRules { max_missing_permille: 300, ..rules };
    let (closed, lost) = rounds(Plan { rules, ..plan }, Rates { absent: 0.2, lost: 0.1 }, 6, 3);
    assert!(lost > 0, "{closed:?} {lost}");
}

/// A set below the rules is no set, for the utility as here.
#[test]
fn sets_that_are_too_small() {
    let plan = Plan { rules: SetRules::LEAST, ..Plan::of(10, 1) };
    let mut world = World::new(plan);
    let cell = cell(&plan, &world.params);
    let mut fates = vec![Fate::Stays; 10];
    fates[..2].fill(Fate::SilentFromOpen);
    assert_eq!(compare(&mut world, &cell, FIRST, &fates).sum, Err(Lost::TooSmall));
    fates[..9].fill(Fate::Absent);
    let opened = cell.open(Round::from(FIRST), &fates).unwrap();
    let outcome = opened.mask().unwrap().contribute(&[0; 10]).unwrap().close().unwrap();
    assert_eq!((outcome.sum, outcome.closes), (Err(Lost::TooSmall), 0));
}

#[test]
fn misuse_is_refused() {
    let plan = Simulated {
        meters: 10,
        degree: 2,
        threshold: Threshold::DEFAULT,
        rules: SetRules::LEAST,
        min_neighbours: 1,
    };
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let cell = Cell::new(&plan, &[0; 32], &mut Drawn(&mut rng)).unwrap();
    assert_eq!(cell.edges(), 45);
    assert_eq!(cell.open(Round::from(1), &[Fate::Stays; 9]).unwrap_err(), Misuse::WrongLength.into());
    let masked = cell.open(Round::from(1), &[Fate::Stays; 10]).unwrap().mask().unwrap();
    assert_eq!(masked.contribute(&[1; 11]).unwrap_err(), Misuse::WrongLength.into());
    for plan in [Simulated { meters: 1, ..plan }, Simulated { degree: 3, ..plan }] {
        let made = Cell::new(&plan, &[0; 32], &mut Drawn(&mut rng));
        assert_eq!(made.unwrap_err(), Misuse::BadParameter.into());
    }
}

/// The estimate that the advice rests on, beside what happens.
#[test]
fn the_chance_of_closing_is_estimated_well() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    for (meters, degree, rates) in [
        (240, 0, Rates { absent: 0.05, lost: 0.005 }),
        (300, 16, Rates { absent: 0.05, lost: 0.05 }),
        (300, 60, Rates { absent: 0.0, lost: 0.02 }),
        (2000, 16, Rates { absent: 0.05, lost: 0.02 }),
    ] {
        let rules = SetRules { max_missing_permille: 900, ..SetRules::LEAST };
        let plan = Simulated { meters, degree, threshold: Threshold::DEFAULT, rules, min_neighbours: 1 };
        let cell = Cell::new(&plan, &[7; 32], &mut Drawn(&mut rng)).unwrap();
        let readings = vec![1; meters as usize];
        let rounds = 300;
        let closes = |round: u32| {
            let fates = rates.draw(meters, &mut ChaCha20Rng::seed_from_u64(u64::from(round)));
            let opened = cell.open(Round::from(round), &fates).unwrap();
            opened.mask().unwrap().contribute(&readings).unwrap().close().unwrap().sum.is_ok()
        };
        let share = (0..rounds).filter(|round| closes(*round)).count() as f64 / f64::from(rounds);
        let estimate = chance(meters, degree, &rates);
        assert!((share - estimate).abs() < 0.07, "{meters} {degree}: {share}, estimated {estimate}");
    }
    // A million never closes, cells as large as the design's nearly always do.
    let rates = Rates { absent: 0.05, lost: 0.005 };
    assert!(chance(1_000_000, 16, &rates) < 1e-6);
    let plan = Simulated {
        meters: 1_000_000,
        degree: 16,
        threshold: Threshold::DEFAULT,
        rules: SetRules::LEAST,
        min_neighbours: 1,
    };
    assert!((1000..=2000).contains(&best_cell(&plan, &rates, 0.99).unwrap()));
    assert_eq!(best_cell(&plan, &Rates { absent: 0.0, lost: 1.0 }, 0.99), None);
}
