//! Sums over time: bills of a window, by any quorum and after restarts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/windows.rs"]
mod billing;
#[path = "world/parties.rs"]
mod world;

use billing::{END, QUORUM, WINDOW, billed, billed_with, reading};
use meter_link::answer::{Quorum, Threshold};
use meter_link::{Fault, GroupConfig, GroupParams, Malformed, Misuse, PartyId, SetRules};
use threshold_elgamal::{Bills, Error, Params, Utility};
use world::{FIRST, TABLE, World, config, params, round, slices};

/// Whether a meter sends: some are silent now and then.
fn sends(meter: usize, n: u32) -> bool {
    !matches!((n % 4, meter), (0, 1) | (1, 2 | 5))
}

fn play(world: &mut World, first: u32, asked: &[u8], away: &[u8]) {
    for n in first..first + WINDOW {
        let sent = |i: usize| sends(i, n).then(|| reading(i, n));
        let readings: Vec<Option<i64>> = (0..world.meters.len()).map(sent).collect();
        let sum = world.play(n, &readings, asked, away).unwrap();
        assert_eq!(sum.values, [readings.iter().flatten().sum::<i64>()]);
    }
}

fn check(world: &World, bills: &Bills, first: u32, meters: &[PartyId]) {
    assert_eq!(bills.spoilt, []);
    assert_eq!(bills.bills.iter().map(|bill| bill.meter).collect::<Vec<_>>(), meters);
    for bill in &bills.bills {
        let place = world.meters.iter().position(|party| party.id == bill.meter).unwrap();
        let sent: Vec<i64> =
            (first..first + WINDOW).filter(|n| sends(place, *n)).map(|n| reading(place, n)).collect();
        assert_eq!((bill.rounds as usize, &bill.values[..]), (sent.len(), &[sent.iter().sum()][..]));
    }
}

#[test]
fn bills_by_any_quorum() {
    let mut world = World::with(billed(12), 12, 1);
    let second = FIRST + WINDOW;
    play(&mut world, FIRST, &QUORUM, &[]);
    play(&mut world, second, &[1, 3, 4], &[2]);
    let now = second + WINDOW;
    let meters = world.utility.billable(round(FIRST)).unwrap();
    assert_eq!(meters, world.meter_ids());
    for quorum in [[1, 2, 3], [1, 2, 4], [1, 3, 4], [2, 3, 4]] {
        let bills = world.bills(now, FIRST, &meters, &quorum).unwrap();
        check(&world, &bills, FIRST, &meters);
    }
    let meters = world.utility.billable(round(second)).unwrap();
    let bills = world.bills(now, second, &meters, &[1, 3, 4]).unwrap();
    check(&world, &bills, second, &meters);
    // Trustee 2 has not followed the second window.
    let blamed = threshold_elgamal::Fault::Link(Fault::NotExpected).of(PartyId::UTILITY);
    assert_eq!(world.bills(now, second, &meters, &QUORUM), Err(blamed));
}

#[test]
fn bills_of_several_channels() {
    let mut world = World::with(billed_with(11, 3), 11, 1);
    for n in FIRST..=END {
        let at = round(n);
        let mut collecting = world.utility.open(at, at, &[true; 11]).unwrap();
        for i in 0..11 {
            let frame = world.frame(i, at, &[reading(i, n), 7, -i64::from(n)]);
            collecting.accept(&frame).unwrap();
        }
        world.trustees.iter_mut().for_each(|trustee| trustee.open(at, collecting.frame()).unwrap());
        let closed = world.utility.close(collecting, &Quorum::new(&QUORUM).unwrap()).unwrap();
        let list: Vec<&[u8]> = closed.contributions().collect();
        for trustee in &mut world.trustees {
            trustee.follow(at, closed.frame(), &list).unwrap().stored();
        }
    }
    let meters = world.meter_ids();
    let bills = world.bills(END + 1, FIRST, &meters, &[2, 3, 4]).unwrap().bills;
    for (i, bill) in bills.iter().enumerate() {
        let sums =
            [(FIRST..=END).map(|n| reading(i, n)).sum(), 84, (FIRST..=END).map(|n| -i64::from(n)).sum()];
        assert_eq!((bill.rounds, &bill.values[..]), (12, &sums[..]));
    }
}

