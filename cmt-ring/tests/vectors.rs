//! Vectors of the reference: the arithmetic, and whole rings with every frame.
//!
//! `WATTSUM_VECTORS=FILE`, relative to the workspace root, makes the arithmetic's test read another file of the
//! form of tests/vectors/cmt-v1.json (the sections `cmt` and `shuffle` of the reference's vectors).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "vectors/claims.rs"]
mod claims;
#[path = "vectors/heal.rs"]
mod heal;
#[path = "vectors/licences.rs"]
mod licences;
#[path = "vectors/modulus.rs"]
mod modulus;
#[path = "vectors/ring.rs"]
mod ring;
#[path = "vectors/states.rs"]
mod states;

use std::path::Path;

use cmt_ring::key;
use cmt_ring::order::Order;
use meter_link::{PairKey, Round};
use serde_json::Value;

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn vectors() -> Value {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("WATTSUM_VECTORS") {
        Some(file) => read(&here.join("..").join(file)),
        None => read(&here.join("tests/vectors/cmt-v1.json")),
    }
}

/// The rows of a section, of which there must be some.
fn section(name: &str) -> Vec<Value> {
    let rows = vectors()[name].as_array().cloned().unwrap_or_default();
    assert!(!rows.is_empty(), "no section {name}");
    rows
}

fn unsigned(row: &Value) -> Vec<u64> {
    row.as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect()
}

fn signed(row: &Value) -> Vec<i64> {
    row.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect()
}

fn bytes(row: &Value) -> [u8; 32] {
    hex::decode(row.as_str().unwrap()).unwrap().try_into().unwrap()
}

#[test]
fn vectors_of_the_arithmetic() {
    for row in section("cmt") {
        let [first, deltas, keys, ciphertexts] =
            ["first_keys", "deltas", "keys", "ciphertexts"].map(|name| unsigned(&row[name]));
        let readings = signed(&row["readings"]);
        let n = first.len();
        assert!(n > 0 && [&deltas, &keys, &ciphertexts].iter().all(|list| list.len() == n));
        assert_eq!(readings.len(), n);
        for i in 0..n {
            let before = (i + n - 1) % n;
            assert_eq!(key::round_key(first[i], deltas[i], deltas[before]), keys[i]);
            assert_eq!(key::encrypt(readings[i], keys[i]), ciphertexts[i]);
        }
        let group_key = row["group_key"].as_u64().unwrap();
        assert_eq!(first.iter().fold(0u64, |sum, k| sum.wrapping_add(*k)), group_key);
        let sum = row["sum"].as_i64().unwrap();
        assert_eq!(key::open(ciphertexts.iter().copied(), group_key), sum);
        assert_eq!(readings.iter().sum::<i64>(), sum);

        let link = PairKey::from_bytes(&bytes(&row["link_key"]));
        let round = Round::new(row["round"].as_u64().unwrap()).unwrap();
        let mut delta = [0];
        key::derived_delta(&link, round, &mut delta);
        assert_eq!(delta[0], row["derived_delta"].as_u64().unwrap());
    }
}

#[test]
fn vectors_of_the_shuffle() {
    for row in section("shuffle") {
        let mapping = unsigned(&row["mapping"]);
        let count = u32::try_from(row["count"].as_u64().unwrap()).unwrap();
        assert_eq!(mapping.len(), count as usize);
        let order = Order::from_seed(bytes(&row["seed"]), count);
        for (rank, place) in (0..).zip(mapping) {
            let place = u32::try_from(place).unwrap();
            assert_eq!(order.place(rank), Ok(place));
            assert_eq!(order.rank(place), Ok(rank));
        }
    }
}
