//! Against one ciphertext after the other.

use alloc::vec::Vec;

use curve25519_dalek::traits::Identity;
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::super::x86::Ifma;
use super::*;
use crate::ciphertext::Ciphertext;

fn some(count: u64) -> Vec<EncodedCiphertext> {
    let point = |n: u64| RistrettoPoint::mul_base(&Scalar::from(n));
    (1..=count).map(|n| Ciphertext { r: point(n), c: point(n.pow(2).wrapping_sub(1)) }.to_bytes()).collect()
}

fn one_by_one(encoded: &[EncodedCiphertext]) -> Result<[[u8; 32]; 2], (usize, Fault)> {
    let zero = Ciphertext { r: RistrettoPoint::identity(), c: RistrettoPoint::identity() };
    let mut sum = zero;
    for (place, one) in encoded.iter().enumerate() {
        let one = Ciphertext::from_bytes(one).map_err(|fault| (place, fault))?;
        sum = Ciphertext::sum([&sum, &one]);
    }
    let (r, c) = split(&sum.to_bytes());
    Ok([r, c])
}

fn check(encoded: &[EncodedCiphertext]) {
    let expected = one_by_one(encoded);
    if let Some(ifma) = Ifma::detect() {
        assert_eq!(ifma.sum(encoded), expected);
    }
    let (sum, expected) = (Ciphertext::sum_encoded(encoded), expected.map(|[r, c]| [r, c].concat()));
    assert_eq!(sum.map(|sum| sum.to_bytes().to_vec()), expected);
}

#[test]
fn any_number() {
    let all = some(33);
    for count in (0..=18).chain([24, 31, 32, 33]) {
        check(&all[..count]);
    }
}

#[test]
fn the_first_that_is_refused_is_told() {
    let mut all = some(20);
    let spoil = |all: &mut Vec<EncodedCiphertext>, place: usize, half: usize, bytes: [u8; 32]| {
        all[place][32 * half..32 * (half + 1)].copy_from_slice(&bytes);
    };
    for (place, half, bytes, fault) in [
        (19, 1, [1; 32], Fault::NotAPoint),
        (17, 0, [0; 32], Fault::IdentityPoint),
        (15, 0, [0xff; 32], Fault::NotAPoint),
        (14, 0, [0; 32], Fault::IdentityPoint),
        (14, 1, [0xff; 32], Fault::NotAPoint),
        (3, 0, [0; 32], Fault::IdentityPoint),
        (0, 1, [3; 32], Fault::NotAPoint),
    ] {
        spoil(&mut all, place, half, bytes);
        check(&all);
        assert_eq!(Ciphertext::sum_encoded(&all).unwrap_err(), (place, fault));
    }
}