#[test]
fn a_bill_that_is_asked_for_too_early_costs_nothing() {
    let mut world = World::with(billed(12), 12, 1);
    let quorum = Quorum::new(&QUORUM).unwrap();
    for n in FIRST..=END {
        let readings: Vec<Option<i64>> = (0..12).map(|i| sends(i, n).then(|| reading(i, n))).collect();
        world.play(n, &readings, &QUORUM, &[]).unwrap();
        if n == FIRST + 7 {
            let meters = world.utility.billable(round(FIRST)).unwrap();
            let early = world.utility.bill(round(FIRST), &meters, &quorum).map(|_| ());
            assert_eq!(early, Err(Misuse::OutOfOrder.into()));
        }
    }
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let stranger = world.utility.bill(round(FIRST), &[PartyId(5)], &quorum).map(|_| ());
    assert_eq!(stranger, Err(Misuse::UnknownParty.into()));
    for wrong in [&[1, 2][..], &[1, 2, 3, 4], &[1, 2, 5]] {
        let refused = world.utility.bill(round(FIRST), &meters, &Quorum::new(wrong).unwrap()).map(|_| ());
        assert_eq!(refused, Err(Misuse::BadQuorum.into()));
    }
    let bills = world.bills(END + 1, FIRST, &meters, &QUORUM).unwrap();
    check(&world, &bills, FIRST, &meters);
    // Nothing enters the window behind its bills, on the utility's side either.
    let billing = world.utility.bill(round(FIRST), &meters, &quorum).unwrap();
    assert_eq!(billing.missing().collect::<Vec<_>>(), QUORUM);
}

/// Two windows are kept. The first round of a third forgets the first: no bill of it, whoever asks.
#[test]
fn a_window_is_billed_before_the_one_after_the_next_begins() {
    let mut world = World::with(billed(12), 12, 1);
    let third = FIRST + 2 * WINDOW;
    play(&mut world, FIRST, &QUORUM, &[]);
    play(&mut world, FIRST + WINDOW, &QUORUM, &[]);
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let quorum = Quorum::new(&QUORUM).unwrap();
    let billing = world.utility.bill(round(FIRST), &meters, &quorum).unwrap();
    let readings: Vec<Option<i64>> = (0..12).map(|i| Some(reading(i, third))).collect();
    world.play(third, &readings, &QUORUM, &[]).unwrap();
    assert_eq!(world.utility.billable(round(FIRST)), Err(Misuse::NotBillable.into()));
    let late = world.trustees[0].agree_bill(round(third), billing.frame()).map(|_| ());
    assert_eq!(late, Err(threshold_elgamal::Fault::Link(Fault::NotExpected).of(PartyId::UTILITY)));
    let bills = world.bills(third, FIRST + WINDOW, &meters, &QUORUM).unwrap();
    check(&world, &bills, FIRST + WINDOW, &meters);
}

fn utility(world: &World, state: &[u8]) -> Result<Utility, Error> {
    let own = world.secrets().1;
    Utility::from_bytes(&world.params, &world.view, own.utility.identity, &world.keys, own.roster, state)
}

/// The utility is killed behind every round and in the middle of a bill.
#[test]
fn a_utility_that_starts_again() {
    let mut world = World::with(billed(12), 12, 1);
    for n in FIRST..=END {
        let at = round(n);
        let mut collecting = world.utility.open(at, at, &[true; 12]).unwrap();
        for i in (0..12).filter(|i| sends(*i, n)) {
            let frame = world.frame(i, at, &[reading(i, n)]);
            collecting.accept(&frame).unwrap();
        }
        world.trustees.iter_mut().for_each(|trustee| trustee.open(at, collecting.frame()).unwrap());
        let (open, before) = (collecting.to_bytes().unwrap(), world.utility.to_bytes().unwrap());
        let quorum = Quorum::new(&QUORUM).unwrap();
        let first = world.utility.close(collecting, &quorum).unwrap();
        let after = world.utility.to_bytes().unwrap();
        // What it stored last is from before the Close, or from behind it: the same list is closed, and counts once.
        let state = if n % 2 == 0 { before } else { after };
        world.utility = utility(&world, &state).unwrap();
        let again = world.utility.reopen(&open).unwrap();
        let closed = world.utility.close(again, &quorum).unwrap();
        assert_eq!(closed.frame(), first.frame());
        let list: Vec<&[u8]> = closed.contributions().collect();
        for trustee in &mut world.trustees {
            trustee.follow(at, closed.frame(), &list).unwrap().stored();
        }
        // And who signs what it has followed adds nothing to its sums.
        for trustee in &mut world.trustees[..3] {
            trustee.agree(at, closed.frame(), &list).unwrap().stored();
        }
    }
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let quorum = Quorum::new(&QUORUM).unwrap();
    let asked = world.utility.bill(round(FIRST), &meters, &quorum).unwrap();
    let state = world.utility.to_bytes().unwrap();
    world.utility = utility(&world, &state).unwrap();
    // It knows whom it has billed.
    let others = world.utility.bill(round(FIRST), &meters[..11], &quorum).map(|_| ());
    assert_eq!(others, Err(Misuse::NotBillable.into()));
    let again = world.utility.bill(round(FIRST), &meters, &quorum).unwrap();
    assert_eq!(again.frame(), asked.frame());
    let bills = world.bills(END + 1, FIRST, &meters, &QUORUM).unwrap();
    check(&world, &bills, FIRST, &meters);

    let bad = threshold_elgamal::Malformed::Link(Malformed::BadRecord).into();
    for at in (0..state.len()).step_by(13) {
        assert_eq!(utility(&world, &state[..at]).unwrap_err(), bad);
        let mut flipped = state.to_vec();
        flipped[at] ^= 1;
        assert_eq!(utility(&world, &flipped).unwrap_err(), bad);
    }
    let mut points = state[..state.len() - 4].to_vec();
    // Before the window that was asked for, count, round and digest: C of the last meter.
    let end = points.len() - 1 - 36;
    points[end - 32..end].fill(0xff);
    let check = meter_link::mark::check(&points);
    points.extend(check);
    assert_eq!(utility(&world, &points).unwrap_err(), bad);
}

