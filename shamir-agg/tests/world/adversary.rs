//! What an attacker computes: the arithmetic of the protocol without its rules.
#![allow(
    dead_code, // each test file uses its part
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use meter_link::answer::{AnswerKind, Answerer, Quorum};
use meter_link::cohort::Cohort;
use meter_link::frame::Writer;
use meter_link::roster::link_key::announce;
use meter_link::roster::{Certified, Roster, RosterBuilder};
use meter_link::{Error, Field64, Header, Kind, Label, LinkPublic, PairKey, PartyId, Round, Stream, pad};
use sha2::{Digest, Sha256};

use crate::group::{Plan, element};

/// Aggregators that answer whatever they are asked, without binding: one channel.
pub(crate) struct Bare {
    round: Round,
    keys: Vec<Vec<PairKey>>,
}

impl Bare {
    pub(crate) fn new(plan: &Plan, round: u32) -> Self {
        let cohort = plan.cohort();
        let context = cohort.view.context();
        let row = |party: &meter_link::cohort::Party| {
            let key = |m: &meter_link::roster::Member| {
                party.link.pair_key(Label::Shamir, context, party.id, &m.peer(), &[]).unwrap()
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

    /// The weighted sums of a quorum.
    pub(crate) fn weighted(&self, quorum: &[u8], set: &[bool]) -> Vec<Field64> {
        let weights = Quorum::new(quorum).unwrap();
        quorum.iter().map(|a| weights.coefficient(*a).unwrap() * self.sum(*a, set)).collect()
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

/// An answer, rightly tagged by its aggregator, with `extra` added to its first value.
pub(crate) fn lie(plan: &Plan, number: u8, answer: &[u8], extra: i64) -> Vec<u8> {
    let cohort = plan.cohort();
    let (view, party) = (&cohort.view, &cohort.answerers[usize::from(number) - 1]);
    let frame_key =
        party.link.pair_key(Label::Frame, view.context(), party.id, &view.utility().peer(), &[]).unwrap();
    let header = Header::parse(answer).unwrap();
    assert_eq!((header.kind, header.sender), (Kind::Answer, party.id));
    let mut payload = answer[Header::LEN..Answerer::answer_len(view) - 16].to_vec();
    let (head, values) = payload.split_at_mut(crate::group::ANSWER_HEAD);
    let value = Field64::from_bytes(values[..8].try_into().unwrap()).unwrap() + Field64::from_i64(extra);
    values[..8].copy_from_slice(&value.to_bytes());
    // docs/wire.md, section 3.2: the key of the query's tag.
    let mut query = b"wattsum v1 answer".to_vec();
    query.extend(view.context().as_bytes());
    query.extend(header.round.get().to_le_bytes());
    query.push(AnswerKind::ShamirRound as u8);
    query.extend(&head[1..33]);
    let quorum: Vec<u8> = (1..=8).filter(|a| head[33] >> (a - 1) & 1 == 1).collect();
    query.push(quorum.len() as u8);
    query.extend(quorum);
    let key = PairKey::from_bytes(&hmac(&frame_key.to_bytes(), &query));
    let mut out = vec![0; answer.len()];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(&payload).unwrap();
    writer.finish_tagged(&header, &key).unwrap();
    out
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
