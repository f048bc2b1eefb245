//! What `reference.py` makes, byte for byte.

use meter_link::{Context, PartyId, Round};
use serde_json::Value;
use threshold_elgamal::range::{Bounds, Generators, RangeProof, RangeVerifier, Width};
use threshold_elgamal::{Blinding, Ciphertext, Fault, GroupKey, Place};

fn file() -> Value {
    serde_json::from_str(include_str!("../vectors/range-v1.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

fn width(row: &Value) -> Width {
    Width::ALL.into_iter().find(|width| width.bits() == number(&row["bits"])).unwrap()
}

fn bounds(row: &Value) -> Bounds {
    Bounds::new(width(row), row["least"].as_i64().unwrap(), row["most"].as_i64().unwrap()).unwrap()
}

fn place<'c>(context: &'c Context, row: &Value) -> Place<'c> {
    let (round, id) = (Round::from(number(&row["round"])), PartyId(number(&row["id"])));
    Place { context, round, id, channel: number(&row["channel"]).try_into().unwrap() }
}

#[test]
fn proofs_of_the_reference() {
    let file = file();
    let key = GroupKey::new(array(&file["key"]), array(&file["key_set"])).unwrap();
    let context = Context(array(&file["context"]));
    let rows = file["good"].as_array().unwrap();
    assert_eq!(rows.len(), 45);
    for row in rows {
        let (width, bounds, place) = (width(row), bounds(row), place(&context, row));
        let [blinding, seed] =
            ["blinding", "seed"].map(|name| Blinding::from_bytes(&mut array(&row[name])).unwrap());
        let reading = row["reading"].as_i64().unwrap();
        let ciphertext = Ciphertext::encrypt(&key, reading, &blinding).to_bytes();
        assert_eq!(ciphertext, array(&row["ciphertext"]));
        let expected = bytes(&row["proof"]);
        assert_eq!(expected.len(), width.proof_len());
        let generators = Generators::new(width);
        let made =
            RangeProof::prove((&generators, &bounds), &place, &key, &ciphertext, reading, &blinding, &seed)
                .unwrap();
        assert_eq!(hex::encode(made.to_bytes()), hex::encode(&expected), "{width:?} {reading}");
        let read = RangeProof::from_bytes(width, &expected).unwrap();
        assert_eq!(read, made);
        assert_eq!(RangeVerifier::new(&bounds, &key).verify(&place, &ciphertext, &read), Ok(()));
    }
}

#[test]
fn bad_proofs_of_the_reference() {
    let file = file();
    let rows = file["bad"].as_array().unwrap();
    let forged = rows.iter().filter(|row| row["name"].as_str().unwrap().starts_with("frozen heart"));
    assert_eq!((rows.len(), forged.count()), (43, 4));
    for row in rows {
        let context = Context(array(&row["context"]));
        let key = GroupKey::new(array(&row["key"]), array(&row["key_set"])).unwrap();
        let (width, ciphertext) = (width(row), array(&row["ciphertext"]));
        let outcome = RangeProof::from_bytes(width, &bytes(&row["proof"])).and_then(|proof| {
            RangeVerifier::new(&bounds(row), &key).verify(&place(&context, row), &ciphertext, &proof)
        });
        let expected = match row["fault"].as_str().unwrap() {
            "BadRange" => Fault::BadRange,
            "NotAPoint" => Fault::NotAPoint,
            "NotAScalar" => Fault::NotAScalar,
            other => panic!("{other}"),
        };
        assert_eq!(outcome, Err(expected), "{}", row["name"]);
    }
}
