//! Whole rounds, all roles as separate objects that exchange bytes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "protocol/certified.rs"]
mod certified;
#[path = "protocol/chain.rs"]
mod chain;
#[path = "protocol/committee.rs"]
mod committee;
#[path = "world/group.rs"]
mod group;
#[path = "world/measured.rs"]
mod measured;
#[path = "protocol/network.rs"]
mod network;
#[path = "protocol/passes.rs"]
mod passes;
#[path = "protocol/restart.rs"]
mod restart;
#[path = "world/rounds.rs"]
mod rounds;
#[path = "protocol/state.rs"]
mod state;

use dcnet_core::{Error, Sum};
use group::{FIRST, Plan, World, element, readings, silent, truth};
use meter_link::answer::Threshold;
use meter_link::field::lagrange;
use meter_link::frame::Flags;
use meter_link::{Field64, Kind, Label, Round, SetRules, Stream, pad};
use rounds::Script;

fn trusting(c: u8, t: u8) -> Threshold {
    Threshold::trusting_the_utility_not_to_equivocate(c, t).unwrap()
}

#[test]
fn all_present_in_one_and_several_channels() {
    for channels in [1, 4, 5, 9] {
        let mut world = World::new(Plan::of(6, channels));
        let readings = readings(&world.plan, FIRST);
        let (sum, passes) = world.round(FIRST, &readings, Script::default()).unwrap();
        assert_eq!(sum, Sum { round: Round::from(FIRST), values: truth(&readings), meters: 6 });
        assert_eq!(passes, 1);
    }
}

#[test]
fn any_number_of_holders_and_any_threshold() {
    let thresholds = [trusting(2, 2), trusting(5, 3), trusting(10, 5), trusting(9, 9)];
    let checked =
        [(4, 3, 1), (6, 4, 1), (7, 5, 2), (16, 11, 5)].map(|(n, t, f)| Threshold::new(n, t, f).unwrap());
    for threshold in thresholds.into_iter().chain(checked) {
        let mut world = World::new(Plan { threshold, ..Plan::of(4, 2) });
        let readings = readings(&world.plan, FIRST);
        let away: Vec<u8> = (1..=threshold.answerers() - threshold.threshold()).collect();
        for (round, away) in [(FIRST, &[][..]), (FIRST + 1, &away)] {
            let (sum, _) = world.round(round, &readings, Script { away, ..Script::default() }).unwrap();
            assert_eq!(sum.values, truth(&readings), "{threshold:?}");
        }
    }
}

#[test]
fn a_silent_meter_costs_one_more_close() {
    let mut world = World::new(Plan::of(9, 5));
    for (round, gone) in [(FIRST, &[0, 4, 8][..]), (FIRST + 1, &[1, 2, 3, 5]), (FIRST + 2, &[])] {
        let readings = silent(readings(&world.plan, round), gone);
        let (sum, passes) = world.round(round, &readings, Script::default()).unwrap();
        assert_eq!((sum.values, sum.meters as usize), (truth(&readings), 9 - gone.len()));
        assert_eq!(passes, if gone.is_empty() { 1 } else { 2 });
    }
}

#[test]
fn too_many_silent_meters_lose_the_round_and_no_other() {
    let mut world = World::new(Plan::of(9, 1));
    let all = readings(&world.plan, FIRST);
    let four = silent(all.clone(), &[0, 1, 2, 3, 4]);
    let lost = world.round(FIRST, &four, Script::default());
    assert_eq!(lost, Err(Error::Quorum { have: 4, need: 5 }));
    assert_eq!(world.round(FIRST + 1, &all, Script::default()).unwrap().0.values, truth(&all));
}

/// A meter that is away for days leaves by Open, costs nobody a repair, and comes back by Open.
#[test]
fn absent_meters_cost_no_repair() {
    let mut world = World::new(Plan::of(7, 2));
    for (n, absent) in [&[2][..], &[2, 5], &[5], &[]].into_iter().enumerate() {
        let round = FIRST + 3 * n as u32;
        let readings = readings(&world.plan, round);
        let (sum, passes) = world.round(round, &readings, Script { absent, ..Script::default() }).unwrap();
        assert_eq!(sum.values, truth(&silent(readings, absent)));
        assert_eq!((sum.meters as usize, passes), (7 - absent.len(), 1));
    }
}

#[test]
fn fewer_holders_than_the_threshold_open_nothing() {
    let mut world = World::new(Plan::of(4, 1));
    let readings = readings(&world.plan, FIRST);
    let lost = world.round(FIRST, &readings, Script { away: &[1, 4], ..Script::default() });
    assert_eq!(lost.unwrap_err(), Error::Quorum { have: 2, need: 3 });
}

#[test]
fn keys_move_on_and_all_parties_with_them() {
    let plan = Plan { rounds_per_step: 3, ..Plan::of(5, 2) };
    let mut world = World::new(plan);
    // Within a step, into the next, and over several at once; with repairs in every other round.
    for (n, round) in [0, 1, 2, 3, 5, 6, 30, 31, 600].map(|r| FIRST + r).into_iter().enumerate() {
        let gone: &[usize] = if n % 2 == 1 { &[n % 5] } else { &[] };
        let readings = silent(readings(&world.plan, round), gone);
        let (sum, _) = world.round(round, &readings, Script::default()).unwrap();
        assert_eq!(sum.values, truth(&readings), "round {round}");
    }
}

