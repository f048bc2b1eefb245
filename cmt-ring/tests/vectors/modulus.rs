//! Other moduli than 2^64: tests/vectors/modulus-v1.json, written by plain Python (tests/ring_vectors/modulus.py).

use std::path::Path;

use cmt_ring::{Modulus, WideModulus};
use meter_link::{PairKey, Round};
use num_bigint::{BigInt, BigUint, Sign};
use serde_json::Value;

fn section(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/modulus-v1.json");
    let rows = super::read(&path)[name].as_array().cloned().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn list<T: std::str::FromStr>(value: &Value) -> Vec<T> {
    let one = |value: &Value| value.as_str().unwrap().parse().ok().unwrap();
    value.as_array().unwrap().iter().map(one).collect()
}

fn one<T: std::str::FromStr>(value: &Value) -> T {
    value.as_str().unwrap().parse().ok().unwrap()
}

fn bytes(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().unwrap().iter().map(|text| hex::decode(text.as_str().unwrap()).unwrap()).collect()
}

#[test]
fn vectors_of_rings_of_other_moduli() {
    assert!(super::ring::whole_rings("modulus-v1.json") >= 4);
}

#[test]
fn vectors_of_residues() {
    for row in section("small") {
        let modulus: u128 = one(&row["modulus"]);
        let modulus = match u64::try_from(modulus) {
            Ok(modulus) => Modulus::new(modulus).unwrap(),
            Err(_) => Modulus::WORD,
        };
        let [a, b, sums, differences, residues, scaled] =
            ["a", "b", "sums", "differences", "residues", "scaled"].map(|name| list::<u64>(&row[name]));
        assert!(!a.is_empty() && a.len() == b.len());
        assert!(a.iter().zip(&b).map(|(a, b)| modulus.add(*a, *b)).eq(sums));
        assert!(a.iter().zip(&b).map(|(a, b)| modulus.sub(*a, *b)).eq(differences));
        let centred: Vec<i64> = list(&row["centred"]);
        assert!(residues.iter().map(|a| modulus.centred(*a)).eq(centred.iter().copied()));
        assert!(centred.iter().map(|n| modulus.of_signed(*n)).eq(residues));
        let uniform = bytes(&row["uniform"]);
        let uniform = uniform.into_iter().map(|bytes| u128::from_le_bytes(bytes.try_into().unwrap()));
        assert!(uniform.map(|bits| modulus.scale(bits)).eq(scaled));
    }
}

#[test]
fn vectors_beyond_2_64() {
    for row in section("wide") {
        let wide = WideModulus::new(one(&row["modulus"])).unwrap();
        assert_eq!(wide.key_len(), usize::try_from(row["key_len"].as_u64().unwrap()).unwrap());
        let number = |key: &cmt_ring::WideKey| BigInt::from_bytes_le(Sign::Plus, &key.to_bytes());
        let [first_keys, delta_values, keys, readings, derived] =
            ["first_keys", "delta_values", "keys", "readings", "derived"]
                .map(|name| list::<BigInt>(&row[name]));
        let scaled = |name: &str| {
            let rows = bytes(&row[name]);
            rows.iter().map(|uniform| wide.scale(uniform).unwrap()).collect::<Vec<_>>()
        };
        let (first, deltas) = (scaled("first"), scaled("deltas"));
        assert!(first.iter().map(number).eq(first_keys));
        assert!(deltas.iter().map(number).eq(delta_values));
        let ciphertexts: Vec<BigUint> = list(&row["ciphertexts"]);
        let n = readings.len();
        assert!([first.len(), deltas.len(), keys.len(), ciphertexts.len()] == [n; 4] && n > 0);
        for i in 0..n {
            let key = wide.round_key(&first[i], &deltas[i], &deltas[(i + n - 1) % n]).unwrap();
            assert_eq!(number(&key), keys[i]);
            assert_eq!(wide.encrypt_vartime(&readings[i], &key).unwrap(), ciphertexts[i]);
        }
        let group_key = wide.group_key(&first).unwrap();
        assert_eq!(number(&group_key), one(&row["group_key"]));
        assert_eq!(wide.open(&ciphertexts, &group_key).unwrap(), one(&row["sum"]));

        let link = PairKey::from_bytes(&super::bytes(&row["link_key"]));
        let round = Round::new(row["round"].as_u64().unwrap()).unwrap();
        let deltas = wide.derive(&link, round, derived.len()).unwrap();
        assert!(deltas.iter().map(number).eq(derived));
    }
}
