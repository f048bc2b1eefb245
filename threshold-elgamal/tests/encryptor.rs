//! Many readings at once give what one reading at a time gives, in lanes and without.
#![cfg(all(feature = "alloc", feature = "tables"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{RistrettoPoint, Scalar};
use proptest::prelude::*;
use threshold_elgamal::{Blinding, Ciphertext, EncodedCiphertext, Encryptor, Error, GroupKey};

fn key(secret: u64) -> GroupKey {
    let point = RistrettoPoint::mul_base(&Scalar::from(secret).invert());
    GroupKey::new(point.compress().to_bytes(), [7; 32]).unwrap()
}

fn encryptors(key: &GroupKey) -> [Encryptor; 2] {
    [Encryptor::new(key), Encryptor::without_lanes(key)]
}

fn blinding(scalar: &Scalar) -> Blinding {
    Blinding::from_bytes(&mut scalar.to_bytes()).unwrap()
}

/// Scalars whose digits to base 32 are 0, 15, 16, 31 in many places; the largest; small ones.
fn edges() -> Vec<Scalar> {
    let digits =
        |digit: u8| (0..50).fold(Scalar::ZERO, |sum, _| sum * Scalar::from(32u8) + Scalar::from(digit));
    let mut all: Vec<Scalar> = [1, 15, 16, 17, 30, 31].map(digits).to_vec();
    all.extend((1..40u8).map(Scalar::from));
    all.extend((1..5u8).map(|n| -Scalar::from(n)));
    all.push(-digits(16));
    all.push(Scalar::from(2u8).invert());
    all
}

fn check(max: u64, readings: &[i64], scalars: &[Scalar], key: &GroupKey, encryptors: &[Encryptor]) {
    let blindings: Vec<Blinding> = scalars.iter().map(blinding).collect();
    let expected: Vec<EncodedCiphertext> = readings
        .iter()
        .zip(&blindings)
        .map(|(reading, blinding)| Ciphertext::encrypt(key, *reading, blinding).to_bytes())
        .collect();
    for encryptor in encryptors {
        let mut out = vec![[0; 64]; readings.len()];
        encryptor.encrypt_many_with(max, readings, &blindings, &mut out).unwrap();
        assert_eq!(out, expected);
    }
}

#[test]
fn edges_of_scalars_and_readings() {
    let key = key(3);
    let encryptors = encryptors(&key);
    let scalars = edges();
    for (max, some) in [
        (u64::MAX, vec![0, 1, -1, i64::MAX, i64::MIN, 0x1084_2108_4210_8421, -16]),
        (u64::from(u32::MAX), vec![0, i64::from(u32::MAX), -i64::from(u32::MAX), 15, -17]),
        (1, vec![0, 1, -1]),
        (0, vec![0]),
    ] {
        let readings: Vec<i64> = some.iter().copied().cycle().take(scalars.len()).collect();
        check(max, &readings, &scalars, &key, &encryptors);
    }
    for bits in 1..64 {
        let max = u64::MAX >> (64 - bits);
        let readings = [max as i64, -(max as i64), 0, 1, -1];
        check(max, &readings, &scalars[..5], &key, &encryptors);
    }
}

#[test]
fn any_number() {
    let key = key(5);
    let encryptors = encryptors(&key);
    for count in [0usize, 1, 7, 8, 9, 63, 64, 65, 130] {
        let readings: Vec<i64> = (0..count as i64).map(|n| n * n - 50).collect();
        let scalars: Vec<Scalar> = (1..=count as u64).map(|n| Scalar::from(n).invert()).collect();
        check(1 << 20, &readings, &scalars, &key, &encryptors);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn agrees_with_one_at_a_time(
        secret in 1u64..,
        rows in prop::collection::vec((any::<i64>(), any::<[u8; 32]>()), 1..20),
        bits in 1u32..=64,
    ) {
        let key = key(secret);
        let readings: Vec<i64> = rows.iter().map(|(reading, _)| if bits == 64 { *reading } else { reading >> (64 - bits) }).collect();
        let scalars: Vec<Scalar> = rows.iter().map(|(_, bytes)| Scalar::from_bytes_mod_order(*bytes)).collect();
        prop_assume!(scalars.iter().all(|scalar| *scalar != Scalar::ZERO));
        check(u64::MAX >> (64 - bits), &readings, &scalars, &key, &encryptors(&key));
    }
}

/// The drawn blindings: the same bytes on both paths from one seed, open to the key's owner, and no two alike.
#[test]
fn drawn_blindings() {
    let secret = Scalar::from(11u64).invert();
    let key = key(11);
    let readings: Vec<i64> = [250, 250, -3, 0].repeat(20);
    let made = encryptors(&key).map(|encryptor| {
        let mut out = vec![[0; 64]; readings.len()];
        encryptor.encrypt_many(1000, &readings, &mut out, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        out
    });
    assert_eq!(made[0], made[1]);
    let mut seen = std::collections::BTreeSet::new();
    for (encoded, reading) in made[0].iter().zip(&readings) {
        let one = Ciphertext::from_bytes(encoded).unwrap();
        let size = RistrettoPoint::mul_base(&Scalar::from(reading.unsigned_abs()));
        let clear = if *reading < 0 { RistrettoPoint::identity() - size } else { size };
        assert_eq!(one.c() - secret * one.r(), clear);
        assert!(seen.insert(encoded[..32].to_vec()));
    }
    // A generator that repeats does not let two readings share a blinding.
    let mut out = [[0; 64]; 1];
    let [lanes, _] = encryptors(&key);
    lanes.encrypt_many(1000, &[251], &mut out, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    assert!(seen.insert(out[0][..32].to_vec()));
}

#[test]
fn misuse_writes_nothing() {
    let key = key(2);
    let wrong_length = Error::from(meter_link::Misuse::WrongLength);
    let too_large = Error::from(meter_link::Misuse::ReadingTooLarge);
    for encryptor in encryptors(&key) {
        let mut out = [[9; 64]; 3];
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let blindings = [1u8, 2].map(|n| blinding(&Scalar::from(n)));
        assert_eq!(encryptor.encrypt_many(10, &[1, 2], &mut out, rng), Err(wrong_length));
        for readings in [[1, 11, 2], [0, 0, -11], [i64::MIN, 0, 0]] {
            assert_eq!(encryptor.encrypt_many(10, &readings, &mut out, rng), Err(too_large));
        }
        assert_eq!(encryptor.encrypt_many_with(10, &[1, 2, 3], &blindings, &mut out), Err(wrong_length));
        assert_eq!(encryptor.encrypt_many_with(1, &[1, 2], &blindings, &mut out[..2]), Err(too_large));
        assert_eq!(out, [[9; 64]; 3]);
        assert_eq!(encryptor.key(), &key);
        assert!(format!("{encryptor:?}").starts_with("Encryptor(GroupKey"));
    }
}
