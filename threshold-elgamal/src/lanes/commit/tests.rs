//! Against curve25519-dalek.

use alloc::vec;
use alloc::vec::Vec;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::*;
use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::keys::GroupKey;
use crate::lanes::Encryption;

/// Scalars all over, and those with many digits alike.
fn scalars(count: u64) -> impl Iterator<Item = Scalar> + Clone {
    let first = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(2u8).invert()];
    let alike = [0x77u8, 0x88, 0x10, 0x0f].map(|byte| Scalar::from_bytes_mod_order([byte; 32]));
    first.into_iter().chain(alike).chain((2..count).map(|n| Scalar::from(n).invert()))
}

#[test]
fn agree_with_dalek() {
    let key = RistrettoPoint::mul_base(&Scalar::from(5u8).invert());
    let group_key = GroupKey::new(key.compress().to_bytes(), [0; 32]).unwrap();
    let Some(tables) = Encryption::new(&group_key) else { return };
    let of = |n: u64| RistrettoPoint::mul_base(&Scalar::from(n));
    let points: Vec<Ciphertext> = (0..90).map(|n| Ciphertext { r: of(n), c: of(1000 + n * n) }).collect();
    let mut encoded: Vec<EncodedCiphertext> = points.iter().map(Ciphertext::to_bytes).collect();
    encoded[20][..32].fill(0xff);
    encoded[77][32..].fill(1);
    let three = scalars(90).zip(scalars(90).skip(3).cycle()).zip(scalars(90).skip(7).cycle());
    let answers: Vec<Answers<'_>> = encoded
        .iter()
        .zip(three)
        .map(|(ciphertext, ((challenge, of_blinding), of_reading))| Answers {
            ciphertext,
            challenge,
            of_blinding,
            of_reading,
        })
        .collect();
    for count in [0, 1, 7, 8, 9, 64, 65, 90] {
        let got = tables.commitments(&answers[..count]);
        let expected = answers[..count].iter().zip(&points).enumerate().map(|(place, (answers, point))| {
            let Answers { challenge, of_blinding, of_reading, .. } = answers;
            let first = of_blinding * RISTRETTO_BASEPOINT_POINT - challenge * point.r;
            let second = of_reading * RISTRETTO_BASEPOINT_POINT + of_blinding * key - challenge * point.c;
            let pair = [first, second].map(|commitment| commitment.compress().to_bytes());
            (![20, 77].contains(&place)).then_some(pair)
        });
        assert_eq!(got, expected.collect::<Vec<_>>(), "{count}");
    }
    assert_eq!(tables.commitments(&vec![answers[20]; 3]), [None; 3]);
}
