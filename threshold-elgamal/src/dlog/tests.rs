#![allow(clippy::arithmetic_side_effects)] // clippy does not see that proptest's functions are tests

use alloc::vec;
use proptest::prelude::*;

use super::*;
use crate::window::scalar;
use fan::REACH;

fn point(m: i64) -> RistrettoPoint {
    RistrettoPoint::mul_base(&scalar(m))
}

/// One that uses lanes where the CPU has them, and one that does not.
fn tables(bits: u32) -> [DlogTable; 2] {
    [DlogTable::build(bits).unwrap(), DlogTable::build_without_lanes(bits).unwrap()]
}

const NONE: Result<i64, Error> = Err(Error::Inconsistent);

#[test]
fn ends_of_babies_giants_fans_and_rings() {
    for table in tables(8) {
        let (babies, stride) = (table.babies(), table.stride());
        assert_eq!((babies, stride), (256, 511));
        let bound = 4 * 1023 * stride + 17;
        let plan = Plan::new(&(-bound..=bound), 256).unwrap();
        let fan = plan.fan as i64;
        assert_eq!((fan, plan.rings), (455, 4));
        let mut giants = vec![0, 1, 2, 32, 33, 160, 161, fan - 1, fan];
        for ring in 1..=4 {
            let centre = ring * plan.spacing();
            giants.extend([centre - fan, centre - 1, centre, centre + 1, centre + 17, centre + fan]);
        }
        let mut places: Vec<i64> = giants.iter().map(|giant| giant * stride).collect();
        places.extend([bound, bound + stride, 1 << 40]);
        let near = [-stride, 1 - babies, -babies, -2, -1, 0, 1, 2, babies - 1, babies];
        let numbers: Vec<i64> =
            places.iter().flat_map(|place| near.map(|near| place + near)).flat_map(|m| [m, -m]).collect();
        let results =
            table.solve_many(&numbers.iter().map(|m| point(*m)).collect::<Vec<_>>(), -bound..=bound);
        for (m, result) in numbers.iter().zip(results.unwrap()) {
            assert_eq!(result, if m.abs() <= bound { Ok(*m) } else { NONE }, "{m}");
        }
    }
}

#[test]
fn every_number_of_small_ranges() {
    for (bits, table) in [8, 9, 11].into_iter().flat_map(|bits| tables(bits).map(|table| (bits, table))) {
        for range in [-700..=700, 0..=1500, -1500..=-900, 40_000..=41_000] {
            for m in range.clone() {
                assert_eq!(table.solve(&point(m), range.clone()), Ok(m), "{bits}: {m}");
            }
        }
    }
}

#[test]
fn a_number_just_outside_is_not_found() {
    for table in tables(10) {
        for width in [0, 1, 2, 1000, 1024, 2047, 5000, 2_200_000] {
            for first in [0, -width, -width / 2, 7, -1_000_000, 123_456_789_012, i64::MAX - 2047 - width] {
                let (range, last) = (first..=first + width, first + width);
                let targets =
                    [first, last, first - 1, last + 1, last + 2047, first.wrapping_sub(1 << 55)].map(point);
                let expected = vec![Ok(first), Ok(last), NONE, NONE, NONE, NONE];
                assert_eq!(table.solve_many(&targets, range), Ok(expected), "{first} {width}");
            }
        }
    }
}

#[test]
fn around_a_guess() {
    let table = DlogTable::build(12).unwrap();
    for guess in [0, 1 << 50, -(1 << 50), i64::MAX - 4096, i64::MIN + 4096] {
        for distance in [-4000i64, -1, 0, 1, 4000] {
            let m = guess + distance;
            assert_eq!(table.solve_around(&point(m), guess, 4096), Ok(m));
        }
        assert_eq!(table.solve_around(&point(guess + 1), guess, 0), NONE);
    }
    let beyond = Err(Misuse::SumBeyondRange.into());
    assert_eq!(table.solve_around(&point(0), i64::MAX - 10, 11), beyond);
    assert_eq!(table.solve_around(&point(0), i64::MIN + 10, 11), beyond);
    assert_eq!(table.solve_around(&point(0), 0, u64::MAX), beyond);
    assert_eq!(table.solve_around(&point(0), 0, DlogTable::MAX_WIDTH / 2 + 1), beyond);
}

#[test]
fn what_is_no_range() {
    let table = DlogTable::build(8).unwrap();
    let beyond = Err(Misuse::SumBeyondRange.into());
    assert_eq!(table.solve(&point(0), 0..=(1 << 60) + 1), beyond);
    assert_eq!(table.solve(&point(0), i64::MIN..=i64::MAX), beyond);
    #[allow(clippy::reversed_empty_ranges)]
    let reversed = 5..=4;
    assert_eq!(table.solve(&point(0), reversed.clone()), Err(Misuse::EmptyRange.into()));
    assert_eq!(table.solve_many(&[], reversed).err(), Some(Misuse::EmptyRange.into()));
    assert_eq!(table.solve_many(&[], 0..=0), Ok(vec![]));
    for bits in [0, 7, 27, 64, u32::MAX] {
        assert_eq!(DlogTable::build(bits).err(), Some(Misuse::TableSize.into()));
    }
}

