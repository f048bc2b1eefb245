//! Sums over time: which windows, when, and how often.

use meter_link::window::window_connectivity;
use meter_link::{Misuse, Round};
use shamir_agg::{Error, Fault};

use crate::adversary::Kept;
use crate::group::{FIRST, Plan, Reading, World, readings};
use crate::knowledge::{Form, Knowledge};
use crate::{blamed, one};

/// Rounds of a window.
pub(crate) const WINDOW: u32 = 12;
/// The last round of the first one.
pub(crate) const END: u32 = FIRST + WINDOW - 1;
/// Who is asked.
pub(crate) const QUORUM: [u8; 3] = [1, 2, 3];

/// A window whose sets a malicious utility has chosen: it holds back what frames it likes, and keeps them.
pub(crate) struct Chosen {
    pub(crate) world: World,
    pub(crate) kept: Kept,
    pub(crate) readings: Vec<Vec<Reading>>,
    pub(crate) sets: Vec<Vec<bool>>,
}

impl Chosen {
    /// Every aggregator has agreed to these sets, one a round from the first on. An empty one is a round that is
    /// lost: all have sent, and nobody is asked.
    pub(crate) fn new(plan: Plan, sets: Vec<Vec<bool>>) -> Self {
        let mut chosen =
            Chosen { world: World::new(plan), kept: Kept::default(), readings: Vec::new(), sets };
        let cohort = plan.cohort();
        for (round, set) in (FIRST..).zip(chosen.sets.clone()) {
            let readings = readings(&plan, round);
            let frames = chosen.world.frames(round, &readings).into_iter().flatten().collect();
            chosen.kept.keep(&cohort, round, frames);
            chosen.readings.push(readings);
            if set.contains(&true) {
                let (open, close) = chosen.closed(round, &set);
                chosen.follow(round, &open, &close);
            }
        }
        chosen
    }

    /// Open and Close of a round, for the whole set.
    pub(crate) fn closed(&self, round: u32, set: &[bool]) -> (Vec<u8>, Vec<u8>) {
        let open = self.world.forger.open(round, None, set);
        let close = self.world.forger.close(round, &open, &QUORUM, set);
        (open, close)
    }

    fn follow(&mut self, round: u32, open: &[u8], close: &[u8]) {
        for aggregator in &mut self.world.aggregators {
            aggregator.open(Round::from(round), open).unwrap();
            aggregator.follow(Round::from(round), close).unwrap().stored();
        }
    }

    /// A query for the window, as its sets are.
    pub(crate) fn query(&self, billed: &[bool]) -> Vec<u8> {
        let book = self.world.aggregators[0].books().unwrap().get(Round::from(FIRST)).unwrap();
        self.world.forger.query((FIRST, END), book.sets_digest(), &QUORUM, billed)
    }

    /// That nobody answers a query, bound or raw, nor has changed by it.
    pub(crate) fn refused(&mut self, now: u32, query: &[u8], expected: Error) {
        for number in QUORUM {
            let aggregator = self.world.aggregator(number);
            let before = aggregator.to_bytes().unwrap();
            assert_eq!(aggregator.bill(now.into(), query).unwrap_err(), expected);
            assert_eq!(aggregator.agree_bill(now.into(), query).unwrap_err(), expected);
            assert!(*aggregator.to_bytes().unwrap() == *before);
        }
    }

    /// That everybody answers it.
    pub(crate) fn answered(&mut self, now: u32, query: &[u8]) {
        for number in QUORUM {
            let _ = self.world.aggregator(number).bill(now.into(), query).unwrap().stored();
        }
    }

    pub(crate) fn reading(&self, (meter, round): (usize, u32)) -> i64 {
        one(&self.readings[(round - FIRST) as usize], meter)
    }

    /// The cells of a round's sum.
    pub(crate) fn across(&self, round: u32) -> Vec<(usize, u32)> {
        let set = self.sets[(round - FIRST) as usize].iter().enumerate();
        set.filter(|(_, member)| **member).map(|(meter, _)| (meter, round)).collect()
    }

    /// The cells of a meter's bill.
    pub(crate) fn along(&self, meter: usize) -> Vec<(usize, u32)> {
        let rounds = (FIRST..).zip(&self.sets);
        rounds.filter(|(_, set)| set[meter]).map(|(round, _)| (meter, round)).collect()
    }

    /// What follows from all sums and the bills of these meters, were they told.
    pub(crate) fn known(&self, billed: &[bool]) -> Knowledge {
        let mut known = Knowledge::default();
        let rounds = (FIRST..).take(self.sets.len()).map(|round| self.across(round));
        let billed = billed.iter().enumerate().filter(|(_, billed)| **billed);
        for cells in rounds.chain(billed.map(|(meter, _)| self.along(meter))) {
            let value = self.kept.sum(&self.world.plan, cells.iter().copied());
            known.learn(Form::readings(cells), meter_link::Field64::from_i64(value));
        }
        known
    }

