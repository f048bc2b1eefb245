//! What parties can do that do not run our code: sign frames of any content, and compute on ciphertexts.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

use ckks_agg::Preset;
use meter_link::answer::Quorum;
use meter_link::cohort::Party;
use meter_link::frame::{Flags, Writer};
use meter_link::round::{CloseFields, OpenFields, frame_hash};
use meter_link::{EpochView, Identity, Kind, PartyId, Round};

/// A frame of any kind, signed properly.
pub(crate) fn signed(
    view: &EpochView,
    identity: &Identity,
    kind: Kind,
    flags: u8,
    sender: PartyId,
    at: Round,
    payload: &[u8],
) -> Vec<u8> {
    let header = view.header(kind, flags, sender, at);
    let mut out = vec![0; 16 + payload.len() + 64];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(&header, identity, &view.scope()).unwrap();
    out
}

/// A meter's contribution with this payload.
pub(crate) fn contribution(view: &EpochView, party: &Party, at: Round, payload: &[u8]) -> Vec<u8> {
    signed(view, &party.identity, Kind::Contribution, Flags::TRANSMISSION, party.id, at, payload)
}

/// An Open that names these meters present, and the final Close over all of them.
pub(crate) fn open_and_close(
    view: &EpochView,
    utility: &Identity,
    at: Round,
    members: &[bool],
    quorum: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let mut out = vec![0; 1000];
    let open = OpenFields { round: at, previous: None, present: members };
    let open = open.sign(view, utility, &mut out).unwrap().to_vec();
    let close = CloseFields {
        round: at,
        pass: 1,
        previous: frame_hash(&open),
        quorum: Some(Quorum::new(quorum).unwrap()),
        is_final: true,
        set: members,
    };
    let mut out = vec![0; 1000];
    let close = close.sign(view, utility, &mut out).unwrap().to_vec();
    (open, close)
}

/// c₀ and c₁ as residues: what everybody can read and compute with. Written anew from docs/format.md.
#[derive(Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) preset: Preset,
    pub(crate) parts: [Vec<u64>; 2],
}

impl Pair {
    /// Of `c₀ ‖ c₁`, packed.
    pub(crate) fn unpack(preset: Preset, body: &[u8]) -> Self {
        let half = body.len() / 2;
        Pair { preset, parts: [unpack(preset, &body[..half]), unpack(preset, &body[half..])] }
    }

    /// Of a contribution.
    pub(crate) fn of(preset: Preset, frame: &[u8]) -> Self {
        let len = 2 * polynomial_len(preset);
        let end = frame.len() - 64;
        Self::unpack(preset, &frame[end - len..end])
    }

    pub(crate) fn pack(&self) -> Vec<u8> {
        [pack(self.preset, &self.parts[0]), pack(self.preset, &self.parts[1])].concat()
    }

    /// self + k·other.
    pub(crate) fn plus(&self, other: &Pair, k: i64) -> Pair {
        let n = self.preset.degree();
        let combine = |a: &Vec<u64>, b: &Vec<u64>| {
            let pairs = a.iter().zip(b).enumerate();
            pairs
                .map(|(i, (a, b))| {
                    let q = i128::from(self.preset.primes()[i / n]);
                    (i128::from(*a) + i128::from(k) * i128::from(*b)).rem_euclid(q) as u64
                })
                .collect()
        };
        let [a0, a1] = &self.parts;
        let [b0, b1] = &other.parts;
        Pair { preset: self.preset, parts: [combine(a0, b0), combine(a1, b1)] }
    }

    /// (0, k): no encryption of anything.
    pub(crate) fn constant(preset: Preset, k: u128) -> Pair {
        let n = preset.degree();
        let part = |k: u128| {
            preset.primes().iter().flat_map(|q| vec![(k % u128::from(*q)) as u64; n]).collect::<Vec<u64>>()
        };
        // A constant is the same at every root.
        Pair { preset, parts: [part(0), part(k)] }
    }
}

pub(crate) fn polynomial_len(preset: Preset) -> usize {
    preset.primes().iter().map(|q| preset.degree() / 8 * bits(*q)).sum()
}

fn bits(q: u64) -> usize {
    64 - q.leading_zeros() as usize
}

pub(crate) fn unpack(preset: Preset, bytes: &[u8]) -> Vec<u64> {
    let bit = |at: usize| u64::from(bytes[at / 8] >> (at % 8) & 1);
    let mut at = 0;
    let mut out = Vec::new();
    for q in preset.primes() {
        for _ in 0..preset.degree() {
            out.push((0..bits(*q)).map(|i| bit(at + i) << i).sum());
            at += bits(*q);
        }
    }
    out
}

pub(crate) fn pack(preset: Preset, residues: &[u64]) -> Vec<u8> {
    let mut out = vec![0u8; polynomial_len(preset)];
    let mut at = 0;
    for (i, residue) in residues.iter().enumerate() {
        for j in 0..bits(preset.primes()[i / preset.degree()]) {
            out[at / 8] |= ((residue >> j & 1) as u8) << (at % 8);
            at += 1;
        }
    }
    out
}
