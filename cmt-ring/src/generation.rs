//! Generations of a ring, and the keys that belong to one of them only.

use hkdf::Hkdf;
use meter_link::frame::{Reader, Writer};
use meter_link::mark::check;
use meter_link::{Epoch, EpochView, Malformed, PairKey, Round};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::params::Params;
use crate::token::Token;

/// Counts the generations of a ring in an epoch, from 1. Any change of members or of the concentrator begins
/// a new one, with fresh first keys and tokens; no key is used in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u32);

/// What a key between the concentrator and a member or the supplier is for; from a pair key of label `Seal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sealed messages while the ring forms.
    Seal,
    /// Tags.
    Tag,
    /// Keys after a healing ([`Generation::healed_key`]).
    Heal,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Purpose::Seal => b"wattsum v1 cmt seal",
            Purpose::Tag => b"wattsum v1 cmt tag",
            Purpose::Heal => b"wattsum v1 cmt heal",
        }
    }
}

impl Generation {
    /// How far a generation may be ahead of what its receiver expects.
    pub const WINDOW: u32 = 64;

    /// Rounds of this generation's term where terms last `mean` rounds on average: 1 + x mod (2·mean − 1), x the first
    /// 8 bytes of `SHA-256("wattsum v1 cmt term" ‖ session ‖ generation u32 ‖ beacon)`. (The remainder leans by less
    /// than 2^−31.)
    pub fn term(self, epoch: &Epoch, mean: u32) -> u32 {
        let hash = Sha256::new().chain_update(b"wattsum v1 cmt term").chain_update(epoch.session.0);
        let hash = hash.chain_update(self.0.to_le_bytes()).chain_update(epoch.beacon).finalize();
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash);
        let span = u64::from(mean).wrapping_mul(2).saturating_sub(1);
        let drawn = u64::from_le_bytes([a, b, c, d, e, f, g, h]).checked_rem(span).unwrap_or_default();
        u32::try_from(drawn.wrapping_add(1)).unwrap_or(u32::MAX)
    }

    /// `HKDF-Expand(pair key, "wattsum v1 cmt seal" | "… tag" | "… heal" ‖ generation u32, 32)`: the key that two
    /// parties use in this generation.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn key(self, purpose: Purpose, pair: &PairKey) -> Result<PairKey, Error> {
        expand(pair, &[purpose.label(), &self.0.to_le_bytes()])
    }

    /// `HKDF-Expand(pair key, "wattsum v1 cmt delta" ‖ generation u32 ‖ set 32, 32)`: the ring link of two
    /// neighbours, from a pair key of label `Cmt`. `set` is the [`set_digest`] of the members: two who were
    /// shown different sets share no link, so that their δ do not cancel.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn ring_link(self, set: &[u8; 32], pair: &PairKey) -> Result<PairKey, Error> {
        expand(pair, &[b"wattsum v1 cmt delta", &self.0.to_le_bytes(), set])
    }

    /// The same with `"wattsum v1 cmt second delta"`: of two members who are neighbours in the second ring.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn second_ring_link(self, set: &[u8; 32], pair: &PairKey) -> Result<PairKey, Error> {
        expand(pair, &[b"wattsum v1 cmt second delta", &self.0.to_le_bytes(), set])
    }

    /// `HKDF-Expand(pair key, "wattsum v1 cmt token" ‖ generation u32 ‖ T, 32)`: the key of the tags under
    /// which the holder of token T sends. The pair key has label `Frame` and is made between the supplier and
    /// a link key that the meter drew for this token; its id there is the token's first four bytes.
    ///
    /// # Errors
    /// None in practice: all lengths are fixed.
    pub fn token_key(self, token: &Token, pair: &PairKey) -> Result<PairKey, Error> {
        expand(pair, &[b"wattsum v1 cmt token", &self.0.to_le_bytes(), token.as_bytes()])
    }
}

/// `SHA-256("wattsum v1 cmt set" ‖ roster commitment 32 ‖ count u32 ‖ positions u32 …)`, ascending: of the
/// members of a generation. By position and not by id, since a meter need not hold the roster.
pub fn set_digest(epoch: &Epoch, count: u32, positions: impl Iterator<Item = u32>) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"wattsum v1 cmt set").chain_update(epoch.roster_root);
    hash.update(count.to_le_bytes());
    positions.for_each(|position| hash.update(position.to_le_bytes()));
    hash.finalize().into()
}