#[test]
fn many_targets_get_what_each_gets_alone() {
    let range = -3_000_000..=4_000_000;
    for table in tables(9) {
        let stride = table.stride();
        // More than go together, some twice, some outside, the middle and offsets from it, one no small multiple.
        let mut numbers: Vec<i64> = (-40..120).map(|i| i * i * i * 7 + i).collect();
        numbers.extend([0, 0, 500_000, 500_000 + 3 * stride, 500_000 - 200 * stride, 500_000 + 3 * stride]);
        let mut targets: Vec<_> = numbers.iter().map(|m| point(*m)).collect();
        targets.push(point(i64::MAX) + point(i64::MAX) + point(i64::MAX));
        let alone: Vec<_> = targets.iter().map(|target| table.solve(target, range.clone())).collect();
        for (m, result) in numbers.iter().zip(&alone) {
            assert_eq!(*result, if range.contains(m) { Ok(*m) } else { NONE });
        }
        assert_eq!(alone.iter().filter(|result| result.is_err()).count(), 38);
        assert_eq!(table.solve_many(&targets, range.clone()), Ok(alone));
    }
}

#[test]
fn every_representative_is_the_same_point() {
    // dalek holds some representative of four; sums in different orders give different ones.
    for table in tables(8) {
        let base = point(1);
        let again = (base + base).compress().decompress().unwrap();
        let (mut sum, mut other) = (base, again);
        for m in 2..40 {
            sum += base;
            assert_eq!(
                table.solve_many(&[sum, other, sum.compress().decompress().unwrap()], 0..=50).unwrap(),
                [Ok(m), Ok(2 * (m - 1)), Ok(m)]
            );
            if m == 25 {
                break;
            }
            other += again;
        }
    }
}

#[test]
fn sizes_are_known_beforehand() {
    assert_eq!(DlogTable::size(17), 628_808);
    assert_eq!(DlogTable::size(23), 33_787_976);
    for bits in [8, 9, 16] {
        let table = DlogTable::build(bits).unwrap();
        let parts = [
            size_of_val(&*table.table.lines),
            size_of_val(&*table.table.pages),
            table.near.len_bytes(),
            size_of_val(table.giants.offsets()),
        ];
        assert_eq!(parts.iter().sum::<usize>(), DlogTable::size(bits));
        assert_eq!(table.bits(), bits);
        assert_eq!(table.to_bytes().len(), DlogTable::file_len(bits));
    }
}

#[test]
fn lanes_fill_the_same_tables() {
    for bits in 8..=17 {
        let [a, b] = tables(bits);
        assert!(a.to_bytes() == b.to_bytes(), "{bits}");
    }
}

/// Targets from the same numbers, by a seed.
fn some(range: &RangeInclusive<i64>, seeds: &[u64]) -> Vec<i64> {
    let width = range.end().abs_diff(*range.start());
    // A third of them beyond the range.
    let of = |seed: &u64| range.start() - (width / 4) as i64 + (seed % (width + width / 2 + 1)) as i64;
    seeds.iter().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn found_in_bounded_steps_with_and_without_lanes(
        bits in 8u32..=12,
        first in -(1i64 << 40)..1 << 40,
        giants in 0u64..4000,
        rest: u64,
        seeds in prop::collection::vec(any::<u64>(), 1..70),
    ) {
        let tables = tables(bits);
        let stride = tables[0].stride() as u64;
        let width = (giants * stride + rest % stride) as i64;
        let range = first..=first + width;
        let numbers = some(&range, &seeds);
        let targets: Vec<_> = numbers.iter().map(|m| point(*m)).collect();
        let plan = Plan::new(&range, 1 << bits).unwrap();
        let expected: Vec<_> =
            numbers.iter().map(|m| if range.contains(m) { Ok(*m) } else { NONE }).collect();
        let mut steps = vec![];
        for table in &tables {
            let mut search = Search::new(table, plan);
            prop_assert_eq!(&search.run(&targets), &expected);
            prop_assert!(search.steps <= plan.steps() * targets.len() as u64);
            steps.push(search.steps);
            // All of them where there is nothing to find, which is what the range takes and little more.
            let mut alone = Search::new(table, plan);
            prop_assert_eq!(alone.run(&[point(first - (1 << 50))]), vec![NONE]);
            prop_assert_eq!(alone.steps, plan.steps());
            let rings = (2 * giants).div_ceil(2 * (REACH as u64 - 1)) + 3;
            prop_assert!(plan.steps() <= giants + 3 + 2 * rings);
        }
        // Lanes meet offsets beside those asked for, and a centre that is one of them is found sooner.
        prop_assert!(steps[0] <= steps[1]);
    }
}
