//! A meter that the utility names absent and back, again and again: sums with and without it.

use meter_link::answer::{AnswerKind, Answerer, Post};
use meter_link::cohort::Cohort;
use meter_link::head::Head;
use meter_link::round::{CloseFields, frame_hash};
use meter_link::set::Members;
use meter_link::toggle::Toggles;
use meter_link::{Error, Fault, Label, PartyId, Role, Round};
use rand_core::Rng;

use crate::setting::{FIRST, cohort, last_close, open, rng};

const METERS: usize = 12;
const VICTIM: usize = 5;
const ALL: [u8; 3] = [1, 2, 3];

fn post(cohort: &Cohort, number: u8) -> Post {
    let id = cohort.roster.answerers()[usize::from(number) - 1].id;
    let (label, kind) = (Label::DcnetHolder, AnswerKind::DcnetRound);
    Post { id, role: Role::Holder, threshold: 3, label, kind }
}

/// A holder that remembers nothing.
fn holder(number: u8) -> Answerer {
    let mut cohort = world();
    let post = post(&cohort, number);
    let party = cohort.answerers.remove(usize::from(number) - 1);
    Answerer::new(&cohort.view, &post, party.link, &cohort.roster).unwrap()
}

fn world() -> Cohort {
    cohort(70, METERS as u32, 4)
}

fn set(with_victim: bool) -> [bool; METERS] {
    let mut set = [true; METERS];
    set[VICTIM] = with_victim;
    set
}

/// Everybody sees the Open and the Close of a round over all meters, or over all but the victim. Those of the
/// quorum answer, those of `following` take note.
struct Shown {
    now: Round,
    open: Vec<u8>,
    close: Vec<u8>,
}

impl Shown {
    fn new(world: &Cohort, round: u32, with_victim: bool, quorum: &[u8]) -> Self {
        let (now, set) = (Round::from(round), set(with_victim));
        let open = open(world, round, None, &set);
        let close = last_close(world, round, frame_hash(&open), quorum, &set);
        Shown { now, open, close }
    }

    fn answered_by(&self, holder: &mut Answerer) -> Result<Vec<u8>, Error> {
        holder.open(self.now, &self.open)?;
        holder.answer(self.now, &self.close).map(|prepared| prepared.stored())
    }

    fn followed_by(&self, holder: &mut Answerer) -> Result<(), Error> {
        holder.open(self.now, &self.open)?;
        holder.follow(self.now, &self.close).map(|prepared| prepared.stored())
    }
}

fn too_many() -> Error {
    Fault::TooManyChanges.of(PartyId::UTILITY)
}

/// What the utility knows once all three have answered for a set: its sum. The others' readings change slowly, so
/// that of two rounds in a row the one with and the one without the victim differ by its reading.
#[test]
fn a_meter_that_toggles() {
    let world = world();
    let reading = |place: usize, offset: u32| {
        if place == VICTIM { 100 + 37 * i64::from(offset) } else { 250 + 10 * place as i64 }
    };
    let sum = |offset: u32, set: &[bool]| -> i64 {
        (0..METERS).filter(|place| set[*place]).map(|place| reading(place, offset)).sum()
    };
    let round = |offset: u32| Shown::new(&world, FIRST + offset, offset % 2 == 1, &ALL);

    // Holders that forget from round to round: everything is learnt, of every second round.
    let mut known = Vec::new();
    for offset in 0..40 {
        let shown = round(offset);
        for number in ALL {
            shown.answered_by(&mut holder(number)).unwrap();
        }
        known.push(sum(offset, &set(offset % 2 == 1)));
    }
    for (offset, pair) in (0..).zip(known.chunks(2)) {
        assert_eq!(pair[1] - pair[0], reading(VICTIM, 2 * offset + 1));
    }

    // Holders that count give it away 8 times, and not the 9th: the 17th change is refused, for good.
    let mut holders: Vec<Answerer> = ALL.map(holder).into();
    for offset in 0..=16 {
        for holder in &mut holders {
            round(offset).answered_by(holder).unwrap();
        }
    }
    for holder in &mut holders {
        for offset in [17, 19, 671] {
            assert_eq!(round(offset).answered_by(holder), Err(too_many()), "{offset}");
        }
        // Without the victim the group goes on; with the next span the count begins anew.
        let without = Shown::new(&world, FIRST + 671, false, &ALL);
        assert_eq!(
            holder.answer(without.now, &without.close).unwrap_err(),
            Fault::ChainBroken.of(PartyId::UTILITY)
        );
        Shown::new(&world, FIRST + 672, true, &ALL).answered_by(holder).unwrap();
    }
}

