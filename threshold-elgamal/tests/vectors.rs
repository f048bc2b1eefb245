//! Section `elgamal` of the reference vectors: keys, ciphertexts, proofs, sums, decryption shares; and the
//! vectors of RFC 9496.
//!
//! `WATTSUM_VECTORS=FILE`, relative to the workspace root, makes the first read another file of that form.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/shares.rs"]
mod shares;

use std::collections::BTreeMap;
use std::path::Path;

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Threshold;
use meter_link::{Context, PartyId, Round};
use serde_json::Value;
use threshold_elgamal::{
    Blinding, CheckedShare, Ciphertext, DlogTable, Fault, GroupKey, KeySet, Knowledge, Place, SecretShare,
    combine,
};

fn read(name: &str) -> Value {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    parse(&own)
}

fn parse(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn reference() -> Value {
    match std::env::var_os("WATTSUM_VECTORS") {
        Some(path) => parse(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)),
        None => read("elgamal-v1.json"),
    }
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn blinding(value: &Value) -> Blinding {
    Blinding::from_bytes(&mut bytes(value)).unwrap()
}

/// `{number: value}`, ascending.
fn numbered(value: &Value) -> BTreeMap<u8, &Value> {
    value.as_object().unwrap().iter().map(|(number, v)| (number.parse().unwrap(), v)).collect()
}

#[test]
fn elgamal_vectors() {
    let file = reference();
    let rows = list(&file["elgamal"]);
    assert!(!rows.is_empty());
    let table = DlogTable::build(8).unwrap();
    for row in rows {
        let (keys, key) = check_keys(row);
        let sum = Ciphertext::sum(&check_ciphertexts(row, &key));
        let [r, c] = [0, 1].map(|i| bytes::<32>(&row["sum_ciphertext"][i]));
        assert_eq!(sum.to_bytes().as_chunks::<32>().0, [r, c]);

        let shares = check_shares(row, &keys, &sum);
        assert_eq!(shares.len() as u64, row["threshold"].as_u64().unwrap());
        let total: i64 = row["sum"].as_i64().unwrap();
        assert_eq!(total, list(&row["readings"]).iter().map(|m| m.as_i64().unwrap()).sum::<i64>());
        let opened = combine(&keys, &sum, &shares).unwrap();
        let bound = 250 * list(&row["readings"]).len() as i64;
        assert_eq!(table.solve(&opened, -bound..=bound), Ok(total));
    }
}

/// The key set from the secret shares, and its group key with the file's hash of it.
fn check_keys(row: &Value) -> (KeySet, GroupKey) {
    let shares = numbered(&row["secret_shares"]);
    let count = |n: u64| u8::try_from(n).unwrap();
    let (n, t) = (count(shares.len() as u64), count(row["threshold"].as_u64().unwrap()));
    assert!(shares.keys().copied().eq(1..=n));
    let members: Vec<[u8; 32]> = shares
        .iter()
        .map(|(number, share)| SecretShare::from_bytes(*number, &mut bytes(share)).unwrap().public())
        .collect();
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(n, t).unwrap();
    // As it was stored: the dealer is trusted where all n open, too.
    let stored = [&[1, n, t][..], members.as_flattened()].concat();
    let keys = KeySet::from_bytes(threshold, &stored).unwrap();
    assert_eq!(KeySet::new(threshold, &members).is_ok(), t < n);
    let encoding = bytes(&row["group_key"]);
    assert_eq!(*keys.group_key().encoding(), encoding);
    (keys, GroupKey::new(encoding, bytes(&row["key_set"])).unwrap())
}

fn check_ciphertexts(row: &Value, key: &GroupKey) -> Vec<Ciphertext> {
    let ids = list(&row["ids"]);
    for column in ["readings", "blinds", "nonces", "knowledge", "ciphertexts"] {
        assert_eq!(list(&row[column]).len(), ids.len(), "{column}");
    }
    let one = |i: usize| {
        let reading = row["readings"][i].as_i64().unwrap();
        let r = blinding(&row["blinds"][i]);
        let ciphertext = Ciphertext::encrypt(key, reading, &r);
        let encoded = ciphertext.to_bytes();
        let [first, second] = [0, 1].map(|half| bytes::<32>(&row["ciphertexts"][i][half]));
        assert_eq!(encoded.as_chunks::<32>().0, [first, second]);
        assert_eq!(Ciphertext::from_bytes(&encoded), Ok(ciphertext));

        let context = Context(bytes(&row["context"]));
        let round = Round::new(row["round"].as_u64().unwrap()).unwrap();
        let id = PartyId(ids[i].as_u64().unwrap().try_into().unwrap());
        let place = Place { context: &context, round, id, channel: 0 };
        let nonces = [0, 1].map(|which| blinding(&row["nonces"][i][which]));
        let [of_r, of_m] = &nonces;
        let made = Knowledge::prove(&place, key, &encoded, reading, &r, [of_r, of_m]);
        assert_eq!(made.to_bytes(), bytes(&row["knowledge"][i]));
        let read = Knowledge::from_bytes(&bytes(&row["knowledge"][i])).unwrap();
        assert_eq!(read.verify(&place, key, &encoded), Ok(()));
        let elsewhere = Place { channel: 1, ..place };
        assert_eq!(read.verify(&elsewhere, key, &encoded), Err(Fault::BadKnowledge));
        ciphertext
    };
    (0..ids.len()).map(one).collect()
}

fn check_shares(row: &Value, keys: &KeySet, sum: &Ciphertext) -> Vec<CheckedShare> {
    let secrets = numbered(&row["secret_shares"]);
    let one = |(number, expected): (u8, &Value)| {
        let secret = SecretShare::from_bytes(number, &mut bytes(secrets[&number])).unwrap();
        let share = shares::checked(keys, &secret, sum);
        assert_eq!(share.point().compress().to_bytes(), bytes(expected));
        share
    };
    numbered(&row["decryption_shares"]).into_iter().map(one).collect()
}

#[test]
fn ristretto_vectors_of_rfc_9496() {
    let file = read("rfc9496.json");
    let table = DlogTable::build(8).unwrap();
    let base = bytes::<32>(&file["multiples_of_the_generator"][1]);
    for (number, encoding) in (0u64..).zip(list(&file["multiples_of_the_generator"])) {
        let encoding: [u8; 32] = bytes(encoding);
        let point = RistrettoPoint::mul_base(&Scalar::from(number));
        assert_eq!(point.compress().to_bytes(), encoding);
        assert_eq!(CompressedRistretto(encoding).decompress(), Some(point));
        assert_eq!(table.solve(&point, -15..=15), Ok(number as i64));
        // As R of a ciphertext everything but the identity is taken, as C that too.
        let taken = if number == 0 { Err(Fault::IdentityPoint) } else { Ok(()) };
        assert_eq!(Ciphertext::from_bytes(&joined(&encoding, &base)).map(drop), taken);
        assert!(Ciphertext::from_bytes(&joined(&base, &encoding)).is_ok());
        assert_eq!(GroupKey::new(encoding, [0; 32]).is_ok(), number != 0);
    }
    let bad = list(&file["invalid_encodings"]);
    assert_eq!(bad.len(), 29);
    for encoding in bad {
        let encoding: [u8; 32] = bytes(encoding);
        for pair in [joined(&encoding, &base), joined(&base, &encoding)] {
            assert_eq!(Ciphertext::from_bytes(&pair), Err(Fault::NotAPoint));
        }
        assert!(GroupKey::new(encoding, [0; 32]).is_err());
    }
}

fn joined(first: &[u8; 32], second: &[u8; 32]) -> [u8; 64] {
    [*first, *second].as_flattened().try_into().unwrap()
}
