//! Every pad of a group, from everybody's secrets.

use std::collections::BTreeMap;

use meter_link::cohort::Cohort;
use meter_link::field::lagrange;
use meter_link::{Field64, Label, PairKey, Round, Stream, pad};

use crate::adversary::{holder_key, zero_pad};
use crate::group::Plan;

pub(crate) struct Secrets {
    pub(crate) cohort: Cohort,
    pairs: BTreeMap<(usize, usize), PairKey>,
    shares: BTreeMap<(u8, usize), PairKey>,
    /// The first holder and meter with a key.
    first: BTreeMap<[u8; 32], (u8, usize)>,
}

fn first(key: &PairKey, round: u32, stream: Stream) -> Field64 {
    let mut out = [Field64::ZERO];
    pad::pad(key, Round::from(round), stream, &mut out);
    out[0]
}

impl Secrets {
    pub(crate) fn new(plan: &Plan) -> Self {
        let cohort = plan.cohort();
        let (context, members) = (cohort.view.context(), cohort.roster.meters());
        let (mut pairs, mut shares) = (BTreeMap::new(), BTreeMap::new());
        for (i, party) in cohort.meters.iter().enumerate() {
            for (j, member) in members.iter().enumerate().skip(i + 1) {
                let key = party.link.pair_key(Label::DcnetPair, context, party.id, &member.peer(), &[]);
                pairs.insert((i, j), key.unwrap());
            }
        }
        for (a, party) in (1u8..).zip(&cohort.answerers) {
            for (i, member) in members.iter().enumerate() {
                let key = holder_key(plan, context, party, &member.peer());
                shares.insert((a, i), key.unwrap());
            }
        }
        let mut first = BTreeMap::new();
        for (place, key) in &shares {
            first.entry(*key.to_bytes()).or_insert(*place);
        }
        Secrets { cohort, pairs, shares, first }
    }

    /// The pad of two meters, as the lower position adds it. Rounds of the first ratchet step only.
    pub(crate) fn pair(&self, low: usize, high: usize, round: u32) -> Field64 {
        first(&self.pairs[&(low, high)], round, Stream::Mask)
    }

    /// Whose pad it is: two that have one key have one pad.
    pub(crate) fn same(&self, number: u8, meter: usize) -> (u8, usize) {
        self.first[&*self.shares[&(number, meter)].to_bytes()]
    }

    /// The pad of a holder and a meter.
    pub(crate) fn share(&self, number: u8, meter: usize, round: u32) -> Field64 {
        first(&self.shares[&(number, meter)], round, Stream::Share)
    }

    /// The zero-sum pad of two holders for a bound answer's query, as the lower number adds it.
    pub(crate) fn zero(&self, low: u8, high: u8, answer: &[u8]) -> Field64 {
        zero_pad(&self.cohort, (low, high), answer)
    }
}

/// Coefficients of f(1) … f(t) in f(at).
pub(crate) fn weights(t: u8, at: u8) -> Vec<(u8, Field64)> {
    let points: Vec<u8> = (1..=t).collect();
    (0..points.len()).map(|i| (points[i], lagrange::coefficient(&points, i, at).unwrap())).collect()
}