/// The count survives a restart from stored state. Records alone do not carry it: they keep a second set out, and
/// the rounds they name are to be caught up.
#[test]
fn a_restart_between_the_toggles() {
    let world = world();
    let round = |offset: u32| Shown::new(&world, FIRST + offset, offset % 2 == 1, &ALL);
    let mut holder = holder(1);
    let mut records = Vec::new();
    for offset in 0..=16 {
        if offset % 5 == 0 {
            let state = holder.to_bytes().unwrap();
            holder =
                Answerer::from_bytes(&world.view, &post(&world, 1), None, &world.roster, &state).unwrap();
        }
        let shown = round(offset);
        holder.open(shown.now, &shown.open).unwrap();
        records.push(holder.answer(shown.now, &shown.close).unwrap().record().to_vec());
    }
    assert_eq!(round(17).answered_by(&mut holder), Err(too_many()));

    let bare = || {
        let mut bare = self::holder(1);
        records.iter().for_each(|record| bare.replay(record).unwrap());
        bare
    };
    round(17).answered_by(&mut bare()).unwrap();
    let mut caught_up = bare();
    for offset in 0..=16 {
        let shown = round(offset);
        let now = Round::from(FIRST + 17);
        caught_up.catch_up(now, &shown.open, &shown.close).unwrap().stored();
    }
    assert_eq!(round(17).answered_by(&mut caught_up), Err(too_many()));
}

/// A later round that a holder has taken note of makes earlier ones no place to hide changes in.
#[test]
fn changes_behind_a_later_round() {
    let world = world();
    let mut holder = holder(1);
    let shown = |offset: u32, with: bool| Shown::new(&world, FIRST + offset, with, &ALL);
    let later = shown(12, true);
    let future = holder.catch_up(Round::from(FIRST + 10), &later.open, &later.close).unwrap_err();
    assert_eq!(future, Fault::RoundFarFromNow.of(PartyId::UTILITY));
    shown(10, true).answered_by(&mut holder).unwrap();
    holder.catch_up(later.now, &later.open, &later.close).unwrap().stored();
    let between = shown(11, false);
    holder.open(later.now, &between.open).unwrap();
    let refused = holder.answer(later.now, &between.close).unwrap_err();
    assert_eq!(refused, Fault::RoundClosed.of(PartyId::UTILITY));
    let refused = holder.catch_up(later.now, &between.open, &between.close).unwrap_err();
    assert_eq!(refused, Fault::RoundClosed.of(PartyId::UTILITY));
    shown(13, true).answered_by(&mut holder).unwrap();
}

/// Quorums that take turns: each holder is left out of every fourth round, and sees half of the changes. A holder
/// that follows what others answer sees all of them.
#[test]
fn quorums_that_take_turns() {
    let world = world();
    for follows in [false, true] {
        let mut holders: Vec<Answerer> = [1, 2, 3, 4].map(holder).into();
        let mut answered = 0;
        'rounds: for offset in 0..60 {
            let away = (offset % 4) as u8 + 1;
            let quorum: Vec<u8> = (1..=4).filter(|number| *number != away).collect();
            let shown = Shown::new(&world, FIRST + offset, offset % 2 == 1, &quorum);
            for (number, holder) in (1u8..).zip(&mut holders) {
                let outcome = match number == away {
                    false => shown.answered_by(holder).map(drop),
                    true if follows => shown.followed_by(holder),
                    true => Ok(()),
                };
                if let Err(error) = outcome {
                    assert_eq!(error, too_many());
                    break 'rounds;
                }
            }
            answered = offset;
        }
        assert_eq!(answered, if follows { 16 } else { 32 });
    }
}

fn head() -> Head {
    let world = world();
    Head::new(&world.view, world.utility.identity, world.utility.link, world.roster).unwrap()
}

/// A whole round of the utility, over the meters of `here`. Returns whom its Open named.
fn round_of(head: &mut Head, round: u32, here: &[bool; METERS]) -> Vec<bool> {
    let now = Round::from(round);
    let (frame, present) = head.open_frame(now, now, here).unwrap();
    let quorum = head.quorum(3, |_| true).unwrap();
    let previous = frame_hash(&frame);
    let fields =
        CloseFields { round: now, pass: 1, previous, quorum: Some(quorum), is_final: true, set: &present };
    head.close(&fields, &present).unwrap();
    present
}

/// An honest utility with an unreliable meter leaves it out by itself, so that holders go on to answer.
#[test]
fn a_meter_that_comes_and_goes() {
    let world = world();
    let victim = world.roster.meters()[VICTIM].id;
    let mut head = head();
    for offset in 0..=16 {
        assert_eq!(head.left_out(Round::from(FIRST + offset)).count(), 0);
        let here = set(offset % 2 == 1);
        assert_eq!(round_of(&mut head, FIRST + offset, &here), here);
        if offset % 6 == 0 {
            let state = head.to_bytes(b"own").unwrap();
            let cohort = self::world();
            let (again, own) =
                Head::from_bytes(&cohort.view, cohort.utility.identity, cohort.roster, &state).unwrap();
            assert_eq!(own.rest(), b"own");
            head = again;
        }
    }
    for offset in [17, 18, 671] {
        assert_eq!(head.left_out(Round::from(FIRST + offset)).collect::<Vec<_>>(), [victim]);
        assert_eq!(round_of(&mut head, FIRST + offset, &set(true)), set(false));
    }
    assert_eq!(head.left_out(Round::from(FIRST + 672)).count(), 0);
    assert_eq!(round_of(&mut head, FIRST + 672, &set(true)), set(true));
}

