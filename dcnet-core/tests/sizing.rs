//! Sizes of groups on readings whose answer is known: independent normal ones.
#![cfg(feature = "sizing")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that fails here shall panic"
)]

use chacha20::ChaCha20Rng;
use dcnet_core::Misuse;
use dcnet_core::sizing::{Advantage, Event, Plan, Readings, Scenario, Span, measure};
use rand_core::{Rng, SeedableRng};

const HOUSEHOLDS: usize = 400;
const DAYS: usize = 60;
const PER_DAY: usize = 8;
/// Of a reading.
const MEAN: f64 = 1000.0;
const DEVIATION: f64 = 100.0;

fn uniform(rng: &mut ChaCha20Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Every reading by itself, by Box and Muller.
fn normal() -> Readings {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut reading = || {
        let (radius, turn) = ((-2.0 * (1.0 - uniform(&mut rng)).ln()).sqrt(), uniform(&mut rng));
        (MEAN + DEVIATION * radius * (core::f64::consts::TAU * turn).cos()).round() as i64
    };
    let rows: Vec<i64> = (0..DAYS * PER_DAY * HOUSEHOLDS).map(|_| reading()).collect();
    Readings::new(&rows, HOUSEHOLDS, PER_DAY).unwrap()
}

fn play(readings: &Readings, switch: i64, size: usize) -> Vec<Advantage> {
    let plan = Plan { groups: 100, ..Plan::new(switch) };
    measure(readings, &plan, size, &mut ChaCha20Rng::seed_from_u64(2)).unwrap()
}

fn of(all: &[Advantage], event: Event, span: Span) -> Advantage {
    *all.iter().find(|one| one.scenario == Scenario { event, span }).unwrap()
}

/// 2 Φ(d/2) − 1 = erf(d / √8), by its series.
fn shift(d: f64) -> f64 {
    let x = d / 8f64.sqrt();
    if x > 4.0 {
        return 1.0; // to seven digits
    }
    let terms = (0..60).scan(x, |term, n| {
        let now = *term / f64::from(2 * n + 1);
        *term *= -x * x / f64::from(n + 1);
        Some(now)
    });
    2.0 / core::f64::consts::PI.sqrt() * terms.sum::<f64>()
}

/// What the mean of the days before allows: d = signal / (σ √(n (1 + 1/h))) with h days, of which the first days of a
/// half have 3, 4 … and all from the eighth on 7.
fn exact(signal: f64, values: f64) -> f64 {
    let days = DAYS / 2 - 3;
    let each = (3..3 + days).map(|before| {
        let before = before.min(7) as f64;
        shift(signal / (DEVIATION * (values * (1.0 + 1.0 / before)).sqrt()))
    });
    each.sum::<f64>() / days as f64
}

#[test]
fn the_series_is_the_normal_distribution() {
    for (d, value) in [(0.0, 0.0), (1.0, 0.382_924_922_5), (2.0, 0.682_689_492_1), (4.0, 0.954_499_736_1)] {
        assert!((shift(d) - value).abs() < 1e-9);
    }
}

#[test]
fn a_shift_of_normal_sums_is_found_as_well_as_can_be() {
    let readings = normal();
    for size in [4, 25, 100, 400] {
        let all = play(&readings, 300, size);
        let n = size as f64;
        // What is told apart, of how many values.
        for (event, span, signal, values) in [
            (Event::Switch, Span::Interval, 300.0, n),
            (Event::Switch, Span::Hours, 300.0, n),
            // The interval before is alike, and seen too.
            (Event::Absence, Span::Interval, 2.0 * MEAN, 2.0 * n),
            (Event::Presence, Span::Interval, 2.0 * MEAN, 2.0 * (n - 1.0)),
            (Event::Presence, Span::Day, MEAN * PER_DAY as f64, (n - 1.0) * PER_DAY as f64),
            (Event::Absence, Span::Day, MEAN * PER_DAY as f64, n * PER_DAY as f64),
        ] {
            let (found, exact) = (of(&all, event, span), exact(signal, values));
            let name = format!("{size}, {event}, {span}: {found:?}, exact {exact}");
            // What is common is taken off with those beside, who vary too.
            assert!(
                (found.advantage - exact).abs() < 0.03 + 0.06 * exact * f64::from(u8::from(size == 100)),
                "{name}"
            );
            assert!(found.low <= found.advantage && found.advantage <= found.high, "{name}");
            assert!(found.low < exact + 0.005 && found.high > exact - 0.03, "{name}");
            assert_eq!(found.resampled, size > 100);
            assert!(found.trials > 1000 && found.size == size, "{name}");
            assert_eq!(found.hours.iter().all(Option::is_some), span == Span::Hours);
        }
    }
}

#[test]
fn larger_groups_tell_less() {
    let readings = normal();
    let mut last: Option<Vec<Advantage>> = None;
    for size in [9, 36, 144, 576] {
        let all = play(&readings, 200, size);
        assert_eq!(all.len(), Scenario::ALL.len());
        for (large, small) in all.iter().zip(last.iter().flatten()) {
            assert!(large.advantage < small.advantage || small.advantage > 0.99, "{large:?} {small:?}");
        }
        last = Some(all);
    }
}

/// Nothing happens, and nothing is found: what is learnt by chance on one half does not help on the other.
#[test]
fn no_event_is_no_advantage() {
    let readings = normal();
    for size in [4, 100, 400] {
        let all = play(&readings, 0, size);
        for span in [Span::Interval, Span::Hours] {
            let found = of(&all, Event::Switch, span);
            assert_eq!((found.advantage, found.low, found.high), (0.0, 0.0, 0.0), "{found:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let readings = normal();
    assert_eq!(play(&readings, 100, 7), play(&readings, 100, 7));
    let plan = Plan { groups: 100, ..Plan::new(100) };
    let other = measure(&readings, &plan, 7, &mut ChaCha20Rng::seed_from_u64(3)).unwrap();
    assert_ne!(play(&readings, 100, 7), other);
}

#[test]
fn plans_and_sizes_that_are_none() {
    let readings = normal();
    let good = Plan { groups: 1, moments: 1, resamples: 1, ..Plan::new(1) };
    let bad = Some(Misuse::BadParameter.into());
    let of = |plan: Plan, size| measure(&readings, &plan, size, &mut ChaCha20Rng::seed_from_u64(1)).err();
    assert_eq!(of(good, 2), None);
    for size in [0, 1, 1_000_001] {
        assert_eq!(of(good, size), bad);
    }
    for plan in [
        Plan { groups: 0, ..good },
        Plan { moments: 0, ..good },
        Plan { resamples: 0, ..good },
        Plan { confidence: 0.0, ..good },
        Plan { confidence: 1.0, ..good },
        Plan { confidence: f64::NAN, ..good },
        Plan { groups: usize::MAX, ..good },
    ] {
        assert_eq!(of(plan, 2), bad, "{plan:?}");
    }
}

/// Meters that never change, that are always zero, or that swing as far as integers go.
#[test]
fn odd_readings_are_no_trouble() {
    let flat = |value: i64| vec![value; 8 * 4 * 5];
    let mut wild = flat(0);
    wild.iter_mut().enumerate().for_each(|(n, value)| *value = if n % 3 == 0 { i64::MAX } else { i64::MIN });
    for rows in [flat(0), flat(7), flat(-7), flat(i64::MAX), wild] {
        let readings = Readings::new(&rows, 5, 4).unwrap();
        let plan = Plan { groups: 3, moments: 5, resamples: 20, ..Plan::new(1) };
        for size in [2, 5, 20] {
            for one in measure(&readings, &plan, size, &mut ChaCha20Rng::seed_from_u64(1)).unwrap() {
                assert!(one.advantage.abs() <= 1.0 && one.low <= one.high, "{one:?}");
            }
        }
    }
}
