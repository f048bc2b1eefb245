//! Real households in windows: every sum, and every bill that the rules allow. A day of 240 of them with three of four
//! trustees, a quarter of it with three of five, and once more with one that lies; `WATTSUM_FULL` makes the first a week.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "../../shamir-agg/tests/world/measured.rs"]
mod measured;
#[path = "world/parties.rs"]
mod world;

use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use measured::Interval;
use meter_link::answer::{Quorum, Threshold};
use meter_link::cohort::Party;
use meter_link::{Channels, GroupConfig, GroupParams, HighWater, Identity, Kind, PartyId, SetRules};
use threshold_elgamal::{Bills, Closed, Error, Fault, GroupTable, Meter, Params, Sum, Trustee};
use world::{FIRST, TABLE, World, config, round, slices};

/// Silent for a third of the window: in fewer rounds than a bill takes.
const AWAY: usize = 7;
/// Comes and goes every hour: left out once it has changed too often.
const RESTLESS: usize = 11;

struct Device {
    meter: Meter<Identity>,
    mark: HighWater<1>,
    rng: ChaCha8Rng,
}

/// A group whose first window is the intervals.
struct Group {
    world: World,
    devices: Vec<Device>,
    window: Vec<Interval>,
    played: Vec<Vec<Option<i64>>>,
    begin: Instant,
}

impl Group {
    fn new(window: Vec<Interval>, threshold: Threshold) -> Self {
        let begin = Instant::now();
        let (rounds, meters) = (window.len() as u32, window[0].readings.len() as u32);
        let rules = SetRules { min_honest: 100, ..SetRules::LEAST };
        let group = GroupParams::new(GroupConfig { rules, ..config(meters) }).unwrap();
        let params = Params::new(group, threshold).unwrap();
        let params = params.with_windows(rounds, 100.min(rounds / 2)).unwrap();
        let world = World::with(params, meters, 1);
        let table = Arc::new(GroupTable::new(world.keys.group_key()));
        let device = |(seed, party): (u64, Party)| {
            let channels = Channels { first: 0, count: 1 };
            let key = world.keys.group_key();
            let meter = Meter::new(&params, &world.view, party.id, channels, party.identity, key).unwrap();
            let meter = meter.with_table(Arc::clone(&table)).unwrap();
            Device { meter, mark: HighWater::new(), rng: ChaCha8Rng::seed_from_u64(seed) }
        };
        let devices = (0..).zip(world.secrets().1.meters).map(device).collect();
        Group { world, devices, window, played: Vec::new(), begin }
    }

    /// None where the data's household has an outage of ours, or is left out by the rules.
    fn readings(&self, n: usize) -> Vec<Option<i64>> {
        let left_out: Vec<PartyId> = self.world.utility.left_out(round(FIRST + n as u32)).collect();
        let ids = self.world.meters.iter().map(|party| party.id);
        let all = self.window[n].readings.iter().zip(ids).enumerate();
        let rounds = self.window.len();
        all.map(|(place, (wh, id))| (!outage(place, n, rounds) && !left_out.contains(&id)).then_some(*wh))
            .collect()
    }

    /// Every meter with a reading contributes, the utility checks, and these trustees agree; then it is up to the caller.
    fn round(&mut self, n: usize, asked: &[u8], here: &[u8]) -> Closed {
        let (at, readings) = (round(FIRST + n as u32), self.readings(n));
        let present = vec![true; readings.len()];
        let mut collecting = self.world.utility.open(at, at, &present).unwrap();
        for trustee in self.world.trustees.iter_mut().filter(|t| here.contains(&t.number())) {
            trustee.open(at, collecting.frame()).unwrap();
        }
        let (verifier, len) = (self.world.utility.verifier(), self.world.params.contribution_len());
        let contribute = |(devices, readings): (&mut [Device], &[Option<i64>])| {
            let mut frames = vec![0; len * devices.len()];
            let mut sent: Vec<&[u8]> = Vec::new();
            let rows = devices.iter_mut().zip(readings).zip(frames.chunks_exact_mut(len));
            for ((Device { meter, mark, rng }, reading), out) in rows {
                if let Some(reading) = reading {
                    sent.push(meter.contribute(mark, at, at, &[*reading], out, rng).unwrap().stored());
                }
            }
            verifier.verify_all(at, &sent)
        };
        let part = readings.len().div_ceil(threads());
        let parts = self.devices.chunks_mut(part).zip(readings.chunks(part));
        for contribution in parallel(parts.map(|part| move || contribute(part))).into_iter().flatten() {
            collecting.add(contribution.unwrap()).unwrap();
        }
        self.played.push(readings);
        let mut closed = self.world.utility.close(collecting, &Quorum::new(asked).unwrap()).unwrap();
        self.agree(n, &mut closed, asked, here);
        closed
    }

