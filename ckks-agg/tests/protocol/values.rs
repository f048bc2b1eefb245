//! What can be sent: many channels, squares, reals, every preset.

use ckks_agg::small::{PublicKey as SmallKey, Workspace};
use ckks_agg::{Error, Meter, Misuse, NoiseSecret, Opening, Params, Preset, SmallEncryptor, Sums, Values};
use meter_link::answer::Threshold;
use meter_link::{Channels, GroupConfig, GroupParams, HighWater};

use crate::world::{FIRST, LAST, World, config, round, slices, three_of_five};

/// Of either sign, another one for each meter, channel and round.
fn reading(meter: usize, channel: usize) -> i64 {
    (meter as i64 * 7919 + channel as i64 * 313) % 15_999 - 7_999
}

fn rows(meters: usize, channels: usize) -> Vec<Option<Vec<i64>>> {
    (0..meters).map(|m| Some((0..channels).map(|c| reading(m, c)).collect())).collect()
}

fn with(channels: u16, meters: u32, opening: Opening, preset: Preset, values: Values) -> Params {
    let group = GroupParams::new(GroupConfig { channels, ..config(meters) }).unwrap();
    Params::new(group, opening, preset, values).unwrap()
}

fn check(world: &mut World, meters: usize, channels: usize, quorum: &[u8], relative: f64) {
    let readings = rows(meters, channels);
    let totals = world.play(FIRST, &readings, quorum).unwrap();
    for channel in 0..channels {
        let values: Vec<i64> = readings.iter().flatten().map(|row| row[channel]).collect();
        let sum: i64 = values.iter().sum();
        let squares: i64 = values.iter().map(|x| x * x).sum();
        let n = meters as f64;
        let scale = 8000.0 * n;
        let near = |have: f64, want: f64, unit: f64| {
            assert!((have - want).abs() <= relative * unit, "{have} for {want}");
        };
        near(totals.sums.get(channel).unwrap(), sum as f64, scale);
        near(totals.mean(channel).unwrap(), sum as f64 / n, 8000.0);
        if let Some(all) = &totals.squares {
            near(all.get(channel).unwrap(), squares as f64, 8000.0 * scale);
            let mean = sum as f64 / n;
            let variance = values.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>() / n;
            let have = totals.variance(channel).unwrap();
            assert!((have / variance - 1.0).abs() < 1e-6, "{have} for {variance}");
        }
        if relative == 0.0 {
            assert!(matches!(&totals.sums, Sums::Exact(sums) if sums[channel] == sum));
        }
    }
}

#[test]
fn many_channels_with_squares_are_exact() {
    let params = with(40, 6, three_of_five(), Preset::Shared, Values::Integers).with_squares().unwrap();
    check(&mut World::with(params, 6, 2), 6, 40, &[2, 3, 5], 0.0);
    let params = with(40, 6, Opening::Holder, Preset::Shared, Values::Integers).with_squares().unwrap();
    check(&mut World::with(params, 6, 2), 6, 40, &[1], 0.0);
}

#[test]
fn reals_are_near() {
    let params = with(16, 6, three_of_five(), Preset::Shared, Values::Reals).with_squares().unwrap();
    check(&mut World::with(params, 6, 2), 6, 16, &[1, 4, 5], 1e-7);
    let params = with(16, 6, Opening::Holder, Preset::Shared, Values::Reals).with_squares().unwrap();
    check(&mut World::with(params, 6, 2), 6, 16, &[1], 1e-7);
}

