//! Sections `dcnet` and `shuffle` of the reference vectors: contexts, key graphs, masks, repairs, answers, sums.
//!
//! `WATTSUM_VECTORS=FILE`, relative to the workspace root, makes these tests read another file of that form.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use dcnet_core::graph;
use meter_link::answer::{
    AnswerKind, AnswererLink, BLOCK, Query, Quorum, Threshold, bind, weighted_corrections,
};
use meter_link::field::add_assign;
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
        None => own.join("tests/vectors/dcnet-v1.json"),
    };
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
});

fn rows(section: &str) -> &'static [Value] {
    let rows = FILE[section].as_array().unwrap();
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

/// The file lists no keys but seeds of them: `SHA-256(seed ‖ a u32 ‖ b u32)`. Of two meters or two holders
/// the lower stands first; of holder and meter, the holder's number.
fn derived(seed: &Value, a: u32, b: u32) -> PairKey {
    let hash = Sha256::new().chain_update(bytes(seed)).chain_update(a.to_le_bytes());
    PairKey::from_bytes(&hash.chain_update(b.to_le_bytes()).finalize().into())
}

fn pair(seed: &Value, a: u32, b: u32) -> PairKey {
    derived(seed, a.min(b), a.max(b))
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
    row: &'static Value,
    round: Round,
    threshold: Threshold,
    quorum: Quorum,
    ids: Vec<u32>,
    /// By position.
    around: Vec<Vec<u32>>,
    readings: BTreeMap<u32, Vec<i64>>,
    missing: Vec<u32>,
    channels: usize,
}

fn ids(value: &Value) -> Vec<u32> {
    let ids: Vec<u32> = value.as_array().unwrap().iter().map(|id| int(id).try_into().unwrap()).collect();
    assert!(ids.windows(2).all(|w| w[0] < w[1]));
    ids
}

fn case(row: &'static Value) -> Case {
    let (c, t) = (small(&row["holders"]), small(&row["threshold"]));
    let quorum: Vec<u8> = row["quorum"].as_array().unwrap().iter().map(small).collect();
    let quorum = Quorum::new(&quorum).unwrap();
    assert_eq!(quorum.len(), t);
    assert!(quorum.iter().all(|number| number <= c));
    let ids = ids(&row["ids"]);
    let readings: BTreeMap<u32, Vec<i64>> =
        entries(&row["readings"]).into_iter().map(|(id, v)| (id, integers(v))).collect();
    assert!(readings.keys().eq(&ids));
    let channels = readings.values().next().unwrap().len();
    assert!(channels > 0 && readings.values().all(|r| r.len() == channels));
    let missing = self::ids(&row["missing"]);
    assert!(missing.iter().all(|id| ids.contains(id)));
    Case {
        row,
        round: Round::new(int(&row["round"])).unwrap(),
        threshold: Threshold::trusting_the_utility_not_to_equivocate(c, t).unwrap(),
        quorum,
        around: (0u32..).zip(&ids).map(|(position, _)| around(row, &ids, position)).collect(),
        ids,
        readings,
        missing,
        channels,
    }
}

/// Ids of the neighbours of a position, as the row's context and degree give them.
fn around(row: &Value, ids: &[u32], position: u32) -> Vec<u32> {
    let seed = graph::seed(&Context(bytes(&row["context"])));
    let (count, degree) = (ids.len().try_into().unwrap(), int(&row["degree"]).try_into().unwrap());
    let mut out = vec![0; ids.len()];
    let n = graph::neighbours(position, count, degree, &seed, &mut out).unwrap();
    out[..n].iter().map(|p| ids[*p as usize]).collect()
}

impl Case {
    fn closed(&self) -> impl Iterator<Item = u32> {
        self.ids.iter().copied().filter(|id| !self.missing.contains(id))
    }

    /// The signed sum of a meter's pads with others, into `sum`.
    fn pads(&self, me: u32, others: &[u32], sum: &mut [Field64]) {
        let keys: Vec<(PairKey, bool)> =
            others.iter().map(|o| (pair(&self.row["pair_seed"], me, *o), me < *o)).collect();
        pad::signed_sum(keys.iter().map(|(k, adds)| (k, *adds)), self.round, Stream::Mask, sum);
    }

    /// Self-mask and corrections by holder, from the code that meters run.
    fn self_mask(&self, meter: u32) -> (Vec<Field64>, BTreeMap<u32, Vec<Field64>>) {
        let mut links: Vec<AnswererLink> =
            (0..self.threshold.answerers()).map(|_| AnswererLink::default()).collect();
        for (number, link) in (1u32..).zip(&mut links) {
            *link.key_mut() = derived(&self.row["holder_seed"], number, meter);
        }
        let (mut mask, mut corrections) = (Vec::new(), BTreeMap::<u32, Vec<Field64>>::new());
        for (counter, first) in (0u32..).zip((0..self.channels).step_by(BLOCK)) {
            let len = BLOCK.min(self.channels - first);
            let t = self.threshold.threshold();
            let zero =
                AnswererLink::share_block(&mut links, t, self.round, counter, None, |number, values| {
                    corrections.entry(number.into()).or_default().extend(&values[..len]);
                    Ok(())
                });
            mask.extend(&zero.unwrap()[..len]);
        }
        (mask, corrections)
    }
}

#[test]
fn context_and_graph_seed_vectors_hold() {
    for row in rows("dcnet") {
        let context = epoch(row).context();
        assert_eq!(context, Context(bytes(&row["context"])));
        assert_eq!(graph::seed(&context), bytes(&row["graph_seed"]));
    }
}

