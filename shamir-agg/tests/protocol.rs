//! Whole rounds, all roles as separate objects that exchange bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/group.rs"]
mod group;
#[path = "world/measured.rs"]
mod measured;

use group::{FIRST, Plan, World, element, readings, silent, truth};
use meter_link::answer::Threshold;
use meter_link::field::lagrange;
use meter_link::frame::Flags;
use meter_link::round::frame_hash;
use meter_link::{Field64, Header, Kind, Label, Round, SetRules, Stream, pad};
use shamir_agg::{Error, Sum};

fn trusting(m: u8, t: u8) -> Threshold {
    Threshold::trusting_the_utility_not_to_equivocate(m, t).unwrap()
}

#[test]
fn all_present_in_one_and_several_channels() {
    for channels in [1, 4, 5, 9] {
        let mut world = World::new(Plan::of(6, channels));
        let readings = readings(&world.plan, FIRST);
        let sum = world.round(FIRST, &readings, &[]).unwrap();
        assert_eq!(sum, Sum { round: Round::from(FIRST), values: truth(&readings), meters: 6 });
    }
}

#[test]
fn any_number_of_aggregators_and_any_threshold() {
    let thresholds = [trusting(2, 2), trusting(5, 3), trusting(10, 5), trusting(9, 9)];
    let checked =
        [(4, 3, 1), (6, 4, 1), (7, 5, 2), (16, 11, 5)].map(|(n, t, f)| Threshold::new(n, t, f).unwrap());
    for threshold in thresholds.into_iter().chain(checked) {
        let mut world = World::new(Plan { threshold, ..Plan::of(4, 2) });
        let readings = readings(&world.plan, FIRST);
        let away: Vec<u8> = (1..=threshold.answerers() - threshold.threshold()).collect();
        for (round, away) in [(FIRST, &[][..]), (FIRST + 1, &away)] {
            assert_eq!(
                world.round(round, &readings, away).unwrap().values,
                truth(&readings),
                "{threshold:?}"
            );
        }
    }
}

#[test]
fn silent_meters_cost_nothing() {
    let mut world = World::new(Plan::of(9, 2));
    for (round, gone) in [(FIRST, &[0, 4, 8][..]), (FIRST + 1, &[1, 2, 3, 5]), (FIRST + 2, &[])] {
        let readings = silent(readings(&world.plan, round), gone);
        let sum = world.round(round, &readings, &[]).unwrap();
        assert_eq!((sum.values, sum.meters as usize), (truth(&readings), 9 - gone.len()));
    }
}

#[test]
fn too_many_silent_meters_lose_the_round_and_no_other() {
    let mut world = World::new(Plan::of(9, 1));
    let all = readings(&world.plan, FIRST);
    let four = silent(all.clone(), &[0, 1, 2, 3, 4]);
    assert_eq!(world.round(FIRST, &four, &[]), Err(Error::Quorum { have: 4, need: 5 }));
    assert_eq!(world.round(FIRST + 1, &all, &[]).unwrap().values, truth(&all));
}

#[test]
fn who_is_missing_is_known() {
    let mut world = World::new(Plan::of(4, 1));
    let readings = silent(readings(&world.plan, FIRST), &[2]);
    let mut collecting = world.open(FIRST, &[]);
    assert_eq!(collecting.missing().count(), 4);
    for frame in world.frames(FIRST, &readings).into_iter().flatten() {
        collecting.accept(&frame).unwrap();
    }
    assert!(collecting.missing().eq([world.plan.meter_ids()[2]]));
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    assert!(closed.missing().eq([1, 2, 3]));
    let answer = world.aggregator(2).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
    closed.accept(&answer).unwrap();
    assert!(closed.missing().eq([1, 3]));
    assert_eq!(world.utility.record(&closed), Err(Error::Quorum { have: 1, need: 3 }));
}

/// An aggregator of the quorum stays silent; another quorum answers for the same set.
#[test]
fn another_quorum_opens_the_same_set() {
    let mut world = World::new(Plan::of(5, 5));
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    for frame in world.frames(FIRST, &readings).into_iter().flatten() {
        collecting.accept(&frame).unwrap();
    }
    let first = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &first).unwrap();
    for number in [1, 3] {
        let answer = world.aggregator(number).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
        closed.accept(&answer).unwrap();
    }
    let second = world.utility.quorum(|number| number != 2).unwrap();
    world.utility.ask(&mut closed, &second).unwrap();
    world.answer(FIRST, &mut closed, &second).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
    let next = group::readings(&world.plan, FIRST + 1);
    assert_eq!(world.round(FIRST + 1, &next, &[2]).unwrap().values, truth(&next));
}

