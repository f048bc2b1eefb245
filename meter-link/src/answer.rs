//! Bound answers: how answerers help to open a sum over one set, and only over that set.

#[cfg(feature = "alloc")]
mod agreement;
#[cfg(feature = "alloc")]
mod answerer;
#[cfg(feature = "alloc")]
mod ledger;
mod link;
#[cfg(feature = "alloc")]
mod opening;
mod quorum;
#[cfg(feature = "alloc")]
mod raw;
#[cfg(feature = "alloc")]
mod statement;
mod threshold;

#[cfg(feature = "alloc")]
pub use crate::log::AnswererRecord;
#[cfg(feature = "alloc")]
pub use agreement::Agreement;
#[cfg(feature = "alloc")]
pub use answerer::{Answerer, Post, weighted_corrections};
#[cfg(feature = "alloc")]
pub use ledger::Ledger;
pub use link::{AnswererLink, BLOCK};
#[cfg(feature = "alloc")]
pub use opening::Opening;
pub use quorum::Quorum;
#[cfg(feature = "alloc")]
pub use raw::RawOpening;
#[cfg(feature = "alloc")]
pub use statement::{Stated, Statement};
pub use threshold::Threshold;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::digest::FixedOutput;
use zeroize::Zeroize;

use crate::epoch::Context;
use crate::error::{Error, Malformed, Misuse};
use crate::field::{Field64, add_assign, lagrange};
use crate::id::Round;
use crate::key::PairKey;
use crate::pad::{self, Stream};

/// What an answer is to; goes into the key of its zero-sum pads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AnswerKind {
    /// The sum of a round, to dcnet-core.
    DcnetRound = 1,
    /// The sum of a round, to shamir-agg.
    ShamirRound = 2,
    /// Sums over a window, to shamir-agg.
    ShamirWindow = 3,
    /// The sum of a round, to threshold-elgamal; in logs only, as its shares are no bound answers.
    ElgamalRound = 4,
    /// Sums over a window, to threshold-elgamal; in logs only.
    ElgamalWindow = 5,
    /// The sum of a round, to ckks-agg; in logs only.
    CkksRound = 8,
    /// The commitments of an epoch's meters, to ckks-agg; in logs only, at the epoch's first round.
    CkksList = 9,
}

impl TryFrom<u8> for AnswerKind {
    type Error = Error;

    fn try_from(byte: u8) -> Result<Self, Error> {
        Ok(match byte {
            1 => AnswerKind::DcnetRound,
            2 => AnswerKind::ShamirRound,
            3 => AnswerKind::ShamirWindow,
            4 => AnswerKind::ElgamalRound,
            5 => AnswerKind::ElgamalWindow,
            8 => AnswerKind::CkksRound,
            9 => AnswerKind::CkksList,
            _ => return Err(Malformed::WrongAnswerKind.into()),
        })
    }
}

/// The query an answer belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The epoch's context.
    pub context: &'a Context,
    /// The round; of a window, its last.
    pub round: Round,
    /// What is asked for.
    pub kind: AnswerKind,
    /// Of the set; of a window, of all its sets and the billed meters.
    pub digest: &'a [u8; 32],
    /// Who answers.
    pub quorum: &'a Quorum,
}

impl Query<'_> {
    /// `HMAC-SHA256(pair key, "wattsum v1 answer" ‖ context ‖ round u64 ‖ kind u8 ‖ digest ‖ t u8 ‖ Q)`: of
    /// two answerers' pair key, the key of their zero-sum pads; of an answerer's frame key, the key of the
    /// answer's tag. The latter because answers for two quorums over one set have the same header, and a
    /// tag's nonce must not see two payloads.
    fn key(&self, pair: &PairKey) -> Result<PairKey, Error> {
        let key = pair.to_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).map_err(|_| Misuse::WrongLength)?;
        mac.update(b"wattsum v1 answer");
        mac.update(self.context.as_bytes());
        mac.update(&self.round.get().to_le_bytes());
        mac.update(&[self.kind as u8]);
        mac.update(self.digest);
        mac.update(&[self.quorum.len()]);
        for number in self.quorum.iter() {
            mac.update(&[number]);
        }
        let mut bytes = zeroize::Zeroizing::new([0u8; 32]);
        mac.finalize_into((&mut *bytes).into());
        Ok(PairKey::from_bytes(&bytes))
    }
}

/// Turns an answerer's pad sums over a set into its bound answer, in place: weighted with the Lagrange
/// coefficient of `me` in the quorum, and hidden by zero-sum pads that all other members of the quorum must
/// take off with *their* answers to the *same* query.
///
/// `fellow(number)` gives the answer key shared with another answerer.
///
/// # Errors
/// [`Misuse::BadQuorum`] if `me` is not in the quorum or a fellow's key is missing.
///
/// # Security
/// Answers to different sets or quorums do not combine: each carries pads of its own query. (Bare weighted
/// sums do: shown B∪C, B and C, three holders open 3u + 4v.) protocols.md, section 2.
pub fn bind<'k>(
    query: &Query<'_>,
    me: u8,
    sums: &mut [Field64],
    fellow: impl Fn(u8) -> Option<&'k PairKey>,
) -> Result<(), Error> {
    // A pad has 2^32 blocks.
    if u32::try_from(sums.len().div_ceil(BLOCK)).is_err() {
        return Err(Misuse::WrongLength.into());
    }
    let weight = query.quorum.coefficient(me)?;
    if query.quorum.iter().any(|other| other != me && fellow(other).is_none()) {
        return Err(Misuse::BadQuorum.into());
    }
    for sum in sums.iter_mut() {
        *sum = weight * *sum;
    }
    for other in query.quorum.iter().filter(|other| *other != me) {
        let pair = fellow(other).ok_or(Misuse::BadQuorum)?;
        let key = query.key(pair)?;
        let mut counter = 0u32;
        for chunk in sums.chunks_mut(BLOCK) {
            let mut pads = pad::block(&key, query.round, Stream::Zero, counter);
            if me > other {
                pads = pads.map(core::ops::Neg::neg);
            }
            add_assign(chunk, &pads);
            pads.zeroize();
            counter = counter.wrapping_add(1);
        }
    }
    Ok(())
}

impl Quorum {
    /// Lagrange coefficient of a member for the value at 0.
    ///
    /// # Errors
    /// [`Misuse::BadQuorum`] if `me` is not in the quorum.
    pub fn coefficient(&self, me: u8) -> Result<Field64, Error> {
        if !self.contains(me) {
            return Err(Misuse::BadQuorum.into());
        }
        let (mut numerator, mut denominator) = (Field64::ONE, Field64::ONE);
        for other in self.iter().filter(|other| *other != me) {
            let (n, d) = lagrange::factors(me, other, 0);
            numerator = numerator * n;
            denominator = denominator * d;
        }
        Ok(numerator * denominator.invert())
    }
}