/// A list that was closed may not be closed over another one: what a bill is of would differ from what was signed.
#[test]
fn a_utility_does_not_close_a_round_over_another_list() {
    let mut world = World::with(billed(12), 12, 1);
    let at = round(FIRST);
    let mut collecting = world.utility.open(at, at, &[true; 12]).unwrap();
    let none = collecting.to_bytes().unwrap();
    let frames: Vec<Vec<u8>> = (0..12).map(|i| world.frame(i, at, &[1])).collect();
    for frame in &frames {
        collecting.accept(frame).unwrap();
    }
    let quorum = Quorum::new(&QUORUM).unwrap();
    let first = world.utility.close(collecting, &quorum).unwrap();
    let state = world.utility.to_bytes().unwrap();
    let mut again = world.utility.reopen(&none).unwrap();
    for (i, frame) in frames.iter().enumerate() {
        let frame = if i == 4 { world.frame(4, at, &[2]) } else { frame.clone() };
        again.accept(&frame).unwrap();
    }
    assert_eq!(world.utility.close(again, &quorum).unwrap_err(), Error::Inconsistent);
    assert!(*world.utility.to_bytes().unwrap() == *state);
    assert_eq!(first.contributions().len(), 12);
}

#[test]
fn sums_near_a_forecast() {
    let mut world = World::new(12);
    let (at, quorum) = (round(FIRST), Quorum::new(&QUORUM).unwrap());
    let collecting = world.collect(at, &[Some(1000); 12]);
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    assert_eq!(closed.combine_around(&TABLE, &[0], 1).unwrap_err(), Error::Quorum { have: 0, need: 3 });
    world.answer(at, &mut closed, &QUORUM).unwrap();
    for (forecast, width) in [(12_000, 0), (11_000, 1000), (13_000, 1000), (-50_000, 62_000)] {
        assert_eq!(closed.combine_around(&TABLE, &[forecast], width).unwrap().values, [12_000]);
    }
    for (forecast, width) in [(11_000, 999), (13_000, 999), (0, 0)] {
        let missed = closed.combine_around(&TABLE, &[forecast], width);
        assert_eq!(missed, Err(Error::Inconsistent));
    }
    let two = closed.combine_around(&TABLE, &[12_000, 12_000], 5);
    assert_eq!(two, Err(Misuse::WrongChannels.into()));
    let wide = closed.combine_around(&TABLE, &[i64::MAX], 1);
    assert_eq!(wide, Err(threshold_elgamal::Misuse::SumBeyondRange.into()));
}

