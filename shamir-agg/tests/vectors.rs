//! Section `shamir` of the reference vectors: contexts, sharings, corrections, bound answers, sums.
//!
//! `WATTSUM_VECTORS=FILE`, relative to the workspace root, makes these tests read another file of that form.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use meter_link::answer::{
    AnswerKind, AnswererLink, BLOCK, Query, Quorum, Threshold, bind, weighted_corrections,
};
use meter_link::field::{add_assign, lagrange};
use meter_link::{Context, Epoch, Field64, PairKey, PartyId, Round, Session, Stream, pad, set};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

static FILE: LazyLock<Value> = LazyLock::new(|| {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = match std::env::var_os("WATTSUM_VECTORS") {
        Some(path) => own.join("..").join(path),
        None => own.join("tests/vectors/shamir-v1.json"),
    };
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
});

fn rows() -> &'static [Value] {
    let rows = FILE["shamir"].as_array().unwrap();
    assert!(!rows.is_empty());
    rows
}

fn int(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn small(value: &Value) -> u8 {
    int(value).try_into().unwrap()
}

fn bytes(value: &Value) -> [u8; 32] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn elements(value: &Value) -> Vec<Field64> {
    let canonical = |v: &Value| Field64::from_bytes(int(v).to_le_bytes()).unwrap();
    value.as_array().unwrap().iter().map(canonical).collect()
}

fn integers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect()
}

fn entries(value: &Value) -> BTreeMap<u32, &Value> {
    let map: &Map<String, Value> = value.as_object().unwrap();
    map.iter().map(|(key, value)| (key.parse().unwrap(), value)).collect()
}

/// The file lists no keys but a seed of them: `SHA-256(seed ‖ a u32 ‖ b u32)`, a the aggregator's number and b
/// the meter's id, or two aggregators, the lower first.
fn derived(seed: &Value, a: u32, b: u32) -> PairKey {
    let hash = Sha256::new().chain_update(bytes(seed)).chain_update(a.to_le_bytes());
    PairKey::from_bytes(&hash.chain_update(b.to_le_bytes()).finalize().into())
}

fn epoch(row: &Value) -> Epoch {
    Epoch {
        session: Session(bytes(&row["session"])),
        epoch: int(&row["epoch"]).try_into().unwrap(),
        first_round: Round::new(int(&row["first_round"])).unwrap(),
        last_round: Round::new(int(&row["last_round"])).unwrap(),
        roster_root: bytes(&row["roster_root"]),
        answerers_root: bytes(&row["answerers_root"]),
        beacon: bytes(&row["beacon"]),
    }
}

/// What a row's arithmetic starts from.
struct Case {
    round: Round,
    threshold: Threshold,
    quorum: Quorum,
    readings: BTreeMap<u32, Vec<i64>>,
    channels: usize,
}

fn case(row: &Value) -> Case {
    let (m, t) = (small(&row["aggregators"]), small(&row["threshold"]));
    let quorum: Vec<u8> = row["quorum"].as_array().unwrap().iter().map(small).collect();
    let quorum = Quorum::new(&quorum).unwrap();
    assert_eq!(quorum.len(), t);
    assert!(quorum.iter().all(|number| number <= m));
    let readings: BTreeMap<u32, Vec<i64>> =
        entries(&row["readings"]).into_iter().map(|(id, v)| (id, integers(v))).collect();
    let channels = readings.values().next().unwrap().len();
    assert!(channels > 0 && readings.values().all(|r| r.len() == channels));
    Case {
        round: Round::new(int(&row["round"])).unwrap(),
        threshold: Threshold::trusting_the_utility_not_to_equivocate(m, t).unwrap(),
        quorum,
        readings,
        channels,
    }
}

fn field(values: &[i64]) -> Vec<Field64> {
    values.iter().map(|v| Field64::from_i64(*v)).collect()
}

/// The corrections of one meter, by aggregator, from the code that meters run.
fn corrections(row: &Value, case: &Case, meter: u32) -> BTreeMap<u32, Vec<Field64>> {
    let mut links: Vec<AnswererLink> =
        (0..case.threshold.answerers()).map(|_| AnswererLink::default()).collect();
    for (number, link) in (1u32..).zip(&mut links) {
        *link.key_mut() = derived(&row["key_seed"], number, meter);
    }
    let mut out: BTreeMap<u32, Vec<Field64>> = BTreeMap::new();
    for (counter, block) in (0u32..).zip(case.readings[&meter].chunks(BLOCK)) {
        let mut at_zero = [Field64::ZERO; BLOCK];
        at_zero[..block.len()].copy_from_slice(&field(block));
        let t = case.threshold.threshold();
        AnswererLink::share_block(&mut links, t, case.round, counter, Some(at_zero), |number, values| {
            out.entry(number.into()).or_default().extend(&values[..block.len()]);
            Ok(())
        })
        .unwrap();
    }
    out
}

#[test]
fn context_vectors_hold() {
    for row in rows() {
        assert_eq!(epoch(row).context(), Context(bytes(&row["context"])));
    }
}

