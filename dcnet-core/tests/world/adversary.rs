//! What an attacker computes: the arithmetic of the protocol without its rules. One channel.
#![allow(
    dead_code, // each test file uses its part
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use meter_link::answer::{AnswerKind, Answerer, Quorum};
use meter_link::cohort::Cohort;
use meter_link::field::lagrange;
use meter_link::frame::Writer;
use meter_link::{Field64, Header, Kind, Label, PairKey, Round, Stream, pad};
use sha2::{Digest, Sha256};

use crate::group::{ANSWER_HEAD, Plan, Seats, element};

/// A holder's key with a meter, of whom it may be one itself.
pub(crate) fn holder_key(
    plan: &Plan,
    context: &meter_link::Context,
    holder: &meter_link::cohort::Party,
    meter: &meter_link::Peer,
) -> Result<PairKey, dcnet_core::Error> {
    match plan.seats {
        Seats::Drawn => holder.link.role_key(Label::DcnetHolder, context, holder.id, meter, holder.id),
        _ => holder.link.pair_key(Label::DcnetHolder, context, holder.id, meter, &[]),
    }
}

/// Holders that answer whatever they are asked, without binding.
pub(crate) struct Bare {
    round: Round,
    threshold: u8,
    keys: Vec<Vec<PairKey>>,
}

impl Bare {
    pub(crate) fn new(plan: &Plan, round: u32) -> Self {
        let cohort = plan.cohort();
        let context = cohort.view.context();
        let row = |party: &meter_link::cohort::Party| {
            let key = |m: &meter_link::roster::Member| holder_key(plan, context, party, &m.peer()).unwrap();
            cohort.roster.meters().iter().map(key).collect()
        };
        let keys = cohort.answerers.iter().map(row).collect();
        Bare { round: Round::from(round), threshold: plan.threshold.threshold(), keys }
    }

    /// The sum of a holder's pads over a set.
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

    /// Self-masks over a set, as holders 1 … t know them together.
    pub(crate) fn masks(&self, set: &[bool]) -> Field64 {
        let points: Vec<u8> = (1..=self.threshold).collect();
        let term = |i: usize| lagrange::coefficient(&points, i, 0).unwrap() * self.sum(points[i], set);
        (0..points.len()).map(term).sum()
    }
}

/// The pad of two meters, as the lower position adds it.
pub(crate) fn pair_pad(plan: &Plan, a: usize, b: usize, round: u32) -> Field64 {
    let cohort = plan.cohort();
    let (party, peer) = (&cohort.meters[a], cohort.roster.meters()[b].peer());
    let key = party.link.pair_key(Label::DcnetPair, cohort.view.context(), party.id, &peer, &[]).unwrap();
    let mut pad = [Field64::ZERO];
    pad::pad(&key, Round::from(round), Stream::Mask, &mut pad);
    pad[0]
}

/// The first word of frames: of a contribution y, of a repair all.
pub(crate) fn words<'a>(frames: impl IntoIterator<Item = &'a Vec<u8>>) -> Field64 {
    frames.into_iter().map(|frame| element(frame, 0, 0)).sum()
}

/// The members' frames.
pub(crate) fn of<'a>(frames: &'a [Vec<u8>], set: &'a [bool]) -> impl Iterator<Item = &'a Vec<u8>> {
    frames.iter().zip(set).filter(|(_, member)| **member).map(|(frame, _)| frame)
}

/// Opens a sum from frames, by position, from repairs, and a quorum's weighted answers.
pub(crate) fn by_hand(
    plan: &Plan,
    frames: &[Vec<u8>],
    repairs: &[Vec<u8>],
    set: &[bool],
    answers: &[Field64],
    quorum: &[u8],
) -> i64 {
    let (t, weights) = (plan.threshold.threshold(), Quorum::new(quorum).unwrap());
    let mut mask: Field64 = answers.iter().copied().sum();
    for a in quorum.iter().filter(|a| **a > t) {
        let corrections: Field64 = of(frames, set).map(|f| element(f, 0, usize::from(a - t))).sum();
        mask += weights.coefficient(*a).unwrap() * corrections;
    }
    (words(of(frames, set)) - words(repairs) - mask).centred()
}