const HOUSES: usize = 10;
const HOURS: usize = 24;

/// Daily habits of each house, as the mean of an hour, and readings of a week that follow them roughly.
fn week() -> (Vec<[f64; HOURS]>, Vec<[f64; HOUSES]>) {
    let mut rng = rng(7);
    let mut up_to = |n: u32| f64::from(rng.next_u32() % n);
    let habits: Vec<[f64; HOURS]> = (0..HOUSES).map(|_| [0; HOURS].map(|_| 50.0 + up_to(500))).collect();
    let slot =
        |slot: usize| core::array::from_fn(|house| habits[house][slot / 4 % HOURS] + up_to(100) - 50.0);
    let readings = (0..672).map(slot).collect();
    (habits, readings)
}

/// x of A·x = b, A symmetric and positive.
fn solve(mut a: [[f64; HOUSES]; HOUSES], mut b: [f64; HOUSES]) -> [f64; HOUSES] {
    for pivot in 0..HOUSES {
        let (row, value) = (a[pivot], b[pivot]);
        for other in (0..HOUSES).filter(|other| *other != pivot) {
            let factor = a[other][pivot] / row[pivot];
            (0..HOUSES).for_each(|column| a[other][column] -= factor * row[column]);
            b[other] -= factor * value;
        }
    }
    core::array::from_fn(|i| b[i] / a[i][i])
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
    };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

/// What a utility estimates of the houses' habits from the sums over `sets`, hour by hour, as the least squares
/// that stay nearest to equal shares. Returns the mean correlation with the truth.
fn estimate(sets: &[[bool; HOUSES]]) -> f64 {
    let (habits, readings) = week();
    let mut guess = vec![[0.0; HOURS]; HOUSES];
    for hour in 0..HOURS {
        let (mut a, mut b) = ([[0.0; HOUSES]; HOUSES], [0.0; HOUSES]);
        (0..HOUSES).for_each(|i| a[i][i] = 0.1);
        (0..HOUSES).for_each(|i| b[i] = 0.1 * 300.0);
        for (slot, set) in sets.iter().enumerate().filter(|(slot, _)| slot / 4 % HOURS == hour) {
            let sum: f64 = (0..HOUSES).filter(|i| set[*i]).map(|i| readings[slot][i]).sum();
            for i in (0..HOUSES).filter(|i| set[*i]) {
                (0..HOUSES).filter(|j| set[*j]).for_each(|j| a[i][j] += 1.0);
                b[i] += sum;
            }
        }
        solve(a, b).iter().zip(&mut guess).for_each(|(value, house)| house[hour] = *value);
    }
    let each = habits.iter().zip(&guess).map(|(truth, guess)| correlation(truth, guess));
    each.sum::<f64>() / HOUSES as f64
}

/// Halves of the houses, a new one every so many rounds. What a holder refuses is no set, and the one before is
/// asked for again.
fn halves(every: u32, counting: bool) -> Vec<[bool; HOUSES]> {
    let mut rng = rng(11);
    let mut toggles = Toggles::new(Round::from(FIRST), HOUSES as u32);
    let mut sets: Vec<[bool; HOUSES]> = Vec::new();
    for slot in 0..672 {
        let mut half = [false; HOUSES];
        while half.iter().filter(|m| **m).count() < HOUSES / 2 {
            half[rng.next_u32() as usize % HOUSES] = true;
        }
        let last = sets.last().copied().unwrap_or(half);
        let round = Round::from(FIRST + slot);
        let fits = |set: &[bool; HOUSES]| !counting || toggles.permits(round, &Members::marked(set).unwrap());
        let taken = if slot % every == 0 && fits(&half) { half } else { last };
        assert!(fits(&taken));
        toggles.observe(round, &Members::marked(&taken).unwrap());
        sets.push(taken);
    }
    sets
}

/// Another half of the houses each round, for a week: habits come out almost exactly. With the limit the same
/// utility must keep to sets for long, and what it learns is blurred. Not gone: only noise does that.
#[test]
fn half_sets_estimate_a_household() {
    let free = estimate(&halves(1, false));
    assert!(free > 0.95, "{free}");
    for every in [1, 7, 14, 21, 28, 42] {
        let limited = estimate(&halves(every, true));
        println!(
            "correlation with true habits: {free:.3} without the limit, {limited:.3} with it, every {every}"
        );
        assert!(limited < 0.9, "{limited}");
    }
}