/// The smallest preset, and the largest, whose numbers take more than two primes.
#[test]
fn every_preset_serves() {
    for preset in Preset::ALL {
        let params = with(3, 4, Opening::Holder, preset, Values::Integers);
        check(&mut World::with(params, 4, 2), 4, 3, &[1], 0.0);
    }
    let params = with(3, 4, three_of_five(), Preset::Depth2, Values::Integers).with_squares().unwrap();
    check(&mut World::with(params, 4, 2), 4, 3, &[1, 2, 5], 0.0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let group = |channels, max_reading, max_meters| {
        let config = GroupConfig { channels, max_reading, ..config(max_meters) };
        GroupParams::new(config).unwrap()
    };
    let new = |group, preset| Params::new(group, three_of_five(), preset, Values::Integers);
    // The flood of trustees does not fit below a grid in 50 bits.
    assert!(matches!(
        new(group(1, 8000, 5), Preset::Sum),
        Err(Error::Misuse(Misuse::NoiseBeyondGrid { .. } | Misuse::MessageBeyondModulus { .. }))
    ));
    assert!(matches!(
        new(group(1, 1 << 40, 5), Preset::Shared),
        Err(Error::Misuse(Misuse::NoiseBeyondGrid { .. }))
    ));
    let many = Params::new(group(600, 8000, 5), Opening::Holder, Preset::Small, Values::Integers).unwrap();
    assert_eq!(many.with_squares(), Err(Misuse::TooManyValues { have: 1200, most: 1024 }.into()));
    let weak = Threshold::new(5, 3, 1);
    assert!(weak.is_err());
}

/// A meter without a heap gives the frames of one with the whole toolbox, to the byte.
#[test]
fn a_small_meter_gives_the_same_bytes() {
    let params = with(3, 4, Opening::Holder, Preset::Small, Values::Integers);
    let world = World::with(params, 4, 2);
    let bytes = world.key.to_bytes();
    let party = &world.meters[2];
    let mut workspace = Workspace::new();
    let key = SmallEncryptor::new(SmallKey::from_bytes(&bytes).unwrap(), &mut workspace);
    let secret = NoiseSecret::from_bytes(&mut world.secrets[2].clone());
    let leaves = [[0u8; 32]; (LAST - FIRST + 1) as usize];
    let channels = Channels { first: 0, count: 3 };
    let mut meter =
        Meter::new(&params, &world.view, party.id, channels, &party.identity, secret, key, leaves).unwrap();
    assert_eq!(meter.commit().unwrap(), world.meter_uncertified(2).commit().unwrap());
    meter.certify(&world.view, world.roster.answerers(), &slices(&world.statements)).unwrap();
    let (at, reading) = (round(FIRST + 2), [7, -8000, 0]);
    let mut out = vec![0; meter.buffer_len()];
    let frame = meter.contribute(&mut HighWater::<3>::new(), at, at, &reading, &mut out).unwrap();
    assert!(frame.stored() == world.frame(2, at, &reading));
}

/// What it cannot encrypt it refuses when it is made, not when a round's mark is taken.
#[test]
fn a_small_meter_has_no_squares_and_no_other_preset() {
    let few = GroupParams::new(GroupConfig { channels: 3, max_reading: 10, ..config(4) }).unwrap();
    let of = |preset, values| Params::new(few, Opening::Holder, preset, values).unwrap();
    let integers = of(Preset::Small, Values::Integers);
    let bytes = World::with(integers, 4, 2).key.to_bytes();
    let mixed = |have| Misuse::MixedPresets { have, other: Preset::Small };
    for (params, error) in [
        (integers.with_squares().unwrap(), Misuse::WrongPacking),
        (of(Preset::Shared, Values::Reals), mixed(Preset::Shared)),
        (of(Preset::Shared, Values::Integers), mixed(Preset::Shared)),
    ] {
        let world = World::with(params, 4, 2);
        let mut workspace = Workspace::new();
        let key = SmallEncryptor::new(SmallKey::from_bytes(&bytes).unwrap(), &mut workspace);
        let secret = NoiseSecret::from_bytes(&mut world.secrets[2].clone());
        let channels = Channels { first: 0, count: 3 };
        let leaves = [[0u8; 32]; (LAST - FIRST + 1) as usize];
        let party = &world.meters[2];
        let meter =
            Meter::new(&params, &world.view, party.id, channels, &party.identity, secret, key, leaves);
        assert_eq!(meter.map(|_| ()), Err(error.into()));
    }
}
