//! Real households: sums, means and variances of 240 of them, with three of five trustees. A round is a day, its 96 quarter
//! hours are the channels. Two days; `WATTSUM_FULL` makes it three weeks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "../../shamir-agg/tests/world/measured.rs"]
mod measured;
#[path = "world/parties.rs"]
mod world;

use ckks_agg::{Encryptor, Meter, NoiseSecret, Params, Preset, Sums, Totals, Values};
use measured::{Interval, first_rounds};
use meter_link::answer::Quorum;
use meter_link::{Channels, GroupConfig, GroupParams, HighWater, Identity, SetRules};
use world::{FIRST, LAST, World, config, round, slices, three_of_five};

const QUARTERS: usize = 96;
const DAYS_OF_AN_EPOCH: usize = (LAST - FIRST + 1) as usize;

/// The data's largest reading is below it.
const MOST: u64 = 20_000;

struct Group {
    world: World,
    meters: Vec<Meter<Identity, Encryptor, Vec<[u8; 32]>>>,
    marks: Vec<HighWater<QUARTERS>>,
}

impl Group {
    fn new(households: u32, values: Values, seed: u64) -> Self {
        let rules = SetRules { min_honest: 100, ..SetRules::LEAST };
        let config =
            GroupConfig { channels: QUARTERS as u16, max_reading: MOST, rules, ..config(households) };
        let group = GroupParams::new(config).unwrap();
        let params =
            Params::new(group, three_of_five(), Preset::Depth2, values).unwrap().with_squares().unwrap();
        let mut world = World::uncommitted(params, households, seed);
        let mut meters = Vec::new();
        for (party, secret) in world::form(&params, households, seed).meters.into_iter().zip(&world.secrets) {
            let channels = Channels { first: 0, count: QUARTERS as u16 };
            let secret = NoiseSecret::from_bytes(&mut secret.clone());
            let key = Encryptor::new(&world.key, &world.encoder);
            let leaves = vec![[0; 32]; DAYS_OF_AN_EPOCH];
            let meter =
                Meter::new(&params, &world.view, party.id, channels, party.identity, secret, key, leaves);
            let mut meter = meter.unwrap();
            world.utility.accept_commitment(&meter.commit().unwrap()).unwrap();
            meters.push(meter);
        }
        world.certify();
        for meter in &mut meters {
            meter.certify(&world.view, world.roster.answerers(), &slices(&world.statements)).unwrap();
        }
        let marks = meters.iter().map(|_| HighWater::new()).collect();
        Group { world, meters, marks }
    }

    fn day(&mut self, at: u32, day: &[Interval], quorum: &[u8]) -> Totals {
        let at = round(at);
        let mut collecting = self.world.open(at);
        for (place, (meter, mark)) in self.meters.iter_mut().zip(&mut self.marks).enumerate() {
            let reading: Vec<i64> = day.iter().map(|quarter| quarter.readings[place]).collect();
            let mut out = vec![0; meter.buffer_len()];
            let frame = meter.contribute(mark, at, at, &reading, &mut out).unwrap().stored();
            collecting.accept(frame).unwrap();
        }
        let mut closed = self.world.utility.close(collecting, &Quorum::new(quorum).unwrap()).unwrap();
        self.world.answer(at, &mut closed, quorum).unwrap();
        self.world.utility.record(&closed).unwrap()
    }
}

fn days() -> Option<Vec<Interval>> {
    let days = if std::env::var_os("WATTSUM_FULL").is_some() { 21 } else { 2 };
    first_rounds(days * QUARTERS)
}

fn mean_and_variance(readings: &[i64]) -> (f64, f64) {
    let n = readings.len() as f64;
    let mean = readings.iter().sum::<i64>() as f64 / n;
    (mean, readings.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>() / n)
}

fn near(have: f64, want: f64) {
    assert!((have - want).abs() <= 1e-6 * want.abs(), "{have} for {want}");
}

fn play(values: Values, mut check: impl FnMut(&Totals, usize, &Interval)) {
    let Some(intervals) = days() else { return };
    let households = intervals[0].readings.len() as u32;
    let quorums: [&[u8]; 3] = [&[1, 2, 3], &[1, 4, 5], &[2, 3, 5]];
    for (epoch, days) in intervals.chunks(QUARTERS * DAYS_OF_AN_EPOCH).enumerate() {
        let mut group = Group::new(households, values, epoch as u64);
        for (n, day) in days.chunks(QUARTERS).enumerate() {
            let totals = group.day(FIRST + n as u32, day, quorums[n % 3]);
            assert_eq!(totals.meters, households);
            day.iter().enumerate().for_each(|(channel, quarter)| check(&totals, channel, quarter));
        }
    }
}

#[test]
fn integers_are_exact() {
    play(Values::Integers, |totals, channel, quarter| {
        let Sums::Exact(sums) = &totals.sums else { panic!("not exact") };
        let Some(Sums::Exact(squares)) = &totals.squares else { panic!("not exact") };
        assert_eq!(sums[channel], quarter.sum);
        assert_eq!(squares[channel], quarter.readings.iter().map(|x| x * x).sum::<i64>());
        let (mean, variance) = mean_and_variance(&quarter.readings);
        near(totals.mean(channel).unwrap(), mean);
        near(totals.variance(channel).unwrap(), variance);
    });
}

#[test]
fn reals_are_within_a_millionth() {
    play(Values::Reals, |totals, channel, quarter| {
        near(totals.sums.get(channel).unwrap(), quarter.sum as f64);
        let (mean, variance) = mean_and_variance(&quarter.readings);
        near(totals.mean(channel).unwrap(), mean);
        near(totals.variance(channel).unwrap(), variance);
    });
}