    /// Those who are asked sign the list, and the others who are here follow.
    fn agree(&mut self, n: usize, closed: &mut Closed, asked: &[u8], here: &[u8]) {
        let at = round(FIRST + n as u32);
        let (list, close) = (closed.contributions().collect::<Vec<_>>(), closed.frame());
        let (list, all) = (list.as_slice(), self.world.trustees.iter_mut());
        let jobs = all.filter(|t| here.contains(&t.number())).map(|trustee: &mut Trustee| {
            move || {
                if asked.contains(&trustee.number()) {
                    return Some(trustee.agree(at, close, list).unwrap().stored());
                }
                trustee.follow(at, close, list).unwrap().stored();
                None
            }
        });
        for statement in parallel(jobs).into_iter().flatten() {
            closed.accept_statement(&statement).unwrap();
        }
    }

    fn share(&mut self, number: u8, statements: &[Vec<u8>]) -> Vec<u8> {
        self.world.trustees[usize::from(number) - 1].answer(&slices(statements)).unwrap().stored()
    }

    /// A sum against the readings, and against the publisher's own sum of all households.
    fn check_sum(&self, n: usize, sum: &Sum) {
        let readings = &self.played[n];
        assert_eq!(sum.values, [readings.iter().flatten().sum::<i64>()]);
        assert_eq!(sum.meters as usize, readings.iter().flatten().count());
        let silent = self.window[n].readings.iter().zip(readings).filter(|(_, sent)| sent.is_none());
        assert_eq!(sum.values, [self.window[n].sum - silent.map(|(wh, _)| wh).sum::<i64>()]);
    }

    /// The bills that the rules allow: all but those of `unbilled`.
    fn check_bills(&self, bills: &Bills, unbilled: &[usize]) {
        let places = (0..self.devices.len()).filter(|place| !unbilled.contains(place));
        assert_eq!(bills.spoilt, []);
        assert_eq!(bills.bills.len(), self.devices.len() - unbilled.len());
        for (place, bill) in places.zip(&bills.bills) {
            let sent: Vec<i64> = self.played.iter().filter_map(|readings| readings[place]).collect();
            assert_eq!(bill.meter, self.world.meters[place].id);
            assert_eq!((bill.rounds as usize, &bill.values[..]), (sent.len(), &[sent.iter().sum()][..]));
        }
    }

    fn report(&self, what: &str, billed: usize) {
        let (rounds, meters) = (self.window.len(), self.devices.len());
        println!(
            "{what}: {rounds} rounds of {meters} meters, every sum right; {billed} may be billed, every bill right; \
             {:.1} s",
            self.begin.elapsed().as_secs_f64()
        );
    }
}

