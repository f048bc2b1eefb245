//! For all windows: exact sums and bills whatever is stored and read back in between, and rules that hide enough.

use chacha20::ChaCha20Rng;
use meter_link::Round;
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::set::Members;
use meter_link::window::{Book, Window, window_connectivity};
use proptest::prelude::*;
use rand_core::SeedableRng;
use shamir_agg::{Aggregator, Meter, Utility};

use crate::group::{FIRST, Plan, Reading, World, billed_truth, readings, silent, truth};

/// Rounds of a window.
const WINDOW: u32 = 12;

/// A window: the group, who is silent in which round, two quorums and the parties that start again by round.
#[derive(Debug)]
struct Course {
    plan: Plan,
    silent: Vec<Vec<usize>>,
    quorums: [Vec<u8>; 2],
    reboots: Vec<Vec<u8>>,
}

fn windows() -> impl Strategy<Value = Course> {
    let sizes = (12u32..16, 1u16..4, 2u8..5, any::<u64>());
    sizes.prop_flat_map(|(meters, channels, t, seed)| {
        (t..7).prop_flat_map(move |m| {
            let threshold = Threshold::trusting_the_utility_not_to_equivocate(m, t).unwrap();
            let plan = Plan { threshold, seed, ..Plan::billed(meters, channels) };
            let numbers: Vec<u8> = (1..=m).collect();
            let quorum = move || prop::sample::subsequence(numbers.clone(), usize::from(t));
            // One or two meters are away often, the others now and then.
            let away = prop::sample::subsequence((0..meters as usize).collect::<Vec<_>>(), 0..3);
            let often = prop::collection::vec(0usize..3, 0..3);
            let silent = prop::collection::vec((away, often), WINDOW as usize).prop_map(|rounds| {
                let all = |(away, often): (Vec<usize>, Vec<usize>)| [away, often].concat();
                rounds.into_iter().map(all).collect::<Vec<_>>()
            });
            let reboots = prop::collection::vec(prop::collection::vec(0u8..20, 0..3), WINDOW as usize);
            (silent, quorum(), quorum(), reboots).prop_map(move |(silent, first, second, reboots)| Course {
                plan,
                silent,
                quorums: [first, second],
                reboots,
            })
        })
    })
}

/// A party that goes on from its stored state: the utility, an aggregator, or else a meter.
fn reboot(world: &mut World, which: u8) {
    let mut cohort = world.plan.cohort();
    let (params, view) = (&world.params, &world.view);
    let (number, place) = (usize::from(which) - usize::from(which > 0), usize::from(which));
    if which == 0 {
        let state = world.utility.to_bytes().unwrap();
        let (identity, roster) = (cohort.utility.identity, world.roster.clone());
        world.utility = Utility::from_bytes(params, view, identity, roster, &state).unwrap();
        assert_eq!(*world.utility.to_bytes().unwrap(), *state);
    } else if number < world.aggregators.len() {
        let state = world.aggregators[number].to_bytes().unwrap();
        let party = cohort.answerers.remove(number);
        let read = Aggregator::from_bytes(params, view, party.id, party.identity, &world.roster, &state);
        world.aggregators[number] = read.unwrap();
        assert_eq!(*world.aggregators[number].to_bytes().unwrap(), *state);
    } else if let Some(device) = world.devices.get_mut(place % 12) {
        let mut state = vec![0; params.meter_state_len()];
        device.meter.to_bytes(&mut state).unwrap();
        let storage: Vec<AnswererLink> = world.aggregators.iter().map(|_| AnswererLink::default()).collect();
        device.meter = Meter::from_bytes(params, view, storage, &state).unwrap();
    }
}

