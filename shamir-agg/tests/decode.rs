//! Wrong answers among many: against brute force, at the limits of what can be told, and beyond them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "decode/answers.rs"]
mod answers;

use answers::{Answers, named, pick};
use chacha20::ChaCha20Rng;
use meter_link::Field64;
use meter_link::answer::Quorum;
use proptest::prelude::*;
use rand_core::{Rng, SeedableRng};
use shamir_agg::{Check, Decoder, Error, Misuse, combine};

/// Every n ≤ 12 and t, as 1 … n and as any numbers up to 255.
fn all_sizes(most: u8, rng: &mut ChaCha20Rng, mut with: impl FnMut(&[u8], u8, &mut ChaCha20Rng)) {
    for n in 1..=most {
        for t in 1..=n {
            let consecutive: Vec<u8> = (1..=n).collect();
            let mut scattered: Vec<u8> = pick(254, n.into(), rng).iter().map(|i| *i as u8 + 1).collect();
            if let Some(last) = scattered.last_mut() {
                *last = 255;
            }
            with(&consecutive, t, rng);
            with(&scattered, t, rng);
        }
    }
}

#[test]
fn decode_as_brute_force_does() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    all_sizes(12, &mut rng, |numbers, t, rng| {
        let n = numbers.len();
        let e = (n - usize::from(t)) / 2;
        // The same ones in every column; others in each; up to one more than can be named.
        for count in 0..=(e + 1).min(n) {
            for same in [true, false] {
                let mut answers = Answers::new(numbers, t, 4, rng);
                let mut liars = pick(n, count, rng);
                for column in 0..4 {
                    if !same {
                        liars = pick(n, count, rng);
                    }
                    liars.iter().for_each(|liar| answers.spoil(*liar, column, rng));
                }
                answers.check();
                if same && count <= e {
                    let expected = named(liars.iter().map(|i| numbers[*i]));
                    assert_eq!(answers.decode(), Ok((expected, answers.sums.clone())));
                }
            }
        }
    });
}

#[test]
fn decode_lies_that_agree_as_brute_force_does() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    all_sizes(10, &mut rng, |numbers, t, rng| {
        let (n, zeros) = (numbers.len(), usize::from(t) - 1);
        for liars in 0..=n - zeros {
            let mut answers = Answers::new(numbers, t, 2, rng);
            let order = pick(n, n, rng);
            let shift = rng.next_u64() as usize % n;
            let order: Vec<usize> = (0..n).map(|i| order[(i + shift) % n]).collect();
            answers.conspire(&order[..zeros], &order[zeros..zeros + liars], 1, Field64::ONE);
            answers.check();
        }
    });
}

/// What the documentation of `decode` claims beyond e.
#[test]
fn decode_beyond_what_can_be_named() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    all_sizes(12, &mut rng, |numbers, t, rng| {
        let (n, zeros) = (numbers.len(), usize::from(t) - 1);
        let spare = n - usize::from(t);
        let e = spare / 2;
        for liars in e + 1..=spare + 1 {
            let mut answers = Answers::new(numbers, t, 1, rng);
            let told = Field64::from_u64(77);
            answers.conspire(&(0..zeros).collect::<Vec<_>>(), &(n - liars..n).collect::<Vec<_>>(), 0, told);
            let result = answers.decode();
            if liars <= spare - e {
                assert_eq!(result, Err(Error::Inconsistent));
            } else {
                // They are believed, and those who should have joined them are named; nobody if all did.
                let named = named((zeros..n - liars).map(|i| numbers[i]));
                assert_eq!(named.is_empty(), liars == spare + 1);
                assert_eq!(result, Ok((named, vec![answers.sums[0] + told])));
            }
        }
        for liars in e + 1..=spare {
            let mut answers = Answers::new(numbers, t, 3, rng);
            pick(n, liars, rng).iter().for_each(|liar| answers.spoil(*liar, 2, rng));
            assert_ne!(answers.decode().map(|(wrong, _)| wrong), Ok(Quorum::default()));
        }
    });
}

#[test]
fn decode_with_exactly_t_checks_nothing() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    all_sizes(12, &mut rng, |numbers, _, rng| {
        let mut answers = Answers::new(numbers, numbers.len() as u8, 2, rng);
        assert_eq!(answers.decoder().check(), Check::Unchecked);
        assert_eq!(answers.decode(), Ok((Quorum::default(), answers.sums.clone())));
        answers.spoil(0, 1, rng);
        let (wrong, values) = answers.decode().unwrap();
        assert!(wrong.is_empty());
        assert_ne!(values[1], answers.sums[1]);
    });
}

#[test]
fn decode_with_one_more_than_t_detects_every_wrong_answer() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    all_sizes(12, &mut rng, |numbers, _, rng| {
        let n = numbers.len();
        if n == 1 {
            return;
        }
        let answers = Answers::new(numbers, n as u8 - 1, 70, rng);
        assert_eq!(answers.decoder().check(), Check::Detects);
        assert_eq!(answers.decode(), Ok((Quorum::default(), answers.sums.clone())));
        for liar in 0..n {
            for column in [0, 63, 64, 69] {
                let mut answers = answers.clone();
                answers.spoil(liar, column, rng);
                assert_eq!(answers.decode(), Err(Error::Inconsistent));
            }
        }
    });
}

