//! Products, rotations and divisions.

use std::sync::Arc;

use ckks_agg::{Ciphertext, Encoder, Evaluator, Packing, Ring, SecretKey};
use serde_json::Value;

use super::file::{array, assert_bytes, assert_coefficients, list, number, preset, read, rings};
use super::key_of;

/// The file's ciphertext: of whole numbers as coefficients, which its header calls reals, since those have no products.
fn start(row: &Value, ring: &Arc<Ring>, key: &SecretKey) -> Ciphertext {
    let values: Vec<i64> = list(&row["values"]).iter().map(|v| v.as_i64().unwrap()).collect();
    let plaintext = Encoder::new(ring).integers(&values, number(&row["log_scale"]), 1 << 8).unwrap();
    let mut bytes = key.public_key().encrypt_with(&plaintext, &array(&row["noise_key"])).unwrap().to_bytes();
    bytes[4] = Packing::Reals as u8;
    assert_bytes(&bytes, &row["start"]["bytes"]);
    Ciphertext::from_bytes(ring, &bytes).unwrap()
}

fn assert_same(key: &SecretKey, made: &Ciphertext, expected: &Value) {
    assert_bytes(&made.to_bytes(), &expected["bytes"]);
    assert_coefficients(&key.decrypt_private(made).unwrap().coefficients(), &expected["decrypted"]);
    if expected["scale"].is_array() {
        assert_eq!(u64::from(made.level()), expected["level"].as_u64().unwrap());
        let (log2, primes, times) = made.scale().parts();
        assert_eq!(serde_json::json!([log2, primes, times]), expected["scale"]);
    }
}

/// All keys of a row, in the list's order: the relinearisation key has number 0, those of substitutions count from 1.
fn evaluator(row: &Value, key: &SecretKey) -> Evaluator {
    let (seed, switching) = (array(&row["seed"]), array(&row["switching_seed"]));
    let rotations = list(&row["rotations"]).iter().map(|rotation| number(&rotation["g"]));
    let relinearisation = row["relinearisation_key"].is_array().then_some(0);
    let elements: Vec<u32> = relinearisation.into_iter().chain(rotations).collect();
    let keys = key.switching_keys_with(&elements, &seed, &switching).unwrap();
    if let Some(pairs) = row["relinearisation_key"].as_array() {
        let bytes = keys.to_bytes();
        // After the list's header and the key's, b for each digit; a is made from the seed.
        let mut rest = &bytes[22 + 39..];
        for pair in pairs {
            let (b, after) = rest.split_at(number(&pair["b"]["length"]));
            assert_bytes(b, &pair["b"]);
            rest = after;
        }
    }
    Evaluator::new(key.public_key()).with_keys(Arc::new(keys)).unwrap()
}

#[test]
fn products_rotations_and_divisions() {
    let rows = read("evaluate-v1");
    for (row, ring) in list(&rows).iter().flat_map(|row| rings(preset(row)).map(move |ring| (row, ring))) {
        let key = key_of(row, &ring);
        let start = start(row, &ring, &key);
        assert_same(&key, &start, &row["start"]);
        let mut e = evaluator(row, &key);
        if row["square"].is_object() {
            let mut made = start.clone();
            e.square_wide(&mut made).unwrap();
            assert_same(&key, &made, &row["square"]);
            e.relinearise(&mut made).unwrap();
            assert_same(&key, &made, &row["relinearised"]);
            e.rescale(&mut made).unwrap();
            assert_same(&key, &made, &row["rescaled"]);
            if row["fourth_power"].is_object() {
                e.square(&mut made).unwrap();
                e.rescale(&mut made).unwrap();
                assert_same(&key, &made, &row["fourth_power"]);
            }
            // The product with itself, as a product of two.
            let mut made = start.clone();
            e.multiply(&mut made, &start).unwrap();
            assert_same(&key, &made, &row["relinearised"]);
            let mut made = start.clone();
            e.rescale(&mut made).unwrap();
            assert_same(&key, &made, &row["rescaled_fresh"]);
        }
        for rotation in list(&row["rotations"]) {
            for level in ["top", "last_prime"] {
                let expected = &rotation[level];
                if expected.is_null() {
                    continue;
                }
                let mut made = start.clone();
                if level == "last_prime" {
                    e.drop_to(&mut made, 0).unwrap();
                }
                match rotation["steps"].as_i64() {
                    Some(steps) => e.rotate(&mut made, steps.try_into().unwrap()).unwrap(),
                    None => e.conjugate(&mut made).unwrap(),
                }
                assert_same(&key, &made, expected);
            }
        }
    }
}