    /// The smallest block of readings that follows from the same.
    pub(crate) fn connectivity(&self, billed: &[bool]) -> u32 {
        window_connectivity(&self.sets.iter().map(Vec::as_slice).collect::<Vec<_>>(), billed)
    }
}

/// Two windows that overlap in all but one round: their bills differ by single readings.
#[test]
fn overlapping_windows() {
    let plan = Plan::billed(12, 1);
    let mut chosen = Chosen::new(plan, vec![vec![true; 12]; 14]);
    let bill =
        |chosen: &Chosen, rounds: core::ops::Range<u32>| chosen.kept.sum(&plan, rounds.map(|r| (4, r)));
    let (all, less) = (bill(&chosen, FIRST..END + 1), bill(&chosen, FIRST..END));
    assert_eq!(all - less, chosen.reading((4, END)));
    let later = bill(&chosen, FIRST + 1..END + 2);
    assert_eq!(later - all, chosen.reading((4, END + 1)) - chosen.reading((4, FIRST)));

    // Windows have their place in the epoch, whatever sets are named.
    let everybody = vec![true; 12];
    let books = chosen.world.aggregators[0].books().unwrap();
    let digests = [FIRST, FIRST + WINDOW].map(|first| books.get(Round::from(first)).unwrap().sets_digest());
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
        let query = chosen.world.forger.query(window, digest, &QUORUM, &everybody);
        chosen.refused(now, &query, blamed(Fault::NotExpected));
    }
    // A window of which no set is known; and another one's sets.
    let query =
        chosen.world.forger.query((END + WINDOW + 1, END + 2 * WINDOW), digests[0], &QUORUM, &everybody);
    chosen.refused(now + WINDOW, &query, blamed(Fault::NotExpected));
    let query = chosen.world.forger.query((FIRST, END), digests[1], &QUORUM, &everybody);
    chosen.refused(now, &query, blamed(Fault::WrongSet));
    let query = chosen.query(&everybody);
    chosen.answered(now, &query);
}

/// Bills of one window for two lists of meters are bills for both together, which no rule has looked at.
#[test]
fn a_second_query_for_other_meters_of_the_window() {
    // The guest at 0 is let in once. Either list leaves out another meter beside it, whose cells hide it.
    let mut sets = vec![(0..14).map(|i| i > 0).collect::<Vec<bool>>(); 12];
    sets[5][0] = true;
    let mut chosen = Chosen::new(Plan::billed(14, 1), sets);
    let [first, second] = [1, 2].map(|out| chosen.world.all_but(&[0, out]));
    let (both, guest) = (chosen.world.all_but(&[0]), [(0, FIRST + 5)]);
    let reading = Some(chosen.reading(guest[0]));
    for (billed, connectivity, opened) in [(&first, 12, None), (&second, 12, None), (&both, 1, reading)] {
        assert_eq!(chosen.connectivity(billed), connectivity);
        assert_eq!(chosen.known(billed).value(&Form::readings(guest)), opened);
    }

    let queries = [&first, &second, &both].map(|billed| chosen.query(billed));
    chosen.refused(END + 1, &queries[2], blamed(Fault::NotBillable));
    // Each list by itself would do.
    for query in &queries[..2] {
        let mut other = Chosen::new(chosen.world.plan, chosen.sets.clone());
        other.answered(END + 1, query);
    }
    chosen.answered(END + 1, &queries[0]);
    chosen.refused(END + 1, &queries[1], blamed(Fault::Contradiction));
    // The list that was answered is answered again, to another quorum too, and raw.
    chosen.answered(END + 1, &queries[0]);
    let digest = chosen.world.aggregators[0].books().unwrap().get(Round::from(FIRST)).unwrap().sets_digest();
    let elsewhere = chosen.world.forger.query((FIRST, END), digest, &[1, 2, 4], &first);
    let _ = chosen.world.aggregator(1).bill(Round::from(END + 1), &elsewhere).unwrap().stored();
    let _ = chosen.world.aggregator(1).agree_bill(Round::from(END + 1), &elsewhere).unwrap().stored();
}

