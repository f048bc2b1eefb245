//! The equality proof: RFC 9497's vectors byte for byte, and what it refuses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use proptest::prelude::*;
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{Error, Fault};

const DOMAIN: &[&[u8]] = &[b"OPRFV1-", &[1], b"-ristretto255-SHA512"];

fn bytes<const N: usize>(value: &serde_json::Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn scalar(value: &serde_json::Value) -> Scalar {
    Scalar::from_canonical_bytes(bytes(value)).unwrap()
}

fn points(value: &serde_json::Value) -> Vec<Encoded> {
    value.as_array().unwrap().iter().map(|point| Encoded::from_bytes(&bytes(point)).unwrap()).collect()
}

#[test]
fn vectors_of_rfc_9497() {
    let file: serde_json::Value = serde_json::from_str(include_str!("vectors/rfc9497.json")).unwrap();
    let (secret, public) = (scalar(&file["secret"]), Encoded::from_bytes(&bytes(&file["public"])).unwrap());
    assert_eq!(RistrettoPoint::mul_base(&secret), *public.point());
    let proofs = file["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 3);
    for vector in proofs {
        let (inputs, outputs) = (points(&vector["inputs"]), points(&vector["outputs"]));
        let statement = Statement { domain: DOMAIN, public: &public, inputs: &inputs, outputs: &outputs };
        let expected = bytes(&vector["proof"]);
        let proof = Equality::prove(&statement, &secret, &scalar(&vector["nonce"])).unwrap();
        assert_eq!(proof.to_bytes(), expected);
        let parsed = Equality::from_bytes(&expected).unwrap();
        assert_eq!((parsed, parsed.verify(&statement)), (proof, Ok(())));
    }
}

/// What cannot be hashed or multiplied is refused, by who proves and who checks, and does not panic.
#[test]
fn statements_that_are_none() {
    let secret = Scalar::from(7u8);
    let point = Encoded::from(RistrettoPoint::mul_base(&secret));
    let good = Statement { domain: DOMAIN, public: &point, inputs: &[point], outputs: &[point] };
    let proof = Equality::prove(&good, &secret, &secret).unwrap();
    let many = vec![point; 65_536];
    for bad in [
        Statement { outputs: &[], ..good },
        Statement { inputs: &[point; 2], ..good },
        Statement { inputs: &many, outputs: &many, ..good },
        Statement { domain: &[&[0; 231]], ..good },
    ] {
        let refused = Error::from(meter_link::Misuse::WrongLength);
        assert_eq!(Equality::prove(&bad, &secret, &secret), Err(refused));
        assert_eq!(proof.verify(&bad), Err(Fault::BadEquality));
    }
    assert!(Equality::prove(&Statement { domain: &[&[0; 230]], ..good }, &secret, &secret).is_ok());
}

#[test]
fn doubles_are_those_of_addition() {
    let points: Vec<RistrettoPoint> = (0..9u8).map(|n| RistrettoPoint::mul_base(&Scalar::from(n))).collect();
    let expected: Vec<Encoded> = points.iter().map(|point| (point + point).into()).collect();
    assert_eq!(Encoded::doubles(&points), expected);
    assert_eq!(Encoded::doubles(&[]), []);
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    any::<[u8; 64]>().prop_map(|wide| Scalar::from_bytes_mod_order_wide(&wide))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn holds_for_this_statement_only(
        secret in any_scalar(), nonce in any_scalar(), of in prop::collection::vec(any_scalar(), 1..6),
        place in any::<prop::sample::Index>(),
    ) {
        let public = Encoded::from(RistrettoPoint::mul_base(&secret));
        let inputs: Vec<Encoded> = of.iter().map(|r| RistrettoPoint::mul_base(r).into()).collect();
        let outputs: Vec<Encoded> = inputs.iter().map(|input| (secret * input.point()).into()).collect();
        let statement = Statement { domain: DOMAIN, public: &public, inputs: &inputs, outputs: &outputs };
        let proof = Equality::prove(&statement, &secret, &nonce).unwrap();
        prop_assert_eq!(proof.verify(&statement), Ok(()));

        let bad = Err(Fault::BadEquality);
        let place = place.index(of.len());
        let mut other = outputs.clone();
        other[place] = (other[place].point() + RistrettoPoint::mul_base(&Scalar::ONE)).into();
        prop_assert_eq!(proof.verify(&Statement { outputs: &other, ..statement }), bad);
        prop_assert_eq!(proof.verify(&Statement { inputs: &other, ..statement }), bad);
        prop_assert_eq!(proof.verify(&Statement { public: &outputs[0], ..statement }), bad);
        prop_assert_eq!(proof.verify(&Statement { domain: &[b"elsewhere"], ..statement }), bad);
        prop_assert_eq!(proof.verify(&Statement { outputs: &outputs[1..], ..statement }), bad);
        // Errors that cancel in the plain sum do not cancel under weights.
        if of.len() > 1 {
            let (mut swapped, shift) = (outputs.clone(), RistrettoPoint::mul_base(&nonce));
            swapped[0] = (swapped[0].point() + shift).into();
            swapped[1] = (swapped[1].point() - shift).into();
            prop_assert_eq!(proof.verify(&Statement { outputs: &swapped, ..statement }), bad);
        }
        for bit in 0..Equality::LEN * 8 {
            let mut flipped = proof.to_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let refused = Equality::from_bytes(&flipped).and_then(|proof| proof.verify(&statement));
            prop_assert!(matches!(refused, Err(Fault::BadEquality | Fault::NotAScalar)));
        }
    }
}