/// A round that two quorums are asked for one after the other, with reboots before and within it.
fn round_of(world: &mut World, round: u32, readings: &[Reading], quorums: &[Quorum; 2], reboots: &[u8]) {
    let now = Round::from(round);
    let mut collecting = world.open(round, &[]);
    let open = collecting.frame().to_vec();
    reboots.iter().for_each(|which| reboot(world, *which));
    for frame in world.frames(round, readings).into_iter().flatten() {
        collecting = world.utility.reopen(&collecting.to_bytes().unwrap()).unwrap();
        collecting.accept(&frame).unwrap();
    }
    world.aggregators.iter_mut().for_each(|aggregator| aggregator.open(now, &open).unwrap());
    let mut closed = world.utility.close(collecting, &quorums[0]).unwrap();
    world.answer(round, &mut closed, &quorums[0]).unwrap();
    let sum = world.utility.record(&closed).unwrap();
    assert_eq!(sum.values, truth(readings));
    world.utility.ask(&mut closed, &quorums[1]).unwrap();
    world.answer(round, &mut closed, &quorums[1]).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap(), sum);
    for aggregator in &mut world.aggregators {
        aggregator.follow(now, closed.frame()).unwrap().stored();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every sum and every bill that the rules permit is exact, whichever t aggregators answer, and whoever
    /// starts again in between.
    #[test]
    fn windows_are_right(course in windows()) {
        let Course { plan, silent: absent, quorums, reboots } = course;
        let mut world = World::new(plan);
        let quorums = quorums.map(|numbers| Quorum::new(&numbers).unwrap());
        let mut window = Vec::new();
        for ((round, absent), reboots) in (FIRST..).zip(&absent).zip(&reboots) {
            let readings = silent(readings(&plan, round), absent);
            round_of(&mut world, round, &readings, &quorums, reboots);
            window.push(readings);
        }
        let first = Round::from(FIRST);
        reboots[0].iter().for_each(|which| reboot(&mut world, *which));
        if let Ok(meters) = world.utility.billable(first) {
            let mut all = Vec::new();
            for quorum in &quorums {
                let mut billing = world.utility.bill(first, &meters, quorum).unwrap();
                for number in quorum.iter() {
                    let now = Round::from(FIRST + WINDOW);
                    let answer = world.aggregator(number).bill(now, billing.frame()).unwrap().stored();
                    billing.accept(&answer).unwrap();
                }
                all.push(billing.bills().unwrap());
            }
            prop_assert_eq!(&all[0].bills, &all[1].bills);
            prop_assert_eq!(all[0].bills.len(), meters.len());
            for bill in &all[0].bills {
                let place = world.roster.position(bill.meter).unwrap();
                prop_assert_eq!((bill.rounds, bill.values.clone()), billed_truth(&window, place));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// What the rules permit hides κ honest readings, whoever of the meters colludes: edges of colluders are known, hence
    /// none.
    #[test]
    fn permitted_bills_hide_readings_from_colluders(
        (honest, colluding) in (4u32..6, 0u32..3), seed: u64, (meters, rounds) in (20u32..28, 6u32..12),
        guests in 0u32..6, often in 2u64..6,
    ) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut below = |bound: u64| rand_core::Rng::next_u64(&mut rng) % bound;
        let kappa = honest + colluding;
        let billed: Vec<bool> = (0..meters).map(|i| i >= guests).collect();
        let mut sets: Vec<Vec<bool>> = Vec::new();
        for _ in 0..rounds {
            let absent = below(meters.into()) as u32;
            // Some guests are there most of the time, and some hardly ever.
            let here = |i: u32, toss: u64| if i < guests { toss < (i as u64 % often) * 4 } else { i != absent || toss > 9 };
            sets.push((0..meters).map(|i| here(i, below(20))).collect());
        }
        let window = Window { first: Round::from(0), last: Round::from(rounds - 1) };
        let mut book = Book::new(window, kappa, meters).against(colluding);
        for (round, set) in (0u32..).zip(&sets) {
            let set = Members::marked(set).unwrap();
            prop_assume!(set.count() >= kappa);
            book.enter(Round::from(round), &[round as u8; 32], &set).unwrap();
        }
        let lists = [Some(Members::marked(&billed).unwrap()), book.billable()];
        for billed in lists.into_iter().flatten().filter(|billed| book.permits(billed)) {
            let billed = billed.to_marks();
            for _ in 0..4 {
                let known: Vec<u32> =
                    (0..colluding).map(|_| below(if guests > 0 { guests.into() } else { 9 }) as u32).collect();
                let honest_cells: Vec<Vec<bool>> = sets.iter().map(|set| {
                    (0u32..).zip(set).map(|(i, member)| *member && !known.contains(&i)).collect()
                }).collect();
                let cells: Vec<&[bool]> = honest_cells.iter().map(Vec::as_slice).collect();
                prop_assert!(window_connectivity(&cells, &billed) >= honest, "{known:?}");
            }
        }
    }
}