#[test]
fn classical_sharing_vectors_hold() {
    for row in rows() {
        let case = case(row);
        let secret = field(&case.readings[&1]);
        let coefficients: Vec<Vec<Field64>> =
            row["split_coefficients"].as_array().unwrap().iter().map(elements).collect();
        let t = case.threshold.threshold();
        assert_eq!(coefficients.len() + 1, usize::from(t));
        let mut shares = vec![vec![Field64::ZERO; case.channels]; case.threshold.answerers().into()];
        let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
        let coefficient = |degree: u8, channel: usize| coefficients[usize::from(degree) - 1][channel];
        shamir_agg::split_with(&secret, t, &mut places, coefficient).unwrap();
        let expected: Vec<Vec<Field64>> =
            row["split_of_first"].as_array().unwrap().iter().map(elements).collect();
        assert_eq!(shares, expected);

        let chosen: Vec<(u8, &[Field64])> =
            case.quorum.iter().map(|a| (a, expected[usize::from(a) - 1].as_slice())).collect();
        let mut back = vec![Field64::ZERO; case.channels];
        shamir_agg::combine(&chosen, &mut back).unwrap();
        assert_eq!(back, secret);
    }
}

#[test]
fn correction_vectors_hold() {
    for row in rows() {
        let case = case(row);
        let expected = entries(&row["corrections"]);
        assert!(expected.keys().eq(case.readings.keys()));
        for (meter, expected) in expected {
            let expected: BTreeMap<u32, Vec<Field64>> =
                entries(expected).into_iter().map(|(number, v)| (number, elements(v))).collect();
            assert_eq!(corrections(row, &case, meter), expected, "meter {meter}");
        }
    }
}

#[test]
fn lagrange_vectors_hold() {
    for row in rows() {
        let quorum = case(row).quorum;
        let numbers: Vec<u8> = quorum.iter().collect();
        let expected = elements(&row["lagrange"]);
        assert_eq!(expected.len(), numbers.len());
        for (i, expected) in expected.into_iter().enumerate() {
            assert_eq!(lagrange::coefficient(&numbers, i, 0), Ok(expected));
            assert_eq!(quorum.coefficient(numbers[i]), Ok(expected));
        }
    }
}

#[test]
fn set_digest_vectors_hold() {
    for row in rows() {
        let ids = case(row).readings;
        let count = ids.len().try_into().unwrap();
        let digest = set::digest(&bytes(&row["roster_root"]), count, ids.keys().map(|id| PartyId(*id)));
        assert_eq!(digest, bytes(&row["set_digest"]));
    }
}

#[test]
fn bound_answer_vectors_hold() {
    for row in rows() {
        let case = case(row);
        let context = Context(bytes(&row["context"]));
        let digest = bytes(&row["set_digest"]);
        let kind = AnswerKind::ShamirRound;
        assert_eq!(int(&row["kind"]), kind as u64);
        let query =
            Query { context: &context, round: case.round, kind, digest: &digest, quorum: &case.quorum };
        let expected = entries(&row["answers"]);
        assert!(expected.keys().copied().eq(case.quorum.iter().map(u32::from)));
        for (number, expected) in expected {
            let keys: Vec<PairKey> =
                case.readings.keys().map(|id| derived(&row["key_seed"], number, *id)).collect();
            let mut sums = vec![Field64::ZERO; case.channels];
            pad::sum(&keys, case.round, Stream::Share, &mut sums);
            let fellows: BTreeMap<u8, PairKey> = (case.quorum.iter())
                .filter(|other| u32::from(*other) != number)
                .map(|o| (o, derived(&row["zero_seed"], number.min(o.into()), number.max(o.into()))))
                .collect();
            bind(&query, number.try_into().unwrap(), &mut sums, |other| fellows.get(&other)).unwrap();
            assert_eq!(sums, elements(expected), "aggregator {number}");
        }
    }
}

#[test]
fn sum_vectors_hold() {
    for row in rows() {
        let case = case(row);
        let mut total = vec![Field64::ZERO; case.channels];
        for answer in entries(&row["answers"]).values() {
            add_assign(&mut total, &elements(answer));
        }
        let mut sums: BTreeMap<u8, Vec<Field64>> = BTreeMap::new();
        for meter in entries(&row["corrections"]).values() {
            for (number, values) in entries(meter) {
                let sum =
                    sums.entry(number.try_into().unwrap()).or_insert(vec![Field64::ZERO; case.channels]);
                add_assign(sum, &elements(values));
            }
        }
        let weighted =
            weighted_corrections(&case.quorum, case.channels, |number| sums.get(&number).map(Vec::as_slice));
        add_assign(&mut total, &weighted.unwrap());
        let total: Vec<i64> = total.into_iter().map(Field64::centred).collect();
        assert_eq!(total, integers(&row["sum"]));
        let truth: Vec<i64> =
            (0..case.channels).map(|n| case.readings.values().map(|r| r[n]).sum()).collect();
        assert_eq!(total, truth);
    }
}
