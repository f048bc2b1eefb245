//! Moduli beyond 2^64 against num-bigint's own arithmetic, and against the roles' up to there.
#![cfg(feature = "wide")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use chacha20::ChaCha20Rng;
use cmt_ring::{Error, Malformed, Misuse, Modulus, WideKey, WideModulus, key};
use meter_link::{Misuse as LinkMisuse, PairKey, Round};
use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;
use rand_core::SeedableRng;

fn misuse(misuse: LinkMisuse) -> Error {
    Error::Misuse(Misuse::Link(misuse))
}

fn power(bits: u32) -> BigUint {
    BigUint::from(2u8).pow(bits)
}

fn number(key: &WideKey) -> BigInt {
    BigInt::from_bytes_le(Sign::Plus, &key.to_bytes())
}

fn reduced(value: &BigInt, m: &BigInt) -> BigInt {
    ((value % m) + m) % m
}

/// Next to powers of 2^64, small ones, and any of up to 320 bits.
fn modulus() -> impl Strategy<Value = BigUint> {
    let near = (1u32..5, -3i8..=3)
        .prop_map(|(words, by)| (BigInt::from(power(64 * words)) + by).to_biguint().unwrap());
    let any =
        prop::collection::vec(any::<u8>(), 1..40).prop_map(|bytes| BigUint::from_bytes_le(&bytes) + 2u8);
    prop_oneof![near, any, (2u8..20).prop_map(BigUint::from)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn arithmetic_is_that_of_the_integers(
        m in modulus(),
        draws in prop::collection::vec(prop_oneof![Just(0xffu8), Just(0), any::<u8>()], 3 * 48),
        reading in any::<i128>(),
    ) {
        let wide = WideModulus::new(m.clone()).unwrap();
        let big = BigInt::from(m);
        let len = wide.uniform_len();
        let [first, delta, before] = [0, 1, 2].map(|n| wide.scale(&draws[48 * n..][..len]).unwrap());
        for (n, key) in [&first, &delta, &before].into_iter().enumerate() {
            let x = draws[48 * n..][..len].chunks(8).fold(BigInt::ZERO, |x, word| {
                (x << 64) + u64::from_le_bytes(word.try_into().unwrap())
            });
            prop_assert_eq!(number(key), (x * &big) >> (8 * len));
            prop_assert_eq!(number(&wide.key(&key.to_bytes()).unwrap()), number(key));
        }
        let round = wide.round_key(&first, &delta, &before).unwrap();
        let expected = number(&first) - number(&delta) + number(&before);
        prop_assert_eq!(number(&round), reduced(&expected, &big));
        let sum = wide.group_key([&first, &delta, &before]).unwrap();
        let expected = number(&first) + number(&delta) + number(&before);
        prop_assert_eq!(number(&sum), reduced(&expected, &big));

        let reading = BigInt::from(reading);
        let fits = BigInt::from(reading.magnitude().clone()) * 2 < big;
        match wide.encrypt_vartime(&reading, &round) {
            Ok(word) => {
                prop_assert!(fits);
                let word_number = BigInt::from(word.clone());
                prop_assert_eq!(&word_number, &reduced(&(number(&round) + &reading), &big));
                prop_assert_eq!(wide.open([&word], &round).unwrap(), reading);
            }
            Err(error) => {
                prop_assert!(!fits);
                prop_assert_eq!(error, misuse(LinkMisuse::ReadingTooLarge));
            }
        }
        // Any ciphertext opens to the number of least size.
        let any = BigUint::try_from(number(&delta)).unwrap();
        let opened = wide.open([&any, &any], &first).unwrap();
        prop_assert_eq!(reduced(&opened, &big), reduced(&(number(&delta) * 2 - number(&first)), &big));
        prop_assert!(-&big <= &opened * 2 && &opened * 2 < big);
    }

    /// Up to 2^64 it is the roles' arithmetic.
    #[test]
    fn below_2_64_it_is_the_roles_arithmetic(
        m in prop_oneof![2u64..50, 2..=u64::MAX, Just(0)],
        bits in any::<[u128; 2]>(),
        reading in any::<i64>(),
    ) {
        let modulus = if m == 0 { Modulus::WORD } else { Modulus::new(m).unwrap() };
        let wide = WideModulus::new(modulus.get().into()).unwrap();
        let [x, y] = bits.map(|bits| wide.scale(&bits.to_le_bytes()).unwrap());
        let [a, b] = bits.map(|bits| modulus.scale(bits));
        prop_assert_eq!(number(&x), BigInt::from(a));
        let round = wide.round_key(&x, &y, &x).unwrap();
        prop_assert_eq!(number(&round), BigInt::from(modulus.add(modulus.sub(a, b), a)));
        prop_assert_eq!(wide.open([&a.into()], &y).unwrap(), BigInt::from(modulus.open([a], b)));
        if let Ok(word) = wide.encrypt_vartime(&reading.into(), &x) {
            prop_assert_eq!(word, BigUint::from(modulus.add(modulus.of_signed(reading), a)));
        }
    }

    /// Whole rings, with packed readings.
    #[test]
    fn rings_add_up(
        seed in any::<u64>(),
        readings in prop::collection::vec(any::<i128>(), 5..30),
        derived in any::<bool>(),
    ) {
        let n = readings.len();
        let wide = WideModulus::for_sums(u32::try_from(n).unwrap(), &power(127)).unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let first: Vec<WideKey> = (0..n).map(|_| wide.draw(&mut rng).unwrap()).collect();
        let delta = |i: usize| {
            let link = PairKey::from_bytes(&[u8::try_from(i).unwrap(); 32]);
            wide.derive(&link, Round::from(9), 2).unwrap().pop().unwrap()
        };
        let deltas: Vec<WideKey> =
            (0..n).map(|i| if derived { delta(i) } else { wide.draw(&mut rng).unwrap() }).collect();
        let ciphertexts: Vec<BigUint> = (0..n)
            .map(|i| {
                let key = wide.round_key(&first[i], &deltas[i], &deltas[(i + n - 1) % n]).unwrap();
                wide.encrypt_vartime(&readings[i].into(), &key).unwrap()
            })
            .collect();
        let group_key = wide.group_key(&first).unwrap();
        let sum: BigInt = readings.iter().map(|reading| BigInt::from(*reading)).sum();
        prop_assert_eq!(wide.open(&ciphertexts, &group_key).unwrap(), sum);
    }
}

/// δ of the ring itself, for the ring's own modulus and for one of two words.
#[test]
fn derived_delta_is_the_rings_own() {
    let link = PairKey::from_bytes(&[7; 32]);
    let mut words = [0u64; 3];
    key::derived_delta(&link, Round::from(5), &mut words);
    let wide = WideModulus::new(power(64)).unwrap();
    let deltas = wide.derive(&link, Round::from(5), 3).unwrap();
    for (delta, word) in deltas.iter().zip(words) {
        assert_eq!(number(delta), BigInt::from(word));
    }
    assert_eq!((wide.key_len(), wide.uniform_len()), (8, 16));
    let wide = WideModulus::new(power(128)).unwrap();
    assert_eq!((wide.key_len(), wide.uniform_len()), (16, 24));
    assert_eq!(wide.derive(&link, Round::from(5), 0).unwrap().len(), 0);
}

#[test]
fn moduli_for_sums() {
    let modulus = |meters, most: u64| WideModulus::for_sums(meters, &most.into()).unwrap().get().clone();
    assert_eq!(modulus(1, 1), power(2)); // 2 < M
    assert_eq!(modulus(3, 5), power(5)); // 30 < M
    assert_eq!(modulus(4, 4), power(6)); // 32 < M
    assert_eq!(modulus(10_000, 1 << 60), power(75));
    assert_eq!(modulus(0, 5), power(1));
}

#[test]
fn misuse_is_named() {
    let bad = misuse(LinkMisuse::BadParameter);
    for modulus in [BigUint::ZERO, 1u8.into(), power(65_536)] {
        assert_eq!(WideModulus::new(modulus).unwrap_err(), bad);
    }
    assert!(WideModulus::new(power(65_535)).is_ok());
    assert_eq!(WideModulus::for_sums(2, &power(65_535)).unwrap_err(), bad);

    let wide = WideModulus::new(power(70)).unwrap();
    let length = misuse(LinkMisuse::WrongLength);
    for len in [0, 16, 23, 25] {
        assert_eq!(wide.scale(&vec![0; len]).unwrap_err(), length);
        assert_eq!(wide.key(&vec![0; len + 1]).unwrap_err(), length);
    }
    let not_canonical = Error::Malformed(Malformed::NotCanonical);
    let mut bytes = [0; 16];
    bytes[8] = 64; // 2^70
    assert_eq!(wide.key(&bytes).unwrap_err(), not_canonical);
    let own = wide.scale(&[0xff; 24]).unwrap();
    assert_eq!(wide.open([&power(70)], &own).unwrap_err(), not_canonical);

    // Keys of another modulus: longer, shorter, too large.
    for other in [power(200), power(60), power(71)] {
        let other = WideModulus::new(other).unwrap();
        let key = other.scale(&vec![0xff; other.uniform_len()]).unwrap();
        assert_eq!(wide.round_key(&own, &key, &own).unwrap_err(), bad);
        assert_eq!(wide.group_key([&own, &key]).unwrap_err(), bad);
        assert_eq!(wide.encrypt_vartime(&1.into(), &key).unwrap_err(), bad);
        assert_eq!(wide.open([&1u8.into()], &key).unwrap_err(), bad);
    }
    // Readings that would pass for others if only their low words were looked at.
    let large = misuse(LinkMisuse::ReadingTooLarge);
    for bits in [64, 128, 192] {
        let wide = WideModulus::new(power(bits)).unwrap();
        let key = wide.scale(&vec![1; wide.uniform_len()]).unwrap();
        for reading in [power(bits - 1), power(bits), power(bits) + 1u8, power(bits + 64), power(bits * 2)] {
            let reading = BigInt::from(reading);
            assert_eq!(wide.encrypt_vartime(&reading, &key).unwrap_err(), large);
            assert_eq!(wide.encrypt_vartime(&-reading, &key).unwrap_err(), large);
        }
    }
    assert_eq!(format!("{own:?}"), "WideKey(..)");
}
