//! Sums over time: which windows, when, how often, and whose bills.

use meter_link::{Fault, Misuse, PartyId};
use threshold_elgamal::Error;

use crate::billing::{Chosen, END, QUORUM, WINDOW, reading};
use crate::link;
use crate::world::{FIRST, World, params, round, slices};

fn blamed(fault: Fault) -> Error {
    link(fault).of(PartyId::UTILITY)
}

/// Two windows that overlap in all but one round: their bills differ by single readings.
#[test]
fn overlapping_windows() {
    let mut chosen = Chosen::new(12, vec![vec![true; 12]; 14]);
    let bill = |rounds: core::ops::Range<u32>| chosen.opened(rounds.map(|at| (4, at)));
    let (all, less) = (bill(FIRST..END + 1), bill(FIRST..END));
    assert_eq!(all - less, reading(4, END));
    assert_eq!(bill(FIRST + 1..END + 2) - all, reading(4, END + 1) - reading(4, FIRST));

    // Windows have their place in the epoch, whatever lists are named.
    let everybody = vec![true; 12];
    let digests = [FIRST, FIRST + WINDOW].map(|first| chosen.sets_digest(first));
    let now = END + WINDOW + 1;
    let windows = [
        (FIRST, END - 1),
        (FIRST + 1, END),
        (FIRST + 1, END + 1),
        (FIRST, END + 1),
        (FIRST, END + WINDOW),
        (END, END),
    ];
    for (window, digest) in windows.into_iter().flat_map(|window| digests.map(|digest| (window, digest))) {
        let query = chosen.query_for(window, digest, &QUORUM, &everybody);
        chosen.refused(now, &query, blamed(Fault::NotExpected));
    }
    // A window of which nothing is known; and another one's lists.
    let beyond = (END + WINDOW + 1, END + 2 * WINDOW);
    let query = chosen.query_for(beyond, digests[0], &QUORUM, &everybody);
    chosen.refused(now + WINDOW, &query, blamed(Fault::NotExpected));
    let query = chosen.query_for((FIRST, END), digests[1], &QUORUM, &everybody);
    chosen.refused(now, &query, blamed(Fault::WrongSet));
    // Nor fewer or more than t, nor others than who is asked.
    for quorum in [&[1, 2][..], &[1, 2, 3, 4]] {
        let query = chosen.query_for((FIRST, END), digests[0], quorum, &everybody);
        chosen.refused(now, &query, blamed(Fault::NotInQuorum));
    }
    let query = chosen.query(&everybody);
    let fourth = chosen.world.trustees[3].agree_bill(round(now), &query).map(|_| ());
    assert_eq!(fourth, Err(blamed(Fault::NotInQuorum)));
    chosen.answered(now, &query);
}

/// Bills of one window for two lists of meters are bills for both together, which no rule has looked at.
#[test]
fn a_second_query_for_other_meters_of_the_window() {
    // The guest at 0 is let in once. Either list leaves out another meter beside it, whose cells hide it.
    let mut sets = vec![(0..14).map(|i| i > 0).collect::<Vec<bool>>(); 12];
    sets[5][0] = true;
    let mut chosen = Chosen::new(14, sets);
    let [first, second, both] = [&[0, 1][..], &[0, 2], &[0]].map(|out| chosen.all_but(out));
    for (billed, connectivity) in [(&first, 12), (&second, 12), (&both, 1)] {
        assert_eq!(chosen.connectivity(billed), connectivity);
    }
    // All sums less the bills that both lists give together.
    let sums: i64 = (FIRST..=END).map(|at| chosen.opened(chosen.across(at))).sum();
    let bills: i64 = (1..14).map(|meter| chosen.opened(chosen.along(meter))).sum();
    assert_eq!(sums - bills, reading(0, FIRST + 5));

    let queries = [&first, &second, &both].map(|billed| chosen.query(billed));
    chosen.refused(END + 1, &queries[2], blamed(Fault::NotBillable));
    // Each list by itself would do.
    for query in &queries[..2] {
        let mut other = Chosen::new(14, chosen.sets.clone());
        other.answered(END + 1, query);
    }
    let shares = chosen.answered(END + 1, &queries[0]);
    chosen.refused(END + 1, &queries[1], blamed(Fault::Contradiction));
    // What was answered is answered again, byte for byte, and to another quorum too.
    assert_eq!(chosen.answered(END + 1, &queries[0]), shares);
    let elsewhere = chosen.query_for((FIRST, END), chosen.sets_digest(FIRST), &[1, 2, 4], &first);
    for number in [0, 1, 3] {
        chosen.world.trustees[number].agree_bill(round(END + 1), &elsewhere).unwrap().stored();
    }
}

