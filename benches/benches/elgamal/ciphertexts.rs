//! Encryption, and sums of ciphertexts.

use std::hint::black_box;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::Identity;
use elastic_elgamal::PublicKey;
use elastic_elgamal::group::Ristretto;
use threshold_elgamal::{Ciphertext, EncodedCiphertext, Encryptor};

use super::world::{Committee, READING, rng};
use super::{Bench, row, timed};

type Theirs = elastic_elgamal::Ciphertext<Ristretto>;

/// A u32 to 64 bytes: one, and many in a call.
pub(super) fn encrypt(bench: &mut Bench) {
    let committee = Committee::new(5, 3);
    let (lanes, portable) = (Encryptor::new(committee.key()), Encryptor::without_lanes(committee.key()));
    let (mut ours, mut theirs) = (rng(), rng());
    for count in [1, 32, 64, 1024] {
        let readings: Vec<i64> = (0..count).map(|i| i64::from(READING) + i).collect();
        let mut out = vec![[0; Ciphertext::LEN]; readings.len()];
        let mut encrypt = |with: &Encryptor, rng: &mut _, readings: &[i64]| {
            timed(|| {
                with.encrypt_many(u32::MAX.into(), black_box(readings), &mut out, rng).expect("readings");
                black_box(&mut out);
            })
        };
        let key = committee.theirs().shared_key();
        let mut by_peer = || {
            timed(|| {
                for reading in black_box(&readings) {
                    black_box(key.encrypt(reading.unsigned_abs(), &mut theirs).to_bytes());
                }
            })
        };
        let cell = std::cell::RefCell::new((&mut encrypt, &mut ours));
        let run = |with: &Encryptor| {
            let (encrypt, rng) = &mut *cell.borrow_mut();
            encrypt(with, rng, &readings)
        };
        row(
            bench,
            &format!("encrypt, {count} in a call"),
            readings.len(),
            20_000 / readings.len(),
            [
                ("lanes", &mut || run(&lanes)),
                ("portable", &mut || run(&portable)),
                ("elastic-elgamal", &mut by_peer),
            ],
        );
    }
}

/// Of serialised ciphertexts, each of which is checked.
pub(super) fn sum(bench: &mut Bench) {
    const COUNT: usize = 1024;
    let committee = Committee::new(5, 3);
    let mut encoded = vec![[0; Ciphertext::LEN]; COUNT];
    let readings: Vec<i64> = (0..COUNT as i64).collect();
    let encryptor = Encryptor::new(committee.key());
    encryptor.encrypt_many(COUNT as u64, &readings, &mut encoded, &mut rng()).expect("readings");
    let expected: EncodedCiphertext = with_dalek(&encoded).try_into().expect("64 bytes");
    assert_eq!(Ciphertext::sum_encoded(&encoded).expect("points").to_bytes(), expected);
    assert_eq!(one_by_one(&encoded).to_bytes(), expected);
    assert_eq!(by_elastic(&encoded).to_bytes(), expected.as_slice());
    row(
        bench,
        "sum of serialised ciphertexts, each",
        COUNT,
        30,
        [
            ("lanes", &mut || timed(|| Ciphertext::sum_encoded(black_box(&encoded)).is_ok())),
            ("portable", &mut || timed(|| one_by_one(black_box(&encoded)))),
            ("elastic-elgamal", &mut || timed(|| by_elastic(black_box(&encoded)))),
            ("dalek", &mut || timed(|| with_dalek(black_box(&encoded)))),
        ],
    );
}

fn one_by_one(encoded: &[EncodedCiphertext]) -> Ciphertext {
    let decoded: Vec<Ciphertext> =
        encoded.iter().map(|bytes| Ciphertext::from_bytes(bytes).expect("points")).collect();
    Ciphertext::sum(&decoded)
}

fn by_elastic(encoded: &[EncodedCiphertext]) -> Theirs {
    let point = |bytes| PublicKey::<Ristretto>::from_bytes(bytes).expect("a point").as_element();
    encoded.iter().fold(Theirs::zero(), |sum, bytes| {
        let (r, c) = bytes.split_at(32);
        sum + Theirs::from_elements(point(r), point(c))
    })
}

fn with_dalek(encoded: &[EncodedCiphertext]) -> Vec<u8> {
    let mut sums = [RistrettoPoint::identity(); 2];
    for bytes in encoded {
        for (sum, bytes) in sums.iter_mut().zip(bytes.as_chunks::<32>().0) {
            *sum += CompressedRistretto(*bytes).decompress().expect("a point");
        }
    }
    sums.iter().flat_map(|sum| sum.compress().to_bytes()).collect()
}