#[test]
fn fewer_aggregators_than_the_threshold_open_nothing() {
    let mut world = World::new(Plan::of(4, 1));
    let readings = readings(&world.plan, FIRST);
    assert_eq!(world.round(FIRST, &readings, &[1, 4]), Err(Error::Quorum { have: 2, need: 3 }));
}

#[test]
fn a_meter_named_absent_is_not_waited_for() {
    let mut world = World::new(Plan::of(5, 1));
    let readings = readings(&world.plan, FIRST);
    let (now, present) = (Round::from(FIRST), world.all_but(&[3]));
    let mut collecting = world.utility.open(now, now, &present).unwrap();
    let frames = world.frames(FIRST, &readings);
    for (i, frame) in frames.iter().enumerate() {
        let expected = world.plan.meter_ids()[i];
        let refused = meter_link::Fault::NotExpected.of(expected);
        let result = collecting.accept(frame.as_ref().unwrap());
        assert_eq!(result, if i == 3 { Err(refused) } else { Ok(expected) });
    }
    assert_eq!(collecting.missing().count(), 0);
}

#[test]
fn keys_move_on_and_all_parties_with_them() {
    let plan = Plan { rounds_per_step: 3, ..Plan::of(4, 2) };
    let mut world = World::new(plan);
    // Within a step, into the next, and over several at once.
    for round in [0, 1, 2, 3, 5, 6, 30, 31, 600].map(|r| FIRST + r) {
        let readings = readings(&world.plan, round);
        assert_eq!(world.round(round, &readings, &[]).unwrap().values, truth(&readings), "round {round}");
    }
}

#[test]
fn every_open_names_the_close_before_it() {
    let mut world = World::new(Plan::of(4, 1));
    let readings = readings(&world.plan, FIRST);
    let mut previous = (FIRST, [0u8; 32]);
    for round in [FIRST, FIRST + 1, FIRST + 3] {
        let mut collecting = world.open(round, &[]);
        let payload = &collecting.frame()[Header::LEN..];
        assert_eq!((&payload[..4], &payload[4..36]), (&previous.0.to_le_bytes()[..], &previous.1[..]));
        for frame in world.frames(round, &readings).into_iter().flatten() {
            collecting.accept(&frame).unwrap();
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let mut closed = world.utility.close(collecting, &quorum).unwrap();
        previous = (round, frame_hash(closed.frame()));
        world.answer(round, &mut closed, &quorum).unwrap();
        world.utility.record(&closed).unwrap();
    }
}

/// A utility that starts again from its stored progress goes on where it was.
#[test]
fn a_restarted_utility_keeps_the_chain() {
    let mut world = World::new(Plan::of(4, 1));
    let first = readings(&world.plan, FIRST);
    world.round(FIRST, &first, &[]).unwrap();
    let progress = world.utility.progress();
    let next = Round::from(FIRST + 1);
    let everybody = world.everybody();
    let expected = world.utility.open(next, next, &everybody).unwrap().frame().to_vec();

    let mut forgetful = world.plan.utility();
    assert_ne!(forgetful.open(next, next, &everybody).unwrap().frame(), expected);
    let mut restarted = world.plan.utility();
    let damaged = &progress[1..];
    assert_eq!(restarted.resume(damaged), Err(shamir_agg::Malformed::BadRecord.into()));
    restarted.resume(&progress).unwrap();
    world.utility = restarted;
    let second = readings(&world.plan, FIRST + 1);
    assert_eq!(world.round(FIRST + 1, &second, &[]).unwrap().values, truth(&second));
    let again = world.utility.resume(&progress);
    assert_eq!(again, Err(shamir_agg::Misuse::OutOfOrder.into()));
}

#[test]
fn the_largest_readings_of_either_sign_come_back() {
    // Just below p/2 in all.
    let plan = Plan { max_reading: (Field64::MODULUS / 2 - 1) / 1_000_000, ..Plan::of(5, 1) };
    let most = i64::try_from(plan.max_reading).unwrap();
    let mut world = World::new(plan);
    for (round, value) in (FIRST..).zip([most, -most, 0, -1]) {
        let readings = vec![Some(vec![value]); 5];
        assert_eq!(world.round(round, &readings, &[]).unwrap().values, [5 * value]);
    }
}

/// What comes twice changes nothing, and is answered with the same bytes.
#[test]
fn the_network_may_repeat_everything() {
    let mut world = World::new(Plan::of(4, 2));
    let readings = readings(&world.plan, FIRST);
    let (now, mut collecting) = (Round::from(FIRST), world.open(FIRST, &[]));
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &readings).into_iter().flatten().collect();
    for frame in frames.iter().chain(&frames) {
        collecting.accept(frame).unwrap();
    }
    let open = collecting.frame().to_vec();
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    for number in [1, 2, 3] {
        let aggregator = world.aggregator(number);
        aggregator.open(now, &open).unwrap();
        let first = aggregator.answer(now, closed.frame()).unwrap();
        let again = aggregator.answer(now, closed.frame()).unwrap();
        assert_eq!(first.record(), again.record());
        let (first, again) = (first.stored(), again.stored());
        assert_eq!(first, again);
        closed.accept(&first).unwrap();
        closed.accept(&again).unwrap();
    }
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
}

