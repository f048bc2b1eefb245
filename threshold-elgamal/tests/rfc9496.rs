//! The vectors of RFC 9496, through [`Ciphertext::from_bytes`] and through sums of encoded ciphertexts, which
//! decode eight at a time.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use curve25519_dalek::{RistrettoPoint, Scalar};
use serde_json::Value;
use threshold_elgamal::{Ciphertext, EncodedCiphertext, Fault};

fn list(name: &str) -> Vec<[u8; 32]> {
    let file: Value = serde_json::from_str(include_str!("vectors/rfc9496.json")).unwrap();
    let all = file[name].as_array().unwrap();
    all.iter().map(|text| hex::decode(text.as_str().unwrap()).unwrap().try_into().unwrap()).collect()
}

fn joined(first: &[u8; 32], second: &[u8; 32]) -> EncodedCiphertext {
    [*first, *second].as_flattened().try_into().unwrap()
}

fn multiple(factor: u64) -> [u8; 32] {
    RistrettoPoint::mul_base(&Scalar::from(factor)).compress().to_bytes()
}

#[test]
fn multiples_of_the_generator() {
    let multiples = list("multiples_of_the_generator");
    assert_eq!(multiples.len(), 16);
    let mut all = Vec::new();
    for ((number, encoding), other) in (0u64..).zip(&multiples).zip(multiples.iter().rev()) {
        assert_eq!(*encoding, multiple(number));
        match number {
            0 => assert_eq!(Ciphertext::from_bytes(&joined(encoding, other)), Err(Fault::IdentityPoint)),
            _ => all.push(joined(encoding, other)),
        }
        // n·(1, 2) for each length there is: the last lanes are never the same
        let sum = Ciphertext::sum_encoded(&all).unwrap();
        let (r, c) = ((0..=number).sum(), (0..number).map(|n| 14 - n).sum());
        assert_eq!(sum.to_bytes(), joined(&multiple(r), &multiple(c)));
    }
    let refused = [all[..9].to_vec(), vec![joined(&multiples[0], &multiples[1])]].concat();
    assert_eq!(Ciphertext::sum_encoded(&refused), Err((9, Fault::IdentityPoint)));
}

#[test]
fn invalid_encodings() {
    let base = multiple(1);
    let invalid = list("invalid_encodings");
    assert_eq!(invalid.len(), 29);
    for (number, encoding) in invalid.iter().enumerate() {
        for pair in [joined(encoding, &base), joined(&base, encoding)] {
            assert_eq!(Ciphertext::from_bytes(&pair), Err(Fault::NotAPoint));
            // In each lane once, and where there are too few for lanes.
            for count in [1, 20] {
                let mut all = vec![joined(&base, &base); count];
                let place = number % count;
                all[place] = pair;
                assert_eq!(Ciphertext::sum_encoded(&all), Err((place, Fault::NotAPoint)));
            }
        }
    }
}