#[test]
fn shuffle_vectors_hold() {
    for row in rows("shuffle") {
        let (count, seed) = (int(&row["count"]).try_into().unwrap(), bytes(&row["seed"]));
        let mapping = row["mapping"].as_array().unwrap();
        assert_eq!(mapping.len(), count as usize);
        for (index, place) in (0u32..).zip(mapping) {
            let place = int(place).try_into().unwrap();
            assert_eq!(graph::shuffled(index, count, &seed), Ok(place));
            assert_eq!(graph::unshuffled(place, count, &seed), Ok(index));
        }
    }
}

#[test]
fn neighbour_vectors_hold() {
    for row in rows("dcnet") {
        let case = case(row);
        if row["neighbours"] == "complete" {
            for (id, around) in case.ids.iter().zip(&case.around) {
                assert!(around.iter().eq(case.ids.iter().filter(|other| *other != id)));
            }
            continue;
        }
        let expected = entries(&row["neighbours"]);
        assert!(expected.keys().eq(&case.ids));
        for (expected, around) in expected.values().zip(&case.around) {
            assert_eq!(*around, ids(expected));
        }
    }
}

#[test]
fn masked_value_vectors_hold() {
    for row in rows("dcnet") {
        let case = case(row);
        let (masked, corrections) = (entries(&row["masked"]), entries(&row["corrections"]));
        assert!(masked.keys().eq(&case.ids) && corrections.keys().eq(&case.ids));
        for (id, around) in case.ids.iter().zip(&case.around) {
            let (mut value, own) = case.self_mask(*id);
            case.pads(*id, around, &mut value);
            let reading: Vec<Field64> = case.readings[id].iter().map(|v| Field64::from_i64(*v)).collect();
            add_assign(&mut value, &reading);
            assert_eq!(value, elements(masked[id]), "meter {id}");
            let expected: BTreeMap<u32, Vec<Field64>> =
                entries(corrections[id]).into_iter().map(|(number, v)| (number, elements(v))).collect();
            assert_eq!(own, expected, "meter {id}");
        }
    }
}

#[test]
fn repair_vectors_hold() {
    for row in rows("dcnet") {
        let case = case(row);
        let mut expected = entries(&row["repairs"]);
        for (id, around) in case.ids.iter().zip(&case.around) {
            let gone: Vec<u32> = around.iter().copied().filter(|o| case.missing.contains(o)).collect();
            if gone.is_empty() || case.missing.contains(id) {
                continue;
            }
            let mut repair = vec![Field64::ZERO; case.channels];
            case.pads(*id, &gone, &mut repair);
            assert_eq!(repair, elements(expected.remove(id).unwrap()), "meter {id}");
        }
        assert!(expected.is_empty());
    }
}

#[test]
fn set_digest_vectors_hold() {
    for row in rows("dcnet") {
        let case = case(row);
        let count = case.closed().count().try_into().unwrap();
        let digest = set::digest(&bytes(&row["roster_root"]), count, case.closed().map(PartyId));
        assert_eq!(digest, bytes(&row["set_digest"]));
    }
}

#[test]
fn bound_answer_vectors_hold() {
    for row in rows("dcnet") {
        let case = case(row);
        let (context, digest) = (Context(bytes(&row["context"])), bytes(&row["set_digest"]));
        let kind = AnswerKind::DcnetRound;
        assert_eq!(int(&row["kind"]), kind as u64);
        let query =
            Query { context: &context, round: case.round, kind, digest: &digest, quorum: &case.quorum };
        let expected = entries(&row["answers"]);
        assert!(expected.keys().copied().eq(case.quorum.iter().map(u32::from)));
        for (number, expected) in expected {
            let keys: Vec<PairKey> =
                case.closed().map(|id| derived(&row["holder_seed"], number, id)).collect();
            let mut sums = vec![Field64::ZERO; case.channels];
            pad::sum(&keys, case.round, Stream::Share, &mut sums);
            let fellows: BTreeMap<u8, PairKey> = (case.quorum.iter())
                .filter(|other| u32::from(*other) != number)
                .map(|other| (other, pair(&row["zero_seed"], number, other.into())))
                .collect();
            bind(&query, number.try_into().unwrap(), &mut sums, |other| fellows.get(&other)).unwrap();
            assert_eq!(sums, elements(expected), "holder {number}");
        }
    }
}

#[test]
fn sum_vectors_hold() {
    for row in rows("dcnet") {
        let case = case(row);
        let zero = vec![Field64::ZERO; case.channels];
        let (masked, corrections) = (entries(&row["masked"]), entries(&row["corrections"]));
        let (mut total, mut mask) = (zero.clone(), zero.clone());
        let mut sums: BTreeMap<u8, Vec<Field64>> = BTreeMap::new();
        for id in case.closed() {
            add_assign(&mut total, &elements(masked[&id]));
            for (number, values) in entries(corrections[&id]) {
                add_assign(sums.entry(number.try_into().unwrap()).or_insert(zero.clone()), &elements(values));
            }
        }
        for answer in entries(&row["answers"]).values() {
            add_assign(&mut mask, &elements(answer));
        }
        let weighted =
            weighted_corrections(&case.quorum, case.channels, |number| sums.get(&number).map(Vec::as_slice));
        add_assign(&mut mask, &weighted.unwrap());
        for repair in entries(&row["repairs"]).values() {
            add_assign(&mut mask, &elements(repair));
        }
        let total: Vec<i64> = total.iter().zip(mask).map(|(y, b)| (*y - b).centred()).collect();
        assert_eq!(total, integers(&row["sum"]));
        let truth: Vec<i64> =
            (0..case.channels).map(|n| case.closed().map(|id| case.readings[&id][n]).sum()).collect();
        assert_eq!(total, truth);
    }
}
