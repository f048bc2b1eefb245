//! What an attacker computes: the arithmetic of the protocol without its rules.
#![allow(
    dead_code, // each test file uses its part
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use std::collections::BTreeMap;

use meter_link::answer::Quorum;
use meter_link::cohort::{Cohort, Party};
use meter_link::frame::{Tag, Writer};
use meter_link::roster::link_key::announce;
use meter_link::roster::{Certified, Roster, RosterBuilder};
use meter_link::set::Members;
use meter_link::window::{Window, WindowFields};
use meter_link::{
    EpochView, Error, Field64, Header, Kind, Label, LinkPublic, PairKey, PartyId, Round, Stream, pad,
};
use sha2::{Digest, Sha256};

use crate::group::{Forger, Plan, element};

/// Aggregators that answer whatever they are asked, without binding: one channel.
pub(crate) struct Bare {
    round: Round,
    keys: Vec<Vec<PairKey>>,
}

impl Bare {
    pub(crate) fn new(plan: &Plan, round: u32) -> Self {
        Self::of(&plan.cohort(), round)
    }

    pub(crate) fn of(cohort: &Cohort, round: u32) -> Self {
        let context = cohort.view.context();
        let step = cohort.view.step(Round::from(round)).unwrap();
        let row = |party: &Party| {
            let key = |m: &meter_link::roster::Member| {
                let mut key = party.link.pair_key(Label::Shamir, context, party.id, &m.peer(), &[]).unwrap();
                (0..step).for_each(|_| key.ratchet());
                key
            };
            cohort.roster.meters().iter().map(key).collect()
        };
        Bare { round: Round::from(round), keys: cohort.answerers.iter().map(row).collect() }
    }

    /// The sum of an aggregator's pads over a set.
    pub(crate) fn sum(&self, number: u8, set: &[bool]) -> Field64 {
        let keys = self.keys[usize::from(number) - 1].iter().zip(set);
        let keys: Vec<&PairKey> = keys.filter(|(_, member)| **member).map(|(key, _)| key).collect();
        let mut sum = [Field64::ZERO];
        pad::sum(&keys, self.round, Stream::Share, &mut sum);
        sum[0]
    }

    pub(crate) fn pad(&self, number: u8, meter: usize) -> Field64 {
        let mut pad = [Field64::ZERO];
        pad::pad(&self.keys[usize::from(number) - 1][meter], self.round, Stream::Share, &mut pad);
        pad[0]
    }

    /// The weighted sums of a quorum.
    pub(crate) fn weighted(&self, quorum: &[u8], set: &[bool]) -> Vec<Field64> {
        let weights = Quorum::new(quorum).unwrap();
        quorum.iter().map(|a| weights.coefficient(*a).unwrap() * self.sum(*a, set)).collect()
    }
}

/// Rounds whose frames were kept, by position, and aggregators that answer any sum over meters and time: one channel.
#[derive(Default)]
pub(crate) struct Kept(BTreeMap<u32, (Bare, Vec<Vec<u8>>)>);

impl Kept {
    pub(crate) fn keep(&mut self, cohort: &Cohort, round: u32, frames: Vec<Vec<u8>>) {
        self.0.insert(round, (Bare::of(cohort, round), frames));
    }

    /// The sum of the readings of some (meter, round), from shares 1 … t.
    pub(crate) fn sum(&self, plan: &Plan, cells: impl IntoIterator<Item = (usize, u32)>) -> i64 {
        let t = plan.threshold.threshold();
        let quorum: Vec<u8> = (1..=t).collect();
        let weights = Quorum::new(&quorum).unwrap();
        let share = |a: u8, (meter, round): (usize, u32)| {
            let (bare, frames) = &self.0[&round];
            let correction =
                if a < t { Field64::ZERO } else { element(&frames[meter], 0, usize::from(a - t)) };
            bare.pad(a, meter) + correction
        };
        let cells: Vec<(usize, u32)> = cells.into_iter().collect();
        let sum = |a: u8| cells.iter().map(|cell| share(a, *cell)).sum::<Field64>();
        quorum.iter().map(|a| weights.coefficient(*a).unwrap() * sum(*a)).sum::<Field64>().centred()
    }
}

impl Forger {
    /// A query for bills of any window and sets.
    pub(crate) fn query(
        &self,
        (first, last): (u32, u32),
        sets_digest: [u8; 32],
        quorum: &[u8],
        billed: &[bool],
    ) -> Vec<u8> {
        let fields = WindowFields {
            window: Window { first: Round::from(first), last: Round::from(last) },
            sets_digest,
            quorum: Quorum::new(quorum).unwrap(),
            billed: &Members::marked(billed).unwrap(),
        };
        let mut out = vec![0; WindowFields::max_len(billed.len() as u32, self.view.answerers())];
        fields.sign(&self.view, &self.identity, &mut out).unwrap().to_vec()
    }
}

/// Opens a sum from frames, by position, and a quorum's weighted answers: one channel.
pub(crate) fn by_hand(
    plan: &Plan,
    frames: &[Vec<u8>],
    set: &[bool],
    answers: &[Field64],
    quorum: &[u8],
) -> i64 {
    let (t, weights) = (plan.threshold.threshold(), Quorum::new(quorum).unwrap());
    let mut total: Field64 = answers.iter().copied().sum();
    for a in quorum.iter().filter(|a| **a >= t) {
        let members = frames.iter().zip(set).filter(|(_, member)| **member);
        let corrections: Field64 = members.map(|(frame, _)| element(frame, 0, usize::from(a - t))).sum();
        total += weights.coefficient(*a).unwrap() * corrections;
    }
    total.centred()
}

