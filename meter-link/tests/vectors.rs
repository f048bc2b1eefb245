//! The reference's vectors, as far as they are about this crate: keys, pads, digests, and bound answers.
//!
//! `WATTSUM_VECTORS=FILE` (relative to the workspace root) reads another file of the same form.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use std::path::Path;

use meter_link::answer::{AnswerKind, AnswererLink, BLOCK, Query, Quorum, bind, weighted_corrections};
use meter_link::{
    Context, Epoch, Field64, Label, LinkPublic, LinkSecret, PairKey, PartyId, Peer, Round, Session, Stream,
    pad, set,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn file() -> Value {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = match std::env::var_os("WATTSUM_VECTORS") {
        Some(other) => here.parent().unwrap().join(other),
        None => here.join("tests/vectors/link-v1.json"),
    };
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn rows(file: &Value, section: &str) -> Vec<Value> {
    let rows = file[section].as_array().unwrap_or_else(|| panic!("no section {section}"));
    assert!(!rows.is_empty());
    rows.clone()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn int(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn id(value: &Value) -> PartyId {
    PartyId(int(value).try_into().unwrap())
}

fn elements(value: &Value) -> Vec<Field64> {
    let values = value.as_array().unwrap().iter();
    values.map(|v| Field64::from_bytes(int(v).to_le_bytes()).unwrap()).collect()
}

/// The context, which must also follow from its fields.
fn context(row: &Value) -> Context {
    let epoch = Epoch {
        session: Session(array(&row["session"])),
        epoch: int(&row["epoch"]).try_into().unwrap(),
        first_round: Round::new(int(&row["first_round"])).unwrap(),
        last_round: Round::new(int(&row["last_round"])).unwrap(),
        roster_root: array(&row["roster_root"]),
        answerers_root: array(&row["answerers_root"]),
        beacon: array(&row["beacon"]),
    };
    assert_eq!(epoch.context().0, array(&row["context"]));
    epoch.context()
}

#[test]
fn link_vectors() {
    for row in rows(&file(), "link") {
        let context = context(&row);
        let ids: Vec<PartyId> = row["ids"].as_array().unwrap().iter().map(id).collect();
        let of = |map: &str, id: PartyId| array::<32>(&row[map][id.to_string()]);
        let secrets: Vec<LinkSecret> =
            ids.iter().map(|id| LinkSecret::from_bytes(&mut of("secrets", *id))).collect();
        let publics: Vec<LinkPublic> = ids.iter().map(|id| LinkPublic(of("publics", *id))).collect();
        assert_eq!((ids.len(), row["secrets"].as_object().unwrap().len()), (2, 2));
        for (secret, public) in secrets.iter().zip(&publics) {
            assert_eq!(secret.public(), *public);
        }
        let labels = [
            ("dcnet pair", Label::DcnetPair),
            ("dcnet holder", Label::DcnetHolder),
            ("answer", Label::Answer),
            ("shamir", Label::Shamir),
            ("cmt", Label::Cmt),
            ("frame", Label::Frame),
        ];
        assert_eq!(row["keys"].as_object().unwrap().len(), labels.len());
        for (name, label) in labels {
            for (me, other) in [(0, 1), (1, 0)] {
                let peer = Peer { id: ids[other], link: publics[other] };
                let key = secrets[me].pair_key(label, &context, ids[me], &peer, &[]).unwrap();
                assert_eq!(*key.to_bytes(), array(&row["keys"][name]), "{name}");
            }
        }
        let mut key = PairKey::from_bytes(&array(&row["keys"]["dcnet pair"]));
        link_pads(&row, &key);
        key.ratchet();
        assert_eq!(*key.to_bytes(), array(&row["ratcheted"]));

        let members = row["set_ids"].as_array().unwrap();
        assert!(members.windows(2).all(|pair| int(&pair[0]) < int(&pair[1])));
        let digest = set::digest(&array(&row["roster_root"]), members.len() as u32, members.iter().map(id));
        assert_eq!(digest, array(&row["set_digest"]));
    }
}

fn link_pads(row: &Value, key: &PairKey) {
    let round = Round::new(int(&row["round"])).unwrap();
    let streams =
        [("mask", Stream::Mask), ("share", Stream::Share), ("delta", Stream::Delta), ("zero", Stream::Zero)];
    assert_eq!(row["pads"].as_object().unwrap().len(), streams.len());
    for (name, stream) in streams {
        let expected = elements(&row["pads"][name]);
        let mut one = vec![Field64::ZERO; expected.len()];
        pad::pad(key, round, stream, &mut one);
        assert_eq!(one, expected, "{name}");
        // The batch calls, with so many times the same key that every width of vector is used.
        let keys = [key; 33];
        let mut all = vec![Field64::ZERO; expected.len() * keys.len()];
        pad::pads(&keys, round, stream, expected.len(), &mut all).unwrap();
        assert!(all.chunks(expected.len()).all(|chunk| chunk == expected), "{name}");
        let mut sum = vec![Field64::ZERO; expected.len()];
        pad::sum(&keys, round, stream, &mut sum);
        let times: Vec<Field64> = expected.iter().map(|v| *v * Field64::from_u64(33)).collect();
        assert_eq!(sum, times, "{name}");
    }
}

/// Keys of a vector are not listed but SHA-256(seed ‖ a u32 ‖ b u32).
fn derived(seed: &Value, a: u32, b: u32) -> PairKey {
    let hash = Sha256::new().chain_update(array::<32>(seed));
    PairKey::from_bytes(&hash.chain_update(a.to_le_bytes()).chain_update(b.to_le_bytes()).finalize().into())
}

/// What dcnet and shamir vectors say about answerers.
struct Answering<'a> {
    row: &'a Value,
    context: Context,
    round: Round,
    kind: AnswerKind,
    /// Seed of the keys of answerers and meters.
    seed: &'a Value,
    answerers: u8,
    threshold: u8,
    channels: usize,
    /// The meters that are summed over.
    members: Vec<PartyId>,
    quorum: Quorum,
}

impl<'a> Answering<'a> {
    fn new(row: &'a Value, kind: AnswerKind, seed: &str, answerers: &str) -> Self {
        assert_eq!(int(&row["kind"]), kind as u64);
        let missing: Vec<PartyId> = match row.get("missing") {
            Some(missing) => missing.as_array().unwrap().iter().map(id).collect(),
            None => Vec::new(),
        };
        let readings = row["readings"].as_object().unwrap();
        let mut members: Vec<PartyId> = readings.keys().map(|k| PartyId(k.parse().unwrap())).collect();
        members.sort();
        members.retain(|m| !missing.contains(m));
        let quorum: Vec<u8> = row["quorum"].as_array().unwrap().iter().map(|n| int(n) as u8).collect();
        Answering {
            row,
            context: context(row),
            round: Round::new(int(&row["round"])).unwrap(),
            kind,
            seed: &row[seed],
            answerers: int(&row[answerers]) as u8,
            threshold: int(&row["threshold"]) as u8,
            channels: row["sum"].as_array().unwrap().len(),
            members,
            quorum: Quorum::new(&quorum).unwrap(),
        }
    }

    fn links(&self, meter: PartyId) -> Vec<AnswererLink> {
        (1..=self.answerers)
            .map(|number| {
                let mut link = AnswererLink::default();
                *link.key_mut() = derived(self.seed, number.into(), meter.0);
                link
            })
            .collect()
    }

    /// Corrections of a meter, as listed in the vector; gives back f(0).
    fn corrections(&self, meter: PartyId, at_zero: Option<&[Field64]>) -> Vec<Field64> {
        let mut links = self.links(meter);
        let listed = self.row["corrections"][meter.to_string()].as_object().unwrap();
        let first = self.threshold + u8::from(at_zero.is_none());
        assert_eq!(listed.len(), usize::from(self.answerers + 1 - first));
        let mut zeros = Vec::new();
        for (counter, from) in (0u32..).zip((0..self.channels).step_by(BLOCK)) {
            let width = BLOCK.min(self.channels - from);
            let fixed = at_zero.map(|values| {
                let mut block = [Field64::ZERO; BLOCK];
                block[..width].copy_from_slice(&values[from..from + width]);
                block
            });
            let check = |number: u8, values: [Field64; BLOCK]| {
                assert_eq!(values[..width], elements(&listed[&number.to_string()])[from..from + width]);
                Ok(())
            };
            let zero =
                AnswererLink::share_block(&mut links, self.threshold, self.round, counter, fixed, check);
            zeros.extend_from_slice(&zero.unwrap()[..width]);
        }
        zeros
    }

    /// The answers of the quorum, as listed; gives back their sum with the weighted corrections.
    fn opened(&self) -> Vec<Field64> {
        let digest: [u8; 32] = array(&self.row["set_digest"]);
        let count = self.members.len() as u32;
        let roster_root = array(&self.row["roster_root"]);
        assert_eq!(set::digest(&roster_root, count, self.members.iter().copied()), digest);
        let (context, round, kind) = (&self.context, self.round, self.kind);
        let query = Query { context, round, kind, digest: &digest, quorum: &self.quorum };
        assert_eq!(self.row["answers"].as_object().unwrap().len(), usize::from(self.quorum.len()));
        let mut total = vec![Field64::ZERO; self.channels];
        for me in self.quorum.iter() {
            let keys: Vec<PairKey> =
                self.members.iter().map(|m| derived(self.seed, me.into(), m.0)).collect();
            let mut sums = vec![Field64::ZERO; self.channels];
            pad::sum(&keys, round, Stream::Share, &mut sums);
            let zero_key =
                |other: u8| derived(&self.row["zero_seed"], me.min(other).into(), me.max(other).into());
            let fellows: Vec<PairKey> = (0..=self.answerers).map(zero_key).collect();
            bind(&query, me, &mut sums, |other| fellows.get(usize::from(other))).unwrap();
            assert_eq!(sums, elements(&self.row["answers"][me.to_string()]), "answerer {me}");
            total.iter_mut().zip(&sums).for_each(|(t, s)| *t += *s);
        }
        let corrected: Vec<Option<Vec<Field64>>> =
            (0..=self.answerers).map(|n| self.summed_corrections(n)).collect();
        let of = |number: u8| corrected[usize::from(number)].as_deref();
        let weighted = weighted_corrections(&self.quorum, self.channels, of).unwrap();
        total.iter().zip(weighted).map(|(a, b)| *a + b).collect()
    }

    fn summed_corrections(&self, number: u8) -> Option<Vec<Field64>> {
        let mut sum: Option<Vec<Field64>> = None;
        for meter in &self.members {
            let listed = self.row["corrections"][meter.to_string()].get(number.to_string())?;
            let total = sum.get_or_insert_with(|| vec![Field64::ZERO; self.channels]);
            total.iter_mut().zip(elements(listed)).for_each(|(t, c)| *t += c);
        }
        sum
    }

    fn reading(&self, meter: PartyId) -> Vec<Field64> {
        let values = self.row["readings"][meter.to_string()].as_array().unwrap().iter();
        values.map(|v| Field64::from_i64(v.as_i64().unwrap())).collect()
    }

    fn sum(&self) -> Vec<i64> {
        self.row["sum"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect()
    }
}

#[test]
fn bound_answer_vectors_of_shamir() {
    for row in rows(&file(), "shamir") {
        let answering = Answering::new(&row, AnswerKind::ShamirRound, "key_seed", "aggregators");
        for (number, weight) in answering.quorum.iter().zip(elements(&row["lagrange"])) {
            assert_eq!(answering.quorum.coefficient(number), Ok(weight));
        }
        assert_eq!(row["lagrange"].as_array().unwrap().len(), usize::from(answering.threshold));
        for meter in &answering.members {
            answering.corrections(*meter, Some(&answering.reading(*meter)));
        }
        let opened: Vec<i64> = answering.opened().into_iter().map(Field64::centred).collect();
        assert_eq!(opened, answering.sum());
    }
}

#[test]
fn bound_answer_vectors_of_dcnet() {
    for row in rows(&file(), "dcnet") {
        let answering = Answering::new(&row, AnswerKind::DcnetRound, "holder_seed", "holders");
        // What the holders open is the sum of the self-masks.
        let mut masks = vec![Field64::ZERO; answering.channels];
        for meter in &answering.members {
            let own = answering.corrections(*meter, None);
            masks.iter_mut().zip(own).for_each(|(sum, mask)| *sum += mask);
        }
        assert_eq!(answering.opened(), masks);
    }
}
