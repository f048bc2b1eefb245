//! Whose bills: each rule of `Book::permits` broken by itself, and what would then be read.

use meter_link::window::{Book, Window};
use meter_link::{Field64, Misuse, PartyId, Round, SetRules};
use shamir_agg::{Error, Fault};

use crate::blamed;
use crate::group::{FIRST, Plan};
use crate::knowledge::Form;
use crate::windows::{Chosen, END, QUORUM};

/// κ of [`Plan::billed`].
const KAPPA: u32 = 5;

/// Meters of a group from `from` to `to`.
fn span(meters: usize, from: usize, to: usize) -> Vec<bool> {
    (0..meters).map(|i| (from..to).contains(&i)).collect()
}

/// That bills of these meters open exactly this block of readings, and nobody gives them.
fn opens(chosen: &mut Chosen, billed: &[bool], block: &[(usize, u32)], connectivity: u32) {
    assert_eq!(chosen.connectivity(billed), connectivity);
    let sum = block.iter().map(|cell| chosen.reading(*cell)).sum();
    assert_eq!(chosen.known(billed).value(&Form::readings(block.iter().copied())), Some(sum));
    refused(chosen, billed);
}

fn refused(chosen: &mut Chosen, billed: &[bool]) {
    let query = chosen.query(billed);
    chosen.refused(END + 1, &query, blamed(Fault::NotBillable));
}

/// A meter that is not billed, in one round: Σ sums − Σ bills is its reading.
#[test]
fn a_set_that_leaves_one_meter_in_for_one_round() {
    let billed = span(13, 0, 12);
    let mut sets = vec![billed.clone(); 12];
    sets[7][12] = true;
    let guest = (12, FIRST + 7);
    let mut chosen = Chosen::new(Plan::billed(13, 1), sets);
    let kept = |cells: Vec<_>| chosen.kept.sum(&chosen.world.plan, cells);
    let sums: i64 = (FIRST..=END).map(|round| kept(chosen.across(round))).sum();
    let bills: i64 = (0..12).map(|meter| kept(chosen.along(meter))).sum();
    assert_eq!(sums - bills, chosen.reading(guest));
    opens(&mut chosen, &billed, &[guest], 1);

    // One meter fewer, and its cells hide the guest's.
    let fewer = span(13, 0, 11);
    assert!(chosen.connectivity(&fewer) >= KAPPA);
    assert_eq!(chosen.known(&fewer).value(&Form::readings([guest])), None);
    let query = chosen.query(&fewer);
    chosen.answered(END + 1, &query);
}

/// The utility's own side: it neither asks for such bills nor offers them.
#[test]
fn an_honest_utility_leaves_a_meter_unbilled() {
    let plan = Plan::billed(13, 1);
    let mut world = crate::group::World::new(plan);
    let mut sums = 0;
    for round in FIRST..=END {
        let absent: &[usize] = if round == FIRST + 7 { &[] } else { &[12] };
        let readings = crate::group::silent(crate::group::readings(&plan, round), absent);
        sums += world.round(round, &readings, &[]).unwrap().values[0];
    }
    let ids = plan.meter_ids();
    let quorum = world.utility.quorum(|_| true).unwrap();
    let asked = world.utility.bill(Round::from(FIRST), &ids[..12], &quorum).map(|_| ());
    assert_eq!(asked, Err(Error::Misuse(Misuse::NotBillable)));
    let asked = world.utility.certify_bill(Round::from(FIRST), &ids[..12], &quorum).map(|_| ());
    assert_eq!(asked, Err(Error::Misuse(Misuse::NotBillable)));
    let meters: Vec<PartyId> = world.utility.billable(Round::from(FIRST)).unwrap();
    assert_eq!(meters.len(), 11);
    let bills = world.bills(END + 1, FIRST, &meters, &[]).unwrap();
    let rest = sums - bills.iter().map(|bill| bill.values[0]).sum::<i64>();
    let guest = crate::one(&crate::group::readings(&plan, FIRST + 7), 12);
    assert_ne!(rest, guest);
}

/// Counted over all rounds, a round of guests alone would make up for a guest's one reading elsewhere, which it
/// does not hide.
#[test]
fn a_round_of_guests_alone_does_not_hide_one_of_them() {
    let billed = span(15, 0, 10);
    let mut sets = vec![billed.clone(); 12];
    sets[11] = span(15, 10, 15);
    let mut apart = Chosen::new(Plan::billed(15, 1), sets.clone());
    assert_eq!(apart.connectivity(&billed), KAPPA);
    let query = apart.query(&billed);
    apart.answered(END + 1, &query);

    sets[3][10] = true;
    let guest = (10, FIRST + 3);
    let mut chosen = Chosen::new(Plan::billed(15, 1), sets);
    let outside: usize = (10..15).map(|meter| chosen.along(meter).len()).sum();
    assert!(outside >= KAPPA as usize);
    opens(&mut chosen, &billed, &[guest], 1);
}

/// Rule 1: a bill over fewer than κ rounds is what it says. (That B has 2κ meters is a margin: sets have κ anyway.)
#[test]
fn too_few_rounds_or_meters() {
    let everybody = span(10, 0, 10);
    let mut sets = vec![everybody.clone(); 5];
    sets[2][6] = false;
    sets.resize(12, vec![false; 10]);
    let mut chosen = Chosen::new(Plan::billed(10, 1), sets);
    let block = chosen.along(6);
    assert_eq!(block.len(), 4);
    // Empty sets are no rounds.
    chosen.sets.truncate(5);
    opens(&mut chosen, &everybody, &block, 4);

    let few = span(10, 0, 9);
    let mut chosen = Chosen::new(Plan::billed(10, 1), vec![everybody.clone(); 12]);
    refused(&mut chosen, &few);
    let query = chosen.query(&everybody);
    chosen.answered(END + 1, &query);
}

