//! Bounded discrete logarithms: the slowest number of a range, the size of the table and the time to build it.

use std::hint::black_box;
use std::time::Duration;

use benches::print;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use elastic_elgamal::DiscreteLogTable;
use elastic_elgamal::group::Ristretto;
use threshold_elgamal::DlogTable;

use super::{Bench, timed};

/// Bits of the range 0 … 2^bits − 1, and of the table.
const RANGES: [(u32, u32); 5] = [(32, 17), (32, 19), (40, 19), (40, 23), (48, 26)];

pub(super) fn run(bench: &mut Bench) {
    let times = bench.times;
    let mut built = None;
    for (range, bits) in RANGES {
        if times == 0 && range > 32 {
            continue;
        }
        let table = match built.take() {
            Some((of, table)) if of == bits => table,
            _ => build(bits),
        };
        worst(&table, range, times);
        built = Some((bits, table));
    }
    if times > 0 {
        peer();
    }
}

fn build(bits: u32) -> DlogTable {
    let mut table = None;
    let time = timed(|| table = Some(DlogTable::build(bits).expect("a size")));
    let what = format!("logarithms, table of 2^{bits}");
    print(&what, "ms to build", time.as_secs_f64() * 1e3);
    print(&what, "MiB", DlogTable::size(bits) as f64 / f64::from(1 << 20));
    table.expect("built")
}

/// The ends, a number at every eighth, and one that is not there: looked for from the middle outwards.
fn worst(table: &DlogTable, range: u32, times: usize) {
    let last = (1i64 << range) - 1;
    let eighth = last / 8;
    let there: Vec<i64> = (0..8).map(|part| part * eighth + 1).chain([0, last]).collect();
    let points: Vec<RistrettoPoint> =
        there.iter().map(|m| RistrettoPoint::mul_base(&Scalar::from(m.unsigned_abs()))).collect();
    let beyond = RistrettoPoint::mul_base(&Scalar::from(1u64 << range));
    let (mut slowest, mut none, mut total) = (Duration::ZERO, Duration::MAX, Duration::ZERO);
    let runs = 1 + times * if range > 40 { 2 } else { 8 };
    for (m, point) in there.iter().zip(&points) {
        let mut best = Duration::MAX;
        for _ in 0..runs {
            best = best.min(timed(|| assert_eq!(table.solve(black_box(point), 0..=last), Ok(*m))));
        }
        (slowest, total) = (slowest.max(best), total + best);
    }
    for _ in 0..runs {
        none = none.min(timed(|| assert!(table.solve(black_box(&beyond), 0..=last).is_err())));
    }
    let what = format!("logarithm below 2^{range}, table of 2^{}", table.bits());
    print(&format!("{what}, slowest"), "ms", slowest.as_secs_f64() * 1e3);
    print(&format!("{what}, none"), "ms", none.as_secs_f64() * 1e3);
    print(&format!("{what}, mean of {}", there.len()), "ms", total.as_secs_f64() * 1e3 / there.len() as f64);
}

/// Giant steps over elastic-elgamal's table, which is a hash map of encodings: 2^16 entries, 2^16 steps.
fn peer() {
    const HALF: u32 = 16;
    let mut table = None;
    let time = timed(|| table = Some(DiscreteLogTable::<Ristretto>::new(0..1 << HALF)));
    let table = table.expect("built");
    print("logarithms, elastic-elgamal's table of 2^16", "ms to build", time.as_secs_f64() * 1e3);
    let stride = RistrettoPoint::mul_base(&Scalar::from(1u64 << HALF));
    let solve = |target: &RistrettoPoint| {
        let mut point = *target;
        (0u64..1 << HALF).find_map(|giant| {
            let found = table.get(&point);
            point -= stride;
            found.map(|baby| (giant << HALF) + baby)
        })
    };
    let last = u64::from(u32::MAX);
    let target = RistrettoPoint::mul_base(&Scalar::from(last));
    let time = timed(|| assert_eq!(solve(black_box(&target)), Some(last)));
    print(
        "logarithm below 2^32, giant steps over elastic-elgamal's table, slowest",
        "ms",
        time.as_secs_f64() * 1e3,
    );
}
