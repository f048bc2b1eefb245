//! The vectors of `tests/vectors` that are about what no caller sees: keystreams, samples, transforms, coefficients.

extern crate std;

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use meter_link::pad::{Keystream, Path as PadPath};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::lanes::Path;
use crate::plaintext::{Coefficients, Packing};
use crate::preset::Preset;
use crate::ring::{Prime, Ring};
use crate::scale::Scale;
use crate::{Decrypted, Encoder, sample};

pub(crate) fn read(name: &str) -> Value {
    let text = std::fs::read(std::format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_json::from_slice(&text).unwrap()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    let list = value.as_array().unwrap();
    assert!(!list.is_empty());
    list
}

pub(crate) fn number<T: TryFrom<u64>>(value: &Value) -> T
where
    T::Error: core::fmt::Debug,
{
    value.as_u64().unwrap().try_into().unwrap()
}

fn hash(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn preset(row: &Value) -> Preset {
    Preset::try_from(number::<u8>(&row["preset"])).unwrap()
}

/// Every kernel of this machine.
pub(crate) fn rings(preset: Preset) -> impl Iterator<Item = Arc<Ring>> {
    Path::ALL.into_iter().filter(|path| path.available()).map(move |path| Ring::on(preset, path))
}

fn check<T: Copy>(values: &[T], bytes: impl Fn(T) -> Vec<u8>, expected: &Value, shown: impl Fn(T) -> Value) {
    for (value, expected) in values.iter().zip(list(&expected["first"])) {
        assert_eq!(shown(*value), *expected);
    }
    let all: Vec<u8> = values.iter().flat_map(|value| bytes(*value)).collect();
    assert_eq!(hash(all), expected["sha256"].as_str().unwrap());
}

fn check_residues(values: &[u64], expected: &Value) {
    check(values, |r| r.to_le_bytes().to_vec(), expected, Value::from);
}

fn check_samples(values: &[i8], expected: &Value) {
    check(values, |v| v.to_le_bytes().to_vec(), expected, Value::from);
}

fn check_coefficients(values: &[i128], expected: &Value) {
    check(values, |v| v.to_le_bytes().to_vec(), expected, |v| Value::from(v.to_string()));
}

#[test]
fn keystreams_and_samples() {
    let file = read("streams-v1.json");
    let key: [u8; 32] = hex::decode(file["key"].as_str().unwrap()).unwrap().try_into().unwrap();
    for row in list(&file["keystream"]) {
        for path in PadPath::ALL.into_iter().filter(|path| path.available()) {
            let label = row["label"].as_str().unwrap().parse().unwrap();
            let mut blocks = vec![[0; 64]; number::<usize>(&row["length"]) / 64];
            // In pieces that are no whole number of lanes.
            let mut stream = Keystream::new(&key, label, number(&row["index"]));
            let (first, rest) = blocks.split_at_mut(3);
            stream.fill_on(path, first);
            stream.fill_on(path, rest);
            assert_eq!(hash(blocks.as_flattened()), row["sha256"].as_str().unwrap(), "{path:?}");
        }
    }
    for row in list(&file["uniform"]) {
        let ring = Ring::new(preset(row));
        let prime = ring.prime(number(&row["place"])).unwrap();
        for path in PadPath::ALL.into_iter().filter(|path| path.available()) {
            let mut out = vec![u64::MAX; ring.preset().degree()];
            sample::uniform_on(path, &key, number(&row["label"]), number(&row["index"]), prime.q(), &mut out);
            check_residues(&out, row);
        }
    }
    for (name, draw) in [
        ("ternary", sample::ternary as fn(&[u8; 32], u64, u32, &mut [i8])),
        ("centred", sample::cbd as fn(&[u8; 32], u64, u32, &mut [i8])),
    ] {
        for row in list(&file[name]) {
            let mut out = vec![i8::MAX; number(&row["n"])];
            draw(&key, number(&row["label"]), number(&row["index"]), &mut out);
            check_samples(&out, row);
        }
    }
}

#[test]
fn transforms_and_products() {
    let rows = read("transform-v1.json");
    for row in list(&rows) {
        for ring in rings(preset(row)) {
            let prime: &Prime = ring.prime(number(&row["place"])).unwrap();
            assert_eq!(prime.q(), number::<u64>(&row["q"]));
            let n = ring.preset().degree();
            let start: Vec<u64> = list(&row["repeated"]).iter().cycle().take(n).map(number::<u64>).collect();
            let mut values = start.clone();
            prime.forward(&mut values);
            check_residues(&values, &row["transform"]);
            let mut squared = values.clone();
            prime.mul(&mut squared, &values);
            prime.inverse(&mut squared);
            check_residues(&squared, &row["square"]);
            prime.inverse(&mut values);
            assert_eq!(values, start);
        }
    }
}

/// How far doubles may be from the formula, in units of the largest coefficient: N/2 terms, log₂N rounded steps.
const DOUBLES: f64 = 1.0 / (1u64 << 48) as f64;

#[test]
fn encoder_against_the_definition() {
    let rows = read("encode-v1.json");
    let mut exact = 0;
    for row in list(&rows).iter().filter(|row| !row["repeated"].is_null()) {
        let (preset, packing) = (preset(row), Packing::try_from(number::<u8>(&row["packing"])).unwrap());
        for ring in rings(preset) {
            let encoder = Encoder::new(&ring);
            let values: Vec<f64> = list(&row["repeated"]).iter().map(|v| v.as_f64().unwrap()).collect();
            let values: Vec<f64> = values.into_iter().cycle().take(packing.room(preset)).collect();
            let bits: i16 = number(&row["log_scale"]);
            let scale = Scale::power_of_two(bits);
            let plaintext = match packing {
                Packing::Pairs => encoder.pairs(&values, scale, 3.0).unwrap(),
                _ => encoder.reals(&values, scale, 3.0).unwrap(),
            };
            let made: Vec<i128> = plaintext.coefficients().iter().collect();
            if row["coefficients"].is_object() {
                // None of these is so near to a tie that doubles could round it to the other side.
                assert!(row["nearest_tie"].as_f64().unwrap() > 3.0 * libm::ldexp(DOUBLES, bits.into()));
                check_coefficients(&made, &row["coefficients"]);
                exact += 1;
            } else {
                for pair in list(&row["sampled"]) {
                    let expected: i128 = pair[1].as_str().unwrap().parse().unwrap();
                    let error = (made[number::<usize>(&pair[0])] - expected).unsigned_abs();
                    let most = 0.5 + 3.0 * libm::ldexp(DOUBLES, bits.into());
                    assert!((error as f64) <= most, "{error} where {most} are allowed");
                }
            }
        }
    }
    assert!(exact >= 3);
}

#[test]
fn decoder_against_the_definition() {
    let rows = read("encode-v1.json");
    for row in list(&rows).iter().filter(|row| !row["slots"].is_null()) {
        for ring in rings(preset(row)) {
            let coefficients: Vec<i128> =
                list(&row["polynomial"]).iter().map(|c| c.as_str().unwrap().parse().unwrap()).collect();
            let n = ring.preset().degree();
            let bits: i16 = number(&row["log_scale"]);
            let decrypted = Decrypted {
                preset: ring.preset(),
                packing: Packing::Pairs,
                scale: Scale::power_of_two(bits),
                error: 0.0,
                coefficients: Coefficients::Wide(coefficients.into_iter().cycle().take(n).collect()),
            };
            let made = Encoder::new(&ring).decode(&decrypted).unwrap();
            for slot in list(&row["slots"]) {
                let place: usize = number(&slot[0]);
                for (part, expected) in made[2 * place..][..2].iter().zip(&list(slot)[1..]) {
                    // N coefficients of up to 2^8 each.
                    let most = DOUBLES * 256.0 * n as f64;
                    assert!((part - expected.as_f64().unwrap()).abs() < most);
                }
            }
        }
    }
}