/// Rule 2: a billed meter that was hardly ever there.
#[test]
fn a_bill_over_few_rounds() {
    let everybody = span(12, 0, 12);
    let mut sets = vec![everybody.clone(); 12];
    sets.iter_mut().skip(3).for_each(|set| set[5] = false);
    let mut chosen = Chosen::new(Plan::billed(12, 1), sets);
    let block = chosen.along(5);
    opens(&mut chosen, &everybody, &block, 3);

    // In ¾ of the rounds, and yet in fewer than min_rounds.
    let mut sets = vec![everybody.clone(); 10];
    sets.iter_mut().take(2).for_each(|set| set[5] = false);
    let mut chosen = Chosen::new(Plan { windows: Some((12, 9)), ..Plan::billed(12, 1) }, sets);
    refused(&mut chosen, &everybody);
    let query = chosen.query(&chosen.world.all_but(&[5]));
    chosen.answered(END + 1, &query);
}

/// Rule 3: a round with one billed meter among guests who are there in no other: the sums of all other rounds
/// taken from the bills leave its reading.
#[test]
fn one_billed_meter_among_guests() {
    let billed = span(17, 0, 12);
    let mut sets = vec![billed.clone(); 12];
    sets[4] = (0..17).map(|i| i == 3 || i >= 12).collect();
    let mut chosen = Chosen::new(Plan::billed(17, 1), sets);
    opens(&mut chosen, &billed, &[(3, FIRST + 4)], 1);
}

/// Rule 4: fewer than κ cells outside B, of several meters and rounds.
#[test]
fn fewer_than_kappa_cells_outside() {
    let billed = span(14, 0, 12);
    for cells in 1..=KAPPA as usize {
        let mut sets = vec![billed.clone(); 12];
        let outside: Vec<(usize, u32)> = (0..cells).map(|n| (12 + n % 2, FIRST + 2 * n as u32)).collect();
        for (meter, round) in &outside {
            sets[(round - FIRST) as usize][*meter] = true;
        }
        let mut chosen = Chosen::new(Plan::billed(14, 1), sets);
        if cells < KAPPA as usize {
            opens(&mut chosen, &billed, &outside, cells as u32);
        } else {
            assert_eq!(chosen.connectivity(&billed), KAPPA);
            let query = chosen.query(&billed);
            chosen.answered(END + 1, &query);
        }
    }
}

/// A meter that colludes is left unbilled, and its cells, which the utility knows, stand for the κ that are to hide a
/// guest.
#[test]
fn a_colluding_guest_hides_nobody() {
    let rules = SetRules { min_honest: 5, max_colluding: 1, max_missing_permille: 500 };
    let plan = Plan { rules, ..Plan::billed(19, 1) };
    let billed = span(19, 0, 16);
    let mut sets = vec![span(19, 0, 17); 12];
    let (colluder, guest) = (16, (17, FIRST + 6));
    sets[6][17] = true;
    let mut chosen = Chosen::new(plan, sets.clone());
    let mut known = chosen.known(&billed);
    assert!(chosen.connectivity(&billed) > KAPPA);
    assert_eq!(known.value(&Form::readings([guest])), None);
    for cell in chosen.along(colluder) {
        known.learn(Form::readings([cell]), Field64::from_i64(chosen.reading(cell)));
    }
    assert_eq!(known.value(&Form::readings([guest])), Some(chosen.reading(guest)));
    refused(&mut chosen, &billed);
    // A third one who is there as often as the colluder: one of the two is honest, and hides the guest.
    sets.iter_mut().for_each(|set| set[18] = true);
    let mut chosen = Chosen::new(plan, sets);
    let query = chosen.query(&billed);
    chosen.answered(END + 1, &query);
}

/// Where c meters may collude, there are 2c more to be billed: every cut has them on its two sides.
#[test]
fn as_many_more_meters_as_may_collude() {
    let rules = SetRules { min_honest: 5, max_colluding: 2, max_missing_permille: 500 };
    let plan = Plan { rules, windows: Some((12, 5)), ..Plan::billed(14, 1) };
    let mut chosen = Chosen::new(plan, vec![span(14, 0, 14); 12]);
    // κ is 5, the bills' rounds: 2κ would be 10 meters.
    for few in 10..14 {
        refused(&mut chosen, &span(14, 0, few));
    }
    let query = chosen.query(&span(14, 0, 14));
    chosen.answered(END + 1, &query);
}

/// A book is of one window and of one set a round.
#[test]
fn books_take_nothing_twice() {
    let mut book = Book::new(Window { first: Round::from(FIRST), last: Round::from(END) }, KAPPA, 8);
    let set = meter_link::set::Members::marked(&span(8, 0, 8)).unwrap();
    assert_eq!(book.enter(Round::from(FIRST), &[1; 32], &set), Ok(true));
    assert_eq!(book.enter(Round::from(FIRST), &[1; 32], &set), Ok(false));
    assert_eq!(book.enter(Round::from(FIRST), &[2; 32], &set), Err(Error::Inconsistent));
    for round in [FIRST - 1, END + 1] {
        assert_eq!(book.enter(Round::from(round), &[1; 32], &set), Err(Misuse::OutOfOrder.into()));
    }
    assert_eq!(book.rounds().count(), 1);
    assert_eq!(QUORUM.len(), 3);
}