#[test]
fn decode_first_last_and_adjacent_liars() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    for numbers in [(1..=9).collect::<Vec<u8>>(), vec![1, 2, 3, 64, 65, 128, 129, 254, 255]] {
        let honest = Answers::new(&numbers, 4, 130, &mut rng);
        assert_eq!(honest.decoder().check(), Check::Names(2));
        for liars in [&[0][..], &[8], &[0, 1], &[3, 4], &[7, 8], &[0, 8]] {
            for columns in [&[0][..], &[129], &[62, 63, 64, 65], &[0, 129]] {
                let mut answers = honest.clone();
                for (i, column) in columns.iter().enumerate() {
                    // Not everybody in every column: who is named follows from all of them.
                    answers.spoil(liars[i % liars.len()], *column, &mut rng);
                    answers.spoil(liars[0], *column, &mut rng);
                }
                let wrong = named(liars.iter().take(columns.len()).map(|i| numbers[*i]));
                assert_eq!(answers.decode(), Ok((wrong, answers.sums.clone())));
            }
        }
    }
}

/// A bill: an aggregator lies to all, meters let others look wrong in their own columns.
#[test]
fn decode_each_column_by_itself() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut answers = Answers::new(&[1, 2, 3, 4, 5, 6], 4, 200, &mut rng);
    let framed = |column: usize| (column % 7 == 3).then(|| 1 + column / 7 % 5);
    for column in 0..200 {
        match framed(column) {
            Some(other) => answers.spoil(other, column, &mut rng),
            None if column >= 20 => answers.spoil(0, column, &mut rng),
            None => {}
        }
    }
    // More than one was wrong in all, though not in any column.
    assert_eq!(answers.decode(), Err(Error::Inconsistent));
    answers.spoil(0, 150, &mut rng);
    answers.spoil(1, 150, &mut rng);
    for (column, found) in answers.decode_each().into_iter().enumerate() {
        let wrong = match framed(column) {
            Some(other) => named([answers.numbers[other]]),
            None if column >= 20 => named([1]),
            None => Quorum::default(),
        };
        assert_eq!(found, (column != 150).then_some((wrong, answers.sums[column])), "{column}");
    }
}

#[test]
fn decode_255_answers_with_85_wrong() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let numbers: Vec<u8> = (1..=255).collect();
    let honest = Answers::new(&numbers, 85, 90, &mut rng);
    assert_eq!(honest.decoder().check(), Check::Names(85));
    let liars = pick(255, 85, &mut rng);
    // All at once, and one more in each column, which is the most work.
    let (mut at_once, mut one_by_one) = (honest.clone(), honest);
    for (i, liar) in liars.iter().enumerate() {
        (0..90).for_each(|column| at_once.spoil(*liar, column, &mut rng));
        (i..90).for_each(|column| one_by_one.spoil(*liar, column, &mut rng));
    }
    let expected = named(liars.iter().map(|i| numbers[*i]));
    for mut answers in [at_once, one_by_one] {
        assert_eq!(answers.decode(), Ok((expected, answers.sums.clone())));
        let honest = (0..255).find(|i| !liars.contains(i)).unwrap();
        answers.spoil(honest, 89, &mut rng);
        assert_eq!(answers.decode(), Err(Error::Inconsistent));
    }
}

#[test]
fn decode_refuses_misuse() {
    let some = Quorum::new(&[1, 4, 7]).unwrap();
    assert_eq!(Decoder::new(&some, 0).unwrap_err(), Misuse::BadThreshold.into());
    assert_eq!(Decoder::new(&some, 4).unwrap_err(), Error::Quorum { have: 3, need: 4 });
    assert_eq!(Decoder::new(&Quorum::default(), 1).unwrap_err(), Error::Quorum { have: 0, need: 1 });
    let decoder = Decoder::new(&some, 2).unwrap();
    let (one, two) = ([Field64::ONE; 1], [Field64::ONE; 2]);
    let mut out = [Field64::ZERO; 2];
    for rows in [&[&two[..], &two][..], &[&two, &one, &two], &[&two, &two, &two, &two], &[]] {
        assert_eq!(decoder.decode(rows, &mut out), Err(Misuse::WrongLength.into()));
        let each = decoder.decode_each(rows, &mut out, |_, _| panic!("nothing was decoded"));
        assert_eq!((each, out), (Err(Misuse::WrongLength.into()), [Field64::ZERO; 2]));
    }
    assert_eq!(decoder.decode(&[&[], &[], &[]], &mut []), Ok(Quorum::default()));
}

proptest! {
    #[test]
    fn decode_is_combine_where_nobody_lies_and_names_who_does(
        numbers in prop::collection::btree_set(1u8..=255, 1..40),
        t in any::<prop::sample::Index>(),
        width in 0usize..150,
        count in any::<prop::sample::Index>(),
        everywhere: bool,
        seed: u64,
    ) {
        let numbers: Vec<u8> = numbers.into_iter().collect();
        let n = numbers.len();
        let t = t.index(n) + 1;
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut answers = Answers::new(&numbers, t as u8, width, &mut rng);
        let shares: Vec<(u8, &[Field64])> =
            numbers.iter().copied().zip(answers.rows.iter().map(Vec::as_slice)).collect();
        let mut combined = vec![Field64::ZERO; width];
        combine(&shares, &mut combined).unwrap();
        prop_assert_eq!(answers.decode(), Ok((Quorum::default(), combined)));

        let mut wrong = Quorum::default();
        for liar in pick(n, count.index((n - t) / 2 + 1), &mut rng) {
            for column in 0..width {
                if everywhere || rng.next_u64() % 8 == 0 {
                    answers.spoil(liar, column, &mut rng);
                    wrong = wrong.with(numbers[liar]);
                }
            }
        }
        prop_assert_eq!(answers.decode(), Ok((wrong, answers.sums.clone())));
    }
}