/// A list that comes into a window behind its bills: bills with it and without it differ by single readings.
#[test]
fn a_round_entered_after_its_window_was_billed() {
    let everybody = vec![true; 12];
    let mut sets = vec![everybody.clone(); 12];
    sets[11] = vec![false; 12];
    let mut chosen = Chosen::new(12, sets);
    let bill = |rounds: core::ops::Range<u32>| chosen.opened(rounds.map(|at| (7, at)));
    assert_eq!(bill(FIRST..END + 1) - bill(FIRST..END), reading(7, END));

    // The last round is open still when the window is billed: it may be closed one and two rounds later.
    let (open, close) = chosen.closed(END, &everybody);
    for trustee in &mut chosen.world.trustees {
        trustee.open(round(END), &open).unwrap();
    }
    let query = chosen.query(&everybody);
    chosen.answered(END + 1, &query);
    let list = chosen.list(END, &everybody);
    let list = slices(&list);
    for now in [END, END + 1, END + 2].map(round) {
        for trustee in &mut chosen.world.trustees[..3] {
            let before = trustee.to_bytes().unwrap();
            let closed = Err(blamed(Fault::RoundClosed));
            assert_eq!(trustee.agree(now, &close, &list).map(|_| ()), closed);
            assert_eq!(trustee.follow(now, &close, &list).map(|_| ()), closed);
            assert_eq!(trustee.catch_up(now, &open, &close, &list).map(|_| ()), closed);
            assert!(*trustee.to_bytes().unwrap() == *before);
        }
    }
    chosen.answered(END + 2, &query);
    // Who has not billed the window takes the round, and then stands apart: other lists.
    let late = &mut chosen.world.trustees[3];
    late.follow(round(END), &close, &list).unwrap().stored();
    let digest = late.books().unwrap().get(round(FIRST)).unwrap().sets_digest();
    let query = chosen.query_for((FIRST, END), digest, &QUORUM, &everybody);
    chosen.refused(END + 1, &query, blamed(Fault::WrongSet));
}

/// Bills of a window so far, and of all of it.
#[test]
fn a_window_before_it_is_over() {
    let everybody = vec![true; 12];
    let mut sets = vec![everybody.clone(); 12];
    sets[11] = vec![false; 12];
    let mut chosen = Chosen::new(12, sets);
    let query = chosen.query(&everybody);
    for now in [FIRST, END - 1, END] {
        chosen.refused(now, &query, blamed(Fault::WindowOpen));
    }
    let (open, close) = chosen.closed(END, &everybody);
    let list = chosen.list(END, &everybody);
    chosen.follow(END, &open, &close, &list);
    chosen.refused(END + 1, &query, blamed(Fault::WrongSet));
    let query = chosen.query(&everybody);
    chosen.refused(END, &query, blamed(Fault::WindowOpen));
    chosen.answered(END + 1, &query);
}