#[test]
fn the_largest_readings_of_either_sign_come_back() {
    // Just below p/2 in all.
    let plan = Plan { max_reading: (Field64::MODULUS / 2 - 1) / 1_000_000, ..Plan::of(5, 1) };
    let most = i64::try_from(plan.max_reading).unwrap();
    let mut world = World::new(plan);
    for (round, value) in (FIRST..).zip([most, -most, 0, -1]) {
        let readings = vec![Some(vec![value]); 5];
        assert_eq!(world.round(round, &readings, Script::default()).unwrap().0.values, [5 * value]);
    }
}

/// docs/protocol.md by hand: keys from the link secrets, polynomials by Lagrange, rows in order.
#[test]
fn a_frame_carries_what_the_documentation_says() {
    for (threshold, channels) in [(Threshold::DEFAULT, 1), (trusting(5, 2), 5), (trusting(3, 3), 9)] {
        let plan = Plan { threshold, rounds_per_step: 2, ..Plan::of(4, channels) };
        let (mut world, round) = (World::new(plan), Round::from(FIRST + 5));
        let reading = readings(&plan, FIRST + 5)[1].clone().unwrap();
        // The meter at 3 is absent: no pad with it.
        let open = world.forger.open(FIRST + 5, None, &world.all_but(&[3]));
        world.devices[1].open(&open).unwrap();
        let (frame, _) = world.devices[1].contribute(FIRST + 5, &reading).unwrap();

        let cohort = plan.cohort();
        let (c, t) = (threshold.answerers(), threshold.threshold());
        assert_eq!(frame.len(), 16 + 8 * usize::from(1 + c - t) * reading.len() + 16);
        let header = cohort.view.header(Kind::Contribution, Flags::TRANSMISSION, plan.meter_ids()[1], round);
        assert_eq!(frame[..16], header.to_bytes());
        let me = &cohort.meters[1];
        let pad = |label, stream, peer: &meter_link::cohort::Party| {
            let peer = meter_link::Peer { id: peer.id, link: peer.link.public() };
            let mut key = me.link.pair_key(label, cohort.view.context(), me.id, &peer, &[]).unwrap();
            key.ratchet();
            key.ratchet();
            let mut pad = vec![Field64::ZERO; reading.len()];
            pad::pad(&key, round, stream, &mut pad);
            pad
        };
        let shares: Vec<_> =
            cohort.answerers.iter().map(|h| pad(Label::DcnetHolder, Stream::Share, h)).collect();
        let pairs = [0, 2].map(|p: usize| pad(Label::DcnetPair, Stream::Mask, &cohort.meters[p]));
        let points: Vec<u8> = (1..=t).collect();
        for (n, value) in reading.iter().enumerate() {
            let at = |x: u8| -> Field64 {
                let term = |i| lagrange::coefficient(&points, i, x).unwrap() * shares[i][n];
                (0..points.len()).map(term).sum()
            };
            let masked = Field64::from_i64(*value) + at(0) + pairs[1][n] - pairs[0][n];
            assert_eq!(element(&frame, 0, n), masked, "channel {n}");
            for (row, a) in (t + 1..=c).enumerate() {
                let expected = at(a) - shares[usize::from(a) - 1][n];
                assert_eq!(element(&frame, 0, (row + 1) * reading.len() + n), expected, "holder {a}");
            }
        }
    }
}

/// protocols.md, section 1.
#[test]
fn frames_have_the_documented_sizes() {
    let params = |threshold, channels| Plan { threshold, ..Plan::of(4, channels) }.params();
    assert_eq!(params(Threshold::DEFAULT, 1).contribution_len(), 48);
    assert_eq!(params(Threshold::DEFAULT, 1).repair_len(), 40);
    assert_eq!(params(trusting(5, 3), 1).contribution_len(), 32 + 8 * 3);
    assert_eq!(params(trusting(5, 5), 4).contribution_len(), 32 + 8 * 4);
    assert_eq!(params(trusting(5, 5), 4).repair_len(), 32 + 8 * 4);
}

/// A day of 240 real households; every eighth round some are silent, and some do not repair.
#[test]
fn real_readings_add_up() {
    let Some(day) = measured::first_rounds(96) else { return };
    let meters = day[0].readings.len();
    let rules = SetRules { min_honest: 100, ..SetRules::LEAST };
    let drawn = Some((0, 100));
    let mut world = World::new(Plan { rules, drawn, ..Plan::of(meters.try_into().unwrap(), 1) });
    for (n, interval) in day.iter().enumerate() {
        let all: Vec<group::Reading> = interval.readings.iter().map(|wh| Some(vec![*wh])).collect();
        let away: &[u8] = if n % 3 == 1 { &[2] } else { &[] };
        let round = FIRST + n as u32;
        let pick = |k: usize| (0..meters).filter(|i| (i * 31 + n * 17) % 40 == k).collect::<Vec<usize>>();
        let (gone, lost) = if n % 8 == 5 { (pick(0), pick(1)) } else { (vec![], vec![]) };
        let some = silent(all, &gone);
        let expected = silent(some.clone(), &lost);
        let script = Script { away, lost: &[&lost], absent: &[] };
        let (sum, passes) = world.round(round, &some, script).unwrap();
        assert_eq!((sum.values, sum.meters as usize), (truth(&expected), meters - gone.len() - lost.len()));
        assert_eq!(passes, if lost.is_empty() { 1 } else { 3 });
        if lost.is_empty() {
            assert_eq!(truth(&expected), [interval.sum]);
        }
    }
}