/// docs/protocol.md by hand: keys from the link secrets, polynomials by Lagrange, rows in order.
#[test]
fn a_frame_carries_what_the_documentation_says() {
    for (threshold, channels) in [(Threshold::DEFAULT, 1), (trusting(5, 2), 5), (trusting(3, 3), 9)] {
        let plan = Plan { threshold, rounds_per_step: 2, ..Plan::of(3, channels) };
        let (mut device, round) = (plan.device(1), FIRST + 5);
        let reading = readings(&plan, round)[1].clone().unwrap();
        let (frame, _) = device.contribute(round, &reading).unwrap();

        let cohort = plan.cohort();
        let (m, t) = (threshold.answerers(), threshold.threshold());
        let rows = usize::from(m - t + 1);
        assert_eq!(frame.len(), 16 + 8 * rows * reading.len() + 16);
        let header = cohort.view.header(
            Kind::Contribution,
            Flags::TRANSMISSION,
            plan.meter_ids()[1],
            Round::from(round),
        );
        assert_eq!(frame[..16], header.to_bytes());
        let pads: Vec<Vec<Field64>> = (cohort.answerers.iter())
            .map(|a| {
                let me = &cohort.roster.meters()[1];
                let mut key =
                    a.link.pair_key(Label::Shamir, cohort.view.context(), a.id, &me.peer(), &[]).unwrap();
                key.ratchet();
                key.ratchet();
                let mut pad = vec![Field64::ZERO; reading.len()];
                pad::pad(&key, Round::from(round), Stream::Share, &mut pad);
                pad
            })
            .collect();
        let points: Vec<u8> = (0..t).collect();
        for (n, value) in reading.iter().enumerate() {
            let at = |x: u8| if x == 0 { Field64::from_i64(*value) } else { pads[usize::from(x) - 1][n] };
            for (row, a) in (t..=m).enumerate() {
                let share: Field64 = (0..points.len())
                    .map(|i| lagrange::coefficient(&points, i, a).unwrap() * at(points[i]))
                    .sum();
                let expected = share - pads[usize::from(a) - 1][n];
                assert_eq!(
                    element(&frame, 0, row * reading.len() + n),
                    expected,
                    "channel {n}, aggregator {a}"
                );
            }
        }
    }
}

/// protocols.md, section 8.
#[test]
fn frames_have_the_documented_sizes() {
    let sizes = |threshold, channels| Plan { threshold, ..Plan::of(3, channels) }.params().contribution_len();
    assert_eq!(sizes(Threshold::DEFAULT, 1), 48);
    assert_eq!(sizes(trusting(5, 3), 1), 32 + 8 * 3);
    assert_eq!(sizes(trusting(5, 5), 4), 32 + 8 * 4);
}

/// A morning of 240 real households, some silent, an aggregator away in every other round.
#[test]
fn real_readings_add_up() {
    let Some(day) = measured::first_rounds(24) else { return };
    let meters = day[0].readings.len();
    let rules = SetRules { min_honest: 100, ..SetRules::LEAST };
    let mut world = World::new(Plan { rules, ..Plan::of(meters.try_into().unwrap(), 1) });
    for (n, interval) in (0u32..).zip(&day) {
        let all: Vec<group::Reading> = interval.readings.iter().map(|wh| Some(vec![*wh])).collect();
        let away: &[u8] = if n % 2 == 1 { &[2] } else { &[] };
        assert_eq!(world.round(FIRST + 2 * n, &all, away).unwrap().values, [interval.sum]);
        let gone: Vec<usize> =
            (0..meters).filter(|i| (i * 31 + n as usize * 17).is_multiple_of(20)).collect();
        assert!(!gone.is_empty());
        let some = silent(all, &gone);
        let sum = world.round(FIRST + 2 * n + 1, &some, away).unwrap();
        assert_eq!((sum.values, sum.meters as usize), (truth(&some), meters - gone.len()));
    }
}