#[test]
fn windows_that_are_refused() {
    let group = |max_meters, channels, max_reading| {
        let rules = SetRules { min_honest: 5, ..SetRules::LEAST };
        let config = GroupConfig { max_meters, channels, max_reading, rules, ..config(12) };
        Params::new(GroupParams::new(config).unwrap(), Threshold::DEFAULT).unwrap()
    };
    let most = 1u64 << 48;
    assert!(group(12, 1, 1_000_000).with_windows(96, 12).is_ok());
    // One proof covers 65,535 sums.
    assert!(group(65_535, 1, 1).with_windows(96, 12).is_ok());
    let too_many = Err(Misuse::BadParameter.into());
    assert_eq!(group(65_536, 1, 1).with_windows(96, 12), too_many);
    assert!(group(21_845, 3, 1).with_windows(96, 12).is_ok());
    assert_eq!(group(21_846, 3, 1).with_windows(96, 12), too_many);
    // A bill is found by search, too.
    assert!(group(12, 1, most / 96).with_windows(96, 12).is_ok());
    let beyond = threshold_elgamal::Misuse::SumBeyondRange.into();
    assert_eq!(group(12, 1, most / 96 + 1).with_windows(96, 12), Err(beyond));
    // The rules of meter-link: κ of 4 and more, windows long enough for a bill.
    assert_eq!(group(12, 1, 1).with_windows(96, 3), Err(Misuse::MinimumTooSmall.into()));
    assert_eq!(group(12, 1, 1).with_windows(6, 5), Err(Misuse::BadParameter.into()));

    let (with, without) = (billed(12), params(12));
    assert_ne!(with.session(), without.session());
    assert_ne!(with.session(), with.trust_all_meters().session());
    assert_eq!(with.windows().map(|windows| (windows.rounds(), windows.kappa())), Some((12, 5)));
    assert_eq!(without.windows(), None);
}

/// Statements and shares of a window, in any order and again.
#[test]
fn what_comes_twice_changes_nothing() {
    let mut world = World::with(billed(12), 12, 1);
    play(&mut world, FIRST, &QUORUM, &[]);
    let meters = world.utility.billable(round(FIRST)).unwrap();
    let mut billing = world.utility.bill(round(FIRST), &meters, &Quorum::new(&QUORUM).unwrap()).unwrap();
    let mut statements = Vec::new();
    for number in [3u8, 1, 2, 3] {
        let trustee = &mut world.trustees[usize::from(number) - 1];
        let statement = trustee.agree_bill(round(END + 1), billing.frame()).unwrap().stored();
        assert_eq!(billing.accept_statement(&statement), Ok(number));
        statements.push(statement);
    }
    assert_eq!(billing.statements().len(), 3);
    let twice = world.trustees[0].answer(&slices(&statements)).unwrap_err();
    let third = world.secrets().1.answerers[2].id;
    assert_eq!(twice, threshold_elgamal::Fault::Link(Fault::RepeatedStatement).of(third));
    let len = world.trustees[0].log().len();
    for _ in 0..2 {
        let share = world.trustees[0].answer(&slices(&statements[..3])).unwrap().stored();
        assert_eq!(share.len(), 16 + 32 + 12 * 32 + 64 + 16);
        assert_eq!(billing.accept(&share), Ok(1));
        assert_eq!(billing.missing().collect::<Vec<_>>(), [2, 3]);
    }
    assert_eq!(world.trustees[0].log().len(), len + 1);
}

/// What a window was billed for does not change any more, whatever was still under way.
#[test]
fn a_round_that_was_open_when_its_window_was_billed() {
    let mut world = World::with(billed(12), 12, 1);
    let quorum = Quorum::new(&QUORUM).unwrap();
    let readings = |n: u32| -> Vec<Option<i64>> { (0..12).map(|i| Some(reading(i, n))).collect() };
    for n in FIRST..END {
        world.play(n, &readings(n), &QUORUM, &[]).unwrap();
    }
    let last = world.collect(round(END), &readings(END));
    let (meters, first) = (world.utility.billable(round(FIRST)).unwrap(), round(FIRST));
    let early = Error::from(Misuse::OutOfOrder);
    assert_eq!(world.utility.bill(first, &meters, &quorum).err(), Some(early));
    world.utility.open(round(END + 1), round(END + 1), &[true; 12]).unwrap();
    world.utility.bill(first, &meters, &quorum).unwrap();
    assert_eq!(world.utility.close(last, &quorum).err(), Some(early));
}

#[test]
fn a_round_that_was_closed_over_another_list() {
    let mut world = World::with(billed(12), 12, 1);
    let quorum = Quorum::new(&QUORUM).unwrap();
    let mut readings: Vec<Option<i64>> = (0..12).map(|i| Some(reading(i, FIRST))).collect();
    readings[11] = None;
    let mut collecting = world.collect(round(FIRST), &readings);
    let fewer = collecting.to_bytes().unwrap();
    collecting.accept(&world.frame(11, round(FIRST), &[7])).unwrap();
    world.utility.close(collecting, &quorum).unwrap();
    let fewer = world.utility.reopen(&fewer).unwrap();
    assert_eq!(world.utility.close(fewer, &quorum).err(), Some(Error::Inconsistent));
}
