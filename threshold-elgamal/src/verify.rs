//! Checking contributions: what may enter a sum.

mod claims;
mod contribution;
mod decode;
#[cfg(feature = "range")]
mod ranges;
mod recompute;
mod signed;

use alloc::vec::Vec;
use core::fmt;

use meter_link::roster::Roster;
use meter_link::{CheckedKey, EpochView, PartyId, Round};

use crate::error::{Error, Fault, Misuse};
use crate::keys::GroupKey;
use crate::params::Params;
use crate::proof::Commitments;
#[cfg(feature = "range")]
use crate::range::RangeVerifier;

use claims::{At, Claims};
pub use contribution::Contribution;
#[cfg(feature = "range")]
use ranges::Ranges;
use signed::Signed;

/// Checks contributions of one epoch under one group key. It holds no secret and does not change: threads
/// may share it.
pub struct Verifier {
    params: Params,
    view: EpochView,
    /// None is a key under which nothing can be signed.
    meters: Vec<(PartyId, Option<CheckedKey>)>,
    key: GroupKey,
    claims: Claims,
    #[cfg(feature = "range")]
    range: Option<RangeVerifier>,
}

impl Verifier {
    /// # Errors
    /// [`meter_link::Misuse::WrongSession`] if parameters and epoch do not go together; as
    /// [`EpochView::check_roster`].
    ///
    /// # Security
    /// With a roster of the utility's own making, every signature and statement could be the utility's
    /// (`tests/attacks/roster.rs`, `a_roster_of_the_utilitys_own`).
    pub fn new(params: &Params, view: &EpochView, roster: &Roster, key: &GroupKey) -> Result<Self, Error> {
        params.check(view)?;
        view.check_roster(roster)?;
        Ok(Verifier {
            params: *params,
            view: *view,
            meters: roster.meters().iter().map(|m| (m.id, m.identity.check())).collect(),
            key: *key,
            claims: Claims::new(key),
            #[cfg(feature = "range")]
            range: params.proven_range().map(|bounds| RangeVerifier::new(bounds, key)),
        })
    }

    /// One frame.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the sender: unknown, wrong signature or round, no
    /// point or scalar, R the identity, a proof that does not hold.
    pub fn verify(&self, round: Round, frame: &[u8]) -> Result<Contribution, Error> {
        self.verify_all(round, &[frame]).pop().unwrap_or(Err(Error::Inconsistent))
    }

    /// Many frames, in their order: cheaper than one by one, and each with an outcome of its own, as a bad one
    /// spoils no other.
    pub fn verify_all(&self, round: Round, frames: &[&[u8]]) -> Vec<Result<Contribution, Error>> {
        self.verify_hinted(round, frames, &[])
    }

    /// As [`Verifier::verify_all`], with the same outcomes, and at half the cost on CPUs without AVX-512 IFMA:
    /// `hints` are the [`Contribution::commitments`] of the frames, one after the other, from somebody who has
    /// checked them. Where they end, there are none.
    ///
    /// # Security
    /// Hints need not be trusted: a wrong one costs a hash, and its proof is then checked as without.
    pub fn verify_hinted(
        &self,
        round: Round,
        frames: &[&[u8]],
        hints: &[u8],
    ) -> Vec<Result<Contribution, Error>> {
        let signed = Signed::all(self, round, frames);
        #[cfg(feature = "range")]
        let ranges = self.range.as_ref().map(|verifier| (verifier, Ranges::of(&signed)));
        let channels = self.view.channels().max(1);
        let mut hints = hints.as_chunks::<32>().0.as_chunks::<2>().0.chunks(channels);

        let (mut claims, mut outcomes) = (Vec::new(), Vec::with_capacity(frames.len()));
        for (signed, frame) in signed.into_iter().zip(frames) {
            let (before, own) = (claims.len(), hints.next());
            let outcome = signed.and_then(|signed| {
                signed.claims(own, &mut claims)?;
                Ok(self.contribution(round, &signed, frame))
            });
            outcomes.push(outcome.inspect_err(|_| claims.truncate(before)));
        }
        let proven = self.claims.check(At { context: self.view.context(), round }, &claims);
        let waiting = outcomes.iter_mut().filter(|outcome| outcome.is_ok());
        for (outcome, proven) in waiting.zip(proven.chunks(channels)) {
            let commitments: Option<Vec<Commitments>> = proven.iter().copied().collect();
            if let Ok(contribution) = outcome {
                match commitments {
                    Some(commitments) => contribution.commitments = commitments,
                    None => *outcome = Err(Fault::BadKnowledge.of(contribution.meter)),
                }
            }
        }
        #[cfg(feature = "range")]
        if let Some((verifier, ranges)) = ranges {
            ranges.check(verifier, At { context: self.view.context(), round }, &mut outcomes);
        }
        outcomes
    }

    fn contribution(&self, round: Round, signed: &Signed<'_>, frame: &[u8]) -> Contribution {
        let (ciphertexts, encoded) = signed.ciphertexts().unzip();
        Contribution {
            meter: signed.meter,
            position: signed.position,
            round,
            context: *self.view.context(),
            key_set: *self.key.key_set(),
            ciphertexts,
            encoded,
            commitments: Vec::new(),
            frame: frame.to_vec(),
        }
    }

    /// That a contribution was verified here, for this round.
    pub(crate) fn check(&self, round: Round, contribution: &Contribution) -> Result<(), Error> {
        let own = contribution.round == round
            && contribution.context == *self.view.context()
            && contribution.key_set == *self.key.key_set();
        if own { Ok(()) } else { Err(Misuse::WrongContribution.into()) }
    }

    /// The group key.
    pub fn key(&self) -> &GroupKey {
        &self.key
    }

    /// The session's parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The epoch.
    pub fn view(&self) -> &EpochView {
        &self.view
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("key", &self.key).finish_non_exhaustive()
    }
}