/// Public keys with which X25519 gives zero: 0, 1, both points of order 8, and p − 1.
pub(crate) const LOW_ORDER: [&str; 5] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// The cohort's roster, in which one party announced another link key.
pub(crate) fn with_link(cohort: &Cohort, id: PartyId, link: LinkPublic) -> Result<Roster, Error> {
    let mut builder = RosterBuilder::new(*cohort.roster.forming());
    for party in [&cohort.utility].into_iter().chain(&cohort.meters).chain(&cohort.answerers) {
        let announced = if party.id == id { link } else { party.link.public() };
        let forming = cohort.roster.forming();
        let frame = announce(forming, party.id, party.role, &party.identity, announced).unwrap();
        let certified = Certified { id: party.id, role: party.role, identity: party.identity.public() };
        builder.add(&certified, &frame)?;
    }
    builder.build()
}

/// An answer, bound or raw, to a round or a window, rightly tagged by its aggregator, with other bytes of its values.
pub(crate) fn retold(plan: &Plan, answer: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let cohort = plan.cohort();
    let view = &cohort.view;
    let header = Header::parse(answer).unwrap();
    let party = cohort.answerers.iter().find(|party| party.id == header.sender).unwrap();
    let payload = &answer[Header::LEN..answer.len() - Tag::LEN];
    let mask = if header.kind == Kind::Answer { Quorum::mask_len(view.answerers()) } else { 0 };
    let (head, values) = payload.split_at(33 + mask);
    let (query, quorum) = head.split_at(33);
    let mut values = values.to_vec();
    change(&mut values);
    let numbers = (1..=view.answerers())
        .filter(|a| quorum.get(usize::from((a - 1) / 8)).is_some_and(|byte| byte >> ((a - 1) % 8) & 1 == 1));
    let text = query_text(
        view,
        header.round,
        query[0],
        query[1..].try_into().unwrap(),
        &numbers.collect::<Vec<_>>(),
    );
    let key = frame_key(view, party);
    let key = PairKey::from_bytes(&hmac(&key.to_bytes(), &text));
    tagged(&header, &[head, &values].concat(), &key)
}

/// The same with `extra` added to one value.
pub(crate) fn lie(plan: &Plan, answer: &[u8], value: usize, extra: i64) -> Vec<u8> {
    retold(plan, answer, |values| add(&mut values[8 * value..], extra))
}

/// A meter's contribution, rightly tagged, with other bytes of its corrections.
pub(crate) fn recontributed(plan: &Plan, frame: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let cohort = plan.cohort();
    let header = Header::parse(frame).unwrap();
    let party = cohort.meters.iter().find(|party| party.id == header.sender).unwrap();
    let mut payload = frame[Header::LEN..frame.len() - Tag::LEN].to_vec();
    change(&mut payload);
    tagged(&header, &payload, &frame_key(&cohort.view, party))
}

/// Adds to the element that begins with these bytes.
pub(crate) fn add(element: &mut [u8], extra: i64) {
    let value = Field64::from_bytes(element[..8].try_into().unwrap()).unwrap() + Field64::from_i64(extra);
    element[..8].copy_from_slice(&value.to_bytes());
}

fn frame_key(view: &EpochView, party: &Party) -> PairKey {
    party.link.pair_key(Label::Frame, view.context(), party.id, &view.utility().peer(), &[]).unwrap()
}

fn tagged(header: &Header, payload: &[u8], key: &PairKey) -> Vec<u8> {
    let mut out = vec![0; Header::LEN + payload.len() + Tag::LEN];
    let mut writer = Writer::frame(&mut out, header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_tagged(header, key).unwrap();
    out
}

/// What the keys of a query are made from: docs/wire.md, section 3.2.
fn query_text(view: &EpochView, round: Round, kind: u8, digest: &[u8; 32], quorum: &[u8]) -> Vec<u8> {
    let mut text = b"wattsum v1 answer".to_vec();
    text.extend(view.context().as_bytes());
    text.extend(round.get().to_le_bytes());
    text.push(kind);
    text.extend(digest);
    text.push(quorum.len() as u8);
    text.extend(quorum);
    text
}

/// The zero-sum pads of two aggregators for a bound answer, as the one with the lower number adds them.
pub(crate) fn zero_pads(cohort: &Cohort, pair: (u8, u8), answer: &[u8], width: usize) -> Vec<Field64> {
    let view = &cohort.view;
    let header = Header::parse(answer).unwrap();
    let head = &answer[Header::LEN..][..33 + Quorum::mask_len(view.answerers())];
    let numbers: Vec<u8> = (1..=view.answerers())
        .filter(|a| head[33 + usize::from((a - 1) / 8)] >> ((a - 1) % 8) & 1 == 1)
        .collect();
    let text = query_text(view, header.round, head[0], head[1..33].try_into().unwrap(), &numbers);
    let [own, other] = [pair.0, pair.1].map(|number| usize::from(number) - 1);
    let (party, peer) = (&cohort.answerers[own], cohort.roster.answerers()[other].peer());
    let shared = party.link.pair_key(Label::Answer, view.context(), party.id, &peer, &[]).unwrap();
    let key = PairKey::from_bytes(&hmac(&shared.to_bytes(), &text));
    let mut pads = vec![Field64::ZERO; width];
    pad::pad(&key, header.round, Stream::Zero, &mut pads);
    pads
}

/// HMAC-SHA256 (RFC 2104) for 32-byte keys.
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let padded = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}