/// A set that comes into a window behind its bills: bills with it and without it differ by single readings.
#[test]
fn a_round_entered_after_its_window_was_billed() {
    let plan = Plan::billed(12, 1);
    let everybody = vec![true; 12];
    let mut sets = vec![everybody.clone(); 12];
    sets[11] = vec![false; 12];
    let mut chosen = Chosen::new(plan, sets);
    let bill = |rounds: core::ops::Range<u32>| chosen.kept.sum(&plan, rounds.map(|r| (7, r)));
    assert_eq!(bill(FIRST..END + 1) - bill(FIRST..END), chosen.reading((7, END)));

    // The last round is open still when the window is billed: it may be closed one and two rounds later.
    let (open, close) = chosen.closed(END, &everybody);
    for aggregator in &mut chosen.world.aggregators {
        aggregator.open(Round::from(END), &open).unwrap();
    }
    let query = chosen.query(&everybody);
    chosen.answered(END + 1, &query);
    for now in [END, END + 1, END + 2].map(Round::from) {
        for number in QUORUM {
            let aggregator = chosen.world.aggregator(number);
            let before = aggregator.to_bytes().unwrap();
            let closed = blamed(Fault::RoundClosed);
            assert_eq!(aggregator.answer(now, &close).unwrap_err(), closed);
            assert_eq!(aggregator.agree(now, &close).unwrap_err(), closed);
            assert_eq!(aggregator.follow(now, &close).unwrap_err(), closed);
            assert_eq!(aggregator.catch_up(now, &open, &close).unwrap_err(), closed);
            assert!(*aggregator.to_bytes().unwrap() == *before);
        }
    }
    chosen.answered(END + 2, &query);
    // Who has not billed the window takes the round, and then stands apart: other sets.
    let late = chosen.world.aggregator(4);
    late.follow(Round::from(END), &close).unwrap().stored();
    let digest = late.books().unwrap().get(Round::from(FIRST)).unwrap().sets_digest();
    let query = chosen.world.forger.query((FIRST, END), digest, &QUORUM, &everybody);
    chosen.refused(END + 1, &query, blamed(Fault::WrongSet));
}

/// Bills of a window so far, and of all of it.
#[test]
fn a_window_before_it_is_over() {
    let plan = Plan::billed(12, 1);
    let everybody = vec![true; 12];
    let mut sets = vec![everybody.clone(); 12];
    sets[11] = vec![false; 12];
    let mut chosen = Chosen::new(plan, sets);
    let bill = |rounds: core::ops::Range<u32>| chosen.kept.sum(&plan, rounds.map(|r| (2, r)));
    assert_eq!(bill(FIRST..END + 1) - bill(FIRST..END), chosen.reading((2, END)));

    let query = chosen.query(&everybody);
    for now in [FIRST, END - 1, END] {
        chosen.refused(now, &query, blamed(Fault::WindowOpen));
    }
    let (open, close) = chosen.closed(END, &everybody);
    chosen.follow(END, &open, &close);
    chosen.refused(END + 1, &query, blamed(Fault::WrongSet));
    let query = chosen.query(&everybody);
    chosen.refused(END, &query, blamed(Fault::WindowOpen));
    chosen.answered(END + 1, &query);
}

/// A frame that comes after the Close, and bills that are the register's difference: Σ bills − Σ sums is that
/// reading, with a utility that keeps to everything.
#[test]
fn one_late_frame_with_whole_window_bills() {
    let plan = Plan::billed(12, 1);
    let (late, at) = (3, FIRST + 4);
    let (mut world, cohort) = (World::new(plan), plan.cohort());
    let (mut kept, mut sums, mut reading) = (Kept::default(), 0, 0);
    for round in FIRST..=END {
        let readings = readings(&plan, round);
        let frames: Vec<Vec<u8>> = world.frames(round, &readings).into_iter().flatten().collect();
        let mut collecting = world.open(round, &[]);
        for (_, frame) in frames.iter().enumerate().filter(|(i, _)| (*i, round) != (late, at)) {
            collecting.accept(frame).unwrap();
        }
        if round == at {
            reading = one(&readings, late);
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let mut closed = world.utility.close(collecting, &quorum).unwrap();
        world.answer(round, &mut closed, &quorum).unwrap();
        sums += world.utility.record(&closed).unwrap().values[0];
        kept.keep(&cohort, round, frames);
    }
    // The late frame is here too, and each meter's bill is over all rounds.
    let register = |meter| kept.sum(&plan, (FIRST..=END).map(|round| (meter, round)));
    assert_eq!((0..12).map(register).sum::<i64>() - sums, reading);

    let meters = world.utility.billable(Round::from(FIRST)).unwrap();
    assert_eq!(meters.len(), 12);
    let bills = world.bills(END + 1, FIRST, &meters, &[]).unwrap();
    assert_eq!((bills[late].rounds, bills[late].values[0]), (11, register(late) - reading));
    assert_eq!(bills.iter().map(|bill| bill.values[0]).sum::<i64>(), sums);
}

/// Groups without windows give no bills, and know no such query.
#[test]
fn bills_of_a_group_without_windows() {
    let plan = Plan { windows: None, ..Plan::billed(12, 1) };
    let mut world = World::new(plan);
    let query = world.forger.query((FIRST, END), [0; 32], &QUORUM, &world.everybody());
    let none = Error::Misuse(Misuse::NoWindows);
    let aggregator = world.aggregator(1);
    assert_eq!(aggregator.bill(Round::from(END + 1), &query).unwrap_err(), none);
    assert_eq!(aggregator.agree_bill(Round::from(END + 1), &query).unwrap_err(), none);
    assert_eq!(aggregator.books().unwrap_err(), none);
    assert_eq!(world.utility.billable(Round::from(FIRST)).unwrap_err(), none);
}