/// Whether a meter is silent in the n-th of so many rounds: two outages each, besides those two.
fn outage(position: usize, n: usize, rounds: usize) -> bool {
    let spell = |k: usize| {
        let (begin, len) =
            ((position * 53 + k * 211) % rounds, 1 + (position * 7 + k * 5) % (1 + rounds / 40));
        (begin..begin + len).contains(&n)
    };
    match position {
        AWAY => (rounds / 3..2 * rounds / 3).contains(&n),
        RESTLESS => n % 4 == 3,
        _ => spell(0) || spell(1),
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// All results, in order, of as many threads as there are jobs.
fn parallel<T: Send, J: FnOnce() -> T + Send>(jobs: impl Iterator<Item = J>) -> Vec<T> {
    thread::scope(|scope| {
        let threads: Vec<_> = jobs.map(|job| scope.spawn(job)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Sums and bills with only these trustees.
fn with_trustees(mut group: Group, here: &[u8], unbilled: &[usize], what: &str) {
    for n in 0..group.window.len() {
        let mut closed = group.round(n, here, here);
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        for number in here {
            closed.accept(&group.share(*number, &statements)).unwrap();
        }
        let sum = group.world.utility.record(&closed, &TABLE).unwrap();
        group.check_sum(n, &sum);
        // From the day's other sums it is near.
        let forecast = group.window[n].sum;
        let near = closed.combine_around(&TABLE, &[forecast], 1_000_000).unwrap();
        group.check_sum(n, &near);
    }
    let first = round(FIRST);
    let meters = group.world.utility.billable(first).unwrap();
    let mut billing = group.world.utility.bill(first, &meters, &Quorum::new(here).unwrap()).unwrap();
    let now = round(FIRST + group.window.len() as u32);
    for number in here {
        let trustee = &mut group.world.trustees[usize::from(*number) - 1];
        let statement = trustee.agree_bill(now, billing.frame()).unwrap().stored();
        billing.accept_statement(&statement).unwrap();
    }
    let statements: Vec<Vec<u8>> = billing.statements().map(<[u8]>::to_vec).collect();
    for number in here {
        billing.accept(&group.share(*number, &statements)).unwrap();
    }
    let bills = billing.bills(&TABLE).unwrap();
    group.check_bills(&bills, unbilled);
    group.report(what, bills.bills.len());
}

#[test]
fn three_of_four_with_one_away() {
    let rounds = if std::env::var_os("WATTSUM_FULL").is_some() { 672 } else { 96 };
    let Some(window) = measured::first_rounds(rounds) else { return };
    let group = Group::new(window, Threshold::DEFAULT);
    with_trustees(group, &[1, 2, 3], &[AWAY, RESTLESS], "three of four, one away");
}

/// A quarter of a day, in which nobody comes and goes too often.
#[test]
fn three_of_five_with_two_away() {
    let Some(window) = measured::first_rounds(24) else { return };
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    let group = Group::new(window, threshold);
    with_trustees(group, &[1, 3, 4], &[AWAY], "three of five, two away");
}

/// What the liar gives instead of its share: one point moved, all else as it was.
fn moved(group: &Group, liar: &Party, kind: Kind, at: u32, share: &[u8], place: usize) -> Vec<u8> {
    let mut payload = share[16..share.len() - 16].to_vec();
    let slot = &mut payload[32 + 32 * place..64 + 32 * place];
    let point = CompressedRistretto(slot.try_into().unwrap()).decompress().unwrap();
    let wrong = point - RistrettoPoint::mul_base(&Scalar::from(1000u16));
    slot.copy_from_slice(wrong.compress().as_bytes());
    adversary::tagged(&group.world.view, liar, kind, round(at), &payload)
}

/// Trustee 3 of 4 lies in every round and in the bills. It is named every time, and another quorum opens them.
#[test]
fn one_of_four_lies() {
    let Some(window) = measured::first_rounds(24) else { return };
    let mut group = Group::new(window, Threshold::DEFAULT);
    let liar = group.world.secrets().1.answerers.remove(2);
    let named: Result<u8, Error> = Err(Fault::BadEquality.of(liar.id));
    let (asked, others, everybody) = ([1, 2, 3], Quorum::new(&[1, 2, 4]).unwrap(), [1, 2, 3, 4]);
    for n in 0..24 {
        let mut closed = group.round(n, &asked, &everybody);
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        for number in [1, 2] {
            closed.accept(&group.share(number, &statements)).unwrap();
        }
        let share = group.share(3, &statements);
        let lie = moved(&group, &liar, Kind::ProvenShare, FIRST + n as u32, &share, 0);
        assert_eq!(closed.accept(&lie), named);
        assert_eq!(closed.missing().collect::<Vec<_>>(), [3]);
        group.world.utility.ask(&mut closed, &others).unwrap();
        group.agree(n, &mut closed, &[1, 2, 4], &[4]);
        let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
        closed.accept(&group.share(4, &statements)).unwrap();
        group.check_sum(n, &closed.combine(&TABLE).unwrap());
    }
    let (first, now) = (round(FIRST), round(FIRST + 24));
    let meters = group.world.utility.billable(first).unwrap();
    let mut billing = group.world.utility.bill(first, &meters, &Quorum::new(&asked).unwrap()).unwrap();
    for trustee in &mut group.world.trustees[..3] {
        let statement = trustee.agree_bill(now, billing.frame()).unwrap().stored();
        billing.accept_statement(&statement).unwrap();
    }
    let statements: Vec<Vec<u8>> = billing.statements().map(<[u8]>::to_vec).collect();
    for number in [1, 2] {
        billing.accept(&group.share(number, &statements)).unwrap();
    }
    let share = group.share(3, &statements);
    let lie = moved(&group, &liar, Kind::WindowShare, FIRST + 23, &share, 200);
    assert_eq!(billing.accept(&lie), named);
    group.world.utility.ask_bill(&mut billing, &others).unwrap();
    let statement = group.world.trustees[3].agree_bill(now, billing.frame()).unwrap().stored();
    billing.accept_statement(&statement).unwrap();
    let statements: Vec<Vec<u8>> = billing.statements().map(<[u8]>::to_vec).collect();
    billing.accept(&group.share(4, &statements)).unwrap();
    let bills = billing.bills(&TABLE).unwrap();
    group.check_bills(&bills, &[AWAY]);
    group.report("one of four lies, named 25 times", bills.bills.len());
}
