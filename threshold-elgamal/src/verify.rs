//! Checking contributions: what may enter a sum.

use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{RistrettoPoint, VartimeRistrettoPrecomputation};
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul;
use meter_link::frame::{Flags, Kind, SignedFrame};
use meter_link::roster::Roster;
use meter_link::{Context, EpochView, IdentityKey, PartyId, Round};

use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::error::{Error, Fault, Misuse};
use crate::keys::GroupKey;
use crate::params::Params;
use crate::proof::{Knowledge, Place, challenge};

/// Checks contributions of one epoch under one group key. It holds no secret and does not change: threads
/// may share it.
pub struct Verifier {
    params: Params,
    view: EpochView,
    meters: Vec<(PartyId, IdentityKey)>,
    key: GroupKey,
    /// Multiples of B and Y.
    fixed: VartimeRistrettoPrecomputation,
}

/// A meter's contribution whose signature and proofs hold. Only this can be summed.
#[derive(Clone, Debug)]
pub struct Contribution {
    meter: PartyId,
    position: usize,
    round: Round,
    context: Context,
    key_set: [u8; 32],
    ciphertexts: Vec<Ciphertext>,
    encoded: Vec<EncodedCiphertext>,
    frame: Vec<u8>,
}

impl Contribution {
    /// Whose.
    pub fn meter(&self) -> PartyId {
        self.meter
    }

    /// As it came.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// One a channel.
    pub(crate) fn ciphertexts(&self) -> &[Ciphertext] {
        &self.ciphertexts
    }

    /// The same, as they came.
    pub(crate) fn encoded(&self) -> &[EncodedCiphertext] {
        &self.encoded
    }
}

/// A proof to be checked.
struct Claim<'f> {
    /// Index of its frame.
    frame: usize,
    meter: PartyId,
    channel: u16,
    ciphertext: Ciphertext,
    encoded: &'f EncodedCiphertext,
    knowledge: Knowledge,
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
            meters: roster.meters().iter().map(|m| (m.id, m.identity)).collect(),
            key: *key,
            fixed: VartimeRistrettoPrecomputation::new([RISTRETTO_BASEPOINT_POINT, *key.point()]),
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
        let mut claims = Vec::new();
        let mut outcomes: Vec<Result<Contribution, Error>> = (0..)
            .zip(frames)
            .map(|(number, frame)| {
                let before = claims.len();
                let parsed = self.parse(round, frame, number, &mut claims);
                parsed.inspect_err(|_| claims.truncate(before))
            })
            .collect();
        // Halves of the commitments, since a batch encodes the doubles of points.
        let halves: Vec<RistrettoPoint> =
            claims.iter().flat_map(|claim| self.half_commitments(claim)).collect();
        let encoded = RistrettoPoint::double_and_compress_batch(&halves);
        for (claim, pair) in claims.iter().zip(encoded.as_chunks::<2>().0) {
            let place =
                Place { context: self.view.context(), round, id: claim.meter, channel: claim.channel };
            let commitments = pair.map(|point| point.to_bytes());
            let expected = challenge(&place, &self.key, claim.encoded, &commitments);
            if expected != claim.knowledge.challenge
                && let Some(outcome) = outcomes.get_mut(claim.frame)
            {
                *outcome = Err(Fault::BadKnowledge.of(claim.meter));
            }
        }
        outcomes
    }

    /// All but the proofs, which go to `claims`.
    fn parse<'f>(
        &self,
        round: Round,
        frame: &'f [u8],
        number: usize,
        claims: &mut Vec<Claim<'f>>,
    ) -> Result<Contribution, Error> {
        let parsed = SignedFrame::parse(frame, &self.view.expect(Kind::Contribution, Flags::TRANSMISSION))?;
        let header = *parsed.header();
        let meter = header.sender;
        let unknown = Fault::Link(meter_link::Fault::UnknownSender).of(meter);
        let position = self.meters.binary_search_by_key(&meter, |(id, _)| *id).map_err(|_| unknown)?;
        let (_, identity) = self.meters.get(position).ok_or(unknown)?;
        let mut payload = parsed.verify(identity, &self.view.scope())?;
        if header.round != round {
            return Err(Fault::Link(meter_link::Fault::WrongRound).of(meter));
        }
        if header.flags.0 != Flags::TRANSMISSION {
            return Err(meter_link::Malformed::UnknownFlags.into());
        }
        let channels = self.view.channels();
        let (mut ciphertexts, mut encodings) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        for channel in 0..self.view.group().channels {
            let encoded = payload.array()?;
            let ciphertext = Ciphertext::from_bytes(encoded).map_err(|fault| fault.of(meter))?;
            ciphertexts.push(ciphertext);
            encodings.push(*encoded);
            if self.params.knowledge() {
                let knowledge = Knowledge::from_bytes(payload.array()?).map_err(|fault| fault.of(meter))?;
                claims.push(Claim { frame: number, meter, channel, ciphertext, encoded, knowledge });
            }
        }
        payload.end()?;
        let (context, key_set) = (*self.view.context(), *self.key.key_set());
        let frame = frame.to_vec();
        Ok(Contribution { meter, position, round, context, key_set, ciphertexts, encoded: encodings, frame })
    }

    /// T₁/2 = (z_r/2)·B − (c/2)·R and T₂/2 = (z_m/2)·B + (z_r/2)·Y − (c/2)·C.
    fn half_commitments(&self, claim: &Claim<'_>) -> [RistrettoPoint; 2] {
        let Knowledge { challenge, of_blinding, of_reading } = &claim.knowledge;
        let (c, z_r, z_m) = (-challenge.div_by_2(), of_blinding.div_by_2(), of_reading.div_by_2());
        [
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&c, &claim.ciphertext.r, &z_r),
            self.fixed.vartime_mixed_multiscalar_mul([z_m, z_r], [c], [claim.ciphertext.c]),
        ]
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