/// A holder's answer with its value changed, and tagged as it would.
pub(crate) fn lie(plan: &Plan, number: u8, answer: &[u8], extra: i64) -> Vec<u8> {
    let cohort = plan.cohort();
    let (view, party) = (&cohort.view, &cohort.answerers[usize::from(number) - 1]);
    let frame_key =
        party.link.pair_key(Label::Frame, view.context(), party.id, &view.utility().peer(), &[]).unwrap();
    let header = Header::parse(answer).unwrap();
    assert_eq!((header.kind, header.sender), (Kind::Answer, party.id));
    let mut payload = answer[Header::LEN..Answerer::answer_len(view) - 16].to_vec();
    let (head, values) = payload.split_at_mut(ANSWER_HEAD);
    let value = Field64::from_bytes(values[..8].try_into().unwrap()).unwrap() + Field64::from_i64(extra);
    values[..8].copy_from_slice(&value.to_bytes());
    // docs/wire.md, section 3.2: the key of the query's tag.
    let mut query = b"wattsum v1 answer".to_vec();
    query.extend(view.context().as_bytes());
    query.extend(header.round.get().to_le_bytes());
    query.push(AnswerKind::DcnetRound as u8);
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

/// A holder's raw answer with its first value changed, and tagged as it would: under the empty quorum.
pub(crate) fn lie_raw(plan: &Plan, number: u8, answer: &[u8], extra: i64) -> Vec<u8> {
    let cohort = plan.cohort();
    let (view, party) = (&cohort.view, &cohort.answerers[usize::from(number) - 1]);
    let utility = view.utility().peer();
    let frame_key = party.link.pair_key(Label::Frame, view.context(), party.id, &utility, &[]).unwrap();
    let header = Header::parse(answer).unwrap();
    assert_eq!((header.kind, header.sender), (Kind::RawAnswer, party.id));
    let mut payload = answer[Header::LEN..answer.len() - 16].to_vec();
    let (head, values) = payload.split_at_mut(1 + 32);
    let value = Field64::from_bytes(values[..8].try_into().unwrap()).unwrap() + Field64::from_i64(extra);
    values[..8].copy_from_slice(&value.to_bytes());
    let mut query = b"wattsum v1 answer".to_vec();
    query.extend(view.context().as_bytes());
    query.extend(header.round.get().to_le_bytes());
    query.push(AnswerKind::DcnetRound as u8);
    query.extend(&head[1..33]);
    query.push(0);
    let key = PairKey::from_bytes(&hmac(&frame_key.to_bytes(), &query));
    let mut out = vec![0; answer.len()];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(&payload).unwrap();
    writer.finish_tagged(&header, &key).unwrap();
    out
}

/// The zero-sum pad of two holders for a bound answer, as the one with the lower number adds it.
pub(crate) fn zero_pad(cohort: &Cohort, pair: (u8, u8), answer: &[u8]) -> Field64 {
    let (view, header) = (&cohort.view, Header::parse(answer).unwrap());
    let head = &answer[Header::LEN..][..ANSWER_HEAD];
    let quorum: Vec<u8> = (1..=8).filter(|a| head[33] >> (a - 1) & 1 == 1).collect();
    let mut query = b"wattsum v1 answer".to_vec();
    query.extend(view.context().as_bytes());
    query.extend(header.round.get().to_le_bytes());
    query.extend(&head[..33]);
    query.push(quorum.len() as u8);
    query.extend(quorum);
    let [own, other] = [pair.0, pair.1].map(|number| usize::from(number) - 1);
    let (party, peer) = (&cohort.answerers[own], cohort.roster.answerers()[other].peer());
    let shared = party.link.pair_key(Label::Answer, view.context(), party.id, &peer, &[]).unwrap();
    let key = PairKey::from_bytes(&hmac(&shared.to_bytes(), &query));
    let mut pads = [Field64::ZERO];
    pad::pad(&key, header.round, Stream::Zero, &mut pads);
    pads[0]
}

/// HMAC-SHA256 (RFC 2104) for 32-byte keys.
pub(crate) fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let padded = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}
