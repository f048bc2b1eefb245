//! Keys, ciphertexts and everything that is computed with them, to the byte, against `tests/reference`.
//!
//! `WATTSUM_VECTORS=FOLDER`, relative to the workspace root, makes them read other files of that form. What no caller sees
//! (samples, transforms, the encoder's coefficients) is in `src/vectors.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "vectors/evaluate.rs"]
mod evaluate;
#[path = "vectors/file.rs"]
mod file;

use std::convert::Infallible;
use std::sync::Arc;

use ckks_agg::{Ciphertext, Encoder, Error, Malformed, Plaintext, PublicKey, Ring, SecretKey, Total, Use};
use file::{array, assert_bytes, assert_coefficients, list, number, preset, read, rings};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

pub(crate) fn key_of(row: &Value, ring: &Arc<Ring>) -> SecretKey {
    SecretKey::from_seed(ring, &mut array(&row["seed"]), array(&row["public_seed"]))
}

/// Of whole numbers, repeated to the ring's degree where the row says so.
fn plaintext(row: &Value, of: &Value, encoder: &Encoder) -> Plaintext {
    let values: Vec<i64> = list(&of["repeated"]).iter().map(|v| v.as_i64().unwrap()).collect();
    let values: Vec<i64> = values.into_iter().cycle().take(encoder.preset().degree()).collect();
    // The declared bound of the message, without its scale.
    let scale: u32 = number(&row["log_scale"]);
    let most = row["bounds"][0].as_f64().unwrap() / 2f64.powi(scale.try_into().unwrap());
    encoder.integers(&values, scale, most as u64).unwrap()
}

/// It is the expected ciphertext, to the last bit of its bounds.
fn assert_ciphertext(ring: &Arc<Ring>, made: &Ciphertext, key: &SecretKey, expected: &Value) {
    let bytes = made.to_bytes();
    assert_bytes(&bytes, &expected["bytes"]);
    assert_eq!(Ciphertext::from_bytes(ring, &bytes).unwrap(), *made);
    assert_coefficients(&key.decrypt_private(made).unwrap().coefficients(), &expected["decrypted"]);
}

#[test]
fn keys_ciphertexts_and_sums() {
    let rows = read("encrypt-v1");
    for (row, ring) in list(&rows).iter().flat_map(|row| rings(preset(row)).map(move |ring| (row, ring))) {
        let (key, encoder) = (key_of(row, &ring), Encoder::new(&ring));
        let public = key.public_key();
        assert_bytes(&public.to_bytes(), &row["public_key"]);
        assert_eq!(public.id().0, array(&row["key_id"]));
        assert_eq!(PublicKey::from_bytes(&ring, &public.to_bytes()).unwrap().id(), public.id());

        let mut total = Total::new(&ring);
        for expected in list(&row["ciphertexts"]) {
            let plaintext = plaintext(row, expected, &encoder);
            let noise = array(&expected["noise_key"]);
            let made = if expected["public_seed"].is_string() {
                key.encrypt_with(&plaintext, &noise, &array(&expected["public_seed"])).unwrap()
            } else {
                public.encrypt_with(&plaintext, &noise).unwrap()
            };
            assert_ciphertext(&ring, &made, &key, expected);
            total.accept_bytes(&made.to_bytes()).unwrap();
        }
        assert_eq!(total.count(), 4);
        assert_ciphertext(&ring, &total.finish().unwrap(), &key, &row["sum"]);
    }
}

/// A generator that gives the bytes that it was given.
struct Given(Vec<u8>);

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!()
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0[..out.len()]);
        self.0.drain(..out.len());
        Ok(())
    }
}

impl TryCryptoRng for Given {}

/// Noise keys and public seeds come from fresh bytes, a secret, the plaintext and the use in the way that is written down.
#[test]
fn keys_of_an_encryption() {
    let rows = read("encrypt-v1");
    for row in list(&rows) {
        let ring = Ring::new(preset(row));
        let (key, encoder) = (key_of(row, &ring), Encoder::new(&ring));
        let derived = &row["derived"];
        let of = Use {
            meter: number(&derived["meter"]),
            round: number(&derived["round"]),
            counter: number(&derived["counter"]),
        };
        let [r, more] = ["r", "more"].map(|name| array::<32>(&derived[name]));
        let given = || Given([r, more].concat());
        // The last of the file's plaintexts.
        let plaintext = plaintext(row, list(&row["ciphertexts"]).last().unwrap(), &encoder);
        let public = key.public_key();
        let with = |noise: &str| public.encrypt_with(&plaintext, &array(&derived[noise])).unwrap().to_bytes();

        let made = public.encrypt_hedged(&plaintext, &array(&derived["device"]), of, &mut given()).unwrap();
        assert_eq!(made.to_bytes(), with("noise_key"));
        let made = public.encrypt(&plaintext, of, &mut given()).unwrap();
        assert_eq!(made.to_bytes(), with("noise_key_without_device"));
        let made = key.encrypt(&plaintext, of, &mut given()).unwrap();
        let (noise, seed) = (array(&derived["noise_key_of_the_secret"]), array(&derived["public_seed"]));
        assert_eq!(made.to_bytes(), key.encrypt_with(&plaintext, &noise, &seed).unwrap().to_bytes());
    }
}

#[test]
fn bytes_that_are_no_ciphertext() {
    let (rows, bad) = (read("encrypt-v1"), read("bad_ciphertexts"));
    let mut seen = 0;
    for row in list(&rows) {
        let ring = Ring::new(preset(row));
        let (key, encoder) = (key_of(row, &ring), Encoder::new(&ring));
        for (number, expected) in list(&row["ciphertexts"]).iter().enumerate() {
            let plaintext = plaintext(row, expected, &encoder);
            let noise = array(&expected["noise_key"]);
            let made = match expected["public_seed"].as_str() {
                Some(_) => key.encrypt_with(&plaintext, &noise, &array(&expected["public_seed"])),
                None => key.public_key().encrypt_with(&plaintext, &noise),
            };
            let good = made.unwrap().to_bytes();
            for bad in
                list(&bad).iter().filter(|bad| bad["preset"] == row["name"] && bad["ciphertext"] == number)
            {
                let error = Ciphertext::from_bytes(&ring, &changed(&good, bad)).unwrap_err();
                let Error::Malformed(fault) = error else { panic!("{}: {error}", bad["name"]) };
                let fault = match fault {
                    Malformed::NotReduced { prime } => format!("NotReduced {prime}"),
                    Malformed::Truncated { .. } => "Truncated".into(),
                    other => format!("{other:?}"),
                };
                assert_eq!(fault, bad["fault"].as_str().unwrap(), "{}", bad["name"]);
                let mut total = Total::new(&ring);
                total.accept_bytes(&good).unwrap();
                assert_eq!(total.accept_bytes(&changed(&good, bad)), Err(error), "{}", bad["name"]);
                assert_eq!(total.count(), 1);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, list(&bad).len());
}

fn changed(good: &[u8], bad: &Value) -> Vec<u8> {
    let mut bytes = good.to_vec();
    if let Some(put) = bad["put"].as_str() {
        let put = hex::decode(put).unwrap();
        bytes[number::<usize>(&bad["at"])..][..put.len()].copy_from_slice(&put);
    }
    if bad["keep"].is_u64() {
        bytes.truncate(number(&bad["keep"]));
    }
    if let Some(more) = bad["more"].as_str() {
        bytes.extend(hex::decode(more).unwrap());
    }
    assert_ne!(bytes, good);
    bytes
}