pub(crate) fn expand(pair: &PairKey, info: &[&[u8]]) -> Result<PairKey, Error> {
    let prk = pair.to_bytes();
    let mut okm = Zeroizing::new([0u8; 32]);
    let hkdf = Hkdf::<Sha256>::from_prk(prk.as_slice()).map_err(|_| meter_link::Misuse::WrongLength)?;
    hkdf.expand_multi_info(info, okm.as_mut_slice()).map_err(|_| meter_link::Misuse::WrongLength)?;
    Ok(PairKey::from_bytes(&okm))
}

/// `4 ‖ group u32 ‖ epoch u32 ‖ generation u32 ‖ check 4`: stored before a party takes part in a generation.
/// Append it; the largest generation of an epoch counts.
pub type GenerationRecord = [u8; RECORD_LEN];

const RECORD_LEN: usize = 1 + 4 + 4 + 4 + 4;
const TAKEN: u8 = 4; // 1 … 3 are records of meter-link, 5 of dcnet-core

/// `28 ‖ group u32 ‖ epoch u32 ‖ generation u32 ‖ check 4`: stored before a claim leaves. A meter that claims one generation
/// with two sets would convict itself.
pub type ClaimRecord = GenerationRecord;

pub(crate) const CLAIMED: u8 = 28;

pub(crate) fn encode(view: &EpochView, generation: Generation) -> Result<GenerationRecord, Error> {
    encode_as(TAKEN, view, generation)
}

pub(crate) fn encode_as(
    version: u8,
    view: &EpochView,
    generation: Generation,
) -> Result<GenerationRecord, Error> {
    let mut out = [0u8; RECORD_LEN];
    let mut writer = Writer::new(&mut out);
    writer.u8(version)?;
    writer.u32(view.group_id().0)?;
    writer.u32(view.epoch().epoch)?;
    writer.u32(generation.0)?;
    let check = check(writer.written());
    writer.bytes(&check)?;
    Ok(out)
}

/// The highest generation that a party took part in, in this group and epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latest(
    pub(crate) Generation,
    /// Whether generations have terms.
    bool,
);

impl Latest {
    pub(crate) fn none(params: &Params) -> Self {
        Latest(Generation(0), params.mean_term().is_some())
    }

    /// Whether a generation that begins with round `from` is new, and not so high that few would be left: at
    /// most [`Generation::WINDOW`] above the latest, or above the count of the epoch's rounds until then. The
    /// second is for who was away, and holds as long as there is less than one generation a round. With terms, where
    /// any member may claim, it is the second alone: what a round has left of numbers is the same for all parties,
    /// and every round brings a new one.
    pub(crate) fn admits(self, view: &EpochView, generation: Generation, from: Round) -> bool {
        let elapsed = from.get().saturating_sub(view.epoch().first_round.get());
        let known = if self.1 { elapsed } else { u64::from(self.0.0).max(elapsed) };
        generation > self.0 && u64::from(generation.0) <= known.saturating_add(Generation::WINDOW.into())
    }

    pub(crate) fn take(&mut self, generation: Generation) {
        self.0 = self.0.max(generation);
    }

    /// Takes a stored record into account; one of another group or epoch says nothing here.
    pub(crate) fn replay(&mut self, view: &EpochView, record: &[u8]) -> Result<(), Error> {
        if let Some(generation) = decode(view, TAKEN, record)? {
            self.take(generation);
        }
        Ok(())
    }
}

/// The generation of a record, if it is of this group and epoch.
pub(crate) fn decode(view: &EpochView, version: u8, record: &[u8]) -> Result<Option<Generation>, Error> {
    let bad = Malformed::BadRecord;
    let (body, stored) = record.split_last_chunk::<4>().ok_or(bad)?;
    let mut reader = Reader::new(body);
    if check(body) != *stored || reader.u8()? != version {
        return Err(bad.into());
    }
    let here = reader.u32()? == view.group_id().0 && reader.u32()? == view.epoch().epoch;
    if !here {
        return Ok(None);
    }
    let generation = Generation(reader.u32()?);
    reader.end().map_err(|_| bad)?;
    Ok(Some(generation))
}