/// A frame that comes after the Close, and bills that are the register's difference: Σ bills − Σ sums is that
/// reading, with a utility that keeps to everything.
#[test]
fn one_late_frame_with_whole_window_bills() {
    let (late, at) = (3, FIRST + 4);
    let mut world = World::with(crate::billing::billed(12), 12, 1);
    let mut sums = 0;
    for n in FIRST..=END {
        let sent = |i| if (i, n) == (late, at) { None } else { Some(reading(i, n)) };
        let readings: Vec<Option<i64>> = (0..12).map(sent).collect();
        sums += world.play(n, &readings, &QUORUM, &[]).unwrap().values[0];
    }
    let register = |meter: usize| (FIRST..=END).map(|n| reading(meter, n)).sum::<i64>();
    assert_eq!((0..12).map(register).sum::<i64>() - sums, reading(late, at));

    let meters = world.utility.billable(round(FIRST)).unwrap();
    assert_eq!(meters, world.meter_ids());
    let bills = world.bills(END + 1, FIRST, &meters, &QUORUM).unwrap().bills;
    assert_eq!((bills[late].rounds, bills[late].values[0]), (11, register(late) - reading(late, at)));
    assert_eq!(bills.iter().map(|bill| bill.values[0]).sum::<i64>(), sums);
}

/// A meter that is not billed, in one round: Σ sums − Σ bills is its reading.
#[test]
fn a_list_that_lets_one_meter_in_for_one_round() {
    let billed: Vec<bool> = (0..13).map(|i| i < 12).collect();
    let mut sets = vec![billed.clone(); 12];
    sets[7][12] = true;
    let mut chosen = Chosen::new(13, sets);
    let sums: i64 = (FIRST..=END).map(|at| chosen.opened(chosen.across(at))).sum();
    let bills: i64 = (0..12).map(|meter| chosen.opened(chosen.along(meter))).sum();
    assert_eq!(sums - bills, reading(12, FIRST + 7));
    assert_eq!(chosen.connectivity(&billed), 1);
    let query = chosen.query(&billed);
    chosen.refused(END + 1, &query, blamed(Fault::NotBillable));

    // One meter fewer, and its cells hide the guest's.
    let fewer: Vec<bool> = (0..13).map(|i| i < 11).collect();
    assert!(chosen.connectivity(&fewer) >= 5);
    let query = chosen.query(&fewer);
    chosen.answered(END + 1, &query);
}

/// The utility's own side: it neither asks for such bills nor offers them.
#[test]
fn an_honest_utility_leaves_a_meter_unbilled() {
    let mut world = World::with(crate::billing::billed(13), 13, 1);
    for n in FIRST..=END {
        let sent = |i| if i < 12 || n == FIRST + 7 { Some(reading(i, n)) } else { None };
        let readings: Vec<Option<i64>> = (0..13).map(sent).collect();
        world.play(n, &readings, &QUORUM, &[]).unwrap();
    }
    let ids = world.meter_ids();
    let not_billable = Err(Misuse::NotBillable.into());
    assert_eq!(world.bills(END + 1, FIRST, &ids[..12], &QUORUM), not_billable);
    assert_eq!(world.bills(END + 1, FIRST, &ids, &QUORUM), not_billable);
    let meters = world.utility.billable(round(FIRST)).unwrap();
    assert_eq!(meters.len(), 11);
    assert_eq!(world.bills(END + 1, FIRST, &meters, &QUORUM).unwrap().bills.len(), 11);
    // Other meters than before: no trustee would answer.
    assert_eq!(world.bills(END + 1, FIRST, &meters[..10], &QUORUM), not_billable);
}

/// Groups without windows give no bills, and know no such query.
#[test]
fn bills_of_a_group_without_windows() {
    let chosen = Chosen::new(12, vec![vec![true; 12]]);
    let query = chosen.query(&[true; 12]);
    let mut world = World::with(params(12), 12, 1);
    let none = Misuse::NoWindows.into();
    assert_eq!(world.trustees[0].books().map(|_| ()), Err(none));
    assert_eq!(world.utility.books().map(|_| ()), Err(none));
    assert_eq!(world.utility.billable(round(FIRST)), Err(none));
    // Its session is another, and so is its context: the query is nobody's.
    let refused = world.trustees[0].agree_bill(round(END + 1), &query).map(|_| ());
    assert_eq!(refused, Err(blamed(Fault::BadSignature)));
    let all = world.meter_ids();
    assert_eq!(world.bills(END + 1, FIRST, &all, &QUORUM), Err(none));
}
